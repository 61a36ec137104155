#include "consumer/ring_reader.h"

#include "ring_fixture.h"

#define MS INT64_C(1000000)
#define PATIENCE (100 * MS)

static const uint32_t strides[] = { 64, 4096 };

typedef struct world {
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
    tpi_ring_reader_t reader;
    tpi_ring_reader_options_t options;
    tp_consumer_stats_t stats;
    int64_t now;
} world_t;

/* accepted + thinned + sum(drops) == next_seq - first_seq, and the two sums of W-122. */
static void check_books(const world_t *world)
{
    const tp_consumer_stats_t *stats = &world->stats;
    uint64_t drops = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        drops += stats->drops[i];
    }
    TP_CHECK_EQ_U64(stats->accepted + stats->thinned + drops,
                    world->reader.next_seq - world->reader.first_seq);
    TP_CHECK_EQ_U64(stats->drops_gap, stats->drops[TP_DROP_OVERRUN] +
                                          stats->drops[TP_DROP_ABANDONED] +
                                          stats->drops[TP_DROP_RESYNC]);
    TP_CHECK_EQ_U64(stats->drops_gap + stats->drops_late + stats->drops[TP_DROP_REMAP], drops);
    if (world->reader.next_seq > world->reader.first_seq) {
        TP_CHECK(stats->has_seq);
        TP_CHECK_EQ_U64(stats->first_seq, world->reader.first_seq);
        TP_CHECK_EQ_U64(stats->last_seq, world->reader.next_seq - 1);
    }
}

static void start_reader(world_t *world)
{
    memset(&world->stats, 0, sizeof(world->stats));
    TP_CHECK_EQ_I64(
        tpi_ring_reader_init(&world->reader, &world->ring.ro, &world->options, &world->stats),
        TP_OK);
}

static void start(world_t *world, uint32_t nslots)
{
    memset(world, 0, sizeof(*world));
    world->options.gap_patience_ns = PATIENCE;
    world->now = 1000 * MS;
    ring_fixture_init(&world->ring, nslots, strides, 2);
    tpi_ring_writer_init(&world->writer, &world->ring.rw);
    start_reader(world);
}

static void stop(world_t *world)
{
    tpi_ring_reader_fini(&world->reader);
    ring_fixture_fini(&world->ring);
}

static int next(world_t *world, tp_frame_t *out_frame)
{
    const int got = tpi_ring_reader_next(&world->reader, world->now, out_frame);
    if (got == 1) {
        TP_CHECK_EQ_U64(out_frame->seq, world->reader.next_seq - 1);
        TP_CHECK(ring_frame_holds(out_frame));
        TP_CHECK(tpi_ring_reader_is_valid(&world->reader, out_frame));
    }
    check_books(world);
    return got;
}

static void expect_frame(world_t *world, uint64_t seq)
{
    tp_frame_t frame;
    TP_CHECK_EQ_I64(next(world, &frame), 1);
    TP_CHECK_EQ_U64(frame.seq, seq);
}

static void expect_nothing(world_t *world)
{
    tp_frame_t frame;
    TP_CHECK_EQ_I64(next(world, &frame), 0);
}

/* As many idle calls as any look-ahead needs to see the whole ring once. */
static void idle_a_while(world_t *world)
{
    for (uint32_t i = 0; i < world->ring.ro.nslots + 130; i++) {
        expect_nothing(world);
        world->now += 20000;
    }
}

static void publish(world_t *world, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        ring_publish(&world->writer, 64);
    }
}

static tp_claim_t claim_ok(world_t *world)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world->writer, 0, &claim), TP_OK);
    return claim;
}

/* What foreign producers do: a claim left in progress without a word, and seqs left out. */
static void abandon_silently(world_t *world)
{
    const tp_claim_t claim = claim_ok(world);
    world->writer.claims[claim.seq % TP_MAX_CLAIMS].state = TPI_CLAIM_ABORTED;
    ring_drain_announcements(&world->writer);
}

static void skip(world_t *world, uint64_t n)
{
    TP_CHECK_EQ_U64(world->writer.next_announce, world->writer.next_seq);
    world->writer.next_seq += n;
    world->writer.next_announce += n;
}

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

