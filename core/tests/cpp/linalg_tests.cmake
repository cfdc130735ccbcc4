# SPDX-License-Identifier: Apache-2.0
# Needs the backend of the same build; without one (TRIVET_BUILD_BACKEND off) there is no such test.
if(TRIVET_BUILD_BACKEND)
  string(REPLACE "-" "_" id "${TRIVET_BACKEND_ID}")
  trivet_cpp_test(linalg)
  add_dependencies(linalg_tests trivet_backend_${id})
  set_tests_properties(linalg PROPERTIES ENVIRONMENT
    "TRIVET_TEST_BACKEND=$<TARGET_FILE:trivet_backend_${id}>")
endif()
