# SPDX-License-Identifier: Apache-2.0
"""Can the Pythons of the tags import the extension modules?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from abi3info import DATAS, FUNCTIONS
from packaging.tags import Tag

from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, error, remark, some, warning
from wheels.audit.image import Image
from wheels.audit.reach import MODULE, is_module

CPYTHON = re.compile(r"(?:cp|py)3(?P<minor>\d+)\Z")
PYTHON_2 = re.compile(r"(?:cp|pp|py)2\d*\Z")
STABLE = ("abi3", "abi3t")
TAGGED = re.compile(r"\.(?P<tag>cpython-\d+[a-z]*-[\w-]+|cp\d+t?(?:_d)?-\w+|abi3t?|pypy\d+-[\w-]+|graalpy\d+-[\w-]+)\.(?:so|pyd)\Z")  # fmt: skip  # noqa: E501
PYTHON = re.compile(r"(?:cpython-|cp)3(?P<minor>\d+)(?P<threaded>t?)")
PYPY = re.compile(r"pypy(?P<version>\d+)")
API = ("Py", "_Py")
OWN = ("PyInit_", "PyModExport_", "_PyInit")
ENDS = {"linux": ".so", "macos": ".so", "windows": ".pyd"}
NOT_ABI = "build with Py_LIMITED_API of that version, or tag the wheel for one Python"


def _extensions(facts: Facts) -> Iterator[File]:
    """Files that Python imports."""
    for file in facts.files:
        if is_module(file) or TAGGED.search(file.base):
            yield file


def stable(facts: Facts) -> Iterator[Finding]:
    """What several Pythons are to load uses the stable ABI, and nothing newer than the tag."""
    tags = [tag for tag in facts.wheel.tags if _is_for_many(tag)]
    minors = [int(match["minor"]) for tag in tags if (match := CPYTHON.match(tag.interpreter))]
    if not tags:
        return
    oldest = min(minors, default=None)
    known = _stable_names()
    inside = {name for _, image in facts.images() for name in image.defined if name.startswith(API)}
    for file in facts.files:
        match = TAGGED.search(file.base)
        if match and match["tag"] not in STABLE:
            continue  # told by its suffix
        make = error if match or is_module(file) else warning
        asked = {name for image in file.images for name in image.imported} - inside
        names = sorted(name for name in asked if name.startswith(API))
        foreign = [name for name in names if name not in known and not name.startswith(OWN)]
        newer = [
            f"{name} (3.{known[name]})"
            for name in names
            if oldest is not None and known.get(name, 0) > oldest
        ]
        if foreign:
            yield make(
                "not-abi3", file.name, f"uses {some(foreign)}, no part of the stable ABI", NOT_ABI
            )
        if newer:
            yield make(
                "newer-abi3", file.name, f"uses {some(newer)}, the tag says 3.{oldest}", NOT_ABI
            )


def _is_for_many(tag: Tag) -> bool:
    """Does a tag promise more than one version of Python?"""
    return tag.abi in STABLE or (tag.abi == "none" and tag.interpreter.startswith("py3"))


@lru_cache
def _stable_names() -> Mapping[str, int]:
    """Name -> the minor version of Python 3 that added it to the stable ABI."""
    rows = [*FUNCTIONS.values(), *DATAS.values()]
    return {row.symbol.name: row.added.minor for row in rows}


def entry(facts: Facts) -> Iterator[Finding]:
    """Files named as modules that have no function by which Python could import them."""
    if all(PYTHON_2.match(tag.interpreter) for tag in facts.wheel.tags):
        return
    for file in facts.files:
        if not (TAGGED.search(file.base) or file.base.endswith(ENDS["windows"])):
            continue
        wanted = _entries(file)
        if any(_asks_python(one) and not wanted & one.defined for one in file.images):
            there = sorted(n for one in file.images for n in one.defined if n.startswith(MODULE))
            yield error(
                "no-init", file.name,
                f"does not export {min(wanted)}" + (f", but {some(there)}" if there else "")
                + ": it cannot be imported",
                "name the file as the module, and let the linker export its PyInit function",
            )  # fmt: skip


def _entries(file: File) -> frozenset[str]:
    """The functions that Python looks for in a module of this file name (PEP 489, PEP 793)."""
    name, mark = file.base.partition(".")[0], ""
    if not name.isascii():
        name, mark = name.encode("punycode").decode().replace("-", "_"), "U"
    return frozenset(f"{head.removesuffix('_')}{mark}_{name}" for head in MODULE)


def _asks_python(image: Image) -> bool:
    return any(name.startswith(API) for name in image.imported)


def suffixes(facts: Facts) -> Iterator[Finding]:
    """Extensions whose file name speaks of another Python, or of another platform."""
    pythons = sorted({tag.interpreter for tag in facts.wheel.tags})
    abis = sorted({tag.abi for tag in facts.wheel.tags})
    tagged: dict[str, list[tuple[File, str]]] = {}
    for file in _extensions(facts):
        match = TAGGED.search(file.base)
        if match is not None:
            tagged.setdefault(file.name[: match.start()], []).append((file, match["tag"]))
    for rows in tagged.values():
        fitting = [row for row in rows if _fits(row[1], facts)]
        for file, tag in rows:
            if not _fits(tag, facts):
                text = f"its name is of {tag}, the wheel's tags are of {some(pythons)}"
                if "windows" in facts.systems and tag in STABLE:
                    text = f"its name is of {tag}, which no Python on Windows looks for"
                elif "none" in abis or {*STABLE} & {*abis}:
                    text += f" ({some(abis)}): other Pythons do not find it"
                if fitting or len(rows) > 1:
                    yield remark("other-python", file.name, text)
                else:
                    yield error(
                        "other-python", file.name, f"{text}: it cannot be imported",
                        "build it for the Python of the tag, or change the tag; on Windows a "
                        "module for many Pythons ends in .pyd alone",
                    )  # fmt: skip
            elif finding := _platform(facts, file, tag):
                yield finding


def _fits(suffix: str, facts: Facts) -> bool:
    """Do all Pythons of the tags find a module with this suffix?"""
    pythons = {tag.interpreter for tag in facts.wheel.tags}
    if suffix in STABLE:
        known = any(python.startswith(("cp", "py")) for python in pythons)
        return known and "windows" not in facts.systems
    if match := PYTHON.match(suffix):
        return _is_promised(match, facts)
    pypy = PYPY.match(suffix)
    its = f"pp{pypy['version']}" if pypy else "graalpy"
    return any(python.startswith((its, "py")) for python in pythons)


def _is_promised(match: re.Match[str], facts: Facts) -> bool:
    """Is a tag of this version of CPython, with the lock or without it (`threaded`) as here?"""
    mine = f"cp3{match['minor']}"
    abis = {"none", f"{mine}t"} if match["threaded"] else {"none", mine, f"{mine}m"}
    return any(tag.interpreter == mine and tag.abi in abis for tag in facts.wheel.tags)


def ends(facts: Facts) -> Iterator[Finding]:
    """Modules whose file name ends as no Python of their system looks for."""
    for file in facts.files:
        system = facts.rows.formats.get(file.images[0].format, "") if file.images else ""
        wanted = ENDS.get(system, "")
        defined = {name for image in file.images for name in image.defined}
        if not file.base.endswith(wanted) and _entries(file) & defined:
            yield warning(
                "unknown-ending", file.name,
                f"is a module, and no Python on {system} looks for one unless its name ends in "
                f"{wanted}",
                f"name it {file.base.partition('.')[0]}{wanted}",
            )  # fmt: skip


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
    pythons = sorted({tag.interpreter for tag in facts.wheel.tags})
    abis = sorted({tag.abi for tag in facts.wheel.tags})
    for file, image in facts.images():
        for name in image.needed if image.format == "pe" else ():
            match = re.fullmatch(row.pattern, name.lower())
            if match is None or name.lower() == row.stable:
                continue
            suffix = TAGGED.search(file.base)
            own = PYTHON.match(suffix["tag"]) if suffix else None
            if own and own.groups() == match.group("minor", "threaded"):
                continue
            if not _is_promised(match, facts) or {*STABLE} & {*abis}:
                make = error if suffix or is_module(file) else warning
                yield make(
                    "other-python", file.name,
                    f"needs {name}, the wheel is for {some(pythons)} ({some(abis)})",
                    f"link to {row.stable} (where the tag ends in t, to that Python's own), or tag "
                    "the wheel for that Python",
                )  # fmt: skip
