/*
 * What sleeping and waking cost, beside what the kernel alone takes: numbers to look at, no gate.
 *
 *     wake_cost [frames, 0: the producer's cost alone]
 *
 * One process publishes a frame after each gap, another sleeps in tp_consumer_wait; floor is the same with a bare futex
 * word. Both with a publisher that spins in the gap and one that sleeps in it, on two processors and on one.
 */
#include "system_util.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 20000

typedef struct samples {
    _Atomic bool is_ready;
    _Atomic bool stop;
    _Atomic uint32_t count;
    int64_t ns[FRAMES_MAX];
} samples_t;

typedef struct bare {
    _Alignas(64) _Atomic uint32_t word; /* 1: asleep */
    _Alignas(64) _Atomic int64_t published_ns;
} bare_t;

static sys_config_t config;
static uint32_t frames = 2000;
static int64_t gap_ns = 300000;

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

static void gap(bool is_spinning)
{
    const int64_t end_ns = tp_test_now_ns() + gap_ns;
    if (!is_spinning) {
        const struct timespec pause = { .tv_nsec = (long)gap_ns };
        nanosleep(&pause, NULL);
    }
    while (tp_test_now_ns() < end_ns) {
    }
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void report(const char *what, samples_t *s)
{
    const uint32_t n = atomic_load(&s->count);
    qsort(s->ns, n, sizeof s->ns[0], by_value);
    printf("%-44s p50 %7.2f us  p90 %7.2f  p99 %7.2f  max %8.2f  n %u\n", what,
           (double)s->ns[n / 2] / 1e3, (double)s->ns[n * 9 / 10] / 1e3,
           (double)s->ns[n * 99 / 100] / 1e3, (double)s->ns[n - 1] / 1e3, n);
}

static void add(samples_t *s, int64_t ns)
{
    const uint32_t n = atomic_load(&s->count);
    s->ns[n] = ns;
    atomic_store(&s->count, n + 1);
}

/* Not TP_CHECK_SOON, whose pauses are longer than most gaps. On one processor the sleeper needs it. */
static void await_count(samples_t *s, uint32_t count)
{
    const int64_t end_ns = tp_test_now_ns() + 5000 * SYS_NS_PER_MS;
    while (atomic_load(&s->count) < count) {
        TP_CHECK(tp_test_now_ns() < end_ns);
        (void)sched_yield();
    }
}

/* ---- the floor ---- */

static void bare_sleeper(bare_t *bare, samples_t *s)
{
    int64_t last = 0;
    atomic_store(&s->is_ready, true);
    while (atomic_load(&s->count) < frames) {
        atomic_store(&bare->word, 1);
        while (atomic_load(&bare->published_ns) == last) {
            syscall(SYS_futex, &bare->word, FUTEX_WAIT, 1, NULL, NULL, 0);
        }
        const int64_t now_ns = tp_test_now_ns();
        last = atomic_load(&bare->published_ns);
        add(s, now_ns - last);
    }
    _exit(0);
}

static void measure_bare(const char *what, int publisher_cpu, int sleeper_cpu, bool is_spinning)
{
    bare_t *bare = sys_board(sizeof *bare);
    samples_t *s = sys_board(sizeof *s);
    samples_t *cost = sys_board(sizeof *cost);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        pin(sleeper_cpu);
        bare_sleeper(bare, s);
    }
    pin(publisher_cpu);
    TP_CHECK_SOON(atomic_load(&s->is_ready), 5000);
    for (uint32_t i = 0; i < frames; i++) {
        gap(is_spinning);
        atomic_store(&bare->published_ns, tp_test_now_ns());
        atomic_store(&bare->word, 0);
        syscall(SYS_futex, &bare->word, FUTEX_WAKE, 1, NULL, NULL, 0);
        add(cost, tp_test_now_ns() - atomic_load(&bare->published_ns));
        await_count(s, i + 1);
    }
    TP_CHECK_CHILD(pid, 0, 5000);
    report(what, s);
    report("    its futex call, a clock reading included", cost);
}

/* ---- ours ---- */

static tp_client_t *client_of(const char *name)
{
    const tp_client_options_t options = sys_client_options(&config, name);
    tp_client_t *client = NULL;
    TP_CHECK_EQ_I64(tp_client_create(&client, &options), TP_OK);
    return client;
}

