/*
 * rate_limiter/frames.c - the path of a frame: read, hold, let through. No allocation, no system call.
 */
#include "rate_limiter/internal.h"
#include "shm/payload.h"

#define FRAMES_LIMIT 64 /* a turn's, for each mapping */
#define DESCRIPTORS_LIMIT 256

/* ---- the gate ---- */

/* Rule: R-3 strict spacing; nothing is saved up */
bool tpi_rate_gate_is_open(const tpi_rate_gate_t *gate, int64_t now_ns)
{
    return gate->is_fresh || now_ns - gate->next_ns >= 0;
}

void tpi_rate_gate_passed(tpi_rate_gate_t *gate, int64_t now_ns)
{
    gate->is_fresh = false;
    gate->next_ns = now_ns + gate->interval_ns;
}

void tpi_rate_gate_set(tpi_rate_gate_t *gate, uint32_t rate_hz)
{
    gate->interval_ns = rate_hz > 0 ? INT64_C(1000000000) / rate_hz : 0;
}

void tpi_rate_gate_reset(tpi_rate_gate_t *gate)
{
    gate->is_fresh = true; /* Rule: R-4 */
}

/* ---- frames ---- */

static void drop_held(tpi_rate_mapping_t *m, uint64_t *cause)
{
    if (m->status.is_holding) {
        m->status.is_holding = false;
        ++*cause;
    }
}

/* Rule: R-11 what is held belongs to the past; the destination starts an epoch, too, as its seqs start
 * again. Not when nothing was published in this one yet. */
static void begin_source_epoch(tpi_rate_mapping_t *m, uint64_t epoch)
{
    drop_held(m, &m->status.drops_epoch);
    if (m->source_epoch != 0 && m->has_seq) {
        tp_producer_renew(m->producer);
        m->has_seq = false;
    }
    m->source_epoch = epoch;
    tpi_rate_gate_reset(&m->gate);
}

/* The slot of the destination for the held frame, or the cause why there is none. */
static int claim(tpi_rate_mapping_t *m, const tp_frame_t *frame, tp_claim_t *out_claim)
{
    tp_rate_status_t *s = &m->status;
    if (!tp_producer_is_ready(m->producer)) {
        s->drops_detached++;
        return TP_ESTATE;
    }
    if (m->has_seq && frame->seq <= m->last_seq) {
        s->drops_order++; /* Rule: R-12 */
        return TP_EINVAL;
    }
    if (!tp_frame_is_valid(m->consumer, frame)) {
        s->drops_overwritten++; /* Rule: R-5 */
        return TP_ESTATE;
    }
    const int rc = tp_producer_claim_at(m->producer, frame->seq, frame->length, out_claim);
    switch (rc) {
    case TP_OK:
        /* Rule: R-8 the claim is for the source's seq. Also when it is given up, this epoch of the
         * destination takes no lower one any more, and must not outlive the source's. */
        m->last_seq = frame->seq;
        m->has_seq = true;
        break;
    case TP_ENOFIT:
        s->drops_no_fit++; /* Rule: R-10 */
        break;
    case TP_EINVAL:
        s->drops_order++; /* Rule: R-12, behind one that was claimed and given up */
        break;
    default:
        s->drops_detached++;
        break;
    }
    return rc;
}

/* ---- trace ids ---- */

static void on_descriptor(void *clientd, const uint8_t *data, size_t len,
                          const tpi_message_info_t *info)
{
    struct tp_rate_limiter *limiter = clientd;
    tpi_frame_descriptor_t d;
    (void)info;
    if (tpi_frame_descriptor_decode(data, len, &d) != TP_OK) {
        return; /* of another schema, or of none: not ours to count, frames come from the ring */
    }
    for (size_t i = 0; i < limiter->nmappings; i++) {
        if (limiter->mappings[i].options.source_stream_id == d.stream_id) {
            tpi_traces_note(limiter->mappings[i].traces, &d);
        }
    }
}

int tpi_rate_poll_traces(struct tp_rate_limiter *limiter)
{
    return limiter->descriptor_sub == NULL
               ? 0
               : tpi_subscription_poll(limiter->descriptor_sub, on_descriptor, limiter,
                                       DESCRIPTORS_LIMIT);
}

