/*
 * Leases from attach to end, as a peer on the control stream sees them.
 */
#include "driver/driver_test_util.h"

/* Proves: D-20, D-21, D-23, D-31, D-48, D-75, D-86, D-3 */
TP_TEST(producer_attach_makes_an_epoch_answers_and_announces_it)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 0);
    rig_attach(&rig, STREAM_B, 77, TPI_ROLE_PRODUCER, &ok);
    TP_CHECK_EQ_I64(tpi_attach_response_verify(&ok, TPI_DIALECT_V11, STREAM_B), TP_OK);
    TP_CHECK_EQ_U64(ok.stream_id, STREAM_B);
    TP_CHECK_EQ_U64(ok.max_dims, 8);
    TP_CHECK_EQ_U64(ok.header_nslots, 8);
    TP_CHECK_EQ_U64(ok.npools, 2);
    TP_CHECK_EQ_U64(ok.epoch, (uint64_t)rig.real_ns);
    TP_CHECK_EQ_U64(ok.lease_expiry_timestamp_ns, (uint64_t)(rig.now_ns + 3 * SEC));
    char uri[512];
    snprintf(uri, sizeof(uri), "shm:file?path=%s/stream-%u/unit/epoch-%llu/payload-2.pool",
             rig.base, STREAM_B, (unsigned long long)ok.epoch);
    rig_view_is(ok.pools[1].region_uri, uri);
    struct stat info;
    TP_CHECK_EQ_I64(stat(strchr(uri, '=') + 1, &info), 0);
    TP_CHECK_EQ_I64(info.st_size, 64 + 8 * 16384);
    tpi_shm_pool_announce_t announce;
    rig_last_announce(&rig, STREAM_B, &announce);
    TP_CHECK_EQ_U64(announce.epoch, ok.epoch);
    TP_CHECK_EQ_U64(announce.producer_id, 77);
    TP_CHECK_EQ_U64(announce.clock_domain, TPI_CLOCK_MONOTONIC);
    TP_CHECK_EQ_U64(announce.announce_timestamp_ns, (uint64_t)rig.now_ns);
    rig_view_is(announce.pools[1].region_uri, uri);
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 4); /* ring, two pools, lock */
    rig_close(&rig);
}

/* Proves: D-47, D-48, D-49, D-53 */
TP_TEST(keepalives_extend_a_lease_and_silence_ends_it)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &ok);
    const int64_t issued_ns = rig.now_ns;
    for (int i = 0; i < 10; i++) {
        rig_advance(&rig, 1 * SEC);
        rig_send_keepalive(&rig, ok.lease_id, STREAM_A, 5, TPI_ROLE_CONSUMER);
        rig_step(&rig);
    }
    const int64_t kept_ns = rig.now_ns;
    TP_CHECK_GE_I64(kept_ns - issued_ns, 10 * SEC);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 0);
    TP_CHECK_EQ_I64(tpi_leases_find_id(&rig.driver->leases, ok.lease_id)->state,
                    TPI_LEASE_IS_ACTIVE);
    rig_advance(&rig, 2999 * MS);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 1);
    rig_advance(&rig, 1 * MS); /* at its expiry, not after it */
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    tpi_lease_revoked_t notice;
    rig_revoked(&rig, 0, &notice);
    TP_CHECK_EQ_U64(notice.lease_id, ok.lease_id);
    TP_CHECK_EQ_U64(notice.stream_id, STREAM_A);
    TP_CHECK_EQ_U64(notice.client_id, 5);
    TP_CHECK_EQ_U64(notice.role, TPI_ROLE_CONSUMER);
    TP_CHECK_EQ_U64(notice.reason, TPI_REVOKE_EXPIRED);
    TP_CHECK_EQ_U64(notice.timestamp_ns, (uint64_t)rig.now_ns);
    rig_view_is(notice.error_message, "keepalive timeout");
    /* Once, and the client may come back. */
    rig_advance(&rig, 5 * SEC);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &ok);
    rig_close(&rig);
}

