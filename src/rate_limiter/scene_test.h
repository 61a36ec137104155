/*
 * rate_limiter/scene_test.h - a source, a rate limiter and a driver on the fake link, by one stepped clock.
 */
#ifndef TPI_RATE_SCENE_TEST_H
#define TPI_RATE_SCENE_TEST_H

#include <stdio.h>

#include "base/bytes.h"
#include "driver_scene.h"
#include "link/counters.h"
#include "rate_limiter/internal.h"
#include "wire/codec.h"

#define MS SCENE_MS
enum { SOURCE = DRIVER_SCENE_A, DEST = DRIVER_SCENE_B, METADATA = 1300 };

typedef struct scene {
    driver_scene_t rig;
    tp_client_t *source_client, *client, *sink_client;
    tp_producer_t *source;
    tp_consumer_t *sink;
    tp_rate_limiter_t *limiter;
    char events[8192];
    uint64_t published; /* by the source, all epochs */
    uint64_t trace_id;  /* of the frames that it publishes next */
} scene_t;

static inline void scene_event(void *clientd, int level, const char *text)
{
    scene_t *scene = clientd;
    const size_t used = strlen(scene->events);
    snprintf(scene->events + used, sizeof scene->events - used, "%d %s\n", level, text);
}

/* One turn of everybody, then `ms` pass. */
static inline void scene_turn(scene_t *scene, int64_t ms)
{
    driver_scene_step(&scene->rig);
    tp_client_do_work(scene->source_client);
    if (scene->limiter != NULL) {
        tp_rate_limiter_do_work(scene->limiter);
    }
    tp_client_do_work(scene->sink_client);
    scene->rig.now_ns += ms * MS;
}

static inline void scene_run(scene_t *scene, int64_t ms)
{
    for (; ms > 0; ms -= 10) {
        scene_turn(scene, ms < 10 ? ms : 10);
    }
    scene_turn(scene, 0);
}

/* Streams with 8 slots and pools of 4 and 16 KiB, or the destination with 4 slots of 4 KiB. Options of
 * the clients may be NULL. */
static inline void scene_open_with(scene_t *scene, bool is_dest_small,
                                   const tp_client_options_t *source_options,
                                   const tp_client_options_t *other_options)
{
    memset(scene, 0, sizeof *scene);
    driver_scene_prepare(&scene->rig);
    scene->rig.streams[1].profile = is_dest_small ? "small" : "two";
    driver_scene_start(&scene->rig);
    scene->source_client = driver_scene_client(&scene->rig, source_options);
    scene->sink_client = driver_scene_client(&scene->rig, other_options);
    scene->client = driver_scene_client(&scene->rig, other_options);
    tp_producer_options_t source = TP_PRODUCER_OPTIONS_INIT;
    source.stream_id = SOURCE;
    TP_CHECK_EQ_I64(tp_producer_create(&scene->source, scene->source_client, &source), TP_OK);
    scene_run(scene, 200);
    TP_CHECK(tp_producer_is_ready(scene->source));
}

static inline void scene_open(scene_t *scene, bool is_dest_small)
{
    scene_open_with(scene, is_dest_small, NULL, NULL);
}

static inline tp_rate_limiter_options_t scene_options(scene_t *scene,
                                                      const tp_rate_mapping_t *mapping)
{
    tp_rate_limiter_options_t options = TP_RATE_LIMITER_OPTIONS_INIT;
    options.instance_id = "gui";
    options.mappings = mapping;
    options.nmappings = 1;
    options.event = scene_event;
    options.event_clientd = scene;
    return options;
}

static inline void scene_limit_with(scene_t *scene, const tp_rate_limiter_options_t *options)
{
    const int rc = tp_rate_limiter_create(&scene->limiter, scene->client, options);
    TP_CHECK_MSG(rc == TP_OK, "create: %s", tp_errmsg());
    scene_run(scene, 300);
}

static inline void scene_limit(scene_t *scene, uint32_t rate_hz)
{
    const tp_rate_mapping_t mapping = { .source_stream_id = SOURCE,
                                        .dest_stream_id = DEST,
                                        .max_rate_hz = rate_hz };
    const tp_rate_limiter_options_t options = scene_options(scene, &mapping);
    scene_limit_with(scene, &options);
}

static inline tp_rate_status_t scene_status(const scene_t *scene)
{
    tp_rate_status_t s;
    tp_rate_limiter_status(scene->limiter, 0, &s);
    /* Each frame that was read ends in exactly one way. */
    TP_CHECK_EQ_U64(s.seen, s.published + s.thinned + s.drops_overwritten + s.drops_torn +
                                s.drops_no_fit + s.drops_detached + s.drops_order + s.drops_epoch +
                                s.is_holding);
    return s;
}

static inline uint8_t scene_byte(uint64_t seq, size_t i)
{
    return (uint8_t)(seq * 31 + i * 7);
}

static inline void scene_publish(scene_t *scene, size_t length)
{
    tp_claim_t claim;
    tp_frame_info_t info = { .timestamp_ns = 500 + scene->published,
                             .meta_version = (uint32_t)scene->published % 5,
                             .trace_id = scene->trace_id };
    const int32_t dims[] = { (int32_t)length };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, dims), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_claim(scene->source, length, &claim), TP_OK);
    for (size_t i = 0; i < length; i++) {
        claim.data[i] = scene_byte(claim.seq, i);
    }
    TP_CHECK_EQ_I64(tp_producer_commit(scene->source, &claim, length, &info), TP_OK);
    scene->published++;
}

static inline void scene_follow(scene_t *scene, uint32_t rate_hz)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = DEST;
    options.start_at = TP_START_OLDEST;
    options.max_rate_hz = rate_hz;
    TP_CHECK_EQ_I64(tp_consumer_create(&scene->sink, scene->sink_client, &options), TP_OK);
    scene_run(scene, 300);
    TP_CHECK(tp_consumer_is_ready(scene->sink));
}

static inline void scene_close(scene_t *scene)
{
    tp_consumer_destroy(scene->sink);
    tp_rate_limiter_destroy(scene->limiter);
    tp_producer_destroy(scene->source);
    tp_client_destroy(scene->sink_client);
    tp_client_destroy(scene->source_client);
    tp_client_destroy(scene->client);
    driver_scene_close(&scene->rig);
}

#endif
