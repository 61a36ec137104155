/*
 * tools/tp/top/look.h - taking a snapshot of a media driver directory: counters, the driver's
 * heartbeat, header rings. Files are read and nothing else: no Aeron client is made, no lease, no
 * subscription, no publication.
 */
#ifndef TP_TOP_LOOK_H
#define TP_TOP_LOOK_H

#include "top/model.h"

/** Without a media driver the snapshot says so and is empty otherwise. */
void tp_top_look(tp_top_snapshot_t *out, const char *aeron_dir, int64_t now_ns);

#endif
