/*
 * bridge/bridge_test_util.h - two bridges, or one, on the fake link: the real SHM driver with
 * source and destination streams, a producer at the source, a consumer at the destination, and a
 * peer that sends and hears raw messages. Time is stepped.
 *
 *     rig_t rig;
 *     rig_prepare(&rig);            // change rig.options, then
 *     rig_start(&rig);              // a sender and a receiver bridge, attached
 *     publish(&rig, 100);           // at the source
 *     rig_run(&rig, 10);            // turns, without time going by
 *     ... rig.frames[], rig.nframes at the destination ...
 *     rig_close(&rig);
 */
#ifndef TPI_BRIDGE_TEST_UTIL_H
#define TPI_BRIDGE_TEST_UTIL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "bridge/bridge_internal.h"
#include "link/fake_link.h"
#include "producer/producer_internal.h"
#include "tensorpool/tensorpool.h"
#include "tp_test.h"
#include "wire/codec.h"

/* Of driver/internal.h and driver/helpers.h, whose types have the names of the client's. */
int tpi_driver_create_with_link(tp_driver_t **out, const tp_driver_options_t *options,
                                tpi_link_t *link);
bool tpi_driver_settle(tp_driver_t *d);

#define MS INT64_C(1000000)
enum {
    SOURCE = 10000,
    DEST = 20000,
    NSLOTS = 16,
    LARGE = 65536,
    PAYLOAD_ID = 3000,
    CONTROL_ID = 3001,
    METADATA_ID = 3002,
    FRAMES_MAX = 600,
    STREAMS = 6
};
#define WIRE "aeron:udp?endpoint=localhost:9999"

typedef struct got_frame {
    uint64_t seq, epoch, timestamp_ns;
    uint32_t meta_version;
    size_t length;
    uint16_t pool_id;
    tp_tensor_t tensor;
    uint8_t *data;
} got_frame_t;

/* A message that the peer heard. */
typedef struct heard {
    int32_t stream_id;
    size_t len;
    uint8_t *data;
} heard_t;

typedef struct rig {
    int64_t now_ns;
    tpi_fake_bus_t *bus;
    tpi_link_t *driver_link;
    tp_driver_t *driver;
    tp_client_t *app, *sender_client, *receiver_client;
    tp_producer_t *producer;
    tp_consumer_t *consumer;
    tp_bridge_t *sender, *receiver;
    tp_bridge_mapping_t mappings[4];
    tp_bridge_options_t options;
    tp_client_options_t client_options;
    char events[4000];

    tpi_link_t *peer;
    tpi_publication_t *payload_pub, *control_pub, *metadata_pub;
    tpi_subscription_t *subs[8];
    int32_t sub_ids[8];
    size_t nsubs;
    heard_t heard[2000];
    size_t nheard;

    got_frame_t frames[FRAMES_MAX];
    size_t nframes;
    uint64_t published; /* at the source */
    const char *dir;
    char base[256];
} rig_t;

static inline int64_t rig_clock(void *clientd)
{
    return ((rig_t *)clientd)->now_ns;
}

static inline void rig_event(void *clientd, int level, const char *text)
{
    rig_t *rig = clientd;
    const size_t used = strlen(rig->events);
    snprintf(rig->events + used, sizeof rig->events - used, "%d: %s\n", level, text);
}

static inline void rig_prepare(rig_t *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->now_ns = 1000000 * MS;
    tp_test_path(rig->base, sizeof rig->base, "base");
    rig->dir = rig->base;
    rig->mappings[0] = (tp_bridge_mapping_t){ .source_stream_id = SOURCE, .dest_stream_id = DEST };
    rig->options = (tp_bridge_options_t){ .size = sizeof rig->options,
                                          .instance_id = "unit",
                                          .payload_channel = WIRE,
                                          .payload_stream_id = PAYLOAD_ID,
                                          .control_channel = WIRE,
                                          .control_stream_id = CONTROL_ID,
                                          .forward_metadata = TP_BRIDGE_OFF,
                                          .mappings = rig->mappings,
                                          .mappings_count = 1,
                                          .event = rig_event,
                                          .event_clientd = rig };
    rig->client_options = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
}

