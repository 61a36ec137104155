/*
 * ConsumerHello: private descriptor and control streams (D-109..D-112).
 *
 * An id belongs to the consumer's lease: the same consumer asking again gets the same one, and it goes back to the range when the lease ends or a later
 * hello does not ask for that kind any more.
 */
#include <string.h>

#include "driver/internal.h"
#include "tensorpool/consumer.h"

/* Rule: D-110, D-120, W-98 - aeron:ipc, with or without parameters, and nothing else. */
static bool is_allowed(tpi_view_t channel)
{
    static const char ipc[] = "aeron:ipc";
    const size_t len = sizeof(ipc) - 1;
    return channel.len >= len && channel.len < TP_STREAM_CHANNEL_MAX &&
           memcmp(channel.data, ipc, len) == 0 && (channel.len == len || channel.data[len] == '?');
}

static bool asks(tpi_view_t channel, uint32_t id)
{
    return channel.len > 0 || (id != 0 && id != TPI_NULL_U32);
}

/** One kind of stream. *held is the lease's id, 0 if none. What goes into the answer is in *out_channel and *out_id. */
static void serve(tpi_id_range_t *range, bool may_have, uint32_t *held, tpi_view_t channel,
                  tpi_view_t *out_channel, uint32_t *out_id)
{
    *out_channel = (tpi_view_t){ 0 };
    *out_id = 0;
    if (!may_have || !is_allowed(channel)) { /* Rule: D-111, D-112, W-95 */
        tpi_id_range_give(range, *held);
        *held = 0;
        return;
    }
    if (*held == 0 && tpi_id_range_take(range, held) != TP_OK) { /* Rule: D-109, D-111 */
        *held = 0;
        return;
    }
    *out_channel = channel;
    *out_id = *held;
}

void tpi_driver_free_private_streams(tp_driver_t *d, tpi_lease_t *lease)
{
    tpi_id_range_give(&d->descriptor_ids, lease->descriptor_stream_id);
    tpi_id_range_give(&d->control_ids, lease->control_stream_id);
    lease->descriptor_stream_id = lease->control_stream_id = 0;
}

/* Rule: W-92, D-112 a supervisor may send configs, too. Each is the full state and the latest wins, so our
 * next answer must not take back what its last one said. */
void tpi_driver_on_config(tp_driver_t *d, const uint8_t *data, size_t len)
{
    tpi_consumer_config_t config;
    if (tpi_consumer_config_decode(data, len, &config) != TP_OK) {
        d->stats.decode_errors++;
        return;
    }
    tpi_lease_t *lease = tpi_leases_find_client(&d->leases, config.consumer_id);
    if (lease != NULL && lease->key.stream_id == config.stream_id &&
        lease->key.role == TPI_ROLE_CONSUMER && !d->config.supervisor_assigns_streams) {
        lease->mode = config.mode;
        lease->is_told_no_shm = config.use_shm == TPI_BOOL_FALSE;
    }
}

void tpi_driver_on_hello(tp_driver_t *d, const uint8_t *data, size_t len)
{
    tpi_consumer_hello_t hello;
    if (tpi_consumer_hello_decode(data, len, &hello) != TP_OK) {
        d->stats.decode_errors++;
        return;
    }
    if (d->config.supervisor_assigns_streams) {
        return; /* Rule: D-112 one of a deployment answers, and here it is another */
    }
    /* Rule: D-44, D-110 */
    tpi_lease_t *lease = tpi_leases_find_client(&d->leases, hello.consumer_id);
    if (lease == NULL || lease->key.stream_id != hello.stream_id ||
        lease->key.role != TPI_ROLE_CONSUMER) {
        return;
    }
    if (hello.mode != lease->asked_mode) {
        lease->asked_mode = lease->mode = hello.mode;
    }
    const bool had_any = lease->descriptor_stream_id != 0 || lease->control_stream_id != 0;
    if (!had_any && !asks(hello.descriptor_channel, hello.descriptor_stream_id) &&
        !asks(hello.control_channel, hello.control_stream_id)) {
        return; /* most hellos: a sign of life and nothing else */
    }
    /* A consumer that cannot use our regions is told so and gets no streams of its own. Rule: W-91 */
    const uint32_t version = hello.expected_layout_version;
    const bool can_shm = hello.supports_shm == TPI_BOOL_TRUE &&
                         (version == 0 || version == TPI_NULL_U32 || version == TPI_LAYOUT_VERSION);
    if (can_shm && lease->is_told_no_shm) {
        tpi_driver_free_private_streams(d, lease);
        return;
    }
    tpi_consumer_config_t config = {
        .stream_id = hello.stream_id,
        .consumer_id = hello.consumer_id,
        .use_shm = can_shm ? TPI_BOOL_TRUE : TPI_BOOL_FALSE,
        .mode = lease->mode,
    };
    serve(&d->descriptor_ids, can_shm, &lease->descriptor_stream_id, hello.descriptor_channel,
          &config.descriptor_channel, &config.descriptor_stream_id);
    serve(&d->control_ids, can_shm, &lease->control_stream_id, hello.control_channel,
          &config.control_channel, &config.control_stream_id);
    tpi_send_config(d, &config);
}
