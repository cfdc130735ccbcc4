# SPDX-License-Identifier: Apache-2.0
"""Debian's source of the reference BLAS and LAPACK, its Fortran compiler and its NumPy.

Everything is downloaded by apt into a folder of ours and unpacked there; nothing is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

SOURCE = "lapack=3.11.0-2"
ORIGINAL = "lapack_3.11.0.orig.tar.gz"
SHA256 = "4b9ba79bfd4921ca820e83979db76ab3363155709444a787979e81c22285ffa9"
NUMPY = (
    "python3-numpy", "python3-pytest", "python3-hypothesis", "python3-pluggy", "python3-iniconfig",
    "python3-attr", "python3-sortedcontainers", "python3-packaging",
)  # fmt: skip


class Missing(Exception):
    """Something that the harness needs cannot be had on this machine; the text says what."""


def source(work: Path) -> Path:
    """The unpacked source package."""
    folder = work / "source"
    if not folder.exists():
        _apt(work, "source", "--download-only", SOURCE)
        archive = work / "apt" / ORIGINAL
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != SHA256:
            raise Missing(f"{archive} has sha256 {found}, not {SHA256}; next: remove it")
        unpacked = work / "source.new"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()
        _call(["tar", "xf", str(archive), "-C", str(unpacked), "--strip-components=1"])
        unpacked.rename(folder)
    return folder


def fortran(work: Path) -> Path:
    """A gfortran: this machine's, or Debian's that belongs to its gcc."""
    here = shutil.which("gfortran")
    if here is not None:
        return Path(here)
    version = _call(["gcc", "-dumpversion"]).strip().split(".")[0]
    packages = (f"gfortran-{version}", f"libgfortran-{version}-dev")
    folder = _unpacked(work, "gfortran", packages)
    return next((folder / "usr/bin").glob(f"*-gfortran-{version}"))


def numpy(work: Path) -> Path:
    """The folder of a NumPy that asks for libblas.so.3, with what its tests need."""
    return _unpacked(work, "numpy", NUMPY) / "usr/lib/python3/dist-packages"


def _unpacked(work: Path, name: str, packages: Sequence[str]) -> Path:
    folder = work / name
    if not folder.exists():
        _apt(work, "download", *packages)
        fresh = work / f"{name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        for package in packages:
            _call(["dpkg", "-x", str(next((work / "apt").glob(f"{package}_*.deb"))), str(fresh)])
        fresh.rename(folder)
    return folder


def _apt(work: Path, *words: str) -> None:
    """Run apt-get with lists of its own: those of this machine, with their sources."""
    apt = work / "apt"
    lists = apt / "lists"
    options = (
        f"Dir::State::lists={lists}", f"Dir::Cache={apt / 'cache'}", "Dir::Etc::sourcelist=/none",
        f"Dir::Etc::sourceparts={apt / 'parts'}", "APT::Sandbox::User=",
    )  # fmt: skip
    command = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
    if not lists.exists():
        for name in ("lists/partial", "cache/archives/partial", "parts"):
            (apt / name).mkdir(parents=True, exist_ok=True)
        _with_sources(Path("/etc/apt"), apt / "parts")
        _call([*command, "update"])
    _call([*command, *words], cwd=apt)


def _with_sources(etc: Path, parts: Path) -> None:
    """Copy apt's lists, with the source packages of each archive added."""
    for path in (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))):
        if not path.is_file() or path.suffix not in (".list", ".sources"):
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sources":
            text = re.sub(r"(?m)^Types:.*$", "Types: deb deb-src", text)
        else:
            text += "\n" + re.sub(r"(?m)^deb ", "deb-src ", text)
        (parts / path.name).write_text(text, encoding="utf-8")


def _call(command: Sequence[str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=cwd, check=False, capture_output=True, text=True,
            env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Missing(f"{command[0]} is not here: a Debian machine is needed") from error
    if done.returncode != 0:
        raise Missing(f"{' '.join(command)}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
