/*
 * ConsumerHello: private streams.
 */
#include "driver/driver_test_util.h"

static tpi_view_t text(const char *s)
{
    return (tpi_view_t){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static tpi_consumer_hello_t hello_of(uint32_t consumer, uint32_t d_id, const char *d_channel,
                                     uint32_t c_id, const char *c_channel)
{
    return (tpi_consumer_hello_t){
        .stream_id = STREAM_A,
        .consumer_id = consumer,
        .supports_shm = TPI_BOOL_TRUE,
        .supports_progress = TPI_BOOL_FALSE,
        .mode = TPI_MODE_RATE_LIMITED,
        .max_rate_hz = 30,
        .expected_layout_version = 1,
        .progress_interval_us = TPI_NULL_U32,
        .progress_bytes_delta = TPI_NULL_U32,
        .progress_major_delta_units = TPI_NULL_U32,
        .descriptor_stream_id = d_id,
        .control_stream_id = c_id,
        .descriptor_channel = text(d_channel),
        .control_channel = text(c_channel),
    };
}

static void say(rig_t *rig, const tpi_consumer_hello_t *hello)
{
    uint8_t buf[4096];
    const int len = tpi_consumer_hello_encode(buf, sizeof(buf), hello);
    TP_CHECK_MSG(len > 0, "encode: %s", tp_errmsg());
    rig_forget(rig);
    rig_send(rig, buf, (size_t)len);
    rig_step(rig);
}

static void config(const rig_t *rig, tpi_consumer_config_t *out)
{
    TP_CHECK_EQ_U64(rig_count(rig, 900, TPI_CONSUMER_CONFIG), 1);
    const heard_t *h = rig_nth(rig, 900, TPI_CONSUMER_CONFIG, 0);
    TP_CHECK_EQ_I64(tpi_consumer_config_decode(h->data, h->len, out), TP_OK);
    TP_CHECK_EQ_U64(out->payload_fallback_uri.len, 0);
}

static void silent(rig_t *rig, const tpi_consumer_hello_t *hello)
{
    say(rig, hello);
    TP_CHECK_EQ_U64(rig_count(rig, 900, TPI_CONSUMER_CONFIG), 0);
}

static void open_ranges(rig_t *rig)
{
    rig_prepare(rig);
    rig->options.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31001 };
    rig->options.control_stream_id_range = (tp_id_range_t){ 32000, 32000 };
    rig_start(rig);
}

/* Proves: D-112 one of a deployment answers */
TP_TEST(beside_a_supervisor_that_assigns_streams_the_driver_says_nothing)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31001 };
    rig.options.supervisor_assigns_streams = true;
    rig_start(&rig);
    tpi_attach_response_t lease;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &lease);
    const tpi_consumer_hello_t hello = hello_of(5, 31000, "aeron:ipc", 0, "");
    silent(&rig, &hello);
    rig_close(&rig);
}

