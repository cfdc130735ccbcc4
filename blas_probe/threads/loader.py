# SPDX-License-Identifier: Apache-2.0
"""Where a loader would look for a needed file; the rules of each kind of library, on any machine.

Nothing is loaded: the folders of another system, or of an unpacked wheel, can be followed as well.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from blas_probe.binary import Binary
from blas_probe.search.levels import FOLDER, in_order, own_levels
from blas_probe.search.places import cached_paths, configured_folders, read_bytes, triplet_of


class Opened(NamedTuple):
    """A file in the order of opening, and who asked for it."""

    path: Path
    """As it was found, links and all: `$ORIGIN` is the folder of this path."""
    file: Binary
    asker: Opened | None

    @property
    def real(self) -> str:
        """The file's identity."""
        return os.path.realpath(self.path)

    @property
    def folder(self) -> str:
        """The folder that the file's own words mean by `here`."""
        return str(self.path.parent)

    def chain(self) -> Iterator[Opened]:
        """The file, its asker, and so on to the file that was given."""
        link: Opened | None = self
        while link is not None:
            yield link
            link = link.asker


class Loader(NamedTuple):
    """The surroundings that decide where a needed file is found."""

    root: Path
    environ: Mapping[str, str]
    cache: Mapping[str, Sequence[str]]
    """File name -> paths, as the system's cache lists them."""
    folders: Sequence[str]
    triplet: str
    levels: Sequence[str] = ()
    """glibc's names for what this CPU can do, best first."""

    def candidates(self, name: str, asker: Opened) -> Iterator[Path]:
        """Every place where `name` may lie for `asker`, in the order of looking."""
        yield from RULES[asker.file.format](self, name, asker)

    def everywhere(self, name: str) -> Iterator[Path]:
        """Where glibc looks for `name`, whoever asks: the variable, its cache, its folders."""
        told = self.environ.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
        yield from self.below(told, name)
        yield from self.of_system(name)

    def of_system(self, name: str) -> Iterator[Path]:
        """The cache, then the folders."""
        for path in in_order(self.cache.get(name, ()), self.levels):
            yield self.at(path)
        yield from self.below(self.folders, name)

    def below(self, folders: Iterable[str], name: str) -> Iterator[Path]:
        """`name` in each folder, first in those inside that are made for newer CPUs."""
        for folder in filter(None, folders):
            here = self.at(folder)
            yield from (here / FOLDER / level / name for level in self.levels)
            yield here / name

    def at(self, path: str) -> Path:
        """An absolute path below the root; what lies there already stays."""
        here = Path(path)
        below = here.is_relative_to(self.root) or not here.is_absolute()
        return here if below else self.root / path.lstrip("/")


def loader_of(root: Path = Path("/"), environ: Mapping[str, str] | None = None) -> Loader:
    """The loader of the system below `root`."""
    triplet = triplet_of(platform.machine(), None)
    cache: dict[str, list[str]] = {}
    for path in cached_paths(read_bytes(root / "etc/ld.so.cache")):
        cache.setdefault(path.rsplit("/", 1)[-1], []).append(path)
    built_in = [
        f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
        "/usr/local/lib",
    ]  # fmt: skip
    configured = configured_folders(root / "etc/ld.so.conf", root)
    folders = tuple(dict.fromkeys([*configured, *built_in]))
    return Loader(root, environ or {}, cache, folders, triplet, own_levels(root))


def _elf_places(loader: Loader, name: str, asker: Opened) -> Iterator[Path]:
    """glibc: old-style folders up the chain, LD_LIBRARY_PATH, new-style folders, the system."""
    if "/" in name:
        yield loader.at(_expand(name, asker, loader))
        return
    told: list[str] = []
    if asker.file.rpaths_inherited or not asker.file.rpaths:
        old = [one for one in asker.chain() if one.file.rpaths_inherited]
        told += [_expand(text, one, loader) for one in old for text in one.file.rpaths]
    told += loader.environ.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
    if not asker.file.rpaths_inherited:
        told += [_expand(text, asker, loader) for text in asker.file.rpaths]
    yield from loader.below(told, name)
    yield from loader.of_system(name)


def _expand(text: str, owner: Opened, loader: Loader) -> str:
    """Put the owner's folder, and the machine's word for `lib`, into a path."""
    lib = f"lib/{loader.triplet}" if owner.file.bits == 64 else "lib"
    words = {"ORIGIN": owner.folder, "LIB": lib, "PLATFORM": owner.file.machine}
    for word, value in words.items():
        text = text.replace(f"${{{word}}}", value).replace(f"${word}", value)
    return text


def _macho_places(loader: Loader, name: str, asker: Opened) -> Iterator[Path]:
    """dyld: the variable by file name, then @rpath up the chain, @loader_path, or the path."""
    last = name.rsplit("/", 1)[-1]
    for folder in filter(None, loader.environ.get("DYLD_LIBRARY_PATH", "").split(":")):
        yield loader.at(folder) / last
    if name.startswith("@rpath/"):
        for one in asker.chain():
            for text in one.file.rpaths:
                yield loader.at(_at(text, one)) / name.removeprefix("@rpath/")
    else:
        yield loader.at(_at(name, asker))


def _at(text: str, owner: Opened) -> str:
    for word in ("@loader_path", "@executable_path"):
        if text.startswith(word):
            return owner.folder + text.removeprefix(word)
    return text


def _pe_places(loader: Loader, name: str, asker: Opened) -> Iterator[Path]:
    """Windows: the folder of the asker and those above it in the chain, then PATH."""
    own = [one.folder for one in asker.chain()]
    named = [part for part in loader.environ.get("PATH", "").split(";") if part]
    for folder in dict.fromkeys([*own, *named]):
        yield _any_case(loader.at(folder), name)


def _any_case(folder: Path, name: str) -> Path:
    """The entry called `name` in whatever case; `name` itself when there is none."""
    try:
        entries = os.listdir(folder)  # noqa: PTH208
    except OSError:
        entries = []
    return folder / next((one for one in entries if one.lower() == name.lower()), name)


RULES = {"elf": _elf_places, "mach-o": _macho_places, "pe": _pe_places}
