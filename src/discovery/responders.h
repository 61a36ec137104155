/*
 * discovery/responders.h - response publications, opened when they are needed and kept for a
 * while, and responses that wait for theirs to be connected (S-20).
 */
#ifndef TPI_DISCOVERY_RESPONDERS_H
#define TPI_DISCOVERY_RESPONDERS_H

#include "client/client_internal.h"
#include "tensorpool/discovery.h"

#define TPI_RESPONDERS_MAX 64
#define TPI_RESPONSES_WAITING_MAX 256
#define TPI_RESPONSE_CHANNEL_MAX 1024u /* Rule: S-29, S-33 */

typedef struct tpi_responder {
    char *channel; /* heap; NULL: free */
    uint32_t stream_id;
    tpi_publication_t *pub;
    int64_t used_ns;
    uint32_t waiting; /* responses */
} tpi_responder_t;

typedef struct tpi_response {
    tpi_responder_t *to; /* NULL: free */
    uint8_t *data;       /* heap */
    size_t len;
    int64_t give_up_ns;
} tpi_response_t;

typedef struct tpi_responders {
    tpi_link_t *link;
    tpi_responder_t list[TPI_RESPONDERS_MAX];
    tpi_response_t waiting[TPI_RESPONSES_WAITING_MAX];
    size_t nwaiting;
    tp_discovery_stats_t *stats; /* borrowed */
} tpi_responders_t;

void tpi_responders_init(tpi_responders_t *responders, tpi_link_t *link,
                         tp_discovery_stats_t *stats);
void tpi_responders_fini(tpi_responders_t *responders);
/** Have a response sent; `data` is copied. What cannot be is counted. Not from message handlers. */
void tpi_responders_send(tpi_responders_t *responders, const char *channel, uint32_t stream_id,
                         const uint8_t *data, size_t len, int64_t now_ns);
int tpi_responders_tick(tpi_responders_t *responders, int64_t now_ns);

#endif
