#!/usr/bin/env bash
# Makes src/wire/gen anew from schemas/*.xml: C headers by the official SBE tool, field tables by
# wire_tables.py.
#
#   scripts/codecs.sh           write src/wire/gen
#   scripts/codecs.sh --check   write elsewhere, fail if one byte differs from src/wire/gen
#
# Needs java, mvn and python3 (Debian: default-jre-headless maven). The tool is fetched once, by the
# version in schemas/pom.xml, into build/codecs (TP_CODECS_DIR names another place), and used only
# with the digest below.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=${TP_CODECS_DIR:-$root/build/codecs}
jar=$work/tool/sbe-all-1.38.1.jar
sha256=26e29e5503faa70cc56158fcdacd6369ecfc3088b9a61c90b882feb54451c9b5

fail() {
    echo "codecs: $*" >&2
    exit 1
}

check=false
case "${1:-}" in
    "") ;;
    --check) check=true ;;
    *) fail "usage: scripts/codecs.sh [--check]" ;;
esac

for program in java python3 sha256sum; do
    command -v "$program" > /dev/null ||
        fail "$program is missing (Debian: default-jre-headless maven python3)"
done

intact() {
    [ -f "$jar" ] && echo "$sha256  $jar" | sha256sum --check --status
}

if ! intact; then
    command -v mvn > /dev/null || fail "mvn is missing (Debian: default-jre-headless maven)"
    echo "codecs: fetching the SBE tool named in schemas/pom.xml"
    rm -rf "$work/tool"
    mkdir -p "$work/tool"
    mvn -B -q -f "$root/schemas/pom.xml" dependency:copy-dependencies -DoutputDirectory="$work/tool"
    intact || fail "$jar is not the file we know: its sha256 should be $sha256"
fi

new=$work/new
rm -rf "$new"
mkdir -p "$new"
for schema in "$root"/schemas/*-v1.[12].xml; do
    namespace=$(python3 -c 'import sys, xml.etree.ElementTree as xml
print(xml.parse(sys.argv[1]).getroot().get("package"))' "$schema")
    java --add-opens java.base/jdk.internal.misc=ALL-UNNAMED -Dsbe.target.language=C \
        -Dsbe.output.dir="$new" -Dsbe.target.namespace="$namespace" -jar "$jar" "$schema"
done
python3 "$root/scripts/wire_tables.py" "$root"/schemas/*-v1.[12].xml > "$new/tables.c"

if $check; then
    if ! diff -r -q "$root/src/wire/gen" "$new"; then
        fail "src/wire/gen is not what schemas/ gives: run make codecs and commit the result"
    fi
    echo "codecs: src/wire/gen is up to date"
else
    rm -rf "$root/src/wire/gen"
    cp -R "$new" "$root/src/wire/gen"
    echo "codecs: wrote $(find "$new" -type f | wc -l) files to src/wire/gen"
fi
