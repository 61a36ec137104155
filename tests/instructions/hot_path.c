/*
 * What is counted: one path of a frame, thousands of times. count.py runs this program once for
 * each path, under callgrind, which collects inside of counted() alone. As a plain test it runs them all.
 *
 * The ring alone: claim, commit and announce by the ring writer, next by the ring reader. Through
 * the API: the same by tp_producer_* and tp_consumer_*, over the fake link with nobody subscribed
 * to descriptors, the usual case. Every path ends with a check that it did what it is counted for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "client/client_internal.h"
#include "consumer/ring_reader.h"
#include "fake_driver.h"
#include "ring_fixture.h"

#define LEN 4096u
#define BATCH 8u /* frames, half of the rings here: a reader is never lapped */

/* Everything that the paths need, made before the counting starts. */
typedef struct scene {
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
    tpi_ring_reader_t reader;
    tp_consumer_stats_t reader_stats;
    fake_driver_t driver;
    tp_client_t *client;
    tp_producer_t *producer;
    tp_consumer_t *consumer;
    tp_frame_info_t info[2];
    uint64_t good;
} scene_t;

static scene_t scene;

/* Stands for the vDSO, whose instructions are not ours: 100 ns go by between looks at it. */
static int64_t cheap_clock(void *clientd)
{
    int64_t *now_ns = clientd;
    return *now_ns += 100;
}

static void set_up(void)
{
    static const uint32_t strides[] = { LEN, 65536 };
    static int64_t now_ns;
    const tpi_ring_reader_options_t options = { .gap_patience_ns = 1000 * FAKE_MS };
    memset(&scene, 0, sizeof scene);
    scene.info[0] = ring_frame_info(0, LEN);
    scene.info[1] = ring_frame_info(0, LEN / 2);
    scene.info[0].timestamp_ns = scene.info[1].timestamp_ns = 1;
    ring_fixture_init(&scene.ring, 2 * BATCH, strides, 2);
    tpi_ring_writer_init(&scene.writer, &scene.ring.rw);
    TP_CHECK_EQ_I64(
        tpi_ring_reader_init(&scene.reader, &scene.ring.ro, &options, &scene.reader_stats), TP_OK);

    tp_producer_options_t producer = TP_PRODUCER_OPTIONS_INIT;
    tp_consumer_options_t consumer = TP_CONSUMER_OPTIONS_INIT;
    producer.stream_id = consumer.stream_id = FAKE_STREAM;
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, NULL);
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.client, &producer), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_create(&scene.consumer, scene.client, &consumer), TP_OK);
    for (int i = 0;
         i < 100 && !(tp_producer_is_ready(scene.producer) && tp_consumer_is_ready(scene.consumer));
         i++) {
        fake_driver_run(&scene.driver, scene.client, 10);
    }
    TP_CHECK(tp_producer_is_ready(scene.producer) && tp_consumer_is_ready(scene.consumer));
    /* Nobody hears descriptors: the driver listens to another stream instead. */
    tpi_subscription_close(scene.driver.descriptor_sub);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.driver.link, &scene.driver.descriptor_sub,
                                              "aeron:ipc", 1101, fake_on_image, &scene.driver),
                    TP_OK);
    now_ns = scene.driver.now_ns;
    scene.client->options.clock = cheap_clock;
    scene.client->options.clock_clientd = &now_ns;
}

static void tear_down(void)
{
    scene.client->options.clock = fake_clock;
    scene.client->options.clock_clientd = &scene.driver;
    tp_consumer_destroy(scene.consumer);
    tp_producer_destroy(scene.producer);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
    tpi_ring_reader_fini(&scene.reader);
    ring_fixture_fini(&scene.ring);
}

/* ---- paths: `n` calls each ---- */

static void ring_publish_of(const tp_frame_info_t *info, uint32_t len)
{
    tp_claim_t claim;
    tpi_ring_claim_t announced;
    scene.good += tpi_ring_writer_claim(&scene.writer, 0, &claim) == TP_OK &&
                  tpi_ring_writer_commit(&scene.writer, &claim, len, info, 1) == TP_OK &&
                  tpi_ring_writer_next_announce(&scene.writer, &announced);
}

static void ring_publish_frames(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        ring_publish_of(&scene.info[0], LEN);
    }
}

