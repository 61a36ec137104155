/*
 * A producer without a driver and consumers that follow announces, beside the driver on strings,
 * with stepped time.
 */
#include "consumer/consumer_internal.h"
#include "fake_driver.h"

#define STREAM 77u

typedef struct scene {
    fake_driver_t driver; /* of another stream; and it records QoS and hellos */
    tp_client_t *maker;   /* of producers */
    tp_client_t *client;  /* of consumers */
    tp_producer_t *producer;
    tp_consumer_t *consumer;
    tp_frame_info_t info;
    tp_local_stream_t local;
    /* heard on the announce stream */
    tpi_subscription_t *ears;
    tpi_shm_pool_announce_t announce;
    uint8_t announce_bytes[8192];
    uint64_t announces;
    uint64_t qos_producers;
    tpi_qos_producer_t qos_producer;
} scene_t;

static scene_t scene;
static const tp_local_pool_t pools[] = { { 1, 4096 }, { 2, 16384 } };

static int64_t fixed_realtime(void *clientd)
{
    return INT64_C(1700000000000000000) + ((fake_driver_t *)clientd)->now_ns;
}

static void on_message(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tpi_wire_header_t header;
    (void)clientd;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return;
    }
    if (header.template_id == TPI_SHM_POOL_ANNOUNCE) {
        tpi_shm_pool_announce_t m;
        TP_CHECK_EQ_I64(tpi_shm_pool_announce_decode(data, len, &m), TP_OK);
        if (m.stream_id == STREAM) {
            TP_CHECK_LE_U64(len, sizeof scene.announce_bytes);
            memcpy(scene.announce_bytes, data, len);
            (void)tpi_shm_pool_announce_decode(scene.announce_bytes, len, &scene.announce);
            scene.announces++;
        }
    }
}

static void on_qos(void *clientd, const uint8_t *data, size_t len, const tpi_message_info_t *info)
{
    tpi_qos_producer_t m;
    (void)clientd;
    (void)info;
    if (tpi_qos_producer_decode(data, len, &m) == TP_OK && m.stream_id == STREAM) {
        scene.qos_producer = m;
        scene.qos_producers++;
    }
}

static tpi_subscription_t *qos_ears;

static void run_ms(int64_t ms)
{
    for (int64_t i = 0; i <= ms / 10; i++) {
        fake_driver_pump(&scene.driver);
        (void)tp_client_do_work(scene.maker);
        (void)tp_client_do_work(scene.client);
        (void)tpi_subscription_poll(scene.ears, on_message, NULL, 100);
        (void)tpi_subscription_poll(qos_ears, on_qos, NULL, 100);
        if (i < ms / 10) {
            scene.driver.now_ns += 10 * FAKE_MS;
        }
    }
}

static void set_up_with(const tp_client_options_t *options)
{
    const int32_t dims[] = { 64 };
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.maker = fake_driver_client(&scene.driver, options);
    scene.client = fake_driver_client(&scene.driver, options);
    scene.maker->realtime_clock = fixed_realtime;
    scene.client->realtime_clock = fixed_realtime;
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.driver.link, &scene.ears,
                                              scene.client->options.announce_channel,
                                              scene.client->options.announce_stream_id, NULL, NULL),
                    TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.driver.link, &qos_ears,
                                              scene.client->options.qos_channel,
                                              scene.client->options.qos_stream_id, NULL, NULL),
                    TP_OK);
    TP_CHECK_EQ_I64(tp_tensor_init(&scene.info.tensor, TP_UINT8, 1, dims), TP_OK);
    scene.local = (tp_local_stream_t)TP_LOCAL_STREAM_INIT;
    scene.local.nslots = 16;
    scene.local.pools = pools;
    scene.local.npools = 2;
}

static void set_up(void)
{
    set_up_with(NULL);
}

static int make_producer(void)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = STREAM;
    options.local = &scene.local;
    return tp_producer_create(&scene.producer, scene.maker, &options);
}

static void follow(void)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = STREAM;
    options.without_driver = true;
    TP_CHECK_EQ_I64(tp_consumer_create(&scene.consumer, scene.client, &options), TP_OK);
}

