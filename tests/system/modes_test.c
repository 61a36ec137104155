/*
 * Consumers in different modes beside each other, each a process of its own, over a real media driver.
 *
 * Five processes: both drivers; a consumer that follows the ring; one with ten frames a second on a descriptor stream of its own; one
 * that reads a frame while it grows, with a control stream of its own; and this one, the producer.
 */
#include <string.h>
#include <unistd.h>

#include "shm/payload.h"
#include "system_util.h"

#define NSLOTS 8192u
#define RATE_HZ 10u
#define WANTED 15u /* frames at that rate */
#define STEP 128u  /* bytes that the slow frame grows by */

typedef struct mode_board {
    _Atomic bool stop;
    _Atomic bool is_described;
    _Atomic bool is_control_active;
    _Atomic uint64_t verified;
    _Atomic uint64_t wrong;
    _Atomic uint32_t descriptor_stream_id;
    _Atomic uint64_t drops;
    _Atomic uint64_t thinned;
    _Atomic uint64_t states; /* of the slow frame, one decimal digit each */
    _Atomic uint64_t progress_seq;
    _Atomic uint64_t readable; /* bytes of it that were there, and right */
} mode_board_t;

typedef struct scene {
    sys_config_t config;
    sys_driver_board_t *drivers;
    sys_consumer_board_t *fast;
    mode_board_t *ui, *reader;
    pid_t drivers_pid, fast_pid, ui_pid, reader_pid;
    tp_client_t *client;
    tp_producer_t *producer;
    uint64_t published;
} scene_t;

/* ---- the consumers ---- */

static void note_streams(const tp_consumer_t *consumer, mode_board_t *board)
{
    tp_consumer_streams_t streams;
    tp_consumer_stats_t stats;
    tp_consumer_streams(consumer, &streams);
    tp_consumer_stats(consumer, &stats);
    atomic_store(&board->descriptor_stream_id, streams.descriptor_stream_id);
    atomic_store(&board->is_control_active, streams.control_state == TP_STREAM_ACTIVE);
    atomic_store(&board->drops, sys_drops(&stats));
    atomic_store(&board->thinned, stats.thinned);
    atomic_store(&board->is_described, streams.is_described);
}

static void note_progress(tp_consumer_t *consumer, mode_board_t *board)
{
    uint8_t copy[SYS_PAYLOAD], expected[SYS_PAYLOAD];
    tp_progress_t progress;
    if (tp_consumer_progress(consumer, &progress) != 1) {
        return;
    }
    TP_CHECK_EQ_U64(progress.length, SYS_PAYLOAD);
    TP_CHECK(progress.readable <= SYS_PAYLOAD);
    TPI_PAYLOAD_ACCESS_BEGIN();
    memcpy(copy, progress.data, progress.readable);
    TPI_PAYLOAD_ACCESS_END();
    TP_CHECK(tp_progress_is_valid(consumer, &progress));
    sys_fill(expected, SYS_PAYLOAD, progress.epoch, progress.seq);
    if (memcmp(copy, expected, progress.readable) != 0) {
        atomic_fetch_add(&board->wrong, 1);
    }
    atomic_store(&board->progress_seq, progress.seq);
    atomic_store(&board->states, atomic_load(&board->states) * 10 + (uint64_t)progress.state);
    atomic_store(&board->readable, progress.readable);
}

static void follow(const sys_config_t *config, mode_board_t *board, bool is_reader)
{
    const tp_client_options_t client_options =
        sys_client_options(config, is_reader ? "reader" : "ui");
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_consumer_t *consumer = NULL;
    options.stream_id = SYS_STREAM;
    options.private_descriptors = !is_reader;
    options.max_rate_hz = is_reader ? 0 : RATE_HZ;
    options.private_control = is_reader;
    options.wants_progress = is_reader;
    TP_CHECK_EQ_I64(tp_client_create(&client, &client_options), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &options), TP_OK);
    uint32_t idle = 0;
    while (!atomic_load(&board->stop)) {
        int work = tp_client_do_work(client);
        tp_frame_t frame;
        if (is_reader) {
            note_progress(consumer, board);
        }
        while (tp_consumer_try_next(consumer, &frame) == 1) {
            const bool holds = sys_holds(&frame);
            if (tp_frame_is_valid(consumer, &frame)) {
                atomic_fetch_add(holds ? &board->verified : &board->wrong, 1);
            }
            work++;
        }
        note_streams(consumer, board);
        tp_idle(&idle, work);
    }
    tp_consumer_destroy(consumer);
    tp_client_destroy(client);
}

