// SPDX-License-Identifier: Apache-2.0
// How many CPUs this process may use.
#include "thread/cpus.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace trivet::thread {
namespace {

int affinity() {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        return std::max(1, CPU_COUNT(&set));
    }
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// CPUs of a quota "quota period" (microseconds), rounded up; none for "max" or -1.
std::optional<int> cpus_of(const std::string& quota, double period) {
    char* end = nullptr;
    const double number = std::strtod(quota.c_str(), &end);
    if (end == quota.c_str() || number <= 0 || period <= 0) {
        return std::nullopt;
    }
    return std::max(1, static_cast<int>((number + period - 1) / period));
}

std::optional<int> quota_v2(const std::string& folder) {
    std::ifstream file(folder + "/cpu.max");
    std::string quota;
    double period = 0;
    return file >> quota >> period ? cpus_of(quota, period) : std::nullopt;
}

std::optional<int> quota_v1(const std::string& folder) {
    std::ifstream quota_file(folder + "/cpu.cfs_quota_us");
    std::ifstream period_file(folder + "/cpu.cfs_period_us");
    std::string quota;
    double period = 0;
    return quota_file >> quota && period_file >> period ? cpus_of(quota, period) : std::nullopt;
}

// The smallest quota of a cgroup and its parents.
template <class Quota>
std::optional<int> smallest(const std::string& root, std::string path, Quota quota) {
    std::optional<int> found;
    for (;;) {
        if (path == "/") {
            path.clear();
        }
        if (const auto here = quota(root + path)) {
            found = std::min(found.value_or(*here), *here);
        }
        if (path.empty()) {
            return found;
        }
        path.erase(path.find_last_of('/'));
    }
}

bool names_cpu(const std::string& controllers) {
    const auto at = controllers.find("cpu");
    return at != std::string::npos &&
           std::string_view(":,").find(controllers[at + 3]) != std::string_view::npos;
}

} // namespace

std::optional<int> cgroup_quota(const std::string& membership, const std::string& root) {
    std::ifstream file(membership);
    std::optional<int> found;
    for (std::string line; std::getline(file, line);) { // "id:controllers:/path"
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos ||
            line.compare(second + 1, 1, "/") != 0) {
            continue;
        }
        const std::string controllers = line.substr(first, second - first + 1); // ":cpu,cpuacct:"
        const std::string path = line.substr(second + 1);
        std::optional<int> quota;
        if (controllers == "::") {
            quota = smallest(root, path, quota_v2);
        } else if (names_cpu(controllers)) {
            quota = smallest(root + "/cpu", path, quota_v1);
        }
        if (quota) {
            found = std::min(found.value_or(*quota), *quota);
        }
    }
    return found;
}

int usable_cpus() {
    return std::min(affinity(),
                    cgroup_quota("/proc/self/cgroup", "/sys/fs/cgroup").value_or(affinity()));
}

} // namespace trivet::thread
