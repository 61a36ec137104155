/*
 * Struct codecs where the byte vectors have no example: limits, refusals, text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tensorpool/error.h"
#include "tp_test.h"
#include "wire/codec.h"
#include "wire/table.h"

static tpi_view_t text(const char *s)
{
    return (tpi_view_t){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static void fill_announce(tpi_shm_pool_announce_t *announce, uint16_t npools)
{
    memset(announce, 0, sizeof(*announce));
    announce->stream_id = 1;
    announce->producer_id = 2;
    announce->epoch = 3;
    announce->announce_timestamp_ns = 4;
    announce->clock_domain = TPI_CLOCK_MONOTONIC;
    announce->layout_version = 1;
    announce->header_nslots = 8;
    announce->header_slot_bytes = 256;
    announce->npools = npools;
    announce->header_region_uri = text("shm:file?path=/dev/shm/h");
    for (uint16_t i = 0; i < npools && i < TPI_MAX_POOLS; i++) {
        announce->pools[i] =
            (tpi_pool_entry_t){ (uint16_t)(i + 1), 8, 4096, text("shm:file?path=/dev/shm/p") };
    }
}

TP_TEST(encode_writes_nothing_beyond_the_buffer)
{
    tpi_shm_pool_announce_t announce;
    fill_announce(&announce, 3);
    uint8_t whole[512];
    const int len = tpi_shm_pool_announce_encode(whole, sizeof(whole), &announce);
    TP_CHECK_GT_I64(len, 0);
    for (int cap = 0; cap <= len; cap++) {
        uint8_t *exact = malloc(cap > 0 ? (size_t)cap : 1);
        TP_CHECK(exact != NULL);
        const int got = tpi_shm_pool_announce_encode(exact, (size_t)cap, &announce);
        TP_CHECK_EQ_I64(got, cap < len ? TP_ERANGE : len);
        if (cap == len) {
            TP_CHECK_EQ_MEM(exact, whole, (size_t)len);
        }
        free(exact);
    }
}

/* Proves: D-15 */
TP_TEST(sixty_four_pools_fit_and_one_more_is_refused)
{
    static tpi_shm_pool_announce_t announce, back;
    static uint8_t buf[8192];
    fill_announce(&announce, TPI_MAX_POOLS);
    const int len = tpi_shm_pool_announce_encode(buf, sizeof(buf), &announce);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_LE_U64((uint64_t)len,
                    tpi_wire_announce_bound(TPI_MAX_POOLS, announce.header_region_uri.len));
    TP_CHECK_EQ_I64(tpi_shm_pool_announce_decode(buf, (size_t)len, &back), TP_OK);
    TP_CHECK_EQ_U64(back.npools, TPI_MAX_POOLS);
    TP_CHECK_EQ_U64(back.pools[63].pool_id, 64);

    announce.npools = TPI_MAX_POOLS + 1;
    TP_CHECK_EQ_I64(tpi_shm_pool_announce_encode(buf, sizeof(buf), &announce), TP_EINVAL);

    /* 65 entries that are all there. */
    enum { GROUP_AT = 8 + 35 };
    uint8_t *p = buf + GROUP_AT;
    tpi_put_u16(p + 2, TPI_MAX_POOLS + 1);
    memset(p + 4, 1, (TPI_MAX_POOLS + 1) * 14);
    for (size_t i = 0; i <= TPI_MAX_POOLS; i++) {
        tpi_put_u32(p + 4 + i * 14 + 10, 0);
    }
    tpi_put_u32(p + 4 + (TPI_MAX_POOLS + 1) * 14, 0);
    TP_CHECK_EQ_I64(tpi_wire_check(buf, sizeof(buf), TPI_WIRE_IN_BOTH, NULL), TP_OK);
    TP_CHECK_EQ_I64(tpi_shm_pool_announce_decode(buf, sizeof(buf), &back), TP_EDECODE);
    TP_CHECK_CONTAINS(tp_errmsg(), "65");
}

