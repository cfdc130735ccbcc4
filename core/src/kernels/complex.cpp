// SPDX-License-Identifier: Apache-2.0
// Functions of complex numbers: the C library's, which has the special values of C's annex G.
// Portable. Sums, products, quotients and comparisons are vectorised elsewhere.
#include "array/visit.h"
#include "kernels/fills.h"

#include <cmath>

namespace trivet::portable {
namespace {

__extension__ typedef __complex__ float RawFloat;
__extension__ typedef __complex__ double RawDouble;

RawFloat raw(std::complex<float> z) { return __builtin_bit_cast(RawFloat, z); }
RawDouble raw(std::complex<double> z) { return __builtin_bit_cast(RawDouble, z); }
std::complex<float> cooked(RawFloat z) { return __builtin_bit_cast(std::complex<float>, z); }
std::complex<double> cooked(RawDouble z) { return __builtin_bit_cast(std::complex<double>, z); }

template <auto F, class T, class O = T>
void unary(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<O*>(data[1] + i * strides[1]) =
            F(*reinterpret_cast<const T*>(data[0] + i * strides[0]));
    }
}

template <auto F, class T>
void binary(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<T*>(data[2] + i * strides[2]) =
            F(*reinterpret_cast<const T*>(data[0] + i * strides[0]),
              *reinterpret_cast<const T*>(data[1] + i * strides[1]));
    }
}

using Complex64 = std::complex<float>;
using Complex128 = std::complex<double>;

template <auto F> void put(KernelColumn& column, OpId id) {
    ElementKernel* slots = column.element[static_cast<int>(id)];
    slots[static_cast<int>(DType::complex64)] = unary<F, Complex64>;
    slots[static_cast<int>(DType::complex128)] = unary<F, Complex128>;
}

constexpr auto absolute = []<class T>(std::complex<T> z) { return std::hypot(z.real(), z.imag()); };

constexpr auto sign = []<class T>(std::complex<T> z) { // z / |z|, 0 at 0
    if (z == T{0}) {
        return std::complex<T>{};
    }
    // Halved twice, so that the length of the largest numbers is finite.
    const T re = z.real() / 4;
    const T im = z.imag() / 4;
    const T length = std::hypot(re, im);
    return std::isnormal(length) ? std::complex<T>{re / length, im / length}
                                 : std::complex<T>{z.real() / std::hypot(z.real(), z.imag()),
                                                   z.imag() / std::hypot(z.real(), z.imag())};
};

template <class T> std::complex<T> scaled_log(std::complex<T> z, T factor) {
    const std::complex<T> l = cooked([](auto w) {
        if constexpr (sizeof(w) == sizeof(RawFloat)) {
            return __builtin_clogf(w);
        } else {
            return __builtin_clog(w);
        }
    }(raw(z)));
    return {l.real() * factor, l.imag() * factor};
}

constexpr auto log2 = []<class T>(std::complex<T> z) {
    return scaled_log(z, static_cast<T>(1.44269504088896340735992468100));
};
constexpr auto log10 = []<class T>(std::complex<T> z) {
    return scaled_log(z, static_cast<T>(0.434294481903251827651128918917));
};

constexpr auto log1p = []<class T>(std::complex<T> z) {
    const T x = z.real();
    const T y = z.imag();
    // |1 + z|^2 = 1 + x (2 + x) + y^2, exact near 0 where the logarithm needs it
    const bool small = std::fabs(x) < T{0.5} && std::fabs(y) < T{0.5};
    const T re = small ? std::log1p(x * (2 + x) + y * y) / 2 : std::log(std::hypot(1 + x, y));
    return std::complex<T>{re, std::atan2(y, 1 + x)};
};

constexpr auto expm1 = []<class T>(std::complex<T> z) {
    const T x = z.real();
    const T y = z.imag();
    if (y == 0) {
        return std::complex<T>{std::expm1(x), y};
    }
    const T s = std::sin(y / 2);
    if (!std::isfinite(x) || !std::isfinite(y)) { // exp's special cases, less 1
        std::complex<T> e = std::exp(z);
        return std::complex<T>{e.real() - 1, e.imag()};
    }
    return std::complex<T>{std::expm1(x) * std::cos(y) - 2 * s * s, std::exp(x) * std::sin(y)};
};

