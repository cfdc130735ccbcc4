// SPDX-License-Identifier: Apache-2.0
#include "ops/fold.h"

#include "trivet/thread.h"

#include <cstring>

namespace trivet {
namespace {

constexpr std::int64_t kColumns = 2048; // of a row of accumulators
constexpr std::int64_t kGroup = 256;    // rows added up before they join the accumulators

// Rows of the array into a row of accumulators, cast one by one when they must be.
void cast_rows(const Fold& fold, std::byte* acc, const std::byte* data, std::int64_t stride,
               std::int64_t row_count, std::int64_t count) {
    if (!fold.cast) {
        return fold.kernel.rows(acc, data, stride, row_count, count);
    }
    alignas(64) std::byte buffer[kColumns * kLargestItem];
    for (std::int64_t r = 0; r < row_count; ++r) {
        std::byte* ends[] = {const_cast<std::byte*>(data + r * stride), buffer};
        const std::int64_t moves[] = {fold.item, fold.in};
        fold.cast(ends, moves, count);
        fold.kernel.rows(acc, buffer, 0, 1, count);
    }
}

// Rows [begin, end) of the reduced walk into `count` accumulators.
void add_rows(const Fold& fold, const Iteration& reduced, std::int64_t begin, std::int64_t end,
              std::byte* acc, std::int64_t count) {
    alignas(64) std::byte group[kColumns * kLargestItem];
    reduced.walk(begin, end, [&](std::byte* const* at, const std::int64_t* step, std::int64_t n) {
        if (n <= kGroup || fold.in != fold.out) {
            return cast_rows(fold, acc, at[0], step[0], n, count);
        }
        for (std::int64_t r = 0; r < n; r += kGroup) {
            const std::byte* first = at[0] + r * step[0];
            fold.start(group, first, count);
            cast_rows(fold, group, first, step[0], std::min(kGroup, n - r), count);
            fold.kernel.rows(acc, group, 0, 1, count);
        }
    });
}

} // namespace

void fold_rows(const Fold& fold, const Iteration& kept, const Iteration& reduced) {
    const std::int64_t width = kept.inner();
    const std::int64_t strips = (width + kColumns - 1) / kColumns;
    const std::int64_t lines = kept.size / width;
    const std::int64_t blocks =
        std::max<std::int64_t>(1, reduced.size * std::min(width, kColumns) / kFoldBlock);
    const std::int64_t length = (reduced.size + blocks - 1) / blocks;
    const bool split = blocks > 1 && lines * strips < 64 && fold.in == fold.out;
    const std::int64_t parts = split ? blocks : 1;
    Array partial;
    if (split) {
        partial = Array::empty({parts * kept.size * fold.out}, DType::uint8);
    }
    const auto strip = [&](std::int64_t task,
                           const auto& body) { // body(first, acc, position, count)
        const std::int64_t column = task % strips * kColumns;
        const std::int64_t position = task / strips * width + column;
        kept.walk(position, position + 1,
                  [&](std::byte* const* at, const std::int64_t*, std::int64_t) {
                      body(at[0], at[1], position, std::min(kColumns, width - column));
                  });
    };
    const std::int64_t work = std::min(width, kColumns) * (split ? length : reduced.size);
    const std::int64_t grain =
        std::max<std::int64_t>(1, kFoldBlock / std::max<std::int64_t>(1, work));
    parallel_for(lines * strips * parts, grain, [&](std::int64_t begin, std::int64_t end) {
        Iteration lane = reduced;
        for (std::int64_t task = begin; task < end; ++task) {
            const std::int64_t part = task / (lines * strips);
            strip(task % (lines * strips), [&](std::byte* first, std::byte* acc,
                                               std::int64_t position, std::int64_t count) {
                lane.data[0] = first;
                if (split) {
                    acc = partial.data() + (part * kept.size + position) * fold.out;
                }
                fold.start(acc, first, count);
                add_rows(fold, lane, split ? part * length : 0,
                         split ? std::min(lane.size, (part + 1) * length) : lane.size, acc, count);
            });
        }
    });
    for (std::int64_t task = 0; split && task < lines * strips; ++task) {
        strip(task, [&](std::byte*, std::byte* acc, std::int64_t position, std::int64_t count) {
            const std::byte* from = partial.data() + position * fold.out;
            std::memcpy(acc, from, static_cast<std::size_t>(count * fold.out));
            fold.kernel.rows(acc, from + kept.size * fold.out, kept.size * fold.out, parts - 1,
                             count);
        });
    }
}

} // namespace trivet
