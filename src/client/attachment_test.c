/*
 * The lease machine against a driver on strings: every cell of its table, then its rules one by
 * one. The role is a dummy.
 */
#include "client/attachment_scene_test.h"

/* ---- the table ---- */

static void fire(tpi_lease_event_t event)
{
    fake_driver_t *d = &scene.driver;
    tpi_attachment_t *a = &scene.role.attachment;
    uint8_t buf[256];
    switch (event) {
    case TPI_LEASE_EV_GRANTED:
        respond(FAKE_GRANT, TPI_CODE_OK, false);
        break;
    case TPI_LEASE_EV_REFUSED:
        respond(FAKE_REFUSE, TPI_CODE_INTERNAL_ERROR, false);
        break;
    case TPI_LEASE_EV_BROKEN:
        respond(FAKE_GRANT, TPI_CODE_OK, true);
        break;
    case TPI_LEASE_EV_REVOKED:
        fake_driver_revoke(d, d->last_lease, a->client_id, a->role_id, TPI_REVOKE_EXPIRED,
                           (uint64_t)d->now_ns);
        break;
    case TPI_LEASE_EV_DETACHED: {
        const tpi_detach_response_t response = { .correlation_id = a->detach_correlation_id,
                                                 .code = TPI_CODE_REJECTED,
                                                 .error_message = fake_view("unknown lease") };
        fake_send(d->control_pub, buf, tpi_detach_response_encode(buf, sizeof buf, &response));
        break;
    }
    case TPI_LEASE_EV_LOSS:
        tpi_fake_bus_set_up(d->bus, false);
        break;
    case TPI_LEASE_EV_SHUTDOWN:
        fake_driver_shutdown(d);
        break;
    case TPI_LEASE_EV_CLOSE:
        tpi_attachment_close(a, d->now_ns);
        return;
    case TPI_LEASE_EV_TIME:
        if (a->state == TPI_LEASE_ATTACHED) {
            return; /* has no deadline of its own */
        }
        d->now_ns = a->deadline_ns;
        break;
    default:
        return;
    }
    fake_driver_turn(d, scene.client);
}

#define STAY (-1)

/* Proves: D-31, D-32, D-36, D-37, D-55, D-62, D-64, D-78 */
TP_TEST(lease_machine_takes_every_step_of_its_table)
{
    enum {
        U = TPI_LEASE_UNATTACHED,
        G = TPI_LEASE_ATTACHING,
        A = TPI_LEASE_ATTACHED,
        B = TPI_LEASE_BACKOFF
    };
    enum { D = TPI_LEASE_DETACHING, S = STAY };
    /* clang-format off */
    static const int table[5][TPI_LEASE_EVENTS] = {
        /*                ATTACH GRANTED REFUSED BROKEN REVOKED DETACHED LOSS SHUTDOWN CLOSE TIME */
        [U] = {           S,     S,      S,      S,     S,      S,       S,   S,       S,    S },
        [G] = {           S,     A,      B,      B,     S,      S,       B,   B,       U,    B },
        [A] = {           S,     S,      S,      S,     B,      S,       B,   B,       D,    S },
        [D] = {           S,     S,      S,      S,     U,      U,       U,   U,       S,    U },
        [B] = {           S,     S,      S,      S,     S,      S,       S,   S,       U,    G },
    };
    /* clang-format on */
    for (int state = 0; state < 5; state++) {
        for (int event = 1; event < TPI_LEASE_EVENTS; event++) {
            go_to((tpi_lease_state_t)state);
            fire((tpi_lease_event_t)event);
            const int want = table[state][event] == STAY ? state : table[state][event];
            TP_CHECK_MSG((int)scene.role.attachment.state == want,
                         "state %d, event %d: now %d, expected %d (%s)", state, event,
                         (int)scene.role.attachment.state, want, scene.role.attachment.text);
            /* Fail closed: what leaves ATTACHED has unmapped, exactly once. */
            if (state == A) {
                TP_CHECK_EQ_I64(scene.role.unmaps, want == A ? 0 : 1);
            }
            tpi_fake_bus_set_up(scene.driver.bus, true);
            scene.driver.answer = FAKE_GRANT;
            tear_down();
        }
    }
}

