/*
 * tools/tp/roles/driver_supervisor.h - the supervisor inside `tp driver`: there when the driver's TOML file has [supervisor].
 *
 * It has a client of its own and is turned by the driver's loop. What is wrong in its section is found before the driver
 * starts; after that nothing it meets ends the driver.
 */
#ifndef TP_DRIVER_SUPERVISOR_H
#define TP_DRIVER_SUPERVISOR_H

#include "config/supervisor_keys.h"
#include "tp_common.h"

typedef struct tp_driver_supervisor {
    bool is_configured;
    bool json;
    tpi_supervisor_keys_t keys;
    tp_id_range_t reserved[66]; /* the section's own, then the driver's two */
    tp_client_t *client;
    tp_supervisor_t *supervisor;
} tp_driver_supervisor_t;

/** Read the section, if there is one. path NULL: there is none. Exit status; what is wrong was said. */
int tp_driver_supervisor_load(tp_driver_supervisor_t *s, const tp_spec_t *spec, const char *path,
                              void (*warn)(void *clientd, const char *text));
/** Does its policy assign streams? Then the driver must not (tp_driver_options_t.supervisor_assigns_streams). */
bool tp_driver_supervisor_assigns(const tp_driver_supervisor_t *s);
/** Channels, stream ids, directories and reserved id ranges come from the driver where the section does not say. Exit status. */
int tp_driver_supervisor_start(tp_driver_supervisor_t *s, const tp_spec_t *spec,
                               const tp_driver_options_t *driver, const char *aeron_dir, bool json);
int tp_driver_supervisor_do_work(tp_driver_supervisor_t *s);
/** Print the last state, close. */
void tp_driver_supervisor_stop(tp_driver_supervisor_t *s);
void tp_driver_supervisor_free(tp_driver_supervisor_t *s);

#endif
