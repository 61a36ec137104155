/*
 * The order of a publish and of a read, step by step: slot.c is compiled here with a call at each
 * of its steps, and the writer acts between the steps of the reader.
 */
#include "shm/shm_test_util.h"

typedef struct memory_slot {
    _Alignas(64) uint64_t words[32];
} memory_slot_t;

static void (*at_point)(const char *name);
void tpi_slot_test_point(const char *name);

void tpi_slot_test_point(const char *name)
{
    if (at_point != NULL) {
        at_point(name);
    }
}

static memory_slot_t slot;
static char steps[1024];

static void publish(uint64_t seq, uint32_t len)
{
    tpi_slot_image_t image;
    const tpi_slot_header_t header = test_header(5, len);
    tpi_slot_encode(&image, &header);
    tpi_slot_begin(&slot, seq);
    tpi_slot_commit(&slot, seq, &image);
}

/* What a reader would find at each step: the commit word, and whose header words. */
static void note_step(const char *name)
{
    const size_t at = strlen(steps);
    const unsigned header_len = (unsigned)slot.words[1]; /* valuesLenBytes: 4 old, 8 new */
    const unsigned tail = slot.words[14] != 0; /* strides: old 1, new 1, never written 0 */
    snprintf(steps + at, sizeof(steps) - at, "%s word=%llu len=%u strides=%u\n", name,
             (unsigned long long)slot.words[0], header_len, tail);
}

/* Proves: W-42 */
TP_TEST(a_publish_marks_the_slot_before_it_touches_and_commits_last)
{
    memset(&slot, 0, sizeof(slot));
    publish(5, 4);
    slot.words[14] = 0;
    at_point = note_step;
    publish(13, 8);
    at_point = NULL;
    TP_CHECK_EQ_STR(steps, "before-begin word=11 len=4 strides=0\n"
                           "in-progress-stored word=26 len=4 strides=0\n"
                           "in-progress-fenced word=26 len=4 strides=0\n"
                           "header-begun word=26 len=4 strides=0\n"
                           "shape-begun word=26 len=8 strides=0\n"
                           "header-half word=26 len=8 strides=1\n"
                           "shape-complete word=26 len=8 strides=1\n"
                           "header-complete word=26 len=8 strides=1\n"
                           "committed word=27 len=8 strides=1\n");
}

/* Proves: W-42 */
TP_TEST(a_slot_filled_ahead_is_in_progress_until_the_frames_own_fields_are_there)
{
    const tpi_slot_header_t header = test_header(5, 8);
    const tpi_slot_frame_t frame = { .values_len_bytes = 8, .pool_id = 1 };
    tpi_slot_image_t shape;
    memset(&slot, 0, sizeof(slot));
    memset(steps, 0, sizeof(steps));
    publish(5, 4);
    slot.words[14] = 0;
    tpi_slot_encode(&shape, &header);
    at_point = note_step;
    tpi_slot_begin(&slot, 13);
    tpi_slot_fill_shape(&slot, &shape);
    tpi_slot_commit_frame(&slot, 13, 5, &frame);
    at_point = NULL;
    TP_CHECK_EQ_STR(steps, "before-begin word=11 len=4 strides=0\n"
                           "in-progress-stored word=26 len=4 strides=0\n"
                           "in-progress-fenced word=26 len=4 strides=0\n"
                           "shape-begun word=26 len=4 strides=0\n"
                           "header-half word=26 len=4 strides=1\n"
                           "shape-complete word=26 len=4 strides=1\n"
                           "frame-begun word=26 len=4 strides=1\n"
                           "frame-half word=26 len=8 strides=1\n"
                           "header-complete word=26 len=8 strides=1\n"
                           "committed word=27 len=8 strides=1\n");
}

static void claim_when_copied(const char *name)
{
    if (strcmp(name, "copied") == 0) {
        at_point = NULL;
        tpi_slot_begin(&slot, 13);
    }
}

static void publish_when_copied(const char *name)
{
    if (strcmp(name, "copied") == 0) {
        at_point = NULL;
        publish(13, 8);
    }
}

/* Proves: W-51, W-52, W-53 */
TP_TEST(a_frame_overtaken_between_copy_and_second_look_is_changed)
{
    tpi_slot_image_t image;
    uint64_t word;
    publish(5, 4);
    at_point = claim_when_copied;
    TP_CHECK_EQ_I64(tpi_slot_read(&slot, 5, 0, &image, &word), TPI_SLOT_CHANGED);
    TP_CHECK_EQ_U64(word, 11);
    publish(5, 4);
    at_point = publish_when_copied;
    TP_CHECK_EQ_I64(tpi_slot_read(&slot, 5, 0, &image, &word), TPI_SLOT_CHANGED);
    /* a foreign frame that moves on is a change as well, not an identity */
    publish(5, 4);
    at_point = publish_when_copied;
    TP_CHECK_EQ_I64(tpi_slot_read(&slot, 4, 0, &image, &word), TPI_SLOT_CHANGED);
    /* what was decoded is the copy: the frame that came later cannot be seen in it */
    publish(5, 4);
    TP_CHECK_EQ_I64(tpi_slot_read(&slot, 5, 0, &image, &word), TPI_SLOT_OK);
    publish(13, 8);
    tpi_slot_header_t header;
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 5, &header), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(header.values_len_bytes, 4);
    TP_CHECK(!tpi_slot_still(&slot, word));
}

TP_TEST_MAIN()
