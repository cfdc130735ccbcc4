# SPDX-License-Identifier: Apache-2.0
"""What a row of known_bad/<provider>.toml may say: a build that others found to be wrong."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from blas_probe.recipe.schema import Where
from blas_probe.record import dataclass

CONDITION = re.compile(r"(<=|>=|==|!=|<|>)(\d+(?:\.\d+)*)\Z")
Effect = Literal["wrong result", "crash", "hang", "refused"]


@dataclass(frozen=True, kw_only=True)
class KnownBad:
    """A defect that others reported; a library to which every condition applies has it."""

    versions: Annotated[
        tuple[str, ...], "conditions on the version (>=0.3.5), all of which must hold; empty: any"
    ] = ()
    cores: Annotated[tuple[str, ...], "kernels (globs) that have it; empty: all"] = ()
    platforms: Annotated[
        tuple[str, ...], "globs over <platform>-<machine>, as linux-glibc-x86_64; empty: all"
    ] = ()
    compilers: Annotated[
        tuple[str, ...], "globs over what built it, as `gcc 12.2.0`; empty: any"
    ] = ()
    thread_layers: Annotated[tuple[str, ...], "thread layers (globs); empty: any"] = ()
    suffixes: Annotated[tuple[str, ...], "texts (globs) after `dgemm`; empty: any"] = ()
    int_bits: Annotated[tuple[Literal[32, 64], ...], "widths that have it; empty: both"] = ()
    routines: Annotated[tuple[str, ...], "routines (globs) concerned; empty: not narrowed"] = ()
    effect: Annotated[Effect, "what happens"]
    symptom: Annotated[str, "what goes wrong and when, in one sentence"]
    cure: Annotated[str, "what to do, in one sentence"]
    avoid: Annotated[str, "NAME=VALUE of the environment that does it; empty: none does"] = ""
    link: Annotated[str, "the thread where it is reported"]

    def check(self, where: Where) -> None:
        """Refuse a row that can never be compared, or that has no source."""
        check_conditions(self.versions, where)
        if not self.link.startswith("https://"):
            raise where.at("link").fail(f"`{self.link}` is no address", "give the thread's https")
        for name in ("symptom", "cure"):
            if not getattr(self, name).strip():
                raise where.at(name).fail("is empty", "say it in one sentence")
        everything = self.versions + self.platforms + self.suffixes + self.compilers
        if not everything + self.cores + self.thread_layers:
            raise where.at("versions").fail("no condition at all", "say which builds have it")


@dataclass(frozen=True, kw_only=True)
class KnownBadFile:
    """One file of known_bad/: the rows of the provider that it is called after."""

    known_bad: Annotated[tuple[KnownBad, ...], "defects that others reported"] = ()


def check_conditions(versions: tuple[str, ...], where: Where) -> None:
    """Refuse a condition that could never be compared."""
    for index, condition in enumerate(versions):
        if not CONDITION.match(condition):
            raise where.at("versions", index).fail(
                f"`{condition}` is no condition", "write one such as `<0.3.26` or `==2024.1`"
            )
