#include "base/bytes.h"
#include "shm/shm_test_util.h"

/* A slot as it lies in memory: any address that is a multiple of 64 will do. */
typedef struct memory_slot {
    _Alignas(64) uint64_t words[32];
} memory_slot_t;

static void publish(memory_slot_t *slot, uint64_t seq, const tpi_slot_header_t *header)
{
    tpi_slot_image_t image;
    tpi_slot_encode(&image, header);
    tpi_slot_begin(slot, seq);
    tpi_slot_commit(slot, seq, &image);
}

static tpi_slot_verdict_t read_seq(const memory_slot_t *slot, uint64_t seq, uint64_t last)
{
    tpi_slot_image_t image;
    uint64_t word;
    return tpi_slot_read(slot, seq, last, &image, &word);
}

/* Proves: W-41 */
TP_TEST(commit_words_are_seq_shifted_with_a_commit_bit)
{
    TP_CHECK_EQ_U64(tpi_word_in_progress(7), 14);
    TP_CHECK_EQ_U64(tpi_word_committed(7), 15);
    TP_CHECK_EQ_U64(tpi_word_seq(15), 7);
    TP_CHECK_EQ_U64(tpi_word_seq(14), 7);
    TP_CHECK(tpi_word_is_committed(1));
    TP_CHECK(!tpi_word_is_committed(0));
    const uint64_t largest = (UINT64_C(1) << 63) - 1;
    TP_CHECK_EQ_U64(tpi_word_seq(tpi_word_committed(largest)), largest);
    memory_slot_t slot = { { 0 } };
    tpi_slot_begin(&slot, 7);
    TP_CHECK_EQ_U64(slot.words[0], 14);
    const tpi_slot_header_t header = test_header(7, 4);
    publish(&slot, 8, &header);
    TP_CHECK_EQ_U64(slot.words[0], 17);
}

/* Proves: W-27 */
TP_TEST(a_commit_overwrites_the_whole_slot_with_zero_pads)
{
    memory_slot_t slot;
    memory_slot_t fresh = { { 0 } };
    memset(&slot, 0xee, sizeof(slot));
    tpi_slot_header_t header = test_header(1, 16);
    publish(&slot, 1, &header);
    publish(&fresh, 1, &header);
    TP_CHECK_EQ_MEM(&slot, &fresh, sizeof(slot));
    const uint8_t *bytes = (const uint8_t *)slot.words;
    for (size_t i = 34; i < 60; i++) {
        TP_CHECK_MSG(bytes[i] == 0, "pad byte %zu", i);
    }
    TP_CHECK_EQ_U64(bytes[77], 0);
    for (size_t i = 147; i < 256; i++) {
        TP_CHECK_MSG(bytes[i] == 0, "pad byte %zu", i);
    }
}

/* Proves: W-28 */
TP_TEST(dims_and_strides_behind_ndims_are_written_and_handed_out_as_zero)
{
    tpi_slot_header_t header = test_header(0, 16);
    for (int i = 1; i < TP_MAX_DIMS; i++) {
        header.tensor.dims[i] = -i;
        header.tensor.strides[i] = 100 + i;
    }
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    const uint8_t *bytes = (const uint8_t *)image.words;
    for (size_t i = 1; i < TP_MAX_DIMS; i++) {
        TP_CHECK_EQ_I64(tpi_get_i32(bytes + 83 + 4 * i), 0);
        TP_CHECK_EQ_I64(tpi_get_i32(bytes + 115 + 4 * i), 0);
    }
    /* a stranger who does not clear them */
    tpi_put_i32((uint8_t *)image.words + 83 + 4, -5);
    tpi_put_i32((uint8_t *)image.words + 115 + 28, -5);
    tpi_slot_header_t found;
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 0, &found), TPI_SLOT_OK);
    TP_CHECK_EQ_I64(found.tensor.dims[1], 0);
    TP_CHECK_EQ_I64(found.tensor.strides[7], 0);
}

