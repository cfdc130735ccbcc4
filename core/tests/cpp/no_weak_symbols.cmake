# SPDX-License-Identifier: Apache-2.0
# Objects built above the baseline define no weak symbol: the linker could keep that copy for all
# CPUs. cmake -D NM=... -D OBJECTS="a.o b.o" -P no_weak_symbols.cmake
separate_arguments(objects UNIX_COMMAND "${OBJECTS}")
list(LENGTH objects count)
if(count EQUAL 0)
  message(FATAL_ERROR "no objects to look at")
endif()
foreach(object IN LISTS objects)
  execute_process(COMMAND ${NM} --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]* [WVu] [^\n]*" weak "${symbols}")
  if(weak)
    message(SEND_ERROR "weak symbols in ${object}:\n${weak}")
  endif()
endforeach()
message(STATUS "${count} objects define no weak symbol")