/* Proves: D-109, D-110, D-112, D-44 */
TP_TEST(a_consumer_gets_streams_of_its_own_and_the_same_ones_when_it_asks_again)
{
    rig_t rig;
    open_ranges(&rig);
    tpi_attach_response_t lease;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &lease);
    tpi_consumer_config_t c;
    /* Non-zero and zero ids mean the same: the driver chooses. */
    for (uint32_t i = 0; i < 3; i++) {
        const tpi_consumer_hello_t hello =
            hello_of(5, i == 0 ? 999 : 0, "aeron:ipc?term-length=1m", i, "aeron:ipc");
        say(&rig, &hello);
        config(&rig, &c);
        TP_CHECK_EQ_U64(c.stream_id, STREAM_A);
        TP_CHECK_EQ_U64(c.consumer_id, 5);
        TP_CHECK_EQ_U64(c.use_shm, TPI_BOOL_TRUE);
        TP_CHECK_EQ_U64(c.mode, TPI_MODE_RATE_LIMITED);
        TP_CHECK_EQ_U64(c.descriptor_stream_id, 31000);
        rig_view_is(c.descriptor_channel, "aeron:ipc?term-length=1m");
        TP_CHECK_EQ_U64(c.control_stream_id, 32000);
        rig_view_is(c.control_channel, "aeron:ipc");
    }
    /* One kind only: the other goes back. */
    tpi_consumer_hello_t hello = hello_of(5, 0, "aeron:ipc", 0, "");
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.descriptor_stream_id, 31000);
    TP_CHECK_EQ_U64(c.control_stream_id, 0);
    TP_CHECK_EQ_U64(c.control_channel.len, 0);
    TP_CHECK(!tpi_id_range_is_used(&rig.driver->control_ids, 32000));
    /* Nothing any more: said once, then silence. */
    hello = hello_of(5, 0, "", 0, "");
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.descriptor_stream_id, 0);
    TP_CHECK_EQ_U64(c.use_shm, TPI_BOOL_TRUE);
    TP_CHECK_EQ_U64(rig.driver->descriptor_ids.used.count, 0);
    silent(&rig, &hello);
    rig_close(&rig);
}

/* Proves: D-110 */
TP_TEST(only_a_live_consumer_lease_of_that_stream_is_answered)
{
    rig_t rig;
    open_ranges(&rig);
    tpi_attach_response_t p;
    tpi_attach_response_t c;
    tpi_consumer_hello_t hello = hello_of(5, 1, "aeron:ipc", 0, "");
    silent(&rig, &hello);
    rig_attach(&rig, STREAM_A, 4, TPI_ROLE_PRODUCER, &p);
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &c);
    hello.stream_id = STREAM_B;
    silent(&rig, &hello);
    hello = hello_of(4, 1, "aeron:ipc", 0, "");
    silent(&rig, &hello);
    hello = hello_of(5, 0, "", 0, "");
    silent(&rig, &hello); /* asks for nothing */
    rig_send_detach(&rig, c.lease_id, STREAM_A, 5, TPI_ROLE_CONSUMER);
    rig_step(&rig);
    hello = hello_of(5, 1, "aeron:ipc", 0, "");
    silent(&rig, &hello);
    rig_close(&rig);
}

/* Proves: D-111, D-120, W-95, W-98 */
TP_TEST(what_is_not_allowed_or_not_there_is_declined_kind_by_kind)
{
    static const char *const channels[] = { "aeron:udp?endpoint=10.0.0.1:4000",
                                            "aeron:ipcx",
                                            "aeron:ip",
                                            "ipc",
                                            "AERON:IPC",
                                            "aeron-spy:aeron:ipc" };
    rig_t rig;
    open_ranges(&rig);
    tpi_attach_response_t lease;
    tpi_consumer_config_t c;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &lease);
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        const tpi_consumer_hello_t hello = hello_of(5, 1, channels[i], 1, "aeron:ipc");
        say(&rig, &hello);
        config(&rig, &c);
        TP_CHECK_EQ_U64(c.descriptor_stream_id, 0);
        TP_CHECK_EQ_U64(c.descriptor_channel.len, 0);
        TP_CHECK_EQ_U64(c.control_stream_id, 32000);
    }
    tpi_consumer_hello_t hello = hello_of(5, 77, "", 0, ""); /* id without channel */
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.descriptor_stream_id, 0);
    TP_CHECK_EQ_U64(c.descriptor_channel.len, 0);
    /* Two ids, three consumers: the third is declined, until a lease ends. */
    tpi_attach_response_t others[3];
    for (uint32_t i = 0; i < 3; i++) {
        rig_attach(&rig, STREAM_A, 10 + i, TPI_ROLE_CONSUMER, &others[i]);
        hello = hello_of(10 + i, 0, "aeron:ipc", 0, "");
        say(&rig, &hello);
        config(&rig, &c);
        TP_CHECK_EQ_I64(c.descriptor_stream_id != 0, i < 2);
        TP_CHECK_EQ_U64(c.use_shm, TPI_BOOL_TRUE);
    }
    rig_send_detach(&rig, others[0].lease_id, STREAM_A, 10, TPI_ROLE_CONSUMER); /* Proves: D-112 */
    rig_step(&rig);
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_NE_U64(c.descriptor_stream_id, 0);
    rig_close(&rig);
}

