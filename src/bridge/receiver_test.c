/*
 * The receiving half, rule by rule: a peer plays the sender, with good and bad chunks and
 * announces.
 */
#include "bridge/bridge_test_util.h"

enum { EPOCH = 500 };

static rig_t rig;

static void set_up(void)
{
    rig_prepare(&rig);
    rig_start_receiver(&rig);
}

static void set_up_announced(void)
{
    set_up();
    send_announce(&rig, DEST, EPOCH);
}

static tp_bridge_stats_t stats(void)
{
    return rig_stats(rig.receiver);
}

static tp_bridge_mapping_status_t status(void)
{
    tp_bridge_mapping_status_t out;
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, 0, &out, NULL), TP_OK);
    return out;
}

/* One more chunk dropped for that reason, and nothing else. */
static void drops(const test_chunk_t *chunk, tp_bridge_chunk_drop_t reason)
{
    const tp_bridge_stats_t before = stats();
    send_chunk(&rig, chunk);
    const tp_bridge_stats_t after = stats();
    TP_CHECK_MSG(after.chunk_drops[reason] == before.chunk_drops[reason] + 1, "not dropped as %s",
                 tp_bridge_chunk_drop_name(reason));
    TP_CHECK_EQ_U64(after.chunks_dropped, before.chunks_dropped + 1);
    TP_CHECK_EQ_U64(after.chunks_received, before.chunks_received);
}

/* The sums are what they are made of. */
static void check_sums(void)
{
    const tp_bridge_stats_t s = stats();
    uint64_t chunks = 0;
    uint64_t frames = 0;
    for (int i = 0; i < TP_BRIDGE_CHUNK_DROPS; i++) {
        chunks +=
            i == TP_BRIDGE_CHUNK_GATE || i == TP_BRIDGE_CHUNK_DECODE || i == TP_BRIDGE_CHUNK_STREAM
                ? 0
                : s.chunk_drops[i];
    }
    for (int i = 0; i < TP_BRIDGE_FRAME_DROPS; i++) {
        frames += s.frame_drops[i];
    }
    TP_CHECK_EQ_U64(s.chunks_dropped, chunks);
    TP_CHECK_EQ_U64(s.frames_dropped, frames);
}

static void tear_down(void)
{
    check_sums();
    rig_close(&rig);
}

/* Proves: B-21, B-42 */
TP_TEST(without_an_announce_everything_is_dropped)
{
    set_up();
    drops(make_chunk(EPOCH, 0, 100, 1000, 0), TP_BRIDGE_CHUNK_ANNOUNCE);
    send_announce(&rig, DEST, EPOCH);
    TP_CHECK_EQ_U64(status().announced_epoch, EPOCH);
    send_frame(&rig, EPOCH, 1, 100, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    check_frame(&rig.frames[0], 1, 100);
    tear_down();
}

/* Proves: B-22, B-44 */
TP_TEST(chunks_of_other_epochs_are_dropped_and_a_higher_one_ends_what_is_open)
{
    set_up_announced();
    send_chunk(&rig, make_chunk(EPOCH, 5, 3000, 1000, 0));
    drops(make_chunk(EPOCH - 1, 5, 3000, 1000, 1), TP_BRIDGE_CHUNK_EPOCH);
    TP_CHECK_EQ_U64(status().frames_in_flight, 1);
    drops(make_chunk(EPOCH + 1, 5, 3000, 1000, 1), TP_BRIDGE_CHUNK_EPOCH);
    TP_CHECK_EQ_U64(status().frames_in_flight, 0);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_EPOCH], 1);
    /* The mark is where it was: one bad message does not block the stream. */
    send_frame(&rig, EPOCH, 6, 3000, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    tear_down();
}

