/*
 * tools/tp/roles/driver_env.h - what `tp driver --print-env` prints: the TP_* variables with which
 * clients, `tp` among them, find this driver.
 */
#ifndef TP_DRIVER_ENV_H
#define TP_DRIVER_ENV_H

#include "config/config.h"
#include "config/interop_keys.h"

/** Lines for a shell to evaluate, or one JSON object. What `interop` says wins over the driver's
 * own. */
void tp_driver_print_env(const tp_driver_options_t *driver, const tpi_interop_keys_t *interop,
                         const char *aeron_dir, bool json);

#endif
