/*
 * shm/slot.h - the per-slot seqlock and the 256-byte header slot. The only code that knows a slot's
 * bytes.
 *
 *     0 u64 seqCommit          22 u64 timestampNs         76 u8  ndims
 *     8 u32 valuesLenBytes     30 u32 metaVersion         77 u8  pad
 *    12 u32 payloadSlot        34 u8[26] pad              78 u8  progressUnit
 *    16 u16 poolId             60 u32 192                 79 u32 progressStrideBytes
 *    18 u32 payloadOffset      64 u16[4] 184,52,900,1     83 i32[8] dims
 *                              72 i16 dtype              115 i32[8] strides
 *                              74 i16 majorOrder         147 u8[109] pad
 *
 * seqCommit is seq<<1 while writing and (seq<<1)|1 when committed. One writer, any number of
 * readers, who see the writer but are never seen by it:
 *
 *   writer                               reader
 *   W1 in-progress word, relaxed         R1 word, acquire
 *   W2 release fence                     R2 copies header words, reads payload
 *   W3 words 5..31, payload, words 1..4  R3 acquire fence
 *   W4 committed word, release           R4 word again, relaxed
 *
 * Why that is enough: a reader that saw anything written after W2 synchronises, fence W2 with fence
 * R3, and so R4 sees W1 or something later, which differs from R1. A reader whose R1 saw W4 sees
 * all of W3, because W4 releases and R1 acquires. So "R4 equals R1, and R1 was committed" proves
 * that everything copied in between belongs to one frame. seq never comes back within an epoch (63
 * bits), hence no ABA.
 *
 * The order within W3 is free, and that is where the speed is. A slot is four cache lines: line 0
 * has the word and, in words 1..4, all that differs from frame to frame of one shape; lines 1 and 2
 * the tensor (strides[3] on is in line 2), the rest is pad. A writer that stores words 5..31 right
 * after W2, as those of the frame before, touches nothing but line 0 when it commits, and a waiting
 * reader, who fetched lines 1 and 2 meanwhile, needs nothing but line 0 when it finds the committed
 * word: a frame of any size changes hands at the cost of one line. Each frame still overwrites the
 * whole slot (W-27). Readers copy what they decode and leave the pads alone.
 */
#ifndef TPI_SHM_SLOT_H
#define TPI_SHM_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/words.h"
#include "tensorpool/tensor.h"

#define TPI_SLOT_BYTES 256u

/*
 * For tests alone, which show that they can fail: 1 leaves out the second look at seqCommit (R4),
 * 2 the in-progress word (W1).
 */
#ifndef TPI_SLOT_MUTATION
#define TPI_SLOT_MUTATION 0
#endif

/** A slot's fields, decoded. */
typedef struct tpi_slot_header {
    uint32_t values_len_bytes;
    uint32_t payload_slot;
    uint16_t pool_id;
    uint32_t payload_offset;
    uint64_t timestamp_ns;
    uint32_t meta_version;
    tp_tensor_t tensor;
} tpi_slot_header_t;

/** A private copy of one slot. */
typedef struct tpi_slot_image {
    uint64_t words[TPI_SLOT_BYTES / 8];
} tpi_slot_image_t;

/*
 * The tensor of the frame read before, as it was in the slot and decoded. The next frame's usually
 * is the same, word for word: then it needs to be neither decoded nor judged again.
 */
#define TPI_SLOT_SHAPE_WORDS 12 /* 7..18: headerBytes and what it says */
#define TPI_SLOT_TAIL_NDIMS 4   /* the first ndims whose strides reach into line 2 */
typedef struct tpi_slot_memo {
    uint64_t words[TPI_SLOT_SHAPE_WORDS];
    bool is_known;
    uint64_t good_len; /* payloads of this length and longer hold the tensor's elements (W-33) */
    tp_tensor_t tensor;
} tpi_slot_memo_t;

/** What changes from frame to frame. */
typedef struct tpi_slot_frame {
    uint64_t word;
    uint64_t timestamp_ns;
    uint32_t values_len_bytes;
    uint32_t meta_version;
    uint16_t pool_id;
} tpi_slot_frame_t;

/* Why a slot could not be used; the values index the consumer's drop counters. */
typedef enum tpi_slot_verdict {
    TPI_SLOT_OK = 0,
    TPI_SLOT_ODD,      /* W-50: not committed */
    TPI_SLOT_CHANGED,  /* W-53, W-54: overwritten while read */
    TPI_SLOT_IDENTITY, /* W-53: committed, but another seq */
    TPI_SLOT_HEADER,   /* W-25..W-34, W-38 */
    TPI_SLOT_PAYLOAD   /* W-35, W-36 */
} tpi_slot_verdict_t;

static inline uint64_t tpi_word_in_progress(uint64_t seq)
{
    return seq << 1; /* Rule: W-41 */
}

static inline uint64_t tpi_word_committed(uint64_t seq)
{
    return (seq << 1) | 1u; /* Rule: W-41 */
}

static inline bool tpi_word_is_committed(uint64_t word)
{
    return (word & 1u) != 0;
}

static inline uint64_t tpi_word_seq(uint64_t word)
{
    return word >> 1;
}

/* ---- writer ---- */

