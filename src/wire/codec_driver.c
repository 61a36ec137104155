/*
 * Struct codecs of schema 901: leases, between the SHM driver and its clients.
 */
#include "base/fail.h"
#include "wire/codec_internal.h"

#include "tpi_driver11/shmAttachRequest.h"
#include "tpi_driver11/shmAttachResponse.h"
#include "tpi_driver11/shmDetachRequest.h"
#include "tpi_driver11/shmDetachResponse.h"
#include "tpi_driver11/shmDriverShutdown.h"
#include "tpi_driver11/shmDriverShutdownRequest.h"
#include "tpi_driver11/shmLeaseKeepalive.h"
#include "tpi_driver11/shmLeaseRevoked.h"
#include "tpi_driver12/shmAttachRequest.h"
#include "tpi_driver12/shmAttachResponse.h"

#define BEGIN(TEMPLATE, EXCEPT) tpi_codec_begin(buf, len, TPI_DRIVER_SCHEMA_ID, TEMPLATE, EXCEPT)

static bool is_v12(const void *buf, size_t len)
{
    tpi_wire_header_t header = { 0 };
    return tpi_wire_peek(buf, len, &header) == TP_OK &&
           tpi_wire_dialect_of(&header) == TPI_DIALECT_V12;
}

/* ---- ShmAttachRequest ---- */

/* Null means "any" in the first; the driver ignores the second. Rule: D-22, D-23 */
static const char *const attach_may_be_null[] = { "expectedLayoutVersion", "maxDims", NULL };

int tpi_attach_request_decode(const void *buf, size_t len, tpi_attach_request_t *out)
{
    const int result = BEGIN(TPI_ATTACH_REQUEST, attach_may_be_null);
    if (result != TP_OK) {
        return result;
    }
    if (is_v12(buf, len)) {
        struct tpi_driver12_shmAttachRequest c = { 0 };
        TPI_CODEC_OPEN(tpi_driver12_shmAttachRequest, &c, buf, len);
        out->correlation_id = tpi_driver12_shmAttachRequest_correlationId(&c);
        out->stream_id = tpi_driver12_shmAttachRequest_streamId(&c);
        out->client_id = tpi_driver12_shmAttachRequest_clientId(&c);
        TPI_CODEC_GET_ENUM(tpi_driver12_shmAttachRequest, tpi_driver12_role, &c, role, &out->role);
        out->expected_layout_version = tpi_driver12_shmAttachRequest_expectedLayoutVersion(&c);
        out->max_dims = TPI_NULL_U8;
        TPI_CODEC_GET_ENUM(tpi_driver12_shmAttachRequest, tpi_driver12_publishMode, &c, publishMode,
                           &out->publish_mode);
        TPI_CODEC_GET_ENUM(tpi_driver12_shmAttachRequest, tpi_driver12_hugepagesPolicy, &c,
                           requireHugepages, &out->require_hugepages);
        out->desired_node_id = tpi_driver12_shmAttachRequest_desiredNodeId(&c);
    } else {
        struct tpi_driver11_shmAttachRequest c = { 0 };
        TPI_CODEC_OPEN(tpi_driver11_shmAttachRequest, &c, buf, len);
        out->correlation_id = tpi_driver11_shmAttachRequest_correlationId(&c);
        out->stream_id = tpi_driver11_shmAttachRequest_streamId(&c);
        out->client_id = tpi_driver11_shmAttachRequest_clientId(&c);
        TPI_CODEC_GET_ENUM(tpi_driver11_shmAttachRequest, tpi_driver11_role, &c, role, &out->role);
        out->expected_layout_version = tpi_driver11_shmAttachRequest_expectedLayoutVersion(&c);
        out->max_dims = tpi_driver11_shmAttachRequest_maxDims(&c);
        TPI_CODEC_GET_ENUM(tpi_driver11_shmAttachRequest, tpi_driver11_publishMode, &c, publishMode,
                           &out->publish_mode);
        TPI_CODEC_GET_ENUM(tpi_driver11_shmAttachRequest, tpi_driver11_hugepagesPolicy, &c,
                           requireHugepages, &out->require_hugepages);
        out->desired_node_id = TPI_NULL_U32;
    }
    return TP_OK;
}

