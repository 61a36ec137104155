/* What becomes of a seq: in order, late, skipped, overwritten, thinned, described. */
#include "consumer/ring_reader_test_util.h"

/* ---- frames in order ---- */

TP_TEST(a_fresh_ring_holds_nothing_whatever_its_size)
{
    for (uint32_t nslots = 1; nslots <= 64; nslots *= 2) {
        for (int at = TP_START_NEWEST; at <= TP_START_OLDEST; at++) {
            world_t world;
            start(&world, nslots);
            world.options.start_at = (tp_start_at_t)at;
            tpi_ring_reader_fini(&world.reader);
            start_reader(&world);
            idle_a_while(&world);
            world.now += 10 * PATIENCE;
            idle_a_while(&world);
            TP_CHECK_EQ_U64(world.reader.next_seq, 0);
            TP_CHECK_EQ_U64(tpi_ring_reader_newest_end(&world.reader), 0);
            TP_CHECK(!world.stats.has_seq);
            stop(&world);
        }
    }
}

/* Proves: W-24, W-37, W-50, W-51, W-55 */
TP_TEST(every_frame_arrives_once_in_order_with_what_it_says)
{
    for (uint32_t nslots = 1; nslots <= 16; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        for (uint64_t seq = 0; seq < 5 * nslots + 3; seq++) {
            ring_publish(&world.writer, seq % 3 == 0 ? 0 : 64);
            tp_frame_t frame;
            TP_CHECK_EQ_I64(next(&world, &frame), 1);
            TP_CHECK_EQ_U64(frame.seq, seq);
            TP_CHECK_EQ_U64(frame.epoch, 7);
            TP_CHECK_EQ_U64(frame.pool_id, 1);
            TP_CHECK_EQ_U64(frame.length, seq % 3 == 0 ? 0 : 64);
            TP_CHECK((frame.data == NULL) == (frame.length == 0));
            expect_nothing(&world);
        }
        TP_CHECK_EQ_U64(world.stats.accepted, 5 * nslots + 3);
        stop(&world);
    }
}

/* Proves: W-124 */
TP_TEST(newest_starts_behind_what_is_there_and_oldest_with_all_that_is_readable)
{
    for (uint32_t nslots = 1; nslots <= 8; nslots *= 2) {
        for (uint64_t before = 0; before < 20; before++) {
            world_t world;
            start(&world, nslots);
            publish(&world, before);

            tpi_ring_reader_fini(&world.reader);
            start_reader(&world);
            TP_CHECK_EQ_U64(world.reader.first_seq, before);
            expect_nothing(&world);
            tpi_ring_reader_fini(&world.reader);

            world.options.start_at = TP_START_OLDEST;
            start_reader(&world);
            const uint64_t oldest = before > nslots ? before - nslots : 0;
            TP_CHECK_EQ_U64(world.reader.first_seq, oldest);
            TP_CHECK_EQ_U64(tpi_ring_reader_newest_end(&world.reader), before);
            for (uint64_t seq = oldest; seq < before; seq++) {
                expect_frame(&world, seq);
            }
            expect_nothing(&world);
            TP_CHECK_EQ_U64(world.stats.accepted, before - oldest);
            stop(&world);
        }
    }
}

TP_TEST(oldest_leaves_out_what_an_open_claim_is_overwriting)
{
    world_t world;
    start(&world, 8);
    publish(&world, 20);
    const tp_claim_t claim = claim_ok(&world); /* seq 20 destroys 12 */
    tpi_ring_reader_fini(&world.reader);
    world.options.start_at = TP_START_OLDEST;
    start_reader(&world);
    TP_CHECK_EQ_U64(world.reader.first_seq, 13);
    for (uint64_t seq = 13; seq < 20; seq++) {
        expect_frame(&world, seq);
    }
    idle_a_while(&world);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 64), TP_OK);
    expect_frame(&world, 20);
    stop(&world);
}

TP_TEST(newest_end_is_exact_behind_open_claims_and_aborts)
{
    world_t world;
    start(&world, 16);
    publish(&world, 5);
    const tp_claim_t open = claim_ok(&world); /* 5 */
    const tp_claim_t aborted = claim_ok(&world);
    const tp_claim_t last = claim_ok(&world);
    TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &aborted), TP_OK);
    TP_CHECK_EQ_U64(tpi_ring_reader_newest_end(&world.reader), 5);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &last, 64), TP_OK);
    TP_CHECK_EQ_U64(tpi_ring_reader_newest_end(&world.reader), 8);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &open, 64), TP_OK);
    ring_drain_announcements(&world.writer);
    publish(&world, 1000);
    TP_CHECK_EQ_U64(tpi_ring_reader_newest_end(&world.reader), 1008);
    stop(&world);
}

