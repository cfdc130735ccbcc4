# SPDX-License-Identifier: Apache-2.0
"""Everything that a set of files would bring into one process. Read, never loaded.

Works on installed libraries and on the unpacked contents of a wheel alike: a list of files and
folders comes in, the files in the loader's order and the names that nothing answers come out.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from blas_probe.threads.loader import Loader, Opened
from blas_probe.threads.needs import Needs, needs_of

Extra = Callable[[Opened], Sequence[str]]
"""Names or paths that a file opens while it runs, though it does not say so."""


class Missing(NamedTuple):
    """A name that no file answers, and who asked for it."""

    name: str
    asker: str


@dataclass(frozen=True, kw_only=True)
class Closure:
    """What a process would hold."""

    opened: tuple[Opened, ...]
    """In the loader's order, each real file once."""
    missing: tuple[Missing, ...]
    """Names outside the set and this system; usual for a wheel of another platform."""
    skipped: tuple[str, ...]
    """Given files that are no libraries."""


def closure(paths: Iterable[Path], loader: Loader, *, extra: Extra | None = None) -> Closure:
    """Follow `paths` (files, and folders for all libraries in them) as `loader` would."""
    given, skipped = _given(paths)
    walk = _Walk(loader, given, extra)
    for path, needs in given:
        walk.open(Opened(path, needs, None))
    opened, missing = walk.finish()
    return Closure(opened=opened, missing=missing, skipped=skipped)


def _given(paths: Iterable[Path]) -> tuple[list[tuple[Path, Needs]], tuple[str, ...]]:
    libraries, skipped = [], []
    for path in dict.fromkeys(file for one in paths for file in _files(one)):
        needs = needs_of(path)
        if needs is None:
            skipped.append(str(path))
        else:
            libraries.append((path, needs))
    return libraries, tuple(skipped)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for folder, _, names in sorted(os.walk(path)):
            yield from (Path(folder) / name for name in sorted(names))
    else:
        yield Path(os.path.abspath(path))  # noqa: PTH100 (links must stay as they are)


class _Walk:
    """The loader's state: what is open, and under which names."""

    def __init__(
        self, loader: Loader, given: Sequence[tuple[Path, Needs]], extra: Extra | None
    ) -> None:
        self.loader = loader
        self.extra = extra
        # What is given will be in the process: its own names answer when nothing else does.
        self.siblings = {key: path for path, needs in reversed(given) for key in _keys(path, needs)}
        self.waiting: deque[Opened] = deque()
        self.real: dict[str, Opened] = {}
        self.names: dict[str, Opened] = {}
        self.missing: dict[str, Missing] = {}

    def open(self, one: Opened) -> None:
        """Note the file, unless this very file is open, and what it asks for, breadth first."""
        if one.real not in self.real:
            self.real[one.real] = one
            self.waiting.append(one)
            self._follow()

    def finish(self) -> tuple[tuple[Opened, ...], tuple[Missing, ...]]:
        """All files in order, and the names without an answer."""
        return tuple(self.real.values()), tuple(self.missing.values())

    def _follow(self) -> None:
        while self.waiting:
            asker = self.waiting.popleft()
            for key in _keys(asker.path, asker.needs):
                self.names.setdefault(key, asker)
            for name in (*asker.needs.needed, *(self.extra(asker) if self.extra else ())):
                self._answer(name, asker)

    def _answer(self, name: str, asker: Opened) -> None:
        if _key(name, asker.needs.kind) in self.names:
            return  # a file of that name is open already: the loader looks no further
        found = self._find(name, asker)
        if found is None:
            self.missing.setdefault(name, Missing(name, str(asker.path)))
        elif found.real in self.real:
            self.names.setdefault(_key(name, asker.needs.kind), self.real[found.real])
        else:
            self.real[found.real] = found
            self.names.setdefault(_key(name, asker.needs.kind), found)
            for key in _keys(found.path, found.needs):
                self.names.setdefault(key, found)
            self.waiting.append(found)

    def _find(self, name: str, asker: Opened) -> Opened | None:
        """The first file on the loader's way that fits the asker's machine."""
        sibling = self.siblings.get(_key(name, asker.needs.kind))
        for path in (*self.loader.candidates(name, asker), *([sibling] if sibling else [])):
            needs = needs_of(path)
            if needs is not None and _fit(needs, asker.needs):
                return Opened(path, needs, asker)
        return None


def _fit(needs: Needs, asker: Needs) -> bool:
    mine, theirs = (needs.kind, needs.bits, needs.machine), (asker.kind, asker.bits, asker.machine)
    return mine == theirs


def _keys(path: Path, needs: Needs) -> Iterator[str]:
    """The names that this open file answers to."""
    if needs.kind != "mach-o":  # dyld compares files, not names
        if needs.name:
            yield _key(needs.name, needs.kind)
        if needs.kind == "pe":
            yield _key(path.name, needs.kind)


def _key(name: str, kind: str) -> str:
    return f"{kind}:{name.lower() if kind == 'pe' else name}"
