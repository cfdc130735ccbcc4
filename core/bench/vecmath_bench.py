# SPDX-License-Identifier: Apache-2.0
"""Build vecmath_bench.cpp with $CXX (default g++); print its ns per element beside NumPy's."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import timeit
from pathlib import Path

import numpy as np

CORE = Path(__file__).resolve().parent.parent
COMMON = [
    "-std=c++20",
    "-O3",
    "-fno-math-errno",
    *(f"-I{CORE / part}" for part in ("tests/cpp", "src", "include")),
]
AVX2 = ["-mavx2", "-mfma", "-mf16c", "-mbmi", "-mbmi2"]
AVX512 = [*AVX2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mprefer-vector-width=512"]
NUMPY = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}


def build(folder: Path) -> Path:
    """Compile the loops once per instruction set and link them with the benchmark."""
    compiler = shlex.split(os.environ.get("CXX", "g++"))
    objects = []
    for isa, flags in (("baseline", []), ("avx2", AVX2), ("avx512", AVX512)):
        objects.append(str(folder / f"{isa}.o"))
        kernel = ["-fno-trapping-math", "-ffp-contract=fast", f"-DTRIVET_ISA={isa}", *flags]
        source = str(CORE / "tests/cpp/vecmath_loops.cpp")
        subprocess.run([*compiler, *COMMON, *kernel, "-c", source, "-o", objects[-1]], check=True)
    sources = [str(CORE / "bench/vecmath_bench.cpp"), str(CORE / "src/kernels/cpu.cpp")]
    subprocess.run(
        [*compiler, *COMMON, *sources, *objects, "-o", str(folder / "bench")], check=True
    )
    return folder / "bench"


def numpy_time(function: str, dtype: str) -> str:
    """Return NumPy's best of 15, or a dash where it has no such function."""
    name = function.removeprefix("v")
    ufunc = getattr(np, NUMPY.get(name, name), None)
    if ufunc is None:
        return "-"
    low, high = {"acosh": (1, 8), "asin": (-1, 1), "acos": (-1, 1), "atanh": (-1, 1)}.get(
        name, (-8, 8)
    )
    low = 0 if name.startswith("log") and name != "log1p" else -1 if name == "log1p" else low
    x = np.random.default_rng(1).uniform(low, high, 100_000).astype(dtype)
    out = np.empty_like(x)
    with np.errstate(all="ignore"):
        best = min(timeit.repeat(lambda: ufunc(x, out=out), number=1, repeat=15))
    return f"{best / x.size * 1e9:.3f}"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        lines = subprocess.run(
            [program], check=True, capture_output=True, text=True
        ).stdout.splitlines()
    print(f"{lines[0]}    numpy")
    for line in lines[1:]:
        function, dtype = line.split()[:2]
        print(f"{line} {numpy_time(function, dtype):>8}")


if __name__ == "__main__":
    main()
