// SPDX-License-Identifier: Apache-2.0
#include "trivet/array.h"
#include "trivet/error.h"

#include <algorithm>

namespace trivet {

Dims::Dims(std::initializer_list<std::int64_t> values)
    : Dims(std::span<const std::int64_t>(values.begin(), values.size())) {}

Dims::Dims(std::span<const std::int64_t> values) {
    reserve(static_cast<int>(std::min<std::size_t>(values.size(), kMaxDims + 1)));
    std::copy(values.begin(), values.end(), data());
    size_ = static_cast<int>(values.size());
}

Dims::Dims(int count, std::int64_t value) {
    reserve(count);
    std::fill_n(data(), count, value);
    size_ = count;
}

void Dims::copy_heap(const Dims& other) {
    heap_ = new std::int64_t[static_cast<std::size_t>(other.capacity_)];
    capacity_ = other.capacity_;
    std::copy(other.begin(), other.end(), heap_);
}

Dims& Dims::operator=(const Dims& other) {
    if (this != &other) {
        *this = Dims(other);
    }
    return *this;
}

Dims& Dims::operator=(Dims&& other) noexcept {
    if (this != &other) {
        release();
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, int{kInline});
        heap_ = std::exchange(other.heap_, nullptr);
        copy_inline(other);
    }
    return *this;
}

void Dims::release() noexcept {
    delete[] heap_;
    heap_ = nullptr;
}

void Dims::reserve(int count) {
    if (count > kMaxDims) {
        raise(ErrorKind::value, "dims",
              "an array has at most " + std::to_string(kMaxDims) + " axes", std::to_string(count));
    }
    if (count <= capacity_) {
        return;
    }
    auto* grown = new std::int64_t[static_cast<std::size_t>(kMaxDims)];
    std::copy(begin(), end(), grown);
    release();
    heap_ = grown;
    capacity_ = kMaxDims;
}

void Dims::push_back(std::int64_t value) {
    reserve(size_ + 1);
    data()[size_++] = value;
}

void Dims::insert(int position, std::int64_t value) {
    push_back(value);
    std::rotate(begin() + position, end() - 1, end());
}

void Dims::erase(int position) {
    std::copy(begin() + position + 1, end(), begin() + position);
    --size_;
}

std::int64_t Dims::product() const {
    std::int64_t total = 1;
    bool overflow = false;
    for (const std::int64_t n : *this) {
        if (n == 0) {
            return 0;
        }
        overflow |= __builtin_mul_overflow(total, n, &total);
    }
    if (overflow) {
        raise(ErrorKind::value, "dims", "the number of elements must fit 63 bits", text());
    }
    return total;
}

std::string Dims::text() const {
    std::string out = "(";
    for (int i = 0; i < size_; ++i) {
        out += (i ? ", " : "") + std::to_string(data()[i]);
    }
    return out + (size_ == 1 ? ",)" : ")");
}

bool operator==(const Dims& a, const Dims& b) {
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
}

} // namespace trivet
