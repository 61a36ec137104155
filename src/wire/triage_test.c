/*
 * What the driver answers to requests that do not decode, and which attach responses a client acts
 * on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tensorpool/error.h"
#include "tp_test.h"
#include "wire/codec.h"

enum { CORRELATION = 4711, STREAM = 10000 };

static size_t encode_attach(uint8_t *buf, tpi_dialect_t dialect)
{
    const tpi_attach_request_t request = {
        .correlation_id = CORRELATION,
        .stream_id = STREAM,
        .client_id = 77,
        .role = TPI_ROLE_PRODUCER,
        .expected_layout_version = 1,
        .publish_mode = TPI_PUBLISH_EXISTING_OR_CREATE,
        .require_hugepages = TPI_HUGEPAGES_STANDARD,
        .desired_node_id = 9,
    };
    const int len = tpi_attach_request_encode(buf, 64, dialect, &request);
    TP_CHECK_GT_I64(len, 0);
    return (size_t)len;
}

/* Proves: X-2, D-14, D-16 */
TP_TEST(a_good_attach_request_is_read_whole_in_both_dialects)
{
    for (int dialect = TPI_DIALECT_V11; dialect <= TPI_DIALECT_V12; dialect++) {
        uint8_t buf[64];
        const size_t len = encode_attach(buf, (tpi_dialect_t)dialect);
        tpi_attach_request_t got;
        tpi_request_triage_t triage;
        tpi_attach_request_triage(buf, len, &got, &triage);
        TP_CHECK_EQ_I64(triage.fault, TPI_REQUEST_OK);
        TP_CHECK(triage.can_answer);
        TP_CHECK_EQ_I64(triage.dialect, dialect);
        tpi_attach_request_t decoded;
        TP_CHECK_EQ_I64(tpi_attach_request_decode(buf, len, &decoded), TP_OK);
        TP_CHECK_EQ_I64(got.correlation_id, decoded.correlation_id);
        TP_CHECK_EQ_U64(got.stream_id, decoded.stream_id);
        TP_CHECK_EQ_U64(got.client_id, decoded.client_id);
        TP_CHECK_EQ_U64(got.role, decoded.role);
        TP_CHECK_EQ_U64(got.expected_layout_version, decoded.expected_layout_version);
        TP_CHECK_EQ_U64(got.max_dims, decoded.max_dims);
        TP_CHECK_EQ_U64(got.publish_mode, decoded.publish_mode);
        TP_CHECK_EQ_U64(got.require_hugepages, decoded.require_hugepages);
        TP_CHECK_EQ_U64(got.desired_node_id, decoded.desired_node_id);
    }
}

