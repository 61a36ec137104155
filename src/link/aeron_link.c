/*
 * The Aeron client of a link: finding a media driver, living with it, noticing its death, starting over.
 *
 *   state        event                                             next
 *   CONNECTING   probe finds a live driver, client made            UP, generation + 1
 *   LOST         the same                                          UP, generation + 1
 *   UP           client closed itself (driver shut down, silent    LOST: images told gone, handles wait, client freed
 *                too long; we were not serviced for too long)
 *   UP           another cnc file lies in the directory            LOST
 *
 * aeron_init sleeps while it waits for a driver, and asynchronous adds on a dead client never answer. So the cnc file is read
 * first, without waiting, and aeron_init only called when it cannot have to wait; and everything has a deadline of its own.
 * The gap that is left: a driver that goes away between the probe and aeron_init, microseconds later, costs one driver timeout.
 *
 * A closed client never comes back (Aeron's rule): it is thrown away with all its objects, in the order handles, client, context.
 */
#include "link/aeron_link.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fail.h"
#include "link/cnc.h"
#include "link/counters.h"

#define DEFAULT_DRIVER_TIMEOUT_NS (5000 * TPI_MS)
#define DEFAULT_RECONNECT_INTERVAL_NS (100 * TPI_MS)
/* A driver beats once per timer interval, 1 s by default. A heartbeat older than this, yet inside the driver timeout, is only
 * believed when it moves: the driver may have been killed a moment ago, and a client made now would have to be thrown away. */
#define FRESH_HEARTBEAT_NS (1500 * TPI_MS)
/* Aeron's limit is 384 including the names of files in it. */
#define DIR_MAX 300

/* ---- texts ---- */

