/*
 * client/control.c - the control plane by hand (control.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "client/client_internal.h"
#include "wire/codec.h"

int tp_control_adapter_create(tp_control_adapter_t **out, tp_client_t *client,
                              const tp_control_handlers_t *handlers, void *clientd)
{
    if (out == NULL || client == NULL || handlers == NULL) {
        return tpi_fail(TP_EINVAL, "out, client or handlers is NULL");
    }
    tp_control_adapter_t *adapter = calloc(1, sizeof *adapter);
    if (adapter == NULL) {
        return tpi_fail(TP_ENOMEM, "control adapter");
    }
    adapter->client = client;
    adapter->handlers = *handlers;
    adapter->clientd = clientd;
    adapter->next = client->adapters;
    client->adapters = adapter;
    *out = adapter;
    return TP_OK;
}

void tp_control_adapter_destroy(tp_control_adapter_t *adapter)
{
    if (adapter == NULL) {
        return;
    }
    for (tp_control_adapter_t **at = &adapter->client->adapters; *at != NULL; at = &(*at)->next) {
        if (*at == adapter) {
            *at = adapter->next;
            break;
        }
    }
    free(adapter);
}

static int send(tp_client_t *client, const uint8_t *buf, int len)
{
    if (len < 0) {
        return TP_EINVAL; /* the encoder left a text */
    }
    switch (tpi_client_send(client, buf, (size_t)len)) {
    case TPI_SEND_OK:
        return TP_OK;
    case TPI_SEND_NOT_READY:
    case TPI_SEND_NOT_CONNECTED:
    case TPI_SEND_BACK_PRESSURED:
    case TPI_SEND_ADMIN_ACTION:
        return TP_EAGAIN;
    case TPI_SEND_CLOSED:
        return tpi_fail(TP_ECLOSED, "the control publication was closed");
    case TPI_SEND_ERROR:
        break;
    }
    return tpi_fail(TP_EINVAL, "the control stream does not take a message of %d bytes", len);
}

int tp_control_send_attach(tp_client_t *client, const tp_attach_params_t *params,
                           int64_t *out_correlation_id)
{
    uint8_t buf[64];
    if (client == NULL || params == NULL) {
        return tpi_fail(TP_EINVAL, "client or params is NULL");
    }
    if (params->client_id == 0 || params->client_id == TPI_NULL_U32) {
        return tpi_fail(TP_EINVAL, "client_id %u, expected 1..0xFFFFFFFE", params->client_id);
    }
    const tpi_attach_request_t request = {
        .correlation_id = params->correlation_id != 0
                              ? params->correlation_id
                              : tpi_client_draw_correlation(client, params->client_id),
        .stream_id = params->stream_id,
        .client_id = params->client_id,
        .role = (uint8_t)params->role,
        .expected_layout_version = params->expected_layout_version,
        .max_dims = 0, /* Rule: D-23 */
        .publish_mode = params->publish_mode == TP_EXISTING_OR_CREATE
                            ? TPI_PUBLISH_EXISTING_OR_CREATE
                            : TPI_PUBLISH_REQUIRE_EXISTING,
        .require_hugepages = (uint8_t)params->hugepages,
        .desired_node_id = params->desired_node_id,
    };
    const tpi_dialect_t dialect = client->options.wire_dialect == TP_WIRE_V12
                                      ? TPI_DIALECT_V12
                                      : TPI_DIALECT_V11; /* Rule: X-3 */
    const int rc = send(client, buf, tpi_attach_request_encode(buf, sizeof buf, dialect, &request));
    if (rc == TP_OK && out_correlation_id != NULL) {
        *out_correlation_id = request.correlation_id;
    }
    return rc;
}

int tp_control_send_keepalive(tp_client_t *client, uint64_t lease_id, uint32_t stream_id,
                              uint32_t client_id, tp_role_t role)
{
    uint8_t buf[64];
    if (client == NULL) {
        return tpi_fail(TP_EINVAL, "client is NULL");
    }
    const tpi_lease_keepalive_t keepalive = {
        .lease_id = lease_id,
        .stream_id = stream_id,
        .client_id = client_id,
        .role = (uint8_t)role,
        .client_timestamp_ns = (uint64_t)tpi_client_clock(client),
    };
    return send(client, buf, tpi_lease_keepalive_encode(buf, sizeof buf, &keepalive));
}

int tp_control_send_detach(tp_client_t *client, uint64_t lease_id, uint32_t stream_id,
                           uint32_t client_id, tp_role_t role, int64_t *out_correlation_id)
{
    uint8_t buf[64];
    if (client == NULL) {
        return tpi_fail(TP_EINVAL, "client is NULL");
    }
    const tpi_detach_request_t request = {
        .correlation_id = tpi_client_draw_correlation(client, client_id),
        .lease_id = lease_id,
        .stream_id = stream_id,
        .client_id = client_id,
        .role = (uint8_t)role,
    };
    const int rc = send(client, buf, tpi_detach_request_encode(buf, sizeof buf, &request));
    if (rc == TP_OK && out_correlation_id != NULL) {
        *out_correlation_id = request.correlation_id;
    }
    return rc;
}

int tp_control_send_shutdown(tp_client_t *client, const char *token, uint8_t reason,
                             const char *text)
{
    uint8_t buf[2 * TPI_MAX_ERROR_MESSAGE + 64];
    if (client == NULL) {
        return tpi_fail(TP_EINVAL, "client is NULL");
    }
    const tpi_driver_shutdown_request_t request = {
        .correlation_id = tpi_client_draw_correlation(client, 0),
        .reason = reason,
        .token = { .data = (const uint8_t *)token,
                   .len = token != NULL ? (uint32_t)strlen(token) : 0 },
        .error_message = { .data = (const uint8_t *)text,
                           .len = text != NULL ? (uint32_t)strlen(text) : 0 },
    };
    return send(client, buf, tpi_driver_shutdown_request_encode(buf, sizeof buf, &request));
}
