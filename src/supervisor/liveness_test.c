/*
 * What a supervisor sees: the tables, who is stale, who collides, who drops.
 */
#include <stdlib.h>

#include "supervisor/supervisor_test_util.h"
#include "wire/meta.h"

/* Proves: U-1, U-2, W-133 */
TP_TEST(what_is_said_is_in_the_tables)
{
    set_up();
    scene.hello.max_rate_hz = 25;
    scene.hello.mode = TPI_MODE_RATE_LIMITED;
    scene.qos_producer.current_seq = 100;
    run_ms(500);
    scene.qos_producer.current_seq = 160; /* sixty in a second */
    scene.qos_consumer.last_seq_seen = 155;
    scene.qos_consumer.drops_gap = 4;
    scene.qos_consumer.drops_late = 2;
    say_source(PRODUCER, FAKE_EPOCH0, "left\x1b camera");
    run_ms(1000);
    const tp_supervisor_producer_t p = the_producer();
    TP_CHECK_EQ_U64(p.epoch, FAKE_EPOCH0);
    TP_CHECK_EQ_U64(p.current_seq, 160);
    TP_CHECK(p.rate_hz > 59.0 && p.rate_hz < 61.0);
    TP_CHECK_EQ_STR(p.name, "left? camera");
    TP_CHECK_EQ_U64(p.meta_version, 3);
    TP_CHECK(p.announce_age_ns >= 0 && p.announce_age_ns <= 1000 * FAKE_MS);
    TP_CHECK(p.qos_age_ns >= 0 && p.qos_age_ns <= 1000 * FAKE_MS);
    TP_CHECK(!p.is_stale && !p.is_conflicting && !p.is_unannounced);
    const tp_supervisor_consumer_t c = the_consumer();
    TP_CHECK(c.has_hello && c.has_qos && c.supports_shm && !c.is_stale && !c.has_config);
    TP_CHECK_EQ_U64(c.max_rate_hz, 25);
    TP_CHECK_EQ_U64(c.requested_mode, TPI_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(c.last_seq_seen, 155);
    TP_CHECK_EQ_U64(c.drops_gap, 4);
    TP_CHECK_EQ_U64(c.drops_late, 2);
    TP_CHECK(c.has_lag);
    TP_CHECK_EQ_U64(c.lag, 4); /* 156..159 */
    TP_CHECK_EQ_U64(stats().source_announces, 1);
    uint8_t buf[256];
    const tpi_data_source_meta_t meta = { .stream_id = FAKE_STREAM,
                                          .meta_version = 9,
                                          .timestamp_ns = 1 };
    fake_send(scene.metadata, buf, tpi_data_source_meta_encode(buf, sizeof buf, &meta));
    run_ms(10);
    TP_CHECK_EQ_U64(the_producer().meta_version, 9);
    TP_CHECK_EQ_U64(stats().metas, 1);
    TP_CHECK(tp_supervisor_is_listening(scene.supervisor, NULL));
    tear_down();
}

/* Proves: U-2 one id on two streams is two entries */
TP_TEST(keys_are_stream_and_id)
{
    set_up();
    tpi_consumer_hello_t other = a_hello(CONSUMER);
    other.stream_id = 77;
    other.max_rate_hz = 5;
    say_hello(0, &other);
    tpi_qos_producer_t elsewhere = a_qos_producer(PRODUCER);
    elsewhere.stream_id = 77;
    elsewhere.current_seq = 9;
    say_qos_producer(&elsewhere);
    run_ms(100);
    tp_supervisor_consumer_t c;
    tp_supervisor_producer_t p;
    TP_CHECK_EQ_U64(stats().consumers, 2);
    TP_CHECK_EQ_U64(stats().producers, 2);
    TP_CHECK(find_consumer(77, CONSUMER, &c) && c.max_rate_hz == 5);
    TP_CHECK(find_producer(77, PRODUCER, &p) && p.current_seq == 9);
    TP_CHECK_EQ_U64(the_consumer().max_rate_hz, 0);
    TP_CHECK_EQ_U64(stats().collisions, 0);
    tear_down();
}

TP_TEST(streams_that_are_not_asked_for_are_not_watched)
{
    const tp_id_range_t streams[] = { { 5, 6 }, { FAKE_STREAM, FAKE_STREAM } };
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.streams = streams;
    options.nstreams = 2;
    set_up_with(&options);
    tpi_consumer_hello_t other = a_hello(CONSUMER);
    other.stream_id = 7;
    say_hello(0, &other);
    other.stream_id = 6;
    say_hello(0, &other);
    run_ms(100);
    TP_CHECK_EQ_U64(stats().consumers, 2);
    TP_CHECK_EQ_U64(stats().ignored_stream, 1);
    tear_down();
}

/* Proves: U-3, W-99 stale when neither came, removed after a further period; hello alone keeps it */
TP_TEST(a_silent_consumer_is_stale_then_removed)
{
    set_up();
    run_ms(3000);
    scene.is_consuming = false;
    tp_supervisor_consumer_t c;
    for (int i = 0; i < 8; i++) {
        say_hello(0, &scene.hello);
        run_ms(1000);
        TP_CHECK(!the_consumer().is_stale);
    }
    run_ms(4000);
    TP_CHECK(!the_consumer().is_stale);
    run_ms(2500);
    TP_CHECK(the_consumer().is_stale);
    TP_CHECK_EQ_I64(scene_said("consumer 21 is stale: no hello for"), 1);
    TP_CHECK_EQ_U64(stats().stale, 1);
    TP_CHECK_EQ_U64(stats().stale_consumers, 1);
    run_ms(7000);
    TP_CHECK(!find_consumer(FAKE_STREAM, CONSUMER, &c));
    TP_CHECK_EQ_I64(scene_said("consumer 21 is removed"), 1);
    TP_CHECK_EQ_U64(stats().removed, 1);
    TP_CHECK_EQ_U64(stats().stale_consumers, 0);
    tear_down();
}

/* Proves: U-3, W-99 and QoS alone keeps it */
TP_TEST(a_consumer_that_says_no_hello_is_live_by_its_qos)
{
    set_up();
    run_ms(3000);
    scene.is_consuming = false;
    for (int i = 0; i < 12; i++) {
        say_qos_consumer(0, &scene.qos_consumer);
        run_ms(1000);
        TP_CHECK(!the_consumer().is_stale);
    }
    tear_down();
}

/* Proves: U-3 and it comes back as if nothing had been */
TP_TEST(a_stale_consumer_that_talks_is_live)
{
    set_up();
    run_ms(1000);
    scene.is_consuming = false;
    run_ms(7000);
    TP_CHECK(the_consumer().is_stale);
    say_qos_consumer(0, &scene.qos_consumer);
    run_ms(10);
    TP_CHECK(!the_consumer().is_stale);
    TP_CHECK_EQ_I64(scene_said("consumer 21 is back"), 1);
    tear_down();
}

/* Proves: U-3 */
TP_TEST(a_silent_producer_is_stale_then_removed_and_qos_alone_keeps_it)
{
    set_up();
    run_ms(1000);
    scene.driver.is_announcing = false;
    /* Its superblock ages, too: another process's file, which this client may not see. */
    scene.supervisor->producers[0].ring_uri_len = 0;
    run_ms(8000);
    TP_CHECK(!the_producer().is_stale);
    TP_CHECK(the_producer().is_unannounced);
    TP_CHECK_EQ_I64(scene_said("alert: no announce of producer 7"), 1); /* OP-7, once */
    TP_CHECK_EQ_U64(stats().alerts, 1);
    scene.is_producing = false;
    run_ms(7000);
    TP_CHECK(the_producer().is_stale);
    TP_CHECK_EQ_I64(scene_said("producer 7, epoch 1000, is stale: no announce for"), 1);
    run_ms(7000);
    TP_CHECK_EQ_U64(stats().producers, 0);
    tear_down();
}

static void keep_superblock(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)announce;
    tpi_mapping_touch(&d->set.mapping, (uint64_t)(INT64_C(50000000000))); /* as at the start */
}

