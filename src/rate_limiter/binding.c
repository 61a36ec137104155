/*
 * rate_limiter/binding.c - whose rate counts: that of the one consumer which asks for
 * frames of the destination at a rate, as long as it shows itself; else the mapping's.
 * Rule
 */
#include "rate_limiter/internal.h"
#include "wire/codec.h"

#define POLL_LIMIT 64

uint32_t tpi_rate_in_force(const tpi_rate_mapping_t *m)
{
    if (m->consumer_id != 0) {
        return m->consumer_rate_hz;
    }
    return m->options.max_rate_hz != TP_RATE_INHERIT ? m->options.max_rate_hz
                                                     : m->limiter->options.max_rate_hz;
}

static void bind(tpi_rate_mapping_t *m, uint32_t consumer_id, uint32_t rate_hz)
{
    m->consumer_id = consumer_id;
    m->consumer_rate_hz = rate_hz;
    tpi_rate_gate_set(&m->gate, tpi_rate_in_force(m));
}

static tpi_rate_mapping_t *by_destination(struct tp_rate_limiter *limiter, uint32_t stream_id)
{
    for (size_t i = 0; i < limiter->nmappings; i++) {
        if (limiter->mappings[i].options.dest_stream_id == stream_id) {
            return &limiter->mappings[i];
        }
    }
    return NULL;
}

static void on_hello(struct tp_rate_limiter *limiter, const tpi_consumer_hello_t *hello)
{
    tpi_rate_mapping_t *m = by_destination(limiter, hello->stream_id);
    if (m == NULL || hello->consumer_id == 0) {
        return; /* of another stream, or our own, of the source */
    }
    const bool has_rate = hello->mode == TPI_MODE_RATE_LIMITED;
    if (m->consumer_id != 0 && m->consumer_id != hello->consumer_id) {
        if (has_rate && m->warned_id != hello->consumer_id) {
            m->warned_id = hello->consumer_id;
            tpi_rate_say(
                limiter, 30,
                "stream %u: consumer %u asks for %u Hz, and the rate is that of consumer %u",
                hello->stream_id, hello->consumer_id, hello->max_rate_hz, m->consumer_id);
        }
        return;
    }
    m->consumer_sign_ns = limiter->now_ns;
    if (!has_rate) {
        if (m->consumer_id != 0) {
            bind(m, 0, 0); /* it does not ask for a rate any more */
        }
        return;
    }
    const uint32_t rate_hz = hello->max_rate_hz == TPI_NULL_U32 ? 0 : hello->max_rate_hz;
    if (m->consumer_id == 0) {
        tpi_rate_say(limiter, 20, "stream %u: the rate is that of consumer %u, %u Hz",
                     hello->stream_id, hello->consumer_id, rate_hz);
    }
    bind(m, hello->consumer_id, rate_hz);
}

static void on_message(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    struct tp_rate_limiter *limiter = clientd;
    tpi_wire_header_t header;
    (void)info;
    /* Rule: C-1 */
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return;
    }
    if (header.template_id == TPI_CONSUMER_HELLO) {
        tpi_consumer_hello_t hello;
        if (tpi_consumer_hello_decode(data, len, &hello) == TP_OK) {
            on_hello(limiter, &hello);
        } else {
            limiter->ignored.decode++;
        }
    } else if (header.template_id == TPI_QOS_CONSUMER) {
        tpi_qos_consumer_t qos;
        if (tpi_qos_consumer_decode(data, len, &qos) == TP_OK) {
            tpi_rate_mapping_t *m = by_destination(limiter, qos.stream_id);
            if (m != NULL && m->consumer_id == qos.consumer_id) {
                m->consumer_sign_ns = limiter->now_ns;
            }
        } else {
            limiter->ignored.decode++;
        }
    }
}

int tpi_rate_poll_binding(struct tp_rate_limiter *limiter, int64_t now_ns)
{
    int work = tpi_subscription_poll(limiter->hello_sub, on_message, limiter, POLL_LIMIT);
    work += tpi_subscription_poll(limiter->consumer_qos_sub, on_message, limiter, POLL_LIMIT);
    for (size_t i = 0; i < limiter->nmappings; i++) {
        tpi_rate_mapping_t *m = &limiter->mappings[i];
        if (m->consumer_id != 0 && now_ns - m->consumer_sign_ns >
                                       TPI_RATE_SIGNS_MISSED * limiter->options.hello_interval_ns) {
            tpi_rate_say(limiter, 20, "stream %u: consumer %u is gone, and its rate with it",
                         m->options.dest_stream_id, m->consumer_id);
            bind(m, 0, 0);
        }
    }
    return work;
}
