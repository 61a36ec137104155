/*
 * Writer and readers at the same time: in threads (ThreadSanitizer), and in processes which are stopped and killed.
 */
#include "consumer/ring_reader.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "ring_fixture.h"
#include "shm/payload.h"

#ifdef TPI_TSAN
#define FRAMES UINT64_C(100000)
#elif defined(TP_TEST_SANITIZED)
#define FRAMES UINT64_C(300000)
#else
#define FRAMES UINT64_C(2000000)
#endif
#define MS INT64_C(1000000)
#define PAYLOAD 256
#define ABORT_EVERY 128u

static const uint32_t strides[] = { PAYLOAD };
static const tpi_ring_reader_options_t from_oldest = { .start_at = TP_START_OLDEST,
                                                       .gap_patience_ns = 1000 * MS };

static uint64_t sum_drops(const tp_consumer_stats_t *stats)
{
    uint64_t sum = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        sum += stats->drops[i];
    }
    return sum;
}

static void check_books(const tpi_ring_reader_t *reader)
{
    const tp_consumer_stats_t *stats = reader->stats;
    TP_CHECK_EQ_U64(stats->accepted + stats->thinned + sum_drops(stats),
                    reader->next_seq - reader->first_seq);
}

static void print_stats(const char *name, const tp_consumer_stats_t *stats, uint64_t used)
{
    printf("%s: used %llu, accepted %llu, overrun %llu, abandoned %llu, changed %llu\n", name,
           (unsigned long long)used, (unsigned long long)stats->accepted,
           (unsigned long long)stats->drops[TP_DROP_OVERRUN],
           (unsigned long long)stats->drops[TP_DROP_ABANDONED],
           (unsigned long long)stats->drops[TP_DROP_CHANGED]);
}

/* The writers here give up these seqs and no others. */
static bool is_aborted(uint64_t seq)
{
    return seq % ABORT_EVERY == ABORT_EVERY / 2;
}

/* Next frame; only seqs which were given up may count as such. */
static int next_frame(tpi_ring_reader_t *reader, tp_frame_t *out_frame)
{
    const uint64_t from = reader->next_seq;
    const uint64_t before = reader->stats->drops[TP_DROP_ABANDONED];
    int got = tpi_ring_reader_try(reader, 0, out_frame);
    if (got == TPI_READER_NEEDS_TIME) {
        got = tpi_ring_reader_next(reader, tp_test_now_ns(), out_frame);
    }
    uint64_t abandoned = reader->stats->drops[TP_DROP_ABANDONED] - before;
    for (uint64_t seq = from; seq < reader->next_seq && abandoned > 0; seq++) {
        abandoned -= is_aborted(seq);
    }
    TP_CHECK_MSG(abandoned == 0, "%llu of seqs %llu to %llu abandoned, although committed",
                 (unsigned long long)abandoned, (unsigned long long)from,
                 (unsigned long long)reader->next_seq);
    return got;
}

/* Use each frame there is; one that was whole after use must be whole. Returns how many were. */
static uint64_t use_frames(tpi_ring_reader_t *reader)
{
    uint64_t used = 0;
    tp_frame_t frame;
    while (next_frame(reader, &frame) == 1) {
        const bool holds = ring_frame_holds(&frame);
        if (tpi_ring_reader_confirm(reader, &frame)) {
            TP_CHECK_MSG(holds, "seq %llu is torn and was not noticed",
                         (unsigned long long)frame.seq);
            used++;
        }
        check_books(reader);
    }
    return used;
}

/* ---- threads ---- */

typedef struct shared {
    ring_fixture_t ring;
    _Atomic bool is_over;
    _Atomic uint32_t readers_content;
    uint64_t aborted;
    uint64_t frames;
} shared_t;

typedef struct reading {
    shared_t *shared;
    const char *name;
    uint64_t used;
    tp_consumer_stats_t stats;
    tpi_ring_reader_t reader;
} reading_t;

