/*
 * tests/support/tp_proc.h - child processes of a test: functions or programs, with their output, their signals and their end.
 *
 *     tp_proc_t *driver = tp_proc_spawn((const char *[]){ TP_PROGRAM("tp"), "driver", "--json", NULL });
 *     tp_proc_expect(driver, "\"event\":\"ready\"", 5000);
 *     tp_proc_t *producer = tp_proc_fork("producer", produce, &setup);
 *     tp_proc_stop(producer);
 *     ...
 *     tp_proc_signal(driver, SIGTERM);
 *     TP_PROC_EXITS(driver, 0, 5000);
 *     tp_proc_free(driver);
 *
 * Nothing survives the test: a child stays in the test's process group, which the runner kills at the end, dies with the process
 * that started it, and is killed and reaped by tp_proc_free and at exit. Each call that waits has a deadline; passing it,
 * or a dead child where a live one is needed, fails the test. A failed check anywhere in the test prints what the children wrote.
 *
 * Output goes into memory files, not pipes: a child never blocks on a test that is busy elsewhere, and all of it can be read
 * at any time. Use from one thread.
 */
#ifndef TP_PROC_H
#define TP_PROC_H

#include "tp_test.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_proc tp_proc_t;

typedef struct tp_proc_options {
    const char *const *argv; /* ends with NULL; argv[0] is looked up in PATH unless it has a '/' */
    const char *const *env;  /* "NAME=value" to set, "NAME" to unset, ends with NULL; may be NULL */
    const char *cwd;         /* NULL: as it is */
    bool stdin_pipe;         /* for tp_proc_write; else /dev/null */
} tp_proc_options_t;

/** The path of a program of this build. */
#define TP_PROGRAM(name) TP_BUILD_DIR "/bin/" name

/** Start a program. A program that cannot be started ends with exit code 127 and says why on its stderr. */
tp_proc_t *tp_proc_spawn(const char *const *argv);
tp_proc_t *tp_proc_spawn_with(const tp_proc_options_t *options);

/**
 * Run a function in a forked child; its return value is the exit code. Checks work in it. Its stdout reaches tp_proc_line only
 * as it is flushed: use tp_proc_say. The child is a copy of the calling thread alone: start threads after it.
 */
tp_proc_t *tp_proc_fork(const char *name, int (*run)(void *arg), void *arg);

/** In a forked function: print a line to the parent, flushed. */
void tp_proc_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

pid_t tp_proc_pid(const tp_proc_t *proc);
/** Has not ended. A stopped one runs. */
bool tp_proc_is_running(tp_proc_t *proc);

/** The next complete line of stdout, without its end; valid until the next call. NULL: it ended and there is none. */
const char *tp_proc_line(tp_proc_t *proc, int64_t timeout_ms);
/** The next line of stdout that contains `part`, skipping others. Fails when the child ends without. */
const char *tp_proc_expect(tp_proc_t *proc, const char *part, int64_t timeout_ms);
/** All of stdout and stderr so far, terminated; valid until the next call for the same stream. */
const char *tp_proc_stdout(tp_proc_t *proc, size_t *out_len);
const char *tp_proc_stderr(tp_proc_t *proc);

/** To its standard input (stdin_pipe), all of it. False: it closed its end. */
bool tp_proc_write(tp_proc_t *proc, const void *data, size_t len);
void tp_proc_close_stdin(tp_proc_t *proc);

void tp_proc_signal(tp_proc_t *proc, int signal_no);
/** SIGSTOP, and wait until it has stopped. */
void tp_proc_stop(tp_proc_t *proc);
/** SIGCONT. */
void tp_proc_continue(tp_proc_t *proc);
/** SIGKILL, and wait until it is gone. */
void tp_proc_kill(tp_proc_t *proc);

/** Wait for its end: exit code, or minus the signal. Fails at the deadline, after having killed it. */
int tp_proc_wait(tp_proc_t *proc, int64_t timeout_ms);
/** Wait for its end and check the exit code (minus the signal, for one that is to die of it). */
#define TP_PROC_EXITS(proc, code, timeout_ms)                                                      \
    tp_proc_check_exit(__FILE__, __LINE__, (proc), (code), (timeout_ms))
void tp_proc_check_exit(const char *file, int line, tp_proc_t *proc, int code, int64_t timeout_ms);

/** Kill it if it runs, reap it, free everything. NULL is a no-op. */
void tp_proc_free(tp_proc_t *proc);

#ifdef __cplusplus
}
#endif

#endif
