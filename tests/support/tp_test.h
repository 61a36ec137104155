/*
 * tests/support/tp_test.h - the assert header and the runner of all C tests.
 *
 *     TP_TEST(slot_read_drops_when_seq_moves)
 *     {
 *         TP_CHECK_EQ_I64(tpi_slot_read(...), TP_EAGAIN);
 *     }
 *     TP_TEST_MAIN()
 *
 * Each test runs in a process of its own, in a process group of its own: a crash, a failed check or a hang
 * ends that test and no other, and what it started or left behind is cleaned up by the runner. Arguments of the
 * program are substrings: only tests whose name holds one of them run (`--list` prints the names). For a debugger,
 * TP_TEST_NO_FORK=1 runs them in the runner itself. Exit code: 0 all passed, 1 some failed, 77 all skipped.
 *
 * A check works in any thread and in forked children of a test: it prints and ends the process with code 1.
 * A parent that forks looks at its child with TP_CHECK_CHILD.
 */
#ifndef TP_TEST_H
#define TP_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_test_case {
    const char *name;
    void (*run)(void);
    struct tp_test_case *next;
} tp_test_case_t;

void tp_test_register(tp_test_case_t *test);
int tp_test_main(int argc, char **argv);

/** Define a test. Its name is a sentence. It registers itself: none can be forgotten. */
#define TP_TEST(test_name)                                                                         \
    static void test_name(void);                                                                   \
    static tp_test_case_t tp_case_##test_name = { #test_name, test_name, NULL };                   \
    __attribute__((constructor)) static void tp_register_##test_name(void)                         \
    {                                                                                              \
        tp_test_register(&tp_case_##test_name);                                                    \
    }                                                                                              \
    static void test_name(void)

#define TP_TEST_MAIN()                                                                             \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return tp_test_main(argc, argv);                                                           \
    }

/**
 * This test's own directory under /dev/shm (TP_TEST_SHM_ROOT names another root), made on first use and removed by
 * the runner whatever happens to the test. Call it in the test before forking or starting threads.
 */
const char *tp_test_shm_dir(void);

/** An Aeron directory path for this test: inside tp_test_shm_dir(), not created. */
const char *tp_test_aeron_dir(void);

/** `<shm dir>/<name>` in a buffer of the caller; returns buf. */
char *tp_test_path(char *buf, size_t size, const char *name);

/** Regular files below `dir`, at any depth; 0 when it does not exist. */
size_t tp_test_count_files(const char *dir);

/** Remove a tree; missing is fine. */
void tp_test_remove_tree(const char *dir);

/** Whole file as a NUL-terminated heap copy (caller frees); fails the test when it cannot be read. */
char *tp_test_read_file(const char *path, size_t *out_len);

/** CLOCK_MONOTONIC. */
int64_t tp_test_now_ns(void);

/** Give the processor away for a moment, inside a loop that has a deadline. */
void tp_test_pause(void);

/** Call `show` in this process when a check fails here, after its message: for what helps to understand it. */
void tp_test_on_failure(void (*show)(void));

/** What the checks call. */
__attribute__((noreturn, format(printf, 3, 4))) void tp_test_fail(const char *file, int line,
                                                                  const char *fmt, ...);
__attribute__((noreturn, format(printf, 3, 4))) void tp_test_skip(const char *file, int line,
                                                                  const char *fmt, ...);
void tp_test_check_i64(const char *f, int l, const char *sa, const char *op, const char *sb,
                       int64_t a, int64_t b, bool ok);
void tp_test_check_u64(const char *f, int l, const char *sa, const char *op, const char *sb,
                       uint64_t a, uint64_t b, bool ok);
void tp_test_check_str(const char *f, int l, const char *sa, const char *sb, const char *a,
                       const char *b);
void tp_test_check_contains(const char *f, int l, const char *sa, const char *sb, const char *text,
                            const char *part);
void tp_test_check_mem(const char *f, int l, const char *sa, const char *sb, const void *a,
                       const void *b, size_t len);
void tp_test_check_child(const char *f, int l, pid_t pid, int want_exit, int want_signal,
                         int64_t timeout_ms);

#define TP_FAIL(...) tp_test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define TP_SKIP(...) tp_test_skip(__FILE__, __LINE__, __VA_ARGS__)

