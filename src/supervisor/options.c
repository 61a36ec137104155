/*
 * supervisor/options.c - what a supervisor refuses to start with, defaults, and a copy of the rest.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "supervisor/supervisor_internal.h"

#define DEFAULT_CHANNEL "aeron:ipc"

static int check_range(const char *what, tp_id_range_t range)
{
    if (!tpi_range_is_any(range) && (range.first == 0 || range.first > range.last)) {
        return tpi_fail(TP_ECONFIG, "%s: %u to %u, expected first <= last, from 1 on", what,
                        range.first, range.last);
    }
    return TP_OK;
}

static int check_text(const char *what, const char *text)
{
    const size_t len = text != NULL ? strnlen(text, TP_SUPERVISOR_CHANNEL_MAX) : 0;
    if (len >= TP_SUPERVISOR_CHANNEL_MAX) {
        return tpi_fail(TP_ECONFIG, "%s: longer than %d bytes", what,
                        TP_SUPERVISOR_CHANNEL_MAX - 1);
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] == 0x7f) {
            return tpi_fail(TP_ECONFIG, "%s: byte 0x%02x at %zu, expected printable ASCII", what,
                            (unsigned char)text[i], i);
        }
    }
    return TP_OK;
}

/* Rule: W-93 an Aeron channel, or what some bridge defines */
static int check_fallback(const char *what, const char *uri)
{
    if (uri == NULL || uri[0] == '\0') {
        return TP_OK;
    }
    const char *colon = strstr(uri, "://");
    if (strncmp(uri, "aeron:", 6) != 0 && (colon == NULL || colon == uri)) {
        return tpi_fail(TP_ECONFIG, "%s: '%.100s', expected an Aeron channel or SCHEME://...", what,
                        uri);
    }
    return check_text(what, uri);
}

static int check_channel(const char *what, const char *channel)
{
    if (strncmp(channel, "aeron:", 6) != 0) {
        return tpi_fail(TP_ECONFIG, "%s: '%.100s', expected an Aeron channel (aeron:...)", what,
                        channel);
    }
    return check_text(what, channel);
}

static int check_mode(const char *what, tp_supervisor_mode_t mode)
{
    if ((int)mode < 0 || mode > TP_SUPERVISOR_MODE_RATE_LIMITED) {
        return tpi_fail(TP_ECONFIG, "%s: %d, expected 0 (off), 1 (STREAM) or 2 (RATE_LIMITED)",
                        what, (int)mode);
    }
    return TP_OK;
}

static bool overlaps(tp_id_range_t a, tp_id_range_t b)
{
    return !tpi_range_is_any(a) && !tpi_range_is_any(b) && a.first <= b.last && b.first <= a.last;
}

/* Rule: U-4 ids of per-consumer streams are nobody else's (wire.md 0: ranges must not overlap) */
static int check_ids(const tp_supervisor_t *s, const char *what, tp_id_range_t range)
{
    const tp_client_options_t *c = &s->client->options;
    const struct {
        const char *name;
        int32_t id;
    } fixed[] = { { "control", c->control_stream_id },
                  { "announce", c->announce_stream_id },
                  { "descriptor", c->descriptor_stream_id },
                  { "QoS", c->qos_stream_id },
                  { "metadata", c->metadata_stream_id } };
    if (range.first == 0 || range.first > range.last || range.last > INT32_MAX ||
        range.last - range.first >= TPI_SUPERVISOR_MAX_IDS) {
        return tpi_fail(TP_ECONFIG, "%s: %u to %u, expected 1 to %d ids within 1..2147483647", what,
                        range.first, range.last, TPI_SUPERVISOR_MAX_IDS);
    }
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (tpi_range_holds(range, (uint32_t)fixed[i].id)) {
            return tpi_fail(TP_ECONFIG, "%s: %u to %u holds %d, the %s stream", what, range.first,
                            range.last, fixed[i].id, fixed[i].name);
        }
    }
    for (size_t i = 0; i < s->options.nreserved_ids; i++) {
        const tp_id_range_t taken = s->options.reserved_ids[i];
        if (overlaps(range, taken)) {
            return tpi_fail(TP_ECONFIG,
                            "%s: %u to %u overlaps with %u to %u, which the driver uses", what,
                            range.first, range.last, taken.first, taken.last);
        }
    }
    return TP_OK;
}

