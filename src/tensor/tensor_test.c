#include "tensorpool/tensor.h"

#include <stdio.h>
#include <string.h>

#include "tensor/tensor_check.h"
#include "tensorpool/error.h"
#include "tp_test.h"

#define BIG INT32_MAX
#define ROW TP_ROW_MAJOR
#define COL TP_COLUMN_MAJOR

/* One line of a table: a tensor, its payload length, and what the rule says. */
typedef struct row {
    const char *name;
    int dtype;
    int order;
    uint32_t ndims;
    int32_t dims[TP_MAX_DIMS];
    int32_t strides[TP_MAX_DIMS];
    int unit;
    uint32_t progress_stride;
    uint64_t values_len;
    const char *fault; /* NULL: accepted; else both texts begin with or hold this */
    const char *text;  /* part of tp_tensor_validate's text */
} row_t;

static tp_tensor_t tensor_of(const row_t *row)
{
    tp_tensor_t tensor = {
        .dtype = (tp_dtype_t)row->dtype,
        .order = (tp_major_order_t)row->order,
        .ndims = row->ndims,
        .progress_unit = (tp_progress_unit_t)row->unit,
        .progress_stride_bytes = row->progress_stride,
    };
    memcpy(tensor.dims, row->dims, sizeof(tensor.dims));
    memcpy(tensor.strides, row->strides, sizeof(tensor.strides));
    return tensor;
}

static void check_table(const row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const row_t *row = &rows[i];
        const tp_tensor_t tensor = tensor_of(row);
        const char *fault = tpi_tensor_fault(&tensor, row->values_len);
        const int rc = tp_tensor_validate(&tensor, row->values_len);
        if (row->fault == NULL) {
            TP_CHECK_MSG(fault == NULL, "%s: %s", row->name, fault);
            TP_CHECK_MSG(rc == TP_OK, "%s: %s", row->name, tp_errmsg());
        } else {
            TP_CHECK_MSG(fault != NULL, "%s: accepted", row->name);
            TP_CHECK_MSG(strncmp(fault, row->fault, strlen(row->fault)) == 0, "%s: %s", row->name,
                         fault);
            TP_CHECK_MSG(rc == TP_EINVAL, "%s: %d", row->name, rc);
            TP_CHECK_MSG(row->text == NULL || strstr(tp_errmsg(), row->text) != NULL, "%s: \"%s\"",
                         row->name, tp_errmsg());
        }
    }
}
#define CHECK_TABLE(rows) check_table(rows, sizeof(rows) / sizeof((rows)[0]))

/* Proves: W-28, W-26 */
TP_TEST(ndims_is_one_to_eight)
{
    const row_t rows[] = {
        { "none", TP_UINT8, ROW, 0, { 1 }, { 0 }, 0, 0, 8, "W-28", "ndims 0" },
        { "one", TP_UINT8, ROW, 1, { 8 }, { 0 }, 0, 0, 8, NULL, NULL },
        { "eight", TP_UINT8, ROW, 8, { 1, 1, 1, 1, 1, 1, 1, 8 }, { 0 }, 0, 0, 8, NULL, NULL },
        { "nine", TP_UINT8, ROW, 9, { 1 }, { 0 }, 0, 0, 8, "W-28", "expected 1..8" },
        { "null value", TP_UINT8, ROW, 255, { 1 }, { 0 }, 0, 0, 8, "W-28", "ndims 255" },
        { "huge", TP_UINT8, ROW, UINT32_MAX, { 1 }, { 0 }, 0, 0, 8, "W-28", NULL },
    };
    TP_CHECK_EQ_I64(TP_MAX_DIMS, 8);
    CHECK_TABLE(rows);
}

/* Proves: W-28 */
TP_TEST(what_lies_behind_ndims_is_ignored)
{
    const row_t rows[] = {
        { "negative dim", TP_UINT8, ROW, 1, { 8, -1, -7 }, { 0 }, 0, 0, 8, NULL, NULL },
        { "negative stride", TP_UINT8, ROW, 1, { 8 }, { 1, -1, -7 }, 0, 0, 8, NULL, NULL },
        { "column", TP_UINT8, COL, 1, { 8, -1 }, { 1, -1 }, 0, 0, 8, NULL, NULL },
    };
    CHECK_TABLE(rows);
}

