/* Options that do not start, and what is said of the source said again of the destination. */
#include "rate_limiter/scene_test.h"
#include "wire/table.h"

static scene_t scene;

/* ---- options ---- */

static void refused(const tp_rate_limiter_options_t *options, const char *text)
{
    tp_rate_limiter_t *limiter = NULL;
    TP_CHECK_EQ_I64(tp_rate_limiter_create(&limiter, scene.client, options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(limiter == NULL);
}

/* Proves, C-6 */
TP_TEST(options_that_cannot_work_are_refused_by_name)
{
    scene_open(&scene, false);
    tp_rate_mapping_t mappings[3] = { { .source_stream_id = 1, .dest_stream_id = 2 },
                                      { .source_stream_id = 1, .dest_stream_id = 3 },
                                      { .source_stream_id = 3, .dest_stream_id = 4 } };
    const tp_rate_limiter_options_t good = scene_options(&scene, mappings);
    tp_rate_limiter_options_t o = good;
    o.nmappings = 3;
    o.mappings = mappings;
    tp_rate_limiter_t *limiter = NULL;
    /* one source twice */
    TP_CHECK_EQ_I64(tp_rate_limiter_create(&limiter, scene.client, &o), TP_OK);
    TP_CHECK_EQ_U64(tp_rate_limiter_count(limiter), 3);
    tp_rate_limiter_destroy(limiter);

    mappings[2].dest_stream_id = 1;
    refused(&o, "goes back into itself");
    mappings[2].dest_stream_id = 2;
    refused(&o, "mappings[0] and [2] have the same destination 2");
    mappings[2].dest_stream_id = 3;
    refused(&o, "mappings[2]: source and destination are both stream 3");
    mappings[2].dest_stream_id = 0;
    refused(&o, "mappings[2].dest_stream_id is 0");
    mappings[2].dest_stream_id = UINT32_MAX;
    refused(&o, "mappings[2].dest_stream_id is 4294967295");
    o = good;
    o.nmappings = 0;
    refused(&o, "0 mappings");
    o = good;
    o.instance_id = "";
    refused(&o, "instance_id");
    o.instance_id = "x";
    o.hello_interval_ns = INT64_MAX / 5 + 1; /* five of them are no number any more */
    refused(&o, "hello_interval_ns is 1844674407370955162, expected 0 (default) or at most");
    o.hello_interval_ns = 0;
    o = good;
    o.forward_progress = true;
    o.source_control_stream_id = 5;
    refused(&o, "forward_progress is on, and dest_control_stream_id is 0");
    o = good;
    o.forward_qos = true;
    refused(&o, "forward_qos is on, and source_qos_stream_id is 0");
    o = good;
    o.dest_metadata_stream_id = UINT32_C(1) << 31;
    refused(&o, "dest_metadata_stream_id is 2147483648");
    o = good;
    o.qos_channel = "ipc";
    refused(&o, "qos_channel is \"ipc\"");
    o = good;
    o.policy = TP_RATE_EVERY_NTH;
    refused(&o, "every_nth is 0");
    scene_close(&scene);
}

/* ---- forwarding ---- */

typedef struct heard_messages {
    uint8_t data[32][512];
    size_t len[32];
    size_t count;
    uint32_t stream_id; /* only of this stream */
} heard_messages_t;

static void hear(void *clientd, const uint8_t *data, size_t len, const tpi_message_info_t *info)
{
    heard_messages_t *heard = clientd;
    (void)info;
    if (len < 12 || len > 512 || tpi_get_u32(data + 8) != heard->stream_id) {
        return;
    }
    TP_CHECK(heard->count < 32);
    memcpy(heard->data[heard->count], data, len);
    heard->len[heard->count++] = len;
}

typedef struct wire {
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
    heard_messages_t heard;
} wire_t;

static void wire_open(wire_t *wire, int32_t from, int32_t to, uint32_t stream_id)
{
    tpi_link_t *link = scene.rig.peer_link;
    memset(wire, 0, sizeof *wire);
    wire->heard.stream_id = stream_id;
    TP_CHECK_EQ_I64(tpi_link_add_publication(link, &wire->pub, "aeron:ipc", from, false), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(link, &wire->sub, "aeron:ipc", to, NULL, NULL),
                    TP_OK);
    scene_run(&scene, 50);
}

static void wire_send(wire_t *wire, const uint8_t *data, int len)
{
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(wire->pub, data, (size_t)len), TPI_SEND_OK);
    scene_run(&scene, 20);
    tpi_subscription_poll(wire->sub, hear, &wire->heard, 100);
}

static void limit_forwarding(bool progress, bool qos)
{
    const tp_rate_mapping_t mapping = { .source_stream_id = SOURCE,
                                        .dest_stream_id = DEST,
                                        .max_rate_hz = 10,
                                        .metadata_stream_id = 77 };
    tp_rate_limiter_options_t options = scene_options(&scene, &mapping);
    options.forward_progress = progress;
    options.source_control_stream_id = 1010;
    options.dest_control_stream_id = 1011;
    options.forward_qos = qos;
    options.source_qos_stream_id = 1210;
    options.dest_qos_stream_id = 1211;
    scene_limit_with(&scene, &options);
}

/* Proves, C-1, C-2, C-10 */
TP_TEST(metadata_is_passed_on_under_the_other_id_and_nothing_else_of_it_changes)
{
    scene_open(&scene, false);
    limit_forwarding(false, false);
    wire_t wire;
    wire_open(&wire, METADATA, METADATA, 77);
    uint8_t buf[512];
    tpi_data_source_announce_t announce = {
        .stream_id = SOURCE,
        .producer_id = 4,
        .epoch = 900,
        .meta_version = 6,
        .name = { (const uint8_t *)"camera", 6 },
        .summary = { (const uint8_t *)"left", 4 },
    };
    wire_send(&wire, buf, tpi_data_source_announce_encode(buf, sizeof buf, &announce));
    TP_CHECK_EQ_U64(wire.heard.count, 1);
    tpi_data_source_announce_t got;
    TP_CHECK_EQ_I64(tpi_data_source_announce_decode(wire.heard.data[0], wire.heard.len[0], &got),
                    TP_OK);
    const tp_rate_status_t s = scene_status(&scene);
    TP_CHECK_EQ_U64(got.epoch, s.dest_epoch);
    TP_CHECK(got.producer_id != 4);
    TP_CHECK_EQ_U64(got.meta_version, 6);
    TP_CHECK_EQ_MEM(got.name.data, "camera", 6);
    TP_CHECK_EQ_MEM(got.summary.data, "left", 4);

    /* DataSourceMeta with one attribute, by hand: only its first field changes. */
    uint8_t meta[64] = { 16, 0, 8, 0, 0x84, 3, 1, 0 };
    tpi_put_u32(meta + 8, SOURCE);
    tpi_put_u32(meta + 12, 6);
    tpi_put_u64(meta + 16, 123);
    tpi_put_u16(meta + 26, 1);
    tpi_put_u32(meta + 28, 1);
    meta[32] = 'k';
    tpi_put_u32(meta + 33, 0);
    tpi_put_u32(meta + 37, 2);
    meta[41] = 9;
    wire_send(&wire, meta, 43);
    TP_CHECK_EQ_U64(wire.heard.count, 2);
    TP_CHECK_EQ_U64(wire.heard.len[1], 43);
    TP_CHECK_EQ_MEM(wire.heard.data[1], meta, 8);
    TP_CHECK_EQ_MEM(wire.heard.data[1] + 12, meta + 12, 31);
    TP_CHECK_EQ_U64(scene_status(&scene).metadata, 2);

    tp_rate_ignored_t before, after;
    tp_rate_limiter_ignored(scene.limiter, &before);
    wire_send(&wire, meta, 40); /* cut off */
    tpi_put_u32(meta + 8, 5);   /* of nobody here */
    wire_send(&wire, meta, 43);
    meta[0] = 17; /* another block length */
    wire_send(&wire, meta, 43);
    tp_rate_limiter_ignored(scene.limiter, &after);
    TP_CHECK_EQ_U64(after.decode - before.decode, 2);
    TP_CHECK_EQ_U64(after.stream - before.stream, 1);
    TP_CHECK_EQ_U64(scene_status(&scene).metadata, 2);
    scene_close(&scene);
}

/* Proves */
TP_TEST(progress_is_passed_on_while_the_gate_is_open_with_the_index_of_the_destination)
{
    scene_open(&scene, false);
    limit_forwarding(true, false);
    wire_t wire;
    wire_open(&wire, 1010, 1011, DEST);
    uint8_t buf[128];
    const tpi_frame_progress_t progress = { .stream_id = SOURCE,
                                            .epoch = 900,
                                            .seq = 13,
                                            .header_index = 3,
                                            .payload_bytes_filled = 64,
                                            .state = 2 };
    wire_send(&wire, buf, tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V11, &progress));
    wire_send(&wire, buf, tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V12, &progress));
    TP_CHECK_EQ_U64(wire.heard.count, 2);
    for (size_t i = 0; i < 2; i++) {
        tpi_frame_progress_t got;
        TP_CHECK_EQ_I64(tpi_frame_progress_decode(wire.heard.data[i], wire.heard.len[i], &got),
                        TP_OK);
        TP_CHECK_EQ_U64(got.epoch, 900); /* kept: a hint that nobody can read by (O-8) */
        TP_CHECK_EQ_U64(got.seq, 13);
        TP_CHECK_EQ_U64(got.payload_bytes_filled, 64);
        TP_CHECK_EQ_U64(got.header_index, i == 0 ? 13 & 7 : TPI_NULL_U32);
    }
    scene_publish(&scene, 100);
    scene_turn(&scene, 0); /* passes: the gate is closed for 100 ms */
    wire_send(&wire, buf, tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V11, &progress));
    TP_CHECK_EQ_U64(wire.heard.count, 2);
    TP_CHECK_EQ_U64(scene_status(&scene).progress, 2);
    scene_close(&scene);
}

