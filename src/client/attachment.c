/*
 * client/attachment.c - the lease machine of driver.md 3.4.
 *
 *                ATTACH GRANTED REFUSED BROKEN REVOKED DETACHED LOSS SHUTDOWN CLOSE TIME
 *  U unattached  G      -       -       -      -       -        -    -        -     -
 *  G attaching   -      A, B    B, U    B      -       -        B    B, U     U     B
 *  A attached    -      -       -       -      B, U    -        B, U B, U     D     -
 *  D detaching   -      -       -       -      U       U        U    U        -     U
 *  B backoff     -      -       -       -      -       -        -    B, U     U     G
 *
 * "-" is: nothing. "B, U" is BACKOFF, or UNATTACHED with no_auto_reattach, and out of ATTACHED
 * after failing closed. GRANTED goes to BACKOFF when the role cannot map what was granted; REFUSED
 * to UNATTACHED for UNSUPPORTED and INVALID_PARAMS. A second answer to a request is ignored by the
 * "-" of ATTACHED (D-36); one that comes after the window was given up is the leftovers' (D-37).
 * TIME is the state's own deadline; those of a held lease (keepalive, expiry, announce silence)
 * turn into LOSS.
 *
 * enter() alone writes `state`; tpi_attachment_step() alone decides. Where a grant is no lease, both
 * are the source's (tpi_grant_source_t), and of this file only texts, status and waiting are used.
 */
#include "client/attachment_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/client_internal.h"

#define BACKOFF_MIN_NS INT64_C(250000000)  /* Rule: D-38 */
#define BACKOFF_MAX_NS INT64_C(4000000000) /* Rule: D-38 */

static void enter(tpi_attachment_t *a, tpi_lease_state_t state, int64_t now_ns);

/* ---- texts ---- */

void tpi_attachment_say(tpi_attachment_t *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(a->text, sizeof a->text, format, args);
    va_end(args);
}

void tpi_attachment_because(tpi_attachment_t *a, tp_attach_reason_t reason, const char *text)
{
    a->reason = reason;
    if (text != NULL) {
        tpi_attachment_say(a, "%s", text);
    }
}

void tpi_attachment_stir(tpi_attachment_t *a)
{
    a->due_ns = TPI_EACH_TURN;
    a->client->due_ns = TPI_EACH_TURN;
}

/* ---- what enter() and tpi_attachment_step() do ---- */

/* Rule: D-55, D-78, D-82 stop using everything at once; what the role held is void afterwards. */
static void fail_closed(tpi_attachment_t *a, const tpi_lease_happening_t *event, int64_t now_ns)
{
    a->ops->unmap(a->role, now_ns);
    a->losses++;
    a->loss_reason = event->reason;
    tpi_attachment_because(a, event->reason, event->text);
}

static void give_back(tpi_attachment_t *a)
{
    tpi_client_return_lease(a->client, a->lease_id, a->stream_id, a->client_id, a->role_id);
}

static void new_request(tpi_attachment_t *a, int64_t now_ns)
{
    /* Rule: D-41, D-42 a fresh id for each attachment, unless the user fixed it. */
    a->client_id = a->fixed_client_id != 0 ? a->fixed_client_id : tpi_client_draw_id(a->client);
    a->correlation_id = tpi_client_draw_correlation(a->client, a->client_id); /* Rule: D-38, D-43 */
    a->requested_ns = TPI_NO_TIME;
    a->next_send_ns = now_ns;
    a->deadline_ns = now_ns + a->client->options.attach_timeout_ns; /* Rule: D-37 */
}

/* Rule: D-38 exponential, with a quarter of jitter either way. */
static int64_t next_backoff(tpi_attachment_t *a)
{
    const int64_t base = a->backoff_ns;
    const uint64_t spread = (uint64_t)base / 2;
    a->backoff_ns = base * 2 > BACKOFF_MAX_NS ? BACKOFF_MAX_NS : base * 2;
    return base - (int64_t)(spread / 2) + (int64_t)(tpi_client_random(a->client) % (spread + 1));
}

