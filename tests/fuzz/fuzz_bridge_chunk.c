/*
 * A hostile sender: whatever arrives on a bridge's payload stream, one message after the other,
 * must be judged, put together or dropped, and never more than counted. Input: messages, each
 * behind its length as u16, little-endian. The receiver has an announce (stream 20000, epoch 3,
 * pool 1 of 4096 bytes) and memory for two frames; it holds no lease, so that a frame that is whole
 * ends where it would be published.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "bridge/bridge_internal.h"
#include "link/fake_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STREAM = 20000, EPOCH = 3, STRIDE = 4096 };

static tpi_fake_bus_t *bus;
static tp_client_t *client;
static tp_bridge_t *bridge;
static int64_t now_ns = 1;

static int64_t fixed_clock(void *clientd)
{
    (void)clientd;
    return now_ns;
}

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void set_up(void)
{
    tpi_link_t *link = NULL;
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.clock = fixed_clock;
    options.random_seed = 1;
    require(tpi_fake_bus_create(&bus) == TP_OK && tpi_link_create_fake(&link, bus) == TP_OK);
    require(tpi_client_create_with_link(&client, &options, link) == TP_OK);
    static const tp_bridge_mapping_t mapping = { .source_stream_id = 10000,
                                                 .dest_stream_id = STREAM };
    const tp_bridge_options_t o = { .size = sizeof o,
                                    .instance_id = "fuzz",
                                    .role = TP_BRIDGE_RECEIVER,
                                    .payload_channel = "aeron:ipc",
                                    .payload_stream_id = 3000,
                                    .control_channel = "aeron:ipc",
                                    .control_stream_id = 3001,
                                    .forward_metadata = TP_BRIDGE_OFF,
                                    .mappings = &mapping,
                                    .mappings_count = 1 };
    require(tp_bridge_create(&bridge, client, &o) == TP_OK);
    (void)tp_bridge_do_work(bridge);
}

static void start_over(void)
{
    tpi_receiver_t *r = bridge->mappings[0].receiver;
    tpi_shm_pool_announce_t announce = { .stream_id = STREAM, .epoch = EPOCH, .npools = 1 };
    announce.pools[0] = (tpi_pool_entry_t){ .pool_id = 1, .nslots = 8, .stride_bytes = STRIDE };
    tpi_assemblies_fini(&r->assemblies, TP_BRIDGE_FRAME_LEASE);
    r->has_announce = false;
    tpi_receiver_on_announce(&bridge->mappings[0], &announce);
    memset(&bridge->mappings[0].stats, 0, sizeof bridge->mappings[0].stats);
    r->assemblies = (tpi_assemblies_t){ .stats = &bridge->mappings[0].stats };
    require(tpi_assemblies_init(&r->assemblies, 2, STRIDE, &bridge->mappings[0].stats) == TP_OK);
    r->dest_nslots = 8;
    r->dest_max_stride = STRIDE;
    r->must_renew = false;
}

/* In memory of its own, so that a sanitizer sees a byte read too much. */
static void feed(const uint8_t *data, size_t len)
{
    const tpi_message_info_t info = { .session_id = 1 };
    uint8_t *message = malloc(len > 0 ? len : 1);
    require(message != NULL);
    memcpy(message, data, len);
    tpi_receiver_on_chunk(bridge, message, len, &info);
    free(message);
}

static void check_books(void)
{
    const tp_bridge_stats_t *s = &bridge->mappings[0].stats;
    uint64_t chunks = 0;
    uint64_t frames = 0;
    for (int i = 0; i < TP_BRIDGE_CHUNK_DROPS; i++) {
        chunks += s->chunk_drops[i];
    }
    for (int i = 0; i < TP_BRIDGE_FRAME_DROPS; i++) {
        frames += s->frame_drops[i];
    }
    require(chunks == s->chunks_dropped && frames == s->frames_dropped);
    require(s->frames_rematerialized == 0);
    require(bridge->mappings[0].receiver->assemblies.open <= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (bridge == NULL) {
        set_up();
    }
    start_over();
    while (size >= 2) {
        size_t len = tpi_get_u16(data);
        data += 2;
        size -= 2;
        len = len < size ? len : size;
        feed(data, len);
        data += len;
        size -= len;
        now_ns += 1000000;
        (void)tpi_assemblies_expire(&bridge->mappings[0].receiver->assemblies, now_ns, 5000000);
        check_books();
    }
    return 0;
}
