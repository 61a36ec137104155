/*
 * Each subject of the build carries frames between processes: every one, in order, with the right bytes; and leaves nothing
 * behind, however its peers end. tensorpool itself needs an SHM driver and has its own tests.
 */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/subjects/subjects.h"
#include "tensorpool/client.h"
#include "tensorpool/error.h"
#include "tensorpool/media_driver.h"
#include "tp_proc.h"

#define FRAMES 200u
#define MAX_CONSUMERS 2u
#define MAX_STREAMS 2u

/* How the processes of a test know of each other; what the loops of the benchmark do for themselves. */
typedef struct board {
    _Atomic unsigned open_senders, open_receivers, done_receivers;
    _Atomic uint64_t consumed[MAX_STREAMS][MAX_CONSUMERS];
} board_t;

typedef struct peer {
    const tp_bench_subject_t *subject;
    tp_bench_cell_t cell;
    void *shared;
    board_t *board;
    unsigned stream, consumer;
    unsigned frames;
    bool stays; /* goes on until it is killed */
} peer_t;

static tp_bench_cell_t make_cell(const tp_bench_subject_t *subject, size_t size, unsigned consumers,
                                 unsigned streams)
{
    static unsigned id;
    return (tp_bench_cell_t){
        .dir = tp_test_shm_dir(),
        .aeron_dir = tp_test_aeron_dir(),
        .id = ++id,
        .size = size,
        .consumers = consumers,
        .streams = streams,
        /* It has room for one frame. */
        .window = strcmp(subject->name, "cacheline") == 0 ? 1 : 4,
        .can_spin = false,
    };
}

static board_t *make_board(void)
{
    board_t *board =
        mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TP_CHECK(board != MAP_FAILED);
    return board;
}

