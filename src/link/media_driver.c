/*
 * The official C media driver inside this process.
 *
 * Aeron's own aeron_driver_context_init reads some 90 AERON_* variables of the environment, and the driver would then be another
 * one on each machine. This library does not read the environment, so everything that such a variable could change for IPC is set
 * here, with Aeron's default unless a reason is given. What is left to the environment, since there is no setter or it
 * only concerns UDP: names of dynamic libraries to load and the event log (AERON_DRIVER_DYNAMIC_LIBRARIES, AERON_EVENT_LOG), sockets,
 * flow and congestion control, name resolution, loss recovery. A variable that Aeron cannot parse is an error of create.
 *
 * The process's umask decides who may attach: Aeron makes directories 0777 and files 0666, less the umask.
 */
#include "tensorpool/media_driver.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "aeronc.h"
#include "aeronmd.h"

#include "base/fail.h"
#include "link/aeron_link.h"
#include "link/cnc.h"
#include "link/counters.h"

#define MIB (INT64_C(1) << 20)
#define MS UINT64_C(1000000)
/* What another driver's heartbeat may be late before its directory is taken over. */
#define TAKEOVER_NS (5000 * TPI_MS)

struct tp_media_driver {
    aeron_driver_context_t *context;
    aeron_driver_t *driver;
    bool invoker;
    char dir[PATH_MAX];
};

/* ---- options ---- */

static int read_options(tp_media_driver_options_t *out, const tp_media_driver_options_t *options)
{
    memset(out, 0, sizeof(*out));
    if (options != NULL) {
        const size_t known = options->size < sizeof(*out) ? options->size : sizeof(*out);
        if (options->size < sizeof(options->size)) {
            return tpi_fail(TP_EINVAL,
                            "media driver options: size %zu; use TP_MEDIA_DRIVER_OPTIONS_INIT",
                            options->size);
        }
        const unsigned char *bytes = (const unsigned char *)options;
        for (size_t i = known; i < options->size; i++) {
            if (bytes[i] != 0) {
                return tpi_fail(TP_EINVAL,
                                "media driver options: byte %zu is set, this library knows %zu", i,
                                sizeof(*out));
            }
        }
        memcpy(out, options, known);
    }
    if (out->client_liveness_timeout_ns == 0) {
        out->client_liveness_timeout_ns = 5000 * TPI_MS;
    }
    if (out->timer_interval_ns == 0) {
        out->timer_interval_ns = 100 * TPI_MS;
    }
    if (out->ipc_term_length == 0) {
        out->ipc_term_length = (uint32_t)MIB;
    }
    if (out->counters_buffer_length == 0) {
        out->counters_buffer_length = (uint32_t)MIB;
    }
    if (out->timer_interval_ns < TPI_MS ||
        out->client_liveness_timeout_ns <= out->timer_interval_ns) {
        return tpi_fail(TP_EINVAL,
                        "media driver: timer interval %" PRId64
                        " ns, client liveness timeout %" PRId64
                        " ns; expected 1 ms <= timer < liveness",
                        out->timer_interval_ns, out->client_liveness_timeout_ns);
    }
    const uint32_t term = out->ipc_term_length;
    if (term < 64 * 1024 || term > 1024 * (uint32_t)MIB || (term & (term - 1)) != 0) {
        return tpi_fail(TP_EINVAL,
                        "media driver: term length %" PRIu32
                        "; expected a power of two, 64 KiB to 1 GiB",
                        term);
    }
    if (out->counters_buffer_length < MIB || out->counters_buffer_length > 500 * MIB) {
        return tpi_fail(TP_EINVAL,
                        "media driver: counters buffer of %" PRIu32 " bytes; expected 1 to 500 MiB",
                        out->counters_buffer_length);
    }
    return TP_OK;
}

/* ---- the directory ---- */

static bool has_entries(const char *dir)
{
    DIR *listing = opendir(dir);
    bool found = false;
    if (listing != NULL) {
        const struct dirent *entry;
        while (!found && (entry = readdir(listing)) != NULL) {
            found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        }
        (void)closedir(listing);
    }
    return found;
}

