#include "top/lines.h"

#include <stdarg.h>
#include <stdio.h>

#include "link/counters.h"
#include "tp_common.h"

enum { STAT_LEASES_LIVE = 9, STAT_ANNOUNCES = 10, STAT_STREAMS_LIVE = 16, STAT_DUTY_CYCLES = 17 };

typedef struct out {
    tp_top_line_fn line;
    void *clientd;
} out_t;

static void say(const out_t *out, tp_top_line_kind_t kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(const out_t *out, tp_top_line_kind_t kind, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    out->line(out->clientd, kind, text);
}

typedef struct cell {
    char text[24];
} cell_t;

/* A figure, or a dash when it is not known. */
static cell_t real(bool known, double value)
{
    cell_t cell = { "-" };
    if (known) {
        snprintf(cell.text, sizeof cell.text, "%.1f", value);
    }
    return cell;
}

static cell_t whole(bool known, int64_t value)
{
    cell_t cell = { "-" };
    if (known) {
        snprintf(cell.text, sizeof cell.text, "%lld", (long long)value);
    }
    return cell;
}

/* Seconds until the slowest consumer is lapped, if it stood still from now on. */
static bool margin_s(const tp_top_stream_t *stream, double *out)
{
    const bool known = stream->has_margin && stream->has_rate && stream->frames_per_s > 0;
    *out = known ? (double)stream->margin / stream->frames_per_s : 0;
    return known;
}

static void say_drivers(const out_t *out, const tp_top_snapshot_t *snapshot, const char *aeron_dir)
{
    const tp_top_media_driver_t *media = &snapshot->media_driver;
    if (media->is_alive) {
        say(out, TP_TOP_PLAIN, "media driver: pid %lld, heartbeat %lld ms ago, %s",
            (long long)media->pid, (long long)media->age_ms, aeron_dir);
    } else {
        say(out, TP_TOP_WARNING, "media driver: %s", media->text);
    }
    int64_t streams, leases, announces, cycles;
    double announces_per_s, cycles_per_s, ignored;
    if (!tp_top_driver_sum(snapshot, STAT_DUTY_CYCLES, &cycles, &cycles_per_s)) {
        say(out, TP_TOP_WARNING, "SHM driver: none shows counters here");
        return;
    }
    tp_top_driver_sum(snapshot, STAT_STREAMS_LIVE, &streams, &ignored);
    tp_top_driver_sum(snapshot, STAT_LEASES_LIVE, &leases, &ignored);
    tp_top_driver_sum(snapshot, STAT_ANNOUNCES, &announces, &announces_per_s);
    say(out, TP_TOP_PLAIN,
        "SHM driver: %lld streams, %lld leases, %.1f announces/s, %.0f duty cycles/s",
        (long long)streams, (long long)leases, announces_per_s, cycles_per_s);
}

static void say_streams(const out_t *out, const tp_top_snapshot_t *snapshot)
{
    say(out, TP_TOP_HEADING, "%-11s %-20s %7s %10s %9s %9s %16s %8s %9s %10s", "STREAM", "EPOCH",
        "NSLOTS", "FRAMES/S", "MIB/S", "CONSUMERS", "NEWEST SEQ", "MARGIN", "MARGIN S", "SLOWEST");
    for (size_t i = 0; i < snapshot->nstreams; i++) {
        const tp_top_stream_t *s = &snapshot->streams[i];
        double left_s;
        const bool has_left = margin_s(s, &left_s);
        say(out, s->has_margin && s->margin == 0 ? TP_TOP_WARNING : TP_TOP_PLAIN,
            "%-11u %-20s %7s %10s %9s %9u %16s %8s %9s %10s", s->stream_id,
            whole(s->has_counter, (int64_t)s->epoch).text, whole(s->nslots > 0, s->nslots).text,
            real(s->has_rate, s->frames_per_s).text, real(s->has_rate, s->mib_per_s).text,
            s->nconsumers, whole(s->has_newest, (int64_t)s->newest_seq).text,
            whole(s->has_margin, s->margin).text, real(has_left, left_s).text,
            whole(s->has_margin, s->slowest_client_id).text);
    }
}

/* "overrun 12, changed 1" of the causes there are. */
static void causes(const tp_top_client_t *client, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; !client->is_producer && i < TP_DROP_CAUSES && len < cap; i++) {
        const int64_t n = tp_top_drops(client, (tp_drop_cause_t)i);
        if (n != 0) {
            len += (size_t)snprintf(out + len, cap - len, "%s%s %lld", len > 0 ? ", " : "",
                                    tp_drop_cause_name((tp_drop_cause_t)i), (long long)n);
        }
    }
}

