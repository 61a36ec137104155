/*
 * tensorpool/local.h - a stream without an SHM driver: its producer owns the shared memory and
 * announces it.
 *
 *     tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
 *     tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
 *     options.stream_id = 7;
 *     options.local = &local;
 *     tp_producer_create(&producer, client, &options);
 *
 * Everything after that is the same as with a driver: claim, commit, do_work. Consumers with
 * without_driver map what is announced. Streams with and without a driver live side by side in one
 * process and one client; one stream has one owner.
 *
 * Files:   <base_dir>/<shm_namespace>/<instance>/epoch     last epoch; its lock is the producer's
 *                                               /epoch-<E>/header.ring, payload-<pool id>.pool
 * Life:    tp_producer_create makes directories and files and returns when they are there, which
 *          for large pools takes as long as their memory takes to come. Each run is a new epoch in
 *          new files, above every earlier one. tp_producer_destroy leaves the files unless
 *          unlink_at_end says otherwise; those of earlier runs whose process is gone and whose
 *          activity is stale (5 announce periods) are removed at the next start, or a while after
 *          it inside tp_client_do_work.
 * Spec:    wire.md 2.10, 2.11, 2.16, 2.17.
 */
#ifndef TENSORPOOL_LOCAL_H
#define TENSORPOOL_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TP_LOCAL_MAX_POOLS 64

typedef struct tp_local_pool {
    uint16_t pool_id;      /* 1..65534, each once */
    uint32_t stride_bytes; /* power of two, at least 64; v1.1 peers want multiples of the page */
} tp_local_pool_t;

/** All texts and arrays are read by tp_producer_create and not kept. */
typedef struct tp_local_stream {
    size_t size;
    const char *base_dir;      /* exists; one of the client's allowed_base_dirs or inside one;
                                  default: the first of them */
    const char *shm_namespace; /* 1 to 64 of A-Z a-z 0-9 . _ -; default "tensorpool-<uid>" */
    const char *instance;      /* the same: what stays the same over restarts, and has one producer
                                  at a time. Usually a UUID; default: one made of the stream id */
    uint32_t nslots;           /* power of two; default 64 */
    const tp_local_pool_t *pools; /* default: pool 1 with a stride of 1 MiB */
    size_t npools;
    uint32_t permissions_mode; /* of files, as 0600 or 0660; directories get x (and setgid) with
                                  it; default 0600 (W-76) */
    bool sparse;               /* take memory as it is used: running out of it is then a SIGBUS */
    bool require_hugepages;    /* base_dir is on hugetlbfs (W-74) */
    bool unlink_at_end;        /* tp_producer_destroy removes the epoch's files and directory */
} tp_local_stream_t;

#define TP_LOCAL_STREAM_INIT                                                                       \
    {                                                                                              \
        .size = sizeof(tp_local_stream_t)                                                          \
    }

#ifdef __cplusplus
}
#endif

#endif
