/*
 * tools/tp/control/verb_attach.c - `tp attach`: ask the SHM driver for a lease and print what it says. Nothing is mapped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "control/control_cli.h"
#include "verbs.h"

enum { OPT_MODE = TP_OPTION_FIRST, OPT_LAYOUT, OPT_HUGEPAGES, OPT_NODE, OPT_HOLD, OPT_PROBE };

static const tp_option_t options[] = {
    { TP_CLI_STREAM, "stream", "ID", "tensor stream; 0 asks for a dynamic one" },
    { TP_CLI_ROLE, "role", "ROLE", "producer or consumer" },
    { TP_CLI_CLIENT, "client-id", "ID", "1 to 4294967294 (random)" },
    { OPT_MODE, "publish-mode", "MODE",
      "require_existing or existing_or_create (existing_or_create)" },
    { OPT_LAYOUT, "layout", "N", "expected layout version, 0 for any (0)" },
    { OPT_HUGEPAGES, "hugepages", "POLICY", "unspecified, standard or hugepages (unspecified)" },
    { OPT_NODE, "node-id", "N", "desired node id, with --dialect 1.2" },
    { TP_CLI_TIMEOUT, "timeout", "S", "how long to wait for the answer (5)" },
    { OPT_PROBE, "probe", NULL,
      "print the endpoints in force too, and detach right after the answer" },
    { OPT_HOLD, "hold", NULL, "keep the lease alive until a signal, then detach" },
};

static const tp_spec_t spec = {
    .verb = "attach",
    .synopsis =
        "[--json] [--hold | --probe] --stream ID --role producer|consumer [OPTION]...\n"
        "DIR CHANNEL CONTROL_ID CLIENT_ID ROLE STREAM_ID [MODE [LAYOUT [POLICY [TIMEOUT_MS]]]]",
    .about = "Ask the SHM driver for a lease. Prints key=value lines, lease_id= among them, or one "
             "object with --json.\n"
             "Unless --hold is given the lease ends by itself after some seconds without `tp "
             "keepalive`.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "DIR may be - for the default directory. Also named driver-attach. Exit status 1 if "
             "the lease is refused.",
};

typedef struct attach {
    tp_control_cli_t cli;
    tp_attach_params_t params;
    bool hold;
    bool probe;
    bool is_answered;
    bool is_granted;
    bool is_ended;
    int64_t grant_ns; /* lease time; 0: unknown */
    uint64_t lease_id;
    uint32_t stream_id;
} attach_t;

static void print_json(const attach_t *attach, const tp_attach_result_t *result)
{
    const bool ok = result->code == TP_RESPONSE_OK;
    json_object *object = json_object_new_object();
    tp_json_add_string(object, "code", tp_control_code_name((int)result->code));
    tp_json_add_i64(object, "correlation_id", result->correlation_id);
    tp_json_add_u64(object, "client_id", attach->params.client_id);
    tp_json_add_string(object, "role",
                       attach->params.role == TP_ROLE_PRODUCER ? "PRODUCER" : "CONSUMER");
    if (ok) {
        tp_json_add_u64(object, "lease_id", result->lease_id);
        tp_json_add_u64(object, "stream_id", result->stream_id);
        tp_json_add_u64(object, "epoch", result->epoch);
        tp_json_add_u64(object, "layout_version", result->layout_version);
        tp_json_add_u64(object, "nslots", result->nslots);
        tp_json_add_text(object, "header_uri", result->header.uri, result->header.uri_len);
        json_object *pools = json_object_new_array();
        for (size_t i = 0; i < result->npools; i++) {
            json_object *pool = json_object_new_object();
            tp_json_add_u64(pool, "pool_id", result->pools[i].pool_id);
            tp_json_add_u64(pool, "nslots", result->pools[i].nslots);
            tp_json_add_u64(pool, "stride_bytes", result->pools[i].stride_bytes);
            tp_json_add_text(pool, "uri", result->pools[i].uri, result->pools[i].uri_len);
            json_object_array_add(pools, pool);
        }
        json_object_object_add(object, "pools", pools);
    }
    if (ok && result->lease_expiry_ns != UINT64_MAX) {
        tp_json_add_u64(object, "lease_expiry_ns", result->lease_expiry_ns);
    }
    if (ok && result->node_id != UINT32_MAX) {
        tp_json_add_u64(object, "node_id", result->node_id);
    }
    tp_json_add_text(object, "error_message", result->error_message, result->error_message_len);
    tp_json_line(object);
}

