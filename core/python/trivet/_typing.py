# SPDX-License-Identifier: Apache-2.0
"""Types of arguments, for type checkers: nothing here is imported at run time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, SupportsFloat, SupportsIndex, TypeAlias

from trivet._core import Array, DType


class HasBuffer(Protocol):
    """An object with a PEP 3118 buffer (PEP 688)."""

    def __buffer__(self, flags: int, /) -> memoryview: ...


class HasDLPack(Protocol):
    """An array of any library that speaks DLPack."""

    def __dlpack__(self, *, stream: None = None) -> Any: ...


class HasArrayInterface(Protocol):
    """An object with NumPy's older protocol."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


class NamedDType(Protocol):
    """A dtype of another library, such as numpy.dtype."""

    @property
    def name(self) -> str: ...
    @property
    def itemsize(self) -> int: ...


ArrayLike: TypeAlias = (
    Array
    | complex
    | SupportsFloat
    | SupportsIndex
    | HasBuffer
    | HasDLPack
    | HasArrayInterface
    | Sequence["ArrayLike"]
)
DTypeLike: TypeAlias = DType | str | type[Any] | NamedDType
Shape: TypeAlias = SupportsIndex | Sequence[SupportsIndex]
