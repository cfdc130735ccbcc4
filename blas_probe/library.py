# SPDX-License-Identifier: Apache-2.0
"""One record per real library file; what is not known is the text "unknown", absence is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from blas_probe.record import dataclass

UNKNOWN: Literal["unknown"] = "unknown"
NOT_RUN: Literal["not run"] = "not run"
Unknown = Literal["unknown"]


@dataclass(frozen=True, kw_only=True)
class Header:
    """A C header, and whether it belongs to the library."""

    path: str
    """The header."""
    kind: str
    """cblas, lapacke or blas."""
    int_bits: Literal[32, 64] | Unknown
    """Width of its integers with `defines` set."""
    defines: tuple[str, ...]
    """Macros (NAME or NAME=VALUE) that a user of this pair must set."""
    pair: str
    """proven, refused or not run."""
    reason: str
    """Why, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One measured routine."""

    routine: str
    """dgemm, ddot, ..."""
    n: int
    """Size of the problem."""
    threads: int
    """Number of threads."""
    rate: float
    """1e9 operations (or bytes, for what memory bounds) in a second, best of the runs."""
    share: float | None
    """Part of the calibrated limit; None when that was rejected."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """The speed of a library on this machine."""

    speed_class: str
    """reference, wrong kernel, good, or unknown with a reason."""
    reason: str
    """The measurements behind the class, or why there is none."""
    rates: tuple[Rate, ...]
    """All that was measured."""


@dataclass(frozen=True, kw_only=True)
class Interface:
    """A further spelling of the Fortran names in one file, with its own ABI."""

    prefix: str
    """Text before `dgemm`."""
    suffix: str
    """Text after `dgemm`, the Fortran underscore included."""
    upper: bool
    """True when the names are in capitals."""
    int_bits: Literal[32, 64] | Unknown
    """Width of its integers."""
    complex_return: Literal["normal", "argument", "fnda"] | Unknown | None
    """How zdotc and cdotc hand back their result."""
    f2c: Literal["plain", "f2c"] | Unknown | None
    """f2c: functions of type float return a double."""
    cblas_suffix: str | None
    """Text after `cblas_dgemm`; None without CBLAS of this spelling."""
    cblas_style: Literal["conformant", "divergent"] | None
    """As in the library's own record."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything measured on one file."""

    path: str
    """Real path; the record's identity."""
    names: tuple[str, ...]
    """All paths that led to it, sorted."""
    source: str
    """path, pypi:<dist>, conda:<prefix>, module:<name>, store:<manager>, debian, alternatives,
    env:<VAR>, system, cmake, pkg-config, local (by hand: ~/.local, /opt), tool:<name> (of pipx
    or uv), needed:<file>, or loaded (by a process)."""
    machine: str | None
    """ELF machine; None when the file is no ELF file."""
    soname: str | None
    """The name by which programs ask for it; None when it has none."""
    soname_beside: bool
    """True when the soname, in the file's own folder, leads to this very file."""
    build_id: str | None
    """The identity that its linker gave it; None without one."""
    needed: tuple[str, ...]
    """The libraries that it asks for, as it names them."""
    provider: str
    """Whose it is: the name of a recipe, or unknown."""
    version: str
    """The provider's version, as the library tells it."""
    core: str | None
    """Kernel that dispatch chose on this CPU; None when the provider has no such notion."""
    thread_layer: str
    """pthreads, openmp, serial and others that the recipes name."""
    prefix: str
    """Text before `dgemm`; "unknown" when no Fortran name was found."""
    suffix: str
    """Text after `dgemm`, the Fortran underscore included."""
    int_bits: Literal[32, 64] | Unknown
    """Width of its integers, measured."""
    complex_return: Literal["normal", "argument", "fnda"] | Unknown | None
    """How zdotc and cdotc hand back their result; fnda: zdotc by an argument, cdotc normally."""
    f2c: Literal["plain", "f2c"] | Unknown | None
    """f2c: functions of type float return a double."""
    has_blas: bool
    """Does it have BLAS functions of its own?"""
    has_cblas: bool
    """Does it have the C interface of BLAS?"""
    has_lapack: bool
    """Does it have LAPACK functions?"""
    has_lapacke: bool
    """Does it have the C interface of LAPACK?"""
    cblas_suffix: str | None
    """Text after `cblas_dgemm`; None without CBLAS of the same width."""
    lapack_version: str | None
    """What its ilaver tells; None without LAPACK."""
    blas_soname: str | None
    """For a LAPACK without BLAS: the soname under which it asks for one."""
    blas_file: str | None
    """For a LAPACK without BLAS: the file whose dgemm it calls on this machine."""
    functions: Mapping[str, str]
    """Role (set_threads, ...) -> the symbol's full name in this file, or what the recipe says."""
    variants: tuple[str, ...]
    """Ids of the recipe variants that this library satisfies."""
    defects: tuple[str, ...]
    """Known defects of this version with this kernel, each with its source."""
    notes: tuple[str, ...]
    """Remarks on how a fact was learnt, or why it was not."""
    problem: str | None
    """Why the library cannot be used; None when it can."""
    seconds: float
    """How long the measurement took."""
    format: str | None = "elf"
    """elf, mach-o, pe or archive; None when the file is none of them."""
    platform: str | None = None
    """linux-glibc, linux-musl, macos or windows, from the file's own words; None without any."""
    machines: tuple[str, ...] = ()
    """Every architecture in the file (a universal file has several)."""
    inferred: tuple[str, ...] = ()
    """Names of the fields here that were read from the file, not measured by a call."""
    thread_runtimes: tuple[str, ...] = ()
    """Real paths of the OpenMP and TBB run-times among its dependencies, as the loader sees it."""
    max_threads: int | None = None
    """Most threads that this build can use; None when it does not say."""
    after_fork: str = NOT_RUN
    """works, hangs, crashes, wrong or not run: in a process forked after a threaded dgemm."""
    environment_effects: Mapping[str, str] = field(default_factory=dict)
    """Field -> its value when the user's own environment is kept; only what differs."""
    missing_lapack: tuple[str, ...] = ()
    """Routines of the completeness list (facts of the field) that a LAPACK lacks."""
    missing_blas: tuple[str, ...] = ()
    """Routines of the completeness list that a part of BLAS lacks; empty when it is whole."""
    cblas_style: Literal["conformant", "divergent"] | None = None
    """divergent: 64-bit Fortran names have a suffix, CBLAS stands without; None without CBLAS."""
    one_caller: bool = False
    """True when it is known to go wrong where several threads call it at once."""
    upper: bool = False
    """True when the Fortran names are in capitals: DGEMM, not dgemm."""
    string_length: Literal["size_t", "int"] | Unknown | None = None
    """Type of the hidden length of a text argument; None when no routine can tell."""
    fortran_runtime: str | None = None
    """Soname of the Fortran run-time that it asks for; inside: linked in; needed: not named."""
    other_interfaces: tuple[Interface, ...] = ()
    """Further spellings in the same file: MKL has both widths under different names."""
    blas_provider: str | None = None
    """For a LAPACK or C interface without BLAS: whose functions it calls on this machine."""
    blas_int_bits: Literal[32, 64] | Unknown | None = None
    """Width of the integers of the BLAS that it calls."""
    package: str | None = None
    """Name and version of the package that installed the file; None when no package did."""
    assumed: tuple[str, ...] = ()
    """Names of the fields here that the user stated because nothing could measure them."""
    headers: tuple[Header, ...] = ()
    """Headers that may go with the library, each proven as a pair or not."""
    compilers: tuple[str, ...] = ()
    """What it was built with, by the file's own words, as `gcc 12.2.0`; empty when it is silent."""
    speed: Speed | None = None
    """What `--bench` measured; None when it was not asked for."""
    reported: tuple[str, ...] = ()
    """What others found wrong with this version, kernel, platform and compiler, for sure: effect,
    symptom and source. What only may hold is among the warnings."""
