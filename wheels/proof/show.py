# SPDX-License-Identifier: Apache-2.0
"""A proof in words."""

from __future__ import annotations

from collections.abc import Iterator

from wheels.proof.certificate import Certificate, Proof, ProvenLibrary
from wheels.proof.verdict import Verdict

SHOWN = 20  # failures; the certificate has all


def text(certificate: Certificate) -> str:
    """What was proven, for people."""
    proof = certificate.proof
    if proof is None:
        return ""
    lines = [*_head(proof), *_cases(proof.verdict), *_speed(proof), *_rest(certificate)]
    return "\n".join([*lines, "", _end(certificate)]) + "\n"


def _head(proof: Proof) -> Iterator[str]:
    for library, path in zip(proof.libraries, proof.paths, strict=True):
        yield path
        yield f"  is         {_identity(library)}"
        yield f"  sha256     {library.sha256}"
        if library.build_id:
            yield f"  build id   {library.build_id}"
    answered, host = proof.verdict.answered, proof.host
    kernel = answered.get("core") or proof.core
    yield f"  ran on     {host.cpu}, {host.threads} threads" + (
        f", kernel {kernel}" if kernel else ""
    )
    yield f"  built with {proof.toolchain}"


def _identity(library: ProvenLibrary) -> str:
    words = [f"{library.provider} {library.version}", f"{library.int_bits}-bit integers"]
    words += [f"threads {library.thread_layer}"]
    words += [f"LAPACK {library.lapack_version}"] if library.lapack_version else []
    return ", ".join(words)


def _cases(verdict: Verdict) -> Iterator[str]:
    counts = ", ".join(f"{number} {kind}" for kind, number in verdict.cases.items())
    yield f"  cases      {counts or 'none'}"
    worst = sorted(verdict.worst, key=lambda row: -row.ratio / row.threshold)
    for place, row in enumerate(worst[:5]):
        head = "worst      " if not place else " " * 11
        yield f"  {head}{row.op}: {row.ratio:.3g} of {row.threshold:g} allowed ({row.case})"
    telling = [one for one in verdict.behaviours if one.detail or not one.held]
    for one in telling:
        yield f"  {'held' if one.held else 'failed':<10} {one.case}: {one.detail}"
    if silent := len(verdict.behaviours) - len(telling):
        yield f"  held       {silent} more behaviour cases"


def _speed(proof: Proof) -> Iterator[str]:
    verdict = proof.verdict
    if not verdict.speeds:
        return
    shares = ", ".join(f"{row.type}gemm {row.share:.0%}" for row in verdict.speeds)
    floor = f"the floor is {verdict.floor:.0%}" if verdict.floor else "no floor is set"
    yield f"  speed      {proof.speed_class}: {shares} of this CPU's peak; {floor}"
    yield from _compared(verdict)


def _compared(verdict: Verdict) -> Iterator[str]:
    one = verdict.compared
    if one is None:
        return
    yield f"  baseline   {one.baseline} ({one.origin}): {one.cases} speed cases compared"
    rows = [(row.share / row.before, row) for row in verdict.rates if row.share and row.before]
    if rows:
        part, row = min(rows, key=lambda pair: pair[0])
        yield f"             the lowest, {row.case}, at {part:.0%} of it"


def _rest(certificate: Certificate) -> Iterator[str]:
    proof = certificate.proof
    for defect in proof.verdict.defects if proof else ():
        yield f"  known      {defect}"
    for note in certificate.notes:
        yield f"  note       {note}"
    for left in certificate.not_run:
        yield f"  not run    {left.what}: {left.why}"


def _end(certificate: Certificate) -> str:
    if certificate.green:
        return "everything held"
    rows = [f"  {line}" for line in certificate.failures[:SHOWN]]
    more = len(certificate.failures) - SHOWN
    rows += [f"  and {more} more"] * (more > 0)
    return "\n".join([f"FAILED: {len(certificate.failures)}", *rows])
