# SPDX-License-Identifier: Apache-2.0
"""Static archives made with the C compiler: linked and called. Run with `-m real`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from blas_probe.library import Library
from blas_probe.probing import measure
from blas_probe.recipe import Recipes
from blas_probe.search.find import File

pytestmark = pytest.mark.real

SOURCE = """
typedef INT blas_int;
void dgemm_(void) {} void sgemm_(void) {} void cgemm_(void) {} void zgemm_(void) {}
void dtrsm_(void) {} void zherk_(void) {} void dscal_(blas_int *n) {}
blas_int isamax_(blas_int *n, float *x, blas_int *inc) { return *n < 1 ? 0 : 2; }
float sdot_(blas_int *n, float *x, blas_int *i, float *y, blas_int *j) { return x[0] * y[0]; }
_Complex double zdotc_(blas_int *n) { return 0; }
_Complex float cdotc_(blas_int *n) { return 0; }
"""


def archive(folder: Path, text: str, *flags: str) -> Path:
    """A static archive compiled from C."""
    compiler, ar = shutil.which("cc") or shutil.which("gcc"), shutil.which("ar")
    if compiler is None or ar is None:
        pytest.skip("no C compiler")
    (folder / "one.c").write_text(text, encoding="utf-8")
    command = [compiler, "-c", "-O2", *flags, "one.c", "-o", "one.o"]
    subprocess.run(command, cwd=folder, check=True)
    subprocess.run([ar, "rcs", "libblas.a", "one.o"], cwd=folder, check=True)
    return folder / "libblas.a"


def look(path: Path, recipes: Recipes, environ: Mapping[str, str]) -> Library:
    """The archive's record."""
    file = File(path=str(path), names=(str(path),), source="path", problem=None)
    (library,) = measure([file], recipes, environ=environ, jobs=1, timeout=20)
    return library


PATHS = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.mark.parametrize(("kind", "bits"), [("int", 32), ("long", 64)])
def test_an_archive_is_linked_and_called(
    tmp_path: Path, recipes: Recipes, kind: str, bits: int
) -> None:
    """Its calling conventions are measured then."""
    one = look(archive(tmp_path, SOURCE, f"-DINT={kind}", "-fPIC"), recipes, PATHS)

    assert (one.format, one.problem) == ("archive", None)
    assert not {"int_bits", "complex_return", "f2c"} & {*one.inferred}
    assert (one.int_bits, one.complex_return, one.f2c) == (bits, "normal", "plain")
    assert "its functions were called after linking them into a library" in one.notes


def test_an_archive_without_a_compiler_is_read(tmp_path: Path, recipes: Recipes) -> None:
    """The width is read from its code, and shown as inferred."""
    one = look(archive(tmp_path, SOURCE, "-DINT=long", "-fPIC"), recipes, {"PATH": str(tmp_path)})

    assert (one.int_bits, one.problem) == (64, None)
    assert "int_bits" in one.inferred
    assert "not called: no C compiler here can link the archive" in one.notes


def test_an_archive_that_cannot_be_linked_is_read(tmp_path: Path, recipes: Recipes) -> None:
    """The linker's own words say why."""
    fault = "extern int lost; int lose(void) { return lost; }\n"
    text = SOURCE + '__asm__(".pushsection .data\\n.long lost\\n.popsection");' + fault
    one = look(archive(tmp_path, text, "-DINT=int", "-fno-pic", "-mcmodel=large"), recipes, PATHS)

    assert one.int_bits == 32
    assert any("not called" in note for note in one.notes) == bool(one.inferred)


def test_a_constructor_that_hangs_costs_only_the_calls(tmp_path: Path, recipes: Recipes) -> None:
    """What was read stays."""
    text = SOURCE + "__attribute__((constructor)) static void stop(void) { for (;;) ; }"
    path = archive(tmp_path, text, "-DINT=int", "-fPIC")
    file = File(path=str(path), names=(str(path),), source="path", problem=None)

    (one,) = measure([file], recipes, environ=PATHS, jobs=1, timeout=2)

    assert (one.int_bits, one.problem) == (32, None)
    assert any("did not answer within 2 s" in note for note in one.notes)
