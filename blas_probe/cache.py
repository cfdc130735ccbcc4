# SPDX-License-Identifier: Apache-2.0
"""Answers that are remembered, each with the files that it came from.

An answer is used again only while every one of those files is what it was, for the same question,
by the same program, on the same processor. Whatever is wrong with the folder or an entry, the
answer is then measured anew; nothing here raises.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import stat
import sys
import time
from binascii import crc32
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from blas_probe.look import open_regular

try:
    from _blake2 import blake2b  # hashlib would load all of OpenSSL for it
except ImportError:
    from hashlib import blake2b

FORMAT = 2
SEAL = 9
MOST_BYTES = 8 * 1024 * 1024
MOST_ENTRIES = 4096
OLD_REST = 3600.0
SAMPLES, SAMPLE = 8, 4096
FINE, COARSE = 0.1, 2.5
"""Seconds in which a second change of a file may leave its times as they were."""
CPU_WORDS = (
    "vendor_id", "cpu family", "model", "model name", "stepping", "flags", "isa", "Features",
    "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "cpu", "machine",
)  # fmt: skip
Identity = list[Any] | None


class Cache:
    """A folder of answers; without a folder, or with one that is unsafe, it remembers nothing."""

    def __init__(self, folder: Path | None, *, refresh: bool = False) -> None:
        self.folder = folder
        self.refresh = refresh
        """Answers are kept, but old ones are not used."""
        self.setting = setting() if folder else ""
        self.known: dict[str, Identity] = {}
        self.numbers = itertools.count()
        self.problem = unsafe(folder) if folder else None
        self.ready = False
        self.recalled: dict[str, Any] = {}
        self.complete = False
        """All libraries of this run were known: there is nothing to do side by side."""
        self.behind: dict[str, list[str]] = {}
        """For other questions about a library in this run: the files that decided what it is."""

    def recall(self, question: Mapping[str, Any]) -> Any | None:
        """The answer to `question`, if all that it came from is unchanged."""
        if self.folder is None or self.problem or self.refresh:
            return None
        name = self._name(question)
        if name not in self.recalled:
            self.recalled[name] = self._recall(self.folder / name)
        return self.recalled[name]

    def _recall(self, path: Path) -> Any | None:
        entry = read_entry(path)
        if entry is None or entry["setting"] != self.setting:
            return None
        same = all(self.identity(file) == old for file, old in entry["files"].items())
        return entry["answer"] if same else None

    def keep(
        self, question: Mapping[str, Any], answer: Any, *, files: Iterable[str], since: float
    ) -> None:
        """Remember an answer that was measured from `files` after the time `since`."""
        if self.folder is None or self.problem:
            return
        identities = {path: self.identity(path) for path in sorted(set(files))}
        if not all(settled(one, since) for one in identities.values()):
            return
        entry = {"setting": self.setting, "files": identities, "answer": answer}
        try:
            self._prepare()
            self._write(self._name(question), sealed(json.dumps(entry).encode()))
        except OSError as error:
            self.problem = f"cannot write to {self.folder}: {error.strerror}"

    def identity(self, path: str) -> Identity:
        """What distinguishes a file from what may take its place; looked at once in a run."""
        if path not in self.known:
            self.known[path] = identity(path)
        return self.known[path]

    def _name(self, question: Mapping[str, Any]) -> str:
        return digest([self.setting, question])

    def _prepare(self) -> None:
        """Make the folder, and keep it small."""
        if self.ready or self.folder is None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        prune(self.folder, time.time())
        self.ready = True

    def _write(self, name: str, data: bytes) -> None:
        """The whole entry or nothing, whoever else writes at the same time."""
        assert self.folder is not None
        part = self.folder / f"{name}.{os.getpid()}-{next(self.numbers)}.part"
        try:
            with part.open("xb") as file:
                file.write(data)
            part.replace(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            raise


def digest(value: Any) -> str:
    """A short name for plain data."""
    text = json.dumps(value, sort_keys=True)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def sealed(text: bytes) -> bytes:
    """An entry as it is written: its checksum before it, so that any damage is seen."""
    return b"%08x\n%s" % (crc32(text), text)


def read_entry(path: Path) -> dict[str, Any] | None:
    """A whole entry, or None: damaged ones count as absent."""
    try:
        with open_regular(path) as file:
            data = file.read(MOST_BYTES + 1)
        seal, text = data[:SEAL], data[SEAL:]
        whole = len(data) <= MOST_BYTES and sealed(text)[:SEAL] == seal
        entry = json.loads(text) if whole else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or set(entry) != {"setting", "files", "answer"}:
        return None
    return entry if isinstance(entry["files"], dict) else None


def identity(path: str) -> Identity:
    """Times, size, number and some bytes of a file; None when nothing is there.

    The bytes are for file systems whose times are all alike (images made reproducibly).
    """
    try:
        status = os.stat(path)  # noqa: PTH116
        kind, size = stat.S_IFMT(status.st_mode), status.st_size
        bytes_ = sample(path, size) if stat.S_ISREG(status.st_mode) and size else 0
        return [kind, status.st_ino, size, bytes_, status.st_mtime_ns, status.st_ctime_ns]
    except (OSError, ValueError):
        return None


def sample(path: str, size: int) -> int:
    """A checksum of pieces spread over the file, its first and last bytes among them."""
    checksum = 0
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (hot: hundreds of files)
        for index in range(SAMPLES):
            file.seek(max(0, size - SAMPLE) * index // (SAMPLES - 1))
            checksum = crc32(file.read(SAMPLE), checksum)
            if size <= SAMPLE:
                break
    return checksum


def settled(one: Identity, since: float) -> bool:
    """False when the file changed so late that a later change could go unnoticed."""
    if one is None:
        return True
    times: list[int] = one[4:]
    coarse = all(value % 1_000_000_000 == 0 for value in times)
    return max(times) / 1e9 < since - (COARSE if coarse else FINE)


def setting() -> str:
    """Everything but files that an answer may depend on: this program, Python, the processor."""
    parts = [
        FORMAT, sys.version, sys.executable, sys.platform, os.cpu_count(), _code(), _cpu(),
        _limits(),
    ]  # fmt: skip
    if hasattr(os, "uname"):
        parts += [os.uname().release, os.uname().machine]
    return blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def _code() -> list[tuple[str, int, int]]:
    """The modules of this package: a new version, or a change while developing."""
    package = Path(__file__).parent
    found = []
    for folder, folders, files in os.walk(package):
        folders[:] = [name for name in folders if name not in ("tests", "__pycache__")]
        for name in files:
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
                found.append((name, status.st_size, status.st_mtime_ns))
    return sorted(found)


def _cpu() -> list[str]:
    """The lines that tell what the first processor can do, not how fast it is just now."""
    try:
        with open("/proc/cpuinfo", "rb") as file:  # noqa: PTH123
            head = file.read(8192).decode("utf-8", "replace")
    except OSError:
        return []
    lines = head.split("\n\n")[0].splitlines()
    return [line for line in lines if line.split(":")[0].strip() in CPU_WORDS]


def _limits() -> list[Any]:
    """Limits under which a library may fail to load, and the processors it may use."""
    found: list[Any] = []
    if os.name == "posix":
        import resource

        kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_STACK)
        found += [resource.getrlimit(kind) for kind in kinds]
    if hasattr(os, "sched_getaffinity"):
        found.append(sorted(os.sched_getaffinity(0)))
    return found


def unsafe(folder: Path) -> str | None:
    """Why answers in `folder` cannot be trusted; None when they can, or when it is not there."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return f"{folder} cannot be used: {error}"
    if not stat.S_ISDIR(status.st_mode):
        return f"{folder} is no folder"
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        return f"{folder} belongs to another user"
    if os.name == "posix" and status.st_mode & 0o022:
        return f"others may write to {folder}"
    return None


