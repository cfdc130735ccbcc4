# SPDX-License-Identifier: Apache-2.0
"""Build trivet-check and a backend against any library; what was built before is used again."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

from wheels import cmake
from wheels.build import BACKEND_SOURCES, CHECK_PROGRAM, backend_file
from wheels.command import Log, call
from wheels.errors import BuildError, CommandError, CommandTimeoutError, WheelsError
from wheels.fingerprint import fingerprint
from wheels.libraries import Supply, cmake_values
from wheels.proof import stub
from wheels.proof.making import check_sources
from wheels.proof.target import UNSEPARABLE, Target
from wheels.proof.tools import Tools
from wheels.state import new_folder

CMAKE_MODULES = "cmake"
LINK_TIMEOUT = 300.0  # seconds
SHORT = 16  # digits of a fingerprint in a folder's name
TELLING = ("error:", "Error:", "undefined reference", "CMake Error", "relocation", "cannot find")


def check_program(tools: Tools) -> Path:
    """The check program, built once for each version of its sources and compiler."""
    sources = [*check_sources(tools.folders.root), tools.folders.root / CMAKE_MODULES]
    folder = tools.place / f"check-{fingerprint_of(tools, sources)}"
    if not (folder / CHECK_PROGRAM).is_file():
        log = Log(tools.folders.logs / "prove-check.log", "build trivet-check")
        try:
            with new_folder(folder) as temporary:
                _build_check(tools, temporary, log)
        except (CommandError, CommandTimeoutError) as error:
            raise not_built("trivet-check cannot be built", error, log) from error
    return folder / CHECK_PROGRAM


def _build_check(tools: Tools, folder: Path, log: Log) -> None:
    work, source = folder / "work", tools.folders.root / "core/check"
    project = cmake.Project(source=source, folder=work, values=tools.values)
    cmake.build(project, tools.programs, jobs=tools.jobs, env=tools.env, log=log)
    shutil.move(work / CHECK_PROGRAM, folder / CHECK_PROGRAM)
    shutil.rmtree(work)


def backend(target: Target, tools: Tools) -> Path:
    """The backend linked with these very libraries; BuildError says what the compiler said."""
    hashes = [tools.cache.of(Path(one.path)) for one in target.libraries]
    sources = [tools.folders.root / name for name in BACKEND_SOURCES]
    value = fingerprint_of(tools, sources, target.choice.link_facts(), hashes)
    folder = tools.place / f"backend-{value}"
    name = backend_file(target.choice.variant.id)
    if (folder / name).is_file():
        return folder / name
    log = Log(tools.folders.logs / f"prove-backend-{value}.log", "build the backend")
    try:
        links = _links(target, tools, value, log)
        with new_folder(folder) as temporary:
            _build(target, tools, links, temporary, log)
    except (CommandError, CommandTimeoutError) as error:
        paths = ", ".join(one.path for one in target.libraries)
        raise not_built(f"no backend can be built with {paths}", error, log) from error
    return folder / name


def not_built(what: str, error: WheelsError, log: Log) -> BuildError:
    """Say why: the compiler's own words, or that it came to no end."""
    late = isinstance(error, CommandTimeoutError)
    why = error.what.partition(": ")[0] if late else first_error(log)
    return BuildError(what, why=why, then=f"read {log.path}")


def _build(target: Target, tools: Tools, links: Supply, folder: Path, log: Log) -> None:
    work, name = folder / "work", backend_file(target.choice.variant.id)
    project = cmake.Project(
        source=tools.folders.root / "core/backends/blas",
        folder=work,
        values={**tools.values, **cmake_values(links)},
    )
    cmake.build(project, tools.programs, jobs=1, env=tools.env, log=log)
    shutil.move(work / name, folder / name)
    shutil.rmtree(work)


def _links(target: Target, tools: Tools, value: str, log: Log) -> Supply:
    """Where the linker and the loader find the libraries: in their places wherever that serves.

    A name that leads to another file, a folder whose name no search path can hold, a LAPACK that
    asks for another BLAS, or none at all get an entry in a folder of their own.
    """
    folder = tools.place / f"links-{value}"
    with new_folder(folder) as temporary:
        search = [folder]
        linked = []
        for number, library in enumerate(target.libraries):
            place = Path(library.path)
            if set(UNSEPARABLE) & set(str(place.parent)):
                (temporary / f"folder{number}").symlink_to(place.parent)
                place = folder / f"folder{number}" / place.name
            search.append(place.parent)
            if not library.soname_beside and library.soname:
                (temporary / library.soname).symlink_to(place)
                place = folder / library.soname
            linked.append(place)
        for wanted, _ in target.choice.link_facts().needed_renames:
            (temporary / wanted).symlink_to(linked[-1])
        if not target.has_lapack:
            _stub(target, temporary / "libno_lapack.so", tools, log)
            linked.append(folder / "libno_lapack.so")
    rpath = tuple(dict.fromkeys(str(place) for place in search))
    return Supply(choice=target.choice, linked=tuple(linked), search=tuple(search), rpath=rpath)


def _stub(target: Target, library: Path, tools: Tools, log: Log) -> None:
    blas = target.choice.blas
    text = stub.source(tools.folders.root, blas.prefix, blas.suffix)
    source = library.with_suffix(".c")
    source.write_text(text, encoding="utf-8")
    argv = [*tools.cxx, "-x", "c", "-shared", "-fPIC", str(source), "-o", str(library)]
    call([*argv, f"-Wl,-soname,{library.name}"], env=tools.env, log=log, timeout=LINK_TIMEOUT)


def first_error(log: Log) -> str:
    """The line of a log that says why."""
    lines = log.path.read_text(encoding="utf-8").splitlines()
    hits = [line.strip() for line in lines if any(word in line for word in TELLING)]
    return hits[0][:300] if hits else "the compiler ended without saying why"


def fingerprint_of(tools: Tools, sources: Sequence[Path], *facts: object) -> str:
    """A short name for sources, compiler and facts."""
    root = tools.folders.root
    plain = [dataclasses.asdict(one) if dataclasses.is_dataclass(one) else one for one in facts]  # type: ignore[arg-type]
    return fingerprint(tools.cache, root, sources, tools.compiler, *plain)[:SHORT]
