/*
 * Descriptors are lost, refused and delayed as one likes: no frame is. Driver, producer and consumers are the real ones, in one
 * thread over the fake link, with stepped time.
 */
#include <string.h>

#include "client/client_internal.h"
#include "link/fake_link.h"
#include "system_util.h"

/* Of driver/internal.h, which does not go together with client_internal.h in one file. */
int tpi_driver_create_with_link(tp_driver_t **out, const tp_driver_options_t *options,
                                tpi_link_t *link);

#define FRAMES 20000u
#define DESCRIPTORS 1100

typedef struct scene {
    sys_config_t config;
    int64_t now_ns;
    tpi_fake_bus_t *bus;
    tpi_link_t *driver_link;
    tp_driver_t *driver;
    tp_client_t *clients[2];
    tp_producer_t *producer;
    tp_consumer_t *consumers[2]; /* without and with descriptors */
    uint64_t verified[2];
    uint64_t random;
} scene_t;

static int64_t clock_of(void *clientd)
{
    return ((scene_t *)clientd)->now_ns;
}

static int64_t realtime_of(void *clientd)
{
    return ((scene_t *)clientd)->now_ns + INT64_C(1700000000000000000);
}

static uint32_t random_below(scene_t *scene, uint32_t n)
{
    scene->random = scene->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(scene->random >> 33) % n;
}

static void make_driver(scene_t *scene)
{
    const tp_driver_pool_t pools[] = { { .pool_id = 1, .stride_bytes = 4096 } };
    const tp_driver_profile_t profile = {
        .name = "p", .header_nslots = 64, .pools = pools, .npools = 1
    };
    const tp_driver_stream_t stream = { .name = "s", .stream_id = SYS_STREAM, .profile = "p" };
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    options.control_channel = SYS_CHANNEL;
    options.base_dir = scene->config.base_dir;
    options.allowed_base_dirs = scene->config.base_dirs;
    options.allowed_base_dirs_count = 1;
    options.profiles = &profile;
    options.nprofiles = 1;
    options.streams = &stream;
    options.nstreams = 1;
    options.clock = clock_of;
    options.realtime_clock = realtime_of;
    options.clock_clientd = scene;
    TP_CHECK_EQ_I64(tpi_link_create_fake(&scene->driver_link, scene->bus), TP_OK);
    const int rc = tpi_driver_create_with_link(&scene->driver, &options, scene->driver_link);
    TP_CHECK_MSG(rc == TP_OK, "driver: %s", tp_errmsg());
}

static tp_client_t *make_client(scene_t *scene, const char *name)
{
    tp_client_options_t options = sys_client_options(&scene->config, name);
    tpi_link_t *link = NULL;
    tp_client_t *client = NULL;
    options.clock = clock_of;
    options.clock_clientd = scene;
    options.random_seed = 1 + random_below(scene, 1000000);
    TP_CHECK_EQ_I64(tpi_link_create_fake(&link, scene->bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_client_create_with_link(&client, &options, link), TP_OK);
    return client;
}

static void turn(scene_t *scene)
{
    scene->now_ns += 50000;
    tp_driver_do_work(scene->driver);
    tp_client_do_work(scene->clients[0]);
    tp_client_do_work(scene->clients[1]);
}

typedef struct look {
    tp_consumer_t *consumer;
    uint64_t *verified;
} look_t;

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    look_t *look = clientd;
    TP_CHECK(sys_holds(frame));
    TP_CHECK(tp_frame_is_valid(look->consumer, frame));
    ++*look->verified;
    return 0;
}

static void read_all(scene_t *scene)
{
    for (int i = 0; i < 2; i++) {
        look_t look = { scene->consumers[i], &scene->verified[i] };
        TP_CHECK_GE_I64(tp_consumer_poll(scene->consumers[i], on_frame, &look, 1000), 0);
        tp_consumer_stats_t stats;
        tp_consumer_stats(scene->consumers[i], &stats);
        TP_CHECK_EQ_U64(stats.accepted, scene->verified[i]);
        if (stats.has_seq) {
            TP_CHECK_EQ_U64(stats.accepted + sys_drops(&stats),
                            stats.last_seq - stats.first_seq + 1);
        }
    }
}

