#define _GNU_SOURCE
#include "tp_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* As much of a child's output is shown when a check fails. */
#define SHOWN_BYTES 4000

typedef struct stream {
    int fd;     /* memory file; the child appends, we read by position */
    char *text; /* what was read last */
} stream_t;

struct tp_proc {
    tp_proc_t *next;
    pid_t owner; /* who started it: a fork of the test must not kill its siblings */
    pid_t pid;
    bool ended;
    int result; /* exit code or minus the signal */
    int stdin_fd;
    size_t line_at; /* how far tp_proc_line got */
    char *line;
    stream_t out;
    stream_t err;
    char name[64];
};

static tp_proc_t *all;

/* ---- output ---- */

static void open_stream(stream_t *stream, const char *name)
{
    stream->fd = memfd_create(name, MFD_CLOEXEC);
    /* The offset is shared with the child: it must write at the end wherever that is. */
    if (stream->fd < 0 || fcntl(stream->fd, F_SETFL, O_APPEND) != 0) {
        TP_FAIL("memory file for a child's output: %s", strerror(errno));
    }
}

static const char *read_stream(stream_t *stream, size_t from, size_t *out_len)
{
    struct stat info;
    if (fstat(stream->fd, &info) != 0) {
        TP_FAIL("output of a child: %s", strerror(errno));
    }
    const size_t size = (size_t)info.st_size > from ? (size_t)info.st_size - from : 0;
    free(stream->text);
    stream->text = malloc(size + 1);
    size_t len = 0;
    while (stream->text != NULL && len < size) {
        const ssize_t n = pread(stream->fd, stream->text + len, size - len, (off_t)(from + len));
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
    }
    if (stream->text == NULL) {
        TP_FAIL("no memory for %zu bytes of a child's output", size);
    }
    stream->text[len] = '\0';
    if (out_len != NULL) {
        *out_len = len;
    }
    return stream->text;
}

static void show(tp_proc_t *proc, const char *what, stream_t *stream)
{
    struct stat info;
    if (fstat(stream->fd, &info) != 0 || info.st_size == 0) {
        return;
    }
    char text[SHOWN_BYTES + 1];
    const off_t from = info.st_size > SHOWN_BYTES ? info.st_size - SHOWN_BYTES : 0;
    const ssize_t len = pread(stream->fd, text, SHOWN_BYTES, from);
    if (len > 0) {
        text[len] = '\0';
        fprintf(stderr, "---- %s of %s (pid %ld)%s\n%s%s", what, proc->name, (long)proc->pid,
                from > 0 ? ", its end" : "", text, text[len - 1] == '\n' ? "" : "\n");
    }
}

static void show_all(void)
{
    for (tp_proc_t *proc = all; proc != NULL; proc = proc->next) {
        if (proc->owner == getpid()) {
            show(proc, "stdout", &proc->out);
            show(proc, "stderr", &proc->err);
        }
    }
}

/* ---- start ---- */

static void clean_up(void)
{
    for (tp_proc_t *proc = all; proc != NULL; proc = proc->next) {
        if (proc->owner == getpid() && !proc->ended) {
            kill(proc->pid, SIGKILL);
            waitpid(proc->pid, NULL, 0);
            proc->ended = true;
        }
    }
}

static tp_proc_t *new_proc(const char *name)
{
    static pid_t registered;
    tp_proc_t *proc = calloc(1, sizeof(*proc));
    if (proc == NULL) {
        TP_FAIL("no memory");
    }
    const char *slash = strrchr(name, '/');
    snprintf(proc->name, sizeof(proc->name), "%s", slash != NULL ? slash + 1 : name);
    proc->owner = getpid();
    proc->stdin_fd = -1;
    open_stream(&proc->out, "stdout");
    open_stream(&proc->err, "stderr");
    if (registered != getpid()) {
        registered = getpid();
        atexit(clean_up);
        tp_test_on_failure(show_all);
    }
    proc->next = all;
    all = proc;
    return proc;
}

