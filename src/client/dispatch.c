/*
 * client/dispatch.c - what arrives on the control and announce streams, and to whom it goes.
 *
 * The streams are shared by everybody in both directions (D-11): most of what comes by is not for
 * us. Schema before template (D-12), because 900 and 901 use the same template numbers; then each
 * message is decoded once and handed to every attachment and adapter, which compare ids for
 * themselves.
 */
#include "client/client_internal.h"

#include "wire/codec.h"

int64_t tpi_client_domain_now(const tp_client_t *client, uint8_t clock_domain, int64_t now_ns)
{
    return clock_domain == TPI_CLOCK_REALTIME_SYNCED
               ? client->realtime_clock(client->options.clock_clientd)
               : now_ns;
}

bool tpi_client_announce_is_fresh(const tp_client_t *client,
                                  const tpi_shm_pool_announce_t *announce, int64_t joined_ns,
                                  int64_t now_ns)
{
    const uint64_t stamp = announce->announce_timestamp_ns;
    const int64_t window_ns = 3 * client->options.announce_period_ns;
    const int64_t age_ns =
        (int64_t)((uint64_t)tpi_client_domain_now(client, announce->clock_domain, now_ns) - stamp);
    /* Rule: W-81, D-76 too old, or from the future */
    if (age_ns > window_ns || age_ns < -window_ns) {
        return false;
    }
    /* Rule: W-82, D-76 never for another clock than ours */
    return announce->clock_domain != TPI_CLOCK_MONOTONIC ||
           (int64_t)(stamp - (uint64_t)joined_ns) >= 0;
}

void tpi_client_on_image(void *clientd, int32_t session_id, bool is_available)
{
    tp_client_t *client = clientd;
    if (is_available || tpi_link_state(client->link) != TPI_LINK_UP) {
        return; /* with the link everything goes; the tick says so */
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        tpi_attachment_on_image_gone(a, session_id, client->now_ns); /* Rule: D-83 */
    }
}

/* ---- adapters ---- */

static void region_refs(const tpi_pool_entry_t *pools, size_t npools, tp_region_ref_t *out)
{
    for (size_t i = 0; i < npools; i++) {
        out[i] = (tp_region_ref_t){
            .pool_id = pools[i].pool_id,
            .nslots = pools[i].nslots,
            .stride_bytes = pools[i].stride_bytes,
            .uri = (const char *)pools[i].region_uri.data,
            .uri_len = pools[i].region_uri.len,
        };
    }
}

static void tell_attach_response(tp_client_t *client, const tpi_attach_response_t *m)
{
    tp_region_ref_t refs[TPI_MAX_POOLS];
    region_refs(m->pools, m->npools, refs);
    const tp_attach_result_t result = {
        .correlation_id = m->correlation_id,
        .code = (tp_response_code_t)m->code,
        .lease_id = m->lease_id,
        .lease_expiry_ns = m->lease_expiry_timestamp_ns,
        .stream_id = m->stream_id,
        .epoch = m->epoch,
        .layout_version = m->layout_version,
        .nslots = m->header_nslots,
        .node_id = m->node_id,
        .header = { .nslots = m->header_nslots,
                    .uri = (const char *)m->header_region_uri.data,
                    .uri_len = m->header_region_uri.len },
        .pools = refs,
        .npools = m->npools,
        .error_message = (const char *)m->error_message.data,
        .error_message_len = m->error_message.len,
    };
    for (tp_control_adapter_t *a = client->adapters, *next; a != NULL; a = next) {
        next = a->next;
        if (a->handlers.attach_response != NULL) {
            a->handlers.attach_response(a->clientd, &result);
        }
    }
}

static void tell_announce(tp_client_t *client, const tpi_shm_pool_announce_t *m, int32_t session_id)
{
    tp_region_ref_t refs[TPI_MAX_POOLS];
    region_refs(m->pools, m->npools, refs);
    const tp_announce_t announce = {
        .stream_id = m->stream_id,
        .producer_id = m->producer_id,
        .epoch = m->epoch,
        .timestamp_ns = m->announce_timestamp_ns,
        .clock_domain = m->clock_domain,
        .layout_version = m->layout_version,
        .nslots = m->header_nslots,
        .header = { .nslots = m->header_nslots,
                    .uri = (const char *)m->header_region_uri.data,
                    .uri_len = m->header_region_uri.len },
        .pools = refs,
        .npools = m->npools,
        .session_id = session_id,
    };
    for (tp_control_adapter_t *a = client->adapters, *next; a != NULL; a = next) {
        next = a->next;
        if (a->handlers.announce != NULL) {
            a->handlers.announce(a->clientd, &announce);
        }
    }
}

