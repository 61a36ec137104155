/*
 * consumer/progress.c - frames that are read while they are written (wire.md 2.15): the last message, held against its slot.
 */
#include <string.h>

#include "consumer/consumer_internal.h"
#include "shm/slot.h"

/* Either commit bit: it may be complete by now. Rule: W-106 */
static bool is_of(const void *slot, uint64_t seq)
{
    return tpi_slot_load_word(slot) >> 1 == seq;
}

/* Latest wins: each message tells all that is known of its frame. */
void tpi_consumer_on_progress(tp_consumer_t *c, const tpi_frame_progress_t *m)
{
    tpi_consumer_progress_t *p = &c->progress;
    if (!c->options.wants_progress) {
        return; /* Rule: W-104 */
    }
    if (!tpi_consumer_is_mapped(c)) {
        c->stats.ignored_unmapped++;
        return;
    }
    if (m->epoch != c->mapping.epoch) {
        c->stats.ignored_epoch++;
        return;
    }
    /* Rule: W-103 UNKNOWN says nothing; W-49 an index that is not the frame's */
    if (m->state < TP_PROGRESS_STARTED || m->state > TP_PROGRESS_COMPLETE ||
        (m->header_index != TPI_NULL_U32 &&
         m->header_index != ((uint32_t)m->seq & c->mapping.mask))) {
        c->stats.ignored_decode++;
        return;
    }
    const bool is_same = p->epoch == m->epoch && p->has_seq && p->seq == m->seq;
    const bool is_backwards = p->epoch == m->epoch && p->has_seq && m->seq < p->seq;
    if (is_backwards || (is_same && p->is_void)) {
        c->stats.ignored_progress++; /* an older frame is told of by its descriptor */
        return;
    }
    /* Rule: W-106 what the ring does not bear out moves nothing, least of all beyond all real frames */
    if (!is_same &&
        !is_of(tpi_mapping_slot(&c->mapping, (uint32_t)m->seq & c->mapping.mask), m->seq)) {
        c->stats.ignored_progress++;
        return;
    }
    if (is_same && (m->state < p->state || m->payload_bytes_filled < p->filled)) {
        p->is_void = true; /* Rule: W-103 until another frame */
        p->is_news = false;
        c->stats.ignored_progress++;
        return;
    }
    if (is_same && m->state == p->state && m->payload_bytes_filled == p->filled) {
        return; /* told again */
    }
    *p = (tpi_consumer_progress_t){ .epoch = m->epoch,
                                    .seq = m->seq,
                                    .has_seq = true,
                                    .state = m->state,
                                    .filled = m->payload_bytes_filled,
                                    .is_news = true };
}

void tpi_consumer_on_shared_progress(void *role, const tpi_frame_progress_t *m, int64_t now_ns)
{
    tp_consumer_t *c = role;
    (void)now_ns;
    /* Rule: W-109 the same is on our own stream, and of two streams nobody knows what was said first */
    if (c->streams.control.state != TP_STREAM_ACTIVE) {
        tpi_consumer_on_progress(c, m);
    }
}

/* Strides that do not overlap reach no further than the elements themselves exactly if there are no
 * holes. */
static bool is_contiguous(const tp_tensor_t *tensor)
{
    uint64_t bytes = tp_dtype_size(tensor->dtype);
    for (uint32_t i = 0; i < tensor->ndims; i++) {
        if (__builtin_mul_overflow(bytes, (uint64_t)(uint32_t)tensor->dims[i], &bytes)) {
            return false;
        }
    }
    return tp_tensor_span_bytes(tensor) == bytes;
}

/* Rule: W-107 */
static size_t readable(const tpi_slot_header_t *header, uint64_t filled)
{
    const tp_tensor_t *t = &header->tensor;
    if (is_contiguous(t)) {
        return (size_t)filled;
    }
    if (t->progress_unit != TP_PROGRESS_NONE && t->progress_stride_bytes > 0) {
        if (filled == header->values_len_bytes) {
            return (size_t)filled; /* the last one, too, which need not be padded */
        }
        return (size_t)(filled / t->progress_stride_bytes * t->progress_stride_bytes);
    }
    return 0;
}

int tp_consumer_progress(tp_consumer_t *consumer, tp_progress_t *out)
{
    tpi_consumer_progress_t *p = &consumer->progress;
    const tpi_mapping_t *mapping = &consumer->mapping;
    if (!tpi_consumer_is_mapped(consumer)) {
        return TP_ESTATE;
    }
    if (!p->is_news || p->epoch != mapping->epoch) {
        return 0;
    }
    p->is_news = false;
    const uint32_t index = (uint32_t)p->seq & mapping->mask;
    const void *slot = tpi_mapping_slot(mapping, index);
    tpi_slot_image_t image;
    tpi_slot_header_t header;
    const bool was_of = is_of(slot, p->seq);
    tpi_slot_copy(slot, &image);
    atomic_thread_fence(memory_order_acquire);
    if (!was_of || !is_of(slot, p->seq) || tpi_slot_decode(&image, index, &header) != TPI_SLOT_OK ||
        p->filled > header.values_len_bytes) { /* Rule: W-105, W-106, W-107 */
        consumer->stats.ignored_progress++;
        return 0;
    }
    const int pool = tpi_mapping_find_pool(mapping, header.pool_id);
    if (header.values_len_bytes > 0 &&
        (pool < 0 ||
         header.values_len_bytes > mapping->pools[pool].superblock.stride_bytes)) { /* Rule: W-36 */
        consumer->stats.ignored_progress++;
        return 0;
    }
    *out = (tp_progress_t){
        .seq = p->seq,
        .epoch = p->epoch,
        .state = (tp_progress_state_t)p->state,
        .filled = p->filled,
        .length = header.values_len_bytes,
        .data =
            header.values_len_bytes > 0 ? tpi_mapping_payload(mapping, (size_t)pool, index) : NULL,
        .readable = readable(&header, p->filled),
        .tensor = header.tensor,
        .meta_version = header.meta_version,
        .slot = slot,
    };
    return 1;
}

bool tp_progress_is_valid(tp_consumer_t *consumer, const tp_progress_t *progress)
{
    if (!tpi_consumer_is_mapped(consumer) || progress->epoch != consumer->mapping.epoch) {
        return false;
    }
    atomic_thread_fence(memory_order_acquire); /* what was read of it comes before this look */
    return is_of(progress->slot, progress->seq);
}
