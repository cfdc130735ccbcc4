# SPDX-License-Identifier: Apache-2.0
"""Describe every CUDA toolkit on the machine: found, joined, asked, and compared with the rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from blas_probe.cuda import agree
from blas_probe.cuda.arch import by_table, for_device
from blas_probe.cuda.bench import Bench
from blas_probe.cuda.compare import (
    broken_headers,
    disagreements,
    glibc_clashes,
    in_packages,
    stale_overlay,
    strange_tools,
    unlinkable,
)
from blas_probe.cuda.driver import ask_driver, can_be_opened
from blas_probe.cuda.group import Group, join
from blas_probe.cuda.host import NVCC_MACROS, Compiler, installed, look_at
from blas_probe.cuda.judge import COMPILE, DEFAULT, Called, hosts, lacks, verdict_of_compiling
from blas_probe.cuda.libraries import ask_libraries
from blas_probe.cuda.nvcc import Ask, Nvcc, ask_nvcc, ask_ptxas
from blas_probe.cuda.origin import PLACES, origin_of
from blas_probe.cuda.pieces import (
    Folders,
    find_part,
    folders_of,
    foreign,
    version_file,
    with_packages,
)
from blas_probe.cuda.places import places
from blas_probe.cuda.toolkit import Driver, Part, Toolkit, Verdict
from blas_probe.recipe.cuda import Major, PartRow
from blas_probe.search.places import LOADER_VARIABLES

FOREIGN = "it is made for {0}: read, not asked; it neither compiles nor runs here"


def describe_all(bench: Bench, paths: Sequence[Path] = ()) -> tuple[tuple[Toolkit, ...], Driver]:
    """Every toolkit, best source first, and the driver."""
    at = cache(lambda path: ask_nvcc(path, bench.ask))

    def nvcc_at(path: Path) -> Nvcc:
        """Ask once for each real folder: a link to a folder changes nothing."""
        return at(Path(os.path.realpath(path.parent)) / path.name)

    found = places(bench.machine, bench.recipes, paths)
    pool = ThreadPoolExecutor(max_workers=max(1, bench.jobs))
    try:
        driver = pool.submit(driver_of, bench)
        groups = join(found, bench.recipes, nvcc_at, bench.machine.triplet)
        compilers = _compilers(bench, groups, pool)
        waiting = [
            pool.submit(remembered, group, bench, driver.result(), compilers) for group in groups
        ]
        return tuple(one.result() for one in waiting), driver.result()
    finally:  # also after Ctrl-C: nobody waits for a child that hangs
        pool.shutdown(wait=False, cancel_futures=True)


def driver_of(bench: Bench) -> Driver:
    """Ask the driver, if there is a library to ask."""
    files = bench.recipes.anatomy.driver
    if not can_be_opened([*files.nvml, *files.cuda], bench.machine):
        return Driver(state="no driver")
    return ask_driver(files, bench.run)


def _compilers(bench: Bench, groups: Sequence[Group], pool: ThreadPoolExecutor) -> list[Compiler]:
    """Every host compiler once: nvcc's default first, then what variables name, then the others."""
    host, environ = bench.recipes.anatomy.host, bench.machine.environ
    wanted: dict[str, str] = {}
    for name in bench.recipes.anatomy.find.host_env:
        if environ.get(name):
            wanted.setdefault(environ[name], name)
    for group in groups:
        default = called_host(group.nvcc, bench).path
        if default is not None:
            wanted.setdefault(default, DEFAULT)
    for path in installed(host, environ, bench.machine.root):
        wanted.setdefault(str(path), "installed")
    asking = [
        pool.submit(look_at, name, role, host, environ, bench.ask) for name, role in wanted.items()
    ]
    return [one.result() for one in asking]


