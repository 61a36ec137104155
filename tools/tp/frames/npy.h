/*
 * tp/frames/npy.h - NumPy's .npy format (versions 1.0, 2.0, 3.0), as much as frames need: C-order
 * arrays of the protocol's dtypes, little-endian.
 */
#ifndef TP_TOOL_NPY_H
#define TP_TOOL_NPY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tensorpool/tensor.h"

#define TP_NPY_MAX_DIMS (TP_MAX_DIMS + 1) /* frames of up to 8 dimensions along a first axis */

typedef struct tp_npy_header {
    tp_dtype_t dtype;
    int fortran_order;
    uint32_t ndims;
    uint64_t dims[TP_NPY_MAX_DIMS];
    uint64_t data_offset;
} tp_npy_header_t;

/** Read and check a header at the file's current position. TP_OK; TP_EINVAL or TP_EUNSUPPORTED with
 * a text naming what was found. */
int tp_npy_read_header(FILE *file, const char *name, tp_npy_header_t *out);

#define TP_NPY_WRITE_HEADER_BYTES                                                                  \
    192 /* fixed, so that the frame count can be patched at the end                                \
         */
/** Write a header of TP_NPY_WRITE_HEADER_BYTES for `count` frames of `tensor` (contiguous
 * row-major) at the file's position. TP_OK, TP_EUNSUPPORTED (dtype), TP_EIO. */
int tp_npy_write_header(FILE *file, const tp_tensor_t *tensor, uint64_t count);

#endif