static inline tp_client_t *rig_client(rig_t *rig)
{
    tp_client_options_t o = rig->client_options;
    tpi_link_t *link = NULL;
    tp_client_t *client = NULL;
    o.allowed_base_dirs = &rig->dir;
    o.allowed_base_dirs_count = 1;
    o.clock = rig_clock;
    o.clock_clientd = rig;
    static uint64_t seed = 99;
    o.random_seed = seed++;
    TP_CHECK_EQ_I64(tpi_link_create_fake(&link, rig->bus), TP_OK);
    const int rc = tpi_client_create_with_link(&client, &o, link);
    TP_CHECK_MSG(rc == TP_OK, "client: %s", tp_errmsg());
    return client;
}

static inline int rig_on_frame(void *clientd, const tp_frame_t *frame)
{
    rig_t *rig = clientd;
    TP_CHECK(rig->nframes < FRAMES_MAX);
    got_frame_t *got = &rig->frames[rig->nframes++];
    *got = (got_frame_t){ .seq = frame->seq,
                          .epoch = frame->epoch,
                          .timestamp_ns = frame->timestamp_ns,
                          .meta_version = frame->meta_version,
                          .length = frame->length,
                          .pool_id = frame->pool_id,
                          .tensor = frame->tensor,
                          .data = malloc(frame->length + 1) };
    TP_CHECK(got->data != NULL);
    if (frame->length > 0) {
        memcpy(got->data, frame->data, frame->length);
    }
    return 0;
}

static inline void rig_on_heard(void *clientd, const uint8_t *data, size_t len, int32_t stream_id)
{
    rig_t *rig = clientd;
    TP_CHECK(rig->nheard < sizeof rig->heard / sizeof rig->heard[0]);
    heard_t *heard = &rig->heard[rig->nheard++];
    *heard = (heard_t){ .stream_id = stream_id, .len = len, .data = malloc(len) };
    TP_CHECK(heard->data != NULL);
    memcpy(heard->data, data, len);
}

typedef struct rig_listening {
    rig_t *rig;
    int32_t stream_id;
} rig_listening_t;

static inline void rig_on_message(void *clientd, const uint8_t *data, size_t len,
                                  const tpi_message_info_t *info)
{
    const rig_listening_t *listening = clientd;
    (void)info;
    rig_on_heard(listening->rig, data, len, listening->stream_id);
}

/* One turn of everybody; no time goes by. */
static inline void rig_turn(rig_t *rig)
{
    tp_driver_do_work(rig->driver);
    while (tpi_driver_settle(rig->driver)) {
        tp_driver_do_work(rig->driver);
    }
    tp_client_do_work(rig->app);
    if (rig->sender != NULL) {
        tp_bridge_do_work(rig->sender);
    }
    if (rig->receiver != NULL) {
        tp_bridge_do_work(rig->receiver);
    }
    if (rig->consumer != NULL) {
        (void)tp_consumer_poll(rig->consumer, rig_on_frame, rig, 100);
    }
    tpi_link_do_work(rig->peer, rig->now_ns);
    for (size_t i = 0; i < rig->nsubs; i++) {
        rig_listening_t listening = { rig, rig->sub_ids[i] };
        (void)tpi_subscription_poll(rig->subs[i], rig_on_message, &listening, 1000);
    }
}

static inline void rig_run(rig_t *rig, int turns)
{
    for (int i = 0; i < turns; i++) {
        rig_turn(rig);
    }
}

/* Time goes by in steps of at most 20 ms. */
static inline void rig_advance(rig_t *rig, int64_t ns)
{
    while (ns > 0) {
        const int64_t step = ns < 20 * MS ? ns : 20 * MS;
        rig->now_ns += step;
        ns -= step;
        rig_turn(rig);
    }
}

/* The peer hears this stream from now on. */
static inline void rig_listen(rig_t *rig, const char *channel, int32_t stream_id)
{
    TP_CHECK(rig->nsubs < 8);
    rig->sub_ids[rig->nsubs] = stream_id;
    TP_CHECK_EQ_I64(tpi_link_add_subscription(rig->peer, &rig->subs[rig->nsubs++], channel,
                                              stream_id, NULL, NULL),
                    TP_OK);
}

