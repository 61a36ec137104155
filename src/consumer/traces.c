#include "consumer/traces.h"

#include <stdlib.h>

#include "base/fail.h"

typedef struct trace {
    uint64_t epoch;
    uint64_t seq;
    uint64_t trace_id;
} trace_t;

struct tpi_traces {
    trace_t of[TPI_TRACES]; /* by seq */
};

tpi_traces_t *tpi_traces_create(void)
{
    tpi_traces_t *traces = calloc(1, sizeof *traces);
    if (traces == NULL) {
        (void)tpi_fail(TP_ENOMEM, "trace ids of %u frames", TPI_TRACES);
    }
    return traces;
}

void tpi_traces_destroy(tpi_traces_t *traces)
{
    free(traces);
}

void tpi_traces_note(tpi_traces_t *traces, const tpi_frame_descriptor_t *d)
{
    traces->of[d->seq % TPI_TRACES] = (trace_t){ d->epoch, d->seq, d->trace_id };
}

bool tpi_traces_find(const tpi_traces_t *traces, uint64_t epoch, uint64_t seq,
                     uint64_t *out_trace_id)
{
    const trace_t *trace = &traces->of[seq % TPI_TRACES];
    const bool is_there = trace->seq == seq && trace->epoch == epoch;
    *out_trace_id = is_there ? trace->trace_id : 0;
    return is_there;
}
