# SPDX-License-Identifier: Apache-2.0
# Written by core/bindings/write_stubs.py; do not edit.
# ruff: noqa
# mypy: disable-error-code="override, misc, overload-overlap"
"""The compiled part of Trivet; use it through `import trivet`."""

import types
from typing import overload



from collections.abc import Iterator, Sequence
from typing import Any

from trivet._typing import ArrayLike, DTypeLike, Shape

class DType:
    """
    The type of an array's elements. Equal to its own name and to NumPy's dtype of that name.
    """

    def __init__(self, name: DTypeLike) -> None: ...

    @property
    def name(self) -> str:
        """Its name, such as `float32`."""

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""

    @property
    def kind(self) -> str:
        """One letter: b(ool), i(nt), u(nsigned), f(loat), c(omplex)."""

    def __eq__(self, other: object, /) -> bool: ...

    def __ne__(self, other: object, /) -> bool: ...

    def __hash__(self) -> int: ...

    def __str__(self) -> str: ...

    def __repr__(self) -> str: ...

    def __reduce__(self) -> tuple[type[DType], tuple[str]]: ...

int8: DType = ...

int16: DType = ...

int32: DType = ...

int64: DType = ...

uint8: DType = ...

uint16: DType = ...

uint32: DType = ...

uint64: DType = ...

float16: DType = ...

bfloat16: DType = ...

float32: DType = ...

float64: DType = ...

complex64: DType = ...

complex128: DType = ...

