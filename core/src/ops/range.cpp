// SPDX-License-Identifier: Apache-2.0
// Numbers a step apart.
#include "ops/numbers.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <cmath>
#include <limits>
#include <string>

namespace trivet {
namespace {

// start, stop and step of an arange, for its messages.
struct Range {
    const Scalar& start;
    const Scalar& stop;
    const Scalar& step;

    [[nodiscard]] bool whole() const { return is_whole(start) && is_whole(stop) && is_whole(step); }
    [[noreturn]] void fail(ErrorKind kind, std::string_view rule) const {
        raise(kind, "arange", rule,
              "start " + text(start) + ", stop " + text(stop) + ", step " + text(step));
    }
    [[noreturn]] void too_long() const { fail(ErrorKind::value, "the length must fit 63 bits"); }

    // ceil((stop - start) / step), at least 0
    [[nodiscard]] std::int64_t length() const {
        if (to_double(step) == 0) {
            fail(ErrorKind::value, "the step must not be zero");
        }
        return whole() ? whole_length() : real_length();
    }

  private:
    [[nodiscard]] std::int64_t whole_length() const {
        const Wide by = to_wide(step);
        const Wide distance = to_wide(stop) - to_wide(start);
        const Wide count = by > 0 ? (distance + (by - 1)) / by : (distance + (by + 1)) / by;
        if ((distance > 0) != (by > 0)) {
            return 0;
        }
        if (count > std::numeric_limits<std::int64_t>::max()) {
            too_long();
        }
        return static_cast<std::int64_t>(count);
    }
    [[nodiscard]] std::int64_t real_length() const {
        const double distance = to_double(stop) - to_double(start);
        const double steps = distance / to_double(step);
        if (std::isnan(steps)) {
            fail(ErrorKind::value, "the length must be a number");
        }
        if (steps == 0 && distance != 0) { // underflow: less than one step, but something
            return std::signbit(steps) ? 0 : 1;
        }
        if (steps >= 0x1p63) {
            too_long();
        }
        return steps > 0 ? static_cast<std::int64_t>(std::ceil(steps)) : 0;
    }
};

// The first two numbers as integers; for fractions as NumPy has it: both cut off.
void whole_start(const Range& range, Wide& first, Wide& step) {
    if (range.whole()) {
        first = to_wide(range.start);
        step = to_wide(range.step);
        return;
    }
    const double start = to_double(range.start);
    const double second = start + to_double(range.step);
    if (!(std::fabs(start) < 0x1p65 && std::fabs(second) < 0x1p65)) {
        range.fail(ErrorKind::overflow, "the numbers must fit the type");
    }
    first = static_cast<Wide>(start);
    step = static_cast<Wide>(second) - first;
}

template <class T> void fill_integers(const Array& out, const Range& range) {
    Wide first = 0;
    Wide step = 0;
    whole_start(range, first, step);
    const Wide last = first + step * static_cast<Wide>(out.size() - 1);
    if (!fits<T>(first) || !fits<T>(last)) {
        range.fail(ErrorKind::overflow,
                   "the numbers must fit " + std::string(dtype_name(out.dtype())));
    }
    const auto low = static_cast<std::uint64_t>(first); // modulo 2^64 all is exact
    const auto by = static_cast<std::uint64_t>(step);
    fill<T>(out, [=](std::int64_t i) {
        return static_cast<T>(low + by * static_cast<std::uint64_t>(i));
    });
}

template <class T> void fill_reals(const Array& out, const Range& range) {
    const double start = to_double(range.start);
    const double step =
        (start + to_double(range.step)) - start; // NumPy's distance of the first two
    fill<T>(out, [=](std::int64_t i) { return rounded<T>(start + static_cast<double>(i) * step); });
}

} // namespace

Array arange(const Scalar& start, const Scalar& stop, const Scalar& step, DType dtype) {
    const Range range{start, stop, step};
    for (const Scalar* value : {&start, &stop, &step}) {
        if (scalar_kind(*value) == ScalarKind::complex) {
            range.fail(ErrorKind::type, "start, stop and step must be real");
        }
    }
    const std::int64_t length = range.length();
    if (dtype == DType::bool_ && length > 2) {
        range.fail(ErrorKind::type, "a range of bool has at most two numbers");
    }
    const Array out = Array::empty({length}, dtype);
    if (length == 0) {
        return out;
    }
    visit(dtype, [&]<class T>(std::type_identity<T>) {
        if constexpr (std::is_same_v<T, bool>) {
            const Array numbers = arange(start, stop, step, DType::float64);
            copy_into(numbers, out);
        } else if constexpr (std::is_integral_v<T>) {
            fill_integers<T>(out, range);
        } else {
            fill_reals<T>(out, range);
        }
    });
    return out;
}

} // namespace trivet
