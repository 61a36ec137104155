/*
 * tools/tp/roles/driver_discovery.h - the directory inside `tp driver`: there when the driver's TOML file has [discovery].
 *
 * As driver_supervisor.h: a client of its own, turned by the driver's loop; what is wrong in its section is found before
 * the driver starts.
 */
#ifndef TP_DRIVER_DISCOVERY_H
#define TP_DRIVER_DISCOVERY_H

#include "config/discovery_keys.h"
#include "tp_common.h"

typedef struct tp_driver_discovery {
    bool is_configured;
    bool json;
    tpi_discovery_keys_t keys;
    tp_client_t *client;
    tp_discovery_provider_t *provider;
} tp_driver_discovery_t;

/** Read the section, if there is one. path NULL: there is none. Exit status; what is wrong was said. */
int tp_driver_discovery_load(tp_driver_discovery_t *d, const tp_spec_t *spec, const char *path,
                             void (*warn)(void *clientd, const char *text));
/** Endpoints and request stream are the driver's where the section does not say. Exit status. */
int tp_driver_discovery_start(tp_driver_discovery_t *d, const tp_spec_t *spec,
                              const tp_driver_options_t *driver, const char *aeron_dir, bool json);
int tp_driver_discovery_do_work(tp_driver_discovery_t *d);
/** Print the last state, close. */
void tp_driver_discovery_stop(tp_driver_discovery_t *d);
void tp_driver_discovery_free(tp_driver_discovery_t *d);

#endif
