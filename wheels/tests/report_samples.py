# SPDX-License-Identifier: Apache-2.0
"""Certificates of a release with a bit of everything; nothing here was measured."""

from __future__ import annotations

import dataclasses

from wheels.proof.certificate import Certificate, InstalledCell, Proof
from wheels.proof.verdict import Behaviour, NotRun, Rate, Scaling, Speed, Verdict, Worst
from wheels.report.collect import Fate, Release
from wheels.tests.proof_samples import PROOF, SOME_LIBRARY

OPS = (
    *("asum", "axpy", "dotc", "gemm", "gemv", "geqrf", "gesdd", "getrf", "heevd", "herk", "nrm2"),
    *("potrf", "scal", "symm", "syr2k", "syrk", "trmm", "trmv", "trsm", "trsv", "trtri", "unmqr"),
)
CASES = ("thread counts", "concurrent callers", "fork after threads", "small stacks")
HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=a()>\u202e\x00\ud800&\"'"
ANSWERED = {"id": "fast"}
DEFECT = "a forked process hangs in its first call with threads"
NO_ROOM = NotRun(what="thread scaling", why="no case was measured with several threads")


def verdict(*, worst: float = 2.0, speed: float = 0.8, threads: int = 2) -> Verdict:
    """A green verdict with all there is to draw."""
    rates = [_rate(op, type_, speed) for op in ("gemm", "syrk", "getrf") for type_ in "sdcz"]
    more = [dataclasses.replace(row, threads=threads) for row in rates[:4]]
    return Verdict(
        failures=(),
        cases={"behaviour": 4, "numeric": 1912, "speed": 16},
        worst=tuple(
            Worst(op=op, ratio=worst * (1 + place) / 4, threshold=16.0, case=f"d{op} 65x65x65")
            for place, op in enumerate(OPS)
        ),
        speeds=tuple(
            Speed(type=type_, share=speed, gflops=50.0, case=f"{type_}gemm 512") for type_ in "sdcz"
        ),
        rates=(*rates, *more),
        scaling=tuple(
            Scaling(case=row.case, threads=threads, factor=0.9 * threads) for row in more
        ),
        behaviours=tuple(Behaviour(case=case, held=True, detail="seen") for case in CASES),
        defects=(),
        floor=0.4,
        answered={"core": "Fast", "peak_double": "59.1"},
    )


def _rate(op: str, type_: str, part: float) -> Rate:
    name, shape = f"{type_}{op} 512", (512, 512, 512)
    return Rate(case=name, op=op, type=type_, shape=shape, threads=1, gflops=60 * part, share=part)


def proof(verdict: Verdict, **words: str) -> Proof:
    """A proof of its own file."""
    name = words.get("name", "fast")
    library = dataclasses.replace(SOME_LIBRARY, version=words.get("version", "1.2"))
    backend = f"trivet_backend_{name}.so"
    return dataclasses.replace(
        PROOF, backend=backend, sha256=name, libraries=(library,), verdict=verdict
    )


def wheel(name: str, proof: Proof | None, *cells: InstalledCell) -> Certificate:
    """The certificate of a shipped wheel."""
    return Certificate(
        kind="artefact",
        id=name,
        green=True,
        failures=(),
        file=f"{name.replace('-', '_')}-1.0-py3-none-any.whl",
        sha256="ab",
        size=7,
        tag="py3-none-any",
        proof=proof,
        installed=cells,
        not_run=proof.verdict.not_run if proof else (),
    )


def cell(name: str, verdict: Verdict | None = None, *failures: str) -> InstalledCell:
    """An installed cell."""
    return InstalledCell(
        id=name, python="3.12.1", wheels={}, failures=failures, answered=ANSWERED, verdict=verdict
    )


def cell_certificate(one: InstalledCell) -> Certificate:
    """The certificate that `release` leaves of a cell."""
    return Certificate(
        kind="cell",
        id=one.id,
        green=not one.failures,
        failures=one.failures,
        file=None,
        sha256=None,
        size=None,
        tag=None,
        installed=(one,),
    )


def backend(name: str, proof: Proof) -> Certificate:
    """The certificate of a backend that is not packed."""
    good = proof.verdict.green
    return dataclasses.replace(
        wheel(name, proof),
        kind="backend",
        green=good,
        failures=proof.verdict.failures,
        file=proof.backend,
    )


def broken() -> Verdict:
    """One operation over its threshold, one behaviour that did not hold, hostile words."""
    good = verdict(worst=1.0, speed=0.3)
    bad = [dataclasses.replace(row, ratio=99.0) for row in good.worst if row.op == "trsm"]
    behaviours = (Behaviour(case="small stacks", held=False, detail=HOSTILE), *good.behaviours[:3])
    return dataclasses.replace(
        good,
        failures=(
            "dtrsm 65x65x65: ratio 99.0 over the threshold 16.0",
            f"small stacks: {HOSTILE}",
            f"dgemm 512: reaches 0.30 of the FMA peak, the floor is 0.40 {'long ' * 400}",
        ),
        worst=(*bad, *(row for row in good.worst if row.op != "trsm")),
        behaviours=behaviours,
        defects=(DEFECT,),
        scaling=(),
        not_run=(NO_ROOM,),
    )


def release() -> list[Certificate]:
    """Two good wheels, one cell that was checked, one that was not, one backend that failed."""
    fast = proof(verdict())
    first = cell("cp312-manylinux_2_28_x86_64-fast_lp64-cpu", verdict(worst=1.5))
    second = cell("cp313-manylinux_2_28_x86_64-fast_lp64-cpu")
    return [
        wheel("trivet-cp312-manylinux_2_28_x86_64", fast, first, second),
        wheel("blas-probe-any", None, cell("blas-probe-any")),
        cell_certificate(first),
        cell_certificate(cell("cp312-odd", verdict(), "import failed: no module named 'x'")),
        backend("backend-slow-manylinux_2_28_x86_64", proof(broken(), name="slow")),
    ]


RELEASE = Release(
    project="trivet",
    version="1.0",
    commit="0123456789abcdef",
    date="2026-01-01",
    fates=(
        Fate(artefact="trivet-cp312-manylinux_2_28_x86_64", status="shipped", reason=""),
        Fate(artefact="blas-probe-any", status="shipped", reason=""),
        Fate(
            artefact="backend-slow-manylinux_2_28_x86_64", status="FAILED", reason="trsm is wrong"
        ),
        Fate(artefact="backend-other-any", status="FAILED", reason="auditwheel refused it"),
        Fate(artefact="backend-later-any", status="not run", reason=""),
    ),
    cells=("cp312-manylinux_2_28_x86_64-fast_lp64-cpu", "cp312-odd", "cp311-not-made"),
    backends=("backend-slow-manylinux_2_28_x86_64",),
)
