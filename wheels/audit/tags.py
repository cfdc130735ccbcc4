# SPDX-License-Identifier: Apache-2.0
"""What a platform tag promises: system, architectures, C library or system version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from wheels.audit.rows import Rows

Numbers = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One of auditwheel's policies, for one architecture."""

    name: str
    libraries: frozenset[str]
    versions: Mapping[str, frozenset[str]]
    """GLIBCXX -> the symbol versions that every such system has."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One platform tag."""

    tag: str
    system: str
    machines: tuple[str, ...] = ()
    libc: str = "none"
    floor: Numbers = ()
    """Oldest C library (Linux) or system (macOS)."""
    policy: Policy | None = None
    remark: str = ""


def numbers(text: str) -> Numbers:
    """`2.28` as numbers."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def dotted(version: Numbers) -> str:
    """Numbers as people write them."""
    return ".".join(str(part) for part in version)


def promises(platforms: Iterable[str], rows: Rows) -> tuple[Promise, ...]:
    """One for each platform tag; a tag that nobody knows promises nothing."""
    return tuple(_promise(tag, rows) for tag in platforms)


def _promise(tag: str, rows: Rows) -> Promise:
    for row in rows.platform:
        match = re.fullmatch(row.pattern, tag)
        if match is None:
            continue
        groups = match.groupdict()
        machine = groups.get("machine", "")
        floor = numbers(row.floor) or tuple(
            int(groups[part]) for part in ("major", "minor") if groups.get(part)
        )
        return Promise(
            tag=tag,
            system=row.system,
            machines=rows.machines.get(machine, (machine,) if machine else ()),
            libc=row.libc,
            floor=floor,
            policy=policy_for(row.policy, machine, floor) if row.policy else None,
            remark=row.remark,
        )
    return Promise(tag=tag, system="unknown")


def policy_for(family: str, machine: str, floor: Numbers) -> Policy | None:
    """The newest policy that promises no more than `floor`."""
    fitting = [
        (numbers(row["name"]), row)
        for row in _policies(family)
        if row["name"] != "linux" and machine in row["symbol_versions"]
    ]
    older = [one for one in fitting if one[0] <= floor] or fitting[:1]
    if not older:
        return None
    _, row = max(older, key=lambda one: one[0])
    return Policy(
        name=row["name"],
        libraries=frozenset(row["lib_whitelist"]),
        versions={
            name: frozenset(known) for name, known in row["symbol_versions"][machine].items()
        },
    )


@lru_cache
def _policies(family: str) -> list[dict[str, Any]]:
    """auditwheel's own file."""
    text = (files("auditwheel.policy") / f"{family}-policy.json").read_text(encoding="utf-8")
    table: list[dict[str, Any]] = json.loads(text)
    return table


def newest_policy(family: str) -> Policy:
    """What the newest systems have, for wheels whose tags say nothing."""
    row = max(_policies(family), key=lambda one: numbers(str(one["name"])))
    return Policy(name=str(row["name"]), libraries=frozenset(row["lib_whitelist"]), versions={})
