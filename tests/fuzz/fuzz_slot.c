/*
 * 256 bytes of shared memory from a stranger, through the whole reader: what is accepted obeys the
 * rules, and says the same when it is written again. The last byte, if there are 257, is the index.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shm/slot.h"
#include "tensor/tensor_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void check_tensor(const tp_tensor_t *tensor, uint64_t values_len)
{
    /* The verdict for the hot path and the one with a text agree. */
    const char *fault = tpi_tensor_fault(tensor, values_len);
    REQUIRE((fault == NULL) == (tp_tensor_validate(tensor, values_len) == 0));
    tp_tensor_t resolved;
    if (tp_tensor_resolve_strides(tensor, &resolved) == 0) {
        REQUIRE(tp_tensor_span_bytes(&resolved) == tp_tensor_span_bytes(tensor));
        for (uint32_t i = 0; i < resolved.ndims; i++) {
            REQUIRE(resolved.strides[i] > 0 && resolved.dims[i] >= 0);
        }
    }
    if (fault != NULL) {
        return;
    }
    REQUIRE(tensor->ndims >= 1 && tensor->ndims <= TP_MAX_DIMS);
    REQUIRE(tp_dtype_size(tensor->dtype) != 0);
    if (values_len > 0 && tensor->dtype != TP_BIT && tensor->dtype != TP_BYTES) {
        REQUIRE(tp_tensor_span_bytes(tensor) <= values_len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _Alignas(64) tpi_slot_image_t image;
    tpi_slot_image_t copy;
    tpi_slot_header_t header;
    tpi_slot_header_t raw;
    uint64_t word = 0;
    memset(&image, 0, sizeof(image));
    memcpy(image.words, data, size < sizeof(image) ? size : sizeof(image));
    const uint32_t index = size > sizeof(image) ? data[sizeof(image)] : 7;

    const tpi_slot_verdict_t read =
        tpi_slot_read(&image, tpi_word_seq(image.words[0]), 0, &copy, &word);
    REQUIRE(word == image.words[0]);
    REQUIRE(read == ((word & 1) != 0 ? TPI_SLOT_OK : TPI_SLOT_ODD));
    tpi_slot_copy(&image, &copy);
    REQUIRE(memcmp(&copy, &image, sizeof(copy)) == 0);

    const bool has_form = tpi_slot_decode_raw(&copy, &raw);
    check_tensor(&raw.tensor, raw.values_len_bytes);
    const tpi_slot_verdict_t verdict = tpi_slot_decode(&copy, index, &header);
    REQUIRE(verdict == TPI_SLOT_OK || verdict == TPI_SLOT_HEADER || verdict == TPI_SLOT_PAYLOAD);
    if (verdict != TPI_SLOT_OK) {
        return 0;
    }
    REQUIRE(has_form && header.payload_slot == index && header.payload_offset == 0);
    REQUIRE(tpi_tensor_fault(&header.tensor, header.values_len_bytes) == NULL);
    for (uint32_t i = header.tensor.ndims; i < TP_MAX_DIMS; i++) {
        REQUIRE(header.tensor.dims[i] == 0 && header.tensor.strides[i] == 0);
    }
    const bool has_progress = header.tensor.progress_unit != TP_PROGRESS_NONE;
    REQUIRE(has_progress || header.tensor.progress_stride_bytes == 0);
    /* Written again it reads the same; only pads, unused axes and an unused progress stride may have
     * changed. */
    tpi_slot_header_t second;
    tpi_slot_encode(&image, &header);
    REQUIRE(tpi_slot_decode(&image, index, &second) == TPI_SLOT_OK);
    REQUIRE(memcmp(&second.tensor.dims, &header.tensor.dims, sizeof(header.tensor.dims)) == 0);
    const uint8_t *before = (const uint8_t *)copy.words;
    const uint8_t *after = (const uint8_t *)image.words;
    REQUIRE(memcmp(before + 8, after + 8, 34 - 8) == 0);
    REQUIRE(memcmp(before + 60, after + 60, 77 - 60) == 0);
    REQUIRE(memcmp(before + 78, after + 78, has_progress ? 83 - 78 : 1) == 0);
    REQUIRE(memcmp(before + 83, after + 83, 4 * header.tensor.ndims) == 0);
    REQUIRE(memcmp(before + 115, after + 115, 4 * header.tensor.ndims) == 0);
    return 0;
}
