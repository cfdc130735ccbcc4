# SPDX-License-Identifier: Apache-2.0
"""Do the native files fit the system and architecture of the platform tags?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from blas_probe.binary.foreign import describe
from wheels.audit.facts import Facts, File
from wheels.audit.finding import MAKE, Finding, error, remark, some, warning
from wheels.audit.image import Image
from wheels.audit.reach import is_module
from wheels.audit.rows import Level, matches

DAMAGED: Mapping[str, Level] = {"cut off": "error", "damaged": "warning"}
LIBRARY = re.compile(r"\.(?:so(?:\.\d+)*|pyd|dylib|dll)\Z")
RETAG = "give the wheel the tag of its contents (`wheel tags --platform-tag ...`)"


def unreadable(facts: Facts) -> Iterator[Finding]:
    """Native files that are damaged, or of another kind than libraries and programs."""
    stray = [glob for row in facts.rows.stray for glob in row.globs]
    for file in facts.files:
        if file.problem:
            words = [word for word in DAMAGED if word in file.problem]
            level = DAMAGED[words[0]] if words and not matches(file.name, stray) else "remark"
            yield MAKE[level](
                "unreadable", file.name, file.problem, "nothing else is told of this file"
            )


def no_library(facts: Facts) -> Iterator[Finding]:
    """Files that are called libraries, and are none."""
    native = {file.name for file in facts.files}
    for member in facts.wheel.members:
        if LIBRARY.search(member.name) and member.name not in native:
            head = facts.head(member)
            if head is not None:
                yield warning(
                    "no-library", member.name, describe(head) if head else "the file is empty",
                    "put the library itself there",
                )  # fmt: skip


def not_judged(facts: Facts) -> Iterator[Finding]:
    """Tags of systems that nobody here knows: what is inside is not looked at."""
    for promise in facts.promises:
        make = warning if promise.system == "unknown" else remark
        code = "unknown-platform" if promise.system == "unknown" else "not-judged"
        yield make(code, "", f"what the platform tag {promise.tag} asks for is not known here")


def tags(facts: Facts) -> Iterator[Finding]:
    """Platform tags that promise too much, too little, or nothing."""
    for promise in facts.promises:
        if promise.system == "any" and facts.files:
            yield from _anywhere(facts)
        if promise.system not in facts.rows.systems:
            yield warning(
                "unknown-platform", "", f"the platform tag {promise.tag} is not known here"
            )
        if promise.remark and facts.files:
            yield warning("local-tag", "", f"the tag {promise.tag}: {promise.remark}")
        if promise.system in facts.rows.systems - {"any"} and not facts.files:
            yield remark(
                "no-native", "", f"the tag {promise.tag} is of one platform, and no native file is "
                "inside", "if nothing depends on the platform, use `any`",
            )  # fmt: skip
            return


def _anywhere(facts: Facts) -> Iterator[Finding]:
    """Native files in a wheel for every system: libraries break it, launchers are only carried."""
    libraries = [one for one in facts.images() if one[1].library and not one[1].managed]
    carried = [one for one in facts.images() if one not in libraries]
    if libraries:
        systems = {image.format for _, image in libraries}
        make = warning if len(systems) > 1 else error
        yield make(
            "any-with-native", libraries[0][0].name,
            f"the tag `any` promises every system, and {len(libraries)} libraries are inside, "
            f"for {_machines(libraries)}",
            RETAG,
        )  # fmt: skip
    elif carried:
        yield remark(
            "any-with-programs",
            carried[0][0].name,
            f"{len(carried)} programs are inside, for {_machines(carried)}",
        )


def _machines(files: Sequence[tuple[File, Image]]) -> str:
    return some(sorted({f"{image.machine} ({image.format})" for _, image in files}))


def machine(facts: Facts) -> Iterator[Finding]:
    """Files of another system or architecture than every tag says."""
    needed = _needed(facts)
    for file in facts.files:
        there = {image.machine for image in file.images}
        for promise in facts.promises:
            if promise.system not in facts.rows.systems - {"any"} or not file.images:
                continue
            make = error if _is_loaded(facts, file, needed) else warning
            system = facts.rows.formats.get(file.images[0].format, "")
            if system != promise.system:
                yield make(
                    "wrong-format", file.name,
                    f"is for {system} ({file.images[0].format}), the tag {promise.tag} for "
                    f"{promise.system}",
                    "build it for that system, or " + RETAG,
                )  # fmt: skip
            elif missing := sorted(set(promise.machines) - there):
                yield make(
                    "wrong-machine", file.name,
                    f"is for {some(sorted(there))}, the tag {promise.tag} needs {some(missing)}",
                    "build it for that architecture, or " + RETAG,
                )  # fmt: skip


def _needed(facts: Facts) -> frozenset[str]:
    """The last part of every name that some file of the wheel needs."""
    return frozenset(
        name.rpartition("/")[2]
        for _, image in facts.images()
        for name in (*image.needed, *image.delayed)
    )


def _is_loaded(facts: Facts, file: File, needed: frozenset[str]) -> bool:
    """Will it be loaded, as a module, by another file, or since there is no other for the tag?"""
    images = file.images
    if is_module(file) or needed & {file.base, *(image.soname or "" for image in images)}:
        return True
    if not any(image.library and not image.managed for image in images):
        return False  # a launcher, firmware, or code of .NET: carried, not loaded
    return not any(_fits(facts, image) for _, image in facts.images() if image.library)


def _fits(facts: Facts, image: Image) -> bool:
    """Is it of a tag's system and architecture?"""
    system = facts.rows.formats.get(image.format, "")
    return any(
        system == promise.system and image.machine in promise.machines for promise in facts.promises
    )
