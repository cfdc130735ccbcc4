// SPDX-License-Identifier: Apache-2.0
// Running sums and products. Portable: each element waits for the one before.
#include "array/visit.h"
#include "kernels/fills.h"

namespace trivet::portable {
namespace {

template <class T> T wrapping_add(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    } else {
        return a + b;
    }
}

template <class T> T wrapping_multiply(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    } else {
        return a * b;
    }
}

template <auto F, class T>
void scan(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    if (count == 0) {
        return;
    }
    const std::byte* in = data[0];
    std::byte* out = data[1];
    T total = *reinterpret_cast<const T*>(in);
    *reinterpret_cast<T*>(out) = total;
    for (std::int64_t i = 1; i < count; ++i) {
        in += strides[0];
        out += strides[1];
        total = F(total, *reinterpret_cast<const T*>(in));
        *reinterpret_cast<T*>(out) = total;
    }
}

} // namespace

void fill_scans(KernelColumn& column) {
    for (int key = static_cast<int>(DType::int8); key < kDTypeCount; ++key) {
        visit(static_cast<DType>(key), [&]<class T>(std::type_identity<T>) {
            if constexpr (!is_half_v<T> && !std::is_same_v<T, bool>) {
                column.element[static_cast<int>(OpId::cumsum)][key] = scan<wrapping_add<T>, T>;
                column.element[static_cast<int>(OpId::cumprod)][key] =
                    scan<wrapping_multiply<T>, T>;
            }
        });
    }
}

} // namespace trivet::portable