/* Proves: W-38 - without a progress unit the distance is 0, whatever a user or a stranger left there */
TP_TEST(a_progress_stride_without_a_unit_is_written_and_handed_out_as_zero)
{
    tpi_slot_header_t header = test_header(0, 16);
    tpi_slot_image_t image;
    header.tensor.progress_unit = TP_PROGRESS_NONE;
    header.tensor.progress_stride_bytes = 0xA1B2C3D4;
    tpi_slot_encode(&image, &header);
    TP_CHECK_EQ_U64(tpi_get_u32((const uint8_t *)image.words + 79), 0);
    tpi_put_u32((uint8_t *)image.words + 79, 640);
    tpi_slot_header_t found;
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 0, &found), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(found.tensor.progress_stride_bytes, 0);
    header.tensor.progress_unit = TP_PROGRESS_ROWS;
    tpi_slot_encode(&image, &header);
    TP_CHECK_EQ_U64(tpi_get_u32((const uint8_t *)image.words + 79), 0xA1B2C3D4);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *state >> 13 ^ *state << 21;
}

/* Proves: W-27, W-34, W-35 - a slot filled in two halves is the slot filled at once */
TP_TEST(a_shape_and_the_frames_own_fields_make_the_whole_slot)
{
    tpi_slot_header_t header = test_header(3, 16);
    tpi_slot_image_t shape;
    tpi_slot_image_t full;
    tpi_slot_encode(&shape, &header); /* with the fields of another frame: they are not used */
    uint64_t random = 1;
    for (uint64_t seq = 0; seq < 1000; seq++) {
        memory_slot_t slot;
        memset(&slot, 0xee, sizeof(slot));
        const tpi_slot_frame_t frame = {
            .word = next_random(&random),
            .values_len_bytes = (uint32_t)next_random(&random),
            .pool_id = (uint16_t)next_random(&random),
            .timestamp_ns = next_random(&random),
            .meta_version = (uint32_t)next_random(&random),
        };
        const uint32_t index = (uint32_t)next_random(&random);
        tpi_slot_begin(&slot, seq);
        tpi_slot_fill_shape(&slot, &shape);
        tpi_slot_commit_frame(&slot, seq, index, &frame);
        header.values_len_bytes = frame.values_len_bytes;
        header.payload_slot = index;
        header.pool_id = frame.pool_id;
        header.timestamp_ns = frame.timestamp_ns;
        header.meta_version = frame.meta_version;
        tpi_slot_encode(&full, &header);
        full.words[0] = tpi_word_committed(seq);
        TP_CHECK_EQ_MEM(&slot, &full, sizeof(full));
    }
}

/* A memory of earlier frames changes no verdict and no field, whatever the slots hold. */
static void take_as_without_memory(memory_slot_t *slot, uint64_t seq, uint32_t index,
                                   tpi_slot_memo_t *memo)
{
    tpi_slot_image_t image;
    tpi_slot_header_t header;
    tpi_slot_frame_t frame;
    uint64_t word;
    tpi_slot_verdict_t want = tpi_slot_read(slot, seq, 0, &image, &word);
    if (want == TPI_SLOT_OK) {
        want = tpi_slot_decode(&image, index, &header);
    }
    TP_CHECK_EQ_I64(tpi_slot_take(slot, seq, 0, index, memo, &frame), want);
    if (want == TPI_SLOT_OK) {
        TP_CHECK_EQ_U64(frame.word, word);
        TP_CHECK_EQ_U64(frame.values_len_bytes, header.values_len_bytes);
        TP_CHECK_EQ_U64(frame.pool_id, header.pool_id);
        TP_CHECK_EQ_U64(frame.timestamp_ns, header.timestamp_ns);
        TP_CHECK_EQ_U64(frame.meta_version, header.meta_version);
        TP_CHECK_EQ_MEM(&memo->tensor, &header.tensor, sizeof(header.tensor));
    }
}

