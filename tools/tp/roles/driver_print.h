/*
 * tools/tp/roles/driver_print.h - what `tp driver` prints: its configuration, its events.
 */
#ifndef TP_DRIVER_PRINT_H
#define TP_DRIVER_PRINT_H

#include <stdbool.h>

#include "config/config.h"
#include "config/role.h"
#include "tensorpool/driver.h"

/** As TOML that can be read back, each line with its origin in a comment; or one JSON object. Secrets are not shown.
 * roles: the sections of others in the same file, NULL where it has none. False: out of memory. */
bool tp_driver_print_config(const tpi_config_t *config, const tpi_role_config_t *const *roles,
                            size_t nroles, const char *path, bool json);

typedef struct tp_driver_description {
    const tp_driver_options_t *options;
    const char *aeron_dir;
    const char *config_path;
    bool is_embedded;
} tp_driver_description_t;

void tp_driver_print_ready(const tp_driver_description_t *driver, bool json);
/** Not ready for more than a second; again after the loss of the media driver. */
void tp_driver_print_waiting(const char *reason, bool json);
void tp_driver_print_draining(const tp_driver_description_t *driver, bool json);
void tp_driver_print_stopped(int result, const char *reason, const tp_driver_stats_t *stats,
                             bool json);

#endif
