/*
 * metadata/publisher.c - DataSourceAnnounce each second, DataSourceMeta when it is news and now and then, blobs in parts.
 */
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/fail.h"
#include "client/client_internal.h"
#include "tensorpool/control.h"
#include "tensorpool/metadata.h"
#include "wire/meta.h"
#include "wire/table.h"

#define ANNOUNCE_NS INT64_C(1000000000) /* Rule: W-117, W-129 */
#define META_NS INT64_C(2000000000)     /* Rule: W-130 */
/* What a term of 1 MiB carries (an eighth), less what goes around it. */
#define SET_BYTES_MAX (120u * 1024u)
#define SUMMARY_MAX (4 * TP_MAX_NAME)
#define CHUNKS_PER_POLL 8
_Static_assert(TP_MAX_ATTRIBUTES == TPI_MAX_ATTRIBUTES, "one limit");

/* A blob under way. */
typedef enum tpi_blob_step { BLOB_NONE, BLOB_ANNOUNCE, BLOB_CHUNKS, BLOB_COMPLETE } tpi_blob_step_t;

struct tp_metadata_publisher {
    tp_client_t *client;
    tp_producer_t *producer;       /* NULL: for somebody else */
    tp_control_adapter_t *adapter; /* then: hears its announces */
    uint32_t stream_id, producer_id;
    uint64_t epoch; /* 0: not known yet */
    tpi_publication_t *pub;
    char *name, *summary;
    uint32_t next_version, version;
    uint8_t *set; /* encoded, stream id, version and time to be filled in; NULL: none */
    size_t set_len;
    int64_t announce_interval_ns, meta_interval_ns;
    int64_t announce_due_ns, meta_due_ns;
    bool was_connected;
    tpi_blob_step_t blob_step;
    uint32_t blob_type, blob_version;
    const uint8_t *blob;
    uint64_t blob_len, blob_sent;
    uint32_t blob_crc;
    uint8_t *buffer; /* for whatever is sent */
    size_t buffer_cap;
    tp_metadata_publisher_stats_t stats;
};

static tpi_view_t view_of(const char *data, size_t len)
{
    return (tpi_view_t){ (const uint8_t *)data, (uint32_t)len };
}

/* ---- life ---- */

static void on_announce(void *clientd, const tp_announce_t *announce)
{
    tp_metadata_publisher_t *p = clientd;
    if (announce->stream_id == p->stream_id && announce->epoch >= p->epoch) {
        p->epoch = announce->epoch;
        p->producer_id = announce->producer_id;
    }
}

static int copy_text(char **out, const char *name, const char *text, size_t most)
{
    const size_t len = text != NULL ? strlen(text) : 0;
    if (len > most) {
        return tpi_fail(TP_EINVAL, "%s has %zu bytes, at most %zu are possible", name, len, most);
    }
    if (!tpi_wire_is_ascii((const uint8_t *)(text != NULL ? text : ""), len)) {
        return tpi_fail(TP_EINVAL, "%s is not 7-bit text", name); /* Rule: W-8 */
    }
    *out = malloc(len + 1);
    if (*out == NULL) {
        return tpi_fail(TP_ENOMEM, "metadata");
    }
    memcpy(*out, text != NULL ? text : "", len + 1);
    return TP_OK;
}

static int open_all(tp_metadata_publisher_t *p, const tp_metadata_publisher_options_t *o)
{
    const tp_client_options_t *c = &p->client->options;
    int rc = copy_text(&p->name, "name", o->name, TP_MAX_NAME);
    rc = rc == TP_OK ? copy_text(&p->summary, "summary", o->summary, SUMMARY_MAX) : rc;
    p->buffer_cap = SET_BYTES_MAX + 4096;
    p->buffer = malloc(p->buffer_cap);
    if (rc == TP_OK && p->buffer == NULL) {
        rc = tpi_fail(TP_ENOMEM, "metadata");
    }
    rc = rc != TP_OK ? rc
                     : tpi_link_add_publication(p->client->link, &p->pub, c->metadata_channel,
                                                c->metadata_stream_id, false);
    if (rc == TP_OK && p->producer == NULL) {
        const tp_control_handlers_t handlers = { .announce = on_announce };
        rc = tp_control_adapter_create(&p->adapter, p->client, &handlers, p);
    }
    return rc;
}

