# SPDX-License-Identifier: Apache-2.0
"""Where libraries may lie: the loader's folders and cache, variables, the user's own paths.

Each function yields candidates; a name only leads to a file, it never proves what the file is.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import NamedTuple

from blas_probe.look import exists, first_bytes, first_text
from blas_probe.recipe import Recipe
from blas_probe.search.levels import FOLDER
from blas_probe.search.mounts import Mount, mount_of

CACHE_MAGIC = b"glibc-ld.so.cache1.1"
CACHE_HEADER, CACHE_ENTRY = 48, 24
LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBRARY_PATH")
BUILD_VARIABLES = {"CMAKE_LIBRARY_PATH": ("",), "CMAKE_PREFIX_PATH": ("lib", "lib64")}
"""What CMake searches by -l names -> folders below each entry."""
# Where people put what they built themselves: ./configure --prefix=...
LOCAL = (
    "~/.local/lib", "~/.local/lib64", "/opt/*/lib", "/opt/*/lib64", "/opt/*/*/lib",
    "/opt/*/*/lib64", "/usr/local/*/lib", "/usr/local/*/lib64", "~/.julia/artifacts/*/lib",
)  # fmt: skip
FOREIGN = {"macos": (".dll",), "windows": (".so", ".dylib")}
"""Endings of other systems' libraries, by platform; elsewhere those of these two."""
MOST_BYTES, MOST_CONFIG = 1 << 28, 1 << 20
STARS = re.compile(r"\*+")
"""In the loader's configuration two mean no more than one."""
WIDE = tuple(f"*{name}*.{ending}" for name in ("blas", "lapack")
             for ending in ("so*", "dylib", "dll", "a"))  # fmt: skip
MAGIC = re.compile(r"[*?\[]")
DRIVE = re.compile(r"^[A-Za-z]:")


class Candidate(NamedTuple):
    """A path to look at, the source that led to it, and its package where the source knows."""

    path: Path
    source: str
    package: str | None = None
    stands_for: Path | None = None
    """The library that a linker script at `path` names."""
    cached: bool = False
    """The loader knows the path though no file is there."""


class Machine(NamedTuple):
    """The file system and the surroundings to search; tests give their own."""

    root: Path
    triplet: str
    environ: Mapping[str, str]
    site_packages: Sequence[Path]
    platform: str = "linux-glibc"
    known: dict[tuple[str, ...], list[Path]] | None = None
    """The folders that patterns stand for, found once in a search; None to look each time."""
    silent: tuple[Mount, ...] = ()
    """Mounts that do not answer: nobody looks there."""

    @property
    def separator(self) -> str:
        """What stands between the folders of a variable."""
        return ";" if self.platform == "windows" else ":"

    @property
    def home(self) -> Path:
        """The user's own folder, as it is."""
        names = ("HOME", "USERPROFILE")
        return Path(next(filter(None, map(self.environ.get, names)), "/nonexistent"))

    def at(self, path: str) -> Path:
        """An absolute path below the root."""
        return self.root / path.lstrip("/")


def matching(folder: Path, globs: Sequence[str]) -> list[Path]:
    """Entries of `folder` whose name fits one of `globs`, sorted; none when unreadable."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except (OSError, ValueError):  # ValueError: a null byte in the name
        return []
    fit = pattern(tuple(globs)).match
    return [folder / name for name in names if fit(name)]


def fits(name: str, globs: Sequence[str]) -> bool:
    """Does a file name fit one of the globs?"""
    return pattern(tuple(globs)).match(name) is not None


@cache
def pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    """All globs as one expression."""
    return re.compile("|".join(translate(glob) for glob in globs) or r"(?!)")


def system(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """The loader's cache, its configured and built-in folders, and the recipes' folders."""
    cache = machine.at("/etc/ld.so.cache")
    for text in cached_paths(read_bytes(cache)):
        if fits(text.rsplit("/", 1)[-1], globs):
            yield Candidate(machine.at(text), "system")
    triplet = machine.triplet
    built_in = [
        "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64",
        f"/lib/{triplet}", f"/usr/lib/{triplet}", f"/usr/local/lib/{triplet}",
    ]  # fmt: skip
    configured = configured_folders(machine.at("/etc/ld.so.conf"), machine.root)
    for folder in dict.fromkeys([*built_in, *configured, *musl_folders(machine)]):
        for path in searched(machine.at(folder), globs):
            yield Candidate(path, "system")
    for recipe in recipes:
        for folder_path in recipe_folders(machine, recipe):
            for path in matching(folder_path, recipe.find.files):
                yield Candidate(path, "system")


def searched(folder: Path, globs: Sequence[str]) -> Iterator[Path]:
    """Files that the loader may take from `folder`: in it, and in its folders for newer CPUs."""
    yield from matching(folder, globs)
    for level in matching(folder / FOLDER, ["*"]):
        yield from matching(level, globs)


def local(machine: Machine, globs: Sequence[str]) -> Iterator[Candidate]:
    """What was installed by hand, or by an application, where no loader looks."""
    others = FOREIGN.get(machine.platform, (".dylib", ".dll"))
    own = [glob for glob in globs if not any(ending in glob for ending in others)]
    for pattern in LOCAL:
        for folder in _existing(machine, pattern):
            yield from in_folder(folder, own, "local")


def recipe_folders(machine: Machine, recipe: Recipe) -> list[Path]:
    """The folders that exist for the recipe's `find.dirs`; looked at once in a search."""
    known = {} if machine.known is None else machine.known
    if recipe.find.dirs not in known:
        known[recipe.find.dirs] = [
            folder for pattern in recipe.find.dirs for folder in _existing(machine, pattern)
        ]
    return known[recipe.find.dirs]


