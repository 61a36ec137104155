/*
 * tp/stream_io.h - what `tp pub`, `tp sub` and `tp demo` share: shapes on the command line, rates,
 * and a line that is refreshed in place.
 */
#ifndef TP_TOOL_STREAM_IO_H
#define TP_TOOL_STREAM_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "tensorpool/client.h"
#include "tensorpool/tensor.h"
#include "tp_common.h"

/** "1080x1920" or "1080x1920x3" to dims. On a wrong one: tp_args_wrong, false. */
bool tp_arg_shape(tp_args_t *args, uint32_t *out_ndims, int32_t *out_dims);
/** "uint8", "float32" ... On a wrong one: tp_args_wrong listing the names, false. */
bool tp_arg_dtype(tp_args_t *args, tp_dtype_t *out);

/** A status line on standard error: rewritten in place on a terminal, nothing elsewhere. */
void tp_status_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Leave the status line standing and go to the next. */
void tp_status_end(void);
/** Room for tp_attach_status_t.text, a state's name and a hint. */
#define TP_TOLD_MAX 440
/** Tell, as `tp VERB: ...` on standard error, that an attachment came about, or what it waits for.
 * `told`, "" at first, is what was told last and is not told again. `if_missing` is added where the
 * driver says that there is no such stream. */
void tp_tell_attachment(char told[TP_TOLD_MAX], const char *verb, const char *if_missing,
                        uint32_t stream_id, const tp_attach_status_t *status);

/** Counts over the time between two calls, for frames/s and MiB/s. */
typedef struct tp_rate {
    int64_t since_ns;
    uint64_t frames, bytes;
} tp_rate_t;
void tp_rate_start(tp_rate_t *rate, int64_t now_ns, uint64_t frames, uint64_t bytes);
void tp_rate_read(const tp_rate_t *rate, int64_t now_ns, uint64_t frames, uint64_t bytes,
                  double *out_fps, double *out_mib_s);

/** Sleep or spin until deadline_ns, at most max_ns, driving nothing: for pacing between do_work
 * calls. Precise to some microseconds. */
void tp_pause_until(int64_t deadline_ns, int64_t max_ns);

#endif
