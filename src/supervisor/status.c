/*
 * supervisor/status.c - what others may see: stats, the tables, Aeron counters.
 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "link/counters.h"
#include "supervisor/supervisor_internal.h"

static const char *const labels[TPI_SUPERVISOR_COUNTERS] = {
    "config-published", "liveness-checks", "producers", "consumers",   "stale",
    "collisions",       "drop-reports",    "alerts",    "duty-cycles", "work-done",
};

static void count_stale(const tp_supervisor_t *s, tp_supervisor_stats_t *out)
{
    out->producers = s->producer_index.count;
    out->consumers = s->consumer_index.count;
    out->stale_producers = out->stale_consumers = 0;
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        out->stale_producers += s->producer_index.is_used[i] != 0 && s->producers[i].is_stale;
    }
    for (uint32_t i = 0; i < s->consumer_index.capacity; i++) {
        out->stale_consumers += s->consumer_index.is_used[i] != 0 && s->consumers[i].is_stale;
    }
}

void tp_supervisor_stats(const tp_supervisor_t *s, tp_supervisor_stats_t *out_stats)
{
    *out_stats = s->stats;
    count_stale(s, out_stats);
}

static int64_t age_of(const tp_supervisor_t *s, bool has, int64_t since_ns)
{
    return has ? s->now_ns - since_ns : -1;
}

int tp_supervisor_next_producer(const tp_supervisor_t *s, size_t *cursor,
                                tp_supervisor_producer_t *out)
{
    while (*cursor < s->producer_index.capacity && s->producer_index.is_used[*cursor] == 0) {
        (*cursor)++;
    }
    if (*cursor >= s->producer_index.capacity) {
        return 0;
    }
    const tpi_watched_producer_t *p = &s->producers[(*cursor)++];
    *out = (tp_supervisor_producer_t){
        .stream_id = p->stream_id,
        .producer_id = p->producer_id,
        .epoch = p->epoch,
        .announce_age_ns = age_of(s, p->has_announce, p->announce_ns),
        .qos_age_ns = age_of(s, p->has_qos, p->qos_ns),
        .activity_age_ns =
            p->has_activity ? p->activity_age_ns + (s->now_ns - p->activity_seen_ns) : -1,
        .has_qos = p->has_qos,
        .current_seq = p->current_seq,
        .rate_hz = p->is_stale ? 0 : p->rate_hz,
        .meta_version = p->meta_version,
        .is_stale = p->is_stale,
        .is_superseded = p->is_superseded,
        .is_conflicting = p->is_conflicting,
        .is_unannounced = p->is_unannounced,
    };
    memcpy(out->name, p->name, sizeof out->name);
    return 1;
}

const tpi_watched_producer_t *tpi_supervisor_source(const tp_supervisor_t *s, uint32_t stream_id,
                                                    uint64_t epoch)
{
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        const tpi_watched_producer_t *p = &s->producers[i];
        if (s->producer_index.is_used[i] != 0 && p->stream_id == stream_id && p->epoch == epoch &&
            p->has_qos && !p->is_stale) {
            return p;
        }
    }
    return NULL;
}

int tp_supervisor_next_consumer(const tp_supervisor_t *s, size_t *cursor,
                                tp_supervisor_consumer_t *out)
{
    while (*cursor < s->consumer_index.capacity && s->consumer_index.is_used[*cursor] == 0) {
        (*cursor)++;
    }
    if (*cursor >= s->consumer_index.capacity) {
        return 0;
    }
    const tpi_watched_consumer_t *c = &s->consumers[(*cursor)++];
    *out = (tp_supervisor_consumer_t){
        .stream_id = c->stream_id,
        .consumer_id = c->consumer_id,
        .hello_age_ns = age_of(s, c->has_hello, c->hello_ns),
        .qos_age_ns = age_of(s, c->has_qos, c->qos_ns),
        .has_hello = c->has_hello,
        .supports_shm = c->supports_shm,
        .supports_progress = c->supports_progress,
        .requested_mode = c->requested_mode,
        .max_rate_hz = c->max_rate_hz,
        .layout_version = c->layout_version,
        .wants_descriptor_stream = c->wants_descriptor,
        .wants_control_stream = c->wants_control,
        .has_qos = c->has_qos,
        .epoch = c->epoch,
        .last_seq_seen = c->last_seq_seen,
        .drops_gap = c->drops_gap,
        .drops_late = c->drops_late,
        .mode = c->mode,
        .has_config = c->has_config,
        .is_config_ours = c->is_config_ours,
        .use_shm = c->config.use_shm,
        .config_mode = c->config.mode,
        .descriptor_stream_id = c->config.descriptor_id,
        .control_stream_id = c->config.control_id,
        .is_stale = c->is_stale,
        .is_colliding = c->is_colliding,
        .is_dropping = c->is_dropping,
    };
    memcpy(out->descriptor_channel, c->config.descriptor_channel, sizeof out->descriptor_channel);
    memcpy(out->control_channel, c->config.control_channel, sizeof out->control_channel);
    memcpy(out->payload_fallback_uri, c->config.fallback_uri, sizeof out->payload_fallback_uri);
    const tpi_watched_producer_t *p =
        c->has_qos && c->epoch != 0 ? tpi_supervisor_source(s, c->stream_id, c->epoch) : NULL;
    if (p != NULL) {
        /* Rule: W-126, W-127 next to be used against last seen, sent at different times */
        out->has_lag = true;
        out->lag = p->current_seq > c->last_seq_seen ? p->current_seq - 1 - c->last_seq_seen : 0;
    }
    return 1;
}

/* ---- Aeron counters (Rule: C-12) ---- */

void tpi_supervisor_count(tp_supervisor_t *s)
{
    tp_supervisor_stats_t now;
    tp_supervisor_stats(s, &now);
    const uint64_t values[TPI_SUPERVISOR_COUNTERS] = {
        now.config_published, now.liveness_checks, now.producers, now.consumers,   now.stale,
        now.collisions,       now.drop_reports,    now.alerts,    now.duty_cycles, now.work,
    };
    for (size_t i = 0; i < TPI_SUPERVISOR_COUNTERS; i++) {
        if (s->counters[i] != NULL) {
            tpi_counter_set(s->counters[i], (int64_t)values[i]);
        }
    }
}

int tpi_supervisor_open_counters(tp_supervisor_t *s)
{
    for (size_t i = 0; i < TPI_SUPERVISOR_COUNTERS; i++) {
        uint8_t key[4];
        char label[64];
        tpi_put_u32(key, (uint32_t)i);
        snprintf(label, sizeof label, "tp-supervisor %s", labels[i]);
        const int rc = tpi_link_add_counter(s->client->link, &s->counters[i],
                                            TPI_COUNTER_SUPERVISOR, key, sizeof key, label);
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

void tpi_supervisor_close_counters(tp_supervisor_t *s)
{
    for (size_t i = 0; i < TPI_SUPERVISOR_COUNTERS; i++) {
        tpi_counter_close(s->counters[i]);
        s->counters[i] = NULL;
    }
}
