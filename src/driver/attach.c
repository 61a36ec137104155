/*
 * Attach requests.
 *
 * check() walks the table of D-28 in its order; the first failure answers, and nothing exists that did not exist before. What passes is granted at
 * once if the stream has the regions for it, else a helper thread makes an epoch (provision.c, D-96); until that is done
 *   - the same client asking again moves the job's answer to its newest request (it has given the older one up, D-30),
 *   - if it is a producer's, another producer is refused as if the first were in already,
 *   - whoever else needs the stream's regions is parked until the job's end, and is then looked at again.
 */
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "driver/internal.h"

enum { MAX_LOCK_TRIES = 8 }; /* ids tried when the range is shared with other drivers */

typedef enum outcome {
    GO,     /* all checks passed; stream is set, or new_id says that one is to be made */
    ANSWER, /* code and text */
    RETRY,  /* of a lease that is there */
    WAIT,   /* answered when a job is done */
} outcome_t;

typedef struct verdict {
    outcome_t outcome;
    int32_t code;
    const char *text;
    tpi_lease_t *lease;
    tpi_stream_t *stream;
} verdict_t;

static verdict_t answer(int32_t code, const char *text)
{
    return (verdict_t){ .outcome = ANSWER, .code = code, .text = text };
}

/* ---- rows 1 to 5: the message ---- */

static verdict_t check_form(const tp_driver_t *d, const tpi_attach_request_t *request,
                            tpi_request_fault_t fault)
{
    switch (fault) {
    case TPI_REQUEST_UNSUPPORTED: /* Rule: D-13, D-14 */
        return answer(TPI_CODE_UNSUPPORTED, "unsupported driver schema version");
    case TPI_REQUEST_MALFORMED: /* Rule: D-15 */
        return answer(TPI_CODE_INVALID_PARAMS, "malformed request");
    case TPI_REQUEST_BAD_ROLE:
        return answer(TPI_CODE_INVALID_PARAMS, "unknown role");
    case TPI_REQUEST_BAD_CLIENT_ID:
        return answer(TPI_CODE_INVALID_PARAMS, "invalid client_id");
    default:
        break;
    }
    if (d->phase != TPI_DRIVER_RUNNING_PHASE) { /* Rule: D-77 */
        return answer(TPI_CODE_REJECTED, "driver draining");
    }
    if (fault == TPI_REQUEST_BAD_PUBLISH_MODE) { /* Rule: D-24 */
        return answer(TPI_CODE_UNSUPPORTED, "unsupported publish_mode");
    }
    if (fault == TPI_REQUEST_BAD_HUGEPAGES) {
        return answer(TPI_CODE_INVALID_PARAMS, "unknown hugepages policy");
    }
    /* Rule: D-26, D-93 - the base directory's file system can do the one or the other. */
    if (request->require_hugepages == TPI_HUGEPAGES_HUGEPAGES && !d->store.is_hugetlbfs) {
        return answer(TPI_CODE_REJECTED, "hugepages required but unavailable");
    }
    if (request->require_hugepages == TPI_HUGEPAGES_STANDARD && d->store.is_hugetlbfs) {
        return answer(TPI_CODE_REJECTED, "hugepages required by driver policy");
    }
    return (verdict_t){ .outcome = GO };
}

/* ---- row 6: the client ---- */

static bool is_retry_of_lease(const tpi_attach_request_t *request, const tpi_lease_t *lease)
{
    return lease->correlation_id == request->correlation_id && lease->key.role == request->role &&
           lease->requested_stream_id == request->stream_id;
}

static verdict_t check_client(tp_driver_t *d, const tpi_attach_context_t *attach)
{
    const tpi_attach_request_t *request = &attach->request;
    tpi_lease_t *lease = tpi_leases_find_client(&d->leases, request->client_id);
    if (lease != NULL) {
        if (is_retry_of_lease(request, lease)) { /* Rule: D-29 */
            return (verdict_t){ .outcome = RETRY, .lease = lease };
        }
        return answer(TPI_CODE_REJECTED, "client_id already attached"); /* Rule: D-41, D-42 */
    }
    tpi_job_t *job = tpi_map_get(&d->job_clients, request->client_id);
    if (job != NULL) {
        if (job->attach.request.role != request->role ||
            job->attach.request.stream_id != request->stream_id) {
            return answer(TPI_CODE_REJECTED, "client_id already attached");
        }
        job->attach = *attach; /* Rule: D-30 */
        return (verdict_t){ .outcome = WAIT };
    }
    return (verdict_t){ .outcome = GO };
}

