/*
 * consumer/traces.h - the trace ids of frames, which are not in the ring but in their descriptors
 * (v1.2). For stages that read frames from the ring and pass them on under the same id (T-4).
 */
#ifndef TPI_CONSUMER_TRACES_H
#define TPI_CONSUMER_TRACES_H

#include "wire/codec.h"

/* Frames whose descriptors are remembered, for each stream. */
#define TPI_TRACES 1024

typedef struct tpi_traces tpi_traces_t;

/** NULL: out of memory, with a text. */
tpi_traces_t *tpi_traces_create(void);
void tpi_traces_destroy(tpi_traces_t *traces); /* NULL: no-op */
/** A descriptor of the stream. */
void tpi_traces_note(tpi_traces_t *traces, const tpi_frame_descriptor_t *descriptor);
/** Is there a descriptor for that frame? *out_trace_id: what it says, 0 without a trace or a
 * descriptor. */
bool tpi_traces_find(const tpi_traces_t *traces, uint64_t epoch, uint64_t seq,
                     uint64_t *out_trace_id);

#endif
