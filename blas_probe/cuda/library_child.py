# SPDX-License-Identifier: Apache-2.0
"""The child that opens a toolkit's libraries one after the other and asks each for its version."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from blas_probe.call.answers import file_of
from blas_probe.call.opening import open_library
from blas_probe.call.pipe import Pipe, serve


def main(number: int) -> None:
    """Read the request from standard input, tell the findings to descriptor `number`."""
    serve(number, examine)


def examine(request: dict[str, Any], pipe: Pipe) -> None:
    """Tell for each library its version and the file that answered, or why there is none."""
    kept = []  # a library stays open: the next one may need it
    for row in request["libraries"]:
        name = row["name"]
        pipe.tell(step=f"opening {name}", at=name)
        try:
            library = open_library(row["path"], os.RTLD_NOW | os.RTLD_LOCAL)
        except OSError as error:
            pipe.tell(told={name: {"problem": f"cannot be opened: {error}"}})
            continue
        kept.append(library)
        pipe.tell(step=f"asking {name}", at=name)
        pipe.tell(told={name: ask(library, row["call"], row["symbol"])})


def ask(library: Any, call: str, symbol: str) -> dict[str, Any]:
    """The answer of one library: numbers, and the file that holds the function."""
    try:
        function = library[symbol]
    except AttributeError:
        return {"problem": f"it has no function {symbol}"}
    function.restype = ctypes.c_int
    numbers, status = CALLS[call](function)
    if status != 0:
        return {"problem": f"{symbol} failed with status {status}", "status": status}
    return {"numbers": numbers, "file": file_of(function)}


def _number(function: Any) -> tuple[list[int], int]:
    value = ctypes.c_int(-1)
    status = function(ctypes.byref(value))
    return [value.value], status


def _pair(function: Any) -> tuple[list[int], int]:
    first, second = ctypes.c_int(-1), ctypes.c_int(-1)
    status = function(ctypes.byref(first), ctypes.byref(second))
    return [first.value, second.value], status


def _property(function: Any) -> tuple[list[int], int]:
    """Major, minor and patch, asked one by one."""
    values, worst = [], 0
    for which in range(3):
        value = ctypes.c_int(-1)
        worst = function(which, ctypes.byref(value)) or worst
        values.append(value.value)
    return values, worst


CALLS = {"number": _number, "pair": _pair, "property": _property}
