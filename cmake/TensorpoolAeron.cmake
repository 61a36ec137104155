# Aeron: the official C client and C media driver.
#
# A user's own installation wins (-Daeron_DIR=..., -DAERON_ROOT=... or CMAKE_PREFIX_PATH). Without one, Aeron is
# built once, by its own build, from the complete official source which the crate named in
# third_party/aeron/Cargo.toml carries (Cargo.lock holds the checksum). It lands in a prefix named after its version,
# so presets share it and later configure runs only look.
#
# Result: the interface target tpi_aeron. Only src/link may use it (scripts/check-includes.sh holds that).

set(TP_AERON_VERSION 1.54.0)
set(TP_AERON_VERSION_LIMIT 1.55)
set(TP_AERON_PREFIX_CACHE "" CACHE PATH
    "where the Aeron built by us is kept; default: build/aeron-<version> in the source tree")

if(TP_AERON_PREFIX_CACHE)
    get_filename_component(TP_AERON_HOME "${TP_AERON_PREFIX_CACHE}" ABSOLUTE)
else()
    set(TP_AERON_HOME "${PROJECT_SOURCE_DIR}/build/aeron-${TP_AERON_VERSION}")
endif()

function(tpi_aeron_step what)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE rc OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(NOT rc EQUAL 0)
        string(LENGTH "${out}" length)
        if(length GREATER 6000)
            math(EXPR from "${length} - 6000")
            string(SUBSTRING "${out}" ${from} -1 out)
        endif()
        message(FATAL_ERROR "Aeron: ${what} failed (${rc}):\n${out}")
    endif()
endfunction()

# Fetch and build into ${TP_AERON_HOME}/prefix, unless its stamp says that this was done already.
function(tpi_aeron_build)
    set(prefix "${TP_AERON_HOME}/prefix")
    set(stamp "${prefix}/.complete-${TP_AERON_VERSION}")
    if(EXISTS "${stamp}")
        return()
    endif()
    file(MAKE_DIRECTORY "${TP_AERON_HOME}")
    # Two configure runs at once must not build into the same place.
    file(LOCK "${TP_AERON_HOME}" DIRECTORY GUARD FUNCTION TIMEOUT 900)
    if(EXISTS "${stamp}")
        return()
    endif()

    find_program(TP_CARGO NAMES cargo HINTS "$ENV{HOME}/.cargo/bin")
    if(NOT TP_CARGO)
        message(FATAL_ERROR
            "No Aeron ${TP_AERON_VERSION} installation was found and there is no cargo to fetch its source with.\n"
            "Run scripts/setup.sh, or name your own Aeron with -DAERON_ROOT=PREFIX.")
    endif()
    file(STRINGS "${PROJECT_SOURCE_DIR}/third_party/aeron/Cargo.toml" pin REGEX "^libaeron-sys")
    if(NOT pin MATCHES "\"=${TP_AERON_VERSION}\"")
        message(FATAL_ERROR "third_party/aeron/Cargo.toml pins ${pin}, expected =${TP_AERON_VERSION}")
    endif()

    set(work "${TP_AERON_HOME}/work")
    file(REMOVE_RECURSE "${work}" "${prefix}")
    file(MAKE_DIRECTORY "${work}/manifest")
    # cargo must not write beside the committed lock file, hence a copy.
    file(COPY "${PROJECT_SOURCE_DIR}/third_party/aeron/" DESTINATION "${work}/manifest")

    message(STATUS "Aeron ${TP_AERON_VERSION}: fetching its source (third_party/aeron/Cargo.lock)")
    tpi_aeron_step("fetching the source" "${CMAKE_COMMAND}" -E chdir "${work}/manifest"
        "${TP_CARGO}" vendor --locked --versioned-dirs "${work}/vendor")
    set(source "${work}/aeron")
    file(COPY "${work}/vendor/libaeron-sys-${TP_AERON_VERSION}/aeron/" DESTINATION "${source}")

    # Aeron asks for CMake 3.30 and uses nothing newer than 3.25 in the parts built here. The edit is made on a
    # copy: the vendored file is checksummed.
    file(READ "${source}/CMakeLists.txt" lists)
    string(REPLACE "cmake_minimum_required(VERSION 3.30" "cmake_minimum_required(VERSION 3.25" lists "${lists}")
    string(REPLACE "cmake_policy(VERSION 3.30" "cmake_policy(VERSION 3.25" lists "${lists}")
    file(WRITE "${source}/CMakeLists.txt" "${lists}")

    find_program(TP_NINJA NAMES ninja ninja-build)
    if(TP_NINJA)
        set(generator Ninja "-DCMAKE_MAKE_PROGRAM=${TP_NINJA}")
    else()
        set(generator "Unix Makefiles")
    endif()
    find_program(TP_AERON_CC NAMES gcc cc clang)
    find_program(TP_AERON_CXX NAMES g++ c++ clang++)

    # - GIT_CEILING_DIRECTORIES: Aeron stamps `git log` of its directory into every file; inside our work tree that
    #   would be our commit, and each commit of ours would rebuild all of Aeron.
    # - ..._EXISTS=OFF: else libbsd and libuuid are picked up where they happen to be installed, and the prefix stops
    #   linking where they are not.
    # - The same compiler and never a sanitizer, whatever the preset: one prefix serves all presets, and
    #   ThreadSanitizer does not understand Aeron's atomics (volatile and inline assembly).
    message(STATUS "Aeron ${TP_AERON_VERSION}: building into ${prefix} (once, about a minute)")
    tpi_aeron_step("configuring" "${CMAKE_COMMAND}" -E env --unset=CFLAGS --unset=CXXFLAGS --unset=LDFLAGS
        "GIT_CEILING_DIRECTORIES=${work}"
        "${CMAKE_COMMAND}" -G ${generator} -S "${source}" -B "${work}/build"
        -DCMAKE_BUILD_TYPE=Release "-DCMAKE_INSTALL_PREFIX=${prefix}" -DCMAKE_INSTALL_LIBDIR=lib
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON
        "-DCMAKE_C_COMPILER=${TP_AERON_CC}" "-DCMAKE_CXX_COMPILER=${TP_AERON_CXX}"
        -DBUILD_AERON_ARCHIVE_API=OFF -DAERON_TESTS=OFF -DAERON_BUILD_SAMPLES=OFF -DAERON_BUILD_DOCUMENTATION=OFF
        -DAERON_INSTALL_TARGETS=ON -DLIBBSD_EXISTS=OFF -DBSDSTDLIB_H_EXISTS=OFF -DLIBUUID_EXISTS=OFF
        -DUUID_H_EXISTS=OFF -DUUID_GENERATE_PROTOTYPE_EXISTS=OFF)
    include(ProcessorCount)
    ProcessorCount(jobs)
    if(jobs EQUAL 0)
        set(jobs 2)
    endif()
    tpi_aeron_step("building" "${CMAKE_COMMAND}" -E env --unset=CFLAGS --unset=CXXFLAGS --unset=LDFLAGS
        "${CMAKE_COMMAND}" --build "${work}/build" --parallel ${jobs})
    tpi_aeron_step("installing" "${CMAKE_COMMAND}" --install "${work}/build")
    file(MAKE_DIRECTORY "${prefix}/share/doc/aeron")
    file(COPY "${source}/LICENSE" DESTINATION "${prefix}/share/doc/aeron")
    file(WRITE "${stamp}" "${TP_AERON_VERSION}\n")
    file(REMOVE_RECURSE "${work}")
