# SPDX-License-Identifier: Apache-2.0
"""Write and unpack wheels: the same tree gives the same bytes, wherever and whenever."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

from wheels.errors import PackError, UsageError
from wheels.state import replacing

OLDEST = 315532800  # seconds; zip files know no time before 1980
NEWEST = 4354819199  # seconds; and none after 2107
LEVEL = 6


def given_date(environ: Mapping[str, str]) -> int | None:
    """SOURCE_DATE_EPOCH in seconds, None without it; what is older than a wheel can carry counts
    as the oldest. UsageError says what is no such time.
    """
    text = environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    try:
        seconds = int(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= NEWEST:
        raise UsageError(
            f"SOURCE_DATE_EPOCH={text} is no time that a wheel can carry",
            why=f"a zip file knows 1980 to 2107: whole seconds from 0 (taken for 1980) to {NEWEST}",
            then="unset SOURCE_DATE_EPOCH, or correct it",
        )
    return max(seconds, OLDEST)


def write_wheel(tree: Path, path: Path, *, epoch: int, level: int = LEVEL) -> None:
    """Write all files of `tree` as a wheel with a fresh RECORD; whole or not at all."""
    info = dist_info(tree)
    files = sorted(p for p in tree.rglob("*") if p.is_file() and p != info / "RECORD")
    files.sort(key=lambda p: p.is_relative_to(info))
    rows = []
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive,
    ):
        for file in files:
            data, name = file.read_bytes(), file.relative_to(tree).as_posix()
            rows.append(record_row(name, data))
            archive.writestr(_entry(name, os.access(file, os.X_OK), epoch), data)
        name = f"{info.name}/RECORD"
        text = "".join(f"{row}\n" for row in [*rows, f"{name},,"])
        archive.writestr(_entry(name, False, epoch), text.encode())


def record_row(name: str, data: bytes) -> str:
    """One line of RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    quoted = '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name
    return f"{quoted},sha256={digest},{len(data)}"


def _entry(name: str, executable: bool, epoch: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.gmtime(max(epoch, OLDEST))[:6])
    info.create_system = 3  # Unix, so that the permissions count
    mode = 0o755 if executable or ".so" in name.rsplit("/", 1)[-1] else 0o644
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def unpack_wheel(path: Path, folder: Path) -> None:
    """Unpack a wheel as it is, with the permissions that it gives."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            target = Path(archive.extract(info, folder))
            mode = info.external_attr >> 16
            if mode and not info.is_dir():
                target.chmod(0o755 if mode & 0o100 else 0o644)


def dist_info(tree: Path) -> Path:
    """Return the one .dist-info folder of an unpacked wheel."""
    found = sorted(tree.glob("*.dist-info"))
    if len(found) != 1:
        raise PackError(f"{tree}: {len(found)} .dist-info folders, a wheel has one")
    return found[0]


def read_member(wheel: Path, ending: str) -> bytes:
    """Return the member of a wheel whose name ends so."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(ending):
                return archive.read(name)
    raise PackError(f"{wheel}: holds no {ending}", why="it is no wheel, or was cut off")
