#include "codec/wire_json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "wire/messages.h"

enum { GROUP_HEADER_BYTES = 4, LENGTH_BYTES = 4, MAX_GROUP = 65534, MAX_DATA = 1073741824 };

static const char hex_prefix[] = "hex:";

unsigned tp_wire_dialects_from_text(const char *text)
{
    if (strcmp(text, "1.1") == 0) {
        return TPI_WIRE_IN_V11;
    }
    if (strcmp(text, "1.2") == 0) {
        return TPI_WIRE_IN_V12;
    }
    return strcmp(text, "auto") == 0 ? TPI_WIRE_IN_BOTH : 0;
}

/* ---- to JSON: the message was checked, so nothing here looks at lengths again ---- */

typedef struct printer {
    tp_bytes_t *out;
    const uint8_t *buf;
    size_t pos;
    bool pretty;
    int depth;
} printer_t;

static void put(printer_t *printer, const char *text)
{
    tp_bytes_append_text(printer->out, text);
}

static void put_line(printer_t *printer)
{
    if (printer->pretty) {
        put(printer, "\n");
        for (int i = 0; i < printer->depth; i++) {
            put(printer, "  ");
        }
    }
}

static void put_open(printer_t *printer, const char *bracket)
{
    put(printer, bracket);
    printer->depth++;
}

static void put_close(printer_t *printer, const char *bracket, bool empty)
{
    printer->depth--;
    if (!empty) {
        put_line(printer);
    }
    put(printer, bracket);
}

static void put_name(printer_t *printer, const char *name, bool first)
{
    put(printer, first ? "" : ",");
    put_line(printer);
    put(printer, "\"");
    put(printer, name);
    put(printer, printer->pretty ? "\": " : "\":");
}

static void put_u64(printer_t *printer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    tp_bytes_append(printer->out, digits + at, sizeof(digits) - at);
}

static void put_integer(printer_t *printer, const tpi_wire_field_t *field, uint64_t value)
{
    if (tpi_wire_type_is_signed(field->type) && (int64_t)value < 0) {
        put(printer, "-");
        value = 0 - value;
    }
    put_u64(printer, value);
}

static void put_string(printer_t *printer, const uint8_t *data, size_t len)
{
    put(printer, "\"");
    size_t plain = 0; /* start of the run that needs no escape */
    for (size_t i = 0; i < len; i++) {
        const uint8_t byte = data[i];
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
            continue;
        }
        tp_bytes_append(printer->out, data + plain, i - plain);
        plain = i + 1;
        char escape[8];
        if (byte >= 0x80) {
            snprintf(escape, sizeof escape, "%c%c", 0xc0 | byte >> 6, 0x80 | (byte & 0x3f));
        } else if (byte == '"' || byte == '\\') {
            snprintf(escape, sizeof escape, "\\%c", byte);
        } else {
            snprintf(escape, sizeof escape, "\\u%04x", byte);
        }
        put(printer, escape);
    }
    tp_bytes_append(printer->out, data + plain, len - plain);
    put(printer, "\"");
}

static void print_block(printer_t *printer, const tpi_wire_block_t *block);

static void print_field(printer_t *printer, const tpi_wire_field_t *field, const uint8_t *block)
{
    switch (field->kind) {
    case TPI_WIRE_INTEGER:
    case TPI_WIRE_ENUM: {
        const uint64_t value = tpi_wire_load(block + field->offset, field->type);
        if (field->optional && value == field->null_value) {
            put(printer, "null");
        } else if (field->kind == TPI_WIRE_INTEGER) {
            put_integer(printer, field, value);
        } else {
            put(printer, "\"");
            put(printer, tpi_wire_value_name(field, (int64_t)value));
            put(printer, "\"");
        }
        break;
    }
    case TPI_WIRE_ARRAY:
        put(printer, "[");
        for (size_t i = 0; i < field->count; i++) {
            put(printer, i > 0 ? "," : "");
            put_integer(printer, field,
                        tpi_wire_load(block + field->offset + i * tpi_wire_type_size(field->type),
                                      field->type));
        }
        put(printer, "]");
        break;
    case TPI_WIRE_CONSTANT:
        put_integer(printer, field, field->null_value);
        break;
    case TPI_WIRE_GROUP: {
        const uint16_t count = tpi_get_u16(printer->buf + printer->pos + 2);
        printer->pos += GROUP_HEADER_BYTES;
        put_open(printer, "[");
        for (unsigned i = 0; i < count; i++) {
            put(printer, i > 0 ? "," : "");
            put_line(printer);
            print_block(printer, field->group);
        }
        put_close(printer, "]", count == 0);
        break;
    }
    case TPI_WIRE_ASCII:
    case TPI_WIRE_BYTES: {
        const uint32_t len = tpi_get_u32(printer->buf + printer->pos);
        const uint8_t *data = printer->buf + printer->pos + LENGTH_BYTES;
        printer->pos += LENGTH_BYTES + (size_t)len;
        if (field->kind == TPI_WIRE_ASCII) {
            put_string(printer, data, len);
        } else {
            put(printer, "\"hex:");
            tp_bytes_append_hex(printer->out, data, len);
            put(printer, "\"");
        }
        break;
    }
    case TPI_WIRE_PAD:
        break;
    }
}

