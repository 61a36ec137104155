/*
 * Assemblies against a model that keeps everything: chunks in random order, twice, lost,
 * contradicting, overlapping, of more frames than fit, with time going by. The model decides by
 * brute force, byte by byte.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/assembly.h"
#include "tp_test.h"

enum { PAYLOAD_MAX = 120, FRAMES = 3, COUNT_MAX = 40, LOG_MAX = 512 };

static uint64_t random_state;

static uint32_t rnd(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

/* ---- the model ---- */

typedef struct model_frame {
    bool is_open;
    int32_t session;
    uint64_t seq;
    uint32_t count, payload_len;
    int64_t started;
    uint64_t age;
    uint8_t staged[PAYLOAD_MAX + 1]; /* a slice that overlaps another one is in its bytes, too: then
                                        the same chunk again is seen to be a conflict (B-31) */
    struct {
        bool is_there;
        uint32_t offset, length;
        uint8_t bytes[PAYLOAD_MAX + 1];
        uint8_t header[256];
    } chunks[COUNT_MAX];
} model_frame_t;

static model_frame_t frames[FRAMES];
static uint64_t closed[LOG_MAX];
static size_t nclosed;
static bool has_completed;
static uint64_t highest;
static uint64_t ages;
static tp_bridge_stats_t want;
static uint8_t whole[PAYLOAD_MAX];
static uint8_t whole_header[256];

static void model_close(model_frame_t *f)
{
    f->is_open = false;
    TP_CHECK(nclosed < LOG_MAX);
    closed[nclosed++] = f->seq;
}

static void model_drop(model_frame_t *f, tp_bridge_frame_drop_t drop)
{
    model_close(f);
    want.frames_dropped++;
    want.frame_drops[drop]++;
    want.assemblies_reset++;
}

static bool model_is_closed(uint64_t seq)
{
    for (size_t i = nclosed > 16 ? nclosed - 16 : 0; i < nclosed; i++) {
        if (closed[i] == seq) {
            return true;
        }
    }
    return false;
}

static void model_reject(tp_bridge_chunk_drop_t drop)
{
    want.chunks_dropped++;
    want.chunk_drops[drop]++;
}

static uint32_t model_bytes(const model_frame_t *f, uint32_t *out_n)
{
    uint32_t sum = 0;
    *out_n = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->chunks[i].is_there) {
            sum += f->chunks[i].length;
            (*out_n)++;
        }
    }
    return sum;
}

/* Each byte of the payload is in exactly one slice? Then put it together. */
static bool model_is_whole(const model_frame_t *f)
{
    uint8_t times[PAYLOAD_MAX + 1] = { 0 };
    for (uint32_t i = 0; i < f->count; i++) {
        for (uint32_t k = 0; k < f->chunks[i].length; k++) {
            times[f->chunks[i].offset + k]++;
            whole[f->chunks[i].offset + k] = f->chunks[i].bytes[k];
        }
    }
    for (uint32_t i = 0; i < f->payload_len; i++) {
        if (times[i] != 1) {
            return false;
        }
    }
    memcpy(whole_header, f->chunks[0].header, 256);
    return true;
}

static model_frame_t *model_find(const tpi_chunk_t *c, int32_t session)
{
    for (int i = 0; i < FRAMES; i++) {
        if (frames[i].is_open && frames[i].seq == c->seq && frames[i].session == session) {
            return &frames[i];
        }
    }
    return NULL;
}

static model_frame_t *model_begin(const tpi_chunk_t *c, int32_t session, int64_t now)
{
    model_frame_t *place = NULL;
    for (int i = 0; i < FRAMES && place == NULL; i++) {
        place = frames[i].is_open ? NULL : &frames[i];
    }
    if (place == NULL) {
        place = &frames[0];
        for (int i = 1; i < FRAMES; i++) {
            place = frames[i].age < place->age ? &frames[i] : place;
        }
        model_drop(place, TP_BRIDGE_FRAME_EVICTED);
    }
    memset(place, 0, sizeof *place);
    place->is_open = true;
    place->session = session;
    place->seq = c->seq;
    place->count = c->count;
    place->payload_len = c->payload_len;
    place->started = now;
    place->age = ages++;
    return place;
}

