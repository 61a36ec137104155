/*
 * Announces and the outgoing queues; counters.
 */
#include "driver/driver_test_util.h"

/* Proves: D-74, D-6 */
TP_TEST(provisioned_streams_are_announced_each_period_and_after_each_attach)
{
    rig_t rig;
    rig_open(&rig);
    rig_advance(&rig, 3 * SEC);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 0); /* Proves: D-75 */
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &ok);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 1);
    rig_attach(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER, &ok);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 2);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 2);
    rig_forget(&rig);
    rig_advance(&rig,
                10 * SEC); /* the leases end in between; static streams stay announced (D-108) */
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 10);
    for (size_t i = 0; i < 10; i++) {
        tpi_shm_pool_announce_t announce;
        rig_announce(&rig, i, &announce);
        TP_CHECK_EQ_U64(announce.stream_id, STREAM_A);
        TP_CHECK_EQ_U64(announce.epoch, ok.epoch);
        TP_CHECK_EQ_U64(announce.producer_id, 0);
    }
    rig_close(&rig);
}

/* Proves: D-75 - content equals what an attach returns */
TP_TEST(an_announce_says_what_an_attach_says)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_B, 7, TPI_ROLE_PRODUCER, &ok);
    tpi_shm_pool_announce_t announce;
    rig_last_announce(&rig, STREAM_B, &announce);
    TP_CHECK_EQ_U64(announce.producer_id, 7);
    TP_CHECK_EQ_U64(announce.layout_version, ok.layout_version);
    TP_CHECK_EQ_U64(announce.header_nslots, ok.header_nslots);
    TP_CHECK_EQ_U64(announce.header_slot_bytes, ok.header_slot_bytes);
    TP_CHECK_EQ_U64(announce.npools, ok.npools);
    TP_CHECK_EQ_U64(announce.header_region_uri.len, ok.header_region_uri.len);
    TP_CHECK_EQ_MEM(announce.header_region_uri.data, ok.header_region_uri.data,
                    ok.header_region_uri.len);
    for (size_t i = 0; i < ok.npools; i++) {
        TP_CHECK_EQ_U64(announce.pools[i].pool_id, ok.pools[i].pool_id);
        TP_CHECK_EQ_U64(announce.pools[i].nslots, ok.pools[i].nslots);
        TP_CHECK_EQ_U64(announce.pools[i].stride_bytes, ok.pools[i].stride_bytes);
        TP_CHECK_EQ_U64(announce.pools[i].region_uri.len, ok.pools[i].region_uri.len);
        TP_CHECK_EQ_MEM(announce.pools[i].region_uri.data, ok.pools[i].region_uri.data,
                        ok.pools[i].region_uri.len);
    }
    rig_close(&rig);
}

/* Proves: D-19, D-75 */
TP_TEST(what_cannot_be_sent_is_tried_again_in_order_and_stamped_when_sent)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.announce_stream_id = CONTROL;
    rig_start(&rig);
    static const tpi_send_t reasons[] = { TPI_SEND_BACK_PRESSURED, TPI_SEND_ADMIN_ACTION,
                                          TPI_SEND_NOT_CONNECTED, TPI_SEND_NOT_READY,
                                          TPI_SEND_CLOSED };
    for (uint32_t i = 0; i < 5; i++) {
        tpi_attach_response_t ok;
        rig_attach(&rig, STREAM_A, 10 + i, TPI_ROLE_PRODUCER, &ok);
        rig_send_detach(&rig, ok.lease_id, STREAM_A, 10 + i, TPI_ROLE_PRODUCER);
        rig_forget(&rig);
        const int64_t decided_ns = rig.now_ns;
        tpi_fake_bus_force_send(rig.bus, CONTROL, reasons[i], -1);
        rig_step(&rig);
        TP_CHECK_EQ_U64(rig.heard_count, 0);
        rig.now_ns += 700 * MS;
        rig_step(&rig);
        TP_CHECK_EQ_U64(rig.heard_count, 0);
        tpi_fake_bus_force_send(rig.bus, CONTROL, TPI_SEND_OK, 0);
        rig.now_ns += 1 * MS;
        rig_step(&rig);
        TP_CHECK_GE_U64(rig.heard_count, 3); /* a periodic announce may be behind them */
        TP_CHECK_EQ_U64(rig.heard[0].template_id, TPI_LEASE_REVOKED);
        TP_CHECK_EQ_U64(rig.heard[1].schema, 900);
        TP_CHECK_EQ_U64(rig.heard[2].template_id, TPI_DETACH_RESPONSE);
        tpi_lease_revoked_t notice;
        tpi_shm_pool_announce_t announce;
        rig_revoked(&rig, 0, &notice);
        rig_announce(&rig, 0, &announce);
        TP_CHECK_EQ_U64(notice.timestamp_ns, (uint64_t)decided_ns);
        TP_CHECK_EQ_U64(announce.announce_timestamp_ns, (uint64_t)rig.now_ns);
        rig_forget(&rig);
    }
    TP_CHECK_EQ_U64(rig.driver->control_out.dropped[TPI_OUT_RESPONSE], 0);
    rig_close(&rig);
}