/* Proves: W-25, W-33..W-35, W-37, W-51, W-55 */
TP_TEST(a_tensor_known_from_the_frame_before_is_taken_like_a_new_one)
{
    tpi_slot_memo_t memo = { .is_known = false };
    memory_slot_t slot = { { 0 } };
    uint64_t random = 5;

    /* Nothing known yet, and a slot like an empty memory: no tensor at all. */
    tpi_slot_store_word(&slot, tpi_word_committed(0));
    take_as_without_memory(&slot, 0, 0, &memo);
    TP_CHECK(!memo.is_known);

    /* The same tensor again and again, with lengths around its span, none included. */
    uint64_t good = 0;
    for (uint64_t seq = 1; seq < 2000; seq++) {
        const uint32_t ndims = seq % 64 < 48 ? 2 : 1 + (uint32_t)(next_random(&random) % 8);
        tpi_slot_header_t header = {
            .values_len_bytes = (uint32_t)(next_random(&random) % 4) * 8,
            .payload_slot = next_random(&random) % 16 == 0 ? 4 : 3,
            .payload_offset = next_random(&random) % 16 == 0,
            .pool_id = 1,
            .timestamp_ns = next_random(&random),
            .meta_version = (uint32_t)next_random(&random),
            .tensor = { .dtype = TP_UINT8, .order = TP_ROW_MAJOR, .ndims = ndims },
        };
        for (uint32_t i = 0; i < ndims; i++) {
            header.tensor.dims[i] = i == 0 ? 16 : 1;
            header.tensor.strides[i] = 1;
        }
        publish(&slot, seq, &header);
        if (next_random(&random) % 16 == 0) { /* a stranger's pads, or a torn shape */
            ((uint8_t *)slot.words)[34 + next_random(&random) % 222] ^=
                (uint8_t)next_random(&random);
        }
        take_as_without_memory(&slot, seq, 3, &memo);
        tpi_slot_frame_t frame;
        good += tpi_slot_take(&slot, seq, 0, 3, &memo, &frame) == TPI_SLOT_OK;
        TP_CHECK_EQ_I64(tpi_slot_take(&slot, seq + 1, 0, 3, &memo, &frame), TPI_SLOT_IDENTITY);
        TP_CHECK_EQ_I64(tpi_slot_take(&slot, seq, UINT64_MAX, 3, &memo, &frame), TPI_SLOT_CHANGED);
        tpi_slot_begin(&slot, seq + 1);
        TP_CHECK_EQ_I64(tpi_slot_take(&slot, seq, 0, 3, &memo, &frame), TPI_SLOT_ODD);
    }
    TP_CHECK_GT_U64(good, 500);
    TP_CHECK_LT_U64(good, 1900);
}

/* Proves: W-33, W-37 */
TP_TEST(after_an_empty_frame_no_length_is_known_to_hold_the_tensor)
{
    tpi_slot_memo_t memo = { .is_known = false };
    memory_slot_t slot = { { 0 } };
    tpi_slot_frame_t frame;
    tpi_slot_header_t header = {
        .tensor = { .dtype = TP_UINT8,
                    .order = TP_ROW_MAJOR,
                    .ndims = 2,
                    .dims = { 65536, 65536 } },
    }; /* 2^32 bytes, one more than any length */
    publish(&slot, 1, &header);
    TP_CHECK_EQ_I64(tpi_slot_take(&slot, 1, 0, 0, &memo, &frame), TPI_SLOT_OK);
    for (uint64_t seq = 2; seq < 4; seq++) {
        header.values_len_bytes = UINT32_MAX;
        publish(&slot, seq, &header);
        TP_CHECK_EQ_I64(tpi_slot_take(&slot, seq, 0, 0, &memo, &frame), TPI_SLOT_HEADER);
    }
    header.tensor.dims[1] = 65535; /* not by the length itself: this one holds it */
    publish(&slot, 4, &header);
    take_as_without_memory(&slot, 4, 0, &memo);
    TP_CHECK_EQ_I64(tpi_slot_take(&slot, 4, 0, 0, &memo, &frame), TPI_SLOT_OK);
}

