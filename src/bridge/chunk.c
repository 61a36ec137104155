#include "bridge/chunk.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"

typedef struct layout {
    uint16_t block_len;
    uint8_t trace_id, index, crc, included; /* block offsets; 0: there is none */
} layout_t;

static const layout_t layouts[] = {
    [TPI_DIALECT_V11] = { TPI_CHUNK_BLOCK_V11, 0, 20, 0, 40 },
    [TPI_DIALECT_V12] = { TPI_CHUNK_BLOCK_V12, 20, 28, 48, 52 },
};

/* count, offset, length and payloadLength follow index in both. */
enum { AT_COUNT = 4, AT_OFFSET = 8, AT_LENGTH = 12, AT_PAYLOAD_LEN = 16 };
enum { AT_STREAM = 0, AT_EPOCH = 4, AT_SEQ = 12, LENGTH_BYTES = 4 };

_Static_assert(20 + AT_PAYLOAD_LEN + 4 == 40 && 40 + 1 == TPI_CHUNK_BLOCK_V11, "layout of 41");
_Static_assert(28 + AT_PAYLOAD_LEN + 4 == 48 && 48 + 4 == 52 && 52 + 1 == TPI_CHUNK_BLOCK_V12,
               "layout of 53");

/* Rule: C-2 a length against the bytes that are there, before anything is made of it */
static bool take_view(const uint8_t *data, size_t len, size_t *at, tpi_view_t *out)
{
    if (len - *at < LENGTH_BYTES) {
        return false;
    }
    const uint32_t length = tpi_get_u32(data + *at);
    *at += LENGTH_BYTES;
    if (length > len - *at) {
        return false;
    }
    out->data = data + *at;
    out->len = length;
    *at += length;
    return true;
}

tpi_chunk_form_t tpi_chunk_decode(const uint8_t *data, size_t len, tpi_chunk_t *out)
{
    /* Rule: B-20, C-1, X-1 */
    if (len < TPI_WIRE_HEADER_BYTES || tpi_get_u16(data + 4) != TPI_BRIDGE_SCHEMA_ID ||
        tpi_get_u16(data + 2) != TPI_BRIDGE_FRAME_CHUNK ||
        tpi_get_u16(data + 6) != TPI_SCHEMA_VERSION) {
        return TPI_CHUNK_GATE;
    }
    const uint16_t block_len = tpi_get_u16(data);
    if (block_len != TPI_CHUNK_BLOCK_V11 && block_len != TPI_CHUNK_BLOCK_V12) {
        return TPI_CHUNK_GATE;
    }
    const bool is_v12 = block_len == TPI_CHUNK_BLOCK_V12;
    const layout_t *layout = &layouts[is_v12 ? TPI_DIALECT_V12 : TPI_DIALECT_V11];
    size_t at = TPI_WIRE_HEADER_BYTES + (size_t)block_len;
    if (len < at) {
        return TPI_CHUNK_DECODE;
    }
    const uint8_t *block = data + TPI_WIRE_HEADER_BYTES;
    const uint8_t *numbers = block + layout->index;
    out->stream_id = tpi_get_u32(block + AT_STREAM);
    out->epoch = tpi_get_u64(block + AT_EPOCH);
    out->seq = tpi_get_u64(block + AT_SEQ);
    out->trace_id = is_v12 ? tpi_get_u64(block + layout->trace_id) : 0;
    out->index = tpi_get_u32(numbers);
    out->count = tpi_get_u32(numbers + AT_COUNT);
    out->offset = tpi_get_u32(numbers + AT_OFFSET);
    out->length = tpi_get_u32(numbers + AT_LENGTH);
    out->payload_len = tpi_get_u32(numbers + AT_PAYLOAD_LEN);
    out->crc32c = is_v12 ? tpi_get_u32(block + layout->crc) : 0;
    out->has_crc_field = is_v12;
    const uint8_t included = block[layout->included];
    if (included > TPI_BOOL_TRUE) {
        return TPI_CHUNK_DECODE; /* Rule: C-2 an unknown value of an enum, its null among them */
    }
    out->is_header_included = included == TPI_BOOL_TRUE;
    if (!take_view(data, len, &at, &out->header) || out->header.len > TPI_CHUNK_HEADER_BYTES ||
        !take_view(data, len, &at, &out->payload)) {
        return TPI_CHUNK_DECODE;
    }
    return TPI_CHUNK_OK;
}

size_t tpi_chunk_size(tpi_dialect_t dialect, bool has_header, uint32_t length)
{
    return TPI_WIRE_HEADER_BYTES + (size_t)layouts[dialect].block_len + 2u * LENGTH_BYTES +
           (has_header ? TPI_CHUNK_HEADER_BYTES : 0) + length;
}

uint8_t *tpi_chunk_put(uint8_t *out, tpi_dialect_t dialect, const tpi_chunk_t *chunk)
{
    const layout_t *layout = &layouts[dialect];
    uint8_t *block = out + TPI_WIRE_HEADER_BYTES;
    uint8_t *numbers = block + layout->index;
    tpi_put_u16(out, layout->block_len);
    tpi_put_u16(out + 2, TPI_BRIDGE_FRAME_CHUNK);
    tpi_put_u16(out + 4, TPI_BRIDGE_SCHEMA_ID);
    tpi_put_u16(out + 6, TPI_SCHEMA_VERSION);
    tpi_put_u32(block + AT_STREAM, chunk->stream_id);
    tpi_put_u64(block + AT_EPOCH, chunk->epoch);
    tpi_put_u64(block + AT_SEQ, chunk->seq);
    tpi_put_u32(numbers, chunk->index);
    tpi_put_u32(numbers + AT_COUNT, chunk->count);
    tpi_put_u32(numbers + AT_OFFSET, chunk->offset);
    tpi_put_u32(numbers + AT_LENGTH, chunk->length);
    tpi_put_u32(numbers + AT_PAYLOAD_LEN, chunk->payload_len);
    if (dialect == TPI_DIALECT_V12) {
        tpi_put_u64(block + layout->trace_id, chunk->trace_id);
        tpi_put_u32(block + layout->crc, 0);
    }
    block[layout->included] = chunk->header.len > 0 ? TPI_BOOL_TRUE : TPI_BOOL_FALSE;
    uint8_t *at = block + layout->block_len;
    tpi_put_u32(at, chunk->header.len);
    at += LENGTH_BYTES;
    if (chunk->header.len > 0) {
        memcpy(at, chunk->header.data, chunk->header.len);
        at += chunk->header.len;
    }
    tpi_put_u32(at, chunk->length);
    return at + LENGTH_BYTES;
}

uint32_t tpi_chunk_crc(const tpi_chunk_t *chunk)
{
    const uint32_t crc = tpi_crc32c(0, chunk->header.data, chunk->header.len);
    return tpi_crc32c(crc, chunk->payload.data, chunk->payload.len);
}

void tpi_chunk_seal(uint8_t *message, size_t len)
{
    tpi_chunk_t chunk;
    if (tpi_chunk_decode(message, len, &chunk) == TPI_CHUNK_OK && chunk.has_crc_field) {
        tpi_put_u32(message + TPI_WIRE_HEADER_BYTES + layouts[TPI_DIALECT_V12].crc,
                    tpi_chunk_crc(&chunk));
    }
}