/* ---- frames that break a rule ---- */

typedef struct bad_header {
    const char *name;
    tp_drop_cause_t cause;
    void (*spoil)(tpi_slot_header_t *header);
} bad_header_t;

static void spoil_ndims_0(tpi_slot_header_t *header)
{
    header->tensor.ndims = 0;
}
static void spoil_ndims_9(tpi_slot_header_t *header)
{
    header->tensor.ndims = 9;
}
static void spoil_dim(tpi_slot_header_t *header)
{
    header->tensor.dims[0] = -1;
}
static void spoil_dtype(tpi_slot_header_t *header)
{
    header->tensor.dtype = (tp_dtype_t)12;
}
static void spoil_order(tpi_slot_header_t *header)
{
    header->tensor.order = TP_ORDER_UNKNOWN;
}
static void spoil_stride(tpi_slot_header_t *header)
{
    header->tensor.strides[0] = -8;
}
static void spoil_span(tpi_slot_header_t *header)
{
    header->tensor.dims[0] = 65;
}
static void spoil_offset(tpi_slot_header_t *header)
{
    header->payload_offset = 64;
}
static void spoil_slot(tpi_slot_header_t *header)
{
    header->payload_slot ^= 1;
}
static void spoil_slot_far(tpi_slot_header_t *header)
{
    header->payload_slot = UINT32_MAX;
}
static void spoil_pool(tpi_slot_header_t *header)
{
    header->pool_id = 3;
}
static void spoil_pool_ring(tpi_slot_header_t *header)
{
    header->pool_id = 0;
}
static void spoil_len(tpi_slot_header_t *header)
{
    header->values_len_bytes = 65;
}
static void spoil_len_far(tpi_slot_header_t *header)
{
    header->values_len_bytes = UINT32_MAX;
}

static const bad_header_t bad_headers[] = {
    { "ndims 0", TP_DROP_HEADER, spoil_ndims_0 },
    { "ndims 9", TP_DROP_HEADER, spoil_ndims_9 },
    { "dim < 0", TP_DROP_HEADER, spoil_dim },
    { "dtype", TP_DROP_HEADER, spoil_dtype },
    { "order", TP_DROP_HEADER, spoil_order },
    { "stride < 0", TP_DROP_HEADER, spoil_stride },
    { "span", TP_DROP_HEADER, spoil_span },
    { "payloadOffset", TP_DROP_HEADER, spoil_offset },
    { "payloadSlot", TP_DROP_PAYLOAD, spoil_slot },
    { "payloadSlot out of range", TP_DROP_PAYLOAD, spoil_slot_far },
    { "unknown pool", TP_DROP_PAYLOAD, spoil_pool },
    { "pool 0", TP_DROP_PAYLOAD, spoil_pool_ring },
    { "length > stride", TP_DROP_PAYLOAD, spoil_len },
    { "length far > stride", TP_DROP_PAYLOAD, spoil_len_far },
};

/* Proves: W-28, W-29, W-30, W-31, W-33, W-34, W-35, W-36, W-122 */
TP_TEST(a_frame_that_breaks_a_rule_is_dropped_under_its_cause_and_the_next_one_arrives)
{
    for (size_t i = 0; i < sizeof(bad_headers) / sizeof(bad_headers[0]); i++) {
        world_t world;
        start(&world, 4);
        publish(&world, 1);
        const tp_claim_t claim = claim_ok(&world);
        tpi_slot_header_t header = { .values_len_bytes = 64, .payload_slot = 1, .pool_id = 1 };
        header.tensor = ring_frame_info(1, 64).tensor;
        bad_headers[i].spoil(&header);
        tpi_slot_image_t image;
        tpi_slot_encode(&image, &header);
        tpi_slot_commit(tpi_mapping_slot(&world.ring.rw, 1), 1, &image);
        world.writer.claims[claim.seq].state = TPI_CLAIM_COMMITTED;
        ring_drain_announcements(&world.writer);
        publish(&world, 1);

        expect_frame(&world, 0);
        expect_frame(&world, 2);
        TP_CHECK_MSG(world.stats.drops[bad_headers[i].cause] == 1, "%s", bad_headers[i].name);
        TP_CHECK_EQ_U64(world.stats.drops_late, 1);
        TP_CHECK_EQ_U64(world.stats.accepted, 2);
        stop(&world);
    }
}

