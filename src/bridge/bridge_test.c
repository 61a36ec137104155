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

TP_TEST_MAIN()