static pid_t fork_mode(const sys_config_t *config, mode_board_t *board, bool is_reader)
{
    fflush(stdout);
    fflush(stderr);
    const pid_t pid = fork();
    TP_CHECK_GE_I64(pid, 0);
    if (pid == 0) {
        follow(config, board, is_reader);
        _exit(0);
    }
    return pid;
}

/* ---- the producer ---- */

static tp_producer_stats_t stats_of(const scene_t *scene)
{
    tp_producer_stats_t stats;
    tp_producer_stats(scene->producer, &stats);
    return stats;
}

#define DRIVE_UNTIL(scene, condition)                                                              \
    TP_CHECK_SOON((tp_client_do_work((scene)->client), (condition)), 30000)

static void start(scene_t *scene)
{
    sys_init(&scene->config, NSLOTS);
    scene->drivers = sys_board(sizeof(*scene->drivers));
    scene->fast = sys_board(sizeof(*scene->fast));
    scene->ui = sys_board(sizeof(*scene->ui));
    scene->reader = sys_board(sizeof(*scene->reader));
    scene->drivers_pid = sys_fork_driver(&scene->config, scene->drivers, SYS_BOTH);
    scene->fast_pid = sys_fork_consumer(&scene->config, scene->fast, "fast", false);
    scene->ui_pid = fork_mode(&scene->config, scene->ui, false);
    scene->reader_pid = fork_mode(&scene->config, scene->reader, true);
    const tp_client_options_t client_options = sys_client_options(&scene->config, "producer");
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    TP_CHECK_EQ_I64(tp_client_create(&scene->client, &client_options), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_create(&scene->producer, scene->client, &options), TP_OK);
    const int rc = tp_producer_await_ready(scene->producer, 20000 * SYS_NS_PER_MS);
    TP_CHECK_MSG(rc == TP_OK, "producer: %s", tp_errmsg());
    DRIVE_UNTIL(scene, atomic_load(&scene->fast->epoch) != 0);
    DRIVE_UNTIL(scene, atomic_load(&scene->ui->is_described));
    DRIVE_UNTIL(scene, atomic_load(&scene->reader->is_control_active));
}

static void finish(scene_t *scene)
{
    atomic_store(&scene->fast->stop, true);
    atomic_store(&scene->reader->stop, true);
    TP_CHECK_CHILD(scene->fast_pid, 0, 10000);
    TP_CHECK_CHILD(scene->reader_pid, 0, 10000);
    tp_producer_destroy(scene->producer);
    tp_client_destroy(scene->client);
    atomic_store(&scene->drivers->stop, true);
    TP_CHECK_CHILD(scene->drivers_pid, 0, 10000);
}

/* Frames as fast as they come, a millisecond apart, until the slow consumer has seen enough. Returns how many its stream
 * refused before the first it took. */
static uint64_t publish_until_seen(scene_t *scene)
{
    const int64_t deadline = tp_test_now_ns() + 60000 * SYS_NS_PER_MS;
    int64_t due = tp_test_now_ns();
    uint64_t failed_at_start = 0;
    while (atomic_load(&scene->ui->verified) < WANTED) {
        TP_CHECK_MSG(tp_test_now_ns() < deadline, "%llu frames at a rate of %u",
                     (unsigned long long)atomic_load(&scene->ui->verified), RATE_HZ);
        tp_client_do_work(scene->client);
        if (tp_test_now_ns() < due ||
            scene->published > atomic_load(&scene->fast->seqs) + NSLOTS / 2) {
            tp_test_pause();
            continue;
        }
        TP_CHECK_EQ_I64(sys_publish(scene->producer, NULL), TP_OK);
        scene->published++;
        if (stats_of(scene).private_sent == 0) {
            failed_at_start = stats_of(scene).private_failed;
        }
        due = tp_test_now_ns() + SYS_NS_PER_MS;
    }
    return failed_at_start;
}

