/*
 * Proves what `tp pub` and `tp sub` say about frames: patterns, checksums, percentiles, .npy files,
 * pictures.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames/frame_sink.h"
#include "frames/frame_source.h"
#include "frames/histogram.h"
#include "frames/npy.h"
#include "frames/pattern.h"
#include "frames/snapshot.h"
#include "tensorpool/error.h"
#include "tp_test.h"

#define FRAME 4099 /* not a multiple of a word */

TP_TEST(a_checked_frame_verifies_at_every_length)
{
    uint8_t data[FRAME];
    for (size_t length = 0; length <= FRAME; length += length < 40 ? 1 : 509) {
        tp_pattern_fill(TP_PATTERN_CHECKED, 77, data, length, 0);
        TP_CHECK_EQ_I64(tp_pattern_verify(77, data, length), TP_VERDICT_GOOD);
    }
}

TP_TEST(a_frame_mixed_from_two_seqs_is_torn_wherever_it_is_cut)
{
    uint8_t data[FRAME], other[FRAME];
    tp_pattern_fill(TP_PATTERN_CHECKED, 1000, data, FRAME, 0);
    tp_pattern_fill(TP_PATTERN_CHECKED, 1016, other, FRAME, 0);
    for (size_t cut = 0; cut + 16 < FRAME; cut += 8) {
        uint8_t mixed[FRAME];
        memcpy(mixed, data, FRAME);
        memcpy(mixed + cut, other + cut, FRAME - cut);
        TP_CHECK_EQ_I64(tp_pattern_verify(1000, mixed, FRAME), TP_VERDICT_TORN);
    }
}

TP_TEST(a_single_flipped_bit_is_seen_and_is_not_called_torn)
{
    uint8_t data[FRAME];
    tp_pattern_fill(TP_PATTERN_CHECKED, 5, data, FRAME, 0);
    for (size_t at = 0; at < FRAME; at++) {
        data[at] ^= 0x10;
        TP_CHECK_EQ_I64(tp_pattern_verify(5, data, FRAME), TP_VERDICT_CORRUPT);
        data[at] ^= 0x10;
    }
}

TP_TEST(a_checksum_is_found_and_sees_a_change_anywhere)
{
    uint8_t data[256 + TP_CHECKSUM_TRAILER_BYTES];
    tp_pattern_fill(TP_PATTERN_GRADIENT, 3, data, 256, 16);
    TP_CHECK(!tp_checksum_present(data, 256));
    tp_checksum_put(data + 256, data, 256);
    TP_CHECK(tp_checksum_present(data, sizeof data));
    TP_CHECK_EQ_I64(tp_checksum_verify(data, sizeof data), TP_VERDICT_GOOD);
    for (size_t at = 0; at < sizeof data; at++) {
        data[at] ^= 1;
        TP_CHECK_EQ_I64(tp_checksum_verify(data, sizeof data), TP_VERDICT_CORRUPT);
        data[at] ^= 1;
    }
}

TP_TEST(quantiles_are_exact_below_64_and_within_a_64th_above)
{
    static tp_histogram_t small, large;
    for (uint64_t v = 0; v < 50; v++) {
        tp_histogram_add(&small, v);
    }
    TP_CHECK_EQ_U64(tp_histogram_quantile(&small, 0.5), 25);
    TP_CHECK_EQ_U64(tp_histogram_quantile(&small, 1.0), 49);
    for (uint64_t v = 1; v <= 100000; v++) {
        tp_histogram_add(&large, v * 1000);
    }
    const uint64_t p99 = tp_histogram_quantile(&large, 0.99);
    TP_CHECK_MSG(p99 >= 99000000 && p99 <= 99000000 + 99000000 / 64 + 1000, "p99 %llu",
                 (unsigned long long)p99);
    TP_CHECK_EQ_U64(large.max, 100000000);
    TP_CHECK_EQ_U64(tp_histogram_quantile(&large, 1.0), 100000000);
    static tp_histogram_t extreme;
    tp_histogram_add(&extreme, UINT64_MAX);
    TP_CHECK_EQ_U64(tp_histogram_quantile(&extreme, 0.5), UINT64_MAX);
}

static const char *write_file(char *path, size_t size, const char *name, const void *data,
                              size_t length)
{
    FILE *file = fopen(tp_test_path(path, size, name), "wb");
    TP_CHECK(file != NULL);
    TP_CHECK(length == 0 || fwrite(data, length, 1, file) == 1);
    TP_CHECK(fclose(file) == 0);
    return path;
}