/* The consumer first: it need not wait for the second announce then. */
static void start(void)
{
    follow();
    run_ms(20);
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(50);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
}

static void tear_down(void)
{
    tp_consumer_destroy(scene.consumer);
    tp_producer_destroy(scene.producer);
    tpi_subscription_close(scene.ears);
    tpi_subscription_close(qos_ears);
    tp_client_destroy(scene.client);
    tp_client_destroy(scene.maker);
    fake_driver_fini(&scene.driver);
}

static void publish(int count)
{
    for (int i = 0; i < count; i++) {
        tp_claim_t claim;
        TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 64, &claim), TP_OK);
        memset(claim.data, (int)claim.seq, 64);
        TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 64, &scene.info), TP_OK);
    }
}

static int take_all(void)
{
    tp_frame_t frame;
    int n = 0;
    while (tp_consumer_try_next(scene.consumer, &frame) == 1) {
        TP_CHECK_EQ_U64(frame.data[63], frame.seq & 0xff);
        TP_CHECK(tp_frame_is_valid(scene.consumer, &frame));
        n++;
    }
    return n;
}

static tp_attach_status_t consumer_status(void)
{
    tp_attach_status_t out;
    tp_consumer_status(scene.consumer, &out);
    return out;
}

static tp_attach_status_t producer_status(void)
{
    tp_attach_status_t out;
    tp_producer_status(scene.producer, &out);
    return out;
}

/* Proves: W-84, W-110, W-111, W-117, W-119, W-127 */
TP_TEST(a_producer_announces_its_own_memory_and_a_consumer_maps_it_without_a_lease)
{
    set_up();
    follow();
    run_ms(50);
    TP_CHECK_EQ_I64(consumer_status().state, TP_ATTACH_REMAPPING);
    TP_CHECK_CONTAINS(consumer_status().text, "waiting for an announce");
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(50);
    TP_CHECK(tp_producer_is_ready(scene.producer));
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_I64(producer_status().state, TP_ATTACH_ATTACHED);
    TP_CHECK_EQ_U64(producer_status().lease_id, 0);
    TP_CHECK_EQ_U64(consumer_status().lease_id, 0);
    TP_CHECK_GE_U64(producer_status().epoch, 1);
    TP_CHECK_EQ_U64(consumer_status().epoch, producer_status().epoch);
    publish(5);
    TP_CHECK_EQ_I64(take_all(), 5);
    tp_consumer_stats_t s;
    tp_consumer_stats(scene.consumer, &s);
    TP_CHECK_EQ_U64(s.first_seq, 0);
    TP_CHECK_EQ_U64(s.last_seq, 4);
    run_ms(1000); /* its next hello is the first that the producer hears */
    /* One announce a second, no more; QoS beside it; and nobody asked the driver for anything. */
    const uint64_t announces = scene.announces;
    const uint64_t qos = scene.qos_producers;
    run_ms(5000);
    TP_CHECK_EQ_U64(scene.announces - announces, 5);
    TP_CHECK_EQ_U64(scene.qos_producers - qos, 5);
    TP_CHECK_EQ_U64(scene.qos_producer.producer_id, producer_status().client_id);
    TP_CHECK_EQ_U64(scene.qos_producer.current_seq, 5);
    TP_CHECK_EQ_U64(scene.announce.producer_id, producer_status().client_id);
    TP_CHECK_EQ_U64(scene.announce.clock_domain, TPI_CLOCK_MONOTONIC);
    TP_CHECK_EQ_U64(scene.announce.header_slot_bytes, 256);
    TP_CHECK_EQ_U64(scene.announce.npools, 2);
    TP_CHECK_EQ_U64(scene.driver.request.client_id, 0);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_U64(consumer_status().losses, 0);
    tear_down();
}

/* Proves: W-22, W-117 */
TP_TEST(activity_is_refreshed_with_each_announce_in_every_region)
{
    set_up();
    start();
    for (int i = 0; i < 10; i++) {
        run_ms(1000);
        const tpi_mapping_t *m = &scene.consumer->mapping;
        const int64_t ages[] = {
            scene.driver.now_ns - (int64_t)tpi_mapping_activity_ns(m),
            scene.driver.now_ns - (int64_t)tpi_superblock_activity(m->pools[0].base),
            scene.driver.now_ns - (int64_t)tpi_superblock_activity(m->pools[1].base),
        };
        for (int k = 0; k < 3; k++) {
            TP_CHECK_GE_I64(ages[k], 0);
            TP_CHECK_LE_I64(ages[k], 1000 * FAKE_MS);
        }
    }
    tear_down();
}