/* Proves: W-29 */
TP_TEST(dims_are_not_negative_and_may_be_zero)
{
    const row_t rows[] = {
        { "zero", TP_UINT8, ROW, 1, { 0 }, { 0 }, 0, 0, 8, NULL, NULL },
        { "zero inside", TP_UINT32, ROW, 3, { 4, 0, 4 }, { 0 }, 0, 0, 1, NULL, NULL },
        { "negative", TP_UINT8, ROW, 1, { -1 }, { 0 }, 0, 0, 8, "W-29", "dims[0] is -1" },
        { "last", TP_UINT8, ROW, 3, { 1, 1, -5 }, { 0 }, 0, 0, 8, "W-29", "dims[2] is -5" },
        { "first", TP_UINT8, ROW, 3, { INT32_MIN, 1, 1 }, { 0 }, 0, 0, 8, "W-29", "dims[0]" },
        { "column", TP_UINT8, COL, 2, { 1, -3 }, { 0 }, 0, 0, 8, "W-29", "dims[1] is -3" },
    };
    CHECK_TABLE(rows);
}

/* Proves: W-30, W-6, W-136 */
TP_TEST(unknown_dtypes_and_orders_are_refused)
{
    const row_t rows[] = {
        { "unknown", TP_DTYPE_UNKNOWN, ROW, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "dtype 0" },
        { "retired", 12, ROW, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "dtype 12" },
        { "beyond", 15, ROW, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "dtype 15" },
        { "table end", 16, ROW, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "dtype 16" },
        { "negative", -1, ROW, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "dtype -1" },
        { "null value", INT16_MIN, ROW, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "dtype -32768" },
        { "no order", TP_UINT8, 0, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "major order 0" },
        { "order 3", TP_UINT8, 3, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "major order 3" },
        { "null order", TP_UINT8, INT16_MIN, 1, { 1 }, { 0 }, 0, 0, 8, "W-30", "-32768" },
    };
    CHECK_TABLE(rows);
}

/* Proves: W-136 */
TP_TEST(enum_values_are_those_of_the_wire)
{
    static const struct {
        int value;
        const char *name;
        size_t size;
    } types[] = {
        { 1, "uint8", 1 },   { 2, "int8", 1 },     { 3, "uint16", 2 }, { 4, "int16", 2 },
        { 5, "uint32", 4 },  { 6, "int32", 4 },    { 7, "uint64", 8 }, { 8, "int64", 8 },
        { 9, "float32", 4 }, { 10, "float64", 8 }, { 11, "bool", 1 },  { 13, "bytes", 1 },
        { 14, "bit", 1 },
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const tp_dtype_t dtype = (tp_dtype_t)types[i].value;
        TP_CHECK_EQ_STR(tp_dtype_name(dtype), types[i].name);
        TP_CHECK_EQ_U64(tp_dtype_size(dtype), types[i].size);
        TP_CHECK_EQ_I64(tp_dtype_from_name(types[i].name), types[i].value);
    }
    for (int value = -2; value < 40; value++) {
        bool known = false;
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
            known |= types[i].value == value;
        }
        TP_CHECK_MSG((tp_dtype_size((tp_dtype_t)value) != 0) == known, "dtype %d", value);
        TP_CHECK_MSG((tp_dtype_name((tp_dtype_t)value) != NULL) == known, "dtype %d", value);
    }
    TP_CHECK_EQ_I64(tp_dtype_from_name("UINT8"), TP_DTYPE_UNKNOWN);
    TP_CHECK_EQ_I64(tp_dtype_from_name(""), TP_DTYPE_UNKNOWN);
    TP_CHECK_EQ_I64(tp_dtype_from_name(NULL), TP_DTYPE_UNKNOWN);
    TP_CHECK_EQ_I64(TP_ROW_MAJOR, 1);
    TP_CHECK_EQ_I64(TP_COLUMN_MAJOR, 2);
    TP_CHECK_EQ_I64(TP_PROGRESS_NONE, 0);
    TP_CHECK_EQ_I64(TP_PROGRESS_ROWS, 1);
    TP_CHECK_EQ_I64(TP_PROGRESS_COLUMNS, 2);
}

