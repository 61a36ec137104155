#define _GNU_SOURCE /* strerror_r returning the text */
#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char errmsg[TPI_ERRMSG_CAPACITY];

int tpi_fail(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(errmsg, sizeof errmsg, format, args);
    va_end(args);
    return code;
}

static int code_of_errno(int err)
{
    switch (err) {
    case ENOSPC:
    case EDQUOT:
        return TP_ENOSPC;
    case EACCES:
    case EPERM:
    case EROFS:
        return TP_EACCES;
    case ENOENT:
        return TP_ENOENT;
    case EEXIST:
        return TP_EEXIST;
    case ENOMEM:
        return TP_ENOMEM;
    default:
        return TP_EIO;
    }
}

int tpi_fail_errno(const char *format, ...)
{
    const int err = errno;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(errmsg, sizeof errmsg, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof errmsg) {
        char reason[128];
        /* The XSI form would need other feature macros; strerror_r's GNU form returns the text. */
        const char *text = strerror_r(err, reason, sizeof reason);
        (void)snprintf(errmsg + n, sizeof errmsg - (size_t)n, ": %s", text);
    }
    return code_of_errno(err);
}

void tpi_note(const char *format, ...)
{
    char old[TPI_ERRMSG_CAPACITY];
    memcpy(old, errmsg, sizeof old);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(errmsg, sizeof errmsg, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof errmsg - 1) {
        /* A text longer than what is left is cut: context matters more than its tail. */
        const size_t left = sizeof errmsg - (size_t)n;
        (void)snprintf(errmsg + n, left, ": %.*s", (int)(left > 3 ? left - 3 : 0), old);
    }
}

const char *tp_errmsg(void)
{
    return errmsg;
}

const char *tp_error_name(int code)
{
    if (code >= 0) {
        return "TP_OK";
    }
    switch (code) {
#define CASE(name, value, text)                                                                    \
    case value:                                                                                    \
        return #name;
        TP_ERROR_LIST(CASE)
#undef CASE
    default:
        return "TP_E?";
    }
}

const char *tp_strerror(int code)
{
    if (code >= 0) {
        return "success";
    }
    switch (code) {
#define CASE(name, value, text)                                                                    \
    case value:                                                                                    \
        return text;
        TP_ERROR_LIST(CASE)
#undef CASE
    default:
        return "unknown error code";
    }
}
