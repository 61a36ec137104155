/*
 * A consumer against the driver on strings: every cell of the mapping machine's table, then its
 * rules. Frames are written by the test through the driver's own mapping.
 */
#include "consumer/consumer_scene_test.h"

/* ---- the table ---- */

static void spoil(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->pools[0].stride_bytes = 8192; /* not what the file says */
}

static void go_to(tpi_map_state_t state)
{
    fake_driver_t *d = &scene.driver;
    set_up();
    d->is_announcing = false;
    switch (state) {
    case TPI_MAP_UNMAPPED: /* with a lease: after a refused epoch and its back-off */
        next_epoch(FAKE_EPOCH0 + 1);
        d->edit_announce = spoil;
        fake_driver_announce(d);
        turn();
        d->edit_announce = NULL;
        run_ms(300);
        break;
    case TPI_MAP_MAPPED:
        break;
    case TPI_MAP_ENDING:
        publish(2);
        fake_driver_producer_ends(d, TPI_REVOKE_DETACHED);
        turn();
        break;
    case TPI_MAP_REMAPPING:
        fake_driver_producer_ends(d, TPI_REVOKE_EXPIRED);
        turn();
        break;
    case TPI_MAP_FALLBACK:
        fake_driver_config(d, status().client_id, TPI_BOOL_FALSE);
        turn();
        break;
    case TPI_MAP_BACKOFF:
        next_epoch(FAKE_EPOCH0 + 1);
        d->edit_announce = spoil;
        fake_driver_announce(d);
        turn();
        d->edit_announce = NULL;
        break;
    }
    TP_CHECK_EQ_I64(scene.consumer->state, state);
    TP_CHECK_EQ_I64(scene.consumer->attachment.state, TPI_LEASE_ATTACHED);
}

static void fire(tpi_map_event_t event)
{
    fake_driver_t *d = &scene.driver;
    switch (event) {
    case TPI_MAP_EV_ANNOUNCED:
        next_epoch(FAKE_EPOCH0 + 2);
        fake_driver_announce(d);
        break;
    case TPI_MAP_EV_DETACHED:
        if (scene.consumer->state == TPI_MAP_MAPPED) {
            publish(1); /* something to end with */
        }
        fake_driver_producer_ends(d, TPI_REVOKE_DETACHED);
        break;
    case TPI_MAP_EV_GONE:
        fake_driver_producer_ends(d, TPI_REVOKE_EXPIRED);
        break;
    case TPI_MAP_EV_DEAD: {
        static const tpi_map_wanted_t wanted = { .is_same_ok = false };
        tpi_consumer_remap(scene.consumer, TP_REASON_STALE, wanted, "dead", d->now_ns);
        break;
    }
    case TPI_MAP_EV_NO_SHM:
        fake_driver_config(d, status().client_id, TPI_BOOL_FALSE);
        break;
    case TPI_MAP_EV_SHM:
        fake_driver_config(d, status().client_id, TPI_BOOL_TRUE);
        break;
    case TPI_MAP_EV_LEASE_GONE:
        d->answer = FAKE_SILENT;
        fake_driver_shutdown(d);
        break;
    case TPI_MAP_EV_TIME:
        switch (scene.consumer->state) {
        case TPI_MAP_ENDING:
        case TPI_MAP_REMAPPING:
        case TPI_MAP_BACKOFF:
            run_ms((scene.consumer->deadline_ns - d->now_ns) / FAKE_MS + 10);
            return;
        default:
            return;
        }
    default:
        return;
    }
    turn();
}

