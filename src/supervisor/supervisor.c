/*
 * supervisor/supervisor.c - the agent: what it subscribes to, and the order of one turn.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "supervisor/supervisor_internal.h"

/* ---- life ---- */

/* Rule: U-1 it never gates the data path: on IPC, a subscriber that stops reading holds its
 * publishers up unless it is untethered. */
static int subscribe(tp_supervisor_t *s, tpi_subscription_t **out, const char *channel,
                     int32_t stream_id)
{
    char uri[1024];
    if (strncmp(channel, "aeron:ipc", 9) != 0 || strstr(channel, "tether=") != NULL) {
        return tpi_link_add_subscription(s->client->link, out, channel, stream_id, NULL, NULL);
    }
    const int n = snprintf(uri, sizeof uri, "%s%ctether=false", channel,
                           strchr(channel, '?') != NULL ? '|' : '?');
    if (n < 0 || (size_t)n >= sizeof uri) {
        return tpi_fail(TP_EINVAL, "channel '%.100s...' is too long", channel);
    }
    return tpi_link_add_subscription(s->client->link, out, uri, stream_id, NULL, NULL);
}

static bool is_same_stream(const char *a, int32_t a_id, const char *b, int32_t b_id)
{
    return a_id == b_id && strcmp(a, b) == 0;
}

/* Streams may be one stream; then one subscription hears all of it, once. Rule: U-1, W-133 */
static int add_streams(tp_supervisor_t *s)
{
    const tp_client_options_t *o = &s->client->options;
    const char *const control = o->control_channel;
    const int32_t control_id = o->control_stream_id;
    int rc = subscribe(s, &s->control_sub, control, control_id);
    if (rc == TP_OK &&
        !is_same_stream(o->announce_channel, o->announce_stream_id, control, control_id)) {
        rc = subscribe(s, &s->announce_sub, o->announce_channel, o->announce_stream_id);
    }
    if (rc == TP_OK && !is_same_stream(o->qos_channel, o->qos_stream_id, control, control_id)) {
        rc = subscribe(s, &s->qos_sub, o->qos_channel, o->qos_stream_id);
    }
    if (rc == TP_OK &&
        !is_same_stream(o->metadata_channel, o->metadata_stream_id, control, control_id) &&
        !is_same_stream(o->metadata_channel, o->metadata_stream_id, o->qos_channel,
                        o->qos_stream_id)) {
        rc = subscribe(s, &s->metadata_sub, o->metadata_channel, o->metadata_stream_id);
    }
    return rc;
}

static int allocate(tp_supervisor_t *s)
{
    const tp_supervisor_options_t *o = &s->options;
    int rc = tpi_index_init(&s->producer_index, o->producer_capacity);
    rc = rc == TP_OK ? tpi_index_init(&s->consumer_index, o->consumer_capacity) : rc;
    rc = rc == TP_OK ? tpi_id_pool_init(&s->descriptor_ids, o->per_consumer_descriptor_ids) : rc;
    rc = rc == TP_OK ? tpi_id_pool_init(&s->control_ids, o->per_consumer_control_ids) : rc;
    if (rc != TP_OK) {
        return rc;
    }
    s->producers = calloc(o->producer_capacity, sizeof *s->producers);
    s->consumers = calloc(o->consumer_capacity, sizeof *s->consumers);
    if (s->producers == NULL || s->consumers == NULL) {
        return tpi_fail(TP_ENOMEM, "tables of %u producers and %u consumers", o->producer_capacity,
                        o->consumer_capacity);
    }
    return TP_OK;
}

int tp_supervisor_create(tp_supervisor_t **out, tp_client_t *client,
                         const tp_supervisor_options_t *options)
{
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    tp_supervisor_t *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return tpi_fail(TP_ENOMEM, "supervisor");
    }
    s->client = client;
    int rc = tpi_supervisor_options_read(s, options);
    rc = rc == TP_OK ? allocate(s) : rc;
    rc = rc == TP_OK ? add_streams(s) : rc;
    rc = rc == TP_OK ? tpi_supervisor_open_counters(s) : rc;
    if (rc != TP_OK) {
        tp_supervisor_destroy(s);
        return rc;
    }
    s->now_ns = s->turn_ns = tpi_client_clock(client);
    s->check_due_ns = s->now_ns + s->options.liveness_check_interval_ns;
    s->activity_at = UINT32_MAX;
    *out = s;
    return TP_OK;
}