int tpi_attach_request_encode(void *buf, size_t cap, tpi_dialect_t dialect,
                              const tpi_attach_request_t *in)
{
    const bool v12 = dialect == TPI_DIALECT_V12;
    const size_t need =
        TPI_WIRE_HEADER_BYTES + (v12 ? tpi_driver12_shmAttachRequest_sbe_block_length()
                                     : tpi_driver11_shmAttachRequest_sbe_block_length());
    const int result = tpi_codec_room("ShmAttachRequest", cap, need);
    if (result != TP_OK) {
        return result;
    }
    if (v12) {
        struct tpi_driver12_shmAttachRequest c = { 0 };
        TPI_CODEC_CREATE(tpi_driver12_shmAttachRequest, tpi_driver12, &c, buf, cap);
        tpi_driver12_shmAttachRequest_set_correlationId(&c, in->correlation_id);
        tpi_driver12_shmAttachRequest_set_streamId(&c, in->stream_id);
        tpi_driver12_shmAttachRequest_set_clientId(&c, in->client_id);
        tpi_driver12_shmAttachRequest_set_role(&c, (enum tpi_driver12_role)in->role);
        tpi_driver12_shmAttachRequest_set_expectedLayoutVersion(&c, in->expected_layout_version);
        tpi_driver12_shmAttachRequest_set_publishMode(
            &c, (enum tpi_driver12_publishMode)in->publish_mode);
        tpi_driver12_shmAttachRequest_set_requireHugepages(
            &c, (enum tpi_driver12_hugepagesPolicy)in->require_hugepages);
        tpi_driver12_shmAttachRequest_set_desiredNodeId(&c, in->desired_node_id);
    } else {
        struct tpi_driver11_shmAttachRequest c = { 0 };
        TPI_CODEC_CREATE(tpi_driver11_shmAttachRequest, tpi_driver11, &c, buf, cap);
        tpi_driver11_shmAttachRequest_set_correlationId(&c, in->correlation_id);
        tpi_driver11_shmAttachRequest_set_streamId(&c, in->stream_id);
        tpi_driver11_shmAttachRequest_set_clientId(&c, in->client_id);
        tpi_driver11_shmAttachRequest_set_role(&c, (enum tpi_driver11_role)in->role);
        tpi_driver11_shmAttachRequest_set_expectedLayoutVersion(&c, in->expected_layout_version);
        tpi_driver11_shmAttachRequest_set_maxDims(&c, in->max_dims);
        tpi_driver11_shmAttachRequest_set_publishMode(
            &c, (enum tpi_driver11_publishMode)in->publish_mode);
        tpi_driver11_shmAttachRequest_set_requireHugepages(
            &c, (enum tpi_driver11_hugepagesPolicy)in->require_hugepages);
    }
    return tpi_codec_finish(buf, need, attach_may_be_null);
}

/* ---- ShmAttachResponse ---- */

