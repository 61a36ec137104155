#include "demo/stage.h"

#include <stdlib.h>
#include <string.h>

#include "frames/pattern.h"
#include "streams/stream_io.h"
#include "tensorpool/tensorpool.h"

typedef struct stage {
    tp_client_t *client;
    tp_consumer_t *consumer;
    tp_producer_t *producer;
    uint32_t in_stream;
    uint8_t *luma; /* the frame in grey, also the copy that is checked */
    size_t luma_capacity;
    uint64_t accepted, bytes, published, corrupt;
} stage_t;

static bool to_luma(stage_t *stage, const tp_frame_t *frame, uint32_t height, uint32_t width,
                    uint32_t channels)
{
    const size_t pixels = (size_t)height * width;
    if (pixels > stage->luma_capacity) {
        uint8_t *luma = realloc(stage->luma, pixels);
        if (luma == NULL) {
            return false;
        }
        stage->luma = luma;
        stage->luma_capacity = pixels;
    }
    const uint8_t *in = frame->data;
    for (size_t i = 0; i < pixels; i++, in += channels) {
        /* Rec. 601 weights in 8 bits. */
        stage->luma[i] =
            channels == 1 ? in[0] : (uint8_t)((in[0] * 77u + in[1] * 150u + in[2] * 29u) >> 8);
    }
    return true;
}

/* Gradient magnitude, |Gx| + |Gy|, saturated; the border is 0. */
static void sobel(const uint8_t *in, uint8_t *out, uint32_t height, uint32_t width)
{
    memset(out, 0, (size_t)height * width);
    for (uint32_t y = 1; y + 1 < height; y++) {
        const uint8_t *a = in + (size_t)(y - 1) * width;
        const uint8_t *b = a + width;
        const uint8_t *c = b + width;
        for (uint32_t x = 1; x + 1 < width; x++) {
            const int gx = a[x + 1] + 2 * b[x + 1] + c[x + 1] - a[x - 1] - 2 * b[x - 1] - c[x - 1];
            const int gy = c[x - 1] + 2 * c[x] + c[x + 1] - a[x - 1] - 2 * a[x] - a[x + 1];
            const int magnitude = abs(gx) + abs(gy);
            out[(size_t)y * width + x] = (uint8_t)(magnitude > 255 ? 255 : magnitude);
        }
    }
}

static void process(stage_t *stage, const tp_frame_t *frame)
{
    const tp_tensor_t *t = &frame->tensor;
    const uint32_t channels = t->ndims == 3 ? (uint32_t)t->dims[2] : 1;
    if (t->dtype != TP_UINT8 || t->ndims < 2 || t->ndims > 3 || (channels != 1 && channels != 3)) {
        return;
    }
    const uint32_t height = (uint32_t)t->dims[0], width = (uint32_t)t->dims[1];
    const bool good = tp_checksum_verify(frame->data, frame->length) == TP_VERDICT_GOOD;
    if (!to_luma(stage, frame, height, width, channels)) {
        return;
    }
    if (!tp_frame_is_valid(stage->consumer, frame)) {
        return;
    }
    stage->accepted++;
    stage->bytes += frame->length;
    if (!good) {
        stage->corrupt++;
        return;
    }
    tp_frame_info_t info = { .timestamp_ns =
                                 frame->timestamp_ns }; /* the capture time travels on */
    const int32_t dims[] = { t->dims[0], t->dims[1] };
    if (tp_tensor_init(&info.tensor, TP_UINT8, 2, dims) != TP_OK) {
        return;
    }
    const size_t length = (size_t)height * width;
    tp_claim_t claim;
    if (tp_producer_claim(stage->producer, length + TP_CHECKSUM_TRAILER_BYTES, &claim) != TP_OK) {
        return;
    }
    sobel(stage->luma, claim.data, height, width);
    tp_checksum_put(claim.data + length, claim.data, length);
    stage->published += tp_producer_commit(stage->producer, &claim,
                                           length + TP_CHECKSUM_TRAILER_BYTES, &info) == TP_OK;
}

static void report(const stage_t *stage, bool last)
{
    tp_consumer_stats_t stats;
    tp_consumer_stats(stage->consumer, &stats);
    json_object *o = json_object_new_object();
    tp_json_add_string(o, "event", last ? "summary" : "stats");
    tp_json_add_u64(o, "stream", stage->in_stream);
    tp_json_add_u64(o, "frames", stage->accepted);
    tp_json_add_u64(o, "bytes", stage->bytes);
    tp_json_add_u64(o, "published", stage->published);
    tp_json_add_u64(o, "attaches",
                    tp_consumer_is_ready(stage->consumer) && tp_producer_is_ready(stage->producer));
    tp_json_add_u64(o, "torn", 0);
    tp_json_add_u64(o, "corrupt", stage->corrupt);
    tp_json_add_u64(o, "thinned", stats.thinned);
    json_object *drops = json_object_new_object();
    for (int i = 0; i < TP_DROP_CAUSES; i++) {
        tp_json_add_u64(drops, tp_drop_cause_name((tp_drop_cause_t)i), stats.drops[i]);
    }
    json_object_object_add(o, "drops", drops);
    tp_json_line(o);
}

int tp_demo_stage(const tp_args_t *args, uint32_t in_stream, uint32_t out_stream)
{
    stage_t stage = { .in_stream = in_stream };
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_client_options_from_args(&client_options, args);
    client_options.client_name = "tp demo stage";
    tp_consumer_options_t consumer_options = TP_CONSUMER_OPTIONS_INIT;
    consumer_options.stream_id = in_stream;
    tp_producer_options_t producer_options = TP_PRODUCER_OPTIONS_INIT;
    producer_options.stream_id = out_stream;
    int status = TP_EXIT_OK;
    if (tp_client_create(&stage.client, &client_options) != TP_OK ||
        tp_producer_create(&stage.producer, stage.client, &producer_options) != TP_OK ||
        tp_consumer_create(&stage.consumer, stage.client, &consumer_options) != TP_OK) {
        status = tp_failed(args->spec, "%s", tp_errmsg());
        goto out;
    }
    uint32_t idle = 0;
    int64_t next_report_ns = tp_now_ns();
    while (tp_stop_requested() == 0) {
        int work = tp_client_do_work(stage.client);
        tp_frame_t frame;
        /* No input is taken before the output can go on. */
        if (tp_producer_is_ready(stage.producer) &&
            tp_consumer_try_next(stage.consumer, &frame) == 1) {
            process(&stage, &frame);
            work++;
        }
        if (tp_now_ns() >= next_report_ns) {
            report(&stage, false);
            next_report_ns = tp_now_ns() + 200000000;
        }
        tp_idle(&idle, work);
    }
    report(&stage, true);
    status = stage.corrupt > 0 ? TP_EXIT_FAILED : TP_EXIT_OK;
out:
    tp_consumer_destroy(stage.consumer);
    tp_producer_destroy(stage.producer);
    tp_client_destroy(stage.client);
    free(stage.luma);
    return status;
}
