# How a folder of src/ becomes part of the build, and how a test is added.
#
#   tp_module(NAME shm SOURCES slot.c region.c DEPENDS base tensor [LINK targets...] [NOT_IN_LIBRARY])
#       Object library tpi_<name>, and tpi_<name>_ar: the same objects as an archive, which tests and programs link.
#       DEPENDS names modules, in any order of arrival. LINK names other targets, for this module's sources alone.
#       Every module goes into libtensorpool unless NOT_IN_LIBRARY is given.
#
#   tp_unit_test(shm slot_test.c [DEPENDS modules...] [SOURCES more.c...] [LINK targets...] [TIMEOUT s] [LABELS l...])
#       ctest `unit.shm.slot`, linked with the module, with what it depends on, and with tests/support.
#
#   tp_test(NAME system.stopped_consumer SOURCES a.c b.c [DEPENDS ...] [LINK ...] [TIMEOUT s] [LABELS l...] [ARGS ...]
#           [RUN_SERIAL])
#       The same for a test of more than one module or process.
#
#   tp_program(NAME tp SOURCES ... [DEPENDS modules...] [LINK targets...] [INSTALL])
#       A program which links the modules it names.
#
#   tp_fuzz_target(NAME wire_decode SOURCES fuzz.c [DEPENDS ...] CORPUS dir [LABELS ...])
#       `fuzz.c` defines LLVMFuzzerTestOneInput. With TP_FUZZ a libFuzzer program; always a ctest `fuzz.<name>` which
#       runs every file of the corpus once.
#
# Tests are compiled with TP_SOURCE_DIR and TP_BUILD_DIR, and TP_TEST_SANITIZED where a sanitizer is at work.
# The label `tsan` marks the tests which the tsan preset runs.

set(TP_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla)
set(TP_WARNINGS_C -Wstrict-prototypes -Wmissing-prototypes)

add_library(tpi_flags INTERFACE)
target_compile_options(tpi_flags INTERFACE
    ${TP_WARNINGS} $<$<COMPILE_LANGUAGE:C>:${TP_WARNINGS_C}> $<$<BOOL:${TP_WERROR}>:-Werror>)
