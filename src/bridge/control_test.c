/*
 * Announces, QoS, progress and metadata across the bridge, and both halves as members of their
 * hosts.
 */
#include "bridge/bridge_test_util.h"
#include "wire/table.h"

enum {
    EPOCH = 500,
    SOURCE_CONTROL = 1250,
    DEST_CONTROL = 1251,
    SOURCE_META = 1300,
    DEST_META = 1400,
    META_ID = 77
};
#define IPC "aeron:ipc"

static rig_t rig;
static tpi_publication_t *local; /* the peer's, on some local stream */

static void prepare(void)
{
    rig_prepare(&rig);
    rig.mappings[0].source_control_stream_id = SOURCE_CONTROL;
    rig.mappings[0].dest_control_stream_id = DEST_CONTROL;
    rig.options.forward_qos = true;
    rig.options.forward_progress = true;
    rig.options.forward_metadata = TP_BRIDGE_ON;
    rig.options.metadata_channel = WIRE;
    rig.options.metadata_stream_id = METADATA_ID;
    rig.options.source_metadata_stream_id = SOURCE_META;
    rig.options.dest_metadata_stream_id = DEST_META;
}

static void speak(int32_t stream_id)
{
    tpi_publication_close(local);
    TP_CHECK_EQ_I64(tpi_link_add_publication(rig.peer, &local, IPC, stream_id, true), TP_OK);
    rig_run(&rig, 2);
}

static void listen_all(void)
{
    rig_listen(&rig, WIRE, PAYLOAD_ID);
    rig_listen(&rig, WIRE, CONTROL_ID);
    rig_listen(&rig, WIRE, METADATA_ID);
    rig_listen(&rig, IPC, DEST_CONTROL);
    rig_listen(&rig, IPC, DEST_META);
    rig_run(&rig, 2);
    rig_forget(&rig);
}

static void tear_down(void)
{
    tpi_publication_close(local);
    local = NULL;
    rig_close(&rig);
}

static tp_bridge_stats_t receiver_stats(void)
{
    return rig_stats(rig.receiver);
}

static uint64_t dest_epoch(void)
{
    tp_bridge_mapping_status_t status;
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, 0, &status, NULL), TP_OK);
    return status.dest.epoch;
}

/* Send on `local`. */
static void say(const void *data, int len)
{
    TP_CHECK_GT_I64(len, 0);
    offer(local, data, (size_t)len);
    rig_run(&rig, 4);
}

/* The i-th message on that stream is `want` but for `n` bytes at `at`, which are the
   little-endian `value`. */
static void check_patched(int32_t stream_id, size_t i, const uint8_t *want, size_t len, size_t at,
                          size_t n, uint64_t value)
{
    uint8_t patched[512];
    const heard_t *heard = rig_heard(&rig, stream_id, i);
    TP_CHECK_EQ_U64(heard->len, len);
    memcpy(patched, want, len);
    memcpy(patched + at, &value, n);
    TP_CHECK_EQ_MEM(heard->data, patched, len);
}

/* Proves: B-42, B-46, C-10 */
TP_TEST(an_announce_crosses_verbatim_but_for_its_stream_and_is_not_published_again)
{
    prepare();
    rig_start(&rig);
    listen_all();
    rig_listen(&rig, IPC, 1000);
    rig_advance(&rig, 1100 * MS);
    /* What the driver said of the source, against what went over the wire. */
    const heard_t *crossed = NULL;
    for (size_t i = 0; i < rig.nheard && crossed == NULL; i++) {
        tpi_shm_pool_announce_t a;
        crossed =
            rig.heard[i].stream_id == CONTROL_ID &&
                    tpi_shm_pool_announce_decode(rig.heard[i].data, rig.heard[i].len, &a) == TP_OK
                ? &rig.heard[i]
                : NULL;
    }
    TP_CHECK(crossed != NULL);
    TP_CHECK_EQ_U64(tpi_get_u32(crossed->data + 8), DEST);
    size_t originals = 0;
    for (size_t i = 0; i < rig.nheard; i++) {
        const heard_t *h = &rig.heard[i];
        if (h->stream_id == 1000 && h->len == crossed->len && tpi_get_u32(h->data + 8) == SOURCE) {
            originals += memcmp(h->data, crossed->data, 8) == 0 &&
                         memcmp(h->data + 12, crossed->data + 12, h->len - 12) == 0;
        }
        /* Announces of the destination are the driver's, with its own epoch. */
        tpi_shm_pool_announce_t a;
        if (h->stream_id == 1000 && tpi_shm_pool_announce_decode(h->data, h->len, &a) == TP_OK &&
            a.stream_id == DEST) {
            TP_CHECK_EQ_U64(a.epoch, dest_epoch());
        }
    }
    TP_CHECK_GE_U64(originals, 1);
    tear_down();
}