static void future_superblock(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)announce;
    tpi_mapping_touch(&d->set.mapping, (uint64_t)(d->now_ns + 3600 * 1000 * FAKE_MS));
}

/* Proves: U-3, W-118, W-119 */
TP_TEST(a_producer_whose_superblock_is_old_is_stale_though_it_announces)
{
    set_up();
    run_ms(3000);
    TP_CHECK(the_producer().activity_age_ns >= 0);
    TP_CHECK(the_producer().activity_age_ns < 2500 * FAKE_MS);
    scene.driver.edit_announce = keep_superblock;
    run_ms(9000);
    TP_CHECK(the_producer().is_stale);
    TP_CHECK_EQ_I64(scene_said("its superblock was last refreshed"), 1);
    TP_CHECK_EQ_U64(stats().stale, 1);
    scene.driver.edit_announce = NULL;
    run_ms(3000);
    TP_CHECK(!the_producer().is_stale);
    scene.driver.edit_announce = future_superblock;
    run_ms(5000);
    TP_CHECK(the_producer().is_stale);
    tear_down();
}

static void outside(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->header_region_uri = fake_view("shm:file?path=/etc/passwd");
}

static void nonsense(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->header_region_uri = fake_view("http://example");
}

static void other_file(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    announce->header_region_uri = fake_view(d->set.uris[1]); /* a pool's: not the announced ring */
}