static uint64_t stamp_of(uint64_t seq)
{
    return (seq + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

/* Byte k of a frame depends on k, on the frame and on the stream. */
static void fill(uint8_t *data, size_t size, uint64_t seed)
{
    for (size_t at = 0; at < size; at += 8) {
        const uint64_t word = seed * UINT64_C(0xD1B54A32D192ED03) + at * UINT64_C(0x100000001B3);
        memcpy(data + at, &word, size - at < 8 ? size - at : 8);
    }
}

static uint64_t seed_of(unsigned stream, uint64_t seq)
{
    return (seq << 8) + stream + 1;
}

static uint64_t slowest(const peer_t *peer)
{
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < peer->cell.consumers; i++) {
        const uint64_t n =
            atomic_load_explicit(&peer->board->consumed[peer->stream][i], memory_order_acquire);
        least = n < least ? n : least;
    }
    return least;
}

static void idle(void (*housekeep)(void *), void *self)
{
    if (housekeep != NULL) {
        housekeep(self);
    }
    tp_test_pause();
}

/* TP_CHECK_SOON with housekeeping. */
#define WAIT(expr, peer_handle)                                                                    \
    TP_CHECK_SOON(((expr) || (idle((peer_handle).housekeep, (peer_handle).self), false)), 20000)

static int send_frames(void *arg)
{
    const peer_t *peer = arg;
    tp_bench_sender_t sender;
    TP_CHECK_MSG(peer->subject->open_sender(&peer->cell, peer->shared, peer->stream, &sender) ==
                     TP_OK,
                 "open_sender: %s", tp_errmsg());
    peer->board->open_senders++;
    WAIT(peer->board->open_receivers == peer->cell.consumers * peer->cell.streams, sender);
    for (uint64_t seq = 0; seq < peer->frames || peer->stays; seq++) {
        WAIT(seq < slowest(peer) + peer->cell.window, sender);
        uint8_t *data;
        WAIT((data = sender.claim(sender.self)) != NULL, sender);
        fill(data, peer->cell.size, seed_of(peer->stream, seq));
        WAIT(sender.publish(sender.self, stamp_of(seq), seq), sender);
    }
    /* Closing must not take frames away that somebody still reads. */
    WAIT(slowest(peer) == peer->frames, sender);
    sender.close(sender.self);
    return 0;
}

static int receive_frames(void *arg)
{
    const peer_t *peer = arg;
    tp_bench_receiver_t receiver;
    TP_CHECK_SOON(peer->board->open_senders == peer->cell.streams, 20000);
    TP_CHECK_MSG(peer->subject->open_receiver(&peer->cell, peer->shared, peer->stream,
                                              peer->consumer, &receiver) == TP_OK,
                 "open_receiver: %s", tp_errmsg());
    uint8_t *expected = malloc(peer->cell.size);
    TP_CHECK(expected != NULL);
    peer->board->open_receivers++;
    for (uint64_t seq = 0; seq < peer->frames || peer->stays; seq++) {
        tp_bench_message_t message;
        WAIT(receiver.poll(receiver.self, &message), receiver);
        TP_CHECK_EQ_U64(message.seq, seq);
        TP_CHECK_EQ_U64(message.stamp, stamp_of(seq));
        fill(expected, peer->cell.size, seed_of(peer->stream, seq));
        TP_CHECK_EQ_MEM(message.data, expected, peer->cell.size);
        TP_CHECK(receiver.release(receiver.self));
        /* pairs with slowest */
        atomic_store_explicit(&peer->board->consumed[peer->stream][peer->consumer], seq + 1,
                              memory_order_release);
    }
    free(expected);
    receiver.close(receiver.self);
    return 0;
}

typedef struct crowd {
    tp_bench_cell_t cell;
    void *shared;
    board_t *board;
    peer_t peers[MAX_STREAMS * (1 + MAX_CONSUMERS)];
    tp_proc_t *procs[MAX_STREAMS * (1 + MAX_CONSUMERS)];
    unsigned count;
} crowd_t;

static void start(crowd_t *crowd, const tp_bench_subject_t *subject, size_t size,
                  unsigned consumers, unsigned streams, bool stays)
{
    *crowd =
        (crowd_t){ .cell = make_cell(subject, size, consumers, streams), .board = make_board() };
    if (subject->setup != NULL) {
        TP_CHECK_MSG(subject->setup(&crowd->cell, &crowd->shared) == TP_OK, "setup: %s",
                     tp_errmsg());
    }
    for (unsigned stream = 0; stream < streams; stream++) {
        for (unsigned i = 0; i <= consumers; i++) {
            peer_t *peer = &crowd->peers[crowd->count];
            *peer = (peer_t){ .subject = subject,
                              .cell = crowd->cell,
                              .shared = crowd->shared,
                              .board = crowd->board,
                              .stream = stream,
                              .consumer = i == 0 ? 0 : i - 1,
                              .frames = FRAMES,
                              .stays = stays };
            crowd->procs[crowd->count++] = tp_proc_fork(
                i == 0 ? "sender" : "receiver", i == 0 ? send_frames : receive_frames, peer);
        }
    }
}

/* Nothing in the run's directory, no child process, and the next cell works. */
static void end(crowd_t *crowd, const tp_bench_subject_t *subject)
{
    for (unsigned i = 0; i < crowd->count; i++) {
        tp_proc_free(crowd->procs[i]);
    }
    if (subject->teardown != NULL) {
        subject->teardown(&crowd->cell, crowd->shared);
    }
    munmap(crowd->board, sizeof(*crowd->board));
    if (!subject
             /* a media driver keeps a log for some seconds after its users are gone */
             ->needs_drivers) {
        TP_CHECK_EQ_U64(tp_test_count_files(tp_test_shm_dir()), 0);
        TP_CHECK_EQ_I64(waitpid(-1, NULL, WNOHANG), -1);
        TP_CHECK_EQ_I64(errno, ECHILD);
    }
}

static void carry(const tp_bench_subject_t *subject, size_t size, unsigned consumers,
                  unsigned streams)
{
    crowd_t crowd;
    start(&crowd, subject, size, consumers, streams, false);
    for (unsigned i = 0; i < crowd.count; i++) {
        TP_PROC_EXITS(crowd.procs[i], 0, 30000);
    }
    end(&crowd, subject);
}

static void carry_all(const tp_bench_subject_t *subject)
{
    static const size_t sizes[] = { 64, 4096, 1 << 20, 1000 /* not whole lines */ };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        carry(subject, sizes[i], 1, 1);
    }
    carry(subject, 4096, 2, 1);
    carry(subject, 64, 1, 2);
}

static void survive_kills(const tp_bench_subject_t *subject)
{
    for (unsigned victim = 0; victim < 2; victim++) { /* sender first, receiver first */
        crowd_t crowd;
        start(&crowd, subject, 4096, 1, 1, true);
        TP_CHECK_SOON(crowd.board->consumed[0][0] > 10, 20000);
        tp_proc_kill(crowd.procs[victim]);
        tp_proc_kill(crowd.procs[1 - victim]);
        end(&crowd, subject);
    }
    carry(subject, 4096, 1, 1);
}

