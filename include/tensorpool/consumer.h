/*
 * tensorpool/consumer.h - follow a stream's frames without copying them, and know each one that was
 * lost and why.
 *
 * A consumer maps the regions read-only and follows the header ring itself: the slot's seqlock is
 * the truth, a FrameDescriptor only a wake-up. So it takes part in nobody's flow control: a stopped
 * consumer stalls neither the producer nor another consumer, and a lost descriptor loses no frame.
 * Life:    create -> { tp_client_do_work, tp_consumer_poll | tp_consumer_try_next }* -> destroy.
 * Attaching, epochs, reattaching happen inside do_work. Threads: the client's. poll and try_next do
 * not allocate, lock, log or make a system call, and never block; tp_consumer_wait is there to
 * block. Spec:    wire.md 2.5, 2.16, 2.18; driver.md 3.6;
 * docs/decisions/ (the ring is the truth).
 */
#ifndef TENSORPOOL_CONSUMER_H
#define TENSORPOOL_CONSUMER_H

#include "tensorpool/client.h"
#include "tensorpool/tensor.h"
#include "tensorpool/producer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_consumer tp_consumer_t;

typedef enum tp_start_at { TP_START_NEWEST = 0, TP_START_OLDEST = 1 } tp_start_at_t;

typedef struct tp_consumer_options {
    size_t size;
    uint32_t stream_id; /* required */
    uint32_t client_id; /* 0: drawn at random for each attachment; also the consumerId in hello and
                           QoS (D-44) */
    tp_publish_mode_t publish_mode;
    tp_hugepages_t hugepages;
    bool lock_memory;        /* D-98 */
    bool prefault;           /* touch all pages of the mapping once at attach */
    tp_start_at_t start_at;  /* first frame after the first mapping; after a remap always the oldest
                                that is readable */
    bool use_descriptors;    /* also subscribe to the shared descriptor stream: earlier knowledge of
                                aborted frames, at the price of taking part in its flow control */
    int64_t gap_patience_ns; /* how long a frame may stay uncommitted behind committed ones before
                                it counts as abandoned; default 1 s */
    uint32_t max_outstanding_seq_gap; /* resynchronise to the newest frame when further behind; 0:
                                         off (W-125) */
    uint32_t max_rate_hz; /* thin out locally; 0: every frame. Thinned frames are counted, not
                             dropped (W-89, W-123) */
    bool without_driver;  /* take no lease: map what is announced by whoever owns the stream, a
                            producer with `local` or a driver (W-79..W-86). Its status is
                            TP_ATTACH_REMAPPING until an announce came, up to an announce period */
    /* seqs that the stream leaves out, as behind a rate limiter, count as `skipped` and
       not as drops_gap (O-19) */
    bool gaps_expected;
    /* Streams of one's own (W-94..W-99). Asked for as long as the consumer lives; what becomes of it
     * says tp_consumer_streams. Channels: NULL is "aeron:ipc?term-length=64k"; at most 1023 bytes. */
    bool private_descriptors;
    const char *private_descriptor_channel;
    bool private_control; /* progress alone travels there (W-97) */
    const char *private_control_channel;
    bool wants_progress; /* frames under way, see tp_consumer_progress */
    /* hints to the producer, 0: none; it has floors of its own (W-108) */
    uint32_t progress_interval_us;
    uint32_t progress_bytes_delta;
    uint32_t progress_major_delta_units;
} tp_consumer_options_t;

#define TP_CONSUMER_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .size = sizeof(tp_consumer_options_t)                                                      \
    }

/** Start attaching; asynchronous. TP_EINVAL, TP_ENOMEM. The client must outlive the consumer. */
TP_API int tp_consumer_create(tp_consumer_t **out, tp_client_t *client,
                              const tp_consumer_options_t *options);
/** Unmap, detach (at most 1 s, D-64). Frames handed out are void. NULL is a no-op. */
TP_API void tp_consumer_destroy(tp_consumer_t *consumer);

TP_API bool tp_consumer_is_ready(const tp_consumer_t *consumer);
TP_API void tp_consumer_status(const tp_consumer_t *consumer, tp_attach_status_t *out_status);
/** Blocking convenience, as tp_producer_await_ready. */
TP_API int tp_consumer_await_ready(tp_consumer_t *consumer, int64_t timeout_ns);

/** One accepted frame. A view: data points into shared memory, read-only, and may be overwritten
 * while you read it: ask tp_frame_is_valid after use. */
typedef struct tp_frame {
    const uint8_t *data; /* NULL when length is 0 */
    size_t length;
    uint64_t seq;
    uint64_t epoch;
    uint64_t timestamp_ns; /* capture time; 0: unknown */
    uint32_t meta_version;
    uint16_t pool_id;
    tp_tensor_t tensor; /* checked; strides as sent (0 = inferred) */
    const void *slot;   /* the library's */
    uint64_t word;      /* the library's */
} tp_frame_t;

