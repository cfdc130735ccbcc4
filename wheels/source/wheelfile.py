# SPDX-License-Identifier: Apache-2.0
"""Take a wheel apart and put it together again: same input, same bytes."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from pathlib import Path

MOMENT = (1980, 1, 1, 0, 0, 0)
REGULAR = 0o100000


def unpack(wheel: Path, folder: Path) -> None:
    """Write all files of `wheel` below `folder`."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)


def pack(folder: Path, wheel: Path) -> None:
    """Make `wheel` of everything below `folder`, with a new RECORD; never half-written."""
    record = next(folder.glob("*.dist-info")) / "RECORD"
    files = sorted(
        (path for path in folder.rglob("*") if path.is_file() and path != record),
        key=lambda path: (
            ".dist-info" in path.relative_to(folder).parts[0],
            path.relative_to(folder).as_posix(),
        ),
    )
    rows = [_row(path.relative_to(folder).as_posix(), path.read_bytes()) for path in files]
    rows.append(f"{record.relative_to(folder).as_posix()},,")
    record.write_text("\n".join(rows) + "\n", encoding="utf-8")
    unfinished = wheel.with_name(f".{wheel.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in [*files, record]:
                archive.writestr(_entry(path, folder), path.read_bytes())
        unfinished.replace(wheel)
    finally:
        unfinished.unlink(missing_ok=True)


def _entry(path: Path, folder: Path) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), MOMENT)
    mode = 0o755 if ".so" in path.suffixes or os.access(path, os.X_OK) else 0o644
    info.external_attr = (REGULAR | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _row(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"