/* Proves: W-37 */
TP_TEST(an_empty_frame_needs_no_pool)
{
    world_t world;
    start(&world, 4);
    claim_ok(&world);
    tpi_slot_header_t header = { .pool_id = 999 };
    header.tensor = ring_frame_info(0, 0).tensor;
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    tpi_slot_commit(tpi_mapping_slot(&world.ring.rw, 0), 0, &image);
    tp_frame_t frame;
    TP_CHECK_EQ_I64(tpi_ring_reader_next(&world.reader, world.now, &frame), 1);
    TP_CHECK(frame.data == NULL && frame.length == 0);
    stop(&world);
}

/* ---- after use ---- */

/* Proves: W-57 */
TP_TEST(a_frame_overwritten_after_delivery_moves_once_from_accepted_to_changed)
{
    world_t world;
    start(&world, 4);
    tp_frame_t frames[3];
    publish(&world, 3);
    for (int i = 0; i < 3; i++) {
        TP_CHECK_EQ_I64(next(&world, &frames[i]), 1);
    }
    TP_CHECK(tpi_ring_reader_confirm(&world.reader, &frames[0]));
    publish(&world, 1);
    TP_CHECK(tpi_ring_reader_confirm(&world.reader, &frames[0]));
    claim_ok(&world); /* a mere claim spoils it */
    for (int i = 0; i < 3; i++) {
        TP_CHECK(!tpi_ring_reader_is_valid(&world.reader, &frames[0]));
        TP_CHECK(!tpi_ring_reader_confirm(&world.reader, &frames[0]));
        TP_CHECK_EQ_U64(world.stats.accepted, 2);
        TP_CHECK_EQ_U64(world.stats.bytes, 128);
        TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_CHANGED], 1);
        check_books(&world);
    }
    TP_CHECK(tpi_ring_reader_confirm(&world.reader, &frames[1]));

    frames[1].epoch++; /* of a mapping that is gone */
    TP_CHECK(!tpi_ring_reader_confirm(&world.reader, &frames[1]));
    TP_CHECK_EQ_U64(world.stats.accepted, 2);
    stop(&world);
    TP_CHECK(!tpi_ring_reader_confirm(&world.reader, &frames[2]));
}

/* ---- the end ---- */

TP_TEST(at_the_end_all_that_is_committed_is_delivered_without_waiting)
{
    world_t world;
    start(&world, 16);
    abandon_silently(&world); /* 0 */
    publish(&world, 2);
    abandon_silently(&world); /* 3 */
    publish(&world, 1);
    abandon_silently(&world); /* 5: never counted */
    expect_nothing(&world);
    TP_CHECK(!tpi_ring_reader_is_done(&world.reader));
    tpi_ring_reader_end(&world.reader);
    TP_CHECK(!tpi_ring_reader_is_done(&world.reader));
    expect_frame(&world, 1);
    expect_frame(&world, 2);
    expect_frame(&world, 4);
    TP_CHECK(tpi_ring_reader_is_done(&world.reader));
    TP_CHECK(!tpi_ring_reader_is_broken(&world.reader));
    idle_a_while(&world);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_ABANDONED], 2);
    TP_CHECK_EQ_U64(world.reader.next_seq, 5);
    stop(&world);
}

TP_TEST(the_end_of_a_ring_without_frames_is_done_at_once)
{
    for (uint32_t nslots = 1; nslots <= 4; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        tpi_ring_reader_end(&world.reader);
        TP_CHECK(tpi_ring_reader_is_done(&world.reader));
        expect_nothing(&world);
        stop(&world);
    }
}

