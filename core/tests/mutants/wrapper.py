# SPDX-License-Identifier: Apache-2.0
"""A library with all functions of a provider, one of them altered. C, generated from rows.

Every function is a jump to the provider's own, as a weak symbol (assembled once per provider); the
object of a mutant has the altered ones as strong symbols. The provider is a dependency, so that
its own callers meet the altered routine as well.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from blas_probe.library import Library
from core.tests.mutants.reference import ALIAS, LINK, SONAME, Reference, c_compiler, key_of, run
from core.tests.mutants.rows import C_TYPES, HERE, REALS, SINGLE, Mutant, RowError, fill

WARNINGS = ("-Wall", "-Werror", "-Wno-unused", "-Wno-misleading-indentation")
PRELUDE = HERE / "prelude.h"
FORWARD = HERE / "forward.c"
IN_C = {
    "h": "const char *", "i": "const Int *", "o": "Int *", "t": "const T *", "T": "T *",
    "r": "const R *", "R": "R *",
}  # fmt: skip
CODE = ("STT_FUNC", "STT_LOOS")  # the latter: chosen by the loader (ifunc)
OWN = re.compile(r"_init|_fini")


@dataclass(frozen=True, kw_only=True)
class Routine:
    """How a routine is called."""

    symbol: str
    args: tuple[tuple[str, str, str], ...]
    """Name, code, types."""
    returns: str = "void"


def routines() -> Mapping[str, Routine]:
    """The table routines.toml."""
    made = {}
    for name, row in tomllib.loads((HERE / "routines.toml").read_text(encoding="utf-8")).items():
        words = [word.replace("/", ":").split(":") for word in row["args"].split()]
        args = tuple((word[0], word[1], word[2] if word[2:] else "sdcz") for word in words)
        made[name] = Routine(symbol=row["symbol"], args=args, returns=row.get("returns", "void"))
    return made


def intercept(mutant: Mutant, provider: Library) -> str:
    """The C of a mutant: its setup, then each routine of each type."""
    known = routines()
    lines = [f'#include "{PRELUDE}"', f"typedef int{provider.int_bits}_t Int;"]
    lines += [_thread_macros(provider), mutant.setup]
    if mutant.kind == "code":
        return "\n".join([*lines, _with_functions(mutant.body, provider), ""])
    if mutant.routine not in known:
        raise RowError(f"{mutant.id}: routines.toml has no [{mutant.routine}]")
    for letter in mutant.types:
        lines.append(_one(mutant, known[mutant.routine], letter, provider))
    return "\n".join([*lines, ""])


def _thread_macros(provider: Library) -> str:
    """THREADS() and SET_THREADS(n) by the provider's own functions, where it has them."""
    if not {"get_threads", "set_threads"} <= set(provider.functions):
        return "#define THREADS() 1\n#define SET_THREADS(n) ((void)(n))"
    return _with_functions(
        "int {get_threads}(void);\nvoid {set_threads}(int);\n"
        "#define THREADS() {get_threads}()\n#define SET_THREADS(n) {set_threads}(n)",
        provider,
    )


def _with_functions(text: str, provider: Library) -> str:
    for role, name in provider.functions.items():
        text = text.replace(f"{{{role}}}", name)
    return text


def _one(mutant: Mutant, routine: Routine, letter: str, provider: Library) -> str:
    args = [(name, code) for name, code, types in routine.args if letter in types]
    texts = [name for name, code in args if code == "h"]
    declared = ", ".join(
        [*(IN_C[code] + name for name, code in args), *(f"size_t len_{name}" for name in texts)]
    )
    passed = ", ".join([*(name for name, _ in args), *(f"len_{name}" for name in texts)])
    symbol = provider.prefix + fill(routine.symbol, letter) + provider.suffix
    own = f"{mutant.routine}_{letter}"
    return "\n".join([
        f"#define T {C_TYPES[letter]}",
        f"#define R {REALS[letter]}",
        f"#define LOW {C_TYPES[SINGLE[letter]]}",
        f"#define CALL true_{own}({passed})",
        f"static {routine.returns} (*true_{own})({declared});",
        f"INIT void find_{own}(void) {{ true_{own} = trivet_true(\"{symbol}\"); }}",
        f'{routine.returns} {own}({declared}) __asm__("{symbol}");',
        f"{routine.returns} {own}({declared}) {{",
        mutant.fill(mutant.body, letter).rstrip(),
        "}",
        *(f"#undef {name}" for name in ("T", "R", "LOW", "CALL")),
    ])  # fmt: skip