/* Proves: D-31 */
TP_TEST(refusals_that_do_not_heal_give_up_and_the_others_do_not)
{
    static const struct {
        int32_t code;
        tpi_lease_state_t state;
        tp_attach_reason_t reason;
    } cases[] = {
        { TPI_CODE_UNSUPPORTED, TPI_LEASE_UNATTACHED, TP_REASON_UNSUPPORTED },
        { TPI_CODE_INVALID_PARAMS, TPI_LEASE_UNATTACHED, TP_REASON_INVALID_PARAMS },
        { TPI_CODE_REJECTED, TPI_LEASE_BACKOFF, TP_REASON_REJECTED },
        { TPI_CODE_INTERNAL_ERROR, TPI_LEASE_BACKOFF, TP_REASON_INTERNAL_ERROR },
    };
    for (size_t i = 0; i < 4; i++) {
        go_to(TPI_LEASE_ATTACHING);
        respond(FAKE_REFUSE, cases[i].code, false);
        fake_driver_turn(&scene.driver, scene.client);
        TP_CHECK_EQ_I64(scene.role.attachment.state, cases[i].state);
        TP_CHECK_EQ_I64(status().reason, cases[i].reason);
        TP_CHECK_CONTAINS(status().text, "for reasons");
        scene.driver.answer = FAKE_GRANT;
        tear_down();
    }
}

/* Proves: D-32, D-34, D-35, D-98 */
TP_TEST(a_grant_that_cannot_be_mapped_goes_back_at_once)
{
    go_to(TPI_LEASE_ATTACHING);
    scene.role.map_result = TP_EPATH;
    respond(FAKE_GRANT, 0, false);
    fake_driver_turn(&scene.driver, scene.client);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_REGION_REFUSED);
    TP_CHECK_CONTAINS(status().text, "does not like it");
    fake_driver_turn(&scene.driver, scene.client);
    TP_CHECK_EQ_U64(scene.driver.detaches, 1);
    TP_CHECK_EQ_U64(scene.driver.detach.lease_id, scene.driver.last_lease);
    /* and it tries again by itself, with another request */
    scene.role.map_result = TP_OK;
    scene.driver.answer = FAKE_GRANT;
    attach();
    tear_down();
}

/* Proves: D-32 */
TP_TEST(a_broken_answer_gives_its_lease_back_before_the_next_try)
{
    go_to(TPI_LEASE_ATTACHING);
    respond(FAKE_GRANT, 0, true);
    run_ms(20);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_PROTOCOL_ERROR);
    TP_CHECK_EQ_U64(scene.driver.detaches, 1);
    TP_CHECK_EQ_U64(scene.driver.detach.lease_id, scene.driver.last_lease);
    TP_CHECK_EQ_U64(scene.driver.detach.client_id, scene.driver.request.client_id);
    TP_CHECK_EQ_I64(scene.role.maps, 0);
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

/* Proves: D-30, D-37, D-38, D-43 */
TP_TEST(the_same_request_is_sent_again_within_the_window_and_another_after_it)
{
    go_to(TPI_LEASE_ATTACHING);
    const int64_t first = scene.driver.request.correlation_id;
    const uint32_t id = scene.driver.request.client_id;
    TP_CHECK_EQ_U64((uint64_t)first >> 32, id);
    run_ms(4900);
    TP_CHECK_EQ_U64(scene.driver.requests, 5); /* at 0, 1, 2, 3 and 4 s */
    TP_CHECK_EQ_I64(scene.driver.request.correlation_id, first);
    CHECK_STATE(ATTACHING);
    run_ms(200);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_NO_ANSWER);
    run_ms(400);
    TP_CHECK_EQ_U64(scene.driver.requests, 6);
    TP_CHECK_NE_I64(scene.driver.request.correlation_id, first);
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

