/*
 * tp/frames/histogram.h - latency percentiles in constant memory: log-linear buckets, 1/64 relative
 * resolution.
 */
#ifndef TP_TOOL_HISTOGRAM_H
#define TP_TOOL_HISTOGRAM_H

#include <stdint.h>

#define TP_HISTOGRAM_SUB_BITS 6
#define TP_HISTOGRAM_BUCKETS ((64 - TP_HISTOGRAM_SUB_BITS + 1) << TP_HISTOGRAM_SUB_BITS)

typedef struct tp_histogram {
    uint64_t count;
    uint64_t max;
    uint64_t buckets[TP_HISTOGRAM_BUCKETS];
} tp_histogram_t;

void tp_histogram_add(tp_histogram_t *histogram, uint64_t value);

/** Upper edge of the bucket that holds the `quantile` (0..1), never above max; 0 when empty. */
uint64_t tp_histogram_quantile(const tp_histogram_t *histogram, double quantile);

#endif
