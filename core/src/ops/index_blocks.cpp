// SPDX-License-Identifier: Apache-2.0
#include "ops/index_blocks.h"

#include "ops/loops.h"
#include "ops/moves.h"
#include "trivet/thread.h"

#include <algorithm>

namespace trivet {
namespace {

constexpr std::int64_t kGrainBytes = 1 << 17; // moved by a piece of a parallel loop

// The loops over base (operand 0), values (1) and offsets (2, in elements):
// rows, then the blocks of a row, then the elements of a block.
class Walk {
  public:
    Walk(const Array& base, int position, const Array& offsets, const Array& values)
        : base_(base.data()), values_(values.data()), offsets_(offsets.data_as<std::int64_t>()),
          item_(static_cast<std::int64_t>(item_size(base.dtype()))) {
        for (int i = 0; i < position; ++i) {
            rows_.add(base.shape()[i], {base.strides()[i], values.strides()[i], 0});
        }
        Loops<2> found;
        std::int64_t step = offsets.size();
        for (int i = 0; i < offsets.ndim() && step > 0; ++i) {
            step /= offsets.shape()[i];
            found.add(offsets.shape()[i], {values.strides()[position + i], step});
        }
        in_row_ = found.take_last();
        for (const auto& axis : found.axes()) { // the outer axes of the offsets belong to the rows
            rows_.add(axis.size, {0, axis.strides[0], axis.strides[1]});
        }
        for (int i = position; i < base.ndim(); ++i) {
            block_.add(base.shape()[i], {base.strides()[i], values.strides()[offsets.ndim() + i]});
        }
        run_ = block_.take_last();
        if (run_.size > 1 && run_.strides[0] == item_ && run_.strides[1] == item_) {
            item_ *= run_.size;
            run_ = {1, {}};
        }
    }

    [[nodiscard]] std::int64_t blocks() const { return rows_.positions() * in_row_.size; }
    [[nodiscard]] std::int64_t block_bytes() const {
        return block_.positions() * run_.size * item_;
    }

    // Blocks [begin, end) of all.
    void gather(std::int64_t begin, std::int64_t end) const {
        each_part(begin, end,
                  [this](std::byte* base, std::byte* values, const std::int64_t* offsets,
                         std::int64_t count) {
                      const auto bytes = static_cast<std::size_t>(item_);
                      if (is_run()) {
                          return moves::gather(bytes, values, in_row_.strides[0], base, 0, offsets,
                                               count);
                      }
                      for (std::int64_t i = 0; i < count; ++i) {
                          block_.run([&](const auto& at) {
                              moves::strided(bytes, values + (i * in_row_.strides[0] + at[1]),
                                             run_.strides[1], base + (offsets[i] + at[0]),
                                             run_.strides[0], run_.size);
                          });
                      }
                  });
    }
    void scatter(std::int64_t begin, std::int64_t end) const {
        each_part(begin, end,
                  [this](std::byte* base, std::byte* values, const std::int64_t* offsets,
                         std::int64_t count) {
                      const auto bytes = static_cast<std::size_t>(item_);
                      if (is_run()) {
                          return moves::scatter(bytes, base, offsets, values, in_row_.strides[0],
                                                count);
                      }
                      for (std::int64_t i = 0; i < count; ++i) {
                          block_.run([&](const auto& at) {
                              moves::strided(bytes, base + (offsets[i] + at[0]), run_.strides[0],
                                             values + (i * in_row_.strides[0] + at[1]),
                                             run_.strides[1], run_.size);
                          });
                      }
                  });
    }

  private:
    [[nodiscard]] bool is_run() const { return block_.empty() && run_.size == 1; }

    template <class Part> void each_part(std::int64_t begin, std::int64_t end, Part part) const {
        const std::int64_t first = begin / in_row_.size;
        const std::int64_t last = (end - 1) / in_row_.size;
        std::int64_t at_block = begin - first * in_row_.size;
        rows_.run(first, last - first + 1, [&](const auto& at) {
            const std::int64_t count = std::min(in_row_.size - at_block, end - begin);
            part(base_ + at[0], values_ + (at[1] + at_block * in_row_.strides[0]),
                 offsets_ + (at[2] + at_block), count);
            begin += count;
            at_block = 0;
        });
    }

    std::byte* base_;
    std::byte* values_;
    const std::int64_t* offsets_;
    std::int64_t item_; // bytes moved at once
    Loops<3> rows_;
    LoopAxis<2> in_row_; // values, offsets
    Loops<2> block_;
    LoopAxis<2> run_;
};

} // namespace

Dims blocks_shape(const Array& base, int position, const Array& offsets) {
    Dims shape = base.shape();
    for (int i = 0; i < offsets.ndim(); ++i) {
        shape.insert(position + i, offsets.shape()[i]);
    }
    return shape;
}

Array gather_blocks(const Array& base, int position, const Array& offsets) {
    Array out = Array::empty(blocks_shape(base, position, offsets), base.dtype());
    if (out.size() > 0) {
        const Walk walk(base, position, offsets, out);
        const std::int64_t grain = std::max<std::int64_t>(kGrainBytes / walk.block_bytes(), 1);
        parallel_for(walk.blocks(), grain,
                     [&](std::int64_t begin, std::int64_t end) { walk.gather(begin, end); });
    }
    return out;
}

void scatter_blocks(const Array& base, int position, const Array& offsets, const Array& values) {
    if (values.size() > 0) { // one after another: offsets may repeat
        const Walk walk(base, position, offsets, values);
        walk.scatter(0, walk.blocks());
    }
}

} // namespace trivet
