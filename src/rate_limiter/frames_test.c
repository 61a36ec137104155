/* What becomes of a frame: let through, thinned out, dropped with its cause; epochs; whose rate counts. */
#include "rate_limiter/scene_test.h"

static scene_t scene;
static void overwrite_the_ring(void);

/* Next frame at the destination, checked byte by byte; its seq, UINT64_MAX: none. */
static uint64_t arrives(void)
{
    tp_frame_t frame;
    if (tp_consumer_try_next(scene.sink, &frame) != 1) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < frame.length; i++) {
        TP_CHECK_EQ_U64(frame.data[i], scene_byte(frame.seq, i));
    }
    TP_CHECK(tp_frame_is_valid(scene.sink, &frame));
    return frame.seq;
}

static void publish_and_turn(uint64_t frames)
{
    for (uint64_t i = 0; i < frames; i++) {
        scene_publish(&scene, 100);
        scene_turn(&scene, 0);
    }
}

/* Proves, C-9 */
TP_TEST(at_most_that_many_frames_pass_each_under_its_own_seq_and_with_all_it_says)
{
    scene_open(&scene, false);
    scene_limit(&scene, 10);
    scene_follow(&scene, 0);
    TP_CHECK_EQ_I64(scene_status(&scene).state, TP_RATE_RUNNING);
    int64_t last_ns = INT64_MIN;
    uint64_t passed = 0;
    for (int i = 0; i < 300; i++) { /* 3 s at 100 Hz */
        scene_publish(&scene, 1000 + (size_t)i);
        scene_turn(&scene, 10);
        tp_frame_t frame;
        while (tp_consumer_try_next(scene.sink, &frame) == 1) {
            TP_CHECK(last_ns == INT64_MIN || scene.rig.now_ns - last_ns >= 100 * MS);
            last_ns = scene.rig.now_ns;
            passed++;
            TP_CHECK_EQ_U64(frame.seq, (uint64_t)i); /* the newest there is */
            TP_CHECK_EQ_U64(frame.length, 1000 + (size_t)i);
            TP_CHECK_EQ_U64(frame.timestamp_ns, 500 + frame.seq);
            TP_CHECK_EQ_U64(frame.meta_version, (uint32_t)frame.seq % 5);
            TP_CHECK_EQ_I64(frame.tensor.dims[0], 1000 + i);
            TP_CHECK_EQ_U64(frame.data[17], scene_byte(frame.seq, 17));
        }
    }
    TP_CHECK_EQ_U64(passed, 30);
    const tp_rate_status_t s = scene_status(&scene);
    TP_CHECK_EQ_U64(s.seen, 300);
    TP_CHECK_EQ_U64(s.published, 30);
    TP_CHECK_EQ_U64(s.thinned + s.is_holding, 270);
    tp_consumer_stats_t sink;
    tp_consumer_stats(scene.sink, &sink);
    TP_CHECK_EQ_U64(sink.drops_late, 0);
    scene_close(&scene);
}

/* Proves */
TP_TEST(the_first_frame_passes_at_once_and_an_opening_gate_takes_the_newest)
{
    scene_open(&scene, false);
    scene_limit(&scene, 10);
    scene_follow(&scene, 0);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(arrives(), 0);
    publish_and_turn(4); /* 1..4 within the same 100 ms */
    TP_CHECK_EQ_U64(arrives(), UINT64_MAX);
    TP_CHECK(scene_status(&scene).is_holding);
    TP_CHECK_EQ_U64(scene_status(&scene).thinned, 3);
    scene_run(&scene, 90);
    TP_CHECK_EQ_U64(arrives(), UINT64_MAX);
    scene_run(&scene, 10);
    TP_CHECK_EQ_U64(arrives(), 4);
    scene_run(&scene, 1000); /* nothing is saved up */
    publish_and_turn(3);
    TP_CHECK_EQ_U64(arrives(), 5);
    TP_CHECK_EQ_U64(arrives(), UINT64_MAX);
    scene_close(&scene);
}

/* Proves: R-3 */
TP_TEST(without_a_rate_every_frame_passes)
{
    scene_open(&scene, false);
    scene_limit(&scene, 0);
    scene_follow(&scene, 0);
    for (uint64_t seq = 0; seq < 50; seq++) {
        publish_and_turn(1);
        TP_CHECK_EQ_U64(arrives(), seq);
    }
    scene_publish(&scene, 0); /* an empty one, and several in one turn */
    scene_publish(&scene, 16000);
    scene_turn(&scene, 0);
    TP_CHECK_EQ_U64(arrives(), 50);
    TP_CHECK_EQ_U64(arrives(), 51);
    TP_CHECK_EQ_U64(scene_status(&scene).published, 52);
    scene_close(&scene);
}

