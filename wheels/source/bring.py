# SPDX-License-Identifier: Apache-2.0
"""Copy what a backend needs beside it; each format of binaries has its way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from blas_probe.binary import read
from blas_probe.choose import LinkFacts
from wheels.repair import macho, pe
from wheels.repair.graft import Copied, Kind, Rename, Shelf
from wheels.repair.graft import graft as graft_beside
from wheels.repair.system import system_of
from wheels.source.graft import Patchelf, graft

WAYS: Mapping[str, tuple[Kind, Rename]] = {
    "mach-o": (macho.KIND, macho.rename),
    "pe": (pe.KIND, pe.rename),
}


def bring_in(
    unpacked: Path, backend: Path, facts: LinkFacts, platform: str, patchelf: Patchelf
) -> tuple[Copied, ...]:
    """Copy the libraries of `facts`, and what they need themselves, beside `backend`.

    `unpacked` is the wheel's tree, `platform` its tag. PackError when something is nowhere.
    """
    libraries = [Path(path) for path in facts.libraries]
    way = WAYS.get(read(backend).format)
    if way is None:
        grafts = graft(backend, libraries, facts.needed_renames, patchelf)
        return tuple(Copied(origin=one.origin, path=backend.parent / one.name) for one in grafts)
    kind, rename = way
    shelf = Shelf(
        search=tuple(dict.fromkeys(path.parent for path in libraries)),
        system=system_of(platform),
        instead=dict(facts.needed_renames),
    )
    return graft_beside(unpacked, kind, shelf, rename)
