#include "tensor/tensor_check.h"

#include <string.h>

#include "base/fail.h"

/* Rule: W-136 - the values of 4.1; 12 is retired and never comes back. 0 marks "no such type". */
static const struct {
    uint8_t size;
    const char *name;
} dtypes[16] = {
    [TP_UINT8] = { 1, "uint8" },     [TP_INT8] = { 1, "int8" },     [TP_UINT16] = { 2, "uint16" },
    [TP_INT16] = { 2, "int16" },     [TP_UINT32] = { 4, "uint32" }, [TP_INT32] = { 4, "int32" },
    [TP_UINT64] = { 8, "uint64" },   [TP_INT64] = { 8, "int64" },   [TP_FLOAT32] = { 4, "float32" },
    [TP_FLOAT64] = { 8, "float64" }, [TP_BOOLEAN] = { 1, "bool" },  [TP_BYTES] = { 1, "bytes" },
    [TP_BIT] = { 1, "bit" },
};

typedef enum fault {
    FAULT_NONE = 0,
    FAULT_NDIMS,
    FAULT_DTYPE,
    FAULT_ORDER,
    FAULT_DIM,
    FAULT_STRIDE_SIGN,
    FAULT_STRIDE_OVERLAP,
    FAULT_OVERFLOW,
    FAULT_SPAN,
    FAULT_PROGRESS_UNIT,
    FAULT_PROGRESS_AXIS,
    FAULT_PROGRESS_STRIDE
} fault_t;

static const char *const fault_texts[] = {
    [FAULT_NONE] = NULL,
    [FAULT_NDIMS] = "W-28: ndims is not 1..8",
    [FAULT_DTYPE] = "W-30: dtype is unknown",
    [FAULT_ORDER] = "W-30: major order is unknown",
    [FAULT_DIM] = "W-29: a dim is negative",
    [FAULT_STRIDE_SIGN] = "W-31: a stride is negative",
    [FAULT_STRIDE_OVERLAP] = "W-32: a stride is smaller than what it steps over",
    [FAULT_OVERFLOW] = "W-32: an inferred stride overflows 64 bits",
    [FAULT_SPAN] = "W-33: the elements reach past the payload",
    [FAULT_PROGRESS_UNIT] = "W-6: progress unit is unknown",
    [FAULT_PROGRESS_AXIS] = "W-38: ndims is too small for the progress unit",
    [FAULT_PROGRESS_STRIDE] = "W-38: progress stride is not the distance of rows or columns",
};

/* What one look at a tensor finds out. */
typedef struct shape {
    uint64_t strides[TP_MAX_DIMS]; /* effective, in bytes */
    uint64_t span_bytes;           /* first to past the last element; 0 if a dim is 0 */
    uint32_t axis;                 /* the offending axis of a fault */
} shape_t;

static bool is_known_dtype(tp_dtype_t dtype)
{
    return (unsigned)dtype < sizeof(dtypes) / sizeof(dtypes[0]) && dtypes[dtype].size != 0;
}

/*
 * Rules W-28..W-32 and the span, in one pass from the innermost axis outwards and without
 * divisions: this runs for every frame a consumer accepts.
 */
