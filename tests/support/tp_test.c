#include "tp_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_SKIPPED 77

static tp_test_case_t *first_case;
static tp_test_case_t **last_case = &first_case;
static const char *current_name = "?";
/* Chosen by the runner before the fork, so that it knows what to remove. */
static char shm_dir[256];
static char aeron_dir[300];
static pid_t runner_pid;
/* Read by the signal handler. */
static _Atomic pid_t running_group;

void tp_test_register(tp_test_case_t *test)
{
    *last_case = test;
    last_case = &test->next;
}

int64_t tp_test_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void tp_test_pause(void)
{
    const struct timespec moment = { 0, 200000 };
    nanosleep(&moment, NULL);
}

/* ---- directories ---- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

void tp_test_remove_tree(const char *dir)
{
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void choose_shm_dir(int number)
{
    const char *root = getenv("TP_TEST_SHM_ROOT");
    snprintf(shm_dir, sizeof(shm_dir), "%s/tp-test-%ld-%d", root != NULL ? root : "/dev/shm",
             (long)runner_pid, number);
    snprintf(aeron_dir, sizeof(aeron_dir), "%s/aeron", shm_dir);
}

const char *tp_test_shm_dir(void)
{
    if (mkdir(shm_dir, 0755) != 0 && errno != EEXIST) {
        TP_FAIL("mkdir %s: %s", shm_dir, strerror(errno));
    }
    return shm_dir;
}

const char *tp_test_aeron_dir(void)
{
    tp_test_shm_dir();
    return aeron_dir;
}

char *tp_test_path(char *buf, size_t size, const char *name)
{
    const int len = snprintf(buf, size, "%s/%s", tp_test_shm_dir(), name);
    if (len < 0 || (size_t)len >= size) {
        TP_FAIL("path too long: %s/%s", shm_dir, name);
    }
    return buf;
}

static size_t file_count;

static int count_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)path;
    (void)info;
    (void)walk;
    file_count += kind == FTW_F;
    return 0;
}

size_t tp_test_count_files(const char *dir)
{
    file_count = 0;
    nftw(dir, count_entry, 16, FTW_PHYS);
    return file_count;
}

char *tp_test_read_file(const char *path, size_t *out_len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        TP_FAIL("open %s: %s", path, strerror(errno));
    }
    size_t len = 0;
    size_t capacity = 65536;
    char *text = malloc(capacity);
    while (text != NULL) {
        len += fread(text + len, 1, capacity - 1 - len, file);
        if (len < capacity - 1) {
            break;
        }
        capacity *= 2;
        char *larger = realloc(text, capacity);
        if (larger == NULL) {
            free(text);
        }
        text = larger;
    }
    if (text == NULL || ferror(file)) {
        TP_FAIL("read %s failed", path);
    }
    fclose(file);
    text[len] = '\0';
    if (out_len != NULL) {
        *out_len = len;
    }
    return text;
}

/* ---- checks ---- */

static void report(const char *word, const char *file, int line, const char *fmt, va_list args)
{
    char text[4096];
    vsnprintf(text, sizeof(text), fmt, args);
    fflush(stdout);
    /* One write: threads and children may fail at the same moment. */
    fprintf(stderr, "%s:%d: %s in %s: %s\n", file, line, word, current_name, text);
    fflush(stderr);
}

static void (*failure_show)(void);
static pid_t failure_show_pid;

void tp_test_on_failure(void (*show)(void))
{
    failure_show = show;
    failure_show_pid = getpid();
}

void tp_test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    report("FAILED", file, line, fmt, args);
    va_end(args);
    if (failure_show != NULL && failure_show_pid == getpid()) {
        failure_show();
    }
    if (getpid() == runner_pid) {
        tp_test_remove_tree(shm_dir);
    }
    _exit(1);
}

void tp_test_skip(const char *file, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    report("skipped", file, line, fmt, args);
    va_end(args);
    if (getpid() == runner_pid) {
        tp_test_remove_tree(shm_dir);
    }
    _exit(EXIT_SKIPPED);
}

void tp_test_check_i64(const char *f, int l, const char *sa, const char *op, const char *sb,
                       int64_t a, int64_t b, bool ok)
{
    if (!ok) {
        tp_test_fail(f, l, "%s %s %s: left %lld (0x%llx), right %lld (0x%llx)", sa, op, sb,
                     (long long)a, (unsigned long long)a, (long long)b, (unsigned long long)b);
    }
}

void tp_test_check_u64(const char *f, int l, const char *sa, const char *op, const char *sb,
                       uint64_t a, uint64_t b, bool ok)
{
    if (!ok) {
        tp_test_fail(f, l, "%s %s %s: left %llu (0x%llx), right %llu (0x%llx)", sa, op, sb,
                     (unsigned long long)a, (unsigned long long)a, (unsigned long long)b,
                     (unsigned long long)b);
    }
}

void tp_test_check_str(const char *f, int l, const char *sa, const char *sb, const char *a,
                       const char *b)
{
    const bool same = a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
    if (!same) {
        tp_test_fail(f, l, "%s == %s:\n  left  \"%s\"\n  right \"%s\"", sa, sb,
                     a != NULL ? a : "(null)", b != NULL ? b : "(null)");
    }
}

void tp_test_check_contains(const char *f, int l, const char *sa, const char *sb, const char *text,
                            const char *part)
{
    if (text == NULL || part == NULL || strstr(text, part) == NULL) {
        tp_test_fail(f, l, "%s contains %s:\n  text \"%s\"\n  part \"%s\"", sa, sb,
                     text != NULL ? text : "(null)", part != NULL ? part : "(null)");
    }
}

