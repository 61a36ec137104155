/*
 * tools/tp/watch/verb_ls.c - `tp ls`: streams, epochs and leases, from the Aeron counters which the SHM driver and its clients keep in shared
 * memory. Nobody is asked, so it works on a driver that is stuck; with --listen it also says what is announced.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "link/counters.h"
#include "watch/tap.h"
#include "tp_common.h"
#include "verbs.h"
#include "wire/codec.h"

static const tp_option_t options[] = {
    { 'l', "listen", "S", "also listen for S seconds to what is announced" },
    { 'a', "all", NULL,
      "also all other counters: those of drivers, producers, consumers and services" },
};

static const tp_spec_t spec = {
    .verb = "ls",
    .synopsis = "[--json] [--all] [--listen S]",
    .about = "List streams, epochs and leases of the SHM driver in an Aeron directory, as its "
             "counters say. No process is asked.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "With --json one object: streams, leases, counters (with --all), announces (with "
             "--listen).\n"
             "Exit status 1 if there is no media driver directory.",
};

typedef struct listing {
    const tp_args_t *args;
    bool all;
    int64_t now_ns;
    json_object *streams;
    json_object *leases;
    json_object *counters;
    json_object *announces; /* by stream id */
} listing_t;

static void add_stream(listing_t *listing, const tpi_counter_view_t *counter)
{
    if (counter->key_len < 10) {
        return;
    }
    json_object *stream = json_object_new_object();
    tp_json_add_u64(stream, "stream_id", tpi_get_u32(counter->key));
    tp_json_add_u64(stream, "epoch", (uint64_t)counter->value);
    tp_json_add_u64(stream, "nslots", tpi_get_u32(counter->key + 4));
    tp_json_add_u64(stream, "pools", tpi_get_u16(counter->key + 8));
    const char *path = (const char *)counter->key + 10;
    tp_json_add_text(stream, "header_path", path, strnlen(path, counter->key_len - 10));
    tp_json_add_string(stream, "label", counter->label);
    json_object_array_add(listing->streams, stream);
}

static void add_lease(listing_t *listing, const tpi_counter_view_t *counter)
{
    if (counter->key_len < 17) {
        return;
    }
    const uint8_t role = counter->key[16];
    json_object *lease = json_object_new_object();
    tp_json_add_u64(lease, "lease_id", tpi_get_u64(counter->key));
    tp_json_add_u64(lease, "stream_id", tpi_get_u32(counter->key + 8));
    tp_json_add_u64(lease, "client_id", tpi_get_u32(counter->key + 12));
    tp_json_add_string(lease, "role", role == 1 ? "PRODUCER" : role == 2 ? "CONSUMER" : "?");
    tp_json_add_i64(lease, "expires_in_ns", counter->value - listing->now_ns);
    json_object_array_add(listing->leases, lease);
}

static void add_counter(listing_t *listing, const tpi_counter_view_t *counter)
{
    json_object *object = json_object_new_object();
    const bool of_stream =
        counter->type_id == TPI_COUNTER_PRODUCER || counter->type_id == TPI_COUNTER_CONSUMER;
    const bool of_mapping =
        counter->type_id == TPI_COUNTER_BRIDGE || counter->type_id == TPI_COUNTER_RATE_LIMITER;
    tp_json_add_string(object, "of", tpi_counter_role(counter->type_id));
    if (of_stream && counter->key_len >= 12) {
        tp_json_add_u64(object, "stream_id", tpi_get_u32(counter->key + 4));
        tp_json_add_u64(object, "client_id", tpi_get_u32(counter->key + 8));
    } else if (of_mapping && counter->key_len >= 12 && tpi_get_u32(counter->key + 4) != 0) {
        tp_json_add_u64(object, "source_stream_id", tpi_get_u32(counter->key + 4));
        tp_json_add_u64(object, "dest_stream_id", tpi_get_u32(counter->key + 8));
    }
    tp_json_add_string(object, "label", counter->label);
    tp_json_add_i64(object, "value", counter->value);
    json_object_array_add(listing->counters, object);
}

static void on_counter(void *clientd, const tpi_counter_view_t *counter)
{
    listing_t *listing = clientd;
    switch (counter->type_id) {
    case TPI_COUNTER_STREAM:
        add_stream(listing, counter);
        break;
    case TPI_COUNTER_LEASE:
        add_lease(listing, counter);
        break;
    default:
        if (listing->all && tpi_counter_role(counter->type_id) != NULL) {
            add_counter(listing, counter);
        }
        break;
    }
}

