#include "base/crc32c.h"

#include <string.h>

/* Half a byte at a time: small, and only where the processor cannot do it. */
static uint32_t crc_by_table(uint32_t crc, const uint8_t *data, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3,
        0x61C69362, 0x7198540D, 0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
    };
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        crc = (crc >> 4) ^ table[crc & 15u];
        crc = (crc >> 4) ^ table[crc & 15u];
    }
    return crc;
}

#if defined(__x86_64__) && !defined(TPI_CRC32C_TABLE)
#define HAS_INSTRUCTION 1
__attribute__((target("sse4.2"))) static uint32_t
crc_by_instruction(uint32_t crc, const uint8_t *data, size_t len)
{
    uint64_t wide = crc;
    for (; len >= 8; data += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, data, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; len > 0; data++, len--) {
        crc = __builtin_ia32_crc32qi(crc, *data);
    }
    return crc;
}
#endif

uint32_t tpi_crc32c(uint32_t crc, const void *data, size_t len)
{
    crc = ~crc;
#ifdef HAS_INSTRUCTION
    if (__builtin_cpu_supports("sse4.2")) {
        return ~crc_by_instruction(crc, data, len);
    }
#endif
    return ~crc_by_table(crc, data, len);
}
