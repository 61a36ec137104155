/*
 * Claim, commit, abort, announce, next, confirm: no system call, under a filter that kills the process for one, and
 * no allocation, counted; also when the reader is lapped, thins, resynchronises or waits.
 */
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "consumer/ring_reader.h"
#include "ring_fixture.h"
#include "shm/payload.h"

#define FRAMES 100000u

static const uint32_t strides[] = { 64 };

static uint64_t allocations;

#define COUNTED(name, parameters, arguments)                                                       \
    void *__real_##name parameters;                                                                \
    void *__wrap_##name parameters;                                                                \
    void *__wrap_##name parameters                                                                 \
    {                                                                                              \
        allocations++;                                                                             \
        return __real_##name arguments;                                                            \
    }
COUNTED(malloc, (size_t size), (size))
COUNTED(calloc, (size_t count, size_t size), (count, size))
COUNTED(realloc, (void *old, size_t size), (old, size))

typedef struct world {
    ring_fixture_t ring;
    tpi_ring_writer_t writer;
    tpi_ring_reader_t readers[4];
    tp_consumer_stats_t stats[4];
} world_t;

static void start(world_t *world)
{
    static const tpi_ring_reader_options_t options[4] = {
        { .gap_patience_ns = 1000000 },
        { .gap_patience_ns = 1000000, .max_rate_hz = 1000 },
        { .gap_patience_ns = 0 },
        { .gap_patience_ns = 1000000, .max_outstanding_seq_gap = 6 },
    };
    memset(world, 0, sizeof(*world));
    ring_fixture_init(&world->ring, 16, strides, 1);
    tpi_ring_writer_init(&world->writer, &world->ring.rw);
    for (int i = 0; i < 4; i++) {
        TP_CHECK_EQ_I64(tpi_ring_reader_init(&world->readers[i], &world->ring.ro, &options[i],
                                             &world->stats[i]),
                        TP_OK);
    }
}

static void stop(world_t *world)
{
    for (int i = 0; i < 4; i++) {
        tpi_ring_reader_fini(&world->readers[i]);
    }
    ring_fixture_fini(&world->ring);
}

/* Returns the frames accepted by all readers, 0 if something went wrong. */
static uint64_t run(world_t *world)
{
    tp_frame_info_t info = {
        .tensor = { .dtype = TP_UINT8, .order = TP_ROW_MAJOR, .ndims = 2, .dims = { 8, 8 } }
    };
    uint64_t accepted = 0;
    for (uint64_t n = 0; n < FRAMES; n++) {
        tp_claim_t claim;
        if (tpi_ring_writer_claim(&world->writer, 0, &claim) != TP_OK) {
            return 0;
        }
        ring_fill_payload(claim.data, 64, claim.seq);
        info.tensor.dims[0] = n % 3 == 0 ? 4 : 8;
        if (n % 50 == 7) {
            tpi_ring_writer_abort(&world->writer, &claim);
        } else if (tpi_ring_writer_commit(&world->writer, &claim, 64, &info, n) != TP_OK) {
            return 0;
        }
        ring_drain_announcements(&world->writer);
        for (int i = 0; i < 4; i++) {
            if (n % (10u * (unsigned)i + 1u) ==
                0) { /* the later ones look rarely, and are lapped */
                tp_frame_t frame;
                while (tpi_ring_reader_try(&world->readers[i], 0, &frame) == 1 ||
                       tpi_ring_reader_next(&world->readers[i], (int64_t)n * 20000, &frame) == 1) {
                    accepted += tpi_ring_reader_confirm(&world->readers[i], &frame);
                }
                accepted += tpi_ring_reader_newest_end(&world->readers[i]) == 0;
            }
        }
    }
    return accepted;
}

TP_TEST(a_frames_way_from_claim_to_confirm_allocates_nothing)
{
    world_t world;
    start(&world);
    TP_CHECK_GT_U64(allocations, 0); /* the counter counts */
    const uint64_t before = allocations;
#ifndef TP_TEST_SANITIZED
    const size_t heap = mallinfo2().uordblks;
#endif
    TP_CHECK_GT_U64(run(&world), FRAMES);
#ifndef TP_TEST_SANITIZED
    TP_CHECK_EQ_U64(mallinfo2().uordblks, heap);
#endif
    TP_CHECK_EQ_U64(allocations, before);
    TP_CHECK_GT_U64(world.stats[0].drops[TP_DROP_ABANDONED], 0);
    TP_CHECK_GT_U64(world.stats[1].thinned, 0);
    TP_CHECK_GT_U64(world.stats[2].drops[TP_DROP_OVERRUN], 0);
    TP_CHECK_GT_U64(world.stats[3].drops[TP_DROP_RESYNC], 0);
    printf("%u frames, 4 readers, 0 allocations\n", FRAMES);
    stop(&world);
}

TP_TEST(a_frames_way_from_claim_to_confirm_makes_no_system_call)
{
#ifdef TPI_TSAN
    TP_SKIP("the race detector makes system calls of its own");
#endif
    world_t world;
    start(&world);
    const pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
            _exit(77);
        }
        syscall(SYS_exit, run(&world) > FRAMES ? 0 : 1); /* exit_group is not allowed */
    }
    TP_CHECK_CHILD(child, 0, 30000);
    printf("%u frames, 4 readers, 0 system calls\n", FRAMES);
    stop(&world);
}

TP_TEST_MAIN()
