# SPDX-License-Identifier: Apache-2.0
"""Which library serves a variant, and why the others do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from blas_probe.choose import choose, refusals
from blas_probe.errors import FoundFileError, NotChosen, UnknownVariant
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Select, Variant

Make = Callable[..., Library]
VARIANT = Variant(
    id="one", provider="one",
    select=Select(thread_layer=("pthreads", "serial"), source=("path", "debian", "sys*")),
)  # fmt: skip

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("problem", {"problem": "crashed with SIGSEGV while being opened"}, "crashed with SIGSEGV"),
    ("provider", {"provider": "two"}, "provider is two, the variant needs one"),
    ("width", {"int_bits": 64}, "int_bits is 64, the variant needs 32"),
    ("unknown_width", {"int_bits": "unknown"}, "needs int_bits, which is unknown"),
    ("unknown_complex", {"complex_return": "unknown"}, "needs complex_return, which is unknown"),
    ("no_complex", {"complex_return": None}, "needs complex_return, which is unknown"),
    ("unknown_f2c", {"f2c": "unknown"}, "needs f2c, which is unknown"),
    ("unknown_suffix", {"suffix": "unknown"}, "needs suffix, which is unknown"),
    ("layer", {"thread_layer": "openmp"}, "thread_layer is openmp, the variant needs pthreads or"),
    (
        "unknown_layer",
        {"thread_layer": "unknown"},
        "(pthreads or serial), which is unknown",
    ),
    ("source", {"source": "pypi:numpy"}, "source is pypi:numpy, the variant takes path, debian"),
    ("no_blas", {"has_blas": False}, "no BLAS functions of its own"),
    ("no_lapack", {"has_lapack": False}, "it has no LAPACK"),
    ("renamed", {"soname_beside": False}, "cure: ln -s /lib/libone.so /lib/libone.so"),
]


@pytest.mark.parametrize(("facts", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_refusal_names_the_fact(library: Make, facts: dict[str, Any], reason: str) -> None:
    """Wrong and unknown facts refuse, each with its name."""
    reasons = refusals(VARIANT, library(**facts))

    assert any(reason in line for line in reasons), reasons


def test_the_plain_library_fits(library: Make) -> None:
    """The table above changes one fact at a time of a library that fits."""
    assert refusals(VARIANT, library()) == []


def test_source_comes_before_thread_layer_and_version(library: Make) -> None:
    """What the user named wins; then the preferred layer; then the newest version."""
    old = library(path="/a", thread_layer="serial", version="9.0")
    threaded = library(path="/b", thread_layer="pthreads", version="1.9")
    newer = library(path="/c", thread_layer="pthreads", version="1.10")
    named = library(path="/d", source="path", thread_layer="serial", version="0.1")

    assert choose(VARIANT, [old, threaded, newer, named]).blas.path == "/d"
    assert choose(VARIANT, [old, threaded, newer]).blas.path == "/c"
    assert choose(VARIANT, [old, threaded]).blas.path == "/b"


def pair(library: Make) -> tuple[Variant, Library, Library]:
    """A BLAS without LAPACK, and another provider's LAPACK that asks for a libblas.so.3."""
    variant = Variant(id="fast", provider="fast", lapack="slow")
    blas = library(path="/f/libfast.so.4", provider="fast", soname="libfast.so.4", has_lapack=False)
    lapack = library(
        path="/s/liblapack.so.3", provider="slow", soname="liblapack.so.3", has_blas=False,
        blas_soname="libblas.so.3", complex_return=None, f2c=None,
    )  # fmt: skip
    return variant, blas, lapack


def test_a_blas_without_lapack_takes_the_other_providers(library: Make) -> None:
    """LAPACK stands first, and its wish for another BLAS is turned to the chosen one."""
    variant, blas, lapack = pair(library)

    facts = choose(variant, [lapack, blas]).link_facts()

    assert facts.libraries == ("/s/liblapack.so.3", "/f/libfast.so.4")
    assert facts.rpath_dirs == ("/s", "/f")
    assert facts.needed_renames == (("libblas.so.3", "libfast.so.4"),)
    assert (facts.provider, facts.variant, facts.int_bits) == ("fast", "fast", 32)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("int_bits", 64, "int_bits is 64, the BLAS has 32"),
        ("int_bits", "unknown", "needs int_bits, which is unknown"),
        ("suffix", "", "suffix is '', the BLAS has '_'"),
        ("problem", "does not load: x", "does not load: x"),
    ],
)
def test_a_lapack_that_does_not_fit_is_told(
    library: Make, name: str, value: Any, reason: str
) -> None:
    """The refusal names both files and the fact."""
    variant, blas, lapack = pair(library)
    wrong = Library(**{**vars(lapack), name: value})

    with pytest.raises(NotChosen) as caught:
        choose(variant, [blas, wrong])

    assert "/f/libfast.so.4: no LAPACK library of slow fits it" in str(caught.value)
    assert reason in str(caught.value)


