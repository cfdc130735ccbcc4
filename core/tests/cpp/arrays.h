// SPDX-License-Identifier: Apache-2.0
// Arrays from lists and back, for the tests.
#pragma once

#include "array/visit.h"
#include "trivet/ops.h"

#include <vector>

namespace trivet {

template <class T> constexpr DType kType = DType::bool_;
template <> inline constexpr DType kType<std::int8_t> = DType::int8;
template <> inline constexpr DType kType<std::int16_t> = DType::int16;
template <> inline constexpr DType kType<std::int32_t> = DType::int32;
template <> inline constexpr DType kType<std::int64_t> = DType::int64;
template <> inline constexpr DType kType<std::uint8_t> = DType::uint8;
template <> inline constexpr DType kType<std::uint16_t> = DType::uint16;
template <> inline constexpr DType kType<std::uint32_t> = DType::uint32;
template <> inline constexpr DType kType<std::uint64_t> = DType::uint64;
template <> inline constexpr DType kType<float> = DType::float32;
template <> inline constexpr DType kType<double> = DType::float64;
template <> inline constexpr DType kType<std::complex<float>> = DType::complex64;
template <> inline constexpr DType kType<std::complex<double>> = DType::complex128;

template <class T> Array make(const Dims& shape, const std::vector<T>& values) {
    Array out = Array::empty(shape, kType<T>);
    for (std::size_t i = 0; i < values.size(); ++i) {
        out.data_as<T>()[i] = values[i];
    }
    return out;
}
template <class T> Array row(const std::vector<T>& values) {
    return make({static_cast<std::int64_t>(values.size())}, values);
}

// 0, 1, 2, ... in C order.
template <class T> Array counting(const Dims& shape) {
    std::vector<T> values(static_cast<std::size_t>(shape.product()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<T>(i);
    }
    return make(shape, values);
}

// The elements in C order.
template <class T> std::vector<T> values(const Array& a) {
    const Array c = copy(a);
    const T* first = c.data_as<T>();
    return std::vector<T>(first, first + c.size());
}

inline Array run(std::string_view name, const std::vector<Array>& args) {
    return elementwise(op(name), args);
}

inline std::ostream& operator<<(std::ostream& out, const Dims& d) { return out << d.text(); }
inline std::ostream& operator<<(std::ostream& out, DType d) { return out << dtype_name(d); }

} // namespace trivet

namespace std { // so that CHECK_EQUAL can show lists
template <class T> ostream& operator<<(ostream& out, const vector<T>& list) {
    for (size_t i = 0; i < list.size() && i < 40; ++i) {
        out << (i ? ", " : "[") << +list[i];
    }
    return out << "]";
}
inline ostream& operator<<(ostream& out, const vector<bool>& list) {
    for (const bool each : list) {
        out << each;
    }
    return out;
}
} // namespace std
