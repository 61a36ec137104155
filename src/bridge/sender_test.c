/*
 * The sending half, rule by rule: a peer hears what goes over the wire. The linker sends
 * tpi_chunk_put here, which is where a chunk is built: behind the claim and before its slice is
 * copied.
 */
#include "bridge/bridge_test_util.h"

static rig_t rig;

static uint64_t built;
static uint64_t act_at; /* which call */
static void (*act)(void);

uint8_t *__real_tpi_chunk_put(uint8_t *out, tpi_dialect_t dialect, const tpi_chunk_t *chunk);
uint8_t *__wrap_tpi_chunk_put(uint8_t *out, tpi_dialect_t dialect, const tpi_chunk_t *chunk);
uint8_t *__wrap_tpi_chunk_put(uint8_t *out, tpi_dialect_t dialect, const tpi_chunk_t *chunk)
{
    if (++built == act_at && act != NULL) {
        act();
    }
    return __real_tpi_chunk_put(out, dialect, chunk);
}

/* The n-th claim finds the log full, though there was room when it was looked at: as at the end
 * of a term, where padding takes what is left. */
static uint64_t claims_to_padding; /* 0: never */
static void fill_the_log(void);

tpi_send_t __real_tpi_publication_claim(tpi_publication_t *pub, size_t len,
                                        tpi_claim_buffer_t *out_claim);
tpi_send_t __wrap_tpi_publication_claim(tpi_publication_t *pub, size_t len,
                                        tpi_claim_buffer_t *out_claim);
tpi_send_t __wrap_tpi_publication_claim(tpi_publication_t *pub, size_t len,
                                        tpi_claim_buffer_t *out_claim)
{
    if (claims_to_padding > 0 && len > 500 && --claims_to_padding == 0) {
        fill_the_log();
    }
    return __real_tpi_publication_claim(pub, len, out_claim);
}

static void act_in(uint64_t calls, void (*what)(void))
{
    built = 0;
    act_at = calls;
    act = what;
}

static tp_bridge_stats_t stats(void)
{
    return rig_stats(rig.sender);
}

static void set_up(uint32_t chunk_bytes)
{
    act = NULL;
    rig_prepare(&rig);
    rig.options.chunk_bytes = chunk_bytes;
    rig_start_sender(&rig);
    rig_forget(&rig);
}

/* Every frame read ended as exactly one thing. */
static void tear_down(void)
{
    const tp_bridge_stats_t s = stats();
    TP_CHECK_EQ_U64(s.frames_read, s.frames_forwarded + s.frames_torn + s.frames_oversize +
                                       s.frames_unsent + s.frames_unannounced);
    rig_close(&rig);
}

static tpi_chunk_t heard_chunk(size_t i)
{
    tpi_chunk_t c;
    const heard_t *heard = rig_heard(&rig, PAYLOAD_ID, i);
    TP_CHECK_EQ_I64(tpi_chunk_decode(heard->data, heard->len, &c), TPI_CHUNK_OK);
    return c;
}

/* Proves: B-12, B-13, B-14, B-11, B-18 */
TP_TEST(a_frame_is_cut_into_slices_without_gaps_and_the_first_carries_the_slot)
{
    static const struct {
        size_t length, chunks;
    } rows[] = { { 0, 1 }, { 1, 1 }, { 1000, 1 }, { 1001, 2 }, { 2000, 2 }, { 65536, 66 } };
    set_up(1000);
    for (size_t f = 0; f < sizeof rows / sizeof rows[0]; f++) {
        rig_forget(&rig);
        const uint64_t seq = publish(&rig, rows[f].length);
        rig_run(&rig, 3);
        TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), rows[f].chunks);
        uint32_t at = 0;
        for (size_t i = 0; i < rows[f].chunks; i++) {
            const tpi_chunk_t c = heard_chunk(i);
            TP_CHECK_EQ_U64(c.stream_id, DEST);
            TP_CHECK_EQ_U64(c.epoch, tpi_consumer_epoch(rig.sender->mappings[0].sender->consumer));
            TP_CHECK_EQ_U64(c.seq, seq);
            TP_CHECK_EQ_U64(c.index, i);
            TP_CHECK_EQ_U64(c.count, rows[f].chunks);
            TP_CHECK_EQ_U64(c.offset, at);
            TP_CHECK_EQ_U64(c.payload_len, rows[f].length);
            TP_CHECK_EQ_U64(c.length, i + 1 < rows[f].chunks ? 1000 : rows[f].length - at);
            TP_CHECK_EQ_U64(c.payload.len, c.length);
            TP_CHECK(!c.has_crc_field);
            for (uint32_t k = 0; k < c.length; k++) {
                TP_CHECK(c.payload.data[k] == frame_byte(seq, at + k));
            }
            TP_CHECK(c.is_header_included == (i == 0));
            TP_CHECK_EQ_U64(c.header.len, i == 0 ? 256 : 0);
            at += c.length;
        }
        const tpi_chunk_t first = heard_chunk(0);
        const tpi_mapping_t *ring = &rig.sender->mappings[0].sender->consumer->mapping;
        TP_CHECK_EQ_MEM(first.header.data, tpi_mapping_slot(ring, (uint32_t)seq & ring->mask), 256);
        TP_CHECK_EQ_U64(tpi_get_u64(first.header.data), tpi_word_committed(seq));
        TP_CHECK_EQ_U64(at, rows[f].length);
    }
    tear_down();
}