static void tell_revoked(tp_client_t *client, const tpi_lease_revoked_t *m)
{
    const tp_lease_revoked_t notice = {
        .timestamp_ns = m->timestamp_ns,
        .lease_id = m->lease_id,
        .stream_id = m->stream_id,
        .client_id = m->client_id,
        .role = m->role,
        .reason = m->reason,
        .text = (const char *)m->error_message.data,
        .text_len = m->error_message.len,
    };
    for (tp_control_adapter_t *a = client->adapters, *next; a != NULL; a = next) {
        next = a->next;
        if (a->handlers.lease_revoked != NULL) {
            a->handlers.lease_revoked(a->clientd, &notice);
        }
    }
}

/* ---- messages ---- */

static void on_attach_response(tp_client_t *client, const uint8_t *data, size_t len,
                               const tpi_message_info_t *info)
{
    tpi_client_leftovers_on_response(client, data, len);
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        /* Each judges the bytes: what is malformed matters to the one who waits for it (D-32). */
        tpi_attachment_on_attach_response(a, data, len, info->session_id, client->now_ns);
    }
    if (client->adapters != NULL) {
        tpi_attach_response_t m;
        if (tpi_attach_response_decode(data, len, &m) == TP_OK) {
            tell_attach_response(client, &m);
        }
    }
}

static void on_detach_response(tp_client_t *client, const uint8_t *data, size_t len)
{
    tpi_detach_response_t m;
    if (tpi_detach_response_decode(data, len, &m) != TP_OK) {
        client->ignored_decode++;
        return;
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        tpi_attachment_on_detach_response(a, &m, client->now_ns);
    }
    for (tp_control_adapter_t *a = client->adapters, *next; a != NULL; a = next) {
        next = a->next;
        if (a->handlers.detach_response != NULL) {
            a->handlers.detach_response(a->clientd, m.correlation_id, (tp_response_code_t)m.code,
                                        (const char *)m.error_message.data, m.error_message.len);
        }
    }
}

static void on_revoked(tp_client_t *client, const uint8_t *data, size_t len)
{
    tpi_lease_revoked_t m;
    if (tpi_lease_revoked_decode(data, len, &m) != TP_OK) { /* Rule: D-59 */
        client->ignored_decode++;
        return;
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        tpi_attachment_on_revoked(a, &m, client->now_ns);
    }
    tell_revoked(client, &m);
}

static void on_shutdown(tp_client_t *client, const uint8_t *data, size_t len)
{
    tpi_driver_shutdown_t m;
    if (tpi_driver_shutdown_decode(data, len, &m) != TP_OK) {
        client->ignored_decode++;
        return;
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        tpi_attachment_on_shutdown(a, &m, client->now_ns);
    }
    for (tp_control_adapter_t *a = client->adapters, *next; a != NULL; a = next) {
        next = a->next;
        if (a->handlers.driver_shutdown != NULL) {
            a->handlers.driver_shutdown(a->clientd, m.timestamp_ns, m.reason,
                                        (const char *)m.error_message.data, m.error_message.len);
        }
    }
}

static void on_announce(tp_client_t *client, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    tpi_shm_pool_announce_t m;
    if (tpi_shm_pool_announce_decode(data, len, &m) != TP_OK) { /* Rule: W-80, D-13, D-14 */
        client->ignored_decode++;
        return;
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        tpi_attachment_on_announce(a, &m, data, len, info, client->now_ns);
    }
    if (client->adapters != NULL) {
        tell_announce(client, &m, info->session_id);
    }
}