/* Proves: B-25 */
TP_TEST(chunks_above_the_limits_of_the_options_are_dropped)
{
    static const struct {
        uint32_t mtu, chunk, max, limit;
    } rows[] = {
        { 0, 0, 0, 65535 }, { 1128, 0, 0, 1000 }, { 0, 900, 0, 900 }, { 2000, 0, 800, 800 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_prepare(&rig);
        rig.options.mtu_bytes = rows[i].mtu;
        rig.options.chunk_bytes = rows[i].chunk;
        rig.options.max_chunk_bytes = rows[i].max;
        rig_start_receiver(&rig);
        send_announce(&rig, DEST, EPOCH);
        const uint32_t limit = rows[i].limit;
        send_chunk(&rig, make_chunk(EPOCH, 1, limit, limit, 0));
        TP_CHECK_EQ_U64(stats().frames_rematerialized, 1);
        if (limit < 65535) {
            drops(make_chunk(EPOCH, 2, limit + 1, limit + 1, 0), TP_BRIDGE_CHUNK_LENGTH);
        }
        tear_down();
    }
}

/* Proves: B-26 */
TP_TEST(a_frame_too_large_for_anybody_is_dropped_once)
{
    rig_prepare(&rig);
    rig.options.max_payload_bytes = 50000;
    rig_start_receiver(&rig);
    send_announce(&rig, DEST, EPOCH);
    send_chunk(&rig, make_chunk(EPOCH, 1, 50000, 1000, 0));
    TP_CHECK_EQ_U64(stats().chunks_received, 1);
    for (uint32_t i = 0; i < 5; i++) {
        drops(make_chunk(EPOCH, 2, 50001, 1000, i), TP_BRIDGE_CHUNK_SIZE);
    }
    TP_CHECK_EQ_U64(stats().frames_dropped, 1);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_SIZE], 1);
    /* It ends an open frame of that name. */
    test_chunk_t *chunk = make_chunk(EPOCH, 1, 50000, 1000, 1);
    chunk->c.payload_len = 50001;
    drops(chunk, TP_BRIDGE_CHUNK_SIZE);
    TP_CHECK_EQ_U64(status().frames_in_flight, 0);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_SIZE], 2);
    tear_down();
    /* The strides, here and there, are LARGE. */
    set_up_announced();
    test_chunk_t *large = make_chunk(EPOCH, 1, 1000, 1000, 0);
    large->c.payload_len = LARGE + 1;
    large->c.count = 66;
    drops(large, TP_BRIDGE_CHUNK_SIZE);
    large->c.payload_len = LARGE;
    send_chunk(&rig, make_chunk(EPOCH, 2, LARGE, 1000, 0));
    TP_CHECK_EQ_U64(stats().chunks_received, 1);
    tear_down();
    set_up(); /* there it is 4096 */
    send_announce_of(&rig, DEST, EPOCH, 1);
    drops(make_chunk(EPOCH, 1, 4097, 1000, 0), TP_BRIDGE_CHUNK_SIZE);
    send_frame(&rig, EPOCH, 2, 4096, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    tear_down();
}

/* Proves: B-28, B-18 */
TP_TEST(chunks_come_in_any_order_and_the_newest_frames_stay)
{
    set_up_announced();
    for (uint32_t i = 5; i > 0; i--) {
        send_chunk(&rig, make_chunk(EPOCH, 3, 5000, 1000, i - 1));
    }
    TP_CHECK_EQ_U64(rig.nframes, 1);
    check_frame(&rig.frames[0], 3, 5000);
    /* Two in flight by default: a third evicts the oldest. */
    send_chunk(&rig, make_chunk(EPOCH, 4, 3000, 1000, 0));
    send_chunk(&rig, make_chunk(EPOCH, 5, 3000, 1000, 2));
    TP_CHECK_EQ_U64(status().frames_in_flight, 2);
    send_chunk(&rig, make_chunk(EPOCH, 6, 3000, 1000, 1));
    TP_CHECK_EQ_U64(status().frames_in_flight, 2);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_EVICTED], 1);
    drops(make_chunk(EPOCH, 4, 3000, 1000, 1), TP_BRIDGE_CHUNK_LATE);
    send_chunk(&rig, make_chunk(EPOCH, 5, 3000, 1000, 1));
    send_chunk(&rig, make_chunk(EPOCH, 5, 3000, 1000, 0));
    TP_CHECK_EQ_U64(rig.nframes, 2);
    check_frame(&rig.frames[1], 5, 3000);
    tear_down();
}

/* Proves: B-29, X-1 */
TP_TEST(chunks_that_contradict_their_frame_end_it)
{
    for (int i = 0; i < 4; i++) {
        set_up_announced();
        send_chunk(&rig, make_chunk(EPOCH, 1, 3000, 1000, 0));
        test_chunk_t *chunk = make_chunk(EPOCH, 1, 3000, 1000, 1);
        if (i == 0) {
            chunk->c.count = 4;
        } else if (i == 1) {
            chunk->c.payload_len = 3001;
        } else {
            chunk->c.trace_id = i == 2 ? 77 : 0; /* 0: the other layout alone is no contradiction */
        }
        send_chunk_in(&rig, chunk, i >= 2 ? TPI_DIALECT_V12 : TPI_DIALECT_V11, false);
        TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_CONFLICT], i < 3);
        TP_CHECK_EQ_U64(stats().chunk_drops[TP_BRIDGE_CHUNK_CONFLICT], i < 3);
        TP_CHECK_EQ_U64(status().frames_in_flight, i < 3 ? 0 : 1);
        tear_down();
    }
}

