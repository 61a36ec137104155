#include "bench/crew.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/clock.h"

#define GRACE_NS 3e9 /* to stop when asked to */

/* ---- cores ---- */

void tp_bench_cores_find(tp_bench_cores_t *out)
{
    memset(out, 0, sizeof *out);
    out->sender = -1;
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) {
        return;
    }
    for (int core = 0; core < CPU_SETSIZE; core++) {
        if (!CPU_ISSET((size_t)core, &allowed)) {
            continue;
        }
        if (out->sender < 0) {
            out->sender = core;
        } else if (out->nreceivers < sizeof out->receivers / sizeof out->receivers[0]) {
            out->receivers[out->nreceivers++] = core;
        }
    }
}

void tp_bench_pin(int core)
{
    if (core >= 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET((size_t)core, &one);
        (void)sched_setaffinity(0, sizeof one, &one);
    }
}

/* ---- a cell ---- */

typedef struct member {
    const tp_bench_subject_t *subject;
    const tp_bench_cell_t *cell;
    const tp_bench_task_t *task;
    const tp_bench_cores_t *cores;
    tp_bench_board_t *board;
    void *shared;
    int consumer; /* -1: the sender */
} member_t;

static int failed(tp_bench_report_t *report, int code)
{
    report->code = code;
    (void)snprintf(report->text, sizeof report->text, "%.*s", (int)sizeof report->text - 1,
                   tp_errmsg());
    return 1;
}

static void say_ready(int fd)
{
    const char ready = 'R';
    (void)!write(fd, &ready, 1);
}

/* False: the parent gave up. Yields: the others are still opening, and may need this core. */
static bool await_go(tp_bench_board_t *board, void (*housekeep)(void *), void *self)
{
    uint64_t at = 0;
    /* pairs with the release store in tp_bench_crew_run */
    while (atomic_load_explicit(&board->go, memory_order_acquire) == 0) {
        if (atomic_load_explicit(&board->stop, memory_order_relaxed) != 0) {
            return false;
        }
        if (housekeep != NULL && tp_bench_now() >= at) {
            housekeep(self);
            at = tp_bench_now() + tp_bench_ticks(1e6);
        }
        (void)sched_yield();
    }
    return true;
}

static int be_sender(const member_t *m, int fd)
{
    tp_bench_report_t *report = &m->board->sender;
    tp_bench_sender_t *senders = calloc(m->cell->streams, sizeof *senders);
    unsigned opened = 0;
    int rc = senders == NULL ? tpi_fail(TP_ENOMEM, "%u senders", m->cell->streams) : TP_OK;
    if (!m->subject->has_threads) {
        tp_bench_pin(m->cores->sender);
    }
    for (; rc == TP_OK && opened < m->cell->streams; opened++) {
        rc = m->subject->open_sender(m->cell, m->shared, opened, &senders[opened]);
        if (rc != TP_OK) {
            break;
        }
    }
    if (rc == TP_OK) {
        tp_bench_pin(m->cores->sender); /* this thread; those the subject made stay free */
        tp_bench_board_touch(m->board, report);
        say_ready(fd);
        if (await_go(m->board, senders[0].housekeep, senders[0].self)) {
            const bool asks = m->task->can_spin && m->task->sender_can_spin;
            m->board->distance_before = asks ? tp_bench_distance_ask(m->board) : 0;
            tp_bench_send(m->task, m->board, senders);
            m->board->distance_after = asks ? tp_bench_distance_ask(m->board) : 0;
            rc = report->code;
        } else {
            rc = tpi_fail(TP_ETIMEDOUT, "the others were not ready");
        }
    }
    const int result = rc == TP_OK ? 0 : failed(report, rc);
    while (opened > 0) {
        opened--;
        senders[opened].close(senders[opened].self);
    }
    free(senders);
    return result;
}

static int be_receiver(const member_t *m, int fd)
{
    const unsigned consumer = (unsigned)m->consumer;
    tp_bench_report_t *report = &m->board->receivers[consumer];
    tp_bench_receiver_t *receivers = calloc(m->cell->streams, sizeof *receivers);
    unsigned opened = 0;
    int rc = receivers == NULL ? tpi_fail(TP_ENOMEM, "%u receivers", m->cell->streams) : TP_OK;
    const int core =
        m->cores->nreceivers > 0 ? m->cores->receivers[consumer % m->cores->nreceivers] : -1;
    if (!m->subject->has_threads) {
        tp_bench_pin(core);
    }
    for (; rc == TP_OK && opened < m->cell->streams; opened++) {
        rc = m->subject->open_receiver(m->cell, m->shared, opened, consumer, &receivers[opened]);
        if (rc != TP_OK) {
            break;
        }
    }
    if (rc == TP_OK) {
        tp_bench_pin(core);
        tp_bench_board_touch(m->board, report);
        say_ready(fd);
        if (await_go(m->board, receivers[0].housekeep, receivers[0].self)) {
            const bool answers = consumer == 0 && m->task->can_spin && m->task->sender_can_spin;
            if (answers) {
                tp_bench_distance_answer(m->board);
            }
            tp_bench_receive(m->task, m->board, consumer, receivers);
            if (answers) {
                tp_bench_distance_answer(m->board);
            }
            rc = report->code;
        } else {
            rc = tpi_fail(TP_ETIMEDOUT, "the others were not ready");
        }
    }
    const int result = rc == TP_OK ? 0 : failed(report, rc);
    while (opened > 0) {
        opened--;
        receivers[opened].close(receivers[opened].self);
    }
    free(receivers);
    return result;
}

static int be_member(void *clientd, int fd)
{
    const member_t *m = clientd;
    return m->consumer < 0 ? be_sender(m, fd) : be_receiver(m, fd);
}