/* Proves: B-12 */
TP_TEST(a_frame_of_too_many_chunks_or_bytes_is_not_sent_and_said_once)
{
    set_up(1);
    publish(&rig, 65536);
    publish(&rig, 65536);
    publish(&rig, 10);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frames_oversize, 2);
    TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), 10);
    TP_CHECK_CONTAINS(rig.events, "30: mapping 10000 to 20000: a frame of 65536 bytes is more than "
                                  "65535 chunks of 1: it is not sent; expected chunk_bytes of "
                                  "at least 2");
    TP_CHECK(strstr(strstr(rig.events, "65535 chunks") + 1, "65535 chunks") == NULL);
    tear_down();
    rig_prepare(&rig);
    rig.options.max_payload_bytes = 5000;
    rig_start_sender(&rig);
    publish(&rig, 5001);
    publish(&rig, 5000);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frames_oversize, 1);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    TP_CHECK_CONTAINS(rig.events, "a frame of 5001 bytes is above max_payload_bytes, 5000");
    tear_down();
}

/* The producer goes round the ring once, so that the frame being sent is overwritten. */
static void overwrite(void)
{
    for (int i = 0; i < NSLOTS; i++) {
        tp_claim_t claim;
        TP_CHECK_EQ_I64(tp_producer_claim(rig.producer, LARGE, &claim), TP_OK);
        memset(claim.data, 0xEE, LARGE);
        TP_CHECK_EQ_I64(tp_producer_abort(rig.producer, &claim), TP_OK);
    }
}

static bool carries_overwritten_bytes(const heard_t *heard)
{
    tpi_chunk_t c;
    TP_CHECK_EQ_I64(tpi_chunk_decode(heard->data, heard->len, &c), TPI_CHUNK_OK);
    for (uint32_t i = 0; i < c.length; i++) {
        if (c.payload.data[i] != frame_byte(c.seq, c.offset + i)) {
            return true;
        }
    }
    return false;
}

/* Proves: B-15, B-10 */
TP_TEST(a_frame_that_is_overwritten_while_it_is_sent_is_given_up_at_once)
{
    /* In the first chunk, which goes by offer or by claim; in the middle; in the last. */
    static const struct {
        uint32_t chunk_bytes;
        uint64_t at;
    } rows[] = { { 1280, 1 }, { 1000, 1 }, { 1000, 30 }, { 1000, 66 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(rows[i].chunk_bytes);
        publish(&rig, LARGE);
        act_in(rows[i].at, overwrite);
        rig_run(&rig, 3);
        TP_CHECK_EQ_U64(stats().frames_torn, 1);
        TP_CHECK_EQ_U64(stats().frames_forwarded, 0);
        TP_CHECK_EQ_U64(stats().chunks_sent, rows[i].at - 1);
        TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), rows[i].at - 1);
        for (size_t k = 0; k < rows[i].at - 1; k++) {
            TP_CHECK(!carries_overwritten_bytes(rig_heard(&rig, PAYLOAD_ID, k)));
        }
        tp_consumer_stats_t consumed; /* the consumer's books know it, too */
        tp_consumer_stats(rig.sender->mappings[0].sender->consumer, &consumed);
        TP_CHECK_EQ_U64(consumed.drops[TP_DROP_CHANGED], 1);
        act = NULL;
        const uint64_t seq = publish(&rig, 10);
        rig_forget(&rig);
        rig_run(&rig, 3);
        TP_CHECK_EQ_U64(heard_chunk(0).seq, seq);
        tear_down();
    }
}

