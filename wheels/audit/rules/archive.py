# SPDX-License-Identifier: Apache-2.0
"""Is the archive sound, and does RECORD say what is in it?"""

from __future__ import annotations

import base64
import csv
from collections import Counter
from collections.abc import Iterator

from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, error, warning
from wheels.audit.wheel import Member, safe

SIGNATURES = ("RECORD.jws", "RECORD.p7s")
REPACK = "make the wheel again; `wheel unpack` and `wheel pack` write RECORD anew"
WEAK = ("md5", "sha1")


def broken_members(facts: Facts) -> Iterator[Finding]:
    """Files that cannot be unpacked."""
    for member in facts.wheel.members:
        if member.broken:
            yield error(
                "damaged", member.name, f"cannot be unpacked: {member.broken}",
                "fetch or make the wheel again",
            )  # fmt: skip


def member_names(facts: Facts) -> Iterator[Finding]:
    """Names that leave the folder, that are there twice, or that differ in capitals only."""
    names = Counter(member.name for member in facts.wheel.members)
    for member in facts.wheel.members:
        if not safe(member.name):
            yield error(
                "name-traversal", member.name,
                "the name leads out of the folder that the wheel is installed into",
                "do not install it",
            )  # fmt: skip
        if member.link:
            yield error(
                "symbolic-link", member.name, "a symbolic link: installers write a text file",
                "put the file itself there",
            )  # fmt: skip
    for name, count in sorted(names.items()):
        if count > 1:
            yield error(
                "twice",
                name,
                f"is {count} times in the archive: which one counts is chance",
                REPACK,
            )
    small: dict[str, str] = {}
    for name in sorted(names):
        other = small.setdefault(name.lower(), name)
        if other != name:
            yield warning(
                "case", name, f"differs from {other} in capitals only",
                "rename one: on Windows and macOS one overwrites the other",
            )  # fmt: skip


def record(facts: Facts) -> Iterator[Finding]:
    """Each file has one line, with its hash and size; each line has its file."""
    wheel = facts.wheel
    place = f"{wheel.info}/RECORD"
    if "RECORD" not in wheel.texts:
        yield error("record-missing", place, "there is no RECORD: pip refuses the wheel", REPACK)
        return
    members = {member.name: member for member in wheel.members}
    listed = Counter[str]()
    for number, row in _rows(wheel.texts["RECORD"]):
        if len(row) != 3:
            yield error("record-line", place, f"line {number} has {len(row)} fields, not 3", REPACK)
            continue
        name = row[0].replace("\\", "/")
        listed[name] += 1
        if name not in members:
            yield error("record-absent", name, "RECORD names it, and it is not there", REPACK)
        else:
            yield from _line(members[name], row[1], row[2], place)
    own = {place, *(f"{wheel.info}/{name}" for name in SIGNATURES)}
    for name in sorted(members.keys() - listed.keys() - own):
        yield error("record-unlisted", name, "RECORD does not name it", REPACK)
    for name, count in sorted(listed.items()):
        if count > 1:
            yield warning("record-twice", name, f"RECORD names it {count} times", REPACK)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line with its number; one that is none counts as empty."""
    for number, line in enumerate(text.splitlines(), 1):
        try:
            yield from ((number, row) for row in csv.reader([line]) if row)
        except csv.Error:
            yield number, []


def _line(member: Member, digest: str, size: str, place: str) -> Iterator[Finding]:
    if member.name == place or member.broken:
        return
    kind, _, value = digest.partition("=")
    if not value:
        yield error("record-hash", member.name, "RECORD has no hash of it", REPACK)
    elif kind in WEAK:
        yield error(
            "record-hash", member.name, f"RECORD has a hash of the broken kind {kind}", REPACK
        )
    elif kind == "sha256":
        raw = base64.urlsafe_b64encode(bytes.fromhex(member.sha256)).rstrip(b"=").decode()
        if raw != value.rstrip("="):
            yield error(
                "record-hash", member.name, "its SHA-256 is not the one in RECORD: it was changed",
                "do not install it unless you know who changed it; " + REPACK,
            )  # fmt: skip
    if size and (not size.isdigit() or int(size) != member.size):
        yield error(
            "record-size", member.name, f"has {member.size} bytes, RECORD says {size}", REPACK
        )
