/*
 * config/interop_keys.h - [interop] of a driver's file: what test scripts and peers are told
 * instead of the driver's own endpoints (driver.md 6).
 */
#ifndef TPI_CONFIG_INTEROP_KEYS_H
#define TPI_CONFIG_INTEROP_KEYS_H

#include "config/role.h"

/* NULL and 0: not said. */
typedef struct tpi_interop_keys {
    const char *aeron_dir;
    const char *control_channel;
    const char *descriptor_channel;
    uint32_t control_stream_id;
    uint32_t descriptor_stream_id;
    uint32_t stream_id;
    uint32_t payload_stride_bytes;
    tpi_role_config_t *config; /* owns the texts */
} tpi_interop_keys_t;

/** As tpi_role_config_load; without a file or a section nothing is said. The environment, if there
 * is one, counts as INTEROP_*. */
int tpi_interop_keys_load(tpi_interop_keys_t *out, const tpi_role_source_t *source);
void tpi_interop_keys_free(tpi_interop_keys_t *keys);

#endif
