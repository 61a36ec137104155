/*
 * tp/bench/drivers.h - the run's own media driver and SHM driver, with default settings, in one process as
 * `tp driver --embedded` runs them; and the streams that the benchmark uses.
 *
 * Streams come in classes, one for each pool stride from 4 KiB to 64 MiB, TP_BENCH_CLASS_STREAMS of each;
 * a cell takes the next of its class, so that no cell meets the files of the one before it.
 */
#ifndef TP_BENCH_DRIVERS_H
#define TP_BENCH_DRIVERS_H

#include "bench/crew.h"
#include "tensorpool/driver.h"

#define TP_BENCH_CLASS_STREAMS 64u
#define TP_BENCH_MIN_STRIDE (UINT32_C(4) << 10)
#define TP_BENCH_MAX_STRIDE (UINT32_C(64) << 20)
/* Streams asked for by id from this range are made with pools of TP_BENCH_MIN_STRIDE. */
#define TP_BENCH_DYNAMIC_FIRST 100000u
#define TP_BENCH_DYNAMIC_LAST 119999u

/* Streams with one large pool, for what attaching costs as pools grow. */
#define TP_BENCH_LARGE_FIRST 9000u
#define TP_BENCH_LARGE_CLASSES 4u
/** Bytes of the pool of class 0 .. TP_BENCH_LARGE_CLASSES - 1: 64 MiB, 256 MiB, 1 GiB, 4 GiB. */
uint64_t tp_bench_large_bytes(unsigned class_index);

/** The pool stride for payloads of `size` bytes: the power of two above, at least 4 KiB. */
uint32_t tp_bench_stride(size_t size);
/** Slots of rings with that stride: 64, fewer where that would be more than 256 MiB, at least 4. */
uint32_t tp_bench_nslots(uint32_t stride);
/** Stream id for stream `stream` of a cell. */
uint32_t tp_bench_stream_id(const tp_bench_cell_t *cell, unsigned stream);

/** Start them as a child, ready to serve. TP_OK or TP_E* with a text. */
int tp_bench_drivers_start(tp_bench_child_t *out, const char *aeron_dir, const char *shm_dir);

#endif
