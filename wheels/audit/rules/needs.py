# SPDX-License-Identifier: Apache-2.0
"""Is every needed library inside, part of the system, or brought by a requirement?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wheels.audit.facts import Facts, File
from wheels.audit.finding import MAKE, Finding, error, remark, some
from wheels.audit.image import Image
from wheels.audit.reach import Tree
from wheels.audit.rows import matches
from wheels.audit.tags import newest_policy

BUNDLE = "bundle it (auditwheel, delocate, delvewheel), or require a distribution that brings it"


def unresolved(facts: Facts) -> Iterator[Finding]:
    """Libraries that nobody brings, and those inside that no search path leads to."""
    tree = Tree(facts)
    lost: dict[tuple[str, bool], list[str]] = {}
    for file, image in facts.images():
        for name in (*image.needed, *image.delayed):
            if name == image.soname and file.images[0].format == "mach-o":
                continue
            late = name in image.delayed or name in image.weak
            finding = _one(facts, tree, file, image, name, late=late)
            if finding is None:
                lost.setdefault((name, late), []).append(file.name)
            else:
                yield from finding
    for (name, late), files in sorted(lost.items()):
        files = sorted(set(files))
        more = f" (and by {len(files) - 1} more files)" if len(files) > 1 else ""
        bringers = facts.rows.bringers(name.rpartition("/")[2])
        cure = f"require {some(bringers)}, or bundle it" if bringers else BUNDLE
        if late:
            yield remark(
                "needs-late", files[0], f"asks for {name} when it is first used{more}", cure
            )
        else:
            yield error(
                "needs-nowhere", files[0],
                f"needs {name}{more}, which is neither inside, nor part of the system, nor brought "
                "by a requirement", cure,
            )  # fmt: skip


def _one(
    facts: Facts, tree: Tree, file: File, image: Image, name: str, *, late: bool
) -> list[Finding] | None:
    """What to say about one needed name; None when it is nowhere."""
    found = tree.find(file, image, name)
    if found.reached:
        return []
    if found.file is not None and not (name.startswith("/") or _allowed(facts, image, name)):
        if late or _is_opened_by(facts, tree, file, found.file):
            return []
        return list(_unreached(facts, file, image, name, found.file))
    if _allowed(facts, image, name):
        return []
    last = name.rpartition("/")[2]
    if facts.rows.bringing(last, facts.wheel.requirements):
        return []
    if any(matches(name, row.libraries) for row in facts.rows.python):
        text = f"needs {name}: many Pythons are no shared library, and there it cannot be loaded"
        return [] if not image.library else [
            error("links-python", file.name, text, "do not link extension modules to libpython")
        ]  # fmt: skip
    for row in facts.rows.usual:
        if row.system == facts.rows.formats.get(image.format) and matches(last, row.libraries):
            text = f"needs {name}: {row.needs}"
            return [MAKE[row.level]("needs-usual", file.name, text, BUNDLE)]
    return None


def _allowed(facts: Facts, image: Image, name: str) -> bool:
    """Does the system of the tags have it? Without a tag that says so: of the file's format."""
    system = facts.rows.formats.get(image.format, "")
    if matches(name, facts.rows.system_libraries(system)):
        return True
    policies = [one.policy for one in facts.promises if one.policy is not None]
    if system != "linux":
        return False
    if not policies:
        return any(name in newest_policy(family).libraries for family in facts.rows.policies)
    return all(name in policy.libraries for policy in policies)


def _unreached(facts: Facts, file: File, image: Image, name: str, there: File) -> Iterator[Finding]:
    """It is inside, but not where the loader looks: somebody must load it before."""
    helps = any(_opens(script, there) for script in facts.scripts)
    where = f"needs {name}, which lies in the wheel as {there.name}, where its loader does not look"
    if helps:
        yield remark(
            "needs-preloaded",
            file.name,
            f"{where}: Python code must load it before, or add its folder",
        )
    else:
        cure = "add a search path that begins with $ORIGIN or @loader_path"
        if image.format == "pe":
            cure = "put it beside, or call os.add_dll_directory first (delvewheel does it)"
        yield error("needs-unreached", file.name, where, cure)


def _is_opened_by(facts: Facts, tree: Tree, file: File, there: File) -> bool:
    """Is it a part that the needed library, by then loaded, opens by name?"""
    if tree.is_needed(file):
        return False
    stem = re.split(r"\.(?:so|dylib|dll)\b", file.base)[0]
    return facts.mentions(there, stem)


def _opens(script: str, there: File) -> bool:
    """Does Python code that opens libraries name this one, or its folder?"""
    stem = re.split(r"[-.]", there.base)[0]
    return there.installed.parent.name in script or stem in script
