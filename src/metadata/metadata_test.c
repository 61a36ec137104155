/* A publisher and a cache, with each other and with what others send. */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "driver_scene.h"
#include "tensorpool/metadata.h"
#include "wire/meta.h"

#define MS SCENE_MS
enum { STREAM = DRIVER_SCENE_A };

typedef struct scene {
    driver_scene_t rig;
    tp_client_t *maker, *hearer;
    tp_producer_t *producer;
    tp_metadata_publisher_t *publisher;
    tp_metadata_cache_t *cache;
    tpi_publication_t *pub; /* anybody's */
    size_t changes, blobs;
    uint32_t changed_version, blob_type;
    uint8_t *blob;
    uint64_t blob_len;
} scene_t;

static scene_t scene;

static void on_changed(void *clientd, uint32_t stream_id, uint32_t meta_version)
{
    (void)clientd, (void)stream_id;
    scene.changes++;
    scene.changed_version = meta_version;
}

static void on_blob(void *clientd, uint32_t stream_id, uint32_t meta_version, uint32_t blob_type,
                    const void *data, uint64_t length)
{
    (void)clientd, (void)stream_id, (void)meta_version;
    scene.blobs++;
    scene.blob_type = blob_type;
    scene.blob_len = length;
    free(scene.blob);
    scene.blob = malloc(length);
    TP_CHECK(scene.blob != NULL);
    memcpy(scene.blob, data, length);
}

static void run(int64_t ms)
{
    for (int64_t i = 0; i <= ms; i += 10) {
        driver_scene_step(&scene.rig);
        tp_client_do_work(scene.maker);
        if (scene.publisher != NULL) {
            tp_metadata_publisher_poll(scene.publisher);
        }
        tp_client_do_work(scene.hearer);
        if (scene.cache != NULL) {
            tp_metadata_cache_poll(scene.cache);
        }
        scene.rig.now_ns += i < ms ? 10 * MS : 0;
    }
}

static void listen(const tp_metadata_cache_options_t *options)
{
    tp_metadata_cache_options_t o = *options;
    o.changed = on_changed;
    o.blob = on_blob;
    TP_CHECK_EQ_I64(tp_metadata_cache_create(&scene.cache, scene.hearer, &o), TP_OK);
}

static void set_up(tp_wire_dialect_t dialect)
{
    memset(&scene, 0, sizeof scene);
    driver_scene_prepare(&scene.rig);
    driver_scene_start(&scene.rig);
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.wire_dialect = dialect;
    scene.maker = driver_scene_client(&scene.rig, &options);
    scene.hearer = driver_scene_client(&scene.rig, NULL);
    TP_CHECK_EQ_I64(
        tpi_link_add_publication(scene.rig.peer_link, &scene.pub, "aeron:ipc", 1300, false), TP_OK);
}

static void produce(const char *name, const char *summary)
{
    tp_producer_options_t producing = TP_PRODUCER_OPTIONS_INIT;
    tp_metadata_publisher_options_t options = TP_METADATA_PUBLISHER_OPTIONS_INIT;
    producing.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.maker, &producing), TP_OK);
    options.producer = scene.producer;
    options.name = name;
    options.summary = summary;
    TP_CHECK_EQ_I64(tp_metadata_publisher_create(&scene.publisher, scene.maker, &options), TP_OK);
}

static void tear_down(void)
{
    tp_metadata_cache_destroy(scene.cache);
    tp_metadata_publisher_destroy(scene.publisher);
    tp_producer_destroy(scene.producer);
    tp_client_destroy(scene.maker);
    tp_client_destroy(scene.hearer);
    driver_scene_close(&scene.rig);
    free(scene.blob);
}

static tp_text_t text(const char *value)
{
    return (tp_text_t){ value, (uint32_t)strlen(value) };
}

static tp_attribute_t attribute(const char *key, const char *value)
{
    return (tp_attribute_t){ .key = text(key), .value = value, .length = (uint32_t)strlen(value) };
}

