# SPDX-License-Identifier: Apache-2.0
"""Which pieces lie in a toolkit's folders, and what headers and packages say of their versions."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from mmap import ACCESS_READ, mmap
from pathlib import Path

from blas_probe.binary.host import made_for
from blas_probe.cuda.nvcc import Nvcc
from blas_probe.cuda.preprocess import MOST_HEADER
from blas_probe.cuda.toolkit import Part
from blas_probe.look import exists, first_text, is_file, is_folder, open_regular
from blas_probe.recipe.cuda import Anatomy, PartRow
from blas_probe.record import dataclass
from blas_probe.search.places import Machine

LARGEST = 1 << 31
LONGEST_LINE = 4096
PROGRAM = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How the programs of each system begin."""
VERSION_TAIL = re.compile(r"\.so\.(\d+(?:\.\d+)*)\Z")
PIN = re.compile(r"Requires-Dist:\s*([\w.-]+)\s*\(?\s*==\s*([\d.]+?)(?:\.\*)?\s*\)?\s*(?:;|$)")


@dataclass(frozen=True, kw_only=True)
class Folders:
    """A toolkit's folders that exist, in the order in which they are searched."""

    roots: tuple[Path, ...]
    bin: tuple[Path, ...]
    include: tuple[Path, ...]
    lib: tuple[Path, ...]

    def of(self, kind: str) -> tuple[Path, ...]:
        """The folders for a kind of piece."""
        return {"tool": self.bin, "header": self.include, "library": self.lib}[kind]


def folders_of(
    roots: Sequence[Path], nvcc: Nvcc | None, anatomy: Anatomy, machine: Machine, machine_name: str
) -> Folders:
    """What nvcc itself uses first, then the usual folders below each root."""
    find = anatomy.find
    every = list(dict.fromkeys([*roots, *_beside(roots, find.beside)]))
    targets = [text.split(":")[1] for text in find.targets if text.startswith(machine_name + ":")]

    def below(patterns: Iterable[str]) -> list[Path]:
        texts = [
            pattern.replace("{target}", target).replace("{triplet}", machine.triplet)
            for pattern in patterns
            for target in (targets if "{target}" in pattern else [""])
        ]
        return [root / text for root in every for text in texts]

    told = nvcc or Nvcc(path="")
    tools = [Path(told.top) / name for name in find.bin] if told.top else []
    tools += [Path(told.path).resolve().parent] if told.path else []
    libs = [Path(text) for text in told.lib if not text.endswith("stubs")]
    return Folders(
        roots=tuple(roots),
        bin=existing([*tools, *below(find.bin)]),
        include=existing([*(Path(text) for text in told.include), *below(find.include)]),
        lib=existing([*libs, *below(find.lib)]),
    )


def _beside(roots: Sequence[Path], rules: Sequence[str]) -> list[Path]:
    found = []
    for rule in rules:
        glob, _, below = rule.partition(":")
        for root in roots:
            if fnmatchcase(root.name, glob):
                found.append(Path(os.path.normpath(root / below.replace("{name}", root.name))))
    return [path for path in found if is_folder(path)]


