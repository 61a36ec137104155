#include "config/interop_keys.h"

#define MAX_AERON UINT64_C(2147483647)
#define AT(member) .offset = offsetof(tpi_interop_keys_t, member)

static const tpi_role_key_t keys[] = {
    { "aeron_dir", NULL, TPI_STORE_TEXT, AT(aeron_dir), .default_text = "" },
    { "control_channel", NULL, TPI_STORE_TEXT, AT(control_channel), .default_text = "" },
    { "control_stream_id", NULL, TPI_STORE_U32, AT(control_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "" },
    { "descriptor_channel", NULL, TPI_STORE_TEXT, AT(descriptor_channel), .default_text = "" },
    { "descriptor_stream_id", NULL, TPI_STORE_U32, AT(descriptor_stream_id), .least = 1,
      .most = MAX_AERON, .default_text = "" },
    { "stream_id", NULL, TPI_STORE_U32, AT(stream_id), .least = 1, .most = UINT32_MAX - 1,
      .default_text = "" },
    { "payload_stride_bytes", NULL, TPI_STORE_U32, AT(payload_stride_bytes), .least = 64,
      .most = UINT32_MAX - 1, .default_text = "" },
};

static const tpi_role_schema_t schema = {
    .section = "interop",
    .keys = keys,
    .nkeys = sizeof keys / sizeof keys[0],
};

int tpi_interop_keys_load(tpi_interop_keys_t *out, const tpi_role_source_t *source)
{
    tpi_interop_keys_t read = { .aeron_dir = NULL };
    tpi_role_source_t from = *source;
    from.may_lack_section = true;
    const int rc = tpi_role_config_load(&read.config, &schema, &from, &read);
    if (rc == TP_OK) {
        *out = read;
    }
    return rc;
}

void tpi_interop_keys_free(tpi_interop_keys_t *keys_in)
{
    tpi_role_config_free(keys_in->config);
    *keys_in = (tpi_interop_keys_t){ .config = NULL };
}
