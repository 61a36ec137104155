/*
 * wire/messages.h - one struct per message of schemas 900 and 901, whatever dialect it came in.
 *
 * A field that is absent holds its null value (TPI_NULL_*), also where the message's dialect lacks
 * the field, so no code above this folder asks which dialect a message came in (README X-1..X-6).
 * Null and, for text, length 0 are the only ways to say absent, and go over the wire as they stand
 * (Rule: W-4).
 * Text and bytes are views into the buffer that was decoded: valid as long as that buffer is.
 * Encoders copy from them.
 */
#ifndef TPI_WIRE_MESSAGES_H
#define TPI_WIRE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TPI_NULL_U8 UINT8_MAX
#define TPI_NULL_U16 UINT16_MAX
#define TPI_NULL_U32 UINT32_MAX
#define TPI_NULL_U64 UINT64_MAX
#define TPI_NULL_I64 INT64_MIN

#define TPI_WIRE_HEADER_BYTES 8
#define TPI_WIRE_SCHEMA_ID 900
#define TPI_DRIVER_SCHEMA_ID 901
#define TPI_SCHEMA_VERSION 1
#define TPI_MAX_POOLS 64           /* Rule: D-15 */
#define TPI_MAX_ERROR_MESSAGE 1024 /* Rule: D-17 */

typedef enum tpi_dialect { TPI_DIALECT_V11 = 0, TPI_DIALECT_V12 = 1 } tpi_dialect_t;

/** Borrowed bytes; text is not terminated. */
typedef struct tpi_view {
    const uint8_t *data;
    uint32_t len;
} tpi_view_t;

/* Template ids. */
enum {
    TPI_SHM_POOL_ANNOUNCE = 1,
    TPI_CONSUMER_HELLO = 2,
    TPI_CONSUMER_CONFIG = 3,
    TPI_FRAME_DESCRIPTOR = 4,
    TPI_QOS_CONSUMER = 5,
    TPI_QOS_PRODUCER = 6,
    TPI_DATA_SOURCE_ANNOUNCE = 7,
    TPI_DATA_SOURCE_META = 8,
    TPI_CONTROL_RESPONSE = 9,
    TPI_META_BLOB_ANNOUNCE = 10,
    TPI_FRAME_PROGRESS = 11,
    TPI_META_BLOB_CHUNK = 12,
    TPI_META_BLOB_COMPLETE = 13,
};
enum {
    TPI_ATTACH_REQUEST = 1,
    TPI_ATTACH_RESPONSE = 2,
    TPI_DETACH_REQUEST = 3,
    TPI_DETACH_RESPONSE = 4,
    TPI_LEASE_KEEPALIVE = 5,
    TPI_DRIVER_SHUTDOWN = 6,
    TPI_LEASE_REVOKED = 7,
    TPI_DRIVER_SHUTDOWN_REQUEST = 8,
};

/* Enum values as on the wire. */
enum { TPI_BOOL_FALSE = 0, TPI_BOOL_TRUE = 1 };
enum { TPI_MODE_STREAM = 1, TPI_MODE_RATE_LIMITED = 2 };
enum { TPI_CLOCK_MONOTONIC = 1, TPI_CLOCK_REALTIME_SYNCED = 2 };
enum {
    TPI_CODE_OK = 0,
    TPI_CODE_UNSUPPORTED = 1,
    TPI_CODE_INVALID_PARAMS = 2,
    TPI_CODE_REJECTED = 3,
    TPI_CODE_INTERNAL_ERROR = 4
};
enum { TPI_ROLE_PRODUCER = 1, TPI_ROLE_CONSUMER = 2 };
enum { TPI_PUBLISH_REQUIRE_EXISTING = 1, TPI_PUBLISH_EXISTING_OR_CREATE = 2 };
enum { TPI_HUGEPAGES_UNSPECIFIED = 0, TPI_HUGEPAGES_STANDARD = 1, TPI_HUGEPAGES_HUGEPAGES = 2 };
enum { TPI_REVOKE_DETACHED = 1, TPI_REVOKE_EXPIRED = 2, TPI_REVOKE_REVOKED = 3 };
enum { TPI_SHUTDOWN_NORMAL = 0, TPI_SHUTDOWN_ADMIN = 1, TPI_SHUTDOWN_ERROR = 2 };

/* ---- schema 900 ---- */

typedef struct tpi_pool_entry {
    uint16_t pool_id;
    uint32_t nslots;
    uint32_t stride_bytes;
    tpi_view_t region_uri;
} tpi_pool_entry_t;

typedef struct tpi_shm_pool_announce {
    uint32_t stream_id;
    uint32_t producer_id;
    uint64_t epoch;
    uint64_t announce_timestamp_ns;
    uint8_t clock_domain;
    uint32_t layout_version;
    uint32_t header_nslots;
    uint16_t header_slot_bytes;
    uint16_t npools;
    tpi_pool_entry_t pools[TPI_MAX_POOLS];
    tpi_view_t header_region_uri;
} tpi_shm_pool_announce_t;