/* Proves: W-113, W-123 */
TP_TEST(frames_left_behind_with_the_epoch_count_as_remap_and_overwritten_ones_as_overrun)
{
    world_t world;
    start(&world, 8);
    publish(&world, 3);
    expect_frame(&world, 0);
    tpi_ring_reader_fini(&world.reader);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_REMAP], 2);
    TP_CHECK_EQ_U64(world.stats.drops_gap + world.stats.drops_late, 0);
    TP_CHECK_EQ_U64(world.stats.last_seq, 2);

    start_reader(&world);
    publish(&world, 20);
    tpi_ring_reader_fini(&world.reader);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_OVERRUN], 12);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_REMAP], 8);
    TP_CHECK_EQ_U64(world.stats.first_seq, 3);
    TP_CHECK_EQ_U64(world.stats.last_seq, 22);
    tpi_ring_reader_fini(&world.reader); /* once more is harmless */
    stop(&world);
}

/* Proves: W-116 */
TP_TEST(the_counters_go_on_from_one_epoch_to_the_next)
{
    world_t world;
    start(&world, 8);
    publish(&world, 5);
    for (uint64_t seq = 0; seq < 5; seq++) {
        expect_frame(&world, seq);
    }
    tpi_ring_reader_fini(&world.reader);
    ring_fixture_fini(&world.ring);
    ring_fixture_init(&world.ring, 4, strides, 1);
    tpi_ring_writer_init(&world.writer, &world.ring.rw);
    TP_CHECK_EQ_I64(
        tpi_ring_reader_init(&world.reader, &world.ring.ro, &world.options, &world.stats), TP_OK);
    TP_CHECK_EQ_U64(world.stats.last_seq, 4); /* until there is news */
    publish(&world, 2);
    tp_frame_t frame;
    TP_CHECK_EQ_I64(tpi_ring_reader_next(&world.reader, world.now, &frame), 1);
    TP_CHECK_EQ_U64(world.stats.accepted, 6);
    TP_CHECK_EQ_U64(world.stats.first_seq, 0);
    TP_CHECK_EQ_U64(world.stats.last_seq, 0);
    stop(&world);
}

/* A lost lease, the same epoch again: no frame twice, none lost that is still there. */
TP_TEST(a_reader_resumes_where_the_books_ended)
{
    world_t world;
    start(&world, 8);
    publish(&world, 10);
    expect_frame(&world, 4);
    publish(&world, 2);
    tpi_ring_reader_fini(&world.reader);
    TP_CHECK_EQ_U64(world.reader.first_seq, 0);
    TP_CHECK_EQ_U64(world.reader.next_seq, 12);
    check_books(&world);
    publish(&world, 3);
    world.options.start_at = TP_START_OLDEST;
    TP_CHECK_EQ_I64(
        tpi_ring_reader_init(&world.reader, &world.ring.ro, &world.options, &world.stats), TP_OK);
    tpi_ring_reader_resume(&world.reader, world.stats.last_seq + 1);
    for (uint64_t seq = 12; seq < 15; seq++) {
        expect_frame(&world, seq);
    }
    expect_nothing(&world);
    TP_CHECK_EQ_U64(world.stats.first_seq, 0);
    stop(&world);
}

/* ---- strangers ---- */

TP_TEST(one_word_from_nowhere_does_not_carry_the_reader_away)
{
    static const uint64_t words[] = { UINT64_MAX,
                                      UINT64_MAX - 1,
                                      UINT64_C(1) << 63,
                                      (UINT64_C(1) << 63) | 1,
                                      (UINT64_C(1) << 61) | 1,
                                      UINT64_C(1) << 61,
                                      999999,
                                      2 * 8 * 1000 + 1 };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (uint64_t where = 0; where < 8; where++) {
            world_t world;
            start(&world, 8);
            publish(&world, 8);
            for (uint64_t seq = 0; seq < 8; seq++) {
                expect_frame(&world, seq);
            }
            const uint64_t spoilt = 8 + where;
            ring_fixture_set_word(&world.ring, spoilt, words[i] + ((words[i] & 1) ? 2 * where : 0));
            idle_a_while(&world);
            TP_CHECK_LE_U64(world.reader.next_seq, 16);
            world.now += PATIENCE;
            tp_frame_t frame;
            for (uint64_t n = 0; n < 16; n++) { /* no news for two laps: all must be good again */
                publish(&world, 1);
                while (next(&world, &frame) == 1) {
                }
            }
            if (!tpi_ring_reader_is_broken(&world.reader)) {
                TP_CHECK_EQ_U64(world.reader.next_seq, 24);
                TP_CHECK_GE_U64(world.stats.accepted, 8 + 15);
            }
            stop(&world);
        }
    }
}

