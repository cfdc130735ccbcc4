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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from wheels.errors import NotAWheelError, WheelsError, from_os_error

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
END, END_LENGTH, LONGEST_COMMENT = b"PK\5\6", 22, 65535
"""How the last record of a zip archive begins, its length, and what may follow in it."""


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
    mode: int = 0
    """Kind and permissions as Unix has them; 0 when the archive names none."""
    method: int = 0
    """How it is packed, by zip's number."""

    @property
    def link(self) -> bool:
        """A symbolic link."""
        return stat.S_ISLNK(self.mode)

    @property
    def executable(self) -> bool:
        """Installers make it a file that can be run."""
        return stat.S_ISREG(self.mode) and bool(self.mode & 0o111)

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
    undecodable: Mapping[str, str] = field(default_factory=dict)
    """Those of them that are not UTF-8, and why."""
    size: int = 0
    before: int = 0
    """Bytes before the zip archive."""
    behind: int = 0
    """Bytes behind it."""

    @property
    def infos(self) -> tuple[str, ...]:
        """All folders *.dist-info at the top; a sound wheel has one."""
        return tuple(_info_folders(member.name for member in self.members))

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
    """Unpack `path` below the empty folder `into`.

    NotAWheelError when it is no wheel at all, another error when it cannot be written there.
    """
    if not path.is_file():
        raise NotAWheelError(
            f"{path} is no file", why="a typing error, or it was moved", then="give a wheel's path"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            before = min((row.header_offset for row in archive.infolist()), default=0)
            members, info = _unpack(path, archive, into)
        texts, undecodable = _texts(members, info, into)
        behind = _behind(path)
    except OSError as error:
        raise _unwritten(path, into, error) from error
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
        undecodable=undecodable,
        size=path.stat().st_size,
        before=before,
        behind=behind,
    )


def _unwritten(path: Path, into: Path, error: OSError) -> WheelsError:
    """A wheel that cannot be read, or what is in it not written."""
    if str(error.filename) == str(path):
        return NotAWheelError(
            f"{path} cannot be read", why=error.strerror or str(error), then="see its permissions"
        )
    return type(from_os_error(error, ""))(
        f"{path} cannot be unpacked below {into}",
        why=error.strerror or str(error),
        then="free space there, or name another folder: TMPDIR=FOLDER python -m wheels audit ...",
    )


def _behind(path: Path) -> int:
    """How many bytes follow the archive's last record."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - END_LENGTH - LONGEST_COMMENT))
        tail = stream.read()
    at = tail.rfind(END)
    comment = int.from_bytes(tail[at + END_LENGTH - 2 : at + END_LENGTH], "little")
    return max(0, len(tail) - at - END_LENGTH - comment)


def _unpack(path: Path, archive: zipfile.ZipFile, into: Path) -> tuple[tuple[Member, ...], str]:
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
    return tuple(_member(archive, row, into) for row in rows), info


def _texts(
    members: tuple[Member, ...], info: str, into: Path
) -> tuple[dict[str, str], dict[str, str]]:
    """The texts in the folder of metadata, and why some are not UTF-8."""
    texts, undecodable = {}, {}
    for member in members:
        name, file = PurePosixPath(member.name), into / member.name
        if name.parent != PurePosixPath(info) or not safe(member.name):
            continue
        if file.is_file() and member.size <= LARGEST_TEXT:
            data = file.read_bytes()
            texts[name.name] = data.decode("utf-8", "replace")
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                undecodable[name.name] = str(error)
    return texts, undecodable


def _info_folder(path: Path, names: list[str]) -> str:
    """The folder *.dist-info; the one that fits the file's name where there are several."""
    found = _info_folders(names)
    if not found:
        raise NotAWheelError(
            f"{path} is no wheel: it has no folder *.dist-info",
            why="it is another kind of archive",
            then="make wheels with a build tool, for example: pip wheel .",
        )
    stem = "-".join(path.name.split("-")[:2]).lower()
    return next((one for one in found if one.lower().startswith(stem)), found[0])


def _info_folders(names: Iterable[str]) -> list[str]:
    tops = {name.split("/")[0] for name in names if "/" in name}
    return sorted(top for top in tops if top.endswith(".dist-info"))


def _member(archive: zipfile.ZipFile, row: zipfile.ZipInfo, into: Path) -> Member:
    """Unpack one file, where its name is safe, and hash it."""
    target = into / row.filename if safe(row.filename) else None
    digest, problem = hashlib.sha256(), ""
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
        mode=row.external_attr >> 16,
        method=row.compress_type,
    )
