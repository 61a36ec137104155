/*
 * What the driver shows in Aeron counters, so that a tool sees statistics, streams and leases without asking anybody (link/counters.h).
 *
 * The number of lease and stream counters is bounded: Aeron has room for some thousands in all. Beyond that, leases and streams work the same and are
 * just not shown. Counters are closed outside of polls only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "driver/internal.h"
#include "link/counters.h"

#define UPDATE_NS INT64_C(100000000)

/* The order of tp_driver_stats_t, which is the counters' key. */
static const char *const names[] = {
    "attach-requests",
    "attach-responses",
    "attach-refused",
    "detach-responses",
    "keepalives",
    "keepalives-ignored",
    "leases-issued",
    "leases-revoked",
    "leases-expired",
    "leases-live",
    "announces",
    "announce-drops",
    "response-drops",
    "epochs",
    "epochs-collected",
    "decode-errors",
    "streams-live",
    "duty-cycles",
    "work",
};
enum { STATS = sizeof(names) / sizeof(names[0]) };
_Static_assert(STATS * sizeof(uint64_t) == sizeof(tp_driver_stats_t), "one name per statistic");

void tpi_driver_counters_init(tp_driver_t *d)
{
    tpi_driver_counters_t *counters = &d->counters;
    if (counters->driver != NULL) {
        return;
    }
    counters->driver = calloc(STATS, sizeof(counters->driver[0]));
    for (uint32_t i = 0; counters->driver != NULL && i < STATS; i++) {
        char label[128];
        uint8_t key[4];
        tpi_put_u32(key, i);
        (void)snprintf(label, sizeof(label), "tp-driver %s: instance=%.80s", names[i],
                       d->config.instance_id);
        if (tpi_link_add_counter(d->link, &counters->driver[i], TPI_COUNTER_DRIVER, key,
                                 sizeof(key), label) != 0) {
            counters->driver[i] = NULL;
        }
    }
}

static void close_later(tp_driver_t *d, tpi_counter_t *counter)
{
    tpi_driver_counters_t *counters = &d->counters;
    if (counter == NULL) {
        return;
    }
    if (counters->closing_count == counters->closing_capacity) {
        const size_t capacity =
            counters->closing_capacity == 0 ? 32 : counters->closing_capacity * 2;
        tpi_counter_t **closing = realloc(counters->closing, capacity * sizeof(closing[0]));
        if (closing == NULL) {
            return; /* its link closes it in the end */
        }
        counters->closing = closing;
        counters->closing_capacity = capacity;
    }
    counters->closing[counters->closing_count++] = counter;
}

void tpi_driver_count_lease(tp_driver_t *d, tpi_lease_t *lease)
{
    if (d->counters.leases >= TPI_DRIVER_LEASE_COUNTERS) {
        return;
    }
    uint8_t key[17];
    char label[128];
    tpi_put_u64(key, lease->key.lease_id);
    tpi_put_u32(key + 8, lease->key.stream_id);
    tpi_put_u32(key + 12, lease->key.client_id);
    key[16] = lease->key.role;
    (void)snprintf(label, sizeof(label), "tensorpool lease %llu: %s %u of stream %u",
                   (unsigned long long)lease->key.lease_id,
                   lease->key.role == TPI_ROLE_PRODUCER ? "producer" : "consumer",
                   lease->key.client_id, lease->key.stream_id);
    if (tpi_link_add_counter(d->link, &lease->counter, TPI_COUNTER_LEASE, key, sizeof(key),
                             label) != 0) {
        lease->counter = NULL;
        return;
    }
    d->counters.leases++;
    tpi_counter_set(lease->counter, lease->expiry_ns);
}

void tpi_driver_uncount_lease(tp_driver_t *d, tpi_lease_t *lease)
{
    if (lease->counter != NULL) {
        d->counters.leases--;
        close_later(d, lease->counter);
        lease->counter = NULL;
    }
}

void tpi_driver_count_stream(tp_driver_t *d, tpi_stream_t *stream)
{
    if (stream->counter !=
        NULL) { /* the key names the epoch's files: a new epoch is a new counter */
        d->counters.streams--;
        close_later(d, stream->counter);
        stream->counter = NULL;
    }
    if (stream->epoch == NULL || d->counters.streams >= TPI_DRIVER_STREAM_COUNTERS) {
        return;
    }
    uint8_t key[TPI_COUNTER_KEY_MAX];
    char label[256];
    const size_t head = 10;
    size_t path_len = strcspn(stream->epoch->ring_path, "|");
    path_len = path_len < sizeof(key) - head ? path_len : sizeof(key) - head;
    tpi_put_u32(key, stream->id);
    tpi_put_u32(key + 4, stream->epoch->nslots);
    tpi_put_u16(key + 8, (uint16_t)stream->epoch->npools);
    memcpy(key + head, stream->epoch->ring_path, path_len);
    (void)snprintf(label, sizeof(label), "tensorpool stream %u: profile %.128s", stream->id,
                   stream->profile->name);
    if (tpi_link_add_counter(d->link, &stream->counter, TPI_COUNTER_STREAM, key, head + path_len,
                             label) != 0) {
        stream->counter = NULL;
        return;
    }
    d->counters.streams++;
    tpi_counter_set(stream->counter, (int64_t)stream->epoch->number);
}

static void close_waiting(tpi_driver_counters_t *counters)
{
    while (counters->closing_count > 0) {
        tpi_counter_close(counters->closing[--counters->closing_count]);
    }
}

void tpi_driver_counters_update(tp_driver_t *d)
{
    close_waiting(&d->counters);
    if (d->counters.driver == NULL || d->now_ns - d->counters.next_ns < 0) {
        return;
    }
    d->counters.next_ns = d->now_ns + UPDATE_NS;
    tp_driver_stats_t stats;
    uint64_t values[STATS];
    tp_driver_stats(d, &stats);
    memcpy(values, &stats, sizeof(values));
    for (size_t i = 0; i < STATS; i++) {
        if (d->counters.driver[i] != NULL) {
            tpi_counter_set(d->counters.driver[i], (int64_t)values[i]);
        }
    }
}

void tpi_driver_counters_fini(tp_driver_t *d)
{
    tpi_driver_counters_t *counters = &d->counters;
    close_waiting(counters);
    for (size_t i = 0; counters->driver != NULL && i < STATS; i++) {
        if (counters->driver[i] != NULL) {
            tpi_counter_close(counters->driver[i]);
        }
    }
    free(counters->driver);
    free(counters->closing);
    *counters = (tpi_driver_counters_t){ 0 };
}
