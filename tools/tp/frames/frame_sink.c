#include "frames/frame_sink.h"

#include <inttypes.h>
#include <string.h>

#include "base/fail.h"
#include "frames/npy.h"
#include "frames/snapshot.h"

/* One conversion for an unsigned number, so that the path can safely be a format: %u, %d or %0Nu.
 * Returns the digits asked for, -1 if there is none, -2 if it is something else. */
static int number_width(const char *path, const char **out_start, const char **out_end)
{
    const char *at = strchr(path, '%');
    if (at == NULL) {
        return -1;
    }
    *out_start = at++;
    int width = 0;
    while (*at >= '0' && *at <= '9') {
        width = width * 10 + (*at++ - '0');
        if (width > 20) {
            return -2;
        }
    }
    if ((*at != 'u' && *at != 'd') || strchr(at, '%') != NULL) {
        return -2;
    }
    *out_end = at + 1;
    return width;
}

int tp_frame_sink_open(tp_frame_sink_t *sink, tp_sink_kind_t kind, const char *path, uint64_t every)
{
    *sink = (tp_frame_sink_t){ .kind = kind, .path = path, .every = every };
    if (kind == TP_SINK_PNG) {
        const char *start, *end;
        if (number_width(path, &start, &end) == -2) {
            return tpi_fail(TP_EINVAL,
                            "%s: expected at most one %%u or %%06u for the sequence number", path);
        }
        return TP_OK;
    }
    if (strcmp(path, "-") == 0) {
        if (kind != TP_SINK_RAW) {
            return tpi_fail(TP_EINVAL,
                            "a .npy file needs a name: its header is written at the end");
        }
        sink->file = stdout;
        return TP_OK;
    }
    sink->file = fopen(path, "wb");
    return sink->file != NULL ? TP_OK : tpi_fail_errno("%s", path);
}

bool tp_frame_sink_wants(tp_frame_sink_t *sink)
{
    return sink->seen++ % sink->every == 0;
}

static int write_png(const tp_frame_sink_t *sink, const tp_frame_t *frame, const void *copy)
{
    char path[4096];
    const char *start, *end;
    const int width = number_width(sink->path, &start, &end);
    const int n = width < 0
                      ? snprintf(path, sizeof path, "%s", sink->path)
                      : snprintf(path, sizeof path, "%.*s%0*" PRIu64 "%s",
                                 (int)(start - sink->path), sink->path, width, frame->seq, end);
    if (n < 0 || (size_t)n >= sizeof path) {
        return tpi_fail(TP_EINVAL, "path of %zu bytes is too long", strlen(sink->path));
    }
    tp_picture_t picture;
    int rc = tp_picture_from_tensor(&picture, &frame->tensor, copy, frame->length);
    if (rc == TP_OK) {
        rc = tp_picture_write_png(&picture, path);
        tp_picture_destroy(&picture);
    }
    return rc;
}

static int write_npy(tp_frame_sink_t *sink, const tp_frame_t *frame, const void *copy)
{
    tp_tensor_t contiguous;
    int rc =
        tp_tensor_init(&contiguous, frame->tensor.dtype, frame->tensor.ndims, frame->tensor.dims);
    if (rc != TP_OK) {
        return rc;
    }
    tp_tensor_t resolved;
    rc = tp_tensor_resolve_strides(&frame->tensor, &resolved);
    if (rc != TP_OK) {
        return rc;
    }
    if (memcmp(resolved.strides, contiguous.strides, sizeof resolved.strides[0] * resolved.ndims) !=
        0) {
        return tpi_fail(TP_EUNSUPPORTED,
                        "%s: frame %" PRIu64 " is not contiguous in row-major order", sink->path,
                        frame->seq);
    }
    if (sink->written == 0) {
        sink->first = contiguous;
        rc = tp_npy_write_header(sink->file, &contiguous, 0);
        if (rc != TP_OK) {
            return rc;
        }
    } else if (contiguous.dtype != sink->first.dtype || contiguous.ndims != sink->first.ndims ||
               memcmp(contiguous.dims, sink->first.dims,
                      sizeof contiguous.dims[0] * contiguous.ndims) != 0) {
        return tpi_fail(TP_EUNSUPPORTED,
                        "%s: frame %" PRIu64
                        " has another shape or type than the first; a .npy file holds one",
                        sink->path, frame->seq);
    }
    const size_t length = (size_t)tp_tensor_span_bytes(&contiguous);
    if (length > frame->length) {
        return tpi_fail(TP_EINVAL, "%s: frame %" PRIu64 " has %zu bytes, its shape needs %zu",
                        sink->path, frame->seq, frame->length, length);
    }
    if (length > 0 && fwrite(copy, length, 1, sink->file) != 1) {
        return tpi_fail_errno("write %s", sink->path);
    }
    return TP_OK;
}

int tp_frame_sink_write(tp_frame_sink_t *sink, const tp_frame_t *frame, const void *copy)
{
    int rc = TP_OK;
    switch (sink->kind) {
    case TP_SINK_RAW:
        if (frame->length > 0 && fwrite(copy, frame->length, 1, sink->file) != 1) {
            rc = tpi_fail_errno("write %s", sink->path);
        }
        break;
    case TP_SINK_NPY:
        rc = write_npy(sink, frame, copy);
        break;
    case TP_SINK_PNG:
        rc = write_png(sink, frame, copy);
        break;
    }
    sink->written += rc == TP_OK;
    return rc;
}

int tp_frame_sink_close(tp_frame_sink_t *sink)
{
    int rc = TP_OK;
    if (sink->file == NULL) {
        return TP_OK;
    }
    if (sink->kind == TP_SINK_NPY && sink->written > 0) {
        if (fseek(sink->file, 0, SEEK_SET) != 0) {
            rc = tpi_fail_errno("seek %s", sink->path);
        } else {
            rc = tp_npy_write_header(sink->file, &sink->first, sink->written);
        }
    }
    const int failed = sink->file == stdout ? fflush(stdout) : fclose(sink->file);
    if (failed != 0 && rc == TP_OK) {
        rc = tpi_fail_errno("close %s", sink->path);
    }
    sink->file = NULL;
    return rc;
}
