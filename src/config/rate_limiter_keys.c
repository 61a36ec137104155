#include "config/rate_limiter_keys.h"

#include <string.h>

#include "base/fail.h"

#define MAX_STREAM UINT64_C(4294967294) /* Rule: C-6 */
#define MAX_AERON UINT64_C(2147483647)

/* Words are texts until they are known to be right. */
typedef struct raw {
    tp_rate_limiter_options_t o;
    const char *policy;
    const char *wire_dialect;
    const char *aeron_dir;
    const char *descriptor_channel;
    uint32_t descriptor_stream_id;
    const char *driver_control_channel;
    uint32_t driver_control_stream_id;
    const char *shm_base_dir;
    uint64_t keepalive_interval_ns, attach_timeout_ns, attach_retry_interval_ns;
} raw_t;

#define AT(member) .offset = offsetof(raw_t, o.member)
#define RAW(member) .offset = offsetof(raw_t, member)
#define IN(member) .offset = offsetof(tp_rate_mapping_t, member)
/* services.md 2.3 has terms of 1 MiB. Whoever comes first makes a stream's log, and Aeron refuses those
 * who then ask for other terms: so they are as long as our driver's and clients'. */
#define IPC "aeron:ipc?term-length=4m"

static const tpi_role_key_t section_keys[] = {
    { "instance_id", NULL, TPI_STORE_TEXT, AT(instance_id), .is_required = true },
    { "descriptor_channel", NULL, TPI_STORE_TEXT, RAW(descriptor_channel), .is_required = true },
    { "descriptor_stream_id", NULL, TPI_STORE_U32, RAW(descriptor_stream_id), .least = 1,
      .most = MAX_AERON, .is_required = true },
    { "wire_dialect", NULL, TPI_STORE_TEXT, RAW(wire_dialect), .default_text = "v1.1" },
    { "source_descriptor_channel", NULL, TPI_STORE_TEXT, AT(source_descriptor_channel),
      .default_text = "" },
    { "source_descriptor_stream_id", NULL, TPI_STORE_U32, AT(source_descriptor_stream_id),
      .least = 1, .most = MAX_AERON, .default_text = "" },
    { "forward_metadata", NULL, TPI_STORE_BOOL, AT(forward_metadata), .default_text = "true" },
    { "forward_progress", NULL, TPI_STORE_BOOL, AT(forward_progress), .default_text = "false" },
    { "forward_qos", NULL, TPI_STORE_BOOL, AT(forward_qos), .default_text = "false" },
    { "max_rate_hz", NULL, TPI_STORE_U32, AT(max_rate_hz), .most = MAX_STREAM,
      .default_text = "0" },
    { "policy", NULL, TPI_STORE_TEXT, RAW(policy), .default_text = "latest" },
    { "every_nth", NULL, TPI_STORE_U32, AT(every_nth), .least = 1, .default_text = "" },
    { "control_channel", NULL, TPI_STORE_TEXT, AT(control_channel), .default_text = IPC },
    { "control_stream_id", NULL, TPI_STORE_U32, AT(control_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "1000" },
    { "source_control_stream_id", NULL, TPI_STORE_U32, AT(source_control_stream_id),
      .most = MAX_AERON, .default_text = "0" },
    { "dest_control_stream_id", NULL, TPI_STORE_U32, AT(dest_control_stream_id), .most = MAX_AERON,
      .default_text = "0" },
    { "qos_channel", NULL, TPI_STORE_TEXT, AT(qos_channel), .default_text = IPC },
    { "qos_stream_id", NULL, TPI_STORE_U32, AT(qos_stream_id), .least = 1, .most = MAX_AERON,
      .default_text = "1200" },
    { "source_qos_stream_id", NULL, TPI_STORE_U32, AT(source_qos_stream_id), .most = MAX_AERON,
      .default_text = "0" },
    { "dest_qos_stream_id", NULL, TPI_STORE_U32, AT(dest_qos_stream_id), .most = MAX_AERON,
      .default_text = "0" },
    { "metadata_channel", NULL, TPI_STORE_TEXT, AT(metadata_channel), .default_text = IPC },
    { "source_metadata_stream_id", NULL, TPI_STORE_U32, AT(source_metadata_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "1300" },
    { "dest_metadata_stream_id", "metadata_stream_id", TPI_STORE_U32, AT(dest_metadata_stream_id),
      .least = 1, .most = MAX_AERON, .default_text = "1300" },
    { "driver_control_channel", NULL, TPI_STORE_TEXT, RAW(driver_control_channel),
      .default_text = "" },
    { "driver_control_stream_id", NULL, TPI_STORE_U32, RAW(driver_control_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "" },
    { "shm_base_dir", NULL, TPI_STORE_TEXT, RAW(shm_base_dir), .default_text = "/dev/shm" },
    { "aeron_dir", NULL, TPI_STORE_TEXT, RAW(aeron_dir), .default_text = "" },
    { "keepalive_interval_ns", NULL, TPI_STORE_U64, RAW(keepalive_interval_ns), .least = 1,
      .most = INT64_MAX, .default_text = "1000000000" },
    { "attach_timeout_ns", NULL, TPI_STORE_U64, RAW(attach_timeout_ns), .least = 1,
      .most = INT64_MAX, .default_text = "5000000000" },
    { "attach_retry_interval_ns", NULL, TPI_STORE_U64, RAW(attach_retry_interval_ns), .least = 1,
      .most = INT64_MAX, .default_text = "1000000000" },
};

static const tpi_role_key_t mapping_keys[] = {
    { "source_stream_id", NULL, TPI_STORE_U32, IN(source_stream_id), .least = 1, .most = MAX_STREAM,
      .is_required = true },
    { "dest_stream_id", NULL, TPI_STORE_U32, IN(dest_stream_id), .least = 1, .most = MAX_STREAM,
      .is_required = true },
    { "profile", NULL, TPI_STORE_TEXT, IN(profile), .default_text = "" },
    /* Without it: the instance's. */
    { "max_rate_hz", NULL, TPI_STORE_U32, IN(max_rate_hz), .default_text = "4294967295" },
    { "metadata_stream_id", NULL, TPI_STORE_U32, IN(metadata_stream_id), .most = MAX_STREAM,
      .default_text = "" },
};

static const tpi_role_array_t arrays[] = {
    { "mappings", "rate_limiter.mappings", offsetof(raw_t, o.mappings),
      offsetof(raw_t, o.nmappings), sizeof(tp_rate_mapping_t), mapping_keys,
      sizeof mapping_keys / sizeof mapping_keys[0] },
};

static const tpi_role_schema_t schema = {
    "rate_limiter", NULL, section_keys, sizeof section_keys / sizeof section_keys[0], arrays, 1
};

static int take(tpi_rate_limiter_keys_t *out, const raw_t *raw)
{
    out->options = raw->o;
    if (strcmp(raw->policy, "every_nth") == 0) {
        out->options.policy = TP_RATE_EVERY_NTH;
    } else if (strcmp(raw->policy, "latest") != 0) {
        return tpi_fail(TP_ECONFIG, "rate_limiter.policy: '%.80s', expected latest or every_nth",
                        raw->policy);
    }
    out->base_dirs[0] = raw->shm_base_dir;
    out->client = (tp_client_options_t)TP_CLIENT_OPTIONS_INIT;
    out->client.aeron_dir = raw->aeron_dir;
    out->client.client_name = "tp ratelimit";
    if (tpi_role_dialect("rate_limiter", raw->wire_dialect, &out->client.wire_dialect) != TP_OK) {
        return TP_ECONFIG;
    }
    /* Rule: C-11 attaching goes where hellos go, unless it is said otherwise */
    out->client.control_channel =
        raw->driver_control_channel != NULL ? raw->driver_control_channel : raw->o.control_channel;
    out->client.control_stream_id = raw->driver_control_stream_id != 0
                                        ? (int32_t)raw->driver_control_stream_id
                                        : (int32_t)raw->o.control_stream_id;
    out->client.descriptor_channel = raw->descriptor_channel;
    out->client.descriptor_stream_id = (int32_t)raw->descriptor_stream_id;
    out->client.qos_channel = raw->o.qos_channel;
    out->client.qos_stream_id = (int32_t)raw->o.qos_stream_id;
    out->client.metadata_channel = raw->o.metadata_channel;
    out->client.metadata_stream_id = (int32_t)raw->o.dest_metadata_stream_id;
    out->client.allowed_base_dirs = out->base_dirs;
    out->client.allowed_base_dirs_count = 1;
    out->client.keepalive_interval_ns = (int64_t)raw->keepalive_interval_ns;
    out->client.attach_timeout_ns = (int64_t)raw->attach_timeout_ns;
    out->client.attach_retry_interval_ns = (int64_t)raw->attach_retry_interval_ns;
    return TP_OK;
}

int tpi_rate_limiter_keys_load(tpi_rate_limiter_keys_t *out, const tpi_role_source_t *source)
{
    raw_t raw = { .o = TP_RATE_LIMITER_OPTIONS_INIT };
    memset(out, 0, sizeof *out);
    int rc = tpi_role_config_load(&out->config, &schema, source, &raw);
    rc = rc == TP_OK ? take(out, &raw) : rc;
    if (rc != TP_OK) {
        tpi_rate_limiter_keys_free(out);
    }
    return rc;
}

void tpi_rate_limiter_keys_free(tpi_rate_limiter_keys_t *keys)
{
    tpi_role_config_free(keys->config);
    memset(keys, 0, sizeof *keys);
}
