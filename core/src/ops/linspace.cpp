// SPDX-License-Identifier: Apache-2.0
// A number of evenly spaced numbers.
#include "ops/numbers.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <cmath>

namespace trivet {
namespace {

// Number i of a line, as NumPy rounds it; the last one is exact.
struct Line {
    double start, stop;
    std::int64_t last; // its number; -1 without end point
    std::int64_t steps;

    double operator()(std::int64_t i) const {
        const double distance = stop - start;
        const auto n = static_cast<double>(steps);
        const auto at = static_cast<double>(i);
        const double step = distance / n;
        // A step that underflows to zero is taken after the product.
        const double offset = step != 0 ? at * step : at / n * distance;
        return i == last ? stop : i == 0 ? start : offset + start;
    }
};

Line line(double start, double stop, std::int64_t count, bool endpoint) {
    const bool last = endpoint && count > 1;
    return {start, stop, last ? count - 1 : -1,
            std::max<std::int64_t>(last ? count - 1 : count, 1)};
}

struct Ends {
    const Scalar& start;
    const Scalar& stop;
};

template <class T> T floored(double value) { // what is beyond the type by rounding stays inside
    const double whole = std::floor(value);
    if (whole >= std::ldexp(1.0, std::numeric_limits<T>::digits)) {
        return std::numeric_limits<T>::max();
    }
    const auto low = static_cast<double>(std::numeric_limits<T>::min());
    return whole <= low ? std::numeric_limits<T>::min() : static_cast<T>(whole);
}

template <class T> bool in_range(double value) {
    const double whole = std::floor(value);
    return whole >= static_cast<double>(std::numeric_limits<T>::min()) &&
           whole <= static_cast<double>(std::numeric_limits<T>::max());
}

template <class T> void check_end(const Scalar& end, double value, DType dtype) {
    if (is_whole(end) ? !fits<T>(to_wide(end)) : !in_range<T>(value)) {
        raise(ErrorKind::overflow, "linspace",
              "the numbers must fit " + std::string(dtype_name(dtype)), text(end));
    }
}

template <class T> void fill_integers(const Array& out, const Line& at, const Ends& ends) {
    const std::int64_t last = out.size() - 1;
    check_end<T>(ends.start, at.start, out.dtype());
    if (at.last == last) {
        check_end<T>(ends.stop, at.stop, out.dtype());
    } else if (!in_range<T>(at(last))) {
        check_end<T>(at(last), at(last), out.dtype());
    }
    fill<T>(out, [&](std::int64_t i) { return floored<T>(at(i)); });
    if (is_whole(ends.start)) { // integers that no double holds stay exact
        out.data_as<T>()[0] = static_cast<T>(to_wide(ends.start));
    }
    if (at.last == last && is_whole(ends.stop)) {
        out.data_as<T>()[last] = static_cast<T>(to_wide(ends.stop));
    }
}

double imaginary(const Scalar& value) {
    const auto* number = std::get_if<std::complex<double>>(&value);
    return number ? number->imag() : 0.0;
}

template <class T> void fill_complex(const Array& out, const Line& re, const Line& im) {
    using Part = typename T::value_type;
    fill<T>(out, [&](std::int64_t i) { return T(rounded<Part>(re(i)), rounded<Part>(im(i))); });
}

} // namespace

Array linspace(const Scalar& start, const Scalar& stop, std::int64_t count, DType dtype,
               bool endpoint) {
    if (count < 0) {
        raise(ErrorKind::value, "linspace", "the number of samples must not be negative",
              std::to_string(count));
    }
    const bool complex =
        scalar_kind(start) == ScalarKind::complex || scalar_kind(stop) == ScalarKind::complex;
    if (complex && !is_complex(dtype)) {
        raise(ErrorKind::type, "linspace", "complex ends need a complex type", dtype_name(dtype));
    }
    const Array out = Array::empty({count}, dtype);
    if (count == 0) {
        return out;
    }
    const Line at = line(to_double(start), to_double(stop), count, endpoint);
    visit(dtype, [&]<class T>(std::type_identity<T>) {
        if constexpr (std::is_same_v<T, bool>) {
            fill<T>(out, [&](std::int64_t i) { return at(i) != 0; });
        } else if constexpr (std::is_integral_v<T>) {
            fill_integers<T>(out, at, {start, stop});
        } else if constexpr (is_complex_v<T>) {
            fill_complex<T>(out, at, line(imaginary(start), imaginary(stop), count, endpoint));
        } else {
            fill<T>(out, [&](std::int64_t i) { return rounded<T>(at(i)); });
        }
    });
    return out;
}

} // namespace trivet
