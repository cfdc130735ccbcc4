# SPDX-License-Identifier: Apache-2.0
"""DLPack as the array API and DLPack 1.0 have it: capsules, flags, versions, refusals."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

CPU = (1, 0)
DTYPES = [
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]


class Producer:
    """An exporter that answers with a given capsule and remembers what it was asked."""

    def __init__(self, capsule: Any, *, old: bool = False) -> None:
        self.capsule = capsule
        self.old = old
        self.asked: dict[str, Any] = {}

    def __dlpack__(self, **asked: Any) -> Any:
        if self.old and asked:
            msg = "unexpected keyword argument"
            raise TypeError(msg)
        self.asked = asked
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU


def name_of(capsule: object) -> str:
    """Return the capsule's name from its repr."""
    return repr(capsule).split('"')[1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_reads_ours_and_we_read_numpys(dtype: str) -> None:
    """Both ways share memory and keep strides."""
    host = np.arange(12).reshape(3, 4).astype(dtype)[::-1, ::2]

    array = tv.from_dlpack(host)
    back = np.from_dlpack(array)

    assert host.ctypes.data == array.base_address == back.ctypes.data
    assert host.tolist() == array.tolist() == back.tolist()
    assert host.strides == array.strides == back.strides


def test_bfloat16_round_trips() -> None:
    """A dtype that NumPy lacks travels between arrays of ours."""
    array = tv.asarray([1.5, 2.0], dtype="bfloat16")

    other = tv.from_dlpack(Producer(array.__dlpack__(max_version=(1, 0))))

    assert tv.bfloat16 == other.dtype
    assert array.base_address == other.base_address


def test_capsule_kind_follows_max_version() -> None:
    """None and 0.x give the legacy capsule, 1.0 and above the versioned one."""
    array = tv.ones(3)

    assert "dltensor" == name_of(array.__dlpack__())
    assert "dltensor" == name_of(array.__dlpack__(max_version=(0, 8)))
    assert "dltensor_versioned" == name_of(array.__dlpack__(max_version=(1, 0)))
    assert "dltensor_versioned" == name_of(array.__dlpack__(max_version=(2, 0)))
    assert CPU == array.__dlpack_device__()


def test_a_capsule_is_used_once() -> None:
    """The consumer renames it; a second use is a TypeError."""
    for version, used in ((None, "used_dltensor"), ((1, 0), "used_dltensor_versioned")):
        producer = Producer(tv.arange(3).__dlpack__(max_version=version))

        array = tv.from_dlpack(producer)

        assert used == name_of(producer.capsule)
        assert [0, 1, 2] == array.tolist()
        with pytest.raises(TypeError, match="unused capsule"):
            tv.from_dlpack(producer)


def test_old_producers_are_asked_again_without_arguments() -> None:
    """A producer that knows no keyword gives its legacy capsule."""
    assert [0, 1] == tv.from_dlpack(Producer(tv.arange(2).__dlpack__(), old=True)).tolist()


def test_read_only_needs_a_versioned_capsule() -> None:
    """The flag travels; a legacy capsule could not say it, so BufferError."""
    array = tv.ones(3).as_read_only()

    assert not tv.from_dlpack(Producer(array.__dlpack__(max_version=(1, 0)))).is_writable
    assert not np.from_dlpack(array).flags.writeable
    with pytest.raises(BufferError, match="read-only"):
        array.__dlpack__()


def test_copy_is_honoured_and_flagged() -> None:
    """copy=True gives other memory once; False and None share."""
    array = tv.arange(3)
    copied = tv.from_dlpack(Producer(array.__dlpack__(max_version=(1, 0), copy=True)))

    assert array.base_address != copied.base_address
    assert array.base_address == tv.from_dlpack(array, copy=False).base_address
    assert array.base_address != tv.from_dlpack(array, copy=True).base_address
    host = np.arange(3)
    assert host.ctypes.data != tv.from_dlpack(host, copy=True).base_address
    once = Producer(array.__dlpack__(max_version=(1, 0), copy=True))
    assert [0, 1, 2] == tv.from_dlpack(once, copy=True).tolist()
    assert once.asked["copy"] is True


def test_device_and_stream_of_the_cpu() -> None:
    """dl_device (1, 0) is ours, another a BufferError; a stream is a ValueError."""
    array = tv.ones(2)

    assert "dltensor" == name_of(array.__dlpack__(dl_device=CPU, stream=None))
    with pytest.raises(BufferError, match="dl_device"):
        array.__dlpack__(dl_device=(2, 0))
    with pytest.raises(ValueError, match="stream"):
        array.__dlpack__(stream=1)
    assert tv.from_dlpack(array, device="cpu").tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="device"):
        tv.from_dlpack(array, device="cuda")


def test_strides_that_are_no_multiple_of_the_element_are_refused() -> None:
    """DLPack counts in elements: other strides are a BufferError."""
    record = np.zeros(3, dtype=np.dtype([("a", "i4"), ("b", "f8")], align=False))
    host = np.ndarray((3,), "i4", record, strides=(12,))
    odd = np.ndarray((3,), "f4", np.zeros(5, "f4"), strides=(8,))
    assert [0, 0, 0] == tv.from_dlpack(tv.asarray(host)).tolist()
    assert [0.0, 0.0, 0.0] == tv.from_dlpack(tv.asarray(odd)).tolist()
    wide = np.ndarray((2,), "c16", np.zeros(5), strides=(24,))
    with pytest.raises(BufferError, match="multiples"):
        tv.asarray(wide).__dlpack__()


@pytest.mark.parametrize("value", [3, "text", [1.0]], ids=repr)
def test_an_object_without_the_protocol_is_a_type_error(value: object) -> None:
    """from_dlpack takes only what has __dlpack__."""
    with pytest.raises(TypeError, match="__dlpack__"):
        tv.from_dlpack(value)


def test_owners_live_as_long_as_the_tensor() -> None:
    """The producer's array is kept, then let go, used or not."""
    host = np.arange(5.0)
    owner = weakref.ref(host)
    array = tv.from_dlpack(host)[1:]
    unused = tv.asarray(host).__dlpack__()
    del host
    gc.collect()
    assert owner() is not None and [1.0, 2.0, 3.0, 4.0] == array.tolist()
    del array
    gc.collect()
    assert owner() is not None
    del unused
    gc.collect()
    assert owner() is None


def test_errors_of_the_producer_pass_through() -> None:
    """A BufferError of the producer is not hidden."""

    class Refuses:
        def __dlpack__(self, **asked: Any) -> Any:
            msg = "cannot share"
            raise BufferError(msg)

    with pytest.raises(BufferError, match="cannot share"):
        tv.from_dlpack(Refuses())
