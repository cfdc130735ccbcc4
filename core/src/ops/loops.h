// SPDX-License-Identifier: Apache-2.0
// Nested loops over several strided operands: axes that walk like one are made one.
#pragma once

#include "trivet/array.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace trivet {

template <int N> struct LoopAxis {
    std::int64_t size;
    std::array<std::int64_t, N> strides;
};

// Add the axes from the outermost to the innermost; at most kMaxDims in all.
template <int N> class Loops {
  public:
    using Strides = std::array<std::int64_t, N>;

    void add(std::int64_t size, const Strides& strides) {
        if (size == 1) {
            return;
        }
        if (count_ > 0 && follows(axis(count_ - 1), size, strides)) {
            axis(count_ - 1) = {axis(count_ - 1).size * size, strides};
            return;
        }
        assert(count_ < kMaxDims);
        axis(count_++) = {size, strides};
    }

    // The innermost axis, removed; size 1 when there is none.
    [[nodiscard]] LoopAxis<N> take_last() {
        return count_ > 0 ? axis(--count_) : LoopAxis<N>{1, {}};
    }

    [[nodiscard]] std::span<const LoopAxis<N>> axes() const {
        return {axes_.data(), static_cast<std::size_t>(count_)};
    }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::int64_t positions() const {
        std::int64_t product = 1;
        for (int i = 0; i < count_; ++i) {
            product *= axis(i).size;
        }
        return product;
    }

    // Calls body(at) for `count` > 0 positions from number `first` on, in C order; `at` is the sum
    // of index times stride for each operand.
    template <class Body> void run(std::int64_t first, std::int64_t count, Body&& body) const {
        std::array<std::int64_t, kMaxDims> index;
        Strides at{};
        for (int i = count_; i-- > 0;) {
            index[static_cast<std::size_t>(i)] = first % axis(i).size;
            first /= axis(i).size;
            move(at, i, index[static_cast<std::size_t>(i)]);
        }
        for (;;) {
            body(static_cast<const Strides&>(at));
            if (--count <= 0) {
                return;
            }
            step(index, at);
        }
    }
    template <class Body> void run(Body&& body) const {
        if (const std::int64_t all = positions(); all > 0) {
            run(0, all, body);
        }
    }

  private:
    static bool follows(const LoopAxis<N>& outer, std::int64_t size, const Strides& strides) {
        for (std::size_t n = 0; n < N; ++n) {
            if (outer.strides[n] != strides[n] * size) {
                return false;
            }
        }
        return true;
    }
    void move(Strides& at, int i, std::int64_t steps) const {
        for (std::size_t n = 0; n < N; ++n) {
            at[n] += steps * axis(i).strides[n];
        }
    }
    void step(std::array<std::int64_t, kMaxDims>& index, Strides& at) const {
        for (int i = count_; i-- > 0;) {
            std::int64_t& here = index[static_cast<std::size_t>(i)];
            if (++here < axis(i).size) {
                return move(at, i, 1);
            }
            here = 0;
            move(at, i, 1 - axis(i).size);
        }
    }
    LoopAxis<N>& axis(int i) { return axes_[static_cast<std::size_t>(i)]; }
    [[nodiscard]] const LoopAxis<N>& axis(int i) const {
        return axes_[static_cast<std::size_t>(i)];
    }

    int count_ = 0;
    std::array<LoopAxis<N>, kMaxDims> axes_; // the first count_ are set
};

} // namespace trivet
