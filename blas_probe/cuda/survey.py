# SPDX-License-Identifier: Apache-2.0
"""The toolkits and the driver of a machine, and what is wrong with them together."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.binary.host import own_machine
from blas_probe.cache import Cache
from blas_probe.call.worker import new_token, sweep
from blas_probe.cuda import agree
from blas_probe.cuda.bench import real_bench
from blas_probe.cuda.describe import describe_all
from blas_probe.cuda.places import explicit
from blas_probe.cuda.toolkit import Driver, Toolkit
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.record import dataclass
from blas_probe.search.places import LOADER_VARIABLES, Machine, cached_paths, fits, read_bytes
from blas_probe.warning import Warning_

if TYPE_CHECKING:
    from blas_probe.found import Found

READ = "read from the environment"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """All about CUDA on one machine."""

    toolkits: tuple[Toolkit, ...] = ()
    driver: Driver | None = None
    warnings: tuple[Warning_, ...] = ()

    def added_to(self, found: Found) -> Found:
        """`found` with the toolkits, the driver and the warnings."""
        return dataclasses.replace(
            found,
            toolkits=self.toolkits,
            driver=self.driver,
            warnings=(*found.warnings, *self.warnings),
        )


def toolkits_of(
    recipes: CudaRecipes | None,
    machine: Machine,
    paths: Sequence[Path] = (),
    *,
    timeout: float,
    jobs: int,
    token: str,
    cache: Cache | None = None,
) -> Survey:
    """Find and ask every toolkit, and the driver; the caller sweeps `token`."""
    if recipes is None:
        return Survey()
    bench = real_bench(
        recipes, machine, own_machine(), timeout=timeout, token=token, jobs=jobs, cache=cache
    )
    toolkits, driver = describe_all(bench, paths)
    warnings = tuple(machine_warnings(toolkits, driver, machine, recipes))
    return Survey(toolkits=toolkits, driver=driver, warnings=warnings)


@contextlib.contextmanager
def asking(
    recipes: CudaRecipes | None,
    machine: Machine,
    paths: Sequence[Path],
    *,
    timeout: float,
    jobs: int,
    cache: Cache | None = None,
) -> Iterator[Callable[[], Survey]]:
    """Ask the toolkits while the caller does something else; the value waits for the answer."""
    token = new_token()
    beside = ThreadPoolExecutor(max_workers=1)
    try:
        survey = beside.submit(
            toolkits_of, recipes, machine, paths, timeout=timeout, jobs=jobs, token=token,
            cache=cache,
        )  # fmt: skip
        yield survey.result
    finally:  # also after Ctrl-C: nobody waits for a child that hangs
        beside.shutdown(wait=False, cancel_futures=True)
        sweep(token)


def other_paths(recipes: CudaRecipes | None, machine: Machine, paths: Sequence[Path]) -> list[Path]:
    """The user's paths that lead to no toolkit."""
    mine = {place.name for place in explicit(machine, recipes, paths)} if recipes else set()
    return [path for path in paths if str(path) not in mine]


def machine_warnings(
    toolkits: Sequence[Toolkit], driver: Driver, machine: Machine, recipes: CudaRecipes
) -> Iterator[Warning_]:
    """What is wrong beyond one toolkit."""
    environ = machine.environ
    yield from _nowhere(toolkits, machine, recipes)
    yield from _two_roots(environ, recipes)
    yield from _stubs(machine, recipes)
    if driver.problem is not None:
        yield Warning_(subject="driver", text=driver.problem, cure="", source="asked in a child")
    yield from _compiler_elsewhere(toolkits, environ, recipes)
    yield from _two_majors(toolkits, environ)


