#include "producer/progress.h"

#include <string.h>

#include "base/fail.h"
#include "wire/codec.h"

#define CAP_NS INT64_C(500000) /* Rule: W-108 2 kHz for a stream, whatever its consumers ask for */

_Static_assert(TP_MAX_CLAIMS <= 64, "a bit for each claim");

static void send(tpi_progress_t *progress, const tpi_progress_stream_t *stream, uint64_t seq,
                 uint8_t state, uint64_t filled)
{
    uint8_t buf[64];
    const tpi_frame_progress_t message = {
        .stream_id = stream->stream_id,
        .epoch = stream->epoch,
        .seq = seq, /* Rule: W-103 */
        .header_index = (uint32_t)seq & stream->mask,
        .payload_bytes_filled = filled,
        .state = state,
    };
    const int len = tpi_frame_progress_encode(buf, sizeof buf, stream->dialect, &message);
    if (len > 0) {
        /* Rule: W-109 to everybody, and to those who have a stream for it */
        (void)tpi_client_send(stream->subs->client, buf, (size_t)len);
        tpi_subscribers_send_progress(stream->subs, buf, (size_t)len);
        progress->sent++;
    }
}

static int64_t interval_ns(const tpi_subscribers_t *subs)
{
    return subs->progress_interval_ns > CAP_NS ? subs->progress_interval_ns : CAP_NS;
}

/* Rule: W-108 by bytes or by time, and never more often than the stream may */
static bool is_due(const tpi_progress_t *progress, const tpi_progress_stream_t *stream,
                   const tpi_progress_frame_t *frame, int64_t now_ns)
{
    const int64_t age_ns = now_ns - progress->last_ns;
    return frame->filled > frame->sent &&
           (age_ns >= interval_ns(stream->subs) ||
            (age_ns >= CAP_NS &&
             frame->filled - frame->sent >= stream->subs->progress_bytes_delta));
}

static void send_progress(tpi_progress_t *progress, const tpi_progress_stream_t *stream,
                          tpi_progress_frame_t *frame, int64_t now_ns)
{
    send(progress, stream, frame->seq, TPI_PROGRESS_PROGRESS, frame->filled);
    frame->sent = frame->filled;
    progress->last_ns = now_ns;
}

static uint64_t bit_of(uint64_t seq)
{
    return UINT64_C(1) << (seq % TP_MAX_CLAIMS);
}

int tpi_progress_tell(tpi_progress_t *progress, const tpi_progress_stream_t *stream, uint64_t seq,
                      uint64_t filled, int64_t now_ns)
{
    tpi_progress_frame_t *frame = &progress->frames[seq % TP_MAX_CLAIMS];
    if (frame->is_started && frame->seq == seq && filled < frame->filled) {
        return tpi_fail(TP_EINVAL, "%llu bytes filled, %llu before: never less (W-103)",
                        (unsigned long long)filled, (unsigned long long)frame->filled);
    }
    if (stream->subs->wants_progress == 0) {
        return TP_OK; /* Rule: W-108 */
    }
    if (!frame->is_started || frame->seq != seq) {
        progress->started += !frame->is_started;
        *frame = (tpi_progress_frame_t){ .seq = seq, .filled = filled, .is_started = true };
        send(progress, stream, seq, TPI_PROGRESS_STARTED, 0);
    }
    frame->filled = filled;
    if (is_due(progress, stream, frame, now_ns)) {
        send_progress(progress, stream, frame, now_ns);
    }
    if (frame->filled > frame->sent) {
        progress->pending |= bit_of(seq);
    } else {
        progress->pending &= ~bit_of(seq);
    }
    return TP_OK;
}

void tpi_progress_end(tpi_progress_t *progress, const tpi_progress_stream_t *stream, uint64_t seq,
                      bool is_committed, uint64_t length)
{
    tpi_progress_frame_t *frame = &progress->frames[seq % TP_MAX_CLAIMS];
    if (!frame->is_started || frame->seq != seq) {
        return;
    }
    frame->is_started = false;
    progress->started--;
    progress->pending &= ~bit_of(seq);
    if (is_committed) {
        send(progress, stream, seq, TPI_PROGRESS_COMPLETE, length); /* Rule: W-104 visible by now */
    }
}

int tpi_progress_tick(tpi_progress_t *progress, const tpi_progress_stream_t *stream, int64_t now_ns)
{
    int work = 0;
    if (progress->pending == 0) {
        return 0;
    }
    for (size_t i = 0; i < TP_MAX_CLAIMS; i++) {
        tpi_progress_frame_t *frame = &progress->frames[i];
        if ((progress->pending >> i & 1) != 0 && is_due(progress, stream, frame, now_ns)) {
            send_progress(progress, stream, frame, now_ns);
            progress->pending &= ~(UINT64_C(1) << i);
            work++;
        }
    }
    return work;
}

int64_t tpi_progress_next(const tpi_progress_t *progress, const tpi_subscribers_t *subs)
{
    return progress->pending == 0 ? TPI_NEVER : progress->last_ns + interval_ns(subs);
}

void tpi_progress_reset(tpi_progress_t *progress)
{
    const uint64_t sent = progress->sent;
    memset(progress, 0, sizeof *progress);
    progress->sent = sent;
}
