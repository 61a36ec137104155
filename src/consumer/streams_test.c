/*
 * Streams that a consumer has to itself: consumer, producer and the real driver, by stepped
 * time.
 */
#include "consumer/streams_scene_test.h"

/* ---- descriptors ---- */

/* Proves: W-89, W-90, W-94, W-96, W-100, W-124, D-109, D-110, D-112 */
TP_TEST(a_rate_holds_on_a_stream_of_ones_own_and_nowhere_else)
{
    set_up(true);
    const tp_consumer_options_t plain = TP_CONSUMER_OPTIONS_INIT;
    follow(&scene.all, &plain);
    follow_ui(10, false);
    const tp_consumer_streams_t s = streams(scene.ui);
    TP_CHECK_EQ_I64(s.descriptor_state, TP_STREAM_ACTIVE);
    TP_CHECK(s.descriptor_stream_id >= 31000 && s.descriptor_stream_id <= 31999);
    TP_CHECK_EQ_STR(s.descriptor_channel, "aeron:ipc?term-length=64k");
    TP_CHECK(s.is_described && s.is_rate_limited);
    TP_CHECK_EQ_I64(s.control_state, TP_STREAM_NONE);
    TP_CHECK_EQ_U64(made().private_streams, 1);

    uint64_t seen = 0;
    int64_t last_ns = INT64_MIN;
    for (int i = 0; i < 300; i++) { /* 3 s at 100 Hz */
        publish();
        turn(10);
        TP_CHECK_EQ_U64(read_all(scene.all), 1);
        const uint64_t got = read_all(scene.ui);
        TP_CHECK(got <= 1);
        if (got == 1) {
            TP_CHECK(last_ns == INT64_MIN || scene.rig.now_ns - last_ns >= 100 * MS);
            last_ns = scene.rig.now_ns;
            seen++;
        }
    }
    TP_CHECK_EQ_U64(seen, 30);
    const tp_consumer_stats_t ui = stats(scene.ui);
    TP_CHECK_EQ_U64(ui.accepted, 30);
    TP_CHECK_EQ_U64(ui.drops_gap, 0); /* intended holes are no gap */
    TP_CHECK_EQ_U64(ui.drops_late, 0);
    TP_CHECK_GE_U64(ui.thinned, 260);
    TP_CHECK_EQ_U64(made().private_sent, 30);
    TP_CHECK_EQ_U64(made().private_capped, 270);
    TP_CHECK_EQ_U64(made().descriptors_sent + made().descriptors_not_connected, 300);
    tear_down();
}

/* Proves: W-95, D-111 */
TP_TEST(a_request_that_is_declined_leaves_the_consumer_with_the_ring)
{
    set_up(false); /* the driver has no ranges */
    follow_ui(10, true);
    const tp_consumer_streams_t s = streams(scene.ui);
    TP_CHECK_EQ_I64(s.descriptor_state, TP_STREAM_DECLINED);
    TP_CHECK_EQ_I64(s.control_state, TP_STREAM_DECLINED);
    TP_CHECK_EQ_U64(s.descriptor_stream_id, 0);
    TP_CHECK(!s.is_described);
    uint64_t seen = 0;
    for (int i = 0; i < 100; i++) {
        publish();
        turn(10);
        seen += read_all(scene.ui);
    }
    TP_CHECK(seen >= 10 && seen <= 11); /* thinned here, then */
    TP_CHECK_EQ_U64(stats(scene.ui).drops_gap, 0);
    TP_CHECK_EQ_U64(made().private_streams, 0);
    tear_down();
}