/* Who ended first without having done its part, -1: nobody did. */
typedef struct ending {
    int culprit; /* 0: the sender, 1 + consumer */
    char fate[64];
} ending_t;

/* The first that failed by itself says more than those which were stopped for it. */
static int explain(const tp_bench_board_t *board, const tp_bench_cell_t *cell, const char *subject,
                   const ending_t *ending)
{
    char who[32] = "sender";
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && ending->culprit >= 0) {
            break;
        }
        for (unsigned i = 0; i <= cell->consumers; i++) {
            const tp_bench_report_t *report = i == 0 ? &board->sender : &board->receivers[i - 1];
            if (report->code != TP_OK && (pass == 1 || report->code != TP_ETIMEDOUT)) {
                if (i > 0) {
                    (void)snprintf(who, sizeof who, "consumer %u", i - 1);
                }
                return tpi_fail(report->code, "%s: %s: %s", subject, who, report->text);
            }
        }
    }
    if (ending->culprit > 0) {
        (void)snprintf(who, sizeof who, "consumer %d", ending->culprit - 1);
    }
    return tpi_fail(TP_EIO, "%s: %s %s", subject, who, ending->fate);
}

static int ask_to_stop(tp_bench_board_t *board)
{
    atomic_store_explicit(&board->stop, 1, memory_order_relaxed);
    return 1;
}

/* Until all have ended. The first that fails, or the deadline, stops the others; who does not stop is killed. */
static bool await_all(tp_bench_child_t *children, unsigned count, tp_bench_board_t *board,
                      double timeout_ns, ending_t *out_ending)
{
    struct pollfd waiting[1 + TP_BENCH_MAX_CONSUMERS];
    unsigned running = count;
    bool all_well = true;
    uint64_t until = tp_bench_now() + tp_bench_ticks(timeout_ns);
    bool is_stopping = atomic_load_explicit(&board->stop, memory_order_relaxed) != 0;
    out_ending->culprit = -1;
    while (running > 0) {
        for (unsigned i = 0; i < count; i++) {
            waiting[i] = (struct pollfd){ .fd = children[i].out_fd, .events = POLLIN };
        }
        (void)poll(waiting, count, 20);
        for (unsigned i = 0; i < count; i++) {
            if (children[i].pid == 0 || waiting[i].revents == 0 ||
                !tp_bench_child_has_ended(&children[i])) {
                continue;
            }
            running--;
            if (!tp_bench_child_end(&children[i], 0, 1e9)) {
                if (all_well) {
                    out_ending->culprit = (int)i;
                    (void)tp_bench_child_fate(out_ending->fate, sizeof out_ending->fate,
                                              &children[i]);
                }
                all_well = false;
            }
        }
        if ((!all_well || tp_bench_now() >= until) && !is_stopping) {
            is_stopping = ask_to_stop(board);
            until = tp_bench_now() + tp_bench_ticks(GRACE_NS);
        } else if (is_stopping && tp_bench_now() >= until) {
            for (unsigned i = 0; i < count; i++) {
                if (children[i].pid != 0) {
                    (void)tp_bench_child_end(&children[i], SIGKILL, 1e9);
                }
            }
            return false;
        }
    }
    return all_well;
}

int tp_bench_crew_run(const tp_bench_subject_t *subject, const tp_bench_cell_t *cell,
                      const tp_bench_task_t *task, const tp_bench_cores_t *cores,
                      tp_bench_board_t *board, double deadline_ns)
{
    member_t members[1 + TP_BENCH_MAX_CONSUMERS];
    tp_bench_child_t children[1 + TP_BENCH_MAX_CONSUMERS];
    unsigned started = 0;
    void *shared = NULL;
    ending_t ending;
    if (cell->consumers == 0 || cell->consumers > TP_BENCH_MAX_CONSUMERS) {
        return tpi_fail(TP_EINVAL, "%u consumers, expected 1 to %d", cell->consumers,
                        TP_BENCH_MAX_CONSUMERS);
    }
    int rc = subject->setup != NULL ? subject->setup(cell, &shared) : TP_OK;
    if (rc != TP_OK) {
        return rc;
    }
    for (; rc == TP_OK && started <= cell->consumers; started++) {
        members[started] = (member_t){ .subject = subject,
                                       .cell = cell,
                                       .task = task,
                                       .cores = cores,
                                       .board = board,
                                       .shared = shared,
                                       .consumer = (int)started - 1 };
        rc = tp_bench_child_start(&children[started], be_member, &members[started]);
        if (rc != TP_OK) {
            break;
        }
        if (started == 0) { /* consumers join what is there */
            rc = tp_bench_child_await(&children[0], deadline_ns);
        }
    }
    for (unsigned i = 1; rc == TP_OK && i < started; i++) {
        rc = tp_bench_child_await(&children[i], deadline_ns);
    }
    const bool is_open = rc == TP_OK;
    char opening[TPI_ERRMSG_CAPACITY] = "";
    if (!is_open) {
        (void)snprintf(opening, sizeof opening, "%s", tp_errmsg());
        (void)ask_to_stop(board);
    }
    /* pairs with the acquire load in await_go */
    atomic_store_explicit(&board->go, is_open, memory_order_release);
    const double timeout_ns = is_open ? task->warm_ns + task->measure_ns + deadline_ns : GRACE_NS;
    const bool all_well = await_all(children, started, board, timeout_ns, &ending);
    if (subject->teardown != NULL) {
        subject->teardown(cell, shared);
    }
    if (is_open && all_well) {
        return TP_OK;
    }
    const int told = explain(board, cell, subject->name, &ending);
    return is_open || told != TP_EIO ? told : tpi_fail(rc, "%s: %s", subject->name, opening);
}
