/*
 * config/rate_limiter_keys.h - [rate_limiter] and [[mappings]] of a TOML file (services.md 2.3), to
 * tp_rate_limiter_options_t and what else the program needs.
 */
#ifndef TPI_CONFIG_RATE_LIMITER_KEYS_H
#define TPI_CONFIG_RATE_LIMITER_KEYS_H

#include "config/role.h"
#include "tensorpool/rate_limiter.h"

typedef struct tpi_rate_limiter_keys {
    tp_rate_limiter_options_t options; /* event is the caller's */
    tp_client_options_t client;
    const char *base_dirs[1];  /* of client */
    tpi_role_config_t *config; /* owns the texts; for printing */
} tpi_rate_limiter_keys_t;

/** As tpi_role_config_load. What several keys must agree on is tp_rate_limiter_create's to judge. */
int tpi_rate_limiter_keys_load(tpi_rate_limiter_keys_t *out, const tpi_role_source_t *source);
void tpi_rate_limiter_keys_free(tpi_rate_limiter_keys_t *keys);

#endif