/* Proves: X-3 and README: a v1.2 peer gives a v1.1 attach no answer at all */
TP_TEST(an_attach_that_times_out_says_that_the_dialect_may_be_the_cause)
{
    go_to(TPI_LEASE_ATTACHING);
    TP_CHECK_EQ_I64(scene.driver.dialect, TPI_DIALECT_V11);
    run_ms(5100);
    TP_CHECK_CONTAINS(status().text, "v1.2");
    TP_CHECK_CONTAINS(status().text, "stream 1000");
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

/* Proves */
TP_TEST(with_v12_first_the_request_has_the_longer_block_and_a_node_id_comes_back)
{
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.wire_dialect = TP_WIRE_V12;
    set_up_as(TPI_ROLE_CONSUMER, 0, &options);
    attach();
    TP_CHECK_EQ_I64(scene.driver.dialect, TPI_DIALECT_V12);
    TP_CHECK_EQ_U64(status().node_id, 77);
    tear_down();
}

/* Proves: D-38 */
TP_TEST(back_off_doubles_to_four_seconds_with_a_quarter_of_jitter)
{
    set_up();
    scene.driver.answer = FAKE_REFUSE;
    scene.driver.code = TPI_CODE_REJECTED;
    scene.driver.text = "producer already attached";
    int64_t base = 250;
    for (int i = 0; i < 8; i++) {
        while (scene.role.attachment.state != TPI_LEASE_BACKOFF) {
            run_ms(10);
        }
        const int64_t left = scene.role.attachment.deadline_ns - scene.driver.now_ns;
        TP_CHECK_LE_I64(left, base * 5 / 4 * FAKE_MS);
        TP_CHECK_GE_I64(left, (base * 3 / 4 - 21) * FAKE_MS);
        while (scene.role.attachment.state == TPI_LEASE_BACKOFF) {
            run_ms(10);
        }
        base = base * 2 > 4000 ? 4000 : base * 2;
    }
    scene.driver.answer = FAKE_GRANT;
    attach();
    TP_CHECK_EQ_I64(scene.role.attachment.backoff_ns, 250 * FAKE_MS); /* reset after an OK */
    tear_down();
}

/* Proves: D-36, D-37 */
TP_TEST(an_ok_for_a_request_given_up_is_answered_with_a_detach)
{
    go_to(TPI_LEASE_ATTACHING);
    const tpi_attach_request_t given_up = scene.driver.request;
    run_ms(5100);
    CHECK_STATE(BACKOFF);
    scene.driver.request = given_up;
    respond(FAKE_GRANT, 0, false);
    run_ms(20);
    TP_CHECK_EQ_U64(scene.driver.detaches, 1);
    TP_CHECK_EQ_U64(scene.driver.detach.lease_id, scene.driver.last_lease);
    TP_CHECK_EQ_U64(scene.driver.detach.client_id, given_up.client_id);
    /* for 3 s; later it is nobody's */
    run_ms(3100);
    scene.driver.request = given_up;
    respond(FAKE_GRANT, 0, false);
    run_ms(20);
    TP_CHECK_EQ_U64(scene.driver.detaches, 1);
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

static void someone_elses(fake_driver_t *d, tpi_attach_response_t *response)
{
    (void)d;
    response->correlation_id ^= 1;
}

/* Proves: D-36, D-21, D-43 */
TP_TEST(answers_to_others_are_ignored)
{
    go_to(TPI_LEASE_ATTACHING);
    scene.driver.edit_response = someone_elses;
    scene.driver.answer = FAKE_GRANT;
    fake_driver_respond(&scene.driver);
    scene.driver.answer = FAKE_SILENT;
    scene.driver.edit_response = NULL;
    run_ms(50);
    CHECK_STATE(ATTACHING);
    TP_CHECK_EQ_U64(scene.driver.detaches, 0);
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

/* Proves: D-41, D-42 */
TP_TEST(each_request_has_a_fresh_client_id_unless_it_was_given)
{
    set_up();
    scene.driver.answer = FAKE_REFUSE;
    scene.driver.code = TPI_CODE_REJECTED;
    scene.driver.text = "client_id already attached";
    run_ms(30);
    const uint32_t first = scene.driver.request.client_id;
    TP_CHECK(first != 0 && first != TPI_NULL_U32);
    run_ms(400);
    TP_CHECK_NE_U64(scene.driver.request.client_id, first);
    scene.driver.answer = FAKE_GRANT;
    tear_down();

    set_up_as(TPI_ROLE_CONSUMER, 4242, NULL);
    scene.driver.answer = FAKE_REFUSE;
    scene.driver.code = TPI_CODE_REJECTED;
    scene.driver.text = "client_id already attached";
    run_ms(500);
    TP_CHECK_EQ_U64(scene.driver.requests, 2);
    TP_CHECK_EQ_U64(scene.driver.request.client_id, 4242);
    scene.driver.answer = FAKE_GRANT;
    tear_down();
}

/* Proves: D-41 */
TP_TEST(two_attachments_of_a_client_have_two_ids_and_cannot_be_given_one)
{
    set_up_as(TPI_ROLE_CONSUMER, 4242, NULL);
    dummy_t other = { 0 };
    tpi_attachment_options_t same = { .role_id = TPI_ROLE_PRODUCER,
                                      .stream_id = FAKE_STREAM,
                                      .client_id = 4242 };
    TP_CHECK_EQ_I64(tpi_attachment_init(&other.attachment, scene.client, &same, &dummy_ops, &other),
                    TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "4242");
    same.client_id = 0;
    TP_CHECK_EQ_I64(tpi_attachment_init(&other.attachment, scene.client, &same, &dummy_ops, &other),
                    TP_OK);
    attach();
    TP_CHECK_EQ_I64(other.attachment.state, TPI_LEASE_ATTACHED);
    TP_CHECK_NE_U64(other.attachment.client_id, 4242);
    tpi_attachment_fini(&other.attachment);
    tear_down();
}

/* Proves: D-22, D-23, D-24 */
TP_TEST(requests_say_what_was_asked_for)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, NULL);
    const tpi_attachment_options_t attach = { .role_id = TPI_ROLE_PRODUCER,
                                              .stream_id = FAKE_STREAM,
                                              .publish_mode = TP_EXISTING_OR_CREATE,
                                              .hugepages = TP_HUGEPAGES_STANDARD };
    TP_CHECK_EQ_I64(
        tpi_attachment_init(&scene.role.attachment, scene.client, &attach, &dummy_ops, &scene.role),
        TP_OK);
    run_ms(30);
    const tpi_attach_request_t *r = &scene.driver.request;
    TP_CHECK_EQ_U64(r->stream_id, FAKE_STREAM);
    TP_CHECK_EQ_U64(r->role, TPI_ROLE_PRODUCER);
    TP_CHECK_EQ_U64(r->publish_mode, TPI_PUBLISH_EXISTING_OR_CREATE);
    TP_CHECK_EQ_U64(r->require_hugepages, TPI_HUGEPAGES_STANDARD);
    TP_CHECK_EQ_U64(r->expected_layout_version, 0);
    TP_CHECK_EQ_U64(r->max_dims, 0);
    tear_down();
}

/* Proves: D-20, D-47, D-51, D-52 */
TP_TEST(keepalives_go_out_each_second_and_move_the_deadline)
{
    set_up();
    attach();
    const int64_t deadline = scene.role.attachment.lease_deadline_ns;
    run_ms(2500);
    TP_CHECK_EQ_U64(scene.driver.keepalives, 2);
    TP_CHECK_EQ_U64(scene.driver.keepalive.lease_id, scene.driver.last_lease);
    TP_CHECK_EQ_U64(scene.driver.keepalive.client_id, scene.role.attachment.client_id);
    TP_CHECK_EQ_U64(scene.driver.keepalive.role, TPI_ROLE_CONSUMER);
    TP_CHECK_GE_I64(scene.role.attachment.lease_deadline_ns, deadline + 2000 * FAKE_MS);
    CHECK_STATE(ATTACHED);
    tear_down();
}

static void short_lease(fake_driver_t *d, tpi_attach_response_t *response)
{
    response->lease_expiry_timestamp_ns = (uint64_t)(d->now_ns + 600 * FAKE_MS);
}

/* Proves: D-52 */
TP_TEST(a_short_lease_is_kept_alive_three_times_as_often)
{
    set_up();
    scene.driver.edit_response = short_lease;
    attach();
    run_ms(1000);
    TP_CHECK_GE_U64(scene.driver.keepalives, 4);
    CHECK_STATE(ATTACHED);
    tear_down();
}

static void dead_lease(fake_driver_t *d, tpi_attach_response_t *response)
{
    response->lease_expiry_timestamp_ns = (uint64_t)d->now_ns;
}

/* Proves: D-51 */
TP_TEST(a_lease_that_is_over_when_it_arrives_is_not_used)
{
    set_up();
    scene.driver.edit_response = dead_lease;
    run_ms(30);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_LEASE_EXPIRED);
    TP_CHECK_EQ_I64(scene.role.maps, 0);
    scene.driver.edit_response = NULL;
    tear_down();
}