def _interface(mutant: Mutant, made: Reference) -> list[Path]:
    """The objects of the reference's C interface to the routine."""
    if mutant.kind != "routine":
        return []
    symbols = [fill(routines()[mutant.routine].symbol, letter) for letter in mutant.types]
    names = [*(f"cblas_{s}" for s in symbols), *(f"{s}sub" for s in symbols)]
    names += [f"cblas_{s}_sub" for s in symbols]
    found = [made.objects / f"{name}.o" for name in names]
    found = [path for path in found if path.exists()]
    shared = [made.objects / f"{name}.o" for name in ("cblas_globals", "cblas_xerbla")]
    return [*found, *shared] if found else []


def forwarding(provider: Library, rename: tuple[str, str], work: Path) -> Path:
    """The object in which every function is a jump to the provider's."""
    stat = Path(provider.path).stat()
    key = key_of(provider.path, stat.st_mtime_ns, stat.st_size, rename, FORWARD.read_text())
    target = work / "forward" / f"{key}.o"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    text = target.with_suffix(".c")
    names = functions(Path(provider.path))
    text.write_text(_forward_text(provider.path, names, rename), encoding="utf-8")
    run(
        [c_compiler(), "-O1", "-fPIC", "-fno-toplevel-reorder", "-c", text, "-o", target],
        target.parent,
    )
    return target


def _forward_text(path: str, names: Sequence[str], rename: tuple[str, str]) -> str:
    listed = "\n".join(f'    "{name}",' for name in names)
    jumps = [f'JUMP("{_renamed(name, *rename)}", {i})' for i, name in enumerate(names)]
    text = FORWARD.read_text(encoding="utf-8").replace("/* NAMES */", listed)
    return "\n".join(
        [f'#define PROVIDER "{path}"', f"#define NAMES {len(names)}", text, *jumps, ""]
    )


def _renamed(name: str, ending: str, other: str) -> str:
    return name.removesuffix(ending) + other if ending and name.endswith(ending) else name


def functions(path: Path) -> list[str]:
    """Names of the functions that a library exports."""
    with path.open("rb") as stream:
        section = ELFFile(stream).get_section_by_name(".dynsym")
        rows = list(section.iter_symbols()) if isinstance(section, SymbolTableSection) else []
    return sorted(
        row.name
        for row in rows
        if row["st_shndx"] != "SHN_UNDEF"
        and row["st_info"]["type"] in CODE
        and row["st_info"]["bind"] in ("STB_GLOBAL", "STB_WEAK")
        and not OWN.fullmatch(row.name)
    )


def plant(
    mutant: Mutant, provider: Library, folder: Path, work: Path, cblas: Reference | None
) -> Path:
    """The library of a mutant, under the name that every tool asks for.

    With `cblas`, the C interface of an altered routine is the reference's, which calls it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    objects: list[Path] = []
    if mutant.kind in ("routine", "code"):
        text = folder / "mutant.c"
        text.write_text(intercept(mutant, provider), encoding="utf-8")
        words = [c_compiler(), "-std=gnu11", "-O1", "-fPIC", *WARNINGS]
        run([*words, "-c", text, "-o", "mutant.o"], folder)
        objects += [folder / "mutant.o", *(_interface(mutant, cblas) if cblas else ())]
    forward = forwarding(provider, mutant.rename, work)
    target = folder / SONAME
    origin = Path(provider.path).parent
    run([c_compiler(), *LINK, "-o", target, *objects, forward, "-Wl,--no-as-needed", provider.path,
         f"-Wl,-rpath,{origin}", "-ldl", "-lm", "-lpthread"], folder)  # fmt: skip
    alias = folder / ALIAS
    alias.unlink(missing_ok=True)
    alias.symlink_to(SONAME)
    return target
