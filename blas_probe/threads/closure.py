# SPDX-License-Identifier: Apache-2.0
"""Everything that a set of files would bring into one process. Read, never loaded.

Works on installed libraries and on the unpacked contents of a wheel alike: a list of files and
folders comes in, the files in the loader's order and the names that nothing answers come out.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from blas_probe.binary import Binary, read
from blas_probe.errors import BinaryError
from blas_probe.look import Paths, as_paths, is_folder
from blas_probe.record import dataclass
from blas_probe.threads.loader import RULES, Loader, Opened, loader_of

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


def dependencies(
    paths: Paths,
    *,
    root: Path = Path("/"),
    environ: Mapping[str, str] | None = None,
) -> Closure:
    """All files that `paths` (files and folders) would bring along on the system below `root`.

    Nothing is loaded; each file comes with what it defines, takes, asks for and where it looks,
    so that a finished wheel can be judged by this alone.
    """
    return closure(as_paths(paths), loader_of(root, environ))


def closure(paths: Iterable[Path], loader: Loader, *, extra: Extra | None = None) -> Closure:
    """Follow `paths` (files, and folders for all libraries in them) as `loader` would."""
    wanted = list(paths)
    given, skipped = _given(wanted)
    walk = _Walk(loader, given, extra)
    for path, file in given:
        if path in wanted or not walk.has_its_double(path, file):
            walk.open(Opened(path, file, None))
    opened, missing = walk.finish()
    return Closure(opened=opened, missing=missing, skipped=skipped)


def _given(paths: Iterable[Path]) -> tuple[list[tuple[Path, Binary]], tuple[str, ...]]:
    libraries, skipped = [], []
    for path in dict.fromkeys(below for one in paths for below in _files(one)):
        file = library_at(path)
        if file is None:
            skipped.append(str(path))
        else:
            libraries.append((path, file))
    return libraries, tuple(skipped)


def _files(path: Path) -> Iterator[Path]:
    if is_folder(path):
        for folder, _, names in sorted(os.walk(path)):
            yield from (Path(folder) / name for name in sorted(names))
    else:
        yield Path(os.path.abspath(path))  # noqa: PTH100 (links must stay as they are)


class _Walk:
    """The loader's state: what is open, and under which names."""

    def __init__(
        self, loader: Loader, given: Sequence[tuple[Path, Binary]], extra: Extra | None
    ) -> None:
        self.loader = loader
        self.extra = extra
        # What is given will be in the process: its own names answer when nothing else does.
        self.siblings = {key: path for path, file in reversed(given) for key in _keys(path, file)}
        self.asked = {_key("elf", name) for _, file in given for name in file.needed}
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

    def has_its_double(self, path: Path, file: Binary) -> bool:
        """Is a file of that name open, and is this one there for those who ask for the name?

        Wheels bring the same run-time under the same name; glibc opens the first of them only.
        """
        keys = set(_keys(path, file)) if file.format == "elf" else set()
        return any(key in self.names and key in self.asked for key in keys)

    def finish(self) -> tuple[tuple[Opened, ...], tuple[Missing, ...]]:
        """All files in order, and the names without an answer."""
        return tuple(self.real.values()), tuple(self.missing.values())

    def _follow(self) -> None:
        while self.waiting:
            asker = self.waiting.popleft()
            for key in _keys(asker.path, asker.file):
                self.names.setdefault(key, asker)
            for name in (*asker.file.needed, *(self.extra(asker) if self.extra else ())):
                self._answer(name, asker)

    def _answer(self, name: str, asker: Opened) -> None:
        if _wish(name, asker) in self.names:
            return  # a file of that name is open already: the loader looks no further
        found = self._find(name, asker)
        if found is None:
            self.missing.setdefault(name, Missing(name, str(asker.path)))
        elif found.real in self.real:
            self.names.setdefault(_wish(name, asker), self.real[found.real])
        else:
            self.real[found.real] = found
            self.names.setdefault(_wish(name, asker), found)
            for key in _keys(found.path, found.file):
                self.names.setdefault(key, found)
            self.waiting.append(found)

    def _find(self, name: str, asker: Opened) -> Opened | None:
        """The first file on the loader's way that fits the asker's machine."""
        sibling = self.siblings.get(_wish(name, asker))
        for path in (*self.loader.candidates(name, asker), *([sibling] if sibling else [])):
            file = library_at(path, asker.file.machine)
            if file is not None and _fit(file, asker.file):
                return Opened(path, file, asker)
        return None


def library_at(path: Path, machine: str | None = None) -> Binary | None:
    """The library at `path`, its part for `machine` if it has several; None when it is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):  # a FIFO would wait for ever
        return None
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return _read(path, machine, identity)


@lru_cache(maxsize=512)
def _read(path: Path, machine: str | None, _identity: tuple[int, ...]) -> Binary | None:
    """Read once for as long as the file stays what it is."""
    try:
        file = read(path, prefer=machine)
    except BinaryError:
        return None
    return file if file.format in RULES else None


def _fit(file: Binary, asker: Binary) -> bool:
    mine, wanted = (file.format, file.bits, file.machine), (asker.format, asker.bits, asker.machine)
    return mine == wanted


def _keys(path: Path, file: Binary) -> Iterator[str]:
    """The names that this open file answers to."""
    if file.format == "elf" and file.soname:
        yield _key("elf", file.soname)
    if file.format == "pe":
        yield from (_key("pe", name) for name in (file.soname, path.name) if name)


def _wish(name: str, asker: Opened) -> str:
    """What the loader compares with the names of open files; dyld compares files only."""
    return _key(asker.file.format, name, asker.folder)


def _key(kind: str, name: str, folder: str = "") -> str:
    if kind == "mach-o":
        return f"{folder}|{name}"
    return f"{kind}:{name.lower() if kind == 'pe' else name}"
