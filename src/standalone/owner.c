/*
 * standalone/owner.c - a producer's own shared memory: announced about once a second, with a fresh
 * activity time in the files (wire.md 2.11, 2.16, 2.17).
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "standalone/standalone.h"
#include "wire/codec.h"

#define STALE_PERIODS 5 /* Rule: W-118 */
#define GREETING_NS INT64_C(100000000)

static tpi_view_t view_of(const char *text)
{
    return (tpi_view_t){ .data = (const uint8_t *)text, .len = (uint32_t)strlen(text) };
}

static void describe(const tpi_attachment_t *a, tpi_shm_pool_announce_t *out)
{
    const tpi_local_owner_t *owner = a->source_data;
    const tpi_local_files_t *files = &owner->files;
    *out = (tpi_shm_pool_announce_t){
        .stream_id = a->wanted_stream_id,
        .producer_id = a->client_id, /* as in QosProducer */
        .epoch = files->epoch,
        .clock_domain = TPI_CLOCK_MONOTONIC, /* Rule: W-80, W-119 */
        .layout_version = TPI_LAYOUT_VERSION,
        .header_nslots = files->nslots,
        .header_slot_bytes = TPI_HEADER_SLOT_BYTES, /* Rule: W-79 */
        .npools = (uint16_t)files->npools,
        .header_region_uri = view_of(files->ring.uri),
    };
    for (size_t i = 0; i < files->npools; i++) {
        out->pools[i] = (tpi_pool_entry_t){
            .pool_id = files->pool_ids[i],
            .nslots = files->nslots, /* Rule: W-79 */
            .stride_bytes = files->strides[i],
            .region_uri = view_of(files->pools[i].uri), /* Rule: W-66 */
        };
    }
}

/* Rule: W-112, W-117 the activity first: who maps on this announce looks at it. */
static int send_announce(tpi_attachment_t *a, int64_t now_ns)
{
    tpi_local_owner_t *owner = a->source_data;
    tpi_shm_pool_announce_t m;
    tpi_local_files_touch(&owner->files, now_ns); /* Rule: W-22, W-117 a store, no system call */
    describe(a, &m);
    m.announce_timestamp_ns = (uint64_t)now_ns;
    const int len = tpi_shm_pool_announce_encode(owner->message, sizeof owner->message, &m);
    switch (len > 0 ? tpi_client_send_announce(a->client, owner->message, (size_t)len)
                    : TPI_SEND_ERROR) {
    case TPI_SEND_NOT_READY:
        if (a->client->generation == 0) {
            break; /* as long as the media driver is gone, only the activity goes on */
        }
        return 0;
    case TPI_SEND_BACK_PRESSURED:
    case TPI_SEND_ADMIN_ACTION:
        return 0; /* again with the next turn */
    default:      /* nobody there: the next one is for who comes */
        break;
    }
    owner->generation = a->client->generation;
    owner->announced_ns = now_ns;
    owner->announce_due_ns = now_ns + a->client->options.announce_period_ns;
    return 1;
}

static int start(tpi_attachment_t *a, int64_t now_ns)
{
    tpi_local_owner_t *owner = a->source_data;
    char why[160];
    if (!tpi_client_is_connected(a->client, why, sizeof why)) {
        a->reason = TP_REASON_NO_MEDIA_DRIVER;
        tpi_attachment_say(a, "waiting for the media driver: %s", why);
        return 0;
    }
    if ((a->client->announce_pub != NULL && !tpi_publication_is_ready(a->client->announce_pub)) ||
        !a->ops->is_prepared(a->role)) {
        tpi_attachment_say(a, "the announce or descriptor stream is not ready");
        return 0;
    }
    tpi_shm_pool_announce_t m;
    tpi_pool_layout_t pools[TPI_MAX_POOLS];
    tpi_stream_layout_t layout;
    a->client_id = a->fixed_client_id != 0 ? a->fixed_client_id : tpi_client_draw_id(a->client);
    describe(a, &m);
    tpi_layout_of_announce(&m, pools, &layout);
    tpi_attachment_stir(a);
    if (a->ops->map(a->role, &layout, now_ns) != TP_OK) {
        a->state = TPI_LEASE_UNATTACHED;
        a->reason = TP_REASON_REGION_REFUSED;
        tpi_attachment_say(a, "the files that were made cannot be mapped: %s", tp_errmsg());
        return 1;
    }
    a->state = TPI_LEASE_ATTACHED;
    a->reason = TP_REASON_NONE;
    a->stream_id = a->wanted_stream_id;
    a->epoch = owner->files.epoch;
    a->attaches++;
    owner->announce_due_ns = now_ns;
    tpi_attachment_say(a, "epoch %llu of stream %u is in \"%s\"", (unsigned long long)a->epoch,
                       a->stream_id, owner->files.path);
    return 1;
}

