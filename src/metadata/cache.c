/*
 * metadata/cache.c - what was said of streams, kept as it came: a view into a kept message needs no second form.
 */
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/fail.h"
#include "client/client_internal.h"
#include "tensorpool/metadata.h"
#include "wire/meta.h"

enum { POLL_LIMIT = 64, STREAMS_DEFAULT = 256, VERSIONS_DEFAULT = 4, VERSIONS_MAX = 64 };
#define BLOB_BYTES_DEFAULT (UINT64_C(64) << 20)
#define MESSAGE_MAX (512u * 1024u) /* larger sets are not kept */

typedef struct kept {
    uint8_t *data; /* heap; NULL: none */
    size_t len;
    uint32_t version; /* of sets */
    uint64_t order;   /* of the last arrival */
} kept_t;

typedef struct blob {
    bool is_open;
    uint32_t version, type;
    uint64_t total, filled;
    uint64_t checksum;
    uint8_t *data;
} blob_t;

typedef struct source {
    uint32_t stream_id;
    kept_t announce;
    int64_t received_ns; /* of whatever came last */
    int64_t announced_ns;
    kept_t sets[VERSIONS_MAX];
    blob_t blob;
} source_t;

struct tp_metadata_cache {
    tp_client_t *client;
    tpi_subscription_t *sub;
    tp_metadata_cache_options_t options;
    source_t **sources; /* by stream id */
    size_t count;
    int64_t now_ns;
    uint64_t arrivals;
    tp_metadata_cache_stats_t stats;
};

/* ---- streams ---- */

static size_t position(const tp_metadata_cache_t *cache, uint32_t stream_id)
{
    size_t low = 0;
    size_t high = cache->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cache->sources[middle]->stream_id < stream_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static source_t *find(const tp_metadata_cache_t *cache, uint32_t stream_id)
{
    const size_t i = position(cache, stream_id);
    return i < cache->count && cache->sources[i]->stream_id == stream_id ? cache->sources[i] : NULL;
}

static void close_blob(source_t *source)
{
    free(source->blob.data);
    source->blob = (blob_t){ .is_open = false };
}

static void free_source(source_t *source)
{
    free(source->announce.data);
    for (size_t i = 0; i < VERSIONS_MAX; i++) {
        free(source->sets[i].data);
    }
    close_blob(source);
    free(source);
}

static void evict_stalest(tp_metadata_cache_t *cache)
{
    size_t stalest = 0;
    for (size_t i = 1; i < cache->count; i++) {
        if (cache->sources[i]->received_ns < cache->sources[stalest]->received_ns) {
            stalest = i;
        }
    }
    free_source(cache->sources[stalest]);
    cache->count--;
    memmove(&cache->sources[stalest], &cache->sources[stalest + 1],
            (cache->count - stalest) * sizeof *cache->sources);
    cache->stats.evicted++;
}

/* NULL: not wanted, or no memory. */
static source_t *source_of(tp_metadata_cache_t *cache, uint32_t stream_id)
{
    if (cache->options.stream_id != 0 && cache->options.stream_id != stream_id) {
        return NULL;
    }
    source_t *source = find(cache, stream_id);
    if (source == NULL) {
        source = calloc(1, sizeof *source);
        if (source == NULL) {
            return NULL;
        }
        if (cache->count == cache->options.max_streams) {
            evict_stalest(cache);
        }
        const size_t i = position(cache, stream_id);
        memmove(&cache->sources[i + 1], &cache->sources[i],
                (cache->count - i) * sizeof *cache->sources);
        cache->sources[i] = source;
        cache->count++;
        source->stream_id = stream_id;
    }
    source->received_ns = cache->now_ns;
    return source;
}

/* 1: it is another than before. 0: the same, or no memory. */
static int keep(kept_t *kept, const uint8_t *data, size_t len)
{
    if (kept->data != NULL && kept->len == len && memcmp(kept->data, data, len) == 0) {
        return 0;
    }
    uint8_t *copy = malloc(len);
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data, len);
    free(kept->data);
    kept->data = copy;
    kept->len = len;
    return 1;
}

/* ---- messages ---- */