def _nowhere(
    toolkits: Sequence[Toolkit], machine: Machine, recipes: CudaRecipes
) -> Iterator[Warning_]:
    """Variables for a toolkit that lead to none: tools that believe them find nothing."""
    find, environ = recipes.anatomy.find, machine.environ
    led = {name for one in toolkits for name in one.names}
    for name, value in sorted(environ.items()):
        asked = name in find.compiler_env or any(fnmatchcase(name, glob) for glob in find.env)
        if not value or not asked or f"${name}" in led:
            continue
        there = os.path.exists(value)  # noqa: PTH110 (any text)
        what = "holds no file of a CUDA toolkit" if there else "does not exist"
        best = next((one for one in toolkits if one.nvcc and not one.nvcc_problem), None)
        good = best and (best.nvcc if name in find.compiler_env else best.root)
        yield Warning_(
            subject=name,
            text=f"{name} names {value}, which {what}: tools that believe it find no toolkit",
            cure=f"export {name}={good}" if good else f"unset {name}",
            source=READ,
        )


def _two_roots(environ: Mapping[str, str], recipes: CudaRecipes) -> Iterator[Warning_]:
    """Variables for one toolkit that name different folders: each tool believes another one."""
    plain = [name for name in recipes.anatomy.find.env if "*" not in name and environ.get(name)]
    real = {name: os.path.realpath(environ[name]) for name in plain}
    if len(set(real.values())) > 1:
        texts = ", ".join(f"{name}={environ[name]}" for name in plain)
        yield Warning_(
            subject=" ".join(plain),
            text=f"the variables name different toolkits ({texts}): which one is used depends on "
            "the tool that asks",
            cure=f"set them all to one folder, or only {plain[0]}",
            source=READ,
        )


def _stubs(machine: Machine, recipes: CudaRecipes) -> Iterator[Warning_]:
    """Stub folders that the loader would search."""
    files = recipes.anatomy.driver
    for text in agree.stub_paths(machine.environ, LOADER_VARIABLES[:2], files.stubs):
        what, _, cure = text.rpartition("; ")
        yield Warning_(subject="libcuda stub", text=what, cure=cure, source=READ)
    for path in cached_paths(read_bytes(machine.at("/etc/ld.so.cache"))):
        if fits(path.rsplit("/", 1)[-1], files.files) and fnmatchcase(path, files.stubs):
            yield Warning_(
                subject=path,
                text="the loader's cache holds the stub of the driver: programs load it, and fail",
                cure="take its folder out of /etc/ld.so.conf.d and run ldconfig",
                source="read from /etc/ld.so.cache",
            )


def _compiler_elsewhere(
    toolkits: Sequence[Toolkit], environ: Mapping[str, str], recipes: CudaRecipes
) -> Iterator[Warning_]:
    """The compiler of one toolkit and the root of another: a build would mix the two."""
    by_name = {name: one for one in toolkits for name in one.names}
    compiler = next((by_name[f"${name}"] for name in recipes.anatomy.find.compiler_env
                     if f"${name}" in by_name), None)  # fmt: skip
    if compiler is None:
        return
    for name in recipes.anatomy.find.env:
        root = by_name.get(f"${name}")
        if root is not None and root.root != compiler.root:
            yield Warning_(
                subject=f"{recipes.anatomy.find.compiler_env[0]} {name}",
                text=f"the compiler is of {compiler.root} ({compiler.version}), {name} names "
                f"{root.root} ({root.version}): a build mixes two toolkits",
                cure=f"export {name}={compiler.root}",
                source=READ,
            )


def _two_majors(toolkits: Sequence[Toolkit], environ: Mapping[str, str]) -> Iterator[Warning_]:
    """Run-time libraries of two majors that the loader's variables offer to one process."""
    offered: dict[str, str] = {}
    for name in LOADER_VARIABLES[:2]:
        for folder in filter(None, environ.get(name, "").split(os.pathsep)):
            real = os.path.realpath(folder)
            for one in toolkits:
                inside = {os.path.realpath(path) for path in one.library_dirs}
                if real in inside and one.version is not None:
                    offered.setdefault(one.version.split(".")[0], folder)
    if len(offered) > 1:
        texts = ", ".join(f"{major} in {folder}" for major, folder in sorted(offered.items()))
        yield Warning_(
            subject="cudart",
            text=f"the loader's variables offer CUDA {texts}: a process that loads both run-times "
            "has two copies of each stream and context table",
            cure="keep one of the folders",
            source=READ,
        )