/* Proves: B-30 */
TP_TEST(the_same_chunk_again_is_ignored_and_another_in_its_place_ends_the_frame)
{
    for (int i = 0; i < 4; i++) {
        set_up_announced();
        send_chunk(&rig, make_chunk(EPOCH, 1, 3000, 1000, 0));
        send_chunk(&rig, make_chunk(EPOCH, 1, 3000, 1000, 1));
        drops(make_chunk(EPOCH, 1, 3000, 1000, 0), TP_BRIDGE_CHUNK_DUPLICATE);
        drops(make_chunk(EPOCH, 1, 3000, 1000, 1), TP_BRIDGE_CHUNK_DUPLICATE);
        TP_CHECK_EQ_U64(status().frames_in_flight, 1);
        test_chunk_t *chunk = make_chunk(EPOCH, 1, 3000, 1000, i == 3 ? 0 : 1);
        if (i == 0) {
            chunk->bytes[999] ^= 1;
        } else if (i == 1) {
            chunk->c.offset = 1001;
        } else if (i == 2) {
            chunk->c.length = 999;
        } else {
            chunk->slot[200] ^= 1; /* the header alone */
        }
        drops(chunk, TP_BRIDGE_CHUNK_CONFLICT);
        TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_CONFLICT], 1);
        drops(make_chunk(EPOCH, 1, 3000, 1000, 2), TP_BRIDGE_CHUNK_LATE);
        TP_CHECK_EQ_U64(rig.nframes, 0);
        tear_down();
    }
}

/* Three slices of 3000 bytes at these offsets; -1: as they should be. */
static void send_slices(uint64_t seq, const uint32_t offsets[3], const uint32_t lengths[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        test_chunk_t *chunk = make_chunk(EPOCH, seq, 3000, 1000, i);
        chunk->c.offset = offsets[i];
        chunk->c.length = lengths[i];
        for (uint32_t k = 0; k < lengths[i]; k++) {
            chunk->bytes[k] = frame_byte(seq, offsets[i] + k);
        }
        send_chunk(&rig, chunk);
    }
}

/* Proves: B-31, B-32 */
TP_TEST(any_gapless_slices_make_a_frame_and_overlaps_or_holes_do_not)
{
    set_up_announced();
    /* Of any lengths, and not in the order of their indices. */
    send_slices(1, (const uint32_t[]){ 0, 2500, 7 }, (const uint32_t[]){ 7, 500, 2493 });
    TP_CHECK_EQ_U64(rig.nframes, 1);
    check_frame(&rig.frames[0], 1, 3000);
    /* The sum is right, but two overlap and leave a hole. */
    send_slices(2, (const uint32_t[]){ 0, 999, 2000 }, (const uint32_t[]){ 1000, 1000, 1000 });
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_CONFLICT], 1);
    /* All are there, and a byte is missing. */
    send_slices(3, (const uint32_t[]){ 0, 1000, 2000 }, (const uint32_t[]){ 1000, 1000, 999 });
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_CONFLICT], 2);
    /* More bytes than the payload has: at once, not when the last has come. */
    test_chunk_t *chunk = make_chunk(EPOCH, 4, 3000, 2000, 0);
    chunk->c.count = 3;
    send_chunk(&rig, chunk);
    chunk = make_chunk(EPOCH, 4, 3000, 1000, 1);
    chunk->c.length = 1001;
    chunk->c.count = 3;
    drops(chunk, TP_BRIDGE_CHUNK_CONFLICT);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_CONFLICT], 3);
    /* More chunks than bytes: never. */
    chunk = make_chunk(EPOCH, 5, 10, 5, 0);
    chunk->c.count = 65535;
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    tear_down();
}

/* Proves: B-32 */
TP_TEST(nothing_is_in_shared_memory_before_a_frame_is_whole)
{
    set_up_announced();
    send_frame(&rig, EPOCH, 1, 3000, 1000);
    tp_producer_stats_t before, after;
    tp_producer_t *producer = rig.receiver->mappings[0].receiver->producer;
    tp_producer_stats(producer, &before);
    send_chunk(&rig, make_chunk(EPOCH, 2, 3000, 1000, 0));
    send_chunk(&rig, make_chunk(EPOCH, 2, 3000, 1000, 1));
    tp_producer_stats(producer, &after);
    TP_CHECK_EQ_U64(after.next_seq, before.next_seq); /* neither a slot nor a seq was taken */
    TP_CHECK_EQ_U64(rig.nframes, 1);
    send_chunk(&rig, make_chunk(EPOCH, 2, 3000, 1000, 2));
    TP_CHECK_EQ_U64(rig.nframes, 2);
    tear_down();
}

