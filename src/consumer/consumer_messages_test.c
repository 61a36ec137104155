/* What a consumer says and hears beside frames: leases, hello, config, QoS, descriptors, counters, options. */
#include "consumer/consumer_scene_test.h"

/* ---- the lease and the same epoch again ---- */

/* Proves: D-55, W-124: the same epoch again goes on where reading stopped */
TP_TEST(after_a_reattach_to_the_same_epoch_no_frame_comes_twice_and_the_sum_holds)
{
    set_up();
    publish(5);
    TP_CHECK_EQ_I64(take_all(), 5);
    publish(3);
    const tpi_attachment_t *a = &scene.consumer->attachment;
    fake_driver_revoke(&scene.driver, a->lease_id, a->client_id, a->role_id, TPI_REVOKE_EXPIRED,
                       (uint64_t)scene.driver.now_ns);
    turn();
    TP_CHECK(!tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_U64(stats().drops[TP_DROP_REMAP], 3);
    check_sum();
    publish(2);
    await_ready();
    TP_CHECK_EQ_I64(take_all(), 2);
    TP_CHECK_EQ_U64(stats().accepted, 7);
    TP_CHECK_EQ_U64(stats().first_seq, 0);
    TP_CHECK_EQ_U64(stats().last_seq, 9);
    check_sum();
    TP_CHECK_EQ_U64(status().attaches, 2);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_LEASE_EXPIRED);
    tear_down();
}

/* Proves: D-82, D-83 and the promise that an application needs no code for it */
TP_TEST(it_comes_back_after_the_loss_of_the_driver_and_of_the_media_driver)
{
    set_up();
    publish(1);
    TP_CHECK_EQ_I64(take_all(), 1);
    fake_driver_die(&scene.driver);
    for (int i = 0; i < 200; i++) {
        (void)tp_client_do_work(scene.client);
        scene.driver.now_ns += 10 * FAKE_MS;
    }
    TP_CHECK(!tp_consumer_is_ready(scene.consumer));
    TP_CHECK_EQ_I64(status().reason, TP_REASON_DRIVER_LOST);
    fake_driver_connect(&scene.driver);
    next_epoch(FAKE_EPOCH0 + 10);
    publish(3);
    run_ms(6000);
    TP_CHECK_EQ_I64(take_all(), 3);
    tpi_fake_bus_set_up(scene.driver.bus, false);
    run_ms(500);
    TP_CHECK(!tp_consumer_is_ready(scene.consumer));
    tpi_fake_bus_set_up(scene.driver.bus, true);
    next_epoch(FAKE_EPOCH0 + 11);
    publish(2);
    run_ms(500);
    TP_CHECK_EQ_I64(take_all(), 2);
    TP_CHECK_EQ_U64(status().attaches, 3);
    TP_CHECK_EQ_U64(stats().accepted, 6);
    tear_down();
}

/* ---- hello, config, QoS ---- */

/* Proves: W-87, W-94, W-117, W-126, D-44 */
TP_TEST(hello_and_qos_go_out_each_second_under_the_leases_client_id)
{
    set_up();
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    run_ms(2050);
    TP_CHECK_GE_U64(scene.driver.hellos, 3); /* one at the start */
    TP_CHECK_GE_U64(scene.driver.qos_consumers, 2);
    const uint32_t id = status().client_id;
    TP_CHECK_EQ_U64(scene.driver.hello.consumer_id, id);
    TP_CHECK_EQ_U64(scene.driver.hello.stream_id, FAKE_STREAM);
    TP_CHECK_EQ_U64(scene.driver.hello.mode, TPI_MODE_STREAM);
    TP_CHECK_EQ_U64(scene.driver.hello.descriptor_channel.len, 0);
    TP_CHECK_EQ_U64(scene.driver.hello.expected_layout_version, 1);
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.consumer_id, id);
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.epoch, FAKE_EPOCH0);
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.last_seq_seen, 2);
    fake_driver_producer_ends(&scene.driver, TPI_REVOKE_EXPIRED);
    run_ms(1050);
    TP_CHECK_EQ_U64(scene.driver.qos_consumer.epoch, 0);
    tear_down();
}

/* Proves: W-89, W-90, W-123 */
TP_TEST(a_rate_limit_is_said_in_the_hello_and_thins_locally)
{
    tp_consumer_options_t options = options_of_test();
    options.max_rate_hz = 10;
    set_up_with(&options);
    await_ready();
    for (int i = 0; i < 100; i++) {
        publish(1);
        (void)take_all();
        run_ms(10);
    }
    TP_CHECK_EQ_U64(scene.driver.hello.mode, TPI_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(scene.driver.hello.max_rate_hz, 10);
    TP_CHECK_GE_U64(stats().accepted, 9);
    TP_CHECK_LE_U64(stats().accepted, 11);
    TP_CHECK_EQ_U64(stats().accepted + stats().thinned, 100);
    TP_CHECK_EQ_U64(stats().drops_gap + stats().drops_late, 0);
    check_sum();
    tear_down();
}

/* Proves: W-92, W-93 */
TP_TEST(a_config_for_another_consumer_is_ignored_and_one_for_us_is_obeyed)
{
    set_up();
    const uint32_t id = status().client_id;
    fake_driver_config(&scene.driver, id + 1, TPI_BOOL_FALSE);
    turn();
    CHECK_STATE(MAPPED);
    fake_driver_config(&scene.driver, id, TPI_BOOL_TRUE);
    turn();
    CHECK_STATE(MAPPED);
    fake_driver_config(&scene.driver, id, TPI_BOOL_FALSE);
    turn();
    CHECK_STATE(FALLBACK);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_NO_SHM);
    run_ms(3000);
    CHECK_STATE(FALLBACK);
    TP_CHECK_GE_U64(scene.driver.keepalives, 2);
    fake_driver_config(&scene.driver, id, TPI_BOOL_TRUE);
    run_ms(1100);
    CHECK_STATE(MAPPED); /* the same epoch, at the next announce */
    tear_down();
}

