/*
 * driver/driver_test_util.h - a driver on the fake link with stepped clocks, and a peer that sends requests and keeps all it hears.
 */
#ifndef TPI_DRIVER_TEST_UTIL_H
#define TPI_DRIVER_TEST_UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "driver/internal.h"
#include "link/fake_link.h"
#include "tp_test.h"

#define MS INT64_C(1000000)
#define SEC (1000 * MS)
enum { CONTROL = 1000, ANNOUNCE = 1001, STREAM_A = 10000, STREAM_B = 10100, HEARD_MAX = 20000 };

/** A message heard, raw and by kind. */
typedef struct heard {
    uint16_t schema, template_id, block;
    size_t len;
    uint8_t *data;
} heard_t;

typedef struct rig {
    int64_t now_ns, real_ns;
    tpi_fake_bus_t *bus;
    tpi_link_t *driver_link, *peer_link;
    tp_driver_t *driver;
    tpi_publication_t *pub;
    tpi_subscription_t *control_sub, *announce_sub;
    tp_driver_options_t options;
    tp_driver_profile_t profiles[2];
    tp_driver_pool_t pools[2];
    tp_driver_stream_t streams[2];
    char base[256];
    heard_t *heard; /* only what a driver sends */
    size_t heard_count;
    int64_t next_correlation;
    char log[65536];
    size_t log_len;
} rig_t;

static inline int64_t rig_clock(void *clientd)
{
    return ((rig_t *)clientd)->now_ns;
}

static inline int64_t rig_realtime(void *clientd)
{
    return ((rig_t *)clientd)->real_ns;
}

static inline void rig_log(void *clientd, int level, const char *text)
{
    rig_t *rig = clientd;
    const int n =
        snprintf(rig->log + rig->log_len, sizeof(rig->log) - rig->log_len, "%d %s\n", level, text);
    if (n > 0 && rig->log_len + (size_t)n < sizeof(rig->log)) {
        rig->log_len += (size_t)n;
    }
}

static inline bool rig_is_of_driver(const tpi_wire_header_t *h)
{
    if (h->schema_id == TPI_DRIVER_SCHEMA_ID) {
        return h->template_id == TPI_ATTACH_RESPONSE || h->template_id == TPI_DETACH_RESPONSE ||
               h->template_id == TPI_DRIVER_SHUTDOWN || h->template_id == TPI_LEASE_REVOKED;
    }
    return h->schema_id == TPI_WIRE_SCHEMA_ID &&
           (h->template_id == TPI_SHM_POOL_ANNOUNCE || h->template_id == TPI_CONSUMER_CONFIG);
}

static inline void rig_on_message(void *clientd, const uint8_t *data, size_t len,
                                  const tpi_message_info_t *info)
{
    (void)info;
    rig_t *rig = clientd;
    tpi_wire_header_t header;
    if (tpi_wire_peek(data, len, &header) != TP_OK || !rig_is_of_driver(&header)) {
        return;
    }
    TP_CHECK(rig->heard_count < HEARD_MAX);
    heard_t *heard = &rig->heard[rig->heard_count++];
    heard->schema = header.schema_id;
    heard->template_id = header.template_id;
    heard->block = header.block_length;
    heard->len = len;
    heard->data = malloc(len);
    TP_CHECK(heard->data != NULL);
    memcpy(heard->data, data, len);
}

static inline void rig_forget(rig_t *rig)
{
    for (size_t i = 0; i < rig->heard_count; i++) {
        free(rig->heard[i].data);
    }
    rig->heard_count = 0;
}

static inline void rig_listen(rig_t *rig)
{
    tpi_link_do_work(rig->peer_link, rig->now_ns);
    while (tpi_subscription_poll(rig->control_sub, rig_on_message, rig, 1000) > 0) {
    }
    while (tpi_subscription_poll(rig->announce_sub, rig_on_message, rig, 1000) > 0) {
    }
}

