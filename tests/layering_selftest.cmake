# Plants each kind of violation in a small tree and expects layering.cmake to report it.
#
#     cmake -D SCRIPT=tests/layering.cmake -D WORK=<scratch folder> -P tests/layering_selftest.cmake
cmake_minimum_required(VERSION 3.21)

function(run_on_tree out_failed out_text)
  execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${WORK} -P ${SCRIPT}
    RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
  set(${out_failed} ${result} PARENT_SCOPE)
  set(${out_text} "${text}" PARENT_SCOPE)
endfunction()

# plant(FILE LINE EXPECTED): one file with one line must be reported with EXPECTED in the message,
# and be the only finding.
function(plant file line expected)
  file(WRITE ${WORK}/${file} "/* A file. */\n${line}\n")
  run_on_tree(failed text)
  file(REMOVE ${WORK}/${file})
  string(FIND "${text}" "${expected}" at)
  if(failed EQUAL 0 OR at EQUAL -1 OR NOT text MATCHES "1 violations")
    message(SEND_ERROR "planted in ${file}: ${line}\nexpected: ${expected}\ngot: ${text}")
  endif()
endfunction()

# allow(FILE LINE): must not be reported.
function(allow file line)
  file(WRITE ${WORK}/${file} "/* A file. */\n${line}\n")
  run_on_tree(failed text)
  file(REMOVE ${WORK}/${file})
  if(NOT failed EQUAL 0)
    message(SEND_ERROR "wrongly reported in ${file}: ${line}\n${text}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(WRITE ${WORK}/src/core/alloc.c "void *p = malloc(1);\nvoid f(void) { free(p); }\n")

plant(src/kernels/a.c "#include \"em/engine.h\"" "'kernels' may not include from 'em'")
plant(src/mixture/a.c "#include \"parallel/parallel.h\"" "'mixture' may not include from 'parallel'")
plant(src/cli/a.c "#include \"core/alloc.h\"" "'cli' may not include from 'core'")
plant(src/core/a.h "#  include \"data/dataset.h\"" "'core' may not include from 'data'")
plant(src/io/a.c "#include \"api/api.h\"" "'io' may not include from 'api'")
plant(src/em/a.c "#include \"mixture/mixture.h\"" "'em' may not include from 'mixture'")
plant(src/families/gaussian/a.c "#include \"em/engine.h\"" "'families' may not include from 'em'")
plant(src/io/a.c "#include \"../core/alloc.h\"" "not of the form")
plant(src/mixture/a.c "#include \"families/registry.h\"" "'mixture' may not include from 'families'")
plant(src/mixture/a.c "#include <cblas.h>" "only linalg may include <cblas.h>")
plant(src/data/a.c "#include <lapacke.h>" "only linalg may include <lapacke.h>")
plant(src/em/a.c "#include <omp.h>" "only parallel may include <omp.h>")
plant(src/mixture/a.c "#include <jansson.h>" "only documents may include <jansson.h>")
plant(src/em/a.c "#pragma omp parallel for" "outside of parallel/")
plant(src/em/a.c "void f(void) { printf(\"x\"); }" "'printf' is not for room 'em'")
plant(src/io/a.c "void f(void) { puts (\"[x\"); }" "'puts' is not for room 'io'")
plant(src/api/a.c "void f(void) { fprintf(stderr, \"x\"); }" "'stderr' is not for room 'api'")
plant(src/io/a.c "void f(void) { if (bad) exit(1); }" "'exit' is not for room 'io'")
plant(src/cli/a.c "void f(void) { abort(); }" "'abort' is not for room 'cli'")
plant(src/core/a.c "int *p = malloc(4);" "'malloc' is not for room 'core'")
plant(src/mixture/a.c "void f(void) { a[i] = 1; free(p); }" "'free' is not for room 'mixture'")
plant(src/other/a.c "int x;" "'other' is not a room")
plant(include/emix/a.h "#include <stdio.h>" "in a public header")
plant(include/emix/a.h "#include \"core/alloc.h\"" "in a public header")

allow(src/core/a.c "/* never printf(), exit() or\n * abort() */ int x; // malloc(1)")
allow(src/core/a.c "const char *text = \"call exit(1) and \\\" abort()\";")
allow(src/core/a.c "void emix_free(void *p); void f(void) { emix_free(0); snprintf(a, 1, \"\"); }")
allow(src/families/gaussian/a.c "#include \"families/gaussian/full.h\"")
allow(src/kernels/a.c "#pragma omp simd reduction(+ : x)")
allow(src/documents/a.c "#include <jansson.h>\n#include \"model/model.h\"\nvoid f(void) { free(p); }")
allow(src/cli/a.c "#include \"cli/args.h\"\n#include <emix/emix.h>\nint f(void) { exit(1); }")
allow(include/emix/a.h "#include <stdint.h>\n#include <emix/status.h>")

file(REMOVE_RECURSE ${WORK})
