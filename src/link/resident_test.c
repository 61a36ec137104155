/*
 * Page table entries of shared files are dropped, their contents are not, and nothing else is touched.
 */
#include "link/resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tensorpool/error.h"
#include "tp_test.h"

enum { LEN = 64 * 4096 };

static char *map_file(const char *path, int sharing)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    TP_CHECK_GE_I64(fd, 0);
    TP_CHECK_EQ_I64(ftruncate(fd, LEN), 0);
    char *base = mmap(NULL, LEN, PROT_READ | PROT_WRITE, sharing, fd, 0);
    TP_CHECK(base != MAP_FAILED);
    close(fd);
    memset(base, 0x5a, LEN);
    return base;
}

static size_t resident_bytes(const char *base)
{
    char line[512];
    unsigned long from = 0;
    unsigned long to = 0;
    unsigned long kib = 0;
    bool is_here = false;
    FILE *file = fopen("/proc/self/smaps", "re");
    TP_CHECK(file != NULL);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
            is_here = (uintptr_t)base == from;
        } else if (is_here && sscanf(line, "Rss: %lu kB", &kib) == 1) {
            break;
        }
    }
    (void)fclose(file);
    return kib * 1024;
}

TP_TEST(shared_files_below_the_directory_are_released_and_keep_their_contents)
{
    char dir[256];
    char beside[300];
    char path[320];
    tp_test_path(dir, sizeof(dir), "aeron");
    TP_CHECK_EQ_I64(mkdir(dir, 0700), 0);
    snprintf(beside, sizeof(beside), "%s-2", dir);
    TP_CHECK_EQ_I64(mkdir(beside, 0700), 0);
    snprintf(path, sizeof(path), "%s/shared file", dir);
    char *shared = map_file(path, MAP_SHARED);
    snprintf(path, sizeof(path), "%s/private", dir);
    char *private = map_file(path, MAP_PRIVATE);
    snprintf(path, sizeof(path), "%s/other", beside);
    char *other = map_file(path, MAP_SHARED);
    TP_CHECK_EQ_U64(resident_bytes(shared), LEN);
    TP_CHECK_EQ_I64(tpi_resident_release(dir), 1);
    TP_CHECK_EQ_U64(resident_bytes(shared), 0);
    TP_CHECK_EQ_U64(resident_bytes(private), LEN);
    TP_CHECK_EQ_U64(resident_bytes(other), LEN);
    for (size_t i = 0; i < LEN; i++) {
        TP_CHECK(shared[i] == 0x5a && private[i] == 0x5a);
    }
    TP_CHECK_LT_I64(tpi_resident_release("/no/such/directory"), 0);
}

TP_TEST_MAIN()
