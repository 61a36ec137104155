/* Generated SBE (Simple Binary Encoding) message codec */

#ifndef _TPI_MERGE12_SEQUENCEMERGEMAPREQUEST_H_
#define _TPI_MERGE12_SEQUENCEMERGEMAPREQUEST_H_

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

#include "mergeRuleType.h"
#include "messageHeader.h"
#include "mergeTimeRuleType.h"
#include "timestampSource.h"
#include "clockDomain.h"
#include "groupSizeEncoding.h"

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

struct tpi_merge12_sequenceMergeMapRequest
{
    char *buffer;
    uint64_t buffer_length;
    uint64_t offset;
    uint64_t position;
    uint64_t acting_block_length;
    uint64_t acting_version;
};

enum tpi_merge12_sequenceMergeMapRequest_meta_attribute
{
    tpi_merge12_sequenceMergeMapRequest_meta_attribute_EPOCH,
    tpi_merge12_sequenceMergeMapRequest_meta_attribute_TIME_UNIT,
    tpi_merge12_sequenceMergeMapRequest_meta_attribute_SEMANTIC_TYPE,
    tpi_merge12_sequenceMergeMapRequest_meta_attribute_PRESENCE
};

union tpi_merge12_sequenceMergeMapRequest_float_as_uint
{
    float fp_value;
    uint32_t uint_value;
};

union tpi_merge12_sequenceMergeMapRequest_double_as_uint
{
    double fp_value;
    uint64_t uint_value;
};

struct tpi_merge12_sequenceMergeMapRequest_string_view
{
    const char* data;
    size_t length;
};

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_sbe_position(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return codec->position;
}