static void print_block(printer_t *printer, const tpi_wire_block_t *block)
{
    const uint8_t *start = printer->buf + printer->pos;
    printer->pos += block->block_length;
    bool first = true;
    put_open(printer, "{");
    for (size_t i = 0; i < block->nfields; i++) {
        const tpi_wire_field_t *field = &block->fields[i];
        if (field->kind != TPI_WIRE_PAD) {
            put_name(printer, field->name, first);
            print_field(printer, field, start);
            first = false;
        }
    }
    put_close(printer, "}", first);
}

int tp_wire_to_json(const void *buf, size_t len, unsigned dialects, bool pretty, tp_bytes_t *out)
{
    const tpi_wire_message_t *message = NULL;
    const int result = tpi_wire_check(buf, len, dialects, &message);
    if (result != TP_OK) {
        return result;
    }
    unsigned shown = dialects;
    if (dialects == TPI_WIRE_IN_BOTH) {
        shown = message->dialects == TPI_WIRE_IN_V12 ? TPI_WIRE_IN_V12 : TPI_WIRE_IN_V11;
    }
    printer_t printer = { .out = out, .buf = buf, .pos = TPI_WIRE_HEADER_BYTES, .pretty = pretty };
    put_open(&printer, "{");
    put_name(&printer, "schema", true);
    put(&printer, "\"");
    put(&printer, message->schema);
    put(&printer, "\"");
    put_name(&printer, "schemaId", false);
    put_u64(&printer, message->schema_id);
    put_name(&printer, "templateId", false);
    put_u64(&printer, message->template_id);
    put_name(&printer, "version", false);
    put_u64(&printer, message->version);
    put_name(&printer, "message", false);
    put(&printer, "\"");
    put(&printer, message->name);
    put(&printer, "\"");
    put_name(&printer, "dialect", false);
    put(&printer, shown == TPI_WIRE_IN_V12 ? "\"1.2\"" : "\"1.1\"");
    put_name(&printer, "fields", false);
    print_block(&printer, &message->block);
    put_close(&printer, "}", false);
    return out->failed ? tpi_fail(TP_ENOMEM, "no memory for the output") : TP_OK;
}

/* ---- from JSON ---- */

typedef struct builder {
    tp_bytes_t *out;
    const char *message;
} builder_t;

#define REFUSE(builder, field, ...) refuse(builder, (field)->name, __VA_ARGS__)

