#include "bench/board.h"

#include <sys/mman.h>

#include "base/fail.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

/* Of the linker. */
extern const char __executable_start, etext;

static size_t round_up(size_t bytes)
{
    return (bytes + 4095) / 4096 * 4096;
}

tp_bench_board_t *tp_bench_board_create(unsigned consumers, size_t nsamples)
{
    const size_t head = round_up(sizeof(tp_bench_board_t));
    const size_t each = round_up(nsamples * sizeof(uint64_t));
    const size_t len = head + (consumers + 1) * each;
    /* Populated: a fault while a sample is stored would be measured as the subject's. */
    uint8_t *base =
        mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (base == MAP_FAILED) {
        (void)tpi_fail_errno("%zu bytes for samples", len);
        return NULL;
    }
    tp_bench_board_t *board = (tp_bench_board_t *)(void *)base;
    board->mapped_len = len;
    atomic_init(&board->measure_from, TP_BENCH_NEVER);
    atomic_init(&board->end, TP_BENCH_NEVER);
    for (unsigned i = 0; i <= consumers; i++) {
        tp_bench_report_t *report = i == 0 ? &board->sender : &board->receivers[i - 1];
        report->capacity = nsamples;
        report->samples = (uint64_t *)(void *)(base + head + i * each);
    }
    return board;
}

void tp_bench_board_destroy(tp_bench_board_t *board)
{
    if (board != NULL) {
        (void)munmap(board, board->mapped_len);
    }
}

/* A store to each page, of what is there. */
static void touch_pages(void *memory, size_t len)
{
    for (size_t at = 0; at < len; at += 4096) {
        volatile uint8_t *byte = (uint8_t *)memory + at;
        *byte = *byte;
    }
}

void tp_bench_board_touch(tp_bench_board_t *board, const tp_bench_report_t *own)
{
    /* The head is written by others meanwhile: it is only read. */
    for (size_t at = 0; at < sizeof *board; at += 4096) {
        (void)*((const volatile uint8_t *)board + at);
    }
    touch_pages(own->samples, own->capacity * sizeof own->samples[0]);
    /* The program's code, too: what runs for the first time a second later (an announce, a statistic) is no frame's fault. */
    const uintptr_t from = (uintptr_t)&__executable_start & ~(uintptr_t)4095;
    (void)madvise((void *)from, (uintptr_t)&etext - from,
                  MADV_POPULATE_READ); /* best effort, Linux 5.14 */
}
