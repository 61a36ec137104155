/*
 * discovery/provider.c - the agent: announces and metadata in, requests in, responses out.
 *
 * It listens and answers, and grants, allocates and changes nothing (Rule: S-1..S-4): there is no
 * message of the driver's schema in this folder. Where a stream's frames come from, a camera or a
 * bridge, is not asked either (Rule: S-30): what its driver announces is there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "discovery/provider_options.h"
#include "discovery/registry.h"
#include "discovery/responders.h"
#include "link/counters.h"
#include "wire/table.h"

enum {
    POLL_LIMIT = 64,
    REQUESTS_MAX = 64, /* kept of one turn; what comes beyond waits in the subscription */
    REQUEST_BYTES_MAX = 32 * 1024, /* most tags of the longest that match, and as much again */
    CLIENTS_MAX = 256,
    COUNTERS = 8,
};
#define RESPONSE_BYTES_MAX (1024u * 1024u)
#define SWEEP_NS INT64_C(100000000)

typedef struct endpoint {
    tp_discovery_endpoint_t options; /* texts are the provider's */
    struct tp_discovery_provider *provider;
    uint32_t index;
    bool is_local; /* its clock is ours (S-24) */
    tpi_subscription_t *announce_sub, *metadata_sub;
} endpoint_t;

/* A request waits for the end of its handler: publications are not opened inside. */
typedef struct request {
    uint8_t *data; /* heap, grown when needed */
    size_t len, cap;
} request_t;

typedef struct client_rate {
    uint32_t client_id;
    uint32_t count;
    int64_t since_ns;
    bool is_used;
} client_rate_t;

struct tp_discovery_provider {
    tp_client_t *client;
    tp_discovery_options_t options;
    char *texts;
    endpoint_t *endpoints;
    size_t nendpoints;
    char **allowed;
    size_t nallowed;
    tpi_registry_t registry;
    tpi_responders_t responders;
    tpi_subscription_t *request_sub;
    request_t requests[REQUESTS_MAX];
    size_t nrequests;
    client_rate_t rates[CLIENTS_MAX];
    uint8_t *scratch; /* RESPONSE_BYTES_MAX */
    tpi_discovery_request_t request;
    tpi_discovery_result_t result;
    tp_discovery_stats_t stats;
    tpi_counter_t *counters[COUNTERS];
    int64_t now_ns, sweep_due_ns;
    uint64_t duty_cycles, work_done; /* Rule: C-12 */
};

static const char *const counter_labels[COUNTERS] = { "entries",     "requests", "responses",
                                                      "not-found",   "dropped",  "expired",
                                                      "duty-cycles", "work-done" };

