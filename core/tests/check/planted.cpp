// SPDX-License-Identifier: Apache-2.0
// A backend with one planted defect: what trivet-check must catch. TRIVET_PLANTED_INNER is the
// right backend that it hands on to, TRIVET_PLANTED names the defect.
#include "trivet/backend.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

namespace {

using i64 = std::int64_t;
using C = std::complex<float>;
using Z = std::complex<double>;

template <class T> struct Of;
template <> struct Of<float> {
    using Table = trivet_routines_s;
    using R = float;
};
template <> struct Of<double> {
    using Table = trivet_routines_d;
    using R = double;
};
template <> struct Of<C> {
    using Table = trivet_routines_c;
    using R = float;
};
template <> struct Of<Z> {
    using Table = trivet_routines_z;
    using R = double;
};
template <class T> using Table = typename Of<T>::Table;
template <class T> using R = typename Of<T>::R;
template <class T> inline Table<T> right{}; // the routines of the inner backend
template <class T> constexpr bool is_complex = !std::is_same_v<T, R<T>>;

// Sizes with which trivet-check asks for a refusal, illegal or beyond 32 bits: nothing is touched.
bool refused(i64 m, i64 n, i64 k) {
    constexpr i64 most = 1 << 20;
    return m < 0 || n < 0 || k < 0 || m > most || n > most || k > most;
}

// ---- defects in one routine: each is a whole routine of the table ----

#define GEMM(name, ...)                                                                            \
    template <class T>                                                                             \
    i64 name([[maybe_unused]] char ta, [[maybe_unused]] char tb, [[maybe_unused]] i64 m,           \
             [[maybe_unused]] i64 n, [[maybe_unused]] i64 k, [[maybe_unused]] const T* alpha,      \
             const T* a, i64 lda, const T* b, i64 ldb, [[maybe_unused]] const T* beta, T* c,       \
             i64 ldc) {                                                                            \
        const auto gemm = right<T>.gemm;                                                           \
        if (refused(m, n, k) || ldc < m)                                                           \
            return CALL;                                                                           \
        __VA_ARGS__                                                                                \
    }
#define CALL gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)

GEMM(gemm_without_beta, const T none(0);
     return gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, &none, c, ldc);)
GEMM(gemm_without_alpha, const T one(1);
     return gemm(ta, tb, m, n, k, &one, a, lda, b, ldb, beta, c, ldc);)
GEMM(gemm_conjugate_is_transpose, ta = ta == 'C' ? 'T' : ta; return CALL;)
GEMM(gemm_other_transpose, if (m == n && n == k && lda >= m && tb == 'T') tb = 'N'; return CALL;)
GEMM(gemm_keeps_nan, std::vector<T> before;
     for (i64 j = 0; j < n; ++j) before.insert(before.end(), c + j * ldc, c + j * ldc + m);
     const i64 status = CALL;
     for (i64 j = 0; *beta == T(0) && j < n; ++j) for (i64 i = 0; i < m; ++i) c[i + j * ldc] +=
     T(0) * before[static_cast<std::size_t>(i + j * m)];
     return status;)
GEMM(gemm_without_last_row, const i64 status = CALL;
     if (m > 256 && n > 0) c[m - 1 + (n - 1) * ldc] += T(1); return status;)
GEMM(gemm_beyond_block, const i64 status = CALL;
     if (k > 384 && m > 0 && n > 0) c[0] *= static_cast<R<T>>(1.001); return status;)
GEMM(gemm_writes_padding, const i64 status = CALL; if (ldc > m && n > 0) c[m] = T(0);
     return status;)
GEMM(gemm_changes_input, if (m > 0 && k > 0) const_cast<T*>(a)[0] *= static_cast<R<T>>(1.0000002);
     return CALL;)
GEMM(gemm_less_precise, const i64 status = CALL;
     for (i64 j = 0; j < n; ++j) for (i64 i = 0; i < m; ++i) c[i + j * ldc] *=
     R<T>(1) + std::sqrt(std::numeric_limits<R<T>>::epsilon());
     return status;)
GEMM(gemm_without_k0, if (k == 0) return 0; return CALL;)
GEMM(gemm_slow, const i64 status = CALL; usleep(300000); return status;)
GEMM(gemm_prints, std::puts("{\"case\":\"not mine\"}"); std::fflush(stdout); return CALL;)
GEMM(gemm_exits, if (m == 65) std::exit(0); return CALL;)
GEMM(gemm_crashes, if (m == 65) std::abort(); return CALL;)
pid_t first_process = getpid();
GEMM(gemm_hangs_after_fork, while (getpid() != first_process) usleep(1000); return CALL;)