def prune(folder: Path, now: float) -> None:
    """Remove rests of interrupted runs, and the older half when there are too many entries."""
    entries = []
    with os.scandir(folder) as listed:
        for one in listed:
            with contextlib.suppress(OSError):
                entries.append((one.stat().st_mtime, one.name))
    whole = sorted(entry for entry in entries if not entry[1].endswith(".part"))
    rests = [name for age, name in entries if name.endswith(".part") and now - age > OLD_REST]
    surplus = [name for _, name in whole[: len(whole) // 2]] if len(whole) > MOST_ENTRIES else []
    for name in [*rests, *surplus]:
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def usual_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Where this user's answers are kept; None when there is no place for them."""
    if environ.get("BLAS_PROBE_CACHE"):
        return Path(environ["BLAS_PROBE_CACHE"])
    home = environ.get("HOME") or environ.get("USERPROFILE")
    below = {
        "darwin": Path(home, "Library/Caches") if home else None,
        "win32": Path(environ["LOCALAPPDATA"]) if environ.get("LOCALAPPDATA") else None,
    }.get(platform, Path(home, ".cache") if home else None)
    if environ.get("XDG_CACHE_HOME", "").startswith("/"):
        below = Path(environ["XDG_CACHE_HOME"])
    return below / "blas-probe" if below is not None and below.is_absolute() else None
