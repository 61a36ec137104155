/*
 * tools/tp/roles/config_print.h - a configuration in force, and where each value came from: as TOML with comments, which can be saved
 * and loaded again, or as JSON.
 */
#ifndef TP_CONFIG_PRINT_H
#define TP_CONFIG_PRINT_H

#include "config/config.h"

/** One object on one line: config, settings.KEY.{value,origin,where}. `path` may be NULL. */
void tp_config_print_json(const tpi_config_item_t *items, size_t count, const char *path);
void tp_config_print_toml(const tpi_config_item_t *items, size_t count);

#endif
