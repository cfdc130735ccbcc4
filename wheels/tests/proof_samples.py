# SPDX-License-Identifier: Apache-2.0
"""Verdicts, proofs and certificates for tests; nothing here was measured."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from wheels.fingerprint import sha256
from wheels.proof.certificate import Certificate, Host, Inside, Proof, ProvenLibrary
from wheels.proof.verdict import Rate, Speed, Verdict, Worst

VERDICT = Verdict(
    failures=(),
    cases={"behaviour": 3, "numeric": 1900, "speed": 4},
    worst=(Worst(op="gemm", ratio=2.0, threshold=16.0, case="dgemm 65x65x65"),),
    speeds=(Speed(type="d", share=0.8, gflops=40.0, case="dgemm 512"),),
    defects=(),
    floor=0.4,
)
SOME_LIBRARY = ProvenLibrary(
    file="libfast.so.1",
    sha256="ab",
    size=7,
    soname="libfast.so.1",
    build_id=None,
    provider="fast",
    version="1.2",
    lapack_version="3.12",
    source="path",
    thread_layer="serial",
    int_bits=32,
)
PROOF = Proof(
    backend="trivet_backend_fast.so",
    sha256="cd",
    libraries=(SOME_LIBRARY,),
    paths=("/opt/libfast.so.1",),
    linked={},
    core=None,
    host=Host(cpu="A CPU", model="unknown", machine="x86_64", system="Linux", threads=2),
    toolchain="gcc 12",
    checks="ef",
    program="01",
    mode="quick",
    speed_class="good",
    tools={"python": "3.12"},
    verdict=VERDICT,
)
INSIDE = Inside(
    id="fast",
    provider="fast",
    origin="release",
    scores={"dgemm": 0.8},
    speed_class="good",
    floor=0.4,
    int_bits=32,
    interface=1,
    checked="1903 cases held",
    cases={"behaviour": 3, "numeric": 1900},
    thresholds={"gemm": 16.0},
    defects=(),
    libraries=(SOME_LIBRARY,),
    files={},
    toolchain="gcc 12",
    checks="ef",
)


def rate(share: float, noise: float | None = 0.01, case: str = "dtrsm 256") -> Rate:
    """A measured speed."""
    return Rate(
        case=case, op="trsm", type="d", shape=(256,), threads=1, gflops=9.0, share=share,
        noise=noise,
    )  # fmt: skip


def certificate_for(wheel: Path, name: str, inside: Inside | None = None) -> Certificate:
    """A green certificate of a wheel file."""
    return Certificate(
        kind="artefact",
        id=name,
        green=True,
        failures=(),
        file=wheel.name,
        sha256=sha256(wheel),
        size=wheel.stat().st_size,
        tag="py3-none-any",
        inside=inside,
        proof=dataclasses.replace(PROOF) if inside else None,
    )
