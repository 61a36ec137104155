/*
 * Fail the nth allocation, for n = 0, 1, 2 ... until nothing fails: a bridge is made whole or not
 * at all, and what fails while it works costs what needed it and nothing else.
 */
#include "bridge/bridge_test_util.h"

/* The linker sends every call of these here (--wrap). */
static long to_failure = -1;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool fails_now(void)
{
    return to_failure >= 0 && to_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

static rig_t rig;

TP_TEST(a_bridge_is_made_whole_or_not_at_all)
{
    for (int dialect = 0; dialect < 2; dialect++) {
        rig_prepare(&rig);
        rig.client_options.wire_dialect = dialect == 0 ? TP_WIRE_V11 : TP_WIRE_V12;
        rig.mappings[0].source_control_stream_id = 1250;
        rig.mappings[0].dest_control_stream_id = 1251;
        rig.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = SOURCE + 1,
                                                 .source_control_stream_id = 1250,
                                                 .dest_control_stream_id = 1252,
                                                 .profile = "raw" };
        rig.options.mappings_count = 2;
        rig.options.dest_stream_id_range = (tp_id_range_t){ 50000, 50001 };
        rig.options.forward_qos = true;
        rig.options.forward_progress = true;
        rig.options.forward_metadata = TP_BRIDGE_ON;
        rig.options.forward_tracelink = dialect == 1;
        rig.options.metadata_channel = WIRE;
        rig.options.metadata_stream_id = METADATA_ID;
        rig.options.source_metadata_stream_id = 1300;
        rig_start_driver(&rig);
        long n = 0;
        for (;; n++) {
            tp_client_t *client = rig_client(&rig);
            tp_bridge_t *bridge = NULL;
            to_failure = n;
            const int rc = tp_bridge_create(&bridge, client, &rig.options);
            const bool has_failed = to_failure < 0;
            to_failure = -1;
            TP_CHECK(rc == TP_OK ? !has_failed : rc == TP_ENOMEM && bridge == NULL);
            tp_bridge_destroy(bridge);
            tp_client_destroy(client);
            if (rc == TP_OK) {
                break;
            }
        }
        TP_CHECK_GE_I64(n, 20);
        rig_close(&rig);
    }
}

/* Proves: B-28 */
TP_TEST(a_lease_without_memory_for_frames_drops_chunks_until_the_next_lease)
{
    rig_prepare(&rig);
    rig_start_driver(&rig);
    rig.receiver_client = rig_client(&rig);
    rig.receiver = rig_bridge(&rig, rig.receiver_client, TP_BRIDGE_RECEIVER);
    /* The buffers are the largest pieces of all: let each of them fail once. */
    for (int i = 0; i < 100 && rig.receiver->mappings[0].receiver->dest_nslots == 0; i++) {
        rig.now_ns += 10 * MS;
        tp_driver_do_work(rig.driver);
        while (tpi_driver_settle(rig.driver)) {
            tp_driver_do_work(rig.driver);
        }
        tp_client_do_work(rig.receiver_client);
        if (tp_producer_is_ready(rig.receiver->mappings[0].receiver->producer)) {
            to_failure = 2; /* inside tpi_assemblies_init */
            tpi_receiver_tick(&rig.receiver->mappings[0]);
            TP_CHECK_LT_I64(to_failure, 0);
        }
    }
    TP_CHECK_CONTAINS(rig.events, "40: mapping 10000 to 20000: frames cannot be put together");
    rig_run(&rig, 2);
    send_announce(&rig, DEST, 5);
    send_frame(&rig, 5, 1, 1000, 1000);
    TP_CHECK_EQ_U64(rig_stats(rig.receiver).chunk_drops[TP_BRIDGE_CHUNK_LEASE], 1);
    tp_bridge_mapping_status_t status;
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, 0, &status, NULL), TP_OK);
    TP_CHECK_CONTAINS(status.text, "frames cannot be put together");
    TP_CHECK_EQ_I64(tp_driver_revoke(rig.driver, status.dest.lease_id, "test"), TP_OK);
    rig_advance(&rig, 3000 * MS);
    send_announce(&rig, DEST, 5);
    send_frame(&rig, 5, 2, 1000, 1000);
    TP_CHECK_EQ_U64(rig_stats(rig.receiver).frames_rematerialized, 1);
    TP_CHECK_EQ_I64(tp_bridge_mapping(rig.receiver, 0, &status, NULL), TP_OK);
    TP_CHECK_EQ_STR(status.text, "");
    rig_close(&rig);
}

TP_TEST(what_cannot_be_copied_is_lost_and_counted)
{
    rig_prepare(&rig);
    rig.mappings[0].source_control_stream_id = 1250;
    rig.mappings[0].dest_control_stream_id = 1251;
    rig.options.forward_qos = true;
    rig_start(&rig);
    tpi_publication_t *local;
    TP_CHECK_EQ_I64(tpi_link_add_publication(rig.peer, &local, "aeron:ipc", 1250, true), TP_OK);
    rig_listen(&rig, "aeron:ipc", 1251);
    rig_run(&rig, 2);
    uint8_t buf[128];
    const tpi_qos_producer_t p = { .stream_id = SOURCE, .producer_id = 9 };
    const int len = tpi_qos_producer_encode(buf, sizeof buf, &p);
    offer(local, buf, (size_t)len);
    to_failure = 0; /* the bridge's first copy of a message */
    (void)tpi_control_poll(rig.sender);
    TP_CHECK_LT_I64(to_failure, 0);
    TP_CHECK_EQ_U64(rig_stats(rig.sender).control_lost, 1);
    offer(local, buf, (size_t)len);
    rig_run(&rig, 3);
    TP_CHECK_EQ_U64(rig_count(&rig, 1251), 1);
    tpi_publication_close(local);
    rig_close(&rig);
}

TP_TEST_MAIN()
