/*
 * wire/vectors_fixture.h - for this folder's tests: the byte vectors of docs/spec, and every struct
 * codec behind one signature.
 *
 * A row of the field map names a schema field and where its struct keeps it. What the field looks
 * like on the wire comes from the field tables, its value from the JSON: a test that walks the map
 * retypes nothing.
 */
#ifndef TPI_WIRE_VECTORS_FIXTURE_H
#define TPI_WIRE_VECTORS_FIXTURE_H

#include <json-c/json.h>

#include "wire/codec.h"
#include "wire/table.h"

typedef struct fixture_record {
    char message[64]; /* without the dialect behind it */
    char expect[128]; /* negative ones */
    char name[128];   /* negative ones: name, others: note */
    uint16_t schema_id;
    unsigned dialects;
    uint8_t *bytes; /* with message header, exactly len bytes on the heap */
    size_t len;
    json_object *fields;
} fixture_record_t;

typedef enum fixture_part { FIXTURE_POSITIVE, FIXTURE_NEGATIVE } fixture_part_t;

/** Visit each record of both files; fails the test when the files cannot be read. */
void fixture_each(fixture_part_t part, void (*visit)(const fixture_record_t *record));

typedef struct fixture_map {
    const char *field;
    size_t offset;
    size_t entries; /* of a group: where its entries are; offset is that of their count */
} fixture_map_t;

typedef struct fixture_codec {
    const char *message;
    uint16_t schema_id;
    size_t size;
    const fixture_map_t *map; /* ended by a NULL field */
    int (*decode)(const void *buf, size_t len, void *out);
    int (*encode)(void *buf, size_t cap, tpi_dialect_t dialect, const void *in);
} fixture_codec_t;

enum { FIXTURE_STRUCT_MAX = 8192 };

extern const fixture_codec_t fixture_codecs[];
extern const size_t fixture_codec_count;

/** NULL for the messages that have no struct. */
const fixture_codec_t *fixture_codec(const char *message, uint16_t schema_id);

/** Fill a struct from the JSON of a record; what the record lacks gets its null. */
void fixture_from_json(const fixture_codec_t *codec, json_object *fields, void *out);

/** Fail the test unless both structs hold the same values. */
void fixture_check_equal(const fixture_codec_t *codec, const void *got, const void *want);

#endif