/* Proves: B-15, C-3 */
TP_TEST(a_large_frame_takes_several_turns_and_may_be_lost_between_them)
{
    set_up(64); /* 1024 chunks */
    publish(&rig, LARGE);
    TP_CHECK_LE_I64(tp_bridge_do_work(rig.sender), 600);
    TP_CHECK_EQ_U64(stats().chunks_sent, 512);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().chunks_sent, 1024);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    publish(&rig, LARGE);
    tp_bridge_do_work(rig.sender);
    overwrite();
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frames_torn, 1);
    TP_CHECK_EQ_U64(stats().chunks_sent, 1024 + 512);
    tear_down();
}

/* A producer that ends in order right after its last frame. */
TP_TEST(the_last_frame_of_a_producer_is_sent_whole)
{
    set_up(32); /* 2048 chunks */
    publish(&rig, LARGE);
    tp_bridge_do_work(rig.sender);
    TP_CHECK_EQ_U64(stats().chunks_sent, 512);
    tpi_attachment_close((tpi_attachment_t *)(uintptr_t)tpi_producer_attachment(rig.producer),
                         rig.now_ns);
    for (int i = 0; i < 2; i++) { /* the notice comes while the frame is under way */
        tp_client_do_work(rig.app);
        tp_driver_do_work(rig.driver);
    }
    for (int i = 0; i < 6; i++) {
        rig_forget(&rig);
        rig_turn(&rig);
    }
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    tear_down();
}

/* Proves: C-8 */
TP_TEST(a_lease_lost_in_the_middle_of_a_frame_ends_it)
{
    set_up(32);
    publish(&rig, LARGE);
    tp_bridge_do_work(rig.sender);
    tp_bridge_mapping_status_t status;
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.sender, 0, &status, NULL), TP_OK);
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, status.source.lease_id, "test"), TP_OK);
    tp_driver_do_work(rig.driver);
    tp_bridge_do_work(rig.sender); /* the frame's memory is not mapped any more */
    TP_CHECK_EQ_U64(stats().chunks_sent, 512);
    TP_CHECK_EQ_U64(stats().frames_torn, 1);
    tear_down();
}

TP_TEST(a_sender_that_is_far_behind_goes_to_the_newest_frame)
{
    set_up(1000);
    for (int i = 0; i < 3 * NSLOTS / 4; i++) {
        publish(&rig, 100);
    }
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 3 * NSLOTS / 4);
    for (int i = 0; i <= 3 * NSLOTS / 4; i++) {
        publish(&rig, 100);
    }
    rig_forget(&rig);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), 1);
    TP_CHECK_EQ_U64(heard_chunk(0).seq, rig.published - 1);
    tp_bridge_mapping_status_t status;
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.sender, 0, &status, NULL), TP_OK);
    TP_CHECK_EQ_U64(status.source_drops_gap, 3 * NSLOTS / 4);
    tear_down();
}

/* Proves: B-16, C-5 */
TP_TEST(what_fits_is_claimed_and_a_first_chunk_that_does_not_is_offered)
{
    set_up(0);
    TP_CHECK_CONTAINS(rig.events, "20: chunks carry 1280 bytes; with chunk_bytes = 1063 or less");
    publish(&rig, 3000);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), 3);
    TP_CHECK_EQ_U64(rig_heard(&rig, PAYLOAD_ID, 0)->len, 57 + 256 + 1280); /* beyond a claim */
    TP_CHECK_EQ_U64(rig_heard(&rig, PAYLOAD_ID, 1)->len, 57 + 1280);
    TP_CHECK_EQ_U64(rig_heard(&rig, PAYLOAD_ID, 2)->len, 57 + 440);
    tear_down();
    set_up(1063);
    TP_CHECK(strstr(rig.events, "chunks carry") == NULL);
    publish(&rig, 3000);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig_heard(&rig, PAYLOAD_ID, 0)->len, TPI_FAKE_MAX_CLAIM);
    tear_down();
}

static void refuse_next(void)
{
    tpi_fake_bus_force_send(rig.bus, PAYLOAD_ID, TPI_SEND_BACK_PRESSURED, 1);
}

/* Proves: B-17 */
TP_TEST(a_chunk_that_is_refused_ends_its_frame_and_nothing_else)
{
    set_up(1000);
    publish(&rig, 10000);
    publish(&rig, 10000);
    act_in(4, refuse_next);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frames_unsent, 1);
    TP_CHECK_EQ_U64(stats().chunks_unsent, 6);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    TP_CHECK_EQ_U64(stats().chunks_sent, 14);
    TP_CHECK_EQ_U64(heard_chunk(3).index, 3);
    TP_CHECK_EQ_U64(heard_chunk(4).seq, 1); /* no second try */
    tear_down();
}