/* Proves: W-83, W-84, W-111, W-113 */
TP_TEST(a_restarted_producer_has_a_higher_epoch_and_the_consumer_remaps)
{
    set_up();
    start();
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    const uint64_t first = consumer_status().epoch;
    tp_producer_destroy(scene.producer);
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(50);
    TP_CHECK_EQ_U64(consumer_status().epoch, first + 1);
    publish(2);
    TP_CHECK_EQ_I64(take_all(), 2);
    tp_consumer_stats_t s;
    tp_consumer_stats(scene.consumer, &s);
    TP_CHECK_EQ_U64(s.accepted, 5);
    TP_CHECK_EQ_U64(s.remaps, 1);
    TP_CHECK_EQ_U64(s.first_seq, 0); /* seq starts again */
    TP_CHECK_EQ_U64(s.drops_gap + s.drops_late, 0);
    tear_down();
}

/* Proves: W-118, W-126 */
TP_TEST(a_producer_that_died_is_noticed_by_its_activity_and_its_successor_is_mapped)
{
    set_up();
    start();
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    const uint64_t first = consumer_status().epoch;
    tp_producer_destroy(scene.producer); /* announces stop, the files stay */
    scene.producer = NULL;
    run_ms(4800);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    run_ms(400);
    TP_CHECK(!tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_I64(consumer_status().reason, TP_REASON_STALE);
    run_ms(20000); /* and it waits for as long as it takes */
    TP_CHECK_EQ_I64(consumer_status().state, TP_ATTACH_REMAPPING);
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.epoch, 0);
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(4500);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_U64(consumer_status().epoch, first + 1);
    tear_down();
}

static void say_announce(uint64_t epoch, int64_t stamp_ns)
{
    uint8_t buf[8192];
    tpi_shm_pool_announce_t m = scene.announce;
    m.epoch = epoch;
    m.announce_timestamp_ns = (uint64_t)stamp_ns;
    const int len = tpi_shm_pool_announce_encode(buf, sizeof buf, &m);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.driver.control_pub, buf, (size_t)len), TPI_SEND_OK);
}

