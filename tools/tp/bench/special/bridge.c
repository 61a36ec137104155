/*
 * tp/bench/special/bridge.c - frames over loopback UDP: a bridge of both roles, its producer and
 * its consumer in one process and one thread, beside raw Aeron (through the link) with the same
 * channel, chunks and window.
 *
 * The floor copies each chunk from a shared-memory file into the claim, and from the log into
 * another such file: what cannot be left out. A sample is the time from one frame that arrived to
 * the next.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/payload.h"
#include "bench/special/attach_steps.h"
#include "bench/special/special.h"
#include "bench/subjects/tensorpool.h"
#include "link/link.h"
#include "tensorpool/bridge.h"
#include "tensorpool/tensorpool.h"

#define TIMEOUT_NS 1.2e11
#define WINDOW 2u
#define WARM_FRAMES 64u
#define STREAM_ID 7300
#define HEADER_BYTES 256u /* of a slot: in chunk 0 */
#define CHUNK_HEAD 57u    /* of a chunk's message without header and payload: services.md 1.2 */
#define CHUNK_ROOM 128u   /* chunk = MTU - 128: B-11 */
#define POLL_LIMIT 256

/* Arrived frames as samples, after the warm-up and until the time is over. */
typedef struct meter {
    const tp_bench_run_t *run;
    tp_bench_report_t *report;
    uint64_t arrived, last, until;
} meter_t;

static void meter_arrive(meter_t *m)
{
    const uint64_t now = tp_bench_now();
    if (++m->arrived == WARM_FRAMES) {
        m->report->begin = now;
        m->until = now + tp_bench_ticks(m->run->measure_ns);
    } else if (m->arrived > WARM_FRAMES) {
        tp_bench_report_add(m->report, now - m->last);
    }
    m->last = now;
}

/* Without `until` it is warming up, for which there is a limit too. */
static bool meter_is_over(const meter_t *m, uint64_t limit)
{
    return tp_bench_now() >= (m->until != 0 ? m->until : limit) ||
           m->report->nsamples == m->report->capacity;
}

static int finish(const meter_t *m, const char *what, uint64_t lost)
{
    m->report->lost = lost;
    if (m->until == 0) {
        return tpi_fail(TP_ETIMEDOUT, "%s: %llu frames arrived in %.0f s", what,
                        (unsigned long long)m->arrived, TP_BENCH_STEP_NS / 1e9);
    }
    return TP_OK;
}

static int free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_bound = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
                          getsockname(fd, (struct sockaddr *)&at, &len) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_bound ? ntohs(at.sin_port) : 0;
}

/* Streams of one endpoint share its socket: a bridge's two cost the media driver no more than the
   floor's one. */
static void make_channel(char *out, size_t cap, int port, const char *term_length, uint32_t mtu)
{
    (void)snprintf(out, cap,
                   "aeron:udp?endpoint=127.0.0.1:%d|term-length=%s|mtu=%u|so-sndbuf=2m|"
                   "so-rcvbuf=2m|rcv-wnd=2m",
                   port, term_length, mtu);
}

/* ---- the floor ---- */

typedef struct pool {
    uint8_t *base;
    size_t len;
} pool_t;

typedef struct raw {
    tpi_publication_t *publication;
    tpi_subscription_t *subscription;
    pool_t from, to;
    size_t size, chunk, stride, nslots;
    uint64_t sent; /* frames */
    size_t offset; /* into the frame that is being sent */
    meter_t meter;
} raw_t;

static int map_pool(const tp_bench_run_t *run, const char *name, size_t len, pool_t *out)
{
    char path[sizeof run->shm_dir + 48];
    (void)snprintf(path, sizeof path, "%s/%s-%u", run->shm_dir, name, run->next_id);
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tpi_fail_errno("create %s", path);
    }
    (void)unlink(path);
    const int err = posix_fallocate(fd, 0, (off_t)len);
    void *base = err != 0
                     ? MAP_FAILED
                     : mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    (void)close(fd);
    if (base == MAP_FAILED) {
        return tpi_fail(TP_ENOSPC, "map %zu bytes of %s", len, path);
    }
    *out = (pool_t){ .base = base, .len = len };
    return TP_OK;
}

static void unmap_pool(pool_t *pool)
{
    if (pool->base != NULL) {
        (void)munmap(pool->base, pool->len);
    }
}

/* The head of a message: where its payload goes. As long as a chunk's. */
typedef struct raw_head {
    uint64_t seq, offset, length;
} raw_head_t;

static void on_raw(void *clientd, const uint8_t *data, size_t len, const tpi_message_info_t *info)
{
    raw_t *raw = clientd;
    raw_head_t head;
    (void)info;
    if (len < CHUNK_HEAD) {
        return;
    }
    memcpy(&head, data, sizeof head);
    if (head.offset > raw->size || head.length > raw->size - head.offset || head.length > len) {
        return;
    }
    memcpy(raw->to.base + head.seq % raw->nslots * raw->stride + head.offset,
           data + (len - head.length), head.length);
    if (head.offset + head.length == raw->size) {
        meter_arrive(&raw->meter);
    }
}

