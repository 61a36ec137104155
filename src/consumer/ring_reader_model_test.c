/*
 * Writer and reader against a reference model: random interleavings of claim, commit, abort, skip and
 * read, in small rings, with the whole history known to the model.
 */
#include "consumer/ring_reader.h"

#include <stdlib.h>

#include "ring_fixture.h"

#define US INT64_C(1000)
#define PATIENCE (5000 * US) /* no round of STEPS lasts as long, unless it is to */
#define MAX_SEQS 4096
#define ROUNDS 1500 /* for each ring size and kind of producer */
#define STEPS 220

static const uint32_t strides[] = { 64 };

/* What became of a seq, as the model knows it. */
typedef enum fate { UNCLAIMED, OPEN, COMMITTED, GIVEN_UP, LEFT_BEHIND, SKIPPED } fate_t;

/* What the producer may do. */
typedef struct kind {
    const char *name;
    bool aborts;      /* as ours do */
    bool foreign;     /* leaves claims behind, and skips seqs */
    bool laps;        /* may overtake the reader */
    bool impatient;   /* time goes on faster than patience while claims are open */
    bool descriptors; /* the reader hears of some */
} kind_t;

static const kind_t kinds[] = {
    { "steady", false, false, false, false, false },
    { "aborting", true, false, false, false, false },
    { "aborting, with descriptors", true, false, false, false, true },
    { "lapping", true, false, true, false, false },
    { "lapping, with descriptors", true, false, true, false, true },
    { "impatient reader", true, false, true, true, true },
    { "foreign", true, true, true, false, false },
    { "foreign, impatient reader, with descriptors", true, true, true, true, true },
};

typedef struct model {
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
    tpi_ring_reader_t reader;
    tp_consumer_stats_t stats;
    const kind_t *kind;
    uint32_t nslots;
    int64_t now;
    uint64_t random;
    tp_claim_t open[TP_MAX_CLAIMS];
    uint32_t nopen;
    uint64_t ncommitted;
    uint64_t committed_end;
    uint64_t ngiven_up;
    uint64_t owner[64]; /* per slot: 1 + the seq it was claimed for last */
    bool was_lapped;
    uint8_t fates[MAX_SEQS]; /* fate_t */
} model_t;

static uint64_t random_below(model_t *m, uint64_t n)
{
    m->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = m->random;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (x ^ (x >> 31)) % n;
}

static bool is_readable(const model_t *m, uint64_t seq)
{
    return seq < m->writer.next_seq && m->fates[seq] == COMMITTED &&
           m->owner[seq & (m->nslots - 1)] == seq + 1;
}

/* ---- the producer ---- */

static void do_announce(model_t *m)
{
    tpi_ring_claim_t announced;
    while (tpi_ring_writer_next_announce(&m->writer, &announced)) {
        TP_CHECK_EQ_I64(m->fates[announced.seq], COMMITTED);
        if (m->kind->descriptors && random_below(m, 2) == 0) { /* the other half is lost */
            bool backwards;
            TP_CHECK(tpi_ring_reader_note_descriptor(&m->reader, announced.seq, &backwards));
            TP_CHECK(!backwards);
        }
    }
}

static void do_claim(model_t *m)
{
    /* A reader that is not to be lapped must have passed the seq whose slot is taken next. */
    const bool is_lap = m->writer.next_seq >= m->reader.next_seq + m->nslots;
    if (is_lap && !m->kind->laps) {
        return;
    }
    tp_claim_t claim;
    const int rc = tpi_ring_writer_claim(&m->writer, 0, &claim);
    if (rc == TP_EBUSY) {
        TP_CHECK_GT_U64(m->nopen, 0);
        return;
    }
    TP_CHECK_EQ_I64(rc, TP_OK);
    m->was_lapped |= is_lap;
    m->open[m->nopen++] = claim;
    m->fates[claim.seq] = OPEN;
    m->owner[claim.seq & (m->nslots - 1)] = claim.seq + 1;
}

static tp_claim_t take_open(model_t *m)
{
    const uint64_t i = random_below(m, m->nopen);
    const tp_claim_t claim = m->open[i];
    m->open[i] = m->open[--m->nopen];
    return claim;
}

static void do_commit(model_t *m)
{
    if (m->nopen > 0) {
        const tp_claim_t claim = take_open(m);
        TP_CHECK_EQ_I64(ring_commit(&m->writer, &claim, random_below(m, 4) * 16), TP_OK);
        m->fates[claim.seq] = COMMITTED;
        m->ncommitted++;
        if (claim.seq >= m->committed_end) {
            m->committed_end = claim.seq + 1;
        }
        do_announce(m);
    }
}

