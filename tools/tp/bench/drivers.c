#include "bench/drivers.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/idle.h"
#include "tensorpool/media_driver.h"
#include "tp_common.h"

#define FIRST_STREAM 1000u
#define RING_BYTES (UINT64_C(256) << 20)
#define START_NS 2e10
#define LARGE_NSLOTS 64u
enum {
    CLASSES = 15, /* 4 KiB << 0 .. 4 KiB << 14 */
    PROFILES = CLASSES + TP_BENCH_LARGE_CLASSES,
    STREAMS = CLASSES * TP_BENCH_CLASS_STREAMS + TP_BENCH_LARGE_CLASSES
};
_Static_assert(TP_BENCH_MIN_STRIDE << (CLASSES - 1) == TP_BENCH_MAX_STRIDE, "a class per stride");

static unsigned class_of(uint32_t stride)
{
    unsigned class = 0;
    while (class < CLASSES - 1 && (TP_BENCH_MIN_STRIDE << class) < stride) {
        class ++;
    }
    return class;
}

uint32_t tp_bench_stride(size_t size)
{
    uint32_t stride = TP_BENCH_MIN_STRIDE;
    while (stride < size && stride < TP_BENCH_MAX_STRIDE) {
        stride *= 2;
    }
    return stride;
}

uint32_t tp_bench_nslots(uint32_t stride)
{
    uint32_t nslots = 64;
    while (nslots > 4 && (uint64_t)nslots * stride > RING_BYTES) {
        nslots /= 2;
    }
    return nslots;
}

uint32_t tp_bench_stream_id(const tp_bench_cell_t *cell, unsigned stream)
{
    return FIRST_STREAM + class_of(tp_bench_stride(cell->size)) * TP_BENCH_CLASS_STREAMS +
           (cell->id * cell->streams + stream) % TP_BENCH_CLASS_STREAMS;
}

uint64_t tp_bench_large_bytes(unsigned class_index)
{
    return UINT64_C(64) << 20 << 2 * class_index;
}

/* ---- the process ---- */

typedef struct places {
    const char *aeron_dir;
    const char *shm_dir;
} places_t;

/* What the options point to. */
typedef struct layout {
    tp_driver_pool_t pools[PROFILES];
    tp_driver_profile_t profiles[PROFILES];
    tp_driver_stream_t streams[STREAMS];
    char profile_names[PROFILES][16];
    char stream_names[STREAMS][16];
    unsigned nprofiles, nstreams;
} layout_t;

static void add_profile(layout_t *layout, uint32_t stride, uint32_t nslots, uint32_t first_stream,
                        unsigned nstreams)
{
    const unsigned at = layout->nprofiles++;
    char *name = layout->profile_names[at];
    (void)snprintf(name, sizeof layout->profile_names[at], "profile%u", at);
    layout->pools[at] = (tp_driver_pool_t){ .pool_id = 1, .stride_bytes = stride };
    layout->profiles[at] = (tp_driver_profile_t){
        .name = name, .header_nslots = nslots, .pools = &layout->pools[at], .npools = 1
    };
    for (unsigned k = 0; k < nstreams; k++) {
        const unsigned i = layout->nstreams++;
        (void)snprintf(layout->stream_names[i], sizeof layout->stream_names[i], "bench%u", i);
        layout->streams[i] = (tp_driver_stream_t){ .name = layout->stream_names[i],
                                                   .stream_id = first_stream + k,
                                                   .profile = name };
    }
}

static int create_driver(const places_t *places, tp_driver_t **out)
{
    static layout_t layout;
    for (unsigned c = 0; c < CLASSES; c++) {
        const uint32_t stride = TP_BENCH_MIN_STRIDE << c;
        add_profile(&layout, stride, tp_bench_nslots(stride),
                    FIRST_STREAM + c * TP_BENCH_CLASS_STREAMS, TP_BENCH_CLASS_STREAMS);
    }
    for (unsigned c = 0; c < TP_BENCH_LARGE_CLASSES; c++) {
        add_profile(&layout, (uint32_t)(tp_bench_large_bytes(c) / LARGE_NSLOTS), LARGE_NSLOTS,
                    TP_BENCH_LARGE_FIRST + c, 1);
    }
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    options.instance_id = "bench";
    options.aeron_dir = places->aeron_dir;
    options.base_dir = places->shm_dir;
    options.allowed_base_dirs = &places->shm_dir;
    options.allowed_base_dirs_count = 1;
    options.profiles = layout.profiles;
    options.nprofiles = layout.nprofiles;
    options.streams = layout.streams;
    options.nstreams = layout.nstreams;
    options.allow_dynamic_streams = true;
    options.default_profile = layout.profile_names[0];
    options.stream_id_range = (tp_id_range_t){ TP_BENCH_DYNAMIC_FIRST, TP_BENCH_DYNAMIC_LAST };
    options.epoch_gc_keep = 1; /* a cell's files go with it: the next one needs the memory */
    options.epoch_gc_min_age_ns = -1;
    options.cleanup_shm_on_exit = true;
    return tp_driver_create(out, &options);
}

static int serve(void *clientd, int fd)
{
    tp_media_driver_t *media_driver = NULL;
    tp_driver_t *driver = NULL;
    tp_media_driver_options_t options = TP_MEDIA_DRIVER_OPTIONS_INIT;
    const places_t *places = clientd;
    options.aeron_dir = places->aeron_dir;
    tp_signals_install();
    tp_short_slices();
    int rc = tp_media_driver_create(&media_driver, &options);
    if (rc == TP_OK) {
        rc = create_driver(places, &driver);
    }
    if (rc != TP_OK) {
        fprintf(stderr, "tp bench: drivers: %s\n", tp_errmsg());
    }
    bool is_ready = false, is_stopping = false;
    uint32_t idle = 0;
    while (rc == TP_OK && tp_driver_state(driver) != TP_DRIVER_STOPPED) {
        if (!is_ready && tp_driver_state(driver) == TP_DRIVER_RUNNING) {
            is_ready = write(fd, "R", 1) == 1;
        }
        if (tp_stop_signals() > 0 && !is_stopping) {
            is_stopping = true;
            tp_driver_request_shutdown(driver, 0, "the benchmark is over");
            tp_driver_request_shutdown(driver, 0, "the benchmark is over"); /* nobody to wait for */
        }
        tpi_driver_idle(driver, &idle, tp_driver_do_work(driver));
    }
    tp_driver_destroy(driver);
    tp_media_driver_destroy(media_driver);
    return rc == TP_OK ? 0 : 1;
}

int tp_bench_drivers_start(tp_bench_child_t *out, const char *aeron_dir, const char *shm_dir)
{
    places_t places = { aeron_dir, shm_dir };
    int rc = tp_bench_child_start(out, serve, &places);
    if (rc == TP_OK) {
        rc = tp_bench_child_await(out, START_NS);
        if (rc != TP_OK) {
            (void)tp_bench_child_end(out, SIGTERM, START_NS);
            tpi_note("media driver and SHM driver");
        }
    }
    return rc;
}
