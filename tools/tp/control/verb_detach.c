/*
 * tools/tp/control/verb_detach.c - `tp detach`: end a lease, from any process.
 */
#include "control/control_cli.h"
#include "verbs.h"

static const tp_option_t options[] = {
    { TP_CLI_LEASE, "lease", "ID", "lease_id as `tp attach` printed it" },
    { TP_CLI_STREAM, "stream", "ID", "its stream" },
    { TP_CLI_CLIENT, "client-id", "ID", "its client" },
    { TP_CLI_ROLE, "role", "ROLE", "producer or consumer" },
    { TP_CLI_TIMEOUT, "timeout", "S", "how long to wait for the answer (5)" },
};

static const tp_spec_t spec = {
    .verb = "detach",
    .synopsis =
        "[--json] --lease ID --stream ID --client-id ID --role producer|consumer [OPTION]...\n"
        "DIR CHANNEL CONTROL_ID CLIENT_ID ROLE STREAM_ID LEASE_ID",
    .about =
        "End a lease. Prints key=value lines (code=, error_message=), or one object with --json.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "All four ids must be those of the lease. Also named driver-detach. Exit status 1 if "
             "there is no such lease.",
};

typedef struct detach {
    tp_control_cli_t cli;
    int64_t correlation_id;
    bool is_answered;
    int status;
} detach_t;

static void on_response(void *clientd, int64_t correlation_id, tp_response_code_t code,
                        const char *text, uint32_t text_len)
{
    detach_t *detach = clientd;
    if (detach->is_answered || detach->correlation_id == 0 ||
        correlation_id != detach->correlation_id) {
        return;
    }
    detach->is_answered = true;
    detach->status = code == TP_RESPONSE_OK ? TP_EXIT_OK : TP_EXIT_FAILED;
    if (detach->cli.args->json) {
        json_object *object = json_object_new_object();
        tp_json_add_string(object, "code", tp_control_code_name((int)code));
        tp_json_add_i64(object, "correlation_id", correlation_id);
        tp_json_add_u64(object, "lease_id", detach->cli.lease_id);
        tp_json_add_text(object, "error_message", text, text_len);
        tp_json_line(object);
    } else {
        tp_out("code=%s\ncorrelation_id=%lld\nlease_id=%llu\nerror_message=%.*s\n",
               tp_control_code_name((int)code), (long long)correlation_id,
               (unsigned long long)detach->cli.lease_id, (int)text_len, text);
    }
}

int tp_verb_detach(int argc, char **argv)
{
    tp_args_t args;
    detach_t detach = {
        .cli = { .spec = &spec, .args = &args, .timeout_ns = TP_CONTROL_CLI_TIMEOUT_NS }
    };
    tp_control_cli_t *cli = &detach.cli;
    if (!tp_control_cli_lease_args(cli, argc, argv)) {
        return args.exit_code;
    }
    tp_signals_install();
    const tp_control_handlers_t handlers = { .detach_response = on_response };
    const int status = tp_control_cli_connect(cli, &handlers, &detach);
    if (status != TP_EXIT_OK) {
        return status;
    }
    const int64_t deadline_ns = tp_now_ns() + cli->timeout_ns;
    int rc = TP_EAGAIN;
    do {
        /* Once: after an OK a second request with another correlationId would find the lease gone. */
        if (rc == TP_EAGAIN) {
            rc = tp_control_send_detach(cli->client, cli->lease_id, cli->stream_id, cli->client_id,
                                        cli->role, &detach.correlation_id);
        }
    } while ((rc == TP_OK || rc == TP_EAGAIN) && tp_control_cli_turn(cli, deadline_ns) &&
             !detach.is_answered);
    if (!detach.is_answered) {
        detach.status = rc == TP_OK || rc == TP_EAGAIN
                            ? tp_control_cli_no_answer(cli, "no answer to the detach request")
                            : tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_control_cli_close(cli);
    return detach.status;
}
