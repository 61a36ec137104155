/* tp/bench/subjects/subjects.c - the subjects of this build, floors first. */
#include "bench/subjects/subjects.h"

#include <string.h>

const tp_bench_subject_t *const tp_bench_subjects[] = {
    &tp_bench_subject_cacheline,  &tp_bench_subject_shm_flag,    &tp_bench_subject_memcpy_ring,
#ifdef TP_BENCH_HAS_TENSORPOOL
    &tp_bench_subject_tensorpool,
    &tp_bench_subject_tensorpool_descriptor,
    &tp_bench_subject_tensorpool_offer,
#endif
    &tp_bench_subject_aeron,      &tp_bench_subject_unix_socket, NULL,
};

const tp_bench_subject_t *tp_bench_subject(const char *name)
{
    for (const tp_bench_subject_t *const *at = tp_bench_subjects; *at != NULL; at++) {
        if (strcmp((*at)->name, name) == 0) {
            return *at;
        }
    }
    return NULL;
}
