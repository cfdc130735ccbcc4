# SPDX-License-Identifier: Apache-2.0
"""From settings to a decision: runs the prober, looks at the machine, says every choice."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from blas_probe.found import Found
from blas_probe.probing import probe
from blas_probe.recipe import Recipes, load_recipes
from wheels.rows import Rows, load_rows
from wheels.source.decide import Decision, choose_blas, decide, fits, is_path
from wheels.source.errors import Refused
from wheels.source.machine import compile_problem, cpu_count, look, platform_tag
from wheels.source.metadata import ROOT, pins
from wheels.source.settings import Settings
from wheels.source.toolchain import compilers

PROBE_SECONDS = 3.0  # per library: one that hangs must not keep the user waiting


def resolve(settings: Settings, environ: Mapping[str, str]) -> tuple[Decision, Rows]:
    """Decide for this machine; Refused when it cannot be done as asked."""
    rows = load_rows(ROOT / "recipes")
    found = find_blas(settings, environ)
    pinned = pins()
    trial = partial(compile_problem, environ=environ)
    known = compilers(rows.toolchains, environ, pinned, trial, wanted=settings.toolchain)
    return decide(found, settings, look(known, environ), pinned), rows


def find_blas(settings: Settings, environ: Mapping[str, str]) -> Found:
    """The libraries that matter for the wish; all of them when it cannot be met.

    A bad wish is refused here, before any compiler is tried.
    """
    recipes = load_recipes(ROOT / "recipes")
    narrow = concerned(recipes, settings.blas)
    if narrow is not None:
        found = run_probe(recipes, settings, environ, providers=narrow)
        try:
            choose_blas(found, settings, platform_tag())
        except Refused:
            pass  # look at everything, so that the refusal can say what is there
        else:
            return found
    found = run_probe(recipes, settings, environ, providers=None)
    choose_blas(found, settings, platform_tag())
    return found


def concerned(recipes: Recipes, blas: str | None) -> tuple[str, ...] | None:
    """Providers that can answer the wish; None when it names nobody that is known."""
    if blas is not None and is_path(blas):
        return ()
    named = {
        variant.provider
        for variant in recipes.variants
        if (variant.default if blas is None else blas in (variant.id, variant.provider))
    }
    return tuple(sorted(named)) or None


def run_probe(
    recipes: Recipes,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    providers: tuple[str, ...] | None,
) -> Found:
    """Measure libraries of this machine and of the Python environment that builds."""
    named = settings.blas or ""
    folders = tuple(
        Path(entry)
        for entry in dict.fromkeys(sys.path)
        if Path(entry).name in ("site-packages", "dist-packages")
    )
    return probe(
        recipes=recipes,
        paths=(Path(named),) if is_path(named) else (),
        environ=environ,
        site_packages=folders,
        jobs=max(2, cpu_count()),
        timeout=PROBE_SECONDS,
        providers=providers,
    )


def provider_wheels(platform: str) -> list[str]:
    """Requirements of all providers that PyPI has for a platform, for tests that need them."""
    variants = load_recipes(ROOT / "recipes").variants
    return sorted({one.wheel for one in variants if one.wheel and fits(one, platform)})


def announce(decision: Decision) -> None:
    """Print each choice with its reason."""
    print("trivet: building from source", flush=True)
    for topic, sentence in decision.reasons:
        print(f"  {topic:<9} {sentence}", flush=True)
    if decision.requires:
        print(f"  needs     {' '.join(decision.requires)}", flush=True)
