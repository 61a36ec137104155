/*
 * tensorpool/producer.h - borrow a slot, fill it in place, publish it.
 *
 * A producer is the only writer of one stream's header ring and payload pools. It never waits for
 * anybody: rings are overwritten. Life:    create -> tp_client_do_work until tp_producer_is_ready
 * -> { claim -> fill -> commit | abort }* or { offer }* -> destroy Loss:    when the lease, the SHM
 * driver or the media driver is lost, claims in flight become void (commit says TP_ESTATE), calls
 * return TP_ESTATE, and the producer reattaches by itself inside tp_client_do_work; the application
 * just goes on trying. Threads: the client's. claim, commit, abort and offer do not allocate, lock
 * or log, and make no system call, with one exception: when a consumer sleeps in tp_consumer_wait,
 * the commit or abort that follows makes one (a futex wake: some microseconds, it never blocks),
 * however many sleep; while nobody sleeps it costs one load. `never_wake` rules it out. Sleeping needs
 * membarrier(2) with MEMBARRIER_CMD_GLOBAL_EXPEDITED (Linux 4.16), for which tp_producer_create
 * registers the process; in a process of several threads the first time may take some
 * milliseconds. A consumer that falls asleep interrupts the producer's processor for some
 * microseconds. At most 1024 producers of a client can be slept for at a time, because each takes one
 * of the media driver's counters; consumers of the others poll. Spec:    wire.md 2.4 (publish), 2.6 (pools); driver.md 2.7, 2.11, 3.5.
 */
#ifndef TENSORPOOL_PRODUCER_H
#define TENSORPOOL_PRODUCER_H

#include "tensorpool/client.h"
#include "tensorpool/local.h"
#include "tensorpool/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_producer tp_producer_t;

typedef enum tp_publish_mode {
    TP_REQUIRE_EXISTING = 0,
    TP_EXISTING_OR_CREATE = 1
} tp_publish_mode_t;
typedef enum tp_hugepages {
    TP_HUGEPAGES_ANY = 0,
    TP_HUGEPAGES_STANDARD = 1,
    TP_HUGEPAGES_REQUIRED = 2
} tp_hugepages_t;

#define TP_MAX_CLAIMS 64 /* claims in flight; also never more than nslots / 2, at least 1 */

typedef struct tp_producer_options {
    size_t size;
    uint32_t stream_id; /* required; 0 asks the driver for a dynamic one */
    uint32_t client_id; /* 0: drawn at random for each attachment (D-41, D-42) */
    tp_publish_mode_t publish_mode;
    tp_hugepages_t hugepages;
    bool lock_memory; /* mlock the mapping (D-98) */
    bool prefault;    /* touch all pages of the mapping once at attach */
    bool never_wake;  /* commit and abort never make a system call: consumers cannot sleep in
                         tp_consumer_wait, they poll with pauses of up to 1 ms */
    const tp_local_stream_t *local; /* not NULL: no SHM driver, this producer owns its shared memory
                                       and announces it itself (local.h); read by create only.
                                       publish_mode and hugepages do not matter then, and there is no
                                       lease to be lost; what the status says of one stays 0 */
    uint32_t max_subscribers; /* consumers that may have a stream of their own or want progress;
                                 default 64. Others are served by what all have */
} tp_producer_options_t;

#define TP_PRODUCER_OPTIONS_INIT                                                                   \
    {                                                                                              \
        .size = sizeof(tp_producer_options_t)                                                      \
    }

/** Start attaching; asynchronous, see tp_producer_status. TP_EINVAL, TP_ENOMEM. The client must
 * outlive the producer. With `local` the files are made in here, which takes as long as their memory
 * takes to come; then also TP_EBUSY (another producer has the instance), TP_ENOSPC, TP_EPATH,
 * TP_EACCES, TP_ERANGE, TP_EIO. After an error nothing is held, and no file of a new epoch is left. */
TP_API int tp_producer_create(tp_producer_t **out, tp_client_t *client,
                              const tp_producer_options_t *options);
