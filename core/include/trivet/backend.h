/* SPDX-License-Identifier: Apache-2.0
 *
 * The backend interface: what a BLAS and LAPACK provider is to Trivet. Plain C.
 *
 * A backend is a shared library with one exported symbol, trivet_backend_entry, that returns a
 * table. The routines are BLAS's and LAPACK's own: column-major, upper-case option letters, the
 * same arguments in the same order without what a caller cannot care about:
 *   - sizes are int64_t whatever the provider's integer is; a size that it cannot hold gives
 *     TRIVET_TOO_LARGE, it never wraps;
 *   - workspace is the backend's business (queried, allocated and freed per call);
 *   - alpha and beta are passed by address, so that all four types read alike;
 *   - every routine returns a status: 0, LAPACK's info (> 0), or a negative number: -i when the
 *     i-th argument of the prototype below is illegal (the provider is not called: its xerbla may
 *     print or stop the process), TRIVET_TOO_LARGE or TRIVET_NO_MEMORY;
 *   - each type has every routine, under its complex name: for real types hemm is symm, herk syrk,
 *     dotc and dotu are dot, ungqr is orgqr, heevd is syevd.
 *
 * Growth: new routines go to the end of TRIVET_ROUTINES, new fields to the end of trivet_backend;
 * TRIVET_BACKEND_ABI changes only when something that exists changes its meaning. A reader accepts
 * a table whose sizes are at least those that it was compiled with.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#include <complex>
typedef std::complex<float> trivet_complex64;
typedef std::complex<double> trivet_complex128;
extern "C" {
#else
typedef float _Complex trivet_complex64;
typedef double _Complex trivet_complex128;
#endif

#define TRIVET_BACKEND_ABI 1u
#define TRIVET_BACKEND_ENTRY "trivet_backend_entry"

#define TRIVET_TOO_LARGE ((int64_t)-1000001) /* a size does not fit the provider's integer */
#define TRIVET_NO_MEMORY ((int64_t)-1000002) /* no workspace */

/* The routines, once: X(name, (arguments)); T is the element type, R its real type. Pivots and
 * iamax are 1-based, as in LAPACK and BLAS. */
#define TRIVET_BLAS3_ROUTINES(X, T, R)                                                             \
    X(gemm, (char transa, char transb, int64_t m, int64_t n, int64_t k, const T* alpha,            \
             const T* a, int64_t lda, const T* b, int64_t ldb, const T* beta, T* c, int64_t ldc))  \
    X(symm, (char side, char uplo, int64_t m, int64_t n, const T* alpha, const T* a, int64_t lda,  \
             const T* b, int64_t ldb, const T* beta, T* c, int64_t ldc))                           \
    X(hemm, (char side, char uplo, int64_t m, int64_t n, const T* alpha, const T* a, int64_t lda,  \
             const T* b, int64_t ldb, const T* beta, T* c, int64_t ldc))                           \
    X(syrk, (char uplo, char trans, int64_t n, int64_t k, const T* alpha, const T* a, int64_t lda, \
             const T* beta, T* c, int64_t ldc))                                                    \
    X(herk, (char uplo, char trans, int64_t n, int64_t k, const R* alpha, const T* a, int64_t lda, \
             const R* beta, T* c, int64_t ldc))                                                    \
    X(syr2k, (char uplo, char trans, int64_t n, int64_t k, const T* alpha, const T* a,             \
              int64_t lda, const T* b, int64_t ldb, const T* beta, T* c, int64_t ldc))             \
    X(her2k, (char uplo, char trans, int64_t n, int64_t k, const T* alpha, const T* a,             \
              int64_t lda, const T* b, int64_t ldb, const R* beta, T* c, int64_t ldc))             \
    X(trmm, (char side, char uplo, char transa, char diag, int64_t m, int64_t n, const T* alpha,   \
             const T* a, int64_t lda, T* b, int64_t ldb))                                          \
    X(trsm, (char side, char uplo, char transa, char diag, int64_t m, int64_t n, const T* alpha,   \
             const T* a, int64_t lda, T* b, int64_t ldb))