static bool ends_with(const char *text, size_t len, const char *end)
{
    const size_t end_len = strlen(end);
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

void tpi_aeron_text(char *out, size_t cap)
{
    /* Lines are "(code) name", then "[function, file:line] text", innermost first; a text may itself be such a stack, the
     * media driver's. What helps a reader is the texts; the name is only worth its place when there is none. */
    size_t at = 0;
    out[0] = '\0';
    for (int pass = 0; pass < 2 && at == 0; pass++) {
        const char *line = aeron_errmsg();
        while (line != NULL && *line != '\0') {
            const size_t len = strcspn(line, "\n");
            const char *text = line;
            if (*line == '[') {
                const char *end = memchr(line, ']', len);
                text = end != NULL ? end + 1 : line;
            }
            while (text < line + len && *text == ' ') {
                text++;
            }
            const size_t text_len = len - (size_t)(text - line);
            const bool is_code = *line == '(' || ends_with(line, len, " registration error");
            if (text_len > 0 && at + 1 < cap && (pass == 1 || !is_code)) {
                const int n =
                    snprintf(out + at, cap - at, "%s%.*s", at > 0 ? "; " : "", (int)text_len, text);
                at += n > 0 ? (size_t)n : 0;
                at = at < cap ? at : cap - 1;
            }
            line += len + (line[len] == '\n');
        }
    }
}

static void set_error(tpi_aeron_link_t *link, const char *text)
{
    (void)snprintf(link->error, sizeof(link->error), "%s", text);
}

/* Aeron's default handler prints and exits the process. Called inside aeron_main_do_work and the closing functions. */
static void on_error(void *clientd, int errcode, const char *message)
{
    tpi_aeron_link_t *link = clientd;
    (void)snprintf(link->error, sizeof(link->error), "%s (%d)", message, errcode);
    /* A message may be a whole error stack. */
    for (char *c = link->error; *c != '\0'; c++) {
        if (*c == '\n') {
            *c = ' ';
        }
    }
}

/* ---- client ---- */

static void free_client(tpi_aeron_link_t *link)
{
    if (link->client != NULL) {
        (void)aeron_close(link->client);
        link->client = NULL;
    }
    if (link->context != NULL) {
        (void)aeron_context_close(link->context);
        link->context = NULL;
    }
}

static int make_client(tpi_aeron_link_t *link)
{
    if (aeron_context_init(&link->context) < 0) {
        /* Reads AERON_DIR, AERON_CLIENT_NAME, AERON_DRIVER_TIMEOUT, AERON_CLIENT_RESOURCE_LINGER_DURATION,
         * AERON_CLIENT_IDLE_SLEEP_DURATION and AERON_CLIENT_PRE_TOUCH_MAPPED_MEMORY, and fails on one it cannot parse. All of
         * them are set below, so that none has an effect. */
        link->context = NULL;
        return -1;
    }
    aeron_context_t *context = link->context;
    const int64_t quarter_ns = link->driver_timeout_ns / 4;
    const uint64_t keepalive_ns = (uint64_t)(quarter_ns < 500 * TPI_MS ? quarter_ns : 500 * TPI_MS);
    if (aeron_context_set_dir(context, link->dir) < 0 ||
        aeron_context_set_client_name(context, link->client_name) < 0 ||
        aeron_context_set_driver_timeout_ms(context, (uint64_t)(link->driver_timeout_ns / TPI_MS)) <
            0 ||
        aeron_context_set_keepalive_interval_ns(context, keepalive_ns) < 0 ||
        aeron_context_set_resource_linger_duration_ns(context, (uint64_t)(3000 * TPI_MS)) < 0 ||
        /* In invoker mode nobody sleeps that long; it is how often timeouts are looked at. */
        aeron_context_set_idle_sleep_duration_ns(context, (uint64_t)(16 * TPI_MS)) < 0 ||
        aeron_context_set_pre_touch_mapped_memory(context, false) < 0 ||
        aeron_context_set_use_conductor_agent_invoker(context, true) < 0 ||
        aeron_context_set_error_handler(context, on_error, link) < 0 ||
        aeron_init(&link->client, context) < 0) {
        link->client = NULL;
        return -1;
    }
    return aeron_start(link->client);
}

static bool cnc_is_another(const tpi_aeron_link_t *link)
{
    char path[PATH_MAX];
    struct stat info;
    (void)snprintf(path, sizeof(path), "%s/cnc.dat", link->dir);
    /* A missing file says nothing new: a driver that shuts down says so in the file we still have mapped. */
    return stat(path, &info) == 0 &&
           (info.st_dev != link->cnc_device || info.st_ino != link->cnc_inode);
}

/* Is there a driver that aeron_init would not have to wait for? */
static bool probe(tpi_aeron_link_t *link, tpi_cnc_info_t *out)
{
    int rc = tpi_cnc_read(link->dir, out);
    if (rc == TP_OK) {
        rc = tpi_cnc_check_alive(link->dir, out, link->driver_timeout_ns);
    }
    if (rc < 0) {
        set_error(link, tp_errmsg());
        link->probed = false;
        return false;
    }
    const bool moved = link->probed && out->heartbeat_ms != link->seen_heartbeat_ms;
    link->probed = true;
    link->seen_heartbeat_ms = out->heartbeat_ms;
    if (!moved && out->age_ms > FRESH_HEARTBEAT_NS / TPI_MS) {
        (void)snprintf(link->error, sizeof(link->error),
                       "media driver in %s is silent for %" PRId64 " ms, waiting for a heartbeat",
                       link->dir, out->age_ms);
        return false;
    }
    return true;
}

static int connect_to_driver(tpi_aeron_link_t *link, int64_t now_ns)
{
    if (link->next_probe_ns != 0 && now_ns - link->next_probe_ns < 0) {
        return 0;
    }
    link->next_probe_ns = now_ns + link->reconnect_interval_ns;
    tpi_cnc_info_t info;
    if (!probe(link, &info)) {
        return 0;
    }
    link->cnc_device = info.device;
    link->cnc_inode = info.inode;
    if (make_client(link) < 0) {
        char text[TPI_ERROR_TEXT_MAX];
        tpi_aeron_text(text, sizeof(text));
        (void)snprintf(link->error, sizeof(link->error), "Aeron client in %.200s: %.250s",
                       link->dir, text);
        free_client(link);
        return 1;
    }
    link->state = TPI_LINK_UP;
    link->generation++;
    link->error[0] = '\0';
    link->probed = false;
    return 1;
}

static void lose(tpi_aeron_link_t *link, int64_t now_ns, const char *why)
{
    link->state = TPI_LINK_LOST;
    if (why != NULL) {
        set_error(link, why);
    }
    tpi_handles_lost(link);
    free_client(link);
    link->next_probe_ns = now_ns + link->reconnect_interval_ns;
    link->probed = false;
}

static int aeron_link_do_work(tpi_link_t *base, int64_t now_ns)
{
    tpi_aeron_link_t *link = (tpi_aeron_link_t *)base;
    link->now_ns = now_ns;
    link->busy++;
    int work = 0;
    if (link->client == NULL) {
        work += connect_to_driver(link, now_ns);
    }
    if (link->client != NULL) {
        /* The result is a count, or -1 whatever the reason: only "is it closed" matters. */
        const int done = aeron_main_do_work(link->client);
        work += done > 0 ? done : 0;
        if (aeron_is_closed(link->client)) {
            lose(link, now_ns, NULL);
            work++;
        } else if (now_ns - link->next_probe_ns >= 0) {
            link->next_probe_ns = now_ns + 5 * link->reconnect_interval_ns;
            if (cnc_is_another(link)) {
                lose(link, now_ns, "another media driver took over the directory");
                work++;
            }
        }
    }
    if (link->image_events > 0) {
        work += tpi_aeron_tell_images(link);
    }
    if (link->client != NULL && link->unready > 0 && link->service_at_ns <= now_ns) {
        work += tpi_handles_service(link, now_ns);
    }
    link->busy--;
    if (link->dead > 0 && link->busy == 0) {
        tpi_handles_reap(link);
    }
    return work;
}

/* ---- life ---- */

static void aeron_link_destroy(tpi_link_t *base)
{
    tpi_aeron_link_t *link = (tpi_aeron_link_t *)base;
    link->busy = 0;
    while (link->handles != NULL) {
        tpi_handle_close(link->handles);
    }
    free_client(link);
    free(link->client_name);
    free(link->dir);
    free(link);
}

static tpi_link_state_t aeron_link_state(const tpi_link_t *base)
{
    return ((const tpi_aeron_link_t *)base)->state;
}

static uint64_t aeron_link_generation(const tpi_link_t *base)
{
    return ((const tpi_aeron_link_t *)base)->generation;
}

static const char *aeron_link_error(const tpi_link_t *base)
{
    return ((const tpi_aeron_link_t *)base)->error;
}

static const char *aeron_link_dir(const tpi_link_t *base)
{
    return ((const tpi_aeron_link_t *)base)->dir;
}

static const tpi_link_ops_t link_ops = {
    .destroy = aeron_link_destroy,
    .do_work = aeron_link_do_work,
    .state = aeron_link_state,
    .generation = aeron_link_generation,
    .error = aeron_link_error,
    .aeron_dir = aeron_link_dir,
    .add_publication = tpi_aeron_add_publication,
    .add_subscription = tpi_aeron_add_subscription,
    .add_counter = tpi_aeron_add_counter,
    .find_counter = tpi_aeron_find_counter,
    .counter_word = tpi_aeron_counter_word,
};

int tpi_link_create_aeron(tpi_link_t **out, const tpi_link_options_t *options)
{
    static const tpi_link_options_t defaults = { 0 };
    options = options != NULL ? options : &defaults;
    if (options->driver_timeout_ns < 0 || options->reconnect_interval_ns < 0) {
        return tpi_fail(TP_EINVAL,
                        "link: driver timeout %" PRId64 " ns, reconnect interval %" PRId64
                        " ns; expected 0 (default) or more",
                        options->driver_timeout_ns, options->reconnect_interval_ns);
    }
    char dir[PATH_MAX];
    const char *aeron_dir = options->aeron_dir;
    if (aeron_dir == NULL) {
        const int rc = tpi_default_aeron_dir(dir, sizeof(dir));
        if (rc < 0) {
            return rc;
        }
        aeron_dir = dir;
    }
    const size_t dir_len = strnlen(aeron_dir, DIR_MAX + 1);
    if (dir_len == 0 || dir_len > DIR_MAX) {
        return tpi_fail(TP_EINVAL, "Aeron directory: expected 1 to %d characters", DIR_MAX);
    }
    tpi_aeron_link_t *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return tpi_fail(TP_ENOMEM, "link");
    }
    link->base.ops = &link_ops;
    link->dir = strdup(aeron_dir);
    link->client_name = strndup(options->client_name != NULL ? options->client_name : "tensorpool",
                                AERON_COUNTER_MAX_CLIENT_NAME_LENGTH);
    if (link->dir == NULL || link->client_name == NULL) {
        free(link->dir);
        free(link->client_name);
        free(link);
        return tpi_fail(TP_ENOMEM, "link");
    }
    /* Aeron counts the timeout in ms. */
    link->driver_timeout_ns = options->driver_timeout_ns == 0       ? DEFAULT_DRIVER_TIMEOUT_NS
                              : options->driver_timeout_ns < TPI_MS ? TPI_MS
                                                                    : options->driver_timeout_ns;
    link->reconnect_interval_ns = options->reconnect_interval_ns != 0
                                      ? options->reconnect_interval_ns
                                      : DEFAULT_RECONNECT_INTERVAL_NS;
    *out = &link->base;
    return TP_OK;
}