/* Aeron removes whatever directory it is given, if no live driver is in it. We want to see a driver's traces first. */
static int check_dir(const char *dir)
{
    tpi_cnc_info_t info;
    const int rc = tpi_cnc_read(dir, &info);
    if (rc == TP_OK && tpi_cnc_check_alive(dir, &info, TAKEOVER_NS) == TP_OK) {
        return tpi_fail(TP_EBUSY,
                        "a media driver (pid %" PRId64 ") runs in %s, heartbeat %" PRId64
                        " ms ago; if it was killed, its directory is free after %" PRId64 " s",
                        info.pid, dir, info.age_ms, TAKEOVER_NS / (1000 * TPI_MS));
    }
    if (rc == TP_EACCES) {
        return rc;
    }
    char cnc[PATH_MAX + 16];
    struct stat stat_info;
    (void)snprintf(cnc, sizeof(cnc), "%s/cnc.dat", dir);
    if (stat(cnc, &stat_info) != 0 && has_entries(dir)) {
        return tpi_fail(
            TP_EEXIST,
            "%s is not empty and not a media driver's directory (no cnc.dat): it would be deleted",
            dir);
    }
    return TP_OK;
}

/* Aeron touches all pages of its files right after making them: with no space left that is a SIGBUS. */
static int check_space(const char *dir, const tp_media_driver_options_t *options)
{
    char parent[PATH_MAX];
    (void)snprintf(parent, sizeof(parent), "%s", dir);
    struct statvfs fs;
    while (statvfs(parent, &fs) != 0) {
        char *slash = strrchr(parent, '/');
        if (errno != ENOENT || slash == NULL) {
            return TP_OK; /* Aeron will say what is wrong */
        }
        slash[slash == parent ? 1 : 0] = '\0';
    }
    /* Two rings of 1 MiB, the counters' values with four times as much for keys and labels, error log 4 MiB, loss report 1 MiB. */
    const int64_t need = 8 * MIB + 5 * (int64_t)options->counters_buffer_length;
    const uint64_t have = (uint64_t)fs.f_frsize * fs.f_bavail;
    if (have < (uint64_t)need) {
        return tpi_fail(TP_ENOSPC,
                        "media driver in %s: needs %" PRId64 " KiB, %" PRIu64 " KiB are free", dir,
                        need / 1024, have / 1024);
    }
    return TP_OK;
}

/* ---- context ---- */

/* No client may end this process's driver by a message. */
static bool deny_termination(void *state, uint8_t *token, int32_t length)
{
    (void)state;
    (void)token;
    (void)length;
    return false;
}

static int configure(aeron_driver_context_t *context, const char *dir,
                     const tp_media_driver_options_t *options)
{
    const uint64_t liveness_ns = (uint64_t)options->client_liveness_timeout_ns;
    const uint64_t timer_ns = (uint64_t)options->timer_interval_ns;
    const uint64_t second_ns = 1000 * MS;
    /* Untethered timeouts must be longer than the timer interval. */
    const uint64_t untethered_ns = 5 * second_ns > 2 * timer_ns ? 5 * second_ns : 2 * timer_ns;
#define SET(name, ...)                                                                             \
    do {                                                                                           \
        if (aeron_driver_context_set_##name(context, __VA_ARGS__) < 0) {                           \
            return -1;                                                                             \
        }                                                                                          \
    } while (0)
    SET(dir, dir);
    SET(dir_warn_if_exists, false);
    SET(dir_delete_on_start, options->delete_on_start);
    /* Not yet: closing a context after a failed start would delete the directory of the driver that was in the way. */
    SET(dir_delete_on_shutdown, false);
    SET(print_configuration, false);
    SET(threading_mode,
        options->invoker ? AERON_THREADING_MODE_INVOKER : AERON_THREADING_MODE_SHARED);
    SET(agent_on_start_function, NULL, NULL);
    SET(shared_idle_strategy_init_args, NULL);
    SET(shared_idle_strategy, "backoff");
    SET(conductor_cpu_affinity, -1);
    SET(thread_affinity_use_cpuset_offsets, false);
    SET(thread_affinity_fail_on_validation_errors, false);

    /* The smallest buffers Aeron accepts (1 MiB and the ring's trailer); each byte is really allocated. */
    SET(to_conductor_buffer_length, (size_t)MIB + 768);
    SET(to_clients_buffer_length, (size_t)MIB + 128);
    SET(counters_buffer_length, options->counters_buffer_length);
    SET(error_buffer_length, (size_t)(4 * MIB));
    SET(loss_report_buffer_length, (size_t)MIB);
    SET(file_page_size, 4096);

    /* Logs are allocated when they are made, so that no space left is an error of the add and not a SIGBUS of the first writer. */
    SET(term_buffer_sparse_file, false);
    SET(perform_storage_checks, true);
    SET(low_file_store_warning_threshold, (uint64_t)(16 * MIB));
    SET(ipc_term_buffer_length, options->ipc_term_length);
    SET(term_buffer_length, options->ipc_term_length);
    SET(ipc_mtu_length, 1408);
    SET(mtu_length, 1408);
    SET(ipc_publication_term_window_length, 0);
    SET(publication_term_window_length, 0);
    SET(publication_reserved_session_id_low, -1);
    SET(publication_reserved_session_id_high, 1000);
    SET(stream_session_limit, INT32_MAX);
    SET(tether_subscriptions, true);
    SET(rejoin_stream, true);
    SET(spies_simulate_connection, false);
    SET(enable_experimental_features, false);

    /* Aeron's rule: unblock > liveness > timer. */
    SET(timer_interval_ns, timer_ns);
    SET(client_liveness_timeout_ns, liveness_ns);
    SET(publication_unblock_timeout_ns, 2 * liveness_ns);
    SET(publication_connection_timeout_ns, 5 * second_ns);
    SET(publication_linger_timeout_ns, 5 * second_ns);
    SET(image_liveness_timeout_ns, 10 * second_ns);
    SET(untethered_window_limit_timeout_ns, untethered_ns);
    SET(untethered_linger_timeout_ns, untethered_ns);
    SET(untethered_resting_timeout_ns, 2 * untethered_ns);
    SET(counters_free_to_reuse_timeout_ns, second_ns);
    SET(driver_timeout_ms, (uint64_t)(TAKEOVER_NS / TPI_MS));

    SET(driver_termination_validator, deny_termination, NULL);
    SET(driver_termination_hook, NULL, NULL);
#undef SET
    return 0;
}