/** Step 1 of W-42: in-progress word, then the release fence that keeps payload stores behind it. */
void tpi_slot_begin(void *slot, uint64_t seq);

/** Store any word with release, nothing else (abandoning a claim). */
void tpi_slot_store_word(void *slot, uint64_t word);

/**
 * Encode all but seqCommit into `image` (256 bytes, pads zero, dims/strides zero from ndims on,
 * progressStrideBytes zero without a progress unit; W-25..W-28, W-38). words[0] is left 0. Says what
 * it is told otherwise: judging the tensor is the caller's business.
 */
void tpi_slot_encode(tpi_slot_image_t *image, const tpi_slot_header_t *header);

/**
 * Words 1..31 of `image`, relaxed: step 3 of W-42 alone, between begin and commit. For frames which
 * are read while they grow (W-106); commit does it again.
 */
void tpi_slot_fill(void *slot, const tpi_slot_image_t *image);

/** Steps 3 and 5 of W-42: words 1..31 of `image` relaxed, then the committed word with release. */
void tpi_slot_commit(void *slot, uint64_t seq, const tpi_slot_image_t *image);

/** Words 5..31 of `image` alone: the part of step 3 that is known before the frame is. */
void tpi_slot_fill_shape(void *slot, const tpi_slot_image_t *image);

/**
 * The rest of step 3, words 1..4 from `frame`, payloadSlot = `header_index` (W-35) and
 * payloadOffset = 0 (W-34); then step 5. Only after tpi_slot_fill_shape since the begin of this
 * frame. frame->word is not looked at.
 */
void tpi_slot_commit_frame(void *slot, uint64_t seq, uint32_t header_index,
                           const tpi_slot_frame_t *frame);

/* ---- reader ---- */

/** Acquire load of seqCommit. */
static inline uint64_t tpi_slot_load_word(const void *slot)
{
    return tpi_shm_load_acquire(
        slot, 0); /* Rule: W-39, W-50; pairs with the release store in tpi_slot_commit */
}

/** Acquire fence, then relaxed re-load: true if seqCommit is still `word` (W-52, W-57). */
static inline bool tpi_slot_still(const void *slot, uint64_t word)
{
#if TPI_SLOT_MUTATION == 1
    (void)slot;
    (void)word;
    return true;
#else
    atomic_thread_fence(
        memory_order_acquire);            /* Rule: W-52; pairs with the fence in tpi_slot_begin */
    return tpi_shm_load(slot, 0) == word; /* Rule: W-57, W-53 */
#endif
}

/**
 * Copy the slot and prove that it held frame `seq`, unchanged, while it was copied (W-50..W-53).
 * @param last_word the last word accepted from this slot in this epoch, 0 if none (W-54).
 * @param out_image complete after OK; the pads, and strides[3] on when ndims is 3 or less, are not
 *        copied but zero. After anything else some or none of it is there.
 * @return OK, ODD, CHANGED or IDENTITY; *out_word is the word seen.
 */
tpi_slot_verdict_t tpi_slot_read(const void *slot, uint64_t seq, uint64_t last_word,
                                 tpi_slot_image_t *out_image, uint64_t *out_word);

/**
 * tpi_slot_read and tpi_slot_decode in one, with a memory: a tensor which is that of the frame
 * before, word for word, is not judged again.
 * @param memo zeroed before the first frame; afterwards memo->tensor is the tensor of the last
 *        frame found OK.
 * @return as those two. *out is complete after OK, and may have been written after anything else.
 */
tpi_slot_verdict_t tpi_slot_take(const void *slot, uint64_t seq, uint64_t last_word,
                                 uint32_t header_index, tpi_slot_memo_t *memo,
                                 tpi_slot_frame_t *out);

/**
 * Fetch the line with the tensor, and its second one if the frame before had use for that; a line
 * that no reader looks at stays with the writer.
 */
static inline void tpi_slot_prefetch_tensor(const void *slot, const tpi_slot_memo_t *memo)
{
    __builtin_prefetch((const uint8_t *)slot + 64);
    if (memo->tensor.ndims >= TPI_SLOT_TAIL_NDIMS) {
        __builtin_prefetch((const uint8_t *)slot + 128);
    }
}

/**
 * Copy the slot as it is, unproven (inspection, progress readers). words[0] is loaded first, with
 * acquire.
 */
void tpi_slot_copy(const void *slot, tpi_slot_image_t *out_image);

/**
 * Decode and judge a copied slot: headerBytes form (W-25), tensor rules (W-28..W-33, W-38),
 * payloadOffset (W-34), payloadSlot == header_index (W-35). The pool (W-36) is the caller's to
 * check, who knows the mapped pools; W-37 says when it need not.
 * @return OK, HEADER or PAYLOAD; *out is complete after OK and PAYLOAD.
 */
tpi_slot_verdict_t tpi_slot_decode(const tpi_slot_image_t *image, uint32_t header_index,
                                   tpi_slot_header_t *out);

/**
 * Decode without judging (inspection tools): the fields as they are, dims and strides beyond ndims
 * included.
 * @return false if headerBytes has not the form of W-25: then out->tensor is zeroed, the other
 *        fields are there.
 */
bool tpi_slot_decode_raw(const tpi_slot_image_t *image, tpi_slot_header_t *out);

#endif
