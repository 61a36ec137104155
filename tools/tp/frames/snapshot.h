/*
 * tp/frames/snapshot.h - a frame as a PNG picture (libpng does the format).
 */
#ifndef TP_TOOL_SNAPSHOT_H
#define TP_TOOL_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "tensorpool/tensor.h"

/** 8-bit RGB, rows top to bottom. */
typedef struct tp_picture {
    uint32_t width, height;
    uint8_t *rgb; /* width * height * 3, owned */
} tp_picture_t;

/**
 * Picture of a tensor: dims (H, W) grey, (H, W, 1|3|4) grey, RGB, RGB without alpha; (1|3, H, W)
 * planar. Integers wider than 8 bits and floats are scaled from the frame's minimum..maximum.
 * TP_OK; TP_EUNSUPPORTED with a text naming shape and dtype; TP_ENOMEM. `data` holds at least the
 * tensor's span.
 */
int tp_picture_from_tensor(tp_picture_t *out, const tp_tensor_t *tensor, const void *data,
                           size_t length);
int tp_picture_create(tp_picture_t *out, uint32_t width, uint32_t height, uint8_t grey);
void tp_picture_destroy(tp_picture_t *picture);

/** Shrink (box average) or repeat pixels so that `source` fills the w x h rectangle at (x, y) of
 * `target`, keeping its aspect ratio. */
void tp_picture_place(tp_picture_t *target, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
                      const tp_picture_t *source);

/** Write to `path` by way of a temporary name beside it, so that a reader never sees half a file.
 * TP_OK or TP_EIO. */
int tp_picture_write_png(const tp_picture_t *picture, const char *path);

#endif
