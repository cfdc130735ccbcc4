# SPDX-License-Identifier: Apache-2.0
# The kernels that are compiled once per instruction set: one source, one namespace each, chosen at run time.
# trivet_isa_objects(<target> SOURCES ...) adds object libraries <target>_<isa> to <target>.
function(trivet_isa_objects target)
  cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
  string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" cpu)
  set(isas baseline)
  if(cpu MATCHES "^(x86_64|amd64)$")
    list(APPEND isas avx2 avx512)
    set(flags_baseline "")
    set(flags_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2)
    set(flags_avx512 ${flags_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
  endif()
  foreach(isa IN LISTS isas)
    add_library(${target}_${isa} OBJECT ${arg_SOURCES})
    trivet_target(${target}_${isa})
    target_include_directories(${target}_${isa} PRIVATE
      ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(${target}_${isa} PRIVATE TRIVET_ISA=${isa} TRIVET_ISA_${isa}=1)
    # -fno-math-errno and friends let loops over sqrt, floor, ... vectorise; results stay IEEE.
    target_compile_options(${target}_${isa} PRIVATE
      -O3 ${flags_${isa}} -fno-math-errno -fno-trapping-math -ffp-contract=fast)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${isa}>)
  endforeach()
  set(TRIVET_ISAS ${isas} PARENT_SCOPE)
endfunction()
