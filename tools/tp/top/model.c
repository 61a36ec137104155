#include "top/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

_Static_assert(TP_DROP_REMAP == 8, "eight causes from overrun to payload, then remap");

/* Room for one more; NULL: no memory. */
static void *grow(tp_top_snapshot_t *snapshot, void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return array;
    }
    const size_t wanted = *cap == 0 ? 32 : *cap * 2;
    void *larger = realloc(array, wanted * size);
    if (larger == NULL) {
        snapshot->failed = true;
        return NULL;
    }
    *cap = wanted;
    return larger;
}

static tp_top_stream_t *find_stream(const tp_top_snapshot_t *snapshot, uint32_t stream_id)
{
    for (size_t i = snapshot->nstreams; i-- > 0;) {
        if (snapshot->streams[i].stream_id == stream_id) {
            return &snapshot->streams[i];
        }
    }
    return NULL;
}

static tp_top_stream_t *stream_of(tp_top_snapshot_t *snapshot, uint32_t stream_id)
{
    tp_top_stream_t *stream = find_stream(snapshot, stream_id);
    if (stream != NULL) {
        return stream;
    }
    void *streams = grow(snapshot, snapshot->streams, snapshot->nstreams, &snapshot->streams_cap,
                         sizeof *snapshot->streams);
    if (streams == NULL) {
        return NULL;
    }
    snapshot->streams = streams;
    stream = &snapshot->streams[snapshot->nstreams++];
    *stream = (tp_top_stream_t){ .stream_id = stream_id };
    return stream;
}

static tp_top_client_t *find_client(const tp_top_snapshot_t *snapshot, uint32_t stream_id,
                                    uint32_t client_id, bool is_producer)
{
    /* From the end: the counters of one role follow each other. */
    for (size_t i = snapshot->nclients; i-- > 0;) {
        tp_top_client_t *client = &snapshot->clients[i];
        if (client->client_id == client_id && client->stream_id == stream_id &&
            client->is_producer == is_producer) {
            return client;
        }
    }
    return NULL;
}

static tp_top_client_t *client_of(tp_top_snapshot_t *snapshot, uint32_t stream_id,
                                  uint32_t client_id, bool is_producer)
{
    tp_top_client_t *client = find_client(snapshot, stream_id, client_id, is_producer);
    if (client != NULL) {
        return client;
    }
    void *clients = grow(snapshot, snapshot->clients, snapshot->nclients, &snapshot->clients_cap,
                         sizeof *snapshot->clients);
    if (clients == NULL || stream_of(snapshot, stream_id) == NULL) {
        snapshot->clients = clients != NULL ? clients : snapshot->clients;
        return NULL;
    }
    snapshot->clients = clients;
    client = &snapshot->clients[snapshot->nclients++];
    *client = (tp_top_client_t){ .stream_id = stream_id,
                                 .client_id = client_id,
                                 .is_producer = is_producer };
    return client;
}

static void add_stream(tp_top_snapshot_t *snapshot, const tpi_counter_view_t *counter)
{
    if (counter->key_len < 10) {
        return;
    }
    tp_top_stream_t *stream = stream_of(snapshot, tpi_get_u32(counter->key));
    if (stream == NULL) {
        return;
    }
    const char *path = (const char *)counter->key + 10;
    const size_t room = sizeof stream->header_path - 1;
    const size_t len = strnlen(path, counter->key_len - 10 < room ? counter->key_len - 10 : room);
    stream->has_counter = true;
    stream->epoch = (uint64_t)counter->value;
    stream->nslots = tpi_get_u32(counter->key + 4);
    stream->npools = tpi_get_u16(counter->key + 8);
    memcpy(stream->header_path, path, len);
    stream->header_path[len] = '\0';
}

static void add_lease(tp_top_snapshot_t *snapshot, const tpi_counter_view_t *counter)
{
    if (counter->key_len < 17 || counter->key[16] < 1 || counter->key[16] > 2) {
        return;
    }
    tp_top_client_t *client = client_of(snapshot, tpi_get_u32(counter->key + 8),
                                        tpi_get_u32(counter->key + 12), counter->key[16] == 1);
    if (client != NULL) {
        client->has_lease = true;
        client->lease_id = tpi_get_u64(counter->key);
        client->expires_ns = counter->value;
    }
}

