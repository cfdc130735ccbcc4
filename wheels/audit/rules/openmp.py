# SPDX-License-Identifier: Apache-2.0
"""How many OpenMP run-times, and how many copies of one library?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement

from blas_probe.library import UNKNOWN
from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, error, remark, some, warning
from wheels.audit.inside import provider
from wheels.audit.rows import matches

HASH = re.compile(r"[-_](?:[0-9a-f]{8}|[0-9a-f]{32})(?=[-.])")
ALONE = "each starts threads of its own"
VERSION = re.compile(r"\.so[.\d]*$|(?:[.-]\d+)*\.(?:dylib|dll)$")


def runtimes(facts: Facts) -> Iterator[Finding]:
    """Two OpenMP run-times in one process."""
    found = _found(facts)
    known = {one.name: one for one in facts.recipes.runtimes}
    for first, other in combinations_with_replacement(sorted(found), 2):
        inside = [name for name, how in found[first].items() if how == "inside"]
        if first == other and len({facts_hash(facts, name) for name in inside}) < 2:
            continue
        rows = [(known[first], other), (known[other], first)]
        told = [row.text for one, name in rows for row in one.clash if row.other == name]
        files = sorted({*found[first], *found[other]})
        what = f"{first} and {other}" if first != other else f"several copies of {first}"
        make = error if first != other else warning
        yield make(
            "two-openmp", files[0],
            f"{what} can meet in one process ({some(files)}): {[*told, ALONE][0]}",
            "link everything to one OpenMP run-time",
        )  # fmt: skip


def _found(facts: Facts) -> dict[str, dict[str, str]]:
    """Run-time -> the files that are one, or need one from outside."""
    found: dict[str, dict[str, str]] = {}
    own = {file.base for file in facts.files}
    for file, image in facts.images():
        own.add(image.soname or file.base)
        for name in file.runtimes:
            found.setdefault(name, {})[file.name] = "inside"
    for file, image in facts.images():
        for needed in image.needed:
            last = needed.rpartition("/")[2]
            for one in facts.recipes.runtimes:
                if one.api == "openmp" and last not in own and matches(last, one.files):
                    found.setdefault(one.name, {}).setdefault(file.name, f"needs {last}")
    return found


def copies(facts: Facts) -> Iterator[Finding]:
    """Two versions of one library, or two BLAS of one kind, in one wheel."""
    groups: dict[tuple[str, str], list[str]] = {}
    for file in facts.files:
        if file.images and file.images[0].library and _is_library(file.base):
            for machine in {image.machine for image in file.images}:
                groups.setdefault((machine, stem(file.base)), []).append(file.name)
    for (_, name), files in sorted(groups.items()):
        if len(files) > 1 and len({facts_hash(facts, one) for one in files}) > 1:
            make = _severity(facts, files)
            yield make(
                "two-copies", files[0], f"{len(files)} copies of {name}: {some(files)}",
                "let everything use one; rebuild what brings the other",
            )  # fmt: skip
    blas: dict[tuple[str, object, str], list[str]] = {}
    for file in facts.files:
        if file.blas is not None and file.blas.has_blas and file.blas.int_bits != UNKNOWN:
            key = (file.blas.provider, file.blas.int_bits, file.images[0].machine)
            blas.setdefault(key, []).append(file.name)
    for files in blas.values():
        if len(files) > 1 and len({stem(one.rpartition("/")[2]) for one in files}) > 1:
            first = next(one for one in facts.files if one.name == files[0])
            assert first.blas is not None
            yield warning(
                "two-copies", files[0],
                f"{provider(first.blas)} is inside {len(files)} times: {some(files)}",
                "let everything use one",
            )  # fmt: skip


def public_names(facts: Facts) -> Iterator[Finding]:
    """Copies that kept the name by which every process knows the library (not on macOS)."""
    needed = {name.lower() for _, image in facts.images() for name in image.needed}
    for file, image in facts.images():
        name = (image.soname if image.format == "elf" and image.soname else file.base).lower()
        own = facts.rows.bringing(file.base, [facts.wheel.distribution])
        if image.format == "mach-o" or own or HASH.search(name) or name not in needed:
            continue
        if matches(name, facts.rows.public.libraries):
            yield warning(
                "public-name", file.name,
                f"is known as {name}, as other wheels' copies of it are: the one that a process "
                "loads first serves all of them",
                "give it a name of its own: auditwheel repair, delvewheel repair",
            )  # fmt: skip


def _severity(facts: Facts, names: list[str]) -> Callable[..., Finding]:
    """Copies with names of their own that start no threads cost memory only."""
    files = [file for file in facts.files if file.name in names]
    sonames = [image.soname or file.base for file in files for image in file.images[:1]]
    threads = any(file.runtimes or (file.blas and file.blas.has_blas) for file in files)
    return warning if threads or len(set(sonames)) < len(sonames) else remark


def facts_hash(facts: Facts, name: str) -> str:
    """The hash of a member."""
    return next(member.sha256 for member in facts.wheel.members if member.name == name)


def _is_library(name: str) -> bool:
    return name.startswith("lib") or name.lower().endswith(".dll")


def stem(name: str) -> str:
    """`libgfortran-67378ab2.so.5.0.0` is `libgfortran`."""
    while (shorter := HASH.sub("", name, count=1)) != name:
        name = shorter
    return VERSION.sub("", name).lower()
