#include "base/wake.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/idle.h"

#define NS_PER_S INT64_C(1000000000)

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S) };
}

/* The kernel compares 32 bits: the half of the word in which AWAKE and ASLEEP differ. It is not told that they are
 * private, for they are shared between processes. */
static void *futex_of(_Atomic int64_t *word)
{
    char *half = (char *)word;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    half += 4;
#endif
    return half;
}

static bool barrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0) == 0;
}

/* ---- publisher ---- */

bool tpi_wake_register(void)
{
    return barrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
}

int tpi_wake_all(_Atomic int64_t *word)
{
    /* Not a plain store: a word that was overwritten meanwhile is none of ours any more. */
    int64_t asleep = TPI_WAKE_ASLEEP;
    (void)atomic_compare_exchange_strong_explicit(word, &asleep, TPI_WAKE_AWAKE,
                                                  memory_order_acq_rel, memory_order_relaxed);
    const long woken = syscall(SYS_futex, futex_of(word), FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    return woken > 0 ? (int)woken : 0;
}

/* ---- sleeper ---- */

bool tpi_sleep_announce(_Atomic int64_t *word)
{
    int64_t seen = TPI_WAKE_AWAKE;
    return atomic_compare_exchange_strong_explicit(word, &seen, TPI_WAKE_ASLEEP,
                                                   memory_order_acq_rel, memory_order_acquire) ||
           seen == TPI_WAKE_ASLEEP;
}

static long futex_wait(_Atomic int64_t *word, int64_t timeout_ns)
{
    const struct timespec time = timespec_of(timeout_ns);
    return syscall(SYS_futex, futex_of(word), FUTEX_WAIT, TPI_WAKE_ASLEEP, &time, NULL, 0);
}

static long futex_wait_any(_Atomic int64_t *const *words, size_t count, int64_t timeout_ns)
{
#if defined(SYS_futex_waitv) && defined(FUTEX_32)
    struct futex_waitv waiters[TPI_SLEEP_WORDS_MAX];
    const struct timespec end = timespec_of(tpi_monotonic_ns() + timeout_ns);
    for (size_t i = 0; i < count; i++) {
        waiters[i] = (struct futex_waitv){ .val = TPI_WAKE_ASLEEP,
                                           .uaddr = (uintptr_t)futex_of(words[i]),
                                           .flags = FUTEX_32 };
    }
    return syscall(SYS_futex_waitv, waiters, count, 0, &end, CLOCK_MONOTONIC);
#else
    (void)words;
    (void)count;
    (void)timeout_ns;
    errno = ENOSYS;
    return -1;
#endif
}

tpi_sleep_t tpi_sleep(_Atomic int64_t *const *words, size_t count, tpi_has_news_fn_t has_news,
                      const void *clientd, int64_t timeout_ns)
{
    if (TPI_WAKE_MUTATION != 1 && !barrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED)) {
        return TPI_SLEEP_IMPOSSIBLE;
    }
    if (TPI_WAKE_MUTATION != 2 && has_news(clientd)) {
        return TPI_SLEEP_NEWS;
    }
    const int64_t most_ns = timeout_ns > 0 ? timeout_ns : 0;
    const long rc =
        count == 1 ? futex_wait(words[0], most_ns) : futex_wait_any(words, count, most_ns);
    if (rc >= 0 || errno == EAGAIN || errno == EINTR) {
        return TPI_SLEEP_WOKEN;
    }
    return errno == ETIMEDOUT ? TPI_SLEEP_TIMEOUT : TPI_SLEEP_IMPOSSIBLE;
}

tpi_sleep_t tpi_sleep_polling(tpi_has_news_fn_t has_news, const void *clientd, int64_t timeout_ns,
                              uint32_t *polls)
{
    const int64_t start_ns = tpi_monotonic_ns();
    for (;;) {
        if (has_news(clientd)) {
            *polls = 0;
            return TPI_SLEEP_NEWS;
        }
        const int64_t left_ns = timeout_ns - (tpi_monotonic_ns() - start_ns);
        if (left_ns <= 0) {
            return TPI_SLEEP_TIMEOUT;
        }
        const int64_t pause_ns = tpi_idle_step(polls, 0);
        if (pause_ns > 0) {
            const struct timespec pause = timespec_of(pause_ns < left_ns ? pause_ns : left_ns);
            if (nanosleep(&pause, NULL) != 0) {
                return TPI_SLEEP_WOKEN; /* a signal: the caller may have to go */
            }
        }
    }
}