static inline fault_t measure(const tp_tensor_t *tensor, shape_t *shape)
{
    const uint32_t ndims = tensor->ndims;
    if (ndims - 1u >= TP_MAX_DIMS) { /* Rule: W-28 */
        return FAULT_NDIMS;
    }
    if (!is_known_dtype(tensor->dtype)) { /* Rule: W-30 */
        return FAULT_DTYPE;
    }
    const bool is_row = tensor->order == TP_ROW_MAJOR;
    if (!is_row && tensor->order != TP_COLUMN_MAJOR) { /* Rule: W-30 */
        return FAULT_ORDER;
    }

    uint64_t least = dtypes[tensor->dtype].size;
    uint64_t span = least;
    bool is_empty = false;
    bool is_endless = false;
    uint32_t axis = is_row ? ndims - 1u : 0u;
    const uint32_t step = is_row ? UINT32_MAX : 1u; /* minus one, in modular arithmetic */
    for (uint32_t left = ndims; left > 0; left--, axis += step) {
        shape->axis = axis;
        const int32_t dim = tensor->dims[axis];
        const int32_t given = tensor->strides[axis];
        if (dim < 0) { /* Rule: W-29 */
            return FAULT_DIM;
        }
        if (given < 0) { /* Rule: W-31 */
            return FAULT_STRIDE_SIGN;
        }
        /* Rule: W-32 - 0 stands for the least stride that does not overlap. */
        const uint64_t stride = given == 0 ? least : (uint64_t)(uint32_t)given;
        if (stride < least) {
            return FAULT_STRIDE_OVERLAP;
        }
        shape->strides[axis] = stride;
        const uint64_t count = dim == 0 ? 1u : (uint64_t)(uint32_t)dim;
        uint64_t reach;
        is_empty |= dim == 0;
        is_endless |= __builtin_mul_overflow(stride, count - 1u, &reach);
        is_endless |= __builtin_add_overflow(span, reach, &span);
        /* Nothing steps over the outermost axis, so its product may overflow. */
        if (__builtin_mul_overflow(stride, count, &least) && left > 1) {
            return FAULT_OVERFLOW;
        }
    }
    /* An endless span breaks no rule by itself (the payload may be empty); it fits no payload. */
    shape->span_bytes = is_empty ? 0 : is_endless ? UINT64_MAX : span;
    return FAULT_NONE;
}

static inline fault_t examine(const tp_tensor_t *tensor, uint64_t values_len, shape_t *shape)
{
    const fault_t fault = measure(tensor, shape);
    if (fault != FAULT_NONE) {
        return fault;
    }
    /*
     * Rule: W-33 - an empty payload, an empty tensor and opaque bytes are exempt (W-37: length 0 is
     * a frame).
     */
    if (values_len > 0 && shape->span_bytes > values_len && tensor->dtype != TP_BIT &&
        tensor->dtype != TP_BYTES) {
        return FAULT_SPAN;
    }
    if (tensor->progress_unit != TP_PROGRESS_NONE) { /* Rule: W-38 */
        if (tensor->progress_unit != TP_PROGRESS_ROWS &&
            tensor->progress_unit != TP_PROGRESS_COLUMNS) {
            return FAULT_PROGRESS_UNIT; /* Rule: W-6 */
        }
        const uint32_t axis = tensor->progress_unit == TP_PROGRESS_ROWS ? 0u : 1u;
        shape->axis = axis;
        if (axis >= tensor->ndims) {
            return FAULT_PROGRESS_AXIS;
        }
        /* Effective strides are never 0, so this is also the "non-zero" of the rule. */
        if (tensor->progress_stride_bytes != shape->strides[axis]) {
            return FAULT_PROGRESS_STRIDE;
        }
    }
    return FAULT_NONE;
}

static int explain(fault_t fault, const tp_tensor_t *tensor, const shape_t *shape,
                   uint64_t values_len)
{
    const uint32_t axis = shape->axis;
    switch (fault) {
    case FAULT_NONE:
        return TP_OK;
    case FAULT_NDIMS:
        return tpi_fail(TP_EINVAL, "ndims %u: expected 1..%d", tensor->ndims, TP_MAX_DIMS);
    case FAULT_DTYPE:
        return tpi_fail(TP_EINVAL, "dtype %d: unknown", (int)tensor->dtype);
    case FAULT_ORDER:
        return tpi_fail(TP_EINVAL, "major order %d: expected 1 (row) or 2 (column)",
                        (int)tensor->order);
    case FAULT_DIM:
        return tpi_fail(TP_EINVAL, "dims[%u] is %d: expected >= 0", axis, tensor->dims[axis]);
    case FAULT_STRIDE_SIGN:
        return tpi_fail(TP_EINVAL, "strides[%u] is %d: expected >= 0", axis, tensor->strides[axis]);
    case FAULT_STRIDE_OVERLAP:
        return tpi_fail(
            TP_EINVAL,
            "strides[%u] is %d: elements would overlap, or the axes are not in %s-major order",
            axis, tensor->strides[axis], tensor->order == TP_ROW_MAJOR ? "row" : "column");
    case FAULT_OVERFLOW:
        return tpi_fail(TP_EINVAL,
                        "dims[%u] is %d: the stride of the next axis does not fit into 64 bits",
                        axis, tensor->dims[axis]);
    case FAULT_SPAN:
        return tpi_fail(TP_EINVAL, "the elements span %llu bytes, the payload has %llu",
                        (unsigned long long)shape->span_bytes, (unsigned long long)values_len);
    case FAULT_PROGRESS_UNIT:
        return tpi_fail(TP_EINVAL, "progress unit %d: expected 0 (none), 1 (rows) or 2 (columns)",
                        (int)tensor->progress_unit);
    case FAULT_PROGRESS_AXIS:
        return tpi_fail(TP_EINVAL, "progress unit columns needs ndims >= 2, ndims is %u",
                        tensor->ndims);
    case FAULT_PROGRESS_STRIDE:
        return tpi_fail(TP_EINVAL, "progress stride %u: the stride of axis %u is %llu",
                        tensor->progress_stride_bytes, axis,
                        (unsigned long long)shape->strides[axis]);
    }
    return tpi_fail(TP_EINVAL, "tensor not accepted");
}

