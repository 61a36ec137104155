/*
 * consumer/streams_scene_test.h - a driver, a producer and consumers with streams of their own, by one stepped clock, and who hears
 * what goes over those streams.
 */
#ifndef TPI_CONSUMER_STREAMS_SCENE_H
#define TPI_CONSUMER_STREAMS_SCENE_H

#include "base/bytes.h"
#include "consumer/consumer_internal.h"
#include "driver_scene.h"
#include "tensorpool/local.h"
#include "tensorpool/producer.h"
#include "wire/codec.h"

#define MS SCENE_MS
enum { STREAM = DRIVER_SCENE_A, LOCAL_STREAM = 77 };

typedef struct scene {
    driver_scene_t rig;
    tp_client_t *maker, *client;
    tp_producer_t *producer;
    tp_consumer_t *ui, *all;
    tpi_publication_t *control; /* to say what is not true */
    tpi_subscription_t *ears;
    tpi_consumer_config_t config; /* the last one heard */
    size_t configs, progresses;
    tpi_frame_progress_t progress[64];
    uint64_t published;
} scene_t;

static scene_t scene;

static inline void on_message(void *clientd, const uint8_t *data, size_t len,
                              const tpi_message_info_t *info)
{
    tpi_wire_header_t header;
    (void)clientd, (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return;
    }
    if (header.template_id == TPI_CONSUMER_CONFIG) {
        TP_CHECK_EQ_I64(tpi_consumer_config_decode(data, len, &scene.config), TP_OK);
        scene.configs++;
    } else if (header.template_id == TPI_FRAME_PROGRESS && scene.progresses < 64) {
        TP_CHECK_EQ_I64(tpi_frame_progress_decode(data, len, &scene.progress[scene.progresses++]),
                        TP_OK);
    }
}

static inline void turn(int64_t ms)
{
    driver_scene_step(&scene.rig);
    tp_client_do_work(scene.maker);
    tp_client_do_work(scene.client);
    tpi_subscription_poll(scene.ears, on_message, NULL, 1000);
    scene.rig.now_ns += ms * MS;
}

static inline void run(int64_t ms)
{
    for (; ms > 0; ms -= 10) {
        turn(10);
    }
    turn(0);
}

static inline void set_up(bool has_ranges)
{
    memset(&scene, 0, sizeof scene);
    driver_scene_prepare(&scene.rig);
    if (has_ranges) {
        scene.rig.options.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31999 };
        scene.rig.options.control_stream_id_range = (tp_id_range_t){ 32000, 32999 };
    }
    driver_scene_start(&scene.rig);
    scene.maker = driver_scene_client(&scene.rig, NULL);
    scene.client = driver_scene_client(&scene.rig, NULL);
    tpi_link_t *link = scene.rig.peer_link;
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(link, &scene.control, "aeron:ipc", DRIVER_SCENE_CONTROL, false),
        TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(link, &scene.ears, "aeron:ipc", DRIVER_SCENE_CONTROL, NULL, NULL),
        TP_OK);
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.maker, &options), TP_OK);
    run(200);
    TP_CHECK(tp_producer_is_ready(scene.producer));
}

static inline void tear_down(void)
{
    tp_consumer_destroy(scene.ui);
    tp_consumer_destroy(scene.all);
    tp_producer_destroy(scene.producer);
    tp_client_destroy(scene.client);
    tp_client_destroy(scene.maker);
    driver_scene_close(&scene.rig);
}

static inline void follow(tp_consumer_t **out, const tp_consumer_options_t *options)
{
    tp_consumer_options_t o = *options;
    o.stream_id = STREAM;
    const int rc = tp_consumer_create(out, scene.client, &o);
    TP_CHECK_MSG(rc == TP_OK, "consumer: %s", tp_errmsg());
    run(400);
    TP_CHECK(tp_consumer_is_ready(*out));
}

static inline void follow_ui(uint32_t rate_hz, bool wants_control)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.private_descriptors = true;
    options.private_control = wants_control;
    options.max_rate_hz = rate_hz;
    follow(&scene.ui, &options);
}

static inline tp_consumer_streams_t streams(const tp_consumer_t *consumer)
{
    tp_consumer_streams_t out;
    tp_consumer_streams(consumer, &out);
    return out;
}

static inline tp_consumer_stats_t stats(const tp_consumer_t *consumer)
{
    tp_consumer_stats_t out;
    tp_consumer_stats(consumer, &out);
    uint64_t drops = 0;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        drops += out.drops[i];
    }
    if (out.has_seq && out.remaps == 0) { /* each seq ended in one way */
        TP_CHECK_EQ_U64(out.accepted + out.thinned + out.skipped + drops,
                        out.last_seq + 1 - out.first_seq);
    }
    return out;
}

static inline tp_producer_stats_t made(void)
{
    tp_producer_stats_t out;
    tp_producer_stats(scene.producer, &out);
    return out;
}

static inline void publish(void)
{
    static const int32_t dims[] = { 100 };
    tp_claim_t claim;
    tp_frame_info_t info = { 0 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, dims), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 100, &claim), TP_OK);
    memset(claim.data, (int)(claim.seq & 0xFF), 100);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 100, &info), TP_OK);
    scene.published++;
}

static inline uint64_t read_all(tp_consumer_t *consumer)
{
    tp_frame_t frame;
    uint64_t count = 0;
    while (tp_consumer_try_next(consumer, &frame) == 1) {
        TP_CHECK_EQ_U64(frame.data[99], frame.seq & 0xFF);
        TP_CHECK(tp_frame_is_valid(consumer, &frame));
        count++;
    }
    return count;
}

#endif
