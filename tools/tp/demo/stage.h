/*
 * tp/demo/stage.h - one processing stage of the demo: a consumer and a producer on one client, with
 * a Sobel filter between.
 */
#ifndef TP_TOOL_DEMO_STAGE_H
#define TP_TOOL_DEMO_STAGE_H

#include <stdint.h>

#include "tp_common.h"

/** Run until a signal; statistics as JSON lines like those of `tp sub`, with "published" beside.
 * Returns the exit status: 1 if an accepted frame did not match its checksum. */
int tp_demo_stage(const tp_args_t *args, uint32_t in_stream, uint32_t out_stream);

#endif
