/*
 * Claim, commit, abort, offer, poll and try_next allocate nothing and make no system call: over
 * real Aeron, with descriptors sent, without a subscriber, and with one who does not poll. The one
 * exception: to commit when a consumer sleeps in tp_consumer_wait, unless the producer was told never to.
 */
#include <stdatomic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/wake.h"
#include "link/counters.h"
#include "no_syscalls.h"
#include "tensorpool/tensorpool.h"
#include "tp_test.h"

#define STREAM 1001u
#define MS INT64_C(1000000)
#define PAYLOAD 1000

/* The linker sends every call of these, Aeron's included, here (--wrap). */
static _Atomic long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

void __wrap_free(void *old)
{
    allocations += old != NULL;
    __real_free(old);
}

static tp_media_driver_t *media;
static tp_driver_t *driver;
static tp_client_t *client;
static tp_producer_t *producer;
static tp_consumer_t *consumer;
static tp_frame_info_t info;
static char base_dir[512];

static void turn(void)
{
    tp_media_driver_do_work(media);
    tp_driver_do_work(driver);
    tp_client_do_work(client);
}

static void set_up_with(bool use_descriptors, bool never_wake)
{
    static const tp_driver_pool_t pools[] = { { 1, 4096 } };
    static const tp_driver_profile_t profiles[] = { { "raw", 64, pools, 1 } };
    static const tp_driver_stream_t streams[] = { { "camera", STREAM, "raw" } };
    const char *dirs[] = { base_dir };
    tp_test_path(base_dir, sizeof base_dir, "pools");

    tp_media_driver_options_t media_options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    media_options.aeron_dir = tp_test_aeron_dir();
    media_options.invoker = true;
    TP_CHECK_EQ_I64(tp_media_driver_create(&media, &media_options), TP_OK);

    tp_driver_options_t driver_options = TP_DRIVER_OPTIONS_INIT;
    driver_options.aeron_dir = tp_test_aeron_dir();
    driver_options.base_dir = base_dir;
    driver_options.allowed_base_dirs = dirs;
    driver_options.allowed_base_dirs_count = 1;
    driver_options.profiles = profiles;
    driver_options.nprofiles = 1;
    driver_options.streams = streams;
    driver_options.nstreams = 1;
    driver_options.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31099 };
    driver_options.control_stream_id_range = (tp_id_range_t){ 32000, 32099 };
    TP_CHECK_EQ_I64(tp_driver_create(&driver, &driver_options), TP_OK);

    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.descriptor_channel = "aeron:ipc?term-length=64k";
    TP_CHECK_EQ_I64(tp_client_create(&client, &options), TP_OK);

    tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
    producer_options.stream_id = STREAM;
    producer_options.never_wake = never_wake;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &producer_options), TP_OK);
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer)), 5000);

    tp_consumer_options_t consumer_options = TP_CONSUMER_OPTIONS_INIT;
    consumer_options.stream_id = STREAM;
    consumer_options.use_descriptors = use_descriptors;
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &consumer_options), TP_OK);
    TP_CHECK_SOON((turn(), tp_consumer_is_ready(consumer)), 5000);
    for (int i = 0; i < 100; i++) {
        turn();
    }
    const int32_t dims[] = { 10, 100 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 2, dims), TP_OK);
}

static void set_up(bool use_descriptors)
{
    set_up_with(use_descriptors, false);
}

static void tear_down(void)
{
    /* First the driver, until that is noticed: then nobody waits for answers which this thread
     * would have to give. */
    tp_driver_destroy(driver);
    TP_CHECK_SOON((tp_media_driver_do_work(media), tp_client_do_work(client),
                   !tp_consumer_is_ready(consumer) && !tp_producer_is_ready(producer)),
                  8000);
    tp_consumer_destroy(consumer);
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    tp_media_driver_destroy(media);
}

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    *(uint64_t *)clientd += frame->length;
    return 0;
}

/* Everything once, false if something said it could not. */
static bool all_of_it(uint64_t *bytes)
{
    static const uint8_t payload[PAYLOAD] = { 1 };
    tp_claim_t claim, given_up;
    tp_frame_t frame;
    if (tp_producer_claim(producer, PAYLOAD, &claim) != TP_OK) {
        return false;
    }
    claim.data[0] = 1;
    if (tp_producer_claim_pool(producer, 1, &given_up) != TP_OK ||
        tp_producer_abort(producer, &given_up) != TP_OK ||
        tp_producer_commit(producer, &claim, PAYLOAD, &info) != TP_OK ||
        tp_producer_offer(producer, payload, PAYLOAD, &info) != TP_OK) {
        return false;
    }
    if (tp_consumer_poll(consumer, on_frame, bytes, 1) < 0) {
        return false;
    }
    while (tp_consumer_try_next(consumer, &frame) == 1) {
        *bytes += frame.length;
        if (!tp_frame_is_valid(consumer, &frame)) {
            return false;
        }
    }
    (void)tp_producer_claim(producer, 1 << 20, &claim); /* fits nowhere */
    return tp_consumer_lag(consumer) == 0;
}