class Array:
    """
    An n-dimensional array of one dtype. Made by asarray, zeros, arange and their like.
    """

    __hash__: None  # type: ignore[assignment]

    def __lt__(self, other: ArrayLike, /) -> Array: ...

    def __le__(self, other: ArrayLike, /) -> Array: ...

    def __eq__(self, other: ArrayLike, /) -> Array: ...

    def __ne__(self, other: ArrayLike, /) -> Array: ...

    def __gt__(self, other: ArrayLike, /) -> Array: ...

    def __ge__(self, other: ArrayLike, /) -> Array: ...

    def __iter__(self) -> Iterator[Array]: ...

    def __add__(self, other: ArrayLike, /) -> Array: ...

    def __radd__(self, other: ArrayLike, /) -> Array: ...

    def __sub__(self, other: ArrayLike, /) -> Array: ...

    def __rsub__(self, other: ArrayLike, /) -> Array: ...

    def __mul__(self, other: ArrayLike, /) -> Array: ...

    def __rmul__(self, other: ArrayLike, /) -> Array: ...

    def __mod__(self, other: ArrayLike, /) -> Array: ...

    def __rmod__(self, other: ArrayLike, /) -> Array: ...

    def __divmod__(self, other: ArrayLike, /) -> tuple[Array, Array]: ...

    def __rdivmod__(self, other: ArrayLike, /) -> tuple[Array, Array]: ...

    def __pow__(self, other: ArrayLike, /) -> Array: ...

    def __rpow__(self, other: ArrayLike, /) -> Array: ...

    def __neg__(self) -> Array: ...

    def __pos__(self) -> Array: ...

    def __abs__(self) -> Array: ...

    def __bool__(self) -> bool: ...

    def __invert__(self) -> Array: ...

    def __lshift__(self, other: ArrayLike, /) -> Array: ...

    def __rlshift__(self, other: ArrayLike, /) -> Array: ...

    def __rshift__(self, other: ArrayLike, /) -> Array: ...

    def __rrshift__(self, other: ArrayLike, /) -> Array: ...

    def __and__(self, other: ArrayLike, /) -> Array: ...

    def __rand__(self, other: ArrayLike, /) -> Array: ...

    def __xor__(self, other: ArrayLike, /) -> Array: ...

    def __rxor__(self, other: ArrayLike, /) -> Array: ...

    def __or__(self, other: ArrayLike, /) -> Array: ...

    def __ror__(self, other: ArrayLike, /) -> Array: ...

    def __iadd__(self, other: ArrayLike, /) -> Array: ...

    def __isub__(self, other: ArrayLike, /) -> Array: ...

    def __imul__(self, other: ArrayLike, /) -> Array: ...

    def __imod__(self, other: ArrayLike, /) -> Array: ...

    def __ipow__(self, other: ArrayLike, /) -> Array: ...

    def __ilshift__(self, other: ArrayLike, /) -> Array: ...

    def __irshift__(self, other: ArrayLike, /) -> Array: ...

    def __iand__(self, other: ArrayLike, /) -> Array: ...

    def __ixor__(self, other: ArrayLike, /) -> Array: ...

    def __ior__(self, other: ArrayLike, /) -> Array: ...

    def __floordiv__(self, other: ArrayLike, /) -> Array: ...

    def __rfloordiv__(self, other: ArrayLike, /) -> Array: ...

    def __truediv__(self, other: ArrayLike, /) -> Array: ...

    def __rtruediv__(self, other: ArrayLike, /) -> Array: ...

    def __ifloordiv__(self, other: ArrayLike, /) -> Array: ...

    def __itruediv__(self, other: ArrayLike, /) -> Array: ...

    def __matmul__(self, other: ArrayLike, /) -> Array: ...

    def __rmatmul__(self, other: ArrayLike, /) -> Array: ...

    def __imatmul__(self, other: ArrayLike, /) -> Array: ...

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> Array: ...

    def __setitem__(self, key: Any, value: ArrayLike, /) -> None: ...

    def __contains__(self, value: ArrayLike, /) -> bool: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along each axis."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    @property
    def size(self) -> int:
        """Number of elements."""

    @property
    def dtype(self) -> DType:
        """The type of the elements."""

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next along each axis."""

    @property
    def device(self) -> str:
        """Where the elements lie: `cpu`."""

    @property
    def T(self) -> Array:
        """The array with its axes reversed, a view."""

    @property
    def mT(self) -> Array:
        """The last two axes exchanged, a view."""

    @property
    def real(self) -> Array:
        """The real part, a view."""

    @property
    def imag(self) -> Array:
        """The imaginary part: a view of a complex array."""

    @property
    def is_contiguous(self) -> bool:
        """Whether elements lie in C order."""

    @property
    def is_f_contiguous(self) -> bool:
        """Whether elements lie in Fortran order."""

    @property
    def is_writable(self) -> bool:
        """Whether elements may be assigned."""

    @property
    def base_address(self) -> int:
        """Address of the first element."""

    def __int__(self) -> int: ...

    def __float__(self) -> float: ...

    def __complex__(self) -> complex: ...

    def __index__(self) -> int: ...

    def __repr__(self) -> str: ...

    def __str__(self) -> str: ...

    def item(self, *index: int) -> Any:
        """The value of one element as a Python number."""

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""

    def to_device(self, device: str, /, *, stream: object | None = None) -> Array:
        """The array on that device; `cpu` is the only one."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """A NumPy array that shares memory when it can."""

    def __array_namespace__(self, *, api_version: str | None = None) -> types.ModuleType:
        """The module `trivet`, as the array API standard asks."""

    def astype(self, dtype: DTypeLike, /, *, copy: bool = True, device: str | None = None) -> Array:
        """The elements as another dtype; unsafe casts are allowed."""

    def copy(self) -> Array:
        """A fresh array in C order."""

    def reshape(self, *shape: Any, copy: bool | None = None) -> Array:
        """The elements in C order in another shape; a view when it can be."""

    def ravel(self) -> Array:
        """One axis; a view when it can be."""

    def flatten(self) -> Array:
        """A copy with one axis."""

    def transpose(self, *axes: Any) -> Array:
        """The axes in another order, reversed by default; a view."""

    def swapaxes(self, axis1: int, axis2: int, /) -> Array:
        """Two axes exchanged, a view."""

    def squeeze(self, axis: int | Sequence[int] | None = None) -> Array:
        """Without axes of length 1, a view."""

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """The diagonals of two axes, as the last axis: a view."""

    def take(self, indices: ArrayLike, /, axis: int | None = None) -> Array:
        """Elements at `indices` along the axis."""

    def nonzero(self) -> tuple[Array, ...]:
        """The indices of the elements that are not zero."""

    def conj(self) -> Array:
        """The complex conjugate."""

    def fill(self, value: complex, /) -> None:
        """Sets every element to the value."""

    def as_read_only(self) -> Array:
        """A view through which elements cannot be assigned."""

    def sum(self, axis: int | Sequence[int] | None = None, *, dtype: DTypeLike | None = None, keepdims: bool = False) -> Array:
        """
        Over the axes; integers narrower than 64 bits are summed as int64 or uint64.
        """

    def prod(self, axis: int | Sequence[int] | None = None, *, dtype: DTypeLike | None = None, keepdims: bool = False) -> Array:
        """
        Over the axes; integers narrower than 64 bits are summed as int64 or uint64.
        """

    def min(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
        """Over the axes; all of them by default."""

    def max(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
        """Over the axes; all of them by default."""

    def any(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
        """Over the axes; all of them by default."""

    def all(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
        """Over the axes; all of them by default."""

    def count_nonzero(self, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
        """Over the axes; all of them by default."""

    def mean(self, axis: int | Sequence[int] | None = None, *, dtype: DTypeLike | None = None, keepdims: bool = False) -> Array:
        """The arithmetic mean over the axes."""

    def var(self, axis: int | Sequence[int] | None = None, *, correction: float = 0.0, keepdims: bool = False, ddof: float | None = None) -> Array:
        """
        Over the axes; the divisor is the number of elements less `correction` (`ddof`).
        """

    def std(self, axis: int | Sequence[int] | None = None, *, correction: float = 0.0, keepdims: bool = False, ddof: float | None = None) -> Array:
        """
        Over the axes; the divisor is the number of elements less `correction` (`ddof`).
        """

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """
        The index of the first extreme along the axis; of the flattened array by default.
        """

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """
        The index of the first extreme along the axis; of the flattened array by default.
        """

    def cumsum(self, axis: int | None = None, *, dtype: DTypeLike | None = None) -> Array:
        """Running over the axis; over the flattened array by default."""

    def cumprod(self, axis: int | None = None, *, dtype: DTypeLike | None = None) -> Array:
        """Running over the axis; over the flattened array by default."""

    def __dlpack__(self, *, stream: int | None = None, max_version: tuple[int, int] | None = None, dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> Any:
        """A DLPack capsule that shares this array's memory."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """The DLPack device: (1, 0), the CPU."""

    def __reduce_ex__(self, protocol: int, /) -> tuple[Any, ...]: ...

    def __copy__(self) -> Array: ...

    def __deepcopy__(self, memo: object, /) -> Array: ...

