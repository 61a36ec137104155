/*
 * discovery/client.c - ask, collect, and believe nothing: a result says where to attach, and the
 * attach says the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "client/client_internal.h"
#include "tensorpool/discovery.h"
#include "wire/discovery.h"
#include "wire/table.h"

#define DEFAULT_CHANNEL "aeron:ipc?term-length=1m"
enum {
    REQUEST_STREAM = 7000,
    RESPONSE_STREAM = 7004,
    POLL_LIMIT = 64,
    SLOT_BYTES = 256,
    MAX_DIMS = 8,
    RESULTS_MAX = 65536
};
#define TIMEOUT_NS INT64_C(1000000000)

/* A result and its texts, in one block. */
typedef struct kept {
    tp_discovery_found_t found;
    char *block;
} kept_t;

struct tp_discovery_client {
    tp_client_t *client;
    char *response_channel;
    uint32_t response_stream_id;
    uint32_t client_id, counter;
    int64_t timeout_ns;
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
    tp_discovery_state_t state;
    uint64_t request_id;
    bool is_first_enough;
    int64_t deadline_ns; /* ASKING, WAITING */
    uint8_t *request;    /* encoded */
    size_t request_len;
    kept_t *kept; /* sorted: instance, stream */
    tp_discovery_found_t *results;
    size_t count, cap;
    char error[TPI_MAX_ERROR_MESSAGE + 1];
    tpi_discovery_result_t result; /* scratch */
    tp_discovery_client_stats_t stats;
};

/* ---- life ---- */

int tp_discovery_client_create(tp_discovery_client_t **out, tp_client_t *client,
                               const tp_discovery_client_options_t *options)
{
    tp_discovery_client_options_t o = TP_DISCOVERY_CLIENT_OPTIONS_INIT;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = options == NULL ? TP_OK : tpi_options_read(&o, sizeof o, options, "discovery client");
    if (rc != TP_OK) {
        return rc;
    }
    const char *request = o.request_channel != NULL ? o.request_channel : DEFAULT_CHANNEL;
    const char *response = o.response_channel != NULL ? o.response_channel : DEFAULT_CHANNEL;
    o.request_stream_id = o.request_stream_id != 0 ? o.request_stream_id : REQUEST_STREAM;
    o.response_stream_id = o.response_stream_id != 0 ? o.response_stream_id : RESPONSE_STREAM;
    if (o.request_stream_id > INT32_MAX || o.response_stream_id > INT32_MAX) { /* Rule: S-5, C-6 */
        return tpi_fail(TP_EINVAL,
                        "request_stream_id is %u and response_stream_id %u, expected 1..2147483647",
                        o.request_stream_id, o.response_stream_id);
    }
    if (strncmp(response, "aeron:", 6) != 0 || strlen(response) > 1024) {
        return tpi_fail(
            TP_EINVAL,
            "response_channel is \"%.60s\", expected an Aeron channel of at most 1024 bytes",
            response);
    }
    if (o.timeout_ns < 0) {
        return tpi_fail(TP_EINVAL, "timeout_ns is %lld, expected 0 (default) or more",
                        (long long)o.timeout_ns);
    }
    tp_discovery_client_t *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return tpi_fail(TP_ENOMEM, "discovery client");
    }
    d->client = client;
    d->response_stream_id = o.response_stream_id;
    d->timeout_ns = o.timeout_ns != 0 ? o.timeout_ns : TIMEOUT_NS;
    d->client_id = o.client_id != 0 ? o.client_id : (uint32_t)tpi_client_random(client) | 1u;
    d->response_channel = malloc(strlen(response) + 1);
    rc = d->response_channel == NULL ? tpi_fail(TP_ENOMEM, "discovery client") : TP_OK;
    if (rc == TP_OK) {
        memcpy(d->response_channel, response, strlen(response) + 1);
        rc = tpi_link_add_subscription(client->link, &d->sub, response,
                                       (int32_t)o.response_stream_id, NULL, NULL);
    }
    rc = rc != TP_OK ? rc
                     : tpi_link_add_publication(client->link, &d->pub, request,
                                                (int32_t)o.request_stream_id, false);
    if (rc != TP_OK) {
        tp_discovery_client_destroy(d);
        return rc;
    }
    *out = d;
    return TP_OK;
}

