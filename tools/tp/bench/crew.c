#include "bench/crew.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/clock.h"

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

/* ---- child processes ---- */

int tp_bench_child_start(tp_bench_child_t *out, int (*fn)(void *clientd, int fd), void *clientd)
{
    int ends[2];
    *out = (tp_bench_child_t){ .out_fd = -1 };
    if (pipe(ends) != 0) {
        return tpi_fail_errno("pipe");
    }
    (void)fflush(NULL);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        const int rc = tpi_fail_errno("fork");
        (void)close(ends[0]);
        (void)close(ends[1]);
        return rc;
    }
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)setpgid(0, 0); /* Ctrl-C is for the parent, which then ends its children in order */
        (void)close(ends[0]);
        _exit(getppid() == parent ? fn(clientd, ends[1]) : 1);
    }
    (void)close(ends[1]);
    *out = (tp_bench_child_t){ .pid = pid, .out_fd = ends[0] };
    return TP_OK;
}

/* poll(2) which goes on after signals. >0: there is something. */
static int await_fd(int fd, double timeout_ns)
{
    const uint64_t until = tp_bench_now() + tp_bench_ticks(timeout_ns);
    for (;;) {
        const uint64_t now = tp_bench_now();
        const double left_ms = now < until ? tp_bench_ns(until - now) / 1e6 : 0;
        struct pollfd waiting = { .fd = fd, .events = POLLIN };
        const int n = poll(&waiting, 1, (int)left_ms + 1);
        if (n > 0 || (n == 0 && now >= until) || (n < 0 && errno != EINTR)) {
            return n;
        }
    }
}

int tp_bench_child_await(const tp_bench_child_t *child, double timeout_ns)
{
    char said;
    if (await_fd(child->out_fd, timeout_ns) <= 0) {
        return tpi_fail(TP_ETIMEDOUT, "process %d was not ready after %.1f s", (int)child->pid,
                        timeout_ns / 1e9);
    }
    const ssize_t n = read(child->out_fd, &said, 1);
    return n == 1 ? TP_OK : tpi_fail(TP_EIO, "process %d ended", (int)child->pid);
}

/* Its end of the pipe closes when it ends, which is the event waited for. */
static bool has_closed(const tp_bench_child_t *child, double timeout_ns)
{
    char said[64];
    const uint64_t until = tp_bench_now() + tp_bench_ticks(timeout_ns);
    for (;;) {
        const uint64_t now = tp_bench_now();
        if (await_fd(child->out_fd, now < until ? tp_bench_ns(until - now) : 0) <= 0) {
            return false;
        }
        if (read(child->out_fd, said, sizeof said) <= 0) {
            return true;
        }
    }
}

