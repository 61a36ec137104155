/*
 * Bytes of a stranger through every decoder of src/wire. What a decoder accepts, its encoder must
 * say again byte for byte; nothing may be read beyond the input, which lies in a buffer of exactly
 * its size.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tensorpool/error.h"
#include "wire/codec.h"
#include "wire/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUFFER = 1 << 20 };
static uint8_t encoded[BUFFER];

static void check(int len, const uint8_t *data, size_t size)
{
    /* An error text longer than 1024 bytes is cut: then the bytes differ. */
    if (len == TP_ERANGE) {
        return; /* larger than our buffer */
    }
    if (len <= 0 || (size_t)len > size || memcmp(encoded, data, (size_t)len) != 0) {
        abort();
    }
}

static bool is_clipped(tpi_view_t view)
{
    return view.len == TPI_MAX_ERROR_MESSAGE;
}

#define ROUND(M)                                                                                   \
    do {                                                                                           \
        static tpi_##M##_t m;                                                                      \
        if (tpi_##M##_decode(data, size, &m) == TP_OK) {                                           \
            check(tpi_##M##_encode(encoded, BUFFER, &m), data, size);                              \
        }                                                                                          \
    } while (0)
#define ROUND_TEXT(M)                                                                              \
    do {                                                                                           \
        static tpi_##M##_t m;                                                                      \
        if (tpi_##M##_decode(data, size, &m) == TP_OK && !is_clipped(m.error_message)) {           \
            check(tpi_##M##_encode(encoded, BUFFER, &m), data, size);                              \
        }                                                                                          \
    } while (0)
#define ROUND_DIALECT(M)                                                                           \
    do {                                                                                           \
        static tpi_##M##_t m;                                                                      \
        if (tpi_##M##_decode(data, size, &m) == TP_OK) {                                           \
            check(tpi_##M##_encode(encoded, BUFFER, dialect, &m), data, size);                     \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tpi_wire_header_t header = { 0 };
    tpi_dialect_t dialect = TPI_DIALECT_V11;
    if (tpi_wire_peek(data, size, &header) == TP_OK) {
        dialect = tpi_wire_dialect_of(&header);
    }
    tpi_wire_check(data, size, TPI_WIRE_IN_BOTH, NULL);
    ROUND(shm_pool_announce);
    ROUND(consumer_hello);
    ROUND(consumer_config);
    ROUND_DIALECT(frame_descriptor);
    ROUND_DIALECT(frame_progress);
    ROUND(qos_consumer);
    ROUND(qos_producer);
    ROUND(data_source_announce);
    ROUND(control_response);
    ROUND_DIALECT(attach_request);
    ROUND(detach_request);
    ROUND_TEXT(detach_response);
    ROUND(lease_keepalive);
    ROUND_TEXT(driver_shutdown);
    ROUND_TEXT(lease_revoked);
    ROUND_TEXT(driver_shutdown_request);

    static tpi_attach_response_t response;
    if (tpi_attach_response_decode(data, size, &response) == TP_OK &&
        !is_clipped(response.error_message)) {
        check(tpi_attach_response_encode(encoded, BUFFER, dialect, &response), data, size);
    }
    uint64_t lease_id = 0;
    tpi_attach_response_triage(data, size, size >= 16 ? tpi_get_i64(data + 8) : 0, 0, &response,
                               &lease_id);

    tpi_attach_request_t attach;
    tpi_detach_request_t detach;
    tpi_request_triage_t triage;
    tpi_attach_request_triage(data, size, &attach, &triage);
    if (triage.fault == TPI_REQUEST_OK && tpi_attach_request_decode(data, size, &attach) != TP_OK) {
        abort();
    }
    tpi_detach_request_triage(data, size, &detach, &triage);
    if ((triage.fault == TPI_REQUEST_OK) !=
        (tpi_detach_request_decode(data, size, &detach) == TP_OK)) {
        abort();
    }
    return 0;
}
