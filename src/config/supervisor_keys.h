/*
 * config/supervisor_keys.h - [supervisor] and [[supervisor.rules]] of a TOML file (services.md 4), to
 * tp_supervisor_options_t and the options of its client.
 */
#ifndef TPI_CONFIG_SUPERVISOR_KEYS_H
#define TPI_CONFIG_SUPERVISOR_KEYS_H

#include "config/role.h"
#include "tensorpool/supervisor.h"

typedef struct tpi_supervisor_keys {
    tp_supervisor_options_t options; /* event is the caller's */
    tp_client_options_t client;
    tpi_role_config_t *config; /* owns the texts; for printing */
    tp_id_range_t *streams;
    tp_id_range_t *reserved;
    tp_supervisor_rule_t *rules;
} tpi_supervisor_keys_t;

/** As tpi_role_config_load. What several keys must agree on is tp_supervisor_create's to judge. */
int tpi_supervisor_keys_load(tpi_supervisor_keys_t *out, const tpi_role_source_t *source);
void tpi_supervisor_keys_free(tpi_supervisor_keys_t *keys);

/** After tp_supervisor_create refused options: put file and line (or variable) of the option that
 * tp_errmsg() names in front of it. */
void tpi_supervisor_keys_note_place(const tpi_supervisor_keys_t *keys);

#endif
