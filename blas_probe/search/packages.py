# SPDX-License-Identifier: Apache-2.0
"""Libraries inside PyPI packages, and those that pkg-config files name (read without the tool)."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from blas_probe.look import exists, first_text, is_file, is_folder
from blas_probe.recipe import Recipe
from blas_probe.search.places import Candidate, Machine, fits, matching, read_bytes, recipe_folders
from blas_probe.search.prefixes import prefixes

VARIABLE = re.compile(r"^([\w.]+)\s*=\s*(.*)$")
FIELD = re.compile(r"^(Libs(?:\.private)?|Requires(?:\.private)?)\s*:\s*(.*)$")
CONDITION = re.compile(r"[<>=!]+\s*\S+")
NAME = re.compile(r"[\w.+-]+")
REFERENCE = re.compile(r"\$\{([\w.]+)\}")
NO_PACKAGES = frozenset({".dist-info", ".egg-info", ".libs", ".py", ".pth", ".so"})
PRIVATE = (".dylibs", ".libs")
"""Ends of the folders in which a wheel keeps copies of libraries for itself."""
MOST_ROUNDS = 20
MOST_REQUIRED = 100
MOST_PC, LONGEST = 1 << 20, 1 << 14


def normal(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pypi(machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]) -> Iterator[Candidate]:
    """Files of the recipes' distributions, as RECORD lists them, and copies inside any wheel."""
    wanted = {normal(name) for recipe in recipes for name in recipe.find.wheels}
    for site in machine.site_packages:
        for info in matching(site, ["*.dist-info"]):
            name, version = distribution(info)
            if name in wanted:
                for path in recorded_files(site, info, globs):
                    yield Candidate(path, f"pypi:{name}", f"{name} {version}")
        for name, package, path in private_copies(site, globs):
            yield Candidate(path, f"pypi:{name}", package)


def distribution(info: Path) -> tuple[str, str]:
    """Name and version, from the name of a .dist-info folder."""
    name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
    return normal(name), version


def private_copies(site: Path, globs: Sequence[str]) -> Iterator[tuple[str, str | None, Path]]:
    """Name of the distribution, the same with its version, and a copy of a library inside it."""
    versions: dict[str, str] | None = None
    for folder in private_folders(site):
        beside = folder.parent == site
        name = normal(folder.name.removesuffix(".libs") if beside else folder.parent.name)
        for path in matching(folder, globs):
            if versions is None:
                versions = dict(distribution(info) for info in matching(site, ["*.dist-info"]))
            yield name, f"{name} {versions[name]}" if name in versions else None, path


def private_folders(site: Path) -> list[Path]:
    """Where the tools that repair wheels put copies of what these need."""
    packages = [one for one in matching(site, ["[!.]*"]) if one.suffix not in NO_PACKAGES]
    inside = [package / name for package in packages for name in PRIVATE]
    return [*matching(site, ["*.libs"]), *(folder for folder in inside if is_folder(folder))]


def recorded_files(site: Path, info: Path, globs: Sequence[str]) -> Iterator[Path]:
    """Files in RECORD that fit `globs`; a moved one is looked for in the prefix's lib folder."""
    text = read_bytes(info / "RECORD").decode("utf-8", "surrogateescape")
    for row in _rows(text):
        if not row or not fits(row[0].rsplit("/", 1)[-1], globs):
            continue
        listed = Path(os.path.normpath(site / row[0]))
        moved = [site / "lib" / listed.name, site.parent.parent / listed.name]
        found = next((path for path in (listed, *moved) if exists(path)), None)
        if found is not None:
            yield found


def _rows(text: str) -> Iterator[list[str]]:
    """The rows of a table, as far as it is one."""
    with contextlib.suppress(csv.Error):  # a cell without end, for example
        yield from csv.reader(text.splitlines())


