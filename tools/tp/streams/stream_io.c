#include "streams/stream_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool tp_arg_shape(tp_args_t *args, uint32_t *out_ndims, int32_t *out_dims)
{
    int32_t dims[TP_MAX_DIMS];
    uint32_t n = 0;
    for (const char *at = args->value;; at++) {
        char *end = NULL;
        errno = 0;
        const unsigned long long value = *at >= '0' && *at <= '9' ? strtoull(at, &end, 10) : 0;
        if (end == NULL || errno != 0 || value > INT32_MAX || n == TP_MAX_DIMS ||
            (*end != 'x' && *end != '\0')) {
            tp_args_wrong(args,
                          "%s: '%s' is not a shape; expected 1 to %d numbers like 1080x1920x3",
                          args->option, args->value, TP_MAX_DIMS);
            return false;
        }
        dims[n++] = (int32_t)value;
        at = end;
        if (*at == '\0') {
            break;
        }
    }
    memcpy(out_dims, dims, n * sizeof dims[0]);
    *out_ndims = n;
    return true;
}

bool tp_arg_dtype(tp_args_t *args, tp_dtype_t *out)
{
    const tp_dtype_t dtype = tp_dtype_from_name(args->value);
    if (dtype == TP_DTYPE_UNKNOWN) {
        tp_args_wrong(args,
                      "%s: '%s' is no element type; expected uint8 int8 uint16 int16 uint32 int32 "
                      "uint64 int64 float32 float64 bool bytes",
                      args->option, args->value);
        return false;
    }
    *out = dtype;
    return true;
}

static bool status_shown;

void tp_status_line(const char *format, ...)
{
    static int terminal = -1;
    if (terminal < 0) {
        terminal = isatty(STDERR_FILENO);
    }
    if (!terminal) {
        return;
    }
    char text[256];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    status_shown = true;
}

void tp_status_end(void)
{
    if (status_shown) {
        fputc('\n', stderr);
        status_shown = false;
    }
}

void tp_tell_attachment(char told[TP_TOLD_MAX], const char *verb, const char *if_missing,
                        uint32_t stream_id, const tp_attach_status_t *status)
{
    char text[TP_TOLD_MAX];
    switch (status->state) {
    case TP_ATTACH_ATTACHED:
        (void)snprintf(text, sizeof text, "attached to stream %" PRIu32 ", epoch %" PRIu64,
                       stream_id, status->epoch);
        break;
    case TP_ATTACH_ATTACHING: /* lasts, if there is nobody to ask */
        if (status->reason != TP_REASON_NO_MEDIA_DRIVER || status->text[0] == '\0') {
            return;
        }
        (void)snprintf(text, sizeof text, "%s", status->text);
        break;
    case TP_ATTACH_DETACHING:
        return;
    default:
        (void)snprintf(text, sizeof text, "%s: %s%s", tp_attach_state_name(status->state),
                       status->text,
                       strstr(status->text, "not provisioned") != NULL ? if_missing
                       : strstr(status->text, "outside range") != NULL
                           ? " (stream_id_range of `tp driver --print-config`)"
                           : "");
        break;
    }
    /* In whatever state: backoff and attaching take turns over the same thing. */
    const char *news = status->state == TP_ATTACH_ATTACHED ? text : status->text;
    if (strcmp(news, told) == 0) {
        return;
    }
    (void)snprintf(told, TP_TOLD_MAX, "%s", news);
    tp_status_end();
    fprintf(stderr, "tp %s: %s\n", verb, text);
}

void tp_rate_start(tp_rate_t *rate, int64_t now_ns, uint64_t frames, uint64_t bytes)
{
    *rate = (tp_rate_t){ now_ns, frames, bytes };
}

void tp_rate_read(const tp_rate_t *rate, int64_t now_ns, uint64_t frames, uint64_t bytes,
                  double *out_fps, double *out_mib_s)
{
    const double seconds = now_ns > rate->since_ns ? (double)(now_ns - rate->since_ns) / 1e9 : 1e-9;
    *out_fps = (double)(frames - rate->frames) / seconds;
    *out_mib_s = (double)(bytes - rate->bytes) / seconds / (1024.0 * 1024.0);
}

void tp_pause_until(int64_t deadline_ns, int64_t max_ns)
{
    int64_t left = deadline_ns - tp_now_ns();
    if (left > max_ns) {
        left = max_ns;
    }
    if (left <= 0) {
        return;
    }
    const struct timespec ts = { left / 1000000000, left % 1000000000 };
    (void)nanosleep(&ts, NULL);
}
