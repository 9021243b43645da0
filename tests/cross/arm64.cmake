# Builds the library for arm64 with CC, whatever of it needs no package of that processor links,
# and runs the kernels under EMULATOR. SOURCE: the project; WORK: an empty or old folder;
# INCLUDES: folders of headers that are the same for all processors.
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(flags -std=c17 -O3 -DNDEBUG -D_GNU_SOURCE -DEMIX_VERSION_STRING=\"0\" -fopenmp
    -Wall -Wextra -Werror -fno-math-errno -fno-trapping-math
    -I${SOURCE}/include -I${SOURCE}/src)
foreach(folder IN LISTS INCLUDES)
  list(APPEND flags -idirafter ${folder})
endforeach()

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(GET ARGN 0 program)
    message(FATAL_ERROR "${program}: ${result}")
  endif()
endfunction()

file(GLOB sources ${SOURCE}/src/*/*.c)
list(FILTER sources EXCLUDE REGEX "/src/cli/|/kernels/(avx|baseline)")
file(GLOB kernels ${SOURCE}/src/kernels/baseline*.c)
run(${CC} ${flags} -ffp-contract=off -c ${sources})
run(${CC} ${flags} -ffp-contract=fast -c ${kernels})
run(${CC} ${flags} -static ${SOURCE}/tests/cross/kernels.c
    baseline.o baseline_single.o reference.o reference_single.o select.o alloc.o rng.o -lm
    -o kernels)
run(${EMULATOR} ${WORK}/kernels)
