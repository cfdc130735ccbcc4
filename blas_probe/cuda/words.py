# SPDX-License-Identifier: Apache-2.0
"""Toolkits and driver in words, one text for each line of a report."""

from __future__ import annotations

import os
from collections.abc import Sequence

from blas_probe.cuda.toolkit import Driver, Lack, Toolkit

CAN = {"yes": "can", "no": "cannot", "unknown": "may not be able to"}


def toolkit_texts(toolkit: Toolkit) -> list[str]:
    """What it is, what it can do, what it lacks and what is wrong with it."""
    version = f"CUDA {toolkit.version}" if toolkit.version else "CUDA of unknown version"
    where = toolkit.root
    if len(toolkit.roots) > 1:
        where = f"{os.path.commonpath(toolkit.roots)} ({len(toolkit.roots)} folders)"
    texts = [f"{version}  {where}  ({toolkit.source})", f"  {_abilities(toolkit)}"]
    if toolkit.archs:
        inferred = " (inferred)" if toolkit.archs_by == "table" else ""
        texts.append(f"  architectures{inferred}: sm_" + " ".join(toolkit.archs))
    if toolkit.host_limits:
        limits = "; ".join(f"{name} {text}" for name, text in sorted(toolkit.host_limits.items()))
        texts.append(f"  host compilers that it takes: {limits}")
    texts += [f"  lacks {text}" for text in lacking(toolkit.lacks)]
    texts += [f"  problem: {text}" for text in toolkit.problems]
    return [*texts, *(f"  note: {text}" for text in toolkit.notes)]


def _abilities(toolkit: Toolkit) -> str:
    host = next((one for one in toolkit.host_compilers if one.role != "installed"), None)
    with_ = f" with {host.family} {host.version}" if host and toolkit.compiles == "yes" else ""
    compiles = f"{CAN[toolkit.compiles]} compile{with_}"
    links = f"{CAN[toolkit.links]} be linked by -l names"
    needed = f" (needs {toolkit.driver_needed} or newer)" if toolkit.driver_needed else ""
    return f"{compiles}; {links}; driver: {toolkit.driver_state}{needed}"


def lacking(lacks: Sequence[Lack]) -> list[str]:
    """The missing pieces with what each is for; those with one kind of cure together."""
    groups: dict[str, list[Lack]] = {}
    for one in lacks:
        kind = "pip install" if one.cure.startswith("pip install ") else one.cure
        groups.setdefault(kind, []).append(one)
    return [f"{_pieces(group)}: {_cure(kind, group)}" for kind, group in groups.items()]


def _pieces(group: Sequence[Lack]) -> str:
    purposes: dict[str, list[str]] = {}
    for one in group:
        purposes.setdefault(one.needed_for, []).append(one.part)
    return "; ".join(f"{', '.join(parts)} (for: {why})" for why, parts in purposes.items())


def _cure(kind: str, group: Sequence[Lack]) -> str:
    if kind != "pip install":
        return kind
    return "pip install " + " ".join(dict.fromkeys(one.cure.split()[-1] for one in group))


def driver_texts(driver: Driver | None) -> list[str]:
    """The driver and each GPU."""
    if driver is None:
        return []
    if driver.state == "no driver":
        return [
            "no driver: neither NVML nor the driver library is there; nothing runs on a GPU here"
        ]
    version = f" {driver.version}" if driver.version else ""
    newest = f", runs CUDA up to {driver.cuda}" if driver.cuda else ""
    head = f"driver{version}{newest}  {driver.library or ''}".rstrip()
    texts = [head if driver.state == "found" else f"{head}  broken: {driver.problem}"]
    for number, one in enumerate(driver.devices):
        memory = f", {one.memory_mib} MiB" if one.memory_mib is not None else ""
        texts.append(f"  GPU {number}: {one.name}, capability {one.capability or '?'}{memory}")
    return texts


def section(toolkits: Sequence[Toolkit], driver: Driver | None) -> list[str]:
    """All texts under one heading; none where nothing was looked for."""
    if not toolkits and (driver is None or driver.state == "no driver"):
        return []
    texts = [text for one in toolkits for text in toolkit_texts(one)]
    return ["CUDA:", *(f"  {text}" for text in (*texts, *driver_texts(driver)))]
