# SPDX-License-Identifier: Apache-2.0
"""What each element-wise row of the op table is compared with, and over which numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Reference = Callable[..., Any]

BOOL = ("bool",)
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
REAL = (*INTEGERS, *FLOATS)
NUMERIC = (*REAL, *COMPLEX)
EVERY = (*BOOL, *NUMERIC)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One operation: its name, NumPy's counterpart, dtypes, range of arguments."""

    name: str
    reference: Reference
    arity: int = 1
    dtypes: tuple[str, ...] = REAL
    low: float = -4.0
    high: float = 4.0
    ulps: float = 4.0  # allowed error in units of eps, relative to the largest of |result| and 1


def unary(name: str, reference: Reference, **options: Any) -> Case:
    """Return a case of one argument."""
    return Case(name=name, reference=reference, arity=1, **options)


def binary(name: str, reference: Reference, **options: Any) -> Case:
    """Return a case of two arguments."""
    return Case(name=name, reference=reference, arity=2, **options)


def _wide(function: Reference) -> Reference:
    """Compute in float64: NumPy's result for narrow integers would be float16."""
    return lambda *xs: function(*(x.astype(np.float64) if x.dtype.kind in "iub" else x for x in xs))


_ERF = np.vectorize(math.erf, otypes=[float])
_ERFC = np.vectorize(math.erfc, otypes=[float])


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _gelu_tanh(x: Any) -> Any:
    return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _selu(x: Any) -> Any:
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale * np.where(x > 0, x, alpha * np.expm1(x))


POSITIVE: dict[str, Any] = {"low": 0.1, "high": 9.0}
UNIT: dict[str, Any] = {"low": -0.99, "high": 0.99, "dtypes": (*FLOATS, *COMPLEX)}
INEXACT: dict[str, Any] = {"dtypes": (*FLOATS, *COMPLEX)}
MATHS = (*REAL, *COMPLEX)

