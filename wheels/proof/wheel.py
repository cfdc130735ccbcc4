# SPDX-License-Identifier: Apache-2.0
"""What a wheel file says by itself: is it whole, and does its RECORD tell the truth?"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.tags import Tag, sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

CHUNK = 1 << 20
MOST_BYTES = 8 << 30  # unpacked; more is no wheel of ours
DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, struct.error)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The members of a wheel."""

    hashes: Mapping[str, str]
    """Name -> SHA-256 (hex)."""
    texts: Mapping[str, bytes]
    """Of RECORD, and of every certificate."""
    problems: tuple[str, ...]
    """Why the file is no whole wheel; empty when it is."""


def read_wheel(path: Path, certificate: str) -> Contents:
    """Hash every member; members called `certificate` and RECORD are kept."""
    hashes: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    problems: list[str] = []
    try:
        with zipfile.ZipFile(path) as archive:
            problems += _odd_names(archive)
            if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
                return Contents(hashes={}, texts={}, problems=("it unpacks to more than 8 GiB",))
            for info in archive.infolist():
                if info.is_dir():
                    continue
                digest, kept = hashlib.sha256(), bytearray()
                wanted = PurePosixPath(info.filename).name in (certificate, "RECORD")
                with archive.open(info) as stream:
                    while piece := stream.read(CHUNK):
                        digest.update(piece)
                        kept += piece if wanted else b""
                hashes[info.filename] = digest.hexdigest()
                if wanted:
                    texts[info.filename] = bytes(kept)
    except DAMAGE as error:
        problems.append(f"it is no zip file, or was cut off or damaged: {error}")
    return Contents(hashes=hashes, texts=texts, problems=tuple(problems))


def _odd_names(archive: zipfile.ZipFile) -> Iterator[str]:
    names = archive.namelist()
    yield from (
        f"{name} is in it twice" for name in sorted({n for n in names if names.count(n) > 1})
    )
    for name in names:
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or "\\" in name:
            yield f"{name} would be unpacked outside of its folder"


def record_problems(contents: Contents) -> list[str]:
    """Where RECORD and the members do not agree."""
    records = [name for name in contents.texts if name.endswith(".dist-info/RECORD")]
    if len(records) != 1:
        return [f"it has {len(records)} RECORD files, a wheel has one"]
    try:
        rows = [row for row in csv.reader(io.StringIO(contents.texts[records[0]].decode())) if row]
        told = {row[0]: row[1] for row in rows}
    except (csv.Error, UnicodeDecodeError, IndexError) as error:
        return [f"RECORD cannot be read: {error}"]
    problems = [f"{name} is not in RECORD" for name in contents.hashes if name not in told]
    for name, text in told.items():
        if name == records[0]:
            continue
        if name not in contents.hashes:
            problems.append(f"RECORD names {name}, which is not there")
        elif text != _record_hash(contents.hashes[name]):
            problems.append(f"{name} is not the file that RECORD names")
    return problems


def _record_hash(digest: str) -> str:
    plain = base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()
    return f"sha256={plain}"


def tags_of(path: Path) -> frozenset[Tag] | None:
    """The tags in a wheel's name; None when it is no name of a wheel."""
    try:
        return parse_wheel_filename(path.name)[3]
    except InvalidWheelFilename:
        return None


def runs_here(tags: frozenset[Tag]) -> bool:
    """Say whether this machine runs what is in a wheel with these tags, whatever the Python."""
    here = {tag.platform for tag in sys_tags()}
    return any(tag.platform in here or tag.platform == "any" for tag in tags)
