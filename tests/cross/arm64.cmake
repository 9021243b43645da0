# Compiles the library for arm64 with CC, then links the kernels, which need no package of that
# processor, and runs them under EMULATOR. SOURCE: the project; WORK: a folder that is emptied
# first; INCLUDES: folders of headers that are the same for all processors.
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
set(plain ${sources})
list(FILTER plain INCLUDE REGEX "/src/kernels/|/src/core/(alloc|rng)[.]c$")
run(${CC} ${flags} -ffp-contract=off -c ${sources})
run(${CC} ${flags} -ffp-contract=fast -c
    ${SOURCE}/src/kernels/baseline.c ${SOURCE}/src/kernels/baseline_single.c)
run(${CC} ${flags} -ffp-contract=off -static ${SOURCE}/tests/cross/kernels.c ${plain}
    baseline.o baseline_single.o -lm -o kernels)
run(${EMULATOR} ${WORK}/kernels)
