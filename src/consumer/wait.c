/*
 * consumer/wait.c - sleep until there is a frame.
 *
 * The wake word of the stream's producer is the value of an Aeron counter, found by stream and epoch
 * (TPI_COUNTER_WAKE). A foreign producer has none, nor has one that was told not to wake; then the
 * ring is polled with growing pauses. base/wake.h proves that a sleeper misses nothing.
 */
#include <errno.h>
#include <sched.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/wake.h"
#include "consumer/consumer_internal.h"
#include "link/counters.h"

/* The client has other work than frames, and no event tells of it: keepalives, the next epoch, whose first frames a
 * short ring does not hold for long. This is how late that may get; it is also what a wake-up costs that a stranger
 * made impossible. 50 returns a second are no measurable load. */
#define SLEEP_MAX_NS INT64_C(20000000)
/* The same where the ring is polled: as long as the longest pause. */
#define POLL_MAX_NS INT64_C(1000000)
/* A search goes through all counters of the media driver. */
#define SEARCH_INTERVAL_NS INT64_C(100000000)

/* Falling asleep and being woken take about this long together, and cost the producer a system call for each frame. While
 * frames come faster than that, the ring is looked at for as long before each sleep. */
#define SHORT_WAIT_NS INT64_C(50000)

/* Those who wait together. */
typedef struct group {
    tp_consumer_t *const *consumers;
    size_t count;
} group_t;

static bool has_news(const void *clientd)
{
    const group_t *group = clientd;
    for (size_t i = 0; i < group->count; i++) {
        const tp_consumer_t *consumer = group->consumers[i];
        if (!tpi_consumer_is_mapped(consumer)) {
            continue;
        }
        if (consumer->streams.is_described ? consumer->streams.count > 0
                                           : tpi_ring_reader_has_news(&consumer->reader)) {
            return true;
        }
    }
    return false;
}

static int64_t at_most(int64_t ns, int64_t most_ns)
{
    return ns < most_ns ? ns : most_ns;
}

/* NULL: none at the moment. */
static _Atomic int64_t *find_word(tp_consumer_t *consumer)
{
    tpi_consumer_wait_t *wait = &consumer->wait;
    tpi_link_t *link = consumer->client->link;
    const uint64_t epoch = consumer->mapping.epoch;
    if (wait->epoch != epoch) {
        *wait = (tpi_consumer_wait_t){ .epoch = epoch,
                                       .polls = wait->polls,
                                       .was_short = wait->was_short,
                                       .cannot_share_sleep = wait->cannot_share_sleep };
    }
    if (wait->is_found) {
        _Atomic int64_t *word = tpi_link_counter_word(link, &wait->counter);
        if (word != NULL) {
            return word;
        }
        wait->is_found = false;
    }
    const int64_t now_ns = tpi_monotonic_ns();
    if (wait->searched_ns != 0 && now_ns - wait->searched_ns < SEARCH_INTERVAL_NS) {
        return NULL;
    }
    wait->searched_ns = now_ns;
    uint8_t key[12]; /* without the client id: an epoch has one producer */
    tpi_put_u32(key, consumer->mapping.stream_id);
    tpi_put_u64(key + 4, epoch);
    /* Two deployments of foreign SHM drivers on one media driver may have the same stream and epoch: each of their
     * producers has its turn, until it is the one that wakes. */
    const int32_t after_id = wait->counter.generation != 0 ? wait->counter.counter_id : -1;
    wait->is_found =
        tpi_link_find_counter(link, TPI_COUNTER_WAKE, key, sizeof key, after_id, &wait->counter);
    return wait->is_found ? tpi_link_counter_word(link, &wait->counter) : NULL;
}

/* Frames came and nobody woke: those words may be somebody else's. */
static void doubt_words_of_news(const group_t *group)
{
    for (size_t i = 0; i < group->count; i++) {
        tp_consumer_t *consumer = group->consumers[i];
        const group_t alone = { &group->consumers[i], 1 };
        if (consumer->wait.is_found && has_news(&alone)) {
            consumer->wait.is_found = false;
        }
    }
}