# Empty, so that a source may say the same itself. C++ defines it anyway.
target_compile_definitions(tpi_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE=>)
target_include_directories(tpi_flags INTERFACE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
# Generated headers: warnings in them are not ours to fix.
target_include_directories(tpi_flags SYSTEM INTERFACE "${PROJECT_SOURCE_DIR}/src/wire/gen")
find_package(Threads REQUIRED)
target_link_libraries(tpi_flags INTERFACE Threads::Threads)

# A source that is not there yet skips its target with a warning; where warnings are errors, it is one.
function(tpi_sources_present out target)
    set(${out} TRUE PARENT_SCOPE)
    foreach(source IN LISTS ARGN)
        get_filename_component(path "${source}" ABSOLUTE)
        get_source_file_property(generated "${path}" GENERATED)
        if(NOT source MATCHES "^\\$<" AND NOT EXISTS "${path}" AND NOT generated)
            if(TP_WERROR)
                message(SEND_ERROR "${target}: no such source: ${path}")
            else()
                message(WARNING "${target} is left out: no such source: ${path}")
            endif()
            set(${out} FALSE PARENT_SCOPE)
        endif()
    endforeach()
endfunction()

# Modules may depend on modules whose folder comes later, hence names that are resolved when generating.
function(tpi_link_modules target scope)
    foreach(module IN LISTS ARGN)
        target_link_libraries(${target} ${scope} $<TARGET_NAME_IF_EXISTS:tpi_${module}_ar>)
    endforeach()
endfunction()

function(tp_module)
    cmake_parse_arguments(ARG "NOT_IN_LIBRARY" "NAME" "SOURCES;DEPENDS;LINK" ${ARGN})
    set(objects tpi_${ARG_NAME})
    set(archive tpi_${ARG_NAME}_ar)
    tpi_sources_present(present ${objects} ${ARG_SOURCES})
    if(NOT present)
        return()
    endif()

    add_library(${objects} OBJECT ${ARG_SOURCES})
    set_target_properties(${objects} PROPERTIES
        POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON)
    target_compile_definitions(${objects} PRIVATE TP_BUILDING_LIBRARY)
    target_link_libraries(${objects} PRIVATE tpi_flags ${ARG_LINK})

    add_library(${archive} STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${objects}>)
    target_link_libraries(${archive} PRIVATE Threads::Threads ${ARG_LINK})
    tpi_link_modules(${archive} PUBLIC ${ARG_DEPENDS})

    if(NOT ARG_NOT_IN_LIBRARY)
        set_property(GLOBAL APPEND PROPERTY TP_LIBRARY_OBJECTS ${objects})
    endif()
endfunction()

function(tp_program)
    cmake_parse_arguments(ARG "INSTALL" "NAME" "SOURCES;DEPENDS;LINK" ${ARGN})
    tpi_sources_present(present ${ARG_NAME} ${ARG_SOURCES})
    if(NOT present)
        return()
    endif()
    add_executable(${ARG_NAME} ${ARG_SOURCES})
    target_link_libraries(${ARG_NAME} PRIVATE tpi_flags ${ARG_LINK})
    tpi_link_modules(${ARG_NAME} PRIVATE ${ARG_DEPENDS})
    set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    if(ARG_INSTALL)
        install(TARGETS ${ARG_NAME} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    endif()
endfunction()

function(tp_test)
    cmake_parse_arguments(ARG "RUN_SERIAL" "NAME;TIMEOUT" "SOURCES;DEPENDS;LINK;LABELS;ARGS" ${ARGN})
    if(NOT TP_BUILD_TESTS)
        return()
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    string(REPLACE "." "_" target "test_${ARG_NAME}")
    tpi_sources_present(present ${target} ${ARG_SOURCES})
    if(NOT present)
        return()
    endif()
    add_executable(${target} ${ARG_SOURCES})
    target_link_libraries(${target} PRIVATE tpi_flags tpi_test_support ${ARG_LINK})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_compile_definitions(${target} PRIVATE TP_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TP_BUILD_DIR="${PROJECT_BINARY_DIR}")
    if(TP_SANITIZE)
        target_compile_definitions(${target} PRIVATE TP_TEST_SANITIZED)
    endif()
    tpi_link_modules(${target} PRIVATE ${ARG_DEPENDS})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    add_test(NAME ${ARG_NAME} COMMAND ${target} ${ARG_ARGS})
    # The runner gives up a little before ctest would kill it, so that it can clean up and say where it hung.
    math(EXPR outer "${ARG_TIMEOUT} + 10")
    set_tests_properties(${ARG_NAME} PROPERTIES
        TIMEOUT ${outer} SKIP_RETURN_CODE 77 LABELS "${ARG_LABELS}"
        ENVIRONMENT "TP_TEST_TIMEOUT_S=${ARG_TIMEOUT};${TP_TEST_ENVIRONMENT}")
    if(ARG_RUN_SERIAL)
        set_tests_properties(${ARG_NAME} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()

function(tp_unit_test module file)
    cmake_parse_arguments(ARG "RUN_SERIAL" "TIMEOUT" "SOURCES;DEPENDS;LINK;LABELS" ${ARGN})
    get_filename_component(stem "${file}" NAME_WE)
    string(REGEX REPLACE "_test$" "" stem "${stem}")
    set(serial)
    if(ARG_RUN_SERIAL)
        set(serial RUN_SERIAL)
    endif()
    tp_test(NAME unit.${module}.${stem} SOURCES ${file} ${ARG_SOURCES} DEPENDS ${module} ${ARG_DEPENDS}
        LINK ${ARG_LINK} TIMEOUT ${ARG_TIMEOUT} LABELS unit ${ARG_LABELS} ${serial})
endfunction()

function(tp_fuzz_target)
    cmake_parse_arguments(ARG "" "NAME;CORPUS" "SOURCES;DEPENDS;LABELS" ${ARGN})
    if(NOT TP_BUILD_TESTS)
        return()
    endif()
    get_filename_component(corpus "${ARG_CORPUS}" ABSOLUTE)
    set(target fuzz_${ARG_NAME})
    tpi_sources_present(present ${target} ${ARG_SOURCES})
    if(NOT present)
        return()
    endif()
    add_executable(${target} ${ARG_SOURCES})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${target} PRIVATE tpi_flags)
    tpi_link_modules(${target} PRIVATE ${ARG_DEPENDS})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
    if(NOT TARGET fuzz_targets)
        add_custom_target(fuzz_targets)
    endif()
    add_dependencies(fuzz_targets ${target})
    if(TP_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        # Read by scripts/fuzz.sh.
        file(WRITE "${PROJECT_BINARY_DIR}/fuzz/${target}.corpus" "${corpus}\n")
        add_test(NAME fuzz.${ARG_NAME} COMMAND ${target} -runs=0 "${corpus}")
    else()
        target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support/fuzz_main.c")
        add_test(NAME fuzz.${ARG_NAME} COMMAND ${target} "${corpus}")
    endif()
    set_tests_properties(fuzz.${ARG_NAME} PROPERTIES
        TIMEOUT 120 LABELS "fuzz;${ARG_LABELS}" ENVIRONMENT "${TP_TEST_ENVIRONMENT}")
endfunction()