void tp_supervisor_destroy(tp_supervisor_t *s)
{
    if (s == NULL) {
        return;
    }
    tpi_subscription_close(s->control_sub);
    tpi_subscription_close(s->announce_sub);
    tpi_subscription_close(s->qos_sub);
    tpi_subscription_close(s->metadata_sub);
    tpi_supervisor_close_counters(s);
    tpi_id_pool_fini(&s->descriptor_ids);
    tpi_id_pool_fini(&s->control_ids);
    tpi_index_fini(&s->producer_index);
    tpi_index_fini(&s->consumer_index);
    free(s->producers);
    free(s->consumers);
    free(s->streams);
    free(s->rules);
    free(s->texts);
    free(s);
}

/* ---- one turn ---- */

void tpi_supervisor_event(tp_supervisor_t *s, int level, const char *format, ...)
{
    char text[512];
    va_list arguments;
    if (s->options.event == NULL) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    s->options.event(s->options.event_clientd, level, text);
}

/* *is_drained turns false where more may wait. */
static int poll(tp_supervisor_t *s, tpi_subscription_t *sub, bool *is_drained)
{
    if (sub == NULL) {
        return 0;
    }
    const int n =
        tpi_subscription_poll(sub, tpi_supervisor_on_message, s, TPI_SUPERVISOR_POLL_LIMIT);
    *is_drained = *is_drained && n < TPI_SUPERVISOR_POLL_LIMIT;
    return n;
}

/* While we could not listen, nobody's silence counts: the media driver was away, or we were. */
static void mind_the_gap(tp_supervisor_t *s)
{
    const int64_t longest_ns = s->options.liveness_timeout_ns > s->options.consumer_stale_ns
                                   ? s->options.liveness_timeout_ns
                                   : s->options.consumer_stale_ns;
    const bool is_new_link = s->client->generation != s->generation;
    if (is_new_link) {
        s->generation = s->client->generation;
        tpi_supervisor_forget_senders(s);
    }
    if (is_new_link || s->generation == 0 ||
        s->now_ns - s->turn_ns > s->options.liveness_timeout_ns / 2) {
        s->judge_from_ns = s->now_ns + longest_ns;
    }
    s->turn_ns = s->now_ns;
}

int tp_supervisor_do_work(tp_supervisor_t *s)
{
    bool is_drained = true;
    int work = tp_client_do_work(s->client);
    s->now_ns = s->client->now_ns;
    mind_the_gap(s);
    work += poll(s, s->control_sub, &is_drained);
    work += poll(s, s->announce_sub, &is_drained);
    work += poll(s, s->qos_sub, &is_drained);
    work += poll(s, s->metadata_sub, &is_drained);
    work += tpi_supervisor_answer(s);
    /* What waits in a queue may be the very sign of life: it is read before anybody is judged. */
    if (is_drained && s->now_ns - s->check_due_ns >= 0) {
        s->check_due_ns = s->now_ns + s->options.liveness_check_interval_ns;
        tpi_supervisor_check(s);
        tpi_supervisor_count(s);
        work++;
    }
    work += tpi_supervisor_look_at_activity(s);
    s->stats.duty_cycles++;
    s->stats.work += (uint64_t)work;
    return work;
}

bool tp_supervisor_is_listening(const tp_supervisor_t *s, const char **out_text)
{
    tpi_subscription_t *const subs[] = { s->control_sub, s->announce_sub, s->qos_sub,
                                         s->metadata_sub };
    const char *why = NULL;
    if (s->generation == 0) {
        why = tp_client_reason(s->client);
        why = why[0] != '\0' ? why : "no media driver yet";
    }
    for (size_t i = 0; why == NULL && i < sizeof subs / sizeof subs[0]; i++) {
        if (subs[i] != NULL && !tpi_subscription_is_ready(subs[i])) {
            why = tpi_subscription_error(subs[i]);
            why = why[0] != '\0' ? why : "subscriptions are not ready yet";
        }
    }
    if (out_text != NULL) {
        *out_text = why != NULL ? why : "";
    }
    return why == NULL;
}

tp_supervisor_verdict_t tp_supervisor_judge(int64_t awaited_correlation_id, int64_t correlation_id,
                                            int32_t code)
{
    if (awaited_correlation_id == 0 || awaited_correlation_id != correlation_id) {
        return TP_SUPERVISOR_IGNORE; /* Rule: W-135 */
    }
    switch (code) { /* Rule: W-134 */
    case TPI_CODE_OK:
        return TP_SUPERVISOR_DONE;
    case TPI_CODE_UNSUPPORTED:
    case TPI_CODE_INVALID_PARAMS:
        return TP_SUPERVISOR_GIVE_UP;
    case TPI_CODE_REJECTED:
        return TP_SUPERVISOR_REFUSED;
    case TPI_CODE_INTERNAL_ERROR:
        return TP_SUPERVISOR_RETRY;
    default:
        return TP_SUPERVISOR_IGNORE;
    }
}