/* True: whole. */
static bool model_add(const tpi_chunk_t *c, int32_t session, int64_t now)
{
    if (has_completed && c->seq < highest) {
        model_reject(TP_BRIDGE_CHUNK_LATE);
        return false;
    }
    model_frame_t *f = model_find(c, session);
    if (f == NULL) {
        if (model_is_closed(c->seq)) {
            model_reject(TP_BRIDGE_CHUNK_LATE);
            return false;
        }
        f = model_begin(c, session, now);
    } else if (f->count != c->count || f->payload_len != c->payload_len) {
        model_drop(f, TP_BRIDGE_FRAME_CONFLICT);
        model_reject(TP_BRIDGE_CHUNK_CONFLICT);
        return false;
    }
    uint32_t n;
    if (f->chunks[c->index].is_there) {
        const bool is_same =
            f->chunks[c->index].offset == c->offset && f->chunks[c->index].length == c->length &&
            memcmp(f->staged + c->offset, c->payload.data, c->length) == 0 &&
            (c->index != 0 || memcmp(f->chunks[0].header, c->header.data, 256) == 0);
        if (is_same) {
            model_reject(TP_BRIDGE_CHUNK_DUPLICATE);
        } else {
            model_drop(f, TP_BRIDGE_FRAME_CONFLICT);
            model_reject(TP_BRIDGE_CHUNK_CONFLICT);
        }
        return false;
    }
    if (model_bytes(f, &n) + c->length > f->payload_len) {
        model_drop(f, TP_BRIDGE_FRAME_CONFLICT);
        model_reject(TP_BRIDGE_CHUNK_CONFLICT);
        return false;
    }
    f->chunks[c->index].is_there = true;
    f->chunks[c->index].offset = c->offset;
    f->chunks[c->index].length = c->length;
    memcpy(f->chunks[c->index].bytes, c->payload.data, c->length);
    memcpy(f->staged + c->offset, c->payload.data, c->length);
    if (c->index == 0) {
        memcpy(f->chunks[0].header, c->header.data, 256);
    }
    want.chunks_received++;
    if (model_bytes(f, &n) != f->payload_len || n < f->count) {
        if (n == f->count) {
            model_drop(f, TP_BRIDGE_FRAME_CONFLICT);
        }
        return false;
    }
    if (!model_is_whole(f)) {
        model_drop(f, TP_BRIDGE_FRAME_CONFLICT);
        return false;
    }
    return true;
}

static void model_published(const tpi_chunk_t *c, int32_t session)
{
    model_close(model_find(c, session));
    highest = !has_completed || c->seq > highest ? c->seq : highest;
    has_completed = true;
    for (int i = 0; i < FRAMES; i++) {
        if (frames[i].is_open && frames[i].seq == c->seq) {
            model_close(&frames[i]);
            want.assemblies_reset++;
        } else if (frames[i].is_open && frames[i].seq < c->seq) {
            model_drop(&frames[i], TP_BRIDGE_FRAME_ORDER);
        }
    }
}

/* ---- chunks ---- */

typedef struct plan {
    uint32_t payload_len, count;
    uint32_t offsets[COUNT_MAX], lengths[COUNT_MAX];
} plan_t;

