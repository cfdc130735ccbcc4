# SPDX-License-Identifier: Apache-2.0
"""What programs get by plain names such as libblas.so.3, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from blas_probe import cures
from blas_probe.fault import Fault, Scene
from blas_probe.library import UNKNOWN, Library
from blas_probe.record import dataclass
from blas_probe.short import tail

REFERENCE = "reference"
ROLE = re.compile(r"(?:lib)?(?P<role>blas|lapack)(?P<rest>(?:64_?)?\..+)")
SLOW = "a reference library: right, but several times slower than others"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A plain name, and the library that the loader gives for it."""

    name: str
    library: Library
    slow: bool

    @property
    def told(self) -> str:
        """`libblas.so.3 is openblas 0.3.21`."""
        version = "" if self.library.version == UNKNOWN else f" {self.library.version}"
        slow = f", {SLOW}" if self.slow else ""
        return f"{self.name} is {self.library.provider}{version}{slow}"


def asked(scene: Scene) -> list[Asked]:
    """Every name that leads to a library which can be used."""
    known = {library.path: library for library in scene.found.libraries}
    names = [(name, known.get(path)) for name, path in sorted(scene.found.loader_names.items())]
    return [
        Asked(name=name, library=library, slow=is_slow(scene, library))
        for name, library in names
        if library is not None and library.problem is None
    ]


def is_slow(scene: Scene, library: Library) -> bool:
    """Is its provider a reference implementation?"""
    return speed_class(scene, library) == REFERENCE


def speed_class(scene: Scene, library: Library) -> str | None:
    """What the recipes say of its provider; None for a stranger."""
    classes = {variant.provider: variant.speed_class for variant in scene.found.variants}
    return classes.get(library.provider)


def pairs(scene: Scene) -> Iterator[tuple[Asked, Asked]]:
    """A BLAS and a LAPACK that programs get together, though they are not of one provider."""
    roles: dict[str, dict[str, Asked]] = {}
    for one in asked(scene):
        if (match := ROLE.fullmatch(one.name)) and one.library.provider != UNKNOWN:
            roles.setdefault(match["rest"], {})[match["role"]] = one
    for both in roles.values():
        if len(both) == 2 and len({one.library.provider for one in both.values()}) == 2:
            yield both["blas"], both["lapack"]


def mixed(scene: Scene) -> Iterator[Fault]:
    """BLAS and LAPACK of two providers, but where that is all that can be had."""
    partners = {(one.provider, one.lapack) for one in scene.found.variants}
    for blas, lapack in pairs(scene):
        # Rather the LAPACK of this BLAS; never a slower library than the one in use.
        tries = [(moves, same_provider(scene, moves, like))
                 for moves, like in ((lapack, blas), (blas, lapack)) if not like.slow]  # fmt: skip
        cure = next(
            (faster(moves.library, moves.name, better, scene) for moves, better in tries if better),
            "",
        )
        if not cure and (blas.library.provider, lapack.library.provider) in partners:
            continue
        inside = "; the LAPACK has a BLAS of its own inside" if lapack.library.has_blas else ""
        yield Fault(
            text="BLAS and LAPACK by plain names come from two providers: "
            f"{blas.told}; {lapack.told}{inside}",
            cure=cure or "let both names lead to the libraries of one provider",
            files=(blas.library.path, lapack.library.path),
        )


def same_provider(scene: Scene, moves: Asked, like: Asked) -> list[Library]:
    """What `moves.name` could lead to so that it comes from the provider of `like`."""
    lapack = moves.library.has_lapack and not moves.library.has_blas
    fitting = [
        one for one in called(scene, moves.name)
        if one.provider == like.library.provider and one.int_bits == like.library.int_bits
        and (one.has_lapack if lapack else one.has_blas)
    ]  # fmt: skip
    return sorted(fitting, key=lambda one: not beside(one, like.library))


def beside(one: Library, other: Library) -> bool:
    """Do they lie in one folder?"""
    return PurePath(one.path).parent == PurePath(other.path).parent


def called(scene: Scene, name: str) -> list[Library]:
    """The usable libraries that have this name in some folder."""
    return [
        one for one in scene.found.libraries
        if one.problem is None and any(other.endswith(f"/{name}") for other in one.names)
    ]  # fmt: skip


def slow(scene: Scene) -> Iterator[Fault]:
    """Programs that get a reference library, but for what `mixed` tells."""
    told = {name for fault in mixed(scene) for name in fault.files}
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for one in asked(scene):
        if not one.slow or one.library.path in told:
            continue
        better = [other for other in called(scene, one.name)
                  if speed_class(scene, other) not in (None, REFERENCE)]  # fmt: skip
        cure = faster(one.library, one.name, better, scene)
        groups.setdefault((one.library.provider, cure), {})[one.name] = one.library.path
    for (provider, cure), names in groups.items():
        yield Fault(
            text=f"programs that ask for {' or '.join(names)} get {provider}, {SLOW}",
            cure=cure,
            files=tuple(dict.fromkeys(names.values())),
        )


def faster(library: Library, name: str, better: Sequence[Library], scene: Scene) -> str:
    """The command that makes programs get a better library under this name."""
    group = cures.alternatives(library, name)
    if better and group:
        best = tail(better[0].path, scene.paths)
        return f"sudo update-alternatives --config {group} (for example {best})"
    if better:
        return cures.look_in(better[0].path)
    return scene.install or "install an optimised BLAS"
