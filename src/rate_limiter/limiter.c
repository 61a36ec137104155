/*
 * rate_limiter/limiter.c - the agent: what is opened, when a mapping runs, what it shows.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "link/counters.h"
#include "rate_limiter/internal.h"

#define COUNTERS_PERIOD_NS INT64_C(100000000)

static const char *const counter_labels[TPI_RATE_COUNTERS] = {
    "seen", "published", "thinned", "dropped", "source-drops", "metadata", "progress", "qos"
};

void tpi_rate_say(const struct tp_rate_limiter *limiter, int level, const char *format, ...)
{
    char text[400];
    if (limiter->options.event == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    limiter->options.event(limiter->options.event_clientd, level, text);
}

const char *tp_rate_state_name(tp_rate_state_t state)
{
    switch (state) {
    case TP_RATE_STARTING:
        return "starting";
    case TP_RATE_RUNNING:
        return "running";
    case TP_RATE_FAILED:
        return "failed";
    }
    return "?";
}

/* ---- life ---- */

static int open_counter(struct tp_rate_limiter *limiter, tpi_counter_t **out, uint32_t which,
                        uint32_t source, uint32_t dest, const char *label)
{
    uint8_t key[12];
    char text[160];
    tpi_put_u32(key, which);
    tpi_put_u32(key + 4, source);
    tpi_put_u32(key + 8, dest);
    if (source != 0) {
        snprintf(text, sizeof text, "tp-rate-limiter %s: instance=%.60s source=%u dest=%u", label,
                 limiter->options.instance_id, source, dest);
    } else {
        snprintf(text, sizeof text, "tp-rate-limiter %s: instance=%.60s", label,
                 limiter->options.instance_id);
    }
    return tpi_link_add_counter(limiter->client->link, out, TPI_COUNTER_RATE_LIMITER, key,
                                sizeof key, text);
}

static int open_mapping(struct tp_rate_limiter *limiter, tpi_rate_mapping_t *m,
                        const tp_rate_mapping_t *options)
{
    tp_consumer_options_t source = TP_CONSUMER_OPTIONS_INIT;
    tp_producer_options_t dest = TP_PRODUCER_OPTIONS_INIT;
    m->options = *options;
    m->limiter = limiter;
    m->gate.is_fresh = true;
    tpi_rate_gate_set(&m->gate, tpi_rate_in_force(m));
    /* Rule: R-1, C-7 two leases, each with a client id of its own */
    source.stream_id = options->source_stream_id;
    dest.stream_id = options->dest_stream_id;
    dest.publish_mode = TP_EXISTING_OR_CREATE;
    if (limiter->descriptor_sub != NULL) {
        m->traces = tpi_traces_create();
        if (m->traces == NULL) {
            return TP_ENOMEM;
        }
    }
    int rc = tp_consumer_create(&m->consumer, limiter->client, &source);
    rc = rc == TP_OK ? tp_producer_create(&m->producer, limiter->client, &dest) : rc;
    for (uint32_t i = 0; rc == TP_OK && i < TPI_RATE_COUNTERS; i++) {
        rc = open_counter(limiter, &m->counters[i], i, options->source_stream_id,
                          options->dest_stream_id, counter_labels[i]);
    }
    return rc;
}

static int open_streams(struct tp_rate_limiter *limiter)
{
    const tp_rate_limiter_options_t *o = &limiter->options;
    tpi_link_t *link = limiter->client->link;
    int rc = tpi_link_add_subscription(link, &limiter->hello_sub, o->control_channel,
                                       (int32_t)o->control_stream_id, NULL, NULL);
    rc = rc != TP_OK ? rc
                     : tpi_link_add_subscription(link, &limiter->consumer_qos_sub, o->qos_channel,
                                                 (int32_t)o->qos_stream_id, NULL, NULL);
    const struct {
        bool is_wanted;
        const char *channel;
        uint32_t from, to;
        tpi_subscription_t **sub;
        tpi_publication_t **pub;
    } forwarded[] = {
        { o->forward_metadata, o->metadata_channel, o->source_metadata_stream_id,
          o->dest_metadata_stream_id, &limiter->metadata_sub, &limiter->metadata_pub },
        { o->forward_progress, o->control_channel, o->source_control_stream_id,
          o->dest_control_stream_id, &limiter->progress_sub, &limiter->progress_pub },
        { o->forward_qos, o->qos_channel, o->source_qos_stream_id, o->dest_qos_stream_id,
          &limiter->qos_sub, &limiter->qos_pub },
    };
    for (size_t i = 0; rc == TP_OK && i < sizeof forwarded / sizeof forwarded[0]; i++) {
        if (!forwarded[i].is_wanted) {
            continue;
        }
        rc = tpi_link_add_subscription(link, forwarded[i].sub, forwarded[i].channel,
                                       (int32_t)forwarded[i].from, NULL, NULL);
        rc = rc != TP_OK ? rc
                         : tpi_link_add_publication(link, forwarded[i].pub, forwarded[i].channel,
                                                    (int32_t)forwarded[i].to, false);
    }
    if (rc == TP_OK && limiter->client->options.wire_dialect == TP_WIRE_V12) {
        rc = tpi_link_add_subscription(link, &limiter->descriptor_sub, o->source_descriptor_channel,
                                       (int32_t)o->source_descriptor_stream_id, NULL, NULL);
    }
    return rc;
}

