/*
 * tools/tp/roles/role_cli.h - what the verbs of the roles (ratelimit, bridge, ...) share: where a configuration comes from, what is said
 * of events, and the loop.
 */
#ifndef TP_ROLE_CLI_H
#define TP_ROLE_CLI_H

#include "config/role.h"
#include "tp_common.h"

/* Option rows which every role has, beside its -c; a verb's own ids begin at TP_ROLE_OPTION_FIRST. */
enum { TP_ROLE_PRINT_CONFIG = TP_OPTION_FIRST, TP_ROLE_OPTION_FIRST };
#define TP_ROLE_PRINT_CONFIG_ROW                                                                   \
    {                                                                                              \
        TP_ROLE_PRINT_CONFIG, "print-config", NULL,                                                \
            "print what is in force and where each value came from, and exit"                      \
    }

typedef struct tp_role_cli {
    const tp_spec_t *spec;
    const tp_args_t *args;
    const char *path; /* --config */
    bool needs_path;  /* nothing can be done without a file */
    bool print_config;
    int64_t interval_ns; /* between states; 0: none but the last */
    /* The role. */
    void *role;
    int (*do_work)(void *role);
    /** State as one or more lines; `event` is "status" or "summary". */
    void (*print)(void *role, const char *event, bool json);
} tp_role_cli_t;

/** Read the command line: -c, -i and --print-config into cli, the verb's own options by `own` (NULL: it has none). -1: go
 * on; else the exit status, all said. */
int tp_role_args(tp_role_cli_t *cli, tp_args_t *args, int argc, char **argv,
                 void (*own)(void *clientd, int id, const char *value), void *clientd);

/** Source of tpi_role_config_load: file, environment, warnings on standard error, --aeron-dir as key `aeron_dir`. Borrows from
 * cli and *option. */
tpi_role_source_t tp_role_source(const tp_role_cli_t *cli, tpi_role_option_t *option);
/** Say what tp_errmsg() says; the exit status that goes with the code. */
int tp_role_refused(const tp_role_cli_t *cli, int rc);
/** For --print-config. */
void tp_role_print_config(const tp_role_cli_t *cli, const tpi_role_config_t *config);

/** For `event` of a role's options; clientd is the tp_role_cli_t. With --json {"event":"message",...}, else a line; warnings and
 * errors on standard error. */
void tp_role_event(void *clientd, int level, const char *text);

/** Turn the role until SIGINT or SIGTERM; a state each interval, and one at the end. Output that nobody reads is dropped and
 * counted (tp_writer.h); only the last state is waited for, two seconds at most. */
void tp_role_loop(const tp_role_cli_t *cli);

#endif
