/*
 * client/attachment_events.c - what happens to an attachment: time passes (requests, keepalives,
 * deadlines) and messages come. The consequences are the machine's, in attachment.c.
 */
#include <stdio.h>

#include "base/fail.h"
#include "client/attachment_internal.h"
#include "client/client_internal.h"

/* ---- time ---- */

/* Rule: D-30 one request in flight; D-37 the same bytes again within the window. */
static int send_request(tpi_attachment_t *a, int64_t now_ns)
{
    const tp_client_options_t *options = &a->client->options;
    const tpi_dialect_t dialect =
        options->wire_dialect == TP_WIRE_V12 ? TPI_DIALECT_V12 : TPI_DIALECT_V11;
    const tpi_attach_request_t request = {
        .correlation_id = a->correlation_id,
        .stream_id = a->wanted_stream_id,
        .client_id = a->client_id,
        .role = a->role_id,
        .expected_layout_version = 0, /* Rule: D-22 */
        .max_dims = 0,                /* Rule: D-23 */
        .publish_mode = a->publish_mode,
        .require_hugepages = a->hugepages,
        .desired_node_id = TPI_NULL_U32,
    };
    uint8_t buf[64];
    if (!tpi_subscription_is_ready(a->client->control_sub)) {
        return 0; /* the answer would not be heard */
    }
    if (a->ops->is_prepared != NULL && !a->ops->is_prepared(a->role)) {
        return 0;
    }
    const int len = tpi_attach_request_encode(buf, sizeof buf, dialect, &request);
    if (len < 0 || tpi_client_send(a->client, buf, (size_t)len) != TPI_SEND_OK) {
        return 0; /* again with the next turn, until the window closes */
    }
    if (a->requested_ns == TPI_NO_TIME) {
        a->requested_ns = now_ns;
    }
    a->next_send_ns = now_ns + options->attach_retry_interval_ns;
    return 1;
}

static int tick_attaching(tpi_attachment_t *a, int64_t now_ns)
{
    char why[160];
    if (a->client->generation == 0) {
        /* The window opens with the connection; a request sent before is void. */
        if (a->requested_ns != TPI_NO_TIME) {
            tpi_attachment_lost(a, TP_REASON_NO_MEDIA_DRIVER,
                                "the media driver was lost while attaching", now_ns);
            return 1;
        }
        (void)tpi_client_is_connected(a->client, why, sizeof why);
        tpi_attachment_because(a, TP_REASON_NO_MEDIA_DRIVER, NULL);
        tpi_attachment_say(a, "waiting for the media driver: %s", why);
        a->deadline_ns = now_ns + a->client->options.attach_timeout_ns;
        return 0;
    }
    if (tpi_is_past(a->deadline_ns, now_ns)) {
        tpi_attachment_happened(a, TPI_LEASE_EV_TIME, TP_REASON_NO_ANSWER, NULL, now_ns);
        return 1;
    }
    return tpi_is_past(a->next_send_ns, now_ns) ? send_request(a, now_ns) : 0;
}

/* Rule: D-52 */
static int send_keepalive(tpi_attachment_t *a, int64_t now_ns)
{
    const tpi_lease_keepalive_t keepalive = {
        .lease_id = a->lease_id,
        .stream_id = a->stream_id,
        .client_id = a->client_id,
        .role = a->role_id,
        .client_timestamp_ns = (uint64_t)now_ns, /* Rule: D-20 */
    };
    uint8_t buf[64];
    const int len = tpi_lease_keepalive_encode(buf, sizeof buf, &keepalive);
    const tpi_send_t sent = len < 0 ? TPI_SEND_ERROR : tpi_client_send(a->client, buf, (size_t)len);
    switch (sent) {
    case TPI_SEND_OK:
        a->keepalive_failing_ns = TPI_NO_TIME;
        a->keepalive_due_ns = now_ns + a->keepalive_interval_ns;
        if (a->grant_ns > 0 && now_ns + a->grant_ns - a->lease_deadline_ns > 0) {
            a->lease_deadline_ns = now_ns + a->grant_ns; /* Rule: D-51 never backwards */
        }
        return 1;
    case TPI_SEND_CLOSED:
        tpi_attachment_lost(a, TP_REASON_KEEPALIVE_FAILED, "the control publication was closed",
                            now_ns);
        return 1;
    default:
        if (a->keepalive_failing_ns == TPI_NO_TIME) {
            a->keepalive_failing_ns = now_ns;
        } else if (now_ns - a->keepalive_failing_ns >= a->keepalive_interval_ns) {
            tpi_attachment_lost(a, TP_REASON_KEEPALIVE_FAILED,
                                "no keepalive could be sent for a whole interval", now_ns);
            return 1;
        }
        return 0;
    }
}

