/*
 * Frames from a source stream to a destination stream, by way of two bridges.
 */
#include "bridge/bridge_test_util.h"

static rig_t rig;

/* Proves: B-1, B-2, B-38 */
TP_TEST(frames_arrive_with_seq_bytes_and_header)
{
    static const size_t lengths[] = { 1, 1000, 1279, 1280, 1281, 4096, 4097, 65536, 0, 3 };
    rig_prepare(&rig);
    rig_start(&rig);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        TP_CHECK_EQ_U64(publish(&rig, lengths[i]), i);
        rig_run(&rig, 4);
        TP_CHECK_EQ_U64(rig.nframes, i + 1);
        const got_frame_t *got = &rig.frames[i];
        check_frame(got, i, lengths[i]);
        TP_CHECK_EQ_U64(got->timestamp_ns, 4711 + i);
        TP_CHECK_EQ_U64(got->meta_version, 3);
        TP_CHECK_EQ_I64(got->tensor.dims[0], (int64_t)lengths[i]);
        TP_CHECK_EQ_U64(got->pool_id, lengths[i] <= 4096 ? 1 : 2);
    }
    const tp_bridge_stats_t sent = rig_stats(rig.sender);
    const tp_bridge_stats_t got = rig_stats(rig.receiver);
    TP_CHECK_EQ_U64(sent.frames_forwarded, 10);
    TP_CHECK_EQ_U64(got.frames_rematerialized, 10);
    TP_CHECK_EQ_U64(got.chunks_received, sent.chunks_sent);
    TP_CHECK_EQ_U64(got.frames_dropped, 0);
    TP_CHECK_EQ_U64(got.chunks_dropped, 0);
    rig_close(&rig);
}

static tp_bridge_mapping_status_t status_of(const tp_bridge_t *bridge, size_t i)
{
    tp_bridge_mapping_status_t status;
    TP_CHECK_EQ_I64(tp_bridge_mapping(bridge, i, &status, NULL), TP_OK);
    return status;
}

/* One process, one client, over IPC: as for tests and chains on one host. Proves: B-1 */
TP_TEST(both_halves_may_run_in_one_process)
{
    for (int is_allocated = 0; is_allocated < 2; is_allocated++) {
        rig_prepare(&rig);
        rig.options.payload_channel = "aeron:ipc";
        rig.options.control_channel = "aeron:ipc";
        rig.mappings[0].dest_stream_id = is_allocated == 1 ? 0 : DEST;
        rig.options.dest_stream_id_range = (tp_id_range_t){ 50000, 50001 };
        rig_start_driver(&rig);
        rig_make_producer(&rig);
        rig.sender_client = rig_client(&rig);
        rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_BOTH);
        rig_advance(&rig, 200 * MS);
        rig_make_consumer(&rig, is_allocated == 1 ? 50000 : DEST);
        rig_advance(&rig, 1500 * MS);
        for (uint64_t seq = 0; seq < 5; seq++) {
            publish(&rig, 30000);
            rig_run(&rig, 4);
        }
        TP_CHECK_EQ_U64(rig.nframes, 5);
        check_frame(&rig.frames[4], 4, 30000);
        TP_CHECK_EQ_U64(status_of(rig.sender, 0).dest_stream_id, is_allocated == 1 ? 50000 : DEST);
        rig_close(&rig);
    }
}

/* Proves: B-7, B-8 */
TP_TEST(one_source_may_have_several_destinations_and_mappings_do_not_disturb_each_other)
{
    rig_prepare(&rig);
    rig.mappings[0].role = TP_BRIDGE_RECEIVER;
    rig.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = SOURCE,
                                             .dest_stream_id = DEST + 1,
                                             .role = TP_BRIDGE_RECEIVER };
    rig.mappings[2] = (tp_bridge_mapping_t){ .source_stream_id = 777, /* nobody knows it */
                                             .dest_stream_id = 778 };
    rig.options.mappings_count = 3;
    rig_start_receiver(&rig);
    send_announce(&rig, SOURCE, 5);
    test_chunk_t *chunk = make_chunk(5, 1, 1000, 1000, 0);
    chunk->c.stream_id = SOURCE;
    send_chunk(&rig, chunk);
    tp_bridge_stats_t stats;
    for (size_t i = 0; i < 2; i++) {
        TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, i, NULL, &stats), TP_OK);
        TP_CHECK_EQ_U64(stats.frames_rematerialized, 1);
    }
    TP_CHECK_EQ_U64(status_of(rig.receiver, 2).dest.attaches, 0);
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, 3, NULL, &stats), TP_EINVAL);
    rig_close(&rig);
}

/* Proves: B-2, B-3 */
TP_TEST(a_refusal_for_good_ends_the_mapping_with_the_drivers_words)
{
    rig_prepare(&rig);
    rig.options.publish_mode = TP_EXISTING_OR_CREATE; /* of which this driver has no range */
    rig.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = 777, .dest_stream_id = 778 };
    rig.options.mappings_count = 2;
    rig_start(&rig);
    TP_CHECK(status_of(rig.sender, 1).is_failed && status_of(rig.receiver, 1).is_failed);
    TP_CHECK_CONTAINS(status_of(rig.sender, 1).text, "source 777: ");
    TP_CHECK_CONTAINS(status_of(rig.receiver, 1).text, "destination 778: ");
    publish(&rig, 100); /* the other one works */
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    rig_close(&rig);
}

/* The media driver goes and comes back: everything is found again by itself. */
TP_TEST(a_lost_media_driver_is_survived)
{
    rig_prepare(&rig);
    rig_start(&rig);
    publish(&rig, 100);
    rig_run(&rig, 3);
    tpi_fake_bus_set_up(rig.bus, false);
    rig_advance(&rig, 500 * MS);
    tpi_fake_bus_set_up(rig.bus, true);
    rig_advance(&rig, 10000 * MS);
    TP_CHECK(tp_producer_is_ready(rig.producer));
    rig_forget(&rig);
    publish(&rig, 5000);
    rig_advance(&rig, 100 * MS);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    check_frame(&rig.frames[0], 0, 5000);
    rig_close(&rig);
}

TP_TEST_MAIN()
