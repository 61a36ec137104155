/*
 * tp/frames/frame_source.h - where `tp pub` gets its frames: a generator, raw bytes on a
 * descriptor, or .npy files along their first axis.
 *
 * A frame is made ready by poll, which never blocks longer than asked (so that leases stay alive
 * while a pipe is silent), then filled into a slot; it stays ready until taken, so a frame that
 * could not be published is not lost.
 */
#ifndef TP_TOOL_FRAME_SOURCE_H
#define TP_TOOL_FRAME_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/pattern.h"
#include "tensorpool/tensor.h"

typedef struct tp_frame_source tp_frame_source_t;

/** Endless frames of `tensor` filled with `pattern`. */
int tp_frame_source_generator(tp_frame_source_t **out, const tp_tensor_t *tensor,
                              tp_pattern_t pattern);
/** Raw frames of `tensor` from descriptor `fd`, which is made non-blocking. `name` is for messages.
 * `loop` needs a regular file. */
int tp_frame_source_raw(tp_frame_source_t **out, int fd, const char *name,
                        const tp_tensor_t *tensor, bool loop);
/** Files in turn, each cut along its first axis (a 1-D array is one frame a sample row: refused).
 * `paths` is borrowed. */
int tp_frame_source_npy(tp_frame_source_t **out, const char *const *paths, size_t npaths,
                        bool loop);
void tp_frame_source_destroy(tp_frame_source_t *source);

/** 1: a frame is ready; 0: not within timeout_ms; TP_ECLOSED: the input ended; else TP_E* with a
 * text (TP_EINVAL: it ended inside a frame). */
int tp_frame_source_poll(tp_frame_source_t *source, int timeout_ms);
/** Shape of the frame that is ready. */
const tp_tensor_t *tp_frame_source_tensor(const tp_frame_source_t *source);
/** Bytes of the frame that is ready. */
size_t tp_frame_source_length(const tp_frame_source_t *source);
/** Write it to `data`; `seq` is what generated frames carry. */
void tp_frame_source_fill(tp_frame_source_t *source, uint64_t seq, void *data);
/** It was published: on to the next. */
void tp_frame_source_take(tp_frame_source_t *source);

#endif