/* Proves: W-81, W-82, W-83, W-114, W-61 */
TP_TEST(announces_that_are_old_lower_or_name_files_that_are_not_there_change_nothing)
{
    set_up();
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(50);
    follow();
    run_ms(10);
    const int64_t now_ns = scene.driver.now_ns;
    say_announce(scene.announce.epoch, now_ns - 3001 * FAKE_MS);
    say_announce(scene.announce.epoch, now_ns + 3500 * FAKE_MS);
    run_ms(20);
    TP_CHECK(!tp_consumer_is_ready(scene.consumer)); /* neither the past nor the future */
    run_ms(1000);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    tp_consumer_stats_t s;
    tp_consumer_stats(scene.consumer, &s);
    TP_CHECK_GE_U64(s.ignored_stale, 2);
    const uint64_t epoch = consumer_status().epoch;
    say_announce(epoch - 1, scene.driver.now_ns); /* of a live region: not believed */
    run_ms(20);
    TP_CHECK_EQ_U64(consumer_status().epoch, epoch);
    tp_consumer_stats(scene.consumer, &s);
    TP_CHECK_EQ_U64(s.ignored_epoch, 1);
    say_announce(epoch + 9, scene.driver.now_ns); /* the superblocks say otherwise */
    run_ms(20);
    TP_CHECK(!tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_I64(consumer_status().reason, TP_REASON_REGION_REFUSED);
    run_ms(4500);
    tear_down();
}

/* The directory was lost, and with it the number; then the clock was set back (W-114). */
/* Proves: W-114 */
TP_TEST(a_lower_epoch_is_believed_when_the_mapped_one_is_dead)
{
    set_up();
    scene.local.instance = "a";
    start();
    const uint64_t high = consumer_status().epoch;
    tp_producer_destroy(scene.producer);
    scene.producer = NULL;
    run_ms(5200);
    scene.maker->realtime_clock = scene.maker->options.clock; /* a small number */
    scene.local.instance = "b";
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(4500);
    TP_CHECK_LT_U64(producer_status().epoch, high);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_LT_U64(consumer_status().epoch, high);
    tear_down();
}

/* Proves: W-83, W-86 */
TP_TEST(streams_with_and_without_a_driver_live_in_one_client)
{
    set_up();
    tp_consumer_t *leased = NULL;
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    TP_CHECK_EQ_I64(tp_consumer_create(&leased, scene.client, &options), TP_OK);
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    follow();
    run_ms(3000);
    TP_CHECK(tp_consumer_is_ready(leased));
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    /* The driver goes: the lease goes with it, and the other stream does not care. */
    fake_driver_shutdown(&scene.driver);
    scene.driver.is_announcing = false;
    scene.driver.answer = FAKE_SILENT;
    run_ms(7000);
    TP_CHECK(!tp_consumer_is_ready(leased));
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_U64(consumer_status().losses, 0);
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    tp_consumer_destroy(leased);
    tear_down();
}

TP_TEST(messages_about_leases_are_nothing_to_whoever_has_none)
{
    set_up();
    start();
    tpi_attachment_t *a = &scene.consumer->attachment;
    uint8_t buf[256];
    const tpi_lease_revoked_t notice = {
        .timestamp_ns = (uint64_t)scene.driver.now_ns,
        .stream_id = STREAM,
        .client_id = a->client_id,
        .role = TPI_ROLE_CONSUMER,
        .reason = TPI_REVOKE_REVOKED,
        .error_message = fake_view("made up"),
    };
    fake_send(scene.driver.control_pub, buf, tpi_lease_revoked_encode(buf, sizeof buf, &notice));
    run_ms(20);
    tpi_attachment_on_image_gone(a, a->driver_session, scene.driver.now_ns);
    run_ms(20);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_U64(consumer_status().losses, 0);
    publish(1);
    TP_CHECK_EQ_I64(take_all(), 1);
    tear_down();
}

TP_TEST(a_consumer_without_a_driver_follows_a_drivers_stream_too)
{
    set_up();
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    options.without_driver = true;
    TP_CHECK_EQ_I64(tp_consumer_create(&scene.consumer, scene.client, &options), TP_OK);
    run_ms(1500);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_U64(scene.driver.request.client_id, 0);
    fake_driver_new_epoch(&scene.driver, FAKE_EPOCH0 + 1);
    run_ms(1500);
    TP_CHECK_EQ_U64(consumer_status().epoch, FAKE_EPOCH0 + 1);
    tear_down();
}

static void say_qos(uint32_t consumer_id, tpi_publication_t *pub)
{
    const tpi_qos_consumer_t qos = { .stream_id = STREAM,
                                     .consumer_id = consumer_id,
                                     .mode = TPI_MODE_STREAM };
    uint8_t buf[128];
    const int len = tpi_qos_consumer_encode(buf, sizeof buf, &qos);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, buf, (size_t)len), TPI_SEND_OK);
}

/* Proves: W-88 */
TP_TEST(a_consumer_that_hears_its_id_from_another_takes_a_new_one)
{
    tpi_publication_t *stranger = NULL;
    set_up();
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    follow();
    TP_CHECK_EQ_I64(tpi_link_add_publication(scene.driver.link, &stranger,
                                             scene.client->options.qos_channel,
                                             scene.client->options.qos_stream_id, true),
                    TP_OK);
    run_ms(5050);
    const uint32_t id = consumer_status().client_id;
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.consumer_id, id); /* its own are its own */
    say_qos(id + 1, stranger);
    run_ms(20);
    TP_CHECK_EQ_U64(consumer_status().client_id, id);
    say_qos(id, stranger);
    run_ms(20);
    const uint32_t next = consumer_status().client_id;
    TP_CHECK_NE_U64(next, id);
    TP_CHECK(tp_consumer_is_ready(scene.consumer)); /* for that no frame is lost */
    run_ms(1000);
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.consumer_id, next);
    TP_CHECK_EQ_U64(scene.driver.hello.consumer_id, next);
    run_ms(3000);
    /* In IPC, clients share a session: then who says more than it said hears another. */
    TP_CHECK_EQ_U64(consumer_status().client_id, next);
    say_qos(next, scene.client->qos_pub);
    run_ms(20);
    TP_CHECK_NE_U64(consumer_status().client_id, next);
    tpi_publication_close(stranger);
    tear_down();
}

