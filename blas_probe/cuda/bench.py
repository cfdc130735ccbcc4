# SPDX-License-Identifier: Apache-2.0
"""What describing toolkits needs from outside: files, programs and children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from blas_probe.cache import Cache
from blas_probe.call.tool import Said, run_tool
from blas_probe.call.worker import Outcome, run_child
from blas_probe.cuda.libraries import RunChild
from blas_probe.cuda.memory import Memory
from blas_probe.cuda.nvcc import Ask
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.record import dataclass
from blas_probe.search.places import Machine


@dataclass(frozen=True, kw_only=True)
class Bench:
    """All that describing needs from outside: files, programs and children."""

    recipes: CudaRecipes
    machine: Machine
    machine_name: str
    ask: Ask
    """Run a program in the clean environment."""
    ask_as_user: Ask
    """Run a program with the user's own compiler variables."""
    run: RunChild
    jobs: int = 1
    memory: Memory = field(default_factory=lambda: Memory(None, {}))


def real_bench(
    recipes: CudaRecipes, machine: Machine, machine_name: str, *, timeout: float, token: str,
    jobs: int, cache: Cache | None = None,
) -> Bench:  # fmt: skip
    """The bench that starts real processes, and remembers what unchanged files have answered."""
    find = recipes.anatomy.find
    memory = Memory(cache, machine.environ)

    def ask(command: Sequence[str], keep: Sequence[str] = ()) -> Said:
        return memory.program(
            command, keep, lambda: run_tool(
                command, environ=machine.environ, timeout=timeout, token=token, keep=keep
            )
        )  # fmt: skip

    def run(request: Mapping[str, Any], module: str) -> Outcome:
        return memory.child(
            request, module, lambda: run_child(
                request, environ=machine.environ, timeout=timeout, token=token,
                child_module=module,
            )
        )  # fmt: skip

    own = [*find.changed_by, *find.host_env]
    return Bench(
        recipes=recipes, machine=machine, machine_name=machine_name, ask=ask,
        ask_as_user=lambda command: ask(command, own), run=run, jobs=jobs,
        memory=memory,
    )  # fmt: skip
