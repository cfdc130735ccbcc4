# SPDX-License-Identifier: Apache-2.0
"""Package managers that keep each package in a folder of its own, and environment modules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.look import is_folder
from blas_probe.recipe import Recipe
from blas_probe.search.places import (
    Candidate,
    Machine,
    below,
    fits,
    in_folder,
    matching,
    read_bytes,
)

# manager, its roots (a word in capitals is a variable), and a package's folder below a root
STORES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("nix", ("/nix/store",), ("*-{name}-[0-9]*",)),
    ("guix", ("/gnu/store",), ("*-{name}-[0-9]*",)),
    ("spack", ("SPACK_ROOT", "~/spack", "/opt/spack"),
     ("opt/spack/*/*/{name}-[0-9]*", "opt/spack/*/{name}-[0-9]*")),
    ("easybuild", ("EASYBUILD_INSTALLPATH", "EASYBUILD_PREFIX", "~/.local/easybuild",
                   "/opt/easybuild", "/apps"), ("software/{name}/*",)),
    ("homebrew", ("HOMEBREW_PREFIX", "/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"),
     ("opt/{name}", "Cellar/{name}/*")),
    ("macports", ("/opt/local",), (".",)),
    ("spack", ("SPACK_ENV",), (".spack-env/view",)),
    ("vcpkg", ("VCPKG_ROOT", "VCPKG_INSTALLATION_ROOT", "~/vcpkg", "/opt/vcpkg"), ("installed/*",)),
    ("msys2", ("MINGW_PREFIX", "MSYSTEM_PREFIX"), (".",)),
    ("profile", ("~/.nix-profile", "~/.guix-profile", "/run/current-system/sw",
                 "/run/current-system/profile"), (".",)),
    ("profile", ("/etc/profiles/per-user",), ("*",)),
)  # fmt: skip
ABSOLUTE = re.compile(r"/[\w.+~/-]+")
TCL_SET = re.compile(r"^\s*set\s+(\w+)\s+\"?([^\s\"]+)", re.MULTILINE)
LUA_SET = re.compile(r"^\s*(?:local\s+)?(\w+)\s*=\s*(.+)$", re.MULTILINE)
REFERENCE = re.compile(r"\$\{?(\w+)\}?")
LUA_JOIN = re.compile(r"""pathJoin\(\s*([^()]*?)\s*\)""")
MOST_MODULES = 2000
MOST_MODULE_BYTES = 1 << 17


def stores(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """Libraries of the recipes' packages in every store on the machine."""
    named = dict.fromkeys(name for recipe in recipes for name in recipe.find.packages)
    inside: dict[str, list[str]] = {}
    for name, _, under in (text.partition("/") for text in named):
        inside.setdefault(under, []).append(name)
    subdirs = dict.fromkeys(one for recipe in recipes for one in recipe.find.subdirs)
    for manager, roots, shapes in STORES:
        for root in filter(None, (_root(machine, text) for text in roots)):
            known = _flat(root, shapes, [name for names in inside.values() for name in names])
            for under, names in inside.items():
                packages = _packages(root, shapes, names, known)
                for folder in (one for package in packages for one in below(package, under)):
                    for subdir in (*subdirs, "bin"):
                        yield from in_folder(folder / subdir, globs, f"store:{manager}")


def _root(machine: Machine, text: str) -> Path | None:
    if text.isupper():
        path = Path(machine.environ[text]) if machine.environ.get(text) else None
    elif text.startswith("~"):
        path = machine.home / text[2:]
    else:
        path = machine.at(text)
    return path if path is not None and is_folder(path) else None


def _flat(root: Path, shapes: Sequence[str], names: Sequence[str]) -> list[Path]:
    """The packages right below a root: a store of many thousands is listed once."""
    flat = [shape for shape in shapes if shape != "." and "/" not in shape]
    return (
        matching(root, [glob for shape in flat for glob in _filled(shape, names)]) if flat else []
    )


def _filled(shape: str, names: Sequence[str]) -> list[str]:
    """The shape with each name, whose letters may be of either case."""
    either = ["".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in n) for n in names]
    return list(dict.fromkeys(shape.replace("{name}", name) for name in either))


def _packages(
    root: Path, shapes: Sequence[str], names: Sequence[str], known: Sequence[Path]
) -> Iterator[Path]:
    for shape in shapes:
        if shape == ".":
            yield root
        elif "/" in shape:
            for glob in _filled(shape, names):
                yield from sorted(root.glob(glob))
        else:
            yield from (one for one in known if fits(one.name, _filled(shape, names)))


def modules(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """Libraries in the folders that module files name: loaded modules, and those to be loaded."""
    subdirs = dict.fromkeys(one for recipe in recipes for one in recipe.find.subdirs)
    for name, file in module_files(machine, recipes):
        for folder in module_folders(file):
            for subdir in subdirs:
                yield from in_folder(machine.at(folder) / subdir, globs, f"module:{name}")


def module_files(machine: Machine, recipes: Sequence[Recipe]) -> Iterator[tuple[str, Path]]:
    """Name and file of the loaded modules, and of those called like a recipe's package."""
    environ = machine.environ
    loaded = zip(
        environ.get("LOADEDMODULES", "").split(":"), environ.get("_LMFILES_", "").split(":"),
        strict=False,
    )  # fmt: skip
    yield from ((name, Path(file)) for name, file in loaded if name and file)
    names = [name.lower() for recipe in recipes for name in recipe.find.package_names]
    for root in filter(None, environ.get("MODULEPATH", "").split(":")):
        for file in _files_below(Path(root)):
            parts = file.relative_to(root).parts
            if any(fnmatchcase(part.lower(), name) for part in parts[:-1] for name in names):
                yield "/".join(parts).removesuffix(".lua"), file


def _files_below(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            seen += 1
            if seen > MOST_MODULES:
                return
            if not file.startswith("."):
                yield Path(folder) / file


def module_folders(file: Path) -> list[str]:
    """Absolute folders in a module file, Tcl or Lua, with its own variables put in."""
    text = read_bytes(file)[:MOST_MODULE_BYTES].decode("utf-8", "replace")
    text = re.sub(r"^\s*(#|--).*$", "", text, flags=re.MULTILINE)
    text = _lua(text) if file.suffix == ".lua" else _tcl(text)
    return list(dict.fromkeys(match.rstrip("/") for match in ABSOLUTE.findall(text)))


def _tcl(text: str) -> str:
    known: dict[str, str] = {}
    for name, value in TCL_SET.findall(text):
        known[name] = _put_in(value, known)
    return _put_in(text, known)


def _put_in(text: str, known: dict[str, str]) -> str:
    return REFERENCE.sub(lambda match: known.get(match[1], " "), text)


def _lua(text: str) -> str:
    """Join `pathJoin(root, "lib")` and `root .. "/lib"`, in the order of the lines."""
    known: dict[str, str] = {}
    for name, value in LUA_SET.findall(text):
        known[name] = _lua_value(value, known)
    return "\n".join(_lua_value(line, known) for line in text.splitlines())


def _lua_value(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = re.sub(rf"(?<![\w\"'/.])\b{name}\b(?![\w\"'/])", lambda _, v=value: f'"{v}"', text)  # type: ignore[misc]
    text = re.sub(r"[\"']\s*\.\.\s*[\"']", "", text)
    joined = LUA_JOIN.sub(
        lambda match: '"' + "/".join(p.strip(" \"'") for p in match[1].split(",")) + '"', text
    )
    return joined.strip().strip("\"'") if joined.count('"') == 2 and joined[0] == '"' else joined
