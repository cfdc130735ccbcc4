// SPDX-License-Identifier: Apache-2.0
// Singular values and eigenvalues.
#include "linalg/stack.h"

#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <algorithm>
#include <complex>
#include <vector>

namespace trivet::linalg {

namespace {

constexpr std::string_view kNotConverged = "the iteration must converge";

// Row-major A is column-major A^T = U' S V'^H. Then A = conj(V') S U'^T: in memory V'^H is the
// row-major U of A and U' the row-major V^H. So nothing is transposed. u and vh are empty for 'N'.
Array decompose(std::string_view op, char job, const Array& a, const Array& u, const Array& vh) {
    const auto m = rows(a), n = columns(a), k = std::min(m, n);
    const DType dtype = working_type(a.dtype());
    const Array scratch = row_major(a, dtype);
    require_finite(op, scratch);
    const Array s = Array::empty(with_axes(batch_of(a), {k}), real_type(dtype));
    const auto u_width = job == 'A' ? m : k, v_height = job == 'A' ? n : k;
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        T none{};
        for (std::int64_t i = 0, count = batch_of(a).product(); i < count; ++i) {
            T* left = job == 'N' ? &none : part<T>(vh, i, v_height * n);
            T* right = job == 'N' ? &none : part<T>(u, i, m * u_width);
            check(op,
                  routine.gesdd(job, n, m, part<T>(scratch, i, m * n), leading(n),
                                part<real_of<T>>(s, i, k), left, leading(n), right,
                                leading(u_width)),
                  kNotConverged, i);
        }
    });
    return s;
}

Array identity(const Dims& batch, std::int64_t n, DType dtype) {
    return copy(broadcast_to(eye(n, n, 0, dtype), with_axes(batch, {n, n})));
}

} // namespace

Svd svd(const Array& a, bool full_matrices) {
    require_matrices("svd", a);
    const auto m = rows(a), n = columns(a), k = std::min(m, n);
    const DType dtype = working_type(a.dtype());
    const Dims batch = batch_of(a);
    const auto u_width = full_matrices ? m : k, v_height = full_matrices ? n : k;
    if (k == 0) { // LAPACK leaves U and V^H untouched
        return {index_get(
                    identity(batch, m, dtype),
                    std::vector<Index>{Ellipsis{}, Slice{.start = 0, .stop = u_width, .step = {}}}),
                Array::empty(with_axes(batch, {0}), real_type(dtype)),
                index_get(identity(batch, n, dtype),
                          std::vector<Index>{Ellipsis{},
                                             Slice{.start = 0, .stop = v_height, .step = {}},
                                             Slice{}})};
    }
    const Array u = Array::empty(with_axes(batch, {m, u_width}), dtype);
    const Array vh = Array::empty(with_axes(batch, {v_height, n}), dtype);
    const Array s = decompose("svd", full_matrices ? 'A' : 'S', a, u, vh);
    return {u, s, vh};
}

Array svdvals(const Array& a) {
    require_matrices("svdvals", a);
    if (rows(a) == 0 || columns(a) == 0) {
        return Array::empty(with_axes(batch_of(a), {0}), real_type(working_type(a.dtype())));
    }
    return decompose("svdvals", 'N', a, {}, {});
}

namespace {

// Overwrites the column-major stack with the eigenvectors when job is 'V'.
Array hermitian_values(std::string_view op, char job, bool upper, const Array& stack) {
    const auto n = rows(stack);
    require_finite(op, stack);
    const Array w = Array::empty(with_axes(batch_of(stack), {n}), real_type(stack.dtype()));
    with_routines(stack.dtype(), [&]<class T>(std::type_identity<T>, const auto& routine) {
        for (std::int64_t i = 0, count = n == 0 ? 0 : batch_of(stack).product(); i < count; ++i) {
            check(op,
                  routine.heevd(job, upper ? 'U' : 'L', n, part<T>(stack, i, n * n), leading(n),
                                part<real_of<T>>(w, i, n)),
                  kNotConverged, i);
        }
    });
    return w;
}

} // namespace

std::pair<Array, Array> eigh(const Array& a, bool upper) {
    require_square("eigh", a);
    const Array vectors = column_major(a, working_type(a.dtype()));
    const Array values = hermitian_values("eigh", 'V', upper, vectors);
    return {values, vectors};
}

Array eigvalsh(const Array& a, bool upper) {
    require_square("eigvalsh", a);
    return hermitian_values("eigvalsh", 'N', upper, column_major(a, working_type(a.dtype())));
}

namespace {

// LAPACK packs a conjugate pair of a real matrix's eigenvectors as real part, imaginary part.
template <class R>
void unpack(std::int64_t n, const R* imaginary, const R* packed, std::complex<R>* vectors) {
    for (std::int64_t j = 0; j < n; ++j) {
        const bool pair = imaginary[j] > R(0) && j + 1 < n;
        for (std::int64_t row = 0; row < n; ++row) {
            const R re = packed[j * n + row];
            const R im = pair ? packed[(j + 1) * n + row] : R(0);
            vectors[j * n + row] = {re, im};
            if (pair) {
                vectors[(j + 1) * n + row] = {re, -im};
            }
        }
        j += pair ? 1 : 0;
    }
}

template <class T>
void eig_of_one(std::string_view op, const auto& routine, std::int64_t i, std::int64_t n, T* matrix,
                std::complex<real_of<T>>* values, std::complex<real_of<T>>* vectors) {
    using R = real_of<T>;
    const char job = vectors ? 'V' : 'N';
    std::vector<R> re(static_cast<std::size_t>(n)), im(static_cast<std::size_t>(n));
    std::vector<T> packed;
    T none{};
    T* right = &none;
    if constexpr (std::is_same_v<T, R>) {
        packed.resize(vectors ? static_cast<std::size_t>(n * n) : 0);
        right = vectors ? packed.data() : right;
    } else {
        right = vectors ? vectors : right;
    }
    check(op,
          routine.geev('N', job, n, matrix, leading(n), re.data(), im.data(), &none, 1, right,
                       leading(n)),
          kNotConverged, i);
    for (std::size_t k = 0; k < re.size(); ++k) {
        values[k] = {re[k], im[k]};
    }
    if constexpr (std::is_same_v<T, R>) {
        if (vectors) {
            unpack(n, im.data(), packed.data(), vectors);
        }
    }
}

std::pair<Array, Array> general(std::string_view op, const Array& a, bool with_vectors) {
    require_square(op, a);
    const auto n = rows(a);
    const DType dtype = working_type(a.dtype());
    const Array scratch = column_major(a, dtype);
    require_finite(op, scratch);
    const Array values = Array::empty(with_axes(batch_of(a), {n}), complex_type(dtype));
    const Array vectors = with_vectors ? empty_columns(batch_of(a), n, n, complex_type(dtype))
                                       : Array::empty({0}, complex_type(dtype));
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        using C = std::complex<real_of<T>>;
        for (std::int64_t i = 0, count = n == 0 ? 0 : batch_of(a).product(); i < count; ++i) {
            eig_of_one<T>(op, routine, i, n, part<T>(scratch, i, n * n), part<C>(values, i, n),
                          with_vectors ? part<C>(vectors, i, n * n) : nullptr);
        }
    });
    return {values, vectors};
}

} // namespace

std::pair<Array, Array> eig(const Array& a) { return general("eig", a, true); }

Array eigvals(const Array& a) { return general("eigvals", a, false).first; }

} // namespace trivet::linalg
