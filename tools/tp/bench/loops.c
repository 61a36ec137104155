#include "bench/loops.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/fail.h"
#include "bench/clock.h"
#include "bench/payload.h"

#define HOUSEKEEP_NS 1e6
#define LINGER_NS 2e8
#define IDLE_TURNS 64 /* bare turns of a wait between two looks at clock and board */

static uint64_t cpu_ns(const struct rusage *usage)
{
    return ((uint64_t)usage->ru_utime.tv_sec + (uint64_t)usage->ru_stime.tv_sec) * 1000000000u +
           ((uint64_t)usage->ru_utime.tv_usec + (uint64_t)usage->ru_stime.tv_usec) * 1000u;
}

static void begin_account(tp_bench_report_t *report)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    report->cpu_ns = cpu_ns(&usage);
    report->faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
    report->begin = tp_bench_now();
}

static void end_account(tp_bench_report_t *report)
{
    struct rusage usage;
    report->end = tp_bench_now();
    (void)getrusage(RUSAGE_SELF, &usage);
    report->cpu_ns = cpu_ns(&usage) - report->cpu_ns;
    report->faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt - report->faults;
    report->is_complete = true;
}

/* ---- how far the cores are ---- */

#define ROUND_TRIPS 1000u
#define SILENCE_NS 2e8

