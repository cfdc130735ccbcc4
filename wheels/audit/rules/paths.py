# SPDX-License-Identifier: Apache-2.0
"""Where do the files look for their libraries?"""

from __future__ import annotations

from collections.abc import Iterator

from wheels.audit import reach
from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, error, remark, warning
from wheels.audit.rows import matches
from wheels.audit.wheel import SITE

ABSOLUTE = "start it with $ORIGIN or @loader_path, or remove it: patchelf, install_name_tool"
EMPTY = "leave no empty entry: patchelf --set-rpath"


def search_paths(facts: Facts) -> Iterator[Finding]:
    """Absolute search paths, and those that lead out of what is installed."""
    used = _uses_run_paths(facts)
    for file, image in facts.images():
        allowed = facts.rows.system_libraries(facts.rows.formats.get(image.format, ""))
        for path in image.rpaths:
            place = reach.folder(path, file.installed, reach.program_of(file, image))
            if not path:
                yield from _empty(facts, file.name)
            elif place is None and path.startswith(reach.PROGRAM_FOLDER):
                yield remark(
                    "path-elsewhere", file.name,
                    f"looks for libraries in {path}, by way of the program that runs: for modules "
                    "that is python, and nothing of this wheel lies there",
                )  # fmt: skip
            elif place is None and not matches(path.rstrip("/") + "/", allowed):
                yield _absolute(file.name, path, has_effect=image.format != "mach-o" or used)
            elif place is not None and ".." in place.parts[:1]:
                yield error(
                    "path-outside", file.name,
                    f"looks for libraries in {path}, which lies outside of the environment",
                    ABSOLUTE,
                )  # fmt: skip
            elif place is not None and _leaves_site(facts, str(place)):
                yield warning(
                    "path-outside", file.name,
                    f"looks for libraries in {path}, outside of site-packages, where neither this "
                    "wheel nor a requirement puts any", ABSOLUTE,
                )  # fmt: skip
            elif place is not None and not _is_known(facts, str(place)):
                yield remark(
                    "path-elsewhere", file.name,
                    f"looks for libraries in {path}, a folder that this wheel does not bring",
                )  # fmt: skip


def _empty(facts: Facts, file: str) -> Iterator[Finding]:
    """An empty entry: glibc looks in the current folder, musl passes over it."""
    if any(one.libc != "musl" for one in facts.promises):
        yield error(
            "absolute-path", file,
            "has an empty search path, which is the current folder: whatever lies where a user "
            "starts Python is loaded", EMPTY,
        )  # fmt: skip


def _absolute(file: str, path: str, *, has_effect: bool) -> Finding:
    if has_effect:
        text = f"looks for libraries in {path}: whatever lies there on a user's machine is loaded"
        return error("absolute-path", file, text, ABSOLUTE)
    text = f"would look for libraries in {path}, were there any that are needed by @rpath"
    return remark("absolute-path", file, text, ABSOLUTE)


def _leaves_site(facts: Facts, place: str) -> bool:
    """Does it lead out of site-packages, with no requirement that brings libraries there?"""
    brings = [glob for row in facts.rows.brings for glob in row.distributions]
    declared = any(matches(name, brings) for name in facts.wheel.requirements)
    return not (f"{place}/".startswith(f"{SITE}/") or declared or _is_known(facts, place))


def _uses_run_paths(facts: Facts) -> bool:
    """Is anything of the wheel needed by way of search paths (macOS)?"""
    return any(
        name.startswith(reach.RUN_PATH) for _, image in facts.images() for name in image.needed
    )


def _is_known(facts: Facts, place: str) -> bool:
    start = "" if place == "." else place + "/"
    return any(member.installed.startswith(start) for member in facts.wheel.members)


def needed_paths(facts: Facts) -> Iterator[Finding]:
    """Libraries that are needed by an absolute path."""
    for file, image in facts.images():
        allowed = facts.rows.system_libraries(facts.rows.formats.get(image.format, ""))
        python = [glob for row in facts.rows.python for glob in row.libraries]
        for name in image.needed:
            is_own = name == image.soname
            if name.startswith("/") and not matches(name, (*allowed, *python)) and not is_own:
                yield error(
                    "absolute-path", file.name,
                    f"needs {name}, a path of the machine that built it",
                    "bundle the library: auditwheel, delocate and delvewheel do it",
                )  # fmt: skip