static void no_allocation(bool use_descriptors)
{
    uint64_t bytes = 0;
    set_up(use_descriptors);
    for (int i = 0; i < 100; i++) {
        TP_CHECK(all_of_it(&bytes));
    }
    bytes = 0;
    const long before = allocations;
    TP_CHECK_GT_I64(before, 0);
    for (int i = 0; i < 5000; i++) {
        TP_CHECK(all_of_it(&bytes));
    }
    TP_CHECK_EQ_I64(allocations - before, 0);
    TP_CHECK_EQ_U64(bytes, 5000u * 2 * PAYLOAD);
    /* Driving in steady state is free of it, too: no message of the second falls in. */
    tp_producer_stats_t stats;
    tp_producer_stats(producer, &stats);
    if (use_descriptors) {
        TP_CHECK_GT_U64(stats.descriptors_back_pressured, 0); /* nobody polled meanwhile */
        TP_CHECK_GT_U64(stats.descriptors_sent, 0);
    } else {
        TP_CHECK_EQ_U64(stats.descriptors_sent, 0);
        TP_CHECK_EQ_U64(stats.descriptors_not_connected, stats.published);
    }
    tear_down();
}

TP_TEST(publishing_and_reading_allocate_nothing_without_a_subscriber)
{
    no_allocation(false);
}

TP_TEST(publishing_and_reading_allocate_nothing_with_one_that_does_not_poll)
{
    no_allocation(true);
}

static void no_system_call(bool use_descriptors)
{
    uint64_t bytes = 0;
    const bool is_clock_allowed = tp_test_is_clock_a_system_call();
    set_up(use_descriptors);
    TP_CHECK(all_of_it(&bytes));
    const pid_t pid = fork();
    if (pid == 0) {
        uint64_t read = 0;
        bool is_good = true;
        tp_test_forbid_system_calls(is_clock_allowed);
        for (int i = 0; i < 5000; i++) {
            is_good = all_of_it(&read) && is_good;
        }
        syscall(SYS_exit, is_good && read == 5000u * 2 * PAYLOAD ? 0 : 1);
    }
    TP_CHECK_CHILD(pid, 0, 20000);
    tear_down();
}

TP_TEST(publishing_and_reading_make_no_system_call_without_a_subscriber)
{
    no_system_call(false);
}

TP_TEST(publishing_and_reading_make_no_system_call_with_one_that_does_not_poll)
{
    no_system_call(true);
}

/* ---- with consumers that have streams of their own ---- */

enum { PRIVATE = 4 };

/* A progress message and a frame, and what four consumers with streams of their own make of it. */
static bool all_of_theirs(tp_consumer_t *const *own, uint64_t *read)
{
    tp_claim_t claim;
    tp_frame_t frame;
    if (tp_producer_claim(producer, PAYLOAD, &claim) != TP_OK ||
        tp_producer_progress(producer, &claim, PAYLOAD, PAYLOAD / 2, &info) != TP_OK ||
        tp_producer_commit(producer, &claim, PAYLOAD, &info) != TP_OK) {
        return false;
    }
    for (int i = 0; i < PRIVATE; i++) {
        tp_progress_t progress;
        (void)tp_consumer_progress(own[i], &progress);
        while (tp_consumer_try_next(own[i], &frame) == 1) {
            *read += tp_frame_is_valid(own[i], &frame);
        }
    }
    return true;
}

