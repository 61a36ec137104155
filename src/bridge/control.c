/*
 * bridge/control.c - everything but frames: announces, QoS, progress and metadata between a host's
 * local streams and the bridge's own.
 *
 *   sender host                                          bridge stream     receiver host
 *   ShmPoolAnnounce      (its consumer, sender.c)        control           kept, never published
 * (receiver.c)   QosProducer/Consumer source_control_stream_id        control
 * dest_control_stream_id   FrameProgress        source_control_stream_id        control
 * dest_control_stream_id   DataSourceAnnounce   source_metadata_stream_id       metadata
 * dest_metadata_stream_id   DataSourceMeta       source_metadata_stream_id       metadata
 * dest_metadata_stream_id   TraceLinkSet         any of them, driver's control   metadata
 * dest_metadata_stream_id
 *
 * A message is checked for its form (C-1, C-2), copied, and patched where a rule says so: streamId
 * is the first field of each (C-10), so nothing is encoded anew and fields that this program does
 * not know stay as they are.
 *
 * Rule: B-56 nothing of this says that a frame is there: descriptors do, and those are made where
 * the frame is published, here and there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "bridge/bridge_internal.h"
#include "producer/producer_internal.h"
#include "wire/codec.h"
#include "wire/table.h"

enum {
    POLL_LIMIT = 64,
    /* Bytes from the start of a message. */
    AT_STREAM = 8,
    AT_PROGRESS_INDEX = 28,  /* FrameProgress of v1.1 alone: headerIndex */
    AT_SOURCE_PRODUCER = 12, /* DataSourceAnnounce */
    AT_SOURCE_EPOCH = 16,    /* DataSourceAnnounce */
    AT_TRACE_EPOCH = 12,     /* TraceLinkSet */
    PROGRESS_BLOCK_V11 = 33,
    TRACE_SCHEMA_ID = 904,
    TRACE_LINK_SET = 1,
    COPY_MAX = 1 << 24 /* Aeron's largest message */
};

typedef enum kind {
    KIND_OTHER = 0, /* not ours, or malformed */
    KIND_ANNOUNCE,
    KIND_QOS,
    KIND_PROGRESS,
    KIND_SOURCE_ANNOUNCE,
    KIND_SOURCE_META,
    KIND_TRACE_LINKS
} kind_t;

/* Rule: C-1, C-2 schema and template, then the form of the whole message. */
static kind_t kind_of(const uint8_t *data, size_t len)
{
    static const kind_t kinds[] = {
        [TPI_SHM_POOL_ANNOUNCE] = KIND_ANNOUNCE,
        [TPI_QOS_CONSUMER] = KIND_QOS,
        [TPI_QOS_PRODUCER] = KIND_QOS,
        [TPI_DATA_SOURCE_ANNOUNCE] = KIND_SOURCE_ANNOUNCE,
        [TPI_DATA_SOURCE_META] = KIND_SOURCE_META,
        [TPI_FRAME_PROGRESS] = KIND_PROGRESS,
    };
    tpi_wire_header_t header;
    kind_t kind = KIND_OTHER;
    if (tpi_wire_peek(data, len, &header) != TP_OK) {
        return KIND_OTHER;
    }
    if (header.schema_id == TPI_WIRE_SCHEMA_ID &&
        header.template_id < sizeof kinds / sizeof kinds[0]) {
        kind = kinds[header.template_id];
    } else if (header.schema_id == TRACE_SCHEMA_ID && header.template_id == TRACE_LINK_SET) {
        kind = KIND_TRACE_LINKS;
    }
    return kind != KIND_OTHER && tpi_wire_check(data, len, TPI_WIRE_IN_BOTH, NULL) == TP_OK
               ? kind
               : KIND_OTHER;
}

static uint32_t stream_of(const uint8_t *data)
{
    return tpi_get_u32(data + AT_STREAM);
}

/* The bridge's own copy of a message, to be patched; NULL: no memory. Grows with the largest
   message seen. */