/* Proves: B-46 */
TP_TEST(a_stale_announce_is_not_forwarded)
{
    prepare();
    rig_start_driver(&rig);
    rig.sender_client = rig_client(&rig);
    rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_SENDER);
    listen_all();
    rig_advance(&rig, 1500 * MS);
    const size_t before = rig_count(&rig, CONTROL_ID);
    const uint64_t epoch = tpi_consumer_epoch(rig.sender->mappings[0].sender->consumer);
    TP_CHECK_NE_U64(epoch, 0);
    speak(1000);
    static const char uri[] = "shm:file?path=/nowhere/x";
    const tpi_view_t view = { (const uint8_t *)uri, sizeof uri - 1 };
    tpi_shm_pool_announce_t a = { .stream_id = SOURCE,
                                  .producer_id = 1,
                                  .epoch = epoch,
                                  .announce_timestamp_ns = (uint64_t)(rig.now_ns - 4000 * MS),
                                  .clock_domain = TPI_CLOCK_MONOTONIC,
                                  .layout_version = 1,
                                  .header_nslots = 16,
                                  .header_slot_bytes = 256,
                                  .npools = 1,
                                  .pools = { { 1, 16, 4096, view } },
                                  .header_region_uri = view };
    uint8_t buf[512];
    say(buf, tpi_shm_pool_announce_encode(buf, sizeof buf, &a)); /* too old (W-81) */
    TP_CHECK_EQ_U64(rig_count(&rig, CONTROL_ID), before);
    a.stream_id = SOURCE + 1; /* of another stream */
    a.announce_timestamp_ns = (uint64_t)rig.now_ns;
    say(buf, tpi_shm_pool_announce_encode(buf, sizeof buf, &a));
    TP_CHECK_EQ_U64(rig_count(&rig, CONTROL_ID), before);
    tear_down();
}

/* Proves: B-52, C-10 */
TP_TEST(qos_goes_across_and_is_published_for_the_destination)
{
    prepare();
    rig_start(&rig);
    listen_all();
    speak(SOURCE_CONTROL);
    uint8_t buf[128];
    const tpi_qos_producer_t p = {
        .stream_id = SOURCE, .producer_id = 9, .epoch = 33, .current_seq = 44, .watermark = 55
    };
    const int plen = tpi_qos_producer_encode(buf, sizeof buf, &p);
    say(buf, plen);
    check_patched(DEST_CONTROL, 0, buf, (size_t)plen, 8, 4, DEST);
    const tpi_qos_consumer_t c = { .stream_id = SOURCE,
                                   .consumer_id = 9,
                                   .epoch = 33,
                                   .last_seq_seen = 4,
                                   .drops_gap = 1,
                                   .mode = TPI_MODE_STREAM };
    const int clen = tpi_qos_consumer_encode(buf, sizeof buf, &c);
    say(buf, clen);
    check_patched(DEST_CONTROL, 1, buf, (size_t)clen, 8, 4, DEST);
    tpi_put_u32(buf + 8, SOURCE + 1); /* of another stream */
    say(buf, clen);
    buf[0]++; /* no QosConsumer any more */
    tpi_put_u32(buf + 8, SOURCE);
    say(buf, clen);
    TP_CHECK_EQ_U64(rig_count(&rig, DEST_CONTROL), 2);
    TP_CHECK_GE_U64(receiver_stats().control_forwarded, 2);
    tear_down();
}

