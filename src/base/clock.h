/*
 * base/clock.h - the clocks we read, as functions that can be handed in, so that tests step time.
 */
#ifndef TPI_BASE_CLOCK_H
#define TPI_BASE_CLOCK_H

#include <stdint.h>

/** CLOCK_MONOTONIC in ns. vDSO: no system call. */
int64_t tpi_monotonic_ns(void);

/** CLOCK_REALTIME in ns since 1970. */
int64_t tpi_realtime_ns(void);

#endif
