/* Trace ids (v1.2) of frames that pass: they are in descriptors, which may come after the frame, or never. */
#include "rate_limiter/scene_test.h"

enum { DESCRIPTORS = 1100, ELSEWHERE = 1190 };

static scene_t scene;
static tpi_subscription_t *ears;
static tpi_publication_t *voice; /* where descriptors of the source are expected */
static uint64_t heard_seq, heard_trace, heard;

static void on_descriptor(void *clientd, const uint8_t *data, size_t len,
                          const tpi_message_info_t *info)
{
    tpi_frame_descriptor_t d;
    (void)clientd, (void)info;
    TP_CHECK_EQ_I64(tpi_frame_descriptor_decode(data, len, &d), TP_OK);
    if (d.stream_id == DEST) {
        heard_seq = d.seq;
        heard_trace = d.trace_id;
        heard++;
    }
}

/* A source that sends its descriptors where the limiter looks for them, or elsewhere. */
static void set_up(int32_t source_descriptors, uint32_t rate_hz)
{
    tp_client_options_t source = TP_CLIENT_OPTIONS_INIT;
    tp_client_options_t other = TP_CLIENT_OPTIONS_INIT;
    source.wire_dialect = other.wire_dialect = TP_WIRE_V12;
    source.descriptor_stream_id = source_descriptors;
    scene_open_with(&scene, false, &source, &other);
    const char *channel = scene.client->options.descriptor_channel;
    TP_CHECK_EQ_I64(scene.client->options.descriptor_stream_id, DESCRIPTORS);
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(scene.rig.peer_link, &ears, channel, DESCRIPTORS, NULL, NULL),
        TP_OK);
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(scene.rig.peer_link, &voice, channel, DESCRIPTORS, false), TP_OK);
    heard = 0;
    scene_limit(&scene, rate_hz);
    scene_run(&scene, 300);
}

static void publish(uint64_t trace_id)
{
    scene.trace_id = trace_id;
    scene_publish(&scene, 100);
}

static void turn(int64_t ms)
{
    scene_turn(&scene, ms);
    while (tpi_subscription_poll(ears, on_descriptor, NULL, 100) > 0) {
    }
}

/* What the source should have said of its last frame. */
static void describe(uint64_t trace_id)
{
    uint8_t buf[128];
    tp_attach_status_t status;
    tp_producer_status(scene.source, &status);
    const tpi_frame_descriptor_t d = {
        .stream_id = SOURCE, .epoch = status.epoch, .seq = scene.published - 1, .trace_id = trace_id
    };
    const int len = tpi_frame_descriptor_encode(buf, sizeof buf, TPI_DIALECT_V12, &d);
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(voice, buf, (size_t)len), TPI_SEND_OK);
}

/* Proves: T-4 */
TP_TEST(a_frame_keeps_its_trace_id)
{
    set_up(DESCRIPTORS, 0);
    for (uint64_t seq = 0; seq < 20; seq++) {
        publish(seq == 7 ? 0 : 1000 + seq);
        turn(1);
        TP_CHECK_EQ_U64(heard, seq + 1);
        TP_CHECK_EQ_U64(heard_seq, seq);
        TP_CHECK_EQ_U64(heard_trace, seq == 7 ? 0 : 1000 + seq);
    }
    scene_close(&scene);
}

/* Proves: T-1, T-4 */
TP_TEST(a_descriptor_that_comes_a_turn_later_is_waited_for_and_one_that_does_not_come_is_not)
{
    set_up(ELSEWHERE, 0);
    publish(5);
    turn(1);
    TP_CHECK_EQ_U64(heard, 0); /* held */
    TP_CHECK(scene_status(&scene).is_holding);
    describe(5);
    turn(1);
    TP_CHECK_EQ_U64(heard, 1);
    TP_CHECK_EQ_U64(heard_trace, 5);
    publish(6);
    turn(1);
    TP_CHECK_EQ_U64(heard, 1);
    turn(1);
    TP_CHECK_EQ_U64(heard, 2);
    TP_CHECK_EQ_U64(heard_trace, 0);
    for (int i = 0; i < 3; i++) {
        publish(7);
    }
    for (int i = 0; i < 4; i++) {
        turn(1);
    }
    TP_CHECK_EQ_U64(heard, 5); /* each one passes, a turn each */
    TP_CHECK_EQ_U64(scene_status(&scene).thinned, 0);
    scene_close(&scene);
}

/* Proves: T-4 */
TP_TEST(sources_whose_descriptors_come_elsewhere_are_listened_to_there)
{
    set_up(ELSEWHERE, 0);
    tp_rate_limiter_destroy(scene.limiter);
    const tp_rate_mapping_t mapping = { .source_stream_id = SOURCE, .dest_stream_id = DEST };
    tp_rate_limiter_options_t options = scene_options(&scene, &mapping);
    options.source_descriptor_stream_id = ELSEWHERE;
    scene_limit_with(&scene, &options);
    heard = 0;
    publish(42);
    turn(1);
    TP_CHECK_EQ_U64(heard, 1);
    TP_CHECK_EQ_U64(heard_trace, 42);
    scene_close(&scene);
}

/* Proves: T-1, R-5 */
TP_TEST(frames_of_a_source_that_has_one_in_each_turn_pass_without_their_descriptors)
{
    set_up(ELSEWHERE, 100);
    for (int i = 0; i < 100; i++) {
        publish(9);
        turn(1);
    }
    TP_CHECK_GE_U64(heard, 9);
    TP_CHECK_LE_U64(heard, 11);
    scene_close(&scene);
}

TP_TEST_MAIN()
