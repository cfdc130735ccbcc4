# SPDX-License-Identifier: Apache-2.0
"""Make index/simple from dist/: PEP 503 pages, PEP 691 JSON, PEP 658 metadata files, hashes."""

from __future__ import annotations

import hashlib
import html
import urllib.parse
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from zipfile import BadZipFile

from packaging.utils import parse_wheel_filename

from wheels.archive import read_member
from wheels.errors import IndexingError, UsageError
from wheels.fingerprint import HashCache, fingerprint
from wheels.folders import Folders
from wheels.metadata import normalised
from wheels.state import new_folder, read_json_or_none, require_writable, share, to_json, write_json

API = "1.1"
MARK = "made-from.json"
UNREADABLE = (ValueError, RuntimeError, EOFError, BadZipFile, zlib.error)
"""What a file that is no wheel, a damaged or encrypted one, or METADATA not in UTF-8 gives."""


@dataclass(frozen=True, kw_only=True)
class File:
    """One wheel of the index."""

    project: str
    """Normalised name."""
    version: str
    path: Path
    sha256: str
    size: int
    requires_python: str
    metadata: bytes
    metadata_sha256: str


def require_index(folders: Folders) -> None:
    """Refuse, before any work, an index folder that could not be replaced at the end."""
    require_ours(folders.index, (folders.dist, folders.build, folders.recipes, folders.root))
    require_writable(folders.index.parent, "--index")


def require_ours(index: Path, others: Sequence[Path]) -> None:
    """Refuse an index folder that is not ours to replace, or that holds one of `others`."""
    then = "give an empty or a new folder with --index FOLDER"
    for path in others:
        if path.is_relative_to(index):
            raise UsageError(
                f"{index} cannot be the index: {path} lies there",
                why="an index replaces the whole folder",
                then=then,
            )
    if not index.exists() or (index / MARK).is_file():
        return
    if not index.is_dir() or any(index.iterdir()):
        raise UsageError(
            f"{index} is no index of ours: it is {_kind(index)}",
            why="an index replaces the whole folder, and this one was made by something else",
            then=then,
        )


def _kind(path: Path) -> str:
    return f"a folder without {MARK}" if path.is_dir() else "a file"


def make_index(dist: Path, index: Path, cache: HashCache) -> int:
    """Replace `index` by one that holds what lies in `dist`; returns the number of wheels.

    The folder is complete in itself (wheels are hard links where possible) and may be moved.
    """
    require_ours(index, [dist])
    wheels = sorted(dist.glob("*.whl"))
    value = fingerprint(cache, dist, wheels, str(index), API)
    mark = read_json_or_none(index / MARK)
    if isinstance(mark, dict) and mark.get("fingerprint") == value and (index / "simple").is_dir():
        return len(wheels)
    files = [describe(path, cache) for path in wheels]
    with new_folder(index) as temporary:
        for name, page in pages(files).items():
            target = temporary / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(page)
        for file in files:
            share(file.path, temporary / "simple" / file.project / file.path.name)
        write_json(temporary / MARK, {"fingerprint": value})
    return len(files)


def describe(path: Path, cache: HashCache) -> File:
    """Read what an index says about one wheel."""
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
        metadata = read_member(path, ".dist-info/METADATA")
        fields = HeaderParser().parsestr(metadata.decode("utf-8"))
    except UNREADABLE as error:
        raise IndexingError(
            f"{path}: no wheel: {error}",
            why="it was cut off, or put there by hand",
            then=f"remove it and run: python -m wheels index   (rm {path})",
        ) from error
    told = {field: fields[field] or "" for field in ("Name", "Version")}
    if normalised(told["Name"]) != name or told["Version"] != str(version):
        raise IndexingError(
            f"{path}: the file name says {name} {version}, "
            f"METADATA says {' '.join(told.values()).strip() or 'neither name nor version'}",
            why="the file was renamed, or its METADATA is damaged",
            then="remove it and run: python -m wheels release",
        )
    return File(
        project=name,
        version=str(version),
        path=path,
        sha256=cache.of(path),
        size=path.stat().st_size,
        requires_python=fields["Requires-Python"] or "",
        metadata=metadata,
        metadata_sha256=hashlib.sha256(metadata).hexdigest(),
    )


def pages(files: Sequence[File]) -> dict[str, bytes]:
    """Return all files of the index: path below index/ -> content."""
    projects: dict[str, list[File]] = {}
    for file in files:
        projects.setdefault(file.project, []).append(file)
    names = sorted(projects)
    out = {
        "simple/index.html": _html("Simple index", [f'<a href="{n}/">{n}</a>' for n in names]),
        "simple/index.json": _json({"projects": [{"name": name} for name in names]}),
    }
    for name in names:
        out[f"simple/{name}/index.html"] = _html(
            f"Links for {name}", [_link(file) for file in projects[name]]
        )
        out[f"simple/{name}/index.json"] = _json(_project(name, projects[name]))
        for file in projects[name]:
            out[f"simple/{name}/{file.path.name}.metadata"] = file.metadata
    return out


def _link(file: File) -> str:
    attributes = f'data-core-metadata="sha256={file.metadata_sha256}"'
    attributes += f' data-dist-info-metadata="sha256={file.metadata_sha256}"'
    if file.requires_python:
        attributes += f' data-requires-python="{html.escape(file.requires_python)}"'
    address = f"{urllib.parse.quote(file.path.name)}#sha256={file.sha256}"
    return f'<a href="{html.escape(address)}" {attributes}>{html.escape(file.path.name)}</a>'


def _html(title: str, links: Sequence[str]) -> bytes:
    head = f'<meta name="pypi:repository-version" content="{API}"><title>{title}</title>'
    body = "".join(f"{link}<br>\n" for link in links)
    page = f"<!DOCTYPE html>\n<html><head>{head}</head><body>\n{body}</body></html>\n"
    return page.encode("utf-8")


def _json(data: Mapping[str, object]) -> bytes:
    return to_json({"meta": {"api-version": API}, **data}).encode("utf-8")


def _project(name: str, files: Sequence[File]) -> dict[str, object]:
    rows = [
        {
            "filename": file.path.name,
            "url": urllib.parse.quote(file.path.name),
            "hashes": {"sha256": file.sha256},
            "size": file.size,
            "requires-python": file.requires_python or None,
            "core-metadata": {"sha256": file.metadata_sha256},
        }
        for file in files
    ]
    return {"name": name, "versions": sorted({file.version for file in files}), "files": rows}
