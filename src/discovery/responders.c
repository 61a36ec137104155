#include "discovery/responders.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_NS INT64_C(1000000000)  /* Rule: S-20 */
#define IDLE_NS INT64_C(60000000000) /* Rule: S-20 */

void tpi_responders_init(tpi_responders_t *responders, tpi_link_t *link,
                         tp_discovery_stats_t *stats)
{
    memset(responders, 0, sizeof *responders);
    responders->link = link;
    responders->stats = stats;
}

static void close_responder(tpi_responders_t *responders, tpi_responder_t *r)
{
    tpi_publication_close(r->pub);
    free(r->channel);
    memset(r, 0, sizeof *r);
    responders->stats->responders--;
}

void tpi_responders_fini(tpi_responders_t *responders)
{
    for (size_t i = 0; i < TPI_RESPONSES_WAITING_MAX; i++) {
        free(responders->waiting[i].data);
    }
    for (size_t i = 0; i < TPI_RESPONDERS_MAX; i++) {
        if (responders->list[i].channel != NULL) {
            close_responder(responders, &responders->list[i]);
        }
    }
}

/* One that nothing waits for, unused the longest. */
static tpi_responder_t *make_room(tpi_responders_t *responders)
{
    tpi_responder_t *best = NULL;
    for (size_t i = 0; i < TPI_RESPONDERS_MAX; i++) {
        tpi_responder_t *r = &responders->list[i];
        if (r->channel == NULL) {
            return r;
        }
        if (r->waiting == 0 && (best == NULL || r->used_ns < best->used_ns)) {
            best = r;
        }
    }
    if (best != NULL) {
        close_responder(responders, best);
    }
    return best;
}

static tpi_responder_t *responder_for(tpi_responders_t *responders, const char *channel,
                                      uint32_t stream_id)
{
    for (size_t i = 0; i < TPI_RESPONDERS_MAX; i++) {
        tpi_responder_t *r = &responders->list[i];
        if (r->channel != NULL && r->stream_id == stream_id && strcmp(r->channel, channel) == 0) {
            return r;
        }
    }
    tpi_responder_t *r = make_room(responders);
    char *copy = r != NULL ? malloc(strlen(channel) + 1) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, channel, strlen(channel) + 1);
    r->channel = copy;
    r->stream_id = stream_id;
    responders->stats->responders++;
    if (tpi_link_add_publication(responders->link, &r->pub, channel, (int32_t)stream_id, false) !=
        TP_OK) {
        close_responder(responders, r);
        return NULL;
    }
    return r;
}

void tpi_responders_send(tpi_responders_t *responders, const char *channel, uint32_t stream_id,
                         const uint8_t *data, size_t len, int64_t now_ns)
{
    tpi_responder_t *to = responder_for(responders, channel, stream_id);
    tpi_response_t *response = NULL;
    for (size_t i = 0; i < TPI_RESPONSES_WAITING_MAX && response == NULL; i++) {
        response = responders->waiting[i].to == NULL ? &responders->waiting[i] : NULL;
    }
    uint8_t *copy = to != NULL && response != NULL ? malloc(len) : NULL;
    if (copy == NULL) {
        responders->stats->dropped_unconnected++;
        return;
    }
    memcpy(copy, data, len);
    *response =
        (tpi_response_t){ .to = to, .data = copy, .len = len, .give_up_ns = now_ns + WAIT_NS };
    to->used_ns = now_ns;
    to->waiting++;
    responders->nwaiting++;
}

static void end_response(tpi_responders_t *responders, tpi_response_t *response)
{
    response->to->waiting--;
    responders->nwaiting--;
    free(response->data);
    memset(response, 0, sizeof *response);
}

int tpi_responders_tick(tpi_responders_t *responders, int64_t now_ns)
{
    int work = 0;
    for (size_t i = 0; i < TPI_RESPONSES_WAITING_MAX && responders->nwaiting > 0; i++) {
        tpi_response_t *response = &responders->waiting[i];
        if (response->to == NULL) {
            continue;
        }
        /* Rule: S-19 in fragments, C-4 */
        if (tpi_publication_offer(response->to->pub, response->data, response->len) ==
            TPI_SEND_OK) {
            responders->stats->responses++;
        } else if (now_ns - response->give_up_ns >= 0) {
            responders->stats->dropped_unconnected++;
        } else {
            continue;
        }
        end_response(responders, response);
        work++;
    }
    for (size_t i = 0; i < TPI_RESPONDERS_MAX; i++) {
        tpi_responder_t *r = &responders->list[i];
        if (r->channel != NULL && r->waiting == 0 && now_ns - r->used_ns >= IDLE_NS) {
            close_responder(responders, r);
            work++;
        }
    }
    return work;
}
