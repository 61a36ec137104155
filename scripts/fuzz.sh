#!/bin/bash
# Runs each fuzz target for FUZZ_SECONDS (default 30), starting from its checked-in corpus. New inputs go below
# build/fuzz/corpus, findings below build/fuzz/findings: nothing in the source tree changes.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-30}
result=0
ran=0
for corpus_file in build/fuzz/fuzz/*.corpus; do
    [ -e "$corpus_file" ] || continue
    target=$(basename "$corpus_file" .corpus)
    corpus=$(cat "$corpus_file")
    mkdir -p "build/fuzz/corpus/$target" build/fuzz/findings
    echo "==== $target, $seconds s"
    ran=$((ran + 1))
    "build/fuzz/fuzz/$target" -max_total_time="$seconds" -artifact_prefix="build/fuzz/findings/$target-" -print_final_stats=1 \
        "build/fuzz/corpus/$target" "$corpus" >"build/fuzz/$target.log" 2>&1 || { tail -n 40 "build/fuzz/$target.log"; result=1; }
    grep -E 'stat::number_of_executed_units|^SUMMARY' "build/fuzz/$target.log"
done
if [ $ran -eq 0 ]; then
    echo "no fuzz target was built"
    exit 1
fi
exit $result
