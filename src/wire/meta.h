/*
 * wire/meta.h - the metadata messages: attributes of a data source (template 8), and large pieces of metadata in parts (10, 12, 13;
 * in the v1.2 dialect alone, and experimental: W-132).
 *
 * The rules of wire/codec.h hold: decoders check form and return views into the buffer, encoders write nothing beyond `cap`.
 */
#ifndef TPI_WIRE_META_H
#define TPI_WIRE_META_H

#include "wire/codec.h"

#define TPI_MAX_ATTRIBUTES 64
#define TPI_MAX_BLOB_CHUNK 65536u /* Rule: W-132 */

typedef struct tpi_attribute {
    tpi_view_t key;
    tpi_view_t format; /* MIME type, or sbe:<schemaId>.<templateId> (W-130) */
    tpi_view_t value;
} tpi_attribute_t;

typedef struct tpi_data_source_meta {
    uint32_t stream_id;
    uint32_t meta_version;
    uint64_t timestamp_ns; /* clock of the stream's announce (W-121) */
    uint16_t nattributes;
    tpi_attribute_t attributes[TPI_MAX_ATTRIBUTES];
} tpi_data_source_meta_t;

typedef struct tpi_meta_blob_announce {
    uint32_t stream_id;
    uint32_t meta_version;
    uint32_t blob_type;
    uint64_t total_len;
    uint64_t checksum; /* CRC32C */
} tpi_meta_blob_announce_t;

typedef struct tpi_meta_blob_chunk {
    uint32_t stream_id;
    uint32_t meta_version;
    uint64_t chunk_offset;
    tpi_view_t bytes;
} tpi_meta_blob_chunk_t;

typedef struct tpi_meta_blob_complete {
    uint32_t stream_id;
    uint32_t meta_version;
    uint64_t checksum;
} tpi_meta_blob_complete_t;

/** More than TPI_MAX_ATTRIBUTES attributes are TP_EDECODE, and TP_ERANGE for the encoder. */
TPI_CODEC_DECLARE(data_source_meta)
TPI_CODEC_DECLARE(meta_blob_announce)
TPI_CODEC_DECLARE(meta_blob_chunk)
TPI_CODEC_DECLARE(meta_blob_complete)

/** Bytes that the encoder needs. */
size_t tpi_data_source_meta_bytes(const tpi_data_source_meta_t *in);

#endif
