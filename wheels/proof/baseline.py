# SPDX-License-Identifier: Apache-2.0
"""Recorded speeds: the certificate of a former run, or a small file made of several. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from blas_probe.defects import version_numbers
from wheels.proof.certificate import Certificate, Host, ProvenLibrary, cpu_of
from wheels.proof.regress import Level, Tolerance
from wheels.proof.verdict import Rate

SCHEMA: Literal[1] = 1
DIGITS = 4  # of a share; the noise is larger


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A library file that was timed."""

    provider: str
    version: str
    thread_layer: str
    int_bits: int | str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What one build of a library reached on one kind of CPU."""

    cpu: str
    model: str
    machine: str
    date: str
    """Day of the recording; empty when a certificate stands for it."""
    runs: int
    """How many runs the levels come from."""
    libraries: tuple[Timed, ...]
    """LAPACK first, as in a certificate."""
    levels: Mapping[str, tuple[float, float]]
    """Speed case -> share of the measured limit, and its noise as a part of it."""

    @property
    def name(self) -> str:
        """Library, version and day."""
        of = f" of {self.date}" if self.date else ", by its certificate"
        return f"{described(self.libraries)}{of}"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A file of baselines."""

    schema: Literal[1] = SCHEMA
    baselines: tuple[Baseline, ...]


def of_certificate(certificate: Certificate) -> Baseline | None:
    """A certificate as a baseline; None when it is not green, or holds no speeds."""
    proof = certificate.proof
    if proof is None or not certificate.green:
        return None
    levels = combined([proof.verdict.rates])
    return recorded(proof.host, proof.libraries, levels, date="", runs=1) if levels else None


def recorded(
    host: Host,
    libraries: Iterable[ProvenLibrary],
    levels: Mapping[str, tuple[float, float]],
    *,
    date: str,
    runs: int,
) -> Baseline:
    """Put together what was timed, where, and what came of it."""
    return Baseline(
        cpu=host.cpu,
        model=host.model,
        machine=host.machine,
        date=date,
        runs=runs,
        libraries=timed(libraries),
        levels=levels,
    )


def timed(libraries: Iterable[ProvenLibrary]) -> tuple[Timed, ...]:
    """What of a proven library tells whether two speeds may be compared."""
    names = [field.name for field in dataclasses.fields(Timed)]
    return tuple(Timed(**{name: getattr(one, name) for name in names}) for one in libraries)


def combined(runs: Sequence[Sequence[Rate]]) -> dict[str, tuple[float, float]]:
    """The median share of each case, and the larger of the noise in the runs and between them.

    What a run was disturbed in has no noise, and does not count.
    """
    found: dict[str, list[Level]] = {}
    for rates in runs:
        for row in rates:
            if row.share is not None and row.noise is not None and row.share > 0:
                found.setdefault(row.case, []).append(Level(share=row.share, noise=row.noise))
    return {case: _level(rows) for case, rows in sorted(found.items())}


def slower(
    now: Iterable[Rate], then: Iterable[Rate], tolerance: Tolerance
) -> list[tuple[Rate, Rate]]:
    """The former and the present rate of each speed case that fell by more than the noise."""
    former = {(row.case, row.threads): row for row in then}
    pairs = [(former[key], row) for row in now if (key := (row.case, row.threads)) in former]
    return [(old, row) for old, row in pairs if _fell(old, row, tolerance)]


def _fell(old: Rate, row: Rate, tolerance: Tolerance) -> bool:
    if not old.share or row.share is None:
        return False
    before = Level(share=old.share, noise=old.noise or 0.0)
    return row.share < tolerance.accepted(before, row.noise or 0.0)


def _level(rows: Sequence[Level]) -> tuple[float, float]:
    share = median(row.share for row in rows)
    between = 1 - min(row.share for row in rows) / share
    noise = max(between, median(row.noise for row in rows))
    return round(share, DIGITS), round(noise, DIGITS)


def levels_of(baseline: Baseline) -> dict[str, Level]:
    """The levels as records."""
    return {case: Level(share=s, noise=n) for case, (s, n) in baseline.levels.items()}


def choose(
    baselines: Iterable[Baseline], host: Host, libraries: Sequence[ProvenLibrary]
) -> Baseline | str:
    """The baseline to compare with, or why there is none.

    The same providers with the same thread layers on the same CPU; of several the most alike,
    then the newest. A newer version is none: being older is no regression.
    """
    mine = timed(libraries)
    here = [one for one in baselines if (one.cpu, one.model, one.machine) == cpu_of(host)]
    if not here:
        return f"no baseline for this CPU: {', '.join(cpu_of(host))}"
    kin = [one for one in here if _kind(one.libraries) == _kind(mine)]
    if not kin:
        return f"no baseline of {described(mine)} with its thread layer for this CPU"
    former = [one for one in kin if not _newer(one.libraries, mine)]
    if not former:
        return f"only newer versions than {described(mine)} have a baseline for this CPU"
    return max(former, key=lambda one: _likeness(one, mine))


def _kind(libraries: Iterable[Timed]) -> list[tuple[str, str]]:
    return [(one.provider, one.thread_layer) for one in libraries]


def _newer(those: Sequence[Timed], mine: Sequence[Timed]) -> bool:
    pairs = zip(those, mine, strict=True)
    return any(version_numbers(x.version) > version_numbers(y.version) for x, y in pairs)


def _likeness(one: Baseline, mine: Sequence[Timed]) -> tuple[object, ...]:
    pairs = list(zip(one.libraries, mine, strict=True))
    numbers = [version_numbers(row.version) for row in reversed(one.libraries)]
    return (
        all(x.sha256 == y.sha256 for x, y in pairs),
        all(x.version == y.version for x, y in pairs),
        numbers,
        all(x.int_bits == y.int_bits for x, y in pairs),
        one.date,
    )


def described(libraries: Iterable[Timed]) -> str:
    """Providers and versions, BLAS first."""
    names = [f"{one.provider} {one.version}" for one in libraries]
    return " with LAPACK of ".join(reversed(names))


def added(baselines: Iterable[Baseline], new: Baseline) -> tuple[Baseline, ...]:
    """The baselines with `new` among them, which replaces the same cases of the same files."""
    known = list(baselines)
    same = [one for one in known if _files(one) == _files(new)]
    levels = {case: level for one in (*same, new) for case, level in one.levels.items()}
    whole = dataclasses.replace(new, levels=dict(sorted(levels.items())))
    kept = [one for one in known if one not in same]
    return tuple(sorted([*kept, whole], key=lambda one: (one.name, _files(one))))


def _files(one: Baseline) -> list[str]:
    return [library.sha256 for library in one.libraries]


def file_name(baseline: Baseline) -> str:
    """One file for each kind of CPU."""
    words = f"{baseline.cpu} {baseline.model} {baseline.machine}".lower()
    return f"{re.sub('[^a-z0-9]+', '-', words).strip('-')}.json"