/* The next chunk; false: there was no room. */
static bool send_chunk(raw_t *raw)
{
    static uint8_t scratch[65536]; /* chunk 0 and its header do not fit into one claim: B-16 */
    const size_t left = raw->size - raw->offset;
    const raw_head_t head = { raw->sent, raw->offset, left < raw->chunk ? left : raw->chunk };
    const size_t len = CHUNK_HEAD + (raw->offset == 0 ? HEADER_BYTES : 0) + head.length;
    const uint8_t *from = raw->from.base + raw->sent % raw->nslots * raw->stride + raw->offset;
    tpi_claim_buffer_t claim = { .data = scratch };
    const bool fits = len <= tpi_publication_max_claim(raw->publication);
    if (fits && tpi_publication_claim(raw->publication, len, &claim) != TPI_SEND_OK) {
        return false;
    }
    memcpy(claim.data, &head, sizeof head);
    memcpy(claim.data + len - head.length, from, head.length);
    if (fits) {
        tpi_publication_commit(raw->publication, &claim);
    } else if (tpi_publication_offer(raw->publication, scratch, len) != TPI_SEND_OK) {
        return false;
    }
    raw->offset += head.length;
    if (raw->offset == raw->size) {
        raw->sent++;
        raw->offset = 0;
    }
    return true;
}

static int run_raw(raw_t *raw, tpi_link_t *link)
{
    const uint64_t limit = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    while (!meter_is_over(&raw->meter, limit)) {
        (void)tpi_link_do_work(link, tpi_monotonic_ns());
        for (int i = 0; i < POLL_LIMIT && tpi_publication_is_connected(raw->publication) &&
                        raw->sent - raw->meter.arrived < WINDOW && send_chunk(raw);
             i++) {
        }
        if (tpi_subscription_poll(raw->subscription, on_raw, raw, POLL_LIMIT) == 0) {
            (void)sched_yield();
        }
    }
    return finish(&raw->meter, "aeron", 0);
}

static int measure_raw(tp_bench_solo_t *solo)
{
    const tp_bench_run_t *run = solo->run;
    const uint32_t mtu = *(const uint32_t *)solo->row->plan;
    const tpi_link_options_t options = { .aeron_dir = run->aeron_dir, .client_name = "tp-bench" };
    char channel[200];
    tpi_link_t *link = NULL;
    raw_t raw = { .size = solo->row->size,
                  .chunk = mtu - CHUNK_ROOM,
                  .stride = tp_bench_stride(solo->row->size),
                  .nslots = tp_bench_nslots(tp_bench_stride(solo->row->size)),
                  .meter = { .run = run, .report = &solo->board->sender } };
    make_channel(channel, sizeof channel, free_port(), "16m", mtu);
    int rc = map_pool(run, "from", raw.stride * raw.nslots, &raw.from);
    rc = rc != TP_OK ? rc : map_pool(run, "to", raw.stride * raw.nslots, &raw.to);
    rc = rc != TP_OK ? rc : tpi_link_create_aeron(&link, &options);
    if (rc == TP_OK) {
        tp_bench_fill(raw.from.base, raw.from.len, 1);
        rc = tpi_link_add_subscription(link, &raw.subscription, channel, STREAM_ID, NULL, NULL);
    }
    if (rc == TP_OK) {
        rc = tpi_link_add_publication(link, &raw.publication, channel, STREAM_ID, true);
    }
    rc = rc != TP_OK ? rc : run_raw(&raw, link);
    tpi_link_destroy(link);
    unmap_pool(&raw.from);
    unmap_pool(&raw.to);
    return rc;
}

/* ---- the bridge ---- */

typedef struct bridged {
    tp_client_t *client;
    tp_bridge_t *bridge;
    tp_producer_t *producer;
    tp_consumer_t *consumer;
    tp_frame_info_t info;
    size_t size;
    uint64_t published;
    meter_t meter;
} bridged_t;

