/*
 * tp/bench/rows.h - what a benchmark run is made of, and what comes out of it.
 *
 * A row is one line of the result: a subject (tensorpool, its floor or a rival) doing one thing. Each
 * round runs every row once, in an order drawn anew, so that whatever else the machine does meanwhile
 * hits all of them alike; a round gives each row one sample. A row's figure is the median over its
 * samples, and a ratio of two rows is the median of the ratios within the rounds: a round in which the
 * machine was slow is slow for both.
 *
 * Everything that prints (table, JSON, HTML) reads these structs and nothing else.
 */
#ifndef TP_BENCH_ROWS_H
#define TP_BENCH_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TP_BENCH_MAX_ROUNDS 64
#define TP_BENCH_MAX_ROWS 512
#define TP_BENCH_MAX_TARGETS 64
#define TP_BENCH_NONE (-1)

/* What a row measures; also the sections of the report, in this order. */
#define TP_BENCH_GROUP_LIST(X)                                                                     \
    X(HANDOFF, "hand-off",                                                                         \
      "from publish to readable, one frame in flight, payload written before")                     \
    X(RATE, "fixed rate", "the same at a fixed rate, counted from when each frame was due")        \
    X(TRANSFER, "transfer",                                                                        \
      "every byte written and every byte read, a window of frames in flight")                      \
    X(SEND_COST, "producer's cost", "claim + commit, in batches, payload apart")                   \
    X(RECV_COST, "consumer's cost", "poll + checks of frames that wait, payload apart")            \
    X(COPY, "copying", "offer of a private buffer into the ring, one process")                     \
    X(ATTACH, "attach", "from create to ready, or to the first frame")                             \
    X(SLEEP, "sleeping consumer", "from publish to readable, the consumer asleep")                 \
    X(DRIVER, "driver", "the SHM driver's own work and memory")                                    \
    X(BRIDGE, "bridge",                                                                            \
      "frames over loopback UDP, two in flight; from one that arrived to the next")

typedef enum tp_bench_group {
#define TP_BENCH_GROUP_ENUM(NAME, name, help) TP_BENCH_##NAME,
    TP_BENCH_GROUP_LIST(TP_BENCH_GROUP_ENUM)
#undef TP_BENCH_GROUP_ENUM
        TP_BENCH_GROUPS
} tp_bench_group_t;

const char *tp_bench_group_name(tp_bench_group_t group); /* "hand-off"; static */
const char *tp_bench_group_help(tp_bench_group_t group);

/* The figures of a sample; all are doubles so that one piece of code can rank, divide and print them. */
#define TP_BENCH_FIGURE_LIST(X)                                                                    \
    X(P50, "p50")                                                                                  \
    X(P90, "p90")                                                                                  \
    X(P99, "p99")                                                                                  \
    X(P999, "p99.9")                                                                               \
    X(MAX, "max")                                                                                  \
    X(MEAN, "mean")                                                                                \
    X(FRAMES_PER_S, "frames/s")                                                                    \
    X(BYTES_PER_S, "bytes/s")                                                                      \
    X(CPU_NS, "cpu ns/frame")                                                                      \
    X(FAULTS, "faults/frame")

typedef enum tp_bench_figure {
#define TP_BENCH_FIGURE_ENUM(NAME, name) TP_BENCH_FIGURE_##NAME,
    TP_BENCH_FIGURE_LIST(TP_BENCH_FIGURE_ENUM)
#undef TP_BENCH_FIGURE_ENUM
        TP_BENCH_FIGURES
} tp_bench_figure_t;

const char *tp_bench_figure_name(tp_bench_figure_t figure);

/**
 * One round's result of one row. P50..MEAN are in the row's unit. A figure that the row does not
 * have is NaN.
 */
typedef struct tp_bench_sample {
    double figures[TP_BENCH_FIGURES];
    uint64_t frames; /* measured, over all consumers */
    uint64_t lost;   /* of them, never seen by a consumer */
    uint64_t torn;   /* overwritten while they were read, or with wrong bytes */
    double
        distance_ns; /* a cache line from core to core meanwhile; 0: not known, NaN: it changed */
} tp_bench_sample_t;

struct tp_bench_run;
typedef struct tp_bench_row tp_bench_row_t;

/** Run the row once. TP_OK and a complete sample, or TP_E* with a text (tp_errmsg). */
typedef int (*tp_bench_row_fn_t)(struct tp_bench_run *run, const tp_bench_row_t *row,
                                 tp_bench_sample_t *out_sample);

struct tp_bench_row {
    tp_bench_group_t group;
    char subject[32]; /* "tensorpool", "shm-flag", "zeromq" */
    char detail[64];  /* what size, consumers, streams and rate do not say; may be "" */
    size_t size;      /* payload bytes of a frame; 0: does not apply */
    unsigned consumers, streams;
    double rate_hz;   /* 0: as fast as it goes */
    const char *unit; /* of P50..MEAN: "ns", "bytes"; static */
    const char *note; /* what a reader must know to read the row; static, may be NULL */
    int floor;        /* row it is shown as a ratio to, TP_BENCH_NONE */
    tp_bench_figure_t
        floor_figure; /* which figure is divided (P50, or BYTES_PER_S for transfers) */

