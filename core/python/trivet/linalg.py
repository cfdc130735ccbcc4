# SPDX-License-Identifier: Apache-2.0
"""Linear algebra over stacks of matrices (..., M, N), by the BLAS and LAPACK in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from trivet import _core
from trivet._core import (
    cross,
    det,
    eigvals,
    inv,
    matmul,
    matrix_power,
    matrix_transpose,
    outer,
    solve,
    svdvals,
    tensordot,
    vecdot,
)

if TYPE_CHECKING:
    from trivet._core import Array
    from trivet._typing import ArrayLike, DTypeLike

__all__ = [
    "EigResult",
    "EighResult",
    "LUFactorResult",
    "LUResult",
    "LinAlgError",
    "LstsqResult",
    "QRResult",
    "SVDResult",
    "SlogdetResult",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "lu",
    "lu_factor",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


class LinAlgError(ValueError):
    """A matrix is singular, not positive definite, or an iteration did not converge."""


class EighResult(NamedTuple):
    """What eigh returns: eigenvalues in ascending order."""

    eigenvalues: Array
    eigenvectors: Array


class EigResult(NamedTuple):
    """What eig returns: both parts complex."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """What qr returns: `x = Q @ R`."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """What slogdet returns: `det(x) = sign * exp(logabsdet)`."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """What svd returns: `x = U @ diag(S) @ Vh`."""

    U: Array
    S: Array
    Vh: Array


class LUResult(NamedTuple):
    """What lu returns: `x = P @ L @ U`."""

    P: Array
    L: Array
    U: Array


class LUFactorResult(NamedTuple):
    """What lu_factor returns: both factors in one array, and the row exchanged with each row."""

    LU: Array
    pivots: Array


class LstsqResult(NamedTuple):
    """What lstsq returns."""

    x: Array
    residuals: Array
    rank: Array
    s: Array


def cholesky(x: ArrayLike, /, *, upper: bool = False) -> Array:
    """Return the triangular factor of a positive definite matrix."""
    return _core.cholesky(x, upper)


def eigh(x: ArrayLike, /, UPLO: str = "L") -> EighResult:
    """Return the eigenvalues and eigenvectors of a symmetric or Hermitian matrix."""
    return EighResult(*_core.eigh(x, _is_upper("eigh", UPLO)))


def eigvalsh(x: ArrayLike, /, UPLO: str = "L") -> Array:
    """Return the eigenvalues of a symmetric or Hermitian matrix, in ascending order."""
    return _core.eigvalsh(x, _is_upper("eigvalsh", UPLO))


def _is_upper(function: str, uplo: str) -> bool:
    if uplo.upper() not in ("L", "U"):
        msg = f"[{function}] UPLO must be L or U; got {uplo!r}"
        raise ValueError(msg)
    return uplo.upper() == "U"


def eig(x: ArrayLike, /) -> EigResult:
    """Return the eigenvalues and right eigenvectors of a square matrix."""
    return EigResult(*_core.eig(x))


def slogdet(x: ArrayLike, /) -> SlogdetResult:
    """Return the sign and the logarithm of the absolute value of the determinant."""
    return SlogdetResult(*_core.slogdet(x))


def lu(x: ArrayLike, /) -> LUResult:
    """Return the factors of `x = P @ L @ U`, with partial pivoting."""
    return LUResult(*_core.lu(x))


def lu_factor(x: ArrayLike, /) -> LUFactorResult:
    """Return the factors of lu in packed form."""
    return LUFactorResult(*_core.lu_factor(x))


def qr(x: ArrayLike, /, *, mode: str = "reduced") -> QRResult:
    """Return an orthogonal and an upper triangular factor."""
    if mode not in ("reduced", "complete"):
        msg = f"[qr] mode must be reduced or complete; got {mode!r}"
        raise ValueError(msg)
    return QRResult(*_core.qr(x, mode == "complete"))


def svd(x: ArrayLike, /, *, full_matrices: bool = True) -> SVDResult:
    """Return the singular value decomposition, singular values in descending order."""
    return SVDResult(*_core.svd(x, full_matrices))


def lstsq(a: ArrayLike, b: ArrayLike, /, rcond: float | None = None) -> LstsqResult:
    """Return the x of least norm that minimises the norm of `b - a @ x`."""
    return LstsqResult(*_core.lstsq(a, b, rcond))


def pinv(x: ArrayLike, /, *, rtol: float | None = None, hermitian: bool = False) -> Array:
    """Return the Moore-Penrose inverse; singular values below rtol times the largest count as 0."""
    return _core.pinv(x, rtol, hermitian)


def matrix_rank(x: ArrayLike, /, *, rtol: float | None = None, hermitian: bool = False) -> Array:
    """Return the number of singular values above rtol times the largest."""
    if rtol is None:
        return _core.matrix_rank(x, None, hermitian)
    values = svdvals(x)
    largest = _core.max(values, -1, keepdims=True)
    return _core.count_nonzero(values > largest * rtol, -1)


def trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Array:
    """Return the sum along the diagonal of the last two axes."""
    array = _core.asarray(x)
    return _core.trace(array if dtype is None else array.astype(dtype, copy=False), offset)


def diagonal(x: ArrayLike, /, *, offset: int = 0) -> Array:
    """Return the diagonal of the last two axes, a view."""
    return _core.diagonal(x, offset, -2, -1)


def vector_norm(
    x: ArrayLike,
    /,
    *,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
    ord: float = 2,
) -> Array:
    """Return the norm of vectors along the axes; of all elements by default."""
    return _core.vector_norm(x, axis, ord, keepdims)


def matrix_norm(x: ArrayLike, /, *, keepdims: bool = False, ord: float | str = "fro") -> Array:
    """Return the norm of each matrix: fro, nuc, 1, -1, 2, -2, inf or -inf."""
    return _core.matrix_norm(x, ord, keepdims)


def norm(
    x: ArrayLike,
    ord: float | str | None = None,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
) -> Array:
    """Return NumPy's norm: of vectors, of matrices when axis has two entries."""
    array = _core.asarray(x)
    if axis is None and ord is None:
        return _core.vector_norm(array, None, 2.0, keepdims)
    if axis is None:
        axis = tuple(range(array.ndim))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    if len(axes) == 1 or ord is None:
        if isinstance(ord, str):
            msg = f"[norm] ord of vectors must be a number; got {ord!r}"
            raise ValueError(msg)
        return _core.vector_norm(array, axes, 2.0 if ord is None else ord, keepdims)
    if len(axes) != 2:
        msg = f"[norm] axis must have one or two entries; got {axes}"
        raise ValueError(msg)
    matrices = _core.moveaxis(array, axes, (-2, -1))
    result = _core.matrix_norm(matrices, ord, False)
    if not keepdims:
        return result
    return _core.expand_dims(result, sorted(a % array.ndim for a in axes))


def cond(x: ArrayLike, /, p: float | str | None = None) -> Array:
    """Return the condition number; of the 2-norm by default."""
    if p is None:
        values = svdvals(x)
        return values[..., 0] / values[..., -1]
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