/* Proves: B-52, B-53 */
TP_TEST(without_the_switches_neither_goes_across)
{
    prepare();
    rig.options.forward_qos = false;
    rig.options.forward_progress = false;
    rig.options.forward_metadata = TP_BRIDGE_OFF;
    rig_start(&rig);
    listen_all();
    rig_listen(&rig, IPC, SOURCE_CONTROL);
    speak(SOURCE_CONTROL);
    uint8_t buf[128];
    const tpi_qos_producer_t p = { .stream_id = SOURCE, .producer_id = 9 };
    say(buf, tpi_qos_producer_encode(buf, sizeof buf, &p));
    /* Nor do they from the wire. */
    const int len = tpi_qos_producer_encode(buf, sizeof buf, &p);
    tpi_put_u32(buf + 8, DEST);
    offer(rig.control_pub, buf, (size_t)len);
    const tpi_frame_progress_t f = { .stream_id = SOURCE, .epoch = 1, .state = 1 };
    const int flen = tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V11, &f);
    offer(rig.control_pub, buf, (size_t)flen);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig_count(&rig, DEST_CONTROL), 0);
    TP_CHECK_GE_U64(receiver_stats().control_ignored, 2);
    tear_down();
}

/* Proves: B-53, B-55, X-1 */
TP_TEST(progress_goes_across_with_the_sources_epoch_and_the_local_index)
{
    prepare();
    rig_start(&rig);
    listen_all();
    const uint64_t epoch = rig.receiver->mappings[0].receiver->epoch;
    publish(&rig, 100);
    publish(&rig, 100);
    rig_run(&rig, 4); /* 0 and 1 are there */
    rig_forget(&rig);
    speak(SOURCE_CONTROL);
    uint8_t buf[128];
    for (int i = 0; i < 2; i++) {
        const tpi_dialect_t dialect = i == 0 ? TPI_DIALECT_V11 : TPI_DIALECT_V12;
        tpi_frame_progress_t f = { .stream_id = SOURCE,
                                   .epoch = epoch,
                                   .seq = 35,
                                   .header_index = 7, /* the source's */
                                   .payload_bytes_filled = 50,
                                   .state = 2 };
        const int len = tpi_frame_progress_encode(buf, sizeof buf, dialect, &f);
        say(buf, len);
        TP_CHECK_EQ_U64(tpi_get_u32(rig_heard(&rig, CONTROL_ID, (size_t)i)->data + 8), SOURCE);
        tpi_frame_progress_t got;
        const heard_t *heard = rig_heard(&rig, DEST_CONTROL, (size_t)i);
        TP_CHECK_EQ_U64(heard->len, (size_t)len);
        TP_CHECK_EQ_I64(tpi_frame_progress_decode(heard->data, heard->len, &got), TP_OK);
        TP_CHECK_EQ_U64(got.stream_id, DEST);
        TP_CHECK_EQ_U64(got.epoch, epoch);
        TP_CHECK_EQ_U64(got.seq, 35);
        TP_CHECK_EQ_U64(got.payload_bytes_filled, 50);
        TP_CHECK_EQ_U64(got.state, 2);
        TP_CHECK_EQ_U64(got.header_index, i == 0 ? 35 & (NSLOTS - 1) : TPI_NULL_U32);
        /* Of a frame that is over, and of another epoch: dropped. */
        const uint64_t ignored = receiver_stats().control_ignored;
        f.seq = 1;
        say(buf, tpi_frame_progress_encode(buf, sizeof buf, dialect, &f));
        f.seq = 36;
        f.epoch = epoch + 1;
        say(buf, tpi_frame_progress_encode(buf, sizeof buf, dialect, &f));
        TP_CHECK_EQ_U64(rig_count(&rig, DEST_CONTROL), (size_t)i + 1);
        TP_CHECK_EQ_U64(receiver_stats().control_ignored, ignored + 2);
    }
    tear_down();
}

