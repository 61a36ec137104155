/*
 * tools/tp/control/verb_send.c - `tp send`: publish one message on a stream, as `tp encode` makes it.
 *
 * What no other verb says can be said with it: a ConsumerConfig, a shutdown request, a malformed
 * message to see what becomes of it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "codec/batch_io.h"
#include "link/link.h"
#include "tp_common.h"
#include "verbs.h"
#include "codec/wire_json.h"

enum { OPT_TIMEOUT = TP_OPTION_FIRST };

static const tp_option_t options[] = {
    { OPT_TIMEOUT, "timeout", "S", "how long to wait for somebody who listens (5)" },
};

static const tp_spec_t spec = {
    .verb = "send",
    .synopsis = "[--timeout S] control|announce|descriptor|qos|metadata MESSAGE [JSON]\n"
                "[--timeout S] control|announce|descriptor|qos|metadata hex:HEX",
    .about = "Publish one message on a stream. MESSAGE and JSON are those of `tp encode`, in the "
             "form that --dialect says; JSON comes\n"
             "from standard input when it is not given. With hex:HEX the bytes are sent as they "
             "are, whatever they mean.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "Exit status 1 if nobody listens on that stream.\n"
             "example, a consumer is told not to use shared memory (useShm):\n"
             "  tp send control ConsumerConfig '{\"streamId\":1001,\"consumerId\":7,"
             "\"useShm\":\"FALSE\",\"mode\":\"STREAM\",\n"
             "    \"descriptorStreamId\":0,\"controlStreamId\":0,\"payloadFallbackUri\":\"\","
             "\"descriptorChannel\":\"\",\"controlChannel\":\"\"}'",
};

/* The message's bytes; exit status. */
static int read_message(tp_args_t *args, tp_bytes_t *out)
{
    const char *what = args->positional[1];
    if (strncmp(what, "hex:", 4) == 0) {
        if (args->npositional > 2) {
            return tp_args_wrong(args, "unexpected argument '%s'", args->positional[2]);
        }
        if (!tp_bytes_append_unhex(out, what + 4, strlen(what + 4)) || out->len == 0) {
            return tp_args_wrong(args, "'%.60s': expected hex: and two digits a byte", what);
        }
        return TP_EXIT_OK;
    }
    const unsigned dialect =
        args->connection.dialect == TP_WIRE_V12 ? TPI_WIRE_IN_V12 : TPI_WIRE_IN_V11;
    tp_bytes_t input = { 0 };
    json_object *fields = NULL;
    int rc = TP_OK;
    if (args->npositional > 2) {
        tp_bytes_append_text(&input, args->positional[2]);
        rc = input.failed ? tpi_fail(TP_ENOMEM, "no memory for the input") : TP_OK;
    } else {
        rc = tp_bytes_read_fd(&input, STDIN_FILENO);
    }
    rc = rc == TP_OK ? tp_json_parse_strict((const char *)input.data, input.len, &fields) : rc;
    rc = rc == TP_OK ? tp_wire_from_json(what, dialect, fields, out) : rc;
    json_object_put(fields);
    tp_bytes_fini(&input);
    if (rc == TP_EDECODE) {
        return tp_args_wrong(args, "%s", tp_errmsg());
    }
    return rc == TP_OK ? TP_EXIT_OK : tp_failed(&spec, "%s", tp_errmsg());
}

static int publish(const tp_args_t *args, const char *channel, int32_t stream_id,
                   const tp_bytes_t *message, int64_t timeout_ns)
{
    tpi_link_t *link = NULL;
    tpi_publication_t *pub = NULL;
    const tpi_link_options_t link_options = { .aeron_dir = args->connection.aeron_dir,
                                              .client_name = "tp send" };
    int rc = tpi_link_create_aeron(&link, &link_options);
    rc = rc == TP_OK ? tpi_link_add_publication(link, &pub, channel, stream_id, false) : rc;
    if (rc != TP_OK) {
        tpi_link_destroy(link);
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    const int64_t start_ns = tpi_monotonic_ns();
    tpi_send_t sent = TPI_SEND_NOT_READY;
    uint32_t idle = 0;
    while (sent != TPI_SEND_OK && sent != TPI_SEND_ERROR && tp_stop_requested() == 0 &&
           tpi_monotonic_ns() - start_ns < timeout_ns) {
        tp_idle(&idle, tpi_link_do_work(link, tpi_monotonic_ns()));
        if (tpi_publication_is_ready(pub)) {
            sent = tpi_publication_offer(pub, message->data, message->len);
        }
    }
    int status = TP_EXIT_OK;
    if (sent != TPI_SEND_OK) {
        const char *why = tpi_publication_error(pub);
        why = why[0] != '\0' ? why : tpi_link_error(link);
        status = tp_failed(&spec, "%s stream %d (media driver directory %s): %s%s%s", channel,
                           stream_id, tpi_link_aeron_dir(link),
                           sent == TPI_SEND_ERROR           ? "the message was refused"
                           : sent == TPI_SEND_NOT_CONNECTED ? "nobody listens"
                                                            : "it could not be sent in time",
                           why[0] != '\0' ? ": " : "", why);
    } else if (args->json) {
        json_object *object = json_object_new_object();
        tp_json_add_string(object, "event", "sent");
        tp_json_add_u64(object, "bytes", message->len);
        tp_json_add_string(object, "channel", channel);
        tp_json_add_i64(object, "stream_id", stream_id);
        tp_json_line(object);
    }
    tpi_publication_close(pub);
    tpi_link_destroy(link);
    return status;
}

int tp_verb_send(int argc, char **argv)
{
    tp_args_t args;
    int64_t timeout_ns = INT64_C(5000000000);
    const char *channel = NULL;
    int32_t stream_id = 0;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        if (id == OPT_TIMEOUT) {
            tp_arg_duration_ns(&args, 0, INT64_MAX / 4, &timeout_ns);
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional < 2 || args.npositional > 3) {
        return tp_args_wrong(&args, "expected a stream, and MESSAGE [JSON] or hex:HEX");
    }
    if (!tp_connection_stream(&args.connection, args.positional[0], &channel, &stream_id)) {
        return tp_args_wrong(&args, "'%s' is none of control, announce, descriptor, qos, metadata",
                             args.positional[0]);
    }
    tp_bytes_t message = { 0 };
    int status = read_message(&args, &message);
    if (status == TP_EXIT_OK) {
        tp_signals_install();
        status = publish(&args, channel, stream_id, &message, timeout_ns);
    }
    tp_bytes_fini(&message);
    return status;
}