static void sleeper(samples_t *s)
{
    tp_client_t *client = client_of("sleeper");
    tp_consumer_t *consumer = NULL;
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    TP_CHECK_EQ_I64(tp_consumer_create(&consumer, client, &options), TP_OK);
    TP_CHECK_EQ_I64(tp_consumer_await_ready(consumer, 5000 * SYS_NS_PER_MS), TP_OK);
    atomic_store(&s->is_ready, true);
    struct rusage before;
    struct rusage after;
    getrusage(RUSAGE_SELF, &before);
    const int64_t start_ns = tp_test_now_ns();
    while (!atomic_load(&s->stop)) {
        tp_frame_t frame;
        while (tp_consumer_try_next(consumer, &frame) == 1) {
            add(s, tp_test_now_ns() - (int64_t)frame.timestamp_ns);
        }
        tp_client_do_work(client);
        (void)tp_consumer_wait(consumer, 1000 * SYS_NS_PER_MS);
    }
    getrusage(RUSAGE_SELF, &after);
    const double cpu_us = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e6 +
                          (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
                          (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 +
                          (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    const double wall_us = (double)(tp_test_now_ns() - start_ns) / 1e3;
    printf("    consumer: %.3f %% of a processor, %ld context switches, %.1f a second\n",
           100 * cpu_us / wall_us, after.ru_nvcsw - before.ru_nvcsw,
           (double)(after.ru_nvcsw - before.ru_nvcsw) / wall_us * 1e6);
    tp_consumer_destroy(consumer);
    tp_client_destroy(client);
    fflush(stdout);
    _exit(0);
}

static tp_producer_t *producer_of(tp_client_t *client, bool never_wake)
{
    tp_producer_t *producer = NULL;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = SYS_STREAM;
    options.never_wake = never_wake;
    TP_CHECK_EQ_I64(tp_producer_create(&producer, client, &options), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_await_ready(producer, 5000 * SYS_NS_PER_MS), TP_OK);
    return producer;
}

static void publish(tp_producer_t *producer, tp_frame_info_t *info)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(producer, 64, &claim), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(producer, &claim, 64, info), TP_OK);
}

static tp_frame_info_t info_of_64_bytes(void)
{
    tp_frame_info_t info = { 0 };
    const int32_t dim = 64;
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, &dim), TP_OK);
    return info;
}

static void work_for(tp_client_t *client, int64_t ms)
{
    const int64_t end_ns = tp_test_now_ns() + ms * SYS_NS_PER_MS;
    while (tp_test_now_ns() < end_ns) {
        tp_client_do_work(client);
        tp_test_pause();
    }
}

static void measure_ours(const char *what, int publisher_cpu, int sleeper_cpu, bool is_spinning,
                         bool never_wake)
{
    samples_t *s = sys_board(sizeof *s);
    samples_t *cost = sys_board(sizeof *cost);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        tp_client_t *client = client_of("publisher");
        tp_producer_t *producer = producer_of(client, never_wake);
        tp_frame_info_t info = info_of_64_bytes();
        TP_CHECK_SOON(atomic_load(&s->is_ready), 5000);
        work_for(client, 300); /* until the consumer has found the counter */
        pin(publisher_cpu);
        for (uint32_t i = 0; i < frames; i++) {
            gap(is_spinning);
            info.timestamp_ns = (uint64_t)tp_test_now_ns();
            publish(producer, &info);
            add(cost, tp_test_now_ns() - (int64_t)info.timestamp_ns);
            tp_client_do_work(client);
            await_count(s, i + 1);
        }
        atomic_store(&s->stop, true);
        tp_producer_destroy(producer);
        tp_client_destroy(client);
        _exit(0);
    }
    const pid_t other = fork();
    if (other == 0) {
        pin(sleeper_cpu);
        sleeper(s);
    }
    TP_CHECK_CHILD(pid, 0, 60000);
    TP_CHECK_CHILD(other, 0, 5000);
    report(what, s);
    report("    its claim + commit, a clock reading included", cost);
}

static int64_t processor_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec used = { 0, 0 };
    TP_CHECK_EQ_I64(clock_getcpuclockid(pid, &clock), 0);
    TP_CHECK_EQ_I64(clock_gettime(clock, &used), 0);
    return (int64_t)used.tv_sec * 1000 * SYS_NS_PER_MS + used.tv_nsec;
}

