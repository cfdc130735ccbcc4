// SPDX-License-Identifier: Apache-2.0
#include "ops/moves.h"

#include <cstring>

namespace trivet::moves {
namespace {

template <std::size_t bytes> struct Fixed {
    static void move(std::byte* to, const std::byte* from) noexcept {
        std::memcpy(to, from, bytes);
    }
};
struct Any {
    std::size_t bytes;
    void move(std::byte* to, const std::byte* from) const noexcept { std::memcpy(to, from, bytes); }
};

// Calls f with the mover of `bytes`: one instruction for the sizes that elements have.
template <class F> void by_size(std::size_t bytes, const F& f) {
    switch (bytes) {
    case 1:
        return f(Fixed<1>{});
    case 2:
        return f(Fixed<2>{});
    case 4:
        return f(Fixed<4>{});
    case 8:
        return f(Fixed<8>{});
    case 16:
        return f(Fixed<16>{});
    default:
        return f(Any{bytes});
    }
}

} // namespace

void gather(std::size_t bytes, std::byte* to, std::int64_t to_stride, const std::byte* from,
            std::int64_t from_stride, const std::int64_t* offsets, std::int64_t count) noexcept {
    const auto item = static_cast<std::int64_t>(bytes);
    by_size(bytes, [&](auto mover) {
        if (from_stride == 0 && to_stride == item) {
            for (std::int64_t i = 0; i < count; ++i) {
                mover.move(to + i * item, from + offsets[i]);
            }
        } else {
            for (std::int64_t i = 0; i < count; ++i) {
                mover.move(to + i * to_stride, from + (i * from_stride + offsets[i]));
            }
        }
    });
}

void scatter(std::size_t bytes, std::byte* to, const std::int64_t* offsets, const std::byte* from,
             std::int64_t from_stride, std::int64_t count) noexcept {
    by_size(bytes, [&](auto mover) {
        for (std::int64_t i = 0; i < count; ++i) {
            mover.move(to + offsets[i], from + i * from_stride);
        }
    });
}

void strided(std::size_t bytes, std::byte* to, std::int64_t to_stride, const std::byte* from,
             std::int64_t from_stride, std::int64_t count) noexcept {
    const auto item = static_cast<std::int64_t>(bytes);
    if (to_stride == item && from_stride == item) {
        if (count > 0) {
            std::memcpy(to, from, static_cast<std::size_t>(count) * bytes);
        }
        return;
    }
    by_size(bytes, [&](auto mover) {
        for (std::int64_t i = 0; i < count; ++i) {
            mover.move(to + i * to_stride, from + i * from_stride);
        }
    });
}

} // namespace trivet::moves