static void ring_publish_other_tensor(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        ring_publish_of(&scene.info[i & 1], LEN);
    }
}

/* Two of one tensor, then two of another: each second claim is filled in with a tensor that its commit
 * then replaces, the dearest frame there is; the others' claims are not filled in. */
static void ring_publish_in_pairs(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        ring_publish_of(&scene.info[i >> 1 & 1], LEN);
    }
}

static void ring_read(uint64_t n)
{
    tp_frame_t frame;
    for (uint64_t i = 0; i < n; i++) {
        scene.good += tpi_ring_reader_try(&scene.reader, 0, &frame) == 1;
    }
}

static void publish(uint64_t n)
{
    tp_claim_t claim;
    for (uint64_t i = 0; i < n; i++) {
        scene.good += tp_producer_claim(scene.producer, LEN, &claim) == TP_OK &&
                      tp_producer_commit(scene.producer, &claim, LEN, &scene.info[0]) == TP_OK;
    }
}

static void try_next(uint64_t n)
{
    tp_frame_t frame;
    for (uint64_t i = 0; i < n; i++) {
        scene.good += tp_consumer_try_next(scene.consumer, &frame) == 1 &&
                      tp_frame_is_valid(scene.consumer, &frame);
    }
}

static void idle(uint64_t n)
{
    tp_frame_t frame;
    for (uint64_t i = 0; i < n; i++) {
        scene.good += tp_consumer_try_next(scene.consumer, &frame) == 0;
    }
}

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    *(uint64_t *)clientd += frame->length == LEN;
    return 0;
}

static void poll(uint64_t n)
{
    (void)tp_consumer_poll(scene.consumer, on_frame, &scene.good, n);
}

static void do_work(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        scene.good += tp_client_do_work(scene.client) >= 0;
    }
}

/* `prepare` goes before each batch, not counted. */
static const struct path {
    const char *name;
    void (*run)(uint64_t n);
    void (*prepare)(uint64_t n);
} paths[] = {
    { "ring-publish", ring_publish_frames, NULL },
    { "ring-publish-other-tensor", ring_publish_other_tensor, NULL },
    { "ring-publish-in-pairs", ring_publish_in_pairs, NULL },
    { "ring-read", ring_read, ring_publish_frames },
    { "publish", publish, NULL },
    { "try-next", try_next, publish },
    { "poll", poll, publish },
    { "idle", idle, NULL },
    { "do-work", do_work, NULL },
};

void counted(void (*run)(uint64_t n), uint64_t n);

/* What callgrind goes by. */
__attribute__((noinline)) void counted(void (*run)(uint64_t n), uint64_t n)
{
    run(n);
    __asm__ volatile(""); /* not a tail call: run() would be another function */
}

/* Called through this: a compiler that knew the arguments could make a copy with another name. */
static void (*volatile call_counted)(void (*run)(uint64_t n), uint64_t n) = counted;

static void run_path(const struct path *path, uint64_t calls)
{
    if (path->prepare != NULL) { /* once before, so that the first look is behind us */
        path->prepare(BATCH);
    }
    path->run(BATCH);
    uint64_t good = 0;
    for (uint64_t i = 0; i < calls; i += BATCH) {
        if (path->prepare != NULL) {
            path->prepare(BATCH);
        }
        const uint64_t before = scene.good;
        call_counted(path->run, BATCH);
        good += scene.good - before;
    }
    TP_CHECK_MSG(good == calls, "%s: %llu calls, %llu did it", path->name,
                 (unsigned long long)calls, (unsigned long long)good);
}

/* All of them, or with TP_COUNT_PATH that one, TP_COUNT_CALLS times. */
TP_TEST(every_path_does_what_it_is_counted_for)
{
    const char *wanted = getenv("TP_COUNT_PATH");
    const char *calls = getenv("TP_COUNT_CALLS");
    uint64_t ran = 0;
    set_up();
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (wanted == NULL || strcmp(wanted, paths[i].name) == 0) {
            run_path(&paths[i], calls != NULL ? strtoull(calls, NULL, 10) / BATCH * BATCH : 80);
            tear_down();
            ran++;
            set_up();
        }
    }
    tear_down();
    TP_CHECK_GT_U64(ran, 0);
}

TP_TEST_MAIN()
