/* tp/bench/subjects/tensorpool.h - what the special measurements share with the subjects. */
#ifndef TP_BENCH_SUBJECTS_TENSORPOOL_H
#define TP_BENCH_SUBJECTS_TENSORPOOL_H

#include "bench/subject.h"
#include "tensorpool/client.h"
#include "tensorpool/producer.h"

/* The library's defaults: client.h. */
#define TP_BENCH_DESCRIPTOR_CHANNEL "aeron:ipc?term-length=4m"
#define TP_BENCH_DESCRIPTOR_STREAM 1100

extern const tp_bench_subject_t tp_bench_subject_tensorpool;
extern const tp_bench_subject_t tp_bench_subject_tensorpool_descriptor;
extern const tp_bench_subject_t tp_bench_subject_tensorpool_offer;
extern const tp_bench_subject_t tp_bench_subject_tensorpool_sleep;

/** Options of the run's clients; borrows from its arguments. */
tp_client_options_t tp_bench_client_options(const char *aeron_dir, const char *const *base_dir);

/** A vector of `size` bytes. TP_OK or TP_EINVAL. */
int tp_bench_frame_info(tp_frame_info_t *out, size_t size);

#endif