/* ---- rows 7 and 8: a stream that is not there ---- */

static verdict_t check_new_stream(const tp_driver_t *d, const tpi_attach_request_t *request)
{
    if (!d->config.allow_dynamic_streams ||
        request->publish_mode != TPI_PUBLISH_EXISTING_OR_CREATE) { /* Rule: D-24 */
        return answer(TPI_CODE_REJECTED, "stream not provisioned");
    }
    const tpi_id_range_t *range = &d->stream_ids;
    if (!tpi_id_range_is_on(range)) { /* Rule: D-106 */
        return answer(TPI_CODE_INVALID_PARAMS, "stream_id_range not configured");
    }
    if (request->stream_id != 0 &&
        !tpi_id_range_contains(range, request->stream_id)) { /* Rule: D-107 */
        return answer(TPI_CODE_INVALID_PARAMS, "stream_id outside range");
    }
    if (request->stream_id != 0 &&
        tpi_id_range_is_used(range, request->stream_id)) { /* Rule: D-108 */
        return answer(TPI_CODE_REJECTED, "stream_id not free yet");
    }
    if (range->used.count > range->last - range->first ||
        d->dynamic_streams >= TPI_DRIVER_MAX_DYNAMIC) { /* Rule: D-120 */
        return answer(TPI_CODE_REJECTED, "stream_id_range exhausted");
    }
    return (verdict_t){ .outcome = GO };
}

/* ---- rows 9 to 11: the stream ---- */

static bool has_producer_job(const tpi_stream_t *stream)
{
    const tpi_job_t *job = stream->job;
    return job != NULL && !job->is_void && job->has_attach &&
           job->attach.request.role == TPI_ROLE_PRODUCER;
}

static bool is_node_id_taken(const tp_driver_t *d, const tpi_attach_request_t *request)
{
    return request->desired_node_id != TPI_NULL_U32 &&
           tpi_map_get(&d->node_ids, request->desired_node_id) != NULL;
}

static verdict_t check_stream(tp_driver_t *d, tpi_stream_t *stream,
                              const tpi_attach_request_t *request)
{
    const tpi_driver_profile_t *profile =
        stream != NULL ? stream->profile : d->config.default_profile;
    /* Unreachable behind tpi_driver_config_init; the table has it. */
    if (profile == NULL) {
        return answer(TPI_CODE_INVALID_PARAMS, "profile not found");
    }
    if (profile->npools == 0) { /* Rule: D-27 */
        return answer(TPI_CODE_INVALID_PARAMS, "stream has no payload pools");
    }
    const uint32_t version = request->expected_layout_version;
    if (version != 0 && version != TPI_NULL_U32 && version != TPI_LAYOUT_VERSION) { /* Rule: D-22 */
        return answer(TPI_CODE_REJECTED, "layout_version mismatch");
    }
    if (stream != NULL && request->role == TPI_ROLE_PRODUCER &&
        (stream->producer != NULL || has_producer_job(stream))) { /* Rule: D-71 */
        return answer(TPI_CODE_REJECTED, "producer already attached");
    }
    /* v1.2: a wish that can be granted is. Rule: X-2 */
    if (is_node_id_taken(d, request)) {
        return answer(TPI_CODE_REJECTED, "node_id already in use");
    }
    if (d->leases.count >= TPI_DRIVER_MAX_LEASES) { /* Rule: D-120 */
        return answer(TPI_CODE_REJECTED, "too many leases");
    }
    return (verdict_t){ .outcome = GO, .stream = stream };
}

/* Rule: D-28 - all rows but the lock and the making. */
static verdict_t check(tp_driver_t *d, const tpi_attach_context_t *attach,
                       tpi_request_fault_t fault)
{
    const tpi_attach_request_t *request = &attach->request;
    verdict_t verdict = check_form(d, request, fault);
    if (verdict.outcome == GO) {
        verdict = check_client(d, attach);
    }
    if (verdict.outcome != GO) {
        return verdict;
    }
    tpi_stream_t *stream = tpi_stream_find(d, request->stream_id);
    if (stream == NULL) {
        verdict = check_new_stream(d, request);
        if (verdict.outcome != GO) {
            return verdict;
        }
    }
    return check_stream(d, stream, request);
}

