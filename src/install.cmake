# What `cmake --install` puts in place: the program, headers, both libraries, and the descriptions
# by which other programs find them: find_package(emix) and pkg-config.
set(EMIX_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/emix)
set(EMIX_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/emix
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

install(TARGETS emix RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Manual pages, which the program prints itself; not where it cannot run on this machine.
if(NOT CMAKE_CROSSCOMPILING)
  set(EMIX_MAN_PAGES)
  foreach(command IN ITEMS "" fit predict score sample bootstrap info convert)
    string(JOIN "-" page emix ${command})
    set(page ${CMAKE_CURRENT_BINARY_DIR}/man/${page}.1)
    add_custom_command(OUTPUT ${page} DEPENDS emix VERBATIM
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/man
      COMMAND sh -c "$<TARGET_FILE:emix> help --man ${command} >${page}")
    list(APPEND EMIX_MAN_PAGES ${page})
  endforeach()
  add_custom_target(emix_man ALL DEPENDS ${EMIX_MAN_PAGES})
  install(FILES ${EMIX_MAN_PAGES} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

# Two exports: who links the shared library needs none of the libraries behind it.
install(TARGETS emix_shared EXPORT emixTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS emix_static EXPORT emixStaticTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT emixTargets NAMESPACE emix:: DESTINATION ${EMIX_PACKAGE_DIR})
install(EXPORT emixStaticTargets NAMESPACE emix:: DESTINATION ${EMIX_PACKAGE_DIR})

configure_package_config_file(emixConfig.cmake.in emixConfig.cmake
  INSTALL_DESTINATION ${EMIX_PACKAGE_DIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(emixConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/emixConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/emixConfigVersion.cmake
  DESTINATION ${EMIX_PACKAGE_DIR})

# The prefix in emix.pc is found from the file's own place, so that a tree can be moved.
file(RELATIVE_PATH EMIX_PREFIX_FROM_PKGCONFIG
  ${CMAKE_INSTALL_PREFIX}/${EMIX_PKGCONFIG_DIR} ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" EMIX_PREFIX_FROM_PKGCONFIG ${EMIX_PREFIX_FROM_PKGCONFIG})
# OpenBLAS is named by its flags, not by Requires.private: its own private libraries (gfortran's)
# are for linking its archive, and often not installed.
list(JOIN OPENBLAS_LDFLAGS " " EMIX_PRIVATE_LIBS)
string(PREPEND EMIX_PRIVATE_LIBS "-llapacke ")
if(EMIX_OPENMP)
  string(APPEND EMIX_PRIVATE_LIBS " -fopenmp")
endif()
configure_file(emix.pc.in emix.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/emix.pc DESTINATION ${EMIX_PKGCONFIG_DIR})
