#include "producer/ring_writer.h"

#include "ring_fixture.h"

static const uint32_t strides[] = { 64, 4096 };

typedef struct world {
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
} world_t;

static void start(world_t *world, uint32_t nslots)
{
    ring_fixture_init(&world->ring, nslots, strides, 2);
    tpi_ring_writer_init(&world->writer, &world->ring.rw);
}

static tp_claim_t claim_ok(world_t *world, uint32_t pool)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world->writer, pool, &claim), TP_OK);
    return claim;
}

/* Proves: W-41, W-42, W-58, W-111 */
TP_TEST(a_claim_marks_its_slot_in_progress_before_the_payload_is_handed_out)
{
    world_t world;
    start(&world, 8);
    for (uint64_t seq = 0; seq < 20; seq++) {
        const tp_claim_t claim = claim_ok(&world, seq % 2);
        TP_CHECK_EQ_U64(claim.seq, seq);
        TP_CHECK_EQ_U64(claim.epoch, 7);
        TP_CHECK_EQ_U64(claim.capacity, strides[seq % 2]);
        TP_CHECK_EQ_U64(claim.pool_id, seq % 2 + 1);
        TP_CHECK(claim.data == tpi_mapping_payload(&world.ring.rw, seq % 2, (uint32_t)seq & 7u));
        TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, seq), seq << 1);
        TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 64), TP_OK);
        TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, seq), (seq << 1) | 1);
        ring_drain_announcements(&world.writer);
    }
    ring_fixture_fini(&world.ring);
}

/* Proves: W-27, W-28, W-34, W-35, W-37 */
TP_TEST(a_commit_overwrites_the_whole_slot_whatever_the_frames_before_were)
{
    static const int32_t shapes[][3] = { { 4, 4, 1 }, { 2, 8, 3 }, { 4, 4, 1 }, { 0, 5, 5 } };
    world_t world;
    start(&world, 4);
    for (uint64_t seq = 0; seq < 64; seq++) {
        const uint32_t index = (uint32_t)seq & 3u;
        const uint32_t pool = seq % 3 == 0 ? 1 : 0;
        const size_t length = seq % 5 == 0 ? 0 : 48 + seq % 7;
        uint8_t *slot = tpi_mapping_slot(&world.ring.rw, index);
        memset(slot + 8, 0xAA, TPI_SLOT_BYTES - 8);
        const tp_claim_t claim = claim_ok(&world, pool);

        tp_frame_info_t info = { .meta_version = (uint32_t)seq / 2 };
        TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1 + (uint32_t)(seq / 8) % 3,
                                       shapes[seq / 6 % 4]),
                        TP_OK);
        TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, length, &info, 500 + seq),
                        TP_OK);
        ring_drain_announcements(&world.writer);

        const tpi_slot_header_t header = {
            .values_len_bytes = (uint32_t)length,
            .payload_slot = index,
            .pool_id = (uint16_t)(pool + 1),
            .timestamp_ns = 500 + seq,
            .meta_version = (uint32_t)seq / 2,
            .tensor = info.tensor,
        };
        tpi_slot_image_t want;
        tpi_slot_encode(&want, &header);
        want.words[0] = tpi_word_committed(seq);
        TP_CHECK_EQ_MEM(slot, &want, sizeof(want));
    }
    ring_fixture_fini(&world.ring);
}

/* Proves: W-27, W-28 - what a claim filled ahead is never taken for more than a guess */
TP_TEST(claims_left_open_while_the_tensor_changes_are_committed_with_their_own)
{
    world_t world;
    uint64_t random = 3;
    uint64_t ahead = 0;
    tp_claim_t open[4];
    size_t nopen = 0;
    start(&world, 8);
    for (int step = 0; step < 20000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        if (nopen < 4 && (random >> 60) % 2 == 0) {
            const uint64_t seq = world.writer.next_seq;
            uint8_t *slot = tpi_mapping_slot(&world.ring.rw, (uint32_t)seq & 7u);
            memset(slot + 8, 0xAA, TPI_SLOT_BYTES - 8);
            if (tpi_ring_writer_claim(&world.writer, 0, &open[nopen]) == TP_OK) {
                nopen++;
                ahead += slot[255] == 0;
            }
            continue;
        }
        if (nopen == 0) {
            continue;
        }
        const size_t which = (random >> 40) % nopen;
        const tp_claim_t claim = open[which];
        open[which] = open[--nopen];
        /* mostly the same tensor as before */
        const int32_t dims[] = { 2 + (int32_t)((random >> 50) % 8 / 7), 3, 1, 1, 1 };
        tp_frame_info_t info = { .meta_version = (uint32_t)claim.seq };
        TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8,
                                       2 + (uint32_t)((random >> 20) % 16 / 15) * 3, dims),
                        TP_OK);
        TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, 40, &info, claim.seq), TP_OK);
        const tpi_slot_header_t header = {
            .values_len_bytes = 40,
            .payload_slot = (uint32_t)claim.seq & 7u,
            .pool_id = 1,
            .timestamp_ns = claim.seq,
            .meta_version = (uint32_t)claim.seq,
            .tensor = info.tensor,
        };
        tpi_slot_image_t want;
        tpi_slot_encode(&want, &header);
        want.words[0] = tpi_word_committed(claim.seq);
        TP_CHECK_EQ_MEM(tpi_mapping_slot(&world.ring.rw, (uint32_t)claim.seq & 7u), &want,
                        sizeof(want));
        ring_drain_announcements(&world.writer);
    }
    TP_CHECK_GT_U64(ahead, 1000);
    TP_CHECK_LT_U64(ahead, world.writer.next_seq - 500);
    ring_fixture_fini(&world.ring);
}