/* Proves: B-33, C-9 */
TP_TEST(a_frame_that_is_not_whole_in_time_is_dropped)
{
    set_up_announced();
    send_chunk(&rig, make_chunk(EPOCH, 1, 3000, 1000, 0));
    rig_advance(&rig, 200 * MS);
    send_chunk(&rig, make_chunk(EPOCH, 1, 3000, 1000, 1)); /* since the first, not since the last */
    rig_advance(&rig, 50 * MS);
    TP_CHECK_EQ_U64(status().frames_in_flight, 1);
    rig_advance(&rig, 20 * MS);
    TP_CHECK_EQ_U64(status().frames_in_flight, 0);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_TIMEOUT], 1);
    TP_CHECK_EQ_U64(stats().assemblies_reset, 1);
    drops(make_chunk(EPOCH, 1, 3000, 1000, 2), TP_BRIDGE_CHUNK_LATE);
    tear_down();
}

/* Proves: B-34 */
TP_TEST(late_chunks_open_nothing)
{
    set_up_announced();
    send_frame(&rig, EPOCH, 100, 1000, 1000);
    drops(make_chunk(EPOCH, 100, 1000, 1000, 0), TP_BRIDGE_CHUNK_LATE); /* just published */
    drops(make_chunk(EPOCH, 99, 1000, 1000, 0), TP_BRIDGE_CHUNK_LATE);  /* older */
    /* 16 frames that came to nothing are remembered, the one before them is not. */
    for (uint64_t seq = 200; seq < 217; seq++) {
        send_chunk(&rig, make_chunk(EPOCH, seq, 2000, 1000, 0));
        rig_advance(&rig, 300 * MS);
    }
    for (uint64_t seq = 201; seq < 217; seq++) {
        drops(make_chunk(EPOCH, seq, 2000, 1000, 1), TP_BRIDGE_CHUNK_LATE);
    }
    send_chunk(&rig, make_chunk(EPOCH, 200, 2000, 1000, 1));
    TP_CHECK_EQ_U64(status().frames_in_flight, 1);
    /* A later frame that is published ends an open one: its other chunks would be late. */
    send_frame(&rig, EPOCH, 300, 1000, 1000);
    TP_CHECK_EQ_U64(status().frames_in_flight, 0);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_ORDER], 1);
    tear_down();
}

/* Proves: B-35 */
TP_TEST(a_slot_header_that_breaks_a_rule_drops_the_frame)
{
    /* Bytes of the slot: the word, valuesLenBytes, payloadOffset, headerBytes' length and
       message header, dtype, order, ndims, a dim, a stride. */
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {
        { 0, 0x14 }, { 0, 0x15 }, { 8, 1 },     { 8, 0xFF },  { 18, 1 },    { 60, 191 },
        { 64, 183 }, { 66, 53 },  { 68, 0x85 }, { 70, 2 },    { 72, 12 },   { 72, 99 },
        { 74, 0 },   { 76, 0 },   { 76, 9 },    { 83, 0xFF }, { 86, 0x80 }, { 118, 0x80 }
    };
    set_up_announced();
    uint64_t seq = 10;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++, seq++) {
        test_chunk_t *chunk = make_chunk(EPOCH, 10, 1000, 1000, 0);
        chunk->slot[wrong[i].at] = wrong[i].value;
        if (i >= 2) { /* of another frame each time, under its own seq */
            chunk->c.seq = seq;
            tpi_put_u64(chunk->slot, tpi_word_committed(seq));
        }
        const uint64_t before = stats().frame_drops[TP_BRIDGE_FRAME_HEADER];
        if (i == 1) {
            rig_advance(&rig, 10 * MS);
            chunk->c.seq = seq;
        }
        send_chunk(&rig, chunk);
        TP_CHECK_MSG(stats().frame_drops[TP_BRIDGE_FRAME_HEADER] == before + 1,
                     "byte %zu as %u passed", wrong[i].at, wrong[i].value);
    }
    rig_forget(&rig);
    send_frame(&rig, EPOCH, 100, 1000, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    tear_down();
}

/* Proves: B-36 */
TP_TEST(the_source_pool_is_announced_and_large_enough_and_otherwise_of_no_interest)
{
    set_up_announced();
    test_chunk_t *chunk = make_chunk(EPOCH, 1, 1000, 1000, 0);
    tpi_put_u16(chunk->slot + 16, 3);
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_POOL], 1);
    chunk = make_chunk(EPOCH, 2, 4097, 4097, 0);
    tpi_put_u16(chunk->slot + 16, 1); /* announced with 4096 */
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_POOL], 2);
    chunk = make_chunk(EPOCH, 3, 1000, 1000, 0);
    tpi_put_u16(chunk->slot + 16, 2);     /* the large one: goes into the small one here */
    tpi_put_u32(chunk->slot + 12, 12345); /* payloadSlot */
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    TP_CHECK_EQ_U64(rig.frames[0].pool_id, 1);
    chunk = make_chunk(EPOCH, 4, 0, 1000, 0);
    tpi_put_u16(chunk->slot + 16, 77); /* an empty frame needs none (W-37) */
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(rig.nframes, 2);
    tear_down();
}