/* ---- late seqs ---- */

TP_TEST(a_claim_of_ours_that_was_given_up_is_passed_at_once)
{
    for (uint32_t nslots = 2; nslots <= 16; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        publish(&world, nslots); /* so that the slots hold an older lap */
        for (uint64_t seq = 0; seq < nslots; seq++) {
            expect_frame(&world, seq);
        }
        const tp_claim_t claim = claim_ok(&world);
        expect_nothing(&world);
        TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &claim), TP_OK);
        ring_drain_announcements(&world.writer);
        expect_nothing(&world);
        TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 1);
        TP_CHECK_EQ_U64(world.reader.next_seq, nslots + 1);
        publish(&world, 1);
        expect_frame(&world, nslots + 1);
        TP_CHECK_EQ_U64(world.stats.drops_gap, 1);
        stop(&world);
    }
}

TP_TEST(a_frame_behind_committed_ones_is_waited_for_as_long_as_patience_lasts)
{
    world_t world;
    start(&world, 16);
    publish(&world, 3);
    const tp_claim_t slow = claim_ok(&world); /* 3 */
    const tp_claim_t other = claim_ok(&world);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &other, 64), TP_OK);
    for (uint64_t seq = 0; seq < 3; seq++) {
        expect_frame(&world, seq);
    }
    idle_a_while(&world);
    world.now += PATIENCE / 2;
    expect_nothing(&world);
    TP_CHECK_EQ_U64(world.reader.next_seq, 3);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &slow, 64), TP_OK); /* just in time */
    ring_drain_announcements(&world.writer);
    expect_frame(&world, 3);
    expect_frame(&world, 4);

    const tp_claim_t slower = claim_ok(&world); /* 5 */
    const tp_claim_t next_one = claim_ok(&world);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &next_one, 64), TP_OK);
    idle_a_while(&world);
    world.now += PATIENCE;
    expect_frame(&world, 6);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 1);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &slower, 64), TP_OK); /* too late for us */
    expect_nothing(&world);
    TP_CHECK_EQ_U64(world.reader.next_seq, 7);
    stop(&world);
}

TP_TEST(patience_starts_at_the_first_look_ahead_also_in_a_large_ring)
{
    world_t world;
    start(&world, 4096);
    abandon_silently(&world); /* 0 */
    publish(&world, 1);
    expect_nothing(&world);
    world.now += PATIENCE;
    expect_frame(&world, 1);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 1);
    stop(&world);
}

TP_TEST(the_newest_frame_alone_is_waited_for_without_end)
{
    world_t world;
    start(&world, 4);
    publish(&world, 2);
    expect_frame(&world, 0);
    expect_frame(&world, 1);
    const tp_claim_t claim = claim_ok(&world);
    for (int i = 0; i < 10; i++) {
        idle_a_while(&world);
        world.now += 10 * PATIENCE;
    }
    TP_CHECK_EQ_U64(world.reader.next_seq, 2);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 64), TP_OK);
    expect_frame(&world, 2);
    stop(&world);
}

TP_TEST(half_a_ring_committed_beyond_a_late_frame_ends_the_wait)
{
    for (uint32_t nslots = 2; nslots <= 64; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        abandon_silently(&world); /* 0 */
        publish(&world, nslots / 2 - 1);
        idle_a_while(&world);
        TP_CHECK_EQ_U64(world.reader.next_seq, 0);
        publish(&world, 1);
        tp_frame_t frame;
        int got = 0;
        for (uint32_t i = 0; got == 0 && i < 4; i++) {
            world.now += 20000;
            got = next(&world, &frame);
        }
        TP_CHECK_EQ_I64(got, 1);
        TP_CHECK_EQ_U64(frame.seq, 1);
        TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 1);
        for (uint64_t seq = 2; seq <= nslots / 2; seq++) {
            expect_frame(&world, seq);
        }
        expect_nothing(&world);
        stop(&world);
    }
}

TP_TEST(skipped_seqs_are_noticed_also_when_the_clock_stands_still)
{
    for (uint64_t n = 1; n < 15; n++) {
        world_t world;
        start(&world, 32);
        publish(&world, 10);
        for (uint64_t seq = 0; seq < 10; seq++) {
            expect_frame(&world, seq);
        }
        skip(&world, n);
        publish(&world, 1);
        for (int i = 0; i < 32 * 65; i++) {
            expect_nothing(&world);
        }
        world.now += PATIENCE; /* one patience for all of them */
        expect_frame(&world, 10 + n);
        TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], n);
        publish(&world, 1);
        expect_frame(&world, 11 + n);
        stop(&world);
    }
}

