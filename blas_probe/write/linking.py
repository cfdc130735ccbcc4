# SPDX-License-Identifier: Apache-2.0
"""How a library file is named to a linker, which only knows `-L folder -l name`.

A file with no unversioned name gets one: a link in a folder of its own, below the folder that is
written. A full path would be shorter, but some build tools read `-l` only and drop it without a
word; and they drop `-Wl,-rpath` too, so that folder must serve the loader as well as the linker.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from blas_probe.library import Library
from blas_probe.record import dataclass

EXTENSION = {"mach-o": ".dylib", "archive": ".a"}
ENDINGS = (".so", ".dylib", ".a")
LINKABLE = re.compile(r"lib(?P<name>.+)\.(so|dylib|a)\Z")
STEM = re.compile(r"(?:lib)?(?P<name>.+?)(?:\.so[.\d]*|(?:\.\d+)*\.dylib|\.a|\.dll)\Z")
# Before the first underscore: libmkl_rt.so.3 opens libmkl_core.so.3 and others by itself.
FAMILY = re.compile(r"lib[^\W_]+_")
# Other characters do not pass through pkg-config, a build tool, a shell and -Wl unharmed.
PORTABLE = re.compile(r"[\w./+@%=:~-]+\Z", re.ASCII)
SYSTEM = re.compile(r"/(usr/)?lib(32|64)?(/[^/]+-linux-[^/]+)?\Z")


@dataclass(frozen=True, kw_only=True)
class Linked:
    """One library in a link line."""

    path: str
    """The real file."""
    name: str
    """What follows -l."""
    links: Mapping[str, str]
    """Name of a link to make -> what it leads to; empty: the file's own folder serves."""
    rpaths: tuple[str, ...]
    """Where a program finds it when it runs; "" is the folder of the links."""
    more: tuple[str, ...] = ()
    """Names of further libraries that the linker finds by itself."""

    @property
    def folder(self) -> str:
        """The folder of the real file."""
        return str(PurePath(self.path).parent)


def linked(libraries: Sequence[Library]) -> list[Linked]:
    """The names under which a linker, and later the loader, take these very files."""
    parts = [one(library) for library in libraries]
    names = [
        (f"lib{part.name}.so", asked_for(lib)) for part, lib in zip(parts, libraries, strict=True)
    ]
    for index, part in enumerate(parts):
        rest = [i for i in range(len(parts)) if i != index]
        others = {name: parts[i].path for i in rest for name in names[i] if name}
        if any(_taken(part.folder, name, path) for name, path in others.items()):
            # Its folder has a file of another's name: linker or loader would take that one.
            parts[index] = apart(libraries[index], part.name, avoid=set(others))
    return parts


def one(library: Library) -> Linked:
    """The name of one library on its own."""
    real = Path(library.path)
    name = unversioned(library.path, library.names)
    own = name or stem(real.name)
    if library.format == "archive":
        # Beside a shared library of its name a linker would take that one.
        own = stem(real.name)
        return Linked(
            path=library.path, name=own, links={f"lib{own}.a": library.path}, rpaths=(),
            more=run_times(library),
        )  # fmt: skip
    wanted = asked_for(library)
    at_home = name is not None if wanted is None else _same(real.parent / wanted, real)
    if not PORTABLE.match(str(real.parent)):
        return apart(library, own)
    folder = () if SYSTEM.match(str(real.parent)) else (str(real.parent),)
    if name is not None and at_home:
        return Linked(path=library.path, name=own, links={}, rpaths=folder)
    linked_only = apart(library, own)
    # The real folder goes first: a library may open its neighbours by its own path.
    return replace(linked_only, rpaths=(*folder, "")) if at_home else linked_only


def apart(library: Library, name: str, avoid: Collection[str] = ()) -> Linked:
    """The library through links alone: linker and loader see no other file of its folder.

    Exceptions are what it needs or opens there itself, as far as nobody else has that name.
    """
    extension = EXTENSION.get(library.format or "", ".so")
    wanted = asked_for(library)
    beside = {one.name: str(one) for one in siblings(library) if one.name not in avoid}
    mine = {f"lib{name}{extension}": library.path, **({wanted: library.path} if wanted else {})}
    return Linked(path=library.path, name=name, links=beside | mine, rpaths=("",))


def run_times(library: Library) -> tuple[str, ...]:
    """What an archive needs besides itself: nothing in it says so to a linker."""
    fortran = () if library.fortran_runtime in (None, "inside") else ("gfortran",)
    openmp = ("gomp",) if "openmp" in library.thread_layer else ()
    return (*fortran, *openmp, "pthread", "m")


def siblings(library: Library) -> list[Path]:
    """Files beside the library that it needs, or whose name says that they are parts of it."""
    real = Path(library.path)
    family = FAMILY.match(real.name)
    globs = [f"{family[0]}*.so.*"] if family else []
    found = [path for pattern in globs for path in real.parent.glob(pattern)]
    if not SYSTEM.match(str(real.parent)):
        found += [real.parent / one for one in library.needed if (real.parent / one).exists()]
    found += [path for path in map(Path, library.thread_runtimes) if path.parent == real.parent]
    return sorted({path for path in found if not _same(path, real)})


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
