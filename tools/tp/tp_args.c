/*
 * tools/tp/tp_args.c - the command line of a verb, from its tp_spec_t.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tp_common.h"

enum {
    OPT_AERON_DIR = TP_OPTION_COMMON,
    OPT_JSON,
    OPT_HELP,
    OPT_CONTROL_CHANNEL,
    OPT_CONTROL_STREAM,
    OPT_ANNOUNCE_CHANNEL,
    OPT_ANNOUNCE_STREAM,
    OPT_DESCRIPTOR_CHANNEL,
    OPT_DESCRIPTOR_STREAM,
    OPT_QOS_CHANNEL,
    OPT_QOS_STREAM,
    OPT_METADATA_CHANNEL,
    OPT_METADATA_STREAM,
    OPT_DIALECT,
    OPT_ALLOW_DIR
};

static const tp_option_t common_options[] = {
    { OPT_AERON_DIR, "aeron-dir", "DIR",
      "media driver directory (else AERON_DIR, else Aeron's default)" },
    { OPT_JSON, "json", NULL, "JSON on standard output, one object a line" },
    { OPT_HELP, "help", NULL, "this text" },
};

static const tp_option_t connection_options[] = {
    { OPT_CONTROL_CHANNEL, "control-channel", "URI",
      "control plane (TP_CONTROL_CHANNEL; aeron:ipc?term-length=4m)" },
    { OPT_CONTROL_STREAM, "control-stream", "ID",
      "its Aeron stream id (TP_CONTROL_STREAM_ID; 1000)" },
    { OPT_ANNOUNCE_CHANNEL, "announce-channel", "URI",
      "announces (TP_ANNOUNCE_CHANNEL; the control channel)" },
    { OPT_ANNOUNCE_STREAM, "announce-stream", "ID", "(TP_ANNOUNCE_STREAM_ID; the control stream)" },
    { OPT_DESCRIPTOR_CHANNEL, "descriptor-channel", "URI",
      "descriptors (TP_DESCRIPTOR_CHANNEL; aeron:ipc?term-length=4m)" },
    { OPT_DESCRIPTOR_STREAM, "descriptor-stream", "ID", "(TP_DESCRIPTOR_STREAM_ID; 1100)" },
    { OPT_QOS_CHANNEL, "qos-channel", "URI",
      "quality of service (TP_QOS_CHANNEL; aeron:ipc?term-length=4m)" },
    { OPT_QOS_STREAM, "qos-stream", "ID", "(TP_QOS_STREAM_ID; 1200)" },
    { OPT_METADATA_CHANNEL, "metadata-channel", "URI",
      "metadata (TP_METADATA_CHANNEL; aeron:ipc?term-length=4m)" },
    { OPT_METADATA_STREAM, "metadata-stream", "ID", "(TP_METADATA_STREAM_ID; 1300)" },
    { OPT_DIALECT, "dialect", "1.1|1.2",
      "form of the messages we send first (TP_WIRE_DIALECT; 1.1)" },
    { OPT_ALLOW_DIR, "allow-dir", "DIR",
      "where regions may lie, may be repeated (TP_ALLOWED_BASE_DIRS, a:b; /dev/shm)" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void each_option(const tp_spec_t *spec, void (*visit)(void *to, const tp_option_t *option),
                        void *to)
{
    for (size_t i = 0; i < spec->noptions; i++) {
        visit(to, &spec->options[i]);
    }
    for (size_t i = 0; spec->connects && i < COUNT(connection_options); i++) {
        visit(to, &connection_options[i]);
    }
    for (size_t i = 0; i < COUNT(common_options); i++) {
        visit(to, &common_options[i]);
    }
}

static void add_option(void *to, const tp_option_t *option)
{
    tp_args_t *args = to;
    size_t n = 0;
    while (args->longs[n].name != NULL) {
        n++;
    }
    if (n == TP_MAX_OPTIONS) {
        return;
    }
    const int has_arg = option->arg == NULL     ? no_argument
                        : option->arg[0] == '[' ? optional_argument
                                                : required_argument;
    args->longs[n] = (struct option){ option->name, has_arg, NULL, option->id };
    if (option->id < TP_OPTION_FIRST) {
        const size_t len = strlen(args->shorts);
        args->shorts[len] = (char)option->id;
        args->shorts[len + 1] = option->arg != NULL ? ':' : '\0';
    }
}

/* Stream ids of the environment are checked like options, since a typo there is as wrong as one here. */
static void from_env(tp_args_t *args, const char *name, const char **out_text, int32_t *out_id)
{
    const char *value = tp_env(name);
    if (value == NULL || args->done) {
        return;
    }
    if (out_text != NULL) {
        *out_text = value;
        return;
    }
    uint64_t id;
    if (tp_text_u64(args, name, value, 1, INT32_MAX, &id)) {
        *out_id = (int32_t)id;
    }
}