TP_TEST(no_seq_from_2_to_the_62_on_is_believed_even_with_one_slot_alone)
{
    static const uint64_t words[] = { UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63,
                                      (UINT64_C(1) << 63) | 1 };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        world_t world;
        start(&world, 1);
        publish(&world, 1);
        expect_frame(&world, 0);
        ring_fixture_set_word(&world.ring, 0, words[i]);
        idle_a_while(&world);
        world.now += 2 * PATIENCE;
        idle_a_while(&world);
        TP_CHECK_EQ_U64(world.reader.next_seq, 1);
        TP_CHECK(!tpi_ring_reader_is_broken(&world.reader));
        stop(&world);
    }
}

/* Proves: W-53 */
TP_TEST(a_frame_committed_in_a_slot_where_it_does_not_belong_is_an_identity_drop)
{
    world_t world;
    start(&world, 8);
    claim_ok(&world);
    ring_fixture_set_word(&world.ring, 0, tpi_word_committed(3));
    world.writer.claims[0].state = TPI_CLAIM_ABORTED;
    publish(&world, 2);
    idle_a_while(&world);
    world.now += PATIENCE;
    expect_frame(&world, 1);
    TP_CHECK_EQ_U64(world.stats.drops[TP_DROP_IDENTITY], 1);
    TP_CHECK_EQ_U64(world.stats.drops_late, 1);
    stop(&world);
}

/* Proves: W-54, W-21 */
TP_TEST(a_ring_that_runs_backwards_is_given_up_and_delivers_nothing_more)
{
    for (uint32_t nslots = 1; nslots <= 16; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        publish(&world, 5 * nslots + 1);
        tp_frame_t frame;
        while (next(&world, &frame) == 1) {
        }
        expect_nothing(&world);
        const uint64_t accepted = world.stats.accepted;
        tpi_ring_writer_init(&world.writer, &world.ring.rw); /* a restart without a new epoch */
        for (uint64_t seq = 0; seq < 2 * nslots; seq++) {
            publish(&world, 1);
            expect_nothing(&world);
        }
        TP_CHECK(tpi_ring_reader_is_broken(&world.reader));
        TP_CHECK_EQ_U64(world.stats.accepted, accepted);
        idle_a_while(&world);

        /* Mapped again, the reader follows what is there now. */
        tpi_ring_reader_fini(&world.reader);
        world.options.start_at = TP_START_OLDEST;
        start_reader(&world);
        publish(&world, 1);
        TP_CHECK_EQ_I64(next(&world, &frame), 1);
        stop(&world);
    }
}

TP_TEST(a_ring_wiped_under_the_reader_is_given_up)
{
    for (uint32_t nslots = 2; nslots <= 16; nslots *= 2) {
        world_t world;
        start(&world, nslots);
        publish(&world,
                2 * nslots + 1); /* the next slot is not slot 0, whose zeros are a claim of seq 0 */
        tp_frame_t frame;
        while (next(&world, &frame) == 1) {
        }
        expect_nothing(&world);
        memset(tpi_mapping_slot(&world.ring.rw, 0), 0, (size_t)nslots * TPI_SLOT_BYTES);
        expect_nothing(&world);
        TP_CHECK(tpi_ring_reader_is_broken(&world.reader));
        stop(&world);
    }
}

TP_TEST(the_last_seq_there_can_be_ends_the_reader)
{
    world_t world;
    start(&world, 1);
    const uint64_t last = (UINT64_C(1) << 62) - 1;
    world.writer.next_seq = last - 1;
    world.writer.next_announce = last - 1;
    publish(&world, 1);
    expect_frame(&world, last - 1);
    publish(&world, 1);
    expect_frame(&world, last);
    idle_a_while(&world);
    TP_CHECK(tpi_ring_reader_is_broken(&world.reader));
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world.writer, 0, &claim), TP_EBUSY);
    stop(&world);
}

