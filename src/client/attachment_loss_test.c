/* How an attachment hears that its lease, its driver or the media driver is gone, and comes back. */
#include "client/attachment_scene_test.h"

TP_TEST(only_a_notice_with_all_own_ids_ends_the_lease)
{
    set_up();
    attach();
    fake_driver_t *d = &scene.driver;
    const tpi_attachment_t *a = &scene.role.attachment;
    const uint64_t now = (uint64_t)d->now_ns;
    fake_driver_revoke(d, a->lease_id + 1, a->client_id, a->role_id, TPI_REVOKE_REVOKED, now);
    fake_driver_revoke(d, a->lease_id, a->client_id + 1, a->role_id, TPI_REVOKE_REVOKED, now);
    run_ms(30);
    CHECK_STATE(ATTACHED);
    TP_CHECK_EQ_I64(scene.role.notices, 0); /* of consumers, both */
    fake_driver_revoke(d, a->lease_id, a->client_id, a->role_id, TPI_REVOKE_REVOKED, now);
    run_ms(30);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_LEASE_REVOKED);
    TP_CHECK_CONTAINS(status().text, "because");
    tear_down();
}

/* Proves: D-56, D-57 */
TP_TEST(a_consumer_hears_of_its_streams_producer_but_not_of_what_was_before_it_asked)
{
    set_up();
    const uint64_t before = (uint64_t)scene.driver.now_ns - 1;
    attach();
    fake_driver_revoke(&scene.driver, 1, 2, TPI_ROLE_PRODUCER, TPI_REVOKE_EXPIRED, before);
    run_ms(30);
    TP_CHECK_EQ_I64(scene.role.notices, 0);
    fake_driver_producer_ends(&scene.driver, TPI_REVOKE_EXPIRED);
    run_ms(30);
    TP_CHECK_EQ_I64(scene.role.notices, 1);
    CHECK_STATE(ATTACHED);
    tear_down();
}

/* Proves: D-59, D-12, D-13, D-14, D-15 */
TP_TEST(malformed_and_foreign_messages_change_nothing)
{
    set_up();
    attach();
    fake_driver_t *d = &scene.driver;
    const tpi_attachment_t *a = &scene.role.attachment;
    uint8_t buf[256];
    const tpi_lease_revoked_t notice = { .timestamp_ns = (uint64_t)d->now_ns,
                                         .lease_id = a->lease_id,
                                         .stream_id = FAKE_STREAM,
                                         .client_id = a->client_id,
                                         .role = a->role_id,
                                         .reason = TPI_REVOKE_REVOKED };
    const int len = tpi_lease_revoked_encode(buf, sizeof buf, &notice);
    TP_CHECK_GT_I64(len, 0);
    /* block length, template, schema, version, reason */
    static const struct {
        int at;
        uint8_t value;
    } edits[] = { { 0, 27 }, { 2, 77 }, { 4, 0x84 }, { 6, 2 }, { 8 + 25, 9 } };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        const uint8_t kept = buf[edits[i].at];
        buf[edits[i].at] = edits[i].value;
        fake_send(d->control_pub, buf, len);
        buf[edits[i].at] = kept;
    }
    for (int cut = 1; cut < len; cut++) {
        fake_send(d->control_pub, buf, cut);
    }
    run_ms(30);
    CHECK_STATE(ATTACHED);
    fake_send(d->control_pub, buf, len);
    run_ms(30);
    CHECK_STATE(BACKOFF);
    tear_down();
}

/* Proves: D-64 */
TP_TEST(closing_unmaps_first_and_gives_up_after_one_second)
{
    go_to(TPI_LEASE_DETACHING);
    TP_CHECK_EQ_I64(scene.role.unmaps, 0); /* counted before go_to cleared it */
    TP_CHECK_EQ_U64(scene.driver.detach.lease_id, scene.driver.last_lease);
    run_ms(900);
    CHECK_STATE(DETACHING);
    run_ms(200);
    CHECK_STATE(UNATTACHED);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_CLOSED);
    tear_down();
}

/* Proves: D-78, P-27 */
TP_TEST(without_auto_reattach_a_loss_is_final)
{
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.no_auto_reattach = true;
    set_up_as(TPI_ROLE_CONSUMER, 0, &options);
    attach();
    fake_driver_shutdown(&scene.driver);
    run_ms(10);
    CHECK_STATE(UNATTACHED);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_DRIVER_SHUTDOWN);
    run_ms(2000);
    CHECK_STATE(UNATTACHED);
    tear_down();
}

