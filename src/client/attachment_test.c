/*
 * The lease machine against a driver on strings: every cell of its table, then its rules one by
 * one. The role is a dummy.
 */
#include "base/fail.h"
#include "client/attachment.h"
#include "fake_driver.h"

/* ---- a role that records ---- */

typedef struct dummy {
    tpi_attachment_t attachment;
    int map_result;
    int maps, unmaps, announces, notices, configs, ticks;
    uint64_t mapped_epoch;
} dummy_t;

static int dummy_map(void *role, const tpi_stream_layout_t *layout, int64_t now_ns)
{
    dummy_t *r = role;
    (void)now_ns;
    r->maps++;
    r->mapped_epoch = layout->epoch;
    return r->map_result == TP_OK ? TP_OK : tpi_fail(r->map_result, "the dummy does not like it");
}

static void dummy_unmap(void *role, int64_t now_ns)
{
    (void)now_ns;
    ((dummy_t *)role)->unmaps++;
    ((dummy_t *)role)->mapped_epoch = 0;
}

static void dummy_announce(void *role, const tpi_shm_pool_announce_t *announce, const uint8_t *data,
                           size_t len, int64_t now_ns)
{
    (void)announce, (void)data, (void)len, (void)now_ns;
    ((dummy_t *)role)->announces++;
}

static void dummy_producer_revoked(void *role, const tpi_lease_revoked_t *notice, int64_t now_ns)
{
    (void)notice, (void)now_ns;
    ((dummy_t *)role)->notices++;
}

static void dummy_config(void *role, const tpi_consumer_config_t *config, int64_t now_ns)
{
    (void)config, (void)now_ns;
    ((dummy_t *)role)->configs++;
}

static int dummy_tick(void *role, int64_t now_ns)
{
    (void)now_ns;
    ((dummy_t *)role)->ticks++;
    return 0;
}

/* Has nothing to do by itself: the lease alone decides when it is looked at. */
static int64_t dummy_next_tick(const void *role, int64_t now_ns)
{
    (void)role, (void)now_ns;
    return TPI_NEVER;
}

static const tpi_role_ops_t dummy_ops = { .map = dummy_map,
                                          .unmap = dummy_unmap,
                                          .announce = dummy_announce,
                                          .producer_revoked = dummy_producer_revoked,
                                          .config = dummy_config,
                                          .tick = dummy_tick,
                                          .next_tick = dummy_next_tick };

/* ---- one driver, one client, one attachment ---- */

typedef struct scene {
    fake_driver_t driver;
    tp_client_t *client;
    dummy_t role;
} scene_t;

static scene_t scene;

static void set_up_as(uint8_t role_id, uint32_t client_id, const tp_client_options_t *options)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, options);
    const tpi_attachment_options_t attach = { .role_id = role_id,
                                              .stream_id = FAKE_STREAM,
                                              .client_id = client_id };
    TP_CHECK_EQ_I64(
        tpi_attachment_init(&scene.role.attachment, scene.client, &attach, &dummy_ops, &scene.role),
        TP_OK);
}

static void set_up(void)
{
    set_up_as(TPI_ROLE_CONSUMER, 0, NULL);
}

static void tear_down(void)
{
    scene.driver.tick_ns = 10 * FAKE_MS;
    tpi_attachment_fini(&scene.role.attachment);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
}

static void run_ms(int64_t ms)
{
    fake_driver_run(&scene.driver, scene.client, ms);
}

static tp_attach_status_t status(void)
{
    tp_attach_status_t out;
    tpi_attachment_status(&scene.role.attachment, &out);
    return out;
}

#define CHECK_STATE(name) TP_CHECK_EQ_I64(scene.role.attachment.state, TPI_LEASE_##name)

static void attach(void)
{
    for (int i = 0; i < 100 && scene.role.attachment.state != TPI_LEASE_ATTACHED; i++) {
        run_ms(10);
    }
    CHECK_STATE(ATTACHED);
}

/* ---- the table ---- */

static void go_to(tpi_lease_state_t state)
{
    fake_driver_t *d = &scene.driver;
    set_up();
    switch (state) {
    case TPI_LEASE_UNATTACHED: /* given up */
        d->answer = FAKE_REFUSE;
        d->code = TPI_CODE_UNSUPPORTED;
        d->text = "unsupported driver schema version";
        run_ms(30);
        break;
    case TPI_LEASE_ATTACHING:
        d->answer = FAKE_SILENT;
        run_ms(30);
        TP_CHECK_EQ_U64(d->requests, 1);
        break;
    case TPI_LEASE_ATTACHED:
        attach();
        break;
    case TPI_LEASE_DETACHING:
        attach();
        d->answer = FAKE_SILENT;
        tpi_attachment_close(&scene.role.attachment, d->now_ns);
        run_ms(20);
        TP_CHECK_EQ_U64(d->detaches, 1);
        break;
    case TPI_LEASE_BACKOFF:
        d->answer = FAKE_REFUSE;
        d->code = TPI_CODE_REJECTED;
        d->text = "no";
        run_ms(30);
        break;
    }
    TP_CHECK_EQ_I64(scene.role.attachment.state, state);
    d->answer = FAKE_SILENT;
    scene.role.maps = 0;
    scene.role.unmaps = 0;
}

static void break_response(fake_driver_t *d, tpi_attach_response_t *response)
{
    (void)d;
    response->header_nslots = 15; /* no power of two */
}

static void respond(fake_answer_t answer, int32_t code, bool is_broken)
{
    fake_driver_t *d = &scene.driver;
    d->answer = answer;
    d->code = code;
    d->text = "for reasons";
    d->edit_response = is_broken ? break_response : NULL;
    fake_driver_respond(d);
    d->edit_response = NULL;
    d->answer = FAKE_SILENT;
}

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