/* The newest announce of each stream and session. */
static bool on_message(void *clientd, const uint8_t *data, size_t len, int32_t session_id)
{
    listing_t *listing = clientd;
    tpi_shm_pool_announce_t announce;
    tpi_wire_header_t header;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID ||
        header.template_id != TPI_SHM_POOL_ANNOUNCE ||
        tpi_shm_pool_announce_decode(data, len, &announce) != TP_OK) {
        return true;
    }
    char key[32];
    json_object *object = json_object_new_object();
    tp_json_add_u64(object, "stream_id", announce.stream_id);
    tp_json_add_u64(object, "producer_id", announce.producer_id);
    tp_json_add_u64(object, "epoch", announce.epoch);
    tp_json_add_u64(object, "nslots", announce.header_nslots);
    tp_json_add_u64(object, "layout_version", announce.layout_version);
    tp_json_add_text(object, "header_uri", (const char *)announce.header_region_uri.data,
                     announce.header_region_uri.len);
    json_object *pools = json_object_new_array();
    for (size_t i = 0; i < announce.npools; i++) {
        const tpi_pool_entry_t *entry = &announce.pools[i];
        json_object *pool = json_object_new_object();
        tp_json_add_u64(pool, "pool_id", entry->pool_id);
        tp_json_add_u64(pool, "nslots", entry->nslots);
        tp_json_add_u64(pool, "stride_bytes", entry->stride_bytes);
        tp_json_add_text(pool, "uri", (const char *)entry->region_uri.data, entry->region_uri.len);
        json_object_array_add(pools, pool);
    }
    json_object_object_add(object, "pools", pools);
    tp_json_add_i64(object, "session_id", session_id);
    tp_json_add_i64(object, "age_ns", tp_now_ns() - (int64_t)announce.announce_timestamp_ns);
    snprintf(key, sizeof key, "%u/%d", announce.stream_id, session_id);
    json_object_object_add(listing->announces, key, object);
    return true;
}

/* ---- order and text ---- */

static uint64_t number(json_object *object, const char *key)
{
    json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) ? json_object_get_uint64(value) : 0;
}

static const char *text(json_object *object, const char *key)
{
    json_object *value = NULL;
    return json_object_object_get_ex(object, key, &value) && value != NULL
               ? json_object_get_string(value)
               : "";
}

static int by_stream(const void *a, const void *b)
{
    json_object *x = *(json_object *const *)a;
    json_object *y = *(json_object *const *)b;
    const uint64_t i = number(x, "stream_id");
    const uint64_t j = number(y, "stream_id");
    if (i != j) {
        return i < j ? -1 : 1;
    }
    const int role = strcmp(text(y, "role"), text(x, "role")); /* producers first */
    return role != 0 ? role : number(x, "client_id") < number(y, "client_id") ? -1 : 1;
}

static json_object *producer_of(const listing_t *listing, uint64_t stream_id)
{
    for (size_t i = 0; i < json_object_array_length(listing->leases); i++) {
        json_object *lease = json_object_array_get_idx(listing->leases, i);
        if (number(lease, "stream_id") == stream_id &&
            strcmp(text(lease, "role"), "PRODUCER") == 0) {
            return lease;
        }
    }
    return NULL;
}

static void print_text(const listing_t *listing)
{
    const size_t nstreams = json_object_array_length(listing->streams);
    const size_t nleases = json_object_array_length(listing->leases);
    tp_out("%-12s %-22s %-8s %-6s %-12s %s\n", "STREAM", "EPOCH", "NSLOTS", "POOLS", "PRODUCER",
           "RING");
    for (size_t i = 0; i < nstreams; i++) {
        json_object *s = json_object_array_get_idx(listing->streams, i);
        json_object *producer = producer_of(listing, number(s, "stream_id"));
        char client[16] = "-";
        if (producer != NULL) {
            snprintf(client, sizeof client, "%llu",
                     (unsigned long long)number(producer, "client_id"));
        }
        tp_out("%-12llu %-22llu %-8llu %-6llu %-12s %s\n",
               (unsigned long long)number(s, "stream_id"), (unsigned long long)number(s, "epoch"),
               (unsigned long long)number(s, "nslots"), (unsigned long long)number(s, "pools"),
               client, text(s, "header_path"));
    }
    tp_out("\n%-22s %-12s %-12s %-10s %s\n", "LEASE", "STREAM", "CLIENT", "ROLE", "EXPIRES");
    for (size_t i = 0; i < nleases; i++) {
        json_object *l = json_object_array_get_idx(listing->leases, i);
        json_object *expires = NULL;
        json_object_object_get_ex(l, "expires_in_ns", &expires);
        tp_out("%-22llu %-12llu %-12llu %-10s %.1f s\n", (unsigned long long)number(l, "lease_id"),
               (unsigned long long)number(l, "stream_id"),
               (unsigned long long)number(l, "client_id"), text(l, "role"),
               (double)json_object_get_int64(expires) / 1e9);
    }
    if (listing->all) {
        tp_out("\n%-20s %s\n", "VALUE", "COUNTER");
        for (size_t i = 0; i < json_object_array_length(listing->counters); i++) {
            json_object *c = json_object_array_get_idx(listing->counters, i);
            json_object *value = NULL;
            json_object_object_get_ex(c, "value", &value);
            tp_out("%-20lld %s\n", (long long)json_object_get_int64(value), text(c, "label"));
        }
    }
    if (listing->announces != NULL) {
        tp_out("\n%-12s %-22s %-8s %-12s %s\n", "ANNOUNCED", "EPOCH", "NSLOTS", "PRODUCER",
               "SESSION");
        json_object_object_foreach(listing->announces, key, a)
        {
            (void)key;
            tp_out("%-12llu %-22llu %-8llu %-12llu %s\n",
                   (unsigned long long)number(a, "stream_id"),
                   (unsigned long long)number(a, "epoch"), (unsigned long long)number(a, "nslots"),
                   (unsigned long long)number(a, "producer_id"), text(a, "session_id"));
        }
    }
}

