#include "bridge/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/client_internal.h"

#define TEXT_MAX 1024u /* an Aeron channel; nothing else is as long */

static void say(const tp_bridge_options_t *o, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const tp_bridge_options_t *o, int level, const char *format, ...)
{
    char text[400];
    if (o->event != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        o->event(o->event_clientd, level, text);
    }
}

/* ---- single values ---- */

static int check_aeron_id(const char *name, uint32_t id, bool is_required)
{
    /* Rule: C-6 */
    if (id > INT32_MAX || (is_required && id == 0)) {
        return tpi_fail(TP_EINVAL, "%s is %u, expected %s1..2147483647", name, id,
                        is_required ? "" : "0 (default) or ");
    }
    return TP_OK;
}

static int check_stream_id(const char *name, uint32_t id, bool is_required)
{
    /* Rule: C-6 */
    if (id == UINT32_MAX || (is_required && id == 0)) {
        return tpi_fail(TP_EINVAL, "%s is %u, expected %s1..4294967294", name, id,
                        is_required ? "" : "0 (default) or ");
    }
    return TP_OK;
}

static int check_channel(const char *name, const char *channel, bool is_required)
{
    if (channel == NULL || channel[0] == '\0') {
        return is_required ? tpi_fail(TP_EINVAL, "%s is required and not given", name) : TP_OK;
    }
    if (strncmp(channel, "aeron:", 6) != 0 || strlen(channel) > TEXT_MAX) {
        return tpi_fail(TP_EINVAL,
                        "%s \"%.200s\", expected at most %u bytes which start with \"aeron:\"",
                        name, channel, TEXT_MAX);
    }
    return TP_OK;
}

static int check_switch(const char *name, tp_bridge_switch_t value)
{
    if (value != TP_BRIDGE_AUTO && value != TP_BRIDGE_ON && value != TP_BRIDGE_OFF) {
        return tpi_fail(TP_EINVAL, "%s is %d, expected 0 (auto), 1 (on) or 2 (off)", name,
                        (int)value);
    }
    return TP_OK;
}

static int check_role(const char *name, tp_bridge_role_t role)
{
    if ((int)role < TP_BRIDGE_ROLE_DEFAULT || role > TP_BRIDGE_BOTH) {
        return tpi_fail(TP_EINVAL,
                        "%s is %d, expected 0 (default), 1 (sender), 2 (receiver) or 3 (both)",
                        name, (int)role);
    }
    return TP_OK;
}

static int check_texts(const tp_bridge_options_t *o)
{
    if (o->instance_id == NULL || o->instance_id[0] == '\0') {
        return tpi_fail(TP_EINVAL, "instance_id is required and not given");
    }
    if (strlen(o->instance_id) > 256) {
        return tpi_fail(TP_EINVAL, "instance_id \"%.40s...\" has %zu bytes, expected at most 256",
                        o->instance_id, strlen(o->instance_id));
    }
    if (check_channel("payload_channel", o->payload_channel, true) != TP_OK ||
        check_channel("control_channel", o->control_channel, true) != TP_OK ||
        check_channel("metadata_channel", o->metadata_channel, false) != TP_OK ||
        check_channel("source_metadata_channel", o->source_metadata_channel, false) != TP_OK ||
        check_channel("dest_metadata_channel", o->dest_metadata_channel, false) != TP_OK ||
        check_channel("local_control_channel", o->local_control_channel, false) != TP_OK) {
        return TP_EINVAL;
    }
    return TP_OK;
}

