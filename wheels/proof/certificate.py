# SPDX-License-Identifier: Apache-2.0
"""What a certificate says: the records, and how they are written and read.

Two documents: `Certificate` lies beside a wheel (and is what `prove` and each cell leave),
`Inside` lies in it and holds only what repeats byte for byte. Fields: CERTIFICATE.md.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from blas_probe.errors import FoundFileError
from blas_probe.rebuild import rebuild
from wheels.errors import CertificateError
from wheels.proof.verdict import NotRun, Verdict
from wheels.state import to_json

SCHEMA: Literal[3] = 3
NAME = "certificate.json"
Schema = Literal[3]
Record = TypeVar("Record")


@dataclass(frozen=True, kw_only=True)
class ProvenLibrary:
    """A library file under the backend."""

    file: str
    sha256: str
    size: int
    soname: str | None
    build_id: str | None
    provider: str
    version: str
    lapack_version: str | None
    source: str
    """Where it came from: pypi:<dist>, debian, path, ..."""
    thread_layer: str
    int_bits: int | str


@dataclass(frozen=True, kw_only=True)
class Inside:
    """The certificate inside a wheel: no times, hosts or paths, so that its bytes repeat."""

    schema: Schema = SCHEMA
    id: str
    """The backend's name."""
    provider: str
    origin: Literal["release", "source build"]
    scores: Mapping[str, float]
    """Share of the FMA peak by routine, in steps of 0.1; empty when speed was not measured."""
    speed_class: str
    """What the recipe promises: good, generic or reference."""
    floor: float
    """Smallest accepted share of the FMA peak."""
    int_bits: int
    interface: int
    """Version of the backend interface (core/include/trivet/backend.h)."""
    checked: str
    """What was proven, in one line; `not run: ...` when nothing was."""
    cases: Mapping[str, int]
    """Kind -> number of cases that were run."""
    thresholds: Mapping[str, float]
    """Operation -> largest accepted ratio of error to expected error."""
    defects: tuple[str, ...]
    """Known defects that were met."""
    libraries: tuple[ProvenLibrary, ...]
    """As they were when they were checked; what is bundled was patched afterwards (`files`)."""
    files: Mapping[str, str]
    """Place in the wheel -> SHA-256, for each native file, as it ships."""
    toolchain: str
    checks: str
    """SHA-256 over the sources of trivet-check."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine that proved it."""

    cpu: str
    model: str
    """What tells CPUs of one name apart (family and model), as far as the system says it."""
    machine: str
    system: str
    threads: int | str
    """What this machine lets a process use."""


def is_cpu(one: Host, other: Host) -> bool:
    """Say whether two machines have the same kind of CPU."""
    return cpu_of(one) == cpu_of(other)


def cpu_of(host: Host) -> tuple[str, str, str]:
    """The kind of CPU."""
    return host.cpu, host.model, host.machine


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What trivet-check found out about one backend file."""

    backend: str
    """File name."""
    sha256: str
    """Of the file that was run, before and after the run."""
    libraries: tuple[ProvenLibrary, ...]
    paths: tuple[str, ...]
    """Real paths of the libraries on that machine, in the same order."""
    linked: Mapping[str, str]
    """Name -> SHA-256 of the copies that the backend was run with; empty when there were none."""
    core: str | None
    """Kernel that the library chose for that CPU, as the prober saw it."""
    host: Host
    toolchain: str
    checks: str
    """SHA-256 over the sources of trivet-check."""
    program: str
    """SHA-256 of trivet-check itself; empty when it was not run."""
    mode: Literal["quick", "full"]
    speed_class: str
    """By the measured share: good, generic, reference, or not run."""
    tools: Mapping[str, str]
    """Versions of the tools in that environment."""
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class InstalledCell:
    """What an installed cell was able to do."""

    id: str
    python: str
    wheels: Mapping[str, str]
    """File name -> SHA-256, of the wheels that were installed."""
    failures: tuple[str, ...]
    answered: Mapping[str, str]
    """What the backend in use said of itself."""
    verdict: Verdict | None
    """trivet-check on the installed, repaired file; None where it was run in another cell."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What was proven about a wheel, a cell or a library file, and about which bytes."""

    schema: Schema = SCHEMA
    kind: Literal["artefact", "cell", "backend"]
    """A wheel, an installed combination of wheels, or a backend that was built and not packed."""
    id: str
    """Id of the artefact, cell or backend."""
    green: bool
    """Everything held."""
    failures: tuple[str, ...]
    """One line each; empty when green."""
    file: str | None
    """Name of the file that this is about; None for a cell, which is several."""
    sha256: str | None
    size: int | None
    tag: str | None
    """Tag of the wheel."""
    bundled: tuple[str, ...] = ()
    """Libraries inside the wheel, under the names that they have there."""
    notes: tuple[str, ...] = ()
    inside: Inside | None = None
    """The certificate inside the wheel, word for word."""
    proof: Proof | None = None
    """Of the backend before it was packed, or of the library."""
    installed: tuple[InstalledCell, ...] = ()
    """Every cell in which the wheel was installed and exercised."""
    not_run: tuple[NotRun, ...] = ()


def text_of(record: Inside | Certificate | Proof) -> str:
    """The one way in which a certificate is written."""
    return to_json(dataclasses.asdict(record))


def parse(cls: type[Record], text: str | bytes, where: str) -> Record:
    """Read a certificate; CertificateError says what is wrong with it."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CertificateError(
            f"{where}: is no JSON ({error})", why="it was cut off, or is no certificate"
        ) from error
    if isinstance(data, dict) and data.get("schema") != SCHEMA:
        raise CertificateError(
            f"{where}: has schema {data.get('schema')!r}, this version reads {SCHEMA}",
            why="it was made by another version of these tools",
            then="verify it with that version, or make the release again",
        )
    try:
        return rebuild(cls, data)
    except FoundFileError as error:
        what = str(error).partition("; run the probe")[0]
        raise CertificateError(
            f"{where}: {what}", why="it was edited, or made by another version of these tools"
        ) from error


def read_certificate(path: Path) -> Certificate:
    """Read the certificate that lies in a file."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from error
    return parse(Certificate, text, path.name)
