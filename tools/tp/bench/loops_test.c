/*
 * The measuring code measured: subjects made up here, whose delays, losses and damage are known.
 */
#include <pthread.h>
#include <string.h>

#include "bench/cells.h"
#include "bench/clock.h"
#include "bench/loops.h"
#include "bench/payload.h"
#include "tensorpool/error.h"
#include "tp_test.h"

#define SLOTS 1024 /* more than frames in a run: nothing is overwritten */
#define SIZE 256
#define MS 1e6

/* A queue between two threads, and what it does wrong. */
typedef struct wire {
    _Atomic uint64_t sent;
    struct {
        _Alignas(64) uint8_t data[SIZE];
        uint64_t stamp, seq;
    } slots[SLOTS];
    uint64_t next;
    /* faults */
    double delay_ns;      /* every frame is this old when it can be read */
    uint64_t drop_each;   /* every so many-th frame never arrives */
    uint64_t tear_each;   /* ... changes while it is read */
    uint64_t damage_each; /* ... has a wrong byte */
    uint64_t stall_at;    /* publishing this one takes stall_ns */
    double stall_ns;
    uint64_t reading;
} wire_t;

static uint8_t *claim(void *self)
{
    wire_t *w = self;
    return w->slots[atomic_load(&w->sent) % SLOTS].data;
}

static bool is_nth(uint64_t seq, uint64_t each)
{
    return each > 0 && seq % each == each - 1;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    wire_t *w = self;
    const uint64_t at = atomic_load(&w->sent);
    if (seq == w->stall_at && w->stall_ns > 0) {
        const uint64_t until = tp_bench_now() + tp_bench_ticks(w->stall_ns);
        while (tp_bench_now() < until) {
        }
    }
    if (is_nth(seq, w->drop_each)) {
        return true;
    }
    if (is_nth(seq, w->damage_each)) {
        w->slots[at % SLOTS].data[SIZE - 1] ^= 1;
    }
    w->slots[at % SLOTS].stamp = stamp;
    w->slots[at % SLOTS].seq = seq;
    atomic_store(&w->sent, at + 1);
    return true;
}

static bool poll_wire(void *self, tp_bench_message_t *out)
{
    wire_t *w = self;
    if (w->next == atomic_load(&w->sent)) {
        return false;
    }
    *out = (tp_bench_message_t){ .data = w->slots[w->next % SLOTS].data,
                                 .stamp = w->slots[w->next % SLOTS].stamp,
                                 .seq = w->slots[w->next % SLOTS].seq };
    if (w->delay_ns > 0) {
        out->stamp = tp_bench_now() - tp_bench_ticks(w->delay_ns);
    }
    w->reading = out->seq;
    w->next++;
    return true;
}

static bool release(void *self)
{
    wire_t *w = self;
    return !is_nth(w->reading, w->tear_each);
}

static void nothing(void *self)
{
    (void)self;
}

typedef struct both {
    wire_t wire;
    tp_bench_task_t task;
    tp_bench_board_t *board;
    double measure_ns; /* 0: until all frames were measured */
    tp_bench_sender_t sender;
    tp_bench_receiver_t receiver;
} both_t;

static void *be_receiver(void *arg)
{
    both_t *both = arg;
    tp_bench_receive(&both->task, both->board, 0, &both->receiver);
    return NULL;
}

/* `frames` measured ones after `warm` others. */
static void run(both_t *both, tp_bench_mode_t mode, uint64_t warm, uint64_t frames, double rate_hz)
{
    pthread_t thread;
    tp_bench_clock_init();
    both->board = tp_bench_board_create(1, 4096);
    TP_CHECK(both->board != NULL);
    both->task = (tp_bench_task_t){ .mode = mode,
                                    .size = SIZE,
                                    .consumers = 1,
                                    .streams = 1,
                                    .window = 4,
                                    .rate_hz = rate_hz,
                                    .warm_frames = warm,
                                    .measure_ns = both->measure_ns > 0 ? both->measure_ns : 3e10,
                                    .max_frames = frames };
    both->sender = (tp_bench_sender_t){ &both->wire, claim, publish, nothing, nothing };
    both->receiver = (tp_bench_receiver_t){ &both->wire, poll_wire, release, nothing, nothing };
    TP_CHECK_EQ_I64(pthread_create(&thread, NULL, be_receiver, both), 0);
    tp_bench_send(&both->task, both->board, &both->sender);
    TP_CHECK_EQ_I64(pthread_join(thread, NULL), 0);
    TP_CHECK_EQ_I64(both->board->sender.code, TP_OK);
    TP_CHECK_EQ_I64(both->board->receivers[0].code, TP_OK);
}

