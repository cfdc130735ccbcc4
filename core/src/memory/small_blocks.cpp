// SPDX-License-Identifier: Apache-2.0
// Small blocks: a stack per size class in each thread, no lock on the way.
#include "memory/aligned.h"
#include "memory/blocks.h"
#include "memory/size_class.h"

namespace trivet::memory {
namespace {

constexpr int kDepth = 24; // blocks kept per class and thread

struct Shelf {
    int count;
    void* blocks[kDepth];
};

// Plain data, so that it can be used before and after the thread's destructors run.
thread_local constinit Shelf shelves[kSmallClasses] = {};
thread_local constinit bool open = false;   // the guard below lives
thread_local constinit bool closed = false; // the thread is ending

struct Guard { // empties the shelves when the thread ends
    Guard() { open = true; }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
        closed = true;
        for (Shelf& shelf : shelves) {
            while (shelf.count > 0) {
                give_aligned(shelf.blocks[--shelf.count]);
            }
        }
    }
    void touch() const noexcept {}
};
thread_local Guard guard;

} // namespace

void* take_small(int size_class) noexcept {
    Shelf& shelf = shelves[size_class];
    if (shelf.count > 0) {
        return shelf.blocks[--shelf.count];
    }
    return take_aligned(kStep, kStep + class_bytes(size_class));
}

void give_small(void* block, int size_class) noexcept {
    Shelf& shelf = shelves[size_class];
    if (shelf.count == kDepth || closed) {
        give_aligned(block);
        return;
    }
    if (!open) {
        guard.touch(); // its construction registers the destructor
    }
    shelf.blocks[shelf.count++] = block;
}

} // namespace trivet::memory
