// SPDX-License-Identifier: Apache-2.0
#include "ops/fold.h"

#include "trivet/thread.h"

#include <cstring>

namespace trivet {
namespace {

constexpr std::int64_t kChunk = 1024; // elements cast at a time

// The parts of one result: at most 64 totals, combined in their turn, so that long chains of
// additions do not arise.
class Totals {
  public:
    Totals(const Fold& fold, std::byte* acc) : fold_(fold), acc_(acc) {}

    // One run of elements; chunk by chunk when they must be cast.
    void add(const std::byte* data, std::int64_t stride, std::int64_t count) {
        if (!fold_.cast) {
            return fold_.kernel.fold(next(data), data, stride, count);
        }
        alignas(64) std::byte buffer[kChunk * kLargestItem];
        for (std::int64_t done = 0; done < count; done += kChunk) {
            const std::int64_t length = std::min(kChunk, count - done);
            std::byte* ends[] = {const_cast<std::byte*>(data + done * stride), buffer};
            const std::int64_t moves[] = {stride, fold_.in};
            fold_.cast(ends, moves, length);
            fold_.kernel.fold(next(data + done * stride), buffer, fold_.in, length);
        }
    }

    void finish() {
        fold_.combine(acc_, totals_, count_);
        count_ = 0;
    }

  private:
    std::byte* next(const std::byte* first) {
        if (count_ == kMost) {
            finish();
        }
        std::byte* total = totals_ + count_++ * fold_.out;
        fold_.start(total, first, 1);
        return total;
    }

    static constexpr std::int64_t kMost = 64;
    const Fold& fold_;
    std::byte* acc_;
    std::int64_t count_ = 0;
    alignas(64) std::byte totals_[kMost * kLargestItem];
};

// The elements [begin, end) of the lane that starts at `first` into one accumulator.
void fold_lane(const Fold& fold, Iteration& lane, std::byte* first, std::byte* acc,
               std::int64_t begin, std::int64_t end) {
    fold.start(acc, first, 1);
    if (!fold.cast && lane.ndim == 1) {
        const std::int64_t stride = lane.strides[0][0];
        return fold.kernel.fold(acc, first + begin * stride, stride, end - begin);
    }
    lane.data[0] = first;
    Totals totals(fold, acc);
    lane.walk(begin, end, [&](std::byte* const* from, const std::int64_t* s, std::int64_t n) {
        totals.add(from[0], s[0], n);
    });
    totals.finish();
}

} // namespace

void Fold::start(std::byte* acc, const std::byte* first, std::int64_t count) const {
    if (identity) {
        for (std::int64_t i = 0; i < count; ++i) {
            std::memcpy(acc + i * out, identity, static_cast<std::size_t>(out));
        }
        return;
    }
    std::byte* ends[] = {const_cast<std::byte*>(first), acc};
    const std::int64_t moves[] = {item, out};
    start_cast(ends, moves, count);
}

void Fold::combine(std::byte* acc, const std::byte* totals, std::int64_t count) const {
    if (in == out) {
        return kernel.fold(acc, totals, out, count);
    }
    std::int64_t sum = 0; // count_nonzero: bool in, int64 out
    std::memcpy(&sum, acc, sizeof(sum));
    for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t each = 0;
        std::memcpy(&each, totals + i * out, sizeof(each));
        sum += each;
    }
    std::memcpy(acc, &sum, sizeof(sum));
}

// Many to one, one accumulator for every kept position.
void fold_whole_lanes(const Fold& fold, const Iteration& kept, const Iteration& reduced) {
    const std::int64_t grain = std::max<std::int64_t>(1, kFoldBlock / reduced.size);
    parallel_for(kept.size, grain, [&](std::int64_t begin, std::int64_t end) {
        Iteration lane = reduced;
        kept.walk(begin, end, [&](std::byte* const* at, const std::int64_t* steps, std::int64_t n) {
            for (std::int64_t i = 0; i < n; ++i) {
                fold_lane(fold, lane, at[0] + i * steps[0], at[1] + i * steps[1], 0, lane.size);
            }
        });
    });
}

// The same where lanes are long: each is cut into blocks.
void fold_cut_lanes(const Fold& fold, const Iteration& kept, const Iteration& reduced) {
    const std::int64_t blocks = reduced.size / kFoldBlock;
    const std::int64_t length = (reduced.size + blocks - 1) / blocks;
    const Array partial = Array::empty({kept.size * blocks * fold.out}, DType::uint8);
    const auto at_position = [&](std::int64_t k, const auto& body) { // body(first, accumulator)
        kept.walk(k, k + 1, [&](std::byte* const* at, const std::int64_t*, std::int64_t) {
            body(at[0], at[1]);
        });
    };
    parallel_for(kept.size * blocks, 1, [&](std::int64_t task, std::int64_t) {
        Iteration lane = reduced;
        const std::int64_t begin = task % blocks * length;
        at_position(task / blocks, [&](std::byte* first, std::byte*) {
            fold_lane(fold, lane, first, partial.data() + task * fold.out, begin,
                      std::min(lane.size, begin + length));
        });
    });
    for (std::int64_t k = 0; k < kept.size; ++k) {
        at_position(k, [&](std::byte*, std::byte* acc) {
            const std::byte* totals = partial.data() + k * blocks * fold.out;
            std::memcpy(acc, totals, static_cast<std::size_t>(fold.out));
            fold.combine(acc, totals + fold.out, blocks - 1);
        });
    }
}

} // namespace trivet