/* The two forms agree up to one field; P is the prefix of a form, E that of its schema. */
#define DECODE_RESPONSE_HEAD(P, E)                                                                 \
    TPI_CODEC_OPEN(P, &c, buf, len);                                                               \
    out->correlation_id = P##_correlationId(&c);                                                   \
    TPI_CODEC_GET_ENUM(P, E##_responseCode, &c, code, &out->code);                                 \
    out->lease_id = P##_leaseId(&c);                                                               \
    out->lease_expiry_timestamp_ns = P##_leaseExpiryTimestampNs(&c);                               \
    out->stream_id = P##_streamId(&c);                                                             \
    out->epoch = P##_epoch(&c);                                                                    \
    out->layout_version = P##_layoutVersion(&c);                                                   \
    out->header_nslots = P##_headerNslots(&c);                                                     \
    out->header_slot_bytes = P##_headerSlotBytes(&c)
#define DECODE_RESPONSE_TAIL(P)                                                                    \
    TPI_CODEC_GET_POOLS(P, &c, out);                                                               \
    TPI_CODEC_GET_VIEW(P, &c, headerRegionUri, &out->header_region_uri);                           \
    TPI_CODEC_GET_VIEW(P, &c, errorMessage, &out->error_message)

int tpi_attach_response_decode(const void *buf, size_t len, tpi_attach_response_t *out)
{
    int result = BEGIN(TPI_ATTACH_RESPONSE, NULL);
    if (result != TP_OK) {
        return result;
    }
    const bool v12 = is_v12(buf, len);
    const size_t block = v12 ? tpi_driver12_shmAttachResponse_sbe_block_length()
                             : tpi_driver11_shmAttachResponse_sbe_block_length();
    const size_t npools = tpi_codec_group_count(buf, block);
    if (npools > TPI_MAX_POOLS) {
        return tpi_codec_pools_check(TP_EDECODE, NULL, npools);
    }
    if (v12) {
        struct tpi_driver12_shmAttachResponse c = { 0 };
        DECODE_RESPONSE_HEAD(tpi_driver12_shmAttachResponse, tpi_driver12);
        out->max_dims = TPI_NULL_U8;
        out->node_id = tpi_driver12_shmAttachResponse_nodeId(&c);
        DECODE_RESPONSE_TAIL(tpi_driver12_shmAttachResponse);
    } else {
        struct tpi_driver11_shmAttachResponse c = { 0 };
        DECODE_RESPONSE_HEAD(tpi_driver11_shmAttachResponse, tpi_driver11);
        out->max_dims = tpi_driver11_shmAttachResponse_maxDims(&c);
        out->node_id = TPI_NULL_U32;
        DECODE_RESPONSE_TAIL(tpi_driver11_shmAttachResponse);
    }
    out->error_message = tpi_codec_clip(out->error_message);
    result = tpi_codec_pools_check(TP_EDECODE, out->pools, out->npools);
    return result == TP_OK ? tpi_codec_ascii(TP_EDECODE, "headerRegionUri", out->header_region_uri)
                           : result;
}

#define ENCODE_RESPONSE_HEAD(P, E)                                                                 \
    TPI_CODEC_CREATE(P, E, &c, buf, cap);                                                          \
    P##_set_correlationId(&c, in->correlation_id);                                                 \
    P##_set_code(&c, (enum E##_responseCode)in->code);                                             \
    P##_set_leaseId(&c, in->lease_id);                                                             \
    P##_set_leaseExpiryTimestampNs(&c, in->lease_expiry_timestamp_ns);                             \
    P##_set_streamId(&c, in->stream_id);                                                           \
    P##_set_epoch(&c, in->epoch);                                                                  \
    P##_set_layoutVersion(&c, in->layout_version);                                                 \
    P##_set_headerNslots(&c, in->header_nslots);                                                   \
    P##_set_headerSlotBytes(&c, in->header_slot_bytes)
#define ENCODE_RESPONSE_TAIL(P)                                                                    \
    TPI_CODEC_PUT_POOLS(P, &c, in);                                                                \
    TPI_CODEC_PUT_VIEW(P, &c, headerRegionUri, in->header_region_uri);                             \
    TPI_CODEC_PUT_VIEW(P, &c, errorMessage, text)

int tpi_attach_response_encode(void *buf, size_t cap, tpi_dialect_t dialect,
                               const tpi_attach_response_t *in)
{
    int result = tpi_codec_pools_check(TP_EINVAL, in->pools, in->npools);
    if (result == TP_OK) {
        result = tpi_codec_ascii(TP_EINVAL, "headerRegionUri", in->header_region_uri);
    }
    if (result != TP_OK) {
        return result;
    }
    const bool v12 = dialect == TPI_DIALECT_V12;
    const size_t block = v12 ? tpi_driver12_shmAttachResponse_sbe_block_length()
                             : tpi_driver11_shmAttachResponse_sbe_block_length();
    const tpi_view_t text = tpi_codec_clip(in->error_message);
    const size_t need = TPI_WIRE_HEADER_BYTES + block +
                        tpi_codec_pools_bytes(in->pools, in->npools) +
                        tpi_codec_view_bytes(in->header_region_uri) + tpi_codec_view_bytes(text);
    result = tpi_codec_room("ShmAttachResponse", cap, need);
    if (result != TP_OK) {
        return result;
    }
    if (v12) {
        struct tpi_driver12_shmAttachResponse c = { 0 };
        ENCODE_RESPONSE_HEAD(tpi_driver12_shmAttachResponse, tpi_driver12);
        tpi_driver12_shmAttachResponse_set_nodeId(&c, in->node_id);
        ENCODE_RESPONSE_TAIL(tpi_driver12_shmAttachResponse);
    } else {
        struct tpi_driver11_shmAttachResponse c = { 0 };
        ENCODE_RESPONSE_HEAD(tpi_driver11_shmAttachResponse, tpi_driver11);
        tpi_driver11_shmAttachResponse_set_maxDims(&c, in->max_dims);
        ENCODE_RESPONSE_TAIL(tpi_driver11_shmAttachResponse);
    }
    return tpi_codec_finish(buf, need, NULL);
}

/* ---- ShmDetachRequest ---- */

#define M(name) tpi_driver11_shmDetachRequest_##name

int tpi_detach_request_decode(const void *buf, size_t len, tpi_detach_request_t *out)
{
    const int result = BEGIN(TPI_DETACH_REQUEST, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDetachRequest c = { 0 };
    TPI_CODEC_OPEN(tpi_driver11_shmDetachRequest, &c, buf, len);
    out->correlation_id = M(correlationId)(&c);
    out->lease_id = M(leaseId)(&c);
    out->stream_id = M(streamId)(&c);
    out->client_id = M(clientId)(&c);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmDetachRequest, tpi_driver11_role, &c, role, &out->role);
    return TP_OK;
}

int tpi_detach_request_encode(void *buf, size_t cap, const tpi_detach_request_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)();
    const int result = tpi_codec_room("ShmDetachRequest", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDetachRequest c = { 0 };
    TPI_CODEC_CREATE(tpi_driver11_shmDetachRequest, tpi_driver11, &c, buf, cap);
    M(set_correlationId)(&c, in->correlation_id);
    M(set_leaseId)(&c, in->lease_id);
    M(set_streamId)(&c, in->stream_id);
    M(set_clientId)(&c, in->client_id);
    M(set_role)(&c, (enum tpi_driver11_role)in->role);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ShmDetachResponse ---- */

#define M(name) tpi_driver11_shmDetachResponse_##name

int tpi_detach_response_decode(const void *buf, size_t len, tpi_detach_response_t *out)
{
    const int result = BEGIN(TPI_DETACH_RESPONSE, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDetachResponse c = { 0 };
    TPI_CODEC_OPEN(tpi_driver11_shmDetachResponse, &c, buf, len);
    out->correlation_id = M(correlationId)(&c);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmDetachResponse, tpi_driver11_responseCode, &c, code,
                       &out->code);
    TPI_CODEC_GET_VIEW(tpi_driver11_shmDetachResponse, &c, errorMessage, &out->error_message);
    out->error_message = tpi_codec_clip(out->error_message);
    return TP_OK;
}

int tpi_detach_response_encode(void *buf, size_t cap, const tpi_detach_response_t *in)
{
    const tpi_view_t text = tpi_codec_clip(in->error_message);
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() + tpi_codec_view_bytes(text);
    const int result = tpi_codec_room("ShmDetachResponse", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDetachResponse c = { 0 };
    TPI_CODEC_CREATE(tpi_driver11_shmDetachResponse, tpi_driver11, &c, buf, cap);
    M(set_correlationId)(&c, in->correlation_id);
    M(set_code)(&c, (enum tpi_driver11_responseCode)in->code);
    TPI_CODEC_PUT_VIEW(tpi_driver11_shmDetachResponse, &c, errorMessage, text);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ShmLeaseKeepalive ---- */

#define M(name) tpi_driver11_shmLeaseKeepalive_##name

int tpi_lease_keepalive_decode(const void *buf, size_t len, tpi_lease_keepalive_t *out)
{
    const int result = BEGIN(TPI_LEASE_KEEPALIVE, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmLeaseKeepalive c = { 0 };
    TPI_CODEC_OPEN(tpi_driver11_shmLeaseKeepalive, &c, buf, len);
    out->lease_id = M(leaseId)(&c);
    out->stream_id = M(streamId)(&c);
    out->client_id = M(clientId)(&c);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmLeaseKeepalive, tpi_driver11_role, &c, role, &out->role);
    out->client_timestamp_ns = M(clientTimestampNs)(&c);
    return TP_OK;
}

int tpi_lease_keepalive_encode(void *buf, size_t cap, const tpi_lease_keepalive_t *in)
{
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)();
    const int result = tpi_codec_room("ShmLeaseKeepalive", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmLeaseKeepalive c = { 0 };
    TPI_CODEC_CREATE(tpi_driver11_shmLeaseKeepalive, tpi_driver11, &c, buf, cap);
    M(set_leaseId)(&c, in->lease_id);
    M(set_streamId)(&c, in->stream_id);
    M(set_clientId)(&c, in->client_id);
    M(set_role)(&c, (enum tpi_driver11_role)in->role);
    M(set_clientTimestampNs)(&c, in->client_timestamp_ns);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ShmDriverShutdown ---- */

#define M(name) tpi_driver11_shmDriverShutdown_##name

int tpi_driver_shutdown_decode(const void *buf, size_t len, tpi_driver_shutdown_t *out)
{
    const int result = BEGIN(TPI_DRIVER_SHUTDOWN, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDriverShutdown c = { 0 };
    TPI_CODEC_OPEN(tpi_driver11_shmDriverShutdown, &c, buf, len);
    out->timestamp_ns = M(timestampNs)(&c);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmDriverShutdown, tpi_driver11_shutdownReason, &c, reason,
                       &out->reason);
    TPI_CODEC_GET_VIEW(tpi_driver11_shmDriverShutdown, &c, errorMessage, &out->error_message);
    out->error_message = tpi_codec_clip(out->error_message);
    return TP_OK;
}

int tpi_driver_shutdown_encode(void *buf, size_t cap, const tpi_driver_shutdown_t *in)
{
    const tpi_view_t text = tpi_codec_clip(in->error_message);
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() + tpi_codec_view_bytes(text);
    const int result = tpi_codec_room("ShmDriverShutdown", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDriverShutdown c = { 0 };
    TPI_CODEC_CREATE(tpi_driver11_shmDriverShutdown, tpi_driver11, &c, buf, cap);
    M(set_timestampNs)(&c, in->timestamp_ns);
    M(set_reason)(&c, (enum tpi_driver11_shutdownReason)in->reason);
    TPI_CODEC_PUT_VIEW(tpi_driver11_shmDriverShutdown, &c, errorMessage, text);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ShmLeaseRevoked ---- */

#define M(name) tpi_driver11_shmLeaseRevoked_##name

int tpi_lease_revoked_decode(const void *buf, size_t len, tpi_lease_revoked_t *out)
{
    const int result = BEGIN(TPI_LEASE_REVOKED, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmLeaseRevoked c = { 0 };
    TPI_CODEC_OPEN(tpi_driver11_shmLeaseRevoked, &c, buf, len);
    out->timestamp_ns = M(timestampNs)(&c);
    out->lease_id = M(leaseId)(&c);
    out->stream_id = M(streamId)(&c);
    out->client_id = M(clientId)(&c);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmLeaseRevoked, tpi_driver11_role, &c, role, &out->role);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmLeaseRevoked, tpi_driver11_leaseRevokeReason, &c, reason,
                       &out->reason);
    TPI_CODEC_GET_VIEW(tpi_driver11_shmLeaseRevoked, &c, errorMessage, &out->error_message);
    out->error_message = tpi_codec_clip(out->error_message);
    return TP_OK;
}

int tpi_lease_revoked_encode(void *buf, size_t cap, const tpi_lease_revoked_t *in)
{
    const tpi_view_t text = tpi_codec_clip(in->error_message);
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() + tpi_codec_view_bytes(text);
    const int result = tpi_codec_room("ShmLeaseRevoked", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmLeaseRevoked c = { 0 };
    TPI_CODEC_CREATE(tpi_driver11_shmLeaseRevoked, tpi_driver11, &c, buf, cap);
    M(set_timestampNs)(&c, in->timestamp_ns);
    M(set_leaseId)(&c, in->lease_id);
    M(set_streamId)(&c, in->stream_id);
    M(set_clientId)(&c, in->client_id);
    M(set_role)(&c, (enum tpi_driver11_role)in->role);
    M(set_reason)(&c, (enum tpi_driver11_leaseRevokeReason)in->reason);
    TPI_CODEC_PUT_VIEW(tpi_driver11_shmLeaseRevoked, &c, errorMessage, text);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M

/* ---- ShmDriverShutdownRequest ---- */

#define M(name) tpi_driver11_shmDriverShutdownRequest_##name

int tpi_driver_shutdown_request_decode(const void *buf, size_t len,
                                       tpi_driver_shutdown_request_t *out)
{
    const int result = BEGIN(TPI_DRIVER_SHUTDOWN_REQUEST, NULL);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDriverShutdownRequest c = { 0 };
    TPI_CODEC_OPEN(tpi_driver11_shmDriverShutdownRequest, &c, buf, len);
    out->correlation_id = M(correlationId)(&c);
    TPI_CODEC_GET_ENUM(tpi_driver11_shmDriverShutdownRequest, tpi_driver11_shutdownReason, &c,
                       reason, &out->reason);
    TPI_CODEC_GET_VIEW(tpi_driver11_shmDriverShutdownRequest, &c, token, &out->token);
    TPI_CODEC_GET_VIEW(tpi_driver11_shmDriverShutdownRequest, &c, errorMessage,
                       &out->error_message);
    out->error_message = tpi_codec_clip(out->error_message);
    return TP_OK;
}

int tpi_driver_shutdown_request_encode(void *buf, size_t cap,
                                       const tpi_driver_shutdown_request_t *in)
{
    const tpi_view_t text = tpi_codec_clip(in->error_message);
    const size_t need = TPI_WIRE_HEADER_BYTES + M(sbe_block_length)() +
                        tpi_codec_view_bytes(in->token) + tpi_codec_view_bytes(text);
    const int result = tpi_codec_room("ShmDriverShutdownRequest", cap, need);
    if (result != TP_OK) {
        return result;
    }
    struct tpi_driver11_shmDriverShutdownRequest c = { 0 };
    TPI_CODEC_CREATE(tpi_driver11_shmDriverShutdownRequest, tpi_driver11, &c, buf, cap);
    M(set_correlationId)(&c, in->correlation_id);
    M(set_reason)(&c, (enum tpi_driver11_shutdownReason)in->reason);
    TPI_CODEC_PUT_VIEW(tpi_driver11_shmDriverShutdownRequest, &c, token, in->token);
    TPI_CODEC_PUT_VIEW(tpi_driver11_shmDriverShutdownRequest, &c, errorMessage, text);
    return tpi_codec_finish(buf, need, NULL);
}
#undef M
