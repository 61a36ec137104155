/*
 * supervisor/supervisor_test_util.h - a supervisor on the fake bus, and those whom it watches, on strings.
 */
#ifndef TPI_SUPERVISOR_TEST_UTIL_H
#define TPI_SUPERVISOR_TEST_UTIL_H

#include "base/bytes.h"
#include "fake_driver.h"
#include "supervisor/supervisor_internal.h"

#define PRODUCER 7u
#define CONSUMER 21u
#define SCENE_CONFIGS 64

typedef struct scene_config {
    tpi_consumer_config_t m; /* texts are below */
    char descriptor_channel[300], control_channel[300], fallback[300];
} scene_config_t;

typedef struct scene {
    fake_driver_t driver;
    tp_client_t *client;
    tp_supervisor_t *supervisor;
    tpi_publication_t *control[2], *qos[2], *metadata; /* [1]: somebody else, another session */
    tpi_subscription_t *config_sub;
    scene_config_t configs[SCENE_CONFIGS]; /* heard, in order; the last repeat */
    size_t nconfigs;
    char events[16384];
    size_t nevents;
    /* who talks by himself, once a second; 0: nobody */
    bool is_producing;
    bool is_consuming;
    tpi_consumer_hello_t hello;
    tpi_qos_consumer_t qos_consumer;
    tpi_qos_producer_t qos_producer;
    int64_t talk_due_ns;
} scene_t;

static scene_t scene;

static inline void scene_on_event(void *clientd, int level, const char *text)
{
    const size_t used = strlen(scene.events);
    (void)clientd;
    TP_CHECK(level == 20 || level == 30);
    TP_CHECK(used + strlen(text) + 2 < sizeof scene.events);
    snprintf(scene.events + used, sizeof scene.events - used, "%s\n", text);
    scene.nevents++;
}

/* How often do the events say this? */
static inline int scene_said(const char *part)
{
    int n = 0;
    for (const char *at = scene.events; (at = strstr(at, part)) != NULL; at++) {
        n++;
    }
    return n;
}

static inline void scene_text(char *out, tpi_view_t *view)
{
    TP_CHECK_LT_U64(view->len, 300);
    memcpy(out, view->data, view->len);
    out[view->len] = '\0';
    view->data = (const uint8_t *)out;
}

static inline void scene_on_config(void *clientd, const uint8_t *data, size_t len,
                                   const tpi_message_info_t *info)
{
    tpi_wire_header_t header;
    (void)clientd;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID ||
        header.template_id != TPI_CONSUMER_CONFIG ||
        info->session_id != tpi_publication_session_id(scene.client->control_pub)) {
        return;
    }
    TP_CHECK_LT_U64(scene.nconfigs, SCENE_CONFIGS);
    scene_config_t *c = &scene.configs[scene.nconfigs++];
    TP_CHECK_EQ_I64(tpi_consumer_config_decode(data, len, &c->m), TP_OK);
    scene_text(c->descriptor_channel, &c->m.descriptor_channel);
    scene_text(c->control_channel, &c->m.control_channel);
    scene_text(c->fallback, &c->m.payload_fallback_uri);
}

static inline const scene_config_t *last_config(void)
{
    TP_CHECK_GT_U64(scene.nconfigs, 0);
    return &scene.configs[scene.nconfigs - 1];
}

/* ---- what they say ---- */

static inline void say_hello(int who, const tpi_consumer_hello_t *hello)
{
    uint8_t buf[4096];
    fake_send(scene.control[who], buf, tpi_consumer_hello_encode(buf, sizeof buf, hello));
}

static inline void say_qos_consumer(int who, const tpi_qos_consumer_t *qos)
{
    uint8_t buf[128];
    fake_send(scene.qos[who], buf, tpi_qos_consumer_encode(buf, sizeof buf, qos));
}

static inline void say_qos_producer(const tpi_qos_producer_t *qos)
{
    uint8_t buf[128];
    fake_send(scene.qos[0], buf, tpi_qos_producer_encode(buf, sizeof buf, qos));
}

static inline void say_config(const tpi_consumer_config_t *config)
{
    uint8_t buf[4096];
    fake_send(scene.control[1], buf, tpi_consumer_config_encode(buf, sizeof buf, config));
}

static inline void say_source(uint32_t producer_id, uint64_t epoch, const char *name)
{
    uint8_t buf[4096];
    const tpi_data_source_announce_t m = { .stream_id = FAKE_STREAM,
                                           .producer_id = producer_id,
                                           .epoch = epoch,
                                           .meta_version = 3,
                                           .name = fake_view(name) };
    fake_send(scene.metadata, buf, tpi_data_source_announce_encode(buf, sizeof buf, &m));
}

static inline tpi_consumer_hello_t a_hello(uint32_t consumer_id)
{
    return (tpi_consumer_hello_t){
        .stream_id = FAKE_STREAM,
        .consumer_id = consumer_id,
        .supports_shm = TPI_BOOL_TRUE,
        .supports_progress = TPI_BOOL_FALSE,
        .mode = TPI_MODE_STREAM,
        .expected_layout_version = TPI_LAYOUT_VERSION,
        .progress_interval_us = TPI_NULL_U32,
        .progress_bytes_delta = TPI_NULL_U32,
        .progress_major_delta_units = TPI_NULL_U32,
    };
}