class finfo:
    """Limits of a floating-point dtype."""

    def __init__(self, type: DTypeLike | Array) -> None: ...

    @property
    def dtype(self) -> DType: ...

    @property
    def bits(self) -> int: ...

    @property
    def eps(self) -> float:
        """From 1 to the next number."""

    @property
    def max(self) -> float: ...

    @property
    def min(self) -> float: ...

    @property
    def smallest_normal(self) -> float: ...

    @property
    def tiny(self) -> float: ...

    @property
    def smallest_subnormal(self) -> float: ...

    @property
    def resolution(self) -> float: ...

class iinfo:
    """Limits of an integer dtype."""

    def __init__(self, type: DTypeLike | Array) -> None: ...

    @property
    def dtype(self) -> DType: ...

    @property
    def bits(self) -> int: ...

    @property
    def max(self) -> int: ...

    @property
    def min(self) -> int: ...

class ArrayNamespaceInfo:
    """The array API's inspection of this library."""

    def capabilities(self) -> dict[str, Any]: ...

    def default_device(self) -> str: ...

    def devices(self) -> tuple[str, ...]: ...

    def default_dtypes(self, *, device: str | None = None) -> dict[str, DType]: ...

    def dtypes(self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None) -> dict[str, DType]: ...

def __array_namespace_info__() -> ArrayNamespaceInfo:
    """Capabilities, devices and dtypes, as the array API asks."""

