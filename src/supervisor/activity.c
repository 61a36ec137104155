/*
 * supervisor/activity.c - is the producer's superblock still refreshed (W-118)?
 *
 * The header ring's file is opened, its first 64 bytes are read and the file is closed again, one
 * producer per turn: a mapping would keep the memory of dead epochs, and would end this process if a
 * stranger cut the file short. Other than that it is treated like any region: resolved, inside the
 * allowed base directories, not a link, and its superblock must be the announced one.
 */
#include <unistd.h>

#include "supervisor/supervisor_internal.h"

static int read_superblock(const tp_supervisor_t *s, const tpi_watched_producer_t *p,
                           tpi_superblock_t *out)
{
    uint8_t bytes[TPI_SUPERBLOCK_BYTES];
    tpi_region_uri_t uri;
    int fd = -1;
    int rc = tpi_region_uri_parse(p->ring_uri, p->ring_uri_len, &uri);
    rc = rc == TP_OK ? tpi_bases_open(s->client->bases, uri.path, false, &fd) : rc;
    if (rc != TP_OK) {
        return rc;
    }
    const ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    close(fd);
    if (n != (ssize_t)sizeof bytes) {
        return TP_ELAYOUT;
    }
    tpi_superblock_decode(bytes, out);
    const tpi_superblock_t expected = {
        .layout_version = TPI_LAYOUT_VERSION,
        .epoch = p->epoch,
        .stream_id = p->stream_id,
        .region_type = TPI_REGION_HEADER_RING,
        .nslots = p->nslots,
        .slot_bytes = TPI_HEADER_SLOT_BYTES,
    };
    return tpi_superblock_check(out, &expected);
}

/* Rule: W-118, W-119 older than the limit, or in the future; the clock is the announce's */
static void look_at(tp_supervisor_t *s, tpi_watched_producer_t *p)
{
    tpi_superblock_t superblock;
    if (read_superblock(s, p, &superblock) != TP_OK) {
        /* Not ours to see, or gone: then only announces and QoS tell. */
        p->has_activity = false;
        p->dead_looks = 0;
        return;
    }
    const int64_t domain_now_ns = tpi_client_domain_now(s->client, p->clock_domain, s->now_ns);
    /* The driver may have refreshed it since this turn's look at the clock. */
    const int64_t slack_ns = INT64_C(1000000000);
    const int64_t age_ns = (int64_t)((uint64_t)domain_now_ns - superblock.activity_timestamp_ns);
    p->has_activity = true;
    p->activity_seen_ns = s->now_ns;
    p->activity_age_ns = age_ns;
    if (age_ns > s->options.liveness_timeout_ns || age_ns < -slack_ns) {
        p->dead_looks += p->dead_looks < TPI_SUPERVISOR_DEAD_CHECKS ? 1 : 0;
    } else {
        p->dead_looks = 0;
    }
}

int tpi_supervisor_look_at_activity(tp_supervisor_t *s)
{
    while (s->activity_at < s->producer_index.capacity) {
        const uint32_t place = s->activity_at++;
        tpi_watched_producer_t *p = &s->producers[place];
        if (s->producer_index.is_used[place] != 0 && p->ring_uri_len > 0 && !p->is_superseded) {
            look_at(s, p);
            return 1;
        }
    }
    return 0;
}
