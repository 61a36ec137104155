#include "wire/table.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "wire/messages.h"

enum { GROUP_HEADER_BYTES = 4, LENGTH_BYTES = 4 };

const tpi_wire_message_t *tpi_wire_find(const char *name, unsigned dialects)
{
    for (size_t i = 0; i < tpi_wire_message_count; i++) {
        const tpi_wire_message_t *message = &tpi_wire_messages[i];
        if ((message->dialects & dialects) != 0 && strcmp(message->name, name) == 0) {
            return message;
        }
    }
    return NULL;
}

bool tpi_wire_is_known(const char *name)
{
    return tpi_wire_find(name, TPI_WIRE_IN_BOTH) != NULL;
}

size_t tpi_wire_type_size(tpi_wire_type_t type)
{
    switch (type) {
    case TPI_WIRE_U8:
    case TPI_WIRE_I8:
        return 1;
    case TPI_WIRE_U16:
    case TPI_WIRE_I16:
        return 2;
    case TPI_WIRE_U32:
    case TPI_WIRE_I32:
        return 4;
    case TPI_WIRE_U64:
    case TPI_WIRE_I64:
        break;
    }
    return 8;
}

bool tpi_wire_type_is_signed(tpi_wire_type_t type)
{
    return type == TPI_WIRE_I8 || type == TPI_WIRE_I16 || type == TPI_WIRE_I32 ||
           type == TPI_WIRE_I64;
}

uint64_t tpi_wire_load(const void *p, tpi_wire_type_t type)
{
    switch (type) {
    case TPI_WIRE_U8:
        return *(const uint8_t *)p;
    case TPI_WIRE_I8:
        return (uint64_t)(int64_t) * (const int8_t *)p;
    case TPI_WIRE_U16:
        return tpi_get_u16(p);
    case TPI_WIRE_I16:
        return (uint64_t)(int64_t)tpi_get_i16(p);
    case TPI_WIRE_U32:
        return tpi_get_u32(p);
    case TPI_WIRE_I32:
        return (uint64_t)(int64_t)tpi_get_i32(p);
    case TPI_WIRE_U64:
    case TPI_WIRE_I64:
        break;
    }
    return tpi_get_u64(p);
}

void tpi_wire_store(void *p, tpi_wire_type_t type, uint64_t value)
{
    switch (tpi_wire_type_size(type)) {
    case 1:
        *(uint8_t *)p = (uint8_t)value;
        break;
    case 2:
        tpi_put_u16(p, (uint16_t)value);
        break;
    case 4:
        tpi_put_u32(p, (uint32_t)value);
        break;
    default:
        tpi_put_u64(p, value);
        break;
    }
}

const char *tpi_wire_value_name(const tpi_wire_field_t *field, int64_t value)
{
    for (size_t i = 0; i < field->nvalues; i++) {
        if (field->values[i].value == value) {
            return field->values[i].name;
        }
    }
    return NULL;
}

