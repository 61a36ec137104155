/*
 * driver/outbox.h - what one publication still has to send, in order of decision (D-19).
 *
 * A message goes out at once if nothing waits before it and Aeron takes it; otherwise it is copied and tried again each duty cycle for up to a
 * second, then dropped and counted. A later message never overtakes an earlier one.
 */
#ifndef TPI_DRIVER_OUTBOX_H
#define TPI_DRIVER_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/link.h"

#define TPI_OUTBOX_RETRY_NS INT64_C(1000000000) /* Rule: D-19 */
#define TPI_OUTBOX_MAX_MESSAGES 16384u          /* Rule: D-120 */
#define TPI_OUTBOX_MAX_BYTES (16u * 1024u * 1024u)

typedef enum tpi_outbox_kind {
    TPI_OUT_RESPONSE,
    TPI_OUT_ANNOUNCE,
    TPI_OUT_NOTICE,
    TPI_OUT_CONFIG
} tpi_outbox_kind_t;
#define TPI_OUT_KINDS 4

struct tpi_outbox_message;

typedef struct tpi_outbox {
    tpi_publication_t *publication; /* not owned */
    struct tpi_outbox_message *head, *tail;
    size_t count, bytes;
    uint64_t sent[TPI_OUT_KINDS], dropped[TPI_OUT_KINDS];
} tpi_outbox_t;

void tpi_outbox_init(tpi_outbox_t *outbox, tpi_publication_t *publication);
/** Throw away what waits, uncounted. */
void tpi_outbox_clear(tpi_outbox_t *outbox);
/**
 * Send or queue an encoded message. An announce carries the time of its sending: `stamp_offset` is where (0: no stamp), and `now_ns` is written there
 * at each try (D-75).
 */
void tpi_outbox_send(tpi_outbox_t *outbox, tpi_outbox_kind_t kind, void *data, size_t len,
                     size_t stamp_offset, int64_t now_ns);
/** Try what waits; at most `limit` messages. Returns messages gone, sent or dropped. */
int tpi_outbox_flush(tpi_outbox_t *outbox, int64_t now_ns, int limit);
static inline bool tpi_outbox_is_empty(const tpi_outbox_t *outbox)
{
    return outbox->head == NULL;
}

#endif
