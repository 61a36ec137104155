/* Generated SBE (Simple Binary Encoding) message codec */

#ifndef _TPI_WIRE11_SLOTHEADER_H_
#define _TPI_WIRE11_SLOTHEADER_H_

#include <errno.h>
#if !defined(__STDC_LIMIT_MACROS)
#define __STDC_LIMIT_MACROS 1
#endif
#include <limits.h>
#define SBE_FLOAT_NAN NAN
#define SBE_DOUBLE_NAN NAN
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "progressUnit.h"
#include "responseCode.h"
#include "regionType.h"
#include "messageHeader.h"
#include "mode.h"
#include "dtype.h"
#include "groupSizeEncoding.h"
#include "varAsciiEncoding.h"
#include "varDataEncoding.h"
#include "bool.h"
#include "frameProgressState.h"
#include "clockDomain.h"
#include "majorOrder.h"

#ifdef __cplusplus
#define SBE_ONE_DEF inline
#else
#define SBE_ONE_DEF static inline
#endif

/*
 * Define some byte ordering macros
 */
#if defined(WIN32) || defined(_WIN32)
    #define SBE_BIG_ENDIAN_ENCODE_16(v) _byteswap_ushort(v)
    #define SBE_BIG_ENDIAN_ENCODE_32(v) _byteswap_ulong(v)
    #define SBE_BIG_ENDIAN_ENCODE_64(v) _byteswap_uint64(v)
    #define SBE_LITTLE_ENDIAN_ENCODE_16(v) (v)
    #define SBE_LITTLE_ENDIAN_ENCODE_32(v) (v)
    #define SBE_LITTLE_ENDIAN_ENCODE_64(v) (v)
#elif __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    #define SBE_BIG_ENDIAN_ENCODE_16(v) __builtin_bswap16(v)
    #define SBE_BIG_ENDIAN_ENCODE_32(v) __builtin_bswap32(v)
    #define SBE_BIG_ENDIAN_ENCODE_64(v) __builtin_bswap64(v)
    #define SBE_LITTLE_ENDIAN_ENCODE_16(v) (v)
    #define SBE_BIG_ENDIAN_ENCODE_32(v) __builtin_bswap32(v)
    #define SBE_BIG_ENDIAN_ENCODE_64(v) __builtin_bswap64(v)
    #define SBE_LITTLE_ENDIAN_ENCODE_16(v) (v)
    #define SBE_LITTLE_ENDIAN_ENCODE_32(v) (v)
    #define SBE_LITTLE_ENDIAN_ENCODE_64(v) (v)
#elif __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define SBE_LITTLE_ENDIAN_ENCODE_16(v) __builtin_bswap16(v)
    #define SBE_LITTLE_ENDIAN_ENCODE_32(v) __builtin_bswap32(v)
    #define SBE_LITTLE_ENDIAN_ENCODE_64(v) __builtin_bswap64(v)
    #define SBE_BIG_ENDIAN_ENCODE_16(v) (v)
    #define SBE_BIG_ENDIAN_ENCODE_32(v) (v)
    #define SBE_BIG_ENDIAN_ENCODE_64(v) (v)
#else
    #error "Byte Ordering of platform not determined. Set __BYTE_ORDER__ manually before including this file."
#endif

#if !defined(SBE_BOUNDS_CHECK_EXPECT)
#  if defined(SBE_NO_BOUNDS_CHECK)
#    define SBE_BOUNDS_CHECK_EXPECT(exp, c) (false)
#  elif defined(_MSC_VER)
#    define SBE_BOUNDS_CHECK_EXPECT(exp, c) (exp)
#  else 
#    define SBE_BOUNDS_CHECK_EXPECT(exp, c) (__builtin_expect(exp, c))
#  endif

#endif

