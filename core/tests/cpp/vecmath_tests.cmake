# SPDX-License-Identifier: Apache-2.0
# The functions of core/src/kernels/vecmath.h, in loops compiled for each instruction set.
trivet_cpp_test(vecmath)
trivet_isa_objects(vecmath_tests SOURCES vecmath_loops.cpp)
if(avx2 IN_LIST TRIVET_ISAS)
  target_compile_definitions(vecmath_tests PRIVATE TRIVET_TEST_X86)
endif()
