# SPDX-License-Identifier: Apache-2.0
"""Pickling, copying, and what a pickle of wrong bytes gets."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import trivet as tv
from trivet import _core

pytestmark = pytest.mark.portable

NAMES = ["bool", "int8", "uint64", "float16", "bfloat16", "float32", "float64", "complex64"]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", NAMES)
def test_pickle_round_trips(name: str, protocol: int) -> None:
    """dtype, shape and values come back, writable, for any layout."""
    for array in (tv.asarray([[1, 0, 1], [0, 1, 1]], dtype=name).T, tv.ones((), dtype=name)):
        other = pickle.loads(pickle.dumps(array, protocol=protocol))

        assert (array.dtype, array.shape) == (other.dtype, other.shape)
        assert array.tolist() == other.tolist()
        assert other.is_writable


def test_protocol_5_hands_memory_out_of_band() -> None:
    """With a buffer callback nothing is copied on the way out."""
    array = tv.arange(1000)
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(array, protocol=5, buffer_callback=buffers.append)

    assert 1 == len(buffers) and len(data) < 500
    assert array.tolist() == pickle.loads(data, buffers=buffers).tolist()


def test_empty_arrays_pickle() -> None:
    """No elements are a pickle too."""
    assert (0, 3) == pickle.loads(pickle.dumps(tv.zeros((0, 3)))).shape


def test_wrong_bytes_raise() -> None:
    """Bytes that do not fit the shape are a ValueError, not memory read out of bounds."""
    with pytest.raises(ValueError, match="fit the shape"):
        _core._rebuild(b"1234", "float64", (3,))
    with pytest.raises((ValueError, OverflowError)):
        _core._rebuild(b"1234", "uint8", (-4, -1))


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, tv.copy, tv.Array.copy])
def test_copies_are_fresh(make: object) -> None:
    """Every copy has memory of its own, in C order."""
    source = tv.asarray(np.arange(6).reshape(2, 3).T)
    other = make(source)  # type: ignore[operator]
    other[0, 0] = 9

    assert 0 == source[0, 0].item()
    assert other.is_contiguous