static int open_bridge(tp_bench_solo_t *solo, bridged_t *b)
{
    const tp_bench_cell_t cell = { .id = solo->run->next_id, .size = b->size, .streams = 2 };
    const tp_bridge_mapping_t mapping = { .source_stream_id = tp_bench_stream_id(&cell, 0),
                                          .dest_stream_id = tp_bench_stream_id(&cell, 1) };
    tp_bridge_options_t options = TP_BRIDGE_OPTIONS_INIT;
    tp_producer_options_t producer = TP_PRODUCER_OPTIONS_INIT;
    tp_consumer_options_t consumer = TP_CONSUMER_OPTIONS_INIT;
    const uint32_t mtu = *(const uint32_t *)solo->row->plan;
    const int port = free_port();
    char payload[200], control[200];
    make_channel(payload, sizeof payload, port, "16m", mtu);
    make_channel(control, sizeof control, port, "64k", mtu);
    options.instance_id = "bench";
    options.payload_channel = payload;
    options.payload_stream_id = STREAM_ID;
    options.control_channel = control;
    options.control_stream_id = STREAM_ID + 1;
    options.forward_metadata = TP_BRIDGE_OFF;
    options.assembly_timeout_ms = 1000;
    options.mappings = &mapping;
    options.mappings_count = 1;
    producer.stream_id = mapping.source_stream_id;
    consumer.stream_id = mapping.dest_stream_id;
    int rc = tp_bench_frame_info(&b->info, b->size);
    rc = rc != TP_OK ? rc : tp_bench_connect(solo->run, &b->client);
    rc = rc != TP_OK ? rc : tp_bridge_create(&b->bridge, b->client, &options);
    rc = rc != TP_OK ? rc : tp_producer_create(&b->producer, b->client, &producer);
    return rc != TP_OK ? rc : tp_consumer_create(&b->consumer, b->client, &consumer);
}

/* Source and destination attached, and the announce that makes chunks count has arrived. */
static bool is_open(const bridged_t *b)
{
    tp_bridge_mapping_status_t status;
    tp_attach_status_t source;
    tp_producer_status(b->producer, &source);
    return tp_producer_is_ready(b->producer) && tp_consumer_is_ready(b->consumer) &&
           tp_bridge_mapping(b->bridge, 0, &status, NULL) == TP_OK && source.epoch != 0 &&
           status.source_epoch == source.epoch && status.announced_epoch == source.epoch;
}

static int publish(bridged_t *b)
{
    tp_claim_t claim;
    int rc = tp_producer_claim(b->producer, b->size, &claim);
    if (rc == TP_OK) {
        rc = tp_producer_commit(b->producer, &claim, b->size, &b->info);
        b->published++;
    }
    return rc;
}

/* Frames that went another way than to the consumer: they leave the window too. */
static uint64_t lost_frames(const bridged_t *b)
{
    tp_bridge_mapping_status_t status;
    tp_bridge_stats_t s;
    if (tp_bridge_mapping(b->bridge, 0, &status, &s) != TP_OK) {
        return 0;
    }
    return s.frames_dropped + s.frames_torn + s.frames_oversize + s.frames_unsent +
           s.frames_unannounced + status.source_drops_gap + status.source_drops_late;
}

static int run_bridge(bridged_t *b)
{
    const uint64_t limit = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    tp_frame_t frame;
    int rc = TP_OK;
    while (!is_open(b)) {
        (void)tp_bridge_do_work(b->bridge);
        if (tp_bench_now() >= limit) {
            return tp_bench_too_late("bridge", "source, destination or announce");
        }
    }
    while (rc == TP_OK && !meter_is_over(&b->meter, limit)) {
        if (b->published - b->meter.arrived - lost_frames(b) < WINDOW) {
            rc = publish(b);
        }
        if (tp_bridge_do_work(b->bridge) == 0) {
            (void)sched_yield();
        }
        while (tp_consumer_try_next(b->consumer, &frame) == 1) {
            if (frame.length != b->size) {
                rc = tpi_fail(TP_ESTATE, "a frame of %zu bytes arrived", (size_t)frame.length);
            }
            meter_arrive(&b->meter);
        }
    }
    return rc != TP_OK ? rc : finish(&b->meter, "bridge", lost_frames(b));
}

static int measure_bridge(tp_bench_solo_t *solo)
{
    bridged_t b = { .size = solo->row->size,
                    .meter = { .run = solo->run, .report = &solo->board->sender } };
    int rc = open_bridge(solo, &b);
    rc = rc != TP_OK ? rc : run_bridge(&b);
    tp_consumer_destroy(b.consumer);
    tp_producer_destroy(b.producer);
    tp_bridge_destroy(b.bridge);
    tp_client_destroy(b.client);
    return rc;
}

int tp_bench_measure_bridge(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out)
{
    run->next_id++;
    const bool is_floor = strcmp(row->subject, "aeron") == 0;
    const int rc =
        tp_bench_solo_run(run, row, is_floor ? measure_raw : measure_bridge, TIMEOUT_NS, out);
    if (rc == TP_OK) {
        /* From the mean: what stalls the stream is the stream's. */
        const double mean = out->figures[TP_BENCH_FIGURE_MEAN];
        out->figures[TP_BENCH_FIGURE_FRAMES_PER_S] = 1e9 / mean;
        out->figures[TP_BENCH_FIGURE_BYTES_PER_S] = (double)row->size / mean * 1e9;
    }
    return rc;
}