CASES = [
    binary("add", np.add, dtypes=EVERY),
    binary("subtract", np.subtract, dtypes=NUMERIC),
    binary("multiply", np.multiply, dtypes=EVERY),
    binary("divide", _wide(np.divide), dtypes=(*FLOATS, *COMPLEX, "int64", "uint8"), **POSITIVE),
    binary("floor_divide", np.floor_divide, low=1, high=9),
    binary("remainder", np.remainder, low=1, high=9),
    binary("fmod", np.fmod, low=1, high=9),
    binary("pow", np.power, dtypes=NUMERIC, low=1, high=3, ulps=16),
    unary("negative", np.negative, dtypes=NUMERIC),
    unary("positive", np.positive, dtypes=NUMERIC),
    unary("abs", np.abs, dtypes=EVERY),
    unary("sign", np.sign, dtypes=NUMERIC),
    unary("square", np.square, dtypes=NUMERIC),
    unary("reciprocal", np.reciprocal, dtypes=(*FLOATS, *COMPLEX), low=0.2),
    unary("conj", np.conj, dtypes=NUMERIC),
    binary("maximum", np.maximum, dtypes=(*BOOL, *REAL)),
    binary("minimum", np.minimum, dtypes=(*BOOL, *REAL)),
    binary("fmax", np.fmax),
    binary("fmin", np.fmin),
    unary("floor", np.floor),
    unary("ceil", np.ceil),
    unary("trunc", np.trunc),
    unary("round", np.round, dtypes=NUMERIC),
    unary("sqrt", _wide(np.sqrt), dtypes=MATHS, **POSITIVE),
    unary("rsqrt", lambda x: 1 / np.sqrt(x), dtypes=FLOATS, **POSITIVE),
    unary("cbrt", np.cbrt, dtypes=FLOATS),
    unary("exp", _wide(np.exp), dtypes=MATHS),
    unary("exp2", np.exp2, dtypes=FLOATS),
    unary("expm1", np.expm1, **INEXACT),
    unary("log", _wide(np.log), dtypes=MATHS, **POSITIVE),
    unary("log2", np.log2, **INEXACT, **POSITIVE),
    unary("log10", np.log10, **INEXACT, **POSITIVE),
    unary("log1p", np.log1p, **INEXACT, **POSITIVE),
    binary("logaddexp", np.logaddexp, dtypes=FLOATS),
    binary("hypot", np.hypot, dtypes=FLOATS),
    unary("sin", _wide(np.sin), dtypes=MATHS),
    unary("cos", _wide(np.cos), dtypes=MATHS),
    unary("tan", np.tan, low=-1.2, high=1.2, **INEXACT),
    unary("asin", np.arcsin, **UNIT),
    unary("acos", np.arccos, **UNIT),
    unary("atan", np.arctan, **UNIT),
    binary("atan2", np.arctan2, dtypes=FLOATS),
    unary("sinh", np.sinh, **INEXACT),
    unary("cosh", np.cosh, **INEXACT),
    unary("tanh", np.tanh, **INEXACT),
    unary("asinh", np.arcsinh, **UNIT),
    unary("acosh", np.arccosh, low=1.1, high=9, dtypes=FLOATS),
    unary("atanh", np.arctanh, **UNIT),
    unary("erf", lambda x: _ERF(x).astype(x.dtype), dtypes=FLOATS),
    unary("erfc", lambda x: _ERFC(x).astype(x.dtype), dtypes=FLOATS),
    binary("copysign", np.copysign, dtypes=FLOATS),
    binary("nextafter", np.nextafter, dtypes=FLOATS),
    unary("signbit", np.signbit, dtypes=FLOATS),
    unary("isnan", np.isnan, dtypes=EVERY),
    unary("isinf", np.isinf, dtypes=EVERY),
    unary("isfinite", np.isfinite, dtypes=EVERY),
    binary("equal", np.equal, dtypes=EVERY),
    binary("not_equal", np.not_equal, dtypes=EVERY),
    binary("less", np.less, dtypes=(*BOOL, *REAL)),
    binary("less_equal", np.less_equal, dtypes=(*BOOL, *REAL)),
    binary("greater", np.greater, dtypes=(*BOOL, *REAL)),
    binary("greater_equal", np.greater_equal, dtypes=(*BOOL, *REAL)),
    binary("logical_and", np.logical_and, dtypes=EVERY),
    binary("logical_or", np.logical_or, dtypes=EVERY),
    binary("logical_xor", np.logical_xor, dtypes=EVERY),
    unary("logical_not", np.logical_not, dtypes=EVERY),
    binary("bitwise_and", np.bitwise_and, dtypes=(*BOOL, *INTEGERS)),
    binary("bitwise_or", np.bitwise_or, dtypes=(*BOOL, *INTEGERS)),
    binary("bitwise_xor", np.bitwise_xor, dtypes=(*BOOL, *INTEGERS)),
    unary("bitwise_invert", np.invert, dtypes=(*BOOL, *INTEGERS)),
    binary("left_shift", np.left_shift, dtypes=INTEGERS, low=0, high=5),
    binary("right_shift", np.right_shift, dtypes=INTEGERS, low=0, high=5),
    unary("relu", lambda x: np.maximum(x, 0).astype(x.dtype)),
    unary("sigmoid", _sigmoid, dtypes=FLOATS),
    unary("silu", lambda x: x * _sigmoid(x), dtypes=FLOATS),
    unary("gelu", lambda x: (x / 2 * (1 + _ERF(x / math.sqrt(2)))).astype(x.dtype), dtypes=FLOATS),
    unary("gelu_tanh", _gelu_tanh, dtypes=FLOATS),
    unary("softplus", lambda x: np.logaddexp(x, np.zeros_like(x)), dtypes=FLOATS),
    unary("elu", lambda x: np.where(x > 0, x, np.expm1(x)), dtypes=FLOATS),
    unary("selu", _selu, dtypes=FLOATS),
    unary("leaky_relu", lambda x: np.where(x > 0, x, x * x.dtype.type(0.01)), dtypes=FLOATS),
    unary("hardswish", lambda x: x * np.clip(x + 3, 0, 6) / 6, dtypes=FLOATS),
]
# Rows whose functions have a test of their own.
APART = ("fma", "clip", "where")
