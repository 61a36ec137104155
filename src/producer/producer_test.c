/*
 * A producer against the driver on strings: driver.md 3.5, its descriptors and its QoS.
 */
#include "base/bytes.h"
#include "fake_driver.h"
#include "link/counters.h"
#include "shm/slot.h"
#include "tensorpool/producer.h"

typedef struct scene {
    fake_driver_t driver;
    tp_client_t *client;
    tp_producer_t *producer;
    tp_frame_info_t info;
} scene_t;

static scene_t scene;

static void set_up_with(const tp_client_options_t *client_options,
                        const tp_producer_options_t *options)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.driver.is_announcing = false;
    scene.client = fake_driver_client(&scene.driver, client_options);
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.client, options), TP_OK);
    const int32_t dims[] = { 100 };
    TP_CHECK_EQ_I64(tp_tensor_init(&scene.info.tensor, TP_UINT8, 1, dims), TP_OK);
}

static void run_ms(int64_t ms)
{
    fake_driver_run(&scene.driver, scene.client, ms);
}

static void await_ready(void)
{
    for (int i = 0; i < 100 && !tp_producer_is_ready(scene.producer); i++) {
        run_ms(10);
    }
    TP_CHECK(tp_producer_is_ready(scene.producer));
}

static void set_up(void)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = FAKE_STREAM;
    set_up_with(NULL, &options);
    await_ready();
}

static void tear_down(void)
{
    tp_producer_destroy(scene.producer);
    tp_client_destroy(scene.client);
    fake_driver_fini(&scene.driver);
}

static tp_producer_stats_t stats(void)
{
    tp_producer_stats_t out;
    tp_producer_stats(scene.producer, &out);
    return out;
}

static uint64_t word_of(uint64_t seq)
{
    return tpi_slot_load_word(
        tpi_mapping_slot(&scene.driver.set.mapping, (uint32_t)seq & (FAKE_NSLOTS - 1)));
}

static void publish(uint8_t fill)
{
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 100, &claim), TP_OK);
    memset(claim.data, fill, 100);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 100, &scene.info), TP_OK);
}

/* Proves: W-42, W-43, W-100, W-102 */
TP_TEST(a_frame_is_in_the_drivers_file_and_its_descriptor_on_the_stream)
{
    set_up();
    publish(7);
    TP_CHECK_EQ_U64(word_of(0), tpi_word_committed(0));
    TP_CHECK_EQ_U64(tpi_mapping_payload(&scene.driver.set.mapping, 0, 0)[99], 7);
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptors, 1);
    const tpi_frame_descriptor_t *d = &scene.driver.descriptor;
    TP_CHECK_EQ_U64(d->stream_id, FAKE_STREAM);
    TP_CHECK_EQ_U64(d->epoch, FAKE_EPOCH0);
    TP_CHECK_EQ_U64(d->seq, 0);
    TP_CHECK_EQ_U64(d->header_index, 0);
    TP_CHECK_EQ_U64(d->timestamp_ns, TPI_NULL_U64);
    for (int i = 0; i < 20; i++) {
        publish(8);
    }
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptor.seq, 20);
    TP_CHECK_EQ_U64(scene.driver.descriptor.header_index, 4);
    TP_CHECK_EQ_U64(stats().published, 21);
    TP_CHECK_EQ_U64(stats().bytes, 2100);
    TP_CHECK_EQ_U64(stats().descriptors_sent, 21);
    tear_down();
}

/* Proves: X-3 */
TP_TEST(with_v12_descriptors_have_the_other_form_and_carry_the_trace_id)
{
    tp_client_options_t client_options = TP_CLIENT_OPTIONS_INIT;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    client_options.wire_dialect = TP_WIRE_V12;
    options.stream_id = FAKE_STREAM;
    set_up_with(&client_options, &options);
    await_ready();
    scene.info.trace_id = 99;
    publish(1);
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptor.trace_id, 99);
    TP_CHECK_EQ_U64(scene.driver.descriptor.header_index, TPI_NULL_U32);
    tear_down();
}

