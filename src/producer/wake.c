#include "producer/wake.h"

#include <stdio.h>

#include "base/bytes.h"
#include "client/client_internal.h"
#include "link/counters.h"

static _Atomic int64_t nobody = TPI_WAKE_NEVER;
static _Atomic int64_t *const nobodys_word = &nobody;

void tpi_producer_wake_init(tpi_producer_wake_t *wake, bool never)
{
    *wake = (tpi_producer_wake_t){ .word = &nobodys_word };
    wake->is_willing = !never && tpi_wake_register();
}

static void open_counter(tpi_producer_wake_t *wake, const tpi_attachment_t *attachment,
                         uint64_t epoch)
{
    uint8_t key[16]; /* link/counters.h */
    char label[128];
    tp_client_t *client = attachment->client;
    if (client->wake_counters >= TPI_WAKE_COUNTERS_MAX) {
        return; /* consumers poll; tried again with the next tick */
    }
    wake->epoch = epoch;
    wake->client_id = attachment->client_id;
    tpi_put_u32(key, attachment->stream_id);
    tpi_put_u64(key + 4, epoch);
    tpi_put_u32(key + 12, attachment->client_id);
    (void)snprintf(label, sizeof label, "tp-producer wake: stream=%u client=%u",
                   attachment->stream_id, attachment->client_id);
    if (tpi_link_add_counter(client->link, &wake->counter, TPI_COUNTER_WAKE, key, sizeof key,
                             label) != TP_OK) {
        wake->counter = NULL; /* as above */
        return;
    }
    client->wake_counters++;
    wake->counted_by = client;
    /* Before it is shared: what consumers see of it first is that they may sleep. */
    tpi_counter_set(wake->counter, TPI_WAKE_AWAKE);
    wake->word = tpi_counter_word(wake->counter);
}

void tpi_producer_wake_tick(tpi_producer_wake_t *wake, const tpi_attachment_t *attachment,
                            uint64_t epoch)
{
    if (wake->counter != NULL &&
        (epoch != wake->epoch || attachment->client_id != wake->client_id)) {
        tpi_producer_wake_fini(wake);
    }
    if (wake->counter == NULL) {
        if (wake->is_willing && epoch != 0) {
            open_counter(wake, attachment, epoch);
        }
        return;
    }
    /* Anybody can write there. Without this, what a stranger left would keep consumers from sleeping
     * for good. */
    int64_t value = tpi_counter_get(wake->counter);
    if (value != TPI_WAKE_AWAKE && value != TPI_WAKE_ASLEEP) {
        (void)atomic_compare_exchange_strong_explicit(*wake->word, &value, TPI_WAKE_AWAKE,
                                                      memory_order_relaxed, memory_order_relaxed);
    }
}

void tpi_producer_wake_end(tpi_producer_wake_t *wake)
{
    if (wake->counter == NULL) {
        return;
    }
    _Atomic int64_t *word = *tpi_counter_word(wake->counter);
    /* First the value, so that nobody falls asleep behind the call. */
    if (atomic_exchange_explicit(word, TPI_WAKE_NEVER, memory_order_acq_rel) == TPI_WAKE_ASLEEP) {
        (void)tpi_wake_all(word);
    }
    wake->word = &nobodys_word;
}

void tpi_producer_wake_fini(tpi_producer_wake_t *wake)
{
    tpi_producer_wake_end(wake);
    if (wake->counter != NULL) {
        wake->counted_by->wake_counters--;
    }
    tpi_counter_close(wake->counter);
    wake->counter = NULL;
    wake->epoch = 0;
}
