/*
 * What to make of the attach and detach messages that do not decode: the driver must answer most of
 * them, and a client must tell a broken answer of its own from other people's traffic on the shared
 * control stream.
 *
 * The first sixteen bytes decide who is meant: the message header and, in all of these messages,
 * correlationId. Everything after them is read only as far as it is there.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "wire/codec_internal.h"

enum {
    CORRELATION_END = TPI_WIRE_HEADER_BYTES + 8,
    ATTACH_BLOCK_V11 = 24,
    ATTACH_BLOCK_V12 = 27,
    DETACH_BLOCK = 25,
    RESPONSE_LEASE_AT = TPI_WIRE_HEADER_BYTES + 12, /* the same in both dialects */
};

static bool is_message(const void *buf, size_t len, uint16_t template_id,
                       tpi_wire_header_t *out_header)
{
    /* A foreign message is no error: the text of the last one stays. */
    if (len < TPI_WIRE_HEADER_BYTES) {
        return false;
    }
    return tpi_wire_peek(buf, len, out_header) == TP_OK &&
           out_header->schema_id == TPI_DRIVER_SCHEMA_ID && out_header->template_id == template_id;
}

/** Read the correlationId if the message has one; false also for the null. */
static bool read_correlation(const void *buf, size_t len, const tpi_wire_header_t *header,
                             int64_t *out_id)
{
    if (len < CORRELATION_END || header->block_length < CORRELATION_END - TPI_WIRE_HEADER_BYTES) {
        return false;
    }
    *out_id = tpi_get_i64((const uint8_t *)buf + TPI_WIRE_HEADER_BYTES);
    return *out_id != TPI_NULL_I64;
}

/** Copy what is there of a block and fill up with 0xff, which is null in every unsigned field. */
static size_t copy_block(uint8_t *block, size_t block_length, const void *buf, size_t len)
{
    const size_t there =
        len - TPI_WIRE_HEADER_BYTES < block_length ? len - TPI_WIRE_HEADER_BYTES : block_length;
    memset(block, 0xff, block_length);
    memcpy(block, (const uint8_t *)buf + TPI_WIRE_HEADER_BYTES, there);
    return there;
}

/** A field that was cut in the middle is null, not half a value. */
static size_t whole(size_t there, size_t offset, size_t size)
{
    return there >= offset + size ? 1 : 0;
}

static uint32_t u32_or_null(const uint8_t *block, size_t there, size_t offset)
{
    return whole(there, offset, 4) ? tpi_get_u32(block + offset) : TPI_NULL_U32;
}

static uint64_t u64_or_null(const uint8_t *block, size_t there, size_t offset)
{
    return whole(there, offset, 8) ? tpi_get_u64(block + offset) : TPI_NULL_U64;
}

static bool is_role(uint8_t role)
{
    return role == TPI_ROLE_PRODUCER || role == TPI_ROLE_CONSUMER;
}

static tpi_request_fault_t attach_fault(const tpi_attach_request_t *request)
{
    /* Rule: D-28 */
    if (!is_role(request->role)) {
        return TPI_REQUEST_BAD_ROLE;
    }
    if (request->client_id == 0 || request->client_id == TPI_NULL_U32) {
        return TPI_REQUEST_BAD_CLIENT_ID;
    }
    if (request->stream_id == TPI_NULL_U32) {
        return TPI_REQUEST_MALFORMED;
    }
    /* Rule: D-24 */
    if (request->publish_mode != TPI_NULL_U8 &&
        request->publish_mode != TPI_PUBLISH_REQUIRE_EXISTING &&
        request->publish_mode != TPI_PUBLISH_EXISTING_OR_CREATE) {
        return TPI_REQUEST_BAD_PUBLISH_MODE;
    }
    /* Rule: D-16 */
    if (request->require_hugepages > TPI_HUGEPAGES_HUGEPAGES) {
        return TPI_REQUEST_BAD_HUGEPAGES;
    }
    return TPI_REQUEST_OK;
}