/* Proves: W-89, W-96 */
TP_TEST(without_a_rate_the_stream_is_a_hint_and_every_frame_arrives)
{
    set_up(true);
    follow_ui(0, true);
    const tp_consumer_streams_t s = streams(scene.ui);
    TP_CHECK_EQ_I64(s.descriptor_state, TP_STREAM_ACTIVE);
    TP_CHECK(s.control_state == TP_STREAM_ASSIGNED || s.control_state == TP_STREAM_ACTIVE);
    TP_CHECK(s.control_stream_id >= 32000 && s.control_stream_id <= 32999);
    TP_CHECK(!s.is_described && !s.is_rate_limited);
    uint64_t seen = 0;
    for (int i = 0; i < 50; i++) {
        publish();
        turn(10);
        seen += read_all(scene.ui);
    }
    TP_CHECK_EQ_U64(seen, 50);
    TP_CHECK_EQ_U64(made().private_sent, 50);
    TP_CHECK_EQ_U64(made().private_capped, 0);
    tear_down();
}

/* Proves: W-99 */
TP_TEST(a_consumer_that_goes_takes_its_stream_with_it)
{
    set_up(true);
    follow_ui(10, false);
    TP_CHECK_EQ_U64(made().private_streams, 1);
    tp_consumer_destroy(scene.ui);
    scene.ui = NULL;
    run(300);
    TP_CHECK_EQ_U64(made().private_streams, 0);
    tear_down();
}

/* Proves: W-99 */
TP_TEST(a_consumer_that_is_not_heard_for_five_intervals_loses_its_stream)
{
    set_up(true);
    follow_ui(10, false);
    const int64_t silent_ns = scene.rig.now_ns;
    while (made().private_streams > 0 && scene.rig.now_ns - silent_ns < 20000 * MS) {
        driver_scene_step(&scene.rig);
        tp_client_do_work(scene.maker); /* and not the consumer's */
        scene.rig.now_ns += 10 * MS;
    }
    const int64_t after_ms = (scene.rig.now_ns - silent_ns) / MS;
    TP_CHECK_MSG(after_ms > 4000 && after_ms < 5500, "closed after %lld ms", (long long)after_ms);
    tear_down();
}

/* Proves: W-96, W-99 - without an image there is nobody to go by but the ring */
TP_TEST(a_consumer_whose_producer_went_and_came_back_is_described_to_again)
{
    set_up(true);
    follow_ui(10, false);
    TP_CHECK(streams(scene.ui).is_described);
    publish();
    turn(10);
    TP_CHECK_EQ_U64(read_all(scene.ui), 1);
    tp_producer_destroy(scene.producer);
    run(100);
    TP_CHECK_EQ_I64(streams(scene.ui).descriptor_state, TP_STREAM_ASSIGNED);
    TP_CHECK(!streams(scene.ui).is_described);
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.maker, &options), TP_OK);
    for (int i = 0; i < 300 && !(tp_producer_is_ready(scene.producer) &&
                                 tp_consumer_is_ready(scene.ui) && streams(scene.ui).is_described);
         i++) {
        run(10);
    }
    TP_CHECK(streams(scene.ui).is_described);
    uint64_t seen = 0;
    for (int i = 0; i < 100; i++) {
        publish();
        turn(10);
        seen += read_all(scene.ui);
    }
    TP_CHECK_EQ_U64(seen, 10);
    TP_CHECK_EQ_U64(stats(scene.ui).drops_gap + stats(scene.ui).drops_late, 0);
    tear_down();
}

/* Proves: W-99 - five of the larger interval: its own says nothing of theirs */
TP_TEST(a_producer_that_speaks_often_is_as_patient_as_any)
{
    set_up(true);
    tp_client_options_t hasty = TP_CLIENT_OPTIONS_INIT;
    hasty.qos_interval_ns = 100 * MS;
    tp_producer_destroy(scene.producer);
    tp_client_destroy(scene.maker);
    scene.maker = driver_scene_client(&scene.rig, &hasty);
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.maker, &options), TP_OK);
    run(1500);
    TP_CHECK(tp_producer_is_ready(scene.producer));
    follow_ui(10, false); /* says hello once a second */
    TP_CHECK_EQ_U64(made().private_streams, 1);
    for (int i = 0; i < 300; i++) {
        turn(10);
        TP_CHECK_EQ_U64(made().private_streams, 1);
    }
    tear_down();
}