#define TP_CHECK(expr)                                                                             \
    do {                                                                                           \
        if (!(expr)) {                                                                             \
            tp_test_fail(__FILE__, __LINE__, "%s", #expr);                                         \
        }                                                                                          \
    } while (0)

/** As TP_CHECK, with a printf-style note for what the expression does not show. */
#define TP_CHECK_MSG(expr, ...)                                                                    \
    do {                                                                                           \
        if (!(expr)) {                                                                             \
            tp_test_fail(__FILE__, __LINE__, __VA_ARGS__);                                         \
        }                                                                                          \
    } while (0)

#define TP_CHECK_I64_(a, op, b)                                                                    \
    do {                                                                                           \
        const int64_t tp_a_ = (int64_t)(a);                                                        \
        const int64_t tp_b_ = (int64_t)(b);                                                        \
        tp_test_check_i64(__FILE__, __LINE__, #a, #op, #b, tp_a_, tp_b_, tp_a_ op tp_b_);          \
    } while (0)
#define TP_CHECK_U64_(a, op, b)                                                                    \
    do {                                                                                           \
        const uint64_t tp_a_ = (uint64_t)(a);                                                      \
        const uint64_t tp_b_ = (uint64_t)(b);                                                      \
        tp_test_check_u64(__FILE__, __LINE__, #a, #op, #b, tp_a_, tp_b_, tp_a_ op tp_b_);          \
    } while (0)

#define TP_CHECK_EQ_I64(a, b) TP_CHECK_I64_(a, ==, b)
#define TP_CHECK_NE_I64(a, b) TP_CHECK_I64_(a, !=, b)
#define TP_CHECK_LT_I64(a, b) TP_CHECK_I64_(a, <, b)
#define TP_CHECK_LE_I64(a, b) TP_CHECK_I64_(a, <=, b)
#define TP_CHECK_GT_I64(a, b) TP_CHECK_I64_(a, >, b)
#define TP_CHECK_GE_I64(a, b) TP_CHECK_I64_(a, >=, b)
#define TP_CHECK_EQ_U64(a, b) TP_CHECK_U64_(a, ==, b)
#define TP_CHECK_NE_U64(a, b) TP_CHECK_U64_(a, !=, b)
#define TP_CHECK_LT_U64(a, b) TP_CHECK_U64_(a, <, b)
#define TP_CHECK_LE_U64(a, b) TP_CHECK_U64_(a, <=, b)
#define TP_CHECK_GT_U64(a, b) TP_CHECK_U64_(a, >, b)
#define TP_CHECK_GE_U64(a, b) TP_CHECK_U64_(a, >=, b)

/** Strings; NULL equals NULL only. */
#define TP_CHECK_EQ_STR(a, b) tp_test_check_str(__FILE__, __LINE__, #a, #b, (a), (b))
/** `part` occurs in `text`: for error texts. */
#define TP_CHECK_CONTAINS(text, part)                                                              \
    tp_test_check_contains(__FILE__, __LINE__, #text, #part, (text), (part))
/** Bytes; prints both around the first difference. */
#define TP_CHECK_EQ_MEM(a, b, len) tp_test_check_mem(__FILE__, __LINE__, #a, #b, (a), (b), (len))

/** Wait for a forked child: it must exit with `code`. Fails, and kills it, after timeout_ms. */
#define TP_CHECK_CHILD(pid, code, timeout_ms)                                                      \
    tp_test_check_child(__FILE__, __LINE__, (pid), (code), 0, (timeout_ms))
/** Wait for a forked child: it must die of `signal`. */
#define TP_CHECK_CHILD_SIGNAL(pid, signal, timeout_ms)                                             \
    tp_test_check_child(__FILE__, __LINE__, (pid), -1, (signal), (timeout_ms))

/**
 * Evaluate `expr` until it is true, and fail after timeout_ms: for what another thread or process does. The expression may do
 * the work itself, e.g. (tp_client_do_work(c), tp_client_is_ready(c)).
 */
#define TP_CHECK_SOON(expr, timeout_ms)                                                            \
    do {                                                                                           \
        const int64_t tp_deadline_ = tp_test_now_ns() + (int64_t)(timeout_ms)*1000000;             \
        while (!(expr)) {                                                                          \
            if (tp_test_now_ns() > tp_deadline_) {                                                 \
                tp_test_fail(__FILE__, __LINE__, "not within %lld ms: %s",                         \
                             (long long)(timeout_ms), #expr);                                      \
            }                                                                                      \
            tp_test_pause();                                                                       \
        }                                                                                          \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif
