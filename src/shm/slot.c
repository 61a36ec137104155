#include "shm/slot.h"

#include <string.h>

#include "base/bytes.h"
#include "tensor/tensor_check.h"

/* For tests, which compile this file a second time: a function called at each step of a publish and
   of a read, where a test kills the writer or lets it overtake the reader. */
#ifdef TPI_SLOT_TEST_POINT
void TPI_SLOT_TEST_POINT(const char *name);
#define TEST_POINT(name) TPI_SLOT_TEST_POINT(name)
#else
#define TEST_POINT(name) ((void)0)
#endif

/* Byte positions in a slot; Rule: W-24, W-25, W-2. */
enum {
    AT_SEQ_COMMIT = 0,
    AT_VALUES_LEN = 8,
    AT_PAYLOAD_SLOT = 12,
    AT_POOL_ID = 16,
    AT_PAYLOAD_OFFSET = 18,
    AT_TIMESTAMP = 22,
    AT_META_VERSION = 30,
    AT_PAD = 34,
    AT_HEADER_LEN = 60,
    AT_HEADER_FORM = 64, /* the embedded message header, four u16 */
    AT_DTYPE = 72,
    AT_ORDER = 74,
    AT_NDIMS = 76,
    AT_PAD_ALIGN = 77,
    AT_PROGRESS_UNIT = 78,
    AT_PROGRESS_STRIDE = 79,
    AT_DIMS = 83,
    AT_STRIDES = 115,
    AT_PAD_TAIL = 147,
    AT_END = 256,

    HEADER_LEN = 192,
    TENSOR_BLOCK_LEN = 184,
    TENSOR_TEMPLATE_ID = 52,
    SCHEMA_ID = 900,
    SCHEMA_VERSION = 1
};
_Static_assert(AT_SEQ_COMMIT == 0 && AT_VALUES_LEN == AT_SEQ_COMMIT + 8 &&
                   AT_PAYLOAD_SLOT == AT_VALUES_LEN + 4 && AT_POOL_ID == AT_PAYLOAD_SLOT + 4 &&
                   AT_PAYLOAD_OFFSET == AT_POOL_ID + 2 && AT_TIMESTAMP == AT_PAYLOAD_OFFSET + 4 &&
                   AT_META_VERSION == AT_TIMESTAMP + 8 && AT_PAD == AT_META_VERSION + 4 &&
                   AT_HEADER_LEN == AT_PAD + 26,
               "SlotHeader is packed, 60 bytes");
_Static_assert(AT_HEADER_FORM == AT_HEADER_LEN + 4 && AT_DTYPE == AT_HEADER_FORM + 8 &&
                   AT_ORDER == AT_DTYPE + 2 && AT_NDIMS == AT_ORDER + 2 &&
                   AT_PAD_ALIGN == AT_NDIMS + 1 && AT_PROGRESS_UNIT == AT_PAD_ALIGN + 1 &&
                   AT_PROGRESS_STRIDE == AT_PROGRESS_UNIT + 1 &&
                   AT_DIMS == AT_PROGRESS_STRIDE + 4 && AT_STRIDES == AT_DIMS + 4 * TP_MAX_DIMS &&
                   AT_PAD_TAIL == AT_STRIDES + 4 * TP_MAX_DIMS && AT_END == AT_PAD_TAIL + 109,
               "TensorHeader is packed, 184 bytes behind its message header");
_Static_assert(AT_HEADER_FORM + HEADER_LEN == AT_END && AT_END == TPI_SLOT_BYTES &&
                   8 + TENSOR_BLOCK_LEN == HEADER_LEN,
               "60 + 4 + 192 = 256");
_Static_assert(TP_MAX_DIMS == 8,
               "a layout constant: another value needs a new layoutVersion"); /* Rule: W-26 */

/* The embedded message header as one little-endian word, so that W-25 is two compares. */
#define HEADER_FORM                                                                                \
    ((uint64_t)TENSOR_BLOCK_LEN | (uint64_t)TENSOR_TEMPLATE_ID << 16 | (uint64_t)SCHEMA_ID << 32 | \
     (uint64_t)SCHEMA_VERSION << 48)

/* In words: the slot; up to where a frame differs from one of the same shape; the tensor in its
 * header; what of it is there for ndims above 3 alone; and pad to the end. */
enum {
    WORDS = TPI_SLOT_BYTES / 8,
    SHAPE_FROM = 5,
    TENSOR_FROM = AT_HEADER_LEN / 8,
    TAIL_FROM = 16,
    PAD_FROM = TENSOR_FROM + TPI_SLOT_SHAPE_WORDS
};
_Static_assert(AT_PAD <= SHAPE_FROM * 8, "words 1..4 have all of a frame's own fields");
_Static_assert(PAD_FROM * 8 >= AT_PAD_TAIL && PAD_FROM * 8 < AT_PAD_TAIL + 8,
               "the tensor's words end with its last stride");
_Static_assert(AT_STRIDES + 4 * (TPI_SLOT_TAIL_NDIMS - 1) <= TAIL_FROM * 8,
               "two lines are enough for three dimensions");

/* live[n][i] is all ones for i < n: dims and strides behind ndims are cleared without a branch. */
#define L (-1)
static const int32_t live[TP_MAX_DIMS + 1][TP_MAX_DIMS] = {
    { 0, 0, 0, 0, 0, 0, 0, 0 }, { L, 0, 0, 0, 0, 0, 0, 0 }, { L, L, 0, 0, 0, 0, 0, 0 },
    { L, L, L, 0, 0, 0, 0, 0 }, { L, L, L, L, 0, 0, 0, 0 }, { L, L, L, L, L, 0, 0, 0 },
    { L, L, L, L, L, L, 0, 0 }, { L, L, L, L, L, L, L, 0 }, { L, L, L, L, L, L, L, L },
};
#undef L

static inline void keep_live(int32_t out[TP_MAX_DIMS], const int32_t in[TP_MAX_DIMS],
                             uint32_t ndims)
{
    const int32_t *mask = live[ndims <= TP_MAX_DIMS ? ndims : TP_MAX_DIMS];
    for (int i = 0; i < TP_MAX_DIMS; i++) {
        out[i] = in[i] & mask[i];
    }
}

/* ---- writer ---- */

void tpi_slot_begin(void *slot, uint64_t seq)
{
    TEST_POINT("before-begin");
#if TPI_SLOT_MUTATION != 2
    /*
     * Rule: W-42, W-39 step 1. A release store would hold back what came before; the fence holds
     * what follows.
     */
    tpi_shm_store(slot, 0, tpi_word_in_progress(seq));
#else
    (void)slot;
    (void)seq;
#endif
    TEST_POINT("in-progress-stored");
    /* Rule: W-42; pairs with the fence in tpi_slot_still. */
    atomic_thread_fence(memory_order_release);
    TEST_POINT("in-progress-fenced");
}

void tpi_slot_store_word(void *slot, uint64_t word)
{
    tpi_shm_store_release(slot, 0, word); /* pairs with the acquire load in tpi_slot_load_word */
}

static inline void store_committed(void *slot, uint64_t seq)
{
    TEST_POINT("header-complete");
    /*
     * Rule: W-42, W-41 step 5; pairs with the acquire load in tpi_slot_load_word
     */
    tpi_shm_store_release(slot, 0, tpi_word_committed(seq));
    TEST_POINT("committed");
}

/* Words 1..4 have what changes from frame to frame. */
typedef struct frame_words {
    uint64_t words[4];
} frame_words_t;

static inline frame_words_t encode_frame(uint32_t values_len_bytes, uint32_t payload_slot,
                                         uint16_t pool_id, uint32_t payload_offset,
                                         uint64_t timestamp_ns, uint32_t meta_version)
{
    return (frame_words_t){ {
        (uint64_t)values_len_bytes | (uint64_t)payload_slot << 32,
        (uint64_t)pool_id | (uint64_t)payload_offset << 16 | timestamp_ns << 48,
        timestamp_ns >> 16 | (uint64_t)meta_version << 48,
        meta_version >> 16,
    } };
}