/* Proves: B-55 */
TP_TEST(progress_of_a_frame_that_is_being_put_together_passes)
{
    prepare();
    rig_start_receiver(&rig);
    send_announce(&rig, DEST, EPOCH);
    listen_all();
    send_frame(&rig, EPOCH, 10, 100, 1000);
    tpi_assemblies_t *set = &rig.receiver->mappings[0].receiver->assemblies;
    set->has_completed = false; /* so that an older one can be open */
    send_chunk(&rig, make_chunk(EPOCH, 8, 2000, 1000, 0));
    uint8_t buf[128];
    tpi_frame_progress_t f = { .stream_id = SOURCE, .epoch = EPOCH, .seq = 8, .state = 1 };
    int len = tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V11, &f);
    offer(rig.control_pub, buf, (size_t)len);
    f.seq = 7;
    len = tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V11, &f);
    offer(rig.control_pub, buf, (size_t)len);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig_count(&rig, DEST_CONTROL), 1);
    tear_down();
}

/* A DataSourceMeta: streamId, metaVersion, timestamp, and no attributes. */
static int encode_meta(uint8_t *buf, uint32_t stream_id)
{
    const tpi_wire_message_t *message = tpi_wire_find("DataSourceMeta", TPI_WIRE_IN_V11);
    TP_CHECK(message != NULL);
    memset(buf, 0, 64);
    tpi_put_u16(buf, message->block.block_length);
    tpi_put_u16(buf + 2, message->template_id);
    tpi_put_u16(buf + 4, message->schema_id);
    tpi_put_u16(buf + 6, 1);
    tpi_put_u32(buf + 8, stream_id);
    tpi_put_u32(buf + 12, 6);
    size_t at = 8u + message->block.block_length;
    tpi_put_u16(buf + at, message->block.fields[message->block.nfields - 1].group->block_length);
    return (int)at + 4;
}

/* Proves: B-48, B-49, B-50, C-10 */
TP_TEST(metadata_goes_across_on_its_own_stream_and_fits_the_local_announce)
{
    for (int own_id = 0; own_id < 2; own_id++) {
        prepare();
        rig.mappings[0].metadata_stream_id = own_id == 1 ? META_ID : 0;
        rig_start(&rig);
        listen_all();
        const uint32_t id = own_id == 1 ? META_ID : DEST;
        speak(SOURCE_META);
        uint8_t buf[256];
        static const char name[] = "camera";
        const tpi_data_source_announce_t a = { .stream_id = SOURCE,
                                               .producer_id = 5,
                                               .epoch = 6,
                                               .meta_version = 7,
                                               .name = { (const uint8_t *)name, 6 } };
        int len = tpi_data_source_announce_encode(buf, sizeof buf, &a);
        say(buf, len);
        /* on the wire: the rest is the source's */
        check_patched(METADATA_ID, 0, buf, (size_t)len, 8, 4, id);
        tpi_data_source_announce_t got;
        const heard_t *heard = rig_heard(&rig, DEST_META, 0);
        TP_CHECK_EQ_I64(tpi_data_source_announce_decode(heard->data, heard->len, &got), TP_OK);
        TP_CHECK_EQ_U64(got.stream_id, id);
        TP_CHECK_EQ_U64(got.epoch, dest_epoch());
        TP_CHECK_EQ_U64(
            got.producer_id,
            tpi_producer_attachment(rig.receiver->mappings[0].receiver->producer)->client_id);
        TP_CHECK_EQ_U64(got.meta_version, 7);
        TP_CHECK_EQ_MEM(got.name.data, name, 6);
        len = encode_meta(buf, SOURCE);
        say(buf, len);
        check_patched(DEST_META, 1, buf, (size_t)len, 8, 4, id);
        (void)encode_meta(buf, SOURCE + 1); /* of another stream: stays here */
        say(buf, len);
        TP_CHECK_EQ_U64(rig_count(&rig, METADATA_ID), 2);
        TP_CHECK_EQ_U64(rig_count(&rig, DEST_META), 2);
        for (size_t i = 0; i < rig.nheard; i++) { /* never on the control stream */
            TP_CHECK(rig.heard[i].stream_id != CONTROL_ID ||
                     tpi_get_u16(rig.heard[i].data + 2) == TPI_SHM_POOL_ANNOUNCE);
        }
        TP_CHECK_EQ_U64(receiver_stats().metadata_forwarded, 2);
        tear_down();
    }
}

