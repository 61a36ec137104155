/*
 * base/crc32c.h - CRC-32C (Castagnoli): polynomial 0x1EDC6F41 reflected, start and final xor
 * 0xFFFFFFFF.
 */
#ifndef TPI_BASE_CRC32C_H
#define TPI_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** Go on from `crc`, which is 0 for the first piece. "123456789" gives 0xE3069283. */
uint32_t tpi_crc32c(uint32_t crc, const void *data, size_t len);

#endif
