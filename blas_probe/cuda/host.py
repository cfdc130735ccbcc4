# SPDX-License-Identifier: Apache-2.0
"""Which host compilers a toolkit takes, by its own header and the compilers' own macros."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.cuda.nvcc import Ask
from blas_probe.cuda.preprocess import (
    MOST_HEADER,
    HeaderError,
    Line,
    directives,
    errors,
    evaluate,
)
from blas_probe.look import is_file, open_regular
from blas_probe.recipe.cuda import Family, Host
from blas_probe.record import dataclass
from blas_probe.search.places import matching

DEFINE = re.compile(r"#define (\w+)(?: (.*))?\Z")
NVCC_MACROS = {"__CUDACC__": "1", "__NVCC__": "1"}
NVCC_SAYS = re.compile(r"\s*The nvcc flag .*\Z")
NUMBER = re.compile(r"\b\d{1,6}\b")


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """An installed C++ compiler and all its macros."""

    path: str
    role: str
    family: str
    version: str
    glibc: str | None
    macros: Mapping[str, str]
    problem: str | None = None


def installed(host: Host, environ: Mapping[str, str], root: Path) -> list[Path]:
    """The programs that may be host compilers, once per real file; PATH first."""
    folders = [Path(one) for one in environ.get("PATH", "").split(os.pathsep) if one]
    for pattern in host.dirs:
        folders += sorted(root.glob(pattern.lstrip("/")))
    found: dict[Path, Path] = {}
    for folder in folders:
        for path in matching(folder, host.names):
            if os.access(path, os.X_OK) and is_file(path):
                found.setdefault(path.resolve(), path)
    return list(found.values())


def look_at(name: str, role: str, host: Host, environ: Mapping[str, str], ask: Ask) -> Compiler:
    """Ask a compiler for its macros; `name` is a path, or found in PATH as nvcc would."""
    path = shutil.which(name, path=environ.get("PATH", os.defpath)) or name
    command = [path, "-dM", "-E", "-x", "c++", os.devnull]
    said = ask([*command, "-include", "features.h"])
    if said.problem is not None and said.code is not None:  # a C library without that header
        said = ask(command)
    macros = {hit[1]: hit[2] or "" for hit in map(DEFINE.match, said.output.splitlines()) if hit}
    family = next((one for one in host.family if _is(one, macros)), None)
    if said.problem is not None or family is None:
        odd = "its answer holds no macros of a known compiler"
        return Compiler(path=path, role=role, family="unknown", version="unknown", glibc=None,
                        macros={}, problem=said.problem or odd)  # fmt: skip
    glibc = [macros[name] for name in ("__GLIBC__", "__GLIBC_MINOR__") if name in macros]
    return Compiler(
        path=path,
        role=role,
        family=family.name,
        version=".".join(macros[name] for name in family.version if name in macros),
        glibc=".".join(glibc) if len(glibc) == 2 else None,
        macros=macros,
    )


def _is(family: Family, macros: Mapping[str, str]) -> bool:
    return bool(macros) and evaluate(family.when, macros) != 0


@dataclass(frozen=True, kw_only=True)
class HostRules:
    """A toolkit's header that refuses compilers."""

    path: str
    lines: tuple[Line, ...]

    def refusal(self, macros: Mapping[str, str]) -> str | None:
        """Why a compiler with `macros` is refused; None when it is taken. May raise HeaderError."""
        met = errors(self.lines, {**macros, **NVCC_MACROS})
        return NVCC_SAYS.sub("", met[0]).rstrip(" .!") if met else None

    def limits(self, families: Sequence[Family]) -> dict[str, str]:
        """First and last version of each family that the header takes."""
        found = {}
        for family in families:
            taken = [
                n for n in _versions(family, self.lines) if self.refusal(_macros(family, n)) is None
            ]
            if taken:
                first = f"from {taken[0]}" if taken[0] != family.first else ""
                last = f"up to {taken[-1]}" if taken[-1] != family.last else ""
                found[family.name] = " ".join(filter(None, [first, last])) or "any"
        return found


def _versions(family: Family, lines: Sequence[Line]) -> list[int]:
    """The versions at which the header may change its mind: next to each number in it."""
    texts = " ".join(line.rest for line in lines if line.word != "error")
    near = {int(text) + step for text in NUMBER.findall(texts) for step in (-1, 0, 1)}
    return sorted(n for n in near | {family.first, family.last} if family.first <= n <= family.last)


def _macros(family: Family, n: int) -> dict[str, str]:
    return {name: value.replace("{n}", str(n)) for name, value in family.macros.items()}


def read_rules(path: Path) -> HostRules:
    """Read `host_config.h`; HeaderError when it cannot be read or understood."""
    try:
        with open_regular(path) as file:
            text = file.read(MOST_HEADER).decode("utf-8", "replace")
    except OSError as error:
        msg = f"cannot be read: {error.strerror}"
        raise HeaderError(msg) from error
    lines = directives(text)
    if not any(line.word == "error" for line in lines):
        msg = "it has no #error line, so it refuses nothing; it is not the header expected"
        raise HeaderError(msg)
    return HostRules(path=str(path), lines=lines)
