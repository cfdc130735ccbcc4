# SPDX-License-Identifier: Apache-2.0
"""From settings to a decision: runs the prober, looks at the machine, says every choice."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from blas_probe.found import Found
from blas_probe.probing import probe
from blas_probe.recipe import load_recipes
from wheels.rows import Rows, load_rows
from wheels.source.decide import Decision, decide
from wheels.source.machine import compile_problem, cpu_count, look
from wheels.source.metadata import ROOT, pins
from wheels.source.settings import Settings
from wheels.source.toolchain import compilers

PROBE_SECONDS = 3.0  # per library: one that hangs must not keep the user waiting


def resolve(settings: Settings, environ: Mapping[str, str]) -> tuple[Decision, Rows]:
    """Decide for this machine; Refused when it cannot be done as asked."""
    rows = load_rows(ROOT / "recipes")
    found = look_for_blas(settings, environ)
    pinned = pins()
    known = compilers(
        rows.toolchains,
        environ,
        pinned,
        partial(compile_problem, environ=environ),
        wanted=settings.toolchain,
    )
    decision = decide(found, settings, look(known, environ), pinned)
    return decision, rows


def look_for_blas(settings: Settings, environ: Mapping[str, str]) -> Found:
    """Every library of this machine and of the Python environment that builds."""
    named = settings.blas or ""
    paths = (Path(named),) if "/" in named else ()
    folders = tuple(
        Path(entry)
        for entry in dict.fromkeys(sys.path)
        if Path(entry).name in ("site-packages", "dist-packages")
    )
    return probe(
        recipes=load_recipes(ROOT / "recipes"),
        paths=paths,
        environ=environ,
        site_packages=folders,
        jobs=max(2, cpu_count()),
        timeout=PROBE_SECONDS,
    )


def announce(decision: Decision) -> None:
    """Print each choice with its reason."""
    print("trivet: building from source", flush=True)
    for topic, sentence in decision.reasons:
        print(f"  {topic:<9} {sentence}", flush=True)
    if decision.requires:
        print(f"  needs     {' '.join(decision.requires)}", flush=True)
