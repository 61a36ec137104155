/* FrameProgress: frames that are read while they grow, from the shared control stream and from ones of one's own. */
#include "consumer/streams_scene_test.h"

static tp_frame_info_t rows_of(int32_t rows, int32_t row_bytes, int32_t stride)
{
    const int32_t dims[] = { rows, row_bytes };
    tp_frame_info_t info = { 0 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 2, dims), TP_OK);
    info.tensor.strides[0] = stride;
    return info;
}

static void follow_progress(bool wants_control)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.wants_progress = true;
    options.private_control = wants_control;
    options.progress_interval_us = 1000;
    options.progress_bytes_delta = 100000000;
    follow(&scene.ui, &options);
    run(200);
    scene.progresses = 0;
}

/* Proves: W-103, W-104, W-106, W-107, W-108, W-109, W-97 */
TP_TEST(a_frame_can_be_read_while_it_grows)
{
    for (int has_control = 0; has_control < 2; has_control++) {
        set_up(true);
        follow_progress(has_control == 1);
        tp_claim_t claim;
        tp_progress_t progress;
        const tp_frame_info_t info = rows_of(40, 100, 100);
        TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4000, &claim), TP_OK);
        TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 0, &info), TP_OK);
        turn(0);
        TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &progress), 1);
        TP_CHECK_EQ_I64(progress.state, TP_PROGRESS_STARTED);
        TP_CHECK_EQ_U64(progress.seq, claim.seq);
        TP_CHECK_EQ_U64(progress.length, 4000);
        TP_CHECK_EQ_U64(progress.readable, 0);
        TP_CHECK_EQ_I64(progress.tensor.dims[0], 40);
        TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &progress), 0); /* no news */
        for (size_t filled = 1000; filled <= 4000; filled += 1000) {
            memset(claim.data + filled - 1000, (int)(filled / 1000), 1000);
            scene.rig.now_ns += 2 * MS;
            TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, filled, &info),
                            TP_OK);
            turn(0);
            TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &progress), 1);
            TP_CHECK_EQ_I64(progress.state, TP_PROGRESS_PROGRESS);
            TP_CHECK_EQ_U64(progress.filled, filled);
            TP_CHECK_EQ_U64(progress.readable, filled);
            TP_CHECK_EQ_U64(progress.data[filled - 1], filled / 1000);
            TP_CHECK(tp_progress_is_valid(scene.ui, &progress));
            tp_frame_t frame;
            TP_CHECK_EQ_I64(tp_consumer_try_next(scene.ui, &frame), 0); /* no frame yet */
        }
        TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 4000, &info), TP_OK);
        turn(0);
        TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &progress), 1);
        TP_CHECK_EQ_I64(progress.state, TP_PROGRESS_COMPLETE);
        TP_CHECK_EQ_U64(progress.filled, 4000);
        tp_frame_t frame;
        TP_CHECK_EQ_I64(tp_consumer_try_next(scene.ui, &frame), 1);
        TP_CHECK_EQ_U64(frame.seq, claim.seq);
        TP_CHECK_EQ_U64(scene.progresses, 6); /* STARTED, four, COMPLETE on the shared one */
        TP_CHECK_EQ_U64(scene.progress[0].state, 1);
        TP_CHECK_EQ_U64(scene.progress[5].state, 3);
        TP_CHECK_EQ_U64(stats(scene.ui).ignored_progress, 0);
        tear_down();
    }
}

