/*
 * The crash ladder of a publish: a writer process is killed at each of its steps, and what readers
 * of its ring do then is one of two things, drop the frame or take a whole one. slot.c is compiled
 * here with a call at each step.
 */
#include <signal.h>

#include "producer/ring_writer.h"
#include "shm/payload.h"
#include "shm/shm_test_util.h"

#define NSLOTS 4u
#define LEN 4096u

static const char *die_at;
static bool is_armed;
static int hits_left;
void tpi_slot_test_point(const char *name);

void tpi_slot_test_point(const char *name)
{
    if (is_armed && strcmp(name, die_at) == 0 && --hits_left <= 0) {
        raise(SIGKILL);
    }
}

static void fill_payload(uint8_t *payload, uint8_t fill)
{
    memset(payload, fill, LEN / 2);
    tpi_slot_test_point("payload-half");
    memset(payload + LEN / 2, fill, LEN / 2);
    tpi_slot_test_point("payload-complete");
}

/* One frame, every byte of which is `fill`. The plain way: all of the header at the end. */
static void publish(const tpi_mapping_t *map, uint64_t seq, uint8_t fill)
{
    const uint32_t index = (uint32_t)seq & map->mask;
    uint8_t *slot = tpi_mapping_slot(map, index);
    tpi_slot_image_t image;
    tpi_slot_header_t header = test_header(index, LEN);
    header.meta_version = fill;
    tpi_slot_encode(&image, &header);
    tpi_slot_begin(slot, seq);
    fill_payload(tpi_mapping_payload(map, 0, index), fill);
    tpi_slot_commit(slot, seq, &image);
}

/* The producer's way: the claim fills ahead what it expects. */
static void produce(tpi_ring_writer_t *writer, uint8_t fill, uint32_t ndims)
{
    tp_claim_t claim;
    tpi_ring_claim_t announced;
    tp_frame_info_t info = { .meta_version = fill, .timestamp_ns = 1 };
    info.tensor = test_header(0, LEN).tensor;
    info.tensor.ndims = ndims;
    for (uint32_t i = 1; i < ndims; i++) {
        info.tensor.dims[i] = 1;
    }
    TP_CHECK_EQ_I64(tpi_ring_writer_claim(writer, 0, &claim), TP_OK);
    fill_payload(claim.data, fill);
    TP_CHECK_EQ_I64(tpi_ring_writer_commit(writer, &claim, LEN, &info, 1), TP_OK);
    TP_CHECK(tpi_ring_writer_next_announce(writer, &announced));
}

/* A frame that may be kept has the shape it was published with; 0: not looked at. */
static uint32_t expected_ndims;

/* What a reader makes of frame `seq`: its verdict; a frame it may keep is whole and of `fill`. */
static tpi_slot_verdict_t read_frame(const tpi_mapping_t *map, uint64_t seq, uint8_t fill)
{
    const uint32_t index = (uint32_t)seq & map->mask;
    const uint8_t *slot = tpi_mapping_slot(map, index);
    tpi_slot_image_t image;
    tpi_slot_header_t header;
    uint64_t word;
    const tpi_slot_verdict_t verdict = tpi_slot_read(slot, seq, 0, &image, &word);
    if (verdict == TPI_SLOT_OK) {
        TP_CHECK_EQ_I64(tpi_slot_decode(&image, index, &header), TPI_SLOT_OK);
        TP_CHECK_EQ_U64(header.meta_version, fill);
        TP_CHECK_EQ_U64(header.values_len_bytes, LEN);
        TP_CHECK(expected_ndims == 0 || header.tensor.ndims == expected_ndims);
        const uint8_t *payload = tpi_mapping_payload(map, 0, index);
        for (uint32_t i = 0; i < LEN; i++) {
            TP_CHECK_MSG(payload[i] == fill, "seq %llu: byte %u", (unsigned long long)seq, i);
        }
        TP_CHECK(tpi_slot_still(slot, word));
    }
    return verdict;
}

typedef struct rung {
    const char *name;
    tpi_slot_verdict_t old_frame; /* seq 1, which the dying frame replaces */
    tpi_slot_verdict_t new_frame; /* seq 5, at which the writer dies */
} rung_t;