/** One duty cycle; what helper threads have to do for it is done, and more cycles tell of it, all at the same time by the driver's clock; then everything it said. */
static inline int rig_step(rig_t *rig)
{
    int work = tp_driver_do_work(rig->driver);
    while (tpi_driver_settle(rig->driver)) {
        work += tp_driver_do_work(rig->driver);
    }
    rig_listen(rig);
    return work;
}

/** Time goes on in steps of at most 50 ms. */
static inline void rig_advance(rig_t *rig, int64_t ns)
{
    while (ns > 0) {
        const int64_t step = ns < 50 * MS ? ns : 50 * MS;
        rig->now_ns += step;
        rig->real_ns += step;
        ns -= step;
        rig_step(rig);
    }
}

/** Options for two static streams with one 4 KiB pool of 4 slots, in a directory of the test's. Change them, then rig_start. */
static inline void rig_prepare(rig_t *rig)
{
    memset(rig, 0, sizeof(*rig));
    rig->now_ns = 1000 * SEC;
    rig->real_ns = INT64_C(1700000000) * SEC;
    rig->next_correlation = 1;
    rig->heard = calloc(HEARD_MAX, sizeof(rig->heard[0]));
    TP_CHECK(rig->heard != NULL);
    tp_test_path(rig->base, sizeof(rig->base), "base");
    rig->pools[0] = (tp_driver_pool_t){ 1, 4096 };
    rig->pools[1] = (tp_driver_pool_t){ 2, 16384 };
    rig->profiles[0] = (tp_driver_profile_t){ "small", 4, rig->pools, 1 };
    rig->profiles[1] = (tp_driver_profile_t){ "two", 8, rig->pools, 2 };
    rig->streams[0] = (tp_driver_stream_t){ "a", STREAM_A, "small" };
    rig->streams[1] = (tp_driver_stream_t){ "b", STREAM_B, "two" };
    rig->options = (tp_driver_options_t)TP_DRIVER_OPTIONS_INIT;
    rig->options.instance_id = "unit";
    rig->options.base_dir = rig->base;
    rig->options.control_channel = "aeron:ipc";
    rig->options.control_stream_id = CONTROL;
    rig->options.announce_stream_id = ANNOUNCE;
    rig->options.profiles = rig->profiles;
    rig->options.nprofiles = 2;
    rig->options.streams = rig->streams;
    rig->options.nstreams = 2;
    rig->options.clock = rig_clock;
    rig->options.realtime_clock = rig_realtime;
    rig->options.clock_clientd = rig;
    rig->options.log = rig_log;
    rig->options.log_clientd = rig;
    TP_CHECK_EQ_I64(tpi_fake_bus_create(&rig->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&rig->driver_link, rig->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&rig->peer_link, rig->bus), TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(rig->peer_link, &rig->pub, "aeron:ipc", CONTROL, false), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(rig->peer_link, &rig->control_sub, "aeron:ipc",
                                              CONTROL, NULL, NULL),
                    TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(rig->peer_link, &rig->announce_sub, "aeron:ipc",
                                              ANNOUNCE, NULL, NULL),
                    TP_OK);
}

static inline void rig_start(rig_t *rig)
{
    const int rc = tpi_driver_create_with_link(&rig->driver, &rig->options, rig->driver_link);
    TP_CHECK_MSG(rc == TP_OK, "create: %s", tp_errmsg());
    for (int i = 0; i < 5; i++) {
        rig_step(rig);
    }
    TP_CHECK_EQ_I64(tp_driver_state(rig->driver), TP_DRIVER_RUNNING);
}

static inline void rig_open(rig_t *rig)
{
    rig_prepare(rig);
    rig_start(rig);
}

static inline void rig_stop_driver(rig_t *rig)
{
    tp_driver_destroy(rig->driver);
    rig->driver = NULL;
}

static inline void rig_close(rig_t *rig)
{
    rig_stop_driver(rig);
    rig_forget(rig);
    free(rig->heard);
    tpi_link_destroy(rig->driver_link);
    tpi_link_destroy(rig->peer_link);
    tpi_fake_bus_destroy(rig->bus);
}

