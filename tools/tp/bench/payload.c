#include "bench/payload.h"

#include <string.h>

/* 64 bytes a turn: every compiler makes plain vector code of this, and one turn is one cache line. */
typedef uint64_t lane_t __attribute__((vector_size(16), aligned(1), may_alias));
#define LANES 4
#define TURN (LANES * sizeof(lane_t))

/* A frame is one word, repeated; the multiplier spreads the difference of two seqs over all its bytes. */
static uint64_t word_of(uint64_t seq)
{
    return (seq + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

void tp_bench_fill(uint8_t *data, size_t length, uint64_t seq)
{
    const uint64_t word = word_of(seq);
    const lane_t lane = { word, word };
    size_t at = 0;
    for (; at + TURN <= length; at += TURN) {
        lane_t *out = (lane_t *)(void *)(data + at);
        out[0] = lane;
        out[1] = lane;
        out[2] = lane;
        out[3] = lane;
    }
    for (; at < length; at++) {
        data[at] = (uint8_t)(word >> 8 * (at % 8));
    }
}

bool tp_bench_holds(const uint8_t *data, size_t length, uint64_t seq)
{
    const uint64_t word = word_of(seq);
    const lane_t lane = { word, word };
    lane_t wrong[LANES] = { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } };
    size_t at = 0;
    for (; at + TURN <= length; at += TURN) {
        const lane_t *in = (const lane_t *)(const void *)(data + at);
        wrong[0] |= in[0] ^ lane;
        wrong[1] |= in[1] ^ lane;
        wrong[2] |= in[2] ^ lane;
        wrong[3] |= in[3] ^ lane;
    }
    uint64_t rest = 0;
    for (; at < length; at++) {
        rest |= data[at] ^ (uint64_t)(uint8_t)(word >> 8 * (at % 8));
    }
    const lane_t any = wrong[0] | wrong[1] | wrong[2] | wrong[3];
    return (any[0] | any[1] | rest) == 0;
}