def _existing(machine: Machine, pattern: str) -> list[Path]:
    text = pattern.replace("{triplet}", machine.triplet)
    if text.startswith("~"):
        return below(machine.home, text[2:])
    text = DRIVE.sub("", text).lstrip("/")
    sure = str(machine.root / MAGIC.split(text)[0])  # as far as no list of names is needed
    return [] if mount_of(sure, machine.silent) else below(machine.root, text)


def below(folder: Path, text: str) -> list[Path]:
    """The existing folders that a path below `folder`, which may be a glob, stands for."""
    if not MAGIC.search(text):
        return [folder / text] if exists(folder / text) else []
    return sorted(folder.glob(text))


def configured_folders(config: Path, root: Path = Path("/")) -> list[str]:
    """Folders named in ld.so.conf and the files that it includes, each file once."""
    folders: list[str] = []
    waiting, seen = [config], {os.path.realpath(config)}
    while waiting:
        file = waiting.pop(0)
        for line in first_text(file, MOST_CONFIG).splitlines():
            words = line.split("#")[0].split()
            if words[:1] == ["include"]:
                for one in (hit for word in words[1:] for hit in _included(file, word, root)):
                    real = os.path.realpath(one)
                    waiting += [one] if real not in seen else []
                    seen.add(real)
            elif words[:1] and words[0].startswith("/"):
                folders.append(words[0])
    return folders


def _included(file: Path, pattern: str, root: Path) -> list[Path]:
    """The files that a pattern in `file` stands for; none when it makes no sense."""
    base = file.parent if not pattern.startswith("/") else root
    try:
        return sorted(base.glob(STARS.sub("*", pattern.lstrip("/"))))
    except (OSError, ValueError, IndexError, NotImplementedError):
        return []


def musl_folders(machine: Machine) -> list[str]:
    """Folders of musl's loader, one list for each machine."""
    files = matching(machine.at("/etc"), ["ld-musl-*.path"])
    texts = [read_bytes(file).decode("utf-8", "replace") for file in files]
    return [folder for text in texts for folder in re.split(r"[:\n]", text) if folder]


def cached_paths(data: bytes) -> list[str]:
    """The files that ld.so.cache lists (what `ldconfig -p` prints); none when damaged."""
    start = data.find(CACHE_MAGIC)
    if start < 0:
        return []
    cache = data[start:]
    try:
        (count,) = struct.unpack_from("=I", cache, len(CACHE_MAGIC))
        rows = struct.iter_unpack(
            "=iIIIQ", cache[CACHE_HEADER : CACHE_HEADER + count * CACHE_ENTRY]
        )
        return list(_texts(cache, (value for _, _, value, _, _ in rows)))
    except struct.error:
        return []


def _texts(data: bytes, starts: Iterable[int]) -> Iterator[str]:
    """The texts that begin there; together no longer than what holds them, unless damaged."""
    left = len(data)
    for start in starts:
        end = data.find(b"\0", start, start + left + 1)
        if end < 0:
            return
        left -= end - start
        yield os.fsdecode(data[start:end])


def variables(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """The loader's search variables and each provider's own root variable."""
    environ = machine.environ
    for name in LOADER_VARIABLES:
        for folder in listed(machine, name):
            for path in searched(Path(folder), globs):
                yield Candidate(path, f"env:{name}")
    for name, places in BUILD_VARIABLES.items():
        for folder in listed(machine, name):
            for place in places:
                yield from in_folder(Path(folder) / place, globs, f"env:{name}")
    for recipe in recipes:
        for name, root in roots(environ, recipe):
            for subdir in recipe.find.subdirs:
                yield from in_folder(root / subdir, globs, f"env:{name}")


def listed(machine: Machine, name: str) -> list[str]:
    """The folders in a variable; glibc and CMake take `;` as well as `:`."""
    words = re.split(f"[;{machine.separator}]", machine.environ.get(name, ""))
    return [word for word in words if word]


def roots(environ: Mapping[str, str], recipe: Recipe) -> list[tuple[str, Path]]:
    """The variables that are set and name a provider's root, or a folder above it."""
    named = [text.partition("/") for text in recipe.find.env]
    return [
        (name, folder)
        for name, _, under in named
        if environ.get(name)
        for folder in below(Path(environ[name]), under)
    ]


def in_folder(folder: Path, globs: Sequence[str], source: str) -> Iterator[Candidate]:
    """The files of one folder."""
    for path in matching(folder, globs):
        yield Candidate(path, source)


def read_bytes(path: Path) -> bytes:
    """The file's content; nothing when it cannot be read."""
    return first_bytes(path, MOST_BYTES)


def triplet_of(machine_name: str, multiarch: str | None) -> str:
    """The folder name of this machine's libraries, as Debian spells it."""
    return multiarch or re.sub(r"^i\d86$", "i386", machine_name) + "-linux-gnu"
