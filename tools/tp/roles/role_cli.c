/*
 * tools/tp/roles/role_cli.c - see role_cli.h.
 */
#include "roles/role_cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "roles/config_print.h"
#include "tensorpool/error.h"
#include "tp_writer.h"

#define LAST_WORDS_NS INT64_C(1000000000)

int tp_role_args(tp_role_cli_t *cli, tp_args_t *args, int argc, char **argv,
                 void (*own)(void *clientd, int id, const char *value), void *clientd)
{
    cli->args = args;
    tp_args_begin(args, cli->spec, argc, argv);
    for (int id; (id = tp_args_next(args)) != 0;) {
        switch (id) {
        case 'c':
            cli->path = args->value;
            break;
        case 'i':
            tp_arg_duration_ns(args, 0, INT64_C(3600000000000), &cli->interval_ns);
            break;
        case TP_ROLE_PRINT_CONFIG:
            cli->print_config = true;
            break;
        default:
            if (own != NULL) {
                own(clientd, id, args->value);
            }
            break;
        }
    }
    if (args->done) {
        return args->exit_code;
    }
    if (args->npositional > 0) {
        return tp_args_wrong(
            args, "unexpected argument '%s' (the configuration file goes behind --config)",
            args->positional[0]);
    }
    if (cli->needs_path && cli->path == NULL) {
        return tp_args_wrong(args, "--config FILE is required");
    }
    return -1;
}

static const char *environment(void *clientd, const char *name)
{
    (void)clientd;
    return getenv(name);
}

/* Said whether or not logging is on: a mistyped key must not go unnoticed. */
static void on_config_warning(void *clientd, const char *text)
{
    const tp_role_cli_t *cli = clientd;
    fprintf(stderr, "tp %s: warning: %s\n", cli->spec->verb, text);
}

tpi_role_source_t tp_role_source(const tp_role_cli_t *cli, tpi_role_option_t *option)
{
    /* The option, else AERON_DIR, as for the other verbs. */
    *option = (tpi_role_option_t){
        .option = cli->args->has_aeron_dir_option ? "--aeron-dir" : "AERON_DIR",
        .key = "aeron_dir",
        .value = cli->args->connection.aeron_dir,
    };
    return (tpi_role_source_t){
        .path = cli->path,
        .getenv_fn = environment,
        .warn = on_config_warning,
        .clientd = (void *)(uintptr_t)cli,
        .options = option,
        .noptions = 1,
    };
}

int tp_role_refused(const tp_role_cli_t *cli, int rc)
{
    tp_failed(cli->spec, "%s", tp_errmsg());
    return rc == TP_ECONFIG || rc == TP_EINVAL || rc == TP_ENOENT || rc == TP_EACCES
               ? TP_EXIT_USAGE
               : TP_EXIT_FAILED;
}

void tp_role_print_config(const tp_role_cli_t *cli, const tpi_role_config_t *config)
{
    const tpi_config_item_t *items;
    const size_t count = tpi_role_config_items(config, &items);
    if (cli->args->json) {
        tp_config_print_json(items, count, cli->path);
        return;
    }
    tp_out("# In force with %s. Comments say where each value came from.\n",
           cli->path != NULL ? cli->path : "no file");
    tp_config_print_toml(items, count);
}

void tp_role_event(void *clientd, int level, const char *text)
{
    const tp_role_cli_t *cli = clientd;
    if (level < TP_LOG_INFO) {
        tp_log(level, cli->spec->verb, "%s", text);
    } else if (cli->args->json) {
        json_object *event = json_object_new_object();
        tp_json_add_string(event, "event", "message");
        tp_json_add_string(event, "level",
                           level >= TP_LOG_ERROR     ? "error"
                           : level >= TP_LOG_WARNING ? "warning"
                                                     : "info");
        tp_json_add_string(event, "text", text);
        tp_json_line(event);
    } else if (level >= TP_LOG_WARNING) {
        tp_say("tp %s: %s: %s\n", cli->spec->verb, level >= TP_LOG_ERROR ? "error" : "warning",
               text);
    } else {
        tp_out("tp %s: %s\n", cli->spec->verb, text);
    }
}

void tp_role_loop(const tp_role_cli_t *cli)
{
    uint32_t idle = 0;
    tp_output_unblock(); /* a reader who stands still must not cost the role its leases */
    int64_t due_ns = tp_now_ns() + cli->interval_ns;
    while (tp_stop_signals() == 0) {
        const int work = cli->do_work(cli->role);
        if (cli->interval_ns > 0 && tp_now_ns() - due_ns >= 0) {
            due_ns += cli->interval_ns;
            cli->print(cli->role, "status", cli->args->json);
        }
        tp_idle(&idle, work);
    }
    (void)tp_writer_drain(LAST_WORDS_NS);
    cli->print(cli->role, "summary", cli->args->json);
    tp_writer_stop(LAST_WORDS_NS);
}
