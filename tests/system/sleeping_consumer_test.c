/*
 * A consumer that sleeps in tp_consumer_wait, in a process of its own over a real media driver: every frame wakes it, it costs
 * next to nothing while there is none, and it outlives its producers. That no wake-up is ever lost is
 * src/base/wake_stress_test.c's to prove.
 */
#include "system_util.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#ifdef TP_TEST_SANITIZED
#define FRAMES 2000u
#else
#define FRAMES 10000u
#endif

typedef struct sleeper_board {
    _Atomic bool stop;
    _Atomic uint64_t epoch; /* mapped; 0: none */
    _Atomic uint64_t read;
    _Atomic uint64_t corrupt;
    _Atomic uint64_t waits;    /* calls of tp_consumer_wait while mapped */
    _Atomic uint64_t timeouts; /* those that said: nothing new */
    _Atomic uint64_t missed;   /* those that said so, and a frame was there */
    _Atomic uint64_t at_once;  /* those that said: look, and there was none */
    _Atomic int64_t slept_ns;  /* in those that said: nothing new */
    _Atomic int64_t used_ns;   /* processor time */
    _Atomic int64_t switches;  /* given the processor away */
} sleeper_board_t;

static sys_config_t config;

static void note_usage(sleeper_board_t *board)
{
    struct rusage usage;
    struct timespec used;
    TP_CHECK_EQ_I64(getrusage(RUSAGE_SELF, &usage), 0);
    TP_CHECK_EQ_I64(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
    atomic_store(&board->switches, usage.ru_nvcsw);
    atomic_store(&board->used_ns, (int64_t)used.tv_sec * 1000 * SYS_NS_PER_MS + used.tv_nsec);
}

static uint64_t read_all(tp_consumer_t *consumer, sleeper_board_t *board)
{
    uint64_t count = 0;
    tp_frame_t frame;
    while (tp_consumer_try_next(consumer, &frame) == 1) {
        const bool holds = sys_holds(&frame);
        if (tp_frame_is_valid(consumer, &frame)) {
            atomic_fetch_add(holds ? &board->read : &board->corrupt, 1);
        }
        count++;
    }
    return count;
}

static void follow(sleeper_board_t *board)
{
    const tp_client_options_t client_options = sys_client_options(&config, "sleeper");
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    options.start_at = TP_START_OLDEST;
    tp_client_t *client = NULL;
    tp_consumer_t *consumer = NULL;
    TP_CHECK_EQ_I64(tp_client_create(&client, &client_options), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &options), TP_OK);
    int rc = TP_ESTATE;
    while (!atomic_load(&board->stop)) {
        const uint64_t found = read_all(consumer, board);
        atomic_fetch_add(&board->missed, rc == 0 && found > 0);
        atomic_fetch_add(&board->at_once, rc == 1 && found == 0);
        tp_client_do_work(client);
        tp_attach_status_t status;
        tp_consumer_status(consumer, &status);
        atomic_store(&board->epoch, status.epoch);
        note_usage(board);
        const int64_t start_ns = tp_test_now_ns();
        rc = tp_consumer_wait(consumer, 10000 * SYS_NS_PER_MS);
        if (rc != TP_ESTATE) {
            atomic_fetch_add(&board->waits, 1);
        }
        if (rc == 0) {
            atomic_fetch_add(&board->slept_ns, tp_test_now_ns() - start_ns);
            atomic_fetch_add(&board->timeouts, 1);
        }
    }
    tp_consumer_destroy(consumer);
    tp_client_destroy(client);
}

static pid_t fork_sleeper(sleeper_board_t *board)
{
    fflush(stdout);
    const pid_t pid = fork();
    TP_CHECK_GE_I64(pid, 0);
    if (pid == 0) {
        follow(board);
        _exit(0);
    }
    return pid;
}

