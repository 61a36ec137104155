/*
 * standalone/follower.c - a consumer that takes announces for a grant (wire.md 2.11, 2.16).
 */
#include "base/fail.h"
#include "standalone/standalone.h"

static void new_id(tpi_attachment_t *a, uint32_t id)
{
    tpi_follower_t *follower = a->source_data;
    a->client_id = id;
    *follower = (tpi_follower_t){ .client_id = id };
    tpi_attachment_stir(a);
}

static int tick(tpi_attachment_t *a, int64_t now_ns)
{
    char why[160];
    (void)now_ns;
    if (a->state != TPI_LEASE_ATTACHING) {
        return 0;
    }
    if (!tpi_client_is_connected(a->client, why, sizeof why)) {
        a->reason = TP_REASON_NO_MEDIA_DRIVER;
        tpi_attachment_say(a, "waiting for the media driver: %s", why);
        return 0;
    }
    if (a->ops->is_prepared != NULL && !a->ops->is_prepared(a->role)) {
        tpi_attachment_say(a, "the descriptor stream is not ready");
        return 0;
    }
    a->state = TPI_LEASE_ATTACHED;
    a->stream_id = a->wanted_stream_id;
    a->attaches++;
    a->reason = TP_REASON_NONE;
    /* Rule: W-88 */
    new_id(a, a->fixed_client_id != 0 ? a->fixed_client_id : tpi_client_draw_id(a->client));
    tpi_attachment_say(a, "waiting for an announce of stream %u", a->stream_id);
    return 1;
}

static int64_t next(const tpi_attachment_t *a)
{
    return a->state == TPI_LEASE_ATTACHING ? TPI_EACH_TURN : TPI_NEVER;
}

/* Rule: W-83, W-84 which epoch is mapped is the role's to decide; who announces it does not
 * matter. */
static void announce(tpi_attachment_t *a, const tpi_shm_pool_announce_t *announce,
                     const uint8_t *data, size_t len, const tpi_message_info_t *info,
                     int64_t now_ns)
{
    if (!tpi_client_announce_is_fresh(a->client, announce, info->joined_ns, now_ns)) {
        a->ignored_stale++; /* Rule: W-81, W-82 */
        return;
    }
    a->ops->announce(a->role, announce, data, len, now_ns);
}

/* Rule: W-88 */
static void qos_consumer(tpi_attachment_t *a, int32_t session_id, int64_t now_ns)
{
    tpi_follower_t *follower = a->source_data;
    const tpi_publication_t *ours = a->client->qos_pub;
    (void)now_ns;
    if (ours != NULL && session_id == tpi_publication_session_id(ours) &&
        ++follower->heard <= follower->said) {
        return;
    }
    const uint32_t old = a->client_id;
    new_id(a, tpi_client_draw_id(a->client));
    tpi_attachment_say(a, "another consumer has id %u: this one is %u from now on", old,
                       a->client_id);
}

static void close_follower(tpi_attachment_t *a, int64_t now_ns)
{
    a->ops->unmap(a->role, now_ns);
    a->state = TPI_LEASE_UNATTACHED;
    a->reason = TP_REASON_CLOSED;
    tpi_attachment_stir(a);
}

const tpi_grant_source_t tpi_follower_source = {
    .tick = tick,
    .next = next,
    .announce = announce,
    .qos_consumer = qos_consumer,
    .close = close_follower,
};
