/*
 * A ring in which a stranger writes what he likes: words that no producer writes, whole slots of
 * noise, well-formed frames in the wrong place. Whatever it is, the books stay right, nothing points
 * outside the mapping, and every call comes back.
 */
#include "consumer/ring_reader.h"

#include "ring_fixture.h"

#define ROUNDS 2000
#define STEPS 300

static const uint32_t strides[] = { 64, 256 };

static uint64_t state;

static uint64_t random_u64(void)
{
    state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = state;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static uint64_t random_below(uint64_t n)
{
    return random_u64() % n;
}

/* Near the reader, laps away, at the ends of the range, or anything. */
static uint64_t random_word(uint64_t next, uint64_t nslots)
{
    switch (random_below(6)) {
    case 0:
        return (next + random_below(3 * nslots) - nslots) << 1 | random_below(2);
    case 1:
        return (next + nslots * random_below(64)) << 1 | random_below(2);
    case 2:
        return UINT64_MAX - random_below(4);
    case 3:
        return (((UINT64_C(1) << 62) - 2 + random_below(4)) << 1) | random_below(2);
    case 4:
        return random_below(4);
    default:
        return random_u64() >> random_below(64);
    }
}

static void disturb(ring_fixture_t *ring, uint64_t next)
{
    const uint32_t nslots = ring->rw.nslots;
    const uint32_t index = (uint32_t)random_below(nslots);
    uint8_t *slot = tpi_mapping_slot(&ring->rw, index);
    const uint64_t kind = random_below(8);
    if (kind < 3) {
        tpi_slot_store_word(slot, random_word(next, nslots));
        return;
    }
    uint64_t seq = next + random_below(nslots + 1);
    const uint64_t known = random_below(4);
    tpi_slot_header_t header = {
        .values_len_bytes = (uint32_t)(known == 0 ? random_u64() : random_below(300)),
        .payload_slot = (uint32_t)(known == 1 ? random_u64() : seq & (nslots - 1)),
        .pool_id = (uint16_t)(known == 2 ? random_u64() : 1 + random_below(2)),
        .payload_offset = known == 3 && random_below(2) ? (uint32_t)random_u64() : 0,
    };
    static const int32_t dims[] = { 5, 7 };
    TP_CHECK_EQ_I64(tp_tensor_init(&header.tensor, TP_UINT8, 2, dims), TP_OK);
    if (random_below(8) == 0) {
        header.tensor.ndims = (uint32_t)random_below(256);
        header.tensor.dims[random_below(8)] = (int32_t)random_u64();
        header.tensor.strides[random_below(8)] = (int32_t)random_u64();
    }
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    if (random_below(8) == 0) {
        image.words[1 + random_below(31)] = random_u64();
    }
    slot = tpi_mapping_slot(&ring->rw, (uint32_t)seq & ring->rw.mask);
    tpi_slot_begin(slot, seq);
    tpi_slot_commit(slot, seq, &image);
}

static void check_books(const tp_consumer_stats_t *stats, uint64_t first, uint64_t next)
{
    uint64_t sum = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        sum += stats->drops[i];
    }
    TP_CHECK_EQ_U64(stats->drops_gap + stats->drops_late + stats->drops[TP_DROP_REMAP], sum);
    TP_CHECK_EQ_U64(stats->accepted + stats->thinned + sum, next - first);
    TP_CHECK(next <= (UINT64_C(1) << 62));
}

static void check_frame(const ring_fixture_t *ring, const tp_frame_t *frame)
{
    TP_CHECK_EQ_U64(frame->word, tpi_word_committed(frame->seq));
    if (frame->length == 0) {
        return;
    }
    const int pool = tpi_mapping_find_pool(&ring->ro, frame->pool_id);
    TP_CHECK_GE_I64(pool, 0);
    TP_CHECK(frame->length <= ring->ro.pools[pool].superblock.stride_bytes);
    TP_CHECK(frame->data ==
             tpi_mapping_payload(&ring->ro, (size_t)pool, (uint32_t)frame->seq & ring->ro.mask));
    TP_CHECK_EQ_I64(tp_tensor_validate(&frame->tensor, frame->length), TP_OK);
}

static uint64_t seen[TP_DROP_CAUSES + 2]; /* drops, then frames accepted, then rounds that broke */

static void play(uint32_t nslots, const tpi_ring_reader_options_t *options)
{
    ring_fixture_t ring;
    ring_fixture_init(&ring, nslots, strides, 2);
    tp_consumer_stats_t stats = { 0 };
    tpi_ring_reader_t reader;
    int64_t now = 1000000;
    for (uint64_t i = random_below(2 * nslots); i > 0; i--) {
        disturb(&ring, 0);
    }
    TP_CHECK_EQ_I64(tpi_ring_reader_init(&reader, &ring.ro, options, &stats), TP_OK);
    const uint64_t first = reader.first_seq;
    for (int step = 0; step < STEPS; step++) {
        const uint64_t before = reader.next_seq;
        if (random_below(3) != 0) {
            disturb(&ring, before);
        }
        now += (int64_t)random_below(100000);
        tp_frame_t frame;
        if (tpi_ring_reader_next(&reader, now, &frame) == 1) {
            check_frame(&ring, &frame);
            if (random_below(2) != 0) {
                disturb(&ring, before);
            }
            if (!tpi_ring_reader_confirm(&reader, &frame)) {
                TP_CHECK(!tpi_ring_reader_confirm(&reader, &frame)); /* counted once */
            }
        }
        if (random_below(8) == 0) {
            bool backwards;
            (void)tpi_ring_reader_note_descriptor(&reader, random_word(before, nslots) >> 1,
                                                  &backwards);
        }
        TP_CHECK_GE_U64(tpi_ring_reader_newest_end(&reader), reader.next_seq);
        TP_CHECK_GE_U64(reader.next_seq, before);
        check_books(&stats, first, reader.next_seq);
        if (step == STEPS - 20 && random_below(2) == 0) {
            tpi_ring_reader_end(&reader);
        }
    }
    seen[TP_DROP_CAUSES + 1] += tpi_ring_reader_is_broken(&reader);
    tpi_ring_reader_fini(&reader);
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        seen[i] += stats.drops[i] != 0;
    }
    seen[TP_DROP_CAUSES] += stats.accepted;
    check_books(&stats, first, reader.next_seq);
    ring_fixture_fini(&ring);
}

/* Proves: W-35, W-36, W-50, W-53, W-56, W-122 */
TP_TEST(a_stranger_in_the_ring_unbalances_no_books_and_leads_nobody_outside)
{
    state = 4711;
    for (int round = 0; round < ROUNDS; round++) {
        const tpi_ring_reader_options_t options = {
            .start_at = random_below(2) ? TP_START_OLDEST : TP_START_NEWEST,
            .gap_patience_ns = (int64_t)random_below(300000),
            .max_outstanding_seq_gap = random_below(2) ? (uint32_t)random_below(20) : 0,
            .max_rate_hz = random_below(4) == 0 ? 20000 : 0,
        };
        play(UINT32_C(1) << random_below(7), &options);
    }
    /* The noise is worth something only if it gets everywhere. */
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        TP_CHECK_MSG(seen[i] >= 10, "outcome %zu: %llu", i, (unsigned long long)seen[i]);
    }
}

TP_TEST_MAIN()
