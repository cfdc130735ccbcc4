# SPDX-License-Identifier: Apache-2.0
"""How a library file is named to a linker, which only knows `-L folder -l name`.

Each file gets a folder of links of its own, below the folder that is written: so a file with no
unversioned name has one, and no neighbour is taken in its place. A full path would be shorter, but
some build tools read `-l` only and drop it without a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from blas_probe.library import Library

EXTENSION = {"mach-o": ".dylib", "archive": ".a"}
ENDINGS = (".so", ".dylib", ".a")
LINKABLE = re.compile(r"lib(?P<name>.+)\.(so|dylib|a)\Z")
STEM = re.compile(r"(?:lib)?(?P<name>.+?)(?:\.so[.\d]*|(?:\.\d+)*\.dylib|\.a|\.dll)\Z")
SYSTEM = re.compile(r"/(usr/)?lib(32|64)?(/[^/]+-linux-[^/]+)?\Z")


@dataclass(frozen=True, kw_only=True)
class Linked:
    """One library in a link line."""

    path: str
    """The real file."""
    name: str
    """What follows -l."""
    links: tuple[str, ...]
    """Names of the links to it, alone in a folder; none: the file's own folder serves."""
    rpath: str | None
    """Where a program finds it when it runs; "" is the folder of the links, None: the system."""

    @property
    def folder(self) -> str:
        """The folder of the real file."""
        return str(PurePath(self.path).parent)


def linked(libraries: Sequence[Library]) -> list[Linked]:
    """The names under which a linker, and later the loader, take these very files."""
    parts = [one(library) for library in libraries]
    asked = [asked_for(library) for library in libraries]
    for index, part in enumerate(parts):
        others = [(name, parts[i].path) for i, name in enumerate(asked) if i != index and name]
        if part.links and any(_taken(part.folder, name, path) for name, path in others):
            # Its folder has a file of the other's name: the loader would take that one.
            parts[index] = replace(part, rpath="")
    return parts


def one(library: Library) -> Linked:
    """The name of one library."""
    real = Path(library.path)
    name = unversioned(library.path, library.names)
    own = name or stem(real.name)
    wanted = asked_for(library)
    if library.format == "archive":
        return Linked(path=library.path, name=own, links=() if name else (f"lib{own}.a",),
                      rpath=None)  # fmt: skip
    if wanted is None and name is not None:
        # A program then asks for the very path that it was linked with: the real one must be it.
        return Linked(path=library.path, name=own, links=(), rpath=str(real.parent))
    at_home = wanted is not None and _same(real.parent / wanted, real)
    first = f"lib{own}{EXTENSION.get(library.format or '', '.so')}"
    return Linked(
        path=library.path,
        name=own,
        links=tuple(dict.fromkeys([first, wanted] if wanted else [first])),
        rpath="" if not at_home else None if SYSTEM.match(str(real.parent)) else str(real.parent),
    )


def asked_for(library: Library) -> str | None:
    """The file name that the loader will look for; None when the file does not say."""
    return None if library.soname is None else PurePath(library.soname).name


def _taken(folder: str, name: str, path: str) -> bool:
    """Is there a file called `name` in `folder`, other than `path`?"""
    file = Path(folder) / name
    return file.exists() and not _same(file, Path(path))


def unversioned(path: str, names: Sequence[str] = ()) -> str | None:
    """The X of a libX.so in the file's own folder that leads to this very file."""
    real = Path(path)
    known = {PurePath(name).name for name in names if PurePath(name).parent == real.parent}
    for name in sorted({real.name, *known, *_links_beside(real)}, key=lambda n: (len(n), n)):
        match = LINKABLE.match(name)
        if match and _same(real.parent / name, real):
            return match["name"]
    return None


def _links_beside(real: Path) -> list[str]:
    """Names in the folder that begin like the file's own."""
    start = re.split(r"[-.\d]", real.name)[0]
    return [one.name for suffix in ENDINGS for one in real.parent.glob(f"{start}*{suffix}")]


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def stem(name: str) -> str:
    """`blis` of libblis.so.4; the name itself when it is no usual one."""
    match = STEM.match(name)
    return re.sub(r"[^\w.+-]", "-", match["name"] if match else name)
