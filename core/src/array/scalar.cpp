// SPDX-License-Identifier: Apache-2.0
// Python numbers into elements and back.
#include "array/text.h"
#include "array/visit.h"
#include "trivet/array.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace trivet {
namespace {

[[noreturn]] void out_of_range(const std::string& value, DType dtype) {
    raise(ErrorKind::overflow, "scalar", "the value must fit " + std::string(dtype_name(dtype)),
          value);
}

template <class T, class V> T integer_from(V value, DType dtype) {
    if constexpr (std::is_same_v<V, double>) {
        const double whole = std::trunc(value);
        const double limit = std::ldexp(1.0, std::numeric_limits<T>::digits);
        if (!(whole >= static_cast<double>(std::numeric_limits<T>::min()) && whole < limit)) {
            out_of_range(std::to_string(value), dtype);
        }
        return static_cast<T>(whole);
    } else {
        if (!std::in_range<T>(value)) {
            out_of_range(std::to_string(value), dtype);
        }
        return static_cast<T>(value);
    }
}

template <class T, class V> T element_from(V value, DType dtype) {
    if constexpr (std::is_same_v<T, bool>) {
        return value != V{};
    } else if constexpr (is_complex_v<T>) {
        using Part = typename T::value_type;
        if constexpr (is_complex_v<V>) {
            return {static_cast<Part>(value.real()), static_cast<Part>(value.imag())};
        } else {
            return {static_cast<Part>(value), Part{}};
        }
    } else if constexpr (is_complex_v<V>) {
        if (value.imag() != 0) {
            raise(ErrorKind::type, "scalar", "a complex number needs a complex type",
                  dtype_name(dtype));
        }
        return element_from<T>(value.real(), dtype);
    } else if constexpr (std::is_same_v<V, bool>) {
        return element_from<T>(static_cast<std::int64_t>(value), dtype);
    } else if constexpr (std::is_same_v<T, Float16>) {
        return to_float16(to_odd_float(static_cast<double>(value)));
    } else if constexpr (std::is_same_v<T, BFloat16>) {
        return to_bfloat16(to_odd_float(static_cast<double>(value)));
    } else if constexpr (std::is_floating_point_v<T>) {
        return static_cast<T>(value);
    } else {
        return integer_from<T>(value, dtype);
    }
}

template <class T> Scalar scalar_from(T value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value;
    } else if constexpr (is_complex_v<T>) {
        return std::complex<double>(value);
    } else if constexpr (is_half_v<T>) {
        return static_cast<double>(to_float(value));
    } else if constexpr (std::is_floating_point_v<T>) {
        return static_cast<double>(value);
    } else if constexpr (std::is_unsigned_v<T>) {
        return static_cast<std::uint64_t>(value);
    } else {
        return static_cast<std::int64_t>(value);
    }
}

} // namespace

ScalarKind scalar_kind(const Scalar& value) {
    constexpr ScalarKind kinds[] = {ScalarKind::boolean, ScalarKind::integer, ScalarKind::integer,
                                    ScalarKind::real, ScalarKind::complex};
    return kinds[value.index()];
}

Array Array::scalar(const Scalar& value, DType dtype) {
    Array out = empty({}, dtype);
    visit(dtype, [&]<class T>(std::type_identity<T>) {
        *out.data_as<T>() =
            std::visit([&](const auto& v) { return element_from<T>(v, dtype); }, value);
    });
    return out;
}

Array Array::full(const Dims& shape, DType dtype, const Scalar& value) {
    const Array element = scalar(value, dtype);
    Array out = empty(shape, dtype);
    copy_into(element, out);
    return out;
}

Scalar Array::item() const {
    if (size_ != 1) {
        raise(ErrorKind::value, "item", "the array must have one element", text(*this));
    }
    return visit(dtype_, [&]<class T>(std::type_identity<T>) {
        T value;
        if constexpr (std::is_same_v<T, bool>) {
            value = *reinterpret_cast<const std::uint8_t*>(data()) != 0;
        } else {
            std::memcpy(&value, data(), sizeof(T));
        }
        return scalar_from(value);
    });
}

Array weak_scalar(const Scalar& value, DType other) {
    return Array::scalar(value, promote_weak(other, scalar_kind(value)));
}

} // namespace trivet
