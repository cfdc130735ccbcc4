# SPDX-License-Identifier: Apache-2.0
"""`why NAME` for toolkits, releases, their pieces and host compilers. Pure."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence

from blas_probe.cuda.group import rank
from blas_probe.cuda.judge import COMPILE, how_to_get
from blas_probe.cuda.toolkit import Driver, Toolkit
from blas_probe.cuda.words import driver_texts, toolkit_texts
from blas_probe.recipe.cuda import CudaRecipes

NUMBER = re.compile(r"(?P<word>[a-z]*)[-_ ]?v?(?P<number>\d+(?:\.\d+)*)")
DRIVER = ("driver", "gpu", "gpus")


def about(
    toolkits: Sequence[Toolkit], driver: Driver | None, name: str, recipes: CudaRecipes
) -> list[str]:
    """One sentence a line on what is called `name`; empty when nothing of CUDA is."""
    lower = name.lower()
    if lower in DRIVER:
        return driver_texts(driver)
    words = general_words(recipes)
    called = [one for one in toolkits if lower in words or is_called(one, name, words)]
    if called:
        return [line for one in called for line in of_toolkit(one, toolkits)]
    if lower in words:
        newest = max((row.toolkit for major in recipes.majors for row in major.pins), key=_key)
        return ["no CUDA toolkit was found on this machine", how_to_get(_minor(newest), recipes)]
    if (number := number_of(name, words)) is not None:
        return list(of_release(number, toolkits, recipes))
    pieces = [line for one in toolkits for line in of_part(one, name, recipes)]
    return pieces or [line for one in toolkits for line in of_compiler(one, name)]


def names(toolkits: Sequence[Toolkit], recipes: CudaRecipes) -> list[str]:
    """What `about` knows besides paths, for an error's text."""
    releases = {one.version for one in toolkits if one.version}
    return sorted({*general_words(recipes), *(one.name for one in recipes.majors), *releases,
                   DRIVER[0]})  # fmt: skip


def general_words(recipes: CudaRecipes) -> set[str]:
    """Names of all toolkits together."""
    plain = {major.name.rstrip("0123456789") for major in recipes.majors}
    return {*plain, recipes.anatomy.find.meta_wheel}


def number_of(name: str, words: set[str]) -> str | None:
    """13.0 in `13.0`, `cuda-13.0` and `CUDA 13.0`."""
    hit = NUMBER.fullmatch(name.lower())
    return hit["number"] if hit and hit["word"] in {"", *words} else None


def is_called(one: Toolkit, name: str, words: set[str]) -> bool:
    """By a path or variable that leads to it, or by its version as far as that is said."""
    number = number_of(name, words)
    told = filter(None, (one.version, one.versions.get("nvcc")))
    if number is not None and any(f"{text}.".startswith(f"{number}.") for text in told):
        return True
    variables = {text.removeprefix("$") for text in one.names if text.startswith("$")}
    paths = {one.root, one.nvcc, *one.roots, *one.names}
    real = os.path.realpath(name) if os.sep in name else None
    return name in paths | variables or real in {one.root, *one.roots}


def of_toolkit(one: Toolkit, toolkits: Sequence[Toolkit]) -> Iterator[str]:
    """Its place among the others, why it can or cannot compile, then all that is known."""
    yield f"{one.root}: {standing(one, toolkits)}; found by {', '.join(one.names) or one.source}"
    for text in compiling(one):
        yield f"{one.root}: {text}"
    yield from toolkit_texts(one)


def standing(one: Toolkit, toolkits: Sequence[Toolkit]) -> str:
    """Is it the first one, or which comes before it and why?"""
    first = toolkits[0]
    if one is first:
        return "it is the only toolkit" if len(toolkits) == 1 else "it comes before all others"
    if rank(first.source) == rank(one.source):
        return f"{first.root} comes before it: its path comes first in the alphabet"
    return f"{first.root} comes before it ({first.source} before {one.source})"


def compiling(one: Toolkit) -> Iterator[str]:
    """Why it cannot compile, as far as a missing piece or a silent nvcc is the reason."""
    if one.compiles == "yes":
        return
    if one.nvcc_problem:
        yield f"it cannot compile: nvcc cannot be asked: {one.nvcc_problem}"
    missing = [lack for lack in one.lacks if lack.needed_for == COMPILE]
    if missing:
        cures = ", or ".join(dict.fromkeys(lack.cure for lack in missing))
        yield f"it cannot compile without {', '.join(lack.part for lack in missing)}: {cures}"


def of_release(number: str, toolkits: Sequence[Toolkit], recipes: CudaRecipes) -> Iterator[str]:
    """A release that is not here: which are, and how to get it."""
    yield f"no toolkit of CUDA {number} was found on this machine"
    for one in toolkits:
        yield f"here is CUDA {one.version or 'of unknown version'} in {one.root}"
    major = recipes.major(number)
    known = [_minor(row.toolkit) for row in major.pins] if major else []
    fitting = [release for release in known if f"{release}.".startswith(f"{number}.")]
    if fitting:
        yield f"to get CUDA {fitting[-1]}: {how_to_get(fitting[-1], recipes)}"
    else:
        yield f"no recipe knows CUDA {number}; a toolkit of it would be described all the same"


def of_part(one: Toolkit, name: str, recipes: CudaRecipes) -> Iterator[str]:
    """A piece by its name, its file or its path: where it lies, or why it is not there."""
    where = f"CUDA {one.version or '?'} in {one.root}"
    for part in one.parts:
        file = part.path.rsplit("/", 1)[-1]
        if name.lower() == part.name.lower() or name in (part.path, file):
            version = f" {part.version} (by {part.told_by})" if part.version else ""
            linkable = "; -l does not find it" if part.linkable is False else ""
            wrong = f"; {part.problem}" if part.problem else ""
            yield f"{where} has {part.name}{version}: {part.path}{linkable}{wrong}"
    for lack in one.lacks:
        if name.lower() == lack.part.lower():
            yield f"{where} lacks {lack.part} (for: {lack.needed_for}): {lack.cure}"


def of_compiler(one: Toolkit, name: str) -> Iterator[str]:
    """A host compiler: taken or refused, in the words of the toolkit's header."""
    real = os.path.realpath(shutil.which(name) or name)
    for host in one.host_compilers:
        called = name in (host.path, host.path.rsplit("/", 1)[-1])
        if not called and real != os.path.realpath(host.path):
            continue
        verb = {"yes": "takes", "no": "refuses", "unknown": "may not take"}[host.accepted]
        role = f", its {host.role}" if host.role != "installed" else ""
        why = f": {host.reason}" if host.reason else ""
        yield (
            f"CUDA {one.version or '?'} in {one.root} {verb} {host.family} {host.version} "
            f"({host.path}{role}){why}"
        )


def _minor(release: str) -> str:
    return ".".join(release.split(".")[:2])


def _key(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".") if part.isdigit())