def called_host(nvcc: Nvcc | None, bench: Bench) -> Called:
    """The host compiler that nvcc would call in the user's own environment."""
    if nvcc is None or nvcc.problem is not None:
        return Called()
    find, environ = bench.recipes.anatomy.find, bench.machine.environ
    if not any(environ.get(name) for name in (*find.changed_by, *find.host_env)):
        return Called(path=nvcc.host)
    user = ask_nvcc(Path(nvcc.path), bench.ask_as_user)
    path = user.host or nvcc.host
    flags = [name for name in find.changed_by if path and path in environ.get(name, "").split()]
    unchecked = bench.recipes.anatomy.host.unchecked in user.macros
    return Called(path=path, by=next(iter(flags), DEFAULT), unchecked=unchecked)


def remembered(
    group: Group, bench: Bench, driver: Driver, compilers: Sequence[Compiler]
) -> Toolkit:
    """The record of a toolkit, from memory if nothing that it came from has changed."""
    machine, find = bench.machine, bench.recipes.anatomy.find
    seen = (*LOADER_VARIABLES, *find.changed_by, *find.host_env, "PATH")
    question = {
        "group": repr(group),
        "recipes": repr(bench.recipes),
        "driver": repr(driver),
        "compilers": repr(compilers),
        "machine": [str(machine.root), machine.triplet, bench.machine_name],
        "sites": [str(site) for site in machine.site_packages],
        "environment": {name: machine.environ.get(name, "") for name in seen},
    }
    return bench.memory.toolkit(
        question,
        lambda: describe(group, bench, driver, compilers),
        lambda made: files_behind(made, bench),
    )


def files_behind(made: Toolkit, bench: Bench) -> Iterator[str]:
    """Every file and folder whose change may change the record."""
    anatomy = bench.recipes.anatomy
    yield from made.roots
    yield from made.include_dirs
    yield from made.library_dirs
    for part in made.parts:
        yield part.path
        yield os.path.realpath(part.path)
        yield str(Path(part.path).parent)
    headers = [row.header for row in anatomy.part if row.header]
    below = [name for row in anatomy.part for name in row.files if "/" in name]
    for folder in (*made.include_dirs, *made.library_dirs):
        yield from (f"{folder}/{name}" for name in (*headers, *anatomy.host.math))
        yield from (str(Path(folder, name).parent) for name in below)
    for site in bench.machine.site_packages:
        yield str(site)
    if (origin := origin_of(Path(made.root))) is not None:
        yield from (f"{top}/{place}" for top in (made.root, origin) for place in ("", *PLACES))


def describe(group: Group, bench: Bench, driver: Driver, compilers: Sequence[Compiler]) -> Toolkit:
    """One toolkit's record."""
    anatomy = bench.recipes.anatomy
    nvcc = group.nvcc
    folders = folders_of(group.roots, nvcc, anatomy, bench.machine, bench.machine_name)
    rows = {row.name: row for row in anatomy.part}
    found = [part for row in anatomy.part if (part := find_part(row, folders)) is not None]
    kind = foreign(found, bench.machine.platform, bench.machine_name)
    parts = ask_libraries(found, rows, bench.run) if kind is None else tuple(found)
    tool_version, archs, archs_by = _tools(nvcc, parts, bench.ask)
    versions = _versions(group, nvcc, tool_version, parts, rows, folders)
    release = _release(versions)
    major = bench.recipes.major(release)
    parts = with_packages(parts, group.packages, rows, major.wheel_suffix if major else "")
    if not archs and release is not None and major is not None:
        archs, archs_by = by_table(major, release), "table"
    judged = hosts(parts, compilers, anatomy, called_host(nvcc, bench))
    pip = in_packages(group, anatomy.find.wheel_root)
    missing = lacks(anatomy, parts, major, release, pip=pip)
    clashing = [
        *strange_tools(nvcc, parts, bench),
        *agree.unreadable(parts, rows),
        *broken_headers(parts, rows, folders, {**judged.macros, **NVCC_MACROS}),
        *glibc_clashes(parts, judged.glibc, bench),
    ]
    strange = agree.strangers(release, parts, rows) if release is not None else ()
    mixed = any(rows[part.name].needed_for == COMPILE for part in strange)
    problems = [
        *judged.problems,
        *([FOREIGN.format(kind)] if kind else []),
        *disagreements(group, bench, release, None if kind else nvcc, parts, rows, folders, major),
        *clashing,
        *unlinkable(parts),
        *stale_overlay(group),
    ]
    state, wrong = agree.driver_fits(driver, major, release)
    devices = [one for one in driver.devices if one.capability]
    unfit = [
        f"{one.name}: {text}"
        for one in devices
        if (text := for_device(archs, one.capability or ""))
    ]
    return Toolkit(
        root=str(group.roots[0]),
        source=group.source,
        names=group.names,
        roots=tuple(map(str, group.roots)),
        version=release,
        versions=versions,
        nvcc=nvcc.path if nvcc else None,
        nvcc_problem=nvcc.problem if nvcc else None,
        parts=parts,
        lacks=missing,
        include_dirs=tuple(map(str, folders.include)),
        library_dirs=tuple(map(str, folders.lib)),
        archs=archs,
        archs_by=archs_by if archs else "unknown",
        host_limits=judged.limits,
        host_compilers=judged.compilers,
        compiles=verdict_of_compiling(nvcc, missing, judged, clashing=bool(clashing), mixed=mixed),
        links=_linking(parts),
        driver_needed=major.driver if major else None,
        driver_state=state,
        problems=tuple(dict.fromkeys([*problems, *wrong, *unfit])),
        notes=tuple(_notes(group, bench, release, major)),
    )