/* Proves: W-118 what may not be looked at says nothing; announces and QoS do */
TP_TEST(superblocks_out_of_reach_are_not_judged)
{
    static void (*const edits[])(fake_driver_t *, tpi_shm_pool_announce_t *) = { outside, nonsense,
                                                                                 other_file };
    for (size_t i = 0; i < 3; i++) {
        set_up();
        scene.driver.edit_announce = edits[i];
        run_ms(9000);
        TP_CHECK(!the_producer().is_stale);
        TP_CHECK_EQ_I64(the_producer().activity_age_ns, -1);
        tear_down();
    }
}

/* Proves: U-5 */
TP_TEST(two_senders_with_one_consumer_id_are_reported_once)
{
    set_up();
    run_ms(1000);
    scene.is_consuming = false;
    for (int i = 0; i < 6; i++) {
        say_qos_consumer(i % 2, &scene.qos_consumer);
        run_ms(500);
    }
    TP_CHECK_EQ_U64(stats().collisions, 1);
    TP_CHECK(the_consumer().is_colliding);
    TP_CHECK_EQ_I64(scene_said("two senders use consumer id 21"), 1);
    /* One of them goes; the next time is a new occurrence. */
    for (int i = 0; i < 14; i++) {
        say_qos_consumer(0, &scene.qos_consumer);
        run_ms(500);
    }
    TP_CHECK(!the_consumer().is_colliding);
    for (int i = 0; i < 4; i++) {
        say_hello(i % 2, &scene.hello);
        run_ms(500);
    }
    TP_CHECK_EQ_U64(stats().collisions, 2);
    tear_down();
}

/* Proves: U-5 a restart is no collision */
TP_TEST(one_sender_after_another_is_a_restart)
{
    set_up();
    run_ms(2000);
    scene.is_consuming = false;
    for (int i = 0; i < 5; i++) {
        say_hello(1, &scene.hello);
        say_qos_consumer(1, &scene.qos_consumer);
        run_ms(1000);
    }
    TP_CHECK_EQ_U64(stats().collisions, 0);
    tear_down();
}

static void hear_from(int32_t session_id)
{
    uint8_t buf[128];
    const tpi_message_info_t info = { .session_id = session_id };
    const int len = tpi_qos_consumer_encode(buf, sizeof buf, &scene.qos_consumer);
    TP_CHECK_GT_I64(len, 0);
    tpi_supervisor_on_message(scene.supervisor, buf, (size_t)len, &info);
}