/* Proves: B-7 both hosts have their metadata on one stream, as is usual */
TP_TEST(metadata_does_not_go_round_where_mappings_make_a_cycle)
{
    prepare();
    rig.options.forward_qos = false;
    rig.options.forward_progress = false;
    rig.options.dest_metadata_stream_id = SOURCE_META;
    rig.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = DEST, .dest_stream_id = SOURCE };
    rig.options.mappings_count = 2;
    rig_start_driver(&rig);
    rig.sender_client = rig_client(&rig);
    rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_BOTH);
    rig_advance(&rig, 500 * MS);
    rig_listen(&rig, WIRE, METADATA_ID);
    speak(SOURCE_META);
    uint8_t buf[256];
    say(buf, encode_meta(buf, SOURCE));
    rig_run(&rig, 20);
    TP_CHECK_EQ_U64(rig_count(&rig, METADATA_ID), 0);
    TP_CHECK_CONTAINS(rig.events, "would come back for ever");
    tp_bridge_mapping_status_t status;
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.sender, 0, &status, NULL), TP_OK);
    TP_CHECK(!status.forwards_metadata);
    tear_down();
}

/* Proves: B-49, B-52 */
TP_TEST(an_allocated_destination_is_put_into_metadata_where_it_is_known)
{
    prepare();
    rig.mappings[0].dest_stream_id = 0;
    rig.options.dest_stream_id_range = (tp_id_range_t){ 50000, 50001 };
    rig_start_driver(&rig);
    rig.sender_client = rig_client(&rig);
    rig.receiver_client = rig_client(&rig);
    rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_SENDER);
    rig.receiver = rig_bridge(&rig, rig.receiver_client, TP_BRIDGE_RECEIVER);
    rig_advance(&rig, 1500 * MS);
    listen_all();
    speak(SOURCE_META);
    uint8_t buf[64];
    const int len = encode_meta(buf, SOURCE);
    say(buf, len);
    check_patched(METADATA_ID, 0, buf, (size_t)len, 8, 4, SOURCE);
    check_patched(DEST_META, 0, buf, (size_t)len, 8, 4, 50000);
    speak(SOURCE_CONTROL);
    const tpi_qos_producer_t p = { .stream_id = SOURCE, .producer_id = 9 };
    const int plen = tpi_qos_producer_encode(buf, sizeof buf, &p);
    say(buf, plen);
    check_patched(DEST_CONTROL, 0, buf, (size_t)plen, 8, 4, 50000);
    tear_down();
}

/* Proves: B-50 */
TP_TEST(the_destinations_metadata_may_go_to_a_stream_of_the_mappings_id)
{
    prepare();
    rig.mappings[0].metadata_stream_id = DEST_META + 1;
    rig.options.dest_metadata_stream_id = 0;
    rig.options.dest_metadata_per_mapping = true;
    rig_start(&rig);
    rig_listen(&rig, IPC, DEST_META + 1);
    rig_run(&rig, 2);
    rig_forget(&rig);
    speak(SOURCE_META);
    uint8_t buf[64];
    say(buf, encode_meta(buf, SOURCE));
    TP_CHECK_EQ_U64(rig_count(&rig, DEST_META + 1), 1);
    tear_down();
}

