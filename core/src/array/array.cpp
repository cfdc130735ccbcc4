// SPDX-License-Identifier: Apache-2.0
#include "trivet/array.h"

#include "array/strides.h"
#include "array/text.h"
#include "trivet/error.h"

namespace trivet {
namespace {

void check_shape(const Dims& shape) {
    for (const std::int64_t n : shape) {
        if (n < 0) {
            raise(ErrorKind::value, "empty", "a shape has no negative sizes", shape.text());
        }
    }
}

} // namespace

Dims c_strides(const Dims& shape, std::size_t item) {
    Dims strides = shape;
    auto stride = static_cast<std::int64_t>(item);
    for (int i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride *= shape[i] == 0 ? 1 : shape[i];
    }
    return strides;
}

Array::Array(StorageRef storage, DType dtype, Dims shape, Dims strides, std::int64_t offset)
    : storage_(std::move(storage)), shape_(std::move(shape)), strides_(std::move(strides)),
      offset_(offset), size_(shape_.product()), dtype_(dtype) {}

Array Array::empty(const Dims& shape, DType dtype) {
    check_shape(shape);
    const std::int64_t size = shape.product();
    std::int64_t bytes = 0;
    if (__builtin_mul_overflow(size, static_cast<std::int64_t>(item_size(dtype)), &bytes)) {
        raise(ErrorKind::memory, "empty", "the bytes of an array must fit 63 bits",
              text(shape, dtype));
    }
    return Array(StorageRef::allocate(static_cast<std::size_t>(bytes)), dtype, shape,
                 c_strides(shape, item_size(dtype)), 0, size);
}

Array Array::empty_fortran(const Dims& shape, DType dtype) {
    Array out = empty(shape, dtype);
    auto stride = static_cast<std::int64_t>(item_size(dtype));
    for (int i = 0; i < shape.size(); ++i) {
        out.strides_[i] = stride;
        stride *= out.size_ == 0 ? 1 : shape[i];
    }
    return out;
}

Array Array::as_read_only() const {
    Array out = *this;
    out.read_only_ = true;
    return out;
}

bool Array::is_c_contiguous() const noexcept {
    auto expected = static_cast<std::int64_t>(item_size(dtype_));
    for (int i = ndim(); i-- > 0;) {
        if (shape_[i] != 1 && strides_[i] != expected) {
            return size_ == 0;
        }
        expected *= shape_[i];
    }
    return true;
}

bool Array::is_f_contiguous() const noexcept {
    auto expected = static_cast<std::int64_t>(item_size(dtype_));
    for (int i = 0; i < ndim(); ++i) {
        if (shape_[i] != 1 && strides_[i] != expected) {
            return size_ == 0;
        }
        expected *= shape_[i];
    }
    return true;
}

Array Array::view(Dims shape, Dims strides, std::int64_t offset) const {
    return view_as(dtype_, std::move(shape), std::move(strides), offset);
}

Array Array::view_as(DType dtype, Dims shape, Dims strides, std::int64_t offset) const {
    Array out(storage_, dtype, std::move(shape), std::move(strides), offset);
    out.read_only_ = read_only_;
    return out;
}

} // namespace trivet
