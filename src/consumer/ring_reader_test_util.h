/*
 * consumer/ring_reader_test_util.h - a ring, its writer and a reader, with stepped time; each step checks the books.
 */
#ifndef TPI_RING_READER_TEST_UTIL_H
#define TPI_RING_READER_TEST_UTIL_H

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
static inline void check_books(const world_t *world)
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

static inline void start_reader(world_t *world)
{
    memset(&world->stats, 0, sizeof(world->stats));
    TP_CHECK_EQ_I64(
        tpi_ring_reader_init(&world->reader, &world->ring.ro, &world->options, &world->stats),
        TP_OK);
}

static inline void start(world_t *world, uint32_t nslots)
{
    memset(world, 0, sizeof(*world));
    world->options.gap_patience_ns = PATIENCE;
    world->now = 1000 * MS;
    ring_fixture_init(&world->ring, nslots, strides, 2);
    tpi_ring_writer_init(&world->writer, &world->ring.rw);
    start_reader(world);
}

static inline void stop(world_t *world)
{
    tpi_ring_reader_fini(&world->reader);
    ring_fixture_fini(&world->ring);
}

static inline int next(world_t *world, tp_frame_t *out_frame)
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

static inline void expect_frame(world_t *world, uint64_t seq)
{
    tp_frame_t frame;
    TP_CHECK_EQ_I64(next(world, &frame), 1);
    TP_CHECK_EQ_U64(frame.seq, seq);
}

static inline void expect_nothing(world_t *world)
{
    tp_frame_t frame;
    TP_CHECK_EQ_I64(next(world, &frame), 0);
}

/* As many idle calls as any look-ahead needs to see the whole ring once. */
static inline void idle_a_while(world_t *world)
{
    for (uint32_t i = 0; i < world->ring.ro.nslots + 130; i++) {
        expect_nothing(world);
        world->now += 20000;
    }
}

static inline void publish(world_t *world, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        ring_publish(&world->writer, 64);
    }
}

static inline tp_claim_t claim_ok(world_t *world)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&world->writer, 0, &claim), TP_OK);
    return claim;
}

/* What foreign producers do: a claim left in progress without a word, and seqs left out. */
static inline void abandon_silently(world_t *world)
{
    const tp_claim_t claim = claim_ok(world);
    world->writer.claims[claim.seq % TP_MAX_CLAIMS].state = TPI_CLAIM_ABORTED;
    ring_drain_announcements(&world->writer);
}

static inline void skip(world_t *world, uint64_t n)
{
    TP_CHECK_EQ_U64(world->writer.next_announce, world->writer.next_seq);
    world->writer.next_seq += n;
    world->writer.next_announce += n;
}

#endif