static void say_hello(uint32_t stream_id, uint32_t consumer_id, const char *channel, uint32_t id,
                      uint32_t layout, uint8_t supports_shm)
{
    uint8_t buf[512];
    const tpi_view_t view = { (const uint8_t *)channel, (uint32_t)strlen(channel) };
    const tpi_consumer_hello_t hello = {
        .stream_id = stream_id,
        .consumer_id = consumer_id,
        .supports_shm = supports_shm,
        .supports_progress = TPI_BOOL_FALSE,
        .mode = TPI_MODE_RATE_LIMITED,
        .max_rate_hz = 5,
        .expected_layout_version = layout,
        .progress_interval_us = TPI_NULL_U32,
        .progress_bytes_delta = TPI_NULL_U32,
        .progress_major_delta_units = TPI_NULL_U32,
        .descriptor_stream_id = id,
        .descriptor_channel = view,
    };
    const int len = tpi_consumer_hello_encode(buf, sizeof buf, &hello);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.control, buf, (size_t)len), TPI_SEND_OK);
    turn(10);
    turn(10);
}

static void say_config(uint32_t consumer_id, uint8_t use_shm, const char *fallback,
                       const char *channel, uint32_t id, uint8_t mode)
{
    uint8_t buf[2560];
    const tpi_consumer_config_t config = {
        .stream_id = STREAM,
        .consumer_id = consumer_id,
        .use_shm = use_shm,
        .mode = mode,
        .descriptor_stream_id = id,
        .payload_fallback_uri = { (const uint8_t *)fallback, (uint32_t)strlen(fallback) },
        .descriptor_channel = { (const uint8_t *)channel, (uint32_t)strlen(channel) },
    };
    const int len = tpi_consumer_config_encode(buf, sizeof buf, &config);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.control, buf, (size_t)len), TPI_SEND_OK);
    turn(10);
    turn(10);
    turn(10);
}

/* Proves: W-99 */
TP_TEST(a_hello_that_does_not_ask_any_more_gives_the_stream_back)
{
    set_up(true);
    follow_ui(10, false);
    tp_attach_status_t status;
    tp_consumer_status(scene.ui, &status);
    TP_CHECK_EQ_U64(made().private_streams, 1);
    say_hello(STREAM, status.client_id, "", 0, 1, TPI_BOOL_TRUE);
    TP_CHECK_EQ_U64(made().private_streams, 0);
    tear_down();
}

/* Proves: W-92, W-96, D-112 */
TP_TEST(each_config_is_all_that_holds_and_the_stream_before_stays_until_the_new_one_is_served)
{
    set_up(true);
    follow_ui(10, false);
    tp_attach_status_t status;
    tp_consumer_status(scene.ui, &status);
    const uint32_t id = status.client_id;
    say_config(id + 1, TPI_BOOL_FALSE, "", "", 0, TPI_MODE_STREAM); /* of somebody else */
    TP_CHECK(streams(scene.ui).is_described);

    /* Another stream, on which both ends meet. */
    say_config(id, TPI_BOOL_TRUE, "", "aeron:ipc?term-length=64k", 31777, TPI_MODE_RATE_LIMITED);
    run(100);
    TP_CHECK_EQ_U64(streams(scene.ui).descriptor_stream_id, 31777);
    TP_CHECK_EQ_I64(streams(scene.ui).descriptor_state, TP_STREAM_ACTIVE);
    publish();
    turn(10);
    TP_CHECK_EQ_U64(read_all(scene.ui), 1);

    /* Mode STREAM: every frame, whatever rate was asked for. */
    say_config(id, TPI_BOOL_TRUE, "", "", 0, TPI_MODE_STREAM);
    TP_CHECK_EQ_I64(streams(scene.ui).descriptor_state, TP_STREAM_DECLINED);
    TP_CHECK(!streams(scene.ui).is_rate_limited && !streams(scene.ui).is_described);
    uint64_t seen = 0;
    for (int i = 0; i < 20; i++) {
        publish();
        turn(1);
        seen += read_all(scene.ui);
    }
    TP_CHECK_EQ_U64(seen, 20);
    tear_down();
}

