# SPDX-License-Identifier: Apache-2.0
"""Arrays as text, in NumPy's manner; loaded when the first array is printed."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

from trivet._core import Array

PRECISION = 8  # digits after the point
THRESHOLD = 1000  # elements; larger arrays are summarised
EDGE = 3  # elements shown at each end of a summarised axis
WIDTH = 75  # characters of a line
DOTS = "..."
EXPONENT_FROM = {"float16": 1e3, "float32": 1e6, "bfloat16": 1e6}  # else 1e8
UNSTATED = ("bool", "int64", "float64", "complex128")  # the dtypes that literals give

Element = Callable[[Any], str]


def array_str(array: Array) -> str:
    """Return the elements as `str` shows them; one value with all its digits."""
    if array.ndim == 0:
        value = array.item()
        return _shortest(value, array.dtype.name) if array.dtype.kind == "f" else str(value)
    return _body(array, separator=" ", indent=1)


def array_repr(array: Array) -> str:
    """Return `array(...)` with the dtype where it does not follow from the elements."""
    prefix = "array("
    if array.size:
        body = _body(array, separator=", ", indent=len(prefix) + 1)
    else:
        body = "[]" if array.ndim == 1 else f"[], shape={array.shape}"
    extras = [f"shape={array.shape}"] if array.size > THRESHOLD else []
    if array.dtype.name not in UNSTATED or not array.size:
        extras.append(f"dtype={array.dtype}")
    if not extras:
        return f"{prefix}{body})"
    text, extra = f"{prefix}{body},", ", ".join(extras) + ")"
    last = len(text) - (text.rfind("\n") + 1)
    spacer = " " if last + len(extra) + 1 <= WIDTH else "\n" + " " * len(prefix)
    return text + spacer + extra


def _body(array: Array, *, separator: str, indent: int) -> str:
    if array.size == 0:
        return "[]"
    summarise = array.size > THRESHOLD
    values = _corners(array) if summarise else array
    element = _formatter(values)
    return _nested(array, separator=separator, indent=indent, element=element, dots=summarise)


def _shown(length: int, dots: bool) -> list[int | None]:
    """Return the indices of an axis that are shown; None stands for those left out."""
    if not dots or length <= 2 * EDGE:
        return list(range(length))
    return [*range(EDGE), None, *range(length - EDGE, length)]


def _corners(array: Array) -> Array:
    """Return the elements that a summary shows, as an array."""
    for axis, length in enumerate(array.shape):
        if length > 2 * EDGE:
            kept = [i for i in _shown(length, True) if i is not None]
            array = array[(slice(None),) * axis + (kept,)]
    return array


def _nested(
    array: Array,
    *,
    separator: str,
    indent: int,
    element: Element,
    dots: bool,
) -> str:
    if array.ndim == 0:
        return element(array.item())
    items: list[str] = []
    inner = array.ndim == 1
    for i in _shown(array.shape[0], dots):
        if i is None:
            items.append(DOTS)
        elif inner:
            items.append(element(array[i].item()))
        else:
            options: dict[str, Any] = {"separator": separator, "indent": indent + 1}
            items.append(_nested(array[i], element=element, dots=dots, **options))
    if inner:
        return "[" + _wrapped(items, separator=separator, indent=indent) + "]"
    between = separator.rstrip() + "\n" * (array.ndim - 1) + " " * indent
    return "[" + between.join(items) + "]"


def _wrapped(items: Sequence[str], *, separator: str, indent: int) -> str:
    lines, line = [], ""
    for item in items:
        joined = f"{line}{separator}{item}" if line else item
        if line and indent + len(joined) + len(separator.rstrip()) + 1 > WIDTH:
            lines.append((line + separator).rstrip())
            joined = item
        line = joined
    return ("\n" + " " * indent).join([*lines, line])


def _flat(array: Array) -> list[Any]:
    flat: list[Any] = array.reshape(-1).tolist()
    return flat


def _formatter(values: Array) -> Element:
    """Return the function that shows one element, at the width of the widest."""
    kind = values.dtype.kind
    flat = _flat(values)
    if kind == "f":
        return _real_formatter(flat, values.dtype.name)
    if kind == "c":
        part = "float32" if values.dtype.name == "complex64" else "float64"
        real = _real_formatter([v.real for v in flat], part)
        imag = _real_formatter([v.imag for v in flat], part, sign=True)
        return lambda v: real(v.real) + _with_j(imag(v.imag))
    width = max((len(str(v)) for v in flat), default=0)
    return lambda v: str(v).rjust(width)


def _with_j(text: str) -> str:
    """Put the j after the last digit and keep the padding behind it."""
    digits = text.rstrip()
    return digits + "j" + text[len(digits) :]


def _shortest(value: float, dtype: str) -> str:
    """Return the fewest digits that stand for the value in its dtype."""
    if dtype == "float64":
        return repr(value)
    code = {"float16": "e", "float32": "f", "bfloat16": "f"}[dtype]
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        try:
            if struct.pack(code, float(text)) == struct.pack(code, value):
                return text
        except OverflowError:
            continue  # rounded above the largest number
    return repr(value)


def _digits(text: str) -> tuple[int, int]:
    """Return (digits of the significand after the first, digits after the point)."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    fraction = "" if fraction == "0" else fraction
    shift = int(exponent or 0)
    significant = (whole + fraction).lstrip("0").rstrip("0")
    return max(len(significant) - 1, 0), max(len(fraction) - shift, 0)


def _places(text: str) -> int:
    """Return the digits after the point that are left when the last zeros go."""
    return len(text.partition("e")[0].partition(".")[2].rstrip("0"))


def _uses_exponent(finite: Sequence[float], dtype: str) -> bool:
    sizes = [abs(v) for v in finite if v != 0]
    if not sizes:
        return False
    largest, smallest = max(sizes), min(sizes)
    return largest >= EXPONENT_FROM.get(dtype, 1e8) or smallest < 1e-4 or largest / smallest > 1000


def _real_formatter(flat: Sequence[float], dtype: str, *, sign: bool = False) -> Element:
    finite = [v for v in flat if math.isfinite(v)]
    digits = [_digits(_shortest(v, dtype)) for v in finite]
    plus = "+" if sign else ""
    if _uses_exponent(finite, dtype):
        shown = (f"{v:.{min(d[0], PRECISION)}e}" for v, d in zip(finite, digits, strict=True))
        places = max((_places(text) for text in shown), default=0)
        point = "" if places else "."

        def show(value: float) -> str:
            mantissa, _, exponent = f"{value:{plus}.{places}e}".partition("e")
            return f"{mantissa}{point}e{exponent}"
    else:
        own = dict(zip(finite, (min(d[1], PRECISION) for d in digits), strict=True))
        places = max((_places(f"{v:.{count}f}") for v, count in own.items()), default=0)

        def show(value: float) -> str:
            text = f"{value:{plus}.{own[value]}f}"
            whole, _, fraction = text.partition(".")
            return f"{whole}.{fraction.rstrip('0').ljust(places)}"

    def element(value: float) -> str:
        return show(value) if math.isfinite(value) else f"{value:{plus}}"

    width = max((len(element(v)) for v in flat), default=0)
    return lambda value: element(value).rjust(width)
