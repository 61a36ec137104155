#include "frames/snapshot.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"

typedef struct axes {
    uint32_t height, width, channels;
    size_t row, column, channel; /* distances in bytes */
} axes_t;

static int find_axes(const tp_tensor_t *tensor, axes_t *axes)
{
    const int32_t *d = tensor->dims;
    const int32_t *s = tensor->strides;
    const uint32_t n = tensor->ndims;
    if (n == 2) {
        *axes = (axes_t){ (uint32_t)d[0], (uint32_t)d[1], 1, (size_t)s[0], (size_t)s[1], 0 };
    } else if (n == 3 && (d[2] == 1 || d[2] == 3 || d[2] == 4)) {
        *axes = (axes_t){ (uint32_t)d[0], (uint32_t)d[1], (uint32_t)d[2],
                          (size_t)s[0],   (size_t)s[1],   (size_t)s[2] };
    } else if (n == 3 && (d[0] == 1 || d[0] == 3)) {
        *axes = (axes_t){ (uint32_t)d[1], (uint32_t)d[2], (uint32_t)d[0],
                          (size_t)s[1],   (size_t)s[2],   (size_t)s[0] };
    } else {
        return TP_EUNSUPPORTED;
    }
    return axes->height > 0 && axes->width > 0 ? TP_OK : TP_EUNSUPPORTED;
}

static double element(tp_dtype_t dtype, const uint8_t *at)
{
#define READ(type)                                                                                 \
    do {                                                                                           \
        type v;                                                                                    \
        memcpy(&v, at, sizeof v);                                                                  \
        return (double)v;                                                                          \
    } while (0)
    switch (dtype) {
    case TP_INT8:
        READ(int8_t);
    case TP_UINT16:
        READ(uint16_t);
    case TP_INT16:
        READ(int16_t);
    case TP_UINT32:
        READ(uint32_t);
    case TP_INT32:
        READ(int32_t);
    case TP_UINT64:
        READ(uint64_t);
    case TP_INT64:
        READ(int64_t);
    case TP_FLOAT32:
        READ(float);
    case TP_FLOAT64:
        READ(double);
    case TP_BOOLEAN:
        return *at != 0 ? 255.0 : 0.0;
    default:
        return (double)*at;
    }
#undef READ
}

static void range_of(const tp_tensor_t *tensor, const axes_t *axes, const uint8_t *data,
                     double *low, double *scale)
{
    *low = 0.0;
    *scale = 1.0;
    if (tp_dtype_size(tensor->dtype) == 1 && tensor->dtype != TP_INT8) {
        return;
    }
    double min = INFINITY, max = -INFINITY;
    for (uint32_t y = 0; y < axes->height; y++) {
        for (uint32_t x = 0; x < axes->width; x++) {
            for (uint32_t c = 0; c < axes->channels; c++) {
                const double v = element(tensor->dtype, data + y * axes->row + x * axes->column +
                                                            c * axes->channel);
                if (isfinite(v)) {
                    min = v < min ? v : min;
                    max = v > max ? v : max;
                }
            }
        }
    }
    if (max > min) {
        *low = min;
        *scale = 255.0 / (max - min);
    }
}

int tp_picture_create(tp_picture_t *out, uint32_t width, uint32_t height, uint8_t grey)
{
    const size_t bytes = (size_t)width * height * 3;
    uint8_t *rgb = malloc(bytes);
    if (rgb == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a picture of %u x %u", width, height);
    }
    memset(rgb, grey, bytes);
    *out = (tp_picture_t){ width, height, rgb };
    return TP_OK;
}

void tp_picture_destroy(tp_picture_t *picture)
{
    free(picture->rgb);
    *picture = (tp_picture_t){ 0, 0, NULL };
}