static inline void rig_forget(rig_t *rig)
{
    for (size_t i = 0; i < rig->nheard; i++) {
        free(rig->heard[i].data);
    }
    rig->nheard = 0;
    for (size_t i = 0; i < rig->nframes; i++) {
        free(rig->frames[i].data);
    }
    rig->nframes = 0;
}

/* Messages heard on that stream. */
static inline size_t rig_count(const rig_t *rig, int32_t stream_id)
{
    size_t n = 0;
    for (size_t i = 0; i < rig->nheard; i++) {
        n += rig->heard[i].stream_id == stream_id;
    }
    return n;
}

static inline const heard_t *rig_heard(const rig_t *rig, int32_t stream_id, size_t index)
{
    for (size_t i = 0; i < rig->nheard; i++) {
        if (rig->heard[i].stream_id == stream_id && index-- == 0) {
            return &rig->heard[i];
        }
    }
    TP_CHECK_MSG(false, "no message %zu on stream %d", index, stream_id);
    return NULL;
}

static inline void rig_start_driver(rig_t *rig)
{
    static const tp_driver_pool_t pools[] = { { 1, 4096 }, { 2, LARGE } };
    static const tp_driver_profile_t profiles[] = { { "two", NSLOTS, pools, 2 } };
    static const tp_driver_stream_t streams[STREAMS] = {
        { "source", SOURCE, "two" },  { "dest", DEST, "two" },    { "source1", SOURCE + 1, "two" },
        { "dest1", DEST + 1, "two" }, { "alloc0", 50000, "two" }, { "alloc1", 50001, "two" },
    };
    tp_driver_options_t o = TP_DRIVER_OPTIONS_INIT;
    o.instance_id = "unit";
    o.base_dir = rig->base;
    o.profiles = profiles;
    o.nprofiles = 1;
    o.streams = streams;
    o.nstreams = STREAMS;
    o.allow_dynamic_streams = true;
    o.default_profile = "two";
    o.clock = rig_clock;
    o.clock_clientd = rig;
    TP_CHECK_EQ_I64(tpi_fake_bus_create(&rig->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&rig->driver_link, rig->bus), TP_OK);
    const int rc = tpi_driver_create_with_link(&rig->driver, &o, rig->driver_link);
    TP_CHECK_MSG(rc == TP_OK, "driver: %s", tp_errmsg());
    TP_CHECK_EQ_I64(tpi_link_create_fake(&rig->peer, rig->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(rig->peer, &rig->payload_pub, WIRE, PAYLOAD_ID, true),
                    TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_publication(rig->peer, &rig->control_pub, WIRE, CONTROL_ID, true),
                    TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(rig->peer, &rig->metadata_pub, WIRE, METADATA_ID, true), TP_OK);
    rig->app = rig_client(rig);
}

static inline tp_bridge_t *rig_bridge(rig_t *rig, tp_client_t *client, tp_bridge_role_t role)
{
    tp_bridge_t *bridge = NULL;
    tp_bridge_options_t o = rig->options;
    o.role = role;
    const int rc = tp_bridge_create(&bridge, client, &o);
    TP_CHECK_MSG(rc == TP_OK, "bridge: %s", tp_errmsg());
    return bridge;
}

static inline void rig_make_producer(rig_t *rig)
{
    tp_producer_options_t producer = TP_PRODUCER_OPTIONS_INIT;
    producer.stream_id = SOURCE;
    TP_CHECK_EQ_I64(tp_producer_create(&rig->producer, rig->app, &producer), TP_OK);
}

static inline void rig_make_consumer(rig_t *rig, uint32_t stream_id)
{
    tp_consumer_options_t consumer = TP_CONSUMER_OPTIONS_INIT;
    consumer.stream_id = stream_id;
    TP_CHECK_EQ_I64(tp_consumer_create(&rig->consumer, rig->app, &consumer), TP_OK);
}

/* Both bridges, each with a client of its own; producer and consumer. Everything attached,
   announces forwarded. */
static inline void rig_start(rig_t *rig)
{
    rig_start_driver(rig);
    rig->sender_client = rig_client(rig);
    rig->receiver_client = rig_client(rig);
    rig_make_producer(rig);
    rig_advance(rig, 100 * MS);
    rig->receiver = rig_bridge(rig, rig->receiver_client, TP_BRIDGE_RECEIVER);
    rig->sender = rig_bridge(rig, rig->sender_client, TP_BRIDGE_SENDER);
    rig_advance(rig, 100 * MS);
    rig_make_consumer(rig, DEST);
    rig_advance(rig, 2500 * MS);
    TP_CHECK(tp_producer_is_ready(rig->producer) && tp_consumer_is_ready(rig->consumer));
}

/* A receiver alone; the peer plays the sender. */
static inline void rig_start_receiver(rig_t *rig)
{
    rig_start_driver(rig);
    rig->receiver_client = rig_client(rig);
    rig->receiver = rig_bridge(rig, rig->receiver_client, TP_BRIDGE_RECEIVER);
    rig_advance(rig, 200 * MS);
    rig_make_consumer(rig, DEST);
    rig_advance(rig, 200 * MS);
    TP_CHECK(tp_consumer_is_ready(rig->consumer));
}

/* A sender alone; the peer hears the wire. */
static inline void rig_start_sender(rig_t *rig)
{
    rig_start_driver(rig);
    rig_listen(rig, WIRE, PAYLOAD_ID);
    rig_listen(rig, WIRE, CONTROL_ID);
    rig->sender_client = rig_client(rig);
    rig_make_producer(rig);
    rig_advance(rig, 100 * MS);
    rig->sender = rig_bridge(rig, rig->sender_client, TP_BRIDGE_SENDER);
    rig_advance(rig, 2500 * MS);
}

static inline void rig_close(rig_t *rig)
{
    /* A destroy waits for the driver's answer, and nobody turns the driver meanwhile: so its
       end comes first. */
    tp_driver_destroy(rig->driver);
    tpi_fake_bus_set_up(rig->bus, false);
    tp_client_do_work(rig->app);
    tp_bridge_destroy(rig->sender);
    tp_bridge_destroy(rig->receiver);
    tp_producer_destroy(rig->producer);
    tp_consumer_destroy(rig->consumer);
    tp_client_destroy(rig->app);
    tp_client_destroy(rig->sender_client);
    tp_client_destroy(rig->receiver_client);
    rig_forget(rig);
    tpi_link_destroy(rig->peer);
    tpi_link_destroy(rig->driver_link);
    tpi_fake_bus_destroy(rig->bus);
}

static inline tp_bridge_stats_t rig_stats(const tp_bridge_t *bridge)
{
    tp_bridge_stats_t stats;
    tp_bridge_stats(bridge, &stats);
    return stats;
}

/* ---- frames ---- */

static inline uint8_t frame_byte(uint64_t seq, size_t i)
{
    return (uint8_t)(seq * 31 + i * 7 + i / 251);
}

/* At the source; returns its seq. */
static inline uint64_t publish(rig_t *rig, size_t length)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(rig->producer, length, &claim), TP_OK);
    for (size_t i = 0; i < length; i++) {
        claim.data[i] = frame_byte(claim.seq, i);
    }
    tp_frame_info_t info = { .timestamp_ns = 4711 + claim.seq, .meta_version = 3 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, (int32_t[]){ (int32_t)length }),
                    TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(rig->producer, &claim, length, &info), TP_OK);
    rig->published++;
    return claim.seq;
}

