# SPDX-License-Identifier: Apache-2.0
"""What is read for a report, and what became of each wheel, cell and backend."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from wheels.proof.certificate import text_of
from wheels.proof.verdict import Worst
from wheels.report.collect import gather, read_release
from wheels.report.entries import entries_of, share
from wheels.tests import report_samples as samples


def put(folder: Path) -> Path:
    """Write the sample release where `release` would."""
    for place, one in enumerate(samples.release()):
        path = folder / "certificates" / f"{place}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(one)), encoding="utf-8")
    return folder / "certificates"


def test_each_row_says_what_became_of_it() -> None:
    """Certificates alone tell what shipped, what held and what failed."""
    rows = {one.key: one.status for one in entries_of(samples.release())}

    assert {
        ("artefact", "trivet-cp312-manylinux_2_28_x86_64"): "shipped",
        ("artefact", "blas-probe-any"): "shipped",
        ("cell", "blas-probe-any"): "held",
        ("cell", "cp312-manylinux_2_28_x86_64-fast_lp64-cpu"): "held",
        ("cell", "cp313-manylinux_2_28_x86_64-fast_lp64-cpu"): "held",
        ("cell", "cp312-odd"): "failed",
        ("backend", "backend-slow-manylinux_2_28_x86_64"): "failed",
    } == rows


def test_what_did_not_ship_is_told_by_the_release() -> None:
    """A wheel without a certificate failed or was not run; its backend's failures are its own."""
    rows = {one.key: one for one in entries_of(samples.release(), samples.RELEASE)}

    assert ("auditwheel refused it",) == rows["artefact", "backend-other-any"].failures
    assert "not run" == rows["artefact", "backend-later-any"].status
    assert "not run" == rows["cell", "cp311-not-made"].status
    slow = rows["artefact", "backend-slow-manylinux_2_28_x86_64"]
    assert ("failed", 3) == (slow.status, len(slow.failures))
    assert ("backend", slow.id) not in rows


def test_what_the_release_did_not_plan_is_left_out() -> None:
    """A certificate in build/ of a cell that no recipe makes any more says nothing of this one."""
    stale = samples.cell_certificate(samples.cell("old", None, "failed long ago"))

    rows = entries_of([*samples.release(), stale], samples.RELEASE)

    assert "old" not in {one.id for one in rows}


def test_what_failed_comes_first() -> None:
    """Within wheels, cells and backends."""
    rows = entries_of(samples.release(), samples.RELEASE)
    wheels = [one.status for one in rows if one.kind == "artefact"]

    assert ["failed", "failed", "not run", "shipped", "shipped"] == wheels


def test_certificates_of_several_machines_are_told_apart() -> None:
    """A red one is not hidden by a green one of the same id."""
    good = samples.cell_certificate(samples.cell("a"))
    bad = samples.cell_certificate(samples.cell("a", None, "wrong"))

    rows = entries_of([good, bad])

    assert [("a", "failed"), ("a (2)", "held")] == [(one.id, one.status) for one in rows]


def test_a_backend_that_failed_on_one_machine_is_not_hidden_by_another() -> None:
    """The same bytes, checked twice: the wheel shows the run that it was packed after."""
    good = samples.proof(samples.verdict())
    bad = dataclasses.replace(good, verdict=samples.broken())
    made = [samples.wheel("backend-fast-any", good), samples.backend("backend-fast-any", good)]

    both = entries_of([*made, samples.backend("backend-fast-any", bad)])

    assert ["artefact"] == [one.kind for one in entries_of(made)]
    assert [("artefact", "shipped"), ("backend", "failed")] == [
        (one.kind, one.status) for one in both
    ]


@pytest.mark.parametrize(
    ("ratio", "threshold", "part"),
    [
        (4.0, 16.0, 0.25),
        (math.nan, 16.0, math.inf),
        (math.inf, 16.0, math.inf),
        (1.0, 0.0, math.inf),
        (1.0, -1.0, math.inf),
        (-1.0, 16.0, math.inf),
    ],
    ids=["usual", "nan", "infinite", "zero threshold", "negative threshold", "negative"],
)
def test_what_is_no_number_is_a_failure(ratio: float, threshold: float, part: float) -> None:
    """Never a small share."""
    assert part == share(Worst(op="gemm", ratio=ratio, threshold=threshold, case="x"))


def test_folders_below_are_read_and_equal_certificates_count_once(tmp_path: Path) -> None:
    """What several jobs uploaded is one report."""
    put(tmp_path / "one/dist")
    put(tmp_path / "two/dist")
    (tmp_path / "one/plan.json").write_text("{}", encoding="utf-8")

    got = gather([tmp_path])

    assert (len(samples.release()), ()) == (len(got.certificates), got.problems)


def test_bad_files_cost_their_own_rows(tmp_path: Path) -> None:
    """Each with its name and what is wrong; the others are read."""
    folder = put(tmp_path)
    whole = json.loads((folder / "0.json").read_text(encoding="utf-8"))
    (folder / "a.json").write_text("{", encoding="utf-8")
    (folder / "b.json").write_text(json.dumps({**whole, "schema": 99}), encoding="utf-8")
    (folder / "c.json").write_text(json.dumps({**whole, "size": "big"}), encoding="utf-8")
    (folder / "d.json").write_bytes(b"\xff\xfe")
    (folder / "e.json").mkdir()
    (folder / "f.json").write_text(json.dumps({**whole, "size": 10**400}), encoding="utf-8")

    got = gather([folder, tmp_path / "missing"])

    assert len(samples.release()) == len(got.certificates)
    assert ["a.json", "b.json", "c.json", "d.json", "e.json", "f.json", "missing"] == [
        Path(one.where).name for one in got.problems
    ]
    words = ["is no JSON", "has schema 99", "`size` is a str", "is no JSON", "cannot be read"]
    words += ["holds a number of 401 digits", "does not exist"]
    for problem, word in zip(got.problems, words, strict=True):
        assert word in problem.what


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """It is no report of nothing."""
    assert "holds no certificate" in gather([tmp_path]).problems[0].what


def test_what_json_printed_is_read_again(tmp_path: Path) -> None:
    """One file stands for a former release."""
    packed = [json.loads(text_of(one)) for one in samples.release()[:2]]
    path = tmp_path / "last.json"
    path.write_text(json.dumps({"rows": [], "certificates": packed}), encoding="utf-8")

    assert 2 == len(gather([path]).certificates)


def test_a_release_is_read_as_it_was_left(tmp_path: Path) -> None:
    """And a damaged one is none."""
    path = tmp_path / "release.json"
    path.write_text(json.dumps(dataclasses.asdict(samples.RELEASE)), encoding="utf-8")
    assert samples.RELEASE == read_release(path)

    path.write_text('{"schema": 1}', encoding="utf-8")
    assert read_release(path) is None