/* Proves: W-115 (as a sender), W-45 */
TP_TEST(claims_committed_in_any_order_are_described_in_seq_order)
{
    set_up();
    tp_claim_t claims[4];
    for (int i = 0; i < 4; i++) {
        TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 10, &claims[i]), TP_OK);
        TP_CHECK_EQ_U64(claims[i].seq, (uint64_t)i);
    }
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[3], 100, &scene.info), TP_OK);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[1], 100, &scene.info), TP_OK);
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptors, 0);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[0], 100, &scene.info), TP_OK);
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptors, 2);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claims[2]), TP_OK);
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptors, 3);
    TP_CHECK_EQ_U64(scene.driver.seqs[0], 0);
    TP_CHECK_EQ_U64(scene.driver.seqs[1], 1);
    TP_CHECK_EQ_U64(scene.driver.seqs[2], 3);
    TP_CHECK_EQ_U64(stats().published, 3);
    TP_CHECK_EQ_U64(stats().aborted, 1);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[2], 100, &scene.info), TP_ESTATE);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claims[2]), TP_ESTATE);
    tear_down();
}

/* Proves: W-44, W-45: nobody is waited for */
TP_TEST(a_descriptor_that_cannot_be_sent_is_counted_by_cause_and_the_frame_stays)
{
    static const struct {
        tpi_send_t result;
        size_t counter;
    } cases[] = {
        { TPI_SEND_NOT_CONNECTED, offsetof(tp_producer_stats_t, descriptors_not_connected) },
        { TPI_SEND_BACK_PRESSURED, offsetof(tp_producer_stats_t, descriptors_back_pressured) },
        { TPI_SEND_CLOSED, offsetof(tp_producer_stats_t, descriptors_failed) },
        { TPI_SEND_NOT_READY, offsetof(tp_producer_stats_t, descriptors_failed) },
        { TPI_SEND_ERROR, offsetof(tp_producer_stats_t, descriptors_failed) },
    };
    set_up();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const tp_producer_stats_t before = stats();
        tpi_fake_bus_force_send(scene.driver.bus, 1100, cases[i].result, 1);
        publish((uint8_t)i);
        const tp_producer_stats_t after = stats();
        const uint64_t *was = (const uint64_t *)((const uint8_t *)&before + cases[i].counter);
        const uint64_t *is = (const uint64_t *)((const uint8_t *)&after + cases[i].counter);
        TP_CHECK_EQ_U64(*is - *was, 1);
        TP_CHECK_EQ_U64(after.descriptors_sent, before.descriptors_sent);
        TP_CHECK_EQ_U64(after.published, before.published + 1);
        TP_CHECK_EQ_U64(word_of(i), tpi_word_committed(i));
    }
    tear_down();
}

/* Proves: W-46 */
TP_TEST(the_smallest_pool_that_fits_is_taken_and_none_is_a_counted_drop_without_a_seq)
{
    set_up();
    tp_claim_t claim;
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 0, &claim), TP_OK);
    TP_CHECK_EQ_U64(claim.pool_id, 1);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 4097, &claim), TP_OK);
    TP_CHECK_EQ_U64(claim.pool_id, 2);
    TP_CHECK_EQ_U64(claim.capacity, 65536);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 65537, &claim), TP_ENOFIT);
    TP_CHECK_EQ_U64(stats().no_fit, 1);
    TP_CHECK_EQ_U64(stats().next_seq, 2);
    TP_CHECK_EQ_I64(tp_producer_claim_pool(scene.producer, 2, &claim), TP_OK);
    TP_CHECK_EQ_U64(claim.seq, 2);
    TP_CHECK_EQ_I64(tp_producer_claim_pool(scene.producer, 9, &claim), TP_EINVAL);
    tp_pool_info_t pools[4];
    TP_CHECK_EQ_U64(tp_producer_pools(scene.producer, pools, 4), 2);
    TP_CHECK_EQ_U64(pools[0].stride_bytes, 4096);
    TP_CHECK_EQ_U64(pools[1].pool_id, 2);
    tear_down();
}

