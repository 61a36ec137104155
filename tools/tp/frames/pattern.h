/*
 * tp/frames/pattern.h - frame contents that prove themselves.
 *
 * checked: 64-bit little-endian word i of frame `seq` is (seq + 1) * 0x9E3779B97F4A7C15 + i *
 * 0xD1342543DE82EF95 (mod 2^64); a tail shorter than a word takes that word's first bytes. Any
 * reader that knows seq can verify every byte, and a wrong word tells which frame it came from.
 */
#ifndef TP_TOOL_PATTERN_H
#define TP_TOOL_PATTERN_H

#include <stddef.h>
#include <stdint.h>

typedef enum tp_pattern { TP_PATTERN_CHECKED, TP_PATTERN_GRADIENT, TP_PATTERN_ZEROS } tp_pattern_t;

/** "checked", "gradient", "zeros"; -1 if `name` is none of them. */
int tp_pattern_from_name(const char *name);

/** Fill `length` bytes. `row_bytes` is the length of one row for the gradient (0: one row). */
void tp_pattern_fill(tp_pattern_t pattern, uint64_t seq, void *data, size_t length,
                     size_t row_bytes);

typedef enum tp_verdict {
    TP_VERDICT_GOOD,
    TP_VERDICT_TORN,   /* part of it is the pattern of another seq */
    TP_VERDICT_CORRUPT /* not the pattern at all */
} tp_verdict_t;

/** Compare `length` bytes with the checked pattern of `seq`. */
tp_verdict_t tp_pattern_verify(uint64_t seq, const void *data, size_t length);

/* A checksum that travels with the frame: CRC-32 (zlib's) of the `length` bytes before it, as 16
 * bytes {"tpcrc32\0", u32 crc, u32 ~crc}. The tensor ends before it (W-33 allows a payload longer
 * than its tensor), so readers that do not know it see just the tensor. */
#define TP_CHECKSUM_TRAILER_BYTES 16u
void tp_checksum_put(void *trailer, const void *data, size_t length);
/** Is the last TP_CHECKSUM_TRAILER_BYTES of `length` bytes such a trailer? */
int tp_checksum_present(const void *data, size_t length);
/** GOOD or CORRUPT; `length` includes the trailer. */
tp_verdict_t tp_checksum_verify(const void *data, size_t length);

#endif