static void *write_frames(void *arg)
{
    shared_t *shared = arg;
    tpi_ring_writer_t writer;
    tpi_ring_writer_init(&writer, &shared->ring.rw);
    /* On a busy machine the threads may hardly meet: go on until they did. */
    while (writer.next_seq < FRAMES || atomic_load(&shared->readers_content) < 2) {
        if (writer.next_seq >= FRAMES && writer.next_seq % 1024 == 0) {
            sched_yield();
        }
        tp_claim_t first;
        tp_claim_t second;
        TP_CHECK_EQ_I64(tpi_ring_writer_claim(&writer, 0, &first), TP_OK);
        TP_CHECK_EQ_I64(tpi_ring_writer_claim(&writer, 0, &second), TP_OK);
        TP_CHECK_EQ_I64(ring_commit(&writer, &second, PAYLOAD), TP_OK);
        if (is_aborted(first.seq)) {
            TP_CHECK_EQ_I64(tpi_ring_writer_abort(&writer, &first), TP_OK);
            shared->aborted++;
        } else {
            TP_CHECK_EQ_I64(ring_commit(&writer, &first, first.seq % 5 == 0 ? 0 : PAYLOAD), TP_OK);
        }
        ring_drain_announcements(&writer);
    }
    shared->frames = writer.next_seq;
    atomic_store_explicit(&shared->is_over, true, memory_order_release);
    return NULL;
}

static void *read_frames(void *arg)
{
    reading_t *reading = arg;
    bool is_content = false;
    while (!atomic_load_explicit(&reading->shared->is_over, memory_order_acquire)) {
        reading->used += use_frames(&reading->reader);
        if (!is_content && reading->used >= FRAMES / 10) {
            is_content = true;
            atomic_fetch_add(&reading->shared->readers_content, 1);
        }
    }
    tpi_ring_reader_end(&reading->reader);
    while (!tpi_ring_reader_is_done(&reading->reader)) {
        reading->used += use_frames(&reading->reader);
    }
    TP_CHECK(!tpi_ring_reader_is_broken(&reading->reader));
    return NULL;
}

static void race(uint32_t nslots)
{
    shared_t shared = { .aborted = 0 };
    ring_fixture_init(&shared.ring, nslots, strides, 1);
    reading_t readings[2] = { { .shared = &shared, .name = "reader 1" },
                              { .shared = &shared, .name = "reader 2" } };
    pthread_t threads[3];
    for (int i = 0; i < 2; i++) { /* both from the first frame on */
        const int rc = tpi_ring_reader_init(&readings[i].reader, &shared.ring.ro, &from_oldest,
                                            &readings[i].stats);
        TP_CHECK_EQ_I64(rc, TP_OK);
        TP_CHECK_EQ_I64(pthread_create(&threads[i], NULL, read_frames, &readings[i]), 0);
    }
    TP_CHECK_EQ_I64(pthread_create(&threads[2], NULL, write_frames, &shared), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < 2; i++) {
        const tp_consumer_stats_t *stats = &readings[i].stats;
        print_stats(readings[i].name, stats, readings[i].used);
        TP_CHECK_EQ_U64(readings[i].reader.next_seq, shared.frames);
        TP_CHECK_EQ_U64(stats->accepted, readings[i].used);
        TP_CHECK_EQ_U64(stats->accepted + sum_drops(stats), shared.frames);
        /* Nothing but what can have happened here. */
        TP_CHECK_EQ_U64(sum_drops(stats), stats->drops[TP_DROP_OVERRUN] +
                                              stats->drops[TP_DROP_ABANDONED] +
                                              stats->drops[TP_DROP_CHANGED]);
        TP_CHECK_LE_U64(stats->drops[TP_DROP_ABANDONED], shared.aborted);
        tpi_ring_reader_fini(&readings[i].reader);
    }
    ring_fixture_fini(&shared.ring);
}

/* Proves: W-42, W-52, W-53, W-56, W-57 */
TP_TEST(no_torn_frame_passes_in_a_small_ring)
{
    race(4);
}

