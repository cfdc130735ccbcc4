# SPDX-License-Identifier: Apache-2.0
"""Thousands of damaged inputs: each costs one row, in time, and nothing is left behind.

    python -m blas_probe.tests.fuzz --count 2000 --seed 1

Seeds are small files made here, and whatever libraries of any format this machine has.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from blas_probe.call import worker
from blas_probe.errors import ProbeError
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.probing import found_from, measure
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.report import table
from blas_probe.search.find import find
from blas_probe.search.places import Machine
from blas_probe.tests.fuzz_reads import run_reads
from blas_probe.tests.tiny_elf import tiny_elf

Random = random.Random
BLAS = ("dgemm_", "isamax_", "sdot_", "zdotc_", "dgetrf_", "ilaver_", "cblas_dgemm")
GREATEST_SEED = 2_000_000
MAGICS = (
    b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x02\x01", b"MZ", b"!<arch>\n", b"!<thin>\n",
    b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xce", b"\xca\xfe\xba\xbe\0\0\0\2",
)  # fmt: skip
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF,
            0xFFFFFFFFFFFFFFFF)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run showed."""

    inputs: int
    rows: int
    seconds: float
    problems: Counter[str]
    """First words of each row's problem -> how often."""
    wrong: tuple[str, ...]
    """What must not happen; empty after a good run."""


def flip(rng: Random, data: bytearray) -> None:
    """Some bytes become others."""
    for _ in range(rng.choice((1, 3, 30))):
        data[rng.randrange(len(data))] = rng.randrange(256)


def cut(rng: Random, data: bytearray) -> None:
    """The end is missing."""
    del data[rng.randrange(len(data)) :]


def number(rng: Random, data: bytearray) -> None:
    """A field near the beginning, or anywhere, holds an extreme number."""
    value, size = rng.choice(EXTREMES), rng.choice((1, 2, 4, 8))
    end = min(len(data), rng.choice((64, 512, len(data))))
    place = rng.randrange(max(1, end))
    data[place : place + size] = (value & ((1 << (8 * size)) - 1)).to_bytes(size, "little")


def blank(rng: Random, data: bytearray) -> None:
    """A piece is lost."""
    start = rng.randrange(len(data))
    length = min(rng.choice((16, 4096, 65536)), len(data) - start)
    data[start : start + length] = bytes(length)


def splice(rng: Random, data: bytearray) -> None:
    """A piece stands in another place."""
    start, target = rng.randrange(len(data)), rng.randrange(len(data))
    piece = data[start : start + rng.randrange(1, 2000)]
    data[target : target + len(piece)] = piece


def remagic(rng: Random, data: bytearray) -> None:
    """It claims to be of another format."""
    magic = rng.choice(MAGICS)
    data[: len(magic)] = magic


DAMAGES: tuple[Callable[[Random, bytearray], None], ...] = (
    flip, cut, number, number, number, blank, splice, remagic,
)  # fmt: skip


def damaged(rng: Random, seed: bytes) -> bytes:
    """A seed after one to four accidents; now and then nothing but noise."""
    if rng.random() < 0.05:
        return rng.choice(MAGICS) + rng.randbytes(rng.choice((0, 1, 40, 4000)))
    data = bytearray(seed)
    for _ in range(rng.randint(1, 4)):
        if data:
            rng.choice(DAMAGES)(rng, data)
    return bytes(data)


def seeds(folders: Sequence[Path]) -> list[bytes]:
    """Whole files of every format that is at hand."""
    made = [
        tiny_elf(defined=BLAS), tiny_elf(defined=BLAS, machine=183), tiny_elf(defined=("x",)),
        b"!<arch>\n" + b"x.o/            0           0     0     644     8         `\n" + bytes(8),
        b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(400),
        struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 6, 2, 80, 0, 0)
        + struct.pack("<6I", 0x1D, 24, 0, 0, 0, 0) * 4,
    ]  # fmt: skip
    return [*made, *(data for folder in folders for data in _small_libraries(folder))]


def _small_libraries(folder: Path) -> Iterator[bytes]:
    """One small file of each ending in a folder, BLAS before others."""
    endings = (".so*", ".a", ".exe", ".dll", ".dylib")
    for ending in endings:
        files = sorted(folder.glob(f"*{ending}"), key=lambda path: ("blas" not in path.name, path))
        for path in files:
            if path.is_file() and 0 < path.stat().st_size < GREATEST_SEED:
                yield path.read_bytes()
                break


def seed_folders() -> list[Path]:
    """Where this machine may have small libraries."""
    system = [Path("/usr/lib"), *sorted(Path("/usr/lib").glob("*-linux-*"))]
    nested = [folder for one in system for name in ("blas", "lapack", "blis-*", "openblas-*")
              for folder in sorted(one.glob(name))]  # fmt: skip
    packages = [Path(one) for one in sys.path if one.endswith("-packages")]
    stubs = [folder for one in packages
             for folder in (one / "pip/_vendor/distlib", one / "setuptools")]  # fmt: skip
    return [folder for folder in (*system, *nested, *stubs) if folder.is_dir()]


