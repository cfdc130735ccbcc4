# SPDX-License-Identifier: Apache-2.0
"""The library files that a backend is linked against: copies that lie still while we work."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blas_probe.choose import Choice, LinkFacts
from blas_probe.library import Library
from wheels.cmake import Value, find_tool
from wheels.command import Log, call
from wheels.fingerprint import HashCache
from wheels.state import new_folder
from wheels.target.linker import for_linker

PATCHELF_TIMEOUT = 120.0  # seconds
MODULE_UP = ".."  # from a backend's module to site-packages
DEFAULT_UP = "../../.."  # from trivet/backends/<id> to site-packages


@dataclass(frozen=True, kw_only=True)
class Supply:
    """A variant's libraries: where they came from, and where the linker and loader find them."""

    choice: Choice
    linked: tuple[Path, ...]
    """Paths of what is loaded, LAPACK first."""
    search: tuple[Path, ...]
    """Folders for the loader while nothing is packed yet, in order."""
    rpath: tuple[str, ...]
    """What the finished backend carries; empty when everything is bundled."""

    @property
    def libraries(self) -> tuple[Library, ...]:
        """The probe's records, LAPACK first."""
        lapack = (self.choice.lapack,) if self.choice.lapack else ()
        return (*lapack, self.choice.blas)


def already_staged(choice: Choice, folder: Path) -> Supply:
    """Describe what `staged` leaves in `folder`."""
    originals = [Path(path) for path in choice.link_facts().libraries]
    beside = tuple(dict.fromkeys(path.parent for path in originals))
    rpath = runtime_rpath(choice)
    if choice.variant.runtime != "bundle":
        return Supply(choice=choice, linked=tuple(originals), search=beside, rpath=rpath)
    linked = tuple(folder / name for name in staged_names(choice))
    return Supply(
        choice=choice,
        linked=linked,
        search=(folder, *beside),
        rpath=rpath,
    )


def staged_names(choice: Choice) -> list[str]:
    """The names that the loader asks for, LAPACK first."""
    records = [choice.lapack, choice.blas] if choice.lapack else [choice.blas]
    return [Path(record.soname or record.path).name for record in records]


def staged(choice: Choice, folder: Path, *, env: Mapping[str, str], log: Log) -> Supply:
    """Copy what will be bundled under the name that the loader asks for; leave the rest in place.

    A LAPACK that asks for another provider's BLAS is turned to the chosen one, in the copy.
    """
    supply = already_staged(choice, folder)
    if choice.variant.runtime != "bundle":
        return supply
    link = choice.link_facts()
    names = staged_names(choice)
    with new_folder(folder) as temporary:
        for original, name in zip(link.libraries, names, strict=True):
            shutil.copyfile(original, temporary / name)
            (temporary / name).chmod(0o755)
        if choice.lapack and link.needed_renames:
            _rename_needed(temporary / names[0], link, env=env, log=log)
    return supply


def runtime_rpath(choice: Choice) -> tuple[str, ...]:
    """Turn the recipe's rpath, seen from site-packages, to the backend's own folder."""
    up = DEFAULT_UP if choice.variant.default else MODULE_UP
    return tuple(f"$ORIGIN/{up}/{place}" for place in choice.variant.rpath)


def _rename_needed(library: Path, link: LinkFacts, *, env: Mapping[str, str], log: Log) -> None:
    patchelf = find_tool("patchelf", env)
    for old, new in link.needed_renames:
        call(
            [patchelf, "--replace-needed", old, new, library],
            env=env,
            log=log,
            timeout=PATCHELF_TIMEOUT,
        )


def for_the_linker(supply: Supply) -> Sequence[Path]:
    """Paths for the linker, LAPACK first: a DLL has another file for it, in its own package."""
    originals = [Path(path) for path in supply.choice.link_facts().libraries]
    given = [for_linker(path) for path in originals]
    return supply.linked if given == originals else given


def cmake_values(supply: Supply) -> dict[str, Value]:
    """Return the inputs of core/backends/blas."""
    link = supply.choice.link_facts()
    return {
        "TRIVET_BACKEND_ID": link.variant,
        "TRIVET_BLAS_PROVIDER": link.provider,
        "TRIVET_BLAS_LIBRARIES": [str(path) for path in for_the_linker(supply)],
        "TRIVET_BLAS_RPATH": list(supply.rpath),
        "TRIVET_BLAS_PREFIX": link.prefix,
        "TRIVET_BLAS_SUFFIX": link.suffix,
        "TRIVET_BLAS_INT_BITS": str(link.int_bits),
        "TRIVET_BLAS_COMPLEX_RETURN": link.complex_return,
        "TRIVET_BLAS_F2C": link.f2c,
        "TRIVET_BLAS_DEFINES": [f"{key}={value}" for key, value in sorted(link.defines.items())],
    }


def facts(choice: Choice, cache: HashCache) -> list[object]:
    """What a rebuild depends on: the facts and the bytes, not where the files lie."""
    link = choice.link_facts()
    variant = choice.variant
    hashes = [cache.of(Path(path)) for path in link.libraries]
    plain: Sequence[object] = (
        link.variant,
        link.provider,
        link.prefix,
        link.suffix,
        link.int_bits,
        link.complex_return,
        link.f2c,
        sorted(link.defines.items()),
        link.needed_renames,
        variant.runtime,
        variant.requires,
        variant.rpath,
    )
    return [*plain, hashes]
