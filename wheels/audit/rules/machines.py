# SPDX-License-Identifier: Apache-2.0
"""Do the native files fit the system and architecture of the platform tags?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from blas_probe.binary.foreign import describe
from wheels.audit.facts import Facts
from wheels.audit.finding import MAKE, Finding, error, remark, some, warning
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


def tags(facts: Facts) -> Iterator[Finding]:
    """Platform tags that promise too much, too little, or nothing."""
    native = [file.name for file in facts.files]
    for promise in facts.promises:
        if promise.system == "any" and native:
            machines = sorted({f"{image.machine} ({image.format})" for _, image in facts.images()})
            yield error(
                "any-with-native", native[0],
                f"the tag `any` promises every system, and {len(native)} native files are inside, "
                f"for {some(machines)}",
                RETAG,
            )  # fmt: skip
        if promise.system == "unknown":
            yield warning(
                "unknown-platform", "", f"the platform tag {promise.tag} is not known here"
            )
        if promise.remark and native:
            yield warning("local-tag", "", f"the tag {promise.tag}: {promise.remark}")
        if promise.system not in ("any", "unknown") and not native:
            yield remark(
                "no-native", "", f"the tag {promise.tag} is of one platform, and no native file is "
                "inside", "if nothing depends on the platform, use `any`",
            )  # fmt: skip
            return


def machine(facts: Facts) -> Iterator[Finding]:
    """Files of another system or architecture than every tag says."""
    for file in facts.files:
        there = {image.machine for image in file.images}
        for promise in facts.promises:
            if promise.system in ("any", "unknown") or not file.images:
                continue
            system = facts.rows.formats.get(file.images[0].format, "")
            if system != promise.system:
                yield error(
                    "wrong-format", file.name,
                    f"is for {system} ({file.images[0].format}), the tag {promise.tag} for "
                    f"{promise.system}",
                    "build it for that system, or " + RETAG,
                )  # fmt: skip
            elif missing := sorted(set(promise.machines) - there):
                yield error(
                    "wrong-machine", file.name,
                    f"is for {some(sorted(there))}, the tag {promise.tag} needs {some(missing)}",
                    "build it for that architecture, or " + RETAG,
                )  # fmt: skip
