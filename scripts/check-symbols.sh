#!/bin/sh
# Compares what the two libraries export with the checked-in list.
# usage: check-symbols.sh [--update] LIST SHARED STATIC
set -eu
update=no
if [ "${1:-}" = --update ]; then
    update=yes
    shift
fi
if [ $# -ne 3 ]; then
    echo "usage: $0 [--update] LIST SHARED STATIC" >&2
    exit 2
fi
list=$1 shared=$2 static=$3
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

nm -D --defined-only "$shared" | awk '{ print $NF }' | sort -u >"$work/shared"
nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }' | sort -u >"$work/static"

if [ $update = yes ]; then
    { grep '^#' "$list" || true; cat "$work/shared"; } >"$work/new"
    cmp -s "$work/new" "$list" || cp "$work/new" "$list"
    exit 0
fi

grep -v '^#' "$list" | sort -u >"$work/list"
result=0
for kind in shared static; do
    if ! cmp -s "$work/list" "$work/$kind"; then
        echo "$kind library: exported symbols differ from $list (- missing, + not listed):"
        diff -U0 "$work/list" "$work/$kind" | grep '^[-+][^-+]' || true
        result=1
    fi
done
if grep -v '^tp_' "$work/list"; then
    echo "names above do not start with tp_"
    result=1
fi
if [ $result -eq 0 ]; then
    echo "$(wc -l <"$work/list") exported symbols, the same in both libraries and in the list"
else
    echo "If the change is meant: make symbols, and commit the list."
fi
exit $result