/* Proves: W-27 */
TP_TEST(readers_ignore_pads)
{
    const tpi_slot_header_t header = test_header(3, 16);
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    uint8_t *bytes = (uint8_t *)image.words;
    memset(bytes + 34, 0xff, 26);
    bytes[77] = 0xff;
    memset(bytes + 147, 0xff, 109);
    tpi_slot_header_t found;
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 3, &found), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(found.values_len_bytes, 16);
}

/* One byte range of a good slot overwritten, and the verdict on it. */
typedef struct change {
    const char *name;
    size_t at;
    size_t len;
    uint64_t value;
    tpi_slot_verdict_t verdict;
} change_t;

/* The base: uint16 2x3, index 5, 12 bytes, strides given, no progress. */
static tpi_slot_header_t base_header(void)
{
    const int32_t dims[] = { 2, 3 };
    tpi_slot_header_t header = { .values_len_bytes = 12, .payload_slot = 5, .pool_id = 1 };
    TP_CHECK_EQ_I64(tp_tensor_init(&header.tensor, TP_UINT16, 2, dims), TP_OK);
    return header;
}

static void check_changes(const change_t *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tpi_slot_header_t header = base_header();
        tpi_slot_image_t image;
        tpi_slot_encode(&image, &header);
        memcpy((uint8_t *)image.words + changes[i].at, &changes[i].value, changes[i].len);
        tpi_slot_header_t found;
        const tpi_slot_verdict_t verdict = tpi_slot_decode(&image, 5, &found);
        TP_CHECK_MSG(verdict == changes[i].verdict, "%s: verdict %d, expected %d", changes[i].name,
                     (int)verdict, (int)changes[i].verdict);
    }
}
#define CHECK_CHANGES(changes) check_changes(changes, sizeof(changes) / sizeof((changes)[0]))

/* Proves: W-25 */
TP_TEST(header_bytes_have_exactly_one_form)
{
    const change_t changes[] = {
        { "as it is", 60, 4, 192, TPI_SLOT_OK },
        { "length 0", 60, 4, 0, TPI_SLOT_HEADER },
        { "length 191", 60, 4, 191, TPI_SLOT_HEADER },
        { "length 193", 60, 4, 193, TPI_SLOT_HEADER },
        { "length with a high byte", 60, 4, 192 + (1u << 24), TPI_SLOT_HEADER },
        { "block length", 64, 2, 185, TPI_SLOT_HEADER },
        { "shorter block", 64, 2, 183, TPI_SLOT_HEADER },
        { "template", 66, 2, 51, TPI_SLOT_HEADER },
        { "schema", 68, 2, 901, TPI_SLOT_HEADER },
        { "version 0", 70, 2, 0, TPI_SLOT_HEADER },
        { "version 2", 70, 2, 2, TPI_SLOT_HEADER },
    };
    CHECK_CHANGES(changes);
}