int tp_picture_from_tensor(tp_picture_t *out, const tp_tensor_t *tensor, const void *data,
                           size_t length)
{
    tp_tensor_t resolved;
    axes_t axes;
    if (tp_tensor_resolve_strides(tensor, &resolved) != TP_OK ||
        find_axes(&resolved, &axes) != TP_OK) {
        return tpi_fail(
            TP_EUNSUPPORTED,
            "a picture needs dims (H,W), (H,W,1|3|4) or (1|3,H,W); this tensor has %u dims",
            tensor->ndims);
    }
    if (tp_tensor_span_bytes(&resolved) > length) {
        return tpi_fail(TP_EINVAL, "payload of %zu bytes is shorter than its tensor", length);
    }
    int rc = tp_picture_create(out, axes.width, axes.height, 0);
    if (rc != TP_OK) {
        return rc;
    }
    double low, scale;
    range_of(&resolved, &axes, data, &low, &scale);
    uint8_t *pixel = out->rgb;
    for (uint32_t y = 0; y < axes.height; y++) {
        for (uint32_t x = 0; x < axes.width; x++, pixel += 3) {
            const uint8_t *at = (const uint8_t *)data + y * axes.row + x * axes.column;
            for (uint32_t c = 0; c < 3; c++) {
                double v =
                    (element(resolved.dtype, at + (axes.channels >= 3 ? c : 0) * axes.channel) -
                     low) *
                    scale;
                v = isfinite(v) ? v : 0.0;
                pixel[c] = (uint8_t)(v < 0.0 ? 0.0 : v > 255.0 ? 255.0 : v);
            }
        }
    }
    return TP_OK;
}

void tp_picture_place(tp_picture_t *target, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
                      const tp_picture_t *source)
{
    /* Fit inside the rectangle, keep the aspect ratio, centre. */
    uint64_t fit_w = w, fit_h = (uint64_t)w * source->height / source->width;
    if (fit_h > h) {
        fit_h = h;
        fit_w = (uint64_t)h * source->width / source->height;
    }
    x += (uint32_t)((w - fit_w) / 2);
    y += (uint32_t)((h - fit_h) / 2);
    for (uint32_t j = 0; j < fit_h && y + j < target->height; j++) {
        const uint32_t y0 = (uint32_t)((uint64_t)j * source->height / fit_h);
        uint32_t y1 = (uint32_t)((uint64_t)(j + 1) * source->height / fit_h);
        y1 = y1 > y0 ? y1 : y0 + 1;
        for (uint32_t i = 0; i < fit_w && x + i < target->width; i++) {
            const uint32_t x0 = (uint32_t)((uint64_t)i * source->width / fit_w);
            uint32_t x1 = (uint32_t)((uint64_t)(i + 1) * source->width / fit_w);
            x1 = x1 > x0 ? x1 : x0 + 1;
            uint32_t sum[3] = { 0, 0, 0 };
            for (uint32_t yy = y0; yy < y1; yy++) {
                for (uint32_t xx = x0; xx < x1; xx++) {
                    const uint8_t *p = source->rgb + ((size_t)yy * source->width + xx) * 3;
                    sum[0] += p[0];
                    sum[1] += p[1];
                    sum[2] += p[2];
                }
            }
            const uint32_t n = (y1 - y0) * (x1 - x0);
            uint8_t *p = target->rgb + ((size_t)(y + j) * target->width + x + i) * 3;
            p[0] = (uint8_t)(sum[0] / n);
            p[1] = (uint8_t)(sum[1] / n);
            p[2] = (uint8_t)(sum[2] / n);
        }
    }
}

int tp_picture_write_png(const tp_picture_t *picture, const char *path)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.part", path) >= (int)sizeof temporary) {
        return tpi_fail(TP_EINVAL, "path of %zu bytes is too long", strlen(path));
    }
    png_image image = { .version = PNG_IMAGE_VERSION,
                        .width = picture->width,
                        .height = picture->height,
                        .format = PNG_FORMAT_RGB };
    if (!png_image_write_to_file(&image, temporary, 0, picture->rgb, 0, NULL)) {
        (void)unlink(temporary);
        return tpi_fail(TP_EIO, "write %s: %s", path, image.message);
    }
    if (rename(temporary, path) != 0) {
        const int rc = tpi_fail_errno("rename %s", temporary);
        (void)unlink(temporary);
        return rc;
    }
    return TP_OK;
}
