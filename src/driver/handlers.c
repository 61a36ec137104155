/*
 * What comes in on the control stream: who handles it, and the handlers of a few lines.
 */
#include <string.h>

#include "base/fail.h"
#include "driver/internal.h"

/* ---- detach ---- */

/** The renewal behind which the answer to the end of this lease waits; NULL: none. */
static tpi_job_t *find_renewal(tp_driver_t *d, const tpi_lease_key_t *key)
{
    const tpi_stream_t *stream = tpi_stream_find(d, key->stream_id);
    tpi_job_t *job = stream != NULL ? stream->job : NULL;
    const bool is_its =
        job != NULL && job->has_detach && job->detach_key.lease_id == key->lease_id &&
        job->detach_key.client_id == key->client_id && job->detach_key.role == key->role;
    return is_its ? job : NULL;
}

/* Rule: D-61, D-62 */
static void on_detach(tp_driver_t *d, const uint8_t *data, size_t len)
{
    tpi_detach_request_t request;
    tpi_request_triage_t triage;
    tpi_detach_request_triage(data, len, &request, &triage);
    if (triage.fault == TPI_REQUEST_FOREIGN) {
        return;
    }
    d->stats.decode_errors += triage.fault != TPI_REQUEST_OK;
    if (!triage.can_answer) { /* Rule: D-15 */
        return;
    }
    switch (triage.fault) {
    case TPI_REQUEST_OK:
        break;
    case TPI_REQUEST_UNSUPPORTED: /* Rule: D-13, D-14 */
        tpi_send_detach_response(d, request.correlation_id, TPI_CODE_UNSUPPORTED,
                                 "unsupported driver schema version");
        return;
    case TPI_REQUEST_BAD_ROLE:
        tpi_send_detach_response(d, request.correlation_id, TPI_CODE_INVALID_PARAMS,
                                 "unknown role");
        return;
    default:
        tpi_send_detach_response(d, request.correlation_id, TPI_CODE_INVALID_PARAMS,
                                 "malformed request");
        return;
    }
    const tpi_lease_key_t key = { .lease_id = request.lease_id,
                                  .stream_id = request.stream_id,
                                  .client_id = request.client_id,
                                  .role = request.role };
    tpi_lease_t *lease = tpi_leases_find(&d->leases, &key);
    tpi_job_t *under_way = lease == NULL ? find_renewal(d, &key) : NULL;
    if (under_way != NULL) { /* asked again: the same order for it, and one answer */
        under_way->detach_correlation_id = request.correlation_id;
    } else if (lease != NULL) {
        tpi_job_t *renewal = tpi_driver_end_lease(d, lease, TPI_LEASE_IS_DETACHED, "detached");
        if (renewal != NULL) { /* Rule: D-54 - behind the announce of the new epoch */
            renewal->has_detach = true;
            renewal->detach_key = key;
            renewal->detach_correlation_id = request.correlation_id;
        } else {
            tpi_send_detach_response(d, request.correlation_id, TPI_CODE_OK, "");
        }
    } else if (tpi_leases_is_remembered(&d->leases, &key)) {
        tpi_send_detach_response(d, request.correlation_id, TPI_CODE_OK, "");
    } else {
        tpi_send_detach_response(d, request.correlation_id, TPI_CODE_REJECTED, "unknown lease");
    }
}

/* ---- keepalive ---- */

/* Rule: D-47, D-48 */
static void on_keepalive(tp_driver_t *d, const uint8_t *data, size_t len)
{
    tpi_lease_keepalive_t keepalive;
    if (tpi_lease_keepalive_decode(data, len, &keepalive) != TP_OK) {
        d->stats.decode_errors++;
        return;
    }
    const tpi_lease_key_t key = { .lease_id = keepalive.lease_id,
                                  .stream_id = keepalive.stream_id,
                                  .client_id = keepalive.client_id,
                                  .role = keepalive.role };
    tpi_lease_t *lease = tpi_leases_find(&d->leases, &key);
    if (lease == NULL) {
        d->stats.keepalives_ignored++;
        return;
    }
    d->stats.keepalives++;
    tpi_lease_keep(lease, d->now_ns + d->config.lease_duration_ns);
    if (lease->counter != NULL) {
        tpi_counter_set(lease->counter, lease->expiry_ns);
    }
}

/* ---- shutdown request ---- */

/** Takes as long for any token: the loop runs over the configured one. */
static bool is_token(const char *configured, tpi_view_t given)
{
    const size_t len = strlen(configured);
    uint32_t differs = given.len != len;
    for (size_t i = 0; i < len; i++) {
        const uint8_t byte = i < given.len ? given.data[i] : 0;
        differs |= (uint32_t)(byte ^ (uint8_t)configured[i]);
    }
    return len > 0 && differs == 0;
}

/* Rule: D-79, D-80 */
static void on_shutdown_request(tp_driver_t *d, const uint8_t *data, size_t len)
{
    tpi_driver_shutdown_request_t request;
    if (tpi_driver_shutdown_request_decode(data, len, &request) != TP_OK) {
        d->stats.decode_errors++;
        return;
    }
    if (!is_token(d->config.shutdown_token, request.token)) {
        tpi_driver_log(d, TPI_LOG_WARN, "a shutdown request without the right token was ignored");
        return;
    }
    if (d->phase != TPI_DRIVER_RUNNING_PHASE || d->stop_requests > 0) {
        return; /* draining already; only a signal of the operator's shortens that */
    }
    const size_t text_len = request.error_message.len < TPI_MAX_ERROR_MESSAGE
                                ? request.error_message.len
                                : TPI_MAX_ERROR_MESSAGE;
    memcpy(d->stop_text, request.error_message.data, text_len);
    d->stop_text[text_len] = '\0';
    d->stop_reason = request.reason;
    d->stop_requests = 1;
}

/* ---- dispatch ---- */

/* Rule: D-10, D-11, D-12 - schema before template; whatever else passes here is somebody else's. */
void tpi_driver_on_message(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info)
{
    tp_driver_t *d = clientd; /* Rule: D-45 - a lease is bound to its ids, not to a session */
    tpi_wire_header_t header;
    if (len < TPI_WIRE_HEADER_BYTES || tpi_wire_peek(data, len, &header) != TP_OK ||
        (d->phase != TPI_DRIVER_RUNNING_PHASE && d->phase != TPI_DRIVER_DRAINING_PHASE)) {
        return;
    }
    if (header.schema_id == TPI_WIRE_SCHEMA_ID) {
        if (header.template_id == TPI_CONSUMER_HELLO) {
            tpi_driver_on_hello(d, data, len);
        } else if (header.template_id == TPI_CONSUMER_CONFIG &&
                   info->session_id != tpi_publication_session_id(d->control_pub)) {
            tpi_driver_on_config(d, data, len);
        }
        return;
    }
    if (header.schema_id != TPI_DRIVER_SCHEMA_ID) {
        return;
    }
    switch (header.template_id) {
    case TPI_ATTACH_REQUEST:
        tpi_driver_on_attach(d, data, len);
        break;
    case TPI_DETACH_REQUEST:
        on_detach(d, data, len);
        break;
    case TPI_LEASE_KEEPALIVE:
        on_keepalive(d, data, len);
        break;
    case TPI_DRIVER_SHUTDOWN_REQUEST:
        on_shutdown_request(d, data, len);
        break;
    default:
        break;
    }
}
