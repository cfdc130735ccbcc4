# SPDX-License-Identifier: Apache-2.0
"""Libraries made for a test with the C compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from blas_probe.library import Library
from blas_probe.probing import found_from, measure
from blas_probe.recipe import Recipes
from blas_probe.search.find import File

SKELETON = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <stdint.h>
#include <sys/wait.h>
typedef INT blas_int;
void N(dgemm)(void) {} void N(sgemm)(void) {} void N(cgemm)(void) {} void N(zgemm)(void) {}
void N(dtrsm)(void) {} void N(zherk)(void) {} void N(dscal)(void) {} void N(xerbla)(void) {}
int N(lsame)(void) { return 0; }
blas_int N(isamax)(blas_int *n, float *x, blas_int *inc) { return *n < 1 ? 0 : 2; }
REAL N(sdot)(blas_int *n, float *x, blas_int *i, float *y, blas_int *j) { return x[0] * y[0]; }
#ifdef FNDA
void N(zdotc)(double *r, blas_int *n) { r[0] = r[1] = 0; }
_Complex float N(cdotc)(blas_int *n) { return 0; }
#elif ARGUMENT
void N(zdotc)(double *r, blas_int *n) { r[0] = r[1] = 0; }
void N(cdotc)(float *r, blas_int *n) { r[0] = r[1] = 0; }
#else
_Complex double N(zdotc)(blas_int *n) { return 0; }
_Complex float N(cdotc)(blas_int *n) { return 0; }
#endif
"""


Make = Callable[..., Path]


def maker(folder: Path) -> Make:
    """A function that compiles a library with BLAS names around the given C text."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")

    def compile_it(
        extra: str = "",
        file: str = "libblas.so.3",
        *,
        flags: tuple[str, ...] = (),
        skeleton: bool = True,
        **defines: str,
    ) -> Path:
        given = {"INT": "int32_t", "REAL": "float", "N(x)": "x##_", **defines}
        macros = [f"-D{name}={value}" for name, value in given.items()]
        (folder / "x.c").write_text((SKELETON if skeleton else "") + extra, encoding="utf-8")
        base = [compiler, "-w", "-O1", "-shared", "-fPIC", *macros]
        subprocess.run([*base, "x.c", "-o", file, *flags], cwd=folder, check=True)
        return folder / file

    return compile_it


def examine(
    path: Path,
    recipes: Recipes,
    timeout: float = 5.0,
    environ: Mapping[str, str] | None = None,
) -> Library:
    """The record of one file."""
    files = [File(path=str(path), names=(str(path),), source="path", problem=None)]
    environ = os.environ if environ is None else environ
    libraries = measure(files, recipes, environ=environ, jobs=1, timeout=timeout)
    return found_from(libraries, recipes, environ).libraries[0]