/** 0: go on; anything else ends the poll. Called on the polling thread; do not destroy the consumer
 * inside. The frame's views end with the next do_work. */
typedef int (*tp_frame_handler_t)(void *clientd, const tp_frame_t *frame);

/** Deliver up to `limit` frames in seq order. After each handler call the frame is checked again
 * and counted in `torn_after_use` if it was overwritten meanwhile. Returns frames delivered, or
 * TP_ESTATE when not mapped. */
TP_API int tp_consumer_poll(tp_consumer_t *consumer, tp_frame_handler_t handler, void *clientd,
                            size_t limit);
/** Next frame, if there is one: 1 and *out_frame, 0 nothing yet, TP_ESTATE when not mapped.
 *
 * An idle call does not look at the clock. Frames that were skipped or are late are found by looking
 * ahead, and whether it is time for that goes by the last do_work; without one, the clock is read in
 * each 17th idle call. gap_patience_ns starts with the look that found a frame late, so it does, too.
 * So call do_work in between, also while nothing comes. */
TP_API int tp_consumer_try_next(tp_consumer_t *consumer, tp_frame_t *out_frame);
/** Still what was handed out? Call after use, before trusting a result (W-57). False counts the
 * frame once as DROP-late `changed`. False too after a remap. */
TP_API bool tp_frame_is_valid(tp_consumer_t *consumer, const tp_frame_t *frame);

/**
 * Sleep until there may be a frame: for consumers that would rather use no processor time than gain
 * the last microseconds.
 *
 *     while (...) {
 *         while (tp_consumer_try_next(consumer, &frame) == 1) { ... }
 *         tp_client_do_work(client);
 *         tp_consumer_wait(consumer, timeout_ns);
 *     }
 *
 * It is about frames that were committed since try_next or poll last said 0, so those have to be
 * asked first; until then it returns at once. No frame is missed in between. Call do_work after
 * each return: it returns after 20 ms at the latest, whatever the timeout, because the client has
 * other work than frames (keepalives, the next epoch), of which nothing wakes it.
 *
 * With a producer of this library on the same media driver the thread sleeps in the kernel (futex)
 * and is woken by the producer's next commit; while frames come closer together than that takes, it
 * first looks for 50 us, giving the processor away in between. Where that is not possible - a
 * foreign producer, one with never_wake, one that has just attached or is beyond the 1024th of its
 * client, a kernel without membarrier(2) - the ring is polled with pauses that grow from nothing to
 * 1 ms, and it returns after 1 ms at the latest. While there is nothing mapped it pauses for as long.
 *
 * @param timeout_ns real time, whatever the client's clock; 0 or less: look, do not wait.
 * @return 1: look for a frame; there is one most of the time, but a wake-up may also come too early,
 *         for a frame that is not the next, or by a signal. 0: nothing new within the time.
 *         TP_ESTATE: not mapped.
 * Thread: the client's. Makes system calls, does not allocate. Not inside handlers. In the duty of a
 * tp_runner return 1 after it, or the runner pauses as well.
 */
TP_API int tp_consumer_wait(tp_consumer_t *consumer, int64_t timeout_ns);
/**
 * The same until there may be a frame for any of these consumers, which are of one thread. Several
 * can sleep together from Linux 5.16 on (futex_waitv); else, as with those that have nobody to wake
 * them and those beyond 128, it returns after 1 ms at the latest.
 * @return 1: look for frames, with each of them. 0: nothing new within the time. TP_ESTATE: none is
 *         mapped. TP_EINVAL: count is 0.
 */
TP_API int tp_consumer_wait_any(tp_consumer_t *const *consumers, size_t count, int64_t timeout_ns);

/* Each seq from first_seq on ends as exactly one of: accepted, thinned, skipped, or one drop cause. */
#define TP_DROP_LIST(X)                                                                            \
    X(OVERRUN, overrun)     /* gap: ring overwritten before we looked */                           \
    X(ABANDONED, abandoned) /* gap: the producer never committed it */                             \
    X(RESYNC, resync)       /* gap: skipped by max_outstanding_seq_gap */                          \
    X(ODD, odd)             /* late: announced, but not committed when read */                     \
    X(CHANGED, changed)     /* late: overwritten while it was read or used */                      \
    X(IDENTITY, identity)   /* late: another frame was in the slot */                              \
    X(HEADER, header)       /* late: tensor header breaks a rule */                                \
    X(PAYLOAD, payload)     /* late: payload outside its pool */                                   \
    X(REMAP, remap)         /* known frames discarded because epoch or lease ended */
typedef enum tp_drop_cause {
#define TP_DROP_ENUM(NAME, name) TP_DROP_##NAME,
    TP_DROP_LIST(TP_DROP_ENUM)
#undef TP_DROP_ENUM
        TP_DROP_CAUSES
} tp_drop_cause_t;
/** "overrun", "abandoned", ... Static. */
TP_API const char *tp_drop_cause_name(tp_drop_cause_t cause);