/* Proves: D-47 */
TP_TEST(a_keepalive_counts_only_if_all_four_ids_match)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &ok);
    rig_advance(&rig, 2 * SEC);
    rig_send_keepalive(&rig, ok.lease_id + 1, STREAM_A, 5, TPI_ROLE_CONSUMER);
    rig_send_keepalive(&rig, ok.lease_id, STREAM_B, 5, TPI_ROLE_CONSUMER);
    rig_send_keepalive(&rig, ok.lease_id, STREAM_A, 6, TPI_ROLE_CONSUMER);
    rig_send_keepalive(&rig, ok.lease_id, STREAM_A, 5, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    tp_driver_stats_t stats;
    tp_driver_stats(rig.driver, &stats);
    TP_CHECK_EQ_U64(stats.keepalives, 0);
    TP_CHECK_EQ_U64(stats.keepalives_ignored, 4);
    rig_advance(&rig, 1 * SEC);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    rig_close(&rig);
}

/* Proves: D-50 */
TP_TEST(keepalives_that_were_waiting_are_read_before_anything_expires)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t a;
    tpi_attach_response_t b;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER, &a);
    rig_attach(&rig, STREAM_A, 6, TPI_ROLE_CONSUMER, &b);
    /* The driver stands still for 20 s, behind more messages than one poll delivers. */
    for (int i = 0; i < 500; i++) {
        rig_send_keepalive(&rig, 4711, STREAM_A, 99, TPI_ROLE_CONSUMER);
    }
    rig_send_keepalive(&rig, a.lease_id, STREAM_A, 5, TPI_ROLE_PRODUCER);
    rig.now_ns += 20 * SEC;
    rig_step(&rig);
    TP_CHECK(tpi_leases_find_id(&rig.driver->leases, a.lease_id) != NULL);
    TP_CHECK(tpi_leases_find_id(&rig.driver->leases, b.lease_id) == NULL); /* had sent none */
    rig_close(&rig);
}

/* Proves: D-49, D-50 - more than a duty cycle reads is no reason to forget a dead lease */
TP_TEST(a_flood_delays_expiry_but_does_not_prevent_it)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER, &ok);
    const int per_cycle = TPI_DRIVER_POLL_LIMIT * TPI_DRIVER_POLLS;
    int cycles = 0;
    for (int i = 0; i < per_cycle + 1; i++) {
        rig_send_keepalive(&rig, 4711, STREAM_A, 99, TPI_ROLE_CONSUMER);
    }
    for (; rig.driver->leases.count > 0 && cycles < 200; cycles++) {
        for (int i = 0; i < per_cycle; i++) {
            rig_send_keepalive(&rig, 4711, STREAM_A, 99, TPI_ROLE_CONSUMER);
        }
        rig.now_ns += 50 * MS;
        rig_step(&rig);
    }
    TP_CHECK_GE_I64(cycles, 60);
    TP_CHECK_LE_I64(cycles, 130);
    rig_close(&rig);
}

/* Proves: D-54, D-61, D-63, D-65 */
TP_TEST(producer_detach_is_notice_then_epoch_then_announce_then_response)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.announce_stream_id = CONTROL; /* one stream, so that the order can be seen */
    rig_start(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER, &ok);
    rig_forget(&rig);
    const int64_t correlation = rig_send_detach(&rig, ok.lease_id, STREAM_A, 5, TPI_ROLE_PRODUCER);
    rig_step(&rig); /* all in one duty cycle */
    tpi_lease_revoked_t notice;
    tpi_shm_pool_announce_t announce;
    tpi_detach_response_t response;
    rig_revoked(&rig, 0, &notice);
    rig_announce(&rig, 0, &announce);
    rig_detach_response(&rig, correlation, &response);
    TP_CHECK_EQ_U64(notice.reason, TPI_REVOKE_DETACHED);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(response.error_message.len, 0);
    TP_CHECK_EQ_U64(announce.producer_id, 0);
    TP_CHECK_GT_U64(announce.epoch, ok.epoch);
    TP_CHECK_GE_U64(announce.announce_timestamp_ns, notice.timestamp_ns);
    const size_t at_notice = rig_index(&rig, rig_nth(&rig, 901, TPI_LEASE_REVOKED, 0));
    const size_t at_announce = rig_index(&rig, rig_nth(&rig, 900, TPI_SHM_POOL_ANNOUNCE, 0));
    const size_t at_response = rig_index(&rig, rig_nth(&rig, 901, TPI_DETACH_RESPONSE, 0));
    TP_CHECK(at_notice < at_announce && at_announce < at_response);
    TP_CHECK_EQ_U64(rig.heard_count, 3);
    rig_close(&rig);
}

