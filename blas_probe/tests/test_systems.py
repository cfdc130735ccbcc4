# SPDX-License-Identifier: Apache-2.0
"""The places of macOS and Windows, in trees made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from blas_probe.recipe import Recipes
from blas_probe.search import systems
from blas_probe.search.find import File, find, with_archives
from blas_probe.search.places import Machine


def look(
    recipes: Recipes, root: Path, platform: str, environ: Mapping[str, str] | None = None
) -> dict[str, File]:
    """What is found below `root`, by its path there."""
    machine = Machine(
        root=root, triplet="none", environ=environ or {}, site_packages=(), platform=platform
    )
    return {str(Path(file.path).relative_to(root)): file for file in find(recipes, machine)}


def put(root: Path, *paths: str) -> None:
    """Files with their folders."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


MACOS = [
    "opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "usr/local/opt/openblas/lib/libopenblas.0.dylib",
    "opt/homebrew/lib/libflexiblas.3.dylib",
    "opt/local/lib/libopenblas.dylib",
]
WINDOWS = [
    "vcpkg/installed/x64-windows/bin/openblas.dll",
    "msys64/ucrt64/bin/libopenblas.dll",
    "Program Files (x86)/Intel/oneAPI/mkl/2026.2/bin/mkl_rt.3.dll",
    "Program Files/Arm Performance Libraries/armpl_26.01/bin/armpl_lp64.dll",
    "Windows/System32/libopenblas.dll",
]


def test_macos_package_managers_are_searched(tmp_path: Path, recipes: Recipes) -> None:
    """Homebrew on both processors, its keg-only formulae, and MacPorts."""
    put(tmp_path, *MACOS)

    assert set(look(recipes, tmp_path, "macos")) == set(MACOS)


def test_windows_places_are_searched(tmp_path: Path, recipes: Recipes) -> None:
    """vcpkg, MSYS2, the makers' own installers and the system's folder."""
    put(tmp_path, *WINDOWS)

    assert set(look(recipes, tmp_path, "windows")) == set(WINDOWS)


def test_the_path_of_windows_is_a_source(tmp_path: Path, recipes: Recipes) -> None:
    """Its loader looks there for every DLL; a semicolon stands between the folders."""
    put(tmp_path, "a/libopenblas.dll", "b/mkl_rt.2.dll")
    path = f"{tmp_path / 'a'};{tmp_path / 'b'}"

    found = look(recipes, tmp_path, "windows", {"PATH": path})

    assert {file.source for file in found.values()} == {"env:PATH"}
    assert len(found) == 2


def test_places_of_other_systems_are_left_alone_on_linux(tmp_path: Path, recipes: Recipes) -> None:
    """A folder of that name is somebody's own affair."""
    put(tmp_path, "msys64/ucrt64/bin/libopenblas.dll", "opt/homebrew/lib/libopenblas.dylib")
    environ = {"PATH": str(tmp_path / "msys64/ucrt64/bin")}

    assert look(recipes, tmp_path, "linux-glibc", environ) == {}


def test_a_library_in_the_loaders_cache_needs_no_file(
    tmp_path: Path, recipes: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS keeps Accelerate in one cache with all its libraries."""
    folder = tmp_path / "System/Library/Frameworks/Accelerate.framework"
    folder.mkdir(parents=True)
    monkeypatch.setattr(systems, "shared_cache_holds", lambda path: path.name == "Accelerate")

    found = look(recipes, tmp_path, "macos")

    (file,) = found.values()
    assert (Path(file.path).name, file.problem) == ("Accelerate", None)


def test_archives_are_looked_for_when_asked(tmp_path: Path, recipes: Recipes) -> None:
    """They are large, and to measure one it must be linked."""
    put(tmp_path, "usr/lib/libopenblas.a", "usr/lib/liblapack.a", "usr/lib/libopenblas.so")

    assert set(look(recipes, tmp_path, "linux-glibc")) == {"usr/lib/libopenblas.so"}
    assert len(look(with_archives(recipes), tmp_path, "linux-glibc")) == 3
