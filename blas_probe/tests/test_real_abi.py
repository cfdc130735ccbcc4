# SPDX-License-Identifier: Apache-2.0
"""Odd calling conventions, each as a small library made with the C compiler (`-m real`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blas_probe.partners import width_warnings
from blas_probe.recipe import Recipes
from blas_probe.search.find import find
from blas_probe.search.places import Machine
from blas_probe.tests.made import Make, examine

pytestmark = pytest.mark.real

CAPITALS = {
    name: name.upper()
    for name in ("dgemm", "sgemm", "cgemm", "zgemm", "dtrsm", "zherk", "dscal", "xerbla", "lsame",
                 "isamax", "sdot", "zdotc", "cdotc")
}  # fmt: skip
BARE_CAPITALS = {"N(x)": "x", **CAPITALS}
TAILED_CAPITALS = {"N(x)": "P(x)", "P(x)": "x##_", **CAPITALS}

ABI: list[tuple[str, dict[str, str], tuple[Any, ...]]] = [
    ("plain", {}, ("", "_", 32, "normal", "plain")),
    ("wide_with_narrow_names", {"INT": "int64_t"}, ("", "_", 64, "normal", "plain")),
    ("argument", {"ARGUMENT": "1"}, ("", "_", 32, "argument", "plain")),
    ("f2c", {"REAL": "double"}, ("", "_", 32, "normal", "f2c")),
    ("odd_names", {"N(x)": "my_##x##__odd"}, ("my_", "__odd", 32, "normal", "plain")),
    ("fnda", {"FNDA": "1"}, ("", "_", 32, "fnda", "plain")),
    ("fnda_wide", {"FNDA": "1", "INT": "int64_t"}, ("", "_", 64, "fnda", "plain")),
    ("two_underscores", {"N(x)": "x##__"}, ("", "__", 32, "normal", "plain")),
    ("wide_two_underscores", {"N(x)": "x##_64__", "INT": "int64_t"}, ("", "_64__", 64, "normal",
                                                                      "plain")),
    ("number_alone", {"N(x)": "x##64", "INT": "int64_t"}, ("", "64", 64, "normal", "plain")),
    ("prefix", {"N(x)": "scipy_##x##_64_"}, ("scipy_", "_64_", 32, "normal", "plain")),
    ("capitals", BARE_CAPITALS, ("", "", 32, "normal", "plain")),
    ("wide_capitals", {**TAILED_CAPITALS, "INT": "int64_t", "REAL": "double", "ARGUMENT": "1"},
     ("", "_", 64, "argument", "f2c")),
    ("bare_names", {"N(x)": "x"}, ("", "", 32, "normal", "plain")),
    ("wide_bare", {"N(x)": "x", "INT": "int64_t", "ARGUMENT": "1"}, ("", "", 64, "argument",
                                                                     "plain")),
]  # fmt: skip


@pytest.mark.parametrize(("defines", "facts"), [a[1:] for a in ABI], ids=[a[0] for a in ABI])
def test_the_abi_is_measured_whatever_the_file_is_called(
    make: Make, recipes: Recipes, defines: dict[str, str], facts: tuple[Any, ...]
) -> None:
    """The file's name lies each time: it says MKL in 64 bits."""
    one = examine(make(file="libmkl_intel_ilp64_openblas.so", **defines), recipes)

    assert facts == (one.prefix, one.suffix, one.int_bits, one.complex_return, one.f2c)
    assert one.provider == "unknown"


def test_a_version_that_cannot_be_is_unknown(make: Make, recipes: Recipes) -> None:
    """What ilaver writes still tells the width."""
    code = "void ilaver_(int *a, int *b, int *c) { *a = -77; *b = 1; *c = 2; }"

    one = examine(make(code), recipes)

    assert ("unknown", 32) == (one.lapack_version, one.int_bits)


def test_names_in_capitals_are_shown_and_not_linked(make: Make, recipes: Recipes) -> None:
    """They are measured like others; a backend does not call them, and says so."""
    extra = "int openblas_get_parallel(void) { return 0; }"
    one = examine(make(extra, **BARE_CAPITALS), recipes)

    assert (one.provider, one.upper, one.variants) == ("openblas", True, ())


