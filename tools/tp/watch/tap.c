/*
 * tools/tp/watch/tap.c - see tap.h.
 */
#include "watch/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tensorpool/error.h"

typedef struct tap {
    tp_tap_handler_t handler;
    void *clientd;
    bool is_done;
} tap_t;

static void on_message(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tap_t *tap = clientd;
    if (!tap->is_done) {
        tap->is_done = !tap->handler(tap->clientd, data, len, info->session_id);
    }
}

static void untethered(const char *channel, char *out, size_t cap)
{
    if (strncmp(channel, "aeron:ipc", 9) != 0 || strstr(channel, "tether=") != NULL) {
        snprintf(out, cap, "%s", channel);
    } else {
        snprintf(out, cap, "%s%ctether=false", channel, strchr(channel, '?') != NULL ? '|' : '?');
    }
}

int tp_tap_run(const tp_spec_t *spec, const tp_args_t *args, const char *channel, int32_t stream_id,
               int64_t seconds_ns, tp_tap_handler_t handler, void *clientd)
{
    enum { NOTE_AFTER_NS = 1000000000 };
    tpi_link_t *link = NULL;
    tpi_subscription_t *subscription = NULL;
    tap_t tap = { .handler = handler, .clientd = clientd };
    char uri[1024];
    untethered(channel, uri, sizeof uri);
    const tpi_link_options_t options = { .aeron_dir = args->connection.aeron_dir,
                                         .client_name = "tp tap" };
    int rc = tpi_link_create_aeron(&link, &options);
    rc = rc == TP_OK ? tpi_link_add_subscription(link, &subscription, uri, stream_id, NULL, NULL)
                     : rc;
    if (rc != TP_OK) {
        tpi_link_destroy(link);
        return tp_failed(spec, "%s", tp_errmsg());
    }
    const int64_t start_ns = tpi_monotonic_ns();
    bool was_ready = false;
    bool noted = false;
    uint32_t idle = 0;
    while (!tap.is_done && tp_stop_requested() == 0) {
        const int64_t now_ns = tpi_monotonic_ns();
        if (seconds_ns > 0 && now_ns - start_ns >= seconds_ns) {
            break;
        }
        int work = tpi_link_do_work(link, now_ns);
        work += tpi_subscription_poll(subscription, on_message, &tap, 64);
        was_ready = was_ready || tpi_subscription_is_ready(subscription);
        if (!was_ready && !noted && now_ns - start_ns > NOTE_AFTER_NS) {
            const char *why = tpi_subscription_error(subscription);
            why = why[0] != '\0' ? why : tpi_link_error(link);
            fprintf(stderr, "tp %s: waiting for the media driver in %s%s%s\n", spec->verb,
                    tpi_link_aeron_dir(link), why[0] != '\0' ? ": " : "", why);
            noted = true;
        }
        tp_idle(&idle, work);
    }
    int status = TP_EXIT_OK;
    if (!was_ready) {
        const char *why = tpi_subscription_error(subscription);
        why = why[0] != '\0' ? why : tpi_link_error(link);
        status = tp_failed(
            spec, "nothing could be heard on %s stream %d (media driver directory %s)%s%s", uri,
            stream_id, tpi_link_aeron_dir(link), why[0] != '\0' ? ": " : "", why);
    }
    tpi_subscription_close(subscription);
    tpi_link_destroy(link);
    return status;
}