static uint8_t *copy(tp_bridge_t *bridge, const uint8_t *data, size_t len)
{
    if (len > bridge->copy_cap) {
        uint8_t *grown = len <= COPY_MAX ? realloc(bridge->copy, len) : NULL;
        if (grown == NULL) {
            return NULL;
        }
        bridge->copy = grown;
        bridge->copy_cap = len;
    }
    memcpy(bridge->copy, data, len);
    return bridge->copy;
}

/* Send what was copied; counts as `counter` or as lost. */
static void forward(tpi_bridge_mapping_t *m, tpi_publication_t *pub, const uint8_t *message,
                    size_t len, uint64_t *counter)
{
    if (pub != NULL && message != NULL && tpi_bridge_offer(pub, message, len) == TPI_SEND_OK) {
        (*counter)++;
    } else {
        m->stats.control_lost++; /* Rule: C-4 */
    }
}

/* ---- sender: from local streams to the bridge's ---- */

/* Rule: B-49 */
static uint32_t metadata_stream(const tpi_bridge_mapping_t *m, uint32_t dest_stream_id)
{
    return m->config->metadata_stream_id != 0 ? m->config->metadata_stream_id : dest_stream_id;
}

static void send_metadata(tpi_bridge_mapping_t *m, const uint8_t *data, size_t len)
{
    uint8_t *message = copy(m->bridge, data, len);
    if (message != NULL) {
        /* An allocated destination is not known here: the receiver knows. */
        tpi_put_u32(message + AT_STREAM, metadata_stream(m, tpi_bridge_wire_stream(m->config)));
    }
    /* Rule: B-48 never on the control stream */
    forward(m, m->bridge->metadata_pub, message, len, &m->stats.metadata_forwarded);
}

/* Rule: B-48, B-51 */
static void on_source_metadata(void *clientd, const uint8_t *data, size_t len,
                               const tpi_message_info_t *info)
{
    tp_bridge_t *bridge = clientd;
    const kind_t kind = kind_of(data, len);
    (void)info;
    if (kind == KIND_TRACE_LINKS ? !bridge->config.o.forward_tracelink
                                 : !bridge->config.forwards_metadata ||
                                       (kind != KIND_SOURCE_ANNOUNCE && kind != KIND_SOURCE_META)) {
        bridge->stats.control_ignored += kind == KIND_OTHER;
        return;
    }
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[i];
        const bool echoes = bridge->config.echoes != NULL && bridge->config.echoes[i];
        if (m->sender != NULL && m->config->source_stream_id == stream_of(data) && !echoes) {
            send_metadata(m, data, len);
        }
    }
}

/* On the driver's own control stream: trace links alone. */
static void on_driver_control(void *clientd, const uint8_t *data, size_t len, int32_t session_id)
{
    tpi_wire_header_t header;
    (void)session_id;
    if (tpi_wire_peek(data, len, &header) == TP_OK && header.schema_id == TRACE_SCHEMA_ID) {
        on_source_metadata(clientd, data, len, NULL);
    }
}

static void send_control(tpi_bridge_mapping_t *m, kind_t kind, const uint8_t *data, size_t len)
{
    uint8_t *message = copy(m->bridge, data, len);
    if (message != NULL && kind == KIND_QOS) {
        tpi_put_u32(message + AT_STREAM, tpi_bridge_wire_stream(m->config)); /* Rule: B-8, B-52 */
    } /* Rule: B-53, B-8 progress goes under the source's id, which it has */
    forward(m, m->bridge->control_pub, message, len, &m->stats.control_forwarded);
}

static void on_source_control(void *clientd, const uint8_t *data, size_t len,
                              const tpi_message_info_t *info)
{
    const tpi_shared_stream_t *stream = clientd;
    tp_bridge_t *bridge = stream->bridge;
    const kind_t kind = kind_of(data, len);
    if (kind == KIND_TRACE_LINKS) {
        on_source_metadata(bridge, data, len, info);
        return;
    }
    if (kind == KIND_QOS ? !bridge->config.o.forward_qos
                         : kind != KIND_PROGRESS || !bridge->config.o.forward_progress) {
        bridge->stats.control_ignored += kind == KIND_OTHER;
        return;
    }
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[i];
        if (m->sender != NULL && m->config->source_control_stream_id == stream->stream_id &&
            m->config->source_stream_id == stream_of(data)) {
            send_control(m, kind, data, len);
        }
    }
}