static int tick_attached(tpi_attachment_t *a, int64_t now_ns)
{
    /* Rule: D-82 a lost media driver is a lost driver. */
    if (a->client->generation != a->generation) {
        tpi_attachment_lost(a, TP_REASON_NO_MEDIA_DRIVER, "the media driver was lost", now_ns);
        return 1;
    }
    /* Rule: D-51 */
    if (a->grant_ns > 0 && tpi_is_past(a->lease_deadline_ns, now_ns)) {
        tpi_attachment_lost(a, TP_REASON_LEASE_EXPIRED,
                            "no keepalive went out before the lease's end", now_ns);
        return 1;
    }
    /* Rule: D-83 silence */
    if (tpi_is_past(a->announce_deadline_ns, now_ns)) {
        tpi_attachment_lost(a, TP_REASON_DRIVER_LOST,
                            "the SHM driver has not announced the stream for too long", now_ns);
        return 1;
    }
    return tpi_is_past(a->keepalive_due_ns, now_ns) ? send_keepalive(a, now_ns) : 0;
}

static int tick_detaching(tpi_attachment_t *a, int64_t now_ns)
{
    if (a->client->generation != a->generation) {
        tpi_attachment_lost(a, TP_REASON_CLOSED, "closed; the media driver was lost", now_ns);
        return 1;
    }
    if (tpi_is_past(a->deadline_ns, now_ns)) {
        tpi_attachment_happened(a, TPI_LEASE_EV_TIME, TP_REASON_CLOSED, NULL, now_ns);
        return 1;
    }
    if (a->detach_sent) {
        return 0;
    }
    const tpi_detach_request_t request = {
        .correlation_id = a->detach_correlation_id,
        .lease_id = a->lease_id,
        .stream_id = a->stream_id,
        .client_id = a->client_id,
        .role = a->role_id,
    };
    uint8_t buf[64];
    const int len = tpi_detach_request_encode(buf, sizeof buf, &request);
    a->detach_sent = len > 0 && tpi_client_send(a->client, buf, (size_t)len) == TPI_SEND_OK;
    return a->detach_sent ? 1 : 0;
}