/* Proves: B-37, B-38, B-39 */
TP_TEST(a_frame_is_published_as_any_producer_would_under_its_own_seq)
{
    set_up_announced();
    rig_listen(&rig, "aeron:ipc", 1100);
    rig_run(&rig, 2);
    send_frame(&rig, EPOCH, 5, 4096, 1000);
    send_frame(&rig, EPOCH, 21, 4097, 1000); /* same slot, other pool; seqs between are gaps */
    TP_CHECK_EQ_U64(rig.nframes, 2);
    check_frame(&rig.frames[0], 5, 4096);
    check_frame(&rig.frames[1], 21, 4097);
    TP_CHECK_EQ_U64(rig.frames[0].pool_id, 1);
    TP_CHECK_EQ_U64(rig.frames[1].pool_id, 2);
    TP_CHECK_EQ_U64(rig.frames[1].timestamp_ns, 4711 + 21);
    TP_CHECK_EQ_U64(rig.frames[1].meta_version, 3);
    const uint64_t epoch = status().dest.epoch;
    TP_CHECK_EQ_U64(rig.frames[1].epoch, epoch);
    TP_CHECK_NE_U64(epoch, EPOCH);
    tp_consumer_stats_t consumed;
    tp_consumer_stats(rig.consumer, &consumed);
    TP_CHECK_EQ_U64(consumed.drops_gap, 20); /* 0 to 4, 6 to 20 */
    TP_CHECK_EQ_U64(consumed.drops_late, 0);
    TP_CHECK_EQ_U64(rig_count(&rig, 1100), 2);
    tpi_frame_descriptor_t d;
    const heard_t *heard = rig_heard(&rig, 1100, 1);
    TP_CHECK_EQ_I64(tpi_frame_descriptor_decode(heard->data, heard->len, &d), TP_OK);
    TP_CHECK_EQ_U64(d.stream_id, DEST);
    TP_CHECK_EQ_U64(d.epoch, epoch);
    TP_CHECK_EQ_U64(d.seq, 21);
    TP_CHECK_EQ_U64(d.header_index, 21 & (NSLOTS - 1));
    TP_CHECK_EQ_U64(d.meta_version, 3);
    TP_CHECK_EQ_U64(d.timestamp_ns, TPI_NULL_U64);
    /* The slot, byte for byte: the source's but for pool and payloadSlot; an unknown time stays
       unknown. */
    test_chunk_t *chunk = make_chunk(EPOCH, 22, 5000, 5000, 0);
    tpi_put_u64(chunk->slot + 22, 0);
    uint8_t want[256];
    memcpy(want, chunk->slot, sizeof want);
    send_chunk(&rig, chunk);
    tpi_put_u32(want + 12, 22 & (NSLOTS - 1));
    tpi_put_u16(want + 16, 2);
    uint8_t got[256];
    memcpy(got, tpi_mapping_slot(&rig.consumer->mapping, 22 & (NSLOTS - 1)), sizeof got);
    TP_CHECK_EQ_MEM(got, want, sizeof want);
    tear_down();
}

/* Proves: B-37 */
TP_TEST(a_frame_that_fits_no_local_pool_is_dropped)
{
    set_up_announced();
    /* The limits of B-26 keep that from happening, so the pools shrink behind their back. */
    tpi_receiver_t *r = rig.receiver->mappings[0].receiver;
    tpi_assembly_t *frame = NULL;
    send_chunk(&rig, make_chunk(EPOCH, 1, 2000, 1000, 0));
    frame = &r->assemblies.frames[0];
    TP_CHECK(frame->is_open);
    frame->payload_len = LARGE + 1000; /* as complete() would see it */
    frame->bytes = LARGE;
    frame->count = 2;
    tpi_put_u32(frame->header + 8, LARGE + 1000);
    tpi_put_u16(frame->header + 16, 2);
    tpi_put_u32(frame->header + 83, LARGE + 1000);
    r->pools[1].stride_bytes = 2 * LARGE;
    r->source_max_stride = 2 * LARGE;
    r->dest_max_stride = 2 * LARGE;
    r->assemblies.payload_cap = 2 * LARGE;
    frame->payload = realloc(frame->payload, 2 * LARGE);
    frame->slices[0].length = LARGE;
    test_chunk_t *chunk = make_chunk(EPOCH, 1, 2000, 1000, 1);
    chunk->c.payload_len = LARGE + 1000;
    chunk->c.offset = LARGE;
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_NOFIT], 1);
    TP_CHECK_EQ_U64(rig.nframes, 0);
    tear_down();
}

