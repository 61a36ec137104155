/*
 * Who is woken, by how many calls, and what a stranger's value in the word does. Whether a wake-up can be lost is
 * wake_stress_test.c's.
 */
#include "base/wake.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/idle.h"
#include "tp_test.h"
#include "wrap_syscall.h"

#define LONG_NS INT64_C(20000000000)

#ifndef SYS_futex_waitv
#define SYS_futex_waitv (-1)
#endif

/* Every system call of wake.c comes through here (--wrap). */
static _Atomic long waits;
static _Atomic long wakes;
static _Atomic long barriers;
static bool is_membarrier_missing;

static bool is_syscall_missing(long number, const long a[6])
{
    barriers += number == SYS_membarrier;
    if (number == SYS_membarrier && is_membarrier_missing) {
        return true;
    }
    waits += number == SYS_futex_waitv || (number == SYS_futex && (int)a[1] == FUTEX_WAIT);
    wakes += number == SYS_futex && (int)a[1] == FUTEX_WAKE;
    return false;
}

typedef struct stage {
    _Atomic int64_t word;
    _Atomic int64_t published;
    _Atomic int result; /* of the sleeper, + 1 */
    int64_t timeout_ns;
    _Atomic int64_t more[3];
} stage_t;

static stage_t *stage;

static bool has_news(const void *clientd)
{
    const stage_t *s = clientd;
    return atomic_load(&s->published) != 0;
}

static void set_up(int64_t word)
{
    if (!tpi_wake_register()) {
        TP_SKIP("no membarrier here");
    }
    stage = mmap(NULL, sizeof *stage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TP_CHECK(stage != MAP_FAILED);
    stage->timeout_ns = LONG_NS;
    atomic_store(&stage->word, word);
    waits = wakes = barriers = 0;
}

static tpi_sleep_t sleep_on(_Atomic int64_t *word, tpi_has_news_fn_t look, int64_t timeout_ns)
{
    TP_CHECK(tpi_sleep_announce(word));
    return tpi_sleep(&word, 1, look, stage, timeout_ns);
}

static void *sleep_once(void *arg)
{
    stage_t *s = arg;
    atomic_store(&s->result, 1 + (int)sleep_on(&s->word, has_news, s->timeout_ns));
    return NULL;
}

static void publish(void)
{
    atomic_store(&stage->published, 1);
    tpi_wake(&stage->word);
}

TP_TEST(while_nobody_sleeps_publishing_makes_no_call)
{
    set_up(TPI_WAKE_AWAKE);
    for (int i = 0; i < 1000; i++) {
        publish();
    }
    TP_CHECK_EQ_I64(wakes + waits + barriers, 0);
    TP_CHECK_EQ_I64(atomic_load(&stage->word), TPI_WAKE_AWAKE);
}

TP_TEST(one_call_wakes_all_who_sleep)
{
    pthread_t threads[3];
    set_up(TPI_WAKE_AWAKE);
    for (int i = 0; i < 3; i++) {
        TP_CHECK_EQ_I64(pthread_create(&threads[i], NULL, sleep_once, stage), 0);
    }
    TP_CHECK_SOON(waits == 3, 10000); /* in the call, or just before it */
    publish();
    publish();
    for (int i = 0; i < 3; i++) {
        TP_CHECK_EQ_I64(pthread_join(threads[i], NULL), 0);
    }
    TP_CHECK_EQ_I64(wakes, 1);
    TP_CHECK_EQ_I64(atomic_load(&stage->result), 1 + TPI_SLEEP_WOKEN);
    TP_CHECK_EQ_I64(atomic_load(&stage->word), TPI_WAKE_AWAKE);
}

TP_TEST(a_sleeper_in_another_process_is_woken)
{
    set_up(TPI_WAKE_AWAKE);
    const pid_t pid = fork();
    if (pid == 0) {
        sleep_once(stage);
        _exit(0);
    }
    TP_CHECK_SOON(atomic_load(&stage->word) == TPI_WAKE_ASLEEP, 10000);
    publish();
    TP_CHECK_CHILD(pid, 0, 10000);
    const int result = atomic_load(&stage->result) - 1;
    TP_CHECK(result == TPI_SLEEP_WOKEN || result == TPI_SLEEP_NEWS);
    TP_CHECK_EQ_I64(wakes, 1);
}

TP_TEST(a_sleeper_that_was_killed_costs_one_call)
{
    set_up(TPI_WAKE_AWAKE);
    const pid_t pid = fork();
    if (pid == 0) {
        sleep_once(stage);
        _exit(0);
    }
    TP_CHECK_SOON(atomic_load(&stage->word) == TPI_WAKE_ASLEEP, 10000);
    TP_CHECK_EQ_I64(kill(pid, SIGKILL), 0);
    TP_CHECK_CHILD_SIGNAL(pid, SIGKILL, 10000);
    TP_CHECK_EQ_I64(tpi_wake_all(&stage->word), 0);
    for (int i = 0; i < 100; i++) {
        publish();
    }
    TP_CHECK_EQ_I64(wakes, 1);
}

TP_TEST(with_news_there_already_it_does_not_sleep)
{
    set_up(TPI_WAKE_AWAKE);
    atomic_store(&stage->published, 1);
    TP_CHECK_EQ_I64(sleep_on(&stage->word, has_news, LONG_NS), TPI_SLEEP_NEWS);
    TP_CHECK_EQ_I64(waits, 0);
    TP_CHECK_EQ_I64(barriers, 1);
}

TP_TEST(without_news_the_time_ends_the_sleep)
{
    set_up(TPI_WAKE_AWAKE);
    TP_CHECK_EQ_I64(sleep_on(&stage->word, has_news, 1000000), TPI_SLEEP_TIMEOUT);
    TP_CHECK_EQ_I64(sleep_on(&stage->word, has_news, 0), TPI_SLEEP_TIMEOUT);
    TP_CHECK_EQ_I64(sleep_on(&stage->word, has_news, -5), TPI_SLEEP_TIMEOUT);
    TP_CHECK_EQ_I64(waits, 3);
}

static bool has_news_after_a_wake_call(const void *clientd)
{
    (void)clientd;
    (void)tpi_wake_all(&stage->word);
    return false;
}

TP_TEST(a_wake_call_between_the_last_look_and_the_sleep_is_not_lost)
{
    set_up(TPI_WAKE_AWAKE);
    TP_CHECK_EQ_I64(sleep_on(&stage->word, has_news_after_a_wake_call, LONG_NS), TPI_SLEEP_WOKEN);
    TP_CHECK_EQ_I64(wakes, 1);
}

TP_TEST(a_value_that_is_no_state_is_left_alone_by_both_sides)
{
    static const int64_t values[] = { TPI_WAKE_NEVER,
                                      77,
                                      -1,
                                      INT64_MIN,
                                      INT64_MAX,
                                      (INT64_C(1) << 32) + TPI_WAKE_AWAKE,
                                      (INT64_C(1) << 32) + TPI_WAKE_ASLEEP };
    set_up(TPI_WAKE_AWAKE);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        atomic_store(&stage->word, values[i]);
        TP_CHECK(!tpi_sleep_announce(&stage->word));
        TP_CHECK_EQ_I64(atomic_load(&stage->word), values[i]);
        tpi_wake(&stage->word);
        TP_CHECK_EQ_I64(atomic_load(&stage->word), values[i]);
    }
    TP_CHECK_EQ_I64(wakes + waits, 0);
    atomic_store(&stage->word, 77); /* written between the load and the call */
    TP_CHECK_EQ_I64(tpi_wake_all(&stage->word), 0);
    TP_CHECK_EQ_I64(atomic_load(&stage->word), 77);
}

TP_TEST(without_membarrier_nobody_registers_and_nobody_sleeps)
{
    set_up(TPI_WAKE_AWAKE);
    is_membarrier_missing = true;
    TP_CHECK(!tpi_wake_register());
    TP_CHECK_EQ_I64(sleep_on(&stage->word, has_news, LONG_NS), TPI_SLEEP_IMPOSSIBLE);
    TP_CHECK_EQ_I64(waits, 0);
}

/* ---- several words ---- */

static _Atomic int64_t *words[3];

static void *sleep_on_three(void *arg)
{
    for (int i = 0; i < 3; i++) {
        TP_CHECK(tpi_sleep_announce(words[i]));
    }
    atomic_store(&stage->result, 1 + (int)tpi_sleep(words, 3, has_news, stage, LONG_NS));
    return arg;
}