void tpi_slot_encode(tpi_slot_image_t *image, const tpi_slot_header_t *header)
{
    const tp_tensor_t *tensor = &header->tensor;
    uint8_t *bytes = (uint8_t *)image->words;
    int32_t dims[TP_MAX_DIMS];
    int32_t strides[TP_MAX_DIMS];

    /* Rule: W-27 - pads are zero, nothing of an earlier frame stays */
    memset(image, 0, sizeof(*image));
    const frame_words_t frame =
        encode_frame(header->values_len_bytes, header->payload_slot, header->pool_id,
                     header->payload_offset, header->timestamp_ns, header->meta_version);
    memcpy(&image->words[1], frame.words, sizeof(frame.words));
    tpi_put_u32(bytes + AT_HEADER_LEN, HEADER_LEN); /* Rule: W-25 */
    tpi_put_u64(bytes + AT_HEADER_FORM, HEADER_FORM);
    tpi_put_i16(bytes + AT_DTYPE, (int16_t)tensor->dtype);
    tpi_put_i16(bytes + AT_ORDER, (int16_t)tensor->order);
    bytes[AT_NDIMS] = (uint8_t)tensor->ndims;
    bytes[AT_PROGRESS_UNIT] = (uint8_t)tensor->progress_unit;
    if (tensor->progress_unit != TP_PROGRESS_NONE) { /* Rule: W-38 - without a unit it is 0 */
        tpi_put_u32(bytes + AT_PROGRESS_STRIDE, tensor->progress_stride_bytes);
    }
    keep_live(dims, tensor->dims, tensor->ndims); /* Rule: W-28 */
    keep_live(strides, tensor->strides, tensor->ndims);
    memcpy(bytes + AT_DIMS, dims, sizeof(dims));
    memcpy(bytes + AT_STRIDES, strides, sizeof(strides));
}

void tpi_slot_fill(void *slot, const tpi_slot_image_t *image)
{
    TEST_POINT("header-begun");
    TPI_SHM_UNROLL
    for (size_t i = 1; i < SHAPE_FROM; i++) { /* Rule: W-27, W-42 step 3 - the full slot */
        tpi_shm_store(slot, i, image->words[i]);
    }
    tpi_slot_fill_shape(slot, image);
}

void tpi_slot_fill_shape(void *slot, const tpi_slot_image_t *image)
{
    TPI_SHM_UNROLL
    for (size_t i = SHAPE_FROM; i < PAD_FROM; i++) { /* Rule: W-27, W-42 step 3 */
#ifdef TPI_SLOT_TEST_POINT
        if (i == SHAPE_FROM || i == WORDS / 2) {
            TEST_POINT(i == SHAPE_FROM ? "shape-begun" : "header-half");
        }
#endif
        tpi_shm_store(slot, i, image->words[i]);
    }
    TPI_SHM_UNROLL
    for (size_t i = PAD_FROM; i < WORDS; i++) { /* Rule: W-27 - not read, but ours to overwrite */
        tpi_shm_store(slot, i, 0);
    }
    TEST_POINT("shape-complete");
}

void tpi_slot_commit_frame(void *slot, uint64_t seq, uint32_t header_index,
                           const tpi_slot_frame_t *frame)
{
    const frame_words_t encoded =
        encode_frame(frame->values_len_bytes, header_index, frame->pool_id, 0, frame->timestamp_ns,
                     frame->meta_version); /* Rule: W-34, W-35 */
    TPI_SHM_UNROLL
    for (size_t i = 1; i < SHAPE_FROM; i++) { /* Rule: W-42 step 3 */
#ifdef TPI_SLOT_TEST_POINT
        if (i == 1 || i == 3) {
            TEST_POINT(i == 1 ? "frame-begun" : "frame-half");
        }
#endif
        tpi_shm_store(slot, i, encoded.words[i - 1]);
    }
    store_committed(slot, seq);
}

void tpi_slot_commit(void *slot, uint64_t seq, const tpi_slot_image_t *image)
{
    tpi_slot_fill(slot, image);
    store_committed(slot, seq);
}

/* ---- reader ---- */

static inline uint32_t ndims_of(const tpi_slot_image_t *image)
{
    return ((const uint8_t *)image->words)[AT_NDIMS];
}

/*
 * R1 to R4. Rule: W-51 - a copy, of what is decoded afterwards. On the way the tensor's words are
 * compared with `known`: *out_differs is 0 if the copy has the same. Like the copy itself it means
 * nothing before R4.
 */
