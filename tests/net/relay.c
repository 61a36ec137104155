#include "relay.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_ALIGNMENT = 32, DATA_HEADER = 32, TYPE_DATA = 1, TYPE_PAD = 0 };

/* splitmix64 */
static uint64_t draw(relay_t *relay)
{
    uint64_t z = relay->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static bool happens(relay_t *relay, double probability)
{
    return (double)(draw(relay) >> 11) * 0x1.0p-53 < probability;
}

bool relay_init(relay_t *relay, const relay_options_t *options, relay_emit_t emit, void *clientd)
{
    memset(relay, 0, sizeof *relay);
    relay->options = *options;
    relay->options.hold = options->hold > 0 ? options->hold : 1;
    relay->emit = emit;
    relay->clientd = clientd;
    relay->state = options->seed;
    for (size_t i = 0; i < RELAY_MAX_HELD; i++) {
        relay->held[i].data = malloc(RELAY_MAX_DATAGRAM);
        if (relay->held[i].data == NULL) {
            relay_free(relay);
            return false;
        }
    }
    return true;
}

void relay_free(relay_t *relay)
{
    for (size_t i = 0; i < RELAY_MAX_HELD; i++) {
        free(relay->held[i].data);
        relay->held[i].data = NULL;
        relay->held[i].passes = 0;
    }
}

static void send_on(relay_t *relay, const uint8_t *data, size_t length)
{
    relay->stats.sent++;
    relay->stats.bytes_sent += length;
    relay->emit(relay->clientd, data, length);
}

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The next frame of a datagram at *offset, whose payload's length is returned; 0: has none. */
static size_t next_frame(const uint8_t *data, size_t length, size_t *offset, size_t *frame)
{
    const size_t left = length - *offset;
    if (left < DATA_HEADER) {
        *offset = length;
        return 0;
    }
    const uint8_t *header = data + *offset;
    const uint32_t frame_length = u32_at(header);
    const unsigned type = (unsigned)header[6] | (unsigned)header[7] << 8;
    *frame = *offset;
    if (frame_length < DATA_HEADER || frame_length > left ||
        (type != TYPE_DATA && type != TYPE_PAD)) {
        *offset = length;
        return 0;
    }
    const size_t aligned = (frame_length + FRAME_ALIGNMENT - 1) / FRAME_ALIGNMENT * FRAME_ALIGNMENT;
    *offset += aligned < left ? aligned : left;
    return type == TYPE_DATA ? frame_length - DATA_HEADER : 0;
}

bool relay_corrupt(uint8_t *data, size_t length, uint64_t random)
{
    uint64_t bytes = 0;
    size_t frame = 0;
    for (size_t offset = 0; offset < length;) {
        bytes += next_frame(data, length, &offset, &frame);
    }
    if (bytes == 0) {
        return false;
    }
    uint64_t target = (random >> 3) % bytes;
    for (size_t offset = 0; offset < length;) {
        const size_t payload = next_frame(data, length, &offset, &frame);
        if (target < payload) {
            data[frame + DATA_HEADER + target] ^= (uint8_t)(1u << (random & 7));
            return true;
        }
        target -= payload;
    }
    return false;
}

static bool hold_back(relay_t *relay, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < RELAY_MAX_HELD; i++) {
        relay_held_t *held = &relay->held[i];
        if (held->passes == 0) {
            memcpy(held->data, data, length);
            held->length = length;
            held->passes = relay->options.hold;
            relay->stats.reordered++;
            return true;
        }
    }
    return false;
}

static void let_pass(relay_t *relay)
{
    for (size_t i = 0; i < RELAY_MAX_HELD; i++) {
        relay_held_t *held = &relay->held[i];
        if (held->passes > 0 && --held->passes == 0) {
            send_on(relay, held->data, held->length);
        }
    }
}

void relay_take(relay_t *relay, const uint8_t *data, size_t length)
{
    const relay_options_t *o = &relay->options;
    /* All draws before any decision: see the header. */
    const bool loses = happens(relay, o->loss);
    const bool doubles = happens(relay, o->duplication);
    const bool holds = happens(relay, o->reordering);
    const bool corrupts = happens(relay, o->corruption);
    const uint64_t where = draw(relay);
    relay->stats.received++;
    relay->stats.bytes_received += length;
    if (loses || length > RELAY_MAX_DATAGRAM) {
        relay->stats.lost++;
        return;
    }
    memcpy(relay->scratch, data, length);
    if (corrupts && relay_corrupt(relay->scratch, length, where)) {
        relay->stats.corrupted++;
    }
    if (holds && hold_back(relay, relay->scratch, length)) {
        return;
    }
    send_on(relay, relay->scratch, length);
    if (doubles) {
        relay->stats.duplicated++;
        send_on(relay, relay->scratch, length);
    }
    let_pass(relay);
}

void relay_flush(relay_t *relay)
{
    for (size_t i = 0; i < RELAY_MAX_HELD; i++) {
        if (relay->held[i].passes > 0) {
            relay->held[i].passes = 0;
            send_on(relay, relay->held[i].data, relay->held[i].length);
        }
    }
}

bool relay_is_holding(const relay_t *relay)
{
    for (size_t i = 0; i < RELAY_MAX_HELD; i++) {
        if (relay->held[i].passes > 0) {
            return true;
        }
    }
    return false;
}
