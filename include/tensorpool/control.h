/*
 * tensorpool/control.h - the control plane by hand: proxies that send, an adapter that hears. For
 * tools, tests and clients with a life cycle of their own; producers and consumers do all this by
 * themselves.
 *
 * A lease is bound to its ids, not to a process (D-45): attach, keepalive and detach may come from
 * different programs. Threads: the client's. Views in callbacks are valid inside the call only.
 */
#ifndef TENSORPOOL_CONTROL_H
#define TENSORPOOL_CONTROL_H

#include "tensorpool/client.h"
#include "tensorpool/producer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tp_role { TP_ROLE_PRODUCER = 1, TP_ROLE_CONSUMER = 2 } tp_role_t;
typedef enum tp_response_code {
    TP_RESPONSE_OK = 0,
    TP_RESPONSE_UNSUPPORTED = 1,
    TP_RESPONSE_INVALID_PARAMS = 2,
    TP_RESPONSE_REJECTED = 3,
    TP_RESPONSE_INTERNAL_ERROR = 4
} tp_response_code_t;

typedef struct tp_attach_params {
    int64_t correlation_id; /* 0: chosen (D-43) and written to *out_correlation_id */
    uint32_t stream_id;
    uint32_t client_id; /* 1..0xFFFFFFFE */
    tp_role_t role;
    uint32_t expected_layout_version; /* 0: any */
    tp_publish_mode_t publish_mode;
    tp_hugepages_t hugepages;
    uint32_t desired_node_id; /* v1.2; 0xFFFFFFFF: none */
} tp_attach_params_t;

typedef struct tp_region_ref { /* borrowed text, not terminated */
    uint16_t pool_id;
    uint32_t nslots;
    uint32_t stride_bytes;
    const char *uri;
    uint32_t uri_len;
} tp_region_ref_t;

typedef struct tp_attach_result {
    int64_t correlation_id;
    tp_response_code_t code;
    uint64_t lease_id;
    uint64_t lease_expiry_ns; /* CLOCK_MONOTONIC; UINT64_MAX: absent */
    uint32_t stream_id;
    uint64_t epoch;
    uint32_t layout_version;
    uint32_t nslots;
    uint32_t node_id;       /* 0xFFFFFFFF: absent */
    tp_region_ref_t header; /* uri only */
    const tp_region_ref_t *pools;
    size_t npools;
    const char *error_message;
    uint32_t error_message_len;
} tp_attach_result_t;

typedef struct tp_announce {
    uint32_t stream_id;
    uint32_t producer_id; /* 0: no producer */
    uint64_t epoch;
    uint64_t timestamp_ns;
    uint8_t clock_domain; /* 1 monotonic, 2 synchronised real time */
    uint32_t layout_version;
    uint32_t nslots;
    tp_region_ref_t header;
    const tp_region_ref_t *pools;
    size_t npools;
    int32_t session_id;
} tp_announce_t;

typedef struct tp_lease_revoked {
    uint64_t timestamp_ns;
    uint64_t lease_id;
    uint32_t stream_id;
    uint32_t client_id;
    uint8_t role;
    uint8_t reason; /* 1 detached, 2 expired, 3 revoked */
    const char *text;
    uint32_t text_len;
} tp_lease_revoked_t;

/** Any member may be NULL. `raw` sees every message of the control and announce streams,
 * well-formed or not. */
typedef struct tp_control_handlers {
    void (*attach_response)(void *clientd, const tp_attach_result_t *result);
    void (*detach_response)(void *clientd, int64_t correlation_id, tp_response_code_t code,
                            const char *text, uint32_t text_len);
    void (*lease_revoked)(void *clientd, const tp_lease_revoked_t *notice);
    void (*driver_shutdown)(void *clientd, uint64_t timestamp_ns, uint8_t reason, const char *text,
                            uint32_t text_len);
    void (*announce)(void *clientd, const tp_announce_t *announce);
    void (*raw)(void *clientd, const uint8_t *data, size_t length, int32_t session_id);
} tp_control_handlers_t;

typedef struct tp_control_adapter tp_control_adapter_t;

/** Hear what arrives during tp_client_do_work. Handlers are copied. TP_ENOMEM. */
TP_API int tp_control_adapter_create(tp_control_adapter_t **out, tp_client_t *client,
                                     const tp_control_handlers_t *handlers, void *clientd);
TP_API void tp_control_adapter_destroy(tp_control_adapter_t *adapter);

/** Send one message. TP_OK; TP_EAGAIN (not connected yet or back-pressured: call do_work and try
 * again); TP_EINVAL; TP_ECLOSED. */
TP_API int tp_control_send_attach(tp_client_t *client, const tp_attach_params_t *params,
                                  int64_t *out_correlation_id);
TP_API int tp_control_send_keepalive(tp_client_t *client, uint64_t lease_id, uint32_t stream_id,
                                     uint32_t client_id, tp_role_t role);
TP_API int tp_control_send_detach(tp_client_t *client, uint64_t lease_id, uint32_t stream_id,
                                  uint32_t client_id, tp_role_t role, int64_t *out_correlation_id);
TP_API int tp_control_send_shutdown(tp_client_t *client, const char *token, uint8_t reason,
                                    const char *text);

#ifdef __cplusplus
}
#endif

#endif
