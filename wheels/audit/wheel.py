# SPDX-License-Identifier: Apache-2.0
"""Open somebody's wheel: name, members, texts of .dist-info. Nothing in it is run."""

from __future__ import annotations

import errno
import hashlib
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from wheels.errors import NotAWheelError

CHUNK = 1 << 20
LARGEST_TEXT = 1 << 24
MOST_BYTES = 1 << 35
SITE = "lib/python/site-packages"
"""Where a wheel's files lie below the prefix, with the version of Python left out."""
SCHEMES = {"purelib": SITE, "platlib": SITE, "data": "", "scripts": "bin", "headers": "include"}
UNPACKING = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError)
BAD_NAMES = (
    errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ,
)  # fmt: skip
DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file of the archive."""

    name: str
    size: int
    packed: int
    sha256: str
    """Of what it holds; empty when it cannot be unpacked."""
    broken: str = ""
    """Why it cannot be unpacked."""
    link: bool = False

    @property
    def installed(self) -> str:
        """Where it lies below the prefix once it is installed."""
        top, _, rest = self.name.partition("/")
        if top.endswith(".data") and "/" in rest:
            scheme, _, inner = rest.partition("/")
            if scheme in SCHEMES:
                return str(PurePosixPath(SCHEMES[scheme]) / inner)
        return f"{SITE}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """One wheel, opened."""

    path: Path
    distribution: str
    version: str
    tags: frozenset[Tag]
    """Those of the file name."""
    name_problem: str
    """Why the file name is none of a wheel; empty when it is."""
    members: tuple[Member, ...]
    info: str
    """Folder of its metadata."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """WHEEL, METADATA, RECORD, ...: the texts in that folder."""
    size: int = 0

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags of the file name."""
        return tuple(sorted({tag.platform for tag in self.tags}))

    def headers(self, name: str) -> Message:
        """WHEEL or METADATA as fields."""
        return Parser().parsestr(self.texts.get(name, ""))

    @property
    def requirements(self) -> tuple[str, ...]:
        """Names of the distributions that it requires, those of extras too."""
        lines = self.headers("METADATA").get_all("Requires-Dist") or []
        names = [re.split(r"[\s\[;(<>=!~@]", line.strip(), maxsplit=1)[0] for line in lines]
        return tuple(sorted({re.sub(r"[-_.]+", "-", name).lower() for name in names if name}))


def safe(name: str) -> bool:
    """Does a member's name stay below the folder that it is unpacked into?"""
    parts = PurePosixPath(name).parts
    return bool(parts) and not (
        name.startswith("/") or "\\" in name or "\0" in name or ".." in parts or DRIVE.match(name)
    )


def open_wheel(path: Path, into: Path) -> Wheel:
    """Unpack `path` below the empty folder `into`; NotAWheelError when it is no wheel at all."""
    if not path.is_file():
        raise NotAWheelError(
            f"{path} is no file", why="a typing error, or it was moved", then="give a wheel's path"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            members, texts, info = _unpack(path, archive, into)
    except (*UNPACKING, ValueError) as error:
        raise NotAWheelError(
            f"{path} is no wheel: it cannot be opened as a zip archive",
            why=f"{error}; it was cut off while it was copied, or it is something else",
            then="fetch it again",
        ) from error
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
        problem = ""
    except InvalidWheelFilename as error:
        name, version, tags, problem = "", "", frozenset(), str(error)  # type: ignore[assignment]
    return Wheel(
        path=path,
        distribution=str(name),
        version=str(version),
        tags=tags,
        name_problem=problem,
        members=members,
        info=info,
        texts=texts,
        size=path.stat().st_size,
    )


def _unpack(
    path: Path, archive: zipfile.ZipFile, into: Path
) -> tuple[tuple[Member, ...], dict[str, str], str]:
    if not all(row.filename for row in archive.infolist()):
        msg = "a file in it has no name"
        raise ValueError(msg)
    rows = [row for row in archive.infolist() if not row.is_dir()]
    if sum(row.file_size for row in rows) > MOST_BYTES:
        raise NotAWheelError(
            f"{path} is refused: unpacked it would have more than {MOST_BYTES >> 30} GiB",
            why="a bomb: a small archive that fills a disk",
        )
    info = _info_folder(path, [row.filename for row in rows])
    members = tuple(_member(archive, row, into) for row in rows)
    texts = {}
    for member in members:
        if PurePosixPath(member.name).parent == PurePosixPath(info) and safe(member.name):
            file = into / member.name
            if file.is_file() and member.size <= LARGEST_TEXT:
                texts[PurePosixPath(member.name).name] = file.read_bytes().decode(
                    "utf-8", "replace"
                )
    return members, texts, info


def _info_folder(path: Path, names: list[str]) -> str:
    """The folder *.dist-info; the one that fits the file's name where there are several."""
    tops = sorted({name.split("/")[0] for name in names if "/" in name})
    found = [top for top in tops if top.endswith(".dist-info")]
    if not found:
        raise NotAWheelError(
            f"{path} is no wheel: it has no folder *.dist-info",
            why="it is another kind of archive",
            then="make wheels with a build tool, for example: pip wheel .",
        )
    stem = "-".join(path.name.split("-")[:2]).lower()
    return next((one for one in found if one.lower().startswith(stem)), found[0])


def _member(archive: zipfile.ZipFile, row: zipfile.ZipInfo, into: Path) -> Member:
    """Unpack one file, where its name is safe, and hash it."""
    target = into / row.filename if safe(row.filename) else None
    digest, problem, link = hashlib.sha256(), "", stat.S_ISLNK(row.external_attr >> 16)
    try:
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(row) as source:
            sink = target.open("wb") if target is not None and not target.exists() else None
            try:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    if sink is not None:
                        sink.write(chunk)
            finally:
                if sink is not None:
                    sink.close()
    except (*UNPACKING, RuntimeError) as error:
        problem = str(error)
    except OSError as error:
        if error.errno not in BAD_NAMES:
            raise
        problem = f"no file can have this name here: {error.strerror}"
    return Member(
        name=row.filename,
        size=row.file_size,
        packed=row.compress_size,
        sha256="" if problem else digest.hexdigest(),
        broken=problem,
        link=link,
    )