static int64_t stale_ns(const tp_client_t *client)
{
    return STALE_PERIODS * client->options.announce_period_ns;
}

/* Rule: W-78 what a run that crashed left: its activity was fresh when this one started. */
static int collect(tpi_attachment_t *a, int64_t now_ns)
{
    tpi_local_owner_t *owner = a->source_data;
    size_t left = 0;
    const int rc = tpi_local_files_collect(&owner->files, now_ns, stale_ns(a->client), &left);
    if (rc < 0) {
        tpi_attachment_say(a, "an earlier epoch stays: %s", tp_errmsg());
    }
    if (rc <= 0) {
        owner->collect_due_ns = left > 0 ? now_ns + stale_ns(a->client) : TPI_NEVER;
    }
    return 1; /* one epoch a turn: to give memory back takes 150 ms a GiB */
}

static int tick(tpi_attachment_t *a, int64_t now_ns)
{
    tpi_local_owner_t *owner = a->source_data;
    int work = 0;
    if (a->state == TPI_LEASE_ATTACHING) {
        work += start(a, now_ns);
    }
    if (a->state == TPI_LEASE_ATTACHED) {
        const bool is_new_link = a->client->generation != owner->generation;
        if (is_new_link || now_ns - owner->announce_due_ns >= 0) {
            work += send_announce(a, now_ns);
        }
        if (owner->collect_due_ns <= now_ns) {
            work += collect(a, now_ns);
        }
    }
    return work;
}

static int64_t next(const tpi_attachment_t *a)
{
    const tpi_local_owner_t *owner = a->source_data;
    switch (a->state) {
    case TPI_LEASE_ATTACHING:
        return TPI_EACH_TURN;
    case TPI_LEASE_ATTACHED:
        return owner->collect_due_ns < owner->announce_due_ns ? owner->collect_due_ns
                                                              : owner->announce_due_ns;
    default:
        return TPI_NEVER;
    }
}

/* Rule: W-85 no two of us in one place (the lock); with one elsewhere, consumers keep to the
 * higher epoch. */
static void announce(tpi_attachment_t *a, const tpi_shm_pool_announce_t *announce,
                     const uint8_t *data, size_t len, const tpi_message_info_t *info,
                     int64_t now_ns)
{
    (void)data;
    (void)len;
    if (a->state == TPI_LEASE_ATTACHED && announce->producer_id != a->client_id &&
        tpi_client_announce_is_fresh(a->client, announce, info->joined_ns, now_ns)) {
        tpi_attachment_say(
            a, "stream %u is announced by producer %u, too, with epoch %llu (here: %llu)",
            a->stream_id, announce->producer_id, (unsigned long long)announce->epoch,
            (unsigned long long)a->epoch);
    }
}

/*
 * Rule: W-117, W-87 a consumer that comes new says hello before it has mapped anything: it need not
 * wait for the next period. Once for each, and never sooner than GREETING_NS after the announce
 * before, however many there are.
 */
static void hello(tpi_attachment_t *a, const tpi_consumer_hello_t *hello, int64_t now_ns)
{
    tpi_local_owner_t *owner = a->source_data;
    for (size_t i = 0; i < TPI_GREETED_CONSUMERS; i++) {
        if (owner->greeted[i] == hello->consumer_id) {
            return;
        }
    }
    owner->greeted[owner->next_greeted] = hello->consumer_id;
    owner->next_greeted = (owner->next_greeted + 1) % TPI_GREETED_CONSUMERS;
    const int64_t soonest_ns = owner->announced_ns + GREETING_NS;
    const int64_t due_ns = soonest_ns > now_ns ? soonest_ns : now_ns;
    if (due_ns < owner->announce_due_ns) {
        owner->announce_due_ns = due_ns;
        tpi_attachment_stir(a);
    }
}