/* Each step waits until the one before was read. */
static void publish_slowly(scene_t *scene)
{
    uint8_t payload[SYS_PAYLOAD];
    const int32_t dim = SYS_PAYLOAD;
    tp_claim_t claim;
    tp_frame_info_t info = { .meta_version = 1 };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, &dim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_claim(scene->producer, SYS_PAYLOAD, &claim), TP_OK);
    sys_fill(payload, SYS_PAYLOAD, claim.epoch, claim.seq);
    TP_CHECK_EQ_I64(tp_producer_progress(scene->producer, &claim, SYS_PAYLOAD, 0, &info), TP_OK);
    DRIVE_UNTIL(scene, atomic_load(&scene->reader->progress_seq) == claim.seq &&
                           atomic_load(&scene->reader->states) == 1);
    const uint64_t frames = atomic_load(&scene->reader->verified);
    for (size_t filled = STEP; filled <= SYS_PAYLOAD; filled += STEP) {
        TPI_PAYLOAD_ACCESS_BEGIN();
        memcpy(claim.data + filled - STEP, payload + filled - STEP, STEP);
        TPI_PAYLOAD_ACCESS_END();
        TP_CHECK_EQ_I64(tp_producer_progress(scene->producer, &claim, SYS_PAYLOAD, filled, &info),
                        TP_OK);
        DRIVE_UNTIL(scene, atomic_load(&scene->reader->readable) == filled);
    }
    TP_CHECK_EQ_U64(atomic_load(&scene->reader->verified), frames); /* it is no frame yet */
    TP_CHECK_EQ_I64(tp_producer_commit(scene->producer, &claim, SYS_PAYLOAD, &info), TP_OK);
    scene->published++;
    /* started, four steps, complete */
    DRIVE_UNTIL(scene, atomic_load(&scene->reader->states) == 122223);
    DRIVE_UNTIL(scene, atomic_load(&scene->reader->verified) == scene->published);
}

/* Proves: W-90, W-96, W-97, W-99, W-103, W-104, W-106, W-109, W-124, D-109 */
TP_TEST(a_fast_consumer_a_slow_one_and_one_that_reads_ahead_do_not_disturb_each_other)
{
    scene_t scene = { .published = 0 };
    start(&scene);
    const uint32_t descriptor_id = atomic_load(&scene.ui->descriptor_stream_id);
    TP_CHECK(descriptor_id >= 31000 && descriptor_id <= 31099);
    TP_CHECK_EQ_U64(stats_of(&scene).private_streams, 2);

    const int64_t since_ns = tp_test_now_ns();
    const uint64_t failed_at_start = publish_until_seen(&scene);
    const tp_producer_stats_t stats = stats_of(&scene);
    const uint64_t elapsed_ms = (uint64_t)((tp_test_now_ns() - since_ns) / SYS_NS_PER_MS);
    printf("%llu frames in %llu ms, %llu of them described to the slow consumer, %llu not taken\n",
           (unsigned long long)scene.published, (unsigned long long)elapsed_ms,
           (unsigned long long)stats.private_sent, (unsigned long long)stats.private_failed);
    /* The image may be there before the producer's handle is; no later frame is refused. */
    TP_CHECK_EQ_U64(stats.private_failed, failed_at_start);
    /* However busy the machine: never closer than the rate says, and none left out without being counted. */
    TP_CHECK(stats.private_sent <= 1 + elapsed_ms * RATE_HZ / 1000);
    TP_CHECK_EQ_U64(stats.private_sent + stats.private_capped + stats.private_failed,
                    scene.published);
    TP_CHECK_GT_U64(stats.private_capped, 0);
    TP_CHECK_EQ_U64(stats.published, scene.published);

    publish_slowly(&scene);
    DRIVE_UNTIL(&scene, atomic_load(&scene.fast->seqs) == scene.published);
    DRIVE_UNTIL(&scene, atomic_load(&scene.ui->verified) == stats_of(&scene).private_sent);
    DRIVE_UNTIL(&scene, atomic_load(&scene.ui->thinned) > 0);
    TP_CHECK_EQ_U64(atomic_load(&scene.ui->drops), 0);
    TP_CHECK_EQ_U64(atomic_load(&scene.ui->wrong), 0);
    TP_CHECK_EQ_U64(atomic_load(&scene.reader->drops), 0);
    TP_CHECK_EQ_U64(atomic_load(&scene.reader->wrong), 0);

    /* Killed: its image stays until Aeron notices, half a minute here; its silence is enough. */
    sys_kill(scene.ui_pid);
    DRIVE_UNTIL(&scene, stats_of(&scene).private_streams == 1);
    TP_CHECK(atomic_load(&scene.reader->is_control_active));
    finish(&scene);
    sys_check_consumer("fast", scene.fast);
    TP_CHECK_EQ_U64(scene.fast->stats.accepted, scene.published);
    TP_CHECK_EQ_U64(sys_drops(&scene.fast->stats), 0);
}

TP_TEST_MAIN()
