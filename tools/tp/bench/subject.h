/*
 * tp/bench/subject.h - something that carries frames from one process to others: tensorpool, the floors
 * and the rivals, all driven by the same loops (loops.c) so that only the subject differs.
 *
 * Order of a cell: setup (parent, before any fork) -> open_sender in the sender's process -> open_receiver
 * in each receiver's process, once the sender is open -> loops -> close in each process -> teardown
 * (parent, after all processes ended, also when they were killed).
 *
 * Calls of a peer come from its one process and thread. claim .. release are inside what is measured and
 * do nothing that the subject does not need; housekeep is what its users have to call now and then.
 */
#ifndef TP_BENCH_SUBJECT_H
#define TP_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a subject needs to know of the cell it works in. */
typedef struct tp_bench_cell {
    const char *dir; /* in shared memory, this run's own; files below it are removed with the run */
    const char *aeron_dir; /* of the run's media driver (and SHM driver) */
    unsigned id;           /* unique within the run: for names, stream ids, ports */
    size_t size;           /* payload bytes of every frame */
    unsigned consumers;
    unsigned streams;
    unsigned window; /* frames in flight at most; a power of two */
    unsigned slots;  /* of tensorpool's rings for this size; a floor's ring has as many */
    bool never_wake; /* tensorpool: the producer wakes nobody */
    unsigned
        idle_streams; /* tensorpool: more producers in the sender's process, which stay silent */
    bool
        /* consumers; false: more spinners than cores, blocking or yielding is asked for */
        can_spin;
} tp_bench_cell_t;

typedef struct tp_bench_sender {
    void *self;
    /**
     * Where to write the next payload of cell->size bytes: the place where the receiver reads it, or, for
     * a copying subject, the same private buffer each time. NULL: not now; housekeep, then again.
     */
    uint8_t *(*claim)(void *self);
    /** Make it visible, with 16 bytes of ours beside it. False: not taken; housekeep, then again. */
    bool (*publish)(void *self, uint64_t stamp, uint64_t seq);
    void (*housekeep)(void *self); /* may be NULL */
    void (*close)(void *self);
} tp_bench_sender_t;

typedef struct tp_bench_message {
    const uint8_t *data; /* cell->size bytes, valid until release */
    uint64_t stamp, seq;
} tp_bench_message_t;

typedef struct tp_bench_receiver {
    void *self;
    /** True and *out if there is a message. Does not block, unless the subject says so. */
    bool (*poll)(void *self, tp_bench_message_t *out);
    /** After use. False: it did not hold still while it was read. */
    bool (*release)(void *self);
    void (*housekeep)(void *self); /* may be NULL */
    void (*close)(void *self);
} tp_bench_receiver_t;

typedef struct tp_bench_subject {
    const char *name;
    const char *help;       /* one line for the legend */
    size_t max_size;        /* largest payload it carries; 0: any */
    unsigned max_consumers; /* 0: any */
    bool needs_drivers;     /* the media driver and the SHM driver of a run */
    bool has_threads; /* of its own: they are not pinned to the core of whoever waits for them */
    bool blocks;      /* poll sleeps until there is a message, for at most 20 ms */
    bool is_copying;  /* claim hands out a private buffer, publish copies */
    /* Up to this size a frame is a message: claiming, writing and publishing it is one hand-off, and nobody
     * would write such a payload ahead. 0: none is. */
    size_t message_size;
    /** Parent: things that processes inherit. May be NULL. TP_OK or TP_E* with a text. */
    int (*setup)(const tp_bench_cell_t *cell, void **out_shared);
    void (*teardown)(const tp_bench_cell_t *cell, void *shared);
    /** `stream` counts from 0 to cell->streams - 1. Blocks until frames can go, for at most some seconds. */
    int (*open_sender)(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out);
    /** `consumer` counts from 0. When it returns, it misses no frame published from then on. */
    int (*open_receiver)(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out);
} tp_bench_subject_t;

/** Every subject of this build, floors first; ends with NULL. */
extern const tp_bench_subject_t *const tp_bench_subjects[];
/** By name; NULL if this build does not have it. */
const tp_bench_subject_t *tp_bench_subject(const char *name);

#endif