static void add_value(tp_top_snapshot_t *snapshot, const tpi_counter_view_t *counter)
{
    if (counter->key_len < 12 || tpi_get_u32(counter->key) >= TP_TOP_VALUES) {
        return;
    }
    const uint32_t which = tpi_get_u32(counter->key);
    tp_top_client_t *client =
        client_of(snapshot, tpi_get_u32(counter->key + 4), tpi_get_u32(counter->key + 8),
                  counter->type_id == TPI_COUNTER_PRODUCER);
    if (client != NULL) {
        client->known |= 1u << which;
        client->values[which] = counter->value;
    }
}

static void add_figure(tp_top_snapshot_t *snapshot, const tpi_counter_view_t *counter)
{
    void *figures = grow(snapshot, snapshot->figures, snapshot->nfigures, &snapshot->figures_cap,
                         sizeof *snapshot->figures);
    if (figures == NULL || counter->key_len < 4) {
        snapshot->figures = figures != NULL ? figures : snapshot->figures;
        return;
    }
    snapshot->figures = figures;
    tp_top_figure_t *figure = &snapshot->figures[snapshot->nfigures++];
    *figure = (tp_top_figure_t){ .counter_id = counter->counter_id,
                                 .type_id = counter->type_id,
                                 .which = tpi_get_u32(counter->key),
                                 .value = counter->value };
    snprintf(figure->label, sizeof figure->label, "%s", counter->label);
    for (char *c = figure->label; *c != '\0'; c++) {
        *c = *c < ' ' || *c > '~' ? '?' : *c; /* it ends up on a terminal */
    }
}

void tp_top_begin(tp_top_snapshot_t *snapshot, int64_t at_ns)
{
    snapshot->at_ns = at_ns;
    snapshot->nstreams = snapshot->nclients = snapshot->nfigures = 0;
    snapshot->ncounters = 0;
    snapshot->failed = false;
    memset(&snapshot->media_driver, 0, sizeof snapshot->media_driver);
}

void tp_top_add(void *clientd, const tpi_counter_view_t *counter)
{
    tp_top_snapshot_t *snapshot = clientd;
    snapshot->ncounters++;
    switch (counter->type_id) {
    case TPI_COUNTER_STREAM:
        add_stream(snapshot, counter);
        break;
    case TPI_COUNTER_LEASE:
        add_lease(snapshot, counter);
        break;
    case TPI_COUNTER_PRODUCER:
    case TPI_COUNTER_CONSUMER:
        add_value(snapshot, counter);
        break;
    case TPI_COUNTER_DRIVER:
    case TPI_COUNTER_RATE_LIMITER:
    case TPI_COUNTER_BRIDGE:
    case TPI_COUNTER_DISCOVERY:
    case TPI_COUNTER_SUPERVISOR:
        add_figure(snapshot, counter);
        break;
    default:
        break;
    }
}

void tp_top_fini(tp_top_snapshot_t *snapshot)
{
    free(snapshot->streams);
    free(snapshot->clients);
    free(snapshot->figures);
    memset(snapshot, 0, sizeof *snapshot);
}

/* ---- two snapshots ---- */

static double per_s(int64_t now, int64_t before, double seconds)
{
    const double gone = now >= before ? (double)now - (double)before : (double)now;
    return seconds > 0 && gone > 0 ? gone / seconds : 0;
}

static bool knows(const tp_top_client_t *client, uint32_t which)
{
    return (client->known >> which & 1u) != 0;
}

int64_t tp_top_drops(const tp_top_client_t *client, tp_drop_cause_t cause)
{
    return cause == TP_DROP_REMAP ? client->values[TP_TOP_DROPS_REMAP]
                                  : client->values[TP_TOP_OVERRUN + (int)cause];
}