static bool may_assign(const tp_supervisor_options_t *o)
{
    bool may = o->per_consumer_enabled;
    for (size_t i = 0; i < o->nrules; i++) {
        may = may || o->rules[i].per_consumer_enabled;
    }
    return may;
}

static void fill_defaults(tp_supervisor_options_t *o)
{
#define DEFAULT(field, value) o->field = o->field != 0 ? o->field : (value)
    DEFAULT(producer_capacity, 256);
    DEFAULT(consumer_capacity, 1024);
    DEFAULT(liveness_timeout_ns, INT64_C(5000000000));
    DEFAULT(liveness_check_interval_ns, INT64_C(1000000000));
    DEFAULT(consumer_stale_ns, o->liveness_timeout_ns);
    DEFAULT(drop_alert_ppm, 1000); /* OP-7 */
    DEFAULT(drop_alert_checks, 3);
    DEFAULT(announce_alert_ns, INT64_C(5000000000));
#undef DEFAULT
    if (o->per_consumer_descriptor_channel == NULL) {
        o->per_consumer_descriptor_channel = DEFAULT_CHANNEL;
    }
    if (o->per_consumer_control_channel == NULL) {
        o->per_consumer_control_channel = DEFAULT_CHANNEL;
    }
    if (tpi_range_is_any(o->per_consumer_descriptor_ids)) {
        o->per_consumer_descriptor_ids = (tp_id_range_t){ 31000, 31999 };
    }
    if (tpi_range_is_any(o->per_consumer_control_ids)) {
        o->per_consumer_control_ids = (tp_id_range_t){ 32000, 32999 };
    }
}

static int check_numbers(const tp_supervisor_options_t *o)
{
    if (o->producer_capacity > TPI_SUPERVISOR_MAX_PRODUCERS) {
        return tpi_fail(TP_ECONFIG, "producer_capacity: %u, expected 1 to %d", o->producer_capacity,
                        TPI_SUPERVISOR_MAX_PRODUCERS);
    }
    if (o->consumer_capacity > TPI_SUPERVISOR_MAX_CONSUMERS) {
        return tpi_fail(TP_ECONFIG, "consumer_capacity: %u, expected 1 to %d", o->consumer_capacity,
                        TPI_SUPERVISOR_MAX_CONSUMERS);
    }
    if (o->liveness_timeout_ns < 0 || o->liveness_check_interval_ns < 0 ||
        o->liveness_check_interval_ns > o->liveness_timeout_ns) {
        return tpi_fail(TP_ECONFIG,
                        "liveness_check_interval_ns: %" PRId64
                        ", expected 1 to liveness_timeout_ns, which is %" PRId64,
                        o->liveness_check_interval_ns, o->liveness_timeout_ns);
    }
    if (o->consumer_stale_ns < o->liveness_check_interval_ns) {
        return tpi_fail(TP_ECONFIG,
                        "consumer_stale_ns: %" PRId64
                        ", expected at least liveness_check_interval_ns, which is %" PRId64,
                        o->consumer_stale_ns, o->liveness_check_interval_ns);
    }
    if (o->announce_alert_ns < 0 || o->drop_alert_ppm > 1000000) {
        return tpi_fail(TP_ECONFIG,
                        "announce_alert_ns: %" PRId64
                        ", drop_alert_ppm: %u, expected a time and at most 1000000",
                        o->announce_alert_ns, o->drop_alert_ppm);
    }
    return check_mode("force_mode", o->force_mode);
}

static int check_rules(const tp_supervisor_options_t *o)
{
    int rc = TP_OK;
    for (size_t i = 0; rc == TP_OK && i < o->nstreams; i++) {
        rc = check_range("stream_ids", o->streams[i]);
    }
    for (size_t i = 0; rc == TP_OK && i < o->nrules; i++) {
        const tp_supervisor_rule_t *rule = &o->rules[i];
        rc = check_range("stream_ids", rule->stream_ids);
        rc = rc == TP_OK ? check_range("consumer_ids", rule->consumer_ids) : rc;
        rc = rc == TP_OK ? check_mode("force_mode", rule->force_mode) : rc;
        rc = rc == TP_OK ? check_fallback("payload_fallback_uri", rule->payload_fallback_uri) : rc;
        if (rc != TP_OK) {
            tpi_note("rules[%zu]", i);
        }
    }
    return rc;
}

