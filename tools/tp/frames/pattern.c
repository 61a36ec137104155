#include "frames/pattern.h"

#include <string.h>
#include <zlib.h>

#define SEQ_STEP UINT64_C(0x9E3779B97F4A7C15)
#define WORD_STEP UINT64_C(0xD1342543DE82EF95)
/* Inverse of SEQ_STEP modulo 2^64: a stray word times this tells its frame. */
#define SEQ_STEP_INVERSE UINT64_C(0xF1DE83E19937733D)

_Static_assert(SEQ_STEP *SEQ_STEP_INVERSE == 1, "inverse of the sequence step");

int tp_pattern_from_name(const char *name)
{
    static const char *const names[] = { "checked", "gradient", "zeros" };
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static void fill_checked(uint64_t seq, uint8_t *data, size_t length)
{
    uint64_t word = (seq + 1) * SEQ_STEP;
    size_t at = 0;
    for (; at + sizeof word <= length; at += sizeof word, word += WORD_STEP) {
        memcpy(data + at, &word, sizeof word);
    }
    memcpy(data + at, &word, length - at);
}

static void fill_gradient(uint64_t seq, uint8_t *data, size_t length, size_t row_bytes)
{
    if (row_bytes == 0) {
        row_bytes = length;
    }
    size_t row = 0;
    for (size_t at = 0; at < length; at += row_bytes, row++) {
        const size_t n = length - at < row_bytes ? length - at : row_bytes;
        for (size_t i = 0; i < n; i++) {
            data[at + i] = (uint8_t)(i + row + seq * 4);
        }
    }
}

void tp_pattern_fill(tp_pattern_t pattern, uint64_t seq, void *data, size_t length,
                     size_t row_bytes)
{
    switch (pattern) {
    case TP_PATTERN_CHECKED:
        fill_checked(seq, data, length);
        break;
    case TP_PATTERN_GRADIENT:
        fill_gradient(seq, data, length, row_bytes);
        break;
    case TP_PATTERN_ZEROS:
        memset(data, 0, length);
        break;
    }
}

static tp_verdict_t judge_word(uint64_t found, uint64_t seq, uint64_t word_offset)
{
    const uint64_t other = (found - word_offset) * SEQ_STEP_INVERSE - 1;
    /* A frame of this stream lies within some laps of this one; anything else only looks like a
     * sequence number. */
    const uint64_t distance = other > seq ? other - seq : seq - other;
    return distance < (UINT64_C(1) << 32) ? TP_VERDICT_TORN : TP_VERDICT_CORRUPT;
}

tp_verdict_t tp_pattern_verify(uint64_t seq, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    uint64_t word = (seq + 1) * SEQ_STEP;
    size_t at = 0;
    /* Blocks of 64 words without a branch in them, so that this runs at memory speed. */
    while (at + 64 * sizeof word <= length) {
        uint64_t difference = 0;
        uint64_t expected = word;
        for (size_t i = 0; i < 64; i++, expected += WORD_STEP) {
            uint64_t found;
            memcpy(&found, bytes + at + i * sizeof found, sizeof found);
            difference |= found ^ expected;
        }
        if (difference != 0) {
            break;
        }
        at += 64 * sizeof word;
        word = expected;
    }
    for (; at + sizeof word <= length; at += sizeof word, word += WORD_STEP) {
        uint64_t found;
        memcpy(&found, bytes + at, sizeof found);
        if (found != word) {
            return judge_word(found, seq, word - (seq + 1) * SEQ_STEP);
        }
    }
    return memcmp(bytes + at, &word, length - at) == 0 ? TP_VERDICT_GOOD : TP_VERDICT_CORRUPT;
}

static const char trailer_tag[8] = { 't', 'p', 'c', 'r', 'c', '3', '2', 0 };

static uint32_t crc32_of(const void *data, size_t length)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, length);
}

void tp_checksum_put(void *trailer, const void *data, size_t length)
{
    const uint32_t crc = crc32_of(data, length);
    const uint32_t inverse = ~crc;
    uint8_t *out = trailer;
    memcpy(out, trailer_tag, sizeof trailer_tag);
    memcpy(out + 8, &crc, sizeof crc);
    memcpy(out + 12, &inverse, sizeof inverse);
}

int tp_checksum_present(const void *data, size_t length)
{
    return length >= TP_CHECKSUM_TRAILER_BYTES &&
           memcmp((const uint8_t *)data + length - TP_CHECKSUM_TRAILER_BYTES, trailer_tag,
                  sizeof trailer_tag) == 0;
}

tp_verdict_t tp_checksum_verify(const void *data, size_t length)
{
    if (!tp_checksum_present(data, length)) {
        return TP_VERDICT_CORRUPT;
    }
    const uint8_t *trailer = (const uint8_t *)data + length - TP_CHECKSUM_TRAILER_BYTES;
    uint32_t crc, inverse;
    memcpy(&crc, trailer + 8, sizeof crc);
    memcpy(&inverse, trailer + 12, sizeof inverse);
    return inverse == ~crc && crc == crc32_of(data, length - TP_CHECKSUM_TRAILER_BYTES)
               ? TP_VERDICT_GOOD
               : TP_VERDICT_CORRUPT;
}
