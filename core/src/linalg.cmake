# SPDX-License-Identifier: Apache-2.0
# The loaded backend, and what is computed with it.
target_sources(trivet_core PRIVATE
  src/blas/library.cpp
  src/blas/current.cpp
  src/linalg/stack.cpp
  src/linalg/einsum.cpp
  src/linalg/einsum_parse.cpp
  src/linalg/contract.cpp
  src/linalg/matmul.cpp
  src/linalg/product.cpp
  src/linalg/solve.cpp
  src/linalg/factor.cpp
  src/linalg/spectral.cpp
  src/linalg/least.cpp
  src/linalg/norms.cpp
)
