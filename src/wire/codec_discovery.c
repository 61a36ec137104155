#include "wire/discovery.h"

#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "wire/codec_internal.h"

/* By hand: generated accessors of a group whose field is var data do not move over it (services.md 3.2). What
 * is written is held against the tables at the end, as everywhere. */

enum {
    REQUEST_BLOCK = 32,
    RESPONSE_BLOCK = 9,
    RESULT_BLOCK = 39,
    POOL_BLOCK = 10,
    GROUP_BYTES = 4,
    AT_RESULTS = TPI_WIRE_HEADER_BYTES + RESPONSE_BLOCK,
    END_MAX = 4 + TPI_MAX_ERROR_MESSAGE,
};

/* ---- pieces; room was made sure of ---- */

static void put_header(uint8_t *buf, uint16_t block_length, uint16_t template_id)
{
    tpi_put_u16(buf, block_length);
    tpi_put_u16(buf + 2, template_id);
    tpi_put_u16(buf + 4, TPI_DISCOVERY_SCHEMA_ID);
    tpi_put_u16(buf + 6, TPI_SCHEMA_VERSION);
}

static size_t put_group(uint8_t *at, uint16_t block_length, uint16_t count)
{
    tpi_put_u16(at, block_length);
    tpi_put_u16(at + 2, count);
    return GROUP_BYTES;
}

static size_t put_view(uint8_t *at, tpi_view_t view)
{
    tpi_put_u32(at, view.len);
    if (view.len > 0) {
        memcpy(at + 4, view.data, view.len);
    }
    return 4 + (size_t)view.len;
}

static size_t put_tags(uint8_t *at, const tpi_view_t *tags, uint16_t ntags)
{
    size_t n = put_group(at, 0, ntags);
    for (uint16_t i = 0; i < ntags; i++) {
        n += put_view(at + n, tags[i]);
    }
    return n;
}

static size_t tags_bytes(const tpi_view_t *tags, uint16_t ntags)
{
    size_t n = GROUP_BYTES;
    for (uint16_t i = 0; i < ntags; i++) {
        n += tpi_codec_view_bytes(tags[i]);
    }
    return n;
}

static size_t get_view(const uint8_t *at, tpi_view_t *out)
{
    out->len = tpi_get_u32(at);
    out->data = at + 4;
    return 4 + (size_t)out->len;
}

/* Those beyond the room are passed over; *out_count is one too many then. */
static size_t get_tags(const uint8_t *at, tpi_view_t *out_tags, uint16_t *out_count)
{
    const uint16_t count = tpi_get_u16(at + 2);
    size_t n = GROUP_BYTES;
    for (uint16_t i = 0; i < count; i++) {
        tpi_view_t tag;
        n += get_view(at + n, &tag);
        if (i < TPI_MAX_TAGS) {
            out_tags[i] = tag;
        }
    }
    *out_count = count > TPI_MAX_TAGS ? TPI_MAX_TAGS + 1 : count;
    return n;
}

/* ---- DiscoveryRequest ---- */

int tpi_discovery_request_decode(const void *buf, size_t len, tpi_discovery_request_t *out)
{
    const int rc = tpi_codec_begin(buf, len, TPI_DISCOVERY_SCHEMA_ID, TPI_DISCOVERY_REQUEST, NULL);
    if (rc != TP_OK) {
        return rc; /* Rule: S-11, C-1, C-2 */
    }
    const uint8_t *at = (const uint8_t *)buf + TPI_WIRE_HEADER_BYTES;
    out->request_id = tpi_get_u64(at);
    out->client_id = tpi_get_u32(at + 8);
    out->response_stream_id = tpi_get_u32(at + 12);
    out->stream_id = tpi_get_u32(at + 16);
    out->producer_id = tpi_get_u32(at + 20);
    out->data_source_id = tpi_get_u64(at + 24);
    at += REQUEST_BLOCK;
    at += get_tags(at, out->tags, &out->ntags);
    if (out->ntags > TPI_MAX_TAGS) {
        return tpi_fail(TP_EDECODE, "DiscoveryRequest: more than %d tags", TPI_MAX_TAGS);
    }
    at += get_view(at, &out->response_channel);
    (void)get_view(at, &out->data_source_name);
    return TP_OK;
}

