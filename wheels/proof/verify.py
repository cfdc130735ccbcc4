# SPDX-License-Identifier: Apache-2.0
"""`python -m wheels verify WHEEL`: is this still what its certificate says, and right, here?"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.archive import unpack_wheel
from wheels.errors import CertificateError
from wheels.fingerprint import sha256
from wheels.proof.baseline import slower
from wheels.proof.certificate import (
    NAME,
    Certificate,
    Host,
    Inside,
    Proof,
    is_cpu,
    parse,
    read_certificate,
    text_of,
)
from wheels.proof.regress import Tolerance
from wheels.proof.verdict import Verdict
from wheels.proof.wheel import Contents, read_wheel, record_problems, runs_here, tags_of

NOT_RUN = "not run"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What trivet-check says about the wheel's backend now."""

    verdict: Verdict
    host: Host
    tolerance: Tolerance | None = None
    """How far a speed may lie below the certified one; None: not compared."""
    outside: tuple[str, ...] = ()
    """How the libraries that stay outside differ from the certified ones."""
    wrong: tuple[str, ...] = ()
    """What makes the run itself worthless: another library answered, nothing was found, ..."""


class NotRunnable(Exception):
    """The backend cannot be run here, for a reason that lies outside of the wheel."""


Runner = Callable[[Path, Inside], Run]
"""Runs the backend of an unpacked wheel."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of one wheel."""

    wheel: str
    problems: tuple[str, ...]
    """What is not as certified; empty when all is."""
    failures: tuple[str, ...] = ()
    """What trivet-check found wrong, on this machine, now."""
    warnings: tuple[str, ...] = ()
    checked: str = NOT_RUN
    """What was run here, or `not run: ...`."""
    ending: str = ""
    """hung, crashed or flooded, when the run came to no end."""

    @property
    def good(self) -> bool:
        """Say whether the wheel is what it was certified to be, and right here."""
        return not self.problems and not self.failures


def verify(path: Path, beside: Path | None, interface: int, runner: Runner) -> Report:
    """Compare a wheel with its certificates, then run its backend; never raises for what it is."""
    contents = read_wheel(path, NAME)
    problems = [*contents.problems, *([] if contents.problems else record_problems(contents))]
    tags = tags_of(path)
    if tags is None:
        problems.append("its name is no name of a wheel")
    certificate, inside = None, None
    try:
        certificate = _beside(path, beside)
        problems += _identity(path, certificate)
    except CertificateError as error:
        problems.append(_words(error))
    if not contents.problems:
        inside, more = _inside(contents, certificate)
        problems += more
    if inside is not None:
        problems += _bytes(contents, inside)
        problems += _interface(inside, interface)
    report = Report(wheel=path.name, problems=tuple(problems))
    if problems:
        return dataclasses.replace(report, checked=f"{NOT_RUN}: it is not what was certified")
    if inside is None:
        return dataclasses.replace(report, checked=f"{NOT_RUN}: it holds no backend")
    if tags is None or not runs_here(tags):
        why = "it is for another platform; its files and certificates agree"
        return dataclasses.replace(report, checked=f"{NOT_RUN}: {why}")
    return _run(path, report, inside, certificate, runner)


def _words(error: CertificateError) -> str:
    return f"{error.what} ({error.why})" if error.why else error.what


def _beside(path: Path, given: Path | None) -> Certificate:
    """The certificate that describes this file."""
    if given is not None:
        return read_certificate(given)
    folder = path.parent / "certificates"
    refused: list[str] = []
    for one in sorted(folder.glob("*.json")):
        try:
            certificate = read_certificate(one)
        except CertificateError as error:
            refused.append(_words(error))
            continue
        if certificate.file == path.name:
            return certificate
    raise CertificateError(
        f"no certificate in {folder} names {path.name}",
        why="; ".join(refused) or "it was removed, or lies elsewhere: --certificate FILE",
    )


def _identity(path: Path, certificate: Certificate) -> list[str]:
    if not certificate.green:
        return [f"its certificate is not green: {'; '.join(certificate.failures) or 'no reason'}"]
    if certificate.file != path.name:
        return [f"the certificate is about {certificate.file}, not about this file"]
    digest = sha256(path)
    if certificate.sha256 == digest:
        return []
    return [f"its SHA-256 is {digest}, the certified file has {certificate.sha256}"]