static int tick_lease(tpi_attachment_t *a, int64_t now_ns)
{
    if (a->source != NULL) {
        return a->source->tick(a, now_ns);
    }
    switch (a->state) {
    case TPI_LEASE_UNATTACHED:
        return 0;
    case TPI_LEASE_ATTACHING:
        return tick_attaching(a, now_ns);
    case TPI_LEASE_ATTACHED:
        return tick_attached(a, now_ns);
    case TPI_LEASE_DETACHING:
        return tick_detaching(a, now_ns);
    case TPI_LEASE_BACKOFF:
        if (a->client->generation != 0 && tpi_is_past(a->deadline_ns, now_ns)) {
            tpi_attachment_happened(a, TPI_LEASE_EV_TIME, a->reason, NULL, now_ns);
            return 1;
        }
        return 0;
    }
    return 0;
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* When tick_lease has something to do, as long as neither the state changes, which stirs, nor the
 * link's generation, which the client looks after. */
static int64_t next_of_lease(const tpi_attachment_t *a)
{
    if (a->source != NULL) {
        return a->source->next(a);
    }
    switch (a->state) {
    case TPI_LEASE_UNATTACHED:
        return TPI_NEVER;
    case TPI_LEASE_ATTACHED: {
        const int64_t due_ns = earlier(a->keepalive_due_ns, a->announce_deadline_ns);
        return a->grant_ns > 0 ? earlier(due_ns, a->lease_deadline_ns) : due_ns;
    }
    case TPI_LEASE_BACKOFF:
        return a->deadline_ns;
    case TPI_LEASE_ATTACHING: /* waits for streams as well as for time */
    case TPI_LEASE_DETACHING:
        break;
    }
    return TPI_EACH_TURN;
}

int tpi_attachment_tick(tpi_attachment_t *a, int64_t now_ns)
{
    int work = tick_lease(a, now_ns);
    a->due_ns = TPI_NEVER; /* unless the role stirs */
    work += a->ops->tick(a->role, now_ns);
    if (a->due_ns == TPI_NEVER) {
        const int64_t next_ns =
            a->ops->next_tick != NULL ? a->ops->next_tick(a->role, now_ns) : TPI_EACH_TURN;
        a->due_ns = earlier(next_ns, next_of_lease(a));
    }
    return work;
}

/* ---- messages ---- */

static tp_attach_reason_t reason_of_code(int32_t code)
{
    switch (code) {
    case TPI_CODE_UNSUPPORTED:
        return TP_REASON_UNSUPPORTED;
    case TPI_CODE_INVALID_PARAMS:
        return TP_REASON_INVALID_PARAMS;
    case TPI_CODE_REJECTED:
        return TP_REASON_REJECTED;
    default:
        return TP_REASON_INTERNAL_ERROR;
    }
}

void tpi_attachment_on_attach_response(tpi_attachment_t *a, const uint8_t *data, size_t len,
                                       int32_t session_id, int64_t now_ns)
{
    if (a->state != TPI_LEASE_ATTACHING || a->requested_ns == TPI_NO_TIME) {
        return; /* Rule: D-36; nor is there one without a lease */
    }
    tpi_attach_response_t response;
    char text[200];
    tpi_lease_happening_t event = { .session_id = session_id, .text = text };
    switch (tpi_attach_response_triage(data, len, a->correlation_id, a->wanted_stream_id, &response,
                                       &event.lease_id)) {
    case TPI_RESPONSE_FOREIGN:
        return; /* Rule: D-36 */
    case TPI_RESPONSE_PROTOCOL_ERROR:
        event.kind = TPI_LEASE_EV_BROKEN;
        snprintf(text, sizeof text, "%s", tp_errmsg());
        break;
    case TPI_RESPONSE_GOOD:
        if (response.code == TPI_CODE_OK) {
            event.kind = TPI_LEASE_EV_GRANTED;
            event.response = &response;
        } else {
            event.kind = TPI_LEASE_EV_REFUSED;
            event.reason = reason_of_code(response.code);
            snprintf(text, sizeof text, "%s: %.*s", tp_attach_reason_name(event.reason),
                     (int)(response.error_message.len < 160 ? response.error_message.len : 160),
                     (const char *)response.error_message.data);
        }
        break;
    }
    tpi_attachment_step(a, &event, now_ns);
}

void tpi_attachment_on_detach_response(tpi_attachment_t *a, const tpi_detach_response_t *response,
                                       int64_t now_ns)
{
    if (a->state == TPI_LEASE_DETACHING && response->correlation_id == a->detach_correlation_id) {
        tpi_attachment_happened(a, TPI_LEASE_EV_DETACHED, TP_REASON_CLOSED, NULL, now_ns);
    }
}

/* Stamped before we ever asked: a leftover of an earlier life of driver or client (late joiners get
 * old messages). */
static bool is_from_before(const tpi_attachment_t *a, uint64_t timestamp_ns)
{
    return timestamp_ns != 0 && (int64_t)(timestamp_ns - (uint64_t)a->requested_ns) < 0;
}

void tpi_attachment_on_revoked(tpi_attachment_t *a, const tpi_lease_revoked_t *notice,
                               int64_t now_ns)
{
    if (a->source != NULL || (a->state != TPI_LEASE_ATTACHED && a->state != TPI_LEASE_DETACHING)) {
        return;
    }
    /* Rule: D-58 compare before believing */
    if (notice->stream_id != a->stream_id) {
        return;
    }
    if (notice->lease_id == a->lease_id && notice->client_id == a->client_id &&
        notice->role == a->role_id) {
        static const char *const how[] = { "revoked", "detached", "expired", "revoked" };
        char text[200];
        snprintf(text, sizeof text, "own lease %s: %.*s", how[notice->reason & 3u],
                 (int)(notice->error_message.len < 120 ? notice->error_message.len : 120),
                 (const char *)notice->error_message.data);
        /* Rule: D-55 */
        tpi_attachment_happened(a, TPI_LEASE_EV_REVOKED,
                                notice->reason == TPI_REVOKE_EXPIRED ? TP_REASON_LEASE_EXPIRED
                                                                     : TP_REASON_LEASE_REVOKED,
                                text, now_ns);
        return;
    }
    if (notice->role == TPI_ROLE_PRODUCER && a->role_id == TPI_ROLE_CONSUMER &&
        a->state == TPI_LEASE_ATTACHED && a->ops->producer_revoked != NULL &&
        !is_from_before(a, notice->timestamp_ns)) { /* Rule: D-57 */
        a->ops->producer_revoked(a->role, notice, now_ns);
    }
}

void tpi_attachment_on_shutdown(tpi_attachment_t *a, const tpi_driver_shutdown_t *notice,
                                int64_t now_ns)
{
    if (a->requested_ns == TPI_NO_TIME || is_from_before(a, notice->timestamp_ns)) {
        return;
    }
    char text[200];
    static const char *const why[] = { "normal", "admin", "error" };
    snprintf(text, sizeof text, "the SHM driver shut down (%s): %.*s",
             notice->reason < 3 ? why[notice->reason] : "?",
             (int)(notice->error_message.len < 120 ? notice->error_message.len : 120),
             (const char *)notice->error_message.data);
    tpi_attachment_happened(a, TPI_LEASE_EV_SHUTDOWN, TP_REASON_DRIVER_SHUTDOWN, text,
                            now_ns); /* Rule: D-78 */
}

void tpi_attachment_on_image_gone(tpi_attachment_t *a, int32_t session_id, int64_t now_ns)
{
    if (a->source == NULL && (a->state == TPI_LEASE_ATTACHED || a->state == TPI_LEASE_DETACHING) &&
        session_id == a->driver_session) {
        tpi_attachment_lost(a, TP_REASON_DRIVER_LOST, "the SHM driver's session is gone",
                            now_ns); /* Rule: D-83 */
    }
}

/* Rule: W-83, W-86, D-5 which sessions announce our stream, and which of them is the driver's */
static bool knows_session(const tpi_attachment_t *a, int32_t session_id)
{
    for (uint32_t i = 0; i < a->known_sessions_count; i++) {
        if (a->known_sessions[i] == session_id) {
            return true;
        }
    }
    return false;
}

static void learn_session(tpi_attachment_t *a, int32_t session_id)
{
    if (a->known_sessions_count == 0 || session_id == a->driver_session) {
        a->announce_session = session_id;
    }
    if (!knows_session(a, session_id) && a->known_sessions_count < TPI_KNOWN_SESSIONS) {
        a->known_sessions[a->known_sessions_count++] = session_id;
    }
}

/*
 * D-83 takes an announce from another session for a restarted driver. But peers exist whose
 * producers announce beside the driver. A restarted driver is above every earlier epoch (D-66) and
 * a producer is not, unless its driver was first; so the sign is: a session not heard before, with
 * an epoch not heard before.
 */
void tpi_attachment_on_announce(tpi_attachment_t *a, const tpi_shm_pool_announce_t *announce,
                                const uint8_t *data, size_t len, const tpi_message_info_t *info,
                                int64_t now_ns)
{
    if (a->state != TPI_LEASE_ATTACHED || announce->stream_id != a->stream_id) {
        return; /* Rule: W-9 */
    }
    if (a->source != NULL) {
        if (a->source->announce != NULL) {
            a->source->announce(a, announce, data, len, info, now_ns);
        }
        return;
    }
    if (!tpi_client_announce_is_fresh(a->client, announce, info->joined_ns, now_ns)) {
        a->ignored_stale++;
        return;
    }
    /* Rule: D-83 */
    if (announce->epoch > a->epoch && a->known_sessions_count != 0 &&
        !knows_session(a, info->session_id) && info->session_id != a->driver_session) {
        tpi_attachment_lost(a, TP_REASON_DRIVER_LOST,
                            "another SHM driver announces the stream: the old one was restarted",
                            now_ns);
        return;
    }
    learn_session(a, info->session_id);
    const bool is_driver = info->session_id == a->announce_session;
    if (a->role_id == TPI_ROLE_PRODUCER) {
        /* Rule: D-73, D-83 */
        if (announce->epoch > a->epoch) {
            tpi_attachment_lost(a, TP_REASON_EPOCH_SUPERSEDED,
                                "the stream has a newer epoch: the producer lease is lost", now_ns);
            return;
        }
        if (announce->epoch == a->epoch && announce->producer_id != a->client_id && is_driver) {
            tpi_attachment_lost(a, TP_REASON_EPOCH_SUPERSEDED,
                                "the epoch is announced with another producer", now_ns);
            return;
        }
    }
    if (announce->epoch >= a->epoch && is_driver) {
        a->announce_deadline_ns = now_ns + a->client->options.driver_timeout_ns;
    }
    if (a->ops->announce != NULL) {
        a->ops->announce(a->role, announce, data, len, now_ns);
    } else if (announce->epoch < a->epoch) {
        a->ignored_epoch++; /* Rule: W-83 */
    }
}

void tpi_attachment_on_qos_consumer(tpi_attachment_t *a, const tpi_qos_consumer_t *qos,
                                    int32_t session_id, int64_t now_ns)
{
    if (a->source != NULL && a->source->qos_consumer != NULL && a->state == TPI_LEASE_ATTACHED &&
        qos->consumer_id == a->client_id) {
        a->source->qos_consumer(a, session_id, now_ns);
    }
}
