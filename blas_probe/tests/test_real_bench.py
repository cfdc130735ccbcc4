# SPDX-License-Identifier: Apache-2.0
"""Speed, with real assemblers, libraries and limits. Run with `-m real`."""

from __future__ import annotations

import ctypes
import dataclasses
import importlib.util
import os
import platform
import shutil
import struct
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from blas_probe.bench import arm, x86
from blas_probe.bench.calibrate import RUNS, peak_rate
from blas_probe.bench.executable import Code, run_once
from blas_probe.bench.limit import accepted
from blas_probe.bench.loops import loops_of
from blas_probe.bench.run import CALIBRATION, Stand
from blas_probe.call.worker import run_child, sweep
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.probing import found_from, measure
from blas_probe.recipe import Recipes
from blas_probe.search.find import File
from blas_probe.tests.test_bench_code import AARCH64, X86

pytestmark = pytest.mark.real
DEBIAN = Path("/usr/lib/x86_64-linux-gnu")
EXECUTABLE_SECTION = 4


def text_of(obj: Path) -> bytes:
    """The machine code in a 64-bit ELF object file."""
    data = obj.read_bytes()
    (table,) = struct.unpack_from("<Q", data, 40)
    (count,) = struct.unpack_from("<H", data, 60)
    for row in range(table, table + 64 * count, 64):
        _, kind, flags = struct.unpack_from("<IIQ", data, row)
        begin, size = struct.unpack_from("<QQ", data, row + 24)
        if kind == 1 and flags & EXECUTABLE_SECTION and size:
            return data[begin : begin + size]
    return b""


def assembled(folder: Path, lines: list[str], command: list[str], head: str) -> list[bytes]:
    """What the assembler makes of each line, each in a section of its own length."""
    made = []
    for number, line in enumerate(lines):
        source, obj = folder / f"{number}.s", folder / f"{number}.o"
        source.write_text(f"{head}\n{line.replace(';', chr(10))}\n")
        subprocess.run([*command, "-c", str(source), "-o", str(obj)], check=True)
        made.append(text_of(obj))
    return made


def zig() -> list[str]:
    """A compiler for any machine, where the package is installed."""
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")
    return [sys.executable, "-m", "ziglang", "cc"]


def test_x86_bytes_are_what_the_assembler_writes(tmp_path: Path) -> None:
    """Each instruction, as GNU's assembler or clang's encodes it."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None or platform.machine() != "x86_64":
        pytest.skip("no assembler for x86-64 is here")

    made = assembled(tmp_path, list(X86), [compiler], ".text")

    assert dict(zip(X86, made, strict=True)) == X86


def test_aarch64_words_are_what_the_assembler_writes(tmp_path: Path) -> None:
    """Each instruction, as clang's assembler encodes it for another machine."""
    made = assembled(
        tmp_path, list(AARCH64), [*zig(), "-target", "aarch64-linux"], ".arch armv8.2-a+sve\n.text"
    )

    words = [list(struct.unpack(f"<{len(one) // 4}I", one)) for one in made]
    assert dict(zip(AARCH64, words, strict=True)) == AARCH64


def test_the_cpu_is_asked_itself() -> None:
    """cpuid by generated code tells what the system's list of flags tells."""
    flags = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not flags.exists():
        pytest.skip("no list of flags to compare with")
    line = next(line for line in flags.read_text().splitlines() if line.startswith("flags"))
    expected = {name for name in ("avx", "fma", "avx512f") if name in line.split()}

    assert set(x86.features(x86.SYSTEM_V, run_once)) == expected


def test_every_loop_of_this_cpu_runs_and_leaves_the_registers_as_it_should() -> None:
    """Wider instructions are not slower than a third of the widest; float work is twice as fast."""
    loops = loops_of(platform.machine(), platform.system(), run_once)
    if loops is None:
        pytest.skip("no loops for this machine")

    double = {loop.name: peak_rate(loop, 1, RUNS) for loop in loops.double}
    single = {loop.name: peak_rate(loop, 1, RUNS) for loop in loops.single}

    assert double.keys() == single.keys()
    assert 1.7 < max(single.values()) / max(double.values()) < 2.3