C_NAMES = "void cblas_dgemm{0}(void) {{}} void cblas_zdotc_sub{0}(void) {{}} "
C_AMAX = "size_t cblas_isamax{0}({1} n, float *x, {1} i) {{ return n < 1 ? 0 : 1; }} "
WIDE = {"N(x)": "x##_64_", "INT": "int64_t"}
STYLES = [
    ("openblas", WIDE, "64_", "int64_t", ("conformant", "64_")),
    ("reference", WIDE, "_64", "int64_t", ("conformant", "_64")),
    ("divergent_wide", WIDE, "", "int64_t", ("divergent", "")),
    ("divergent_narrow", WIDE, "", "int32_t", ("divergent", None)),
    ("plain_names", {"INT": "int64_t"}, "", "int64_t", ("conformant", "")),
    ("narrow", {}, "", "int32_t", ("conformant", "")),
    ("lying_suffix", {"N(x)": "x##_64_"}, "64_", "int32_t", ("conformant", "64_")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("defines", "tail", "width", "expected"), [s[1:] for s in STYLES], ids=[s[0] for s in STYLES]
)
def test_the_c_interface_is_measured_apart(
    make: Make, recipes: Recipes, defines: dict[str, str], tail: str, width: str,
    expected: tuple[str, str | None],
) -> None:  # fmt: skip
    """Divergent: 64-bit names with a suffix, C names without; the width of C decides its use."""
    one = examine(make(C_NAMES.format(tail) + C_AMAX.format(tail, width), **defines), recipes)

    assert (one.cblas_style, one.cblas_suffix) == expected


TWO = """
void dgemm_64_(void) {} void isamax_dummy(void) {} void dscal_64_(void) {}
int64_t isamax_64_(int64_t *n, float *x, int64_t *inc) { return *n < 1 ? 0 : 2; }
float sdot_64_(int64_t *n, float *x, int64_t *i, float *y) { return x[0] * y[0]; }
void zdotc_64_(double *r, int64_t *n) { r[0] = r[1] = 0; }
void cdotc_64_(float *r, int64_t *n) { r[0] = r[1] = 0; }
"""


def test_both_widths_of_one_file_are_told(make: Make, recipes: Recipes) -> None:
    """As MKL does: plain names are narrow, suffixed ones wide, and each ABI is measured."""
    one = examine(make(TWO), recipes)

    (other,) = one.other_interfaces
    assert (one.suffix, one.int_bits, one.complex_return) == ("_", 32, "normal")
    assert (other.suffix, other.int_bits, other.complex_return) == ("_64_", 64, "argument")


LAPACK = """
#include <stdint.h>
#include <string.h>
void dgetrf_(void) {} void sgetri_(void) {} void dgesv_(void) {} void dpotrf_(void) {}
void dgeqrf_(void) {} void zungqr_(void) {} void dgels_(void) {} void dgesdd_(void) {}
void dsyevd_(void) {} void zheevd_(void) {} void dgeev_(void) {}
void dgemm_(void); void *use(void) { return dgemm_; }
void ilaver_(INT *a, INT *b, INT *c) { *a = 3; *b = 6; *c = 1; }
#ifdef LENGTH
int ilaenv_(INT *ispec, char *name, char *opts, INT *a, INT *b, INT *c, INT *d, LENGTH size) {
    return size > 10 && name[10] == '2' ? 192 : 64;
}
#endif
"""
LAPACKS = [
    ("size_t", {"LENGTH": "size_t"}, "size_t"), ("int", {"LENGTH": "int"}, "int"),
    ("none", {}, None), ("wide", {"LENGTH": "size_t", "INT": "int64_t"}, "size_t"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("defines", "length"), [row[1:] for row in LAPACKS], ids=[row[0] for row in LAPACKS]
)
def test_a_lapack_bound_to_another_blas_is_two_providers(
    make: Make, recipes: Recipes, defines: dict[str, str], length: str | None, tmp_path: Path
) -> None:
    """Its version, what it lacks, the type of its text lengths, and whose BLAS answers."""
    make("int openblas_get_parallel(void) { return 0; }", "libodd.so.3", **defines)
    link = ("-Wl,--no-as-needed", "-L.", "-l:libodd.so.3", f"-Wl,-rpath,{tmp_path}")

    one = examine(make(LAPACK, "liblapack.so.3", flags=link, skeleton=False, **defines), recipes)

    assert (one.has_lapack, one.has_blas, one.lapack_version) == (True, False, "3.6.1")
    assert one.missing_lapack == ("dpstrf", "dsyevd_2stage")
    assert one.string_length == length
    assert (one.blas_file, one.blas_provider) == (str(tmp_path / "libodd.so.3"), "openblas")
    assert one.blas_int_bits == one.int_bits
    assert any(note.startswith("two providers: LAPACK of unknown") for note in one.notes)


def test_a_lapack_on_a_blas_of_another_width_is_a_warning(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """The width of the BLAS that is really called is measured, whatever its name."""
    make("", "libodd.so.3")
    link = ("-Wl,--no-as-needed", "-L.", "-l:libodd.so.3", f"-Wl,-rpath,{tmp_path}")
    path = make(LAPACK, "liblapack.so.3", flags=link, skeleton=False, INT="int64_t")

    one = examine(path, recipes)

    assert (one.int_bits, one.blas_int_bits) == (64, 32)
    (warning,) = width_warnings([one])
    assert "integers have 64 bits" in warning.text


def test_a_c_interface_alone_says_whose_functions_it_calls(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """As the reference's libcblas.so.3 does: two providers again."""
    make("int openblas_get_parallel(void) { return 0; }", "libodd.so.3")
    link = ("-Wl,--no-as-needed", "-L.", "-l:libodd.so.3", f"-Wl,-rpath,{tmp_path}")
    text = "#include <stddef.h>\n" + C_NAMES.format("") + C_AMAX.format("", "int")
    text += "void dgemm_(void); void *use(void) { return dgemm_; }"

    one = examine(make(text, "libcblas.so.3", flags=link, skeleton=False), recipes)

    assert (one.has_cblas, one.int_bits, one.blas_provider) == (True, 32, "openblas")


def test_a_program_leads_to_the_library_that_it_would_load(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """Through its own rpath, before the system's folders."""
    (tmp_path / "own").mkdir()
    make("", "own/libblas.so.3")
    rpath = ("-Wl,--no-as-needed", "-Lown", "-l:libblas.so.3", "-Wl,-rpath,$ORIGIN/own")
    plugin = make("int nothing;", "plugin.so", skeleton=False, flags=rpath)
    machine = Machine(root=Path("/"), triplet="none", environ={}, site_packages=())

    found = {file.path: file.source for file in find(recipes, machine, [plugin])}

    assert found[str(tmp_path / "own/libblas.so.3")] == "needed:plugin.so"


LAPACKE = """
#include <stdint.h>
void LAPACKE_dgesv(void) {}
int LAPACKE_d_nancheck(INT n, const double *x, INT inc) { return n > 0 && x[0] != x[0]; }
"""


@pytest.mark.parametrize("width", [32, 64])
def test_a_separate_lapacke_is_measured(make: Make, recipes: Recipes, width: int) -> None:
    """Its look for NaN takes a length and touches nothing."""
    path = make(LAPACKE, "liblapacke.so.3", skeleton=False, INT=f"int{width}_t")

    one = examine(path, recipes)

    assert (one.has_lapacke, one.has_lapack, one.int_bits) == (True, False, width)
    assert one.problem is None


def test_a_part_of_blas_is_told_as_one(make: Make, recipes: Recipes) -> None:
    """Without dgemm nothing tells the spelling, and still it is not "no function"."""
    one = examine(make("void daxpy_(void) {} void zherk_(void) {}", skeleton=False), recipes)

    assert one.problem == "it has only a part of BLAS and LAPACK"
    assert "dgemm" in one.missing_blas
    assert "zherk" not in one.missing_blas


MIXED = """
void ilaver_(int64_t *a, int64_t *b, int64_t *c) { *a = 3; *b = 11; *c = 0; }
void dgetrf_(void) {} void dgeqrf_(void) {}
void dpotrf_(char *u, int64_t *n, double *a, int64_t *lda, int64_t *info) { *info = -4; }
"""


def test_a_contradiction_stays_one(make: Make, recipes: Recipes) -> None:
    """A 64-bit LAPACK on a 32-bit BLAS in one file: no further call may hide it."""
    one = examine(make(MIXED), recipes)

    assert (one.int_bits, one.lapack_version) == ("unknown", "3.11.0")
    assert any("ilaver uses 64 bits, isamax uses 32 bits" in note for note in one.notes)
    assert not one.variants


def test_a_crash_takes_away_no_interface(make: Make, recipes: Recipes) -> None:
    """The first call ends the process: the names are there all the same."""
    cblas = "void cblas_dgemm(void) {} void cblas_zdotc_sub(void) {} void cblas_isamax(void) {}"
    text = f"{LAPACKE} {cblas} void ilaver_(int *a) {{ abort(); }}"

    one = examine(make(text), recipes)

    assert "while calling ilaver_" in str(one.problem)
    assert (one.has_blas, one.has_cblas, one.has_lapacke) == (True, True, True)


def test_a_c_interface_that_cannot_be_opened_is_read(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """What it needs is not there: the interface is, and the row says both."""
    gone = make("int gone(void) { return 1; }", "libgone.so.1", skeleton=False)
    flags = ("-Wl,--no-as-needed", f"-L{tmp_path}", "-l:libgone.so.1")
    path = make(LAPACKE, "liblapacke.so.3", skeleton=False, flags=flags, INT="int32_t")
    gone.unlink()

    one = examine(path, recipes)

    assert (one.has_lapacke, one.has_blas, one.suffix) == (True, False, "_")
    assert "libgone.so.1: cannot open" in str(one.problem)


def test_a_library_with_copies_of_its_own_is_measured_after_them(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """A wheel's program opens them first; the loader alone would not find them."""
    beside = ("-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined", f"-L{tmp_path}")
    make("int inner(void) { return 1; }", "libinner-01.so", skeleton=False,
         flags=("-Wl,-soname,libinner-01.so",))  # fmt: skip
    make("int outer(void) { return 1; }", "libouter-02.so", skeleton=False,
         flags=("-Wl,-soname,libouter-02.so", *beside, "-l:libinner-01.so"))  # fmt: skip
    text = 'const char *openblas_get_config(void) { return "OpenBLAS 0.3.9 "; }'
    path = make(text, "libopenblas-03.so", flags=(*beside, "-l:libouter-02.so"))

    one = examine(path, recipes)

    assert (one.version, one.int_bits, one.complex_return) == ("0.3.9", 32, "normal")
    assert "libinner-01.so, libouter-02.so, which no loader looks for" in str(one.problem)
    assert not {"version", "int_bits"} & {*one.inferred}


def test_a_lapack_that_names_no_blas_is_told_so(make: Make, recipes: Recipes) -> None:
    """As Debian's libflame: a program that links it alone would not start."""
    one = examine(make(LAPACK, "liblapack.so.3", skeleton=False), recipes)

    assert "`dgemm_`, which no library that it names defines; it takes its BLAS" in str(one.problem)
    assert one.int_bits == 32


FLEXIBLAS = """
void flexiblas_get_version(int *a, int *b, int *c) { *a = 3; *b = 4; *c = 5; }
int flexiblas_current_backend(char *name, size_t size) {
    const char *wish = getenv("FLEXIBLAS");
    strncpy(name, wish ? wish : "OPENBLAS-OPENMP", size);
    return strlen(name);
}
void openblas_set_num_threads(int number) {}
"""


def test_a_switch_tells_what_is_behind_it(make: Make, recipes: Recipes) -> None:
    """FlexiBLAS has other providers' names too; its variable chooses another library."""
    path = make(FLEXIBLAS, "libflexiblas.so.3")

    one = examine(path, recipes, environ={"FLEXIBLAS": "NETLIB"})

    assert (one.provider, one.version, one.core) == ("flexiblas", "3.4.5", "OPENBLAS-OPENMP")
    assert one.environment_effects["core"] == "NETLIB"
    assert (one.thread_layer, one.max_threads) == ("unknown", None)


def test_a_folder_is_searched_by_content(make: Make, recipes: Recipes, tmp_path: Path) -> None:
    """A library with a name that nobody expects is found in a folder that the user names."""
    (tmp_path / "own").mkdir()
    path = make("", "own/libla.so.7")
    make("int nothing;", "own/libother.so", skeleton=False)
    machine = Machine(root=tmp_path, triplet="none", environ={}, site_packages=())

    assert [file.path for file in find(recipes, machine, [path.parent])] == [str(path)]