int tp_metadata_publisher_create(tp_metadata_publisher_t **out, tp_client_t *client,
                                 const tp_metadata_publisher_options_t *options)
{
    tp_metadata_publisher_options_t o;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = tpi_options_read(&o, sizeof o, options, "metadata publisher");
    if (rc != TP_OK) {
        return rc;
    }
    if (o.producer == NULL && (o.stream_id == 0 || o.stream_id == UINT32_MAX)) {
        return tpi_fail(TP_EINVAL,
                        "stream_id is %u and there is no producer, expected 1..4294967294",
                        o.stream_id);
    }
    if (o.announce_interval_ns < 0 || o.meta_interval_ns < 0) {
        return tpi_fail(TP_EINVAL, "an interval is negative, expected 0 (default) or more");
    }
    tp_metadata_publisher_t *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return tpi_fail(TP_ENOMEM, "metadata publisher");
    }
    p->client = client;
    p->producer = o.producer;
    p->stream_id = o.stream_id;
    p->next_version = o.first_version != 0 ? o.first_version : 1;
    p->announce_interval_ns = o.announce_interval_ns != 0 ? o.announce_interval_ns : ANNOUNCE_NS;
    p->meta_interval_ns = o.meta_interval_ns != 0 ? o.meta_interval_ns : META_NS;
    p->announce_due_ns = p->meta_due_ns = tpi_client_clock(client);
    rc = open_all(p, &o);
    if (rc != TP_OK) {
        tp_metadata_publisher_destroy(p);
        return rc;
    }
    *out = p;
    return TP_OK;
}

void tp_metadata_publisher_destroy(tp_metadata_publisher_t *p)
{
    if (p == NULL) {
        return;
    }
    tp_control_adapter_destroy(p->adapter);
    tpi_publication_close(p->pub);
    free(p->name);
    free(p->summary);
    free(p->set);
    free(p->buffer);
    free(p);
}

/* ---- the set ---- */

static int check_attributes(const tp_attribute_t *attributes, size_t count)
{
    if (count > TP_MAX_ATTRIBUTES || (count > 0 && attributes == NULL)) {
        return tpi_fail(TP_EINVAL, "%zu attributes, at most %d are possible", count,
                        TP_MAX_ATTRIBUTES);
    }
    for (size_t i = 0; i < count; i++) {
        const tp_attribute_t *a = &attributes[i];
        if (a->key.length == 0 || a->key.length > TP_MAX_NAME ||
            !tpi_wire_is_ascii((const uint8_t *)a->key.data, a->key.length) ||
            !tpi_wire_is_ascii((const uint8_t *)a->format.data, a->format.length)) {
            return tpi_fail(TP_EINVAL,
                            "attribute %zu: its key has %u bytes, expected 1..%d of 7-bit text, "
                            "the format too",
                            i, a->key.length, TP_MAX_NAME);
        }
        for (size_t j = 0; j < i; j++) {
            if (attributes[j].key.length == a->key.length &&
                memcmp(attributes[j].key.data, a->key.data, a->key.length) == 0) {
                return tpi_fail(TP_EINVAL, "key %.*s is given twice", (int)a->key.length,
                                a->key.data);
            }
        }
    }
    return TP_OK;
}

