/*
 * config/bridge_keys.h - [bridge] and [[mappings]] of a TOML file (services.md 1.10), to
 * tp_bridge_options_t and what else the program needs.
 */
#ifndef TPI_CONFIG_BRIDGE_KEYS_H
#define TPI_CONFIG_BRIDGE_KEYS_H

#include "config/role.h"
#include "tensorpool/bridge.h"

typedef struct tpi_bridge_keys {
    tp_bridge_options_t options; /* event and publish_mode are the caller's */
    const char *aeron_dir;       /* NULL: Aeron's default */
    const char *driver_control_channel;
    int32_t driver_control_stream_id;
    tp_wire_dialect_t wire_dialect;
    tpi_role_config_t *config; /* owns the texts; for printing */
    tp_bridge_mapping_t *mappings;
} tpi_bridge_keys_t;

/** As tpi_role_config_load. What several keys must agree on is tp_bridge_create's to judge. */
int tpi_bridge_keys_load(tpi_bridge_keys_t *out, const tpi_role_source_t *source);
void tpi_bridge_keys_free(tpi_bridge_keys_t *keys);

#endif