/* Proves: W-90 - a config may be heard before the hello that it answers, by a producer that attached in between */
TP_TEST(a_stream_is_not_opened_before_its_consumer_said_at_which_rate)
{
    enum { CONSUMER = 4711, ID = 31777 };
    static const char channel[] = "aeron:ipc?term-length=64k";
    tpi_subscription_t *sub = NULL;
    set_up(true);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.rig.peer_link, &sub, channel, ID, NULL, NULL),
                    TP_OK);
    say_config(CONSUMER, TPI_BOOL_TRUE, "", channel, ID, TPI_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(made().private_streams, 0);
    say_hello(STREAM, CONSUMER, channel, ID, 1, TPI_BOOL_TRUE); /* 5 Hz */
    TP_CHECK_EQ_U64(made().private_streams, 1);
    for (int i = 0; i < 100; i++) {
        publish();
        turn(10);
    }
    TP_CHECK_EQ_U64(made().private_sent, 5);
    TP_CHECK_EQ_U64(made().private_capped, 95);
    tpi_subscription_close(sub);
    tear_down();
}

/* Proves: W-90, W-92 - the mode of a config holds until the next config, not until the next hello */
TP_TEST(a_hello_that_asks_for_the_same_again_does_not_undo_a_config)
{
    enum { CONSUMER = 4711, ID = 31777 };
    static const char channel[] = "aeron:ipc?term-length=64k";
    tpi_subscription_t *sub = NULL;
    set_up(true);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.rig.peer_link, &sub, channel, ID, NULL, NULL),
                    TP_OK);
    say_hello(STREAM, CONSUMER, channel, ID, 1, TPI_BOOL_TRUE); /* 5 Hz */
    for (int config_first = 0; config_first < 2; config_first++) {
        say_config(CONSUMER, TPI_BOOL_TRUE, "", channel, ID, TPI_MODE_STREAM);
        say_hello(STREAM, CONSUMER, channel, ID, 1, TPI_BOOL_TRUE);
        const uint64_t before = made().private_sent;
        for (int i = 0; i < 20; i++) {
            publish();
            turn(1);
        }
        TP_CHECK_EQ_U64(made().private_sent - before, 20);
        TP_CHECK_EQ_U64(made().private_capped, 0);
        if (config_first == 0) {
            run(6000); /* forgotten: next it hears of a config before any hello */
            TP_CHECK_EQ_U64(made().private_streams, 0);
        }
    }
    tpi_subscription_close(sub);
    tear_down();
}

/* Proves: W-94, W-95 */
TP_TEST(what_is_no_aeron_channel_is_not_subscribed_to)
{
    static const tpi_view_t channels[] = {
        { (const uint8_t *)"ftp://somewhere", 15 },
        { (const uint8_t *)"aeron:", 6 },
        { (const uint8_t *)"", 0 },
    };
    set_up(true);
    follow_ui(10, false);
    tp_attach_status_t status;
    tp_consumer_status(scene.ui, &status);
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        uint8_t buf[512];
        const tpi_consumer_config_t config = { .stream_id = STREAM,
                                               .consumer_id = status.client_id,
                                               .use_shm = TPI_BOOL_TRUE,
                                               .mode = TPI_MODE_RATE_LIMITED,
                                               .descriptor_stream_id = 31777,
                                               .descriptor_channel = channels[i] };
        const int len = tpi_consumer_config_encode(buf, sizeof buf, &config);
        TP_CHECK_GT_I64(len, 0);
        TP_CHECK_EQ_I64(tpi_publication_offer(scene.control, buf, (size_t)len), TPI_SEND_OK);
        turn(10);
        turn(10);
        TP_CHECK_EQ_I64(streams(scene.ui).descriptor_state, TP_STREAM_DECLINED);
        TP_CHECK_EQ_U64(streams(scene.ui).descriptor_stream_id, 0);
        TP_CHECK(!streams(scene.ui).is_described);
    }
    tear_down();
}