static int code_of_aeron(int errcode)
{
    switch (errcode) {
    case EBUSY:
        return TP_EBUSY;
    case ENOSPC:
    case EDQUOT:
        return TP_ENOSPC;
    case EACCES:
    case EPERM:
        return TP_EACCES;
    case ENOMEM:
        return TP_ENOMEM;
    default:
        return TP_EAERON;
    }
}

int tp_media_driver_create(tp_media_driver_t **out, const tp_media_driver_options_t *given)
{
    tp_media_driver_options_t options;
    int rc = read_options(&options, given);
    if (rc < 0) {
        return rc;
    }
    tp_media_driver_t *driver = calloc(1, sizeof(*driver));
    if (driver == NULL) {
        return tpi_fail(TP_ENOMEM, "media driver");
    }
    driver->invoker = options.invoker;
    if (options.aeron_dir == NULL) {
        rc = tpi_default_aeron_dir(driver->dir, sizeof(driver->dir));
    } else if (options.aeron_dir[0] == '\0' || strnlen(options.aeron_dir, 301) > 300) {
        rc = tpi_fail(TP_EINVAL, "Aeron directory: expected 1 to 300 characters");
    } else {
        (void)snprintf(driver->dir, sizeof(driver->dir), "%s", options.aeron_dir);
    }
    if (rc == TP_OK && !options.delete_on_start) {
        rc = check_dir(driver->dir);
    }
    if (rc == TP_OK) {
        rc = check_space(driver->dir, &options);
    }
    if (rc < 0) {
        free(driver);
        return rc;
    }
    if (aeron_driver_context_init(&driver->context) < 0) {
        driver->context = NULL;
        goto fail;
    }
    if (configure(driver->context, driver->dir, &options) < 0 ||
        aeron_driver_init(&driver->driver, driver->context) < 0) {
        driver->driver = NULL;
        goto fail;
    }
    if (aeron_driver_start(driver->driver, options.invoker) < 0) {
        goto fail;
    }
    (void)aeron_driver_context_set_dir_delete_on_shutdown(driver->context, !options.keep_dir);
    *out = driver;
    return TP_OK;

fail : {
    char text[TPI_ERROR_TEXT_MAX];
    tpi_aeron_text(text, sizeof(text));
    rc = tpi_fail(code_of_aeron(aeron_errcode()), "media driver in %s: %s", driver->dir, text);
    if (driver->driver != NULL) {
        (void)aeron_driver_close(driver->driver);
    }
    if (driver->context != NULL) {
        (void)aeron_driver_context_close(driver->context);
    }
    free(driver);
    return rc;
}
}

int tp_media_driver_do_work(tp_media_driver_t *driver)
{
    if (!driver->invoker) {
        return tpi_fail(TP_ESTATE, "media driver in %s runs on its own thread", driver->dir);
    }
    const int work = aeron_driver_main_do_work(driver->driver);
    return work > 0 ? work : 0;
}

const char *tp_media_driver_dir(const tp_media_driver_t *driver)
{
    return driver->dir;
}

void tp_media_driver_destroy(tp_media_driver_t *driver)
{
    if (driver == NULL) {
        return;
    }
    (void)aeron_driver_close(driver->driver);
    (void)aeron_driver_context_close(driver->context);
    free(driver);
}