#define SBE_NULLVALUE_INT8 INT8_MIN
#define SBE_NULLVALUE_INT16 INT16_MIN
#define SBE_NULLVALUE_INT32 INT32_MIN
#define SBE_NULLVALUE_INT64 INT64_MIN
#define SBE_NULLVALUE_UINT8 UINT8_MAX
#define SBE_NULLVALUE_UINT16 UINT16_MAX
#define SBE_NULLVALUE_UINT32 UINT32_MAX
#define SBE_NULLVALUE_UINT64 UINT64_MAX

#define E100 -50100 // E_BUF_SHORT
#define E103 -50103 // VAL_UNKNOWN_ENUM
#define E104 -50104 // I_OUT_RANGE_NUM
#define E105 -50105 // I_OUT_RANGE_NUM
#define E106 -50106 // I_OUT_RANGE_NUM
#define E107 -50107 // BUF_SHORT_FLYWEIGHT
#define E108 -50108 // BUF_SHORT_NXT_GRP_IND
#define E109 -50109 // STR_TOO_LONG_FOR_LEN_TYP
#define E110 -50110 // CNT_OUT_RANGE

#ifndef SBE_STRERROR_DEFINED
#define SBE_STRERROR_DEFINED
SBE_ONE_DEF const char *sbe_strerror(const int errnum)
{
    switch (errnum)
    {
        case E100:
            return "buffer too short";
        case E103:
            return "unknown value for enum";
        case E104:
            return "index out of range";
        case E105:
            return "index out of range";
        case E106:
            return "length too large";
        case E107:
            return "buffer too short for flyweight";
        case E108:
            return "buffer too short to support next group index";
        case E109:
            return "std::string too long for length type";
        case E110:
            return "count outside of allowed range";
        default:
            return "unknown error";
    }
}
#endif

struct tpi_wire11_slotHeader
{
    char *buffer;
    uint64_t buffer_length;
    uint64_t offset;
    uint64_t position;
    uint64_t acting_block_length;
    uint64_t acting_version;
};

enum tpi_wire11_slotHeader_meta_attribute
{
    tpi_wire11_slotHeader_meta_attribute_EPOCH,
    tpi_wire11_slotHeader_meta_attribute_TIME_UNIT,
    tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE,
    tpi_wire11_slotHeader_meta_attribute_PRESENCE
};

union tpi_wire11_slotHeader_float_as_uint
{
    float fp_value;
    uint32_t uint_value;
};

union tpi_wire11_slotHeader_double_as_uint
{
    double fp_value;
    uint64_t uint_value;
};