TP_TEST(an_offer_that_no_reader_would_accept_takes_no_seq)
{
    set_up();
    static const uint8_t bytes[100];
    TP_CHECK_EQ_I64(tp_producer_offer(scene.producer, bytes, 50, &scene.info),
                    TP_EINVAL); /* 100 needed */
    TP_CHECK_EQ_U64(stats().next_seq, 0);
    TP_CHECK_EQ_I64(tp_producer_offer(scene.producer, bytes, 100, &scene.info), TP_OK);
    TP_CHECK_EQ_U64(stats().published, 1);
    tear_down();
}

static int64_t fill_100(void *clientd, const tp_claim_t *claim, tp_frame_info_t *info)
{
    TP_CHECK_GE_U64(claim->capacity, 100);
    memset(claim->data, 0x5a, 100);
    info->meta_version = 9;
    return *(int64_t *)clientd;
}

TP_TEST(a_frame_is_filled_in_place_by_a_callback_or_given_up)
{
    set_up();
    int64_t result = 100;
    TP_CHECK_EQ_I64(tp_producer_fill(scene.producer, 100, &scene.info, fill_100, &result), TP_OK);
    TP_CHECK_EQ_U64(stats().published, 1);
    TP_CHECK_EQ_U64(scene.info.meta_version, 0); /* the caller's stays */
    tpi_slot_image_t image;
    tpi_slot_header_t header;
    uint64_t word;
    TP_CHECK_EQ_I64(
        tpi_slot_read(tpi_mapping_slot(&scene.driver.set.mapping, 0), 0, 0, &image, &word),
        TPI_SLOT_OK);
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 0, &header), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(header.meta_version, 9);
    TP_CHECK_EQ_U64(tpi_mapping_payload(&scene.driver.set.mapping, 0, 0)[99], 0x5a);
    result = -77; /* the callback's own reason comes back */
    TP_CHECK_EQ_I64(tp_producer_fill(scene.producer, 100, &scene.info, fill_100, &result), -77);
    result = 50; /* not what the shape says */
    TP_CHECK_EQ_I64(tp_producer_fill(scene.producer, 100, &scene.info, fill_100, &result),
                    TP_EINVAL);
    TP_CHECK_EQ_U64(stats().published, 1);
    TP_CHECK_EQ_U64(stats().aborted, 2);
    TP_CHECK_EQ_U64(stats().next_seq, 3);
    tear_down();
    set_up();
    fake_driver_shutdown(&scene.driver);
    fake_driver_run(&scene.driver, scene.client, 20);
    TP_CHECK_EQ_I64(tp_producer_fill(scene.producer, 100, &scene.info, fill_100, &result),
                    TP_ESTATE);
    tear_down();
}

/* Proves: W-120 */
TP_TEST(a_frame_without_a_time_gets_the_time_of_commit)
{
    set_up();
    publish(1);
    tpi_slot_image_t image;
    tpi_slot_header_t header;
    uint64_t word;
    const void *slot = tpi_mapping_slot(&scene.driver.set.mapping, 0);
    TP_CHECK_EQ_I64(tpi_slot_read(slot, 0, 0, &image, &word), TPI_SLOT_OK);
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 0, &header), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(header.timestamp_ns, (uint64_t)scene.driver.now_ns);
    scene.info.timestamp_ns = TP_TIMESTAMP_UNKNOWN;
    publish(2);
    TP_CHECK_EQ_I64(
        tpi_slot_read(tpi_mapping_slot(&scene.driver.set.mapping, 1), 1, 0, &image, &word),
        TPI_SLOT_OK);
    TP_CHECK_EQ_I64(tpi_slot_decode(&image, 1, &header), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(header.timestamp_ns, 0);
    tear_down();
}

