# SPDX-License-Identifier: Apache-2.0
"""What counts as important: one table, the first row that fits decides."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Differences of a topic at places that match a glob."""

    topic: str
    where: str = "*"
    important: bool
    why: str


RULES = (
    Rule(topic="tag", important=True, why="pip installs it on other machines"),
    Rule(topic="field", where="WHEEL: Generator", important=False, why="who packed it"),
    Rule(topic="field", where="WHEEL: (text)", important=False, why="nothing reads it"),
    Rule(topic="field", where="WHEEL: Tag", important=False, why="told as `tag` already"),
    Rule(topic="field", important=True, why="pip and people read it"),
    Rule(topic="unreadable", important=True, why="no loader will read it either"),
    Rule(topic="format", important=True, why="it is for another system"),
    Rule(topic="machine", important=True, why="it is for another processor"),
    Rule(topic="floor", important=True, why="it runs on older or newer systems only"),
    Rule(topic="versions", important=True, why="an older library in its place does not load"),
    Rule(topic="soname", important=True, why="others name it when they need it"),
    Rule(topic="needed", important=True, why="it must be there for the file to load"),
    Rule(topic="rpaths", important=True, why="it decides which file is loaded"),
    Rule(topic="loading", important=True, why="loaders of some systems refuse it"),
    Rule(topic="extensions", important=True, why="processors without them cannot run it"),
    Rule(topic="exported", important=True, why="another library may take these for its own"),
    Rule(topic="imported", important=False, why="two compilers call different helpers"),
    Rule(topic="section", important=False, why="two compilers write different code"),
    Rule(topic="moved", important=False, why="the loader finds it by the search path"),
    Rule(topic="kind", where="(library)", important=False, why="libraries are loaded, not run"),
    Rule(topic="kind", important=True, why="installers make another kind of file of it"),
    Rule(topic="certificate", where="*:scores.*", important=False, why="speed of one machine"),
    Rule(topic="certificate", where="*:cases.*", important=False, why="how much was checked"),
    Rule(topic="certificate", where="*:checked", important=False, why="the same in words"),
    Rule(topic="certificate", where="*:checks", important=False, why="the checking program"),
    Rule(topic="certificate", where="*:files.*", important=False, why="hashes of what changed"),
    Rule(topic="certificate", where="*:thresholds.*", important=False, why="follow the checks"),
    Rule(topic="certificate", where="*:toolchain", important=False, why="who compiled it"),
    Rule(topic="certificate", where="*:origin", important=False, why="who built it"),
    Rule(topic="certificate", important=True, why="what was proven is another thing"),
    Rule(topic="bytes", where="*.dist-info/METADATA", important=False, why="told by its fields"),
    Rule(topic="bytes", where="*.dist-info/WHEEL", important=False, why="told by its fields"),
    Rule(topic="bytes", where="*.dist-info/RECORD", important=False, why="hashes of what changed"),
    Rule(topic="bytes", where="*.dist-info/sboms/*", important=False, why="a list of parts"),
    Rule(topic="bytes", where="*/certificate.json", important=False, why="told by its values"),
    Rule(topic="bytes", where="*/_build_info.py", important=False, why="tells how it was built"),
    Rule(topic="bytes", where="(native)", important=False, why="told by what it is made of"),
    Rule(topic="bytes", important=True, why="a file that Python or a user reads"),
    Rule(topic="added", where="*.dist-info/sboms/*", important=False, why="a list of parts"),
    Rule(topic="removed", where="*.dist-info/sboms/*", important=False, why="a list of parts"),
    Rule(topic="added", important=True, why="a file more"),
    Rule(topic="removed", important=True, why="a file less"),
    Rule(topic="size", important=False, why="told, and judged by nobody"),
)


def rule_for(topic: str, where: str) -> Rule:
    """The row that decides; a topic without one would be a mistake of ours."""
    return next(row for row in RULES if row.topic == topic and fnmatchcase(where, row.where))
