/*
 * shm/create.h - make region files (the driver's side; later also a driverless producer's).
 *
 * Files are made exclusively, full size, superblock written, final mode set, before anyone learns
 * the path; never rewritten (D-67, D-87, W-112).
 */
#ifndef TPI_SHM_CREATE_H
#define TPI_SHM_CREATE_H

#include <stdatomic.h>

#include "shm/region.h"

/**
 * Memory that a file system owes to files in the making. Who makes several files adds the bytes of all of them to `*all`, which everybody on
 * that file system shares, before the first look for room, and asks for what was promised before its own to stay free (reserve_bytes): of
 * two who come together and have room for one, the first gets it. A promise shrinks as it is kept, so that memory counts twice for
 * one step of an allocation and never not at all.
 */
typedef struct tpi_promise {
    atomic_uint_fast64_t *all;
    uint64_t left; /* of *all, ours */
} tpi_promise_t;

/** Promise that many bytes. Returns what was promised before. */
uint64_t tpi_promise_make(tpi_promise_t *promise, atomic_uint_fast64_t *all, uint64_t bytes);
/** Allocated, or not wanted any more; at most what is left. */
void tpi_promise_keep(tpi_promise_t *promise, uint64_t bytes);

typedef struct tpi_create_options {
    /* Final permission bits, set by fchmod whatever the umask (D-88). */
    uint32_t file_mode;
    /* Memory for every page now: lack of space is an error here, never a SIGBUS later (D-90, D-96). */
    bool prefault;
    /* Prefaulted files in 2 MiB pages where the file system hands them out (tmpfs with huge=advise, within_size
       or always); elsewhere it changes nothing. */
    bool transparent_huge_pages;
    /* Keep only the page with the superblock mapped: all that a driver needs. Not with lock_memory, whose lock
       is that of the mapping. */
    bool superblock_only;
    /* mlock (D-97). */
    bool lock_memory;
    /* D-91: take over an existing file if it is large enough, without truncating it. Its header
       slots are cleared, for they would pass as frames of the new epoch. */
    bool reuse_existing;
    /* Sparse, and no slot will be written (an epoch without a producer, D-68): only what is allocated
     * right away needs room, and reserve_bytes. */
    bool never_written;
    /* The file system must have that much free beyond the file; usually 0. */
    uint64_t reserve_bytes;
    /* Kept by the bytes that get memory here, while they do. NULL: none. After a failure the rest is the caller's to take back. */
    tpi_promise_t *promise;
    /* Looked at now and then by long creations; true: TP_ECLOSED. NULL: none. */
    const atomic_bool *cancel;
} tpi_create_options_t;

/**
 * Create file `name` in directory `dirfd`, 64 + nslots*stride bytes (rounded up to huge pages on
 * hugetlbfs, D-94), map it read-write and publish `superblock`.
 * O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, mode 0600 first, then file_mode.
 * @param superblock as it shall stand there; out->superblock is a copy. magic may be 0: it is
 *        filled in.
 * @return TP_OK; TP_ENOSPC with needed and free bytes in the text; TP_EINVAL (name, nslots,
 *        stride), TP_EEXIST, TP_EACCES, TP_ENOMEM, TP_EIO. On failure the file made is removed,
 *        *out zeroed.
 */
int tpi_region_create(tpi_region_t *out, int dirfd, const char *name,
                      const tpi_superblock_t *superblock, const tpi_create_options_t *options);

/**
 * Free bytes of the file system behind fd (UINT64_MAX where it names no limit), whether it is
 * hugetlbfs, and its page size (W-59, W-75, D-93).
 */
int tpi_fs_probe(int fd, uint64_t *out_free_bytes, bool *out_is_hugetlbfs, size_t *out_page_bytes);

#endif
