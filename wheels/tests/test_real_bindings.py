# SPDX-License-Identifier: Apache-2.0
"""trivet._core for other systems, compiled and linked here; what it asks for there, and no more.

Needs the cross compiler of PyPI, nanobind, and an interpreter with headers that serves the stable
ABI. Nothing here can run it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from blas_probe.binary import macho, pe
from blas_probe.binary.shape import Binary
from wheels import cmake, cross
from wheels.command import Log
from wheels.folders import CHECKOUT
from wheels.interpreters import search
from wheels.repair.system import system_of
from wheels.rows import load_rows
from wheels.source.toolchain import cache_folder
from wheels.target.bindings import python_there
from wheels.target.library import stable_names
from wheels.target.rows import load_targets, target_of
from wheels.tests.target_samples import PLATFORMS
from wheels.toolchain import find_compiler, package_folder

pytestmark = [pytest.mark.real, pytest.mark.slow]  # minutes: the core and the bindings, compiled

RECIPES = CHECKOUT / "recipes"
PARSE = {"win_amd64": pe.parse, "macosx_11_0_arm64": macho.parse}


def built(name: str, folder: Path) -> Binary:
    """The module for the stable ABI, read again."""
    nanobind = package_folder("nanobind")
    if package_folder("ziglang") is None or nanobind is None:
        pytest.skip(
            "the cross compiler or nanobind is not installed (pip install ziglang nanobind)"
        )
    rows = load_rows(RECIPES)
    python = next(row for row in rows.pythons if row.abi == "abi3")
    here = search([python], os.environ).builds.get(python.id)
    if here is None:
        pytest.skip(f"no interpreter with headers serves {python.id}")
    platform = PLATFORMS[name]
    chain = next(one for one in rows.toolchains if one.package)
    cache = cache_folder(os.environ, folder)
    bench = cross.Bench(
        platform=platform, root=CHECKOUT, place=folder / "build", log=Log(folder / "log", name),
        programs=cmake.find_tools(os.environ), env=cmake.child_environment(os.environ, 0), jobs=2,
    )  # fmt: skip
    cross.set_up(bench, chain, os.environ, cache=cache)
    compiler = find_compiler(chain, platform, os.environ, cache=cache)
    there = python_there(
        here, target_of(load_targets(RECIPES), platform), platform, python, folder / "there",
        tool=compiler.import_library, env={**bench.env, **dict(compiler.environment)},
        log=bench.log,
    )  # fmt: skip
    module = cross.bindings(bench, there, cross.core_archive(bench), nanobind)
    return PARSE[name](module.read_bytes())


@pytest.mark.parametrize("name", PARSE)
def test_bindings_of_another_system_ask_for_that_system_and_python_alone(
    name: str, tmp_path: Path
) -> None:
    """Every name of Python that is taken is one of the stable ABI's version."""
    module = built(name, tmp_path)
    system, stable = system_of(name), stable_names((3, 12))
    taken = {one for one in module.imported if one.startswith(("Py", "_Py"))}

    assert [] == [need for need in module.needed if not system.has(need)]
    assert "PyInit__core" in module.defined
    assert set() == taken - stable.functions - stable.data
    assert len(taken) > 100
