/*
 * Streams with and without an SHM driver, read by one process with one client. The producer without
 * a driver is killed and comes back: its memory, its numbers and its announces are all that there is
 * to go by. Every accepted frame is verified byte by byte.
 */
#include <string.h>
#include <unistd.h>

#include "system_util.h"

#define NSLOTS 1024u
#define OWN_STREAM 2002u
#define SOON 30000

typedef struct reader_board {
    _Atomic uint64_t epoch; /* mapped now */
    _Atomic uint64_t verified;
    _Atomic uint64_t epochs; /* that frames were verified in */
    _Atomic uint64_t corrupt;
    _Atomic uint64_t accepted;
    _Atomic uint64_t lease_id;
    _Atomic uint64_t losses;
    char text[256];
} reader_board_t;

typedef struct board {
    _Atomic bool stop;           /* the readers */
    _Atomic bool stop_producers; /* all of them */
    reader_board_t readers[2];   /* of SYS_STREAM by lease, of OWN_STREAM without */
    _Atomic uint64_t own_epoch;  /* of the producer without a driver */
    _Atomic uint64_t published;  /* by it, in all its lives */
} board_t;

typedef struct reading {
    tp_consumer_t *consumer;
    reader_board_t *board;
    uint64_t last_epoch;
} reading_t;

static int on_frame(void *clientd, const tp_frame_t *frame)
{
    reading_t *r = clientd;
    const bool holds = sys_holds(frame);
    if (tp_frame_is_valid(r->consumer, frame)) {
        atomic_fetch_add(holds ? &r->board->verified : &r->board->corrupt, 1);
        if (holds && frame->epoch != r->last_epoch) {
            r->last_epoch = frame->epoch;
            atomic_fetch_add(&r->board->epochs, 1);
        }
    }
    return 0;
}

static int read_one(reading_t *r)
{
    const int got = tp_consumer_poll(r->consumer, on_frame, r, 256);
    tp_attach_status_t status;
    tp_consumer_stats_t stats;
    tp_consumer_status(r->consumer, &status);
    tp_consumer_stats(r->consumer, &stats);
    atomic_store(&r->board->epoch, status.epoch);
    atomic_store(&r->board->lease_id, status.lease_id);
    atomic_store(&r->board->losses, status.losses);
    atomic_store(&r->board->accepted, stats.accepted);
    memcpy(r->board->text, status.text, sizeof r->board->text);
    return got > 0 ? got : 0;
}

static pid_t fork_readers(const sys_config_t *config, board_t *board)
{
    const pid_t pid = fork();
    TP_CHECK_GE_I64(pid, 0);
    if (pid != 0) {
        return pid;
    }
    const tp_client_options_t client_options = sys_client_options(config, "readers");
    tp_client_t *client = NULL;
    reading_t readings[2] = { { .board = &board->readers[0] }, { .board = &board->readers[1] } };
    TP_CHECK_EQ_I64(tp_client_create(&client, &client_options), TP_OK);
    for (int i = 0; i < 2; i++) {
        tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
        options.stream_id = i == 0 ? SYS_STREAM : OWN_STREAM;
        options.start_at = TP_START_OLDEST;
        options.without_driver = i == 1;
        TP_CHECK_EQ_I64(tp_consumer_create(&readings[i].consumer, client, &options), TP_OK);
    }
    uint32_t idle = 0;
    while (!atomic_load(&board->stop)) {
        const int work = tp_client_do_work(client);
        tp_idle(&idle, work + read_one(&readings[0]) + read_one(&readings[1]));
    }
    tp_consumer_destroy(readings[0].consumer);
    tp_consumer_destroy(readings[1].consumer);
    tp_client_destroy(client);
    _exit(0);
}

static tp_local_stream_t local_stream(const sys_config_t *config)
{
    static const tp_local_pool_t pool = { .pool_id = 1, .stride_bytes = 4096 };
    tp_local_stream_t local = TP_LOCAL_STREAM_INIT;
    local.base_dir = config->base_dir;
    local.shm_namespace = "own";
    local.nslots = config->nslots;
    local.pools = &pool;
    local.npools = 1;
    return local;
}

