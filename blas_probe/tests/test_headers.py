# SPDX-License-Identifier: Apache-2.0
"""Headers of a library: where they lie, whose they are, what their text tells."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blas_probe.call.tool import Said
from blas_probe.headers import pair, program, search
from blas_probe.library import Header, Library
from blas_probe.recipe import Recipes
from blas_probe.scratch import NOWHERE
from blas_probe.search.places import Machine

Make = Callable[..., Library]
OPENBLAS = '#include "openblas_config.h"\nvoid cblas_dscal(OPENBLAS_CONST blasint n);\n'
NETLIB = "void cblas_dscal(const int N, const double alpha, double *X, const int incX);\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A file system of its own."""
    return Machine(root=tmp_path, triplet="m-linux-gnu", environ={}, site_packages=())


def put(path: Path, text: str) -> str:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def shop(tmp_path: Path, compiler: tuple[str, ...] | None = None) -> pair.Workshop:
    """A workshop, by default on a machine without compiler."""
    return pair.Workshop(
        folder=tmp_path, compiler=compiler, environ={}, timeout=5, token="t", built={},
        lock=threading.Lock(),
    )  # fmt: skip


def made(make: Make, tmp_path: Path, place: str, **facts: Any) -> Library:
    """A library of the made file system."""
    return make(path=put(tmp_path / place, "x"), **{"provider": "openblas", **facts})


def test_the_librarys_own_header_comes_first(
    library: Make, recipes: Recipes, machine: Machine, tmp_path: Path
) -> None:
    """Near the library, in Debian's folder of the same name, then in those that all share."""
    one = made(library, tmp_path, "usr/lib/m-linux-gnu/openblas-x/libopenblas.so")
    put(tmp_path / "usr/include/m-linux-gnu/cblas.h", NETLIB)
    own = put(tmp_path / "usr/include/m-linux-gnu/openblas-x/cblas.h", OPENBLAS)

    found = list(search.candidates(one, recipes, machine, "cblas"))

    assert [(own, "openblas"), (str(tmp_path / "usr/include/m-linux-gnu/cblas.h"), None)] == [
        (header.path, header.owner) for header in found
    ]


def test_the_header_of_the_right_version_comes_first(
    library: Make, recipes: Recipes, machine: Machine, tmp_path: Path
) -> None:
    """Two trees of one provider: the version beside the header decides."""
    one = made(library, tmp_path, "opt/lib/libopenblas.so", version="0.3.21")
    for folder, version in (("opt/include", "0.3.9"), ("usr/include/openblas", "0.3.21+ds")):
        put(tmp_path / folder / "cblas.h", OPENBLAS)
        config = f'#define OPENBLAS_VERSION " OpenBLAS {version} "\n'
        put(tmp_path / folder / "openblas_config.h", config)

    first, second = search.candidates(one, recipes, machine, "cblas")

    assert ("0.3.21", "0.3.9") == (first.version, second.version)
    assert pair.remark(one, first) == ""
    assert "of version 0.3.9, the library of 0.3.21" in pair.remark(one, second)


def test_another_providers_header_is_taken_from_shared_folders_only(
    library: Make, recipes: Recipes, machine: Machine, tmp_path: Path
) -> None:
    """A compiler finds that one anyway; the remark tells whose it is."""
    one = made(library, tmp_path, "opt/lib/libblis.so.4", provider="blis")
    put(tmp_path / "opt/include/cblas.h", OPENBLAS)
    shared = put(tmp_path / "usr/include/cblas.h", OPENBLAS + "\n")

    (only,) = search.candidates(one, recipes, machine, "cblas")

    assert (shared, "openblas", False) == (only.path, only.owner, only.near)
    assert pair.remark(one, only) == "; it is the header of openblas"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("2026", "2026.2", True), ("0.3.21", "0.3.21.dev", True), ("0.3.9", "0.3.21", False),
     ("1.0", "unknown", True)],
)  # fmt: skip
def test_versions_agree_as_far_as_both_tell(one: str, other: str, same: bool) -> None:
    """A header that knows the year alone does not contradict."""
    assert same == search.same_version(one, other)


