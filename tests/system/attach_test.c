/*
 * Clients against the real SHM driver over a real media driver, all turned by one thread: attach,
 * lose, find again.
 */
#include <string.h>
#include <sys/stat.h>

#include "tensorpool/tensorpool.h"
#include "tp_test.h"

#define STREAM 1001u
#define MS INT64_C(1000000)

static tp_media_driver_t *media;
static tp_driver_t *driver;
static tp_client_t *client;
static char base_dir[512];

static void start_media(void)
{
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.client_liveness_timeout_ns = 2000 * MS;
    options.timer_interval_ns = 50 * MS;
    options.invoker = true;
    const int rc = tp_media_driver_create(&media, &options);
    TP_CHECK_MSG(rc == TP_OK, "media driver: %s", tp_errmsg());
}

static void start_driver(void)
{
    static const tp_driver_pool_t pools[] = { { 1, 4096 }, { 2, 65536 } };
    static const tp_driver_profile_t profiles[] = { { "raw", 64, pools, 2 } };
    static const tp_driver_stream_t streams[] = { { "camera", STREAM, "raw" },
                                                  { "result", STREAM + 1, "raw" } };
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    const char *dirs[] = { base_dir };
    tp_test_path(base_dir, sizeof base_dir, "pools");
    options.aeron_dir = tp_test_aeron_dir();
    options.base_dir = base_dir;
    options.allowed_base_dirs = dirs;
    options.allowed_base_dirs_count = 1;
    options.profiles = profiles;
    options.nprofiles = 1;
    options.streams = streams;
    options.nstreams = 2;
    options.announce_period_ms = 200;
    options.media_driver_timeout_ns = 1500 * MS;
    options.control_channel = "aeron:ipc?term-length=64k";
    options.qos_channel = "aeron:ipc?term-length=64k";
    const int rc = tp_driver_create(&driver, &options);
    TP_CHECK_MSG(rc == TP_OK, "SHM driver: %s", tp_errmsg());
}

static tp_client_options_t client_options(void)
{
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.aeron_dir = tp_test_aeron_dir();
    options.announce_period_ns = 200 * MS;
    options.driver_timeout_ns = 2000 * MS;
    options.media_driver_timeout_ns = 1500 * MS;
    options.control_channel = "aeron:ipc?term-length=64k";
    options.descriptor_channel = "aeron:ipc?term-length=64k";
    options.qos_channel = "aeron:ipc?term-length=64k";
    options.qos_interval_ns = 100 * MS;
    return options;
}

static bool turning;

static int turn(void)
{
    if (turning) {
        return 0;
    }
    turning = true;
    if (media != NULL) {
        tp_media_driver_do_work(media);
    }
    if (driver != NULL) {
        tp_driver_do_work(driver);
    }
    tp_client_do_work(client);
    turning = false;
    return 0;
}

/* The client's clock turns the others too, so that the waits inside the library get their answers.
 */
static int64_t turning_clock(void *clientd)
{
    (void)clientd;
    if (!turning) {
        turning = true;
        if (media != NULL) {
            tp_media_driver_do_work(media);
        }
        if (driver != NULL) {
            tp_driver_do_work(driver);
        }
        turning = false;
    }
    return tp_test_now_ns();
}

static void set_up(void)
{
    tp_client_options_t options = client_options();
    options.clock = turning_clock;
    start_media();
    start_driver();
    const int rc = tp_client_create(&client, &options);
    TP_CHECK_MSG(rc == TP_OK, "client: %s", tp_errmsg());
}

static void tear_down(void)
{
    tp_client_destroy(client);
    tp_driver_destroy(driver);
    tp_media_driver_destroy(media);
    client = NULL;
    driver = NULL;
    media = NULL;
}

static tp_producer_t *make_producer(void)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    tp_producer_t *producer = NULL;
    options.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &options), TP_OK);
    return producer;
}

static tp_consumer_t *make_consumer(bool use_descriptors)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    tp_consumer_t *consumer = NULL;
    options.stream_id = STREAM;
    options.use_descriptors = use_descriptors;
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &options), TP_OK);
    return consumer;
}

static bool has_reason(const tp_consumer_t *consumer, const tp_producer_t *producer,
                       tp_attach_reason_t reason)
{
    tp_attach_status_t a, b;
    tp_consumer_status(consumer, &a);
    tp_producer_status(producer, &b);
    return a.reason == reason && b.reason == reason;
}

static uint64_t published;