/* Proves: W-112 */
TP_TEST(a_clean_stop_leaves_the_files_or_removes_them_as_asked)
{
    set_up();
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(50);
    char path[1024];
    tpi_region_uri_t uri;
    TP_CHECK_EQ_I64(tpi_region_uri_parse((const char *)scene.announce.header_region_uri.data,
                                         scene.announce.header_region_uri.len, &uri),
                    TP_OK);
    TP_CHECK_LT_I64(snprintf(path, sizeof path, "%s", uri.path), (int)sizeof path);
    tp_producer_destroy(scene.producer);
    TP_CHECK_EQ_I64(access(path, F_OK), 0);
    scene.local.unlink_at_end = true;
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(50);
    TP_CHECK_EQ_I64(tpi_region_uri_parse((const char *)scene.announce.header_region_uri.data,
                                         scene.announce.header_region_uri.len, &uri),
                    TP_OK);
    TP_CHECK_EQ_I64(access(uri.path, F_OK), 0);
    tp_producer_destroy(scene.producer);
    scene.producer = NULL;
    TP_CHECK_EQ_I64(access(uri.path, F_OK), -1);
    TP_CHECK_EQ_I64(access(path, F_OK), 0); /* the earlier one is not stale yet ... */
    scene.local.unlink_at_end = false;
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(12000);
    TP_CHECK_EQ_I64(access(path, F_OK), -1); /* ... and goes while the next one runs (W-78) */
    TP_CHECK(tp_producer_is_ready(scene.producer));
    tear_down();
}

/* Proves: W-110, W-111 */
TP_TEST(renewed_the_stream_goes_on_in_new_files_above_the_old_ones)
{
    set_up();
    start();
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    const uint64_t first = producer_status().epoch;
    tp_producer_renew(scene.producer);
    TP_CHECK(!tp_producer_is_ready(scene.producer));
    run_ms(50);
    TP_CHECK_EQ_U64(producer_status().epoch, first + 1);
    TP_CHECK_EQ_U64(consumer_status().epoch, first + 1);
    publish(2);
    TP_CHECK_EQ_I64(take_all(), 2);
    run_ms(12000);
    TP_CHECK(tp_producer_is_ready(scene.producer));
    /* of the new epoch; beside it is none */
    const tpi_pool_entry_t *pool = &scene.announce.pools[0];
    char path[1024];
    snprintf(path, sizeof path, "%.*s", (int)pool->region_uri.len, pool->region_uri.data);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    TP_CHECK_EQ_I64(access(strchr(path, '=') + 1, F_OK), 0);
    snprintf(strrchr(path, '/'), 64, "/epoch-%llu", (unsigned long long)first);
    TP_CHECK_EQ_I64(access(strchr(path, '=') + 1, F_OK), -1);
    tear_down();
}

TP_TEST(announces_and_qos_go_where_they_are_configured_to_go)
{
    const struct {
        int32_t announce, qos;
    } rows[] = { { 1001, 1200 }, { 1000, 1000 }, { 1001, 1001 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
        options.announce_stream_id = rows[i].announce;
        options.qos_stream_id = rows[i].qos;
        set_up_with(&options);
        start();
        const uint64_t announces = scene.announces;
        const uint64_t qos = scene.qos_producers;
        const uint32_t id = consumer_status().client_id;
        run_ms(3000);
        TP_CHECK_EQ_U64(scene.announces - announces, 3);
        TP_CHECK_EQ_U64(scene.qos_producers - qos, 3);
        TP_CHECK_EQ_U64(consumer_status().client_id, id); /* its own QoS is its own */
        publish(1);
        TP_CHECK_EQ_I64(take_all(), 1);
        tear_down();
    }
}

static void say_hello(tpi_publication_t *pub, uint32_t consumer_id)
{
    uint8_t buf[256];
    const tpi_consumer_hello_t m = { .stream_id = STREAM,
                                     .consumer_id = consumer_id,
                                     .supports_shm = TPI_BOOL_TRUE,
                                     .mode = TPI_MODE_STREAM };
    const int len = tpi_consumer_hello_encode(buf, sizeof buf, &m);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, buf, (size_t)len), TPI_SEND_OK);
}