/* ---- sending ---- */

static inline void rig_send(rig_t *rig, const void *data, size_t len)
{
    TP_CHECK_EQ_I64(tpi_publication_offer(rig->pub, data, len), TPI_SEND_OK);
}

static inline tpi_attach_request_t rig_request(rig_t *rig, uint32_t stream_id, uint32_t client_id,
                                               uint8_t role)
{
    return (tpi_attach_request_t){
        .correlation_id = rig->next_correlation++,
        .stream_id = stream_id,
        .client_id = client_id,
        .role = role,
        .max_dims = 0,
        .publish_mode = TPI_PUBLISH_EXISTING_OR_CREATE,
        .desired_node_id = TPI_NULL_U32,
    };
}

static inline void rig_send_attach(rig_t *rig, tpi_dialect_t dialect,
                                   const tpi_attach_request_t *request)
{
    uint8_t buf[64];
    const int len = tpi_attach_request_encode(buf, sizeof(buf), dialect, request);
    TP_CHECK_MSG(len > 0, "encode: %s", tp_errmsg());
    rig_send(rig, buf, (size_t)len);
}

static inline void rig_send_keepalive(rig_t *rig, uint64_t lease_id, uint32_t stream_id,
                                      uint32_t client_id, uint8_t role)
{
    uint8_t buf[64];
    const tpi_lease_keepalive_t keepalive = { .lease_id = lease_id,
                                              .stream_id = stream_id,
                                              .client_id = client_id,
                                              .role = role,
                                              .client_timestamp_ns = 1 };
    const int len = tpi_lease_keepalive_encode(buf, sizeof(buf), &keepalive);
    TP_CHECK(len > 0);
    rig_send(rig, buf, (size_t)len);
}

static inline int64_t rig_send_detach(rig_t *rig, uint64_t lease_id, uint32_t stream_id,
                                      uint32_t client_id, uint8_t role)
{
    uint8_t buf[64];
    const tpi_detach_request_t request = { .correlation_id = rig->next_correlation++,
                                           .lease_id = lease_id,
                                           .stream_id = stream_id,
                                           .client_id = client_id,
                                           .role = role };
    const int len = tpi_detach_request_encode(buf, sizeof(buf), &request);
    TP_CHECK(len > 0);
    rig_send(rig, buf, (size_t)len);
    return request.correlation_id;
}

/* ---- hearing ---- */

static inline size_t rig_count(const rig_t *rig, uint16_t schema, uint16_t template_id)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->heard_count; i++) {
        count += rig->heard[i].schema == schema && rig->heard[i].template_id == template_id;
    }
    return count;
}

/** The n-th message of a kind, n from 0; fails the test when there is none. */
static inline const heard_t *rig_nth(const rig_t *rig, uint16_t schema, uint16_t template_id,
                                     size_t n)
{
    for (size_t i = 0; i < rig->heard_count; i++) {
        if (rig->heard[i].schema == schema && rig->heard[i].template_id == template_id &&
            n-- == 0) {
            return &rig->heard[i];
        }
    }
    TP_FAIL("no such message: schema %u template %u", schema, template_id);
}

static inline size_t rig_index(const rig_t *rig, const heard_t *heard)
{
    return (size_t)(heard - rig->heard);
}

/** Texts and URIs in it stay valid until rig_forget. */
static inline void rig_response(const rig_t *rig, int64_t correlation_id,
                                tpi_attach_response_t *out)
{
    for (size_t i = rig->heard_count; i > 0; i--) {
        const heard_t *h = &rig->heard[i - 1];
        if (h->schema == TPI_DRIVER_SCHEMA_ID && h->template_id == TPI_ATTACH_RESPONSE) {
            TP_CHECK_EQ_I64(tpi_attach_response_decode(h->data, h->len, out), TP_OK);
            if (out->correlation_id == correlation_id) {
                return;
            }
        }
    }
    TP_FAIL("no attach response with correlationId %lld", (long long)correlation_id);
}

