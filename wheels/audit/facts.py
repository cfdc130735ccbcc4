# SPDX-License-Identifier: Apache-2.0
"""Everything that the rules look at: the wheel, its native files, and the rows of recipes/."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from blas_probe.errors import BinaryError
from blas_probe.library import Library
from blas_probe.recipe import Recipes
from wheels.audit import code, cuda_code, inside
from wheels.audit.code import Used
from wheels.audit.image import HEAD, Image, is_native, read_parts
from wheels.audit.rows import Rows
from wheels.audit.tags import Promise, promises
from wheels.audit.wheel import Member, Wheel, safe

READ = mmap.ACCESS_READ
OPENING = (
    "CDLL", "WinDLL", "PyDLL", "cdll.", "LoadLibrary", "add_dll_directory", "RTLD_GLOBAL", "dlopen",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class File:
    """One native file of the wheel."""

    member: Member
    images: tuple[Image, ...]
    """One for each architecture; none when it is damaged."""
    problem: str
    """Why it cannot be read."""
    used: tuple[Used, ...]
    blas: Library | None
    """What the prober says of it, where BLAS or LAPACK is inside."""
    runtimes: tuple[str, ...]
    """OpenMP run-times that it is, or has a copy of."""
    kernels: tuple[str, ...]
    """Device code: architectures."""

    @property
    def name(self) -> str:
        """Path in the wheel."""
        return self.member.name

    @property
    def base(self) -> str:
        """Its name without folders."""
        return PurePosixPath(self.member.name).name

    @property
    def installed(self) -> PurePosixPath:
        """Where it lies below the prefix."""
        return PurePosixPath(self.member.installed)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about one wheel."""

    wheel: Wheel
    rows: Rows
    recipes: Recipes
    files: tuple[File, ...]
    scripts: tuple[str, ...]
    """The Python files that open libraries by themselves."""
    tree: Path
    """Where the wheel is unpacked while the rules look at it."""

    def head(self, member: Member) -> bytes | None:
        """The first bytes of any file; None when it could not be unpacked."""
        path = _unpacked(member, self.tree)
        if path is None or member.link:
            return None
        with path.open("rb") as stream:
            return stream.read(HEAD)

    def mentions(self, file: File, text: str) -> bool:
        """Does a text stand in a native file?"""
        path = self.tree / file.name
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=READ) as data:
            return data.find(text.encode()) >= 0

    @cached_property
    def promises(self) -> tuple[Promise, ...]:
        """What each platform tag of the file name promises."""
        return promises(self.wheel.platforms, self.rows)

    def images(self) -> Iterator[tuple[File, Image]]:
        """Every architecture of every native file."""
        for file in self.files:
            for image in file.images:
                yield file, image

    @property
    def judged(self) -> bool:
        """Is one of the tags for a system whose loader is known here?"""
        return any(one.system in self.rows.systems for one in self.promises)

    @cached_property
    def systems(self) -> frozenset[str]:
        """Systems of the platform tags."""
        return frozenset(one.system for one in self.promises if one.system != "any")


def gather(wheel: Wheel, tree: Path, rows: Rows, recipes: Recipes) -> Facts:
    """Read every native file below `tree`, where the wheel was unpacked."""
    native = [member for member in wheel.members if _is_native(member, tree)]
    look = inside.Looker(recipes)
    files = [_file(member, tree, rows, look) for member in native]
    return Facts(
        wheel=wheel,
        rows=rows,
        recipes=recipes,
        files=tuple(sorted(files, key=lambda file: file.name)),
        scripts=tuple(_scripts(wheel, tree)),
        tree=tree,
    )


def _is_native(member: Member, tree: Path) -> bool:
    path = _unpacked(member, tree)
    if path is None or member.link or member.size < 4:
        return False
    with path.open("rb") as file:
        return is_native(file.read(HEAD))


def _unpacked(member: Member, tree: Path) -> Path | None:
    """Where a member was unpacked; None when it was not."""
    path = tree / member.name
    return path if safe(member.name) and not member.broken and path.is_file() else None


def _scripts(wheel: Wheel, tree: Path) -> Iterator[str]:
    for member in wheel.members:
        path = _unpacked(member, tree) if member.name.endswith((".py", ".pth")) else None
        if path is not None:
            text = path.read_bytes().decode("utf-8", "replace")
            if any(word in text for word in OPENING):
                yield text


def _file(member: Member, tree: Path, rows: Rows, look: inside.Looker) -> File:
    path = tree / member.name
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=READ) as data:
        try:
            parts = read_parts(data)
            problem = ""
        except BinaryError as error:
            parts, problem = [], str(error)
        used = [seen for part in parts if (seen := code.look(part, rows))]
        images = tuple(part.image for part in parts)
        return File(
            member=member,
            images=images,
            problem=problem,
            used=tuple(used),
            blas=look.library(path, images),
            runtimes=look.runtimes(data, images),
            kernels=tuple(cuda_code.kernels(parts, rows.cuda.sections)),
        )