/* Proves: D-78 */
TP_TEST(after_a_shutdown_notice_it_comes_back_with_the_driver)
{
    set_up();
    attach();
    fake_driver_shutdown(&scene.driver);
    run_ms(10);
    CHECK_STATE(BACKOFF);
    TP_CHECK_CONTAINS(status().text, "bye");
    scene.driver.answer = FAKE_SILENT;
    run_ms(3000);
    scene.driver.answer = FAKE_GRANT;
    run_ms(3000);
    CHECK_STATE(ATTACHED);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_DRIVER_SHUTDOWN);
    tear_down();
}

/* Proves: D-83 */
TP_TEST(five_seconds_without_an_announce_are_the_loss_of_the_driver)
{
    set_up();
    attach();
    run_ms(1500);
    scene.driver.is_announcing = false;
    run_ms(3500);
    CHECK_STATE(ATTACHED);
    scene.driver.answer = FAKE_SILENT;
    run_ms(1600);
    TP_CHECK_EQ_I64(scene.role.attachment.loss_reason, TP_REASON_DRIVER_LOST);
    TP_CHECK_EQ_I64(scene.role.unmaps, 1);
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

/* Proves: D-83 */
TP_TEST(the_end_of_the_session_that_granted_the_lease_is_the_loss_of_the_driver)
{
    set_up();
    attach();
    fake_driver_die(&scene.driver);
    (void)tp_client_do_work(scene.client);
    (void)tp_client_do_work(scene.client);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_DRIVER_LOST);
    fake_driver_connect(&scene.driver);
    run_ms(500);
    CHECK_STATE(ATTACHED);
    tear_down();
}

/* A second sender of announces: a peer's producer, or a driver that was restarted. */
static tpi_link_t *other_link;
static tpi_publication_t *other_pub;

static void add_other(void)
{
    TP_CHECK_EQ_I64(tpi_link_create_fake(&other_link, scene.driver.bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(other_link, &other_pub, "aeron:ipc", 1000, false),
                    TP_OK);
    (void)tpi_link_do_work(other_link, scene.driver.now_ns);
    run_ms(10);
}

static uint64_t other_epoch;
static void with_other_epoch(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->epoch = other_epoch;
}

static void announce_from_other(uint64_t epoch)
{
    other_epoch = epoch;
    scene.driver.edit_announce = with_other_epoch;
    fake_driver_announce_on(&scene.driver, other_pub);
    scene.driver.edit_announce = NULL;
    run_ms(10);
}

/* Proves: D-83, W-86 */
TP_TEST(a_new_epoch_from_a_new_session_is_a_restarted_driver_an_old_epoch_is_a_chatty_peer)
{
    set_up();
    attach();
    run_ms(1500); /* the driver has announced */
    add_other();
    announce_from_other(FAKE_EPOCH0);
    announce_from_other(FAKE_EPOCH0 - 1);
    CHECK_STATE(ATTACHED);
    tpi_link_destroy(other_link);
    run_ms(20);
    CHECK_STATE(ATTACHED); /* the peer's end is not the driver's */
    add_other();
    announce_from_other(FAKE_EPOCH0 + 1);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_DRIVER_LOST);
    TP_CHECK_CONTAINS(status().text, "restarted");
    tpi_link_destroy(other_link);
    tear_down();
}

/* Proves: D-83 */
TP_TEST(a_peer_that_announces_does_not_keep_a_dead_drivers_lease_alive)
{
    set_up();
    attach();
    run_ms(1500);
    add_other();
    scene.driver.is_announcing = false;
    scene.driver.answer = FAKE_SILENT;
    for (int i = 0; i < 7; i++) {
        announce_from_other(FAKE_EPOCH0);
        run_ms(1000);
    }
    TP_CHECK_EQ_I64(scene.role.attachment.loss_reason, TP_REASON_DRIVER_LOST);
    scene.driver.answer = FAKE_GRANT;
    tpi_link_destroy(other_link);
    tear_down();
}