static bool set_dialect(tp_args_t *args, const char *what, const char *text)
{
    if (strcmp(text, "1.1") == 0) {
        args->connection.dialect = TP_WIRE_V11;
    } else if (strcmp(text, "1.2") == 0) {
        args->connection.dialect = TP_WIRE_V12;
    } else {
        tp_args_wrong(args, "%s: '%s' is neither 1.1 nor 1.2", what, text);
        return false;
    }
    return true;
}

static void allow_dir(tp_args_t *args, const char *dir)
{
    tp_connection_t *connection = &args->connection;
    if (connection->nbase_dirs == COUNT(connection->base_dirs)) {
        tp_args_wrong(args, "more than %zu allowed directories", COUNT(connection->base_dirs));
        return;
    }
    connection->base_dirs[connection->nbase_dirs++] = dir;
}

static void begin_connection(tp_args_t *args)
{
    tp_connection_t *connection = &args->connection;
    connection->aeron_dir = tp_env("AERON_DIR");
    if (!args->spec->connects) {
        return;
    }
    from_env(args, "TP_CONTROL_CHANNEL", &connection->control_channel, NULL);
    from_env(args, "TP_CONTROL_STREAM_ID", NULL, &connection->control_stream_id);
    from_env(args, "TP_ANNOUNCE_CHANNEL", &connection->announce_channel, NULL);
    from_env(args, "TP_ANNOUNCE_STREAM_ID", NULL, &connection->announce_stream_id);
    from_env(args, "TP_DESCRIPTOR_CHANNEL", &connection->descriptor_channel, NULL);
    from_env(args, "TP_DESCRIPTOR_STREAM_ID", NULL, &connection->descriptor_stream_id);
    from_env(args, "TP_QOS_CHANNEL", &connection->qos_channel, NULL);
    from_env(args, "TP_QOS_STREAM_ID", NULL, &connection->qos_stream_id);
    from_env(args, "TP_METADATA_CHANNEL", &connection->metadata_channel, NULL);
    from_env(args, "TP_METADATA_STREAM_ID", NULL, &connection->metadata_stream_id);
    const char *dialect = tp_env("TP_WIRE_DIALECT");
    if (dialect != NULL && !args->done) {
        set_dialect(args, "TP_WIRE_DIALECT", dialect);
    }
    const char *dirs = tp_env("TP_ALLOWED_BASE_DIRS");
    if (dirs != NULL && !args->done) {
        if (strlen(dirs) >= sizeof args->base_dirs_text) {
            tp_args_wrong(args, "TP_ALLOWED_BASE_DIRS: longer than %zu bytes",
                          sizeof args->base_dirs_text - 1);
            return;
        }
        memcpy(args->base_dirs_text, dirs, strlen(dirs) + 1);
        char *rest = NULL;
        for (char *dir = strtok_r(args->base_dirs_text, ":", &rest); dir != NULL && !args->done;
             dir = strtok_r(NULL, ":", &rest)) {
            allow_dir(args, dir);
        }
    }
}

void tp_args_begin(tp_args_t *args, const tp_spec_t *spec, int argc, char **argv)
{
    memset(args, 0, sizeof *args);
    args->spec = spec;
    args->argc = argc;
    args->argv = argv;
    args->shorts[0] = ':';
    each_option(spec, add_option, args);
    opterr = 0;
    optind = 1;
}

static void print_lines(const char *text, const char *indent)
{
    for (const char *at = text; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        printf("%s%.*s\n", at == text ? "" : indent, (int)len, at);
        at += len + (at[len] == '\n');
    }
}