const char *tpi_tensor_fault(const tp_tensor_t *tensor, uint64_t values_len)
{
    shape_t shape;
    return fault_texts[examine(tensor, values_len, &shape)];
}

size_t tp_dtype_size(tp_dtype_t dtype)
{
    return is_known_dtype(dtype) ? dtypes[dtype].size : 0;
}

const char *tp_dtype_name(tp_dtype_t dtype)
{
    return is_known_dtype(dtype) ? dtypes[dtype].name : NULL;
}

tp_dtype_t tp_dtype_from_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(dtypes) / sizeof(dtypes[0]); i++) {
        if (dtypes[i].name != NULL && strcmp(dtypes[i].name, name) == 0) {
            return (tp_dtype_t)i;
        }
    }
    return TP_DTYPE_UNKNOWN;
}

int tp_tensor_init(tp_tensor_t *out, tp_dtype_t dtype, uint32_t ndims, const int32_t *dims)
{
    if (out == NULL || dims == NULL) {
        return tpi_fail(TP_EINVAL, "tensor init: %s is NULL", out == NULL ? "out" : "dims");
    }
    tp_tensor_t tensor = { .dtype = dtype, .order = TP_ROW_MAJOR, .ndims = ndims };
    if (ndims <= TP_MAX_DIMS) {
        memcpy(tensor.dims, dims, ndims * sizeof(dims[0]));
    }
    return tp_tensor_resolve_strides(&tensor, out);
}

uint64_t tp_tensor_span_bytes(const tp_tensor_t *tensor)
{
    shape_t shape;
    return tensor != NULL && measure(tensor, &shape) == FAULT_NONE ? shape.span_bytes : UINT64_MAX;
}

int tp_tensor_validate(const tp_tensor_t *tensor, uint64_t values_len)
{
    if (tensor == NULL) {
        return tpi_fail(TP_EINVAL, "tensor is NULL");
    }
    shape_t shape = { .axis = 0 };
    return explain(examine(tensor, values_len, &shape), tensor, &shape, values_len);
}

int tp_tensor_resolve_strides(const tp_tensor_t *tensor, tp_tensor_t *out)
{
    if (tensor == NULL || out == NULL) {
        return tpi_fail(TP_EINVAL, "tensor resolve: %s is NULL", tensor == NULL ? "tensor" : "out");
    }
    shape_t shape = { .axis = 0 };
    const int rc = explain(measure(tensor, &shape), tensor, &shape, 0);
    if (rc != TP_OK) {
        return rc;
    }
    tp_tensor_t resolved = *tensor;
    for (uint32_t axis = 0; axis < TP_MAX_DIMS; axis++) {
        if (axis >= tensor->ndims) { /* Rule: W-28 - what nobody reads is zero */
            resolved.dims[axis] = 0;
            resolved.strides[axis] = 0;
            continue;
        }
        if (shape.strides[axis] > INT32_MAX) {
            return tpi_fail(TP_EINVAL, "strides[%u] would be %llu: a stride is at most %d bytes",
                            axis, (unsigned long long)shape.strides[axis], INT32_MAX);
        }
        resolved.strides[axis] = (int32_t)shape.strides[axis];
    }
    *out = resolved;
    return TP_OK;
}
