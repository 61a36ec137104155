/* The last word of each producer and consumer, who is forgotten, and which losses are news. */
#include "base/bytes.h"
#include "driver_scene.h"
#include "tensorpool/consumer.h"
#include "tensorpool/producer.h"
#include "tensorpool/qos.h"
#include "wire/codec.h"

typedef struct scene {
    driver_scene_t rig;
    tp_client_t *client;
    tp_qos_monitor_t *monitor;
    tpi_publication_t *pub;
    uint64_t told, told_gap, told_late;
    uint32_t told_id;
} scene_t;

static scene_t scene;

static void on_drops(void *clientd, const tp_qos_consumer_t *consumer, uint64_t gap, uint64_t late)
{
    scene_t *s = clientd;
    s->told++;
    s->told_gap = gap;
    s->told_late = late;
    s->told_id = consumer->consumer_id;
}

static void set_up(uint32_t capacity)
{
    memset(&scene, 0, sizeof scene);
    driver_scene_prepare(&scene.rig);
    driver_scene_start(&scene.rig);
    scene.client = driver_scene_client(&scene.rig, NULL);
    tp_qos_monitor_options_t options = TP_QOS_MONITOR_OPTIONS_INIT;
    options.capacity = capacity;
    options.drops = on_drops;
    options.clientd = &scene;
    TP_CHECK_EQ_I64(tp_qos_monitor_create(&scene.monitor, scene.client, &options), TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(scene.rig.peer_link, &scene.pub, "aeron:ipc", 1200, false), TP_OK);
    for (int i = 0; i < 5; i++) {
        driver_scene_step(&scene.rig);
        tp_client_do_work(scene.client);
    }
}

static void tear_down(void)
{
    tp_qos_monitor_destroy(scene.monitor);
    tp_client_destroy(scene.client);
    driver_scene_close(&scene.rig);
}

static void turn(int64_t ms)
{
    scene.rig.now_ns += ms * SCENE_MS;
    driver_scene_step(&scene.rig);
    tp_client_do_work(scene.client);
    tp_qos_monitor_poll(scene.monitor);
}

static void say_consumer(uint32_t stream_id, uint32_t id, uint64_t gap, uint64_t late)
{
    uint8_t buf[128];
    const tpi_qos_consumer_t qos = { .stream_id = stream_id,
                                     .consumer_id = id,
                                     .epoch = 3,
                                     .last_seq_seen = 70 + gap,
                                     .drops_gap = gap,
                                     .drops_late = late,
                                     .mode = TPI_MODE_RATE_LIMITED };
    const int len = tpi_qos_consumer_encode(buf, sizeof buf, &qos);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, buf, (size_t)len), TPI_SEND_OK);
}

static void say_producer(uint32_t stream_id, uint32_t id, uint32_t watermark)
{
    uint8_t buf[128];
    const tpi_qos_producer_t qos = { .stream_id = stream_id,
                                     .producer_id = id,
                                     .epoch = 4,
                                     .current_seq = 900,
                                     .watermark = watermark };
    const int len = tpi_qos_producer_encode(buf, sizeof buf, &qos);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, buf, (size_t)len), TPI_SEND_OK);
}

static tp_qos_monitor_stats_t stats(void)
{
    tp_qos_monitor_stats_t out;
    tp_qos_monitor_stats(scene.monitor, &out);
    return out;
}

/* Proves: U-2, W-126, W-127 */
TP_TEST(the_last_message_of_each_is_kept_by_stream_and_id_with_the_time_it_came)
{
    set_up(0);
    say_consumer(7, 1, 0, 0);
    say_consumer(7, 2, 5, 6);
    say_consumer(6, 1, 1, 1); /* the same id on another stream is another consumer */
    say_producer(7, 9, TPI_NULL_U32);
    say_producer(8, 9, 12);
    turn(10);
    tp_qos_consumer_t c[4];
    TP_CHECK_EQ_U64(tp_qos_monitor_consumers(scene.monitor, c, 2), 3);
    TP_CHECK_EQ_U64(tp_qos_monitor_consumers(scene.monitor, c, 4), 3);
    TP_CHECK_EQ_U64(c[0].stream_id, 6);
    TP_CHECK_EQ_U64(c[1].consumer_id, 1);
    TP_CHECK_EQ_U64(c[2].consumer_id, 2);
    TP_CHECK_EQ_U64(c[2].drops_gap, 5);
    TP_CHECK_EQ_U64(c[2].drops_late, 6);
    TP_CHECK_EQ_U64(c[2].last_seq_seen, 75);
    TP_CHECK(c[2].is_rate_limited);
    TP_CHECK_EQ_I64(c[2].received_ns, scene.rig.now_ns);
    turn(500);
    say_consumer(7, 2, 5, 6);
    turn(10);
    TP_CHECK(tp_qos_monitor_find_consumer(scene.monitor, 7, 2, c));
    TP_CHECK_EQ_I64(c[0].received_ns, scene.rig.now_ns);
    TP_CHECK_EQ_U64(c[0].messages, 2);
    TP_CHECK(!tp_qos_monitor_find_consumer(scene.monitor, 6, 2, c));
    tp_qos_producer_t p[4];
    TP_CHECK_EQ_U64(tp_qos_monitor_producers(scene.monitor, p, 4), 2);
    TP_CHECK_EQ_U64(p[0].watermark, 0);
    TP_CHECK_EQ_U64(p[1].watermark, 12);
    TP_CHECK_EQ_U64(p[1].current_seq, 900);
    TP_CHECK(tp_qos_monitor_find_producer(scene.monitor, 8, 9, p));
    TP_CHECK_EQ_U64(p[0].epoch, 4);
    tear_down();
}