TP_TEST(every_subject_is_found_by_its_name_and_no_other)
{
    TP_CHECK(tp_bench_subject("cacheline") == &tp_bench_subject_cacheline);
    TP_CHECK(tp_bench_subject("shm-flag") == &tp_bench_subject_shm_flag);
    TP_CHECK(tp_bench_subject("memcpy-ring") == &tp_bench_subject_memcpy_ring);
    TP_CHECK(tp_bench_subject("aeron") == &tp_bench_subject_aeron);
    TP_CHECK(tp_bench_subject("unix-socket") == &tp_bench_subject_unix_socket);
#ifdef TP_BENCH_HAS_ZEROMQ
    TP_CHECK(tp_bench_subject("zeromq") == &tp_bench_subject_zeromq);
#endif
#ifdef TP_BENCH_HAS_NNG
    TP_CHECK(tp_bench_subject("nng") == &tp_bench_subject_nng);
#endif
#ifdef TP_BENCH_HAS_ICEORYX
    TP_CHECK(tp_bench_subject("iceoryx") == &tp_bench_subject_iceoryx);
#endif
    TP_CHECK(tp_bench_subject("shm") == NULL);
    for (size_t i = 0; tp_bench_subjects[i] != NULL; i++) {
        TP_CHECK(tp_bench_subject(tp_bench_subjects[i]->name) == tp_bench_subjects[i]);
        TP_CHECK(tp_bench_subjects[i]->help != NULL);
    }
}

TP_TEST(a_cache_line_carries_frames)
{
    carry_all(&tp_bench_subject_cacheline);
    survive_kills(&tp_bench_subject_cacheline);
}

TP_TEST(a_ring_carries_frames_in_place)
{
    carry_all(&tp_bench_subject_shm_flag);
    survive_kills(&tp_bench_subject_shm_flag);
}

TP_TEST(a_ring_carries_copies)
{
    carry_all(&tp_bench_subject_memcpy_ring);
    survive_kills(&tp_bench_subject_memcpy_ring);
}

/* In a process of its own: a fork of one that has threads is no place to look for leaks in. */
static int run_media_driver(void *arg)
{
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    options.aeron_dir = arg;
    options.invoker = true;
    tp_media_driver_t *driver = NULL;
    TP_CHECK_MSG(tp_media_driver_create(&driver, &options) == TP_OK, "%s", tp_errmsg());
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    tp_proc_say("ready");
    const struct timespec no_time = { 0 };
    for (uint32_t state = 0; sigtimedwait(&ends, NULL, &no_time) < 0;) {
        tp_idle(&state, tp_media_driver_do_work(driver));
    }
    tp_media_driver_destroy(driver);
    return 0;
}

TP_TEST(raw_aeron_carries_frames_in_place_and_assembled)
{
    tp_test_shm_dir();
    tp_proc_t *driver = tp_proc_fork("media driver", run_media_driver, (void *)tp_test_aeron_dir());
    tp_proc_expect(driver, "ready", 10000);
    carry_all(&tp_bench_subject_aeron);
    carry(&tp_bench_subject_aeron, 1360, 1,
          1); /* the last that is one frame, the first that is not */
    carry(&tp_bench_subject_aeron, 1361, 1, 1);
    survive_kills(&tp_bench_subject_aeron);
    tp_proc_signal(driver, SIGTERM);
    TP_PROC_EXITS(driver, 0, 10000);
    tp_proc_free(driver);
    TP_CHECK_EQ_U64(tp_test_count_files(tp_test_shm_dir()), 0);
}

TP_TEST(raw_aeron_without_a_driver_says_so)
{
    const tp_bench_cell_t cell = make_cell(&tp_bench_subject_aeron, 64, 1, 1);
    tp_bench_sender_t sender;
    TP_CHECK_EQ_I64(tp_bench_subject_aeron.open_sender(&cell, NULL, 0, &sender), TP_ENOENT);
    TP_CHECK_CONTAINS(tp_errmsg(), "no media driver");
}

TP_TEST(a_socket_carries_packets_and_a_stream)
{
    carry_all(&tp_bench_subject_unix_socket);
    carry(&tp_bench_subject_unix_socket, 1 << 20, 2, 1);
    survive_kills(&tp_bench_subject_unix_socket);
}

#ifdef TP_BENCH_HAS_ZEROMQ
TP_TEST(zeromq_carries_frames)
{
    carry_all(&tp_bench_subject_zeromq);
    survive_kills(&tp_bench_subject_zeromq);
}
#endif

#ifdef TP_BENCH_HAS_NNG
TP_TEST(nng_carries_frames)
{
    carry_all(&tp_bench_subject_nng);
    survive_kills(&tp_bench_subject_nng);
}
#endif

