/*
 * shm/slot.h - the per-slot seqlock and the 256-byte header slot. The only code that knows a slot's bytes.
 *
 * seqCommit (byte 0, 8-byte aligned) is seq<<1 while writing and (seq<<1)|1 when committed. Writer: relaxed in-progress store,
 * release fence, payload and header, release store of the committed word (W-42). Reader: acquire load, copy as 32 relaxed words, acquire
 * fence, relaxed re-load (W-50..W-53).
 */
#ifndef TPI_SHM_SLOT_H
#define TPI_SHM_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensorpool/tensor.h"

#define TPI_SLOT_BYTES 256u

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

/* Why a slot could not be used; the values index the consumer's drop counters. */
typedef enum tpi_slot_verdict {
    TPI_SLOT_OK = 0,
    TPI_SLOT_ODD,      /* W-50: not committed */
    TPI_SLOT_CHANGED,  /* W-53, W-54: overwritten while read */
    TPI_SLOT_IDENTITY, /* W-53: committed, but another seq */
    TPI_SLOT_HEADER,   /* W-25..W-34, W-38 */
    TPI_SLOT_PAYLOAD   /* W-35, W-36 */
} tpi_slot_verdict_t;

static inline uint64_t tpi_word_in_progress(uint64_t seq) { return seq << 1; }       /* Rule: W-41 */
static inline uint64_t tpi_word_committed(uint64_t seq) { return (seq << 1) | 1u; }  /* Rule: W-41 */
static inline bool tpi_word_is_committed(uint64_t word) { return (word & 1u) != 0; }
static inline uint64_t tpi_word_seq(uint64_t word) { return word >> 1; }

/* ---- writer ---- */

/** Step 1 of W-42: in-progress word, then the release fence that keeps payload stores behind it. */
void tpi_slot_begin(void *slot, uint64_t seq);

/** Store any word with release, nothing else (abandoning a claim). */
void tpi_slot_store_word(void *slot, uint64_t word);

/** Encode all but seqCommit into `image` (256 bytes, pads zero, dims/strides zero from ndims on; W-25..W-28). words[0] is left 0. */
void tpi_slot_encode(tpi_slot_image_t *image, const tpi_slot_header_t *header);

/** Steps 3 and 5 of W-42: words 1..31 of `image` relaxed, then the committed word with release. */
void tpi_slot_commit(void *slot, uint64_t seq, const tpi_slot_image_t *image);

/* ---- reader ---- */

/** Acquire load of seqCommit. */
uint64_t tpi_slot_load_word(const void *slot);

/** Acquire fence, then relaxed re-load: true if seqCommit is still `word` (W-52, W-57). */
bool tpi_slot_still(const void *slot, uint64_t word);

/**
 * Copy the slot and prove that it held frame `seq`, unchanged, while it was copied (W-50..W-53).
 * @param last_word the last word accepted from this slot in this epoch, 0 if none (W-54).
 * @return OK, ODD, CHANGED or IDENTITY; *out_word is the word seen.
 */
tpi_slot_verdict_t tpi_slot_read(const void *slot, uint64_t seq, uint64_t last_word, tpi_slot_image_t *out_image, uint64_t *out_word);

/**
 * Decode and judge a copied slot: headerBytes form (W-25), tensor rules (W-28..W-33, W-38), payloadOffset (W-34), payloadSlot == header_index (W-35).
 * The pool (W-36) is the caller's to check, who knows the mapped pools; W-37 says when it need not.
 * @return OK, HEADER or PAYLOAD.
 */
tpi_slot_verdict_t tpi_slot_decode(const tpi_slot_image_t *image, uint32_t header_index, tpi_slot_header_t *out);

/** Decode without judging (inspection tools). False if headerBytes has not the form of W-25. */
bool tpi_slot_decode_raw(const tpi_slot_image_t *image, tpi_slot_header_t *out);

#endif
