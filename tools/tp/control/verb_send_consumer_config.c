/*
 * tools/tp/control/verb_send_consumer_config.c - `tp send-consumer-config`: tell one consumer by hand what a supervisor would.
 */
#include <stdio.h>
#include <string.h>

#include "tensorpool/error.h"
#include "tensorpool/supervisor.h"
#include "tp_common.h"
#include "verbs.h"

enum {
    OPT_FALLBACK = TP_OPTION_FIRST,
    OPT_DESCRIPTOR_CHANNEL,
    OPT_DESCRIPTOR_STREAM,
    OPT_CONTROL_CHANNEL,
    OPT_CONTROL_STREAM,
    OPT_USE_SHM,
    OPT_TIMEOUT
};

static const tp_option_t options[] = {
    { 's', "stream", "ID", "its stream (required)" },
    { 'i', "consumer", "ID", "its consumer id (required)" },
    { 'm', "mode", "MODE", "stream or rate_limited (stream)" },
    { OPT_USE_SHM, "use-shm", "true|false", "whether it maps the regions (true)" },
    { OPT_FALLBACK, "fallback", "URI", "where the payload comes from without shared memory" },
    { OPT_DESCRIPTOR_CHANNEL, "assign-descriptor-channel", "URI",
      "a descriptor stream of its own; with its id" },
    { OPT_DESCRIPTOR_STREAM, "assign-descriptor-stream", "ID", "its Aeron stream id" },
    { OPT_CONTROL_CHANNEL, "assign-control-channel", "URI",
      "a control stream of its own; with its id" },
    { OPT_CONTROL_STREAM, "assign-control-stream", "ID", "its Aeron stream id" },
    { OPT_TIMEOUT, "timeout", "S", "how long to wait for somebody who listens (5)" },
};

static const tp_spec_t spec = {
    .verb = "send-consumer-config",
    .synopsis = "--stream ID --consumer ID [--mode MODE] [--use-shm true|false] [--fallback URI] "
                "[OPTION]...\nJSON",
    .about = "Send one ConsumerConfig. It is the consumer's whole state from then on: streams that "
             "are not named are taken back.\n"
             "There is no answer to it.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "Exit status 1 if nobody listens on the control stream. With JSON, the message as "
             "`tp encode ConsumerConfig` takes it.",
};

typedef struct request {
    tp_args_t *args;
    tp_consumer_config_t config;
    bool has_stream, has_consumer;
    int64_t timeout_ns;
} request_t;

static void take_mode(request_t *r)
{
    const char *word = r->args->value;
    if (strcmp(word, "stream") == 0 || strcmp(word, "STREAM") == 0) {
        r->config.mode = TP_SUPERVISOR_MODE_STREAM;
    } else if (strcmp(word, "rate_limited") == 0 || strcmp(word, "RATE_LIMITED") == 0) {
        r->config.mode = TP_SUPERVISOR_MODE_RATE_LIMITED;
    } else {
        tp_args_wrong(r->args, "option '--mode': '%s' is neither stream nor rate_limited", word);
    }
}

static void take_use_shm(request_t *r)
{
    const char *word = r->args->value;
    if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        r->config.use_shm = word[0] == 't';
    } else {
        tp_args_wrong(r->args, "option '--use-shm': '%s' is neither true nor false", word);
    }
}

