/*
 * tp/bench/subjects/cacheline.c - the floor below all floors: one cache line that one core writes and another reads.
 *
 *   offset  0  flag, how many were published; stored last, with release
 *   offset  8  stamp
 *   offset 16  seq
 *   offset 64  the payload, in lines of its own: whoever does not touch it moves one line from core to core and nothing else
 *
 * Nothing holds a second frame, so it takes a window of one; a frame that was overwritten unseen is lost. Streams lie two lines
 * and a payload apart, since processors fetch lines in pairs.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fail.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

typedef struct line {
    _Atomic uint64_t flag;
    uint64_t stamp, seq;
    char rest[TP_BENCH_LINE - 24];
    uint8_t payload[];
} line_t;
_Static_assert(sizeof(line_t) == TP_BENCH_LINE, "one line");

typedef struct sender {
    line_t *line;
    uint64_t published;
    void *base;
    const tp_bench_file_t *file;
} sender_t;

typedef struct receiver {
    const line_t *line;
    uint64_t seen;
    void *base;
    const tp_bench_file_t *file;
} receiver_t;

static size_t stream_bytes(const tp_bench_cell_t *cell)
{
    const size_t pair = 2 * TP_BENCH_LINE;
    return (sizeof(line_t) + cell->size + pair - 1) / pair * pair;
}

static int setup(const tp_bench_cell_t *cell, void **out_shared)
{
    return tp_bench_file_share(cell, "cacheline", stream_bytes(cell) * cell->streams, out_shared);
}

static uint8_t *claim(void *self)
{
    return ((sender_t *)self)->line->payload;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    line_t *line = sender->line;
    line->stamp = stamp;
    line->seq = seq;
    /* pairs with poll */
    atomic_store_explicit(&line->flag, ++sender->published, memory_order_release);
    return true;
}

static bool poll_line(void *self, tp_bench_message_t *out)
{
    receiver_t *receiver = self;
    const line_t *line = receiver->line;
    const uint64_t flag =
        atomic_load_explicit(&line->flag, memory_order_acquire); /* pairs with publish */
    if (flag == receiver->seen) {
        return false;
    }
    receiver->seen = flag;
    out->data = line->payload;
    out->stamp = line->stamp;
    out->seq = line->seq;
    return true;
}

/* One frame is in flight: nobody writes before it was used. */
static bool release(void *self)
{
    (void)self;
    return true;
}

static void close_sender(void *self)
{
    sender_t *sender = self;
    tp_bench_file_unmap(sender->file, sender->base);
    free(sender);
}

static void close_receiver(void *self)
{
    receiver_t *receiver = self;
    tp_bench_file_unmap(receiver->file, receiver->base);
    free(receiver);
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    sender_t *sender = calloc(1, sizeof(*sender));
    if (sender == NULL) {
        return tpi_fail(TP_ENOMEM, "cacheline: sender");
    }
    sender->file = shared;
    const int rc = tp_bench_file_map(sender->file, true, &sender->base);
    if (rc != TP_OK) {
        free(sender);
        return rc;
    }
    sender->line = (line_t *)((uint8_t *)sender->base + stream * stream_bytes(cell));
    *out = (tp_bench_sender_t){
        .self = sender, .claim = claim, .publish = publish, .close = close_sender
    };
    return TP_OK;
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    (void)consumer;
    receiver_t *receiver = calloc(1, sizeof(*receiver));
    if (receiver == NULL) {
        return tpi_fail(TP_ENOMEM, "cacheline: receiver");
    }
    receiver->file = shared;
    const int rc = tp_bench_file_map(receiver->file, false, &receiver->base);
    if (rc != TP_OK) {
        free(receiver);
        return rc;
    }
    receiver->line =
        (const line_t *)((const uint8_t *)receiver->base + stream * stream_bytes(cell));
    receiver->seen = atomic_load_explicit(&receiver->line->flag, memory_order_acquire);
    *out = (tp_bench_receiver_t){
        .self = receiver, .poll = poll_line, .release = release, .close = close_receiver
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_cacheline = {
    .name = "cacheline",
    .help =
        "floor: one cache line from core to core, a flag stored with release; takes a window of 1",
    .setup = setup,
    .teardown = tp_bench_file_unshare,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};
