/*
 * Encoding and sending: one function per message the driver sends.
 */
#include <string.h>

#include "base/fail.h"
#include "driver/internal.h"

enum { ANNOUNCE_STAMP_OFFSET = TPI_WIRE_HEADER_BYTES + 16, MAX_DIMS = 8 };

static tpi_view_t view_of(const char *text)
{
    return (tpi_view_t){ .data = (const uint8_t *)text, .len = (uint32_t)strlen(text) };
}

static void send(tp_driver_t *d, tpi_outbox_t *outbox, tpi_outbox_kind_t kind, int len,
                 size_t stamp_offset)
{
    if (len < 0) {
        /* Our own values do not encode: a bug, or a channel of a stranger that passed. Say so and go on. */
        tpi_driver_log(d, TPI_LOG_ERROR, "cannot encode a message: %s", tp_errmsg());
        outbox->dropped[kind]++;
        return;
    }
    tpi_outbox_send(outbox, kind, d->scratch, (size_t)len, stamp_offset, d->now_ns);
}

static void fill_pools(const tpi_epoch_t *epoch, tpi_pool_entry_t *pools, uint16_t *out_npools,
                       tpi_view_t *out_ring)
{
    *out_npools = (uint16_t)epoch->npools;
    *out_ring = view_of(epoch->ring.uri);
    for (size_t i = 0; i < epoch->npools; i++) {
        const tpi_superblock_t *superblock = &epoch->pools[i].region.superblock;
        pools[i] = (tpi_pool_entry_t){
            .pool_id = superblock->pool_id,
            .nslots = superblock->nslots,
            .stride_bytes = superblock->stride_bytes,
            .region_uri = view_of(epoch->pools[i].uri),
        };
    }
}

/* Rule: D-21, D-23, D-31, X-2 */
void tpi_send_attach_ok(tp_driver_t *d, const tpi_lease_t *lease, int64_t correlation_id,
                        tpi_dialect_t dialect)
{
    tpi_attach_response_t *response = &d->response;
    const tpi_epoch_t *epoch = lease->stream->epoch;
    response->correlation_id = correlation_id;
    response->code = TPI_CODE_OK;
    response->lease_id = lease->key.lease_id;
    response->lease_expiry_timestamp_ns = (uint64_t)lease->expiry_ns; /* Rule: D-48, D-20 */
    response->stream_id = lease->key.stream_id;
    response->epoch = epoch->number;
    response->layout_version = TPI_LAYOUT_VERSION; /* Rule: D-22 */
    response->header_nslots = epoch->nslots;
    response->header_slot_bytes = TPI_HEADER_SLOT_BYTES;
    response->max_dims = dialect == TPI_DIALECT_V11 ? MAX_DIMS : TPI_NULL_U8;
    response->node_id = dialect == TPI_DIALECT_V12 ? lease->node_id : TPI_NULL_U32;
    fill_pools(epoch, response->pools, &response->npools, &response->header_region_uri);
    response->error_message = (tpi_view_t){ 0 };
    d->stats.attach_responses++;
    send(d, &d->control_out, TPI_OUT_RESPONSE,
         tpi_attach_response_encode(d->scratch, d->scratch_size, dialect, response), 0);
}

/* Rule: D-21, D-31 - nulls, an empty group, and why. */
void tpi_send_attach_error(tp_driver_t *d, int64_t correlation_id, tpi_dialect_t dialect,
                           int32_t code, const char *text)
{
    tpi_attach_response_t *response = &d->response;
    response->correlation_id = correlation_id;
    response->code = code;
    response->lease_id = response->lease_expiry_timestamp_ns = response->epoch = TPI_NULL_U64;
    response->stream_id = response->layout_version = response->header_nslots = response->node_id =
        TPI_NULL_U32;
    response->header_slot_bytes = TPI_NULL_U16;
    response->max_dims = TPI_NULL_U8;
    response->npools = 0;
    response->header_region_uri = (tpi_view_t){ 0 };
    response->error_message = view_of(text);
    d->stats.attach_responses++;
    d->stats.attach_refused++;
    send(d, &d->control_out, TPI_OUT_RESPONSE,
         tpi_attach_response_encode(d->scratch, d->scratch_size, dialect, response), 0);
}

void tpi_send_detach_response(tp_driver_t *d, int64_t correlation_id, int32_t code,
                              const char *text)
{
    const tpi_detach_response_t response = { .correlation_id = correlation_id,
                                             .code = code,
                                             .error_message = view_of(text) };
    d->stats.detach_responses++;
    send(d, &d->control_out, TPI_OUT_RESPONSE,
         tpi_detach_response_encode(d->scratch, d->scratch_size, &response), 0);
}

/* Rule: D-53 */
void tpi_send_lease_revoked(tp_driver_t *d, const tpi_lease_key_t *key, uint8_t reason,
                            const char *text)
{
    const tpi_lease_revoked_t notice = {
        .timestamp_ns = (uint64_t)d->now_ns,
        .lease_id = key->lease_id,
        .stream_id = key->stream_id,
        .client_id = key->client_id,
        .role = key->role,
        .reason = reason,
        .error_message = view_of(text),
    };
    send(d, &d->control_out, TPI_OUT_NOTICE,
         tpi_lease_revoked_encode(d->scratch, d->scratch_size, &notice), 0);
}

/* Rule: D-5, D-75 */
void tpi_send_announce(tp_driver_t *d, const tpi_stream_t *stream)
{
    tpi_shm_pool_announce_t *announce = &d->announce;
    announce->stream_id = stream->id;
    announce->producer_id = stream->producer != NULL ? stream->producer->key.client_id : 0;
    announce->epoch = stream->epoch->number;
    announce->announce_timestamp_ns = (uint64_t)d->now_ns;
    announce->clock_domain = TPI_CLOCK_MONOTONIC;
    announce->layout_version = TPI_LAYOUT_VERSION;
    announce->header_nslots = stream->epoch->nslots;
    announce->header_slot_bytes = TPI_HEADER_SLOT_BYTES;
    fill_pools(stream->epoch, announce->pools, &announce->npools, &announce->header_region_uri);
    d->stats.announces++;
    send(d, d->announce_out, TPI_OUT_ANNOUNCE,
         tpi_shm_pool_announce_encode(d->scratch, d->scratch_size, announce),
         ANNOUNCE_STAMP_OFFSET);
}

void tpi_send_config(tp_driver_t *d, const tpi_consumer_config_t *config)
{
    send(d, &d->control_out, TPI_OUT_CONFIG,
         tpi_consumer_config_encode(d->scratch, d->scratch_size, config), 0);
}

/* Rule: D-77 */
void tpi_send_shutdown(tp_driver_t *d, uint8_t reason, const char *text)
{
    const tpi_driver_shutdown_t notice = { .timestamp_ns = (uint64_t)d->now_ns,
                                           .reason = reason,
                                           .error_message = view_of(text) };
    send(d, &d->control_out, TPI_OUT_NOTICE,
         tpi_driver_shutdown_encode(d->scratch, d->scratch_size, &notice), 0);
}
