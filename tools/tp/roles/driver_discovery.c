/*
 * tools/tp/roles/driver_discovery.c - see driver_discovery.h.
 */
#include "roles/driver_discovery.h"

#include <stdlib.h>

#include "roles/discovery_print.h"
#include "tensorpool/error.h"

static const char *environment(void *clientd, const char *name)
{
    (void)clientd;
    return getenv(name);
}

int tp_driver_discovery_load(tp_driver_discovery_t *d, const tp_spec_t *spec, const char *path,
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
    const int rc = tpi_discovery_keys_load(&d->keys, &source);
    if (rc != TP_OK) {
        tp_failed(spec, "%s", tp_errmsg());
        return rc == TP_ENOMEM ? TP_EXIT_FAILED : TP_EXIT_USAGE;
    }
    d->is_configured = tpi_role_config_has_section(d->keys.config);
    return TP_EXIT_OK;
}

/* Rule: S-34 requests come where the driver listens, unless it is said otherwise */
static void follow_driver(tp_driver_discovery_t *d, const tp_driver_options_t *driver)
{
    tp_discovery_options_t *o = &d->keys.options;
    if (o->channel == NULL) {
        o->channel = driver->control_channel;
    }
    if (o->stream_id == 0) {
        o->stream_id = (uint32_t)driver->control_stream_id;
    }
    if (d->keys.endpoints == NULL) {
        return; /* it lists others, too, and says which */
    }
    tp_discovery_endpoint_t *e = &d->keys.endpoints[0];
    if (e->driver_instance_id == NULL) {
        e->driver_instance_id = driver->instance_id;
    }
    if (e->driver_control_channel == NULL) {
        e->driver_control_channel = driver->control_channel;
    }
    if (e->driver_control_stream_id == 0) {
        e->driver_control_stream_id = (uint32_t)driver->control_stream_id;
    }
    if (e->announce_channel == NULL) {
        e->announce_channel = driver->announce_channel;
    }
    if (e->announce_stream_id == 0) {
        e->announce_stream_id = (uint32_t)driver->announce_stream_id;
    }
}

int tp_driver_discovery_start(tp_driver_discovery_t *d, const tp_spec_t *spec,
                              const tp_driver_options_t *driver, const char *aeron_dir, bool json)
{
    if (!d->is_configured) {
        return TP_EXIT_OK;
    }
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    client_options.aeron_dir = aeron_dir;
    client_options.client_name = "tp driver, discovery";
    d->json = json;
    follow_driver(d, driver);
    int rc = tp_client_create(&d->client, &client_options);
    if (rc != TP_OK) {
        return tp_failed(spec, "[discovery]: %s", tp_errmsg());
    }
    rc = tp_discovery_provider_create(&d->provider, d->client, &d->keys.options);
    if (rc != TP_OK) {
        tp_failed(spec, "[discovery]: %s", tp_errmsg());
        return rc == TP_EINVAL ? TP_EXIT_USAGE : TP_EXIT_FAILED;
    }
    return TP_EXIT_OK;
}

int tp_driver_discovery_do_work(tp_driver_discovery_t *d)
{
    return d->provider != NULL ? tp_discovery_provider_do_work(d->provider) : 0;
}

void tp_driver_discovery_stop(tp_driver_discovery_t *d)
{
    if (d->provider != NULL) {
        tp_discovery_print(d->provider, "discovery_summary", d->json);
    }
    tp_discovery_provider_destroy(d->provider);
    tp_client_destroy(d->client);
    d->provider = NULL;
    d->client = NULL;
}

void tp_driver_discovery_free(tp_driver_discovery_t *d)
{
    tp_discovery_provider_destroy(d->provider);
    tp_client_destroy(d->client);
    tpi_discovery_keys_free(&d->keys);
    d->provider = NULL;
    d->client = NULL;
}
