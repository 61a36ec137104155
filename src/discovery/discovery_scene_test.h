/*
 * discovery/discovery_scene_test.h - the stage of both tests: a provider beside the real driver, who
 * asks it, and strangers on both sides of it.
 */
#ifndef TPI_DISCOVERY_SCENE_H
#define TPI_DISCOVERY_SCENE_H

#include <stdio.h>
#include <string.h>

#include "discovery/registry.h"
#include "driver_scene.h"
#include "tensorpool/producer.h"
#include "wire/codec.h"

#define MS SCENE_MS
#define EPOCH_NOW (UINT64_MAX - 1) /* not lower than any */
enum { REQUESTS = 7000, RESPONSES = 7004, OTHER_ANNOUNCES = 1051, METADATA = 1300 };

typedef struct scene {
    driver_scene_t rig;
    tp_client_t *serving, *asking;
    tp_producer_t *producers[2]; /* what has no producer yet is not announced */
    tp_discovery_provider_t *provider;
    tp_discovery_client_t *client;
    tpi_publication_t *requests, *announces, *other, *metadata, *responses;
    tpi_subscription_t *ears;
    size_t heard;
    uint8_t status; /* of the last response */
    uint16_t count;
    char error[1100];
    uint32_t streams[64];
    uint32_t first_hidden; /* by the policy: this stream and those above */
} scene_t;

static scene_t scene;

static inline void on_response(void *clientd, const uint8_t *data, size_t len,
                               const tpi_message_info_t *info)
{
    tpi_discovery_reader_t reader;
    static tpi_discovery_result_t result;
    (void)clientd, (void)info;
    TP_CHECK_EQ_I64(tpi_discovery_open(&reader, data, len), TP_OK);
    scene.heard++;
    scene.status = reader.status;
    scene.count = reader.count;
    for (size_t i = 0; tpi_discovery_next(&reader, &result); i++) {
        if (i < 64) {
            scene.streams[i] = result.stream_id;
        }
        if (scene.provider != NULL) { /* Proves: S-17 */
            TP_CHECK_EQ_U64(result.header_slot_bytes, 256);
            TP_CHECK_EQ_U64(result.max_dims, 8);
        }
    }
    snprintf(scene.error, sizeof scene.error, "%.*s", (int)reader.error_message.len,
             (const char *)reader.error_message.data);
}

static inline void turn(int64_t ms)
{
    driver_scene_step(&scene.rig);
    if (scene.provider != NULL) {
        tp_discovery_provider_do_work(scene.provider);
    }
    if (scene.client != NULL) {
        tp_discovery_client_do_work(scene.client);
    } else {
        tp_client_do_work(scene.asking);
    }
    tpi_subscription_poll(scene.ears, on_response, NULL, 100);
    scene.rig.now_ns += ms * MS;
}

static inline void run(int64_t ms)
{
    for (; ms > 0; ms -= 10) {
        turn(10);
    }
    turn(0);
}

static const tp_discovery_endpoint_t two[] = {
    { .driver_instance_id = "rig-b",
      .driver_control_channel = "aeron:ipc",
      .driver_control_stream_id = 1050,
      .announce_stream_id = OTHER_ANNOUNCES,
      .metadata_channel = NULL },
    { .driver_instance_id = "rig-a",
      .driver_control_channel = "aeron:ipc",
      .driver_control_stream_id = DRIVER_SCENE_CONTROL,
      .announce_stream_id = DRIVER_SCENE_ANNOUNCE,
      .metadata_channel = "aeron:ipc",
      .metadata_stream_id = METADATA },
};

static inline tp_discovery_options_t options_of(void)
{
    tp_discovery_options_t options = TP_DISCOVERY_OPTIONS_INIT;
    options.channel = "aeron:ipc";
    options.stream_id = REQUESTS;
    options.endpoints = two;
    options.nendpoints = 2;
    return options;
}

static inline tpi_publication_t *publication(int32_t stream_id)
{
    tpi_publication_t *pub = NULL;
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(scene.rig.peer_link, &pub, "aeron:ipc", stream_id, false), TP_OK);
    return pub;
}

