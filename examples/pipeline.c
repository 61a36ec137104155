/*
 * A processing stage: follow one stream, publish another. `pipeline 1001 2001` inverts every picture of
 * 1001 into 2001, from slot to slot: the input is read where it lies, the output written where it will
 * lie. Input slots are never released; if the camera overwrites one while we read, the result is thrown
 * away. Run `tp driver` first; ends after COUNT frames, if a third argument gives it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <tensorpool/tensorpool.h>

typedef struct stage {
    tp_consumer_t *in;
    tp_producer_t *out;
    unsigned long done, overwritten;
} stage_t;

static int process(void *clientd, const tp_frame_t *frame)
{
    stage_t *stage = clientd;
    tp_claim_t claim;
    if (tp_producer_claim(stage->out, frame->length, &claim) != TP_OK) {
        return 0; /* the output is not attached, or nothing is large enough: counted in its stats */
    }
    for (size_t i = 0; i < frame->length; i++) {
        claim.data[i] = (uint8_t)~frame->data[i];
    }
    const tp_frame_info_t info = { .tensor = frame->tensor,
                                   .timestamp_ns = frame->timestamp_ns, /* of capture: kept */
                                   .meta_version = frame->meta_version };
    if (tp_frame_is_valid(stage->in, frame)) {
        stage->done += tp_producer_commit(stage->out, &claim, frame->length, &info) == TP_OK;
    } else {
        tp_producer_abort(stage->out, &claim);
        stage->overwritten++;
    }
    return 0;
}

int main(int argc, char **argv)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_consumer_options_t in = TP_CONSUMER_OPTIONS_INIT;
    tp_producer_options_t out = TP_PRODUCER_OPTIONS_INIT;
    tp_client_t *client = NULL;
    stage_t stage = { 0 };
    if (argc < 3) {
        fprintf(stderr, "usage: pipeline IN_STREAM OUT_STREAM [COUNT]\n");
        return 2;
    }
    const unsigned long count = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    client_options.aeron_dir = getenv("AERON_DIR");
    in.stream_id = (uint32_t)strtoul(argv[1], NULL, 10);
    out.stream_id = (uint32_t)strtoul(argv[2], NULL, 10);
    out.publish_mode = TP_EXISTING_OR_CREATE;
    if (tp_client_create(&client, &client_options) || tp_consumer_create(&stage.in, client, &in) ||
        tp_producer_create(&stage.out, client, &out)) {
        fprintf(stderr, "pipeline: %s\n", tp_errmsg());
        return 1;
    }
    while (count == 0 || stage.done < count) {
        tp_client_do_work(client);
        if (tp_consumer_poll(stage.in, process, &stage, 8) <= 0) {
            tp_consumer_wait(stage.in, 20000000);
        }
    }
    tp_consumer_stats_t stats;
    tp_consumer_stats(stage.in, &stats);
    printf("done %lu, overwritten %lu, lost before %llu\n", stage.done, stage.overwritten,
           (unsigned long long)stats.drops_gap);
    tp_producer_destroy(stage.out);
    tp_consumer_destroy(stage.in);
    tp_client_destroy(client);
    return 0;
}
