# SPDX-License-Identifier: Apache-2.0
"""Prove a header and a library as a pair: compile once per header, run once per library."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from errno import ENOSPC
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from blas_probe.cache import Cache
from blas_probe.call.tool import CANNOT_BE_RUN, Said, run_tool
from blas_probe.call.worker import new_token, plain, sweep
from blas_probe.headers import program
from blas_probe.headers.remember import as_json, included, remembered
from blas_probe.headers.search import (
    TELLING,
    Candidate,
    candidates,
    forget,
    own_affix,
    renames,
    same_version,
    spelling,
    static_width,
)
from blas_probe.library import NOT_RUN, UNKNOWN, Header, Library
from blas_probe.recipe import Recipe, Recipes
from blas_probe.record import dataclass
from blas_probe.scratch import scratch_folder
from blas_probe.search.places import Machine

COMPILERS = ("cc", "gcc", "clang")
COMPILER_VARIABLES = ("CPATH", "C_INCLUDE_PATH", "SDKROOT", "TMPDIR")
MOST_TRIES = 4
OWN_FILE = re.compile(r"^\w+\.c:[\d:]*\s*")


@dataclass(frozen=True)
class Built:
    """A header compiled with macros, under one spelling of its functions."""

    program: str | None
    bits: int | None
    problem: str | None
    hindrance: str | None = None
    """Why nothing could be compiled or run here, whatever the header says."""


@dataclass(kw_only=True)
class Workshop:
    """A folder, a compiler, and what was compiled so far."""

    folder: Path
    compiler: Sequence[str] | None
    environ: Mapping[str, str]
    timeout: float
    token: str
    built: dict[tuple[str, ...], Future[Built]]
    lock: threading.Lock
    control: Said | None = None
    """How the compiler ended with a program that needs no header of a library."""
    unsure: bool = False
    """Something ran out of time: it may answer otherwise another day."""

    def run(self, command: Sequence[str]) -> Said:
        """Run a program of ours or the compiler."""
        said = run_tool(
            command, environ=self.environ, timeout=self.timeout, token=self.token,
            keep=COMPILER_VARIABLES, cwd=str(self.folder),
        )  # fmt: skip
        self.unsure = self.unsure or said.code is None
        return said

    def surroundings(self) -> dict[str, Any]:
        """All that decides about a proof beside the library and its headers."""
        told = {name: self.environ.get(name) for name in (*COMPILER_VARIABLES, "PATH")}
        return {"compiler": self.compiler, "variables": told}

    def read(self) -> list[str] | None:
        """The compiler and all that it read; None when something ran out of time."""
        if self.unsure:
            return None
        files = {file for rule in self.folder.glob("*.d") for file in included(rule)}
        outside = [file for file in files if not file.startswith(str(self.folder))]
        return [*(self.compiler or ())[:1], *outside]

    def build(self, header: Candidate, defines: tuple[str, ...], affix: tuple[str, str]) -> Built:
        """The program for a header; compiled by whoever asks first."""
        key = (header.path, header.kind, *defines, *affix)
        with self.lock:
            mine = key not in self.built
            place = self.built.setdefault(key, Future())
            name = f"{header.kind}{len(self.built)}"
        if mine:
            try:
                place.set_result(self._compile(name, header, defines, affix))
            except BaseException as error:
                place.set_exception(error)
                raise
        return place.result()

    def _compile(
        self, name: str, header: Candidate, defines: tuple[str, ...], affix: tuple[str, str]
    ) -> Built:
        assert self.compiler is not None
        source, target = self.folder / f"{name}.c", self.folder / name
        try:
            source.write_text(program.PROGRAMS[header.kind], encoding="utf-8")
        except OSError as error:
            return self._hindered(f"no program can be written to {self.folder}: {error.strerror}")
        macros = (f'HEADER="{header.path}"', f"PREFIX={affix[0]}", f"SUFFIX={affix[1]}", *defines)
        said = self.run(
            [
                *self.compiler, "-w", "-O0", "-MD", "-MF", f"{target}.d",
                *(f"-D{macro}" for macro in macros),
                f"-I{Path(header.path).parent}", "-o", str(target), source.name, "-ldl",
            ]
        )  # fmt: skip
        if os.strerror(ENOSPC) in said.output:
            return self._hindered("the disk is full")
        if said.problem is not None:
            useless = self._useless()
            return self._hindered(useless) if useless else Built(None, None, _first_error(said))
        ran = self.run([str(target)])
        if (ran.problem or "").startswith(CANNOT_BE_RUN):
            return self._hindered(f"programs in {self.folder.parent} {ran.problem}")
        return Built(str(target), program.bits_of(ran.output), None)

    def _useless(self) -> str | None:
        """Why the compiler makes nothing at all, as one of another language; None when it does."""
        assert self.compiler is not None
        with self.lock:
            if self.control is None:
                source = self.folder / "control.c"
                source.write_text(program.CONTROL, encoding="utf-8")
                words = ("-w", "-DHEADER=<stddef.h>", "-o", f"{source}.out", source.name, "-ldl")
                self.control = self.run([*self.compiler, *words])
        if self.control.problem is None:
            return None
        return f"{shlex.join(self.compiler)} compiles no C program: {_first_error(self.control)}"

    def _hindered(self, reason: str) -> Built:
        self.unsure = True
        return Built(None, None, None, reason)


def with_headers(
    libraries: Sequence[Library],
    recipes: Recipes,
    machine: Machine,
    *,
    jobs: int,
    timeout: float,
    cache: Cache | None = None,
) -> tuple[Library, ...]:
    """Fill `headers` of every library that has a C interface."""
    forget()
    token = new_token()
    with scratch_folder() as folder:
        shop = Workshop(
            folder=folder, compiler=find_compiler(machine.environ), environ=machine.environ,
            timeout=timeout, token=token, built={}, lock=threading.Lock(),
        )  # fmt: skip

        def one(library: Library) -> Library:
            found = all_candidates(library, recipes, machine)
            recipe = [as_json(vars(one.headers)) for one in recipes.providers
                      if one.name == library.provider]  # fmt: skip
            headers = remembered(
                library, found, {**shop.surroundings(), "recipe": recipe}, cache,
                lambda: (headers_of(library, recipes, found, shop), shop.read()),
            )  # fmt: skip
            return replace(library, headers=headers)

        pool = ThreadPoolExecutor(max_workers=max(1, jobs))
        try:
            known = cache is not None and cache.complete
            return tuple(map(one, libraries) if known else pool.map(one, libraries))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            sweep(token)


def find_compiler(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The C compiler of the environment: CC, or the first of the usual names."""
    for name in (environ.get("CC", ""), *COMPILERS):
        words = _words(name)
        found = shutil.which(words[0], path=environ.get("PATH")) if words else None
        if found:
            return (found, *words[1:])
    return None


