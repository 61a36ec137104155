#include "producer/orphans.h"

#include <stdlib.h>
#include <string.h>

struct tpi_orphans {
    tpi_orphans_t *next;
    uint64_t epoch;
    uint64_t open; /* bit seq % TP_MAX_CLAIMS */
    tpi_mapping_t mapping;
};

_Static_assert(TP_MAX_CLAIMS <= 64, "a bit for each claim");

static uint64_t bit_of(uint64_t seq)
{
    return UINT64_C(1) << (seq % TP_MAX_CLAIMS);
}

static uint64_t open_claims(const tpi_ring_writer_t *writer)
{
    uint64_t open = 0;
    for (uint64_t seq = writer->next_announce; seq < writer->next_seq; seq++) {
        const tpi_ring_claim_t *claim = &writer->claims[seq % TP_MAX_CLAIMS];
        open |= claim->state == TPI_CLAIM_OPEN ? bit_of(seq) : 0;
    }
    return open;
}

void tpi_orphans_take(tpi_orphans_t **orphans, const tpi_ring_writer_t *writer,
                      tpi_mapping_t *mapping)
{
    const uint64_t open = open_claims(writer);
    if (open == 0) {
        tpi_mapping_close(mapping);
        return;
    }
    tpi_region_close(&mapping->ring);
    for (size_t i = 0; i < mapping->npools; i++) {
        tpi_region_blank(&mapping->pools[i]);
    }
    tpi_orphans_t *orphan = malloc(sizeof *orphan);
    if (orphan != NULL) { /* else the blank memory, untouched as it is, stays for good */
        orphan->next = *orphans;
        orphan->epoch = writer->epoch;
        orphan->open = open;
        orphan->mapping = *mapping;
        *orphans = orphan;
    }
    memset(mapping, 0, sizeof *mapping);
}

static void drop(tpi_orphans_t **link)
{
    tpi_orphans_t *orphan = *link;
    *link = orphan->next;
    tpi_mapping_close(&orphan->mapping);
    free(orphan);
}

void tpi_orphans_settle(tpi_orphans_t **orphans, const tp_claim_t *claim)
{
    for (tpi_orphans_t **link = orphans; *link != NULL; link = &(*link)->next) {
        if ((*link)->epoch != claim->epoch) {
            continue;
        }
        (*link)->open &= ~bit_of(claim->seq);
        if ((*link)->open == 0) {
            drop(link);
        }
        return;
    }
}

void tpi_orphans_free(tpi_orphans_t **orphans)
{
    while (*orphans != NULL) {
        drop(orphans);
    }
}