/* As numpy.save writes np.arange(24, dtype='u1').reshape(2, 3, 4). */
static size_t npy_of_two_frames(uint8_t *out)
{
    const char *dict = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }";
    memcpy(out, "\x93NUMPY\x01\x00\x76\x00", 10);
    memset(out + 10, ' ', 118);
    memcpy(out + 10, dict, strlen(dict));
    out[127] = '\n';
    for (int i = 0; i < 24; i++) {
        out[128 + i] = (uint8_t)i;
    }
    return 152;
}

TP_TEST(an_npy_file_is_cut_along_its_first_axis_and_looped)
{
    uint8_t bytes[152];
    char path[256];
    const char *paths[] = { write_file(path, sizeof path, "a.npy", bytes,
                                       npy_of_two_frames(bytes)) };
    tp_frame_source_t *source = NULL;
    TP_CHECK_EQ_I64(tp_frame_source_npy(&source, paths, 1, true), TP_OK);
    for (int i = 0; i < 5; i++) {
        TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), 1);
        TP_CHECK_EQ_U64(tp_frame_source_tensor(source)->ndims, 2);
        TP_CHECK_EQ_I64(tp_frame_source_tensor(source)->dims[1], 4);
        uint8_t frame[12];
        TP_CHECK_EQ_U64(tp_frame_source_length(source), sizeof frame);
        tp_frame_source_fill(source, 0, frame);
        TP_CHECK_EQ_U64(frame[0], (uint64_t)(i % 2 == 0 ? 0 : 12));
        tp_frame_source_take(source);
    }
    tp_frame_source_destroy(source);
}

TP_TEST(an_npy_file_that_is_cut_short_is_an_error_that_names_it)
{
    uint8_t bytes[152];
    char path[256];
    const char *paths[] = { write_file(path, sizeof path, "short.npy", bytes,
                                       npy_of_two_frames(bytes) - 1) };
    tp_frame_source_t *source = NULL;
    TP_CHECK_EQ_I64(tp_frame_source_npy(&source, paths, 1, false), TP_OK);
    TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), 1);
    tp_frame_source_take(source);
    TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "short.npy");
    tp_frame_source_destroy(source);
    for (size_t length = 0; length < 128; length++) {
        paths[0] = write_file(path, sizeof path, "header.npy", bytes, length);
        TP_CHECK_EQ_I64(tp_frame_source_npy(&source, paths, 1, false), TP_EINVAL);
    }
}

TP_TEST(npy_types_that_frames_cannot_have_are_refused_by_name)
{
    static const struct {
        const char *dict, *said;
    } cases[] = {
        { "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2), }", "big-endian" },
        { "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 2), }", "<c8" },
        { "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", "Fortran" },
        { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "descr" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "first axis" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, x), }", "shape" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }", "no frame" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[152];
        (void)npy_of_two_frames(bytes);
        memset(bytes + 10, ' ', 117);
        memcpy(bytes + 10, cases[i].dict, strlen(cases[i].dict));
        char path[256];
        const char *paths[] = { write_file(path, sizeof path, "bad.npy", bytes, sizeof bytes) };
        tp_frame_source_t *source = NULL;
        TP_CHECK(tp_frame_source_npy(&source, paths, 1, false) < 0);
        TP_CHECK_CONTAINS(tp_errmsg(), cases[i].said);
    }
}

TP_TEST(raw_frames_arrive_in_pieces_and_a_broken_last_one_is_said_with_its_size)
{
    int ends[2];
    TP_CHECK(pipe(ends) == 0);
    tp_tensor_t tensor;
    const int32_t dims[] = { 2, 3 };
    TP_CHECK_EQ_I64(tp_tensor_init(&tensor, TP_UINT16, 2, dims), TP_OK);
    tp_frame_source_t *source = NULL;
    TP_CHECK_EQ_I64(tp_frame_source_raw(&source, ends[0], "pipe", &tensor, true),
                    TP_EINVAL); /* --loop */
    TP_CHECK_EQ_I64(tp_frame_source_raw(&source, ends[0], "pipe", &tensor, false), TP_OK);
    TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), 0);
    TP_CHECK(write(ends[1], "0123456", 7) == 7);
    TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), 0);
    TP_CHECK(write(ends[1], "789abXYZ", 8) == 8);
    TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), 1);
    uint8_t frame[12];
    tp_frame_source_fill(source, 0, frame);
    TP_CHECK_EQ_MEM(frame, "0123456789ab", 12);
    tp_frame_source_take(source);
    TP_CHECK(close(ends[1]) == 0);
    TP_CHECK_EQ_I64(tp_frame_source_poll(source, 0), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "3 of 12 bytes");
    tp_frame_source_destroy(source);
    TP_CHECK((fcntl(ends[0], F_GETFL) & O_NONBLOCK) == 0);
}

