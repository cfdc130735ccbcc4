# SPDX-License-Identifier: Apache-2.0
"""What an ELF file says about itself: needed libraries, search path, oldest glibc."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

MAGIC = b"\x7fELF"
TEXT_TAGS = ("DT_NEEDED", "DT_SONAME", "DT_RPATH", "DT_RUNPATH")
GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")


@dataclass(frozen=True, kw_only=True)
class Elf:
    """One shared library or program."""

    needed: tuple[str, ...]
    soname: str
    rpath: tuple[str, ...]
    glibc: tuple[int, int]
    """Newest glibc version that it asks for; (0, 0) when none."""


def read_elf(path: Path) -> Elf | None:
    """Read `path`; None when it is no ELF file, or a damaged one."""
    with path.open("rb") as stream:
        if stream.read(4) != MAGIC:
            return None
        try:
            return _describe(ELFFile(stream))
        except (ELFError, ValueError, KeyError):
            return None


def _describe(elf: ELFFile) -> Elf:
    texts: dict[str, list[str]] = {tag: [] for tag in TEXT_TAGS}
    versions = [(0, 0)]
    for section in elf.iter_sections():
        if isinstance(section, DynamicSection):
            for tag in section.iter_tags():
                kind = str(tag.entry.d_tag)
                if kind in texts:
                    texts[kind].append(str(getattr(tag, kind.removeprefix("DT_").lower())))
        elif isinstance(section, GNUVerNeedSection):
            for _, entries in section.iter_versions():
                matches = [GLIBC.match(entry.name) for entry in entries]
                versions += [(int(m[1]), int(m[2])) for m in matches if m]
    search = ":".join([*texts["DT_RPATH"], *texts["DT_RUNPATH"]])
    return Elf(
        needed=tuple(texts["DT_NEEDED"]),
        soname="".join(texts["DT_SONAME"]),
        rpath=tuple(part for part in search.split(":") if part),
        glibc=max(versions),
    )


def elf_files(tree: Path) -> dict[Path, Elf]:
    """Describe every ELF file of a folder."""
    found = {path: read_elf(path) for path in sorted(tree.rglob("*")) if path.is_file()}
    return {path: elf for path, elf in found.items() if elf}


def newest_glibc(paths: Iterable[Path]) -> tuple[int, int]:
    """Return the newest glibc version that any of the files asks for."""
    elves = [read_elf(path) for path in paths]
    return max((elf.glibc for elf in elves if elf), default=(0, 0))