/* Proves: D-53, D-54, D-58 - a consumer's end is nobody else's business */
TP_TEST(consumer_detach_is_notice_then_response_and_no_new_epoch)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t p;
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER, &p);
    rig_attach(&rig, STREAM_A, 6, TPI_ROLE_CONSUMER, &c);
    TP_CHECK_EQ_U64(c.epoch, p.epoch);
    rig_forget(&rig);
    const int64_t correlation = rig_send_detach(&rig, c.lease_id, STREAM_A, 6, TPI_ROLE_CONSUMER);
    rig_step(&rig);
    tpi_detach_response_t response;
    rig_detach_response(&rig, correlation, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK(rig_index(&rig, rig_nth(&rig, 901, TPI_LEASE_REVOKED, 0)) <
             rig_index(&rig, rig_nth(&rig, 901, TPI_DETACH_RESPONSE, 0)));
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 0);
    TP_CHECK_EQ_U64(rig.driver->stats.epochs, 1);
    TP_CHECK(tpi_leases_find_id(&rig.driver->leases, p.lease_id) != NULL);
    rig_close(&rig);
}

static int32_t detach_code(rig_t *rig, uint64_t lease, uint32_t stream, uint32_t client,
                           uint8_t role, const char *text)
{
    tpi_detach_response_t response;
    const int64_t correlation = rig_send_detach(rig, lease, stream, client, role);
    rig_step(rig);
    rig_detach_response(rig, correlation, &response);
    rig_view_is(response.error_message, text);
    return response.code;
}

/* Proves: D-61, D-62 */
TP_TEST(detaching_again_is_ok_and_detaching_what_never_was_is_rejected)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &ok);
    const uint64_t id = ok.lease_id;
    TP_CHECK_EQ_I64(detach_code(&rig, id, STREAM_A, 6, TPI_ROLE_CONSUMER, "unknown lease"),
                    TPI_CODE_REJECTED);
    TP_CHECK_EQ_I64(detach_code(&rig, id, STREAM_B, 5, TPI_ROLE_CONSUMER, "unknown lease"),
                    TPI_CODE_REJECTED);
    TP_CHECK_EQ_I64(detach_code(&rig, id, STREAM_A, 5, TPI_ROLE_PRODUCER, "unknown lease"),
                    TPI_CODE_REJECTED);
    TP_CHECK_EQ_I64(detach_code(&rig, id + 1, STREAM_A, 5, TPI_ROLE_CONSUMER, "unknown lease"),
                    TPI_CODE_REJECTED);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 1);
    TP_CHECK_EQ_I64(detach_code(&rig, id, STREAM_A, 5, TPI_ROLE_CONSUMER, ""), TPI_CODE_OK);
    TP_CHECK_EQ_I64(detach_code(&rig, id, STREAM_A, 5, TPI_ROLE_CONSUMER, ""), TPI_CODE_OK);
    TP_CHECK_EQ_I64(detach_code(&rig, id, STREAM_A, 6, TPI_ROLE_CONSUMER, "unknown lease"),
                    TPI_CODE_REJECTED);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    rig_close(&rig);
}

