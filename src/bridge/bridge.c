/*
 * bridge/bridge.c - making, turning and looking at a bridge; which mapping a streamId on the wire
 * belongs to.
 */
#include "tensorpool/bridge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bridge/bridge_internal.h"
#include "producer/producer_internal.h"

enum {
    CHUNKS_PER_POLL = 512,
    DESCRIPTORS_PER_POLL = 256,
    LOOK_NS = 1000000000 /* between looks at streams that cannot be opened */
};

/* ---- names ---- */

const char *tp_bridge_chunk_drop_name(tp_bridge_chunk_drop_t drop)
{
    switch (drop) {
#define DROP_NAME(NAME, name)                                                                      \
    case TP_BRIDGE_CHUNK_##NAME:                                                                   \
        return #name;
        TP_BRIDGE_CHUNK_DROP_LIST(DROP_NAME)
#undef DROP_NAME
    case TP_BRIDGE_CHUNK_DROPS:
        break;
    }
    return "?";
}

const char *tp_bridge_frame_drop_name(tp_bridge_frame_drop_t drop)
{
    switch (drop) {
#define DROP_NAME(NAME, name)                                                                      \
    case TP_BRIDGE_FRAME_##NAME:                                                                   \
        return #name;
        TP_BRIDGE_FRAME_DROP_LIST(DROP_NAME)
#undef DROP_NAME
    case TP_BRIDGE_FRAME_DROPS:
        break;
    }
    return "?";
}

/* ---- texts ---- */

void tpi_bridge_say(tp_bridge_t *bridge, int level, const char *format, ...)
{
    char text[400];
    if (bridge->config.o.event != NULL) {
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        bridge->config.o.event(bridge->config.o.event_clientd, level, text);
    }
}

void tpi_bridge_mapping_say(tpi_bridge_mapping_t *m, int level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(m->text, sizeof m->text, format, args);
    va_end(args);
    tpi_bridge_say(m->bridge, level, "mapping %u to %u: %s", m->config->source_stream_id,
                   m->dest_stream_id, m->text);
}

/* ---- routes ---- */

static bool is_routed_elsewhere(const tpi_bridge_mapping_t *m, uint32_t stream_id)
{
    const tp_bridge_t *bridge = m->bridge;
    for (size_t i = 0; i < bridge->nmappings; i++) {
        const tpi_bridge_mapping_t *other = &bridge->mappings[i];
        if (other == m) {
            continue;
        }
        if ((other->receiver != NULL && other->dest_stream_id == stream_id) ||
            (other->sender != NULL && tpi_bridge_wire_stream(other->config) == stream_id)) {
            return true;
        }
    }
    return false;
}

static void add_route(tp_bridge_t *bridge, uint32_t stream_id, tpi_bridge_mapping_t *m)
{
    size_t at = bridge->nroutes++;
    for (; at > 0 && bridge->routes[at - 1].stream_id > stream_id; at--) {
        bridge->routes[at] = bridge->routes[at - 1];
    }
    bridge->routes[at] = (tpi_route_t){ stream_id, m };
}

/* Rule: B-8 */
void tpi_bridge_route(tp_bridge_t *bridge)
{
    bridge->nroutes = 0;
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[i];
        const uint32_t source = m->config->source_stream_id;
        if (m->receiver == NULL) {
            continue;
        }
        if (m->dest_stream_id != 0) {
            add_route(bridge, m->dest_stream_id, m);
        }
        if (source != m->dest_stream_id && !is_routed_elsewhere(m, source)) {
            add_route(bridge, source, m);
        }
    }
}

