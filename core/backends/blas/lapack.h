// SPDX-License-Identifier: Apache-2.0
// LAPACK of the table: check the arguments, provide workspace, call the provider, return info.
#pragma once

#include "work.h"

namespace backend {

// ---- LU ----

template <class T>
std::int64_t gesv(std::int64_t n, std::int64_t nrhs, T* a, std::int64_t lda, std::int64_t* ipiv,
                  T* b, std::int64_t ldb) {
    if (const auto bad =
            Checks().size(1, n).size(2, nrhs).leading(4, lda, n).leading(7, ldb, n).status())
        return bad;
    Int info = 0;
    fortran::gesv(Arg(n), Arg(nrhs), a, Arg(lda), pivots_out(ipiv), b, Arg(ldb), &info);
    widen(ipiv, n);
    return info;
}

template <class T>
std::int64_t getrf(std::int64_t m, std::int64_t n, T* a, std::int64_t lda, std::int64_t* ipiv) {
    if (const auto bad = Checks().size(1, m).size(2, n).leading(4, lda, m).status())
        return bad;
    Int info = 0;
    fortran::getrf(Arg(m), Arg(n), a, Arg(lda), pivots_out(ipiv), &info);
    widen(ipiv, smaller(m, n));
    return info;
}

template <class T>
std::int64_t getrs(char trans, std::int64_t n, std::int64_t nrhs, const T* a, std::int64_t lda,
                   const std::int64_t* ipiv, T* b, std::int64_t ldb) {
    if (const auto bad = Checks()
                             .letter(1, trans, "NTC")
                             .size(2, n)
                             .size(3, nrhs)
                             .leading(5, lda, n)
                             .leading(8, ldb, n)
                             .status())
        return bad;
    const PivotsIn pivots(ipiv, n);
    if (pivots.missing())
        return TRIVET_NO_MEMORY;
    Int info = 0;
    fortran::getrs(&trans, Arg(n), Arg(nrhs), a, Arg(lda), pivots, b, Arg(ldb), &info, 1);
    return info;
}

template <class T>
std::int64_t getri(std::int64_t n, T* a, std::int64_t lda, const std::int64_t* ipiv) {
    if (const auto bad = Checks().size(1, n).leading(3, lda, n).status())
        return bad;
    const PivotsIn pivots(ipiv, n);
    if (pivots.missing())
        return TRIVET_NO_MEMORY;
    return with_work<T>(n, [&](T* work, Int lwork, Int* info) {
        fortran::getri(Arg(n), a, Arg(lda), pivots, work, &lwork, info);
    });
}

template <class T, class R>
std::int64_t gecon(char norm, std::int64_t n, const T* a, std::int64_t lda, const R* anorm,
                   R* rcond) {
    if (const auto bad = Checks()
                             .letter(1, norm, "1OI")
                             .size(2, n)
                             .leading(4, lda, n)
                             .computed(4.0 * double(n))
                             .status())
        return bad;
    const Scratch<T> work(4 * n);
    Int info = 0;
    if constexpr (is_complex<T>) {
        const Scratch<R> rwork(2 * n);
        if (work.missing() || rwork.missing())
            return TRIVET_NO_MEMORY;
        fortran::gecon(&norm, Arg(n), a, Arg(lda), anorm, rcond, work, rwork, &info, 1);
    } else {
        const Scratch<Int> iwork(n);
        if (work.missing() || iwork.missing())
            return TRIVET_NO_MEMORY;
        fortran::gecon(&norm, Arg(n), a, Arg(lda), anorm, rcond, work, iwork, &info, 1);
    }
    return info;
}

// ---- Cholesky and triangles ----

template <class T> std::int64_t potrf(char uplo, std::int64_t n, T* a, std::int64_t lda) {
    if (const auto bad = Checks().letter(1, uplo, "UL").size(2, n).leading(4, lda, n).status())
        return bad;
    Int info = 0;
    fortran::potrf(&uplo, Arg(n), a, Arg(lda), &info, 1);
    return info;
}

template <class T>
std::int64_t potrs(char uplo, std::int64_t n, std::int64_t nrhs, const T* a, std::int64_t lda, T* b,
                   std::int64_t ldb) {
    if (const auto bad = Checks()
                             .letter(1, uplo, "UL")
                             .size(2, n)
                             .size(3, nrhs)
                             .leading(5, lda, n)
                             .leading(7, ldb, n)
                             .status())
        return bad;
    Int info = 0;
    fortran::potrs(&uplo, Arg(n), Arg(nrhs), a, Arg(lda), b, Arg(ldb), &info, 1);
    return info;
}

template <class T> std::int64_t potri(char uplo, std::int64_t n, T* a, std::int64_t lda) {
    if (const auto bad = Checks().letter(1, uplo, "UL").size(2, n).leading(4, lda, n).status())
        return bad;
    Int info = 0;
    fortran::potri(&uplo, Arg(n), a, Arg(lda), &info, 1);
    return info;
}

template <class T>
std::int64_t trtrs(char uplo, char trans, char diag, std::int64_t n, std::int64_t nrhs, const T* a,
                   std::int64_t lda, T* b, std::int64_t ldb) {
    if (const auto bad = Checks()
                             .letter(1, uplo, "UL")
                             .letter(2, trans, "NTC")
                             .letter(3, diag, "NU")
                             .size(4, n)
                             .size(5, nrhs)
                             .leading(7, lda, n)
                             .leading(9, ldb, n)
                             .status())
        return bad;
    Int info = 0;
    fortran::trtrs(&uplo, &trans, &diag, Arg(n), Arg(nrhs), a, Arg(lda), b, Arg(ldb), &info, 1, 1,
                   1);
    return info;
}

template <class T>
std::int64_t trtri(char uplo, char diag, std::int64_t n, T* a, std::int64_t lda) {
    if (const auto bad = Checks()
                             .letter(1, uplo, "UL")
                             .letter(2, diag, "NU")
                             .size(3, n)
                             .leading(5, lda, n)
                             .status())
        return bad;
    Int info = 0;
    fortran::trtri(&uplo, &diag, Arg(n), a, Arg(lda), &info, 1, 1);
    return info;
}

// ---- QR and LQ ----

template <class T>
std::int64_t geqrf(std::int64_t m, std::int64_t n, T* a, std::int64_t lda, T* tau) {
    if (const auto bad = Checks().size(1, m).size(2, n).leading(4, lda, m).status())
        return bad;
    return with_work<T>(n, [&](T* work, Int lwork, Int* info) {
        fortran::geqrf(Arg(m), Arg(n), a, Arg(lda), tau, work, &lwork, info);
    });
}

template <class T>
std::int64_t gelqf(std::int64_t m, std::int64_t n, T* a, std::int64_t lda, T* tau) {
    if (const auto bad = Checks().size(1, m).size(2, n).leading(4, lda, m).status())
        return bad;
    return with_work<T>(m, [&](T* work, Int lwork, Int* info) {
        fortran::gelqf(Arg(m), Arg(n), a, Arg(lda), tau, work, &lwork, info);
    });
}

template <class T>
std::int64_t ungqr(std::int64_t m, std::int64_t n, std::int64_t k, T* a, std::int64_t lda,
                   const T* tau) {
    if (const auto bad = Checks()
                             .size(1, m)
                             .size(2, n <= m ? n : -1)
                             .size(3, k <= n ? k : -1)
                             .leading(5, lda, m)
                             .status())
        return bad;
    return with_work<T>(n, [&](T* work, Int lwork, Int* info) {
        fortran::ungqr(Arg(m), Arg(n), Arg(k), a, Arg(lda), tau, work, &lwork, info);
    });
}

template <class T>
std::int64_t unglq(std::int64_t m, std::int64_t n, std::int64_t k, T* a, std::int64_t lda,
                   const T* tau) {
    if (const auto bad = Checks()
                             .size(1, m)
                             .size(2, n >= m ? n : -1)
                             .size(3, k <= m ? k : -1)
                             .leading(5, lda, m)
                             .status())
        return bad;
    return with_work<T>(m, [&](T* work, Int lwork, Int* info) {
        fortran::unglq(Arg(m), Arg(n), Arg(k), a, Arg(lda), tau, work, &lwork, info);
    });
}

template <class T>
std::int64_t unmqr(char side, char trans, std::int64_t m, std::int64_t n, std::int64_t k, T* a,
                   std::int64_t lda, const T* tau, T* c, std::int64_t ldc) {
    const auto order = side == 'L' ? m : n; // of Q
    if (const auto bad = Checks()
                             .letter(1, side, "LR")
                             .letter(2, trans, "NC")
                             .size(3, m)
                             .size(4, n)
                             .size(5, k <= order ? k : -1)
                             .leading(7, lda, order)
                             .leading(10, ldc, m)
                             .status())
        return bad;
    const char conjugated = is_complex<T> || trans == 'N' ? trans : 'T'; // ormqr knows no C
    return with_work<T>(side == 'L' ? n : m, [&](T* work, Int lwork, Int* info) {
        fortran::unmqr(&side, &conjugated, Arg(m), Arg(n), Arg(k), a, Arg(lda), tau, c, Arg(ldc),
                       work, &lwork, info, 1, 1);
    });
}

// ---- singular values, eigenvalues, least squares ----

template <class T, class R>
std::int64_t gesdd(char jobz, std::int64_t m, std::int64_t n, T* a, std::int64_t lda, R* s, T* u,
                   std::int64_t ldu, T* vt, std::int64_t ldvt) {
    const auto low = smaller(m, n), high = larger(m, n);
    const double order = static_cast<double>(low);
    if (const auto bad = Checks()
                             .letter(1, jobz, "ASN")
                             .size(2, m)
                             .size(3, n)
                             .leading(5, lda, m)
                             .leading(8, ldu, jobz == 'N' ? 1 : m)
                             .leading(10, ldvt,
                                      jobz == 'N'   ? 1
                                      : jobz == 'S' ? low
                                                    : n)
                             // LAPACK computes its minimal workspace in its own integer
                             .computed((jobz == 'N' ? 0.0 : 5.0 * order * order) +
                                       (7.0 * order + double(high)) * 64.0)
                             .status())
        return bad;
    const Scratch<Int> iwork(8 * low);
    if (iwork.missing())
        return TRIVET_NO_MEMORY;
    if constexpr (is_complex<T>) {
        const Scratch<R> rwork(jobz == 'N' ? 7 * low
                                           : low * larger(5 * low + 7, 2 * high + 2 * low + 1));
        if (rwork.missing())
            return TRIVET_NO_MEMORY;
        return with_work<T>(1, [&](T* work, Int lwork, Int* info) {
            fortran::gesdd(&jobz, Arg(m), Arg(n), a, Arg(lda), s, u, Arg(ldu), vt, Arg(ldvt), work,
                           &lwork, rwork, iwork, info, 1);
        });
    } else {
        return with_work<T>(1, [&](T* work, Int lwork, Int* info) {
            fortran::gesdd(&jobz, Arg(m), Arg(n), a, Arg(lda), s, u, Arg(ldu), vt, Arg(ldvt), work,
                           &lwork, iwork, info, 1);
        });
    }
}

template <class T, class R>
std::int64_t heevd(char jobz, char uplo, std::int64_t n, T* a, std::int64_t lda, R* w) {
    const double order = static_cast<double>(n);
    if (const auto bad = Checks()
                             .letter(1, jobz, "VN")
                             .letter(2, uplo, "UL")
                             .size(3, n)
                             .leading(5, lda, n)
                             .computed(1.0 + 64.0 * order + 2.0 * order * order)
                             .status())
        return bad;
    const bool vectors = jobz == 'V';
    const auto liwork = vectors ? 3 + 5 * n : 1;
    const Scratch<Int> iwork(liwork);
    if (iwork.missing())
        return TRIVET_NO_MEMORY;
    if constexpr (is_complex<T>) {
        const auto lrwork = vectors ? 1 + 5 * n + 2 * n * n : n;
        const Scratch<R> rwork(lrwork);
        if (rwork.missing())
            return TRIVET_NO_MEMORY;
        return with_work<T>(vectors ? 2 * n + n * n : n + 1, [&](T* work, Int lwork, Int* info) {
            const auto query = lwork == -1 ? std::int64_t(-1) : 0;
            fortran::heevd(&jobz, &uplo, Arg(n), a, Arg(lda), w, work, &lwork, rwork,
                           Arg(query ? query : larger(lrwork, 1)), iwork,
                           Arg(query ? query : liwork), info, 1, 1);
        });
    } else {
        const auto lwork_minimum = vectors ? 1 + 6 * n + 2 * n * n : 2 * n + 1;
        return with_work<T>(lwork_minimum, [&](T* work, Int lwork, Int* info) {
            fortran::heevd(&jobz, &uplo, Arg(n), a, Arg(lda), w, work, &lwork, iwork,
                           Arg(lwork == -1 ? -1 : liwork), info, 1, 1);
        });
    }
}

template <class T, class R>
std::int64_t geev(char jobvl, char jobvr, std::int64_t n, T* a, std::int64_t lda, R* wr, R* wi,
                  T* vl, std::int64_t ldvl, T* vr, std::int64_t ldvr) {
    if (const auto bad = Checks()
                             .letter(1, jobvl, "VN")
                             .letter(2, jobvr, "VN")
                             .size(3, n)
                             .leading(5, lda, n)
                             .leading(9, ldvl, jobvl == 'V' ? n : 1)
                             .leading(11, ldvr, jobvr == 'V' ? n : 1)
                             .status())
        return bad;
    if constexpr (is_complex<T>) {
        const Scratch<R> rwork(2 * n);
        const Scratch<T> w(n);
        if (rwork.missing() || w.missing())
            return TRIVET_NO_MEMORY;
        const auto info = with_work<T>(2 * n, [&](T* work, Int lwork, Int* status) {
            fortran::geev(&jobvl, &jobvr, Arg(n), a, Arg(lda), w, vl, Arg(ldvl), vr, Arg(ldvr),
                          work, &lwork, rwork, status, 1, 1);
        });
        for (std::int64_t i = 0; info >= 0 && i < n; ++i) {
            wr[i] = w[i].real();
            wi[i] = w[i].imag();
        }
        return info;
    } else {
        return with_work<T>(4 * n, [&](T* work, Int lwork, Int* status) {
            fortran::geev(&jobvl, &jobvr, Arg(n), a, Arg(lda), wr, wi, vl, Arg(ldvl), vr, Arg(ldvr),
                          work, &lwork, status, 1, 1);
        });
    }
}

// The depth of gelsd's divide and conquer tree: it stops at blocks of 25 (LAPACK's SMLSIZ).
inline std::int64_t gelsd_levels(std::int64_t order) {
    std::int64_t levels = 1;
    for (std::int64_t n = order / 26; n > 0; n /= 2)
        ++levels;
    return levels;
}

template <class T, class R>
std::int64_t gelsd(std::int64_t m, std::int64_t n, std::int64_t nrhs, T* a, std::int64_t lda, T* b,
                   std::int64_t ldb, R* s, const R* rcond, std::int64_t* rank) {
    const auto low = smaller(m, n), levels = gelsd_levels(low);
    const double estimate = double(low) * (300.0 + 8.0 * double(levels) + double(nrhs)) +
                            64.0 * double(larger(m, n)) + 75.0 * double(nrhs) + 676.0;
    if (const auto bad = Checks()
                             .size(1, m)
                             .size(2, n)
                             .size(3, nrhs)
                             .leading(5, lda, m)
                             .leading(7, ldb, larger(m, n))
                             .computed(estimate)
                             .status())
        return bad;
    const Scratch<Int> iwork(low * (3 * levels + 11));
    if (iwork.missing())
        return TRIVET_NO_MEMORY;
    Int found = 0;
    std::int64_t info = 0;
    if constexpr (is_complex<T>) {
        const Scratch<R> rwork(larger(m, n) * (60 + 8 * levels) + 75 * nrhs +
                               larger(676, low * (1 + nrhs) + 2 * nrhs));
        if (rwork.missing())
            return TRIVET_NO_MEMORY;
        info = with_work<T>(1, [&](T* work, Int lwork, Int* status) {
            fortran::gelsd(Arg(m), Arg(n), Arg(nrhs), a, Arg(lda), b, Arg(ldb), s, rcond, &found,
                           work, &lwork, rwork, iwork, status);
        });
    } else {
        info = with_work<T>(1, [&](T* work, Int lwork, Int* status) {
            fortran::gelsd(Arg(m), Arg(n), Arg(nrhs), a, Arg(lda), b, Arg(ldb), s, rcond, &found,
                           work, &lwork, iwork, status);
        });
    }
    *rank = found;
    return info;
}

} // namespace backend