/* Proves: U-5 nor are many, and sessions of another time */
TP_TEST(only_senders_who_take_turns_collide)
{
    set_up();
    scene.is_consuming = false;
    for (int32_t session = 101; session < 110; session++) {
        hear_from(session);
        run_ms(10);
    }
    TP_CHECK_EQ_U64(stats().collisions, 0);
    /* The media driver numbers anew. */
    tpi_fake_bus_set_up(scene.driver.bus, false);
    run_ms(50);
    tpi_fake_bus_set_up(scene.driver.bus, true);
    run_ms(50);
    hear_from(108);
    hear_from(108);
    TP_CHECK_EQ_U64(stats().collisions, 0);
    /* And what was long ago is not a turn. */
    hear_from(109);
    run_ms(6000);
    hear_from(108);
    TP_CHECK_EQ_U64(stats().collisions, 0);
    hear_from(109);
    TP_CHECK_EQ_U64(stats().collisions, 1);
    tear_down();
}

/* Proves: U-5, W-85 */
TP_TEST(two_producers_of_one_stream_and_epoch_are_reported_once)
{
    set_up();
    run_ms(1000);
    tpi_qos_producer_t other = a_qos_producer(8);
    for (int i = 0; i < 4; i++) {
        say_qos_producer(&other);
        run_ms(1000);
    }
    TP_CHECK_EQ_U64(stats().collisions, 1);
    TP_CHECK(the_producer().is_conflicting);
    TP_CHECK_EQ_I64(scene_said("producers 7 and 8 both claim epoch 1000"), 1);
    run_ms(8000);
    TP_CHECK(!the_producer().is_conflicting);
    tear_down();
}

/* Proves: U-5 of other epochs and streams there may be many */
TP_TEST(producers_of_other_epochs_do_not_conflict)
{
    set_up();
    run_ms(1000);
    tpi_qos_producer_t other = a_qos_producer(8);
    other.epoch = FAKE_EPOCH0 - 1;
    say_qos_producer(&other);
    other = a_qos_producer(9);
    other.stream_id = 5;
    say_qos_producer(&other);
    run_ms(100);
    TP_CHECK_EQ_U64(stats().collisions, 0);
    tear_down();
}

/* Proves: U-8 */
TP_TEST(drops_are_reported_when_they_grew)
{
    set_up();
    scene.qos_consumer.drops_gap = 1000; /* from before the supervisor came */
    run_ms(3000);
    TP_CHECK_EQ_U64(stats().drop_reports, 0);
    scene.qos_consumer.drops_gap = 1005;
    scene.qos_consumer.drops_late = 2;
    run_ms(5000);
    TP_CHECK_EQ_U64(stats().drop_reports, 1);
    TP_CHECK_EQ_I64(scene_said("dropped 7 more frames (gap 5, late 2), 1007 in all"), 1);
    scene.qos_consumer.drops_late = 3;
    run_ms(2500);
    TP_CHECK_EQ_I64(scene_said("dropped 1 more frames (gap 0, late 1)"), 1);
    /* It starts anew and counts from zero. */
    scene.qos_consumer.drops_gap = 4;
    scene.qos_consumer.drops_late = 0;
    run_ms(2500);
    TP_CHECK_EQ_I64(scene_said("dropped 4 more frames (gap 4, late 0), 4 in all"), 1);
    TP_CHECK_EQ_U64(stats().drop_reports, 3);
    tear_down();
}

TP_TEST(sustained_drops_are_an_alert)
{
    set_up();
    run_ms(1500);
    for (int i = 0; i < 2; i++) { /* not sustained */
        scene.qos_consumer.last_seq_seen += 1000;
        scene.qos_consumer.drops_gap += 2;
        run_ms(1000);
    }
    scene.qos_consumer.last_seq_seen += 1000;
    run_ms(1000);
    TP_CHECK_EQ_U64(stats().alerts, 0);
    for (int i = 0; i < 6; i++) {
        scene.qos_consumer.last_seq_seen += 1000;
        scene.qos_consumer.drops_gap += 2; /* 0.2 % */
        run_ms(1000);
    }
    TP_CHECK_EQ_U64(stats().alerts, 1);
    TP_CHECK(the_consumer().is_dropping);
    TP_CHECK_EQ_I64(scene_said("alert: consumer 21 drops 0.20 % of the frames"), 1);
    for (int i = 0; i < 3; i++) {
        scene.qos_consumer.last_seq_seen += 10000;
        scene.qos_consumer.drops_gap += 10; /* 0.1 %: not more */
        run_ms(1000);
    }
    TP_CHECK(!the_consumer().is_dropping);
    TP_CHECK_EQ_I64(scene_said("consumer 21 drops no longer"), 1);
    tear_down();
}