const tpi_route_t *tpi_bridge_find_route(const tp_bridge_t *bridge, uint32_t stream_id)
{
    size_t low = 0;
    size_t high = bridge->nroutes;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (bridge->routes[middle].stream_id < stream_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < bridge->nroutes && bridge->routes[low].stream_id == stream_id
               ? &bridge->routes[low]
               : NULL;
}

/* ---- life ---- */

uint32_t tpi_bridge_client_id(const tp_bridge_t *bridge, size_t which)
{
    const uint32_t base = bridge->config.o.client_id_base;
    return base != 0 ? base + (uint32_t)which : 0; /* Rule: C-7 */
}

static int make_mappings(tp_bridge_t *bridge)
{
    const tpi_bridge_config_t *config = &bridge->config;
    int rc = TP_OK;
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[i];
        m->bridge = bridge;
        m->config = &config->mappings[i];
        m->index = i;
        /* All of them before the first is allocated. */
        m->dest_stream_id = m->config->dest_stream_id;
        bridge->sends = bridge->sends || tpi_bridge_sends(m->config);
        bridge->receives = bridge->receives || tpi_bridge_receives(m->config);
    }
    for (size_t i = 0; i < bridge->nmappings && rc == TP_OK; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[i];
        if (tpi_bridge_receives(m->config)) {
            rc = tpi_receiver_create(m);
        }
        if (rc == TP_OK && tpi_bridge_sends(m->config)) {
            rc = tpi_sender_create(m);
        }
    }
    return rc;
}

static int open_payload(tp_bridge_t *bridge)
{
    const tp_bridge_options_t *o = &bridge->config.o;
    tpi_link_t *link = bridge->client->link;
    int rc = TP_OK;
    if (bridge->sends) {
        const size_t largest =
            tpi_chunk_size(bridge->dialect, true, tpi_bridge_chunk_limit(&bridge->config));
        bridge->scratch = malloc(largest); /* Rule: B-16 */
        if (bridge->scratch == NULL) {
            return tpi_fail(TP_ENOMEM, "bridge chunk of %zu bytes", largest);
        }
        rc = tpi_link_add_publication(link, &bridge->payload_pub, o->payload_channel,
                                      (int32_t)o->payload_stream_id, true);
        if (rc == TP_OK && bridge->dialect == TPI_DIALECT_V12) {
            const tp_client_options_t *c = &bridge->client->options;
            rc = tpi_link_add_subscription(link, &bridge->descriptor_sub, c->descriptor_channel,
                                           c->descriptor_stream_id, NULL, NULL);
        }
    }
    if (rc == TP_OK && bridge->receives) {
        rc = tpi_link_add_subscription(link, &bridge->payload_sub, o->payload_channel,
                                       (int32_t)o->payload_stream_id, NULL, NULL);
    }
    return rc;
}

int tp_bridge_create(tp_bridge_t **out, tp_client_t *client, const tp_bridge_options_t *options)
{
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    tp_bridge_t *bridge = calloc(1, sizeof *bridge);
    if (bridge == NULL) {
        return tpi_fail(TP_ENOMEM, "bridge");
    }
    bridge->client = client;
    int rc = tpi_bridge_config_read(&bridge->config, options, &client->options);
    if (rc != TP_OK) {
        free(bridge);
        return rc;
    }
    bridge->dialect =
        client->options.wire_dialect == TP_WIRE_V12 ? TPI_DIALECT_V12 : TPI_DIALECT_V11; /* */
    bridge->timeout_ns = (int64_t)bridge->config.o.assembly_timeout_ms * 1000000;
    bridge->chunk_limit = tpi_bridge_chunk_limit(&bridge->config);
    bridge->uses_metadata = bridge->config.forwards_metadata || bridge->config.o.forward_tracelink;
    bridge->now_ns = tp_client_now_ns(client);
    bridge->counters_due_ns = bridge->now_ns;
    bridge->look_due_ns = bridge->now_ns + LOOK_NS;
    bridge->mappings = calloc(bridge->config.o.mappings_count, sizeof *bridge->mappings);
    bridge->routes = calloc(2 * bridge->config.o.mappings_count, sizeof *bridge->routes);
    if (bridge->mappings == NULL || bridge->routes == NULL) {
        rc = tpi_fail(TP_ENOMEM, "bridge");
    } else {
        bridge->nmappings = bridge->config.o.mappings_count;
        rc = make_mappings(bridge);
    }
    rc = rc == TP_OK ? open_payload(bridge) : rc;
    rc = rc == TP_OK ? tpi_control_open(bridge) : rc;
    if (rc != TP_OK) {
        tp_bridge_destroy(bridge);
        return rc;
    }
    tpi_bridge_route(bridge);
    *out = bridge;
    return TP_OK;
}

