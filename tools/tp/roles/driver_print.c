/*
 * tools/tp/roles/driver_print.c - see driver_print.h.
 */
#include "roles/driver_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "roles/config_print.h"
#include "tp_common.h"

/* ---- configuration ---- */

/* All sections' items, one behind the other, on the heap. */
static size_t join(const tpi_config_t *config, const tpi_role_config_t *const *roles, size_t nroles,
                   tpi_config_item_t **out)
{
    const tpi_config_item_t *items;
    size_t count = 0;
    *out = NULL;
    for (size_t i = 0; i <= nroles; i++) {
        if (i > 0 && roles[i - 1] == NULL) {
            continue;
        }
        const size_t more =
            i == 0 ? tpi_config_items(config, &items) : tpi_role_config_items(roles[i - 1], &items);
        tpi_config_item_t *grown = realloc(*out, (count + more) * sizeof *grown);
        if (grown == NULL) {
            free(*out);
            *out = NULL;
            return 0;
        }
        memcpy(grown + count, items, more * sizeof *items);
        *out = grown;
        count += more;
    }
    return count;
}

bool tp_driver_print_config(const tpi_config_t *config, const tpi_role_config_t *const *roles,
                            size_t nroles, const char *path, bool json)
{
    tpi_config_item_t *items;
    const size_t count = join(config, roles, nroles, &items);
    if (items == NULL) {
        return false;
    }
    if (json) {
        tp_config_print_json(items, count, path);
        free(items);
        return true;
    }
    if (path != NULL) {
        tp_out("# In force with %s. Comments say where each value came from.\n", path);
    } else {
        tp_out("# The built-in configuration, used without --config. Save it, change it, and name "
               "it with --config.\n"
               "# It serves frames up to 32 MiB (4K RGB has 24.9 MB). A stream takes its memory "
               "when a producer attaches:\n"
               "# header_nslots times the sum of the strides, at once (prefault_shm), so that lack "
               "of space is found then\n"
               "# and not in the middle of a frame. Fewer slots or pools take less; prefault_shm = "
               "false takes only what is used.\n");
    }
    tp_config_print_toml(items, count);
    free(items);
    return true;
}

/* ---- events ---- */

void tp_driver_print_ready(const tp_driver_description_t *driver, bool json)
{
    const tp_driver_options_t *o = driver->options;
    if (!json) {
        tp_out("tp driver: ready; Aeron in %s (%s), regions in %s, control %s stream %d\n",
               driver->aeron_dir,
               driver->is_embedded ? "embedded media driver" : "running media driver", o->base_dir,
               o->control_channel, o->control_stream_id);
        return;
    }
    json_object *event = json_object_new_object();
    tp_json_add_string(event, "event", "ready");
    tp_json_add_i64(event, "pid", getpid());
    tp_json_add_string(event, "instance_id", o->instance_id);
    tp_json_add_string(event, "config", driver->config_path);
    tp_json_add_string(event, "aeron_dir", driver->aeron_dir);
    tp_json_add_bool(event, "embedded", driver->is_embedded);
    tp_json_add_string(event, "base_dir", o->base_dir);
    tp_json_add_string(event, "control_channel", o->control_channel);
    tp_json_add_i64(event, "control_stream_id", o->control_stream_id);
    tp_json_add_string(event, "announce_channel", o->announce_channel);
    tp_json_add_i64(event, "announce_stream_id", o->announce_stream_id);
    tp_json_add_string(event, "qos_channel", o->qos_channel);
    tp_json_add_i64(event, "qos_stream_id", o->qos_stream_id);
    tp_json_line(event);
}

void tp_driver_print_waiting(const char *reason, bool json)
{
    if (!json) {
        tp_out("tp driver: waiting: %s\n", reason);
        return;
    }
    json_object *event = json_object_new_object();
    tp_json_add_string(event, "event", "waiting");
    tp_json_add_string(event, "reason", reason);
    tp_json_line(event);
}

void tp_driver_print_draining(const tp_driver_description_t *driver, bool json)
{
    const int64_t timeout_ms =
        driver->options->shutdown_timeout_ms < 0 ? 0 : driver->options->shutdown_timeout_ms;
    if (!json) {
        tp_out("tp driver: stopping in %lld ms; once more to stop at once\n",
               (long long)timeout_ms);
        return;
    }
    json_object *event = json_object_new_object();
    tp_json_add_string(event, "event", "draining");
    tp_json_add_i64(event, "timeout_ms", timeout_ms);
    tp_json_line(event);
}

void tp_driver_print_stopped(int result, const char *reason, const tp_driver_stats_t *stats,
                             bool json)
{
    if (!json) {
        tp_out("tp driver: stopped; %llu leases issued, %llu expired, %llu attaches refused, %llu "
               "epochs\n",
               (unsigned long long)stats->leases_issued, (unsigned long long)stats->leases_expired,
               (unsigned long long)stats->attach_refused, (unsigned long long)stats->epochs);
        return;
    }
    json_object *event = json_object_new_object();
    tp_json_add_string(event, "event", "stopped");
    tp_json_add_string(event, "result", tp_error_name(result));
    tp_json_add_string(event, "reason", reason);
    tp_json_add_u64(event, "attach_requests", stats->attach_requests);
    tp_json_add_u64(event, "attach_refused", stats->attach_refused);
    tp_json_add_u64(event, "leases_issued", stats->leases_issued);
    tp_json_add_u64(event, "leases_expired", stats->leases_expired);
    tp_json_add_u64(event, "leases_revoked", stats->leases_revoked);
    tp_json_add_u64(event, "leases_live", stats->leases_live);
    tp_json_add_u64(event, "keepalives", stats->keepalives);
    tp_json_add_u64(event, "announces", stats->announces);
    tp_json_add_u64(event, "epochs", stats->epochs);
    tp_json_add_u64(event, "decode_errors", stats->decode_errors);
    tp_json_line(event);
}
