#include "base/wake.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define NS_PER_S INT64_C(1000000000)

/* Looks without a pause, then looks with a yield, then pauses: 1 us, doubled ten times to 1 ms. */
enum { SPINS = 20, YIELDS = 40, PAUSES = 10 };
#define PAUSE_MIN_NS INT64_C(1000)

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S) };
}

/* The kernel compares 32 bits: the half of the word in which AWAKE and ASLEEP differ. Not private,
 * for it is shared between processes. */
static long futex(_Atomic int64_t *word, int operation, uint32_t value, const struct timespec *time)
{
    char *at = (char *)word;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    at += 4;
#endif
    return syscall(SYS_futex, at, operation, value, time, NULL, 0);
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
    const long woken = futex(word, FUTEX_WAKE, INT_MAX, NULL);
    return woken > 0 ? (int)woken : 0;
}

/* ---- sleeper ---- */

tpi_sleep_t tpi_sleep(_Atomic int64_t *word, tpi_has_news_fn_t has_news, const void *clientd,
                      int64_t timeout_ns)
{
    int64_t seen = TPI_WAKE_AWAKE;
    if (!atomic_compare_exchange_strong_explicit(word, &seen, TPI_WAKE_ASLEEP, memory_order_acq_rel,
                                                 memory_order_acquire) &&
        seen != TPI_WAKE_ASLEEP) {
        return TPI_SLEEP_IMPOSSIBLE;
    }
    if (TPI_WAKE_MUTATION != 1 && !barrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED)) {
        return TPI_SLEEP_IMPOSSIBLE;
    }
    if (TPI_WAKE_MUTATION != 2 && has_news(clientd)) {
        return TPI_SLEEP_NEWS;
    }
    const struct timespec time = timespec_of(timeout_ns > 0 ? timeout_ns : 0);
    if (futex(word, FUTEX_WAIT, TPI_WAKE_ASLEEP, &time) != 0) {
        if (errno == ETIMEDOUT) {
            return TPI_SLEEP_TIMEOUT;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return TPI_SLEEP_IMPOSSIBLE;
        }
    }
    return TPI_SLEEP_WOKEN;
}

tpi_sleep_t tpi_sleep_polling(tpi_has_news_fn_t has_news, const void *clientd, int64_t timeout_ns,
                              uint32_t *polls)
{
    const int64_t start_ns = tpi_monotonic_ns();
    for (;; *polls += *polls < SPINS + YIELDS + PAUSES) {
        if (has_news(clientd)) {
            *polls = 0;
            return TPI_SLEEP_NEWS;
        }
        const int64_t left_ns = timeout_ns - (tpi_monotonic_ns() - start_ns);
        if (left_ns <= 0) {
            return TPI_SLEEP_TIMEOUT;
        }
        if (*polls < SPINS) {
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
        } else if (*polls < SPINS + YIELDS) {
            (void)sched_yield();
        } else {
            const int64_t pause_ns = PAUSE_MIN_NS << (*polls - SPINS - YIELDS);
            const struct timespec pause = timespec_of(pause_ns < left_ns ? pause_ns : left_ns);
            if (nanosleep(&pause, NULL) != 0) {
                return TPI_SLEEP_WOKEN; /* a signal: the caller may have to go */
            }
        }
    }
}
