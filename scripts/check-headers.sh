#!/bin/sh
# Each public header compiles on its own, as C11 and as C++11, without a warning.
# usage: check-headers.sh SOURCE_DIR
set -eu
cd "$1"
result=0
count=0
for header in include/tensorpool/*.h; do
    name=${header#include/}
    printf "#include <%s>\nextern int not_empty;\n" "$name" | ${CC:-cc} -x c -std=c11 -Iinclude -fsyntax-only -Wall -Wextra -Wpedantic \
        -Wstrict-prototypes -Werror - || result=1
    printf "#include <%s>\nextern int not_empty;\n" "$name" | ${CXX:-c++} -x c++ -std=c++11 -Iinclude -fsyntax-only -Wall -Wextra -Wpedantic -Werror - ||
        result=1
    count=$((count + 1))
done
echo "$count headers"
exit $result
