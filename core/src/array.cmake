# SPDX-License-Identifier: Apache-2.0
# Everything of the core but linear algebra: what the array is, and what is done with it.
target_sources(trivet_core PRIVATE
  src/array/array.cpp
  src/array/dims.cpp
  src/array/dtype.cpp
  src/array/error.cpp
  src/array/scalar.cpp
  src/array/text.cpp
  src/kernels/casts.cpp
  src/kernels/column.cpp
  src/kernels/complex.cpp
  src/kernels/cpu.cpp
  src/kernels/functions.cpp
  src/kernels/scans.cpp
  src/memory/large_blocks.cpp
  src/memory/small_blocks.cpp
  src/memory/storage.cpp
  src/ops/arg_reduce.cpp
  src/ops/broadcast.cpp
  src/ops/copies.cpp
  src/ops/elementwise.cpp
  src/ops/fold_lanes.cpp
  src/ops/fold_rows.cpp
  src/ops/iteration.cpp
  src/ops/named.cpp
  src/ops/reduce.cpp
  src/ops/scan.cpp
  src/ops/statistics.cpp
  src/ops/table.cpp
  src/ops/type_rules.cpp
  src/ops/tiles.cpp
  src/ops/views.cpp
  src/thread/cpus.cpp
  src/thread/pool.cpp)

# Indexing, joining, creation.
target_sources(trivet_core PRIVATE
  src/ops/index.cpp
  src/ops/index_blocks.cpp
  src/ops/index_plan.cpp
  src/ops/join.cpp
  src/ops/linspace.cpp
  src/ops/moves.cpp
  src/ops/nonzero.cpp
  src/ops/offsets.cpp
  src/ops/range.cpp
  src/ops/repeat.cpp
  src/ops/roll.cpp
  src/ops/slice.cpp
  src/ops/take.cpp
  src/ops/triangle.cpp)

# Compiled once per instruction set.
trivet_isa_objects(trivet_core SOURCES
  src/kernels/activations.cpp
  src/kernels/arithmetic.cpp
  src/kernels/bits.cpp
  src/kernels/compare.cpp
  src/kernels/division.cpp
  src/kernels/exponentials.cpp
  src/kernels/fast_casts.cpp
  src/kernels/locate.cpp
  src/kernels/reduce.cpp
  src/kernels/rounding.cpp
  src/kernels/select.cpp
  src/kernels/trigonometry.cpp)
