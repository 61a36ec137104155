/*
 * tools/tp/roles/verb_supervisor.c - `tp supervisor`: who is there, who is stale, who drops; and a policy for consumers.
 */
#include "config/supervisor_keys.h"
#include "roles/role_cli.h"
#include "roles/supervisor_print.h"
#include "tensorpool/error.h"
#include "verbs.h"

enum { OPT_ONCE = TP_ROLE_OPTION_FIRST };

static const tp_option_t options[] = {
    { 'c', "config", "FILE",
      "TOML configuration with [supervisor] (without it: watch everything, tell nobody anything)" },
    { OPT_ONCE, "once", NULL, "listen for --interval (2 s), print the state, and exit" },
    { 'i', "interval", "S", "time between states (0: only at the end)" },
    TP_ROLE_PRINT_CONFIG_ROW,
};

static const tp_spec_t spec = {
    .verb = "supervisor",
    .synopsis =
        "[--config FILE] [--once] [--interval S] [--print-config] [--aeron-dir DIR] [--json]",
    .about = "Watch producers and consumers by their announces, hellos and QoS; report who is "
             "stale, who shares an id, who drops\n"
             "frames; and, where the configuration says so, tell consumers how to go on "
             "(ConsumerConfig). Nobody needs it.",
    TP_SPEC_OPTIONS(options),
    .notes = "Values come from the file, then the environment (SUPERVISOR_*), then options; the "
             "later wins. SIGINT or SIGTERM ends it.\n"
             "A [supervisor] section in the configuration of `tp driver` makes one run inside the "
             "driver.",
};

static int do_work(void *role)
{
    return tp_supervisor_do_work(role);
}

static void print(void *role, const char *event, bool json)
{
    tp_supervisor_print(role, event, json);
}

/* Until everything is open, and then for as long as a report takes to come. */
static int look_once(const tp_role_cli_t *cli, const tp_supervisor_t *supervisor)
{
    const int64_t patience_ns = INT64_C(5000000000);
    const int64_t listen_ns = cli->interval_ns > 0 ? cli->interval_ns : INT64_C(2000000000);
    const int64_t start_ns = tp_now_ns();
    int64_t since_ns = 0;
    uint32_t idle = 0;
    const char *why = "";
    while (tp_stop_requested() == 0) {
        const int work = cli->do_work(cli->role);
        const int64_t now_ns = tp_now_ns();
        const bool is_listening = tp_supervisor_is_listening(supervisor, &why);
        if (since_ns == 0 && is_listening) {
            since_ns = now_ns;
        }
        if (since_ns == 0 && now_ns - start_ns > patience_ns) {
            return tp_failed(&spec, "nothing could be heard: %s", why);
        }
        if (since_ns != 0 && now_ns - since_ns >= listen_ns) {
            break;
        }
        tp_idle(&idle, work);
    }
    cli->print(cli->role, "status", cli->args->json);
    return TP_EXIT_OK;
}

static int run(tp_role_cli_t *cli, tpi_supervisor_keys_t *keys, bool once)
{
    tp_client_t *client = NULL;
    tp_supervisor_t *supervisor = NULL;
    int status = TP_EXIT_OK;
    keys->options.event = tp_role_event;
    keys->options.event_clientd = cli;
    int rc = tp_client_create(&client, &keys->client);
    if (rc == TP_OK) {
        rc = tp_supervisor_create(&supervisor, client, &keys->options);
        if (rc == TP_ECONFIG) {
            tpi_supervisor_keys_note_place(keys);
        }
    }
    if (rc == TP_OK) {
        cli->role = supervisor;
        cli->do_work = do_work;
        cli->print = print;
        tp_signals_install();
        tp_short_slices();
        if (once) {
            status = look_once(cli, supervisor);
        } else {
            tp_role_loop(cli);
        }
    } else {
        status = tp_role_refused(cli, rc);
    }
    tp_supervisor_destroy(supervisor);
    tp_client_destroy(client);
    return status;
}

static void own(void *clientd, int id, const char *value)
{
    bool *once = clientd;
    (void)value;
    *once = *once || id == OPT_ONCE;
}

int tp_verb_supervisor(int argc, char **argv)
{
    tp_args_t args;
    tp_role_cli_t cli = { .spec = &spec };
    bool once = false;
    const int ended = tp_role_args(&cli, &args, argc, argv, own, &once);
    if (ended >= 0) {
        return ended;
    }
    tpi_supervisor_keys_t keys;
    tpi_role_option_t option;
    const tpi_role_source_t source = tp_role_source(&cli, &option);
    const int rc = tpi_supervisor_keys_load(&keys, &source);
    if (rc != TP_OK) {
        return tp_role_refused(&cli, rc);
    }
    int status = TP_EXIT_OK;
    if (cli.print_config) {
        tp_role_print_config(&cli, keys.config);
    } else {
        status = run(&cli, &keys, once);
    }
    tpi_supervisor_keys_free(&keys);
    return status;
}
