# SPDX-License-Identifier: Apache-2.0
# The loaded backend, and what is computed with it.
target_sources(trivet_core PRIVATE
  src/blas/library.cpp
  src/blas/current.cpp
)
