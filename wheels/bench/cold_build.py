# SPDX-License-Identifier: Apache-2.0
"""Cold build and pack of one provider, then of six, in one run; checks timed apart.

The packages from PyPI and the cross compiler's own C++ library are there before the clock starts:
both cases need the same ones, and a download says nothing about this toolkit. The one provider is
the default one, so that both cases make the same main wheels. `check` is trivet-check on every
backend; `install and ship` installs each cell (every provider on every Python) by pip, exercises it
and writes dist/ and the index.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from wheels.command import call
from wheels.elsewhere import is_native
from wheels.folders import CHECKOUT
from wheels.plan import Plan, default_variant
from wheels.prepare import load
from wheels.proof.making import this_host, tool_versions

RESULTS = Path(__file__).with_name("results")
PROVIDERS = 6
LIMIT = 1.35  # six providers over one
CHECK_LIMIT = 10.0  # seconds per provider
UNCHANGED_LIMIT = 3.0  # seconds
TIMEOUT = 7200.0  # seconds


def stage(name: str, folder: Path, *words: str) -> tuple[float, str]:
    """Run one stage in a build folder; return seconds and what it printed."""
    places: list[str | Path] = [
        "--build",
        folder / "build",
        "--dist",
        folder / "dist",
        "--index",
        folder / "index",
        "--platform",
        "native",
    ]
    argv: list[str | Path] = [sys.executable, "-m", "wheels", name, *places, *words]
    done = call(argv, cwd=CHECKOUT, timeout=TIMEOUT, env={**os.environ, "NO_COLOR": "1"})
    return done.seconds, done.output


def six(folder: Path) -> list[str]:
    """Choose the default variant and five more, one per provider first."""
    _, text = stage("plan", folder, "--json")
    made = Plan.from_json(text[text.index("{") :])
    recipes, rows = load(CHECKOUT / "recipes")
    providers = {variant.id: variant.provider for variant in recipes.variants}
    default = default_variant(recipes, next(filter(is_native, rows.platforms)).id)
    names = list(dict.fromkeys(cell.blas for cell in made.cells))
    names.sort(key=lambda name: name != default)  # stable: the default first
    first = {providers[name]: name for name in reversed(names)}
    chosen = [default, *(name for name in first.values() if name != default)]
    chosen += [name for name in names if name not in chosen]
    return chosen[:PROVIDERS]


def cold(folder: Path, variants: Sequence[str], warm: Path) -> dict[str, float]:
    """Time a cold build, the checks, and a cold pack of `variants`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "build").mkdir(parents=True)
    (folder / "build" / "providers").symlink_to(warm / "build" / "providers")
    words = [word for name in variants for word in ("--variant", name)]
    stage("plan", folder, *words)  # the probe: the same in both cases, and kept
    build, _ = stage("build", folder, *words)
    check, _ = stage("check", folder, *words)
    pack, _ = stage("pack", folder, *words)
    rest, _ = stage("release", folder, *words)
    unchanged, _ = stage("release", folder, *words)
    return {
        "build": build,
        "check": check,
        "pack": pack,
        "build and pack": build + pack,
        "install and ship": rest,
        "unchanged release": unchanged,
        "checks per provider": check / len(variants),
    }


def measure(scratch: Path) -> dict[str, object]:
    """Measure everything; `scratch` keeps packages and the compiler's cache between runs."""
    os.environ.setdefault("ZIG_GLOBAL_CACHE_DIR", str(scratch / "compiler-cache"))
    warm = scratch / "warm"
    names = six(warm)
    words = [word for name in names for word in ("--variant", name)]
    stage("build", warm, *words)
    one = cold(scratch / "one", names[:1], warm)
    many = cold(scratch / "six", names, warm)
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cpu": this_host().cpu,
        "cores": len(os.sched_getaffinity(0)),
        "tools": tool_versions(),
        "variants": names,
        "one": one,
        "six": many,
        "ratio": many["build and pack"] / one["build and pack"],
    }


def report(result: dict[str, object]) -> str:
    """Say the result against its limits."""
    one, many = result["one"], result["six"]
    assert isinstance(one, dict)
    assert isinstance(many, dict)
    lines = [f"{result['date']}, {result['cpu']}, {result['cores']} cores, seconds"]
    lines += [f"  {name:22} one {one[name]:8.1f}   six {many[name]:8.1f}" for name in one]
    lines.append(f"  build and pack of six over one: {result['ratio']:.2f} (at most {LIMIT})")
    lines.append(
        f"  checks per provider: {many['checks per provider']:.1f} s (at most {CHECK_LIMIT})"
    )
    lines.append(
        f"  unchanged release: {many['unchanged release']:.1f} s (at most {UNCHANGED_LIMIT})"
    )
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    """Measure, print, and with --record keep the result beside this file."""
    parser = argparse.ArgumentParser(prog="python -m wheels.bench", description=__doc__)
    parser.add_argument("--scratch", type=Path, default=CHECKOUT / "build" / "bench")
    parser.add_argument("--record", action="store_true", help="keep the result")
    arguments = parser.parse_args(words)
    result = measure(arguments.scratch.resolve())
    print(report(result))
    if arguments.record:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"cold_build-{result['date']}.json"
        path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"recorded in {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
