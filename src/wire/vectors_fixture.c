#include "wire/vectors_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tp_test.h"
#include "wire/meta.h"

/* ---- the struct codecs ---- */

#define WRAP(M)                                                                                    \
    static int M##_decode(const void *buf, size_t len, void *out)                                  \
    {                                                                                              \
        return tpi_##M##_decode(buf, len, out);                                                    \
    }                                                                                              \
    static int M##_encode(void *buf, size_t cap, tpi_dialect_t dialect, const void *in)            \
    {                                                                                              \
        (void)dialect;                                                                             \
        return tpi_##M##_encode(buf, cap, in);                                                     \
    }
#define WRAP_DIALECT(M)                                                                            \
    static int M##_decode(const void *buf, size_t len, void *out)                                  \
    {                                                                                              \
        return tpi_##M##_decode(buf, len, out);                                                    \
    }                                                                                              \
    static int M##_encode(void *buf, size_t cap, tpi_dialect_t dialect, const void *in)            \
    {                                                                                              \
        return tpi_##M##_encode(buf, cap, dialect, in);                                            \
    }

WRAP(shm_pool_announce)
WRAP(consumer_hello)
WRAP(consumer_config)
WRAP_DIALECT(frame_descriptor)
WRAP_DIALECT(frame_progress)
WRAP(qos_consumer)
WRAP(qos_producer)
WRAP(data_source_announce)
WRAP(data_source_meta)
WRAP(meta_blob_announce)
WRAP(meta_blob_chunk)
WRAP(meta_blob_complete)
WRAP(control_response)
WRAP_DIALECT(attach_request)
WRAP_DIALECT(attach_response)
WRAP(detach_request)
WRAP(detach_response)
WRAP(lease_keepalive)
WRAP(driver_shutdown)
WRAP(lease_revoked)
WRAP(driver_shutdown_request)

#define MAP(M) static const fixture_map_t M##_map[]
#define END                                                                                        \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

#define ROW(name, member)                                                                          \
    {                                                                                              \
        name, offsetof(S, member), 0                                                               \
    }
#define ROW_POOLS                                                                                  \
    {                                                                                              \
        "payloadPools", offsetof(S, npools), offsetof(S, pools)                                    \
    }

#define S tpi_shm_pool_announce_t
MAP(shm_pool_announce) = { ROW("streamId", stream_id),
                           ROW("producerId", producer_id),
                           ROW("epoch", epoch),
                           ROW("announceTimestampNs", announce_timestamp_ns),
                           ROW("announceClockDomain", clock_domain),
                           ROW("layoutVersion", layout_version),
                           ROW("headerNslots", header_nslots),
                           ROW("headerSlotBytes", header_slot_bytes),
                           ROW_POOLS,
                           ROW("headerRegionUri", header_region_uri),
                           END };
#undef S
#define S tpi_consumer_hello_t
MAP(consumer_hello) = { ROW("streamId", stream_id),
                        ROW("consumerId", consumer_id),
                        ROW("supportsShm", supports_shm),
                        ROW("supportsProgress", supports_progress),
                        ROW("mode", mode),
                        ROW("maxRateHz", max_rate_hz),
                        ROW("expectedLayoutVersion", expected_layout_version),
                        ROW("progressIntervalUs", progress_interval_us),
                        ROW("progressBytesDelta", progress_bytes_delta),
                        ROW("progressMajorDeltaUnits", progress_major_delta_units),
                        ROW("descriptorStreamId", descriptor_stream_id),
                        ROW("controlStreamId", control_stream_id),
                        ROW("descriptorChannel", descriptor_channel),
                        ROW("controlChannel", control_channel),
                        END };
#undef S
#define S tpi_consumer_config_t
MAP(consumer_config) = { ROW("streamId", stream_id),
                         ROW("consumerId", consumer_id),
                         ROW("useShm", use_shm),
                         ROW("mode", mode),
                         ROW("descriptorStreamId", descriptor_stream_id),
                         ROW("controlStreamId", control_stream_id),
                         ROW("payloadFallbackUri", payload_fallback_uri),
                         ROW("descriptorChannel", descriptor_channel),
                         ROW("controlChannel", control_channel),
                         END };
#undef S
#define S tpi_frame_descriptor_t
MAP(frame_descriptor) = { ROW("streamId", stream_id),
                          ROW("epoch", epoch),
                          ROW("seq", seq),
                          ROW("headerIndex", header_index),
                          ROW("timestampNs", timestamp_ns),
                          ROW("metaVersion", meta_version),
                          ROW("traceId", trace_id),
                          END };