#define TRIVET_BLAS2_ROUTINES(X, T, R)                                                             \
    X(gemv, (char trans, int64_t m, int64_t n, const T* alpha, const T* a, int64_t lda,            \
             const T* x, int64_t incx, const T* beta, T* y, int64_t incy))                         \
    X(hemv, (char uplo, int64_t n, const T* alpha, const T* a, int64_t lda, const T* x,            \
             int64_t incx, const T* beta, T* y, int64_t incy))                                     \
    X(trmv,                                                                                        \
      (char uplo, char trans, char diag, int64_t n, const T* a, int64_t lda, T* x, int64_t incx))  \
    X(trsv,                                                                                        \
      (char uplo, char trans, char diag, int64_t n, const T* a, int64_t lda, T* x, int64_t incx))  \
    X(geru, (int64_t m, int64_t n, const T* alpha, const T* x, int64_t incx, const T* y,           \
             int64_t incy, T* a, int64_t lda))                                                     \
    X(gerc, (int64_t m, int64_t n, const T* alpha, const T* x, int64_t incx, const T* y,           \
             int64_t incy, T* a, int64_t lda))                                                     \
    X(her, (char uplo, int64_t n, const R* alpha, const T* x, int64_t incx, T* a, int64_t lda))    \
    X(her2, (char uplo, int64_t n, const T* alpha, const T* x, int64_t incx, const T* y,           \
             int64_t incy, T* a, int64_t lda))

#define TRIVET_BLAS1_ROUTINES(X, T, R)                                                             \
    X(swap, (int64_t n, T* x, int64_t incx, T* y, int64_t incy))                                   \
    X(copy, (int64_t n, const T* x, int64_t incx, T* y, int64_t incy))                             \
    X(scal, (int64_t n, const T* alpha, T* x, int64_t incx))                                       \
    X(axpy, (int64_t n, const T* alpha, const T* x, int64_t incx, T* y, int64_t incy))             \
    X(dotu, (int64_t n, const T* x, int64_t incx, const T* y, int64_t incy, T* result))            \
    X(dotc, (int64_t n, const T* x, int64_t incx, const T* y, int64_t incy, T* result))            \
    X(nrm2, (int64_t n, const T* x, int64_t incx, R* result))                                      \
    X(asum, (int64_t n, const T* x, int64_t incx, R* result))                                      \
    X(iamax, (int64_t n, const T* x, int64_t incx, int64_t* result))

#define TRIVET_LAPACK_ROUTINES(X, T, R)                                                            \
    X(gesv, (int64_t n, int64_t nrhs, T* a, int64_t lda, int64_t* ipiv, T* b, int64_t ldb))        \
    X(getrf, (int64_t m, int64_t n, T* a, int64_t lda, int64_t* ipiv))                             \
    X(getrs, (char trans, int64_t n, int64_t nrhs, const T* a, int64_t lda, const int64_t* ipiv,   \
              T* b, int64_t ldb))                                                                  \
    X(getri, (int64_t n, T* a, int64_t lda, const int64_t* ipiv))                                  \
    X(gecon, (char norm, int64_t n, const T* a, int64_t lda, const R* anorm, R* rcond))            \
    X(potrf, (char uplo, int64_t n, T* a, int64_t lda))                                            \
    X(potrs, (char uplo, int64_t n, int64_t nrhs, const T* a, int64_t lda, T* b, int64_t ldb))     \
    X(potri, (char uplo, int64_t n, T* a, int64_t lda))                                            \
    X(trtrs, (char uplo, char trans, char diag, int64_t n, int64_t nrhs, const T* a, int64_t lda,  \
              T* b, int64_t ldb))                                                                  \
    X(trtri, (char uplo, char diag, int64_t n, T* a, int64_t lda))                                 \
    X(geqrf, (int64_t m, int64_t n, T* a, int64_t lda, T* tau))                                    \
    X(gelqf, (int64_t m, int64_t n, T* a, int64_t lda, T* tau))                                    \
    X(ungqr, (int64_t m, int64_t n, int64_t k, T* a, int64_t lda, const T* tau))                   \
    X(unglq, (int64_t m, int64_t n, int64_t k, T* a, int64_t lda, const T* tau))                   \
    /* trans: N or C. Some versions change `a` while they run and restore it. */                   \
    X(unmqr, (char side, char trans, int64_t m, int64_t n, int64_t k, T* a, int64_t lda,           \
              const T* tau, T* c, int64_t ldc))                                                    \
    /* jobz: A, S or N */                                                                          \
    X(gesdd, (char jobz, int64_t m, int64_t n, T* a, int64_t lda, R* s, T* u, int64_t ldu, T* vt,  \
              int64_t ldvt))                                                                       \
    X(heevd, (char jobz, char uplo, int64_t n, T* a, int64_t lda, R* w))                           \
    /* wr, wi: real and imaginary parts, for complex types too; vl, vr: as LAPACK packs them */    \
    X(geev, (char jobvl, char jobvr, int64_t n, T* a, int64_t lda, R* wr, R* wi, T* vl,            \
             int64_t ldvl, T* vr, int64_t ldvr))                                                   \
    X(gelsd, (int64_t m, int64_t n, int64_t nrhs, T* a, int64_t lda, T* b, int64_t ldb, R* s,      \
              const R* rcond, int64_t* rank))