/* Proves: D-55, D-73, W-111 and driver.md 3.5: ACTIVE, PAUSED, ACTIVE */
TP_TEST(a_lost_lease_voids_claims_and_the_next_epoch_starts_at_seq_0)
{
    set_up();
    publish(1);
    tp_claim_t claim, other;
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 100, &claim), TP_OK);
    fake_driver_new_epoch(&scene.driver, FAKE_EPOCH0 + 1);
    fake_driver_announce(&scene.driver);
    scene.driver.answer = FAKE_SILENT;
    run_ms(20);
    TP_CHECK(!tp_producer_is_ready(scene.producer));
    tp_attach_status_t status;
    tp_producer_status(scene.producer, &status);
    TP_CHECK_EQ_I64(status.reason, TP_REASON_EPOCH_SUPERSEDED);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 100, &scene.info), TP_ESTATE);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claim), TP_ESTATE);
    TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 100, &other), TP_ESTATE);
    static const uint8_t bytes[100];
    TP_CHECK_EQ_I64(tp_producer_offer(scene.producer, bytes, 100, &scene.info), TP_ESTATE);
    TP_CHECK_EQ_U64(tp_producer_pools(scene.producer, NULL, 0), 0);
    TP_CHECK_EQ_U64(stats().not_attached, 3);
    scene.driver.answer = FAKE_GRANT;
    run_ms(1500);
    TP_CHECK(tp_producer_is_ready(scene.producer));
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claim, 100, &scene.info), TP_ESTATE);
    TP_CHECK_EQ_U64(stats().next_seq, 0);
    publish(2);
    TP_CHECK_EQ_U64(word_of(0), tpi_word_committed(0));
    run_ms(10);
    TP_CHECK_EQ_U64(scene.driver.descriptor.epoch, FAKE_EPOCH0 + 1);
    TP_CHECK_EQ_U64(stats().published, 2);
    tear_down();
}

/* The local half of B-47 and R-11. */
TP_TEST(a_renewed_producer_detaches_first_and_is_granted_a_new_lease)
{
    set_up();
    publish(1);
    tp_attach_status_t before, after;
    tp_producer_status(scene.producer, &before);
    fake_driver_new_epoch(&scene.driver, FAKE_EPOCH0 + 1);
    tp_producer_renew(scene.producer);
    TP_CHECK(!tp_producer_is_ready(scene.producer));
    tp_producer_renew(scene.producer); /* once is enough */
    run_ms(50);
    TP_CHECK_EQ_U64(scene.driver.detach.lease_id, before.lease_id);
    await_ready();
    tp_producer_status(scene.producer, &after);
    TP_CHECK_NE_U64(after.lease_id, before.lease_id);
    TP_CHECK_EQ_U64(after.epoch, FAKE_EPOCH0 + 1);
    TP_CHECK_EQ_U64(after.attaches, 2);
    TP_CHECK_EQ_U64(stats().next_seq, 0);
    tear_down();
}

/* Claims that a device is filling outlive the lease as private memory: a late write harms nobody. */
TP_TEST(memory_of_claims_that_a_loss_made_void_stays_writable_until_they_are_handed_back)
{
    set_up();
    tp_claim_t claims[3];
    for (int i = 0; i < 3; i++) {
        TP_CHECK_EQ_I64(tp_producer_claim(scene.producer, 100, &claims[i]), TP_OK);
        memset(claims[i].data, 0x11, 100);
    }
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[0], 100, &scene.info), TP_OK);
    uint8_t before[100];
    memcpy(before, tpi_mapping_payload(&scene.driver.set.mapping, 0, 1), sizeof before);
    scene.driver.answer = FAKE_SILENT;
    fake_driver_shutdown(&scene.driver);
    run_ms(20);
    TP_CHECK(!tp_producer_is_ready(scene.producer));
    for (int i = 1; i < 3; i++) {
        memset(claims[i].data, 0x22, claims[i].capacity); /* crashes if it is unmapped */
    }
    TP_CHECK_EQ_MEM(tpi_mapping_payload(&scene.driver.set.mapping, 0, 1), before, sizeof before);
    TP_CHECK_EQ_I64(tp_producer_commit(scene.producer, &claims[1], 100, &scene.info), TP_ESTATE);
    memset(claims[2].data, 0x33, claims[2].capacity);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claims[1]), TP_ESTATE); /* once is enough */
    memset(claims[2].data, 0x44, claims[2].capacity);
    TP_CHECK_EQ_I64(tp_producer_abort(scene.producer, &claims[2]), TP_ESTATE);
    tear_down();
}

