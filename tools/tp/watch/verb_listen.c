/*
 * tools/tp/watch/verb_listen.c - `tp listen announce|control|qos|metadata`: decoded messages as they come.
 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "watch/tap.h"
#include "tp_common.h"
#include "verbs.h"
#include "wire/codec.h"
#include "codec/wire_json.h"

static const tp_option_t options[] = {
    { 'n', "count", "N", "stop after N messages" },
    { 't', "seconds", "S", "stop after S seconds" },
    { 's', "stream", "ID", "only messages which name this tensor stream" },
};

static const tp_spec_t spec = {
    .verb = "listen",
    .synopsis = "[--json] [--count N] [--seconds S] [--stream ID] announce|control|qos|metadata",
    .about = "Print the messages of one stream, decoded, as they come: announces of regions, "
             "everything on the control\n"
             "stream, quality of service reports, or metadata. Both dialects are understood.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "With --json each line is what `tp decode --json` prints, with received_ns "
             "(CLOCK_MONOTONIC) and session_id in\n"
             "front; of a malformed message error and hex instead. A listener that is stopped (^Z) "
             "can hold publishers up\n"
             "for some seconds: end it instead.",
};

typedef struct listener {
    const tp_args_t *args;
    bool only_announces;
    uint64_t left; /* 0: no limit */
    bool has_stream;
    uint32_t stream_id;
    tp_bytes_t text;
} listener_t;

static void print_value(const char *name, json_object *value)
{
    if (json_object_is_type(value, json_type_object) ||
        json_object_is_type(value, json_type_array)) {
        tp_out(" %s=%s", name,
               json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                         JSON_C_TO_STRING_NOSLASHESCAPE));
    } else {
        tp_out(" %s=%s", name, value == NULL ? "-" : json_object_get_string(value));
    }
}

static void print_text(int64_t now_ns, int32_t session_id, json_object *message)
{
    json_object *name = NULL;
    json_object *fields = NULL;
    json_object_object_get_ex(message, "message", &name);
    json_object_object_get_ex(message, "fields", &fields);
    tp_out("%lld.%06lld session=%d %s", (long long)(now_ns / 1000000000),
           (long long)(now_ns % 1000000000 / 1000), session_id,
           name != NULL ? json_object_get_string(name) : "?");
    if (fields != NULL) {
        json_object_object_foreach(fields, key, value)
        {
            print_value(key, value);
        }
    }
    tp_out("\n");
}

static bool names_stream(json_object *message, uint32_t stream_id)
{
    json_object *fields = NULL;
    json_object *id = NULL;
    return json_object_object_get_ex(message, "fields", &fields) &&
           json_object_object_get_ex(fields, "streamId", &id) &&
           json_object_get_uint64(id) == stream_id;
}

static void print_malformed(const listener_t *listener, int64_t now_ns, int32_t session_id,
                            const uint8_t *data, size_t len)
{
    enum { SHOWN = 256 };
    char hex[2 * SHOWN + 5] = "hex:";
    for (size_t i = 0; i < len && i < SHOWN; i++) {
        snprintf(hex + 4 + 2 * i, 3, "%02x", data[i]);
    }
    if (listener->args->json) {
        json_object *object = json_object_new_object();
        tp_json_add_i64(object, "received_ns", now_ns);
        tp_json_add_i64(object, "session_id", session_id);
        tp_json_add_string(object, "error", tp_errmsg());
        tp_json_add_string(object, "hex", hex);
        tp_json_line(object);
    } else {
        tp_out("%lld.%06lld session=%d MALFORMED %s %s\n", (long long)(now_ns / 1000000000),
               (long long)(now_ns % 1000000000 / 1000), session_id, tp_errmsg(), hex);
    }
}

static bool on_message(void *clientd, const uint8_t *data, size_t len, int32_t session_id)
{
    listener_t *listener = clientd;
    const int64_t now_ns = tp_now_ns();
    tpi_wire_header_t header;
    if (listener->only_announces && tpi_wire_peek(data, len, &header) == TP_OK &&
        (header.schema_id != TPI_WIRE_SCHEMA_ID || header.template_id != TPI_SHM_POOL_ANNOUNCE)) {
        return true; /* by default announces share the control stream */
    }
    listener->text.len = 0;
    if (tp_wire_to_json(data, len, TPI_WIRE_IN_BOTH, false, &listener->text) != TP_OK) {
        if (listener->has_stream) {
            return true;
        }
        print_malformed(listener, now_ns, session_id, data, len);
        return listener->left == 0 || --listener->left > 0;
    }
    json_object *message = NULL;
    if (tp_json_parse_strict((const char *)listener->text.data, listener->text.len, &message) !=
            TP_OK ||
        (listener->has_stream && !names_stream(message, listener->stream_id))) {
        json_object_put(message);
        return true;
    }
    if (listener->args->json) {
        tp_out("{\"received_ns\":%lld,\"session_id\":%d,%.*s\n", (long long)now_ns, session_id,
               (int)listener->text.len - 1, (const char *)listener->text.data + 1);
    } else {
        print_text(now_ns, session_id, message);
    }
    json_object_put(message);
    return listener->left == 0 || --listener->left > 0;
}

int tp_verb_listen(int argc, char **argv)
{
    tp_args_t args;
    listener_t listener = { .args = &args };
    int64_t seconds_ns = 0;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case 'n':
            tp_arg_u64(&args, 1, UINT64_MAX, &listener.left);
            break;
        case 't':
            tp_arg_duration_ns(&args, 1000000, INT64_MAX / 2, &seconds_ns);
            break;
        case 's':
            listener.has_stream = tp_arg_u32(&args, 1, UINT32_MAX - 1, &listener.stream_id);
            break;
        default:
            break;
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional != 1) {
        return tp_args_wrong(&args,
                             "expected one of announce, control, qos, metadata; got %d words",
                             args.npositional);
    }
    const char *what = args.positional[0];
    const char *channel = NULL;
    int32_t stream_id = 0;
    if (strcmp(what, "descriptor") == 0 || /* who listens there is in its flow control */
        !tp_connection_stream(&args.connection, what, &channel, &stream_id)) {
        return tp_args_wrong(&args, "'%s' is none of announce, control, qos, metadata", what);
    }
    listener.only_announces = strcmp(what, "announce") == 0;
    tp_signals_install();
    const int status =
        tp_tap_run(&spec, &args, channel, stream_id, seconds_ns, on_message, &listener);
    tp_bytes_fini(&listener.text);
    return status;
}