/* Proves: B-40 */
TP_TEST(seqs_never_go_back_within_a_local_epoch)
{
    set_up_announced();
    send_frame(&rig, EPOCH, 50, 1000, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    /* B-34 keeps older ones away; without its memory the order still holds. */
    rig.receiver->mappings[0].receiver->assemblies.has_completed = false;
    rig.receiver->mappings[0].receiver->assemblies.nclosed = 0;
    send_frame(&rig, EPOCH, 49, 1000, 1000);
    rig.receiver->mappings[0].receiver->assemblies.has_completed = false;
    rig.receiver->mappings[0].receiver->assemblies.nclosed = 0;
    send_frame(&rig, EPOCH, 50, 1000, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_ORDER], 2);
    send_frame(&rig, EPOCH, 51, 1000, 1000);
    TP_CHECK_EQ_U64(rig.nframes, 2);
    tear_down();
}

/* Proves: B-41, C-8 */
TP_TEST(a_lost_lease_ends_open_frames_and_the_next_one_goes_on)
{
    set_up_announced();
    send_chunk(&rig, make_chunk(EPOCH, 1, 2000, 1000, 0));
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, status().dest.lease_id, "test"), TP_OK);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_LEASE], 1);
    drops(make_chunk(EPOCH, 1, 2000, 1000, 1), TP_BRIDGE_CHUNK_LEASE);
    rig_advance(&rig, 3000 * MS);
    TP_CHECK_EQ_U64(status().dest.attaches, 2);
    send_announce(&rig, DEST, EPOCH);
    send_frame(&rig, EPOCH, 2, 2000, 1000);
    TP_CHECK_EQ_U64(stats().frames_rematerialized, 1);
    tear_down();
}

/* Proves: B-41 */
TP_TEST(a_descriptor_that_is_not_taken_is_counted_and_the_frame_is_there)
{
    set_up_announced();
    rig_listen(&rig, "aeron:ipc", 1100);
    rig_run(&rig, 2);
    tpi_fake_bus_force_send(rig.bus, 1100, TPI_SEND_BACK_PRESSURED, 1);
    send_frame(&rig, EPOCH, 1, 1000, 1000);
    send_frame(&rig, EPOCH, 2, 1000, 1000);
    TP_CHECK_EQ_U64(stats().descriptors_dropped, 1);
    TP_CHECK_EQ_U64(rig.nframes, 2);
    tear_down();
}

/* Proves: B-43, B-47 */
TP_TEST(a_new_source_epoch_drops_what_is_open_and_begins_a_new_local_one)
{
    set_up_announced();
    send_frame(&rig, EPOCH, 70, 1000, 1000);
    send_chunk(&rig, make_chunk(EPOCH, 71, 2000, 1000, 0));
    const uint64_t local = status().dest.epoch;
    send_announce(&rig, DEST, EPOCH + 1);
    TP_CHECK_EQ_U64(stats().frame_drops[TP_BRIDGE_FRAME_EPOCH], 1);
    rig_advance(&rig, 100 * MS);
    TP_CHECK_EQ_U64(status().dest.attaches, 2);
    TP_CHECK_GT_U64(status().dest.epoch, local);
    rig_forget(&rig);
    send_frame(&rig, EPOCH + 1, 0, 1000, 1000); /* starts over */
    rig_advance(&rig, 1500 * MS);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    check_frame(&rig.frames[0], 0, 1000);
    TP_CHECK_GT_U64(rig.frames[0].epoch, local);
    /* Where nothing was published a new source epoch needs no new local one. */
    const uint64_t attaches = status().dest.attaches;
    send_announce(&rig, DEST, EPOCH + 2);
    rig_advance(&rig, 100 * MS);
    TP_CHECK_EQ_U64(status().dest.attaches, attaches + 1);
    send_announce(&rig, DEST, EPOCH + 3);
    rig_advance(&rig, 100 * MS);
    TP_CHECK_EQ_U64(status().dest.attaches, attaches + 1);
    send_frame(&rig, EPOCH + 3, 0, 1000, 1000);
    TP_CHECK_EQ_U64(stats().frames_rematerialized, 3);
    tear_down();
}

