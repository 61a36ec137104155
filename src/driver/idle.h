/*
 * driver/idle.h - idling for a program whose loop turns a driver.
 */
#ifndef TPI_DRIVER_IDLE_H
#define TPI_DRIVER_IDLE_H

#include "tensorpool/driver.h"

/**
 * As tp_idle, but a helper thread that finishes ends the sleep: whoever waits for the epoch it made is answered at once and not up to
 * 1 ms later.
 */
void tpi_driver_idle(tp_driver_t *driver, uint32_t *state, int work);

#endif