/* Proves: D-73 */
TP_TEST(a_producer_that_sees_a_newer_epoch_or_another_owner_has_lost_its_lease)
{
    set_up_as(TPI_ROLE_PRODUCER, 0, NULL);
    scene.driver.is_announcing = false;
    attach();
    scene.driver.producer_id = scene.role.attachment.client_id;
    fake_driver_announce(&scene.driver);
    run_ms(10);
    CHECK_STATE(ATTACHED);
    scene.driver.producer_id++;
    fake_driver_announce(&scene.driver);
    run_ms(10);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_EPOCH_SUPERSEDED);
    attach();
    fake_driver_new_epoch(&scene.driver, FAKE_EPOCH0 + 5);
    fake_driver_announce(&scene.driver);
    run_ms(10);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_EPOCH_SUPERSEDED);
    scene.driver.is_announcing = true;
    tear_down();
}

static uint64_t announce_stamp;
static uint8_t announce_domain;
static void with_stamp(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->announce_timestamp_ns = announce_stamp;
    announce->clock_domain = announce_domain;
}

static int64_t other_realtime;
static int64_t fixed_realtime(void *clientd)
{
    (void)clientd;
    return other_realtime;
}

/* Proves: W-80, W-81, W-82, D-76 */
TP_TEST(announces_too_old_too_new_or_from_before_the_image_are_ignored)
{
    set_up();
    scene.driver.is_announcing = false;
    attach();
    run_ms(4000);
    other_realtime = INT64_C(1700000000000000000);
    scene.client->realtime_clock = fixed_realtime;
    scene.driver.edit_announce = with_stamp;
    const uint64_t now = (uint64_t)scene.driver.now_ns;
    const uint64_t realtime = (uint64_t)other_realtime;
    const struct {
        uint64_t stamp;
        uint8_t domain;
        int is_taken;
    } cases[] = {
        { now, TPI_CLOCK_MONOTONIC, 1 },
        { now - 2990 * 1000000u, TPI_CLOCK_MONOTONIC, 1 },
        { now - 3010 * 1000000u, TPI_CLOCK_MONOTONIC, 0 },
        { now + 2990 * 1000000u, TPI_CLOCK_MONOTONIC, 1 },
        { now + 3010 * 1000000u, TPI_CLOCK_MONOTONIC, 0 },
        { 0, TPI_CLOCK_MONOTONIC, 0 },
        { UINT64_MAX - 1, TPI_CLOCK_MONOTONIC, 0 },
        { realtime, TPI_CLOCK_REALTIME_SYNCED, 1 },
        { realtime - 3010 * 1000000u, TPI_CLOCK_REALTIME_SYNCED, 0 },
        { realtime, TPI_CLOCK_MONOTONIC, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int taken = scene.role.announces;
        const uint64_t stale = scene.role.attachment.ignored_stale;
        announce_stamp = cases[i].stamp;
        announce_domain = cases[i].domain;
        fake_driver_announce(&scene.driver);
        fake_driver_turn(&scene.driver, scene.client);
        TP_CHECK_MSG(scene.role.announces - taken == cases[i].is_taken,
                     "case %zu: taken %d, expected %d", i, scene.role.announces - taken,
                     cases[i].is_taken);
        TP_CHECK_EQ_U64(scene.role.attachment.ignored_stale - stale, (uint64_t)!cases[i].is_taken);
    }
    /* W-82: recent, but from before we could hear its sender */
    add_other();
    announce_stamp = (uint64_t)scene.driver.now_ns - 100 * 1000000u;
    announce_domain = TPI_CLOCK_MONOTONIC;
    const int taken = scene.role.announces;
    fake_driver_announce_on(&scene.driver, other_pub);
    fake_driver_turn(&scene.driver, scene.client);
    TP_CHECK_EQ_I64(scene.role.announces, taken);
    tpi_link_destroy(other_link);
    scene.driver.edit_announce = NULL;
    tear_down();
}

/* Proves: D-82 (media driver) */
TP_TEST(the_media_drivers_loss_is_a_loss_and_its_return_a_new_attach)
{
    set_up();
    attach();
    tpi_fake_bus_set_up(scene.driver.bus, false);
    run_ms(10);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_NO_MEDIA_DRIVER);
    TP_CHECK_EQ_I64(scene.role.unmaps, 1);
    TP_CHECK_EQ_I64(tp_client_state(scene.client), TP_CLIENT_LOST);
    TP_CHECK_NE_I64(tp_client_reason(scene.client)[0], 0);
    run_ms(3000);
    CHECK_STATE(BACKOFF);
    tpi_fake_bus_set_up(scene.driver.bus, true);
    run_ms(50);
    CHECK_STATE(ATTACHED);
    TP_CHECK_EQ_STR(tp_client_reason(scene.client), "");
    tear_down();
}

