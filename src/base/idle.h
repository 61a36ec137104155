/*
 * base/idle.h - how a duty loop idles: spin, yield, then sleep twice as long each time, up to 1 ms. What it sleeps on is the caller's business.
 */
#ifndef TPI_BASE_IDLE_H
#define TPI_BASE_IDLE_H

#include <stdint.h>

/**
 * The next step: spins or yields and returns 0, or returns how many ns to sleep. `state` starts at 0 and is the caller's; work > 0 resets it.
 */
long tpi_idle_step(uint32_t *state, int work);

#endif