def _inside(contents: Contents, certificate: Certificate | None) -> tuple[Inside | None, list[str]]:
    """The certificate in the wheel, and how it differs from the one beside it."""
    names = [name for name in contents.texts if not name.endswith("RECORD")]
    wanted = certificate.inside if certificate else None
    if len(names) > 1:
        return None, [f"it holds {len(names)} certificates: {', '.join(names)}"]
    if not names:
        return None, ["the certificate inside is missing"] if wanted else []
    text = contents.texts[names[0]]
    try:
        inside = parse(Inside, text, names[0])
    except CertificateError as error:
        return None, [_words(error)]
    if certificate is None:
        return inside, []
    if wanted is None:
        return inside, ["the certificate beside it says nothing of the one inside"]
    if inside == wanted and text.decode() == text_of(wanted):
        return inside, []
    theirs, ours = dataclasses.asdict(inside), dataclasses.asdict(wanted)
    fields = [name for name, value in ours.items() if theirs[name] != value]
    where = ", ".join(fields) or "its layout"
    return inside, [f"the certificates inside and beside differ in {where}"]


def _bytes(contents: Contents, inside: Inside) -> list[str]:
    """Native files that are not those which were certified."""
    problems = [
        f"{name} is not the file that was certified"
        if name in contents.hashes
        else f"{name} was certified, and is not there"
        for name, digest in inside.files.items()
        if contents.hashes.get(name) != digest
    ]
    if not inside.files:
        problems.append("its certificate names no native file")
    return problems + [
        f"{name} came in after the certificate was made"
        for name in contents.hashes
        if name not in inside.files and ".so" in name.rsplit("/", 1)[-1]
    ]


def _interface(inside: Inside, interface: int) -> list[str]:
    if inside.interface == interface:
        return []
    return [f"it has interface version {inside.interface}, these tools have version {interface}"]


def _run(
    path: Path, report: Report, inside: Inside, certificate: Certificate | None, runner: Runner
) -> Report:
    with tempfile.TemporaryDirectory(prefix="trivet-verify-") as name:
        tree = Path(name) / "site-packages"
        unpack_wheel(path, tree)
        try:
            run = runner(tree, inside)
        except NotRunnable as reason:
            told = f"{NOT_RUN}: {reason}"
            return dataclasses.replace(report, checked=told, warnings=(told,))
    verdict = run.verdict
    proof = certificate.proof if certificate else None
    same_cpu = proof is not None and is_cpu(proof.host, run.host)
    slow = _slow(verdict, inside, run.host, proof.host.cpu if proof else "unknown")
    failures = [*run.wrong, *verdict.failures, *_looser(verdict, inside)]
    return dataclasses.replace(
        report,
        failures=(*failures, *(slow if same_cpu else [])),
        warnings=(*run.outside, *([] if same_cpu else slow), *_fallen(run, proof)),
        checked=_told(verdict),
        ending=verdict.ending,
    )


def _fallen(run: Run, proof: Proof | None) -> list[str]:
    """Speeds below the certified ones, on the same CPU: the bytes are the same, so it is a
    matter of this machine, and no failure.
    """
    if proof is None or run.tolerance is None or not is_cpu(proof.host, run.host):
        return []
    return [
        f"{row.case}: {row.share:.0%} of the limit of this CPU, {old.share:.0%} were certified"
        for old, row in slower(run.verdict.rates, proof.verdict.rates, run.tolerance)
    ]


def _looser(verdict: Verdict, inside: Inside) -> list[str]:
    """Thresholds of today that would let pass what the certificate excludes."""
    now = {row.op: row.threshold for row in verdict.worst}
    if not verdict.green:
        return []
    return [
        f"{op}: was certified, and is not checked any more"
        if op not in now
        else f"{op}: the threshold is {now[op]:g} now, {threshold:g} was certified"
        for op, threshold in sorted(inside.thresholds.items())
        if now.get(op, threshold + 1) > threshold
    ]


def _slow(verdict: Verdict, inside: Inside, host: Host, certified_on: str) -> list[str]:
    """Element types that do not reach the certified floor here."""
    return [
        f"{row.case}: reaches {row.share:.0%} of the peak of {host.cpu}; "
        f"speed class {inside.speed_class} means at least {inside.floor:.0%} "
        f"(certified on {certified_on})"
        for row in verdict.speeds
        if row.share < inside.floor
    ]


def _told(verdict: Verdict) -> str:
    counts = ", ".join(f"{number} {kind}" for kind, number in verdict.cases.items())
    shares = ", ".join(f"{row.type}gemm {row.share:.0%}" for row in verdict.speeds)
    worst = f", worst at {verdict.worst_share:.2f} of its threshold" if verdict.worst_share else ""
    return f"{counts or 'no'} cases{worst}" + (f", {shares} of the peak" if shares else "")


def unshipped(dist: Path) -> list[str]:
    """Certificates in dist/ whose wheel is not there."""
    missing = []
    for one in sorted((dist / "certificates").glob("*.json")):
        try:
            certificate = read_certificate(one)
        except CertificateError as error:
            missing.append(_words(error))
            continue
        if certificate.file and not (dist / certificate.file).is_file():
            missing.append(f"{one.name}: its wheel {certificate.file} is missing")
    return missing


def wheels_of(dist: Path) -> Sequence[Path]:
    """Every wheel in dist/."""
    return sorted(dist.glob("*.whl"))
