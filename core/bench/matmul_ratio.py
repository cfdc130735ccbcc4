# SPDX-License-Identifier: Apache-2.0
"""Compare `tv.matmul` with the same provider file called directly, in one run, turn about.

python core/bench/matmul_ratio.py [--rounds 15] [--record core/bench/results/matmul.json]
Run it from the checkout with an installed trivet; a ratio is direct time / trivet time.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import trivet as tv

import blas_probe

SIZES = (64, 512, 2048)
FLOOR = 0.97  # for n >= 512


def provider_gemm(n: int, a: tv.Array, b: tv.Array, c: tv.Array) -> Callable[[], object]:
    """The provider's dgemm on the same memory; row-major is column-major with a and b exchanged."""
    path = tv.show_config("dict")["backend"]["BLAS library"]
    found = blas_probe.probe(
        recipes=blas_probe.load_recipes(), paths=(Path(path),), environ=dict(os.environ)
    )
    library = next(x for x in found.libraries if Path(x.path).samefile(path))
    gemm = getattr(ctypes.CDLL(path), f"{library.prefix}dgemm{library.suffix}")
    integer = ctypes.c_int64 if library.int_bits == 64 else ctypes.c_int32
    size, one, zero = integer(n), ctypes.c_double(1), ctypes.c_double(0)
    places = [ctypes.byref(ctypes.c_char.from_buffer(memoryview(x))) for x in (b, a, c)]
    by, no = ctypes.byref, ctypes.c_char(b"N")
    left, right, out = places
    s = by(size)
    return lambda: gemm(by(no), by(no), s, s, s, by(one), left, s, right, s, by(zero), out, s, 1, 1)


def best(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least seconds of each, the calls taking turns."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            least[name] = min(least[name], time.perf_counter() - start)
    return least


def measure(n: int, rounds: int) -> dict[str, float]:
    a, b, c = tv.ones((n, n)), tv.ones((n, n)), tv.zeros((n, n))
    direct = provider_gemm(n, a, b, c)
    calls = {"direct": direct, "trivet": lambda: tv.matmul(a, b)}
    best(calls, 2)
    seconds = best(calls, rounds if n >= 512 else 200 * rounds)
    return {**seconds, "ratio": round(seconds["direct"] / seconds["trivet"], 3)}


def main() -> int:
    """Print the figures; 1 when a ratio is below the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    rows = {str(n): measure(n, options.rounds) for n in SIZES}
    result = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
        "backend": tv.show_config("dict")["backend"]["name"],
        "float64 n": rows,
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.record:
        options.record.write_text(text + "\n")
    return int(any(rows[str(n)]["ratio"] < FLOOR for n in SIZES if n >= 512))


if __name__ == "__main__":
    sys.exit(main())
