/*
 * tools/tp/control/find_cli.h - to ask discovery services, as `tp find` and `tp sub --find` do.
 */
#ifndef TP_FIND_CLI_H
#define TP_FIND_CLI_H

#include "tensorpool/discovery.h"
#include "tp_common.h"

typedef struct tp_find_place {
    const char *channel;
    uint32_t stream_id;
} tp_find_place_t;
enum { TP_FIND_PLACES_MAX = 2 };

/** Where to ask: at what an option (NULL, 0: none was given) or TP_DISCOVERY_CHANNEL and
 * TP_DISCOVERY_STREAM_ID say; otherwise where `tp discovery` listens, and on the driver's control
 * stream, where a service inside of it does (S-34). Wrong variables are said, as tp_args_wrong does. */
size_t tp_find_places(tp_args_t *args, const char *channel, uint32_t stream_id,
                      tp_find_place_t out[TP_FIND_PLACES_MAX]);

/**
 * Ask at all places at once.
 * @param out the client of the first of them that has results; NULL unless TP_OK.
 * @return TP_OK: there are some. Else with a text: TP_ENOENT, somebody answered, and there is none;
 *         TP_ETIMEDOUT, nobody did; TP_EINVAL, TP_ENOMEM.
 */
int tp_find_ask(tp_client_t *client, const tp_discovery_client_options_t *options,
                const tp_find_place_t *places, size_t nplaces, const tp_discovery_query_t *query,
                tp_discovery_client_t **out);

#endif