static void start(scene_t *scene)
{
    memset(scene, 0, sizeof(*scene));
    sys_init(&scene->config, 64);
    scene->now_ns = 1000000 * SYS_NS_PER_MS;
    TP_CHECK_EQ_I64(tpi_fake_bus_create(&scene->bus), TP_OK);
    make_driver(scene);
    scene->clients[0] = make_client(scene, "producer");
    scene->clients[1] = make_client(scene, "consumers");
    tp_producer_options_t producer = TP_PRODUCER_OPTIONS_INIT;
    producer.stream_id = SYS_STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene->producer, scene->clients[0], &producer), TP_OK);
    for (int i = 0; i < 2; i++) {
        tp_consumer_options_t consumer = TP_CONSUMER_OPTIONS_INIT;
        consumer.stream_id = SYS_STREAM;
        consumer.start_at = TP_START_OLDEST;
        consumer.use_descriptors = i == 1;
        TP_CHECK_EQ_I64(tp_consumer_create(&scene->consumers[i], scene->clients[1], &consumer),
                        TP_OK);
    }
    uint64_t epochs[3] = { 0, 1, 2 };
    for (int turns = 0; epochs[0] == 0 || epochs[0] != epochs[1] || epochs[0] != epochs[2];
         turns++) {
        tp_attach_status_t status;
        TP_CHECK_LT_I64(turns, 400000);
        turn(scene);
        tp_producer_status(scene->producer, &status);
        epochs[0] = tp_producer_is_ready(scene->producer) ? status.epoch : 0;
        for (int i = 0; i < 2; i++) {
            tp_consumer_status(scene->consumers[i], &status);
            epochs[1 + i] = status.epoch;
        }
    }
}

static void stop(scene_t *scene)
{
    tpi_fake_bus_force_send(scene->bus, DESCRIPTORS, TPI_SEND_OK, 0);
    tpi_fake_bus_set_up(scene->bus,
                        false); /* without leases, nobody has anybody to say good-bye to */
    turn(scene);
    for (int i = 0; i < 2; i++) {
        tp_consumer_destroy(scene->consumers[i]);
    }
    tp_producer_destroy(scene->producer);
    tp_client_destroy(scene->clients[1]);
    tp_client_destroy(scene->clients[0]);
    tp_driver_destroy(scene->driver);
    tpi_link_destroy(scene->driver_link);
    tpi_fake_bus_destroy(scene->bus);
}

static void expect_all(scene_t *scene, uint64_t accepted, uint64_t abandoned)
{
    for (int i = 0; i < 2; i++) {
        tp_consumer_stats_t stats;
        tp_consumer_stats(scene->consumers[i], &stats);
        printf("%s descriptors: accepted %llu, abandoned %llu, other drops %llu\n",
               i == 0 ? "without" : "with", (unsigned long long)stats.accepted,
               (unsigned long long)stats.drops[TP_DROP_ABANDONED],
               (unsigned long long)(sys_drops(&stats) - stats.drops[TP_DROP_ABANDONED]));
        TP_CHECK_EQ_U64(stats.accepted, accepted);
        TP_CHECK_EQ_U64(sys_drops(&stats), abandoned);
        TP_CHECK_EQ_U64(stats.drops[TP_DROP_ABANDONED], abandoned);
    }
}

TP_TEST(lost_descriptors_lose_no_frame)
{
    scene_t scene;
    start(&scene);
    for (uint32_t n = 0; n < FRAMES; n++) {
        if (random_below(&scene, 4) == 0) {
            tpi_fake_bus_lose(scene.bus, DESCRIPTORS, 1 + (int)random_below(&scene, 40));
        }
        TP_CHECK_EQ_I64(sys_publish(scene.producer, NULL), TP_OK);
        if (random_below(&scene, 10) == 0) { /* up to some dozen frames behind */
            turn(&scene);
            read_all(&scene);
        } else if (n % 32 == 0) {
            read_all(&scene);
        }
    }
    turn(&scene);
    read_all(&scene);
    expect_all(&scene, FRAMES, 0);
    stop(&scene);
}