#define TRIVET_LIBRARY(name)                                                                       \
    constexpr struct {                                                                             \
        Complex64 operator()(Complex64 z) const { return cooked(__builtin_c##name##f(raw(z))); }   \
        Complex128 operator()(Complex128 z) const { return cooked(__builtin_c##name(raw(z))); }    \
    } library_##name{};
TRIVET_LIBRARY(sqrt)
TRIVET_LIBRARY(exp)
TRIVET_LIBRARY(log)
TRIVET_LIBRARY(sin)
TRIVET_LIBRARY(cos)
TRIVET_LIBRARY(tan)
TRIVET_LIBRARY(asin)
TRIVET_LIBRARY(acos)
TRIVET_LIBRARY(atan)
TRIVET_LIBRARY(sinh)
TRIVET_LIBRARY(cosh)
TRIVET_LIBRARY(tanh)
TRIVET_LIBRARY(asinh)
TRIVET_LIBRARY(acosh)
TRIVET_LIBRARY(atanh)
#undef TRIVET_LIBRARY

constexpr auto exp2 = []<class T>(std::complex<T> z) {
    constexpr T ln2 = static_cast<T>(0.693147180559945309417232121458);
    const T size = std::exp2(z.real());
    const T angle = z.imag() * ln2;
    return z.imag() == 0 ? std::complex<T>{size, z.imag()}
                         : std::complex<T>{size * std::cos(angle), size * std::sin(angle)};
};

constexpr auto rsqrt = []<class T>(std::complex<T> z) { return T{1} / library_sqrt(z); };

// Small whole powers by products, as NumPy, so that they are exact where products are.
constexpr auto power = []<class T>(std::complex<T> z, std::complex<T> w) {
    const T n = w.real();
    if (w.imag() == 0 && n == std::trunc(n) && std::fabs(n) < 100) {
        std::complex<T> out = 1;
        std::complex<T> square = z;
        for (int left = std::abs(static_cast<int>(n)); left != 0; left /= 2) {
            out = left % 2 ? out * square : out;
            square *= square;
        }
        return n < 0 ? T{1} / out : out;
    }
    if (z == T{0} && n > 0) {
        return std::complex<T>{};
    }
    if constexpr (std::is_same_v<T, float>) {
        return cooked(__builtin_cpowf(raw(z), raw(w)));
    } else {
        return cooked(__builtin_cpow(raw(z), raw(w)));
    }
};

} // namespace

void fill_complex(KernelColumn& column) {
    put<sign>(column, OpId::sign);
    put<library_sqrt>(column, OpId::sqrt);
    put<rsqrt>(column, OpId::rsqrt);
    put<library_exp>(column, OpId::exp);
    put<exp2>(column, OpId::exp2);
    put<expm1>(column, OpId::expm1);
    put<library_log>(column, OpId::log);
    put<log2>(column, OpId::log2);
    put<log10>(column, OpId::log10);
    put<log1p>(column, OpId::log1p);
    put<library_sin>(column, OpId::sin);
    put<library_cos>(column, OpId::cos);
    put<library_tan>(column, OpId::tan);
    put<library_asin>(column, OpId::asin);
    put<library_acos>(column, OpId::acos);
    put<library_atan>(column, OpId::atan);
    put<library_sinh>(column, OpId::sinh);
    put<library_cosh>(column, OpId::cosh);
    put<library_tanh>(column, OpId::tanh);
    put<library_asinh>(column, OpId::asinh);
    put<library_acosh>(column, OpId::acosh);
    put<library_atanh>(column, OpId::atanh);
    ElementKernel* abs = column.element[static_cast<int>(OpId::abs)];
    abs[static_cast<int>(DType::complex64)] = unary<absolute, Complex64, float>;
    abs[static_cast<int>(DType::complex128)] = unary<absolute, Complex128, double>;
    ElementKernel* pow = column.element[static_cast<int>(OpId::pow)];
    pow[static_cast<int>(DType::complex64)] = binary<power, Complex64>;
    pow[static_cast<int>(DType::complex128)] = binary<power, Complex128>;
}

} // namespace trivet::portable
