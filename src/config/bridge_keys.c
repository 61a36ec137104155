#include "config/bridge_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define MAX_STREAM UINT64_C(4294967294) /* Rule: C-6 */
#define MAX_AERON UINT64_C(2147483647)

/* Words are texts until they are known to be right. */
typedef struct raw_mapping {
    tp_bridge_mapping_t m;
    const char *role;
} raw_mapping_t;

typedef struct raw {
    tp_bridge_options_t o;
    const char *role;
    const char *wire_dialect;
    const char *aeron_dir;
    const char *driver_control_channel;
    uint32_t driver_control_stream_id;
    bool forward_metadata;
    const raw_mapping_t *mappings;
    size_t nmappings;
} raw_t;

#define AT(member) .offset = offsetof(raw_t, o.member)
#define RAW(member) .offset = offsetof(raw_t, member)
#define IN(member) .offset = offsetof(raw_mapping_t, m.member)

static const tpi_role_key_t keys[] = {
    { "instance_id", NULL, TPI_STORE_TEXT, AT(instance_id), .is_required = true },
    { "role", NULL, TPI_STORE_TEXT, RAW(role), .default_text = "both" },
    { "payload_channel", NULL, TPI_STORE_TEXT, AT(payload_channel), .is_required = true },
    { "payload_stream_id", NULL, TPI_STORE_U32, AT(payload_stream_id), .least = 1,
      .most = MAX_AERON, .is_required = true },
    { "control_channel", NULL, TPI_STORE_TEXT, AT(control_channel), .is_required = true },
    { "control_stream_id", NULL, TPI_STORE_U32, AT(control_stream_id), .least = 1,
      .most = MAX_AERON, .is_required = true },
    { "mtu_bytes", NULL, TPI_STORE_U32, AT(mtu_bytes), .least = 129, .default_text = "" },
    { "chunk_bytes", NULL, TPI_STORE_U32, AT(chunk_bytes), .least = 1, .default_text = "" },
    { "max_chunk_bytes", NULL, TPI_STORE_U32, AT(max_chunk_bytes), .least = 1, .most = 65535,
      .default_text = "65535" },
    { "max_payload_bytes", NULL, TPI_STORE_U32, AT(max_payload_bytes), .least = 1,
      .most = 1073741824, .default_text = "1073741824" },
    { "assembly_timeout_ms", NULL, TPI_STORE_U32, AT(assembly_timeout_ms), .least = 1,
      .default_text = "250" },
    { "max_inflight_frames", NULL, TPI_STORE_U32, AT(max_inflight_frames), .least = 1, .most = 16,
      .default_text = "2" },
    { "dest_stream_id_range", NULL, TPI_STORE_RANGE, AT(dest_stream_id_range), .default_text = "" },
    { "forward_metadata", NULL, TPI_STORE_BOOL, RAW(forward_metadata), .default_text = "true" },
    { "metadata_channel", NULL, TPI_STORE_TEXT, AT(metadata_channel), .default_text = "" },
    { "metadata_stream_id", NULL, TPI_STORE_U32, AT(metadata_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "" },
    { "source_metadata_channel", NULL, TPI_STORE_TEXT, AT(source_metadata_channel),
      .default_text = "" },
    { "source_metadata_stream_id", NULL, TPI_STORE_U32, AT(source_metadata_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "" },
    { "dest_metadata_channel", NULL, TPI_STORE_TEXT, AT(dest_metadata_channel),
      .default_text = "" },
    { "dest_metadata_stream_id", NULL, TPI_STORE_U32, AT(dest_metadata_stream_id),
      .most = MAX_AERON, .default_text = "1300" },
    { "forward_qos", NULL, TPI_STORE_BOOL, AT(forward_qos), .default_text = "false" },
    { "forward_progress", NULL, TPI_STORE_BOOL, AT(forward_progress), .default_text = "false" },
    { "forward_tracelink", NULL, TPI_STORE_BOOL, AT(forward_tracelink), .default_text = "false" },
    { "integrity_crc32c", NULL, TPI_STORE_BOOL, AT(integrity_crc32c), .default_text = "false" },
    { "local_control_channel", NULL, TPI_STORE_TEXT, AT(local_control_channel),
      .default_text = "" },
    { "aeron_dir", NULL, TPI_STORE_TEXT, RAW(aeron_dir), .default_text = "" },
    { "client_id_base", NULL, TPI_STORE_U32, AT(client_id_base), .most = MAX_STREAM,
      .default_text = "" },
    { "driver_control_channel", NULL, TPI_STORE_TEXT, RAW(driver_control_channel),
      .default_text = "aeron:ipc?term-length=4m" },
    { "driver_control_stream_id", NULL, TPI_STORE_U32, RAW(driver_control_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "1000" },
    { "wire_dialect", NULL, TPI_STORE_TEXT, RAW(wire_dialect), .default_text = "v1.1" },
};

static const tpi_role_key_t mapping_keys[] = {
    { "source_stream_id", NULL, TPI_STORE_U32, IN(source_stream_id), .least = 1, .most = MAX_STREAM,
      .is_required = true },
    { "dest_stream_id", NULL, TPI_STORE_U32, IN(dest_stream_id), .most = MAX_STREAM,
      .default_text = "0" },
    { "profile", NULL, TPI_STORE_TEXT, IN(profile), .default_text = "" },
    { "metadata_stream_id", NULL, TPI_STORE_U32, IN(metadata_stream_id), .most = MAX_STREAM,
      .default_text = "" },
    { "source_control_stream_id", NULL, TPI_STORE_U32, IN(source_control_stream_id),
      .most = MAX_AERON, .default_text = "0" },
    { "dest_control_stream_id", NULL, TPI_STORE_U32, IN(dest_control_stream_id), .most = MAX_AERON,
      .default_text = "0" },
    { "role", NULL, TPI_STORE_TEXT, .offset = offsetof(raw_mapping_t, role), .default_text = "" },
};

static const tpi_role_array_t arrays[] = {
    { "mappings", "bridge.mappings", offsetof(raw_t, mappings), offsetof(raw_t, nmappings),
      sizeof(raw_mapping_t), mapping_keys, sizeof mapping_keys / sizeof mapping_keys[0] },
};

static const tpi_role_schema_t schema = { "bridge", NULL, keys, sizeof keys / sizeof keys[0],
                                          arrays,   1 };

/* NULL is the default. */
static int role_of(const char *key, size_t index, const char *word, tp_bridge_role_t *out)
{
    static const char *const words[] = { "sender", "receiver", "both" };
    if (word == NULL) {
        *out = TP_BRIDGE_ROLE_DEFAULT;
        return TP_OK;
    }
    for (int i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (tp_bridge_role_t)(i + 1);
            return TP_OK;
        }
    }
    return index == SIZE_MAX
               ? tpi_fail(TP_ECONFIG, "%s: '%.80s', expected sender, receiver or both", key, word)
               : tpi_fail(TP_ECONFIG,
                          "mappings[%zu].%s: '%.80s', expected sender, receiver or both", index,
                          key, word);
}

static int take_mappings(tpi_bridge_keys_t *out, const raw_t *raw)
{
    out->mappings = calloc(raw->nmappings + 1, sizeof *out->mappings);
    if (out->mappings == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < raw->nmappings; i++) {
        out->mappings[i] = raw->mappings[i].m;
        if (role_of("role", i, raw->mappings[i].role, &out->mappings[i].role) != TP_OK) {
            return TP_ECONFIG;
        }
    }
    out->options.mappings = out->mappings;
    out->options.mappings_count = raw->nmappings;
    return TP_OK;
}

int tpi_bridge_keys_load(tpi_bridge_keys_t *out, const tpi_role_source_t *source)
{
    raw_t raw = { .o = TP_BRIDGE_OPTIONS_INIT };
    tpi_bridge_keys_t keys_out = { .config = NULL };
    int rc = tpi_role_config_load(&keys_out.config, &schema, source, &raw);
    if (rc != TP_OK) {
        return rc;
    }
    keys_out.options = raw.o;
    keys_out.aeron_dir = raw.aeron_dir;
    keys_out.driver_control_channel = raw.driver_control_channel;
    keys_out.driver_control_stream_id = (int32_t)raw.driver_control_stream_id;
    /* Rule: B-51 whoever writes it means it */
    keys_out.options.forward_metadata =
        !raw.forward_metadata ? TP_BRIDGE_OFF
        : tpi_role_config_origin(keys_out.config, "forward_metadata") == TPI_ORIGIN_DEFAULT
            ? TP_BRIDGE_AUTO
            : TP_BRIDGE_ON;
    keys_out.options.dest_metadata_per_mapping = raw.o.dest_metadata_stream_id == 0;
    rc = role_of("bridge.role", SIZE_MAX, raw.role, &keys_out.options.role);
    rc = rc == TP_OK ? tpi_role_dialect("bridge", raw.wire_dialect, &keys_out.wire_dialect) : rc;
    rc = rc == TP_OK ? take_mappings(&keys_out, &raw) : rc;
    if (rc != TP_OK) {
        tpi_bridge_keys_free(&keys_out);
        return rc;
    }
    *out = keys_out;
    return TP_OK;
}

void tpi_bridge_keys_free(tpi_bridge_keys_t *keys_in)
{
    free(keys_in->mappings);
    tpi_role_config_free(keys_in->config);
    *keys_in = (tpi_bridge_keys_t){ .config = NULL };
}