static void print_option(void *to, const tp_option_t *option)
{
    (void)to;
    char left[64];
    char letter[8] = "    ";
    if (option->id < TP_OPTION_FIRST) {
        snprintf(letter, sizeof letter, "-%c, ", option->id);
    }
    const char *arg = option->arg != NULL ? option->arg : "";
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name,
             arg[0] != '\0' && arg[0] != '[' ? " " : "", arg);
    if (strlen(left) > 33) {
        printf("%s\n%-34s", left, "");
    } else {
        printf("%-34s", left);
    }
    print_lines(option->help, "                                  ");
}

static void print_help(const tp_spec_t *spec)
{
    const char *lead = "usage:";
    for (const char *at = spec->synopsis; at != NULL;) {
        const size_t len = strcspn(at, "\n");
        printf("%s tp %s%s%.*s\n", lead, spec->verb, len > 0 ? " " : "", (int)len, at);
        lead = "      ";
        at = at[len] == '\n' ? at + len + 1 : NULL;
    }
    printf("\n%s\n\noptions:\n", spec->about);
    each_option(spec, print_option, NULL);
    if (spec->notes != NULL) {
        printf("\n%s\n", spec->notes);
    }
    printf("\nexit status: 0 done, 1 it went wrong, 2 malformed command line or input\n");
}

static const char *option_name(const tp_args_t *args, int id)
{
    for (const struct option *option = args->longs; option->name != NULL; option++) {
        if (option->val == id) {
            return option->name;
        }
    }
    return NULL;
}

typedef struct name_list {
    const char *names[TP_MAX_OPTIONS];
    size_t n;
} name_list_t;

static int wrong_option(tp_args_t *args, int c)
{
    const char *word = args->argv[optind - 1];
    const char *known = optopt != 0 ? option_name(args, optopt) : NULL;
    if (c == ':') {
        return tp_args_wrong(args, "option '%s' needs a value", word);
    }
    if (known != NULL && strncmp(word, "--", 2) == 0) {
        return tp_args_wrong(args, "option '--%s' takes no value, '%s' has one", known, word);
    }
    if (strncmp(word, "--", 2) != 0) {
        return tp_args_wrong(args, "unknown option '-%c'", optopt);
    }
    name_list_t list = { .n = 0 };
    for (const struct option *option = args->longs; option->name != NULL; option++) {
        list.names[list.n++] = option->name;
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *close = tp_suggest(name, list.names, list.n);
    if (close != NULL && strcmp(close, name) != 0) {
        return tp_args_wrong(args, "unknown option '%s'; did you mean '--%s'?", word, close);
    }
    return tp_args_wrong(args, "unknown option '%s'", word);
}

static void take_stream(tp_args_t *args, int32_t *out)
{
    tp_arg_i32(args, 1, INT32_MAX, out);
}

/* True: it was one of ours. */
static bool take_common(tp_args_t *args, int id)
{
    tp_connection_t *connection = &args->connection;
    switch (id) {
    case OPT_AERON_DIR:
        if (args->value[0] == '\0') {
            tp_args_wrong(args, "option '--aeron-dir' is empty");
        }
        connection->aeron_dir = args->value;
        args->has_aeron_dir_option = true;
        return true;
    case OPT_JSON:
        args->json = true;
        return true;
    case OPT_HELP:
        print_help(args->spec);
        args->done = true;
        args->exit_code = fflush(stdout) == 0 ? TP_EXIT_OK : TP_EXIT_FAILED;
        return true;
    case OPT_CONTROL_CHANNEL:
        connection->control_channel = args->value;
        return true;
    case OPT_CONTROL_STREAM:
        take_stream(args, &connection->control_stream_id);
        return true;
    case OPT_ANNOUNCE_CHANNEL:
        connection->announce_channel = args->value;
        return true;
    case OPT_ANNOUNCE_STREAM:
        take_stream(args, &connection->announce_stream_id);
        return true;
    case OPT_DESCRIPTOR_CHANNEL:
        connection->descriptor_channel = args->value;
        return true;
    case OPT_DESCRIPTOR_STREAM:
        take_stream(args, &connection->descriptor_stream_id);
        return true;
    case OPT_QOS_CHANNEL:
        connection->qos_channel = args->value;
        return true;
    case OPT_QOS_STREAM:
        take_stream(args, &connection->qos_stream_id);
        return true;
    case OPT_METADATA_CHANNEL:
        connection->metadata_channel = args->value;
        return true;
    case OPT_METADATA_STREAM:
        take_stream(args, &connection->metadata_stream_id);
        return true;
    case OPT_DIALECT:
        set_dialect(args, "option '--dialect'", args->value);
        return true;
    case OPT_ALLOW_DIR:
        allow_dir(args, args->value);
        return true;
    default:
        return false;
    }
}

int tp_args_next(tp_args_t *args)
{
    if (args->argv == NULL || args->done) {
        return 0;
    }
    if (!args->has_begun) {
        args->has_begun = true;
        /* --help must work whatever the environment holds, so it is looked for before the environment is judged. */
        for (int i = 1; i < args->argc && strcmp(args->argv[i], "--") != 0; i++) {
            if (strcmp(args->argv[i], "--help") == 0 ||
                (strcmp(args->argv[i], "-h") == 0 && option_name(args, 'h') == NULL)) {
                take_common(args, OPT_HELP);
                return 0;
            }
        }
        begin_connection(args);
    }
    for (;;) {
        if (args->done) {
            return 0;
        }
        const int id = getopt_long(args->argc, args->argv, args->shorts, args->longs, NULL);
        if (id == -1) {
            args->npositional = args->argc - optind;
            args->positional = args->argv + optind;
            return 0;
        }
        if (id == '?' || id == ':') {
            wrong_option(args, id);
            return 0;
        }
        args->value = optarg;
        snprintf(args->option, sizeof args->option, "--%s", option_name(args, id));
        if (!take_common(args, id)) {
            return id;
        }
    }
}

static void say(const char *verb, const char *format, va_list arguments)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, arguments);
    fprintf(stderr, "tp %s: %s\n", verb, text);
}