/* Proves: W-83, W-84, W-92, W-113, D-55, D-56, D-70, D-76 and driver.md 3.6 */
TP_TEST(mapping_machine_takes_every_step_of_its_table)
{
    enum { U = TPI_MAP_UNMAPPED, M = TPI_MAP_MAPPED, E = TPI_MAP_ENDING, R = TPI_MAP_REMAPPING };
    enum { F = TPI_MAP_FALLBACK, B = TPI_MAP_BACKOFF };
    /* clang-format off */
    static const int table[6][TPI_MAP_EVENTS] = {
        /*         GRANTED ANNOUNCED DETACHED GONE DEAD NO_SHM SHM LEASE_GONE TIME */
        [U] = {    0,      M,        U,       U,   U,   F,     U,  U,         U },
        [M] = {    0,      M,        E,       R,   R,   F,     M,  U,         M },
        [E] = {    0,      E,        E,       R,   R,   F,     E,  U,         R },
        [R] = {    0,      M,        R,       R,   R,   F,     R,  U,         B },
        [F] = {    0,      F,        F,       F,   F,   F,     U,  U,         F },
        [B] = {    0,      B,        B,       B,   B,   F,     B,  U,         U },
    };
    /* clang-format on */
    for (int state = 0; state < 6; state++) {
        for (int event = 1; event < TPI_MAP_EVENTS; event++) {
            go_to((tpi_map_state_t)state);
            fire((tpi_map_event_t)event);
            TP_CHECK_MSG((int)scene.consumer->state == table[state][event],
                         "state %d, event %d: now %d, expected %d (%s)", state, event,
                         (int)scene.consumer->state, table[state][event],
                         scene.consumer->attachment.text);
            const bool is_mapped =
                scene.consumer->state == TPI_MAP_MAPPED || scene.consumer->state == TPI_MAP_ENDING;
            TP_CHECK_EQ_I64(tp_consumer_is_ready(scene.consumer), is_mapped);
            TP_CHECK_EQ_I64(status().epoch != 0, is_mapped);
            scene.driver.answer = FAKE_GRANT;
            tear_down();
        }
    }
}

/* ---- reading ---- */

/* Proves: W-73, W-48, W-55 and that no descriptor is needed */
TP_TEST(frames_are_read_from_the_ring_without_any_descriptor)
{
    set_up();
    TP_CHECK(scene.consumer->descriptor_sub == NULL);
    publish(5);
    TP_CHECK_EQ_U64(tp_consumer_lag(scene.consumer), 5);
    TP_CHECK_EQ_I64(take_all(), 5);
    TP_CHECK_EQ_U64(tp_consumer_lag(scene.consumer), 0);
    TP_CHECK_EQ_U64(stats().accepted, 5);
    TP_CHECK_EQ_U64(stats().bytes, 320);
    check_sum();
    tear_down();
}

typedef struct poll_state {
    int calls;
    int stop_after;
    bool overwrite;
} poll_state_t;

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    poll_state_t *p = clientd;
    p->calls++;
    TP_CHECK_EQ_U64(frame->epoch, scene.consumer->mapping.epoch);
    if (p->overwrite) {
        publish((int)FAKE_NSLOTS); /* laps the frame in the reader's hands */
        p->overwrite = false;
    }
    return p->calls == p->stop_after;
}

/* Proves: W-57, W-123 */
TP_TEST(a_frame_overwritten_while_it_is_used_is_counted_as_changed_and_not_as_accepted)
{
    set_up();
    publish(1);
    poll_state_t p = { .overwrite = true };
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, &p, 1), 1);
    TP_CHECK_EQ_U64(stats().accepted, 0);
    TP_CHECK_EQ_U64(stats().drops[TP_DROP_CHANGED], 1);
    TP_CHECK_EQ_U64(stats().drops_late, 1);
    check_sum();
    tp_frame_t frame;
    TP_CHECK_EQ_I64(tp_consumer_try_next(scene.consumer, &frame), 1);
    TP_CHECK(tp_frame_is_valid(scene.consumer, &frame));
    publish((int)FAKE_NSLOTS);
    TP_CHECK(!tp_frame_is_valid(scene.consumer, &frame));
    TP_CHECK(!tp_frame_is_valid(scene.consumer, &frame));
    TP_CHECK_EQ_U64(stats().drops[TP_DROP_CHANGED], 2);
    check_sum();
    tear_down();
}

TP_TEST(poll_ends_with_its_limit_or_when_the_handler_says_so)
{
    set_up();
    publish(8);
    poll_state_t p = { .stop_after = 3 };
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, &p, 100), 3);
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, &p, 2), 2);
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, &p, 100), 3);
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, &p, 100), 0);
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, &p, 0), 0);
    check_sum();
    tear_down();
}

TP_TEST(unmapped_there_is_nothing_to_read)
{
    const tp_consumer_options_t options = options_of_test();
    set_up_with(&options);
    tp_frame_t frame = { .epoch = 1 };
    TP_CHECK_EQ_I64(tp_consumer_try_next(scene.consumer, &frame), TP_ESTATE);
    TP_CHECK_EQ_I64(tp_consumer_poll(scene.consumer, on_frame, NULL, 1), TP_ESTATE);
    TP_CHECK(!tp_frame_is_valid(scene.consumer, &frame));
    TP_CHECK_EQ_U64(tp_consumer_lag(scene.consumer), 0);
    tear_down();
}

