# SPDX-License-Identifier: Apache-2.0
"""Licence files of what is bundled: from the PyPI package's dist-info, or the system's package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wheels.command import call
from wheels.errors import WheelsError

DOCUMENTS = Path("/usr/share/doc")
LICENCE_NAME = re.compile(r"(licen[cs]e|copying|notice|copyright)", re.IGNORECASE)
GRAFTED = re.compile(r"(?P<stem>.+)-[0-9a-f]{8}(?P<rest>\.so.*|-.*\.so.*|\.dylib|\.dll)\Z")
QUERY_TIMEOUT = 60.0  # seconds


def original_name(grafted: str) -> str:
    """Undo the renaming of a grafted library: `libblis-1a2b3c4d.so.4.0` -> `libblis.so.4.0`."""
    match = GRAFTED.match(grafted)
    return f"{match['stem']}{match['rest']}" if match else grafted


def folder_of(library: str) -> str:
    """Folder of a library's licences: tools take all that ends in `.so` for a library."""
    return library.replace(".", "_")


def find_original(name: str, known: Mapping[str, Path], folders: Sequence[Path]) -> Path | None:
    """Find the file that was grafted: one of the chosen libraries, or one in `folders`."""
    if name in known:
        return known[name]
    for folder in folders:
        if (folder / name).exists():
            return (folder / name).resolve()
    return None


def of_library(path: Path, env: Mapping[str, str]) -> list[Path]:
    """Return the licence files that belong to a library file; an empty list when none is known."""
    return of_package(path) or of_debian(path, env)


def of_package(path: Path) -> list[Path]:
    """Look for the dist-info whose RECORD names `path`."""
    for folder in path.parents:
        for record in sorted(folder.glob("*.dist-info/RECORD")):
            if _names(record, path):
                return _licence_files(record.parent)
        for site in sorted(folder.glob("lib/python*/site-packages")):
            for record in sorted(site.glob("*.dist-info/RECORD")):
                if _names(record, path):
                    return _licence_files(record.parent)
    return []


def _names(record: Path, path: Path) -> bool:
    lines = record.read_text(encoding="utf-8").splitlines()
    here = [line.split(",")[0].strip('"') for line in lines if path.name in line]
    return any((record.parent.parent / name).resolve() == path.resolve() for name in here)


def _licence_files(info: Path) -> list[Path]:
    inner = sorted(path for path in (info / "licenses").rglob("*") if path.is_file())
    return inner or sorted(p for p in info.iterdir() if LICENCE_NAME.match(p.name))


def of_debian(path: Path, env: Mapping[str, str]) -> list[Path]:
    """Ask dpkg which package owns `path`, and take that package's copyright file."""
    for name in _spellings(path):
        try:
            done = call(["dpkg", "-S", name], env=env, timeout=QUERY_TIMEOUT, check=False)
        except WheelsError:
            return []  # no dpkg here
        if done.returncode == 0:
            package = done.output.splitlines()[0].split(":")[0]
            document = DOCUMENTS / package / "copyright"
            return [document] if document.is_file() else []
    return []


def _spellings(path: Path) -> Iterable[str]:
    """dpkg knows a file under the name that its package gave: with or without /usr."""
    text = str(path.resolve())
    yield text
    yield text.removeprefix("/usr") if text.startswith("/usr/lib") else f"/usr{text}"


def for_wheel(
    grafted: Iterable[str],
    known: Mapping[str, Path],
    folders: Sequence[Path],
    env: Mapping[str, str],
) -> tuple[dict[str, Path], list[str]]:
    """Return (name below licenses/ -> file) and the libraries without any known licence."""
    files: dict[str, Path] = {}
    missing: list[str] = []
    for name in sorted(grafted):
        plain = original_name(name)
        source = find_original(plain, known, folders)
        texts = of_library(source, env) if source else []
        if not texts:
            missing.append(plain)
        for text in texts:
            files[f"bundled/{folder_of(plain)}/{text.name}"] = text
    return files, missing
