/*
 * A hostile asker and a hostile directory: any bytes are a request or a response, or are refused.
 * What was accepted must be readable to its end within the buffer, and say the same once written
 * anew.
 */
#include <stdlib.h>
#include <string.h>

#include "tensorpool/error.h"
#include "wire/discovery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 1 << 17 };
static uint8_t again[CAP];

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void touch(tpi_view_t view, const uint8_t *message, size_t len)
{
    const uint8_t *at = (const uint8_t *)view.data;
    require(view.len == 0 || (at >= message && view.len <= (size_t)(message + len - at)));
}

static bool same(tpi_view_t a, tpi_view_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void request(const uint8_t *message, size_t len)
{
    static tpi_discovery_request_t r, back;
    if (tpi_discovery_request_decode(message, len, &r) != TP_OK) {
        return;
    }
    require(r.ntags <= TPI_MAX_TAGS);
    touch(r.response_channel, message, len);
    touch(r.data_source_name, message, len);
    const int written = tpi_discovery_request_encode(again, CAP, &r);
    if (written == TP_ERANGE) {
        return; /* longer than the room here */
    }
    require(written > 0 && (size_t)written <= len);
    require(tpi_discovery_request_decode(again, (size_t)written, &back) == TP_OK);
    require(back.request_id == r.request_id && back.client_id == r.client_id);
    require(back.stream_id == r.stream_id && back.data_source_id == r.data_source_id);
    require(back.ntags == r.ntags && same(back.response_channel, r.response_channel));
    require(same(back.data_source_name, r.data_source_name));
    for (uint16_t i = 0; i < r.ntags; i++) {
        touch(r.tags[i], message, len);
        require(same(back.tags[i], r.tags[i]));
    }
}

static void response(const uint8_t *message, size_t len)
{
    static tpi_discovery_result_t r;
    tpi_discovery_reader_t reader;
    tpi_discovery_writer_t writer;
    if (tpi_discovery_open(&reader, message, len) != TP_OK) {
        return;
    }
    require(tpi_discovery_begin(&writer, again, CAP, reader.request_id, reader.status) == TP_OK);
    size_t taken = 0;
    size_t added = 0;
    while (tpi_discovery_next(&reader, &r)) {
        taken++;
        touch(r.header_region_uri, message, len);
        touch(r.data_source_name, message, len);
        touch(r.driver_instance_id, message, len);
        touch(r.driver_control_channel, message, len);
        if (r.npools > TPI_MAX_POOLS || r.ntags > TPI_MAX_TAGS) {
            continue;
        }
        for (uint16_t i = 0; i < r.ntags; i++) {
            touch(r.tags[i], message, len);
        }
        for (uint16_t i = 0; i < r.npools; i++) {
            touch(r.pools[i].region_uri, message, len);
        }
        added += tpi_discovery_add(&writer, &r) == TP_OK;
    }
    require(taken == reader.count);
    touch(reader.error_message, message, len);
    const int written = tpi_discovery_end(&writer, "");
    require(written > 0 && written <= CAP);
    require(tpi_discovery_open(&reader, again, (size_t)written) == TP_OK);
    require(reader.count == added);
}

/* In memory of its own, so that a sanitizer sees a byte read too much. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *message = malloc(size > 0 ? size : 1);
    require(message != NULL);
    if (size > 0) {
        memcpy(message, data, size);
    }
    request(message, size);
    response(message, size);
    free(message);
    return 0;
}