/* Proves: C-4 */
TP_TEST(a_term_that_turns_is_tried_three_times)
{
    set_up(1000);
    tpi_fake_bus_force_send(rig.bus, PAYLOAD_ID, TPI_SEND_ADMIN_ACTION, 2);
    publish(&rig, 100);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    tpi_fake_bus_force_send(rig.bus, PAYLOAD_ID, TPI_SEND_ADMIN_ACTION, 3);
    publish(&rig, 100);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().frames_unsent, 1);
    publish(&rig, 100);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 2);
    tear_down();
}

/* Proves: B-17, C-4 */
TP_TEST(a_frame_waits_for_room_as_long_as_receivers_would_wait_for_it)
{
    set_up(16); /* 4096 chunks: the fake's queue */
    /* Somebody who does not poll. */
    tpi_link_t *link;
    tpi_subscription_t *sub;
    TP_CHECK_EQ_I64(tpi_link_create_fake(&link, rig.bus), TP_OK);
    TP_CHECK_EQ_I64(tpi_link_add_subscription(link, &sub, WIRE, PAYLOAD_ID, NULL, NULL), TP_OK);
    tpi_link_do_work(link, rig.now_ns);
    publish(&rig, 100); /* 7 */
    publish(&rig, LARGE);
    for (int i = 0; i < 20; i++) {
        rig_forget(&rig);
        rig_turn(&rig);
    }
    TP_CHECK_EQ_U64(stats().chunks_sent, TPI_FAKE_QUEUE_MAX);
    TP_CHECK_EQ_U64(stats().frames_unsent, 0); /* it waits */
    while (tpi_subscription_poll(sub, rig_on_message, &(rig_listening_t){ &rig, 1 }, 1000) > 0) {
        rig_forget(&rig);
    }
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 2); /* and goes on */
    publish(&rig, LARGE);
    for (int i = 0; i < 20; i++) {
        rig_forget(&rig);
        rig_turn(&rig);
    }
    rig_advance(&rig, 240 * MS);
    TP_CHECK_EQ_U64(stats().frames_unsent, 0);
    rig_advance(&rig, 20 * MS);
    TP_CHECK_EQ_U64(stats().frames_unsent, 1);
    TP_CHECK_GT_U64(stats().chunks_unsent, 0);
    tpi_link_destroy(link);
    tear_down();
}

static void fill_the_log(void)
{
    while (tpi_publication_offer(rig.payload_pub, "x", 1) == TPI_SEND_OK) {
    }
}

static void forget_message(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info)
{
    (void)clientd, (void)data, (void)len, (void)info;
}

/* Proves: B-17 */
TP_TEST(a_log_that_is_full_when_it_did_not_look_so_is_waited_for_too)
{
    set_up(1000);
    publish(&rig, 10000);
    claims_to_padding = 4;
    tp_bridge_do_work(rig.sender);
    TP_CHECK_EQ_U64(stats().chunks_sent, 3);
    TP_CHECK_EQ_U64(stats().frames_unsent, 0);
    while (tpi_subscription_poll(rig.subs[0], forget_message, NULL, 1000) > 0) {
    }
    tp_bridge_do_work(rig.sender);
    TP_CHECK_EQ_U64(stats().chunks_sent, 10);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    tear_down();
}

/* Proves: B-19, B-2 */
TP_TEST(no_chunk_of_an_epoch_goes_before_its_announce)
{
    act = NULL;
    rig_prepare(&rig);
    rig_start_driver(&rig);
    rig_listen(&rig, WIRE, PAYLOAD_ID);
    rig_listen(&rig, WIRE, CONTROL_ID);
    rig.sender_client = rig_client(&rig);
    rig_make_producer(&rig);
    rig_advance(&rig, 100 * MS);
    tpi_fake_bus_force_send(rig.bus, CONTROL_ID, TPI_SEND_BACK_PRESSURED, -1);
    rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_SENDER);
    rig_advance(&rig, 1500 * MS);
    for (int i = 0; i < 4; i++) {
        publish(&rig, 100);
    }
    rig_advance(&rig, 1500 * MS);
    TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), 0);
    TP_CHECK_GE_U64(stats().control_lost, 2);
    tpi_fake_bus_force_send(rig.bus, CONTROL_ID, TPI_SEND_OK, 0);
    rig_run(&rig, 3);                                /* the last announce is tried again */
    TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), 4); /* the ring kept them */
    TP_CHECK_EQ_U64(heard_chunk(0).seq, 0);
    tear_down();
}