int tp_metadata_set(tp_metadata_publisher_t *p, const tp_attribute_t *attributes, size_t count)
{
    static const char plain[] = "text/plain";
    int rc = check_attributes(attributes, count);
    if (rc != TP_OK) {
        return rc;
    }
    tpi_data_source_meta_t *meta = calloc(1, sizeof *meta);
    if (meta == NULL) {
        return tpi_fail(TP_ENOMEM, "metadata");
    }
    meta->nattributes = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        const tp_attribute_t *a = &attributes[i];
        meta->attributes[i] = (tpi_attribute_t){
            .key = view_of(a->key.data, a->key.length),
            .format = a->format.length > 0 ? view_of(a->format.data, a->format.length)
                                           : view_of(plain, sizeof plain - 1),
            .value = { a->value, a->length },
        };
    }
    const size_t need = tpi_data_source_meta_bytes(meta);
    uint8_t *set = need <= SET_BYTES_MAX ? malloc(need) : NULL;
    if (set == NULL) {
        free(meta);
        return need <= SET_BYTES_MAX
                   ? tpi_fail(TP_ENOMEM, "metadata")
                   : tpi_fail(TP_EINVAL, "the set takes %zu bytes, at most %u are possible", need,
                              SET_BYTES_MAX);
    }
    meta->meta_version = p->next_version;
    const int len = tpi_data_source_meta_encode(set, need, meta);
    free(meta);
    if (len < 0) {
        free(set);
        return len;
    }
    free(p->set);
    p->set = set;
    p->set_len = (size_t)len;
    p->version = p->next_version++; /* Rule: W-131 */
    p->meta_due_ns = p->announce_due_ns = tpi_client_clock(p->client);
    return TP_OK;
}

uint32_t tp_metadata_version(const tp_metadata_publisher_t *p)
{
    return p->version;
}

/* ---- sending ---- */

static bool send(tp_metadata_publisher_t *p, int len)
{
    const bool is_sent =
        len > 0 && tpi_publication_offer(p->pub, p->buffer, (size_t)len) == TPI_SEND_OK;
    p->stats.send_failures += !is_sent;
    return is_sent;
}

static void announce(tp_metadata_publisher_t *p)
{
    const tpi_data_source_announce_t message = {
        .stream_id = p->stream_id,
        .producer_id = p->producer_id,
        .epoch = p->epoch,
        .meta_version = p->version,
        .name = view_of(p->name, strlen(p->name)),
        .summary = view_of(p->summary, strlen(p->summary)),
    };
    p->stats.announces +=
        send(p, tpi_data_source_announce_encode(p->buffer, p->buffer_cap, &message));
}

static void send_set(tp_metadata_publisher_t *p, int64_t now_ns)
{
    tpi_data_source_meta_t meta;
    if (tpi_data_source_meta_decode(p->set, p->set_len, &meta) != TP_OK) {
        return; /* it is our own */
    }
    meta.stream_id = p->stream_id;
    meta.timestamp_ns = (uint64_t)now_ns; /* Rule: W-121 */
    p->stats.metas += send(p, tpi_data_source_meta_encode(p->buffer, p->buffer_cap, &meta));
}

/* ---- blobs ---- */

int tp_metadata_send_blob(tp_metadata_publisher_t *p, uint32_t blob_type, const void *data,
                          uint64_t length)
{
    if (p->client->options.wire_dialect != TP_WIRE_V12) {
        return tpi_fail(TP_EUNSUPPORTED,
                        "v1.1 has no messages for blobs: the client's wire_dialect is not v1.2");
    }
    if (p->blob_step != BLOB_NONE) {
        return TP_EBUSY;
    }
    if (data == NULL || length == 0 || blob_type == UINT32_MAX) {
        return tpi_fail(TP_EINVAL, "a blob of %llu bytes, type %u", (unsigned long long)length,
                        blob_type);
    }
    p->blob = data;
    p->blob_len = length;
    p->blob_sent = 0;
    p->blob_type = blob_type;
    p->blob_version = p->version;
    p->blob_crc = tpi_crc32c(0, data, length);
    p->blob_step = BLOB_ANNOUNCE;
    return TP_OK;
}

bool tp_metadata_blob_is_sent(const tp_metadata_publisher_t *p)
{
    return p->blob_step == BLOB_NONE;
}

