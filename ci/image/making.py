# SPDX-License-Identifier: Apache-2.0
"""Make the image: a Debian root, Pythons, tools, and podman's import. Each step goes on alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ci.image.pythons import FOLDER, Supplied, choose, copy, interpreters_here, versions_in
from ci.image.recipe import Image, fingerprint, load_image, tool_pins
from wheels.command import Completed, Log, call
from wheels.errors import (
    CommandError,
    FetchError,
    ReadOnlyError,
    RowError,
    ToolchainError,
    WheelsError,
    from_os_error,
)
from wheels.lock import locked
from wheels.rows import load_rows
from wheels.state import remove_folder, write_text

PROGRAMS: Mapping[str, str] = {
    "debootstrap": "apt-get install debootstrap",
    "podman": "apt-get install podman",
    "chroot": "apt-get install coreutils",
}
KINDS: Mapping[str, type[WheelsError]] = {
    "fetch": FetchError,
    "folder": ReadOnlyError,
    "recipe": RowError,
}
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSIDE: Mapping[str, str] = {
    "PATH": PATH,
    "LANG": "C.UTF-8",
    "SSL_CERT_FILE": f"/{CERTIFICATES}",
    "PIP_CERT": f"/{CERTIFICATES}",
}
"""The environment inside the image."""
TRIAL = "import ctypes, hashlib, lzma, sqlite3, ssl, zlib"
HOURS = 2 * 3600.0  # seconds; an emulated or busy machine takes long


@dataclass(frozen=True, kw_only=True)
class Making:
    """One run: what to make, where, and how to tell about it."""

    image: Image
    root: Path
    """The checkout."""
    folder: Path
    environ: Mapping[str, str]
    say: Callable[[str], None]

    @property
    def tree(self) -> Path:
        """The file system of the image."""
        return self.folder / "root"

    def run(self, words: Sequence[str | Path], name: str) -> Completed:
        """Run a command with a log of its own; a failure that the recipe knows is explained."""
        log = Log(self.folder / "logs" / f"{name}.log", name)
        try:
            return call(words, log=log, env=self.environ, timeout=HOURS)
        except CommandError as error:
            known = self.image.meaning(log.path.read_text(encoding="utf-8"))
            if known is None:
                raise
            raise KINDS[known.kind](error.what, why=known.why, then=known.then) from error

    def inside(self, words: Sequence[str], name: str) -> Completed:
        """Run a command in the image's file system."""
        given = [f"{key}={value}" for key, value in INSIDE.items()]
        return self.run(["chroot", self.tree, "/usr/bin/env", "-i", *given, *words], name)

    def once(self, name: str, made_of: str, do: Callable[[], None]) -> None:
        """Do a step unless it was finished with the same inputs."""
        stamp = self.folder / f"{name}.done"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_of:
            self.say(f"{name}: is there already")
            return
        stamp.unlink(missing_ok=True)
        self.say(f"{name}: working")
        try:
            do()
        except OSError as error:
            raise from_os_error(error, f"the step `{name}` failed", self.folder) from error
        write_text(stamp, made_of)


def make_image(
    root: Path, folder: Path, environ: Mapping[str, str], say: Callable[[str], None]
) -> str:
    """Make the image, or what is missing of it; returns its name with the tag."""
    image = load_image(root / "recipes")
    refuse_early(PROGRAMS, environ, os.geteuid())
    making = Making(image=image, root=root, folder=folder.resolve(), environ=environ, say=say)
    with locked(making.folder):  # a killed run's debootstrap would go on in the same tree
        return make(making)


def make(making: Making) -> str:
    """All steps; returns the image's name with the tag."""
    image, root, environ, say = making.image, making.root, making.environ, making.say
    base = fingerprint(image.suite, image.packages)
    making.once("root", base, lambda: make_root(making))
    rows = load_rows(root / "recipes").pythons
    supplied, missing = choose(rows, versions_in(making.tree), interpreters_here(environ))
    if missing:
        say(f"pythons: left out, for want of an interpreter here: {', '.join(missing)}")
    pythons = fingerprint(base, supplied, image.utility)
    making.once("pythons", pythons, lambda: add_pythons(making, supplied))
    pins, trusted = tool_pins(root, image.tools), certificates(environ)
    tools = fingerprint(pythons, pins, trusted and Path(trusted).read_bytes())
    making.once("tools", tools, lambda: add_tools(making, supplied, pins))
    name = f"{image.name}:{tools}"
    if call(["podman", "image", "exists", name], env=environ, check=False).returncode == 0:
        say(f"import: {name} is there already")
    else:
        say("import: working")
        import_image(making, name)
    return name