static tp_bench_sample_t distribution(both_t *both)
{
    tp_bench_report_t *report = &both->board->receivers[0];
    tp_bench_sample_t sample;
    tp_bench_sample_init(&sample);
    tp_bench_sample_distribution(&sample, report->samples, report->nsamples,
                                 tp_bench_clock.ns_per_tick);
    return sample;
}

TP_TEST(a_known_delay_is_reported_as_such)
{
    static both_t both = { .wire = { .delay_ns = 3 * MS } };
    run(&both, TP_BENCH_MODE_HANDOFF, 10, 500, 0);
    const tp_bench_sample_t sample = distribution(&both);
    TP_CHECK_EQ_U64(both.board->receivers[0].nsamples, 500);
    /* Never less; more only by what the machine takes between arrival and stamp: not half of the time 1 %. */
    TP_CHECK_MSG(sample.figures[TP_BENCH_FIGURE_P50] >= 3 * MS * 0.9999 &&
                     sample.figures[TP_BENCH_FIGURE_P50] < 3 * MS * 1.01,
                 "p50 is %.0f ns for a delay of 3 ms", sample.figures[TP_BENCH_FIGURE_P50]);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_MEAN] >= 3 * MS * 0.9999);
    tp_bench_board_destroy(both.board);
}

TP_TEST(a_lost_frame_is_seen)
{
    static both_t both = { .wire = { .drop_each = 10 } };
    run(&both, TP_BENCH_MODE_RATE, 20, 400, 5000);
    const tp_bench_report_t *report = &both.board->receivers[0];
    /* Also the last one, behind which nothing comes. */
    TP_CHECK_EQ_U64(report->lost, 40);
    TP_CHECK_EQ_U64(report->frames, 360);
    TP_CHECK_EQ_U64(report->torn, 0);
    tp_bench_board_destroy(both.board);
}

/* One frame in flight, and it is gone: nobody waits for it for ever. */
TP_TEST(a_lost_frame_is_seen_where_each_is_waited_for)
{
    static both_t both = { .wire = { .drop_each = 20 } };
    run(&both, TP_BENCH_MODE_HANDOFF, 0, 40, 0);
    TP_CHECK_EQ_U64(both.board->receivers[0].lost, 2);
    TP_CHECK_EQ_U64(both.board->receivers[0].frames, 38);
    tp_bench_board_destroy(both.board);

    static both_t window = { .wire = { .drop_each = 20 } };
    run(&window, TP_BENCH_MODE_TRANSFER, 0, 40, 0);
    TP_CHECK_EQ_U64(window.board->receivers[0].lost, 2);
    tp_bench_board_destroy(window.board);

    static both_t batches = { .wire = { .drop_each = 20 } };
    run(&batches, TP_BENCH_MODE_RECV_COST, 0, 40, 0);
    TP_CHECK_EQ_U64(batches.board->receivers[0].lost, 2);
    TP_CHECK_EQ_U64(batches.board->receivers[0].frames, 38);
    tp_bench_board_destroy(batches.board);
}

TP_TEST(a_torn_frame_is_seen)
{
    static both_t both = { .wire = { .tear_each = 7 } };
    run(&both, TP_BENCH_MODE_TRANSFER, 7, 700, 0);
    TP_CHECK_EQ_U64(both.board->receivers[0].frames, 700);
    TP_CHECK_EQ_U64(both.board->receivers[0].torn, 100);
    tp_bench_board_destroy(both.board);
}