static void measure_idle(void)
{
    samples_t *s = sys_board(sizeof *s);
    fflush(stdout);
    const pid_t other = fork();
    if (other == 0) {
        sleeper(s);
    }
    const pid_t pid = fork();
    if (pid == 0) {
        tp_client_t *client = client_of("publisher");
        tp_producer_t *producer = producer_of(client, false);
        while (!atomic_load(&s->stop)) {
            tp_client_do_work(client);
            usleep(10000);
        }
        tp_producer_destroy(producer);
        tp_client_destroy(client);
        _exit(0);
    }
    usleep(700000); /* until the consumer has found the counter */
    const int64_t before_ns = processor_ns(other);
    usleep(3000000);
    printf("no frame for 3 s: %.3f %% of a processor\n",
           (double)(processor_ns(other) - before_ns) / 3e7);
    fflush(stdout);
    atomic_store(&s->stop, true);
    TP_CHECK_CHILD(other, 0, 5000);
    TP_CHECK_CHILD(pid, 0, 5000);
}

static int64_t commit_ps(tp_producer_t *producer, tp_frame_info_t *info)
{
    enum { N = 20000 };
    const int64_t start_ns = tp_test_now_ns();
    for (int i = 0; i < N; i++) {
        publish(producer, info);
    }
    return (tp_test_now_ns() - start_ns) * 1000 / N;
}

/* In turn, several times: a processor that others use, too, has slow phases. */
static void measure_commit(void)
{
    enum { ROUNDS = 10 };
    tp_frame_info_t info = info_of_64_bytes();
    info.timestamp_ns = 1;
    int64_t best[2][ROUNDS];
    for (int round = 0; round < 2 * ROUNDS; round++) {
        const int never = round % 2;
        tp_client_t *client = client_of("publisher");
        tp_producer_t *producer = producer_of(client, never != 0);
        work_for(client, 50);
        int64_t *ps = &best[never][round / 2];
        *ps = INT64_MAX;
        for (int i = 0; i < 20; i++) {
            const int64_t one_ps = commit_ps(producer, &info);
            *ps = one_ps < *ps ? one_ps : *ps;
            tp_client_do_work(client);
        }
        tp_producer_destroy(producer);
        tp_client_destroy(client);
    }
    for (int never = 0; never < 2; never++) {
        qsort(best[never], ROUNDS, sizeof best[never][0], by_value);
        printf("claim + commit of 64 bytes, %s: best %.2f ns, median of %d rounds %.2f ns\n",
               never ? "never_wake" : "nobody asleep", (double)best[never][0] / 1e3, ROUNDS,
               (double)best[never][ROUNDS / 2] / 1e3);
    }
}

static void run(void)
{
    const bool has_two = sysconf(_SC_NPROCESSORS_ONLN) > 1;
    sys_init(&config, 64);
    sys_driver_board_t *board = sys_board(sizeof *board);
    const pid_t driver = sys_fork_driver(&config, board, SYS_BOTH);
    for (int round = 0; round < (frames > 0 ? 2 : 0); round++) {
        for (int spinning = 0; spinning < 2; spinning++) {
            printf("publisher %s in the gaps of %d us\n", spinning ? "spins" : "sleeps",
                   (int)(gap_ns / 1000));
            if (has_two) {
                measure_bare("  two processors: bare futex", 0, 1, spinning != 0);
                measure_ours("  two processors: tp_consumer_wait", 0, 1, spinning != 0, false);
                measure_ours("  two processors: polling (never_wake)", 0, 1, spinning != 0, true);
            }
            if (!spinning) {
                measure_bare("  one processor: bare futex", 0, 0, false);
                measure_ours("  one processor: tp_consumer_wait", 0, 0, false, false);
            }
        }
    }
    if (frames > 0) {
        static const int64_t gaps[] = { 5000, 20000, 100000 };
        for (size_t i = 0; i < sizeof gaps / sizeof gaps[0] && has_two; i++) {
            gap_ns = gaps[i];
            printf("publisher spins in the gaps of %d us\n", (int)(gap_ns / 1000));
            measure_ours("  two processors: tp_consumer_wait", 0, 1, true, false);
        }
        measure_idle();
    }
    measure_commit();
    atomic_store(&board->stop, true);
    TP_CHECK_CHILD(driver, 0, 10000);
}

static tp_test_case_t the_only_one = { "wake_cost", run, NULL };

int main(int argc, char **argv)
{
    if (argc > 1) {
        frames = (uint32_t)strtoul(argv[1], NULL, 10);
        frames = frames > FRAMES_MAX ? FRAMES_MAX : frames;
    }
    tp_test_register(&the_only_one);
    return tp_test_main(1, argv);
}
