/*
 * What dies comes back, and no accepted frame is wrong: producer killed and restarted, SHM driver killed and restarted, media driver
 * killed and restarted, under consumers that go on by themselves. Every accepted frame is verified byte by byte, and each seq of
 * every epoch is accounted for.
 */
#include <string.h>
#include <unistd.h>

#include "system_util.h"

#define NSLOTS 1024u
#define SOON 30000

typedef struct scene {
    sys_config_t config;
    sys_driver_board_t *media;
    sys_driver_board_t *driver;
    sys_producer_board_t *producer;
    sys_consumer_board_t *consumers[2];
    pid_t media_pid;
    pid_t driver_pid;
    pid_t producer_pid;
    pid_t consumer_pids[2];
} scene_t;

/* Both consumers verify `frames` more frames, of an epoch above `epoch`. */
static void expect_frames(const scene_t *scene, uint64_t above_epoch, uint64_t frames)
{
    for (int i = 0; i < 2; i++) {
        const sys_consumer_board_t *board = scene->consumers[i];
        const int64_t deadline = tp_test_now_ns() + SOON * SYS_NS_PER_MS;
        uint64_t from = 0;
        bool is_there = false;
        while (!is_there || atomic_load(&board->verified) < from + frames) {
            if (!is_there && atomic_load(&board->epoch) > above_epoch) {
                is_there = true;
                from = atomic_load(&board->verified);
            }
            TP_CHECK_MSG(tp_test_now_ns() < deadline,
                         "consumer %d: epoch %llu, expected above %llu; verified %llu; %s", i,
                         (unsigned long long)atomic_load(&board->epoch),
                         (unsigned long long)above_epoch,
                         (unsigned long long)atomic_load(&board->verified), board->text);
            tp_test_pause();
        }
    }
}

static uint64_t producer_epoch(const scene_t *scene)
{
    return atomic_load(&scene->producer->epoch);
}

static void start_media(scene_t *scene)
{
    scene->media_pid = sys_fork_driver(&scene->config, scene->media, SYS_MEDIA);
}

static void start_driver(scene_t *scene)
{
    scene->driver_pid = sys_fork_driver(&scene->config, scene->driver, SYS_SHM);
}

static void start_producer(scene_t *scene)
{
    memset(scene->producer, 0, sizeof(*scene->producer));
    scene->producer_pid = sys_fork_producer(&scene->config, scene->producer);
}

static void start(scene_t *scene)
{
    sys_init_impatient(&scene->config, NSLOTS);
    scene->config.client_liveness_ns = 5000 * SYS_NS_PER_MS; /* nobody waits for that here */
    scene->media = sys_board(sizeof(*scene->media));
    scene->driver = sys_board(sizeof(*scene->driver));
    scene->producer = sys_board(sizeof(*scene->producer));
    start_media(scene);
    start_driver(scene);
    for (int i = 0; i < 2; i++) {
        scene->consumers[i] = sys_board(sizeof(*scene->consumers[i]));
        scene->consumer_pids[i] = sys_fork_consumer(&scene->config, scene->consumers[i],
                                                    i == 0 ? "consumer 0" : "consumer 1", i == 1);
    }
    start_producer(scene);
    expect_frames(scene, 0, 200);
}

static void finish(scene_t *scene)
{
    atomic_store(&scene->producer->stop, true);
    TP_CHECK_CHILD(scene->producer_pid, 0, 10000);
    for (int i = 0; i < 2; i++) {
        atomic_store(&scene->consumers[i]->stop, true);
        TP_CHECK_CHILD(scene->consumer_pids[i], 0, 10000);
    }
    atomic_store(&scene->driver->stop, true);
    TP_CHECK_CHILD(scene->driver_pid, 0, 10000);
    atomic_store(&scene->media->stop, true);
    TP_CHECK_CHILD(scene->media_pid, 0, 10000);
    for (int i = 0; i < 2; i++) {
        sys_check_consumer(i == 0 ? "consumer 0" : "consumer 1", scene->consumers[i]);
        TP_CHECK_EQ_U64(scene->consumers[i]->stats.drops_late,
                        scene->consumers[i]->stats.drops[TP_DROP_CHANGED]);
    }
    TP_CHECK_EQ_U64(tp_test_count_files(scene->config.aeron_dir), 0);
}