#undef S
#define S tpi_frame_progress_t
MAP(frame_progress) = { ROW("streamId", stream_id),
                        ROW("epoch", epoch),
                        ROW("frameId", seq),
                        ROW("seq", seq),
                        ROW("headerIndex", header_index),
                        ROW("payloadBytesFilled", payload_bytes_filled),
                        ROW("state", state),
                        END };
#undef S
#define S tpi_qos_consumer_t
MAP(qos_consumer) = { ROW("streamId", stream_id), ROW("consumerId", consumer_id),
                      ROW("epoch", epoch),        ROW("lastSeqSeen", last_seq_seen),
                      ROW("dropsGap", drops_gap), ROW("dropsLate", drops_late),
                      ROW("mode", mode),          END };
#undef S
#define S tpi_qos_producer_t
MAP(qos_producer) = { ROW("streamId", stream_id),  ROW("producerId", producer_id),
                      ROW("epoch", epoch),         ROW("currentSeq", current_seq),
                      ROW("watermark", watermark), END };
#undef S
#define S tpi_data_source_announce_t
MAP(data_source_announce) = { ROW("streamId", stream_id),
                              ROW("producerId", producer_id),
                              ROW("epoch", epoch),
                              ROW("metaVersion", meta_version),
                              ROW("name", name),
                              ROW("summary", summary),
                              END };
#undef S
#define S tpi_data_source_meta_t
MAP(data_source_meta) = { ROW("streamId", stream_id),
                          ROW("metaVersion", meta_version),
                          ROW("timestampNs", timestamp_ns),
                          { "attributes", offsetof(S, nattributes), offsetof(S, attributes) },
                          END };
#undef S
#define S tpi_meta_blob_announce_t
MAP(meta_blob_announce) = { ROW("streamId", stream_id), ROW("metaVersion", meta_version),
                            ROW("blobType", blob_type), ROW("totalLen", total_len),
                            ROW("checksum", checksum),  END };
#undef S
#define S tpi_meta_blob_chunk_t
MAP(meta_blob_chunk) = { ROW("streamId", stream_id), ROW("metaVersion", meta_version),
                         ROW("chunkOffset", chunk_offset), ROW("bytes", bytes), END };
#undef S
#define S tpi_meta_blob_complete_t
MAP(meta_blob_complete) = { ROW("streamId", stream_id), ROW("metaVersion", meta_version),
                            ROW("checksum", checksum), END };
#undef S
#define S tpi_control_response_t
MAP(control_response) = { ROW("correlationId", correlation_id), ROW("code", code),
                          ROW("errorMessage", error_message), END };
#undef S
#define S tpi_attach_request_t
MAP(attach_request) = { ROW("correlationId", correlation_id),
                        ROW("streamId", stream_id),
                        ROW("clientId", client_id),
                        ROW("role", role),
                        ROW("expectedLayoutVersion", expected_layout_version),
                        ROW("maxDims", max_dims),
                        ROW("publishMode", publish_mode),
                        ROW("requireHugepages", require_hugepages),
                        ROW("desiredNodeId", desired_node_id),
                        END };
#undef S
#define S tpi_attach_response_t
MAP(attach_response) = { ROW("correlationId", correlation_id),
                         ROW("code", code),
                         ROW("leaseId", lease_id),
                         ROW("leaseExpiryTimestampNs", lease_expiry_timestamp_ns),
                         ROW("streamId", stream_id),
                         ROW("epoch", epoch),
                         ROW("layoutVersion", layout_version),
                         ROW("headerNslots", header_nslots),
                         ROW("headerSlotBytes", header_slot_bytes),
                         ROW("maxDims", max_dims),
                         ROW("nodeId", node_id),
                         ROW_POOLS,
                         ROW("headerRegionUri", header_region_uri),
                         ROW("errorMessage", error_message),
                         END };
#undef S
#define S tpi_detach_request_t
MAP(detach_request) = {
    ROW("correlationId", correlation_id), ROW("leaseId", lease_id), ROW("streamId", stream_id),
    ROW("clientId", client_id),           ROW("role", role),        END
};
#undef S
#define S tpi_detach_response_t
MAP(detach_response) = { ROW("correlationId", correlation_id), ROW("code", code),
                         ROW("errorMessage", error_message), END };
#undef S
#define S tpi_lease_keepalive_t
MAP(lease_keepalive) = { ROW("leaseId", lease_id),
                         ROW("streamId", stream_id),
                         ROW("clientId", client_id),
                         ROW("role", role),
                         ROW("clientTimestampNs", client_timestamp_ns),
                         END };
