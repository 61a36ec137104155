#include "driver/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

typedef struct tpi_outbox_message {
    struct tpi_outbox_message *next;
    tpi_outbox_kind_t kind;
    size_t stamp_offset;
    int64_t queued_ns;
    size_t len;
    uint8_t data[];
} message_t;

void tpi_outbox_init(tpi_outbox_t *outbox, tpi_publication_t *publication)
{
    *outbox = (tpi_outbox_t){ .publication = publication };
}

static void drop_head(tpi_outbox_t *outbox)
{
    message_t *message = outbox->head;
    outbox->head = message->next;
    if (outbox->head == NULL) {
        outbox->tail = NULL;
    }
    outbox->count--;
    outbox->bytes -= message->len;
    free(message);
}

void tpi_outbox_clear(tpi_outbox_t *outbox)
{
    while (outbox->head != NULL) {
        drop_head(outbox);
    }
}

/* Rule: D-75 - stamped when sent; Rule: D-18 - offer, since these may be longer than one fragment. */
static tpi_send_t try_send(tpi_outbox_t *outbox, void *data, size_t len, size_t stamp_offset,
                           int64_t now_ns)
{
    if (stamp_offset != 0) {
        tpi_put_u64((uint8_t *)data + stamp_offset, (uint64_t)now_ns);
    }
    return tpi_publication_offer(outbox->publication, data, len);
}

static bool queue(tpi_outbox_t *outbox, tpi_outbox_kind_t kind, const void *data, size_t len,
                  size_t stamp_offset, int64_t now_ns)
{
    if (outbox->count >= TPI_OUTBOX_MAX_MESSAGES ||
        len > TPI_OUTBOX_MAX_BYTES - outbox->bytes) { /* Rule: D-120 */
        return false;
    }
    message_t *message = malloc(sizeof(*message) + len);
    if (message == NULL) {
        return false;
    }
    *message =
        (message_t){ .kind = kind, .stamp_offset = stamp_offset, .queued_ns = now_ns, .len = len };
    memcpy(message->data, data, len);
    if (outbox->tail == NULL) {
        outbox->head = message;
    } else {
        outbox->tail->next = message;
    }
    outbox->tail = message;
    outbox->count++;
    outbox->bytes += len;
    return true;
}

/* Rule: D-19 */
void tpi_outbox_send(tpi_outbox_t *outbox, tpi_outbox_kind_t kind, void *data, size_t len,
                     size_t stamp_offset, int64_t now_ns)
{
    tpi_send_t result = TPI_SEND_BACK_PRESSURED;
    if (tpi_outbox_is_empty(outbox)) {
        result = try_send(outbox, data, len, stamp_offset, now_ns);
    }
    if (result == TPI_SEND_OK) {
        outbox->sent[kind]++;
    } else if (result == TPI_SEND_ERROR || !queue(outbox, kind, data, len, stamp_offset, now_ns)) {
        outbox->dropped[kind]++;
    }
}

int tpi_outbox_flush(tpi_outbox_t *outbox, int64_t now_ns, int limit)
{
    int gone = 0;
    while (outbox->head != NULL && gone < limit) {
        message_t *message = outbox->head;
        const tpi_send_t result =
            try_send(outbox, message->data, message->len, message->stamp_offset, now_ns);
        if (result == TPI_SEND_OK) {
            outbox->sent[message->kind]++;
        } else if (result == TPI_SEND_ERROR || now_ns - message->queued_ns >= TPI_OUTBOX_RETRY_NS) {
            outbox->dropped[message->kind]++;
        } else {
            break;
        }
        drop_head(outbox);
        gone++;
    }
    return gone;
}
