#include "frames/frame_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "frames/npy.h"

typedef enum source_kind { GENERATOR, RAW, NPY } source_kind_t;

struct tp_frame_source {
    source_kind_t kind;
    tp_tensor_t tensor;
    size_t length;
    bool loop;
    bool ready;
    uint8_t *staging; /* raw and npy: the frame being read */
    size_t filled;
    /* generator */
    tp_pattern_t pattern;
    /* raw */
    int fd;
    int fd_flags; /* as found: a terminal or pipe is shared with others */
    const char *name;
    uint64_t frames_in_pass;
    /* npy */
    const char *const *paths;
    size_t npaths;
    size_t next_path;
    FILE *file;
    uint64_t frames_left;
};

static int create(tp_frame_source_t **out, source_kind_t kind)
{
    tp_frame_source_t *source = calloc(1, sizeof *source);
    if (source == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a frame source");
    }
    source->kind = kind;
    source->fd = -1;
    *out = source;
    return TP_OK;
}

/* The frame buffer follows the tensor; frames of one file have one size, of several files perhaps
 * not. */
static int set_tensor(tp_frame_source_t *source, const tp_tensor_t *tensor)
{
    const uint64_t length = tp_tensor_span_bytes(tensor);
    if (length > UINT32_MAX) {
        return tpi_fail(
            TP_EINVAL,
            "a frame of this shape has more than 4 GiB - 1 bytes, which a slot cannot say");
    }
    if (source->kind != GENERATOR) {
        uint8_t *staging = realloc(source->staging, length > 0 ? (size_t)length : 1);
        if (staging == NULL) {
            return tpi_fail(TP_ENOMEM, "no memory for a frame of %llu bytes",
                            (unsigned long long)length);
        }
        source->staging = staging;
    }
    source->tensor = *tensor;
    source->length = (size_t)length;
    source->filled = 0;
    return TP_OK;
}

int tp_frame_source_generator(tp_frame_source_t **out, const tp_tensor_t *tensor,
                              tp_pattern_t pattern)
{
    tp_frame_source_t *source = NULL;
    int rc = create(&source, GENERATOR);
    if (rc == TP_OK) {
        source->pattern = pattern;
        rc = set_tensor(source, tensor);
    }
    if (rc == TP_OK) {
        *out = source;
    } else {
        tp_frame_source_destroy(source);
    }
    return rc;
}

int tp_frame_source_raw(tp_frame_source_t **out, int fd, const char *name,
                        const tp_tensor_t *tensor, bool loop)
{
    tp_frame_source_t *source = NULL;
    int rc = create(&source, RAW);
    if (rc != TP_OK) {
        return rc;
    }
    struct stat st;
    if (loop && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        rc = tpi_fail(TP_EINVAL, "%s: --loop needs a regular file, this is a pipe or terminal",
                      name);
        goto out;
    }
    rc = set_tensor(source, tensor);
    if (rc != TP_OK) {
        goto out;
    }
    if (source->length == 0) {
        rc = tpi_fail(
            TP_EINVAL,
            "%s: a raw frame of 0 bytes can never be read; every dimension must be at least 1",
            name);
        goto out;
    }
    source->fd_flags = fcntl(fd, F_GETFL);
    if (source->fd_flags < 0 || fcntl(fd, F_SETFL, source->fd_flags | O_NONBLOCK) != 0) {
        rc = tpi_fail_errno("%s: not readable without blocking", name);
        goto out;
    }
    source->fd = fd;
    source->name = name;
    source->loop = loop;
    *out = source;
    return TP_OK;
out:
    tp_frame_source_destroy(source);
    return rc;
}

static int open_next_npy(tp_frame_source_t *source)
{
    for (;;) {
        if (source->file != NULL) {
            (void)fclose(source->file);
            source->file = NULL;
        }
        if (source->next_path == source->npaths) {
            if (!source->loop || source->frames_in_pass == 0) {
                return TP_ECLOSED;
            }
            source->next_path = 0;
            source->frames_in_pass = 0;
        }
        const char *path = source->paths[source->next_path++];
        source->file = fopen(path, "rb");
        if (source->file == NULL) {
            return tpi_fail_errno("%s", path);
        }
        source->name = path;
        tp_npy_header_t header;
        int rc = tp_npy_read_header(source->file, path, &header);
        if (rc != TP_OK) {
            return rc;
        }
        if (header.ndims < 2) {
            return tpi_fail(TP_EINVAL,
                            "%s: %u-dimensional array; frames lie along the first axis, so at "
                            "least 2 are needed",
                            path, header.ndims);
        }
        int32_t dims[TP_MAX_DIMS];
        for (uint32_t i = 1; i < header.ndims; i++) {
            if (header.dims[i] > INT32_MAX) {
                return tpi_fail(TP_EINVAL, "%s: dimension %u is %llu; at most %d", path, i,
                                (unsigned long long)header.dims[i], INT32_MAX);
            }
            dims[i - 1] = (int32_t)header.dims[i];
        }
        tp_tensor_t tensor;
        rc = tp_tensor_init(&tensor, header.dtype, header.ndims - 1, dims);
        if (rc == TP_OK) {
            rc = set_tensor(source, &tensor);
        }
        if (rc != TP_OK) {
            tpi_note("%s", path);
            return rc;
        }
        source->frames_left = header.dims[0];
        if (source->frames_left > 0) {
            return TP_OK;
        }
    }
}

