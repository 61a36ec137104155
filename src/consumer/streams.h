/*
 * consumer/streams.h - streams that a consumer has to itself (wire.md 2.12, 2.13): asked for by hello, assigned or declined by
 * ConsumerConfig, opened and closed in the tick.
 *
 *            CONFIG with a stream   CONFIG without   image there   image gone
 *  none      assigned               declined         -             -
 *  asked     assigned               declined         -             -
 *  declined  assigned               declined         -             -
 *  assigned  assigned               declined         active        -
 *  active    assigned if another    declined         -             assigned
 *
 * A consumer that asks for a rate is driven by the descriptors of its active stream: it reads the frames which are described there
 * and no others. Every other one follows the ring, whatever streams it has (docs/decisions/0009).
 */
#ifndef TPI_CONSUMER_STREAMS_H
#define TPI_CONSUMER_STREAMS_H

#include "client/client_internal.h"
#include "tensorpool/consumer.h"

#define TPI_DESCRIBED_MAX 256

typedef struct tpi_own_stream {
    bool is_wanted;                          /* by the options */
    char ask_channel[TP_STREAM_CHANNEL_MAX]; /* of the hello */
    tp_stream_state_t state;
    char channel[TP_STREAM_CHANNEL_MAX]; /* assigned; "" */
    uint32_t stream_id;
    tpi_subscription_t *sub;      /* in use */
    tpi_subscription_t *next_sub; /* takes its place when it has an image (W-96) */
    bool is_changed;              /* the assigned one is not what was opened last */
} tpi_own_stream_t;

typedef struct tpi_consumer_streams {
    tpi_own_stream_t descriptor, control;
    uint8_t mode;                             /* in force, by the last config; else as asked */
    bool is_described;                        /* driven by descriptors */
    char fallback_uri[TP_STREAM_CHANNEL_MAX]; /* of the last config */
    /* Seqs described and not read yet, oldest first, and how many more were lost for want of room. */
    uint64_t seqs[TPI_DESCRIBED_MAX];
    uint32_t first, count;
    uint64_t lost;
} tpi_consumer_streams_t;

#endif