#ifdef TP_BENCH_HAS_ICEORYX
static void check_nothing_is_left_of_iceoryx(void)
{
    /* Names in /tmp are built into it. */
    TP_CHECK_NE_I64(access("/dev/shm/iceoryx_mgmt", F_OK), 0);
    TP_CHECK_NE_I64(access("/tmp/roudi", F_OK), 0);
    char pattern[64];
    glob_t found;
    (void)snprintf(pattern, sizeof(pattern), "/tmp/tp-bench-%d-*", (int)getpid());
    TP_CHECK_EQ_I64(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
}

TP_TEST(iceoryx_carries_frames_and_there_is_one_broker)
{
    const tp_bench_subject_t *subject = &tp_bench_subject_iceoryx;
    carry_all(subject);
    check_nothing_is_left_of_iceoryx();
    survive_kills(subject);
    check_nothing_is_left_of_iceoryx();

    const tp_bench_cell_t too_large = make_cell(subject, (size_t)1 << 44, 1, 1);
    const tp_bench_cell_t first = make_cell(subject, 64, 1, 1);
    const tp_bench_cell_t second = make_cell(subject, 64, 1, 1);
    void *shared = NULL;
    void *none = NULL;
    TP_CHECK_EQ_I64(subject->setup(&too_large, &none), TP_ENOSPC);
    TP_CHECK_EQ_I64(subject->setup(&first, &shared), TP_OK);
    TP_CHECK_EQ_I64(subject->setup(&second, &none), TP_EBUSY);
    TP_CHECK_CONTAINS(tp_errmsg(), "another broker");
    subject->teardown(&first, shared);
    check_nothing_is_left_of_iceoryx();
    TP_CHECK_EQ_U64(tp_test_count_files(first.dir), 0);
}
#endif

static void publish(tp_bench_sender_t *sender, uint64_t seq, size_t size)
{
    uint8_t *data = sender->claim(sender->self);
    TP_CHECK(data != NULL);
    fill(data, size, seq);
    TP_CHECK(sender->publish(sender->self, stamp_of(seq), seq));
}

TP_TEST(a_ring_receiver_begins_behind_what_was_published_and_sees_that_it_was_lapped)
{
    const tp_bench_subject_t *subject = &tp_bench_subject_shm_flag;
    const tp_bench_cell_t cell = make_cell(subject, 256, 1, 1);
    const uint64_t nslots = 2 * (uint64_t)cell.window;
    void *shared = NULL;
    tp_bench_sender_t sender;
    tp_bench_receiver_t receiver;
    tp_bench_message_t message;
    TP_CHECK_EQ_I64(subject->setup(&cell, &shared), TP_OK);
    TP_CHECK_EQ_I64(subject->open_sender(&cell, shared, 0, &sender), TP_OK);
    for (uint64_t seq = 0; seq < nslots + 3; seq++) {
        publish(&sender, seq, cell.size);
    }
    TP_CHECK_EQ_I64(subject->open_receiver(&cell, shared, 0, 0, &receiver), TP_OK);
    TP_CHECK(!receiver.poll(receiver.self, &message));
    publish(&sender, 1000, cell.size);
    TP_CHECK(receiver.poll(receiver.self, &message));
    TP_CHECK_EQ_U64(message.seq, 1000);
    TP_CHECK(!receiver.poll(receiver.self, &message));
    /* One more than there are slots: the oldest is gone, the one in its place is the newest. */
    for (uint64_t seq = 2000; seq < 2000 + nslots + 1; seq++) {
        publish(&sender, seq, cell.size);
    }
    TP_CHECK(receiver.poll(receiver.self, &message));
    TP_CHECK_EQ_U64(message.seq, 2000 + nslots);
    TP_CHECK(!receiver.poll(receiver.self, &message));
    receiver.close(receiver.self);
    sender.close(sender.self);
    subject->teardown(&cell, shared);
    TP_CHECK_EQ_U64(tp_test_count_files(cell.dir), 0);
}

TP_TEST(a_ring_that_does_not_fit_is_refused_and_leaves_no_file)
{
    const tp_bench_subject_t *subject = &tp_bench_subject_shm_flag;
    tp_bench_cell_t cell = make_cell(subject, (size_t)1 << 44, 1, 1);
    void *shared = NULL;
    TP_CHECK_EQ_I64(subject->setup(&cell, &shared), TP_ENOSPC);
    TP_CHECK_CONTAINS(tp_errmsg(), "are free");
    TP_CHECK_EQ_U64(tp_test_count_files(cell.dir), 0);
    cell.size = 64;
    cell.window = 3;
    TP_CHECK_EQ_I64(subject->setup(&cell, &shared), TP_EINVAL);
}

TP_TEST_MAIN()
