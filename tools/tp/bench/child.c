#include "bench/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/clock.h"

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
    *child = (tp_bench_child_t){ .out_fd = -1, .status = status };
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
    char fate[64];
    return tp_bench_child_end(&child, 0, timeout_ns)
               ? TP_OK
               : tpi_fail(TP_EIO, "its process %s", tp_bench_child_fate(fate, sizeof fate, &child));
}

const char *tp_bench_child_fate(char *out, size_t cap, const tp_bench_child_t *child)
{
    if (WIFSIGNALED(child->status)) {
        (void)snprintf(out, cap, "was ended by signal %d (%s)", WTERMSIG(child->status),
                       strsignal(WTERMSIG(child->status)));
    } else {
        (void)snprintf(out, cap, "ended with status %d", WEXITSTATUS(child->status));
    }
    return out;
}
