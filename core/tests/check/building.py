# SPDX-License-Identifier: Apache-2.0
"""Build trivet-check and backends for the tests, and run the one on the other."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import blas_probe
from blas_probe.choose import LinkFacts

ROOT = Path(__file__).resolve().parents[3]


@functools.cache
def recipes() -> blas_probe.Recipes:
    """The recipes of this checkout."""
    return blas_probe.load_recipes(ROOT / "recipes")


@functools.cache
def found() -> blas_probe.Found:
    """Probe this machine once per session."""
    return blas_probe.probe(recipes=recipes(), environ=os.environ)


def variants() -> tuple[str, ...]:
    """Every variant that the recipes know."""
    return tuple(variant.id for variant in recipes().variants)


def first_served() -> str | None:
    """The variant to build when any will do: a default one before others."""
    rows = sorted(found().variants, key=lambda row: (not row.default, row.speed_class != "good"))
    return next(
        (row.id for row in rows if any(row.id in lib.variants for lib in found().libraries)), None
    )


def tool(name: str) -> str:
    """The program beside this Python, or on PATH."""
    beside = Path(sys.executable).parent / name
    hit = str(beside) if beside.exists() else shutil.which(name)
    if hit is None:
        raise RuntimeError(f"{name} is not installed; next: pip install {name}")
    return hit


def cmake(source: Path, build: Path, *arguments: str) -> None:
    """Configure and build one folder; what went wrong is in the error."""
    ninja = tool("ninja")
    where = ["-S", str(source), "-B", str(build)]
    options = [f"-DCMAKE_MAKE_PROGRAM={ninja}", "-DTRIVET_WERROR=ON", *arguments]
    for command in (
        [tool("cmake"), "-G", "Ninja", *options, *where],
        [ninja, "-C", str(build)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(" ".join(command) + "\n" + done.stdout + done.stderr)


def inputs(variant: str, facts: LinkFacts) -> dict[str, str]:
    """The CMake inputs of a backend."""
    defines = [f"{name}={value}" for name, value in sorted(facts.defines.items())]
    return {
        "TRIVET_BACKEND_ID": variant,
        "TRIVET_BLAS_PROVIDER": facts.provider,
        "TRIVET_BLAS_LIBRARIES": ";".join(str(path) for path in facts.libraries),
        "TRIVET_BLAS_RPATH": ";".join(str(path) for path in facts.rpath_dirs),
        "TRIVET_BLAS_PREFIX": facts.prefix,
        "TRIVET_BLAS_SUFFIX": facts.suffix,
        "TRIVET_BLAS_INT_BITS": str(facts.int_bits),
        "TRIVET_BLAS_COMPLEX_RETURN": facts.complex_return,
        "TRIVET_BLAS_F2C": facts.f2c,
        "TRIVET_BLAS_DEFINES": ";".join(defines),
    }


def build_backend(variant: str, folder: Path) -> Path:
    """Build the backend of a variant that this machine has; BlasProbeError when it has not."""
    facts = found().choose(variant).link_facts()
    configure(ROOT / "core/backends/blas", folder / variant, inputs(variant, facts))
    return folder / variant / f"trivet_backend_{variant.replace('-', '_')}.so"


def configure(source: Path, build: Path, values: Mapping[str, str]) -> None:
    """Build a folder with CMake inputs from a file, as the build stage does."""
    build.mkdir(parents=True, exist_ok=True)
    cache = build / "inputs.cmake"
    rows = [f'set({name} "{value}" CACHE STRING "")\n' for name, value in values.items()]
    cache.write_text("".join(rows), encoding="utf-8")
    cmake(source, build, "-C", str(cache))


def build_check(folder: Path) -> Path:
    """Build trivet-check."""
    cmake(ROOT / "core/check", folder / "check")
    return folder / "check" / "trivet-check"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of trivet-check gave."""

    status: int
    cases: tuple[Mapping[str, Any], ...]
    summary: Mapping[str, Any] | None
    errors: str

    def failed(self) -> list[str]:
        """Names of the cases that failed, with the problem."""
        return [f"{case['case']}: {case['problem']}" for case in self.cases if not case["ok"]]


def run_check(
    program: Path, backend: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> Run:
    """Run trivet-check; every line that it prints must be JSON."""
    done = subprocess.run(
        [str(program), str(backend), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **(environ or {})},
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    summaries = [line["summary"] for line in lines if "summary" in line]
    return Run(
        status=done.returncode,
        cases=tuple(line for line in lines if "case" in line),
        summary=summaries[-1] if summaries else None,
        errors=done.stderr,
    )
