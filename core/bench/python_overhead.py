# SPDX-License-Identifier: Apache-2.0
"""Compare start-up and small calls with NumPy in one run; `--record` writes the result.

python core/bench/python_overhead.py [--rounds 7] [--record core/bench/results/overhead.json]
"""

from __future__ import annotations

import argparse
import json
import operator
import platform
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path

CALLS = {
    "a + b": "a + b",
    "a + 1.0": "a + 1.0",
    "a += b": "iadd(a, b)",
    "a @ b": "a @ b",
    "a[1]": "a[1]",
    "a[1:3]": "a[1:3]",
    "a.sum()": "a.sum()",
    "exp(a)": "xp.exp(a)",
}
NUMBER = 20_000  # calls in a repetition
LIMITS = {"import": 0.040, "a + b": 1.0}  # seconds added at most; at most NumPy's time


def startup(code: str) -> float:
    """Return the seconds that a fresh interpreter takes to run the code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def best_and_median(measure: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Return the least and the middle of several measurements, in seconds."""
    measure()  # warm up
    times = [measure() for _ in range(rounds)]
    return min(times), statistics.median(times)


def imports(rounds: int) -> dict[str, float]:
    """Return what an import adds to the bare interpreter's start, in seconds."""
    bare, _ = best_and_median(lambda: startup("pass"), rounds)
    added = {}
    for name in ("trivet", "numpy"):
        taken, _ = best_and_median(partial(startup, f"import {name}"), rounds)
        added[name] = taken - bare
    return added


def call_times(statement: str, rounds: int) -> dict[str, float]:
    """Return nanoseconds of one call on arrays of four float64, the peers taking turns."""
    import numpy
    import trivet

    timers = {}
    for xp in (trivet, numpy):
        scope = {"xp": xp, "a": xp.ones(4), "b": xp.ones(4), "iadd": operator.iadd}
        timers[xp.__name__] = timeit.Timer(statement, globals=scope)
    best = dict.fromkeys(timers, float("inf"))
    for _ in range(rounds + 1):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(NUMBER) / NUMBER * 1e9)
    return best


def measure(rounds: int) -> dict[str, object]:
    """Return all figures of one run."""
    calls = {name: call_times(statement, rounds) for name, statement in CALLS.items()}
    added = imports(rounds)
    ratio = calls["a + b"]["trivet"] / calls["a + b"]["numpy"]
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": _processor(),
        "python": platform.python_version(),
        "import_adds_ms": {name: round(value * 1e3, 2) for name, value in added.items()},
        "call_ns": {n: {k: round(v, 1) for k, v in t.items()} for n, t in calls.items()},
        "call_ratio": {n: round(t["trivet"] / t["numpy"], 3) for n, t in calls.items()},
        "held": {"import": added["trivet"] <= LIMITS["import"], "a + b": ratio <= LIMITS["a + b"]},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def main() -> int:
    """Print the figures; exit code 1 when a limit is not held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--record", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    found = measure(arguments.rounds)
    text = json.dumps(found, indent=2) + "\n"
    print(text, end="")
    if arguments.record:
        arguments.record.parent.mkdir(parents=True, exist_ok=True)
        arguments.record.write_text(text, encoding="utf-8")
    held = found["held"]
    return 0 if isinstance(held, dict) and all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
