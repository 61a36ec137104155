/*
 * tools/tp/control/verb_meta.c - `tp meta get` and `tp meta set`: names and attributes of streams.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/meta_cli.h"
#include "verbs.h"

enum { OPT_NAME = TP_OPTION_FIRST, OPT_SUMMARY, OPT_VERSION, OPT_BLOB, OPT_BLOB_TYPE, OPT_SECONDS };

static const tp_option_t options[] = {
    { 's', "stream", "ID", "the stream (get: without it all of them)" },
    { OPT_VERSION, "version", "V", "get: of this version (the highest that is known)" },
    { 't', "timeout", "S",
      "get: how long to listen (3); set: for the last version of others (2.5)" },
    { OPT_NAME, "name", "TEXT", "set: name of the data source" },
    { OPT_SUMMARY, "summary", "TEXT", "set: one line about it" },
    { OPT_SECONDS, "seconds", "S", "set: go on saying so for so long (until a signal)" },
    { OPT_BLOB, "blob", "FILE",
      "get: wait for a blob and write it; set: send it, with --dialect 1.2 only" },
    { OPT_BLOB_TYPE, "blob-type", "N", "set: its type (0)" },
};

static const tp_spec_t spec = {
    .verb = "meta",
    .synopsis =
        "get [--stream ID] [--version V] [--blob FILE] [OPTION]...\n"
        "set --stream ID [--name TEXT] [--summary TEXT] [--blob FILE] [KEY[:FORMAT]=VALUE | "
        "KEY[:FORMAT]@FILE]...",
    .about =
        "Metadata of streams: name, summary, and attributes with a version that frames name.\n"
        "get prints what is said at the moment. set says it for a stream that somebody else "
        "produces, for as long as it runs:\n"
        "metadata is soft state. The version of the new set is one more than the last one heard.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "Also named metadata-dump (get). Producers say it themselves: `tp pub --name --meta`.",
};

typedef struct meta {
    tp_args_t args;
    bool is_set, has_stream, has_timeout;
    uint32_t stream_id, version, blob_type;
    int64_t timeout_ns, seconds_ns;
    const char *name, *summary, *blob_path;
    tp_meta_cli_t cli;
    void *blob;
    uint64_t blob_length;
    tp_client_t *client;
    tp_metadata_cache_t *cache;
    bool is_blob_written, has_failed;
    uint64_t changes;
} meta_t;

static void parse(meta_t *m, int argc, char **argv)
{
    tp_args_t *args = &m->args;
    tp_args_begin(args, &spec, argc, argv);
    for (int id; (id = tp_args_next(args)) != 0;) {
        switch (id) {
        case 's':
            m->has_stream = tp_arg_u32(args, 1, UINT32_MAX - 1, &m->stream_id);
            break;
        case OPT_VERSION:
            tp_arg_u32(args, 1, UINT32_MAX - 1, &m->version);
            break;
        case 't':
            m->has_timeout = tp_arg_duration_ns(args, 1, INT64_C(3600000000000), &m->timeout_ns);
            break;
        case OPT_NAME:
            m->name = args->value;
            break;
        case OPT_SUMMARY:
            m->summary = args->value;
            break;
        case OPT_SECONDS:
            tp_arg_duration_ns(args, 1, INT64_MAX / 4, &m->seconds_ns);
            break;
        case OPT_BLOB:
            m->blob_path = args->value;
            break;
        case OPT_BLOB_TYPE:
            tp_arg_u32(args, 0, UINT32_MAX - 1, &m->blob_type);
            break;
        default:
            break;
        }
    }
    if (args->done) {
        return;
    }
    const char *what = args->npositional > 0 ? args->positional[0] : "";
    m->is_set = strcmp(what, "set") == 0;
    if (!m->is_set && strcmp(what, "get") != 0) {
        tp_args_wrong(args,
                      what[0] == '\0' ? "get or set is required%s" : "'%s' is neither get nor set",
                      what);
        return;
    }
    if (!m->is_set) {
        if (args->npositional > 1) {
            tp_args_wrong(args, "unexpected argument '%s'", args->positional[1]);
        } else if (m->blob_path != NULL && !m->has_stream) {
            tp_args_wrong(args, "--blob needs --stream ID");
        }
        return;
    }
    for (int i = 1; i < args->npositional && !args->done; i++) {
        (void)tp_meta_cli_add(&m->cli, args, args->positional[i]);
    }
    if (args->done) {
        return;
    }
    if (!m->has_stream) {
        tp_args_wrong(args, "set needs --stream ID");
    } else if (m->cli.count == 0 && m->name == NULL && m->summary == NULL && m->blob_path == NULL) {
        tp_args_wrong(args, "nothing to set: attributes, --name, --summary or --blob");
    } else if (m->blob_path != NULL && args->connection.dialect != TP_WIRE_V12) {
        tp_args_wrong(args, "--blob needs --dialect 1.2: v1.1 has no messages for it");
    } else if (m->blob_path != NULL && tp_read_whole_file(m->blob_path, UINT64_C(1) << 30, &m->blob,
                                                          &m->blob_length) != TP_OK) {
        tp_args_wrong(args, "--blob: %s", tp_errmsg());
    }
}

/* ---- get ---- */