static int check_numbers(const tp_bridge_options_t *o)
{
    if (check_aeron_id("payload_stream_id", o->payload_stream_id, true) != TP_OK ||
        check_aeron_id("control_stream_id", o->control_stream_id, true) != TP_OK ||
        check_aeron_id("metadata_stream_id", o->metadata_stream_id, false) != TP_OK ||
        check_aeron_id("source_metadata_stream_id", o->source_metadata_stream_id, false) != TP_OK ||
        check_aeron_id("dest_metadata_stream_id", o->dest_metadata_stream_id, false) != TP_OK ||
        check_switch("forward_metadata", o->forward_metadata) != TP_OK ||
        check_role("role", o->role) != TP_OK) {
        return TP_EINVAL;
    }
    /* Rule: B-11 a chunk size of nothing */
    if (o->mtu_bytes != 0 && o->mtu_bytes <= TPI_BRIDGE_MTU_MARGIN) {
        return tpi_fail(TP_EINVAL,
                        "mtu_bytes is %u, expected more than %u, which a chunk keeps free",
                        o->mtu_bytes, TPI_BRIDGE_MTU_MARGIN);
    }
    if (o->max_chunk_bytes > TPI_BRIDGE_MAX_CHUNK) {
        return tpi_fail(TP_EINVAL, "max_chunk_bytes is %u, expected 1..%u", o->max_chunk_bytes,
                        TPI_BRIDGE_MAX_CHUNK);
    }
    const uint32_t max_payload =
        o->max_payload_bytes != 0 ? o->max_payload_bytes : TPI_BRIDGE_MAX_PAYLOAD;
    if (max_payload > TPI_BRIDGE_MAX_PAYLOAD) {
        return tpi_fail(TP_EINVAL, "max_payload_bytes is %u, expected 1..%u", max_payload,
                        TPI_BRIDGE_MAX_PAYLOAD);
    }
    if (o->chunk_bytes > max_payload) {
        return tpi_fail(TP_EINVAL, "max_payload_bytes is %u, expected at least chunk_bytes, %u",
                        max_payload, o->chunk_bytes);
    }
    if (o->max_inflight_frames > TPI_BRIDGE_INFLIGHT_MAX) {
        return tpi_fail(TP_EINVAL, "max_inflight_frames is %u, expected 1..%u",
                        o->max_inflight_frames, TPI_BRIDGE_INFLIGHT_MAX);
    }
    if (o->publish_mode != TP_REQUIRE_EXISTING && o->publish_mode != TP_EXISTING_OR_CREATE) {
        return tpi_fail(TP_EINVAL, "publish_mode %d is unknown", (int)o->publish_mode);
    }
    if (o->client_id_base == UINT32_MAX ||
        (o->client_id_base != 0 &&
         UINT32_MAX - 1 - o->client_id_base < 2 * (uint32_t)o->mappings_count)) {
        return tpi_fail(TP_EINVAL,
                        "client_id_base is %u, expected room for %zu ids below 4294967295",
                        o->client_id_base, 2 * o->mappings_count);
    }
    return TP_OK;
}

/* ---- metadata, QoS, progress ---- */

/* Rule: B-51 */
static int check_metadata(tpi_bridge_config_t *config, const tp_client_options_t *client)
{
    const tp_bridge_options_t *o = &config->o;
    if (o->forward_tracelink && client->wire_dialect != TP_WIRE_V12) { /* T-12 */
        return tpi_fail(TP_EINVAL,
                        "forward_tracelink is true, but wire_dialect is v1.1, which has no trace "
                        "ids: expected v1.2");
    }
    const char *missing = NULL;
    bool sends = false;
    for (size_t i = 0; i < o->mappings_count; i++) {
        sends = sends || tpi_bridge_sends(&config->mappings[i]);
    }
    if (o->metadata_channel == NULL || o->metadata_channel[0] == '\0') {
        missing = "metadata_channel";
    } else if (o->metadata_stream_id == 0) {
        missing = "metadata_stream_id";
    } else if (sends && o->source_metadata_stream_id == 0) {
        missing = "source_metadata_stream_id";
    }
    const bool must = o->forward_metadata == TP_BRIDGE_ON;
    if (missing != NULL && (must || o->forward_tracelink)) {
        return tpi_fail(TP_EINVAL,
                        "%s is true, but %s is not given: expected a metadata stream to forward on",
                        must ? "forward_metadata" : "forward_tracelink", missing);
    }
    config->forwards_metadata = missing == NULL && o->forward_metadata != TP_BRIDGE_OFF;
    if (missing != NULL && o->forward_metadata == TP_BRIDGE_AUTO) {
        say(o, TP_BRIDGE_WARNING,
            "metadata is not forwarded: %s is not given (forward_metadata = false says that this "
            "is meant)",
            missing);
    }
    return TP_OK;
}