/* ---- receiver: from the bridge's streams to local ones ---- */

static void take_qos(tpi_bridge_mapping_t *m, const uint8_t *data, size_t len)
{
    if (m->dest_stream_id == 0 || m->receiver->control_pub == NULL) {
        m->stats.control_ignored++;
        return;
    }
    uint8_t *message = copy(m->bridge, data, len);
    if (message != NULL) {
        tpi_put_u32(message + AT_STREAM, m->dest_stream_id); /* Rule: B-52 */
    }
    forward(m, m->receiver->control_pub, message, len, &m->stats.control_forwarded);
}

/* Rule: B-53, B-55 */
static void take_progress(tpi_bridge_mapping_t *m, const uint8_t *data, size_t len)
{
    const tpi_receiver_t *r = m->receiver;
    tpi_frame_progress_t progress;
    if (tpi_frame_progress_decode(data, len, &progress) != TP_OK || r->dest_nslots == 0 ||
        r->control_pub == NULL || !r->has_announce || progress.epoch != r->epoch ||
        (r->has_published && progress.seq <= r->last_published &&
         !tpi_assemblies_has(&r->assemblies, progress.epoch, progress.seq))) {
        m->stats.control_ignored++;
        return;
    }
    uint8_t *message = copy(m->bridge, data, len);
    if (message != NULL) {
        tpi_put_u32(message + AT_STREAM, m->dest_stream_id);
        if (tpi_get_u16(message) == PROGRESS_BLOCK_V11) {
            tpi_put_u32(message + AT_PROGRESS_INDEX, (uint32_t)progress.seq & (r->dest_nslots - 1));
        }
    }
    forward(m, r->control_pub, message, len, &m->stats.control_forwarded);
}

static void on_control(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tp_bridge_t *bridge = clientd;
    const kind_t kind = kind_of(data, len);
    tpi_shm_pool_announce_t announce;
    (void)info;
    const bool is_wanted =
        kind == KIND_ANNOUNCE ? tpi_shm_pool_announce_decode(data, len, &announce) == TP_OK
        : kind == KIND_QOS    ? bridge->config.o.forward_qos
                              : kind == KIND_PROGRESS && bridge->config.o.forward_progress;
    const tpi_route_t *route = is_wanted ? tpi_bridge_find_route(bridge, stream_of(data)) : NULL;
    if (route == NULL) {
        bridge->stats.control_ignored++; /* Rule: B-8, C-1 */
        return;
    }
    const tpi_route_t *end = bridge->routes + bridge->nroutes;
    for (const uint32_t id = route->stream_id; route < end && route->stream_id == id; route++) {
        switch (kind) {
        case KIND_ANNOUNCE:
            tpi_receiver_on_announce(route->mapping, &announce);
            break;
        case KIND_QOS:
            take_qos(route->mapping, data, len);
            break;
        default:
            take_progress(route->mapping, data, len);
            break;
        }
    }
}

/* Rule: B-49 the forms of B-8, and metadata_stream_id */
static bool is_metadata_of(const tpi_bridge_mapping_t *m, uint32_t stream_id)
{
    if (m->receiver == NULL) {
        return false;
    }
    if (m->config->metadata_stream_id != 0 && m->config->metadata_stream_id == stream_id) {
        return true;
    }
    const tp_bridge_t *bridge = m->bridge;
    const tpi_route_t *route = tpi_bridge_find_route(bridge, stream_id);
    for (;
         route != NULL && route < bridge->routes + bridge->nroutes && route->stream_id == stream_id;
         route++) {
        if (route->mapping == m) {
            return true;
        }
    }
    return false;
}