TP_TEST(each_nth_frame_passes_when_that_is_the_policy)
{
    scene_open(&scene, false);
    const tp_rate_mapping_t mapping = { .source_stream_id = SOURCE,
                                        .dest_stream_id = DEST,
                                        .max_rate_hz = TP_RATE_INHERIT };
    tp_rate_limiter_options_t options = scene_options(&scene, &mapping);
    options.policy = TP_RATE_EVERY_NTH;
    options.every_nth = 3;
    scene_limit_with(&scene, &options);
    scene_follow(&scene, 0);
    for (uint64_t seq = 0; seq < 20; seq++) {
        publish_and_turn(1);
        TP_CHECK_EQ_U64(arrives(), seq % 3 == 0 ? seq : UINT64_MAX);
    }
    TP_CHECK_EQ_U64(scene_status(&scene).thinned, 13);
    scene_close(&scene);
}

/* Proves */
TP_TEST(a_held_frame_that_was_overwritten_is_counted_and_uses_up_no_slot)
{
    scene_open(&scene, false);
    scene_limit(&scene, 10);
    scene_follow(&scene, 0);
    publish_and_turn(2);  /* 1 is held */
    overwrite_the_ring(); /* their slots, and nothing to read in them */
    scene_run(&scene, 150);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_overwritten, 1);
    TP_CHECK_EQ_U64(arrives(), 0);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(arrives(), 10);
    TP_CHECK_EQ_U64(arrives(), UINT64_MAX);
    scene_close(&scene);
}

/* Proves: R-10 */
TP_TEST(a_frame_that_fits_no_pool_is_dropped_and_the_next_one_passes_in_its_place)
{
    scene_open(&scene, true);
    scene_limit(&scene, 1);
    scene_follow(&scene, 0);
    scene_publish(&scene, 5000); /* the destination has 4096 */
    scene_turn(&scene, 0);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_no_fit, 1);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(arrives(), 1);
    scene_close(&scene);
}

/* Proves */
TP_TEST(a_new_source_epoch_drops_what_is_held_and_begins_one_at_the_destination)
{
    scene_open(&scene, false);
    scene_limit(&scene, 1);
    scene_follow(&scene, 0);
    publish_and_turn(5);
    TP_CHECK_EQ_U64(arrives(), 0);
    const tp_rate_status_t before = scene_status(&scene);
    TP_CHECK(before.is_holding);
    tp_producer_renew(scene.source);
    for (int i = 0; i < 100 && !tp_producer_is_ready(scene.source); i++) {
        scene_run(&scene, 10);
    }
    scene_run(&scene, 50);
    publish_and_turn(1); /* tells of the epoch; the destination is renewed for it */
    scene_run(&scene, 300);
    const tp_rate_status_t after = scene_status(&scene);
    TP_CHECK_EQ_U64(after.drops_epoch, 1);
    TP_CHECK_GT_U64(after.source_epoch, before.source_epoch);
    TP_CHECK_GT_U64(after.dest_epoch, before.dest_epoch);
    publish_and_turn(1); /* at once, although the rate is 1 Hz */
    scene_run(&scene, 300);
    TP_CHECK_EQ_U64(arrives(), 1);
    TP_CHECK_EQ_U64(scene_status(&scene).published, 2);
    scene_close(&scene);
}

/* Proves: R-12 */
TP_TEST(a_seq_that_does_not_grow_is_dropped)
{
    scene_open(&scene, false);
    scene_limit(&scene, 0);
    scene_follow(&scene, 0);
    publish_and_turn(3);
    scene.limiter->mappings[0].last_seq = 3; /* as if seq 3 had been published */
    publish_and_turn(1);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_order, 1);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(scene_status(&scene).published, 4);
    scene_close(&scene);
}

/* The look after the copy, on which it depends: what happens just before it. */
static int looks_until_overwritten; /* 0: nothing happens */
bool __real_tp_frame_is_valid(tp_consumer_t *consumer, const tp_frame_t *frame);
bool __wrap_tp_frame_is_valid(tp_consumer_t *consumer, const tp_frame_t *frame);

static void overwrite_the_ring(void)
{
    for (int i = 0; i < 8; i++) {
        tp_claim_t claim;
        TP_CHECK_EQ_I64(tp_producer_claim(scene.source, 100, &claim), TP_OK);
        TP_CHECK_EQ_I64(tp_producer_abort(scene.source, &claim), TP_OK);
    }
}

bool __wrap_tp_frame_is_valid(tp_consumer_t *consumer, const tp_frame_t *frame)
{
    if (looks_until_overwritten > 0 && --looks_until_overwritten == 0) {
        overwrite_the_ring();
    }
    return __real_tp_frame_is_valid(consumer, frame);
}

/* Proves: R-9 */
TP_TEST(a_frame_that_is_overwritten_while_it_is_copied_is_never_committed)
{
    scene_open(&scene, false);
    scene_limit(&scene, 0);
    scene_follow(&scene, 0);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(arrives(), 0);
    looks_until_overwritten = 2; /* the first one is before the copy */
    publish_and_turn(1);
    TP_CHECK_EQ_I64(looks_until_overwritten, 0);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_torn, 1);
    TP_CHECK_EQ_U64(arrives(), UINT64_MAX);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(arrives(), 10);
    TP_CHECK_EQ_U64(scene_status(&scene).published, 2);
    scene_close(&scene);
}