static void on_hello(tp_client_t *client, const uint8_t *data, size_t len)
{
    tpi_consumer_hello_t m;
    bool is_decoded = false;
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        if (a->ops->peer_hello == NULL || !tpi_attachment_is_attached(a)) {
            continue;
        }
        if (!is_decoded && tpi_consumer_hello_decode(data, len, &m) != TP_OK) {
            client->ignored_decode++;
            return;
        }
        is_decoded = true;
        if (m.stream_id == a->stream_id) {
            a->ops->peer_hello(a->role, &m, client->now_ns);
            if (a->source != NULL && a->source->hello != NULL) {
                a->source->hello(a, &m, client->now_ns);
            }
        }
    }
}

static void on_progress(tp_client_t *client, const uint8_t *data, size_t len)
{
    tpi_frame_progress_t m;
    bool is_decoded = false;
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        if (a->ops->progress == NULL || !tpi_attachment_is_attached(a)) {
            continue;
        }
        if (!is_decoded && tpi_frame_progress_decode(data, len, &m) != TP_OK) {
            client->ignored_decode++;
            return;
        }
        is_decoded = true;
        if (m.stream_id == a->stream_id) {
            a->ops->progress(a->role, &m, client->now_ns);
        }
    }
}

/* Heard only where somebody asked for it, tpi_client_hear_qos. */
static void on_qos_consumer(tp_client_t *client, const uint8_t *data, size_t len,
                            const tpi_message_info_t *info)
{
    tpi_qos_consumer_t m;
    if (tpi_qos_consumer_decode(data, len, &m) != TP_OK) {
        client->ignored_decode++;
        return;
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        tpi_attachment_on_qos_consumer(a, &m, info->session_id, client->now_ns);
        if (a->ops->peer_qos != NULL && tpi_attachment_is_attached(a) &&
            m.stream_id == a->stream_id) {
            a->ops->peer_qos(a->role, &m, client->now_ns); /* Rule: W-99 */
        }
    }
}

static void on_config(tp_client_t *client, const uint8_t *data, size_t len)
{
    tpi_consumer_config_t m;
    if (tpi_consumer_config_decode(data, len, &m) != TP_OK) {
        client->ignored_decode++;
        return;
    }
    for (tpi_attachment_t *a = client->attachments; a != NULL; a = a->next) {
        if (a->ops->peer_config != NULL && tpi_attachment_is_attached(a) &&
            m.stream_id == a->stream_id) {
            a->ops->peer_config(a->role, &m, client->now_ns); /* Rule: D-112 */
        }
        /* Rule: W-92, D-44 */
        if (tpi_attachment_is_attached(a) && a->ops->config != NULL &&
            m.stream_id == a->stream_id && m.consumer_id == a->client_id) {
            a->ops->config(a->role, &m, client->now_ns);
        }
    }
}

void tpi_client_on_message(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info)
{
    tp_client_t *client = clientd;
    tpi_wire_header_t header;
    for (tp_control_adapter_t *a = client->adapters, *next; a != NULL; a = next) {
        next = a->next;
        if (a->handlers.raw != NULL) {
            a->handlers.raw(a->clientd, data, len, info->session_id);
        }
    }
    if (tpi_wire_peek(data, len, &header) != TP_OK) {
        client->ignored_decode++;
        return;
    }
    /* Rule: D-11, D-12 schema first; what is not for clients is ignored, our own messages among it
     */
    if (header.schema_id == TPI_DRIVER_SCHEMA_ID) {
        switch (header.template_id) {
        case TPI_ATTACH_RESPONSE:
            on_attach_response(client, data, len, info);
            break;
        case TPI_DETACH_RESPONSE:
            on_detach_response(client, data, len);
            break;
        case TPI_DRIVER_SHUTDOWN:
            on_shutdown(client, data, len);
            break;
        case TPI_LEASE_REVOKED:
            on_revoked(client, data, len);
            break;
        default:
            break;
        }
    } else if (header.schema_id == TPI_WIRE_SCHEMA_ID) {
        if (header.template_id == TPI_SHM_POOL_ANNOUNCE) {
            on_announce(client, data, len, info);
        } else if (header.template_id == TPI_CONSUMER_CONFIG) {
            on_config(client, data, len);
        } else if (header.template_id == TPI_CONSUMER_HELLO) {
            on_hello(client, data, len);
        } else if (header.template_id == TPI_FRAME_PROGRESS) {
            on_progress(client, data, len);
        } else if (header.template_id == TPI_QOS_CONSUMER) {
            on_qos_consumer(client, data, len, info);
        }
    }
}
