// SPDX-License-Identifier: Apache-2.0
// The core's own thread pool: started by the first parallel region, never at load, forgotten in a
// forked child.
#pragma once

#include <cstdint>
#include <type_traits>

namespace trivet {

// Threads of a parallel region, the caller included: TRIVET_NUM_THREADS, otherwise the smaller of
// the CPU affinity and the cgroup's quota.
[[nodiscard]] int num_threads();
void set_num_threads(int count); // raises ErrorKind::value when below 1

// Calls body(context, begin, end) for pieces of [0, count) of `grain` elements each (the last one
// may be shorter), in any order and from several threads. The pieces do not depend on the number of
// threads. The first exception of a piece is rethrown here when all have stopped. Inside a piece,
// and while another thread has the pool, the pieces run one after another in the calling thread.
using RangeBody = void (*)(void* context, std::int64_t begin, std::int64_t end);
void parallel_ranges(std::int64_t count, std::int64_t grain, void* context, RangeBody body);

template <class Body> void parallel_for(std::int64_t count, std::int64_t grain, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    parallel_ranges(count, grain, const_cast<void*>(static_cast<const void*>(&body)),
                    [](void* context, std::int64_t begin, std::int64_t end) {
                        (*static_cast<Plain*>(context))(begin, end);
                    });
}

} // namespace trivet