TP_TEST(no_torn_frame_passes_in_a_ring_of_usual_size)
{
    race(256);
}

/* ---- processes ---- */

#ifndef TPI_TSAN /* which knows nothing of other processes */

/* Publishes until killed; given a step, ends itself there in the middle of a frame. */
_Noreturn static void be_writer(ring_fixture_t *ring, uint64_t frames, int step)
{
    tpi_ring_writer_t writer;
    tpi_ring_writer_init(&writer, &ring->rw);
    while (writer.next_seq < frames) {
        ring_publish(&writer, PAYLOAD);
    }
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&writer, 0, &claim), TP_OK);
    if (step > 0) {
        ring_fill_payload(claim.data, PAYLOAD / 2, claim.seq);
    }
    if (step > 1) {
        const tp_frame_info_t info = ring_frame_info(claim.seq, PAYLOAD);
        const tpi_slot_header_t header = { .values_len_bytes = PAYLOAD,
                                           .pool_id = 1,
                                           .tensor = info.tensor };
        tpi_slot_image_t image;
        tpi_slot_encode(&image, &header);
        tpi_slot_fill(tpi_mapping_slot(&ring->rw, (uint32_t)claim.seq & ring->rw.mask), &image);
    }
    raise(SIGKILL);
    abort();
}

TP_TEST(a_writer_killed_in_the_middle_of_a_frame_costs_no_other_frame)
{
    for (int round = 0; round < 24; round++) {
        const uint32_t nslots = 4u << (round % 4);
        const uint64_t frames = (uint64_t)(round * 997) % 5000;
        ring_fixture_t ring;
        tpi_ring_reader_t reader;
        tp_consumer_stats_t stats = { .accepted = 0 };
        ring_fixture_init(&ring, nslots, strides, 1);
        TP_CHECK_EQ_I64(tpi_ring_reader_init(&reader, &ring.ro, &from_oldest, &stats), TP_OK);
        fflush(stdout);
        const pid_t writer = fork();
        if (writer == 0) {
            be_writer(&ring, frames, round % 3);
        }
        int status = 0;
        while (waitpid(writer, &status, WNOHANG) == 0) {
            use_frames(&reader);
        }
        TP_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        use_frames(&reader);
        for (int i = 0; i < 1000; i++) { /* the dead frame is not waited past, and not delivered */
            tp_frame_t frame;
            TP_CHECK_EQ_I64(tpi_ring_reader_next(&reader, tp_test_now_ns() + i * 100 * MS, &frame),
                            0);
        }
        TP_CHECK_EQ_U64(reader.next_seq, frames);
        TP_CHECK_EQ_U64(stats.accepted + sum_drops(&stats), frames);
        TP_CHECK_EQ_U64(sum_drops(&stats),
                        stats.drops[TP_DROP_OVERRUN] + stats.drops[TP_DROP_CHANGED]);
        tpi_ring_reader_end(&reader);
        TP_CHECK(tpi_ring_reader_is_done(&reader));
        tpi_ring_reader_fini(&reader);
        ring_fixture_fini(&ring);
    }
}

TP_TEST(a_writer_killed_at_any_time_leaves_books_that_balance)
{
    for (int round = 0; round < 30; round++) {
        ring_fixture_t ring;
        tpi_ring_reader_t reader;
        tp_consumer_stats_t stats = { .accepted = 0 };
        ring_fixture_init(&ring, 8, strides, 1);
        TP_CHECK_EQ_I64(tpi_ring_reader_init(&reader, &ring.ro, &from_oldest, &stats), TP_OK);
        fflush(stdout);
        const pid_t writer = fork();
        if (writer == 0) {
            be_writer(&ring, UINT64_MAX, 0);
        }
        const uint64_t enough = 1000 + (uint64_t)round * 37;
        TP_CHECK_SOON((use_frames(&reader), reader.next_seq >= enough), 20000);
        kill(writer, SIGKILL);
        TP_CHECK_CHILD_SIGNAL(writer, SIGKILL, 10000);
        use_frames(&reader);
        tpi_ring_reader_end(&reader);
        use_frames(&reader);
        TP_CHECK(tpi_ring_reader_is_done(&reader));
        check_books(&reader);
        tpi_ring_reader_fini(&reader);
        ring_fixture_fini(&ring);
    }
}

