# SPDX-License-Identifier: Apache-2.0
"""`--fork`: which libraries still work in a process forked after they had started threads?"""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from blas_probe.call.worker import Outcome, new_token, run_child, sweep
from blas_probe.cli.run import Run
from blas_probe.found import Found
from blas_probe.library import NOT_RUN, UNKNOWN, Library
from blas_probe.recipe import Recipes
from blas_probe.threads.advice import FORK_CURE, known_after_fork
from blas_probe.warning import Warning_

CHILD = "blas_probe.threads.fork_child"
PATIENCE = 5.0
"""Seconds that the forked process has; its work takes some hundredths of one."""
STARTED = 2


def with_fork(found: Found, run: Run, _: Any) -> Found:
    """Try every usable BLAS, one after the other: time limits mean little on a busy machine."""
    token = new_token()
    tried = tuple(
        after_fork(one, run.recipes, environ=run.environ, timeout=run.timeout, token=token)
        for one in found.libraries
    )
    sweep(token)
    warnings = tuple(fork_warning(one) for one in tried if one.after_fork in SAID)
    known = set(known_after_fork(found.libraries, run.recipes))
    left = [one for one in found.warnings if one not in known or one.subject not in done(tried)]
    return dataclasses.replace(found, libraries=tried, warnings=(*left, *warnings))


def done(libraries: Sequence[Library]) -> set[str]:
    """Those that were tried: what is known of their kind has no news."""
    return {one.path for one in libraries if one.after_fork != NOT_RUN}


def after_fork(
    library: Library,
    recipes: Recipes,
    *,
    environ: Mapping[str, str],
    timeout: float,
    token: str,
    patience: float = PATIENCE,
) -> Library:
    """The record with what was learnt; unchanged when there is nothing to try."""
    if library.problem is not None or not library.has_blas or library.suffix == UNKNOWN:
        return library
    outcome = run_child(
        request(library, recipes, patience),
        environ=environ,
        timeout=timeout + 3 * patience,
        token=token,
        child_module=CHILD,
    )
    answer, note = verdict(outcome, patience)
    return dataclasses.replace(library, after_fork=answer, notes=(*library.notes, note))


def request(library: Library, recipes: Recipes, patience: float) -> dict[str, Any]:
    """What the child must know."""
    recipe = next((one for one in recipes.providers if one.name == library.provider), None)
    return {
        "path": library.path,
        "prefix": library.prefix,
        "suffix": library.suffix,
        "upper": library.upper,
        "set_threads": library.functions.get("set_threads"),
        "variables": list(recipe.threads.env) if recipe else [],
        "threads": STARTED,
        "patience": patience,
    }


def verdict(outcome: Outcome, patience: float) -> tuple[str, str]:
    """The answer for the record, and a remark that says how it was learnt."""
    told = outcome.findings
    if "before" not in told:
        why = told.get("load_error") or outcome.ending or "the child told nothing"
        return NOT_RUN, f"not tried after a fork: it {why}"
    if not told["before"]:
        return "wrong", "dgemm gives wrong numbers before any fork"
    for name, answer in told.get("forked", {}).items():
        if answer != "works":
            how = {"hangs": f" within {patience:g} s", "crashes": _signal(told["codes"][name])}
            return answer, f"in a forked process {name} {SAID[answer]}{how.get(answer, '')}"
        right = told.get("parent", {}).get(name)
        if right is not True:
            hangs = outcome.ending is not None and "did not answer" in outcome.ending
            ended = "wrong" if right is False else "hangs" if hangs else "crashes"
            return ended, f"after a fork {name} {SAID[ended]} in the parent"
    alive = told.get("threads", 0)
    kept = f"with {alive} threads" if alive > 1 else "it keeps no threads between calls"
    return "works", f"works in a forked process ({kept})"


SAID = {"hangs": "does not return", "crashes": "crashes", "wrong": "gives wrong numbers"}


def fork_warning(library: Library) -> Warning_:
    """What a user of multiprocessing must know."""
    runtimes = ", ".join(path.rsplit("/", 1)[-1] for path in library.thread_runtimes)
    layer = library.thread_layer + (f", {runtimes}" if runtimes else "")
    return Warning_(
        subject=library.path,
        text=f"{library.provider} {library.version} ({layer}): {library.notes[-1]}",
        cure=FORK_CURE,
        source="measured on this machine",
    )


def _signal(code: int) -> str:
    if code >= 0:
        return f" with exit code {code}"
    try:
        return f" with {signal.Signals(-code).name}"
    except ValueError:
        return f" with signal {-code}"