    tp_bench_row_fn_t measure;
    const void *plan; /* measure's own; outlives the run */

    tp_bench_sample_t samples[TP_BENCH_MAX_ROUNDS];
    unsigned nsamples;
    char failure[256]; /* why it has none or too few; "" */
};

/** A promise, and what was measured. */
typedef struct tp_bench_target {
    char text[160]; /* "publish -> readable, 1 MiB, p50" */
    int row;        /* TP_BENCH_NONE: not measured in this run */
    int base; /* row it is divided by; TP_BENCH_NONE: `limit` is absolute, in the row's unit */
    tp_bench_figure_t figure, base_figure;
    double factor; /* the base is multiplied by it first, 0 means 1 */
    double limit;
    bool is_every_round; /* "never", "0", "within": the worst round counts, not the median */
    bool is_difference;  /* row less base, in the row's unit, not a multiple of it */
    bool is_minimum;     /* at least `limit`; else at most */
} tp_bench_target_t;

typedef struct tp_bench_machine {
    char cpu[96];
    char kernel[96];
    unsigned cpus; /* that this process may use */
    int sender_cpu, receiver_cpu;
    char clock[64];       /* "TSC, 2.600 GHz", or "CLOCK_MONOTONIC" */
    double clock_cost_ns; /* of one reading */
    char thp[64];         /* transparent huge pages: what the kernel says for shared memory */
    char memory[96];      /* what was in force for the pools: prefault, huge pages */
    char page_policy[96];
    double idle_stalls_per_s; /* a spinning process was off its core for more than 5 us */
    double idle_stall_ns;     /* mean length of those */
    double foreign_cpu;       /* share of all cores that others used during the run, 0..1 */
} tp_bench_machine_t;

typedef struct tp_bench_results {
    tp_bench_row_t *rows; /* TP_BENCH_MAX_ROWS of them, heap */
    int nrows;
    tp_bench_target_t targets[TP_BENCH_MAX_TARGETS];
    int ntargets;
    tp_bench_machine_t machine;
    char warnings[16][200]; /* what this machine, or this run, cannot show */
    int nwarnings;
    unsigned rounds; /* complete ones */
    double seconds;  /* the run took */
    double
        /* of a cell: at least so long it runs before it counts, and two laps of its ring */
        warm_ns;
    double measure_ns; /* and then for so long, longer at slow rates */
    char version[32];
    char started[32]; /* ISO 8601, UTC */
} tp_bench_results_t;

int tp_bench_results_init(tp_bench_results_t *results); /* TP_OK, TP_ENOMEM */
void tp_bench_results_fini(tp_bench_results_t *results);

/** A zeroed row at the end, with floor NONE; NULL when there are TP_BENCH_MAX_ROWS. Its index is nrows - 1. */
tp_bench_row_t *tp_bench_add_row(tp_bench_results_t *results);
/** First row of this kind, or TP_BENCH_NONE. `detail` NULL: any. */
int tp_bench_find_row(const tp_bench_results_t *results, tp_bench_group_t group,
                      const char *subject, const char *detail, size_t size, unsigned consumers,
                      unsigned streams);
void tp_bench_warn(tp_bench_results_t *results, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- reading them ---- */

typedef struct tp_bench_spread {
    double median, min, max;
    unsigned count; /* of samples that have the figure; 0: the rest is NaN */
} tp_bench_spread_t;

/** Are two distances the same, within a quarter? True if one of them is not known (0). */
bool tp_bench_is_as_far(double a_ns, double b_ns);

tp_bench_spread_t tp_bench_figure(const tp_bench_row_t *row, tp_bench_figure_t figure);
/**
 * Of row's figure over base's, round by round. A round counts if both have a sample in it, and if the cores were as far from each
 * other for both (within a quarter), as far as that is known.
 */
tp_bench_spread_t tp_bench_ratio(const tp_bench_results_t *results, int row,
                                 tp_bench_figure_t figure, int base, tp_bench_figure_t base_figure);
/** To its floor; count 0 if it has none. */
tp_bench_spread_t tp_bench_floor_ratio(const tp_bench_results_t *results,
                                       const tp_bench_row_t *row);

typedef enum tp_bench_verdict {
    TP_BENCH_MET,
    TP_BENCH_MISSED,
    TP_BENCH_UNKNOWN /* not measured */
} tp_bench_verdict_t;

tp_bench_verdict_t tp_bench_judge(const tp_bench_results_t *results,
                                  const tp_bench_target_t *target, tp_bench_spread_t *out_value);

/** "64 B", "640 KiB", "32 MiB" into a caller's buffer, which is returned. */
const char *tp_bench_size_text(char *out, size_t cap, size_t bytes);
/** "123 ns", "4.56 us", "7.89 ms", or a plain number with the unit. */
const char *tp_bench_value_text(char *out, size_t cap, double value, const char *unit);

#endif
