/*
 * The client itself: options, ids, the control plane by hand, a thread on request.
 */
#include <stdatomic.h>

#include "fake_driver.h"

static fake_driver_t driver;
static tp_client_t *client;

static void set_up(void)
{
    fake_driver_init(&driver);
    driver.is_announcing = false;
    client = fake_driver_client(&driver, NULL);
    fake_driver_run(&driver, client, 50);
}

static void tear_down(void)
{
    tp_client_destroy(client);
    fake_driver_fini(&driver);
}

static void refused(tp_client_options_t options, const char *part, int code)
{
    tp_client_t *out = NULL;
    TP_CHECK_EQ_I64(tp_client_create(&out, &options), code);
    TP_CHECK_CONTAINS(tp_errmsg(), part);
    TP_CHECK(out == NULL);
}

/* Proves: D-9, D-34, W-67 */
TP_TEST(bad_options_are_refused_by_name)
{
    tp_client_options_t o = TP_CLIENT_OPTIONS_INIT;
    refused((tp_client_options_t){ .size = 3 }, "size", TP_EINVAL);
    o.control_channel = "udp://x";
    refused(o, "control_channel", TP_EINVAL);
    o = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    o.qos_channel = "";
    refused(o, "qos_channel", TP_EINVAL);
    o = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    o.announce_stream_id = -1;
    refused(o, "announce_stream_id", TP_EINVAL);
    o = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    o.keepalive_interval_ns = -1;
    refused(o, "keepalive_interval_ns", TP_EINVAL);
    o = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    o.wire_dialect = (tp_wire_dialect_t)5;
    refused(o, "wire_dialect", TP_EINVAL);
    const char *dirs[] = { "/dev/shm", "/no/such/dir" };
    o = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    o.allowed_base_dirs = dirs;
    o.allowed_base_dirs_count = 2;
    refused(o, "/no/such/dir", TP_EPATH);
    o.allowed_base_dirs = NULL;
    refused(o, "allowed_base_dirs", TP_EINVAL);
    tp_client_t *out = NULL;
    TP_CHECK_EQ_I64(tp_client_create(&out, NULL), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_client_create(NULL, &o), TP_EINVAL);
    tp_client_destroy(NULL);
    tp_producer_destroy(NULL);
    tp_consumer_destroy(NULL);
    tp_control_adapter_destroy(NULL);
    TP_CHECK_EQ_I64(tp_runner_stop(NULL), TP_OK);
}

/* Proves: D-9 and the documented defaults */
TP_TEST(defaults_are_those_of_the_header_and_texts_are_copied)
{
    char name[] = "aeron:ipc?alias=a";
    tp_client_options_t o = TP_CLIENT_OPTIONS_INIT;
    o.control_channel = name;
    fake_driver_init(&driver);
    client = fake_driver_client(&driver, &o);
    memset(name, 'x', sizeof name - 1);
    const tp_client_options_t *in = &client->options;
    TP_CHECK_EQ_STR(in->control_channel, "aeron:ipc?alias=a");
    TP_CHECK_EQ_STR(in->announce_channel, "aeron:ipc?alias=a");
    TP_CHECK_EQ_STR(in->descriptor_channel, "aeron:ipc?term-length=4m");
    TP_CHECK_EQ_I64(in->control_stream_id, 1000);
    TP_CHECK_EQ_I64(in->announce_stream_id, 1000);
    TP_CHECK_EQ_I64(in->descriptor_stream_id, 1100);
    TP_CHECK_EQ_I64(in->qos_stream_id, 1200);
    TP_CHECK_EQ_I64(in->attach_timeout_ns, INT64_C(5000000000));
    TP_CHECK_EQ_I64(in->driver_timeout_ns, INT64_C(5000000000));
    TP_CHECK(client->announce_sub == NULL); /* one subscription where there is one stream */
    tear_down();
}

