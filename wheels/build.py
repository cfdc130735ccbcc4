# SPDX-License-Identifier: Apache-2.0
"""Compile the core once for a platform, then its bindings and backends; skip what is up to date."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blas_probe.choose import Choice
from blas_probe.errors import ProbeError
from blas_probe.found import Found
from wheels import cmake, libraries
from wheels.command import Log
from wheels.cross import BACKEND_SUFFIX, PROGRAM_SUFFIX, TOOLCHAIN_FILE
from wheels.elsewhere import is_native
from wheels.emulation import can_run
from wheels.errors import BuildError, WheelsError
from wheels.fingerprint import HashCache, fingerprint
from wheels.folders import Folders
from wheels.interpreters import Interpreter
from wheels.plan import Plan
from wheels.progress import Progress
from wheels.rows import Platform, Python
from wheels.state import new_folder, read_json_or_none, write_json
from wheels.target.bindings import python_there
from wheels.target.rows import Target, load_targets, target_of
from wheels.tasks import Outcome, Task, run_all
from wheels.toolchain import Compiler, Wrappers, link_values, package_folder

CORE, CHECK = "core", "check"
RECORD = "unit.json"
CHECK_PROGRAM = "trivet-check"
ARCHIVE = "libtrivet_core.a"
CORE_SOURCES = ("core/CMakeLists.txt", "core/include", "core/src", "cmake")
PROGRAM_SOURCES = ("core/check", "core/include", "cmake")
BINDING_SOURCES = ("core/CMakeLists.txt", "core/include", "core/bindings", "cmake")
BACKEND_SOURCES = ("core/include", "core/backends/blas", "cmake")


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One finished piece; its folder holds only what later stages use."""

    id: str
    folder: Path
    fingerprint: str
    files: Mapping[str, str]
    """Name inside the folder -> SHA-256."""

    def path(self, name: str) -> Path:
        """Return a file of the unit."""
        return self.folder / name


