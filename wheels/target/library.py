# SPDX-License-Identifier: Apache-2.0
"""Python's import library for platforms whose linker asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from abi3info import DATAS, FUNCTIONS
from abi3info.models import Data, Function
from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from wheels.command import Log, call
from wheels.errors import BuildError
from wheels.rows import Platform
from wheels.state import replacing, write_text
from wheels.target.rows import Target, filled

TOOL_TIMEOUT = 120.0  # seconds
PREFIXES = ("Py", "_Py")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What a library exports."""

    functions: frozenset[str]
    data: frozenset[str]


def stable_names(version: tuple[int, int]) -> Names:
    """The stable ABI as `version` has it; a module that uses more does not link."""

    def chosen(rows: Iterable[Function | Data]) -> frozenset[str]:
        return frozenset(
            row.symbol.name
            for row in rows
            if (row.added.major, row.added.minor) <= version
            and (row.ifdef is None or row.ifdef.windows is True)
        )

    return Names(functions=chosen(FUNCTIONS.values()), data=chosen(DATAS.values()))


def names_of(libraries: Iterable[Path]) -> Names:
    """The names of Python that the first of these ELF files with any exports.

    For one version of Python: its interpreter here exports what its DLL does, and some more.
    """
    tried = list(libraries)
    for path in tried:
        kinds = _exported(path)
        names = {name: kind for name, kind in kinds.items() if name.startswith(PREFIXES)}
        if names:
            return Names(
                functions=frozenset(n for n, kind in names.items() if kind == "STT_FUNC"),
                data=frozenset(n for n, kind in names.items() if kind != "STT_FUNC"),
            )
    raise BuildError(
        f"no names of Python are in {', '.join(map(str, tried)) or 'no file at all'}",
        why="this interpreter keeps them in another file",
        then="give the path of its libpython",
    )


def interpreter_files(python: Path, version: str) -> list[Path]:
    """Where an interpreter keeps its names: a shared library beside it, or the program itself."""
    real = python.resolve()
    folders = [real.parent.parent / "lib", *sorted((real.parent.parent / "lib").glob("*-linux-*"))]
    shared = [path for folder in folders for path in folder.glob(f"libpython{version}.so*")]
    return [*sorted(shared), real]


def _exported(path: Path) -> Mapping[str, str]:
    try:
        with path.open("rb") as stream:
            section = ELFFile(stream).get_section_by_name(".dynsym")
            symbols = section.iter_symbols() if isinstance(section, SymbolTableSection) else ()
            return {
                symbol.name: str(symbol["st_info"]["type"])
                for symbol in symbols
                if symbol["st_shndx"] != "SHN_UNDEF"
            }
    except (ELFError, OSError):
        return {}


def definition(library: str, names: Names) -> str:
    """Return a .def file; data is marked, or the linker would make functions of it."""
    rows = [*sorted(names.functions), *(f"{name} DATA" for name in sorted(names.data))]
    return "\n".join([f"LIBRARY {library}", "EXPORTS", *rows, ""])


def python_import_library(
    names: Names,
    row: Target,
    platform: Platform,
    folder: Path,
    *,
    version: str,
    stable: bool,
    tool: tuple[str, ...],
    env: Mapping[str, str],
    log: Log,
) -> Path | None:
    """Make the import library of the row's Python DLL; None where the linker needs none.

    `tool` is the toolchain's maker of import libraries.
    """
    library = filled(row.stable_library if stable else row.library, platform, version)
    if not library:
        return None
    machine = row.library_machine.get(platform.machine)
    if machine is None or not tool:
        raise BuildError(
            f"no import library of {library} can be made for {platform.id}",
            why=f"library_machine has no {platform.machine}" if tool else "the toolchain has none",
            then="add it in recipes/python_targets.toml or `import_library` in toolchains.toml",
        )
    stem = library.rpartition(".")[0]
    source, target = folder / f"{stem}.def", folder / f"{stem}.lib"
    write_text(source, definition(library, names))
    with replacing(target) as temporary:
        call(
            [*tool, "-m", machine, "-d", source, "-l", temporary],
            env=env,
            log=log,
            timeout=TOOL_TIMEOUT,
        )
    return target
