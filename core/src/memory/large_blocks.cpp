// SPDX-License-Identifier: Apache-2.0
// Large blocks: kept by size class for reuse, the oldest evicted past the limit. Fresh large blocks
// ask for huge pages, because page faults cost more than the arithmetic that fills them.
#include "memory/aligned.h"
#include "memory/blocks.h"
#include "memory/size_class.h"
#include "trivet/memory.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace trivet::memory {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugeFrom = std::size_t{4} << 20;

struct Idle {
    std::byte* block;
    std::uint64_t age;
};

struct Cache {
    std::mutex mutex;
    std::vector<Idle> idle[kClasses]; // each oldest first
    std::size_t cached = 0;
    std::size_t in_use = 0;
    std::size_t limit = 0;
    std::uint64_t clock = 0;
};

std::size_t machine_bytes() {
#if defined(_SC_PHYS_PAGES) && defined(_SC_PAGE_SIZE)
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGE_SIZE);
    if (pages > 0 && page > 0) {
        return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
    }
#endif
    return std::size_t{4} << 30;
}

std::size_t limit_from_environment() {
    const std::size_t standard = std::min(machine_bytes() / 8, std::size_t{1} << 30);
    const char* text = std::getenv("TRIVET_CACHE_LIMIT");
    if (!text || *text < '0' || *text > '9') {
        return standard;
    }
    char* end = nullptr;
    const unsigned long long number = std::strtoull(text, &end, 10);
    const int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    return static_cast<std::size_t>(std::min(number, ~0ULL >> shift) << shift);
}

Cache& cache() { // never destroyed: arrays may outlive every static object
    static Cache* const instance = [] {
        auto* made = new Cache;
        made->limit = limit_from_environment();
#if defined(__unix__) || defined(__APPLE__)
        // A child gets the lock free and the lists whole.
        pthread_atfork([] { cache().mutex.lock(); }, [] { cache().mutex.unlock(); },
                       [] { cache().mutex.unlock(); });
#endif
        return made;
    }();
    return *instance;
}

std::byte* fresh(std::size_t bytes) noexcept {
    const bool huge = bytes >= kHugeFrom;
    const std::size_t alignment = huge ? kHugePage : kStep;
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* block = take_aligned(alignment, rounded);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (block && huge) {
        madvise(block, rounded, MADV_HUGEPAGE); // refused: small pages, only slower
    }
#endif
    return static_cast<std::byte*>(block);
}

// Frees the oldest blocks until at most `allowed` bytes are cached. The lock is held.
void evict(Cache& c, std::size_t allowed) noexcept {
    while (c.cached > allowed) {
        int oldest = -1;
        for (int k = 0; k < kClasses; ++k) {
            if (!c.idle[k].empty() &&
                (oldest < 0 || c.idle[k].front().age < c.idle[oldest].front().age)) {
                oldest = k;
            }
        }
        give_aligned(c.idle[oldest].front().block);
        c.idle[oldest].erase(c.idle[oldest].begin());
        c.cached -= class_bytes(oldest);
    }
}

} // namespace

std::byte* take_large(int size_class) noexcept {
    const std::size_t bytes = class_bytes(size_class);
    Cache& c = cache();
    {
        const std::lock_guard lock(c.mutex);
        if (auto& idle = c.idle[size_class]; !idle.empty()) {
            std::byte* block = idle.back().block;
            idle.pop_back();
            c.cached -= bytes;
            c.in_use += bytes;
            return block;
        }
    }
    std::byte* block = fresh(bytes);
    const std::lock_guard lock(c.mutex);
    if (!block) {
        evict(c, 0);
        block = fresh(bytes);
    }
    c.in_use += block ? bytes : 0;
    return block;
}

void give_large(std::byte* block, int size_class) noexcept {
    const std::size_t bytes = class_bytes(size_class);
    Cache& c = cache();
    const std::lock_guard lock(c.mutex);
    c.in_use -= bytes;
    if (bytes > c.limit) {
        give_aligned(block);
        return;
    }
    evict(c, c.limit - bytes);
    try {
        c.idle[size_class].push_back({block, c.clock++});
        c.cached += bytes;
    } catch (...) { // no memory to remember it: give it back
        give_aligned(block);
    }
}

} // namespace trivet::memory

namespace trivet {

MemoryInfo memory_info() {
    memory::Cache& c = memory::cache();
    const std::lock_guard lock(c.mutex);
    return {c.in_use, c.cached, c.limit};
}

void set_cache_limit(std::size_t bytes) {
    memory::Cache& c = memory::cache();
    const std::lock_guard lock(c.mutex);
    c.limit = bytes;
    memory::evict(c, bytes);
}

void clear_cache() {
    memory::Cache& c = memory::cache();
    const std::lock_guard lock(c.mutex);
    memory::evict(c, 0);
}

} // namespace trivet