/* Proves: W-6, W-28, W-29, W-30, W-31, W-32, W-33, W-38 */
TP_TEST(tensor_rules_hold_for_a_decoded_slot)
{
    const change_t changes[] = {
        { "ndims 0", 76, 1, 0, TPI_SLOT_HEADER },
        { "ndims 9", 76, 1, 9, TPI_SLOT_HEADER },
        { "ndims null", 76, 1, 255, TPI_SLOT_HEADER },
        { "ndims 1", 76, 1, 1, TPI_SLOT_OK },
        { "dim negative", 83, 4, 0xffffffff, TPI_SLOT_HEADER },
        { "dim null", 87, 4, 0x80000000, TPI_SLOT_HEADER },
        { "dim zero", 87, 4, 0, TPI_SLOT_OK },
        { "dtype 0", 72, 2, 0, TPI_SLOT_HEADER },
        { "dtype 12", 72, 2, 12, TPI_SLOT_HEADER },
        { "dtype 15", 72, 2, 15, TPI_SLOT_HEADER },
        { "dtype null", 72, 2, 0x8000, TPI_SLOT_HEADER },
        { "dtype -1", 72, 2, 0xffff, TPI_SLOT_HEADER },
        { "order 0", 74, 2, 0, TPI_SLOT_HEADER },
        { "order 3", 74, 2, 3, TPI_SLOT_HEADER },
        { "order null", 74, 2, 0x8000, TPI_SLOT_HEADER },
        { "stride negative", 115, 4, 0xfffffff0, TPI_SLOT_HEADER },
        { "stride inferred", 115, 4, 0, TPI_SLOT_OK },
        { "stride overlaps", 115, 4, 5, TPI_SLOT_HEADER },
        { "column order, row strides", 74, 2, 2, TPI_SLOT_HEADER },
        { "payload too short", 8, 4, 11, TPI_SLOT_HEADER },
        { "payload longer", 8, 4, 13, TPI_SLOT_OK },
        { "rows, stride 0", 78, 1, 1, TPI_SLOT_HEADER },
        { "columns, stride 0", 78, 1, 2, TPI_SLOT_HEADER },
        { "rows, stride 6", 78, 5, 1 | (UINT64_C(6) << 8), TPI_SLOT_OK },
        { "columns, stride 2", 78, 5, 2 | (UINT64_C(2) << 8), TPI_SLOT_OK },
        { "unit 3", 78, 5, 3 | (UINT64_C(2) << 8), TPI_SLOT_HEADER },
        { "no unit, a stride", 79, 4, 99, TPI_SLOT_OK },
    };
    CHECK_CHANGES(changes);
}

/* Proves: W-34, W-35, W-37 */
TP_TEST(payload_place_is_the_slot_of_the_same_index_without_offset)
{
    const change_t changes[] = {
        { "offset 1", 18, 4, 1, TPI_SLOT_HEADER },
        { "offset null", 18, 4, 0xffffffff, TPI_SLOT_HEADER },
        { "slot 4", 12, 4, 4, TPI_SLOT_PAYLOAD },
        { "slot out of range", 12, 4, 0x80000005, TPI_SLOT_PAYLOAD },
        { "empty frame", 8, 4, 0, TPI_SLOT_OK },
        { "empty frame, slot 4", 8, 8, UINT64_C(4) << 32, TPI_SLOT_PAYLOAD },
        { "any pool: the caller's to judge", 16, 2, 999, TPI_SLOT_OK },
    };
    CHECK_CHANGES(changes);
}

TP_TEST(raw_decoding_judges_nothing_but_the_form)
{
    tpi_slot_header_t header = base_header();
    header.payload_offset = 3;
    header.tensor.progress_unit = TP_PROGRESS_ROWS;
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    uint8_t *bytes = (uint8_t *)image.words;
    tpi_put_i16(bytes + 72, -2);
    tpi_put_i32(bytes + 83 + 28, -9);
    bytes[76] = 200;
    tpi_slot_header_t found;
    TP_CHECK(tpi_slot_decode_raw(&image, &found));
    TP_CHECK_EQ_I64((int)found.tensor.dtype, -2);
    TP_CHECK_EQ_I64(found.tensor.dims[7], -9);
    TP_CHECK_EQ_U64(found.tensor.ndims, 200);
    TP_CHECK_EQ_U64(found.payload_offset, 3);
    bytes[60] = 0;
    TP_CHECK(!tpi_slot_decode_raw(&image, &found));
    TP_CHECK_EQ_U64(found.payload_offset, 3);
    TP_CHECK_EQ_U64(found.tensor.ndims, 0);
}