/* Random gapless slices, in random order of their indices (the first stays at offset 0). */
static void make_plan(plan_t *p)
{
    p->payload_len = rnd(8) == 0 ? 0 : 1 + rnd(PAYLOAD_MAX);
    p->count =
        p->payload_len == 0 ? 1 : 1 + rnd(p->payload_len < COUNT_MAX ? p->payload_len : COUNT_MAX);
    uint32_t at = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        const uint32_t left = p->payload_len - at - (p->count - i - 1);
        p->offsets[i] = at;
        p->lengths[i] = i + 1 == p->count ? p->payload_len - at : 1 + rnd(left);
        at += p->lengths[i];
    }
    for (uint32_t i = p->count; i > 2 && rnd(2) == 0; i--) {
        const uint32_t k = 1 + rnd(i - 1);
        const uint32_t offset = p->offsets[k];
        const uint32_t length = p->lengths[k];
        p->offsets[k] = p->offsets[i - 1];
        p->lengths[k] = p->lengths[i - 1];
        p->offsets[i - 1] = offset;
        p->lengths[i - 1] = length;
    }
}

static tpi_assemblies_t set;
static tp_bridge_stats_t got;

static void feed(const tpi_chunk_t *c, int32_t session, int64_t now)
{
    tpi_assembly_t *frame = NULL;
    const tpi_added_t added = tpi_assemblies_add(&set, c, session, now, &frame);
    const bool is_whole = model_add(c, session, now);
    TP_CHECK((added == TPI_ADDED_LAST) == is_whole);
    if (is_whole) {
        TP_CHECK_EQ_U64(frame->payload_len, c->payload_len);
        TP_CHECK_EQ_MEM(frame->payload, whole, c->payload_len);
        TP_CHECK_EQ_MEM(frame->header, whole_header, 256);
        if (rnd(4) == 0) {
            tpi_assemblies_drop(&set, frame, TP_BRIDGE_FRAME_HEADER);
            model_drop(model_find(c, session), TP_BRIDGE_FRAME_HEADER);
        } else {
            tpi_assemblies_published(&set, frame);
            model_published(c, session);
        }
    }
    uint32_t open = 0;
    for (int i = 0; i < FRAMES; i++) {
        open += frames[i].is_open;
        TP_CHECK(!frames[i].is_open || tpi_assemblies_has(&set, 9, frames[i].seq));
    }
    TP_CHECK_EQ_U64(set.open, open);
    TP_CHECK_EQ_MEM(&got, &want, sizeof got);
}

static void expire(int64_t now)
{
    for (int i = 0; i < FRAMES; i++) {
        if (frames[i].is_open && now - frames[i].started > 50) {
            model_drop(&frames[i], TP_BRIDGE_FRAME_TIMEOUT);
        }
    }
    (void)tpi_assemblies_expire(&set, now, 50);
    /* In which order they end only matters to what is forgotten first; the model's is by place,
       and so is the set's. */
}

