/*
 * Two hosts in one process: each has a media driver and an SHM driver in directories of its own,
 * and they know each other by UDP alone. Frames cross byte for byte, epochs follow, and steady
 * state allocates nothing.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tensorpool/tensorpool.h"
#include "tp_test.h"

#define SOURCE 1001u
#define DEST 2001u
#define MS INT64_C(1000000)
#define LARGE (1u << 20)
#define LOCAL "aeron:ipc?term-length=64k"

/* The linker sends every call of these, Aeron's included, here (--wrap). */
static long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

/* Aeron's client allocates in a timer of its own, once a second: that is the client's affair. */
static long in_clients;
int __real_tp_client_do_work(tp_client_t *client);
int __wrap_tp_client_do_work(tp_client_t *client);

int __wrap_tp_client_do_work(tp_client_t *client)
{
    const long before = allocations;
    const int work = __real_tp_client_do_work(client);
    in_clients += allocations - before;
    return work;
}

typedef struct host {
    char aeron_dir[300];
    char base_dir[300];
    tp_media_driver_t *media;
    tp_driver_t *driver;
    tp_client_t *client; /* of producer or consumer */
    tp_client_t *bridge_client;
    tp_bridge_t *bridge;
} host_t;

static host_t a, b;
static tp_producer_t *producer;
static tp_consumer_t *consumer;
static bool is_counting; /* allocations inside do_work of the bridges, without their clients' */
static long in_bridges;

static void turn_drivers(void)
{
    static bool turning;
    if (turning) {
        return;
    }
    turning = true;
    host_t *const hosts[] = { &a, &b };
    for (int i = 0; i < 2; i++) {
        if (hosts[i]->media != NULL) {
            tp_media_driver_do_work(hosts[i]->media);
        }
        if (hosts[i]->driver != NULL) {
            tp_driver_do_work(hosts[i]->driver);
        }
    }
    turning = false;
}

/* So that waits inside the library get their answers. */
static int64_t turning_clock(void *clientd)
{
    (void)clientd;
    if (!is_counting) {
        turn_drivers();
    }
    return tp_test_now_ns();
}

static void turn_bridge(tp_bridge_t *bridge)
{
    if (bridge != NULL) {
        const long before = allocations - in_clients;
        (void)tp_bridge_do_work(bridge);
        in_bridges += is_counting ? allocations - in_clients - before : 0;
    }
}

static void turn(void)
{
    turn_drivers();
    if (a.client != NULL) {
        tp_client_do_work(a.client);
    }
    if (b.client != NULL) {
        tp_client_do_work(b.client);
    }
    turn_bridge(a.bridge);
    turn_bridge(b.bridge);
}

static tp_client_t *make_client(const host_t *host)
{
    tp_client_options_t o = TP_CLIENT_OPTIONS_INIT;
    const char *dirs[] = { host->base_dir };
    tp_client_t *client = NULL;
    o.aeron_dir = host->aeron_dir;
    o.control_channel = LOCAL;
    o.descriptor_channel = LOCAL;
    o.qos_channel = LOCAL;
    o.metadata_channel = LOCAL;
    o.allowed_base_dirs = dirs;
    o.allowed_base_dirs_count = 1;
    o.announce_period_ns = 200 * MS;
    o.clock = turning_clock;
    const int rc = tp_client_create(&client, &o);
    TP_CHECK_MSG(rc == TP_OK, "client: %s", tp_errmsg());
    return client;
}

static void start_host(host_t *host, const char *name)
{
    static const tp_driver_pool_t pools[] = { { 1, 4096 }, { 2, LARGE } };
    static const tp_driver_profile_t profiles[] = { { "two", 32, pools, 2 } };
    static const tp_driver_stream_t streams[] = { { "source", SOURCE, "two" },
                                                  { "dest", DEST, "two" } };
    char leaf[32];
    memset(host, 0, sizeof *host);
    snprintf(host->aeron_dir, sizeof host->aeron_dir, "%s-%s", tp_test_aeron_dir(), name);
    snprintf(leaf, sizeof leaf, "pools-%s", name);
    tp_test_path(host->base_dir, sizeof host->base_dir, leaf);
    const char *dirs[] = { host->base_dir };
    tp_media_driver_options_t media = TP_MEDIA_DRIVER_OPTIONS_INIT;
    media.aeron_dir = host->aeron_dir;
    media.invoker = true;
    int rc = tp_media_driver_create(&host->media, &media);
    TP_CHECK_MSG(rc == TP_OK, "media driver: %s", tp_errmsg());
    tp_driver_options_t o = TP_DRIVER_OPTIONS_INIT;
    o.instance_id = name;
    o.aeron_dir = host->aeron_dir;
    o.base_dir = host->base_dir;
    o.allowed_base_dirs = dirs;
    o.allowed_base_dirs_count = 1;
    o.profiles = profiles;
    o.nprofiles = 1;
    o.streams = streams;
    o.nstreams = 2;
    o.announce_period_ms = 200;
    o.control_channel = LOCAL;
    o.qos_channel = LOCAL;
    rc = tp_driver_create(&host->driver, &o);
    TP_CHECK_MSG(rc == TP_OK, "SHM driver: %s", tp_errmsg());
    host->client = make_client(host);
}

