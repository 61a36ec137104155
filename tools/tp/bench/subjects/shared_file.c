/* tp/bench/subjects/shared_file.c - memory of the floors. */
#include "bench/subjects/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fail.h"

#define PAGE 4096u

int tp_bench_check_room(const char *path, size_t len, const char *what)
{
    struct statvfs fs;
    if (statvfs(path, &fs) == 0 && fs.f_blocks != 0 && (uint64_t)fs.f_bavail * fs.f_frsize < len) {
        return tpi_fail(TP_ENOSPC, "%s: needs %zu bytes of shared memory, %llu are free", what, len,
                        (unsigned long long)fs.f_bavail * fs.f_frsize);
    }
    return TP_OK;
}

int tp_bench_file_create(tp_bench_file_t *out, const tp_bench_cell_t *cell, const char *name,
                         size_t len)
{
    tp_bench_file_t file = { .len = (len + PAGE - 1) & ~(size_t)(PAGE - 1) };
    const int n = snprintf(file.path, sizeof(file.path), "%s/%s-%u", cell->dir, name, cell->id);
    if (n < 0 || (size_t)n >= sizeof(file.path)) {
        return tpi_fail(TP_EPATH, "%s: directory name is too long: %s", name, cell->dir);
    }
    const int fd = open(file.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tpi_fail_errno("create %s", file.path);
    }
    int rc = tp_bench_check_room(file.path, file.len, name);
    if (rc != TP_OK) {
        /* nothing was used up */
    } else if (ftruncate(fd, (off_t)file.len) != 0) {
        rc = tpi_fail_errno("%s: set length %zu", file.path, file.len);
    } else {
        int err = EINTR;
        while (err == EINTR) {
            err = posix_fallocate(fd, 0, (off_t)file.len);
        }
        if (err != 0) {
            errno = err;
            rc = tpi_fail_errno("%s: allocate %zu bytes", file.path, file.len);
        }
    }
    close(fd);
    if (rc != TP_OK) {
        (void)unlink(file.path);
        return rc;
    }
    *out = file;
    return TP_OK;
}

static void fill_page_tables(void *base, size_t len, bool is_writable)
{
#if defined(MADV_POPULATE_READ) && defined(MADV_POPULATE_WRITE)
    if (madvise(base, len, is_writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) == 0) {
        return;
    }
#else
    (void)is_writable;
#endif
    /* Older kernels: a load from each page; a writer's first store into it is then a minor fault. */
    for (size_t at = 0; at < len; at += PAGE) {
        (void)*((const volatile unsigned char *)base + at);
    }
}

int tp_bench_file_map(const tp_bench_file_t *file, bool is_writable, void **out_base)
{
    const int fd = open(file->path, (is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (fd < 0) {
        return tpi_fail_errno("open %s", file->path);
    }
    void *base =
        mmap(NULL, file->len, is_writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        const int rc = tpi_fail_errno("map %zu bytes of %s", file->len, file->path);
        close(fd);
        return rc;
    }
    close(fd);
    fill_page_tables(base, file->len, is_writable);
    *out_base = base;
    return TP_OK;
}

void tp_bench_file_unmap(const tp_bench_file_t *file, void *base)
{
    if (base != NULL) {
        (void)munmap(base, file->len);
    }
}

void tp_bench_file_remove(const tp_bench_file_t *file)
{
    (void)unlink(file->path);
}

void *tp_bench_private_buffer(size_t len)
{
    const size_t whole = len == 0 ? PAGE : (len + PAGE - 1) & ~(size_t)(PAGE - 1);
    void *buffer = aligned_alloc(PAGE, whole);
    if (buffer != NULL) {
        memset(buffer, 0, whole);
    }
    return buffer;
}

int tp_bench_file_share(const tp_bench_cell_t *cell, const char *name, size_t len,
                        void **out_shared)
{
    tp_bench_file_t *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return tpi_fail(TP_ENOMEM, "%s", name);
    }
    const int rc = tp_bench_file_create(file, cell, name, len);
    if (rc != TP_OK) {
        free(file);
        return rc;
    }
    *out_shared = file;
    return TP_OK;
}

void tp_bench_file_unshare(const tp_bench_cell_t *cell, void *shared)
{
    (void)cell;
    tp_bench_file_remove(shared);
    free(shared);
}
