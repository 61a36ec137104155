#include "producer/ring_writer.h"

#include <string.h>

#include "base/fail.h"

/* Seqs fit 63 bits (Rule: W-41); readers of ours believe none from here on. A million frames a
 * second would take 146 000 years. */
#define SEQ_LIMIT (UINT64_C(1) << 62)

#define CLAIM_MASK (TP_MAX_CLAIMS - 1u)
_Static_assert((TP_MAX_CLAIMS & CLAIM_MASK) == 0, "claims are found by mask");

static tpi_ring_claim_t *claim_of(tpi_ring_writer_t *writer, uint64_t seq)
{
    return &writer->claims[seq & CLAIM_MASK];
}

/* The header slot of a seq; Rule: W-41 - by mask, nslots is a power of two. */
static uint32_t index_of(const tpi_ring_writer_t *writer, uint64_t seq)
{
    return (uint32_t)seq & writer->mask;
}

void tpi_ring_writer_init(tpi_ring_writer_t *writer, tpi_mapping_t *mapping)
{
    memset(writer, 0, sizeof(*writer)); /* Rule: W-111 */
    writer->mapping = mapping;
    writer->epoch = mapping->epoch;
    writer->mask = mapping->mask;
    const uint32_t half = mapping->nslots / 2;
    writer->max_open = half > TP_MAX_CLAIMS ? TP_MAX_CLAIMS : half > 0 ? half : 1;
}

int tpi_ring_writer_claim(tpi_ring_writer_t *writer, uint32_t pool, tp_claim_t *out_claim)
{
    const tpi_mapping_t *mapping = writer->mapping;
    const uint64_t seq = writer->next_seq;
    if (seq - writer->next_announce >= writer->max_open || seq >= SEQ_LIMIT) {
        return TP_EBUSY;
    }
    if (pool >= mapping->npools) {
        return tpi_fail(TP_EINVAL, "pool position %u of %zu", pool, mapping->npools);
    }

    const uint32_t index = index_of(writer, seq);
    const tpi_superblock_t *superblock = &mapping->pools[pool].superblock;
    uint8_t *slot = tpi_mapping_slot(mapping, index);
    tpi_ring_claim_t *claim = claim_of(writer, seq);
    /* Rule: W-44 - whoever still reads the slot finds out by himself. */
    tpi_slot_begin(slot, seq); /* Rule: W-42 step 1 */
    claim->seq = seq;
    claim->slot = slot;
    claim->capacity = superblock->stride_bytes;
    claim->pool_id = superblock->pool_id;
    claim->state = TPI_CLAIM_OPEN;
    claim->shape = 0;
    if (writer->is_steady) {
        tpi_slot_fill_shape(slot, &writer->image); /* Rule: W-42 step 3, before 2 */
        claim->shape = writer->shape;
    }
    writer->next_seq = seq + 1; /* Rule: W-41 */

    out_claim->data = tpi_mapping_payload(mapping, pool, index); /* Rule: W-58, W-35 */
    out_claim->capacity = superblock->stride_bytes;
    out_claim->stride_bytes = superblock->stride_bytes;
    out_claim->pool_id = superblock->pool_id;
    out_claim->seq = seq;
    out_claim->epoch = writer->epoch;
    return TP_OK;
}

int tpi_ring_writer_skip_to(tpi_ring_writer_t *writer, uint64_t seq)
{
    if (seq < writer->next_seq || seq >= SEQ_LIMIT) {
        return tpi_fail(TP_EINVAL, "seq %llu, expected %llu or more", (unsigned long long)seq,
                        (unsigned long long)writer->next_seq);
    }
    if (tpi_ring_writer_is_behind(writer)) {
        return TP_EBUSY;
    }
    /* Of each slot only the last word counts. */
    const uint64_t nslots = (uint64_t)writer->mask + 1;
    uint64_t given_up = seq - writer->next_seq > nslots ? seq - nslots : writer->next_seq;
    for (; given_up < seq; given_up++) {
        uint8_t *slot = tpi_mapping_slot(writer->mapping, index_of(writer, given_up));
        tpi_slot_store_word(slot, tpi_word_in_progress(given_up + 1)); /* Rule: W-45 */
    }
    writer->next_seq = seq;
    writer->next_announce = seq;
    return TP_OK;
}

/* The open claim that `claim` speaks of, or NULL: of another epoch, closed, or made up. */
static tpi_ring_claim_t *find_open(tpi_ring_writer_t *writer, const tp_claim_t *claim)
{
    tpi_ring_claim_t *found = claim_of(writer, claim->seq);
    const bool is_open = claim->epoch == writer->epoch && claim->seq < writer->next_seq &&
                         found->state == TPI_CLAIM_OPEN && found->seq == claim->seq;
    return is_open ? found : NULL;
}

_Static_assert(sizeof(tp_tensor_t) == 20 + 2 * 4 * TP_MAX_DIMS &&
                   offsetof(tp_tensor_t, progress_stride_bytes) == sizeof(tp_tensor_t) - 4 &&
                   sizeof(tp_tensor_t) % 8 == 4,
               "words of 8 bytes without padding, and the last field behind them");

