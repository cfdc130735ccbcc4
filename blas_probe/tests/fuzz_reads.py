# SPDX-License-Identifier: Apache-2.0
"""Whatever reads a file, given files whose fields lie: an answer or one clear error, within limits.

Each input is read in a process whose memory and CPU time are limited by the system, so that a
reader which takes more is ended there, and seen.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

from blas_probe.binary import first_bytes, read
from blas_probe.binary.host import made_for
from blas_probe.cache import read_entry
from blas_probe.call.tool import Said
from blas_probe.cuda.glibc import bare, clashes
from blas_probe.cuda.host import look_at, read_rules
from blas_probe.cuda.includes import missing_headers
from blas_probe.cuda.nvcc import ask_nvcc, ask_ptxas
from blas_probe.cuda.origin import origin_of
from blas_probe.cuda.pieces import header_version, pins_of, text_version, version_file
from blas_probe.cuda.preprocess import HeaderError
from blas_probe.errors import ProbeError
from blas_probe.found import Found
from blas_probe.look import first_text
from blas_probe.recipe import load_recipes
from blas_probe.record import dataclass
from blas_probe.search.cmake import named_libraries
from blas_probe.search.mounts import remote_mounts
from blas_probe.search.packages import linked_files, recorded_files
from blas_probe.search.places import cached_paths, configured_folders
from blas_probe.search.scripts import named_by_script
from blas_probe.tests import fuzz_shapes as shapes
from blas_probe.tests.fuzz_texts import TEXTS, text_of
from blas_probe.threads.cgroup import cpu_quota
from blas_probe.threads.closure import dependencies

Random = random.Random
FOUND = load_recipes().cuda
assert FOUND is not None
CUDA = FOUND
MEMORY = 1 << 30
"""Bytes that a reader may take beside what the process has already."""
SECONDS = 20.0
"""CPU time for one input."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file."""

    name: str
    """The path below a root, under which the reader looks for it."""
    make: Callable[[Random], bytes]
    read: Callable[[Path, Path], object]
    """Given the file and the root."""


def _binary(path: Path, root: Path) -> object:
    data = path.read_bytes()
    with contextlib.suppress(ProbeError):
        read(path)
    first_bytes(data, shapes.NAMES, 64)
    made_for(path)
    return dependencies([path], root=root).missing


def _tool(path: Path, root: Path) -> object:
    """A program that answers with the file's text, asked as nvcc, ptxas and a host compiler."""
    said = Said(output=first_text(path), problem=None, code=0)
    host = CUDA.anatomy.host
    found = look_at("g++", "default", host, {}, lambda _: said)
    clashes(root / "none.h", found.glibc, CUDA.anatomy.glibc)
    return ask_nvcc(path, lambda _: said), ask_ptxas(path, lambda _: said)


def _in_folder(path: Path, root: Path) -> object:
    folder = path.parent
    (folder / "linked").symlink_to(".")
    return configured_folders(path, root)


READERS: dict[str, Callable[[Path, Path], object]] = {
    "usr/include/crt/host_config.h": lambda path, root: (
        missing_headers(path.name, [path.parent], {"__GNUC__": "12"}),
        read_rules(path).limits(CUDA.anatomy.host.family),
    ),
    "usr/include/cuda.h": lambda path, root: (
        header_version(path, ["CUDA_VERSION"]), bare(first_text(path), ["cospi", "sinpi"]),
        text_version(path, r"V(\d+)"),
    ),
    "version.json": lambda path, root: version_file([root]),
    "version.txt": lambda path, root: version_file([root]),
    "x-1.dist-info/METADATA": lambda path, root: pins_of(path.parent),
    "x-1.dist-info/RECORD": lambda path, root: list(recorded_files(root, path.parent, ["lib*"])),
    "pc/openblas.pc": lambda path, root: linked_files(path, ["lib*"], [root], [path.parent]),
    "cm/OpenBLASConfig.cmake": lambda path, root: list(named_libraries(path.parent)),
    "etc/ld.so.conf": _in_folder,
    "proc/self/cgroup": lambda path, root: cpu_quota(root),
    "proc/self/mountinfo": lambda path, root: (cpu_quota(root), remote_mounts(root)),
    "sys/fs/cgroup/cpu.max": lambda path, root: cpu_quota(root),
    "lib/libx.so": lambda path, root: named_by_script(path),
    "mark/.made-by-blas-probe": lambda path, root: origin_of(path.parent),
    "nvcc.txt": _tool,
    "recipes/blas/bad.toml": lambda path, root: load_recipes(path.parent.parent),
    "found.json": lambda path, root: Found.from_json(path.read_text(errors="replace")),
    "entry": lambda path, root: read_entry(path),
    "cache": lambda path, root: cached_paths(path.read_bytes()),
}  # fmt: skip
BINARIES = (
    shapes.elf, shapes.elf, shapes.elf, shapes.overlapping_names, shapes.versions, shapes.macho,
    shapes.circle, shapes.many_tables, shapes.pe, shapes.pe, shapes.archive,
)  # fmt: skip
KINDS = (
    *(Kind(name="lib/libbad.so", make=make, read=_binary) for make in BINARIES),
    *(Kind(name=name, make=text_of(TEXTS[name]), read=reader) for name, reader in READERS.items()),
)


def run_reads(count: int, seed: int, folder: Path) -> list[str]:
    """Read `count` inputs, each kind in turn; what must not happen comes back."""
    wrong: list[str] = []
    first = 0
    while first < count:
        first, told = _until_one_dies(first, count, seed, folder)
        wrong += told
    return wrong


def _until_one_dies(first: int, count: int, seed: int, folder: Path) -> tuple[int, list[str]]:
    """Read in a limited process; the number of the input after the last one, and what is wrong."""
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(near)
        code = 1
        try:
            for index in range(first, count):
                os.write(far, f"{index} began\n".encode())
                _one(index, seed, folder / str(index), far)
            code = 0
        finally:
            os._exit(code)
    os.close(far)
    with os.fdopen(near, encoding="utf-8", errors="replace") as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    last = max((int(line.split()[0]) for line in lines if line.endswith(" began")), default=first)
    wrong = [line for line in lines if not line.endswith(" began")]
    if status:
        wrong.append(f"{describe(last, seed)}: the reader ended with status {status}")
    return (last + 1 if status else count), wrong


def describe(index: int, seed: int) -> str:
    """Which input, so that it can be made again."""
    return f"input {index} of seed {seed} ({KINDS[index % len(KINDS)].name})"


def _one(index: int, seed: int, root: Path, far: int) -> None:
    """Make one input and read it under the limits; one line for what must not happen."""
    import resource  # not on Windows

    kind = KINDS[index % len(KINDS)]
    path = root / kind.name
    path.parent.mkdir(parents=True)
    path.write_bytes(kind.make(Random(f"{seed}/{index}")))
    resource.setrlimit(resource.RLIMIT_AS, (_memory() + MEMORY, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)  # its signal ends the process
    try:
        kind.read(path, root)
    except (ProbeError, HeaderError) as error:
        if len(str(error)) > 10_000:
            os.write(far, f"{describe(index, seed)}: {len(str(error))} letters\n".encode())
    except BaseException as error:  # noqa: BLE001 (whatever it is, it must not come out)
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        at = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
        line = f"{describe(index, seed)}: {type(error).__name__} {str(error)[:80]!r} at {at}"
        os.write(far, f"{line}\n".encode())
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        path.unlink()


def _memory() -> int:
    """Bytes of addresses that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
