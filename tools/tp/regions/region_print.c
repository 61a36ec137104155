/*
 * tools/tp/regions/region_print.c - see region_print.h.
 */
#include "regions/region_print.h"

#include <stdio.h>

#include "tp_common.h"

static const char *type_name(int16_t type)
{
    return type == TPI_REGION_HEADER_RING    ? "HEADER_RING"
           : type == TPI_REGION_PAYLOAD_POOL ? "PAYLOAD_POOL"
                                             : NULL;
}

static const char *order_name(tp_major_order_t order)
{
    return order == TP_ROW_MAJOR ? "ROW" : order == TP_COLUMN_MAJOR ? "COLUMN" : "UNKNOWN";
}

static const char *unit_name(tp_progress_unit_t unit)
{
    return unit == TP_PROGRESS_ROWS ? "ROWS" : unit == TP_PROGRESS_COLUMNS ? "COLUMNS" : "NONE";
}

static const char *dtype_text(tp_dtype_t dtype, char *buffer, size_t cap)
{
    const char *name = tp_dtype_name(dtype);
    if (name == NULL) {
        snprintf(buffer, cap, "dtype-%d", (int)dtype);
        return buffer;
    }
    return name;
}

void tp_region_to_json(json_object *object, const char *path, const tp_region_view_t *view,
                       int64_t now_ns)
{
    char mode[8];
    tp_json_add_string(object, "path", path);
    tp_json_add_u64(object, "file_bytes", view->file_bytes);
    tp_json_add_u64(object, "needed_bytes", view->needed_bytes);
    snprintf(mode, sizeof mode, "%04o", (unsigned)view->mode);
    tp_json_add_string(object, "mode", mode);
    if (view->has_superblock) {
        const tpi_superblock_t *s = &view->superblock;
        json_object *block = json_object_new_object();
        char magic[24];
        snprintf(magic, sizeof magic, "0x%016llX", (unsigned long long)s->magic);
        tp_json_add_string(block, "magic", magic);
        tp_json_add_u64(block, "layout_version", s->layout_version);
        tp_json_add_u64(block, "epoch", s->epoch);
        tp_json_add_u64(block, "stream_id", s->stream_id);
        if (type_name(s->region_type) != NULL) {
            tp_json_add_string(block, "region_type", type_name(s->region_type));
        } else {
            tp_json_add_i64(block, "region_type", s->region_type);
        }
        tp_json_add_u64(block, "pool_id", s->pool_id);
        tp_json_add_u64(block, "nslots", s->nslots);
        tp_json_add_u64(block, "slot_bytes", s->slot_bytes);
        tp_json_add_u64(block, "stride_bytes", s->stride_bytes);
        tp_json_add_u64(block, "pid", s->pid);
        tp_json_add_u64(block, "start_timestamp_ns", s->start_timestamp_ns);
        tp_json_add_u64(block, "activity_timestamp_ns", s->activity_timestamp_ns);
        json_object_object_add(object, "superblock", block);
        tp_json_add_bool(object, "owner_alive", view->owner_alive);
        tp_json_add_i64(object, "activity_age_ns", now_ns - (int64_t)s->activity_timestamp_ns);
    } else {
        tp_json_add_null(object, "superblock");
        tp_json_add_null(object, "owner_alive");
        tp_json_add_null(object, "activity_age_ns");
    }
    json_object *faults = json_object_new_array();
    for (size_t i = 0; i < view->nfaults; i++) {
        json_object_array_add(faults, json_object_new_string(view->faults[i]));
    }
    json_object_object_add(object, "faults", faults);
}

static json_object *numbers(const int32_t *values, uint32_t count)
{
    json_object *array = json_object_new_array();
    for (uint32_t i = 0; i < count && i < TP_MAX_DIMS; i++) {
        json_object_array_add(array, json_object_new_int(values[i]));
    }
    return array;
}

static json_object *slot_to_json(const tp_slot_view_t *slot)
{
    json_object *object = json_object_new_object();
    char buffer[24];
    tp_json_add_u64(object, "index", slot->index);
    tp_json_add_string(object, "state", tp_slot_state_name(slot));
    tp_json_add_u64(object, "seq", slot->seq);
    if (slot->state == TP_SLOT_COMMITTED) {
        tp_json_add_string(object, "verdict", tp_slot_verdict_name(slot->verdict));
    }
    if (slot->has_header) {
        const tpi_slot_header_t *h = &slot->header;
        tp_json_add_u64(object, "timestamp_ns", h->timestamp_ns);
        tp_json_add_u64(object, "meta_version", h->meta_version);
        tp_json_add_u64(object, "pool_id", h->pool_id);
        tp_json_add_u64(object, "payload_slot", h->payload_slot);
        tp_json_add_u64(object, "payload_offset", h->payload_offset);
        tp_json_add_u64(object, "values_len_bytes", h->values_len_bytes);
        tp_json_add_string(object, "dtype", dtype_text(h->tensor.dtype, buffer, sizeof buffer));
        tp_json_add_string(object, "major_order", order_name(h->tensor.order));
        tp_json_add_u64(object, "ndims", h->tensor.ndims);
        json_object_object_add(object, "dims", numbers(h->tensor.dims, h->tensor.ndims));
        json_object_object_add(object, "strides", numbers(h->tensor.strides, h->tensor.ndims));
        tp_json_add_string(object, "progress_unit", unit_name(h->tensor.progress_unit));
        tp_json_add_u64(object, "progress_stride_bytes", h->tensor.progress_stride_bytes);
    }
    return object;
}

