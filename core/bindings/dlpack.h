// SPDX-License-Identifier: Apache-2.0
// The C structures of DLPack 1.1 (https://dmlc.github.io/dlpack/latest/c_api.html), as an ABI.
#pragma once

#include <cstdint>

namespace trivet::python::dlpack {

inline constexpr std::int32_t kCpu = 1;
enum class Code : std::uint8_t {
    signed_int = 0,
    unsigned_int = 1,
    floating = 2,
    bfloat = 4,
    complex = 5,
    boolean = 6,
};
inline constexpr std::uint64_t kReadOnly = 1;
inline constexpr std::uint64_t kIsCopied = 2;
inline constexpr std::uint32_t kMajor = 1;
inline constexpr std::uint32_t kMinor = 1;

struct Device {
    std::int32_t type;
    std::int32_t id;
};
struct DataType {
    std::uint8_t code;
    std::uint8_t bits;
    std::uint16_t lanes;
};
struct Tensor {
    void* data;
    Device device;
    std::int32_t ndim;
    DataType dtype;
    std::int64_t* shape;
    std::int64_t* strides; // in elements; null: C order
    std::uint64_t byte_offset;
};
struct Managed { // before DLPack 1.0; capsule "dltensor"
    Tensor tensor;
    void* context;
    void (*deleter)(Managed*);
};
struct Versioned { // capsule "dltensor_versioned"
    std::uint32_t major;
    std::uint32_t minor;
    void* context;
    void (*deleter)(Versioned*);
    std::uint64_t flags;
    Tensor tensor;
};

} // namespace trivet::python::dlpack
