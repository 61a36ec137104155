/*
 * tools/tp/tp_common.h - what the verbs share: the command line, exit codes, messages, signals, JSON lines, logging.
 *
 * A verb describes itself in a tp_spec_t; `--help` is printed from it, getopt_long is fed from it, and a test compares it with
 * the man page: one list, which cannot drift apart. Every verb takes --aeron-dir, --json and --help.
 *
 *     static const tp_option_t options[] = {
 *         { 'n', "count", "N", "stop after N frames" },
 *         { OPT_LOOP, "loop", NULL, "start again at the end of the input" },
 *     };
 *     static const tp_spec_t spec = { .verb = "pub", .synopsis = "...", .about = "...", TP_SPEC_OPTIONS(options) };
 *
 *     tp_args_t args;
 *     tp_args_begin(&args, &spec, argc, argv);
 *     for (int id; (id = tp_args_next(&args)) != 0;) {
 *         switch (id) {
 *         case 'n': tp_arg_u64(&args, 1, UINT64_MAX, &count); break;
 *         ...
 *         }
 *     }
 *     if (args.done) { return args.exit_code; }   // help was printed, or the command line is wrong and that was said
 *     ... args.npositional, args.positional[] ...
 */
#ifndef TP_COMMON_H
#define TP_COMMON_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <json-c/json.h>

#include "tensorpool/client.h"

enum { TP_EXIT_OK = 0, TP_EXIT_FAILED = 1, TP_EXIT_USAGE = 2 };

/* ---- command line ---- */

typedef struct tp_option {
    /* a letter: also a short option; from TP_OPTION_FIRST on: long only; from TP_OPTION_COMMON on: ours */
    int id;
    const char *name; /* without the dashes */
    /* placeholder of the value; NULL: a flag; "[=X]": may be left out, long options only */
    const char *arg;
    const char *help; /* one line, or several separated by \n */
} tp_option_t;

#define TP_OPTION_FIRST 256
#define TP_OPTION_COMMON 1024
#define TP_MAX_OPTIONS 64

typedef struct tp_spec {
    const char *verb;
    const char *synopsis;       /* behind "tp VERB"; further lines separated by \n */
    const char *about;          /* a paragraph; lines separated by \n */
    const tp_option_t *options; /* the verb's own */
    size_t noptions;
    bool connects;     /* takes the options of the control plane as well (--control-channel ...) */
    const char *notes; /* printed below the options, may be NULL */
} tp_spec_t;

#define TP_SPEC_OPTIONS(table) .options = (table), .noptions = sizeof(table) / sizeof((table)[0])

/** Where to connect: from options, else the environment (TP_CONTROL_CHANNEL ...), else the library's defaults (NULL, 0). Borrowed text. */
typedef struct tp_connection {
    const char *aeron_dir; /* never "", NULL: Aeron's default */
    const char *control_channel;
    int32_t control_stream_id;
    const char *announce_channel;
    int32_t announce_stream_id;
    const char *descriptor_channel;
    int32_t descriptor_stream_id;
    const char *qos_channel;
    int32_t qos_stream_id;
    const char *metadata_channel;
    int32_t metadata_stream_id;
    tp_wire_dialect_t dialect;
    const char *base_dirs[16]; /* --allow-dir, several times */
    size_t nbase_dirs;
} tp_connection_t;

/** The Aeron stream in force for control, announce, descriptor, qos or metadata, defaults filled in; false: another name. */
bool tp_connection_stream(const tp_connection_t *connection, const char *name,
                          const char **out_channel, int32_t *out_stream_id);

typedef struct tp_args {
    const tp_spec_t *spec;
    int argc;
    char **argv;
    const char *value; /* of the option that tp_args_next just returned */
    char option[40];   /* its name as a message shows it, e.g. "--count" */
    bool json;
    bool has_aeron_dir_option; /* connection.aeron_dir is from --aeron-dir, not from AERON_DIR */
    tp_connection_t connection;
    int npositional; /* set when tp_args_next has returned 0 */
    char **positional;
    bool has_begun;
    bool done; /* stop: return exit_code */
    int exit_code;
    char base_dirs_text[1024];
    struct option longs[TP_MAX_OPTIONS + 1];
    char shorts[2 * TP_MAX_OPTIONS + 3];
} tp_args_t;

void tp_args_begin(tp_args_t *args, const tp_spec_t *spec, int argc, char **argv);
/** Id of the next of the verb's own options; 0 at the end and when args->done got set. Common options are dealt with inside. */
int tp_args_next(tp_args_t *args);