static inline void check_frame(const got_frame_t *got, uint64_t seq, size_t length)
{
    TP_CHECK_EQ_U64(got->seq, seq);
    TP_CHECK_EQ_U64(got->length, length);
    for (size_t i = 0; i < length; i++) {
        if (got->data[i] != frame_byte(seq, i)) {
            TP_CHECK_MSG(false, "frame %llu: byte %zu of %zu is %u", (unsigned long long)seq, i,
                         length, got->data[i]);
        }
    }
}

/* ---- a peer that plays the sender ---- */

static inline void offer(tpi_publication_t *pub, const void *data, size_t len)
{
    TP_CHECK_EQ_I64(tpi_publication_offer(pub, data, len), TPI_SEND_OK);
}

/* Pool 1 of 4096 bytes, pool 2 of LARGE, if npools is 2; a clock and files that are not of this
   host. */
static inline void send_announce_of(rig_t *rig, uint32_t stream_id, uint64_t epoch, uint16_t npools)
{
    static const char uri[] = "shm:file?path=/nowhere/x";
    const tpi_view_t view = { (const uint8_t *)uri, sizeof uri - 1 };
    const tpi_shm_pool_announce_t announce = {
        .stream_id = stream_id,
        .producer_id = 1,
        .epoch = epoch,
        .announce_timestamp_ns = 1,
        .clock_domain = TPI_CLOCK_MONOTONIC,
        .layout_version = 1,
        .header_nslots = 8,
        .header_slot_bytes = 256,
        .npools = npools,
        .pools = { { 1, 8, 4096, view }, { 2, 8, LARGE, view } },
        .header_region_uri = view,
    };
    uint8_t buf[512];
    const int len = tpi_shm_pool_announce_encode(buf, sizeof buf, &announce);
    TP_CHECK_GT_I64(len, 0);
    offer(rig->control_pub, buf, (size_t)len);
    rig_run(rig, 3);
}

