# Every public header compiles alone, as C11 and as C++17, without a warning.
#
#     cmake -D INCLUDE=include -D CC=<C compiler> [-D CXX=<C++ compiler>] -P tests/headers.cmake
cmake_minimum_required(VERSION 3.21)

set(warnings -Wall -Wextra -Werror -pedantic -fsyntax-only -I${INCLUDE})
file(GLOB headers ${INCLUDE}/emix/*.h)
list(LENGTH headers n_headers)
if(n_headers EQUAL 0)
  message(FATAL_ERROR "no headers under ${INCLUDE}/emix")
endif()

function(compile header)
  execute_process(COMMAND ${ARGN} ${warnings} -include ${header} /dev/null
    RESULT_VARIABLE failed ERROR_VARIABLE text)
  if(failed)
    list(JOIN ARGN " " command)
    message(SEND_ERROR "${command}: ${header}\n${text}")
  endif()
endfunction()

foreach(header IN LISTS headers)
  compile(${header} ${CC} -std=c11 -x c)
  if(CXX)
    compile(${header} ${CXX} -std=c++17 -x c++)
  endif()
endforeach()
if(CXX)
  message(STATUS "${n_headers} headers stand alone in C11 and C++17")
else()
  message(STATUS "${n_headers} headers stand alone in C11; no C++ compiler was found")
endif()
