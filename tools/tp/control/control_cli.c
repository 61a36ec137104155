/*
 * tools/tp/control/control_cli.c - see control_cli.h.
 */
#include "control/control_cli.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool tp_control_cli_role(tp_args_t *args, const char *what, const char *text, tp_role_t *out)
{
    if (strcasecmp(text, "producer") == 0 || strcmp(text, "1") == 0) {
        *out = TP_ROLE_PRODUCER;
    } else if (strcasecmp(text, "consumer") == 0 || strcmp(text, "2") == 0) {
        *out = TP_ROLE_CONSUMER;
    } else {
        tp_args_wrong(args, "%s: '%s' is neither producer nor consumer", what, text);
        return false;
    }
    return true;
}

bool tp_control_cli_option(tp_control_cli_t *cli, int id)
{
    tp_args_t *args = cli->args;
    switch (id) {
    case TP_CLI_STREAM:
        cli->has_stream = tp_arg_u32(args, 0, UINT32_MAX - 1, &cli->stream_id);
        return true;
    case TP_CLI_ROLE:
        tp_control_cli_role(args, args->option, args->value, &cli->role);
        return true;
    case TP_CLI_CLIENT:
        tp_arg_u32(args, 1, UINT32_MAX - 1, &cli->client_id);
        return true;
    case TP_CLI_LEASE:
        cli->has_lease = tp_arg_u64(args, 1, UINT64_MAX - 1, &cli->lease_id);
        return true;
    case TP_CLI_TIMEOUT:
        tp_arg_duration_ns(args, 1000000, INT64_MAX / 4, &cli->timeout_ns);
        return true;
    default:
        return false;
    }
}

int tp_control_cli_positional(tp_control_cli_t *cli)
{
    enum { TAKEN = 6 };
    tp_args_t *args = cli->args;
    char **word = args->positional;
    if (args->npositional == 0) {
        return 0;
    }
    if (args->npositional < TAKEN) {
        tp_args_wrong(
            args,
            "%d arguments are too few: DIR CHANNEL CONTROL_ID CLIENT_ID ROLE STREAM_ID come first",
            args->npositional);
        return 0;
    }
    if (strcmp(word[0], "-") != 0 && word[0][0] != '\0') {
        args->connection.aeron_dir = word[0];
    }
    uint32_t control_id = 0;
    args->connection.control_channel = word[1];
    if (tp_text_u32(args, "CONTROL_ID", word[2], 1, INT32_MAX, &control_id) &&
        tp_text_u32(args, "CLIENT_ID", word[3], 1, UINT32_MAX - 1, &cli->client_id) &&
        tp_control_cli_role(args, "ROLE", word[4], &cli->role)) {
        args->connection.control_stream_id = (int32_t)control_id;
        cli->has_stream =
            tp_text_u32(args, "STREAM_ID", word[5], 0, UINT32_MAX - 1, &cli->stream_id);
    }
    return TAKEN;
}

bool tp_control_cli_lease_args(tp_control_cli_t *cli, int argc, char **argv)
{
    tp_args_t *args = cli->args;
    tp_args_begin(args, cli->spec, argc, argv);
    for (int id; (id = tp_args_next(args)) != 0;) {
        tp_control_cli_option(cli, id);
    }
    if (!args->done && args->npositional > 0) {
        const int taken = tp_control_cli_positional(cli);
        if (!args->done && args->npositional != taken + 1) {
            tp_args_wrong(args, "%d arguments, expected 7: the last is LEASE_ID",
                          args->npositional);
        }
        if (!args->done) {
            cli->has_lease = tp_text_u64(args, "LEASE_ID", args->positional[taken], 1,
                                         UINT64_MAX - 1, &cli->lease_id);
        }
    }
    if (!cli->has_stream) {
        cli->has_stream = tp_stream_from_env(args, 0, &cli->stream_id);
    }
    const char *missing = !cli->has_lease       ? "--lease"
                          : !cli->has_stream    ? "--stream"
                          : cli->client_id == 0 ? "--client-id"
                          : cli->role == 0      ? "--role"
                                                : NULL;
    if (!args->done && missing != NULL) {
        tp_args_wrong(args, "%s is needed", missing);
    }
    return !args->done;
}

int tp_control_cli_connect(tp_control_cli_t *cli, const tp_control_handlers_t *handlers,
                           void *clientd)
{
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    tp_client_options_from_args(&options, cli->args);
    options.client_name = "tp control";
    options.qos_interval_ns = -1;
    /* Nothing is mapped here, so no directory has to be allowed. */
    int rc = tp_client_create(&cli->client, &options);
    rc =
        rc == TP_OK ? tp_control_adapter_create(&cli->adapter, cli->client, handlers, clientd) : rc;
    if (rc != TP_OK) {
        tp_failed(cli->spec, "%s", tp_errmsg());
        tp_control_cli_close(cli);
        return rc == TP_EINVAL ? TP_EXIT_USAGE : TP_EXIT_FAILED;
    }
    return TP_EXIT_OK;
}

void tp_control_cli_close(tp_control_cli_t *cli)
{
    tp_control_adapter_destroy(cli->adapter);
    tp_client_destroy(cli->client);
    cli->adapter = NULL;
    cli->client = NULL;
}

bool tp_control_cli_turn(tp_control_cli_t *cli, int64_t deadline_ns)
{
    static uint32_t idle;
    tp_idle(&idle, tp_client_do_work(cli->client));
    return tp_stop_requested() == 0 && tp_now_ns() < deadline_ns;
}

int tp_control_cli_no_answer(tp_control_cli_t *cli, const char *what)
{
    if (tp_stop_requested() != 0) {
        return tp_failed(cli->spec, "stopped");
    }
    if (tp_client_state(cli->client) != TP_CLIENT_CONNECTED) {
        return tp_failed(cli->spec, "%s", tp_client_reason(cli->client));
    }
    const tp_connection_t *c = &cli->args->connection;
    return tp_failed(
        cli->spec, "%s within %.3g s on %s stream %d%s", what, (double)cli->timeout_ns / 1e9,
        c->control_channel != NULL ? c->control_channel : "the default control channel",
        c->control_stream_id != 0 ? c->control_stream_id : 1000,
        c->dialect == TP_WIRE_V11
            ? "; a driver that knows only v1.2 stays silent: try --dialect 1.2"
            : "");
}

const char *tp_control_code_name(int code)
{
    static char number[16];
    switch (code) {
    case TP_RESPONSE_OK:
        return "OK";
    case TP_RESPONSE_UNSUPPORTED:
        return "UNSUPPORTED";
    case TP_RESPONSE_INVALID_PARAMS:
        return "INVALID_PARAMS";
    case TP_RESPONSE_REJECTED:
        return "REJECTED";
    case TP_RESPONSE_INTERNAL_ERROR:
        return "INTERNAL_ERROR";
    default:
        snprintf(number, sizeof number, "%d", code);
        return number;
    }
}
