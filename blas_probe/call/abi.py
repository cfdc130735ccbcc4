# SPDX-License-Identifier: Apache-2.0
"""Measure a library's calling conventions by harmless calls. Runs in the child only.

Integers are always passed as pointers to 64-bit slots whose low half is right on its own, so a
32-bit library reads a valid value too; this needs a little-endian machine.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Collection
from typing import Any

from blas_probe.binary.affix import Affix, c_suffixes

UNKNOWN = "unknown"
GREATEST_PART = 9999
"""Of a version: beyond it nothing was meant."""
ALL_BITS = -1
THREE_OR_NEGATIVE = -(1 << 32) + 3  # 3 in its low half, negative as a whole
ONE_OR_NEGATIVE = -(1 << 32) + 1
Say = Callable[[str], None]
Facts = dict[str, Any]
ROUTINES = ("ilaver", "isamax", "dpotrf", "sdot", "zdotc", "cdotc", "ilaenv")
C_ROUTINES = ("cblas_dgemm", "cblas_zdotc_sub", "cblas_isamax", "LAPACKE_dgesv")
COMPLEX_MACHINES = ("x86_64", "aarch64")
# What zdotc and cdotc do. FNDA (f2c style, normal for 8 bytes): gfortran's ABI on 64-bit Windows.
RETURNS = {
    ("normal", "normal"): "normal",
    ("argument", "argument"): "argument",
    ("argument", "normal"): "fnda",
}


def slot(value: int) -> Any:
    """A 64-bit integer to point at."""
    return ctypes.c_int64(value)


def lookup(library: Any, name: str) -> Any | None:
    """The function, or None when the loader denies what the file's table claims."""
    try:
        return library[name]
    except AttributeError:
        return None


def measure(
    library: Any, affix: Affix, defined: Collection[str], *, machine: str, say: Say
) -> Facts:
    """All ABI facts of the functions that this very file defines under `affix`."""

    def function(routine: str) -> Any | None:
        name = affix.spell(routine)
        if name not in defined:
            return None
        say(f"calling {name}")
        return lookup(library, name)

    facts: Facts = {**affix._asdict(), "int_bits": UNKNOWN}
    if sys.byteorder == "little":
        facts |= integer_width(function)
    facts["f2c"] = float_return(function("sdot"))
    facts["complex_return"] = complex_return(function, machine)
    facts["string_length"] = string_length(function("ilaenv"))
    facts |= cblas(library, affix, defined, say=say)
    facts["cblas_style"] = cblas_style(affix, defined, facts["int_bits"])
    return facts


def integer_width(function: Callable[[str], Any]) -> Facts:
    """32 or 64, by the first of the harmless calls that the library has and that answers."""
    facts: Facts = {"int_bits": UNKNOWN, "width_by": None, "lapack_version": None}
    methods = (("ilaver", by_ilaver), ("isamax", by_isamax), ("dpotrf", by_nothing))
    for routine, method in methods:
        called = function(routine) if facts["int_bits"] == UNKNOWN else None
        if called is not None:
            facts |= method(called)
            if facts["int_bits"] != UNKNOWN:
                facts["width_by"] = routine
    isamax = function("isamax") if facts["width_by"] == "ilaver" else None
    if isamax is not None:
        facts |= _conflict(facts["int_bits"], by_isamax(isamax)["int_bits"])
    return facts


def _conflict(lapack: int | str, blas: int | str) -> Facts:
    """One file may hold a BLAS and a LAPACK that were built with different integers."""
    if UNKNOWN in (lapack, blas) or lapack == blas:
        return {}
    told = f"ilaver uses {lapack} bits, isamax uses {blas} bits"
    return {"int_bits": UNKNOWN, "width_by": "contradiction", "width_conflict": told}


