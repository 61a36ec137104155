/*
 * What strangers may send: nothing of it crashes the driver, makes a file, or ends somebody else's lease.
 */
#include "driver/driver_test_util.h"

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

/** One valid message of each kind that the driver acts upon, and of those it does not. */
static size_t seed_message(rig_t *rig, uint32_t kind, uint8_t *buf, size_t size)
{
    static const char channel[] = "aeron:ipc?term-length=64k";
    const tpi_attach_request_t attach = rig_request(rig, next_random() % 2 == 0 ? STREAM_B : 4711,
                                                    1 + next_random() % 4, TPI_ROLE_CONSUMER);
    const tpi_detach_request_t detach = { .correlation_id = 1,
                                          .lease_id = next_random(),
                                          .stream_id = STREAM_A,
                                          .client_id = 3,
                                          .role = 2 };
    const tpi_lease_keepalive_t keepalive = {
        .lease_id = next_random(), .stream_id = STREAM_A, .client_id = 3, .role = 2
    };
    const tpi_driver_shutdown_request_t stop = { .correlation_id = 1,
                                                 .reason = 1,
                                                 .token = { (const uint8_t *)channel, 9 },
                                                 .error_message = { (const uint8_t *)channel,
                                                                    12 } };
    const tpi_consumer_hello_t hello = { .stream_id = STREAM_A,
                                         .consumer_id = 51,
                                         .supports_shm = 1,
                                         .mode = 1,
                                         .descriptor_channel = { (const uint8_t *)channel,
                                                                 sizeof(channel) - 1 },
                                         .control_channel = { (const uint8_t *)channel, 9 } };
    const tpi_lease_revoked_t revoked = {
        .lease_id = 1, .stream_id = STREAM_A, .client_id = 50, .role = 1, .reason = 1
    };
    const tpi_driver_shutdown_t shutdown = { .timestamp_ns = 1, .reason = 0 };
    int len = 0;
    switch (kind % 8) {
    case 0:
        len = tpi_attach_request_encode(buf, size, TPI_DIALECT_V11, &attach);
        break;
    case 1:
        len = tpi_attach_request_encode(buf, size, TPI_DIALECT_V12, &attach);
        break;
    case 2:
        len = tpi_detach_request_encode(buf, size, &detach);
        break;
    case 3:
        len = tpi_lease_keepalive_encode(buf, size, &keepalive);
        break;
    case 4:
        len = tpi_driver_shutdown_request_encode(buf, size, &stop);
        break;
    case 5:
        len = tpi_consumer_hello_encode(buf, size, &hello);
        break;
    case 6:
        len = tpi_lease_revoked_encode(buf, size, &revoked);
        break;
    default:
        len = tpi_driver_shutdown_encode(buf, size, &shutdown);
        break;
    }
    TP_CHECK_MSG(len > 0, "kind %u: %s", kind % 8, tp_errmsg());
    return (size_t)len;
}

/* Sent from the end of an exact-size heap block, so that a sanitizer sees a read past it. */
static void send_exact(rig_t *rig, const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    TP_CHECK(copy != NULL);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    const tpi_message_info_t info = { .session_id = 1, .joined_ns = 0 };
    tpi_driver_on_message(rig->driver, copy, len, &info);
    free(copy);
}