/* Proves: D-111 */
TP_TEST(without_ranges_everything_is_declined_and_the_lease_is_unharmed)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t lease;
    tpi_consumer_config_t c;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &lease);
    const tpi_consumer_hello_t hello = hello_of(5, 1, "aeron:ipc", 2, "aeron:ipc");
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.descriptor_stream_id, 0);
    TP_CHECK_EQ_U64(c.control_stream_id, 0);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 1);
    rig_close(&rig);
}

static void say_config(rig_t *rig, uint8_t use_shm, uint8_t mode)
{
    uint8_t buf[256];
    const tpi_consumer_config_t m = {
        .stream_id = STREAM_A, .consumer_id = 5, .use_shm = use_shm, .mode = mode
    };
    const int len = tpi_consumer_config_encode(buf, sizeof buf, &m);
    TP_CHECK_GT_I64(len, 0);
    rig_send(rig, buf, (size_t)len);
    rig_step(rig);
}

/* Proves: W-92, D-112 - two who answer in turn must not flip a consumer once a second */
TP_TEST(what_a_supervisor_told_a_consumer_is_not_taken_back_by_the_next_answer)
{
    rig_t rig;
    open_ranges(&rig);
    tpi_attach_response_t lease;
    tpi_consumer_config_t c;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &lease);
    tpi_consumer_hello_t hello = hello_of(5, 1, "aeron:ipc", 0, "");
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.mode, TPI_MODE_RATE_LIMITED); /* as asked */
    say_config(&rig, TPI_BOOL_TRUE, TPI_MODE_STREAM);
    for (int i = 0; i < 2; i++) {
        say(&rig, &hello);
        config(&rig, &c);
        TP_CHECK_EQ_U64(c.mode, TPI_MODE_STREAM);
    }
    hello.mode = TPI_MODE_STREAM; /* it asks for something else: the supervisor will see it, too */
    say(&rig, &hello);
    hello.mode = TPI_MODE_RATE_LIMITED;
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.mode, TPI_MODE_RATE_LIMITED);
    say_config(&rig, TPI_BOOL_FALSE, TPI_MODE_STREAM); /* whoever said so knows the fallback */
    silent(&rig, &hello);
    TP_CHECK(!tpi_id_range_is_used(&rig.driver->descriptor_ids, c.descriptor_stream_id));
    say_config(&rig, TPI_BOOL_TRUE, TPI_MODE_RATE_LIMITED);
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_NE_U64(c.descriptor_stream_id, 0);
    rig_close(&rig);
}

/* Proves: W-91 */
TP_TEST(a_consumer_that_cannot_use_the_regions_gets_no_streams)
{
    rig_t rig;
    open_ranges(&rig);
    tpi_attach_response_t lease;
    tpi_consumer_config_t c;
    rig_attach(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER, &lease);
    tpi_consumer_hello_t hello = hello_of(5, 1, "aeron:ipc", 2, "aeron:ipc");
    hello.supports_shm = TPI_BOOL_FALSE;
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.use_shm, TPI_BOOL_FALSE);
    TP_CHECK_EQ_U64(c.descriptor_stream_id, 0);
    hello.supports_shm = TPI_BOOL_TRUE;
    hello.expected_layout_version = 2;
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.use_shm, TPI_BOOL_FALSE);
    rig_step(&rig); /* it hears itself */
    hello.expected_layout_version = 1;
    say(&rig, &hello);
    config(&rig, &c);
    TP_CHECK_EQ_U64(c.use_shm, TPI_BOOL_TRUE);
    rig_close(&rig);
}

TP_TEST_MAIN()