/* Proves: R-15 */
TP_TEST(qos_is_passed_on_with_every_field_but_the_stream)
{
    scene_open(&scene, false);
    limit_forwarding(false, true);
    wire_t wire;
    wire_open(&wire, 1210, 1211, DEST);
    uint8_t buf[128];
    const tpi_qos_producer_t producer = {
        .stream_id = SOURCE, .producer_id = 5, .epoch = 9, .current_seq = 70, .watermark = 3
    };
    wire_send(&wire, buf, tpi_qos_producer_encode(buf, sizeof buf, &producer));
    const tpi_qos_consumer_t consumer = { .stream_id = SOURCE,
                                          .consumer_id = 6,
                                          .epoch = 9,
                                          .last_seq_seen = 69,
                                          .drops_gap = 1,
                                          .drops_late = 2,
                                          .mode = TPI_MODE_STREAM };
    wire_send(&wire, buf, tpi_qos_consumer_encode(buf, sizeof buf, &consumer));
    TP_CHECK_EQ_U64(wire.heard.count, 2);
    tpi_qos_producer_t got;
    TP_CHECK_EQ_I64(tpi_qos_producer_decode(wire.heard.data[0], wire.heard.len[0], &got), TP_OK);
    TP_CHECK_EQ_U64(got.watermark, 3);
    TP_CHECK_EQ_U64(got.current_seq, 70);
    tpi_qos_consumer_t got_consumer;
    TP_CHECK_EQ_I64(tpi_qos_consumer_decode(wire.heard.data[1], wire.heard.len[1], &got_consumer),
                    TP_OK);
    TP_CHECK_EQ_U64(got_consumer.consumer_id, 6);
    TP_CHECK_EQ_U64(got_consumer.drops_late, 2);
    scene_close(&scene);
}

