// SPDX-License-Identifier: Apache-2.0
#include "memory/blocks.h"
#include "memory/size_class.h"
#include "trivet/error.h"
#include "trivet/memory.h"

#include <new>
#include <string>

namespace trivet {
namespace {

struct BorrowedStorage : Storage {
    std::function<void()> release;
};
static_assert(sizeof(Storage) <= memory::kStep);

[[noreturn]] void no_memory(std::size_t bytes) {
    raise(ErrorKind::memory, "allocate", "the memory must be available",
          std::to_string(bytes) + " bytes");
}

} // namespace

StorageRef StorageRef::allocate(std::size_t bytes) {
    if (bytes > memory::kLargest) {
        no_memory(bytes);
    }
    const int size_class = memory::size_class(bytes);
    const bool small = bytes <= memory::kSmall;
    void* block = memory::take_small(small ? size_class : 0);
    if (!block) {
        no_memory(bytes);
    }
    auto* storage = new (block) Storage;
    storage->bytes = bytes;
    storage->size_class = size_class;
    if (small) {
        storage->data = static_cast<std::byte*>(block) + memory::kStep;
    } else {
        storage->data = memory::take_large(size_class);
        if (!storage->data) {
            memory::give_small(block, 0);
            no_memory(bytes);
        }
    }
    return StorageRef(storage);
}

StorageRef StorageRef::borrow(void* data, std::size_t bytes, bool read_only,
                              std::function<void()> release) {
    auto* storage = new BorrowedStorage;
    storage->data = static_cast<std::byte*>(data);
    storage->bytes = bytes;
    storage->read_only = read_only;
    storage->borrowed = true;
    storage->release = std::move(release);
    return StorageRef(storage);
}

void StorageRef::destroy(Storage* storage) noexcept {
    if (storage->borrowed) {
        auto* borrowed = static_cast<BorrowedStorage*>(storage);
        if (borrowed->release) {
            borrowed->release();
        }
        delete borrowed;
    } else if (storage->bytes <= memory::kSmall) {
        memory::give_small(storage, storage->size_class);
    } else {
        memory::give_large(storage->data, storage->size_class);
        memory::give_small(storage, 0);
    }
}

} // namespace trivet