static double all_drops(const tp_top_client_t *client)
{
    double sum = 0;
    for (int i = 0; !client->is_producer && i < TP_DROP_CAUSES; i++) {
        sum += (double)tp_top_drops(client, (tp_drop_cause_t)i);
    }
    return sum;
}

/* How many frames the stream went on by since `before`, as the ring says. */
static int64_t ring_gone(const tp_top_snapshot_t *now, const tp_top_snapshot_t *before,
                         uint32_t stream_id)
{
    const tp_top_stream_t *a = find_stream(before, stream_id);
    const tp_top_stream_t *b = find_stream(now, stream_id);
    const bool known = a != NULL && b != NULL && a->has_newest && b->has_newest &&
                       a->epoch == b->epoch && b->newest_seq >= a->newest_seq;
    return known ? (int64_t)(b->newest_seq - a->newest_seq) : 0;
}

static void compare_client(tp_top_snapshot_t *now, const tp_top_snapshot_t *before,
                           tp_top_client_t *client, double seconds)
{
    if (!client->is_producer) {
        client->has_lag = knows(client, TP_TOP_LAG);
        client->lag = client->values[TP_TOP_LAG] > 0 ? client->values[TP_TOP_LAG] : 0;
    }
    const tp_top_client_t *was =
        before == NULL
            ? NULL
            : find_client(before, client->stream_id, client->client_id, client->is_producer);
    if (was == NULL || seconds <= 0 || !knows(client, 0) || !knows(was, 0)) {
        return;
    }
    const int bytes = client->is_producer ? TP_TOP_PRODUCER_BYTES : TP_TOP_CONSUMER_BYTES;
    client->has_rate = true;
    client->frames_per_s = per_s(client->values[0], was->values[0], seconds);
    client->mib_per_s = per_s(client->values[bytes], was->values[bytes], seconds) / 1048576;
    const double lost = all_drops(client) - all_drops(was);
    client->drops_per_s = lost > 0 ? lost / seconds : 0;
    /* Whose counters stand still while the stream goes on does not say its lag any more. */
    const int64_t gone = client->is_producer ? 0 : ring_gone(now, before, client->stream_id);
    if (client->has_lag && was->has_lag && gone > 0 &&
        memcmp(client->values, was->values, sizeof client->values) == 0) {
        client->is_silent = true;
        client->lag = was->lag <= INT64_MAX - gone ? was->lag + gone : INT64_MAX;
    }
}

static void sum_up(tp_top_snapshot_t *now, const tp_top_client_t *client)
{
    tp_top_stream_t *stream = find_stream(now, client->stream_id);
    if (client->is_producer) {
        if (client->has_rate) {
            stream->has_rate = true;
            stream->frames_per_s += client->frames_per_s;
            stream->mib_per_s += client->mib_per_s;
        }
        return;
    }
    stream->nconsumers++;
    if (client->has_lag && stream->nslots > 0) {
        const int64_t left =
            client->lag < (int64_t)stream->nslots ? (int64_t)stream->nslots - client->lag : 0;
        if (!stream->has_margin || left < stream->margin) {
            stream->has_margin = true;
            stream->margin = left;
            stream->slowest_client_id = client->client_id;
        }
    }
}

void tp_top_compare(tp_top_snapshot_t *now, const tp_top_snapshot_t *before)
{
    const double seconds = before == NULL ? 0 : (double)(now->at_ns - before->at_ns) / 1e9;
    for (size_t i = 0; i < now->nclients; i++) {
        compare_client(now, before, &now->clients[i], seconds);
        sum_up(now, &now->clients[i]);
    }
    for (size_t i = 0; i < now->nfigures && before != NULL && seconds > 0; i++) {
        tp_top_figure_t *figure = &now->figures[i];
        for (size_t j = 0; j < before->nfigures; j++) {
            const tp_top_figure_t *was = &before->figures[j];
            if (was->counter_id == figure->counter_id && was->type_id == figure->type_id &&
                strcmp(was->label, figure->label) == 0) {
                figure->has_rate = true;
                figure->per_s = per_s(figure->value, was->value, seconds);
                break;
            }
        }
    }
    tp_top_sort(now, TP_TOP_BY_STREAM);
}