static void do_abort(model_t *m)
{
    if (m->nopen > 0) {
        const tp_claim_t claim = take_open(m);
        if (m->kind->foreign && random_below(m, 2) == 0) {
            m->writer.claims[claim.seq % TP_MAX_CLAIMS].state = TPI_CLAIM_ABORTED;
            m->fates[claim.seq] = LEFT_BEHIND;
        } else {
            TP_CHECK_EQ_I64(tpi_ring_writer_abort(&m->writer, &claim), TP_OK);
            m->fates[claim.seq] = GIVEN_UP;
            m->ngiven_up++;
        }
        do_announce(m);
    }
}

static void do_skip(model_t *m)
{
    if (m->writer.next_announce == m->writer.next_seq) {
        const uint64_t n = 1 + random_below(m, random_below(m, 8) == 0 ? 3 * m->nslots : 3);
        for (uint64_t i = 0; i < n; i++) {
            m->fates[m->writer.next_seq + i] = SKIPPED;
        }
        m->writer.next_seq += n;
        m->writer.next_announce += n;
    }
}

/* ---- the reader ---- */

static uint64_t sum_drops(const tp_consumer_stats_t *stats)
{
    uint64_t sum = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        sum += stats->drops[i];
    }
    return sum;
}

static void check_books(const model_t *m)
{
    TP_CHECK_EQ_U64(m->stats.accepted + m->stats.thinned + sum_drops(&m->stats),
                    m->reader.next_seq - m->reader.first_seq);
    TP_CHECK_EQ_U64(m->stats.drops_gap,
                    m->stats.drops[TP_DROP_OVERRUN] + m->stats.drops[TP_DROP_ABANDONED]);
    TP_CHECK(!tpi_ring_reader_is_broken(&m->reader));
    TP_CHECK_LE_U64(m->reader.next_seq, m->writer.next_seq);
}

/* A seq that was passed without being accepted: was it right to? */
static void check_passed(const model_t *m, uint64_t seq, uint64_t resumed, bool patience_is_over)
{
    switch ((fate_t)m->fates[seq]) {
    case COMMITTED:
        /* Overwritten, or so close to the writer that it is not worth a start. */
        TP_CHECK_MSG(!is_readable(m, seq) || seq < resumed, "%s: seq %llu was readable and is lost",
                     m->kind->name, (unsigned long long)seq);
        break;
    case OPEN:
        /* Never while it may still come, unless it was waited for, or overtaken by half a ring. */
        TP_CHECK_MSG(patience_is_over || seq < resumed || m->writer.next_seq > seq + m->nslots / 2,
                     "%s: seq %llu may still come", m->kind->name, (unsigned long long)seq);
        break;
    case UNCLAIMED:
        TP_FAIL("%s: seq %llu passed before it was claimed", m->kind->name,
                (unsigned long long)seq);
        break;
    case GIVEN_UP:
    case LEFT_BEHIND:
    case SKIPPED:
        break;
    }
}

static bool do_read(model_t *m)
{
    const uint64_t from = m->reader.next_seq;
    const tp_consumer_stats_t before = m->stats;
    const uint64_t head = m->writer.next_seq;
    const bool is_lapped = head > from + m->nslots;
    const uint64_t resumed = is_lapped ? head - m->nslots + m->nslots / 4 : 0;

    tp_frame_t frame;
    /* Half of the time as a consumer does it: the clock only when it must be. */
    int got = TPI_READER_NEEDS_TIME;
    if (random_below(m, 2) == 0) {
        got = tpi_ring_reader_try(&m->reader, m->now - (int64_t)random_below(m, 20) * US, &frame);
    }
    if (got == TPI_READER_NEEDS_TIME) {
        got = tpi_ring_reader_next(&m->reader, m->now, &frame);
    }
    check_books(m);
    const uint64_t to = m->reader.next_seq;
    TP_CHECK_EQ_U64(m->stats.accepted - before.accepted, (uint64_t)got);
    if (got == 1) {
        TP_CHECK_EQ_U64(frame.seq, to - 1);
        TP_CHECK(is_readable(m, frame.seq));
        TP_CHECK(ring_frame_holds(&frame));
        TP_CHECK(tpi_ring_reader_confirm(&m->reader, &frame));
    }
    for (uint64_t seq = from; seq < to - (uint64_t)got; seq++) {
        check_passed(m, seq, resumed, m->kind->impatient);
    }
    if (!is_lapped && m->nslots > 1) { /* in one slot an abort looks like a lap */
        TP_CHECK_EQ_U64(m->stats.drops[TP_DROP_OVERRUN], before.drops[TP_DROP_OVERRUN]);
    }
    if (!m->kind->foreign) {
        TP_CHECK_EQ_U64(tpi_ring_reader_newest_end(&m->reader),
                        m->committed_end > to ? m->committed_end : to);
    }
    m->now += m->kind->impatient && random_below(m, 8) == 0 ? PATIENCE
                                                            : (int64_t)random_below(m, 20) * US;
    return got == 1 || to != from;
}

