// SPDX-License-Identifier: Apache-2.0
// Reference-counted bytes, and the caching allocator they come from.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace trivet {

// The header of a block of bytes; small blocks follow their header in the same allocation.
class Storage {
  public:
    std::atomic<std::int64_t> count{1};
    std::byte* data = nullptr;
    std::size_t bytes = 0;
    std::int32_t size_class = 0; // of the data, when it comes from the allocator
    bool read_only = false;
    bool borrowed = false; // then it is a BorrowedStorage
};

// Owns one share of a Storage: from the caching allocator, or borrowed with a release function
// (NumPy, DLPack).
class StorageRef {
  public:
    StorageRef() noexcept = default;
    StorageRef(const StorageRef& other) noexcept : storage_(other.storage_) {
        if (storage_) {
            storage_->count.fetch_add(1, std::memory_order_relaxed);
        }
    }
    StorageRef(StorageRef&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
    StorageRef& operator=(StorageRef other) noexcept {
        std::swap(storage_, other.storage_);
        return *this;
    }
    ~StorageRef() {
        if (storage_ && storage_->count.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            destroy(storage_);
        }
    }
    // Uninitialised bytes, 64-byte aligned; raises ErrorKind::memory with the size asked for.
    [[nodiscard]] static StorageRef allocate(std::size_t bytes);
    // Bytes that somebody else owns; `release` is called once, when the last share is gone.
    [[nodiscard]] static StorageRef borrow(void* data, std::size_t bytes, bool read_only,
                                           std::function<void()> release);
    [[nodiscard]] std::byte* data() const noexcept { return storage_ ? storage_->data : nullptr; }
    [[nodiscard]] std::size_t bytes() const noexcept { return storage_ ? storage_->bytes : 0; }
    [[nodiscard]] bool read_only() const noexcept { return storage_ && storage_->read_only; }
    [[nodiscard]] bool borrowed() const noexcept { return storage_ && storage_->borrowed; }
    [[nodiscard]] std::int64_t use_count() const noexcept {
        return storage_ ? storage_->count.load(std::memory_order_relaxed) : 0;
    }
    friend bool operator==(const StorageRef&, const StorageRef&) = default;

  private:
    explicit StorageRef(Storage* storage) noexcept : storage_(storage) {}
    static void destroy(Storage* storage) noexcept;
    Storage* storage_ = nullptr;
};

// The allocator keeps freed blocks for reuse, up to a limit: TRIVET_CACHE_LIMIT (bytes; K, M, G
// allowed), otherwise an eighth of the machine's memory, at most 1 GiB.
struct MemoryInfo {
    std::size_t in_use_bytes; // blocks above 4 KiB in use
    std::size_t cached_bytes; // blocks above 4 KiB kept for reuse
    std::size_t cache_limit;
};
[[nodiscard]] MemoryInfo memory_info();
void set_cache_limit(std::size_t bytes); // evicts the oldest blocks at once
void clear_cache();

} // namespace trivet