bool tp_top_driver_sum(const tp_top_snapshot_t *snapshot, uint32_t which, int64_t *out_value,
                       double *out_per_s)
{
    bool found = false;
    double value = 0;
    *out_value = 0;
    *out_per_s = 0;
    for (size_t i = 0; i < snapshot->nfigures; i++) {
        const tp_top_figure_t *figure = &snapshot->figures[i];
        if (figure->type_id == TPI_COUNTER_DRIVER && figure->which == which) {
            found = true;
            value += (double)figure->value;
            *out_per_s += figure->per_s;
        }
    }
    *out_value = value < 9e18 && value > -9e18 ? (int64_t)value : 0;
    return found;
}

/* ---- order ---- */

static int ascending(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int descending(double a, double b)
{
    return a > b ? -1 : a < b;
}

static int streams_by_id(const void *a, const void *b)
{
    return ascending(((const tp_top_stream_t *)a)->stream_id,
                     ((const tp_top_stream_t *)b)->stream_id);
}

static int streams_by_rate(const void *a, const void *b)
{
    const int order = descending(((const tp_top_stream_t *)a)->frames_per_s,
                                 ((const tp_top_stream_t *)b)->frames_per_s);
    return order != 0 ? order : streams_by_id(a, b);
}

static int streams_by_margin(const void *a, const void *b)
{
    const tp_top_stream_t *x = a;
    const tp_top_stream_t *y = b;
    const int order = descending(x->has_margin ? -(double)x->margin : -INFINITY,
                                 y->has_margin ? -(double)y->margin : -INFINITY);
    return order != 0 ? order : streams_by_id(a, b);
}

static int clients_by_stream(const void *a, const void *b)
{
    const tp_top_client_t *x = a;
    const tp_top_client_t *y = b;
    if (x->stream_id != y->stream_id) {
        return ascending(x->stream_id, y->stream_id);
    }
    return x->is_producer != y->is_producer ? (x->is_producer ? -1 : 1)
                                            : ascending(x->client_id, y->client_id);
}

static int clients_by_rate(const void *a, const void *b)
{
    const int order = descending(((const tp_top_client_t *)a)->frames_per_s,
                                 ((const tp_top_client_t *)b)->frames_per_s);
    return order != 0 ? order : clients_by_stream(a, b);
}

static int clients_by_drops(const void *a, const void *b)
{
    const tp_top_client_t *x = a;
    const tp_top_client_t *y = b;
    const int order = descending(x->drops_per_s, y->drops_per_s);
    const int total = order != 0 ? order : descending(all_drops(x), all_drops(y));
    return total != 0 ? total : clients_by_stream(a, b);
}

static int clients_by_lag(const void *a, const void *b)
{
    const int order = descending((double)((const tp_top_client_t *)a)->lag,
                                 (double)((const tp_top_client_t *)b)->lag);
    return order != 0 ? order : clients_by_stream(a, b);
}

static const struct {
    const char *name;
    int (*streams)(const void *a, const void *b);
    int (*clients)(const void *a, const void *b);
} orders[TP_TOP_ORDERS] = {
    [TP_TOP_BY_STREAM] = { "stream", streams_by_id, clients_by_stream },
    [TP_TOP_BY_RATE] = { "rate", streams_by_rate, clients_by_rate },
    [TP_TOP_BY_DROPS] = { "drops", streams_by_margin, clients_by_drops },
    [TP_TOP_BY_LAG] = { "lag", streams_by_margin, clients_by_lag },
};

const char *tp_top_order_name(tp_top_order_t order)
{
    return orders[order].name;
}

void tp_top_sort(tp_top_snapshot_t *snapshot, tp_top_order_t order)
{
    if (snapshot->nstreams > 0) {
        qsort(snapshot->streams, snapshot->nstreams, sizeof *snapshot->streams,
              orders[order].streams);
    }
    if (snapshot->nclients > 0) {
        qsort(snapshot->clients, snapshot->nclients, sizeof *snapshot->clients,
              orders[order].clients);
    }
}
