/*
 * tp/bench/crew.h - the processes of one cell: forked, pinned, started together, ended for sure.
 *
 * The sender opens first, then the consumers, then all go at once. What a process cannot do, or a process
 * that dies or hangs, ends the cell with a text; nothing is left running. All of them die with the parent.
 */
#ifndef TP_BENCH_CREW_H
#define TP_BENCH_CREW_H

#include <sys/types.h>

#include "bench/loops.h"

/* Which cores: the sender gets one, the consumers share the others. */
typedef struct tp_bench_cores {
    int sender;
    int receivers[64];
    unsigned nreceivers; /* 0: nothing is pinned */
} tp_bench_cores_t;

/** The first core this process may use for the sender, the others for consumers; with one core no pinning. */
void tp_bench_cores_find(tp_bench_cores_t *out);
void tp_bench_pin(int core); /* best effort; -1: not at all */

/**
 * Run `task` over `subject` once. board->sender and board->receivers hold the result.
 * @param deadline_ns how long opening may take, and how much longer than planned the loops.
 * @return TP_OK; TP_ETIMEDOUT, or what a participant failed with, with a text naming it.
 */
int tp_bench_crew_run(const tp_bench_subject_t *subject, const tp_bench_cell_t *cell,
                      const tp_bench_task_t *task, const tp_bench_cores_t *cores,
                      tp_bench_board_t *board, double deadline_ns);

/* ---- single child processes, for what is not a cell ---- */

typedef struct tp_bench_child {
    pid_t pid;  /* 0: none */
    int out_fd; /* readable when it has something to say, or ended */
} tp_bench_child_t;

/**
 * Fork a process that runs fn(clientd, fd) and exits with its result; fd is its end of a pipe to us, on
 * which it says 'R' once it is ready. TP_OK or TP_EIO.
 */
int tp_bench_child_start(tp_bench_child_t *out, int (*fn)(void *clientd, int fd), void *clientd);
/** Wait until it says something. TP_OK; TP_ETIMEDOUT; TP_EIO when it ended instead. */
int tp_bench_child_await(const tp_bench_child_t *child, double timeout_ns);
/** Has it ended? Does not wait; reads away what it said. */
bool tp_bench_child_has_ended(const tp_bench_child_t *child);
/** Run fn to its end in a child of its own. TP_OK if it returned 0; TP_EIO, TP_ETIMEDOUT. */
int tp_bench_child_run(int (*fn)(void *clientd, int fd), void *clientd, double timeout_ns);
/** SIGTERM, then, after timeout, SIGKILL; reaped in any case. True if it ended with status 0. */
bool tp_bench_child_end(tp_bench_child_t *child, int first_signal, double timeout_ns);

#endif