static void enter(tpi_attachment_t *a, tpi_lease_state_t state, int64_t now_ns)
{
    a->state = state;
    tpi_attachment_stir(a);
    switch (state) {
    case TPI_LEASE_UNATTACHED:
        a->lease_id = 0;
        a->epoch = 0;
        break;
    case TPI_LEASE_ATTACHING:
        new_request(a, now_ns);
        break;
    case TPI_LEASE_ATTACHED:
        a->attaches++;
        a->backoff_ns = BACKOFF_MIN_NS; /* Rule: D-38 */
        a->keepalive_failing_ns = TPI_NO_TIME;
        a->keepalive_due_ns = now_ns + a->keepalive_interval_ns;
        a->announce_deadline_ns = now_ns + a->client->options.driver_timeout_ns;
        a->known_sessions_count = 0;
        break;
    case TPI_LEASE_DETACHING:
        a->detach_correlation_id = tpi_client_draw_correlation(a->client, a->client_id);
        a->detach_sent = false;
        a->next_send_ns = now_ns;
        a->deadline_ns = now_ns + TPI_DETACH_WAIT_NS; /* Rule: D-64 */
        break;
    case TPI_LEASE_BACKOFF:
        a->lease_id = 0;
        a->epoch = 0;
        a->deadline_ns = now_ns + next_backoff(a);
        break;
    }
}

/* An end of the lease that the user did not ask for. */
static void enter_gone(tpi_attachment_t *a, int64_t now_ns)
{
    const bool again = !a->client->options.no_auto_reattach && !a->is_closing;
    enter(a, again ? TPI_LEASE_BACKOFF : TPI_LEASE_UNATTACHED, now_ns); /* Rule: D-78 */
}

static void abandon(tpi_attachment_t *a)
{
    if (a->requested_ns != TPI_NO_TIME) {
        tpi_client_abandon_request(a->client, a->correlation_id, a->wanted_stream_id, a->client_id,
                                   a->role_id); /* Rule: D-37 */
    }
}

static void take_lease(tpi_attachment_t *a, const tpi_lease_happening_t *event, int64_t now_ns)
{
    const tpi_attach_response_t *response = event->response;
    a->lease_id = response->lease_id;
    a->stream_id = response->stream_id;
    a->node_id = response->node_id;
    a->epoch = response->epoch;
    a->driver_session = event->session_id;
    a->generation = a->client->generation;
    a->grant_ns = 0;
    a->keepalive_interval_ns = a->client->options.keepalive_interval_ns;
    if (response->lease_expiry_timestamp_ns != TPI_NULL_U64) {
        /* Rule: D-51 the difference as two's complement: also right for stamps beyond 2^63 */
        a->grant_ns = (int64_t)(response->lease_expiry_timestamp_ns - (uint64_t)now_ns);
        a->lease_deadline_ns = now_ns + a->grant_ns;
        if (a->grant_ns > 0 && a->grant_ns / 3 < a->keepalive_interval_ns) {
            a->keepalive_interval_ns = a->grant_ns / 3 + 1; /* Rule: D-52 */
        }
    }
}

static void granted(tpi_attachment_t *a, const tpi_lease_happening_t *event, int64_t now_ns)
{
    take_lease(a, event, now_ns);
    if (event->response->lease_expiry_timestamp_ns != TPI_NULL_U64 && a->grant_ns <= 0) {
        tpi_attachment_because(a, TP_REASON_LEASE_EXPIRED,
                               "the lease had expired when the answer arrived"); /* Rule: D-51 */
        give_back(a);
        enter(a, TPI_LEASE_BACKOFF, now_ns);
        return;
    }
    tpi_pool_layout_t pools[TPI_MAX_POOLS];
    tpi_stream_layout_t layout;
    tpi_layout_of_response(event->response, pools, &layout);
    if (a->ops->map(a->role, &layout, now_ns) < 0) {
        /* Rule: D-32, D-34, D-35 nothing of it is used; the lease goes back at once. */
        tpi_attachment_because(a, TP_REASON_REGION_REFUSED, NULL);
        tpi_attachment_say(a, "granted, but not usable: %s", tp_errmsg());
        a->ops->unmap(a->role, now_ns);
        give_back(a);
        abandon(a); /* a repeated answer, too */
        enter(a, TPI_LEASE_BACKOFF, now_ns);
        return;
    }
    tpi_attachment_because(a, TP_REASON_NONE, NULL);
    a->wanted_stream_id = a->stream_id; /* a dynamic stream keeps its id over a reattach */
    enter(a, TPI_LEASE_ATTACHED, now_ns);
    tpi_attachment_say(a, "attached: stream %u, lease %llu, epoch %llu", a->stream_id,
                       (unsigned long long)a->lease_id, (unsigned long long)a->epoch);
}

