/* consumer/consumer_scene_test.h - a scripted driver, a producer's ring and one consumer, by one stepped clock. */
#ifndef TPI_CONSUMER_SCENE_H
#define TPI_CONSUMER_SCENE_H

#include "base/bytes.h"
#include "consumer/consumer_internal.h"
#include "fake_driver.h"
#include "link/counters.h"
#include "producer/ring_writer.h"

typedef struct scene {
    fake_driver_t driver;
    tp_client_t *client;
    tp_consumer_t *consumer;
    tpi_ring_writer_t writer; /* on driver.set */
    tp_frame_info_t info;
} scene_t;

static scene_t scene;

static inline void set_up_with(const tp_consumer_options_t *options)
{
    const int32_t dims[] = { 64 };
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, NULL);
    tpi_ring_writer_init(&scene.writer, &scene.driver.set.mapping);
    TP_CHECK_EQ_I64(tp_tensor_init(&scene.info.tensor, TP_UINT8, 1, dims), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_create(&scene.consumer, scene.client, options), TP_OK);
}

static inline void run_ms(int64_t ms)
{
    fake_driver_run(&scene.driver, scene.client, ms);
}

static inline void turn(void)
{
    fake_driver_turn(&scene.driver, scene.client);
}

static inline void await_ready(void)
{
    for (int i = 0; i < 100 && !tp_consumer_is_ready(scene.consumer); i++) {
        run_ms(10);
    }
    TP_CHECK(tp_consumer_is_ready(scene.consumer));
}

static inline tp_consumer_options_t options_of_test(void)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    return options;
}

static inline void set_up(void)
{
    const tp_consumer_options_t options = options_of_test();
    set_up_with(&options);
    await_ready();
}

static inline void tear_down(void)
{
    tp_consumer_destroy(scene.consumer);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
}

static inline tp_consumer_stats_t stats(void)
{
    tp_consumer_stats_t out;
    tp_consumer_stats(scene.consumer, &out);
    return out;
}

static inline tp_attach_status_t status(void)
{
    tp_attach_status_t out;
    tp_consumer_status(scene.consumer, &out);
    return out;
}

static inline void publish(int count)
{
    for (int i = 0; i < count; i++) {
        tp_claim_t claim;
        tpi_ring_claim_t done;
        TP_CHECK_EQ_I64(tpi_ring_writer_claim(&scene.writer, 0, &claim), TP_OK);
        memset(claim.data, (int)claim.seq, 64);
        TP_CHECK_EQ_I64(tpi_ring_writer_commit(&scene.writer, &claim, 64, &scene.info, 1), TP_OK);
        while (tpi_ring_writer_next_announce(&scene.writer, &done)) {
        }
    }
}

/* Take what is there; each frame's bytes must be those of its seq. Returns how many. */
static inline int take_all(void)
{
    tp_frame_t frame;
    int n = 0;
    while (tp_consumer_try_next(scene.consumer, &frame) == 1) {
        TP_CHECK_EQ_U64(frame.data[63], frame.seq & 0xff);
        TP_CHECK(tp_frame_is_valid(scene.consumer, &frame));
        n++;
    }
    return n;
}

static inline void next_epoch(uint64_t epoch)
{
    fake_driver_new_epoch(&scene.driver, epoch);
    tpi_ring_writer_init(&scene.writer, &scene.driver.set.mapping);
}

static inline void check_sum(void)
{
    const tp_consumer_stats_t s = stats();
    uint64_t sum = s.accepted + s.thinned;
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        sum += s.drops[i];
    }
    TP_CHECK_EQ_U64(sum, s.has_seq ? s.last_seq - s.first_seq + 1 : 0);
}

#define CHECK_STATE(name) TP_CHECK_EQ_I64(scene.consumer->state, TPI_MAP_##name)

#endif