static int publish(tp_producer_t *producer)
{
    static uint8_t bytes[1000];
    tp_frame_info_t info = { 0 };
    const int32_t dims[] = { 1000 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, dims), TP_OK);
    memset(bytes, (int)published, sizeof bytes);
    info.meta_version = (uint32_t)published;
    const int rc = tp_producer_offer(producer, bytes, sizeof bytes, &info);
    published += rc == TP_OK;
    return rc;
}

static int take(tp_consumer_t *consumer)
{
    tp_frame_t frame;
    int n = 0;
    while (tp_consumer_try_next(consumer, &frame) == 1) {
        TP_CHECK_EQ_U64(frame.length, 1000);
        TP_CHECK_EQ_U64(frame.data[999], frame.meta_version & 0xff);
        n += tp_frame_is_valid(consumer, &frame);
    }
    return n;
}

static void check_sum(const tp_consumer_t *consumer)
{
    tp_consumer_stats_t s;
    tp_consumer_stats(consumer, &s);
    TP_CHECK_EQ_U64(s.drops_late, 0);
}

/* Proves: D-25, D-65, D-74, CP-2, CP-4 and that everything works in any order (OP-1) */
TP_TEST(frames_go_from_a_producer_to_consumers_of_the_same_process)
{
    set_up();
    tp_consumer_t *early = make_consumer(false);
    TP_CHECK_SOON((turn(), tp_consumer_is_ready(early)), 5000); /* before there is a producer */
    tp_producer_t *producer = make_producer();
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer)), 5000);
    tp_consumer_t *late = make_consumer(true);
    TP_CHECK_SOON((turn(), tp_consumer_is_ready(late)), 5000);
    tp_attach_status_t p, c;
    tp_producer_status(producer, &p);
    TP_CHECK_SOON((turn(), tp_consumer_status(early, &c), c.epoch == p.epoch), 5000);
    int early_got = 0, late_got = 0;
    for (int i = 0; i < 1000; i++) {
        TP_CHECK_EQ_I64(publish(producer), TP_OK);
        early_got += take(early);
        late_got += take(late);
        if (i % 10 == 0) {
            turn();
        }
    }
    TP_CHECK_EQ_I64(early_got, 1000);
    TP_CHECK_EQ_I64(late_got, 1000);
    tp_producer_stats_t ps;
    tp_producer_stats(producer, &ps);
    TP_CHECK_EQ_U64(
        ps.descriptors_sent + ps.descriptors_back_pressured + ps.descriptors_not_connected, 1000);
    TP_CHECK_GT_U64(ps.descriptors_sent, 900);
    check_sum(early);
    check_sum(late);
    tp_consumer_destroy(early);
    tp_consumer_destroy(late);
    tp_producer_destroy(producer);
    tear_down();
}

/* Proves: D-29, D-71: refused while the first lives, granted after it has gone */
TP_TEST(a_second_producer_waits_for_the_end_of_the_first)
{
    set_up();
    tp_producer_t *first = make_producer();
    TP_CHECK_SOON((turn(), tp_producer_is_ready(first)), 5000);
    tp_producer_t *second = make_producer();
    tp_attach_status_t status;
    TP_CHECK_SOON(
        (turn(), tp_producer_status(second, &status), status.reason == TP_REASON_REJECTED), 5000);
    TP_CHECK_CONTAINS(status.text, "producer already attached");
    TP_CHECK_EQ_I64(tp_producer_await_ready(second, 100 * MS), TP_EREJECTED);
    TP_CHECK(tp_producer_is_ready(first));
    tp_producer_destroy(first);
    TP_CHECK_SOON((turn(), tp_producer_is_ready(second)), 8000);
    tp_producer_destroy(second);
    tear_down();
}

/* Proves: D-54, D-56, D-63 and docs/decisions/0001: a clean end loses nothing */
TP_TEST(a_producer_that_ends_at_once_after_its_last_frame_loses_none)
{
    set_up();
    tp_consumer_t *consumer = make_consumer(false);
    TP_CHECK_SOON((turn(), tp_consumer_is_ready(consumer)), 5000);
    uint64_t got = 0;
    for (int round = 0; round < 5; round++) {
        tp_producer_t *producer = make_producer();
        TP_CHECK_SOON((turn(), tp_producer_is_ready(producer)), 5000);
        for (int i = 0; i < 30; i++) {
            TP_CHECK_EQ_I64(publish(producer), TP_OK);
        }
        tp_producer_destroy(producer);
        const uint64_t want = got + 30;
        TP_CHECK_SOON((turn(), got += (uint64_t)take(consumer), got >= want), 5000);
        TP_CHECK_EQ_U64(got, want);
    }
    tp_consumer_stats_t stats;
    tp_consumer_stats(consumer, &stats);
    TP_CHECK_EQ_U64(stats.accepted, 150);
    TP_CHECK_EQ_U64(stats.drops_gap + stats.drops_late + stats.drops[TP_DROP_REMAP], 0);
    tp_consumer_destroy(consumer);
    tear_down();
}

