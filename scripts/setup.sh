#!/bin/bash
# Installs what is missing, and says what it installs and why. Debian 12 and later, and its derivatives; as root or
# with sudo. What is there already is left alone, however it came to be there, so a second run only looks.
#
# usage: scripts/setup.sh [build|demo|codecs|check|rivals|test]...     (default: build)
#   build   compile libtensorpool and the tp program
#   demo    what the demonstration needs besides
#   codecs  regenerate the message codecs (Java; never needed to build)
#   check   sanitizers and fuzzing with clang
#   rivals  what tp bench can be compared with besides (make bench-rivals)
#   test    all of these but rivals: what `make test` needs
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { # package, why, then a command that succeeds when the need is met
    local package=$1 why=$2
    shift 2
    case " ${missing[*]:-} " in *" $package "*) return 0 ;; esac
    if ! "$@" >/dev/null 2>&1; then
        printf '  %-24s %s\n' "$package" "$why"
        missing+=("$package")
    fi
}
has() { command -v "$1"; }
# Looks where the compiler looks; before there is one, in the usual place.
has_header() {
    if command -v "${CXX:-c++}" >/dev/null 2>&1; then
        echo "#include <$1>" | "${CXX:-c++}" -std=c++17 -fsyntax-only -x c++ -
    else
        return 1
    fi
}
version_at_least() { # wanted, found
    [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
has_cmake() { version_at_least 3.25 "$(cmake --version 2>/dev/null | sed -n 's/^cmake version //p')"; }
has_cargo() {
    local cargo=cargo
    command -v cargo >/dev/null 2>&1 || cargo="$HOME/.cargo/bin/cargo"
    version_at_least 1.78 "$("$cargo" --version 2>/dev/null | cut -d' ' -f2)"
}
# Aeron is built by us, unless someone named an installation or it was built before.
has_aeron() { [ -n "${AERON_ROOT:-}${aeron_DIR:-}" ] || ls build/aeron-*/prefix/.complete-* || has_cargo; }
cargo_package() {
    # Debian 12's plain cargo is too old for the lock file and for the registry's protocol.
    if version_at_least 1.78 "$(candidate cargo)"; then
        echo cargo
    else
        echo cargo-web
    fi
}
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *\(.*:\)\{0,1\}\([0-9.]*\).*/\2/p'; }
has_tsan() {
    local work result=0
    work=$(mktemp -d)
    echo 'int main(void) { return 0; }' >"$work/a.c"
    { clang -fsanitize=thread "$work/a.c" -o "$work/a" && clang -fsanitize=address,undefined "$work/a.c" -o "$work/a"; } ||
        result=1
    rm -rf "$work"
    return $result
}
has_iceoryx_header() { ls /usr/include/iceoryx/v*/iceoryx_binding_c/api.h; }
has_asan() {
    local work result=0
    work=$(mktemp -d)
    echo 'int main(void) { return 0; }' >"$work/a.c"
    "${CC:-cc}" -fsanitize=address,undefined "$work/a.c" -o "$work/a" || result=1
    rm -rf "$work"
    return $result
}

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo

updated=no
update() {
    if [ $updated = no ]; then
        $sudo apt-get update -qq || echo "apt-get update failed; going on with the lists that are there"
        updated=yes
    fi
}
install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt-get here. Install the above by their names on this system, then run again." >&2
        exit 1
    fi
    if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
        echo "Run this as root (there is no sudo here): apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    update
    echo "Installing: ${missing[*]}"
    if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        echo "apt-get install failed" >&2
        exit 1
    fi
    missing=()
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

kinds=" ${*:-build} "
case "$kinds" in *" test "*) kinds=" build demo codecs check " ;; esac
wants() { case "$kinds" in *" $1 "*) return 0 ;; *) return 1 ;; esac; }
for kind in $kinds; do
    case "$kind" in build | demo | codecs | check | rivals) ;; *)
        echo "usage: $0 [build|demo|codecs|check|rivals|test]..." >&2
        exit 2
        ;;
    esac
done

echo "Set-up for:$kinds"
if wants build || wants demo || wants check; then
    need gcc "compiles everything" has gcc
    need g++ "compiles the TOML reader; Aeron's build asks for it" has g++
    need libc6-dev "C library headers" test -e /usr/include/stdio.h
    need make "the Makefile's commands" has make
    need cmake "build system, >= 3.25" has_cmake
    need ninja-build "runs the build" has ninja
    need pkg-config "finds libraries; part of the install test" has pkg-config
    need ca-certificates "https to the package registries" test -e /etc/ssl/certs/ca-certificates.crt
    # Only asked for when it must be installed: the lists may still be empty now.
    if ! has_aeron >/dev/null 2>&1; then
        update
        need "$(cargo_package)" "fetches Aeron's source by version and checksum" has_aeron
    fi
    need libtomlplusplus-dev "TOML reader of the driver's configuration" has_header toml++/toml.h
    need libjson-c-dev "JSON of tp encode and tp decode, and of the test vectors" has_header json-c/json.h
    need libncurses-dev "the terminal of tp top" has_header curses.h
    need libpng-dev "PNG snapshots and contact sheets" has_header png.h
    need zlib1g-dev "compression below PNG" has_header zlib.h
fi
if wants demo; then
    need ffmpeg "decodes the videos shown in the demo" has ffmpeg
    need python3 "fetches the demo's videos" has python3
    need python3-pip "fetches the demo's videos" python3 -m pip --version
fi
if wants codecs; then
    need default-jre-headless "runs the message compiler" has java
    need maven "fetches the message compiler, pinned" has mvn
    need python3 "checks of the tree and of the rules" has python3
fi
if wants check; then
    need clang "ThreadSanitizer and libFuzzer" has clang
    need iproute2 "network namespaces as hosts, in the tests of the bridge" has ip
    need valgrind "counts instructions: the gate on the cost of a frame" has valgrind
    need python3 "checks of the tree and of the rules" has python3
    need libaravis-dev "the camera example, with a simulated GigE camera" test -e /usr/include/aravis-0.8/arv.h
    need libusb-1.0-0-dev "what libaravis-dev needs besides" test -e /usr/include/libusb-1.0/libusb.h
fi
if wants rivals; then
    need libzmq3-dev "ZeroMQ, as a rival in tp bench" has_header zmq.h
    need libnng-dev "NNG, as a rival in tp bench" has_header nng/nng.h
    need libiceoryx-binding-c-dev "Eclipse iceoryx, as a rival in tp bench" has_iceoryx_header
    need iceoryx "its broker, RouDi" has iox-roudi
fi
install_missing

# Known only once the compilers are there.
if wants check; then
    need "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev" "clang's sanitizer libraries" has_tsan
    need "libgcc-$(gcc -dumpversion | cut -d. -f1)-dev" "gcc's sanitizer libraries" has_asan
    install_missing
fi
echo "Set-up is complete."