/* A trace link set goes with the metadata; its epoch becomes the local one. */
TP_TEST(trace_links_go_across_when_asked_for)
{
    prepare();
    rig.client_options.wire_dialect = TP_WIRE_V12;
    rig.options.forward_tracelink = true;
    rig_start(&rig);
    listen_all();
    /* block 28, template 1, schema 904, version 1 */
    uint8_t buf[64] = { 28, 0, 1, 0, 0x88, 3, 1, 0 };
    tpi_put_u32(buf + 8, SOURCE);
    tpi_put_u64(buf + 12, 6);  /* epoch */
    tpi_put_u64(buf + 20, 7);  /* seq */
    tpi_put_u64(buf + 28, 99); /* traceId */
    tpi_put_u16(buf + 36, 8);
    tpi_put_u16(buf + 38, 1);
    tpi_put_u64(buf + 40, 98); /* a parent */
    static const int32_t streams[] = { SOURCE_META, SOURCE_CONTROL, 1000 };
    for (size_t i = 0; i < 3; i++) {
        speak(streams[i]);
        say(buf, 48);
        TP_CHECK_EQ_U64(rig_count(&rig, DEST_META), i + 1);
        const heard_t *heard = rig_heard(&rig, DEST_META, i);
        TP_CHECK_EQ_U64(tpi_get_u32(heard->data + 8), DEST);
        TP_CHECK_EQ_U64(tpi_get_u64(heard->data + 12), dest_epoch());
        TP_CHECK_EQ_MEM(heard->data + 20, buf + 20, 28);
    }
    tear_down();
}

/* Proves: C-1, C-2, C-4 */
TP_TEST(what_is_malformed_or_not_taken_is_counted_and_harms_nothing)
{
    prepare();
    rig_start(&rig);
    listen_all();
    uint8_t noise[200];
    uint32_t x = 12345;
    for (int i = 0; i < 300; i++) {
        const size_t len = (size_t)(i % 200);
        for (size_t k = 0; k < len; k++) {
            x = x * 1664525 + 1013904223;
            noise[k] = (uint8_t)(x >> 24);
        }
        if (len >= 8) { /* right headers, wrong bodies */
            static const uint16_t heads[][2] = { { 35, 1 },  { 41, 5 }, { 28, 6 },
                                                 { 33, 11 }, { 20, 7 }, { 16, 8 } };
            tpi_put_u16(noise, heads[i % 6][0]);
            tpi_put_u16(noise + 2, heads[i % 6][1]);
            tpi_put_u16(noise + 4, 900);
            tpi_put_u16(noise + 6, 1);
        }
        offer(rig.control_pub, noise, len);
        offer(rig.metadata_pub, noise, len);
        offer(rig.payload_pub, noise, len);
        rig_run(&rig, 1);
    }
    TP_CHECK_GT_U64(receiver_stats().control_ignored, 0);
    TP_CHECK_EQ_U64(receiver_stats().chunk_drops[TP_BRIDGE_CHUNK_GATE], 300);
    publish(&rig, 1000);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    /* Not taken. */
    speak(SOURCE_CONTROL);
    uint8_t buf[128];
    const tpi_qos_producer_t p = { .stream_id = SOURCE, .producer_id = 9 };
    const int len = tpi_qos_producer_encode(buf, sizeof buf, &p);
    static const tpi_send_t results[] = { TPI_SEND_NOT_CONNECTED, TPI_SEND_BACK_PRESSURED,
                                          TPI_SEND_CLOSED, TPI_SEND_ADMIN_ACTION };
    for (size_t i = 0; i < 4; i++) {
        const uint64_t lost = rig_stats(rig.sender).control_lost;
        tpi_fake_bus_force_send(rig.bus, CONTROL_ID, results[i], i == 3 ? 3 : 1);
        say(buf, len);
        TP_CHECK_EQ_U64(rig_stats(rig.sender).control_lost, lost + 1);
    }
    const uint64_t lost = rig_stats(rig.sender).control_lost;
    tpi_fake_bus_force_send(rig.bus, CONTROL_ID, TPI_SEND_ADMIN_ACTION, 2);
    say(buf, len);
    TP_CHECK_EQ_U64(rig_stats(rig.sender).control_lost, lost);
    tear_down();
}

