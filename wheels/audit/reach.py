# SPDX-License-Identifier: Apache-2.0
"""Which file of the wheel does a loader find for a needed name? Pure: paths, not files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from wheels.audit.facts import Facts, File
from wheels.audit.image import Image

OWN_FOLDER = ("$ORIGIN", "${ORIGIN}", "@loader_path", "@executable_path")
RUN_PATH = "@rpath/"


def folder(path: str, file: PurePosixPath) -> PurePosixPath | None:
    """The folder below the prefix that a search path means; None for an absolute one."""
    for mark in OWN_FOLDER:
        if path == mark or path.startswith(mark + "/"):
            rest = path[len(mark) :].lstrip("/")
            return PurePosixPath(posixpath.normpath(str(file.parent / rest)))
    return None


@dataclass(frozen=True, kw_only=True)
class Found:
    """How a needed library is found."""

    file: File | None
    """Where it lies in the wheel."""
    reached: bool
    """A search path leads there."""


class Tree:
    """All native files of a wheel by their place and name."""

    def __init__(self, facts: Facts) -> None:
        self.by_place: dict[str, File] = {}
        self.by_name: dict[str, list[File]] = {}
        self.fold = "windows" in facts.systems
        for file in facts.files:
            self.by_place[self._key(str(file.installed))] = file
            for name in _names(file):
                self.by_name.setdefault(self._key(name), []).append(file)
        self.loaders: dict[str, list[tuple[File, Image]]] = {}
        for file, image in facts.images():
            for name in image.needed:
                self.loaders.setdefault(self._key(_last(name)), []).append((file, image))

    def _key(self, name: str) -> str:
        return name.lower() if self.fold else name

    def named(self, name: str) -> list[File]:
        """Files that could be meant."""
        return self.by_name.get(self._key(_last(name)), [])

    def is_needed(self, file: File) -> bool:
        """Does another file of the wheel ask for it when it is loaded?"""
        return any(self.loaders.get(self._key(name)) for name in _names(file))

    def find(self, file: File, image: Image, name: str) -> Found:
        """Look for what `file` needs, as the loader of its system would."""
        direct = self._direct(file, image, name, ())
        if direct is not None:
            return Found(file=direct, reached=True)
        for loader, its, inherited in self._above(file):
            hit = self._direct(loader, its, name, ()) if _asks(its, name) else None
            hit = hit or (self._direct(file, image, name, inherited) if inherited else None)
            if hit is not None:
                return Found(file=hit, reached=True)
        named = self.named(name)
        return Found(file=named[0] if named else None, reached=False)

    def _direct(
        self, file: File, image: Image, name: str, inherited: Sequence[PurePosixPath]
    ) -> File | None:
        places: list[PurePosixPath] = []
        if image.format == "pe":
            places = [file.installed.parent / name]
        elif name.startswith(RUN_PATH):
            rest = name.removeprefix(RUN_PATH)
            places = [place / rest for place in (*_folders(file, image), *inherited)]
        elif name.startswith("@"):
            head, _, rest = name.partition("/")
            start = folder(head, file.installed)
            places = [start / rest] if start is not None else []
        elif "/" not in name:
            places = [place / name for place in (*_folders(file, image), *inherited)]
        for place in places:
            hit = self.by_place.get(self._key(posixpath.normpath(str(place))))
            if hit is not None:
                return hit
        return None

    def _above(self, file: File) -> Iterator[tuple[File, Image, tuple[PurePosixPath, ...]]]:
        """The files that load this one, and theirs, with the folders that they pass on."""
        waiting, seen = [file], {file.name}
        while waiting:
            one = waiting.pop()
            for name in _names(one):
                for loader, image in self.loaders.get(self._key(name), ()):
                    if loader.name not in seen:
                        seen.add(loader.name)
                        waiting.append(loader)
                        passed = tuple(_folders(loader, image)) if image.inherited else ()
                        yield loader, image, passed


def _names(file: File) -> list[str]:
    """What others can call it."""
    return sorted({file.base, *(_last(image.soname) for image in file.images if image.soname)})


def _asks(image: Image, name: str) -> bool:
    return _last(name) in {_last(needed) for needed in image.needed}


def _folders(file: File, image: Image) -> Iterator[PurePosixPath]:
    for path in image.rpaths:
        place = folder(path, file.installed)
        if place is not None:
            yield place


def _last(name: str) -> str:
    return name.rpartition("/")[2]
