# SPDX-License-Identifier: Apache-2.0
# A Python of another platform: nothing of it can be run here, so what FindPython asks an interpreter is told.
set(TRIVET_PYTHON_INCLUDE "" CACHE PATH "Headers of the Python that trivet._core is for; empty: of the Python found")
set(TRIVET_PYTHON_LIBRARY "" CACHE FILEPATH "Its import library, where the linker asks for one")
set(TRIVET_PYTHON_SUFFIX "" CACHE STRING "What the extension's file name ends with, e.g. .abi3.so")

# Makes the targets and variables that nanobind takes from FindPython.
function(trivet_python_target)
  if(NOT EXISTS ${TRIVET_PYTHON_INCLUDE}/patchlevel.h)
    message(FATAL_ERROR "TRIVET_PYTHON_INCLUDE must hold Python's headers; no patchlevel.h in \"${TRIVET_PYTHON_INCLUDE}\". "
      "Next: make it with wheels.target.headers.python_headers")
  endif()
  if(NOT TRIVET_PYTHON_SUFFIX MATCHES "^[.]")
    message(FATAL_ERROR "TRIVET_PYTHON_SUFFIX must begin with a dot; got \"${TRIVET_PYTHON_SUFFIX}\"; "
      "it comes from suffix or stable_suffix in recipes/python_targets.toml")
  endif()
  file(STRINGS ${TRIVET_PYTHON_INCLUDE}/patchlevel.h line REGEX "^#define[ \t]+PY_VERSION[ \t]+\"")
  string(REGEX REPLACE ".*\"([0-9]+[.][0-9]+).*" "\\1" version "${line}")
  if(version VERSION_LESS 3.11)
    message(FATAL_ERROR "trivet._core needs Python 3.11 or newer; ${TRIVET_PYTHON_INCLUDE} is of \"${version}\"")
  endif()
  if(NOT TARGET Python::Interpreter)
    add_executable(Python::Interpreter IMPORTED GLOBAL) # asked for, and never run
    foreach(name Python::Module Python::SABIModule)
      add_library(${name} INTERFACE IMPORTED GLOBAL)
      target_include_directories(${name} INTERFACE ${TRIVET_PYTHON_INCLUDE})
      target_link_libraries(${name} INTERFACE ${TRIVET_PYTHON_LIBRARY})
    endforeach()
  endif()
  set(Python_VERSION "${version}" PARENT_SCOPE)
  set(Python_INTERPRETER_ID Python PARENT_SCOPE)
  set(Python_INCLUDE_DIRS ${TRIVET_PYTHON_INCLUDE} PARENT_SCOPE)
  set(NB_SUFFIX "${TRIVET_PYTHON_SUFFIX}" PARENT_SCOPE)
  set(NB_SUFFIX_S "${TRIVET_PYTHON_SUFFIX}" PARENT_SCOPE)
endfunction()

# Where no import library is, Python's names are looked up when the module is loaded. nanobind hands a list of
# them to the linker as @file, which not every linker reads.
function(trivet_python_names target)
  if(APPLE)
    get_target_property(options ${target} LINK_OPTIONS)
    list(FILTER options EXCLUDE REGEX "^-Wl,@")
    set_target_properties(${target} PROPERTIES LINK_OPTIONS "${options};-Wl,-undefined,dynamic_lookup")
  endif()
endfunction()
