/*
 * tools/tp/roles/verb_discovery.c - `tp discovery`: a directory of the streams of one or more drivers.
 */
#include "config/discovery_keys.h"
#include "roles/discovery_print.h"
#include "roles/role_cli.h"
#include "verbs.h"

static const tp_option_t options[] = {
    { 'c', "config", "FILE",
      "TOML configuration with [discovery], and [[discovery.endpoints]] for several drivers "
      "(without it: one driver, with the settings that it has by itself)" },
    { 'i', "interval", "S", "time between lines of state (10; 0: only at the end)" },
    TP_ROLE_PRINT_CONFIG_ROW,
};

static const tp_spec_t spec = {
    .verb = "discovery",
    .synopsis = "[--config FILE] [--interval S] [--print-config] [--aeron-dir DIR] [--json]",
    .about =
        "Keep a directory of the streams that drivers announce, and answer `tp find` and other "
        "clients. Read-only: what it says grants\n"
        "nothing, attaching is the named driver's business.",
    TP_SPEC_OPTIONS(options),
    .notes =
        "Values come from the file, then the environment (DISCOVERY_*), then options; the later "
        "wins. SIGINT or SIGTERM ends it.\n"
        "A [discovery] section in the configuration of `tp driver` makes one run inside the "
        "driver.",
};

static int do_work(void *role)
{
    return tp_discovery_provider_do_work(role);
}

static void print(void *role, const char *event, bool json)
{
    tp_discovery_print(role, event, json);
}

static int run(tp_role_cli_t *cli, tpi_discovery_keys_t *keys)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_discovery_provider_t *provider = NULL;
    int status = TP_EXIT_OK;
    client_options.aeron_dir = keys->aeron_dir;
    client_options.client_name = "tp discovery";
    keys->options.event = tp_role_event;
    keys->options.event_clientd = cli;
    int rc = tp_client_create(&client, &client_options);
    rc = rc == TP_OK ? tp_discovery_provider_create(&provider, client, &keys->options) : rc;
    if (rc == TP_OK) {
        cli->role = provider;
        cli->do_work = do_work;
        cli->print = print;
        tp_signals_install();
        tp_role_loop(cli);
    } else {
        status = tp_role_refused(cli, rc);
    }
    tp_discovery_provider_destroy(provider);
    tp_client_destroy(client);
    return status;
}

int tp_verb_discovery(int argc, char **argv)
{
    tp_args_t args;
    tp_role_cli_t cli = { .spec = &spec, .interval_ns = INT64_C(10000000000) };
    const int ended = tp_role_args(&cli, &args, argc, argv, NULL, NULL);
    if (ended >= 0) {
        return ended;
    }
    tpi_discovery_keys_t keys;
    tpi_role_option_t option;
    tpi_role_source_t source = tp_role_source(&cli, &option);
    source.is_alone = true;
    const int rc = tpi_discovery_keys_load(&keys, &source);
    if (rc != TP_OK) {
        return tp_role_refused(&cli, rc);
    }
    int status = TP_EXIT_OK;
    if (cli.print_config) {
        tp_role_print_config(&cli, keys.config);
    } else {
        status = run(&cli, &keys);
    }
    tpi_discovery_keys_free(&keys);
    return status;
}