/* What two processes tell each other beside the ring. */
typedef struct board {
    _Atomic uint64_t read_up_to;
    _Atomic uint64_t used;
    _Atomic bool is_over;
    tp_consumer_stats_t stats;
} board_t;

_Noreturn static void be_reader(ring_fixture_t *ring, board_t *board)
{
    tpi_ring_reader_t reader;
    TP_CHECK_EQ_I64(tpi_ring_reader_init(&reader, &ring->ro, &from_oldest, &board->stats), TP_OK);
    uint64_t used = 0;
    while (!atomic_load(&board->is_over)) {
        used += use_frames(&reader);
        atomic_store(&board->read_up_to, reader.next_seq);
    }
    tpi_ring_reader_end(&reader);
    while (!tpi_ring_reader_is_done(&reader)) {
        used += use_frames(&reader);
    }
    atomic_store(&board->read_up_to, reader.next_seq);
    atomic_store(&board->used, used);
    tpi_ring_reader_fini(&reader);
    _exit(0);
}

/* Proves: W-44, W-122 */
TP_TEST(a_stopped_reader_accounts_for_each_frame_of_the_thousands_of_laps_it_missed)
{
    const uint32_t nslots = 64;
    const uint64_t laps = 5000;
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
    ring_fixture_init(&ring, nslots, strides, 1);
    tpi_ring_writer_init(&writer, &ring.rw);
    board_t *board =
        mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TP_CHECK(board != MAP_FAILED);
    fflush(stdout);
    const pid_t reader = fork();
    if (reader == 0) {
        be_reader(&ring, board);
    }
    for (int i = 0; i < 1000; i++) { /* in step with the reader: it loses nothing */
        const uint64_t seq = ring_publish(&writer, PAYLOAD);
        TP_CHECK_SOON(atomic_load(&board->read_up_to) + nslots / 2 > seq, 10000);
    }
    TP_CHECK_SOON(atomic_load(&board->read_up_to) == 1000, 10000);
    kill(reader, SIGSTOP);
    int status;
    TP_CHECK_EQ_I64(waitpid(reader, &status, WUNTRACED), reader);
    TP_CHECK(WIFSTOPPED(status));
    while (writer.next_seq < 1000 + laps * nslots) {
        ring_publish(&writer, PAYLOAD);
    }
    kill(reader, SIGCONT);
    TP_CHECK_SOON(atomic_load(&board->read_up_to) == writer.next_seq, 10000);
    for (int i = 0; i < 1000; i++) {
        const uint64_t seq = ring_publish(&writer, PAYLOAD);
        TP_CHECK_SOON(atomic_load(&board->read_up_to) + nslots / 2 > seq, 10000);
    }
    atomic_store(&board->is_over, true);
    TP_CHECK_CHILD(reader, 0, 10000);

    const tp_consumer_stats_t *stats = &board->stats;
    print_stats("stopped reader", stats, board->used);
    TP_CHECK_EQ_U64(atomic_load(&board->read_up_to), writer.next_seq);
    TP_CHECK_EQ_U64(stats->accepted, atomic_load(&board->used));
    TP_CHECK_EQ_U64(stats->drops[TP_DROP_OVERRUN], laps * nslots - nslots + nslots / 4);
    TP_CHECK_EQ_U64(stats->accepted, 2000 + nslots - nslots / 4);
    TP_CHECK_EQ_U64(stats->accepted + sum_drops(stats), writer.next_seq);
    ring_fixture_fini(&ring);
}

#endif

TP_TEST_MAIN()