def strange_files(folder: Path) -> list[Path]:
    """What stands under a library's name and is none."""
    names = ("folder", "fifo", "socket", "loop", "dangling", "unreadable", "empty", "null")
    paths = {name: folder / f"libblas-{name}.so.3" for name in names}
    paths["folder"].mkdir()
    os.mkfifo(paths["fifo"])
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(paths["socket"]))
    paths["loop"].symlink_to(paths["loop"].name)
    paths["dangling"].symlink_to("nothing")
    paths["unreadable"].write_bytes(tiny_elf(defined=BLAS))
    paths["unreadable"].chmod(0)
    paths["empty"].write_bytes(b"")
    paths["null"].symlink_to("/dev/null")
    return list(paths.values())


def texts(rng: Random, root: Path) -> None:
    """Damaged loader cache, alternatives, .pc files and package records below `root`."""
    library = "/usr/lib/libblas.so.3"
    files = {
        "etc/ld.so.cache": b"glibc-ld.so.cache1.1" + struct.pack("=IIBBBBIIII", 1, 20, *[0] * 8),
        "etc/ld.so.conf": b"include ld.so.conf\n/usr/lib\ninclude *.conf\n",
        "var/lib/dpkg/alternatives/libblas.so.3": f"auto\n{library}\n\n{library}\n1\n".encode(),
        "usr/lib/pkgconfig/openblas.pc": b"prefix=${prefix}\nLibs: -L${x} -lopenblas ${${\n",
        "usr/lib/cmake/openblas/OpenBLASConfig.cmake": b"set(OpenBLAS_LIBRARIES ${X}/libx.so)\n",
        "site/openblas-1.dist-info/RECORD": b'"libopenblas.so,sha256=x\n../../../x.so,,\n',
        "home/.conda/environments.txt": b"/opt/conda\n\0\n",
        "usr/lib/libblas.so.3": b"INPUT ( libblas.so.3 )",
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(damaged(rng, content * rng.choice((1, 1, 50))))


def search(rng: Random, recipes: Recipes, root: Path) -> None:
    """Look for libraries in a made tree of damaged texts."""
    texts(rng, root)
    environ = {
        "HOME": str(root / "home"), "LD_LIBRARY_PATH": f"{root}/usr/lib::{root}/none",
        "PKG_CONFIG_PATH": str(root / "usr/lib/pkgconfig"), "MKLROOT": "\x01",
    }  # fmt: skip
    machine = Machine(root=root, triplet="x", environ=environ, site_packages=[root / "site"])
    find(recipes, machine, [root / "usr/lib"])


def run(count: int, seed: int, folder: Path, *, jobs: int = 2, timeout: float = 5.0) -> Result:
    """`count` damaged libraries, the strange files, half as many files whose fields lie, and
    damaged texts in a twentieth of them.
    """
    rng = Random(seed)
    recipes = load_recipes()
    pool = seeds(seed_folders())
    paths = strange_files(folder)
    for index in range(count):
        path = folder / f"libblas-{index}.so"
        path.write_bytes(damaged(rng, rng.choice(pool)))
        paths.append(path)
    begin = time.monotonic()
    wrong: list[str] = []
    for index in range(max(1, count // 20)):
        try:
            search(rng, recipes, folder / f"tree-{index}")
        except (ArithmeticError, LookupError, OSError, TypeError, ValueError, ProbeError) as error:
            wrong.append(f"search {index} of seed {seed}: {error!r}")
    wrong += run_reads(count // 2, seed, folder / "reads")
    machine = Machine(root=folder / "none", triplet="x", environ={}, site_packages=[])
    files = find(recipes, machine, paths)
    libraries = measure(files, recipes, environ=os.environ, jobs=jobs, timeout=timeout)
    found = found_from(libraries, recipes, {})
    seconds = time.monotonic() - begin
    return Result(
        inputs=len(paths) + count // 2 + max(1, count // 20),
        rows=len(libraries),
        seconds=seconds,
        problems=Counter(_first_words(one) for one in libraries),
        wrong=(*wrong, *_broken_promises(found, len(files), folder, timeout)),
    )


def _first_words(library: Library) -> str:
    if library.problem is None:
        return "(it can be used)"
    return " ".join(library.problem.split(":")[0].split()[:6])


def _broken_promises(found: Found, files: int, folder: Path, timeout: float) -> Iterator[str]:
    if len(found.libraries) != files:
        yield f"{files} files gave {len(found.libraries)} rows"
    for one in found.libraries:
        if one.problem is not None and not one.problem.isprintable():
            yield f"{one.path}: its problem holds control characters: {one.problem!r}"
        if one.seconds > 2 * timeout:
            yield f"{one.path}: took {one.seconds} s"
        if "supervisor" in (one.problem or "") or "Traceback" in (one.problem or ""):
            yield f"{one.path}: {one.problem}"
    if Found.from_json(found.to_json()).libraries != found.libraries:
        yield "the JSON text is another answer"
    table(found)
    if worker.POOL.all:
        yield "a supervisor is left"
    yield from (f"process {pid} is left" for pid in users_of(folder))


def users_of(folder: Path) -> list[str]:
    """Processes that have a file below `folder` mapped (Linux)."""
    users = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder) in (process / "maps").read_text(errors="replace"):
                users.append(process.name)
        except OSError:
            continue
    return users


def main() -> int:
    """Run it and say what happened."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = run(asked.count, asked.seed, Path(folder))
    print(f"{result.inputs} inputs, {result.rows} rows, {result.seconds:.1f} s, seed {asked.seed}")
    for text, times in result.problems.most_common():
        print(f"{times:6}  {text}")
    print("\n".join(result.wrong) or "no crash, no hang, nothing left behind")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