/* Proves: W-92, W-93 */
TP_TEST(a_fallback_is_handed_to_the_application_if_its_scheme_is_known)
{
    set_up(true);
    const tp_consumer_options_t plain = TP_CONSUMER_OPTIONS_INIT;
    follow(&scene.ui, &plain);
    tp_attach_status_t status;
    tp_consumer_status(scene.ui, &status);
    const uint32_t id = status.client_id;
    TP_CHECK_EQ_STR(tp_consumer_fallback_uri(scene.ui), "");
    static const struct {
        const char *uri;
        const char *given;
    } cases[] = { { "aeron:udp?endpoint=10.0.0.2:40456", "aeron:udp?endpoint=10.0.0.2:40456" },
                  { "bridge://lab-3", "bridge://lab-3" },
                  { "ftp://somewhere", "" },
                  { "", "" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        say_config(id, TPI_BOOL_FALSE, cases[i].uri, "", 0, TPI_MODE_STREAM);
        TP_CHECK_EQ_STR(tp_consumer_fallback_uri(scene.ui), cases[i].given);
        TP_CHECK(!tp_consumer_is_ready(scene.ui));
        tp_consumer_status(scene.ui, &status);
        TP_CHECK_EQ_I64(status.reason, TP_REASON_NO_SHM);
    }
    say_config(id, TPI_BOOL_TRUE, "aeron:ipc", "", 0, TPI_MODE_STREAM);
    run(1500);
    TP_CHECK(tp_consumer_is_ready(scene.ui));
    TP_CHECK_EQ_STR(tp_consumer_fallback_uri(scene.ui), "");
    tear_down();
}

/* Proves: W-96, W-113 */
TP_TEST(a_new_epoch_of_the_producer_is_described_as_the_one_before)
{
    set_up(true);
    follow_ui(10, false);
    publish();
    turn(10);
    TP_CHECK_EQ_U64(read_all(scene.ui), 1);
    tp_producer_renew(scene.producer);
    for (int i = 0; i < 300 && !(tp_producer_is_ready(scene.producer) &&
                                 streams(scene.ui).is_described && tp_consumer_is_ready(scene.ui));
         i++) {
        run(10);
    }
    run(1200); /* the hello asks again */
    TP_CHECK(streams(scene.ui).is_described);
    uint64_t seen = 0;
    for (int i = 0; i < 100; i++) {
        publish();
        turn(10);
        seen += read_all(scene.ui);
    }
    TP_CHECK_EQ_U64(seen, 10);
    tear_down();
}

/* Proves: W-101 */
TP_TEST(descriptors_of_what_is_not_there_move_nothing)
{
    set_up(true);
    follow_ui(10, false);
    const tp_consumer_streams_t s = streams(scene.ui);
    tpi_publication_t *forged = NULL;
    TP_CHECK_EQ_I64(tpi_link_add_publication(scene.rig.peer_link, &forged, "aeron:ipc",
                                             (int32_t)s.descriptor_stream_id, false),
                    TP_OK);
    run(20);
    static const uint64_t seqs[] = { 1000000, UINT64_C(1) << 40, UINT64_MAX - 1, 7 };
    for (size_t i = 0; i < 4; i++) {
        uint8_t buf[64];
        const tpi_frame_descriptor_t d = { .stream_id = STREAM,
                                           .epoch = scene.ui->mapping.epoch,
                                           .seq = seqs[i],
                                           .header_index = (uint32_t)seqs[i] & 7,
                                           .timestamp_ns = TPI_NULL_U64,
                                           .meta_version = TPI_NULL_U32 };
        const int len = tpi_frame_descriptor_encode(buf, sizeof buf, TPI_DIALECT_V11, &d);
        TP_CHECK_EQ_I64(tpi_publication_offer(forged, buf, (size_t)len), TPI_SEND_OK);
        turn(10);
        TP_CHECK_EQ_U64(read_all(scene.ui), 0);
    }
    publish();
    turn(10);
    TP_CHECK_EQ_U64(read_all(scene.ui), 1);
    TP_CHECK_EQ_U64(stats(scene.ui).accepted, 1);
    tear_down();
}

TP_TEST(frames_described_and_not_read_in_time_are_counted)
{
    set_up(true);
    follow_ui(1000, false);
    TP_CHECK(streams(scene.ui).is_described);
    for (int i = 0; i < 20; i++) { /* a ring of 8: nobody reads meanwhile */
        publish();
        turn(10);
    }
    const uint64_t seen = read_all(scene.ui);
    const tp_consumer_stats_t s = stats(scene.ui);
    TP_CHECK_EQ_U64(seen, 8);
    TP_CHECK_EQ_U64(s.drops_late, 12);
    TP_CHECK_EQ_U64(s.thinned, 0);
    tear_down();
}

TP_TEST(gaps_that_are_expected_are_no_loss)
{
    set_up(true);
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.gaps_expected = true;
    follow(&scene.ui, &options);
    tp_frame_info_t info = { 0 };
    const int32_t dims[] = { 100 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, dims), TP_OK);
    for (uint64_t seq = 0; seq < 400; seq += 40) {
        tp_claim_t claim;
        TP_CHECK_EQ_I64(tp_producer_claim_at(scene.producer, seq, 100, &claim), TP_OK);
        memset(claim.data, (int)(claim.seq & 0xFF), 100);
        TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 100, &info), TP_OK);
        turn(10);
        uint64_t got = 0;
        for (int i = 0; i < 200 && got == 0; i++) {
            got = read_all(scene.ui);
        }
        TP_CHECK_EQ_U64(got, 1);
    }
    const tp_consumer_stats_t s = stats(scene.ui);
    TP_CHECK_EQ_U64(s.accepted, 10);
    TP_CHECK_EQ_U64(s.drops_gap, 0);
    TP_CHECK_EQ_U64(s.skipped, 9 * 39);
    tear_down();
}

