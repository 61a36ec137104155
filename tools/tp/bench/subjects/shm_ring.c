/*
 * tp/bench/subjects/shm_ring.c - a raw ring in shared memory, the least that can carry frames of any size:
 *
 *   stream k, slot i, at k * nslots * stride + i * stride:
 *     offset  0  flag: number of the frame, counted from 1; stored last, with release; 0: none yet
 *     offset  8  stamp, seq, length
 *     offset 64  payload, rounded up to whole lines
 *
 * No lease, no epoch, no seqlock, no descriptor: that is what tensorpool is compared with. Frame n is in slot (n - 1) mod nslots.
 * There are twice as many slots as frames that may be in flight, and the loops keep that window; so nobody writes what is read.
 *
 * `shm-flag` writes the payload in place; `memcpy-ring` has it in a private buffer and copies it in.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

typedef struct slot {
    _Atomic uint64_t flag;
    uint64_t stamp, seq, length;
    char rest[TP_BENCH_LINE - 32];
    uint8_t payload[];
} slot_t;
_Static_assert(sizeof(slot_t) == TP_BENCH_LINE, "one line before the payload");

typedef struct ring {
    uint8_t *slots;
    uint64_t mask;
    size_t stride;
    uint64_t next; /* number of the frame that is written or read next */
    size_t size;
    uint8_t *buffer; /* of the copying sender */
    void *base;
    const tp_bench_file_t *file;
} ring_t;

/* What the parent lays out. */
typedef struct plan {
    tp_bench_file_t file;
    uint64_t nslots; /* a power of two */
    size_t stride;
} plan_t;

static inline slot_t *slot_of(const ring_t *ring, uint64_t number)
{
    return (slot_t *)(ring->slots + ((number - 1) & ring->mask) * ring->stride);
}

static int setup(const tp_bench_cell_t *cell, void **out_shared)
{
    if (cell->window == 0 || (cell->window & (cell->window - 1)) != 0) {
        return tpi_fail(TP_EINVAL, "ring: window of %u frames; expected a power of two",
                        cell->window);
    }
    plan_t *plan = calloc(1, sizeof(*plan));
    if (plan == NULL) {
        return tpi_fail(TP_ENOMEM, "ring");
    }
    plan->nslots = 2 * (uint64_t)cell->window;
    if (plan->nslots < cell->slots) { /* a power of two, too */
        plan->nslots = cell->slots;
    }
    plan->stride = sizeof(slot_t) + tp_bench_lines(cell->size);
    const int rc = tp_bench_file_create(&plan->file, cell, "ring",
                                        plan->stride * plan->nslots * cell->streams);
    if (rc != TP_OK) {
        free(plan);
        return rc;
    }
    *out_shared = plan;
    return TP_OK;
}

static void teardown(const tp_bench_cell_t *cell, void *shared)
{
    (void)cell;
    tp_bench_file_remove(&((plan_t *)shared)->file);
    free(shared);
}

static int open_ring(const tp_bench_cell_t *cell, const plan_t *plan, unsigned stream,
                     bool is_writable, ring_t **out)
{
    ring_t *ring = calloc(1, sizeof(*ring));
    if (ring == NULL) {
        return tpi_fail(TP_ENOMEM, "ring");
    }
    ring->file = &plan->file;
    const int rc = tp_bench_file_map(ring->file, is_writable, &ring->base);
    if (rc != TP_OK) {
        free(ring);
        return rc;
    }
    ring->slots = (uint8_t *)ring->base + stream * plan->nslots * plan->stride;
    ring->mask = plan->nslots - 1;
    ring->stride = plan->stride;
    ring->size = cell->size;
    ring->next = 1;
    *out = ring;
    return TP_OK;
}

static void close_ring(void *self)
{
    ring_t *ring = self;
    tp_bench_file_unmap(ring->file, ring->base);
    free(ring->buffer);
    free(ring);
}

/* ---- sender ---- */