/* Proves: W-33, W-36 - on the writer's side */
TP_TEST(a_commit_that_readers_would_drop_is_refused_and_the_claim_stays_open)
{
    world_t world;
    start(&world, 8);
    const tp_claim_t claim = claim_ok(&world, 0);
    tp_frame_info_t info = ring_frame_info(0, 64);

    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, 65, &info, 1), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "65");
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, (size_t)1 << 32, &info, 1),
                    TP_EINVAL);
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, 63, &info, 1), TP_EINVAL);
    info.tensor.ndims = 9;
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, 64, &info, 1), TP_EINVAL);
    TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, 0), 0);

    info.tensor.ndims = 1;
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &claim, 64, &info, 1), TP_OK);
    /* What passed for 64 bytes is judged again for fewer, also when nothing else differs. */
    const tp_claim_t next = claim_ok(&world, 0);
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &next, 63, &info, 1), TP_EINVAL);
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&world.writer, &next, 64, &info, 1), TP_OK);
    ring_fixture_fini(&world.ring);
}

/* Proves: W-45 */
TP_TEST(an_abort_leaves_the_slot_in_progress_and_its_seq_is_not_used_again)
{
    world_t world;
    start(&world, 4);
    for (uint64_t seq = 0; seq < 12; seq++) {
        const tp_claim_t claim = claim_ok(&world, 0);
        TP_CHECK_EQ_U64(claim.seq, seq);
        TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &claim), TP_OK);
        const uint64_t word = ring_fixture_word(&world.ring, seq);
        TP_CHECK(!tpi_word_is_committed(word));
        TP_CHECK_EQ_U64(word, (seq + 1) << 1);
        TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &claim), TP_ESTATE);
        TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 8), TP_ESTATE);
        tpi_ring_claim_t announced;
        TP_CHECK(!tpi_ring_writer_next_announce(&world.writer, &announced));
    }
    ring_fixture_fini(&world.ring);
}

/* Proves: W-43, W-100, W-115 */
TP_TEST(frames_committed_in_any_order_are_announced_in_seq_order)
{
    world_t world;
    tpi_ring_claim_t announced;
    tp_claim_t claims[5];
    start(&world, 16);
    for (int i = 0; i < 5; i++) {
        claims[i] = claim_ok(&world, 0);
    }
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claims[3], 8), TP_OK);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claims[1], 8), TP_OK);
    TP_CHECK(!tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claims[0], 8), TP_OK);
    TP_CHECK(tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_U64(announced.seq, 0);
    TP_CHECK(tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_U64(announced.seq, 1);
    TP_CHECK_EQ_U64(announced.meta_version, 1);
    TP_CHECK_EQ_U64(announced.trace_id, 3);
    TP_CHECK(!tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &claims[2]), TP_OK);
    TP_CHECK(tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_U64(announced.seq, 3);
    TP_CHECK(!tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claims[4], 8), TP_OK);
    TP_CHECK(tpi_ring_writer_next_announce(&world.writer, &announced));
    TP_CHECK_EQ_U64(announced.seq, 4);
    ring_fixture_fini(&world.ring);
}