static void print_text(const attach_t *attach, const tp_attach_result_t *result)
{
    tp_out("code=%s\ncorrelation_id=%lld\nclient_id=%u\nrole=%s\n",
           tp_control_code_name((int)result->code), (long long)result->correlation_id,
           attach->params.client_id,
           attach->params.role == TP_ROLE_PRODUCER ? "PRODUCER" : "CONSUMER");
    if (result->code != TP_RESPONSE_OK) {
        tp_out("error_message=%.*s\n", (int)result->error_message_len, result->error_message);
        return;
    }
    tp_out("lease_id=%llu\nstream_id=%u\nepoch=%llu\nlayout_version=%u\nnslots=%u\n",
           (unsigned long long)result->lease_id, result->stream_id,
           (unsigned long long)result->epoch, result->layout_version, result->nslots);
    if (result->lease_expiry_ns != UINT64_MAX) {
        tp_out("lease_expiry_ns=%llu\n", (unsigned long long)result->lease_expiry_ns);
    }
    if (result->node_id != UINT32_MAX) {
        tp_out("node_id=%u\n", result->node_id);
    }
    tp_out("header_uri=%.*s\npools=%zu\n", (int)result->header.uri_len, result->header.uri,
           result->npools);
    for (size_t i = 0; i < result->npools; i++) {
        const tp_region_ref_t *pool = &result->pools[i];
        tp_out("pool_%u_nslots=%u\npool_%u_stride_bytes=%u\npool_%u_uri=%.*s\n", pool->pool_id,
               pool->nslots, pool->pool_id, pool->stride_bytes, pool->pool_id, (int)pool->uri_len,
               pool->uri);
    }
}

static void on_response(void *clientd, const tp_attach_result_t *result)
{
    attach_t *attach = clientd;
    if (attach->is_answered || result->correlation_id != attach->params.correlation_id ||
        attach->params.correlation_id == 0) {
        return; /* another client's: the stream is shared */
    }
    attach->is_answered = true;
    attach->is_granted = result->code == TP_RESPONSE_OK;
    attach->lease_id = result->lease_id;
    attach->stream_id = result->stream_id;
    attach->grant_ns =
        result->lease_expiry_ns != UINT64_MAX ? (int64_t)result->lease_expiry_ns - tp_now_ns() : 0;
    if (attach->cli.args->json) {
        print_json(attach, result);
    } else {
        print_text(attach, result);
    }
}

static void ended(attach_t *attach, const char *reason)
{
    if (!attach->is_granted || attach->is_ended) {
        return;
    }
    attach->is_ended = true;
    if (attach->cli.args->json) {
        json_object *object = json_object_new_object();
        tp_json_add_string(object, "event", "lease_ended");
        tp_json_add_u64(object, "lease_id", attach->lease_id);
        tp_json_add_string(object, "reason", reason);
        tp_json_line(object);
    } else {
        tp_out("lease_ended=%s\n", reason);
    }
}

static void on_revoked(void *clientd, const tp_lease_revoked_t *notice)
{
    static const char *const reasons[] = { "?", "DETACHED", "EXPIRED", "REVOKED" };
    attach_t *attach = clientd;
    if (notice->lease_id == attach->lease_id) {
        ended(attach, reasons[notice->reason < 4 ? notice->reason : 0]);
    }
}

static void on_shutdown(void *clientd, uint64_t timestamp_ns, uint8_t reason, const char *text,
                        uint32_t text_len)
{
    (void)timestamp_ns;
    (void)reason;
    (void)text;
    (void)text_len;
    ended(clientd, "DRIVER_SHUTDOWN");
}

