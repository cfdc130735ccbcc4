// SPDX-License-Identifier: Apache-2.0
// The n-dimensional array: a shape, byte strides and an offset into reference-counted storage.
#pragma once

#include "trivet/dtype.h"
#include "trivet/memory.h"

#include <complex>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace trivet {

enum class Device : std::uint8_t { cpu }; // further devices are further columns of the op table
inline constexpr int kDeviceCount = 1;
inline constexpr int kMaxDims = 64;

// A short list of int64 (shape or strides): up to kInline values without a heap allocation.
class Dims {
  public:
    static constexpr int kInline = 6;
    Dims() noexcept = default;
    Dims(std::initializer_list<std::int64_t> values);
    explicit Dims(std::span<const std::int64_t> values);
    Dims(int count, std::int64_t value);
    Dims(const Dims& other) : size_(other.size_) {
        if (other.heap_) {
            copy_heap(other);
        } else {
            copy_inline(other);
        }
    }
    Dims(Dims&& other) noexcept
        : size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, int{kInline})),
          heap_(std::exchange(other.heap_, nullptr)) {
        copy_inline(other);
    }
    Dims& operator=(const Dims& other);
    Dims& operator=(Dims&& other) noexcept;
    ~Dims() {
        if (heap_) {
            release();
        }
    }

    [[nodiscard]] int size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::int64_t* data() noexcept { return heap_ ? heap_ : inline_; }
    [[nodiscard]] const std::int64_t* data() const noexcept { return heap_ ? heap_ : inline_; }
    std::int64_t& operator[](int i) noexcept { return data()[i]; }
    const std::int64_t& operator[](int i) const noexcept { return data()[i]; }
    [[nodiscard]] const std::int64_t* begin() const noexcept { return data(); }
    [[nodiscard]] const std::int64_t* end() const noexcept { return data() + size_; }
    [[nodiscard]] std::int64_t* begin() noexcept { return data(); }
    [[nodiscard]] std::int64_t* end() noexcept { return data() + size_; }
    void push_back(std::int64_t value); // raises [dims] when kMaxDims is passed
    void insert(int position, std::int64_t value);
    void erase(int position);
    [[nodiscard]] std::int64_t product() const; // checked; raises on int64 overflow
    [[nodiscard]] std::string text() const;     // "(2, 3)", "(2,)", "()"
    friend bool operator==(const Dims& a, const Dims& b);
    operator std::span<const std::int64_t>() const noexcept { // NOLINT: a Dims is a span
        return {data(), static_cast<std::size_t>(size_)};
    }

  private:
    void copy_heap(const Dims& other);
    void copy_inline(const Dims& other) noexcept {
        for (int i = 0; i < kInline; ++i) {
            inline_[i] = other.inline_[i];
        }
    }
    void release() noexcept;
    void reserve(int count); // raises [dims] past kMaxDims

    int size_ = 0;
    int capacity_ = kInline;
    std::int64_t* heap_ = nullptr;
    std::int64_t inline_[kInline] = {};
};

// A Python number; weak in promotion (dtype.h).
using Scalar = std::variant<bool, std::int64_t, std::uint64_t, double, std::complex<double>>;
[[nodiscard]] ScalarKind scalar_kind(const Scalar& value);

// Copying an Array copies the view, not the elements.
class Array {
  public:
    Array() = default; // no elements: only for later assignment
    Array(StorageRef storage, DType dtype, Dims shape, Dims strides, std::int64_t offset);

    [[nodiscard]] static Array empty(const Dims& shape, DType dtype); // C order, uninitialised
    [[nodiscard]] static Array empty_fortran(const Dims& shape,
                                             DType dtype); // column-major strides over all axes
    [[nodiscard]] static Array full(const Dims& shape, DType dtype, const Scalar& value);
    [[nodiscard]] static Array scalar(const Scalar& value,
                                      DType dtype); // 0-d; OverflowError when out of range

    [[nodiscard]] const Dims& shape() const noexcept { return shape_; }
    [[nodiscard]] const Dims& strides() const noexcept {
        return strides_;
    } // bytes, may be zero or negative
    [[nodiscard]] DType dtype() const noexcept { return dtype_; }
    [[nodiscard]] Device device() const noexcept { return Device::cpu; }
    [[nodiscard]] int ndim() const noexcept { return shape_.size(); }
    [[nodiscard]] std::int64_t size() const noexcept { return size_; }
    [[nodiscard]] std::int64_t nbytes() const {
        return size_ * static_cast<std::int64_t>(item_size(dtype_));
    }
    [[nodiscard]] std::byte* data() const noexcept {
        return storage_.data() + offset_;
    } // first element
    template <class T> [[nodiscard]] T* data_as() const noexcept {
        return reinterpret_cast<T*>(data());
    }
    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; } // bytes
    [[nodiscard]] const StorageRef& storage() const noexcept { return storage_; }
    [[nodiscard]] bool read_only() const noexcept { return read_only_ || storage_.read_only(); }
    [[nodiscard]] Array as_read_only() const; // the same elements; writing raises

    [[nodiscard]] bool is_c_contiguous() const noexcept;
    [[nodiscard]] bool is_f_contiguous() const noexcept;
    [[nodiscard]] Scalar item() const; // the value of a one-element array; raises otherwise
    // A view with the same storage: the caller vouches for the bounds.
    [[nodiscard]] Array view(Dims shape, Dims strides, std::int64_t offset) const;
    // The same, as elements of another type (real part of a complex, bits of a float).
    [[nodiscard]] Array view_as(DType dtype, Dims shape, Dims strides, std::int64_t offset) const;

  private:
    Array(StorageRef storage, DType dtype, const Dims& shape, Dims strides, std::int64_t offset,
          std::int64_t size) noexcept // the product is known
        : storage_(std::move(storage)), shape_(shape), strides_(std::move(strides)),
          offset_(offset), size_(size), dtype_(dtype) {}
    StorageRef storage_;
    Dims shape_;
    Dims strides_;
    std::int64_t offset_ = 0;
    std::int64_t size_ = 0;
    DType dtype_ = DType::float64;
    bool read_only_ = false;
};

} // namespace trivet