typedef struct tpi_consumer_hello {
    uint32_t stream_id;
    uint32_t consumer_id;
    uint8_t supports_shm;
    uint8_t supports_progress;
    uint8_t mode;
    uint32_t max_rate_hz;
    uint32_t expected_layout_version;
    uint32_t progress_interval_us;       /* optional */
    uint32_t progress_bytes_delta;       /* optional */
    uint32_t progress_major_delta_units; /* optional */
    uint32_t descriptor_stream_id;       /* 0 or null: none */
    uint32_t control_stream_id;
    tpi_view_t descriptor_channel;
    tpi_view_t control_channel;
} tpi_consumer_hello_t;

typedef struct tpi_consumer_config {
    uint32_t stream_id;
    uint32_t consumer_id;
    uint8_t use_shm;
    uint8_t mode;
    uint32_t descriptor_stream_id;
    uint32_t control_stream_id;
    tpi_view_t payload_fallback_uri;
    tpi_view_t descriptor_channel;
    tpi_view_t control_channel;
} tpi_consumer_config_t;

typedef struct tpi_frame_descriptor {
    uint32_t stream_id;
    uint64_t epoch;
    uint64_t seq;
    uint32_t header_index; /* v1.1 only; null in v1.2: derive it from seq */
    uint64_t timestamp_ns; /* optional */
    uint32_t meta_version; /* optional */
    uint64_t trace_id;     /* v1.2 only; 0 = absent */
} tpi_frame_descriptor_t;

typedef struct tpi_frame_progress {
    uint32_t stream_id;
    uint64_t epoch;
    uint64_t seq;          /* frameId in v1.1 */
    uint32_t header_index; /* v1.1 only */
    uint64_t payload_bytes_filled;
    uint8_t state;
} tpi_frame_progress_t;

typedef struct tpi_qos_consumer {
    uint32_t stream_id;
    uint32_t consumer_id;
    uint64_t epoch;
    uint64_t last_seq_seen;
    uint64_t drops_gap;
    uint64_t drops_late;
    uint8_t mode;
} tpi_qos_consumer_t;

typedef struct tpi_qos_producer {
    uint32_t stream_id;
    uint32_t producer_id;
    uint64_t epoch;
    uint64_t current_seq;
    uint32_t watermark; /* optional */
} tpi_qos_producer_t;

typedef struct tpi_data_source_announce {
    uint32_t stream_id;
    uint32_t producer_id;
    uint64_t epoch;
    uint32_t meta_version;
    tpi_view_t name;
    tpi_view_t summary;
} tpi_data_source_announce_t;

typedef struct tpi_control_response {
    int64_t correlation_id;
    int32_t code;
    tpi_view_t error_message;
} tpi_control_response_t;

/* ---- schema 901 ---- */

typedef struct tpi_attach_request {
    int64_t correlation_id;
    uint32_t stream_id;
    uint32_t client_id;
    uint8_t role;
    uint32_t expected_layout_version;
    uint8_t max_dims;     /* v1.1 only; null in v1.2 */
    uint8_t publish_mode; /* optional */
    uint8_t require_hugepages;
    uint32_t desired_node_id; /* v1.2 only, optional */
} tpi_attach_request_t;

typedef struct tpi_attach_response {
    int64_t correlation_id;
    int32_t code;
    uint64_t lease_id;                  /* the rest is null unless code is OK */
    uint64_t lease_expiry_timestamp_ns; /* optional */
    uint32_t stream_id;
    uint64_t epoch;
    uint32_t layout_version;
    uint32_t header_nslots;
    uint16_t header_slot_bytes;
    uint8_t max_dims; /* v1.1 only; null in v1.2 */
    uint32_t node_id; /* v1.2 only, optional */
    uint16_t npools;
    tpi_pool_entry_t pools[TPI_MAX_POOLS];
    tpi_view_t header_region_uri;
    tpi_view_t error_message;
} tpi_attach_response_t;

typedef struct tpi_detach_request {
    int64_t correlation_id;
    uint64_t lease_id;
    uint32_t stream_id;
    uint32_t client_id;
    uint8_t role;
} tpi_detach_request_t;

typedef struct tpi_detach_response {
    int64_t correlation_id;
    int32_t code;
    tpi_view_t error_message;
} tpi_detach_response_t;

typedef struct tpi_lease_keepalive {
    uint64_t lease_id;
    uint32_t stream_id;
    uint32_t client_id;
    uint8_t role;
    uint64_t client_timestamp_ns;
} tpi_lease_keepalive_t;

typedef struct tpi_driver_shutdown {
    uint64_t timestamp_ns;
    uint8_t reason;
    tpi_view_t error_message;
} tpi_driver_shutdown_t;

typedef struct tpi_lease_revoked {
    uint64_t timestamp_ns;
    uint64_t lease_id;
    uint32_t stream_id;
    uint32_t client_id;
    uint8_t role;
    uint8_t reason;
    tpi_view_t error_message;
} tpi_lease_revoked_t;

typedef struct tpi_driver_shutdown_request {
    int64_t correlation_id;
    uint8_t reason;
    tpi_view_t token;
    tpi_view_t error_message;
} tpi_driver_shutdown_request_t;

#endif