/* ---- row 12: in charge of the stream? ---- */

/** A stream of its own for this request, locked. NULL: refused already. */
static tpi_stream_t *add_stream(tp_driver_t *d, const tpi_attach_context_t *attach)
{
    uint32_t id = attach->request.stream_id;
    for (int tries = 0; tries < MAX_LOCK_TRIES; tries++) {
        /* Rule: D-107 */
        int rc = id != 0 ? tpi_id_range_take_this(&d->stream_ids, id)
                         : tpi_id_range_take(&d->stream_ids, &id);
        tpi_stream_t *stream = rc == TP_OK ? tpi_stream_add(d, id) : NULL;
        if (stream == NULL) {
            if (rc == TP_OK) {
                tpi_id_range_give(&d->stream_ids, id);
            }
            tpi_driver_refuse_provisioning(d, attach, tp_errmsg());
            return NULL;
        }
        rc = tpi_stream_claim(d, stream);
        if (rc == TP_OK) {
            return stream;
        }
        (void)tpi_stream_end_if_unused(d, stream);
        if (rc != TP_EBUSY) {
            tpi_driver_refuse_provisioning(d, attach, tp_errmsg());
            return NULL;
        }
        if (attach->request.stream_id != 0) {
            break;
        }
        id = 0;
    }
    tpi_driver_refuse(d, attach, TPI_CODE_REJECTED,
                      "stream owned by another driver"); /* Rule: D-4 */
    return NULL;
}

static tpi_stream_t *claim_stream(tp_driver_t *d, tpi_stream_t *stream,
                                  const tpi_attach_context_t *attach)
{
    if (stream == NULL) {
        return add_stream(d, attach);
    }
    const int rc = tpi_stream_claim(d, stream);
    if (rc == TP_OK) {
        return stream;
    }
    if (rc == TP_EBUSY) {
        tpi_driver_refuse(d, attach, TPI_CODE_REJECTED,
                          "stream owned by another driver"); /* Rule: D-4 */
    } else {
        tpi_driver_refuse_provisioning(d, attach, tp_errmsg());
    }
    return NULL;
}

/* ---- row 13: the files ---- */

/* Rule: D-25, D-65, D-68, D-96 - a first attach and a producer's need a new epoch. */
static void provision(tp_driver_t *d, tpi_stream_t *stream, const tpi_attach_context_t *attach)
{
    if (stream->epoch != NULL && attach->request.role != TPI_ROLE_PRODUCER) {
        tpi_driver_grant(d, stream, attach);
    } else if (stream->job != NULL) {
        tpi_driver_park(d, attach, stream);
    } else if (tpi_provision_start(d, stream, attach) != TP_OK) {
        tpi_driver_refuse_provisioning(d, attach, tp_errmsg());
        (void)tpi_stream_end_if_unused(d, stream);
    }
}

/* ---- answers ---- */

void tpi_driver_refuse(tp_driver_t *d, const tpi_attach_context_t *attach, int32_t code,
                       const char *text)
{
    tpi_send_attach_error(d, attach->request.correlation_id, attach->dialect, code, text);
    tpi_driver_log(d, TPI_LOG_INFO, "stream %u: client %u refused: %s", attach->request.stream_id,
                   attach->request.client_id, text);
}

void tpi_driver_refuse_provisioning(tp_driver_t *d, const tpi_attach_context_t *attach,
                                    const char *reason)
{
    char text[TPI_DRIVER_TEXT + 64];
    (void)snprintf(text, sizeof(text), "failed to provision SHM: %.*s", TPI_DRIVER_TEXT - 1,
                   reason);
    tpi_driver_refuse(d, attach, TPI_CODE_INTERNAL_ERROR, text);
}

/* Rule: X-2 - v1.2 only. */
static void assign_node_id(tp_driver_t *d, tpi_lease_t *lease, const tpi_attach_context_t *attach)
{
    uint32_t id = attach->request.desired_node_id;
    if (attach->dialect != TPI_DIALECT_V12) {
        return;
    }
    if (id == TPI_NULL_U32) {
        do {
            id = d->next_node_id++;
        } while (id == 0 || id == TPI_NULL_U32 || tpi_map_get(&d->node_ids, id) != NULL);
    }
    if (tpi_map_put(&d->node_ids, id, lease) == TP_OK) {
        lease->node_id = id;
    }
}

