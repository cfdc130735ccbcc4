# SPDX-License-Identifier: Apache-2.0
"""What a file in recipes/threads may say: one OpenMP or TBB run-time each."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from blas_probe.recipe.schema import Where, build, read
from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class Clash:
    """What happens when this run-time meets another one in a process."""

    other: Annotated[str, "name of the other run-time; its own name: a second copy"]
    text: Annotated[str, "what happens, in one sentence"]
    cure: Annotated[str, "what helps"] = ""
    link: Annotated[str, "where it is reported"]


@dataclass(frozen=True, kw_only=True)
class Fork:
    """What happens in a process that is forked after the run-time has started threads."""

    text: Annotated[str, "what happens, in one sentence"]
    link: Annotated[str, "where it is reported"]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One run-time that starts threads on behalf of compilers or libraries."""

    name: Annotated[str, "equal to the file's name"]
    summary: Annotated[str, "one sentence for people"]
    api: Annotated[Literal["openmp", "tbb"], "which programming interface it serves"]
    files: Annotated[tuple[str, ...], "file name globs, for files that cannot be read"]
    marks: Annotated[tuple[str, ...], "names that it defines, all of them"]
    byte_marks: Annotated[
        tuple[str, ...],
        "texts that stand in it, and in a file that carries a copy of it; all of them",
    ] = ()
    calls: Annotated[
        tuple[str, ...], "names that whatever was compiled for it asks for, any of them"
    ] = ()
    after: Annotated[
        tuple[str, ...], "run-times that are tried first, because they define the same names"
    ] = ()
    fork: Annotated[Fork | None, "what is known about processes that are forked"] = None
    clash: Annotated[tuple[Clash, ...], "known meetings with others"] = field(default=())

    def check(self, where: Where) -> None:
        """Refuse what could never be recognised."""
        if self.name != where.file.stem:
            raise where.at("name").fail(
                f"`{self.name}` differs from the file's name", f"write `{where.file.stem}`"
            )
        if not self.marks:
            raise where.at("marks").fail("is empty", "name a function that it defines")


def load_runtimes(root: Path) -> tuple[Runtime, ...]:
    """Read `root/threads/*.toml`, those that are to be tried first in front; may be empty."""
    loaded: dict[str, tuple[Runtime, Where]] = {}
    for file in sorted((root / "threads").glob("*.toml")):
        table, where = read(file)
        runtime = build(Runtime, table, where)
        loaded[runtime.name] = runtime, where
    for runtime, where in loaded.values():
        for index, name in enumerate(runtime.after):
            if name not in loaded:
                known = f"known: {', '.join(loaded)}"
                raise where.at("after", index).fail(f"no run-time `{name}`", known)
        for index, row in enumerate(runtime.clash):
            if row.other not in loaded:
                known = f"known: {', '.join(loaded)}"
                place = where.at("clash", index, "other")
                raise place.fail(f"no run-time `{row.other}`", known)
    return in_order({name: runtime for name, (runtime, _) in loaded.items()})


def in_order(runtimes: dict[str, Runtime]) -> tuple[Runtime, ...]:
    """Each one behind those that it names in `after`; a circle is cut where it is met."""
    ordered: dict[str, Runtime] = {}

    def put(runtime: Runtime, open_: tuple[str, ...]) -> None:
        for name in runtime.after:
            if name not in ordered and name not in open_:
                put(runtimes[name], (*open_, runtime.name))
        ordered.setdefault(runtime.name, runtime)

    for runtime in runtimes.values():
        put(runtime, ())
    return tuple(ordered.values())
