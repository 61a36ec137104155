#!/bin/sh
# Installs a build into an empty directory and builds a small project against it four ways: with CMake and with
# pkg-config, shared and static. Then moves the tree and does it again: nothing may remember where it was.
# usage: run.sh BUILD_DIR SOURCE_DIR
set -eu
build=$1 source=$2
work=$(mktemp -d)
shm=/dev/shm/tp-test-$$-install
mkdir "$shm"
trap 'rm -rf "$work" "$shm"' EXIT
export LC_ALL=C

say() { echo "== $*"; }
fail() {
    echo "FAILED: $*"
    exit 1
}
command -v pkg-config >/dev/null || { echo "no pkg-config"; exit 77; }

# As `make install DESTDIR= PREFIX=` does it.
say "install with DESTDIR and a prefix"
DESTDIR="$work/stage" cmake --install "$build" --prefix /opt/tp >"$work/log" || { cat "$work/log"; fail install; }
tree="$work/stage/opt/tp"

# Run a consumer; it must clean up behind itself.
run() {
    mkdir "$shm/regions"
    "$1" "$shm/aeron" "$shm/regions" || fail "$1"
    [ ! -e "$shm/aeron" ] || fail "the media driver left $shm/aeron behind"
    [ -z "$(find "$shm/regions" -type f)" ] || fail "left behind: $(find "$shm/regions" -type f)"
    rm -r "$shm/regions"
}

try_tree() {
    tree=$1 out=$2
    libdir=$(dirname "$(find "$tree" -name libtensorpool.so)")
    for file in "$libdir/libtensorpool.so" "$libdir/libtensorpool.so.0" "$libdir/libtensorpool.a" \
        "$libdir/pkgconfig/tensorpool.pc" "$libdir/cmake/tensorpool/tensorpool-config.cmake" \
        "$tree/include/tensorpool/tensorpool.h"; do
        [ -e "$file" ] || fail "not installed: $file"
    done
    for man in "$source"/docs/man/*.1; do
        [ ! -e "$man" ] || [ -e "$tree/share/man/man1/$(basename "$man")" ] || fail "man page not installed: $man"
    done
    soname=$(readelf -d "$libdir/libtensorpool.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')
    [ "$soname" = libtensorpool.so.0 ] || fail "soname is '$soname', expected libtensorpool.so.0"
    if grep -rl "$build\|$source" "$tree/include" "$libdir/pkgconfig" "$libdir/cmake" 2>/dev/null; then
        fail "the files above name the build or source directory"
    fi
    for text in "$libdir/pkgconfig/tensorpool.pc" "$libdir"/cmake/tensorpool/*; do
        ! grep -v '^#\|^Description' "$text" | grep -i aeron || fail "$text asks for Aeron"
    done

    mkdir -p "$out"
    say "CMake, shared and static"
    cmake -S "$source/tests/install/consumer" -B "$out/cmake" "-DCMAKE_PREFIX_PATH=$tree" >"$work/log" 2>&1 &&
        cmake --build "$out/cmake" >>"$work/log" 2>&1 || { cat "$work/log"; fail "CMake consumer"; }
    run "$out/cmake/consumer_shared"
    run "$out/cmake/consumer_static"
    readelf -d "$out/cmake/consumer_shared" | grep -q libtensorpool.so.0 || fail "not linked with the shared library"
    ! readelf -d "$out/cmake/consumer_static" | grep -q libtensorpool || fail "not linked with the static library"

    say "pkg-config, shared"
    export PKG_CONFIG_PATH="$libdir/pkgconfig"
    # shellcheck disable=SC2046 # the words are meant to be split
    ${CC:-cc} "$source/tests/install/consumer/main.c" $(pkg-config --cflags --libs tensorpool) -o "$out/pc_shared" \
        "-Wl,-rpath,$libdir"
    run "$out/pc_shared"
    readelf -d "$out/pc_shared" | grep -q libtensorpool.so.0 || fail "not linked with the shared library"
    say "pkg-config, static"
    # shellcheck disable=SC2046
    ${CC:-cc} "$source/tests/install/consumer/main.c" \
        $(pkg-config --static --cflags --libs tensorpool | sed 's/-ltensorpool/-l:libtensorpool.a/') -o "$out/pc_static"
    run "$out/pc_static"
    ! readelf -d "$out/pc_static" | grep -q libtensorpool || fail "not linked with the static library"

    if [ -x "$tree/bin/tp" ]; then
        say "the program"
        "$tree/bin/tp" --help >/dev/null || fail "tp --help"
    fi
}

try_tree "$tree" "$work/first"
say "the same after moving the tree"
mv "$tree" "$work/moved"
try_tree "$work/moved" "$work/second"
echo "ok"