static void take_metadata(tpi_bridge_mapping_t *m, kind_t kind, const uint8_t *data, size_t len)
{
    const tpi_receiver_t *r = m->receiver;
    /* What speaks of an epoch can say nothing while there is none. */
    if (m->dest_stream_id == 0 || (kind != KIND_SOURCE_META && r->dest_epoch == 0)) {
        m->stats.control_ignored++;
        return;
    }
    uint8_t *message = copy(m->bridge, data, len);
    if (message != NULL) {
        tpi_put_u32(message + AT_STREAM, metadata_stream(m, m->dest_stream_id));
        if (kind == KIND_SOURCE_ANNOUNCE) { /* Rule: B-50 */
            tpi_put_u32(message + AT_SOURCE_PRODUCER,
                        tpi_producer_attachment(r->producer)->client_id);
            tpi_put_u64(message + AT_SOURCE_EPOCH, r->dest_epoch);
        } else if (kind == KIND_TRACE_LINKS) {
            tpi_put_u64(message + AT_TRACE_EPOCH, r->dest_epoch); /* T-11 */
        }
    }
    forward(m, r->metadata_pub, message, len, &m->stats.metadata_forwarded);
}

static void on_metadata(void *clientd, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    tp_bridge_t *bridge = clientd;
    const kind_t kind = kind_of(data, len);
    bool is_known = false;
    (void)info;
    if (kind == KIND_TRACE_LINKS ? bridge->config.o.forward_tracelink
                                 : bridge->config.forwards_metadata &&
                                       (kind == KIND_SOURCE_ANNOUNCE || kind == KIND_SOURCE_META)) {
        for (size_t i = 0; i < bridge->nmappings; i++) {
            tpi_bridge_mapping_t *m = &bridge->mappings[i];
            if (is_metadata_of(m, stream_of(data))) {
                is_known = true;
                take_metadata(m, kind, data, len);
            }
        }
    }
    bridge->stats.control_ignored += !is_known;
}

/* ---- streams ---- */

/* The entry of that id, made if need be; NULL: no memory. Arrays have room for one per mapping. */
static tpi_shared_stream_t *share(tp_bridge_t *bridge, tpi_shared_stream_t **streams, size_t *n,
                                  uint32_t stream_id)
{
    if (*streams == NULL) {
        *streams = calloc(bridge->nmappings, sizeof **streams);
        if (*streams == NULL) {
            (void)tpi_fail(TP_ENOMEM, "bridge streams");
            return NULL;
        }
    }
    for (size_t i = 0; i < *n; i++) {
        if ((*streams)[i].stream_id == stream_id) {
            return &(*streams)[i];
        }
    }
    tpi_shared_stream_t *stream = &(*streams)[(*n)++];
    *stream = (tpi_shared_stream_t){ .bridge = bridge, .stream_id = stream_id };
    return stream;
}

static int open_source_control(tpi_bridge_mapping_t *m)
{
    tp_bridge_t *bridge = m->bridge;
    tpi_shared_stream_t *stream = share(bridge, &bridge->source_controls, &bridge->nsource_controls,
                                        m->config->source_control_stream_id);
    if (stream == NULL) {
        return TP_ENOMEM;
    }
    return stream->sub != NULL ? TP_OK
                               : tpi_link_add_subscription(bridge->client->link, &stream->sub,
                                                           bridge->config.o.local_control_channel,
                                                           (int32_t)stream->stream_id, NULL, NULL);
}

static int open_dest(tp_bridge_t *bridge, tpi_shared_stream_t **streams, size_t *n,
                     const char *channel, uint32_t stream_id, tpi_publication_t **out)
{
    tpi_shared_stream_t *stream = share(bridge, streams, n, stream_id);
    if (stream == NULL) {
        return TP_ENOMEM;
    }
    int rc = TP_OK;
    if (stream->pub == NULL) {
        rc = tpi_link_add_publication(bridge->client->link, &stream->pub, channel,
                                      (int32_t)stream_id, false);
    }
    *out = stream->pub;
    return rc;
}

int tpi_control_open_dest(tpi_bridge_mapping_t *m)
{
    tp_bridge_t *bridge = m->bridge;
    const tp_bridge_options_t *o = &bridge->config.o;
    tpi_receiver_t *r = m->receiver;
    int rc = TP_OK;
    if ((o->forward_qos || o->forward_progress) && r->control_pub == NULL) {
        rc =
            open_dest(bridge, &bridge->dest_controls, &bridge->ndest_controls,
                      o->local_control_channel, m->config->dest_control_stream_id, &r->control_pub);
    }
    if (rc == TP_OK && bridge->uses_metadata && m->dest_stream_id != 0) {
        const uint32_t id = o->dest_metadata_per_mapping ? metadata_stream(m, m->dest_stream_id)
                                                         : o->dest_metadata_stream_id;
        rc = open_dest(bridge, &bridge->dest_metadata, &bridge->ndest_metadata,
                       o->dest_metadata_channel, id, &r->metadata_pub);
    }
    return rc;
}