static void say(const tp_discovery_provider_t *p, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(const tp_discovery_provider_t *p, int level, const char *format, ...)
{
    char text[400];
    if (p->options.event == NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    p->options.event(p->options.event_clientd, level, text);
}

/* ---- options ---- */

static const char *keep(char **at, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    const size_t size = strlen(text) + 1;
    char *kept = *at;
    memcpy(kept, text, size);
    *at += size;
    return kept;
}

static size_t size_of(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static int by_instance(const void *a, const void *b)
{
    const endpoint_t *x = a;
    const endpoint_t *y = b;
    return strcmp(x->options.driver_instance_id, y->options.driver_instance_id);
}

/* Texts, endpoints in the order of results (S-14), prefixes. */
static int copy_options(tp_discovery_provider_t *p)
{
    const tp_discovery_options_t *o = &p->options;
    size_t total = size_of(o->channel);
    for (size_t i = 0; i < o->nendpoints; i++) {
        const tp_discovery_endpoint_t *e = &o->endpoints[i];
        total += size_of(e->driver_instance_id) + size_of(e->driver_control_channel) +
                 size_of(tpi_discovery_announce_channel(e)) + size_of(e->metadata_channel);
    }
    for (size_t i = 0; i < o->nallowed_response_channels; i++) {
        total += size_of(o->allowed_response_channels[i]);
    }
    p->texts = malloc(total + 1);
    p->endpoints = calloc(o->nendpoints, sizeof *p->endpoints);
    p->allowed = calloc(o->nallowed_response_channels + 1, sizeof *p->allowed);
    p->scratch = malloc(RESPONSE_BYTES_MAX);
    if (p->texts == NULL || p->endpoints == NULL || p->allowed == NULL || p->scratch == NULL) {
        return tpi_fail(TP_ENOMEM, "discovery provider");
    }
    char *at = p->texts;
    for (size_t i = 0; i < o->nendpoints; i++) {
        const tp_discovery_endpoint_t *e = &o->endpoints[i];
        p->endpoints[i].options = (tp_discovery_endpoint_t){
            .driver_instance_id = keep(&at, e->driver_instance_id),
            .driver_control_channel = keep(&at, e->driver_control_channel),
            .driver_control_stream_id = e->driver_control_stream_id,
            .announce_channel = keep(&at, tpi_discovery_announce_channel(e)),
            .announce_stream_id = tpi_discovery_announce_id(e),
            .metadata_channel = keep(&at, e->metadata_channel),
            .metadata_stream_id = e->metadata_stream_id,
        };
    }
    p->nendpoints = o->nendpoints;
    qsort(p->endpoints, p->nendpoints, sizeof *p->endpoints, by_instance);
    for (size_t i = 0; i < o->nallowed_response_channels; i++) {
        p->allowed[i] = (char *)(uintptr_t)keep(&at, o->allowed_response_channels[i]);
    }
    p->nallowed = o->nallowed_response_channels;
    p->options.channel = keep(&at, o->channel);
    p->options.endpoints = NULL;
    p->options.allowed_response_channels = NULL;
    return TP_OK;
}

/* ---- what is heard ---- */

static void on_announce(void *clientd, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    endpoint_t *e = clientd;
    tp_discovery_provider_t *p = e->provider;
    tpi_wire_header_t header;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID ||
        header.template_id != TPI_SHM_POOL_ANNOUNCE) {
        return; /* Rule: C-1 control streams carry much else */
    }
    tpi_shm_pool_announce_t *m = &p->registry.announce;
    if (tpi_shm_pool_announce_decode(data, len, m) != TP_OK) {
        p->stats.ignored_decode++;
        return;
    }
    /* Rule: S-24, C-9 times of another host's clock are not judged */
    if (e->is_local && !tpi_client_announce_is_fresh(p->client, m, info->joined_ns, p->now_ns)) {
        p->stats.ignored_stale++;
        return;
    }
    tpi_registry_on_announce(&p->registry, e->index, m, data, len, p->now_ns);
}

/* Rule: S-22 */
static void on_metadata(void *clientd, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    endpoint_t *e = clientd;
    tp_discovery_provider_t *p = e->provider;
    tpi_wire_header_t header;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return;
    }
    if (header.template_id == TPI_DATA_SOURCE_ANNOUNCE) {
        tpi_data_source_announce_t m;
        if (tpi_data_source_announce_decode(data, len, &m) == TP_OK) {
            tpi_registry_on_source(&p->registry, e->index, &m, p->now_ns);
        } else {
            p->stats.ignored_decode++;
        }
    } else if (header.template_id == TPI_DATA_SOURCE_META) {
        if (tpi_data_source_meta_decode(data, len, &p->registry.meta) == TP_OK) {
            tpi_registry_on_meta(&p->registry, e->index, &p->registry.meta, p->now_ns);
        } else {
            p->stats.ignored_decode++;
        }
    }
}

static void on_request(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tp_discovery_provider_t *p = clientd;
    tpi_wire_header_t header;
    (void)info;
    /* Rule: S-11, S-34, C-1 the stream may be a driver's control stream */
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_DISCOVERY_SCHEMA_ID ||
        header.template_id != TPI_DISCOVERY_REQUEST) {
        return;
    }
    if (len > REQUEST_BYTES_MAX) {
        p->stats.ignored_limit++; /* Rule: C-2 its memory is kept: strangers do not say how much */
        return;
    }
    request_t *r = &p->requests[p->nrequests]; /* polled for no more than there is room for */
    if (len > r->cap) {
        uint8_t *grown = realloc(r->data, len);
        if (grown == NULL) {
            p->stats.ignored_limit++;
            return;
        }
        r->data = grown;
        r->cap = len;
    }
    memcpy(r->data, data, len);
    r->len = len;
    p->nrequests++;
}