int tp_frame_source_npy(tp_frame_source_t **out, const char *const *paths, size_t npaths, bool loop)
{
    tp_frame_source_t *source = NULL;
    int rc = create(&source, NPY);
    if (rc == TP_OK) {
        source->paths = paths;
        source->npaths = npaths;
        source->loop = loop;
        rc = open_next_npy(source);
    }
    if (rc == TP_OK) {
        *out = source;
        return TP_OK;
    }
    if (rc == TP_ECLOSED) {
        rc = tpi_fail(TP_EINVAL, "no frame in %zu .npy file%s", npaths, npaths == 1 ? "" : "s");
    }
    tp_frame_source_destroy(source);
    return rc;
}

void tp_frame_source_destroy(tp_frame_source_t *source)
{
    if (source == NULL) {
        return;
    }
    if (source->fd >= 0) {
        (void)fcntl(source->fd, F_SETFL, source->fd_flags);
    }
    if (source->file != NULL) {
        (void)fclose(source->file);
    }
    free(source->staging);
    free(source);
}

static int poll_raw(tp_frame_source_t *source, int timeout_ms)
{
    for (;;) {
        const ssize_t n =
            read(source->fd, source->staging + source->filled, source->length - source->filled);
        if (n > 0) {
            source->filled += (size_t)n;
            if (source->filled == source->length) {
                source->ready = true;
                source->frames_in_pass++;
                return 1;
            }
            continue;
        }
        if (n == 0) {
            if (source->filled > 0) {
                return tpi_fail(
                    TP_EINVAL,
                    "%s: ended inside a frame, %zu of %zu bytes (is --shape or --dtype right?)",
                    source->name, source->filled, source->length);
            }
            if (!source->loop || source->frames_in_pass == 0 ||
                lseek(source->fd, 0, SEEK_SET) != 0) {
                return TP_ECLOSED;
            }
            source->frames_in_pass = 0;
            continue;
        }
        if (errno == EINTR) {
            return 0;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            return tpi_fail_errno("read %s", source->name);
        }
        struct pollfd waiting = { .fd = source->fd, .events = POLLIN };
        if (timeout_ms == 0 || poll(&waiting, 1, timeout_ms) <= 0) {
            return 0;
        }
        timeout_ms = 0;
    }
}

static int poll_npy(tp_frame_source_t *source)
{
    if (source->frames_left == 0) {
        const int rc = open_next_npy(source);
        if (rc != TP_OK) {
            return rc;
        }
    }
    const size_t got = fread(source->staging, 1, source->length, source->file);
    if (got != source->length) {
        return tpi_fail(TP_EINVAL, "%s: ends inside a frame, %zu of %zu bytes", source->name, got,
                        source->length);
    }
    source->frames_left--;
    source->frames_in_pass++;
    source->ready = true;
    return 1;
}

int tp_frame_source_poll(tp_frame_source_t *source, int timeout_ms)
{
    if (source->ready || source->kind == GENERATOR) {
        source->ready = true;
        return 1;
    }
    return source->kind == RAW ? poll_raw(source, timeout_ms) : poll_npy(source);
}

const tp_tensor_t *tp_frame_source_tensor(const tp_frame_source_t *source)
{
    return &source->tensor;
}

size_t tp_frame_source_length(const tp_frame_source_t *source)
{
    return source->length;
}

void tp_frame_source_fill(tp_frame_source_t *source, uint64_t seq, void *data)
{
    if (source->kind == GENERATOR) {
        const uint32_t n = source->tensor.ndims;
        const size_t row = n >= 2 ? (size_t)source->tensor.strides[0] : 0;
        tp_pattern_fill(source->pattern, seq, data, source->length, row);
    } else {
        memcpy(data, source->staging, source->length);
    }
}

void tp_frame_source_take(tp_frame_source_t *source)
{
    source->ready = false;
    source->filled = 0;
}