/* In the child: its standard streams, and its death with the test's. */
static void become(const tp_proc_t *proc, pid_t parent, int stdin_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(127);
    }
    if (stdin_fd < 0) {
        stdin_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    dup2(stdin_fd, STDIN_FILENO);
    dup2(proc->out.fd, STDOUT_FILENO);
    dup2(proc->err.fd, STDERR_FILENO);
    /* Siblings' inputs: held open here, they would never see their end. */
    for (const tp_proc_t *other = all; other != NULL; other = other->next) {
        if (other->stdin_fd >= 0) {
            close(other->stdin_fd);
        }
    }
    signal(SIGPIPE, SIG_DFL);
}

static pid_t start(tp_proc_t *proc, bool stdin_pipe)
{
    int ends[2] = { -1, -1 };
    if (stdin_pipe && pipe2(ends, O_CLOEXEC) != 0) {
        TP_FAIL("pipe: %s", strerror(errno));
    }
    /* Or the child would print again what is buffered here. */
    fflush(NULL);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        TP_FAIL("fork: %s", strerror(errno));
    }
    if (pid == 0) {
        become(proc, parent, ends[0]);
        if (stdin_pipe) {
            close(ends[1]);
        }
        return 0;
    }
    proc->pid = pid;
    if (stdin_pipe) {
        close(ends[0]);
        proc->stdin_fd = ends[1];
    }
    return pid;
}

tp_proc_t *tp_proc_spawn(const char *const *argv)
{
    return tp_proc_spawn_with(&(const tp_proc_options_t){ .argv = argv });
}

tp_proc_t *tp_proc_spawn_with(const tp_proc_options_t *options)
{
    tp_proc_t *proc = new_proc(options->argv[0]);
    if (start(proc, options->stdin_pipe) > 0) {
        return proc;
    }
    for (const char *const *env = options->env; env != NULL && *env != NULL; env++) {
        /* putenv keeps the string; it lives as long as this process image. */
        if (strchr(*env, '=') != NULL) {
            putenv(strdup(*env));
        } else {
            unsetenv(*env);
        }
    }
    if (options->cwd != NULL && chdir(options->cwd) != 0) {
        dprintf(STDERR_FILENO, "chdir %s: %s\n", options->cwd, strerror(errno));
        _exit(127);
    }
    execvp(options->argv[0], (char *const *)(uintptr_t)options->argv);
    dprintf(STDERR_FILENO, "exec %s: %s\n", options->argv[0], strerror(errno));
    _exit(127);
}

tp_proc_t *tp_proc_fork(const char *name, int (*run)(void *arg), void *arg)
{
    tp_proc_t *proc = new_proc(name);
    if (start(proc, false) > 0) {
        return proc;
    }
    exit(run(arg));
}