/* Proves: D-42, D-43 */
TP_TEST(ids_are_never_null_and_correlation_ids_count_within_their_client_id)
{
    set_up();
    for (int i = 0; i < 100000; i++) {
        const uint32_t id = tpi_client_draw_id(client);
        TP_CHECK(id != 0 && id != TPI_NULL_U32);
    }
    const int64_t a = tpi_client_draw_correlation(client, 7);
    const int64_t b = tpi_client_draw_correlation(client, 7);
    TP_CHECK_EQ_I64(a >> 32, 7);
    TP_CHECK_EQ_I64((uint32_t)b, (uint32_t)a + 1);
    client->correlation_low = UINT32_MAX;
    TP_CHECK_NE_I64(tpi_client_draw_correlation(client, UINT32_C(0x80000000)), TPI_NULL_I64);
    tear_down();
}

/* ---- the control plane by hand ---- */

typedef struct heard {
    int attaches, detaches, revokes, shutdowns, announces, raws;
    int64_t correlation_id;
    uint64_t lease_id;
    uint64_t epoch;
    uint32_t npools;
    int code;
    char text[64];
} heard_t;

static void on_attach(void *clientd, const tp_attach_result_t *result)
{
    heard_t *h = clientd;
    h->attaches++;
    h->correlation_id = result->correlation_id;
    h->lease_id = result->lease_id;
    h->epoch = result->epoch;
    h->npools = (uint32_t)result->npools;
    h->code = (int)result->code;
    snprintf(h->text, sizeof h->text, "%.*s", (int)result->error_message_len,
             result->error_message);
    if (result->code == TP_RESPONSE_OK) {
        TP_CHECK_EQ_MEM(result->header.uri, "shm:file?path=", 14);
        TP_CHECK_EQ_U64(result->pools[1].stride_bytes, 65536);
    }
}

static void on_detach(void *clientd, int64_t correlation_id, tp_response_code_t code,
                      const char *text, uint32_t text_len)
{
    heard_t *h = clientd;
    (void)code, (void)text, (void)text_len;
    h->detaches++;
    h->correlation_id = correlation_id;
}

static void on_revoked(void *clientd, const tp_lease_revoked_t *notice)
{
    heard_t *h = clientd;
    h->revokes++;
    h->lease_id = notice->lease_id;
    h->code = notice->reason;
}

static void on_shutdown(void *clientd, uint64_t timestamp_ns, uint8_t reason, const char *text,
                        uint32_t text_len)
{
    heard_t *h = clientd;
    (void)timestamp_ns, (void)text, (void)text_len;
    h->shutdowns++;
    h->code = reason;
}

static void on_announce(void *clientd, const tp_announce_t *announce)
{
    heard_t *h = clientd;
    h->announces++;
    h->epoch = announce->epoch;
    h->npools = (uint32_t)announce->npools;
}

static void on_raw(void *clientd, const uint8_t *data, size_t length, int32_t session_id)
{
    (void)data, (void)length, (void)session_id;
    ((heard_t *)clientd)->raws++;
}