/* Of this run alone: others may run at the same time. */
static char payload_channel[200];
static char control_channel[200];

static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TP_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 &&
             getsockname(fd, (struct sockaddr *)&at, &len) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void choose_channels(void)
{
    snprintf(payload_channel, sizeof payload_channel,
             "aeron:udp?endpoint=127.0.0.1:%d|term-length=4m|so-sndbuf=2m|so-rcvbuf=2m|rcv-wnd=2m",
             free_port());
    snprintf(control_channel, sizeof control_channel,
             "aeron:udp?endpoint=127.0.0.1:%d|term-length=64k", free_port());
}

static const tp_bridge_mapping_t mapping = { .source_stream_id = SOURCE, .dest_stream_id = DEST };

static tp_bridge_options_t bridge_options(tp_bridge_role_t role)
{
    return (tp_bridge_options_t){ .size = sizeof(tp_bridge_options_t),
                                  .instance_id = "system",
                                  .role = role,
                                  .payload_channel = payload_channel,
                                  .payload_stream_id = 3000,
                                  .control_channel = control_channel,
                                  .control_stream_id = 3001,
                                  .assembly_timeout_ms = 2000,
                                  .forward_metadata = TP_BRIDGE_OFF,
                                  .mappings = &mapping,
                                  .mappings_count = 1 };
}

static void start_bridge(host_t *host, tp_bridge_role_t role)
{
    const tp_bridge_options_t options = bridge_options(role);
    host->bridge_client = make_client(host);
    const int rc = tp_bridge_create(&host->bridge, host->bridge_client, &options);
    TP_CHECK_MSG(rc == TP_OK, "bridge: %s", tp_errmsg());
}

static void make_producer(host_t *host)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = SOURCE;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, host->client, &options), TP_OK);
    TP_CHECK_SOON((turn(), tp_producer_is_ready(producer)), 5000);
}

static void make_consumer(host_t *host)
{
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = DEST;
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, host->client, &options), TP_OK);
    TP_CHECK_SOON((turn(), tp_consumer_is_ready(consumer)), 5000);
}

static void stop_host(host_t *host)
{
    tp_bridge_destroy(host->bridge);
    host->bridge = NULL;
    tp_client_destroy(host->bridge_client);
    tp_client_destroy(host->client);
    host->client = NULL;
    tp_driver_destroy(host->driver);
    host->driver = NULL;
}

static void tear_down(void)
{
    tp_producer_destroy(producer);
    tp_consumer_destroy(consumer);
    producer = NULL;
    consumer = NULL;
    stop_host(&a);
    stop_host(&b);
    tp_media_driver_destroy(a.media);
    tp_media_driver_destroy(b.media);
    a.media = NULL;
    b.media = NULL;
}

static uint8_t byte_of(uint64_t epoch, uint64_t seq, size_t i)
{
    return (uint8_t)(epoch * 7 + seq * 31 + i * 13 + i / 257);
}

static uint64_t source_epoch; /* what the bytes are made of */

static void publish(size_t length)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(producer, length, &claim), TP_OK);
    for (size_t i = 0; i < length; i++) {
        claim.data[i] = byte_of(claim.epoch, claim.seq, i);
    }
    tp_frame_info_t info = { .timestamp_ns = 77, .meta_version = 5 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, (int32_t[]){ (int32_t)length }),
                    TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(producer, &claim, length, &info), TP_OK);
    source_epoch = claim.epoch;
}

static uint64_t last_seq, last_epoch;
static uint64_t frames;

