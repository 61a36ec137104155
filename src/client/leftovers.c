/*
 * client/leftovers.c - requests given up and leases not wanted: so that no answer which comes late
 * leaves a lease that blocks its stream or client id until it expires (D-37, D-32, P-25).
 */
#include <stddef.h>

#include "client/client_internal.h"
#include "wire/codec.h"

static tpi_leftover_t *new_leftover(tp_client_t *client)
{
    tpi_leftover_t *oldest = &client->leftovers[0];
    for (size_t i = 0; i < TPI_LEFTOVERS_MAX; i++) {
        tpi_leftover_t *l = &client->leftovers[i];
        if (!l->is_used) {
            oldest = l;
            break;
        }
        if (l->purge_ns - oldest->purge_ns < 0) {
            oldest = l; /* all in use: expiry does what we then cannot */
        }
    }
    *oldest = (tpi_leftover_t){ .is_used = true,
                                .correlation_id = TPI_NULL_I64,
                                .purge_ns = client->now_ns + TPI_LEFTOVER_NS };
    const size_t end = (size_t)(oldest - client->leftovers) + 1;
    if (client->leftovers_end < end) {
        client->leftovers_end = end;
    }
    return oldest;
}

void tpi_client_abandon_request(tp_client_t *client, int64_t correlation_id, uint32_t stream_id,
                                uint32_t client_id, uint8_t role_id)
{
    tpi_leftover_t *l = new_leftover(client);
    l->correlation_id = correlation_id;
    l->stream_id = stream_id;
    l->client_id = client_id;
    l->role_id = role_id;
}

void tpi_client_return_lease(tp_client_t *client, uint64_t lease_id, uint32_t stream_id,
                             uint32_t client_id, uint8_t role_id)
{
    tpi_leftover_t *l = new_leftover(client);
    l->is_detach_due = true;
    l->lease_id = lease_id;
    l->stream_id = stream_id;
    l->client_id = client_id;
    l->role_id = role_id;
}

void tpi_client_leftovers_on_response(tp_client_t *client, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < client->leftovers_end; i++) {
        tpi_leftover_t *l = &client->leftovers[i];
        if (!l->is_used || l->correlation_id == TPI_NULL_I64) {
            continue;
        }
        tpi_attach_response_t response;
        uint64_t lease_id = TPI_NULL_U64;
        const tpi_response_verdict_t verdict = tpi_attach_response_triage(
            data, len, l->correlation_id, l->stream_id, &response, &lease_id);
        if (verdict == TPI_RESPONSE_FOREIGN || lease_id == TPI_NULL_U64 || lease_id == 0) {
            continue;
        }
        /* Rule: D-37 */
        l->is_detach_due = true;
        l->lease_id = lease_id;
        if (l->stream_id == 0 && verdict == TPI_RESPONSE_GOOD) {
            l->stream_id = response.stream_id;
        }
    }
}

int tpi_client_leftovers_tick(tp_client_t *client, int64_t now_ns)
{
    int work = 0;
    size_t end = 0;
    for (size_t i = 0; i < client->leftovers_end; i++) {
        tpi_leftover_t *l = &client->leftovers[i];
        if (!l->is_used) {
            continue;
        }
        if (l->is_detach_due) {
            const tpi_detach_request_t request = {
                .correlation_id = tpi_client_draw_correlation(client, l->client_id),
                .lease_id = l->lease_id,
                .stream_id = l->stream_id,
                .client_id = l->client_id,
                .role = l->role_id,
            };
            uint8_t buf[64];
            const int len = tpi_detach_request_encode(buf, sizeof buf, &request);
            if (len > 0 && tpi_client_send(client, buf, (size_t)len) == TPI_SEND_OK) {
                l->is_detach_due = false;
                l->is_used =
                    l->correlation_id != TPI_NULL_I64; /* that answer may come twice (D-29) */
                work++;
            }
        }
        if (now_ns - l->purge_ns >= 0) {
            l->is_used = false; /* Rule: D-37 */
        }
        if (l->is_used) {
            end = i + 1;
        }
    }
    client->leftovers_end = end;
    return work;
}
