/*
 * The crash ladder of a publish: a writer process is killed at each of its steps, and what readers
 * of its ring do then is one of two things, drop the frame or take a whole one. slot.c is compiled
 * here with a call at each step.
 */
#include <signal.h>

#include "shm/payload.h"
#include "shm/shm_test_util.h"

#define NSLOTS 4u
#define LEN 4096u

static const char *die_at;
static bool is_armed;
void tpi_slot_test_point(const char *name);

void tpi_slot_test_point(const char *name)
{
    if (is_armed && strcmp(name, die_at) == 0) {
        raise(SIGKILL);
    }
}

/* One frame, every byte of which is `fill`. */
static void publish(const tpi_mapping_t *map, uint64_t seq, uint8_t fill)
{
    const uint32_t index = (uint32_t)seq & map->mask;
    uint8_t *slot = tpi_mapping_slot(map, index);
    uint8_t *payload = tpi_mapping_payload(map, 0, index);
    tpi_slot_image_t image;
    tpi_slot_header_t header = test_header(index, LEN);
    header.meta_version = fill;
    tpi_slot_encode(&image, &header);
    tpi_slot_begin(slot, seq);
    memset(payload, fill, LEN / 2);
    tpi_slot_test_point("payload-half");
    memset(payload + LEN / 2, fill, LEN / 2);
    tpi_slot_test_point("payload-complete");
    tpi_slot_commit(slot, seq, &image);
}

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

TP_TEST_MAIN()
