#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "rate_limiter/internal.h"

enum { NAME_MAX_BYTES = 64, CHANNEL_MAX_BYTES = 1023 };

static int check_stream(const char *what, size_t index, const char *name, uint32_t id)
{
    if (id == 0 || id == UINT32_MAX) { /* Rule: C-6 */
        return tpi_fail(TP_EINVAL, "%s[%zu].%s is %u, expected 1..4294967294", what, index, name,
                        id);
    }
    return TP_OK;
}

static int check_aeron_id(const char *name, uint32_t id)
{
    if (id > INT32_MAX) { /* Rule: C-6 */
        return tpi_fail(TP_EINVAL, "%s is %u, expected 0 or 1..2147483647", name, id);
    }
    return TP_OK;
}

static int check_channel(const char *name, const char *channel)
{
    if (channel != NULL &&
        (strncmp(channel, "aeron:", 6) != 0 || strlen(channel) > CHANNEL_MAX_BYTES)) {
        return tpi_fail(TP_EINVAL, "%s is \"%.60s\", expected an Aeron channel of at most %d bytes",
                        name, channel, CHANNEL_MAX_BYTES);
    }
    return TP_OK;
}

/* Rule: R-17 switched on with an id of 0 it does not start */
static int check_forwarding(const char *what, bool is_on, const char *from_name, uint32_t from,
                            const char *to_name, uint32_t to)
{
    if (is_on && (from == 0 || to == 0)) {
        return tpi_fail(TP_EINVAL, "%s is on, and %s is 0", what, from == 0 ? from_name : to_name);
    }
    return TP_OK;
}

/* Does the stream lead, by any mappings, to `goal`? Each mapping is followed once at most: with
 * distinct destinations every stream has one way back. */
static bool leads_back(const tp_rate_mapping_t *mappings, size_t count, uint32_t stream_id,
                       uint32_t goal)
{
    for (size_t steps = 0; steps < count; steps++) {
        size_t i = 0;
        while (i < count && mappings[i].dest_stream_id != stream_id) {
            i++;
        }
        if (i == count) {
            return false;
        }
        stream_id = mappings[i].source_stream_id;
        if (stream_id == goal) {
            return true;
        }
    }
    return false;
}

