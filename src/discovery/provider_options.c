/*
 * discovery/provider_options.c - what a provider is told to do: checked by name, defaults filled in.
 */
#include "discovery/provider_options.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

enum {
    ENDPOINTS_MAX = 256,
    MAX_RESULTS = 1000,
    MAX_RESULTS_MOST = 65534,
    MAX_REQUESTS_PER_S = 100,
    INSTANCE_MAX = 128,
    CHANNEL_MAX_BYTES = 1024,
};

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static int check_channel(const char *name, const char *channel)
{
    if (!is_given(channel) || strncmp(channel, "aeron:", 6) != 0 ||
        strlen(channel) > CHANNEL_MAX_BYTES) {
        return tpi_fail(TP_EINVAL, "%s is \"%.60s\", expected an Aeron channel of at most %d bytes",
                        name, channel != NULL ? channel : "", CHANNEL_MAX_BYTES);
    }
    return TP_OK;
}

static int check_id(const char *name, uint32_t id)
{
    if (id == 0 || id > INT32_MAX) { /* Rule: C-6 */
        return tpi_fail(TP_EINVAL, "%s is %u, expected 1..2147483647", name, id);
    }
    return TP_OK;
}

const char *tpi_discovery_announce_channel(const tp_discovery_endpoint_t *e)
{
    return is_given(e->announce_channel) ? e->announce_channel : e->driver_control_channel;
}

uint32_t tpi_discovery_announce_id(const tp_discovery_endpoint_t *e)
{
    return e->announce_stream_id != 0 ? e->announce_stream_id : e->driver_control_stream_id;
}

bool tpi_discovery_has_metadata(const tp_discovery_endpoint_t *e)
{
    return is_given(e->metadata_channel) && e->metadata_stream_id != 0;
}

static int check_endpoint(const tp_discovery_endpoint_t *all, size_t i)
{
    const tp_discovery_endpoint_t *e = &all[i];
    char name[96];
    if (!is_given(e->driver_instance_id) || strlen(e->driver_instance_id) > INSTANCE_MAX) {
        return tpi_fail(TP_EINVAL, "endpoints[%zu].driver_instance_id is %s, expected 1..%d bytes",
                        i, is_given(e->driver_instance_id) ? "too long" : "missing", INSTANCE_MAX);
    }
    /* Rule: S-15 what is never sent is not configured either */
    snprintf(name, sizeof name, "endpoints[%zu].driver_control_channel", i);
    int rc = check_channel(name, e->driver_control_channel);
    snprintf(name, sizeof name, "endpoints[%zu].driver_control_stream_id", i);
    rc = rc == TP_OK ? check_id(name, e->driver_control_stream_id) : rc;
    snprintf(name, sizeof name, "endpoints[%zu].announce_channel", i);
    rc = rc == TP_OK ? check_channel(name, tpi_discovery_announce_channel(e)) : rc;
    snprintf(name, sizeof name, "endpoints[%zu].announce_stream_id", i);
    rc = rc == TP_OK ? check_id(name, tpi_discovery_announce_id(e)) : rc;
    if (rc == TP_OK && tpi_discovery_has_metadata(e)) {
        snprintf(name, sizeof name, "endpoints[%zu].metadata_channel", i);
        rc = check_channel(name, e->metadata_channel);
        snprintf(name, sizeof name, "endpoints[%zu].metadata_stream_id", i);
        rc = rc == TP_OK ? check_id(name, e->metadata_stream_id) : rc;
    }
    for (size_t j = 0; rc == TP_OK && j < i; j++) {
        if (strcmp(all[j].driver_instance_id, e->driver_instance_id) == 0) {
            rc = tpi_fail(TP_EINVAL, "endpoints[%zu] and [%zu] are both driver %s", j, i,
                          e->driver_instance_id);
        } else if (tpi_discovery_announce_id(&all[j]) == tpi_discovery_announce_id(e) &&
                   strcmp(tpi_discovery_announce_channel(&all[j]),
                          tpi_discovery_announce_channel(e)) == 0) {
            /* Rule: S-23 nothing else tells whose an announce is */
            rc = tpi_fail(TP_EINVAL, "endpoints[%zu] and [%zu] share announce stream %u on %s", j,
                          i, tpi_discovery_announce_id(e), tpi_discovery_announce_channel(e));
        }
    }
    return rc;
}

int tpi_discovery_options_check(tp_discovery_options_t *o)
{
    int rc = check_channel("channel", o->channel);
    rc = rc == TP_OK ? check_id("stream_id", o->stream_id) : rc;
    if (rc == TP_OK &&
        (o->endpoints == NULL || o->nendpoints == 0 || o->nendpoints > ENDPOINTS_MAX)) {
        rc = tpi_fail(TP_EINVAL, "%zu endpoints, expected 1..%d", o->nendpoints, ENDPOINTS_MAX);
    }
    for (size_t i = 0; rc == TP_OK && i < o->nendpoints; i++) {
        rc = check_endpoint(o->endpoints, i);
    }
    if (rc != TP_OK) {
        return rc;
    }
    const int64_t second = INT64_C(1000000000);
    o->max_results = o->max_results != 0 ? o->max_results : MAX_RESULTS;
    o->announce_period_ns = o->announce_period_ns != 0 ? o->announce_period_ns : second;
    o->expiry_ns = o->expiry_ns != 0 ? o->expiry_ns : 3 * o->announce_period_ns;
    o->max_pools_per_entry = o->max_pools_per_entry != 0 ? o->max_pools_per_entry : 16;
    o->max_tags_per_entry =
        o->max_tags_per_entry != 0 ? o->max_tags_per_entry : TP_DISCOVERY_MAX_TAGS;
    o->max_requests_per_s = o->max_requests_per_s != 0 ? o->max_requests_per_s : MAX_REQUESTS_PER_S;
    if (o->max_results > MAX_RESULTS_MOST) {
        return tpi_fail(TP_EINVAL, "max_results is %u, expected 1..%d", o->max_results,
                        MAX_RESULTS_MOST);
    }
    if (o->announce_period_ns < 0 || o->expiry_ns < o->announce_period_ns) {
        return tpi_fail(TP_EINVAL, "expiry_ns is %lld, expected at least the announce period, %lld",
                        (long long)o->expiry_ns, (long long)o->announce_period_ns);
    }
    if (o->max_pools_per_entry > TP_DISCOVERY_MAX_POOLS ||
        o->max_tags_per_entry > TP_DISCOVERY_MAX_TAGS) {
        return tpi_fail(
            TP_EINVAL,
            "max_pools_per_entry is %u and max_tags_per_entry %u, expected at most %d and %d",
            o->max_pools_per_entry, o->max_tags_per_entry, TP_DISCOVERY_MAX_POOLS,
            TP_DISCOVERY_MAX_TAGS);
    }
    for (size_t i = 0; i < o->nallowed_response_channels; i++) {
        const char *prefix = o->allowed_response_channels[i];
        if (!is_given(prefix) || strncmp(prefix, "aeron:", 6) != 0) {
            return tpi_fail(TP_EINVAL,
                            "allowed_response_channels[%zu] is \"%.60s\", expected aeron:...", i,
                            prefix != NULL ? prefix : "");
        }
    }
    return TP_OK;
}