/* ---- epochs, restarts ---- */

TP_TEST(a_higher_epoch_ends_those_below)
{
    set_up();
    run_ms(1500);
    scene.is_producing = false;
    scene.driver.producer_id = 8;
    fake_driver_new_epoch(&scene.driver, FAKE_EPOCH0 + 1);
    run_ms(1500);
    TP_CHECK(the_producer().is_superseded && the_producer().is_stale);
    TP_CHECK_EQ_I64(scene_said("producer 7 is over: epoch 1001 was announced"), 1);
    tp_supervisor_producer_t p;
    TP_CHECK(find_producer(FAKE_STREAM, 8, &p) && !p.is_stale && p.epoch == FAKE_EPOCH0 + 1);
    run_ms(12000);
    TP_CHECK(!find_producer(FAKE_STREAM, PRODUCER, &p));
    TP_CHECK_EQ_U64(stats().collisions, 0);
    TP_CHECK_EQ_U64(stats().alerts, 0);
    tear_down();
}

/* The driver announces streams without a producer, under producer id 0. */
TP_TEST(a_stream_without_a_producer_has_no_entry)
{
    set_up();
    run_ms(10);
    scene.is_producing = false;
    scene.driver.producer_id = 0;
    run_ms(1500);
    TP_CHECK_EQ_U64(stats().producers, 1); /* 7, from the start */
    fake_driver_new_epoch(&scene.driver, FAKE_EPOCH0 + 1);
    run_ms(1500);
    TP_CHECK(the_producer().is_superseded);
    TP_CHECK_GE_U64(stats().announces, 3);
    tear_down();
}

/* Proves: W-83 */
TP_TEST(a_lower_epoch_of_a_live_producer_is_ignored)
{
    set_up();
    run_ms(1500);
    tpi_qos_producer_t late = a_qos_producer(PRODUCER);
    late.epoch = FAKE_EPOCH0 - 5;
    say_qos_producer(&late);
    run_ms(100);
    TP_CHECK_EQ_U64(the_producer().epoch, FAKE_EPOCH0);
    TP_CHECK_EQ_U64(stats().ignored_stale, 1);
    tear_down();
}

/* Nobody is stale because the media driver was away. */
TP_TEST(an_outage_of_the_media_driver_is_nobodys_silence)
{
    set_up();
    run_ms(3000);
    tpi_fake_bus_set_up(scene.driver.bus, false);
    run_ms(20000);
    TP_CHECK_EQ_U64(stats().stale, 0);
    TP_CHECK(!tp_supervisor_is_listening(scene.supervisor, NULL));
    tpi_fake_bus_set_up(scene.driver.bus, true);
    run_ms(3000);
    TP_CHECK_EQ_U64(stats().stale, 0);
    TP_CHECK_EQ_U64(stats().collisions, 0);
    TP_CHECK(tp_supervisor_is_listening(scene.supervisor, NULL));
    scene.is_consuming = false;
    run_ms(9000);
    TP_CHECK(the_consumer().is_stale);
    tear_down();
}

/* A supervisor that was stopped judges nobody by what it could not hear. */
TP_TEST(a_supervisor_that_was_stopped_listens_before_it_judges)
{
    set_up();
    run_ms(3000);
    scene.driver.now_ns += 30000 * FAKE_MS;
    run_ms(3000);
    TP_CHECK_EQ_U64(stats().stale, 0);
    tear_down();
}

TP_TEST(nor_by_what_it_has_not_heard_yet)
{
    set_up();
    run_ms(3000);
    scene.driver.now_ns += 30000 * FAKE_MS;
    scene.talk_due_ns = scene.driver.next_announce_ns = scene.driver.now_ns + 1500 * FAKE_MS;
    run_ms(4000);
    TP_CHECK_EQ_U64(stats().stale, 0);
    scene.is_consuming = false;
    run_ms(8000);
    TP_CHECK_EQ_U64(stats().stale, 1);
    tear_down();
}