/* Rule: C-6, B-50 ids of mappings which become Aeron stream ids */
static int check_metadata_ids(const tpi_bridge_config_t *config)
{
    const tp_bridge_options_t *o = &config->o;
    for (size_t i = 0; i < o->mappings_count && o->dest_metadata_per_mapping; i++) {
        const tp_bridge_mapping_t *m = &config->mappings[i];
        const uint32_t id = m->metadata_stream_id != 0 ? m->metadata_stream_id
                            : m->dest_stream_id != 0   ? m->dest_stream_id
                                                       : o->dest_stream_id_range.last;
        if (tpi_bridge_receives(m) && id > INT32_MAX) {
            return tpi_fail(TP_EINVAL,
                            "mappings[%zu].metadata_stream_id is %u and, with "
                            "dest_metadata_stream_id 0, an Aeron stream id: expected 1..2147483647",
                            i, id);
        }
    }
    return TP_OK;
}

/* Rule: B-54 */
static int check_control_ids(const tpi_bridge_config_t *config)
{
    const tp_bridge_options_t *o = &config->o;
    if (!o->forward_qos && !o->forward_progress) {
        return TP_OK;
    }
    for (size_t i = 0; i < o->mappings_count; i++) {
        const tp_bridge_mapping_t *m = &config->mappings[i];
        if (m->source_control_stream_id == 0 || m->dest_control_stream_id == 0) {
            return tpi_fail(TP_EINVAL,
                            "%s is true, but mappings[%zu].%s is 0: expected an Aeron stream id "
                            "of 1..2147483647",
                            o->forward_qos ? "forward_qos" : "forward_progress", i,
                            m->source_control_stream_id == 0 ? "source_control_stream_id"
                                                             : "dest_control_stream_id");
        }
    }
    return TP_OK;
}

/* ---- mappings ---- */

static int check_mapping(const tp_bridge_mapping_t *m, size_t i)
{
    char name[80];
#define NAMED(member) (snprintf(name, sizeof name, "mappings[%zu]." member, i), name)
    if (check_stream_id(NAMED("source_stream_id"), m->source_stream_id, true) != TP_OK ||
        check_stream_id(NAMED("dest_stream_id"), m->dest_stream_id, false) != TP_OK ||
        check_stream_id(NAMED("metadata_stream_id"), m->metadata_stream_id, false) != TP_OK ||
        check_aeron_id(NAMED("source_control_stream_id"), m->source_control_stream_id, false) !=
            TP_OK ||
        check_aeron_id(NAMED("dest_control_stream_id"), m->dest_control_stream_id, false) !=
            TP_OK ||
        check_role(NAMED("role"), m->role) != TP_OK) {
        return TP_EINVAL;
    }
#undef NAMED
    return TP_OK;
}

/* Rule: B-7 */
static int check_pairs(const tpi_bridge_config_t *config)
{
    const size_t n = config->o.mappings_count;
    for (size_t i = 0; i < n; i++) {
        const tp_bridge_mapping_t *a = &config->mappings[i];
        if (a->role == TP_BRIDGE_BOTH && a->source_stream_id == a->dest_stream_id) {
            return tpi_fail(TP_EINVAL,
                            "mappings[%zu].dest_stream_id is %u, which is its source as well: "
                            "expected another id where this process sends and receives",
                            i, a->dest_stream_id);
        }
        for (size_t k = 0; k < i; k++) {
            const tp_bridge_mapping_t *b = &config->mappings[k];
            if (a->dest_stream_id != b->dest_stream_id) {
                continue;
            }
            if (a->source_stream_id == b->source_stream_id) {
                return tpi_fail(TP_EINVAL,
                                "mappings[%zu] repeats mappings[%zu]: source_stream_id %u, "
                                "dest_stream_id %u",
                                i, k, a->source_stream_id, a->dest_stream_id);
            }
            if (a->dest_stream_id != 0 && tpi_bridge_receives(a) && tpi_bridge_receives(b)) {
                return tpi_fail(TP_EINVAL,
                                "mappings[%zu].dest_stream_id is %u, which mappings[%zu] receives "
                                "into already: expected one mapping for a destination",
                                i, a->dest_stream_id, k);
            }
        }
    }
    return TP_OK;
}

/*
 * Rule: B-7 a cycle: take away mappings that do not lead on to another, or come from none, until
 * none goes any more; what stays is on a cycle, or between two. *out_on: by mapping, on the heap.
 */