def isdtype(dtype: DTypeLike, kind: str | DType | tuple[str | DType, ...], /) -> bool:
    """Whether the dtype is of a kind such as `real floating`."""

def result_type(*arrays_and_dtypes: ArrayLike | DTypeLike) -> DType:
    """The dtype that an operation on these has."""

def can_cast(from_: DTypeLike | Array, to: DTypeLike, /, casting: str = 'safe') -> bool:
    """Whether one dtype casts to another by that rule."""

def promote_types(type1: DTypeLike, type2: DTypeLike, /) -> DType:
    """The dtype that holds both."""

def asarray(obj: ArrayLike, /, dtype: DTypeLike | None = None, *, device: str | None = None, copy: bool | None = None) -> Array:
    """
    An Array from nested sequences, numbers, buffers, DLPack or NumPy's protocols.

    copy=None shares memory when it can, True never, False raises ValueError when it cannot.
    """

def array(obj: ArrayLike, /, dtype: DTypeLike | None = None, *, device: str | None = None, copy: bool | None = True) -> Array:
    """As asarray, but a fresh copy by default."""

def astype(x: ArrayLike, dtype: DTypeLike, /, *, copy: bool = True, device: str | None = None) -> Array:
    """The elements as another dtype; unsafe casts are allowed."""

