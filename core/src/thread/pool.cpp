// SPDX-License-Identifier: Apache-2.0
// The pool: one region at a time; workers sleep on a condition and are never joined, so neither
// exit nor fork waits for them.
#include "thread/cpus.h"
#include "trivet/error.h"
#include "trivet/thread.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace trivet {
namespace {

struct Region {
    std::int64_t count;
    std::int64_t grain;
    void* context;
    RangeBody body;
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr error;

    void work() noexcept {
        for (;;) {
            const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
            if (begin >= count || failed.load(std::memory_order_relaxed)) {
                return;
            }
            try {
                body(context, begin, std::min(begin + grain, count));
            } catch (...) {
                if (!failed.exchange(true)) {
                    error = std::current_exception();
                }
            }
        }
    }
};

thread_local constinit bool inside = false; // this thread works in a region

struct Pool {
    std::mutex owner; // held by the thread whose region runs
    std::mutex mutex; // guards what follows
    std::condition_variable wake, done;
    Region* region = nullptr;
    std::uint64_t ticket = 0; // counts regions
    int wanted = 0;           // workers that may still join the region
    int busy = 0;             // workers in it
    int started = 0;

    void worker() {
        inside = true;
        std::unique_lock lock(mutex);
        for (std::uint64_t seen = 0;;) {
            wake.wait(lock, [&] { return region && ticket != seen && wanted > 0; });
            seen = ticket;
            --wanted;
            ++busy;
            Region* mine = region;
            lock.unlock();
            mine->work();
            lock.lock();
            if (--busy == 0) {
                done.notify_one();
            }
        }
    }

    void start(int workers) {
        while (started < workers) {
            try {
                std::thread([this] { worker(); }).detach();
            } catch (const std::system_error&) { // no more threads to be had: go on with fewer
                return;
            }
            ++started;
        }
    }

    void run(Region& r, int threads) {
        {
            const std::lock_guard lock(mutex);
            start(threads - 1);
            region = &r;
            ++ticket;
            wanted = std::min(threads - 1, started);
        }
        wake.notify_all();
        inside = true;
        r.work();
        inside = false;
        std::unique_lock lock(mutex);
        wanted = 0; // who has not come yet is not needed
        done.wait(lock, [&] { return busy == 0; });
        region = nullptr;
    }
};

std::atomic<Pool*> current{nullptr};

Pool& pool() { // never destroyed: its threads live until the process ends
    static const bool prepared = [] {
        current = new Pool;
#if defined(__unix__) || defined(__APPLE__)
        // A child has none of the threads, and perhaps a lock that nobody will open: start afresh.
        pthread_atfork(nullptr, nullptr, [] {
            current = new Pool;
            inside = false;
        });
#endif
        return true;
    }();
    static_cast<void>(prepared);
    return *current;
}

int threads_from_environment() {
    const char* text = std::getenv("TRIVET_NUM_THREADS");
    const int asked = text ? std::atoi(text) : 0;
    return asked > 0 ? std::min(asked, 1024) : thread::usable_cpus();
}

std::atomic<int>& thread_count() {
    static std::atomic<int> count{threads_from_environment()};
    return count;
}

void run_serially(std::int64_t count, std::int64_t grain, void* context, RangeBody body) {
    for (std::int64_t begin = 0; begin < count; begin += grain) {
        body(context, begin, std::min(begin + grain, count));
    }
}

} // namespace

int num_threads() { return thread_count().load(std::memory_order_relaxed); }

void set_num_threads(int count) {
    if (count < 1) {
        raise(ErrorKind::value, "set_num_threads", "the count must be at least 1",
              std::to_string(count));
    }
    thread_count() = std::min(count, 1024);
}

void parallel_ranges(std::int64_t count, std::int64_t grain, void* context, RangeBody body) {
    grain = std::max<std::int64_t>(grain, 1);
    const std::int64_t pieces = count / grain + (count % grain != 0);
    const int threads =
        static_cast<int>(std::min<std::int64_t>(pieces, inside ? 1 : num_threads()));
    if (threads < 2) {
        return run_serially(count, grain, context, body);
    }
    Pool& p = pool();
    const std::unique_lock owned(p.owner, std::try_to_lock);
    if (!owned) { // another thread's region runs
        return run_serially(count, grain, context, body);
    }
    Region region{count, grain, context, body, 0, false, nullptr};
    p.run(region, threads);
    if (region.error) {
        std::rethrow_exception(region.error);
    }
}

} // namespace trivet
