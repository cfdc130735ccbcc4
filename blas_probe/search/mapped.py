# SPDX-License-Identifier: Apache-2.0
"""Which files has a running process loaded? Its own word, nothing is opened for it."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from blas_probe.errors import ProcessError

DELETED = " (deleted)"
STACKED = ("overlay", "aufs", "fuse-overlayfs", "fuse.fuse-overlayfs")
MOST_MODULES = 4096
LONGEST_PATH = 32768
QUERY_AND_READ = 0x0400 | 0x0010


class Mapped(NamedTuple):
    """A file in a process."""

    path: str
    """As the process names it."""
    file: Path
    """Where this process can read the very same bytes."""
    replaced: bool
    """True when another file, or none, has the path now."""


def mapped_files(pid: int | None = None) -> list[Mapped]:
    """The files mapped into a process (None: this one), each once, in the system's order."""
    reader = READERS.get(sys.platform)
    if reader is None:
        msg = f"loaded libraries cannot be listed on {sys.platform}; name the files instead"
        raise ProcessError(msg)
    return list({one.path: one for one in reversed(list(reader(pid)))}.values())[::-1]


def process_environment(pid: int) -> dict[str, str]:
    """The environment that a process was started with; empty where nobody tells."""
    try:
        data = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (os.fsdecode(part).partition("=") for part in data.split(b"\0") if b"=" in part)
    return {name: value for name, _, value in pairs}


def _linux(pid: int | None) -> Iterator[Mapped]:
    folder = Path("/proc") / ("self" if pid is None else str(pid))
    try:
        text = (folder / "maps").read_bytes()
        root = os.readlink(folder / "root")  # noqa: PTH115
    except (FileNotFoundError, ProcessLookupError) as error:
        msg = f"no process {pid} is running; `ps` lists the numbers"
        raise ProcessError(msg) from error
    except PermissionError as error:
        msg = f"process {pid} belongs to somebody else: {error}; run this as its owner"
        raise ProcessError(msg) from error
    own = root == "/" and _same_mounts(folder)
    for line in text.splitlines():
        columns = line.split(maxsplit=5)
        if len(columns) == 6 and columns[5].startswith(b"/"):
            yield _linux_file(folder, "" if own else f"{folder}/root", columns)


def _same_mounts(folder: Path) -> bool:
    """Does the process see the files that we see? In a container it does not."""
    try:
        theirs, ours = (os.readlink(one / "ns/mnt") for one in (folder, Path("/proc/self")))  # noqa: PTH115
    except OSError:
        return True
    return theirs == ours


def _linux_file(folder: Path, above: str, columns: list[bytes]) -> Mapped:
    """`above`: the process's own root as we reach it; empty when it is ours."""
    told = os.fsdecode(columns[5])
    path = told.removesuffix(DELETED)
    file, itself = Path(above + path), folder / "map_files" / os.fsdecode(columns[0])
    if told == path and _is_the_same(file, itself, int(columns[4])):
        return Mapped(path, file, False)
    return Mapped(path, itself, True)


def _is_the_same(file: Path, itself: Path, number: int) -> bool:
    """Is the mapped file still the one at its path?

    The number in the list is that of a layer below where file systems are stacked (overlayfs);
    then the mapping itself is looked at, if that is allowed: it is not to ordinary users.
    """
    try:
        now = file.stat()
    except OSError:
        return False
    if now.st_ino == number:
        return True
    try:
        mapped = itself.stat()
    except OSError:
        return _stacked(file)
    return (now.st_dev, now.st_ino) == (mapped.st_dev, mapped.st_ino)


def _stacked(file: Path) -> bool:
    """Does the file lie on a stacked file system, where numbers tell nothing?"""
    device = file.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    columns = [line.split() for line in lines if " - " in line]
    return any(one[2] == wanted and one[one.index("-") + 1] in STACKED for one in columns)


def _macos(pid: int | None) -> Iterator[Mapped]:
    """The list of the dynamic linker; only that of this process can be asked."""
    if pid not in (None, os.getpid()):
        msg = f"the libraries of process {pid} cannot be listed here; call this inside of it"
        raise ProcessError(msg)
    system: Any = ctypes.CDLL(None)
    name = system["_dyld_get_image_name"]
    name.restype = ctypes.c_char_p
    for index in range(system["_dyld_image_count"]()):
        path = os.fsdecode(name(index) or b"")
        yield Mapped(path, Path(path), False)


def _windows(pid: int | None) -> Iterator[Mapped]:
    load: Any = getattr(ctypes, "WinDLL", None)
    kernel = load("kernel32")
    for function in ("OpenProcess", "GetCurrentProcess"):
        kernel[function].restype = ctypes.c_void_p
    process = ctypes.c_void_p(
        kernel["GetCurrentProcess"]() if pid is None
        else kernel["OpenProcess"](QUERY_AND_READ, False, pid)
    )  # fmt: skip
    if not process.value:
        msg = f"process {pid} cannot be opened; is the number right, and is it yours?"
        raise ProcessError(msg)
    modules = (ctypes.c_void_p * MOST_MODULES)()
    used = ctypes.c_ulong()
    kernel["K32EnumProcessModulesEx"](
        process, ctypes.byref(modules), ctypes.sizeof(modules), ctypes.byref(used), 3
    )
    text = ctypes.create_unicode_buffer(LONGEST_PATH)
    for module in modules[: used.value // ctypes.sizeof(ctypes.c_void_p)]:
        kernel["K32GetModuleFileNameExW"](process, ctypes.c_void_p(module), text, LONGEST_PATH)
        yield Mapped(text.value, Path(text.value), False)
    if pid is not None:
        kernel["CloseHandle"](process)


READERS: dict[str, Callable[[int | None], Iterator[Mapped]]] = {
    "linux": _linux,
    "darwin": _macos,
    "win32": _windows,
}