static int refuse(const builder_t *builder, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(const builder_t *builder, const char *field, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return tpi_fail(TP_EDECODE, "%s.%s: %s", builder->message, field, text);
}

/** Value of a JSON integer, if the field's type can hold it. */
static int read_integer(const builder_t *builder, const tpi_wire_field_t *field, json_object *value,
                        uint64_t *out_value)
{
    if (!json_object_is_type(value, json_type_int)) {
        return REFUSE(builder, field, "expected an integer, got %s",
                      json_type_to_name(json_object_get_type(value)));
    }
    const int64_t as_signed = json_object_get_int64(value);
    const uint64_t as_unsigned =
        as_signed < 0 ? (uint64_t)as_signed : json_object_get_uint64(value);
    const unsigned bits = 8 * (unsigned)tpi_wire_type_size(field->type);
    bool fits = false;
    if (!tpi_wire_type_is_signed(field->type)) {
        fits = as_signed >= 0 && as_unsigned <= UINT64_MAX >> (64 - bits);
    } else if (as_signed < 0) {
        fits = as_signed >= INT64_MIN >> (64 - bits);
    } else {
        fits = as_unsigned <= UINT64_MAX >> (65 - bits);
    }
    if (!fits) {
        return REFUSE(builder, field, "%s is out of range for %u bits, %s",
                      json_object_get_string(value), bits,
                      tpi_wire_type_is_signed(field->type) ? "signed" : "unsigned");
    }
    *out_value = as_unsigned;
    return TP_OK;
}

static int read_enum(const builder_t *builder, const tpi_wire_field_t *field, json_object *value,
                     uint64_t *out_value)
{
    if (!json_object_is_type(value, json_type_string)) {
        return REFUSE(builder, field, "expected the name of a value, got %s",
                      json_type_to_name(json_object_get_type(value)));
    }
    const char *name = json_object_get_string(value);
    for (size_t i = 0; i < field->nvalues; i++) {
        if (strcmp(field->values[i].name, name) == 0 &&
            strlen(name) == (size_t)json_object_get_string_len(value)) {
            *out_value = (uint64_t)field->values[i].value;
            return TP_OK;
        }
    }
    return REFUSE(builder, field, "has no value %s", name);
}

static int build_array(const builder_t *builder, const tpi_wire_field_t *field, json_object *value,
                       size_t block)
{
    if (!json_object_is_type(value, json_type_array) ||
        json_object_array_length(value) != field->count) {
        return REFUSE(builder, field, "expected an array of %u integers", field->count);
    }
    for (size_t i = 0; i < field->count; i++) {
        uint64_t element = 0;
        const int result =
            read_integer(builder, field, json_object_array_get_idx(value, i), &element);
        if (result != TP_OK) {
            return result;
        }
        if (field->kind == TPI_WIRE_ARRAY) {
            tpi_wire_store(builder->out->data + block + field->offset +
                               i * tpi_wire_type_size(field->type),
                           field->type, element);
        }
    }
    return TP_OK;
}

/** Text: one byte a character, which therefore must be below U+0100. */
static int build_text(const builder_t *builder, const tpi_wire_field_t *field, const char *text,
                      size_t len)
{
    uint8_t *to = tp_bytes_reserve(builder->out, len);
    if (to == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for %zu bytes", len);
    }
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        const uint8_t byte = (uint8_t)text[i];
        if (byte < 0x80) {
            to[count++] = byte;
        } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < len) {
            to[count++] = (uint8_t)(byte << 6 | ((uint8_t)text[++i] & 0x3f));
        } else {
            return REFUSE(builder, field, "holds a character that is no single byte");
        }
    }
    builder->out->len += count;
    return TP_OK;
}

static int build_data(const builder_t *builder, const tpi_wire_field_t *field, json_object *value)
{
    if (!json_object_is_type(value, json_type_string)) {
        return REFUSE(builder, field, "expected a string, got %s",
                      json_type_to_name(json_object_get_type(value)));
    }
    const char *text = json_object_get_string(value);
    const size_t len = (size_t)json_object_get_string_len(value);
    const size_t length_at = builder->out->len;
    tp_bytes_append(builder->out, (const uint8_t[LENGTH_BYTES]){ 0 }, LENGTH_BYTES);
    int result = TP_OK;
    if (field->kind == TPI_WIRE_ASCII) {
        result = build_text(builder, field, text, len);
    } else if (len < strlen(hex_prefix) || memcmp(text, hex_prefix, strlen(hex_prefix)) != 0 ||
               !tp_bytes_append_unhex(builder->out, text + strlen(hex_prefix),
                                      len - strlen(hex_prefix))) {
        result = REFUSE(builder, field, "expected \"hex:\" and pairs of digits");
    }
    if (result != TP_OK || builder->out->failed) {
        return result;
    }
    const size_t count = builder->out->len - length_at - LENGTH_BYTES;
    if (count > MAX_DATA) {
        return REFUSE(builder, field, "has %zu bytes, at most %d are allowed", count, MAX_DATA);
    }
    tpi_put_u32(builder->out->data + length_at, (uint32_t)count);
    return TP_OK;
}

static int build_block(const builder_t *builder, const tpi_wire_block_t *block,
                       json_object *fields);

static int build_group(const builder_t *builder, const tpi_wire_field_t *field, json_object *value)
{
    if (!json_object_is_type(value, json_type_array)) {
        return REFUSE(builder, field, "expected an array of objects, got %s",
                      json_type_to_name(json_object_get_type(value)));
    }
    const size_t count = json_object_array_length(value);
    if (count > MAX_GROUP) {
        return REFUSE(builder, field, "has %zu entries, at most %d are allowed", count, MAX_GROUP);
    }
    uint8_t header[GROUP_HEADER_BYTES];
    tpi_put_u16(header, field->group->block_length);
    tpi_put_u16(header + 2, (uint16_t)count);
    tp_bytes_append(builder->out, header, sizeof(header));
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(value, i);
        if (!json_object_is_type(entry, json_type_object)) {
            return REFUSE(builder, field, "entry %zu is not an object", i);
        }
        const int result = build_block(builder, field->group, entry);
        if (result != TP_OK) {
            return result;
        }
    }
    return TP_OK;
}