/* Proves: W-124: the first mapping starts where asked, every later one at the oldest frame */
TP_TEST(reading_starts_at_the_newest_first_and_at_the_oldest_after_a_remap)
{
    const tp_consumer_options_t options = options_of_test();
    set_up_with(&options);
    publish(5);
    await_ready();
    TP_CHECK_EQ_I64(take_all(), 0);
    publish(1);
    TP_CHECK_EQ_I64(take_all(), 1);
    TP_CHECK_EQ_U64(stats().first_seq, 5);
    next_epoch(FAKE_EPOCH0 + 1);
    publish(4);
    fake_driver_announce(&scene.driver);
    turn();
    TP_CHECK_EQ_I64(take_all(), 4);
    TP_CHECK_EQ_U64(stats().first_seq, 0);
    TP_CHECK_EQ_U64(stats().remaps, 1);
    tear_down();

    tp_consumer_options_t oldest = options_of_test();
    oldest.start_at = TP_START_OLDEST;
    set_up_with(&oldest);
    publish(5);
    await_ready();
    TP_CHECK_EQ_I64(take_all(), 5);
    tear_down();
}

/* ---- ends ---- */

/* Proves: D-54, D-56 with a clean end: frames that are committed are delivered
 * (docs/decisions/0001) */
TP_TEST(the_last_frames_of_a_producer_that_detached_are_delivered_before_the_remap)
{
    set_up();
    publish(6);
    fake_driver_producer_ends(&scene.driver, TPI_REVOKE_DETACHED);
    fake_set_t old = scene.driver.set; /* the driver keeps the files mapped */
    memset(&scene.driver.set, 0, sizeof scene.driver.set);
    fake_set_create(&scene.driver, &scene.driver.set, FAKE_EPOCH0 + 1);
    tpi_ring_writer_init(&scene.writer, &scene.driver.set.mapping);
    scene.driver.now_ns += FAKE_MS;
    fake_driver_announce(&scene.driver); /* in one duty cycle with the notice */
    turn();
    CHECK_STATE(ENDING);
    TP_CHECK_EQ_I64(status().state, TP_ATTACH_ATTACHED);
    TP_CHECK_EQ_I64(take_all(), 6);
    turn();
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0 + 1);
    TP_CHECK_EQ_U64(stats().drops[TP_DROP_REMAP], 0);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_PRODUCER_GONE);
    publish(2);
    TP_CHECK_EQ_I64(take_all(), 2);
    fake_set_close(&old);
    tear_down();
}

/* Announce, frames, notice and next announce, all within one turn of the consumer: `reason` says how it ended. */
static int frames_of_an_epoch_that_came_and_went(uint8_t reason)
{
    set_up();
    scene.driver.is_announcing = false;
    fake_set_t old[2];
    for (int i = 0; i < 2; i++) {
        if (i == 1) { /* the producer of the first new epoch publishes and goes */
            publish(6);
            scene.driver.now_ns += FAKE_MS;
            fake_driver_producer_ends(&scene.driver, reason);
        }
        old[i] = scene.driver.set; /* the driver keeps the files */
        memset(&scene.driver.set, 0, sizeof scene.driver.set);
        fake_set_create(&scene.driver, &scene.driver.set, FAKE_EPOCH0 + 1 + (uint64_t)i);
        tpi_ring_writer_init(&scene.writer, &scene.driver.set.mapping);
        scene.driver.now_ns += FAKE_MS;
        fake_driver_announce(&scene.driver);
    }
    int taken = 0;
    for (int i = 0; i < 6; i++) {
        turn();
        const int n = take_all();
        taken += n > 0 ? n : 0;
    }
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0 + 2);
    fake_set_close(&old[0]);
    fake_set_close(&old[1]);
    tear_down();
    return taken;
}

/* Proves: D-54, D-56, D-76 - `tp pub` of a single picture must reach who waits for it */
TP_TEST(an_epoch_that_came_and_went_within_a_turn_is_read_if_its_producer_ended_in_order)
{
    TP_CHECK_EQ_I64(frames_of_an_epoch_that_came_and_went(TPI_REVOKE_DETACHED), 6);
    TP_CHECK_EQ_I64(frames_of_an_epoch_that_came_and_went(TPI_REVOKE_EXPIRED), 0);
}

