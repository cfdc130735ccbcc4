# SPDX-License-Identifier: Apache-2.0
# What nanobind's stubgen cannot know: the operators are raw slots, and some names are for types alone.

trivet._core.__prefix__:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from trivet._typing import ArrayLike, DTypeLike, Shape

trivet._core.__suffix__:
    bool_: DType
    def _op_table() -> list[tuple[str, int, int]]: ...
    def _rebuild(data: object, dtype: str, shape: tuple[int, ...], /) -> Array: ...

trivet._core.Array.__(add|radd|sub|rsub|mul|rmul|truediv|rtruediv|floordiv|rfloordiv|mod|rmod|pow|rpow|matmul|rmatmul|and|rand|or|ror|xor|rxor|lshift|rlshift|rshift|rrshift|lt|le|eq|ne|gt|ge)__:
    def __\1__(self, other: ArrayLike, /) -> Array: ...

trivet._core.Array.__(iadd|isub|imul|itruediv|ifloordiv|imod|ipow|imatmul|iand|ior|ixor|ilshift|irshift)__:
    def __\1__(self, other: ArrayLike, /) -> Array: ...

trivet._core.Array.__(divmod|rdivmod)__:
    def __\1__(self, other: ArrayLike, /) -> tuple[Array, Array]: ...

trivet._core.Array.__(neg|pos|abs|invert)__:
    def __\1__(self) -> Array: ...

trivet._core.Array.__bool__:
    def __bool__(self) -> bool: ...

trivet._core.Array.__len__:
    def __len__(self) -> int: ...

trivet._core.Array.__iter__:
    def __iter__(self) -> Iterator[Array]: ...

trivet._core.Array.__contains__:
    def __contains__(self, value: ArrayLike, /) -> bool: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

trivet._core.Array.__getitem__:
    def __getitem__(self, key: Any, /) -> Array: ...

trivet._core.Array.__setitem__:
    def __setitem__(self, key: Any, value: ArrayLike, /) -> None: ...

trivet._core.Array.__(delitem|buffer|release_buffer)__:

trivet._core.Array.__hash__:
    __hash__: None  # type: ignore[assignment]

trivet._core.Array.__array_(priority|ufunc)__:

trivet._core._dtypes:
