/*
 * tp_consumer_wait against the driver on strings. The producer is a ring writer on a thread of its own and a counter that
 * the test opens; which system calls are made says what the consumer did.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "base/bytes.h"
#include "base/wake.h"
#include "consumer/consumer_internal.h"
#include "fake_driver.h"
#include "link/counters.h"
#include "producer/ring_writer.h"
#include "wrap_syscall.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv (-1)
#endif

#define LONG_NS INT64_C(20000000000)

/* Calls of syscall() come through here (--wrap), those of base/wake.c among them. */
static _Atomic long waits;
static _Atomic long wakes;
static _Atomic long barriers;
static bool is_membarrier_missing;
static bool is_waitv_missing;
static void (*on_sleep)(void);

static bool is_syscall_missing(long number, const long a[6])
{
    barriers += number == SYS_membarrier;
    if ((number == SYS_membarrier && is_membarrier_missing) ||
        (number == SYS_futex_waitv && is_waitv_missing)) {
        return true;
    }
    if (number == SYS_futex && (int)a[1] == FUTEX_WAIT && on_sleep != NULL) {
        on_sleep();
    }
    waits += number == SYS_futex_waitv || (number == SYS_futex && (int)a[1] == FUTEX_WAIT);
    wakes += number == SYS_futex && (int)a[1] == FUTEX_WAKE;
    return false;
}

/* The same of sched_yield: a look that is in vain. */
static _Atomic long yields;
static void (*on_yield)(void);
int __real_sched_yield(void);
int __wrap_sched_yield(void);

int __wrap_sched_yield(void)
{
    yields++;
    if (on_yield != NULL) {
        on_yield();
    }
    return __real_sched_yield();
}

static fake_driver_t driver;
static tp_client_t *client;
static tp_consumer_t *consumer;
static tp_consumer_t *second; /* of the same stream */
static tpi_ring_writer_t writer;
static tpi_counter_t *counter;

static void turn(void)
{
    fake_driver_turn(&driver, client);
}

static void set_up(void)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    if (!tpi_wake_register()) {
        TP_SKIP("no membarrier here");
    }
    fake_driver_init(&driver);
    client = fake_driver_client(&driver, NULL);
    tpi_ring_writer_init(&writer, &driver.set.mapping);
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &options), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), TP_ESTATE); /* nothing mapped yet */
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 0), TP_ESTATE);
    for (int i = 0; i < 100 && !tp_consumer_is_ready(consumer); i++) {
        fake_driver_run(&driver, client, 10);
    }
    TP_CHECK(tp_consumer_is_ready(consumer));
    waits = wakes = 0;
}

static void open_counter(int64_t value)
{
    uint8_t key[16];
    tpi_put_u32(key, FAKE_STREAM);
    tpi_put_u64(key + 4, driver.set.epoch);
    tpi_put_u32(key + 12, 77);
    TP_CHECK_EQ_I64(
        tpi_link_add_counter(driver.link, &counter, TPI_COUNTER_WAKE, key, sizeof key, "wake"),
        TP_OK);
    tpi_counter_set(counter, value);
    turn();
}

static void tear_down(void)
{
    tp_consumer_destroy(second);
    tp_consumer_destroy(consumer);
    tp_client_destroy(client);
    fake_driver_fini(&driver);
}

static tp_claim_t claim_one(void)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(&writer, 0, &claim), TP_OK);
    return claim;
}

static void commit(const tp_claim_t *claim)
{
    tp_frame_info_t info = { 0 };
    const int32_t dims[] = { 64 };
    tpi_ring_claim_t done;
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, dims), TP_OK);
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(&writer, claim, 64, &info, 1), TP_OK);
    while (tpi_ring_writer_next_announce(&writer, &done)) {
    }
}

static void publish(void)
{
    const tp_claim_t claim = claim_one();
    commit(&claim);
}

static bool read_one(void)
{
    tp_frame_t frame;
    return tp_consumer_try_next(consumer, &frame) == 1;
}

/* Publish once somebody sleeps. */
static void *publish_to_sleeper(void *arg)
{
    _Atomic int64_t *word = *tpi_counter_word(counter);
    while (atomic_load(&waits) == 0) {
        tp_test_pause();
    }
    publish();
    tpi_wake(word);
    return arg;
}

static pthread_t start(void *(*run)(void *))
{
    pthread_t thread;
    TP_CHECK_EQ_I64(pthread_create(&thread, NULL, run, NULL), 0);
    return thread;
}

TP_TEST(a_commit_wakes_the_sleeper_with_one_call)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    const pthread_t thread = start(publish_to_sleeper);
    /* A sleep that ends by itself, because the other thread did not get to run, is none of interest. */
    int rc;
    while ((rc = tp_consumer_wait(consumer, LONG_NS)) == 0) {
    }
    TP_CHECK_EQ_I64(rc, 1);
    TP_CHECK(read_one());
    TP_CHECK_EQ_I64(pthread_join(thread, NULL), 0);
    TP_CHECK_GT_I64(waits, 0);
    TP_CHECK_EQ_I64(wakes, 1);
    tear_down();
}