/* ---- descriptors, when asked for ---- */

static tpi_link_t *peer_link;
static tpi_publication_t *peer_pub;

static void set_up_descriptors(void)
{
    tp_consumer_options_t options = options_of_test();
    options.use_descriptors = true;
    set_up_with(&options);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&peer_link, scene.driver.bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(peer_link, &peer_pub, "aeron:ipc", 1100, true), TP_OK);
    (void)tpi_link_do_work(peer_link, scene.driver.now_ns);
    await_ready();
    run_ms(50);
}

static void describe(uint64_t epoch, uint64_t seq, uint32_t index)
{
    fake_driver_describe(&scene.driver, peer_pub, epoch, seq, index);
    turn();
}

static void tear_down_descriptors(void)
{
    tpi_link_destroy(peer_link);
    tear_down();
}

/* Proves: W-9, W-47, W-48, W-49, W-101, W-115 */
TP_TEST(descriptors_are_checked_before_they_are_believed)
{
    set_up_descriptors();
    publish(4);
    describe(FAKE_EPOCH0, 0, 0);
    describe(FAKE_EPOCH0, 1, 1);
    TP_CHECK_EQ_U64(stats().ignored_dup + stats().ignored_decode + stats().ignored_epoch, 0);
    describe(FAKE_EPOCH0, 1, 1);
    TP_CHECK_EQ_U64(stats().ignored_dup, 1);
    describe(FAKE_EPOCH0, 2, 3);
    TP_CHECK_EQ_U64(stats().ignored_decode, 1);
    describe(FAKE_EPOCH0, 2, FAKE_NSLOTS + 2);
    TP_CHECK_EQ_U64(stats().ignored_decode, 2);
    describe(FAKE_EPOCH0 - 1, 3, 3);
    TP_CHECK_EQ_U64(stats().ignored_epoch, 1);
    CHECK_STATE(MAPPED); /* a foreign epoch must not drop a healthy mapping */
    TP_CHECK_EQ_I64(take_all(), 4);
    check_sum();
    tear_down_descriptors();
}

/* Proves: W-113 */
TP_TEST(a_described_higher_epoch_ends_the_mapping_and_waits_for_the_announce)
{
    set_up_descriptors();
    scene.driver.is_announcing = false;
    describe(FAKE_EPOCH0 + 1, 0, 0);
    CHECK_STATE(REMAPPING);
    describe(FAKE_EPOCH0 + 1, 1, 1);
    TP_CHECK_EQ_U64(stats().ignored_unmapped, 1);
    next_epoch(FAKE_EPOCH0 + 1);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    /* a stranger's fancy: nobody announces it, so what is announced is mapped again */
    scene.driver.is_announcing = true;
    describe(UINT64_MAX - 1, 0, 0);
    CHECK_STATE(REMAPPING);
    run_ms(5000);
    CHECK_STATE(MAPPED);
    tear_down_descriptors();
}

/* Proves: W-115, W-116 */
TP_TEST(descriptors_running_backwards_map_the_same_epoch_again)
{
    set_up_descriptors();
    publish(4);
    describe(FAKE_EPOCH0, 3, 3);
    describe(FAKE_EPOCH0, 1, 1);
    CHECK_STATE(REMAPPING);
    run_ms(1100);
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0);
    check_sum();
    tear_down_descriptors();
}

/* Proves: W-125 */
typedef struct figures {
    size_t count;
    int64_t accepted, bytes, lag, drops_gap, overrun;
} figures_t;

static void on_figure(void *clientd, const tpi_counter_view_t *counter)
{
    figures_t *figures = clientd;
    if (counter->type_id != TPI_COUNTER_CONSUMER) {
        return;
    }
    const struct {
        const char *name;
        int64_t *value;
    } wanted[] = {
        { "tp-consumer accepted: ", &figures->accepted },
        { "tp-consumer bytes: ", &figures->bytes },
        { "tp-consumer lag: ", &figures->lag },
        { "tp-consumer overrun: ", &figures->overrun },
        { "tp-consumer drops-gap: ", &figures->drops_gap },
    };
    figures->count++;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (strncmp(counter->label, wanted[i].name, strlen(wanted[i].name)) == 0) {
            *wanted[i].value = counter->value;
        }
    }
}