static void say_clients(const out_t *out, const tp_top_snapshot_t *snapshot)
{
    say(out, TP_TOP_HEADING, "%-11s %-11s %-9s %9s %14s %10s %9s %9s %8s  %s", "STREAM", "CLIENT",
        "ROLE", "LEASE S", "FRAMES", "FRAMES/S", "MIB/S", "LAG", "DROPS/S", "DROPS BY CAUSE");
    for (size_t i = 0; i < snapshot->nclients; i++) {
        const tp_top_client_t *c = &snapshot->clients[i];
        char lost[256];
        causes(c, lost, sizeof lost);
        cell_t lag = whole(c->has_lag, c->lag);
        if (c->is_silent) {
            snprintf(lag.text, sizeof lag.text, ">%lld", (long long)c->lag);
        }
        const double expires_s = ((double)c->expires_ns - (double)snapshot->at_ns) / 1e9;
        say(out, c->drops_per_s > 0 || c->is_silent ? TP_TOP_WARNING : TP_TOP_PLAIN,
            "%-11u %-11u %-9s %9s %14s %10s %9s %9s %8s  %s%s", c->stream_id, c->client_id,
            c->is_producer ? "producer" : "consumer", real(c->has_lease, expires_s).text,
            whole(c->known & 1u, c->values[0]).text, real(c->has_rate, c->frames_per_s).text,
            real(c->has_rate, c->mib_per_s).text, lag.text,
            real(c->has_rate && !c->is_producer, c->drops_per_s).text, lost,
            c->is_silent ? (lost[0] != '\0' ? "; silent" : "silent") : "");
    }
}

void tp_top_lines(const tp_top_snapshot_t *snapshot, const char *aeron_dir, tp_top_line_fn line,
                  void *clientd)
{
    const out_t out = { line, clientd };
    say_drivers(&out, snapshot, aeron_dir);
    say(&out, TP_TOP_PLAIN, "%s", "");
    say_streams(&out, snapshot);
    say(&out, TP_TOP_PLAIN, "%s", "");
    say_clients(&out, snapshot);
    bool has_heading = false;
    for (size_t i = 0; i < snapshot->nfigures; i++) {
        const tp_top_figure_t *figure = &snapshot->figures[i];
        if (figure->type_id == TPI_COUNTER_DRIVER || figure->value == 0) {
            continue;
        }
        if (!has_heading) {
            say(&out, TP_TOP_PLAIN, "%s", "");
            say(&out, TP_TOP_HEADING, "%16s %10s  %s", "VALUE", "PER S", "COUNTER");
            has_heading = true;
        }
        say(&out, TP_TOP_PLAIN, "%16lld %10s  %s", (long long)figure->value,
            real(figure->has_rate, figure->per_s).text, figure->label);
    }
    if (snapshot->failed) {
        say(&out, TP_TOP_WARNING, "no memory for all of it: the tables are incomplete");
    }
}

/* ---- JSON ---- */

static void add_i64(json_object *object, const char *key, bool known, int64_t value)
{
    if (known) {
        tp_json_add_i64(object, key, value);
    } else {
        tp_json_add_null(object, key);
    }
}

static void add_real(json_object *object, const char *key, bool known, double value)
{
    if (known) {
        tp_json_add_double(object, key, value);
    } else {
        tp_json_add_null(object, key);
    }
}

static json_object *media_json(const tp_top_media_driver_t *media)
{
    json_object *object = json_object_new_object();
    tp_json_add_bool(object, "alive", media->is_alive);
    add_i64(object, "pid", media->is_readable, media->pid);
    add_i64(object, "heartbeat_age_ms", media->is_readable, media->age_ms);
    tp_json_add_string(object, "text", media->is_alive ? NULL : media->text);
    return object;
}

static json_object *driver_json(const tp_top_snapshot_t *snapshot, bool has_rate)
{
    int64_t value;
    double rate;
    if (!tp_top_driver_sum(snapshot, STAT_DUTY_CYCLES, &value, &rate)) {
        return NULL;
    }
    json_object *object = json_object_new_object();
    add_real(object, "duty_cycles_per_s", has_rate, rate);
    tp_top_driver_sum(snapshot, STAT_ANNOUNCES, &value, &rate);
    tp_json_add_i64(object, "announces", value);
    add_real(object, "announces_per_s", has_rate, rate);
    tp_top_driver_sum(snapshot, STAT_STREAMS_LIVE, &value, &rate);
    tp_json_add_i64(object, "streams_live", value);
    tp_top_driver_sum(snapshot, STAT_LEASES_LIVE, &value, &rate);
    tp_json_add_i64(object, "leases_live", value);
    return object;
}