static int find_cycle(const tpi_bridge_config_t *config, bool **out_on)
{
    const tp_bridge_mapping_t *m = config->mappings;
    const size_t n = config->o.mappings_count;
    bool *is_on = malloc(n * sizeof *is_on);
    if (is_on == NULL) {
        return tpi_fail(TP_ENOMEM, "bridge options");
    }
    memset(is_on, true, n * sizeof *is_on);
    bool has_changed = true;
    while (has_changed) {
        has_changed = false;
        for (size_t i = 0; i < n; i++) {
            bool leads_on = false;
            bool comes_from = false;
            for (size_t k = 0; k < n && is_on[i]; k++) {
                leads_on |= is_on[k] && m[i].dest_stream_id == m[k].source_stream_id;
                comes_from |= is_on[k] && m[k].dest_stream_id == m[i].source_stream_id;
            }
            if (is_on[i] && !(leads_on && comes_from)) {
                is_on[i] = false;
                has_changed = true;
            }
        }
    }
    *out_on = is_on;
    return TP_OK;
}

/* The first mapping of a cycle is there. Does metadata go round? Not where this process only sends,
   or only receives. */
static void stop_echoes(tpi_bridge_config_t *config, bool *is_on)
{
    const tp_bridge_options_t *o = &config->o;
    bool sends = false;
    bool receives = false;
    for (size_t i = 0; i < o->mappings_count; i++) {
        sends = sends || (is_on[i] && tpi_bridge_sends(&config->mappings[i]));
        receives = receives || (is_on[i] && tpi_bridge_receives(&config->mappings[i]));
    }
    if (!sends || !receives || !(config->forwards_metadata || o->forward_tracelink)) {
        free(is_on);
        return;
    }
    config->echoes = is_on;
    say(o, TP_BRIDGE_ERROR,
        "the metadata of mappings in a cycle is not sent: it would come back for ever");
}

static int check_cycle(tpi_bridge_config_t *config)
{
    const tp_bridge_options_t *o = &config->o;
    bool *is_on = NULL;
    size_t i = 0;
    const int rc = find_cycle(config, &is_on);
    while (rc == TP_OK && i < o->mappings_count && !is_on[i]) {
        i++;
    }
    if (rc != TP_OK || i == o->mappings_count) {
        free(is_on);
        return rc;
    }
    const tp_bridge_mapping_t *m = &config->mappings[i];
    if (o->forward_qos || o->forward_progress) {
        free(is_on);
        return tpi_fail(TP_EINVAL,
                        "mappings[%zu].dest_stream_id is %u, from which the mappings lead back in "
                        "a cycle: with %s its messages would echo for ever, expected distinct "
                        "ids for each direction",
                        i, m->dest_stream_id, o->forward_qos ? "forward_qos" : "forward_progress");
    }
    say(o, TP_BRIDGE_WARNING,
        "mappings[%zu], %u to %u, is part of a cycle: expected distinct ids for each direction", i,
        m->source_stream_id, m->dest_stream_id);
    stop_echoes(config, is_on);
    return TP_OK;
}

/* ---- the range of allocated ids ---- */

static int check_range_against(const tp_id_range_t *range, uint32_t id, const char *whose)
{
    if (id >= range->first && id <= range->last) {
        return tpi_fail(TP_EINVAL,
                        "dest_stream_id_range %u-%u holds %u, %s: expected ids that nobody else "
                        "uses",
                        range->first, range->last, id, whose);
    }
    return TP_OK;
}

