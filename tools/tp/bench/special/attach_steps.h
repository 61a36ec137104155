/*
 * tp/bench/special/attach_steps.h - connect, attach, and be of use. Without pauses the time is the others' answer and
 * nothing else; with pauses (tp_idle, as tp_producer_await_ready) the core is left to those who work for it.
 */
#ifndef TP_BENCH_ATTACH_STEPS_H
#define TP_BENCH_ATTACH_STEPS_H

#include "bench/cells.h"
#include "tensorpool/tensorpool.h"

#define TP_BENCH_STEP_NS 6e10 /* each step may take so long */

/** TP_ETIMEDOUT with a text. */
int tp_bench_too_late(const char *what, const char *why);

/** A client of the run's drivers that is ready to attach. */
int tp_bench_connect(const tp_bench_run_t *run, tp_client_t **out);
/** Until its first frame is there: the stream has one. *out is the caller's also after an error. */
int tp_bench_attach_consumer(tp_client_t *client, uint32_t stream_id, bool pauses,
                             tp_consumer_t **out);
/** Until its first frame is committed; *out as above. */
int tp_bench_attach_producer(tp_client_t *client, const tp_producer_options_t *options, bool pauses,
                             tp_producer_t **out);

/** The stream of small frames that belongs to the present measurement (run->next_id). */
uint32_t tp_bench_small_stream(const tp_bench_run_t *run);
/** A child that has published one frame there and keeps its lease until it gets SIGTERM. */
int tp_bench_standing_start(tp_bench_run_t *run, tp_bench_child_t *out);

#endif