def last_resort(library: Any, facts: Facts, defined: Collection[str], *, say: Say) -> Facts:
    """The width by dpotrf, which may print or end the process: asked after everything else."""
    name = Affix(facts["prefix"], facts["suffix"], facts["upper"]).spell("dpotrf")
    known = facts["int_bits"] != UNKNOWN or "width_conflict" in facts
    if known or name not in defined or sys.byteorder != "little":
        return facts
    say(f"calling {name}")
    dpotrf = lookup(library, name)
    width = {"int_bits": UNKNOWN} if dpotrf is None else by_dpotrf(dpotrf)
    return facts | width | ({"width_by": "dpotrf"} if width["int_bits"] != UNKNOWN else {})


def by_ilaver(ilaver: Any) -> Facts:
    """Slots preset to -1: a 32-bit store leaves the high half set, so the value stays negative."""
    numbers = [slot(ALL_BITS) for _ in range(3)]
    ilaver.restype = None
    ilaver(*(ctypes.byref(number) for number in numbers))
    values = [number.value for number in numbers]
    if values == [ALL_BITS] * 3:
        return {"int_bits": UNKNOWN}
    parts = [value & 0xFFFFFFFF for value in values]
    version = ".".join(map(str, parts)) if max(parts) <= GREATEST_PART else UNKNOWN
    return {"int_bits": 32 if values[0] < 0 else 64, "lapack_version": version}


def by_isamax(isamax: Any) -> Facts:
    """The length is 3 for a 32-bit reader, negative for a 64-bit one, which then returns 0."""
    isamax.restype = ctypes.c_int64
    numbers = (ctypes.c_float * 3)(1, 2, 1)
    answer = isamax(ctypes.byref(slot(THREE_OR_NEGATIVE)), numbers, ctypes.byref(slot(1)))
    return {"int_bits": {2: 32, 0: 64}.get(answer & 0xFFFFFFFF, UNKNOWN)}


def by_nothing(dpotrf: Any) -> Facts:
    """A matrix without rows is right, and info becomes 0 in as many bits as the library writes."""
    info = slot(ALL_BITS)
    matrix = (ctypes.c_double * 4)(1, 0, 0, 1)
    dpotrf.restype = None
    dpotrf(
        ctypes.c_char_p(b"U"), ctypes.byref(slot(0)), matrix, ctypes.byref(slot(1)),
        ctypes.byref(info), ctypes.c_size_t(1),
    )  # fmt: skip
    return {"int_bits": {0: 64, -1 << 32: 32}.get(info.value, UNKNOWN)}


def by_dpotrf(dpotrf: Any) -> Facts:
    """lda = 0 is argument 4 and wrong: info is -4 in as many bits as the library writes."""
    info = slot(0)
    matrix = (ctypes.c_double * 4)(1, 0, 0, 1)
    dpotrf.restype = None
    length = ctypes.c_size_t(1)
    dpotrf(
        ctypes.c_char_p(b"U"), ctypes.byref(slot(2)), matrix, ctypes.byref(slot(0)),
        ctypes.byref(info), length,
    )  # fmt: skip
    return {"int_bits": {-4: 64, 0xFFFFFFFC: 32}.get(info.value, UNKNOWN)}


def float_return(sdot: Any | None) -> str | None:
    """0.5 * 0.5 read as float and as double: f2c libraries return a double."""
    if sdot is None:
        return None
    half = ctypes.c_float(0.5)
    one = slot(1)
    arguments = [ctypes.byref(part) for part in (one, half, one, half, one)]
    for kind, answer in ((ctypes.c_float, "plain"), (ctypes.c_double, "f2c")):
        sdot.restype = kind
        if sdot(*arguments) == 0.25:
            return answer
    return UNKNOWN


def complex_return(function: Callable[[str], Any], machine: str) -> str | None:
    """normal (in registers), argument (hidden first argument), or fnda (argument for z alone)."""
    trusted = machine in COMPLEX_MACHINES and sys.byteorder == "little"
    answers: list[str] = []
    # The preset, misread as the length n, is 0 for zdotc and -1 for cdotc: nothing is touched.
    for routine, preset in (("zdotc", (0, _bits(1.0))), ("cdotc", (ALL_BITS, 0))):
        called = function(routine)
        if called is None:
            return None
        if not trusted:
            return UNKNOWN
        result = (ctypes.c_int64 * 2)(*preset)
        vector = (ctypes.c_double * 2)(1, 1)
        called.restype = None
        zero, one = slot(0), slot(1)
        called(result, ctypes.byref(zero), vector, ctypes.byref(one), vector, ctypes.byref(one))
        answers.append("normal" if tuple(result) == preset else "argument")
    return RETURNS.get((answers[0], answers[1]), UNKNOWN)


