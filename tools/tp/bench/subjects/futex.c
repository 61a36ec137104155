/*
 * tp/bench/subjects/futex.c - the floor of being woken: a flag in shared memory on which the reader sleeps.
 *
 * The sender stores the flag and makes one futex call each time; the reader waits in the kernel until the flag is another
 * one than it has seen. What is left is the kernel, and the processor that has to be started again.
 */
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

#define SLEEP_MAX_NS 20000000

/* The next payload may be written while the last one is read. */
#define SLOTS 8u

typedef struct bell {
    _Atomic uint32_t flag; /* frames published */
    struct {
        uint64_t stamp, seq;
    } heads[SLOTS];
    _Alignas(TP_BENCH_LINE) uint8_t payloads[];
} bell_t;

typedef struct peer {
    bell_t *bell;
    uint32_t seen; /* flag of the last frame, published or read */
    size_t slot_bytes;
    void *base;
    const tp_bench_file_t *file;
} peer_t;

static size_t slot_bytes(const tp_bench_cell_t *cell)
{
    return (cell->size + TP_BENCH_LINE - 1) / TP_BENCH_LINE * TP_BENCH_LINE;
}

static size_t bell_bytes(const tp_bench_cell_t *cell)
{
    return sizeof(bell_t) + SLOTS * slot_bytes(cell);
}

static int setup(const tp_bench_cell_t *cell, void **out_shared)
{
    return tp_bench_file_share(cell, "futex", bell_bytes(cell) * cell->streams, out_shared);
}

static uint8_t *claim(void *self)
{
    peer_t *peer = self;
    return peer->bell->payloads + peer->seen % SLOTS * peer->slot_bytes;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    peer_t *peer = self;
    bell_t *bell = peer->bell;
    bell->heads[peer->seen % SLOTS].stamp = stamp;
    bell->heads[peer->seen % SLOTS].seq = seq;
    /* pairs with poll_bell */
    atomic_store_explicit(&bell->flag, ++peer->seen, memory_order_release);
    (void)syscall(SYS_futex, &bell->flag, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    return true;
}

static bool poll_bell(void *self, tp_bench_message_t *out)
{
    peer_t *peer = self;
    bell_t *bell = peer->bell;
    uint32_t flag = atomic_load_explicit(&bell->flag, memory_order_acquire);
    if (flag == peer->seen) {
        const struct timespec most = { .tv_nsec = SLEEP_MAX_NS };
        (void)syscall(SYS_futex, &bell->flag, FUTEX_WAIT, peer->seen, &most, NULL, 0);
        flag = atomic_load_explicit(&bell->flag, memory_order_acquire); /* pairs with publish */
    }
    if (flag == peer->seen) {
        return false;
    }
    /* The one before `flag`; those between are lost, which shows in seq. */
    peer->seen = flag;
    const uint32_t slot = (flag - 1) % SLOTS;
    *out = (tp_bench_message_t){ .data = bell->payloads + slot * peer->slot_bytes,
                                 .stamp = bell->heads[slot].stamp,
                                 .seq = bell->heads[slot].seq };
    return true;
}

/* At most SLOTS - 1 frames are in flight. */
static bool release(void *self)
{
    (void)self;
    return true;
}

static void close_peer(void *self)
{
    peer_t *peer = self;
    tp_bench_file_unmap(peer->file, peer->base);
    free(peer);
}

static int open_peer(const tp_bench_cell_t *cell, void *shared, unsigned stream, peer_t **out)
{
    peer_t *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return tpi_fail(TP_ENOMEM, "futex: peer");
    }
    peer->file = shared;
    peer->slot_bytes = slot_bytes(cell);
    /* Writable on both sides: the kernel finds a futex of a file by its page. */
    const int rc = tp_bench_file_map(peer->file, true, &peer->base);
    if (rc != TP_OK) {
        free(peer);
        return rc;
    }
    peer->bell = (bell_t *)(void *)((uint8_t *)peer->base + stream * bell_bytes(cell));
    peer->seen = atomic_load_explicit(&peer->bell->flag, memory_order_acquire);
    *out = peer;
    return TP_OK;
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    peer_t *peer = NULL;
    const int rc = open_peer(cell, shared, stream, &peer);
    if (rc == TP_OK) {
        *out = (tp_bench_sender_t){
            .self = peer, .claim = claim, .publish = publish, .close = close_peer
        };
    }
    return rc;
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    peer_t *peer = NULL;
    const int rc = open_peer(cell, shared, stream, &peer);
    (void)consumer;
    if (rc == TP_OK) {
        *out = (tp_bench_receiver_t){
            .self = peer, .poll = poll_bell, .release = release, .close = close_peer
        };
    }
    return rc;
}

const tp_bench_subject_t tp_bench_subject_futex = {
    .name = "futex",
    .help = "floor of being woken: a flag, and a futex call for each frame; takes a window of less "
            "than 8",
    .blocks = true,
    .setup = setup,
    .teardown = tp_bench_file_unshare,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};