SBE_ONE_DEF bool tpi_merge12_sequenceMergeMapRequest_set_sbe_position(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
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

SBE_ONE_DEF uint64_t *tpi_merge12_sequenceMergeMapRequest_sbe_position_ptr(
    struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return &codec->position;
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_reset(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
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
    if (!tpi_merge12_sequenceMergeMapRequest_set_sbe_position(codec, offset + acting_block_length))
    {
        return NULL;
    }

    return codec;
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_copy(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
    const struct tpi_merge12_sequenceMergeMapRequest *const other)
{
     codec->buffer = other->buffer;
     codec->offset = other->offset;
     codec->buffer_length = other->buffer_length;
     codec->acting_block_length = other->acting_block_length;
     codec->acting_version = other->acting_version;
     codec->position = other->position;

     return codec;
}

SBE_ONE_DEF uint16_t tpi_merge12_sequenceMergeMapRequest_sbe_block_length(void)
{
    return (uint16_t)12;
}

#define TPI_MERGE12_SEQUENCE_MERGE_MAP_REQUEST_SBE_TEMPLATE_ID (uint16_t)2

SBE_ONE_DEF uint16_t tpi_merge12_sequenceMergeMapRequest_sbe_template_id(void)
{
    return (uint16_t)2;
}

SBE_ONE_DEF uint16_t tpi_merge12_sequenceMergeMapRequest_sbe_schema_id(void)
{
    return (uint16_t)903;
}

SBE_ONE_DEF uint16_t tpi_merge12_sequenceMergeMapRequest_sbe_schema_version(void)
{
    return (uint16_t)1;
}

SBE_ONE_DEF const char* tpi_merge12_sequenceMergeMapRequest_sbe_semantic_version(void)
{
    return "1.0";
}

SBE_ONE_DEF const char *tpi_merge12_sequenceMergeMapRequest_sbe_semantic_type(void)
{
    return "";
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_offset(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return codec->offset;
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_wrap_and_apply_header(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t buffer_length,
    struct tpi_merge12_messageHeader *const hdr)
{
    tpi_merge12_messageHeader_wrap(
        hdr, buffer + offset, 0, tpi_merge12_messageHeader_sbe_schema_version(), buffer_length);

    tpi_merge12_messageHeader_set_blockLength(hdr, tpi_merge12_sequenceMergeMapRequest_sbe_block_length());
    tpi_merge12_messageHeader_set_templateId(hdr, tpi_merge12_sequenceMergeMapRequest_sbe_template_id());
    tpi_merge12_messageHeader_set_schemaId(hdr, tpi_merge12_sequenceMergeMapRequest_sbe_schema_id());
    tpi_merge12_messageHeader_set_version(hdr, tpi_merge12_sequenceMergeMapRequest_sbe_schema_version());

    tpi_merge12_sequenceMergeMapRequest_reset(
        codec,
        buffer + offset + tpi_merge12_messageHeader_encoded_length(),
        0,
        buffer_length - tpi_merge12_messageHeader_encoded_length(),
        tpi_merge12_sequenceMergeMapRequest_sbe_block_length(),
        tpi_merge12_sequenceMergeMapRequest_sbe_schema_version());

    return codec;
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_wrap_for_encode(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t buffer_length)
{
    return tpi_merge12_sequenceMergeMapRequest_reset(
        codec,
        buffer,
        offset,
        buffer_length,
        tpi_merge12_sequenceMergeMapRequest_sbe_block_length(),
        tpi_merge12_sequenceMergeMapRequest_sbe_schema_version());
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_wrap_for_decode(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
    char *buffer,
    const uint64_t offset,
    const uint64_t acting_block_length,
    const uint64_t acting_version,
    const uint64_t buffer_length)
{
    return tpi_merge12_sequenceMergeMapRequest_reset(
        codec,
        buffer,
        offset,
        buffer_length,
        acting_block_length,
        acting_version);
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_sbe_rewind(
    struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return tpi_merge12_sequenceMergeMapRequest_wrap_for_decode(
        codec,
        codec->buffer,
        codec->offset,
        codec->acting_block_length,
        codec->acting_version,
        codec->buffer_length);
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_encoded_length(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return tpi_merge12_sequenceMergeMapRequest_sbe_position(codec) - codec->offset;
}

SBE_ONE_DEF const char *tpi_merge12_sequenceMergeMapRequest_buffer(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return codec->buffer;
}

SBE_ONE_DEF char *tpi_merge12_sequenceMergeMapRequest_mut_buffer(
    struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return codec->buffer;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_buffer_length(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return codec->buffer_length;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_acting_version(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    return codec->acting_version;
}

SBE_ONE_DEF const char *tpi_merge12_sequenceMergeMapRequest_outStreamId_meta_attribute(
    const enum tpi_merge12_sequenceMergeMapRequest_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_EPOCH: return "";
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_TIME_UNIT: return "";
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_merge12_sequenceMergeMapRequest_outStreamId_id(void)
{
    return 1;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_outStreamId_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_merge12_sequenceMergeMapRequest_outStreamId_in_acting_version(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_merge12_sequenceMergeMapRequest_outStreamId_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_merge12_sequenceMergeMapRequest_outStreamId_encoding_offset(void)
{
    return 0;
}

SBE_ONE_DEF uint32_t tpi_merge12_sequenceMergeMapRequest_outStreamId_null_value(void)
{
    return SBE_NULLVALUE_UINT32;
}

SBE_ONE_DEF uint32_t tpi_merge12_sequenceMergeMapRequest_outStreamId_min_value(void)
{
    return UINT32_C(0x0);
}

SBE_ONE_DEF uint32_t tpi_merge12_sequenceMergeMapRequest_outStreamId_max_value(void)
{
    return UINT32_C(0xfffffffe);
}

SBE_ONE_DEF size_t tpi_merge12_sequenceMergeMapRequest_outStreamId_encoding_length(void)
{
    return 4;
}

SBE_ONE_DEF uint32_t tpi_merge12_sequenceMergeMapRequest_outStreamId(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    uint32_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 0, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_32(val);
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_set_outStreamId(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
    const uint32_t value)
{
    uint32_t val = SBE_LITTLE_ENDIAN_ENCODE_32(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 0, &val, sizeof(uint32_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

SBE_ONE_DEF const char *tpi_merge12_sequenceMergeMapRequest_epoch_meta_attribute(
    const enum tpi_merge12_sequenceMergeMapRequest_meta_attribute attribute)
{
    switch (attribute)
    {
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_EPOCH: return "";
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_TIME_UNIT: return "";
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_SEMANTIC_TYPE: return "";
        case tpi_merge12_sequenceMergeMapRequest_meta_attribute_PRESENCE: return "required";
    }

    return "";
}

SBE_ONE_DEF uint16_t tpi_merge12_sequenceMergeMapRequest_epoch_id(void)
{
    return 2;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_epoch_since_version(void)
{
    return 0;
}

SBE_ONE_DEF bool tpi_merge12_sequenceMergeMapRequest_epoch_in_acting_version(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wtautological-compare"
#endif
    return codec->acting_version >= tpi_merge12_sequenceMergeMapRequest_epoch_since_version();
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
}

SBE_ONE_DEF size_t tpi_merge12_sequenceMergeMapRequest_epoch_encoding_offset(void)
{
    return 4;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_epoch_null_value(void)
{
    return SBE_NULLVALUE_UINT64;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_epoch_min_value(void)
{
    return UINT64_C(0x0);
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_epoch_max_value(void)
{
    return UINT64_C(0xfffffffffffffffe);
}

SBE_ONE_DEF size_t tpi_merge12_sequenceMergeMapRequest_epoch_encoding_length(void)
{
    return 8;
}

SBE_ONE_DEF uint64_t tpi_merge12_sequenceMergeMapRequest_epoch(
    const struct tpi_merge12_sequenceMergeMapRequest *const codec)
{
    uint64_t val;
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(&val, codec->buffer + codec->offset + 4, sizeof(uint64_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return SBE_LITTLE_ENDIAN_ENCODE_64(val);
}

SBE_ONE_DEF struct tpi_merge12_sequenceMergeMapRequest *tpi_merge12_sequenceMergeMapRequest_set_epoch(
    struct tpi_merge12_sequenceMergeMapRequest *const codec,
    const uint64_t value)
{
    uint64_t val = SBE_LITTLE_ENDIAN_ENCODE_64(value);
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    memcpy(codec->buffer + codec->offset + 4, &val, sizeof(uint64_t));
#if defined(__GNUG__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    return codec;
}

#endif