TP_TEST(an_npy_sink_writes_what_an_npy_source_reads)
{
    char path[256];
    tp_frame_sink_t sink;
    TP_CHECK_EQ_I64(
        tp_frame_sink_open(&sink, TP_SINK_NPY, tp_test_path(path, sizeof path, "out.npy"), 2),
        TP_OK);
    tp_frame_t frame = { .length = 24 };
    const int32_t dims[] = { 2, 3 };
    TP_CHECK_EQ_I64(tp_tensor_init(&frame.tensor, TP_FLOAT32, 2, dims), TP_OK);
    for (uint32_t i = 0; i < 4; i++, frame.seq++) {
        float copy[6] = { (float)i };
        if (tp_frame_sink_wants(&sink)) {
            TP_CHECK_EQ_I64(tp_frame_sink_write(&sink, &frame, copy), TP_OK);
        }
    }
    frame.tensor.dims[0] = 1; /* another shape cannot go into the same array */
    frame.length = 12;
    TP_CHECK_EQ_I64(tp_frame_sink_write(&sink, &frame, "123456789012"), TP_EUNSUPPORTED);
    TP_CHECK_EQ_I64(tp_frame_sink_close(&sink), TP_OK);
    FILE *file = fopen(path, "rb");
    tp_npy_header_t header;
    TP_CHECK_EQ_I64(tp_npy_read_header(file, path, &header), TP_OK);
    TP_CHECK_EQ_U64(header.dims[0], 2);
    TP_CHECK_EQ_U64(header.ndims, 3);
    TP_CHECK_EQ_I64(header.dtype, TP_FLOAT32);
    TP_CHECK_EQ_U64(header.data_offset % 64, 0);
    (void)fclose(file);
}

TP_TEST(a_picture_path_takes_one_number_and_no_other_conversion)
{
    tp_frame_sink_t sink;
    TP_CHECK_EQ_I64(tp_frame_sink_open(&sink, TP_SINK_PNG, "a-%06u.png", 1), TP_OK);
    TP_CHECK_EQ_I64(tp_frame_sink_open(&sink, TP_SINK_PNG, "a-%s.png", 1), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_frame_sink_open(&sink, TP_SINK_PNG, "a-%u-%u.png", 1), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_frame_sink_open(&sink, TP_SINK_PNG, "a-%n.png", 1), TP_EINVAL);
}

TP_TEST(a_picture_of_wide_integers_is_scaled_and_one_of_five_axes_is_refused)
{
    const uint16_t data[] = { 1000, 2000, 3000, 5000 };
    tp_tensor_t tensor;
    const int32_t dims[] = { 2, 2 };
    TP_CHECK_EQ_I64(tp_tensor_init(&tensor, TP_UINT16, 2, dims), TP_OK);
    tp_picture_t picture;
    TP_CHECK_EQ_I64(tp_picture_from_tensor(&picture, &tensor, data, sizeof data), TP_OK);
    TP_CHECK_EQ_U64(picture.rgb[0], 0);
    TP_CHECK_EQ_U64(picture.rgb[3], 63);
    TP_CHECK_EQ_U64(picture.rgb[9], 255);
    tp_picture_destroy(&picture);
    TP_CHECK_EQ_I64(tp_picture_from_tensor(&picture, &tensor, data, sizeof data - 1), TP_EINVAL);
    const int32_t five[] = { 1, 1, 1, 2, 2 };
    TP_CHECK_EQ_I64(tp_tensor_init(&tensor, TP_UINT8, 5, five), TP_OK);
    TP_CHECK_EQ_I64(tp_picture_from_tensor(&picture, &tensor, data, sizeof data), TP_EUNSUPPORTED);
}

TP_TEST_MAIN()
