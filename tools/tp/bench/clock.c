#include "bench/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

tp_bench_clock_t tp_bench_clock = { .ns_per_tick = 1.0 };

#define CALIBRATION_NS 50000000.0

static double monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The kernel trusts the TSC of this machine, across cores and power states, or it does not. */
static bool has_trusted_tsc(void)
{
#if defined(__x86_64__)
    char name[32] = "";
    FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
    if (file != NULL) {
        if (fgets(name, sizeof name, file) == NULL) {
            name[0] = '\0';
        }
        (void)fclose(file);
    }
    return strncmp(name, "tsc", 3) == 0;
#else
    return false;
#endif
}

void tp_bench_clock_init(void)
{
    tp_bench_clock = (tp_bench_clock_t){ .ns_per_tick = 1.0, .is_tsc = has_trusted_tsc() };
    if (tp_bench_clock.is_tsc) {
        const double from_ns = monotonic_ns();
        const uint64_t from = tp_bench_now();
        double to_ns = from_ns;
        while (to_ns - from_ns < CALIBRATION_NS) {
            to_ns = monotonic_ns();
        }
        tp_bench_clock.ns_per_tick = (to_ns - from_ns) / (double)(tp_bench_now() - from);
    }
    /* The cheapest of some tries: anything above it was somebody else's doing. */
    enum { TRIES = 20, READINGS = 1000 };
    double best = 1e9;
    for (int i = 0; i < TRIES; i++) {
        const uint64_t from = tp_bench_now();
        uint64_t to = from;
        for (int k = 0; k < READINGS; k++) {
            to = tp_bench_now();
        }
        const double each = tp_bench_ns(to - from) / READINGS;
        best = each < best ? each : best;
    }
    tp_bench_clock.cost_ns = best;
}