static void run(uint64_t seed)
{
    static plan_t plans[400];
    static uint8_t bytes[PAYLOAD_MAX + 1];
    static uint8_t header[256];
    random_state = seed;
    memset(frames, 0, sizeof frames);
    memset(&want, 0, sizeof want);
    memset(&got, 0, sizeof got);
    nclosed = 0;
    has_completed = false;
    ages = 0;
    set = (tpi_assemblies_t){ .stats = &got };
    TP_CHECK_EQ_I64(tpi_assemblies_init(&set, FRAMES, PAYLOAD_MAX, &got), TP_OK);
    const uint32_t nplans = 1 + rnd(60);
    for (uint32_t i = 0; i < nplans; i++) {
        make_plan(&plans[i]);
    }
    int64_t now = 0;
    uint32_t base = 0;
    const uint32_t wildness = rnd(6); /* 0: a faithful sender */
    for (int step = 0; step < 1500 && nclosed < LOG_MAX - FRAMES - 1; step++) {
        /* Mostly of a frame near the front, which moves on. */
        if (rnd(12) == 0 && base + 1 < nplans) {
            base++;
        }
        const uint32_t seq = base + rnd(FRAMES + 1) < nplans ? base + rnd(FRAMES + 1) : base;
        if (seq >= nplans) {
            continue;
        }
        const plan_t *p = &plans[seq];
        const uint32_t index = rnd(p->count);
        tpi_chunk_t c = { .epoch = 9,
                          .seq = seq,
                          .index = index,
                          .count = p->count,
                          .offset = p->offsets[index],
                          .length = p->lengths[index],
                          .payload_len = p->payload_len,
                          .payload = { bytes, p->lengths[index] },
                          .header = { header, index == 0 ? 256 : 0 } };
        for (uint32_t k = 0; k < c.length; k++) {
            bytes[k] = (uint8_t)(seq * 31 + c.offset + k);
        }
        memset(header, (int)seq, sizeof header);
        if (wildness > 0 && rnd(30) < wildness && c.payload_len > 0) {
            switch (rnd(6)) { /* what B-20..B-27 let through */
            case 0:
                c.offset = index == 0 ? 0 : rnd(c.payload_len - c.length + 1);
                break;
            case 1:
                c.length = 1 + rnd(c.payload_len - c.offset);
                c.payload.len = c.length;
                for (uint32_t k = 0; k < c.length; k++) {
                    bytes[k] = (uint8_t)(seq * 31 + c.offset + k);
                }
                break;
            case 2:
                bytes[rnd(c.length)] ^= 1;
                break;
            case 3:
                header[rnd(256)] ^= 1;
                break;
            case 4:
                c.count = c.count < COUNT_MAX && rnd(2) == 0 ? c.count + 1 : index + 1;
                break;
            default:
                c.payload_len = c.payload_len < PAYLOAD_MAX ? c.payload_len + 1 : c.payload_len;
                break;
            }
        }
        feed(&c, rnd(20) == 0 ? 2 : 1, now);
        now += rnd(4) == 0;
        if (rnd(40) == 0) {
            now += rnd(60);
            expire(now);
            TP_CHECK_EQ_MEM(&got, &want, sizeof got);
        }
    }
    tpi_assemblies_fini(&set, TP_BRIDGE_FRAME_LEASE);
    TP_CHECK_EQ_U64(set.open, 0);
}

/* Proves: B-28, B-29, B-30, B-31, B-32, B-33, B-34 */
TP_TEST(assemblies_do_what_the_model_does)
{
    uint64_t published = 0;
    uint64_t conflicts = 0;
    uint64_t evicted = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        run(seed);
        published += has_completed;
        conflicts += got.frame_drops[TP_BRIDGE_FRAME_CONFLICT];
        evicted += got.frame_drops[TP_BRIDGE_FRAME_EVICTED];
    }
    /* The walk went everywhere. */
    TP_CHECK_GT_U64(published, 1000);
    TP_CHECK_GT_U64(conflicts, 1000);
    TP_CHECK_GT_U64(evicted, 1000);
}

/* Proves: B-31 */
TP_TEST(the_worst_order_of_slices_takes_no_quadratic_time)
{
    enum { N = 65535 };
    tpi_assemblies_t big = { .stats = &got };
    tpi_assembly_t *frame = NULL;
    memset(&got, 0, sizeof got);
    TP_CHECK_EQ_I64(tpi_assemblies_init(&big, 1, N, &got), TP_OK);
    static uint8_t header[256];
    /* from the last to the first, each index with the offset of another */
    for (uint32_t i = 0; i < N; i++) {
        const uint8_t byte = (uint8_t)i;
        const uint32_t index = N - 1 - i;
        const tpi_chunk_t c = { .epoch = 9,
                                .seq = 1,
                                .index = index,
                                .count = N,
                                .offset = index == 0 ? 0 : N - index,
                                .length = 1,
                                .payload_len = N,
                                .payload = { &byte, 1 },
                                .header = { header, index == 0 ? 256 : 0 } };
        const tpi_added_t added = tpi_assemblies_add(&big, &c, 1, 0, &frame);
        TP_CHECK((added == TPI_ADDED_LAST) == (i == N - 1));
    }
    TP_CHECK_EQ_U64(frame->payload[1], 0); /* offset 1 came first */
    tpi_assemblies_published(&big, frame);
    tpi_assemblies_fini(&big, TP_BRIDGE_FRAME_LEASE);
}

TP_TEST_MAIN()