/* Proves: W-31, W-32 */
TP_TEST(strides_do_not_overlap_and_agree_with_the_order)
{
    const row_t rows[] = {
        { "negative", TP_UINT8, ROW, 1, { 8 }, { -1 }, 0, 0, 8, "W-31", "strides[0] is -1" },
        { "negative outer", TP_UINT8, ROW, 2, { 2, 2 }, { -2, 1 }, 0, 0, 8, "W-31", "strides[0]" },
        { "exact", TP_UINT16, ROW, 2, { 3, 4 }, { 8, 2 }, 0, 0, 24, NULL, NULL },
        { "all inferred", TP_UINT16, ROW, 2, { 3, 4 }, { 0, 0 }, 0, 0, 24, NULL, NULL },
        { "outer given", TP_UINT16, ROW, 2, { 3, 4 }, { 8, 0 }, 0, 0, 24, NULL, NULL },
        { "inner given", TP_UINT16, ROW, 2, { 3, 4 }, { 0, 2 }, 0, 0, 24, NULL, NULL },
        { "rows padded", TP_UINT16, ROW, 2, { 3, 4 }, { 16, 2 }, 0, 0, 40, NULL, NULL },
        { "elements apart", TP_UINT8, ROW, 2, { 2, 4 }, { 12, 3 }, 0, 0, 22, NULL, NULL },
        { "less than an element", TP_UINT16, ROW, 1, { 4 }, { 1 }, 0, 0, 8, "W-32", "overlap" },
        { "rows overlap", TP_UINT16, ROW, 2, { 3, 4 }, { 7, 2 }, 0, 0, 99, "W-32", "strides[0]" },
        { "column order in a row tensor",
          TP_UINT8,
          ROW,
          2,
          { 3, 4 },
          { 1, 3 },
          0,
          0,
          12,
          "W-32",
          "row-major" },
        { "column exact", TP_UINT16, COL, 2, { 3, 4 }, { 2, 6 }, 0, 0, 24, NULL, NULL },
        { "column inferred", TP_UINT16, COL, 3, { 3, 4, 5 }, { 0 }, 0, 0, 120, NULL, NULL },
        { "row order in a column tensor",
          TP_UINT8,
          COL,
          2,
          { 3, 4 },
          { 4, 1 },
          0,
          0,
          12,
          "W-32",
          "column-major" },
        { "column overlap", TP_UINT16, COL, 2, { 3, 4 }, { 2, 5 }, 0, 0, 99, "W-32", "strides[1]" },
        /* an axis of no elements counts as one: the next stride still holds an element */
        { "zero dim inside", TP_UINT32, ROW, 2, { 3, 0 }, { 4, 4 }, 0, 0, 0, NULL, NULL },
        { "zero dim, short", TP_UINT32, ROW, 2, { 3, 0 }, { 3, 4 }, 0, 0, 0, "W-32", NULL },
        { "broadcast", TP_UINT8, ROW, 2, { 3, 1 }, { 1, 1 }, 0, 0, 3, NULL, NULL },
    };
    CHECK_TABLE(rows);
}

/* Proves: W-32 */
TP_TEST(inferred_strides_are_computed_in_64_bits)
{
    const row_t rows[] = {
        /* 2^31-1 float64: the next stride is beyond 32 bits */
        { "34 bits", TP_FLOAT64, ROW, 2, { 1, BIG }, { 0 }, 0, 0, UINT64_C(8) * BIG, NULL, NULL },
        { "and short", TP_FLOAT64, ROW, 2, { 1, BIG }, { 0 }, 0, 0, 8, "W-33", NULL },
        { "given below it", TP_FLOAT64, ROW, 2, { 1, BIG }, { BIG, 8 }, 0, 0, 8, "W-32", NULL },
        { "overflow", TP_FLOAT64, ROW, 4, { 1, BIG, BIG, BIG }, { 0 }, 0, 0, 0, "W-32", "64 bits" },
        { "outermost may", TP_UINT8, ROW, 3, { BIG, BIG, BIG }, { 0 }, 0, 0, 0, NULL, NULL },
        { "but no payload holds it",
          TP_UINT8,
          ROW,
          3,
          { BIG, BIG, BIG },
          { 0 },
          0,
          0,
          UINT32_MAX,
          "W-33",
          NULL },
        { "column overflow",
          TP_INT64,
          COL,
          4,
          { BIG, BIG, BIG, 1 },
          { 0 },
          0,
          0,
          0,
          "W-32",
          "dims[1]" },
        { "empty but overflowing",
          TP_INT64,
          ROW,
          4,
          { 0, BIG, BIG, BIG },
          { 0 },
          0,
          0,
          0,
          "W-32",
          NULL },
    };
    CHECK_TABLE(rows);
}