/* Proves: W-97, W-103, W-109 - what is on both streams is no step back when several messages wait on each */
TP_TEST(progress_fetched_late_from_both_streams_is_still_the_latest)
{
    static const char *const who[] = { "shared", "own" };
    for (int has_control = 0; has_control < 2; has_control++) {
        set_up(true);
        follow_progress(has_control == 1);
        tp_consumer_options_t other = TP_CONSUMER_OPTIONS_INIT;
        other.wants_progress = true; /* in the same client, with the shared stream alone */
        follow(&scene.all, &other);
        tp_claim_t claim;
        tp_progress_t p;
        const tp_frame_info_t info = rows_of(40, 100, 100);
        TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4000, &claim), TP_OK);
        for (size_t filled = 0; filled <= 3000; filled += 1000) { /* nobody reads meanwhile */
            scene.rig.now_ns += 2 * MS;
            TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, filled, &info),
                            TP_OK);
        }
        turn(0);
        TP_CHECK_MSG(tp_consumer_progress(scene.ui, &p) == 1, "%s stream", who[has_control]);
        TP_CHECK_EQ_U64(p.readable, 3000);
        TP_CHECK_EQ_I64(tp_consumer_progress(scene.all, &p), 1);
        TP_CHECK_EQ_U64(p.readable, 3000);
        TP_CHECK_EQ_U64(stats(scene.ui).ignored_progress, 0);
        TP_CHECK_EQ_U64(stats(scene.all).ignored_progress, 0);
        tear_down();
    }
}

/* Proves: W-108 */
TP_TEST(progress_goes_out_no_more_often_than_wanted_and_the_last_state_always)
{
    set_up(true);
    follow_progress(false); /* 1000 us between */
    tp_claim_t claim;
    const tp_frame_info_t info = rows_of(40, 100, 100);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4000, &claim), TP_OK);
    for (size_t filled = 0; filled <= 3000; filled += 10) { /* 300 calls in 3 ms */
        TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, filled, &info), TP_OK);
        scene.rig.now_ns += 10000;
        tp_client_do_work(scene.maker);
    }
    turn(0);
    TP_CHECK_EQ_U64(scene.progresses, 1 + 4); /* at 10 us, 1, 2 and 3 ms */
    scene.rig.now_ns += MS;
    turn(0); /* the tick tells what was held back */
    turn(0);
    TP_CHECK_EQ_U64(scene.progress[scene.progresses - 1].payload_bytes_filled, 3000);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 2999, &info), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 4001, &info), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 4000, &info), TP_ESTATE);
    turn(0);
    for (size_t i = 1; i < scene.progresses; i++) {
        TP_CHECK_NE_U64(scene.progress[i].state, 3);
    }
    tear_down();
}

/* Proves: W-104, W-108 */
TP_TEST(nobody_who_did_not_ask_hears_of_progress)
{
    set_up(true);
    const tp_consumer_options_t plain = TP_CONSUMER_OPTIONS_INIT;
    follow(&scene.ui, &plain);
    run(1200);
    scene.progresses = 0;
    tp_claim_t claim;
    const tp_frame_info_t info = rows_of(40, 100, 100);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4000, &claim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 100, &info), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 4000, &info), TP_OK);
    turn(0);
    turn(0);
    TP_CHECK_EQ_U64(scene.progresses, 0);
    TP_CHECK_EQ_U64(made().progress_sent, 0);
    tear_down();
}

static void say_progress(uint64_t epoch, uint64_t seq, uint8_t state, uint64_t filled)
{
    uint8_t buf[64];
    const tpi_frame_progress_t m = { .stream_id = STREAM,
                                     .epoch = epoch,
                                     .seq = seq,
                                     .header_index = (uint32_t)seq & 7,
                                     .payload_bytes_filled = filled,
                                     .state = state };
    const int len = tpi_frame_progress_encode(buf, sizeof buf, TPI_DIALECT_V11, &m);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.control, buf, (size_t)len), TPI_SEND_OK);
    turn(0);
    turn(0);
}

/* Proves: W-103, W-105, W-106, W-107 */
TP_TEST(progress_that_the_slot_does_not_bear_out_is_ignored)
{
    set_up(true);
    follow_progress(false);
    tp_claim_t claim;
    tp_progress_t p;
    const tp_frame_info_t info = rows_of(40, 100, 100);
    const uint64_t epoch = scene.ui->mapping.epoch;
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4000, &claim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 0, &info), TP_OK);
    turn(0);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
    say_progress(epoch + 1, 0, 2, 100); /* another epoch */
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 0);
    say_progress(epoch, 0, 2, 4001); /* more than there is */
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 0);
    TP_CHECK_EQ_U64(stats(scene.ui).ignored_progress, 1);
    say_progress(epoch, 0, 2, 100); /* less than before: nothing more of this frame */
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 0);
    say_progress(epoch, 0, 2, 4000);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 0);
    TP_CHECK_EQ_U64(stats(scene.ui).ignored_progress, 3);
    say_progress(epoch, 1, 1, 0); /* of a frame that is not in its slot */
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 0);
    TP_CHECK_EQ_U64(stats(scene.ui).ignored_progress, 4);
    say_progress(epoch, 2, 0, 0); /* UNKNOWN */
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 0);
    tear_down();
}