static bool holds(tp_text_t got, const char *want)
{
    return got.length == strlen(want) && memcmp(got.data, want, got.length) == 0;
}

static tp_metadata_cache_stats_t heard(void)
{
    tp_metadata_cache_stats_t out;
    tp_metadata_cache_stats(scene.cache, &out);
    return out;
}

static tp_metadata_publisher_stats_t said(void)
{
    tp_metadata_publisher_stats_t out;
    tp_metadata_publisher_stats(scene.publisher, &out);
    return out;
}

/* Proves: W-117, W-121, W-129, W-130, W-131 */
TP_TEST(a_stream_is_named_each_second_and_its_attributes_follow_every_change)
{
    const tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    set_up(TP_WIRE_V11);
    produce("camera-1", "left of the gate");
    listen(&options);
    run(300);
    tp_data_source_t source;
    tp_attach_status_t status;
    tp_producer_status(scene.producer, &status);
    TP_CHECK(tp_metadata_cache_source(scene.cache, STREAM, &source));
    TP_CHECK(holds(source.name, "camera-1") && holds(source.summary, "left of the gate"));
    TP_CHECK_EQ_U64(source.epoch, status.epoch);
    TP_CHECK_EQ_U64(source.producer_id, status.client_id);
    TP_CHECK_EQ_U64(source.meta_version, 0);
    TP_CHECK_EQ_I64(tp_metadata_cache_attributes(scene.cache, STREAM, 0, NULL, NULL, 0), -1);

    tp_attribute_t set[2] = { attribute("gain", "12"), attribute("lens", "50mm") };
    set[1].format = text("text/x-lens");
    TP_CHECK_EQ_U64(tp_metadata_version(scene.publisher), 0);
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, set, 2), TP_OK);
    TP_CHECK_EQ_U64(tp_metadata_version(scene.publisher), 1);
    run(10);
    TP_CHECK_EQ_U64(scene.changes, 1);
    tp_attribute_t got[4];
    uint32_t version = 0;
    TP_CHECK_EQ_I64(tp_metadata_cache_attributes(scene.cache, STREAM, 0, &version, got, 4), 2);
    TP_CHECK_EQ_U64(version, 1);
    TP_CHECK(holds(got[0].key, "gain") && holds(got[0].format, "text/plain"));
    TP_CHECK(holds(got[1].format, "text/x-lens"));
    TP_CHECK_EQ_MEM(got[1].value, "50mm", 4);

    /* Replaced as a whole; the version before is still known. */
    const tp_attribute_t next = attribute("gain", "14");
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, &next, 1), TP_OK);
    run(10);
    TP_CHECK_EQ_U64(scene.changed_version, 2);
    TP_CHECK_EQ_I64(tp_metadata_cache_attributes(scene.cache, STREAM, 2, NULL, got, 4), 1);
    TP_CHECK(!tp_metadata_cache_find(scene.cache, STREAM, 2, "lens", got));
    TP_CHECK(tp_metadata_cache_find(scene.cache, STREAM, 1, "lens", got));
    TP_CHECK(tp_metadata_cache_find(scene.cache, STREAM, 0, "gain", got));
    TP_CHECK_EQ_MEM(got[0].value, "14", 2);
    TP_CHECK(!tp_metadata_cache_find(scene.cache, STREAM, 3, "gain", got));

    const tp_metadata_publisher_stats_t before = said();
    run(10000);
    TP_CHECK_EQ_U64(said().announces - before.announces, 10);
    TP_CHECK_EQ_U64(said().metas - before.metas, 5);
    TP_CHECK_EQ_U64(scene.changes, 2); /* repetitions are no news */
    tear_down();
}

/* Proves: W-130 */
TP_TEST(who_comes_late_is_told_at_once)
{
    const tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    set_up(TP_WIRE_V11);
    produce("camera-1", NULL);
    const tp_attribute_t set = attribute("gain", "12");
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, &set, 1), TP_OK);
    run(700);
    TP_CHECK_EQ_U64(said().announces + said().metas, 0); /* nobody there */
    listen(&options);
    run(30);
    TP_CHECK_EQ_U64(scene.changes, 1);
    tp_data_source_t source;
    TP_CHECK(tp_metadata_cache_source(scene.cache, STREAM, &source));
    tear_down();
}

