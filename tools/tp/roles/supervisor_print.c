/*
 * tools/tp/roles/supervisor_print.c - see supervisor_print.h.
 */
#include "roles/supervisor_print.h"

#include <inttypes.h>
#include <stdio.h>

static const char *mode_name(uint8_t mode)
{
    return mode == 1 ? "STREAM" : mode == 2 ? "RATE_LIMITED" : "-";
}

static void add_age(json_object *o, const char *key, int64_t age_ns)
{
    if (age_ns < 0) {
        tp_json_add_null(o, key);
    } else {
        tp_json_add_i64(o, key, age_ns);
    }
}

/* ---- JSON ---- */

static json_object *producer_to_json(const tp_supervisor_producer_t *p)
{
    json_object *o = json_object_new_object();
    tp_json_add_u64(o, "stream_id", p->stream_id);
    tp_json_add_u64(o, "producer_id", p->producer_id);
    tp_json_add_u64(o, "epoch", p->epoch);
    add_age(o, "announce_age_ns", p->announce_age_ns);
    add_age(o, "qos_age_ns", p->qos_age_ns);
    add_age(o, "activity_age_ns", p->activity_age_ns);
    if (p->has_qos) {
        tp_json_add_u64(o, "current_seq", p->current_seq);
        tp_json_add_double(o, "rate_hz", p->rate_hz);
    } else {
        tp_json_add_null(o, "current_seq");
        tp_json_add_null(o, "rate_hz");
    }
    tp_json_add_string(o, "name", p->name[0] != '\0' ? p->name : NULL);
    if (p->meta_version != UINT32_MAX) {
        tp_json_add_u64(o, "meta_version", p->meta_version);
    } else {
        tp_json_add_null(o, "meta_version");
    }
    tp_json_add_bool(o, "stale", p->is_stale);
    tp_json_add_bool(o, "superseded", p->is_superseded);
    tp_json_add_bool(o, "conflicting", p->is_conflicting);
    tp_json_add_bool(o, "unannounced", p->is_unannounced);
    return o;
}

static json_object *config_to_json(const tp_supervisor_consumer_t *c)
{
    json_object *o = json_object_new_object();
    tp_json_add_bool(o, "ours", c->is_config_ours);
    tp_json_add_bool(o, "use_shm", c->use_shm);
    tp_json_add_string(o, "mode", mode_name(c->config_mode));
    tp_json_add_string(o, "payload_fallback_uri", c->payload_fallback_uri);
    tp_json_add_string(o, "descriptor_channel", c->descriptor_channel);
    tp_json_add_u64(o, "descriptor_stream_id", c->descriptor_stream_id);
    tp_json_add_string(o, "control_channel", c->control_channel);
    tp_json_add_u64(o, "control_stream_id", c->control_stream_id);
    return o;
}

static json_object *consumer_to_json(const tp_supervisor_consumer_t *c)
{
    json_object *o = json_object_new_object();
    tp_json_add_u64(o, "stream_id", c->stream_id);
    tp_json_add_u64(o, "consumer_id", c->consumer_id);
    add_age(o, "hello_age_ns", c->hello_age_ns);
    add_age(o, "qos_age_ns", c->qos_age_ns);
    if (c->has_hello) {
        json_object *hello = json_object_new_object();
        tp_json_add_bool(hello, "supports_shm", c->supports_shm);
        tp_json_add_bool(hello, "supports_progress", c->supports_progress);
        tp_json_add_string(hello, "mode", mode_name(c->requested_mode));
        tp_json_add_u64(hello, "max_rate_hz", c->max_rate_hz);
        tp_json_add_u64(hello, "layout_version", c->layout_version);
        tp_json_add_bool(hello, "wants_descriptor_stream", c->wants_descriptor_stream);
        tp_json_add_bool(hello, "wants_control_stream", c->wants_control_stream);
        json_object_object_add(o, "hello", hello);
    } else {
        tp_json_add_null(o, "hello");
    }
    if (c->has_qos) {
        json_object *qos = json_object_new_object();
        tp_json_add_u64(qos, "epoch", c->epoch);
        tp_json_add_u64(qos, "last_seq_seen", c->last_seq_seen);
        tp_json_add_u64(qos, "drops_gap", c->drops_gap);
        tp_json_add_u64(qos, "drops_late", c->drops_late);
        tp_json_add_string(qos, "mode", mode_name(c->mode));
        json_object_object_add(o, "qos", qos);
    } else {
        tp_json_add_null(o, "qos");
    }
    if (c->has_lag) {
        tp_json_add_u64(o, "lag", c->lag);
    } else {
        tp_json_add_null(o, "lag");
    }
    json_object_object_add(o, "config", c->has_config ? config_to_json(c) : NULL);
    tp_json_add_bool(o, "stale", c->is_stale);
    tp_json_add_bool(o, "colliding", c->is_colliding);
    tp_json_add_bool(o, "dropping", c->is_dropping);
    return o;
}

static json_object *stats_to_json(const tp_supervisor_stats_t *s)
{
    json_object *o = json_object_new_object();
#define ADD(field) tp_json_add_u64(o, #field, s->field)
    ADD(producers);
    ADD(consumers);
    ADD(stale_producers);
    ADD(stale_consumers);
    ADD(stale);
    ADD(removed);
    ADD(config_published);
    ADD(config_unsent);
    ADD(config_conflicts);
    ADD(ids_exhausted);
    ADD(liveness_checks);
    ADD(collisions);
    ADD(drop_reports);
    ADD(alerts);
    ADD(table_full);
    ADD(evicted);
    ADD(announces);
    ADD(source_announces);
    ADD(metas);
    ADD(hellos);
    ADD(qos_producers);
    ADD(qos_consumers);
    ADD(configs_heard);
    ADD(control_responses);
    ADD(ignored_decode);
    ADD(ignored_stale);
    ADD(ignored_stream);
#undef ADD
    return o;
}

