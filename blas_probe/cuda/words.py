# SPDX-License-Identifier: Apache-2.0
"""Toolkits and driver in words, one text for each line of a report."""

from __future__ import annotations

import os
from collections.abc import Sequence

from blas_probe.cuda.toolkit import ArchAnswer, AskedArch, Driver, Lack, Toolkit

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


def asked_texts(answer: ArchAnswer | None, toolkits: Sequence[Toolkit]) -> list[str]:
    """Each architecture of `--cuda-arch`: who makes it, and what the GPUs here run of all."""
    if answer is None:
        return []
    texts = []
    for one in answer.asked:
        makes = [_short(toolkit) for toolkit in toolkits if one.makes[toolkit.root] == "yes"]
        unsure = [_short(toolkit) for toolkit in toolkits if one.makes[toolkit.root] == "unknown"]
        told = f"made by {', '.join(makes)}" if makes else "no toolkit here makes it"
        told += f"; unknown of {', '.join(unsure)}" if unsure else ""
        texts.append(f"  {wanted_name(one)}: {told}")
        texts += [f"    {text}" for text in (*one.refusals, one.cure) if text]
    texts += [f"  GPU {gpu.number} ({gpu.name}): {gpu.by}, {gpu.reason}" for gpu in answer.gpus]
    none = [] if answer.gpus else ["  no GPU is here to compare with"]
    return ["asked architectures:", *texts, *none]


def wanted_name(one: AskedArch) -> str:
    """`sm_90a (SASS and PTX)`."""
    kinds = [name for name, said in (("SASS", one.sass), ("PTX", one.ptx)) if said]
    return f"{'sm' if one.sass else 'compute'}_{one.code} ({' and '.join(kinds)})"


def _short(toolkit: Toolkit) -> str:
    return f"CUDA {toolkit.version or '?'} in {toolkit.root}"


def section(
    toolkits: Sequence[Toolkit], driver: Driver | None, archs: ArchAnswer | None = None
) -> list[str]:
    """All texts under one heading; none where nothing was looked for."""
    nothing = not toolkits and (driver is None or driver.state == "no driver")
    if nothing and archs is None:
        return []
    texts = [text for one in toolkits for text in toolkit_texts(one)]
    texts += [] if toolkits else ["no toolkit was found"]
    every = (*texts, *driver_texts(driver), *asked_texts(archs, toolkits))
    return ["CUDA:", *(f"  {text}" for text in every)]