/* Proves: D-77, D-78, D-82, D-83, D-84 */
TP_TEST(clients_survive_the_restart_of_the_driver_orderly_or_not)
{
    set_up();
    tp_producer_t *producer = make_producer();
    tp_consumer_t *consumer = make_consumer(false);
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer) && tp_consumer_is_ready(consumer)), 5000);
    for (int round = 0; round < 2; round++) {
        if (round == 0) {
            tp_driver_request_shutdown(driver, 0, "maintenance");
            tp_driver_request_shutdown(driver, 0, "maintenance");
            TP_CHECK_SOON((turn(), tp_driver_state(driver) == TP_DRIVER_STOPPED), 5000);
        }
        tp_driver_destroy(driver);
        driver = NULL;
        const tp_attach_reason_t reason =
            round == 0 ? TP_REASON_DRIVER_SHUTDOWN : TP_REASON_DRIVER_LOST;
        TP_CHECK_SOON((turn(), !tp_producer_is_ready(producer) && !tp_consumer_is_ready(consumer)),
                      5000);
        TP_CHECK(has_reason(consumer, producer, reason));
        TP_CHECK_EQ_I64(publish(producer), TP_ESTATE);
        start_driver();
        TP_CHECK_SOON((turn(), tp_producer_is_ready(producer) && tp_consumer_is_ready(consumer)),
                      15000);
        tp_attach_status_t p, c;
        tp_producer_status(producer, &p);
        TP_CHECK_SOON((turn(), tp_consumer_status(consumer, &c), c.epoch == p.epoch), 5000);
        int got = 0;
        for (int i = 0; i < 50; i++) {
            TP_CHECK_EQ_I64(publish(producer), TP_OK);
            turn();
            got += take(consumer);
        }
        TP_CHECK_EQ_I64(got, 50);
    }
    check_sum(consumer);
    tp_consumer_destroy(consumer);
    tp_producer_destroy(producer);
    tear_down();
}

/* Proves: D-82 with the media driver; nobody writes code for it */
TP_TEST(clients_survive_the_restart_of_the_media_driver)
{
    set_up();
    tp_producer_t *producer = make_producer();
    tp_consumer_t *consumer = make_consumer(false);
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer) && tp_consumer_is_ready(consumer)), 5000);
    tp_media_driver_destroy(media);
    media = NULL;
    TP_CHECK_SOON((turn(), !tp_producer_is_ready(producer) && !tp_consumer_is_ready(consumer)),
                  10000);
    TP_CHECK_EQ_I64(tp_client_state(client), TP_CLIENT_LOST);
    start_media();
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer) && tp_consumer_is_ready(consumer)),
                  15000);
    tp_attach_status_t p, c;
    tp_producer_status(producer, &p);
    TP_CHECK_SOON((turn(), tp_consumer_status(consumer, &c), c.epoch == p.epoch), 5000);
    int got = 0;
    for (int i = 0; i < 50; i++) {
        TP_CHECK_EQ_I64(publish(producer), TP_OK);
        turn();
        got += take(consumer);
    }
    TP_CHECK_EQ_I64(got, 50);
    tp_consumer_destroy(consumer);
    tp_producer_destroy(producer);
    tear_down();
}

static int duty(void *clientd, tp_client_t *of)
{
    (void)of;
    return tp_consumer_poll(clientd, NULL, NULL, 0) < 0 ? 0 : 0;
}

/* Proves: CA-6 */
TP_TEST(a_client_runs_on_a_thread_if_asked_and_stops_when_told)
{
    start_media();
    start_driver();
    tp_client_options_t options = client_options();
    TP_CHECK_EQ_I64(tp_client_create(&client, &options), TP_OK);
    tp_consumer_t *consumer = make_consumer(false);
    tp_runner_t *runner = NULL;
    TP_CHECK_EQ_I64(tp_runner_start(&runner, client, duty, consumer), TP_OK);
    tp_driver_stats_t stats;
    TP_CHECK_SOON((tp_media_driver_do_work(media), tp_driver_do_work(driver),
                   tp_driver_stats(driver, &stats), stats.keepalives > 0),
                  8000);
    TP_CHECK_EQ_I64(tp_runner_stop(runner), 0);
    TP_CHECK(tp_consumer_is_ready(consumer));
    tp_consumer_destroy(consumer); /* nobody answers: at most a second */
    tear_down();
}

TP_TEST_MAIN()