def _tools(
    nvcc: Nvcc | None, parts: Sequence[Part], ask: Ask
) -> tuple[str | None, tuple[str, ...], str]:
    """Version, architectures and who told them: nvcc, or ptxas where there is no nvcc."""
    if nvcc is not None and nvcc.build is not None:
        return nvcc.build, nvcc.archs, "nvcc"
    ptxas = next((part for part in parts if part.name == "ptxas"), None)
    if ptxas is None:
        return None, (), "unknown"
    version, archs = ask_ptxas(Path(ptxas.path), ask)
    return version, archs, "ptxas"


def _versions(
    group: Group, nvcc: Nvcc | None, tool: str | None, parts: Sequence[Part],
    rows: Mapping[str, PartRow], folders: Folders,
) -> dict[str, str]:  # fmt: skip
    """Who says which version, the best witness first."""
    told = {}
    if tool is not None:
        told["nvcc" if nvcc and nvcc.build else "ptxas"] = tool
    if (file := version_file(folders.roots)) is not None:
        told[file[0]] = file[1]
    for part in parts:
        if part.version is not None and rows[part.name].toolkit_version == "same":
            told[part.name] = part.version
    for dist, version in sorted(group.packages.items()):
        told[f"package {dist}"] = version
    return told


def _release(versions: Mapping[str, str]) -> str | None:
    """major.minor of the first witness."""
    first = next((text for name, text in versions.items() if not name.startswith("package")), None)
    return agree.minor(first) if first else None


def _linking(parts: Sequence[Part]) -> Verdict:
    """Can what is there be linked by name?"""
    states = [part.linkable for part in parts if part.linkable is not None]
    if not states:
        return "no"
    return "yes" if all(states) else "no"


def _notes(group: Group, bench: Bench, release: str | None, major: Major | None) -> Iterator[str]:
    if release is not None and major is None:
        yield f"no recipe knows CUDA {release}: driver, sonames and packages are not compared"
    if (origin := origin_of(group.roots[0])) is not None:
        yield f"it is an overlay of {origin}: install there, then make it again"
    for root in group.roots:
        for glob in bench.recipes.anatomy.driver.compat:
            if hit := next(iter(sorted(root.glob(glob))), None):
                yield f"{hit} is a forward-compatibility driver: for data-centre GPUs only"
                break
    for name in bench.recipes.anatomy.find.changed_by:
        if bench.machine.environ.get(name):
            yield f"{name} is set: nvcc adds {bench.machine.environ[name]!r} to each command"
