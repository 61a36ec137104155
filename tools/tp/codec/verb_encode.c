/*
 * tools/tp/codec/verb_encode.c - `tp encode`: JSON to the bytes of a message. docs/spec/codec-cli.md is
 * the contract.
 */
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "tp_common.h"
#include "verbs.h"
#include "codec/wire_json.h"

enum { OPT_DIALECT = TP_OPTION_FIRST };

static const tp_option_t options[] = {
    { OPT_DIALECT, "dialect", "1.1|1.2", "form to write (1.1)" },
};

static const tp_spec_t spec = {
    .verb = "encode",
    .synopsis = "[--dialect 1.1|1.2] MESSAGE [JSON]\n[--dialect 1.1|1.2] --json -",
    .about = "Print a message as hex:HEX, its header included. JSON is an object with the "
             "message's fields, from standard input when it\n"
             "is not given. With - each line of standard input is an object as `tp decode --json` "
             "prints it, of which \"message\" and\n"
             "\"fields\" count, and each line of output is hex:HEX, or {\"error\":\"why\"}; the "
             "work goes on.",
    TP_SPEC_OPTIONS(options),
    .notes = "Fields have the names of the schema. Enums are names, var data that is not text is "
             "\"hex:...\", null says absent.\n"
             "example:\n"
             "  tp encode QosProducer "
             "'{\"streamId\":1,\"producerId\":7,\"epoch\":3,\"currentSeq\":8,\"watermark\":null}'",
};

static void append_hex_line(tp_bytes_t *out, const tp_bytes_t *message)
{
    tp_bytes_append_text(out, "hex:");
    tp_bytes_append_hex(out, message->data, message->len);
    tp_bytes_append(out, "\n", 1);
}

typedef struct batch {
    unsigned dialects;
    tp_bytes_t message;
} batch_t;

static int encode_line(void *clientd, const char *line, size_t len, tp_bytes_t *out)
{
    batch_t *batch = clientd;
    json_object *object = NULL;
    int result = tp_json_parse_strict(line, len, &object);
    if (result != TP_OK) {
        return result;
    }
    json_object *name = NULL;
    json_object *fields = NULL;
    json_object_object_get_ex(object, "message", &name);
    json_object_object_get_ex(object, "fields", &fields);
    if (!json_object_is_type(name, json_type_string)) {
        result = tpi_fail(TP_EDECODE, "the object has no \"message\" that is a string");
    } else if (strlen(json_object_get_string(name)) != (size_t)json_object_get_string_len(name)) {
        result = tpi_fail(TP_EDECODE, "unknown message");
    } else {
        batch->message.len = 0;
        result = tp_wire_from_json(json_object_get_string(name), batch->dialects, fields,
                                   &batch->message);
    }
    if (result == TP_OK) {
        append_hex_line(out, &batch->message);
    }
    json_object_put(object);
    return result;
}

static int run_batch(unsigned dialects)
{
    batch_t batch = { .dialects = dialects };
    bool malformed = false;
    const int result = tp_filter_lines(encode_line, &batch, &malformed);
    tp_bytes_fini(&batch.message);
    if (result != TP_OK) {
        return tp_failed(&spec, "%s", tp_errmsg());
    }
    return malformed ? TP_EXIT_USAGE : TP_EXIT_OK;
}

static int run_single(const char *message, const char *json, unsigned dialects)
{
    tp_bytes_t input = { 0 };
    tp_bytes_t bytes = { 0 };
    tp_bytes_t out = { 0 };
    json_object *fields = NULL;
    int result = TP_OK;
    if (json == NULL) {
        result = tp_bytes_read_fd(&input, STDIN_FILENO);
    } else {
        tp_bytes_append_text(&input, json);
        result = input.failed ? tpi_fail(TP_ENOMEM, "no memory for the input") : TP_OK;
    }
    if (result == TP_OK) {
        result = tp_json_parse_strict((const char *)input.data, input.len, &fields);
    }
    if (result == TP_OK) {
        result = tp_wire_from_json(message, dialects, fields, &bytes);
    }
    if (result == TP_OK) {
        append_hex_line(&out, &bytes);
        result = tp_bytes_write_fd(&out, STDOUT_FILENO);
    }
    if (result != TP_OK) {
        tp_failed(&spec, "%s", tp_errmsg());
    }
    json_object_put(fields);
    tp_bytes_fini(&input);
    tp_bytes_fini(&bytes);
    tp_bytes_fini(&out);
    if (result == TP_EDECODE) {
        return TP_EXIT_USAGE;
    }
    return result == TP_OK ? TP_EXIT_OK : TP_EXIT_FAILED;
}

int tp_verb_encode(int argc, char **argv)
{
    unsigned dialects = TPI_WIRE_IN_V11;
    tp_args_t args;
    tp_args_begin(&args, &spec, argc, argv);
    for (int id; (id = tp_args_next(&args)) != 0;) {
        if (id == OPT_DIALECT) {
            dialects = tp_wire_dialects_from_text(args.value);
            if (dialects == 0 || dialects == TPI_WIRE_IN_BOTH) {
                tp_args_wrong(&args, "--dialect %s: expected 1.1 or 1.2", args.value);
            }
        }
    }
    if (args.done) {
        return args.exit_code;
    }
    if (args.npositional < 1 || args.npositional > 2) {
        return tp_args_wrong(&args, "expected MESSAGE [JSON], or -");
    }
    const char *message = args.positional[0];
    if (strcmp(message, "-") == 0) {
        return args.npositional == 1 ? run_batch(dialects)
                                     : tp_args_wrong(&args, "- takes no further argument");
    }
    return run_single(message, args.npositional == 2 ? args.positional[1] : NULL, dialects);
}