/* Proves: W-50, W-53, W-56 */
TP_TEST(a_read_gives_the_frame_asked_for_or_says_why_not)
{
    memory_slot_t slot = { { 0 } };
    TP_CHECK_EQ_I64(read_seq(&slot, 0, 0), TPI_SLOT_ODD); /* never written */
    const tpi_slot_header_t header = test_header(5, 4);
    tpi_slot_begin(&slot, 5);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, 0), TPI_SLOT_ODD); /* and returned at once */
    publish(&slot, 5, &header);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, 0), TPI_SLOT_OK);
    TP_CHECK_EQ_I64(read_seq(&slot, 4, 0), TPI_SLOT_IDENTITY);
    TP_CHECK_EQ_I64(read_seq(&slot, 13, 0), TPI_SLOT_IDENTITY); /* the next round of 8 slots */

    tpi_slot_image_t image;
    uint64_t word = 0;
    TP_CHECK_EQ_I64(tpi_slot_read(&slot, 5, 0, &image, &word), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(word, 11);
    TP_CHECK_EQ_MEM(image.words, slot.words, sizeof(image.words));
    TP_CHECK_EQ_I64(tpi_slot_read(&slot, 4, 0, &image, &word), TPI_SLOT_IDENTITY);
    TP_CHECK_EQ_U64(word, 11);
    tpi_slot_copy(&slot, &image);
    TP_CHECK_EQ_MEM(image.words, slot.words, sizeof(image.words));
}

/* Proves: W-54 */
TP_TEST(a_word_below_the_last_accepted_one_is_a_change)
{
    memory_slot_t slot = { { 0 } };
    const tpi_slot_header_t header = test_header(5, 4);
    publish(&slot, 5, &header);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, tpi_word_committed(5)), TPI_SLOT_OK);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, tpi_word_committed(13)), TPI_SLOT_CHANGED);
}

/* Proves: W-57, W-52 */
TP_TEST(still_valid_ends_when_the_slot_is_claimed_again)
{
    memory_slot_t slot = { { 0 } };
    const tpi_slot_header_t header = test_header(5, 4);
    publish(&slot, 5, &header);
    const uint64_t word = tpi_slot_load_word(&slot);
    TP_CHECK_EQ_U64(word, 11);
    TP_CHECK(tpi_slot_still(&slot, word));
    tpi_slot_begin(&slot, 13);
    TP_CHECK(!tpi_slot_still(&slot, word));
}

/* Proves: W-45 */
TP_TEST(an_abandoned_frame_stays_in_progress)
{
    memory_slot_t slot = { { 0 } };
    const tpi_slot_header_t header = test_header(5, 4);
    publish(&slot, 5, &header);
    tpi_slot_begin(&slot, 13);
    tpi_slot_store_word(&slot, tpi_word_in_progress(13));
    TP_CHECK_EQ_I64(read_seq(&slot, 13, 0), TPI_SLOT_ODD);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, 0), TPI_SLOT_ODD);
    publish(&slot, 21, &header);
    TP_CHECK_EQ_I64(read_seq(&slot, 21, 0), TPI_SLOT_OK);
}

/* Proves: W-44 */
TP_TEST(a_writer_overwrites_a_slot_in_any_state)
{
    memory_slot_t slot;
    memset(&slot, 0xff, sizeof(slot)); /* the null value, from nobody knows when */
    const tpi_slot_header_t header = test_header(5, 4);
    publish(&slot, 5, &header);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, 0), TPI_SLOT_OK);
}

/* W-106: a frame that is read while it grows has its whole header before its commit. */
TP_TEST(a_filled_slot_is_complete_but_for_its_word)
{
    memory_slot_t slot = { { 0 } };
    const tpi_slot_header_t header = test_header(5, 4);
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    tpi_slot_begin(&slot, 5);
    tpi_slot_fill(&slot, &image);
    TP_CHECK_EQ_U64(slot.words[0], 10);
    TP_CHECK_EQ_MEM(slot.words + 1, image.words + 1, 248);
    TP_CHECK_EQ_I64(read_seq(&slot, 5, 0), TPI_SLOT_ODD);
}

TP_TEST_MAIN()