#define TRIVET_ROUTINES(X, T, R)                                                                   \
    TRIVET_BLAS3_ROUTINES(X, T, R)                                                                 \
    TRIVET_BLAS2_ROUTINES(X, T, R)                                                                 \
    TRIVET_BLAS1_ROUTINES(X, T, R)                                                                 \
    TRIVET_LAPACK_ROUTINES(X, T, R)

/* One struct per type, all with the same members; every member is a function pointer, so a struct
 * may be walked as an array of `routines_size / sizeof(void (*)(void))` pointers in that order. */
#define TRIVET_SLOT(name, arguments) int64_t(*name) arguments;
typedef struct trivet_routines_s {
    TRIVET_ROUTINES(TRIVET_SLOT, float, float)
} trivet_routines_s;
typedef struct trivet_routines_d {
    TRIVET_ROUTINES(TRIVET_SLOT, double, double)
} trivet_routines_d;
typedef struct trivet_routines_c {
    TRIVET_ROUTINES(TRIVET_SLOT, trivet_complex64, float)
} trivet_routines_c;
typedef struct trivet_routines_z {
    TRIVET_ROUTINES(TRIVET_SLOT, trivet_complex128, double)
} trivet_routines_z;
#undef TRIVET_SLOT

/* Fills text with a zero-terminated string, cut to `size` bytes; "" when it is not known. */
typedef void (*trivet_text)(char* text, int64_t size);

typedef struct trivet_backend {
    uint32_t abi_version;   /* TRIVET_BACKEND_ABI; this and the next field never move */
    uint32_t struct_size;   /* sizeof(trivet_backend) of the backend */
    uint32_t routines_size; /* sizeof(trivet_routines_d) of the backend */
    int32_t int_bits;       /* the provider's integer: 32 or 64 */
    const char* id;         /* the recipe's variant */
    const char* provider;   /* the recipe */
    trivet_text version;    /* the provider's own text */
    trivet_text core;       /* the kernels that it chose for this CPU */
    trivet_text thread_layer;
    trivet_text library;            /* the file that holds its gemm */
    trivet_text lapack_library;     /* the file that holds its potrf */
    int32_t (*get_threads)(void);   /* (optional) NULL: unsupported */
    void (*set_threads)(int32_t n); /* (optional) NULL: unsupported; n >= 1 */
    const trivet_routines_s* s;
    const trivet_routines_d* d;
    const trivet_routines_c* c;
    const trivet_routines_z* z;
} trivet_backend;

/* The one exported symbol. The table lives as long as the library is loaded. */
typedef const trivet_backend* (*trivet_backend_entry_function)(void);

#ifdef __cplusplus
} /* extern "C" */
#endif