static inline void send_announce(rig_t *rig, uint32_t stream_id, uint64_t epoch)
{
    send_announce_of(rig, stream_id, epoch, 2);
}

/* A slot as a source would have it: uint8[length] in pool 1 or 2, payloadSlot of a ring of 8. */
static inline void make_slot(uint8_t *slot, uint64_t seq, uint32_t length)
{
    tpi_slot_image_t image;
    tpi_slot_header_t header = { .values_len_bytes = length,
                                 .payload_slot = (uint32_t)(seq & 7),
                                 .pool_id = length <= 4096 ? 1 : 2,
                                 .timestamp_ns = 4711 + seq,
                                 .meta_version = 3 };
    TP_CHECK_EQ_I64(tp_tensor_init(&header.tensor, TP_UINT8, 1, (int32_t[]){ (int32_t)length }),
                    TP_OK);
    tpi_slot_encode(&image, &header);
    image.words[0] = tpi_word_committed(seq);
    memcpy(slot, image.words, sizeof image.words);
}

/* Chunk `index` of a frame of `length` bytes cut into chunks of `chunk_bytes`; change it, then
   send_chunk. */
typedef struct test_chunk {
    tpi_chunk_t c;
    uint8_t slot[256];
    uint8_t bytes[LARGE + 1];
} test_chunk_t;

static inline test_chunk_t *make_chunk(uint64_t epoch, uint64_t seq, uint32_t length,
                                       uint32_t chunk_bytes, uint32_t index)
{
    static test_chunk_t made;
    const uint32_t count = length == 0 ? 1 : (length + chunk_bytes - 1) / chunk_bytes;
    const uint32_t offset = index * chunk_bytes;
    made.c = (tpi_chunk_t){ .stream_id = DEST,
                            .epoch = epoch,
                            .seq = seq,
                            .index = index,
                            .count = count,
                            .offset = offset,
                            .length = length - offset < chunk_bytes ? length - offset : chunk_bytes,
                            .payload_len = length,
                            .header = { .data = made.slot, .len = index == 0 ? 256 : 0 } };
    make_slot(made.slot, seq, length);
    for (uint32_t i = 0; i < made.c.length; i++) {
        made.bytes[i] = frame_byte(seq, offset + i);
    }
    return &made;
}

static inline void send_chunk_in(rig_t *rig, const test_chunk_t *chunk, tpi_dialect_t dialect,
                                 bool is_sealed)
{
    static uint8_t message[LARGE + 1000];
    const size_t len = tpi_chunk_size(dialect, chunk->c.header.len > 0, chunk->c.length);
    uint8_t *slice = tpi_chunk_put(message, dialect, &chunk->c);
    memcpy(slice, chunk->bytes, chunk->c.length);
    if (is_sealed) {
        tpi_chunk_seal(message, len);
    }
    offer(rig->payload_pub, message, len);
    rig_run(rig, 2);
}

static inline void send_chunk(rig_t *rig, const test_chunk_t *chunk)
{
    send_chunk_in(rig, chunk, TPI_DIALECT_V11, false);
}

/* The whole frame. */
static inline void send_frame(rig_t *rig, uint64_t epoch, uint64_t seq, uint32_t length,
                              uint32_t chunk_bytes)
{
    const uint32_t count = length == 0 ? 1 : (length + chunk_bytes - 1) / chunk_bytes;
    for (uint32_t i = 0; i < count; i++) {
        send_chunk(rig, make_chunk(epoch, seq, length, chunk_bytes, i));
    }
}

#endif