static inline tpi_qos_consumer_t a_qos_consumer(uint32_t consumer_id)
{
    return (tpi_qos_consumer_t){ .stream_id = FAKE_STREAM,
                                 .consumer_id = consumer_id,
                                 .epoch = FAKE_EPOCH0,
                                 .mode = TPI_MODE_STREAM };
}

static inline tpi_qos_producer_t a_qos_producer(uint32_t producer_id)
{
    return (tpi_qos_producer_t){ .stream_id = FAKE_STREAM,
                                 .producer_id = producer_id,
                                 .epoch = FAKE_EPOCH0,
                                 .watermark = TPI_NULL_U32 };
}

/* ---- turns ---- */

static inline void turn(void)
{
    fake_driver_pump(&scene.driver);
    if (scene.driver.now_ns - scene.talk_due_ns >= 0 &&
        tpi_link_state(scene.driver.link) == TPI_LINK_UP) {
        scene.talk_due_ns = scene.driver.now_ns + 1000 * FAKE_MS;
        if (scene.is_producing) {
            say_qos_producer(&scene.qos_producer);
        }
        if (scene.is_consuming) {
            say_hello(0, &scene.hello);
            say_qos_consumer(0, &scene.qos_consumer);
        }
    }
    (void)tp_supervisor_do_work(scene.supervisor);
    (void)tp_supervisor_do_work(scene.supervisor); /* what it sent itself comes back */
    (void)tpi_subscription_poll(scene.config_sub, scene_on_config, NULL, 1000);
}

static inline void run_ms(int64_t ms)
{
    for (int64_t i = 0; i < ms / 10; i++) {
        turn();
        scene.driver.now_ns += 10 * FAKE_MS;
    }
    turn();
}

/* ---- looks ---- */

static inline tp_supervisor_stats_t stats(void)
{
    tp_supervisor_stats_t out;
    tp_supervisor_stats(scene.supervisor, &out);
    return out;
}

static inline bool find_producer(uint32_t stream_id, uint32_t id, tp_supervisor_producer_t *out)
{
    for (size_t at = 0; tp_supervisor_next_producer(scene.supervisor, &at, out) == 1;) {
        if (out->stream_id == stream_id && out->producer_id == id) {
            return true;
        }
    }
    return false;
}

static inline bool find_consumer(uint32_t stream_id, uint32_t id, tp_supervisor_consumer_t *out)
{
    for (size_t at = 0; tp_supervisor_next_consumer(scene.supervisor, &at, out) == 1;) {
        if (out->stream_id == stream_id && out->consumer_id == id) {
            return true;
        }
    }
    return false;
}

static inline tp_supervisor_producer_t the_producer(void)
{
    tp_supervisor_producer_t out;
    TP_CHECK(find_producer(FAKE_STREAM, PRODUCER, &out));
    return out;
}

static inline tp_supervisor_consumer_t the_consumer_of(uint32_t id)
{
    tp_supervisor_consumer_t out;
    TP_CHECK(find_consumer(FAKE_STREAM, id, &out));
    return out;
}

static inline tp_supervisor_consumer_t the_consumer(void)
{
    return the_consumer_of(CONSUMER);
}

/* ---- life ---- */

static inline void set_up_with(const tp_supervisor_options_t *given)
{
    tp_supervisor_options_t options = TP_SUPERVISOR_OPTIONS_INIT;
    memset(&scene, 0, sizeof scene);
    if (given != NULL) {
        options = *given;
    }
    options.event = scene_on_event;
    fake_driver_init(&scene.driver);
    scene.driver.producer_id = PRODUCER;
    tpi_link_t *link = scene.driver.link;
    for (int i = 0; i < 2; i++) {
        TP_CHECK_EQ_I64(tpi_link_add_publication(link, &scene.control[i], "aeron:ipc", 1000, true),
                        TP_OK);
        TP_CHECK_EQ_I64(tpi_link_add_publication(link, &scene.qos[i], "aeron:ipc", 1200, true),
                        TP_OK);
    }
    TP_CHECK_EQ_I64(tpi_link_add_publication(link, &scene.metadata, "aeron:ipc", 1300, true),
                    TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(link, &scene.config_sub, "aeron:ipc", 1000, NULL, NULL), TP_OK);
    scene.client = fake_driver_client(&scene.driver, NULL);
    const int rc = tp_supervisor_create(&scene.supervisor, scene.client, &options);
    TP_CHECK_MSG(rc == TP_OK, "supervisor: %s", tp_errmsg());
    scene.hello = a_hello(CONSUMER);
    scene.qos_consumer = a_qos_consumer(CONSUMER);
    scene.qos_producer = a_qos_producer(PRODUCER);
    run_ms(20);
    scene.is_producing = scene.is_consuming = true;
    scene.talk_due_ns = scene.driver.next_announce_ns = scene.driver.now_ns;
}

static inline void set_up(void)
{
    set_up_with(NULL);
}

static inline void tear_down(void)
{
    tp_supervisor_destroy(scene.supervisor);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
}

#endif
