/*
 * tp/bench/subjects/endpoint.h - sockets with a name in the run's directory, one per consumer, for the rivals that
 * know each other by address; and the 16 bytes which they carry in front of a payload.
 */
#ifndef TP_BENCH_ENDPOINT_H
#define TP_BENCH_ENDPOINT_H

#include <string.h>

#include "bench/subject.h"

#define TP_BENCH_HEAD 16u /* stamp, seq */

typedef struct tp_bench_endpoint {
    char url[128]; /* "ipc://<dir>/<name>-<cell>-<stream>-<consumer>" */
} tp_bench_endpoint_t;

/** TP_EPATH if the path is longer than a socket's may be. */
int tp_bench_endpoint(tp_bench_endpoint_t *out, const tp_bench_cell_t *cell, const char *name,
                      unsigned stream, unsigned consumer);
/** Parent, after all peers: those that were killed left them. Missing is fine. */
void tp_bench_endpoints_remove(const tp_bench_cell_t *cell, const char *name);

static inline void tp_bench_put_head(void *at, uint64_t stamp, uint64_t seq)
{
    memcpy(at, &stamp, 8);
    memcpy((uint8_t *)at + 8, &seq, 8);
}

/** Of a whole message, head and payload. */
static inline void tp_bench_take_message(tp_bench_message_t *out, const void *message)
{
    memcpy(&out->stamp, message, 8);
    memcpy(&out->seq, (const uint8_t *)message + 8, 8);
    out->data = (const uint8_t *)message + TP_BENCH_HEAD;
}

#endif
