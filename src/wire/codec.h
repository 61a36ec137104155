/*
 * wire/codec.h - encode and decode the messages of schemas 900 and 901 in both dialects.
 *
 * Decoding a stranger's bytes goes in two steps. `tpi_wire_check` (schema, template, version, exact block length per dialect,
 * every group and var-data length against the bytes that are there, every enum value, required fields not null) and only then
 * the generated SBE decoders, which check too little by themselves. `tpi_wire_peek` reads just the message header.
 *
 * All decoders: return TP_OK, or TP_EDECODE with a text (the struct is then undefined). Views point into `buf`.
 * All encoders: return the encoded length (header included), or TP_EINVAL/TP_ERANGE with a text when a value is not encodable or
 * `cap` is too small; nothing is written beyond `cap`. None of them allocates.
 */
#ifndef TPI_WIRE_CODEC_H
#define TPI_WIRE_CODEC_H

#include "wire/messages.h"

typedef struct tpi_wire_header {
    uint16_t block_length;
    uint16_t template_id;
    uint16_t schema_id;
    uint16_t version;
} tpi_wire_header_t;

/** Read the 8-byte message header. TP_EDECODE if fewer than 8 bytes. */
int tpi_wire_peek(const void *buf, size_t len, tpi_wire_header_t *out_header);

/*
 * For every message M with struct tpi_M_t:
 *   int tpi_M_decode(const void *buf, size_t len, tpi_M_t *out);
 *   int tpi_M_encode(void *buf, size_t cap, [tpi_dialect_t dialect,] const tpi_M_t *in);
 * The dialect parameter exists where the two layouts differ. buf starts at the message header.
 */
#define TPI_CODEC_DECLARE(M)                                                                       \
    int tpi_##M##_decode(const void *buf, size_t len, tpi_##M##_t *out);                           \
    int tpi_##M##_encode(void *buf, size_t cap, const tpi_##M##_t *in);
#define TPI_CODEC_DECLARE_DIALECT(M)                                                               \
    int tpi_##M##_decode(const void *buf, size_t len, tpi_##M##_t *out);                           \
    int tpi_##M##_encode(void *buf, size_t cap, tpi_dialect_t dialect, const tpi_##M##_t *in);

TPI_CODEC_DECLARE(shm_pool_announce)
TPI_CODEC_DECLARE(consumer_hello)
TPI_CODEC_DECLARE(consumer_config)
TPI_CODEC_DECLARE_DIALECT(frame_descriptor)
TPI_CODEC_DECLARE_DIALECT(frame_progress)
TPI_CODEC_DECLARE(qos_consumer)
TPI_CODEC_DECLARE(qos_producer)
TPI_CODEC_DECLARE(data_source_announce)
TPI_CODEC_DECLARE(control_response)
TPI_CODEC_DECLARE_DIALECT(attach_request)
TPI_CODEC_DECLARE_DIALECT(attach_response)
TPI_CODEC_DECLARE(detach_request)
TPI_CODEC_DECLARE(detach_response)
TPI_CODEC_DECLARE(lease_keepalive)
TPI_CODEC_DECLARE(driver_shutdown)
TPI_CODEC_DECLARE(lease_revoked)
TPI_CODEC_DECLARE(driver_shutdown_request)

/** Which dialect a message of a two-form kind came in, by its blockLength alone. */
tpi_dialect_t tpi_wire_dialect_of(const tpi_wire_header_t *header);

/** Upper bound for an encoded announce or attach response with `npools` pools and URIs of at most `uri_len` bytes. */
size_t tpi_wire_announce_bound(size_t npools, size_t uri_len);

/**
 * Hot path: write a FrameDescriptor over a 44-byte (v1.1) or 48-byte (v1.2) claimed buffer. Returns that length; no checks, no
 * error text. `in->header_index` must be seq & (nslots-1).
 */
size_t tpi_frame_descriptor_put(void *buf, tpi_dialect_t dialect, const tpi_frame_descriptor_t *in);
#define TPI_FRAME_DESCRIPTOR_MAX 48

#endif