/* Proves: W-33, W-37 */
TP_TEST(elements_stay_within_the_payload)
{
    const row_t rows[] = {
        { "exact", TP_UINT32, ROW, 2, { 3, 5 }, { 0 }, 0, 0, 60, NULL, NULL },
        { "one byte short", TP_UINT32, ROW, 2, { 3, 5 }, { 0 }, 0, 0, 59, "W-33", "span 60 bytes" },
        { "longer payload", TP_UINT32, ROW, 2, { 3, 5 }, { 0 }, 0, 0, 4096, NULL, NULL },
        { "last row unpadded", TP_UINT8, ROW, 2, { 3, 5 }, { 8, 1 }, 0, 0, 21, NULL, NULL },
        { "padding short", TP_UINT8, ROW, 2, { 3, 5 }, { 8, 1 }, 0, 0, 20, "W-33", "has 20" },
        { "no payload", TP_UINT32, ROW, 2, { 3, 5 }, { 0 }, 0, 0, 0, NULL, NULL },
        { "no elements", TP_UINT32, ROW, 2, { 3, 0 }, { 0 }, 0, 0, 1, NULL, NULL },
        { "bits", TP_BIT, ROW, 1, { 4096 }, { 0 }, 0, 0, 512, NULL, NULL },
        { "bytes", TP_BYTES, ROW, 1, { 4096 }, { 0 }, 0, 0, 10, NULL, NULL },
        { "bool is not exempt", TP_BOOLEAN, ROW, 1, { 4096 }, { 0 }, 0, 0, 10, "W-33", NULL },
    };
    CHECK_TABLE(rows);
}

/* Proves: W-38, W-6 */
TP_TEST(progress_stride_is_the_distance_of_rows_or_columns)
{
    const row_t rows[] = {
        { "none ignores", TP_UINT8, ROW, 2, { 4, 8 }, { 0 }, 0, 12345, 32, NULL, NULL },
        { "rows", TP_UINT8, ROW, 2, { 4, 8 }, { 0 }, 1, 8, 32, NULL, NULL },
        { "rows, given stride", TP_UINT8, ROW, 2, { 4, 8 }, { 16, 1 }, 1, 16, 64, NULL, NULL },
        { "rows, wrong", TP_UINT8, ROW, 2, { 4, 8 }, { 16, 1 }, 1, 8, 64, "W-38", "axis 0 is 16" },
        { "rows, zero", TP_UINT8, ROW, 2, { 4, 8 }, { 0 }, 1, 0, 32, "W-38", "progress stride 0" },
        { "rows of a vector", TP_UINT16, ROW, 1, { 4 }, { 0 }, 1, 2, 8, NULL, NULL },
        { "columns", TP_UINT8, COL, 2, { 4, 8 }, { 0 }, 2, 4, 32, NULL, NULL },
        { "columns of rows", TP_UINT8, ROW, 2, { 4, 8 }, { 0 }, 2, 1, 32, NULL, NULL },
        { "columns, wrong", TP_UINT8, COL, 2, { 4, 8 }, { 0 }, 2, 8, 32, "W-38", "axis 1 is 4" },
        { "columns of a vector", TP_UINT8, COL, 1, { 4 }, { 0 }, 2, 4, 32, "W-38", "ndims is 1" },
        { "unknown unit", TP_UINT8, ROW, 2, { 4, 8 }, { 0 }, 3, 8, 32, "W-6", "progress unit 3" },
        { "null unit", TP_UINT8, ROW, 2, { 4, 8 }, { 0 }, 255, 8, 32, "W-6", "255" },
    };
    CHECK_TABLE(rows);
}

TP_TEST(init_makes_a_contiguous_row_major_tensor)
{
    const int32_t dims[] = { 480, 640 };
    tp_tensor_t tensor;
    memset(&tensor, 0x5a, sizeof(tensor));
    TP_CHECK_EQ_I64(tp_tensor_init(&tensor, TP_UINT16, 2, dims), TP_OK);
    TP_CHECK_EQ_I64(tensor.dtype, TP_UINT16);
    TP_CHECK_EQ_I64(tensor.order, TP_ROW_MAJOR);
    TP_CHECK_EQ_I64(tensor.strides[0], 1280);
    TP_CHECK_EQ_I64(tensor.strides[1], 2);
    TP_CHECK_EQ_I64(tensor.dims[2], 0);
    TP_CHECK_EQ_I64(tensor.strides[7], 0);
    TP_CHECK_EQ_I64(tensor.progress_unit, TP_PROGRESS_NONE);
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&tensor), 480 * 1280);
}

