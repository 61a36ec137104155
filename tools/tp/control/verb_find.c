/*
 * tools/tp/control/verb_find.c - `tp find`: ask a discovery service which streams there are.
 */
#include <inttypes.h>
#include <string.h>

#include "control/find_cli.h"
#include "tensorpool/discovery.h"
#include "tensorpool/error.h"
#include "tp_common.h"
#include "verbs.h"

enum {
    OPT_PRODUCER = TP_OPTION_FIRST,
    OPT_ID,
    OPT_TAG,
    OPT_FIRST_ONLY,
    OPT_REQUEST_CHANNEL,
    OPT_REQUEST_STREAM,
    OPT_RESPONSE_CHANNEL,
    OPT_RESPONSE_STREAM,
    OPT_CLIENT_ID
};
enum { TAGS_MAX = 64 };

static const tp_option_t options[] = {
    { 'n', "name", "NAME", "data source name, exactly" },
    { 's', "stream", "ID", "stream id" },
    { OPT_PRODUCER, "producer", "ID", "producer id" },
    { OPT_ID, "data-source-id", "ID", "data source id" },
    { OPT_TAG, "tag", "TAG", "a tag that the stream has; may be repeated, all must be there" },
    { 't', "timeout", "S", "how long answers are collected (1)" },
    { OPT_FIRST_ONLY, "first", NULL, "done with the first answer that has a result" },
    { OPT_REQUEST_CHANNEL, "request-channel", "URI",
      "where the service listens (TP_DISCOVERY_CHANNEL; aeron:ipc?term-length=1m)" },
    { OPT_REQUEST_STREAM, "request-stream", "ID", "(TP_DISCOVERY_STREAM_ID; 7000)" },
    { OPT_RESPONSE_CHANNEL, "response-channel", "URI",
      "where it shall answer (aeron:ipc?term-length=1m)" },
    { OPT_RESPONSE_STREAM, "response-stream", "ID", "(7004)" },
    { OPT_CLIENT_ID, "client-id", "ID", "label of the requests (drawn at random)" },
};

static const tp_spec_t spec = {
    .verb = "find",
    .synopsis = "[--name NAME] [--stream ID] [--producer ID] [--data-source-id ID] [--tag TAG]... "
                "[OPTION]...",
    .about = "Ask a discovery service (`tp discovery`, or a driver with one inside) which streams "
             "there are. Filters combine; without any\n"
             "all streams are listed, with the driver to attach at.",
    TP_SPEC_OPTIONS(options),
    .notes =
        "Without --request-channel, --request-stream and their variables, a service inside of a "
        "driver is asked, too, on its control stream.\n"
        "Also named discovery-query and discovery-list. To follow what was found: `tp sub "
        "--find NAME`.",
};

static const char *plain(char *out, size_t cap, const char *text)
{
    return tp_plain(out, cap, text, strlen(text));
}

static void print_text(const tp_discovery_found_t *f)
{
    char name[257];
    char driver[129];
    char channel[1025];
    plain(name, sizeof name, f->data_source_name);
    tp_out("stream %u  %s  driver %s at %s stream %u  epoch %" PRIu64 "  %u slots, %zu pools",
           f->stream_id, name[0] != '\0' ? name : "(no name)",
           plain(driver, sizeof driver, f->driver_instance_id),
           plain(channel, sizeof channel, f->driver_control_channel), f->driver_control_stream_id,
           f->epoch, f->nslots, f->npools);
    for (size_t i = 0; i < f->ntags; i++) {
        char tag[257];
        tp_out("%s%s", i == 0 ? "  tags " : ", ", plain(tag, sizeof tag, f->tags[i]));
    }
    tp_out("\n");
}

