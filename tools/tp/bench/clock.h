/*
 * tp/bench/clock.h - the clock that all processes of a run read.
 *
 * On x86 with an invariant TSC that is the TSC: one instruction, the same count on every core. Elsewhere
 * CLOCK_MONOTONIC. Stamps are in ticks; differences become ns by tp_bench_ns. A reading waits for the
 * loads before it, so "readable" is stamped when the flag was really seen, not when the core guessed so.
 */
#ifndef TP_BENCH_CLOCK_H
#define TP_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

typedef struct tp_bench_clock {
    double ns_per_tick;
    double cost_ns; /* of one reading */
    _Bool is_tsc;
} tp_bench_clock_t;

/** Of this process and those it forks. Set by tp_bench_clock_init. */
extern tp_bench_clock_t tp_bench_clock;

/** Looks whether the TSC can be used and takes its measure against CLOCK_MONOTONIC, for some 50 ms. */
void tp_bench_clock_init(void);

static inline uint64_t tp_bench_now(void)
{
#if defined(__x86_64__)
    if (tp_bench_clock.is_tsc) {
        uint32_t low, high;
        /* lfence: not before the loads in front of it have their values. */
        __asm__ __volatile__("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
        return (uint64_t)high << 32 | low;
    }
#endif
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static inline double tp_bench_ns(uint64_t ticks)
{
    return (double)ticks * tp_bench_clock.ns_per_tick;
}

static inline uint64_t tp_bench_ticks(double ns)
{
    return (uint64_t)(ns / tp_bench_clock.ns_per_tick);
}

#endif
