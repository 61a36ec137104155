/*
 * The two directions of `tp encode` and `tp decode`. Input that starts with '{' is a line for
 * encode, anything else the bytes of a message: what decode prints must be strict JSON and encode
 * to bytes that print the same.
 */
#include <stdlib.h>
#include <string.h>

#include "tensorpool/error.h"
#include "tools/tp/codec/wire_json.h"
#include "wire/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tp_bytes_t text, again, bytes;

static int encode(const char *line, size_t len, unsigned dialects)
{
    json_object *object = NULL;
    int result = tp_json_parse_strict(line, len, &object);
    if (result != TP_OK) {
        return result;
    }
    json_object *message = NULL;
    json_object *fields = NULL;
    json_object_object_get_ex(object, "message", &message);
    json_object_object_get_ex(object, "fields", &fields);
    result = TP_EDECODE;
    if (json_object_is_type(message, json_type_string)) {
        bytes.len = 0;
        result = tp_wire_from_json(json_object_get_string(message), dialects, fields, &bytes);
    }
    json_object_put(object);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{') {
        for (unsigned dialect = TPI_WIRE_IN_V11; dialect <= TPI_WIRE_IN_V12; dialect++) {
            if (encode((const char *)data, size, dialect) == TP_OK) {
                text.len = 0;
                if (tp_wire_to_json(bytes.data, bytes.len, dialect, false, &text) != TP_OK) {
                    abort();
                }
            }
        }
        return 0;
    }
    text.len = 0;
    const tpi_wire_message_t *message = NULL;
    if (tp_wire_to_json(data, size, TPI_WIRE_IN_BOTH, false, &text) != TP_OK ||
        tpi_wire_check(data, size, TPI_WIRE_IN_BOTH, &message) != TP_OK) {
        return 0;
    }
    const unsigned dialect =
        message->dialects == TPI_WIRE_IN_V12 ? TPI_WIRE_IN_V12 : TPI_WIRE_IN_V11;
    /* A group may have one entry more on the wire than we send. */
    if (encode((const char *)text.data, text.len, dialect) != TP_OK) {
        if (strstr(tp_errmsg(), "at most 65534") == NULL) {
            abort();
        }
        return 0;
    }
    again.len = 0;
    if (tp_wire_to_json(bytes.data, bytes.len, TPI_WIRE_IN_BOTH, false, &again) != TP_OK ||
        again.len != text.len || memcmp(again.data, text.data, text.len) != 0) {
        abort();
    }
    return 0;
}
