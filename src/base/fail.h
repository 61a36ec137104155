/*
 * base/fail.h - set the text behind tp_errmsg(). Fixed thread-local buffer: allocates nothing,
 * cannot fail.
 */
#ifndef TPI_BASE_FAIL_H
#define TPI_BASE_FAIL_H

#include "tensorpool/error.h"

#define TPI_ERRMSG_CAPACITY 1024

/** Store the formatted text (cut at the buffer's end) and return `code`. */
int tpi_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Like tpi_fail, with ": <strerror(errno)>" behind the text; maps ENOSPC, EACCES, EPERM, ENOENT,
 * EEXIST, ENOMEM to their codes, else TP_EIO. */
int tpi_fail_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Put context in front of the text that is there: "context: text". */
void tpi_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
