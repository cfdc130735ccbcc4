# SPDX-License-Identifier: Apache-2.0
"""Recorded libraries: the file name is the answer; marks are tried on every other provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from blas_probe.binary import Host
from blas_probe.binary.marks import all_hits
from blas_probe.identify import identify, request
from blas_probe.library import UNKNOWN
from blas_probe.recipe import Recipes

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.json"))
NAMES = [path.stem for path in CAPTURES]


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


def test_there_are_captures_of_five_providers() -> None:
    """A table of captures that is empty by accident would prove nothing."""
    providers = {name.split("_")[0] for name in NAMES}

    assert providers >= {"openblas", "mkl", "blis", "atlas", "netlib"}
    assert len(CAPTURES) >= 30


@pytest.mark.parametrize("path", CAPTURES, ids=NAMES)
def test_a_capture_is_identified_as_its_name_says(path: Path, recipes: Recipes) -> None:
    """Provider, version, thread layer, integer width and machine come out as recorded."""
    content = load(path, recipes)

    found = identify(
        content["findings"], recipes, path="/renamed.so", names=[], source="path",
        ending=content["ending"],
    )  # fmt: skip

    facts = (found.provider, found.version, found.thread_layer, found.int_bits, found.machine)
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
    found = identify(
        content["findings"], recipes, path="/x.so", names=[], source="path",
        ending=content["ending"],
    )  # fmt: skip

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