/* The sign of life waits behind more than one turn takes. */
TP_TEST(queues_are_read_before_anybody_is_judged)
{
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.liveness_check_interval_ns = 4000 * FAKE_MS;
    set_up_with(&options);
    const int64_t check_ns = scene.supervisor->check_due_ns + 4000 * FAKE_MS; /* the second */
    run_ms(2000);
    scene.is_consuming = false;
    while (scene.driver.now_ns < check_ns - 10 * FAKE_MS) {
        run_ms(10);
    }
    TP_CHECK_EQ_U64(stats().liveness_checks, 1);
    const tpi_qos_consumer_t other = a_qos_consumer(500);
    for (int i = 0; i < TPI_SUPERVISOR_POLL_LIMIT + 20; i++) {
        say_qos_consumer(0, &other);
    }
    say_qos_consumer(0, &scene.qos_consumer);
    scene.driver.now_ns += 20 * FAKE_MS;
    TP_CHECK_GT_I64(scene.driver.now_ns - scene.supervisor->consumers[0].heard_ns, 5000 * FAKE_MS);
    turn();
    TP_CHECK_EQ_U64(stats().liveness_checks, 2);
    TP_CHECK_EQ_U64(stats().stale, 0);
    tear_down();
}

/* ---- room ---- */

/* Proves: U-2 bounded tables */
TP_TEST(a_full_table_gives_the_stalest_place_away)
{
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.consumer_capacity = 3;
    options.producer_capacity = 2;
    set_up_with(&options);
    scene.is_consuming = false;
    tp_supervisor_consumer_t c;
    for (uint32_t id = 1; id <= 4; id++) {
        tpi_qos_consumer_t qos = a_qos_consumer(id);
        say_qos_consumer(0, &qos);
        run_ms(100);
    }
    TP_CHECK_EQ_U64(stats().consumers, 3);
    TP_CHECK(!find_consumer(FAKE_STREAM, 4, &c)); /* nobody was stale */
    TP_CHECK_EQ_U64(stats().table_full, 1);
    TP_CHECK_EQ_I64(scene_said("the table of consumers is full"), 1);
    run_ms(7000);
    TP_CHECK_EQ_U64(stats().stale_consumers, 3);
    tpi_qos_consumer_t qos = a_qos_consumer(4);
    say_qos_consumer(0, &qos);
    run_ms(10);
    TP_CHECK(find_consumer(FAKE_STREAM, 4, &c));
    TP_CHECK(!find_consumer(FAKE_STREAM, 1, &c)); /* the stalest */
    TP_CHECK(find_consumer(FAKE_STREAM, 2, &c));
    TP_CHECK_EQ_U64(stats().evicted, 1);

    tpi_qos_producer_t producer = a_qos_producer(100);
    for (uint32_t stream = 1; stream <= 3; stream++) {
        producer.stream_id = stream;
        say_qos_producer(&producer);
        run_ms(10);
    }
    TP_CHECK_EQ_U64(stats().producers, 2); /* with that of the driver */
    TP_CHECK_EQ_U64(stats().table_full, 3);
    tear_down();
}

TP_TEST(of_stale_producers_the_stalest_makes_room)
{
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.producer_capacity = 3;
    set_up_with(&options);
    scene.is_producing = scene.driver.is_announcing = false;
    for (uint32_t stream = 3; stream >= 1; stream--) {
        tpi_qos_producer_t producer = a_qos_producer(100);
        producer.stream_id = stream;
        say_qos_producer(&producer);
        run_ms(500);
    }
    run_ms(6500);
    TP_CHECK_EQ_U64(stats().stale_producers, 3);
    tpi_qos_producer_t producer = a_qos_producer(100);
    producer.stream_id = 4;
    say_qos_producer(&producer);
    run_ms(10);
    tp_supervisor_producer_t p;
    TP_CHECK(find_producer(4, 100, &p));
    TP_CHECK(!find_producer(3, 100, &p));
    TP_CHECK(find_producer(1, 100, &p) && find_producer(2, 100, &p));
    tear_down();
}