TP_TEST(a_stand_in_speaks_of_the_epoch_that_is_announced)
{
    const tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    set_up(TP_WIRE_V11);
    tp_metadata_publisher_options_t publishing = TP_METADATA_PUBLISHER_OPTIONS_INIT;
    publishing.stream_id = STREAM;
    publishing.name = "camera-1";
    publishing.first_version = 8;
    TP_CHECK_EQ_I64(tp_metadata_publisher_create(&scene.publisher, scene.maker, &publishing),
                    TP_OK);
    const tp_attribute_t set = attribute("gain", "12");
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, &set, 1), TP_OK);
    listen(&options);
    tp_producer_options_t producing = TP_PRODUCER_OPTIONS_INIT;
    producing.stream_id = STREAM;
    TP_CHECK_EQ_I64(tp_producer_create(&scene.producer, scene.hearer, &producing), TP_OK);
    run(1500);
    tp_attach_status_t status;
    tp_data_source_t source;
    tp_producer_status(scene.producer, &status);
    TP_CHECK(tp_metadata_cache_source(scene.cache, STREAM, &source));
    TP_CHECK_EQ_U64(source.epoch, status.epoch);
    TP_CHECK_EQ_U64(source.producer_id, status.client_id);
    TP_CHECK_EQ_U64(source.meta_version, 8);
    TP_CHECK_EQ_U64(scene.changed_version, 8);
    tear_down();
}

/* Proves: W-8 */
TP_TEST(sets_that_nobody_could_use_are_refused_and_the_one_before_holds)
{
    set_up(TP_WIRE_V11);
    produce("camera-1", NULL);
    const tp_attribute_t good = attribute("gain", "12");
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, &good, 1), TP_OK);
    static tp_attribute_t many[TP_MAX_ATTRIBUTES + 1];
    static char keys[TP_MAX_ATTRIBUTES + 1][8];
    static char large[130 * 1024];
    for (int i = 0; i <= TP_MAX_ATTRIBUTES; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        many[i] = attribute(keys[i], "v");
    }
    const struct {
        tp_attribute_t set[2];
        size_t count;
        const char *said;
    } wrong[] = {
        { { attribute("", "v") }, 1, "0 bytes" },
        { { attribute("a", "v"), attribute("a", "w") }, 2, "key a is given twice" },
        { { attribute("\xc3\xa4", "v") }, 1, "7-bit" },
        { { { .key = text("a"), .value = large, .length = sizeof large } }, 1, "takes" }
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, wrong[i].set, wrong[i].count), TP_EINVAL);
        TP_CHECK_CONTAINS(tp_errmsg(), wrong[i].said);
    }
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, many, TP_MAX_ATTRIBUTES + 1), TP_EINVAL);
    TP_CHECK_EQ_I64(tp_metadata_set(scene.publisher, many, TP_MAX_ATTRIBUTES), TP_OK);
    TP_CHECK_EQ_U64(tp_metadata_version(scene.publisher), 2);

    tp_metadata_publisher_t *other = NULL;
    tp_metadata_publisher_options_t options = TP_METADATA_PUBLISHER_OPTIONS_INIT;
    TP_CHECK_EQ_I64(tp_metadata_publisher_create(&other, scene.maker, &options), TP_EINVAL);
    static char name[300];
    memset(name, 'n', sizeof name - 1);
    options.stream_id = 5;
    options.name = name;
    TP_CHECK_EQ_I64(tp_metadata_publisher_create(&other, scene.maker, &options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), "299");
    TP_CHECK(other == NULL);
    tear_down();
}

static void send(const void *data, int len)
{
    TP_CHECK_GT_I64(len, 0);
    TP_CHECK_EQ_I64(tpi_publication_offer(scene.pub, data, (size_t)len), TPI_SEND_OK);
    run(0);
}

