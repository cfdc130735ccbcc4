# SPDX-License-Identifier: Apache-2.0
"""Build one wheel: cache file, scikit-build-core, libraries grafted in, check, certificate."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.defects import met_by_backends
from blas_probe.recipe import load_recipes
from wheels import licences
from wheels.archive import dist_info, unpack_wheel, write_wheel
from wheels.cmake import Value, cache_text, find_tool
from wheels.command import call
from wheels.folders import read_project
from wheels.libraries import Supply, cmake_values
from wheels.metadata import with_license_files
from wheels.proof.making import native_files
from wheels.rows import Rows, by_id
from wheels.source import certificate, info, metadata
from wheels.source.certificate import Checked
from wheels.source.decide import Decision
from wheels.source.errors import Refused
from wheels.source.machine import platform_tag
from wheels.source.settings import Settings
from wheels.source.toolchain import wrapper_entries

if TYPE_CHECKING:
    from wheels.repair.graft import Copied

Config = dict[str, "str | list[str]"]
Backend = Callable[[str, Config, "str | None"], str]
"""build_wheel or build_editable of scikit-build-core."""

SUFFIXES = (".so", ".dylib", ".dll")
UP_TO_SITE_PACKAGES = "$ORIGIN/../../.."  # from trivet/backends/<id>


def build(
    backend: Backend,
    wheel_directory: str,
    settings: Settings,
    decision: Decision,
    rows: Rows,
    metadata_directory: str | None,
) -> str:
    """Build, check and finish the wheel; returns its file name."""
    require(decision)
    set_dependencies(decision)
    environ = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="trivet-build-") as name:
        work = Path(name)
        config = configuration(work, settings, decision, rows, environ)
        raw = work / "raw"
        raw.mkdir()
        wheel = backend(str(raw), config, metadata_directory)
        unpacked = work / "unpacked"
        unpack_wheel(raw / wheel, unpacked)
        program = Path(str(config["build-dir"])) / "check" / "trivet-check"
        finish(unpacked, decision, settings, program, environ)
        write_wheel(unpacked, Path(wheel_directory) / wheel, epoch=settings.epoch)
    return wheel


def require(decision: Decision) -> None:
    """Refused when something is not installed (only with --no-build-isolation)."""
    missing = [text for text in decision.requires if not installed(text.split("==")[0])]
    if missing or decision.choice is None:
        msg = (
            "not everything that this build needs is installed\n"
            f"  next: pip install {' '.join(missing or decision.requires)}\n"
            "  or leave --no-build-isolation out, and pip installs it for the build alone"
        )
        raise Refused(msg)


def installed(name: str) -> bool:
    """True when a distribution can be imported here."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def set_dependencies(decision: Decision) -> None:
    """Tell the metadata hook what the wheel needs at run time."""
    metadata.set_dependencies(decision.variant.requires if decision.depends else ())


def configuration(
    work: Path,
    settings: Settings,
    decision: Decision,
    rows: Rows,
    environ: Mapping[str, str],
) -> Config:
    """Settings for scikit-build-core, with the cache file written into `work`."""
    assert decision.choice is not None
    linked = tuple(Path(path) for path in decision.choice.link_facts().libraries)
    supply = Supply(choice=decision.choice, linked=linked, search=(), rpath=rpath(decision))
    values: dict[str, Value] = cmake_values(supply)
    values.update(_compiler_entries(work, decision, rows, environ))
    cache = work / "trivet-inputs.cmake"
    cache.write_text(cache_text(values), encoding="utf-8")
    config: Config = dict(settings.rest)
    given = config.get("cmake.args", [])
    args = given.split(";") if isinstance(given, str) else list(given)
    config["cmake.args"] = [*args, "-C", str(cache)]
    config.setdefault("build-dir", str(work / "build"))
    return config


def rpath(decision: Decision) -> tuple[str, ...]:
    """Where the backend looks for its library: beside itself, in another wheel, or in its place."""
    assert decision.choice is not None
    if decision.bundles:
        return ("$ORIGIN",)
    if decision.variant.runtime == "system":
        return ()
    if decision.depends:
        return tuple(f"{UP_TO_SITE_PACKAGES}/{entry}" for entry in decision.variant.rpath)
    return decision.choice.link_facts().rpath_dirs


