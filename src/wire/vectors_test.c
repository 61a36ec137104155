/*
 * The struct codecs and the table check against every byte vector of docs/spec, whole, cut off and
 * damaged.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tensorpool/error.h"
#include "tp_test.h"
#include "wire/vectors_fixture.h"

enum { BUFFER = 4096 };

/* Aligned room for any message struct. */
typedef union any_struct {
    uint64_t align;
    void *pointer;
    uint8_t bytes[FIXTURE_STRUCT_MAX];
} any_struct_t;

static tpi_dialect_t dialect_of(const fixture_record_t *record)
{
    return record->dialects == TPI_WIRE_IN_V12 ? TPI_DIALECT_V12 : TPI_DIALECT_V11;
}

static size_t with_struct;

static void decode_and_encode(const fixture_record_t *record)
{
    const fixture_codec_t *codec = fixture_codec(record->message, record->schema_id);
    if (codec == NULL) {
        return;
    }
    with_struct++;
    static any_struct_t want, got;
    static uint8_t encoded[BUFFER];
    TP_CHECK_LE_U64(codec->size, sizeof(want.bytes));
    fixture_from_json(codec, record->fields, &want);

    memset(&got, 0xa5, sizeof(got));
    TP_CHECK_MSG(codec->decode(record->bytes, record->len, &got) == TP_OK, "%s: %s",
                 record->message, tp_errmsg());
    fixture_check_equal(codec, &got, &want);

    const int len = codec->encode(encoded, sizeof(encoded), dialect_of(record), &want);
    TP_CHECK_MSG(len == (int)record->len, "%s: %d, %s", record->message, len, tp_errmsg());
    TP_CHECK_EQ_MEM(encoded, record->bytes, record->len);
}

/* Proves: W-1, W-2, W-3, W-4, W-7, X-1, X-5, X-6, D-12, D-16 */
TP_TEST(struct_codecs_agree_with_every_vector_both_ways)
{
    fixture_each(FIXTURE_POSITIVE, decode_and_encode);
    TP_CHECK_GE_U64(with_struct, 50);
}

static void pass_check(const fixture_record_t *record)
{
    const tpi_wire_message_t *message = NULL;
    TP_CHECK_EQ_I64(tpi_wire_check(record->bytes, record->len, TPI_WIRE_IN_BOTH, &message), TP_OK);
    TP_CHECK_EQ_STR(message->name, record->message);
    TP_CHECK_EQ_U64(message->schema_id, record->schema_id);
    TP_CHECK_EQ_U64(message->dialects, record->dialects);
    for (unsigned dialect = TPI_WIRE_IN_V11; dialect <= TPI_WIRE_IN_V12; dialect++) {
        const int want = (record->dialects & dialect) != 0 ? TP_OK : TP_EDECODE;
        TP_CHECK_EQ_I64(tpi_wire_check(record->bytes, record->len, dialect, NULL), want);
    }
    tpi_wire_header_t header;
    TP_CHECK_EQ_I64(tpi_wire_peek(record->bytes, record->len, &header), TP_OK);
    TP_CHECK_EQ_I64(tpi_wire_dialect_of(&header), dialect_of(record));
}

/* Proves: W-3, X-1, D-14 */
TP_TEST(the_table_check_passes_every_vector_in_its_dialects_only)
{
    fixture_each(FIXTURE_POSITIVE, pass_check);
}

/** Run everything that reads the bytes of strangers. */
static int read_all(const uint8_t *bytes, size_t len, const fixture_codec_t *codec)
{
    static any_struct_t out;
    static tpi_attach_response_t response;
    tpi_attach_request_t attach;
    tpi_detach_request_t detach;
    tpi_request_triage_t triage;
    uint64_t lease_id = 0;
    tpi_attach_request_triage(bytes, len, &attach, &triage);
    tpi_detach_request_triage(bytes, len, &detach, &triage);
    const int64_t id = len >= 16 ? tpi_get_i64(bytes + 8) : 0;
    tpi_attach_response_triage(bytes, len, id, 0, &response, &lease_id);
    if (codec == NULL) {
        return tpi_wire_check(bytes, len, TPI_WIRE_IN_BOTH, NULL);
    }
    return codec->decode(bytes, len, &out);
}

static void cut_off(const fixture_record_t *record)
{
    const fixture_codec_t *codec = fixture_codec(record->message, record->schema_id);
    for (size_t len = 0; len < record->len; len++) {
        uint8_t *exact =
            malloc(len > 0 ? len : 1); /* so that the address sanitizer sees one byte too far */
        TP_CHECK(exact != NULL);
        memcpy(exact, record->bytes, len);
        TP_CHECK_MSG(read_all(exact, len, codec) == TP_EDECODE, "%s cut to %zu of %zu bytes",
                     record->message, len, record->len);
        TP_CHECK_EQ_I64(tpi_wire_check(exact, len, TPI_WIRE_IN_BOTH, NULL), TP_EDECODE);
        free(exact);
    }
}

