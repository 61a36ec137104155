/*
 * wire/discovery.h - the messages of schema 910 (services.md 3.2).
 *
 * A response may hold many results of any size, so it is written result by result into a buffer,
 * and read the same way. A tag is declared as a field of a var data composite: its group's block
 * length is 0, and its bytes are a length and a text.
 *
 * The rules of wire/codec.h hold: decoders check form and return views into the buffer, encoders
 * write nothing beyond `cap`.
 */
#ifndef TPI_WIRE_DISCOVERY_H
#define TPI_WIRE_DISCOVERY_H

#include "wire/codec.h"

#define TPI_DISCOVERY_SCHEMA_ID 910
enum { TPI_DISCOVERY_REQUEST = 1, TPI_DISCOVERY_RESPONSE = 2 };
enum { TPI_DISCOVERY_OK = 1, TPI_DISCOVERY_NOT_FOUND = 2, TPI_DISCOVERY_ERROR = 3 };

#define TPI_MAX_TAGS 64 /* read of one message's list */

typedef struct tpi_discovery_request {
    uint64_t request_id;
    uint32_t client_id;
    uint32_t response_stream_id;
    uint32_t stream_id; /* filters: null is absent, 0 is a value like others (S-7) */
    uint32_t producer_id;
    uint64_t data_source_id;
    uint16_t ntags;
    tpi_view_t tags[TPI_MAX_TAGS];
    tpi_view_t response_channel;
    tpi_view_t data_source_name; /* length 0: absent */
} tpi_discovery_request_t;

typedef struct tpi_discovery_result {
    uint32_t stream_id;
    uint32_t producer_id;
    uint64_t epoch;
    uint32_t layout_version;
    uint32_t header_nslots;
    uint16_t header_slot_bytes;
    uint8_t max_dims;
    uint64_t data_source_id; /* null: none */
    uint32_t driver_control_stream_id;
    uint16_t npools;
    tpi_pool_entry_t pools[TPI_MAX_POOLS];
    uint16_t ntags;
    tpi_view_t tags[TPI_MAX_TAGS];
    tpi_view_t header_region_uri;
    tpi_view_t data_source_name;
    tpi_view_t driver_instance_id;
    tpi_view_t driver_control_channel;
} tpi_discovery_result_t;

/** More than TPI_MAX_TAGS tags are TP_EDECODE, and TP_ERANGE for the encoder. */
TPI_CODEC_DECLARE(discovery_request)

/* ---- writing a response ---- */

typedef struct tpi_discovery_writer {
    uint8_t *buf;
    size_t cap, len;
    uint16_t count;
} tpi_discovery_writer_t;

/** TP_OK or TP_ERANGE. */
int tpi_discovery_begin(tpi_discovery_writer_t *writer, void *buf, size_t cap, uint64_t request_id,
                        uint8_t status);
/** TP_OK; TP_ERANGE when there is no room (an end with a text of 1024 bytes still fits): then
 * nothing was added. */
int tpi_discovery_add(tpi_discovery_writer_t *writer, const tpi_discovery_result_t *result);
/** The text is cut to 1024 bytes (S-14). Returns the message's length. */
int tpi_discovery_end(tpi_discovery_writer_t *writer, const char *error_message);

/* ---- reading one ---- */

typedef struct tpi_discovery_reader {
    const uint8_t *buf;
    size_t at;
    uint64_t request_id;
    uint8_t status;
    uint16_t count, taken;
    tpi_view_t error_message; /* after the last result was taken */
} tpi_discovery_reader_t;

/** Checks the whole message. TP_OK, or TP_EDECODE with a text. */
int tpi_discovery_open(tpi_discovery_reader_t *reader, const void *buf, size_t len);
/** The next result; false after the last one, and then reader->error_message is there. Of a result
 * with more pools or tags than there is room for, the counts say so by being one too many. */
bool tpi_discovery_next(tpi_discovery_reader_t *reader, tpi_discovery_result_t *out);

#endif
