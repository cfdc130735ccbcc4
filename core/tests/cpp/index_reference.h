// SPDX-License-Identifier: Apache-2.0
// Indexing as NumPy describes it, one element at a time and without a stride: what the tests of
// indexing compare with.
#pragma once

#include "arrays.h"

#include <optional>

namespace reference {

using List = std::vector<std::int64_t>;

// One axis of the result, or one advanced index, with the axis of the source that it stands for.
struct Part {
    bool advanced = false;
    int axis = -1; // -1: none (a new axis, a 0-d mask)
    List shape;    // of an advanced index; a basic part has one axis of places.size()
    List places;   // coordinates along `axis`
    bool integer = false;
};

struct Selection {
    List shape;  // of the result
    List source; // for each of its elements in C order: the C-order number of the source element
};

inline std::int64_t product(const List& shape) {
    std::int64_t out = 1;
    for (const std::int64_t n : shape) {
        out *= n;
    }
    return out;
}

// The coordinates of element number `i` in C order.
inline List coordinates(std::int64_t i, const List& shape) {
    List out(shape.size());
    for (std::size_t k = shape.size(); k-- > 0;) {
        out[k] = i % shape[k];
        i /= shape[k];
    }
    return out;
}

// Python's slice(start, stop, step).indices(size), walked.
inline List slice_places(const trivet::Slice& s, std::int64_t size) {
    const std::int64_t step = s.step.value_or(1);
    const auto bound = [&](std::optional<std::int64_t> b, std::int64_t otherwise) {
        if (!b) {
            return otherwise;
        }
        const std::int64_t at = *b < 0 ? *b + size : *b;
        if (at < 0) {
            return step < 0 ? std::int64_t{-1} : std::int64_t{0};
        }
        return at >= size ? (step < 0 ? size - 1 : size) : at;
    };
    const std::int64_t stop = bound(s.stop, step < 0 ? -1 : size);
    List out;
    for (std::int64_t i = bound(s.start, step < 0 ? size - 1 : 0); step < 0 ? i > stop : i < stop;
         i += step) {
        out.push_back(i);
    }
    return out;
}

class Reader {
  public:
    explicit Reader(List shape) : shape_(std::move(shape)) {}

    std::vector<Part> parts;

    void read(const std::vector<trivet::Index>& index) {
        int taken = 0;
        bool ellipsis = false;
        for (const trivet::Index& i : index) {
            const auto* array = std::get_if<trivet::Array>(&i);
            taken += array && array->dtype() == trivet::DType::bool_ ? array->ndim()
                     : std::holds_alternative<trivet::NewAxis>(i) ||
                             std::holds_alternative<trivet::Ellipsis>(i)
                         ? 0
                         : 1;
            ellipsis = ellipsis || std::holds_alternative<trivet::Ellipsis>(i);
        }
        rest_ = static_cast<int>(shape_.size()) - taken;
        for (const trivet::Index& i : index) {
            std::visit([this](const auto& part) { add(part); }, i);
        }
        if (!ellipsis) {
            add(trivet::Ellipsis{});
        }
    }

  private:
    void add(std::int64_t index) {
        const int axis = next_++;
        const std::int64_t size = shape_[static_cast<std::size_t>(axis)];
        parts.push_back({true, axis, {}, {index < 0 ? index + size : index}, true});
    }
    void add(const trivet::Slice& slice) {
        const int axis = next_++;
        parts.push_back(
            {false, axis, {}, slice_places(slice, shape_[static_cast<std::size_t>(axis)])});
    }
    void add(const trivet::NewAxis&) { parts.push_back({false, -1, {}, {0}}); }
    void add(const trivet::Ellipsis&) {
        parts.push_back({false, -2, {}, {}}); // only a gap between advanced indices
        for (; rest_ > 0; --rest_) {
            add(trivet::Slice{});
        }
    }
    void add(const trivet::Array& index) {
        if (index.dtype() == trivet::DType::bool_) {
            return add_mask(index);
        }
        const int axis = next_++;
        const std::int64_t size = shape_[static_cast<std::size_t>(axis)];
        List places = trivet::values<std::int64_t>(index);
        for (std::int64_t& place : places) {
            place += place < 0 ? size : 0;
        }
        parts.push_back({true, axis, List(index.shape().begin(), index.shape().end()), places,
                         index.ndim() == 0});
    }
    void add_mask(const trivet::Array& mask) {
        const List shape(mask.shape().begin(), mask.shape().end());
        std::vector<List> found(shape.size());
        std::int64_t count = 0;
        const auto bits = trivet::values<std::uint8_t>(
            mask.view_as(trivet::DType::uint8, mask.shape(), mask.strides(), mask.offset()));
        for (std::size_t i = 0; i < bits.size(); ++i) {
            const List at = coordinates(static_cast<std::int64_t>(i), shape);
            for (std::size_t k = 0; bits[i] && k < shape.size(); ++k) {
                found[k].push_back(at[k]);
            }
            count += bits[i] ? 1 : 0;
        }
        for (const List& places : found) {
            parts.push_back({true, next_++, {count}, places});
        }
        if (shape.empty()) {
            parts.push_back({true, -1, {count}, List(static_cast<std::size_t>(count), 0)});
        }
    }