static void on_announce(tp_metadata_cache_t *cache, const uint8_t *data, size_t len)
{
    tpi_data_source_announce_t m;
    if (len > MESSAGE_MAX || tpi_data_source_announce_decode(data, len, &m) != TP_OK) {
        cache->stats.ignored_decode++;
        return;
    }
    source_t *source = source_of(cache, m.stream_id);
    if (source != NULL) {
        (void)keep(&source->announce, data, len);
        source->announced_ns = cache->now_ns;
        cache->stats.announces++;
    }
}

/* Where a version is kept, or goes: the place of the one not said for the longest. */
static kept_t *place_of(tp_metadata_cache_t *cache, source_t *source, uint32_t version)
{
    kept_t *place = NULL;
    for (size_t i = 0; i < cache->options.max_versions; i++) {
        kept_t *set = &source->sets[i];
        if (set->data != NULL && set->version == version) {
            return set;
        }
        const bool is_better = place == NULL || (place->data != NULL &&
                                                 (set->data == NULL || set->order < place->order));
        place = is_better ? set : place;
    }
    return place;
}

/* Only the time differs in a repetition: it is no change. */
static bool is_same_set(const kept_t *kept, const uint8_t *data, size_t len)
{
    enum { TIME_AT = 16, TIME_BYTES = 8 };
    return kept->data != NULL && kept->len == len && memcmp(kept->data, data, TIME_AT) == 0 &&
           memcmp(kept->data + TIME_AT + TIME_BYTES, data + TIME_AT + TIME_BYTES,
                  len - TIME_AT - TIME_BYTES) == 0;
}

static void on_meta(tp_metadata_cache_t *cache, const uint8_t *data, size_t len)
{
    tpi_data_source_meta_t m;
    if (len > MESSAGE_MAX || tpi_data_source_meta_decode(data, len, &m) != TP_OK) {
        cache->stats.ignored_decode++;
        return;
    }
    source_t *source = source_of(cache, m.stream_id);
    if (source == NULL) {
        return;
    }
    /* Rule: W-131 it replaces the whole set of its version */
    kept_t *set = place_of(cache, source, m.meta_version);
    const bool is_same =
        set->data != NULL && set->version == m.meta_version && is_same_set(set, data, len);
    const bool is_kept = keep(set, data, len) == 1;
    cache->stats.metas++;
    if (is_same || is_kept) {
        set->order = ++cache->arrivals;
    }
    if (is_same || !is_kept) {
        return;
    }
    set->version = m.meta_version;
    if (cache->options.changed != NULL) {
        cache->options.changed(cache->options.clientd, m.stream_id, m.meta_version);
    }
}

static void on_blob_announce(tp_metadata_cache_t *cache, const uint8_t *data, size_t len)
{
    tpi_meta_blob_announce_t m;
    if (tpi_meta_blob_announce_decode(data, len, &m) != TP_OK) {
        cache->stats.ignored_decode++;
        return;
    }
    source_t *source = source_of(cache, m.stream_id);
    if (source == NULL) {
        return;
    }
    cache->stats.blobs_gap += source->blob.is_open; /* the one before has no end */
    close_blob(source);
    if (m.total_len == 0 || m.total_len > cache->options.max_blob_bytes) {
        cache->stats.blobs_oversize++;
        return;
    }
    source->blob.data = malloc((size_t)m.total_len);
    if (source->blob.data == NULL) {
        cache->stats.blobs_oversize++;
        return;
    }
    source->blob.is_open = true;
    source->blob.version = m.meta_version;
    source->blob.type = m.blob_type;
    source->blob.total = m.total_len;
    source->blob.checksum = m.checksum;
}

/* The open blob that a message speaks of; NULL is counted. */
static source_t *open_blob(tp_metadata_cache_t *cache, uint32_t stream_id, uint32_t version)
{
    if (cache->options.stream_id != 0 && cache->options.stream_id != stream_id) {
        return NULL;
    }
    source_t *source = find(cache, stream_id);
    if (source == NULL || !source->blob.is_open || source->blob.version != version) {
        cache->stats.blobs_unexpected++;
        return NULL;
    }
    return source;
}