static void set_up_three(void)
{
    set_up(TPI_WAKE_AWAKE);
    for (int i = 0; i < 3; i++) {
        words[i] = &stage->more[i];
        atomic_store(words[i], TPI_WAKE_AWAKE);
    }
    if (tpi_sleep_announce(words[0]) && tpi_sleep((_Atomic int64_t *const[]){ words[0], words[0] },
                                                  2, has_news, stage, 1) == TPI_SLEEP_IMPOSSIBLE) {
        TP_SKIP("no futex_waitv here");
    }
    waits = 0;
}

TP_TEST(each_of_several_words_wakes)
{
    set_up_three();
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        atomic_store(&stage->published, 0);
        waits = wakes = 0;
        TP_CHECK_EQ_I64(pthread_create(&thread, NULL, sleep_on_three, NULL), 0);
        TP_CHECK_SOON(waits == 1, 10000);
        atomic_store(&stage->published, 1);
        tpi_wake(words[i]);
        TP_CHECK_EQ_I64(pthread_join(thread, NULL), 0);
        TP_CHECK_EQ_I64(atomic_load(&stage->result), 1 + TPI_SLEEP_WOKEN);
        TP_CHECK_EQ_I64(wakes, 1);
    }
}

TP_TEST(several_words_wait_no_longer_than_they_are_told)
{
    set_up_three();
    TP_CHECK(tpi_sleep_announce(words[1]) && tpi_sleep_announce(words[2]));
    const int64_t start_ns = tpi_monotonic_ns();
    TP_CHECK_EQ_I64(tpi_sleep(words, 3, has_news, stage, 2000000), TPI_SLEEP_TIMEOUT);
    TP_CHECK_GE_I64(tpi_monotonic_ns() - start_ns, 2000000);
    atomic_store(words[1], TPI_WAKE_AWAKE);
    TP_CHECK_EQ_I64(tpi_sleep(words, 3, has_news, stage, LONG_NS), TPI_SLEEP_WOKEN);
}

/* ---- polling ---- */

static bool has_news_at_the_100th_look(const void *clientd)
{
    (void)clientd;
    return atomic_fetch_add(&stage->published, 1) == 99;
}

TP_TEST(polling_ends_with_news_or_with_the_time)
{
    set_up(TPI_WAKE_NEVER);
    uint32_t polls = 0;
    TP_CHECK_EQ_I64(tpi_sleep_polling(has_news_at_the_100th_look, stage, LONG_NS, &polls),
                    TPI_SLEEP_NEWS);
    TP_CHECK_EQ_U64(polls, 0);
    TP_CHECK_EQ_I64(atomic_load(&stage->published), 100);
    atomic_store(&stage->published, 0);
    const int64_t start_ns = tpi_monotonic_ns();
    TP_CHECK_EQ_I64(tpi_sleep_polling(has_news, stage, 3000000, &polls), TPI_SLEEP_TIMEOUT);
    TP_CHECK_GE_I64(tpi_monotonic_ns() - start_ns, 3000000);
    TP_CHECK_GT_U64(polls, 0);
    TP_CHECK_EQ_I64(tpi_sleep_polling(has_news, stage, 0, &polls), TPI_SLEEP_TIMEOUT);
    TP_CHECK_EQ_I64(wakes + waits, 0);
}

TP_TEST(pauses_begin_after_60_steps_and_grow_to_1_ms)
{
    uint32_t state = 0;
    for (int i = 0; i < 60; i++) {
        TP_CHECK_EQ_I64(tpi_idle_step(&state, 0), 0);
    }
    for (long ns = 1000; ns < 1000000; ns *= 2) {
        TP_CHECK_EQ_I64(tpi_idle_step(&state, 0), ns);
    }
    for (int i = 0; i < 100; i++) {
        TP_CHECK_EQ_I64(tpi_idle_step(&state, 0), 1000000);
    }
    TP_CHECK_EQ_I64(tpi_idle_step(&state, 1), 0);
    TP_CHECK_EQ_I64(tpi_idle_step(&state, 0), 0);
}

TP_TEST_MAIN()
