/* The discovery messages against the vectors of docs/spec/services_vectors.json, both ways. */
#include "wire/discovery.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorpool/error.h"
#include "tp_test.h"

typedef struct vector {
    char name[160];
    uint8_t *bytes;
    size_t len;
    json_object *fields;
} vector_t;

static void each(const char *part, const char *prefix, void (*visit)(const vector_t *v))
{
    char path[512];
    size_t visited = 0;
    snprintf(path, sizeof path, "%s/docs/spec/services_vectors.json", TP_SOURCE_DIR);
    json_object *file = json_object_from_file(path);
    TP_CHECK_MSG(file != NULL, "cannot read %s", path);
    json_object *list = json_object_object_get(file, part);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        json_object *record = json_object_array_get_idx(list, i);
        json_object *name = json_object_object_get(record, "message");
        if (name == NULL) {
            name = json_object_object_get(record, "name");
        }
        const char *text = json_object_get_string(name);
        const char *hex = json_object_get_string(json_object_object_get(record, "hex"));
        if (strncmp(text, prefix, strlen(prefix)) != 0) {
            continue;
        }
        vector_t v = { .len = strlen(hex) / 2, .fields = json_object_object_get(record, "fields") };
        snprintf(v.name, sizeof v.name, "%s", text);
        v.bytes = malloc(v.len); /* exactly: the sanitizer sees a step beyond */
        TP_CHECK(v.bytes != NULL);
        for (size_t k = 0; k < v.len; k++) {
            unsigned byte;
            TP_CHECK_EQ_I64(sscanf(hex + 2 * k, "%2x", &byte), 1);
            v.bytes[k] = (uint8_t)byte;
        }
        visit(&v);
        free(v.bytes);
        visited++;
    }
    TP_CHECK_GT_U64(visited, 1);
    json_object_put(file);
}

static uint64_t number(json_object *fields, const char *key, uint64_t null)
{
    json_object *value = json_object_object_get(fields, key);
    return value == NULL ? null : json_object_get_uint64(value);
}

static void check_text(json_object *fields, const char *key, tpi_view_t got)
{
    const char *want = json_object_get_string(json_object_object_get(fields, key));
    TP_CHECK_EQ_U64(got.len, strlen(want));
    TP_CHECK_EQ_MEM(got.data, want, got.len);
}

static void check_tags(json_object *fields, const tpi_view_t *tags, uint16_t ntags)
{
    json_object *list = json_object_object_get(fields, "tags");
    TP_CHECK_EQ_U64(ntags, json_object_array_length(list));
    for (uint16_t i = 0; i < ntags; i++) {
        check_text(json_object_array_get_idx(list, i), "tag", tags[i]);
    }
}

static void check_request(const vector_t *v)
{
    tpi_discovery_request_t r;
    TP_CHECK_EQ_I64(tpi_discovery_request_decode(v->bytes, v->len, &r), TP_OK);
    TP_CHECK_EQ_U64(r.request_id, number(v->fields, "requestId", 0));
    TP_CHECK_EQ_U64(r.client_id, number(v->fields, "clientId", 0));
    TP_CHECK_EQ_U64(r.response_stream_id, number(v->fields, "responseStreamId", 0));
    TP_CHECK_EQ_U64(r.stream_id, number(v->fields, "streamId", TPI_NULL_U32));
    TP_CHECK_EQ_U64(r.producer_id, number(v->fields, "producerId", TPI_NULL_U32));
    TP_CHECK_EQ_U64(r.data_source_id, number(v->fields, "dataSourceId", TPI_NULL_U64));
    check_text(v->fields, "responseChannel", r.response_channel);
    check_text(v->fields, "dataSourceName", r.data_source_name);
    check_tags(v->fields, r.tags, r.ntags);
    uint8_t buf[2048];
    TP_CHECK_EQ_I64(tpi_discovery_request_encode(buf, sizeof buf, &r), (int64_t)v->len);
    TP_CHECK_EQ_MEM(buf, v->bytes, v->len);
    TP_CHECK_EQ_I64(tpi_discovery_request_encode(buf, v->len - 1, &r), TP_ERANGE);
    for (size_t len = 0; len < v->len; len++) {
        TP_CHECK_EQ_I64(tpi_discovery_request_decode(v->bytes, len, &r), TP_EDECODE);
    }
}

/* Proves: S-7, S-10, S-11, C-1, C-2 */
TP_TEST(requests_are_those_of_the_vectors_both_ways)
{
    each("vectors", "DiscoveryRequest", check_request);
}