TP_TEST(a_producer_that_jumps_by_laps_is_followed)
{
    world_t world;
    start(&world, 8);
    publish(&world, 3);
    for (uint64_t seq = 0; seq < 3; seq++) {
        expect_frame(&world, seq);
    }
    skip(&world, 1000);
    publish(&world, 3); /* 1003.. */
    tp_frame_t frame;
    int got = 0;
    for (int i = 0; got == 0 && i < 200; i++) {
        world.now += MS;
        got = next(&world, &frame);
    }
    TP_CHECK_EQ_I64(got, 1);
    TP_CHECK_EQ_U64(frame.seq, 1003);
    expect_frame(&world, 1004);
    expect_frame(&world, 1005);
    stop(&world);
}

/* ---- lapped ---- */

TP_TEST(a_lapped_reader_counts_what_is_gone_and_goes_on_a_quarter_ring_ahead_of_the_writer)
{
    for (uint32_t nslots = 1; nslots <= 64; nslots *= 2) {
        for (uint64_t ahead = nslots + 1; ahead < 4 * nslots + 3; ahead++) {
            world_t world;
            start(&world, nslots);
            publish(&world, ahead);
            const uint64_t resumed = ahead - nslots + nslots / 4;
            for (uint64_t seq = resumed; seq < ahead; seq++) {
                expect_frame(&world, seq);
                TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_OVERRUN], resumed);
            }
            expect_nothing(&world);
            TP_CHECK_EQ_U64(world.stats.drops_gap, resumed);
            stop(&world);
        }
    }
}

TP_TEST(a_lap_of_the_slot_by_a_mere_claim_is_a_lap_too)
{
    world_t world;
    start(&world, 8);
    publish(&world, 8);
    claim_ok(&world); /* 8 in the slot of 0 */
    expect_frame(&world, 3);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_OVERRUN], 3);
    stop(&world);
}

/* Proves: W-125 */
TP_TEST(a_reader_too_far_behind_goes_to_the_newest_frame)
{
    world_t world;
    start(&world, 64);
    tpi_ring_reader_fini(&world.reader);
    world.options.max_outstanding_seq_gap = 10;
    start_reader(&world);
    publish(&world, 10);
    expect_frame(&world, 0); /* 10 outstanding are within bounds */
    publish(&world, 1);      /* 10 behind again */
    expect_frame(&world, 1);
    publish(&world, 20);
    expect_frame(&world, 30);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_RESYNC], 28);
    expect_nothing(&world);

    publish(&world, 64 * 5 + 3); /* and after a lap: overwritten ones and readable ones apart */
    expect_frame(&world, 31 + 64 * 5 + 2);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_OVERRUN], 64 * 4 + 3);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_RESYNC], 28 + 63);
    stop(&world);
}

TP_TEST(a_bound_beyond_the_ring_acts_when_lapped)
{
    world_t world;
    start(&world, 8);
    tpi_ring_reader_fini(&world.reader);
    world.options.max_outstanding_seq_gap = 256;
    start_reader(&world);
    publish(&world, 100);
    expect_frame(&world, 94);
    tpi_ring_reader_fini(&world.reader);
    tpi_ring_writer_init(&world.writer, &world.ring.rw);
    stop(&world);

    start(&world, 8);
    tpi_ring_reader_fini(&world.reader);
    world.options.max_outstanding_seq_gap = 256;
    start_reader(&world);
    publish(&world, 300);
    expect_frame(&world, 299);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_OVERRUN], 292);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_RESYNC], 7);
    stop(&world);
}

/* ---- thinning ---- */

/* Proves: W-89, W-123 */
TP_TEST(a_rate_bound_thins_on_the_frames_turn_and_counts_no_drop)
{
    world_t world;
    start(&world, 64);
    tpi_ring_reader_fini(&world.reader);
    world.options.max_rate_hz = 100;
    start_reader(&world);
    uint64_t accepted = 0;
    for (int i = 0; i < 1000; i++) { /* one second at 1 kHz */
        tp_frame_t frame;
        publish(&world, 1);
        accepted += (uint64_t)next(&world, &frame);
        world.now += MS;
    }
    TP_CHECK_EQ_U64(accepted, 100);
    TP_CHECK_EQ_U64(world.stats.thinned, 900);
    TP_CHECK_EQ_U64(world.stats.drops_gap + world.stats.drops_late, 0);
    stop(&world);
}

