/*
 * tools/tp/control/verb_keepalive.c - `tp keepalive`: prolong a lease once, from any process. There is no answer to it (D-47).
 */
#include "control/control_cli.h"
#include "verbs.h"

static const tp_option_t options[] = {
    { TP_CLI_LEASE, "lease", "ID", "lease_id as `tp attach` printed it" },
    { TP_CLI_STREAM, "stream", "ID", "its stream" },
    { TP_CLI_CLIENT, "client-id", "ID", "its client" },
    { TP_CLI_ROLE, "role", "ROLE", "producer or consumer" },
    { TP_CLI_TIMEOUT, "timeout", "S", "how long to wait for the control stream (5)" },
};

static const tp_spec_t spec = {
    .verb = "keepalive",
    .synopsis =
        "[--json] --lease ID --stream ID --client-id ID --role producer|consumer [OPTION]...\n"
        "DIR CHANNEL CONTROL_ID CLIENT_ID ROLE STREAM_ID LEASE_ID",
    .about = "Send one keepalive for a lease. It is one-way: exit status 0 says that it was sent, "
             "not that the lease lives.",
    TP_SPEC_OPTIONS(options),
    .connects = true,
    .notes = "All four ids must be those of the lease. Also named driver-keepalive.",
};

int tp_verb_keepalive(int argc, char **argv)
{
    tp_args_t args;
    tp_control_cli_t cli = { .spec = &spec,
                             .args = &args,
                             .timeout_ns = TP_CONTROL_CLI_TIMEOUT_NS };
    if (!tp_control_cli_lease_args(&cli, argc, argv)) {
        return args.exit_code;
    }
    tp_signals_install();
    const tp_control_handlers_t none = { 0 };
    int status = tp_control_cli_connect(&cli, &none, NULL);
    if (status != TP_EXIT_OK) {
        return status;
    }
    const int64_t deadline_ns = tp_now_ns() + cli.timeout_ns;
    int rc;
    do {
        rc = tp_control_send_keepalive(cli.client, cli.lease_id, cli.stream_id, cli.client_id,
                                       cli.role);
    } while (rc == TP_EAGAIN && tp_control_cli_turn(&cli, deadline_ns));
    if (rc == TP_OK) {
        if (args.json) {
            json_object *object = json_object_new_object();
            tp_json_add_bool(object, "sent", true);
            tp_json_add_u64(object, "lease_id", cli.lease_id);
            tp_json_line(object);
        } else {
            tp_out("sent=true\nlease_id=%llu\n", (unsigned long long)cli.lease_id);
        }
        status = TP_EXIT_OK;
    } else if (rc == TP_EAGAIN) {
        status = tp_control_cli_no_answer(&cli, "the control stream took no message");
    } else {
        status = tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_control_cli_close(&cli);
    return status;
}
