/*
 * tp/bench/subjects/subjects.h - every subject there can be; which of them a build has is decided by the build
 * (TP_BENCH_HAS_...) and listed in subjects.c.
 */
#ifndef TP_BENCH_SUBJECTS_H
#define TP_BENCH_SUBJECTS_H

#include "bench/subject.h"

extern const tp_bench_subject_t tp_bench_subject_cacheline;
extern const tp_bench_subject_t tp_bench_subject_shm_flag;
extern const tp_bench_subject_t tp_bench_subject_memcpy_ring;
extern const tp_bench_subject_t tp_bench_subject_futex;
extern const tp_bench_subject_t tp_bench_subject_tensorpool;
extern const tp_bench_subject_t tp_bench_subject_tensorpool_sleep;
extern const tp_bench_subject_t tp_bench_subject_tensorpool_descriptor;
extern const tp_bench_subject_t tp_bench_subject_tensorpool_offer;
extern const tp_bench_subject_t tp_bench_subject_aeron;
extern const tp_bench_subject_t tp_bench_subject_unix_socket;
extern const tp_bench_subject_t tp_bench_subject_zeromq;
extern const tp_bench_subject_t tp_bench_subject_nng;
extern const tp_bench_subject_t tp_bench_subject_iceoryx;

#endif
