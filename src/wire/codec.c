#include "wire/codec.h"

#include <limits.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "wire/codec_internal.h"

int tpi_wire_peek(const void *buf, size_t len, tpi_wire_header_t *out_header)
{
    if (len < TPI_WIRE_HEADER_BYTES) {
        return tpi_fail(TP_EDECODE, "%zu bytes are less than a message header", len);
    }
    const uint8_t *p = buf;
    out_header->block_length = tpi_get_u16(p);
    out_header->template_id = tpi_get_u16(p + 2);
    out_header->schema_id = tpi_get_u16(p + 4);
    out_header->version = tpi_get_u16(p + 6);
    return TP_OK;
}

/* Rule */
tpi_dialect_t tpi_wire_dialect_of(const tpi_wire_header_t *header)
{
    for (size_t i = 0; i < tpi_wire_message_count; i++) {
        const tpi_wire_message_t *message = &tpi_wire_messages[i];
        if (message->schema_id == header->schema_id &&
            message->template_id == header->template_id &&
            message->block.block_length == header->block_length &&
            message->dialects == TPI_WIRE_IN_V12) {
            return TPI_DIALECT_V12;
        }
    }
    return TPI_DIALECT_V11;
}

size_t tpi_wire_announce_bound(size_t npools, size_t uri_len)
{
    enum { LARGEST_BLOCK = 54 };
    const size_t uri_bytes = TPI_CODEC_LENGTH_BYTES + uri_len;
    return TPI_WIRE_HEADER_BYTES + LARGEST_BLOCK + TPI_CODEC_GROUP_BYTES +
           npools * (TPI_CODEC_POOL_BYTES + uri_bytes) + uri_bytes + TPI_CODEC_LENGTH_BYTES +
           TPI_MAX_ERROR_MESSAGE;
}

int tpi_codec_begin(const void *buf, size_t len, uint16_t schema_id, uint16_t template_id,
                    const char *const *except)
{
    tpi_wire_header_t header = { 0 };
    int result = tpi_wire_peek(buf, len, &header);
    if (result != TP_OK) {
        return result;
    }
    /* Rule: D-12 */
    if (header.schema_id != schema_id || header.template_id != template_id) {
        return tpi_fail(TP_EDECODE,
                        "template %u of schema %u where template %u of schema %u was expected",
                        header.template_id, header.schema_id, template_id, schema_id);
    }
    const tpi_wire_message_t *message = NULL;
    result = tpi_wire_check(buf, len, TPI_WIRE_IN_BOTH, &message);
    return result == TP_OK ? tpi_wire_check_required(message, buf, except) : result;
}

int tpi_codec_room(const char *name, size_t cap, size_t need)
{
    if (need > INT_MAX || need > cap) {
        return tpi_fail(TP_ERANGE, "%s needs %zu bytes, the buffer has %zu", name, need, cap);
    }
    return TP_OK;
}

int tpi_codec_finish(const void *buf, size_t len, const char *const *except)
{
    const tpi_wire_message_t *message = NULL;
    int result = tpi_wire_check(buf, len, TPI_WIRE_IN_BOTH, &message);
    if (result == TP_OK) {
        result = tpi_wire_check_required(message, buf, except);
    }
    if (result != TP_OK) {
        tpi_note("cannot be sent");
        return TP_EINVAL;
    }
    return (int)len;
}

int tpi_codec_ascii(int code, const char *name, tpi_view_t view)
{
    /* Rule: W-8 */
    if (!tpi_wire_is_ascii(view.data, view.len)) {
        return tpi_fail(code, "%s: a byte that is not in 1..127", name);
    }
    return TP_OK;
}

tpi_view_t tpi_codec_clip(tpi_view_t view)
{
    /* Rule: D-17 */
    if (view.len > TPI_MAX_ERROR_MESSAGE) {
        view.len = TPI_MAX_ERROR_MESSAGE;
    }
    return view;
}

size_t tpi_codec_group_count(const void *buf, size_t block_length)
{
    return tpi_get_u16((const uint8_t *)buf + TPI_WIRE_HEADER_BYTES + block_length + 2);
}

size_t tpi_codec_pools_bytes(const tpi_pool_entry_t *pools, uint16_t npools)
{
    size_t bytes = TPI_CODEC_GROUP_BYTES;
    for (uint16_t i = 0; i < npools; i++) {
        bytes += TPI_CODEC_POOL_BYTES + tpi_codec_view_bytes(pools[i].region_uri);
    }
    return bytes;
}

int tpi_codec_pools_check(int code, const tpi_pool_entry_t *pools, size_t npools)
{
    /* Rule: D-15 */
    if (npools > TPI_MAX_POOLS) {
        return tpi_fail(code, "payloadPools has %zu entries, expected at most %d", npools,
                        TPI_MAX_POOLS);
    }
    for (size_t i = 0; i < npools; i++) {
        const int result = tpi_codec_ascii(code, "regionUri", pools[i].region_uri);
        if (result != TP_OK) {
            return result;
        }
    }
    return TP_OK;
}

size_t tpi_frame_descriptor_put(void *buf, tpi_dialect_t dialect, const tpi_frame_descriptor_t *in)
{
    enum { BLOCK_V11 = 36, BLOCK_V12 = 40 };
    uint8_t *p = buf;
    const bool v12 = dialect == TPI_DIALECT_V12;
    tpi_put_u16(p, v12 ? BLOCK_V12 : BLOCK_V11);
    tpi_put_u16(p + 2, TPI_FRAME_DESCRIPTOR);
    tpi_put_u16(p + 4, TPI_WIRE_SCHEMA_ID);
    tpi_put_u16(p + 6, TPI_SCHEMA_VERSION);
    p += TPI_WIRE_HEADER_BYTES;
    tpi_put_u32(p, in->stream_id);
    tpi_put_u64(p + 4, in->epoch);
    tpi_put_u64(p + 12, in->seq);
    p += 20;
    if (!v12) {
        tpi_put_u32(p, in->header_index);
        p += 4;
    }
    tpi_put_u64(p, in->timestamp_ns);
    tpi_put_u32(p + 8, in->meta_version);
    if (v12) {
        tpi_put_u64(p + 12, in->trace_id);
    }
    return TPI_WIRE_HEADER_BYTES + (v12 ? BLOCK_V12 : BLOCK_V11);
}

void tpi_frame_descriptor_update(void *buf, tpi_dialect_t dialect, uint64_t seq,
                                 uint32_t header_index, uint32_t meta_version, uint64_t trace_id)
{
    uint8_t *p = (uint8_t *)buf + TPI_WIRE_HEADER_BYTES;
    tpi_put_u64(p + 12, seq);
    if (dialect == TPI_DIALECT_V12) {
        tpi_put_u32(p + 28, meta_version);
        tpi_put_u64(p + 32, trace_id);
    } else {
        tpi_put_u32(p + 20, header_index);
        tpi_put_u32(p + 32, meta_version);
    }
}