static void send_set(uint32_t stream_id, uint32_t version, const char *value)
{
    uint8_t buf[256];
    static tpi_data_source_meta_t meta;
    meta = (tpi_data_source_meta_t){
        .stream_id = stream_id, .meta_version = version, .timestamp_ns = 5, .nattributes = 1
    };
    meta.attributes[0].key = (tpi_view_t){ (const uint8_t *)"k", 1 };
    meta.attributes[0].value = (tpi_view_t){ (const uint8_t *)value, (uint32_t)strlen(value) };
    send(buf, tpi_data_source_meta_encode(buf, sizeof buf, &meta));
}

/* Proves: W-131 */
TP_TEST(what_is_kept_is_bounded_and_the_oldest_goes)
{
    tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    options.max_streams = 2;
    options.max_versions = 3;
    set_up(TP_WIRE_V11);
    listen(&options);
    run(30);
    for (uint32_t version = 1; version <= 5; version++) {
        send_set(7, version, "v");
    }
    tp_attribute_t got;
    for (uint32_t version = 1; version <= 5; version++) {
        TP_CHECK_EQ_I64(tp_metadata_cache_find(scene.cache, 7, version, "k", &got), version >= 3);
    }
    send_set(7, 4, "w"); /* another set under a known version: it replaces it */
    TP_CHECK_EQ_U64(scene.changes, 6);
    TP_CHECK(tp_metadata_cache_find(scene.cache, 7, 4, "k", &got));
    TP_CHECK_EQ_MEM(got.value, "w", 1);
    TP_CHECK(tp_metadata_cache_find(scene.cache, 7, 3, "k", &got));
    run(10);
    send_set(8, 1, "v");
    run(10);
    send_set(9, 1, "v");
    TP_CHECK(!tp_metadata_cache_find(scene.cache, 7, 4, "k", &got));
    TP_CHECK(tp_metadata_cache_find(scene.cache, 8, 1, "k", &got));
    TP_CHECK_EQ_U64(heard().evicted, 1);
    uint8_t bad[40] = { 16, 0, 8, 0, 0x84, 3, 1, 0 };
    tpi_put_u16(bad + 26, 3); /* attributes that are not there */
    send(bad, 30);
    TP_CHECK_EQ_U64(heard().ignored_decode, 1);
    tear_down();
}

/* Proves: W-131 - a producer that starts anew counts from 1 again: its set counts, not the highest number */
TP_TEST(the_set_that_is_announced_counts_also_when_versions_go_backwards)
{
    const tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    set_up(TP_WIRE_V11);
    listen(&options);
    run(30);
    tp_attribute_t got;
    send_set(7, 6, "b");
    send_set(7, 5, "a");
    /* nothing announced: the last */
    TP_CHECK(tp_metadata_cache_find(scene.cache, 7, 0, "k", &got));
    TP_CHECK_EQ_MEM(got.value, "a", 1);
    send_set(7, 1, "n");
    tpi_data_source_announce_t m = { .stream_id = 7, .producer_id = 9, .epoch = 2 };
    static const struct {
        uint32_t announced;
        const char *value;
    } cases[] = { { 6, "b" }, { 1, "n" }, { 5, "a" }, { 2, "n" /* not there yet: the last */ } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buf[256];
        m.meta_version = cases[i].announced;
        send(buf, tpi_data_source_announce_encode(buf, sizeof buf, &m));
        TP_CHECK(tp_metadata_cache_find(scene.cache, 7, 0, "k", &got));
        TP_CHECK_EQ_MEM(got.value, cases[i].value, 1);
    }
    TP_CHECK(!tp_metadata_cache_find(scene.cache, 7, 2, "k", &got));
    tear_down();
}