TP_TEST(a_stream_of_just_the_bound_with_jitter_is_not_halved)
{
    world_t world;
    start(&world, 64);
    tpi_ring_reader_fini(&world.reader);
    world.options.max_rate_hz = 100;
    start_reader(&world);
    const int64_t begin = world.now;
    uint64_t accepted = 0;
    for (int i = 0; i < 1000; i++) {
        tp_frame_t frame;
        world.now = begin + i * 10 * MS + (i * 7919 % 5) * MS / 4; /* late by 0 to 1 ms */
        publish(&world, 1);
        accepted += (uint64_t)next(&world, &frame);
    }
    TP_CHECK_GE_U64(accepted, 950);
    stop(&world);
}

/* ---- descriptors ---- */

TP_TEST(a_descriptor_beyond_a_late_frame_ends_the_wait)
{
    world_t world;
    bool backwards;
    start(&world, 16);
    abandon_silently(&world); /* 0 */
    publish(&world, 2);
    expect_nothing(&world);
    TP_CHECK(tpi_ring_reader_note_descriptor(&world.reader, 2, &backwards));
    TP_CHECK(!backwards);
    expect_frame(&world, 1);
    expect_frame(&world, 2);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 1);
    stop(&world);
}

/* Proves: W-50 */
TP_TEST(a_frame_announced_but_never_committed_is_odd)
{
    world_t world;
    bool backwards;
    start(&world, 16);
    abandon_silently(&world); /* 0 */
    TP_CHECK(tpi_ring_reader_note_descriptor(&world.reader, 0, &backwards));
    idle_a_while(&world);
    world.now += PATIENCE;
    expect_nothing(&world);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ODD], 1);
    TP_CHECK_EQ_U64(world.stats.drops_late, 1);
    stop(&world);
}

/* Proves: W-115 */
TP_TEST(equal_descriptors_are_no_news_and_lower_ones_run_backwards)
{
    world_t world;
    bool backwards;
    start(&world, 16);
    publish(&world, 10);
    TP_CHECK(tpi_ring_reader_note_descriptor(&world.reader, 5, &backwards));
    TP_CHECK(!backwards);
    TP_CHECK(!tpi_ring_reader_note_descriptor(&world.reader, 5, &backwards));
    TP_CHECK(!backwards);
    TP_CHECK(!tpi_ring_reader_note_descriptor(&world.reader, 4, &backwards));
    TP_CHECK(backwards);
    TP_CHECK(tpi_ring_reader_note_descriptor(&world.reader, 9, &backwards));
    TP_CHECK(!backwards);
    for (uint64_t seq = 0; seq < 10; seq++) {
        expect_frame(&world, seq);
    }
    stop(&world);
}

TP_TEST(a_descriptor_that_the_ring_denies_changes_nothing)
{
    static const uint64_t lies[] = {
        3, 17, 1000, UINT64_C(1) << 61, UINT64_C(1) << 62, UINT64_MAX - 1, UINT64_MAX
    };
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        world_t world;
        bool backwards;
        start(&world, 16);
        publish(&world, 2);
        tpi_ring_reader_note_descriptor(&world.reader, lies[i], &backwards);
        expect_frame(&world, 0);
        expect_frame(&world, 1);
        idle_a_while(&world);
        world.now += 2 * PATIENCE;
        idle_a_while(&world);
        publish(&world, 2);
        expect_frame(&world, 2);
        expect_frame(&world, 3);
        TP_CHECK_EQ_U64(world.stats.drops_gap, 0);
        stop(&world);
    }
}

/* Calls of try() until it wants to know the time; `most` if it does not. */
static int tries_to_time(world_t *world, int64_t past_ns, int most)
{
    tp_frame_t frame;
    for (int i = 0; i < most; i++) {
        const int got = tpi_ring_reader_try(&world->reader, past_ns, &frame);
        TP_CHECK_NE_I64(got, 1);
        if (got == TPI_READER_NEEDS_TIME) {
            return i;
        }
    }
    return most;
}