/* Proves: D-56 */
TP_TEST(a_reader_that_does_not_read_holds_the_old_epoch_for_one_second_at_most)
{
    set_up();
    publish(6);
    fake_driver_producer_ends(&scene.driver, TPI_REVOKE_DETACHED);
    turn();
    next_epoch(FAKE_EPOCH0 + 1);
    run_ms(900);
    CHECK_STATE(ENDING);
    run_ms(200);
    CHECK_STATE(MAPPED); /* the announce of the tick was kept */
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0 + 1);
    TP_CHECK_EQ_U64(stats().drops[TP_DROP_REMAP], 6);
    tear_down();
}

/* Proves: D-56, W-113 */
TP_TEST(a_producer_that_vanished_ends_reading_at_once)
{
    static const uint8_t reasons[] = { TPI_REVOKE_EXPIRED, TPI_REVOKE_REVOKED };
    for (int i = 0; i < 2; i++) {
        set_up();
        publish(6);
        tp_frame_t frame;
        TP_CHECK_EQ_I64(tp_consumer_try_next(scene.consumer, &frame), 1);
        fake_driver_producer_ends(&scene.driver, reasons[i]);
        turn();
        CHECK_STATE(REMAPPING);
        TP_CHECK_EQ_I64(status().state, TP_ATTACH_REMAPPING);
        TP_CHECK_EQ_I64(status().reason, TP_REASON_PRODUCER_GONE);
        TP_CHECK_EQ_I64(tp_consumer_try_next(scene.consumer, &frame), TP_ESTATE);
        TP_CHECK(!tp_frame_is_valid(scene.consumer, &frame));
        TP_CHECK_EQ_U64(stats().drops[TP_DROP_REMAP], 5);
        TP_CHECK_EQ_U64(stats().drops_gap + stats().drops_late, 0);
        check_sum();
        /* the same epoch will not do */
        fake_driver_announce(&scene.driver);
        turn();
        CHECK_STATE(REMAPPING);
        next_epoch(FAKE_EPOCH0 + 1);
        fake_driver_announce(&scene.driver);
        turn();
        CHECK_STATE(MAPPED);
        tear_down();
    }
}

/* Proves: D-54, D-57: the notice is published first, but is on another stream than the announce */
TP_TEST(the_notice_of_an_orderly_end_is_heard_before_an_announce_from_another_stream_is_acted_on)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    const tp_consumer_options_t options = options_of_test();
    const int32_t dims[] = { 64 };
    tpi_publication_t *announce_pub = NULL;
    memset(&scene, 0, sizeof scene);
    client_options.announce_stream_id = 1001;
    fake_driver_init(&scene.driver);
    scene.driver.is_announcing = false;
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(scene.driver.link, &announce_pub, "aeron:ipc", 1001, false),
        TP_OK);
    scene.client = fake_driver_client(&scene.driver, &client_options);
    tpi_ring_writer_init(&scene.writer, &scene.driver.set.mapping);
    TP_CHECK_EQ_I64(tp_tensor_init(&scene.info.tensor, TP_UINT8, 1, dims), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_create(&scene.consumer, scene.client, &options), TP_OK);
    await_ready();
    publish(6);
    fake_driver_producer_ends(&scene.driver, TPI_REVOKE_DETACHED);
    next_epoch(FAKE_EPOCH0 + 1);
    fake_driver_announce_on(&scene.driver, announce_pub);
    turn();
    CHECK_STATE(ENDING);
    TP_CHECK_EQ_I64(take_all(), 6);
    turn();
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0 + 1);
    tear_down();
}

/* Proves: D-57 */
TP_TEST(a_notice_not_younger_than_the_announce_that_was_mapped_is_covered_by_it)
{
    set_up();
    next_epoch(FAKE_EPOCH0 + 1);
    fake_driver_announce(&scene.driver);
    const uint64_t stamp = (uint64_t)scene.driver.now_ns;
    turn();
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0 + 1);
    fake_driver_revoke(&scene.driver, 1, 2, TPI_ROLE_PRODUCER, TPI_REVOKE_EXPIRED, stamp);
    turn();
    CHECK_STATE(MAPPED);
    fake_driver_revoke(&scene.driver, 1, 2, TPI_ROLE_PRODUCER, TPI_REVOKE_EXPIRED, stamp + 1);
    turn();
    CHECK_STATE(REMAPPING);
    tear_down();
}

