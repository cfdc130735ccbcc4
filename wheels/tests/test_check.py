# SPDX-License-Identifier: Apache-2.0
"""The verdict on a backend: missing evidence, garbage, crashes and slowness are all failures."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from blas_probe.recipe import Expect
from wheels import check
from wheels.check import Verdict, check_backend, judge
from wheels.command import Log

SUMMARY = json.dumps({"summary": {"id": "x", "cases": 4}})


def numeric(type_: str, **changes: object) -> str:
    """Return one numeric line of gemm."""
    row = {
        "case": f"{type_}gemm 65",
        "kind": "numeric",
        "op": "gemm",
        "type": type_,
        "shape": [65, 65, 65],
        "ratio": 1.5,
        "threshold": 16,
        "ok": True,
        **changes,
    }
    return json.dumps(row)


def speed(type_: str, share: float, size: int = 512) -> str:
    """Return one speed line of gemm; its own `ok` uses another floor and does not count."""
    row = {
        "case": f"{type_}gemm {size}",
        "kind": "speed",
        "op": "gemm",
        "type": type_,
        "shape": [size] * 3,
        "gflops": 10.0,
        "share": share,
        "ok": False,
    }
    return json.dumps(row)


NUMERIC = [numeric(name) for name in "sdcz"]
GOOD = [*NUMERIC, *(speed(name, 0.8) for name in "sdcz"), SUMMARY]


def verdict(lines: list[str], *, problem: str = "", floor: float = 0.4) -> Verdict:
    """Judge the lines."""
    return judge(lines, floor=floor, problem=problem, seconds=0.0, speed=True)


def test_everything_held() -> None:
    """The worst ratio and the slowest type are kept."""
    good = verdict(GOOD)

    assert good.green
    assert good.cases == 4
    assert good.worst_share == pytest.approx(1.5 / 16)
    assert good.speed_share == 0.8


CASES: dict[str, tuple[list[str], str]] = {
    "a case over its threshold": ([numeric("d", ratio=17.0), *GOOD], "ratio 17.0 over"),
    "a ratio that is no number": ([numeric("d", ratio=None), *GOOD], "ratio None"),
    "a case that says no": ([numeric("d", ok=False, problem="NaN lost"), *GOOD], "NaN lost"),
    "no summary": (GOOD[:-1], "ended without its summary line"),
    "a type left out": (GOOD[1:], "no gemm case of type s was run"),
    "nothing at all": ([], "no gemm case of type s, d, c, z was run"),
    "garbage": (["@@@@", *GOOD], "no JSON: @@@@"),
    "a number instead of a line": (["7", *GOOD], "no JSON: 7"),
    "a line without fields": (['{"case": "x"}', *GOOD], "no JSON"),
    "no speed": ([*NUMERIC, SUMMARY], "no speed of gemm was measured"),
    "too slow": ([*NUMERIC, speed("d", 0.1), SUMMARY], "reaches 0.10 of the FMA peak"),
    "fast at small sizes only": ([*NUMERIC, speed("d", 0.9, 64), SUMMARY], "no speed of gemm"),
}


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_fails_with_a_reason(lines: list[str], expected: str) -> None:
    """Every way in which evidence can be bad or absent."""
    bad = verdict(lines)

    assert not bad.green
    assert any(expected in text for text in bad.failures), bad.failures


def test_the_recipes_floor_decides() -> None:
    """A reference-class library may be slow; a good one may not."""
    lines = [*NUMERIC, speed("d", 0.1), SUMMARY]

    assert verdict(lines, floor=0.02).green
    assert not verdict(lines, floor=0.4).green


KNOWN = Expect(case="dgemm*", outcome="fail", reason="known to be wrong")


def test_a_known_defect_is_recorded_and_does_not_hide_others() -> None:
    """Only the cases that the row names may fail, and their ratios are not the worst."""
    lines = [numeric("d", ratio=900.0, ok=False), *GOOD]
    known = judge(lines, floor=0.4, problem="", seconds=0.0, speed=True, expects=[KNOWN])
    other = [numeric("s", ratio=900.0, ok=False), *lines]
    bad = judge(other, floor=0.4, problem="", seconds=0.0, speed=True, expects=[KNOWN])

    assert known.green
    assert known.defects == ("known to be wrong",)
    assert known.worst_share == pytest.approx(1.5 / 16)
    assert bad.failures == ("sgemm 65: ratio 900.0 over the threshold 16.0",)


def test_a_cured_defect_fails_until_its_row_is_removed() -> None:
    """Otherwise the row would hide the next one."""
    cured = judge(GOOD, floor=0.4, problem="", seconds=0.0, speed=True, expects=[KNOWN])

    assert "is cured" in cured.failures[0]


def program(folder: Path, body: str) -> Path:
    """Write a stand-in for trivet-check; it gets the same arguments."""
    path = folder / "trivet-check"
    path.write_text(f"#!{sys.executable}\nimport sys, time, os\n{body}\n")
    path.chmod(0o755)
    return path


def run(folder: Path, body: str) -> Verdict:
    """Check a backend with the stand-in."""
    log = Log(folder / "check.log", "check")
    where = program(folder, body)
    return check_backend(where, folder / "x.so", env=dict(os.environ), floor=0.4, log=log)


def test_a_backend_that_hangs_costs_one_failed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time limit ends it, and the verdict says so."""
    monkeypatch.setattr(check, "CHECK_TIMEOUT", 0.7)

    assert run(tmp_path, "time.sleep(60)").failures[0] == "hung: no end after 1 s"


BODIES = {
    "crashes": ("os.kill(os.getpid(), 11)", "crashed: signal SIGSEGV"),
    "exits silently": ("os._exit(0)", "ended without its summary line"),
    "cannot be loaded": ("print('ABI version 7, not 1', file=sys.stderr); sys.exit(2)", "ABI ver"),
    "prints garbage": ("print('\\0\\1 garbage')", "no JSON"),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES.keys())
def test_a_backend_that_misbehaves_costs_one_failed_check(
    body: str, expected: str, tmp_path: Path
) -> None:
    """Whatever a foreign library does is a row, never an exception."""
    bad = run(tmp_path, body)

    assert not bad.green
    assert any(expected in text for text in bad.failures), bad.failures


def test_one_slow_measurement_is_tried_again(tmp_path: Path) -> None:
    """Another program on the machine can spoil one measurement, not three."""
    lines = repr([*NUMERIC, SUMMARY])
    body = f"""
note = os.path.join({str(tmp_path)!r}, "tries")
tries = len(open(note).read()) if os.path.exists(note) else 0
if "--numeric" in sys.argv:
    print("\\n".join({lines}))
else:
    open(note, "a").write("x")
    share = "0.9" if tries else "0.1"
    print('{speed("d", 0.5)}'.replace("0.5", share))
"""
    good = run(tmp_path, body)

    assert good.green, good.failures
    assert good.speed_share == 0.9