/* Proves: B-57 */
TP_TEST(both_halves_are_members_of_their_hosts)
{
    prepare();
    rig_start(&rig);
    rig_listen(&rig, IPC, 1000);
    rig_listen(&rig, IPC, 1200);
    rig_listen(&rig, IPC, DEST_META);
    rig_forget(&rig);
    rig_advance(&rig, 1200 * MS);
    const uint32_t sender_id = tpi_consumer_epoch(rig.sender->mappings[0].sender->consumer) != 0
                                   ? rig.sender->mappings[0].sender->consumer->attachment.client_id
                                   : 0;
    size_t hellos = 0;
    size_t consumers = 0;
    size_t producers = 0;
    for (size_t i = 0; i < rig.nheard; i++) {
        const heard_t *h = &rig.heard[i];
        tpi_consumer_hello_t hello;
        tpi_qos_consumer_t consumer;
        tpi_qos_producer_t producer;
        if (h->stream_id == 1000 && tpi_consumer_hello_decode(h->data, h->len, &hello) == TP_OK &&
            hello.stream_id == SOURCE) {
            hellos += hello.consumer_id == sender_id && hello.mode == TPI_MODE_STREAM;
        }
        consumers += h->stream_id == 1200 &&
                     tpi_qos_consumer_decode(h->data, h->len, &consumer) == TP_OK &&
                     consumer.stream_id == SOURCE && consumer.consumer_id == sender_id;
        producers += h->stream_id == 1200 &&
                     tpi_qos_producer_decode(h->data, h->len, &producer) == TP_OK &&
                     producer.stream_id == DEST && producer.epoch == dest_epoch();
    }
    TP_CHECK_GE_U64(hellos, 1);
    TP_CHECK_GE_U64(consumers, 1);
    TP_CHECK_GE_U64(producers, 1);
    TP_CHECK_EQ_U64(rig_count(&rig, DEST_META), 0); /* no DataSourceAnnounce of its own */
    tear_down();
}

/* Proves: B-9, B-56 */
TP_TEST(nothing_but_chunks_is_on_the_payload_stream_and_no_descriptor_crosses)
{
    prepare();
    rig_start(&rig);
    listen_all();
    speak(SOURCE_CONTROL);
    uint8_t buf[128];
    const tpi_qos_producer_t p = { .stream_id = SOURCE, .producer_id = 9 };
    say(buf, tpi_qos_producer_encode(buf, sizeof buf, &p));
    for (int i = 0; i < 5; i++) {
        publish(&rig, 3000);
        rig_advance(&rig, 300 * MS);
    }
    size_t chunks = 0;
    for (size_t i = 0; i < rig.nheard; i++) {
        const heard_t *h = &rig.heard[i];
        const uint16_t schema = tpi_get_u16(h->data + 4);
        if (h->stream_id == PAYLOAD_ID) {
            TP_CHECK_EQ_U64(schema, TPI_BRIDGE_SCHEMA_ID);
            chunks++;
        } else if (h->stream_id == CONTROL_ID || h->stream_id == METADATA_ID) {
            TP_CHECK(schema != TPI_BRIDGE_SCHEMA_ID &&
                     tpi_get_u16(h->data + 2) != TPI_FRAME_DESCRIPTOR);
        }
    }
    TP_CHECK_EQ_U64(chunks, 15);
    TP_CHECK_EQ_U64(rig.nframes, 5);
    tear_down();
}

typedef struct sums {
    int64_t forwarded, published, cycles;
    int seen;
} sums_t;

