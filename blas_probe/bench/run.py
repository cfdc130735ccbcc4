# SPDX-License-Identifier: Apache-2.0
"""`--bench`: one library after the other, each in a child, between two calibrations."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blas_probe.bench import load
from blas_probe.bench.classes import kind_of, warnings, with_speed
from blas_probe.bench.limit import Limit, checked, limits, plausible
from blas_probe.bench.timings import Timings, rates_of
from blas_probe.call.worker import Outcome, new_token, run_child, sweep
from blas_probe.library import Library, Rate
from blas_probe.recipe import Recipes
from blas_probe.record import dataclass

if TYPE_CHECKING:
    from blas_probe.cli.run import Run
    from blas_probe.found import Found

CALIBRATION = "blas_probe.bench.calibrate"
CHILD = "blas_probe.bench.child"
LIMIT_SECONDS = 60.0
AGAIN = 3
"""Calibrations more, at most, when a library was faster than the limit."""
TRIES = 2
"""Measurements of one library, at most, when other programs needed the same CPUs."""
SERIAL = "serial"
HUNG = "did not answer"
PAUSE = 1.0
"""Seconds before the next try."""


def bench(found: Found, run: Run, _: object) -> Found:
    """Add speeds, limits and warnings; where paths were named, only to the libraries there."""
    stand = Stand(
        recipes=run.recipes, environ=run.environ, threads=thread_counts(found), say=run.say
    )
    try:
        return stand.measure(found, [path.resolve() for path in run.paths])
    finally:
        sweep(stand.token)


def thread_counts(found: Found) -> tuple[int, ...]:
    """1, and all that are worth starting here."""
    usable = found.machine.usable_threads if found.machine else os.cpu_count()
    return tuple(sorted({1, usable or 1}))


def chosen(libraries: Sequence[Library], paths: Sequence[Path]) -> list[Library]:
    """The usable libraries; when paths were named, those at or below them."""
    usable = [one for one in libraries if one.problem is None]
    if not paths:
        return usable
    return [one for one in usable if any(Path(one.path).is_relative_to(path) for path in paths)]


@dataclass
class Stand:
    """Everything that one measurement needs; it keeps the calibrations that were made."""

    recipes: Recipes
    environ: Mapping[str, str]
    threads: tuple[int, ...]
    say: Any
    token: str = field(default_factory=new_token)
    calibrations: list[Mapping[str, Any]] = field(default_factory=list)
    ending: str | None = None

    def measure(self, found: Found, paths: Sequence[Path] = ()) -> Found:
        """Calibrate, time each library, calibrate again; more often when a limit was passed."""
        usable = chosen(found.libraries, paths)
        self.calibrate()
        timed = {}
        for number, library in enumerate(usable, start=1):
            self.say(f"measuring speed, {number} of {len(usable)}: {library.path}")
            timed[library.path] = self.time(library, found.ignored_environment)
        self.calibrate()
        limit = self.limit(timed)
        for _ in range(AGAIN):
            if all(one.state != "rejected" for one in limit):
                break
            self.calibrate()
            limit = self.limit(timed)
        return self.joined(found, timed, plausible(limit))

    def calibrate(self) -> None:
        """What the machine can do just now."""
        self.say("measuring what this machine can do at most")
        request = {"threads": self.threads}
        outcome = self.child(request, CALIBRATION)
        self.calibrations.append(outcome.findings)
        self.ending = self.ending or outcome.ending

    def time(self, library: Library, ignored: Mapping[str, str]) -> Timings:
        """The rates of one library, at 1 thread and at all; again when it was disturbed."""
        if library.int_bits not in (32, 64):
            return Timings(ending="cannot be called: the width of its integers is unknown")
        asked = request(library, self.recipes)
        done = Timings(own=self.with_own_environment(library, asked, ignored))
        for threads in self.threads[: 1 if library.thread_layer == SERIAL else None]:
            for attempt in range(TRIES):
                if attempt:
                    time.sleep(PAUSE)
                outcome = self.child({**asked, "threads": threads}, CHILD)
                done = done.joined(outcome, threads)
                others = outcome.findings.get("foreign")
                needed = load.disturbed(others, threads, self.threads[-1])
                if threads == 1 or outcome.ending or not needed:  # 1 thread: by the CPU's time
                    break
            else:
                done = dataclasses.replace(done, disturbed=True)
            if outcome.ending is not None and HUNG in outcome.ending:
                break  # with more threads it would cost the same time again
        return done

    def with_own_environment(
        self, library: Library, asked: Mapping[str, Any], ignored: Mapping[str, str]
    ) -> Rate | None:
        """The rate of the judging routine when the user's own variables are kept; None: no such."""
        recipe = next((one for one in self.recipes.providers if one.name == library.provider), None)
        globs = recipe.find.changed_by if recipe else ()
        kept = {
            name: value
            for name, value in ignored.items()
            if any(fnmatchcase(name, glob) for glob in globs)
        }
        if not kept or not library.has_blas:
            return None
        judges = [row for row in asked["routines"] if row["judges"]]
        own = {**asked, "routines": judges, "environment": kept, "threads": 1}
        rates = rates_of(self.child(own, CHILD).findings, 1)
        return max(rates, key=lambda rate: rate.rate, default=None)

    def child(self, asked: Mapping[str, Any], module: str) -> Outcome:
        """One child, alone on the machine as far as we can help it."""
        return run_child(
            asked, environ=self.environ, timeout=LIMIT_SECONDS, token=self.token,
            child_module=module,
        )  # fmt: skip

    def limit(self, timed: Mapping[str, Timings]) -> tuple[Limit, ...]:
        """The limits of the machine, less those that a library went beyond."""
        kinds = {routine.name: kind_of(routine) for routine in self.recipes.speed.routines}
        rates = [(kinds[rate.routine], rate) for one in timed.values() for rate in one.rates]
        return checked(limits(self.calibrations, self.threads, self.ending), rates)

    def joined(self, found: Found, timed: Mapping[str, Timings], limit: Sequence[Limit]) -> Found:
        """The answer with everything that was measured."""
        rules = self.recipes.speed
        libraries = tuple(
            with_speed(one, timed[one.path], rules, limit) if one.path in timed else one
            for one in found.libraries
        )
        return dataclasses.replace(
            found,
            libraries=libraries,
            limits=tuple(limit),
            warnings=(*found.warnings, *warnings(libraries, rules)),
        )


def request(library: Library, recipes: Recipes) -> dict[str, Any]:
    """What the child must know: names, integers, and the routines that the file itself has."""
    has = {False: library.has_blas, True: library.has_lapack}
    return {
        "path": library.path,
        "spelling": {
            "prefix": library.prefix, "suffix": library.suffix,
            "int_bits": library.int_bits, "upper": library.upper,
        },
        "functions": dict(library.functions),
        "environment": {},
        "routines": [
            dataclasses.asdict(one) for one in recipes.speed.routines if has[one.lapack]
        ],
    }  # fmt: skip