/* Proves: W-87, W-117 */
TP_TEST(a_consumer_that_comes_between_two_announces_waits_for_neither)
{
    set_up();
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    run_ms(400);
    TP_CHECK(tp_producer_is_ready(scene.producer));
    follow();
    run_ms(50);
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    /* Many that come at once hear the same one, and strangers get no more than ten a second. */
    tpi_publication_t *voice = NULL;
    TP_CHECK_EQ_I64(tpi_link_add_publication(scene.driver.link, &voice,
                                             scene.client->options.control_channel,
                                             scene.client->options.control_stream_id, false),
                    TP_OK);
    run_ms(10);
    const uint64_t announces = scene.announces;
    for (uint32_t i = 0; i < 300; i++) {
        say_hello(voice, 1000 + i);
        run_ms(10);
    }
    TP_CHECK_GE_U64(scene.announces - announces, 20);
    TP_CHECK_LE_U64(scene.announces - announces, 31);
    tpi_publication_close(voice);
    tear_down();
}

/* Proves: W-85 */
TP_TEST(another_owner_of_the_stream_is_said_and_not_fought)
{
    set_up();
    start();
    const uint64_t epoch = producer_status().epoch;
    scene.announce.producer_id++;
    say_announce(epoch - 1, scene.driver.now_ns);
    run_ms(20);
    TP_CHECK_CONTAINS(producer_status().text, "is announced by producer");
    TP_CHECK(tp_producer_is_ready(scene.producer));
    TP_CHECK_EQ_U64(consumer_status().epoch, epoch);
    publish(1);
    TP_CHECK_EQ_I64(take_all(), 1);
    tear_down();
}

TP_TEST(a_second_producer_of_an_instance_is_refused)
{
    set_up();
    TP_CHECK_EQ_I64(make_producer(), TP_OK);
    tp_producer_t *first = scene.producer;
    TP_CHECK_EQ_I64(make_producer(), TP_EBUSY);
    TP_CHECK_CONTAINS(tp_errmsg(), "is in use");
    TP_CHECK(scene.producer == first);
    run_ms(50);
    TP_CHECK(tp_producer_is_ready(first));
    tear_down();
}

/* Shared memory does not end with the media driver; what is said of it goes on with the next one. */
TP_TEST(a_lost_media_driver_costs_no_frame_and_announces_go_on_with_the_next)
{
    set_up();
    start();
    const uint64_t epoch = consumer_status().epoch;
    tpi_fake_bus_set_up(scene.driver.bus, false);
    for (int i = 0; i < 8000 / 10; i++) { /* longer than an activity may be old */
        (void)tp_client_do_work(scene.maker);
        (void)tp_client_do_work(scene.client);
        scene.driver.now_ns += 10 * FAKE_MS;
        if (i % 10 == 0) {
            publish(1);
            TP_CHECK_EQ_I64(take_all(), 1);
        }
    }
    const uint64_t announces = scene.announces;
    tpi_fake_bus_set_up(scene.driver.bus, true);
    run_ms(200);
    TP_CHECK_GT_U64(scene.announces, announces);
    run_ms(3000);
    TP_CHECK_EQ_U64(consumer_status().epoch, epoch);
    TP_CHECK_EQ_U64(consumer_status().losses + producer_status().losses, 0);
    publish(1);
    TP_CHECK_EQ_I64(take_all(), 1);
    tear_down();
}

TP_TEST(options_that_cannot_be_are_refused)
{
    set_up();
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.local = &scene.local;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.maker, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "stream_id is 0");
    scene.local.size = 3;
    options.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.maker, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "local stream options have size 3");
    scene.producer = NULL;
    tear_down();
}

TP_TEST_MAIN()
