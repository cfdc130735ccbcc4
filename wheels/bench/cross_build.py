# SPDX-License-Identifier: Apache-2.0
"""What do the wheels of all platforms cost on one machine? Cold, and after one changed file.

`python -m wheels.bench.cross_build` needs an idle machine for about an hour on 2 cores, and the
network; `--record` keeps the result in results/.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from wheels.command import call
from wheels.errors import WheelsError
from wheels.folders import CHECKOUT
from wheels.plan import Plan
from wheels.proof.making import this_host, tool_versions
from wheels.rows import load_rows
from wheels.state import remove_folder, write_json

RESULTS = Path(__file__).with_name("results")
PYTHON = "cp312"  # its wheel is the one for all later ones, too
PRIMARY = 8  # one row for each machine and system
COLD_LIMIT = 1800.0  # seconds
CHANGED_LIMIT = 60.0  # seconds
TIMEOUT = 7200.0  # seconds
SOURCE = Path("core/backends/blas/backend.cpp")
LEFT_OUT = ("build", "dist", "index", ".venv")  # of the checkout's own folder


def primary(checkout: Path) -> list[str]:
    """The first row of each machine and C library or system."""
    rows = load_rows(checkout / "recipes").platforms
    first = {row.host: row.id for row in reversed(rows)}
    wanted = [row.id for row in rows if first[row.host] == row.id]
    return wanted[:PRIMARY]


def stage(name: str, checkout: Path, *words: str) -> tuple[float, str]:
    """Run one stage in a checkout; return seconds and what it printed."""
    argv = [sys.executable, "-m", "wheels", name, *words]
    env = {name: text for name, text in os.environ.items() if name != "ZIG_GLOBAL_CACHE_DIR"}
    done = call(argv, cwd=checkout, timeout=TIMEOUT, env={**env, "NO_COLOR": "1"})
    return done.seconds, done.output


def defaults(checkout: Path, platforms: Sequence[str]) -> list[str]:
    """Words for the main wheel of every platform alone."""
    words = [word for name in platforms for word in ("--platform", name)]
    _, text = stage("plan", checkout, "--json", *words)
    made = Plan.from_json(text[text.index("{") :])
    only = [one.id for one in made.cells if one.python == PYTHON and len(one.artefacts) == 1]
    return words + [word for name in only for word in ("--only", name)]


def measure(scratch: Path) -> dict[str, object]:
    """Build cold in a copy of the checkout, once more after a change to one file, then pack.

    The copy keeps its commits, so that its wheels are a release's; a `release` goes on there.
    """
    copy = scratch / "checkout"
    remove_folder(scratch)
    shutil.copytree(CHECKOUT, copy, ignore=lambda at, _: LEFT_OUT if at == str(CHECKOUT) else ())
    platforms = primary(copy)
    words = defaults(copy, platforms)
    cold, _ = stage("build", copy, *words)
    text = (copy / SOURCE).read_text(encoding="utf-8")
    (copy / SOURCE).write_text(text + "// changed\n", encoding="utf-8")
    changed, _ = stage("build", copy, *words)
    pack, _ = stage("pack", copy, *words)
    (copy / SOURCE).write_text(text, encoding="utf-8")
    wheels = sorted((copy / "build" / "packed").rglob("*.whl"))
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cpu": this_host().cpu,
        "cores": len(os.sched_getaffinity(0)),
        "tools": tool_versions(),
        "platforms": platforms,
        "cold build": cold,
        "check and pack": pack,
        "build after one change": changed,
        "bytes": {path.name: path.stat().st_size for path in wheels},
    }


def report(result: dict[str, object]) -> str:
    """Say the result against its limits."""
    sizes = result["bytes"]
    assert isinstance(sizes, dict)
    lines = [
        f"{result['date']}, {result['cpu']}, {result['cores']} cores",
        f"  cold build: {result['cold build']:.0f} s (at most {COLD_LIMIT:.0f})",
        f"  check (emulated where foreign) and pack: {result['check and pack']:.0f} s",
        f"  build after one change: {result['build after one change']:.0f} s"
        f" (at most {CHANGED_LIMIT:.0f})",
    ]
    return "\n".join([*lines, *(f"  {size / 1e6:5.1f} MB  {name}" for name, size in sizes.items())])


def main(words: Sequence[str]) -> int:
    """Measure, print, and with --record keep the result beside this file."""
    parser = argparse.ArgumentParser(prog="python -m wheels.bench.cross_build", description=__doc__)
    parser.add_argument("--scratch", type=Path, default=CHECKOUT / "build" / "bench-cross")
    parser.add_argument("--record", action="store_true", help="keep the result")
    arguments = parser.parse_args(words)
    result = measure(arguments.scratch.resolve())
    print(report(result))
    if arguments.record:
        write_json(RESULTS / f"cross_build-{result['date']}.json", result)
    return 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except WheelsError as error:
        sys.stderr.write(f"error: {error}\n")
        code = error.exit_code
    sys.exit(code)
