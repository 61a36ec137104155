/*
 * tensor/tensor_check.h - the same rules as tp_tensor_validate, for the hot path: no text, only a
 * verdict.
 */
#ifndef TPI_TENSOR_CHECK_H
#define TPI_TENSOR_CHECK_H

#include "tensorpool/tensor.h"

/**
 * NULL if the tensor passes W-28..W-33 and W-38 for `values_len` payload bytes, else a static text
 * naming the rule broken. No allocation, no formatting.
 */
const char *tpi_tensor_fault(const tp_tensor_t *tensor, uint64_t values_len);

#endif
