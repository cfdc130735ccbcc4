# SPDX-License-Identifier: Apache-2.0
"""Where libraries lie on macOS and Windows, whose loaders know other places than Linux's."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from blas_probe.recipe import Recipe
from blas_probe.search.places import Candidate, Machine, in_folder, recipe_folders

# Below the root (of the system's drive): Homebrew, MacPorts, Fink, Nix; vcpkg, MSYS2, Scoop.
FOLDERS = {
    "macos": (
        "/usr/local/lib", "/opt/homebrew/lib", "/opt/homebrew/opt/*/lib", "/usr/local/opt/*/lib",
        "/opt/local/lib", "/opt/local/lib/*", "/opt/sw/lib", "/sw/lib",
        "/nix/var/nix/profiles/default/lib", "/Library/Frameworks/*.framework/Versions/*/lib",
    ),
    "windows": (
        "/Windows/System32", "/vcpkg/installed/*/bin", "/tools/vcpkg/installed/*/bin",
        "/msys64/mingw64/bin", "/msys64/ucrt64/bin", "/msys64/clang64/bin",
        "/msys64/clangarm64/bin", "/msys64/mingw32/bin", "/ProgramData/scoop/apps/*/current/bin",
    ),
}  # fmt: skip
# Variable -> folders below its value.
ROOTS: dict[str, dict[str, tuple[str, ...]]] = {
    "macos": {"HOMEBREW_PREFIX": ("lib", "opt/*/lib"), "HOME": ("lib",)},
    "windows": {
        "VCPKG_ROOT": ("installed/*/bin",), "MSYSTEM_PREFIX": ("bin",),
        "MINGW_PREFIX": ("bin",), "USERPROFILE": ("scoop/apps/*/current/bin",),
    },
}  # fmt: skip
SEARCHED = {"macos": ("DYLD_FALLBACK_LIBRARY_PATH",), "windows": ("PATH",)}


def of_system(machine: Machine, globs: Sequence[str]) -> Iterator[Candidate]:
    """The folders that the loader or a package manager of this system uses; none on Linux."""
    for pattern in FOLDERS.get(machine.platform, ()):
        for folder in sorted(machine.root.glob(pattern.lstrip("/"))):
            yield from in_folder(folder, globs, "system")
    for name, below in ROOTS.get(machine.platform, {}).items():
        value = machine.environ.get(name)
        for pattern in below if value else ():
            for folder in sorted(Path(str(value)).glob(pattern)):
                yield from in_folder(folder, globs, f"env:{name}")
    for name in SEARCHED.get(machine.platform, ()):
        for text in machine.environ.get(name, "").split(machine.separator):
            if text:
                yield from in_folder(Path(text), globs, f"env:{name}")


def in_cache(machine: Machine, recipes: Sequence[Recipe]) -> Iterator[Candidate]:
    """Libraries of the system that no file holds: macOS keeps them in one cache."""
    if machine.platform != "macos":
        return
    for recipe in recipes:
        for folder in recipe_folders(machine, recipe):
            for name in recipe.find.files:
                if "*" not in name and shared_cache_holds(folder / name):
                    yield Candidate(folder / name, "system", cached=True)


def shared_cache_holds(path: Path) -> bool:
    """Does the loader know `path` without a file (macOS 11 and later)?"""
    if sys.platform != "darwin":
        return False
    try:
        holds = ctypes.CDLL(None)._dyld_shared_cache_contains_path
    except (OSError, AttributeError):
        return False
    holds.restype = ctypes.c_bool
    return bool(holds(str(path).encode()))