SPELLINGS = [
    ("", "", "void cblas_dscal(int n);", ("", "")),
    ("py_", "64_", "void py_cblas_dscal64_(int n);", ("py_", "64_")),
    ("py_", "64_", "void cblas_dscal(int n);", ("", "")),
    ("", "", "void cblas_dscal64_(int n); void cblas_dscal$NEW(int n);", None),
    ("", "", "", None),
]


@pytest.mark.parametrize(("prefix", "suffix", "text", "expected"), SPELLINGS)
def test_the_spelling_is_that_of_the_declaration(
    library: Make, tmp_path: Path, prefix: str, suffix: str, text: str, expected: Any
) -> None:
    """The library's own names first, then plain ones; a longer name is another name."""
    path = put(tmp_path / "cblas.h", text)

    assert expected == search.spelling(library(prefix=prefix, cblas_suffix=suffix), path, "cblas")


def test_a_header_of_other_names_is_refused_without_compiling(
    library: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """Plain declarations do not fit a library with a suffix, unless macros rename them."""
    one = library(provider="openblas", int_bits=64, cblas_suffix="64_", suffix="_64_")
    plain = candidate(put(tmp_path / "a/cblas.h", OPENBLAS))
    renamed = candidate(
        put(tmp_path / "b/cblas.h", OPENBLAS + "#define cblas_dscal cblas_dscal64_\n")
    )

    refused = pair.verdict(one, recipes.provider("openblas"), plain, shop(tmp_path))
    open_question = pair.verdict(one, recipes.provider("openblas"), renamed, shop(tmp_path))

    assert refused is not None and open_question is not None
    assert refused.pair == "refused"
    assert refused.reason == "it declares cblas_dscal, the library has cblas_dscal64_"
    assert open_question.pair == "not run"


def candidate(path: str, kind: str = "cblas") -> search.Candidate:
    """A header near its library."""
    return search.Candidate(path=path, kind=kind, owner="openblas", version=None, near=True)


STATIC = [
    ("openblas", OPENBLAS, "#define OPENBLAS_USE64BITINT\n", 64, "not run", 64, ()),
    ("openblas", OPENBLAS, "#define OPENBLAS_X\n", 32, "not run", 32, ()),
    ("openblas", OPENBLAS, None, 32, "not run", "unknown", ()),
    ("blis", NETLIB, None, 64, "refused", 32, ()),
    ("blis", NETLIB, None, 32, "not run", 32, ()),
]


@pytest.mark.parametrize("row", STATIC)
def test_without_a_compiler_the_text_is_read(
    library: Make, recipes: Recipes, tmp_path: Path, row: tuple[Any, ...]
) -> None:
    """What the text contradicts is refused, the rest is `not run`, with its width if told."""
    provider, text, config, width, verdict, bits, defines = row
    path = put(tmp_path / "cblas.h", text)
    if config is not None:
        put(tmp_path / "openblas_config.h", config)
    one = library(provider=provider, int_bits=width)

    header = pair.verdict(one, recipes.provider(provider), candidate(path), shop(tmp_path))

    assert header is not None
    assert (verdict, bits, defines) == (header.pair, header.int_bits, header.defines)


def said(problem: str | None, output: str = "") -> Said:
    """What a compiler or a program answered."""
    return Said(code=None, output=output, problem=problem)


HINDRANCES = [
    ("no_folder", NOWHERE, [], "no program can be written to"),
    ("full_disk", None, [said("exit code 1", "x.c: error: No space left on device")],
     "the disk is full"),
    ("noexec", None, [said(None), said("cannot be run: Permission denied")],
     "cannot be run: Permission denied; read from the text"),
    ("no_c", None, [said("exit code 1", "cblas1.c:9:1: error: x"),
                    said("exit code 1", "control.c:2:3: error: this is no C++")],
     "cc compiles no C program: error: this is no C++; read from the text"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "replies", "reason"), [r[1:] for r in HINDRANCES], ids=[r[0] for r in HINDRANCES]
)
def test_what_hinders_the_proof_is_no_fault_of_the_header(
    library: Make, recipes: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    folder: Path | None, replies: list[Said], reason: str,
) -> None:  # fmt: skip
    """It is `not run`, not refused, and asked again another day."""
    left = iter(replies)
    monkeypatch.setattr(pair, "run_tool", lambda *words, **more: next(left))
    workshop = shop(folder or tmp_path, ("cc",))
    one = library(provider="openblas", int_bits=32)
    header = candidate(put(tmp_path / "cblas.h", OPENBLAS))

    verdict = pair.verdict(one, recipes.provider("openblas"), header, workshop)

    assert verdict is not None
    assert "not run" == verdict.pair
    assert reason in verdict.reason
    assert workshop.read() is None


def test_a_header_that_does_not_compile_is_refused(
    library: Make, recipes: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiler makes other programs; its complaint does not name our own file."""
    replies = iter([said("exit code 1", "lapacke7.c:9:1: error: unknown type"), said(None)])
    monkeypatch.setattr(pair, "run_tool", lambda *words, **more: next(replies))
    header = candidate(put(tmp_path / "cblas.h", OPENBLAS))
    one = library(provider="openblas", int_bits=32)

    verdict = pair.verdict(one, recipes.provider("openblas"), header, shop(tmp_path, ("cc",)))

    assert verdict is not None
    assert ("refused", "it does not compile: error: unknown type") == (
        verdict.pair, verdict.reason,
    )  # fmt: skip


def test_a_library_that_cannot_be_used_has_no_headers(
    library: Make, recipes: Recipes, machine: Machine, tmp_path: Path
) -> None:
    """Nothing is compiled for it."""
    for facts in ({"problem": "does not load"}, {"provider": "unknown"}, {"has_cblas": False}):
        one = library(**{"provider": "openblas", **facts})
        assert [] == pair.all_candidates(one, recipes, machine)


def test_the_compiler_is_that_of_the_environment(tmp_path: Path) -> None:
    """CC with its words, else the first usual name on PATH, else none."""
    for name in ("mycc", "gcc"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    path = {"PATH": str(tmp_path)}

    assert (str(tmp_path / "mycc"), "-m32") == pair.find_compiler({**path, "CC": "mycc -m32"})
    assert (str(tmp_path / "gcc"),) == pair.find_compiler(path)
    assert (str(tmp_path / "gcc"),) == pair.find_compiler({**path, "CC": "'never closed"})
    assert pair.find_compiler({"PATH": "/nonexistent"}) is None


@pytest.mark.parametrize(
    ("output", "bits", "right", "wrong"),
    [
        ("bits 64\nright dscal\nright dgemm\nend\n", 64, ["dscal", "dgemm"], None),
        ("bits 32\nlacks cblas_dgemm\n", 32, [], "the library lacks cblas_dgemm"),
        ("bits 0\nright dscal\nwrong dgemm\n", None, ["dscal"], "dgemm gives a wrong answer"),
        ("noise\nclosed no file\n", None, [], "the library does not open: no file"),
        ("bits 32\n", 32, [], "the program did not come to its end"),
    ],
)
def test_what_the_program_prints_is_understood(
    output: str, bits: int | None, right: list[str], wrong: str | None
) -> None:
    """Width, right answers, and the first complaint."""
    told = (program.bits_of(output), program.answered(output), program.trouble(output))

    assert (bits, right, wrong) == told


@pytest.mark.real
@pytest.mark.parametrize("bits", [32, 64])
def test_a_pair_is_proven_by_compiling_and_running(
    library: Make, recipes: Recipes, machine: Machine, tmp_path: Path, bits: int
) -> None:
    """A made library and its header agree; the same header is refused for the other width."""
    integer = {32: "int", 64: "long long"}[bits]
    header = put(tmp_path / "opt/include/cblas.h", MADE_HEADER.replace("INTEGER", integer))
    path = compiled(tmp_path, MADE_LIBRARY.replace("INTEGER", integer), header)
    real = Machine(root=tmp_path, triplet="", environ={"PATH": "/usr/bin:/bin"}, site_packages=())
    right = library(path=path, provider="netlib", int_bits=bits)
    wrong = library(path=path, provider="netlib", int_bits=96 - bits)

    (proven,), (refused,) = (
        one.headers for one in pair.with_headers([right, wrong], recipes, real, jobs=1, timeout=20)
    )

    assert (proven.pair, proven.int_bits, proven.path) == ("proven", bits, header)
    assert proven.reason == "compiled and run: dscal, idamax, dgemm, zdotc_sub answer right"
    assert (refused.pair, refused.int_bits) == ("refused", bits)


BROKEN = [
    ("return X[0] * 0;", "idamax gives a wrong answer"),
    ("__builtin_trap();", "crashed with SIGILL"),
    ("for (;;);", "did not answer within 2 s"),
]


@pytest.mark.real
@pytest.mark.parametrize(("body", "why"), BROKEN)
def test_a_library_that_misbehaves_costs_its_own_row(
    library: Make, recipes: Recipes, tmp_path: Path, body: str, why: str
) -> None:
    """A wrong answer, a crash and a hang are refusals with their reason."""
    header = put(tmp_path / "opt/include/cblas.h", MADE_HEADER.replace("INTEGER", "int"))
    text = MADE_LIBRARY.replace("return 1;", body).replace("INTEGER", "int")
    path = compiled(tmp_path, text, header)
    real = Machine(root=tmp_path, triplet="", environ={"PATH": "/usr/bin:/bin"}, site_packages=())

    (one,) = pair.with_headers(
        [library(path=path, provider="netlib")], recipes, real, jobs=1, timeout=2
    )

    refused: Header = one.headers[0]
    assert refused.pair == "refused"
    assert why in refused.reason


def compiled(tmp_path: Path, text: str, header: str) -> str:
    """A shared library of the C text."""
    cc = shutil.which("cc")
    if cc is None:
        pytest.skip("there is no C compiler")
    source = put(tmp_path / "made.c", f'#include "{header}"\n{text}')
    target = tmp_path / "opt/lib/libmade.so"
    target.parent.mkdir(parents=True)
    subprocess.run([cc, "-shared", "-fPIC", "-w", "-o", target, source], check=True)
    return str(target)


MADE_HEADER = """\
#include <stddef.h>
enum { CblasRowMajor = 101, CblasNoTrans = 111 };
void cblas_dscal(const INTEGER N, const double a, double *X, const INTEGER incX);
size_t cblas_idamax(const INTEGER N, const double *X, const INTEGER incX);
void cblas_zdotc_sub(const INTEGER N, const void *X, const INTEGER iX, const void *Y,
                     const INTEGER iY, void *dot);
void cblas_dgemm(int order, int ta, int tb, INTEGER M, INTEGER N, INTEGER K, double alpha,
                 const double *A, INTEGER lda, const double *B, INTEGER ldb, double beta,
                 double *C, INTEGER ldc);
"""
MADE_LIBRARY = """\
void cblas_dscal(INTEGER N, double a, double *X, INTEGER incX) { while (N--) *X++ *= a; }
size_t cblas_idamax(INTEGER N, const double *X, INTEGER incX) { return 1; }
void cblas_zdotc_sub(INTEGER N, const void *X, INTEGER iX, const void *Y, INTEGER iY, void *dot) {
    const double *x = X, *y = Y;
    double *z = dot;
    z[0] = x[0] * y[0] + x[1] * y[1];
    z[1] = x[0] * y[1] - x[1] * y[0];
}
void cblas_dgemm(int order, int ta, int tb, INTEGER M, INTEGER N, INTEGER K, double alpha,
                 const double *A, INTEGER lda, const double *B, INTEGER ldb, double beta,
                 double *C, INTEGER ldc) {
    for (INTEGER i = 0; i < M; i++)
        for (INTEGER j = 0; j < N; j++) {
            double sum = 0;
            for (INTEGER k = 0; k < K; k++) sum += A[i * lda + k] * B[k * ldb + j];
            C[i * ldc + j] = alpha * sum;
        }
}
"""