    List shape_;
    int next_ = 0;
    int rest_ = 0;
};

inline std::optional<List> broadcast(const std::vector<Part>& parts) {
    List out;
    for (const Part& part : parts) {
        while (part.advanced && out.size() < part.shape.size()) {
            out.insert(out.begin(), 1);
        }
    }
    for (const Part& part : parts) {
        for (std::size_t k = 1; part.advanced && k <= part.shape.size(); ++k) {
            std::int64_t& size = out[out.size() - k];
            const std::int64_t own = part.shape[part.shape.size() - k];
            if (size != 1 && own != 1 && own != size) {
                return std::nullopt;
            }
            size = size == 1 ? own : size;
        }
    }
    return out;
}

// How many basic axes stand before the first advanced index; 0 when a basic part stands between
// two advanced ones.
inline std::size_t joint_position(const std::vector<Part>& parts) {
    std::size_t basic = 0;
    std::size_t position = 0;
    bool seen = false;
    bool closed = false;
    bool split = false;
    for (const Part& part : parts) {
        split = split || (part.advanced && closed);
        position = part.advanced && !seen ? basic : position;
        seen = seen || part.advanced;
        closed = closed || (seen && !part.advanced);
        basic += !part.advanced && part.axis != -2 ? 1 : 0;
    }
    return split ? 0 : position;
}

// nullopt: the index arrays do not broadcast together.
inline std::optional<Selection> select(const List& shape, const std::vector<trivet::Index>& index) {
    Reader reader(shape);
    reader.read(index);
    const auto joint = broadcast(reader.parts);
    if (!joint) {
        return std::nullopt;
    }
    const std::size_t position = joint_position(reader.parts);
    Selection out;
    for (const Part& part : reader.parts) {
        if (!part.advanced && part.axis != -2) {
            out.shape.push_back(static_cast<std::int64_t>(part.places.size()));
        }
    }
    out.shape.insert(out.shape.begin() + static_cast<std::ptrdiff_t>(position), joint->begin(),
                     joint->end());
    for (std::int64_t i = 0; i < product(out.shape); ++i) {
        const List at = coordinates(i, out.shape);
        List source(shape.size(), 0);
        std::size_t basic = 0;
        for (const Part& part : reader.parts) {
            std::size_t place = 0;
            if (part.advanced) {
                for (std::size_t k = 0; k < part.shape.size(); ++k) { // right-aligned in joint
                    const std::size_t axis = position + joint->size() - part.shape.size() + k;
                    const std::int64_t step = part.shape[k] == 1 ? 0 : at[axis];
                    place = place * static_cast<std::size_t>(part.shape[k]) +
                            static_cast<std::size_t>(step);
                }
            } else if (part.axis != -2) {
                place =
                    static_cast<std::size_t>(at[basic + (basic < position ? 0 : joint->size())]);
                ++basic;
            }
            if (part.axis >= 0) {
                source[static_cast<std::size_t>(part.axis)] = part.places[place];
            }
        }
        std::int64_t number = 0;
        for (std::size_t k = 0; k < shape.size(); ++k) {
            number = number * shape[k] + source[k];
        }
        out.source.push_back(number);
    }
    return out;
}

} // namespace reference