static json_object *stream_json(const tp_top_stream_t *s)
{
    json_object *object = json_object_new_object();
    double left_s;
    const bool has_left = margin_s(s, &left_s);
    tp_json_add_u64(object, "stream_id", s->stream_id);
    add_i64(object, "epoch", s->has_counter, (int64_t)s->epoch);
    add_i64(object, "nslots", s->nslots > 0, s->nslots);
    add_i64(object, "pools", s->has_counter, s->npools);
    add_i64(object, "newest_seq", s->has_newest, (int64_t)s->newest_seq);
    add_real(object, "frames_per_s", s->has_rate, s->frames_per_s);
    add_real(object, "mib_per_s", s->has_rate, s->mib_per_s);
    tp_json_add_u64(object, "consumers", s->nconsumers);
    add_i64(object, "margin", s->has_margin, s->margin);
    add_real(object, "margin_s", has_left, left_s);
    add_i64(object, "slowest_client_id", s->has_margin, s->slowest_client_id);
    return object;
}

static json_object *client_json(const tp_top_client_t *c, int64_t at_ns)
{
    json_object *object = json_object_new_object();
    tp_json_add_u64(object, "stream_id", c->stream_id);
    tp_json_add_u64(object, "client_id", c->client_id);
    tp_json_add_string(object, "role", c->is_producer ? "PRODUCER" : "CONSUMER");
    if (c->has_lease) {
        tp_json_add_u64(object, "lease_id", c->lease_id);
        tp_json_add_double(object, "expires_in_s", ((double)c->expires_ns - (double)at_ns) / 1e9);
    } else {
        tp_json_add_null(object, "lease_id");
        tp_json_add_null(object, "expires_in_s");
    }
    add_i64(object, "frames", c->known & 1u, c->values[0]);
    add_real(object, "frames_per_s", c->has_rate, c->frames_per_s);
    add_real(object, "mib_per_s", c->has_rate, c->mib_per_s);
    if (!c->is_producer) {
        json_object *drops = json_object_new_object();
        for (int i = 0; i < TP_DROP_CAUSES; i++) {
            tp_json_add_i64(drops, tp_drop_cause_name((tp_drop_cause_t)i),
                            tp_top_drops(c, (tp_drop_cause_t)i));
        }
        json_object_object_add(object, "drops", drops);
        add_real(object, "drops_per_s", c->has_rate, c->drops_per_s);
        tp_json_add_i64(object, "thinned", c->values[TP_TOP_THINNED]);
        tp_json_add_i64(object, "remaps", c->values[TP_TOP_REMAPS]);
        add_i64(object, "lag", c->has_lag, c->lag);
        tp_json_add_bool(object, "silent", c->is_silent);
    }
    return object;
}

json_object *tp_top_json(const tp_top_snapshot_t *snapshot, const char *aeron_dir, double seconds)
{
    json_object *object = json_object_new_object();
    json_object *streams = json_object_new_array();
    json_object *clients = json_object_new_array();
    json_object *counters = json_object_new_array();
    for (size_t i = 0; i < snapshot->nstreams; i++) {
        json_object_array_add(streams, stream_json(&snapshot->streams[i]));
    }
    for (size_t i = 0; i < snapshot->nclients; i++) {
        json_object_array_add(clients, client_json(&snapshot->clients[i], snapshot->at_ns));
    }
    for (size_t i = 0; i < snapshot->nfigures; i++) {
        const tp_top_figure_t *figure = &snapshot->figures[i];
        json_object *counter = json_object_new_object();
        tp_json_add_string(counter, "of", tpi_counter_role(figure->type_id));
        tp_json_add_string(counter, "label", figure->label);
        tp_json_add_i64(counter, "value", figure->value);
        add_real(counter, "per_s", figure->has_rate, figure->per_s);
        json_object_array_add(counters, counter);
    }
    tp_json_add_string(object, "event", "top");
    tp_json_add_string(object, "aeron_dir", aeron_dir);
    add_real(object, "interval_s", seconds > 0, seconds);
    json_object_object_add(object, "media_driver", media_json(&snapshot->media_driver));
    json_object_object_add(object, "shm_driver", driver_json(snapshot, seconds > 0));
    tp_json_add_u64(object, "aeron_counters", snapshot->ncounters);
    json_object_object_add(object, "streams", streams);
    json_object_object_add(object, "clients", clients);
    json_object_object_add(object, "counters", counters);
    return object;
}