static void forget(tp_discovery_client_t *d)
{
    for (size_t i = 0; i < d->count; i++) {
        free(d->kept[i].block);
    }
    d->count = 0;
    d->error[0] = '\0';
}

void tp_discovery_client_destroy(tp_discovery_client_t *d)
{
    if (d == NULL) {
        return;
    }
    forget(d);
    tpi_subscription_close(d->sub);
    tpi_publication_close(d->pub);
    free(d->response_channel);
    free(d->request);
    free(d->kept);
    free(d->results);
    free(d);
}

/* ---- asking ---- */

static tpi_view_t view_of(const char *text)
{
    return (tpi_view_t){ (const uint8_t *)text, text != NULL ? (uint32_t)strlen(text) : 0 };
}

int tp_discovery_query(tp_discovery_client_t *d, const tp_discovery_query_t *query)
{
    tp_discovery_query_t q;
    int rc = tpi_options_read(&q, sizeof q, query, "discovery query");
    if (rc != TP_OK) {
        return rc;
    }
    if (q.ntags > TPI_MAX_TAGS || (q.ntags > 0 && q.tags == NULL)) {
        return tpi_fail(TP_EINVAL, "%zu tags, at most %d are possible", q.ntags, TPI_MAX_TAGS);
    }
    tpi_discovery_request_t *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return tpi_fail(TP_ENOMEM, "discovery query");
    }
    /* Rule: S-10 */
    const uint64_t request_id = (uint64_t)d->client_id << 32 | ++d->counter;
    m->request_id = request_id;
    m->client_id = d->client_id;
    m->response_stream_id = d->response_stream_id;
    m->stream_id = q.stream_id;
    m->producer_id = q.producer_id;
    m->data_source_id = q.data_source_id;
    m->response_channel = view_of(d->response_channel);
    m->data_source_name = view_of(q.data_source_name);
    m->ntags = (uint16_t)q.ntags;
    size_t need = 64 + m->response_channel.len + m->data_source_name.len;
    for (size_t i = 0; i < q.ntags; i++) {
        m->tags[i] = view_of(q.tags[i]);
        need += 4 + m->tags[i].len;
    }
    uint8_t *request = malloc(need);
    const int len = request != NULL ? tpi_discovery_request_encode(request, need, m)
                                    : tpi_fail(TP_ENOMEM, "discovery query");
    free(m);
    if (len < 0) {
        free(request);
        return len;
    }
    forget(d);
    free(d->request);
    d->request = request;
    d->request_len = (size_t)len;
    d->request_id = request_id;
    d->is_first_enough = q.is_first_enough;
    d->state = TP_DISCOVERY_ASKING;
    d->deadline_ns = tpi_client_clock(d->client) + d->timeout_ns;
    return TP_OK;
}

/* ---- answers ---- */

static const char *copy_text(char **at, tpi_view_t text)
{
    char *copy = *at;
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';
    *at += (size_t)text.len + 1;
    return copy;
}

