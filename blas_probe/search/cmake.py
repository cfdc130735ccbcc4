# SPDX-License-Identifier: Apache-2.0
"""Libraries that CMake package configs name, read without CMake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from blas_probe.look import is_file, is_folder
from blas_probe.recipe import Recipe
from blas_probe.search.places import Candidate, Machine, fits, in_folder, matching, read_bytes
from blas_probe.search.prefixes import prefixes

WORD = re.compile(r"[^\s\"';()<>]+")
LIBRARY = re.compile(r"\.(?:so(?:\.\d+)*|dylib|dll|a|lib)\Z")
LEADING = re.compile(r"^(?:\$\{\w+\}|\.\.?)/")
BELOW = ("lib/{triplet}/cmake", "lib/cmake", "lib64/cmake", "share/cmake", "share", "cmake", "")
MOST_BYTES = 1 << 20
MOST_UP = 6


def cmake(machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]) -> Iterator[Candidate]:
    """The libraries of the recipes' package configs."""
    for folder in config_folders(machine, recipes):
        libraries = list(named_libraries(folder))
        for path in libraries:
            if fits(path.name, globs):
                yield Candidate(path, "cmake")
        if not libraries:
            for above in list(folder.parents)[:MOST_UP]:
                if above.name.startswith("lib"):
                    yield from in_folder(above, globs, "cmake")


def config_folders(machine: Machine, recipes: Sequence[Recipe]) -> list[Path]:
    """Folders of package configs whose name fits a recipe, and those that variables name."""
    environ = machine.environ
    names = [name for recipe in recipes for name in recipe.find.cmake]
    lower = [name.lower() for name in names]
    named = [
        text
        for name, text in sorted(environ.items())
        if name.endswith("_DIR") and fits(name.removesuffix("_DIR").lower(), lower)
    ]
    listed = re.split(r"[;:]", environ.get("CMAKE_PREFIX_PATH", ""))
    above = [Path(text) for text in listed if text]
    above += [machine.at("/usr"), machine.at("/usr/local"), *prefixes(machine, recipes)]
    found = [Path(text) for text in named if text]
    for prefix in dict.fromkeys(above):
        for below in BELOW:
            folder = prefix / below.replace("{triplet}", machine.triplet)
            inside = matching(folder, ["*"]) if below else []
            found += [one for one in inside if fits(one.name.lower(), lower)]
    return [folder for folder in dict.fromkeys(found) if is_folder(folder)]


def named_libraries(folder: Path) -> Iterator[Path]:
    """Files that the configs in `folder` name.

    A leading variable stands for some folder above, so each of those is tried in its place.
    """
    above = [folder, *list(folder.parents)[:MOST_UP]]
    for file in matching(folder, ["*.cmake"]):
        text = read_bytes(file)[:MOST_BYTES].decode("utf-8", "replace")
        for word in filter(LIBRARY.search, dict.fromkeys(WORD.findall(text))):
            rest = word
            while LEADING.match(rest):
                rest = LEADING.sub("", rest)
            if rest.startswith("/"):
                places = [Path(rest)]
            elif "/" in rest and "$" not in rest:
                places = [base / rest for base in above]
            else:
                places = []
            yield from [path for path in places if is_file(path)][:1]