/* The revoke notice of our own lease confirms (D-55); nobody waits longer than a second for it (D-64). */
static int give_back(attach_t *attach)
{
    tp_control_cli_t *cli = &attach->cli;
    const int64_t deadline_ns = tp_now_ns() + 1000000000;
    bool is_sent = false;
    while (!attach->is_ended && tp_now_ns() < deadline_ns) {
        is_sent = is_sent || tp_control_send_detach(cli->client, attach->lease_id,
                                                    attach->stream_id, attach->params.client_id,
                                                    attach->params.role, NULL) == TP_OK;
        tp_control_cli_turn(cli, deadline_ns);
    }
    return attach->is_ended ? TP_EXIT_OK : TP_EXIT_FAILED;
}

/* Where this would connect, before anybody is asked. */
static void print_endpoints(const tp_args_t *args)
{
    static const char *const names[] = { "control", "announce", "descriptor", "qos", "metadata" };
    json_object *object = args->json ? json_object_new_object() : NULL;
    if (object != NULL) {
        tp_json_add_string(object, "event", "endpoints");
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *channel = NULL;
        int32_t stream_id = 0;
        char key[40];
        (void)tp_connection_stream(&args->connection, names[i], &channel, &stream_id);
        if (object == NULL) {
            tp_out("%s_channel=%s\n%s_stream_id=%d\n", names[i], channel, names[i], stream_id);
            continue;
        }
        snprintf(key, sizeof key, "%s_channel", names[i]);
        tp_json_add_string(object, key, channel);
        snprintf(key, sizeof key, "%s_stream_id", names[i]);
        tp_json_add_i64(object, key, stream_id);
    }
    if (object != NULL) {
        tp_json_line(object);
    }
}

/* Rule: D-46, D-47 keep the lease until a signal, then give it back */
static int hold(attach_t *attach)
{
    const int64_t second_ns = 1000000000;
    tp_control_cli_t *cli = &attach->cli;
    const int64_t interval_ns =
        attach->grant_ns > 0 && attach->grant_ns / 3 < second_ns ? attach->grant_ns / 3 : second_ns;
    int64_t next_ns = tp_now_ns();
    while (!attach->is_ended && tp_control_cli_turn(cli, INT64_MAX)) {
        if (tp_now_ns() >= next_ns &&
            tp_control_send_keepalive(cli->client, attach->lease_id, attach->stream_id,
                                      attach->params.client_id, attach->params.role) == TP_OK) {
            next_ns += interval_ns;
        }
    }
    return attach->is_ended ? TP_EXIT_FAILED : give_back(attach);
}

static int run(attach_t *attach)
{
    const tp_control_handlers_t handlers = { .attach_response = on_response,
                                             .lease_revoked = on_revoked,
                                             .driver_shutdown = on_shutdown };
    const int64_t retry_ns = 1000000000;
    tp_control_cli_t *cli = &attach->cli;
    const int status = tp_control_cli_connect(cli, &handlers, attach);
    if (status != TP_EXIT_OK) {
        return status;
    }
    const int64_t deadline_ns = tp_now_ns() + cli->timeout_ns;
    int64_t next_ns = 0;
    do {
        /* Rule: D-37 the same request again, every second */
        if (tp_now_ns() >= next_ns) {
            const int rc = tp_control_send_attach(cli->client, &attach->params,
                                                  &attach->params.correlation_id);
            if (rc == TP_OK) {
                next_ns = tp_now_ns() + retry_ns;
            } else if (rc != TP_EAGAIN) {
                return tp_failed(&spec, "%s", tp_errmsg());
            }
        }
    } while (tp_control_cli_turn(cli, deadline_ns) && !attach->is_answered);
    if (!attach->is_answered) {
        return tp_control_cli_no_answer(cli, "no answer to the attach request");
    }
    if (!attach->is_granted) {
        return TP_EXIT_FAILED;
    }
    return attach->hold ? hold(attach) : attach->probe ? give_back(attach) : TP_EXIT_OK;
}

static void take_mode(tp_args_t *args, const char *what, const char *text, tp_publish_mode_t *out)
{
    if (strcasecmp(text, "require_existing") == 0) {
        *out = TP_REQUIRE_EXISTING;
    } else if (strcasecmp(text, "existing_or_create") == 0) {
        *out = TP_EXISTING_OR_CREATE;
    } else {
        tp_args_wrong(args, "%s: '%s' is neither require_existing nor existing_or_create", what,
                      text);
    }
}

