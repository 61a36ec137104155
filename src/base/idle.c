#include "base/idle.h"

#include <sched.h>

#define SPINS 20u
#define YIELDS 40u
#define SLEEP_MIN_NS 1000u
#define SLEEP_STEPS 10u /* 1 us, doubled 10 times: 1 ms */

long tpi_idle_step(uint32_t *state, int work)
{
    if (work > 0) {
        *state = 0;
        return 0;
    }
    const uint32_t n = *state;
    if (n < SPINS + YIELDS + SLEEP_STEPS) {
        *state = n + 1;
    }
    if (n < SPINS) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
        return 0;
    }
    if (n < SPINS + YIELDS) {
        (void)sched_yield();
        return 0;
    }
    const long ns = (long)SLEEP_MIN_NS << (n - SPINS - YIELDS);
    return ns < 1000000 ? ns : 1000000;
}