/* Proves: D-10, D-11, D-45, CA-2 */
TP_TEST(attach_keepalive_and_detach_by_hand)
{
    set_up();
    const tp_control_handlers_t handlers = { .attach_response = on_attach,
                                             .detach_response = on_detach,
                                             .lease_revoked = on_revoked,
                                             .driver_shutdown = on_shutdown,
                                             .announce = on_announce,
                                             .raw = on_raw };
    heard_t heard = { 0 };
    tp_control_adapter_t *adapter = NULL, *silent = NULL;
    const tp_control_handlers_t nothing = { 0 };
    TP_CHECK_EQ_I64(tp_control_adapter_create(&adapter, client, &handlers, &heard), TP_OK);
    TP_CHECK_EQ_I64(tp_control_adapter_create(&silent, client, &nothing, NULL), TP_OK);

    tp_attach_params_t params = { .stream_id = FAKE_STREAM,
                                  .client_id = 9,
                                  .role = TP_ROLE_CONSUMER,
                                  .desired_node_id = TPI_NULL_U32 };
    int64_t correlation_id = 0;
    TP_CHECK_EQ_I64(tp_control_send_attach(client, &params, &correlation_id), TP_OK);
    fake_driver_run(&driver, client, 20);
    TP_CHECK_EQ_I64(heard.attaches, 1);
    TP_CHECK_EQ_I64(heard.correlation_id, correlation_id);
    TP_CHECK_EQ_U64(heard.lease_id, driver.last_lease);
    TP_CHECK_EQ_U64(heard.epoch, FAKE_EPOCH0);
    TP_CHECK_EQ_U64(heard.npools, FAKE_POOLS);
    TP_CHECK_EQ_U64(driver.request.max_dims, 0);
    TP_CHECK_EQ_U64(driver.detaches, 0); /* nobody else waited, yet nothing is given back */

    driver.answer = FAKE_REFUSE;
    driver.code = TPI_CODE_REJECTED;
    driver.text = "no room";
    params.correlation_id = 77;
    TP_CHECK_EQ_I64(tp_control_send_attach(client, &params, NULL), TP_OK);
    fake_driver_run(&driver, client, 20);
    TP_CHECK_EQ_I64(heard.correlation_id, 77);
    TP_CHECK_EQ_I64(heard.code, TP_RESPONSE_REJECTED);
    TP_CHECK_EQ_STR(heard.text, "no room");

    TP_CHECK_EQ_I64(tp_control_send_keepalive(client, 5, FAKE_STREAM, 9, TP_ROLE_CONSUMER), TP_OK);
    TP_CHECK_EQ_I64(
        tp_control_send_detach(client, 5, FAKE_STREAM, 9, TP_ROLE_CONSUMER, &correlation_id),
        TP_OK);
    fake_driver_run(&driver, client, 20);
    TP_CHECK_EQ_U64(driver.keepalives, 1);
    TP_CHECK_EQ_U64(driver.keepalive.lease_id, 5);
    TP_CHECK_EQ_U64(driver.detach.lease_id, 5);
    TP_CHECK_EQ_I64(heard.detaches, 1);
    TP_CHECK_EQ_I64(heard.correlation_id, correlation_id);

    fake_driver_revoke(&driver, 5, 9, TPI_ROLE_CONSUMER, TPI_REVOKE_EXPIRED, 1);
    fake_driver_shutdown(&driver);
    fake_driver_announce(&driver);
    const int raws = heard.raws;
    fake_send(driver.control_pub, "nonsense", 3);
    fake_driver_run(&driver, client, 20);
    TP_CHECK_EQ_I64(heard.revokes, 1);
    TP_CHECK_EQ_I64(heard.shutdowns, 1);
    TP_CHECK_EQ_I64(heard.announces, 1);
    TP_CHECK_EQ_I64(heard.raws, raws + 4);

    TP_CHECK_EQ_I64(tp_control_send_shutdown(client, "token", 1, "text"), TP_OK);
    fake_driver_run(&driver, client, 20);
    tp_control_adapter_destroy(silent);
    tp_control_adapter_destroy(adapter);
    const int before = heard.raws;
    fake_driver_announce(&driver);
    fake_driver_run(&driver, client, 20);
    TP_CHECK_EQ_I64(heard.raws, before);
    tear_down();
}