/* One message; false: not now, try the same again. Rule: W-132 ascending, no overlap, all of it */
static bool send_of_blob(tp_metadata_publisher_t *p)
{
    int len = 0;
    uint64_t part = 0;
    if (p->blob_step == BLOB_ANNOUNCE) {
        const tpi_meta_blob_announce_t m = { .stream_id = p->stream_id,
                                             .meta_version = p->blob_version,
                                             .blob_type = p->blob_type,
                                             .total_len = p->blob_len,
                                             .checksum = p->blob_crc };
        len = tpi_meta_blob_announce_encode(p->buffer, p->buffer_cap, &m);
    } else if (p->blob_step == BLOB_CHUNKS) {
        part = p->blob_len - p->blob_sent;
        part = part < TPI_MAX_BLOB_CHUNK ? part : TPI_MAX_BLOB_CHUNK;
        const tpi_meta_blob_chunk_t m = { .stream_id = p->stream_id,
                                          .meta_version = p->blob_version,
                                          .chunk_offset = p->blob_sent,
                                          .bytes = { p->blob + p->blob_sent, (uint32_t)part } };
        len = tpi_meta_blob_chunk_encode(p->buffer, p->buffer_cap, &m);
    } else {
        const tpi_meta_blob_complete_t m = { .stream_id = p->stream_id,
                                             .meta_version = p->blob_version,
                                             .checksum = p->blob_crc };
        len = tpi_meta_blob_complete_encode(p->buffer, p->buffer_cap, &m);
    }
    if (len < 0 || tpi_publication_offer(p->pub, p->buffer, (size_t)len) != TPI_SEND_OK) {
        return false; /* not connected, or as much as the window takes: the next poll goes on */
    }
    p->blob_sent += part;
    if (p->blob_step == BLOB_ANNOUNCE) {
        p->blob_step = BLOB_CHUNKS;
    } else if (p->blob_step == BLOB_COMPLETE) {
        p->blob_step = BLOB_NONE;
        p->stats.blobs++;
    } else if (p->blob_sent == p->blob_len) {
        p->blob_step = BLOB_COMPLETE;
    }
    return true;
}

/* ---- turning ---- */

/* Whose stream, and which epoch; false: nobody's at the moment. */
static bool identify(tp_metadata_publisher_t *p)
{
    if (p->producer != NULL) {
        tp_attach_status_t status;
        tp_producer_status(p->producer, &status);
        if (!tp_producer_is_ready(p->producer)) {
            return false;
        }
        p->stream_id = status.stream_id;
        p->producer_id = status.client_id; /* Rule: D-44 */
        p->epoch = status.epoch;
    }
    return p->epoch != 0;
}

int tp_metadata_publisher_poll(tp_metadata_publisher_t *p)
{
    const int64_t now_ns = tpi_client_clock(p->client);
    const bool is_connected = tpi_publication_is_connected(p->pub);
    int work = 0;
    if (is_connected && !p->was_connected) { /* Rule: W-130 a new subscriber */
        p->announce_due_ns = p->meta_due_ns = now_ns;
    }
    p->was_connected = is_connected;
    if (!is_connected || !identify(p)) {
        return 0; /* nobody to hear it, or nothing to say it of */
    }
    if (now_ns - p->announce_due_ns >= 0) {
        p->announce_due_ns = now_ns + p->announce_interval_ns;
        announce(p);
        work++;
    }
    if (p->set != NULL && now_ns - p->meta_due_ns >= 0) {
        p->meta_due_ns = now_ns + p->meta_interval_ns;
        send_set(p, now_ns);
        work++;
    }
    for (int i = 0; i < CHUNKS_PER_POLL && p->blob_step != BLOB_NONE && send_of_blob(p); i++) {
        work++;
    }
    return work;
}

void tp_metadata_publisher_stats(const tp_metadata_publisher_t *p,
                                 tp_metadata_publisher_stats_t *out)
{
    *out = p->stats;
}