static int open_bridge_streams(tp_bridge_t *bridge)
{
    const tp_bridge_options_t *o = &bridge->config.o;
    tpi_link_t *link = bridge->client->link;
    int rc = TP_OK;
    if (bridge->sends) {
        rc = tpi_link_add_publication(link, &bridge->control_pub, o->control_channel,
                                      (int32_t)o->control_stream_id, true);
    }
    if (rc == TP_OK && bridge->receives) {
        rc = tpi_link_add_subscription(link, &bridge->control_sub, o->control_channel,
                                       (int32_t)o->control_stream_id, NULL, NULL);
    }
    if (rc == TP_OK && bridge->uses_metadata && bridge->receives) {
        rc = tpi_link_add_subscription(link, &bridge->metadata_sub, o->metadata_channel,
                                       (int32_t)o->metadata_stream_id, NULL, NULL);
    }
    if (rc == TP_OK && bridge->uses_metadata && bridge->sends) {
        rc = tpi_link_add_publication(link, &bridge->metadata_pub, o->metadata_channel,
                                      (int32_t)o->metadata_stream_id, true);
        if (rc == TP_OK) {
            rc = tpi_link_add_subscription(link, &bridge->source_metadata_sub,
                                           o->source_metadata_channel,
                                           (int32_t)o->source_metadata_stream_id, NULL, NULL);
        }
    }
    if (rc == TP_OK && o->forward_tracelink && bridge->sends) {
        const tp_control_handlers_t handlers = { .raw = on_driver_control };
        rc = tp_control_adapter_create(&bridge->adapter, bridge->client, &handlers, bridge);
    }
    return rc;
}

int tpi_control_open(tp_bridge_t *bridge)
{
    const tp_bridge_options_t *o = &bridge->config.o;
    int rc = open_bridge_streams(bridge);
    for (size_t i = 0; i < bridge->nmappings && rc == TP_OK; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[i];
        if (m->sender != NULL && (o->forward_qos || o->forward_progress)) {
            rc = open_source_control(m);
        }
        if (rc == TP_OK && m->receiver != NULL) {
            rc = tpi_control_open_dest(m);
        }
    }
    return rc;
}

static void close_shared(tpi_shared_stream_t *streams, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tpi_publication_close(streams[i].pub);
        tpi_subscription_close(streams[i].sub);
    }
    free(streams);
}

void tpi_control_close(tp_bridge_t *bridge)
{
    tp_control_adapter_destroy(bridge->adapter);
    tpi_publication_close(bridge->control_pub);
    tpi_publication_close(bridge->metadata_pub);
    tpi_subscription_close(bridge->control_sub);
    tpi_subscription_close(bridge->metadata_sub);
    tpi_subscription_close(bridge->source_metadata_sub);
    close_shared(bridge->source_controls, bridge->nsource_controls);
    close_shared(bridge->dest_controls, bridge->ndest_controls);
    close_shared(bridge->dest_metadata, bridge->ndest_metadata);
    free(bridge->copy);
}

static int poll(tpi_subscription_t *sub, tpi_message_handler_t handler, void *clientd)
{
    return sub != NULL ? tpi_subscription_poll(sub, handler, clientd, POLL_LIMIT) : 0;
}

int tpi_control_poll(tp_bridge_t *bridge)
{
    int work = poll(bridge->control_sub, on_control, bridge);
    work += poll(bridge->metadata_sub, on_metadata, bridge);
    work += poll(bridge->source_metadata_sub, on_source_metadata, bridge);
    for (size_t i = 0; i < bridge->nsource_controls; i++) {
        work +=
            poll(bridge->source_controls[i].sub, on_source_control, &bridge->source_controls[i]);
    }
    return work;
}