static pid_t fork_own_producer(const sys_config_t *config, board_t *board)
{
    const pid_t pid = fork();
    TP_CHECK_GE_I64(pid, 0);
    if (pid != 0) {
        return pid;
    }
    const tp_client_options_t client_options = sys_client_options(config, "own producer");
    const tp_local_stream_t local = local_stream(config);
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    options.stream_id = OWN_STREAM;
    options.local = &local;
    TP_CHECK_EQ_I64(tp_client_create(&client, &client_options), TP_OK);
    const int rc = tp_producer_create(&producer, client, &options);
    TP_CHECK_MSG(rc == TP_OK, "own producer: %s", tp_errmsg());
    TP_CHECK_EQ_I64(tp_producer_await_ready(producer, SOON * SYS_NS_PER_MS), TP_OK);
    tp_attach_status_t status;
    tp_producer_status(producer, &status);
    atomic_store(&board->own_epoch, status.epoch);
    while (!atomic_load(&board->stop_producers)) {
        (void)tp_client_do_work(client);
        if (sys_publish(producer, NULL) == TP_OK) {
            atomic_fetch_add(&board->published, 1);
        }
        tp_test_pause();
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    _exit(0);
}

static void expect_frames(board_t *board, int reader, uint64_t above_epoch, uint64_t frames)
{
    reader_board_t *r = &board->readers[reader];
    const int64_t deadline = tp_test_now_ns() + SOON * SYS_NS_PER_MS;
    uint64_t from = 0;
    bool is_there = false;
    while (!is_there || atomic_load(&r->verified) < from + frames) {
        if (!is_there && atomic_load(&r->epoch) > above_epoch) {
            is_there = true;
            from = atomic_load(&r->verified);
        }
        TP_CHECK_MSG(tp_test_now_ns() < deadline, "reader %d: epoch %llu, verified %llu; %s",
                     reader, (unsigned long long)atomic_load(&r->epoch),
                     (unsigned long long)atomic_load(&r->verified), r->text);
        tp_test_pause();
    }
}

/* Proves: W-83, W-84, W-110, W-111, W-112, W-113 */
TP_TEST(a_producer_without_a_driver_is_followed_over_its_death_beside_a_drivers_stream)
{
    sys_config_t config;
    sys_init_impatient(&config, NSLOTS);
    config.client_liveness_ns = 5000 * SYS_NS_PER_MS;
    sys_driver_board_t *drivers = sys_board(sizeof *drivers);
    sys_producer_board_t *leased = sys_board(sizeof *leased);
    board_t *board = sys_board(sizeof *board);
    const pid_t driver_pid = sys_fork_driver(&config, drivers, SYS_BOTH);
    const pid_t readers_pid = fork_readers(&config, board);
    const pid_t leased_pid = sys_fork_producer(&config, leased);
    pid_t own_pid = fork_own_producer(&config, board);
    expect_frames(board, 0, 0, 200);
    expect_frames(board, 1, 0, 200);
    for (int round = 0; round < 3; round++) {
        const uint64_t epoch = atomic_load(&board->own_epoch);
        sys_kill(own_pid); /* in the middle of whatever it does; the lock and the pid go with it */
        own_pid = fork_own_producer(&config, board);
        expect_frames(board, 1, epoch, 200);
        TP_CHECK_EQ_U64(atomic_load(&board->own_epoch), epoch + 1);
    }
    expect_frames(board, 0, 0, 200); /* the other stream has gone on */
    TP_CHECK_EQ_U64(atomic_load(&board->readers[0].losses), 0);
    TP_CHECK_EQ_U64(atomic_load(&board->readers[0].epochs), 1);
    TP_CHECK_NE_U64(atomic_load(&board->readers[0].lease_id), 0);
    TP_CHECK_EQ_U64(atomic_load(&board->readers[1].lease_id), 0);
    TP_CHECK_EQ_U64(atomic_load(&board->readers[1].epochs), 4);
    atomic_store(&board->stop_producers, true);
    atomic_store(&leased->stop, true);
    TP_CHECK_CHILD(own_pid, 0, 10000);
    TP_CHECK_CHILD(leased_pid, 0, 10000);
    atomic_store(&board->stop, true);
    TP_CHECK_CHILD(readers_pid, 0, 10000);
    atomic_store(&drivers->stop, true);
    TP_CHECK_CHILD(driver_pid, 0, 10000);
    for (int i = 0; i < 2; i++) {
        TP_CHECK_EQ_U64(atomic_load(&board->readers[i].corrupt), 0);
        TP_CHECK_EQ_U64(atomic_load(&board->readers[i].verified),
                        atomic_load(&board->readers[i].accepted));
    }
    TP_CHECK_LE_U64(atomic_load(&board->readers[1].verified), atomic_load(&board->published) + 4);
}

/* A producer that is killed leaves a stale region: its readers find out by themselves (W-118). */
/* Proves: W-118 */
TP_TEST(readers_of_a_producer_that_does_not_come_back_unmap_by_themselves)
{
    sys_config_t config;
    sys_init_impatient(&config, NSLOTS);
    sys_driver_board_t *drivers = sys_board(sizeof *drivers);
    board_t *board = sys_board(sizeof *board);
    const pid_t driver_pid = sys_fork_driver(&config, drivers, SYS_MEDIA); /* none for SHM at all */
    const pid_t readers_pid = fork_readers(&config, board);
    const pid_t own_pid = fork_own_producer(&config, board);
    expect_frames(board, 1, 0, 100);
    sys_kill(own_pid);
    TP_CHECK_SOON(atomic_load(&board->readers[1].epoch) == 0, SOON);
    TP_CHECK_EQ_U64(atomic_load(&board->readers[1].losses), 1);
    atomic_store(&board->stop, true);
    TP_CHECK_CHILD(readers_pid, 0, 10000);
    atomic_store(&drivers->stop, true);
    TP_CHECK_CHILD(driver_pid, 0, 10000);
    TP_CHECK_EQ_U64(atomic_load(&board->readers[1].corrupt), 0);
}

TP_TEST_MAIN()
