# SPDX-License-Identifier: Apache-2.0
"""One run of the command: what was asked, and the answer of the prober when somebody needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from blas_probe.record import dataclass

if TYPE_CHECKING:
    from blas_probe.assume import Assumption
    from blas_probe.cache import Cache
    from blas_probe.found import Found
    from blas_probe.recipe import Recipes


class Answer(NamedTuple):
    """What a command prints on standard output, and its exit code."""

    text: str
    code: int = 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What every command and every further option may need to know."""

    recipes: Recipes
    environ: Mapping[str, str]
    paths: Sequence[Path]
    site_packages: Sequence[Path] | None
    jobs: int
    timeout: float
    cache: Cache | None
    """What earlier runs measured; None to measure everything."""
    use: str | None
    """The variant that the answers for other projects describe; None: the best one."""
    refine: Sequence[tuple[str, Any]]
    """Further measurements asked for: (module:function, the option's value)."""
    say: Callable[[str], None]
    """Tells the user something that is not part of the answer (standard error)."""
    progress: Callable[[str], None] | None = None
    """Shows what is being done just now; None where nobody looks."""
    colour: bool = False
    """May the answer have colours?"""
    as_json: bool = False
    """True when the answer is for programs."""
    assume: Sequence[Assumption] = ()
    """Facts that the user states."""
    static: bool = False
    """Look for static archives too?"""

    def bold(self, text: str) -> str:
        """A heading."""
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text

    def found(self) -> Found:
        """Probe this machine, with the further measurements that were asked for."""
        from blas_probe.probing import probe

        found = probe(
            recipes=self.recipes,
            paths=self.paths,
            environ=self.environ,
            site_packages=self.site_packages,
            jobs=self.jobs,
            timeout=self.timeout,
            cache=self.cache,
            progress=self.progress,
            assume=self.assume,
            static=self.static,
        )
        for name, value in self.refine:
            found = function(name)(found, self, value)
        return found


def function(name: str) -> Any:
    """The function that `package.module:function` names; imported on first use."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