int tp_args_wrong(tp_args_t *args, const char *format, ...)
{
    if (!args->done) {
        va_list arguments;
        va_start(arguments, format);
        say(args->spec->verb, format, arguments);
        va_end(arguments);
        fprintf(stderr, "Try 'tp %s --help'.\n", args->spec->verb);
    }
    args->done = true;
    args->exit_code = TP_EXIT_USAGE;
    return TP_EXIT_USAGE;
}

int tp_failed(const tp_spec_t *spec, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(spec->verb, format, arguments);
    va_end(arguments);
    return TP_EXIT_FAILED;
}

static bool whole_number(const char *text, uint64_t *out)
{
    const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    if (digits[0] == '\0' ||
        digits[strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    *out = strtoull(digits, NULL, hex ? 16 : 10);
    return errno == 0;
}

bool tp_text_u64(tp_args_t *args, const char *what, const char *text, uint64_t min, uint64_t max,
                 uint64_t *out)
{
    uint64_t value;
    if (!whole_number(text, &value) || value < min || value > max) {
        tp_args_wrong(args, "%s: '%s' is not a whole number from %llu to %llu", what, text,
                      (unsigned long long)min, (unsigned long long)max);
        return false;
    }
    *out = value;
    return true;
}

bool tp_text_u32(tp_args_t *args, const char *what, const char *text, uint32_t min, uint32_t max,
                 uint32_t *out)
{
    uint64_t value;
    if (!tp_text_u64(args, what, text, min, max, &value)) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool tp_arg_u64(tp_args_t *args, uint64_t min, uint64_t max, uint64_t *out)
{
    return tp_text_u64(args, args->option, args->value, min, max, out);
}

bool tp_arg_u32(tp_args_t *args, uint32_t min, uint32_t max, uint32_t *out)
{
    return tp_text_u32(args, args->option, args->value, min, max, out);
}

bool tp_arg_i32(tp_args_t *args, int32_t min, int32_t max, int32_t *out)
{
    uint64_t value;
    if (!tp_text_u64(args, args->option, args->value, (uint64_t)(min < 0 ? 0 : min), (uint64_t)max,
                     &value)) {
        return false;
    }
    *out = (int32_t)value;
    return true;
}

static bool real_number(const char *text, double *out, const char **out_end)
{
    /* No sign, no exponent, no "inf": what people type as a time or a rate. */
    if (!isdigit((unsigned char)text[0]) && text[0] != '.') {
        return false;
    }
    const size_t len = strspn(text, "0123456789.");
    char *end = NULL;
    *out = strtod(text, &end);
    *out_end = text + len;
    return end == text + len && isfinite(*out);
}

bool tp_arg_double(tp_args_t *args, double min, double max, double *out)
{
    double value;
    const char *end;
    if (!real_number(args->value, &value, &end) || *end != '\0' || value < min || value > max) {
        tp_args_wrong(args, "%s: '%s' is not a number from %g to %g", args->option, args->value,
                      min, max);
        return false;
    }
    *out = value;
    return true;
}

bool tp_arg_duration_ns(tp_args_t *args, int64_t min_ns, int64_t max_ns, int64_t *out)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = { { "", 1e9 },   { "s", 1e9 }, { "ms", 1e6 },
                  { "us", 1e3 }, { "ns", 1 },  { "m", 60e9 } };
    double value;
    const char *end;
    if (real_number(args->value, &value, &end)) {
        for (size_t i = 0; i < COUNT(units); i++) {
            const double ns = value * units[i].ns;
            if (strcmp(end, units[i].unit) == 0 && ns >= (double)min_ns && ns <= (double)max_ns) {
                *out = (int64_t)ns;
                return true;
            }
        }
    }
    tp_args_wrong(args, "%s: '%s' is not a time from %g to %g seconds (2, 0.5, 250ms)",
                  args->option, args->value, (double)min_ns / 1e9, (double)max_ns / 1e9);
    return false;
}

bool tp_stream_from_env(tp_args_t *args, uint32_t min, uint32_t *out)
{
    const char *value = tp_env("TP_STREAM_ID");
    return value != NULL && !args->done &&
           tp_text_u32(args, "TP_STREAM_ID", value, min, UINT32_MAX - 1, out);
}

bool tp_connection_stream(const tp_connection_t *c, const char *name, const char **out_channel,
                          int32_t *out_stream_id)
{
    const char *announce = c->announce_channel != NULL ? c->announce_channel : c->control_channel;
    const int32_t announce_id =
        c->announce_stream_id != 0 ? c->announce_stream_id : c->control_stream_id;
    const struct {
        const char *name, *channel;
        int32_t stream_id, default_id;
    } streams[] = {
        { "control", c->control_channel, c->control_stream_id, 1000 },
        { "announce", announce, announce_id, 1000 },
        { "descriptor", c->descriptor_channel, c->descriptor_stream_id, 1100 },
        { "qos", c->qos_channel, c->qos_stream_id, 1200 },
        { "metadata", c->metadata_channel, c->metadata_stream_id, 1300 },
    };
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        if (strcmp(name, streams[i].name) == 0) {
            *out_channel =
                streams[i].channel != NULL ? streams[i].channel : "aeron:ipc?term-length=4m";
            *out_stream_id =
                streams[i].stream_id != 0 ? streams[i].stream_id : streams[i].default_id;
            return true;
        }
    }
    return false;
}

void tp_client_options_from_args(tp_client_options_t *options, const tp_args_t *args)
{
    const tp_connection_t *from = &args->connection;
    options->aeron_dir = from->aeron_dir;
    options->control_channel = from->control_channel;
    options->control_stream_id = from->control_stream_id;
    options->announce_channel = from->announce_channel;
    options->announce_stream_id = from->announce_stream_id;
    options->descriptor_channel = from->descriptor_channel;
    options->descriptor_stream_id = from->descriptor_stream_id;
    options->qos_channel = from->qos_channel;
    options->qos_stream_id = from->qos_stream_id;
    options->metadata_channel = from->metadata_channel;
    options->metadata_stream_id = from->metadata_stream_id;
    options->wire_dialect = from->dialect;
    if (from->nbase_dirs > 0) {
        options->allowed_base_dirs = from->base_dirs;
        options->allowed_base_dirs_count = from->nbase_dirs;
    }
}

/* Edit distance with two rows; words here are short. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    const size_t na = strlen(a);
    const size_t nb = strlen(b);
    if (na > LONGEST || nb > LONGEST) {
        return LONGEST;
    }
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= nb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[nb];
}

const char *tp_suggest(const char *word, const char *const *names, size_t nnames)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) / 3 + 1;
    for (size_t i = 0; i < nnames; i++) {
        const size_t d = distance(word, names[i]);
        if (d < best_distance || (d == best_distance && best == NULL)) {
            best = names[i];
            best_distance = d;
        }
    }
    if (best == NULL && strlen(word) >= 2) {
        for (size_t i = 0; i < nnames; i++) {
            if (strncmp(word, names[i], strlen(word)) == 0) {
                return names[i];
            }
        }
    }
    return best;
}
