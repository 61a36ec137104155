/*
 * producer/ring_writer.h - the data plane of a producer over one mapped epoch. Knows nothing of
 * Aeron, leases or time.
 *
 * Frames take consecutive seqs from 0 (W-41, W-111). Several claims may be open; they may be
 * committed in any order, but become *announceable* in seq order only, because a descriptor stream
 * must not run backwards (W-115). What is announced need not be sent: a lost descriptor costs a
 * ring reader nothing.
 *
 * A claim that is given up leaves a word in its slot that no other event leaves there, the
 * in-progress word of seq + 1: every reader takes the slot for unreadable, as W-45 wants, and a
 * reader which follows the ring knows at once that seq will never be committed. (Slot i is only
 * ever claimed for seqs = i modulo nslots, so the word cannot mean a claim, except with one slot,
 * where the next claim overwrites it anyway.)
 *
 * At most max_open seqs lie between the oldest that was not yet announced and the next claim. With
 * nslots / 2 as its bound, a reader which sees seq + nslots/2 claimed knows that seq is over.
 *
 * A claim fills its slot at once with the header of the frame before, which is the next frame's in
 * all but the words that tpi_slot_commit_frame stores; when the tensor turns out to be another one,
 * the commit fills it again.
 *
 * One thread. claim, commit, abort and next_announce do not allocate, lock or make a system call.
 */
#ifndef TPI_RING_WRITER_H
#define TPI_RING_WRITER_H

#include "shm/region.h"
#include "shm/slot.h"
#include "tensorpool/producer.h"

typedef enum tpi_claim_state {
    TPI_CLAIM_FREE = 0,
    TPI_CLAIM_OPEN,
    TPI_CLAIM_COMMITTED,
    TPI_CLAIM_ABORTED
} tpi_claim_state_t;

/* All that a commit has to know of its claim. */
typedef struct tpi_ring_claim {
    uint64_t seq;
    uint8_t *slot;
    uint64_t shape; /* the `shape` of the writer with which the slot was filled; 0: with none */
    uint64_t trace_id;
    uint32_t meta_version;
    uint32_t capacity; /* of the payload slot */
    uint16_t pool_id;
    tpi_claim_state_t state;
} tpi_ring_claim_t;

/*
 * Behind a payload larger than the caches a commit finds everything far away, one miss after the
 * other where one address depends on what another holds. So what it needs of the mapping is here,
 * with what it needs of the writer, and all else in the claim.
 */
typedef struct tpi_ring_writer {
    uint64_t epoch;         /* of the mapping */
    uint32_t mask;          /* of the mapping: nslots - 1 */
    uint32_t max_open;      /* min(TP_MAX_CLAIMS, nslots / 2), at least 1 */
    uint64_t next_seq;      /* the next claim's; also the QoS currentSeq (W-127) */
    uint64_t next_announce; /* the oldest seq not yet handed to the announce step */
    uint64_t shape;         /* counts the tensors that `image` had, 0: none yet */
    uint64_t good_len;      /* `tensor` is valid for payloads of this length and longer */
    bool is_steady;         /* the last two frames had the same one: a claim may count on it */
    tp_tensor_t tensor;
    tpi_mapping_t *mapping;                 /* borrowed, read-write */
    tpi_slot_image_t image;                 /* `tensor`, encoded; not a frame's own fields */
    tpi_ring_claim_t claims[TP_MAX_CLAIMS]; /* by seq % TP_MAX_CLAIMS */
} tpi_ring_writer_t;

/** Start an epoch at seq 0 (W-111). The mapping must stay until the writer is dropped. */
void tpi_ring_writer_init(tpi_ring_writer_t *writer, tpi_mapping_t *mapping);

/**
 * Take the next seq in pool position `pool` (W-42 step 1); the caller has found the pool (W-46).
 * @return TP_OK; TP_EBUSY (max_open seqs open or not yet taken by next_announce); TP_EINVAL (no
 *         such pool). After an error nothing changed.
 */
int tpi_ring_writer_claim(tpi_ring_writer_t *writer, uint32_t pool, tp_claim_t *out_claim);

/**
 * Let the next claim take `seq`: the seqs from next_seq up to it are given up, as by claim and abort,
 * so that readers know at once that they will never come, and lose no more of the ring than by as
 * many frames. For those who republish frames of another stream under their own seqs (services.md
 * B-40, R-8). At most nslots stores.
 * @return TP_OK; TP_EINVAL (seq is behind next_seq, or too large); TP_EBUSY (a claim is open). After
 *         an error nothing changed.
 */
int tpi_ring_writer_skip_to(tpi_ring_writer_t *writer, uint64_t seq);

/**
 * Steps 3 to 5 of W-42.
 * @param timestamp_ns what the slot will carry.
 * @return TP_OK; TP_ESTATE (not an open claim of this epoch); TP_EINVAL with a text (length or
 *         tensor: the claim stays open).
 */
int tpi_ring_writer_commit(tpi_ring_writer_t *writer, const tp_claim_t *claim, size_t length,
                           const tp_frame_info_t *info, uint64_t timestamp_ns);

/**
 * Write all of the header but the word, for readers of a frame under way (W-106); the commit writes it
 * again. Errors as tpi_ring_writer_commit.
 */
int tpi_ring_writer_describe(tpi_ring_writer_t *writer, const tp_claim_t *claim, size_t length,
                             const tp_frame_info_t *info, uint64_t timestamp_ns);

/** Give a claim up (W-45), see above. TP_OK or TP_ESTATE. */
int tpi_ring_writer_abort(tpi_ring_writer_t *writer, const tp_claim_t *claim);

/**
 * The next committed frame whose turn to be announced has come; aborted ones are skipped. To be
 * called until false after each commit and abort, whether or not descriptors are sent: it is what
 * makes room for claims.
 * @return true and *out_claim, of which seq, meta_version and trace_id are written.
 */
bool tpi_ring_writer_next_announce(tpi_ring_writer_t *writer, tpi_ring_claim_t *out_claim);

/** Is there anything that next_announce has not been through yet? False right after a commit says
 * that it need not be called again. */
static inline bool tpi_ring_writer_is_behind(const tpi_ring_writer_t *writer)
{
    return writer->next_announce != writer->next_seq;
}

#endif
