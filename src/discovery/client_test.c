/* The client against a provider, and against strangers that answer in its place. */
#include "discovery/discovery_scene_test.h"

static void start_client(void)
{
    tp_discovery_client_options_t options = TP_DISCOVERY_CLIENT_OPTIONS_INIT;
    options.request_channel = options.response_channel = "aeron:ipc";
    TP_CHECK_EQ_I64(tp_discovery_client_create(&scene.client, scene.asking, &options), TP_OK);
}

static void query(const tp_discovery_query_t *q)
{
    TP_CHECK_EQ_I64(tp_discovery_query(scene.client, q), TP_OK);
    for (int i = 0; i < 300 && tp_discovery_client_state(scene.client) != TP_DISCOVERY_DONE; i++) {
        turn(10);
    }
    TP_CHECK_EQ_I64(tp_discovery_client_state(scene.client), TP_DISCOVERY_DONE);
}

/* Proves: S-2, S-3, S-5, S-10, S-31 */
TP_TEST(a_client_finds_a_stream_by_its_name_and_where_to_attach)
{
    set_up();
    name_stream(DRIVER_SCENE_A, EPOCH_NOW, "camera-1");
    tag_stream(DRIVER_SCENE_A, "42", "lab-3", "left");
    start_client();
    tp_discovery_query_t q = TP_DISCOVERY_QUERY_INIT;
    q.data_source_name = "camera-1";
    const int64_t before_ns = scene.rig.now_ns;
    query(&q);
    TP_CHECK_GE_I64(scene.rig.now_ns - before_ns, 1000 * MS); /* others may answer, too */
    const tp_discovery_found_t *found = NULL;
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 1);
    TP_CHECK_EQ_U64(found->stream_id, DRIVER_SCENE_A);
    TP_CHECK_EQ_STR(found->data_source_name, "camera-1");
    TP_CHECK_EQ_STR(found->driver_instance_id, "rig-a");
    TP_CHECK_EQ_STR(found->driver_control_channel, "aeron:ipc");
    TP_CHECK_EQ_U64(found->driver_control_stream_id, DRIVER_SCENE_CONTROL);
    TP_CHECK_EQ_U64(found->nslots, 8);
    TP_CHECK_EQ_U64(found->npools, 2);
    TP_CHECK_EQ_U64(found->pools[1].stride_bytes, 16384);
    TP_CHECK_CONTAINS(found->header_region_uri, "header.ring");
    TP_CHECK_EQ_U64(found->ntags, 2);
    TP_CHECK_EQ_STR(found->tags[0], "lab-3");
    TP_CHECK_EQ_U64(found->data_source_id, 42);
    q.is_first_enough = true;
    query(&q);
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 1);
    q.data_source_name = "camera-9";
    q.is_first_enough = false;
    query(&q);
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 0);
    TP_CHECK_EQ_STR(tp_discovery_error(scene.client), "");
    tear_down();
}

static tpi_discovery_result_t good_result(void)
{
    tpi_discovery_result_t r = { .stream_id = 7,
                                 .epoch = 3,
                                 .layout_version = 1,
                                 .header_nslots = 8,
                                 .header_slot_bytes = 256,
                                 .max_dims = 8,
                                 .data_source_id = TPI_NULL_U64,
                                 .driver_control_stream_id = 1000,
                                 .npools = 1,
                                 .driver_instance_id = view("rig-z"),
                                 .driver_control_channel = view("aeron:ipc") };
    r.pools[0] = (tpi_pool_entry_t){ .pool_id = 1, .nslots = 8, .stride_bytes = 4096 };
    return r;
}

static void respond(uint64_t request_id, uint8_t status, const tpi_discovery_result_t *r,
                    const char *error)
{
    static uint8_t buf[8192];
    tpi_discovery_writer_t writer;
    TP_CHECK_EQ_I64(tpi_discovery_begin(&writer, buf, sizeof buf, request_id, status), TP_OK);
    if (r != NULL) {
        TP_CHECK_EQ_I64(tpi_discovery_add(&writer, r), TP_OK);
    }
    send(scene.responses, buf, tpi_discovery_end(&writer, error));
    turn(0);
    turn(0);
}

static void catch_request(void *clientd, const uint8_t *data, size_t len,
                          const tpi_message_info_t *info)
{
    (void)info;
    TP_CHECK_EQ_I64(tpi_discovery_request_decode(data, len, clientd), TP_OK);
}