static void print_json(const tp_supervisor_t *supervisor, const char *event)
{
    tp_supervisor_stats_t stats;
    tp_supervisor_producer_t p;
    tp_supervisor_consumer_t c;
    json_object *o = json_object_new_object();
    json_object *producers = json_object_new_array();
    json_object *consumers = json_object_new_array();
    const char *why = "";
    for (size_t at = 0; tp_supervisor_next_producer(supervisor, &at, &p) == 1;) {
        json_object_array_add(producers, producer_to_json(&p));
    }
    for (size_t at = 0; tp_supervisor_next_consumer(supervisor, &at, &c) == 1;) {
        json_object_array_add(consumers, consumer_to_json(&c));
    }
    tp_supervisor_stats(supervisor, &stats);
    tp_json_add_string(o, "event", event);
    tp_json_add_bool(o, "listening", tp_supervisor_is_listening(supervisor, &why));
    tp_json_add_string(o, "text", why);
    json_object_object_add(o, "producers", producers);
    json_object_object_add(o, "consumers", consumers);
    json_object_object_add(o, "stats", stats_to_json(&stats));
    tp_json_line(o);
}

/* ---- a table ---- */

static const char *seconds(char *out, size_t cap, int64_t age_ns)
{
    if (age_ns < 0) {
        return "-";
    }
    snprintf(out, cap, "%.1fs", (double)age_ns / 1e9);
    return out;
}

static void print_producer(const tp_supervisor_producer_t *p)
{
    char announce[24];
    char qos[24];
    char activity[24];
    tp_out("%10u %10u %20" PRIu64 " %12" PRIu64 " %9.1f %8s %8s %8s %s%s%s%s%s\n", p->stream_id,
           p->producer_id, p->epoch, p->current_seq, p->rate_hz,
           seconds(announce, sizeof announce, p->announce_age_ns),
           seconds(qos, sizeof qos, p->qos_age_ns),
           seconds(activity, sizeof activity, p->activity_age_ns),
           p->is_superseded ? "OVER"
           : p->is_stale    ? "STALE"
                            : "live",
           p->is_conflicting ? " CONFLICT" : "", p->is_unannounced ? " NO-ANNOUNCE" : "",
           p->name[0] != '\0' ? " name=" : "", p->name);
}

static void print_consumer(const tp_supervisor_consumer_t *c)
{
    char hello[24];
    char qos[24];
    char lag[24] = "-";
    char config[700] = "";
    if (c->has_lag) {
        snprintf(lag, sizeof lag, "%" PRIu64, c->lag);
    }
    if (c->has_config) {
        snprintf(config, sizeof config, " config(%s):%s%s", c->is_config_ours ? "ours" : "others'",
                 mode_name(c->config_mode), c->use_shm ? "" : ",no-shm");
    }
    tp_out("%10u %10u %12" PRIu64 " %8s %10" PRIu64 " %10" PRIu64 " %8s %8s %-12s %s%s%s%s\n",
           c->stream_id, c->consumer_id, c->last_seq_seen, lag, c->drops_gap, c->drops_late,
           seconds(hello, sizeof hello, c->hello_age_ns), seconds(qos, sizeof qos, c->qos_age_ns),
           mode_name(c->has_qos ? c->mode : c->requested_mode), c->is_stale ? "STALE" : "live",
           c->is_colliding ? " COLLISION" : "", c->is_dropping ? " DROPPING" : "", config);
}

static void print_text(const tp_supervisor_t *supervisor)
{
    tp_supervisor_stats_t stats;
    tp_supervisor_producer_t p;
    tp_supervisor_consumer_t c;
    const char *why = "";
    tp_supervisor_stats(supervisor, &stats);
    if (!tp_supervisor_is_listening(supervisor, &why)) {
        tp_out("not listening: %s\n", why);
    }
    tp_out("%10s %10s %20s %12s %9s %8s %8s %8s STATE\n", "STREAM", "PRODUCER", "EPOCH", "NEXT_SEQ",
           "SEQS/S", "ANNOUNCE", "QOS", "ACTIVITY");
    for (size_t at = 0; tp_supervisor_next_producer(supervisor, &at, &p) == 1;) {
        print_producer(&p);
    }
    tp_out("%10s %10s %12s %8s %10s %10s %8s %8s %-12s STATE\n", "STREAM", "CONSUMER", "LAST_SEQ",
           "LAG", "GAP", "LATE", "HELLO", "QOS", "MODE");
    for (size_t at = 0; tp_supervisor_next_consumer(supervisor, &at, &c) == 1;) {
        print_consumer(&c);
    }
    tp_out("%" PRIu64 " producers (%" PRIu64 " stale), %" PRIu64 " consumers (%" PRIu64
           " stale), %" PRIu64 " configs sent, %" PRIu64 " collisions, %" PRIu64
           " drop reports, %" PRIu64 " alerts\n",
           stats.producers, stats.stale_producers, stats.consumers, stats.stale_consumers,
           stats.config_published, stats.collisions, stats.drop_reports, stats.alerts);
}

void tp_supervisor_print(const tp_supervisor_t *supervisor, const char *event, bool json)
{
    if (json) {
        print_json(supervisor, event);
    } else {
        print_text(supervisor);
    }
}
