# SPDX-License-Identifier: Apache-2.0
"""Memory is shared both ways with NumPy and everything that has a buffer."""

from __future__ import annotations

import array as stdlib_array
import ctypes
import gc
import sys
import weakref
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]
LAYOUTS: dict[str, Any] = {
    "C": lambda a: a,
    "Fortran": np.asfortranarray,
    "strided": lambda a: a[::2, 1:],
    "reversed": lambda a: a[::-1, ::-2],
    "0-d": lambda a: a[1, 2, ...],
    "empty": lambda a: a[:0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_ndarray_is_shared_both_ways(dtype: str, layout: str) -> None:
    """asarray takes NumPy's memory with its strides, and NumPy takes it back."""
    host = LAYOUTS[layout](np.arange(24).reshape(4, 6).astype(dtype))

    array = tv.asarray(host)
    back = np.asarray(array)

    assert (host.shape, host.dtype) == (array.shape, np.dtype(array.dtype.name))
    assert host.ctypes.data == array.base_address == back.ctypes.data or not host.size
    assert host.tolist() == array.tolist() == back.tolist()
    assert host.size < 2 or host.strides == array.strides == back.strides
    if host.size:
        host[...] = 1
        assert host.tolist() == array.tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_memoryview_has_format_and_strides(dtype: str) -> None:
    """PEP 3118: itemsize, shape, strides and a format that NumPy reads back."""
    array = tv.ones((2, 3), dtype=dtype).T
    view = memoryview(array)

    assert ((3, 2), array.strides, array.itemsize) == (view.shape, view.strides, view.itemsize)
    assert np.dtype(dtype) == np.asarray(view).dtype
    assert not view.readonly and not view.c_contiguous and view.f_contiguous


def test_read_only_stays_read_only() -> None:
    """A read-only buffer gives a read-only Array, and the other way round."""
    host = np.arange(3.0)
    host.flags.writeable = False
    array = tv.asarray(host)

    assert not array.is_writable
    assert not np.asarray(array).flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        tv.add(array, 1, out=array)
    with pytest.raises((BufferError, TypeError)):
        (ctypes.c_char * 24).from_buffer(array)
    assert memoryview(tv.broadcast_to(tv.ones(1), (3,))).readonly
    assert not tv.asarray(b"abc").is_writable


def test_a_consumer_without_strides_needs_c_order() -> None:
    """bytes() of strided memory is copied by Python; a simple buffer is refused."""
    array = tv.asarray(np.arange(4, dtype="uint8"))

    assert bytes([0, 2]) == bytes(array[::2])
    with pytest.raises(BufferError, match="C-contiguous"):
        stdlib_array.array("B").frombytes(array[::2])


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_stdlib_arrays_are_shared(code: str) -> None:
    """array.array of any number code is taken without a copy."""
    source = stdlib_array.array(code, [1, 2, 3])

    array = tv.asarray(source)
    source[0] = 7

    assert [7, 2, 3] == array.tolist()
    assert source.itemsize == array.itemsize


def test_other_byte_order_and_misaligned_memory_are_copied() -> None:
    """What kernels cannot read is copied; copy=False then raises ValueError."""
    swapped = np.arange(6, dtype=">i4").reshape(2, 3).T
    raw = np.frombuffer(b"\0" + np.arange(3.0).tobytes(), dtype="float64", offset=1)
    complex_swapped = np.array([1 + 2j, 3j], dtype=">c16")

    for host in (swapped, raw, complex_swapped):
        assert host.tolist() == tv.asarray(host).tolist()
        with pytest.raises(ValueError, match="copy=False"):
            tv.asarray(host, copy=False)


@pytest.mark.parametrize(
    "source",
    [np.array(["a"]), np.array([object()]), np.array([1], "M8[s]"), np.zeros(1, "i4,f4")],
    ids=["text", "object", "date", "record"],
)
def test_other_element_types_raise_type_error(source: Any) -> None:
    """Elements that are no numbers are refused by name."""
    with pytest.raises(TypeError):
        tv.asarray(source)


def test_long_double_is_refused() -> None:
    """long double has no counterpart: TypeError, no silent loss of digits."""
    with pytest.raises(TypeError, match=r"longdouble|float128"):
        tv.asarray(np.ones(2, dtype=np.longdouble))


def test_copy_argument() -> None:
    """copy=True never shares, None shares when it can, False raises when it cannot."""
    host = np.arange(3.0)
    array = tv.asarray(host)

    assert host.ctypes.data != tv.asarray(host, copy=True).base_address
    assert host.ctypes.data == tv.asarray(host, copy=False).base_address
    assert array is tv.asarray(array) and array is tv.asarray(array, copy=False)
    assert array.base_address != tv.array(array).base_address
    for source in ([1, 2], 3, range(3)):
        with pytest.raises(ValueError, match="copy=False"):
            tv.asarray(source, copy=False)
    with pytest.raises(ValueError, match="copy=False"):
        tv.asarray(host, dtype="float32", copy=False)


def test_numpys_array_protocol() -> None:
    """__array__ follows NumPy 2: dtype converts, copy=True copies, copy=False refuses."""
    array = tv.asarray([1.0, 2.0])

    assert array.base_address == array.__array__().ctypes.data
    assert array.base_address != array.__array__(copy=True).ctypes.data
    assert "float32" == np.asarray(array, dtype="float32").dtype
    with pytest.raises(ValueError, match="copy=False"):
        array.__array__(dtype="float32", copy=False)


def test_bfloat16_goes_through_ml_dtypes() -> None:
    """bfloat16 has no buffer format: NumPy gets it by __array__, and gives it back."""
    array = tv.asarray([[1.5, -2.0]], dtype="bfloat16")
    host = np.asarray(array)

    assert (ml_dtypes.bfloat16, (1, 2)) == (host.dtype, host.shape)
    assert array.base_address == host.ctypes.data
    assert [[1.5, -2.0]] == tv.asarray(host).tolist()
    with pytest.raises(BufferError, match="bfloat16"):
        memoryview(array)


class Interface:
    """An object with NumPy's older protocol only."""

    def __init__(self, host: np.ndarray[Any, Any]) -> None:
        self.host = host

    @property
    def __array_interface__(self) -> Any:
        return self.host.__array_interface__


def test_array_interface_is_shared_and_keeps_its_owner() -> None:
    """__array_interface__ gives the same memory; the object lives as long as the Array."""
    source = Interface(np.arange(6.0).reshape(2, 3).T)
    owner = weakref.ref(source)
    array = tv.asarray(source)

    assert source.host.ctypes.data == array.base_address
    assert source.host.tolist() == array.tolist()
    del source
    gc.collect()
    assert owner() is not None
    del array
    gc.collect()
    assert owner() is None


def test_the_owner_of_borrowed_memory_lives_as_long_as_needed() -> None:
    """Views and results of views keep NumPy's array alive, and let it go."""
    host = np.arange(1000.0)
    owner = weakref.ref(host)
    count = sys.getrefcount(host)
    view = tv.asarray(host)[10:20].reshape(2, 5).T
    assert sys.getrefcount(host) > count
    del host
    gc.collect()

    assert owner() is not None
    assert 10.0 == view[0, 0].item()
    del view
    gc.collect()
    assert owner() is None


def test_an_array_lives_as_long_as_its_consumers() -> None:
    """A memoryview and an ndarray keep the Array's memory."""
    host = np.asarray(tv.arange(100_000))
    views: list[Any] = [memoryview(tv.arange(5)), np.asarray(tv.arange(7))[3:]]
    gc.collect()

    assert 99_999 == host[-1]
    assert [0, 1, 2, 3, 4] == views[0].tolist()
    assert [3, 4, 5, 6] == views[1].tolist()


def test_no_reference_leaks_over_many_conversions() -> None:
    """Shared memory released many times leaves the owner's count where it was."""
    host = np.arange(10.0)
    before = sys.getrefcount(host)
    for _ in range(1000):
        array = tv.asarray(host)
        array + array
        np.asarray(array)
        memoryview(array)
        array[2:5].tolist()
    del array
    gc.collect()

    assert before == sys.getrefcount(host)


def test_views_share_and_copies_do_not() -> None:
    """reshape, transpose, slices, real and squeeze are views; astype, flatten, copy are not."""
    array = tv.asarray(np.arange(12, dtype=complex).reshape(1, 3, 4))
    where = array.base_address

    for view in (array.T, array.mT, array[0], array.reshape(12), array.real, array.squeeze(0)):
        assert where == view.base_address
    for other in (array.copy(), array.flatten(), array.astype("complex128"), array[[0]]):
        assert where != other.base_address
    array.imag[...] = 5
    assert 5j == array[0, 0, 0].item()