void tpi_attach_request_triage(const void *buf, size_t len, tpi_attach_request_t *out,
                               tpi_request_triage_t *out_triage)
{
    *out = (tpi_attach_request_t){
        .correlation_id = TPI_NULL_I64,
        .stream_id = TPI_NULL_U32,
        .client_id = TPI_NULL_U32,
        .role = TPI_NULL_U8,
        .expected_layout_version = TPI_NULL_U32,
        .max_dims = TPI_NULL_U8,
        .publish_mode = TPI_NULL_U8,
        .require_hugepages = TPI_NULL_U8,
        .desired_node_id = TPI_NULL_U32,
    };
    *out_triage =
        (tpi_request_triage_t){ .fault = TPI_REQUEST_FOREIGN, .dialect = TPI_DIALECT_V11 };
    tpi_wire_header_t header = { 0 };
    if (!is_message(buf, len, TPI_ATTACH_REQUEST, &header)) {
        return;
    }
    out_triage->can_answer = read_correlation(buf, len, &header, &out->correlation_id);
    out_triage->dialect = tpi_wire_dialect_of(&header);
    /* Rule: D-13, D-14 */
    if (header.version != TPI_SCHEMA_VERSION ||
        (header.block_length != ATTACH_BLOCK_V11 && header.block_length != ATTACH_BLOCK_V12)) {
        out_triage->fault = TPI_REQUEST_UNSUPPORTED;
        return;
    }
    uint8_t block[ATTACH_BLOCK_V12];
    const size_t there = copy_block(block, header.block_length, buf, len);
    out->stream_id = u32_or_null(block, there, 8);
    out->client_id = u32_or_null(block, there, 12);
    out->role = block[16];
    out->expected_layout_version = u32_or_null(block, there, 17);
    if (out_triage->dialect == TPI_DIALECT_V12) {
        out->publish_mode = block[21];
        out->require_hugepages = block[22];
        out->desired_node_id = u32_or_null(block, there, 23);
    } else {
        out->max_dims = block[21];
        out->publish_mode = block[22];
        out->require_hugepages = block[23];
    }
    /* Rule: D-15 */
    out_triage->fault = there < header.block_length || !out_triage->can_answer
                            ? TPI_REQUEST_MALFORMED
                            : attach_fault(out);
}

void tpi_detach_request_triage(const void *buf, size_t len, tpi_detach_request_t *out,
                               tpi_request_triage_t *out_triage)
{
    *out = (tpi_detach_request_t){
        .correlation_id = TPI_NULL_I64,
        .lease_id = TPI_NULL_U64,
        .stream_id = TPI_NULL_U32,
        .client_id = TPI_NULL_U32,
        .role = TPI_NULL_U8,
    };
    *out_triage =
        (tpi_request_triage_t){ .fault = TPI_REQUEST_FOREIGN, .dialect = TPI_DIALECT_V11 };
    tpi_wire_header_t header = { 0 };
    if (!is_message(buf, len, TPI_DETACH_REQUEST, &header)) {
        return;
    }
    out_triage->can_answer = read_correlation(buf, len, &header, &out->correlation_id);
    /* Rule: D-13, D-14 */
    if (header.version != TPI_SCHEMA_VERSION || header.block_length != DETACH_BLOCK) {
        out_triage->fault = TPI_REQUEST_UNSUPPORTED;
        return;
    }
    uint8_t block[DETACH_BLOCK];
    const size_t there = copy_block(block, DETACH_BLOCK, buf, len);
    out->lease_id = u64_or_null(block, there, 8);
    out->stream_id = u32_or_null(block, there, 16);
    out->client_id = u32_or_null(block, there, 20);
    out->role = block[24];
    /* Rule: D-15 */
    if (there < DETACH_BLOCK || !out_triage->can_answer) {
        out_triage->fault = TPI_REQUEST_MALFORMED;
    } else if (!is_role(out->role)) {
        out_triage->fault = TPI_REQUEST_BAD_ROLE;
    } else if (out->lease_id == TPI_NULL_U64 || out->stream_id == TPI_NULL_U32 ||
               out->client_id == TPI_NULL_U32) {
        out_triage->fault = TPI_REQUEST_MALFORMED;
    } else {
        out_triage->fault = TPI_REQUEST_OK;
    }
}

/* The text of an attach response that breaks D-33. */
#define BROKEN(...) tpi_fail(TP_EPROTO, "attach response: " __VA_ARGS__)

static bool is_blank(tpi_view_t uri)
{
    for (uint32_t i = 0; i < uri.len; i++) {
        if (uri.data[i] != ' ' && (uri.data[i] < '\t' || uri.data[i] > '\r')) {
            return false;
        }
    }
    return true;
}