bool tpi_wire_is_ascii(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == 0 || data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/** What is walked, and how far. The fields of `buf` before `pos` were found to be inside `len`. */
typedef struct walk {
    const tpi_wire_message_t *message;
    const uint8_t *buf;
    size_t len;
    size_t pos;
} walk_t;

static int check_enum(const walk_t *walk, const tpi_wire_field_t *field, const uint8_t *at)
{
    const uint64_t value = tpi_wire_load(at, field->type);
    if (tpi_wire_value_name(field, (int64_t)value) != NULL ||
        (field->optional && value == field->null_value)) {
        return TP_OK;
    }
    /* Rule: W-6 */
    return tpi_fail(TP_EDECODE, "%s: %s has no value %" PRId64, walk->message->name, field->name,
                    (int64_t)value);
}

static int check_block(walk_t *walk, const tpi_wire_block_t *block);

static int check_group(walk_t *walk, const tpi_wire_field_t *field)
{
    if (walk->len - walk->pos < GROUP_HEADER_BYTES) {
        return tpi_fail(TP_EDECODE, "%s: ends before group %s", walk->message->name, field->name);
    }
    const uint16_t block_length = tpi_get_u16(walk->buf + walk->pos);
    const uint16_t count = tpi_get_u16(walk->buf + walk->pos + 2);
    walk->pos += GROUP_HEADER_BYTES;
    /* Rule: W-3 */
    if (block_length != field->group->block_length) {
        return tpi_fail(TP_EDECODE, "%s: group %s has entry blockLength %u, expected %u",
                        walk->message->name, field->name, block_length, field->group->block_length);
    }
    for (unsigned i = 0; i < count; i++) {
        const int result = check_block(walk, field->group);
        if (result != TP_OK) {
            tpi_note("entry %u of %u", i, count);
            return result;
        }
    }
    return TP_OK;
}

/* Rule: W-7, D-15 */
static int check_block(walk_t *walk, const tpi_wire_block_t *block)
{
    if (walk->len - walk->pos < block->block_length) {
        return tpi_fail(TP_EDECODE, "%s: %zu bytes left for a block of %u", walk->message->name,
                        walk->len - walk->pos, block->block_length);
    }
    const uint8_t *start = walk->buf + walk->pos;
    walk->pos += block->block_length;
    for (size_t i = 0; i < block->nfields; i++) {
        const tpi_wire_field_t *field = &block->fields[i];
        int result = TP_OK;
        if (field->kind == TPI_WIRE_ENUM) {
            result = check_enum(walk, field, start + field->offset);
        } else if (field->kind == TPI_WIRE_GROUP) {
            result = check_group(walk, field);
        } else if (field->kind == TPI_WIRE_ASCII || field->kind == TPI_WIRE_BYTES) {
            if (walk->len - walk->pos < LENGTH_BYTES) {
                return tpi_fail(TP_EDECODE, "%s: ends before the length of %s", walk->message->name,
                                field->name);
            }
            const uint32_t length = tpi_get_u32(walk->buf + walk->pos);
            walk->pos += LENGTH_BYTES;
            if (walk->len - walk->pos < length) {
                return tpi_fail(TP_EDECODE, "%s: %s says %" PRIu32 " bytes, %zu are left",
                                walk->message->name, field->name, length, walk->len - walk->pos);
            }
            walk->pos += length;
        }
        if (result != TP_OK) {
            return result;
        }
    }
    return TP_OK;
}

/** Say why no row fits: the first of schema, template, version, dialect, length that does not. */
static int fail_row(uint16_t block_length, uint16_t template_id, uint16_t schema_id,
                    uint16_t version, unsigned dialects)
{
    const tpi_wire_message_t *forms[2] = { NULL, NULL };
    size_t nforms = 0;
    bool schema_known = false;
    for (size_t i = 0; i < tpi_wire_message_count; i++) {
        const tpi_wire_message_t *message = &tpi_wire_messages[i];
        schema_known = schema_known || message->schema_id == schema_id;
        if (message->schema_id == schema_id && message->template_id == template_id && nforms < 2) {
            forms[nforms++] = message;
        }
    }
    if (!schema_known) {
        return tpi_fail(TP_EDECODE, "unknown schema id %u", schema_id);
    }
    if (nforms == 0) {
        return tpi_fail(TP_EDECODE, "schema %u has no template %u", schema_id, template_id);
    }
    if (forms[0]->version != version) {
        return tpi_fail(TP_EDECODE, "%s: version %u, expected %u", forms[0]->name, version,
                        forms[0]->version);
    }
    for (size_t i = 0; i < nforms; i++) {
        if (forms[i]->block.block_length == block_length && (forms[i]->dialects & dialects) == 0) {
            return tpi_fail(TP_EDECODE, "%s: blockLength %u is the form of dialect %s",
                            forms[i]->name, block_length,
                            forms[i]->dialects == TPI_WIRE_IN_V12 ? "1.2" : "1.1");
        }
    }
    if (nforms == 2 && dialects == TPI_WIRE_IN_BOTH) {
        return tpi_fail(TP_EDECODE, "%s: blockLength %u, expected exactly %u or %u", forms[0]->name,
                        block_length, forms[0]->block.block_length, forms[1]->block.block_length);
    }
    const size_t wanted = nforms == 2 && (forms[0]->dialects & dialects) == 0 ? 1 : 0;
    return tpi_fail(TP_EDECODE, "%s: blockLength %u, expected exactly %u", forms[0]->name,
                    block_length, forms[wanted]->block.block_length);
}

static int find_row(const uint8_t *buf, unsigned dialects, const tpi_wire_message_t **out_message)
{
    const uint16_t block_length = tpi_get_u16(buf);
    const uint16_t template_id = tpi_get_u16(buf + 2);
    const uint16_t schema_id = tpi_get_u16(buf + 4);
    const uint16_t version = tpi_get_u16(buf + 6);
    for (size_t i = 0; i < tpi_wire_message_count; i++) {
        const tpi_wire_message_t *message = &tpi_wire_messages[i];
        /* Rule: W-3, D-12, D-14, X-1 */
        if (message->schema_id == schema_id && message->template_id == template_id &&
            message->version == version && message->block.block_length == block_length &&
            (message->dialects & dialects) != 0) {
            *out_message = message;
            return TP_OK;
        }
    }
    return fail_row(block_length, template_id, schema_id, version, dialects);
}

int tpi_wire_check(const void *buf, size_t len, unsigned dialects,
                   const tpi_wire_message_t **out_message)
{
    if (len < TPI_WIRE_HEADER_BYTES) {
        return tpi_fail(TP_EDECODE, "%zu bytes are less than a message header", len);
    }
    walk_t walk = { .buf = buf, .len = len, .pos = TPI_WIRE_HEADER_BYTES };
    int result = find_row(buf, dialects, &walk.message);
    if (result == TP_OK) {
        result = check_block(&walk, &walk.message->block);
    }
    if (result == TP_OK && out_message != NULL) {
        *out_message = walk.message;
    }
    return result;
}

static bool is_excepted(const char *name, const char *const *except)
{
    for (; except != NULL && *except != NULL; except++) {
        if (strcmp(name, *except) == 0) {
            return true;
        }
    }
    return false;
}

/* Moves over one block and what belongs to it; the bounds were checked by tpi_wire_check. */
static int check_required(walk_t *walk, const tpi_wire_block_t *block, const char *const *except)
{
    const uint8_t *start = walk->buf + walk->pos;
    walk->pos += block->block_length;
    for (size_t i = 0; i < block->nfields; i++) {
        const tpi_wire_field_t *field = &block->fields[i];
        if (field->kind == TPI_WIRE_INTEGER) {
            if (!field->optional &&
                tpi_wire_load(start + field->offset, field->type) == field->null_value &&
                !is_excepted(field->name, except)) {
                /* Rule: W-5 */
                return tpi_fail(TP_EDECODE, "%s: required field %s is null", walk->message->name,
                                field->name);
            }
        } else if (field->kind == TPI_WIRE_GROUP) {
            const uint16_t count = tpi_get_u16(walk->buf + walk->pos + 2);
            walk->pos += GROUP_HEADER_BYTES;
            for (unsigned k = 0; k < count; k++) {
                const int result = check_required(walk, field->group, except);
                if (result != TP_OK) {
                    return result;
                }
            }
        } else if (field->kind == TPI_WIRE_ASCII || field->kind == TPI_WIRE_BYTES) {
            walk->pos += LENGTH_BYTES + (size_t)tpi_get_u32(walk->buf + walk->pos);
        }
    }
    return TP_OK;
}

int tpi_wire_check_required(const tpi_wire_message_t *message, const void *buf,
                            const char *const *except)
{
    walk_t walk = { .message = message, .buf = buf, .pos = TPI_WIRE_HEADER_BYTES };
    return check_required(&walk, &message->block, except);
}
