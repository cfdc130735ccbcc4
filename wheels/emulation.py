# SPDX-License-Identifier: Apache-2.0
"""What runs a platform's programs on this machine: itself, an emulator, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from blas_probe.binary.host import own_host
from wheels.elsewhere import is_native
from wheels.errors import WheelsError
from wheels.folders import Folders
from wheels.progress import Progress
from wheels.roots import is_made, make_root, root_folder
from wheels.rows import Platform


@dataclass(frozen=True, kw_only=True)
class Runner:
    """How programs of a platform are run here."""

    prefix: tuple[str, ...] = ()
    """Words before the program."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment."""
    missing: str = ""
    """Why nothing can be run; empty when it can."""
    emulated: bool = False
    """True where another processor or system is imitated: how fast it is tells nothing."""
    shared: bool = False
    """Its programs share a server, which the first one to end takes along: one at a time."""


def can_run(platform: Platform, env: Mapping[str, str]) -> bool:
    """Say whether this machine, or an emulator on it, runs programs of `platform`."""
    return is_native(platform) or not _lacking(platform, env)


def _lacking(platform: Platform, env: Mapping[str, str]) -> str:
    """What a platform's emulator lacks; empty when it is here."""
    if not platform.emulator:
        return f"nothing on this machine runs programs of {platform.id}"
    command = platform.emulator[0]
    if shutil.which(command, path=env.get("PATH")) is not None:
        return ""
    if "/" in command and Path(command).exists():
        return f"{command} is {'a folder' if Path(command).is_dir() else 'not executable'}"
    cure = f" (apt-get install {platform.packages})" if platform.packages else ""
    return f"{command} is not on this machine{cure}"


def runner_for(
    platform: Platform,
    folders: Folders,
    env: Mapping[str, str],
    progress: Progress,
    *,
    offline: bool,
) -> Runner:
    """Find what runs the platform's programs; its system files are fetched when they are needed."""
    if is_native(platform):
        return Runner()
    own = own_host()
    same_system = own.platform.startswith(platform.system)  # linux-glibc runs linux-musl's programs
    emulated = platform.host.machine != own.machine or not same_system
    if lacking := _lacking(platform, env):
        return Runner(missing=lacking)
    places = {"build": str(folders.build), "root": ""}
    if platform.root:
        root = root_folder(folders.build, platform.root)
        if not is_made(root):
            if offline:
                why = f"the system files of {platform.root} were not fetched before (--offline)"
                return Runner(missing=why)
            try:
                make_root(
                    folders.build, platform.root, env=env, logs=folders.logs, progress=progress
                )
            except WheelsError as error:
                return Runner(missing=" ".join(str(error).split()))
        places["root"] = str(root)
    return Runner(
        prefix=tuple(word.format_map(places) for word in platform.emulator),
        env={key: text.format_map(places) for key, text in platform.environment.items()},
        emulated=emulated,
        shared=not same_system,
    )