static int check_mappings(const tp_rate_mapping_t *mappings, size_t count)
{
    if (mappings == NULL || count == 0 || count > TP_RATE_LIMITER_MAX_MAPPINGS) {
        return tpi_fail(TP_EINVAL, "%zu mappings, expected 1..%d", mappings == NULL ? 0 : count,
                        TP_RATE_LIMITER_MAX_MAPPINGS);
    }
    for (size_t i = 0; i < count; i++) {
        const tp_rate_mapping_t *m = &mappings[i];
        if (check_stream("mappings", i, "source_stream_id", m->source_stream_id) != TP_OK ||
            check_stream("mappings", i, "dest_stream_id", m->dest_stream_id) != TP_OK ||
            (m->metadata_stream_id != 0 &&
             check_stream("mappings", i, "metadata_stream_id", m->metadata_stream_id) != TP_OK)) {
            return TP_EINVAL;
        }
        /* Rule: R-2 */
        if (m->source_stream_id == m->dest_stream_id) {
            return tpi_fail(TP_EINVAL, "mappings[%zu]: source and destination are both stream %u",
                            i, m->source_stream_id);
        }
        for (size_t j = 0; j < i; j++) {
            if (mappings[j].dest_stream_id == m->dest_stream_id) {
                return tpi_fail(TP_EINVAL, "mappings[%zu] and [%zu] have the same destination %u",
                                j, i, m->dest_stream_id);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (leads_back(mappings, count, mappings[i].source_stream_id, mappings[i].dest_stream_id)) {
            return tpi_fail(TP_EINVAL,
                            "mappings[%zu]: stream %u goes back into itself by way of stream %u", i,
                            mappings[i].dest_stream_id, mappings[i].source_stream_id);
        }
    }
    return TP_OK;
}

static int check(const tp_rate_limiter_options_t *o)
{
    if (o->instance_id == NULL || o->instance_id[0] == '\0' ||
        strlen(o->instance_id) > NAME_MAX_BYTES) {
        return tpi_fail(TP_EINVAL, "instance_id is %s, expected 1..%d bytes",
                        o->instance_id == NULL || o->instance_id[0] == '\0' ? "missing"
                                                                            : "too long",
                        NAME_MAX_BYTES);
    }
    if (o->policy != TP_RATE_LATEST && o->policy != TP_RATE_EVERY_NTH) {
        return tpi_fail(TP_EINVAL, "policy %d is unknown", (int)o->policy);
    }
    if (o->policy == TP_RATE_EVERY_NTH && o->every_nth == 0) {
        return tpi_fail(TP_EINVAL, "every_nth is 0, expected 1 or more");
    }
    if (o->max_rate_hz == TP_RATE_INHERIT) {
        return tpi_fail(TP_EINVAL, "max_rate_hz is 4294967295, expected less");
    }
    const int64_t most_ns = INT64_MAX / TPI_RATE_SIGNS_MISSED;
    if (o->hello_interval_ns < 0 || o->hello_interval_ns > most_ns) {
        return tpi_fail(TP_EINVAL,
                        "hello_interval_ns is %lld, expected 0 (default) or at most %lld",
                        (long long)o->hello_interval_ns, (long long)most_ns);
    }
    if (check_channel("control_channel", o->control_channel) != TP_OK ||
        check_channel("qos_channel", o->qos_channel) != TP_OK ||
        check_channel("metadata_channel", o->metadata_channel) != TP_OK ||
        check_channel("source_descriptor_channel", o->source_descriptor_channel) != TP_OK ||
        check_aeron_id("control_stream_id", o->control_stream_id) != TP_OK ||
        check_aeron_id("source_control_stream_id", o->source_control_stream_id) != TP_OK ||
        check_aeron_id("dest_control_stream_id", o->dest_control_stream_id) != TP_OK ||
        check_aeron_id("qos_stream_id", o->qos_stream_id) != TP_OK ||
        check_aeron_id("source_qos_stream_id", o->source_qos_stream_id) != TP_OK ||
        check_aeron_id("dest_qos_stream_id", o->dest_qos_stream_id) != TP_OK ||
        check_aeron_id("source_metadata_stream_id", o->source_metadata_stream_id) != TP_OK ||
        check_aeron_id("dest_metadata_stream_id", o->dest_metadata_stream_id) != TP_OK ||
        check_aeron_id("source_descriptor_stream_id", o->source_descriptor_stream_id) != TP_OK ||
        check_forwarding("forward_progress", o->forward_progress, "source_control_stream_id",
                         o->source_control_stream_id, "dest_control_stream_id",
                         o->dest_control_stream_id) != TP_OK ||
        check_forwarding("forward_qos", o->forward_qos, "source_qos_stream_id",
                         o->source_qos_stream_id, "dest_qos_stream_id",
                         o->dest_qos_stream_id) != TP_OK) {
        return TP_EINVAL;
    }
    return check_mappings(o->mappings, o->nmappings);
}

static void fill_in(tp_rate_limiter_options_t *o, const tp_client_options_t *client)
{
    o->control_channel = o->control_channel != NULL ? o->control_channel : client->control_channel;
    o->qos_channel = o->qos_channel != NULL ? o->qos_channel : client->qos_channel;
    o->metadata_channel =
        o->metadata_channel != NULL ? o->metadata_channel : client->metadata_channel;
    o->control_stream_id =
        o->control_stream_id != 0 ? o->control_stream_id : (uint32_t)client->control_stream_id;
    o->qos_stream_id = o->qos_stream_id != 0 ? o->qos_stream_id : (uint32_t)client->qos_stream_id;
    const uint32_t metadata = (uint32_t)client->metadata_stream_id;
    if (o->source_descriptor_channel == NULL) {
        o->source_descriptor_channel = client->descriptor_channel;
    }
    if (o->source_descriptor_stream_id == 0) {
        o->source_descriptor_stream_id = (uint32_t)client->descriptor_stream_id;
    }
    o->source_metadata_stream_id =
        o->source_metadata_stream_id != 0 ? o->source_metadata_stream_id : metadata;
    o->dest_metadata_stream_id =
        o->dest_metadata_stream_id != 0 ? o->dest_metadata_stream_id : metadata;
    o->hello_interval_ns = o->hello_interval_ns != 0 ? o->hello_interval_ns : INT64_C(1000000000);
}

static size_t text_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static const char *keep(char **at, const char *text)
{
    char *kept = *at;
    const size_t size = text_size(text);
    if (size == 0) {
        return NULL;
    }
    memcpy(kept, text, size);
    *at += size;
    return kept;
}

int tpi_rate_options_read(tp_rate_limiter_options_t *out, char **out_texts,
                          tp_rate_mapping_t **out_mappings, const tp_client_options_t *client,
                          const tp_rate_limiter_options_t *options)
{
    tp_rate_limiter_options_t o;
    int rc = tpi_options_read(&o, sizeof o, options, "rate limiter");
    rc = rc == TP_OK ? check(&o) : rc;
    if (rc != TP_OK) {
        return rc;
    }
    fill_in(&o, client);
    o.size = sizeof o;
    size_t total = text_size(o.instance_id) + text_size(o.control_channel) +
                   text_size(o.qos_channel) + text_size(o.metadata_channel) +
                   text_size(o.source_descriptor_channel);
    for (size_t i = 0; i < o.nmappings; i++) {
        total += text_size(o.mappings[i].profile);
    }
    char *texts = malloc(total + 1);
    tp_rate_mapping_t *mappings = malloc(o.nmappings * sizeof *mappings);
    if (texts == NULL || mappings == NULL) {
        free(texts);
        free(mappings);
        return tpi_fail(TP_ENOMEM, "rate limiter options");
    }
    char *at = texts;
    o.instance_id = keep(&at, o.instance_id);
    o.control_channel = keep(&at, o.control_channel);
    o.qos_channel = keep(&at, o.qos_channel);
    o.metadata_channel = keep(&at, o.metadata_channel);
    o.source_descriptor_channel = keep(&at, o.source_descriptor_channel);
    for (size_t i = 0; i < o.nmappings; i++) {
        mappings[i] = o.mappings[i];
        mappings[i].profile = keep(&at, o.mappings[i].profile);
        if (mappings[i].metadata_stream_id == 0) {
            mappings[i].metadata_stream_id = mappings[i].dest_stream_id; /* Rule: R-13 */
        }
    }
    o.mappings = mappings;
    *out = o;
    *out_texts = texts;
    *out_mappings = mappings;
    return TP_OK;
}