/** Stop, unmap, detach (waits at most 1 s for the driver's answer, D-64). Open claims are void.
 * NULL is a no-op. */
TP_API void tp_producer_destroy(tp_producer_t *producer);

/**
 * Give the lease back and attach again: the driver then starts a new epoch, in which seqs begin anew.
 * For those who republish a stream that has itself begun a new epoch (services.md B-47, R-11).
 * Asynchronous: not ready until the driver has answered; open claims are void. Without a lease this
 * does nothing, because the next one brings a new epoch anyway. With `local` the new files are made in
 * here; if that fails the status is UNATTACHED and tells why. Not inside handlers.
 */
TP_API void tp_producer_renew(tp_producer_t *producer);
TP_API bool tp_producer_is_ready(const tp_producer_t *producer);
TP_API void tp_producer_status(const tp_producer_t *producer, tp_attach_status_t *out_status);
/** Blocking convenience: drive the client until ready. TP_OK, TP_ETIMEDOUT, or the code behind a
 * refusal that will not heal (TP_EUNSUPPORTED, TP_EINVAL, TP_EREJECTED only at timeout). */
TP_API int tp_producer_await_ready(tp_producer_t *producer, int64_t timeout_ns);

/** Memory on loan from claim until commit or abort; the library keeps owning it. Until then `data` can
 * be written to whatever happens, by any thread or device of the process: when the lease is lost
 * meanwhile, its addresses lead into private memory that goes nowhere, until commit or abort have said
 * TP_ESTATE or the producer is destroyed. (A device which pinned the pages before goes on writing into
 * the old ones.) */
typedef struct tp_claim {
    uint8_t *data;         /* payload in shared memory, 64-byte aligned */
    size_t capacity;       /* bytes writable at data */
    uint32_t stride_bytes; /* the pool's distance between slots, = capacity */
    uint16_t pool_id;
    uint64_t seq; /* sequence this frame will carry */
    uint64_t epoch;
} tp_claim_t;

#define TP_TIMESTAMP_UNKNOWN UINT64_MAX

/** What a frame says about itself beside its bytes. */
typedef struct tp_frame_info {
    tp_tensor_t tensor;
    uint64_t timestamp_ns; /* capture time, CLOCK_MONOTONIC ns; 0: the library takes the time of
                              commit; TP_TIMESTAMP_UNKNOWN: none, the slot says 0 */
    uint32_t meta_version;
    uint64_t trace_id; /* v1.2; 0: none */
} tp_frame_info_t;

/**
 * Borrow the next slot for a payload of `length` bytes. The frame that slot held stops being
 * readable at once: claim late, commit soon. Several claims may be open (device DMA); frames become
 * visible in claim order.
 * @param length payload bytes; 0 is a valid, empty frame.
 * @return TP_OK; TP_ENOFIT (no stride >= length; counted, takes no seq: W-46); TP_ESTATE (not
 * attached); TP_EBUSY (TP_MAX_CLAIMS open). *out_claim is written on success only; after an error
 * the ring is as it was. Rules: W-46 smallest fitting pool; W-42 in-progress before payload.
 */
TP_API int tp_producer_claim(tp_producer_t *producer, size_t length, tp_claim_t *out_claim);
/**
 * The same under a seq of the caller's choice, for those who republish frames of another stream under
 * the seqs they had there. The seqs that are left out count as given up: consumers see a gap. seqs
 * only grow within an epoch.
 * @return as tp_producer_claim; TP_EINVAL (seq is lower than stats.next_seq); TP_EBUSY (another claim
 * is open). After an error the ring is as it was.
 */
TP_API int tp_producer_claim_at(tp_producer_t *producer, uint64_t seq, size_t length,
                                tp_claim_t *out_claim);
/** The same in the pool with this id (UC-5). TP_EINVAL if there is none. */
TP_API int tp_producer_claim_pool(tp_producer_t *producer, uint16_t pool_id, tp_claim_t *out_claim);