static figures_t figures_now(void)
{
    figures_t figures = { 0 };
    run_ms(200);
    tpi_fake_bus_foreach_counter(scene.driver.bus, on_figure, &figures);
    return figures;
}

/* Proves: OP-6 */
TP_TEST(drops_by_cause_bytes_and_lag_are_aeron_counters)
{
    set_up();
    await_ready();
    publish(3);
    TP_CHECK_EQ_I64(take_all(), 3);
    figures_t figures = figures_now();
    TP_CHECK_EQ_U64(figures.count, 16);
    TP_CHECK_EQ_I64(figures.accepted, 3);
    TP_CHECK_EQ_I64(figures.bytes, (int64_t)stats().bytes);
    TP_CHECK_EQ_I64(figures.lag, 0);
    publish(2);
    TP_CHECK_EQ_I64(figures_now().lag, 2);
    const int nslots = (int)scene.driver.set.mapping.nslots;
    publish(nslots + 5); /* the two, and five more, are overwritten */
    TP_CHECK_EQ_I64(figures_now().lag, nslots + 7);
    (void)take_all();
    figures = figures_now();
    TP_CHECK(figures.overrun >= 7);
    TP_CHECK_EQ_I64(figures.overrun, figures.drops_gap);
    TP_CHECK_EQ_I64(figures.overrun, (int64_t)stats().drops[TP_DROP_OVERRUN]);
    TP_CHECK_EQ_I64(figures.lag, 0);
    tear_down();
}

TP_TEST(options_reach_the_reader)
{
    tp_consumer_options_t options = options_of_test();
    options.max_outstanding_seq_gap = 4;
    set_up_with(&options);
    await_ready();
    publish(12);
    TP_CHECK_LE_I64(take_all(), 2);
    TP_CHECK_GE_U64(stats().drops[TP_DROP_RESYNC], 10);
    TP_CHECK_EQ_U64(stats().drops_gap, stats().drops[TP_DROP_RESYNC]);
    check_sum();
    tear_down();
}

/* Proves: D-98 */
TP_TEST(mappings_can_be_touched_and_locked_at_attach)
{
    tp_consumer_options_t options = options_of_test();
    tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
    tp_producer_t *producer = NULL;
    options.prefault = true;
    options.lock_memory = true; /* 1.3 MiB: below the usual limit of 8 MiB */
    set_up_with(&options);
    scene.driver.is_announcing = false;
    await_ready();
    producer_options.stream_id = FAKE_STREAM;
    producer_options.prefault = true;
    producer_options.lock_memory = true;
    publish(1);
    TP_CHECK_EQ_I64(tp_producer_create(&producer, scene.client, &producer_options), TP_OK);
    run_ms(50);
    TP_CHECK(tp_producer_is_ready(producer));
    TP_CHECK_EQ_I64(take_all(), 1); /* touching has changed nothing */
    tp_producer_destroy(producer);
    tear_down();
}

TP_TEST(bad_options_are_refused)
{
    set_up();
    tp_consumer_t *other = NULL;
    tp_consumer_options_t options = options_of_test();
    options.stream_id = 0;
    TP_CHECK_EQ_I64(tp_consumer_create(&other, scene.client, &options), TP_EINVAL);
    options = options_of_test();
    options.gap_patience_ns = -1;
    TP_CHECK_EQ_I64(tp_consumer_create(&other, scene.client, &options), TP_EINVAL);
    options = options_of_test();
    options.start_at = (tp_start_at_t)9;
    TP_CHECK_EQ_I64(tp_consumer_create(&other, scene.client, &options), TP_EINVAL);
    TP_CHECK(other == NULL);
    TP_CHECK_EQ_STR(tp_drop_cause_name(TP_DROP_OVERRUN), "overrun");
    TP_CHECK_EQ_STR(tp_drop_cause_name(TP_DROP_CAUSES), "?");
    tear_down();
}

/* Proves: D-41, CP-2: one process consumes one stream and produces another, or the same */
TP_TEST(a_producer_and_consumers_share_one_client)
{
    set_up();
    tp_consumer_t *second = NULL;
    tp_producer_t *producer = NULL;
    const tp_consumer_options_t options = options_of_test();
    tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
    producer_options.stream_id = FAKE_STREAM;
    scene.driver.is_announcing = false;
    TP_CHECK_EQ_I64(tp_consumer_create(&second, scene.client, &options), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_create(&producer, scene.client, &producer_options), TP_OK);
    run_ms(50);
    TP_CHECK(tp_consumer_is_ready(second) && tp_producer_is_ready(producer));
    static const uint8_t bytes[64];
    TP_CHECK_EQ_I64(tp_producer_offer(producer, bytes, 64, &scene.info), TP_OK);
    tp_frame_t frame;
    TP_CHECK_EQ_I64(tp_consumer_try_next(scene.consumer, &frame), 1);
    TP_CHECK_EQ_I64(tp_consumer_try_next(second, &frame), 1);
    tp_producer_destroy(producer);
    tp_consumer_destroy(second);
    tear_down();
}

TP_TEST_MAIN()
