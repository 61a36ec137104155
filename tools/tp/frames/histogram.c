#include "frames/histogram.h"

#define SUB (UINT64_C(1) << TP_HISTOGRAM_SUB_BITS)

/* Values below 64 have a bucket each; above, each power of two is cut into 64. */
static unsigned bucket_of(uint64_t value)
{
    if (value < SUB) {
        return (unsigned)value;
    }
    const unsigned exponent = 63u - (unsigned)__builtin_clzll(value) - TP_HISTOGRAM_SUB_BITS;
    return (unsigned)((uint64_t)(exponent + 1) * SUB + ((value >> exponent) - SUB));
}

static uint64_t upper_edge(unsigned bucket)
{
    if (bucket < SUB) {
        return bucket;
    }
    const unsigned exponent = (unsigned)(bucket / SUB) - 1;
    return ((bucket % SUB + SUB + 1) << exponent) - 1;
}

void tp_histogram_add(tp_histogram_t *histogram, uint64_t value)
{
    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
    if (value > histogram->max) {
        histogram->max = value;
    }
}

uint64_t tp_histogram_quantile(const tp_histogram_t *histogram, double quantile)
{
    if (histogram->count == 0) {
        return 0;
    }
    uint64_t rank = (uint64_t)(quantile * (double)histogram->count);
    if (rank >= histogram->count) {
        rank = histogram->count - 1;
    }
    uint64_t seen = 0;
    for (unsigned i = 0; i < TP_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > rank) {
            const uint64_t edge = upper_edge(i);
            return edge < histogram->max ? edge : histogram->max;
        }
    }
    return histogram->max;
}