/* ---- may it be answered ---- */

/* Rule: S-33 of this client within this second */
static bool is_too_often(tp_discovery_provider_t *p, uint32_t client_id)
{
    client_rate_t *own = NULL;
    client_rate_t *oldest = &p->rates[0];
    for (size_t i = 0; i < CLIENTS_MAX && own == NULL; i++) {
        client_rate_t *r = &p->rates[i];
        own = r->is_used && r->client_id == client_id ? r : NULL;
        if (oldest->is_used && (!r->is_used || r->since_ns < oldest->since_ns)) {
            oldest = r;
        }
    }
    if (own == NULL || p->now_ns - own->since_ns >= INT64_C(1000000000)) {
        own = own != NULL ? own : oldest;
        *own = (client_rate_t){ .client_id = client_id, .since_ns = p->now_ns, .is_used = true };
    }
    return own->count++ >= p->options.max_requests_per_s;
}

static bool has_prefix(tpi_view_t text, const char *prefix)
{
    const size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* "aeron:ipc" or "aeron:udp", whole: not "aeron:ipcx". */
static bool is_of_medium(tpi_view_t channel, const char *like)
{
    const size_t len = strcspn(like, "?");
    return channel.len >= len && memcmp(channel.data, like, len) == 0 &&
           (channel.len == len || channel.data[len] == '?');
}

/* Rule: S-33 a request makes us send to where its sender says */
static bool is_allowed(const tp_discovery_provider_t *p, tpi_view_t channel)
{
    if (channel.len > TPI_RESPONSE_CHANNEL_MAX || !tpi_wire_is_ascii(channel.data, channel.len) ||
        !is_of_medium(channel, p->options.channel)) {
        return false;
    }
    for (size_t i = 0; i < p->nallowed; i++) {
        if (has_prefix(channel, p->allowed[i])) {
            return true;
        }
    }
    return p->nallowed == 0;
}

/* ---- answers ---- */

static void answer_error(tp_discovery_provider_t *p, const char *channel, uint32_t stream_id,
                         const char *text)
{
    tpi_discovery_writer_t writer;
    p->stats.errors++;
    if (tpi_discovery_begin(&writer, p->scratch, RESPONSE_BYTES_MAX, p->request.request_id,
                            TPI_DISCOVERY_ERROR) != TP_OK) {
        return;
    }
    const int len = tpi_discovery_end(&writer, text); /* Rule: S-13 no results */
    if (len > 0) {
        tpi_responders_send(&p->responders, channel, stream_id, p->scratch, (size_t)len, p->now_ns);
    }
}

static bool is_visible_to(const tp_discovery_provider_t *p, const tpi_entry_t *entry)
{
    const tp_discovery_subject_t subject = {
        .driver_instance_id = p->endpoints[entry->endpoint].options.driver_instance_id,
        .stream_id = entry->stream_id,
        .data_source_name = entry->name,
    };
    return p->options.is_visible == NULL ||
           p->options.is_visible(p->options.visible_clientd, p->request.client_id, &subject);
}

static tpi_view_t view_of(const char *text)
{
    return (tpi_view_t){ (const uint8_t *)text, (uint32_t)strlen(text) };
}

/* Rule: S-14 in the order of entries: driver instance, then stream. False: too large (S-19). */
static bool collect(tp_discovery_provider_t *p, tpi_discovery_writer_t *writer, size_t *out_matches)
{
    tpi_discovery_result_t *result = &p->result;
    *out_matches = 0;
    for (size_t i = 0; i < p->registry.count; i++) {
        const tpi_entry_t *entry = p->registry.entries[i];
        /* Rule: S-25 tested here, too: a sweep is a while ago */
        if (!tpi_entry_is_visible(&p->registry, entry, p->now_ns) || !is_visible_to(p, entry) ||
            !tpi_entry_describe(&p->registry, entry, result) ||
            !tpi_entry_matches(entry, &p->request, result->producer_id)) {
            continue;
        }
        if (++*out_matches > p->options.max_results) {
            continue;
        }
        const tp_discovery_endpoint_t *e = &p->endpoints[entry->endpoint].options;
        result->driver_instance_id = view_of(e->driver_instance_id);
        result->driver_control_channel = view_of(e->driver_control_channel); /* Rule: S-3 */
        result->driver_control_stream_id = e->driver_control_stream_id;
        if (tpi_discovery_add(writer, result) != TP_OK) {
            return false;
        }
    }
    return true;
}

static void answer(tp_discovery_provider_t *p, const char *channel, uint32_t stream_id)
{
    tpi_discovery_writer_t writer;
    size_t matches = 0;
    char text[80] = "";
    if (tpi_discovery_begin(&writer, p->scratch, RESPONSE_BYTES_MAX, p->request.request_id,
                            TPI_DISCOVERY_OK) != TP_OK ||
        !collect(p, &writer, &matches)) {
        answer_error(p, channel, stream_id, "response too large"); /* Rule: S-19 */
        return;
    }
    if (matches > writer.count) {
        snprintf(text, sizeof text, "truncated: %u of %zu", writer.count, matches); /* Rule: S-14 */
        p->stats.truncated++;
    }
    if (matches == 0 && p->options.is_visible != NULL) {
        /* Rule: S-12, S-32 hidden and absent look alike; without a policy nothing found is OK */
        p->scratch[TPI_WIRE_HEADER_BYTES + 8] = TPI_DISCOVERY_NOT_FOUND;
        p->stats.not_found++;
    }
    const int len = tpi_discovery_end(&writer, text);
    if (len > 0) {
        p->stats.results += writer.count;
        tpi_responders_send(&p->responders, channel, stream_id, p->scratch, (size_t)len, p->now_ns);
    }
}

static void serve(tp_discovery_provider_t *p, const request_t *r)
{
    tpi_discovery_request_t *m = &p->request;
    char channel[TPI_RESPONSE_CHANNEL_MAX + 1];
    if (tpi_discovery_request_decode(r->data, r->len, m) != TP_OK) {
        p->stats.ignored_decode++;
        return;
    }
    p->stats.requests++;
    /* Rule: S-6, S-9: silent about what cannot be answered, or not there */
    if (m->response_channel.len == 0 || !is_allowed(p, m->response_channel) ||
        m->response_stream_id > INT32_MAX) {
        p->stats.dropped_channel++;
        return;
    }
    if (is_too_often(p, m->client_id)) {
        p->stats.dropped_rate++;
        return;
    }
    memcpy(channel, m->response_channel.data, m->response_channel.len);
    channel[m->response_channel.len] = '\0';
    if (m->response_stream_id == 0) {
        answer_error(p, channel, 0, "invalid response_stream_id"); /* Rule: S-6 */
        return;
    }
    answer(p, channel, m->response_stream_id); /* Rule: S-5 there, and nowhere else */
}

/* ---- life ---- */

static int open_all(tp_discovery_provider_t *p)
{
    tpi_link_t *link = p->client->link;
    int rc = tpi_link_add_subscription(link, &p->request_sub, p->options.channel,
                                       (int32_t)p->options.stream_id, NULL, NULL);
    for (size_t i = 0; rc == TP_OK && i < p->nendpoints; i++) {
        endpoint_t *e = &p->endpoints[i];
        e->provider = p;
        e->index = (uint32_t)i;
        e->is_local = strncmp(e->options.announce_channel, "aeron:ipc", 9) == 0;
        rc = tpi_link_add_subscription(link, &e->announce_sub, e->options.announce_channel,
                                       (int32_t)e->options.announce_stream_id, NULL, NULL);
        if (rc == TP_OK && tpi_discovery_has_metadata(&e->options)) {
            rc = tpi_link_add_subscription(link, &e->metadata_sub, e->options.metadata_channel,
                                           (int32_t)e->options.metadata_stream_id, NULL, NULL);
        }
    }
    for (uint32_t i = 0; rc == TP_OK && i < COUNTERS; i++) {
        uint8_t key[4];
        char label[80];
        tpi_put_u32(key, i);
        snprintf(label, sizeof label, "tp-discovery %s", counter_labels[i]);
        rc = tpi_link_add_counter(link, &p->counters[i], TPI_COUNTER_DISCOVERY, key, sizeof key,
                                  label);
    }
    return rc;
}

int tp_discovery_provider_create(tp_discovery_provider_t **out, tp_client_t *client,
                                 const tp_discovery_options_t *options)
{
    tp_discovery_options_t o;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = tpi_options_read(&o, sizeof o, options, "discovery provider");
    rc = rc == TP_OK ? tpi_discovery_options_check(&o) : rc;
    if (rc != TP_OK) {
        return rc;
    }
    tp_discovery_provider_t *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return tpi_fail(TP_ENOMEM, "discovery provider");
    }
    p->client = client;
    p->options = o;
    p->now_ns = tpi_client_clock(client);
    tpi_responders_init(&p->responders, client->link, &p->stats);
    rc = copy_options(p);
    rc = rc != TP_OK ? rc
                     : tpi_registry_init(&p->registry, o.expiry_ns, o.max_pools_per_entry,
                                         o.max_tags_per_entry, &p->stats);
    rc = rc == TP_OK ? open_all(p) : rc;
    if (rc != TP_OK) {
        tp_discovery_provider_destroy(p);
        return rc;
    }
    *out = p;
    return TP_OK;
}

