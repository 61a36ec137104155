/*
 * The hot path asks nobody: no system call, under a filter that kills the process for one, and no
 * allocation, counted.
 */
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "shm/payload.h"
#include "shm/shm_test_util.h"

#define NSLOTS 8u
#define FRAMES 100000u

static uint64_t allocations;

/* Every allocation made by the code under test, and by what it calls. */
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
COUNTED(aligned_alloc, (size_t alignment, size_t size), (alignment, size))
COUNTED(strdup, (const char *text), (text))

/* FRAMES frames from claim to accept; returns how many were read as they were written. */
static uint32_t publish_and_read(tpi_mapping_t *writer, const tpi_mapping_t *reader)
{
    uint32_t good = 0;
    uint64_t last[NSLOTS] = { 0 };
    for (uint64_t seq = 0; seq < FRAMES; seq++) {
        const uint32_t index = (uint32_t)seq & writer->mask;
        tpi_slot_header_t header = {
            .values_len_bytes = 64,
            .payload_slot = index,
            .pool_id = 1,
            .timestamp_ns = seq,
            .tensor = { .dtype = TP_UINT8, .order = TP_ROW_MAJOR, .ndims = 2, .dims = { 8, 8 } },
        };
        tpi_slot_image_t image;
        uint8_t *slot = tpi_mapping_slot(writer, index);
        const int pool = tpi_mapping_fit_pool(writer, 64);
        tpi_slot_begin(slot, seq);
        tpi_payload_copy(tpi_mapping_payload(writer, (size_t)pool, index), &header, 64);
        tpi_slot_encode(&image, &header);
        tpi_slot_commit(slot, seq, &image);

        tpi_slot_image_t copy;
        tpi_slot_header_t found;
        uint64_t word;
        uint8_t payload[64];
        slot = tpi_mapping_slot(reader, index);
        if (tpi_slot_read(slot, seq, last[index], &copy, &word) != TPI_SLOT_OK ||
            tpi_slot_decode(&copy, index, &found) != TPI_SLOT_OK) {
            continue;
        }
        const int found_pool = tpi_mapping_find_pool(reader, found.pool_id);
        tpi_payload_copy(payload, tpi_mapping_payload(reader, (size_t)found_pool, index), 64);
        last[index] = word;
        good += tpi_slot_still(slot, word) && found.timestamp_ns == seq &&
                memcmp(payload, &header, 64) == 0;

        /* and what a bad frame costs: a verdict, no text */
        copy.words[8] = 0;
        good += tpi_slot_decode(&copy, index, &found) == TPI_SLOT_HEADER;
        good += tpi_slot_read(slot, seq + NSLOTS, 0, &copy, &word) == TPI_SLOT_IDENTITY;
    }
    tpi_mapping_touch(writer, 1);
    return good / 3;
}

static void open_both(test_set_t *set, tpi_mapping_t *writer, tpi_mapping_t *reader)
{
    const uint32_t strides[] = { 4096, 8192 };
    test_set_create(set, NSLOTS, strides, 2);
    TP_CHECK_EQ_I64(tpi_mapping_open(writer, set->bases, &set->layout, TPI_MAP_READ_WRITE, false),
                    TP_OK);
    TP_CHECK_EQ_I64(tpi_mapping_open(reader, set->bases, &set->layout, TPI_MAP_READ, false), TP_OK);
}

TP_TEST(publish_and_read_allocate_nothing)
{
    test_set_t set;
    tpi_mapping_t writer;
    tpi_mapping_t reader;
    open_both(&set, &writer, &reader);
    TP_CHECK_GT_U64(allocations, 0); /* the counter counts: the bases were allocated */
    const uint64_t before = allocations;
#ifndef TP_TEST_SANITIZED
    const size_t heap = mallinfo2().uordblks;
#endif
    TP_CHECK_EQ_U64(publish_and_read(&writer, &reader), FRAMES);
#ifndef TP_TEST_SANITIZED
    TP_CHECK_EQ_U64(mallinfo2().uordblks, heap);
#endif
    TP_CHECK_EQ_U64(allocations, before);
    printf("%u frames, 0 allocations\n", FRAMES);
    tpi_mapping_close(&writer);
    tpi_mapping_close(&reader);
    test_set_destroy(&set);
}

TP_TEST(publish_and_read_make_no_system_call)
{
#ifdef TPI_TSAN
    TP_SKIP("the race detector makes system calls of its own");
#endif
    test_set_t set;
    tpi_mapping_t writer;
    tpi_mapping_t reader;
    open_both(&set, &writer, &reader);
    const pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
            _exit(77);
        }
        const uint32_t good = publish_and_read(&writer, &reader);
        /* exit_group is not on the list of the four that are allowed */
        syscall(SYS_exit, good == FRAMES ? 0 : 1);
    }
    TP_CHECK_CHILD(child, 0, 30000);

    /* and the filter kills: the same with one call too many */
    const pid_t culprit = fork();
    if (culprit == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0) {
            (void)getppid();
        }
        syscall(SYS_exit, 0);
    }
    TP_CHECK_CHILD_SIGNAL(culprit, SIGKILL, 30000);
    printf("%u frames, 0 system calls\n", FRAMES);
    tpi_mapping_close(&writer);
    tpi_mapping_close(&reader);
    test_set_destroy(&set);
}

TP_TEST_MAIN()
