# Installs the library into a scratch prefix, moves the prefix, and builds and runs a user's
# program against it by find_package() and by pkg-config, with the shared library and the archive.
#
#     cmake -D BUILD=<build folder> -D SOURCE=tests/package -D WORK=<scratch folder>
#           -D CC=<C compiler> -D GENERATOR=Ninja -D LIBDIR=lib -D PKG_CONFIG=<pkg-config>
#           -P tests/package/run.cmake
cmake_minimum_required(VERSION 3.21)

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE text
    ERROR_VARIABLE text RESULT_VARIABLE failed)
  list(JOIN ARGN " " command)
  if(failed)
    message(FATAL_ERROR "${command}\n${text}")
  endif()
  set(text "${text}" PARENT_SCOPE)
endfunction()

# expect_weights(PROGRAM): it runs, checks its own result, and says what it found.
function(expect_weights program)
  run(${program})
  if(NOT text MATCHES "weights 0[.][0-9]+ 0[.][0-9]+")
    message(FATAL_ERROR "${program} printed: ${text}")
  endif()
  string(STRIP "${text}" text)
  message(STATUS "${program}: ${text}")
endfunction()

# flags(OUT ARGUMENT...): what pkg-config says, as a list.
function(flags out)
  run(${PKG_CONFIG} ${ARGN})
  separate_arguments(text UNIX_COMMAND "${text}")
  set(${out} ${text} PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/prefix)
set(libraries ${WORK}/prefix/${LIBDIR})
set(ENV{PKG_CONFIG_PATH} ${libraries}/pkgconfig)

run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE} -B ${WORK}/build -D CMAKE_C_COMPILER=${CC}
  -D CMAKE_PREFIX_PATH=${WORK}/prefix -D CMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build ${WORK}/build)
expect_weights(${WORK}/build/two_clusters)
expect_weights(${WORK}/build/two_clusters_static)
run(${WORK}/build/fit_deaths ${SOURCE}/../data/hasselblad.csv)
if(NOT text MATCHES "SQUAREM: [0-9]+ passes\nlog-likelihood -1989[.]945859883\n")
  message(FATAL_ERROR "fit_deaths printed: ${text}")
endif()
run(${WORK}/build/fit_blood_groups)
if(NOT text MATCHES "gene A 0[.]2136 ")
  message(FATAL_ERROR "fit_blood_groups printed: ${text}")
endif()

# A library of another minor version has another name.
file(GLOB sonames RELATIVE ${libraries} ${libraries}/libemix.so.*)
if(NOT "libemix.so.0.2" IN_LIST sonames)
  message(FATAL_ERROR "installed are ${sonames}, without libemix.so.0.2")
endif()

# As part of another project: built with it, not installed with it, its settings left alone.
run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE}/parent -B ${WORK}/parent_build
  -D CMAKE_C_COMPILER=${CC} -D EMIX_SOURCE=${SOURCE}/../..)
run(${CMAKE_COMMAND} --build ${WORK}/parent_build --parallel 2)
expect_weights(${WORK}/parent_build/two_clusters)
run(${CMAKE_COMMAND} --install ${WORK}/parent_build --prefix ${WORK}/parent_prefix)
file(GLOB_RECURSE installed RELATIVE ${WORK}/parent_prefix ${WORK}/parent_prefix/*)
if(NOT installed STREQUAL "bin/two_clusters")
  message(FATAL_ERROR "the parent project installed ${installed}, not bin/two_clusters")
endif()
file(STRINGS ${WORK}/parent_build/CMakeCache.txt build_type REGEX "^CMAKE_BUILD_TYPE:.*=.")
if(build_type)
  message(FATAL_ERROR "the parent's build type was set: ${build_type}")
endif()

flags(shared_flags --cflags --libs emix)
run(${CC} ${SOURCE}/two_clusters.c -o ${WORK}/by_pkg_config ${shared_flags} -lm
  -Wl,-rpath,${libraries})
expect_weights(${WORK}/by_pkg_config)

# Where only the archive is left, -lemix means the archive.
file(GLOB shared_libraries ${libraries}/libemix.so*)
file(REMOVE ${shared_libraries})
flags(static_flags --static --cflags --libs emix)
run(${CC} ${SOURCE}/two_clusters.c -o ${WORK}/by_pkg_config_static ${static_flags})
expect_weights(${WORK}/by_pkg_config_static)

file(REMOVE_RECURSE ${WORK})
