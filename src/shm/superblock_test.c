#include "shm/shm_test_util.h"

#include "base/bytes.h"

typedef struct memory_block {
    _Alignas(64) uint8_t bytes[64];
} memory_block_t;

/* Proves: W-11, W-12 */
TP_TEST(the_superblock_is_64_bytes_and_its_magic_is_the_number)
{
    static const uint8_t magic[8] = { 0x31, 0x4d, 0x48, 0x53, 0x4c, 0x50, 0x4f, 0x54 };
    TP_CHECK_EQ_U64(TPI_SUPERBLOCK_BYTES, 64);
    uint8_t out[66];
    memset(out, 0xcc, sizeof(out));
    const tpi_superblock_t superblock = test_ring_superblock(8);
    tpi_superblock_encode(out + 1, &superblock);
    TP_CHECK_EQ_MEM(out + 1, magic, 8);
    TP_CHECK_EQ_U64(out[0], 0xcc);
    TP_CHECK_EQ_U64(out[65], 0xcc);
}

TP_TEST(encode_and_decode_know_every_field)
{
    const tpi_superblock_t in = { .magic = 1,
                                  .layout_version = 2,
                                  .epoch = 3,
                                  .stream_id = 4,
                                  .region_type = -5,
                                  .pool_id = 6,
                                  .nslots = 7,
                                  .slot_bytes = 8,
                                  .stride_bytes = 9,
                                  .pid = 10,
                                  .start_timestamp_ns = 11,
                                  .activity_timestamp_ns = 12 };
    uint8_t bytes[64];
    tpi_superblock_t out;
    memset(&out, 0xff, sizeof(out));
    tpi_superblock_encode(bytes, &in);
    tpi_superblock_decode(bytes, &out);
    TP_CHECK_EQ_U64(out.magic, 1);
    TP_CHECK_EQ_U64(out.layout_version, 2);
    TP_CHECK_EQ_U64(out.epoch, 3);
    TP_CHECK_EQ_U64(out.stream_id, 4);
    TP_CHECK_EQ_I64(out.region_type, -5);
    TP_CHECK_EQ_U64(out.pool_id, 6);
    TP_CHECK_EQ_U64(out.nslots, 7);
    TP_CHECK_EQ_U64(out.slot_bytes, 8);
    TP_CHECK_EQ_U64(out.stride_bytes, 9);
    TP_CHECK_EQ_U64(out.pid, 10);
    TP_CHECK_EQ_U64(out.start_timestamp_ns, 11);
    TP_CHECK_EQ_U64(out.activity_timestamp_ns, 12);
}

/* Proves: W-13, W-22, D-6, D-7 */
TP_TEST(a_published_superblock_changes_in_its_activity_alone)
{
    memory_block_t block;
    memory_block_t before;
    const tpi_superblock_t superblock = test_pool_superblock(8, 1, 4096);
    memset(&block, 0xee, sizeof(block));
    tpi_superblock_publish(&block, &superblock);
    before = block;
    tpi_superblock_t found;
    tpi_superblock_load(&block, &found);
    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &superblock), TP_OK);
    TP_CHECK_EQ_U64(found.pid, 4242);

    tpi_superblock_touch(&block, UINT64_C(0x1122334455667788));
    TP_CHECK_EQ_MEM(block.bytes, before.bytes, 56);
    TP_CHECK_EQ_U64(tpi_get_u64(block.bytes + 56), UINT64_C(0x1122334455667788));
    TP_CHECK_EQ_U64(tpi_superblock_activity(&block), UINT64_C(0x1122334455667788));
    tpi_superblock_load(&block, &found);
    TP_CHECK_EQ_U64(found.activity_timestamp_ns, UINT64_C(0x1122334455667788));
}

/* Proves: W-12, W-14, W-15, W-16, W-17, W-6, W-137, D-35 */
TP_TEST(the_check_names_the_field_that_differs)
{
    const tpi_superblock_t ring = test_ring_superblock(8);
    const tpi_superblock_t pool = test_pool_superblock(8, 1, 4096);
    tpi_superblock_t found = pool;

#define DIFFERS(member, value, text)                                                               \
    do {                                                                                           \
        found = pool;                                                                              \
        found.member = value;                                                                      \
        TP_CHECK_EQ_I64(tpi_superblock_check(&found, &pool), TP_ELAYOUT);                          \
        TP_CHECK_CONTAINS(tp_errmsg(), text);                                                      \
    } while (0)

    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &pool), TP_OK);
    DIFFERS(magic, 0, "magic is 0x0000000000000000");
    DIFFERS(magic, UINT64_C(0x54504f4c53484d31), "magic"); /* the text's spelling, not the number */
    DIFFERS(layout_version, 2, "layoutVersion is 2, expected 1");
    DIFFERS(epoch, 4, "epoch is 4, expected 3");
    DIFFERS(stream_id, 10001, "streamId is 10001, expected 10000");
    DIFFERS(region_type, TPI_REGION_HEADER_RING, "regionType is 1, expected 2");
    DIFFERS(region_type, 3, "regionType is 3");
    DIFFERS(region_type, INT16_MIN, "regionType is -32768");
    DIFFERS(pool_id, 2, "poolId is 2, expected 1");
    DIFFERS(nslots, 16, "nslots is 16, expected 8");
    DIFFERS(slot_bytes, 4095, "slotBytes is 4095, expected 4096");
    DIFFERS(stride_bytes, 8192, "strideBytes is 8192, expected 4096");

    found = pool; /* W-21: informational */
    found.pid = 1;
    found.start_timestamp_ns = 9;
    found.activity_timestamp_ns = 9;
    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &pool), TP_OK);

    found = ring; /* W-14: a ring's strideBytes says nothing */
    found.stride_bytes = 12345;
    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &ring), TP_OK);
    found = ring;
    found.pool_id = 1;
    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &ring), TP_ELAYOUT);
    found = ring;
    found.slot_bytes = 128;
    TP_CHECK_EQ_I64(tpi_superblock_check(&found, &ring), TP_ELAYOUT);
}

TP_TEST_MAIN()