static bool is_printable(const tp_attribute_t *a)
{
    const uint8_t *value = a->value;
    for (uint32_t i = 0; i < a->length; i++) {
        if (value[i] < 0x20 || value[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

static json_object *attribute_to_json(const tp_attribute_t *a)
{
    json_object *o = json_object_new_object();
    tp_json_add_text(o, "key", a->key.data, a->key.length);
    tp_json_add_text(o, "format", a->format.data, a->format.length);
    if (is_printable(a)) {
        tp_json_add_text(o, "value", a->value, a->length);
        return o;
    }
    char *hex = malloc(2 * (size_t)a->length + 5);
    if (hex != NULL) {
        size_t n = (size_t)sprintf(hex, "hex:");
        for (uint32_t i = 0; i < a->length; i++) {
            n += (size_t)sprintf(hex + n, "%02x", ((const uint8_t *)a->value)[i]);
        }
        tp_json_add_string(o, "value", hex);
        free(hex);
    }
    return o;
}

static void print_source(const meta_t *m, const tp_data_source_t *source)
{
    tp_attribute_t attributes[TP_MAX_ATTRIBUTES];
    uint32_t version = 0;
    const int count = tp_metadata_cache_attributes(m->cache, source->stream_id, m->version,
                                                   &version, attributes, TP_MAX_ATTRIBUTES);
    if (m->args.json) {
        json_object *o = json_object_new_object();
        tp_json_add_u64(o, "stream", source->stream_id);
        tp_json_add_u64(o, "producer", source->producer_id);
        tp_json_add_u64(o, "epoch", source->epoch);
        tp_json_add_u64(o, "meta_version", source->meta_version);
        tp_json_add_text(o, "name", source->name.data, source->name.length);
        tp_json_add_text(o, "summary", source->summary.data, source->summary.length);
        if (count >= 0) {
            json_object *list = json_object_new_array();
            for (int i = 0; i < count; i++) {
                json_object_array_add(list, attribute_to_json(&attributes[i]));
            }
            tp_json_add_u64(o, "version", version);
            json_object_object_add(o, "attributes", list);
        } else {
            tp_json_add_null(o, "version");
            tp_json_add_null(o, "attributes");
        }
        tp_json_line(o);
        return;
    }
    char name[TP_MAX_NAME + 1];
    char summary[1025];
    tp_out("stream %u: %s%s%s (epoch %llu, producer %u, metadata version %u)\n", source->stream_id,
           tp_plain(name, sizeof name, source->name.data, source->name.length),
           source->summary.length > 0 ? ", " : "",
           tp_plain(summary, sizeof summary, source->summary.data, source->summary.length),
           (unsigned long long)source->epoch, source->producer_id, source->meta_version);
    for (int i = 0; i < count; i++) {
        const tp_attribute_t *a = &attributes[i];
        char key[TP_MAX_NAME + 1];
        char format[TP_MAX_NAME + 1];
        tp_plain(key, sizeof key, a->key.data, a->key.length);
        tp_plain(format, sizeof format, a->format.data, a->format.length);
        if (is_printable(a)) {
            tp_out("  %s = %.*s  (%s)\n", key, (int)a->length, (const char *)a->value, format);
        } else {
            tp_out("  %s: %u bytes  (%s)\n", key, a->length, format);
        }
    }
}

/* Announce and set of the stream are both there, or the set that was asked for. */
static bool is_complete(const meta_t *m)
{
    tp_data_source_t source;
    if (!m->has_stream || !tp_metadata_cache_source(m->cache, m->stream_id, &source)) {
        return false;
    }
    const uint32_t wanted = m->version != 0 ? m->version : source.meta_version;
    return wanted == 0 ||
           tp_metadata_cache_attributes(m->cache, m->stream_id, wanted, NULL, NULL, 0) >= 0;
}

static void on_blob(void *clientd, uint32_t stream_id, uint32_t meta_version, uint32_t blob_type,
                    const void *data, uint64_t length)
{
    meta_t *m = clientd;
    (void)stream_id;
    FILE *file = m->is_blob_written ? NULL : fopen(m->blob_path, "wbe");
    if (m->is_blob_written) {
        return;
    }
    m->is_blob_written = true;
    const bool is_written = file != NULL && fwrite(data, 1, (size_t)length, file) == length;
    if (file == NULL || fclose(file) != 0 || !is_written) {
        tp_failed(&spec, "%s cannot be written", m->blob_path);
        m->has_failed = true;
    } else if (m->args.json) {
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", "blob");
        tp_json_add_u64(o, "meta_version", meta_version);
        tp_json_add_u64(o, "blob_type", blob_type);
        tp_json_add_u64(o, "length", length);
        tp_json_line(o);
    } else {
        tp_out("blob of type %u, version %u: %" PRIu64 " bytes\n", blob_type, meta_version, length);
    }
}

static int get(meta_t *m)
{
    const int64_t deadline_ns = tp_now_ns() + m->timeout_ns;
    uint32_t idle = 0;
    while (tp_stop_requested() == 0 && tp_now_ns() < deadline_ns) {
        const int work = tp_client_do_work(m->client) + tp_metadata_cache_poll(m->cache);
        if (m->blob_path != NULL ? m->is_blob_written : is_complete(m)) {
            break;
        }
        tp_idle(&idle, work);
    }
    if (m->blob_path != NULL) {
        return m->is_blob_written && !m->has_failed ? TP_EXIT_OK
               : m->has_failed                      ? TP_EXIT_FAILED
                               : tp_failed(&spec, "no blob of stream %u came", m->stream_id);
    }
    static tp_data_source_t sources[1024];
    const size_t count = tp_metadata_cache_sources(m->cache, sources, 1024);
    for (size_t i = 0; i < count && i < 1024; i++) {
        print_source(m, &sources[i]);
    }
    if (count == 0) {
        return m->has_stream ? tp_failed(&spec, "nothing was said of stream %u", m->stream_id)
                             : tp_failed(&spec, "nothing was said of any stream");
    }
    if (m->has_stream && !is_complete(m)) {
        return tp_failed(&spec, "stream %u: its attributes of version %u did not come",
                         m->stream_id, m->version != 0 ? m->version : sources[0].meta_version);
    }
    return TP_EXIT_OK;
}

/* ---- set ---- */

/* The last version that others said, for as long as it takes to be sure that nobody does. */
static uint32_t last_version(meta_t *m)
{
    const int64_t deadline_ns = tp_now_ns() + m->timeout_ns;
    uint32_t idle = 0;
    tp_data_source_t source;
    while (tp_stop_requested() == 0 && tp_now_ns() < deadline_ns) {
        const int work = tp_client_do_work(m->client) + tp_metadata_cache_poll(m->cache);
        if (tp_metadata_cache_source(m->cache, m->stream_id, &source)) {
            return source.meta_version;
        }
        tp_idle(&idle, work);
    }
    return 0;
}

static void tell(const meta_t *m, const char *event, uint32_t version, uint64_t announces)
{
    if (m->args.json) {
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", event);
        tp_json_add_u64(o, "stream", m->stream_id);
        tp_json_add_u64(o, "version", version);
        tp_json_add_u64(o, "announces", announces);
        tp_json_line(o);
    } else {
        tp_out("%s: stream %u, version %u\n", event, m->stream_id, version);
    }
}

static int say(meta_t *m, tp_metadata_publisher_t *publisher)
{
    const int64_t start_ns = tp_now_ns();
    uint32_t idle = 0;
    bool has_told = false;
    while (tp_stop_requested() == 0 &&
           (m->seconds_ns == 0 || tp_now_ns() - start_ns < m->seconds_ns)) {
        int work = tp_client_do_work(m->client);
        work += tp_metadata_publisher_poll(publisher);
        work += tp_metadata_cache_poll(m->cache); /* or it would hold its stream up */
        tp_metadata_publisher_stats_t stats;
        tp_metadata_publisher_stats(publisher, &stats);
        if (!has_told && stats.announces > 0) {
            has_told = true;
            tell(m, "saying", tp_metadata_version(publisher), stats.announces);
        }
        tp_idle(&idle, work);
    }
    tp_metadata_publisher_stats_t stats;
    tp_metadata_publisher_stats(publisher, &stats);
    tell(m, "said", tp_metadata_version(publisher), stats.announces);
    if (stats.announces == 0) {
        return tp_failed(&spec, "stream %u was not announced, so nothing was said of it",
                         m->stream_id);
    }
    return m->blob != NULL && !tp_metadata_blob_is_sent(publisher)
               ? tp_failed(&spec, "the blob was not sent whole")
               : TP_EXIT_OK;
}

static int set(meta_t *m)
{
    tp_metadata_publisher_options_t o = TP_METADATA_PUBLISHER_OPTIONS_INIT;
    tp_metadata_publisher_t *publisher = NULL;
    o.stream_id = m->stream_id;
    o.name = m->name;
    o.summary = m->summary;
    o.first_version = last_version(m) + 1;
    if (tp_metadata_publisher_create(&publisher, m->client, &o) != TP_OK ||
        tp_metadata_set(publisher, m->cli.attributes, m->cli.count) != TP_OK ||
        (m->blob != NULL &&
         tp_metadata_send_blob(publisher, m->blob_type, m->blob, m->blob_length) != TP_OK)) {
        tp_metadata_publisher_destroy(publisher);
        tp_failed(&spec, "%s", tp_errmsg());
        return TP_EXIT_USAGE;
    }
    const int status = say(m, publisher);
    tp_metadata_publisher_destroy(publisher);
    return status;
}

int tp_verb_meta(int argc, char **argv)
{
    static meta_t m; /* the argument tables are large */
    memset(&m, 0, sizeof m);
    parse(&m, argc, argv);
    int status = m.args.exit_code;
    if (!m.args.done) {
        if (!m.has_timeout) {
            m.timeout_ns = m.is_set ? 2500000000 : 3000000000;
        }
        tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
        tp_metadata_cache_options_t cache = TP_METADATA_CACHE_OPTIONS_INIT;
        tp_client_options_from_args(&client_options, &m.args);
        client_options.client_name = "tp meta";
        cache.stream_id = m.stream_id;
        cache.clientd = &m;
        if (!m.is_set && m.blob_path != NULL) {
            cache.blob = on_blob;
        }
        tp_signals_install();
        if (tp_client_create(&m.client, &client_options) != TP_OK ||
            tp_metadata_cache_create(&m.cache, m.client, &cache) != TP_OK) {
            status = tp_failed(&spec, "%s", tp_errmsg());
        } else {
            status = m.is_set ? set(&m) : get(&m);
        }
        tp_metadata_cache_destroy(m.cache);
        tp_client_destroy(m.client);
    }
    tp_meta_cli_free(&m.cli);
    free(m.blob);
    return status;
}