/* The next frame at the destination, checked byte for byte. */
static bool take(size_t length)
{
    tp_frame_t frame;
    turn();
    if (tp_consumer_try_next(consumer, &frame) != 1) {
        return false;
    }
    TP_CHECK_EQ_U64(frame.length, length);
    for (size_t i = 0; i < length; i++) {
        if (frame.data[i] != byte_of(source_epoch, frame.seq, i)) {
            TP_CHECK_MSG(false, "frame %llu: byte %zu is wrong", (unsigned long long)frame.seq, i);
        }
    }
    TP_CHECK(tp_frame_is_valid(consumer, &frame));
    TP_CHECK_EQ_U64(frame.timestamp_ns, 77);
    TP_CHECK_EQ_U64(frame.meta_version, 5);
    last_seq = frame.seq;
    last_epoch = frame.epoch;
    frames++;
    return true;
}

static void set_up(void)
{
    choose_channels();
    start_host(&a, "a");
    start_host(&b, "b");
    make_producer(&a);
    start_bridge(&b, TP_BRIDGE_RECEIVER);
    start_bridge(&a, TP_BRIDGE_SENDER);
    make_consumer(&b);
}

static bool is_announced(const tp_bridge_t *bridge)
{
    tp_bridge_mapping_status_t status;
    tp_attach_status_t source;
    tp_producer_status(producer, &source);
    return tp_bridge_mapping(bridge, 0, &status, NULL) == TP_OK &&
           status.announced_epoch == source.epoch && status.dest.state == TP_ATTACH_ATTACHED;
}

/* Proves: B-1, B-38, B-47 */
TP_TEST(frames_cross_to_another_host_byte_for_byte_and_epochs_follow)
{
    static const size_t lengths[] = {
        0, 1, 1279, 1280, 1281, 4096, 4097, 100000, LARGE - 1, LARGE
    };
    set_up();
    TP_CHECK_SOON((turn(), is_announced(b.bridge)), 8000);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            publish(lengths[i]);
            TP_CHECK_SOON(take(lengths[i]), 10000);
        }
        TP_CHECK_EQ_U64(last_seq, 9);
        const uint64_t epoch = last_epoch;
        /* The producer ends and another one comes: both sides begin anew. */
        tp_producer_destroy(producer);
        producer = NULL;
        make_producer(&a);
        TP_CHECK_SOON((turn(), is_announced(b.bridge)), 8000);
        publish(10);
        TP_CHECK_SOON(take(10), 10000);
        TP_CHECK_EQ_U64(last_seq, 0);
        TP_CHECK_GT_U64(last_epoch, epoch);
        tp_producer_destroy(producer);
        producer = NULL;
        make_producer(&a);
        TP_CHECK_SOON((turn(), is_announced(b.bridge)), 8000);
    }
    tp_bridge_stats_t sent, got;
    tp_bridge_stats(a.bridge, &sent);
    tp_bridge_stats(b.bridge, &got);
    TP_CHECK_EQ_U64(got.frames_rematerialized, frames);
    TP_CHECK_EQ_U64(sent.frames_torn + sent.frames_unsent + sent.frames_oversize, 0);
    tear_down();
}

/* Proves: C-3, B-28 */
TP_TEST(steady_state_allocates_nothing)
{
    set_up();
    TP_CHECK_SOON((turn(), is_announced(b.bridge)), 8000);
    for (int i = 0; i < 20; i++) { /* fragment assemblers, counters, whatever is there once */
        publish(100000);
        TP_CHECK_SOON(take(100000), 10000);
    }
    is_counting = true;
    for (int i = 0; i < 300; i++) {
        const size_t length = i % 3 == 0 ? 100000 : i % 3 == 1 ? 3000 : 0;
        publish(length);
        TP_CHECK_SOON(take(length), 10000);
    }
    is_counting = false;
    TP_CHECK_GT_I64(allocations, 0); /* the wrapper is in place */
    TP_CHECK_EQ_I64(in_bridges, 0);
    tear_down();
}

/* Proves: C-8 */
TP_TEST(a_receiver_that_restarts_goes_on)
{
    set_up();
    TP_CHECK_SOON((turn(), is_announced(b.bridge)), 8000);
    publish(5000);
    TP_CHECK_SOON(take(5000), 10000);
    const uint64_t epoch = last_epoch;
    tp_bridge_destroy(b.bridge);
    b.bridge = NULL;
    tp_client_destroy(b.bridge_client);
    start_bridge(&b, TP_BRIDGE_RECEIVER);
    TP_CHECK_SOON((turn(), is_announced(b.bridge)), 8000);
    /* Its frames come in a new local epoch, from the seq on at which the source is. */
    int tries = 0;
    TP_CHECK_SOON((publish(5000), tries++, take(5000)), 10000);
    TP_CHECK_GT_U64(last_epoch, epoch);
    TP_CHECK_GE_U64(last_seq, 1);
    tear_down();
}

TP_TEST_MAIN()