/* Proves: B-45, B-46 */
TP_TEST(a_lower_epoch_is_believed_when_the_higher_one_has_been_silent)
{
    set_up_announced();
    send_announce(&rig, DEST, EPOCH - 10);
    TP_CHECK_EQ_U64(status().announced_epoch, EPOCH);
    TP_CHECK_EQ_U64(stats().control_ignored, 1);
    rig_advance(&rig, 2000 * MS);
    send_announce(&rig, DEST, EPOCH); /* still there */
    rig_advance(&rig, 2000 * MS);
    send_announce(&rig, DEST, EPOCH - 10);
    TP_CHECK_EQ_U64(status().announced_epoch, EPOCH);
    rig_advance(&rig, 1100 * MS);
    send_announce(&rig, DEST, EPOCH - 10);
    TP_CHECK_EQ_U64(status().announced_epoch, EPOCH - 10);
    send_frame(&rig, EPOCH - 10, 0, 1000, 1000);
    TP_CHECK_EQ_U64(stats().frames_rematerialized, 1);
    tear_down();
}

/* Proves: B-8 */
TP_TEST(a_mapping_takes_its_destination_id_and_its_source_id_unless_that_is_anothers)
{
    test_chunk_t *chunk;
    rig_prepare(&rig);
    rig.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = DEST, .dest_stream_id = DEST + 1 };
    rig.options.mappings_count = 2;
    rig_start_receiver(&rig);
    TP_CHECK_EQ_STR(rig.events, "");    /* a chain is no cycle */
    send_announce(&rig, SOURCE, EPOCH); /* as a source: mapping 0 */
    chunk = make_chunk(EPOCH, 1, 1000, 1000, 0);
    chunk->c.stream_id = SOURCE;
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    /* DEST is mapping 0's destination, so it is not mapping 1's source. */
    tp_bridge_stats_t other;
    chunk = make_chunk(EPOCH, 2, 1000, 1000, 0);
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(rig.nframes, 2);
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, 1, NULL, &other), TP_OK);
    TP_CHECK_EQ_U64(other.chunks_received + other.chunks_dropped, 0);
    chunk = make_chunk(EPOCH, 3, 1000, 1000, 0);
    chunk->c.stream_id = 4242;
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(stats().chunk_drops[TP_BRIDGE_CHUNK_STREAM], 1);
    TP_CHECK_EQ_U64(rig.nframes, 2);
    tear_down();
    /* A sender here sends under it. */
    rig_prepare(&rig);
    rig.mappings[0].role = TP_BRIDGE_RECEIVER;
    rig.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = SOURCE + 1,
                                             .dest_stream_id = SOURCE,
                                             .role = TP_BRIDGE_SENDER };
    rig.options.mappings_count = 2;
    rig_start_receiver(&rig);
    chunk = make_chunk(EPOCH, 1, 1000, 1000, 0);
    chunk->c.stream_id = SOURCE;
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(stats().chunk_drops[TP_BRIDGE_CHUNK_STREAM], 1);
    tear_down();
}

/* Two senders of one stream, as on a multicast group. Proves: B-28, B-6 */
TP_TEST(frames_of_two_sessions_are_kept_apart)
{
    set_up_announced();
    tpi_publication_t *other;
    TP_CHECK_EQ_I64(tpi_link_add_publication(rig.peer, &other, WIRE, PAYLOAD_ID, true), TP_OK);
    rig_run(&rig, 2);
    send_chunk(&rig, make_chunk(EPOCH, 1, 2000, 1000, 0));
    tpi_publication_t *first = rig.payload_pub;
    rig.payload_pub = other;
    send_chunk(&rig, make_chunk(EPOCH, 1, 2000, 1000, 1));
    TP_CHECK_EQ_U64(status().frames_in_flight, 2);
    TP_CHECK_EQ_U64(rig.nframes, 0);
    send_chunk(&rig, make_chunk(EPOCH, 1, 2000, 1000, 0));
    TP_CHECK_EQ_U64(rig.nframes, 1); /* the other's is whole; the first one's is the same frame */
    TP_CHECK_EQ_U64(status().frames_in_flight, 0);
    TP_CHECK_EQ_U64(stats().frames_dropped, 0);
    rig.payload_pub = first;
    drops(make_chunk(EPOCH, 1, 2000, 1000, 1), TP_BRIDGE_CHUNK_LATE);
    tear_down();
}