int tpi_discovery_request_encode(void *buf, size_t cap, const tpi_discovery_request_t *in)
{
    if (in->ntags > TPI_MAX_TAGS) {
        return tpi_fail(TP_ERANGE, "DiscoveryRequest: %u tags, at most %d are possible", in->ntags,
                        TPI_MAX_TAGS);
    }
    const size_t need = TPI_WIRE_HEADER_BYTES + REQUEST_BLOCK + tags_bytes(in->tags, in->ntags) +
                        tpi_codec_view_bytes(in->response_channel) +
                        tpi_codec_view_bytes(in->data_source_name);
    const int rc = tpi_codec_room("DiscoveryRequest", cap, need);
    if (rc != TP_OK) {
        return rc;
    }
    uint8_t *at = buf;
    put_header(at, REQUEST_BLOCK, TPI_DISCOVERY_REQUEST);
    at += TPI_WIRE_HEADER_BYTES;
    tpi_put_u64(at, in->request_id);
    tpi_put_u32(at + 8, in->client_id);
    tpi_put_u32(at + 12, in->response_stream_id);
    tpi_put_u32(at + 16, in->stream_id);
    tpi_put_u32(at + 20, in->producer_id);
    tpi_put_u64(at + 24, in->data_source_id);
    at += REQUEST_BLOCK;
    at += put_tags(at, in->tags, in->ntags);
    at += put_view(at, in->response_channel);
    (void)put_view(at, in->data_source_name);
    return tpi_codec_finish(buf, need, NULL);
}

/* ---- DiscoveryResponse ---- */

int tpi_discovery_begin(tpi_discovery_writer_t *writer, void *buf, size_t cap, uint64_t request_id,
                        uint8_t status)
{
    const int rc = tpi_codec_room("DiscoveryResponse", cap, AT_RESULTS + GROUP_BYTES + END_MAX);
    if (rc != TP_OK) {
        return rc;
    }
    uint8_t *at = buf;
    put_header(at, RESPONSE_BLOCK, TPI_DISCOVERY_RESPONSE);
    tpi_put_u64(at + TPI_WIRE_HEADER_BYTES, request_id);
    at[TPI_WIRE_HEADER_BYTES + 8] = status;
    (void)put_group(at + AT_RESULTS, RESULT_BLOCK, 0);
    *writer = (tpi_discovery_writer_t){ .buf = buf, .cap = cap, .len = AT_RESULTS + GROUP_BYTES };
    return TP_OK;
}

static size_t result_bytes(const tpi_discovery_result_t *r)
{
    size_t n = RESULT_BLOCK + GROUP_BYTES + tags_bytes(r->tags, r->ntags) +
               tpi_codec_view_bytes(r->header_region_uri) +
               tpi_codec_view_bytes(r->data_source_name) +
               tpi_codec_view_bytes(r->driver_instance_id) +
               tpi_codec_view_bytes(r->driver_control_channel);
    for (uint16_t i = 0; i < r->npools; i++) {
        n += POOL_BLOCK + tpi_codec_view_bytes(r->pools[i].region_uri);
    }
    return n;
}

