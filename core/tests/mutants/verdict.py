# SPDX-License-Identifier: Apache-2.0
"""What every tool said of a mutant, and whom there is still to ask. Pure, but for `load`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.tests.mutants.rows import Mutant
from core.tests.mutants.tools import CAUGHT, NOT_RUN, Outcome

CHECKS = ("probe", "quick", "baseline", "full")
"""What Trivet's own line asks, in this order, up to the first that catches."""
TIMED = "baseline"
"""Asked of mutants of slowness alone."""
OTHERS = ("xblat", "numpy")
ALL = (*CHECKS, *OTHERS)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What every tool said of one mutant."""

    id: str
    key: str
    """What it was made of: another key makes every tool be asked again."""
    checks: str = ""
    """The sources of trivet-check: others make it alone be asked again."""
    provider: str = ""
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def caught_by(self, names: Sequence[str]) -> str:
        """The first of these tools that caught it."""
        return next((n for n in names if self.get(n).state == CAUGHT), "")

    def get(self, name: str) -> Outcome:
        """What one tool said."""
        return self.outcomes.get(name, Outcome())


def still_true(known: Verdict | None, fresh: Verdict) -> Verdict:
    """What is known already of the same mutant, and of the same checks."""
    if known is None or known.key != fresh.key:
        return fresh
    kept = {
        name: outcome
        for name, outcome in known.outcomes.items()
        if name in OTHERS or known.checks == fresh.checks
    }
    return dataclasses.replace(fresh, provider=known.provider, outcomes=kept)


def waiting(made: Verdict, mutant: Mutant, skip: Sequence[str]) -> list[str]:
    """The tools to ask: of Trivet's own those up to the first that catches, and all others."""
    timed = mutant.part == "speed"
    others = OTHERS if mutant.kind != "table" and not mutant.rename[0] else ()
    names = [*(CHECKS if not made.caught_by(CHECKS) else ()), *others]
    left = [name for name in names if timed or name != TIMED]
    return [name for name in left if name not in skip and made.get(name).state == NOT_RUN]


def load(path: Path) -> Verdict | None:
    """A verdict that was kept."""
    if not path.exists():
        return None
    return from_data(json.loads(path.read_text(encoding="utf-8")))


def from_data(data: dict[str, object]) -> Verdict:
    """Read a verdict back."""
    rows = data["outcomes"]
    assert isinstance(rows, dict)
    outcomes = {name: Outcome(**row) for name, row in rows.items()}
    return Verdict(**{**data, "outcomes": outcomes})  # type: ignore[arg-type]