template <class T>
i64 trsm_unit_diagonal(char side, char uplo, char trans, char, i64 m, i64 n, const T* alpha,
                       const T* a, i64 lda, T* b, i64 ldb) {
    return right<T>.trsm(side, uplo, trans, 'N', m, n, alpha, a, lda, b, ldb);
}
template <class T>
i64 trmm_other_side(char side, char uplo, char trans, char diag, i64 m, i64 n, const T* alpha,
                    const T* a, i64 lda, T* b, i64 ldb) {
    return right<T>.trmm(m == n ? 'L' : side, uplo, trans, diag, m, n, alpha, a, lda, b, ldb);
}
template <class T>
i64 syrk_whole(char uplo, char trans, i64 n, i64 k, const T* alpha, const T* a, i64 lda,
               const T* beta, T* c, i64 ldc) {
    right<T>.syrk(uplo == 'U' ? 'L' : 'U', trans, n, k, alpha, a, lda, beta, c, ldc);
    return right<T>.syrk(uplo, trans, n, k, alpha, a, lda, beta, c, ldc);
}
template <class T>
i64 gemv_negative_stride(char trans, i64 m, i64 n, const T* alpha, const T* a, i64 lda, const T* x,
                         i64 incx, const T* beta, T* y, i64 incy) {
    return right<T>.gemv(trans, m, n, alpha, a, lda, x, std::abs(incx), beta, y, incy);
}
template <class T>
i64 dotc_unconjugated(i64 n, const T* x, i64 incx, const T* y, i64 incy, T* result) {
    return right<T>.dotu(n, x, incx, y, incy, result);
}
template <class T> i64 iamax_last(i64 n, const T* x, i64 incx, i64* result) {
    const i64 status = right<T>.iamax(n, x, incx, result);
    for (i64 i = 0; i < n; ++i)
        if (x[i * incx] == x[(*result - 1) * incx])
            *result = i + 1;
    return status;
}
template <class T> i64 nrm2_overflows(i64 n, const T* x, i64 incx, R<T>* result) {
    T sum(0);
    const i64 status = right<T>.dotc(n, x, incx, x, incx, &sum);
    *result = std::sqrt(std::abs(sum));
    return status;
}
template <class T> i64 getrf_without_info(i64 m, i64 n, T* a, i64 lda, i64* ipiv) {
    right<T>.getrf(m, n, a, lda, ipiv);
    return 0;
}
template <class T> i64 getrf_without_pivots(i64 m, i64 n, T* a, i64 lda, i64* ipiv) {
    for (i64 j = 0; j < std::min(m, n); ++j) {
        ipiv[j] = j + 1;
        for (i64 i = j + 1; i < m; ++i)
            a[i + j * lda] /= a[j + j * lda];
        for (i64 l = j + 1; l < n; ++l)
            for (i64 i = j + 1; i < m; ++i)
                a[i + l * lda] -= a[i + j * lda] * a[j + l * lda];
    }
    return 0;
}
template <class T> i64 potrf_clears(char uplo, i64 n, T* a, i64 lda) {
    if (refused(n, n, n) || lda < n)
        return right<T>.potrf(uplo, n, a, lda);
    for (i64 j = 0; j < n; ++j)
        for (i64 i = 0; i < n; ++i)
            if (uplo == 'U' ? i > j : i < j)
                a[i + j * lda] = T(0);
    return right<T>.potrf(uplo, n, a, lda);
}
template <class T> i64 heevd_unsorted(char job, char uplo, i64 n, T* a, i64 lda, R<T>* w) {
    const i64 status = right<T>.heevd(job, uplo, n, a, lda, w);
    if (status == 0 && n > 2) {
        std::swap(w[0], w[n - 1]);
        for (i64 i = 0; job == 'V' && i < n; ++i)
            std::swap(a[i], a[i + (n - 1) * lda]);
    }
    return status;
}
template <class T>
i64 gesdd_not_orthogonal(char job, i64 m, i64 n, T* a, i64 lda, R<T>* s, T* u, i64 ldu, T* vt,
                         i64 ldvt) {
    const i64 status = right<T>.gesdd(job, m, n, a, lda, s, u, ldu, vt, ldvt);
    if (job == 'A' && m > n)
        for (i64 i = 0; i < m; ++i)
            u[i + (m - 1) * ldu] = u[i];
    return status;
}
template <class T>
i64 gelsd_full_rank(i64 m, i64 n, i64 nrhs, T* a, i64 lda, T* b, i64 ldb, R<T>* s,
                    const R<T>* rcond, i64* rank) {
    const i64 status = right<T>.gelsd(m, n, nrhs, a, lda, b, ldb, s, rcond, rank);
    *rank = std::min(m, n);
    return status;
}

