#include "config/discovery_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

#define MAX_AERON UINT64_C(2147483647) /* Rule: C-6 */
#define MS INT64_C(1000000)

typedef struct raw {
    tp_discovery_options_t o;
    tp_discovery_endpoint_t own;
    uint32_t announce_period_ms;
    uint16_t max_tags, max_pools;
    const char *aeron_dir;
} raw_t;

#define AT(member) .offset = offsetof(raw_t, o.member)
#define OWN(member) .offset = offsetof(raw_t, own.member)
#define RAW(member) .offset = offsetof(raw_t, member)
#define IN(member) .offset = offsetof(tp_discovery_endpoint_t, member)

/* Alone: where `tp find` asks, and the driver that `tp driver` is. */
static const tpi_role_key_t section_keys[] = {
    { "channel", NULL, TPI_STORE_TEXT, AT(channel), .default_text = "",
      .alone_text = "aeron:ipc?term-length=1m" },
    { "stream_id", NULL, TPI_STORE_U32, AT(stream_id), .least = 1, .most = MAX_AERON,
      .default_text = "", .alone_text = "7000" },
    { "announce_channel", NULL, TPI_STORE_TEXT, OWN(announce_channel), .default_text = "" },
    { "announce_stream_id", NULL, TPI_STORE_U32, OWN(announce_stream_id), .most = MAX_AERON,
      .default_text = "" },
    { "metadata_channel", NULL, TPI_STORE_TEXT, OWN(metadata_channel),
      .default_text = "aeron:ipc?term-length=4m" },
    { "metadata_stream_id", NULL, TPI_STORE_U32, OWN(metadata_stream_id), .most = MAX_AERON,
      .default_text = "1300" },
    { "driver_instance_id", NULL, TPI_STORE_TEXT, OWN(driver_instance_id), .default_text = "",
      .alone_text = "driver-01" },
    { "driver_control_channel", NULL, TPI_STORE_TEXT, OWN(driver_control_channel),
      .default_text = "", .alone_text = "aeron:ipc?term-length=4m" },
    { "driver_control_stream_id", NULL, TPI_STORE_U32, OWN(driver_control_stream_id),
      .most = MAX_AERON, .default_text = "", .alone_text = "1000" },
    { "max_results", NULL, TPI_STORE_U32, AT(max_results), .least = 1, .most = 65534,
      .default_text = "1000" },
    { "announce_period_ms", NULL, TPI_STORE_U32, RAW(announce_period_ms), .least = 1,
      .default_text = "1000" },
    { "expiry_ns", NULL, TPI_STORE_I64, AT(expiry_ns), .least = 1, .default_text = "" },
    { "allowed_response_channels", NULL, TPI_STORE_LIST, AT(allowed_response_channels),
      .count_offset = offsetof(raw_t, o.nallowed_response_channels), .default_text = "" },
    { "max_tags_per_entry", NULL, TPI_STORE_U16, RAW(max_tags), .least = 1, .most = 16,
      .default_text = "16" },
    { "max_pools_per_entry", NULL, TPI_STORE_U16, RAW(max_pools), .least = 1, .most = 64,
      .default_text = "16" },
    { "max_requests_per_s", NULL, TPI_STORE_U32, AT(max_requests_per_s), .least = 1,
      .default_text = "100" },
    { "aeron_dir", NULL, TPI_STORE_TEXT, RAW(aeron_dir), .default_text = "" },
};

static const tpi_role_key_t endpoint_keys[] = {
    { "driver_instance_id", NULL, TPI_STORE_TEXT, IN(driver_instance_id), .is_required = true },
    { "driver_control_channel", NULL, TPI_STORE_TEXT, IN(driver_control_channel),
      .is_required = true },
    { "driver_control_stream_id", NULL, TPI_STORE_U32, IN(driver_control_stream_id), .least = 1,
      .most = MAX_AERON, .is_required = true },
    { "announce_channel", NULL, TPI_STORE_TEXT, IN(announce_channel), .default_text = "" },
    { "announce_stream_id", NULL, TPI_STORE_U32, IN(announce_stream_id), .most = MAX_AERON,
      .default_text = "" },
    { "metadata_channel", NULL, TPI_STORE_TEXT, IN(metadata_channel),
      .default_text = "aeron:ipc?term-length=4m" },
    { "metadata_stream_id", NULL, TPI_STORE_U32, IN(metadata_stream_id), .most = MAX_AERON,
      .default_text = "1300" },
};

static const tpi_role_array_t arrays[] = {
    { "discovery.endpoints", "discovery_registry.endpoints", offsetof(raw_t, o.endpoints),
      offsetof(raw_t, o.nendpoints), sizeof(tp_discovery_endpoint_t), endpoint_keys,
      sizeof endpoint_keys / sizeof endpoint_keys[0] },
};

static const tpi_role_schema_t schema = {
    "discovery",  "discovery_registry",
    section_keys, sizeof section_keys / sizeof section_keys[0],
    arrays,       1
};

int tpi_discovery_keys_load(tpi_discovery_keys_t *out, const tpi_role_source_t *source)
{
    raw_t raw = { .o = TP_DISCOVERY_OPTIONS_INIT };
    memset(out, 0, sizeof *out);
    const int rc = tpi_role_config_load(&out->config, &schema, source, &raw);
    if (rc != TP_OK) {
        return rc;
    }
    out->options = raw.o;
    out->own = raw.own;
    out->aeron_dir = raw.aeron_dir;
    out->options.announce_period_ns = raw.announce_period_ms * MS;
    out->options.max_tags_per_entry = raw.max_tags;
    out->options.max_pools_per_entry = raw.max_pools;
    if (raw.o.nendpoints == 0) { /* the one that the section describes, or that embeds it */
        out->endpoints = calloc(1, sizeof *out->endpoints);
        if (out->endpoints == NULL) {
            tpi_discovery_keys_free(out);
            return tpi_fail(TP_ENOMEM, "discovery configuration");
        }
        out->endpoints[0] = raw.own;
        out->options.endpoints = out->endpoints;
        out->options.nendpoints = 1;
    }
    return TP_OK;
}

void tpi_discovery_keys_free(tpi_discovery_keys_t *keys)
{
    tpi_role_config_free(keys->config);
    free(keys->endpoints);
    memset(keys, 0, sizeof *keys);
}
