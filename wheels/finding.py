# SPDX-License-Identifier: Apache-2.0
"""The probe stage: run blas_probe, or keep its last answer while nothing it saw changed."""

from __future__ import annotations

import glob
import platform as host
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from blas_probe.errors import ProbeError
from blas_probe.found import Found
from blas_probe.probing import probe
from blas_probe.recipe import Recipes
from wheels.errors import ProbeStageError
from wheels.fingerprint import HashCache, fingerprint, stamp
from wheels.folders import Folders
from wheels.progress import Progress, Stopwatch
from wheels.state import read_json_or_none, write_json, write_text

LOADER_FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")
LOADER_VARIABLES = ("LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "CONDA_PREFIX", "VIRTUAL_ENV", "HOME")


def find(
    folders: Folders,
    recipes: Recipes,
    *,
    sites: Sequence[Path],
    paths: Sequence[Path],
    environ: Mapping[str, str],
    cache: HashCache,
    progress: Progress,
    jobs: int,
) -> Found:
    """Return what is on this machine; found.json is the answer of the last run when still true."""
    record = folders.state / "found.json"
    asked = [str(path) for path in (*sites, *paths)]
    known = read_json_or_none(record)
    if isinstance(known, dict) and folders.found.is_file():
        old = read_found(folders.found)
        if old and known.get("seen") == _seen(folders, recipes, old, asked, environ, cache):
            return old
    progress.stage("probe", 1)
    watch = Stopwatch()
    try:
        found = probe(
            recipes=recipes,
            paths=tuple(paths),
            environ=environ,
            site_packages=tuple(sites),
            jobs=jobs,
        )
    except ProbeError as error:
        raise ProbeStageError(str(error), then="python -m blas_probe") from error
    write_text(folders.found, found.to_json())
    seen = _seen(folders, recipes, found, asked, environ, cache)
    write_json(record, {"seen": seen})
    good = sum(1 for library in found.libraries if library.problem is None)
    progress.done("libraries", f"{good} of {len(found.libraries)} usable", watch.seconds)
    return found


def read_found(path: Path) -> Found | None:
    """What a former run left; None when it is not there, or of another version."""
    try:
        return Found.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ProbeError):
        return None


def _seen(
    folders: Folders,
    recipes: Recipes,
    found: Found,
    asked: Sequence[str],
    environ: Mapping[str, str],
    cache: HashCache,
) -> str:
    """Fingerprint everything that the probe's answer depends on, by cheap looks only."""
    names = [*LOADER_VARIABLES, *(name for row in recipes.providers for name in row.find.variables)]
    places = sorted({stamped for path in _looked_at(recipes, found) for stamped in _stamp(path)})
    sources = [folders.recipes / "blas", folders.root / "blas_probe"]
    return fingerprint(
        cache,
        folders.root,
        sources,
        asked,
        [row.id for row in recipes.variants],
        {name: environ.get(name) for name in names},
        places,
        host.machine(),
        host.release(),
    )


def _looked_at(recipes: Recipes, found: Found) -> Iterator[Path]:
    yield from map(Path, LOADER_FILES)
    triplet = f"{host.machine()}-linux-gnu"
    yield Path("/usr/lib") / triplet
    for row in recipes.providers:
        for pattern in row.find.dirs:
            text = str(Path(pattern.replace("{triplet}", triplet)).expanduser())
            yield from map(Path, glob.glob(text))  # noqa: PTH207  (absolute patterns)
    for library in found.libraries:
        for name in (library.path, *library.names):
            yield Path(name)
            yield Path(name).parent


def _stamp(path: Path) -> list[str]:
    """Real place and stamp; a file that is gone is a change by itself."""
    try:
        return [f"{path} -> {path.resolve()} {stamp(path)}"]
    except OSError:
        return [f"{path} is gone"]
