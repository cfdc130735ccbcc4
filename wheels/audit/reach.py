# SPDX-License-Identifier: Apache-2.0
"""Which file of the wheel does a loader find for a needed name? Pure: paths, not files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from wheels.audit.facts import Facts, File
from wheels.audit.image import Image

OWN_FOLDER = ("$ORIGIN", "${ORIGIN}", "@loader_path")
PROGRAM_FOLDER = "@executable_path"
RUN_PATH = "@rpath/"
MODULE = ("PyInit_", "PyModExport_")
VERSIONED = re.compile(r"^lib/(?:python|pypy)\d[\d.]*t?(?=/|$)")


def folder(
    path: str, file: PurePosixPath, program: PurePosixPath | None = None
) -> PurePosixPath | None:
    """The folder below the prefix that a search path means; None for an absolute one.

    `program` is what runs, where it is a part of the wheel: mostly it is python, which lies
    nobody knows where.
    """
    starts = dict.fromkeys(OWN_FOLDER, file.parent)
    if program is not None:
        starts[PROGRAM_FOLDER] = program.parent
    head, _, rest = path.partition("/")
    if head not in starts:
        return None
    place = posixpath.normpath(str(starts[head] / rest.lstrip("/")))
    return PurePosixPath(VERSIONED.sub("lib/python", place))


def program_of(file: File, image: Image) -> PurePosixPath | None:
    """The file itself when it is a program."""
    return None if image.library else file.installed


def is_module(file: File) -> bool:
    """Does Python import it?"""
    return any(name.startswith(MODULE) for image in file.images for name in image.defined)


@dataclass(frozen=True, kw_only=True)
class Found:
    """How a needed library is found."""

    file: File | None
    """Where it lies in the wheel."""
    reached: bool
    """A search path leads there."""
    alone: tuple[File, ...] = ()
    """Modules with which nothing leads there, unless one of the others was imported before."""
    others: tuple[File, ...] = ()


class Tree:
    """All native files of a wheel by their place and name."""

    def __init__(self, facts: Facts) -> None:
        self.by_place: dict[str, File] = {}
        self.by_name: dict[str, list[File]] = {}
        self.fold = "windows" in facts.systems
        for file in facts.files:
            self.by_place[self._key(str(file.installed))] = file
            for name in names_of(file):
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
        return any(self.loaders.get(self._key(name)) for name in names_of(file))

    def find(self, file: File, image: Image, name: str) -> Found:
        """Look for what `file` needs, as the loader of its system would."""
        program = program_of(file, image)
        direct = self._direct(file, image, name, program)
        if direct is not None:
            return Found(file=direct, reached=True)
        above, hits, helpers = [file], [], []
        for loader, its, inherited in self._above(file):
            program = program_of(loader, its)
            hit = self._direct(loader, its, name, program) if _asks(its, name) else None
            hit = hit or self._direct(file, image, name, program, inherited)
            above.append(loader)
            if hit is not None:
                hits.append(hit)
                helpers.append(loader)
        if hits:
            alone, others = self._split(above, helpers)
            return Found(file=hits[0], reached=True, alone=alone, others=others)
        named = self.named(name)
        return Found(file=named[0] if named else None, reached=False)

    def _split(
        self, above: Iterable[File], helpers: Iterable[File]
    ) -> tuple[tuple[File, ...], tuple[File, ...]]:
        """The modules that load none of the helpers, and those that do, or are one."""
        helped = {one.name for one in helpers}
        helped |= {loader.name for one in helpers for loader, *_ in self._above(one)}
        modules = {one.name: one for one in above if is_module(one)}
        alone = tuple(one for name, one in modules.items() if name not in helped)
        return alone, tuple(one for name, one in modules.items() if name in helped)

    def _direct(
        self,
        file: File,
        image: Image,
        name: str,
        program: PurePosixPath | None,
        inherited: Sequence[PurePosixPath] = (),
    ) -> File | None:
        places: list[PurePosixPath] = []
        if image.format == "pe":
            places = [file.installed.parent / name]
        elif name.startswith(RUN_PATH):
            rest = name.removeprefix(RUN_PATH)
            places = [place / rest for place in (*_folders(file, image, program), *inherited)]
        elif name.startswith("@"):
            head, _, rest = name.partition("/")
            start = folder(head, file.installed, program)
            places = [start / rest] if start is not None else []
        elif "/" not in name:
            places = [place / name for place in (*_folders(file, image, program), *inherited)]
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
            for name in names_of(one):
                for loader, image in self.loaders.get(self._key(name), ()):
                    if loader.name not in seen:
                        seen.add(loader.name)
                        waiting.append(loader)
                        program = program_of(loader, image)
                        passed = _folders(loader, image, program) if image.inherited else ()
                        yield loader, image, tuple(passed)


def names_of(file: File) -> list[str]:
    """What others can call it."""
    return sorted({file.base, *(_last(image.soname) for image in file.images if image.soname)})


def _asks(image: Image, name: str) -> bool:
    return _last(name) in {_last(needed) for needed in image.needed}


def _folders(file: File, image: Image, program: PurePosixPath | None) -> Iterator[PurePosixPath]:
    for path in image.rpaths:
        place = folder(path, file.installed, program)
        if place is not None:
            yield place


def _last(name: str) -> str:
    return name.rpartition("/")[2]