static void stop_sleeper(pid_t pid, sleeper_board_t *board)
{
    atomic_store(&board->stop, true);
    TP_CHECK_CHILD(pid, 0, 10000);
    printf("read %llu; waits %llu, timeouts %llu, missed %llu, at once %llu; %lld switches, %.3f "
           "ms used, %.1f ms slept\n",
           (unsigned long long)atomic_load(&board->read),
           (unsigned long long)atomic_load(&board->waits),
           (unsigned long long)atomic_load(&board->timeouts),
           (unsigned long long)atomic_load(&board->missed),
           (unsigned long long)atomic_load(&board->at_once),
           (long long)atomic_load(&board->switches), (double)atomic_load(&board->used_ns) / 1e6,
           (double)atomic_load(&board->slept_ns) / 1e6);
    TP_CHECK_EQ_U64(atomic_load(&board->corrupt), 0);
}

static tp_client_t *client;
static tp_producer_t *producer;

static void open_producer(bool never_wake)
{
    const tp_client_options_t client_options = sys_client_options(&config, "producer");
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    options.never_wake = never_wake;
    TP_CHECK_EQ_I64(tp_client_create(&client, &client_options), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &options), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_await_ready(producer, 10000 * SYS_NS_PER_MS), TP_OK);
}

static void close_producer(void)
{
    tp_producer_destroy(producer);
    tp_client_destroy(client);
}

static uint64_t epoch_of_producer(void)
{
    tp_attach_status_t status;
    tp_producer_status(producer, &status);
    return status.epoch;
}

/* Until the consumer has this epoch, and has slept in it: two timeouts of 20 ms, after those of polling. */
static void await_sleeper(sleeper_board_t *board)
{
    TP_CHECK_SOON((tp_client_do_work(client), atomic_load(&board->epoch) == epoch_of_producer()),
                  10000);
    for (int i = 0; i < 3; i++) {
        /* The first may have begun before the counter was there, and a search comes every 100 ms. */
        const uint64_t before = atomic_load(&board->waits);
        const int64_t slept_ns = atomic_load(&board->slept_ns);
        TP_CHECK_SOON((tp_client_do_work(client),
                       atomic_load(&board->slept_ns) - slept_ns >
                           10 * SYS_NS_PER_MS * (int64_t)(atomic_load(&board->waits) - before + 1)),
                      10000);
    }
}

static void publish_and_await(sleeper_board_t *board, uint64_t count, uint64_t max_missed)
{
    uint64_t random = 88172645463325252u;
    for (uint64_t i = 0; i < count; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        for (uint64_t n = random % 65536; n > 0; n--) {
            atomic_signal_fence(memory_order_seq_cst); /* an empty loop which the compiler keeps */
        }
        const uint64_t before = atomic_load(&board->read);
        TP_CHECK_EQ_I64(sys_publish(producer, NULL), TP_OK);
        TP_CHECK_SOON(atomic_load(&board->read) > before, 10000);
        TP_CHECK_LE_U64(atomic_load(&board->missed), max_missed);
        if (i % 16 == 0) {
            tp_client_do_work(client);
        }
    }
}

static void set_up(sys_driver_board_t **out_board, pid_t *out_driver)
{
    *out_board = sys_board(sizeof **out_board);
    *out_driver = sys_fork_driver(&config, *out_board, SYS_BOTH);
}

static void tear_down(sys_driver_board_t *board, pid_t driver)
{
    atomic_store(&board->stop, true);
    TP_CHECK_CHILD(driver, 0, 10000);
}

TP_TEST(every_frame_wakes_it_and_none_is_found_by_timeout)
{
    sys_driver_board_t *driver_board;
    pid_t driver;
    sys_init(&config, 64);
    set_up(&driver_board, &driver);
    sleeper_board_t *board = sys_board(sizeof *board);
    const pid_t sleeper = fork_sleeper(board);
    open_producer(false);
    await_sleeper(board);
    /* A frame may come in the moment between a timeout and the look. A producer that woke nobody had one for each. */
    publish_and_await(board, FRAMES, 100);
    stop_sleeper(sleeper, board);
    TP_CHECK_EQ_U64(atomic_load(&board->read), FRAMES);
    close_producer();
    tear_down(driver_board, driver);
}

