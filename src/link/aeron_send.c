/*
 * Publications. The two kinds of Aeron publication differ in every function's name, hence two tables.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/fail.h"
#include "link/aeron_link.h"

typedef struct aeron_pub {
    tpi_publication_t base;
    /* Hot: NULL unless READY. One of the two, by `base.ops`. */
    aeron_publication_t *shared;
    aeron_exclusive_publication_t *exclusive;
    int32_t session_id;
    size_t max_claim;
    size_t max_offer;
    tpi_aeron_handle_t handle;
    aeron_async_add_publication_t *adding_shared;
    aeron_async_add_exclusive_publication_t *adding_exclusive;
} aeron_pub_t;

_Static_assert(sizeof(aeron_buffer_claim_t) == sizeof(((tpi_claim_buffer_t *)NULL)->opaque),
               "Aeron's claim fits into ours");

static aeron_pub_t *pub_of(tpi_aeron_handle_t *handle)
{
    return TPI_CONTAINER(handle, aeron_pub_t, handle);
}

/* ---- sending: no allocation, no system call, nothing unbounded ---- */

/* What is not a position. Kept out of line: the cold half of each send. */
static __attribute__((noinline)) tpi_send_t refusal(aeron_pub_t *pub, int64_t result, size_t len)
{
    switch (result) {
    case AERON_PUBLICATION_NOT_CONNECTED:
        return TPI_SEND_NOT_CONNECTED;
    case AERON_PUBLICATION_BACK_PRESSURED:
        return TPI_SEND_BACK_PRESSURED;
    case AERON_PUBLICATION_ADMIN_ACTION:
        return TPI_SEND_ADMIN_ACTION;
    case AERON_PUBLICATION_CLOSED:
    case AERON_PUBLICATION_MAX_POSITION_EXCEEDED:
        /* Rule: D-19 */
        tpi_handle_broken(&pub->handle);
        return TPI_SEND_CLOSED;
    default: {
        char text[TPI_ERROR_TEXT_MAX];
        tpi_aeron_text(text, sizeof(text));
        (void)tpi_fail(TP_EAERON, "%s stream %" PRId32 ": message of %zu bytes: %s",
                       pub->handle.channel, pub->handle.stream_id, len, text);
        return TPI_SEND_ERROR;
    }
    }
}

/* The term is full: Aeron has turned to the next one and the same call succeeds now. Rule: D-19 */
#define SEND_WITH_ONE_RETRY(call)                                                                  \
    do {                                                                                           \
        result = (call);                                                                           \
        if (result == AERON_PUBLICATION_ADMIN_ACTION) {                                            \
            result = (call);                                                                       \
        }                                                                                          \
    } while (0)

static void hand_out(tpi_claim_buffer_t *out, const aeron_buffer_claim_t *claim)
{
    out->data = claim->data;
    out->len = claim->length;
    out->opaque[0] = claim->frame_header;
    out->opaque[1] = claim->data;
    out->opaque[2] = (void *)(uintptr_t)claim->length;
}

static aeron_buffer_claim_t take_back(tpi_claim_buffer_t *claim)
{
    const aeron_buffer_claim_t inner = { .frame_header = claim->opaque[0],
                                         .data = claim->opaque[1],
                                         .length = (size_t)(uintptr_t)claim->opaque[2] };
    claim->data = NULL;
    return inner;
}

static tpi_send_t exclusive_claim(tpi_publication_t *base, size_t len,
                                  tpi_claim_buffer_t *out_claim)
{
    aeron_pub_t *pub = (aeron_pub_t *)base;
    if (pub->exclusive == NULL) {
        return TPI_SEND_NOT_READY;
    }
    aeron_buffer_claim_t claim;
    int64_t result;
    SEND_WITH_ONE_RETRY(aeron_exclusive_publication_try_claim(pub->exclusive, len, &claim));
    if (result < 0) {
        return refusal(pub, result, len);
    }
    hand_out(out_claim, &claim);
    return TPI_SEND_OK;
}

static tpi_send_t shared_claim(tpi_publication_t *base, size_t len, tpi_claim_buffer_t *out_claim)
{
    aeron_pub_t *pub = (aeron_pub_t *)base;
    if (pub->shared == NULL) {
        return TPI_SEND_NOT_READY;
    }
    aeron_buffer_claim_t claim;
    int64_t result;
    SEND_WITH_ONE_RETRY(aeron_publication_try_claim(pub->shared, len, &claim));
    if (result < 0) {
        return refusal(pub, result, len);
    }
    hand_out(out_claim, &claim);
    return TPI_SEND_OK;
}

