# SPDX-License-Identifier: Apache-2.0
"""One record per CUDA toolkit, filled by the modules beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from blas_probe.record import dataclass

Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of a toolkit that is there."""

    name: str
    """The piece, as the recipe calls it."""
    kind: str
    """tool, header or library."""
    path: str
    """The file."""
    version: str | None = None
    """As `told_by` says; None when the piece has no version of its own."""
    told_by: str | None = None
    """The call, header or package that told the version."""
    linkable: bool | None = None
    """Does its name without a version, which -l needs, exist? None for what is not linked."""
    problem: str | None = None
    """What is wrong with it; None when nothing is."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """One piece that is not there."""

    part: str
    """The piece."""
    needed_for: str
    """What does not work without it."""
    cure: str
    """How to get it."""


@dataclass(frozen=True, kw_only=True)
class HostCompiler:
    """A compiler that nvcc may call for the host's part, and whether the toolkit takes it."""

    path: str
    """The program."""
    family: str
    """As the toolkit's header calls it: gcc, clang, ..."""
    version: str
    """What the compiler tells of itself."""
    glibc: str | None
    """Version of the C library that its headers belong to."""
    accepted: Verdict
    """Does the toolkit's own header take it?"""
    reason: str
    """Why not, in the words of the toolkit's own header; empty when it is accepted."""
    role: str
    """`default` (what nvcc would call), the variable that names it, or `installed`."""


@dataclass(frozen=True, kw_only=True)
class Toolkit:
    """One CUDA toolkit on this machine."""

    root: str
    """Real path of its folder; the record's identity."""
    source: str
    """Who brought it, and how it was found."""
    names: tuple[str, ...] = ()
    """Every path and variable that leads to it."""
    roots: tuple[str, ...] = ()
    """All its folders, when its pieces lie in several."""
    version: str | None = None
    """major.minor of its release; None when nothing tells it."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Who says which version: nvcc, headers, libraries, packages."""
    nvcc: str | None = None
    """The compiler driver; None without one."""
    nvcc_problem: str | None = None
    """Why nvcc could not be asked; None when it answered or is not there."""
    parts: tuple[Part, ...] = ()
    """The pieces that are there."""
    lacks: tuple[Lack, ...] = ()
    """The pieces that are not."""
    include_dirs: tuple[str, ...] = ()
    """Folders of its headers."""
    library_dirs: tuple[str, ...] = ()
    """Folders of its libraries."""
    archs: tuple[str, ...] = ()
    """Real architectures (without sm_) that it can make."""
    archs_by: str = "unknown"
    """nvcc or ptxas (asked), table (inferred from the version) or unknown."""
    host_limits: Mapping[str, str] = field(default_factory=dict)
    """Family -> first and last version that its own header accepts."""
    host_compilers: tuple[HostCompiler, ...] = ()
    """The compilers that nvcc may call, judged."""
    compiles: Verdict = "unknown"
    """Can it compile a .cu file with its default host compiler?"""
    links: Verdict = "unknown"
    """Can the linker find its libraries by their -l names?"""
    driver_needed: str | None = None
    """Oldest driver that runs what it makes; None when no recipe says."""
    driver_state: str = "no driver"
    """no driver, enough, too old, or not run."""
    problems: tuple[str, ...] = ()
    """What is wrong: each sentence names the two things that disagree, and the cure."""
    notes: tuple[str, ...] = ()
    """Remarks on how something was learnt."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """One GPU."""

    name: str
    """Its name, as the driver tells it."""
    capability: str | None
    """Compute capability, major.minor."""
    memory_mib: int | None
    """Its memory; None when the driver does not say."""


@dataclass(frozen=True, kw_only=True)
class Driver:
    """The driver of this machine, as its own libraries tell."""

    state: Literal["no driver", "found", "broken"]
    """Did one answer?"""
    version: str | None = None
    """The driver's own version (NVML)."""
    cuda: str | None = None
    """Newest CUDA that it runs, major.minor."""
    library: str | None = None
    """The file that answered."""
    devices: tuple[Device, ...] = ()
    """The GPUs of this machine."""
    problem: str | None = None
    """Why there is no answer, or only a part of it."""


@dataclass(frozen=True, kw_only=True)
class AskedArch:
    """One architecture of `--cuda-arch`."""

    code: str
    """Without sm_, for example 90a."""
    sass: bool
    """Is code for that very architecture wanted?"""
    ptx: bool
    """Is code wanted that a driver compiles at load?"""
    makes: Mapping[str, Verdict]
    """Root of each toolkit -> can it make this?"""
    refusals: tuple[str, ...]
    """One sentence for each toolkit that cannot, with what it makes instead."""
    releases: tuple[str, ...]
    """Releases that can, as far as recipes know them."""
    cure: str
    """How to get one of them; empty when a toolkit here makes it."""


@dataclass(frozen=True, kw_only=True)
class GpuServed:
    """What a GPU of this machine would run of a binary with the asked architectures."""

    number: int
    """Its place in the driver's devices."""
    name: str
    """Its name, as the driver tells it."""
    by: Literal["sass", "ptx", "nothing", "unknown"]
    """What it would run: SASS, PTX or nothing."""
    code: str | None
    """The architecture that it runs; None when it runs nothing."""
    reason: str
    """The rule that decides, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class ArchAnswer:
    """What `--cuda-arch` asked, and the answers."""

    asked: tuple[AskedArch, ...]
    """One for each architecture of the list."""
    gpus: tuple[GpuServed, ...]
    """One for each GPU of this machine."""