/* Proves: W-43, W-45 */
TP_TEST(descriptors_that_cannot_be_sent_lose_no_frame_and_are_counted)
{
    static const tpi_send_t results[] = { TPI_SEND_NOT_CONNECTED, TPI_SEND_BACK_PRESSURED,
                                          TPI_SEND_NOT_READY, TPI_SEND_ERROR };
    scene_t scene;
    start(&scene);
    const uint64_t sent_before = tpi_fake_bus_sent(scene.bus, DESCRIPTORS);
    for (uint32_t n = 0; n < FRAMES; n++) {
        if (random_below(&scene, 8) == 0) {
            tpi_fake_bus_force_send(scene.bus, DESCRIPTORS, results[random_below(&scene, 4)],
                                    1 + (int)random_below(&scene, 20));
        }
        TP_CHECK_EQ_I64(sys_publish(scene.producer, NULL), TP_OK);
        if (random_below(&scene, 8) == 0 || n % 32 == 0) {
            turn(&scene);
            read_all(&scene);
        }
    }
    turn(&scene);
    read_all(&scene);
    expect_all(&scene, FRAMES, 0);
    tp_producer_stats_t stats;
    tp_producer_stats(scene.producer, &stats);
    printf("descriptors: sent %llu, not connected %llu, back-pressured %llu, failed %llu\n",
           (unsigned long long)stats.descriptors_sent,
           (unsigned long long)stats.descriptors_not_connected,
           (unsigned long long)stats.descriptors_back_pressured,
           (unsigned long long)stats.descriptors_failed);
    TP_CHECK_EQ_U64(stats.published, FRAMES);
    TP_CHECK_GT_U64(stats.descriptors_back_pressured, 0);
    TP_CHECK_GT_U64(stats.descriptors_not_connected, 0);
    TP_CHECK_EQ_U64(stats.descriptors_sent + stats.descriptors_not_connected +
                        stats.descriptors_back_pressured + stats.descriptors_failed,
                    FRAMES);
    TP_CHECK_EQ_U64(tpi_fake_bus_sent(scene.bus, DESCRIPTORS) - sent_before,
                    stats.descriptors_sent);
    stop(&scene);
}

/* Proves: W-45, W-115 */
TP_TEST(aborted_and_reordered_frames_cost_nothing_else_with_or_without_descriptors)
{
    scene_t scene;
    uint64_t aborted = 0;
    start(&scene);
    for (uint32_t n = 0; n < FRAMES / 4; n++) {
        tp_claim_t claims[4];
        tp_frame_info_t info = { .meta_version = 1 };
        const int32_t dim = SYS_PAYLOAD;
        TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, &dim), TP_OK);
        for (int i = 0; i < 4; i++) {
            TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, SYS_PAYLOAD, &claims[i]), TP_OK);
            sys_fill(claims[i].data, SYS_PAYLOAD, claims[i].epoch, claims[i].seq);
        }
        if (random_below(&scene, 4) == 0) {
            tpi_fake_bus_lose(scene.bus, DESCRIPTORS, 1 + (int)random_below(&scene, 8));
        }
        for (uint32_t left = 4; left > 0; left--) {
            const uint32_t i = random_below(&scene, left);
            if (n + left < FRAMES / 4 &&
                random_below(&scene, 16) == 0) { /* the last ones are seen, so all are */
                TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claims[i]), TP_OK);
                aborted++;
            } else {
                TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[i], SYS_PAYLOAD, &info),
                                TP_OK);
            }
            claims[i] = claims[left - 1];
            if (random_below(&scene, 6) == 0) {
                turn(&scene);
                read_all(&scene);
            }
        }
        if (n % 8 == 0) {
            turn(&scene);
            read_all(&scene);
        }
    }
    turn(&scene);
    read_all(&scene);
    TP_CHECK_GT_U64(aborted, 100);
    expect_all(&scene, FRAMES - aborted, aborted);
    stop(&scene);
}

TP_TEST_MAIN()