def empty(shape: Shape, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array whose elements have no defined value; float64 by default."""

def empty_like(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array whose elements have no defined value; float64 by default."""

def zeros(shape: Shape, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array of zeros; float64 by default."""

def zeros_like(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array of zeros; float64 by default."""

def ones(shape: Shape, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array of ones; float64 by default."""

def ones_like(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array of ones; float64 by default."""

def full(shape: Shape, fill_value: ArrayLike, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array of one value; its dtype is that of the value by default."""

def full_like(x: ArrayLike, /, fill_value: ArrayLike, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """An array of one value with the shape and dtype of another."""

def arange(start: float, /, stop: float | None = None, step: float = 1, *, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """Values from start (0 when alone) up to, not including, stop."""

def linspace(start: complex, stop: complex, /, num: int = 50, *, dtype: DTypeLike | None = None, endpoint: bool = True, device: str | None = None) -> Array:
    """`num` values evenly spaced from start to stop."""

def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DTypeLike | None = None, device: str | None = None) -> Array:
    """Ones on the k-th diagonal, zeros elsewhere."""

def tril(x: ArrayLike, /, *, k: int = 0) -> Array:
    """That triangle of the last two axes, zeros elsewhere."""

def triu(x: ArrayLike, /, *, k: int = 0) -> Array:
    """That triangle of the last two axes, zeros elsewhere."""

def add(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise add; `out` is an Array that takes the result."""

def subtract(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise subtract; `out` is an Array that takes the result."""

def multiply(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise multiply; `out` is an Array that takes the result."""

def divide(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise divide; `out` is an Array that takes the result."""

def floor_divide(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise floor_divide; `out` is an Array that takes the result."""

def remainder(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise remainder; `out` is an Array that takes the result."""

def fmod(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise fmod; `out` is an Array that takes the result."""

def pow(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise pow; `out` is an Array that takes the result."""

def fma(x1: ArrayLike, x2: ArrayLike, x3: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise fma; `out` is an Array that takes the result."""

def negative(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise negative; `out` is an Array that takes the result."""

def positive(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise positive; `out` is an Array that takes the result."""

def abs(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise abs; `out` is an Array that takes the result."""

def sign(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise sign; `out` is an Array that takes the result."""

def square(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise square; `out` is an Array that takes the result."""

def reciprocal(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise reciprocal; `out` is an Array that takes the result."""

def conj(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise conj; `out` is an Array that takes the result."""

def maximum(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise maximum; `out` is an Array that takes the result."""

def minimum(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise minimum; `out` is an Array that takes the result."""

def fmax(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise fmax; `out` is an Array that takes the result."""

def fmin(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise fmin; `out` is an Array that takes the result."""

def floor(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise floor; `out` is an Array that takes the result."""

def ceil(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise ceil; `out` is an Array that takes the result."""

def trunc(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise trunc; `out` is an Array that takes the result."""

def sqrt(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise sqrt; `out` is an Array that takes the result."""

def rsqrt(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise rsqrt; `out` is an Array that takes the result."""

def cbrt(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise cbrt; `out` is an Array that takes the result."""

def exp(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise exp; `out` is an Array that takes the result."""

def exp2(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise exp2; `out` is an Array that takes the result."""

def expm1(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise expm1; `out` is an Array that takes the result."""

def log(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise log; `out` is an Array that takes the result."""

def log2(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise log2; `out` is an Array that takes the result."""

def log10(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise log10; `out` is an Array that takes the result."""

def log1p(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise log1p; `out` is an Array that takes the result."""

def logaddexp(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise logaddexp; `out` is an Array that takes the result."""

def hypot(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise hypot; `out` is an Array that takes the result."""

def sin(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise sin; `out` is an Array that takes the result."""

def cos(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise cos; `out` is an Array that takes the result."""

def tan(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise tan; `out` is an Array that takes the result."""

def asin(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise asin; `out` is an Array that takes the result."""

def acos(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise acos; `out` is an Array that takes the result."""

def atan(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise atan; `out` is an Array that takes the result."""

def atan2(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise atan2; `out` is an Array that takes the result."""

def sinh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise sinh; `out` is an Array that takes the result."""

def cosh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise cosh; `out` is an Array that takes the result."""

def tanh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise tanh; `out` is an Array that takes the result."""

def asinh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise asinh; `out` is an Array that takes the result."""

def acosh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise acosh; `out` is an Array that takes the result."""

def atanh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise atanh; `out` is an Array that takes the result."""

def erf(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise erf; `out` is an Array that takes the result."""

def erfc(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise erfc; `out` is an Array that takes the result."""

def copysign(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise copysign; `out` is an Array that takes the result."""

def nextafter(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise nextafter; `out` is an Array that takes the result."""

def signbit(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise signbit; `out` is an Array that takes the result."""

def isnan(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise isnan; `out` is an Array that takes the result."""

def isinf(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise isinf; `out` is an Array that takes the result."""

def isfinite(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise isfinite; `out` is an Array that takes the result."""

def equal(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise equal; `out` is an Array that takes the result."""

def not_equal(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise not_equal; `out` is an Array that takes the result."""

def less(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise less; `out` is an Array that takes the result."""

def less_equal(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise less_equal; `out` is an Array that takes the result."""

def greater(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise greater; `out` is an Array that takes the result."""

def greater_equal(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise greater_equal; `out` is an Array that takes the result."""

def logical_and(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise logical_and; `out` is an Array that takes the result."""

def logical_or(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise logical_or; `out` is an Array that takes the result."""

def logical_xor(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise logical_xor; `out` is an Array that takes the result."""

def logical_not(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise logical_not; `out` is an Array that takes the result."""

def bitwise_and(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise bitwise_and; `out` is an Array that takes the result."""

def bitwise_or(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise bitwise_or; `out` is an Array that takes the result."""

def bitwise_xor(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise bitwise_xor; `out` is an Array that takes the result."""

def bitwise_invert(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise bitwise_invert; `out` is an Array that takes the result."""

def left_shift(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise left_shift; `out` is an Array that takes the result."""

def right_shift(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise right_shift; `out` is an Array that takes the result."""

def relu(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise relu; `out` is an Array that takes the result."""

def sigmoid(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise sigmoid; `out` is an Array that takes the result."""

def silu(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise silu; `out` is an Array that takes the result."""

def gelu(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise gelu; `out` is an Array that takes the result."""

def gelu_tanh(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise gelu_tanh; `out` is an Array that takes the result."""

def softplus(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise softplus; `out` is an Array that takes the result."""

def elu(x: ArrayLike, /, alpha: float = 1.0, *, out: Array | None = None) -> Array:
    """Element-wise elu; `out` is an Array that takes the result."""

def selu(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise selu; `out` is an Array that takes the result."""

def leaky_relu(x: ArrayLike, /, slope: float = 0.01, *, out: Array | None = None) -> Array:
    """Element-wise leaky_relu; `out` is an Array that takes the result."""

def hardswish(x: ArrayLike, /, *, out: Array | None = None, dtype: DTypeLike | None = None) -> Array:
    """Element-wise hardswish; `out` is an Array that takes the result."""

def clip(x: ArrayLike, /, min: ArrayLike | None = None, max: ArrayLike | None = None, *, out: Array | None = None) -> Array:
    """
    Element-wise `minimum(maximum(x, min), max)`; None leaves that side open.
    """

@overload
def where(condition: ArrayLike, /) -> tuple[Array, ...]:
    """The same as nonzero(condition)."""

@overload
def where(condition: ArrayLike, x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """Element-wise x1 where the condition holds, x2 elsewhere."""

def round(x: ArrayLike, /, decimals: int = 0, *, out: Array | None = None) -> Array:
    """Element-wise rounding to the nearest; halves go to even."""

def real(x: ArrayLike, /) -> Array:
    """That part of each element; a view of a complex array."""

def imag(x: ArrayLike, /) -> Array:
    """That part of each element; a view of a complex array."""

bitwise_left_shift = left_shift

bitwise_right_shift = right_shift

absolute = abs

power = pow

mod = remainder

true_divide = divide

invert = bitwise_invert

conjugate = conj

def sum(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, dtype: DTypeLike | None = None, keepdims: bool = False) -> Array:
    """
    Over the axes; integers narrower than 64 bits are summed as int64 or uint64.
    """

def prod(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, dtype: DTypeLike | None = None, keepdims: bool = False) -> Array:
    """
    Over the axes; integers narrower than 64 bits are summed as int64 or uint64.
    """

def min(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
    """Over the axes; all of them by default."""

def max(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
    """Over the axes; all of them by default."""

def any(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
    """Over the axes; all of them by default."""

def all(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
    """Over the axes; all of them by default."""

def count_nonzero(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, keepdims: bool = False) -> Array:
    """Over the axes; all of them by default."""

def mean(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, dtype: DTypeLike | None = None, keepdims: bool = False) -> Array:
    """The arithmetic mean over the axes."""

def var(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, correction: float = 0.0, keepdims: bool = False, ddof: float | None = None) -> Array:
    """
    Over the axes; the divisor is the number of elements less `correction` (`ddof`).
    """

def std(x: ArrayLike, /, axis: int | Sequence[int] | None = None, *, correction: float = 0.0, keepdims: bool = False, ddof: float | None = None) -> Array:
    """
    Over the axes; the divisor is the number of elements less `correction` (`ddof`).
    """

def argmin(x: ArrayLike, /, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """
    The index of the first extreme along the axis; of the flattened array by default.
    """

def argmax(x: ArrayLike, /, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """
    The index of the first extreme along the axis; of the flattened array by default.
    """

def cumsum(x: ArrayLike, /, axis: int | None = None, *, dtype: DTypeLike | None = None) -> Array:
    """Running over the axis; over the flattened array by default."""

def cumprod(x: ArrayLike, /, axis: int | None = None, *, dtype: DTypeLike | None = None) -> Array:
    """Running over the axis; over the flattened array by default."""

def cumulative_sum(x: ArrayLike, /, *, axis: int | None = None, dtype: DTypeLike | None = None, include_initial: bool = False) -> Array:
    """
    Running over the axis, after the neutral element when include_initial is set.
    """

def cumulative_prod(x: ArrayLike, /, *, axis: int | None = None, dtype: DTypeLike | None = None, include_initial: bool = False) -> Array:
    """
    Running over the axis, after the neutral element when include_initial is set.
    """

def reshape(x: ArrayLike, /, shape: Shape, *, copy: bool | None = None) -> Array:
    """
    The elements in C order in another shape; -1 stands for what is left. A view when it can.
    """

def permute_dims(x: ArrayLike, /, axes: Sequence[int]) -> Array:
    """The axes in another order, a view."""

def transpose(x: ArrayLike, /, axes: Sequence[int] | None = None) -> Array:
    """The axes in another order, reversed by default; a view."""

def swapaxes(x: ArrayLike, /, axis1: int, axis2: int) -> Array:
    """Two axes exchanged, a view."""

def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int], /) -> Array:
    """Axes moved to other places, a view."""

def expand_dims(x: ArrayLike, /, axis: int | Sequence[int] = 0) -> Array:
    """New axes of length 1 at these places of the result, a view."""

def squeeze(x: ArrayLike, /, axis: int | Sequence[int] | None = None) -> Array:
    """
    Without these axes of length 1; without all of them by default. A view.
    """

def flip(x: ArrayLike, /, axis: int | Sequence[int] | None = None) -> Array:
    """The order reversed along these axes, a view."""

def broadcast_to(x: ArrayLike, /, shape: Shape) -> Array:
    """Repeated to a shape without a copy: a read-only view."""

def broadcast_arrays(*arrays: ArrayLike) -> tuple[Array, ...]:
    """All arguments broadcast to their common shape: read-only views."""

def diagonal(x: ArrayLike, /, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The diagonals of the two axes, as the last axis: a view."""

def concat(arrays: Sequence[ArrayLike], /, axis: int | None = 0) -> Array:
    """
    The arrays one after another along an axis; flattened first when axis is None.
    """

def concatenate(arrays: Sequence[ArrayLike], /, axis: int | None = 0) -> Array:
    """
    The arrays one after another along an axis; flattened first when axis is None.
    """

def stack(arrays: Sequence[ArrayLike], /, axis: int = 0) -> Array:
    """Arrays of one shape along a new axis."""

def unstack(x: ArrayLike, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, as views."""

def repeat(x: ArrayLike, repeats: ArrayLike, /, *, axis: int | None = None) -> Array:
    """
    Each element `repeats` times along the axis; flattened when axis is None.
    """

def tile(x: ArrayLike, repetitions: int | Sequence[int], /) -> Array:
    """The whole array repeated along each axis."""

def roll(x: ArrayLike, /, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Array:
    """
    Elements moved along the axes; what leaves at the end comes in at the start.
    """

def meshgrid(*arrays: ArrayLike, indexing: str = 'xy') -> tuple[Array, ...]:
    """
    Coordinate grids of 1-d arrays, with Cartesian (xy) or matrix (ij) order.
    """

def diff(x: ArrayLike, /, *, axis: int = -1, n: int = 1, prepend: ArrayLike | None = None, append: ArrayLike | None = None) -> Array:
    """Differences of neighbours along the axis, taken n times."""

def broadcast_shapes(*shapes: Shape) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to."""

def copy(x: ArrayLike, /) -> Array:
    """A fresh array in C order."""

def ascontiguousarray(x: ArrayLike, /) -> Array:
    """The array itself when it lies in C order, otherwise a copy."""

def take(x: ArrayLike, indices: ArrayLike, /, axis: int | None = None) -> Array:
    """
    Elements of `x` at `indices` along `axis`; of the flattened `x` when axis is None.
    """

def take_along_axis(x: ArrayLike, indices: ArrayLike, /, axis: int = -1) -> Array:
    """One element of `x` along `axis` for each index."""

def nonzero(x: ArrayLike, /) -> tuple[Array, ...]:
    """
    The indices of the elements that are not zero, one array for each axis.
    """

def matmul(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None) -> Array:
    """The matrix product over the last two axes, broadcast over the others."""

def dot(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """NumPy's dot product."""

def outer(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """All products of the elements of two vectors."""

def vecdot(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array:
    """The dot product along an axis; x1 is conjugated."""

def tensordot(x1: ArrayLike, x2: ArrayLike, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Array:
    """The sum of products over pairs of axes."""

def einsum(subscripts: str, /, *operands: ArrayLike) -> Array:
    """Einstein's summation: `ij,jk->ik` is the matrix product."""

def matrix_transpose(x: ArrayLike, /) -> Array:
    """The last two axes exchanged, a view."""

def solve(x1: ArrayLike, x2: ArrayLike, /) -> Array:
    """The x of `a @ x == b`."""

def inv(x: ArrayLike, /) -> Array:
    """The inverse of each matrix."""

def det(x: ArrayLike, /) -> Array:
    """The determinant of each matrix."""

def svdvals(x: ArrayLike, /) -> Array:
    """The singular values, largest first."""

def eigvals(x: ArrayLike, /) -> Array:
    """The eigenvalues, always complex."""

def slogdet(x: ArrayLike, /) -> tuple[Array, Array]: ...

def eig(x: ArrayLike, /) -> tuple[Array, Array]: ...

def lu_factor(x: ArrayLike, /) -> tuple[Array, Array]: ...

def eigh(x: ArrayLike, upper: bool, /) -> tuple[Array, Array]: ...

def qr(x: ArrayLike, complete: bool, /) -> tuple[Array, Array]: ...

def cholesky(x: ArrayLike, upper: bool, /) -> Array: ...

def eigvalsh(x: ArrayLike, upper: bool, /) -> Array: ...

def lu(x: ArrayLike, /) -> tuple[Array, Array, Array]: ...

def svd(x: ArrayLike, full_matrices: bool, /) -> tuple[Array, Array, Array]: ...

def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None, /) -> tuple[Array, Array, Array, Array]: ...

def pinv(x: ArrayLike, rtol: float | None, hermitian: bool, /) -> Array: ...

def matrix_rank(x: ArrayLike, tol: float | None, hermitian: bool, /) -> Array: ...

def matrix_power(x: ArrayLike, n: int, /) -> Array:
    """
    The matrix multiplied by itself n times; the inverse's power when n is negative.
    """

def trace(x: ArrayLike, offset: int, /) -> Array: ...

def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array:
    """The cross product of vectors of three elements along an axis."""

def vector_norm(x: ArrayLike, axis: int | Sequence[int] | None, ord: float, keepdims: bool, /) -> Array: ...

def matrix_norm(x: ArrayLike, ord: float | str, keepdims: bool, /) -> Array: ...

def from_dlpack(x: object, /, *, device: str | None = None, copy: bool | None = None) -> Array:
    """
    An Array that shares memory with any object that has `__dlpack__`.

    Raises BufferError when the producer cannot share, or copy=False and a copy is needed.
    """

def load_backend(path: str, /) -> None:
    """
    Opens a backend file and checks its ABI version; the first becomes the one in use.
    """

def use_backend(path: str, /) -> None:
    """Chooses among the loaded backends, by path or id."""

def has_backend() -> bool:
    """Whether a backend is in use."""

def current_backend() -> dict[str, Any]:
    """What the backend in use says of itself."""

def cpu_isa() -> str:
    """
    The instruction set of the core's kernels here: baseline, avx2 or avx512.
    """

def get_num_threads() -> int:
    """Threads of the core's own kernels."""

def set_num_threads(count: int, /) -> None:
    """Sets the threads of the core and of the backend in use."""

bool_: DType
def _op_table() -> list[tuple[str, int, int]]: ...
def _rebuild(data: object, dtype: str, shape: tuple[int, ...], /) -> Array: ...
