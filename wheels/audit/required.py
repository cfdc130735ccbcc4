# SPDX-License-Identifier: Apache-2.0
"""Which requirements are installed along, on the systems and Pythons of a wheel's tags?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from wheels.audit.facts import Facts

EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")
MARKERS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
"""What conditions of requirements call the systems."""


def required(facts: Facts) -> dict[str, str]:
    """What is installed along on the systems of the tags, and the extra that asks for it.

    Without an extra: always. A line that nobody can read counts as if it were always so.
    """
    read: dict[str, list[Marker | None]] = {}
    for line in facts.wheel.headers("METADATA").get_all("Requires-Dist") or []:
        try:
            one = Requirement(line)
        except InvalidRequirement:
            continue
        read.setdefault(str(canonicalize_name(one.name)), []).append(one.marker)
    found = dict.fromkeys(set(facts.wheel.requirements) - read.keys(), "")
    machines = list(_environments(facts))
    for name, markers in sorted(read.items()):
        for extra in ("", *EXTRA.findall(" ".join(map(str, markers)))):
            if all(_holds(markers, ways, extra) for ways in machines):
                found.setdefault(name, extra)
    return found


def _holds(markers: list[Marker | None], ways: list[dict[str, str]], extra: str) -> bool:
    """Does one of the conditions hold on a machine, by one of the ways in which it is called?"""
    try:
        return any(
            marker is None or marker.evaluate({**way, "extra": extra})
            for marker in markers
            for way in ways
        )
    except ValueError:  # it compares what has no order
        return True


def _environments(facts: Facts) -> Iterator[list[dict[str, str]]]:
    """For each machine of the tags: what conditions may be told of it."""
    told = [re.fullmatch(r"\D+(\d)(\d+)", tag.interpreter) for tag in facts.wheel.tags]
    pythons = [f"{match[1]}.{match[2]}" for match in told if match]
    versions = [{"python_version": one, "python_full_version": f"{one}.0"} for one in pythons]
    known = facts.rows.machines
    for one in facts.promises:
        systems = [MARKERS[one.system]] if one.system in MARKERS else list(MARKERS.values())
        for machine in one.machines or ("",):
            names = [name for name, real in known.items() if not machine or real == (machine,)]
            yield [
                {**system, **version, "platform_machine": spelled}
                for system in systems
                for version in versions or [{}]
                for name in names
                for spelled in (name, name.upper())
            ]