static void check_response(const vector_t *v)
{
    tpi_discovery_reader_t reader;
    tpi_discovery_writer_t writer;
    static tpi_discovery_result_t r;
    uint8_t buf[8192];
    json_object *list = json_object_object_get(v->fields, "results");
    TP_CHECK_EQ_I64(tpi_discovery_open(&reader, v->bytes, v->len), TP_OK);
    TP_CHECK_EQ_U64(reader.request_id, number(v->fields, "requestId", 0));
    TP_CHECK_EQ_U64(reader.count, json_object_array_length(list));
    TP_CHECK_EQ_I64(tpi_discovery_begin(&writer, buf, sizeof buf, reader.request_id, reader.status),
                    TP_OK);
    for (size_t i = 0; tpi_discovery_next(&reader, &r); i++) {
        json_object *want = json_object_array_get_idx(list, i);
        TP_CHECK_EQ_U64(r.stream_id, number(want, "streamId", 0));
        TP_CHECK_EQ_U64(r.producer_id, number(want, "producerId", 0));
        TP_CHECK_EQ_U64(r.epoch, number(want, "epoch", 0));
        TP_CHECK_EQ_U64(r.header_nslots, number(want, "headerNslots", 0));
        TP_CHECK_EQ_U64(r.header_slot_bytes, number(want, "headerSlotBytes", 0));
        TP_CHECK_EQ_U64(r.max_dims, number(want, "maxDims", 0));
        TP_CHECK_EQ_U64(r.data_source_id, number(want, "dataSourceId", TPI_NULL_U64));
        TP_CHECK_EQ_U64(r.driver_control_stream_id, number(want, "driverControlStreamId", 0));
        json_object *pools = json_object_object_get(want, "payloadPools");
        TP_CHECK_EQ_U64(r.npools, json_object_array_length(pools));
        for (uint16_t k = 0; k < r.npools; k++) {
            json_object *pool = json_object_array_get_idx(pools, k);
            TP_CHECK_EQ_U64(r.pools[k].pool_id, number(pool, "poolId", 0));
            TP_CHECK_EQ_U64(r.pools[k].stride_bytes, number(pool, "strideBytes", 0));
            check_text(pool, "regionUri", r.pools[k].region_uri);
        }
        check_tags(want, r.tags, r.ntags);
        check_text(want, "headerRegionUri", r.header_region_uri);
        check_text(want, "dataSourceName", r.data_source_name);
        check_text(want, "driverInstanceId", r.driver_instance_id);
        check_text(want, "driverControlChannel", r.driver_control_channel);
        TP_CHECK_EQ_I64(tpi_discovery_add(&writer, &r), TP_OK);
    }
    char text[2048];
    check_text(v->fields, "errorMessage", reader.error_message);
    snprintf(text, sizeof text, "%.*s", (int)reader.error_message.len,
             (const char *)reader.error_message.data);
    TP_CHECK_EQ_I64(tpi_discovery_end(&writer, text), (int64_t)v->len);
    TP_CHECK_EQ_MEM(buf, v->bytes, v->len);
    for (size_t len = 0; len < v->len; len++) {
        TP_CHECK_EQ_I64(tpi_discovery_open(&reader, v->bytes, len), TP_EDECODE);
    }
}

/* Proves: S-10, S-11, S-18 */
TP_TEST(responses_are_those_of_the_vectors_both_ways)
{
    each("vectors", "DiscoveryResponse", check_response);
}

static void meet_request(const vector_t *v)
{
    tpi_discovery_request_t r;
    const int rc = tpi_discovery_request_decode(v->bytes, v->len, &r);
    /* What is wrong with the others is no matter of form. */
    const bool is_form = strstr(v->name, "version 2") != NULL ||
                         strstr(v->name, "blockLength") != NULL ||
                         strstr(v->name, "beyond") != NULL;
    TP_CHECK_MSG(rc == (is_form ? TP_EDECODE : TP_OK), "%s: %d", v->name, rc);
}

static void meet_response(const vector_t *v)
{
    tpi_discovery_reader_t r;
    const int rc = tpi_discovery_open(&r, v->bytes, v->len);
    const bool is_form = strstr(v->name, "unknown status") != NULL;
    TP_CHECK_MSG(rc == (is_form ? TP_EDECODE : TP_OK), "%s: %d", v->name, rc);
}

/* Proves: C-1, C-2, S-11 */
TP_TEST(malformed_ones_are_refused)
{
    each("negative", "request:", meet_request);
    each("negative", "response:", meet_response);
}

TP_TEST(a_result_that_does_not_fit_leaves_the_response_as_it_was)
{
    static uint8_t buf[2000];
    static tpi_discovery_result_t r;
    static const uint8_t text[400];
    tpi_discovery_writer_t writer;
    r.header_region_uri = (tpi_view_t){ text, 100 };
    TP_CHECK_EQ_I64(tpi_discovery_begin(&writer, buf, 1000, 1, TPI_DISCOVERY_OK), TP_ERANGE);
    TP_CHECK_EQ_I64(tpi_discovery_begin(&writer, buf, 1300, 1, TPI_DISCOVERY_OK), TP_OK);
    TP_CHECK_EQ_I64(tpi_discovery_add(&writer, &r), TP_OK);
    const size_t len = writer.len;
    r.data_source_name = (tpi_view_t){ text, 400 };
    TP_CHECK_EQ_I64(tpi_discovery_add(&writer, &r), TP_ERANGE);
    TP_CHECK_EQ_U64(writer.len, len);
    static char long_text[3000];
    memset(long_text, 'x', sizeof long_text - 1);
    const int end = tpi_discovery_end(&writer, long_text); /* Proves: S-14 cut off */
    TP_CHECK_EQ_I64(end, (int64_t)len + 4 + 1024);
    tpi_discovery_reader_t reader;
    TP_CHECK_EQ_I64(tpi_discovery_open(&reader, buf, (size_t)end), TP_OK);
    TP_CHECK_EQ_U64(reader.count, 1);
}

TP_TEST_MAIN()
