/*
 * tools/tp/roles/discovery_print.h - the state of a discovery provider.
 */
#ifndef TP_DISCOVERY_PRINT_H
#define TP_DISCOVERY_PRINT_H

#include "tensorpool/discovery.h"
#include "tp_common.h"

void tp_discovery_print(const tp_discovery_provider_t *provider, const char *event, bool json);

#endif