/* ---- without a driver ---- */

/* Proves: W-91, W-94, W-95, W-96, W-98 */
TP_TEST(a_producer_without_a_driver_assigns_streams_itself)
{
    set_up(true);
    tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    tp_producer_t *own = NULL;
    options.stream_id = LOCAL_STREAM;
    options.local = &local;
    options.max_subscribers = 2;
    TP_CHECK_EQ_I64(tp_producer_create(&own, scene.maker, &options), TP_OK);
    run(300);
    TP_CHECK(tp_producer_is_ready(own));

    say_hello(LOCAL_STREAM, 5, "aeron:ipc", 31005, 1, TPI_BOOL_TRUE);
    TP_CHECK_EQ_U64(scene.config.consumer_id, 5);
    TP_CHECK_EQ_U64(scene.config.descriptor_stream_id, 31005);
    TP_CHECK_EQ_U64(scene.config.descriptor_channel.len, 9);
    TP_CHECK_EQ_U64(scene.config.use_shm, TPI_BOOL_TRUE);
    TP_CHECK_EQ_U64(scene.config.control_stream_id, 0);
    say_hello(LOCAL_STREAM, 5, "aeron:ipc", 31005, 1, TPI_BOOL_TRUE); /* again: the same */
    TP_CHECK_EQ_U64(scene.config.descriptor_stream_id, 31005);
    say_hello(LOCAL_STREAM, 6, "aeron:ipc", 31005, 1, TPI_BOOL_TRUE); /* taken */
    TP_CHECK_EQ_U64(scene.config.consumer_id, 6);
    TP_CHECK_NE_U64(scene.config.descriptor_stream_id, 31005);
    TP_CHECK(scene.config.descriptor_stream_id >= 31000 &&
             scene.config.descriptor_stream_id < 32000);
    const size_t before = scene.configs;
    say_hello(LOCAL_STREAM, 7, "aeron:ipc", 31009, 1, TPI_BOOL_TRUE); /* one too many */
    TP_CHECK_EQ_U64(scene.configs, before + 1);
    TP_CHECK_EQ_U64(scene.config.descriptor_stream_id, 0);
    TP_CHECK_EQ_U64(scene.config.descriptor_channel.len, 0);

    static const struct {
        const char *channel;
        uint32_t id;
    } declined[] = { { "aeron:ipc", 0 },
                     { "", 31005 },
                     { "aeron:udp?endpoint=1.2.3.4:5", 31005 },
                     { "aeron:ipcx", 31005 },
                     { "aeron:ipc", 0x80000000u } };
    for (size_t i = 0; i < sizeof declined / sizeof declined[0]; i++) {
        say_hello(LOCAL_STREAM, 5, declined[i].channel, declined[i].id, 1, TPI_BOOL_TRUE);
        TP_CHECK_EQ_U64(scene.config.consumer_id, 5);
        TP_CHECK_EQ_U64(scene.config.descriptor_stream_id, 0);
        TP_CHECK_EQ_U64(scene.config.use_shm, TPI_BOOL_TRUE);
    }
    say_hello(LOCAL_STREAM, 5, "aeron:ipc", 31005, 2, TPI_BOOL_TRUE);
    TP_CHECK_EQ_U64(scene.config.use_shm, TPI_BOOL_FALSE);
    TP_CHECK_EQ_U64(scene.config.descriptor_stream_id, 0);
    say_hello(LOCAL_STREAM, 5, "", 0, 1, TPI_BOOL_FALSE);
    TP_CHECK_EQ_U64(scene.config.use_shm, TPI_BOOL_FALSE);
    tp_producer_stats_t s;
    tp_producer_stats(own, &s);
    TP_CHECK_EQ_U64(s.requests_declined, 7);
    tp_producer_destroy(own);
    tear_down();
}

