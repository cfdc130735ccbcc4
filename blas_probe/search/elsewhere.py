# SPDX-License-Identifier: Apache-2.0
"""Copies of libraries inside the tools that pipx, uv and their like keep: shown, never chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from blas_probe.search.packages import private_copies
from blas_probe.search.places import Candidate, Machine, below

VENVS = {
    "pipx": ("PIPX_HOME", "venvs", (".local/share/pipx/venvs", ".local/pipx/venvs", "pipx/venvs")),
    "uv": ("UV_TOOL_DIR", "", (".local/share/uv/tools", "AppData/Roaming/uv/tools")),
}
"""Manager -> variable for its root, folder of environments below it, and its usual places."""
SITES = ("*/lib/python3*/site-packages", "*/Lib/site-packages")


def of_tools(machine: Machine, globs: Sequence[str]) -> Iterator[Candidate]:
    """Each copy with the tool's own name: `tool:<name>`."""
    for root in tool_roots(machine):
        for site in (one for pattern in SITES for one in below(root, pattern)):
            tool = site.relative_to(root).parts[0]
            for _, package, path in private_copies(site, globs):
                yield Candidate(path, f"tool:{tool}", package)


def tool_roots(machine: Machine) -> list[Path]:
    """Folders whose subfolders are virtual environments."""
    roots = []
    for variable, inside, usual in VENVS.values():
        told = machine.environ.get(variable)
        roots += [Path(told) / inside] if told else [machine.home / place for place in usual]
    return roots