/* Proves: W-42, W-43, W-45, W-50, W-53, W-56 */
TP_TEST(a_writer_killed_at_any_step_costs_readers_no_more_than_its_frame)
{
    static const rung_t ladder[] = {
        { "before-begin", TPI_SLOT_OK, TPI_SLOT_IDENTITY },
        { "in-progress-stored", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "in-progress-fenced", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "payload-half", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "payload-complete", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "header-begun", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "header-half", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "header-complete", TPI_SLOT_ODD, TPI_SLOT_ODD },
        { "committed", TPI_SLOT_IDENTITY, TPI_SLOT_OK },
    };
    for (size_t i = 0; i < sizeof(ladder) / sizeof(ladder[0]); i++) {
        const uint32_t stride = LEN;
        test_set_t set;
        test_set_create(&set, NSLOTS, &stride, 1);
        const pid_t writer = fork();
        if (writer == 0) {
            tpi_mapping_t map;
            TP_CHECK_EQ_I64(
                tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ_WRITE, false), TP_OK);
            for (uint64_t seq = 0; seq < 5; seq++) {
                publish(&map, seq, (uint8_t)(seq + 1));
            }
            is_armed = true;
            die_at = ladder[i].name;
            publish(&map, 5, 6);
            TP_FAIL("%s was never reached", die_at);
        }
        TP_CHECK_CHILD_SIGNAL(writer, SIGKILL, 10000);

        tpi_mapping_t map;
        TP_CHECK_EQ_I64(tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, false), TP_OK);
        const tpi_slot_verdict_t old_frame = read_frame(&map, 1, 2);
        const tpi_slot_verdict_t new_frame = read_frame(&map, 5, 6);
        TP_CHECK_MSG(old_frame == ladder[i].old_frame, "%s: old frame %d", ladder[i].name,
                     (int)old_frame);
        TP_CHECK_MSG(new_frame == ladder[i].new_frame, "%s: new frame %d", ladder[i].name,
                     (int)new_frame);
        for (uint64_t seq = 2; seq < 5; seq++) { /* the other slots are whole */
            TP_CHECK_EQ_I64(read_frame(&map, seq, (uint8_t)(seq + 1)), TPI_SLOT_OK);
        }

        /* whoever writes next needs no repair first */
        tpi_mapping_t next;
        TP_CHECK_EQ_I64(tpi_mapping_open(&next, set.bases, &set.layout, TPI_MAP_READ_WRITE, false),
                        TP_OK);
        publish(&next, 9, 77);
        TP_CHECK_EQ_I64(read_frame(&map, 9, 77), TPI_SLOT_OK);
        TP_CHECK_NE_I64(read_frame(&map, 5, 6), TPI_SLOT_OK);
        tpi_mapping_close(&next);
        tpi_mapping_close(&map);
        test_set_destroy(&set);
        tp_test_remove_tree(tp_test_shm_dir());
        printf("killed at %s: dropped or whole\n", ladder[i].name);
    }
}

/* Proves: W-42, W-43, W-45, W-50, W-56, W-106 */
TP_TEST(a_producer_killed_at_any_step_costs_readers_no_more_than_its_frame)
{
    /* By `hit`, the steps of the dying frame that go by the same name: a frame of another shape
     * than the claim had expected fills its slot twice. */
    static const struct {
        const char *name;
        int hit;
        bool has_other_shape;
        tpi_slot_verdict_t new_frame;
    } ladder[] = {
        { "before-begin", 1, false, TPI_SLOT_IDENTITY },
        { "in-progress-stored", 1, false, TPI_SLOT_ODD },
        { "in-progress-fenced", 1, false, TPI_SLOT_ODD },
        { "shape-begun", 1, false, TPI_SLOT_ODD },
        { "header-half", 1, false, TPI_SLOT_ODD },
        { "shape-complete", 1, false, TPI_SLOT_ODD },
        { "payload-half", 1, false, TPI_SLOT_ODD },
        { "payload-complete", 1, false, TPI_SLOT_ODD },
        { "frame-begun", 1, false, TPI_SLOT_ODD },
        { "frame-half", 1, false, TPI_SLOT_ODD },
        { "header-complete", 1, false, TPI_SLOT_ODD },
        { "committed", 1, false, TPI_SLOT_OK },
        { "shape-begun", 2, true, TPI_SLOT_ODD },
        { "header-half", 2, true, TPI_SLOT_ODD },
        { "shape-complete", 2, true, TPI_SLOT_ODD },
        { "frame-half", 1, true, TPI_SLOT_ODD },
        { "header-complete", 1, true, TPI_SLOT_ODD },
        { "committed", 1, true, TPI_SLOT_OK },
    };
    for (size_t i = 0; i < sizeof(ladder) / sizeof(ladder[0]); i++) {
        const uint32_t stride = LEN;
        const uint32_t last_ndims = ladder[i].has_other_shape ? 5 : 1;
        test_set_t set;
        test_set_create(&set, NSLOTS, &stride, 1);
        const pid_t pid = fork();
        if (pid == 0) {
            tpi_mapping_t map;
            tpi_ring_writer_t writer;
            TP_CHECK_EQ_I64(
                tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ_WRITE, false), TP_OK);
            tpi_ring_writer_init(&writer, &map);
            for (uint8_t seq = 0; seq < 5; seq++) {
                produce(&writer, (uint8_t)(seq + 1), 1);
            }
            is_armed = true;
            die_at = ladder[i].name;
            hits_left = ladder[i].hit;
            produce(&writer, 6, last_ndims);
            TP_FAIL("%s was never reached", die_at);
        }
        TP_CHECK_CHILD_SIGNAL(pid, SIGKILL, 10000);

        tpi_mapping_t map;
        TP_CHECK_EQ_I64(tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, false), TP_OK);
        expected_ndims = last_ndims;
        const tpi_slot_verdict_t new_frame = read_frame(&map, 5, 6);
        TP_CHECK_MSG(new_frame == ladder[i].new_frame, "%s: new frame %d", ladder[i].name,
                     (int)new_frame);
        expected_ndims = 1;
        for (uint64_t seq = 2; seq < 5; seq++) {
            TP_CHECK_EQ_I64(read_frame(&map, seq, (uint8_t)(seq + 1)), TPI_SLOT_OK);
        }
        tpi_mapping_close(&map);
        test_set_destroy(&set);
        tp_test_remove_tree(tp_test_shm_dir());
        printf("killed at %s, %d: dropped or whole\n", ladder[i].name, ladder[i].hit);
    }
}

TP_TEST_MAIN()
