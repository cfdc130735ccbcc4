# SPDX-License-Identifier: Apache-2.0
"""Machine code: which extensions does a file use, does it ask for them, what runs at load?"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wheels.audit.image import Part, Section
from wheels.audit.rows import Rows

DEPTH = 2
"""So many calls are followed from a function that runs at load."""
MOST_FUNCTIONS = 2000


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What all code of a file uses."""

    counts: Mapping[str, int]
    """Extension -> number of its instructions."""
    asks: bool
    """An instruction that tells the extensions is there."""
    any: bool
    """At least one such instruction was met, even if it may have been data."""
    users: int = 0
    """Functions that use extensions, as far as they were counted; 0: they were not."""


@dataclass
class Function:
    """What one function does."""

    uses: dict[str, int] = field(default_factory=dict)
    """Extension -> address of its first instruction."""
    first: dict[str, int] = field(default_factory=dict)
    """Those that come before the first branch, call or question."""
    asks: bool = False
    calls: set[int] = field(default_factory=set)


class Machine(Protocol):
    """A reader for one architecture."""

    def scan(self) -> Scan:
        """Look at all code."""

    def function(self, address: int) -> Function:
        """Follow one function."""


@dataclass(frozen=True, kw_only=True)
class AtLoad:
    """An extension that is used by what runs when a file is loaded."""

    extension: str
    address: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Used:
    """The extensions of one architecture of a file."""

    machine: str
    counts: Mapping[str, int]
    asks: bool
    at_load: tuple[AtLoad, ...]
    users: int
    """See `Scan.users`."""


def code_sections(part: Part) -> list[Section]:
    """Sections with code that lie in the file."""
    most = len(part.data)
    return [one for one in part.image.sections if one.code and one.offset + one.size <= most]


def named(part: Part, globs: Iterable[str]) -> frozenset[str]:
    """Those names that a part takes from others which fit one of the globs."""
    form = re.compile("|".join(fnmatch.translate(glob) for glob in globs), re.IGNORECASE)
    image = part.image
    return frozenset(name for name in {*image.imported, *image.slots.values()} if form.match(name))


def look(part: Part, rows: Rows) -> Used | None:
    """Read all code of a part; None where the architecture is not known."""
    from wheels.audit.code import aarch64, x86

    readers: Mapping[str, Callable[[Part, Rows], Machine]] = {
        "x86_64": x86.X86,
        "i386": x86.X86,
        "aarch64": aarch64.Aarch64,
    }
    image = part.image
    if image.machine not in readers:
        return None
    machine = readers[image.machine](part, rows)
    seen = machine.scan()
    asks = seen.asks or image.chooses or bool(named(part, rows.asking.imports))
    found = _at_load(machine, _starts(part)) if seen.any else ()
    return Used(machine=image.machine, counts=dict(sorted(seen.counts.items())), asks=asks,
                at_load=found, users=seen.users)  # fmt: skip


def _starts(part: Part) -> dict[int, str]:
    """What the loader calls, and what Python calls when it imports."""
    image = part.image
    found = dict(image.starts)
    for name, address in image.exports.items():
        if name.startswith("PyInit_"):
            found[address] = f"the function {name}"
    return dict(sorted(found.items()))


def _at_load(machine: Machine, starts: Mapping[int, str]) -> tuple[AtLoad, ...]:
    """Extensions in functions that are called at load, but for those that ask first."""
    known: dict[int, Function] = {}

    def function(address: int) -> Function:
        if address not in known and len(known) < MOST_FUNCTIONS:
            known[address] = machine.function(address)
        return known.get(address) or Function(asks=True)

    def asks(address: int, depth: int, seen: set[int]) -> bool:
        one = function(address)
        if one.asks:
            return True
        seen.add(address)
        new = one.calls - seen if depth else set()
        return any(asks(target, depth - 1, seen) for target in sorted(new))

    found: dict[str, AtLoad] = {}

    def follow(address: int, why: str, depth: int, seen: set[int]) -> None:
        if address in seen:
            return
        seen.add(address)
        one, chooses = function(address), asks(address, 3, set())
        for extension, place in (one.first if chooses else one.uses).items():
            found.setdefault(extension, AtLoad(extension=extension, address=place, why=why))
        for target in sorted(one.calls) if depth and not chooses else ():
            follow(target, why, depth - 1, seen)

    seen: set[int] = set()
    for start, why in starts.items():
        follow(start, why, DEPTH, seen)
    return tuple(found[name] for name in sorted(found))