static int check(const tp_supervisor_t *s)
{
    const tp_supervisor_options_t *o = &s->options;
    if ((o->nstreams > 0 && o->streams == NULL) || (o->nrules > 0 && o->rules == NULL) ||
        (o->nreserved_ids > 0 && o->reserved_ids == NULL)) {
        return tpi_fail(TP_EINVAL, "streams, rules or reserved_ids is NULL and has a count");
    }
    int rc = check_numbers(o);
    rc = rc == TP_OK ? check_rules(o) : rc;
    rc = rc == TP_OK ? check_fallback("payload_fallback_uri", o->payload_fallback_uri) : rc;
    rc = rc == TP_OK
             ? check_channel("per_consumer_descriptor_channel", o->per_consumer_descriptor_channel)
             : rc;
    rc = rc == TP_OK
             ? check_channel("per_consumer_control_channel", o->per_consumer_control_channel)
             : rc;
    if (rc != TP_OK || !may_assign(o)) {
        return rc;
    }
    rc = check_ids(s, "per_consumer_descriptor_ids", o->per_consumer_descriptor_ids);
    rc = rc == TP_OK ? check_ids(s, "per_consumer_control_ids", o->per_consumer_control_ids) : rc;
    if (rc == TP_OK && overlaps(o->per_consumer_descriptor_ids, o->per_consumer_control_ids)) {
        return tpi_fail(TP_ECONFIG,
                        "per_consumer_descriptor_ids: %u to %u overlaps with "
                        "per_consumer_control_ids, %u to %u",
                        o->per_consumer_descriptor_ids.first, o->per_consumer_descriptor_ids.last,
                        o->per_consumer_control_ids.first, o->per_consumer_control_ids.last);
    }
    return rc;
}

/* ---- a copy ---- */

static size_t size_of(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static const char *copy_text(char **at, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return NULL;
    }
    char *copy = *at;
    const size_t size = strlen(text) + 1;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static int copy(tp_supervisor_t *s)
{
    tp_supervisor_options_t *o = &s->options;
    size_t size = 1 + size_of(o->payload_fallback_uri) +
                  size_of(o->per_consumer_descriptor_channel) +
                  size_of(o->per_consumer_control_channel);
    for (size_t i = 0; i < o->nrules; i++) {
        size += size_of(o->rules[i].payload_fallback_uri);
    }
    s->texts = malloc(size);
    s->streams = calloc(o->nstreams + 1, sizeof *s->streams);
    s->rules = calloc(o->nrules + 1, sizeof *s->rules);
    if (s->texts == NULL || s->streams == NULL || s->rules == NULL) {
        return tpi_fail(TP_ENOMEM, "options of a supervisor");
    }
    char *at = s->texts;
    o->payload_fallback_uri = copy_text(&at, o->payload_fallback_uri);
    o->per_consumer_descriptor_channel = copy_text(&at, o->per_consumer_descriptor_channel);
    o->per_consumer_control_channel = copy_text(&at, o->per_consumer_control_channel);
    for (size_t i = 0; i < o->nstreams; i++) {
        s->streams[i] = o->streams[i];
    }
    for (size_t i = 0; i < o->nrules; i++) {
        s->rules[i] = o->rules[i];
        s->rules[i].payload_fallback_uri = copy_text(&at, o->rules[i].payload_fallback_uri);
    }
    o->streams = s->streams;
    o->rules = s->rules;
    o->reserved_ids = NULL;
    o->nreserved_ids = 0;
    return TP_OK;
}

int tpi_supervisor_options_read(tp_supervisor_t *s, const tp_supervisor_options_t *options)
{
    static const tp_supervisor_options_t defaults = TP_SUPERVISOR_OPTIONS_INIT;
    int rc = tpi_options_read(&s->options, sizeof s->options, options != NULL ? options : &defaults,
                              "supervisor options");
    if (rc != TP_OK) {
        return rc;
    }
    fill_defaults(&s->options);
    rc = check(s);
    return rc == TP_OK ? copy(s) : rc;
}