/**
 * Publish a claim: header, committed word, descriptor (W-42, W-43), and wake who sleeps until then
 * (see above). Claims may be committed in any order; descriptors go out in seq order.
 * @param length bytes of payload, <= claim->capacity.
 * @return TP_OK; TP_EINVAL (tensor or length not valid: the claim stays open); TP_ESTATE (claim
 * void: lease lost since, or already closed).
 */
TP_API int tp_producer_commit(tp_producer_t *producer, const tp_claim_t *claim, size_t length,
                              const tp_frame_info_t *info);
/**
 * Say how far an open claim is filled, for consumers that read frames while they grow (wire.md 2.15).
 * The first call writes all that the frame says of itself, so that they can make sense of its bytes;
 * messages go out no more often than consumers asked for and 2000 times a second at most, and what is
 * held back for that follows in do_work. Does nothing while no consumer wants it.
 * @param length bytes of the whole frame, as for the commit; filled bytes from its beginning that will
 *        not change any more: never less than before.
 * @return TP_OK; TP_EINVAL (filled > length or less than before, or what commit would refuse); TP_ESTATE.
 * Rules: W-103..W-109. Does not allocate, lock or make a system call.
 */
TP_API int tp_producer_progress(tp_producer_t *producer, const tp_claim_t *claim, size_t length,
                                size_t filled, const tp_frame_info_t *info);
/** Give a claim back; its seq is not used again (W-45). TP_OK or TP_ESTATE. */
TP_API int tp_producer_abort(tp_producer_t *producer, const tp_claim_t *claim);
/** Claim, copy, commit. Errors as those. */
TP_API int tp_producer_offer(tp_producer_t *producer, const void *payload, size_t length,
                             const tp_frame_info_t *info);

/** Writes a frame into the slot: `claim->data`, at most claim->capacity bytes, on the calling thread.
 * `info` is what the caller of tp_producer_fill gave and may be changed. Returns the bytes written, or
 * a negative code of its own: the frame is then given up. It may not call the producer. */
typedef int64_t (*tp_fill_fn_t)(void *clientd, const tp_claim_t *claim, tp_frame_info_t *info);
/**
 * Claim room for `length` bytes, have `fill` write into it, commit what it wrote: for those who would
 * else write those three calls and the abort. `info` is read, not kept.
 * @return TP_OK; errors as of claim and commit; what `fill` returned, if negative. After an error the
 * frame is gone, and its seq with it if it was claimed.
 */
TP_API int tp_producer_fill(tp_producer_t *producer, size_t length, const tp_frame_info_t *info,
                            tp_fill_fn_t fill, void *clientd);

typedef struct tp_pool_info {
    uint16_t pool_id;
    uint32_t nslots;
    uint32_t stride_bytes;
} tp_pool_info_t;
/** Pools of the current epoch, by ascending stride. Returns their number, writes at most `cap`; 0
 * when not attached. */
TP_API size_t tp_producer_pools(const tp_producer_t *producer, tp_pool_info_t *out_pools,
                                size_t cap);

/** Cumulative for the producer's life. */
typedef struct tp_producer_stats {
    uint64_t published; /* frames committed */
    uint64_t bytes;
    uint64_t aborted;
    uint64_t no_fit;       /* dropped: larger than every pool */
    uint64_t not_attached; /* refused: no lease */
    uint64_t next_seq;     /* of the current epoch */
    uint64_t descriptors_sent;
    uint64_t descriptors_not_connected;  /* nobody subscribes: normal */
    uint64_t descriptors_back_pressured; /* somebody subscribes and does not poll; ring readers lose
                                            nothing by it */
    uint64_t descriptors_failed;         /* closed, error, not ready */
    uint64_t private_sent;               /* on streams that consumers have to themselves */
    uint64_t private_capped;             /* left out there for a consumer's max_rate_hz (W-90) */
    uint64_t private_failed;             /* not taken */
    uint64_t private_streams;            /* open now, descriptors and control */
    uint64_t requests_declined;          /* without a driver: for such streams (W-95, W-98) */
    uint64_t progress_sent;
} tp_producer_stats_t;
TP_API void tp_producer_stats(const tp_producer_t *producer, tp_producer_stats_t *out_stats);

#ifdef __cplusplus
}
#endif

#endif
