#!/bin/bash
# Everything `make test` does after set-up. Goes on after a failure, so that one run shows all of them; the last line
# says `N passed, N failed`, each ctest and each check counting as one.
# With CI set in the environment, warnings are errors.
set -uo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
jobs=${TP_TEST_JOBS:-$(nproc)}
werror=OFF
[ -z "${CI:-}" ] || werror=ON
options=(-DTP_WERROR=$werror)
[ -z "${TP_AERON_PREFIX_CACHE:-}" ] || options+=("-DTP_AERON_PREFIX_CACHE=$TP_AERON_PREFIX_CACHE")

passed=0
failed=0
failures=()
started=$SECONDS

heading() { printf '\n==== %s  [%d s]\n' "$*" $((SECONDS - started)); }
good() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    failures+=("$*")
}

check() { # name, command...
    local name=$1
    shift
    heading "$name"
    if "$@"; then good; else bad "$name"; fi
}

build() { # preset
    heading "build $1"
    cmake --preset "$1" "${options[@]}" 2>&1 | tee "build/configure-$1.log" | grep --line-buffered -E '^-- Aeron|left out'
    if [ "${PIPESTATUS[0]}" -ne 0 ]; then
        cat "build/configure-$1.log"
        return 1
    fi
    if cmake --build --preset "$1" >"build/build-$1.log" 2>&1; then
        grep -A5 'warning:' "build/build-$1.log"
        tail -n 1 "build/build-$1.log"
    else
        grep -v '^\[' "build/build-$1.log" | tail -n 100
        return 1
    fi
}

# One run of ctest, counted.
run_ctest() { # preset, phase, ctest arguments...
    local preset=$1 log="build/ctest-$1-$2.log" summary bad_count total name
    shift 2
    ctest --test-dir "build/$preset" --output-on-failure "$@" 2>&1 | tee "$log" |
        sed '/^ *Start /d; /^Internal ctest/d; /^Label Time/,/^$/d'
    # "98% tests passed, 1 tests failed out of 57"; skipped ones count as passed there, and are listed.
    summary=$(grep -E 'tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1)
    if [ -z "$summary" ]; then
        bad "$preset: no test ran"
        return
    fi
    bad_count=$(echo "$summary" | sed -E 's/.*, ([0-9]+) tests failed out of ([0-9]+).*/\1/')
    total=$(echo "$summary" | sed -E 's/.*, ([0-9]+) tests failed out of ([0-9]+).*/\2/')
    passed=$((passed + total - bad_count))
    failed=$((failed + bad_count))
    while read -r name; do
        failures+=("$preset: $name")
    done < <(sed -n '/^The following tests FAILED/,$p' "$log" | sed -nE 's/^[[:space:]]*[0-9]+ - ([^ ]+) \((.*)\)$/\1 (\2)/p' |
        grep -v '(Skipped)')
}

# What a passed test measured: ctest shows only the output of failed ones, but these figures are worth reading.
figures() { # preset, test
    sed -n "/^[0-9]*\/[0-9]* Test: $2\$/,/^<end of output>/p" "build/$1/Testing/Temporary/LastTest.log" |
        grep -E '[0-9]' | grep -vE '^([0-9]+/[0-9]+ Test|Command|Directory|"|Output|ok |#|[0-9]+ passed)' | sed 's/^/    /'
}

# Tests of several processes around a media driver get the machine for themselves, but for those which mostly wait for
# leases and timeouts, each beside its own media driver. The modules' tests share it.
tests() { # preset
    heading "test $1: modules"
    run_ctest "$1" modules -j "$jobs" -LE 'system|aeron'
    [ "$1" != release ] || figures "$1" unit.shm.slot_torn
    [ "$1" != release ] || figures "$1" instructions.counts
    heading "test $1: processes and media drivers"
    run_ctest "$1" system -j 1 -L 'system|aeron' -LE waits
    heading "test $1: the tp program"
    run_ctest "$1" tools -j $((jobs + 1)) -L waits
    [ "$1" != release ] || figures "$1" system.stopped_consumer
}

# Directories in shared memory, made since this run began, of test programs which no longer run.
leftovers() {
    local dir pid result=0
    for dir in /dev/shm/tp-test-*; do
        [ "$dir" -nt build/.test-started ] || continue
        pid=${dir#/dev/shm/tp-test-}
        pid=${pid%%-*}
        if ! kill -0 "$pid" 2>/dev/null; then
            echo "left behind: $dir"
            result=1
        fi
    done
    return $result
}

mkdir -p build
touch build/.test-started
check "tree: includes and layers" python3 scripts/check-includes.py
if [ -f scripts/rules.py ]; then
    check "rules: enforced and proved" python3 scripts/rules.py --check
fi
check "readme: its programs are the ones that are built" python3 scripts/readme.py --check
if [ -f scripts/codecs.sh ]; then
    check "codecs: regenerating changes nothing" bash scripts/codecs.sh --check
fi
for preset in release dev; do
    if build $preset; then
        good
        tests $preset
    else
        bad "build $preset"
    fi
done
if build tsan; then
    good
    heading "test tsan"
    run_ctest tsan tsan -L tsan
else
    bad "build tsan"
fi
# Short: it shows that the targets build and run, and finds what is easy to find. `make fuzz` looks longer.
if [ -f tests/fuzz/CMakeLists.txt ]; then
    if build fuzz; then
        good
        check "fuzz: each target for ${FUZZ_SECONDS:-5} s" env FUZZ_SECONDS="${FUZZ_SECONDS:-5}" scripts/fuzz.sh
    else
        bad "build fuzz"
    fi
fi
check "shared memory: nothing left behind" leftovers

heading "result"
for failure in ${failures[@]+"${failures[@]}"}; do
    echo "FAILED: $failure"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
