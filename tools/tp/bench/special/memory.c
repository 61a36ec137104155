#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/special/special.h"

#define START_NS 2e10

typedef struct daemon_places {
    char aeron_dir[PATH_MAX];
    char shm_dir[PATH_MAX];
} daemon_places_t;

/* This very program, as `tp driver`; what it says comes through the pipe: the first line is "ready". */
static int become_driver(void *clientd, int fd)
{
    const daemon_places_t *places = clientd;
    const char *const argv[] = { "tp",        "driver",        "--embedded",
                                 "--json",    "--aeron-dir",   places->aeron_dir,
                                 "--shm-dir", places->shm_dir, NULL };
    if (dup2(fd, STDOUT_FILENO) >= 0) {
        (void)execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    }
    return 127;
}

/* Bytes in the line "VmRSS:  1234 kB". */
static int read_resident(pid_t pid, double *out)
{
    char path[64], line[256];
    long kib = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return tpi_fail_errno("open %s", path);
    }
    while (kib < 0 && fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "VmRSS: %ld kB", &kib);
    }
    (void)fclose(file);
    *out = (double)kib * 1024;
    return kib >= 0 ? TP_OK : tpi_fail(TP_EIO, "no VmRSS in %s", path);
}

int tp_bench_measure_memory(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out)
{
    tp_bench_child_t child;
    daemon_places_t places;
    double bytes = 0;
    (void)row;
    (void)snprintf(places.aeron_dir, sizeof places.aeron_dir, "%s/aeron-idle-%u", run->shm_dir,
                   run->next_id);
    (void)snprintf(places.shm_dir, sizeof places.shm_dir, "%s/idle-%u", run->shm_dir,
                   run->next_id++);
    int rc = tp_bench_child_start(&child, become_driver, &places);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tp_bench_child_await(&child, START_NS);
    rc = rc != TP_OK ? rc : read_resident(child.pid, &bytes);
    if (!tp_bench_child_end(&child, SIGTERM, START_NS) && rc == TP_OK) {
        rc = tpi_fail(TP_EIO, "tp driver did not end in order");
    }
    if (rc == TP_OK) {
        out->figures[TP_BENCH_FIGURE_P50] = bytes;
        out->frames = 1;
    }
    return rc;
}