TP_TEST(streams_of_their_own_cost_neither_an_allocation_nor_a_system_call)
{
    const bool is_clock_allowed = tp_test_is_clock_a_system_call();
    tp_consumer_t *own[PRIVATE];
    set_up(false);
    for (int i = 0; i < PRIVATE; i++) {
        tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
        options.stream_id = STREAM;
        options.private_descriptors = true;
        options.private_control = true;
        options.wants_progress = true;
        options.max_rate_hz = i % 2 == 0 ? 1000000 : 0;
        TP_CHECK_EQ_I64(tp_consumer_create(&own[i], client, &options), TP_OK);
    }
    tp_producer_stats_t stats;
    TP_CHECK_SOON(
        (turn(), tp_producer_stats(producer, &stats), stats.private_streams == 2 * PRIVATE), 5000);
    for (int i = 0; i < PRIVATE; i++) {
        tp_consumer_streams_t streams;
        TP_CHECK_SOON((turn(), tp_consumer_streams(own[i], &streams),
                       streams.descriptor_state == TP_STREAM_ACTIVE &&
                           streams.control_state == TP_STREAM_ACTIVE),
                      5000);
        TP_CHECK(streams.is_described == (i % 2 == 0));
    }
    uint64_t read = 0;
    TP_CHECK(all_of_theirs(own, &read));
    for (int i = 0; i < 10; i++) {
        turn();
    }
    TP_CHECK(all_of_theirs(own, &read));
    const long before = allocations;
    for (int i = 0; i < 500; i++) {
        TP_CHECK(all_of_theirs(own, &read));
    }
    TP_CHECK_EQ_I64(allocations - before, 0);
    tp_producer_stats(producer, &stats);
    TP_CHECK_GT_U64(stats.private_sent, 400);
    TP_CHECK_GT_U64(stats.private_failed, 0); /* nobody turned meanwhile, and a term is small */
    TP_CHECK_GT_U64(stats.progress_sent, 500);
    const pid_t pid = fork();
    if (pid == 0) {
        bool is_good = true;
        tp_test_forbid_system_calls(is_clock_allowed);
        for (int i = 0; i < 200; i++) {
            is_good = all_of_theirs(own, &read) && is_good;
        }
        syscall(SYS_exit, is_good ? 0 : 1);
    }
    TP_CHECK_CHILD(pid, 0, 20000);
    tp_driver_destroy(driver); /* as in tear_down: nobody waits for its answers then */
    driver = NULL;
    TP_CHECK_SOON((tp_media_driver_do_work(media), tp_client_do_work(client),
                   !tp_consumer_is_ready(own[0]) && !tp_producer_is_ready(producer)),
                  8000);
    for (int i = 0; i < PRIVATE; i++) {
        tp_consumer_destroy(own[i]);
    }
    tear_down();
}

/* ---- with a sleeper ---- */

static void find_asleep(void *clientd, const tpi_counter_view_t *counter)
{
    bool *is_asleep = clientd;
    *is_asleep =
        *is_asleep || (counter->type_id == TPI_COUNTER_WAKE && counter->value == TPI_WAKE_ASLEEP);
}

/* Sleep in vain, after which the producer takes somebody to be asleep. */
static bool fall_asleep(void)
{
    tp_frame_t frame;
    bool is_asleep = false;
    turn();
    TP_CHECK_EQ_I64(tp_consumer_try_next(consumer, &frame), 0);
    TP_CHECK_EQ_I64(tp_consumer_wait(consumer, MS), 0);
    TP_CHECK_EQ_I64(tpi_counters_foreach(tp_test_aeron_dir(), find_asleep, &is_asleep), TP_OK);
    return is_asleep;
}

static pid_t fork_publisher(bool is_clock_allowed)
{
    const pid_t pid = fork();
    if (pid == 0) {
        uint64_t read = 0;
        bool is_good = true;
        tp_test_forbid_system_calls(is_clock_allowed);
        for (int i = 0; i < 100; i++) {
            is_good = all_of_it(&read) && is_good;
        }
        syscall(SYS_exit, is_good && read == 100u * 2 * PAYLOAD ? 0 : 1);
    }
    return pid;
}

TP_TEST(a_sleeper_makes_commit_call_the_system_and_never_wake_rules_it_out)
{
    const bool is_clock_allowed = tp_test_is_clock_a_system_call();
    uint64_t bytes = 0;
    if (!tpi_wake_register()) {
        TP_SKIP("no membarrier here");
    }
    set_up_with(false, false);
    TP_CHECK(all_of_it(&bytes));
    TP_CHECK_SOON(fall_asleep(), 5000);
    TP_CHECK_CHILD_SIGNAL(fork_publisher(is_clock_allowed), SIGSYS, 20000);
    tear_down();

    set_up_with(false, true);
    TP_CHECK(all_of_it(&bytes));
    TP_CHECK(!fall_asleep());
    TP_CHECK_CHILD(fork_publisher(is_clock_allowed), 0, 20000);
    tear_down();
}

TP_TEST_MAIN()
