/*
 * base/bytes.h - unaligned little-endian loads and stores. The wire and the mapped layouts are
 * packed, so nothing may assume alignment (Rule: W-1, W-2).
 */
#ifndef TPI_BASE_BYTES_H
#define TPI_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error                                                                                             \
    "tensorpool's wire and shared memory are little-endian; big-endian hosts are out of scope (W-1)"
#endif

static inline uint16_t tpi_get_u16(const void *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline uint32_t tpi_get_u32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline uint64_t tpi_get_u64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline int16_t tpi_get_i16(const void *p)
{
    int16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline int32_t tpi_get_i32(const void *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline int64_t tpi_get_i64(const void *p)
{
    int64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline void tpi_put_u16(void *p, uint16_t v)
{
    memcpy(p, &v, sizeof v);
}
static inline void tpi_put_u32(void *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}
static inline void tpi_put_u64(void *p, uint64_t v)
{
    memcpy(p, &v, sizeof v);
}
static inline void tpi_put_i16(void *p, int16_t v)
{
    memcpy(p, &v, sizeof v);
}
static inline void tpi_put_i32(void *p, int32_t v)
{
    memcpy(p, &v, sizeof v);
}
static inline void tpi_put_i64(void *p, int64_t v)
{
    memcpy(p, &v, sizeof v);
}

#endif
