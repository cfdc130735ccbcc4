# SPDX-License-Identifier: Apache-2.0
"""Load backends and NumPy in a given order in this process, and prove that each answers for itself.

    python -m core.tests.check.isolation NAME=BACKEND.so | numpy ...

Prints one JSON object: for each name the library that answers, before and after all are loaded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from core.tests.check.table import Backend

N = 100  # a product of this size reaches the blocked kernels


def matrix(seed: int) -> list[list[float]]:
    """Whole numbers, so that every right product is the same to the last bit."""
    return [[float((seed + 7 * i + 3 * j * j) % 11 - 5) for j in range(N)] for i in range(N)]


def product(a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, col, strict=True)) for col in columns] for row in a]


def numpy_library() -> str:
    """The file of this process's maps that NumPy brought."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    files = {line.split()[-1] for line in maps if "/" in line}
    own = sorted(f for f in files if "numpy.libs" in f and "blas" in Path(f).name)
    return own[0] if own else "numpy's own"


def main(order: list[str]) -> int:
    a, b = matrix(1), matrix(4)
    expected = product(a, b)
    hilbert = [[1.0 + (i == j) * N + 1.0 / (1 + i + j) for j in range(20)] for i in range(20)]
    loaded: dict[str, Backend] = {}
    numpy: Any = None
    report: dict[str, Any] = {"order": order, "wrong": [], "library": {}, "threads": {}}

    def verify(moment: str) -> None:
        for name, backend in loaded.items():
            if backend.multiply(a, b) != expected:
                report["wrong"].append(f"{name}: product {moment}")
            x = backend.solve(hilbert, [sum(row) for row in hilbert])
            if max(abs(value - 1.0) for value in x) > 1e-12:
                report["wrong"].append(f"{name}: solution {moment}")
            library = (backend.text("library"), backend.text("lapack_library"))
            if report["library"].setdefault(name, library) != library:
                report["wrong"].append(f"{name}: another library answers {moment}")
        if numpy is not None:
            if (numpy.array(a) @ numpy.array(b)).tolist() != expected:
                report["wrong"].append(f"numpy: product {moment}")
            x = numpy.linalg.solve(numpy.array(hilbert), numpy.array(hilbert).sum(axis=1))
            if abs(x - 1.0).max() > 1e-12:
                report["wrong"].append(f"numpy: solution {moment}")

    for item in order:
        name, _, path = item.partition("=")
        if name == "numpy":
            import numpy as imported

            numpy = imported
            report["library"]["numpy"] = numpy_library()
        else:
            loaded[name] = Backend(path)
        verify(f"after {name} was loaded")
    start = {name: backend.threads for name, backend in loaded.items()}
    for name, backend in loaded.items():
        others = {other: loaded[other].threads for other in loaded if other != name}
        backend.threads = 1  # some providers allow no more than there are cores
        report["threads"][name] = backend.threads
        if {other: loaded[other].threads for other in others} != others:
            report["wrong"].append(f"{name}: setting its threads changed another's")
        verify(f"with 1 thread in {name}")
        backend.threads = start[name]
    print(json.dumps(report))
    return 1 if report["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
