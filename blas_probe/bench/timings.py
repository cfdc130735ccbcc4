# SPDX-License-Identifier: Apache-2.0
"""What the children told about one library. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from blas_probe.call.worker import Outcome
from blas_probe.library import Rate
from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class Timings:
    """What came back for one library."""

    rates: tuple[Rate, ...] = ()
    """The best of all tries."""
    ending: str | None = None
    wrong: tuple[str, ...] = ()
    """Routines whose numbers were wrong; they have no rates."""
    disturbed: bool = False
    """Other programs needed the CPUs, at each try."""
    own: Rate | None = None
    """The judging routine at 1 thread with the user's own environment; None: it is no other."""

    def joined(self, outcome: Outcome, threads: int) -> Timings:
        """With what another child told."""
        best = {(rate.routine, rate.n, rate.threads): rate for rate in self.rates}
        for rate in rates_of(outcome.findings, threads):
            key = (rate.routine, rate.n, rate.threads)
            if key not in best or rate.rate > best[key].rate:
                best[key] = rate
        ended = outcome.ending or outcome.findings.get("load_error")
        ending = self.ending or (str(ended) if ended else None)
        wrong = tuple(dict.fromkeys([*self.wrong, *outcome.findings.get("wrong", {})]))
        kept = tuple(rate for rate in best.values() if rate.routine not in wrong)
        return dataclasses.replace(self, rates=kept, ending=ending, wrong=wrong)


def rates_of(findings: Mapping[str, Any], threads: int) -> list[Rate]:
    """The rates that a child told, in its order."""
    told: Mapping[str, float] = findings.get("rates", {})
    return [
        Rate(routine=key.split()[0], n=int(key.split()[1]), threads=threads,
             rate=round(rate, 3), share=None)
        for key, rate in told.items()
    ]  # fmt: skip