/* Proves: D-13, D-14, D-15, D-16, D-24, D-28 */
TP_TEST(each_fault_of_an_attach_request_is_told_in_the_order_of_the_table)
{
    static const struct {
        const char *what;
        size_t at, size;
        uint64_t value;
        tpi_request_fault_t fault;
        bool can_answer;
    } rows[] = {
        { "blockLength", 0, 2, 28, TPI_REQUEST_UNSUPPORTED, true },
        { "blockLength without a correlationId", 0, 2, 7, TPI_REQUEST_UNSUPPORTED, false },
        { "template", 2, 2, 3, TPI_REQUEST_FOREIGN, false },
        { "schema", 4, 2, 900, TPI_REQUEST_FOREIGN, false },
        { "version 0", 6, 2, 0, TPI_REQUEST_UNSUPPORTED, true },
        { "version 2", 6, 2, 2, TPI_REQUEST_UNSUPPORTED, true },
        { "correlationId null", 8, 8, (uint64_t)TPI_NULL_I64, TPI_REQUEST_MALFORMED, false },
        { "streamId null", 16, 4, TPI_NULL_U32, TPI_REQUEST_MALFORMED, true },
        { "streamId 0 asks for any", 16, 4, 0, TPI_REQUEST_OK, true },
        { "clientId 0", 20, 4, 0, TPI_REQUEST_BAD_CLIENT_ID, true },
        { "clientId null", 20, 4, TPI_NULL_U32, TPI_REQUEST_BAD_CLIENT_ID, true },
        { "role 0", 24, 1, 0, TPI_REQUEST_BAD_ROLE, true },
        { "role 3", 24, 1, 3, TPI_REQUEST_BAD_ROLE, true },
        { "role null", 24, 1, 255, TPI_REQUEST_BAD_ROLE, true },
        { "layout null is any", 25, 4, TPI_NULL_U32, TPI_REQUEST_OK, true },
        { "maxDims is ignored", 29, 1, 255, TPI_REQUEST_OK, true },
        { "publishMode null", 30, 1, 255, TPI_REQUEST_OK, true },
        { "publishMode 0", 30, 1, 0, TPI_REQUEST_BAD_PUBLISH_MODE, true },
        { "publishMode 3", 30, 1, 3, TPI_REQUEST_BAD_PUBLISH_MODE, true },
        { "hugepages 3", 31, 1, 3, TPI_REQUEST_BAD_HUGEPAGES, true },
        { "hugepages null", 31, 1, 255, TPI_REQUEST_BAD_HUGEPAGES, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t buf[64];
        const size_t len = encode_attach(buf, TPI_DIALECT_V11);
        for (size_t k = 0; k < rows[i].size; k++) {
            buf[rows[i].at + k] = (uint8_t)(rows[i].value >> (8 * k));
        }
        tpi_attach_request_t request;
        tpi_request_triage_t triage;
        tpi_attach_request_triage(buf, len, &request, &triage);
        TP_CHECK_MSG(triage.fault == rows[i].fault, "%s: fault %d, expected %d", rows[i].what,
                     triage.fault, rows[i].fault);
        TP_CHECK_MSG(triage.can_answer == rows[i].can_answer, "%s: can_answer %d", rows[i].what,
                     triage.can_answer);
        if (triage.can_answer) {
            TP_CHECK_EQ_I64(request.correlation_id, CORRELATION);
        }
        /* A request without fault decodes; one with a fault does not, but for an id of 0. */
        const bool decodes =
            triage.fault == TPI_REQUEST_OK || strcmp(rows[i].what, "clientId 0") == 0;
        TP_CHECK_MSG((tpi_attach_request_decode(buf, len, &request) == TP_OK) == decodes, "%s",
                     rows[i].what);
    }
}

/* Proves: D-28 */
TP_TEST(of_two_faults_the_first_of_the_table_is_told)
{
    uint8_t buf[64];
    const size_t len = encode_attach(buf, TPI_DIALECT_V12);
    tpi_attach_request_t request;
    tpi_request_triage_t triage;
    buf[8 + 22] = 9; /* requireHugepages */
    buf[8 + 21] = 9; /* publishMode */
    tpi_attach_request_triage(buf, len, &request, &triage);
    TP_CHECK_EQ_I64(triage.fault, TPI_REQUEST_BAD_PUBLISH_MODE);
    TP_CHECK_EQ_U64(request.require_hugepages, 9);
    tpi_put_u32(buf + 8 + 12, 0);
    tpi_attach_request_triage(buf, len, &request, &triage);
    TP_CHECK_EQ_I64(triage.fault, TPI_REQUEST_BAD_CLIENT_ID);
    buf[8 + 16] = 0;
    tpi_attach_request_triage(buf, len, &request, &triage);
    TP_CHECK_EQ_I64(triage.fault, TPI_REQUEST_BAD_ROLE);
    tpi_attach_request_triage(buf, len - 1, &request, &triage);
    TP_CHECK_EQ_I64(triage.fault, TPI_REQUEST_MALFORMED);
    TP_CHECK_EQ_I64(triage.dialect, TPI_DIALECT_V12);
    buf[6] = 2;
    tpi_attach_request_triage(buf, len - 1, &request, &triage);
    TP_CHECK_EQ_I64(triage.fault, TPI_REQUEST_UNSUPPORTED);
}

/* Proves: D-15 */
TP_TEST(a_cut_off_request_can_be_answered_from_its_correlation_id_on)
{
    uint8_t whole[64];
    const size_t full = encode_attach(whole, TPI_DIALECT_V11);
    for (size_t len = 0; len < full; len++) {
        uint8_t *exact = malloc(len > 0 ? len : 1);
        TP_CHECK(exact != NULL);
        memcpy(exact, whole, len);
        tpi_attach_request_t request;
        tpi_request_triage_t triage;
        tpi_attach_request_triage(exact, len, &request, &triage);
        TP_CHECK_EQ_I64(triage.fault, len < 8 ? TPI_REQUEST_FOREIGN : TPI_REQUEST_MALFORMED);
        TP_CHECK_EQ_I64(triage.can_answer, len >= 16);
        /* Half a number is no number. */
        TP_CHECK_EQ_U64(request.stream_id, len >= 20 ? STREAM : TPI_NULL_U32);
        TP_CHECK_EQ_U64(request.client_id, len >= 24 ? 77 : TPI_NULL_U32);
        free(exact);
    }
}

/* Proves: D-13, D-14, D-15 */
TP_TEST(detach_requests_are_triaged_alike)
{
    const tpi_detach_request_t good = { CORRELATION, 5, STREAM, 77, TPI_ROLE_CONSUMER };
    static const struct {
        size_t at, size;
        uint64_t value;
        tpi_request_fault_t fault;
        bool can_answer;
    } rows[] = {
        { 0, 2, 25, TPI_REQUEST_OK, true },
        { 0, 2, 26, TPI_REQUEST_UNSUPPORTED, true },
        { 2, 2, 1, TPI_REQUEST_FOREIGN, false },
        { 6, 2, 2, TPI_REQUEST_UNSUPPORTED, true },
        { 8, 8, (uint64_t)TPI_NULL_I64, TPI_REQUEST_MALFORMED, false },
        { 16, 8, TPI_NULL_U64, TPI_REQUEST_MALFORMED, true },
        { 24, 4, TPI_NULL_U32, TPI_REQUEST_MALFORMED, true },
        { 28, 4, TPI_NULL_U32, TPI_REQUEST_MALFORMED, true },
        { 28, 4, 0, TPI_REQUEST_OK, true },
        { 32, 1, 3, TPI_REQUEST_BAD_ROLE, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t buf[64];
        const int len = tpi_detach_request_encode(buf, sizeof(buf), &good);
        TP_CHECK_EQ_I64(len, 33);
        for (size_t k = 0; k < rows[i].size; k++) {
            buf[rows[i].at + k] = (uint8_t)(rows[i].value >> (8 * k));
        }
        tpi_detach_request_t request;
        tpi_request_triage_t triage;
        tpi_detach_request_triage(buf, (size_t)len, &request, &triage);
        TP_CHECK_MSG(triage.fault == rows[i].fault, "row %zu: fault %d", i, triage.fault);
        TP_CHECK_MSG(triage.can_answer == rows[i].can_answer, "row %zu", i);
        TP_CHECK_EQ_I64(tpi_detach_request_decode(buf, (size_t)len, &request) == TP_OK,
                        triage.fault == TPI_REQUEST_OK);
        tpi_detach_request_triage(buf, (size_t)len - 1, &request, &triage);
        TP_CHECK(triage.fault != TPI_REQUEST_OK);
    }
}

static tpi_view_t text(const char *s)
{
    return (tpi_view_t){ (const uint8_t *)s, (uint32_t)strlen(s) };
}

static void fill_response(tpi_attach_response_t *response)
{
    memset(response, 0, sizeof(*response));
    response->correlation_id = CORRELATION;
    response->code = TPI_CODE_OK;
    response->lease_id = 5;
    response->lease_expiry_timestamp_ns = TPI_NULL_U64;
    response->stream_id = STREAM;
    response->epoch = 3;
    response->layout_version = 1;
    response->header_nslots = 8;
    response->header_slot_bytes = 256;
    response->max_dims = 8;
    response->node_id = TPI_NULL_U32;
    response->npools = 2;
    response->pools[0] = (tpi_pool_entry_t){ 1, 8, 4096, text("shm:file?path=/dev/shm/1") };
    response->pools[1] = (tpi_pool_entry_t){ 2, 8, 8192, text("shm:file?path=/dev/shm/2") };
    response->header_region_uri = text("shm:file?path=/dev/shm/h");
}

static void expect(const tpi_attach_response_t *response, uint32_t stream_id, const char *part)
{
    const int result = tpi_attach_response_verify(response, TPI_DIALECT_V11, stream_id);
    TP_CHECK_EQ_I64(result, part == NULL ? TP_OK : TP_EPROTO);
    if (part != NULL) {
        TP_CHECK_CONTAINS(tp_errmsg(), part);
    }
}

/* Proves: D-33 */
TP_TEST(an_ok_response_must_hold_what_its_table_asks_for)
{
    tpi_attach_response_t r;
#define BROKEN(change, part)                                                                       \
    do {                                                                                           \
        fill_response(&r);                                                                         \
        change;                                                                                    \
        expect(&r, STREAM, part);                                                                  \
    } while (0)
    BROKEN((void)0, NULL);
    BROKEN(r.lease_id = 0, "leaseId");
    BROKEN(r.lease_id = TPI_NULL_U64, "leaseId");
    BROKEN(r.epoch = 0, "epoch");
    BROKEN(r.epoch = TPI_NULL_U64, "epoch");
    BROKEN(r.stream_id = TPI_NULL_U32, "streamId");
    BROKEN(r.stream_id = STREAM + 1, "streamId");
    BROKEN(r.layout_version = 2, "layoutVersion");
    BROKEN(r.layout_version = TPI_NULL_U32, "layoutVersion");
    BROKEN(r.header_nslots = 0, "headerNslots");
    BROKEN(r.header_nslots = 12, "headerNslots");
    BROKEN(r.header_nslots = TPI_NULL_U32, "headerNslots");
    BROKEN(r.header_slot_bytes = 512, "headerSlotBytes");
    BROKEN(r.header_slot_bytes = TPI_NULL_U16, "headerSlotBytes");
    BROKEN(r.max_dims = TPI_NULL_U8, "maxDims");
    BROKEN(r.max_dims = 7, "maxDims");
    BROKEN(r.npools = 0, "pools");
    BROKEN(r.pools[1].nslots = 16, "slots");
    BROKEN(r.pools[1].pool_id = 1, "twice");
    BROKEN(r.pools[1].region_uri.len = 0, "URI");
    BROKEN(r.pools[1].region_uri = text(" \t "), "URI");
    BROKEN(r.header_region_uri.len = 0, "headerRegionUri");
    BROKEN(r.header_region_uri = text("   "), "headerRegionUri");
    BROKEN((r.code = TPI_CODE_REJECTED, r.lease_id = TPI_NULL_U64, r.npools = 0), NULL);
#undef BROKEN
    fill_response(&r);
    r.stream_id = STREAM + 1;
    expect(&r, 0, NULL); /* any was asked for */
    r.max_dims = TPI_NULL_U8;
    TP_CHECK_EQ_I64(tpi_attach_response_verify(&r, TPI_DIALECT_V12, 0), TP_OK);
}

/* Proves: D-13, D-14, D-15, D-32, D-36 */
TP_TEST(a_client_acts_only_on_its_own_response_and_fails_closed_on_a_broken_one)
{
    tpi_attach_response_t response, got;
    uint8_t buf[1024];
    for (int dialect = TPI_DIALECT_V11; dialect <= TPI_DIALECT_V12; dialect++) {
        fill_response(&response);
        const int full =
            tpi_attach_response_encode(buf, sizeof(buf), (tpi_dialect_t)dialect, &response);
        TP_CHECK_GT_I64(full, 0);
        const size_t len = (size_t)full;
        uint64_t lease_id = 0;
#define TRIAGE(length, id) tpi_attach_response_triage(buf, length, id, STREAM, &got, &lease_id)
        TP_CHECK_EQ_I64(TRIAGE(len, CORRELATION), TPI_RESPONSE_GOOD);
        TP_CHECK_EQ_U64(lease_id, 5);
        TP_CHECK_EQ_I64(TRIAGE(len, CORRELATION + 1), TPI_RESPONSE_FOREIGN);
        TP_CHECK_EQ_I64(tpi_attach_response_triage(buf, len, CORRELATION, STREAM, &got, NULL),
                        TPI_RESPONSE_GOOD);
        for (size_t cut = 0; cut < len; cut++) {
            TP_CHECK_EQ_I64(TRIAGE(cut, CORRELATION),
                            cut < 16 ? TPI_RESPONSE_FOREIGN : TPI_RESPONSE_PROTOCOL_ERROR);
            if (cut >= 16) {
                TP_CHECK_EQ_U64(lease_id, cut >= 28 ? 5 : TPI_NULL_U64);
            }
        }
        buf[6] = 2;
        TP_CHECK_EQ_I64(TRIAGE(len, CORRELATION), TPI_RESPONSE_FOREIGN);
        buf[6] = 1;
        buf[0] = 52;
        TP_CHECK_EQ_I64(TRIAGE(len, CORRELATION), TPI_RESPONSE_PROTOCOL_ERROR);
        TP_CHECK_EQ_U64(
            lease_id,
            TPI_NULL_U64); /* an unknown layout: nothing behind the correlationId is known */
        TP_CHECK_CONTAINS(tp_errmsg(), "51 or 54");
#undef TRIAGE
    }
}

TP_TEST_MAIN()