/* Proves: D-56: three periods, then back-off, the lease lives on */
TP_TEST(waiting_for_the_next_epoch_ends_in_back_off_and_goes_on)
{
    go_to(TPI_MAP_REMAPPING);
    run_ms(2900);
    CHECK_STATE(REMAPPING);
    run_ms(200);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().state, TP_ATTACH_REMAPPING);
    run_ms(300);
    CHECK_STATE(UNMAPPED);
    TP_CHECK_GE_U64(scene.driver.keepalives, 3);
    next_epoch(FAKE_EPOCH0 + 1);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(status().attaches, 1);
    tear_down();
}

/* Proves: W-61, W-85, D-35, W-137 */
TP_TEST(an_announced_set_that_is_not_what_it_says_is_not_used_in_any_part)
{
    set_up();
    scene.driver.is_announcing = false;
    next_epoch(FAKE_EPOCH0 + 1);
    scene.driver.edit_announce = spoil;
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(BACKOFF);
    TP_CHECK(!tpi_mapping_is_open(&scene.consumer->mapping));
    TP_CHECK_EQ_I64(status().reason, TP_REASON_REGION_REFUSED);
    TP_CHECK_CONTAINS(status().text, "131136");
    scene.driver.edit_announce = NULL;
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(BACKOFF);
    run_ms(300);
    CHECK_STATE(MAPPED); /* the announce that came meanwhile was kept */
    tear_down();
}

static uint64_t foreign_epoch;
static void with_foreign_epoch(fake_driver_t *d, tpi_shm_pool_announce_t *announce)
{
    (void)d;
    announce->epoch = foreign_epoch;
}

/* Proves: W-83, W-114 */
TP_TEST(a_backward_step_is_believed_only_of_a_dead_region)
{
    set_up();
    scene.driver.edit_announce = with_foreign_epoch;
    foreign_epoch = FAKE_EPOCH0 - 1;
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(stats().ignored_epoch, 1);
    scene.driver.edit_announce = NULL;
    /* the driver starts again with a lower epoch, and the old region's pid is another's */
    tpi_put_u64(scene.driver.set.mapping.ring.base + 40, 4243);
    next_epoch(FAKE_EPOCH0 - 1);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    TP_CHECK_EQ_U64(status().epoch, FAKE_EPOCH0 - 1);
    tear_down();
}

/* Proves: W-18, W-21, W-116 */
TP_TEST(a_changed_superblock_is_unmapped_and_a_changed_pid_needs_another_epoch)
{
    set_up();
    scene.driver.is_announcing = false;
    tpi_put_u64(scene.driver.set.mapping.pools[0].base + 40, 4243); /* pid */
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(REMAPPING);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(REMAPPING);
    next_epoch(FAKE_EPOCH0 + 1);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    tpi_put_u32(scene.driver.set.mapping.pools[0].base + 28, 8); /* nslots */
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(BACKOFF); /* unmapped; the same epoch may be mapped, but is not what is announced */
    tpi_put_u32(scene.driver.set.mapping.pools[0].base + 28, FAKE_NSLOTS);
    run_ms(300);
    fake_driver_announce(&scene.driver);
    turn();
    tear_down();
}

/* Proves: W-118, W-119 */
TP_TEST(regions_nobody_touches_are_dead_and_stamps_from_the_future_too)
{
    set_up();
    scene.client->options.driver_timeout_ns = INT64_C(1000000000000); /* W-118 alone */
    scene.consumer->attachment.announce_deadline_ns += INT64_C(1000000000000);
    scene.driver.is_announcing = false;
    tpi_mapping_touch(&scene.driver.set.mapping, (uint64_t)scene.driver.now_ns);
    run_ms(4900);
    CHECK_STATE(MAPPED);
    run_ms(200);
    CHECK_STATE(REMAPPING);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_STALE);
    tpi_mapping_touch(&scene.driver.set.mapping, (uint64_t)scene.driver.now_ns);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(REMAPPING); /* only another epoch will do */
    next_epoch(FAKE_EPOCH0 + 1);
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    tpi_mapping_touch(&scene.driver.set.mapping, (uint64_t)scene.driver.now_ns + 2000000000u);
    turn();
    CHECK_STATE(REMAPPING);
    tear_down();
}

/* Proves: W-85 */
TP_TEST(two_producers_of_one_epoch_are_reported_and_change_nothing)
{
    set_up();
    scene.driver.producer_id = 5;
    fake_driver_announce(&scene.driver);
    scene.driver.producer_id = 6;
    fake_driver_announce(&scene.driver);
    turn();
    CHECK_STATE(MAPPED);
    TP_CHECK_CONTAINS(status().text, "two producers");
    tear_down();
}

TP_TEST_MAIN()