@dataclass(frozen=True, kw_only=True)
class Built:
    """What the build stage made for one platform, and what went wrong."""

    platform: str
    toolchain: str
    compiler: str
    units: Mapping[str, Unit]
    failures: Mapping[str, str]
    """Unit -> the whole error text."""
    seconds: Mapping[str, float]

    def to_data(self) -> dict[str, Any]:
        """Return what built.json says; times stay out of it."""
        data = dataclasses.asdict(self)
        del data["seconds"]
        data["units"] = {
            name: {**dataclasses.asdict(unit), "folder": str(unit.folder)}
            for name, unit in sorted(self.units.items())
        }
        return data


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Everything that the work on one platform needs."""

    folders: Folders
    row: Platform
    found: Found
    compiler: Compiler
    wrappers: Wrappers
    tools: cmake.Tools
    pythons: Mapping[str, Interpreter]
    rows: Mapping[str, Python]
    """Python rows by id."""
    env: Mapping[str, str]
    cache: HashCache
    jobs: int

    @property
    def platform(self) -> str:
        """Id of the platform."""
        return self.row.id

    @property
    def place(self) -> Path:
        """The folder of this platform and toolchain."""
        return self.folders.build / self.platform / self.compiler.id

    @property
    def values(self) -> dict[str, cmake.Value]:
        """The cache entries that aim CMake at the platform."""
        if is_native(self.row):
            here = cmake.compiler_values(self.wrappers, self.tools)
            return {**here, **link_values(self.compiler.link)}
        return {
            "CMAKE_BUILD_TYPE": "Release",
            "CMAKE_MAKE_PROGRAM": str(self.tools.ninja),
            "CMAKE_TOOLCHAIN_FILE": str(self.place / TOOLCHAIN_FILE),
        }

    @property
    def check_program(self) -> str:
        """File name of trivet-check there."""
        return f"{CHECK_PROGRAM}{PROGRAM_SUFFIX.get(self.row.system, '')}"

    def backend_file(self, variant: str) -> str:
        """File name of a backend there."""
        return backend_file(variant, self.row.system)

    def out(self, unit: str) -> Path:
        """Where a finished unit lies."""
        return self.place / "out" / unit

    def print(self, sources: tuple[str, ...], *facts: object) -> str:
        """Fingerprint some sources of the checkout, the compiler and further facts."""
        root = self.folders.root
        folders = [root / name for name in sources]
        return fingerprint(self.cache, root, folders, self.compiler.identity, *facts)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """How one unit is made: what it depends on, and the work."""

    id: str
    depends: Callable[[], str]
    make: Callable[[Path, Log], None]


def bindings_id(python: str) -> str:
    """Id of the unit that holds trivet._core for one Python row."""
    return f"bindings-{python}"


def backend_id(variant: str) -> str:
    """Id of the unit that holds a backend."""
    return f"backend-{variant}"


def backend_file(variant: str, system: str = "linux") -> str:
    """File name of a backend."""
    return f"trivet_backend_{variant.replace('-', '_')}{BACKEND_SUFFIX.get(system, '.so')}"


def build(plan: Plan, shops: Sequence[Workshop], progress: Progress) -> dict[str, Built]:
    """Build what the plan needs, all platforms together; a failure is reported, not raised."""
    pieces = {shop.platform: _pieces(plan, _sharing(shop, len(shops))) for shop in shops}
    tasks = [_task(shop, piece) for shop in shops for piece in pieces[shop.platform]]
    jobs = max((shop.jobs for shop in shops), default=1)
    done = run_all("build", tasks, jobs=jobs, progress=progress)
    return {
        shop.platform: _built(
            shop,
            {piece.id: done[_task_name(shop, piece.id)] for piece in pieces[shop.platform]},
        )
        for shop in shops
    }


def _sharing(shop: Workshop, number: int) -> Workshop:
    """What one of several platforms may use: two CPUs, so that a step on one holds nobody up."""
    jobs = shop.jobs if number == 1 else max(min(shop.jobs, 2), shop.jobs // number)
    return dataclasses.replace(shop, jobs=jobs)


def _pieces(plan: Plan, shop: Workshop) -> list[Piece]:
    artefacts = [item for item in plan.artefacts if item.platform == shop.platform]
    pythons = sorted({item.python for item in artefacts if item.python})
    return [
        *([core_piece(shop)] if artefacts else []),
        *([check_piece(shop)] if artefacts and can_run(shop.row, shop.env) else []),
        *(bindings_piece(shop, name) for name in pythons),
        *(backend_piece(shop, name) for name in plan.variants(shop.platform)),
    ]


def _built(shop: Workshop, done: Mapping[str, Outcome[Unit]]) -> Built:
    """What became of one platform; what was not even tried is not called a failure."""
    core = done.get(CORE)
    if core and core.error:
        done = {CORE: core}
    return Built(
        platform=shop.platform,
        toolchain=shop.compiler.id,
        compiler=shop.compiler.version,
        units={name: row.result for name, row in done.items() if row.result},
        failures={name: str(row.error) for name, row in done.items() if row.error},
        seconds={name: row.seconds for name, row in done.items()},
    )


def _task_name(shop: Workshop, unit: str) -> str:
    return f"{unit} of {shop.platform}"


def _task(shop: Workshop, piece: Piece) -> Task[Unit]:
    def work() -> tuple[Unit, str]:
        value = piece.depends()
        if known := finished(shop, piece.id, value):
            return known, "up to date"
        path = shop.folders.logs / f"build-{piece.id}-{shop.platform}.log"
        log = Log(path, f"build {piece.id} for {shop.platform} with {shop.compiler.version}")
        try:
            unit = _make(shop, piece, value, log)
        except WheelsError as error:
            log.write(f"= FAILED\n{error}")
            raise
        log.write("= done")
        return unit, "built"

    after = () if piece.id == CORE else (_task_name(shop, CORE),)
    return Task(name=_task_name(shop, piece.id), work=work, after=after)


def _make(shop: Workshop, piece: Piece, value: str, log: Log) -> Unit:
    with new_folder(shop.out(piece.id)) as folder:
        piece.make(folder, log)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {str(path.relative_to(folder)): shop.cache.of(path) for path in paths}
        write_json(folder / RECORD, {"fingerprint": value, "files": files})
    return Unit(id=piece.id, folder=shop.out(piece.id), fingerprint=value, files=files)


def finished(shop: Workshop, unit: str, value: str) -> Unit | None:
    """Return a unit that was made from the same inputs and lies there unharmed, or None."""
    folder = shop.out(unit)
    record = read_json_or_none(folder / RECORD)
    if not isinstance(record, dict) or record.get("fingerprint") != value:
        return None
    files = record.get("files")
    if not isinstance(files, dict) or not files:
        return None
    for name, digest in files.items():
        path = folder / name
        if not path.is_file() or shop.cache.of(path) != digest:
            return None
    return Unit(id=unit, folder=folder, fingerprint=value, files=files)


def core_piece(shop: Workshop) -> Piece:
    """The neutral core: compiled once per platform and toolchain."""
    folder = shop.place / CORE

    def make(out: Path, log: Log) -> None:
        project = cmake.Project(
            source=shop.folders.root / "core",
            folder=folder,
            values={
                **shop.values,
                "TRIVET_BUILD_CHECK": "OFF",
                "TRIVET_BUILD_BINDINGS": "OFF",
                "TRIVET_BUILD_BACKEND": "OFF",
            },
        )
        cmake.build(project, shop.tools, jobs=shop.jobs, env=shop.env, log=log)
        _take(folder / ARCHIVE, out / ARCHIVE)

    return Piece(id=CORE, depends=lambda: shop.print(CORE_SOURCES), make=make)


def check_piece(shop: Workshop) -> Piece:
    """trivet-check, which needs nothing of the core; built where something here can run it."""
    folder = shop.place / CHECK

    def make(out: Path, log: Log) -> None:
        project = cmake.Project(
            source=shop.folders.root / "core/check", folder=folder, values=shop.values
        )
        cmake.build(project, shop.tools, jobs=shop.jobs, env=shop.env, log=log)
        _take(folder / shop.check_program, out / shop.check_program)

    return Piece(id=CHECK, depends=lambda: shop.print(PROGRAM_SOURCES), make=make)


def bindings_piece(shop: Workshop, python: str) -> Piece:
    """trivet._core for one Python row, linked with the prebuilt core."""
    interpreter = shop.pythons[python]
    stable = shop.rows[python].abi == "abi3"
    there = None if is_native(shop.row) else target_of(load_targets(shop.folders.recipes), shop.row)
    archive = shop.out(CORE) / ARCHIVE
    nanobind = package_folder("nanobind")
    folder = shop.place / bindings_id(python)

    def depends() -> str:
        version = interpreter.version[:2] if stable else interpreter.version
        tree = fingerprint(shop.cache, nanobind or archive, [nanobind] if nanobind else [])
        facts = (shop.cache.of(archive), version, stable, tree, there and dataclasses.asdict(there))
        return shop.print(BINDING_SOURCES, *facts)

    def make(out: Path, log: Log) -> None:
        if nanobind is None:
            raise BuildError(
                "nanobind is not installed in this environment",
                then="python3 noxfile.py -s wheels (installs it), or: pip install nanobind",
            )
        project = cmake.Project(
            source=shop.folders.root / "core",
            folder=folder,
            values={
                **shop.values,
                "TRIVET_BUILD_CHECK": "OFF",
                "TRIVET_BUILD_BINDINGS": "ON",
                # nanobind's own sources expect FILE to be known; the stable ABI's Python.h does not
                # bring it, and neither does the C++ library of every compiler.
                "CMAKE_CXX_FLAGS": "-include cstdio",
                "TRIVET_CORE_PREBUILT": str(archive),
                "nanobind_DIR": str(nanobind / "cmake"),
                **_python_values(shop, python, there, folder, log),
            },
        )
        cmake.build(project, shop.tools, jobs=shop.jobs, env=shop.env, log=log)
        cmake.install(folder, "python", out, shop.tools, env=shop.env, log=log)

    return Piece(id=bindings_id(python), depends=depends, make=make)


def _python_values(
    shop: Workshop, python: str, there: Target | None, folder: Path, log: Log
) -> dict[str, cmake.Value]:
    """The Python that is compiled for: one that is here, or one of the other platform."""
    interpreter, row = shop.pythons[python], shop.rows[python]
    if there is None:
        stable = "ON" if row.abi == "abi3" else "OFF"
        return {"TRIVET_STABLE_ABI": stable, "Python_EXECUTABLE": str(interpreter.path)}
    made = python_there(
        interpreter,
        there,
        shop.row,
        row,
        folder / "python",
        tool=shop.compiler.import_library,
        env=shop.env,
        log=log,
    )
    return made.values()


def backend_piece(shop: Workshop, variant: str) -> Piece:
    """One backend: a few files compiled with the provider's names, and linked."""
    name = backend_id(variant)
    folder = shop.place / name

    def choose() -> Choice:
        try:
            return shop.found.choose(variant)
        except ProbeError as error:
            raise BuildError(str(error), then=f"python -m blas_probe --why {variant}") from error

    def depends() -> str:
        return shop.print(BACKEND_SOURCES, *libraries.facts(choose(), shop.cache))

    def make(out: Path, log: Log) -> None:
        place = library_folder(shop, variant)
        supply = libraries.staged(choose(), place, env=shop.env, log=log)
        project = cmake.Project(
            source=shop.folders.root / "core" / "backends" / "blas",
            folder=folder,
            values={
                **shop.values,
                **libraries.cmake_values(supply),
            },
        )
        cmake.build(project, shop.tools, jobs=1, env=shop.env, log=log)
        _take(folder / shop.backend_file(variant), out / shop.backend_file(variant))

    return Piece(id=name, depends=depends, make=make)


def library_folder(shop: Workshop, variant: str) -> Path:
    """Where the copies of a variant's libraries lie."""
    return shop.folders.build / shop.platform / "libraries" / variant


def _take(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BuildError(
            f"{source} was not made, although cmake and ninja succeeded",
            why="the CMake target has another name or place than wheels/build.py expects",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
