# SPDX-License-Identifier: Apache-2.0
"""Commands that can be typed as they stand, on this very machine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.choose import in_order
from blas_probe.library import Library
from blas_probe.recipe import Recipes

MANAGERS = {
    "apt": "sudo apt install {}", "dnf": "sudo dnf install {}", "pacman": "sudo pacman -S {}",
    "apk": "sudo apk add {}", "brew": "brew install {}",
}  # fmt: skip
GROUP = re.compile(r"/etc/alternatives/([^/]+)\Z")


def own_python(environ: Mapping[str, str]) -> str:
    """How the Python that runs this is called in the user's shell."""
    # Not where its links lead: a virtual environment's Python is a link to one without packages.
    if not sys.executable:
        return "python"
    mine = Path(sys.executable)
    for name in ("python", "python3"):
        found = shutil.which(name, path=environ.get("PATH"))
        if found is not None and Path(found).parent.resolve() == mine.parent.resolve():
            return name
    return shlex.quote(str(mine))


def install(recipes: Recipes, environ: Mapping[str, str]) -> str | None:
    """A command of this machine's package manager that brings a fast library for programs."""
    owners = {recipe.name: recipe for recipe in recipes.providers}
    fast = [one for one in in_order(recipes.variants) if one.speed_class != "reference"]
    for manager, command in MANAGERS.items():
        for variant in fast:
            package = owners[variant.provider].install.get(manager)
            if package and shutil.which(manager, path=environ.get("PATH")):
                return as_root(command.format(package), environ)
    return None


def as_root(command: str, environ: Mapping[str, str]) -> str:
    """Without `sudo` where root types it and there is none, as in most containers."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    there = shutil.which("sudo", path=environ.get("PATH")) is not None
    return command.removeprefix("sudo ") if root and not there else command


def alternatives(library: Library, name: str) -> str | None:
    """The group of the system's alternatives that makes `name` lead to this library."""
    groups = (GROUP.match(path) for path in library.names)
    return next((one[1] for one in groups if one and one[1].startswith(name)), None)


def missing(name: str, libraries: Sequence[Library]) -> str:
    """What helps when the loader does not find the file `name`."""
    good = (one for one in libraries if one.problem is None)
    here = [one.path for one in good if one.soname == name or one.path.endswith(f"/{name}")]
    if not here:
        return f"install the package that brings {name}"
    return f"{name} is here, where the loader does not look: {look_in(here[0])}"


def look_in(path: str) -> str:
    """Make the loader look in a library's folder first."""
    folder = shlex.quote(path.rpartition("/")[0])
    return f"export LD_LIBRARY_PATH={folder}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
