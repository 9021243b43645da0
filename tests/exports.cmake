# The shared library exports the functions that the public headers declare: all, and no others.
#
#     cmake -D LIBRARY=libemix.so -D INCLUDE=include -D NM=<nm> -P tests/exports.cmake
cmake_minimum_required(VERSION 3.21)

set(declared "")
file(GLOB headers ${INCLUDE}/emix/*.h)
foreach(header IN LISTS headers)
  file(READ ${header} code)
  string(REGEX REPLACE "[][;]" " " code "${code}")
  string(REGEX MATCHALL "\nEMIX_API [^(]*[(]" declarations "${code}")
  foreach(declaration IN LISTS declarations)
    string(REGEX MATCH "(emix_[a-z0-9_]+)[(]$" unused "${declaration}")
    list(APPEND declared ${CMAKE_MATCH_1})
  endforeach()
endforeach()

execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY}
  OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^ \n]+\n" exported "${table}")
list(TRANSFORM exported STRIP)
# The lock behind a named OpenMP critical section, which the compiler shares between libraries.
list(FILTER exported EXCLUDE REGEX "^[.]gomp_critical_user_emix_")

foreach(name IN LISTS exported)
  if(NOT name IN_LIST declared)
    message(SEND_ERROR "${name} is exported but in no public header")
  endif()
endforeach()
foreach(name IN LISTS declared)
  if(NOT name IN_LIST exported)
    message(SEND_ERROR "${name} is in a public header but not exported")
  endif()
endforeach()
list(LENGTH declared n_declared)
if(n_declared EQUAL 0)
  message(FATAL_ERROR "no declarations found under ${INCLUDE}/emix")
endif()
message(STATUS "${n_declared} functions declared and exported")
