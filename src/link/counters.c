/*
 * Reading a media driver's directory without being its client: liveness and counters.
 */
#include "link/counters.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aeronc.h"

#include "base/fail.h"
#include "link/aeron_link.h"
#include "link/cnc.h"

const char *tpi_counter_role(int32_t type_id)
{
    switch (type_id) {
    case TPI_COUNTER_DRIVER:
        return "driver";
    case TPI_COUNTER_PRODUCER:
        return "producer";
    case TPI_COUNTER_CONSUMER:
        return "consumer";
    case TPI_COUNTER_RATE_LIMITER:
        return "rate_limiter";
    case TPI_COUNTER_BRIDGE:
        return "bridge";
    case TPI_COUNTER_DISCOVERY:
        return "discovery";
    case TPI_COUNTER_SUPERVISOR:
        return "supervisor";
    default:
        return NULL;
    }
}

static int open_cnc(aeron_cnc_t **out, const char *dir, struct stat *out_info)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/cnc.dat", dir) >= (int)sizeof(path)) {
        return tpi_fail(TP_EINVAL, "Aeron directory: path longer than %d bytes", PATH_MAX);
    }
    if (stat(path, out_info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return tpi_fail(TP_ENOENT, "no media driver in %s (there is no cnc.dat)", dir);
        }
        return tpi_fail_errno("stat %s", path);
    }
    /* Aeron takes "not permitted" for "not there yet" and would wait for it. A client writes to the file. */
    if (access(path, R_OK | W_OK) != 0) {
        (void)tpi_fail_errno("%s", path);
        tpi_note("media driver in %s: its clients need read and write access, e.g. its user", dir);
        return TP_EACCES;
    }
    if (out_info->st_size == 0) {
        return tpi_fail(TP_ENOENT, "media driver in %s is starting (cnc.dat is empty)", dir);
    }
    if (aeron_cnc_init(out, dir, 0) < 0) {
        const bool incomplete = aeron_errcode() == -AERON_CLIENT_ERROR_DRIVER_TIMEOUT;
        char text[TPI_ERROR_TEXT_MAX];
        tpi_aeron_text(text, sizeof(text));
        return incomplete ? tpi_fail(TP_ENOENT,
                                     "media driver in %s is starting (cnc.dat is incomplete)", dir)
                          : tpi_fail(TP_EAERON, "%s/cnc.dat: %s", dir, text);
    }
    return TP_OK;
}

int tpi_cnc_read(const char *dir, tpi_cnc_info_t *out)
{
    aeron_cnc_t *cnc = NULL;
    struct stat info;
    const int rc = open_cnc(&cnc, dir, &info);
    if (rc < 0) {
        return rc;
    }
    aeron_cnc_constants_t constants;
    (void)aeron_cnc_constants(cnc, &constants);
    const int64_t heartbeat_ms = aeron_cnc_to_driver_heartbeat(cnc);
    const int64_t age_ms = aeron_epoch_clock() - heartbeat_ms;
    *out = (tpi_cnc_info_t){ .heartbeat_ms = heartbeat_ms,
                             .age_ms = age_ms > 0 ? age_ms : 0,
                             .pid = constants.pid,
                             .device = info.st_dev,
                             .inode = info.st_ino };
    aeron_cnc_close(cnc);
    return TP_OK;
}

int tpi_cnc_check_alive(const char *dir, const tpi_cnc_info_t *info, int64_t timeout_ns)
{
    if (info->heartbeat_ms < 0) {
        return tpi_fail(TP_ENOENT, "media driver in %s was shut down", dir);
    }
    if (info->heartbeat_ms == 0) {
        return tpi_fail(TP_ENOENT, "media driver in %s is starting (no heartbeat yet)", dir);
    }
    if (info->age_ms > timeout_ns / TPI_MS) {
        return tpi_fail(TP_ENOENT,
                        "media driver in %s (pid %" PRId64 ") is silent for %" PRId64
                        " ms, taken as dead after %" PRId64 " ms",
                        dir, info->pid, info->age_ms, timeout_ns / TPI_MS);
    }
    return TP_OK;
}

static int resolve_dir(const char *aeron_dir, char *buffer, size_t cap, const char **out)
{
    *out = aeron_dir;
    if (aeron_dir == NULL) {
        *out = buffer;
        return tpi_default_aeron_dir(buffer, cap);
    }
    return TP_OK;
}

int tpi_media_driver_is_alive(const char *aeron_dir, int64_t timeout_ns)
{
    char buffer[PATH_MAX];
    const char *dir;
    int rc = resolve_dir(aeron_dir, buffer, sizeof(buffer), &dir);
    if (rc < 0) {
        return rc;
    }
    tpi_cnc_info_t info;
    rc = tpi_cnc_read(dir, &info);
    if (rc == TP_OK) {
        rc = tpi_cnc_check_alive(dir, &info, timeout_ns);
    }
    return rc == TP_OK ? 1 : rc == TP_ENOENT ? 0 : rc;
}

int tpi_default_aeron_dir(char *out, size_t cap)
{
    /* Aeron writes as much as fits and returns what snprintf does. */
    const int len = aeron_default_path(out, cap);
    if (len < 0 || (size_t)len >= cap) {
        return tpi_fail(TP_EINVAL, "Aeron's default directory does not fit into %zu bytes", cap);
    }
    return TP_OK;
}

typedef struct walk {
    void (*handler)(void *clientd, const tpi_counter_view_t *counter);
    void *clientd;
} walk_t;

static void on_counter(int64_t value, int32_t id, int32_t type_id, const uint8_t *key,
                       size_t key_length, const char *label, size_t label_length, void *clientd)
{
    const walk_t *walk = clientd;
    /* Copies: the driver may hand the record to another counter meanwhile, and the length comes from the mapped file. */
    uint8_t key_copy[TPI_COUNTER_KEY_MAX];
    char label_copy[TPI_LABEL_MAX + 1];
    const size_t key_len = key_length < sizeof(key_copy) ? key_length : sizeof(key_copy);
    const size_t label_len = label_length < TPI_LABEL_MAX ? label_length : TPI_LABEL_MAX;
    memcpy(key_copy, key, key_len);
    memcpy(label_copy, label, label_len);
    label_copy[label_len] = '\0';
    const tpi_counter_view_t view = { .counter_id = id,
                                      .type_id = type_id,
                                      .value = value,
                                      .key = key_copy,
                                      .key_len = key_len,
                                      .label = label_copy };
    walk->handler(walk->clientd, &view);
}

int tpi_counters_foreach(const char *aeron_dir,
                         void (*handler)(void *clientd, const tpi_counter_view_t *counter),
                         void *clientd)
{
    char buffer[PATH_MAX];
    const char *dir;
    int rc = resolve_dir(aeron_dir, buffer, sizeof(buffer), &dir);
    if (rc < 0) {
        return rc;
    }
    aeron_cnc_t *cnc = NULL;
    struct stat info;
    rc = open_cnc(&cnc, dir, &info);
    if (rc < 0) {
        return rc;
    }
    walk_t walk = { handler, clientd };
    aeron_counters_reader_foreach_counter(aeron_cnc_counters_reader(cnc), on_counter, &walk);
    aeron_cnc_close(cnc);
    return TP_OK;
}