/* Rule: B-4 */
static int check_range(const tpi_bridge_config_t *config, const tp_client_options_t *client)
{
    const tp_bridge_options_t *o = &config->o;
    const tp_id_range_t *range = &o->dest_stream_id_range;
    const bool has_range = range->first != 0 || range->last != 0;
    size_t wanted = 0;
    for (size_t i = 0; i < o->mappings_count; i++) {
        const tp_bridge_mapping_t *m = &config->mappings[i];
        if (m->dest_stream_id == 0 && tpi_bridge_receives(m)) {
            wanted++;
            if (!has_range) {
                return tpi_fail(TP_EINVAL,
                                "mappings[%zu].dest_stream_id is 0 and dest_stream_id_range is "
                                "not given: expected either of them",
                                i);
            }
        }
    }
    if (!has_range) {
        return TP_OK;
    }
    if (range->first == 0 || range->last == UINT32_MAX || range->first > range->last) {
        return tpi_fail(TP_EINVAL,
                        "dest_stream_id_range is %u-%u, expected a-b within 1..4294967294 and a "
                        "<= b",
                        range->first, range->last);
    }
    if (wanted > (uint64_t)range->last - range->first + 1) {
        return tpi_fail(TP_EINVAL,
                        "dest_stream_id_range %u-%u is too small for the %zu mappings whose "
                        "dest_stream_id is 0",
                        range->first, range->last, wanted);
    }
    const struct {
        uint32_t id;
        const char *whose;
    } taken[] = {
        { (uint32_t)client->control_stream_id, "the driver's control stream" },
        { (uint32_t)client->announce_stream_id, "the driver's announce stream" },
        { (uint32_t)client->qos_stream_id, "the QoS stream" },
        { (uint32_t)client->descriptor_stream_id, "the descriptor stream" },
        { (uint32_t)client->metadata_stream_id, "the local metadata stream" },
        { o->payload_stream_id, "payload_stream_id" },
        { o->control_stream_id, "control_stream_id" },
        { o->metadata_stream_id, "metadata_stream_id" },
        { o->source_metadata_stream_id, "source_metadata_stream_id" },
        { o->dest_metadata_stream_id, "dest_metadata_stream_id" },
    };
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (check_range_against(range, taken[i].id, taken[i].whose) != TP_OK) {
            return TP_EINVAL;
        }
    }
    for (size_t i = 0; i < o->mappings_count; i++) {
        const tp_bridge_mapping_t *m = &config->mappings[i];
        if (check_range_against(range, m->source_stream_id, "a mapping's source_stream_id") !=
                TP_OK ||
            check_range_against(range, m->dest_stream_id, "a mapping's dest_stream_id") != TP_OK ||
            check_range_against(range, m->source_control_stream_id,
                                "a mapping's source_control_stream_id") != TP_OK ||
            check_range_against(range, m->dest_control_stream_id,
                                "a mapping's dest_control_stream_id") != TP_OK) {
            return TP_EINVAL;
        }
    }
    return TP_OK;
}

/* ---- all ---- */

static int check_all(tpi_bridge_config_t *config, const tp_client_options_t *client)
{
    tp_bridge_options_t *o = &config->o;
    for (size_t i = 0; i < o->mappings_count; i++) {
        tp_bridge_mapping_t *m = &config->mappings[i];
        if (check_mapping(m, i) != TP_OK) {
            return TP_EINVAL;
        }
        m->role = m->role != TP_BRIDGE_ROLE_DEFAULT ? m->role : o->role; /* Rule: B-1 */
    }
    int rc = check_metadata(config, client);
    rc = rc == TP_OK ? check_metadata_ids(config) : rc;
    rc = rc == TP_OK ? check_control_ids(config) : rc;
    rc = rc == TP_OK ? tpi_bridge_check_streams(config, client) : rc;
    rc = rc == TP_OK ? check_pairs(config) : rc;
    rc = rc == TP_OK ? check_range(config, client) : rc;
    return rc == TP_OK ? check_cycle(config) : rc;
}

static const char **text_of(tpi_bridge_config_t *config, size_t i)
{
    tp_bridge_options_t *o = &config->o;
    const char **const texts[] = {
        &o->instance_id,           &o->payload_channel,         &o->control_channel,
        &o->metadata_channel,      &o->source_metadata_channel, &o->dest_metadata_channel,
        &o->local_control_channel,
    };
    const size_t n = sizeof texts / sizeof texts[0];
    if (i < n) {
        return texts[i];
    }
    return i - n < o->mappings_count ? &config->mappings[i - n].profile : NULL;
}

static int copy_texts(tpi_bridge_config_t *config)
{
    size_t total = 1;
    for (size_t i = 0; text_of(config, i) != NULL; i++) {
        const char *text = *text_of(config, i);
        total += text != NULL ? strlen(text) + 1 : 0;
    }
    char *at = malloc(total);
    if (at == NULL) {
        return tpi_fail(TP_ENOMEM, "bridge options");
    }
    config->texts = at;
    for (size_t i = 0; text_of(config, i) != NULL; i++) {
        const char **text = text_of(config, i);
        if (*text != NULL) {
            const size_t size = strlen(*text) + 1;
            memcpy(at, *text, size);
            *text = at;
            at += size;
        }
    }
    return TP_OK;
}