static uint64_t random_state;

static uint64_t random_u64(void)
{
    random_state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = random_state;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static uint64_t random_word(const world_t *world)
{
    const uint64_t near_seq = world->writer.next_seq + random_u64() % 64;
    switch (random_u64() % 8) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX - random_u64() % 4;
    case 2:
        return random_u64();
    case 3:
        return random_u64() >> (random_u64() % 64);
    case 4:
        return (UINT64_C(1) << 62) + random_u64() % 8 - 4;
    case 5:
        return tpi_word_committed(near_seq > 32 ? near_seq - 32 : 0);
    case 6:
        return tpi_word_in_progress(near_seq > 32 ? near_seq - 32 : 0);
    default:
        return tpi_word_committed(world->reader.next_seq +
                                  (random_u64() % 4) * world->ring.ro.nslots);
    }
}

/* Whatever is in the ring: no bad access, no endless loop, a frame only from a slot that holds it, books that
 * balance, and good frames again once the ring is good again and mapped anew. */
TP_TEST(anything_may_be_in_the_ring)
{
    for (uint64_t seed = 0; seed < 600; seed++) {
        world_t world;
        random_state = seed;
        start(&world, 1u << (seed % 6));
        tpi_ring_reader_fini(&world.reader);
        world.options.max_outstanding_seq_gap = seed % 3 == 0 ? (uint32_t)(random_u64() % 80) : 0;
        world.options.max_rate_hz = seed % 5 == 0 ? 1000000 : 0;
        world.options.start_at = (tp_start_at_t)(seed % 2);
        start_reader(&world);
        for (int step = 0; step < 400; step++) {
            const uint64_t slot = random_u64() % world.ring.ro.nslots;
            bool backwards;
            switch (random_u64() % 8) {
            case 0:
                ring_fixture_set_word(&world.ring, slot, random_word(&world));
                break;
            case 1:
                tpi_mapping_slot(&world.ring.rw, (uint32_t)slot)[8 + random_u64() % 248] =
                    (uint8_t)random_u64();
                break;
            case 2:
                publish(&world, random_u64() % 8);
                break;
            case 3:
                tpi_ring_reader_note_descriptor(&world.reader, random_word(&world) >> 1,
                                                &backwards);
                break;
            case 4:
                if (random_u64() % 64 == 0) {
                    tpi_ring_reader_end(&world.reader);
                }
                break;
            default:
                break;
            }
            const uint64_t before = world.reader.next_seq;
            tp_frame_t frame;
            if (tpi_ring_reader_next(&world.reader, world.now, &frame) == 1) {
                const tpi_mapping_t *ro = &world.ring.ro;
                const uint32_t index = (uint32_t)frame.seq & ro->mask;
                TP_CHECK_EQ_U64(frame.word, tpi_word_committed(frame.seq));
                TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, frame.seq), frame.word);
                TP_CHECK_EQ_I64(tp_tensor_validate(&frame.tensor, frame.length), TP_OK);
                if (frame.length > 0) {
                    const size_t pool = frame.pool_id - 1u;
                    TP_CHECK(pool < 2 && frame.length <= strides[pool]);
                    TP_CHECK(frame.data == tpi_mapping_payload(ro, pool, index));
                }
            }
            TP_CHECK_GE_U64(world.reader.next_seq, before);
            TP_CHECK_GE_U64(tpi_ring_reader_newest_end(&world.reader), world.reader.next_seq);
            check_books(&world);
            world.now +=
                (int64_t)(random_u64() % (uint64_t)(random_u64() % 16 == 0 ? PATIENCE : 30000));
        }
        tpi_ring_reader_fini(&world.reader);
        publish(&world, 2 * world.ring.ro.nslots + 8);
        world.options.start_at = TP_START_NEWEST;
        start_reader(&world);
        world.now += MS;
        publish(&world, 1);
        expect_frame(&world, world.writer.next_seq - 1);
        stop(&world);
    }
}

TP_TEST_MAIN()
