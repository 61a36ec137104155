#include "tensorpool/tensor.h"

#include "tensorpool/error.h"
#include "tp_test.h"

TP_TEST(init_makes_a_contiguous_row_major_tensor)
{
    const int32_t dims[] = { 480, 640 };
    tp_tensor_t tensor;
    TP_CHECK_EQ_I64(tp_tensor_init(&tensor, TP_UINT16, 2, dims), TP_OK);
    TP_CHECK_EQ_I64(tensor.strides[0], 1280);
    TP_CHECK_EQ_I64(tensor.strides[1], 2);
    TP_CHECK_EQ_U64(tp_tensor_span_bytes(&tensor), 480 * 1280);
    TP_CHECK_EQ_I64(tp_tensor_validate(&tensor, 480 * 1280), TP_OK);
    TP_CHECK_EQ_I64(tp_tensor_validate(&tensor, 480 * 1280 - 1), TP_EINVAL);
}

TP_TEST_MAIN()
