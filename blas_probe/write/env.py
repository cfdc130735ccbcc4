# SPDX-License-Identifier: Apache-2.0
"""`--env`: shell lines for a build by hand, autoconf or make: eval "$(blas_probe --env)"."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING

from blas_probe.library import Library
from blas_probe.recipe import Recipe
from blas_probe.write import flags
from blas_probe.write.linking import linked
from blas_probe.write.offers import Offer, chosen

if TYPE_CHECKING:
    from blas_probe.cli.run import Run
    from blas_probe.found import Found
    from blas_probe.threads.facts import MachineFacts


def env(found: Found, run: Run, _: object) -> str:
    """Assignments for sh; a variable that already has words keeps them behind ours."""
    blas, lapack = chosen(found, run.use)
    recipe = next((r for r in run.recipes.providers if r.name == blas.blas.provider), None)
    lines = [f"# {blas.blas.provider} {blas.blas.version}: {blas.blas.path}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in assigned(blas, lapack)]
    lines += [prepended(name, words) for name, words in added(lapack) if words]
    root = provider_root(recipe, blas.blas)
    if root is not None:
        lines.append(f"export {root[0]}={shlex.quote(root[1])}")
    lines += thread_lines(recipe, found.machine)
    return "\n".join(lines) + "\n"


def assigned(blas: Offer, lapack: Offer) -> list[tuple[str, str]]:
    """What configure scripts and makefiles read."""
    return [
        ("BLAS_LIBS", " ".join(link_words(blas))),
        ("LAPACK_LIBS", " ".join(link_words(lapack))),
    ]


def added(lapack: Offer) -> list[tuple[str, list[str]]]:
    """Compiler flags: include folders and macros."""
    words = [f"-I{folder}" for folder in flags.includes(lapack.libraries)]
    return [("CPPFLAGS", [*words, *(f"-D{text}" for text in flags.defines(lapack.libraries))])]


def link_words(offer: Offer) -> list[str]:
    """Full paths, and where a program finds them when it runs."""
    words: list[str] = []
    for part in linked(offer.libraries):
        words.append(shlex.quote(part.path))
        if part.rpaths:
            words += [shlex.quote(word) for word in rpath_words(part.folder)]
    return words


def rpath_words(folder: str) -> list[str]:
    """How a compiler is told; -Wl would tear the path at its commas."""
    if "," in folder:
        return ["-Xlinker", "-rpath", "-Xlinker", folder]
    return [f"-Wl,-rpath,{folder}"]


def prepended(name: str, words: list[str]) -> str:
    """NAME="ours theirs"."""
    ours = shlex.quote(" ".join(shlex.quote(word) for word in words))
    return f'export {name}={ours}"${{{name}:+ ${name}}}"'


def provider_root(recipe: Recipe | None, library: Library) -> tuple[str, str] | None:
    """The provider's own root variable, when the library lies below such a root."""
    folder = PurePath(library.path).parent.as_posix()
    if recipe is None or not recipe.find.env:
        return None
    for below in sorted(filter(None, recipe.find.subdirs), key=len, reverse=True):
        if folder.endswith(f"/{below}"):
            return recipe.find.variables[0], folder.removesuffix(f"/{below}") or "/"
    return None


def thread_lines(recipe: Recipe | None, machine: MachineFacts | None) -> list[str]:
    """The provider's thread variable, where fewer threads are of use than there are CPUs."""
    if recipe is None or not recipe.threads.env or machine is None or machine.cores is None:
        return []
    if machine.usable_threads >= machine.cores:
        return []
    why = f"# {machine.cores} CPUs, limited by {machine.limited_by}"
    return [why, f"export {recipe.threads.env[0]}={machine.usable_threads}"]
