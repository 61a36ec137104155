/*
 * tools/tp/roles/driver_supervisor.c - see driver_supervisor.h.
 */
#include "roles/driver_supervisor.h"

#include <stdlib.h>
#include <string.h>

#include "roles/supervisor_print.h"
#include "tensorpool/error.h"

static const char *environment(void *clientd, const char *name)
{
    (void)clientd;
    return getenv(name);
}

int tp_driver_supervisor_load(tp_driver_supervisor_t *s, const tp_spec_t *spec, const char *path,
                              void (*warn)(void *clientd, const char *text))
{
    if (path == NULL) {
        return TP_EXIT_OK;
    }
    const tpi_role_source_t source = {
        .path = path,
        .getenv_fn = environment,
        .warn = warn,
        .may_lack_section = true,
    };
    const int rc = tpi_supervisor_keys_load(&s->keys, &source);
    if (rc != TP_OK) {
        tp_failed(spec, "%s", tp_errmsg());
        return rc == TP_ENOMEM ? TP_EXIT_FAILED : TP_EXIT_USAGE;
    }
    s->is_configured = tpi_role_config_has_section(s->keys.config);
    return TP_EXIT_OK;
}

bool tp_driver_supervisor_assigns(const tp_driver_supervisor_t *s)
{
    bool assigns = s->is_configured && s->keys.options.per_consumer_enabled;
    for (size_t i = 0; s->is_configured && i < s->keys.options.nrules; i++) {
        assigns = assigns || s->keys.options.rules[i].per_consumer_enabled;
    }
    return assigns;
}

static bool is_default(const tp_driver_supervisor_t *s, const char *key)
{
    return tpi_role_config_origin(s->keys.config, key) == TPI_ORIGIN_DEFAULT;
}

/* Rule: U-4 what the driver gives out is not ours to give; {0,0} is none */
static void reserve(tp_driver_supervisor_t *s, const tp_driver_options_t *driver)
{
    const size_t most = sizeof s->reserved / sizeof s->reserved[0] - 2;
    size_t n = s->keys.options.nreserved_ids < most ? s->keys.options.nreserved_ids : most;
    memcpy(s->reserved, s->keys.options.reserved_ids, n * sizeof s->reserved[0]);
    s->reserved[n++] = driver->descriptor_stream_id_range;
    s->reserved[n++] = driver->control_stream_id_range;
    s->keys.options.reserved_ids = s->reserved;
    s->keys.options.nreserved_ids = n;
}

static void follow_driver(tp_driver_supervisor_t *s, const tp_driver_options_t *driver,
                          const char *aeron_dir)
{
    tp_client_options_t *c = &s->keys.client;
    c->aeron_dir = aeron_dir;
    c->client_name = "tp driver, supervisor";
    if (is_default(s, "control_channel")) {
        c->control_channel = driver->control_channel;
    }
    if (is_default(s, "control_stream_id")) {
        c->control_stream_id = driver->control_stream_id;
    }
    if (is_default(s, "announce_channel")) {
        c->announce_channel = driver->announce_channel;
    }
    if (is_default(s, "announce_stream_id")) {
        c->announce_stream_id = driver->announce_stream_id;
    }
    if (is_default(s, "qos_channel")) {
        c->qos_channel = driver->qos_channel;
    }
    if (is_default(s, "qos_stream_id")) {
        c->qos_stream_id = driver->qos_stream_id;
    }
    if (is_default(s, "allowed_base_dirs")) {
        /* Those that are there yet: the driver makes its own, base_dir, as it starts. */
        c->allowed_base_dirs = driver->allowed_base_dirs;
        c->allowed_base_dirs_count = driver->allowed_base_dirs_count;
        if (c->allowed_base_dirs_count == 0) {
            c->allowed_base_dirs = &driver->base_dir;
            c->allowed_base_dirs_count = 1;
        }
    }
    reserve(s, driver);
}

static void on_event(void *clientd, int level, const char *text)
{
    const tp_driver_supervisor_t *s = clientd;
    if (!s->json) {
        tp_out("supervisor: %s%s\n", level >= TP_LOG_WARNING ? "warning: " : "", text);
        return;
    }
    json_object *event = json_object_new_object();
    tp_json_add_string(event, "event", "supervisor");
    tp_json_add_string(event, "level", level >= TP_LOG_WARNING ? "warning" : "info");
    tp_json_add_string(event, "text", text);
    tp_json_line(event);
}

int tp_driver_supervisor_start(tp_driver_supervisor_t *s, const tp_spec_t *spec,
                               const tp_driver_options_t *driver, const char *aeron_dir, bool json)
{
    if (!s->is_configured) {
        return TP_EXIT_OK;
    }
    s->json = json;
    follow_driver(s, driver, aeron_dir);
    s->keys.options.event = on_event;
    s->keys.options.event_clientd = s;
    int rc = tp_client_create(&s->client, &s->keys.client);
    if (rc != TP_OK) {
        return tp_failed(spec, "[supervisor]: %s", tp_errmsg());
    }
    rc = tp_supervisor_create(&s->supervisor, s->client, &s->keys.options);
    if (rc != TP_OK) {
        tpi_supervisor_keys_note_place(&s->keys);
        tp_failed(spec, "%s", tp_errmsg());
        return rc == TP_ECONFIG || rc == TP_EINVAL ? TP_EXIT_USAGE : TP_EXIT_FAILED;
    }
    return TP_EXIT_OK;
}

int tp_driver_supervisor_do_work(tp_driver_supervisor_t *s)
{
    return s->supervisor != NULL ? tp_supervisor_do_work(s->supervisor) : 0;
}

void tp_driver_supervisor_stop(tp_driver_supervisor_t *s)
{
    if (s->supervisor != NULL) {
        tp_supervisor_print(s->supervisor, "supervisor_summary", s->json);
    }
    tp_supervisor_destroy(s->supervisor);
    tp_client_destroy(s->client);
    s->supervisor = NULL;
    s->client = NULL;
}

void tp_driver_supervisor_free(tp_driver_supervisor_t *s)
{
    tp_supervisor_destroy(s->supervisor);
    tp_client_destroy(s->client);
    tpi_supervisor_keys_free(&s->keys);
    s->supervisor = NULL;
    s->client = NULL;
}