/* False: no memory. */
static bool copy_result(const tpi_discovery_result_t *r, kept_t *out)
{
    size_t size = r->npools * sizeof(tp_discovery_pool_t) + r->ntags * sizeof(char *) +
                  r->header_region_uri.len + r->data_source_name.len + r->driver_instance_id.len +
                  r->driver_control_channel.len + 4;
    for (uint16_t i = 0; i < r->npools; i++) {
        size += (size_t)r->pools[i].region_uri.len + 1;
    }
    for (uint16_t i = 0; i < r->ntags; i++) {
        size += (size_t)r->tags[i].len + 1;
    }
    out->block = malloc(size);
    if (out->block == NULL) {
        return false;
    }
    tp_discovery_pool_t *pools = (void *)out->block;
    const char **tags = (void *)(out->block + r->npools * sizeof *pools);
    char *at = out->block + r->npools * sizeof *pools + r->ntags * sizeof *tags;
    for (uint16_t i = 0; i < r->npools; i++) {
        pools[i] = (tp_discovery_pool_t){ .pool_id = r->pools[i].pool_id,
                                          .nslots = r->pools[i].nslots,
                                          .stride_bytes = r->pools[i].stride_bytes,
                                          .region_uri = copy_text(&at, r->pools[i].region_uri) };
    }
    for (uint16_t i = 0; i < r->ntags; i++) {
        tags[i] = copy_text(&at, r->tags[i]);
    }
    out->found = (tp_discovery_found_t){
        .stream_id = r->stream_id,
        .producer_id = r->producer_id,
        .epoch = r->epoch,
        .layout_version = r->layout_version,
        .nslots = r->header_nslots,
        .data_source_id = r->data_source_id,
        .data_source_name = copy_text(&at, r->data_source_name),
        .driver_instance_id = copy_text(&at, r->driver_instance_id),
        .driver_control_channel = copy_text(&at, r->driver_control_channel),
        .driver_control_stream_id = r->driver_control_stream_id,
        .header_region_uri = copy_text(&at, r->header_region_uri),
        .pools = pools,
        .npools = r->npools,
        .tags = tags,
        .ntags = r->ntags,
    };
    return true;
}

static bool is_text(tpi_view_t text)
{
    return tpi_wire_is_ascii(text.data, text.len);
}

/* Rule: S-15, S-16, S-17, C-2 */
static bool is_valid(const tpi_discovery_result_t *r)
{
    bool is_good = r->driver_control_stream_id != 0 && r->driver_control_stream_id <= INT32_MAX &&
                   r->driver_control_channel.len > 0 && r->driver_control_channel.len <= 1024 &&
                   r->driver_instance_id.len <= 128 && r->header_slot_bytes == SLOT_BYTES &&
                   r->max_dims == MAX_DIMS && r->npools <= TPI_MAX_POOLS &&
                   r->ntags <= TPI_MAX_TAGS && is_text(r->driver_control_channel) &&
                   is_text(r->driver_instance_id) && is_text(r->data_source_name) &&
                   is_text(r->header_region_uri);
    for (uint16_t i = 0; is_good && i < r->npools; i++) {
        is_good = r->pools[i].nslots == r->header_nslots && is_text(r->pools[i].region_uri);
    }
    for (uint16_t i = 0; is_good && i < r->ntags; i++) {
        is_good = is_text(r->tags[i]);
    }
    return is_good;
}

static int compare(const tp_discovery_found_t *a, const tp_discovery_found_t *b)
{
    const int order = strcmp(a->driver_instance_id, b->driver_instance_id);
    return order != 0 ? order : (a->stream_id > b->stream_id) - (a->stream_id < b->stream_id);
}

/* Rule: S-31 each stream of a driver once, with the highest epoch that anybody knows */
static void keep(tp_discovery_client_t *d, kept_t *kept)
{
    size_t i = 0;
    int order = 1;
    while (i < d->count && (order = compare(&d->kept[i].found, &kept->found)) < 0) {
        i++;
    }
    if (i < d->count && order == 0) {
        kept_t *known = &d->kept[i];
        if (kept->found.epoch <= known->found.epoch) {
            free(kept->block);
            return;
        }
        free(known->block);
        *known = *kept;
        return;
    }
    if (d->count == d->cap) {
        const size_t cap = d->cap == 0 ? 16 : 2 * d->cap;
        kept_t *grown = cap <= RESULTS_MAX ? realloc(d->kept, cap * sizeof *grown) : NULL;
        if (grown != NULL) {
            d->kept = grown;
        }
        tp_discovery_found_t *results =
            grown != NULL ? realloc(d->results, cap * sizeof *results) : NULL;
        if (results == NULL) {
            free(kept->block);
            return;
        }
        d->results = results;
        d->cap = cap;
    }
    memmove(&d->kept[i + 1], &d->kept[i], (d->count - i) * sizeof *d->kept);
    d->kept[i] = *kept;
    d->count++;
}

