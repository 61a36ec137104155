/*
 * client/options.c - reading a caller's options: sizes of other versions, checks, defaults, one
 * block for all texts.
 *
 * Rule: D-9 they are all there is: no file, no environment.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/client_internal.h"

#define OPTIONS_SIZE_MAX 65536u
#define BASE_DIRS_MAX 64u

static int64_t monotonic(void *clientd)
{
    (void)clientd;
    return tpi_monotonic_ns();
}

int tpi_options_read(void *out, size_t known_size, const void *options, const char *what)
{
    size_t size = 0;
    if (options == NULL) {
        return tpi_fail(TP_EINVAL, "%s options are NULL", what);
    }
    memcpy(&size, options, sizeof size);
    if (size < sizeof size || size > OPTIONS_SIZE_MAX) {
        return tpi_fail(TP_EINVAL, "%s options have size %zu: start from the _INIT macro", what,
                        size);
    }
    for (size_t i = known_size; i < size; i++) {
        if (((const uint8_t *)options)[i] != 0) {
            return tpi_fail(
                TP_EINVAL, "%s options have a field at offset %zu which this library does not know",
                what, i);
        }
    }
    memset(out, 0, known_size);
    memcpy(out, options, size < known_size ? size : known_size);
    return TP_OK;
}

static int check_channel(const char *name, const char *channel)
{
    if (channel != NULL && strncmp(channel, "aeron:", 6) != 0) {
        return tpi_fail(TP_EINVAL, "%s \"%.200s\" does not start with \"aeron:\"", name, channel);
    }
    return TP_OK;
}

static int check_time(const char *name, int64_t *value, int64_t default_ns)
{
    if (*value < 0) {
        return tpi_fail(TP_EINVAL, "%s is %lld, expected 0 (default) or more", name,
                        (long long)*value);
    }
    if (*value == 0) {
        *value = default_ns;
    }
    return TP_OK;
}

static int check_stream(const char *name, int32_t *value, int32_t default_id)
{
    if (*value < 0) {
        return tpi_fail(TP_EINVAL, "%s is %d, expected 0 (default) or more", name, *value);
    }
    if (*value == 0) {
        *value = default_id;
    }
    return TP_OK;
}

static int check(tp_client_options_t *o)
{
    static const char *const default_dirs[] = { "/dev/shm" };
    const int64_t second = INT64_C(1000000000);
    if (check_channel("control_channel", o->control_channel) != TP_OK ||
        check_channel("announce_channel", o->announce_channel) != TP_OK ||
        check_channel("descriptor_channel", o->descriptor_channel) != TP_OK ||
        check_channel("qos_channel", o->qos_channel) != TP_OK ||
        check_channel("metadata_channel", o->metadata_channel) != TP_OK ||
        check_stream("control_stream_id", &o->control_stream_id, 1000) != TP_OK ||
        check_stream("announce_stream_id", &o->announce_stream_id, o->control_stream_id) != TP_OK ||
        check_stream("descriptor_stream_id", &o->descriptor_stream_id, 1100) != TP_OK ||
        check_stream("qos_stream_id", &o->qos_stream_id, 1200) != TP_OK ||
        check_stream("metadata_stream_id", &o->metadata_stream_id, 1300) != TP_OK ||
        check_time("attach_timeout_ns", &o->attach_timeout_ns, 5 * second) != TP_OK ||
        check_time("attach_retry_interval_ns", &o->attach_retry_interval_ns, second) != TP_OK ||
        check_time("keepalive_interval_ns", &o->keepalive_interval_ns, second) != TP_OK ||
        check_time("driver_timeout_ns", &o->driver_timeout_ns, 5 * second) != TP_OK ||
        check_time("announce_period_ns", &o->announce_period_ns, second) != TP_OK ||
        check_time("media_driver_timeout_ns", &o->media_driver_timeout_ns, 5 * second) != TP_OK) {
        return TP_EINVAL;
    }
    if (o->wire_dialect != TP_WIRE_V11 && o->wire_dialect != TP_WIRE_V12) {
        return tpi_fail(TP_EINVAL, "wire_dialect %d is unknown", (int)o->wire_dialect);
    }
    if (o->qos_interval_ns == 0) {
        o->qos_interval_ns = second;
    }
    if (o->control_channel == NULL) {
        o->control_channel = "aeron:ipc?term-length=4m";
    }
    if (o->announce_channel == NULL) {
        o->announce_channel = o->control_channel;
    }
    if (o->descriptor_channel == NULL) {
        o->descriptor_channel = "aeron:ipc?term-length=4m";
    }
    if (o->qos_channel == NULL) {
        o->qos_channel = "aeron:ipc?term-length=4m";
    }
    if (o->metadata_channel == NULL) {
        o->metadata_channel = "aeron:ipc?term-length=4m";
    }
    if (o->clock == NULL) {
        o->clock = monotonic;
        o->clock_clientd = NULL;
    }
    if (o->allowed_base_dirs == NULL) {
        if (o->allowed_base_dirs_count != 0) {
            return tpi_fail(TP_EINVAL, "allowed_base_dirs is NULL, its count %zu",
                            o->allowed_base_dirs_count);
        }
        o->allowed_base_dirs = default_dirs; /* Rule: D-34 */
        o->allowed_base_dirs_count = 1;
    }
    if (o->allowed_base_dirs_count > BASE_DIRS_MAX) {
        return tpi_fail(TP_EINVAL, "%zu allowed_base_dirs, at most %u", o->allowed_base_dirs_count,
                        BASE_DIRS_MAX);
    }
    for (size_t i = 0; i < o->allowed_base_dirs_count; i++) {
        if (o->allowed_base_dirs[i] == NULL) {
            return tpi_fail(TP_EINVAL, "allowed_base_dirs[%zu] is NULL", i);
        }
    }
    return TP_OK;
}

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static const char *keep(char **at, const char *text)
{
    char *kept = *at;
    if (text == NULL) {
        return NULL;
    }
    memcpy(kept, text, strlen(text) + 1);
    *at += strlen(text) + 1;
    return kept;
}

int tpi_client_options_read(tp_client_options_t *out, char **out_texts,
                            const tp_client_options_t *options)
{
    tp_client_options_t o;
    const int rc = tpi_options_read(&o, sizeof o, options, "client");
    if (rc != TP_OK) {
        return rc;
    }
    if (check(&o) != TP_OK) {
        return TP_EINVAL;
    }
    o.size = sizeof o;
    const size_t total = text_size(o.aeron_dir) + text_size(o.client_name) +
                         text_size(o.control_channel) + text_size(o.announce_channel) +
                         text_size(o.descriptor_channel) + text_size(o.qos_channel) +
                         text_size(o.metadata_channel);
    char *texts = malloc(total + 1);
    if (texts == NULL) {
        return tpi_fail(TP_ENOMEM, "client options");
    }
    char *at = texts;
    o.aeron_dir = keep(&at, o.aeron_dir);
    o.client_name = keep(&at, o.client_name);
    o.control_channel = keep(&at, o.control_channel);
    o.announce_channel = keep(&at, o.announce_channel);
    o.descriptor_channel = keep(&at, o.descriptor_channel);
    o.qos_channel = keep(&at, o.qos_channel);
    o.metadata_channel = keep(&at, o.metadata_channel);
    *out = o;
    *out_texts = texts;
    return TP_OK;
}
