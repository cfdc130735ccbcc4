// SPDX-License-Identifier: Apache-2.0
// NumPy's rules. One pass over the indices; an axis of the array is "next" until an index takes it.
#include "ops/index_plan.h"

#include "array/text.h"
#include "ops/broadcast.h"
#include "ops/offsets.h"
#include "ops/slice.h"
#include "trivet/error.h"

#include <algorithm>
#include <string>

namespace trivet {
namespace {

bool is_mask(const Array& index) { return index.dtype() == DType::bool_; }

// How many axes of the array an index takes; those of an ellipsis depend on the others.
int axes_taken(const Index& index) {
    if (const auto* array = std::get_if<Array>(&index)) {
        return is_mask(*array) ? array->ndim() : 1;
    }
    return std::holds_alternative<std::int64_t>(index) || std::holds_alternative<Slice>(index);
}

class Reader {
  public:
    Reader(std::string_view op, const Array& a, std::span<const Index> index, IndexPlan& plan)
        : op_(op), a_(a), plan_(plan), offset_(a.offset()) {
        int taken = 0;
        int ellipses = 0;
        for (const Index& i : index) {
            taken += axes_taken(i);
            ellipses += std::holds_alternative<Ellipsis>(i) ? 1 : 0;
        }
        if (taken > a.ndim()) {
            raise(ErrorKind::index, op,
                  "too many indices: the array has " + std::to_string(a.ndim()) + " axes",
                  "indices for " + std::to_string(taken));
        }
        if (ellipses > 1) {
            raise(ErrorKind::index, op, "an index has at most one ellipsis",
                  std::to_string(ellipses));
        }
        rest_ = a.ndim() - taken;
    }

    void read(std::span<const Index> index) {
        bool ellipsis = false;
        for (const Index& i : index) {
            ellipsis |= std::holds_alternative<Ellipsis>(i);
            std::visit([this](const auto& part) { take(part); }, i);
        }
        if (!ellipsis) {
            keep_rest();
        }
        plan_.base = a_.view(std::move(shape_), std::move(strides_), offset_);
    }

  private:
    void take(std::int64_t index) {
        mark_advanced(); // it counts as one when there is another
        move_to(integer_offset(op_, index, next()));
    }
    void take(const Slice& slice) {
        mark_basic();
        const IndexedAxis axis = next();
        const SliceRange range = clamp_slice(op_, slice, axis.size);
        move_to(range.count > 0 ? range.start * axis.stride : 0);
        shape_.push_back(range.count);
        strides_.push_back(range.count > 1 ? range.step * axis.stride : axis.stride);
    }
    void take(const NewAxis&) {
        mark_basic();
        shape_.push_back(1);
        strides_.push_back(0);
    }
    void take(const Ellipsis&) {
        mark_basic();
        keep_rest();
    }
    void take(const Array& index) {
        mark_advanced();
        if (is_mask(index)) {
            return take_mask(index);
        }
        if (index.ndim() == 0 && is_integer(index.dtype())) {
            plan_.array_integer = true;
            const Array offset = integer_offsets(op_, index, next());
            return move_to(*offset.data_as<std::int64_t>());
        }
        plan_.offsets.push_back(integer_offsets(op_, index, next()));
    }
    void take_mask(const Array& mask) {
        Dims strides;
        for (int i = 0; i < mask.ndim(); ++i) {
            const IndexedAxis axis = next();
            if (mask.shape()[i] != axis.size) {
                raise(ErrorKind::index, op_,
                      "a mask must have the sizes of the axes that it indexes: axis " +
                          std::to_string(axis.number) + " has size " + std::to_string(axis.size),
                      text(mask));
            }
            strides.push_back(axis.stride);
        }
        plan_.offsets.push_back(mask_offsets(mask, count_true(mask), strides.data()));
    }

    IndexedAxis next() {
        const int axis = next_++;
        return {axis, a_.shape()[axis], a_.strides()[axis]};
    }
    void keep_rest() {
        for (; rest_ > 0; --rest_) {
            const IndexedAxis axis = next();
            shape_.push_back(axis.size);
            strides_.push_back(axis.stride);
        }
    }
    void move_to(std::int64_t bytes) {
        offset_ += a_.size() > 0 ? bytes : 0; // the strides of an empty array lead nowhere
    }

    // Advanced indices that are next to each other put their axes where they stand; otherwise in
    // front.
    void mark_advanced() {
        if (neighbours_ == Neighbours::none) {
            neighbours_ = Neighbours::open;
            plan_.position = shape_.size();
        } else if (neighbours_ == Neighbours::closed) {
            plan_.position = 0;
        }
    }
    void mark_basic() {
        if (neighbours_ == Neighbours::open) {
            neighbours_ = Neighbours::closed;
        }
    }

    enum class Neighbours : std::uint8_t { none, open, closed };
    std::string_view op_;
    const Array& a_;
    IndexPlan& plan_;
    Dims shape_, strides_;
    std::int64_t offset_;
    int next_ = 0; // the next axis of the array
    int rest_ = 0; // the axes that no index takes
    Neighbours neighbours_ = Neighbours::none;
};

} // namespace

IndexPlan plan_index(std::string_view op, const Array& a, std::span<const Index> index) {
    IndexPlan plan;
    Reader(op, a, index, plan).read(index);
    return plan;
}

Array advanced_offsets(std::string_view op, const IndexPlan& plan) {
    Dims shape;
    std::vector<Dims> shapes;
    bool together = true;
    for (const Array& offsets : plan.offsets) {
        shapes.push_back(offsets.shape());
        together = together && broadcast_with(shape, offsets.shape());
    }
    if (!together) {
        raise(ErrorKind::index, op, "index arrays must broadcast together", text(shapes));
    }
    Array sum = plan.offsets.front();
    for (std::size_t i = 1; i < plan.offsets.size(); ++i) {
        sum = add(sum, plan.offsets[i]);
    }
    return contiguous(sum);
}

} // namespace trivet
