/*
 * producer/orphans.h - claims that were open when their lease was lost.
 *
 * Whoever fills a claimed slot - a camera SDK's thread, a device - learns of a loss later than we do,
 * but the regions must not be touched from then on. So the payload pools of such claims are exchanged
 * for private memory at the same addresses, which stays until each of these claims was committed or
 * aborted (both say TP_ESTATE), or the producer is destroyed.
 */
#ifndef TPI_PRODUCER_ORPHANS_H
#define TPI_PRODUCER_ORPHANS_H

#include "producer/ring_writer.h"

typedef struct tpi_orphans tpi_orphans_t;

/** Take the mapping over and close it, or, when the writer has open claims, blank it and keep what
 * they need. *orphans is NULL at first. The mapping is zeroed. */
void tpi_orphans_take(tpi_orphans_t **orphans, const tpi_ring_writer_t *writer,
                      tpi_mapping_t *mapping);
/** A void claim is handed back. */
void tpi_orphans_settle(tpi_orphans_t **orphans, const tp_claim_t *claim);
void tpi_orphans_free(tpi_orphans_t **orphans);

#endif