void tp_ring_to_json(json_object *object, const tp_ring_view_t *ring)
{
    json_object *counts = json_object_new_object();
    tp_json_add_u64(counts, "committed", ring->committed);
    tp_json_add_u64(counts, "in_progress", ring->in_progress);
    tp_json_add_u64(counts, "empty", ring->empty);
    tp_json_add_u64(counts, "moving", ring->moving);
    tp_json_add_u64(counts, "refused", ring->refused);
    if (ring->has_seq) {
        tp_json_add_u64(counts, "oldest_seq", ring->oldest_seq);
        tp_json_add_u64(counts, "newest_seq", ring->newest_seq);
    } else {
        tp_json_add_null(counts, "oldest_seq");
        tp_json_add_null(counts, "newest_seq");
    }
    json_object_object_add(object, "ring", counts);
    json_object *slots = json_object_new_array();
    for (size_t i = 0; i < ring->nslots; i++) {
        json_object_array_add(slots, slot_to_json(&ring->slots[i]));
    }
    json_object_object_add(object, "slots", slots);
}

void tp_region_print(const char *path, const tp_region_view_t *view, int64_t now_ns)
{
    tp_out("%s\n", path);
    if (view->has_superblock) {
        const tpi_superblock_t *s = &view->superblock;
        const char *type = type_name(s->region_type);
        tp_out("  %s  stream %u  epoch %llu  layout %u\n",
               type != NULL ? type : "region of unknown type", s->stream_id,
               (unsigned long long)s->epoch, s->layout_version);
        tp_out("  nslots %u  slot_bytes %u  stride_bytes %u  pool %u\n", s->nslots, s->slot_bytes,
               s->stride_bytes, s->pool_id);
        tp_out("  pid %llu (%s)  activity %.3f s ago  started %.3f s ago\n",
               (unsigned long long)s->pid, view->owner_alive ? "alive" : "gone",
               (double)(now_ns - (int64_t)s->activity_timestamp_ns) / 1e9,
               (double)(now_ns - (int64_t)s->start_timestamp_ns) / 1e9);
    }
    tp_out("  file %llu bytes, needed %llu, mode %04o\n", (unsigned long long)view->file_bytes,
           (unsigned long long)view->needed_bytes, (unsigned)view->mode);
    for (size_t i = 0; i < view->nfaults; i++) {
        tp_out("  FAULT: %s\n", view->faults[i]);
    }
}

static void slot_print(const tp_slot_view_t *slot)
{
    char buffer[24];
    tp_out("  slot %u: %s seq %llu", slot->index, tp_slot_state_name(slot),
           (unsigned long long)slot->seq);
    if (slot->has_header) {
        const tpi_slot_header_t *h = &slot->header;
        tp_out("  %s ", dtype_text(h->tensor.dtype, buffer, sizeof buffer));
        for (uint32_t i = 0; i < h->tensor.ndims && i < TP_MAX_DIMS; i++) {
            tp_out("%s%d", i > 0 ? "x" : "", h->tensor.dims[i]);
        }
        tp_out("  %u bytes in pool %u  timestamp %llu", h->values_len_bytes, h->pool_id,
               (unsigned long long)h->timestamp_ns);
    }
    if (slot->state == TP_SLOT_COMMITTED && slot->verdict != TPI_SLOT_OK) {
        tp_out("  REFUSED: %s", tp_slot_verdict_name(slot->verdict));
    }
    tp_out("\n");
}

void tp_ring_print(const tp_ring_view_t *ring)
{
    tp_out("  slots: %u committed, %u in progress, %u empty", ring->committed, ring->in_progress,
           ring->empty);
    if (ring->moving > 0) {
        tp_out(", %u moving", ring->moving);
    }
    if (ring->has_seq) {
        tp_out("; seq %llu to %llu", (unsigned long long)ring->oldest_seq,
               (unsigned long long)ring->newest_seq);
    }
    if (ring->refused > 0) {
        tp_out("; %u break a rule", ring->refused);
    }
    tp_out("\n");
    for (size_t i = 0; i < ring->nslots; i++) {
        slot_print(&ring->slots[i]);
    }
}
