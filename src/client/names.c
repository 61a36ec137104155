/*
 * client/names.c - enum values as words.
 */
#include "tensorpool/client.h"

const char *tp_attach_state_name(tp_attach_state_t state)
{
    switch (state) {
    case TP_ATTACH_UNATTACHED:
        return "unattached";
    case TP_ATTACH_ATTACHING:
        return "attaching";
    case TP_ATTACH_ATTACHED:
        return "attached";
    case TP_ATTACH_REMAPPING:
        return "remapping";
    case TP_ATTACH_BACKOFF:
        return "backoff";
    case TP_ATTACH_DETACHING:
        return "detaching";
    }
    return "?";
}

const char *tp_attach_reason_name(tp_attach_reason_t reason)
{
    switch (reason) {
    case TP_REASON_NONE:
        return "none";
    case TP_REASON_NO_MEDIA_DRIVER:
        return "no_media_driver";
    case TP_REASON_NO_ANSWER:
        return "no_answer";
    case TP_REASON_REJECTED:
        return "rejected";
    case TP_REASON_UNSUPPORTED:
        return "unsupported";
    case TP_REASON_INVALID_PARAMS:
        return "invalid_params";
    case TP_REASON_INTERNAL_ERROR:
        return "internal_error";
    case TP_REASON_PROTOCOL_ERROR:
        return "protocol_error";
    case TP_REASON_REGION_REFUSED:
        return "region_refused";
    case TP_REASON_LEASE_REVOKED:
        return "lease_revoked";
    case TP_REASON_LEASE_EXPIRED:
        return "lease_expired";
    case TP_REASON_KEEPALIVE_FAILED:
        return "keepalive_failed";
    case TP_REASON_DRIVER_SHUTDOWN:
        return "driver_shutdown";
    case TP_REASON_DRIVER_LOST:
        return "driver_lost";
    case TP_REASON_EPOCH_SUPERSEDED:
        return "epoch_superseded";
    case TP_REASON_PRODUCER_GONE:
        return "producer_gone";
    case TP_REASON_STALE:
        return "stale";
    case TP_REASON_CLOSED:
        return "closed";
    case TP_REASON_NO_SHM:
        return "no_shm";
    }
    return "?";
}