static void hex(char *out, size_t size, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < len && at + 4 < size; i++) {
        at += (size_t)snprintf(out + at, size - at, "%02x ", bytes[i]);
    }
    out[at] = '\0';
}

void tp_test_check_mem(const char *f, int l, const char *sa, const char *sb, const void *a,
                       const void *b, size_t len)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    size_t at = 0;
    while (at < len && left[at] == right[at]) {
        at++;
    }
    if (at == len) {
        return;
    }
    const size_t from = at - at % 16;
    const size_t shown = len - from < 32 ? len - from : 32;
    char left_hex[128];
    char right_hex[128];
    hex(left_hex, sizeof(left_hex), left + from, shown);
    hex(right_hex, sizeof(right_hex), right + from, shown);
    tp_test_fail(f, l,
                 "%s == %s: %zu bytes, first difference at %zu; from %zu:\n  left  %s\n  right %s",
                 sa, sb, len, at, from, left_hex, right_hex);
}

void tp_test_check_child(const char *f, int l, pid_t pid, int want_exit, int want_signal,
                         int64_t timeout_ms)
{
    const int64_t deadline_ns = tp_test_now_ns() + timeout_ms * 1000000;
    int status = 0;
    pid_t got;
    while ((got = waitpid(pid, &status, WNOHANG)) == 0) {
        if (tp_test_now_ns() > deadline_ns) {
            kill(pid, SIGKILL);
            tp_test_fail(f, l, "child %ld did not end within %lld ms", (long)pid,
                         (long long)timeout_ms);
        }
        tp_test_pause();
    }
    if (got != pid) {
        tp_test_fail(f, l, "waitpid(%ld): %s", (long)pid, strerror(errno));
    }
    const int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    const int signal_no = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const bool ok =
        want_signal != 0 ? signal_no == want_signal : exit_code == want_exit && signal_no == 0;
    if (!ok) {
        tp_test_fail(f, l, "child %ld: exit code %d, signal %d; expected exit code %d, signal %d",
                     (long)pid, exit_code, signal_no, want_exit, want_signal);
    }
}

/* ---- runner ---- */

static void on_signal(int signal_no)
{
    if (running_group > 0) {
        kill(-running_group, SIGKILL);
    }
    tp_test_remove_tree(shm_dir);
    _exit(128 + signal_no);
}

/* How one test ended: 0 passed, EXIT_SKIPPED, or anything else. */
static int run_in_child(const tp_test_case_t *test, int64_t deadline_ns)
{
    fflush(NULL);
    const pid_t pid = fork();
    if (pid < 0) {
        fprintf(stderr, "fork: %s\n", strerror(errno));
        return 1;
    }
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        test->run();
        /* Not _exit: the leak check runs at exit. */
        exit(0);
    }
    setpgid(pid, pid);
    running_group = pid;

    int status = 0;
    bool hung = false;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (!hung && tp_test_now_ns() > deadline_ns) {
            hung = true;
            fprintf(stderr, "%s: still running at the time limit, killed\n", test->name);
            kill(-pid, SIGKILL);
        }
        tp_test_pause();
    }
    /* Processes the test started and forgot. */
    kill(-pid, SIGKILL);
    running_group = 0;
    if (WIFSIGNALED(status) && !hung) {
        fprintf(stderr, "%s: died of signal %d (%s)\n", test->name, WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0 &&
               WEXITSTATUS(status) != EXIT_SKIPPED) {
        fprintf(stderr, "%s: exit code %d\n", test->name, WEXITSTATUS(status));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(name, argv[i]) != NULL) {
            return true;
        }
    }
    return argc < 2;
}

int tp_test_main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        for (const tp_test_case_t *test = first_case; test != NULL; test = test->next) {
            puts(test->name);
        }
        return 0;
    }
    const char *limit = getenv("TP_TEST_TIMEOUT_S");
    const int64_t limit_s = limit != NULL ? strtoll(limit, NULL, 10) : 600;
    const int64_t deadline_ns = tp_test_now_ns() + limit_s * 1000000000;
    const bool in_runner = getenv("TP_TEST_NO_FORK") != NULL;
    int passed = 0;
    int failed = 0;
    int skipped = 0;

    runner_pid = getpid();
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    int number = 0;
    for (const tp_test_case_t *test = first_case; test != NULL; test = test->next, number++) {
        if (!is_wanted(test->name, argc, argv)) {
            continue;
        }
        if (tp_test_now_ns() > deadline_ns) {
            fprintf(stderr, "%s and what follows: not run, the time limit of %lld s is over\n",
                    test->name, (long long)limit_s);
            failed++;
            break;
        }
        choose_shm_dir(number);
        current_name = test->name;
        int result = 0;
        if (in_runner) {
            test->run();
        } else {
            result = run_in_child(test, deadline_ns);
        }
        tp_test_remove_tree(shm_dir);
        passed += result == 0;
        skipped += result == EXIT_SKIPPED;
        failed += result != 0 && result != EXIT_SKIPPED;
        printf("%-8s %s\n",
               result == 0              ? "ok"
               : result == EXIT_SKIPPED ? "skipped"
                                        : "FAILED",
               test->name);
        fflush(stdout);
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    if (failed > 0 || passed + skipped == 0) {
        return 1;
    }
    return passed == 0 ? EXIT_SKIPPED : 0;
}
