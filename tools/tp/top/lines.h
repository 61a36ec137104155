/*
 * tools/tp/top/lines.h - a compared snapshot as lines of text, for a screen or a pipe, and as JSON.
 */
#ifndef TP_TOP_LINES_H
#define TP_TOP_LINES_H

#include <json-c/json.h>

#include "top/model.h"

typedef enum tp_top_line_kind {
    TP_TOP_PLAIN,
    TP_TOP_HEADING,
    TP_TOP_WARNING /* something is dead, is being lapped, or is losing frames now */
} tp_top_line_kind_t;

/** `text` is terminated and has no line end. */
typedef void (*tp_top_line_fn)(void *clientd, tp_top_line_kind_t kind, const char *text);

void tp_top_lines(const tp_top_snapshot_t *snapshot, const char *aeron_dir, tp_top_line_fn line,
                  void *clientd);

/** `seconds`: between the two snapshots compared, 0 if there was one. The caller owns the
 * object. */
json_object *tp_top_json(const tp_top_snapshot_t *snapshot, const char *aeron_dir, double seconds);

#endif
