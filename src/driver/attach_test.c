/*
 * Attach requests: the table of D-28, retries, dialects, dynamic streams.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

#include "driver/driver_test_util.h"

/** Everything below `dir`, directories included. */
static size_t count_entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t count = 0;
    for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;) {
        char path[1024];
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
            count += 1 + (entry->d_type == DT_DIR ? count_entries(path) : 0);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
    return count;
}

/** Ask and check: refused with this, and nothing exists that did not exist before. */
static void refused(rig_t *rig, tpi_dialect_t dialect, const tpi_attach_request_t *request,
                    int32_t code, const char *text)
{
    tp_driver_stats_t before;
    tp_driver_stats_t after;
    tpi_attach_response_t response;
    const size_t entries = count_entries(rig->base);
    const size_t streams = rig->driver->streams.count;
    tp_driver_stats(rig->driver, &before);
    rig_ask(rig, dialect, request, &response);
    TP_CHECK_EQ_I64(response.code, code);
    rig_view_is(response.error_message, text);
    /* Proves: D-31 */
    TP_CHECK_EQ_U64(response.lease_id, TPI_NULL_U64);
    TP_CHECK_EQ_U64(response.lease_expiry_timestamp_ns, TPI_NULL_U64);
    TP_CHECK_EQ_U64(response.stream_id, TPI_NULL_U32);
    TP_CHECK_EQ_U64(response.epoch, TPI_NULL_U64);
    TP_CHECK_EQ_U64(response.header_nslots, TPI_NULL_U32);
    TP_CHECK_EQ_U64(response.node_id, TPI_NULL_U32);
    TP_CHECK_EQ_U64(response.npools, 0);
    TP_CHECK_EQ_U64(response.header_region_uri.len, 0);
    tp_driver_stats(rig->driver, &after);
    TP_CHECK_EQ_U64(after.leases_issued, before.leases_issued);
    TP_CHECK_EQ_U64(after.epochs, before.epochs);
    TP_CHECK_EQ_U64(after.streams_live, before.streams_live);
    TP_CHECK_EQ_U64(after.attach_refused, before.attach_refused + 1);
    TP_CHECK_EQ_U64(rig->driver->streams.count, streams);
    TP_CHECK_EQ_U64(count_entries(rig->base), entries);
}

/** An encoded request to bend. */
static size_t encode(rig_t *rig, tpi_dialect_t dialect, uint8_t *buf, size_t size,
                     int64_t *out_correlation)
{
    const tpi_attach_request_t request = rig_request(rig, STREAM_A, 5, TPI_ROLE_CONSUMER);
    *out_correlation = request.correlation_id;
    return (size_t)tpi_attach_request_encode(buf, size, dialect, &request);
}

/* Proves: D-13, D-14, D-15, D-28 */
TP_TEST(rows_1_and_2_judge_the_form_of_the_message)
{
    static const struct {
        size_t offset;
        uint32_t value;
        int size;
        size_t cut; /* bytes taken off the end */
        int32_t code;
        const char *text;
    } rows[] = {
        { 6, 2, 2, 0, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 6, 0, 2, 0, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 0, 23, 2, 0, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 0, 25, 2, 0, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 0, 28, 2, 0, TPI_CODE_UNSUPPORTED, "unsupported driver schema version" },
        { 0, 24, 2, 1, TPI_CODE_INVALID_PARAMS, "malformed request" },
        { 0, 24, 2, 16, TPI_CODE_INVALID_PARAMS, "malformed request" },
        { 24, 0, 1, 0, TPI_CODE_INVALID_PARAMS, "unknown role" },
        { 24, 3, 1, 0, TPI_CODE_INVALID_PARAMS, "unknown role" },
        { 24, 255, 1, 0, TPI_CODE_INVALID_PARAMS, "unknown role" },
        { 20, 0, 4, 0, TPI_CODE_INVALID_PARAMS, "invalid client_id" },
        { 20, UINT32_MAX, 4, 0, TPI_CODE_INVALID_PARAMS, "invalid client_id" },
        { 30, 3, 1, 0, TPI_CODE_UNSUPPORTED, "unsupported publish_mode" },
        { 30, 0, 1, 0, TPI_CODE_UNSUPPORTED, "unsupported publish_mode" },
        { 31, 3, 1, 0, TPI_CODE_INVALID_PARAMS, "unknown hugepages policy" },
    };
    rig_t rig;
    rig_open(&rig);
    const size_t entries = count_entries(rig.base);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t buf[64];
        int64_t correlation = 0;
        tpi_attach_response_t response;
        const size_t len = encode(&rig, TPI_DIALECT_V11, buf, sizeof(buf), &correlation);
        memcpy(buf + rows[i].offset, &rows[i].value, (size_t)rows[i].size);
        rig_send(&rig, buf, len - rows[i].cut);
        rig_step(&rig);
        rig_response(&rig, correlation, &response);
        TP_CHECK_MSG(response.code == rows[i].code, "row %zu: code %d", i, response.code);
        rig_view_is(response.error_message, rows[i].text);
        TP_CHECK_EQ_U64(count_entries(rig.base), entries);
        rig_forget(&rig);
    }
    rig_close(&rig);
}