def test_reading_loops_read_exactly_the_memory_they_are_given() -> None:
    """One page more would be a fault: the page behind the data cannot be read."""
    loops = loops_of(platform.machine(), platform.system(), run_once)
    if loops is None or os.name != "posix":
        pytest.skip("no loops for this machine")
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    size = 1 << 16
    begin = libc.mmap(None, 2 * size, 3, 0x22, -1, 0)
    assert libc.mprotect(ctypes.c_void_p(begin + size), ctypes.c_size_t(size), 0) == 0

    for loop in loops.read:
        Code(loop.code)(size // loop.work, begin, size // 2)


def test_a_system_that_forbids_generated_code_is_told(tmp_path: Path) -> None:
    """PR_SET_MDWE makes mprotect refuse; the child tells so, and the bandwidth all the same."""
    script = (
        "import ctypes, sys, os; sys.path.insert(0, sys.argv[1])\n"
        "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit(77)\n"
        "from blas_probe.bench.executable import run_once, Refused\n"
        "try: run_once(b'\\xc3', ())\n"
        "except Refused as error: print(error)\n"
    )
    root = str(Path(__file__).resolve().parents[2])

    done = subprocess.run(
        [sys.executable, "-c", script, root], capture_output=True, text=True, check=False
    )

    if done.returncode == 77:
        pytest.skip("this kernel cannot forbid generated code")
    assert "refuses to run generated code (EACCES" in done.stdout, done.stderr


def stand(recipes: Recipes, environ: Mapping[str, str]) -> Stand:
    """A quick measurement at 1 thread: matrix products only."""
    rules = recipes.speed
    few = tuple(one for one in rules.routines if one.name in ("dgemm", "sgemm", "ddot"))
    quick = dataclasses.replace(recipes, speed=dataclasses.replace(rules, routines=few))
    return Stand(recipes=quick, environ=environ, threads=(1,), say=lambda _: None)


def measured(paths: list[Path], recipes: Recipes, environ: Mapping[str, str]) -> Found:
    """These files, found and then timed."""
    there = [path for path in paths if path.exists()]
    files = [
        File(path=str(path.resolve()), names=(str(path),), source="path", problem=None)
        for path in there
    ]
    libraries = measure(files, recipes, environ=environ, jobs=2, timeout=10)
    one = stand(recipes, environ)
    try:
        return one.measure(found_from(libraries, recipes, environ))
    finally:
        sweep(one.token)


def named(found: Found, part: str) -> Library:
    """The library whose name has `part`."""
    return next(one for one in found.libraries if any(part in name for name in one.names))


def test_libraries_of_known_speed_are_classed(recipes: Recipes) -> None:
    """Netlib is reference, a generic ATLAS has the wrong kernel, OpenBLAS and BLIS are good."""
    folders = ("blas", "atlas", "openblas-pthread", "blis-pthread")
    paths = [DEBIAN / folder / "libblas.so.3" for folder in folders]
    if not all(path.exists() for path in paths):
        pytest.skip("Debian's libraries are not all installed")

    found = measured(paths, recipes, os.environ)

    classes = {folder: named(found, f"/{folder}/").speed for folder in folders}
    assert {name: speed and speed.speed_class for name, speed in classes.items()} == {
        "blas": "reference", "atlas": "wrong kernel",
        "openblas-pthread": "good", "blis-pthread": "good",
    }  # fmt: skip
    peak = accepted(found.limits)["double", 1]
    best = max(rate.rate for one in found.libraries if one.speed for rate in one.speed.rates
               if rate.routine == "dgemm")  # fmt: skip
    assert 0.5 * peak < best <= peak
    assert any("slow (reference)" in one.text for one in found.warnings)


def test_a_forced_old_kernel_is_the_wrong_one(recipes: Recipes) -> None:
    """With the user's own variable the class differs, and the effect is told."""
    path = DEBIAN / "openblas-pthread" / "libopenblas.so.0"
    if not path.exists():
        pytest.skip(f"{path} is not installed")

    found = measured([path], recipes, {**os.environ, "OPENBLAS_CORETYPE": "Prescott"})

    (one,) = found.libraries
    assert one.speed is not None
    assert one.speed.speed_class == "good"
    assert one.environment_effects["speed_class"].startswith("wrong kernel")


def test_a_calibration_leaves_no_process_behind() -> None:
    """It ends in time, with every limit of 1 thread."""
    token = uuid.uuid4().hex

    outcome = run_child(
        {"threads": [1], "bytes": 1 << 22}, environ=os.environ, timeout=60, token=token,
        child_module=CALIBRATION,
    )  # fmt: skip

    assert outcome.ending is None
    assert outcome.findings["copy"]["1"] > 0
    assert sweep(token) == []


RUNNER = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
int main(int count, char **words) {
    char *memory = mmap(0, 131072, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *data = mmap(0, 131072, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(data + 65536, 65536, PROT_NONE);
    size_t size = fread(memory, 1, 65536, fopen(words[1], "rb"));
    if (size == 0 || mprotect(memory, 65536, PROT_READ | PROT_EXEC)) return 2;
    uint64_t (*code)(uint64_t, const void *, uint64_t) = (void *)memory;
    uint64_t answer = code(strtoull(words[2], 0, 10), data, 32768);
    printf("%llu\\n", (unsigned long long)answer);
    return 0;
}
"""


def test_aarch64_loops_run_and_end(tmp_path: Path) -> None:
    """Under an emulator: long registers are counted, all rounds are done, no byte is overread."""
    emulator = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if emulator is None:
        pytest.skip("no emulator for aarch64 is here")
    source, program = tmp_path / "runner.c", tmp_path / "runner"
    source.write_text(RUNNER)
    target = ["-target", "aarch64-linux-musl", "-O1", "-static"]
    subprocess.run([*zig(), *target, str(source), "-o", str(program)], check=True)

    def run(code: bytes, arguments: Sequence[int], cpu: str = "max,sve256=on") -> int:
        (tmp_path / "code").write_bytes(code)
        rounds = str(arguments[0]) if arguments else "0"
        command = [emulator, "-cpu", cpu, str(program), str(tmp_path / "code"), rounds]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return int(done.stdout)

    count = struct.pack("<2I", arm.COUNT_DOUBLES, arm.RET)
    assert run(count, (), "max,sve128=on") == 2
    vector = run(count, (), "max,sve256=on,sve512=off")
    assert vector == 4
    loops = [*arm.arithmetic(double=True, vector=vector), *arm.arithmetic(double=False, vector=0)]
    assert [loop.name for loop in loops] == ["NEON", "SVE", "NEON"]
    assert [run(loop.code, (1000,)) for loop in loops] == [0, 0, 0]
    rounds = 65536 // (arm.READS * 32)
    assert run(arm.reading(), (rounds,)) == 0
    with pytest.raises(subprocess.CalledProcessError):
        run(arm.reading(), (rounds + 1,))