/* All claims closed: the reader gets to the newest frame in a bounded number of calls. (Claims given
 * up since may have overwritten the newest committed one.) */
static void finish(model_t *m)
{
    while (m->nopen > 0) {
        do_commit(m);
    }
    uint64_t end = m->committed_end;
    while (end > 0 && !is_readable(m, end - 1)) {
        end--;
    }
    for (uint32_t calls = 0; m->reader.next_seq < end; calls++) {
        TP_CHECK_MSG(calls < 6 * m->nslots + 60, "%s: stuck at %llu of %llu", m->kind->name,
                     (unsigned long long)m->reader.next_seq, (unsigned long long)end);
        if (!do_read(m) && m->kind->foreign) {
            m->now += PATIENCE / 4;
        }
    }
    if (m->was_lapped || m->kind->impatient || m->nslots == 1) {
        return;
    }
    /* Nothing was overwritten and nobody was impatient: the books say just what happened. */
    TP_CHECK_EQ_U64(m->stats.drops[TP_DROP_OVERRUN], 0);
    TP_CHECK_EQ_U64(m->stats.drops_late, 0);
    if (!m->kind->foreign) {
        TP_CHECK_EQ_U64(m->stats.accepted, m->ncommitted);
        /* Those given up behind the newest frame are not passed yet, or already, as the reader likes. */
        TP_CHECK_LE_U64(m->stats.drops[TP_DROP_ABANDONED], m->ngiven_up);
        TP_CHECK_EQ_U64(m->stats.accepted + m->stats.drops[TP_DROP_ABANDONED], m->reader.next_seq);
    }
}

static void start(model_t *m, uint32_t nslots, const kind_t *kind, uint64_t seed)
{
    const tpi_ring_reader_options_t options = { .start_at = TP_START_OLDEST,
                                                .gap_patience_ns = PATIENCE };
    const ring_fixture_t ring = m->ring;
    memset(m, 0, sizeof(*m));
    m->ring = ring;
    m->kind = kind;
    m->nslots = nslots;
    m->random = seed;
    m->now = 1000000 * US;
    memset(m->ring.rw.ring.base + TPI_SUPERBLOCK_BYTES, 0, (size_t)nslots * TPI_SLOT_BYTES);
    tpi_ring_writer_init(&m->writer, &m->ring.rw);
    TP_CHECK_EQ_I64(tpi_ring_reader_init(&m->reader, &m->ring.ro, &options, &m->stats), TP_OK);
}

static void run(model_t *m, uint64_t read_weight)
{
    for (int step = 0; step < STEPS; step++) {
        const uint64_t dice = random_below(m, 10 + read_weight);
        if (dice < 4) {
            do_claim(m);
        } else if (dice < 8) {
            do_commit(m);
        } else if (dice == 8) {
            if (m->kind->aborts) {
                do_abort(m);
            }
        } else if (dice == 9) {
            if (m->kind->foreign && random_below(m, 4) == 0) {
                do_skip(m);
            }
        } else {
            do_read(m);
        }
    }
    finish(m);
}

static void check_ring_size(uint32_t nslots)
{
    model_t *m = calloc(1, sizeof(*m));
    TP_CHECK(m != NULL);
    ring_fixture_init(&m->ring, nslots, strides, 1);
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        uint64_t frames = 0;
        uint64_t drops = 0;
        for (uint64_t round = 0; round < ROUNDS; round++) {
            start(m, nslots, &kinds[k], round * 31 + k);
            run(m, round % 12);
            frames += m->stats.accepted;
            drops += sum_drops(&m->stats);
            tpi_ring_reader_fini(&m->reader);
        }
        TP_CHECK_GT_U64(frames, ROUNDS * 4);
        TP_CHECK((drops > 0) == (k > 0)); /* each kind does what it is there for */
    }
    ring_fixture_fini(&m->ring);
    free(m);
}

/* Proves: W-41, W-44, W-45, W-53, W-122, W-124 */
TP_TEST(one_slot_behaves_as_the_model_says)
{
    check_ring_size(1);
}

TP_TEST(two_slots_behave_as_the_model_says)
{
    check_ring_size(2);
}

TP_TEST(four_slots_behave_as_the_model_says)
{
    check_ring_size(4);
}

TP_TEST(eight_slots_behave_as_the_model_says)
{
    check_ring_size(8);
}

TP_TEST(sixty_four_slots_behave_as_the_model_says)
{
    check_ring_size(64);
}

TP_TEST_MAIN()
