#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/payload.h"
#include "bench/special/special.h"
#include "bench/subjects/tensorpool.h"

#define TIMEOUT_NS 6e10
#define MAX_SLOTS 64

/* One copy into the ring, by offer or by memcpy to the slot's own address. */
typedef struct copier {
    tp_bench_sender_t sender;
    uint8_t *slots[MAX_SLOTS]; /* memcpy: where the ring's slots are */
    uint8_t *source;
    size_t size;
    uint64_t next, nslots;
    bool is_memcpy;
} copier_t;

/* False: the ring did not take it. */
static bool copy_once(copier_t *c)
{
    bool is_done = true;
    if (c->is_memcpy) {
        memcpy(c->slots[c->next % c->nslots], c->source, c->size);
        /* The compiler must not see that nobody reads it. */
        __asm__ __volatile__("" : : "r"(c->slots[c->next % c->nslots]) : "memory");
    } else {
        is_done = c->sender.publish(c->sender.self, c->next + 1, c->next);
    }
    c->next++;
    return is_done;
}

/* The ring's slots in their order, from one lap of frames. */
static int find_slots(copier_t *c)
{
    for (uint64_t i = 0; i < c->nslots; i++) {
        c->slots[i] = c->sender.claim(c->sender.self);
        if (c->slots[i] == NULL || !c->sender.publish(c->sender.self, 1, i)) {
            return tpi_fail(TP_ESTATE, "slot %llu of the ring could not be claimed",
                            (unsigned long long)i);
        }
    }
    return TP_OK;
}

static int copy_for(tp_bench_solo_t *solo)
{
    const tp_bench_run_t *run = solo->run;
    tp_bench_report_t *report = &solo->board->sender;
    const tp_bench_cell_t cell = { .dir = run->shm_dir,
                                   .aeron_dir = run->aeron_dir,
                                   .id = run->next_id,
                                   .size = solo->row->size,
                                   .consumers = 1,
                                   .streams = 1,
                                   .window = 1 };
    copier_t c = { .size = cell.size,
                   .nslots = tp_bench_nslots(tp_bench_stride(cell.size)),
                   .is_memcpy = strcmp(solo->row->subject, "memcpy") == 0 };
    const tp_bench_subject_t *subject =
        c.is_memcpy ? &tp_bench_subject_tensorpool : &tp_bench_subject_tensorpool_offer;
    int rc = subject->open_sender(&cell, NULL, 0, &c.sender);
    if (rc != TP_OK) {
        return rc;
    }
    if (c.is_memcpy) {
        c.source = aligned_alloc(64, cell.size);
        rc = c.source == NULL ? tpi_fail(TP_ENOMEM, "%zu bytes", cell.size) : find_slots(&c);
    } else {
        c.source = c.sender.claim(c.sender.self);
    }
    if (rc == TP_OK) {
        tp_bench_fill(c.source, cell.size, 1);
        bool is_taken = true;
        while (c.next < 2 * c.nslots && is_taken) {
            is_taken = copy_once(&c);
        }
        report->begin = tp_bench_now();
        const uint64_t until = report->begin + tp_bench_ticks(run->measure_ns);
        uint64_t housekeep_at = report->begin;
        for (uint64_t now = report->begin;
             is_taken && now < until && report->nsamples < report->capacity;) {
            if (now >= housekeep_at) {
                c.sender.housekeep(c.sender.self);
                housekeep_at = now + tp_bench_ticks(1e6);
            }
            const uint64_t from = tp_bench_now();
            is_taken = copy_once(&c);
            now = tp_bench_now();
            tp_bench_report_add(report, now - from);
        }
        if (!is_taken) {
            rc =
                tpi_fail(TP_ESTATE, "the ring did not take frame %llu", (unsigned long long)c.next);
        }
    }
    if (c.is_memcpy) {
        free(c.source);
    }
    c.sender.close(c.sender.self);
    return rc;
}

int tp_bench_measure_copy(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out)
{
    run->next_id++;
    const int rc = tp_bench_solo_run(run, row, copy_for, TIMEOUT_NS, out);
    if (rc == TP_OK) {
        /* From the median: what takes the core away now and then is not the copy's. */
        out->figures[TP_BENCH_FIGURE_BYTES_PER_S] =
            (double)row->size / out->figures[TP_BENCH_FIGURE_P50] * 1e9;
    }
    return rc;
}
