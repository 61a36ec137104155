#include "shm/superblock.h"

#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "shm/words.h"

/* Byte positions; Rule: W-11, W-2 - packed, epoch and others are not aligned. */
enum {
    AT_MAGIC = 0,
    AT_LAYOUT_VERSION = 8,
    AT_EPOCH = 12,
    AT_STREAM_ID = 20,
    AT_REGION_TYPE = 24,
    AT_POOL_ID = 26,
    AT_NSLOTS = 28,
    AT_SLOT_BYTES = 32,
    AT_STRIDE_BYTES = 36,
    AT_PID = 40,
    AT_START = 48,
    AT_ACTIVITY = 56,
    AT_END = 64
};
_Static_assert(AT_LAYOUT_VERSION == AT_MAGIC + 8 && AT_EPOCH == AT_LAYOUT_VERSION + 4 &&
                   AT_STREAM_ID == AT_EPOCH + 8 && AT_REGION_TYPE == AT_STREAM_ID + 4 &&
                   AT_POOL_ID == AT_REGION_TYPE + 2 && AT_NSLOTS == AT_POOL_ID + 2 &&
                   AT_SLOT_BYTES == AT_NSLOTS + 4 && AT_STRIDE_BYTES == AT_SLOT_BYTES + 4 &&
                   AT_PID == AT_STRIDE_BYTES + 4 && AT_START == AT_PID + 8 &&
                   AT_ACTIVITY == AT_START + 8 && AT_END == AT_ACTIVITY + 8 &&
                   AT_END == TPI_SUPERBLOCK_BYTES,
               "fields are packed and fill 64 bytes");
_Static_assert(AT_ACTIVITY % 8 == 0, "refreshed by single 8-byte stores");

#define WORDS (TPI_SUPERBLOCK_BYTES / 8)
#define ACTIVITY_WORD (AT_ACTIVITY / 8)

void tpi_superblock_encode(void *out64, const tpi_superblock_t *in)
{
    uint8_t *out = out64;
    tpi_put_u64(out + AT_MAGIC, in->magic);
    tpi_put_u32(out + AT_LAYOUT_VERSION, in->layout_version);
    tpi_put_u64(out + AT_EPOCH, in->epoch);
    tpi_put_u32(out + AT_STREAM_ID, in->stream_id);
    tpi_put_i16(out + AT_REGION_TYPE, in->region_type);
    tpi_put_u16(out + AT_POOL_ID, in->pool_id);
    tpi_put_u32(out + AT_NSLOTS, in->nslots);
    tpi_put_u32(out + AT_SLOT_BYTES, in->slot_bytes);
    tpi_put_u32(out + AT_STRIDE_BYTES, in->stride_bytes);
    tpi_put_u64(out + AT_PID, in->pid);
    tpi_put_u64(out + AT_START, in->start_timestamp_ns);
    tpi_put_u64(out + AT_ACTIVITY, in->activity_timestamp_ns);
}

void tpi_superblock_decode(const void *in64, tpi_superblock_t *out)
{
    const uint8_t *in = in64;
    out->magic = tpi_get_u64(in + AT_MAGIC);
    out->layout_version = tpi_get_u32(in + AT_LAYOUT_VERSION);
    out->epoch = tpi_get_u64(in + AT_EPOCH);
    out->stream_id = tpi_get_u32(in + AT_STREAM_ID);
    out->region_type = tpi_get_i16(in + AT_REGION_TYPE);
    out->pool_id = tpi_get_u16(in + AT_POOL_ID);
    out->nslots = tpi_get_u32(in + AT_NSLOTS);
    out->slot_bytes = tpi_get_u32(in + AT_SLOT_BYTES);
    out->stride_bytes = tpi_get_u32(in + AT_STRIDE_BYTES);
    out->pid = tpi_get_u64(in + AT_PID);
    out->start_timestamp_ns = tpi_get_u64(in + AT_START);
    out->activity_timestamp_ns = tpi_get_u64(in + AT_ACTIVITY);
}

void tpi_superblock_publish(void *mapped, const tpi_superblock_t *in)
{
    uint64_t words[WORDS];
    tpi_superblock_encode(words, in);
    tpi_shm_store(mapped, 0, 0);
    atomic_thread_fence(memory_order_release); /* holds the fields below behind the cleared magic */
    for (size_t i = 1; i < WORDS; i++) {
        tpi_shm_store(mapped, i, words[i]);
    }
    /* Rule: W-13, D-7 - magic last. Pairs with the acquire load in tpi_superblock_load. */
    tpi_shm_store_release(mapped, 0, words[0]);
}

void tpi_superblock_load(const void *mapped, tpi_superblock_t *out)
{
    uint64_t words[WORDS];
    words[0] = tpi_shm_load_acquire(mapped, 0); /* pairs with the store in tpi_superblock_publish */
    for (size_t i = 1; i < WORDS; i++) {
        words[i] = tpi_shm_load(mapped, i); /* Rule: W-22 - the last of them is the activity */
    }
    tpi_superblock_decode(words, out);
}

void tpi_superblock_touch(void *mapped, uint64_t now_ns)
{
    /* Rule: W-22, D-6 - orders nothing: readers compare it with a clock, not with other bytes. */
    tpi_shm_store(mapped, ACTIVITY_WORD, now_ns);
}

uint64_t tpi_superblock_activity(const void *mapped)
{
    return tpi_shm_load(mapped, ACTIVITY_WORD); /* Rule: W-22 */
}

static int differs(const char *field, uint64_t found, uint64_t expected)
{
    return tpi_fail(TP_ELAYOUT, "superblock: %s is %llu, expected %llu", field,
                    (unsigned long long)found, (unsigned long long)expected);
}

int tpi_superblock_check(const tpi_superblock_t *found, const tpi_superblock_t *expected)
{
    /* Rule: W-17, D-35 */
    if (found->magic != TPI_SUPERBLOCK_MAGIC) { /* Rule: W-12 */
        return tpi_fail(TP_ELAYOUT, "superblock: magic is 0x%016llx, expected 0x%016llx",
                        (unsigned long long)found->magic, (unsigned long long)TPI_SUPERBLOCK_MAGIC);
    }
    if (found->layout_version != expected->layout_version) { /* Rule: W-16, W-137 */
        return differs("layoutVersion", found->layout_version, expected->layout_version);
    }
    if (found->epoch != expected->epoch) {
        return differs("epoch", found->epoch, expected->epoch);
    }
    if (found->stream_id != expected->stream_id) {
        return differs("streamId", found->stream_id, expected->stream_id);
    }
    /* Rule: W-6 - an unknown type can equal none that is asked for. */
    if (found->region_type != expected->region_type) {
        return tpi_fail(TP_ELAYOUT, "superblock: regionType is %d, expected %d", found->region_type,
                        expected->region_type);
    }
    if (found->pool_id != expected->pool_id) {
        return differs("poolId", found->pool_id, expected->pool_id);
    }
    if (found->nslots != expected->nslots) {
        return differs("nslots", found->nslots, expected->nslots);
    }
    if (found->slot_bytes != expected->slot_bytes) {
        return differs("slotBytes", found->slot_bytes, expected->slot_bytes);
    }
    /* Rule: W-14, W-15 - a ring's strideBytes says nothing. */
    if (expected->region_type == TPI_REGION_PAYLOAD_POOL &&
        found->stride_bytes != expected->stride_bytes) {
        return differs("strideBytes", found->stride_bytes, expected->stride_bytes);
    }
    return TP_OK;
}