TP_TEST(init_refuses_what_has_no_meaning_and_leaves_out_alone)
{
    static const struct {
        int dtype;
        uint32_t ndims;
        int32_t dims[2];
        const char *text;
    } bad[] = {
        { TP_UINT8, 0, { 1, 1 }, "ndims 0" },
        { TP_UINT8, 9, { 1, 1 }, "ndims 9" },
        { 12, 1, { 1, 1 }, "dtype 12" },
        { TP_UINT8, 2, { 1, -1 }, "dims[1] is -1" },
        { TP_UINT64, 2, { 2, BIG }, "strides[0] would be 17179869176" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tp_tensor_t tensor;
        tp_tensor_t before;
        memset(&tensor, 0x5a, sizeof(tensor));
        before = tensor;
        TP_CHECK_EQ_I64(
            tp_tensor_init(&tensor, (tp_dtype_t)bad[i].dtype, bad[i].ndims, bad[i].dims),
            TP_EINVAL);
        TP_CHECK_CONTAINS(tp_errmsg(), bad[i].text);
        TP_CHECK_EQ_MEM(&tensor, &before, sizeof(tensor));
    }
    const int32_t dim = 1;
    tp_tensor_t tensor;
    TP_CHECK_EQ_I64(tp_tensor_init(NULL, TP_UINT8, 1, &dim), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_tensor_init(&tensor, TP_UINT8, 1, NULL), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_tensor_validate(NULL, 1), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_tensor_resolve_strides(NULL, &tensor), TP_EINVAL);
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(NULL), UINT64_MAX);
}

/* Proves: W-31, W-32 */
TP_TEST(resolved_strides_are_what_zeros_stood_for)
{
    tp_tensor_t tensor = {
        .dtype = TP_FLOAT32, .order = COL, .ndims = 3, .dims = { 5, 3, 2, -9 }, .strides = { 0, 32 }
    };
    tp_tensor_t out;
    TP_CHECK_EQ_I64(tp_tensor_resolve_strides(&tensor, &out), TP_OK);
    TP_CHECK_EQ_I64(out.strides[0], 4);
    TP_CHECK_EQ_I64(out.strides[1], 32);
    TP_CHECK_EQ_I64(out.strides[2], 96);
    TP_CHECK_EQ_I64(out.dims[3], 0); /* what is ignored is cleared */
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&out), tp_tensor_span_bytes(&tensor));
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&out), 4 + 4 * 4 + 2 * 32 + 96);
    TP_CHECK_EQ_I64(tp_tensor_resolve_strides(&tensor, &tensor), TP_OK); /* in place */
    TP_CHECK_EQ_I64(tensor.strides[2], 96);
}

TP_TEST(span_says_what_is_empty_endless_or_broken)
{
    tp_tensor_t tensor = { .dtype = TP_UINT8, .order = ROW, .ndims = 2, .dims = { 4, 0 } };
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&tensor), 0);
    tensor.dims[1] = -1;
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&tensor), UINT64_MAX);
    tensor.ndims = 3;
    tensor.dims[0] = tensor.dims[1] = tensor.dims[2] = BIG;
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&tensor), UINT64_MAX);
}

/* Proves: W-40, W-32 */
/* Every address an accepted tensor names lies within its span: by walking small tensors in full. */
TP_TEST(span_covers_every_element_and_no_two_overlap)
{
    uint32_t random = 12345;
    size_t accepted = 0;
    for (int round = 0; round < 20000; round++) {
        tp_tensor_t tensor = { .dtype = TP_UINT16 };
        random = random * 1664525u + 1013904223u;
        tensor.order = (random >> 8) % 2 == 0 ? ROW : COL;
        tensor.ndims = 1 + (random >> 10) % 3;
        for (uint32_t axis = 0; axis < tensor.ndims; axis++) {
            random = random * 1664525u + 1013904223u;
            tensor.dims[axis] = (int32_t)((random >> 9) % 4);
            tensor.strides[axis] = (int32_t)((random >> 13) % 20);
        }
        tp_tensor_t full;
        if (tp_tensor_resolve_strides(&tensor, &full) != TP_OK) {
            continue;
        }
        accepted++;
        const uint64_t span = tp_tensor_span_bytes(&tensor);
        uint8_t used[512] = { 0 };
        uint64_t reach = 0;
        int32_t at[3] = { 0, 0, 0 };
        const int32_t d1 = full.ndims > 1 ? full.dims[1] : 1;
        const int32_t d2 = full.ndims > 2 ? full.dims[2] : 1;
        for (at[0] = 0; at[0] < full.dims[0]; at[0]++) {
            for (at[1] = 0; at[1] < d1; at[1]++) {
                for (at[2] = 0; at[2] < d2; at[2]++) {
                    size_t address = 0;
                    for (uint32_t axis = 0; axis < full.ndims; axis++) {
                        address += (size_t)at[axis] * (size_t)full.strides[axis];
                    }
                    TP_CHECK(address + 2 <= sizeof(used));
                    TP_CHECK(used[address] == 0 && used[address + 1] == 0);
                    used[address] = used[address + 1] = 1;
                    reach = address + 2 > reach ? address + 2 : reach;
                }
            }
        }
        TP_CHECK_EQ_U64(reach, span);
    }
    TP_CHECK_GT_U64(accepted, 500);
}

TP_TEST_MAIN()
