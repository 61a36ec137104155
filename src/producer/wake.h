/*
 * producer/wake.h - the producer's side of waking sleeping consumers: an Aeron counter
 * (TPI_COUNTER_WAKE) of the lease and epoch, whose value is a wake word (base/wake.h).
 *
 * The counter is opened and closed from the role's tick, because link handles may not be touched
 * inside message handlers. Until it is ready, and for a producer that does not want to, the word
 * looked at is one that nobody else sees. All of one thread.
 */
#ifndef TPI_PRODUCER_WAKE_H
#define TPI_PRODUCER_WAKE_H

#include "base/wake.h"
#include "client/attachment.h"

/* Producers of one client that have such a counter; who sleeps for the others polls. A media driver has 8192 counters by
 * default, for all its clients: a process with thousands of producers must not take them from the others. More than the
 * role counters' 64, because they are only looked at, while without this one a consumer cannot sleep. */
#define TPI_WAKE_COUNTERS_MAX 1024

typedef struct tpi_producer_wake {
    _Atomic int64_t *const *word; /* never NULL, nor what it points at */
    tpi_counter_t *counter;       /* NULL: none */
    tp_client_t *counted_by;      /* whose counter it is */
    uint64_t epoch;               /* of the counter */
    uint32_t client_id;
    bool is_willing;
} tpi_producer_wake_t;

/** `never`: no counter, no call. Else registers the process with the kernel, and is as if `never`
 * where that fails. */
void tpi_producer_wake_init(tpi_producer_wake_t *wake, bool never);

/** From the role's tick, which comes when the lease changes and with the role's counters, ten times a
 * second: have the counter of this lease and epoch (0: of none), with a value that means something. */
void tpi_producer_wake_tick(tpi_producer_wake_t *wake, const tpi_attachment_t *attachment,
                            uint64_t epoch);

/** The epoch is over: wake who sleeps, and let nobody fall asleep on this counter again. */
void tpi_producer_wake_end(tpi_producer_wake_t *wake);

/** Close the counter. The link must still be there. */
void tpi_producer_wake_fini(tpi_producer_wake_t *wake);

/** After a commit or an abort. One load and one branch while nobody sleeps, else one system call,
 * which does not block. */
static inline void tpi_producer_wake(tpi_producer_wake_t *wake)
{
    tpi_wake(*wake->word);
}

#endif