endfunction()

# find_package looks at aeron_ROOT; people write AERON_ROOT.
if(DEFINED AERON_ROOT AND NOT DEFINED aeron_ROOT)
    set(aeron_ROOT "${AERON_ROOT}")
elseif(DEFINED ENV{AERON_ROOT} AND NOT DEFINED aeron_ROOT)
    set(aeron_ROOT "$ENV{AERON_ROOT}")
endif()

# A directory that was named and holds no usable Aeron is an error, not a reason to build another one.
set(tpi_aeron_named FALSE)
if(aeron_ROOT OR aeron_DIR)
    set(tpi_aeron_named TRUE)
endif()
if(tpi_aeron_named)
    find_package(aeron ${TP_AERON_VERSION}...<${TP_AERON_VERSION_LIMIT} REQUIRED)
else()
    find_package(aeron ${TP_AERON_VERSION}...<${TP_AERON_VERSION_LIMIT} QUIET)
    if(NOT aeron_FOUND)
        tpi_aeron_build()
        # Not kept in the cache: a prefix of ours that is deleted later must be rebuilt, not be an error.
        set(aeron_DIR "${TP_AERON_HOME}/prefix/lib/cmake/aeron")
        find_package(aeron ${TP_AERON_VERSION}...<${TP_AERON_VERSION_LIMIT} REQUIRED NO_DEFAULT_PATH)
        unset(aeron_DIR CACHE)
    endif()
endif()

get_target_property(TP_AERON_ARCHIVE aeron::aeron_driver_static LOCATION)
get_filename_component(TP_AERON_PREFIX "${TP_AERON_ARCHIVE}/../.." ABSOLUTE)
message(STATUS "Aeron ${aeron_VERSION}: ${TP_AERON_ARCHIVE}")

# Aeron's own default is not position independent, and such an archive does not go into a shared library.
if(NOT DEFINED TP_AERON_CHECKED OR NOT TP_AERON_CHECKED STREQUAL TP_AERON_ARCHIVE)
    file(WRITE "${PROJECT_BINARY_DIR}/aeron-check/check.c"
        "int aeron_driver_init(void **, void *);\nint check(void);\n"
        "int check(void) { void *driver = 0; return aeron_driver_init(&driver, 0); }\n")
    try_compile(pic_ok "${PROJECT_BINARY_DIR}/aeron-check" SOURCES "${PROJECT_BINARY_DIR}/aeron-check/check.c"
        COMPILE_DEFINITIONS -fPIC LINK_OPTIONS -shared LINK_LIBRARIES aeron::aeron_driver_static
        OUTPUT_VARIABLE pic_output)
    if(NOT pic_ok)
        message(FATAL_ERROR "${TP_AERON_ARCHIVE} does not link into a shared library. Build Aeron with "
            "-DCMAKE_POSITION_INDEPENDENT_CODE=ON, or leave it out and let this build make its own.\n${pic_output}")
    endif()
    set(TP_AERON_CHECKED "${TP_AERON_ARCHIVE}" CACHE INTERNAL "archive known to link into a shared library")
endif()

# Client and driver are one archive; never link aeron_static beside it.
add_library(tpi_aeron INTERFACE)
target_link_libraries(tpi_aeron INTERFACE aeron::aeron_driver_static)
