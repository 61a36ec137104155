/*
 * Orderly stops, fatal ones, and the loss of the media driver.
 */
#include "driver/driver_test_util.h"

static void send_shutdown(rig_t *rig, const char *token, uint8_t reason, const char *text)
{
    uint8_t buf[4096];
    const tpi_driver_shutdown_request_t request = {
        .correlation_id = 1,
        .reason = reason,
        .token = { (const uint8_t *)token, (uint32_t)strlen(token) },
        .error_message = { (const uint8_t *)text, (uint32_t)strlen(text) }
    };
    const int len = tpi_driver_shutdown_request_encode(buf, sizeof(buf), &request);
    TP_CHECK_MSG(len > 0, "encode: %s", tp_errmsg());
    rig_send(rig, buf, (size_t)len);
}

static void shutdown_notice(const rig_t *rig, tpi_driver_shutdown_t *out)
{
    const heard_t *h = rig_nth(rig, 901, TPI_DRIVER_SHUTDOWN, 0);
    TP_CHECK_EQ_I64(tpi_driver_shutdown_decode(h->data, h->len, out), TP_OK);
}

/* Proves: D-74, D-77, D-78, D-80 */
TP_TEST(a_stop_drains_then_says_so_and_revokes_nothing)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    rig_attach(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER, &c);
    rig_forget(&rig);
    tp_driver_request_shutdown(rig.driver, TPI_SHUTDOWN_NORMAL, "going home");
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_DRAINING);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 1); /* once more, at once */
    /* What goes on: keepalives, detaches, announces. What does not: attaches. */
    const tpi_attach_request_t r = rig_request(&rig, STREAM_B, 3, TPI_ROLE_CONSUMER);
    tpi_attach_response_t refused;
    rig_ask(&rig, TPI_DIALECT_V11, &r, &refused);
    TP_CHECK_EQ_I64(refused.code, TPI_CODE_REJECTED);
    rig_view_is(refused.error_message, "driver draining");
    rig_send_keepalive(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    const int64_t correlation = rig_send_detach(&rig, c.lease_id, STREAM_A, 2, TPI_ROLE_CONSUMER);
    rig_step(&rig);
    tpi_detach_response_t detached;
    rig_detach_response(&rig, correlation, &detached);
    TP_CHECK_EQ_I64(detached.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(rig.driver->stats.keepalives, 1);
    rig_advance(&rig, 1999 * MS);
    TP_CHECK_GE_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 2);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_DRIVER_SHUTDOWN), 0);
    rig_advance(&rig, 100 * MS);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    TP_CHECK_EQ_I64(tp_driver_result(rig.driver), 0);
    tpi_driver_shutdown_t notice;
    shutdown_notice(&rig, &notice);
    TP_CHECK_EQ_U64(notice.reason, TPI_SHUTDOWN_NORMAL);
    rig_view_is(notice.error_message, "going home");
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_DRIVER_SHUTDOWN), 1);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1); /* the consumer's own detach */
    TP_CHECK_EQ_I64(tp_driver_do_work(rig.driver), 0);
    rig_close(&rig);
}

/* Proves: D-77 - expiry goes on */
TP_TEST(leases_expire_while_draining)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.shutdown_timeout_ms = 10000;
    rig_start(&rig);
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER, &c);
    tp_driver_request_shutdown(rig.driver, 0, NULL);
    rig_advance(&rig, 4 * SEC);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_DRAINING);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    rig_close(&rig);
}

/* Proves: D-77, D-80 */
TP_TEST(a_second_signal_ends_the_wait_and_no_timeout_means_none)
{
    for (int i = 0; i < 2; i++) {
        rig_t rig;
        rig_prepare(&rig);
        rig.options.shutdown_timeout_ms = i == 0 ? 60000 : -1;
        rig_start(&rig);
        tp_driver_request_shutdown(rig.driver, 0, "first");
        if (i == 0) {
            rig_advance(&rig, 1 * SEC);
            TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_DRAINING);
            tp_driver_request_shutdown(rig.driver, 1, "second");
        }
        rig_step(&rig);
        rig_step(&rig);
        TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
        tpi_driver_shutdown_t notice;
        shutdown_notice(&rig, &notice);
        TP_CHECK_EQ_U64(notice.reason, TPI_SHUTDOWN_NORMAL); /* the first one's */
        rig_view_is(notice.error_message, "first");
        rig_close(&rig);
    }
}

/* Proves: D-79 */
TP_TEST(a_remote_stop_needs_the_token)
{
    static const char token[] = "open sesame";
    static const char *const wrong[] = {
        "", "open", "open sesam", "open sesame!", "Open sesame", "open sesamE"
    };
    rig_t rig;
    rig_prepare(&rig);
    rig.options.shutdown_token = token;
    rig_start(&rig);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        send_shutdown(&rig, wrong[i], TPI_SHUTDOWN_ADMIN, "x");
    }
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_RUNNING);
    send_shutdown(&rig, token, TPI_SHUTDOWN_ADMIN, "maintenance");
    send_shutdown(&rig, token, TPI_SHUTDOWN_ERROR, "again"); /* is no second signal */
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_DRAINING);
    rig_advance(&rig, 1 * SEC);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_DRAINING);
    rig_advance(&rig, 1100 * MS);
    tpi_driver_shutdown_t notice;
    shutdown_notice(&rig, &notice);
    TP_CHECK_EQ_U64(notice.reason, TPI_SHUTDOWN_ADMIN);
    rig_view_is(notice.error_message, "maintenance");
    TP_CHECK(strstr(rig.log, token) == NULL);
    rig_close(&rig);
}