void tp_discovery_provider_destroy(tp_discovery_provider_t *p)
{
    if (p == NULL) {
        return;
    }
    tpi_responders_fini(&p->responders);
    tpi_subscription_close(p->request_sub);
    for (size_t i = 0; i < p->nendpoints; i++) {
        tpi_subscription_close(p->endpoints[i].announce_sub);
        tpi_subscription_close(p->endpoints[i].metadata_sub);
    }
    for (size_t i = 0; i < COUNTERS; i++) {
        tpi_counter_close(p->counters[i]);
    }
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        free(p->requests[i].data);
    }
    tpi_registry_fini(&p->registry);
    free(p->endpoints);
    free(p->allowed);
    free(p->scratch);
    free(p->texts);
    free(p);
}

static void show(tp_discovery_provider_t *p)
{
    const tp_discovery_stats_t *s = &p->stats;
    const uint64_t values[COUNTERS] = { s->entries,
                                        s->requests,
                                        s->responses,
                                        s->not_found,
                                        s->dropped_channel + s->dropped_rate +
                                            s->dropped_unconnected,
                                        s->expired,
                                        p->duty_cycles,
                                        p->work_done };
    for (size_t i = 0; i < COUNTERS; i++) {
        tpi_counter_set(p->counters[i], (int64_t)values[i]);
    }
}