/* Proves: S-10, S-13, S-15, S-16, S-17, S-31 */
TP_TEST(results_that_break_a_rule_are_skipped_and_several_providers_are_one_answer)
{
    set_up();
    tp_discovery_provider_destroy(scene.provider); /* others answer here */
    scene.provider = NULL;
    tpi_subscription_t *requests = NULL;
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.rig.peer_link, &requests, "aeron:ipc", REQUESTS,
                                              NULL, NULL),
                    TP_OK);
    start_client();
    run(50);
    static tpi_discovery_request_t caught;
    tp_discovery_query_t q = TP_DISCOVERY_QUERY_INIT;
    TP_CHECK_EQ_I64(tp_discovery_query(scene.client, &q), TP_OK);
    run(20);
    TP_CHECK_EQ_I64(tp_discovery_client_state(scene.client), TP_DISCOVERY_WAITING);
    TP_CHECK_EQ_I64(tpi_subscription_poll(requests, catch_request, &caught, 10), 1);
    const uint64_t id = caught.request_id;
    TP_CHECK_EQ_U64(id, (uint64_t)caught.client_id << 32 | 1);
    const tp_discovery_found_t *found = NULL;
    tp_discovery_client_stats_t cs;
    respond(99, TPI_DISCOVERY_OK, NULL, ""); /* not ours */
    tp_discovery_client_stats(scene.client, &cs);
    TP_CHECK_EQ_U64(cs.foreign, 1);

    tpi_discovery_result_t r = good_result();
    respond(id, TPI_DISCOVERY_NOT_FOUND, &r, "");
    respond(id, TPI_DISCOVERY_ERROR, &r, "not today");
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 0);
    TP_CHECK_EQ_STR(tp_discovery_error(scene.client), "not today");
    for (int i = 0; i < 6; i++) {
        r = good_result();
        switch (i) {
        case 0:
            r.driver_control_stream_id = 0;
            break;
        case 1:
            r.driver_control_channel = view("");
            break;
        case 2:
            r.pools[0].nslots = 16;
            break;
        case 3:
            r.header_slot_bytes = 512;
            break;
        case 4:
            r.max_dims = 9;
            break;
        default:
            r.data_source_name = view("\xff");
            break;
        }
        respond(id, TPI_DISCOVERY_OK, &r, "");
    }
    tp_discovery_client_stats(scene.client, &cs);
    TP_CHECK_EQ_U64(cs.skipped_invalid, 6);
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 0);

    r = good_result();
    respond(id, TPI_DISCOVERY_OK, &r, "");
    r.epoch = 2; /* of somebody who is behind */
    respond(id, TPI_DISCOVERY_OK, &r, "");
    r.epoch = 5;
    respond(id, TPI_DISCOVERY_OK, &r, "");
    r.driver_instance_id = view("rig-a");
    respond(id, TPI_DISCOVERY_OK, &r, "");
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 2);
    TP_CHECK_EQ_STR(found[0].driver_instance_id, "rig-a");
    TP_CHECK_EQ_U64(found[1].epoch, 5);
    run(1100);
    respond(id, TPI_DISCOVERY_OK, &r, ""); /* too late */
    tp_discovery_client_stats(scene.client, &cs);
    TP_CHECK_EQ_U64(cs.foreign, 2);
    tear_down();
}

/* Proves: S-5 */
TP_TEST(nobody_there_is_said_and_not_taken_for_an_empty_answer)
{
    set_up();
    tp_discovery_provider_destroy(scene.provider);
    scene.provider = NULL;
    start_client();
    tp_discovery_query_t q = TP_DISCOVERY_QUERY_INIT;
    query(&q);
    TP_CHECK_CONTAINS(tp_discovery_error(scene.client), "nobody listens");
    tear_down();
}

static size_t driver_messages; /* attaches, keepalives, detaches */

static void on_control(void *clientd, const uint8_t *data, size_t len,
                       const tpi_message_info_t *info)
{
    tpi_attach_request_t attach;
    tpi_detach_request_t detach;
    (void)clientd, (void)info;
    driver_messages += tpi_attach_request_decode(data, len, &attach) == TP_OK ||
                       tpi_detach_request_decode(data, len, &detach) == TP_OK;
}

/* Proves: S-1, S-4 */
TP_TEST(to_find_a_stream_asks_the_driver_nothing_and_grants_nothing)
{
    set_up();
    tpi_subscription_t *control = NULL;
    TP_CHECK_EQ_I64(tpi_link_add_subscription(scene.rig.peer_link, &control, "aeron:ipc",
                                              DRIVER_SCENE_CONTROL, NULL, NULL),
                    TP_OK);
    tp_driver_stats_t before, after;
    tp_driver_stats(scene.rig.driver, &before);
    start_client();
    tp_discovery_query_t q = TP_DISCOVERY_QUERY_INIT;
    q.stream_id = DRIVER_SCENE_A;
    driver_messages = 0;
    query(&q);
    const tp_discovery_found_t *found = NULL;
    TP_CHECK_EQ_U64(tp_discovery_results(scene.client, &found), 1);
    run(2000);
    while (tpi_subscription_poll(control, on_control, NULL, 100) > 0) {
    }
    TP_CHECK_EQ_U64(driver_messages, 0);
    tp_driver_stats(scene.rig.driver, &after);
    TP_CHECK_EQ_U64(after.leases_issued, before.leases_issued);
    /* It has its producer, found or not: the driver decides as it always does. */
    tp_producer_options_t producing = TP_PRODUCER_OPTIONS_INIT;
    tp_producer_t *second = NULL;
    tp_attach_status_t status;
    producing.stream_id = found->stream_id;
    producing.client_id = 90;
    TP_CHECK_EQ_I64(tp_producer_create(&second, scene.asking, &producing), TP_OK);
    run(500);
    while (tpi_subscription_poll(control, on_control, NULL, 100) > 0) {
    }
    TP_CHECK_GT_I64((int64_t)driver_messages, 0); /* so the ears above were good ones */
    tp_producer_status(second, &status);
    TP_CHECK_EQ_I64(status.reason, TP_REASON_REJECTED);
    tp_producer_destroy(second);
    tear_down();
}

TP_TEST_MAIN()