/* Proves: W-103, W-106 - one forged message must not end progress for the rest of the epoch */
TP_TEST(progress_of_a_frame_that_does_not_exist_hides_no_other)
{
    set_up(true);
    follow_progress(false);
    tp_claim_t claim;
    tp_progress_t p;
    const tp_frame_info_t info = rows_of(40, 100, 100);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4000, &claim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 0, &info), TP_OK);
    turn(0);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
    say_progress(scene.ui->mapping.epoch, UINT64_C(1) << 40, 3, 4000);
    TP_CHECK_EQ_U64(stats(scene.ui).ignored_progress, 1);
    scene.rig.now_ns += 2 * MS;
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 4000, 1000, &info), TP_OK);
    turn(0);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
    TP_CHECK_EQ_U64(p.seq, claim.seq);
    TP_CHECK_EQ_U64(p.readable, 1000);
    tear_down();
}

/* Proves: W-107 */
TP_TEST(of_a_frame_with_gaps_between_rows_only_whole_rows_are_readable)
{
    set_up(true);
    follow_progress(false);
    tp_claim_t claim;
    tp_progress_t p;
    tp_frame_info_t info = rows_of(30, 100, 128);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 3840, &claim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 3840, 0, &info), TP_OK);
    scene.rig.now_ns += 2 * MS;
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 3840, 300, &info), TP_OK);
    turn(0);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
    TP_CHECK_EQ_U64(p.filled, 300);
    TP_CHECK_EQ_U64(p.readable, 0); /* informational without a unit */
    info.tensor.progress_unit = TP_PROGRESS_ROWS;
    info.tensor.progress_stride_bytes = 128;
    scene.rig.now_ns += 2 * MS;
    TP_CHECK_EQ_I64(tp_producer_progress(scene.producer, &claim, 3840, 400, &info), TP_OK);
    turn(0);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
    TP_CHECK_EQ_U64(p.readable, 384);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claim), TP_OK);
    TP_CHECK(!tp_progress_is_valid(scene.ui, &p));
    tear_down();
}

/* Proves: W-107 - behind the last row there need be no padding, and it is a whole one all the same */
TP_TEST(the_last_row_is_readable_when_all_is_filled)
{
    enum { LENGTH = 29 * 128 + 100 };
    set_up(true);
    follow_progress(false);
    tp_claim_t claim;
    tp_progress_t p;
    tp_frame_info_t info = rows_of(30, 100, 128);
    info.tensor.progress_unit = TP_PROGRESS_ROWS;
    info.tensor.progress_stride_bytes = 128;
    static const struct {
        size_t filled, readable;
    } steps[] = { { LENGTH - 1, 29 * 128 }, { LENGTH, LENGTH } };
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, LENGTH, &claim), TP_OK);
    for (size_t i = 0; i < 2; i++) {
        scene.rig.now_ns += 2 * MS;
        TP_CHECK_EQ_I64(
            tp_producer_progress(scene.producer, &claim, LENGTH, steps[i].filled, &info), TP_OK);
        turn(0);
        TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
        TP_CHECK_EQ_U64(p.filled, steps[i].filled);
        TP_CHECK_EQ_U64(p.readable, steps[i].readable);
    }
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, LENGTH, &info), TP_OK);
    turn(0);
    TP_CHECK_EQ_I64(tp_consumer_progress(scene.ui, &p), 1);
    TP_CHECK_EQ_I64(p.state, TP_PROGRESS_COMPLETE);
    TP_CHECK_EQ_U64(p.readable, LENGTH);
    tear_down();
}

/* Proves: W-94, W-95, D-110 - what one end takes all do, and nobody takes more */

TP_TEST_MAIN()