/* Proves: W-7 */
TP_TEST(a_huge_group_count_or_length_is_an_overrun)
{
    tpi_shm_pool_announce_t announce;
    fill_announce(&announce, 1);
    uint8_t buf[512];
    const int len = tpi_shm_pool_announce_encode(buf, sizeof(buf), &announce);
    TP_CHECK_GT_I64(len, 0);
    enum { GROUP_AT = 8 + 35, LENGTH_AT = GROUP_AT + 4 + 10 };
    static const uint32_t lengths[] = { 0xffffffff, 0xfffffffc, 0x80000000, 1073741824, 512 };
    tpi_put_u16(buf + GROUP_AT + 2, 0xffff);
    TP_CHECK_EQ_I64(tpi_shm_pool_announce_decode(buf, (size_t)len, &announce), TP_EDECODE);
    tpi_put_u16(buf + GROUP_AT + 2, 1);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        tpi_put_u32(buf + LENGTH_AT, lengths[i]);
        TP_CHECK_EQ_I64(tpi_shm_pool_announce_decode(buf, (size_t)len, &announce), TP_EDECODE);
        TP_CHECK_CONTAINS(tp_errmsg(), "regionUri");
    }
}

/* Proves: W-8 */
TP_TEST(uris_and_channels_are_seven_bit_and_other_text_is_opaque)
{
    static const char *const bad[] = { "\x80", "a\xff", "aeron:ipc\xc3\xa4" };
    uint8_t buf[512];
    for (size_t i = 0; i < 4; i++) {
        const tpi_view_t view = i < 3 ? text(bad[i]) : (tpi_view_t){ (const uint8_t *)"a\0b", 3 };
        tpi_shm_pool_announce_t announce;
        fill_announce(&announce, 1);
        announce.header_region_uri = view;
        TP_CHECK_EQ_I64(tpi_shm_pool_announce_encode(buf, sizeof(buf), &announce), TP_EINVAL);
        fill_announce(&announce, 1);
        announce.pools[0].region_uri = view;
        TP_CHECK_EQ_I64(tpi_shm_pool_announce_encode(buf, sizeof(buf), &announce), TP_EINVAL);

        tpi_consumer_config_t config = {
            .stream_id = 1, .consumer_id = 2, .use_shm = 1, .mode = 1
        };
        config.payload_fallback_uri = view;
        TP_CHECK_EQ_I64(tpi_consumer_config_encode(buf, sizeof(buf), &config), TP_EINVAL);
        config.payload_fallback_uri = text("abcde");
        int len = tpi_consumer_config_encode(buf, sizeof(buf), &config);
        TP_CHECK_GT_I64(len, 0);
        memcpy(buf + 8 + 18 + 4, view.data, view.len < 5 ? view.len : 5);
        TP_CHECK_EQ_I64(tpi_consumer_config_decode(buf, (size_t)len, &config),
                        i == 2 ? TP_OK : TP_EDECODE);

        tpi_data_source_announce_t source = {
            .stream_id = 1, .producer_id = 2, .epoch = 3, .name = view
        };
        len = tpi_data_source_announce_encode(buf, sizeof(buf), &source);
        TP_CHECK_GT_I64(len, 0);
        TP_CHECK_EQ_I64(tpi_data_source_announce_decode(buf, (size_t)len, &source), TP_OK);
        TP_CHECK_EQ_U64(source.name.len, view.len);
        TP_CHECK_EQ_MEM(source.name.data, view.data, view.len);
    }
}

/* Proves: D-17 */
TP_TEST(error_messages_are_cut_to_1024_bytes_both_ways)
{
    static char longer[3000];
    static uint8_t buf[4096];
    memset(longer, 'x', sizeof(longer));
    const tpi_view_t view = { (const uint8_t *)longer, sizeof(longer) };
    const tpi_lease_revoked_t revoked = { 1, 2, 3, 4, TPI_ROLE_PRODUCER, TPI_REVOKE_EXPIRED, view };
    tpi_lease_revoked_t back;
    const int len = tpi_lease_revoked_encode(buf, sizeof(buf), &revoked);
    TP_CHECK_EQ_I64(len, 8 + 26 + 4 + TPI_MAX_ERROR_MESSAGE);
    /* A sender that does not cut. */
    tpi_put_u32(buf + 8 + 26, 3000);
    memset(buf + 8 + 26 + 4, 'y', 3000);
    TP_CHECK_EQ_I64(tpi_lease_revoked_decode(buf, 8 + 26 + 4 + 3000, &back), TP_OK);
    TP_CHECK_EQ_U64(back.error_message.len, TPI_MAX_ERROR_MESSAGE);

    const tpi_detach_response_t response = { 1, TPI_CODE_OK, view };
    TP_CHECK_EQ_I64(tpi_detach_response_encode(buf, sizeof(buf), &response),
                    8 + 12 + 4 + TPI_MAX_ERROR_MESSAGE);
    const tpi_driver_shutdown_t shutdown = { 1, TPI_SHUTDOWN_NORMAL, view };
    TP_CHECK_EQ_I64(tpi_driver_shutdown_encode(buf, sizeof(buf), &shutdown),
                    8 + 9 + 4 + TPI_MAX_ERROR_MESSAGE);
    const tpi_driver_shutdown_request_t request = { 1, TPI_SHUTDOWN_NORMAL, { NULL, 0 }, view };
    TP_CHECK_EQ_I64(tpi_driver_shutdown_request_encode(buf, sizeof(buf), &request),
                    8 + 9 + 4 + 4 + TPI_MAX_ERROR_MESSAGE);
    /* ControlResponse is not one of the five. */
    const tpi_control_response_t control = { 1, TPI_CODE_OK, view };
    TP_CHECK_EQ_I64(tpi_control_response_encode(buf, sizeof(buf), &control), 8 + 12 + 4 + 3000);
}