/* Proves: D-11, D-12, D-14, D-15, D-120 */
TP_TEST(bent_messages_of_every_kind_do_no_harm)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.log = NULL;
    rig.options.shutdown_token = "a token that is never sent";
    rig.options.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31001 };
    rig_start(&rig);
    tpi_attach_response_t p;
    tpi_attach_response_t c;
    rig_attach(&rig, STREAM_A, 50, TPI_ROLE_PRODUCER, &p);
    rig_attach(&rig, STREAM_A, 51, TPI_ROLE_CONSUMER, &c);
    for (uint32_t i = 0; i < 100000; i++) {
        uint8_t buf[512];
        size_t len = seed_message(&rig, i, buf, sizeof(buf));
        const uint32_t flips = next_random() % 4;
        for (uint32_t k = 0; k < flips; k++) {
            buf[next_random() % len] = (uint8_t)(next_random() % 3 == 0 ? 0xff : next_random());
        }
        if (next_random() % 4 == 0) {
            len = next_random() % (len + 1);
        } else if (next_random() % 8 == 0 && len + 40 < sizeof(buf)) {
            memset(buf + len, 0xab, 40);
            len += next_random() % 41;
        }
        send_exact(&rig, buf, len);
        if (i % 500 == 499) {
            rig_send_keepalive(&rig, p.lease_id, STREAM_A, 50, TPI_ROLE_PRODUCER);
            rig_send_keepalive(&rig, c.lease_id, STREAM_A, 51, TPI_ROLE_CONSUMER);
            rig.now_ns += 200 * MS;
            rig_step(&rig);
            rig_forget(&rig);
        }
    }
    TP_CHECK_EQ_I64(tp_driver_state(rig.driver), TP_DRIVER_RUNNING);
    TP_CHECK(tpi_leases_find_id(&rig.driver->leases, p.lease_id) != NULL);
    TP_CHECK(tpi_leases_find_id(&rig.driver->leases, c.lease_id) != NULL);
    TP_CHECK_GT_U64(rig.driver->stats.decode_errors, 1000);
    TP_CHECK_EQ_U64(rig.driver->streams.count, 2);
    rig_close(&rig);
}

/* Proves: D-11, D-12 */
TP_TEST(random_bytes_and_foreign_schemas_are_ignored)
{
    rig_t rig;
    rig_open(&rig);
    for (uint32_t i = 0; i < 50000; i++) {
        uint8_t buf[128];
        for (size_t k = 0; k < sizeof(buf); k++) {
            buf[k] = (uint8_t)next_random();
        }
        if (i % 2 == 0) { /* the header of something we know */
            static const uint16_t schemas[] = { 900, 901, 902, 910 };
            tpi_put_u16(buf + 2, (uint16_t)(next_random() % 16));
            tpi_put_u16(buf + 4, schemas[next_random() % 4]);
            tpi_put_u16(buf + 6, (uint16_t)(next_random() % 3));
            tpi_put_u16(buf, (uint16_t)(next_random() % 60));
        }
        send_exact(&rig, buf, next_random() % sizeof(buf));
        if (i % 100 == 99) {
            rig_step(&rig);
            rig_forget(&rig);
        }
    }
    /* The driver's own messages come back to it, too; an attach request under another schema is none. */
    uint8_t buf[64];
    const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER);
    const int len = tpi_attach_request_encode(buf, sizeof(buf), TPI_DIALECT_V11, &r);
    tpi_put_u16(buf + 4, 902);
    rig_forget(&rig);
    rig_send(&rig, buf, (size_t)len);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig.heard_count, 0);
    rig_close(&rig);
}

/* Proves: D-120 */
TP_TEST(a_storm_of_attaches_is_bounded_by_the_range_and_leaves_nothing)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.log = NULL;
    rig.options.allow_dynamic_streams = true;
    rig.options.stream_id_range = (tp_id_range_t){ 20000, 20063 };
    rig.options.epoch_gc_min_age_ns = -1;
    rig_start(&rig);
    for (uint32_t i = 0; i < 500; i++) {
        const tpi_attach_request_t r = rig_request(&rig, 0, i + 1, TPI_ROLE_PRODUCER);
        rig_send_attach(&rig, TPI_DIALECT_V11, &r);
    }
    rig_advance(&rig, 100 * MS);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 64);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_ATTACH_RESPONSE), 500);
    rig_forget(&rig);
    rig_advance(&rig, 20 * SEC); /* nobody keeps them */
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    TP_CHECK_EQ_U64(rig.driver->streams.count, 2);
    TP_CHECK_EQ_U64(tp_test_count_files(rig.base), 0);
    rig_close(&rig);
}

TP_TEST_MAIN()
