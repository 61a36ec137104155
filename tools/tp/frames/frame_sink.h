/*
 * tp/frames/frame_sink.h - where `tp sub` puts frames: raw bytes, one .npy file, or PNG pictures.
 */
#ifndef TP_TOOL_FRAME_SINK_H
#define TP_TOOL_FRAME_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tensorpool/consumer.h"

typedef enum tp_sink_kind { TP_SINK_RAW, TP_SINK_NPY, TP_SINK_PNG } tp_sink_kind_t;

typedef struct tp_frame_sink {
    tp_sink_kind_t kind;
    const char *path; /* "-" is standard output (raw only); a PNG path may hold one %d, %u, %06u ...
                         for the seq; else the file is replaced each time */
    uint64_t every;   /* take each n-th frame */
    uint64_t seen, written;
    FILE *file;
    tp_tensor_t first; /* npy: all frames must look like the first */
} tp_frame_sink_t;

/** TP_OK; TP_EINVAL, TP_EIO with a text naming path and reason. */
int tp_frame_sink_open(tp_frame_sink_t *sink, tp_sink_kind_t kind, const char *path,
                       uint64_t every);
/** Does this frame go there? (Counts it.) */
bool tp_frame_sink_wants(tp_frame_sink_t *sink);
/** Write a private copy of a frame that was valid to the end. TP_OK, or TP_E* with a text. */
int tp_frame_sink_write(tp_frame_sink_t *sink, const tp_frame_t *frame, const void *copy);
/** Finish the file. TP_OK or TP_EIO. */
int tp_frame_sink_close(tp_frame_sink_t *sink);

#endif
