# SPDX-License-Identifier: Apache-2.0
"""Which package installed a file, and in which version? Read from the package managers' records."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from blas_probe.cache import Cache
from blas_probe.search.places import Machine, matching, read_bytes

# Package managers whose folders say it: Nix and Guix, Spack, Homebrew, EasyBuild.
FOLDERS = (
    re.compile(r"/(?:nix|gnu)/store/[0-9a-z]{32}-(?P<name>[\w.+-]+?)-(?P<version>\d[\w.]*)"),
    re.compile(r"/opt/spack/(?:[^/]+/)+(?P<name>[\w-]+?)-(?P<version>\d[\w.]*)-[0-9a-z]{7,}/"),
    re.compile(r"/Cellar/(?P<name>[^/]+)/(?P<version>\d[^/]*)/"),
    re.compile(r"/software/(?P<name>[^/]+)/(?P<version>\d[\w.]*)[^/]*/"),
)
# What every change of a package changes: the databases that are read below.
DATABASES = (
    "/var/lib/dpkg/info", "/var/lib/dpkg/status", "/var/lib/pacman/local", "/lib/apk/db/installed",
)  # fmt: skip
STEM = re.compile(r"[a-z]{3,}")


def owners(machine: Machine, paths: Iterable[str], cache: Cache | None = None) -> dict[str, str]:
    """Real path -> name and version of its package; files of no package are left out."""
    wanted = list(paths)
    found = {path: told for path in wanted if (told := by_folder(path))}
    if not wanted:
        return found
    words = {word for path in wanted for word in stems(path)}
    found |= _of_databases(machine, wanted, words, cache)
    return found | dict(conda_packages(wanted, words))


def _of_databases(
    machine: Machine, wanted: Sequence[str], words: set[str], cache: Cache | None
) -> dict[str, str]:
    """What the system's package managers say; remembered until one of them changes something."""
    question = {"owners of": sorted(wanted), "root": str(machine.root)}
    old = cache.recall(question) if cache else None
    if isinstance(old, dict):
        return {str(path): str(told) for path, told in old.items()}
    since, found = time.time(), dict[str, str]()
    for source in (dpkg, pacman, apk):
        found |= dict(source(machine, set(wanted), words))
    if cache is not None:
        files = [str(machine.at(path)) for path in DATABASES]
        cache.keep(question, found, files=files, since=since)
    return found


def by_folder(path: str) -> str | None:
    """The package that the folder's own name tells."""
    hits = (pattern.search(path) for pattern in FOLDERS)
    return next((f"{hit['name']} {hit['version']}" for hit in hits if hit), None)


def stems(path: str) -> Iterator[str]:
    """Words of a library's name that its package's name has as well."""
    for word in STEM.findall(path.rsplit("/", 1)[-1].lower()):
        yield word.removeprefix("lib")
    for word in STEM.findall(path.rsplit("/", 2)[-2].lower()):
        yield word


def dpkg(machine: Machine, wanted: set[str], words: set[str]) -> Iterator[tuple[str, str]]:
    """Debian: a list of files for each package, and one table of versions."""
    versions: Mapping[str, str] | None = None
    below = str(machine.root).rstrip("/")
    for file in matching(machine.at("/var/lib/dpkg/info"), ["*.list"]):
        name = file.name.removesuffix(".list").split(":")[0]
        if not any(word in name for word in words):
            continue
        lines = read_bytes(file).decode("utf-8", "replace").splitlines()
        for path in wanted.intersection(below + line for line in lines):
            versions = versions or dpkg_versions(machine)
            yield path, f"{name} {versions.get(name, '')}".strip()


def dpkg_versions(machine: Machine) -> dict[str, str]:
    """Package -> version, of all that are installed."""
    text = read_bytes(machine.at("/var/lib/dpkg/status")).decode("utf-8", "replace")
    fields = re.findall(r"^(Package|Version): (\S+)", text, re.MULTILINE)
    found: dict[str, str] = {}
    name = ""
    for field, value in fields:
        if field == "Package":
            name = value
        else:
            found[name] = value
    return found


def pacman(machine: Machine, wanted: set[str], words: set[str]) -> Iterator[tuple[str, str]]:
    """Arch: a folder `name-version-release` with a list of files for each package."""
    for folder in matching(machine.at("/var/lib/pacman/local"), ["*-*-*"]):
        name, version, _ = folder.name.rsplit("-", 2)
        if any(word in name for word in words):
            lines = read_bytes(folder / "files").decode("utf-8", "replace").splitlines()
            for path in wanted.intersection(str(machine.at(line)) for line in lines):
                yield path, f"{name} {version}"


def apk(machine: Machine, wanted: set[str], words: set[str]) -> Iterator[tuple[str, str]]:
    """Alpine: one table of packages (P), versions (V), folders (F) and files (R)."""
    name = version = folder = ""
    text = read_bytes(machine.at("/lib/apk/db/installed")).decode("utf-8", "replace")
    for line in text.splitlines():
        kind, value = line[:2], line[2:]
        if kind == "P:":
            name = value
        elif kind == "V:":
            version = value
        elif kind == "F:":
            folder = value
        elif kind == "R:" and str(machine.at(f"{folder}/{value}")) in wanted:
            yield str(machine.at(f"{folder}/{value}")), f"{name} {version}"


def conda_packages(wanted: list[str], words: set[str]) -> Iterator[tuple[str, str]]:
    """Conda: a JSON table for each package of a prefix."""
    above = {folder for path in wanted for folder in list(Path(path).parents)[:3]}
    for prefix in sorted(above):
        for file in matching(prefix / "conda-meta", ["*.json"]):
            if not any(word in file.name for word in words):
                continue
            try:
                table = json.loads(read_bytes(file))
                told = f"{table['name']} {table['version']} {table.get('build', '')}".strip()
                files = {str(prefix / str(name)) for name in table["files"]}
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            yield from ((path, told) for path in wanted if path in files)