static inline void rig_view_is(tpi_view_t view, const char *text)
{
    char buf[2048];
    TP_CHECK(view.len < sizeof(buf));
    memcpy(buf, view.data, view.len);
    buf[view.len] = '\0';
    TP_CHECK_EQ_STR(buf, text);
}

static inline void rig_announce(const rig_t *rig, size_t n, tpi_shm_pool_announce_t *out)
{
    const heard_t *h = rig_nth(rig, TPI_WIRE_SCHEMA_ID, TPI_SHM_POOL_ANNOUNCE, n);
    TP_CHECK_EQ_I64(tpi_shm_pool_announce_decode(h->data, h->len, out), TP_OK);
}

static inline void rig_last_announce(const rig_t *rig, uint32_t stream_id,
                                     tpi_shm_pool_announce_t *out)
{
    for (size_t n = rig_count(rig, TPI_WIRE_SCHEMA_ID, TPI_SHM_POOL_ANNOUNCE); n > 0; n--) {
        rig_announce(rig, n - 1, out);
        if (out->stream_id == stream_id) {
            return;
        }
    }
    TP_FAIL("no announce of stream %u", stream_id);
}

static inline void rig_revoked(const rig_t *rig, size_t n, tpi_lease_revoked_t *out)
{
    const heard_t *h = rig_nth(rig, TPI_DRIVER_SCHEMA_ID, TPI_LEASE_REVOKED, n);
    TP_CHECK_EQ_I64(tpi_lease_revoked_decode(h->data, h->len, out), TP_OK);
}

static inline void rig_detach_response(const rig_t *rig, int64_t correlation_id,
                                       tpi_detach_response_t *out)
{
    for (size_t i = rig->heard_count; i > 0; i--) {
        const heard_t *h = &rig->heard[i - 1];
        if (h->schema == TPI_DRIVER_SCHEMA_ID && h->template_id == TPI_DETACH_RESPONSE) {
            TP_CHECK_EQ_I64(tpi_detach_response_decode(h->data, h->len, out), TP_OK);
            if (out->correlation_id == correlation_id) {
                return;
            }
        }
    }
    TP_FAIL("no detach response with correlationId %lld", (long long)correlation_id);
}

/** Ask, step, and give back what was answered. */
static inline void rig_ask(rig_t *rig, tpi_dialect_t dialect, const tpi_attach_request_t *request,
                           tpi_attach_response_t *out)
{
    rig_send_attach(rig, dialect, request);
    rig_step(rig);
    rig_response(rig, request->correlation_id, out);
}

/** A lease in v1.1; fails the test if it is not granted. */
static inline void rig_attach(rig_t *rig, uint32_t stream_id, uint32_t client_id, uint8_t role,
                              tpi_attach_response_t *out)
{
    const tpi_attach_request_t request = rig_request(rig, stream_id, client_id, role);
    rig_ask(rig, TPI_DIALECT_V11, &request, out);
    TP_CHECK_MSG(out->code == TPI_CODE_OK, "code %d: %.*s", out->code, (int)out->error_message.len,
                 (const char *)out->error_message.data);
}

/** `<base>/<rest>` */
static inline const char *rig_path(const rig_t *rig, const char *rest)
{
    static char path[1024];
    (void)snprintf(path, sizeof(path), "%s/%s", rig->base, rest);
    return path;
}

static inline bool rig_exists(const rig_t *rig, const char *rest)
{
    struct stat info;
    return lstat(rig_path(rig, rest), &info) == 0;
}

static inline bool rig_has_epoch(const rig_t *rig, uint32_t stream_id, uint64_t epoch)
{
    char rest[128];
    (void)snprintf(rest, sizeof(rest), "stream-%u/unit/epoch-%llu", stream_id,
                   (unsigned long long)epoch);
    return rig_exists(rig, rest);
}

#endif
