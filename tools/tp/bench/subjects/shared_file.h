/*
 * tp/bench/subjects/shared_file.h - memory of the floors: a file in shared memory, treated as the driver treats
 * tensorpool's pools (space behind every page before anybody maps it) and mapped as its clients map them (page
 * tables filled at once), so that neither side of a ratio pays for pages that the other had for nothing.
 */
#ifndef TP_BENCH_SHARED_FILE_H
#define TP_BENCH_SHARED_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/subject.h"

#define TP_BENCH_LINE 64u

typedef struct tp_bench_file {
    char path[256];
    size_t len;
} tp_bench_file_t;

/**
 * TP_ENOSPC unless `len` bytes are free where `path` is. To be asked first: allocating on tmpfs fills it to the brim before it says
 * no, and whoever else uses it feels that.
 */
int tp_bench_check_room(const char *path, size_t len, const char *what);

/** Parent: `<cell->dir>/<name>-<cell->id>`, zeroed, every page allocated. TP_ENOSPC before anything is used up. */
int tp_bench_file_create(tp_bench_file_t *out, const tp_bench_cell_t *cell, const char *name,
                         size_t len);
/** Each process, for itself: page tables are not inherited for shared mappings. Page-aligned. */
int tp_bench_file_map(const tp_bench_file_t *file, bool is_writable, void **out_base);
void tp_bench_file_unmap(const tp_bench_file_t *file, void *base);
void tp_bench_file_remove(const tp_bench_file_t *file);

/* A subject whose processes share one such file and nothing else. */
/** Its setup: *out_shared is a tp_bench_file_t on the heap. */
int tp_bench_file_share(const tp_bench_cell_t *cell, const char *name, size_t len,
                        void **out_shared);
/** Its teardown. */
void tp_bench_file_unshare(const tp_bench_cell_t *cell, void *shared);

/** `len` up to whole cache lines. */
static inline size_t tp_bench_lines(size_t len)
{
    return (len + TP_BENCH_LINE - 1) & ~(size_t)(TP_BENCH_LINE - 1);
}

/** Private, on a page of its own, touched; NULL when out of memory. Given back with free(). */
void *tp_bench_private_buffer(size_t len);

#endif