static inline bool is_same_tensor(const tp_tensor_t *a, const tp_tensor_t *b)
{
    /* Inline, and without a branch for each word: they are the same nearly always. */
    uint64_t differs = 0;
    TPI_SHM_UNROLL
    for (size_t at = 0; at + 8 <= sizeof(*a); at += 8) {
        uint64_t x;
        uint64_t y;
        memcpy(&x, (const uint8_t *)a + at, sizeof(x));
        memcpy(&y, (const uint8_t *)b + at, sizeof(y));
        differs |= x ^ y;
    }
    return (differs | (a->progress_stride_bytes ^ b->progress_stride_bytes)) == 0;
}

/* Another tensor than judged last, or a shorter payload. A consumer would drop what breaks a rule, so
 * it is refused here. */
static __attribute__((noinline)) int
take_tensor(tpi_ring_writer_t *writer, const tp_tensor_t *tensor, uint32_t length, bool is_same)
{
    const int rc = tp_tensor_validate(tensor, length);
    if (rc != TP_OK) {
        return rc;
    }
    writer->good_len = length > 0 ? length : UINT64_MAX;
    if (!is_same) {
        const tpi_slot_header_t header = { .tensor = *tensor };
        tpi_slot_encode(&writer->image, &header); /* Rule: W-27, W-28 */
        writer->tensor = *tensor;
        writer->shape++;
    }
    return TP_OK;
}

int tpi_ring_writer_commit(tpi_ring_writer_t *writer, const tp_claim_t *claim, size_t length,
                           const tp_frame_info_t *info, uint64_t timestamp_ns)
{
    tpi_ring_claim_t *open = find_open(writer, claim);
    if (open == NULL) {
        return TP_ESTATE;
    }
    const uint64_t seq = open->seq;
    const uint32_t index = index_of(writer, seq);
    if (length > open->capacity) { /* Rule: W-36 */
        return tpi_fail(TP_EINVAL, "length %zu above the %u bytes claimed in pool %u", length,
                        open->capacity, open->pool_id);
    }
    const bool is_same = writer->shape != 0 && is_same_tensor(&info->tensor, &writer->tensor);
    if (!is_same || (length < writer->good_len && length > 0)) {
        const int rc = take_tensor(writer, &info->tensor, (uint32_t)length, is_same);
        if (rc != TP_OK) {
            return rc;
        }
    }
    writer->is_steady = is_same;
    if (open->shape != writer->shape) {
        tpi_slot_fill_shape(open->slot, &writer->image);
    }
    const tpi_slot_frame_t frame = {
        .values_len_bytes = (uint32_t)length, /* Rule: W-37 - 0 is a frame like any other */
        .pool_id = open->pool_id,
        .timestamp_ns = timestamp_ns,
        .meta_version = info->meta_version,
    };
    tpi_slot_commit_frame(open->slot, seq, index, &frame); /* Rule: W-42 steps 3, 5, W-34, W-35 */

    open->meta_version = info->meta_version;
    open->trace_id = info->trace_id;
    open->state = TPI_CLAIM_COMMITTED;
    return TP_OK;
}

int tpi_ring_writer_describe(tpi_ring_writer_t *writer, const tp_claim_t *claim, size_t length,
                             const tp_frame_info_t *info, uint64_t timestamp_ns)
{
    tpi_ring_claim_t *open = find_open(writer, claim);
    if (open == NULL) {
        return TP_ESTATE;
    }
    if (length > open->capacity) { /* Rule: W-36 */
        return tpi_fail(TP_EINVAL, "length %zu above the %u bytes claimed in pool %u", length,
                        open->capacity, open->pool_id);
    }
    const int rc = tp_tensor_validate(&info->tensor, length);
    if (rc != TP_OK) {
        return rc;
    }
    const tpi_slot_header_t header = {
        .values_len_bytes = (uint32_t)length,
        .payload_slot = index_of(writer, open->seq),
        .pool_id = open->pool_id,
        .timestamp_ns = timestamp_ns,
        .meta_version = info->meta_version,
        .tensor = info->tensor,
    };
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    tpi_slot_fill(open->slot, &image); /* Rule: W-106 */
    open->shape = 0; /* the commit fills it again, whatever the frames before were */
    return TP_OK;
}

int tpi_ring_writer_abort(tpi_ring_writer_t *writer, const tp_claim_t *claim)
{
    tpi_ring_claim_t *open = find_open(writer, claim);
    if (open == NULL) {
        return TP_ESTATE;
    }
    /* Rule: W-45 - the slot stays in progress and seq is gone; the word says so. */
    tpi_slot_store_word(open->slot, tpi_word_in_progress(open->seq + 1));
    open->state = TPI_CLAIM_ABORTED;
    return TP_OK;
}

bool tpi_ring_writer_next_announce(tpi_ring_writer_t *writer, tpi_ring_claim_t *out_claim)
{
    while (writer->next_announce < writer->next_seq) { /* at most max_open turns */
        tpi_ring_claim_t *oldest = claim_of(writer, writer->next_announce);
        if (oldest->state == TPI_CLAIM_OPEN) {
            return false; /* Rule: W-115 - those behind it wait, a stream must not run backwards */
        }
        const bool is_committed = oldest->state == TPI_CLAIM_COMMITTED;
        if (is_committed) {
            /* Rule: W-43, W-100. Field by field: just now they were stored so, and a copy by larger
             * pieces would have to wait for the stores. */
            out_claim->seq = oldest->seq;
            out_claim->trace_id = oldest->trace_id;
            out_claim->meta_version = oldest->meta_version;
        }
        oldest->state = TPI_CLAIM_FREE;
        writer->next_announce++;
        if (is_committed) {
            return true;
        }
    }
    return false;
}