/* Proves: D-13, D-14, D-15 */
TP_TEST(malformed_detach_requests_are_answered_if_they_can_be)
{
    static const struct {
        size_t offset, cut;
        uint8_t value;
        int32_t code;
        const char *text;
    } rows[] = {
        { 6, 0, 2, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 0, 0, 24, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 32, 1, 1, TPI_CODE_INVALID_PARAMS, "malformed request" },
        { 32, 0, 9, TPI_CODE_INVALID_PARAMS, "unknown role" },
    };
    rig_t rig;
    rig_open(&rig);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t buf[64];
        const tpi_detach_request_t request = { .correlation_id = 900 + (int64_t)i,
                                               .lease_id = 1,
                                               .stream_id = 2,
                                               .client_id = 3,
                                               .role = TPI_ROLE_CONSUMER };
        const int len = tpi_detach_request_encode(buf, sizeof(buf), &request);
        TP_CHECK_EQ_I64(len, 33);
        buf[rows[i].offset] = rows[i].value;
        rig_send(&rig, buf, (size_t)len - rows[i].cut);
        rig_step(&rig);
        tpi_detach_response_t response;
        rig_detach_response(&rig, request.correlation_id, &response);
        TP_CHECK_EQ_I64(response.code, rows[i].code);
        rig_view_is(response.error_message, rows[i].text);
    }
    rig_close(&rig);
}

/* Proves: D-60, D-65, D-71, D-72 */
TP_TEST(a_revoked_producer_makes_room_for_another)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t first;
    tpi_attach_response_t second;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER, &first);
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, first.lease_id + 1, "x"), TP_ENOENT);
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, first.lease_id, "by the operator"), TP_OK);
    rig_step(&rig);
    tpi_lease_revoked_t notice;
    rig_revoked(&rig, 0, &notice);
    TP_CHECK_EQ_U64(notice.reason, TPI_REVOKE_REVOKED);
    rig_view_is(notice.error_message, "by the operator");
    tpi_shm_pool_announce_t idle;
    rig_last_announce(&rig, STREAM_A, &idle);
    TP_CHECK_GT_U64(idle.epoch, first.epoch);
    TP_CHECK_EQ_U64(idle.producer_id, 0);
    rig_attach(&rig, STREAM_A, 6, TPI_ROLE_PRODUCER, &second);
    TP_CHECK_GT_U64(second.epoch, idle.epoch);
    TP_CHECK_GT_U64(second.lease_id, first.lease_id); /* Proves: D-40 */
    rig_close(&rig);
}

/* Proves: D-39, D-40 */
TP_TEST(lease_ids_start_at_the_real_time_and_are_not_reused)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    uint64_t last = 0;
    for (uint32_t i = 0; i < 5; i++) {
        rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &ok);
        TP_CHECK_GE_U64(ok.lease_id, UINT64_C(1700000000) * SEC);
        TP_CHECK_GT_U64(ok.lease_id, last);
        last = ok.lease_id;
        rig_send_detach(&rig, last, STREAM_A, 5, TPI_ROLE_CONSUMER);
        rig_step(&rig);
    }
    rig_close(&rig);
}

/* Proves: D-45 */
TP_TEST(another_session_may_keep_and_detach_a_lease)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &ok);
    tpi_publication_close(rig.pub);
    TP_CHECK_EQ_I64(tpi_link_add_publication(rig.peer_link, &rig.pub, "aeron:ipc", CONTROL, false),
                    TP_OK);
    tpi_link_do_work(rig.peer_link, rig.now_ns);
    rig_step(&rig);
    rig_send_keepalive(&rig, ok.lease_id, STREAM_A, 5, TPI_ROLE_CONSUMER);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig.driver->stats.keepalives, 1);
    TP_CHECK_EQ_I64(detach_code(&rig, ok.lease_id, STREAM_A, 5, TPI_ROLE_CONSUMER, ""),
                    TPI_CODE_OK);
    rig_close(&rig);
}

