/*
 * client/attachment_internal.h - between the lease machine (attachment.c) and what feeds it
 * (attachment_events.c).
 */
#ifndef TPI_CLIENT_ATTACHMENT_INTERNAL_H
#define TPI_CLIENT_ATTACHMENT_INTERNAL_H

#include "client/attachment.h"

/* One event with what goes with it. */
typedef struct tpi_lease_happening {
    tpi_lease_event_t kind;
    tp_attach_reason_t reason;
    const char *text;
    const tpi_attach_response_t *response; /* GRANTED */
    uint64_t lease_id;                     /* BROKEN: what to give back, TPI_NULL_U64: nothing */
    int32_t session_id;
} tpi_lease_happening_t;

/** The machine. */
void tpi_attachment_step(tpi_attachment_t *attachment, const tpi_lease_happening_t *event,
                         int64_t now_ns);
/** The same for events that carry no more than a reason and a text. */
void tpi_attachment_happened(tpi_attachment_t *attachment, tpi_lease_event_t kind,
                             tp_attach_reason_t reason, const char *text, int64_t now_ns);
/** TPI_LEASE_EV_LOSS. */
void tpi_attachment_lost(tpi_attachment_t *attachment, tp_attach_reason_t reason, const char *text,
                         int64_t now_ns);
/** Set the reason, and the text if there is one. */
void tpi_attachment_because(tpi_attachment_t *attachment, tp_attach_reason_t reason,
                            const char *text);

static inline bool tpi_is_past(int64_t deadline_ns, int64_t now_ns)
{
    return now_ns - deadline_ns >= 0;
}

#endif
