/*
 * What the end of a lease means: for its client, its stream, and everybody else (driver.md 3.3, D-53, D-54).
 */
#include "driver/internal.h"

enum { BATCH = 8 }; /* leases ended between looks at the clock */

static void drop_lease(tp_driver_t *d, tpi_lease_t *lease, tpi_lease_state_t state)
{
    tpi_driver_free_private_streams(d, lease); /* Rule: D-112 */
    if (lease->node_id != TPI_NULL_U32) {
        (void)tpi_map_remove(&d->node_ids, lease->node_id);
    }
    tpi_driver_uncount_lease(d, lease);
    tpi_leases_end(&d->leases, lease, state);
    d->stats.leases_live = d->leases.count;
}

tpi_job_t *tpi_driver_end_lease(tp_driver_t *d, tpi_lease_t *lease, tpi_lease_state_t state,
                                const char *text)
{
    tpi_stream_t *stream = lease->stream;
    const tpi_lease_key_t key = lease->key;
    if (stream->producer == lease) {
        if (stream->is_announce_due) {
            /* Rule: D-54, D-74 - its epoch ends in the cycle in which it began. Whoever waits for the stream has to hear of it, or what was
             * published would be lost. */
            tpi_stream_announce(d, stream);
        }
        stream->producer = NULL;
    }
    stream->leases--;
    tpi_driver_void_parked(d, stream, key.client_id); /* Rule: D-29 */
    drop_lease(d, lease, state);
    tpi_lease_free(lease);
    d->stats.leases_revoked++;
    d->stats.leases_expired += state == TPI_LEASE_IS_EXPIRED;
    tpi_driver_log(d, TPI_LOG_INFO, "stream %u: lease %llu of %s %u: %s", stream->id,
                   (unsigned long long)key.lease_id,
                   key.role == TPI_ROLE_PRODUCER ? "producer" : "consumer", key.client_id, text);

    /* Rule: D-53, D-54 - dead, notice; epoch and announce when a helper has made it; then the detach response, which is the caller's. */
    const uint8_t reason = state == TPI_LEASE_IS_DETACHED  ? TPI_REVOKE_DETACHED
                           : state == TPI_LEASE_IS_EXPIRED ? TPI_REVOKE_EXPIRED
                                                           : TPI_REVOKE_REVOKED;
    tpi_send_lease_revoked(d, &key, reason, text);
    if (tpi_stream_end_if_unused(d, stream) || key.role != TPI_ROLE_PRODUCER) {
        return NULL;
    }
    return tpi_stream_renew(d, stream); /* Rule: D-63, D-65, D-72 */
}

/* Rule: D-49 */
int tpi_driver_expire(tp_driver_t *d)
{
    int budget = TPI_DRIVER_CHECKS;
    int ended = 0;
    tpi_lease_t *lease;
    while ((ended == 0 || ended % BATCH != 0 || tpi_driver_has_time(d)) &&
           (lease = tpi_leases_due(&d->leases, d->now_ns, &budget)) != NULL) {
        (void)tpi_driver_end_lease(d, lease, TPI_LEASE_IS_EXPIRED, "keepalive timeout");
        ended++;
    }
    return ended;
}

/* Rule: D-78, D-82 - no notices. */
void tpi_driver_void_leases(tp_driver_t *d)
{
    while (d->leases.count > 0) {
        tpi_lease_t *lease = d->leases.heap[d->leases.count - 1];
        drop_lease(d, lease, TPI_LEASE_IS_REVOKED);
        tpi_lease_free(lease);
    }
    tpi_leases_forget(&d->leases);
}