static void timed_out(tpi_attachment_t *a, int64_t now_ns)
{
    char why[160];
    tpi_attachment_because(a, TP_REASON_NO_ANSWER, NULL);
    if (a->requested_ns == TPI_NO_TIME) {
        if (tpi_client_is_connected(a->client, why, sizeof why)) {
            const bool is_prepared = a->ops->is_prepared == NULL || a->ops->is_prepared(a->role);
            snprintf(why, sizeof why, "%s",
                     is_prepared ? "the control stream takes no messages"
                                 : "the descriptor stream is not ready");
        }
        tpi_attachment_say(a, "the attach request could not be sent: %s", why);
    } else if (a->client->options.wire_dialect == TP_WIRE_V11) {
        /* Rule: X-3; README: a v1.2 driver gives a v1.1 request no answer at all. */
        tpi_attachment_say(a,
                           "no answer to the attach of stream %u: no SHM driver on %s stream %d, "
                           "or one that knows only v1.2, which gives "
                           "a v1.1 attach no answer (then set wire_dialect to v1.2)",
                           a->wanted_stream_id, a->client->options.control_channel,
                           a->client->options.control_stream_id);
    } else {
        tpi_attachment_say(a,
                           "no answer to the attach of stream %u: no SHM driver on %s stream %d, "
                           "or one that knows only v1.1 (then set "
                           "wire_dialect to v1.1)",
                           a->wanted_stream_id, a->client->options.control_channel,
                           a->client->options.control_stream_id);
    }
    abandon(a);
    enter(a, TPI_LEASE_BACKOFF, now_ns);
}

/* The machine. */
void tpi_attachment_step(tpi_attachment_t *a, const tpi_lease_happening_t *event, int64_t now_ns)
{
    switch (a->state) {
    case TPI_LEASE_UNATTACHED:
        if (event->kind == TPI_LEASE_EV_ATTACH) {
            enter(a, TPI_LEASE_ATTACHING, now_ns);
        }
        break;

    case TPI_LEASE_ATTACHING:
        switch (event->kind) {
        case TPI_LEASE_EV_GRANTED:
            granted(a, event, now_ns);
            break;
        case TPI_LEASE_EV_REFUSED: {
            /* Rule: D-31 */
            const bool is_final =
                event->reason == TP_REASON_UNSUPPORTED || event->reason == TP_REASON_INVALID_PARAMS;
            tpi_attachment_because(a, event->reason, event->text);
            abandon(a);
            enter(a, is_final ? TPI_LEASE_UNATTACHED : TPI_LEASE_BACKOFF, now_ns);
            break;
        }
        case TPI_LEASE_EV_BROKEN:
            tpi_attachment_because(a, TP_REASON_PROTOCOL_ERROR, event->text);
            if (event->lease_id != TPI_NULL_U64 && event->lease_id != 0) {
                tpi_client_return_lease(a->client, event->lease_id, a->wanted_stream_id,
                                        a->client_id, a->role_id); /* Rule: D-32 */
            }
            enter(a, TPI_LEASE_BACKOFF, now_ns);
            break;
        case TPI_LEASE_EV_LOSS:
            tpi_attachment_because(a, event->reason, event->text);
            abandon(a);
            enter(a, TPI_LEASE_BACKOFF, now_ns);
            break;
        case TPI_LEASE_EV_SHUTDOWN:
            tpi_attachment_because(a, event->reason, event->text);
            abandon(a);
            enter_gone(a, now_ns);
            break;
        case TPI_LEASE_EV_CLOSE:
            tpi_attachment_because(a, TP_REASON_CLOSED, "closed while attaching");
            abandon(a);
            enter(a, TPI_LEASE_UNATTACHED, now_ns);
            break;
        case TPI_LEASE_EV_TIME:
            timed_out(a, now_ns);
            break;
        default:
            break;
        }
        break;

    case TPI_LEASE_ATTACHED:
        switch (event->kind) {
        case TPI_LEASE_EV_REVOKED:
        case TPI_LEASE_EV_SHUTDOWN:
            fail_closed(a, event, now_ns);
            enter_gone(a, now_ns);
            break;
        case TPI_LEASE_EV_LOSS:
            fail_closed(a, event, now_ns);
            /* The driver may live and hold the lease: without this, a fixed client id would be
             * refused until it expires. */
            give_back(a);
            enter_gone(a, now_ns);
            break;
        case TPI_LEASE_EV_CLOSE:
            a->ops->unmap(a->role, now_ns); /* Rule: D-64 first unmap, then detach */
            tpi_attachment_because(a, TP_REASON_CLOSED, "closed");
            enter(a, TPI_LEASE_DETACHING, now_ns);
            break;
        default:
            break;
        }
        break;

    case TPI_LEASE_DETACHING:
        switch (event->kind) {
        case TPI_LEASE_EV_REVOKED:  /* Rule: D-55 */
        case TPI_LEASE_EV_DETACHED: /* Rule: D-62 whatever its code */
        case TPI_LEASE_EV_LOSS:
        case TPI_LEASE_EV_SHUTDOWN:
        case TPI_LEASE_EV_TIME: {
            const bool is_renewing = a->is_renewing && !a->is_closing;
            a->is_renewing = false;
            enter(a, is_renewing ? TPI_LEASE_ATTACHING : TPI_LEASE_UNATTACHED, now_ns);
            break;
        }
        default:
            break;
        }
        break;

    case TPI_LEASE_BACKOFF:
        switch (event->kind) {
        case TPI_LEASE_EV_SHUTDOWN:
            tpi_attachment_because(a, event->reason, event->text);
            enter_gone(a, now_ns);
            break;
        case TPI_LEASE_EV_CLOSE:
            tpi_attachment_because(a, TP_REASON_CLOSED, "closed");
            enter(a, TPI_LEASE_UNATTACHED, now_ns);
            break;
        case TPI_LEASE_EV_TIME:
            enter(a, TPI_LEASE_ATTACHING, now_ns);
            break;
        default:
            break;
        }
        break;
    }
}