/** Say "tp VERB: ..." and point at --help; sets done and exit code 2, which it returns. */
int tp_args_wrong(tp_args_t *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The value of the current option as a number. On a wrong one: tp_args_wrong, *out unchanged, false. */
bool tp_arg_u64(tp_args_t *args, uint64_t min, uint64_t max, uint64_t *out);
bool tp_arg_u32(tp_args_t *args, uint32_t min, uint32_t max, uint32_t *out);
bool tp_arg_i32(tp_args_t *args, int32_t min, int32_t max, int32_t *out);
/** Seconds with a fraction ("2", "0.25"), or with a unit ("250ms", "2s", "10us", "1m"). */
bool tp_arg_duration_ns(tp_args_t *args, int64_t min_ns, int64_t max_ns, int64_t *out);
bool tp_arg_double(tp_args_t *args, double min, double max, double *out);

/** The same for any text; `what` is named in the message: "STREAM_ID". */
bool tp_text_u64(tp_args_t *args, const char *what, const char *text, uint64_t min, uint64_t max,
                 uint64_t *out);
bool tp_text_u32(tp_args_t *args, const char *what, const char *text, uint32_t min, uint32_t max,
                 uint32_t *out);

/** The tensor stream of TP_STREAM_ID, for who was given no --stream. False: it is not set, or (done) wrong. */
bool tp_stream_from_env(tp_args_t *args, uint32_t min, uint32_t *out);

/** "tp VERB: ..." on standard error; returns TP_EXIT_FAILED. */
int tp_failed(const tp_spec_t *spec, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Fill in what the connection says; the rest of *options stays as it is. Borrows from args. */
void tp_client_options_from_args(tp_client_options_t *options, const tp_args_t *args);

/** Closest of `names` to a mistyped word, NULL if none is close. */
const char *tp_suggest(const char *word, const char *const *names, size_t nnames);

/* ---- signals ---- */

/** SIGINT and SIGTERM are counted; SIGPIPE is ignored, so that a closed reader ends in a failed write and in orderly closing. */
void tp_signals_install(void);
/** Stop signals so far, or 1 when standard output is broken: a second one ends a wait. */
int tp_stop_requested(void);
/** Stop signals alone: for daemons, which outlive the reader of their output. */
int tp_stop_signals(void);

/* ---- output ---- */

/** One object on one line of standard output, at once; takes the reference. After a failed write tp_stop_requested() is not 0. */
void tp_json_line(json_object *object);
/** Text on standard output, flushed; the same about failures. */
void tp_out(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Text on standard error. */
void tp_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** For daemons: from here on none of these waits for a reader, see tp_writer.h, whose tp_writer_stop ends it. */
void tp_output_unblock(void);

/** A stranger's text for a terminal, cut to fit: '?' for what is not printable ASCII. Returns `out`. */
const char *tp_plain(char *out, size_t cap, const char *data, size_t len);

void tp_json_add_string(json_object *object, const char *key, const char *value); /* NULL: null */
void tp_json_add_text(json_object *object, const char *key, const char *data,
                      size_t len); /* not terminated; bytes that are not ASCII become \uFFFD */
void tp_json_add_u64(json_object *object, const char *key, uint64_t value);
void tp_json_add_i64(json_object *object, const char *key, int64_t value);
void tp_json_add_bool(json_object *object, const char *key, bool value);
void tp_json_add_double(json_object *object, const char *key, double value);
void tp_json_add_null(json_object *object, const char *key);

/* ---- logging: off unless TP_LOG=1; TP_LOG_LEVEL 10 debug, 20 info, 30 warning, 40 error; TP_LOG_MODULES a,b ---- */

enum { TP_LOG_DEBUG = 10, TP_LOG_INFO = 20, TP_LOG_WARNING = 30, TP_LOG_ERROR = 40 };
bool tp_log_enabled(int level, const char *module);
/** One line on standard error. */
void tp_log(int level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- environment (the programs read it, the library never does) ---- */

/** Value of a variable; NULL when it is unset or empty. */
const char *tp_env(const char *name);

/**
 * This thread, and those it will start, run for a tenth of a millisecond at a time when others want the processor, and get it sooner
 * for that: for duty loops, which sleep much and whose answers others wait for. Best effort, Linux 6.12.
 */
void tp_short_slices(void);

/** CLOCK_MONOTONIC. */
int64_t tp_now_ns(void);

#endif