/* Proves: R-11 */
TP_TEST(a_seq_that_was_claimed_and_given_up_does_not_outlive_its_source_epoch)
{
    scene_open(&scene, false);
    scene_limit(&scene, 0);
    scene_follow(&scene, 0);
    overwrite_the_ring(); /* the first frame is seq 8 */
    looks_until_overwritten = 2;
    publish_and_turn(1);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_torn, 1);
    TP_CHECK_EQ_U64(scene_status(&scene).published, 0);
    tp_producer_renew(scene.source);
    scene_run(&scene, 2500);
    publish_and_turn(1);
    scene_run(&scene, 2500);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_order, 0);
    TP_CHECK_EQ_U64(arrives(), 1);
    scene_close(&scene);
}

/* Proves: R-1 */
TP_TEST(a_destination_that_has_a_producer_fails_the_mapping_once_no_lease_can_be_a_dead_ones)
{
    scene_open(&scene, false);
    tp_producer_t *other = NULL;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = DEST;
    TP_CHECK_EQ_I64(tp_producer_create(&other, scene.sink_client, &options), TP_OK);
    scene_run(&scene, 200);
    TP_CHECK(tp_producer_is_ready(other));
    scene_limit(&scene, 0);
    scene_run(&scene, 3000);
    TP_CHECK_EQ_I64(scene_status(&scene).state, TP_RATE_STARTING);
    publish_and_turn(1);
    TP_CHECK_EQ_U64(scene_status(&scene).drops_detached, 1);
    scene_run(&scene, 10000);
    TP_CHECK_EQ_I64(scene_status(&scene).state, TP_RATE_FAILED);
    TP_CHECK_CONTAINS(scene.events, "given up");
    publish_and_turn(1);
    TP_CHECK(tp_producer_is_ready(other));
    tp_producer_destroy(other);
    scene_close(&scene);
}

/* Proves: R-7 */
TP_TEST(the_consumer_that_asks_first_sets_the_rate_for_as_long_as_it_shows_itself)
{
    scene_open(&scene, false);
    scene_limit(&scene, 50);
    TP_CHECK_EQ_U64(scene_status(&scene).rate_hz, 50);
    scene_follow(&scene, 5);
    scene_run(&scene, 1100);
    tp_attach_status_t sink;
    tp_consumer_status(scene.sink, &sink);
    TP_CHECK_EQ_U64(scene_status(&scene).consumer_id, sink.client_id);
    TP_CHECK_EQ_U64(scene_status(&scene).rate_hz, 5);

    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    tp_consumer_t *second = NULL;
    options.stream_id = DEST;
    options.max_rate_hz = 20;
    TP_CHECK_EQ_I64(tp_consumer_create(&second, scene.source_client, &options), TP_OK);
    scene_run(&scene, 3000);
    TP_CHECK_EQ_U64(scene_status(&scene).rate_hz, 5);
    TP_CHECK_CONTAINS(scene.events, "30 stream 10100: consumer ");
    tp_consumer_destroy(second);

    tp_consumer_destroy(scene.sink);
    scene.sink = NULL;
    scene_run(&scene, 4500);
    TP_CHECK_EQ_U64(scene_status(&scene).rate_hz, 5);
    scene_run(&scene, 1500);
    TP_CHECK_EQ_U64(scene_status(&scene).consumer_id, 0);
    TP_CHECK_EQ_U64(scene_status(&scene).rate_hz, 50);
    scene_close(&scene);
}

/* Proves: R-7 */
TP_TEST(a_consumer_of_all_frames_leaves_the_rate_as_it_is)
{
    scene_open(&scene, false);
    scene_limit(&scene, 50);
    scene_follow(&scene, 0); /* mode STREAM */
    scene_run(&scene, 2000);
    TP_CHECK_EQ_U64(scene_status(&scene).consumer_id, 0);
    TP_CHECK_EQ_U64(scene_status(&scene).rate_hz, 50);
    scene_close(&scene);
}

/* ---- memory ---- */

static bool is_watched;
static size_t allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *from, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *from, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations += is_watched;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations += is_watched;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *from, size_t size)
{
    allocations += is_watched;
    return __real_realloc(from, size);
}

/* Proves: C-3 */
TP_TEST(a_frame_costs_no_allocation)
{
    scene_open(&scene, false);
    scene_limit(&scene, 0);
    scene_follow(&scene, 0);
    for (int i = 0; i < 100; i++) {
        scene_publish(&scene, 4000);
        is_watched = true;
        TP_CHECK_GT_I64(tpi_rate_frames(&scene.limiter->mappings[0], scene.rig.now_ns), 0);
        is_watched = false;
    }
    TP_CHECK_EQ_U64(allocations, 0);
    TP_CHECK_EQ_U64(scene_status(&scene).published, 100);
    scene_close(&scene);
}

TP_TEST_MAIN()
