/*
 * tools/tp/watch/tap.h - listen to one Aeron stream without taking part: for `tp listen` and `tp ls --listen`.
 *
 * A subscriber of a shared stream is part of its flow control. A tap therefore subscribes untethered (tether=false): one that
 * stops reading is dropped by the media driver after a while instead of holding the publishers up.
 */
#ifndef TP_TAP_H
#define TP_TAP_H

#include "link/link.h"
#include "tp_common.h"

/** Valid inside the call. False ends the tap. */
typedef bool (*tp_tap_handler_t)(void *clientd, const uint8_t *data, size_t len,
                                 int32_t session_id);

/**
 * Deliver messages until the handler says stop, the time is over, or a stop signal came.
 * @param seconds_ns <= 0: no end.
 * @return exit status: 0, or 1 after a message on standard error (no media driver in all that time, subscription refused).
 */
int tp_tap_run(const tp_spec_t *spec, const tp_args_t *args, const char *channel, int32_t stream_id,
               int64_t seconds_ns, tp_tap_handler_t handler, void *clientd);

#endif
