/* Streams on one channel are told apart by their ids alone, so no two may have the same. */
#include <string.h>

#include "base/fail.h"
#include "bridge/options.h"
#include "tensorpool/client.h"

/* The value of a channel's parameter: pointer and length, 0 if there is none. */
static size_t parameter(const char *channel, const char *name, const char **out)
{
    const size_t name_len = strlen(name);
    const char *at = strchr(channel, '?');
    while (at != NULL) {
        at++;
        if (strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
            *out = at + name_len + 1;
            return strcspn(*out, "|");
        }
        at = strchr(at, '|');
    }
    return 0;
}

static bool has_same(const char *a, const char *b, const char *name)
{
    const char *x = "";
    const char *y = "";
    const size_t n = parameter(a, name, &x);
    return n == parameter(b, name, &y) && memcmp(x, y, n) == 0;
}

/* Do both channels lead to the same place? */
static bool is_same_channel(const char *a, const char *b)
{
    const size_t media = strcspn(a, "?");
    if (media != strcspn(b, "?") || strncmp(a, b, media) != 0) {
        return false;
    }
    return strncmp(a, "aeron:ipc", media) == 0 ||
           (has_same(a, b, "endpoint") && has_same(a, b, "control"));
}

typedef struct place {
    const char *name; /* "payload" */
    const char *channel;
    uint32_t stream_id;
} place_t;

static int check_apart(const place_t *a, const place_t *b)
{
    if (a->stream_id != b->stream_id || a->channel == NULL || b->channel == NULL ||
        !is_same_channel(a->channel, b->channel)) {
        return TP_OK;
    }
    return tpi_fail(TP_EINVAL,
                    "%s_stream_id %u on \"%.200s\" is that of the %s stream as well, expected ids "
                    "of their own",
                    a->name, a->stream_id, a->channel, b->name);
}

/* Rule: B-7, B-9 */
int tpi_bridge_check_streams(const tpi_bridge_config_t *config, const tp_client_options_t *client)
{
    const tp_bridge_options_t *o = &config->o;
    const place_t ours[] = {
        { "payload", o->payload_channel, o->payload_stream_id },
        { "control", o->control_channel, o->control_stream_id },
        { "metadata",
          config->forwards_metadata || o->forward_tracelink ? o->metadata_channel : NULL,
          o->metadata_stream_id },
    };
    const place_t local[] = {
        { "driver's control", client->control_channel, (uint32_t)client->control_stream_id },
        { "driver's announce", client->announce_channel, (uint32_t)client->announce_stream_id },
        { "local descriptor", client->descriptor_channel, (uint32_t)client->descriptor_stream_id },
        { "local QoS", client->qos_channel, (uint32_t)client->qos_stream_id },
        { "local metadata", client->metadata_channel, (uint32_t)client->metadata_stream_id },
        { "source metadata", o->source_metadata_channel, o->source_metadata_stream_id },
        { "destination metadata", o->dest_metadata_channel, o->dest_metadata_stream_id },
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        for (size_t k = i + 1; k < sizeof ours / sizeof ours[0]; k++) {
            if (check_apart(&ours[i], &ours[k]) != TP_OK) {
                return TP_EINVAL;
            }
        }
        for (size_t k = 0; k < sizeof local / sizeof local[0]; k++) {
            if (check_apart(&ours[i], &local[k]) != TP_OK) {
                return TP_EINVAL;
            }
        }
        for (size_t k = 0; k < o->mappings_count; k++) {
            const tp_bridge_mapping_t *m = &config->mappings[k];
            const place_t source = { "mapping's source control", o->local_control_channel,
                                     m->source_control_stream_id };
            const place_t dest = { "mapping's destination control", o->local_control_channel,
                                   m->dest_control_stream_id };
            if (check_apart(&ours[i], &source) != TP_OK || check_apart(&ours[i], &dest) != TP_OK) {
                return TP_EINVAL;
            }
        }
    }
    return TP_OK;
}