/* Proves: U-8 */
TP_TEST(only_losses_that_grew_are_told)
{
    set_up(0);
    say_consumer(7, 1, 100, 50); /* from before we listened */
    turn(10);
    TP_CHECK_EQ_U64(scene.told, 0);
    say_consumer(7, 1, 100, 50);
    turn(1000);
    TP_CHECK_EQ_U64(scene.told, 0);
    say_consumer(7, 1, 103, 50);
    turn(1000);
    TP_CHECK_EQ_U64(scene.told, 1);
    TP_CHECK_EQ_U64(scene.told_gap, 3);
    TP_CHECK_EQ_U64(scene.told_late, 0);
    say_consumer(7, 1, 103, 52);
    turn(1000);
    TP_CHECK_EQ_U64(scene.told, 2);
    TP_CHECK_EQ_U64(scene.told_late, 2);
    say_consumer(7, 1, 0, 0); /* began anew under its id */
    turn(1000);
    say_consumer(7, 1, 1, 0);
    turn(1000);
    TP_CHECK_EQ_U64(scene.told, 3);
    TP_CHECK_EQ_U64(scene.told_id, 1);
    TP_CHECK_EQ_U64(stats().drop_reports, 3);
    tear_down();
}

TP_TEST(who_is_not_heard_is_forgotten_and_a_full_table_loses_the_one_heard_longest_ago)
{
    set_up(4);
    for (uint32_t id = 1; id <= 4; id++) {
        say_consumer(7, id, 0, 0);
        turn(100);
    }
    say_consumer(7, 1, 0, 0);
    turn(100);
    say_consumer(7, 5, 0, 0); /* 2 is the stalest */
    turn(100);
    tp_qos_consumer_t c[8];
    TP_CHECK_EQ_U64(tp_qos_monitor_consumers(scene.monitor, c, 8), 4);
    TP_CHECK(!tp_qos_monitor_find_consumer(scene.monitor, 7, 2, c));
    TP_CHECK_EQ_U64(stats().evicted, 1);
    turn(9750);
    TP_CHECK_EQ_U64(stats().expired, 1); /* 3 */
    turn(10000);
    TP_CHECK_EQ_U64(tp_qos_monitor_consumers(scene.monitor, c, 8), 0);
    TP_CHECK_EQ_U64(stats().expired, 4);
    tear_down();
}

/* Proves: W-9 */
TP_TEST(what_does_not_decode_is_counted_and_what_is_not_qos_is_passed_over)
{
    set_up(0);
    uint8_t buf[64] = { 41, 0, 5, 0, 0x84, 3, 1, 0 };
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, buf, 20), TPI_SEND_OK); /* cut off */
    buf[0] = 40;
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, buf, 49), TPI_SEND_OK);
    buf[2] = 4;
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, buf, 49), TPI_SEND_OK);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, buf, 3), TPI_SEND_OK);
    turn(10);
    TP_CHECK_EQ_U64(stats().ignored_decode, 2);
    TP_CHECK_EQ_U64(stats().messages, 0);
    tear_down();
}

/* Proves: W-117, W-126, W-127 */
TP_TEST(producers_and_consumers_of_this_library_are_heard_once_a_second)
{
    set_up(0);
    tp_client_t *other = driver_scene_client(&scene.rig, NULL);
    tp_producer_options_t producing = TP_PRODUCER_OPTIONS_INIT;
    tp_consumer_options_t consuming = TP_CONSUMER_OPTIONS_INIT;
    tp_producer_t *producer = NULL;
    tp_consumer_t *consumer = NULL;
    producing.stream_id = consuming.stream_id = DRIVER_SCENE_A;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, other, &producing), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, other, &consuming), TP_OK);
    for (int i = 0; i < 350; i++) {
        tp_client_do_work(other);
        turn(10);
    }
    tp_attach_status_t status;
    tp_qos_consumer_t c;
    tp_qos_producer_t p;
    tp_consumer_status(consumer, &status);
    TP_CHECK(tp_qos_monitor_find_consumer(scene.monitor, DRIVER_SCENE_A, status.client_id, &c));
    TP_CHECK(c.messages >= 3 && c.messages <= 4);
    TP_CHECK_EQ_U64(c.epoch, status.epoch);
    tp_producer_status(producer, &status);
    TP_CHECK(tp_qos_monitor_find_producer(scene.monitor, DRIVER_SCENE_A, status.client_id, &p));
    TP_CHECK(p.messages >= 3 && p.messages <= 4);
    tp_consumer_destroy(consumer);
    tp_producer_destroy(producer);
    tp_client_destroy(other);
    tear_down();
}

TP_TEST(options_that_make_no_sense_are_refused)
{
    set_up(0);
    tp_qos_monitor_options_t options = TP_QOS_MONITOR_OPTIONS_INIT;
    tp_qos_monitor_t *monitor = NULL;
    options.capacity = 65537;
    TP_CHECK_EQ_I64(tp_qos_monitor_create(&monitor, scene.client, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "65537");
    options.capacity = 1;
    options.expiry_ns = -1;
    TP_CHECK_EQ_I64(tp_qos_monitor_create(&monitor, scene.client, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "-1");
    TP_CHECK(monitor == NULL);
    tear_down();
}

TP_TEST_MAIN()
