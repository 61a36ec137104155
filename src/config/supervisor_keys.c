#include "config/supervisor_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define MAX_STREAM UINT64_C(4294967294) /* Rule: C-6 */
#define MAX_AERON UINT64_C(2147483647)
#define IPC "aeron:ipc?term-length=4m"

typedef struct raw_rule {
    tp_supervisor_rule_t r;
    uint32_t stream_id, consumer_id;       /* 0: not given */
    const char *stream_ids, *consumer_ids; /* "1001-1010"; NULL: not given */
    uint32_t mode;
} raw_rule_t;

/* What is not kept as the options keep it. */
typedef struct raw {
    tp_supervisor_options_t o;
    const char *aeron_dir;
    const char *control_channel, *announce_channel, *qos_channel, *metadata_channel;
    uint32_t control_stream_id, announce_stream_id, qos_stream_id, metadata_stream_id;
    uint32_t stream_id;
    const char *const *stream_ids;
    size_t nstream_ids;
    const char *const *reserved;
    size_t nreserved;
    const char *const *base_dirs;
    size_t nbase_dirs;
    uint32_t consumer_stale_ms;
    uint32_t descriptor_base, descriptor_range, control_base, control_range;
    uint32_t mode;
    const raw_rule_t *rules;
    size_t nrules;
} raw_t;

#define AT(member) .offset = offsetof(raw_t, o.member)
#define RAW(member) .offset = offsetof(raw_t, member)
#define RULE(member) .offset = offsetof(raw_rule_t, r.member)

