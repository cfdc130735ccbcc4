# SPDX-License-Identifier: Apache-2.0
"""Can the commands that entry_points.txt promises be called?"""

from __future__ import annotations

import configparser
import re
import sys
from collections.abc import Iterator

from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, error, warning
from wheels.audit.wheel import SITE

NAME = "entry_points.txt"
GROUPS = ("console_scripts", "gui_scripts")
TARGET = re.compile(r"(?P<module>[\w.]+)\s*(?::\s*(?P<call>[\w.]+))?\s*(?:\[.*\])?")
MODULES = (".py", ".pyc", ".so", ".pyd")
SHARED = (b"extend_path", b"declare_namespace")
"""What a package says of itself that other distributions put modules into."""


def commands(facts: Facts) -> Iterator[Finding]:
    """Each command names a module that is there, and what to call in it."""
    if NAME not in facts.wheel.texts:
        return
    place = f"{facts.wheel.info}/{NAME}"
    try:
        sections = _read(facts.wheel.texts[NAME])
    except configparser.Error as reason:
        yield error(
            "entry-points", place, f"cannot be read: {' '.join(str(reason).split())}",
            "write it as [group] with lines name = module:function",
        )  # fmt: skip
        return
    for group in GROUPS:
        for name, target in sections.get(group, {}).items():
            yield from _command(facts, place, name, target)


def _read(text: str) -> dict[str, dict[str, str]]:
    """The values by group and name; indentation means nothing, as importlib.metadata reads it."""
    parser = configparser.RawConfigParser(
        delimiters=("=",), strict=False, default_section="", comment_prefixes=("#", ";")
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string("\n".join(line.strip() for line in text.splitlines()), NAME)
    return {group: dict(parser.items(group)) for group in parser.sections()}


def _command(facts: Facts, place: str, name: str, target: str) -> Iterator[Finding]:
    match = TARGET.fullmatch(target)
    if not match or not match["call"]:
        yield error(
            "entry-points", place, f"the command {name} is {target}: pip refuses the wheel",
            "name a module and what to call: module:function",
        )  # fmt: skip
    elif not _is_there(facts, match["module"]):
        yield warning(
            "entry-points", place,
            f"the command {name} calls {target}, and no file of the wheel is {match['module']}",
            "add the module, or take the command away",
        )  # fmt: skip


def _is_there(facts: Facts, module: str) -> bool:
    """Is it inside, or may another distribution bring it?"""
    files = _importable(facts)
    path, top = module.replace(".", "/"), module.partition(".")[0]
    if any(name.startswith(f"{path}/") or _is_file(name, path) for name in files):
        return True
    if any(name.endswith(".pth") for name in files) or top in sys.stdlib_module_names:
        return True
    own = [name for name in files if _is_file(name, top) or _is_file(name, f"{top}/__init__")]
    return bool(facts.wheel.requirements) and not (own and not _is_shared(facts, files[own[0]]))


def _importable(facts: Facts) -> dict[str, str]:
    """Names below site-packages -> names in the wheel."""
    start = f"{SITE}/"
    return {
        member.installed.removeprefix(start): member.name
        for member in facts.wheel.members
        if member.installed.startswith(start)
    }


def _is_file(name: str, path: str) -> bool:
    """`a/b.py` and `a/b.cpython-312.so` are the module `a/b`."""
    return name.startswith(f"{path}.") and name.endswith(MODULES) and "/" not in name[len(path) :]


def _is_shared(facts: Facts, name: str) -> bool:
    member = next(one for one in facts.wheel.members if one.name == name)
    head = facts.head(member) or b""
    return any(word in head for word in SHARED)