static void on_response(void *clientd, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    tp_discovery_client_t *d = clientd;
    tpi_discovery_reader_t reader;
    tpi_wire_header_t header;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_DISCOVERY_SCHEMA_ID ||
        header.template_id != TPI_DISCOVERY_RESPONSE) {
        return; /* Rule: S-11 */
    }
    if (tpi_discovery_open(&reader, data, len) != TP_OK) {
        d->stats.ignored_decode++;
        return;
    }
    if (reader.request_id != d->request_id || d->state != TP_DISCOVERY_WAITING) {
        d->stats.foreign++; /* Rule: S-10 */
        return;
    }
    d->stats.responses++;
    while (tpi_discovery_next(&reader, &d->result)) {
        kept_t kept;
        if (reader.status != TPI_DISCOVERY_OK) {
            continue; /* Rule: S-13 */
        }
        if (!is_valid(&d->result)) {
            d->stats.skipped_invalid++;
        } else if (copy_result(&d->result, &kept)) {
            keep(d, &kept);
        }
    }
    if (reader.error_message.len > 0) {
        memcpy(d->error, reader.error_message.data, reader.error_message.len);
        d->error[reader.error_message.len] = '\0';
    }
}

int tp_discovery_client_do_work(tp_discovery_client_t *d)
{
    int work = tp_client_do_work(d->client);
    const int64_t now_ns = tpi_client_clock(d->client);
    /* Rule: S-5 first an ear, then the question */
    if (d->state == TP_DISCOVERY_ASKING && tpi_subscription_is_ready(d->sub) &&
        tpi_publication_offer(d->pub, d->request, d->request_len) == TPI_SEND_OK) {
        d->state = TP_DISCOVERY_WAITING;
        d->deadline_ns = now_ns + d->timeout_ns;
        work++;
    }
    work += tpi_subscription_poll(d->sub, on_response, d, POLL_LIMIT);
    if (d->state == TP_DISCOVERY_ASKING && now_ns - d->deadline_ns >= 0) {
        char why[160];
        if (tpi_client_is_connected(d->client, why, sizeof why)) {
            snprintf(why, sizeof why, "nobody listens for discovery requests there");
        }
        memcpy(d->error, why, sizeof why);
        d->state = TP_DISCOVERY_DONE;
    } else if (d->state == TP_DISCOVERY_WAITING &&
               (now_ns - d->deadline_ns >= 0 || (d->is_first_enough && d->count > 0))) {
        d->state = TP_DISCOVERY_DONE; /* Rule: S-31 several may answer */
    }
    return work;
}

/* ---- looking ---- */

tp_discovery_state_t tp_discovery_client_state(const tp_discovery_client_t *d)
{
    return d->state;
}

size_t tp_discovery_results(const tp_discovery_client_t *d, const tp_discovery_found_t **out)
{
    for (size_t i = 0; i < d->count; i++) {
        d->results[i] = d->kept[i].found;
    }
    *out = d->results;
    return d->count;
}

const char *tp_discovery_error(const tp_discovery_client_t *d)
{
    return d->error;
}

void tp_discovery_client_stats(const tp_discovery_client_t *d, tp_discovery_client_stats_t *out)
{
    *out = d->stats;
}

int tp_discovery_find(tp_discovery_client_t *d, const tp_discovery_query_t *query)
{
    const int rc = tp_discovery_query(d, query);
    uint32_t idle = 0;
    bool was_asked = false;
    /* Also when the client's own clock stands still. */
    const int64_t give_up_ns = tpi_monotonic_ns() + 2 * d->timeout_ns;
    while (rc == TP_OK && d->state != TP_DISCOVERY_DONE && give_up_ns - tpi_monotonic_ns() > 0) {
        tp_idle(&idle, tp_discovery_client_do_work(d));
        was_asked = was_asked || d->state == TP_DISCOVERY_WAITING;
    }
    if (rc != TP_OK || d->count > 0) {
        return rc;
    }
    return was_asked ? tpi_fail(TP_ENOENT, "no stream matches%s%s", d->error[0] != '\0' ? ": " : "",
                                d->error)
                     : tpi_fail(TP_ETIMEDOUT, "%s", d->error);
}
