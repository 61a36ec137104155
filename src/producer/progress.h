/*
 * producer/progress.h - frames that are read while they are written (wire.md 2.15): when a FrameProgress message is due.
 *
 * Per frame STARTED once, PROGRESS as often as the consumers' hints and the producer's floors allow, COMPLETE when the frame was
 * committed. What a call may not send yet is sent when the interval ends, by the next call or by the tick.
 */
#ifndef TPI_PRODUCER_PROGRESS_H
#define TPI_PRODUCER_PROGRESS_H

#include "producer/subscribers.h"
#include "tensorpool/producer.h"

/* wire.md 4.1 */
enum { TPI_PROGRESS_STARTED = 1, TPI_PROGRESS_PROGRESS = 2, TPI_PROGRESS_COMPLETE = 3 };

typedef struct tpi_progress_frame {
    uint64_t seq;
    uint64_t filled; /* as told last; never less */
    uint64_t sent;   /* as sent last */
    bool is_started; /* also: this entry is in use */
} tpi_progress_frame_t;

typedef struct tpi_progress {
    tpi_progress_frame_t frames[TP_MAX_CLAIMS]; /* by seq % TP_MAX_CLAIMS */
    size_t started;
    int64_t last_ns;  /* of the last PROGRESS, of whatever frame */
    uint64_t pending; /* bit by entry: told more than was sent */
    uint64_t sent;    /* messages */
} tpi_progress_t;

/** What goes into each message besides. */
typedef struct tpi_progress_stream {
    tpi_subscribers_t *subs;
    uint32_t stream_id;
    uint64_t epoch;
    uint32_t mask;
    tpi_dialect_t dialect;
} tpi_progress_stream_t;

/** @return TP_OK; TP_EINVAL: fewer bytes than were told before. */
int tpi_progress_tell(tpi_progress_t *progress, const tpi_progress_stream_t *stream, uint64_t seq,
                      uint64_t filled, int64_t now_ns);
/** The frame was committed, `length` bytes, or given up: only the first is told. */
void tpi_progress_end(tpi_progress_t *progress, const tpi_progress_stream_t *stream, uint64_t seq,
                      bool is_committed, uint64_t length);
/** Send what waits for its time. Returns messages sent. */
int tpi_progress_tick(tpi_progress_t *progress, const tpi_progress_stream_t *stream,
                      int64_t now_ns);
/** When that is; TPI_NEVER. */
int64_t tpi_progress_next(const tpi_progress_t *progress, const tpi_subscribers_t *subs);
/** The epoch ended. */
void tpi_progress_reset(tpi_progress_t *progress);

#endif
