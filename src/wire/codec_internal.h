/*
 * wire/codec_internal.h - what the struct codecs share. Only the .c files of this folder include
 * it.
 *
 * A decoder runs tpi_codec_begin, which makes the bytes safe for the generated flyweights, then
 * copies field by field. An encoder sums up its size, runs tpi_codec_room, lets the flyweights
 * write, and has tpi_codec_finish look at the result with the check that a receiver would make:
 * what we refuse to read we do not send either.
 */
#ifndef TPI_WIRE_CODEC_INTERNAL_H
#define TPI_WIRE_CODEC_INTERNAL_H

#include "tensorpool/error.h"
#include "wire/codec.h"
#include "wire/table.h"

/**
 * Check that buf holds message `template_id` of `schema_id`, its form, and that no required field
 * but those in `except` is null. TP_OK or TP_EDECODE.
 */
int tpi_codec_begin(const void *buf, size_t len, uint16_t schema_id, uint16_t template_id,
                    const char *const *except);

/** Room for `need` bytes? TP_ERANGE with a text when not, also when an int cannot say so many. */
int tpi_codec_room(const char *name, size_t cap, size_t need);

/** The encoded length, or TP_EINVAL when a decoder would refuse what was written. */
int tpi_codec_finish(const void *buf, size_t len, const char *const *except);

/** URIs and channels: TP_OK, or `code` with a text when a byte is 0 or above 127 (W-8). */
int tpi_codec_ascii(int code, const char *name, tpi_view_t view);

/** At most TPI_MAX_ERROR_MESSAGE bytes of a view (D-17). */
tpi_view_t tpi_codec_clip(tpi_view_t view);

enum {
    TPI_CODEC_GROUP_BYTES = 4,
    TPI_CODEC_LENGTH_BYTES = 4,
    TPI_CODEC_POOL_BYTES = 10,
};

/** Bytes of one var data member. */
static inline size_t tpi_codec_view_bytes(tpi_view_t view)
{
    return TPI_CODEC_LENGTH_BYTES + (size_t)view.len;
}

/** Entries of the group right behind a checked message's block. */
size_t tpi_codec_group_count(const void *buf, size_t block_length);

/** Bytes of a payloadPools group. */
size_t tpi_codec_pools_bytes(const tpi_pool_entry_t *pools, uint16_t npools);

/** W-8 on every regionUri, and npools within TPI_MAX_POOLS. */
int tpi_codec_pools_check(int code, const tpi_pool_entry_t *pools, size_t npools);

/* The flyweights take a char pointer also for reading, and no NULL to memcpy from. */
#define TPI_CODEC_BODY(buf) ((char *)(uintptr_t)(buf) + TPI_WIRE_HEADER_BYTES)
#define TPI_CODEC_TEXT(view) ((view).len > 0 ? (const char *)(view).data : "")

/* P is the prefix of a generated message, e.g. tpi_wire11_qosConsumer, H that of its schema. */
#define TPI_CODEC_OPEN(P, codec, buf, len)                                                         \
    P##_wrap_for_decode(codec, TPI_CODEC_BODY(buf), 0, P##_sbe_block_length(),                     \
                        P##_sbe_schema_version(), (len)-TPI_WIRE_HEADER_BYTES)
#define TPI_CODEC_CREATE(P, H, codec, buf, cap)                                                    \
    P##_wrap_and_apply_header(codec, buf, 0, cap, &(struct H##_messageHeader){ 0 })

/* Read one var data member; the flyweight's position moves over it. */
#define TPI_CODEC_GET_VIEW(P, codec, field, out)                                                   \
    do {                                                                                           \
        const uint32_t len_ = P##_##field##_length(codec);                                         \
        (out)->data = (const uint8_t *)P##_##field(codec);                                         \
        (out)->len = len_;                                                                         \
    } while (0)
#define TPI_CODEC_PUT_VIEW(P, codec, field, view)                                                  \
    P##_put_##field(codec, TPI_CODEC_TEXT(view), (view).len)

/* Read an enum as a plain integer; its value was checked. E is the generated enum. */
#define TPI_CODEC_GET_ENUM(P, E, codec, field, out)                                                \
    do {                                                                                           \
        enum E value_;                                                                             \
        *(out) = P##_##field(codec, &value_) ? (__typeof__(*(out)))value_ : 0;                     \
    } while (0)

/* The payloadPools group, which three messages have alike. `out` has the members pools, npools. */
#define TPI_CODEC_GET_POOLS(P, codec, out)                                                         \
    do {                                                                                           \
        struct P##_payloadPools group_ = { 0 };                                                    \
        P##_get_payloadPools(codec, &group_);                                                      \
        (out)->npools = 0;                                                                         \
        while ((out)->npools < TPI_MAX_POOLS && P##_payloadPools_has_next(&group_) &&              \
               P##_payloadPools_next(&group_) != NULL) {                                           \
            tpi_pool_entry_t *pool_ = &(out)->pools[(out)->npools++];                              \
            pool_->pool_id = P##_payloadPools_poolId(&group_);                                     \
            pool_->nslots = P##_payloadPools_poolNslots(&group_);                                  \
            pool_->stride_bytes = P##_payloadPools_strideBytes(&group_);                           \
            TPI_CODEC_GET_VIEW(P##_payloadPools, &group_, regionUri, &pool_->region_uri);          \
        }                                                                                          \
    } while (0)
#define TPI_CODEC_PUT_POOLS(P, codec, in)                                                          \
    do {                                                                                           \
        struct P##_payloadPools group_ = { 0 };                                                    \
        P##_payloadPools_set_count(codec, &group_, (in)->npools);                                  \
        for (uint16_t i_ = 0; i_ < (in)->npools; i_++) {                                           \
            const tpi_pool_entry_t *pool_ = &(in)->pools[i_];                                      \
            P##_payloadPools_next(&group_);                                                        \
            P##_payloadPools_set_poolId(&group_, pool_->pool_id);                                  \
            P##_payloadPools_set_poolNslots(&group_, pool_->nslots);                               \
            P##_payloadPools_set_strideBytes(&group_, pool_->stride_bytes);                        \
            TPI_CODEC_PUT_VIEW(P##_payloadPools, &group_, regionUri, pool_->region_uri);           \
        }                                                                                          \
    } while (0)

#endif
