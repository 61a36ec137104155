/*
 * tp/bench/child.h - child processes: forked, heard through a pipe, ended for sure. They die with the parent.
 */
#ifndef TP_BENCH_CHILD_H
#define TP_BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct tp_bench_child {
    pid_t pid;  /* 0: none */
    int out_fd; /* readable when it has something to say, or ended */
    int status; /* from waitpid, after tp_bench_child_end */
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
/** first_signal (0: none), then, after timeout, SIGKILL; reaped in any case. True if it ended with status 0. */
bool tp_bench_child_end(tp_bench_child_t *child, int first_signal, double timeout_ns);
/** How it ended, e.g. "ended by signal 9"; after tp_bench_child_end. */
const char *tp_bench_child_fate(char *out, size_t cap, const tp_bench_child_t *child);

#endif