static void add_counter(void *clientd, const tpi_counter_view_t *counter)
{
    sums_t *sums = clientd;
    if (counter->type_id != TPI_COUNTER_BRIDGE) {
        return;
    }
    sums->seen++;
    if (strstr(counter->label, "frames-forwarded: instance=unit source=10000 dest=20000") != NULL) {
        sums->forwarded += counter->value;
    } else if (strstr(counter->label, "frames-rematerialized") != NULL) {
        sums->published += counter->value;
    } else if (strstr(counter->label, "duty-cycles") != NULL) {
        sums->cycles += counter->value;
    }
}

/* Proves: C-12 */
TP_TEST(figures_are_counters_that_anybody_may_read)
{
    prepare();
    rig_start(&rig);
    publish(&rig, 3000);
    rig_advance(&rig, 300 * MS);
    tp_bridge_status_t status;
    tp_bridge_status(rig.receiver, &status);
    TP_CHECK_GT_U64(status.duty_cycles, 0);
    TP_CHECK_GT_U64(status.work_done, 0);
    TP_CHECK_EQ_U64(status.payload_images, 2); /* the sender's and the peer's */
    TP_CHECK_EQ_STR(status.instance_id, "unit");
    sums_t sums = { 0 };
    tpi_fake_bus_foreach_counter(rig.bus, add_counter, &sums);
    TP_CHECK_EQ_I64(sums.forwarded, 1);
    TP_CHECK_EQ_I64(sums.published, 1);
    TP_CHECK_GT_I64(sums.cycles, 0);
    TP_CHECK_EQ_I64(sums.seen, 2 * (4 + 12));
    tear_down();
}

/* Proves: B-5 */
TP_TEST(a_consumer_that_asks_for_streams_of_its_own_stays_on_the_shared_one)
{
    prepare();
    rig_start(&rig);
    rig_listen(&rig, IPC, 31005);
    rig_listen(&rig, IPC, 32005);
    rig_listen(&rig, IPC, 1000);
    rig_listen(&rig, IPC, 1100);
    speak(1000);
    rig_forget(&rig);
    uint8_t buf[256];
    const tpi_view_t channel = { (const uint8_t *)IPC, 9 };
    const tpi_consumer_hello_t hello = { .stream_id = DEST,
                                         .consumer_id = 555,
                                         .supports_shm = TPI_BOOL_TRUE,
                                         .mode = TPI_MODE_STREAM,
                                         .expected_layout_version = 1,
                                         .progress_interval_us = TPI_NULL_U32,
                                         .progress_bytes_delta = TPI_NULL_U32,
                                         .progress_major_delta_units = TPI_NULL_U32,
                                         .descriptor_stream_id = 31005,
                                         .control_stream_id = 32005,
                                         .descriptor_channel = channel,
                                         .control_channel = channel };
    say(buf, tpi_consumer_hello_encode(buf, sizeof buf, &hello));
    publish(&rig, 100);
    rig_advance(&rig, 200 * MS);
    TP_CHECK_EQ_U64(rig_count(&rig, 31005) + rig_count(&rig, 32005), 0);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    for (size_t i = 0; i < rig.nheard; i++) { /* nobody promised it any (W-95) */
        tpi_consumer_config_t config;
        if (rig.heard[i].stream_id == 1000 &&
            tpi_consumer_config_decode(rig.heard[i].data, rig.heard[i].len, &config) == TP_OK) {
            TP_CHECK(config.descriptor_stream_id == 0 ||
                     config.descriptor_stream_id == TPI_NULL_U32);
        }
    }
    size_t shared = 0;
    for (size_t i = 0; i < rig_count(&rig, 1100); i++) {
        shared += tpi_get_u32(rig_heard(&rig, 1100, i)->data + 8) == DEST;
    }
    TP_CHECK_EQ_U64(shared, 1);
    tear_down();
}

TP_TEST_MAIN()
