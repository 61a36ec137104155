/*
 * tp/batch_io.h - growing byte buffers, and a line filter from standard input to standard output.
 *
 * A filter may sit behind a pipe which somebody feeds line by line and waits for the answers:
 * output is written whenever the next line is not in memory yet, otherwise in large pieces.
 */
#ifndef TP_TOOL_BATCH_IO_H
#define TP_TOOL_BATCH_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Growing bytes. All zero is an empty one. */
typedef struct tp_bytes {
    uint8_t *data;
    size_t len, cap;
    bool failed; /* memory ran out: what was appended since is missing */
} tp_bytes_t;

void tp_bytes_fini(tp_bytes_t *bytes);
/** Room for `count` more bytes at data + len, NULL when memory runs out. len stays as it is. */
uint8_t *tp_bytes_reserve(tp_bytes_t *bytes, size_t count);
void tp_bytes_append(tp_bytes_t *bytes, const void *data, size_t count);
void tp_bytes_append_text(tp_bytes_t *bytes, const char *text);
/** "hex:" is not written: just two lower-case digits a byte. */
void tp_bytes_append_hex(tp_bytes_t *bytes, const uint8_t *data, size_t count);
/** Append what `digits` say, either case; false (nothing appended) when they are no whole bytes. */
bool tp_bytes_append_unhex(tp_bytes_t *bytes, const char *digits, size_t count);

/** Read a descriptor to its end. TP_OK, TP_EIO or TP_ENOMEM with a text. */
int tp_bytes_read_fd(tp_bytes_t *bytes, int fd);
/** Write all of it to a descriptor and empty it. TP_OK or TP_EIO with a text. */
int tp_bytes_write_fd(tp_bytes_t *bytes, int fd);

/**
 * Append {"error":"why"} and a newline; why is the text of tp_errmsg(), reduced to ASCII because it
 * may quote input.
 */
void tp_bytes_append_error(tp_bytes_t *bytes);

/**
 * One line (no terminator; a trailing carriage return is gone) becomes one line of output, its
 * newline included.
 * @return TP_OK, TP_EDECODE when the input line is malformed (the function wrote nothing; the
 *         filter writes the error object), anything else ends the work.
 */
typedef int (*tp_line_filter_t)(void *clientd, const char *line, size_t len, tp_bytes_t *out);

/**
 * Run a filter over standard input.
 * @param out_malformed set to whether any line was malformed.
 * @return TP_OK, or the error that ended the work, with a text.
 */
int tp_filter_lines(tp_line_filter_t filter, void *clientd, bool *out_malformed);

#endif
