/*
 * bridge/chunk.h - BridgeFrameChunk (schema 902, template 1), both layouts, without a copy in
 * between: a sender writes the head into its claim and copies the slice behind it; a receiver reads
 * fields and views out of the message as it lies.
 *
 *       41  53   (block offset, from byte 8 of the message)
 *        0   0  u32 streamId          20  28  u32 chunkIndex     32  40  u32 chunkLength
 *        4   4  u64 epoch             24  32  u32 chunkCount     36  44  u32 payloadLength
 *       12  12  u64 seq               28  36  u32 chunkOffset     -  48  u32 payloadCrc32c
 *        -  20  u64 traceId                                      40  52  u8  headerIncluded
 *
 * then u32 length and headerBytes, u32 length and payloadBytes. Schema id and version are the same,
 * so only blockLength tells the two apart (Rule: X-1).
 */
#ifndef TPI_BRIDGE_CHUNK_H
#define TPI_BRIDGE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/messages.h"

#define TPI_BRIDGE_SCHEMA_ID 902
#define TPI_BRIDGE_FRAME_CHUNK 1
#define TPI_CHUNK_BLOCK_V11 41
#define TPI_CHUNK_BLOCK_V12 53
#define TPI_CHUNK_HEADER_BYTES 256u /* one raw slot */

typedef struct tpi_chunk {
    uint32_t stream_id;
    uint64_t epoch;
    uint64_t seq;
    uint64_t trace_id; /* 0: none; always in v1.1 */
    uint32_t index;
    uint32_t count;
    uint32_t offset;
    uint32_t length; /* chunkLength as the field says */
    uint32_t payload_len;
    uint32_t crc32c; /* v1.2 only */
    bool has_crc_field;
    bool is_header_included;
    tpi_view_t header;
    tpi_view_t payload;
} tpi_chunk_t;

typedef enum tpi_chunk_form {
    TPI_CHUNK_OK = 0,
    TPI_CHUNK_GATE,  /* not a chunk of version 1 in one of its layouts */
    TPI_CHUNK_DECODE /* short, lengths beyond the message, headerIncluded neither 0 nor 1 */
} tpi_chunk_form_t;

/** Form alone; what the fields mean is the receiver's to judge. Hot path: no text. */
tpi_chunk_form_t tpi_chunk_decode(const uint8_t *data, size_t len, tpi_chunk_t *out);

/** Bytes of the message. */
size_t tpi_chunk_size(tpi_dialect_t dialect, bool has_header, uint32_t length);

/**
 * Write everything but the slice over `out`, which has room for tpi_chunk_size bytes.
 * `chunk->header` is empty or a slot; crc32c, has_crc_field, is_header_included and payload are not
 * looked at.
 * @return where the `chunk->length` bytes of the slice go.
 */
uint8_t *tpi_chunk_put(uint8_t *out, tpi_dialect_t dialect, const tpi_chunk_t *chunk);

/** Of a message whose slice has been copied: compute the CRC32C over headerBytes and
 * payloadBytes and store it (v1.2). */
void tpi_chunk_seal(uint8_t *message, size_t len);

/** CRC32C over headerBytes and payloadBytes as received. */
uint32_t tpi_chunk_crc(const tpi_chunk_t *chunk);

#endif
