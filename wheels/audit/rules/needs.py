# SPDX-License-Identifier: Apache-2.0
"""Is every needed library inside, part of the system, or brought by a requirement?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from wheels.audit.facts import Facts, File
from wheels.audit.finding import MAKE, Finding, error, remark, some, warning
from wheels.audit.image import Image
from wheels.audit.reach import PROGRAM_FOLDER, Found, Tree, is_module, names_of
from wheels.audit.required import required
from wheels.audit.rows import matches
from wheels.audit.scripts import imports, literals
from wheels.audit.tags import newest_policy

BUNDLE = "bundle it (auditwheel, delocate, delvewheel), or require a distribution that brings it"
BY_NAME = "loaders search for plain names only: link it by its soname (patchelf --replace-needed)"
OWN_PLACE = re.compile(r"(?<![\w.])__(?:file|path)__")


def unresolved(facts: Facts) -> Iterator[Finding]:
    """Libraries that nobody brings, and those inside that no search path leads to."""
    tree, along = Tree(facts), required(facts)
    lost: dict[tuple[str, bool, str], list[str]] = {}
    for file, image in facts.images():
        for name in (*image.needed, *image.delayed):
            if name == image.soname and file.images[0].format == "mach-o":
                continue
            late = name in image.delayed or name in image.weak
            finding = _one(facts, tree, file, image, name, late=late, along=along)
            if finding is None:
                cure = _cure(facts, image, name)
                lost.setdefault((name, late, cure), []).append(file.name)
            else:
                yield from finding
    for (name, late, cure), files in sorted(lost.items()):
        files = sorted(set(files))
        more = f" (and by {len(files) - 1} more files)" if len(files) > 1 else ""
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
    facts: Facts, tree: Tree, file: File, image: Image, name: str, *,
    late: bool, along: Mapping[str, str],
) -> list[Finding] | None:  # fmt: skip
    """What to say about one needed name; None when it is nowhere. `along` is what is required."""
    found = tree.find(file, image, name)
    if found.reached:
        return [] if late else list(_alone(facts, file, name, found))
    if found.file is not None and not (name.startswith("/") or _allowed(facts, image, name)):
        if late or _is_opened_by(facts, tree, file, found.file):
            return []
        return list(_unreached(facts, file, image, name, found.file))
    if _allowed(facts, image, name):
        return []
    last = name.rpartition("/")[2]
    if facts.rows.bringing(last, [one for one, extra in along.items() if not extra]):
        return []
    if by := [one for one in along if facts.rows.bringing(last, [one])]:
        extras = some(sorted({along[one] for one in by}))
        text = f"needs {name}, which only extras bring ({extras}): without one it cannot be loaded"
        cure = f"require one always ({some(by)}), or let Python code say what is missing"
        return [] if late else [warning("needs-extra", file.name, text, cure)]
    if any(matches(name, row.libraries) for row in facts.rows.python):
        text = f"needs {name}: many Pythons are no shared library, and there it cannot be loaded"
        return [] if not image.library else [
            error("links-python", file.name, text, "do not link extension modules to libpython")
        ]  # fmt: skip
    for row in facts.rows.usual:
        if row.system == facts.rows.formats.get(image.format) and matches(last, row.libraries):
            text = f"needs {name}: {row.needs}"
            return [MAKE[row.level]("needs-usual", file.name, text, row.cure)]
    return None


def _cure(facts: Facts, image: Image, name: str) -> str:
    """How to bring a library that is nowhere."""
    if _is_path(image, name):
        return BY_NAME
    bringers = facts.rows.bringers(name.rpartition("/")[2])
    return f"require {some(bringers)}, or bundle it" if bringers else BUNDLE


def _is_path(image: Image, name: str) -> bool:
    """Is it one that the loader takes as it stands?"""
    return image.format == "elf" and "/" in name


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
    where = f"needs {name}, which lies in the wheel as {there.name}, where its loader does not look"
    cure = _way(image, name, there)
    if any(_opens(facts, script, there) for script in facts.scripts):
        yield remark(
            "needs-preloaded",
            file.name,
            f"{where}: Python code must load it before, or add its folder",
        )
    elif any(OWN_PLACE.search(script) for script in facts.scripts):
        text = f"{where}: no Python code names it, though some opens libraries of its own folder"
        yield warning("needs-unreached", file.name, text, cure)
    else:
        yield error("needs-unreached", file.name, where, cure)


def _way(image: Image, name: str, there: File) -> str:
    """How to make the loader find what is inside."""
    if image.format == "pe":
        return "put it beside, or call os.add_dll_directory first (delvewheel does it)"
    if _is_path(image, name):
        return f"{BY_NAME}, with a search path that begins with $ORIGIN"
    if name.startswith(PROGRAM_FOLDER):
        return (
            f"{PROGRAM_FOLDER} is python's folder: install_name_tool -change {name} "
            f"@loader_path/... (the way to {there.base})"
        )
    return "add a search path that begins with $ORIGIN or @loader_path"


def _alone(facts: Facts, file: File, name: str, found: Found) -> Iterator[Finding]:
    """It is reached by way of some modules; with others it is not."""
    for module in found.alone:
        if not (_is_prepared(facts, module, found.others) or _is_loaded(facts, found.file)):
            others = some([other.name for other in found.others]) or "by no module"
            yield warning(
                "needs-unreached", module.name,
                f"by way of {file.name} it needs {name}, which is found only when it was loaded "
                f"before ({others}): imported first, it fails",
                f"give {file.base} a search path of its own: $ORIGIN, @loader_path",
            )  # fmt: skip


def _is_prepared(facts: Facts, module: File, others: tuple[File, ...]) -> bool:
    """Does a package around the module name one of the others, to import it before?"""
    stems = "|".join(re.escape(other.base.split(".")[0]) for other in others)
    starts = [facts.tree / one / "__init__.py" for one in PurePosixPath(module.name).parents]
    texts = [one.read_bytes().decode("utf-8", "replace") for one in starts if one.is_file()]
    return bool(stems) and any(re.search(rf"\b(?:{stems})\b", text) for text in texts)


def _is_loaded(facts: Facts, there: File | None) -> bool:
    return there is not None and any(_opens(facts, one, there) for one in facts.scripts)


def _is_opened_by(facts: Facts, tree: Tree, file: File, there: File) -> bool:
    """Is it a part that the needed library, by then loaded, opens by name?"""
    if tree.is_needed(file) or is_module(file):
        return False
    names = [before + name for before in ("\0", "/") for name in names_of(file)]
    return any(facts.mentions(there, f"{name}\0") for name in names)


def _opens(facts: Facts, script: str, there: File) -> bool:
    """Does Python code that opens libraries name this one, or a folder for libraries alone?"""
    stem, place = re.split(r"[-.]", there.base)[0], PurePosixPath(there.name).parent
    names = rf"(?<![\w ]){re.escape(stem)}(?![A-Za-z0-9 ])"
    if not _is_package(facts, place):
        names += rf"|(?:^|[\\/]){re.escape(place.name)}(?:$|[\\/])"
        if place.name in imports(script):  # for its __path__
            return True
    case = re.IGNORECASE if "windows" in facts.systems else re.NOFLAG
    return any(re.search(names, text, case) for text in literals(script))


def _is_package(facts: Facts, place: PurePosixPath) -> bool:
    """Are there modules in the folder? Its name then says nothing about libraries."""
    modules = [member.name for member in facts.wheel.members if member.name.endswith(".py")]
    modules += [one.name for one in facts.files if is_module(one) and not one.base.endswith(".dll")]
    return any(PurePosixPath(name).parent == place for name in modules)
