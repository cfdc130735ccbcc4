# SPDX-License-Identifier: Apache-2.0
"""Libraries inside PyPI packages, and those that pkg-config files name (read without the tool)."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from blas_probe.recipe import Recipe
from blas_probe.search.places import Candidate, Machine, fits, matching, recipe_folders

VARIABLE = re.compile(r"^([\w.]+)\s*=\s*(.*)$")
FIELD = re.compile(r"^(Libs(?:\.private)?)\s*:\s*(.*)$")
REFERENCE = re.compile(r"\$\{([\w.]+)\}")
MOST_ROUNDS = 20


def normal(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pypi(machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]) -> Iterator[Candidate]:
    """Files of the recipes' distributions, as each one's RECORD lists them."""
    wanted = {normal(name) for recipe in recipes for name in recipe.find.wheels}
    for site in machine.site_packages:
        for info in matching(site, ["*.dist-info"]):
            name = normal(info.name.removesuffix(".dist-info").rsplit("-", 1)[0])
            if name in wanted:
                for path in recorded_files(site, info, globs):
                    yield Candidate(path, f"pypi:{name}")


def recorded_files(site: Path, info: Path, globs: Sequence[str]) -> Iterator[Path]:
    """Files in RECORD that fit `globs`; a moved one is looked for in the prefix's lib folder."""
    try:
        text = (info / "RECORD").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    for row in csv.reader(text.splitlines()):
        if not row or not fits(row[0].rsplit("/", 1)[-1], globs):
            continue
        listed = Path(os.path.normpath(site / row[0]))
        moved = [site / "lib" / listed.name, site.parent.parent / listed.name]
        found = next((path for path in (listed, *moved) if path.exists()), None)
        if found is not None:
            yield found


def pkg_config(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """Libraries that the recipes' .pc files would link."""
    system = [machine.at(f"/usr/lib/{machine.triplet}"), machine.at("/usr/lib")]
    names = [f"{glob}.pc" for recipe in recipes for glob in recipe.find.pkg_config]
    for folder in pc_folders(machine, recipes):
        for file in matching(folder, names):
            for path in linked_files(file, system):
                if fits(path.name, globs):
                    yield Candidate(path, "pkg-config")


def pc_folders(machine: Machine, recipes: Sequence[Recipe]) -> list[Path]:
    """Folders of .pc files: the variables', the usual ones, and those below recipe folders."""
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
    below = [
        folder / "pkgconfig" for recipe in recipes for folder in recipe_folders(machine, recipe)
    ]
    return list(dict.fromkeys([*own, *usual, *below]))


def linked_files(file: Path, system: Sequence[Path]) -> list[Path]:
    """Files that a .pc file's Libs stand for: full paths, and -l names in its -L folders."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    folders: list[Path] = []
    found: list[Path] = []
    words = pc_words(text, file.parent)
    for word in words:
        if word.startswith("-L"):
            folders.append(Path(word[2:]))
    for word in words:
        if word.startswith("-l"):
            globs = [f"lib{word[2:]}.so", f"lib{word[2:]}.so.*", f"lib{word[2:]}.dylib"]
            for folder in [*folders, *system]:
                found += matching(folder, globs)
        elif word.startswith("/"):
            found.append(Path(word))
    return [path for path in found if path.exists()]


def pc_words(text: str, folder: Path) -> list[str]:
    """The words of Libs and Libs.private, with the file's variables put in."""
    variables = {"pcfiledir": str(folder)}
    words: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if variable := VARIABLE.match(line):
            variables[variable[1]] = expand(variable[2].strip(), variables)
        elif field := FIELD.match(line):
            words += expand(field[2], variables).split()
    return words


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace ${name}; an unknown name becomes nothing, a circle ends."""
    for _ in range(MOST_ROUNDS):
        if "${" not in text:
            break
        text = REFERENCE.sub(lambda match: variables.get(match[1], ""), text)
    return text
