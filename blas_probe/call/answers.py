# SPDX-License-Identifier: Apache-2.0
"""Ask a loaded library the questions of a recipe; one function per answer style. Child only."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from blas_probe.binary.affix import Affix, c_names
from blas_probe.look import exists

Question = dict[str, Any]
BUFFER = 512


class DlInfo(ctypes.Structure):
    """Result of dladdr."""

    _fields_ = (
        ("file", ctypes.c_char_p), ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p), ("address", ctypes.c_void_p),
    )  # fmt: skip


def file_of(function: Any) -> str | None:
    """The real path of the file that defines a resolved function."""
    info = DlInfo()
    address = ctypes.cast(function, ctypes.c_void_p)
    if not ctypes.CDLL(None).dladdr(address, ctypes.byref(info)) or not info.file:
        return None
    return os.path.realpath(os.fsdecode(info.file))  # noqa: PTH


def loaded_files() -> list[Path]:
    """The files mapped into this process, sorted (Linux; empty elsewhere)."""
    maps = Path("/proc/self/maps")
    if not exists(maps):
        return []
    lines = maps.read_text(errors="surrogateescape").splitlines()
    columns = [line.split(maxsplit=5) for line in lines]
    return sorted({Path(column[5]) for column in columns if len(column) == 6 and "/" in column[5]})


def resolve(library: Any, symbol: str, affixes: Sequence[Affix]) -> tuple[str, Any] | None:
    """The first spelling of `symbol` that the library, or what it is linked to, defines."""
    for name in c_names(symbol, affixes):
        try:
            return name, library[name]
        except AttributeError:
            continue
    return None


def ask(
    library: Any, question: Question, affixes: Sequence[Affix], before: Collection[Path] = ()
) -> Any:
    """The raw answer (text, whole number or list of names), or None when it cannot be asked.

    `before` are the files that were loaded before the library was.
    """
    if question["style"] == "flags":
        return _flags(library, question, affixes)
    if question["style"] == "lapack":
        return None
    if question["style"] == "loaded":
        return "\n".join(path.name for path in loaded_files() if path not in before)
    found = resolve(library, question["symbol"], affixes)
    if found is None:
        return None
    arguments = _arguments(library, question["argument"], affixes)
    return STYLES[question["style"]](found[1], arguments)


def _arguments(library: Any, argument: str, affixes: Sequence[Affix]) -> list[int]:
    if not argument:
        return []
    if argument.lstrip("-").isdigit():
        return [int(argument)]
    found = resolve(library, argument, affixes)
    if found is None:
        return [0]
    found[1].restype = ctypes.c_int
    return [found[1]()]


def _text(function: Any, arguments: list[int]) -> str | None:
    function.restype = ctypes.c_char_p
    answer = function(*arguments)
    return None if answer is None else answer.decode("utf-8", "replace")


def _buffer(function: Any, _: list[int]) -> str:
    buffer = ctypes.create_string_buffer(BUFFER)
    function.restype = None
    function(buffer, ctypes.c_int(BUFFER))
    return buffer.value.decode("utf-8", "replace")


def whole_number(function: Any) -> int:
    """What a function without arguments returns."""
    return _int(function, [])


def _int(function: Any, arguments: list[int]) -> int:
    function.restype = ctypes.c_int
    return int(function(*arguments))


def _three_ints(function: Any, _: list[int]) -> str:
    numbers = [ctypes.c_int64(0) for _ in range(3)]
    tag = ctypes.c_char_p()
    function.restype = None
    function(*(ctypes.byref(number) for number in numbers), ctypes.byref(tag))
    return ".".join(str(number.value & 0xFFFFFFFF) for number in numbers)


def _prints(function: Any, _: list[int]) -> str:
    """What the function writes to standard output."""
    import tempfile  # slow to import, seldom needed

    libc = ctypes.CDLL(None)
    with tempfile.TemporaryFile() as file:
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
        try:
            function.restype = None
            function()
            libc.fflush(None)
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        file.seek(0)
        return file.read(BUFFER).decode("utf-8", "replace")


def _flags(library: Any, question: Question, affixes: Sequence[Affix]) -> list[str] | None:
    """The names of those functions that return something else than 0."""
    resolved = {name: resolve(library, name, affixes) for name in question["names"]}
    if all(found is None for found in resolved.values()):
        return None
    return [name for name, found in resolved.items() if found and _int(found[1], []) != 0]


STYLES: dict[str, Callable[[Any, list[int]], Any]] = {
    "text": _text,
    "buffer": _buffer,
    "int": _int,
    "three_ints": _three_ints,
    "prints": _prints,
}