static int compare_ticks(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Until *word is `value`. False: nothing for a while, or the parent gave up. */
static bool await_word(const tp_bench_board_t *board, const _Atomic uint64_t *word, uint64_t value)
{
    uint64_t until = 0;
    for (unsigned turn = 1; atomic_load_explicit(word, memory_order_acquire) != value; turn++) {
        if (turn % 1024 == 0) {
            const uint64_t now = tp_bench_now();
            until = until == 0 ? now + tp_bench_ticks(SILENCE_NS) : until;
            if (now >= until || atomic_load_explicit(&board->stop, memory_order_relaxed) != 0) {
                return false;
            }
        }
    }
    return true;
}

double tp_bench_distance_ask(tp_bench_board_t *board)
{
    static uint64_t trips[ROUND_TRIPS];
    const uint64_t base = atomic_load_explicit(&board->ping, memory_order_relaxed);
    for (uint64_t i = 0; i < ROUND_TRIPS; i++) {
        const uint64_t from = tp_bench_now();
        atomic_store_explicit(&board->ping, base + i + 1, memory_order_release);
        if (!await_word(board, &board->pong, base + i + 1)) {
            return 0;
        }
        trips[i] = tp_bench_now() - from;
    }
    qsort(trips, ROUND_TRIPS, sizeof trips[0], compare_ticks);
    return tp_bench_ns(trips[ROUND_TRIPS / 2]) / 2;
}

void tp_bench_distance_answer(tp_bench_board_t *board)
{
    const uint64_t base = atomic_load_explicit(&board->pong, memory_order_relaxed);
    for (uint64_t i = 0; i < ROUND_TRIPS && await_word(board, &board->ping, base + i + 1); i++) {
        atomic_store_explicit(&board->pong, base + i + 1, memory_order_release);
    }
}

/* ---- the sender ---- */

typedef struct sending {
    const tp_bench_task_t *task;
    tp_bench_board_t *board;
    tp_bench_sender_t *senders;
    tp_bench_report_t *report;
    uint64_t seq;          /* of the next frame */
    uint64_t min_acked;    /* every consumer is at least here */
    uint64_t housekeep_at; /* ticks */
    unsigned turns;
    bool is_measuring;
    bool is_stopped;
} sending_t;

static void housekeep_senders(sending_t *s)
{
    for (unsigned i = 0; i < s->task->streams; i++) {
        if (s->senders[i].housekeep != NULL) {
            s->senders[i].housekeep(s->senders[i].self);
        }
    }
    s->housekeep_at = tp_bench_now() + tp_bench_ticks(HOUSEKEEP_NS);
}

/* One turn of a wait. */
static void idle_sender(sending_t *s)
{
    if (!s->task->sender_can_spin) {
        (void)sched_yield();
    }
    if (++s->turns % IDLE_TURNS == 0) {
        if (atomic_load_explicit(&s->board->stop, memory_order_relaxed) != 0) {
            s->is_stopped = true;
        }
        if (tp_bench_now() >= s->housekeep_at) {
            housekeep_senders(s);
        }
    }
}

/*
 * Until every consumer is done with all frames below `seq`, or nothing was acknowledged for so long that a frame
 * must have been lost: then the next one is sent, whose seq shows the gap.
 */
static void await_acks(sending_t *s, uint64_t seq)
{
    uint64_t give_up_at = 0;
    while (s->min_acked < seq && !s->is_stopped) {
        if (s->turns % IDLE_TURNS == 0) {
            const uint64_t now = tp_bench_now();
            if (give_up_at == 0) {
                give_up_at = now + tp_bench_ticks(LINGER_NS);
            } else if (now >= give_up_at) {
                return;
            }
        }
        uint64_t least = UINT64_MAX;
        for (unsigned i = 0; i < s->task->consumers; i++) {
            /* pairs with the release store in acknowledge */
            const uint64_t acked =
                atomic_load_explicit(&s->board->consumers[i].acked, memory_order_acquire);
            least = acked < least ? acked : least;
        }
        s->min_acked = least;
        if (least < seq) {
            idle_sender(s);
        }
    }
}

static tp_bench_sender_t *sender_of(sending_t *s, uint64_t seq)
{
    return &s->senders[s->task->streams == 1 ? 0 : seq % s->task->streams];
}

static uint8_t *claim(sending_t *s)
{
    tp_bench_sender_t *sender = sender_of(s, s->seq);
    uint8_t *data;
    while ((data = sender->claim(sender->self)) == NULL && !s->is_stopped) {
        s->turns = s->turns | (IDLE_TURNS - 1); /* it needs its housekeeping now */
        s->housekeep_at = 0;
        idle_sender(s);
    }
    return data;
}

static void publish(sending_t *s, uint64_t stamp)
{
    tp_bench_sender_t *sender = sender_of(s, s->seq);
    while (!sender->publish(sender->self, stamp, s->seq) && !s->is_stopped) {
        s->turns = s->turns | (IDLE_TURNS - 1);
        s->housekeep_at = 0;
        idle_sender(s);
    }
    s->seq++;
}

/* What was written has left this core's store buffer: a stamp taken now is "payload written". */
static uint64_t stamp_after_stores(void)
{
    atomic_thread_fence(memory_order_seq_cst);
    return tp_bench_now();
}

static void send_handoff(sending_t *s)
{
    await_acks(s, s->seq);
    const uint64_t stamp = s->task->is_message ? stamp_after_stores() : 0;
    uint8_t *data = claim(s);
    if (s->is_stopped) {
        return;
    }
    tp_bench_fill(data, s->task->size, s->seq);
    publish(s, s->task->is_message ? stamp : stamp_after_stores());
}

static void send_window(sending_t *s)
{
    if (s->seq >= s->task->window) {
        await_acks(s, s->seq - s->task->window + 1);
    }
    uint8_t *data = claim(s);
    if (s->is_stopped) {
        return;
    }
    tp_bench_fill(data, s->task->size, s->seq);
    publish(s, tp_bench_now());
}

static void send_at(sending_t *s, uint64_t due)
{
    const bool is_message = s->task->is_message;
    uint8_t *data = is_message ? NULL : claim(s);
    if (data != NULL) {
        tp_bench_fill(data, s->task->size, s->seq);
    }
    while (tp_bench_now() < due && !s->is_stopped) {
        idle_sender(s);
    }
    data = is_message ? claim(s) : data;
    if (s->is_stopped) {
        return;
    }
    if (is_message) {
        tp_bench_fill(data, s->task->size, s->seq);
    }
    publish(s, due);
}

static void send_batch(sending_t *s)
{
    const unsigned n = s->task->window;
    await_acks(s, s->seq);
    const uint64_t from = tp_bench_now();
    for (unsigned i = 0; i < n && !s->is_stopped; i++) {
        const uint8_t *data = claim(s);
        if (data == NULL) {
            return;
        }
        if (s->task->side_store) {
            memset(s->board->stores[s->seq % TP_BENCH_STORE_SLOTS], (int)i, 256);
        }
        publish(s, from);
    }
    if (s->is_measuring && s->task->mode == TP_BENCH_MODE_SEND_COST) {
        tp_bench_report_add(s->report, (tp_bench_now() - from) / n);
    }
    /* pairs with the acquire load in receive_batch */
    atomic_store_explicit(&s->board->published, s->seq, memory_order_release);
}

static void start_measuring(sending_t *s)
{
    s->is_measuring = true;
    begin_account(s->report);
    atomic_store_explicit(&s->board->measure_from, s->seq, memory_order_release);
}

void tp_bench_send(const tp_bench_task_t *task, tp_bench_board_t *board, tp_bench_sender_t *senders)
{
    sending_t s = { .task = task, .board = board, .senders = senders, .report = &board->sender };
    const uint64_t warm_end = tp_bench_now() + tp_bench_ticks(task->warm_ns);
    const uint64_t period = task->rate_hz > 0 ? tp_bench_ticks(1e9 / task->rate_hz) : 0;
    uint64_t due = tp_bench_now() + period;
    uint64_t first = 0, measure_end = 0;
    housekeep_senders(&s);
    for (;;) {
        const uint64_t now = tp_bench_now();
        if (!s.is_measuring && s.seq >= task->warm_frames && now >= warm_end) {
            first = s.seq;
            start_measuring(&s);
            measure_end = tp_bench_now() + tp_bench_ticks(task->measure_ns);
            due = tp_bench_now() + period; /* what start_measuring took is not the subject's */
        }
        /* At a fixed rate every frame that was due before the end is sent, however late. */
        const uint64_t reached = task->mode == TP_BENCH_MODE_RATE ? due : now;
        if (s.is_stopped ||
            (s.is_measuring && (reached >= measure_end || s.seq - first >= task->max_frames))) {
            break;
        }
        if (now >= s.housekeep_at) {
            housekeep_senders(&s);
        }
        switch (task->mode) {
        case TP_BENCH_MODE_HANDOFF:
            send_handoff(&s);
            break;
        case TP_BENCH_MODE_TRANSFER:
            send_window(&s);
            break;
        case TP_BENCH_MODE_RATE:
            send_at(&s, due);
            due += period;
            break;
        case TP_BENCH_MODE_SEND_COST:
        case TP_BENCH_MODE_RECV_COST:
            send_batch(&s);
            break;
        }
    }
    /* pairs with the acquire load in has_ended */
    atomic_store_explicit(&board->end, s.seq, memory_order_release);
    if (task->mode != TP_BENCH_MODE_RATE) {
        await_acks(&s, s.seq);
    }
    s.report->frames = s.is_measuring ? s.seq - first : 0;
    end_account(s.report);
    if (s.is_stopped) {
        s.report->code = tpi_fail(TP_ETIMEDOUT, "the sender was stopped at frame %llu",
                                  (unsigned long long)s.seq);
    }
}

/* ---- a consumer ---- */

typedef struct receiving {
    const tp_bench_task_t *task;
    tp_bench_board_t *board;
    tp_bench_receiver_t *receivers;
    tp_bench_report_t *report;
    _Atomic uint64_t *acked;
    uint64_t next; /* seq whose turn it is */
    uint64_t measure_from;
    uint64_t housekeep_at;
    uint64_t give_up_at; /* 0: the end is not known yet */
    unsigned turns;
    bool is_measuring;
    bool is_over;
} receiving_t;

static void housekeep_receivers(receiving_t *r)
{
    for (unsigned i = 0; i < r->task->streams; i++) {
        if (r->receivers[i].housekeep != NULL) {
            r->receivers[i].housekeep(r->receivers[i].self);
        }
    }
    r->housekeep_at = tp_bench_now() + tp_bench_ticks(HOUSEKEEP_NS);
}

/* Nothing arrived for some turns. The last frames may be lost: after the end they get LINGER_NS. */
static bool has_ended(receiving_t *r)
{
    if (atomic_load_explicit(&r->board->stop, memory_order_relaxed) != 0) {
        return true;
    }
    /* pairs with the release store in tp_bench_send */
    const uint64_t end = atomic_load_explicit(&r->board->end, memory_order_acquire);
    if (end == TP_BENCH_NEVER || r->next >= end) {
        return end != TP_BENCH_NEVER;
    }
    const uint64_t now = tp_bench_now();
    if (r->give_up_at == 0) {
        r->give_up_at = now + tp_bench_ticks(LINGER_NS);
    }
    return now >= r->give_up_at;
}

static void idle_receiver(receiving_t *r)
{
    if (!r->task->can_spin) {
        (void)sched_yield();
    }
    if (++r->turns % IDLE_TURNS == 0) {
        r->is_over = has_ended(r);
        if (tp_bench_now() >= r->housekeep_at) {
            housekeep_receivers(r);
        }
    }
}

static void acknowledge(receiving_t *r, uint64_t next)
{
    r->next = next;
    atomic_store_explicit(r->acked, next, memory_order_release); /* pairs with await_acks */
}

/* Does `seq` count? The first that does starts the account. */
static bool is_measured(receiving_t *r, uint64_t seq)
{
    if (!r->is_measuring) {
        if (seq < atomic_load_explicit(&r->board->measure_from, memory_order_acquire)) {
            return false;
        }
        r->is_measuring = true;
        r->measure_from = atomic_load_explicit(&r->board->measure_from, memory_order_relaxed);
        begin_account(r->report);
    }
    return true;
}

/* Frames between the one expected and the one that came. */
static void count_lost(receiving_t *r, uint64_t seq)
{
    if (seq > r->next && r->is_measuring) {
        const uint64_t from = r->next > r->measure_from ? r->next : r->measure_from;
        r->report->lost += seq - from;
    }
}

static void use(receiving_t *r, tp_bench_receiver_t *receiver, const tp_bench_message_t *message,
                uint64_t arrived)
{
    const tp_bench_mode_t mode = r->task->mode;
    const bool reads = mode == TP_BENCH_MODE_TRANSFER || mode == TP_BENCH_MODE_RATE;
    const bool counts = is_measured(r, message->seq);
    bool is_whole = !reads || tp_bench_holds(message->data, r->task->size, message->seq);
    is_whole = receiver->release(receiver->self) && is_whole;
    if (counts) {
        /* TRANSFER: to the last byte read. */
        const uint64_t until = mode == TP_BENCH_MODE_TRANSFER ? tp_bench_now() : arrived;
        count_lost(r, message->seq);
        tp_bench_report_add(r->report, until > message->stamp ? until - message->stamp : 0);
        r->report->frames++;
        r->report->torn += !is_whole;
        r->report->last = until;
    }
    acknowledge(r, message->seq + 1);
}

static void receive_one(receiving_t *r)
{
    tp_bench_message_t message;
    tp_bench_receiver_t *receiver =
        &r->receivers[r->task->streams == 1 ? 0 : r->next % r->task->streams];
    if (receiver->poll(receiver->self, &message)) {
        use(r, receiver, &message, tp_bench_now());
    } else if (r->task->blocks) {
        /* Each such turn was a sleep, so each looks at everything. */
        r->is_over = has_ended(r);
        housekeep_receivers(r);
    } else {
        idle_receiver(r);
    }
}

/* Frames are there before the clock starts; what is measured is taking them. */
static void receive_batch(receiving_t *r)
{
    /* pairs with the release store in send_batch */
    const uint64_t published = atomic_load_explicit(&r->board->published, memory_order_acquire);
    if (published == r->next) {
        idle_receiver(r);
        return;
    }
    const bool counts = is_measured(r, r->next);
    tp_bench_receiver_t *receiver = &r->receivers[0];
    tp_bench_message_t message;
    uint64_t torn = 0, got = 0;
    uint64_t next = r->next; /* a lost frame shows in the seq of the one behind it */
    const uint64_t from = tp_bench_now();
    while (next < published && !r->is_over) {
        if (receiver->poll(receiver->self, &message)) {
            torn += !receiver->release(receiver->self);
            next = message.seq >= next ? message.seq + 1 : next;
            got++;
        } else {
            idle_receiver(r);
        }
    }
    const uint64_t took = tp_bench_now() - from;
    if (counts && got > 0) {
        if (!r->is_over) { /* else most of it was waiting for what never came */
            tp_bench_report_add(r->report, took / got);
        }
        r->report->frames += got;
        r->report->lost += next - r->next - got;
        r->report->torn += torn;
        r->report->last = from + took;
    }
    acknowledge(r, next);
}

void tp_bench_receive(const tp_bench_task_t *task, tp_bench_board_t *board, unsigned index,
                      tp_bench_receiver_t *receivers)
{
    receiving_t r = { .task = task,
                      .board = board,
                      .receivers = receivers,
                      .report = &board->receivers[index],
                      .acked = &board->consumers[index].acked };
    housekeep_receivers(&r);
    while (!r.is_over) {
        if (task->mode == TP_BENCH_MODE_RECV_COST) {
            receive_batch(&r);
        } else {
            receive_one(&r);
        }
        if (r.report->nsamples % 256 == 0 && tp_bench_now() >= r.housekeep_at) {
            housekeep_receivers(&r);
        }
    }
    const uint64_t end = atomic_load_explicit(&board->end, memory_order_acquire);
    if (r.is_measuring) {
        count_lost(&r, end);
        end_account(r.report);
    }
    acknowledge(&r, end); /* nobody shall wait for what is lost */
    if (!r.is_measuring || atomic_load_explicit(&board->stop, memory_order_relaxed) != 0) {
        r.report->code = tpi_fail(TP_ETIMEDOUT, "consumer %u was stopped at frame %llu", index,
                                  (unsigned long long)r.next);
    }
}
