# SPDX-License-Identifier: Apache-2.0
"""Linear algebra agrees with NumPy, over stacks, dtypes and empty matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

Host = np.ndarray[Any, Any]

DTYPES = ["float32", "float64", "complex64", "complex128"]
STACKS: list[tuple[int, ...]] = [(), (3,), (2, 3), (0,)]


def matrices(dtype: str, *shape: int, seed: int = 3) -> Host:
    """Return well-conditioned random matrices."""
    random = np.random.default_rng(seed)
    host = random.standard_normal(shape)
    if dtype.startswith("c"):
        host = host + 1j * random.standard_normal(shape)
    square = shape[-1] == shape[-2]
    return (host + (np.eye(shape[-1]) * 4 if square else 0)).astype(dtype)


def hermitian(dtype: str, *shape: int) -> Host:
    """Return positive definite matrices."""
    a = matrices(dtype, *shape)
    product: Host = a @ np.conj(np.swapaxes(a, -1, -2))
    return product


def close(expected: Any, actual: Any, *, ulps: float = 300.0) -> None:
    """Check dtype, shape, and elements relative to the largest."""
    wanted, read = np.asarray(expected), np.asarray(actual)
    assert (wanted.dtype, wanted.shape) == (read.dtype, read.shape)
    if wanted.dtype.kind in "fc":
        scale = float(np.abs(wanted).max(initial=1.0))
        atol = ulps * float(np.finfo(wanted.dtype).eps) * scale
        np.testing.assert_allclose(read, wanted, rtol=0, atol=atol)
    else:
        np.testing.assert_array_equal(read, wanted)


@pytest.mark.parametrize("stack", STACKS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
class TestStacks:
    """Every function works on each matrix of a stack."""

    def test_solve_inv_det(self, dtype: str, stack: tuple[int, ...]) -> None:
        """Systems and determinants."""
        a, b = matrices(dtype, *stack, 5, 5), matrices(dtype, *stack, 5, 2)

        close(np.linalg.solve(a, b), tv.linalg.solve(a, b))
        close(np.linalg.inv(a), tv.linalg.inv(tv.asarray(a)))
        close(np.linalg.det(a), tv.linalg.det(a))
        for expected, actual in zip(np.linalg.slogdet(a), tv.linalg.slogdet(a), strict=True):
            close(expected, actual)

    def test_cholesky_and_eigh(self, dtype: str, stack: tuple[int, ...]) -> None:
        """Hermitian matrices: both triangles, values ascending, vectors by residual."""
        a = hermitian(dtype, *stack, 6, 6)

        close(np.linalg.cholesky(a), tv.linalg.cholesky(a))
        close(np.linalg.cholesky(a, upper=True), tv.linalg.cholesky(a, upper=True))
        close(np.linalg.eigvalsh(a), tv.linalg.eigvalsh(a))
        for triangle in "LU":
            values, vectors = map(np.asarray, tv.linalg.eigh(a, triangle))
            close(np.linalg.eigvalsh(a), values)
            close(a @ vectors, (vectors * values[..., None, :]).astype(dtype))

    def test_qr_and_svd(self, dtype: str, stack: tuple[int, ...]) -> None:
        """Tall and wide matrices: factors multiply back, bases are orthonormal."""
        for rows, columns in ((6, 4), (4, 6)):
            a = matrices(dtype, *stack, rows, columns)
            for full in (False, True):
                u, s, vh = map(np.asarray, tv.linalg.svd(a, full_matrices=full))
                close(np.linalg.svd(a, full_matrices=full).S, s)
                few = s.shape[-1]
                close(a, ((u[..., :few] * s[..., None, :]) @ vh[..., :few, :]).astype(dtype))
                q, r = map(np.asarray, tv.linalg.qr(a, mode="complete" if full else "reduced"))
                assert np.linalg.qr(a, mode="complete" if full else "reduced").Q.shape == q.shape
                close(a, q @ r)
                assert not np.tril(r, -1).any()
            close(np.linalg.svdvals(a), tv.linalg.svdvals(a))
            close(np.linalg.pinv(a), tv.linalg.pinv(a))

    def test_lu(self, dtype: str, stack: tuple[int, ...]) -> None:
        """Factors multiply back; both forms agree."""
        a = matrices(dtype, *stack, 5, 5)
        p, lower, upper = map(np.asarray, tv.linalg.lu(a))
        packed, pivots = map(np.asarray, tv.linalg.lu_factor(a))

        close(a, (p @ lower @ upper).astype(dtype))
        close(upper, np.triu(packed))
        assert "int64" == pivots.dtype

    def test_norms_trace_rank(self, dtype: str, stack: tuple[int, ...]) -> None:
        """Measures of each matrix."""
        a = matrices(dtype, *stack, 4, 4)
        orders: list[Any] = ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]
        for order in orders:
            expected = np.linalg.norm(a, ord=order, axis=(-2, -1))
            close(expected, tv.linalg.matrix_norm(a, ord=order))
            close(expected, tv.linalg.norm(a, order, axis=(-2, -1)))
        close(np.trace(a, axis1=-2, axis2=-1), tv.linalg.trace(a))
        close(np.linalg.matrix_rank(a), tv.linalg.matrix_rank(a))
        close(np.linalg.matrix_power(a, 3), tv.linalg.matrix_power(a, 3))
        close(np.linalg.matrix_power(a, -1), tv.linalg.matrix_power(a, -1))


@pytest.mark.parametrize("order", [2, 1, 3, 0, np.inf, -np.inf, 0.5])
def test_vector_norms(order: float) -> None:
    """Any order, along any axes, kept or dropped."""
    a = matrices("float64", 3, 4, 5)

    close(np.linalg.norm(a, ord=order, axis=1), tv.linalg.vector_norm(a, axis=1, ord=order))
    flat = np.linalg.vector_norm(a, ord=order, axis=(0, 2), keepdims=True)
    close(flat, tv.linalg.vector_norm(a, axis=(0, 2), ord=order, keepdims=True))


def test_norm_has_numpys_defaults() -> None:
    """norm() of any array is that of its elements; of two axes that of matrices."""
    a = matrices("float64", 3, 4)

    close(np.linalg.norm(a), tv.linalg.norm(a))
    close(np.linalg.norm(a, 1), tv.linalg.norm(a, 1))
    close(np.linalg.norm(a, axis=0, keepdims=True), tv.linalg.norm(a, axis=0, keepdims=True))
    close(
        np.linalg.norm(a, "fro", axis=(0, 1), keepdims=True),
        tv.linalg.norm(a, "fro", axis=(0, 1), keepdims=True),
    )
    close(np.linalg.cond(a), tv.linalg.cond(a))
    close(np.linalg.cond(a @ a.T, 1), tv.linalg.cond(a @ a.T, 1))


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_eig_by_residual(dtype: str) -> None:
    """Always complex; vectors and values satisfy the equation."""
    a = matrices(dtype, 2, 6, 6)
    result = tv.linalg.eig(a)
    values, vectors = map(np.asarray, result)

    assert tv.complex128 == result.eigenvalues.dtype == result.eigenvectors.dtype
    close(a @ vectors, vectors * values[..., None, :])
    close(np.sort_complex(values), np.sort_complex(np.asarray(tv.linalg.eigvals(a))))


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 4)], ids=str)
def test_lstsq_is_numpys(shape: tuple[int, int]) -> None:
    """Solution, residuals, rank and singular values."""
    a, b = matrices("float64", *shape), matrices("float64", shape[0], 2)
    expected = np.linalg.lstsq(a, b)

    result = tv.linalg.lstsq(a, b)

    close(expected[0], result.x)
    close(expected[1], result.residuals)
    assert expected[2] == result.rank.item()
    close(expected[3], result.s)


def test_results_are_named_tuples() -> None:
    """Names of the fields are the standard's."""
    a = np.eye(3)
    fields = {
        "eigh": ("eigenvalues", "eigenvectors"),
        "eig": ("eigenvalues", "eigenvectors"),
        "qr": ("Q", "R"),
        "slogdet": ("sign", "logabsdet"),
        "svd": ("U", "S", "Vh"),
        "lu": ("P", "L", "U"),
    }
    for name, expected in fields.items():
        result: Any = getattr(tv.linalg, name)(a)
        assert isinstance(result, tuple)
        assert expected == tuple(result._asdict())  # type: ignore[attr-defined]


