/*
 * The torn-frame detector. A writer overwrites a ring of 4 slots without asking anyone, every byte
 * of a frame is computed from its seq, and readers compare every byte of each frame that the
 * seqlock lets them keep: not one may be torn.
 *
 * The same program is built twice more with the seqlock broken on purpose (TPI_SLOT_MUTATION).
 * There it must find torn frames, else it proves nothing here.
 */
#include "shm/shm_test_util.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "shm/payload.h"

#ifdef TP_TEST_SANITIZED
#define TP_TORN_READS 400000
#else
#define TP_TORN_READS 10000000
#endif

#define NSLOTS 4u
#define STRIDE 4096u
#define MAX_LEN 1024u

/* Between writer and readers, beside the rings: which frame to ask for, and when to end. */
typedef struct control {
    _Alignas(64) atomic_uint_least64_t published; /* seq of the last committed frame + 1 */
    _Alignas(64) atomic_bool stop;
} control_t;

typedef struct counts {
    uint64_t reads;
    uint64_t accepted;
    uint64_t overtaken; /* header accepted, payload overwritten while it was copied */
    uint64_t verdicts[TPI_SLOT_PAYLOAD + 1];
    uint64_t torn;
} counts_t;

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= UINT64_C(0x7fb5d329728ea185);
    x ^= x >> 27;
    return x * UINT64_C(0x81dadef4bc2dd44d);
}

static uint32_t len_of(uint64_t seq)
{
    return 64u + (uint32_t)(mix(seq) % (MAX_LEN - 64)) / 8 * 8;
}

/* A header whose every field follows from seq. */
static tpi_slot_header_t header_of(uint64_t seq)
{
    const uint64_t m = mix(seq ^ 0x5555);
    tpi_slot_header_t header = {
        .values_len_bytes = len_of(seq),
        .payload_slot = (uint32_t)seq & (NSLOTS - 1),
        .pool_id = 1,
        .timestamp_ns = m,
        .meta_version = (uint32_t)(m >> 13),
    };
    header.tensor.dtype = TP_UINT64;
    header.tensor.order = m % 2 == 0 ? TP_ROW_MAJOR : TP_COLUMN_MAJOR;
    header.tensor.ndims = 1 + (uint32_t)(m >> 7) % 3;
    for (uint32_t i = 0; i < header.tensor.ndims; i++) {
        header.tensor.dims[i] = 1 + (int32_t)((m >> (8 * i)) % 2);
    }
    return header;
}

static void write_frames(const tpi_mapping_t *map, control_t *control)
{
    uint64_t random = 1;
    for (uint64_t seq = 0; !atomic_load_explicit(&control->stop, memory_order_relaxed); seq++) {
        const uint32_t index = (uint32_t)seq & map->mask;
        uint8_t *slot = tpi_mapping_slot(map, index);
        uint64_t *payload = (uint64_t *)(void *)tpi_mapping_payload(map, 0, index);
        const tpi_slot_header_t header = header_of(seq);
        tpi_slot_image_t image;
        tpi_slot_encode(&image, &header);
        tpi_slot_begin(slot, seq);
        TPI_PAYLOAD_ACCESS_BEGIN();
        for (uint32_t i = 0; i < header.values_len_bytes / 8; i++) {
            payload[i] = mix(seq * MAX_LEN + i);
        }
        TPI_PAYLOAD_ACCESS_END();
        tpi_slot_commit(slot, seq, &image);
        atomic_store_explicit(&control->published, seq + 1, memory_order_relaxed);
        /* Now breathless, now slower than the readers: both must be met. */
        random = random * UINT64_C(6364136223846793005) + 1;
        for (uint64_t spin = (seq >> 12) % 2 == 0 ? 0 : random >> 55; spin > 0; spin--) {
            atomic_signal_fence(memory_order_seq_cst);
        }
    }
}

static bool is_payload_whole(const uint64_t *payload, uint64_t seq, uint32_t len)
{
    for (uint32_t i = 0; i < len / 8; i++) {
        if (payload[i] != mix(seq * MAX_LEN + i)) {
            return false;
        }
    }
    return true;
}

static void read_frames(const tpi_mapping_t *map, control_t *control, uint64_t reads,
                        uint64_t random, counts_t *counts)
{
    uint64_t last[NSLOTS] = { 0 };
    memset(counts, 0, sizeof(*counts));
    while (counts->reads < reads) {
        const uint64_t published = atomic_load_explicit(&control->published, memory_order_relaxed);
        random = random * UINT64_C(6364136223846793005) + 1;
        const uint64_t age = (random >> 40) % 5; /* the newest, and one that is gone */
        if (published <= age) {
            continue;
        }
        const uint64_t seq = published - 1 - age;
        const uint32_t index = (uint32_t)seq & map->mask;
        const uint8_t *slot = tpi_mapping_slot(map, index);
        tpi_slot_image_t image;
        uint64_t word = 0;
        counts->reads++;
        const tpi_slot_verdict_t verdict = tpi_slot_read(slot, seq, last[index], &image, &word);
        counts->verdicts[verdict]++;
        if (verdict != TPI_SLOT_OK) {
            continue;
        }
        last[index] = word;
        /* What was accepted is bit for bit the header of this seq... */
        const tpi_slot_header_t expected = header_of(seq);
        tpi_slot_image_t whole;
        tpi_slot_header_t header;
        tpi_slot_encode(&whole, &expected);
        if (memcmp(whole.words + 1, image.words + 1, sizeof(whole) - 8) != 0 ||
            tpi_slot_decode(&image, index, &header) != TPI_SLOT_OK) {
            counts->torn++;
            continue;
        }
        /* ... and so is the payload, if the slot is still what it was after the copy. */
        uint64_t copy[MAX_LEN / 8];
        tpi_payload_copy(copy, tpi_mapping_payload(map, 0, index), header.values_len_bytes);
        if (!tpi_slot_still(slot, word)) {
            counts->overtaken++;
            continue;
        }
        counts->accepted++;
        counts->torn += !is_payload_whole(copy, seq, header.values_len_bytes);
    }
}