static void take(request_t *r, int id)
{
    tp_consumer_config_t *c = &r->config;
    switch (id) {
    case 's':
        r->has_stream = tp_arg_u32(r->args, 0, UINT32_MAX - 1, &c->stream_id);
        break;
    case 'i':
        r->has_consumer = tp_arg_u32(r->args, 0, UINT32_MAX - 1, &c->consumer_id);
        break;
    case 'm':
        take_mode(r);
        break;
    case OPT_USE_SHM:
        take_use_shm(r);
        break;
    case OPT_FALLBACK:
        c->payload_fallback_uri = r->args->value;
        break;
    case OPT_DESCRIPTOR_CHANNEL:
        c->descriptor_channel = r->args->value;
        break;
    case OPT_DESCRIPTOR_STREAM:
        tp_arg_u32(r->args, 1, INT32_MAX, &c->descriptor_stream_id);
        break;
    case OPT_CONTROL_CHANNEL:
        c->control_channel = r->args->value;
        break;
    case OPT_CONTROL_STREAM:
        tp_arg_u32(r->args, 1, INT32_MAX, &c->control_stream_id);
        break;
    case OPT_TIMEOUT:
        tp_arg_duration_ns(r->args, 0, INT64_C(3600000000000), &r->timeout_ns);
        break;
    default:
        break;
    }
}

static int send(const request_t *r)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_client_options_from_args(&client_options, r->args);
    int rc = tp_client_create(&client, &client_options);
    if (rc != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    const int64_t start_ns = tp_now_ns();
    uint32_t idle = 0;
    rc = TP_EAGAIN;
    while (rc == TP_EAGAIN && tp_stop_requested() == 0 && tp_now_ns() - start_ns <= r->timeout_ns) {
        const int work = tp_client_do_work(client);
        rc = tp_client_state(client) == TP_CLIENT_CONNECTED
                 ? tp_supervisor_send_config(client, &r->config)
                 : TP_EAGAIN;
        tp_idle(&idle, rc == TP_OK ? 1 : work);
    }
    int status = TP_EXIT_OK;
    if (rc == TP_EAGAIN) {
        const char *why = tp_client_reason(client);
        status = tp_failed(&spec, "nobody listens on the control stream%s%s",
                           why[0] != '\0' ? ": " : "", why);
    } else if (rc != TP_OK) {
        status = tp_failed(&spec, "%s", tp_errmsg());
    } else if (r->args->json) {
        json_object *o = json_object_new_object();
        tp_json_add_string(o, "event", "sent");
        tp_json_add_u64(o, "stream_id", r->config.stream_id);
        tp_json_add_u64(o, "consumer_id", r->config.consumer_id);
        tp_json_line(o);
    }
    tp_client_destroy(client);
    return status;
}

/* Half an assignment says nothing (W-94). */
static bool is_whole(request_t *r, const char *what, const char *channel, uint32_t stream_id)
{
    const bool has_channel = channel != NULL && channel[0] != '\0';
    if (has_channel != (stream_id != 0)) {
        tp_args_wrong(r->args,
                      "--assign-%s-channel and --assign-%s-stream: expected both or neither", what,
                      what);
        return false;
    }
    return true;
}

/* Other tools take the whole message as JSON, which `tp send` does. */
static int send_json(int argc, char **argv)
{
    char *words[64] = { argv[0], "control", "ConsumerConfig" };
    int n = 3;
    for (int i = 1; i < argc && n < 63; i++) {
        words[n++] = argv[i];
    }
    return tp_verb_send(n, words);
}

int tp_verb_send_consumer_config(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '{') {
            return send_json(argc, argv);
        }
    }
    tp_args_t args;
    request_t r = { .args = &args,
                    .config = TP_CONSUMER_CONFIG_INIT,
                    .timeout_ns = INT64_C(5000000000) };
    r.config.use_shm = true;
    r.config.mode = TP_SUPERVISOR_MODE_STREAM;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        take(&r, id);
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional > 0) {
        return tp_args_wrong(&args, "unexpected argument '%s'", args.positional[0]);
    }
    if (!r.has_stream || !r.has_consumer) {
        return tp_args_wrong(&args, "--stream and --consumer are required");
    }
    if (!is_whole(&r, "descriptor", r.config.descriptor_channel, r.config.descriptor_stream_id) ||
        !is_whole(&r, "control", r.config.control_channel, r.config.control_stream_id)) {
        return args.exit_code;
    }
    tp_signals_install();
    return send(&r);
}