/* Proves */
TP_TEST(without_forwarding_nothing_is_said)
{
    scene_open(&scene, false);
    const tp_rate_mapping_t mapping = { .source_stream_id = SOURCE, .dest_stream_id = DEST };
    tp_rate_limiter_options_t options = scene_options(&scene, &mapping);
    options.forward_metadata = false;
    scene_limit_with(&scene, &options);
    wire_t wire;
    wire_open(&wire, METADATA, METADATA, DEST);
    uint8_t buf[128];
    const tpi_data_source_announce_t announce = { .stream_id = SOURCE, .epoch = 1 };
    wire_send(&wire, buf, tpi_data_source_announce_encode(buf, sizeof buf, &announce));
    TP_CHECK_EQ_U64(wire.heard.count, 0);
    scene_close(&scene);
}

static size_t counters_seen;

static void see_counter(void *clientd, const tpi_counter_view_t *counter)
{
    (void)clientd;
    if (counter->type_id == TPI_COUNTER_RATE_LIMITER &&
        strstr(counter->label, "tp-rate-limiter published: instance=gui source=10000 dest=10100") !=
            NULL) {
        TP_CHECK_EQ_I64(counter->value, 2);
        counters_seen++;
    }
}

/* Proves: C-12 */
TP_TEST(figures_are_aeron_counters)
{
    scene_open(&scene, false);
    scene_limit(&scene, 0);
    scene_publish(&scene, 10);
    scene_publish(&scene, 10);
    scene_run(&scene, 300);
    tpi_fake_bus_foreach_counter(scene.rig.bus, see_counter, NULL);
    TP_CHECK_EQ_U64(counters_seen, 1);
    scene_close(&scene);
}

TP_TEST_MAIN()