void tpi_attachment_happened(tpi_attachment_t *a, tpi_lease_event_t kind, tp_attach_reason_t reason,
                             const char *text, int64_t now_ns)
{
    const tpi_lease_happening_t event = {
        .kind = kind, .reason = reason, .text = text, .lease_id = TPI_NULL_U64
    };
    tpi_attachment_step(a, &event, now_ns);
}

void tpi_attachment_lost(tpi_attachment_t *a, tp_attach_reason_t reason, const char *text,
                         int64_t now_ns)
{
    tpi_attachment_happened(a, TPI_LEASE_EV_LOSS, reason, text, now_ns);
}

/* ---- life ---- */

int tpi_attachment_init(tpi_attachment_t *a, tp_client_t *client,
                        const tpi_attachment_options_t *options, const tpi_role_ops_t *ops,
                        void *role)
{
    if (options->client_id == TPI_NULL_U32) {
        return tpi_fail(TP_EINVAL, "client_id 0xFFFFFFFF is the null value; 0 draws one");
    }
    if (options->stream_id == TPI_NULL_U32) {
        return tpi_fail(TP_EINVAL, "stream_id 0xFFFFFFFF is the null value");
    }
    if (options->publish_mode != TP_REQUIRE_EXISTING &&
        options->publish_mode != TP_EXISTING_OR_CREATE) {
        return tpi_fail(TP_EINVAL, "publish_mode %d is unknown", (int)options->publish_mode);
    }
    if (options->hugepages != TP_HUGEPAGES_ANY && options->hugepages != TP_HUGEPAGES_STANDARD &&
        options->hugepages != TP_HUGEPAGES_REQUIRED) {
        return tpi_fail(TP_EINVAL, "hugepages %d is unknown", (int)options->hugepages);
    }
    for (const tpi_attachment_t *other = client->attachments; other != NULL; other = other->next) {
        if (options->client_id != 0 && other->client_id == options->client_id) {
            /* Rule: D-41 the driver would refuse it for as long as the other lives. */
            return tpi_fail(TP_EINVAL,
                            "client_id %u is in use by another producer or consumer of this client",
                            options->client_id);
        }
    }
    *a = (tpi_attachment_t){
        .client = client,
        .ops = ops,
        .role = role,
        .role_id = options->role_id,
        .wanted_stream_id = options->stream_id,
        .fixed_client_id = options->client_id,
        .publish_mode = options->publish_mode == TP_EXISTING_OR_CREATE
                            ? TPI_PUBLISH_EXISTING_OR_CREATE
                            : TPI_PUBLISH_REQUIRE_EXISTING,
        .hugepages = (uint8_t)options->hugepages,
        .node_id = TPI_NULL_U32,
        .backoff_ns = BACKOFF_MIN_NS,
        .requested_ns = TPI_NO_TIME,
        .reason = TP_REASON_NONE,
    };
    a->source = options->source;
    a->source_data = options->source_data;
    a->next = client->attachments;
    client->attachments = a;
    if (a->source != NULL) {
        a->state = TPI_LEASE_ATTACHING;
        tpi_attachment_stir(a);
        return TP_OK;
    }
    tpi_attachment_happened(a, TPI_LEASE_EV_ATTACH, TP_REASON_NONE, NULL, tpi_client_clock(client));
    return TP_OK;
}

