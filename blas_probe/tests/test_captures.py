# SPDX-License-Identifier: Apache-2.0
"""Recorded libraries: the file name is the answer; marks are tried on every other provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blas_probe.binary import Binary, Host
from blas_probe.binary.affix import Affix
from blas_probe.binary.inferred import Code, width
from blas_probe.binary.marks import all_hits
from blas_probe.identify import identify, request
from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Recipes

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.json"))
PLAIN = Binary(
    format="elf", platform=None, machine="x86_64", machines=(), bits=64, little=True, soname=None,
    needed=(), rpaths=(), build_id=None, floor=None, defined=frozenset(), imported=frozenset(),
)  # fmt: skip
NAMES = [path.stem for path in CAPTURES]


def identified(content: dict[str, Any], recipes: Recipes) -> Library:
    """The record of a capture, under a name that says nothing."""
    return identify(
        content["findings"], recipes, path="/renamed.so", names=[], source="path",
        ending=content["ending"],
    )  # fmt: skip


def load(path: Path, recipes: Recipes) -> dict[str, Any]:
    """A capture whose symbol marks are worked out again from its names, with today's recipes."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    recorded = content["findings"]["marks"].values()
    texts = [hit.removeprefix("bytes:") for hits in recorded for hit in hits if "bytes:" in hit]
    marks = all_hits(
        request(recipes, host=Host("linux-glibc", "x86_64"))["marks"],
        defined=content["defined"],
        imported=content["imported"],
        data="\n".join(texts).encode(),
    )
    content["findings"]["marks"] = marks
    return content


def test_there_are_captures_of_many_providers_and_platforms() -> None:
    """A table of captures that is empty by accident would prove nothing."""
    answers = [name.split("--")[0] for name in NAMES]
    foreign = [name for name in answers if not name.endswith("x86_64_linux-glibc")]
    platforms = {name.rsplit("_", 1)[1] for name in answers}

    assert {name.split("_")[0] for name in foreign} >= {
        "openblas", "mkl", "blis", "atlas", "netlib", "nvpl", "gsl",
    }  # fmt: skip
    assert len({name.split("_")[0] for name in answers}) >= 9
    assert platforms >= {"linux-glibc", "linux-musl", "macos", "windows"}
    assert len(foreign) >= 25


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_the_recorded_code_is_read_as_before(path: Path) -> None:
    """Width, complex return and LAPACK version follow from the instructions, without a call."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    told, recorded = content["findings"]["binary"], content["findings"].get("measured", [{}])[0]
    affix = Affix(*content["findings"]["affixes"][0]) if content["code"] else Affix("", "")
    binary = PLAIN._replace(
        machine=told["machine"], platform=told["platform"], bits=told["bits"],
        defined=frozenset(content["code"]),
    )  # fmt: skip

    code = Code(binary, {name: bytes.fromhex(text) for name, text in content["code"].items()})

    facts = width(code, affix)
    if content["code"] and facts["width_by"] is not None:
        assert facts["lapack_version"] == recorded["lapack_version"]
        assert facts["int_bits"] == recorded["int_bits"]


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_a_capture_is_identified_as_its_name_says(path: Path, recipes: Recipes) -> None:
    """Provider, version, thread layer, integer width and machine come out as recorded."""
    content = load(path, recipes)

    found = identified(content, recipes)

    facts = (
        found.provider, found.version, found.thread_layer, found.int_bits, found.machine,
        found.platform,
    )  # fmt: skip
    assert "_".join(str(fact) for fact in facts) == path.stem.split("--")[0]


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_no_other_providers_marks_are_in_a_capture(path: Path, recipes: Recipes) -> None:
    """Only a fallback, or a provider that is refined, may share marks."""
    content = load(path, recipes)
    own = path.stem.split("_")[0]
    refined = recipes.provider(own).refines

    strangers = {
        name
        for name in content["findings"]["marks"]
        if name != own and name not in refined and not recipes.provider(name).fallback
    }

    assert strangers == set()


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_what_a_capture_can_be_linked_for_has_no_unknown(path: Path, recipes: Recipes) -> None:
    """A usable BLAS has every ABI fact measured."""
    content = load(path, recipes)
    found = identified(content, recipes)

    if found.problem is None and found.has_blas:
        facts = (found.prefix, found.suffix, found.int_bits, found.complex_return, found.f2c)
        assert UNKNOWN not in facts
        assert found.complex_return == ("argument" if found.provider == "mkl" else "normal")


def test_marks_of_two_providers_give_no_answer(recipes: Recipes) -> None:
    """Rather unknown than wrong."""
    marks = {"openblas": ["defines:openblas_get_config"], "mkl": ["defines:mkl_get_version_string"]}

    found = identify(
        {"binary": {"needed": []}, "marks": marks}, recipes, path="/x", names=[], source="path"
    )

    assert found.provider == UNKNOWN
    assert "marks of mkl and openblas" in found.notes[0]


def test_a_provider_made_from_another_wins(recipes: Recipes) -> None:
    """AOCL carries BLIS's marks and its own: it is AOCL."""
    marks = {"blis": ["defines:bli_arch_query_id"], "aocl": ["bytes:AOCL-BLAS"]}

    found = identify(
        {"binary": {"needed": []}, "marks": marks}, recipes, path="/x", names=[], source="path"
    )

    assert found.provider == "aocl"


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_what_was_read_is_not_shown_as_measured(path: Path, recipes: Recipes) -> None:
    """Of a library that cannot run here every known fact is inferred, of others no ABI fact is."""
    content = load(path, recipes)
    found = identified(content, recipes)

    known = {name for name in ("int_bits", "f2c") if getattr(found, name) not in (None, UNKNOWN)}
    expected = known if "inferred" in content["findings"] else set()
    assert {"int_bits", "f2c"}.intersection(found.inferred) == expected