static void take_hugepages(tp_args_t *args, const char *what, const char *text, tp_hugepages_t *out)
{
    if (strcasecmp(text, "unspecified") == 0) {
        *out = TP_HUGEPAGES_ANY;
    } else if (strcasecmp(text, "standard") == 0) {
        *out = TP_HUGEPAGES_STANDARD;
    } else if (strcasecmp(text, "hugepages") == 0) {
        *out = TP_HUGEPAGES_REQUIRED;
    } else {
        tp_args_wrong(args, "%s: '%s' is none of unspecified, standard, hugepages", what, text);
    }
}

static void take_positional(attach_t *attach)
{
    tp_args_t *args = attach->cli.args;
    const int taken = tp_control_cli_positional(&attach->cli);
    char **word = args->positional + taken;
    const int left = args->npositional - taken;
    if (args->done || left <= 0) {
        return;
    }
    if (left > 4) {
        tp_args_wrong(args, "unexpected argument '%s'", word[4]);
        return;
    }
    uint64_t timeout_ms = 0;
    take_mode(args, "MODE", word[0], &attach->params.publish_mode);
    if (left > 1 && !args->done) {
        tp_text_u32(args, "LAYOUT", word[1], 0, UINT32_MAX,
                    &attach->params.expected_layout_version);
    }
    if (left > 2 && !args->done) {
        take_hugepages(args, "POLICY", word[2], &attach->params.hugepages);
    }
    if (left > 3 && !args->done &&
        tp_text_u64(args, "TIMEOUT_MS", word[3], 1, 86400000, &timeout_ms)) {
        attach->cli.timeout_ns = (int64_t)timeout_ms * 1000000;
    }
}

static uint32_t random_client_id(void)
{
    uint32_t id = 0;
    while (id == 0 || id == UINT32_MAX) {
        if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id) {
            id = (uint32_t)tp_now_ns();
        }
    }
    return id;
}

int tp_verb_attach(int argc, char **argv)
{
    tp_args_t args;
    attach_t attach = {
        .cli = { .spec = &spec, .args = &args, .timeout_ns = TP_CONTROL_CLI_TIMEOUT_NS },
        .params = { .publish_mode = TP_EXISTING_OR_CREATE, .desired_node_id = UINT32_MAX },
    };
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        switch (id) {
        case OPT_MODE:
            take_mode(&args, args.option, args.value, &attach.params.publish_mode);
            break;
        case OPT_LAYOUT:
            tp_arg_u32(&args, 0, UINT32_MAX, &attach.params.expected_layout_version);
            break;
        case OPT_HUGEPAGES:
            take_hugepages(&args, args.option, args.value, &attach.params.hugepages);
            break;
        case OPT_NODE:
            tp_arg_u32(&args, 0, UINT32_MAX - 1, &attach.params.desired_node_id);
            break;
        case OPT_HOLD:
            attach.hold = true;
            break;
        case OPT_PROBE:
            attach.probe = true;
            break;
        default:
            tp_control_cli_option(&attach.cli, id);
            break;
        }
    }
    if (!args.done) {
        take_positional(&attach);
    }
    if (!attach.cli.has_stream) {
        attach.cli.has_stream = tp_stream_from_env(&args, 0, &attach.cli.stream_id);
    }
    if (!args.done && (!attach.cli.has_stream || attach.cli.role == 0)) {
        tp_args_wrong(&args, "%s is needed", attach.cli.has_stream ? "--role" : "--stream");
    }
    if (!args.done && attach.hold && attach.probe) {
        tp_args_wrong(&args, "--probe detaches at once, --hold at a signal: one of them");
    }
    if (!args.done && attach.params.desired_node_id != UINT32_MAX &&
        args.connection.dialect != TP_WIRE_V12) {
        tp_args_wrong(&args, "--node-id needs --dialect 1.2: the other form has no such field");
    }
    if (args.done) {
        return args.exit_code;
    }
    attach.params.stream_id = attach.cli.stream_id;
    attach.params.role = attach.cli.role;
    attach.params.client_id = attach.cli.client_id != 0 ? attach.cli.client_id : random_client_id();
    tp_signals_install();
    if (attach.probe) {
        print_endpoints(&args);
    }
    const int status = run(&attach);
    tp_control_cli_close(&attach.cli);
    return status;
}
