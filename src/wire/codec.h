/*
 * wire/codec.h - encode and decode the messages of schemas 900 and 901 in both dialects.
 *
 * Decoding a stranger's bytes goes in two steps. `tpi_wire_check` (wire/table.h: schema, template,
 * version, exact block length per dialect, every group and var-data length against the bytes that
 * are there, every enum value) and only then the generated SBE decoders, which check too little by
 * themselves. The struct decoders below also refuse a null in a required field (W-5), with the
 * exceptions of the spec, and bytes outside 1..127 in URIs and channels (W-8). `tpi_wire_peek`
 * reads just the header.
 *
 * Decoders judge form. What a well-formed message means is judged above: ranges and ids by the
 * agents, URIs by shm/region.h; tpi_attach_response_verify has the rules of an attach response
 * (D-33), which are pure functions of its fields.
 *
 * All decoders: return TP_OK, or TP_EDECODE with a text (the struct is then undefined). Views point
 * into `buf`. The errorMessage of a 901 message is cut to TPI_MAX_ERROR_MESSAGE bytes, by decoders
 * and encoders alike (D-17). All encoders: return the encoded length (header included), or
 * TP_EINVAL/TP_ERANGE with a text when a value is not encodable or `cap` is too small; nothing is
 * written beyond `cap`. None of them allocates.
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

/**
 * Which dialect a message of a two-form kind came in, by its blockLength alone; v1.1 for
 * anything else.
 */
tpi_dialect_t tpi_wire_dialect_of(const tpi_wire_header_t *header);

/*
 * Triage: what to answer to an attach or detach request that does not decode, and what to make of
 * an attach response while one is awaited. None of these sets an error text unless it says so.
 */

/** What is wrong with a request, in the order of the table of D-28; the first that applies. */
typedef enum tpi_request_fault {
    TPI_REQUEST_OK = 0,
    /** Another schema or template, or less than a message header: ignore (D-11, D-12). */
    TPI_REQUEST_FOREIGN,
    /** version != 1, or a blockLength that is none of the message's (D-13, D-14). */
    TPI_REQUEST_UNSUPPORTED,
    /** Truncated, or a required id holds its null value (D-15). */
    TPI_REQUEST_MALFORMED,
    /** Neither PRODUCER nor CONSUMER. */
    TPI_REQUEST_BAD_ROLE,
    /** Attach: 0 or 0xFFFFFFFF. (In a detach the latter is MALFORMED, 0 is just unknown.) */
    TPI_REQUEST_BAD_CLIENT_ID,
    /** Attach only; row 4 of D-28: an agent checks "draining" before it. */
    TPI_REQUEST_BAD_PUBLISH_MODE,
    /** Attach only; row 5 of D-28. */
    TPI_REQUEST_BAD_HUGEPAGES,
} tpi_request_fault_t;

typedef struct tpi_request_triage {
    tpi_request_fault_t fault;
    /** out->correlation_id was readable and is not null; false: ignore the message. */
    bool can_answer;
    /** Of the answer: the form of the request, v1.1 when it has neither. */
    tpi_dialect_t dialect;
} tpi_request_triage_t;

/**
 * Read what can be read of an attach request and say what is wrong with it. Fields that were not
 * there hold their null value, enums the raw value. With TPI_REQUEST_OK, _BAD_PUBLISH_MODE and
 * _BAD_HUGEPAGES every field was read. When both of these two apply, the first is reported.
 */
void tpi_attach_request_triage(const void *buf, size_t len, tpi_attach_request_t *out,
                               tpi_request_triage_t *out_triage);

/** The same for a detach request (dialect is always v1.1: detach has one form). */
void tpi_detach_request_triage(const void *buf, size_t len, tpi_detach_request_t *out,
                               tpi_request_triage_t *out_triage);

typedef enum tpi_response_verdict {
    /** Not an attach response of version 1, or not for this correlationId: ignore. */
    TPI_RESPONSE_FOREIGN = 0,
    /** Well-formed, any code; with OK the rules of D-33 hold too. */
    TPI_RESPONSE_GOOD,
    /** For us, but malformed or against D-33: fail closed (D-32); tp_errmsg() says why. */
    TPI_RESPONSE_PROTOCOL_ERROR,
} tpi_response_verdict_t;

/**
 * Judge a message while an attach response with `correlation_id` is awaited (D-14, D-15, D-32,
 * D-33, D-36).
 *
 * @param stream_id    the requested one; 0 accepts any.
 * @param out          defined only with TPI_RESPONSE_GOOD.
 * @param out_lease_id with TPI_RESPONSE_PROTOCOL_ERROR: the lease to detach first (D-32),
 *                     TPI_NULL_U64 when it was not readable or null; otherwise out->lease_id. May
 *                     be NULL.
 */
tpi_response_verdict_t tpi_attach_response_triage(const void *buf, size_t len,
                                                  int64_t correlation_id, uint32_t stream_id,
                                                  tpi_attach_response_t *out,
                                                  uint64_t *out_lease_id);

/**
 * D-33 on a decoded attach response: nothing to check unless its code is OK. `dialect` is the one
 * it came in (maxDims exists in v1.1 only). TP_OK, or TP_EPROTO with a text. URIs are only tested
 * for being neither empty nor blank.
 */
int tpi_attach_response_verify(const tpi_attach_response_t *response, tpi_dialect_t dialect,
                               uint32_t stream_id);

/**
 * Upper bound for an encoded announce or attach response with `npools` pools and URIs of at most
 * `uri_len` bytes.
 */
size_t tpi_wire_announce_bound(size_t npools, size_t uri_len);

/**
 * Hot path: write a FrameDescriptor over a 44-byte (v1.1) or 48-byte (v1.2) claimed buffer. Returns
 * that length; no checks, no error text. `in->header_index` must be seq & (nslots-1).
 */
size_t tpi_frame_descriptor_put(void *buf, tpi_dialect_t dialect, const tpi_frame_descriptor_t *in);

/** Hot path: turn what tpi_frame_descriptor_put wrote into the next frame's of the same stream,
 * epoch and dialect. `trace_id` is left out of v1.1. */
void tpi_frame_descriptor_update(void *buf, tpi_dialect_t dialect, uint64_t seq,
                                 uint32_t header_index, uint32_t meta_version, uint64_t trace_id);
#define TPI_FRAME_DESCRIPTOR_MAX 48

#endif
