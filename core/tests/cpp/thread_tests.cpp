// SPDX-License-Identifier: Apache-2.0
#include "arrays.h"
#include "test.h"
#include "thread/cpus.h"
#include "trivet/thread.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <thread>

#if defined(__unix__)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace trivet;

namespace {

std::int64_t sum_in_parallel(std::int64_t count) {
    std::atomic<std::int64_t> total{0};
    parallel_for(count, 100, [&](std::int64_t begin, std::int64_t end) {
        std::int64_t part = 0;
        for (std::int64_t i = begin; i < end; ++i) {
            part += i;
        }
        total += part;
    });
    return total;
}

std::int64_t gauss(std::int64_t n) { return n * (n - 1) / 2; }

} // namespace

TEST(every_element_is_visited_once_by_any_number_of_threads) {
    for (const int threads : {1, 2, 5}) {
        set_num_threads(threads);
        for (const std::int64_t count : {0, 1, 99, 100, 101, 12345}) {
            CHECK_EQUAL(gauss(count), sum_in_parallel(count));
        }
    }
}

TEST(an_exception_of_a_piece_reaches_the_caller_and_the_pool_goes_on) {
    set_num_threads(4);
    for (int round = 0; round < 50; ++round) {
        bool caught = false;
        try {
            parallel_for(1000, 10, [](std::int64_t begin, std::int64_t) {
                if (begin == 500) {
                    throw std::runtime_error("piece");
                }
            });
        } catch (const std::runtime_error& error) {
            caught = std::string(error.what()) == "piece";
        }
        CHECK(caught);
        CHECK_EQUAL(gauss(1000), sum_in_parallel(1000));
    }
}

TEST(callers_of_several_threads_do_not_wait_for_each_other_forever) {
    set_num_threads(3);
    std::vector<std::thread> callers;
    std::atomic<int> wrong{0};
    for (int c = 0; c < 4; ++c) {
        callers.emplace_back([&] {
            for (int round = 0; round < 100; ++round) {
                wrong += sum_in_parallel(5000) != gauss(5000);
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    CHECK_EQUAL(0, wrong.load());
}

TEST(a_region_inside_a_region_runs_serially) {
    set_num_threads(3);
    std::atomic<std::int64_t> total{0};
    parallel_for(10, 1, [&](std::int64_t, std::int64_t) { total += sum_in_parallel(1000); });
    CHECK_EQUAL(10 * gauss(1000), total.load());
}

#if defined(__unix__)
TEST(a_forked_child_has_a_working_pool_and_allocator) {
    set_num_threads(3);
    CHECK_EQUAL(gauss(10000), sum_in_parallel(10000)); // the pool runs
    for (int round = 0; round < 10; ++round) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(20);
            const Array a = Array::full({300000}, DType::float32, 1.0);
            const bool right =
                sum_in_parallel(10000) == gauss(10000) && values<float>(add(a, a))[299999] == 2.0F;
            _exit(right ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        CHECK_EQUAL(0, status);
    }
}
#endif

TEST(the_thread_count_is_checked) {
    CHECK_RAISES(value, (set_num_threads(0), 0));
    set_num_threads(2);
    CHECK_EQUAL(2, num_threads());
    CHECK(thread::usable_cpus() >= 1);
}

TEST(the_cgroups_quota_counts_in_both_versions_and_in_parents) {
    namespace fs = std::filesystem;
    const fs::path root =
        fs::temp_directory_path() / ("trivet-cgroup-" + std::to_string(std::rand()));
    const auto write = [&](const char* name, const char* text) {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << text;
    };
    const auto quota = [&](const char* membership) {
        write("cgroup", membership);
        return thread::cgroup_quota(root / "cgroup", root);
    };
    write("a/b/cpu.max", "max 100000\n");
    write("a/cpu.max", "150000 100000\n");
    write("free/cpu.max", "max 100000\n");
    write("cpu/x/cpu.cfs_quota_us", "300000\n");
    write("cpu/x/cpu.cfs_period_us", "100000\n");
    write("cpu/y/cpu.cfs_quota_us", "-1\n");
    write("cpu/y/cpu.cfs_period_us", "100000\n");
    CHECK_EQUAL(2, quota("0::/a/b\n").value_or(-1)); // one and a half, rounded up, from the parent
    CHECK_EQUAL(-1, quota("0::/free\n").value_or(-1));
    CHECK_EQUAL(3, quota("5:cpu,cpuacct:/x\n4:memory:/x\n").value_or(-1));
    CHECK_EQUAL(-1, quota("5:cpu,cpuacct:/y\n").value_or(-1));
    CHECK_EQUAL(-1, quota("7:cpuset:/x\n").value_or(-1));
    CHECK_EQUAL(-1, quota("").value_or(-1));
    fs::remove_all(root);
}
