/*
 * qos/monitor.c - two tables, sorted by (stream id, own id), fed by one subscription.
 */
#include "tensorpool/qos.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/client_internal.h"
#include "wire/codec.h"

enum { POLL_LIMIT = 256, CAPACITY_DEFAULT = 256, CAPACITY_MAX = 65536 };
#define EXPIRY_NS INT64_C(10000000000)

/* Either kind of entry starts with its two ids; the table knows where the rest is. */
typedef struct table {
    uint8_t *entries;
    size_t size;        /* of an entry */
    size_t received_at; /* offset of received_ns */
    size_t count, capacity;
} table_t;

struct tp_qos_monitor {
    tp_client_t *client;
    tpi_subscription_t *sub;
    tp_qos_monitor_options_t options;
    table_t producers, consumers;
    tp_qos_monitor_stats_t stats;
    int64_t now_ns;
    int64_t sweep_ns; /* when something may expire next */
};

/* ---- tables ---- */

static uint8_t *entry_at(const table_t *table, size_t i)
{
    return table->entries + i * table->size;
}

static uint64_t key_at(const table_t *table, size_t i)
{
    uint32_t ids[2];
    memcpy(ids, entry_at(table, i), sizeof ids);
    return (uint64_t)ids[0] << 32 | ids[1];
}

static int64_t received_at(const table_t *table, size_t i)
{
    int64_t received_ns;
    memcpy(&received_ns, entry_at(table, i) + table->received_at, sizeof received_ns);
    return received_ns;
}

/* Position of the first key that is not smaller. */
static size_t position(const table_t *table, uint64_t key)
{
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (key_at(table, middle) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void remove_at(table_t *table, size_t i)
{
    memmove(entry_at(table, i), entry_at(table, i + 1), (table->count - i - 1) * table->size);
    table->count--;
}

/* The entry of that key, a zeroed one if it is new. Rule: U-2 keyed by stream and id. */
static void *entry_of(tp_qos_monitor_t *monitor, table_t *table, uint32_t stream_id, uint32_t id)
{
    const uint64_t key = (uint64_t)stream_id << 32 | id;
    size_t i = position(table, key);
    if (i < table->count && key_at(table, i) == key) {
        return entry_at(table, i);
    }
    if (table->count == table->capacity) {
        size_t stalest = 0;
        for (size_t k = 1; k < table->count; k++) {
            if (received_at(table, k) < received_at(table, stalest)) {
                stalest = k;
            }
        }
        remove_at(table, stalest);
        monitor->stats.evicted++;
        i = position(table, key);
    }
    memmove(entry_at(table, i + 1), entry_at(table, i), (table->count - i) * table->size);
    table->count++;
    memset(entry_at(table, i), 0, table->size);
    const uint32_t ids[2] = { stream_id, id };
    memcpy(entry_at(table, i), ids, sizeof ids);
    return entry_at(table, i);
}

static void expire(tp_qos_monitor_t *monitor, table_t *table, int64_t *next_ns)
{
    for (size_t i = table->count; i-- > 0;) {
        const int64_t due_ns = received_at(table, i) + monitor->options.expiry_ns;
        if (monitor->now_ns - due_ns >= 0) {
            remove_at(table, i);
            monitor->stats.expired++;
        } else if (due_ns < *next_ns) {
            *next_ns = due_ns;
        }
    }
}

static bool find(const table_t *table, uint32_t stream_id, uint32_t id, void *out)
{
    const uint64_t key = (uint64_t)stream_id << 32 | id;
    const size_t i = position(table, key);
    if (i == table->count || key_at(table, i) != key) {
        return false;
    }
    memcpy(out, entry_at(table, i), table->size);
    return true;
}

static size_t copy(const table_t *table, void *out, size_t cap)
{
    const size_t count = table->count < cap ? table->count : cap;
    if (count > 0) {
        memcpy(out, table->entries, count * table->size);
    }
    return table->count;
}

/* ---- messages ---- */

static void on_producer(tp_qos_monitor_t *monitor, const tpi_qos_producer_t *qos)
{
    tp_qos_producer_t *p = entry_of(monitor, &monitor->producers, qos->stream_id, qos->producer_id);
    p->epoch = qos->epoch;
    p->current_seq = qos->current_seq;
    p->watermark = qos->watermark == TPI_NULL_U32 ? 0 : qos->watermark; /* Rule: W-127 */
    p->received_ns = monitor->now_ns;
    p->messages++;
    monitor->stats.messages++;
}

static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0; /* less: another life under the same id */
}

static void on_consumer(tp_qos_monitor_t *monitor, const tpi_qos_consumer_t *qos)
{
    tp_qos_consumer_t *c = entry_of(monitor, &monitor->consumers, qos->stream_id, qos->consumer_id);
    const bool is_known = c->messages > 0;
    const uint64_t gap = is_known ? grown(qos->drops_gap, c->drops_gap) : 0;
    const uint64_t late = is_known ? grown(qos->drops_late, c->drops_late) : 0;
    c->epoch = qos->epoch;
    c->last_seq_seen = qos->last_seq_seen;
    c->drops_gap = qos->drops_gap;
    c->drops_late = qos->drops_late;
    c->is_rate_limited = qos->mode == TPI_MODE_RATE_LIMITED;
    c->received_ns = monitor->now_ns;
    c->messages++;
    monitor->stats.messages++;
    if (gap + late > 0) { /* Rule: U-8 */
        monitor->stats.drop_reports++;
        if (monitor->options.drops != NULL) {
            const tp_qos_consumer_t told = *c;
            monitor->options.drops(monitor->options.clientd, &told, gap, late);
        }
    }
}

static void on_message(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tp_qos_monitor_t *monitor = clientd;
    tpi_wire_header_t header;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return; /* Rule: W-9 the stream may be shared */
    }
    tpi_qos_producer_t producer;
    tpi_qos_consumer_t consumer;
    if (header.template_id == TPI_QOS_PRODUCER) {
        if (tpi_qos_producer_decode(data, len, &producer) == TP_OK) {
            on_producer(monitor, &producer);
        } else {
            monitor->stats.ignored_decode++;
        }
    } else if (header.template_id == TPI_QOS_CONSUMER) {
        if (tpi_qos_consumer_decode(data, len, &consumer) == TP_OK) {
            on_consumer(monitor, &consumer);
        } else {
            monitor->stats.ignored_decode++;
        }
    }
}

