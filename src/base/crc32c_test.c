/*
 * The check value of CRC-32C, known vectors, and pieces of any size and alignment.
 */
#include "base/crc32c.h"

#include <string.h>

#include "tp_test.h"

/* From RFC 3720, B.4. */
TP_TEST(known_inputs_give_known_sums)
{
    uint8_t data[32];
    TP_CHECK_EQ_U64(tpi_crc32c(0, "123456789", 9), 0xE3069283);
    TP_CHECK_EQ_U64(tpi_crc32c(0, "", 0), 0);
    memset(data, 0, sizeof data);
    TP_CHECK_EQ_U64(tpi_crc32c(0, data, sizeof data), 0x8A9136AA);
    memset(data, 0xFF, sizeof data);
    TP_CHECK_EQ_U64(tpi_crc32c(0, data, sizeof data), 0x62A8AB43);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)i;
    }
    TP_CHECK_EQ_U64(tpi_crc32c(0, data, sizeof data), 0x46DD794E);
}

TP_TEST(pieces_add_up_whatever_their_size_and_place)
{
    uint8_t data[200];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 37 + i / 3);
    }
    for (size_t from = 0; from < 9; from++) {
        const uint32_t whole = tpi_crc32c(0, data + from, 190);
        for (size_t cut = 0; cut <= 190; cut++) {
            const uint32_t first = tpi_crc32c(0, data + from, cut);
            TP_CHECK_EQ_U64(tpi_crc32c(first, data + from + cut, 190 - cut), whole);
        }
    }
}

TP_TEST_MAIN()
