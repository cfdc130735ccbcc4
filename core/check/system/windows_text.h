// SPDX-License-Identifier: Apache-2.0
// Between the parts of system/windows*.cpp.
#pragma once

#include <cstdint>
#include <string>

namespace check {

[[nodiscard]] std::string utf8(const wchar_t* wide);
[[nodiscard]] std::wstring wide(const std::string& text);
[[nodiscard]] std::uint64_t printed_bytes(); // what the provider has printed so far

} // namespace check
