#include "demo/process.h"

#include <errno.h>
#include <fcntl.h>
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
#include "tp_common.h"

static void become_child(const char *const *argv, int in_fd, int out_fd, int ns_fd)
{
    if (ns_fd >= 0 && setns(ns_fd, CLONE_NEWNET) != 0) {
        fprintf(stderr, "tp demo: %s: network namespace: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    /* Own process group: Ctrl-C is for the demo, which then ends its children in order. */
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)signal(SIGPIPE, SIG_DFL);
    if (in_fd < 0) {
        in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    /* Where we were started without them, a pipe's end may be 0 or 1 already: dup2 then leaves it
     * to be closed by exec. */
    if (dup2(in_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
        fcntl(STDIN_FILENO, F_SETFD, 0) != 0 || fcntl(STDOUT_FILENO, F_SETFD, 0) != 0) {
        _exit(127);
    }
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "tp demo: cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

int tp_demo_start(tp_demo_process_t *process, const char *name, const char *const *argv, int in_fd,
                  int out_fd)
{
    return tp_demo_start_in(process, name, argv, in_fd, out_fd, -1);
}

int tp_demo_start_in(tp_demo_process_t *process, const char *name, const char *const *argv,
                     int in_fd, int out_fd, int ns_fd)
{
    memset(process, 0, sizeof *process);
    (void)snprintf(process->name, sizeof process->name, "%s", name);
    process->out_fd = -1;
    int ends[2] = { -1, -1 };
    if (out_fd < 0 && pipe2(ends, O_CLOEXEC) != 0) {
        return tpi_fail_errno("pipe for %s", name);
    }
    const pid_t pid = fork();
    if (pid < 0) {
        const int rc = tpi_fail_errno("fork for %s", name);
        if (ends[0] >= 0) {
            (void)close(ends[0]);
            (void)close(ends[1]);
        }
        return rc;
    }
    if (pid == 0) {
        become_child(argv, in_fd, out_fd >= 0 ? out_fd : ends[1], ns_fd);
    }
    process->pid = pid;
    if (ends[1] >= 0) {
        (void)close(ends[1]);
        (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
        process->out_fd = ends[0];
    }
    return TP_OK;
}

static void take_line(tp_demo_process_t *process)
{
    process->line[process->line_len] = '\0';
    process->line_len = 0;
    json_object *object = json_tokener_parse(process->line);
    json_object *event = NULL;
    if (object == NULL || !json_object_object_get_ex(object, "event", &event)) {
        json_object_put(object);
        return;
    }
    const char *what = json_object_get_string(event);
    process->is_ready |= strcmp(what, "ready") == 0;
    if (strcmp(what, "stats") == 0 || strcmp(what, "status") == 0 || strcmp(what, "summary") == 0) {
        process->has_summary |= strcmp(what, "summary") == 0;
        json_object_put(process->last);
        process->last = object;
    } else {
        json_object_put(object);
    }
}

void tp_demo_listen(tp_demo_process_t *process)
{
    if (process->out_fd < 0) {
        return;
    }
    char buffer[4096];
    for (ssize_t n; (n = read(process->out_fd, buffer, sizeof buffer)) != 0;) {
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            return;
        }
        for (ssize_t i = 0; i < n; i++) {
            if (buffer[i] == '\n') {
                take_line(process);
            } else if (process->line_len + 1 < sizeof process->line) {
                process->line[process->line_len++] = buffer[i];
            }
        }
    }
    (void)close(process->out_fd);
    process->out_fd = -1;
}

void tp_demo_signal(const tp_demo_process_t *process, int number)
{
    if (process->pid > 0) {
        (void)kill(process->pid, number);
    }
}

bool tp_demo_join(tp_demo_process_t *process, int64_t deadline_ns)
{
    if (process->pid <= 0) {
        return process->status == 0;
    }
    bool killed = false;
    for (;;) {
        tp_demo_listen(process);
        const pid_t ended = waitpid(process->pid, &process->status, WNOHANG);
        if (ended == process->pid || (ended < 0 && errno != EINTR)) {
            break;
        }
        if (!killed && tp_now_ns() >= deadline_ns) {
            (void)kill(process->pid, SIGKILL);
            killed = true;
        }
        /* Its output closes when it ends, which wakes this. */
        struct pollfd waiting = { .fd = process->out_fd, .events = POLLIN };
        (void)poll(&waiting, 1, 5);
    }
    tp_demo_listen(process);
    process->pid = 0;
    if (process->out_fd >= 0) {
        (void)close(process->out_fd);
        process->out_fd = -1;
    }
    return !killed && WIFEXITED(process->status) && WEXITSTATUS(process->status) == 0;
}

static json_object *find(const tp_demo_process_t *process, const char *key, const char *inner)
{
    json_object *value = NULL;
    if (process->last == NULL || !json_object_object_get_ex(process->last, key, &value)) {
        return NULL;
    }
    if (inner != NULL && !json_object_object_get_ex(value, inner, &value)) {
        return NULL;
    }
    return value;
}

uint64_t tp_demo_number(const tp_demo_process_t *process, const char *key, const char *inner)
{
    return json_object_get_uint64(find(process, key, inner));
}

double tp_demo_double(const tp_demo_process_t *process, const char *key)
{
    return json_object_get_double(find(process, key, NULL));
}
