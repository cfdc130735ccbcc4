// SPDX-License-Identifier: Apache-2.0
// The provider's Fortran symbols, as overloads: fortran::gemm(..., const double*, ...) is the
// symbol <prefix>dgemm<suffix>. Every CHARACTER argument has a hidden length at the end: LAPACK
// compiled by today's compilers may read it.
#pragma once

#include "trivet_blas_config.h"

#include <complex>
#include <cstddef>
#include <cstdint>

namespace fortran {

#if TRIVET_BLAS_INT_BITS == 64
using Int = std::int64_t;
#else
using Int = std::int32_t;
#endif
using C = std::complex<float>;
using Z = std::complex<double>;

// What REAL functions return: a double where the library follows the f2c convention.
#if TRIVET_BLAS_F2C_RETURN
using Real4 = double;
#else
using Real4 = float;
#endif
// The C types whose return convention is that of Fortran's COMPLEX (std::complex is a class).
__extension__ typedef float _Complex Complex8;
__extension__ typedef double _Complex Complex16;

// In the lists below: an INTEGER, a CHARACTER and its hidden length.
using I = const Int*;
using Ch = const char*;
using Len = std::size_t;

// The label of the assembler: any character is allowed in it, $NEWLAPACK too.
#define QUOTED_(x) #x
#define QUOTED(x) QUOTED_(x)
#define FORTRAN(name)                                                                              \
    __asm__(QUOTED(__USER_LABEL_PREFIX__) TRIVET_BLAS_PREFIX name TRIVET_BLAS_SUFFIX)

// T, R, p: element type, its real type, its letter; he, u, cj: the letters of the hermitian and
// of the unconjugated and conjugated routines of this type.
#define BLAS3(T, R, p, he)                                                                         \
    void gemm(Ch, Ch, I, I, I, const T*, const T*, I, const T*, I, const T*, T*, I, Len, Len)      \
        FORTRAN(p "gemm");                                                                         \
    void symm(Ch, Ch, I, I, const T*, const T*, I, const T*, I, const T*, T*, I, Len, Len)         \
        FORTRAN(p "symm");                                                                         \
    void hemm(Ch, Ch, I, I, const T*, const T*, I, const T*, I, const T*, T*, I, Len, Len)         \
        FORTRAN(p he "mm");                                                                        \
    void syrk(Ch, Ch, I, I, const T*, const T*, I, const T*, T*, I, Len, Len) FORTRAN(p "syrk");   \
    void herk(Ch, Ch, I, I, const R*, const T*, I, const R*, T*, I, Len, Len) FORTRAN(p he "rk");  \
    void syr2k(Ch, Ch, I, I, const T*, const T*, I, const T*, I, const T*, T*, I, Len, Len)        \
        FORTRAN(p "syr2k");                                                                        \
    void her2k(Ch, Ch, I, I, const T*, const T*, I, const T*, I, const R*, T*, I, Len, Len)        \
        FORTRAN(p he "r2k");                                                                       \
    void trmm(Ch, Ch, Ch, Ch, I, I, const T*, const T*, I, T*, I, Len, Len, Len, Len)              \
        FORTRAN(p "trmm");                                                                         \
    void trsm(Ch, Ch, Ch, Ch, I, I, const T*, const T*, I, T*, I, Len, Len, Len, Len)              \
        FORTRAN(p "trsm");

#define BLAS2(T, R, p, he, u, cj)                                                                  \
    void gemv(Ch, I, I, const T*, const T*, I, const T*, I, const T*, T*, I, Len)                  \
        FORTRAN(p "gemv");                                                                         \
    void hemv(Ch, I, const T*, const T*, I, const T*, I, const T*, T*, I, Len) FORTRAN(p he "mv"); \
    void trmv(Ch, Ch, Ch, I, const T*, I, T*, I, Len, Len, Len) FORTRAN(p "trmv");                 \
    void trsv(Ch, Ch, Ch, I, const T*, I, T*, I, Len, Len, Len) FORTRAN(p "trsv");                 \
    void geru(I, I, const T*, const T*, I, const T*, I, T*, I) FORTRAN(p "ger" u);                 \
    void gerc(I, I, const T*, const T*, I, const T*, I, T*, I) FORTRAN(p "ger" cj);                \
    void her(Ch, I, const R*, const T*, I, T*, I, Len) FORTRAN(p he "r");                          \
    void her2(Ch, I, const T*, const T*, I, const T*, I, T*, I, Len) FORTRAN(p he "r2");

#define BLAS1(T, p)                                                                                \
    void swap(I, T*, I, T*, I) FORTRAN(p "swap");                                                  \
    void copy(I, const T*, I, T*, I) FORTRAN(p "copy");                                            \
    void scal(I, const T*, T*, I) FORTRAN(p "scal");                                               \
    void axpy(I, const T*, const T*, I, T*, I) FORTRAN(p "axpy");                                  \
    Int iamax(I, const T*, I) FORTRAN("i" p "amax");

#define REAL_FUNCTIONS(T, result, p)                                                               \
    result nrm2(I, const T*, I) FORTRAN(p "nrm2");                                                 \
    result asum(I, const T*, I) FORTRAN(p "asum");

#define DOT(T, result, name, symbol) result name(I, const T*, I, const T*, I) FORTRAN(symbol);
#define DOT_INTO(T, name, symbol) void name(T*, I, const T*, I, const T*, I) FORTRAN(symbol);

#define LAPACK(T, p, un)                                                                           \
    void gesv(I, I, T*, I, Int*, T*, I, Int*) FORTRAN(p "gesv");                                   \
    void getrf(I, I, T*, I, Int*, Int*) FORTRAN(p "getrf");                                        \
    void getrs(Ch, I, I, const T*, I, I, T*, I, Int*, Len) FORTRAN(p "getrs");                     \
    void getri(I, T*, I, I, T*, I, Int*) FORTRAN(p "getri");                                       \
    void potrf(Ch, I, T*, I, Int*, Len) FORTRAN(p "potrf");                                        \
    void potrs(Ch, I, I, const T*, I, T*, I, Int*, Len) FORTRAN(p "potrs");                        \
    void potri(Ch, I, T*, I, Int*, Len) FORTRAN(p "potri");                                        \
    void trtrs(Ch, Ch, Ch, I, I, const T*, I, T*, I, Int*, Len, Len, Len) FORTRAN(p "trtrs");      \
    void trtri(Ch, Ch, I, T*, I, Int*, Len, Len) FORTRAN(p "trtri");                               \
    void geqrf(I, I, T*, I, T*, T*, I, Int*) FORTRAN(p "geqrf");                                   \
    void gelqf(I, I, T*, I, T*, T*, I, Int*) FORTRAN(p "gelqf");                                   \
    void ungqr(I, I, I, T*, I, const T*, T*, I, Int*) FORTRAN(p un "gqr");                         \
    void unglq(I, I, I, T*, I, const T*, T*, I, Int*) FORTRAN(p un "glq");                         \
    void unmqr(Ch, Ch, I, I, I, T*, I, const T*, T*, I, T*, I, Int*, Len, Len) FORTRAN(p un "mq"   \
                                                                                            "r");

// Where real and complex routines take different workspace.
#define LAPACK_REAL(T, p)                                                                          \
    void gecon(Ch, I, const T*, I, const T*, T*, T*, Int*, Int*, Len) FORTRAN(p "gecon");          \
    void gesdd(Ch, I, I, T*, I, T*, T*, I, T*, I, T*, I, Int*, Int*, Len) FORTRAN(p "gesdd");      \
    void heevd(Ch, Ch, I, T*, I, T*, T*, I, Int*, I, Int*, Len, Len) FORTRAN(p "syevd");           \
    void geev(Ch, Ch, I, T*, I, T*, T*, T*, I, T*, I, T*, I, Int*, Len, Len) FORTRAN(p "geev");    \
    void gelsd(I, I, I, T*, I, T*, I, T*, const T*, Int*, T*, I, Int*, Int*) FORTRAN(p "gelsd");

#define LAPACK_COMPLEX(T, R, p)                                                                    \
    void gecon(Ch, I, const T*, I, const R*, R*, T*, R*, Int*, Len) FORTRAN(p "gecon");            \
    void gesdd(Ch, I, I, T*, I, R*, T*, I, T*, I, T*, I, R*, Int*, Int*, Len) FORTRAN(p "gesdd");  \
    void heevd(Ch, Ch, I, T*, I, R*, T*, I, R*, I, Int*, I, Int*, Len, Len) FORTRAN(p "heevd");    \
    void geev(Ch, Ch, I, T*, I, T*, T*, I, T*, I, T*, I, R*, Int*, Len, Len) FORTRAN(p "geev");    \
    void gelsd(I, I, I, T*, I, T*, I, R*, const R*, Int*, T*, I, R*, Int*, Int*) FORTRAN(p "gels"  \
                                                                                           "d");

BLAS3(float, float, "s", "sy")
BLAS3(double, double, "d", "sy")
BLAS3(C, float, "c", "he")
BLAS3(Z, double, "z", "he")
BLAS2(float, float, "s", "sy", "", "")
BLAS2(double, double, "d", "sy", "", "")
BLAS2(C, float, "c", "he", "u", "c")
BLAS2(Z, double, "z", "he", "u", "c")
BLAS1(float, "s")
BLAS1(double, "d")
BLAS1(C, "c")
BLAS1(Z, "z")
REAL_FUNCTIONS(float, Real4, "s")
REAL_FUNCTIONS(double, double, "d")
REAL_FUNCTIONS(C, Real4, "sc")
REAL_FUNCTIONS(Z, double, "dz")
DOT(float, Real4, dotu, "sdot")
DOT(double, double, dotu, "ddot")
DOT(float, Real4, dotc, "sdot")
DOT(double, double, dotc, "ddot")
#if TRIVET_BLAS_COMPLEX_ARGUMENT
DOT_INTO(C, dotu, "cdotu")
DOT_INTO(Z, dotu, "zdotu")
DOT_INTO(C, dotc, "cdotc")
DOT_INTO(Z, dotc, "zdotc")
#else
DOT(C, Complex8, dotu, "cdotu")
DOT(Z, Complex16, dotu, "zdotu")
DOT(C, Complex8, dotc, "cdotc")
DOT(Z, Complex16, dotc, "zdotc")
#endif
LAPACK(float, "s", "or")
LAPACK(double, "d", "or")
LAPACK(C, "c", "un")
LAPACK(Z, "z", "un")
LAPACK_REAL(float, "s")
LAPACK_REAL(double, "d")
LAPACK_COMPLEX(C, float, "c")
LAPACK_COMPLEX(Z, double, "z")

#undef BLAS3
#undef BLAS2
#undef BLAS1
#undef REAL_FUNCTIONS
#undef DOT
#undef DOT_INTO
#undef LAPACK
#undef LAPACK_REAL
#undef LAPACK_COMPLEX
#undef FORTRAN
#undef QUOTED
#undef QUOTED_

} // namespace fortran