/* Proves: D-15 */
TP_TEST(a_request_without_correlation_id_gets_no_answer)
{
    rig_t rig;
    rig_open(&rig);
    uint8_t buf[64];
    int64_t correlation = 0;
    const size_t len = encode(&rig, TPI_DIALECT_V11, buf, sizeof(buf), &correlation);
    for (size_t cut = len - 15; cut < len; cut++) {
        rig_send(&rig, buf, len - cut);
    }
    tpi_put_i64(buf + 8, TPI_NULL_I64);
    rig_send(&rig, buf, len);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, TPI_DRIVER_SCHEMA_ID, TPI_ATTACH_RESPONSE), 0);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    rig_close(&rig);
}

/* Proves: D-22, D-24, D-26, D-28, D-41, D-71, D-93 */
TP_TEST(rows_4_to_11_refuse_with_their_code_and_text)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_request_t r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    r.require_hugepages = TPI_HUGEPAGES_HUGEPAGES;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "hugepages required but unavailable");
    r = rig_request(&rig, 4711, 1, TPI_ROLE_CONSUMER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream not provisioned");
    r = rig_request(&rig, 0, 1, TPI_ROLE_CONSUMER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream not provisioned");
    r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER);
    r.expected_layout_version = 2;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "layout_version mismatch");

    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 7, TPI_ROLE_PRODUCER, &ok);
    r = rig_request(&rig, STREAM_A, 8, TPI_ROLE_PRODUCER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "producer already attached");
    /* One lease per client id, whatever stream and role. */
    r = rig_request(&rig, STREAM_A, 7, TPI_ROLE_CONSUMER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "client_id already attached");
    r = rig_request(&rig, STREAM_B, 7, TPI_ROLE_PRODUCER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "client_id already attached");
    rig_close(&rig);
}

/* Proves: D-28 - the first row that fails answers. */
TP_TEST(checks_run_in_the_order_of_the_table)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t ok;
    rig_attach(&rig, STREAM_A, 7, TPI_ROLE_PRODUCER, &ok);
    /* Everything from row 5 on is wrong; each refusal takes one away. */
    tpi_attach_request_t r = rig_request(&rig, 4711, 7, TPI_ROLE_PRODUCER);
    r.expected_layout_version = 9;
    r.require_hugepages = TPI_HUGEPAGES_HUGEPAGES;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "hugepages required but unavailable");
    r.require_hugepages = TPI_HUGEPAGES_STANDARD;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "client_id already attached");
    r.client_id = 8;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream not provisioned");
    r.stream_id = STREAM_A;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "layout_version mismatch");
    r.expected_layout_version = 1;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "producer already attached");
    r.role = TPI_ROLE_CONSUMER;
    rig_ask(&rig, TPI_DIALECT_V11, &r, &ok);
    TP_CHECK_EQ_I64(ok.code, TPI_CODE_OK);
    /* Row 3 stands between the form and everything else. */
    tp_driver_request_shutdown(rig.driver, 0, "");
    rig_step(&rig);
    uint8_t buf[64];
    tpi_attach_response_t response;
    int64_t correlation = 0;
    size_t len = encode(&rig, TPI_DIALECT_V11, buf, sizeof(buf), &correlation);
    buf[30] = 9;
    rig_send(&rig, buf, len);
    rig_step(&rig);
    rig_response(&rig, correlation, &response);
    rig_view_is(response.error_message, "driver draining");
    len = encode(&rig, TPI_DIALECT_V11, buf, sizeof(buf), &correlation);
    buf[24] = 9;
    rig_send(&rig, buf, len);
    rig_step(&rig);
    rig_response(&rig, correlation, &response);
    rig_view_is(response.error_message, "unknown role");
    rig_close(&rig);
}