/* A claim points into the term buffer, which stays mapped until the link has noticed a loss: committing is safe, if pointless,
 * up to the next do_work, and claims are not held over one. */
static void aeron_commit(tpi_publication_t *base, tpi_claim_buffer_t *claim)
{
    (void)base;
    aeron_buffer_claim_t inner = take_back(claim);
    (void)aeron_buffer_claim_commit(&inner);
}

static void aeron_abort(tpi_publication_t *base, tpi_claim_buffer_t *claim)
{
    (void)base;
    aeron_buffer_claim_t inner = take_back(claim);
    (void)aeron_buffer_claim_abort(&inner);
}

static tpi_send_t exclusive_offer(tpi_publication_t *base, const void *data, size_t len)
{
    aeron_pub_t *pub = (aeron_pub_t *)base;
    if (pub->exclusive == NULL) {
        return TPI_SEND_NOT_READY;
    }
    int64_t result;
    SEND_WITH_ONE_RETRY(aeron_exclusive_publication_offer(pub->exclusive, data, len, NULL, NULL));
    return result < 0 ? refusal(pub, result, len) : TPI_SEND_OK;
}

static tpi_send_t shared_offer(tpi_publication_t *base, const void *data, size_t len)
{
    aeron_pub_t *pub = (aeron_pub_t *)base;
    if (pub->shared == NULL) {
        return TPI_SEND_NOT_READY;
    }
    int64_t result;
    SEND_WITH_ONE_RETRY(aeron_publication_offer(pub->shared, data, len, NULL, NULL));
    return result < 0 ? refusal(pub, result, len) : TPI_SEND_OK;
}

/* ---- state ---- */

static bool pub_is_ready(const tpi_publication_t *base)
{
    const aeron_pub_t *pub = (const aeron_pub_t *)base;
    return (pub->exclusive != NULL || pub->shared != NULL) && !pub->handle.broken;
}

static bool pub_is_connected(const tpi_publication_t *base)
{
    const aeron_pub_t *pub = (const aeron_pub_t *)base;
    return pub->exclusive != NULL
               ? aeron_exclusive_publication_is_connected(pub->exclusive)
               : pub->shared != NULL && aeron_publication_is_connected(pub->shared);
}

static const char *pub_error(const tpi_publication_t *base)
{
    return ((const aeron_pub_t *)base)->handle.error;
}

static int32_t pub_session_id(const tpi_publication_t *base)
{
    return ((const aeron_pub_t *)base)->session_id;
}

static size_t pub_max_claim(const tpi_publication_t *base)
{
    return pub_is_ready(base) ? ((const aeron_pub_t *)base)->max_claim : 0;
}

static size_t pub_max_offer(const tpi_publication_t *base)
{
    return pub_is_ready(base) ? ((const aeron_pub_t *)base)->max_offer : 0;
}

static int64_t exclusive_room(const tpi_publication_t *base)
{
    const aeron_pub_t *pub = (const aeron_pub_t *)base;
    return pub->exclusive == NULL ? 0
                                  : aeron_exclusive_publication_position_limit(pub->exclusive) -
                                        aeron_exclusive_publication_position(pub->exclusive);
}

static int64_t shared_room(const tpi_publication_t *base)
{
    const aeron_pub_t *pub = (const aeron_pub_t *)base;
    return pub->shared == NULL ? 0
                               : aeron_publication_position_limit(pub->shared) -
                                     aeron_publication_position(pub->shared);
}

static void take_constants(aeron_pub_t *pub, const aeron_publication_constants_t *constants)
{
    pub->session_id = constants->session_id;
    pub->max_claim = constants->max_payload_length;
    pub->max_offer = constants->max_message_length;
}

static void pub_close(tpi_publication_t *base)
{
    tpi_handle_close(&((aeron_pub_t *)base)->handle);
}

/* ---- the kinds' part of a handle's life ---- */

static int exclusive_begin(tpi_aeron_handle_t *handle, aeron_t *client)
{
    return aeron_async_add_exclusive_publication(&pub_of(handle)->adding_exclusive, client,
                                                 handle->channel, handle->stream_id);
}

static int exclusive_poll(tpi_aeron_handle_t *handle)
{
    aeron_pub_t *pub = pub_of(handle);
    const int done =
        aeron_async_add_exclusive_publication_poll(&pub->exclusive, pub->adding_exclusive);
    if (done != 0) {
        pub->adding_exclusive = NULL; /* Aeron frees it */
    }
    if (done > 0) {
        aeron_publication_constants_t constants;
        (void)aeron_exclusive_publication_constants(pub->exclusive, &constants);
        take_constants(pub, &constants);
    }
    return done;
}