TP_TEST(many_come_and_go)
{
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    options.consumer_capacity = 100;
    set_up_with(&options);
    scene.is_consuming = false;
    for (uint32_t round = 0; round < 5; round++) {
        for (uint32_t i = 0; i < 100; i++) {
            tpi_qos_consumer_t qos = a_qos_consumer(round * 1000 + i * 7);
            qos.last_seq_seen = qos.consumer_id;
            say_qos_consumer(0, &qos);
        }
        run_ms(100);
        TP_CHECK_EQ_U64(stats().consumers, 100);
        tp_supervisor_consumer_t c;
        size_t seen = 0;
        for (size_t at = 0; tp_supervisor_next_consumer(scene.supervisor, &at, &c) == 1;) {
            TP_CHECK_EQ_U64(c.last_seq_seen, c.consumer_id);
            seen++;
        }
        TP_CHECK_EQ_U64(seen, 100);
        run_ms(13000);
        TP_CHECK_EQ_U64(stats().consumers, 0);
        scene.events[0] = '\0';
    }
    TP_CHECK_EQ_U64(stats().removed, 500);
    tear_down();
}

/* ---- strangers ---- */

static void hear(const uint8_t *data, int len)
{
    const tpi_message_info_t info = { .session_id = 999 };
    TP_CHECK_GE_I64(len, 0);
    tpi_supervisor_on_message(scene.supervisor, data, (size_t)len, &info);
}

/* Every message cut at every byte, and every byte of it wrong: nothing is read beyond its end (ASan), nothing is
 * entered that was not said. */
static void hear_broken(const uint8_t *message, int len)
{
    uint8_t *copy = NULL;
    for (int cut = 0; cut < len; cut++) {
        copy = malloc((size_t)cut + 1);
        TP_CHECK(copy != NULL);
        memcpy(copy, message, (size_t)cut);
        const uint64_t before = stats().ignored_decode;
        hear(copy, cut);
        TP_CHECK_EQ_U64(stats().ignored_decode - before, cut >= TPI_WIRE_HEADER_BYTES ? 1 : 0);
        free(copy);
    }
    TP_CHECK_EQ_U64(stats().consumers, 1);
    TP_CHECK_EQ_U64(stats().producers, 1);
    copy = malloc((size_t)len);
    TP_CHECK(copy != NULL);
    for (int at = 0; at < len; at++) {
        for (int value = 0; value < 256; value += 51) {
            memcpy(copy, message, (size_t)len);
            copy[at] = (uint8_t)value;
            hear(copy, len);
        }
    }
    free(copy);
}

TP_TEST(what_does_not_decode_is_counted_and_changes_nothing)
{
    for (int which = 0; which < 8; which++) {
        uint8_t buf[8192];
        int len = 0;
        set_up();
        run_ms(10);
        const tpi_consumer_hello_t hello = a_hello(CONSUMER);
        const tpi_qos_consumer_t qos_consumer = a_qos_consumer(CONSUMER);
        const tpi_qos_producer_t qos_producer = a_qos_producer(PRODUCER);
        const tpi_consumer_config_t config = { .stream_id = FAKE_STREAM,
                                               .consumer_id = CONSUMER,
                                               .mode = 1,
                                               .descriptor_stream_id = 31000,
                                               .descriptor_channel = fake_view("aeron:ipc") };
        const tpi_control_response_t response = { .correlation_id = 1, .code = 3 };
        const tpi_data_source_announce_t source = { .stream_id = FAKE_STREAM,
                                                    .producer_id = PRODUCER,
                                                    .epoch = FAKE_EPOCH0,
                                                    .name = fake_view("a camera") };
        const tpi_data_source_meta_t meta = {
            .stream_id = FAKE_STREAM,
            .meta_version = 5,
            .timestamp_ns = 1,
            .nattributes = 1,
            .attributes = { { fake_view("lens"), fake_view("text/plain"), fake_view("35 mm") } },
        };
        tpi_shm_pool_announce_t announce = {
            .stream_id = FAKE_STREAM,
            .producer_id = PRODUCER,
            .epoch = FAKE_EPOCH0,
            .announce_timestamp_ns = (uint64_t)scene.driver.now_ns,
            .clock_domain = TPI_CLOCK_MONOTONIC,
            .layout_version = 1,
            .header_nslots = FAKE_NSLOTS,
            .header_slot_bytes = 256,
            .npools = FAKE_POOLS,
            .header_region_uri = fake_view(scene.driver.set.uris[0]),
        };
        fake_fill_pools(&scene.driver, announce.pools);
        switch (which) {
        case 0:
            len = tpi_consumer_hello_encode(buf, sizeof buf, &hello);
            break;
        case 1:
            len = tpi_qos_consumer_encode(buf, sizeof buf, &qos_consumer);
            break;
        case 2:
            len = tpi_qos_producer_encode(buf, sizeof buf, &qos_producer);
            break;
        case 3:
            len = tpi_consumer_config_encode(buf, sizeof buf, &config);
            break;
        case 4:
            len = tpi_control_response_encode(buf, sizeof buf, &response);
            break;
        case 6:
            len = tpi_data_source_meta_encode(buf, sizeof buf, &meta);
            break;
        case 5:
            len = tpi_data_source_announce_encode(buf, sizeof buf, &source);
            break;
        default:
            len = tpi_shm_pool_announce_encode(buf, sizeof buf, &announce);
            break;
        }
        hear_broken(buf, len);
        scene.events[0] = '\0';
        run_ms(3000);
        tear_down();
    }
}