/* Leaves those words that may be slept on, and returns how many. */
static size_t announce(_Atomic int64_t **words, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (tpi_sleep_announce(words[i])) {
            words[kept++] = words[i];
        }
    }
    return kept;
}

static tpi_sleep_t sleep_together(const group_t *group, int64_t timeout_ns)
{
    _Atomic int64_t *words[TPI_SLEEP_WORDS_MAX];
    tpi_consumer_wait_t *wait = &group->consumers[0]->wait;
    size_t count = 0;
    size_t without = 0;
    for (size_t i = 0; i < group->count; i++) {
        tp_consumer_t *consumer = group->consumers[i];
        /* Commits would wake one who waits for descriptors, which come by do_work, far too often. */
        _Atomic int64_t *word = tpi_consumer_is_mapped(consumer) && !consumer->streams.is_described
                                    ? find_word(consumer)
                                    : NULL;
        if (word != NULL && count < TPI_SLEEP_WORDS_MAX) {
            words[count++] = word;
        } else {
            without++;
        }
    }
    if (count > 1 && wait->cannot_share_sleep) {
        /* Each announcement of a sleep that does not follow would cost a producer a system call. */
        count = 0;
    }
    const size_t announced = announce(words, count);
    without += count - announced;
    count = announced;
    if (count > 0) {
        /* Rings that nobody wakes us for are looked at as often as if there were no other. */
        const tpi_sleep_t result =
            tpi_sleep(words, count, has_news, group,
                      at_most(timeout_ns, without == 0 ? SLEEP_MAX_NS : POLL_MAX_NS));
        if (result == TPI_SLEEP_TIMEOUT && has_news(group)) {
            doubt_words_of_news(group);
            return TPI_SLEEP_NEWS;
        }
        if (result != TPI_SLEEP_IMPOSSIBLE) {
            return result;
        }
        if (count > 1 && errno == ENOSYS) {
            wait->cannot_share_sleep = true;
        }
    }
    return tpi_sleep_polling(has_news, group, at_most(timeout_ns, POLL_MAX_NS), &wait->polls);
}

/* Yields between looks: the producer may need this processor. */
static bool comes_soon(const group_t *group, int64_t end_ns)
{
    do {
        (void)sched_yield();
        if (has_news(group)) {
            return true;
        }
    } while (tpi_monotonic_ns() < end_ns);
    return false;
}

int tp_consumer_wait_any(tp_consumer_t *const *consumers, size_t count, int64_t timeout_ns)
{
    const group_t group = { consumers, count };
    bool is_any_mapped = false;
    if (consumers == NULL || count == 0) {
        return tpi_fail(TP_EINVAL, "no consumers to wait for");
    }
    for (size_t i = 0; i < count; i++) {
        is_any_mapped = is_any_mapped || tpi_consumer_is_mapped(consumers[i]);
    }
    if (has_news(&group)) {
        consumers[0]->wait.polls = 0;
        return 1;
    }
    if (timeout_ns <= 0) {
        return is_any_mapped ? 0 : TP_ESTATE;
    }
    tpi_consumer_wait_t *wait = &consumers[0]->wait;
    const int64_t start_ns = tpi_monotonic_ns();
    tpi_sleep_t result = TPI_SLEEP_NEWS;
    if (!wait->was_short || !comes_soon(&group, start_ns + at_most(timeout_ns, SHORT_WAIT_NS))) {
        result = sleep_together(&group, timeout_ns);
    }
    wait->was_short = result != TPI_SLEEP_TIMEOUT && tpi_monotonic_ns() - start_ns < SHORT_WAIT_NS;
    if (!is_any_mapped) {
        return TP_ESTATE;
    }
    return result == TPI_SLEEP_TIMEOUT ? 0 : 1;
}

int tp_consumer_wait(tp_consumer_t *consumer, int64_t timeout_ns)
{
    return tp_consumer_wait_any(&consumer, 1, timeout_ns);
}