static void print_json(const tp_discovery_found_t *f)
{
    json_object *o = json_object_new_object();
    json_object *tags = json_object_new_array();
    json_object *pools = json_object_new_array();
    tp_json_add_u64(o, "stream", f->stream_id);
    tp_json_add_u64(o, "producer", f->producer_id);
    tp_json_add_u64(o, "epoch", f->epoch);
    tp_json_add_u64(o, "layout_version", f->layout_version);
    tp_json_add_u64(o, "nslots", f->nslots);
    if (f->data_source_id != TP_DISCOVERY_ANY_ID) {
        tp_json_add_u64(o, "data_source_id", f->data_source_id);
    } else {
        tp_json_add_null(o, "data_source_id");
    }
    tp_json_add_string(o, "data_source_name", f->data_source_name);
    for (size_t i = 0; i < f->ntags; i++) {
        json_object_array_add(tags, json_object_new_string(f->tags[i]));
    }
    json_object_object_add(o, "tags", tags);
    tp_json_add_string(o, "driver_instance_id", f->driver_instance_id);
    tp_json_add_string(o, "driver_control_channel", f->driver_control_channel);
    tp_json_add_u64(o, "driver_control_stream_id", f->driver_control_stream_id);
    tp_json_add_string(o, "header_region_uri", f->header_region_uri);
    for (size_t i = 0; i < f->npools; i++) {
        json_object *pool = json_object_new_object();
        tp_json_add_u64(pool, "pool_id", f->pools[i].pool_id);
        tp_json_add_u64(pool, "nslots", f->pools[i].nslots);
        tp_json_add_u64(pool, "stride_bytes", f->pools[i].stride_bytes);
        tp_json_add_string(pool, "region_uri", f->pools[i].region_uri);
        json_object_array_add(pools, pool);
    }
    json_object_object_add(o, "pools", pools);
    tp_json_line(o);
}

static void print(const tp_discovery_client_t *discovery, bool json)
{
    const tp_discovery_found_t *found;
    const size_t count = tp_discovery_results(discovery, &found);
    for (size_t i = 0; i < count; i++) {
        if (json) {
            print_json(&found[i]);
        } else {
            print_text(&found[i]);
        }
    }
}

int tp_verb_find(int argc, char **argv)
{
    tp_args_t args;
    tp_discovery_client_options_t o = TP_DISCOVERY_CLIENT_OPTIONS_INIT;
    tp_discovery_query_t query = TP_DISCOVERY_QUERY_INIT;
    const char *tags[TAGS_MAX];
    tp_find_place_t places[TP_FIND_PLACES_MAX];
    query.tags = tags;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case 'n':
            query.data_source_name = args.value;
            break;
        case 's':
            tp_arg_u32(&args, 0, UINT32_MAX - 1, &query.stream_id);
            break;
        case OPT_PRODUCER:
            tp_arg_u32(&args, 0, UINT32_MAX - 1, &query.producer_id);
            break;
        case OPT_ID:
            tp_arg_u64(&args, 0, UINT64_MAX - 1, &query.data_source_id);
            break;
        case OPT_TAG:
            if (query.ntags == TAGS_MAX) {
                tp_args_wrong(&args, "--tag: more than %d", TAGS_MAX);
                break;
            }
            tags[query.ntags++] = args.value;
            break;
        case 't':
            tp_arg_duration_ns(&args, 1, INT64_C(3600000000000), &o.timeout_ns);
            break;
        case OPT_FIRST_ONLY:
            query.is_first_enough = true;
            break;
        case OPT_REQUEST_CHANNEL:
            o.request_channel = args.value;
            break;
        case OPT_REQUEST_STREAM:
            tp_arg_u32(&args, 1, INT32_MAX, &o.request_stream_id);
            break;
        case OPT_RESPONSE_CHANNEL:
            o.response_channel = args.value;
            break;
        case OPT_RESPONSE_STREAM:
            tp_arg_u32(&args, 1, INT32_MAX, &o.response_stream_id);
            break;
        case OPT_CLIENT_ID:
            tp_arg_u32(&args, 1, UINT32_MAX - 1, &o.client_id);
            break;
        default:
            break;
        }
    }
    const size_t nplaces = tp_find_places(&args, o.request_channel, o.request_stream_id, places);
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional > 0) {
        return tp_args_wrong(&args, "unexpected argument '%s' (a name goes behind --name)",
                             args.positional[0]);
    }
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_discovery_client_t *discovery = NULL;
    client_options.aeron_dir = args.connection.aeron_dir;
    client_options.client_name = "tp find";
    tp_signals_install();
    int status = TP_EXIT_OK;
    int rc = tp_client_create(&client, &client_options);
    rc = rc == TP_OK ? tp_find_ask(client, &o, places, nplaces, &query, &discovery) : rc;
    if (rc == TP_OK) {
        print(discovery, args.json);
    } else {
        (void)tp_failed(&spec, "%s", tp_errmsg());
        status = rc == TP_EINVAL ? TP_EXIT_USAGE : TP_EXIT_FAILED;
    }
    tp_discovery_client_destroy(discovery);
    tp_client_destroy(client);
    return status;
}
