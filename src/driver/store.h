/*
 * driver/store.h - the driver's files: directories, locks, epochs on disk. Knows no leases and sends nothing.
 *
 *   <base>/stream-<id>/.driver.lock                          flock: who is in charge of the stream (D-4)
 *   <base>/stream-<id>/<instance>/epoch-<E>/header.ring      (D-86)
 *                                          /payload-<pool>.pool
 *
 * Helper threads make, look into and remove epochs while the driver's thread locks and scans: whatever takes a const store may run beside anything
 * else. `base_fd` keeps its number for the store's life, also when the base is made anew.
 *
 * Everything below the base is reached by openat and mkdirat from the base's handle, one component at a time, following no link (D-87).
 * What is deleted is only what has these names (D-103).
 */
#ifndef TPI_DRIVER_STORE_H
#define TPI_DRIVER_STORE_H

#include <stdatomic.h>

#include "driver/options.h"

typedef struct tpi_store {
    char base[TPI_REGION_PATH_MAX]; /* canonical */
    char instance_id[65];
    int base_fd;
    uint32_t file_mode, dir_mode;
    bool is_hugetlbfs;
    size_t page_bytes;
    atomic_uint_fast64_t promised_bytes; /* to epochs in the making (tpi_promise_t) */
} tpi_store_t;

/** One mapped region of an epoch and the URI it is known by. */
typedef struct tpi_epoch_region {
    tpi_region_t region;
    uint64_t device, inode; /* of the file that is mapped */
    char *uri;
} tpi_epoch_region_t;

/** An epoch this process made: its files, mapped. */
typedef struct tpi_epoch {
    uint64_t number;
    uint32_t nslots;
    tpi_epoch_region_t ring;
    char *ring_path; /* inside ring.uri */
    size_t npools;
    tpi_epoch_region_t pools[];
} tpi_epoch_t;

/** What to make. */
typedef struct tpi_epoch_plan {
    uint32_t stream_id;
    uint64_t number;
    const tpi_driver_profile_t *profile;
    bool for_producer, prefault, transparent_hugepages, mlock, reuse_existing;
    int64_t now_ns;
} tpi_epoch_plan_t;

/**
 * Make the base directory if it is missing, canonicalise it, check that it lies inside the allowed ones and look what it is on.
 * @return TP_OK; TP_ECONFIG with a text naming the key; TP_EACCES, TP_EIO. Nothing is left behind then.
 */
int tpi_store_open(tpi_store_t *store, const tpi_driver_config_t *config);
void tpi_store_close(tpi_store_t *store);

/**
 * Take the stream's lock (D-4), making its directory if needed.
 * @return TP_OK and *out_fd, to be closed by tpi_store_unlock; TP_EBUSY: another driver has it; TP_EPATH, TP_EACCES, TP_EIO ...
 */
int tpi_store_lock(tpi_store_t *store, uint32_t stream_id, int *out_fd);
void tpi_store_unlock(int fd);
/** Is the locked file still in its place? Not when somebody cleaned up by hand: the lock then guards nothing. */
bool tpi_store_is_locked(const tpi_store_t *store, uint32_t stream_id, int fd);

/** Epoch numbers found on disk. */
typedef struct tpi_epoch_list {
    uint64_t *numbers; /* ascending; of this instance; the caller frees it */
    size_t count;
    uint64_t highest; /* over all instances of the stream (D-66); 0: none */
} tpi_epoch_list_t;

/** TP_OK, also when there is nothing; TP_ENOMEM, TP_EPATH, TP_EIO. */
int tpi_store_scan(const tpi_store_t *store, uint32_t stream_id, tpi_epoch_list_t *out);
/** Call `handler` for each stream directory which has one of this instance. Returns their number or TP_E*. */
int tpi_store_each_stream(const tpi_store_t *store,
                          void (*handler)(void *clientd, uint32_t stream_id), void *clientd);

/** The directory in which the stream's epochs lie, made if told so; the caller closes it. TP_OK or TP_E*. */
int tpi_store_enter_instance(const tpi_store_t *store, uint32_t stream_id, bool create,
                             int *out_fd);

/**
 * Make the files of one epoch (D-67, D-87, D-90). May run on a helper thread: uses store's constants, the promised bytes and `instance_fd` only.
 * @param cancel     looked at between regions; NULL: none. TP_ECLOSED then.
 * @param out_locked_failed set when mlock was what failed (D-97).
 * Of several which are made at a time, those that came first are sure of their room.
 * @return TP_OK; TP_ENOSPC, TP_EEXIST, ... with a text. No file of it is left then.
 */
int tpi_store_make_epoch(tpi_store_t *store, int instance_fd, const tpi_epoch_plan_t *plan,
                         const atomic_bool *cancel, tpi_epoch_t **out, bool *out_mlock_failed);
/** Bytes that get memory while it is made: of a sparse pool, the page with its superblock. */
uint64_t tpi_store_bytes_to_allocate(const tpi_store_t *store, const tpi_epoch_plan_t *plan);
/** Unmap. The files stay. NULL is a no-op. */
void tpi_epoch_close(tpi_epoch_t *epoch);
/** Is more of it mapped than superblocks? Then closing it takes long. */
bool tpi_epoch_is_mapped_whole(const tpi_epoch_t *epoch);
/**
 * Are the files still there, the same, and long enough, and the superblocks as they were written
 * (D-60)? Who may write to the files may also cut them short, and a touch of the mapping is then a
 * SIGBUS: call this right before tpi_epoch_touch. (What is cut between the two calls still is one.)
 * @return TP_OK, or TP_ELAYOUT with a text.
 */
int tpi_epoch_check(const tpi_epoch_t *epoch);
/** One aligned store per region (D-6). */
void tpi_epoch_touch(tpi_epoch_t *epoch, int64_t now_ns);

/** What the ring of an epoch on disk says; zeros where it cannot be read. TP_OK or TP_ENOENT: no such epoch. */
int tpi_store_epoch_superblock(const tpi_store_t *store, uint32_t stream_id, uint64_t number,
                               tpi_superblock_t *out);
/** Remove an epoch's files and directory (D-103). TP_OK, also when it is gone; TP_EBUSY: unknown files were left, named in the text. */
int tpi_store_remove_epoch(const tpi_store_t *store, uint32_t stream_id, uint64_t number);
/** Remove the stream's directories if they are empty but for the lock, which the caller holds. Best effort. */
void tpi_store_remove_stream(const tpi_store_t *store, uint32_t stream_id);

/** D-89: length of the longest URI it can hand out. */
size_t tpi_store_longest_uri(const tpi_store_t *store);

#endif
