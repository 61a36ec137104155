/*
 * tools/tp/regions/region_view.h - look into a region file from outside: read-only, without mapping, without asking anybody, whatever state
 * its owner is in. What is found is described, and what breaks a rule is named.
 */
#ifndef TP_REGION_VIEW_H
#define TP_REGION_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shm/slot.h"
#include "shm/superblock.h"

enum { TP_VIEW_FAULTS = 12, TP_VIEW_FAULT_LEN = 160 };

typedef struct tp_region_view {
    int fd;
    uint64_t file_bytes;
    mode_t mode; /* permission bits */
    bool has_superblock;
    tpi_superblock_t superblock;
    uint64_t needed_bytes; /* what the superblock calls for; 0: not computable */
    bool owner_alive;      /* a process with the superblock's pid exists */
    size_t nfaults;
    char faults[TP_VIEW_FAULTS][TP_VIEW_FAULT_LEN];
} tp_region_view_t;

/** Open and judge. Faults are no errors: TP_OK with nfaults > 0. TP_ENOENT, TP_EACCES, TP_EIO, TP_EPATH (no regular file). */
int tp_region_view_open(tp_region_view_t *out, const char *path);
/** The same for a descriptor, which the view takes over, also on failure. */
int tp_region_view_open_fd(tp_region_view_t *out, int fd, const char *path);
void tp_region_view_close(tp_region_view_t *view);

typedef struct tp_slot_view {
    uint32_t index;
    uint64_t word;
    uint64_t seq;
    enum {
        TP_SLOT_EMPTY,
        TP_SLOT_IN_PROGRESS,
        TP_SLOT_COMMITTED,
        TP_SLOT_MOVING
    } state; /* MOVING: rewritten while read */
    bool has_header;
    tpi_slot_header_t header;
    tpi_slot_verdict_t verdict; /* of committed ones */
} tp_slot_view_t;

typedef struct tp_ring_view {
    uint32_t committed, in_progress, empty, moving, refused;
    bool has_seq;
    uint64_t oldest_seq, newest_seq; /* of committed slots */
    tp_slot_view_t *slots;           /* the newest `nslots` by seq, newest first; caller frees */
    size_t nslots;
} tp_ring_view_t;

/** Walk a header ring. Only what the file really holds is read. TP_ENOMEM, TP_EIO, TP_ELAYOUT (it is no ring). */
int tp_ring_view_read(tp_ring_view_t *out, const tp_region_view_t *view, size_t newest);

const char *tp_slot_state_name(const tp_slot_view_t *slot);
/** "ok", "odd", "changed", "identity", "header", "payload". */
const char *tp_slot_verdict_name(tpi_slot_verdict_t verdict);

#endif
