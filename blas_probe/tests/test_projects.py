# SPDX-License-Identifier: Apache-2.0
"""Other people's projects build unchanged with what we write. Run with `-m real`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from blas_probe.cli.run import Run
from blas_probe.found import Found
from blas_probe.probing import probe
from blas_probe.recipe import Recipes
from blas_probe.write.cmake import cmake
from blas_probe.write.env import env
from blas_probe.write.offers import Offer, variants
from blas_probe.write.pkg_config import pkg_config

pytestmark = pytest.mark.real

PLAIN = ("openblas", "openblas-openmp", "blis", "atlas", "netlib", "mkl")
VARIANTS = (*PLAIN, "openblas64")

# Names as NumPy spells them; prints the files that answer.
PROGRAM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#ifndef BLAS_SYMBOL_PREFIX
#define BLAS_SYMBOL_PREFIX
#endif
#ifndef BLAS_SYMBOL_SUFFIX
#define BLAS_SYMBOL_SUFFIX
#endif
#ifdef NO_APPEND_FORTRAN
#define UNDERSCORE
#else
#define UNDERSCORE _
#endif
#define JOIN2(a, b, c, d) a##b##c##d
#define JOIN(a, b, c, d) JOIN2(a, b, c, d)
#ifdef OPENBLAS_ILP64_NAMING_SCHEME
#define NAME(name) JOIN(BLAS_SYMBOL_PREFIX, name, UNDERSCORE, BLAS_SYMBOL_SUFFIX)
#else
#define NAME(name) JOIN(BLAS_SYMBOL_PREFIX, name, BLAS_SYMBOL_SUFFIX, UNDERSCORE)
#endif
#define TEXT2(name) #name
#define TEXT(name) TEXT2(name)
#ifdef HAVE_BLAS_ILP64
typedef long long integer;
#else
typedef int integer;
#endif
void NAME(dgemm)(const char *, const char *, integer *, integer *, integer *, double *, double *,
                 integer *, double *, integer *, double *, double *, integer *);
void NAME(dgesv)(integer *, integer *, double *, integer *, integer *, double *, integer *,
                 integer *);
static void tell(const char *name) {
    Dl_info info;
    void *address = dlsym(RTLD_DEFAULT, name);
    printf("%s\n", address && dladdr(address, &info) ? info.dli_fname : "nothing");
}
int main(void) {
    integer two = 2, one = 1, info = -1, pivots[3] = {-7, -7, -7};
    double half = 0.5, zero = 0, a[4] = {1, 2, 3, 4}, b[4] = {1, 0, 0, 1}, c[4], x[2] = {5, 6};
    NAME(dgemm)("N", "N", &two, &two, &two, &half, a, &two, b, &two, &zero, c, &two);
    if (c[0] != 0.5 || c[3] != 2) return 1;
    NAME(dgesv)(&two, &one, a, &two, pivots, x, &two, &info);
    if (info || fabs(x[0] + 1) > 1e-9 || fabs(x[1] - 2) > 1e-9 || pivots[2] != -7) return 2;
    tell(TEXT(NAME(dgemm)));
    tell(TEXT(NAME(dgesv)));
    return 0;
}
"""

CMAKE = """\
cmake_minimum_required(VERSION 3.22)
project(other C)
find_package(BLAS REQUIRED)
find_package(LAPACK REQUIRED)
add_executable(other other.c)
target_link_libraries(other PRIVATE LAPACK::LAPACK BLAS::BLAS m ${CMAKE_DL_LIBS})
install(TARGETS other)
"""
CMAKE_MODULES = """\
cmake_minimum_required(VERSION 3.22)
project(other C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIN REQUIRED IMPORTED_TARGET ${LAPACK_NAME} ${BLAS_NAME})
add_executable(other other.c)
target_link_libraries(other PRIVATE PkgConfig::LIN m ${CMAKE_DL_LIBS})
"""
CMAKE_TARGETS = """\
cmake_minimum_required(VERSION 3.22)
project(other C)
add_executable(other other.c)
target_link_libraries(other PRIVATE blas_probe::${LAPACK_NAME} m ${CMAKE_DL_LIBS})
"""
MESON = """\
project('other', 'c')
cc = meson.get_compiler('c')
executable('other', 'other.c', install: true, dependencies: [
  dependency(get_option('lapack')), dependency(get_option('blas')),
  cc.find_library('m'), cc.find_library('dl'),
])
"""
MESON_OPTIONS = """\
option('blas', type: 'string')
option('lapack', type: 'string')
"""


