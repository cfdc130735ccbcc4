# SPDX-License-Identifier: Apache-2.0
# What every target of Trivet has: C++20, warnings as errors, hidden symbols, the same bytes from the same input.
option(TRIVET_WERROR "Treat warnings as errors" OFF)

function(trivet_target target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
  if(NOT MSVC)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
      $<$<BOOL:${TRIVET_WERROR}>:-Werror>
      # The same results on every machine: where FMA is in the baseline, compilers fuse a*b + c by themselves.
      -ffp-contract=off
      -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
      # nanobind and the standard headers of zig's libc++ expect FILE to be known (facts: cross building).
      -include cstdio)
  endif()
endfunction()

# A module opened by dlopen: only the symbols named here are exported, nothing is left undefined.
function(trivet_exports target)
  if(APPLE)
    # Not every linker knows it; without it what is hidden (all but these names) is not exported either.
    include(CheckLinkerFlag)
    check_linker_flag(CXX "-Wl,-exported_symbol,_main" TRIVET_HAS_EXPORTED_SYMBOL)
    if(TRIVET_HAS_EXPORTED_SYMBOL)
      list(TRANSFORM ARGN PREPEND "-Wl,-exported_symbol,_" OUTPUT_VARIABLE flags)
      target_link_options(${target} PRIVATE ${flags})
    endif()
    target_link_options(${target} PRIVATE -Wl,-dead_strip)
  elseif(UNIX)
    list(JOIN ARGN "; " names)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${target}.map "{ global: ${names}; local: *; };\n")
    target_link_options(${target} PRIVATE
      -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/${target}.map
      -Wl,--gc-sections -Wl,-z,now -Wl,-z,relro)
    set_target_properties(${target} PROPERTIES
      LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
  endif()
endfunction()