/* Rule: W-132 a gap or an overlap ends it; nothing is repaired */
static void on_blob_chunk(tp_metadata_cache_t *cache, const uint8_t *data, size_t len)
{
    tpi_meta_blob_chunk_t m;
    if (tpi_meta_blob_chunk_decode(data, len, &m) != TP_OK) {
        cache->stats.ignored_decode++;
        return;
    }
    source_t *source = open_blob(cache, m.stream_id, m.meta_version);
    if (source == NULL) {
        return;
    }
    blob_t *blob = &source->blob;
    if (m.chunk_offset != blob->filled || m.bytes.len == 0 || m.bytes.len > TPI_MAX_BLOB_CHUNK ||
        m.bytes.len > blob->total - blob->filled) {
        cache->stats.blobs_gap++;
        close_blob(source);
        return;
    }
    memcpy(blob->data + blob->filled, m.bytes.data, m.bytes.len);
    blob->filled += m.bytes.len;
}

static void on_blob_complete(tp_metadata_cache_t *cache, const uint8_t *data, size_t len)
{
    tpi_meta_blob_complete_t m;
    if (tpi_meta_blob_complete_decode(data, len, &m) != TP_OK) {
        cache->stats.ignored_decode++;
        return;
    }
    source_t *source = open_blob(cache, m.stream_id, m.meta_version);
    if (source == NULL) {
        return;
    }
    const blob_t *blob = &source->blob;
    if (blob->filled != blob->total) {
        cache->stats.blobs_gap++;
    } else if (m.checksum != blob->checksum ||
               tpi_crc32c(0, blob->data, (size_t)blob->total) != m.checksum) {
        cache->stats.blobs_checksum++;
    } else {
        cache->stats.blobs++;
        cache->options.blob(cache->options.clientd, source->stream_id, blob->version, blob->type,
                            blob->data, blob->total);
    }
    close_blob(source);
}

static void on_message(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tp_metadata_cache_t *cache = clientd;
    tpi_wire_header_t header;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return;
    }
    switch (header.template_id) {
    case TPI_DATA_SOURCE_ANNOUNCE:
        on_announce(cache, data, len);
        break;
    case TPI_DATA_SOURCE_META:
        on_meta(cache, data, len);
        break;
    default:
        if (cache->options.blob == NULL) {
            break;
        }
        if (header.template_id == TPI_META_BLOB_ANNOUNCE) {
            on_blob_announce(cache, data, len);
        } else if (header.template_id == TPI_META_BLOB_CHUNK) {
            on_blob_chunk(cache, data, len);
        } else if (header.template_id == TPI_META_BLOB_COMPLETE) {
            on_blob_complete(cache, data, len);
        }
        break;
    }
}

/* ---- life ---- */

int tp_metadata_cache_create(tp_metadata_cache_t **out, tp_client_t *client,
                             const tp_metadata_cache_options_t *options)
{
    tp_metadata_cache_options_t o = TP_METADATA_CACHE_OPTIONS_INIT;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = options == NULL ? TP_OK : tpi_options_read(&o, sizeof o, options, "metadata cache");
    if (rc != TP_OK) {
        return rc;
    }
    o.max_streams = o.max_streams != 0 ? o.max_streams : STREAMS_DEFAULT;
    o.max_versions = o.max_versions != 0 ? o.max_versions : VERSIONS_DEFAULT;
    o.max_blob_bytes = o.max_blob_bytes != 0 ? o.max_blob_bytes : BLOB_BYTES_DEFAULT;
    if (o.max_versions > VERSIONS_MAX) {
        return tpi_fail(TP_EINVAL, "max_versions is %u, expected at most %d", o.max_versions,
                        VERSIONS_MAX);
    }
    tp_metadata_cache_t *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        return tpi_fail(TP_ENOMEM, "metadata cache");
    }
    cache->client = client;
    cache->options = o;
    cache->sources = calloc((size_t)o.max_streams + 1, sizeof *cache->sources);
    rc =
        cache->sources == NULL
            ? tpi_fail(TP_ENOMEM, "metadata cache")
            : tpi_link_add_subscription(client->link, &cache->sub, client->options.metadata_channel,
                                        client->options.metadata_stream_id, NULL, NULL);
    if (rc != TP_OK) {
        tp_metadata_cache_destroy(cache);
        return rc;
    }
    *out = cache;
    return TP_OK;
}

void tp_metadata_cache_destroy(tp_metadata_cache_t *cache)
{
    if (cache == NULL) {
        return;
    }
    tpi_subscription_close(cache->sub);
    for (size_t i = 0; i < cache->count; i++) {
        free_source(cache->sources[i]);
    }
    free(cache->sources);
    free(cache);
}

