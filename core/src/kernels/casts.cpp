// SPDX-License-Identifier: Apache-2.0
// Every element type to every other, as NumPy's unsafe astype; the diagonal copies. Portable: built
// once, for the baseline.
#include "array/visit.h"
#include "kernels/fills.h"

#include <cstring>
#include <limits>

namespace trivet::portable {
namespace {

template <class To, class From> To integer_from_real(From value) {
    if constexpr (std::is_same_v<To, std::uint64_t>) {
        if (value >= From{0x1p63f}) {
            return value < From{0x1p64f} ? static_cast<std::uint64_t>(value)
                                         : std::uint64_t{1} << 63;
        }
        return static_cast<std::uint64_t>(integer_from_real<std::int64_t>(value));
    } else if constexpr (std::is_same_v<To, std::int64_t>) {
        return value >= From{-0x1p63f} && value < From{0x1p63f}
                   ? static_cast<std::int64_t>(value)
                   : std::numeric_limits<std::int64_t>::min();
    } else if constexpr (std::is_same_v<To, std::uint32_t>) {
        return static_cast<std::uint32_t>(integer_from_real<std::int64_t>(value));
    } else { // what the processor gives: the least int32 for what does not fit, then the low bits
        const double wide = static_cast<double>(value);
        const std::int32_t narrow = wide > -0x1.00000002p31 && wide < 0x1p31
                                        ? static_cast<std::int32_t>(wide)
                                        : std::numeric_limits<std::int32_t>::min();
        return static_cast<To>(narrow);
    }
}

template <class To, class From> To convert(From value) {
    if constexpr (std::is_same_v<To, From>) {
        return value;
    } else if constexpr (is_half_v<From>) {
        return convert<To>(to_float(value));
    } else if constexpr (is_complex_v<To>) {
        if constexpr (is_complex_v<From>) {
            return To(value);
        } else {
            return To(convert<typename To::value_type>(value), 0);
        }
    } else if constexpr (std::is_same_v<To, bool>) {
        return value != From{};
    } else if constexpr (is_complex_v<From>) {
        return convert<To>(value.real());
    } else if constexpr (std::is_same_v<To, Float16>) {
        if constexpr (std::is_same_v<From, float>) {
            return to_float16(value);
        } else {
            return to_float16(to_odd_float(static_cast<double>(value)));
        }
    } else if constexpr (std::is_same_v<To, BFloat16>) {
        if constexpr (std::is_same_v<From, float>) {
            return to_bfloat16(value);
        } else {
            return to_bfloat16(to_odd_float(static_cast<double>(value)));
        }
    } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        return integer_from_real<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

// A bool is read as a byte that may hold more than 0 and 1 when it was borrowed.
template <class T> struct Stored {
    using type = T;
    static T get(T value) { return value; }
};
template <> struct Stored<bool> {
    using type = std::uint8_t;
    static bool get(std::uint8_t value) { return value != 0; }
};

template <class From, class To>
void cast_loop(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    using In = typename Stored<From>::type;
    const std::int64_t sa = strides[0];
    const std::int64_t so = strides[1];
    if (sa == sizeof(From) && so == sizeof(To)) {
        const In* a = reinterpret_cast<const In*>(data[0]);
        To* o = reinterpret_cast<To*>(data[1]);
        if constexpr (std::is_same_v<From, To>) {
            std::memmove(o, a, static_cast<std::size_t>(count) * sizeof(To));
        } else {
            for (std::int64_t i = 0; i < count; ++i) {
                o[i] = convert<To>(Stored<From>::get(a[i]));
            }
        }
        return;
    }
    if (sa == 0 && so == sizeof(To) && count > 0) {
        const To value = convert<To>(Stored<From>::get(*reinterpret_cast<const In*>(data[0])));
        To* o = reinterpret_cast<To*>(data[1]);
        for (std::int64_t i = 0; i < count; ++i) {
            o[i] = value;
        }
        return;
    }
    const std::byte* a = data[0];
    std::byte* o = data[1];
    for (std::int64_t i = 0; i < count; ++i, a += sa, o += so) {
        *reinterpret_cast<To*>(o) = convert<To>(Stored<From>::get(*reinterpret_cast<const In*>(a)));
    }
}

} // namespace

void fill_casts(KernelColumn& column) {
    for (int from = 0; from < kDTypeCount; ++from) {
        visit(static_cast<DType>(from), [&]<class From>(std::type_identity<From>) {
            for (int to = 0; to < kDTypeCount; ++to) {
                visit(static_cast<DType>(to), [&]<class To>(std::type_identity<To>) {
                    column.cast[from][to] = cast_loop<From, To>;
                });
            }
        });
    }
}

} // namespace trivet::portable