def existing(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Those that exist, once per real folder; the first spelling counts."""
    found: dict[str, Path] = {}
    for path in paths:
        if is_folder(path):
            found.setdefault(os.path.realpath(path), path)
    return tuple(found.values())


def find_part(row: PartRow, folders: Folders) -> Part | None:
    """The piece, if a regular file of its name is there."""
    for folder in folders.of(row.kind):
        for glob in row.files:
            hits = [path for path in sorted(folder.glob(glob)) if is_file(path)]
            if hits:
                return _part(row, _plain(best(hits)), folders)
    return None


def _plain(path: Path) -> Path:
    """Without `..`, which the recipes' patterns hold."""
    return Path(os.path.realpath(path)) if ".." in path.parts else path


def best(hits: Sequence[Path]) -> Path:
    """The name with the soname's number: neither the bare link nor the full version."""
    numbered = [path for path in hits if VERSION_TAIL.search(path.name)]
    return min(numbered, key=lambda path: (len(path.name), path.name), default=hits[0])


def _part(row: PartRow, path: Path, folders: Folders) -> Part:
    version, told_by = None, None
    if row.text:
        version, told_by = text_version(path, row.text), "its own text"
    if row.kind == "header" and row.macros:
        version, told_by = header_version(path, row.macros), path.name
    linkable = None
    if row.kind == "library" and row.stem:
        names = [f"lib{row.stem}.so", f"{row.stem}.lib", f"lib{row.stem}.dylib"]
        linkable = any(exists(folder / name) for folder in folders.lib for name in names)
    return Part(name=row.name, kind=row.kind, path=str(path), version=version,
                told_by=told_by if version else None, linkable=linkable)  # fmt: skip


def header_version(path: Path, macros: Sequence[str]) -> str | None:
    """The version that a header's macros tell: one number (13050) or one for each place."""
    text = first_text(path, MOST_HEADER)
    values = []
    for name in macros:
        hit = re.search(
            rf"^[ \t]*#[ \t]*define[ \t]+{name}[ \t]+\(?(\d{{1,9}})\b", text, re.MULTILINE
        )
        if hit is None:
            return None
        values.append(hit[1])
    return from_number(int(values[0])) if len(values) == 1 else ".".join(values)


def text_version(path: Path, pattern: str) -> str | None:
    """The version inside a program's bytes: also that of one which cannot run here.

    A script may hold any text, and tells nothing.
    """
    start = re.match(r"[\w ]+", pattern)
    if start is None:
        return None
    rule, first = re.compile(pattern.encode()), start[0].encode()
    try:
        with open_regular(path) as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            readable = len(data) <= LARGEST and data[:4].startswith(PROGRAM)
            place = data.find(first) if readable else -1
            while place >= 0:
                if hit := rule.match(data, place):
                    return hit[1].decode().rstrip(".")
                place = data.find(first, place + 1)
    except (OSError, ValueError):  # unreadable, or empty
        return None
    return None


def foreign(parts: Iterable[Part], system: str, machine: str) -> str | None:
    """What a toolkit is made for, when no piece of it is made for this system and architecture."""
    heads = (made_for(Path(part.path)) for part in parts if part.kind != "header")
    kinds = dict.fromkeys(kind for kind in heads if kind is not None)
    if not kinds or (system.split("-")[0], machine) in kinds:
        return None
    return ", ".join(" ".join(kind) for kind in kinds)


def with_packages(
    parts: Sequence[Part], packages: Mapping[str, str], rows: Mapping[str, PartRow], suffix: str
) -> tuple[Part, ...]:
    """Pieces without a version of their own have that of the distribution which brought them."""

    def told(part: Part) -> Part:
        dist = rows[part.name].wheel + suffix
        if part.version is not None or dist not in packages:
            return part
        return dataclasses.replace(part, version=packages[dist], told_by=f"package {dist}")

    return tuple(map(told, parts))


def from_number(number: int) -> str:
    """13050 as 13.5."""
    return f"{number // 1000}.{number % 1000 // 10}"


def version_file(roots: Iterable[Path]) -> tuple[str, str] | None:
    """(file, release) of version.json, or of version.txt in older toolkits."""
    for root in roots:
        for name in ("version.json", "version.txt"):
            text = first_text(root / name, MOST_HEADER)
            release = _of_json(text) if name.endswith("json") else _of_text(text)
            if release:
                return name, release
    return None


def _of_text(text: str) -> str | None:
    hit = re.search(r"CUDA Version (\d+(?:\.\d+)+)", text)
    return hit and hit[1]


def _of_json(text: str) -> str | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    entry = data.get("cuda") if isinstance(data, dict) else None
    version = entry.get("version") if isinstance(entry, dict) else None
    return version if isinstance(version, str) and re.match(r"\d+\.\d+", version) else None


def pins_of(info: Path) -> dict[str, str]:
    """Distribution -> version, as the meta distribution pins them."""
    lines = first_text(info / "METADATA", MOST_HEADER).splitlines()
    hits = (PIN.match(line) for line in lines if len(line) < LONGEST_LINE)
    return {re.sub(r"[-_.]+", "-", hit[1]).lower(): hit[2] for hit in hits if hit}