/* Proves: W-7, D-15 */
TP_TEST(every_truncation_of_every_vector_is_malformed)
{
    fixture_each(FIXTURE_POSITIVE, cut_off);
}

static void damage(const fixture_record_t *record)
{
    static const uint8_t flips[] = { 0x01, 0x02, 0x7f, 0x80, 0xff };
    const fixture_codec_t *codec = fixture_codec(record->message, record->schema_id);
    static any_struct_t out;
    static uint8_t encoded[BUFFER];
    for (size_t at = 0; at < record->len; at++) {
        for (size_t f = 0; f < sizeof(flips); f++) {
            record->bytes[at] ^= flips[f];
            const int result = read_all(record->bytes, record->len, codec);
            TP_CHECK_MSG(result == TP_OK || result == TP_EDECODE, "%s: %d", record->message,
                         result);
            /* What a decoder lets through, the encoder can say again, byte for byte. */
            if (codec != NULL && codec->decode(record->bytes, record->len, &out) == TP_OK) {
                tpi_wire_header_t header;
                TP_CHECK_EQ_I64(tpi_wire_peek(record->bytes, record->len, &header), TP_OK);
                const int len =
                    codec->encode(encoded, sizeof(encoded), tpi_wire_dialect_of(&header), &out);
                TP_CHECK_MSG(len > 0 && (size_t)len <= record->len, "%s: %d %s", record->message,
                             len, tp_errmsg());
                TP_CHECK_EQ_MEM(encoded, record->bytes, (size_t)len);
            }
            record->bytes[at] ^= flips[f];
        }
    }
}

/* Proves: W-7 */
TP_TEST(damaged_vectors_are_refused_or_read_as_what_they_say)
{
    fixture_each(FIXTURE_POSITIVE, damage);
}

/* Fields in which the implicit null is a value all the same: W-5 for the stream ids, D-22, D-23. */
static bool null_is_fine(const char *message, const char *field)
{
    const bool ids =
        strcmp(message, "ConsumerHello") == 0 || strcmp(message, "ConsumerConfig") == 0;
    if (ids &&
        (strcmp(field, "descriptorStreamId") == 0 || strcmp(field, "controlStreamId") == 0)) {
        return true;
    }
    return strcmp(message, "ShmAttachRequest") == 0 &&
           (strcmp(field, "expectedLayoutVersion") == 0 || strcmp(field, "maxDims") == 0);
}

static void put_nulls(const fixture_record_t *record)
{
    const fixture_codec_t *codec = fixture_codec(record->message, record->schema_id);
    const tpi_wire_message_t *message = NULL;
    TP_CHECK_EQ_I64(tpi_wire_check(record->bytes, record->len, TPI_WIRE_IN_BOTH, &message), TP_OK);
    static any_struct_t out;
    for (size_t i = 0; codec != NULL && i < message->block.nfields; i++) {
        const tpi_wire_field_t *field = &message->block.fields[i];
        if (field->kind != TPI_WIRE_INTEGER && field->kind != TPI_WIRE_ENUM) {
            continue;
        }
        uint8_t *at = record->bytes + TPI_WIRE_HEADER_BYTES + field->offset;
        const uint64_t before = tpi_wire_load(at, field->type);
        tpi_wire_store(at, field->type, field->null_value);
        const bool fine = field->optional || null_is_fine(message->name, field->name);
        TP_CHECK_MSG(codec->decode(record->bytes, record->len, &out) == (fine ? TP_OK : TP_EDECODE),
                     "%s.%s null", message->name, field->name);
        tpi_wire_store(at, field->type, before);
    }
}

/* Proves: W-5, D-16, D-22, D-23 */
TP_TEST(a_null_in_a_required_field_is_malformed)
{
    fixture_each(FIXTURE_POSITIVE, put_nulls);
}

