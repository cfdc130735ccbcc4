# SPDX-License-Identifier: Apache-2.0
"""Seconds of cold and warm runs over a chosen number of libraries and toolkits, and of the import.

    python -m blas_probe.tests.speed [--libraries 12] [--cuda DIR] [--runs 7] [--record]

Each run is a new process with everything that a user waits for, Python's own start included. The
libraries are the first of each kind (provider, version, layer, width) that this machine has; the
searches for all the others are part of the time. Cold: an empty folder of answers; the files are
in memory. Warm: the same once more. `--cuda` names a further toolkit or folder of packages.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
RESULT = Path(__file__).parent / "result.txt"
LIMITS = {"cold": 3.0, "warm": 0.3, "import": 0.03}
CHILD = """\
import json, sys
from blas_probe import probing
from blas_probe.__main__ import entry
wanted, whole = set(json.loads(sys.argv.pop(1))), probing.find
if wanted:
    probing.find = lambda *a, **k: [one for one in whole(*a, **k) if one.path in wanted]
sys.exit(entry())
"""


def command(paths: Sequence[str], cuda: Sequence[str]) -> list[str]:
    """A run over these libraries; all without any."""
    return [sys.executable, "-c", CHILD, json.dumps(list(paths)), "--json", *cuda]


def once(line: Sequence[str], answers: Path) -> tuple[float, str]:
    """Seconds of one run, and its answer."""
    environ = {**os.environ, "BLAS_PROBE_CACHE": str(answers), "PYTHONPATH": str(REPOSITORY)}
    begin = time.perf_counter()
    done = subprocess.run(line, env=environ, capture_output=True, text=True, check=True)
    return time.perf_counter() - begin, done.stdout


def kinds(found: str, count: int) -> list[str]:
    """The first library of each kind, `count` at most; further ones where kinds are too few."""
    rows = [row for row in json.loads(found)["libraries"] if row["problem"] is None]
    names = ("provider", "version", "thread_layer", "int_bits", "has_lapack")
    first = {tuple(row[name] for name in names): row["path"] for row in reversed(rows)}
    others = [row["path"] for row in rows if row["path"] not in first.values()]
    return [*sorted(first.values()), *others][:count]


def import_seconds(runs: int) -> list[float]:
    """What `import blas_probe` adds to Python's own start, pair by pair."""

    def start(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
        return time.perf_counter() - begin

    return [start("import blas_probe") - start("pass") for _ in range(runs)]


def told(name: str, seconds: Sequence[float]) -> str:
    """One line: median, best, worst and the limit."""
    middle = statistics.median(seconds)
    return (
        f"{name:<7}  median {middle:6.3f} s   best {min(seconds):6.3f}   worst {max(seconds):6.3f}"
        f"   limit {LIMITS[name]:.2f}   {'kept' if middle <= LIMITS[name] else 'MISSED'}"
    )


def measure(count: int, cuda: Sequence[str], runs: int) -> list[str]:
    """The lines of the result."""
    with tempfile.TemporaryDirectory() as folder:
        _, everything = once(command((), cuda), Path(folder, "all"))
        chosen = command(kinds(everything, count), cuda)
        cold = [once(chosen, Path(folder, f"cold{index}"))[0] for index in range(runs)]
        warm = [once(chosen, Path(folder, "cold0")) for _ in range(runs)]
    found = json.loads(warm[0][1])
    toolkits = ", ".join(f"{one['version']} ({one['source']})" for one in found["toolkits"])
    return [
        f"{len(found['libraries'])} libraries, {len(found['toolkits'])} toolkits: {toolkits}",
        f"{(found['machine'] or {}).get('cpu')}, {os.cpu_count()} CPUs, Python "
        f"{platform.python_version()}; load {os.getloadavg()[0]:.2f} when it ended; {runs} runs",
        told("cold", cold),
        told("warm", [seconds for seconds, _ in warm]),
        told("import", import_seconds(runs)),
    ]


def main() -> int:
    """Measure, print, and keep the result when asked; 1 when a limit is missed."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--libraries", type=int, default=12)
    options.add_argument("--cuda", action="append", default=[])
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--record", action="store_true", help=f"write {RESULT.name}")
    asked = options.parse_args()
    lines = measure(asked.libraries, asked.cuda, asked.runs)
    print("\n".join(lines))
    if asked.record:
        RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(any("MISSED" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main())