/* All at once, so that they wait for the driver's answers together. */
static void close_leases(tp_bridge_t *bridge)
{
    const int64_t now_ns = tp_client_now_ns(bridge->client);
    for (size_t i = 0; i < bridge->nmappings; i++) {
        const tpi_bridge_mapping_t *m = &bridge->mappings[i];
        if (m->sender != NULL && m->sender->consumer != NULL) {
            tpi_attachment_close(&m->sender->consumer->attachment, now_ns);
        }
        if (m->receiver != NULL && m->receiver->producer != NULL) {
            tpi_producer_close(m->receiver->producer, now_ns);
        }
    }
}

void tp_bridge_destroy(tp_bridge_t *bridge)
{
    if (bridge == NULL) {
        return;
    }
    tpi_bridge_counters_close(bridge);
    close_leases(bridge);
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_sender_destroy(&bridge->mappings[i]);
        tpi_receiver_destroy(&bridge->mappings[i]);
    }
    tpi_control_close(bridge);
    tpi_publication_close(bridge->payload_pub);
    tpi_subscription_close(bridge->payload_sub);
    tpi_subscription_close(bridge->descriptor_sub);
    free(bridge->scratch);
    free(bridge->routes);
    free(bridge->mappings);
    tpi_bridge_config_free(&bridge->config);
    free(bridge);
}

/* ---- a turn ---- */

static void look_at_streams(tp_bridge_t *bridge)
{
    tp_bridge_status_t status;
    if (bridge->now_ns - bridge->look_due_ns < 0) {
        return;
    }
    bridge->look_due_ns = bridge->now_ns + LOOK_NS;
    tp_bridge_status(bridge, &status);
    if (strcmp(status.text, bridge->told) != 0) {
        memcpy(bridge->told, status.text, sizeof bridge->told);
        if (status.text[0] != '\0') {
            tpi_bridge_say(bridge, TP_BRIDGE_WARNING, "%s", status.text);
        }
    }
}

int tp_bridge_do_work(tp_bridge_t *bridge)
{
    int work = tp_client_do_work(bridge->client);
    bridge->now_ns = bridge->client->now_ns; /* Rule: C-3, C-9 read once, by the client */
    work += tpi_control_poll(bridge);
    for (size_t i = 0; i < bridge->nmappings; i++) {
        work += tpi_receiver_tick(&bridge->mappings[i]);
        work += tpi_sender_tick(&bridge->mappings[i]);
    }
    if (bridge->payload_sub != NULL) {
        work += tpi_subscription_poll(bridge->payload_sub, tpi_receiver_on_chunk, bridge,
                                      CHUNKS_PER_POLL);
    }
    if (bridge->descriptor_sub != NULL) {
        work += tpi_subscription_poll(bridge->descriptor_sub, tpi_sender_on_descriptor, bridge,
                                      DESCRIPTORS_PER_POLL);
    }
    if (bridge->sends) {
        work += tpi_bridge_send_frames(bridge);
    }
    bridge->duty_cycles++;
    bridge->work_done += (uint64_t)work;
    tpi_bridge_counters_tick(bridge);
    look_at_streams(bridge);
    return work;
}

/* ---- looking ---- */

/* All fields are uint64_t. */
_Static_assert(sizeof(tp_bridge_stats_t) % sizeof(uint64_t) == 0, "sums go word by word");

static void add_stats(tp_bridge_stats_t *sum, const tp_bridge_stats_t *stats)
{
    uint64_t a[sizeof *sum / sizeof(uint64_t)];
    uint64_t b[sizeof *sum / sizeof(uint64_t)];
    memcpy(a, sum, sizeof a);
    memcpy(b, stats, sizeof b);
    for (size_t i = 0; i < sizeof a / sizeof a[0]; i++) {
        a[i] += b[i];
    }
    memcpy(sum, a, sizeof a);
}

void tp_bridge_stats(const tp_bridge_t *bridge, tp_bridge_stats_t *out_stats)
{
    tp_bridge_stats_t sum = bridge->stats;
    for (size_t i = 0; i < bridge->nmappings; i++) {
        add_stats(&sum, &bridge->mappings[i].stats);
    }
    *out_stats = sum;
}

