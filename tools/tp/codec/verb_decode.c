/*
 * tools/tp/codec/verb_decode.c - `tp decode`: bytes of a message to JSON. docs/spec/codec-cli.md is the
 * contract.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "tp_common.h"
#include "verbs.h"
#include "codec/wire_json.h"

enum { OPT_DIALECT = TP_OPTION_FIRST };

static const tp_option_t options[] = {
    { OPT_DIALECT, "dialect", "1.1|1.2|auto", "forms to accept (auto: both)" },
};

static const tp_spec_t spec = {
    .verb = "decode",
    .synopsis = "[--json] [--dialect 1.1|1.2|auto] hex:HEX | FILE | -",
    .about = "Print one message, given as hex:HEX or as a file with its bytes, message header "
             "first. With - each line of standard\n"
             "input is one hex:HEX, and each line of output its JSON, or {\"error\":\"why\"} for a "
             "malformed one; the work goes on.",
    TP_SPEC_OPTIONS(options),
    .notes = "The form is checked, not the meaning. Without --json the object is indented, except "
             "for -.\n"
             "example:\n"
             "  tp decode --json "
             "hex:1c00060084030100102700004d00000003000000000000000800000000000000ffffffff",
};

static int decode_hex(const char *text, size_t len, unsigned dialects, bool pretty,
                      tp_bytes_t *message, tp_bytes_t *out)
{
    enum { PREFIX = 4 };
    message->len = 0;
    if (len < PREFIX || memcmp(text, "hex:", PREFIX) != 0 ||
        !tp_bytes_append_unhex(message, text + PREFIX, len - PREFIX)) {
        return message->failed ? tpi_fail(TP_ENOMEM, "no memory for a message")
                               : tpi_fail(TP_EDECODE, "expected hex: and pairs of digits");
    }
    return tp_wire_to_json(message->data, message->len, dialects, pretty, out);
}

typedef struct batch {
    unsigned dialects;
    tp_bytes_t message;
} batch_t;

static int decode_line(void *clientd, const char *line, size_t len, tp_bytes_t *out)
{
    batch_t *batch = clientd;
    const int result = decode_hex(line, len, batch->dialects, false, &batch->message, out);
    if (result == TP_OK) {
        tp_bytes_append(out, "\n", 1);
    }
    return result;
}

static int decode_file(const char *path, unsigned dialects, bool pretty, tp_bytes_t *message,
                       tp_bytes_t *out)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return tpi_fail_errno("%s", path);
    }
    const int result = tp_bytes_read_fd(message, fd);
    close(fd);
    return result == TP_OK ? tp_wire_to_json(message->data, message->len, dialects, pretty, out)
                           : result;
}

static int run_batch(unsigned dialects)
{
    batch_t batch = { .dialects = dialects };
    bool malformed = false;
    const int result = tp_filter_lines(decode_line, &batch, &malformed);
    tp_bytes_fini(&batch.message);
    if (result != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    return malformed ? TP_EXIT_USAGE : TP_EXIT_OK;
}

static int run_single(const char *input, unsigned dialects, bool pretty)
{
    tp_bytes_t message = { 0 };
    tp_bytes_t out = { 0 };
    int result = strncmp(input, "hex:", 4) == 0
                     ? decode_hex(input, strlen(input), dialects, pretty, &message, &out)
                     : decode_file(input, dialects, pretty, &message, &out);
    if (result == TP_OK) {
        tp_bytes_append(&out, "\n", 1);
        result = tp_bytes_write_fd(&out, STDOUT_FILENO);
    }
    if (result != TP_OK) {
        tp_failed(&spec, "%s", tp_errmsg());
    }
    tp_bytes_fini(&message);
    tp_bytes_fini(&out);
    if (result == TP_EDECODE) {
        return TP_EXIT_USAGE;
    }
    return result == TP_OK ? TP_EXIT_OK : TP_EXIT_FAILED;
}

int tp_verb_decode(int argc, char **argv)
{
    unsigned dialects = TPI_WIRE_IN_BOTH;
    tp_args_t args;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        if (id == OPT_DIALECT) {
            dialects = tp_wire_dialects_from_text(args.value);
            if (dialects == 0) {
                tp_args_wrong(&args, "--dialect %s: expected 1.1, 1.2 or auto", args.value);
            }
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional != 1) {
        return tp_args_wrong(&args, "expected one INPUT: hex:HEX, a file, or -");
    }
    if (strcmp(args.positional[0], "-") == 0) {
        return run_batch(dialects);
    }
    return run_single(args.positional[0], dialects, !args.json);
}
