/*
 * tools/tp/top/model.h - what `tp top` knows: a snapshot of Aeron counters, and what two of them
 * say together. No clock, no terminal, no files: whoever takes the snapshots hands everything in.
 *
 * A counter is a stranger's: keys are used as far as they are long enough, values as they come,
 * and a value that went down is that of a role which started anew.
 */
#ifndef TP_TOP_MODEL_H
#define TP_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/counters.h"
#include "tensorpool/consumer.h"

/* The `which` of a producer's and a consumer's counters (producer.c, consumer.c:
 * counter_labels). */
enum { TP_TOP_PUBLISHED = 0, TP_TOP_PRODUCER_BYTES = 7 };
enum {
    TP_TOP_ACCEPTED = 0,
    TP_TOP_THINNED = 1,
    TP_TOP_DROPS_REMAP = 4,
    TP_TOP_REMAPS = 5,
    TP_TOP_OVERRUN = 6, /* the first of eight causes, in the order of TP_DROP_LIST */
    TP_TOP_CONSUMER_BYTES = 14,
    TP_TOP_LAG = 15,
    TP_TOP_VALUES = 16
};

typedef struct tp_top_client {
    uint32_t stream_id;
    uint32_t client_id;
    bool is_producer;
    bool has_lease;
    uint64_t lease_id;
    int64_t expires_ns; /* CLOCK_MONOTONIC */
    uint32_t known;     /* bit per value */
    int64_t values[TP_TOP_VALUES];
    /* From here on by tp_top_compare. */
    bool has_rate;
    double frames_per_s, mib_per_s, drops_per_s;
    bool has_lag; /* frames committed and not read */
    int64_t lag;
    bool is_silent; /* its counters stand still, the stream goes on: lag is what the ring says */
} tp_top_client_t;

typedef struct tp_top_stream {
    uint32_t stream_id;
    bool has_counter; /* an SHM driver shows it; else only its clients do */
    uint64_t epoch;
    uint32_t nslots; /* 0: not known */
    uint32_t npools;
    char header_path[TPI_COUNTER_KEY_MAX];
    bool has_newest;
    uint64_t newest_seq; /* committed, from the header ring */
    /* From here on by tp_top_compare. */
    bool has_rate;
    double frames_per_s, mib_per_s;
    uint32_t nconsumers;
    bool has_margin; /* frames until the slowest consumer is overwritten; 0: it is */
    int64_t margin;
    uint32_t slowest_client_id;
} tp_top_stream_t;

/* Any other counter of tensorpool: of SHM drivers, bridges, rate limiters, supervisors,
 * discovery. */
typedef struct tp_top_figure {
    int32_t counter_id;
    int32_t type_id;
    uint32_t which;
    int64_t value;
    char label[128];
    bool has_rate;
    double per_s;
} tp_top_figure_t;

typedef struct tp_top_media_driver {
    bool is_alive;
    bool is_readable; /* the rest is known */
    int64_t pid;
    int64_t age_ms;
    char text[256]; /* what is wrong when it is not alive */
} tp_top_media_driver_t;

typedef struct tp_top_snapshot {
    int64_t at_ns;
    tp_top_media_driver_t media_driver;
    tp_top_stream_t *streams; /* by stream id after tp_top_compare */
    size_t nstreams, streams_cap;
    tp_top_client_t *clients;
    size_t nclients, clients_cap;
    tp_top_figure_t *figures;
    size_t nfigures, figures_cap;
    uint32_t ncounters; /* of the media driver, of whatever type */
    bool failed;        /* no memory for something */
} tp_top_snapshot_t;

typedef enum tp_top_order {
    TP_TOP_BY_STREAM,
    TP_TOP_BY_RATE,
    TP_TOP_BY_DROPS,
    TP_TOP_BY_LAG,
    TP_TOP_ORDERS
} tp_top_order_t;

const char *tp_top_order_name(tp_top_order_t order);

/** Empty it and say when it was taken; keeps the memory. A zeroed snapshot is an empty one. */
void tp_top_begin(tp_top_snapshot_t *snapshot, int64_t at_ns);
/** One counter; a tpi_counters_foreach handler with the snapshot as clientd. */
void tp_top_add(void *snapshot, const tpi_counter_view_t *counter);
void tp_top_fini(tp_top_snapshot_t *snapshot);

/** Work out rates, lags and margins; `before` is an earlier snapshot of the same directory,
 * compared already itself, or NULL. */
void tp_top_compare(tp_top_snapshot_t *now, const tp_top_snapshot_t *before);
void tp_top_sort(tp_top_snapshot_t *snapshot, tp_top_order_t order);

/** The sum of one statistic over the SHM drivers (order of tp_driver_stats_t); false: no driver
 * shows it. */
bool tp_top_driver_sum(const tp_top_snapshot_t *snapshot, uint32_t which, int64_t *out_value,
                       double *out_per_s);
/** Frames a consumer lost for that cause. */
int64_t tp_top_drops(const tp_top_client_t *client, tp_drop_cause_t cause);

#endif