TP_TEST(no_more_than_half_the_ring_is_open_and_an_error_changes_nothing)
{
    static const uint32_t sizes[] = { 1, 2, 4, 8, 64, 128, 1024 };
    static const uint32_t most[] = { 1, 1, 2, 4, 32, 64, 64 };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        world_t world;
        start(&world, sizes[i]);
        tp_claim_t first = claim_ok(&world, 0);
        for (uint32_t n = 1; n < most[i]; n++) {
            claim_ok(&world, 0);
        }
        tp_claim_t untouched = { .seq = 4711 };
        const uint64_t word = ring_fixture_word(&world.ring, most[i]);
        TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world.writer, 0, &untouched), TP_EBUSY);
        TP_CHECK_EQ_U64(untouched.seq, 4711);
        TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, most[i]), word);
        TP_CHECK_EQ_I64(ring_commit(&world.writer, &first, 8), TP_OK);
        ring_drain_announcements(&world.writer);
        TP_CHECK_EQ_U64(claim_ok(&world, 0).seq, most[i]);
        ring_fixture_fini(&world.ring);
    }
}

TP_TEST(a_pool_that_is_not_there_is_refused)
{
    world_t world;
    tp_claim_t claim;
    start(&world, 4);
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world.writer, 2, &claim), TP_EINVAL);
    TP_CHECK_EQ_U64(world.writer.next_seq, 0);
    ring_fixture_fini(&world.ring);
}

TP_TEST(claims_of_another_epoch_or_made_up_are_void)
{
    world_t world;
    start(&world, 8);
    const tp_claim_t claim = claim_ok(&world, 0);
    tp_claim_t other = claim;
    other.epoch = 6;
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &other, 8), TP_ESTATE);
    TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &other), TP_ESTATE);
    other = claim;
    other.seq = 1;
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &other, 8), TP_ESTATE);
    other.seq = TP_MAX_CLAIMS; /* the same place in the table */
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &other, 8), TP_ESTATE);
    TP_CHECK_EQ_I64(tpi_ring_writer_abort(&world.writer, &other), TP_ESTATE);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 8), TP_OK);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 8), TP_ESTATE);

    /* A new epoch: the writer starts again, what is still in hand is void. */
    const tp_claim_t late = claim_ok(&world, 0);
    world.ring.rw.epoch = 8;
    tpi_ring_writer_init(&world.writer, &world.ring.rw);
    TP_CHECK_EQ_U64(claim_ok(&world, 0).seq, 0);
    TP_CHECK_EQ_I64(ring_commit(&world.writer, &late, 8), TP_ESTATE);
    ring_fixture_fini(&world.ring);
}

/* Proves: W-44 */
TP_TEST(nobody_holds_the_writer_back)
{
    world_t world;
    start(&world, 2);
    for (uint64_t seq = 0; seq < 10000; seq++) {
        TP_CHECK_EQ_U64(ring_publish(&world.writer, 64), seq);
    }
    TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, 9999), tpi_word_committed(9999));
    TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, 9998), tpi_word_committed(9998));
    ring_fixture_fini(&world.ring);
}

/* Proves: W-45, B-40 */
TP_TEST(seqs_that_are_skipped_are_given_up_in_their_slots_and_nothing_goes_back)
{
    for (uint32_t nslots = 1; nslots <= 16; nslots *= 2) {
        for (uint64_t gap = 0; gap < 3 * (uint64_t)nslots; gap++) {
            world_t world;
            start(&world, nslots);
            ring_publish(&world.writer, 64);
            const uint64_t from = world.writer.next_seq;
            TP_CHECK_EQ_I64(tpi_ring_writer_skip_to(&world.writer, from + gap), TP_OK);
            for (uint64_t seq = gap > nslots ? from + gap - nslots : from; seq < from + gap;
                 seq++) {
                TP_CHECK_EQ_U64(ring_fixture_word(&world.ring, seq), (seq + 1) << 1);
            }
            const tp_claim_t claim = claim_ok(&world, 0);
            TP_CHECK_EQ_U64(claim.seq, from + gap);
            TP_CHECK_EQ_I64(tpi_ring_writer_skip_to(&world.writer, from + gap + 1), TP_EBUSY);
            TP_CHECK_EQ_I64(ring_commit(&world.writer, &claim, 64), TP_OK);
            ring_drain_announcements(&world.writer);
            TP_CHECK_EQ_I64(tpi_ring_writer_skip_to(&world.writer, from + gap), TP_EINVAL);
            TP_CHECK_EQ_I64(tpi_ring_writer_skip_to(&world.writer, UINT64_C(1) << 62), TP_EINVAL);
            TP_CHECK_EQ_U64(world.writer.next_seq, from + gap + 1);
            ring_fixture_fini(&world.ring);
        }
    }
}

TP_TEST_MAIN()
