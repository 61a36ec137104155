/*
 * standalone/files.h - the files of a stream whose producer owns them (tensorpool/local.h has the
 * layout).
 *
 * Everything below the base is reached by openat and mkdirat from handles, one component at a time,
 * following no link; what is removed has our names. One process at a time holds an instance: the
 * lock is on the file with the last epoch's number, which is never removed, so that nobody locks a
 * file that is gone and numbers only grow.
 */
#ifndef TPI_STANDALONE_FILES_H
#define TPI_STANDALONE_FILES_H

#include "shm/region.h"
#include "tensorpool/local.h"

typedef struct tpi_local_region {
    tpi_region_t region; /* its first page is mapped */
    char *uri;           /* heap */
} tpi_local_region_t;

typedef struct tpi_local_files {
    char path[TPI_REGION_PATH_MAX]; /* of the instance's directory */
    int instance_fd;                /* -1: closed */
    int epoch_fd;                   /* the file "epoch", locked */
    uint32_t file_mode, dir_mode;
    bool is_hugetlbfs;
    uint64_t epoch; /* 0: none made yet */
    uint32_t nslots;
    tpi_local_region_t ring;
    size_t npools;
    uint16_t pool_ids[TP_LOCAL_MAX_POOLS];
    uint32_t strides[TP_LOCAL_MAX_POOLS];
    tpi_local_region_t pools[TP_LOCAL_MAX_POOLS];
} tpi_local_files_t;

/**
 * Check everything in `local`, make what is missing of the directories and take the instance's
 * lock.
 * @param base  where base_dir is NULL.
 * @param bases what base_dir must be in.
 * @return TP_OK; TP_EINVAL (naming the field), TP_EPATH, TP_EBUSY: another producer has the
 *         instance; TP_ENOSPC, TP_EACCES, TP_EIO. Nothing is held afterwards.
 */
int tpi_local_files_open(tpi_local_files_t *files, const tp_local_stream_t *local,
                         uint32_t stream_id, const char *base, const tpi_bases_t *bases);
/** Let go: unmap, unlock. The files stay. */
void tpi_local_files_close(tpi_local_files_t *files);

/**
 * Make the files of a new epoch, letting go of the last one's: above every one of this instance,
 * and where there was none, realtime_ns (W-110).
 * @return TP_OK, and they may be announced; TP_ENOSPC, TP_ERANGE (no number is left) ... No file of
 *         it is left then.
 */
int tpi_local_files_make(tpi_local_files_t *files, bool sparse, uint32_t stream_id,
                         uint64_t realtime_ns, int64_t now_ns);
/** One aligned store per region (W-22). */
void tpi_local_files_touch(tpi_local_files_t *files, int64_t now_ns);

/**
 * Remove the first epoch of earlier runs that may go: its activity is older than stale_ns or from
 * the future, and its process is gone (W-78).
 * @return 1: removed, there may be more; 0: none may go now, *out_left more may later; TP_E*: as 0,
 *         and one could not be removed, and would not be the next time.
 */
int tpi_local_files_collect(tpi_local_files_t *files, int64_t now_ns, int64_t stale_ns,
                            size_t *out_left);
/** Remove our own epoch. */
void tpi_local_files_unlink(tpi_local_files_t *files);

#endif
