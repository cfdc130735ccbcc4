// SPDX-License-Identifier: Apache-2.0
// The table of cases: one row per routine, with its threshold and the shapes it is run at.
#pragma once

#include "probe.h"

#include <array>

namespace check {

// Lists of shapes, in shapes.cpp.
enum class Shapes : std::uint8_t {
    gemm,           // m x k times k x n, small and around the kernels' blocks
    rectangles,     // m x n operands
    updates,        // m: order of C; k: rank
    matrices,       // m x n, BLAS 2
    orders,         // m x m, BLAS 2
    vectors,        // m elements
    squares,        // m x m, LAPACK
    larger_squares, // the same and one above
    tall_wide,      // m x n, LAPACK
    systems,        // m x n with k right-hand sides
    large,          // m x n, LAPACK beyond every block
    few,            // m x n x k, with zeros among them
    once,           // one run
};
[[nodiscard]] std::vector<Shape> shapes_of(Shapes list, bool full);

using CaseFunction = void (*)(Probe&);
struct Case {
    const char* op;
    double threshold;
    Shapes shapes;
    std::array<CaseFunction, 4> run; // by type: s, d, c, z
    bool beta_only = false;          // nothing is multiplied: alpha or k is 0
};
#define ROW(op, threshold, shapes)                                                                 \
    Case {                                                                                         \
        #op, threshold, shapes, { op<float>, op<double>, op<C>, op<Z> }                            \
    }
#define BETA_ONLY(op)                                                                              \
    Case { #op "_beta_only", 16, Shapes::few, {op<float>, op<double>, op<C>, op<Z>}, true }

[[nodiscard]] const std::vector<Case>& blas3_cases();
[[nodiscard]] const std::vector<Case>& triangle_cases(); // of BLAS 3
[[nodiscard]] const std::vector<Case>& blas2_cases();
[[nodiscard]] const std::vector<Case>& blas1_cases();
[[nodiscard]] const std::vector<Case>& factor_cases();     // LU, Cholesky, triangles
[[nodiscard]] const std::vector<Case>& orthogonal_cases(); // QR, LQ
[[nodiscard]] const std::vector<Case>& value_cases();      // SVD, eigenvalues, least squares
[[nodiscard]] const std::vector<Case>& large_cases();      // LU, Cholesky, QR beyond every block
[[nodiscard]] const std::vector<Case>& refusal_cases();    // info codes, refused arguments
[[nodiscard]] const std::vector<Case>& nonfinite_cases();  // NaN and infinity

} // namespace check