/* Proves: D-19 */
TP_TEST(what_cannot_be_sent_now_is_said_to_be_tried_again)
{
    set_up();
    tp_attach_params_t params = { .stream_id = 1, .client_id = 9, .role = TP_ROLE_CONSUMER };
    static const struct {
        tpi_send_t result;
        int code;
    } cases[] = {
        { TPI_SEND_NOT_READY, TP_EAGAIN },      { TPI_SEND_NOT_CONNECTED, TP_EAGAIN },
        { TPI_SEND_BACK_PRESSURED, TP_EAGAIN }, { TPI_SEND_ADMIN_ACTION, TP_EAGAIN },
        { TPI_SEND_CLOSED, TP_ECLOSED },        { TPI_SEND_ERROR, TP_EINVAL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t untouched = 5;
        tpi_fake_bus_force_send(driver.bus, 1000, cases[i].result, 1);
        TP_CHECK_EQ_I64(tp_control_send_attach(client, &params, &untouched), cases[i].code);
        TP_CHECK_EQ_I64(untouched, 5);
    }
    params.client_id = 0;
    TP_CHECK_EQ_I64(tp_control_send_attach(client, &params, NULL), TP_EINVAL);
    params.client_id = 9;
    params.role = (tp_role_t)9;
    TP_CHECK_EQ_I64(tp_control_send_attach(client, &params, NULL), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_control_send_keepalive(NULL, 1, 1, 1, TP_ROLE_CONSUMER), TP_EINVAL);
    tear_down();
}

/* ---- waiting and threads ---- */

/* Proves: CA-2 */
TP_TEST(waiting_ends_with_what_will_not_heal_or_with_the_time)
{
    set_up();
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    tp_producer_t *producer = NULL;
    options.stream_id = FAKE_STREAM;
    static const struct {
        int32_t code;
        int result;
    } cases[] = {
        { TPI_CODE_UNSUPPORTED, TP_EUNSUPPORTED },
        { TPI_CODE_INVALID_PARAMS, TP_EINVAL },
        { TPI_CODE_REJECTED, TP_EREJECTED },
        { TPI_CODE_INTERNAL_ERROR, TP_ETIMEDOUT },
    };
    driver.answer = FAKE_REFUSE;
    driver.text = "the reason why";
    for (size_t i = 0; i < 4; i++) {
        driver.code = cases[i].code;
        TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &options), TP_OK);
        TP_CHECK_EQ_I64(tp_producer_await_ready(producer, INT64_C(20000000)), cases[i].result);
        TP_CHECK_CONTAINS(tp_errmsg(), "the reason why");
        tp_producer_destroy(producer);
    }
    driver.answer = FAKE_GRANT;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &options), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_await_ready(producer, INT64_C(1000000000)), TP_OK);
    tp_producer_destroy(producer);
    tear_down();
}

static atomic_int duties;
static int count_to_ten(void *clientd, tp_client_t *of)
{
    (void)clientd, (void)of;
    return atomic_fetch_add(&duties, 1) + 1 >= 10 ? TP_ECLOSED : 0;
}

TP_TEST(a_duty_that_fails_ends_its_thread_and_is_reported)
{
    tp_runner_t *runner = NULL;
    set_up();
    atomic_store(&duties, 0);
    TP_CHECK_EQ_I64(tp_runner_start(&runner, client, count_to_ten, NULL), TP_OK);
    TP_CHECK_SOON(atomic_load(&duties) >= 10, 5000);
    TP_CHECK_EQ_I64(tp_runner_stop(runner), TP_ECLOSED);
    TP_CHECK_EQ_I64(atomic_load(&duties), 10);
    TP_CHECK_EQ_I64(tp_runner_start(&runner, client, NULL, NULL), TP_OK);
    TP_CHECK_EQ_I64(tp_runner_stop(runner), 0);
    TP_CHECK_EQ_I64(tp_runner_start(&runner, NULL, NULL, NULL), TP_EINVAL);
    tear_down();
}

TP_TEST(idling_sleeps_at_most_a_millisecond_and_work_resets_it)
{
    uint32_t state = 0;
    for (int i = 0; i < 100; i++) {
        tp_idle(&state, 0);
    }
    const int64_t before = tp_test_now_ns();
    tp_idle(&state, 0);
    TP_CHECK_LT_I64(tp_test_now_ns() - before, INT64_C(100000000));
    TP_CHECK_NE_U64(state, 0);
    tp_idle(&state, 1);
    TP_CHECK_EQ_U64(state, 0);
}

TP_TEST(every_state_and_reason_has_a_name)
{
    for (int i = TP_ATTACH_UNATTACHED; i <= TP_ATTACH_DETACHING; i++) {
        TP_CHECK_NE_I64(tp_attach_state_name((tp_attach_state_t)i)[0], '?');
    }
    for (int i = TP_REASON_NONE; i <= TP_REASON_NO_SHM; i++) {
        TP_CHECK_NE_I64(tp_attach_reason_name((tp_attach_reason_t)i)[0], '?');
    }
    TP_CHECK_EQ_STR(tp_attach_state_name((tp_attach_state_t)99), "?");
    TP_CHECK_EQ_STR(tp_attach_reason_name((tp_attach_reason_t)99), "?");
}

TP_TEST_MAIN()