static inline tpi_slot_verdict_t read_slot(const void *slot, uint64_t seq, uint64_t last_word,
                                           const uint64_t known[TPI_SLOT_SHAPE_WORDS],
                                           tpi_slot_image_t *out_image, uint64_t *out_word,
                                           uint64_t *out_differs)
{
    const uint64_t word = tpi_slot_load_word(slot);
    *out_word = word;
    if (!tpi_word_is_committed(word)) { /* Rule: W-50, W-56 - no waiting for the commit */
        return TPI_SLOT_ODD;
    }
    if (tpi_word_seq(word) == seq) {
        uint64_t differs = 0;
        out_image->words[0] = word;
        TPI_SHM_UNROLL
        for (size_t i = 1; i < SHAPE_FROM; i++) {
            out_image->words[i] = tpi_shm_load(slot, i);
        }
        TPI_SHM_UNROLL
        for (size_t i = TENSOR_FROM; i < TAIL_FROM; i++) {
            const uint64_t copy = tpi_shm_load(slot, i);
            out_image->words[i] = copy;
            differs |= copy ^ known[i - TENSOR_FROM];
        }
        /* The copy decides, though it may be torn: then R4 finds out. */
        const bool has_tail = ndims_of(out_image) >= TPI_SLOT_TAIL_NDIMS;
        TPI_SHM_UNROLL
        for (size_t i = TAIL_FROM; i < PAD_FROM; i++) {
            const uint64_t copy = has_tail ? tpi_shm_load(slot, i) : 0;
            out_image->words[i] = copy;
            differs |= copy ^ known[i - TENSOR_FROM];
        }
        *out_differs = differs;
    }
    TEST_POINT("copied");
    if (!tpi_slot_still(slot, word)) { /* Rule: W-52, W-53 */
        return TPI_SLOT_CHANGED;
    }
    if (tpi_word_seq(word) != seq) { /* Rule: W-53 */
        return TPI_SLOT_IDENTITY;
    }
    return word < last_word ? TPI_SLOT_CHANGED : TPI_SLOT_OK; /* Rule: W-54 */
}

tpi_slot_verdict_t tpi_slot_read(const void *slot, uint64_t seq, uint64_t last_word,
                                 tpi_slot_image_t *out_image, uint64_t *out_word)
{
    static const uint64_t nothing[TPI_SLOT_SHAPE_WORDS];
    uint64_t differs;
    memset(out_image, 0, sizeof(*out_image));
    return read_slot(slot, seq, last_word, nothing, out_image, out_word, &differs);
}

void tpi_slot_copy(const void *slot, tpi_slot_image_t *out_image)
{
    out_image->words[0] = tpi_slot_load_word(slot);
    for (size_t i = 1; i < WORDS; i++) {
        out_image->words[i] = tpi_shm_load(slot, i);
    }
}

static inline bool has_header_form(const uint8_t *bytes)
{
    return tpi_get_u32(bytes + AT_HEADER_LEN) == HEADER_LEN &&
           tpi_get_u64(bytes + AT_HEADER_FORM) == HEADER_FORM;
}

static inline void decode_slot_fields(const uint8_t *bytes, tpi_slot_header_t *out)
{
    out->values_len_bytes = tpi_get_u32(bytes + AT_VALUES_LEN);
    out->payload_slot = tpi_get_u32(bytes + AT_PAYLOAD_SLOT);
    out->pool_id = tpi_get_u16(bytes + AT_POOL_ID);
    out->payload_offset = tpi_get_u32(bytes + AT_PAYLOAD_OFFSET);
    out->timestamp_ns = tpi_get_u64(bytes + AT_TIMESTAMP);
    out->meta_version = tpi_get_u32(bytes + AT_META_VERSION);
}

static inline void decode_tensor_fields(const uint8_t *bytes, tp_tensor_t *out)
{
    out->dtype = (tp_dtype_t)tpi_get_i16(bytes + AT_DTYPE);
    out->order = (tp_major_order_t)tpi_get_i16(bytes + AT_ORDER);
    out->ndims = bytes[AT_NDIMS];
    out->progress_unit = (tp_progress_unit_t)bytes[AT_PROGRESS_UNIT];
    out->progress_stride_bytes = tpi_get_u32(bytes + AT_PROGRESS_STRIDE);
    memcpy(out->dims, bytes + AT_DIMS, sizeof(out->dims));
    memcpy(out->strides, bytes + AT_STRIDES, sizeof(out->strides));
}

