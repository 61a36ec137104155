#include "link/resident.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fail.h"

static bool is_below(const char *path, const char *dir)
{
    const size_t len = strlen(dir);
    return strncmp(path, dir, len) == 0 && path[len] == '/';
}

int tpi_resident_release(const char *dir)
{
    char canonical[PATH_MAX];
    char line[PATH_MAX + 128];
    if (realpath(dir, canonical) == NULL) {
        return tpi_fail_errno("\"%s\"", dir);
    }
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) {
        return tpi_fail_errno("/proc/self/maps");
    }
    int released = 0;
    while (fgets(line, sizeof(line), maps) != NULL) {
        uintptr_t from = 0;
        uintptr_t to = 0;
        char shared = '\0';
        int path_at = 0;
        line[strcspn(line, "\n")] = '\0';
        /* 7f0000000000-7f0000001000 rw-s 00000000 00:1a 12345   /path */
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*3c%c %*s %*s %*s %n", &from, &to, &shared,
                   &path_at) < 3 ||
            path_at == 0 || !is_below(line + path_at, canonical)) {
            continue;
        }
        /* Only a shared mapping has its contents elsewhere. */
        if (shared == 's' && madvise((void *)from, to - from, MADV_DONTNEED) == 0) {
            released++;
        }
    }
    (void)fclose(maps);
    return released;
}
