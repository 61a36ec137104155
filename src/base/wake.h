/*
 * base/wake.h - wake a thread of another process that sleeps until something is published, at the
 * price of one load for whoever publishes while nobody sleeps.
 *
 * A wake word lies in memory which both processes map read-write. It belongs to one publisher and
 * serves any number of sleepers:
 *
 *   NEVER   nobody is woken through it: a fresh word, or a publisher who cannot or will not
 *   AWAKE   the publisher looks here; nobody sleeps
 *   ASLEEP  somebody may sleep
 *   else    a stranger wrote it: sleepers leave it alone, the publisher takes it for AWAKE
 *
 *   publisher                            sleeper
 *   P1 publishes (any store)             S1 AWAKE -> ASLEEP, or finds ASLEEP
 *   P2 (the compiler keeps the order)    S2 membarrier
 *   P3 loads the word, relaxed           S3 looks once more whether something is published
 *   P4 ASLEEP: -> AWAKE, futex wake all  S4 futex wait while ASLEEP
 *
 * Why nothing published stays unseen by a sleeper: P1 then P3 is a store before a load, which the
 * processor may let pass each other, and the publisher shall not pay for a fence. S2 puts it in:
 * between its call and its return every thread of a registered process runs a full barrier at some
 * point, or is not running, which is one. If P3 comes after that point, it sees S1's ASLEEP (or the
 * AWAKE of a wake call made since, and then S4 does not wait, or waits and is woken), and P4 follows.
 * If P3 comes before it, so does P1, and S3 sees what was published. A wake call between S3 and S4
 * is not lost, because the kernel compares the word with ASLEEP under the lock the wake call takes.
 *
 * P4 changes the word before the call, so one call wakes all who sleep, and a sleeper that was
 * killed costs one call, not one for each thing published. A sleeper never changes ASLEEP back:
 * others may rely on it; that, too, costs at most one call.
 *
 * What a stranger with access to the word can do: keep it ASLEEP, which costs the publisher a
 * system call each time, or overwrite it, which lets sleepers sleep until their time is over.
 */
#ifndef TPI_BASE_WAKE_H
#define TPI_BASE_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * For tests alone, which show that they can fail: 1 leaves out the membarrier (S2), 2 the second
 * look (S3).
 */
#ifndef TPI_WAKE_MUTATION
#define TPI_WAKE_MUTATION 0
#endif

enum { TPI_WAKE_NEVER = 0, TPI_WAKE_AWAKE = 1, TPI_WAKE_ASLEEP = 2 };

/* ---- publisher ---- */

/** Let sleepers of other processes rely on this process (S2). Once is enough, more does no harm.
 * False: the kernel cannot; then the word has to stay NEVER. A system call. */
bool tpi_wake_register(void);

/** P4. Returns processes and threads woken; 0 for a sleeper that is gone. One system call. */
int tpi_wake_all(_Atomic int64_t *word);

/** P2 to P4: to be called after publishing. One load while nobody sleeps. */
static inline void tpi_wake(_Atomic int64_t *word)
{
    atomic_signal_fence(memory_order_seq_cst); /* P2 */
    if (__builtin_expect(atomic_load_explicit(word, memory_order_relaxed) == TPI_WAKE_ASLEEP, 0)) {
        (void)tpi_wake_all(word);
    }
}

/* ---- sleeper ---- */

typedef enum tpi_sleep {
    TPI_SLEEP_NEWS,       /* there was something before it came to sleeping */
    TPI_SLEEP_WOKEN,      /* by the publisher, by a signal, or for no reason */
    TPI_SLEEP_TIMEOUT,    /* the time is over */
    TPI_SLEEP_IMPOSSIBLE, /* the kernel cannot, errno says why: it has not slept */
} tpi_sleep_t;

/** Has something been published that the sleeper has not seen? */
typedef bool (*tpi_has_news_fn_t)(const void *clientd);

/** S1, for each word that the sleeper waits for. False: it is neither AWAKE nor ASLEEP, that is, not
 * to be touched and not to be waited for. */
bool tpi_sleep_announce(_Atomic int64_t *word);

/** S2 to S4: until the publisher of one of these words, all announced, wakes. The words must stay
 * mapped meanwhile. Two system calls at most.
 * @param count 1 to TPI_SLEEP_WORDS_MAX; more than 1 needs futex_waitv(2), Linux 5.16. */
tpi_sleep_t tpi_sleep(_Atomic int64_t *const *words, size_t count, tpi_has_news_fn_t has_news,
                      const void *clientd, int64_t timeout_ns);
#define TPI_SLEEP_WORDS_MAX 128 /* the kernel's limit */

/** Where there is nobody to be woken by: look again and again, first at once, then yielding, then
 * with growing pauses of up to 1 ms. Which it is *polls says, the number of looks without news so
 * far; it is the caller's, starts at 0, and may go on over several calls. NEWS, TIMEOUT, or WOKEN by
 * a signal. */
tpi_sleep_t tpi_sleep_polling(tpi_has_news_fn_t has_news, const void *clientd, int64_t timeout_ns,
                              uint32_t *polls);

#endif
