/*
 * The driver over a real Aeron client. A file of its own: whoever drives a driver over another link does not need Aeron.
 */
#include <stdio.h>

#include "driver/internal.h"

int tp_driver_create(tp_driver_t **out, const tp_driver_options_t *options)
{
    /* Options first: a wrong one is an error of its own, with or without Aeron. */
    tpi_driver_config_t config;
    int rc = tpi_driver_config_init(&config, options);
    if (rc != TP_OK) {
        return rc;
    }
    char name[100];
    (void)snprintf(name, sizeof(name), "tensorpool driver %s", config.instance_id);
    const tpi_link_options_t link_options = { .aeron_dir = config.aeron_dir,
                                              .client_name = name,
                                              .driver_timeout_ns = config.media_driver_timeout_ns };
    tpi_link_t *link = NULL;
    rc = tpi_link_create_aeron(&link, &link_options);
    tpi_driver_config_fini(&config);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tpi_driver_create_with_link(out, options, link);
    if (rc != TP_OK) {
        tpi_link_destroy(link);
        return rc;
    }
    tpi_driver_own_link(*out);
    return TP_OK;
}
