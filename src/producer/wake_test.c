/*
 * The producer's wake word: where it is found, which calls make a system call, and what becomes of it when the lease, the
 * producer or the media driver goes.
 */
#include <linux/futex.h>
#include <sys/syscall.h>

#include "base/bytes.h"
#include "base/wake.h"
#include "client/client_internal.h"
#include "fake_driver.h"
#include "link/counters.h"
#include "producer/wake.h"
#include "tensorpool/producer.h"
#include "wrap_syscall.h"

/* Calls of syscall() come through here (--wrap), those of base/wake.c among them. */
static long wakes;
static bool is_membarrier_missing;

static bool is_syscall_missing(long number, const long a[6])
{
    if (number == SYS_futex) {
        TP_CHECK_EQ_I64((int)a[1], FUTEX_WAKE); /* commit waits for nobody */
        wakes++;
    }
    return number == SYS_membarrier && is_membarrier_missing;
}

static fake_driver_t driver;
static tp_client_t *client;
static tp_producer_t *producer;
static tpi_link_t *other; /* a consumer's link, say */

static void set_up(bool never_wake)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    options.never_wake = never_wake;
    if (!is_membarrier_missing && !tpi_wake_register()) {
        TP_SKIP("no membarrier here");
    }
    fake_driver_init(&driver);
    client = fake_driver_client(&driver, NULL);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&other, driver.bus), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &options), TP_OK);
    for (int i = 0; i < 100 && !tp_producer_is_ready(producer); i++) {
        fake_driver_run(&driver, client, 10);
    }
    TP_CHECK(tp_producer_is_ready(producer));
    fake_driver_run(&driver, client, 10);
    tpi_link_do_work(other, driver.now_ns);
    wakes = 0;
}

static void tear_down(void)
{
    tp_producer_destroy(producer);
    tpi_link_destroy(other);
    tp_client_destroy(client);
    fake_driver_fini(&driver);
}

/* As a consumer finds it; NULL: there is none. */
static _Atomic int64_t *word_of_epoch(uint64_t epoch)
{
    uint8_t key[12];
    tpi_counter_ref_t ref;
    tpi_put_u32(key, FAKE_STREAM);
    tpi_put_u64(key + 4, epoch);
    return tpi_link_find_counter(other, TPI_COUNTER_WAKE, key, sizeof key, -1, &ref)
               ? tpi_link_counter_word(other, &ref)
               : NULL;
}

static tp_claim_t claim_one(void)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(producer, 100, &claim), TP_OK);
    return claim;
}

static void publish(void)
{
    tp_frame_info_t info = { 0 };
    const int32_t dims[] = { 100 };
    const tp_claim_t claim = claim_one();
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, dims), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(producer, &claim, 100, &info), TP_OK);
}

TP_TEST(the_word_is_a_counter_of_stream_epoch_and_client)
{
    set_up(false);
    tp_attach_status_t status;
    uint8_t key[16];
    tpi_counter_ref_t ref;
    tp_producer_status(producer, &status);
    tpi_put_u32(key, FAKE_STREAM);
    tpi_put_u64(key + 4, FAKE_EPOCH0);
    tpi_put_u32(key + 12, status.client_id);
    TP_CHECK(tpi_link_find_counter(other, TPI_COUNTER_WAKE, key, sizeof key, -1, &ref));
    TP_CHECK_EQ_I64(atomic_load(word_of_epoch(FAKE_EPOCH0)), TPI_WAKE_AWAKE);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0 + 1) == NULL);
    tear_down();
}

TP_TEST(commit_and_abort_make_one_call_for_those_who_sleep_and_none_for_nobody)
{
    set_up(false);
    _Atomic int64_t *word = word_of_epoch(FAKE_EPOCH0);
    publish();
    publish();
    TP_CHECK_EQ_I64(wakes, 0);
    atomic_store(word, TPI_WAKE_ASLEEP); /* one of them, or a dozen, or one that was killed */
    tp_claim_t claim = claim_one();
    TP_CHECK_EQ_I64(wakes, 0);
    TP_CHECK_EQ_I64(tp_producer_abort(producer, &claim), TP_OK);
    TP_CHECK_EQ_I64(wakes, 1);
    TP_CHECK_EQ_I64(atomic_load(word), TPI_WAKE_AWAKE);
    publish();
    TP_CHECK_EQ_I64(wakes, 1);
    atomic_store(word, TPI_WAKE_ASLEEP);
    publish();
    publish();
    TP_CHECK_EQ_I64(wakes, 2);
    tear_down();
}

TP_TEST(a_strangers_value_costs_no_call_and_is_put_right_by_do_work)
{
    static const int64_t values[] = { TPI_WAKE_NEVER, 77, -1, INT64_MIN, INT64_MAX };
    set_up(false);
    _Atomic int64_t *word = word_of_epoch(FAKE_EPOCH0);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        atomic_store(word, values[i]);
        publish();
        TP_CHECK_EQ_I64(atomic_load(word), values[i]);
        fake_driver_run(&driver, client, 110); /* looked at with the role's counters */
        TP_CHECK_EQ_I64(atomic_load(word), TPI_WAKE_AWAKE);
    }
    TP_CHECK_EQ_I64(wakes, 0);
    atomic_store(word, TPI_WAKE_ASLEEP);
    fake_driver_run(&driver, client, 110);
    TP_CHECK_EQ_I64(atomic_load(word), TPI_WAKE_ASLEEP); /* a state, and left to commit */
    tear_down();
}