static int verify_pools(const tpi_attach_response_t *response)
{
    if (response->npools == 0) {
        return BROKEN("no payload pools");
    }
    for (uint16_t i = 0; i < response->npools; i++) {
        const tpi_pool_entry_t *pool = &response->pools[i];
        if (pool->nslots != response->header_nslots) {
            return BROKEN("pool %u has %u slots, the header ring %u", pool->pool_id, pool->nslots,
                          response->header_nslots);
        }
        if (is_blank(pool->region_uri)) {
            return BROKEN("pool %u has no URI", pool->pool_id);
        }
        for (uint16_t k = 0; k < i; k++) {
            if (response->pools[k].pool_id == pool->pool_id) {
                return BROKEN("pool id %u occurs twice", pool->pool_id);
            }
        }
    }
    return TP_OK;
}

/* Rule: D-33 */
int tpi_attach_response_verify(const tpi_attach_response_t *response, tpi_dialect_t dialect,
                               uint32_t stream_id)
{
    enum { HEADER_SLOT_BYTES = 256, MAX_DIMS = 8, LAYOUT_VERSION = 1 };
    if (response->code != TPI_CODE_OK) {
        return TP_OK;
    }
    if (response->lease_id == TPI_NULL_U64 || response->lease_id == 0) {
        return BROKEN("OK without a leaseId");
    }
    if (response->stream_id == TPI_NULL_U32 ||
        (stream_id != 0 && response->stream_id != stream_id)) {
        return BROKEN("streamId %u, requested %u", response->stream_id, stream_id);
    }
    if (response->epoch == TPI_NULL_U64 || response->epoch == 0) {
        return BROKEN("OK without an epoch");
    }
    if (response->layout_version != LAYOUT_VERSION) {
        return BROKEN("layoutVersion %u, expected %d", response->layout_version, LAYOUT_VERSION);
    }
    const uint32_t nslots = response->header_nslots;
    if (nslots == TPI_NULL_U32 || nslots == 0 || (nslots & (nslots - 1)) != 0) {
        return BROKEN("headerNslots %u is not a power of two", nslots);
    }
    if (response->header_slot_bytes != HEADER_SLOT_BYTES) {
        return BROKEN("headerSlotBytes %u, expected %d", response->header_slot_bytes,
                      HEADER_SLOT_BYTES);
    }
    if (dialect == TPI_DIALECT_V11 && response->max_dims != MAX_DIMS) {
        return BROKEN("maxDims %u, expected %d", response->max_dims, MAX_DIMS);
    }
    if (is_blank(response->header_region_uri)) {
        return BROKEN("no headerRegionUri");
    }
    return verify_pools(response);
}

tpi_response_verdict_t tpi_attach_response_triage(const void *buf, size_t len,
                                                  int64_t correlation_id, uint32_t stream_id,
                                                  tpi_attach_response_t *out,
                                                  uint64_t *out_lease_id)
{
    tpi_wire_header_t header = { 0 };
    int64_t id = TPI_NULL_I64;
    /* Rule: D-12, D-13, D-36 */
    if (!is_message(buf, len, TPI_ATTACH_RESPONSE, &header) ||
        header.version != TPI_SCHEMA_VERSION || !read_correlation(buf, len, &header, &id) ||
        id != correlation_id) {
        return TPI_RESPONSE_FOREIGN;
    }
    uint64_t lease_id = TPI_NULL_U64;
    /* Rule: D-14, D-15, D-32 */
    int result = tpi_attach_response_decode(buf, len, out);
    if (result == TP_OK) {
        lease_id = out->lease_id;
        result = tpi_attach_response_verify(out, tpi_wire_dialect_of(&header), stream_id);
    } else if ((header.block_length == 51 || header.block_length == 54) &&
               len >= RESPONSE_LEASE_AT + 8) {
        lease_id = tpi_get_u64((const uint8_t *)buf + RESPONSE_LEASE_AT);
    }
    if (out_lease_id != NULL) {
        *out_lease_id = lease_id;
    }
    return result == TP_OK ? TPI_RESPONSE_GOOD : TPI_RESPONSE_PROTOCOL_ERROR;
}
