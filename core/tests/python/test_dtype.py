# SPDX-License-Identifier: Apache-2.0
"""dtype objects: comparison with anything, names, limits, kinds, inspection."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

NAMES = [
    "bool",
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
]


@pytest.mark.parametrize("name", NAMES)
def test_dtype_equals_its_names(name: str) -> None:
    """Equal to itself, its name and NumPy's dtype; hashed as its name."""
    dtype = tv.DType(name)

    assert dtype is getattr(tv, name)
    assert dtype == name and hash(dtype) == hash(name)
    assert (dtype != name) is False
    assert (name, f"trivet.{name}") == (str(dtype), repr(dtype))
    if name != "bfloat16":
        assert dtype == np.dtype(name)
        assert np.dtype(name) == dtype
        assert (np.dtype(name).itemsize, np.dtype(name).kind) == (dtype.itemsize, dtype.kind)


@pytest.mark.parametrize(
    "other", [None, "nonsense", 3, object(), [], float, "f4 ", b"f4"], ids=repr
)
def test_comparison_with_anything_is_false_and_silent(other: Any) -> None:
    """No comparison raises."""
    assert (tv.float64 == other) is False
    assert tv.float64 != other
    assert tv.float64 not in [other]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        *((float, "float64"), (int, "int64"), (bool, "bool"), (complex, "complex128")),
        *(("f4", "float32"), ("<i8", "int64"), ("?", "bool"), ("c16", "complex128")),
        *((np.float32, "float32"), (np.dtype("uint8"), "uint8"), (np.bool_, "bool")),
    ],
    ids=str,
)
def test_spellings_of_a_dtype(spelling: Any, name: str) -> None:
    """Python's types, NumPy's codes, classes and dtypes are understood."""
    assert name == tv.DType(spelling).name == tv.zeros(1, dtype=spelling).dtype.name


@pytest.mark.parametrize("bad", ["float31", "text", object, ">f8", np.dtype(">f8"), 3], ids=repr)
def test_an_unknown_dtype_is_a_type_error_that_lists_the_known(bad: Any) -> None:
    """The message names the dtypes there are."""
    with pytest.raises(TypeError, match=r"\[dtype\].*bfloat16"):
        tv.zeros(1, dtype=bad)


def test_dtypes_are_single_objects() -> None:
    """Pickle and copy give the same object."""
    for dtype in (tv.float32, tv.bool):
        assert dtype is pickle.loads(pickle.dumps(dtype)) is copy.deepcopy(dtype)


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "complex64"])
def test_finfo_is_numpys_with_python_floats(name: str) -> None:
    """Every limit agrees and is a Python float."""
    info, host = tv.finfo(name), np.finfo(name)

    for field in ("eps", "max", "min", "smallest_normal", "tiny", "smallest_subnormal"):
        assert float(getattr(host, field)) == getattr(info, field), field
        assert float is type(getattr(info, field))
    assert host.bits == info.bits
    assert tv.finfo(tv.ones(1, dtype=name)).bits == info.bits
    with pytest.raises(TypeError, match="finfo"):
        tv.finfo("int8")


@pytest.mark.parametrize("name", NAMES[1:9])
def test_iinfo_is_numpys(name: str) -> None:
    """Limits are Python integers."""
    info, host = tv.iinfo(name), np.iinfo(name)

    assert (host.bits, host.min, host.max) == (info.bits, info.min, info.max)
    assert int is type(info.max)


def test_isdtype_knows_the_standards_kinds() -> None:
    """Kinds, dtypes and tuples of both; an unknown kind is a ValueError."""
    assert tv.isdtype(tv.int8, "signed integer") and not tv.isdtype(tv.int8, "bool")
    assert tv.isdtype(tv.uint8, ("real floating", tv.uint8))
    assert tv.isdtype(tv.complex64, "numeric") and not tv.isdtype(tv.bool, "numeric")
    with pytest.raises(ValueError, match="kind"):
        tv.isdtype(tv.int8, "integer")


def test_namespace_inspection() -> None:
    """__array_namespace__ is the module; its info lists the standard's dtypes."""
    info = tv.__array_namespace_info__()

    assert (
        tv
        is tv.ones(1).__array_namespace__()
        is tv.ones(1).__array_namespace__(api_version="2023.12")
    )
    with pytest.raises(ValueError, match="api_version"):
        tv.ones(1).__array_namespace__(api_version="1999.01")
    assert 13 == len(info.dtypes())
    assert {"float32", "float64"} == set(info.dtypes(kind="real floating"))
    assert ("cpu", ("cpu",)) == (info.default_device(), info.devices())
    assert tv.float64 == info.default_dtypes()["real floating"]
    assert 64 == info.capabilities()["max dimensions"]