static const char *channel_or(const char *channel, const char *fallback)
{
    return channel != NULL && channel[0] != '\0' ? channel : fallback;
}

static void fill_defaults(tp_bridge_options_t *o, const tp_client_options_t *client)
{
    o->role = o->role != TP_BRIDGE_ROLE_DEFAULT ? o->role : TP_BRIDGE_BOTH;
    o->max_payload_bytes =
        o->max_payload_bytes != 0 ? o->max_payload_bytes : TPI_BRIDGE_MAX_PAYLOAD;
    o->assembly_timeout_ms =
        o->assembly_timeout_ms != 0 ? o->assembly_timeout_ms : TPI_BRIDGE_TIMEOUT_MS;
    o->max_inflight_frames =
        o->max_inflight_frames != 0 ? o->max_inflight_frames : TPI_BRIDGE_INFLIGHT;
    o->source_metadata_channel = channel_or(o->source_metadata_channel, client->metadata_channel);
    o->dest_metadata_channel = channel_or(o->dest_metadata_channel, client->metadata_channel);
    o->local_control_channel = channel_or(o->local_control_channel, client->control_channel);
    if (o->dest_metadata_stream_id == 0 && !o->dest_metadata_per_mapping) {
        o->dest_metadata_stream_id = (uint32_t)client->metadata_stream_id; /* Rule: B-50 */
    }
}

int tpi_bridge_config_read(tpi_bridge_config_t *out, const tp_bridge_options_t *options,
                           const tp_client_options_t *client)
{
    tpi_bridge_config_t config = { .mappings = NULL };
    tp_bridge_options_t *o = &config.o;
    int rc = tpi_options_read(o, sizeof *o, options, "bridge");
    if (rc != TP_OK) {
        return rc;
    }
    if (o->mappings_count == 0 || o->mappings_count > TP_BRIDGE_MAX_MAPPINGS ||
        o->mappings == NULL) {
        return tpi_fail(TP_EINVAL, "there are %zu mappings, expected 1..%u",
                        o->mappings != NULL ? o->mappings_count : 0, TP_BRIDGE_MAX_MAPPINGS);
    }
    if (check_texts(o) != TP_OK || check_numbers(o) != TP_OK) {
        return TP_EINVAL;
    }
    config.mappings = calloc(o->mappings_count, sizeof *config.mappings);
    if (config.mappings == NULL) {
        return tpi_fail(TP_ENOMEM, "bridge options");
    }
    memcpy(config.mappings, o->mappings, o->mappings_count * sizeof *config.mappings);
    fill_defaults(o, client);
    rc = check_all(&config, client);
    if (rc == TP_OK) {
        rc = copy_texts(&config);
    }
    if (rc != TP_OK) {
        free(config.echoes);
        free(config.mappings);
        return rc;
    }
    o->size = sizeof *o;
    o->mappings = config.mappings;
    *out = config;
    return TP_OK;
}

void tpi_bridge_config_free(tpi_bridge_config_t *config)
{
    free(config->mappings);
    free(config->echoes);
    free(config->texts);
    *config = (tpi_bridge_config_t){ .mappings = NULL };
}

static uint32_t lower(uint32_t limit, uint32_t value)
{
    return value != 0 && value < limit ? value : limit;
}

uint32_t tpi_bridge_chunk_limit(const tpi_bridge_config_t *config)
{
    const tp_bridge_options_t *o = &config->o;
    uint32_t limit = lower(TPI_BRIDGE_MAX_CHUNK, o->max_chunk_bytes);
    limit = lower(limit, o->chunk_bytes);
    return o->mtu_bytes != 0 ? lower(limit, o->mtu_bytes - TPI_BRIDGE_MTU_MARGIN) : limit;
}

uint32_t tpi_bridge_chunk_bytes(const tpi_bridge_config_t *config, uint32_t stream_mtu)
{
    /* Rule: B-11 mtu_bytes is the stream's where it is not given */
    const uint32_t limit = tpi_bridge_chunk_limit(config);
    return config->o.mtu_bytes == 0 && stream_mtu > TPI_BRIDGE_MTU_MARGIN
               ? lower(limit, stream_mtu - TPI_BRIDGE_MTU_MARGIN)
               : limit;
}
