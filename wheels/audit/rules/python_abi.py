# SPDX-License-Identifier: Apache-2.0
"""Can the Pythons of the tags import the extension modules?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from abi3info import DATAS, FUNCTIONS

from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, error, remark, some, warning

CPYTHON = re.compile(r"cp3(?P<minor>\d+)\Z")
STABLE = "abi3"
TAGGED = re.compile(r"\.(?P<tag>cpython-\d+t?d?-[\w-]+|cp\d+t?(?:_d)?-\w+|abi3t?|pypy\d+-[\w-]+|graalpy\d+-[\w-]+)\.(?:so|pyd)\Z")  # fmt: skip  # noqa: E501
PYTHON = re.compile(r"(?:cpython-|cp)3(?P<minor>\d+)(?P<threaded>t?)")
MODULE = ("PyInit_", "PyModExport_")
OWN = ("PyInit_", "PyModExport_", "_PyInit")
NOT_ABI = "build with Py_LIMITED_API of that version, or tag the wheel for one Python"


def _extensions(facts: Facts) -> Iterator[File]:
    """Files that Python imports."""
    for file in facts.files:
        names = {name for image in file.images for name in image.defined}
        if any(name.startswith(MODULE) for name in names) or TAGGED.search(file.base):
            yield file


def stable(facts: Facts) -> Iterator[Finding]:
    """Extensions of a wheel for the stable ABI use nothing else, and nothing newer."""
    minors = [
        int(match["minor"])
        for tag in facts.wheel.tags
        if tag.abi == STABLE and (match := CPYTHON.match(tag.interpreter))
    ]
    if not minors:
        return
    oldest = min(minors)
    known = _stable_names()
    for file in _extensions(facts):
        if (match := TAGGED.search(file.base)) and not match["tag"].startswith(STABLE):
            continue  # told by its suffix
        asked = {name for image in file.images for name in image.imported}
        names = sorted(name for name in asked if name.startswith(("Py", "_Py")))
        foreign = [name for name in names if name not in known and not name.startswith(OWN)]
        newer = [f"{name} (3.{known[name]})" for name in names if known.get(name, 0) > oldest]
        if foreign:
            yield error(
                "not-abi3", file.name, f"uses {some(foreign)}, no part of the stable ABI", NOT_ABI
            )
        if newer:
            yield error(
                "newer-abi3", file.name, f"uses {some(newer)}, the tag says 3.{oldest}", NOT_ABI
            )


@lru_cache
def _stable_names() -> Mapping[str, int]:
    """Name -> the minor version of Python 3 that added it to the stable ABI."""
    rows = [*FUNCTIONS.values(), *DATAS.values()]
    return {row.symbol.name: row.added.minor for row in rows}


def suffixes(facts: Facts) -> Iterator[Finding]:
    """Extensions whose file name speaks of another Python, or of another platform."""
    pythons = {tag.interpreter for tag in facts.wheel.tags}
    abis = {tag.abi for tag in facts.wheel.tags}
    tagged: dict[str, list[tuple[File, str]]] = {}
    for file in _extensions(facts):
        match = TAGGED.search(file.base)
        if match is not None:
            tagged.setdefault(file.name[: match.start()], []).append((file, match["tag"]))
    for rows in tagged.values():
        fitting = [row for row in rows if _fits(row[1], pythons, abis)]
        for file, tag in rows:
            if not _fits(tag, pythons, abis):
                text = f"its name is of {tag}, the wheel's tags are of {some(sorted(pythons))}"
                if STABLE in abis or "none" in abis:
                    text += f" ({some(sorted(abis))}): other Pythons do not find it"
                if fitting or len(rows) > 1:
                    yield remark("other-python", file.name, text)
                else:
                    yield error(
                        "other-python", file.name, f"{text}: it cannot be imported",
                        "build it for the Python of the tag, or change the tag",
                    )  # fmt: skip
            elif finding := _platform(facts, file, tag):
                yield finding


def _fits(suffix: str, pythons: set[str], abis: set[str]) -> bool:
    """Do all Pythons of the tags find a module with this suffix?"""
    if suffix.startswith(STABLE):
        return True
    match = PYTHON.match(suffix)
    if match is None:
        return any(python.startswith(("pp", "graalpy", "py")) for python in pythons)
    mine = f"cp3{match['minor']}"
    return mine in pythons and f"{mine}{match['threaded']}" in abis


def _platform(facts: Facts, file: File, suffix: str) -> Finding | None:
    """The rest of a suffix names architecture, system and C library."""
    machines = {image.machine for image in file.images}
    libcs = {promise.libc for promise in facts.promises}
    wrong = ""
    for word, known in facts.rows.suffix_machines.items():
        if word in suffix and machines and not machines.intersection(known):
            wrong = known[0]
    for end, libc in facts.rows.suffix_libcs.items():
        if suffix.endswith(end) and "none" not in libcs and libc not in libcs:
            wrong = libc
    if not wrong:
        return None
    return error(
        "other-platform", file.name,
        f"its name is of {wrong}: the Pythons of the tag do not find it",
        "name it as that Python's EXT_SUFFIX says",
    )  # fmt: skip


def python_library(facts: Facts) -> Iterator[Finding]:
    """Windows: the library names the Python that it was made for."""
    row = facts.rows.python_dll
    pythons = {tag.interpreter for tag in facts.wheel.tags}
    abis = {tag.abi for tag in facts.wheel.tags}
    for file, image in facts.images():
        for name in image.needed if image.format == "pe" else ():
            match = re.fullmatch(row.pattern, name.lower())
            if match is None or name.lower() == row.stable:
                continue
            suffix = TAGGED.search(file.base)
            if suffix and (own := PYTHON.match(suffix["tag"])) and own["minor"] == match["minor"]:
                continue
            if f"cp3{match['minor']}" not in pythons or STABLE in abis:
                make = error if TAGGED.search(file.base) or _is_module(image.defined) else warning
                yield make(
                    "other-python", file.name,
                    f"needs {name}, the wheel is for {some(sorted(pythons))} "
                    f"({some(sorted(abis))})",
                    f"link to {row.stable}, or tag the wheel for that Python",
                )  # fmt: skip


def _is_module(names: frozenset[str]) -> bool:
    return any(name.startswith(MODULE) for name in names)