def string_length(ilaenv: Any | None) -> str | None:
    """How wide is the hidden length of a Fortran text? size_t (gfortran 8 and later) or int.

    The block size of a two-stage routine differs, and only who reads beyond byte 6 knows that
    one is asked for: by length 11, or by one that is 6 in its low half and huge as a whole.
    """
    if ilaenv is None:
        return None
    ilaenv.restype = ctypes.c_int
    name = ctypes.create_string_buffer(b"DSYTRF    2".ljust(32))
    nothing = slot(ALL_BITS)
    numbers = [ctypes.byref(nothing)] * 4
    whole, cut, told = (
        ilaenv(ctypes.byref(slot(1)), name, ctypes.c_char_p(b"U"), *numbers, slot(length), slot(1))
        for length in (11, 6, (1 << 32) + 6)
    )
    return UNKNOWN if whole == cut else {whole: "size_t", cut: "int"}.get(told, UNKNOWN)


def cblas(library: Any, affix: Affix, defined: Collection[str], *, say: Say) -> Facts:
    """Suffix and width of each spelling of the C interface, and whether LAPACKE is there."""
    widths: dict[str, Any] = {}
    lapacke = []
    facts: Facts = {}
    for tail in c_suffixes(affix):
        needed = [affix.prefix + name + tail for name in ("cblas_dgemm", "cblas_zdotc_sub")]
        amax = affix.prefix + "cblas_isamax" + tail
        if all(name in defined for name in (*needed, amax)):
            say(f"calling {amax}")
            function = lookup(library, amax)
            widths[tail] = UNKNOWN if function is None else c_width(function)
        if affix.prefix + "LAPACKE_dgesv" + tail in defined:
            lapacke.append(tail)
            name = affix.prefix + "LAPACKE_d_nancheck" + tail
            if name in defined:
                say(f"calling {name}")
                facts["lapacke_bits"] = lapacke_width(lookup(library, name))
    return {**facts, "cblas": widths, "lapacke": lapacke}


def lapacke_width(nancheck: Any | None) -> int | str:
    """One number to look at for a 32-bit reader, none for a 64-bit one: the number is NaN."""
    if nancheck is None:
        return UNKNOWN
    nancheck.restype = ctypes.c_int
    nancheck.argtypes = [ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64]
    number = (ctypes.c_double * 1)(float("nan"))
    return {1: 32, 0: 64}.get(nancheck(ONE_OR_NEGATIVE, number, 1), UNKNOWN)


def cblas_style(affix: Affix, defined: Collection[str], int_bits: int | str) -> str | None:
    """divergent: wide Fortran names have a suffix, and their C interface stands without it."""
    tails = c_suffixes(affix)
    there = [affix.prefix + "cblas_zdotc_sub" + tail in defined for tail in tails]
    if not any(there):
        return None
    alone = bool(affix.suffix.strip("_")) and not any(there[:-1])
    return "divergent" if int_bits == 64 and alone else "conformant"


def c_width(isamax: Any) -> int | str:
    """As by_isamax, by value and counting from 0."""
    isamax.restype = ctypes.c_size_t
    isamax.argtypes = [ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64]
    numbers = (ctypes.c_float * 3)(1, 2, 1)
    answer = isamax(THREE_OR_NEGATIVE, numbers, 1) & 0xFFFFFFFF
    return {1: 32, 0: 64}.get(answer, UNKNOWN)


def _bits(value: float) -> int:
    return ctypes.c_int64.from_buffer(ctypes.c_double(value)).value
