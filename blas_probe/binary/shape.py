# SPDX-License-Identifier: Apache-2.0
"""What a library file says about itself, whatever its format."""

from __future__ import annotations

from typing import NamedTuple


class Binary(NamedTuple):
    """One library file, read and never run. NamedTuple: the child must start fast."""

    format: str
    """elf, mach-o, pe or archive."""
    platform: str | None
    """linux-glibc, linux-musl, macos, windows, ...; None when the file does not say."""
    machine: str
    """Architecture of the part that was read: x86_64, aarch64, riscv64, ppc64le, ..."""
    machines: tuple[str, ...]
    """Architectures of all parts of the file (a universal file has several)."""
    bits: int
    little: bool
    soname: str | None
    """soname, install name or DLL name."""
    needed: tuple[str, ...]
    """Libraries that it asks for, in its own spelling."""
    rpaths: tuple[str, ...]
    """Folders where its own libraries are looked for, with $ORIGIN or @loader_path as written."""
    build_id: str | None
    """build-id, UUID or debug identity."""
    floor: str | None
    """Oldest system that it is made for (`glibc 2.28`, `macos 11.0`); None when not told."""
    defined: frozenset[str]
    """Functions and data that others may take from it, as C spells them."""
    imported: frozenset[str]
    """What it takes from others."""
    version: str | None = None
    """The version in the file's header (macOS, Windows); makers often leave it empty."""
    rpaths_inherited: bool = False
    """True when its `rpaths` also hold for what its own libraries ask for."""


class Host(NamedTuple):
    """What a library must be made for to be loaded here."""

    platform: str
    machine: str


def cannot_run(binary: Binary, host: Host) -> str | None:
    """Why the loader of `host` refuses such a file; None when nothing speaks against it."""
    if binary.machine == host.machine and binary.platform in (None, host.platform):
        return None
    made = f"{binary.machine} ({binary.platform})" if binary.platform else binary.machine
    return (
        f"built for {made}, this machine is {host.machine} ({host.platform}): it cannot run here, "
        "and what is told of it was read from the file"
    )