bool tp_bench_child_end(tp_bench_child_t *child, int first_signal, double timeout_ns)
{
    int status = 0;
    if (child->pid <= 0) {
        return false;
    }
    if (first_signal != 0) {
        (void)kill(child->pid, first_signal);
    }
    if (!has_closed(child, timeout_ns)) {
        (void)kill(child->pid, SIGKILL);
    }
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    (void)close(child->out_fd);
    *child = (tp_bench_child_t){ .out_fd = -1 };
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool tp_bench_child_has_ended(const tp_bench_child_t *child)
{
    struct pollfd looked_at = { .fd = child->out_fd, .events = POLLIN };
    char said;
    return poll(&looked_at, 1, 0) > 0 && read(child->out_fd, &said, 1) == 0;
}

int tp_bench_child_run(int (*fn)(void *clientd, int fd), void *clientd, double timeout_ns)
{
    tp_bench_child_t child;
    const int rc = tp_bench_child_start(&child, fn, clientd);
    if (rc != TP_OK) {
        return rc;
    }
    if (!has_closed(&child, timeout_ns)) {
        (void)tp_bench_child_end(&child, SIGKILL, 0);
        return tpi_fail(TP_ETIMEDOUT, "not done after %.0f s", timeout_ns / 1e9);
    }
    return tp_bench_child_end(&child, 0, timeout_ns) ? TP_OK
                                                     : tpi_fail(TP_EIO, "its process failed");
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
    tp_bench_pin(m->cores->sender);
    for (; rc == TP_OK && opened < m->cell->streams; opened++) {
        rc = m->subject->open_sender(m->cell, m->shared, opened, &senders[opened]);
        if (rc != TP_OK) {
            break;
        }
    }
    if (rc == TP_OK) {
        say_ready(fd);
        if (await_go(m->board, senders[0].housekeep, senders[0].self)) {
            tp_bench_send(m->task, m->board, senders);
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
    if (m->cores->nreceivers > 0) {
        tp_bench_pin(m->cores->receivers[consumer % m->cores->nreceivers]);
    }
    for (; rc == TP_OK && opened < m->cell->streams; opened++) {
        rc = m->subject->open_receiver(m->cell, m->shared, opened, consumer, &receivers[opened]);
        if (rc != TP_OK) {
            break;
        }
    }
    if (rc == TP_OK) {
        say_ready(fd);
        if (await_go(m->board, receivers[0].housekeep, receivers[0].self)) {
            tp_bench_receive(m->task, m->board, consumer, receivers);
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

/* The first that failed by itself says more than those which were stopped for it. */
static int explain(const tp_bench_board_t *board, const tp_bench_cell_t *cell, const char *subject)
{
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i <= cell->consumers; i++) {
            const tp_bench_report_t *report = i == 0 ? &board->sender : &board->receivers[i - 1];
            if (report->code != TP_OK && (pass == 1 || report->code != TP_ETIMEDOUT)) {
                return i == 0 ? tpi_fail(report->code, "%s: sender: %s", subject, report->text)
                              : tpi_fail(report->code, "%s: consumer %u: %s", subject, i - 1,
                                         report->text);
            }
        }
    }
    return tpi_fail(TP_EIO, "%s: a process ended without a word", subject);
}

int tp_bench_crew_run(const tp_bench_subject_t *subject, const tp_bench_cell_t *cell,
                      const tp_bench_task_t *task, const tp_bench_cores_t *cores,
                      tp_bench_board_t *board, double deadline_ns)
{
    member_t members[1 + TP_BENCH_MAX_CONSUMERS];
    tp_bench_child_t children[1 + TP_BENCH_MAX_CONSUMERS];
    unsigned started = 0;
    void *shared = NULL;
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
    /* pairs with the acquire load in await_go */
    atomic_store_explicit(is_open ? &board->go : &board->stop, 1, memory_order_release);
    bool all_well = true;
    double left_ns = task->warm_ns + task->measure_ns + deadline_ns;
    const uint64_t from = tp_bench_now();
    for (unsigned i = 0; i < started; i++) {
        const double gone_ns = tp_bench_ns(tp_bench_now() - from);
        double timeout_ns = is_open && gone_ns < left_ns ? left_ns - gone_ns : deadline_ns / 10;
        if (is_open && !has_closed(&children[i], timeout_ns)) {
            atomic_store_explicit(&board->stop, 1, memory_order_relaxed);
            timeout_ns = deadline_ns / 10;
        }
        all_well = tp_bench_child_end(&children[i], 0, timeout_ns) && all_well;
    }
    if (subject->teardown != NULL) {
        subject->teardown(cell, shared);
    }
    if (rc == TP_OK && all_well) {
        return TP_OK;
    }
    const bool has_word = board->sender.code != TP_OK;
    for (unsigned i = 0; i < cell->consumers && rc != TP_OK && !has_word; i++) {
        if (board->receivers[i].code != TP_OK) {
            return explain(board, cell, subject->name);
        }
    }
    return rc == TP_OK || has_word ? explain(board, cell, subject->name) : rc;
}