size_t tp_bridge_mapping_count(const tp_bridge_t *bridge)
{
    return bridge->nmappings;
}

static void describe(const tpi_bridge_mapping_t *m, tp_bridge_mapping_status_t *out)
{
    const tp_bridge_t *bridge = m->bridge;
    const tp_bridge_options_t *o = &bridge->config.o;
    *out = (tp_bridge_mapping_status_t){
        .source_stream_id = m->config->source_stream_id,
        .dest_stream_id = m->dest_stream_id,
        .role = m->config->role,
        .profile = m->config->profile != NULL ? m->config->profile : "",
        .is_failed = m->is_failed,
        .forwards_metadata = bridge->config.forwards_metadata &&
                             (bridge->config.echoes == NULL || !bridge->config.echoes[m->index]),
        .forwards_qos = o->forward_qos,
        .forwards_progress = o->forward_progress,
    };
    memcpy(out->text, m->text, sizeof out->text);
    if (m->receiver != NULL) {
        const tpi_receiver_t *r = m->receiver;
        if (r->producer != NULL) {
            tp_producer_status(r->producer, &out->dest);
        }
        out->source_epoch = r->has_announce ? r->epoch : 0;
        out->announced_epoch = out->source_epoch;
        out->frames_in_flight = r->assemblies.open;
    }
    if (m->sender != NULL) {
        tp_consumer_stats_t consumed;
        tp_consumer_stats(m->sender->consumer, &consumed);
        out->source_drops_gap = consumed.drops_gap;
        out->source_drops_late = consumed.drops_late;
        tp_consumer_status(m->sender->consumer, &out->source);
        out->source_epoch = tpi_consumer_epoch(m->sender->consumer);
        out->announced_epoch = m->sender->forwarded_epoch;
        out->chunk_bytes = bridge->chunk_bytes;
    }
}

int tp_bridge_mapping(const tp_bridge_t *bridge, size_t index,
                      tp_bridge_mapping_status_t *out_status, tp_bridge_stats_t *out_stats)
{
    if (index >= bridge->nmappings) {
        return tpi_fail(TP_EINVAL, "mapping %zu of %zu", index, bridge->nmappings);
    }
    if (out_status != NULL) {
        describe(&bridge->mappings[index], out_status);
    }
    if (out_stats != NULL) {
        *out_stats = bridge->mappings[index].stats;
    }
    return TP_OK;
}

static void add_error(char *text, size_t cap, const char *error)
{
    if (text[0] == '\0' && error[0] != '\0') {
        snprintf(text, cap, "%s", error);
    }
}

void tp_bridge_status(const tp_bridge_t *bridge, tp_bridge_status_t *out_status)
{
    const tpi_publication_t *const pubs[] = { bridge->payload_pub, bridge->control_pub,
                                              bridge->metadata_pub };
    const tpi_subscription_t *const subs[] = { bridge->payload_sub, bridge->control_sub,
                                               bridge->metadata_sub, bridge->source_metadata_sub,
                                               bridge->descriptor_sub };
    *out_status = (tp_bridge_status_t){
        .instance_id = bridge->config.o.instance_id,
        .is_payload_connected =
            bridge->payload_pub != NULL && tpi_publication_is_connected(bridge->payload_pub),
        .is_control_connected =
            bridge->control_pub != NULL && tpi_publication_is_connected(bridge->control_pub),
        .payload_images =
            bridge->payload_sub != NULL ? tpi_subscription_image_count(bridge->payload_sub) : 0,
        .duty_cycles = bridge->duty_cycles,
        .work_done = bridge->work_done,
    };
    char *text = out_status->text;
    for (size_t i = 0; i < sizeof pubs / sizeof pubs[0]; i++) {
        if (pubs[i] != NULL) {
            add_error(text, sizeof out_status->text, tpi_publication_error(pubs[i]));
        }
    }
    for (size_t i = 0; i < sizeof subs / sizeof subs[0]; i++) {
        if (subs[i] != NULL) {
            add_error(text, sizeof out_status->text, tpi_subscription_error(subs[i]));
        }
    }
}
