# SPDX-License-Identifier: Apache-2.0
# Needs the backend of the same build; without one (TRIVET_BUILD_BACKEND off) there is no such test.
# Not installed yet, that backend may have no rpath to its provider: the loader is told the folders.
if(TRIVET_BUILD_BACKEND)
  string(REPLACE "-" "_" id "${TRIVET_BACKEND_ID}")
  trivet_cpp_test(linalg)
  add_dependencies(linalg_tests trivet_backend_${id})
  set(changes "TRIVET_TEST_BACKEND=set:$<TARGET_FILE:trivet_backend_${id}>")
  foreach(library IN LISTS TRIVET_BLAS_LIBRARIES)
    cmake_path(GET library PARENT_PATH folder)
    list(APPEND changes "LD_LIBRARY_PATH=path_list_append:${folder}")
  endforeach()
  set_tests_properties(linalg PROPERTIES ENVIRONMENT_MODIFICATION "${changes}")
endif()