/* Proves: D-82 (a short outage) */
TP_TEST(an_outage_between_two_turns_is_noticed)
{
    set_up();
    attach();
    tpi_fake_bus_set_up(scene.driver.bus, false);
    tpi_fake_bus_set_up(scene.driver.bus, true);
    scene.driver.answer = FAKE_SILENT;
    run_ms(30);
    TP_CHECK_EQ_I64(scene.role.unmaps, 1);
    scene.driver.answer = FAKE_GRANT;
    run_ms(1500);
    CHECK_STATE(ATTACHED);
    tear_down();
}

/* Proves: D-19 (client: not connected is normal), D-37 */
TP_TEST(without_a_media_driver_it_waits_and_says_so)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    tpi_fake_bus_set_up(scene.driver.bus, false);
    scene.client = fake_driver_client(&scene.driver, NULL);
    const tpi_attachment_options_t attach_options = { .role_id = TPI_ROLE_CONSUMER,
                                                      .stream_id = FAKE_STREAM };
    TP_CHECK_EQ_I64(tpi_attachment_init(&scene.role.attachment, scene.client, &attach_options,
                                        &dummy_ops, &scene.role),
                    TP_OK);
    run_ms(20000);
    CHECK_STATE(ATTACHING);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_NO_MEDIA_DRIVER);
    TP_CHECK_EQ_I64(tp_client_state(scene.client), TP_CLIENT_CONNECTING);
    tpi_fake_bus_set_up(scene.driver.bus, true);
    run_ms(100);
    CHECK_STATE(ATTACHED);
    tear_down();
}

static void of_another_stream(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->stream_id = FAKE_STREAM + 1;
}

/* Proves: D-11, W-9: what is meant for drivers, for others, and what we sent ourselves */
TP_TEST(messages_that_are_not_for_clients_are_ignored)
{
    set_up();
    attach();
    fake_driver_t *d = &scene.driver;
    const tpi_attachment_t *a = &scene.role.attachment;
    uint8_t buf[256];
    const tpi_attach_request_t request = { .correlation_id = a->correlation_id,
                                           .stream_id = FAKE_STREAM,
                                           .client_id = a->client_id,
                                           .role = a->role_id,
                                           .publish_mode = 1 };
    const tpi_detach_request_t detach = { .correlation_id = 1,
                                          .lease_id = a->lease_id,
                                          .stream_id = FAKE_STREAM,
                                          .client_id = a->client_id,
                                          .role = a->role_id };
    const tpi_lease_keepalive_t keepalive = { .lease_id = a->lease_id,
                                              .stream_id = FAKE_STREAM,
                                              .client_id = a->client_id,
                                              .role = a->role_id };
    const tpi_driver_shutdown_request_t shutdown = { .correlation_id = 1 };
    fake_send(d->control_pub, buf,
              tpi_attach_request_encode(buf, sizeof buf, TPI_DIALECT_V11, &request));
    fake_send(d->control_pub, buf, tpi_detach_request_encode(buf, sizeof buf, &detach));
    fake_send(d->control_pub, buf, tpi_lease_keepalive_encode(buf, sizeof buf, &keepalive));
    fake_send(d->control_pub, buf, tpi_driver_shutdown_request_encode(buf, sizeof buf, &shutdown));
    const int announces = scene.role.announces;
    d->edit_announce = of_another_stream;
    fake_driver_announce(d);
    d->edit_announce = NULL;
    (void)tp_client_do_work(scene.client);
    CHECK_STATE(ATTACHED);
    TP_CHECK_EQ_I64(scene.role.announces, announces);
    TP_CHECK_EQ_I64(scene.role.notices + scene.role.configs, 0);
    TP_CHECK_EQ_U64(scene.client->ignored_decode, 0);
    tear_down();
}

