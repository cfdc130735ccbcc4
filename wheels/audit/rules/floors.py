# SPDX-License-Identifier: Apache-2.0
"""Is the oldest system that the tag promises new enough for the files?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, error, some
from wheels.audit.image import Image
from wheels.audit.tags import Promise, dotted, numbers

GLIBC = re.compile(r"GLIBC_(\d[\d.]*)\Z")
VERSION = re.compile(r"(?P<name>[A-Z]+)_(?P<version>\d[\w.]*)\Z")


def _linux(facts: Facts, libc: str) -> Iterator[tuple[Promise, File, Image]]:
    for promise in facts.promises:
        if promise.system == "linux" and promise.libc == libc:
            for file, image in facts.images():
                if image.format == "elf":
                    yield promise, file, image


def glibc(facts: Facts) -> Iterator[Finding]:
    """Symbols of a newer C library than the tag's."""
    for promise, file, image in _linux(facts, "glibc"):
        wanted = {name: numbers(m[1]) for _, name in image.versions if (m := GLIBC.match(name))}
        newer = sorted((name for name, at in wanted.items() if at > promise.floor), key=numbers)
        if newer:
            yield error(
                "glibc-floor", file.name,
                f"needs {some(newer[::-1])}, the tag {promise.tag} promises glibc "
                f"{dotted(promise.floor)}",
                "build against an older C library, or let auditwheel give the right tag",
            )  # fmt: skip


def private(facts: Facts) -> Iterator[Finding]:
    """Pieces of one C library, copied: they fit no other release of it."""
    for file, image in facts.images():
        takers = [library for library, name in image.versions if name == "GLIBC_PRIVATE"]
        if takers and image.library:
            yield error(
                "glibc-private", file.name,
                f"needs what glibc keeps for itself (GLIBC_PRIVATE of {some(takers)}): it fits the "
                "release of glibc that it was copied from, and no other",
                "leave the C library's own files out of the wheel",
            )  # fmt: skip


def other_versions(facts: Facts) -> Iterator[Finding]:
    """Symbols of a newer C++ or compiler's library than the policy of the tag allows."""
    own = {file.base for file in facts.files} | {
        image.soname for _, image in facts.images() if image.soname
    }
    for promise, file, image in _linux(facts, "glibc"):
        if promise.policy is None:
            continue
        newer = []
        for library, name in image.versions:
            match = VERSION.match(name)
            if library in own or match is None or match["name"] in ("GLIBC", "GLIBC_ABI"):
                continue
            known = promise.policy.versions.get(match["name"])
            if known is not None and match["version"] not in known:
                newer.append(f"{name} of {library}")
        if newer:
            yield error(
                "symbol-version", file.name,
                f"needs {some(sorted(newer))}, which {promise.policy.name} systems need not have",
                "build with that policy's toolchain, or bundle the library (auditwheel repair)",
            )  # fmt: skip


def libc(facts: Facts) -> Iterator[Finding]:
    """Files of the other C library."""
    for promise, file, image in _linux(facts, "glibc"):
        if image.platform == "linux-musl":
            yield error(
                "wrong-libc", file.name, f"is linked to musl, the tag {promise.tag} is glibc's"
            )
    for promise, file, image in _linux(facts, "musl"):
        if image.platform == "linux-glibc":
            wanted = sorted({name for _, name in image.versions if name.startswith("GLIBC_")})
            yield error(
                "wrong-libc", file.name,
                f"is linked to glibc ({some(wanted or list(image.needed))}), the tag {promise.tag} "
                "is musl's", "build it in a musllinux image",
            )  # fmt: skip


def macos(facts: Facts) -> Iterator[Finding]:
    """Files for a newer macOS than the tag's."""
    for promise in facts.promises:
        if promise.system != "macos":
            continue
        for file, image in facts.images():
            floor = _floor(facts, promise, image.machine)
            if image.format != "mach-o" or image.machine not in promise.machines:
                continue
            if image.platform not in (None, "macos"):
                yield error("wrong-format", file.name, f"is for {image.platform}, not for macOS")
            if _shown(image.floor) > _shown(floor):
                yield error(
                    "macos-floor", file.name,
                    f"({image.machine}) needs macOS {dotted(image.floor)}, the tag {promise.tag} "
                    f"promises {dotted(floor)}",
                    f"build with MACOSX_DEPLOYMENT_TARGET={dotted(floor)}, or raise the tag",
                )  # fmt: skip


def _floor(facts: Facts, promise: Promise, machine: str) -> tuple[int, ...]:
    rows = [
        row for row in facts.rows.oldest if (row.system, row.machine) == (promise.system, machine)
    ]
    return max([promise.floor, *(numbers(row.version) for row in rows)])


def _shown(version: tuple[int, ...]) -> tuple[int, ...]:
    """From macOS 11 on pip's tags know the first number only."""
    return version[:1] if version and version[0] > 10 else version[:2]
