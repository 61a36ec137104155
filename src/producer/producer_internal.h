/*
 * producer/producer_internal.h - what a producer offers to roles that publish frames of elsewhere.
 */
#ifndef TPI_PRODUCER_INTERNAL_H
#define TPI_PRODUCER_INTERNAL_H

#include "client/attachment.h"
#include "tensorpool/producer.h"

/** The first half of tp_producer_destroy: unmap and begin to detach, without waiting for the
 * answer. */
void tpi_producer_close(tp_producer_t *producer, int64_t now_ns);
/** Its lease, to look at: state, reason, epoch. */
const tpi_attachment_t *tpi_producer_attachment(const tp_producer_t *producer);

#endif