/* Proves: D-51 */
TP_TEST(a_client_that_stood_still_past_its_deadline_fails_closed)
{
    set_up();
    attach();
    scene.driver.now_ns += 3100 * FAKE_MS; /* SIGSTOP */
    (void)tp_client_do_work(scene.client);
    CHECK_STATE(BACKOFF);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_LEASE_EXPIRED);
    TP_CHECK_EQ_I64(scene.role.unmaps, 1);
    TP_CHECK_EQ_U64(status().losses, 1);
    attach();
    TP_CHECK_EQ_U64(status().attaches, 2);
    TP_CHECK_EQ_I64(status().reason, TP_REASON_LEASE_EXPIRED); /* why it last left ATTACHED */
    tear_down();
}

/* Proves: D-51 (absent: no deadline) */
TP_TEST(a_lease_without_expiry_is_kept_alive_all_the_same)
{
    set_up();
    scene.driver.is_extending = false;
    attach();
    run_ms(3500);
    TP_CHECK_EQ_U64(scene.driver.keepalives, 3);
    CHECK_STATE(ATTACHED);
    tear_down();
}

/* Proves: D-52 */
TP_TEST(back_pressure_on_keepalives_is_borne_for_one_interval)
{
    set_up();
    scene.driver.is_extending = false;
    attach();
    run_ms(900);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_BACK_PRESSURED, -1);
    scene.driver.is_announcing = false;
    run_ms(900);
    CHECK_STATE(ATTACHED);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_OK, 0);
    run_ms(100);
    TP_CHECK_EQ_U64(scene.driver.keepalives, 1);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_BACK_PRESSURED, -1);
    run_ms(2100);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_OK, 0);
    TP_CHECK_EQ_I64(scene.role.attachment.loss_reason, TP_REASON_KEEPALIVE_FAILED);
    TP_CHECK_EQ_I64(scene.role.unmaps, 1);
    tear_down();
}

/* Proves: D-52 */
TP_TEST(a_closed_control_publication_is_the_end_at_once)
{
    set_up();
    attach();
    run_ms(900);
    tpi_fake_bus_force_send(scene.driver.bus, 1000, TPI_SEND_CLOSED, 1);
    scene.driver.is_announcing = false;
    run_ms(120);
    TP_CHECK_EQ_I64(scene.role.attachment.loss_reason, TP_REASON_KEEPALIVE_FAILED);
    tear_down();
}

/* Proves: D-55, D-58 */

TP_TEST_MAIN()
