/*
 * tensorpool/media_driver.h - the official Aeron C media driver inside this process.
 *
 * For programs that want one process to be enough, for tests and for examples. Production machines
 * usually run `aeronmd` beside. Threads: by default the driver runs one thread of its own (SHARED
 * mode, the only thread this library ever starts unasked: you ask by creating it). With `invoker`
 * there is none and tp_media_driver_do_work() must be called by one thread.
 */
#ifndef TENSORPOOL_MEDIA_DRIVER_H
#define TENSORPOOL_MEDIA_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensorpool/export.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_media_driver tp_media_driver_t;

typedef struct tp_media_driver_options {
    size_t size;
    const char *aeron_dir; /* copied; NULL: Aeron's default directory */
    bool invoker;          /* no thread: the caller drives it */
    bool delete_on_start;  /* remove what is in aeron_dir first, also a live driver's: only for a
                              directory of your own */
    bool keep_dir;         /* default false: the directory goes when the driver is destroyed */
    int64_t client_liveness_timeout_ns; /* default 5 s */
    int64_t timer_interval_ns;          /* default 100 ms */
    uint32_t ipc_term_length;           /* default 1 MiB */
    uint32_t counters_buffer_length;    /* default 1 MiB = 8192 counters */
} tp_media_driver_options_t;

#define TP_MEDIA_DRIVER_OPTIONS_INIT                                                               \
    {                                                                                              \
        .size = sizeof(tp_media_driver_options_t)                                                  \
    }

/**
 * Start one. Who may attach is decided by the umask of the process: 0777 and 0666 less that.
 *
 * @return TP_EBUSY if a live driver owns the directory (a killed one owns it for 5 s more), TP_EEXIST
 *         if it exists and holds something else than a media driver's files, TP_EACCES, TP_ENOSPC,
 *         TP_EINVAL, TP_ENOMEM, TP_EAERON. On failure nothing runs and *out is untouched.
 */
TP_API int tp_media_driver_create(tp_media_driver_t **out,
                                  const tp_media_driver_options_t *options);
/** One turn in invoker mode; TP_ESTATE otherwise. */
TP_API int tp_media_driver_do_work(tp_media_driver_t *driver);
TP_API const char *tp_media_driver_dir(const tp_media_driver_t *driver);
/** Stop, join, remove the directory (unless keep_dir). Clients in this process must be closed
 * before. NULL is a no-op. */
TP_API void tp_media_driver_destroy(tp_media_driver_t *driver);

#ifdef __cplusplus
}
#endif

#endif