TP_TEST(with_a_frame_there_it_returns_at_once)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    publish();
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 1); /* also before the first look */
    TP_CHECK(read_one());
    publish();
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 1);
    TP_CHECK_EQ_I64(waits, 0);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), TPI_WAKE_AWAKE);
    tear_down();
}

TP_TEST(it_returns_in_time_for_the_clients_other_work)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, INT64_MAX), 0);
    TP_CHECK_EQ_I64(waits, 1);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), TPI_WAKE_ASLEEP); /* costs the producer one call */
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(waits, 2);
    tear_down();
}

TP_TEST(without_time_it_looks_and_does_not_wait)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 0), 0);
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, INT64_MIN), 0);
    publish();
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 0), 1);
    TP_CHECK_EQ_I64(waits, 0);
    tear_down();
}

static void *publish_only(void *arg)
{
    publish();
    return arg;
}

static void wait_by_polling(void)
{
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 0);
    const pthread_t thread = start(publish_only);
    int rc;
    while ((rc = tp_consumer_wait(consumer, LONG_NS)) == 0) {
    }
    TP_CHECK_EQ_I64(rc, 1);
    TP_CHECK_EQ_I64(pthread_join(thread, NULL), 0);
    TP_CHECK(read_one());
    TP_CHECK_EQ_I64(waits + wakes, 0);
}

TP_TEST(a_foreign_producer_is_polled)
{
    set_up();
    wait_by_polling();
    tear_down();
}

TP_TEST(without_membarrier_the_ring_is_polled)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    is_membarrier_missing = true;
    wait_by_polling();
    tear_down();
}

TP_TEST(a_strangers_value_is_left_alone_and_the_ring_polled)
{
    static const int64_t values[] = { TPI_WAKE_NEVER, 77, -1, INT64_MIN, INT64_MAX };
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        tpi_counter_set(counter, values[i]);
        wait_by_polling();
        TP_CHECK_EQ_I64(tpi_counter_get(counter), values[i]);
    }
    tpi_counter_set(counter, TPI_WAKE_AWAKE); /* put right: sleeping goes on */
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(waits, 1);
    tear_down();
}

TP_TEST(a_counter_that_comes_and_goes_is_noticed)
{
    set_up();
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 0);
    TP_CHECK_EQ_I64(waits, 0);
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK_SOON((tp_consumer_wait(consumer, LONG_NS), waits > 0), 10000);
    tpi_counter_close(counter);
    waits = 0;
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 0);
    TP_CHECK_EQ_I64(waits, 0);
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK_SOON((tp_consumer_wait(consumer, LONG_NS), waits > 0), 10000);
    tear_down();
}

TP_TEST(a_counter_of_another_epoch_is_not_used)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(waits, 1);
    fake_driver_new_epoch(&driver, FAKE_EPOCH0 + 1);
    fake_driver_announce(&driver);
    turn();
    TP_CHECK_EQ_U64(consumer->mapping.epoch, FAKE_EPOCH0 + 1);
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 0);
    TP_CHECK_EQ_I64(waits, 1);
    tear_down();
}

/* Of another deployment, say, with the same stream and epoch: its producer does not see our frames. */
TP_TEST(a_counter_that_does_not_wake_gives_way_to_the_next)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    tpi_counter_t *const theirs = counter;
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(tpi_counter_get(theirs),
                    TPI_WAKE_ASLEEP); /* and without a frame it stays there */
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), TPI_WAKE_AWAKE);

    on_sleep = publish;
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 1);
    on_sleep = NULL;
    TP_CHECK(read_one() && !read_one());
    consumer->wait.searched_ns = 0; /* 100 ms have gone by */
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), TPI_WAKE_ASLEEP);
    TP_CHECK_EQ_I64(waits, 4);
    tear_down();
}

TP_TEST(when_the_media_driver_is_lost_nothing_of_it_is_touched)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    tpi_fake_bus_set_up(driver.bus, false);
    waits = 0;
    (void)tp_consumer_wait(consumer, 1000); /* before do_work has noticed */
    TP_CHECK_EQ_I64(waits, 0);
    turn();
    turn();
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), TP_ESTATE);
    TP_CHECK_EQ_I64(waits, 0);
    tpi_fake_bus_set_up(driver.bus, true);
    tear_down();
}

