/*
 * producer/subscribers.h - the consumers of a producer's stream: what they want of it, and the descriptor and control streams
 * that some of them have to themselves (wire.md 2.12, 2.13).
 *
 * Who assigns such a stream is the SHM driver or a supervisor, by ConsumerConfig; a producer without a driver does it itself
 * (`assigns`). Handles are opened and closed in the tick alone; the commit path walks the list of what is ready.
 *
 *   hello          remembered; one that does not ask any more gives back what was asked for
 *   config         what the consumer has from now on, all of it
 *   nothing heard  for five intervals, or its subscription is gone: its streams are closed
 */
#ifndef TPI_PRODUCER_SUBSCRIBERS_H
#define TPI_PRODUCER_SUBSCRIBERS_H

#include "client/client_internal.h"
#include "tensorpool/consumer.h"

#define TPI_SUBSCRIBERS_DEFAULT 64

typedef struct tpi_private_stream {
    char channel[TP_STREAM_CHANNEL_MAX]; /* wanted; "": none */
    uint32_t stream_id;
    tpi_publication_t *pub; /* of what was wanted when it was opened */
    bool is_outdated;       /* pub is of something else than what is wanted now */
    bool was_connected;
    bool is_asked; /* by hello */
} tpi_private_stream_t;

typedef struct tpi_subscriber {
    uint32_t consumer_id; /* 0: free */
    int64_t sign_ns;      /* of life */
    bool is_greeted;      /* by a hello: what it wants is known; nothing is opened before */
    bool supports_progress;
    uint32_t progress_interval_us, progress_bytes_delta; /* 0: not said */
    tpi_private_stream_t descriptor, control;
    int64_t interval_ns; /* of descriptors (W-90); 0: each one */
    int64_t next_ns;
    bool is_fresh;            /* the next one passes at once */
    uint8_t asked_mode, mode; /* of the last hello; in force, also by a config (W-92) */
    uint32_t max_rate_hz;     /* of the last hello */
} tpi_subscriber_t;

typedef struct tpi_subscribers {
    tp_client_t *client;
    tpi_subscriber_t *list;
    size_t capacity;
    bool assigns;
    bool is_open;  /* the producer is active */
    bool is_dirty; /* there is something to open or to close */
    int64_t sweep_ns;
    tpi_subscriber_t **ready; /* whose descriptor stream can be sent on */
    size_t nready;
    bool is_any_capped;
    tpi_subscriber_t **progress; /* whose control stream can be sent on, and who wants progress */
    size_t nprogress;
    size_t wants_progress; /* subscribers that do, with or without a stream */
    int64_t progress_interval_ns;
    uint32_t progress_bytes_delta;
    uint64_t sent, capped, failed; /* descriptors on private streams */
    uint64_t declined;             /* requests, W-95, W-98 */
} tpi_subscribers_t;

void tpi_subscribers_init(tpi_subscribers_t *subs, tp_client_t *client, size_t capacity,
                          bool assigns);
void tpi_subscribers_fini(tpi_subscribers_t *subs);

void tpi_subscribers_on_hello(tpi_subscribers_t *subs, const tpi_consumer_hello_t *hello,
                              int64_t now_ns);
void tpi_subscribers_on_config(tpi_subscribers_t *subs, const tpi_consumer_config_t *config,
                               int64_t now_ns);
void tpi_subscribers_on_qos(tpi_subscribers_t *subs, const tpi_qos_consumer_t *qos, int64_t now_ns);
/** The producer is active from now on, or not any more: nothing is sent then, and all is closed in the next tick. */
void tpi_subscribers_set_open(tpi_subscribers_t *subs, bool is_open);
/** Open and close what is due. Returns work done. */
int tpi_subscribers_tick(tpi_subscribers_t *subs, int64_t now_ns);
/** When the next tick has something to do; TPI_NEVER. */
int64_t tpi_subscribers_next(const tpi_subscribers_t *subs, int64_t now_ns);

/** Hot path, when nready > 0: a descriptor to everybody whose turn it is. now_ns is needed with is_any_capped. */
void tpi_subscribers_send(tpi_subscribers_t *subs, const uint8_t *descriptor, size_t len,
                          int64_t now_ns);
/** A progress message to those who have a control stream to themselves. */
void tpi_subscribers_send_progress(tpi_subscribers_t *subs, const uint8_t *message, size_t len);

#endif