/* Rule: T-4 a stage of one stream passes the id on as it is */
static uint64_t trace_of(const tpi_rate_mapping_t *m, const tp_frame_t *frame)
{
    uint64_t trace_id = 0;
    if (m->traces != NULL) {
        (void)tpi_traces_find(m->traces, frame->epoch, frame->seq, &trace_id);
    }
    return trace_id;
}

/* ---- a frame's way ---- */

/* Rule: R-9; R-10 what is dropped uses up no slot of the rate */
static void let_through(tpi_rate_mapping_t *m, int64_t now_ns)
{
    const tp_frame_t *frame = &m->held;
    tp_rate_status_t *s = &m->status;
    tp_claim_t slot;
    s->is_holding = false;
    if (claim(m, frame, &slot) != TP_OK) {
        return;
    }
    if (frame->length > 0) {
        tpi_payload_copy(slot.data, frame->data, frame->length);
    }
    const tp_frame_info_t info = {
        .tensor = frame->tensor,
        .timestamp_ns = frame->timestamp_ns != 0 ? frame->timestamp_ns : TP_TIMESTAMP_UNKNOWN,
        .meta_version = frame->meta_version,
        .trace_id = trace_of(m, frame),
    };
    /* The copy counts only if the source held still until it was made. */
    if (!tp_frame_is_valid(m->consumer, frame) ||
        tp_producer_commit(m->producer, &slot, frame->length, &info) != TP_OK) {
        (void)tp_producer_abort(m->producer, &slot);
        s->drops_torn++;
        return;
    }
    s->published++;
    s->bytes += frame->length;
    tpi_rate_gate_passed(&m->gate, now_ns);
}

/* Without a rate, and in its turn, each one passes; else the newest of those that are there. */
static bool passes_at_once(const tpi_rate_mapping_t *m)
{
    return m->gate.interval_ns == 0 || m->limiter->options.policy == TP_RATE_EVERY_NTH;
}

static int pass_if_open(tpi_rate_mapping_t *m, int64_t now_ns)
{
    if (!m->status.is_holding || m->awaits_trace || !tpi_rate_gate_is_open(&m->gate, now_ns)) {
        return 0;
    }
    let_through(m, now_ns);
    return 1;
}

static void take(tpi_rate_mapping_t *m, const tp_frame_t *frame, int64_t now_ns)
{
    const tp_rate_limiter_options_t *o = &m->limiter->options;
    tp_rate_status_t *s = &m->status;
    s->seen++;
    if (frame->epoch != m->source_epoch) {
        begin_source_epoch(m, frame->epoch);
    }
    if (o->policy == TP_RATE_EVERY_NTH) {
        const bool is_its_turn = m->nth++ % o->every_nth == 0;
        if (!is_its_turn || !tpi_rate_gate_is_open(&m->gate, now_ns)) {
            s->thinned++;
            return;
        }
    }
    drop_held(m, &s->thinned); /* Rule: R-5 the newest only */
    m->held = *frame;
    s->is_holding = true;
    uint64_t trace_id;
    m->awaits_trace =
        m->traces != NULL && !tpi_traces_find(m->traces, frame->epoch, frame->seq, &trace_id);
    if (passes_at_once(m)) {
        pass_if_open(m, now_ns);
    }
}

int tpi_rate_frames(tpi_rate_mapping_t *m, int64_t now_ns)
{
    tp_consumer_stats_t stats;
    tp_frame_t frame;
    int work = 0;
    if (!tp_consumer_is_ready(m->consumer)) {
        drop_held(m, &m->status.drops_epoch);
        tpi_rate_gate_reset(&m->gate);
        return 0;
    }
    tp_consumer_stats(m->consumer, &stats);
    if (stats.remaps != m->remaps) { /* Rule: R-4, also when it is the same epoch again */
        m->remaps = stats.remaps;
        drop_held(m, &m->status.drops_epoch);
        tpi_rate_gate_reset(&m->gate);
    }
    if (m->awaits_trace) {
        /* Descriptors were looked at since: it is there, or it does not come. Before newer frames
           take the held one's place, which of a fast source there always are. */
        m->awaits_trace = false;
        work += pass_if_open(m, now_ns);
    }
    while (work < FRAMES_LIMIT && !(m->awaits_trace && passes_at_once(m)) &&
           tp_consumer_try_next(m->consumer, &frame) == 1) {
        take(m, &frame, now_ns);
        work++;
    }
    return work + pass_if_open(m, now_ns);
}
