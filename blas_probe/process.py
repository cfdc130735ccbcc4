# SPDX-License-Identifier: Apache-2.0
"""Which BLAS and LAPACK libraries has a running process loaded, and what are they?"""

from __future__ import annotations

import ctypes
import dataclasses
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.binary.affix import Affix
from blas_probe.call.abi import lookup
from blas_probe.call.answers import file_of
from blas_probe.errors import UsageError
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.probing import DEFAULT_TIMEOUT, found_from, measure, usual_machine
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.search.content import holds_blas
from blas_probe.search.find import File
from blas_probe.search.mapped import Mapped, mapped_files, process_environment
from blas_probe.search.owners import owners
from blas_probe.search.places import WIDE, fits
from blas_probe.threads.machine import machine_facts
from blas_probe.threads.together import in_a_process
from blas_probe.warning import Warning_

if TYPE_CHECKING:
    from blas_probe.cli.run import Answer, Run

SOURCE = "loaded"
GONE = (
    "its file was removed or replaced since the process loaded it, and only root can read what "
    "the process holds"
)
BOTH = "https://github.com/JuliaLinearAlgebra/libblastrampoline"


def loaded(
    pid: int | None = None,
    *,
    recipes: Recipes | None = None,
    jobs: int = 2,
    timeout: float = DEFAULT_TIMEOUT,
) -> Found:
    """The BLAS and LAPACK libraries of a process (None: this one), each measured in a child.

    Nothing is called in the process itself; ProcessError when it cannot be looked at.
    """
    known = load_recipes() if recipes is None else recipes
    environ = dict(os.environ) if pid is None else process_environment(pid)
    mapped = list(mapped_files(pid))
    globs = [*WIDE, *(glob for recipe in known.providers for glob in recipe.find.files)]
    there = [
        one for one in mapped
        if holds_blas(one.file, known.providers) or (_out_of_reach(one) and _named(one, globs))
    ]  # fmt: skip
    files = sorted((_file(one) for one in there), key=lambda file: file.path)
    packages = owners(usual_machine(environ, ()), [file.path for file in files])
    files = [dataclasses.replace(one, package=packages.get(one.path)) for one in files]
    libraries = measure(files, known, environ=environ, jobs=jobs, timeout=timeout)
    if pid is None:
        libraries = [with_place(library) for library in libraries]
    found = found_from(libraries, known, environ, machine=machine_facts())
    warnings = (
        *replaced_warnings(there),
        *clash_warnings(found.libraries),
        *in_a_process((one.file for one in mapped), known),
        *found.warnings,
    )
    return dataclasses.replace(found, warnings=warnings)


def _file(one: Mapped) -> File:
    own = one.file == Path(one.path)  # not in another root, where links lead elsewhere
    readable = one.file.resolve() if own else one.file
    problem = GONE if _out_of_reach(one) else None
    path = one.path if problem else str(readable)
    return File(path=path, names=(one.path,), source=SOURCE, problem=problem)


def _out_of_reach(one: Mapped) -> bool:
    """What was removed can be read through the process alone, by the administrator alone."""
    return one.replaced and not os.access(one.file, os.R_OK)


def _named(one: Mapped, globs: Sequence[str]) -> bool:
    return fits(one.path.rsplit("/", 1)[-1], globs)


def with_place(library: Library) -> Library:
    """Note which library this process's global names lead to: that one answers new modules."""
    name = Affix(library.prefix, library.suffix, library.upper).spell("dgemm")
    function = lookup(ctypes.CDLL(None), name) if os.name == "posix" else None
    if function is None or file_of(function) != library.path:
        return library
    note = f"the name {name} leads to it in this process"
    return dataclasses.replace(library, notes=(*library.notes, note))


def replaced_warnings(there: Iterable[Mapped]) -> Iterator[Warning_]:
    """Libraries whose file was replaced or removed since the process loaded it."""
    for one in there:
        if one.replaced:
            yield Warning_(
                subject=one.path,
                text="the process uses the file that was here before; another one, or none, is "
                "here now",
                cure="start the process again",
                source="the process's own list of files",
            )


def clash_warnings(libraries: Sequence[Library]) -> Iterator[Warning_]:
    """Two widths under the same names: whichever is asked first answers for both."""
    plain: dict[tuple[str, str], dict[str, Library]] = {}
    for library in libraries:
        if library.has_blas and library.problem is None:
            names = plain.setdefault((library.prefix, library.suffix), {})
            names.setdefault(str(library.int_bits), library)
    for (prefix, suffix), widths in plain.items():
        if {"32", "64"} <= set(widths):
            narrow, wide = widths["32"], widths["64"]
            yield Warning_(
                subject=f"{narrow.path} and {wide.path}",
                text=f"both define {prefix}dgemm{suffix}, one with 32-bit and one with 64-bit "
                "integers; a call may reach the wrong one",
                cure="take a build with a suffix (such as 64_) for one of them",
                source=BOTH,
            )


def command(run: Run, argument: str | None) -> Answer:
    """`blas_probe loaded PID`: a table, or JSON, of what the process has loaded."""
    from blas_probe.cli.run import Answer
    from blas_probe.report import table

    if argument is None or not argument.isdigit():
        msg = f"`{argument}` is no process number; `ps` lists them: blas_probe loaded 1234"
        raise UsageError(msg)
    found = loaded(int(argument), recipes=run.recipes, jobs=run.jobs, timeout=run.timeout)
    return Answer(found.to_json() if run.as_json else table(found))
