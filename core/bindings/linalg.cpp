// SPDX-License-Identifier: Apache-2.0
// Linear algebra. What has several results or options gets its result type and its defaults in
// trivet/linalg.py.
#include "trivet/linalg.h"

#include "arguments.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace trivet::python {
namespace {

// LAPACK runs without the interpreter's lock from this many elements on (32 x 32).
constexpr std::int64_t kScale = kReleaseAbove / 1024;

template <class Run> auto unlocked(std::int64_t elements, const Run& run) {
    const Unlocked lock(elements * kScale);
    return run();
}

std::string def_text(const char* name, std::string_view arguments, std::string_view result) {
    return "def " + std::string(name) + "(" + std::string(arguments) + ") -> " +
           std::string(result);
}

nb::object matmul_call(ArrayLike x1, ArrayLike x2, OutLike out) {
    const Array a = x1.array();
    const Array b = x2.array();
    if (out.given()) {
        const Array& place = out.array("matmul");
        unlocked(a.size() + b.size(), [&] { linalg::matmul_into(a, b, place); });
        return nb::borrow(out.object);
    }
    Array result = unlocked(a.size() + b.size(), [&] { return linalg::matmul(a, b); });
    return nb::steal(wrap(std::move(result)));
}

// axes: an int (the last n of a with the first n of b) or two sequences.
Array tensordot_call(ArrayLike x1, ArrayLike x2, nb::handle axes) {
    const Array a = x1.array();
    const Array b = x2.array();
    Dims of_a;
    Dims of_b;
    if (PyIndex_Check(axes.ptr()) != 0) {
        const std::int64_t count = to_integer(axes, "axes");
        if (count < 0 || count > a.ndim() || count > b.ndim()) {
            raise(ErrorKind::value, "tensordot", "axes must be within the number of axes of both",
                  std::to_string(count) + " for " + a.shape().text() + " and " + b.shape().text());
        }
        for (std::int64_t i = 0; i < count; ++i) {
            of_a.push_back(a.ndim() - count + i);
            of_b.push_back(i);
        }
    } else {
        of_a = to_dims(nb::object(axes[0]), "axes");
        of_b = to_dims(nb::object(axes[1]), "axes");
    }
    return unlocked(a.size() + b.size(), [&] { return linalg::tensordot(a, b, of_a, of_b); });
}

Array einsum_call(const std::string& subscripts, nb::args operands) {
    const std::vector<Array> arrays = ArraysLike{operands}.arrays();
    std::int64_t total = 0;
    for (const Array& array : arrays) {
        total += array.size();
    }
    return unlocked(total, [&] { return linalg::einsum(subscripts, arrays); });
}

using Unary = Array (*)(const Array&);
using Binary = Array (*)(const Array&, const Array&);

void bind_unary(nb::module_& m, const char* name, Unary run, const char* doc) {
    m.def(
        name,
        [run](ArrayLike x) {
            const Array a = x.array();
            return unlocked(a.size(), [&] { return run(a); });
        },
        nb::arg(), nb::sig(def_text(name, "x: ArrayLike, /", "Array").c_str()), doc);
}

void bind_binary(nb::module_& m, const char* name, Binary run, const char* doc) {
    m.def(
        name,
        [run](ArrayLike x1, ArrayLike x2) {
            const Array a = x1.array();
            const Array b = x2.array();
            return unlocked(a.size() + b.size(), [&] { return run(a, b); });
        },
        nb::arg(), nb::arg(),
        nb::sig(def_text(name, "x1: ArrayLike, x2: ArrayLike, /", "Array").c_str()), doc);
}

// Functions with several results return a plain tuple here.
template <class... Parts> nb::object tuple_of(Parts&&... parts) {
    std::vector<Array> arrays;
    (arrays.push_back(std::forward<Parts>(parts)), ...);
    return to_tuple(std::move(arrays));
}

using Pair = std::pair<Array, Array>;

nb::object pair_of(const Array& a, Pair (*run)(const Array&)) {
    auto [first, second] = unlocked(a.size(), [&] { return run(a); });
    return tuple_of(std::move(first), std::move(second));
}

nb::object pair_with(const Array& a, Pair (*run)(const Array&, bool), bool flag) {
    auto [first, second] = unlocked(a.size(), [&] { return run(a, flag); });
    return tuple_of(std::move(first), std::move(second));
}

void bind_products(nb::module_& m) {
    m.def("matmul", &matmul_call, nb::arg(), nb::arg(), nb::kw_only(), nb::arg("out") = nb::none(),
          nb::sig(
              "def matmul(x1: ArrayLike, x2: ArrayLike, /, *, out: Array | None = None) -> Array"),
          "The matrix product over the last two axes, broadcast over the others.");
    bind_binary(m, "dot", &linalg::dot, "NumPy's dot product.");
    bind_binary(m, "outer", &linalg::outer, "All products of the elements of two vectors.");
    m.def(
        "vecdot",
        [](ArrayLike x1, ArrayLike x2, int axis) {
            const Array a = x1.array();
            const Array b = x2.array();
            return unlocked(a.size() + b.size(), [&] { return linalg::vecdot(a, b, axis); });
        },
        nb::arg(), nb::arg(), nb::kw_only(), nb::arg("axis") = -1,
        nb::sig("def vecdot(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array"),
        "The dot product along an axis; x1 is conjugated.");
    m.def("tensordot", &tensordot_call, nb::arg(), nb::arg(), nb::kw_only(), nb::arg("axes") = 2,
          nb::sig("def tensordot(x1: ArrayLike, x2: ArrayLike, /, *, axes: int | "
                  "tuple[Sequence[int], Sequence[int]] = 2) -> Array"),
          "The sum of products over pairs of axes.");
    m.def("einsum", &einsum_call, nb::arg(), nb::arg(),
          nb::sig("def einsum(subscripts: str, /, *operands: ArrayLike) -> Array"),
          "Einstein's summation: `ij,jk->ik` is the matrix product.");
    bind_unary(m, "matrix_transpose", &matrix_transpose, "The last two axes exchanged, a view.");
}

void bind_solvers(nb::module_& m) {
    bind_binary(m, "solve", &linalg::solve, "The x of `a @ x == b`.");
    bind_unary(m, "inv", &linalg::inv, "The inverse of each matrix.");
    bind_unary(m, "det", &linalg::det, "The determinant of each matrix.");
    bind_unary(m, "svdvals", &linalg::svdvals, "The singular values, largest first.");
    bind_unary(m, "eigvals", &linalg::eigvals, "The eigenvalues, always complex.");
    m.def(
        "slogdet", [](ArrayLike x) { return pair_of(x.array(), &linalg::slogdet); }, nb::arg(),
        nb::sig("def slogdet(x: ArrayLike, /) -> tuple[Array, Array]"));
    m.def(
        "eig", [](ArrayLike x) { return pair_of(x.array(), &linalg::eig); }, nb::arg(),
        nb::sig("def eig(x: ArrayLike, /) -> tuple[Array, Array]"));
    m.def(
        "lu_factor", [](ArrayLike x) { return pair_of(x.array(), &linalg::lu_factor); }, nb::arg(),
        nb::sig("def lu_factor(x: ArrayLike, /) -> tuple[Array, Array]"));
    m.def(
        "eigh", [](ArrayLike x, bool upper) { return pair_with(x.array(), &linalg::eigh, upper); },
        nb::arg(), nb::arg(),
        nb::sig("def eigh(x: ArrayLike, upper: bool, /) -> tuple[Array, Array]"));
    m.def(
        "qr",
        [](ArrayLike x, bool complete) { return pair_with(x.array(), &linalg::qr, complete); },
        nb::arg(), nb::arg(),
        nb::sig("def qr(x: ArrayLike, complete: bool, /) -> tuple[Array, Array]"));
    const auto flagged = [&m](const char* name, Array (*run)(const Array&, bool)) {
        m.def(
            name,
            [run](ArrayLike x, bool upper) {
                const Array a = x.array();
                return unlocked(a.size(), [&] { return run(a, upper); });
            },
            nb::arg(), nb::arg(),
            nb::sig(def_text(name, "x: ArrayLike, upper: bool, /", "Array").c_str()));
    };
    flagged("cholesky", &linalg::cholesky);
    flagged("eigvalsh", &linalg::eigvalsh);
}

void bind_triples(nb::module_& m) {
    m.def(
        "lu",
        [](ArrayLike x) {
            const Array a = x.array();
            auto r = unlocked(a.size(), [&] { return linalg::lu(a); });
            return tuple_of(std::move(r.p), std::move(r.l), std::move(r.u));
        },
        nb::arg(), nb::sig("def lu(x: ArrayLike, /) -> tuple[Array, Array, Array]"));
    m.def(
        "svd",
        [](ArrayLike x, bool full) {
            const Array a = x.array();
            auto r = unlocked(a.size(), [&] { return linalg::svd(a, full); });
            return tuple_of(std::move(r.u), std::move(r.s), std::move(r.vh));
        },
        nb::arg(), nb::arg(),
        nb::sig("def svd(x: ArrayLike, full_matrices: bool, /) -> tuple[Array, Array, Array]"));
    m.def(
        "lstsq",
        [](ArrayLike x1, ArrayLike x2, std::optional<double> rcond) {
            const Array a = x1.array();
            const Array b = x2.array();
            auto r = unlocked(a.size(), [&] { return linalg::lstsq(a, b, rcond); });
            return tuple_of(std::move(r.x), std::move(r.residuals), std::move(r.rank),
                            std::move(r.s));
        },
        nb::arg(), nb::arg(), nb::arg().none(),
        nb::sig("def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None, /) -> tuple[Array, "
                "Array, Array, Array]"));
}

// ord is a number or one of "fro", "nuc".
Array matrix_norm_call(ArrayLike x, nb::handle ord, bool keepdims) {
    const Array a = x.array();
    std::variant<double, std::string> order = "fro";
    if (PyUnicode_Check(ord.ptr())) {
        order = nb::cast<std::string>(ord);
    } else {
        order = nb::cast<double>(ord);
    }
    return unlocked(a.size(), [&] { return linalg::matrix_norm(a, order, keepdims); });
}

void bind_measures(nb::module_& m) {
    m.def(
        "pinv",
        [](ArrayLike x, std::optional<double> rcond, bool hermitian) {
            const Array a = x.array();
            return unlocked(a.size(), [&] { return linalg::pinv(a, rcond, hermitian); });
        },
        nb::arg(), nb::arg().none(), nb::arg(),
        nb::sig("def pinv(x: ArrayLike, rtol: float | None, hermitian: bool, /) -> Array"));
    m.def(
        "matrix_rank",
        [](ArrayLike x, std::optional<double> tol, bool hermitian) {
            const Array a = x.array();
            return unlocked(a.size(), [&] { return linalg::matrix_rank(a, tol, hermitian); });
        },
        nb::arg(), nb::arg().none(), nb::arg(),
        nb::sig("def matrix_rank(x: ArrayLike, tol: float | None, hermitian: bool, /) -> Array"));
    m.def(
        "matrix_power",
        [](ArrayLike x, std::int64_t n) {
            const Array a = x.array();
            return unlocked(a.size(), [&] { return linalg::matrix_power(a, n); });
        },
        nb::arg(), nb::arg(), nb::sig("def matrix_power(x: ArrayLike, n: int, /) -> Array"),
        "The matrix multiplied by itself n times; the inverse's power when n is negative.");
    m.def(
        "trace", [](ArrayLike x, std::int64_t offset) { return linalg::trace(x.array(), offset); },
        nb::arg(), nb::arg(), nb::sig("def trace(x: ArrayLike, offset: int, /) -> Array"));
    m.def(
        "cross",
        [](ArrayLike x1, ArrayLike x2, int axis) {
            return linalg::cross(x1.array(), x2.array(), axis);
        },
        nb::arg(), nb::arg(), nb::kw_only(), nb::arg("axis") = -1,
        nb::sig("def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array"),
        "The cross product of vectors of three elements along an axis.");
    m.def(
        "vector_norm",
        [](ArrayLike x, AxisLike axis, double ord, bool keepdims) {
            const Array a = x.array();
            const Axes axes = axis.axes();
            return unlocked(a.size(), [&] { return linalg::vector_norm(a, axes, ord, keepdims); });
        },
        nb::arg(), nb::arg().none(), nb::arg(), nb::arg(),
        nb::sig("def vector_norm(x: ArrayLike, axis: int | Sequence[int] | None, ord: float, "
                "keepdims: bool, /) -> Array"));
    m.def("matrix_norm", &matrix_norm_call, nb::arg(), nb::arg(), nb::arg(),
          nb::sig("def matrix_norm(x: ArrayLike, ord: float | str, keepdims: bool, /) -> Array"));
}

} // namespace

void init_linalg(nb::module_& m) {
    bind_products(m);
    bind_solvers(m);
    bind_triples(m);
    bind_measures(m);
}

} // namespace trivet::python