/* Proves: W-132 */
TP_TEST(a_blob_goes_in_parts_and_arrives_whole)
{
    const tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    static uint8_t data[300 * 1000];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + i / 1000);
    }
    set_up(TP_WIRE_V12);
    produce("camera-1", NULL);
    listen(&options);
    run(100);
    TP_CHECK_EQ_I64(tp_metadata_send_blob(scene.publisher, 4, data, sizeof data), TP_OK);
    TP_CHECK(!tp_metadata_blob_is_sent(scene.publisher));
    TP_CHECK_EQ_I64(tp_metadata_send_blob(scene.publisher, 4, data, sizeof data), TP_EBUSY);
    run(200);
    TP_CHECK(tp_metadata_blob_is_sent(scene.publisher));
    TP_CHECK_EQ_U64(scene.blobs, 1);
    TP_CHECK_EQ_U64(scene.blob_type, 4);
    TP_CHECK_EQ_U64(scene.blob_len, sizeof data);
    TP_CHECK_EQ_MEM(scene.blob, data, sizeof data);
    tear_down();
    set_up(TP_WIRE_V11);
    produce("camera-1", NULL);
    TP_CHECK_EQ_I64(tp_metadata_send_blob(scene.publisher, 4, data, 10), TP_EUNSUPPORTED);
    tear_down();
}

static void send_blob(uint64_t total, const uint64_t (*parts)[2], size_t nparts, uint64_t checksum)
{
    static uint8_t buf[70000];
    static const uint8_t bytes[70000];
    const tpi_meta_blob_announce_t a = {
        .stream_id = 7, .meta_version = 1, .blob_type = 2, .total_len = total, .checksum = checksum
    };
    send(buf, tpi_meta_blob_announce_encode(buf, sizeof buf, &a));
    for (size_t i = 0; i < nparts; i++) {
        const tpi_meta_blob_chunk_t c = { .stream_id = 7,
                                          .meta_version = 1,
                                          .chunk_offset = parts[i][0],
                                          .bytes = { bytes, (uint32_t)parts[i][1] } };
        send(buf, tpi_meta_blob_chunk_encode(buf, sizeof buf, &c));
    }
    const tpi_meta_blob_complete_t z = { .stream_id = 7, .meta_version = 1, .checksum = checksum };
    send(buf, tpi_meta_blob_complete_encode(buf, sizeof buf, &z));
}

/* Proves: W-132 */
TP_TEST(a_blob_with_a_gap_an_overlap_or_a_wrong_sum_is_discarded_with_its_cause)
{
    tp_metadata_cache_options_t options = TP_METADATA_CACHE_OPTIONS_INIT;
    options.max_blob_bytes = 1000;
    set_up(TP_WIRE_V11);
    listen(&options);
    run(30);
    static const uint8_t zeros[200];
    const uint32_t crc = tpi_crc32c(0, zeros, sizeof zeros);
    const uint64_t good[][2] = { { 0, 100 }, { 100, 100 } };
    send_blob(200, good, 2, crc);
    TP_CHECK_EQ_U64(scene.blobs, 1);
    const uint64_t gap[][2] = { { 0, 100 }, { 101, 99 } };
    send_blob(200, gap, 2, crc);
    TP_CHECK_EQ_U64(heard().blobs_gap, 1);
    TP_CHECK_EQ_U64(heard().blobs_unexpected, 1); /* the end of what was discarded */
    const uint64_t overlap[][2] = { { 0, 100 }, { 99, 100 } };
    send_blob(200, overlap, 2, crc);
    TP_CHECK_EQ_U64(heard().blobs_gap, 2);
    const uint64_t beyond[][2] = { { 0, 100 }, { 100, 101 } };
    send_blob(200, beyond, 2, crc);
    TP_CHECK_EQ_U64(heard().blobs_gap, 3);
    send_blob(200, good, 1, crc); /* not all of it */
    TP_CHECK_EQ_U64(heard().blobs_gap, 4);
    send_blob(200, good, 2, crc + 1);
    TP_CHECK_EQ_U64(heard().blobs_checksum, 1);
    send_blob(1001, good, 2, crc);
    TP_CHECK_EQ_U64(heard().blobs_oversize, 1);
    send_blob(200, good, 2, crc);
    TP_CHECK_EQ_U64(scene.blobs, 2);
    tear_down();
}

TP_TEST_MAIN()