/* Proves: W-5, W-6 */
TP_TEST(what_we_would_not_read_we_do_not_send)
{
    uint8_t buf[256];
    tpi_qos_consumer_t qos = { 1, 2, 3, 4, 5, 6, 3 };
    TP_CHECK_EQ_I64(tpi_qos_consumer_encode(buf, sizeof(buf), &qos), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "mode");
    qos.mode = TPI_MODE_STREAM;
    qos.drops_late = TPI_NULL_U64;
    TP_CHECK_EQ_I64(tpi_qos_consumer_encode(buf, sizeof(buf), &qos), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "dropsLate");
    qos.drops_late = 0;
    TP_CHECK_EQ_I64(tpi_qos_consumer_encode(buf, sizeof(buf), &qos), 8 + 41);
    const tpi_control_response_t control = { 1, 9, { NULL, 0 } };
    TP_CHECK_EQ_I64(tpi_control_response_encode(buf, sizeof(buf), &control), TP_EINVAL);
}

/* Proves */
TP_TEST(a_descriptor_has_one_struct_whatever_dialect_it_came_in)
{
    const tpi_frame_descriptor_t in = { 10000, 3, 7, 7, 1000002500000, 1, 99 };
    for (int dialect = TPI_DIALECT_V11; dialect <= TPI_DIALECT_V12; dialect++) {
        uint8_t put[TPI_FRAME_DESCRIPTOR_MAX], encoded[TPI_FRAME_DESCRIPTOR_MAX];
        const size_t len = tpi_frame_descriptor_put(put, (tpi_dialect_t)dialect, &in);
        TP_CHECK_EQ_U64(len, dialect == TPI_DIALECT_V11 ? 44 : 48);
        TP_CHECK_EQ_I64(
            tpi_frame_descriptor_encode(encoded, sizeof(encoded), (tpi_dialect_t)dialect, &in),
            (int64_t)len);
        TP_CHECK_EQ_MEM(put, encoded, len);
        tpi_frame_descriptor_t out;
        TP_CHECK_EQ_I64(tpi_frame_descriptor_decode(put, len, &out), TP_OK);
        TP_CHECK_EQ_U64(out.seq, in.seq);
        TP_CHECK_EQ_U64(out.timestamp_ns, in.timestamp_ns);
        TP_CHECK_EQ_U64(out.header_index, dialect == TPI_DIALECT_V11 ? 7 : TPI_NULL_U32);
        TP_CHECK_EQ_U64(out.trace_id, dialect == TPI_DIALECT_V11 ? 0 : 99);
        tpi_wire_header_t header;
        TP_CHECK_EQ_I64(tpi_wire_peek(put, len, &header), TP_OK);
        TP_CHECK_EQ_I64(tpi_wire_dialect_of(&header), dialect);
    }
}