/** Cumulative for the consumer's life. */
typedef struct tp_consumer_stats {
    uint64_t accepted; /* frames handed out and, as far as asked, still valid after use */
    uint64_t bytes;
    uint64_t thinned;
    uint64_t drops[TP_DROP_CAUSES];
    uint64_t drops_gap;  /* overrun + abandoned + resync (W-122) */
    uint64_t drops_late; /* odd + changed + identity + header + payload */
    bool has_seq;
    uint64_t first_seq; /* of the current or last epoch: where counting began */
    uint64_t last_seq;  /* highest seq accounted for in that epoch */
    uint64_t remaps;
    uint64_t ignored_decode, ignored_unmapped, ignored_epoch, ignored_stale,
        ignored_dup; /* messages (wire.md 1) */
    /* gaps_expected: left out by the stream, or overwritten before we looked. Part of
       "each seq ends as exactly one of" */
    uint64_t skipped;
    uint64_t ignored_progress; /* messages (W-103..W-106) */
} tp_consumer_stats_t;
TP_API void tp_consumer_stats(const tp_consumer_t *consumer, tp_consumer_stats_t *out_stats);

/* ---- streams of one's own ---- */

/** Of a channel or fallback URI, with its final 0: 1023 bytes, for consumers, producers, drivers and
 * supervisors alike. */
#define TP_STREAM_CHANNEL_MAX 1024

typedef enum tp_stream_state {
    TP_STREAM_NONE = 0, /* neither asked for nor assigned */
    TP_STREAM_ASKED,    /* no answer yet */
    TP_STREAM_ASSIGNED, /* subscribed to; the producer does not send there yet */
    TP_STREAM_ACTIVE,
    TP_STREAM_DECLINED /* what all have serves (W-95) */
} tp_stream_state_t;

typedef struct tp_consumer_streams {
    tp_stream_state_t descriptor_state;
    uint32_t descriptor_stream_id; /* assigned; 0: none */
    char descriptor_channel[TP_STREAM_CHANNEL_MAX];
    tp_stream_state_t control_state;
    uint32_t control_stream_id;
    char control_channel[TP_STREAM_CHANNEL_MAX];
    bool is_rate_limited; /* mode in force: as asked, or by the last ConsumerConfig (W-92) */
    /* the producer's descriptors decide which frames are read (max_rate_hz on an
       active stream); false: the ring, thinned here if there is a rate */
    bool is_described;
} tp_consumer_streams_t;

TP_API void tp_consumer_streams(const tp_consumer_t *consumer, tp_consumer_streams_t *out);
/** "none", "asked", ... Static. */
TP_API const char *tp_stream_state_name(tp_stream_state_t state);

/**
 * Where the payload can be had for a consumer that was told not to use shared memory (its status says
 * TP_REASON_NO_SHM): an Aeron channel ("aeron:...") or a bridge ("bridge://..."), for the application to
 * make use of. "" when none was named or its scheme is unknown (W-93), and while shared memory is used.
 * Valid until the next do_work.
 */
TP_API const char *tp_consumer_fallback_uri(const tp_consumer_t *consumer);

/* ---- frames under way ---- */

typedef enum tp_progress_state {
    TP_PROGRESS_STARTED = 1,
    TP_PROGRESS_PROGRESS = 2,
    TP_PROGRESS_COMPLETE = 3
} tp_progress_state_t;

typedef struct tp_progress {
    uint64_t seq, epoch;
    tp_progress_state_t state;
    uint64_t filled;     /* bytes in place, as told */
    uint64_t length;     /* of the whole frame */
    const uint8_t *data; /* shared memory, read-only */
    size_t readable;     /* bytes at data that may be read: all that are filled when the frame is
                            contiguous, else whole rows or columns, else none (W-107) */
    tp_tensor_t tensor;
    uint32_t meta_version;
    const void *slot; /* the library's */
} tp_progress_t;

/**
 * How far the frame under way is, if that changed since the last call; needs wants_progress. What is
 * read of it counts only if tp_progress_is_valid says so afterwards, and never replaces the frame
 * itself, which arrives by try_next as all do (W-104).
 * @return 1 and *out; 0: nothing new, or the slot does not bear it out (ignored_progress); TP_ESTATE:
 *         not mapped. Does not allocate or make a system call.
 */
TP_API int tp_consumer_progress(tp_consumer_t *consumer, tp_progress_t *out);
/** Is the slot still that frame's? After use, before trusting a result (W-106). */
TP_API bool tp_progress_is_valid(tp_consumer_t *consumer, const tp_progress_t *progress);

/** Frames committed and not yet looked at: how far behind this consumer is. nslots means: about to
 * lose. 0 when not mapped. */
TP_API uint64_t tp_consumer_lag(const tp_consumer_t *consumer);

#ifdef __cplusplus
}
#endif

#endif