void tpi_attachment_close(tpi_attachment_t *a, int64_t now_ns)
{
    a->is_closing = true;
    if (a->source != NULL) {
        a->source->close(a, now_ns);
        return;
    }
    tpi_attachment_happened(a, TPI_LEASE_EV_CLOSE, TP_REASON_CLOSED, NULL, now_ns);
    if (a->state == TPI_LEASE_UNATTACHED) {
        a->ops->unmap(a->role, now_ns);
    }
}

void tpi_attachment_renew(tpi_attachment_t *a, int64_t now_ns)
{
    if (a->state != TPI_LEASE_ATTACHED) {
        return; /* the next grant is a new one anyway */
    }
    if (a->source != NULL) {
        if (a->source->renew != NULL) {
            a->source->renew(a, now_ns);
        }
        return;
    }
    a->is_renewing = true;
    tpi_attachment_happened(a, TPI_LEASE_EV_CLOSE, TP_REASON_CLOSED, NULL, now_ns);
    tpi_attachment_say(a, "giving the lease back for a new one");
}

void tpi_attachment_fini(tpi_attachment_t *a)
{
    tp_client_t *client = a->client;
    uint32_t idle = 0;
    /* Rule: D-64 never longer than that, even if the client's own clock stands still */
    const int64_t give_up_ns = tpi_monotonic_ns() + TPI_DETACH_WAIT_NS;
    tpi_attachment_close(a, tpi_client_clock(client));
    while (a->state == TPI_LEASE_DETACHING && give_up_ns - tpi_monotonic_ns() > 0) {
        tp_idle(&idle, tp_client_do_work(client));
    }
    for (tpi_attachment_t **at = &client->attachments; *at != NULL; at = &(*at)->next) {
        if (*at == a) {
            *at = a->next;
            break;
        }
    }
}

static tp_attach_state_t public_state(tpi_lease_state_t state)
{
    switch (state) {
    case TPI_LEASE_UNATTACHED:
        return TP_ATTACH_UNATTACHED;
    case TPI_LEASE_ATTACHING:
        return TP_ATTACH_ATTACHING;
    case TPI_LEASE_ATTACHED:
        return TP_ATTACH_ATTACHED;
    case TPI_LEASE_DETACHING:
        return TP_ATTACH_DETACHING;
    case TPI_LEASE_BACKOFF:
        return TP_ATTACH_BACKOFF;
    }
    return TP_ATTACH_UNATTACHED;
}

void tpi_attachment_status(const tpi_attachment_t *a, tp_attach_status_t *out_status)
{
    *out_status = (tp_attach_status_t){
        .state = public_state(a->state),
        .reason = a->state == TPI_LEASE_ATTACHED ? a->loss_reason : a->reason,
        .client_id = a->client_id,
        .stream_id = a->state == TPI_LEASE_ATTACHED ? a->stream_id : a->wanted_stream_id,
        .lease_id = a->lease_id,
        .epoch = a->epoch,
        .node_id = a->node_id,
        .attaches = a->attaches,
        .losses = a->losses,
    };
    memcpy(out_status->text, a->text, sizeof out_status->text);
}

int tpi_attachment_await(tpi_attachment_t *a, bool (*is_ready)(const void *role), const char *what,
                         int64_t timeout_ns)
{
    uint32_t idle = 0;
    const int64_t deadline_ns = tpi_monotonic_ns() + (timeout_ns < 0 ? 0 : timeout_ns);
    for (;;) {
        const int work = tp_client_do_work(a->client);
        if (is_ready(a->role)) {
            return TP_OK;
        }
        if (a->state == TPI_LEASE_UNATTACHED) {
            /* Given up: nothing will change by waiting. */
            switch (a->reason) {
            case TP_REASON_UNSUPPORTED:
                return tpi_fail(TP_EUNSUPPORTED, "%s of stream %u: %s", what, a->wanted_stream_id,
                                a->text);
            case TP_REASON_INVALID_PARAMS:
                return tpi_fail(TP_EINVAL, "%s of stream %u: %s", what, a->wanted_stream_id,
                                a->text);
            default:
                return tpi_fail(TP_ESTATE, "%s of stream %u: %s", what, a->wanted_stream_id,
                                a->text);
            }
        }
        if (tpi_is_past(deadline_ns, tpi_monotonic_ns())) {
            return tpi_fail(a->reason == TP_REASON_REJECTED ? TP_EREJECTED : TP_ETIMEDOUT,
                            "%s of stream %u not ready in time: %s", what, a->wanted_stream_id,
                            a->text);
        }
        tp_idle(&idle, work);
    }
}
