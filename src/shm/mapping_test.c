#include "shm/shm_test_util.h"

TP_TEST(a_frame_written_into_one_mapping_is_read_from_another)
{
    const uint32_t strides[] = { 8192, 4096 };
    test_set_t set;
    test_set_create(&set, 8, strides, 2);
    tpi_mapping_t writer;
    tpi_mapping_t reader;
    int rc = tpi_mapping_open(&writer, set.bases, &set.layout, TPI_MAP_READ_WRITE, false);
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
    rc = tpi_mapping_open(&reader, set.bases, &set.layout, TPI_MAP_READ, false);
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());

    const uint64_t seq = 13;
    const uint32_t index = (uint32_t)seq & writer.mask;
    const int pool = tpi_mapping_find_pool(&writer, 1);
    TP_CHECK_EQ_I64(pool, 1); /* ordered by stride */
    tpi_slot_begin(tpi_mapping_slot(&writer, index), seq);
    memset(tpi_mapping_payload(&writer, (size_t)pool, index), 0xab, 100);
    const tpi_slot_header_t header = test_header(index, 100);
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    tpi_slot_commit(tpi_mapping_slot(&writer, index), seq, &image);

    tpi_slot_image_t copy;
    uint64_t word = 0;
    tpi_slot_header_t found;
    const uint8_t *slot = tpi_mapping_slot(&reader, index);
    TP_CHECK_EQ_I64(tpi_slot_read(slot, seq, 0, &copy, &word), TPI_SLOT_OK);
    TP_CHECK_EQ_I64(tpi_slot_decode(&copy, index, &found), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(found.values_len_bytes, 100);
    TP_CHECK_EQ_U64(found.timestamp_ns, 77);
    TP_CHECK_EQ_U64(found.meta_version, 5);
    TP_CHECK_EQ_I64(found.tensor.dims[0], 100);
    TP_CHECK_EQ_U64(tpi_mapping_payload(&reader, (size_t)pool, index)[99], 0xab);
    TP_CHECK(tpi_slot_still(slot, word));
    tpi_mapping_close(&writer);
    tpi_mapping_close(&reader);
    TP_CHECK(!tpi_mapping_is_open(&reader));
    test_set_destroy(&set);
}

TP_TEST_MAIN()