TP_TEST(a_producer_that_is_not_to_wake_has_no_word)
{
    set_up(true);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0) == NULL);
    publish();
    TP_CHECK_EQ_I64(wakes, 0);
    tear_down();
}

TP_TEST(without_membarrier_there_is_no_word)
{
    is_membarrier_missing = true;
    set_up(false);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0) == NULL);
    publish();
    tear_down();
}

static void count_wake_counter(void *clientd, const tpi_counter_view_t *counter)
{
    *(size_t *)clientd += counter->type_id == TPI_COUNTER_WAKE;
}

static size_t wake_counters(void)
{
    size_t count = 0;
    fake_driver_turn(&driver, client);
    tpi_fake_bus_foreach_counter(driver.bus, count_wake_counter, &count);
    return count;
}

TP_TEST(a_client_has_no_more_counters_than_its_share)
{
    enum { MANY = TPI_WAKE_COUNTERS_MAX + 2 };
    static tpi_producer_wake_t many[MANY];
    tpi_attachment_t attachment = { .client = NULL };
    set_up(true);
    attachment.client = client;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            attachment.stream_id = attachment.client_id = i;
            tpi_producer_wake_init(&many[i], false);
            tpi_producer_wake_tick(&many[i], &attachment, 1);
            tpi_producer_wake(&many[i]); /* with a counter or without */
        }
        TP_CHECK_EQ_U64(wake_counters(), TPI_WAKE_COUNTERS_MAX);
        TP_CHECK(many[MANY - 3].counter != NULL && many[MANY - 2].counter == NULL);
        tpi_producer_wake_fini(&many[0]);
        tpi_producer_wake_fini(&many[0]);            /* none given back twice */
        for (uint32_t i = MANY - 2; i < MANY; i++) { /* the first to come gets what is free */
            attachment.stream_id = attachment.client_id = i;
            tpi_producer_wake_tick(&many[i], &attachment, 1);
        }
        TP_CHECK_EQ_U64(wake_counters(), TPI_WAKE_COUNTERS_MAX);
        TP_CHECK(many[MANY - 2].counter != NULL && many[MANY - 1].counter == NULL);
        for (uint32_t i = 0; i < MANY; i++) {
            tpi_producer_wake_fini(&many[i]);
        }
        TP_CHECK_EQ_U64(wake_counters(), 0);
    }
    TP_CHECK_EQ_I64(wakes, 0);
    tear_down();
}

TP_TEST(who_sleeps_is_woken_at_the_end_and_the_word_goes)
{
    set_up(false);
    _Atomic int64_t *word = word_of_epoch(FAKE_EPOCH0);
    atomic_store(word, TPI_WAKE_ASLEEP);
    fake_driver_shutdown(&driver); /* the lease is lost with it */
    driver.answer = FAKE_SILENT;
    fake_driver_turn(&driver, client);
    TP_CHECK(!tp_producer_is_ready(producer));
    TP_CHECK_EQ_I64(wakes, 1);
    fake_driver_turn(&driver, client);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0) == NULL);
    driver.answer = FAKE_GRANT;
    fake_driver_new_epoch(&driver, FAKE_EPOCH0 + 1);
    for (int i = 0; i < 1000 && !tp_producer_is_ready(producer); i++) {
        fake_driver_run(&driver, client, 10);
    }
    TP_CHECK(tp_producer_is_ready(producer));
    fake_driver_run(&driver, client, 10);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0) == NULL);
    word = word_of_epoch(FAKE_EPOCH0 + 1);
    TP_CHECK(word != NULL);
    publish();
    TP_CHECK_EQ_I64(wakes, 1);
    atomic_store(word, TPI_WAKE_ASLEEP);
    tp_producer_destroy(producer);
    producer = NULL;
    TP_CHECK_EQ_I64(wakes, 2);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0 + 1) == NULL);
    tear_down();
}

TP_TEST(when_the_media_driver_is_lost_commit_looks_at_no_memory_of_it)
{
    set_up(false);
    _Atomic int64_t *word = word_of_epoch(FAKE_EPOCH0);
    TP_CHECK(word != NULL);
    tpi_fake_bus_set_up(driver.bus, false);
    tpi_link_do_work(client->link, driver.now_ns); /* the memory goes; the roles do not know yet */
    atomic_store(word, TPI_WAKE_ASLEEP);
    publish();
    TP_CHECK_EQ_I64(wakes, 0);
    TP_CHECK_EQ_I64(atomic_load(word), TPI_WAKE_ASLEEP);
    fake_driver_turn(&driver, client);
    fake_driver_turn(&driver, client);
    TP_CHECK(word_of_epoch(FAKE_EPOCH0) == NULL);
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(producer, 100, &claim), TP_ESTATE);
    tpi_fake_bus_set_up(driver.bus, true);
    tear_down();
}

TP_TEST_MAIN()