int tp_metadata_cache_poll(tp_metadata_cache_t *cache)
{
    cache->now_ns = tpi_client_clock(cache->client);
    return tpi_subscription_poll(cache->sub, on_message, cache, POLL_LIMIT);
}

/* ---- looking ---- */

static tp_text_t text_of(tpi_view_t view)
{
    return (tp_text_t){ (const char *)view.data, view.len };
}

static bool describe(const source_t *source, tp_data_source_t *out)
{
    tpi_data_source_announce_t m;
    if (source->announce.data == NULL ||
        tpi_data_source_announce_decode(source->announce.data, source->announce.len, &m) != TP_OK) {
        return false;
    }
    *out = (tp_data_source_t){
        .stream_id = m.stream_id,
        .producer_id = m.producer_id,
        .epoch = m.epoch,
        .meta_version = m.meta_version,
        .name = text_of(m.name),
        .summary = text_of(m.summary),
        .received_ns = source->announced_ns,
    };
    return true;
}

bool tp_metadata_cache_source(const tp_metadata_cache_t *cache, uint32_t stream_id,
                              tp_data_source_t *out)
{
    const source_t *source = find(cache, stream_id);
    return source != NULL && describe(source, out);
}

size_t tp_metadata_cache_sources(const tp_metadata_cache_t *cache, tp_data_source_t *out,
                                 size_t cap)
{
    size_t count = 0;
    for (size_t i = 0; i < cache->count; i++) {
        tp_data_source_t found;
        if (describe(cache->sources[i], &found)) {
            if (count < cap) {
                out[count] = found;
            }
            count++;
        }
    }
    return count;
}

/* The version that is announced counts; a stream that began anew counts from 1 again. */
static const kept_t *set_of(const tp_metadata_cache_t *cache, uint32_t stream_id, uint32_t version)
{
    const source_t *source = find(cache, stream_id);
    tp_data_source_t announced;
    const kept_t *latest = NULL;
    if (source == NULL) {
        return NULL;
    }
    const bool is_any = version == 0;
    version = is_any && describe(source, &announced) ? announced.meta_version : version;
    for (size_t i = 0; i < VERSIONS_MAX; i++) {
        const kept_t *set = &source->sets[i];
        if (set->data != NULL && set->version == version) {
            return set;
        }
        if (set->data != NULL && (latest == NULL || set->order > latest->order)) {
            latest = set;
        }
    }
    return is_any ? latest : NULL;
}

static tp_attribute_t attribute_of(const tpi_attribute_t *a)
{
    return (tp_attribute_t){ .key = text_of(a->key),
                             .format = text_of(a->format),
                             .value = a->value.data,
                             .length = a->value.len };
}

int tp_metadata_cache_attributes(const tp_metadata_cache_t *cache, uint32_t stream_id,
                                 uint32_t meta_version, uint32_t *out_version, tp_attribute_t *out,
                                 size_t cap)
{
    tpi_data_source_meta_t m;
    const kept_t *set = set_of(cache, stream_id, meta_version);
    if (set == NULL || tpi_data_source_meta_decode(set->data, set->len, &m) != TP_OK) {
        return -1;
    }
    for (size_t i = 0; i < m.nattributes && i < cap; i++) {
        out[i] = attribute_of(&m.attributes[i]);
    }
    if (out_version != NULL) {
        *out_version = m.meta_version;
    }
    return m.nattributes;
}

bool tp_metadata_cache_find(const tp_metadata_cache_t *cache, uint32_t stream_id,
                            uint32_t meta_version, const char *key, tp_attribute_t *out)
{
    tpi_data_source_meta_t m;
    const kept_t *set = set_of(cache, stream_id, meta_version);
    const size_t len = strlen(key);
    if (set == NULL || tpi_data_source_meta_decode(set->data, set->len, &m) != TP_OK) {
        return false;
    }
    for (size_t i = 0; i < m.nattributes; i++) {
        if (m.attributes[i].key.len == len && memcmp(m.attributes[i].key.data, key, len) == 0) {
            *out = attribute_of(&m.attributes[i]);
            return true;
        }
    }
    return false; /* Rule: W-131 keys that nobody asks for are nothing to anybody */
}

void tp_metadata_cache_stats(const tp_metadata_cache_t *cache, tp_metadata_cache_stats_t *out)
{
    *out = cache->stats;
}
