/* Frames that break a rule or change after use, the end of a producer and of an epoch, and rings that no producer leaves. */
#include "consumer/ring_reader_test_util.h"

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
