/* tp/bench/subjects/subjects.c - the subjects of this build, floors first. */
#include "bench/subjects/subjects.h"

#include <string.h>

/* clang-format off: one a line, with what decides about it */
const tp_bench_subject_t *const tp_bench_subjects[] = {
    &tp_bench_subject_cacheline,
    &tp_bench_subject_shm_flag,
    &tp_bench_subject_memcpy_ring,
    &tp_bench_subject_aeron,
    &tp_bench_subject_futex,
#ifdef TP_BENCH_HAS_TENSORPOOL
    &tp_bench_subject_tensorpool,
    &tp_bench_subject_tensorpool_descriptor,
    &tp_bench_subject_tensorpool_offer,
    &tp_bench_subject_tensorpool_sleep,
#endif
    &tp_bench_subject_unix_socket,
#ifdef TP_BENCH_HAS_ICEORYX
    &tp_bench_subject_iceoryx,
#endif
#ifdef TP_BENCH_HAS_ZEROMQ
    &tp_bench_subject_zeromq,
#endif
#ifdef TP_BENCH_HAS_NNG
    &tp_bench_subject_nng,
#endif
    NULL,
};
/* clang-format on */

const tp_bench_subject_t *tp_bench_subject(const char *name)
{
    for (const tp_bench_subject_t *const *at = tp_bench_subjects; *at != NULL; at++) {
        if (strcmp((*at)->name, name) == 0) {
            return *at;
        }
    }
    return NULL;
}
