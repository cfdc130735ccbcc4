// SPDX-License-Identifier: Apache-2.0
// Loops over the functions of vecmath, compiled for each instruction set: what the tests and the
// benchmark run.
#pragma once

#include <cstdint>

namespace vecmath_loops {

template <class T> using Unary = void (*)(const T* in, T* out, std::int64_t count);
template <class T> using Binary = void (*)(const T* a, const T* b, T* out, std::int64_t count);

enum Function {
#define ROW(name, reference, low, high, ulp) name,
#include "vecmath_rows.inc"
#undef ROW
    function_count
};

struct Loops {
    const char* isa;
    Unary<float> f32[function_count];
    Unary<double> f64[function_count];
    Binary<float> atan2_f32, pow_f32;
    Binary<double> atan2_f64, pow_f64;
};

} // namespace vecmath_loops

namespace trivet {
namespace baseline {
extern const vecmath_loops::Loops vecmath_loops;
}
namespace avx2 {
extern const vecmath_loops::Loops vecmath_loops;
}
namespace avx512 {
extern const vecmath_loops::Loops vecmath_loops;
}
} // namespace trivet