/* Proves: D-49, D-54, D-56, D-65, D-70, D-71, W-110, W-111, W-113 */
TP_TEST(a_producer_killed_and_restarted_is_followed_into_its_new_epoch)
{
    scene_t scene;
    start(&scene);
    for (int round = 0; round < 3; round++) {
        const uint64_t epoch = producer_epoch(&scene);
        TP_CHECK_GT_U64(epoch, 0);
        sys_kill(scene.producer_pid);
        start_producer(&scene); /* refused until the lease of the dead one has expired */
        expect_frames(&scene, epoch, 200);
        TP_CHECK_GT_U64(producer_epoch(&scene), epoch);
    }
    finish(&scene);
    for (int i = 0; i < 2; i++) { /* their own leases lived through it all */
        TP_CHECK_EQ_U64(atomic_load(&scene.consumers[i]->attaches), 1);
        TP_CHECK_EQ_U64(atomic_load(&scene.consumers[i]->epochs), 4);
    }
}

/* A producer that ends in order: consumers get all it committed. */
TP_TEST(a_producer_that_detaches_costs_no_frame)
{
    scene_t scene;
    start(&scene);
    uint64_t published = 0;
    for (int round = 0; round < 3; round++) {
        const uint64_t epoch = producer_epoch(&scene);
        atomic_store(&scene.producer->stop, true);
        TP_CHECK_CHILD(scene.producer_pid, 0, 10000);
        published += atomic_load(&scene.producer->published);
        start_producer(&scene);
        expect_frames(&scene, epoch, 100);
    }
    finish(&scene);
    published += atomic_load(&scene.producer->published);
    for (int i = 0; i < 2; i++) {
        const tp_consumer_stats_t *stats = &scene.consumers[i]->stats;
        TP_CHECK_EQ_U64(atomic_load(&scene.consumers[i]->attaches), 1);
        TP_CHECK_EQ_U64(sys_drops(stats), 0);
        /* the last producer ends together with the consumers */
        TP_CHECK_LE_U64(stats->accepted, published);
        TP_CHECK_GE_U64(stats->accepted, published - atomic_load(&scene.producer->published) + 100);
    }
}

/* Proves: D-65, D-82, D-83 */
TP_TEST(a_driver_killed_and_restarted_is_found_again_by_everybody)
{
    scene_t scene;
    start(&scene);
    for (int round = 0; round < 2; round++) {
        const uint64_t epoch = producer_epoch(&scene);
        sys_kill(scene.driver_pid);
        start_driver(&scene);
        expect_frames(&scene, epoch, 200);
        TP_CHECK_GT_U64(producer_epoch(&scene), epoch);
    }
    finish(&scene);
    for (int i = 0; i < 2; i++) {
        TP_CHECK_GE_U64(atomic_load(&scene.consumers[i]->attaches), 3);
    }
}

TP_TEST(a_media_driver_killed_and_restarted_is_found_again_by_everybody)
{
    scene_t scene;
    start(&scene);
    const uint64_t epoch = producer_epoch(&scene);
    sys_kill(scene.media_pid);
    start_media(&scene);
    expect_frames(&scene, epoch, 200);
    finish(&scene);
}

TP_TEST(both_drivers_killed_at_once_are_found_again_by_everybody)
{
    scene_t scene;
    start(&scene);
    const uint64_t epoch = producer_epoch(&scene);
    sys_kill(scene.driver_pid);
    sys_kill(scene.media_pid);
    start_media(&scene);
    start_driver(&scene);
    expect_frames(&scene, epoch, 200);
    finish(&scene);
}

TP_TEST_MAIN()
