# SPDX-License-Identifier: Apache-2.0
"""What an installed cell must be able to do; run by that cell's own Python, with nothing else.

Prints one JSON line: which backend and library answered, and what went wrong, if anything.
"""

import contextlib
import io
import json
import sys


def near(value: object, expected: float, name: str, wrong: list[str]) -> None:
    """Note a number that is not what it must be."""
    got = float(value)  # type: ignore[arg-type]
    if not abs(got - expected) <= 1e-9 * max(1.0, abs(expected)):
        wrong.append(f"{name} gives {got}, not {expected}")


def numbers(wrong: list[str]) -> None:
    """Exercise elementwise maths, BLAS and LAPACK on small arrays with known answers."""
    import trivet as tv

    a = tv.asarray([[4.0, 1.0], [2.0, 3.0]])
    b = tv.asarray([1.0, 2.0])
    near((a + a)[1, 0], 4.0, "add", wrong)
    near(tv.sum(a * a), 30.0, "sum", wrong)
    near(tv.matmul(a, a)[0, 1], 7.0, "matmul", wrong)
    near(tv.linalg.solve(a, b)[1], 0.6, "linalg.solve", wrong)
    near(tv.linalg.det(a), 10.0, "linalg.det", wrong)
    near(tv.linalg.inv(a)[0, 0], 0.3, "linalg.inv", wrong)
    near(tv.linalg.eigvalsh(tv.asarray([[2.0, 1.0], [1.0, 2.0]]))[1], 3.0, "eigvalsh", wrong)
    near(tv.linalg.cholesky(tv.asarray([[4.0, 2.0], [2.0, 5.0]]))[1, 0], 1.0, "cholesky", wrong)
    near(tv.linalg.svd(a, full_matrices=False)[1][0], 5.116672736016927, "linalg.svd", wrong)
    large = tv.ones((300, 300))
    near(tv.matmul(large, large)[299, 299], 300.0, "matmul of 300 x 300", wrong)


def main() -> int:
    """Run everything and print what is known."""
    wrong: list[str] = []
    numbers(wrong)
    import trivet as tv
    from trivet import _core

    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        tv.show_config()
    text = shown.getvalue()
    current = _core.current_backend()
    for name in ("path", "library"):
        if str(current[name]) not in text:
            wrong.append(f"show_config() does not name the {name} {current[name]}")
    record = {"wrong": wrong, "current": dict(current), "trivet": tv.__file__}
    print(json.dumps({**record, "python": sys.version.split()[0]}, default=str))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
