# SPDX-License-Identifier: Apache-2.0
"""A test that is skipped in every job fails the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.acting import guard
from ci.errors import CiError, SkippedEverywhere
from ci.skips import Allowed, Outcome, complaints, read_allowed, read_report, skipped_everywhere

REPORT = """\
<testsuites><testsuite name="pytest">
<testcase classname="a.test_x" name="test_ran"/>
<testcase classname="a.test_x" name="test_failed"><failure message="no"/></testcase>
<testcase classname="a.test_x" name="test_skipped">
<skipped type="pytest.skip" message="no GPU"/></testcase>
<testcase classname="a.test_x" name="test_defect">
<skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>
"""
NONE_ALLOWED = "# nothing\n"


def ran(test: str) -> Outcome:
    """A test that ran."""
    return Outcome(test=test, skipped=False)


def skipped(test: str) -> Outcome:
    """A test that did not."""
    return Outcome(test=test, skipped=True, reason="why")


def test_report_of_pytest_is_read(tmp_path: Path) -> None:
    """Skips keep their reason; a failure and an expected failure did run."""
    path = tmp_path / "a.xml"
    path.write_text(REPORT)

    outcomes = {one.test: (one.skipped, one.reason) for one in read_report(path)}
    assert outcomes == {
        "a.test_x::test_ran": (False, ""),
        "a.test_x::test_failed": (False, ""),
        "a.test_x::test_skipped": (True, "no GPU"),
        "a.test_x::test_defect": (False, ""),
    }


def test_a_test_that_one_job_ran_is_fine() -> None:
    """One job is enough."""
    assert {} == skipped_everywhere([[skipped("x")], [ran("x")], [skipped("x")]])


def test_a_test_that_no_job_ran_is_named() -> None:
    """Order of the reports does not matter."""
    assert {"y": "why"} == skipped_everywhere([[ran("x"), skipped("y")], [skipped("y")]])


def test_allowed_rows_are_globs() -> None:
    """A row covers what its glob covers and nothing else."""
    rows = [Allowed(test="*::test_gpu*", reason="no GPU in any job")]

    lines = complaints({"m::test_gpu_add": "no GPU", "m::test_add": "?"}, rows)
    assert ["m::test_add: skipped in every job (?)"] == lines


def test_allowed_row_without_a_reason_is_refused(tmp_path: Path) -> None:
    """A permission that gives no reason is none."""
    path = tmp_path / "allowed.toml"
    path.write_text('[[allowed]]\ntest = "x"\nreason = " "\n')

    with pytest.raises(CiError, match="row 1"):
        read_allowed(path)


def test_guard_fails_and_says_which_test(tmp_path: Path) -> None:
    """The whole command, from files."""
    report, allowed = tmp_path / "a.xml", tmp_path / "allowed.toml"
    report.write_text(REPORT)
    allowed.write_text(NONE_ALLOWED)

    with pytest.raises(SkippedEverywhere, match="test_skipped: skipped in every job"):
        guard([report, report], allowed)


def test_guard_refuses_reports_without_any_test(tmp_path: Path) -> None:
    """An empty pipeline proves nothing."""
    report, allowed = tmp_path / "a.xml", tmp_path / "allowed.toml"
    report.write_text("<testsuites/>")
    allowed.write_text(NONE_ALLOWED)

    with pytest.raises(SkippedEverywhere, match="no test was found"):
        guard([report], allowed)


def test_guard_refuses_what_is_no_report(tmp_path: Path) -> None:
    """A missing file is an error with the command that makes it."""
    with pytest.raises(CiError, match="--junitxml"):
        read_report(tmp_path / "missing.xml")