int tp_rate_limiter_create(tp_rate_limiter_t **out, tp_client_t *client,
                           const tp_rate_limiter_options_t *options)
{
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    tp_rate_limiter_t *limiter = calloc(1, sizeof *limiter);
    if (limiter == NULL) {
        return tpi_fail(TP_ENOMEM, "rate limiter");
    }
    tp_rate_mapping_t *mappings = NULL;
    int rc = tpi_rate_options_read(&limiter->options, &limiter->texts, &mappings, &client->options,
                                   options);
    if (rc != TP_OK) {
        free(limiter);
        return rc;
    }
    limiter->client = client;
    limiter->now_ns = tpi_client_clock(client);
    limiter->mappings = calloc(limiter->options.nmappings, sizeof *limiter->mappings);
    limiter->scratch = malloc(TPI_RATE_MESSAGE_MAX);
    if (limiter->mappings == NULL || limiter->scratch == NULL) {
        rc = tpi_fail(TP_ENOMEM, "rate limiter");
    }
    rc = rc == TP_OK ? open_streams(limiter) : rc;
    rc = rc == TP_OK ? open_counter(limiter, &limiter->cycles, 100, 0, 0, "duty-cycles") : rc;
    rc = rc == TP_OK ? open_counter(limiter, &limiter->work, 101, 0, 0, "work-done") : rc;
    for (size_t i = 0; rc == TP_OK && i < limiter->options.nmappings; i++) {
        limiter->nmappings = i + 1;
        rc = open_mapping(limiter, &limiter->mappings[i], &mappings[i]);
    }
    if (rc != TP_OK) {
        tp_rate_limiter_destroy(limiter);
        return rc;
    }
    *out = limiter;
    return TP_OK;
}

static void close_mapping(tpi_rate_mapping_t *m)
{
    tp_producer_destroy(m->producer);
    tp_consumer_destroy(m->consumer);
    m->producer = NULL;
    m->consumer = NULL;
}

void tp_rate_limiter_destroy(tp_rate_limiter_t *limiter)
{
    if (limiter == NULL) {
        return;
    }
    for (size_t i = 0; i < limiter->nmappings; i++) {
        close_mapping(&limiter->mappings[i]);
        tpi_traces_destroy(limiter->mappings[i].traces);
        for (size_t c = 0; c < TPI_RATE_COUNTERS; c++) {
            tpi_counter_close(limiter->mappings[i].counters[c]);
        }
    }
    tpi_counter_close(limiter->cycles);
    tpi_counter_close(limiter->work);
    tpi_subscription_close(limiter->descriptor_sub);
    tpi_subscription_close(limiter->hello_sub);
    tpi_subscription_close(limiter->consumer_qos_sub);
    tpi_subscription_close(limiter->metadata_sub);
    tpi_subscription_close(limiter->progress_sub);
    tpi_subscription_close(limiter->qos_sub);
    tpi_publication_close(limiter->metadata_pub);
    tpi_publication_close(limiter->progress_pub);
    tpi_publication_close(limiter->qos_pub);
    free((void *)(uintptr_t)limiter->options.mappings);
    free(limiter->mappings);
    free(limiter->scratch);
    free(limiter->texts);
    free(limiter);
}

/* ---- a mapping's state ---- */

/* Rule: R-1 another producer of the destination ends the mapping. But not before the lease of one that
 * died, ourselves before a restart for example, must have run out. */
static void fail_if_taken(tpi_rate_mapping_t *m, const tp_attach_status_t *dest, int64_t now_ns)
{
    if (m->was_running || dest->reason != TP_REASON_REJECTED) {
        m->is_rejected = false;
        return;
    }
    if (!m->is_rejected) {
        m->is_rejected = true;
        m->rejected_ns = now_ns;
    }
    if (now_ns - m->rejected_ns < TPI_RATE_REJECTED_NS) {
        return;
    }
    m->status.state = TP_RATE_FAILED;
    memcpy(m->status.text, dest->text, sizeof m->status.text);
    tpi_rate_say(m->limiter, 40, "stream %u to %u: given up, the destination is not ours: %s",
                 m->options.source_stream_id, m->options.dest_stream_id, dest->text);
    m->status.drops_epoch += m->status.is_holding;
    m->status.is_holding = false;
    close_mapping(m); /* it never had the lease, so there is nothing to wait for */
}

