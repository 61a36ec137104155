/*
 * rate_limiter/internal.h - what the files of this folder share: options.c judges, limiter.c is the
 * agent, frames.c the path of a frame, binding.c whose rate counts, forward.c everything else that is
 * passed on.
 */
#ifndef TPI_RATE_LIMITER_INTERNAL_H
#define TPI_RATE_LIMITER_INTERNAL_H

#include "client/client_internal.h"
#include "consumer/traces.h"
#include "tensorpool/consumer.h"
#include "tensorpool/producer.h"
#include "tensorpool/rate_limiter.h"

#define TPI_RATE_COUNTERS 8
#define TPI_RATE_SIGNS_MISSED 5                  /* Rule: R-7 */
#define TPI_RATE_REJECTED_NS INT64_C(6000000000) /* more than leases live unattended, by default */
#define TPI_RATE_MESSAGE_MAX (512u * 1024u)      /* a term of 4 MiB carries no more */

typedef struct tpi_rate_gate {
    int64_t interval_ns; /* 0: always open */
    int64_t next_ns;
    bool is_fresh; /* the first frame passes at once */
} tpi_rate_gate_t;

typedef struct tpi_rate_mapping {
    tp_rate_mapping_t options;
    struct tp_rate_limiter *limiter;
    tp_consumer_t *consumer;
    tp_producer_t *producer;
    tp_rate_status_t status; /* counts; the rest is filled in when asked for */
    tpi_rate_gate_t gate;
    tp_frame_t held;      /* valid while status.is_holding */
    tpi_traces_t *traces; /* NULL: v1.1, there are none */
    bool awaits_trace;    /* the held frame's descriptor may still come, until the next turn */
    uint64_t nth;         /* frames read, for TP_RATE_EVERY_NTH */
    uint64_t remaps;      /* of the consumer, when last looked at */
    uint64_t source_epoch;
    uint64_t last_seq; /* claimed in the destination's epoch */
    bool has_seq;
    bool was_running; /* ever */
    bool is_rejected; /* by the driver, since rejected_ns */
    int64_t rejected_ns;
    /* */
    uint32_t consumer_id;
    uint32_t consumer_rate_hz;
    int64_t consumer_sign_ns;
    uint32_t warned_id; /* a second consumer that was told of */
    tpi_counter_t *counters[TPI_RATE_COUNTERS];
} tpi_rate_mapping_t;

struct tp_rate_limiter {
    tp_client_t *client;
    tp_rate_limiter_options_t options; /* defaults filled in; texts are in `texts` */
    char *texts;
    tpi_rate_mapping_t *mappings;
    size_t nmappings;
    tpi_subscription_t *hello_sub, *consumer_qos_sub;
    tpi_subscription_t *descriptor_sub;                        /* NULL: v1.1 */
    tpi_subscription_t *progress_sub, *qos_sub, *metadata_sub; /* NULL: not forwarded */
    tpi_publication_t *progress_pub, *qos_pub, *metadata_pub;
    uint8_t *scratch; /* TPI_RATE_MESSAGE_MAX */
    tp_rate_ignored_t ignored;
    int64_t now_ns;
    int64_t counters_due_ns;
    tpi_counter_t *cycles, *work;
    uint64_t cycles_count, work_count;
};

/* options.c */
/** Copy, check, fill in defaults. *out_texts and *out_mappings are heap blocks. TP_EINVAL, TP_ENOMEM. */
int tpi_rate_options_read(tp_rate_limiter_options_t *out, char **out_texts,
                          tp_rate_mapping_t **out_mappings, const tp_client_options_t *client,
                          const tp_rate_limiter_options_t *options);

/* frames.c */
/** Descriptors of v1.2, for their trace ids. Bounded; work done. */
int tpi_rate_poll_traces(struct tp_rate_limiter *limiter);
/** Bounded: read, hold, let through. Returns work done. */
int tpi_rate_frames(tpi_rate_mapping_t *mapping, int64_t now_ns);
bool tpi_rate_gate_is_open(const tpi_rate_gate_t *gate, int64_t now_ns);
void tpi_rate_gate_passed(tpi_rate_gate_t *gate, int64_t now_ns);
/** A new rate holds from the next frame that passes. */
void tpi_rate_gate_set(tpi_rate_gate_t *gate, uint32_t rate_hz);
void tpi_rate_gate_reset(tpi_rate_gate_t *gate);

/* binding.c */
int tpi_rate_poll_binding(struct tp_rate_limiter *limiter, int64_t now_ns);
uint32_t tpi_rate_in_force(const tpi_rate_mapping_t *mapping);

/* forward.c */
int tpi_rate_forward(struct tp_rate_limiter *limiter, int64_t now_ns);

/* limiter.c */
void tpi_rate_say(const struct tp_rate_limiter *limiter, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