/* Proves: B-19 */
TP_TEST(without_anybody_to_tell_frames_pass_by)
{
    act = NULL;
    rig_prepare(&rig);
    rig_start_driver(&rig);
    rig.sender_client = rig_client(&rig);
    rig_make_producer(&rig);
    rig_advance(&rig, 100 * MS);
    rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_SENDER);
    rig_advance(&rig, 1500 * MS);
    for (int i = 0; i < 3; i++) {
        publish(&rig, 100);
    }
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(stats().frames_unannounced, 3);
    TP_CHECK_EQ_U64(tpi_fake_bus_sent(rig.bus, PAYLOAD_ID), 0);
    tear_down();
}

/* Proves: C-8, B-43 */
TP_TEST(a_lost_lease_and_a_new_epoch_are_survived)
{
    set_up(1000);
    publish(&rig, 100);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 1);
    const uint64_t epoch = heard_chunk(0).epoch;
    tp_bridge_mapping_status_t status;
    tp_bridge_mapping(rig.sender, 0, &status, NULL);
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, status.source.lease_id, "test"), TP_OK);
    rig_run(&rig, 2);
    publish(&rig, 100);
    rig_advance(&rig, 3000 * MS);
    publish(&rig, 100);
    rig_run(&rig, 2);
    TP_CHECK_EQ_U64(stats().frames_forwarded, 3); /* the ring kept the one of the meantime */
    tp_producer_renew(rig.producer);
    rig_advance(&rig, 1500 * MS);
    rig_forget(&rig);
    publish(&rig, 100);
    rig_run(&rig, 2);
    TP_CHECK_GT_U64(heard_chunk(0).epoch, epoch);
    TP_CHECK_EQ_U64(heard_chunk(0).seq, 0);
    TP_CHECK_GE_U64(stats().source_epochs, 1);
    tear_down();
}

/* Proves: X-3 */
TP_TEST(with_v12_chunks_have_the_other_form_their_trace_and_a_checksum)
{
    act = NULL;
    rig_prepare(&rig);
    rig.client_options.wire_dialect = TP_WIRE_V12;
    rig.options.integrity_crc32c = true;
    rig.options.chunk_bytes = 1000;
    rig_start_sender(&rig);
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(rig.producer, 1500, &claim), TP_OK);
    memset(claim.data, 7, 1500);
    tp_frame_info_t info = { .timestamp_ns = 1, .trace_id = UINT64_C(0x0102030405060708) };
    TP_CHECK_EQ_I64(tp_tensor_init(&info.tensor, TP_UINT8, 1, (int32_t[]){ 1500 }), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(rig.producer, &claim, 1500, &info), TP_OK);
    rig_run(&rig, 4);
    TP_CHECK_EQ_U64(rig_count(&rig, PAYLOAD_ID), 2);
    for (size_t i = 0; i < 2; i++) {
        const tpi_chunk_t c = heard_chunk(i);
        TP_CHECK(c.has_crc_field);
        TP_CHECK_EQ_U64(c.trace_id, info.trace_id);
        TP_CHECK_EQ_U64(c.crc32c, tpi_chunk_crc(&c));
    }
    publish(&rig, 10); /* without a trace */
    rig_run(&rig, 4);
    TP_CHECK_EQ_U64(heard_chunk(2).trace_id, 0);
    tear_down();
}

/* Proves: C-7 */
TP_TEST(each_lease_has_a_client_id_of_its_own)
{
    act = NULL;
    rig_prepare(&rig);
    rig.mappings[1] =
        (tp_bridge_mapping_t){ .source_stream_id = SOURCE + 1, .dest_stream_id = DEST + 1 };
    rig.options.mappings_count = 2;
    rig.options.client_id_base = 900;
    rig_start_driver(&rig);
    rig.sender_client = rig_client(&rig);
    rig.sender = rig_bridge(&rig, rig.sender_client, TP_BRIDGE_BOTH);
    rig_advance(&rig, 500 * MS);
    for (size_t i = 0; i < 2; i++) {
        tp_bridge_mapping_status_t status;
        TP_CHECK_EQ_I64(tp_bridge_mapping(rig.sender, i, &status, NULL), TP_OK);
        TP_CHECK_EQ_U64(status.source.client_id, 900 + 2 * i);
        TP_CHECK_EQ_U64(status.dest.client_id, 901 + 2 * i);
        TP_CHECK_EQ_I64(status.source.state, TP_ATTACH_ATTACHED);
        TP_CHECK_EQ_I64(status.dest.state, TP_ATTACH_ATTACHED);
    }
    tear_down();
}

TP_TEST_MAIN()
