/*
 * tensorpool/error.h - error codes, their names, and the text behind the last one.
 *
 * Every fallible call returns an int: >= 0 is success (0, or a count), a negative value is one of
 * the codes below and says what went wrong. Calls off the hot path also leave a text for the
 * calling thread. Expected outcomes (TP_EAGAIN, a dropped frame) leave no text; they are counted
 * instead.
 */
#ifndef TENSORPOOL_ERROR_H
#define TENSORPOOL_ERROR_H

#include <stddef.h>

#include "tensorpool/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One list makes enum, name and text, so they cannot drift apart. */
#define TP_ERROR_LIST(X)                                                                           \
    X(TP_EINVAL, -1, "invalid argument")                                                           \
    X(TP_ENOMEM, -2, "out of memory")                                                              \
    X(TP_EAGAIN, -3, "nothing yet, call again")                                                    \
    X(TP_ESTATE, -4, "not possible in this state")                                                 \
    X(TP_ENOFIT, -5, "payload larger than every pool's stride")                                    \
    X(TP_EBUSY, -6, "in use")                                                                      \
    X(TP_ETIMEDOUT, -7, "no answer in time")                                                       \
    X(TP_EIO, -8, "system call failed")                                                            \
    X(TP_ENOSPC, -9, "no space left")                                                              \
    X(TP_EACCES, -10, "permission denied")                                                         \
    X(TP_ENOENT, -11, "not found")                                                                 \
    X(TP_EPROTO, -12, "peer broke the protocol")                                                   \
    X(TP_EDECODE, -13, "malformed message")                                                        \
    X(TP_EUNSUPPORTED, -14, "not supported by the peer")                                           \
    X(TP_EREJECTED, -15, "refused by the driver")                                                  \
    X(TP_EDRIVER, -16, "internal error of the driver")                                             \
    X(TP_EAERON, -17, "Aeron reported an error")                                                   \
    X(TP_ECLOSED, -18, "closed")                                                                   \
    X(TP_EURI, -19, "region URI not accepted")                                                     \
    X(TP_EPATH, -20, "path not accepted")                                                          \
    X(TP_ELAYOUT, -21, "shared memory layout not as announced")                                    \
    X(TP_ECONFIG, -22, "configuration not accepted")                                               \
    X(TP_ERANGE, -23, "value out of range")                                                        \
    X(TP_EEXIST, -24, "exists already")

enum {
    TP_OK = 0,
#define TP_ERROR_ENUM(name, value, text) name = value,
    TP_ERROR_LIST(TP_ERROR_ENUM)
#undef TP_ERROR_ENUM
};

/** Name of a code, e.g. "TP_EINVAL"; "TP_OK" for values >= 0, "TP_E?" for unknown ones. Static
 * storage. */
TP_API const char *tp_error_name(int code);

/** One-line meaning of a code. Static storage, never NULL. */
TP_API const char *tp_strerror(int code);

/**
 * Text of the last error on this thread: the offending value and what was expected. Never NULL;
 * stays valid until the next failing library call on this thread. After a success it is left as it
 * was.
 */
TP_API const char *tp_errmsg(void);

#ifdef __cplusplus
}
#endif

#endif