tpi_slot_verdict_t tpi_slot_decode(const tpi_slot_image_t *image, uint32_t header_index,
                                   tpi_slot_header_t *out)
{
    const uint8_t *bytes = (const uint8_t *)image->words;
    if (!has_header_form(bytes)) { /* Rule: W-25 */
        return TPI_SLOT_HEADER;
    }
    decode_slot_fields(bytes, out);
    decode_tensor_fields(bytes, &out->tensor);
    /* Rule: W-28 - what lies behind ndims is nobody's business, the user's neither. */
    keep_live(out->tensor.dims, out->tensor.dims, out->tensor.ndims);
    keep_live(out->tensor.strides, out->tensor.strides, out->tensor.ndims);
    if (out->tensor.progress_unit == TP_PROGRESS_NONE) { /* Rule: W-38 */
        out->tensor.progress_stride_bytes = 0;
    }
    if (tpi_tensor_fault(&out->tensor, out->values_len_bytes) !=
        NULL) { /* Rule: W-28..W-33, W-38, W-6 */
        return TPI_SLOT_HEADER;
    }
    if (out->payload_offset != 0) { /* Rule: W-34 */
        return TPI_SLOT_HEADER;
    }
    if (out->payload_slot != header_index) { /* Rule: W-35, also of an empty frame (W-37) */
        return TPI_SLOT_PAYLOAD;
    }
    return TPI_SLOT_OK;
}

/* Another tensor than before, or a shorter payload: decode and judge all of it. */
static __attribute__((noinline)) tpi_slot_verdict_t
learn(const tpi_slot_image_t *image, uint32_t header_index, tpi_slot_memo_t *memo)
{
    tpi_slot_header_t header;
    const tpi_slot_verdict_t verdict = tpi_slot_decode(image, header_index, &header);
    if (verdict == TPI_SLOT_OK) {
        memcpy(memo->words, &image->words[TENSOR_FROM], sizeof(memo->words));
        memo->tensor = header.tensor;
        /* An empty payload proves nothing about the span, for no length; Rule: W-33, W-37 */
        memo->good_len = header.values_len_bytes > 0 ? header.values_len_bytes : UINT64_MAX;
        memo->is_known = true;
    }
    return verdict;
}

tpi_slot_verdict_t tpi_slot_take(const void *slot, uint64_t seq, uint64_t last_word,
                                 uint32_t header_index, tpi_slot_memo_t *memo,
                                 tpi_slot_frame_t *out)
{
    tpi_slot_image_t image;
    uint64_t differs = 0;
    const tpi_slot_verdict_t verdict =
        read_slot(slot, seq, last_word, memo->words, &image, &out->word, &differs);
    if (verdict != TPI_SLOT_OK) {
        return verdict;
    }
    /* By words, not by bytes: a field that lies in two of them is slow to load from where they were
     * stored a moment ago. The reverse of encode_frame. */
    const uint64_t *words = image.words;
    const uint32_t values_len_bytes = (uint32_t)words[1];
    out->values_len_bytes = values_len_bytes;
    out->pool_id = (uint16_t)words[2];
    out->timestamp_ns = words[2] >> 48 | words[3] << 16;
    out->meta_version = (uint32_t)(words[3] >> 48 | words[4] << 16);
    /* A payload as long as one that was judged, or longer, or none: W-33 holds as it did. */
    if (differs != 0 || !memo->is_known ||
        (values_len_bytes < memo->good_len && values_len_bytes != 0)) {
        return learn(&image, header_index, memo);
    }
    if ((uint32_t)(words[2] >> 16) != 0) { /* Rule: W-34 */
        return TPI_SLOT_HEADER;
    }
    return words[1] >> 32 == header_index ? TPI_SLOT_OK : TPI_SLOT_PAYLOAD; /* Rule: W-35 */
}

bool tpi_slot_decode_raw(const tpi_slot_image_t *image, tpi_slot_header_t *out)
{
    const uint8_t *bytes = (const uint8_t *)image->words;
    memset(out, 0, sizeof(*out));
    decode_slot_fields(bytes, out);
    if (!has_header_form(bytes)) {
        return false;
    }
    decode_tensor_fields(bytes, &out->tensor);
    return true;
}