/* ---- life ---- */

static int table_init(table_t *table, uint32_t capacity, size_t size, size_t offset)
{
    table->capacity = capacity;
    table->size = size;
    table->received_at = offset;
    table->entries = calloc((size_t)capacity + 1, size); /* one more to move into */
    return table->entries != NULL ? TP_OK : tpi_fail(TP_ENOMEM, "QoS monitor");
}

int tp_qos_monitor_create(tp_qos_monitor_t **out, tp_client_t *client,
                          const tp_qos_monitor_options_t *options)
{
    tp_qos_monitor_options_t o = TP_QOS_MONITOR_OPTIONS_INIT;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = options == NULL ? TP_OK : tpi_options_read(&o, sizeof o, options, "QoS monitor");
    if (rc != TP_OK) {
        return rc;
    }
    o.capacity = o.capacity != 0 ? o.capacity : CAPACITY_DEFAULT;
    o.expiry_ns = o.expiry_ns != 0 ? o.expiry_ns : EXPIRY_NS;
    if (o.capacity > CAPACITY_MAX || o.expiry_ns < 0) {
        return o.expiry_ns < 0
                   ? tpi_fail(TP_EINVAL, "expiry_ns is %lld, expected 0 (default) or more",
                              (long long)o.expiry_ns)
                   : tpi_fail(TP_EINVAL, "capacity is %u, expected at most %d", o.capacity,
                              CAPACITY_MAX);
    }
    tp_qos_monitor_t *monitor = calloc(1, sizeof *monitor);
    if (monitor == NULL) {
        return tpi_fail(TP_ENOMEM, "QoS monitor");
    }
    monitor->client = client;
    monitor->options = o;
    rc = table_init(&monitor->producers, o.capacity, sizeof(tp_qos_producer_t),
                    offsetof(tp_qos_producer_t, received_ns));
    rc = rc != TP_OK ? rc
                     : table_init(&monitor->consumers, o.capacity, sizeof(tp_qos_consumer_t),
                                  offsetof(tp_qos_consumer_t, received_ns));
    rc = rc != TP_OK
             ? rc
             : tpi_link_add_subscription(client->link, &monitor->sub, client->options.qos_channel,
                                         client->options.qos_stream_id, NULL, NULL);
    if (rc != TP_OK) {
        tp_qos_monitor_destroy(monitor);
        return rc;
    }
    *out = monitor;
    return TP_OK;
}

void tp_qos_monitor_destroy(tp_qos_monitor_t *monitor)
{
    if (monitor == NULL) {
        return;
    }
    tpi_subscription_close(monitor->sub);
    free(monitor->producers.entries);
    free(monitor->consumers.entries);
    free(monitor);
}

int tp_qos_monitor_poll(tp_qos_monitor_t *monitor)
{
    /* Rule: C-9 times of receipt, by our clock */
    monitor->now_ns = tpi_client_clock(monitor->client);
    int work = tpi_subscription_poll(monitor->sub, on_message, monitor, POLL_LIMIT);
    if (work > 0 || monitor->now_ns - monitor->sweep_ns >= 0) {
        int64_t next_ns = monitor->now_ns + monitor->options.expiry_ns;
        const uint64_t expired = monitor->stats.expired;
        expire(monitor, &monitor->producers, &next_ns);
        expire(monitor, &monitor->consumers, &next_ns);
        monitor->sweep_ns = next_ns;
        work += (int)(monitor->stats.expired - expired);
    }
    return work;
}

/* ---- looking ---- */

size_t tp_qos_monitor_producers(const tp_qos_monitor_t *monitor, tp_qos_producer_t *out, size_t cap)
{
    return copy(&monitor->producers, out, cap);
}

size_t tp_qos_monitor_consumers(const tp_qos_monitor_t *monitor, tp_qos_consumer_t *out, size_t cap)
{
    return copy(&monitor->consumers, out, cap);
}

bool tp_qos_monitor_find_producer(const tp_qos_monitor_t *monitor, uint32_t stream_id,
                                  uint32_t producer_id, tp_qos_producer_t *out)
{
    return find(&monitor->producers, stream_id, producer_id, out);
}

bool tp_qos_monitor_find_consumer(const tp_qos_monitor_t *monitor, uint32_t stream_id,
                                  uint32_t consumer_id, tp_qos_consumer_t *out)
{
    return find(&monitor->consumers, stream_id, consumer_id, out);
}

void tp_qos_monitor_stats(const tp_qos_monitor_t *monitor, tp_qos_monitor_stats_t *out)
{
    *out = monitor->stats;
}
