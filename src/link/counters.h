/*
 * link/counters.h - tensorpool's Aeron counters: type ids, keys, and reading those of any media
 * driver directory without being a client.
 */
#ifndef TPI_LINK_COUNTERS_H
#define TPI_LINK_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* Value: see each. Keys are packed little-endian in the order given. */
enum {
    TPI_COUNTER_LEASE = 2101,  /* value: expiry, CLOCK_MONOTONIC ns. key: u64 lease, u32 stream, u32
                                  client, u8 role */
    TPI_COUNTER_STREAM = 2102, /* value: epoch. key: u32 stream, u32 nslots, u16 pools, then the
                                  ring's path cut to what fits; label has the profile */
    TPI_COUNTER_DRIVER =
        2103, /* value: count. key: u32 which (order of the driver's stats), label says it */
    TPI_COUNTER_PRODUCER = 2104, /* value: count. key: u32 which, u32 stream, u32 client */
    TPI_COUNTER_CONSUMER = 2105, /* value: count. key: u32 which, u32 stream, u32 client */
    TPI_COUNTER_WAKE = 2106, /* value: a wake word, base/wake.h; consumers write to it, too. key:
                                    u32 stream, u64 epoch, u32 client, all of the producer's */
    TPI_COUNTER_RATE_LIMITER = 2110, /* value: count. key: u32 which, u32 source stream, u32
                                       destination stream, both 0: of the instance */
    TPI_COUNTER_BRIDGE = 2111, /* value: count. key: u32 which, u32 source stream, u32 destination
                                 stream (0, 0: of the instance), then the instance id, cut */
    TPI_COUNTER_DISCOVERY = 2112, /* value: count. key: u32 which, label says it */
    TPI_COUNTER_SUPERVISOR = 2113 /* value: count. key: u32 which, label says it */
};
#define TPI_COUNTER_KEY_MAX 112

/** Whose counts are they: "driver", "producer", "rate_limiter", ... NULL: no count, or not ours. */
const char *tpi_counter_role(int32_t type_id);

typedef struct tpi_counter_view {
    int32_t counter_id;
    int32_t type_id;
    int64_t value;
    const uint8_t *key;
    size_t key_len;
    const char *label; /* terminated */
} tpi_counter_view_t;

/** Call `handler` for each allocated counter of the directory (NULL: default). Read-only. TP_ENOENT
 * if there is no media driver directory, TP_EAERON. */
int tpi_counters_foreach(const char *aeron_dir,
                         void (*handler)(void *clientd, const tpi_counter_view_t *counter),
                         void *clientd);

/** Is a media driver alive in that directory (heartbeat younger than timeout)? 1, 0, or TP_E*. Does
 * not block. */
int tpi_media_driver_is_alive(const char *aeron_dir, int64_t timeout_ns);

/** Aeron's default directory for this user, as its own client computes it. */
int tpi_default_aeron_dir(char *out, size_t cap);

#endif
