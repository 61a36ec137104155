/*
 * wire/table.h - the layout of every message as data, and the one check that stranger's bytes must
 * pass.
 *
 * gen/tables.c is made from schemas/ by scripts/wire_tables.py: a new schema adds XML and nothing
 * here. A message is a message header, a fixed block, then groups, then var data, in the order of
 * its fields array; a group's entry has the same shape. Offsets are within the block. Everything is
 * little-endian and packed (wire.md section 4).
 *
 * The two dialects carry the same schema ids and versions. What tells them apart is the exact block
 * length, so a message which both have in different forms has two rows, and no other block length
 * is ever accepted, also no longer one.
 */
#ifndef TPI_WIRE_TABLE_H
#define TPI_WIRE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum tpi_wire_kind {
    TPI_WIRE_INTEGER,  /* one integer in the block */
    TPI_WIRE_ENUM,     /* one integer in the block, with named values */
    TPI_WIRE_ARRAY,    /* `count` integers in the block */
    TPI_WIRE_PAD,      /* as ARRAY, without meaning: written as 0, never read */
    TPI_WIRE_CONSTANT, /* takes no bytes; its value is null_value */
    TPI_WIRE_GROUP,    /* u16 entry block length, u16 count, then the entries */
    TPI_WIRE_ASCII,    /* u32 length, then text */
    TPI_WIRE_BYTES,    /* u32 length, then bytes */
} tpi_wire_kind_t;

typedef enum tpi_wire_type {
    TPI_WIRE_U8,
    TPI_WIRE_I8,
    TPI_WIRE_U16,
    TPI_WIRE_I16,
    TPI_WIRE_U32,
    TPI_WIRE_I32,
    TPI_WIRE_U64,
    TPI_WIRE_I64,
} tpi_wire_type_t;

typedef struct tpi_wire_value {
    const char *name;
    int64_t value;
} tpi_wire_value_t;

typedef struct tpi_wire_block tpi_wire_block_t;

typedef struct tpi_wire_field {
    const char *name;
    tpi_wire_kind_t kind;
    tpi_wire_type_t type;
    bool optional;
    uint16_t offset;
    uint16_t count;      /* integers: 1, arrays: elements, constants: 0 */
    uint64_t null_value; /* as tpi_wire_load returns it */
    const tpi_wire_value_t *values;
    size_t nvalues;
    const tpi_wire_block_t *group;
} tpi_wire_field_t;

struct tpi_wire_block {
    uint16_t block_length;
    uint16_t nfields;
    const tpi_wire_field_t *fields;
};

/* What the dialects do not have differently has one row for both (Rule: X-5). */
enum { TPI_WIRE_IN_V11 = 1, TPI_WIRE_IN_V12 = 2, TPI_WIRE_IN_BOTH = 3 };

typedef struct tpi_wire_message {
    const char *schema; /* "wire", "driver", ...: for people */
    const char *name;
    uint16_t schema_id;
    uint16_t version;
    uint16_t template_id;
    uint16_t dialects; /* TPI_WIRE_IN_...: the dialects in which the message has this form */
    tpi_wire_block_t block;
} tpi_wire_message_t;

/** All messages, sorted by schema id, template id, dialect. Static storage. */
extern const tpi_wire_message_t tpi_wire_messages[];
extern const size_t tpi_wire_message_count;

/** The message of that name in one of `dialects`, or NULL. */
const tpi_wire_message_t *tpi_wire_find(const char *name, unsigned dialects);

/** Whether some dialect has a message of that name. */
bool tpi_wire_is_known(const char *name);

/** Bytes of one integer. */
size_t tpi_wire_type_size(tpi_wire_type_t type);
bool tpi_wire_type_is_signed(tpi_wire_type_t type);

/** One integer, unaligned; signed ones are sign-extended to 64 bits. */
uint64_t tpi_wire_load(const void *p, tpi_wire_type_t type);
void tpi_wire_store(void *p, tpi_wire_type_t type, uint64_t value);

/** Name of an enum's value, NULL when it is not listed. */
const char *tpi_wire_value_name(const tpi_wire_field_t *field, int64_t value);

/**
 * Check the form of a message that starts with its message header: schema, template, version, a
 * block length that is exactly that of one of `dialects`, the entry block length of each group,
 * each count and length against the bytes that are there, each enum value (the null of an optional
 * enum passes). Bytes after the last element are ignored. After this, walking the message by its
 * table stays inside buf[0, len).
 *
 * @param out_message the row that fits; may be NULL.
 * @return TP_OK, or TP_EDECODE with a text that names message, field, value and what was expected.
 */
int tpi_wire_check(const void *buf, size_t len, unsigned dialects,
                   const tpi_wire_message_t **out_message);

/**
 * Refuse null in the required integers of a message that passed tpi_wire_check, in its block and
 * its groups' (W-5).
 *
 * @param except names of fields that may be null all the same, ended by NULL; may be NULL.
 * @return TP_OK, or TP_EDECODE with a text.
 */
int tpi_wire_check_required(const tpi_wire_message_t *message, const void *buf,
                            const char *const *except);

/** True when each byte is in 1..127 (W-8). */
bool tpi_wire_is_ascii(const uint8_t *data, size_t len);

#endif
