/*
 * tensorpool/tensor.h - shape, strides and element type of one frame.
 *
 * Units:   dims in elements, strides in bytes. Index 0 is the outermost axis for TP_ROW_MAJOR
 *          (NumPy's C order).
 * Spec:    wire.md 2.3 (W-26..W-40).
 */
#ifndef TENSORPOOL_TENSOR_H
#define TENSORPOOL_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensorpool/export.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TP_MAX_DIMS 8 /* Rule: W-26 */

/* Wire values; Rule: W-136 fixed within v1.x, 12 is retired. */
typedef enum tp_dtype {
    TP_DTYPE_UNKNOWN = 0,
    TP_UINT8 = 1,
    TP_INT8 = 2,
    TP_UINT16 = 3,
    TP_INT16 = 4,
    TP_UINT32 = 5,
    TP_INT32 = 6,
    TP_UINT64 = 7,
    TP_INT64 = 8,
    TP_FLOAT32 = 9,
    TP_FLOAT64 = 10,
    TP_BOOLEAN = 11,
    TP_BYTES = 13,
    TP_BIT = 14
} tp_dtype_t;

typedef enum tp_major_order {
    TP_ORDER_UNKNOWN = 0,
    TP_ROW_MAJOR = 1,
    TP_COLUMN_MAJOR = 2
} tp_major_order_t;

typedef enum tp_progress_unit {
    TP_PROGRESS_NONE = 0,
    TP_PROGRESS_ROWS = 1,
    TP_PROGRESS_COLUMNS = 2
} tp_progress_unit_t;

/** Shape of a frame. Plain values: copy freely. */
typedef struct tp_tensor {
    tp_dtype_t dtype;
    tp_major_order_t order;
    uint32_t ndims;               /* 1..8 */
    int32_t dims[TP_MAX_DIMS];    /* elements; >= 0; entries at index >= ndims are ignored */
    int32_t strides[TP_MAX_DIMS]; /* bytes; 0 = contiguous, to be inferred */
    tp_progress_unit_t progress_unit;
    uint32_t progress_stride_bytes; /* 0 with TP_PROGRESS_NONE */
} tp_tensor_t;

/**
 * Bytes of one element: 1, 2, 4 or 8; 0 for an unknown dtype. BIT and BYTES count as 1 (payload
 * handed out as bytes).
 */
TP_API size_t tp_dtype_size(tp_dtype_t dtype);

/** Lower-case name ("uint8", "float32", "bool", "bytes", "bit"); NULL for an unknown dtype. */
TP_API const char *tp_dtype_name(tp_dtype_t dtype);

/** dtype of a name as tp_dtype_name gives it; TP_DTYPE_UNKNOWN if there is none. */
TP_API tp_dtype_t tp_dtype_from_name(const char *name);

/**
 * Fill `out` for a contiguous row-major tensor, strides included.
 * @return TP_OK or TP_EINVAL (ndims not 1..8, negative dim, unknown dtype, strides beyond 2^31-1);
 *        *out unchanged then.
 */
TP_API int tp_tensor_init(tp_tensor_t *out, tp_dtype_t dtype, uint32_t ndims, const int32_t *dims);

/**
 * Bytes from the first to past the last element with effective strides; UINT64_MAX if the tensor is
 * not valid. 0 if a dim is 0.
 */
TP_API uint64_t tp_tensor_span_bytes(const tp_tensor_t *tensor);

/**
 * The rules a reader applies before it trusts a frame (W-28..W-33, W-38), with `values_len` payload
 * bytes.
 * @return TP_OK, or TP_EINVAL with a text naming field and value.
 */
TP_API int tp_tensor_validate(const tp_tensor_t *tensor, uint64_t values_len);

/**
 * Copy `tensor` to `out` with every zero stride replaced by the one it stands for (W-31, W-32).
 * TP_EINVAL as above.
 */
TP_API int tp_tensor_resolve_strides(const tp_tensor_t *tensor, tp_tensor_t *out);

#ifdef __cplusplus
}
#endif

#endif