/** Every look at the clock takes 50 us, as if what is between two looks did. */
static int64_t slow_clock(void *clientd)
{
    rig_t *rig = clientd;
    rig->now_ns += 50000;
    return rig->now_ns;
}

/* Proves: D-50, D-120 - a duty cycle that has used up its time leaves the rest to the next one, and every kind of work gets its turn */
TP_TEST(a_duty_cycle_ends_when_its_time_is_over)
{
    enum { LEASES = 200, LOOKS = TPI_DRIVER_BUDGET_NS / 50000 + 1 };
    rig_t rig;
    rig_prepare(&rig);
    rig.options.clock = slow_clock;
    rig_start(&rig);
    for (uint32_t i = 0; i < LEASES; i++) {
        const tpi_attach_request_t r = rig_request(&rig, STREAM_A, i + 1, TPI_ROLE_CONSUMER);
        rig_send_attach(&rig, TPI_DIALECT_V11, &r);
    }
    /* One look at the clock between two polls, and between two requests that waited for the epoch. */
    uint64_t attaches = 0;
    size_t leases = 0;
    for (int cycles = 0; leases < LEASES; cycles++) {
        TP_CHECK_LT_I64(cycles, LEASES);
        (void)tp_driver_do_work(rig.driver);
        TP_CHECK_LE_U64(rig.driver->stats.attach_requests - attaches,
                        LOOKS * TPI_DRIVER_POLL_LIMIT);
        TP_CHECK_LE_U64(rig.driver->leases.count - leases, LOOKS * (TPI_DRIVER_POLL_LIMIT + 1));
        attaches = rig.driver->stats.attach_requests;
        leases = rig.driver->leases.count;
        (void)tpi_driver_settle(rig.driver);
    }
    rig_listen(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), LEASES);
    /* They fall silent together and end in slices. */
    rig.now_ns += 4 * SEC;
    for (int cycles = 0; rig.driver->leases.count > 0; cycles++) {
        TP_CHECK_LT_I64(cycles, LEASES);
        const size_t live = rig.driver->leases.count;
        (void)tp_driver_do_work(rig.driver);
        TP_CHECK_LE_U64(live - rig.driver->leases.count, LOOKS * 8);
    }
    rig_listen(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), LEASES);
    rig_close(&rig);
}

/** slow_clock, but at the second look from now the process is stopped for 4 s. */
static int looks_to_stop;
static int64_t stopping_clock(void *clientd)
{
    rig_t *rig = clientd;
    rig->now_ns += looks_to_stop > 0 && --looks_to_stop == 0 ? 4 * SEC : 0;
    return slow_clock(clientd);
}

/* Proves: D-50 - whenever the driver is stopped, the keepalives that came meanwhile are read first */
TP_TEST(a_stop_in_the_middle_of_a_duty_cycle_ends_no_lease_whose_keepalive_waits)
{
    enum { LEASES = 300 };
    rig_t rig;
    rig_prepare(&rig);
    rig.options.clock = stopping_clock;
    rig_start(&rig);
    uint64_t ids[LEASES];
    for (uint32_t i = 0; i < LEASES; i++) {
        tpi_attach_response_t ok;
        rig_attach(&rig, STREAM_A, i + 1, TPI_ROLE_CONSUMER, &ok);
        ids[i] = ok.lease_id;
    }
    for (uint32_t i = 0; i < 3 * LEASES;
         i++) { /* one per second of the stop: what is read before it is not the last */
        rig_send_keepalive(&rig, ids[i % LEASES], STREAM_A, i % LEASES + 1, TPI_ROLE_CONSUMER);
    }
    looks_to_stop = 2;
    for (int cycles = 0; rig.driver->stats.keepalives < 3 * LEASES; cycles++) {
        TP_CHECK_LT_I64(cycles, LEASES);
        (void)tp_driver_do_work(rig.driver);
        TP_CHECK_EQ_U64(rig.driver->leases.count, LEASES);
    }
    (void)tp_driver_do_work(rig.driver);
    TP_CHECK_EQ_U64(rig.driver->leases.count, LEASES);
    TP_CHECK_EQ_I64(looks_to_stop, 0);
    rig_close(&rig);
}