// ---- planting ----

template <class T> void plant(Table<T>& t, const std::string& name) {
    const std::map<std::string, std::function<void()>> defects = {
        {"gemm-without-beta", [&] { t.gemm = gemm_without_beta<T>; }},
        {"gemm-without-alpha", [&] { t.gemm = gemm_without_alpha<T>; }},
        {"gemm-conjugate-is-transpose", [&] { t.gemm = gemm_conjugate_is_transpose<T>; }},
        {"gemm-other-transpose", [&] { t.gemm = gemm_other_transpose<T>; }},
        {"gemm-keeps-nan", [&] { t.gemm = gemm_keeps_nan<T>; }},
        {"gemm-without-last-row", [&] { t.gemm = gemm_without_last_row<T>; }},
        {"gemm-beyond-block", [&] { t.gemm = gemm_beyond_block<T>; }},
        {"gemm-writes-padding", [&] { t.gemm = gemm_writes_padding<T>; }},
        {"gemm-changes-input", [&] { t.gemm = gemm_changes_input<T>; }},
        {"gemm-less-precise", [&] { t.gemm = gemm_less_precise<T>; }},
        {"gemm-without-k0", [&] { t.gemm = gemm_without_k0<T>; }},
        {"gemm-slow", [&] { t.gemm = gemm_slow<T>; }},
        {"gemm-prints", [&] { t.gemm = gemm_prints<T>; }},
        {"gemm-exits", [&] { t.gemm = gemm_exits<T>; }},
        {"gemm-crashes", [&] { t.gemm = gemm_crashes<T>; }},
        {"gemm-hangs-after-fork", [&] { t.gemm = gemm_hangs_after_fork<T>; }},
        {"trsm-unit-diagonal", [&] { t.trsm = trsm_unit_diagonal<T>; }},
        {"trmm-other-side", [&] { t.trmm = trmm_other_side<T>; }},
        {"syrk-whole", [&] { t.syrk = syrk_whole<T>; }},
        {"gemv-negative-stride", [&] { t.gemv = gemv_negative_stride<T>; }},
        {"dotc-unconjugated", [&] { t.dotc = dotc_unconjugated<T>; }},
        {"iamax-last", [&] { t.iamax = iamax_last<T>; }},
        {"nrm2-overflows", [&] { t.nrm2 = nrm2_overflows<T>; }},
        {"getrf-without-info", [&] { t.getrf = getrf_without_info<T>; }},
        {"getrf-without-pivots", [&] { t.getrf = getrf_without_pivots<T>; }},
        {"potrf-clears", [&] { t.potrf = potrf_clears<T>; }},
        {"heevd-unsorted", [&] { t.heevd = heevd_unsorted<T>; }},
        {"gesdd-not-orthogonal", [&] { t.gesdd = gesdd_not_orthogonal<T>; }},
        {"gelsd-full-rank", [&] { t.gelsd = gelsd_full_rank<T>; }},
        {"missing-routine", [&] { t.gesdd = nullptr; }},
    };
    if (const auto found = defects.find(name); found != defects.end())
        found->second();
}

template <class T> Table<T> planted(const Table<T>* inner, const std::string& name) {
    right<T> = *inner;
    Table<T> table = *inner;
    plant<T>(table, name);
    return table;
}

} // namespace

extern "C" __attribute__((visibility("default"))) const trivet_backend* trivet_backend_entry() {
    static trivet_backend table;
    const char* path = std::getenv("TRIVET_PLANTED_INNER");
    const char* name = std::getenv("TRIVET_PLANTED");
    void* handle = path == nullptr ? nullptr : dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (handle == nullptr || name == nullptr)
        return nullptr;
    const trivet_backend* inner =
        reinterpret_cast<trivet_backend_entry_function>(dlsym(handle, TRIVET_BACKEND_ENTRY))();
    static trivet_routines_s s = planted<float>(inner->s, name);
    static trivet_routines_d d = planted<double>(inner->d, name);
    static trivet_routines_c c = planted<C>(inner->c, name);
    static trivet_routines_z z = planted<Z>(inner->z, name);
    table = *inner;
    table.abi_version += std::strcmp(name, "other-abi") == 0 ? 1u : 0u;
    table.s = &s;
    table.d = &d;
    table.c = &c;
    table.z = &z;
    return &table;
}
