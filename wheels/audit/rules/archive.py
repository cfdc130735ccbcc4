# SPDX-License-Identifier: Apache-2.0
"""Is the archive sound, and does RECORD say what is in it?"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, error, some, warning
from wheels.audit.wheel import SCHEMES, Member, safe

SIGNATURES = ("RECORD.jws", "RECORD.p7s")
REPACK = "make the wheel again; `wheel unpack` and `wheel pack` write RECORD anew"
WEAK = ("md5", "sha1", "sha224")
STRONG = frozenset(
    name for name in hashlib.algorithms_guaranteed if name not in WEAK and "shake" not in name
)
"""Kinds of hashes that any Python knows; those of `shake` have no length."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
OTHERS = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "lzma"}
RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[1-9\u00b9\u00b2\u00b3]|lpt[1-9\u00b9\u00b2\u00b3])"
    r" *(?:[.:].*)?",
    re.IGNORECASE,
)
REFUSED = re.compile(r"[\0-\x1f<>:\"|?*]|[. ]\Z")
"""Characters that no file name of Windows has, and those that it takes away at the end."""
UNIX = frozenset({"linux", "macos"})
FORMATS = ("elf", "mach-o")


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


def packing(facts: Facts) -> Iterator[Finding]:
    """What zip allows and pip takes, and uv refuses."""
    wheel = facts.wheel
    others = [member for member in wheel.members if member.method not in METHODS]
    if others:
        kinds = {OTHERS.get(one.method, f"method {one.method}") for one in others}
        yield warning(
            "packing", others[0].name,
            f"{len(others)} files are packed with {some(sorted(kinds))}, which uv refuses",
            "pack with deflate",
        )  # fmt: skip
    for count, where in ((wheel.before, "before"), (wheel.behind, "behind")):
        if count:
            yield warning(
                "packing", "", f"has {count} bytes {where} the zip archive: uv refuses the wheel",
                "take them away, or make the wheel again",
            )  # fmt: skip


def schemes(facts: Facts) -> Iterator[Finding]:
    """Folders *.data hold the schemes that installers know, and nothing else."""
    for member in facts.wheel.members:
        top, _, rest = member.name.partition("/")
        scheme, _, inner = rest.partition("/")
        if top.endswith(".data") and not (inner and scheme in SCHEMES):
            yield error(
                "unknown-scheme", member.name,
                f"lies in {top}, and in no folder that installers know there: pip and uv refuse it",
                f"put it below one of {', '.join(sorted(SCHEMES))}",
            )  # fmt: skip


def windows_names(facts: Facts) -> Iterator[Finding]:
    """Names that Windows cannot write, in wheels that it takes."""
    if not {"any", "windows"} & {one.system for one in facts.promises}:
        return
    for member in facts.wheel.members:
        parts = PurePosixPath(member.name).parts
        if any(RESERVED.fullmatch(part) or REFUSED.search(part) for part in parts):
            yield warning(
                "windows-name", member.name, "Windows can write no file of this name", "rename it"
            )


def permissions(facts: Facts) -> Iterator[Finding]:
    """Programs that can be run once they are installed; pip takes the archive's word."""
    programs = {file.name for file in facts.files if _is_program(facts, file)}
    for member in facts.wheel.members:
        if not member.executable and (member.name in programs or _is_script(facts, member)):
            yield warning(
                "not-executable", member.name, "a program without permission to be run: "
                "pip installs it so, and a call ends with `Permission denied`",
                "chmod +x before the wheel is made; Windows keeps no such permission",
            )  # fmt: skip


def _is_program(facts: Facts, file: File) -> bool:
    """A program for the systems of the tags that ask for such a permission."""
    machines = {one for row in facts.promises if row.system in UNIX for one in row.machines}
    return any(
        image.format in FORMATS and not image.library and image.machine in machines
        for image in file.images
    )


def _is_script(facts: Facts, member: Member) -> bool:
    """A script that installers put beside Python itself."""
    outside = facts.systems and not facts.systems & UNIX
    if outside or not member.installed.startswith("bin/"):
        return False
    return (facts.head(member) or b"").startswith(b"#!")


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
            yield from _line(members[name], row[1], row[2], place, facts.tree / name)
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


def _line(member: Member, digest: str, size: str, place: str, file: Path) -> Iterator[Finding]:
    if member.name == place or member.broken:
        return
    kind, _, value = digest.partition("=")
    if not value:
        yield error("record-hash", member.name, "RECORD has no hash of it", REPACK)
    elif kind in WEAK:
        yield error(
            "record-hash", member.name, f"RECORD has a hash of the broken kind {kind}", REPACK
        )
    elif kind not in STRONG:
        yield error(
            "record-hash", member.name, f"RECORD has a hash of the unknown kind {kind}", REPACK
        )
    elif (right := _digest(member, kind, file)) and right != value.rstrip("="):
        yield error(
            "record-hash", member.name,
            f"its {kind.upper()} is not the one in RECORD: it was changed",
            "do not install it unless you know who changed it; " + REPACK,
        )  # fmt: skip
    if size and (not size.isdigit() or int(size) != member.size):
        yield error(
            "record-size", member.name, f"has {member.size} bytes, RECORD says {size}", REPACK
        )


def _digest(member: Member, kind: str, file: Path) -> str:
    """The hash as RECORD writes it; empty when the file was not unpacked."""
    if kind == "sha256":
        raw = bytes.fromhex(member.sha256)
    elif safe(member.name) and file.is_file():
        with file.open("rb") as stream:
            raw = hashlib.file_digest(stream, kind).digest()
    else:
        return ""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