/** `block` is where the block starts in the output: the output may move while it grows. */
static int build_field(const builder_t *builder, const tpi_wire_field_t *field, json_object *value,
                       size_t block)
{
    uint64_t number = 0;
    int result = TP_OK;
    switch (field->kind) {
    case TPI_WIRE_INTEGER:
    case TPI_WIRE_ENUM:
        if (value == NULL && field->optional) {
            number = field->null_value;
        } else {
            result = field->kind == TPI_WIRE_ENUM ? read_enum(builder, field, value, &number)
                                                  : read_integer(builder, field, value, &number);
        }
        if (result == TP_OK) {
            tpi_wire_store(builder->out->data + block + field->offset, field->type, number);
        }
        return result;
    case TPI_WIRE_ARRAY:
    case TPI_WIRE_PAD:
        return build_array(builder, field, value, block);
    case TPI_WIRE_CONSTANT:
        result = read_integer(builder, field, value, &number);
        if (result == TP_OK && number != field->null_value) {
            return REFUSE(builder, field, "is always %" PRIu64, field->null_value);
        }
        return result;
    case TPI_WIRE_GROUP:
        return build_group(builder, field, value);
    case TPI_WIRE_ASCII:
    case TPI_WIRE_BYTES:
        break;
    }
    return build_data(builder, field, value);
}

static int refuse_unknown(const builder_t *builder, const tpi_wire_block_t *block,
                          json_object *fields)
{
    json_object_object_foreach(fields, name, value)
    {
        (void)value;
        bool known = false;
        for (size_t i = 0; i < block->nfields && !known; i++) {
            known = strcmp(block->fields[i].name, name) == 0;
        }
        if (!known) {
            return refuse(builder, name, "there is no such field in this dialect");
        }
    }
    return TP_OK;
}

static int build_block(const builder_t *builder, const tpi_wire_block_t *block, json_object *fields)
{
    const size_t start = builder->out->len;
    uint8_t *to = tp_bytes_reserve(builder->out, block->block_length);
    if (to == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for the output");
    }
    memset(to, 0, block->block_length);
    builder->out->len += block->block_length;
    size_t used = 0;
    for (size_t i = 0; i < block->nfields; i++) {
        const tpi_wire_field_t *field = &block->fields[i];
        json_object *value = NULL;
        if (json_object_object_get_ex(fields, field->name, &value)) {
            used++;
        } else if (field->kind == TPI_WIRE_PAD || field->kind == TPI_WIRE_CONSTANT) {
            continue;
        } else if (!field->optional) {
            return REFUSE(builder, field, "is missing");
        }
        if (value == NULL && !field->optional) {
            return REFUSE(builder, field, "is required and cannot be null");
        }
        const int result = build_field(builder, field, value, start);
        if (result != TP_OK) {
            return result;
        }
    }
    return used == (size_t)json_object_object_length(fields)
               ? TP_OK
               : refuse_unknown(builder, block, fields);
}

int tp_wire_from_json(const char *message, unsigned dialects, json_object *fields, tp_bytes_t *out)
{
    const tpi_wire_message_t *found = tpi_wire_find(message, dialects);
    if (found == NULL && tpi_wire_is_known(message)) {
        return tpi_fail(TP_EDECODE, "%s is a message of dialect %s only", message,
                        dialects == TPI_WIRE_IN_V11 ? "1.2" : "1.1");
    }
    if (found == NULL) {
        return tpi_fail(TP_EDECODE, "unknown message %s", message);
    }
    if (!json_object_is_type(fields, json_type_object)) {
        return tpi_fail(TP_EDECODE, "%s: the fields are not an object", message);
    }
    const size_t start = out->len;
    uint8_t header[TPI_WIRE_HEADER_BYTES];
    tpi_put_u16(header, found->block.block_length);
    tpi_put_u16(header + 2, found->template_id);
    tpi_put_u16(header + 4, found->schema_id);
    tpi_put_u16(header + 6, found->version);
    tp_bytes_append(out, header, sizeof(header));
    const builder_t builder = { .out = out, .message = message };
    int result = build_block(&builder, &found->block, fields);
    if (out->failed) {
        result = tpi_fail(TP_ENOMEM, "no memory for the output");
    }
    if (result != TP_OK) {
        out->len = start;
    }
    return result;
}