/* Proves: W-81, W-82 */
TP_TEST(old_announces_are_no_sign_of_life)
{
    set_up();
    run_ms(10);
    scene.is_producing = false;
    scene.driver.is_announcing = false;
    run_ms(7000);
    TP_CHECK(the_producer().is_stale);
    scene.driver.now_ns -= 5000 * FAKE_MS;
    uint8_t buf[8192];
    tpi_shm_pool_announce_t announce = { .stream_id = FAKE_STREAM,
                                         .producer_id = PRODUCER,
                                         .epoch = FAKE_EPOCH0,
                                         .announce_timestamp_ns = (uint64_t)scene.driver.now_ns,
                                         .clock_domain = TPI_CLOCK_MONOTONIC,
                                         .layout_version = 1,
                                         .header_nslots = FAKE_NSLOTS,
                                         .header_slot_bytes = 256,
                                         .header_region_uri = fake_view(scene.driver.set.uris[0]) };
    fake_send(scene.control[0], buf, tpi_shm_pool_announce_encode(buf, sizeof buf, &announce));
    scene.driver.now_ns += 5000 * FAKE_MS;
    run_ms(100);
    TP_CHECK(the_producer().is_stale);
    TP_CHECK_EQ_U64(stats().ignored_stale, 1);
    tear_down();
}

/* ---- counters ---- */

typedef struct found {
    int64_t values[TPI_SUPERVISOR_COUNTERS];
    int n;
} found_t;

static void on_counter(void *clientd, const tpi_counter_view_t *counter)
{
    found_t *found = clientd;
    if (counter->type_id == TPI_COUNTER_SUPERVISOR) {
        TP_CHECK_LT_U64(tpi_get_u32(counter->key), TPI_SUPERVISOR_COUNTERS);
        found->values[tpi_get_u32(counter->key)] = counter->value;
        TP_CHECK_CONTAINS(counter->label, "tp-supervisor ");
        found->n++;
    }
}

TP_TEST(figures_are_aeron_counters)
{
    set_up();
    run_ms(3500);
    found_t found = { .n = 0 };
    tpi_fake_bus_foreach_counter(scene.driver.bus, on_counter, &found);
    TP_CHECK_EQ_I64(found.n, TPI_SUPERVISOR_COUNTERS);
    TP_CHECK_GE_I64(found.values[1], 3);               /* checks */
    TP_CHECK_EQ_I64(found.values[2], 1);               /* producers */
    TP_CHECK_EQ_I64(found.values[3], 1);               /* consumers */
    TP_CHECK_GT_I64(found.values[8], found.values[1]); /* a turn is more often than a check */
    TP_CHECK_GE_I64(found.values[9], found.values[1]);
    tear_down();
}

TP_TEST_MAIN()
