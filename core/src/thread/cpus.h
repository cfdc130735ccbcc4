// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace trivet::thread {

// The smaller of the CPU affinity and the cgroup's quota, at least 1.
[[nodiscard]] int usable_cpus();

// The quota in whole CPUs of the cgroup (version 1 or 2) that the file `membership` names
// (/proc/self/cgroup), below `root` (/sys/fs/cgroup); none when there is no limit.
[[nodiscard]] std::optional<int> cgroup_quota(const std::string& membership,
                                              const std::string& root);

} // namespace trivet::thread