/* Proves: D-79 */
TP_TEST(without_a_token_no_remote_stop_is_accepted)
{
    rig_t rig;
    rig_open(&rig);
    send_shutdown(&rig, "", TPI_SHUTDOWN_ADMIN, "x");
    send_shutdown(&rig, "driver", TPI_SHUTDOWN_ADMIN, "x");
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_RUNNING);
    rig_close(&rig);
}

/* Proves: D-17 */
TP_TEST(texts_are_cut_at_1024_bytes)
{
    rig_t rig;
    rig_open(&rig);
    char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER, &c);
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, c.lease_id, text), TP_OK);
    tp_driver_request_shutdown(rig.driver, 0, text);
    tp_driver_request_shutdown(rig.driver, 0, text);
    rig_step(&rig);
    rig_step(&rig);
    const heard_t *h = rig_nth(&rig, 901, TPI_LEASE_REVOKED, 0);
    TP_CHECK_EQ_U64(h->len, 8 + 26 + 4 + 1024);
    h = rig_nth(&rig, 901, TPI_DRIVER_SHUTDOWN, 0);
    TP_CHECK_EQ_U64(h->len, 8 + 9 + 4 + 1024);
    rig_close(&rig);
}

/* Proves: D-77 - flush for a second, then stop all the same */
TP_TEST(a_notice_that_cannot_be_sent_does_not_hold_the_driver_for_ever)
{
    rig_t rig;
    rig_open(&rig);
    tpi_fake_bus_force_send(rig.bus, CONTROL, TPI_SEND_BACK_PRESSURED, -1);
    tp_driver_request_shutdown(rig.driver, 0, "");
    tp_driver_request_shutdown(rig.driver, 0, "");
    rig_advance(&rig, 900 * MS);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_DRAINING);
    rig_advance(&rig, 200 * MS);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    rig_close(&rig);
}

TP_TEST(a_stop_before_there_was_a_media_driver_is_at_once)
{
    rig_t rig;
    rig_prepare(&rig);
    tpi_fake_bus_set_up(rig.bus, false);
    TP_CHECK_EQ_I64(tpi_driver_create_with_link(&rig.driver, &rig.options, rig.driver_link), TP_OK);
    rig_advance(&rig, 1 * SEC);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_INIT);
    TP_CHECK(tp_driver_reason(rig.driver)[0] != '\0');
    tp_driver_request_shutdown(rig.driver, 0, "");
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    TP_CHECK_EQ_I64(tp_driver_result(rig.driver), 0);
    rig_close(&rig);
}

/* Proves: D-40, D-65, D-82, D-84 */
TP_TEST(a_lost_media_driver_voids_everything_and_the_driver_comes_back_with_new_epochs)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.allow_dynamic_streams = true;
    rig.options.stream_id_range = (tp_id_range_t){ 20000, 20009 };
    rig_start(&rig);
    tpi_attach_response_t p;
    tpi_attach_response_t d;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &p);
    rig_attach(&rig, 20003, 2, TPI_ROLE_PRODUCER, &d);
    rig_forget(&rig);
    tpi_fake_bus_set_up(rig.bus, false);
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_INIT);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    rig_advance(&rig, 1 * SEC);
    tpi_fake_bus_set_up(rig.bus, true);
    rig_advance(&rig, 500 * MS);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_RUNNING);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 0);
    rig_advance(&rig, 2 * SEC);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 0);
    /* Old keepalives and detaches match nothing, not even the memory of ended leases. */
    tpi_detach_response_t detached;
    rig_send_keepalive(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    const int64_t correlation = rig_send_detach(&rig, p.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    rig_detach_response(&rig, correlation, &detached);
    TP_CHECK_EQ_I64(detached.code, TPI_CODE_REJECTED);
    TP_CHECK_EQ_U64(rig.driver->stats.keepalives, 0);
    tpi_attach_response_t again;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &again);
    TP_CHECK_GT_U64(again.epoch, p.epoch);
    TP_CHECK_GT_U64(again.lease_id, p.lease_id);
    rig_send_keepalive(&rig, again.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_advance(&rig, 1 * SEC);
    rig_attach(&rig, 20003, 2, TPI_ROLE_PRODUCER, &again); /* 3 s later the id is free */
    TP_CHECK_GT_U64(again.epoch, d.epoch);
    rig_close(&rig);
}

TP_TEST(a_media_driver_lost_while_draining_ends_it)
{
    rig_t rig;
    rig_open(&rig);
    tp_driver_request_shutdown(rig.driver, 0, "");
    rig_step(&rig);
    tpi_fake_bus_set_up(rig.bus, false);
    rig_step(&rig);
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_STOPPED);
    rig_close(&rig);
}

TP_TEST(a_media_driver_that_comes_and_goes_leaks_nothing)
{
    rig_t rig;
    rig_open(&rig);
    for (uint32_t i = 0; i < 20; i++) {
        tpi_attach_response_t ok;
        rig_attach(&rig, STREAM_A, i + 1, TPI_ROLE_PRODUCER, &ok);
        rig_attach(&rig, STREAM_B, i + 100, TPI_ROLE_CONSUMER, &ok);
        tpi_fake_bus_set_up(rig.bus, false);
        rig_step(&rig);
        tpi_fake_bus_set_up(rig.bus, true);
        rig_advance(&rig, 200 * MS);
        TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_RUNNING);
        rig_forget(&rig);
    }
    rig_close(&rig);
}

TP_TEST_MAIN()