void tpi_driver_grant(tp_driver_t *d, tpi_stream_t *stream, const tpi_attach_context_t *attach)
{
    const tpi_attach_request_t *request = &attach->request;
    const tpi_lease_key_t key = { .stream_id = stream->id,
                                  .client_id = request->client_id,
                                  .role = request->role };
    tpi_lease_t *lease = NULL;
    if (is_node_id_taken(d,
                         request)) { /* since the request was checked, while its epoch was made */
        tpi_driver_refuse(d, attach, TPI_CODE_REJECTED, "node_id already in use");
        tpi_stream_announce_soon(d, stream);
        (void)tpi_stream_end_if_unused(d, stream);
        return;
    }
    /* Rule: D-39, D-48 */
    if (tpi_leases_issue(&d->leases, &key, d->now_ns + d->config.lease_duration_ns, &lease) !=
        TP_OK) {
        tpi_driver_refuse(d, attach, TPI_CODE_INTERNAL_ERROR, "no room for another lease");
        tpi_stream_announce_soon(d, stream);
        (void)tpi_stream_end_if_unused(d, stream);
        return;
    }
    lease->stream = stream;
    lease->correlation_id = request->correlation_id;
    lease->requested_stream_id = request->stream_id;
    stream->leases++;
    d->stats.leases_issued++;
    d->stats.leases_live = d->leases.count;
    assign_node_id(d, lease, attach);
    if (request->role == TPI_ROLE_PRODUCER) {
        stream->producer = lease;
        tpi_stream_enter(d, stream, TPI_STREAM_LIVE);
    }
    tpi_send_attach_ok(d, lease, request->correlation_id, attach->dialect);
    tpi_stream_announce_soon(d, stream); /* Rule: D-74 */
    tpi_driver_count_lease(d, lease);
    tpi_driver_log(d, TPI_LOG_INFO, "stream %u: lease %llu for %s %u", stream->id,
                   (unsigned long long)lease->key.lease_id,
                   request->role == TPI_ROLE_PRODUCER ? "producer" : "consumer",
                   request->client_id);
    if (request->role == TPI_ROLE_PRODUCER) {
        tpi_collect_stream(d, stream); /* Rule: D-100 */
    }
}

/* Rule: D-29 - the same OK, with the expiry of now and of the epoch of now. */
static void answer_retry(tp_driver_t *d, const tpi_attach_context_t *attach,
                         const tpi_lease_t *lease)
{
    tpi_stream_t *stream = lease->stream;
    if (stream->epoch == NULL) { /* RENEWING or BROKEN: Rule: D-69 */
        if (stream->job == NULL && tpi_stream_renew(d, stream) == NULL) {
            tpi_driver_refuse_provisioning(d, attach, tp_errmsg());
        } else {
            tpi_driver_park(d, attach, stream);
        }
        return;
    }
    tpi_send_attach_ok(d, lease, attach->request.correlation_id, attach->dialect);
}

void tpi_driver_attach(tp_driver_t *d, const tpi_attach_context_t *attach,
                       tpi_request_fault_t fault)
{
    const verdict_t verdict = check(d, attach, fault);
    switch (verdict.outcome) {
    case ANSWER:
        tpi_driver_refuse(d, attach, verdict.code, verdict.text);
        return;
    case RETRY:
        answer_retry(d, attach, verdict.lease);
        return;
    case WAIT:
        return;
    case GO:
        break;
    }
    tpi_stream_t *stream = claim_stream(d, verdict.stream, attach);
    if (stream != NULL) {
        provision(d, stream, attach);
    }
}

void tpi_driver_on_attach(tp_driver_t *d, const uint8_t *data, size_t len)
{
    tpi_request_triage_t triage;
    tpi_attach_context_t attach;
    tpi_attach_request_triage(data, len, &attach.request, &triage);
    if (triage.fault == TPI_REQUEST_FOREIGN) {
        return;
    }
    d->stats.attach_requests++;
    d->stats.decode_errors += triage.fault != TPI_REQUEST_OK;
    if (!triage.can_answer) { /* Rule: D-15 */
        return;
    }
    attach.dialect = triage.dialect; /* Rule: X-2 */
    tpi_driver_attach(d, &attach, triage.fault);
}