static void exclusive_cancel(tpi_aeron_handle_t *handle, aeron_t *client)
{
    aeron_pub_t *pub = pub_of(handle);
    (void)aeron_async_add_exclusive_publication_cancel(client, pub->adding_exclusive);
    pub->adding_exclusive = NULL;
}

static void exclusive_close(tpi_aeron_handle_t *handle)
{
    aeron_pub_t *pub = pub_of(handle);
    (void)aeron_exclusive_publication_close(pub->exclusive, NULL, NULL);
    pub->exclusive = NULL;
}

static int shared_begin(tpi_aeron_handle_t *handle, aeron_t *client)
{
    return aeron_async_add_publication(&pub_of(handle)->adding_shared, client, handle->channel,
                                       handle->stream_id);
}

static int shared_poll(tpi_aeron_handle_t *handle)
{
    aeron_pub_t *pub = pub_of(handle);
    const int done = aeron_async_add_publication_poll(&pub->shared, pub->adding_shared);
    if (done != 0) {
        pub->adding_shared = NULL;
    }
    if (done > 0) {
        aeron_publication_constants_t constants;
        (void)aeron_publication_constants(pub->shared, &constants);
        take_constants(pub, &constants);
    }
    return done;
}

static void shared_cancel(tpi_aeron_handle_t *handle, aeron_t *client)
{
    aeron_pub_t *pub = pub_of(handle);
    (void)aeron_async_add_publication_cancel(client, pub->adding_shared);
    pub->adding_shared = NULL;
}

static void shared_close(tpi_aeron_handle_t *handle)
{
    aeron_pub_t *pub = pub_of(handle);
    (void)aeron_publication_close(pub->shared, NULL, NULL);
    pub->shared = NULL;
}

static void pub_lost(tpi_aeron_handle_t *handle)
{
    aeron_pub_t *pub = pub_of(handle);
    pub->shared = NULL;
    pub->exclusive = NULL;
    pub->adding_shared = NULL;
    pub->adding_exclusive = NULL;
}

static void pub_free(tpi_aeron_handle_t *handle)
{
    free(pub_of(handle));
}

static const tpi_aeron_kind_t exclusive_kind = {
    .begin = exclusive_begin,
    .poll = exclusive_poll,
    .cancel = exclusive_cancel,
    .close = exclusive_close,
    .lost = pub_lost,
    .free = pub_free,
};

static const tpi_aeron_kind_t shared_kind = {
    .begin = shared_begin,
    .poll = shared_poll,
    .cancel = shared_cancel,
    .close = shared_close,
    .lost = pub_lost,
    .free = pub_free,
};

static const tpi_publication_ops_t exclusive_ops = {
    .claim = exclusive_claim,
    .commit = aeron_commit,
    .abort = aeron_abort,
    .offer = exclusive_offer,
    .close = pub_close,
    .is_ready = pub_is_ready,
    .is_connected = pub_is_connected,
    .error = pub_error,
    .session_id = pub_session_id,
    .max_claim = pub_max_claim,
    .max_offer = pub_max_offer,
    .room = exclusive_room,
};

static const tpi_publication_ops_t shared_ops = {
    .claim = shared_claim,
    .commit = aeron_commit,
    .abort = aeron_abort,
    .offer = shared_offer,
    .close = pub_close,
    .is_ready = pub_is_ready,
    .is_connected = pub_is_connected,
    .error = pub_error,
    .session_id = pub_session_id,
    .max_claim = pub_max_claim,
    .max_offer = pub_max_offer,
    .room = shared_room,
};

int tpi_aeron_add_publication(tpi_link_t *link, tpi_publication_t **out, const char *channel,
                              int32_t stream_id, bool exclusive)
{
    aeron_pub_t *pub = calloc(1, sizeof(*pub));
    if (pub == NULL) {
        return tpi_fail(TP_ENOMEM, "publication on %s stream %" PRId32, channel, stream_id);
    }
    const int rc = tpi_handle_init(&pub->handle, (tpi_aeron_link_t *)link,
                                   exclusive ? &exclusive_kind : &shared_kind, channel, stream_id);
    if (rc < 0) {
        free(pub);
        return rc;
    }
    pub->base.ops = exclusive ? &exclusive_ops : &shared_ops;
    *out = &pub->base;
    return TP_OK;
}