static uint8_t *claim_in_place(void *self)
{
    const ring_t *ring = self;
    return slot_of(ring, ring->next)->payload;
}

static bool publish_in_place(void *self, uint64_t stamp, uint64_t seq)
{
    ring_t *ring = self;
    slot_t *slot = slot_of(ring, ring->next);
    slot->stamp = stamp;
    slot->seq = seq;
    slot->length = ring->size;
    atomic_store_explicit(&slot->flag, ring->next++,
                          memory_order_release); /* pairs with poll_ring */
    return true;
}

static uint8_t *claim_buffer(void *self)
{
    return ((ring_t *)self)->buffer;
}

static bool publish_copy(void *self, uint64_t stamp, uint64_t seq)
{
    const ring_t *ring = self;
    memcpy(slot_of(ring, ring->next)->payload, ring->buffer, ring->size);
    return publish_in_place(self, stamp, seq);
}

static int open_in_place(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         tp_bench_sender_t *out)
{
    ring_t *ring;
    const int rc = open_ring(cell, shared, stream, true, &ring);
    if (rc == TP_OK) {
        *out = (tp_bench_sender_t){
            .self = ring, .claim = claim_in_place, .publish = publish_in_place, .close = close_ring
        };
    }
    return rc;
}

static int open_copying(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                        tp_bench_sender_t *out)
{
    ring_t *ring;
    const int rc = open_ring(cell, shared, stream, true, &ring);
    if (rc != TP_OK) {
        return rc;
    }
    ring->buffer = tp_bench_private_buffer(cell->size);
    if (ring->buffer == NULL) {
        close_ring(ring);
        return tpi_fail(TP_ENOMEM, "memcpy-ring: %zu bytes", cell->size);
    }
    *out = (tp_bench_sender_t){
        .self = ring, .claim = claim_buffer, .publish = publish_copy, .close = close_ring
    };
    return TP_OK;
}

/* ---- receiver ---- */

static bool poll_ring(void *self, tp_bench_message_t *out)
{
    ring_t *ring = self;
    const slot_t *slot = slot_of(ring, ring->next);
    /* pairs with publish_in_place */
    const uint64_t flag = atomic_load_explicit(&slot->flag, memory_order_acquire);
    if (flag < ring->next) {
        return false;
    }
    /* A later round's number means that frames were overwritten unread: go on from here, they count as lost. */
    ring->next = flag + 1;
    out->data = slot->payload;
    out->stamp = slot->stamp;
    out->seq = slot->seq;
    return true;
}

static bool release(void *self)
{
    (void)self;
    return true;
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    (void)consumer;
    ring_t *ring;
    const int rc = open_ring(cell, shared, stream, false, &ring);
    if (rc != TP_OK) {
        return rc;
    }
    /* What is there was published before: behind the newest. The sender has no counter that it would have to store per frame. */
    for (uint64_t i = 0; i <= ring->mask; i++) {
        const slot_t *slot = (const slot_t *)(ring->slots + i * ring->stride);
        const uint64_t flag = atomic_load_explicit(&slot->flag, memory_order_acquire);
        if (flag >= ring->next) {
            ring->next = flag + 1;
        }
    }
    *out = (tp_bench_receiver_t){
        .self = ring, .poll = poll_ring, .release = release, .close = close_ring
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_shm_flag = {
    .name = "shm-flag",
    .help =
        "floor: a raw ring in shared memory, written in place, a flag per slot stored with release",
    .setup = setup,
    .teardown = teardown,
    .open_sender = open_in_place,
    .open_receiver = open_receiver,
};

const tp_bench_subject_t tp_bench_subject_memcpy_ring = {
    .name = "memcpy-ring",
    .help = "floor: the same ring, the payload copied into it from a private buffer with memcpy",
    .is_copying = true,
    .setup = setup,
    .teardown = teardown,
    .open_sender = open_copying,
    .open_receiver = open_receiver,
};