#undef S
#define S tpi_driver_shutdown_t
MAP(driver_shutdown) = { ROW("timestampNs", timestamp_ns), ROW("reason", reason),
                         ROW("errorMessage", error_message), END };
#undef S
#define S tpi_lease_revoked_t
MAP(lease_revoked) = { ROW("timestampNs", timestamp_ns),
                       ROW("leaseId", lease_id),
                       ROW("streamId", stream_id),
                       ROW("clientId", client_id),
                       ROW("role", role),
                       ROW("reason", reason),
                       ROW("errorMessage", error_message),
                       END };
#undef S
#define S tpi_driver_shutdown_request_t
MAP(driver_shutdown_request) = { ROW("correlationId", correlation_id), ROW("reason", reason),
                                 ROW("token", token), ROW("errorMessage", error_message), END };
#undef S

#define CODEC(id, name, M)                                                                         \
    {                                                                                              \
        name, id, sizeof(tpi_##M##_t), M##_map, M##_decode, M##_encode                             \
    }
const fixture_codec_t fixture_codecs[] = {
    CODEC(900, "ShmPoolAnnounce", shm_pool_announce),
    CODEC(900, "ConsumerHello", consumer_hello),
    CODEC(900, "ConsumerConfig", consumer_config),
    CODEC(900, "FrameDescriptor", frame_descriptor),
    CODEC(900, "FrameProgress", frame_progress),
    CODEC(900, "QosConsumer", qos_consumer),
    CODEC(900, "QosProducer", qos_producer),
    CODEC(900, "DataSourceAnnounce", data_source_announce),
    CODEC(900, "DataSourceMeta", data_source_meta),
    CODEC(900, "MetaBlobAnnounce", meta_blob_announce),
    CODEC(900, "MetaBlobChunk", meta_blob_chunk),
    CODEC(900, "MetaBlobComplete", meta_blob_complete),
    CODEC(900, "ControlResponse", control_response),
    CODEC(901, "ShmAttachRequest", attach_request),
    CODEC(901, "ShmAttachResponse", attach_response),
    CODEC(901, "ShmDetachRequest", detach_request),
    CODEC(901, "ShmDetachResponse", detach_response),
    CODEC(901, "ShmLeaseKeepalive", lease_keepalive),
    CODEC(901, "ShmDriverShutdown", driver_shutdown),
    CODEC(901, "ShmLeaseRevoked", lease_revoked),
    CODEC(901, "ShmDriverShutdownRequest", driver_shutdown_request),
};
const size_t fixture_codec_count = sizeof(fixture_codecs) / sizeof(fixture_codecs[0]);

const fixture_codec_t *fixture_codec(const char *message, uint16_t schema_id)
{
    for (size_t i = 0; i < fixture_codec_count; i++) {
        if (fixture_codecs[i].schema_id == schema_id &&
            strcmp(fixture_codecs[i].message, message) == 0) {
            return &fixture_codecs[i];
        }
    }
    return NULL;
}

/* ---- structs from JSON ---- */

static const tpi_wire_field_t *find_field(const char *message, const char *name)
{
    for (unsigned dialect = TPI_WIRE_IN_V11; dialect <= TPI_WIRE_IN_V12; dialect++) {
        const tpi_wire_message_t *found = tpi_wire_find(message, dialect);
        for (size_t i = 0; found != NULL && i < found->block.nfields; i++) {
            if (strcmp(found->block.fields[i].name, name) == 0) {
                return &found->block.fields[i];
            }
        }
    }
    TP_FAIL("no field %s.%s in the tables", message, name);
    return NULL;
}

static uint64_t integer_from_json(const tpi_wire_field_t *field, json_object *value)
{
    if (value == NULL) {
        return field->null_value;
    }
    if (field->kind == TPI_WIRE_ENUM) {
        for (size_t i = 0; i < field->nvalues; i++) {
            if (strcmp(field->values[i].name, json_object_get_string(value)) == 0) {
                return (uint64_t)field->values[i].value;
            }
        }
        TP_FAIL("%s has no value %s", field->name, json_object_get_string(value));
    }
    const int64_t number = json_object_get_int64(value);
    return number < 0 ? (uint64_t)number : json_object_get_uint64(value);
}

static tpi_view_t view_from_json(json_object *value)
{
    if (value == NULL) {
        return (tpi_view_t){ NULL, 0 };
    }
    return (tpi_view_t){ (const uint8_t *)json_object_get_string(value),
                         (uint32_t)json_object_get_string_len(value) };
}

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Var bytes are hex in the files: kept until the program ends, as the text's own bytes are by the file. */
static tpi_view_t bytes_from_json(json_object *value)
{
    static uint8_t store[1 << 20];
    static size_t used;
    const char *hex = value == NULL ? "" : json_object_get_string(value);
    const tpi_view_t view = { store + used, (uint32_t)(strlen(hex) / 2) };
    if (used + view.len > sizeof store) {
        used = 0;
        return bytes_from_json(value);
    }
    for (size_t i = 0; i < view.len; i++) {
        store[used++] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    }
    return view;
}

static void attributes_from_json(json_object *group, uint16_t *count, tpi_attribute_t *attributes)
{
    *count = group == NULL ? 0 : (uint16_t)json_object_array_length(group);
    for (uint16_t i = 0; i < *count; i++) {
        json_object *entry = json_object_array_get_idx(group, i);
        attributes[i].key = view_from_json(json_object_object_get(entry, "key"));
        attributes[i].format = view_from_json(json_object_object_get(entry, "format"));
        attributes[i].value = bytes_from_json(json_object_object_get(entry, "value"));
    }
}

static void pools_from_json(json_object *group, uint16_t *npools, tpi_pool_entry_t *pools)
{
    *npools = group == NULL ? 0 : (uint16_t)json_object_array_length(group);
    for (uint16_t i = 0; i < *npools; i++) {
        json_object *entry = json_object_array_get_idx(group, i);
        pools[i].pool_id = (uint16_t)json_object_get_int64(json_object_object_get(entry, "poolId"));
        pools[i].nslots =
            (uint32_t)json_object_get_int64(json_object_object_get(entry, "poolNslots"));
        pools[i].stride_bytes =
            (uint32_t)json_object_get_int64(json_object_object_get(entry, "strideBytes"));
        pools[i].region_uri = view_from_json(json_object_object_get(entry, "regionUri"));
    }
}

void fixture_from_json(const fixture_codec_t *codec, json_object *fields, void *out)
{
    memset(out, 0, codec->size);
    for (int pass = 0; pass < 2; pass++) { /* nulls first: two names may share a member */
        for (const fixture_map_t *row = codec->map; row->field != NULL; row++) {
            const tpi_wire_field_t *field = find_field(codec->message, row->field);
            json_object *value = NULL;
            const bool there = json_object_object_get_ex(fields, row->field, &value);
            void *member = (uint8_t *)out + row->offset;
            if (pass == 1 && !there) {
                continue;
            }
            if (field->kind == TPI_WIRE_GROUP) {
                void *entries = (uint8_t *)out + row->entries;
                if (strcmp(row->field, "attributes") == 0) {
                    attributes_from_json(value, member, entries);
                } else {
                    pools_from_json(value, member, entries);
                }
            } else if (field->kind == TPI_WIRE_BYTES) {
                *(tpi_view_t *)member = bytes_from_json(value);
            } else if (field->kind == TPI_WIRE_ASCII) {
                *(tpi_view_t *)member = view_from_json(value);
            } else {
                tpi_wire_store(member, field->type, integer_from_json(field, value));
            }
        }
    }
    json_object_object_foreach(fields, name, unused)
    {
        (void)unused;
        bool mapped = false;
        for (const fixture_map_t *row = codec->map; row->field != NULL; row++) {
            mapped = mapped || strcmp(row->field, name) == 0;
        }
        TP_CHECK_MSG(mapped, "%s.%s is not in the map", codec->message, name);
    }
}

static void check_view(tpi_view_t got, tpi_view_t want)
{
    TP_CHECK_EQ_U64(got.len, want.len);
    if (want.len > 0) {
        TP_CHECK_EQ_MEM(got.data, want.data, want.len);
    }
}

void fixture_check_equal(const fixture_codec_t *codec, const void *got, const void *want)
{
    for (const fixture_map_t *row = codec->map; row->field != NULL; row++) {
        const tpi_wire_field_t *field = find_field(codec->message, row->field);
        const void *a = (const uint8_t *)got + row->offset;
        const void *b = (const uint8_t *)want + row->offset;
        if (field->kind == TPI_WIRE_ASCII || field->kind == TPI_WIRE_BYTES) {
            check_view(*(const tpi_view_t *)a, *(const tpi_view_t *)b);
        } else if (strcmp(row->field, "attributes") == 0) {
            const tpi_attribute_t *x = (const void *)((const uint8_t *)got + row->entries);
            const tpi_attribute_t *y = (const void *)((const uint8_t *)want + row->entries);
            TP_CHECK_EQ_U64(*(const uint16_t *)a, *(const uint16_t *)b);
            for (uint16_t i = 0; i < *(const uint16_t *)a; i++) {
                check_view(x[i].key, y[i].key);
                check_view(x[i].format, y[i].format);
                check_view(x[i].value, y[i].value);
            }
        } else if (field->kind == TPI_WIRE_GROUP) {
            const tpi_pool_entry_t *x = (const void *)((const uint8_t *)got + row->entries);
            const tpi_pool_entry_t *y = (const void *)((const uint8_t *)want + row->entries);
            TP_CHECK_EQ_U64(*(const uint16_t *)a, *(const uint16_t *)b);
            for (uint16_t i = 0; i < *(const uint16_t *)a; i++) {
                TP_CHECK_EQ_U64(x[i].pool_id, y[i].pool_id);
                TP_CHECK_EQ_U64(x[i].nslots, y[i].nslots);
                TP_CHECK_EQ_U64(x[i].stride_bytes, y[i].stride_bytes);
                check_view(x[i].region_uri, y[i].region_uri);
            }
        } else {
            const uint64_t x = tpi_wire_load(a, field->type);
            const uint64_t y = tpi_wire_load(b, field->type);
            TP_CHECK_MSG(x == y, "%s.%s: %llu, expected %llu", codec->message, row->field,
                         (unsigned long long)x, (unsigned long long)y);
        }
    }
}

/* ---- the files ---- */

static const char *string_of(json_object *record, const char *key)
{
    json_object *value = json_object_object_get(record, key);
    return value == NULL ? "" : json_object_get_string(value);
}

static void visit_record(json_object *json, uint16_t schema_id,
                         void (*visit)(const fixture_record_t *record))
{
    fixture_record_t record = { .schema_id = schema_id,
                                .fields = json_object_object_get(json, "fields") };
    snprintf(record.message, sizeof record.message, "%s", string_of(json, "message"));
    record.message[strcspn(record.message, " ")] = '\0';
    snprintf(record.expect, sizeof record.expect, "%s", string_of(json, "expect"));
    const char *name = string_of(json, "name");
    snprintf(record.name, sizeof record.name, "%s",
             name[0] != '\0' ? name : string_of(json, "note"));
    const char *dialects = json_object_to_json_string(json_object_object_get(json, "dialects"));
    record.dialects = (strstr(dialects, "1.1") != NULL ? TPI_WIRE_IN_V11 : 0u) |
                      (strstr(dialects, "1.2") != NULL ? TPI_WIRE_IN_V12 : 0u);

    const char *hex = string_of(json, "hex");
    const size_t header =
        strcmp(string_of(json, "framing"), "raw") == 0 ? TPI_WIRE_HEADER_BYTES : 0;
    record.len = header + strlen(hex) / 2;
    record.bytes = malloc(record.len);
    TP_CHECK(record.bytes != NULL);
    if (header > 0) { /* a layout of shared memory: give it the header it would have on the wire */
        tpi_put_u16(record.bytes,
                    (uint16_t)json_object_get_int(json_object_object_get(json, "blockLength")));
        tpi_put_u16(record.bytes + 2,
                    (uint16_t)json_object_get_int(json_object_object_get(json, "templateId")));
        tpi_put_u16(record.bytes + 4, schema_id);
        tpi_put_u16(record.bytes + 6, TPI_SCHEMA_VERSION);
    }
    for (size_t i = header; i < record.len; i++) {
        const char *digits = hex + 2 * (i - header);
        record.bytes[i] = (uint8_t)(nibble(digits[0]) << 4 | nibble(digits[1]));
    }
    visit(&record);
    free(record.bytes);
}

void fixture_each(fixture_part_t part, void (*visit)(const fixture_record_t *record))
{
    static const char *const positive[] = { "vectors", "extra", "patterns", NULL };
    static const char *const negative[] = { "negative", NULL };
    static const char *const files[] = { "wire_vectors.json", "driver_vectors.json" };
    size_t visited = 0;
    for (size_t f = 0; f < 2; f++) {
        char path[512];
        snprintf(path, sizeof path, "%s/docs/spec/%s", TP_SOURCE_DIR, files[f]);
        json_object *file = json_object_from_file(path);
        TP_CHECK_MSG(file != NULL, "cannot read %s", path);
        const int schema_id = json_object_get_int(json_object_object_get(file, "schemaId"));
        for (const char *const *name = part == FIXTURE_POSITIVE ? positive : negative;
             *name != NULL; name++) {
            json_object *list = json_object_object_get(file, *name);
            for (size_t i = 0; i < json_object_array_length(list); i++) {
                visit_record(json_object_array_get_idx(list, i), (uint16_t)schema_id, visit);
                visited++;
            }
        }
        json_object_put(file);
    }
    TP_CHECK_GT_U64(visited, 30);
}
