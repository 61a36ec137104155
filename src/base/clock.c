#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec ts = { 0, 0 };
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * INT64_C(1000000000) + (int64_t)ts.tv_nsec;
}

int64_t tpi_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t tpi_realtime_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}