/* Proves: D-19 */
TP_TEST(what_cannot_be_sent_for_a_second_is_dropped_and_counted)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER, &ok);
    rig_forget(&rig);
    tpi_fake_bus_force_send(rig.bus, CONTROL, TPI_SEND_OK, 0);
    const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER);
    rig_send_attach(&rig, TPI_DIALECT_V11, &r);
    tpi_fake_bus_force_send(rig.bus, CONTROL, TPI_SEND_BACK_PRESSURED, -1);
    tpi_fake_bus_force_send(rig.bus, ANNOUNCE, TPI_SEND_BACK_PRESSURED, -1);
    rig_step(&rig);
    rig_advance(&rig, 1100 * MS);
    tp_driver_stats_t stats;
    tp_driver_stats(rig.driver, &stats);
    TP_CHECK_EQ_U64(stats.response_drops, 1);
    TP_CHECK_GE_U64(stats.announce_drops, 1);
    tpi_fake_bus_force_send(rig.bus, CONTROL, TPI_SEND_OK, 0);
    tpi_fake_bus_force_send(rig.bus, ANNOUNCE, TPI_SEND_OK, 0);
    rig_forget(&rig);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 0);
    /* The client asks again, and the lease it never heard of is its own. Proves: D-29 */
    tpi_attach_response_t again;
    rig_ask(&rig, TPI_DIALECT_V11, &r, &again);
    TP_CHECK_EQ_I64(again.code, TPI_CODE_OK);
    rig_close(&rig);
}

/* Proves: D-120 */
TP_TEST(the_queue_is_bounded)
{
    rig_t rig;
    rig_open(&rig);
    tpi_outbox_t *out = &rig.driver->control_out;
    tpi_fake_bus_force_send(rig.bus, CONTROL, TPI_SEND_BACK_PRESSURED, -1);
    static uint8_t large[65536];
    memset(large, 0, sizeof(large));
    for (int i = 0; i < 1000; i++) {
        tpi_outbox_send(out, TPI_OUT_NOTICE, large, sizeof(large), 0, rig.now_ns);
    }
    TP_CHECK_LE_U64(out->bytes, TPI_OUTBOX_MAX_BYTES);
    TP_CHECK_EQ_U64(out->count + out->dropped[TPI_OUT_NOTICE], 1000);
    tpi_outbox_clear(out);
    for (uint32_t i = 0; i < TPI_OUTBOX_MAX_MESSAGES + 100; i++) {
        tpi_outbox_send(out, TPI_OUT_CONFIG, large, 8, 0, rig.now_ns);
    }
    TP_CHECK_EQ_U64(out->count, TPI_OUTBOX_MAX_MESSAGES);
    TP_CHECK_EQ_U64(out->dropped[TPI_OUT_CONFIG], 100);
    rig_close(&rig);
}

/* ---- counters ---- */

typedef struct seen {
    int driver, streams, leases;
    int64_t epoch, expiry, attach_requests;
    uint32_t stream, nslots;
    uint64_t lease;
    char path[TPI_COUNTER_KEY_MAX + 1];
} seen_t;

static void see(void *clientd, const tpi_counter_view_t *counter)
{
    seen_t *seen = clientd;
    if (counter->type_id == TPI_COUNTER_DRIVER) {
        seen->driver++;
        if (strstr(counter->label, "tp-driver attach-requests:") != NULL) {
            seen->attach_requests = counter->value;
        }
    } else if (counter->type_id == TPI_COUNTER_STREAM) {
        seen->streams++;
        seen->epoch = counter->value;
        seen->stream = tpi_get_u32(counter->key);
        seen->nslots = tpi_get_u32(counter->key + 4);
        memcpy(seen->path, counter->key + 10, counter->key_len - 10);
    } else if (counter->type_id == TPI_COUNTER_LEASE) {
        seen->leases++;
        seen->expiry = counter->value;
        seen->lease = tpi_get_u64(counter->key);
        TP_CHECK_EQ_U64(counter->key_len, 17);
        TP_CHECK_EQ_U64(counter->key[16], TPI_ROLE_PRODUCER);
    }
}

TP_TEST(streams_leases_and_statistics_can_be_read_without_asking)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &ok);
    rig_advance(&rig, 500 * MS);
    rig_send_keepalive(&rig, ok.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    seen_t seen = { 0 };
    tpi_fake_bus_foreach_counter(rig.bus, see, &seen);
    TP_CHECK_EQ_I64(seen.driver, 19);
    TP_CHECK_EQ_I64(seen.streams, 1);
    TP_CHECK_EQ_I64(seen.leases, 1);
    TP_CHECK_EQ_I64(seen.attach_requests, 1);
    TP_CHECK_EQ_U64((uint64_t)seen.epoch, ok.epoch);
    TP_CHECK_EQ_U64(seen.stream, STREAM_A);
    TP_CHECK_EQ_U64(seen.nslots, 4);
    TP_CHECK(strncmp(seen.path, rig.base, strlen(rig.base)) == 0);
    TP_CHECK_EQ_U64(seen.lease, ok.lease_id);
    TP_CHECK_EQ_I64(seen.expiry, rig.now_ns + 3 * SEC);
    rig_send_detach(&rig, ok.lease_id, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    rig_step(&rig);
    seen = (seen_t){ 0 };
    tpi_fake_bus_foreach_counter(rig.bus, see, &seen);
    TP_CHECK_EQ_I64(seen.leases, 0);
    TP_CHECK_EQ_I64(seen.streams, 1); /* the idle epoch's */
    TP_CHECK_GT_U64((uint64_t)seen.epoch, ok.epoch);
    rig_close(&rig);
}

TP_TEST(counters_are_bounded_and_leases_beyond_them_work)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    for (uint32_t i = 0; i < TPI_DRIVER_LEASE_COUNTERS + 10; i++) {
        rig_attach(&rig, STREAM_A, i + 1, TPI_ROLE_CONSUMER, &ok);
        rig_forget(&rig);
    }
    TP_CHECK_EQ_U64(rig.driver->counters.leases, TPI_DRIVER_LEASE_COUNTERS);
    rig_advance(&rig, 4 * SEC);
    TP_CHECK_EQ_U64(rig.driver->counters.leases, 0);
    TP_CHECK_EQ_U64(rig.driver->counters.closing_count, 0);
    rig_close(&rig);
}

TP_TEST_MAIN()