@pytest.mark.parametrize("dtype", ["int32", "bool", "float16", "bfloat16"])
def test_other_dtypes_are_widened(dtype: str) -> None:
    """Integers compute in float64, half types in float32."""
    a = tv.asarray([[2, 1], [1, 1]], dtype=dtype) if dtype != "bool" else tv.eye(2, dtype=bool)
    wide = tv.float32 if "16" in dtype else tv.float64

    assert wide == tv.linalg.inv(a).dtype
    assert wide == tv.linalg.svdvals(a).dtype


@pytest.mark.parametrize(
    "subscripts",
    [
        *("ij,jk->ik", "ij,kj->ik", "ij,jk", "ii->i", "ii", "ij->ji", "ij->", "i,i->", "i,j->ij"),
        *("bij,bjk->bik", "ij,jk,kl->il", "...ij,...jk->...ik", "ijk->k", "ij,ij->ij", "ijj->i"),
    ],
)
def test_einsum_is_numpys(subscripts: str) -> None:
    """Contractions, traces, diagonals, ellipses, implicit output."""
    letters = subscripts.split("->")[0].split(",")
    sizes = dict(zip("ijklb", (4, 4, 4, 3, 2), strict=True))
    operands = []
    for seed, names in enumerate(letters):
        lead = (2,) if "..." in names else ()
        shape = lead + tuple(sizes[c] for c in names.replace("...", ""))
        operands.append(np.random.default_rng(seed).standard_normal(shape))

    close(np.einsum(subscripts, *operands), tv.einsum(subscripts, *operands))