def test_defines_are_only_what_the_file_exports(library: Make) -> None:
    """A function that is not there gets no define; the thread layer then is a word."""
    bare = choose(VARIANT, [library()]).link_facts()
    full = choose(
        VARIANT,
        [library(functions={"set_threads": "f_", "thread_layer_int": "g"}, cblas_suffix=None)],
    ).link_facts()

    assert bare.defines == {
        "TRIVET_BLAS_CBLAS_SUFFIX": "", "TRIVET_BLAS_THREAD_LAYER": "serial",
    }  # fmt: skip
    assert full.defines == {
        "TRIVET_BLAS_SET_THREADS": "f_", "TRIVET_BLAS_THREAD_LAYER_INT": "g",
    }  # fmt: skip


def found(*libraries: Library) -> Found:
    """An answer with the one variant."""
    return Found(libraries=libraries, variants=(VARIANT,), ignored_environment={"X_NUM": "3"})


def test_found_survives_json(library: Make) -> None:
    """Tuples, unknown and absent values come back as they were."""
    before = found(library(version="unknown", lapack_version=None, needed=("libc.so.6",)))

    assert Found.from_json(before.to_json()) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1}', "null", "3"])
def test_something_else_than_found_json_is_refused(text: str) -> None:
    """The message says what to do."""
    with pytest.raises(FoundFileError, match="run the probe again"):
        Found.from_json(text)


def test_why_answers_for_variant_provider_path_and_file_name(library: Make) -> None:
    """Every name that a person may have at hand works; others are refused with the known ones."""
    answer = found(
        library(), library(path="/lib/libold.so", names=("/x/libalias.so",), int_bits=64)
    )

    assert answer.why_not("one")[0] == "one is available: /lib/libone.so"
    assert answer.why_not("/lib/libone.so") == ["/lib/libone.so: chosen for one"]
    assert "int_bits is 64" in answer.why_not("libalias.so")[0]
    assert answer.why_not("x/libalias.so") == answer.why_not("/lib/libold.so")
    with pytest.raises(UnknownVariant, match="known: one"):
        answer.why_not("nobody")
    with pytest.raises(UnknownVariant, match="known: one"):
        answer.choose("nobody")


@pytest.mark.parametrize("name", ["py-one", "libone1", "lib/libone.so", "/lib"])
def test_whoever_brought_a_library_leads_to_it(library: Make, name: str) -> None:
    """People know the package that they installed, or the end of a path that we printed."""
    one = library(source="pypi:py-one", package="libone1 1.0-2")

    assert "source is pypi:py-one" in found(one).why_not(name)[0]


def test_a_path_is_told_once_and_a_variant_once(library: Make) -> None:
    """With all its reasons in one line."""
    other = Variant(id="wide", provider="one", select=Select(int_bits=64))
    one = library(thread_layer="openmp", source="elsewhere")
    answer = Found(libraries=(one,), variants=(VARIANT, other), ignored_environment={})

    head, first, second = answer.why_not("libone.so")

    assert ("/lib/libone.so:", True) == (head, first.startswith("  not for one: thread_layer is"))
    assert "; source is elsewhere" in first
    assert "  not for wide: int_bits is 32, the variant needs 64" == second


def test_a_lapack_says_whom_it_serves(library: Make) -> None:
    """It is no BLAS of any variant, and used all the same."""
    variant, blas, lapack = pair(library)
    answer = Found(libraries=(blas, lapack), variants=(variant,), ignored_environment={})

    assert "  its LAPACK serves fast, before the BLAS /f/libfast.so.4" in answer.why_not("slow")


def test_why_takes_what_people_type(library: Make) -> None:
    """Capitals, a name without the end of its version, and all that the table prints."""
    one = library(
        path="/lib/libone.so.0", names=("/lib/libone.so.0", "/lib/liblike.so.3"),
        source="pypi:py-one", package="py-one 1.0",
    )  # fmt: skip
    answer = replace(found(one), loader_names={"liblike.so.3": one.path})
    whole = answer.why_not(one.path)

    for name in ("libone.so", "libone", "liblike", "py-one 1.0", "pypi:py-one"):
        assert whole == answer.why_not(name)
    assert answer.why_not("one") == answer.why_not("One")
    assert ["a program that asks for liblike.so.3 gets /lib/libone.so.0", *whole] == (
        answer.why_not("liblike.so.3")
    )
    with pytest.raises(UnknownVariant):
        answer.why_not("lib")


def test_a_blas_or_lapack_for_one_caller_makes_callers_take_turns(library: Make) -> None:
    """Either of the two is enough."""
    variant, blas, lapack = pair(library)
    alone = Library(**{**vars(lapack), "one_caller": True})

    assert "TRIVET_BLAS_ONE_CALLER" not in choose(variant, [lapack, blas]).link_facts().defines
    assert "1" == choose(variant, [alone, blas]).link_facts().defines["TRIVET_BLAS_ONE_CALLER"]
