// SPDX-License-Identifier: Apache-2.0
// BLAS 1 to 3 of the table: check the arguments, call the provider, return the status.
#pragma once

#include "checks.h"

#include <cstring>
#include <type_traits>

namespace backend {

template <class T> inline constexpr bool is_complex = !std::is_floating_point_v<T>;

// The letters that the hermitian and the symmetric rank-k updates allow beside N.
template <class T> inline constexpr const char* kSymmetricTrans = is_complex<T> ? "NT" : "NTC";
template <class T> inline constexpr const char* kHermitianTrans = is_complex<T> ? "NC" : "NTC";

// ---- BLAS 3 ----

template <class T>
std::int64_t gemm(char transa, char transb, std::int64_t m, std::int64_t n, std::int64_t k,
                  const T* alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb,
                  const T* beta, T* c, std::int64_t ldc) {
    const auto bad = Checks()
                         .letter(1, transa, "NTC")
                         .letter(2, transb, "NTC")
                         .size(3, m)
                         .size(4, n)
                         .size(5, k)
                         .leading(8, lda, transa == 'N' ? m : k)
                         .leading(10, ldb, transb == 'N' ? k : n)
                         .leading(13, ldc, m)
                         .status();
    if (bad == 0)
        fortran::gemm(&transa, &transb, Arg(m), Arg(n), Arg(k), alpha, a, Arg(lda), b, Arg(ldb),
                      beta, c, Arg(ldc), 1, 1);
    return bad;
}

inline Checks side_checks(char side, char uplo, std::int64_t m, std::int64_t n, std::int64_t lda,
                          std::int64_t ldb, std::int64_t ldc) {
    return Checks()
        .letter(1, side, "LR")
        .letter(2, uplo, "UL")
        .size(3, m)
        .size(4, n)
        .leading(7, lda, side == 'L' ? m : n)
        .leading(9, ldb, m)
        .leading(12, ldc, m);
}

template <class T>
std::int64_t symm(char side, char uplo, std::int64_t m, std::int64_t n, const T* alpha, const T* a,
                  std::int64_t lda, const T* b, std::int64_t ldb, const T* beta, T* c,
                  std::int64_t ldc) {
    const auto bad = side_checks(side, uplo, m, n, lda, ldb, ldc).status();
    if (bad == 0)
        fortran::symm(&side, &uplo, Arg(m), Arg(n), alpha, a, Arg(lda), b, Arg(ldb), beta, c,
                      Arg(ldc), 1, 1);
    return bad;
}

template <class T>
std::int64_t hemm(char side, char uplo, std::int64_t m, std::int64_t n, const T* alpha, const T* a,
                  std::int64_t lda, const T* b, std::int64_t ldb, const T* beta, T* c,
                  std::int64_t ldc) {
    const auto bad = side_checks(side, uplo, m, n, lda, ldb, ldc).status();
    if (bad == 0)
        fortran::hemm(&side, &uplo, Arg(m), Arg(n), alpha, a, Arg(lda), b, Arg(ldb), beta, c,
                      Arg(ldc), 1, 1);
    return bad;
}

inline Checks update_checks(char uplo, char trans, const char* letters, std::int64_t n,
                            std::int64_t k, std::int64_t lda) {
    return Checks()
        .letter(1, uplo, "UL")
        .letter(2, trans, letters)
        .size(3, n)
        .size(4, k)
        .leading(7, lda, trans == 'N' ? n : k);
}

template <class T>
std::int64_t syrk(char uplo, char trans, std::int64_t n, std::int64_t k, const T* alpha, const T* a,
                  std::int64_t lda, const T* beta, T* c, std::int64_t ldc) {
    const auto bad =
        update_checks(uplo, trans, kSymmetricTrans<T>, n, k, lda).leading(10, ldc, n).status();
    if (bad == 0)
        fortran::syrk(&uplo, &trans, Arg(n), Arg(k), alpha, a, Arg(lda), beta, c, Arg(ldc), 1, 1);
    return bad;
}

template <class T, class R>
std::int64_t herk(char uplo, char trans, std::int64_t n, std::int64_t k, const R* alpha, const T* a,
                  std::int64_t lda, const R* beta, T* c, std::int64_t ldc) {
    const auto bad =
        update_checks(uplo, trans, kHermitianTrans<T>, n, k, lda).leading(10, ldc, n).status();
    if (bad == 0)
        fortran::herk(&uplo, &trans, Arg(n), Arg(k), alpha, a, Arg(lda), beta, c, Arg(ldc), 1, 1);
    return bad;
}

template <class T>
std::int64_t syr2k(char uplo, char trans, std::int64_t n, std::int64_t k, const T* alpha,
                   const T* a, std::int64_t lda, const T* b, std::int64_t ldb, const T* beta, T* c,
                   std::int64_t ldc) {
    const auto bad = update_checks(uplo, trans, kSymmetricTrans<T>, n, k, lda)
                         .leading(9, ldb, trans == 'N' ? n : k)
                         .leading(12, ldc, n)
                         .status();
    if (bad == 0)
        fortran::syr2k(&uplo, &trans, Arg(n), Arg(k), alpha, a, Arg(lda), b, Arg(ldb), beta, c,
                       Arg(ldc), 1, 1);
    return bad;
}

template <class T, class R>
std::int64_t her2k(char uplo, char trans, std::int64_t n, std::int64_t k, const T* alpha,
                   const T* a, std::int64_t lda, const T* b, std::int64_t ldb, const R* beta, T* c,
                   std::int64_t ldc) {
    const auto bad = update_checks(uplo, trans, kHermitianTrans<T>, n, k, lda)
                         .leading(9, ldb, trans == 'N' ? n : k)
                         .leading(12, ldc, n)
                         .status();
    if (bad == 0)
        fortran::her2k(&uplo, &trans, Arg(n), Arg(k), alpha, a, Arg(lda), b, Arg(ldb), beta, c,
                       Arg(ldc), 1, 1);
    return bad;
}

inline std::int64_t triangular_checks(char side, char uplo, char transa, char diag, std::int64_t m,
                                      std::int64_t n, std::int64_t lda, std::int64_t ldb) {
    return Checks()
        .letter(1, side, "LR")
        .letter(2, uplo, "UL")
        .letter(3, transa, "NTC")
        .letter(4, diag, "NU")
        .size(5, m)
        .size(6, n)
        .leading(9, lda, side == 'L' ? m : n)
        .leading(11, ldb, m)
        .status();
}

template <class T>
std::int64_t trmm(char side, char uplo, char transa, char diag, std::int64_t m, std::int64_t n,
                  const T* alpha, const T* a, std::int64_t lda, T* b, std::int64_t ldb) {
    const auto bad = triangular_checks(side, uplo, transa, diag, m, n, lda, ldb);
    if (bad == 0)
        fortran::trmm(&side, &uplo, &transa, &diag, Arg(m), Arg(n), alpha, a, Arg(lda), b, Arg(ldb),
                      1, 1, 1, 1);
    return bad;
}

template <class T>
std::int64_t trsm(char side, char uplo, char transa, char diag, std::int64_t m, std::int64_t n,
                  const T* alpha, const T* a, std::int64_t lda, T* b, std::int64_t ldb) {
    const auto bad = triangular_checks(side, uplo, transa, diag, m, n, lda, ldb);
    if (bad == 0)
        fortran::trsm(&side, &uplo, &transa, &diag, Arg(m), Arg(n), alpha, a, Arg(lda), b, Arg(ldb),
                      1, 1, 1, 1);
    return bad;
}

// ---- BLAS 2 ----

template <class T>
std::int64_t gemv(char trans, std::int64_t m, std::int64_t n, const T* alpha, const T* a,
                  std::int64_t lda, const T* x, std::int64_t incx, const T* beta, T* y,
                  std::int64_t incy) {
    const auto bad = Checks()
                         .letter(1, trans, "NTC")
                         .size(2, m)
                         .size(3, n)
                         .leading(6, lda, m)
                         .increment(8, incx, trans == 'N' ? n : m)
                         .increment(11, incy, trans == 'N' ? m : n)
                         .status();
    if (bad == 0)
        fortran::gemv(&trans, Arg(m), Arg(n), alpha, a, Arg(lda), x, Arg(incx), beta, y, Arg(incy),
                      1);
    return bad;
}

template <class T>
std::int64_t hemv(char uplo, std::int64_t n, const T* alpha, const T* a, std::int64_t lda,
                  const T* x, std::int64_t incx, const T* beta, T* y, std::int64_t incy) {
    const auto bad = Checks()
                         .letter(1, uplo, "UL")
                         .size(2, n)
                         .leading(5, lda, n)
                         .increment(7, incx, n)
                         .increment(10, incy, n)
                         .status();
    if (bad == 0)
        fortran::hemv(&uplo, Arg(n), alpha, a, Arg(lda), x, Arg(incx), beta, y, Arg(incy), 1);
    return bad;
}

inline std::int64_t triangular_vector_checks(char uplo, char trans, char diag, std::int64_t n,
                                             std::int64_t lda, std::int64_t incx) {
    return Checks()
        .letter(1, uplo, "UL")
        .letter(2, trans, "NTC")
        .letter(3, diag, "NU")
        .size(4, n)
        .leading(6, lda, n)
        .increment(8, incx, n)
        .status();
}

template <class T>
std::int64_t trmv(char uplo, char trans, char diag, std::int64_t n, const T* a, std::int64_t lda,
                  T* x, std::int64_t incx) {
    const auto bad = triangular_vector_checks(uplo, trans, diag, n, lda, incx);
    if (bad == 0)
        fortran::trmv(&uplo, &trans, &diag, Arg(n), a, Arg(lda), x, Arg(incx), 1, 1, 1);
    return bad;
}

template <class T>
std::int64_t trsv(char uplo, char trans, char diag, std::int64_t n, const T* a, std::int64_t lda,
                  T* x, std::int64_t incx) {
    const auto bad = triangular_vector_checks(uplo, trans, diag, n, lda, incx);
    if (bad == 0)
        fortran::trsv(&uplo, &trans, &diag, Arg(n), a, Arg(lda), x, Arg(incx), 1, 1, 1);
    return bad;
}

inline std::int64_t outer_checks(std::int64_t m, std::int64_t n, std::int64_t incx,
                                 std::int64_t incy, std::int64_t lda) {
    return Checks()
        .size(1, m)
        .size(2, n)
        .increment(5, incx, m)
        .increment(7, incy, n)
        .leading(9, lda, m)
        .status();
}

template <class T>
std::int64_t geru(std::int64_t m, std::int64_t n, const T* alpha, const T* x, std::int64_t incx,
                  const T* y, std::int64_t incy, T* a, std::int64_t lda) {
    const auto bad = outer_checks(m, n, incx, incy, lda);
    if (bad == 0)
        fortran::geru(Arg(m), Arg(n), alpha, x, Arg(incx), y, Arg(incy), a, Arg(lda));
    return bad;
}

template <class T>
std::int64_t gerc(std::int64_t m, std::int64_t n, const T* alpha, const T* x, std::int64_t incx,
                  const T* y, std::int64_t incy, T* a, std::int64_t lda) {
    const auto bad = outer_checks(m, n, incx, incy, lda);
    if (bad == 0)
        fortran::gerc(Arg(m), Arg(n), alpha, x, Arg(incx), y, Arg(incy), a, Arg(lda));
    return bad;
}

template <class T, class R>
std::int64_t her(char uplo, std::int64_t n, const R* alpha, const T* x, std::int64_t incx, T* a,
                 std::int64_t lda) {
    const auto bad =
        Checks().letter(1, uplo, "UL").size(2, n).increment(5, incx, n).leading(7, lda, n).status();
    if (bad == 0)
        fortran::her(&uplo, Arg(n), alpha, x, Arg(incx), a, Arg(lda), 1);
    return bad;
}

template <class T>
std::int64_t her2(char uplo, std::int64_t n, const T* alpha, const T* x, std::int64_t incx,
                  const T* y, std::int64_t incy, T* a, std::int64_t lda) {
    const auto bad = Checks()
                         .letter(1, uplo, "UL")
                         .size(2, n)
                         .increment(5, incx, n)
                         .increment(7, incy, n)
                         .leading(9, lda, n)
                         .status();
    if (bad == 0)
        fortran::her2(&uplo, Arg(n), alpha, x, Arg(incx), y, Arg(incy), a, Arg(lda), 1);
    return bad;
}

// ---- BLAS 1 ----

template <class T>
std::int64_t swap(std::int64_t n, T* x, std::int64_t incx, T* y, std::int64_t incy) {
    const auto bad = Checks().size(1, n).stride(incx, n).stride(incy, n).status();
    if (bad == 0)
        fortran::swap(Arg(n), x, Arg(incx), y, Arg(incy));
    return bad;
}

template <class T>
std::int64_t copy(std::int64_t n, const T* x, std::int64_t incx, T* y, std::int64_t incy) {
    const auto bad = Checks().size(1, n).stride(incx, n).stride(incy, n).status();
    if (bad == 0)
        fortran::copy(Arg(n), x, Arg(incx), y, Arg(incy));
    return bad;
}

template <class T> std::int64_t scal(std::int64_t n, const T* alpha, T* x, std::int64_t incx) {
    const auto bad = Checks().size(1, n).stride(incx, n).status();
    if (bad == 0)
        fortran::scal(Arg(n), alpha, x, Arg(incx));
    return bad;
}

template <class T>
std::int64_t axpy(std::int64_t n, const T* alpha, const T* x, std::int64_t incx, T* y,
                  std::int64_t incy) {
    const auto bad = Checks().size(1, n).stride(incx, n).stride(incy, n).status();
    if (bad == 0)
        fortran::axpy(Arg(n), alpha, x, Arg(incx), y, Arg(incy));
    return bad;
}

// The value of a COMPLEX function that came back as C's complex type.
template <class T, class Returned> T from_fortran(Returned value) {
    if constexpr (is_complex<T>) {
        static_assert(sizeof(T) == sizeof(Returned));
        T result;
        std::memcpy(static_cast<void*>(&result), &value, sizeof(T));
        return result;
    } else {
        return static_cast<T>(value);
    }
}

// Calls name(n, x, incx, y, incy), or name(result, n, ...) where a COMPLEX result is an argument.
#if TRIVET_BLAS_COMPLEX_ARGUMENT
inline constexpr bool kComplexArgument = true;
#else
inline constexpr bool kComplexArgument = false;
#endif

template <class T>
std::int64_t dotu(std::int64_t n, const T* x, std::int64_t incx, const T* y, std::int64_t incy,
                  T* result) {
    const auto bad = Checks().size(1, n).stride(incx, n).stride(incy, n).status();
    if (bad == 0) {
        if constexpr (is_complex<T> && kComplexArgument)
            fortran::dotu(result, Arg(n), x, Arg(incx), y, Arg(incy));
        else
            *result = from_fortran<T>(fortran::dotu(Arg(n), x, Arg(incx), y, Arg(incy)));
    }
    return bad;
}

template <class T>
std::int64_t dotc(std::int64_t n, const T* x, std::int64_t incx, const T* y, std::int64_t incy,
                  T* result) {
    const auto bad = Checks().size(1, n).stride(incx, n).stride(incy, n).status();
    if (bad == 0) {
        if constexpr (is_complex<T> && kComplexArgument)
            fortran::dotc(result, Arg(n), x, Arg(incx), y, Arg(incy));
        else
            *result = from_fortran<T>(fortran::dotc(Arg(n), x, Arg(incx), y, Arg(incy)));
    }
    return bad;
}

template <class T, class R>
std::int64_t nrm2(std::int64_t n, const T* x, std::int64_t incx, R* result) {
    const auto bad = Checks().size(1, n).stride(incx, n).status();
    if (bad == 0)
        *result = static_cast<R>(fortran::nrm2(Arg(n), x, Arg(incx)));
    return bad;
}

template <class T, class R>
std::int64_t asum(std::int64_t n, const T* x, std::int64_t incx, R* result) {
    const auto bad = Checks().size(1, n).stride(incx, n).status();
    if (bad == 0)
        *result = static_cast<R>(fortran::asum(Arg(n), x, Arg(incx)));
    return bad;
}

template <class T>
std::int64_t iamax(std::int64_t n, const T* x, std::int64_t incx, std::int64_t* result) {
    const auto bad = Checks().size(1, n).stride(incx, n).status();
    if (bad == 0)
        *result = static_cast<std::int64_t>(fortran::iamax(Arg(n), x, Arg(incx)));
    return bad;
}

} // namespace backend