void tp_proc_say(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* ---- state ---- */

pid_t tp_proc_pid(const tp_proc_t *proc)
{
    return proc->pid;
}

/* Look whether it ended, without waiting. */
static bool reap(tp_proc_t *proc)
{
    int status;
    if (!proc->ended && waitpid(proc->pid, &status, WNOHANG) == proc->pid) {
        proc->ended = true;
        proc->result = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    return proc->ended;
}

bool tp_proc_is_running(tp_proc_t *proc)
{
    return !reap(proc);
}

int tp_proc_wait(tp_proc_t *proc, int64_t timeout_ms)
{
    const int64_t deadline_ns = tp_test_now_ns() + timeout_ms * 1000000;
    while (!reap(proc)) {
        if (tp_test_now_ns() > deadline_ns) {
            tp_proc_kill(proc);
            TP_FAIL("%s (pid %ld) did not end within %lld ms", proc->name, (long)proc->pid,
                    (long long)timeout_ms);
        }
        tp_test_pause();
    }
    return proc->result;
}

void tp_proc_check_exit(const char *file, int line, tp_proc_t *proc, int code, int64_t timeout_ms)
{
    const int result = tp_proc_wait(proc, timeout_ms);
    if (result != code) {
        tp_test_fail(file, line, "%s (pid %ld) ended with %s %d, expected %s %d", proc->name,
                     (long)proc->pid, result < 0 ? "signal" : "exit code", abs(result),
                     code < 0 ? "signal" : "exit code", abs(code));
    }
}

void tp_proc_signal(tp_proc_t *proc, int signal_no)
{
    /* Reaped pids may be somebody else's already. */
    if (reap(proc)) {
        TP_FAIL("signal %d for %s (pid %ld), which has ended with %d", signal_no, proc->name,
                (long)proc->pid, proc->result);
    }
    kill(proc->pid, signal_no);
}

void tp_proc_stop(tp_proc_t *proc)
{
    tp_proc_signal(proc, SIGSTOP);
    int status;
    if (waitpid(proc->pid, &status, WUNTRACED) != proc->pid) {
        TP_FAIL("waitpid %s: %s", proc->name, strerror(errno));
    }
    if (!WIFSTOPPED(status)) {
        proc->ended = true;
        proc->result = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        TP_FAIL("%s (pid %ld) ended with %d instead of stopping", proc->name, (long)proc->pid,
                proc->result);
    }
}

void tp_proc_continue(tp_proc_t *proc)
{
    tp_proc_signal(proc, SIGCONT);
}

void tp_proc_kill(tp_proc_t *proc)
{
    if (!reap(proc)) {
        int status;
        kill(proc->pid, SIGKILL);
        if (waitpid(proc->pid, &status, 0) == proc->pid) {
            proc->result = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        }
        proc->ended = true;
    }
}

/* ---- talking ---- */

const char *tp_proc_stdout(tp_proc_t *proc, size_t *out_len)
{
    return read_stream(&proc->out, 0, out_len);
}

const char *tp_proc_stderr(tp_proc_t *proc)
{
    return read_stream(&proc->err, 0, NULL);
}

/* A line that is there already; a last one without end counts once the child has ended. */
static const char *take_line(tp_proc_t *proc, bool ended)
{
    size_t len;
    const char *text = read_stream(&proc->out, proc->line_at, &len);
    const char *end = memchr(text, '\n', len);
    if (end == NULL && (!ended || len == 0)) {
        return NULL;
    }
    const size_t line_len = end != NULL ? (size_t)(end - text) : len;
    free(proc->line);
    proc->line = strndup(text, line_len);
    proc->line_at += line_len + (end != NULL);
    return proc->line;
}

static const char *wait_line(tp_proc_t *proc, int64_t deadline_ns, const char *part)
{
    for (;;) {
        /* In this order: what it wrote before its end is seen. */
        const bool ended = reap(proc);
        const char *line = take_line(proc, ended);
        if (line != NULL || ended) {
            return line;
        }
        if (tp_test_now_ns() > deadline_ns) {
            TP_FAIL("%s (pid %ld) did not print %s in time", proc->name, (long)proc->pid,
                    part != NULL ? part : "a line");
        }
        tp_test_pause();
    }
}

const char *tp_proc_line(tp_proc_t *proc, int64_t timeout_ms)
{
    return wait_line(proc, tp_test_now_ns() + timeout_ms * 1000000, NULL);
}

const char *tp_proc_expect(tp_proc_t *proc, const char *part, int64_t timeout_ms)
{
    const int64_t deadline_ns = tp_test_now_ns() + timeout_ms * 1000000;
    const char *line;
    do {
        line = wait_line(proc, deadline_ns, part);
        if (line == NULL) {
            TP_FAIL("%s (pid %ld) ended with %d and never printed %s", proc->name, (long)proc->pid,
                    proc->result, part);
        }
    } while (strstr(line, part) == NULL);
    return line;
}

bool tp_proc_write(tp_proc_t *proc, const void *data, size_t len)
{
    const char *bytes = data;
    /* A closed end is an answer, not the death of the test. */
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    while (len > 0) {
        const ssize_t n = write(proc->stdin_fd, bytes, len);
        if (n < 0 && errno != EINTR) {
            break;
        }
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    signal(SIGPIPE, before);
    return len == 0;
}

void tp_proc_close_stdin(tp_proc_t *proc)
{
    if (proc->stdin_fd >= 0) {
        close(proc->stdin_fd);
        proc->stdin_fd = -1;
    }
}

void tp_proc_free(tp_proc_t *proc)
{
    if (proc == NULL) {
        return;
    }
    tp_proc_kill(proc);
    tp_proc_close_stdin(proc);
    tp_proc_t **at = &all;
    while (*at != proc) {
        at = &(*at)->next;
    }
    *at = proc->next;
    close(proc->out.fd);
    close(proc->err.fd);
    free(proc->out.text);
    free(proc->err.text);
    free(proc->line);
    free(proc);
}