TP_TEST(a_wrong_byte_is_seen)
{
    static both_t both = { .wire = { .damage_each = 5 } };
    run(&both, TP_BENCH_MODE_TRANSFER, 5, 500, 0);
    TP_CHECK_EQ_U64(both.board->receivers[0].torn, 100);
    tp_bench_board_destroy(both.board);
}

TP_TEST(warm_up_frames_are_not_counted)
{
    static both_t both;
    run(&both, TP_BENCH_MODE_TRANSFER, 300, 200, 0);
    TP_CHECK_EQ_U64(both.board->sender.frames, 200);
    TP_CHECK_EQ_U64(both.board->receivers[0].frames, 200);
    TP_CHECK_EQ_U64(both.board->receivers[0].nsamples, 200);
    TP_CHECK_EQ_U64(both.board->consumers[0].acked, 500);
    tp_bench_board_destroy(both.board);
}

/* One stall of 100 periods delays all the frames that were due in it, not the one that stalled. */
TP_TEST(a_stall_at_a_fixed_rate_counts_for_every_frame_that_was_due)
{
    static both_t both = { .wire = { .stall_at = 50, .stall_ns = 100 * MS } };
    run(&both, TP_BENCH_MODE_RATE, 0, 300, 1000);
    const tp_bench_report_t *report = &both.board->receivers[0];
    unsigned late = 0;
    for (size_t i = 0; i < report->nsamples; i++) {
        late += tp_bench_ns(report->samples[i]) > 50 * MS;
    }
    TP_CHECK_EQ_U64(report->frames, 300);
    TP_CHECK_GE_U64(late, 49);
    tp_bench_board_destroy(both.board);
}

/* Also a stall that lasts beyond the end: what was due before it is still sent, and late. */
TP_TEST(a_stall_at_the_end_counts_for_every_frame_that_was_due)
{
    static both_t both = { .wire = { .stall_at = 50, .stall_ns = 100 * MS },
                           .measure_ns = 100 * MS };
    run(&both, TP_BENCH_MODE_RATE, 0, 4000, 1000);
    TP_CHECK_GE_U64(both.board->receivers[0].frames, 98);
    tp_bench_board_destroy(both.board);
}

TP_TEST(costs_are_per_frame_of_a_batch)
{
    static both_t both;
    run(&both, TP_BENCH_MODE_SEND_COST, 8, 400, 0);
    TP_CHECK_EQ_U64(both.board->sender.nsamples, 100);
    TP_CHECK_EQ_U64(both.board->consumers[0].acked, 408);
    tp_bench_board_destroy(both.board);

    static both_t other;
    run(&other, TP_BENCH_MODE_RECV_COST, 8, 400, 0);
    TP_CHECK_EQ_U64(other.board->receivers[0].nsamples, 100);
    TP_CHECK_EQ_U64(other.board->receivers[0].frames, 400);
    tp_bench_board_destroy(other.board);
}

TP_TEST(percentiles_are_nearest_ranks)
{
    uint64_t ticks[1000];
    tp_bench_sample_t sample;
    for (unsigned i = 0; i < 1000; i++) {
        ticks[i] = 1000 - i; /* 1 .. 1000, backwards */
    }
    tp_bench_sample_init(&sample);
    tp_bench_sample_distribution(&sample, ticks, 1000, 2.0);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_P50] == 2.0 * 500);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_P90] == 2.0 * 900);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_P99] == 2.0 * 990);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_P999] == 2.0 * 999);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_MAX] == 2.0 * 1000);
    TP_CHECK(sample.figures[TP_BENCH_FIGURE_MEAN] == 2.0 * 500.5);
}

TP_TEST(every_byte_of_a_payload_is_looked_at)
{
    static uint8_t data[203];
    for (size_t length = 0; length <= sizeof data; length += 29) {
        tp_bench_fill(data, length, 12345);
        TP_CHECK(tp_bench_holds(data, length, 12345));
        TP_CHECK(length == 0 || !tp_bench_holds(data, length, 12346));
        for (size_t at = 0; at < length; at++) {
            data[at] ^= 0x10;
            TP_CHECK_MSG(!tp_bench_holds(data, length, 12345), "byte %zu of %zu", at, length);
            data[at] ^= 0x10;
        }
    }
}

TP_TEST_MAIN()
