# SPDX-License-Identifier: Apache-2.0
"""The native route: each wheel is built by cibuildwheel on a machine of its own platform. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from blas_probe.recipe import Recipes
from ci.errors import CiError
from wheels.plan import cell_id, default_variant
from wheels.rows import Platform, Python, Rows
from wheels.select import matches, require_each_matches

VERSION = re.compile(r"(?P<kind>[a-z]+)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>\w+)")
TARGET = "MACOSX_DEPLOYMENT_TARGET"


@dataclass(frozen=True, kw_only=True)
class NativeJob:
    """One run of cibuildwheel: it builds the wheel of one cell, and tests it."""

    cell: str
    platform: str
    runner: str
    system: str
    """What cibuildwheel calls the platform: linux, macos or windows."""
    build: tuple[str, ...]
    """Identifiers of cibuildwheel: the Python that builds, then those that only run the wheel."""
    cells: tuple[str, ...]
    """The cells that are proven by it, this one included."""
    tag: str
    """Beginning of the wheel's tag: Python and ABI."""
    environment: Mapping[str, str] = field(default_factory=dict)


def identifier(python: Python, platform: Platform) -> str:
    """What cibuildwheel calls a Python on a platform: no version of the system is in it."""
    return f"{python.id}-{re.sub(r'_[0-9]+_[0-9]+_', '_', platform.id)}"


def native_jobs(rows: Rows, recipes: Recipes, only: Sequence[str] = ()) -> tuple[NativeJob, ...]:
    """One job for each wheel and each platform that has a runner, among the cells of `only`."""
    jobs = [
        _job(python, platform, rows.pythons, recipes)
        for platform in rows.platforms
        if platform.runner and default_variant(recipes, platform.id)
        for python in rows.pythons
        if python.abi
    ]
    require_each_matches(only, [cell for job in jobs for cell in job.cells])
    return tuple(job for job in jobs if any(matches(cell, only) for cell in job.cells))


def _job(
    python: Python, platform: Platform, pythons: Iterable[Python], recipes: Recipes
) -> NativeJob:
    name = default_variant(recipes, platform.id)
    variant = next(one for one in recipes.variants if one.id == name)
    served = [python, *(row for row in pythons if row.wheel == python.id)]
    cells = tuple(cell_id(row.id, platform.id, variant) for row in served)
    settings = {"CIBW_CONFIG_SETTINGS": f"trivet.blas={name}"}
    return NativeJob(
        cell=cells[0],
        platform=platform.id,
        runner=platform.runner,
        system=platform.system,
        build=tuple(identifier(row, platform) for row in served),
        cells=cells,
        tag=f"{python.id}-{python.abi}",
        environment={**settings, **ENVIRONMENTS[platform.system](platform)},
    )


def image_option(platform: Platform) -> tuple[str, str]:
    """The option of cibuildwheel that names the image of a platform, and the image."""
    found = _versioned(platform)
    image = f"{found['kind']}_{found['major']}_{found['minor']}"
    return f"{found['kind']}-{found['machine']}-image", image


def deployment_target(platform: Platform) -> str:
    """The oldest system of a platform, as compilers are told."""
    found = _versioned(platform)
    return f"{found['major']}.{found['minor']}"


def _linux(platform: Platform) -> dict[str, str]:
    option, image = image_option(platform)
    return {f"CIBW_{option.replace('-', '_').upper()}": image}


def _macos(platform: Platform) -> dict[str, str]:
    return {"CIBW_ENVIRONMENT_MACOS": f"{TARGET}={deployment_target(platform)}"}


def _windows(platform: Platform) -> dict[str, str]:
    del platform
    return {}


ENVIRONMENTS: Mapping[str, Callable[[Platform], dict[str, str]]] = {
    "linux": _linux,
    "macos": _macos,
    "windows": _windows,
}


def _versioned(platform: Platform) -> Mapping[str, str]:
    found = VERSION.fullmatch(platform.id)
    if found is None:
        msg = (
            f"the id of platform {platform.id} names no version of its system\n"
            "  next: write it as pip does, for example macosx_11_0_arm64"
        )
        raise CiError(msg)
    return found.groupdict()


def github(jobs: Iterable[NativeJob]) -> str:
    """The value of `strategy.matrix` of GitHub Actions, on one line."""
    table = [{"cell": job.cell, "runs-on": job.runner, "platform": job.platform} for job in jobs]
    return json.dumps({"include": table})


def plain(jobs: Iterable[NativeJob]) -> str:
    """All that is known of each job."""
    table = [{**vars(job), "command": f"python3 -m ci native --only {job.cell}"} for job in jobs]
    return json.dumps({"schema": 1, "jobs": table}, indent=1)


FORMATS: dict[str, Callable[[Iterable[NativeJob]], str]] = {"github": github, "json": plain}