TP_TEST(a_frame_is_taken_and_an_idle_ring_looked_at_without_knowing_the_time)
{
    world_t world;
    tp_frame_t frame;
    start(&world, 8);
    /* Never looked at yet: when the last look ahead was is not known. */
    TP_CHECK_EQ_I64(tries_to_time(&world, world.now, 100), 0);
    TP_CHECK_EQ_I64(next(&world, &frame), 0);
    /* Idle: the time is asked for once in a few calls, or when an old time shows that it is due. */
    const int idle = tries_to_time(&world, world.now, 100);
    TP_CHECK_GT_I64(idle, 8);
    TP_CHECK_LT_I64(idle, 65);
    TP_CHECK_EQ_I64(next(&world, &frame), 0);
    TP_CHECK_EQ_I64(tries_to_time(&world, world.now + MS, 100), 0);
    TP_CHECK_EQ_I64(next(&world, &frame), 0);
    /* The frame begins, is committed, and taken: nobody needs a clock. */
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world.writer, 0, &claim), TP_OK);
    TP_CHECK_EQ_I64(tpi_ring_reader_try(&world.reader, world.now, &frame), 0);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 64), TP_OK);
    TP_CHECK_EQ_I64(tpi_ring_reader_try(&world.reader, world.now, &frame), 1);
    TP_CHECK(ring_frame_holds(&frame));
    check_books(&world);
    /* A claim that is given up is seen at once. */
    TP_CHECK_EQ_I64(next(&world, &frame), 0);
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world.writer, 0, &claim), TP_OK);
    TP_CHECK_EQ_I64(tpi_ring_reader_try(&world.reader, world.now, &frame), 0);
    TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &claim), TP_OK);
    TP_CHECK_EQ_I64(tpi_ring_reader_try(&world.reader, world.now, &frame), TPI_READER_NEEDS_TIME);
    TP_CHECK_EQ_I64(next(&world, &frame), 0);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 1);
    stop(&world);
}

/* Proves: W-89, W-125 */
TP_TEST(a_reader_that_thins_or_resynchronises_asks_for_the_time_with_each_frame)
{
    for (int thins = 0; thins < 2; thins++) {
        world_t world;
        tp_frame_t frame;
        start(&world, 8);
        stop(&world);
        world.options.max_rate_hz = thins ? 1000 : 0;
        world.options.max_outstanding_seq_gap = thins ? 0 : 2;
        ring_fixture_init(&world.ring, 8, strides, 2);
        tpi_ring_writer_init(&world.writer, &world.ring.rw);
        start_reader(&world);
        ring_publish(&world.writer, 64);
        TP_CHECK_EQ_I64(tpi_ring_reader_try(&world.reader, world.now, &frame),
                        TPI_READER_NEEDS_TIME);
        TP_CHECK_EQ_I64(next(&world, &frame), 1);
        stop(&world);
    }
}

/* A bridge or rate limiter republishes under the source's seqs: holes are known at once, without patience. */
TP_TEST(a_gap_that_the_writer_skipped_is_counted_without_waiting)
{
    for (uint32_t nslots = 2; nslots <= 16; nslots *= 2) {
        for (uint64_t gap = 1; gap < 5 * (uint64_t)nslots; gap++) {
            world_t world;
            start(&world, nslots);
            publish(&world, 3);
            while (world.reader.next_seq < 3) {
                tp_frame_t frame;
                (void)next(&world, &frame);
            }
            const uint64_t lost = world.stats.drops_gap;
            TP_CHECK_EQ_I64(tpi_ring_writer_skip_to(&world.writer, 3 + gap), TP_OK);
            publish(&world, 1);
            tp_frame_t frame;
            int got = 0;
            for (uint32_t i = 0; i < nslots + 130 && got == 0; i++) {
                got = next(&world, &frame); /* time stands still */
            }
            TP_CHECK_EQ_I64(got, 1);
            TP_CHECK_EQ_U64(frame.seq, 3 + gap);
            TP_CHECK_EQ_U64(world.stats.drops_gap - lost, gap);
            stop(&world);
        }
    }
}

TP_TEST(a_reader_that_maps_behind_a_large_skip_finds_the_frames)
{
    for (uint32_t nslots = 1; nslots <= 16; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        TP_CHECK_EQ_I64(tpi_ring_writer_skip_to(&world.writer, 1000003), TP_OK);
        publish(&world, 1);
        tpi_ring_reader_fini(&world.reader);
        world.options.start_at = TP_START_OLDEST;
        start_reader(&world);
        tp_frame_t frame;
        int got = 0;
        for (uint32_t i = 0; i < nslots + 130 && got == 0; i++) {
            got = next(&world, &frame);
        }
        TP_CHECK_EQ_I64(got, 1);
        TP_CHECK_EQ_U64(frame.seq, 1000003);
        publish(&world, 1);
        expect_frame(&world, 1000004);
        stop(&world);
    }
}

TP_TEST_MAIN()
