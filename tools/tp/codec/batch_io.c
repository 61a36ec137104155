#include "codec/batch_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"

void tp_bytes_fini(tp_bytes_t *bytes)
{
    free(bytes->data);
    *bytes = (tp_bytes_t){ 0 };
}

uint8_t *tp_bytes_reserve(tp_bytes_t *bytes, size_t count)
{
    if (count > SIZE_MAX / 2 - bytes->len) {
        bytes->failed = true;
        return NULL;
    }
    if (bytes->len + count > bytes->cap) {
        size_t cap = bytes->cap > 0 ? bytes->cap : 4096;
        while (cap < bytes->len + count) {
            cap *= 2;
        }
        uint8_t *data = realloc(bytes->data, cap);
        if (data == NULL) {
            bytes->failed = true;
            return NULL;
        }
        bytes->data = data;
        bytes->cap = cap;
    }
    return bytes->data + bytes->len;
}

void tp_bytes_append(tp_bytes_t *bytes, const void *data, size_t count)
{
    uint8_t *to = tp_bytes_reserve(bytes, count);
    if (to != NULL && count > 0) {
        memcpy(to, data, count);
        bytes->len += count;
    }
}

void tp_bytes_append_text(tp_bytes_t *bytes, const char *text)
{
    tp_bytes_append(bytes, text, strlen(text));
}

void tp_bytes_append_hex(tp_bytes_t *bytes, const uint8_t *data, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = tp_bytes_reserve(bytes, 2 * count);
    if (to == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        to[2 * i] = (uint8_t)digits[data[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[data[i] & 15];
    }
    bytes->len += 2 * count;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool tp_bytes_append_unhex(tp_bytes_t *bytes, const char *digits, size_t count)
{
    uint8_t *to = tp_bytes_reserve(bytes, count / 2);
    if (to == NULL || count % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < count / 2; i++) {
        const int high = digit_value(digits[2 * i]);
        const int low = digit_value(digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        to[i] = (uint8_t)(high << 4 | low);
    }
    bytes->len += count / 2;
    return true;
}

/** Append what one read gives: > 0 bytes, 0 at the end, or TP_E*. */
static int read_some(tp_bytes_t *bytes, int fd)
{
    enum { PIECE = 1 << 16 };
    uint8_t *to = tp_bytes_reserve(bytes, PIECE);
    if (to == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for %zu bytes of input", bytes->len + PIECE);
    }
    ssize_t got = 0;
    do {
        got = read(fd, to, PIECE);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return tpi_fail_errno("cannot read the input");
    }
    bytes->len += (size_t)got;
    return (int)got;
}

int tp_bytes_read_fd(tp_bytes_t *bytes, int fd)
{
    int got = 0;
    do {
        got = read_some(bytes, fd);
    } while (got > 0);
    return got;
}

int tp_bytes_write_fd(tp_bytes_t *bytes, int fd)
{
    if (bytes->failed) {
        return tpi_fail(TP_ENOMEM, "no memory for the output");
    }
    size_t done = 0;
    while (done < bytes->len) {
        const ssize_t put = write(fd, bytes->data + done, bytes->len - done);
        if (put < 0 && errno != EINTR) {
            return tpi_fail_errno("cannot write the output");
        }
        done += put > 0 ? (size_t)put : 0;
    }
    bytes->len = 0;
    return TP_OK;
}

void tp_bytes_append_error(tp_bytes_t *bytes)
{
    tp_bytes_append_text(bytes, "{\"error\":\"");
    for (const char *c = tp_errmsg(); *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            tp_bytes_append(bytes, "\\", 1);
        }
        tp_bytes_append(bytes, *c >= 0x20 && *c < 0x7f ? c : "?", 1);
    }
    tp_bytes_append_text(bytes, "\"}\n");
}

static int filter_line(tp_line_filter_t filter, void *clientd, const char *line, size_t len,
                       tp_bytes_t *out, bool *malformed)
{
    enum { ENOUGH = 1 << 16 };
    if (len > 0 && line[len - 1] == '\r') {
        len--;
    }
    const int result = filter(clientd, line, len, out);
    if (result == TP_EDECODE) {
        tp_bytes_append_error(out);
        *malformed = true;
    } else if (result != TP_OK) {
        return result;
    }
    return out->len >= ENOUGH || out->failed ? tp_bytes_write_fd(out, STDOUT_FILENO) : TP_OK;
}

int tp_filter_lines(tp_line_filter_t filter, void *clientd, bool *out_malformed)
{
    tp_bytes_t in = { 0 };
    tp_bytes_t out = { 0 };
    size_t looked_at = 0; /* no newline in in.data[0, looked_at) */
    int result = TP_OK;
    *out_malformed = false;
    while (result == TP_OK) {
        size_t start = 0;
        const uint8_t *end = NULL;
        while (result == TP_OK && in.len > looked_at &&
               (end = memchr(in.data + looked_at, '\n', in.len - looked_at)) != NULL) {
            const size_t len = (size_t)(end - in.data) - start;
            result = filter_line(filter, clientd, (const char *)in.data + start, len, &out,
                                 out_malformed);
            start += len + 1;
            looked_at = start;
        }
        if (start > 0) {
            memmove(in.data, in.data + start, in.len - start);
            in.len -= start;
        }
        looked_at = in.len;
        if (result == TP_OK) {
            result = tp_bytes_write_fd(&out, STDOUT_FILENO);
        }
        if (result != TP_OK) {
            break;
        }
        const int got = read_some(&in, STDIN_FILENO);
        if (got == 0) {
            if (in.len > 0) {
                result = filter_line(filter, clientd, (const char *)in.data, in.len, &out,
                                     out_malformed);
            }
            if (result == TP_OK) {
                result = tp_bytes_write_fd(&out, STDOUT_FILENO);
            }
            break;
        }
        result = got < 0 ? got : TP_OK;
    }
    tp_bytes_fini(&in);
    tp_bytes_fini(&out);
    return result;
}
