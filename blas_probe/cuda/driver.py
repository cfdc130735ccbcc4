# SPDX-License-Identifier: Apache-2.0
"""The driver and its GPUs, as NVML or the driver library tell in a child; `no driver` otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.cuda.libraries import RunChild
from blas_probe.cuda.pieces import from_number
from blas_probe.cuda.toolkit import Device, Driver
from blas_probe.recipe.cuda import DriverFiles
from blas_probe.search.places import LOADER_VARIABLES, Machine, cached_paths, read_bytes

CHILD = "blas_probe.cuda.driver_child"
STUB = (
    "the loader takes the stub {0} for the driver; remove its folder from LD_LIBRARY_PATH and "
    "/etc/ld.so.conf: a stub is for linking only"
)

ALONE = (
    "NVML is there, the driver library is not: programs find no GPU; install the driver whole, or "
    "give the container its compute part (NVIDIA_DRIVER_CAPABILITIES=compute,utility)"
)


def can_be_opened(names: Sequence[str], machine: Machine) -> bool:
    """May the loader find one of these? Asked first, because most machines have no driver."""
    if os.name != "posix":
        return True
    plain = [name for name in names if "/" not in name]
    cached = cached_paths(read_bytes(machine.at("/etc/ld.so.cache")))
    folders = [
        Path(folder)
        for variable in LOADER_VARIABLES[:2]
        for folder in machine.environ.get(variable, "").split(os.pathsep)
        if folder
    ]
    triplet = machine.triplet
    usual = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", f"/lib/{triplet}", f"/usr/lib/{triplet}"]
    folders += [machine.at(text) for text in usual]
    return (
        any(text.rsplit("/", 1)[-1] in plain for text in cached)
        or any((folder / name).exists() for folder in folders for name in plain)
        or any(machine.at(name).exists() for name in names if "/" in name)
    )


def ask_driver(files: DriverFiles, run: RunChild) -> Driver:
    """One record, whatever happens."""
    request = {"nvml": list(files.nvml), "cuda": list(files.cuda), "stubs": files.stubs}
    outcome = run(request, CHILD)
    return from_findings(outcome.findings, outcome.ending)


def from_findings(findings: Mapping[str, Any], ending: str | None) -> Driver:
    """Join what the two libraries told: NVML's words first."""
    nvml, cuda = _table(findings.get("nvml")), _table(findings.get("cuda"))
    devices = nvml.get("devices") or cuda.get("devices") or []
    problems = [str(one["problem"]) for one in (nvml, cuda) if "problem" in one]
    problems += [STUB.format(one["library"]) for one in (nvml, cuda) if one.get("stub")]
    problems += [ALONE] if "version" in nvml and cuda.get("absent") else []
    problems += [f"the driver's library {ending}"] if ending is not None else []
    number = _number(nvml.get("cuda")) or _number(cuda.get("cuda"))
    answered = number is not None or "version" in nvml
    if not answered and not problems:
        return Driver(state="no driver")
    library = nvml.get("library") or cuda.get("library")
    return Driver(
        state="found" if answered and (devices or not problems) else "broken",
        version=_text(nvml.get("version")),
        cuda=from_number(number) if number is not None else None,
        library=_text(library),
        devices=tuple(_device(one) for one in devices if isinstance(one, dict)),
        problem="; ".join(dict.fromkeys(problems)) or None,
    )


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    return value if type(value) is int and value >= 1000 else None


def _device(told: Mapping[str, Any]) -> Device:
    memory = told.get("memory_mib")
    return Device(
        name=_text(told.get("name")) or "unknown",
        capability=_text(told.get("capability")),
        memory_mib=memory if type(memory) is int else None,
    )