def _compiler_entries(
    work: Path, decision: Decision, rows: Rows, environ: Mapping[str, str]
) -> dict[str, str]:
    compiler = decision.compiler
    known = {row.id for row in rows.toolchains}
    row = (
        by_id(rows.toolchains, compiler.toolchain, "toolchain")
        if compiler.toolchain in known
        else None
    )
    if row is None or not row.package:
        return {"CMAKE_CXX_COMPILER": compiler.command[0]} if len(compiler.command) == 1 else {}
    return wrapper_entries(row, platform_tag(), work / "tools", environ)


def finish(
    unpacked: Path,
    decision: Decision,
    settings: Settings,
    program: Path,
    environ: Mapping[str, str],
) -> None:
    """Bring the library in, check the backend, and write what the check said."""
    assert decision.choice is not None
    backend = built_backend(unpacked, decision)
    facts = decision.choice.link_facts()
    if decision.bundles:
        from wheels.source.bring import bring_in  # needs what `require` has found installed

        grafts = bring_in(unpacked, backend, facts, platform_tag(), _patchelf(environ))
        for one in grafts:
            print(f"  bundled   {one.origin} as {one.path.name}", flush=True)
        for name in add_licences(dist_info(unpacked), grafts, environ):
            print(f"  licence   {name}", flush=True)
    checked = _check(program, backend, settings, decision, environ)
    print(f"  check     {checked.text}", flush=True)
    text = certificate.certificate_text(
        decision.choice,
        checked,
        root=metadata.ROOT,
        toolchain=decision.compiler.title,
        files=native_files(unpacked),
    )
    (backend.parent / "certificate.json").write_text(text, encoding="utf-8")
    version = read_project(metadata.ROOT).version
    source = info.info_text(info.build_info(decision, version, checked))
    (unpacked / "trivet" / "_build_info.py").write_text(source, encoding="utf-8")


def built_backend(unpacked: Path, decision: Decision) -> Path:
    """The backend that was built; Refused when there is none."""
    module = decision.variant.id.replace("-", "_")
    folder = unpacked / "trivet" / "backends" / module
    found = [path for path in folder.glob(f"trivet_backend_{module}.*") if path.suffix in SUFFIXES]
    if not found:
        msg = f"the build left no backend in {folder.relative_to(unpacked)}; see CMake's output"
        raise Refused(msg)
    return found[0]


def add_licences(info: Path, grafts: Sequence[Copied], environ: Mapping[str, str]) -> list[str]:
    """Put the licences of what was copied in below licenses/, and name them in METADATA."""
    names = []
    for one in grafts:
        for text in licences.of_library(one.origin, environ):
            name = f"bundled/{licences.folder_of(one.origin.name)}/{text.name}"
            (info / "licenses" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(text, info / "licenses" / name)
            names.append(name)
    metadata_text = (info / "METADATA").read_text(encoding="utf-8")
    (info / "METADATA").write_text(with_license_files(metadata_text, names), encoding="utf-8")
    return names


def _check(
    program: Path,
    backend: Path,
    settings: Settings,
    decision: Decision,
    environ: Mapping[str, str],
) -> Checked:
    if not settings.check:
        return certificate.not_run("trivet.check=no was given")
    if not program.is_file():
        return certificate.not_run("trivet-check was not built")
    search = dict(environ)
    if decision.depends and decision.choice is not None:
        name = "PATH" if sys.platform == "win32" else "LD_LIBRARY_PATH"
        folders = [*decision.choice.link_facts().rpath_dirs, environ.get(name, "")]
        search[name] = os.pathsep.join(folders).strip(os.pathsep)
    assert decision.choice is not None
    blas = decision.choice.blas
    recipe = load_recipes(metadata.ROOT / "recipes").provider(blas.provider)
    return certificate.check_backend(program, backend, search, met_by_backends(recipe, blas))


def _patchelf(environ: Mapping[str, str]) -> Callable[[Sequence[str]], str]:
    def run(words: Sequence[str]) -> str:
        return call([find_tool("patchelf", environ), *words], env=environ).output

    return run
