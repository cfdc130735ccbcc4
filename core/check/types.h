// SPDX-License-Identifier: Apache-2.0
// The four element types, and a backend's routines by type.
#pragma once

#include "trivet/backend.h"

#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace check {

using C = std::complex<float>;
using Z = std::complex<double>;

template <class T> struct TypeOf {
    using real = T;
};
template <class R> struct TypeOf<std::complex<R>> {
    using real = R;
};
template <class T> using Real = typename TypeOf<T>::real;
template <class T> inline constexpr bool is_complex = !std::is_same_v<T, Real<T>>;
template <class T>
inline constexpr double kEps = static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
template <class T>
inline constexpr char kLetter = std::is_same_v<T, float>    ? 's'
                                : std::is_same_v<T, double> ? 'd'
                                : std::is_same_v<T, C>      ? 'c'
                                                            : 'z';
inline constexpr const char* kTypes = "sdcz";

template <class T> const auto& routines(const trivet_backend& backend) {
    if constexpr (std::is_same_v<T, float>)
        return *backend.s;
    else if constexpr (std::is_same_v<T, double>)
        return *backend.d;
    else if constexpr (std::is_same_v<T, C>)
        return *backend.c;
    else
        return *backend.z;
}

template <class T> double real_part(T x) {
    if constexpr (is_complex<T>)
        return static_cast<double>(x.real());
    else
        return static_cast<double>(x);
}
template <class T> double imag_part([[maybe_unused]] T x) {
    if constexpr (is_complex<T>)
        return static_cast<double>(x.imag());
    else
        return 0.0;
}
template <class T> T make(double re, [[maybe_unused]] double im) {
    if constexpr (is_complex<T>)
        return T(static_cast<Real<T>>(re), static_cast<Real<T>>(im));
    else
        return static_cast<T>(re);
}

} // namespace check
