/*
 * tools/tp/regions/region_print.h - a region view as JSON and as text; shared by `tp inspect` and `tp validate-uri`.
 */
#ifndef TP_REGION_PRINT_H
#define TP_REGION_PRINT_H

#include <json-c/json.h>

#include "regions/region_view.h"

/** Members path, file_bytes, needed_bytes, mode, superblock, owner_alive, activity_age_ns, faults. */
void tp_region_to_json(json_object *object, const char *path, const tp_region_view_t *view,
                       int64_t now_ns);
/** Members ring (counts, seqs) and slots (an array). */
void tp_ring_to_json(json_object *object, const tp_ring_view_t *ring);

void tp_region_print(const char *path, const tp_region_view_t *view, int64_t now_ns);
void tp_ring_print(const tp_ring_view_t *ring);

#endif
