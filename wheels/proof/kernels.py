# SPDX-License-Identifier: Apache-2.0
"""The same checks with every kernel that a library can be forced to on this CPU."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from blas_probe.defects import met_by_backends
from blas_probe.library import Library
from blas_probe.recipe import Expect, Recipes
from blas_probe.recipe.model import Kernels
from wheels.proof.check import Subject, check_backend, run_part
from wheels.proof.verdict import NotRun, Terms, Verdict

QUESTION = "swap"  # the cheapest operation: its run tells which kernel answers
UNKNOWN_INSTRUCTION = ("SIGILL", "illegal instruction")
KINDS = ("numeric", "behaviour")  # how fast a wrong kernel is tells nothing


@dataclass(frozen=True, kw_only=True)
class Forced:
    """What came of one value of the variable that chooses a kernel."""

    name: str
    """The value."""
    core: str
    """What the library says that it runs then; empty where it does not say."""
    outcome: Literal["held", "failed", "not run"]
    why: str = ""
    """Why it was not run."""
    verdict: Verdict | None = None


def every_kernel(
    subject: Subject,
    terms: Terms,
    libraries: Sequence[Library],
    recipes: Recipes,
    tell: Callable[[Forced], None] = lambda _: None,
) -> list[Forced]:
    """Run the checks once for each kernel that answers; the library of BLAS comes last."""
    known = {recipe.name: recipe for recipe in recipes.providers}
    blas = libraries[-1]
    recipe = known.get(blas.provider)
    rows: list[Forced] = []
    if recipe is None or recipe.kernels is None:
        return rows
    for name in recipe.kernels.names:
        forced = dataclasses.replace(
            subject, env={**subject.env, recipe.kernels.env: name}, affix=""
        )
        row = _one(name, forced, terms, rows, lambda core: expects_of(libraries, core, recipes))
        rows.append(row)
        tell(row)
    return rows


def _one(
    name: str,
    subject: Subject,
    terms: Terms,
    before: Sequence[Forced],
    expects: Callable[[str], tuple[Expect, ...]],
) -> Forced:
    asked = run_part(dataclasses.replace(subject, only=QUESTION), terms, KINDS[0])
    summary = asked.evidence.summary
    if asked.problem or summary is None:
        return Forced(name=name, core="", outcome="not run", why=asked.problem or "no answer")
    core = str(summary.get("core") or "")
    if core and any(row.core == core and row.outcome != "not run" for row in before):
        return Forced(name=name, core=core, outcome="not run", why=f"{core} answers, as before")
    verdict = check_backend(
        subject, dataclasses.replace(terms, kinds=KINDS, expects=expects(core or name))
    )
    if any(word in text for text in verdict.failures for word in UNKNOWN_INSTRUCTION):
        why = "this CPU lacks its instructions"
        return Forced(name=name, core=core, outcome="not run", why=why)
    outcome: Literal["held", "failed"] = "held" if verdict.green else "failed"
    return Forced(name=name, core=core, outcome=outcome, verdict=verdict)


def check_elsewhere(
    subject: Subject, terms: Terms, libraries: Sequence[Library], recipes: Recipes
) -> Verdict:
    """Run the checks where nothing was probed: which kernel answers there is asked first."""
    asked = run_part(dataclasses.replace(subject, only=QUESTION), terms, KINDS[0])
    core = str((asked.evidence.summary or {}).get("core") or "")
    known = (*terms.expects, *expects_of(libraries, core, recipes))
    return check_backend(subject, dataclasses.replace(terms, expects=known))


def expects_of(libraries: Sequence[Library], core: str, recipes: Recipes) -> tuple[Expect, ...]:
    """The known defects, had this kernel been chosen."""
    known = {recipe.name: recipe for recipe in recipes.providers}
    return tuple(
        row
        for one in libraries
        if one.provider in known
        for row in met_by_backends(known[one.provider], dataclasses.replace(one, core=core))
    )


@dataclass(frozen=True, kw_only=True)
class ForcedKernels:
    """All rows of one library."""

    rows: tuple[Forced, ...]
    kernels: Kernels

    def joined(self, verdict: Verdict) -> Verdict:
        """The verdict of the usual run, with what failed and what was not run of these."""
        return dataclasses.replace(
            verdict,
            failures=(*verdict.failures, *self._failures()),
            not_run=(*verdict.not_run, *self._not_run()),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was run, in words."""
        return tuple(self._said(row, row.verdict) for row in self.rows if row.verdict)

    def _said(self, row: Forced, verdict: Verdict) -> str:
        known = "; known: " + "; ".join(verdict.defects) if verdict.defects else ""
        words = f"{row.outcome}, {verdict.total} cases{known}"
        return f"{self.kernels.env}={row.name}: kernel {row.core or row.name}: {words}"

    def _failures(self) -> Iterator[str]:
        for row in self.rows:
            for text in row.verdict.failures if row.verdict else ():
                yield f"kernel {row.core or row.name}: {text}"

    def _not_run(self) -> Iterator[NotRun]:
        for row in self.rows:
            if row.outcome == "not run":
                yield NotRun(what=f"{self.kernels.env}={row.name}", why=row.why)