int tpi_discovery_add(tpi_discovery_writer_t *writer, const tpi_discovery_result_t *r)
{
    const size_t need = result_bytes(r);
    if (r->npools > TPI_MAX_POOLS || r->ntags > TPI_MAX_TAGS || writer->count == UINT16_MAX - 1 ||
        need > writer->cap - writer->len - END_MAX) {
        return tpi_fail(TP_ERANGE, "DiscoveryResponse: no room for result %u", writer->count);
    }
    uint8_t *at = writer->buf + writer->len;
    tpi_put_u32(at, r->stream_id);
    tpi_put_u32(at + 4, r->producer_id);
    tpi_put_u64(at + 8, r->epoch);
    tpi_put_u32(at + 16, r->layout_version);
    tpi_put_u32(at + 20, r->header_nslots);
    tpi_put_u16(at + 24, r->header_slot_bytes);
    at[26] = r->max_dims;
    tpi_put_u64(at + 27, r->data_source_id);
    tpi_put_u32(at + 35, r->driver_control_stream_id);
    at += RESULT_BLOCK;
    at += put_group(at, POOL_BLOCK, r->npools);
    for (uint16_t i = 0; i < r->npools; i++) {
        tpi_put_u16(at, r->pools[i].pool_id);
        tpi_put_u32(at + 2, r->pools[i].nslots);
        tpi_put_u32(at + 6, r->pools[i].stride_bytes);
        at += POOL_BLOCK;
        at += put_view(at, r->pools[i].region_uri);
    }
    at += put_tags(at, r->tags, r->ntags);
    at += put_view(at, r->header_region_uri);
    at += put_view(at, r->data_source_name);
    at += put_view(at, r->driver_instance_id);
    (void)put_view(at, r->driver_control_channel);
    writer->len += need;
    writer->count++;
    return TP_OK;
}

int tpi_discovery_end(tpi_discovery_writer_t *writer, const char *error_message)
{
    const tpi_view_t text = { (const uint8_t *)error_message, (uint32_t)strlen(error_message) };
    tpi_put_u16(writer->buf + AT_RESULTS + 2, writer->count);
    writer->len += put_view(writer->buf + writer->len, tpi_codec_clip(text));
    return tpi_codec_finish(writer->buf, writer->len, NULL);
}

int tpi_discovery_open(tpi_discovery_reader_t *reader, const void *buf, size_t len)
{
    const int rc = tpi_codec_begin(buf, len, TPI_DISCOVERY_SCHEMA_ID, TPI_DISCOVERY_RESPONSE, NULL);
    if (rc != TP_OK) {
        return rc; /* Rule: S-11, C-1, C-2 */
    }
    const uint8_t *at = buf;
    *reader = (tpi_discovery_reader_t){
        .buf = buf,
        .request_id = tpi_get_u64(at + TPI_WIRE_HEADER_BYTES),
        .status = at[TPI_WIRE_HEADER_BYTES + 8],
        .count = tpi_get_u16(at + AT_RESULTS + 2),
        .at = AT_RESULTS + GROUP_BYTES,
    };
    return TP_OK;
}

bool tpi_discovery_next(tpi_discovery_reader_t *reader, tpi_discovery_result_t *out)
{
    const uint8_t *start = reader->buf + reader->at;
    const uint8_t *at = start;
    if (reader->taken == reader->count) {
        (void)get_view(at, &reader->error_message);
        reader->error_message = tpi_codec_clip(reader->error_message);
        return false;
    }
    out->stream_id = tpi_get_u32(at);
    out->producer_id = tpi_get_u32(at + 4);
    out->epoch = tpi_get_u64(at + 8);
    out->layout_version = tpi_get_u32(at + 16);
    out->header_nslots = tpi_get_u32(at + 20);
    out->header_slot_bytes = tpi_get_u16(at + 24);
    out->max_dims = at[26];
    out->data_source_id = tpi_get_u64(at + 27);
    out->driver_control_stream_id = tpi_get_u32(at + 35);
    at += RESULT_BLOCK;
    const uint16_t npools = tpi_get_u16(at + 2);
    at += GROUP_BYTES;
    for (uint16_t i = 0; i < npools; i++) {
        tpi_pool_entry_t pool = { .pool_id = tpi_get_u16(at),
                                  .nslots = tpi_get_u32(at + 2),
                                  .stride_bytes = tpi_get_u32(at + 6) };
        at += POOL_BLOCK;
        at += get_view(at, &pool.region_uri);
        if (i < TPI_MAX_POOLS) {
            out->pools[i] = pool;
        }
    }
    out->npools = npools > TPI_MAX_POOLS ? TPI_MAX_POOLS + 1 : npools;
    at += get_tags(at, out->tags, &out->ntags);
    at += get_view(at, &out->header_region_uri);
    at += get_view(at, &out->data_source_name);
    at += get_view(at, &out->driver_instance_id);
    at += get_view(at, &out->driver_control_channel);
    reader->at += (size_t)(at - start);
    reader->taken++;
    return true;
}