int tp_discovery_provider_do_work(tp_discovery_provider_t *p)
{
    int work = tp_client_do_work(p->client);
    p->now_ns = tpi_client_clock(p->client); /* Rule: C-3 once */
    for (size_t i = 0; i < p->nendpoints; i++) {
        endpoint_t *e = &p->endpoints[i];
        work += tpi_subscription_poll(e->announce_sub, on_announce, e, POLL_LIMIT);
        if (e->metadata_sub != NULL) {
            work += tpi_subscription_poll(e->metadata_sub, on_metadata, e, POLL_LIMIT);
        }
    }
    p->nrequests = 0;
    work += tpi_subscription_poll(p->request_sub, on_request, p, REQUESTS_MAX);
    for (size_t i = 0; i < p->nrequests; i++) {
        serve(p, &p->requests[i]);
    }
    work += tpi_responders_tick(&p->responders, p->now_ns);
    if (p->now_ns - p->sweep_due_ns >= 0) {
        p->sweep_due_ns = p->now_ns + SWEEP_NS;
        const int gone = tpi_registry_sweep(&p->registry, p->now_ns);
        if (gone > 0) {
            say(p, 10, "%d entries expired", gone);
        }
        work += gone;
        show(p);
    }
    p->duty_cycles++;
    p->work_done += (uint64_t)work;
    return work;
}

void tp_discovery_provider_stats(const tp_discovery_provider_t *p, tp_discovery_stats_t *out)
{
    *out = p->stats;
}
