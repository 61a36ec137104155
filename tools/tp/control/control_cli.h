/*
 * tools/tp/control/control_cli.h - what `tp attach`, `tp keepalive` and `tp detach` share. A lease is bound to its ids, not to a process
 * (D-45), so the three are separate programs' calls and still speak of one lease.
 */
#ifndef TP_CONTROL_CLI_H
#define TP_CONTROL_CLI_H

#include "tensorpool/control.h"
#include "tp_common.h"

typedef struct tp_control_cli {
    const tp_spec_t *spec;
    tp_args_t *args;
    uint32_t stream_id;
    bool has_stream;
    uint32_t client_id; /* 0: not given */
    tp_role_t role;     /* 0: not given */
    uint64_t lease_id;
    bool has_lease;
    int64_t timeout_ns;
    tp_client_t *client;
    tp_control_adapter_t *adapter;
} tp_control_cli_t;

#define TP_CONTROL_CLI_TIMEOUT_NS 5000000000

enum {
    TP_CLI_STREAM = 's',
    TP_CLI_ROLE = 'r',
    TP_CLI_CLIENT = 'i',
    TP_CLI_LEASE = 'l',
    TP_CLI_TIMEOUT = 't'
};

/** Take one of the options above; false when `id` is none of them. */
bool tp_control_cli_option(tp_control_cli_t *cli, int id);

/**
 * Take DIR CHANNEL CONTROL_ID CLIENT_ID ROLE STREAM_ID from the positional arguments; DIR may be "-" for the default.
 * @return the number taken, 0 when there are none; tp_args_wrong was called when args->done is set.
 */
int tp_control_cli_positional(tp_control_cli_t *cli);

/**
 * The whole command line of keepalive and detach, either form: a lease with its four ids. False: return args->exit_code.
 */
bool tp_control_cli_lease_args(tp_control_cli_t *cli, int argc, char **argv);

bool tp_control_cli_role(tp_args_t *args, const char *what, const char *text, tp_role_t *out);

/** Make client and adapter. Exit status. */
int tp_control_cli_connect(tp_control_cli_t *cli, const tp_control_handlers_t *handlers,
                           void *clientd);
void tp_control_cli_close(tp_control_cli_t *cli);

/** One turn: true as long as waiting makes sense (no stop signal, before the deadline). */
bool tp_control_cli_turn(tp_control_cli_t *cli, int64_t deadline_ns);

/** Why there was no answer, on standard error; exit status 1. */
int tp_control_cli_no_answer(tp_control_cli_t *cli, const char *what);

/** "OK", "REJECTED", ...; the number as text for others. Static storage. */
const char *tp_control_code_name(int code);

#endif