/* Proves: W-117, W-127, W-128, D-44 */
TP_TEST(qos_goes_out_each_second_with_the_next_seq)
{
    set_up();
    publish(1);
    publish(2);
    run_ms(2100);
    TP_CHECK_GE_U64(scene.driver.qos_producers, 2);
    TP_CHECK_LE_U64(scene.driver.qos_producers, 3);
    tp_attach_status_t status;
    tp_producer_status(scene.producer, &status);
    TP_CHECK_EQ_U64(scene.driver.qos_producer.current_seq, 2);
    TP_CHECK_EQ_U64(scene.driver.qos_producer.producer_id, status.client_id);
    TP_CHECK_EQ_U64(scene.driver.qos_producer.epoch, FAKE_EPOCH0);
    TP_CHECK_EQ_U64(scene.driver.qos_producer.watermark, TPI_NULL_U32);
    tear_down();
}

/* Proves: D-5, D-6, D-63 */
TP_TEST(a_producer_neither_announces_nor_touches_the_activity_and_detaches_at_its_end)
{
    set_up();
    const uint64_t activity = tpi_mapping_activity_ns(&scene.driver.set.mapping);
    run_ms(1500);
    TP_CHECK_EQ_U64(tpi_mapping_activity_ns(&scene.driver.set.mapping), activity);
    tp_producer_destroy(scene.producer);
    scene.producer = NULL;
    TP_CHECK_EQ_U64(scene.driver.detaches, 1);
    TP_CHECK_EQ_U64(scene.driver.detach.role, TPI_ROLE_PRODUCER);
    tear_down();
}

typedef struct seen {
    size_t count;
    int64_t published;
    int64_t bytes;
    uint32_t client_id;
} seen_t;

static void on_counter(void *clientd, const tpi_counter_view_t *counter)
{
    seen_t *seen = clientd;
    if (counter->type_id == TPI_COUNTER_PRODUCER) {
        seen->count++;
        if (tpi_get_u32(counter->key) == 0) {
            seen->published = counter->value;
            seen->client_id = tpi_get_u32(counter->key + 8);
        } else if (strncmp(counter->label, "tp-producer bytes: ", 19) == 0) {
            seen->bytes = counter->value;
        }
    }
}

/* Proves: OP-6 */
TP_TEST(figures_are_aeron_counters_under_the_client_id_of_the_lease)
{
    set_up();
    publish(1);
    publish(1);
    run_ms(200);
    seen_t seen = { 0 };
    tpi_fake_bus_foreach_counter(scene.driver.bus, on_counter, &seen);
    tp_attach_status_t status;
    tp_producer_status(scene.producer, &status);
    TP_CHECK_EQ_U64(seen.count, 8);
    TP_CHECK_EQ_I64(seen.published, 2);
    tp_producer_stats_t figures;
    tp_producer_stats(scene.producer, &figures);
    TP_CHECK(figures.bytes > 0);
    TP_CHECK_EQ_I64(seen.bytes, (int64_t)figures.bytes);
    TP_CHECK_EQ_U64(seen.client_id, status.client_id);
    tp_producer_destroy(scene.producer);
    scene.producer = NULL;
    seen = (seen_t){ 0 };
    tpi_fake_bus_foreach_counter(scene.driver.bus, on_counter, &seen);
    TP_CHECK_EQ_U64(seen.count, 0);
    tear_down();
}

TP_TEST(options_of_another_age_are_read_or_refused)
{
    memset(&scene, 0, sizeof scene);
    fake_driver_init(&scene.driver);
    scene.client = fake_driver_client(&scene.driver, NULL);
    struct {
        tp_producer_options_t options;
        uint64_t newer;
    } larger = { .options = { .size = sizeof larger, .stream_id = FAKE_STREAM }, .newer = 0 };
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.client, &larger.options), TP_OK);
    tp_producer_destroy(scene.producer);
    scene.producer = NULL;
    larger.newer = 1;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.client, &larger.options), TP_EINVAL);
    tp_producer_options_t zero = { .size = 0 };
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.client, &zero), TP_EINVAL);
    tp_producer_options_t older = { .size = offsetof(tp_producer_options_t, prefault),
                                    .stream_id = FAKE_STREAM };
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.client, &older), TP_OK);
    tear_down();
}

TP_TEST_MAIN()