def _words(command: str) -> list[str]:
    """The words of a variable as a shell would see them, as well as that goes."""
    try:
        return shlex.split(command)
    except ValueError:  # a quote that is never closed
        return command.split()


def all_candidates(library: Library, recipes: Recipes, machine: Machine) -> list[Candidate]:
    """The headers worth a try, for each C interface of the library."""
    if library.problem is not None or library.provider == UNKNOWN:
        return []
    kinds = [kind for kind in TELLING if getattr(library, f"has_{kind}")]
    return [one for kind in kinds
            for one in islice(candidates(library, recipes, machine, kind), MOST_TRIES)]  # fmt: skip


def headers_of(
    library: Library, recipes: Recipes, candidates: Sequence[Candidate], shop: Workshop
) -> tuple[Header, ...]:
    """For each C interface of the library: refused headers, up to the first that is proven."""
    if not candidates:
        return ()
    recipe = recipes.provider(library.provider)
    found: list[Header] = []
    for _, same_kind in groupby(candidates, lambda one: one.kind):
        for candidate in same_kind:
            header = verdict(library, recipe, candidate, shop)
            if header is not None:
                found.append(header)
            if header is not None and header.pair != "refused":
                break
    return tuple(found)


def verdict(library: Library, recipe: Recipe, header: Candidate, shop: Workshop) -> Header | None:
    """Proven, refused or not run, and why; None when the header declares other functions."""
    affix = spelling(library, header.path, header.kind)
    if affix is None:
        return None
    wanted = library.int_bits

    def says(pair: str, reason: str, bits: int | None, defines: tuple[str, ...] = ()) -> Header:
        known = bits if bits in (32, 64) else UNKNOWN
        return Header(path=header.path, kind=header.kind, int_bits=known, defines=defines,  # type: ignore[arg-type]
                      pair=pair, reason=reason + remark(library, header))  # fmt: skip

    if affix != own_affix(library) and not renames(header.path, header.kind):
        before, after = own_affix(library)
        name = TELLING[header.kind]
        return says("refused", f"it declares {name}, the library has {before}{name}{after}", None)
    if shop.compiler is None:
        return _unproven(library, recipe, header, says, "there is no C compiler here")
    built = Built(None, None, None)
    for defines in ((), *((macro,) for macro in recipe.headers.wide)):
        built = shop.build(header, defines, affix)
        if built.bits == wanted or built.problem or built.hindrance:
            break
    if built.hindrance is not None:
        return _unproven(library, recipe, header, says, built.hindrance)
    if built.program is None:
        return says("refused", f"it does not compile: {built.problem}", None)
    if built.bits != wanted:
        return says("refused", f"its integers have {built.bits or 'another number of'} bits, "
                    f"those of the library {wanted}", built.bits)  # fmt: skip
    said = shop.run([built.program, library.path])
    wrong = program.trouble(said.output)
    if wrong is not None:
        crashed = said.code is None or said.code < 0
        return says("refused", str(said.problem) if crashed else wrong, built.bits, defines)
    right = ", ".join(program.answered(said.output))
    return says("proven", f"compiled and run: {right} answer right", built.bits, defines)


def _unproven(
    library: Library,
    recipe: Recipe,
    header: Candidate,
    says: Callable[..., Header],
    hindrance: str,
) -> Header:
    """What the text alone tells, where nothing can be compiled or run."""
    bits = static_width(header.path, recipe, header.kind)
    if bits is not None and bits != library.int_bits and not recipe.headers.wide:
        return says("refused", f"its text says {bits} bit integers, the library has "
                    f"{library.int_bits}", bits)  # fmt: skip
    wide = recipe.headers.wide[:1] if bits == 32 and library.int_bits == 64 else ()
    return says(NOT_RUN, f"{hindrance}; read from the text", bits, wide)


def remark(library: Library, header: Candidate) -> str:
    """What else a reader should know: another provider's header, or another version's."""
    if header.owner not in (None, library.provider):
        return f"; it is the header of {header.owner}"
    if header.version is not None and not same_version(header.version, library.version):
        return f"; it is of version {header.version}, the library of {library.version}"
    return ""


def _first_error(said: Said) -> str:
    """The compiler's own first complaint, without the name of our file: no two runs share it."""
    lines = [OWN_FILE.sub("", line) for line in said.output.splitlines() if "error" in line]
    return plain(lines[0]) if lines else str(said.problem)