TP_TEST(a_channel_may_have_1023_bytes_and_no_more)
{
    char channel[1025];
    for (size_t len = 1023; len <= 1024; len++) {
        set_up(true);
        static const char start[] = "aeron:ipc?term-length=64k|alias=";
        memset(channel, 'x', len);
        memcpy(channel, start, sizeof start - 1);
        channel[len] = '\0';
        tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
        options.stream_id = STREAM;
        options.private_descriptors = true;
        options.private_descriptor_channel = channel;
        const int rc = tp_consumer_create(&scene.ui, scene.client, &options);
        if (len == 1024) {
            TP_CHECK_EQ_I64(rc, TP_EINVAL);
            TP_CHECK_CONTAINS(tp_errmsg(), "less than 1024 bytes");
        } else {
            TP_CHECK_EQ_I64(rc, TP_OK);
            run(500);
            TP_CHECK_EQ_I64(streams(scene.ui).descriptor_state, TP_STREAM_ACTIVE);
            TP_CHECK_EQ_STR(streams(scene.ui).descriptor_channel, channel);
            TP_CHECK_EQ_U64(made().private_streams, 1);
        }
        tear_down();
    }
}

TP_TEST(escape_sequences_in_what_a_config_names_are_not_passed_on)
{
    set_up(true);
    follow_ui(10, false);
    tp_attach_status_t status;
    tp_consumer_status(scene.ui, &status);
    say_config(status.client_id, TPI_BOOL_FALSE, "bridge://\x1b[2J", "aeron:ipc?alias=\x1b[2J",
               31777, TPI_MODE_STREAM);
    TP_CHECK_EQ_STR(tp_consumer_fallback_uri(scene.ui), "");
    TP_CHECK_EQ_I64(streams(scene.ui).descriptor_state, TP_STREAM_DECLINED);
    TP_CHECK_EQ_STR(streams(scene.ui).descriptor_channel, "");
    tear_down();
}

TP_TEST(channels_that_cannot_be_asked_for_are_refused)
{
    set_up(true);
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = STREAM;
    options.private_control = true;
    options.private_control_channel = "ipc";
    TP_CHECK_EQ_I64(tp_consumer_create(&scene.ui, scene.client, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "private_control_channel is \"ipc\"");
    TP_CHECK(scene.ui == NULL);
    tear_down();
}

TP_TEST_MAIN()
