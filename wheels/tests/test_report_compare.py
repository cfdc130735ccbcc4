# SPDX-License-Identifier: Apache-2.0
"""What a maintainer is told about the step from one release to the next."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from wheels.proof.certificate import Proof
from wheels.proof.verdict import Verdict
from wheels.report.compare import compare
from wheels.report.entries import Entry
from wheels.tests import report_samples as samples
from wheels.tests.proof_samples import PROOF, SOME_LIBRARY

GOOD = samples.verdict()


def entry(name: str, verdict: Verdict | None = GOOD, **words: Any) -> Entry:
    """A shipped wheel."""
    made = dataclasses.replace(PROOF, verdict=verdict) if verdict else None
    facts = {"status": "shipped", "verdict": verdict, "proof": made, **words}
    return Entry(kind="artefact", id=name, **facts)


def told(was: Entry, one: Entry) -> dict[str, tuple[str, ...]]:
    """Topic -> what is said."""
    return {row.topic: row.what for row in compare([was], [one])}


def with_proof(**words: Any) -> Entry:
    """A wheel whose proof differs."""
    made: Proof = dataclasses.replace(PROOF, verdict=GOOD, **words)
    return entry("a", GOOD, proof=made)


def changed(**words: Any) -> Entry:
    """A wheel whose verdict differs."""
    return entry("a", dataclasses.replace(GOOD, **words))


def test_the_same_again_is_no_difference() -> None:
    """No noise."""
    assert [] == compare([entry("a")], [entry("a")])


def test_new_and_gone_are_told() -> None:
    """With what they are."""
    rows = compare([entry("a")], [entry("b", status="failed")])

    assert [("new", ("b",), ("wheel, failed",)), ("gone", ("a",), ("wheel, shipped",))] == [
        (row.topic, row.ids, row.what) for row in rows
    ]


def test_a_changed_status_names_the_first_failure() -> None:
    """Shipped before, failed now, and why."""
    now = entry("a", status="failed", failures=("dtrsm 3x3x3: wrong",))

    assert ("shipped before, failed now: dtrsm 3x3x3: wrong",) == told(entry("a"), now)["status"]


@pytest.mark.parametrize(("times", "count"), [(1.0, 0), (1.1, 0), (1.3, 1), (0.5, 0)], ids=str)
def test_a_ratio_that_grew_is_told(times: float, count: int) -> None:
    """With the case that gives it now; a little more is nothing."""
    first, *rest = GOOD.worst[::-1]
    now = changed(worst=(dataclasses.replace(first, ratio=first.ratio * times), *rest))

    assert count == len(told(entry("a"), now).get("ratios that grew", ()))


def test_a_tiny_ratio_that_doubled_is_not_told() -> None:
    """0.001 of the threshold is nothing, twice as much too."""
    first, *rest = GOOD.worst
    was = changed(worst=(dataclasses.replace(first, ratio=0.01), *rest))
    now = changed(worst=(dataclasses.replace(first, ratio=0.02), *rest))

    assert {} == told(was, now)


@pytest.mark.parametrize(("times", "count"), [(1.0, 0), (0.95, 0), (0.8, 1), (1.2, 0)], ids=str)
def test_a_speed_that_fell_beyond_the_noise_is_told(times: float, count: int) -> None:
    """A tenth is noise."""
    first, *rest = GOOD.rates
    assert first.share
    now = changed(rates=(dataclasses.replace(first, share=first.share * times), *rest))

    assert count == len(told(entry("a"), now).get("speeds that fell", ()))


def test_a_speed_of_another_machine_says_so() -> None:
    """It may be no fault of the library."""
    slow = tuple(dataclasses.replace(row, share=0.1) for row in GOOD.rates[:1])
    host = dataclasses.replace(PROOF.host, cpu="Another")
    now = with_proof(host=host)
    now = dataclasses.replace(now, verdict=dataclasses.replace(GOOD, rates=slow))

    assert told(entry("a"), now)["speeds that fell"][0].endswith("(on another machine)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"version": "1.3"}, "libfast.so.1: fast 1.2 with LAPACK 3.12 before, fast 1.3"),
        ({"sha256": "ff"}, "other bytes of the same version"),
        ({"lapack_version": None}, "fast 1.2 now"),
    ],
    ids=["version", "bytes", "lapack"],
)
def test_another_library_is_told(words: dict[str, Any], said: str) -> None:
    """By its version, or by its bytes alone."""
    now = with_proof(libraries=(dataclasses.replace(SOME_LIBRARY, **words),))

    assert said in told(entry("a"), now)["libraries"][0]


def test_libraries_that_came_or_went_are_told() -> None:
    """A second library is a new dependency."""
    other = dataclasses.replace(SOME_LIBRARY, file="libnew.so")

    what = told(entry("a"), with_proof(libraries=(other,)))["libraries"]

    assert ("libnew.so is new", "libfast.so.1 is gone") == tuple(w.partition(":")[0] for w in what)


def test_a_looser_threshold_is_told() -> None:
    """Green is worth less with it."""
    now = changed(worst=tuple(dataclasses.replace(row, threshold=99.0) for row in GOOD.worst[:1]))

    what = told(entry("a"), now)["thresholds"]
    assert ("threshold of asum is looser: 16 before, 99 now",) == what


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (entry("a", None), "trivet-check ran before, and did not now"),
        (changed(worst=GOOD.worst[1:]), "checked before, not now: asum"),
        (changed(behaviours=GOOD.behaviours[1:]), "checked before, not now: thread counts"),
        (changed(cases={**GOOD.cases, "numeric": 10}), "10 numeric cases, 1912 before"),
    ],
    ids=["nothing", "operation", "behaviour", "cases"],
)
def test_what_is_checked_no_more_is_told(now: Entry, said: str) -> None:
    """Silence is no success."""
    assert (said,) == told(entry("a"), now)["checked less"]


def test_known_defects_that_came_and_went_are_told() -> None:
    """Both ways."""
    was, now = changed(defects=("old",)), changed(defects=("new",))

    assert ("met now: new", "met no more: old") == told(was, now)["known defects"]


def test_other_ways_of_making_it_are_told() -> None:
    """Compiler, mode, kernel, CPU and the checks themselves."""
    now = with_proof(toolchain="clang 19", mode="full", checks="00")

    assert (
        "compiler: gcc 12 before, clang 19 now",
        "mode of the checks: quick before, full now",
        "the checks themselves changed (other sources of trivet-check)",
    ) == told(entry("a"), now)["how it was made"]


def test_what_several_wheels_have_in_common_is_told_once() -> None:
    """The wheels of four Pythons hold the same backend."""
    was = [entry("a"), entry("b")]
    now = [dataclasses.replace(changed(defects=("new",)), id=name) for name in "ab"]

    assert [("a", "b")] == [row.ids for row in compare(was, now)]