def pkg_config(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """Libraries that the recipes' .pc files would link."""
    system = [machine.at(f"/usr/lib/{machine.triplet}"), machine.at("/usr/lib")]
    names = [glob for recipe in recipes for glob in recipe.find.pkg_config]
    folders = pc_folders(machine, recipes)
    for folder in folders:
        for file in matching(folder, ["*"]):
            # Arm's come without the ending.
            if not fits(file.name.removesuffix(".pc"), names):
                continue
            for path in linked_files(file, globs, system, folders):
                yield Candidate(path, "pkg-config")


def pc_folders(machine: Machine, recipes: Sequence[Recipe]) -> list[Path]:
    """Folders of .pc files: the variables', the usual ones, and those below known roots."""
    environ = machine.environ
    listed = environ.get("PKG_CONFIG_PATH", "") + os.pathsep + environ.get("PKG_CONFIG_LIBDIR", "")
    own = [Path(folder) for folder in listed.split(os.pathsep) if folder]
    usual = [
        machine.at(f"{folder}/pkgconfig")
        for folder in (
            f"/usr/lib/{machine.triplet}", "/usr/lib64", "/usr/lib", "/usr/share",
            "/usr/local/lib", "/usr/local/lib64", "/usr/local/share",
        )
    ]  # fmt: skip
    usual += [machine.home / f".local/{lib}/pkgconfig" for lib in ("lib", "lib64", "share")]
    below = [folder / "pkgconfig" for one in recipes for folder in recipe_folders(machine, one)]
    below += [
        prefix / f"{lib}/pkgconfig"
        for prefix in prefixes(machine, recipes)
        for lib in ("lib", "lib64", "share")
    ]
    return list(dict.fromkeys([*own, *usual, *below]))


def linked_files(
    file: Path,
    globs: Sequence[str],
    system: Sequence[Path],
    folders: Sequence[Path] = (),
    seen: set[Path] | None = None,
) -> list[Path]:
    """Files fitting `globs` that a .pc file links, and those of the .pc files that it requires."""
    seen = set() if seen is None else seen
    seen.add(file)
    text = first_text(file, MOST_PC)
    words, required = pc_words(text, file.parent)
    searched = [Path(word[2:]) for word in words if word.startswith("-L")]
    found: list[Path] = []
    for word in words:
        if word.startswith("-l"):
            name = f"lib{word[2:]}"
            if fits(f"{name}.so", globs) or fits(f"{name}.dylib", globs):
                for folder in [*searched, *system]:
                    found += matching(folder, [f"{name}.so", f"{name}.so.*", f"{name}.dylib"])
        elif word.startswith("/") and fits(word.rsplit("/", 1)[-1], globs):
            found.append(Path(word))
    for name in required if len(seen) < MOST_REQUIRED else ():
        other = next((f / f"{name}.pc" for f in folders if is_file(f / f"{name}.pc")), None)
        if other is not None and other not in seen:
            found += linked_files(other, globs, system, folders, seen)
    return [path for path in found if exists(path)]


def pc_words(text: str, folder: Path) -> tuple[list[str], list[str]]:
    """The words of Libs, and the names required, with the file's variables put in."""
    variables = {"pcfiledir": str(folder)}
    words: list[str] = []
    required: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if variable := VARIABLE.match(line):
            variables[variable[1]] = expand(variable[2].strip(), variables)
        elif field := FIELD.match(line):
            told = expand(field[2], variables)
            if field[1].startswith("Libs"):
                words += shell_words(told)
            else:
                required += NAME.findall(CONDITION.sub(" ", told))
    return words, required


def shell_words(text: str) -> list[str]:
    """Split as a shell would; a damaged text at blanks."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace ${name}; an unknown name becomes nothing, a circle ends."""
    for _ in range(MOST_ROUNDS):
        text = text[:LONGEST]  # each name may double it
        if "${" not in text:
            break
        text = REFERENCE.sub(lambda match: variables.get(match[1], ""), text)
    return text
