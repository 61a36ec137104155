/*
 * Processes of a cell that die, fail or hang: the cell ends soon, says whose fault it was, and leaves nothing running.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/crew.h"
#include "bench/subjects/subjects.h"
#include "tensorpool/error.h"
#include "tp_test.h"

#define POLLS_BEFORE 1000u

static unsigned polls;
static bool (*real_poll)(void *self, tp_bench_message_t *out);

static bool die_after_a_while(void *self, tp_bench_message_t *out)
{
    if (++polls > POLLS_BEFORE) {
        (void)raise(SIGKILL);
    }
    return real_poll(self, out);
}

static bool hang(void *self, tp_bench_message_t *out)
{
    (void)self;
    (void)out;
    while (pause() != 0) {
        /* -1: a signal */
    }
    return false;
}

static int open_with(const tp_bench_cell_t *cell, void *shared, unsigned stream, unsigned consumer,
                     tp_bench_receiver_t *out, bool (*poll_fn)(void *, tp_bench_message_t *))
{
    const int rc = tp_bench_subject_shm_flag.open_receiver(cell, shared, stream, consumer, out);
    if (rc == TP_OK && consumer == 1) {
        real_poll = out->poll;
        out->poll = poll_fn;
    }
    return rc;
}

static int open_mortal(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       unsigned consumer, tp_bench_receiver_t *out)
{
    return open_with(cell, shared, stream, consumer, out, die_after_a_while);
}

static int open_sleepy(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       unsigned consumer, tp_bench_receiver_t *out)
{
    return open_with(cell, shared, stream, consumer, out, hang);
}

static int open_failing(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                        unsigned consumer, tp_bench_receiver_t *out)
{
    (void)cell;
    (void)shared;
    (void)stream;
    (void)out;
    (void)consumer;
    return TP_ENOSPC;
}

static tp_bench_board_t *board;

/* Two consumers; what goes wrong is the second one. */
static int run(int (*open_receiver)(const tp_bench_cell_t *, void *, unsigned, unsigned,
                                    tp_bench_receiver_t *),
               double measure_ns, double deadline_ns)
{
    tp_bench_subject_t subject = tp_bench_subject_shm_flag;
    const tp_bench_cell_t cell = {
        .dir = tp_test_shm_dir(), .size = 64, .consumers = 2, .streams = 1, .window = 4
    };
    const tp_bench_task_t task = { .mode = TP_BENCH_MODE_TRANSFER,
                                   .size = 64,
                                   .consumers = 2,
                                   .streams = 1,
                                   .window = 4,
                                   .measure_ns = measure_ns,
                                   .max_frames = UINT64_MAX };
    const tp_bench_cores_t nowhere = { .sender = -1 };
    tp_bench_clock_init();
    subject.open_receiver = open_receiver;
    board = tp_bench_board_create(2, 1024);
    TP_CHECK(board != NULL);
    return tp_bench_crew_run(&subject, &cell, &task, &nowhere, board, deadline_ns);
}

static void check_nothing_is_left(void)
{
    TP_CHECK_EQ_I64(waitpid(-1, NULL, WNOHANG), -1); /* no child, ended or not */
    TP_CHECK_EQ_U64(tp_test_count_files(tp_test_shm_dir()), 0);
    tp_bench_board_destroy(board);
}

TP_TEST(a_cell_whose_processes_do_their_part_is_well)
{
    TP_CHECK_EQ_I64(run(tp_bench_subject_shm_flag.open_receiver, 2e7, 2e10), TP_OK);
    TP_CHECK(board->sender.is_complete && board->receivers[1].is_complete);
    check_nothing_is_left();
}

/* The deadlines are far beyond the test's own: it is the death that ends the cell. */
TP_TEST(a_consumer_that_dies_ends_the_cell_and_is_named)
{
    TP_CHECK_EQ_I64(run(open_mortal, 3e11, 3e11), TP_EIO);
    TP_CHECK_CONTAINS(tp_errmsg(), "consumer 1");
    TP_CHECK_CONTAINS(tp_errmsg(), "signal 9");
    check_nothing_is_left();
}

TP_TEST(a_consumer_that_cannot_open_ends_the_cell)
{
    TP_CHECK_EQ_I64(run(open_failing, 3e11, 3e11), TP_ENOSPC);
    TP_CHECK_CONTAINS(tp_errmsg(), "consumer");
    check_nothing_is_left();
}

TP_TEST(a_consumer_that_hangs_is_ended_at_the_deadline)
{
    TP_CHECK(run(open_sleepy, 1e7, 1e8) != TP_OK);
    check_nothing_is_left();
}

TP_TEST_MAIN()