static const tpi_role_key_t keys[] = {
    { "aeron_dir", NULL, TPI_STORE_TEXT, RAW(aeron_dir), .default_text = "" },
    { "control_channel", "aeron_uri", TPI_STORE_TEXT, RAW(control_channel), .default_text = IPC },
    { "control_stream_id", NULL, TPI_STORE_U32, RAW(control_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "1000" },
    { "announce_channel", NULL, TPI_STORE_TEXT, RAW(announce_channel), .default_text = "" },
    { "announce_stream_id", NULL, TPI_STORE_U32, RAW(announce_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "" },
    { "qos_channel", NULL, TPI_STORE_TEXT, RAW(qos_channel), .default_text = "" },
    { "qos_stream_id", NULL, TPI_STORE_U32, RAW(qos_stream_id), .least = 1, .most = MAX_AERON,
      .default_text = "1200" },
    { "metadata_channel", NULL, TPI_STORE_TEXT, RAW(metadata_channel), .default_text = "" },
    { "metadata_stream_id", NULL, TPI_STORE_U32, RAW(metadata_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "1300" },
    { "stream_id", NULL, TPI_STORE_U32, RAW(stream_id), .most = MAX_STREAM, .default_text = "0" },
    { "stream_ids", NULL, TPI_STORE_LIST, RAW(stream_ids),
      .count_offset = offsetof(raw_t, nstream_ids), .default_text = "" },
    { "allowed_base_dirs", NULL, TPI_STORE_LIST, RAW(base_dirs),
      .count_offset = offsetof(raw_t, nbase_dirs), .default_text = "/dev/shm" },
    { "liveness_timeout_ns", NULL, TPI_STORE_I64, AT(liveness_timeout_ns), .least = 1,
      .default_text = "5000000000" },
    { "liveness_check_interval_ns", NULL, TPI_STORE_I64, AT(liveness_check_interval_ns), .least = 1,
      .default_text = "1000000000" },
    { "consumer_stale_ms", NULL, TPI_STORE_U32, RAW(consumer_stale_ms), .least = 1,
      .default_text = "" },
    { "producer_capacity", NULL, TPI_STORE_U32, AT(producer_capacity), .least = 1,
      .default_text = "256" },
    { "consumer_capacity", NULL, TPI_STORE_U32, AT(consumer_capacity), .least = 1,
      .default_text = "1024" },
    { "force_mode", NULL, TPI_STORE_U32, RAW(mode), .most = 2, .default_text = "0" },
    { "force_no_shm", NULL, TPI_STORE_BOOL, AT(force_no_shm), .default_text = "false" },
    { "payload_fallback_uri", NULL, TPI_STORE_TEXT, AT(payload_fallback_uri), .default_text = "" },
    { "per_consumer_enabled", NULL, TPI_STORE_BOOL, AT(per_consumer_enabled),
      .default_text = "false" },
    { "per_consumer_descriptor_channel", NULL, TPI_STORE_TEXT, AT(per_consumer_descriptor_channel),
      .default_text = "aeron:ipc" },
    { "per_consumer_descriptor_base", NULL, TPI_STORE_U32, RAW(descriptor_base), .least = 1,
      .most = MAX_AERON, .default_text = "31000" },
    { "per_consumer_descriptor_range", NULL, TPI_STORE_U32, RAW(descriptor_range), .least = 1,
      .most = 65536, .default_text = "1000" },
    { "per_consumer_control_channel", NULL, TPI_STORE_TEXT, AT(per_consumer_control_channel),
      .default_text = "aeron:ipc" },
    { "per_consumer_control_base", NULL, TPI_STORE_U32, RAW(control_base), .least = 1,
      .most = MAX_AERON, .default_text = "32000" },
    { "per_consumer_control_range", NULL, TPI_STORE_U32, RAW(control_range), .least = 1,
      .most = 65536, .default_text = "1000" },
    { "reserved_stream_ids", NULL, TPI_STORE_LIST, RAW(reserved),
      .count_offset = offsetof(raw_t, nreserved), .default_text = "" },
    { "drop_alert_ppm", NULL, TPI_STORE_U32, AT(drop_alert_ppm), .least = 1, .most = 1000000,
      .default_text = "1000" },
    { "drop_alert_checks", NULL, TPI_STORE_U32, AT(drop_alert_checks), .least = 1,
      .default_text = "3" },
    { "announce_alert_ns", NULL, TPI_STORE_I64, AT(announce_alert_ns), .least = 1,
      .default_text = "5000000000" },
};

static const tpi_role_key_t rule_keys[] = {
    { "stream_id", NULL, TPI_STORE_U32, .offset = offsetof(raw_rule_t, stream_id), .least = 1,
      .most = MAX_STREAM, .default_text = "" },
    { "stream_ids", NULL, TPI_STORE_TEXT, .offset = offsetof(raw_rule_t, stream_ids),
      .default_text = "" },
    { "consumer_id", NULL, TPI_STORE_U32, .offset = offsetof(raw_rule_t, consumer_id), .least = 1,
      .most = MAX_STREAM, .default_text = "" },
    { "consumer_ids", NULL, TPI_STORE_TEXT, .offset = offsetof(raw_rule_t, consumer_ids),
      .default_text = "" },
    { "force_mode", NULL, TPI_STORE_U32, .offset = offsetof(raw_rule_t, mode), .most = 2,
      .default_text = "0" },
    { "force_no_shm", NULL, TPI_STORE_BOOL, RULE(force_no_shm), .default_text = "false" },
    { "payload_fallback_uri", NULL, TPI_STORE_TEXT, RULE(payload_fallback_uri),
      .default_text = "" },
    { "per_consumer_enabled", NULL, TPI_STORE_BOOL, RULE(per_consumer_enabled),
      .default_text = "false" },
};

static const tpi_role_array_t arrays[] = {
    { "supervisor.rules", NULL, offsetof(raw_t, rules), offsetof(raw_t, nrules), sizeof(raw_rule_t),
      rule_keys, sizeof rule_keys / sizeof rule_keys[0] },
};

static const tpi_role_schema_t schema = { "supervisor", NULL, keys, sizeof keys / sizeof keys[0],
                                          arrays,       1 };

/* ---- what spans keys ---- */

static const char *where(const tpi_role_config_t *config, const char *key)
{
    const tpi_config_item_t *items;
    const size_t n = tpi_role_config_items(config, &items);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(items[i].key, key) == 0 && items[i].where != NULL) {
            return items[i].where;
        }
    }
    return "";
}

static int wrong(const tpi_role_config_t *config, const char *key, const char *text,
                 const char *expected)
{
    const char *place = where(config, key);
    return tpi_fail(TP_ECONFIG, "%s%s%s: '%.60s', expected %s", place, place[0] != '\0' ? ": " : "",
                    key, text, expected);
}

/* "1001" or "1001-1010" */
static bool parse_range(const char *text, tp_id_range_t *out)
{
    unsigned long long numbers[2];
    int n = 0;
    for (const char *at = text; n < 2; n++) {
        char *end = NULL;
        if (*at < '0' || *at > '9') {
            return false;
        }
        numbers[n] = strtoull(at, &end, 10);
        if (*end == '\0') {
            break;
        }
        if (*end != '-' || n == 1) {
            return false;
        }
        at = end + 1;
    }
    const unsigned long long first = numbers[0];
    const unsigned long long last = n == 0 ? first : numbers[1];
    if (first == 0 || first > last || last > MAX_STREAM) {
        return false;
    }
    *out = (tp_id_range_t){ (uint32_t)first, (uint32_t)last };
    return true;
}

static int parse_list(const tpi_role_config_t *config, const char *key, const char *const *list,
                      size_t n, tp_id_range_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!parse_range(list[i], &out[i])) {
            return wrong(config, key, list[i], "an id (\"1001\") or two (\"1001-1010\")");
        }
    }
    return TP_OK;
}