static int make(tpi_local_owner_t *owner, tp_client_t *client, uint32_t stream_id, int64_t now_ns)
{
    const int64_t realtime_ns = client->realtime_clock(client->options.clock_clientd);
    return tpi_local_files_make(&owner->files, owner->sparse, stream_id, (uint64_t)realtime_ns,
                                now_ns);
}

/* Rule: W-110, W-112 the files of the epoch that ends stay until they are stale. */
static void renew(tpi_attachment_t *a, int64_t now_ns)
{
    tpi_local_owner_t *owner = a->source_data;
    a->ops->unmap(a->role, now_ns);
    a->state = TPI_LEASE_ATTACHING;
    a->reason = TP_REASON_NONE;
    owner->collect_due_ns = now_ns + stale_ns(a->client);
    tpi_attachment_say(a, "beginning a new epoch");
    if (make(owner, a->client, a->wanted_stream_id, now_ns) != TP_OK) {
        a->state = TPI_LEASE_UNATTACHED;
        a->reason = TP_REASON_INTERNAL_ERROR;
        tpi_attachment_say(a, "no new epoch: %s", tp_errmsg());
    }
    tpi_attachment_stir(a);
}

static void close_owner(tpi_attachment_t *a, int64_t now_ns)
{
    a->ops->unmap(a->role, now_ns);
    a->state = TPI_LEASE_UNATTACHED;
    a->reason = TP_REASON_CLOSED;
    tpi_attachment_stir(a);
}

const tpi_grant_source_t tpi_local_owner_source = {
    .tick = tick,
    .next = next,
    .announce = announce,
    .hello = hello,
    .renew = renew,
    .close = close_owner,
};

/* ---- life ---- */

int tpi_local_owner_create(tpi_local_owner_t **out, tp_client_t *client,
                           const tp_local_stream_t *local, uint32_t stream_id)
{
    tp_local_stream_t options;
    const int64_t now_ns = tpi_client_clock(client);
    size_t left = 0;
    int rc = tpi_options_read(&options, sizeof options, local, "local stream");
    if (rc != TP_OK) {
        return rc;
    }
    if (stream_id == 0) {
        return tpi_fail(TP_EINVAL, "stream_id is 0: without a driver nobody gives one");
    }
    tpi_local_owner_t *owner = calloc(1, sizeof *owner);
    if (owner == NULL) {
        return tpi_fail(TP_ENOMEM, "local stream");
    }
    owner->unlink_at_end = options.unlink_at_end;
    owner->sparse = options.sparse;
    rc = tpi_local_files_open(&owner->files, &options, stream_id, tpi_bases_first(client->bases),
                              client->bases);
    if (rc != TP_OK) {
        free(owner);
        return rc;
    }
    /* Rule: W-78 before new ones take the room; what cannot be removed now is said by the tick */
    do {
        rc = tpi_local_files_collect(&owner->files, now_ns, stale_ns(client), &left);
    } while (rc == 1);
    owner->collect_due_ns = left > 0 || rc < 0 ? now_ns + stale_ns(client) : TPI_NEVER;
    rc = tpi_client_prepare_announces(client);
    rc = rc != TP_OK ? rc : make(owner, client, stream_id, now_ns);
    if (rc != TP_OK) {
        tpi_local_files_close(&owner->files);
        free(owner);
        return rc;
    }
    *out = owner;
    return TP_OK;
}

void tpi_local_owner_destroy(tpi_local_owner_t *owner)
{
    if (owner == NULL) {
        return;
    }
    if (owner->unlink_at_end) {
        tpi_local_files_unlink(&owner->files); /* Rule: W-112 optional at a clean stop */
    }
    tpi_local_files_close(&owner->files);
    free(owner);
}