@pytest.fixture(scope="module")
def found(recipes: Recipes) -> Found:
    """All libraries of this machine."""
    return probe(recipes=recipes, environ=os.environ)


@pytest.fixture(scope="module")
def folder(
    found: Found, recipes: Recipes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """What --pkg-config wrote, in a folder whose name needs care."""
    made = tmp_path_factory.mktemp("a (b) c") / "pc"
    pkg_config(found, run(recipes), made)
    yield made


def run(recipes: Recipes, use: str | None = None) -> Run:
    """A run with the option --use."""
    return Run(
        recipes=recipes, environ=os.environ, paths=[], site_packages=None, jobs=2, timeout=10,
        use=use, refine=(), say=print, cache=None,
    )  # fmt: skip


def sets(found: Found, variant: str) -> tuple[Offer, Offer]:
    """BLAS and LAPACK of a variant; the test is skipped where the provider is not installed."""
    made = {one.name: one for one in variants(found)}
    if f"blas-{variant}" not in made:
        pytest.skip(f"no library for {variant} is installed")
    return made[f"blas-{variant}"], made[f"lapack-{variant}"]


def tool(name: str) -> str:
    """A program that the test needs."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def source(tmp_path: Path, files: dict[str, str]) -> Path:
    """A project."""
    place = tmp_path / "project"
    place.mkdir()
    for name, text in {"other.c": PROGRAM, **files}.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def call(*command: str | Path, **environ: str) -> str:
    """Run a command; its output is the message when it fails."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PKG_CONFIG", "LD_"))}
    done = subprocess.run(
        [str(word) for word in command], env={**clean, **environ}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def answering(program: Path) -> list[str]:
    """Real paths of the files whose dgemm and dgesv answer, in a process without rpath help."""
    return [str(Path(line).resolve()) for line in call(program).splitlines()]


def owners(blas: Offer, lapack: Offer) -> list[str]:
    """The files that must answer."""
    owner = next(one for one in lapack.libraries if one.has_lapack)
    return [blas.blas.path, owner.path]


def plain(blas: Offer) -> None:
    """A project that knows no macros cannot call other names."""
    if (blas.blas.prefix, blas.blas.suffix, blas.blas.int_bits) != ("", "_", 32):
        pytest.skip("its names need macros, which FindBLAS cannot pass on")


@pytest.mark.parametrize("variant", PLAIN)
def test_an_unchanged_cmake_project_takes_the_cache_file(
    found: Found, recipes: Recipes, tmp_path: Path, variant: str
) -> None:
    """find_package(BLAS) and (LAPACK) take the libraries, built and installed."""
    blas, lapack = sets(found, variant)
    plain(blas)
    cmake(found, run(recipes, variant), tmp_path / "answers.cmake")
    place = source(tmp_path, {"CMakeLists.txt": CMAKE})

    call(tool("cmake"), "-C", tmp_path / "answers.cmake", "-S", place, "-B", tmp_path / "b",
         f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'i'}")  # fmt: skip
    call("cmake", "--build", tmp_path / "b", "--target", "install")

    assert owners(blas, lapack) == answering(tmp_path / "b/other")
    assert owners(blas, lapack) == answering(tmp_path / "i/bin/other")


@pytest.mark.parametrize("variant", PLAIN)
def test_an_unchanged_cmake_project_takes_the_pkg_config_folder(
    found: Found, folder: Path, tmp_path: Path, variant: str
) -> None:
    """FindBLAS asks pkg-config by the names given, and drops all but -L and -l."""
    blas, lapack = sets(found, variant)
    plain(blas)
    place = source(tmp_path, {"CMakeLists.txt": CMAKE})

    call(tool("cmake"), "-S", place, "-B", tmp_path / "b", "-DBLA_PREFER_PKGCONFIG=ON",
         f"-DBLA_PKGCONFIG_BLAS={blas.name}", f"-DBLA_PKGCONFIG_LAPACK={lapack.name}",
         PKG_CONFIG_LIBDIR=str(folder))  # fmt: skip
    call("cmake", "--build", tmp_path / "b")

    assert owners(blas, lapack) == answering(tmp_path / "b/other")


@pytest.mark.parametrize("variant", VARIANTS)
def test_pkg_config_targets_bring_macros_too(
    found: Found, folder: Path, tmp_path: Path, variant: str
) -> None:
    """pkg_check_modules with an imported target works for prefixes and suffixes."""
    blas, lapack = sets(found, variant)
    place = source(tmp_path, {"CMakeLists.txt": CMAKE_MODULES})

    call(tool("cmake"), "-S", place, "-B", tmp_path / "b", f"-DBLAS_NAME={blas.name}",
         f"-DLAPACK_NAME={lapack.name}", PKG_CONFIG_LIBDIR=str(folder))  # fmt: skip
    call("cmake", "--build", tmp_path / "b")

    assert owners(blas, lapack) == answering(tmp_path / "b/other")


@pytest.mark.parametrize("variant", VARIANTS)
def test_imported_targets_bring_macros_too(
    found: Found, recipes: Recipes, tmp_path: Path, variant: str
) -> None:
    """A project that includes the file links blas_probe::lapack-<variant>."""
    blas, lapack = sets(found, variant)
    cmake(found, run(recipes), tmp_path / "answers.cmake")
    place = source(tmp_path, {"CMakeLists.txt": CMAKE_TARGETS})

    call(tool("cmake"), "-S", place, "-B", tmp_path / "b", f"-DLAPACK_NAME={lapack.name}",
         f"-DCMAKE_PROJECT_INCLUDE={tmp_path / 'answers.cmake'}")  # fmt: skip
    call("cmake", "--build", tmp_path / "b")

    assert owners(blas, lapack) == answering(tmp_path / "b/other")


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_unchanged_meson_project_takes_the_pkg_config_folder(
    found: Found, folder: Path, tmp_path: Path, variant: str
) -> None:
    """dependency() finds them; what is installed still finds the libraries."""
    blas, lapack = sets(found, variant)
    place = source(tmp_path, {"meson.build": MESON, "meson_options.txt": MESON_OPTIONS})

    call(tool("meson"), "setup", tmp_path / "b", place, f"-Dblas={blas.name}",
         f"-Dlapack={lapack.name}", f"--prefix={tmp_path / 'i'}",
         PKG_CONFIG_LIBDIR=str(folder))  # fmt: skip
    call("meson", "install", "-C", tmp_path / "b")

    assert owners(blas, lapack) == answering(tmp_path / "b/other")
    assert owners(blas, lapack) == answering(tmp_path / "i/bin/other")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_build_by_hand_takes_the_shell_lines(
    found: Found, recipes: Recipes, tmp_path: Path, variant: str
) -> None:
    """eval "$(blas_probe --env)", then the compiler with the usual variables."""
    blas, lapack = sets(found, variant)
    place = source(tmp_path, {"lines.sh": env(found, run(recipes, variant), None)})

    call(
        tool("sh"), "-c",
        'cd "$1" && CPPFLAGS=-DKEPT && . ./lines.sh && case "$CPPFLAGS" in *-DKEPT) ;; *) exit 9;;'
        " esac && eval cc $CPPFLAGS other.c $LAPACK_LIBS $BLAS_LIBS -lm -ldl -o other",
        "sh", place,
    )  # fmt: skip

    assert owners(blas, lapack) == answering(place / "other")


def test_every_pc_file_is_valid(folder: Path) -> None:
    """pkg-config itself finds no fault in any of them."""
    for file in sorted(folder.glob("*.pc")):
        call(tool("pkg-config"), "--validate", file.stem, PKG_CONFIG_LIBDIR=str(folder))
        call("pkg-config", "--libs", "--cflags", file.stem, PKG_CONFIG_LIBDIR=str(folder))