/* Proves, W-100 */
TP_TEST(a_descriptor_turned_into_the_next_one_is_the_next_one)
{
    const uint64_t many = UINT64_C(0xA1B2C3D4E5F60718);
    const tpi_frame_descriptor_t first = { 10000, 3, 7, 7, TPI_NULL_U64, 1, 99 };
    const tpi_frame_descriptor_t next[] = {
        { 10000, 3, many, 0x718, TPI_NULL_U64, 0xFEDCBA98, ~many },
        { 10000, 3, 0, 0, TPI_NULL_U64, 0, 0 },
        { 10000, 3, UINT64_MAX, UINT32_MAX, TPI_NULL_U64, UINT32_MAX, UINT64_MAX },
    };
    for (int dialect = TPI_DIALECT_V11; dialect <= TPI_DIALECT_V12; dialect++) {
        uint8_t updated[TPI_FRAME_DESCRIPTOR_MAX], put[TPI_FRAME_DESCRIPTOR_MAX];
        const size_t len = tpi_frame_descriptor_put(updated, (tpi_dialect_t)dialect, &first);
        for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
            tpi_frame_descriptor_update(updated, (tpi_dialect_t)dialect, next[i].seq,
                                        next[i].header_index, next[i].meta_version,
                                        next[i].trace_id);
            tpi_frame_descriptor_put(put, (tpi_dialect_t)dialect, &next[i]);
            TP_CHECK_EQ_MEM(updated, put, len);
        }
    }
}

/* Proves: W-3, D-12, D-13 */
TP_TEST(the_text_says_what_does_not_fit)
{
    static const struct {
        uint16_t block_length, template_id, schema_id, version;
        unsigned dialects;
        const char *part;
    } rows[] = {
        { 36, 4, 905, 1, TPI_WIRE_IN_BOTH, "schema id 905" },
        { 36, 14, 900, 1, TPI_WIRE_IN_BOTH, "no template 14" },
        { 36, 4, 900, 2, TPI_WIRE_IN_BOTH, "version 2, expected 1" },
        { 44, 4, 900, 1, TPI_WIRE_IN_BOTH, "36 or 40" },
        { 44, 4, 900, 1, TPI_WIRE_IN_V12, "expected exactly 40" },
        { 44, 4, 900, 1, TPI_WIRE_IN_V11, "expected exactly 36" },
        { 40, 4, 900, 1, TPI_WIRE_IN_V11, "dialect 1.2" },
        { 36, 4, 900, 1, TPI_WIRE_IN_V12, "dialect 1.1" },
        { 42, 5, 900, 1, TPI_WIRE_IN_BOTH, "expected exactly 41" },
        { 36, 4, 900, 1, TPI_WIRE_IN_BOTH, "4 bytes left" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t buf[12] = { 0 };
        tpi_put_u16(buf, rows[i].block_length);
        tpi_put_u16(buf + 2, rows[i].template_id);
        tpi_put_u16(buf + 4, rows[i].schema_id);
        tpi_put_u16(buf + 6, rows[i].version);
        TP_CHECK_EQ_I64(tpi_wire_check(buf, sizeof(buf), rows[i].dialects, NULL), TP_EDECODE);
        TP_CHECK_CONTAINS(tp_errmsg(), rows[i].part);
    }
    tpi_qos_producer_t qos;
    uint8_t descriptor[TPI_FRAME_DESCRIPTOR_MAX];
    const tpi_frame_descriptor_t in = { 1, 1, 1, 1, 1, 1, 0 };
    const size_t len = tpi_frame_descriptor_put(descriptor, TPI_DIALECT_V11, &in);
    TP_CHECK_EQ_I64(tpi_qos_producer_decode(descriptor, len, &qos), TP_EDECODE);
    TP_CHECK_CONTAINS(tp_errmsg(), "template 6");
}

/* Proves: W-136 */
TP_TEST(the_tables_keep_what_is_fixed)
{
    const tpi_wire_message_t *tensor = tpi_wire_find("TensorHeader", TPI_WIRE_IN_V11);
    TP_CHECK(tensor != NULL);
    TP_CHECK_EQ_STR(tpi_wire_value_name(&tensor->block.fields[0], 13), "BYTES");
    TP_CHECK(tpi_wire_value_name(&tensor->block.fields[0], 12) == NULL);
    TP_CHECK(tpi_wire_find("MetaBlobChunk", TPI_WIRE_IN_V11) == NULL);
    TP_CHECK(tpi_wire_is_known("MetaBlobChunk"));
    TP_CHECK(!tpi_wire_is_known("Nothing"));
    for (size_t i = 1; i < tpi_wire_message_count; i++) {
        const tpi_wire_message_t *a = &tpi_wire_messages[i - 1];
        const tpi_wire_message_t *b = &tpi_wire_messages[i];
        TP_CHECK(a->schema_id < b->schema_id || a->template_id < b->template_id ||
                 (a->template_id == b->template_id && a->dialects == TPI_WIRE_IN_V11 &&
                  b->dialects == TPI_WIRE_IN_V12));
    }
}

TP_TEST_MAIN()