static void put_enums(const fixture_record_t *record)
{
    const fixture_codec_t *codec = fixture_codec(record->message, record->schema_id);
    const tpi_wire_message_t *message = NULL;
    TP_CHECK_EQ_I64(tpi_wire_check(record->bytes, record->len, TPI_WIRE_IN_BOTH, &message), TP_OK);
    static any_struct_t out;
    for (size_t i = 0; i < message->block.nfields; i++) {
        const tpi_wire_field_t *field = &message->block.fields[i];
        if (field->kind != TPI_WIRE_ENUM) {
            continue;
        }
        uint8_t *at = record->bytes + TPI_WIRE_HEADER_BYTES + field->offset;
        const uint64_t before = tpi_wire_load(at, field->type);
        for (int64_t value = -2; value < 20; value++) {
            if (value < 0 && !tpi_wire_type_is_signed(field->type)) {
                continue;
            }
            tpi_wire_store(at, field->type, (uint64_t)value);
            const int want = tpi_wire_value_name(field, value) != NULL ? TP_OK : TP_EDECODE;
            TP_CHECK_EQ_I64(tpi_wire_check(record->bytes, record->len, TPI_WIRE_IN_BOTH, NULL),
                            want);
            if (codec != NULL) {
                TP_CHECK_EQ_I64(codec->decode(record->bytes, record->len, &out), want);
            }
        }
        tpi_wire_store(at, field->type, before);
    }
}

/* Proves: W-6, D-16, W-136 */
TP_TEST(an_enum_value_that_is_not_listed_is_malformed)
{
    fixture_each(FIXTURE_POSITIVE, put_enums);
}

/* What the `expect` of a negative vector asks of us. */
static void meet_expectation(const fixture_record_t *record)
{
    static any_struct_t out;
    static tpi_attach_response_t response;
    const uint8_t *bytes = record->bytes;
    const size_t len = record->len;
    const char *expect = record->expect;
    tpi_attach_request_t request;
    tpi_request_triage_t triage = { .fault = TPI_REQUEST_FOREIGN };
    uint64_t lease_id = 0;
    tpi_attach_request_triage(bytes, len, &request, &triage);
    const tpi_response_verdict_t verdict = tpi_attach_response_triage(
        bytes, len, len >= 16 ? tpi_get_i64(bytes + 8) : 0, 10000, &response, &lease_id);

    if (strncmp(expect, "ignore", 6) == 0) {
        TP_CHECK_EQ_I64(tpi_wire_check(bytes, len, TPI_WIRE_IN_BOTH, NULL), TP_EDECODE);
        for (size_t i = 0; i < fixture_codec_count; i++) {
            TP_CHECK_EQ_I64(fixture_codecs[i].decode(bytes, len, &out), TP_EDECODE);
        }
    } else if (strcmp(expect, "driver: UNSUPPORTED") == 0) {
        TP_CHECK(triage.can_answer);
        TP_CHECK(triage.fault == TPI_REQUEST_UNSUPPORTED ||
                 triage.fault == TPI_REQUEST_BAD_PUBLISH_MODE);
        TP_CHECK_EQ_I64(tpi_attach_request_decode(bytes, len, (void *)&out), TP_EDECODE);
    } else if (strcmp(expect, "driver: INVALID_PARAMS") == 0) {
        TP_CHECK(triage.can_answer);
        TP_CHECK(triage.fault == TPI_REQUEST_MALFORMED || triage.fault == TPI_REQUEST_BAD_ROLE ||
                 triage.fault == TPI_REQUEST_BAD_CLIENT_ID ||
                 triage.fault == TPI_REQUEST_BAD_HUGEPAGES);
    } else if (strcmp(expect, "driver: ignore") == 0) {
        TP_CHECK(!triage.can_answer);
    } else if (strncmp(expect, "client: protocol error", 22) == 0) {
        TP_CHECK_EQ_I64(verdict, TPI_RESPONSE_PROTOCOL_ERROR);
    } else if (strcmp(expect, "client: ignore") == 0 ||
               strncmp(expect, "driver client: not an", 21) == 0) {
        TP_CHECK_EQ_I64(verdict, TPI_RESPONSE_FOREIGN);
    } else if (strncmp(expect, "client: still an error response", 31) == 0) {
        TP_CHECK_EQ_I64(verdict, TPI_RESPONSE_GOOD);
        TP_CHECK_EQ_I64(response.code, TPI_CODE_REJECTED);
        TP_CHECK_EQ_U64(response.error_message.len, TPI_MAX_ERROR_MESSAGE);
    } else if (strcmp(expect, "client: reject the message") == 0) {
        TP_CHECK_EQ_I64(tpi_lease_revoked_decode(bytes, len, (void *)&out), TP_EDECODE);
    } else {
        TP_FAIL("%s: the test does not know what '%s' asks for", record->name, expect);
    }
}

/* Proves: W-3, W-7, D-12, D-13, D-14, D-15, D-17, D-28, D-32, D-33 */
TP_TEST(every_negative_vector_is_refused_for_the_reason_it_names)
{
    fixture_each(FIXTURE_NEGATIVE, meet_expectation);
}

TP_TEST_MAIN()