static void print_json(const listing_t *listing, const char *aeron_dir)
{
    json_object *object = json_object_new_object();
    tp_json_add_string(object, "aeron_dir", aeron_dir);
    json_object_object_add(object, "streams", json_object_get(listing->streams));
    json_object_object_add(object, "leases", json_object_get(listing->leases));
    if (listing->all) {
        json_object_object_add(object, "counters", json_object_get(listing->counters));
    }
    if (listing->announces != NULL) {
        json_object *list = json_object_new_array();
        json_object_object_foreach(listing->announces, key, announce)
        {
            (void)key;
            json_object_array_add(list, json_object_get(announce));
        }
        json_object_array_sort(list, by_stream);
        json_object_object_add(object, "announces", list);
    }
    tp_json_line(object);
}

static int listen_for(listing_t *listing, int64_t listen_ns)
{
    const tp_connection_t *c = &listing->args->connection;
    const char *control =
        c->control_channel != NULL ? c->control_channel : "aeron:ipc?term-length=4m";
    const int32_t control_id = c->control_stream_id != 0 ? c->control_stream_id : 1000;
    listing->announces = json_object_new_object();
    return tp_tap_run(&spec, listing->args,
                      c->announce_channel != NULL ? c->announce_channel : control,
                      c->announce_stream_id != 0 ? c->announce_stream_id : control_id, listen_ns,
                      on_message, listing);
}

int tp_verb_ls(int argc, char **argv)
{
    char aeron_dir[1024];
    tp_args_t args;
    listing_t listing = { .args = &args };
    int64_t listen_ns = 0;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case 'l':
            tp_arg_duration_ns(&args, 1000000, INT64_MAX / 2, &listen_ns);
            break;
        case 'a':
            listing.all = true;
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional > 0) {
        return tp_args_wrong(&args, "unexpected argument '%s'", args.positional[0]);
    }
    if (args.connection.aeron_dir != NULL) {
        snprintf(aeron_dir, sizeof aeron_dir, "%s", args.connection.aeron_dir);
    } else if (tpi_default_aeron_dir(aeron_dir, sizeof aeron_dir) != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_signals_install();
    listing.streams = json_object_new_array();
    listing.leases = json_object_new_array();
    listing.counters = json_object_new_array();
    int status = listen_ns > 0 ? listen_for(&listing, listen_ns) : TP_EXIT_OK;
    if (status == TP_EXIT_OK) {
        listing.now_ns = tp_now_ns();
        if (tpi_counters_foreach(aeron_dir, on_counter, &listing) != TP_OK) {
            status = tp_failed(&spec, "%s", tp_errmsg());
        }
    }
    if (status == TP_EXIT_OK) {
        json_object_array_sort(listing.streams, by_stream);
        json_object_array_sort(listing.leases, by_stream);
        if (args.json) {
            print_json(&listing, aeron_dir);
        } else {
            print_text(&listing);
        }
        status = tp_stop_requested() != 0 ? TP_EXIT_FAILED : TP_EXIT_OK;
    }
    json_object_put(listing.streams);
    json_object_put(listing.leases);
    json_object_put(listing.counters);
    json_object_put(listing.announces);
    return status;
}
