/*
 * tp/bench/payload.h - write every byte of a payload, read every byte of one: at memory speed, and so that
 * a byte of another frame is noticed. The same code for all subjects.
 */
#ifndef TP_BENCH_PAYLOAD_H
#define TP_BENCH_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Fill `length` bytes from `seq`. */
void tp_bench_fill(uint8_t *data, size_t length, uint64_t seq);
/** Read all of them: are they what tp_bench_fill wrote for `seq`? */
bool tp_bench_holds(const uint8_t *data, size_t length, uint64_t seq);

#endif