static int take_streams(tpi_supervisor_keys_t *out, const raw_t *raw)
{
    out->streams = calloc(raw->nstream_ids + 1, sizeof *out->streams);
    out->reserved = calloc(raw->nreserved + 1, sizeof *out->reserved);
    if (out->streams == NULL || out->reserved == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    int rc = parse_list(out->config, "supervisor.stream_ids", raw->stream_ids, raw->nstream_ids,
                        out->streams);
    rc = rc == TP_OK ? parse_list(out->config, "supervisor.reserved_stream_ids", raw->reserved,
                                  raw->nreserved, out->reserved)
                     : rc;
    if (rc != TP_OK) {
        return rc;
    }
    out->options.streams = out->streams;
    out->options.nstreams = raw->nstream_ids;
    if (raw->stream_id != 0) {
        out->streams[out->options.nstreams++] = (tp_id_range_t){ raw->stream_id, raw->stream_id };
    }
    out->options.reserved_ids = out->reserved;
    out->options.nreserved_ids = raw->nreserved;
    return TP_OK;
}

/* One id, or a range of them, or neither: any. */
static int take_ids(const tpi_role_config_t *config, size_t rule, const char *name, uint32_t id,
                    const char *range, tp_id_range_t *out)
{
    char key[64];
    snprintf(key, sizeof key, "supervisor.rules[%zu].%s", rule, name);
    if (range != NULL && (id != 0 || !parse_range(range, out))) {
        return wrong(config, key, range,
                     id != 0 ? "none beside the single id"
                             : "an id (\"1001\") or two (\"1001-1010\")");
    }
    if (id != 0) {
        *out = (tp_id_range_t){ id, id };
    }
    return TP_OK;
}

static int take_rules(tpi_supervisor_keys_t *out, const raw_t *raw)
{
    out->rules = calloc(raw->nrules + 1, sizeof *out->rules);
    if (out->rules == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < raw->nrules; i++) {
        const raw_rule_t *from = &raw->rules[i];
        tp_supervisor_rule_t *rule = &out->rules[i];
        *rule = from->r;
        rule->force_mode = (tp_supervisor_mode_t)from->mode;
        int rc = take_ids(out->config, i, "stream_ids", from->stream_id, from->stream_ids,
                          &rule->stream_ids);
        rc = rc == TP_OK ? take_ids(out->config, i, "consumer_ids", from->consumer_id,
                                    from->consumer_ids, &rule->consumer_ids)
                         : rc;
        if (rc != TP_OK) {
            return rc;
        }
    }
    out->options.rules = out->rules;
    out->options.nrules = raw->nrules;
    return TP_OK;
}

static int take(tpi_supervisor_keys_t *out, const raw_t *raw)
{
    tp_client_options_t *client = &out->client;
    out->options = raw->o;
    out->options.force_mode = (tp_supervisor_mode_t)raw->mode;
    out->options.consumer_stale_ns = (int64_t)raw->consumer_stale_ms * 1000000;
    out->options.per_consumer_descriptor_ids =
        (tp_id_range_t){ raw->descriptor_base, raw->descriptor_base + raw->descriptor_range - 1 };
    out->options.per_consumer_control_ids =
        (tp_id_range_t){ raw->control_base, raw->control_base + raw->control_range - 1 };
    *client = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    client->aeron_dir = raw->aeron_dir;
    client->client_name = "tp supervisor";
    client->control_channel = raw->control_channel;
    client->control_stream_id = (int32_t)raw->control_stream_id;
    client->announce_channel = raw->announce_channel;
    client->announce_stream_id = (int32_t)raw->announce_stream_id;
    client->qos_channel = raw->qos_channel != NULL ? raw->qos_channel : raw->control_channel;
    client->qos_stream_id = (int32_t)raw->qos_stream_id;
    client->metadata_channel =
        raw->metadata_channel != NULL ? raw->metadata_channel : raw->control_channel;
    client->metadata_stream_id = (int32_t)raw->metadata_stream_id;
    client->allowed_base_dirs = raw->base_dirs;
    client->allowed_base_dirs_count = raw->nbase_dirs;
    const int rc = take_streams(out, raw);
    return rc == TP_OK ? take_rules(out, raw) : rc;
}

int tpi_supervisor_keys_load(tpi_supervisor_keys_t *out, const tpi_role_source_t *source)
{
    raw_t raw = { .o = TP_SUPERVISOR_OPTIONS_INIT };
    tpi_supervisor_keys_t loaded = { .config = NULL };
    int rc = tpi_role_config_load(&loaded.config, &schema, source, &raw);
    rc = rc == TP_OK ? take(&loaded, &raw) : rc;
    if (rc != TP_OK) {
        tpi_supervisor_keys_free(&loaded);
        return rc;
    }
    *out = loaded;
    return TP_OK;
}

void tpi_supervisor_keys_free(tpi_supervisor_keys_t *k)
{
    tpi_role_config_free(k->config);
    free(k->streams);
    free(k->reserved);
    free(k->rules);
    *k = (tpi_supervisor_keys_t){ .config = NULL };
}

/* Where the key, or the first key of that table, was written; NULL: nowhere. */
static const char *place_of(const tpi_config_item_t *items, size_t n, const char *key)
{
    const size_t len = strlen(key);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(items[i].key, key, len) == 0 &&
            (items[i].key[len] == '\0' || items[i].key[len] == '.') && items[i].where != NULL &&
            items[i].where[0] != '\0') {
            return items[i].where;
        }
    }
    return NULL;
}

void tpi_supervisor_keys_note_place(const tpi_supervisor_keys_t *k)
{
    const tpi_config_item_t *items;
    const size_t n = tpi_role_config_items(k->config, &items);
    char option[64];
    char key[96];
    const char *text = tp_errmsg();
    const size_t len = strcspn(text, ":");
    if (len >= sizeof option) {
        tpi_note("supervisor");
        return;
    }
    memcpy(option, text, len);
    option[len] = '\0';
    /* Ranges are written as base and length. */
    const bool is_ids = len > 4 && strcmp(option + len - 4, "_ids") == 0 && option[0] == 'p';
    snprintf(key, sizeof key, "supervisor.%.*s%s", (int)(is_ids ? len - 4 : len), option,
             is_ids ? "_base" : "");
    const char *place = place_of(items, n, key);
    if (place == NULL && is_ids) {
        place = place_of(items, n, "supervisor.per_consumer_enabled"); /* else nobody minds */
    }
    if (place != NULL) {
        tpi_note("%.280s: supervisor", place);
    } else {
        tpi_note("supervisor");
    }
}
