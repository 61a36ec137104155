/*
 * config/discovery_keys.h - [discovery] and [[discovery.endpoints]] of a TOML file (services.md 3.8), to tp_discovery_options_t
 * and what else the program needs.
 */
#ifndef TPI_CONFIG_DISCOVERY_KEYS_H
#define TPI_CONFIG_DISCOVERY_KEYS_H

#include "config/role.h"
#include "tensorpool/discovery.h"

typedef struct tpi_discovery_keys {
    tp_discovery_options_t options; /* event is the caller's; endpoints are `endpoints` */
    const char *aeron_dir;
    /* of the section itself: the one endpoint, when there is no array */
    tp_discovery_endpoint_t own;
    tp_discovery_endpoint_t *endpoints; /* heap */
    tpi_role_config_t *config;          /* owns the texts; for printing */
} tpi_discovery_keys_t;

/** As tpi_role_config_load. What several keys must agree on is tp_discovery_provider_create's to judge. */
int tpi_discovery_keys_load(tpi_discovery_keys_t *out, const tpi_role_source_t *source);
void tpi_discovery_keys_free(tpi_discovery_keys_t *keys);

#endif
