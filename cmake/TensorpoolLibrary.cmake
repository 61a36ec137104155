# libtensorpool, shared and static, from the objects of all modules; the installed tree around it.
#
# cmake/exported-symbols.txt is the list of what the library exports. The shared library exports what TP_API marks;
# the static one is a single object in which every global symbol outside that list was made local. The check
# `build.exported_symbols` compares both with the list, so neither a new function nor a leak goes unnoticed.
# Aeron is inside both libraries and visible in neither: its names (on_error, proc_yield ...) would collide with an
# application's, and a user's own Aeron may be another version.

get_property(objects GLOBAL PROPERTY TP_LIBRARY_OBJECTS)
if(NOT objects)
    return()
endif()
set(TP_EXPORTED_SYMBOLS "${PROJECT_SOURCE_DIR}/cmake/exported-symbols.txt")

set(object_files)
foreach(module IN LISTS objects)
    list(APPEND object_files $<TARGET_OBJECTS:${module}>)
endforeach()

# What the archive of Aeron needs besides libc, e.g. dl and m.
get_target_property(aeron_needs aeron::aeron_driver_static INTERFACE_LINK_LIBRARIES)
set(TP_PRIVATE_LIBS)
set(TP_PRIVATE_LIBS_FLAGS "-lpthread")
foreach(need IN LISTS aeron_needs)
    if(need MATCHES "^-l(.+)" OR need MATCHES "^([A-Za-z0-9_+]+)$")
        list(APPEND TP_PRIVATE_LIBS ${CMAKE_MATCH_1})
        string(APPEND TP_PRIVATE_LIBS_FLAGS " -l${CMAKE_MATCH_1}")
    elseif(IS_ABSOLUTE "${need}")
        list(APPEND TP_PRIVATE_LIBS "${need}")
        string(APPEND TP_PRIVATE_LIBS_FLAGS " ${need}")
    endif()
endforeach()

# ---- shared ----
add_library(tensorpool SHARED ${object_files})
add_library(tensorpool::tensorpool ALIAS tensorpool)
set_target_properties(tensorpool PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
target_include_directories(tensorpool PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# The file, not the imported target: an installed tensorpool must not ask for Aeron.
target_link_libraries(tensorpool PRIVATE
    $<BUILD_INTERFACE:$<TARGET_FILE:aeron::aeron_driver_static>> ${TP_PRIVATE_LIBS} Threads::Threads)
target_link_options(tensorpool PRIVATE -Wl,--exclude-libs,ALL -Wl,-z,relro -Wl,-z,now)
if(NOT TP_SANITIZE)
    target_link_options(tensorpool PRIVATE -Wl,--no-undefined)
endif()

# ---- static ----
set(combined "${PROJECT_BINARY_DIR}/tensorpool_combined.o")
set(globals "${PROJECT_BINARY_DIR}/exported-symbols.keep")
add_custom_command(OUTPUT "${combined}"
    COMMAND "${CMAKE_LINKER}" -r -o "${combined}.tmp" ${object_files} $<TARGET_FILE:aeron::aeron_driver_static>
    COMMAND sed "/^#/d" "${TP_EXPORTED_SYMBOLS}" > "${globals}"
    COMMAND "${CMAKE_OBJCOPY}" "--keep-global-symbols=${globals}" "${combined}.tmp" "${combined}"
    COMMAND "${CMAKE_COMMAND}" -E rm -f "${combined}.tmp"
    DEPENDS ${objects} ${object_files} "${TP_EXPORTED_SYMBOLS}"
    COMMENT "Combining objects for the static library"
    COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties("${combined}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_library(tensorpool_static STATIC "${combined}")
add_library(tensorpool::tensorpool_static ALIAS tensorpool_static)
set_target_properties(tensorpool_static PROPERTIES OUTPUT_NAME tensorpool LINKER_LANGUAGE C)
target_include_directories(tensorpool_static PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(tensorpool_static INTERFACE ${TP_PRIVATE_LIBS} Threads::Threads)

# ---- install ----
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tensorpool")
install(TARGETS tensorpool tensorpool_static EXPORT tensorpool-targets
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT tensorpool-targets NAMESPACE tensorpool:: DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/tensorpool-config.cmake.in"
    "${PROJECT_BINARY_DIR}/tensorpool-config.cmake" INSTALL_DESTINATION "${package_dir}"
    NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break its callers.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/tensorpool-config-version.cmake"
    VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/tensorpool-config.cmake" "${PROJECT_BINARY_DIR}/tensorpool-config-version.cmake"
    DESTINATION "${package_dir}")

# From the .pc file's own place back to the prefix: the tree can be moved, and DESTDIR needs no rewriting.
file(RELATIVE_PATH TP_PC_TO_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" TP_PC_TO_PREFIX "${TP_PC_TO_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/tensorpool.pc.in" "${PROJECT_BINARY_DIR}/tensorpool.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/tensorpool.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/tensorpool" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILES_MATCHING PATTERN "*.h")
# Aeron's code is inside our libraries, so its licence goes with them.
foreach(license IN ITEMS "${TP_AERON_PREFIX}/share/doc/aeron/LICENSE" "${TP_AERON_PREFIX}/LICENSE")
    if(EXISTS "${license}")
        install(FILES "${license}" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME LICENSE.aeron)
        break()
    endif()
endforeach()

# ---- checks of what was built ----
# Sanitizers add symbols and runtime libraries of their own.
if(TP_BUILD_TESTS AND NOT TP_SANITIZE)
    add_test(NAME build.exported_symbols COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-symbols.sh"
        "${TP_EXPORTED_SYMBOLS}" $<TARGET_FILE:tensorpool> $<TARGET_FILE:tensorpool_static>)
    add_test(NAME build.headers_stand_alone COMMAND "${PROJECT_SOURCE_DIR}/scripts/check-headers.sh"
        "${PROJECT_SOURCE_DIR}")
    add_test(NAME install.consumer_four_ways COMMAND "${PROJECT_SOURCE_DIR}/tests/install/run.sh"
        "${PROJECT_BINARY_DIR}" "${PROJECT_SOURCE_DIR}")
    set_tests_properties(install.consumer_four_ways PROPERTIES TIMEOUT 180 SKIP_RETURN_CODE 77)
endif()
