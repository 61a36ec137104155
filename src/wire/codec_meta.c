#include "wire/meta.h"

#include "base/fail.h"
#include "tpi_wire11/dataSourceMeta.h"
#include "tpi_wire12/metaBlobAnnounce.h"
#include "tpi_wire12/metaBlobChunk.h"
#include "tpi_wire12/metaBlobComplete.h"
#include "wire/codec_internal.h"

#define BEGIN(template_id) tpi_codec_begin(buf, len, TPI_WIRE_SCHEMA_ID, template_id, NULL)

/* ---- DataSourceMeta ---- */

#define M(name) tpi_wire11_dataSourceMeta_##name
#define A(name) tpi_wire11_dataSourceMeta_attributes_##name

int tpi_data_source_meta_decode(const void *buf, size_t len, tpi_data_source_meta_t *out)
{
    const int result = BEGIN(TPI_DATA_SOURCE_META);
    if (result != TP_OK) {
        return result;
    }
    const size_t count = tpi_codec_group_count(buf, M(sbe_block_length)());
    if (count > TPI_MAX_ATTRIBUTES) {
        return tpi_fail(TP_EDECODE, "DataSourceMeta: %zu attributes, at most %d are read", count,
                        TPI_MAX_ATTRIBUTES);
    }
    struct tpi_wire11_dataSourceMeta c = { 0 };
    struct tpi_wire11_dataSourceMeta_attributes group = { 0 };
    TPI_CODEC_OPEN(tpi_wire11_dataSourceMeta, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->meta_version = M(metaVersion)(&c);
    out->timestamp_ns = M(timestampNs)(&c);
    out->nattributes = 0;
    M(get_attributes)(&c, &group);
    while (out->nattributes < count && A(next)(&group) != NULL) {
        tpi_attribute_t *attribute = &out->attributes[out->nattributes++];
        TPI_CODEC_GET_VIEW(tpi_wire11_dataSourceMeta_attributes, &group, key, &attribute->key);
        TPI_CODEC_GET_VIEW(tpi_wire11_dataSourceMeta_attributes, &group, format,
                           &attribute->format);
        TPI_CODEC_GET_VIEW(tpi_wire11_dataSourceMeta_attributes, &group, value, &attribute->value);
    }
    return TP_OK;
}

size_t tpi_data_source_meta_bytes(const tpi_data_source_meta_t *in)
{
    size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() + TPI_CODEC_GROUP_BYTES;
    for (size_t i = 0; i < in->nattributes; i++) {
        const tpi_attribute_t *attribute = &in->attributes[i];
        need += tpi_codec_view_bytes(attribute->key) + tpi_codec_view_bytes(attribute->format) +
                tpi_codec_view_bytes(attribute->value);
    }
    return need;
}

int tpi_data_source_meta_encode(void *buf, size_t cap, const tpi_data_source_meta_t *in)
{
    if (in->nattributes > TPI_MAX_ATTRIBUTES) {
        return tpi_fail(TP_ERANGE, "DataSourceMeta: %u attributes, at most %d are possible",
                        in->nattributes, TPI_MAX_ATTRIBUTES);
    }
    const size_t need = tpi_data_source_meta_bytes(in);
    const int result = tpi_codec_room("DataSourceMeta", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire11_dataSourceMeta c = { 0 };
    struct tpi_wire11_dataSourceMeta_attributes group = { 0 };
    TPI_CODEC_CREATE(tpi_wire11_dataSourceMeta, tpi_wire11, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_metaVersion)(&c, in->meta_version);
    M(set_timestampNs)(&c, in->timestamp_ns);
    M(attributes_set_count)(&c, &group, in->nattributes);
    for (size_t i = 0; i < in->nattributes; i++) {
        const tpi_attribute_t *attribute = &in->attributes[i];
        A(next)(&group);
        TPI_CODEC_PUT_VIEW(tpi_wire11_dataSourceMeta_attributes, &group, key, attribute->key);
        TPI_CODEC_PUT_VIEW(tpi_wire11_dataSourceMeta_attributes, &group, format, attribute->format);
        TPI_CODEC_PUT_VIEW(tpi_wire11_dataSourceMeta_attributes, &group, value, attribute->value);
    }
    return tpi_codec_finish(buf, need, NULL);
}
#undef M
#undef A

/* ---- MetaBlobAnnounce ---- */

#define M(name) tpi_wire12_metaBlobAnnounce_##name

int tpi_meta_blob_announce_decode(const void *buf, size_t len, tpi_meta_blob_announce_t *out)
{
    const int result = BEGIN(TPI_META_BLOB_ANNOUNCE);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire12_metaBlobAnnounce c = { 0 };
    TPI_CODEC_OPEN(tpi_wire12_metaBlobAnnounce, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->meta_version = M(metaVersion)(&c);
    out->blob_type = M(blobType)(&c);
    out->total_len = M(totalLen)(&c);
    out->checksum = M(checksum)(&c);
    return TP_OK;
}

int tpi_meta_blob_announce_encode(void *buf, size_t cap, const tpi_meta_blob_announce_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)();
    const int result = tpi_codec_room("MetaBlobAnnounce", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire12_metaBlobAnnounce c = { 0 };
    TPI_CODEC_CREATE(tpi_wire12_metaBlobAnnounce, tpi_wire12, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_metaVersion)(&c, in->meta_version);
    M(set_blobType)(&c, in->blob_type);
    M(set_totalLen)(&c, in->total_len);
    M(set_checksum)(&c, in->checksum);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- MetaBlobChunk ---- */

#define M(name) tpi_wire12_metaBlobChunk_##name

int tpi_meta_blob_chunk_decode(const void *buf, size_t len, tpi_meta_blob_chunk_t *out)
{
    const int result = BEGIN(TPI_META_BLOB_CHUNK);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire12_metaBlobChunk c = { 0 };
    TPI_CODEC_OPEN(tpi_wire12_metaBlobChunk, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->meta_version = M(metaVersion)(&c);
    out->chunk_offset = M(chunkOffset)(&c);
    TPI_CODEC_GET_VIEW(tpi_wire12_metaBlobChunk, &c, bytes, &out->bytes);
    return TP_OK;
}

int tpi_meta_blob_chunk_encode(void *buf, size_t cap, const tpi_meta_blob_chunk_t *in)
{
    const size_t need =
        TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() + tpi_codec_view_bytes(in->bytes);
    const int result = tpi_codec_room("MetaBlobChunk", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire12_metaBlobChunk c = { 0 };
    TPI_CODEC_CREATE(tpi_wire12_metaBlobChunk, tpi_wire12, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_metaVersion)(&c, in->meta_version);
    M(set_chunkOffset)(&c, in->chunk_offset);
    TPI_CODEC_PUT_VIEW(tpi_wire12_metaBlobChunk, &c, bytes, in->bytes);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- MetaBlobComplete ---- */

#define M(name) tpi_wire12_metaBlobComplete_##name

int tpi_meta_blob_complete_decode(const void *buf, size_t len, tpi_meta_blob_complete_t *out)
{
    const int result = BEGIN(TPI_META_BLOB_COMPLETE);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire12_metaBlobComplete c = { 0 };
    TPI_CODEC_OPEN(tpi_wire12_metaBlobComplete, &c, buf, len);
    out->stream_id = M(streamId)(&c);
    out->meta_version = M(metaVersion)(&c);
    out->checksum = M(checksum)(&c);
    return TP_OK;
}

int tpi_meta_blob_complete_encode(void *buf, size_t cap, const tpi_meta_blob_complete_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)();
    const int result = tpi_codec_room("MetaBlobComplete", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_wire12_metaBlobComplete c = { 0 };
    TPI_CODEC_CREATE(tpi_wire12_metaBlobComplete, tpi_wire12, &c, buf, cap);
    M(set_streamId)(&c, in->stream_id);
    M(set_metaVersion)(&c, in->meta_version);
    M(set_checksum)(&c, in->checksum);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M