static void watch(tpi_rate_mapping_t *m, int64_t now_ns)
{
    const bool is_running = tp_consumer_is_ready(m->consumer) && tp_producer_is_ready(m->producer);
    if (is_running != (m->status.state == TP_RATE_RUNNING)) {
        m->status.state = is_running ? TP_RATE_RUNNING : TP_RATE_STARTING;
        m->was_running = m->was_running || is_running;
        tpi_rate_say(m->limiter, 20, "stream %u to %u: %s", m->options.source_stream_id,
                     m->options.dest_stream_id, tp_rate_state_name(m->status.state));
    }
    if (!is_running && !tp_producer_is_ready(m->producer)) {
        tp_attach_status_t dest;
        tp_producer_status(m->producer, &dest);
        fail_if_taken(m, &dest, now_ns);
    }
}

static uint64_t dropped(const tp_rate_status_t *s)
{
    return s->drops_overwritten + s->drops_torn + s->drops_no_fit + s->drops_detached +
           s->drops_order + s->drops_epoch;
}

/* Rule: C-12 */
static void show(struct tp_rate_limiter *limiter, int64_t now_ns)
{
    if (now_ns - limiter->counters_due_ns < 0) {
        return;
    }
    limiter->counters_due_ns = now_ns + COUNTERS_PERIOD_NS;
    tpi_counter_set(limiter->cycles, (int64_t)limiter->cycles_count);
    tpi_counter_set(limiter->work, (int64_t)limiter->work_count);
    for (size_t i = 0; i < limiter->nmappings; i++) {
        tpi_rate_mapping_t *m = &limiter->mappings[i];
        if (m->consumer != NULL) {
            tp_consumer_stats_t stats;
            tp_consumer_stats(m->consumer, &stats);
            m->status.source_drops_gap = stats.drops_gap;
            m->status.source_drops_late = stats.drops_late;
        }
        const tp_rate_status_t *s = &m->status;
        const uint64_t values[TPI_RATE_COUNTERS] = { s->seen,
                                                     s->published,
                                                     s->thinned,
                                                     dropped(s),
                                                     s->source_drops_gap + s->source_drops_late,
                                                     s->metadata,
                                                     s->progress,
                                                     s->qos };
        for (size_t c = 0; c < TPI_RATE_COUNTERS; c++) {
            tpi_counter_set(m->counters[c], (int64_t)values[c]);
        }
    }
}

int tp_rate_limiter_do_work(tp_rate_limiter_t *limiter)
{
    int work = tp_client_do_work(limiter->client);
    const int64_t now_ns = tpi_client_clock(limiter->client); /* Rule: C-3 once */
    limiter->now_ns = now_ns;
    work += tpi_rate_poll_binding(limiter, now_ns);
    work += tpi_rate_poll_traces(limiter);
    for (size_t i = 0; i < limiter->nmappings; i++) {
        tpi_rate_mapping_t *m = &limiter->mappings[i];
        if (m->status.state != TP_RATE_FAILED) {
            watch(m, now_ns);
        }
        if (m->status.state != TP_RATE_FAILED) {
            work += tpi_rate_frames(m, now_ns);
        }
    }
    work += tpi_rate_forward(limiter, now_ns);
    limiter->cycles_count++;
    limiter->work_count += (uint64_t)work;
    show(limiter, now_ns);
    return work;
}

/* ---- looking ---- */

size_t tp_rate_limiter_count(const tp_rate_limiter_t *limiter)
{
    return limiter->nmappings;
}

void tp_rate_limiter_status(const tp_rate_limiter_t *limiter, size_t index,
                            tp_rate_status_t *out_status)
{
    const tpi_rate_mapping_t *m = &limiter->mappings[index];
    *out_status = m->status;
    out_status->source_stream_id = m->options.source_stream_id;
    out_status->dest_stream_id = m->options.dest_stream_id;
    out_status->rate_hz = tpi_rate_in_force(m);
    out_status->consumer_id = m->consumer_id;
    if (m->consumer == NULL) {
        return;
    }
    tp_attach_status_t source, dest;
    tp_consumer_stats_t stats;
    tp_consumer_status(m->consumer, &source);
    tp_producer_status(m->producer, &dest);
    tp_consumer_stats(m->consumer, &stats);
    out_status->source_drops_gap = stats.drops_gap;
    out_status->source_drops_late = stats.drops_late;
    out_status->source_epoch = source.epoch;
    out_status->dest_epoch = tp_producer_is_ready(m->producer) ? dest.epoch : 0;
    if (m->status.state == TP_RATE_STARTING) {
        const bool is_source = !tp_consumer_is_ready(m->consumer);
        snprintf(out_status->text, sizeof out_status->text, "%s: %.200s",
                 is_source ? "source" : "destination", is_source ? source.text : dest.text);
    }
}

void tp_rate_limiter_ignored(const tp_rate_limiter_t *limiter, tp_rate_ignored_t *out)
{
    *out = limiter->ignored;
}