TP_TEST(while_there_is_no_frame_it_sleeps)
{
    sys_driver_board_t *driver_board;
    pid_t driver;
    sys_init(&config, 64);
    set_up(&driver_board, &driver);
    sleeper_board_t *board = sys_board(sizeof *board);
    const pid_t sleeper = fork_sleeper(board);
    open_producer(false);
    await_sleeper(board);
    const uint64_t waits = atomic_load(&board->waits);
    const int64_t switches = atomic_load(&board->switches);
    const int64_t used_ns = atomic_load(&board->used_ns);
    const int64_t start_ns = tp_test_now_ns();
    TP_CHECK_SOON((tp_client_do_work(client), atomic_load(&board->waits) >= waits + 20), 20000);
    const int64_t took_ns = tp_test_now_ns() - start_ns;
    const int64_t more = atomic_load(&board->switches) - switches;
    printf("20 waits of %.1f ms: %lld switches, %.4f %% of a processor\n", (double)took_ns / 20e6,
           (long long)more,
           100.0 * (double)(atomic_load(&board->used_ns) - used_ns) / (double)took_ns);
    /* One for each sleep, some for whatever the client did; polling takes one or more each millisecond. */
    TP_CHECK_GE_I64(took_ns, 19 * 20 * SYS_NS_PER_MS);
    TP_CHECK_LE_I64(more, 60);
    stop_sleeper(sleeper, board);
    close_producer();
    tear_down(driver_board, driver);
}

TP_TEST(with_a_producer_that_wakes_nobody_it_polls)
{
    sys_driver_board_t *driver_board;
    pid_t driver;
    sys_init(&config, 64);
    set_up(&driver_board, &driver);
    sleeper_board_t *board = sys_board(sizeof *board);
    const pid_t sleeper = fork_sleeper(board);
    open_producer(true);
    TP_CHECK_SOON((tp_client_do_work(client), atomic_load(&board->epoch) == epoch_of_producer()),
                  10000);
    publish_and_await(board, 200, 200);
    stop_sleeper(sleeper, board);
    TP_CHECK_EQ_U64(atomic_load(&board->read), 200);
    close_producer();
    tear_down(driver_board, driver);
}

TP_TEST(a_sleeper_outlives_its_producers)
{
    sys_driver_board_t *driver_board;
    pid_t driver;
    sys_init_impatient(&config, 64);
    set_up(&driver_board, &driver);
    sleeper_board_t *board = sys_board(sizeof *board);
    sys_producer_board_t *producer_board = sys_board(sizeof *producer_board);
    const pid_t sleeper = fork_sleeper(board);
    pid_t pid = sys_fork_producer(&config, producer_board);
    TP_CHECK_SOON(atomic_load(&board->read) > 100, 10000);
    sys_kill(pid); /* in mid-frame, mid-wake, whatever */
    const uint64_t first_epoch = atomic_load(&producer_board->epoch);
    TP_CHECK_SOON(atomic_load(&board->epoch) != first_epoch, 20000); /* noticed, asleep or not */
    uint64_t before = atomic_load(&board->read);
    pid = sys_fork_producer(&config, producer_board);
    TP_CHECK_SOON(atomic_load(&board->read) > before + 100, 20000);
    atomic_store(&producer_board->stop, true); /* this one ends in order */
    TP_CHECK_CHILD(pid, 0, 10000);
    before = atomic_load(&board->read);
    open_producer(false);
    await_sleeper(board);
    publish_and_await(board, 200, 200);
    TP_CHECK_GE_U64(atomic_load(&board->read), before + 200);
    stop_sleeper(sleeper, board);
    close_producer();
    tear_down(driver_board, driver);
}

TP_TEST_MAIN()
