# SPDX-License-Identifier: Apache-2.0
"""Everything about one wheel that a comparison looks at. Read, never run."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from functools import partial
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from wheels.compare.native import Native, is_native, read_native
from wheels.errors import UsageError

INFO = re.compile(r"^([^/]+)-[^/-]+(?=\.(?:dist-info|data)/)")
# What zipfile raises for bytes that are no archive, or a damaged, split or encrypted one.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
NEXT = "python -m wheels compare A.whl B.whl"


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a wheel."""

    size: int
    digest: str
    kind: str
    """What installers make of it: `file`, `program` or `link`."""
    native: Native | None
    read: Callable[[], bytes]
    """Its bytes once more; only those that differ are decoded."""


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """One wheel."""

    path: Path
    size: int
    digest: str
    tags: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    """METADATA and WHEEL: all values of each field, the description as one more."""
    files: Mapping[str, File]
    certificates: Mapping[str, Mapping[str, str]]
    """File name -> its values by dotted name."""

    @property
    def unpacked(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


def read_wheel(path: Path) -> Wheel:
    """Read a wheel; UsageError when the file is none."""
    try:
        tags = tuple(sorted(map(str, parse_wheel_filename(path.name)[3])))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with zipfile.ZipFile(path) as archive:
            own = "-".join(path.name.split("-")[:2]).lower()
            rows = _placed([one for one in archive.infolist() if not one.is_dir()], own)
            contents = {name: archive.read(row) for name, row in rows.items()}
    except InvalidWheelFilename as error:
        what = f"{path}: its name is not that of a wheel"
        raise UsageError(what, why=str(error), then=NEXT) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read", why=str(error), then=NEXT) from error
    except DAMAGED as error:
        what = f"{path} is no wheel, or was cut off"
        raise UsageError(what, why=str(error), then="fetch or build it again") from error
    return Wheel(
        path=path,
        size=path.stat().st_size,
        digest=digest,
        tags=tags,
        fields=_fields(contents),
        files={name: _file(path, rows[name], contents[name]) for name in sorted(rows)},
        certificates=_certificates(contents),
    )


def placed(name: str) -> str:
    """A member's name without the version: the files of two releases are the same ones."""
    return INFO.sub(r"\1", name)


def _placed(rows: Sequence[zipfile.ZipInfo], own: str) -> dict[str, zipfile.ZipInfo]:
    """Each member by its place; where two have the same one, the second keeps its own name.

    The folders that are called as the wheel itself come first.
    """
    answer: dict[str, zipfile.ZipInfo] = {}
    for row in sorted(rows, key=lambda row: not row.filename.lower().startswith(own)):
        name = placed(row.filename)
        if name in answer:
            name = row.filename
        while name in answer:
            name += " (again)"
        answer[name] = row
    return answer


def _file(path: Path, row: zipfile.ZipInfo, data: bytes) -> File:
    return File(
        size=len(data),
        digest=hashlib.sha256(data).hexdigest(),
        kind=_kind(row.external_attr >> 16),
        native=read_native(data) if is_native(data) else None,
        read=partial(_bytes, path, row),
    )


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    return "program" if stat.S_ISREG(mode) and mode & 0o111 else "file"


def _bytes(path: Path, row: zipfile.ZipInfo) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(row)


def _fields(contents: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    answer: dict[str, list[str]] = {}
    for name in sorted(contents):
        folder, _, file = name.partition("/")
        if folder.endswith(".dist-info") and file in ("METADATA", "WHEEL"):
            message = HeaderParser().parsestr(contents[name].decode("utf-8", "replace"))
            for field, value in message.items():
                answer.setdefault(f"{file}: {field}", []).append(_canonical(field, str(value)))
            answer.setdefault(f"{file}: (text)", []).append(str(message.get_payload()).strip())
    return {field: tuple(sorted(values)) for field, values in answer.items()}


def _canonical(field: str, value: str) -> str:
    """One spelling of a requirement: quotes and blanks mean nothing."""
    if field != "Requires-Dist":
        return value
    try:
        return str(Requirement(value))
    except InvalidRequirement:
        return value


def _certificates(contents: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    answer = {}
    for name, data in contents.items():
        if name.rpartition("/")[2] != "certificate.json":
            continue
        try:
            answer[name] = dict(_flat(json.loads(data)))
        except (ValueError, RecursionError) as error:
            answer[name] = {"(unreadable)": str(error)}
    return answer


def _flat(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every value of a JSON document with its dotted name."""
    if isinstance(value, dict):
        for key, item in sorted(value.items()):
            yield from _flat(item, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{at}[{index}]")
    else:
        yield at, json.dumps(value, ensure_ascii=False)