@pytest.mark.parametrize("dtype", [*DTYPES, "int64", "bool", "float16"])
def test_products_are_numpys(dtype: str) -> None:
    """matmul, dot, outer, vecdot, tensordot, cross over dtypes."""
    a, b = matrices(dtype, 3, 4), matrices(dtype, 4, 5, seed=4)
    u, v = matrices(dtype, 1, 3)[0], matrices(dtype, 1, 3, seed=5)[0]

    close(a @ b, tv.matmul(a, b))
    close(np.dot(a, b), tv.dot(a, b))
    close(np.outer(u, v), tv.linalg.outer(u, v))
    close(np.linalg.vecdot(u, v), tv.vecdot(u, v))
    close(np.tensordot(a, b, 1), tv.tensordot(a, b, axes=1))
    close(np.tensordot(a, b, ([1], [0])), tv.tensordot(a, b, axes=([1], [0])))
    if dtype != "bool":
        close(np.cross(u, v), tv.linalg.cross(u, v))


def test_matmul_reads_any_layout_and_writes_out() -> None:
    """Transposed, strided and reversed operands; out= of any layout."""
    a, b = matrices("float64", 6, 8), matrices("float64", 8, 10, seed=4)
    layouts: list[Any] = [lambda m: m, np.asfortranarray, lambda m: m[::-1].copy()[::-1]]
    for left in layouts:
        for right in layouts:
            close(a @ b, tv.matmul(tv.asarray(left(a)), tv.asarray(right(b))))
    close(a[::2, ::3] @ b[::3, ::4], tv.matmul(tv.asarray(a)[::2, ::3], tv.asarray(b)[::3, ::4]))
    out = tv.zeros((10, 6)).T
    assert out is tv.matmul(a, b, out=out)
    close(a @ b, out)


@pytest.mark.parametrize("shapes", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0,), (0,))], ids=str)
def test_empty_products_are_zeros(shapes: Any) -> None:
    """A sum over nothing is 0."""
    a, b = np.zeros(shapes[0]), np.zeros(shapes[1])

    close(a @ b, tv.matmul(a, b))


def test_inputs_are_never_changed() -> None:
    """Factorisations work on copies."""
    a = hermitian("float64", 4, 4)
    for layout in (a.copy(), np.asfortranarray(a)):
        x = tv.asarray(layout)
        for name in ("inv", "cholesky", "eigh", "qr", "svd", "lu", "eig", "det", "pinv"):
            getattr(tv.linalg, name)(x)
        tv.linalg.solve(x, x)

        np.testing.assert_array_equal(a, layout)


@pytest.mark.parametrize("name", ["eigh", "qr"])
def test_unknown_options_are_refused(name: str) -> None:
    """UPLO and mode have two values each."""
    option = {"eigh": {"UPLO": "X"}, "qr": {"mode": "raw"}}[name]

    with pytest.raises(ValueError, match="must be"):
        getattr(tv.linalg, name)(np.eye(2), **option)
