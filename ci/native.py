# SPDX-License-Identifier: Apache-2.0
"""Run cibuildwheel on this machine in the local image: built, repaired, audited, tested wheels."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ci.image.recipe import Image, load_image
from wheels.command import Log, call
from wheels.errors import CommandError, ToolchainError
from wheels.prepare import source_date
from wheels.rows import Python, load_rows
from wheels.select import matches, require_each_matches
from wheels.state import new_folder

SDIST = "import sys, wheels.source; print(wheels.source.build_sdist(sys.argv[1]))"
HOURS = 4 * 3600.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a run left."""

    wheel: Path
    size: int
    """Bytes."""


def build_natively(
    root: Path,
    folder: Path,
    image: str,
    only: Sequence[str],
    environ: Mapping[str, str],
    say: Callable[[str], None],
) -> tuple[Built, ...]:
    """Make the source archive, hand it to cibuildwheel, and return the wheels."""
    recipe = load_image(root / "recipes")
    identifiers = selected_ids(load_rows(root / "recipes").pythons, platform.machine(), only)
    started = time.monotonic()
    dated = {**environ, "SOURCE_DATE_EPOCH": str(source_date(root, environ))}
    folder = folder.resolve()
    source = folder / "source"
    with new_folder(source) as temporary:
        words = [sys.executable, "-c", SDIST, temporary]
        call(words, cwd=root, env=dated, log=Log(folder / "sdist.log", "source archive"))
    archive = next(source.glob("*.tar.gz"))
    say(f"source: {archive.name}")
    label = f"trivet-run={os.getpid()}-{int(time.time())}"
    options = (*working(recipe, image, environ), f"--label={label}")
    env = environment(image, identifiers, options, dated)
    log = Log(folder / "cibuildwheel.log", "cibuildwheel")
    say(f"cibuildwheel: {' '.join(identifiers)}; its output goes to {log.path}")
    with new_folder(folder / "dist") as out:
        words = [sys.executable, "-m", "cibuildwheel", "--platform", "linux"]
        try:
            call([*words, "--output-dir", out, archive], cwd=folder, env=env, log=log, timeout=HOURS)
        finally:
            remove_containers(label, environ)
    found = sorted((folder / "dist").glob("*.whl"))
    say(f"{len(found)} wheels in {time.monotonic() - started:.0f} s")
    return tuple(Built(wheel=path, size=path.stat().st_size) for path in found)


def remove_containers(label: str, environ: Mapping[str, str]) -> None:
    """End what an interrupted run left; cibuildwheel itself removes only what ended well."""
    words = ["podman", "ps", "--all", "--quiet", f"--filter=label={label}"]
    for name in call(words, env=environ).output.split():
        call(["podman", "rm", "--force", name], env=environ)


def selected_ids(pythons: Sequence[Python], machine: str, only: Sequence[str]) -> tuple[str, ...]:
    """What cibuildwheel calls the rows of pythons.toml on this machine."""
    known = [f"{row.id}-manylinux_{machine}" for row in pythons]
    require_each_matches(only, known)
    return tuple(name for name in known if matches(name, only))


def environment(
    image: str, identifiers: Sequence[str], options: Sequence[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """What differs from pyproject.toml's own configuration: the image, and who starts it."""
    machine = identifiers[0].partition("-manylinux_")[2]
    engine = f"podman; create_args: {' '.join(options)}; disable_host_mount: true"
    return {
        **{key: value for key, value in environ.items() if not key.startswith("CIBW_")},
        f"CIBW_MANYLINUX_{machine.upper()}_IMAGE": image,
        "CIBW_CONTAINER_ENGINE": engine,
        "CIBW_BUILD": " ".join(identifiers),
        "CIBW_ARCHS": machine,
    }


def working(recipe: Image, image: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The first options with which podman starts a container here."""
    said = ""
    for options in recipe.options:
        try:
            call(["podman", "run", "--rm", *options, image, "true"], env=environ)
        except CommandError as error:
            said = error.what
            continue
        return options
    raise ToolchainError(
        f"podman starts no container of {image}\n{said}",
        why="none of the `options` in recipes/image.toml works on this machine",
        then=f"find options with which `podman run --rm {image} true` works, and add them there",
    )