def refuse_early(programs: Mapping[str, str], environ: Mapping[str, str], user: int) -> None:
    """ToolchainError or ReadOnlyError for what can be known before anything is made."""
    lost = [name for name in programs if shutil.which(name, path=environ.get("PATH")) is None]
    if lost:
        raise ToolchainError(
            f"not on PATH: {', '.join(lost)}",
            why="the image is made by debootstrap and kept by podman",
            then=" && ".join(dict.fromkeys(programs[name] for name in lost)),
        )
    if user != 0:
        raise ReadOnlyError(
            "the image cannot be made by this user",
            why="debootstrap makes device files and changes the root folder, which only root may",
            then="run the same command as root",
        )


def certificates(environ: Mapping[str, str]) -> str | None:
    """The file of certificates that this machine was told to trust, if any."""
    names = (environ.get("SSL_CERT_FILE"), environ.get("PIP_CERT"))
    return next((name for name in names if name and Path(name).is_file()), None)


def make_root(making: Making) -> None:
    """Debian's base system and the packages; what was downloaded serves the next try, too."""
    debs = making.folder / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    drop_tree(making)
    packages = ",".join(making.image.packages)
    words = ["debootstrap", "--variant=minbase", f"--include={packages}", f"--cache-dir={debs}"]
    making.run([*words, making.image.suite, making.tree], "root")


def drop_tree(making: Making) -> None:
    """Remove the tree of an earlier try, and before that what is still mounted below it."""
    for mounted in mounts_below(making.tree, Path("/proc/self/mounts").read_text().splitlines()):
        making.run(["umount", mounted], "umount")
    remove_folder(making.tree)


def mounts_below(tree: Path, mounts: Iterable[str]) -> list[str]:
    """The mount points in `tree`, the innermost first; removing them would empty what they show."""
    points = [line.split()[1].replace("\\040", " ") for line in mounts]
    return sorted((one for one in points if Path(one).is_relative_to(tree)), reverse=True)


def add_pythons(making: Making, supplied: Sequence[Supplied]) -> None:
    """Fill /opt/python, the layout that cibuildwheel expects; every Python is started once."""
    folder = making.tree / FOLDER
    remove_folder(folder)
    folder.mkdir(parents=True)
    copied = [one for one in supplied if one.origin is not None]
    for one in copied:
        copy(one, making.tree)
    listing = making.tree / "etc" / "ld.so.conf.d" / "pythons.conf"  # for a shared libpython
    listing.write_text("".join(f"/{FOLDER}/{one.tag}/lib\n" for one in copied), encoding="utf-8")
    making.inside(["ldconfig"], "ldconfig")
    for one in supplied:
        place = f"/{FOLDER}/{one.tag}"
        if one.origin is None:
            making.inside([f"python{one.version}", "-m", "venv", place], f"python-{one.tag}")
        try_python(making, one)
        if one.origin is not None:
            making.inside([f"{place}/bin/python", "-m", "ensurepip"], f"pip-{one.tag}")
            (folder / one.tag / "bin" / "pip").symlink_to("pip3")
    utility = folder / making.image.utility
    if not utility.exists():
        utility.symlink_to(supplied[0].tag)


def try_python(making: Making, one: Supplied) -> None:
    """Start it once, with the modules that load libraries of the system."""
    try:
        making.inside([f"/{FOLDER}/{one.tag}/bin/python", "-c", TRIAL], f"trial-{one.tag}")
    except CommandError as error:
        raise ToolchainError(
            f"{one.origin or f'Python {one.version}'} does not run in the image\n{error.what}",
            why="it was built for a newer C library, or needs a library that is not there",
            then="choose a newer `suite` in recipes/image.toml, or add the package there",
        ) from error


def add_tools(making: Making, supplied: Sequence[Supplied], pins: Sequence[str]) -> None:
    """Programs from PyPI on the PATH of the image, and the certificates of this network."""
    given = certificates(making.environ)
    if given:
        shutil.copy(given, making.tree / CERTIFICATES)
    shutil.copy("/etc/resolv.conf", making.tree / "etc" / "resolv.conf")
    place = "/opt/tools"
    remove_folder(making.tree / place[1:])
    making.inside([f"/{FOLDER}/{supplied[0].tag}/bin/python", "-m", "venv", place], "tools-venv")
    making.inside([f"{place}/bin/python", "-m", "pip", "install", "--quiet", *pins], "tools")
    for name in making.image.tools:
        link = making.tree / "usr" / "local" / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(f"{place}/bin/{name}")


def import_image(making: Making, name: str) -> None:
    """Give the tree to podman under its name."""
    out = ["--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./var/cache/apt/archives/*"]
    changes = [word for key, value in INSIDE.items() for word in ("-c", f"ENV {key}={value}")]
    archive = making.folder / "root.tar"
    try:
        making.run(["tar", "-C", making.tree, *out, "-cf", archive, "."], "tar")
        making.run(["podman", "import", *changes, "-c", "CMD /bin/bash", archive, name], "import")
    finally:
        archive.unlink(missing_ok=True)