/* Proves: D-37 */
TP_TEST(closing_while_attaching_returns_the_lease_that_comes_too_late)
{
    go_to(TPI_LEASE_ATTACHING);
    tpi_attachment_fini(&scene.role.attachment);
    respond(FAKE_GRANT, 0, false);
    run_ms(30);
    TP_CHECK_EQ_U64(scene.driver.detaches, 1);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
}

/* Proves: D-45 */
TP_TEST(a_stream_of_ones_own_keeps_its_id_over_a_reattach)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, NULL);
    const tpi_attachment_options_t dynamic = { .role_id = TPI_ROLE_PRODUCER, .stream_id = 0 };
    TP_CHECK_EQ_I64(tpi_attachment_init(&scene.role.attachment, scene.client, &dynamic, &dummy_ops,
                                        &scene.role),
                    TP_OK);
    scene.driver.is_announcing = false;
    attach();
    TP_CHECK_EQ_U64(status().stream_id, FAKE_STREAM);
    fake_driver_shutdown(&scene.driver);
    run_ms(500);
    TP_CHECK_EQ_U64(scene.driver.request.stream_id, FAKE_STREAM);
    tear_down();
}

/* Proves: D-42 */
TP_TEST(null_values_and_unknown_modes_are_refused_before_anything_is_sent)
{
    set_up();
    dummy_t r = { 0 };
    const tpi_attachment_options_t bad[] = {
        { .role_id = TPI_ROLE_CONSUMER, .stream_id = TPI_NULL_U32 },
        { .role_id = TPI_ROLE_CONSUMER, .stream_id = 1, .client_id = TPI_NULL_U32 },
        { .role_id = TPI_ROLE_CONSUMER, .stream_id = 1, .publish_mode = (tp_publish_mode_t)7 },
        { .role_id = TPI_ROLE_CONSUMER, .stream_id = 1, .hugepages = (tp_hugepages_t)7 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TP_CHECK_EQ_I64(tpi_attachment_init(&r.attachment, scene.client, &bad[i], &dummy_ops, &r),
                        TP_EINVAL);
    }
    tear_down();
}

/* ---- turns in which nothing is due ---- */

TP_TEST(an_attachment_is_looked_at_only_when_something_is_due)
{
    set_up();
    attach();
    run_ms(0);
    scene.role.ticks = 0;
    const size_t keepalives = scene.driver.keepalives;
    for (int i = 0; i < 1000; i++) {
        (void)tp_client_do_work(scene.client);
    }
    TP_CHECK_EQ_I64(scene.role.ticks, 0);
    run_ms(5000);
    TP_CHECK_GE_U64(scene.driver.keepalives - keepalives, 4);
    TP_CHECK_GE_I64(scene.role.ticks, 4);
    TP_CHECK_LE_I64(scene.role.ticks, 12);

    /* Who says that there is something to do is looked at in the next turn, once. */
    scene.role.ticks = 0;
    tpi_attachment_stir(&scene.role.attachment);
    (void)tp_client_do_work(scene.client);
    TP_CHECK_EQ_I64(scene.role.ticks, 1);
    (void)tp_client_do_work(scene.client);
    TP_CHECK_EQ_I64(scene.role.ticks, 1);
    tear_down();
}

TP_TEST(a_role_without_a_next_tick_is_looked_at_in_each_turn_and_nobody_else)
{
    set_up();
    static dummy_t busy;
    tpi_role_ops_t ops = dummy_ops;
    const tpi_attachment_options_t attach_as = { .role_id = TPI_ROLE_CONSUMER,
                                                 .stream_id = FAKE_STREAM };
    ops.next_tick = NULL;
    busy = (dummy_t){ .ticks = 0 };
    TP_CHECK_EQ_I64(tpi_attachment_init(&busy.attachment, scene.client, &attach_as, &ops, &busy),
                    TP_OK);
    attach();
    run_ms(100);
    TP_CHECK_EQ_I64(busy.attachment.state, TPI_LEASE_ATTACHED);
    scene.role.ticks = busy.ticks = 0;
    for (int i = 0; i < 100; i++) {
        (void)tp_client_do_work(scene.client);
    }
    TP_CHECK_EQ_I64(scene.role.ticks, 0);
    TP_CHECK_EQ_I64(busy.ticks, 100);
    scene.driver.tick_ns = 10 * FAKE_MS;
    tpi_attachment_fini(&busy.attachment);
    scene.driver.tick_ns = 0;
    tear_down();
}

TP_TEST_MAIN()