/* Proves: D-22, D-24, D-25 */
TP_TEST(a_static_stream_is_made_at_its_first_attach_in_either_mode_and_role)
{
    static const uint8_t modes[] = { TPI_NULL_U8, TPI_PUBLISH_REQUIRE_EXISTING,
                                     TPI_PUBLISH_EXISTING_OR_CREATE };
    static const uint32_t versions[] = { 0, TPI_NULL_U32, 1 };
    for (size_t i = 0; i < 3; i++) {
        rig_t rig;
        rig_open(&rig);
        tpi_attach_response_t response;
        tpi_attach_request_t r =
            rig_request(&rig, STREAM_A, 5, i == 0 ? TPI_ROLE_PRODUCER : TPI_ROLE_CONSUMER);
        r.publish_mode = modes[i];
        r.expected_layout_version = versions[i];
        r.max_dims = (uint8_t)(i * 100);
        rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
        TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
        TP_CHECK_EQ_U64(response.layout_version, 1);
        TP_CHECK_EQ_U64(response.max_dims, 8);
        rig_close(&rig);
        tp_test_remove_tree(rig.base);
    }
}

/* Proves: D-29 */
TP_TEST(the_same_request_again_gets_the_same_lease)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t first;
    tpi_attach_response_t again;
    const tpi_attach_request_t r = rig_request(&rig, STREAM_A, 5, TPI_ROLE_PRODUCER);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &first);
    TP_CHECK_EQ_I64(first.code, TPI_CODE_OK);
    rig_forget(&rig);
    rig_advance(&rig, 1 * SEC);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &again);
    TP_CHECK_EQ_I64(again.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(again.lease_id, first.lease_id);
    TP_CHECK_EQ_U64(again.epoch, first.epoch);
    TP_CHECK_EQ_U64(again.lease_expiry_timestamp_ns, first.lease_expiry_timestamp_ns);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 1);
    /* Another correlation id is another request. */
    tpi_attach_request_t other = r;
    other.correlation_id = 999;
    refused(&rig, TPI_DIALECT_V11, &other, TPI_CODE_REJECTED, "client_id already attached");
    rig_close(&rig);
}