TP_TEST(a_frame_that_is_late_does_not_keep_it_awake)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    const tp_claim_t late = claim_one();
    publish();
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 1);
    TP_CHECK(!read_one()); /* it waits for the late one */
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(waits, 1);
    publish(); /* not its turn yet: a commit wakes, but there is nothing to wait less for */
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0);
    TP_CHECK_EQ_I64(waits, 2);
    commit(&late);
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 1);
    TP_CHECK(read_one() && read_one() && read_one());
    tear_down();
}

static void publish_at_the_first_look(void)
{
    if (yields == 1) { /* there is one however slow the machine is */
        publish();
    }
}

TP_TEST(while_frames_come_fast_it_looks_for_a_moment_before_it_sleeps)
{
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK(!read_one());
    yields = 0;
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000000), 0);
    TP_CHECK_EQ_I64(yields, 0); /* they do not */
    TP_CHECK_EQ_I64(waits, 1);
    TP_CHECK(!consumer->wait.was_short);

    tpi_counter_set(counter, TPI_WAKE_AWAKE);
    consumer->wait.was_short = true;
    on_yield = publish_at_the_first_look;
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, LONG_NS), 1);
    TP_CHECK_EQ_I64(yields, 1);
    TP_CHECK_EQ_I64(waits, 1);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), TPI_WAKE_AWAKE); /* the producer has nobody to wake */
    TP_CHECK(read_one());
    on_yield = NULL;

    consumer->wait.was_short = true;
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000000), 0); /* in vain: asleep after all */
    TP_CHECK_EQ_I64(waits, 2);
    TP_CHECK(!consumer->wait.was_short);
    tear_down();
}

/* ---- several ---- */

static void set_up_second(void)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    TP_CHECK_EQ_I64(tp_consumer_create(&second, client, &options), TP_OK);
    for (int i = 0; i < 100 && !tp_consumer_is_ready(second); i++) {
        fake_driver_run(&driver, client, 10);
    }
    TP_CHECK(tp_consumer_is_ready(second));
}

static bool read_none(void)
{
    tp_frame_t frame;
    return !read_one() && tp_consumer_try_next(second, &frame) == 0;
}

TP_TEST(several_are_woken_by_a_frame_for_one)
{
    set_up();
    set_up_second();
    open_counter(TPI_WAKE_AWAKE);
    tp_consumer_t *const both[] = { consumer, second };
    tp_frame_t frame;
    TP_CHECK(read_none());
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, 1000), 0);
    if (waits == 0) {
        TP_SKIP("no futex_waitv here");
    }
    waits = 0;
    const pthread_t thread = start(publish_to_sleeper);
    int rc;
    while ((rc = tp_consumer_wait_any(both, 2, LONG_NS)) == 0) {
    }
    TP_CHECK_EQ_I64(rc, 1);
    TP_CHECK_EQ_I64(pthread_join(thread, NULL), 0);
    TP_CHECK_EQ_I64(wakes, 1);
    TP_CHECK(read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, LONG_NS), 1); /* the other has not read it */
    TP_CHECK_EQ_I64(tp_consumer_try_next(second, &frame), 1);
    TP_CHECK(read_none());
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, 1000), 0);
    tear_down();
}

TP_TEST(several_without_futex_waitv_are_polled)
{
    set_up();
    set_up_second();
    open_counter(TPI_WAKE_AWAKE);
    tp_consumer_t *const both[] = { consumer, second };
    is_waitv_missing = true;
    TP_CHECK(read_none());
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, LONG_NS), 0);
    barriers = 0; /* that was to find out: from now on nobody is disturbed for nothing */
    tpi_counter_set(counter, TPI_WAKE_AWAKE);
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, LONG_NS), 0);
    TP_CHECK_EQ_I64(barriers, 0);
    TP_CHECK_EQ_I64(tpi_counter_get(counter), TPI_WAKE_AWAKE);
    publish();
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, LONG_NS), 1);
    TP_CHECK_EQ_I64(waits, 0);
    TP_CHECK(read_one());
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, 1000), 0); /* alone it sleeps as ever */
    TP_CHECK_EQ_I64(waits, 1);
    tear_down();
}

TP_TEST(several_of_which_one_is_not_mapped_sleep_by_the_other)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM + 1;
    set_up();
    open_counter(TPI_WAKE_AWAKE);
    TP_CHECK_EQ_I64(tp_consumer_create(&second, client, &options), TP_OK);
    tp_consumer_t *const both[] = { second, consumer };
    TP_CHECK(!tp_consumer_is_ready(second));
    TP_CHECK(!read_one());
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, LONG_NS), 0);
    TP_CHECK_EQ_I64(waits, 1);
    publish();
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 2, LONG_NS), 1);
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 1, LONG_NS), TP_ESTATE);
    TP_CHECK_EQ_I64(tp_consumer_wait_any(both, 0, LONG_NS), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_consumer_wait_any(NULL, 1, LONG_NS), TP_EINVAL);
    tear_down();
}

TP_TEST_MAIN()