static inline void set_up_with(const tp_discovery_options_t *options)
{
    memset(&scene, 0, sizeof scene);
    driver_scene_prepare(&scene.rig);
    driver_scene_start(&scene.rig);
    scene.serving = driver_scene_client(&scene.rig, NULL);
    scene.asking = driver_scene_client(&scene.rig, NULL);
    const int rc = tp_discovery_provider_create(&scene.provider, scene.serving, options);
    TP_CHECK_MSG(rc == TP_OK, "provider: %s", tp_errmsg());
    scene.requests = publication(REQUESTS);
    scene.announces = publication(DRIVER_SCENE_ANNOUNCE);
    scene.other = publication(OTHER_ANNOUNCES);
    scene.metadata = publication(METADATA);
    scene.responses = publication(RESPONSES);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.rig.peer_link, &scene.ears, "aeron:ipc",
                                              RESPONSES, NULL, NULL),
                    TP_OK);
    for (uint32_t i = 0; i < 2; i++) {
        tp_producer_options_t producing = TP_PRODUCER_OPTIONS_INIT;
        producing.stream_id = i == 0 ? DRIVER_SCENE_A : DRIVER_SCENE_B;
        producing.client_id = 80 + i;
        TP_CHECK_EQ_I64(tp_producer_create(&scene.producers[i], scene.asking, &producing), TP_OK);
    }
    run(1500);
}

static inline void set_up(void)
{
    const tp_discovery_options_t options = options_of();
    set_up_with(&options);
}

static inline void tear_down(void)
{
    tp_discovery_client_destroy(scene.client);
    tp_producer_destroy(scene.producers[0]);
    tp_producer_destroy(scene.producers[1]);
    tp_discovery_provider_destroy(scene.provider);
    tp_client_destroy(scene.serving);
    tp_client_destroy(scene.asking);
    driver_scene_close(&scene.rig);
}

static inline tp_discovery_stats_t stats(void)
{
    tp_discovery_stats_t out;
    tp_discovery_provider_stats(scene.provider, &out);
    return out;
}

static inline tpi_view_t view(const char *text)
{
    return (tpi_view_t){ (const uint8_t *)text, (uint32_t)strlen(text) };
}

static inline tpi_discovery_request_t request_of(void)
{
    return (tpi_discovery_request_t){
        .request_id = 77,
        .client_id = 5,
        .response_stream_id = RESPONSES,
        .stream_id = TPI_NULL_U32,
        .producer_id = TPI_NULL_U32,
        .data_source_id = TPI_NULL_U64,
        .response_channel = view("aeron:ipc"),
    };
}

static inline void send(tpi_publication_t *pub, const void *data, int len)
{
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, data, (size_t)len), TPI_SEND_OK);
}

/* Responses heard within 50 ms. */
static inline size_t ask(const tpi_discovery_request_t *request)
{
    static uint8_t buf[4096];
    const size_t before = scene.heard;
    send(scene.requests, buf, tpi_discovery_request_encode(buf, sizeof buf, request));
    run(50);
    return scene.heard - before;
}

static inline void announce(tpi_publication_t *pub, uint32_t stream_id, uint64_t epoch,
                            uint32_t producer_id, int64_t stamp_ns, uint16_t npools)
{
    static uint8_t buf[8192];
    static tpi_shm_pool_announce_t m;
    m = (tpi_shm_pool_announce_t){ .stream_id = stream_id,
                                   .producer_id = producer_id,
                                   .epoch = epoch,
                                   .announce_timestamp_ns = (uint64_t)stamp_ns,
                                   .clock_domain = TPI_CLOCK_MONOTONIC,
                                   .layout_version = 1,
                                   .header_nslots = 8,
                                   .header_slot_bytes = 256,
                                   .npools = npools,
                                   .header_region_uri = view("shm:file?path=/x/header.ring") };
    for (uint16_t i = 0; i < npools; i++) {
        m.pools[i] = (tpi_pool_entry_t){ .pool_id = (uint16_t)(i + 1),
                                         .nslots = 8,
                                         .stride_bytes = 4096,
                                         .region_uri = view("shm:file?path=/x/1.pool") };
    }
    send(pub, buf, tpi_shm_pool_announce_encode(buf, sizeof buf, &m));
    run(20);
}

static inline void name_stream(uint32_t stream_id, uint64_t epoch, const char *name)
{
    uint8_t buf[1024];
    const tpi_data_source_announce_t m = {
        .stream_id = stream_id, .producer_id = 9, .epoch = epoch, .name = view(name)
    };
    send(scene.metadata, buf, tpi_data_source_announce_encode(buf, sizeof buf, &m));
    run(20);
}

static inline void tag_stream(uint32_t stream_id, const char *id, const char *tags, const char *tag)
{
    static uint8_t buf[4096];
    static tpi_data_source_meta_t m;
    m = (tpi_data_source_meta_t){ .stream_id = stream_id, .meta_version = 1, .nattributes = 3 };
    m.attributes[0] = (tpi_attribute_t){ view("data_source_id"), view("text/plain"), view(id) };
    m.attributes[1] = (tpi_attribute_t){ view("tags"), view("text/plain"), view(tags) };
    m.attributes[2] = (tpi_attribute_t){ view("tag"), view("text/plain"), view(tag) };
    send(scene.metadata, buf, tpi_data_source_meta_encode(buf, sizeof buf, &m));
    run(20);
}

#endif