TP_TEST(a_checksum_is_asked_for_where_there_is_room_for_one)
{
    rig_prepare(&rig);
    rig.options.integrity_crc32c = true;
    rig_start_receiver(&rig);
    send_announce(&rig, DEST, EPOCH);
    send_chunk_in(&rig, make_chunk(EPOCH, 1, 1000, 1000, 0), TPI_DIALECT_V12, true);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    send_chunk_in(&rig, make_chunk(EPOCH, 2, 1000, 1000, 0), TPI_DIALECT_V12, false); /* 0 */
    TP_CHECK_EQ_U64(stats().chunk_drops[TP_BRIDGE_CHUNK_CRC], 1);
    test_chunk_t *chunk = make_chunk(EPOCH, 3, 1000, 1000, 0);
    uint8_t message[2000];
    const size_t len = tpi_chunk_size(TPI_DIALECT_V12, true, 1000);
    memcpy(tpi_chunk_put(message, TPI_DIALECT_V12, &chunk->c), chunk->bytes, 1000);
    tpi_chunk_seal(message, len);
    for (size_t at = 65; at < len; at += 97) { /* header and payload alike */
        message[at] ^= 0x10;
        offer(rig.payload_pub, message, len);
        rig_run(&rig, 2);
        message[at] ^= 0x10;
    }
    TP_CHECK_EQ_U64(rig.nframes, 1);
    offer(rig.payload_pub, message, len);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(rig.nframes, 2);
    send_chunk(&rig, make_chunk(EPOCH, 4, 1000, 1000, 0)); /* v1.1 has none */
    TP_CHECK_EQ_U64(rig.nframes, 3);
    tear_down();
}

/* Proves: B-4 */
TP_TEST(an_allocated_destination_is_the_lowest_id_that_is_free)
{
    rig_prepare(&rig);
    rig.mappings[0].dest_stream_id = 0;
    rig.options.dest_stream_id_range = (tp_id_range_t){ 50000, 50001 };
    rig_start_driver(&rig);
    rig.receiver_client = rig_client(&rig);
    /* Somebody is the producer of the first one. */
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = 50000;
    TP_CHECK_EQ_I64(tp_producer_create(&rig.producer, rig.app, &options), TP_OK);
    rig_advance(&rig, 100 * MS);
    rig.receiver = rig_bridge(&rig, rig.receiver_client, TP_BRIDGE_RECEIVER);
    TP_CHECK_EQ_U64(status().dest_stream_id, 50000);
    rig_advance(&rig, 300 * MS);
    TP_CHECK_EQ_U64(status().dest_stream_id, 50001);
    TP_CHECK_EQ_I64(status().dest.state, TP_ATTACH_ATTACHED);
    rig_make_consumer(&rig, 50001);
    rig_advance(&rig, 100 * MS);
    send_announce(&rig, SOURCE, EPOCH); /* the sender cannot know the id (B-8) */
    test_chunk_t *chunk = make_chunk(EPOCH, 1, 1000, 1000, 0);
    chunk->c.stream_id = SOURCE;
    send_chunk(&rig, chunk);
    TP_CHECK_EQ_U64(rig.nframes, 1);
    tear_down();
    /* None is free. */
    rig_prepare(&rig);
    rig.mappings[0].dest_stream_id = 0;
    rig.options.dest_stream_id_range = (tp_id_range_t){ 50000, 50000 };
    rig_start_driver(&rig);
    rig.receiver_client = rig_client(&rig);
    TP_CHECK_EQ_I64(tp_producer_create(&rig.producer, rig.app, &options), TP_OK);
    rig_advance(&rig, 100 * MS);
    rig.receiver = rig_bridge(&rig, rig.receiver_client, TP_BRIDGE_RECEIVER);
    rig_advance(&rig, 300 * MS);
    TP_CHECK(status().is_failed);
    TP_CHECK_CONTAINS(rig.events, "dest_stream_id_range 50000-50000: no id is left");
    tear_down();
}

/* Proves: B-3 */
TP_TEST(a_destination_with_another_producer_is_said_and_tried_on)
{
    rig_prepare(&rig);
    rig_start_driver(&rig);
    rig.receiver_client = rig_client(&rig);
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = DEST;
    TP_CHECK_EQ_I64(tp_producer_create(&rig.producer, rig.app, &options), TP_OK);
    rig_advance(&rig, 100 * MS);
    rig.receiver = rig_bridge(&rig, rig.receiver_client, TP_BRIDGE_RECEIVER);
    rig_advance(&rig, 2000 * MS);
    TP_CHECK_CONTAINS(rig.events,
                      "40: mapping 10000 to 20000: dest_stream_id 20000: the driver refuses it: ");
    TP_CHECK_EQ_U64(status().dest.attaches, 0);
    /* It goes on as soon as the other one is gone. */
    tp_bridge_t *bridge = rig.receiver;
    TP_CHECK_EQ_I64(
        tp_driver_revoke(rig.driver, tpi_producer_attachment(rig.producer)->lease_id, "t"), TP_OK);
    tpi_attachment_close((tpi_attachment_t *)(uintptr_t)tpi_producer_attachment(rig.producer),
                         rig.now_ns);
    rig_advance(&rig, 6000 * MS);
    rig.receiver = bridge;
    TP_CHECK_EQ_I64(status().dest.state, TP_ATTACH_ATTACHED);
    tear_down();
}

TP_TEST_MAIN()