struct tpi_wire11_slotHeader_string_view
{
    const char* data;
    size_t length;
};

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_sbe_position(
    const struct tpi_wire11_slotHeader *const codec)
{
    return codec->position;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_set_sbe_position(
    struct tpi_wire11_slotHeader *const codec,
    const uint64_t position)
{
    if (SBE_BOUNDS_CHECK_EXPECT((position > codec->buffer_length), false))
    {
        errno = E100;
        return false;
    }
    codec->position = position;

    return true;
}

SBE_ONE_DEF uint64_t *tpi_wire11_slotHeader_sbe_position_ptr(
    struct tpi_wire11_slotHeader *const codec)
{
    return &codec->position;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_reset(
    struct tpi_wire11_slotHeader *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t buffer_length,
    const uint64_t acting_block_length,
    const uint64_t acting_version)
{
    codec->buffer = buffer;
    codec->offset = offset;
    codec->buffer_length = buffer_length;
    codec->acting_block_length = acting_block_length;
    codec->acting_version = acting_version;
    if (!tpi_wire11_slotHeader_set_sbe_position(codec, offset + acting_block_length))
    {
        return NULL;
    }

    return codec;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_copy(
    struct tpi_wire11_slotHeader *const codec,
    const struct tpi_wire11_slotHeader *const other)
{
     codec->buffer = other->buffer;
     codec->offset = other->offset;
     codec->buffer_length = other->buffer_length;
     codec->acting_block_length = other->acting_block_length;
     codec->acting_version = other->acting_version;
     codec->position = other->position;

     return codec;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_sbe_block_length(void)
{
    return (uint16_t)60;
}

#define TPI_WIRE11_SLOT_HEADER_SBE_TEMPLATE_ID (uint16_t)51

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_sbe_template_id(void)
{
    return (uint16_t)51;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_sbe_schema_id(void)
{
    return (uint16_t)900;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_sbe_schema_version(void)
{
    return (uint16_t)1;
}

SBE_ONE_DEF const char* tpi_wire11_slotHeader_sbe_semantic_version(void)
{
    return "1.1";
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_sbe_semantic_type(void)
{
    return "";
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_offset(
    const struct tpi_wire11_slotHeader *const codec)
{
    return codec->offset;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_wrap_and_apply_header(
    struct tpi_wire11_slotHeader *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t buffer_length,
    struct tpi_wire11_messageHeader *const hdr)
{
    tpi_wire11_messageHeader_wrap(
        hdr, buffer + offset, 0, tpi_wire11_messageHeader_sbe_schema_version(), buffer_length);

    tpi_wire11_messageHeader_set_blockLength(hdr, tpi_wire11_slotHeader_sbe_block_length());
    tpi_wire11_messageHeader_set_templateId(hdr, tpi_wire11_slotHeader_sbe_template_id());
    tpi_wire11_messageHeader_set_schemaId(hdr, tpi_wire11_slotHeader_sbe_schema_id());
    tpi_wire11_messageHeader_set_version(hdr, tpi_wire11_slotHeader_sbe_schema_version());

    tpi_wire11_slotHeader_reset(
        codec,
        buffer + offset + tpi_wire11_messageHeader_encoded_length(),
        0,
        buffer_length - tpi_wire11_messageHeader_encoded_length(),
        tpi_wire11_slotHeader_sbe_block_length(),
        tpi_wire11_slotHeader_sbe_schema_version());

    return codec;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_wrap_for_encode(
    struct tpi_wire11_slotHeader *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t buffer_length)
{
    return tpi_wire11_slotHeader_reset(
        codec,
        buffer,
        offset,
        buffer_length,
        tpi_wire11_slotHeader_sbe_block_length(),
        tpi_wire11_slotHeader_sbe_schema_version());
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_wrap_for_decode(
    struct tpi_wire11_slotHeader *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t acting_block_length,
    const uint64_t acting_version,
    const uint64_t buffer_length)
{
    return tpi_wire11_slotHeader_reset(
        codec,
        buffer,
        offset,
        buffer_length,
        acting_block_length,
        acting_version);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_sbe_rewind(
    struct tpi_wire11_slotHeader *const codec)
{
    return tpi_wire11_slotHeader_wrap_for_decode(
        codec,
        codec->buffer,
        codec->offset,
        codec->acting_block_length,
        codec->acting_version,
        codec->buffer_length);
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_encoded_length(
    const struct tpi_wire11_slotHeader *const codec)
{
    return tpi_wire11_slotHeader_sbe_position(codec) - codec->offset;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_buffer(
    const struct tpi_wire11_slotHeader *const codec)
{
    return codec->buffer;
}

SBE_ONE_DEF char *tpi_wire11_slotHeader_mut_buffer(
    struct tpi_wire11_slotHeader *const codec)
{
    return codec->buffer;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_buffer_length(
    const struct tpi_wire11_slotHeader *const codec)
{
    return codec->buffer_length;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
    return codec->acting_version;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_seqCommit_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_seqCommit_id(void)
{
    return 1;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_seqCommit_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_seqCommit_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_seqCommit_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_seqCommit_encoding_offset(void)
{
    return 0;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_seqCommit_null_value(void)
{
    return SBE_NULLVALUE_UINT64;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_seqCommit_min_value(void)
{
    return UINT64_C(0x0);
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_seqCommit_max_value(void)
{
    return UINT64_C(0xfffffffffffffffe);
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_seqCommit_encoding_length(void)
{
    return 8;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_seqCommit(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint64_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 0, sizeof(uint64_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_64(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_seqCommit(
    struct tpi_wire11_slotHeader *const codec,
    const uint64_t value)
{
    uint64_t val = SBE_LITTLE_ENDIAN_ENCODE_64(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 0, &val, sizeof(uint64_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_valuesLenBytes_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_valuesLenBytes_id(void)
{
    return 2;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_valuesLenBytes_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_valuesLenBytes_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_valuesLenBytes_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_valuesLenBytes_encoding_offset(void)
{
    return 8;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_valuesLenBytes_null_value(void)
{
    return SBE_NULLVALUE_UINT32;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_valuesLenBytes_min_value(void)
{
    return UINT32_C(0x0);
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_valuesLenBytes_max_value(void)
{
    return UINT32_C(0xfffffffe);
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_valuesLenBytes_encoding_length(void)
{
    return 4;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_valuesLenBytes(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint32_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 8, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_32(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_valuesLenBytes(
    struct tpi_wire11_slotHeader *const codec,
    const uint32_t value)
{
    uint32_t val = SBE_LITTLE_ENDIAN_ENCODE_32(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 8, &val, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_payloadSlot_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_payloadSlot_id(void)
{
    return 3;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_payloadSlot_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_payloadSlot_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_payloadSlot_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_payloadSlot_encoding_offset(void)
{
    return 12;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadSlot_null_value(void)
{
    return SBE_NULLVALUE_UINT32;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadSlot_min_value(void)
{
    return UINT32_C(0x0);
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadSlot_max_value(void)
{
    return UINT32_C(0xfffffffe);
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_payloadSlot_encoding_length(void)
{
    return 4;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadSlot(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint32_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 12, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_32(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_payloadSlot(
    struct tpi_wire11_slotHeader *const codec,
    const uint32_t value)
{
    uint32_t val = SBE_LITTLE_ENDIAN_ENCODE_32(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 12, &val, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_poolId_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_poolId_id(void)
{
    return 4;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_poolId_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_poolId_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_poolId_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_poolId_encoding_offset(void)
{
    return 16;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_poolId_null_value(void)
{
    return SBE_NULLVALUE_UINT16;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_poolId_min_value(void)
{
    return (uint16_t)0;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_poolId_max_value(void)
{
    return (uint16_t)65534;
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_poolId_encoding_length(void)
{
    return 2;
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_poolId(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint16_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 16, sizeof(uint16_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_16(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_poolId(
    struct tpi_wire11_slotHeader *const codec,
    const uint16_t value)
{
    uint16_t val = SBE_LITTLE_ENDIAN_ENCODE_16(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 16, &val, sizeof(uint16_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_payloadOffset_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_payloadOffset_id(void)
{
    return 5;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_payloadOffset_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_payloadOffset_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_payloadOffset_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_payloadOffset_encoding_offset(void)
{
    return 18;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadOffset_null_value(void)
{
    return SBE_NULLVALUE_UINT32;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadOffset_min_value(void)
{
    return UINT32_C(0x0);
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadOffset_max_value(void)
{
    return UINT32_C(0xfffffffe);
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_payloadOffset_encoding_length(void)
{
    return 4;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_payloadOffset(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint32_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 18, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_32(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_payloadOffset(
    struct tpi_wire11_slotHeader *const codec,
    const uint32_t value)
{
    uint32_t val = SBE_LITTLE_ENDIAN_ENCODE_32(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 18, &val, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_timestampNs_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_timestampNs_id(void)
{
    return 6;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_timestampNs_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_timestampNs_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_timestampNs_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_timestampNs_encoding_offset(void)
{
    return 22;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_timestampNs_null_value(void)
{
    return SBE_NULLVALUE_UINT64;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_timestampNs_min_value(void)
{
    return UINT64_C(0x0);
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_timestampNs_max_value(void)
{
    return UINT64_C(0xfffffffffffffffe);
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_timestampNs_encoding_length(void)
{
    return 8;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_timestampNs(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint64_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 22, sizeof(uint64_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_64(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_timestampNs(
    struct tpi_wire11_slotHeader *const codec,
    const uint64_t value)
{
    uint64_t val = SBE_LITTLE_ENDIAN_ENCODE_64(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 22, &val, sizeof(uint64_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_metaVersion_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_metaVersion_id(void)
{
    return 7;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_metaVersion_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_metaVersion_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_metaVersion_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_metaVersion_encoding_offset(void)
{
    return 30;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_metaVersion_null_value(void)
{
    return SBE_NULLVALUE_UINT32;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_metaVersion_min_value(void)
{
    return UINT32_C(0x0);
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_metaVersion_max_value(void)
{
    return UINT32_C(0xfffffffe);
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_metaVersion_encoding_length(void)
{
    return 4;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_metaVersion(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint32_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 30, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_32(val);
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_metaVersion(
    struct tpi_wire11_slotHeader *const codec,
    const uint32_t value)
{
    uint32_t val = SBE_LITTLE_ENDIAN_ENCODE_32(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 30, &val, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_pad_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_pad_id(void)
{
    return 8;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_pad_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_pad_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_pad_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_pad_encoding_offset(void)
{
    return 34;
}

SBE_ONE_DEF uint8_t tpi_wire11_slotHeader_pad_null_value(void)
{
    return SBE_NULLVALUE_UINT8;
}

SBE_ONE_DEF uint8_t tpi_wire11_slotHeader_pad_min_value(void)
{
    return (uint8_t)0;
}

SBE_ONE_DEF uint8_t tpi_wire11_slotHeader_pad_max_value(void)
{
    return (uint8_t)254;
}

SBE_ONE_DEF size_t tpi_wire11_slotHeader_pad_encoding_length(void)
{
    return 26;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_pad_length(void)
{
    return 26;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_pad_buffer(
    const struct tpi_wire11_slotHeader *const codec)
{
    return codec->buffer + codec->offset + 34;
}

SBE_ONE_DEF uint8_t tpi_wire11_slotHeader_pad_unsafe(
    const struct tpi_wire11_slotHeader *const codec,
    const uint64_t index)
{
    uint8_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 34 + (index * 1), sizeof(uint8_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return (val);
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_pad(
    const struct tpi_wire11_slotHeader *const codec,
    const uint64_t index,
    uint8_t *const out)
{
    if (index >= 26)
    {
        errno = E104;
        return false;
    }

    uint8_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 34 + (index * 1), sizeof(uint8_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    *out = (val);
    return true;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_pad_unsafe(
    struct tpi_wire11_slotHeader *const codec,
    const uint64_t index,
    const uint8_t value)
{
    uint8_t val = (value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 34 + (index * 1), &val, sizeof(uint8_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_set_pad(
    struct tpi_wire11_slotHeader *const codec,
    const uint64_t index,
    const uint8_t value)
{
    if (index >= 26)
    {
        errno = E105;
        return NULL;
    }

    uint8_t val = (value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 34 + (index * 1), &val, sizeof(uint8_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF char *tpi_wire11_slotHeader_get_pad(
    const struct tpi_wire11_slotHeader *const codec,
    char *dst,
    const uint64_t length)
{
    if (length > 26)
    {
        errno = E106;
        return NULL;
    }

    memcpy(dst, codec->buffer + codec->offset + 34, sizeof(uint8_t) * length);

    return dst;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_put_pad(
    struct tpi_wire11_slotHeader *const codec,
    const char *src)
{
    memcpy(codec->buffer + codec->offset + 34, src, sizeof(uint8_t) * 26);

    return codec;
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_headerBytes_meta_attribute(
    const enum tpi_wire11_slotHeader_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_wire11_slotHeader_meta_attribute_EPOCH: return "";
        case tpi_wire11_slotHeader_meta_attribute_TIME_UNIT: return "";
        case tpi_wire11_slotHeader_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_wire11_slotHeader_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_headerBytes_character_encoding(void)
{
    return "null";
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_headerBytes_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_wire11_slotHeader_headerBytes_in_acting_version(
    const struct tpi_wire11_slotHeader *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_wire11_slotHeader_headerBytes_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF uint16_t tpi_wire11_slotHeader_headerBytes_id(void)
{
    return 9;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_headerBytes_header_length(void)
{
    return 4;
}

SBE_ONE_DEF uint32_t tpi_wire11_slotHeader_headerBytes_length(
    const struct tpi_wire11_slotHeader *const codec)
{
    uint32_t length;
    memcpy(&length, codec->buffer + tpi_wire11_slotHeader_sbe_position(codec), sizeof(uint32_t));

    return SBE_LITTLE_ENDIAN_ENCODE_32(length);
}

SBE_ONE_DEF const char *tpi_wire11_slotHeader_headerBytes(
    struct tpi_wire11_slotHeader *const codec)
{
    uint32_t length_field_value;
    memcpy(&length_field_value, codec->buffer + tpi_wire11_slotHeader_sbe_position(codec), sizeof(uint32_t));
    const char *field_ptr = (codec->buffer + tpi_wire11_slotHeader_sbe_position(codec) + 4);

    if (!tpi_wire11_slotHeader_set_sbe_position(
        codec, tpi_wire11_slotHeader_sbe_position(codec) + 4 + SBE_LITTLE_ENDIAN_ENCODE_32(length_field_value)))
    {
        return NULL;
    }

    return field_ptr;
}

SBE_ONE_DEF uint64_t tpi_wire11_slotHeader_get_headerBytes(
    struct tpi_wire11_slotHeader *const codec,
    char *dst,
    const uint64_t length)
{
    uint64_t length_of_length_field = 4;
    uint64_t length_position = tpi_wire11_slotHeader_sbe_position(codec);
    if (!tpi_wire11_slotHeader_set_sbe_position(codec, length_position + length_of_length_field))
    {
        return 0;
    }

    uint32_t length_field_value;
    memcpy(&length_field_value, codec->buffer + length_position, sizeof(uint32_t));
    uint64_t data_length = SBE_LITTLE_ENDIAN_ENCODE_32(length_field_value);
    uint64_t bytes_to_copy = length < data_length ? length : data_length;
    uint64_t pos = tpi_wire11_slotHeader_sbe_position(codec);

    if (!tpi_wire11_slotHeader_set_sbe_position(codec, pos + data_length))
    {
        return 0;
    }

    memcpy(dst, codec->buffer + pos, bytes_to_copy);

    return bytes_to_copy;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader_string_view tpi_wire11_slotHeader_get_headerBytes_as_string_view(
    struct tpi_wire11_slotHeader *const codec)
{
    uint32_t length_field_value = tpi_wire11_slotHeader_headerBytes_length(codec);
    const char *field_ptr = codec->buffer + tpi_wire11_slotHeader_sbe_position(codec) + 4;
    if (!tpi_wire11_slotHeader_set_sbe_position(
        codec, tpi_wire11_slotHeader_sbe_position(codec) + 4 + length_field_value))
    {
        struct tpi_wire11_slotHeader_string_view ret = {NULL, 0};
        return ret;
    }

    struct tpi_wire11_slotHeader_string_view ret = {field_ptr, length_field_value};

    return ret;
}

SBE_ONE_DEF struct tpi_wire11_slotHeader *tpi_wire11_slotHeader_put_headerBytes(
    struct tpi_wire11_slotHeader *const codec,
    const char *src,
    const uint32_t length)
{
    uint64_t length_of_length_field = 4;
    uint64_t length_position = tpi_wire11_slotHeader_sbe_position(codec);
    uint32_t length_field_value = SBE_LITTLE_ENDIAN_ENCODE_32(length);
    if (!tpi_wire11_slotHeader_set_sbe_position(codec, length_position + length_of_length_field))
    {
        return NULL;
    }

    memcpy(codec->buffer + length_position, &length_field_value, sizeof(uint32_t));
    uint64_t pos = tpi_wire11_slotHeader_sbe_position(codec);

    if (!tpi_wire11_slotHeader_set_sbe_position(codec, pos + length))
    {
        return NULL;
    }

    memcpy(codec->buffer + pos, src, length);

    return codec;
}

#endif