/* Proves, D-31 */
TP_TEST(each_request_is_answered_in_its_dialect)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t response;
    tpi_attach_request_t r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_CONSUMER);
    rig_ask(&rig, TPI_DIALECT_V12, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(rig_nth(&rig, 901, TPI_ATTACH_RESPONSE, 0)->block, 54);
    TP_CHECK_NE_U64(response.node_id, TPI_NULL_U32);
    const uint32_t first_node = response.node_id;
    r = rig_request(&rig, STREAM_A, 2, TPI_ROLE_CONSUMER);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_U64(rig_nth(&rig, 901, TPI_ATTACH_RESPONSE, 1)->block, 51);
    TP_CHECK_EQ_U64(response.max_dims, 8);
    r = rig_request(&rig, 4711, 3, TPI_ROLE_CONSUMER);
    refused(&rig, TPI_DIALECT_V12, &r, TPI_CODE_REJECTED, "stream not provisioned");
    TP_CHECK_EQ_U64(rig_nth(&rig, 901, TPI_ATTACH_RESPONSE, 2)->block, 54);

    /* A free wish is honoured, a taken one refused, and the id is free again with its lease. */
    r = rig_request(&rig, STREAM_A, 4, TPI_ROLE_CONSUMER);
    r.desired_node_id = 4242;
    rig_ask(&rig, TPI_DIALECT_V12, &r, &response);
    TP_CHECK_EQ_U64(response.node_id, 4242);
    const uint64_t lease = response.lease_id;
    r = rig_request(&rig, STREAM_A, 5, TPI_ROLE_CONSUMER);
    r.desired_node_id = 4242;
    refused(&rig, TPI_DIALECT_V12, &r, TPI_CODE_REJECTED, "node_id already in use");
    r.desired_node_id = first_node;
    r.correlation_id = 5000;
    refused(&rig, TPI_DIALECT_V12, &r, TPI_CODE_REJECTED, "node_id already in use");
    rig_send_detach(&rig, lease, STREAM_A, 4, TPI_ROLE_CONSUMER);
    rig_step(&rig);
    r.desired_node_id = 4242;
    r.correlation_id = 5001;
    rig_ask(&rig, TPI_DIALECT_V12, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(response.node_id, 4242);
    /* The driver's own choice avoids what is taken. */
    rig.driver->next_node_id = 4242;
    r = rig_request(&rig, STREAM_A, 6, TPI_ROLE_CONSUMER);
    rig_ask(&rig, TPI_DIALECT_V12, &r, &response);
    TP_CHECK_EQ_U64(response.node_id, 4243);
    rig_close(&rig);
}

static void open_dynamic(rig_t *rig, uint32_t first, uint32_t last)
{
    rig_prepare(rig);
    rig->options.allow_dynamic_streams = true;
    rig->options.stream_id_range = (tp_id_range_t){ first, last };
    rig->options.default_profile = "two";
    rig_start(rig);
}

/* Proves: D-106, D-107, D-28 */
TP_TEST(dynamic_streams_follow_rows_7_and_8)
{
    rig_t rig;
    open_dynamic(&rig, 20000, 20001);
    tpi_attach_response_t response;
    tpi_attach_request_t r = rig_request(&rig, 20000, 1, TPI_ROLE_CONSUMER);
    r.publish_mode = TPI_PUBLISH_REQUIRE_EXISTING;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream not provisioned");
    r.publish_mode = TPI_NULL_U8;
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream not provisioned");
    r = rig_request(&rig, 20002, 1, TPI_ROLE_CONSUMER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_INVALID_PARAMS, "stream_id outside range");

    /* The id asked for; then the next free one; then none is left. */
    rig_attach(&rig, 20000, 1, TPI_ROLE_PRODUCER, &response);
    TP_CHECK_EQ_U64(response.stream_id, 20000);
    TP_CHECK_EQ_U64(response.npools, 2); /* default_profile */
    r = rig_request(&rig, 0, 2, TPI_ROLE_PRODUCER);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(response.stream_id, 20001);
    const uint64_t lease = response.lease_id;
    rig_forget(&rig);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response); /* Proves: D-29 - with stream id 0 */
    TP_CHECK_EQ_U64(response.lease_id, lease);
    r = rig_request(&rig, 0, 3, TPI_ROLE_PRODUCER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream_id_range exhausted");
    /* It exists now: either mode will do. */
    r = rig_request(&rig, 20001, 4, TPI_ROLE_CONSUMER);
    r.publish_mode = TPI_PUBLISH_REQUIRE_EXISTING;
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    rig_close(&rig);
}

/* Proves: D-106 */
TP_TEST(dynamic_streams_without_a_range_are_warned_of_and_refused)
{
    rig_t rig;
    rig_prepare(&rig);
    rig.options.allow_dynamic_streams = true;
    rig_start(&rig);
    TP_CHECK_CONTAINS(rig.log, "30 policies.allow_dynamic_streams without driver.stream_id_range");
    const tpi_attach_request_t r = rig_request(&rig, 20000, 1, TPI_ROLE_PRODUCER);
    refused(&rig, TPI_DIALECT_V11, &r, TPI_CODE_INVALID_PARAMS, "stream_id_range not configured");
    rig_close(&rig);
}

/* Proves: D-108 */
TP_TEST(a_dynamic_stream_ends_with_its_last_lease)
{
    rig_t rig;
    open_dynamic(&rig, 20000, 20009);
    tpi_attach_response_t producer;
    tpi_attach_response_t consumer;
    rig_attach(&rig, 20005, 1, TPI_ROLE_PRODUCER, &producer);
    rig_attach(&rig, 20005, 2, TPI_ROLE_CONSUMER, &consumer);
    rig_send_detach(&rig, producer.lease_id, 20005, 1, TPI_ROLE_PRODUCER);
    rig_forget(&rig);
    rig_step(&rig);
    tpi_shm_pool_announce_t announce;
    rig_last_announce(&rig, 20005, &announce); /* still a stream: new epoch */
    TP_CHECK_GT_U64(announce.epoch, producer.epoch);
    rig_send_detach(&rig, consumer.lease_id, 20005, 2, TPI_ROLE_CONSUMER);
    rig_forget(&rig);
    rig_step(&rig);
    TP_CHECK_EQ_U64(rig_count(&rig, 901, TPI_LEASE_REVOKED), 1);
    rig_forget(&rig);
    const tpi_attach_request_t early = rig_request(&rig, 20005, 3, TPI_ROLE_PRODUCER);
    refused(&rig, TPI_DIALECT_V11, &early, TPI_CODE_REJECTED, "stream_id not free yet");
    rig_advance(&rig, 2900 * MS);
    TP_CHECK_EQ_U64(rig_count(&rig, 900, TPI_SHM_POOL_ANNOUNCE), 0);
    rig_advance(&rig, 1200 * MS);
    /* The id is free, and the new stream's epochs are above the old one's. */
    tpi_attach_response_t again;
    rig_attach(&rig, 20005, 4, TPI_ROLE_PRODUCER, &again);
    TP_CHECK_GT_U64(again.epoch, announce.epoch);
    rig_send_detach(&rig, again.lease_id, 20005, 4, TPI_ROLE_PRODUCER);
    rig_step(&rig);
    /* Everything of it goes: files, directories, lock. */
    rig_advance(&rig, 20 * SEC);
    TP_CHECK(!rig_exists(&rig, "stream-20005"));
    TP_CHECK_EQ_U64(rig.driver->streams.count, 2);
    TP_CHECK_EQ_U64(rig.driver->dynamic_streams, 0);
    rig_close(&rig);
}

/* Proves: D-4, D-28 - row 12 */
TP_TEST(a_stream_of_another_driver_is_refused)
{
    rig_t one;
    rig_open(&one);
    tpi_attach_response_t response;
    rig_attach(&one, STREAM_A, 1, TPI_ROLE_CONSUMER, &response);
    rig_t two;
    rig_prepare(&two);
    two.options.instance_id = "other";
    rig_start(&two);
    tpi_attach_request_t r = rig_request(&two, STREAM_A, 1, TPI_ROLE_PRODUCER);
    refused(&two, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream owned by another driver");
    rig_attach(&two, STREAM_B, 1, TPI_ROLE_PRODUCER, &response);
    r = rig_request(&one, STREAM_B, 2, TPI_ROLE_PRODUCER);
    refused(&one, TPI_DIALECT_V11, &r, TPI_CODE_REJECTED, "stream owned by another driver");
    /* With the other driver gone it is free, and its epochs count (D-66). */
    const uint64_t epoch = response.epoch;
    rig_close(&two);
    one.real_ns = 5;
    r.correlation_id = 77;
    rig_ask(&one, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_OK);
    TP_CHECK_EQ_U64(response.epoch, epoch + 1); /* Proves: D-66 */
    rig_close(&one);
}

/* Proves: D-4, D-107 */
TP_TEST(two_drivers_share_a_range_of_dynamic_ids)
{
    rig_t one;
    rig_t two;
    open_dynamic(&one, 20000, 20003);
    rig_prepare(&two);
    two.options.instance_id = "other";
    two.options.allow_dynamic_streams = true;
    two.options.stream_id_range = (tp_id_range_t){ 20000, 20003 };
    rig_start(&two);
    tpi_attach_response_t a;
    tpi_attach_response_t b;
    rig_attach(&one, 0, 1, TPI_ROLE_PRODUCER, &a);
    rig_attach(&two, 0, 1, TPI_ROLE_PRODUCER, &b);
    TP_CHECK_EQ_U64(a.stream_id, 20000);
    TP_CHECK_EQ_U64(b.stream_id, 20001);
    rig_close(&one);
    rig_close(&two);
}

/* Proves: D-102, D-28 - row 13 */
TP_TEST(files_that_cannot_be_made_are_an_internal_error)
{
    rig_t rig;
    rig_open(&rig);
    tpi_attach_response_t response;
    /* Something else is where the stream's directory belongs. */
    char rest[64];
    snprintf(rest, sizeof(rest), "stream-%u", STREAM_A);
    const int fd = open(rig_path(&rig, rest), O_CREAT | O_WRONLY, 0600);
    TP_CHECK_GE_I64(fd, 0);
    close(fd);
    tpi_attach_request_t r = rig_request(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER);
    rig_ask(&rig, TPI_DIALECT_V11, &r, &response);
    TP_CHECK_EQ_I64(response.code, TPI_CODE_INTERNAL_ERROR);
    TP_CHECK(response.error_message.len > 26 &&
             memcmp(response.error_message.data, "failed to provision SHM: ", 25) == 0);
    TP_CHECK_EQ_U64(rig.driver->leases.count, 0);
    /* Once it is possible, the same client gets in. */
    TP_CHECK_EQ_I64(unlink(rig_path(&rig, rest)), 0);
    rig_attach(&rig, STREAM_A, 1, TPI_ROLE_PRODUCER, &response);
    rig_close(&rig);
}

TP_TEST_MAIN()
