# SPDX-License-Identifier: Apache-2.0
"""The short numeric check of a backend that was just built, and what it leaves in the wheel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.recipe import Expect
from wheels.fingerprint import HashCache
from wheels.proof.certificate import Inside, text_of
from wheels.proof.check import Subject
from wheels.proof.check import check_backend as check
from wheels.proof.making import checks_version, interface_version, proven, thresholds, used
from wheels.proof.verdict import Terms, Verdict
from wheels.source.errors import Refused

SHOWN_FAILURES = 8


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the check said, in a sentence, and the verdict behind it."""

    text: str
    verdict: Verdict | None = None
    """None when nothing was run."""


def not_run(why: str) -> Checked:
    """No check, and why."""
    return Checked(text=f"not run: {why}")


def check_backend(
    program: Path, backend: Path, environ: Mapping[str, str], expects: Sequence[Expect] = ()
) -> Checked:
    """Run `trivet-check --quick --numeric`; Refused lists what failed and is no known defect."""
    subject = Subject(program=program, backend=backend, env=environ, log=None)
    terms = Terms(kinds=("numeric",), expects=tuple(expects))
    return judged(backend.name, check(subject, terms))


def judged(name: str, verdict: Verdict) -> Checked:
    """One sentence on cases that held; Refused when there was anything else."""
    if not verdict.green:
        raise Refused(_refusal(name, verdict))
    worst = verdict.worst_share or 0.0
    text = f"numeric: {verdict.total} cases run, worst at {worst:.2f} of its threshold"
    if verdict.defects:
        text += f"; some failed as known: {'; '.join(verdict.defects)}"
    return Checked(text=text, verdict=verdict)


def _refusal(name: str, verdict: Verdict) -> str:
    lines = [f"the backend was built but trivet-check refuses it ({name})"]
    lines += [f"  {text}" for text in verdict.failures[:SHOWN_FAILURES]]
    if more := len(verdict.failures) - SHOWN_FAILURES:
        lines += [f"  and {more} more"] * (more > 0)
    lines.append("  next: choose another provider with -C trivet.blas=NAME")
    return "\n".join(lines)


def certificate_text(
    choice: Choice, checked: Checked, *, root: Path, toolchain: str, files: Mapping[str, str]
) -> str:
    """certificate.json; a source build measures no speed, so it has no score."""
    variant, verdict, cache = choice.variant, checked.verdict, HashCache()
    inside = Inside(
        id=variant.id,
        provider=variant.provider,
        origin="source build",
        scores={},
        speed_class=variant.speed_class,
        floor=variant.floor,
        int_bits=int(choice.blas.int_bits),
        interface=interface_version(root),
        checked=checked.text,
        cases=verdict.cases if verdict else {},
        thresholds=thresholds(verdict) if verdict else {},
        defects=verdict.defects if verdict else (),
        libraries=tuple(proven(library, cache) for library in used(choice)),
        files=files,
        toolchain=toolchain,
        checks=checks_version(root, cache),
    )
    return text_of(inside)
