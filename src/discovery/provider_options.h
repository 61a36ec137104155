/*
 * discovery/provider_options.h - the options of a provider, apart from the agent that they are of.
 */
#ifndef TPI_DISCOVERY_PROVIDER_OPTIONS_H
#define TPI_DISCOVERY_PROVIDER_OPTIONS_H

#include "tensorpool/discovery.h"

/** Fills in defaults; TP_EINVAL names the option and its value. */
int tpi_discovery_options_check(tp_discovery_options_t *options);

/** Where a driver's announces come: told, or its control stream. */
const char *tpi_discovery_announce_channel(const tp_discovery_endpoint_t *endpoint);
uint32_t tpi_discovery_announce_id(const tp_discovery_endpoint_t *endpoint);
bool tpi_discovery_has_metadata(const tp_discovery_endpoint_t *endpoint);

#endif