static void report(const char *who, const counts_t *counts, uint64_t frames)
{
    printf(
        "%s: %llu slot reads, %llu accepted, %llu torn; dropped: odd %llu, changed %llu, identity "
        "%llu, overtaken %llu; %llu frames written\n",
        who, (unsigned long long)counts->reads, (unsigned long long)counts->accepted,
        (unsigned long long)counts->torn, (unsigned long long)counts->verdicts[TPI_SLOT_ODD],
        (unsigned long long)counts->verdicts[TPI_SLOT_CHANGED],
        (unsigned long long)counts->verdicts[TPI_SLOT_IDENTITY],
        (unsigned long long)counts->overtaken, (unsigned long long)frames);
}

static void judge(const counts_t *counts)
{
#if TPI_SLOT_MUTATION == 0
    TP_CHECK_EQ_U64(counts->torn, 0);
    TP_CHECK_GT_U64(counts->accepted, counts->reads / 100);
    /* writer and reader did meet: without that, nothing was tried */
    TP_CHECK_GT_U64(
        counts->verdicts[TPI_SLOT_ODD] + counts->verdicts[TPI_SLOT_CHANGED] + counts->overtaken, 0);
#else
    TP_CHECK_MSG(counts->torn > 0, "the broken seqlock was not noticed");
#endif
}

static void open_map(const test_set_t *set, tpi_map_mode_t mode, tpi_mapping_t *map)
{
    const int rc = tpi_mapping_open(map, set->bases, &set->layout, mode, false);
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
}

/* Proves: W-42, W-44, W-50, W-52, W-53, W-56, W-57 */
TP_TEST(no_torn_frame_is_accepted_from_a_writer_in_another_process)
{
    const uint32_t stride = STRIDE;
    test_set_t set;
    test_set_create(&set, NSLOTS, &stride, 1);
    control_t *control =
        mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TP_CHECK(control != MAP_FAILED);
    const pid_t writer = fork();
    if (writer == 0) {
        tpi_mapping_t map;
        open_map(&set, TPI_MAP_READ_WRITE, &map);
        write_frames(&map, control);
        tpi_mapping_close(&map);
        test_set_destroy(&set);
        _exit(0);
    }
    tpi_mapping_t map;
    open_map(&set, TPI_MAP_READ, &map);
    counts_t counts;
    read_frames(&map, control, TP_TORN_READS, 7, &counts);
    atomic_store(&control->stop, true);
    TP_CHECK_CHILD(writer, 0, 20000);
    report("process", &counts, atomic_load(&control->published));
    judge(&counts);
    tpi_mapping_close(&map);
    test_set_destroy(&set);
    munmap(control, sizeof(*control));
}

#define READERS 2

typedef struct actor {
    const tpi_mapping_t *map;
    control_t *control;
    uint64_t random;
    counts_t counts;
} actor_t;

static void *writer_thread(void *arg)
{
    const actor_t *actor = arg;
    write_frames(actor->map, actor->control);
    return NULL;
}

static void *reader_thread(void *arg)
{
    actor_t *actor = arg;
    read_frames(actor->map, actor->control, TP_TORN_READS / 4, actor->random, &actor->counts);
    return NULL;
}

/* Proves: W-39, W-42, W-51, W-52, W-53 */
TP_TEST(no_torn_frame_is_accepted_from_a_writer_in_another_thread)
{
    const uint32_t stride = STRIDE;
    test_set_t set;
    tpi_mapping_t map;
    static control_t control;
    test_set_create(&set, NSLOTS, &stride, 1);
    open_map(&set, TPI_MAP_READ_WRITE, &map);
    pthread_t writer;
    pthread_t readers[READERS];
    static actor_t actors[READERS];
    /* One mapping for all: a race detector goes by address. */
    actor_t writing = { .map = &map, .control = &control };
    TP_CHECK_EQ_I64(pthread_create(&writer, NULL, writer_thread, &writing), 0);
    for (int i = 0; i < READERS; i++) {
        actors[i] = (actor_t){ .map = &map, .control = &control, .random = (uint64_t)i + 11 };
        TP_CHECK_EQ_I64(pthread_create(&readers[i], NULL, reader_thread, &actors[i]), 0);
    }
    counts_t sum = { 0 };
    for (int i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
        sum.reads += actors[i].counts.reads;
        sum.accepted += actors[i].counts.accepted;
        sum.overtaken += actors[i].counts.overtaken;
        sum.torn += actors[i].counts.torn;
        for (size_t v = 0; v <= TPI_SLOT_PAYLOAD; v++) {
            sum.verdicts[v] += actors[i].counts.verdicts[v];
        }
    }
    atomic_store(&control.stop, true);
    pthread_join(writer, NULL);
    report("threads", &sum, atomic_load(&control.published));
    judge(&sum);
    tpi_mapping_close(&map);
    test_set_destroy(&set);
}

TP_TEST_MAIN()