/* Ten thousand leases: what a duty cycle costs is counted, not timed. Proves: D-49, D-120 */
TP_TEST(ten_thousand_leases_keep_duty_cycles_short)
{
    enum { LEASES = 10000, BATCH = 1000 };
    rig_t rig;
    rig_open(&rig);
    uint64_t *ids = calloc(LEASES, sizeof(ids[0]));
    TP_CHECK(ids != NULL);
    for (uint32_t i = 0; i < LEASES; i++) {
        const tpi_attach_request_t r = rig_request(&rig, STREAM_A, i + 1, TPI_ROLE_CONSUMER);
        rig_send_attach(&rig, TPI_DIALECT_V11, &r);
        if (i % BATCH == BATCH - 1) {
            do {
                rig_step(&rig);
            } while (rig.driver->leases.count < i + 1);
            TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), BATCH);
            for (size_t k = 0, n = 0; k < rig.heard_count; k++) {
                tpi_attach_response_t ok;
                if (rig.heard[k].template_id == TPI_ATTACH_RESPONSE && rig.heard[k].schema == 901) {
                    TP_CHECK_EQ_I64(
                        tpi_attach_response_decode(rig.heard[k].data, rig.heard[k].len, &ok),
                        TP_OK);
                    TP_CHECK_EQ_I64(ok.code, TPI_CODE_OK);
                    ids[i + 1 - BATCH + n++] = ok.lease_id;
                }
            }
            rig_forget(&rig);
        }
    }
    TP_CHECK_EQ_U64(rig.driver->leases.count, LEASES);
    /* Six seconds of keepalives, one per lease and second: each lease is looked at about once per lease time. */
    uint64_t before = rig.driver->leases.checks;
    for (int second = 0; second < 6; second++) {
        for (int part = 0; part < 20; part++) {
            for (uint32_t i = 0; i < LEASES / 20; i++) {
                const uint32_t n = (uint32_t)part * (LEASES / 20) + i;
                rig_send_keepalive(&rig, ids[n], STREAM_A, n + 1, TPI_ROLE_CONSUMER);
            }
            rig.now_ns += 50 * MS;
            const uint64_t checks = rig.driver->leases.checks;
            const uint64_t keepalives = rig.driver->stats.keepalives;
            rig_step(&rig);
            TP_CHECK_LE_U64(rig.driver->stats.keepalives - keepalives,
                            TPI_DRIVER_POLLS * TPI_DRIVER_POLL_LIMIT);
            TP_CHECK_LE_U64(rig.driver->leases.checks - checks, TPI_DRIVER_CHECKS);
        }
        rig_forget(&rig);
    }
    TP_CHECK_EQ_U64(rig.driver->leases.count, LEASES);
    TP_CHECK_LE_U64(rig.driver->leases.checks - before, 3 * LEASES);
    TP_CHECK_EQ_U64(rig.driver->stats.keepalives, 6 * LEASES);
    /* All fall silent: they end in slices, every one with its notice. */
    rig.now_ns += 4 * SEC;
    int cycles = 0;
    size_t notices = 0;
    for (; rig.driver->leases.count > 0; cycles++) {
        TP_CHECK_LT_I64(cycles, 1000);
        const size_t live = rig.driver->leases.count;
        rig_step(&rig);
        TP_CHECK_LE_U64(live - rig.driver->leases.count, TPI_DRIVER_CHECKS);
        notices += rig_count(&rig, 901, TPI_LEASE_REVOKED);
        rig_forget(&rig);
    }
    TP_CHECK_EQ_U64(notices, LEASES);
    TP_CHECK_GE_I64(cycles, LEASES / TPI_DRIVER_CHECKS);
    free(ids);
    rig_close(&rig);
}

TP_TEST_MAIN()
