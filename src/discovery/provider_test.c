/* A provider beside the real driver, and strangers on both sides of it. */
#include <stdlib.h>

#include "discovery/discovery_scene_test.h"
#include "link/counters.h"

static bool is_visible(void *clientd, uint32_t client_id, const tp_discovery_subject_t *subject)
{
    (void)clientd, (void)client_id;
    return subject->stream_id < scene.first_hidden;
}

/* ---- requests ---- */

/* Proves: S-7, S-10, S-12, S-14, S-16, S-17, S-21, S-22 */
TP_TEST(without_a_filter_all_streams_come_in_order_of_driver_and_id)
{
    set_up();
    announce(scene.other, 7, 3, 4, scene.rig.now_ns, 1);
    announce(scene.other, DRIVER_SCENE_A, 3, 4, scene.rig.now_ns,
             1); /* the same id, another driver */
    const tpi_discovery_request_t all = request_of();
    TP_CHECK_EQ_U64(ask(&all), 1);
    TP_CHECK_EQ_U64(scene.status, TPI_DISCOVERY_OK);
    TP_CHECK_EQ_U64(scene.count, 4);
    TP_CHECK_EQ_U64(scene.streams[0], DRIVER_SCENE_A); /* rig-a */
    TP_CHECK_EQ_U64(scene.streams[1], DRIVER_SCENE_B);
    TP_CHECK_EQ_U64(scene.streams[2], 7); /* rig-b */
    TP_CHECK_EQ_U64(scene.streams[3], DRIVER_SCENE_A);
    TP_CHECK_EQ_STR(scene.error, "");
    run(100);
    TP_CHECK_EQ_U64(stats().entries, 4);
    tear_down();
}

/* Proves: S-7, S-8, S-18, S-24, S-28, S-30 */
TP_TEST(filters_combine_and_compare_byte_by_byte)
{
    set_up();
    name_stream(DRIVER_SCENE_A, EPOCH_NOW, "camera-1");
    name_stream(DRIVER_SCENE_B, EPOCH_NOW, "camera-2");
    tag_stream(DRIVER_SCENE_A, "42", "camera, lab-3 ,,bridged", "left");
    tag_stream(DRIVER_SCENE_B, "x42", "camera", "right");
    announce(scene.other, 0, 3, 0, scene.rig.now_ns, 1); /* 0 is an ordinary id */
    const struct {
        uint32_t stream, producer;
        uint64_t id;
        const char *name;
        const char *tags[3];
        uint16_t ntags;
        uint16_t want;
    } cases[] = {
        { DRIVER_SCENE_A, TPI_NULL_U32, TPI_NULL_U64, "", { NULL }, 0, 1 },
        { 0, TPI_NULL_U32, TPI_NULL_U64, "", { NULL }, 0, 1 },
        { 5, TPI_NULL_U32, TPI_NULL_U64, "", { NULL }, 0, 0 },
        { TPI_NULL_U32, 0, TPI_NULL_U64, "", { NULL }, 0, 1 },
        { TPI_NULL_U32, 81, TPI_NULL_U64, "", { NULL }, 0, 1 },
        { TPI_NULL_U32, 17, TPI_NULL_U64, "", { NULL }, 0, 0 },
        { TPI_NULL_U32, TPI_NULL_U32, 42, "", { NULL }, 0, 1 },
        { TPI_NULL_U32, TPI_NULL_U32, 0, "", { NULL }, 0, 0 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "camera-1", { NULL }, 0, 1 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "Camera-1", { NULL }, 0, 0 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "camera", { NULL }, 0, 0 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "", { "camera" }, 1, 2 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "", { "camera", "lab-3", "camera" }, 3, 1 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "", { "camera", "" }, 2, 2 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "", { "left", "right" }, 2, 0 },
        { TPI_NULL_U32, TPI_NULL_U32, TPI_NULL_U64, "", { "Left" }, 1, 0 },
        { DRIVER_SCENE_A, 80, 42, "camera-1", { "left", "bridged" }, 2, 1 },
        { DRIVER_SCENE_B, 81, 42, "camera-1", { "left" }, 1, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tpi_discovery_request_t r = request_of();
        r.stream_id = cases[i].stream;
        r.producer_id = cases[i].producer;
        r.data_source_id = cases[i].id;
        r.data_source_name = view(cases[i].name);
        r.ntags = cases[i].ntags;
        for (uint16_t k = 0; k < r.ntags; k++) {
            r.tags[k] = view(cases[i].tags[k]);
        }
        r.client_id = (uint32_t)i; /* the limit is another test's */
        TP_CHECK_EQ_U64(ask(&r), 1);
        TP_CHECK_EQ_U64(scene.status, TPI_DISCOVERY_OK); /* S-12: also without any */
        TP_CHECK_MSG(scene.count == cases[i].want, "case %zu: %u, expected %u", i, scene.count,
                     cases[i].want);
    }
    tear_down();
}

/* Proves: S-5, S-6, S-33, S-9 */
TP_TEST(answers_go_where_the_request_says_if_that_is_allowed_and_nowhere_else)
{
    static char long_channel[1100];
    memset(long_channel, 'x', sizeof long_channel - 1);
    memcpy(long_channel, "aeron:ipc?", 10);
    const struct {
        const char *channel;
        uint32_t id;
    } dropped[] = { { "", RESPONSES },           { "aeron:udp?endpoint=10.0.0.9:4", RESPONSES },
                    { "aeron:ipcx", RESPONSES }, { "aeron:ipc?\x80", RESPONSES },
                    { long_channel, RESPONSES }, { "aeron:ipc", UINT32_C(1) << 31 } };
    set_up();
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
        tpi_discovery_request_t r = request_of();
        r.response_channel = view(dropped[i].channel);
        r.response_stream_id = dropped[i].id;
        TP_CHECK_EQ_U64(ask(&r), 0);
        TP_CHECK_EQ_U64(stats().dropped_channel, i + 1);
    }
    TP_CHECK_EQ_U64(stats().responders, 0);
    /* An id of 0 gets an answer there. */
    tpi_subscription_t *zero = NULL;
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(scene.rig.peer_link, &zero, "aeron:ipc", 0, NULL, NULL), TP_OK);
    run(20);
    tpi_discovery_request_t r = request_of();
    r.response_stream_id = 0;
    TP_CHECK_EQ_U64(ask(&r), 0);
    TP_CHECK_EQ_I64(tpi_subscription_poll(zero, on_response, NULL, 10), 1);
    TP_CHECK_EQ_U64(scene.status, TPI_DISCOVERY_ERROR);
    TP_CHECK_EQ_U64(scene.count, 0);
    TP_CHECK_EQ_STR(scene.error, "invalid response_stream_id");
    tear_down();

    tp_discovery_options_t options = options_of();
    static const char *const prefixes[] = { "aeron:ipc?alias=lab" };
    options.allowed_response_channels = prefixes;
    options.nallowed_response_channels = 1;
    set_up_with(&options);
    r = request_of();
    TP_CHECK_EQ_U64(ask(&r), 0);
    r.response_channel = view("aeron:ipc?alias=lab-3");
    TP_CHECK_EQ_U64(ask(&r), 1);
    tear_down();
}

/* Proves: S-33 */
TP_TEST(a_client_that_asks_too_often_is_not_heard_and_others_are)
{
    tp_discovery_options_t options = options_of();
    options.max_requests_per_s = 3;
    set_up_with(&options);
    tpi_discovery_request_t r = request_of();
    size_t heard = 0;
    for (int i = 0; i < 5; i++) {
        heard += ask(&r);
    }
    TP_CHECK_EQ_U64(heard, 3);
    TP_CHECK_EQ_U64(stats().dropped_rate, 2);
    r.client_id = 6;
    TP_CHECK_EQ_U64(ask(&r), 1);
    run(1000);
    r.client_id = 5;
    TP_CHECK_EQ_U64(ask(&r), 1);
    tear_down();
}

/* Proves: S-12, S-13, S-32 */
TP_TEST(what_is_hidden_looks_as_if_it_were_not_there)
{
    tp_discovery_options_t options = options_of();
    options.is_visible = is_visible;
    set_up_with(&options);
    scene.first_hidden = DRIVER_SCENE_B;
    tpi_discovery_request_t r = request_of();
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    TP_CHECK_EQ_U64(scene.streams[0], DRIVER_SCENE_A);
    r.stream_id = DRIVER_SCENE_B;
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.status, TPI_DISCOVERY_NOT_FOUND);
    TP_CHECK_EQ_U64(scene.count, 0);
    r.stream_id = 4711; /* which does not exist */
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.status, TPI_DISCOVERY_NOT_FOUND);
    TP_CHECK_EQ_U64(stats().not_found, 2);
    tear_down();
}

/* Proves: S-14, S-19 */
TP_TEST(too_many_results_are_cut_with_a_note_and_too_large_an_answer_is_an_error)
{
    tp_discovery_options_t options = options_of();
    options.max_results = 2;
    set_up_with(&options);
    announce(scene.other, 7, 3, 4, scene.rig.now_ns, 1);
    tpi_discovery_request_t r = request_of();
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.status, TPI_DISCOVERY_OK);
    TP_CHECK_EQ_U64(scene.count, 2);
    TP_CHECK_EQ_STR(scene.error, "truncated: 2 of 3");
    TP_CHECK_EQ_U64(scene.streams[1], DRIVER_SCENE_B);
    tear_down();
}

/* Proves: S-20 */
TP_TEST(a_response_waits_a_second_for_its_publication_which_is_kept_for_a_minute)
{
    set_up();
    tpi_discovery_request_t r = request_of();
    r.response_stream_id = 7100; /* nobody listens there yet */
    TP_CHECK_EQ_U64(ask(&r), 0);
    run(500);
    tpi_subscription_t *late = NULL;
    TP_CHECK_EQ_I64(
        tpi_link_add_subscription(scene.rig.peer_link, &late, "aeron:ipc", 7100, NULL, NULL),
        TP_OK);
    run(50);
    TP_CHECK_EQ_I64(tpi_subscription_poll(late, on_response, NULL, 10), 1);
    r.response_stream_id = 7101;
    TP_CHECK_EQ_U64(ask(&r), 0);
    run(1100);
    TP_CHECK_EQ_U64(stats().dropped_unconnected, 1);
    TP_CHECK_EQ_U64(stats().responders, 2);
    run(60000);
    TP_CHECK_EQ_U64(stats().responders, 0);
    /* Never more than 64 at a time. */
    for (uint32_t id = 0; id < 100; id++) {
        r.client_id = id;
        r.response_stream_id = 7200 + id;
        (void)ask(&r);
        run(1100);
        TP_CHECK_LE_U64(stats().responders, 64);
    }
    tear_down();
}

/* Proves: S-11, C-1, C-2 */
TP_TEST(what_is_no_request_is_passed_over)
{
    set_up();
    uint8_t buf[256];
    tpi_discovery_request_t r = request_of();
    const int len = tpi_discovery_request_encode(buf, sizeof buf, &r);
    const size_t before = scene.heard;
    for (int at = 0; at < len; at++) {
        send(scene.requests, buf, at > 0 ? at : 1);
    }
    buf[6] = 2; /* version */
    send(scene.requests, buf, len);
    buf[6] = 1;
    buf[4] = 0x84; /* another schema */
    send(scene.requests, buf, len);
    run(100);
    TP_CHECK_EQ_U64(scene.heard, before);
    TP_CHECK_EQ_U64(stats().requests, 0);
    TP_CHECK_GT_U64(stats().ignored_decode, 10);
    tear_down();
}

/* ---- state ---- */

/* Proves: S-24, S-25, S-26, S-27 */
TP_TEST(entries_live_by_their_announces_and_no_lower_epoch_replaces_a_higher_one)
{
    set_up();
    tpi_discovery_request_t r = request_of();
    r.stream_id = 7;
    announce(scene.other, 7, 5, 4, scene.rig.now_ns, 1);
    announce(scene.other, 7, 4, 4, scene.rig.now_ns, 2);
    TP_CHECK_EQ_U64(stats().ignored_epoch, 1);
    announce(scene.other, 7, 6, 4, scene.rig.now_ns, 2);
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    run(2800);
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    run(200); /* three seconds without one */
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 0);
    run(200);
    TP_CHECK_EQ_U64(stats().expired, 1);
    announce(scene.other, 7, 1, 4, scene.rig.now_ns, 1); /* a driver that lost its state */
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    /* Too old, and from before its sender appeared. */
    const uint64_t stale = stats().ignored_stale;
    announce(scene.other, 8, 1, 4, scene.rig.now_ns - 3100 * MS, 1);
    TP_CHECK_EQ_U64(stats().ignored_stale, stale + 1);
    tear_down();
}

/* Proves: S-24, S-25, S-27 */
TP_TEST(metadata_waits_for_its_announce_and_does_not_keep_an_entry_alive)
{
    set_up();
    tpi_discovery_request_t r = request_of();
    r.data_source_name = view("early");
    name_stream(500, 1, "early");
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 0); /* no announce, no entry */
    announce(scene.announces, 500, 2, 4, scene.rig.now_ns, 1);
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    name_stream(500, 1, "old"); /* of an epoch that is over */
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    for (int i = 0; i < 40; i++) {
        name_stream(500, 2, "early");
        run(100);
    }
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 0);
    name_stream(501, 1, "never");
    run(3200); /* nor does it wait longer than that */
    announce(scene.announces, 501, 1, 4, scene.rig.now_ns, 1);
    r.data_source_name = view("never");
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 0);
    tear_down();
}

/* Proves: S-29 */
TP_TEST(limits_hold)
{
    set_up();
    const uint64_t before = stats().ignored_limit;
    announce(scene.other, 7, 1, 4, scene.rig.now_ns, 17);
    TP_CHECK_EQ_U64(stats().ignored_limit, before + 1);
    announce(scene.other, 7, 1, 4, scene.rig.now_ns, 16);
    TP_CHECK_EQ_U64(stats().ignored_limit, before + 1);
    tag_stream(DRIVER_SCENE_A, "1", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q",
               "0123456789012345678901234567890123456789012345678901234567890123456789");
    tpi_discovery_request_t r = request_of();
    r.ntags = 1;
    r.tags[0] = view("p");
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 1);
    r.tags[0] = view("q"); /* the 17th */
    TP_CHECK_EQ_U64(ask(&r), 1);
    TP_CHECK_EQ_U64(scene.count, 0);
    tear_down();
}

/* Proves: C-2 */
TP_TEST(a_request_larger_than_any_that_makes_sense_is_not_kept)
{
    set_up();
    static char name[40000];
    static uint8_t buf[41000];
    memset(name, 'n', sizeof name - 1);
    tpi_discovery_request_t r = request_of();
    r.data_source_name = view(name);
    const size_t before = scene.heard;
    send(scene.requests, buf, tpi_discovery_request_encode(buf, sizeof buf, &r));
    run(50);
    TP_CHECK_EQ_U64(scene.heard, before);
    TP_CHECK_EQ_U64(stats().ignored_limit, 1);
    TP_CHECK_EQ_U64(stats().requests, 0);
    r = request_of();
    TP_CHECK_EQ_U64(ask(&r), 1);
    tear_down();
}

/* Proves: S-29 */
TP_TEST(the_directory_holds_so_many_and_no_more)
{
    tpi_registry_t registry;
    tp_discovery_stats_t s = { 0 };
    TP_CHECK_EQ_I64(tpi_registry_init(&registry, 3000 * MS, 16, 16, &s), TP_OK);
    for (uint32_t id = 0; id < TP_DISCOVERY_MAX_ENTRIES + 10; id++) {
        const tpi_data_source_announce_t m = { .stream_id = id, .name = view("n") };
        tpi_registry_on_source(&registry, 0, &m, 0);
    }
    TP_CHECK_EQ_U64(registry.count, TP_DISCOVERY_MAX_ENTRIES);
    TP_CHECK_EQ_U64(s.ignored_limit, 10);
    /* Streams that are there come before those that are only spoken of. */
    static const uint8_t raw[1];
    tpi_shm_pool_announce_t *m = calloc(1, sizeof *m);
    m->header_slot_bytes = 256;
    for (m->stream_id = 100000; m->stream_id < 100020; m->stream_id++) {
        tpi_registry_on_announce(&registry, 0, m, raw, sizeof raw, 0);
    }
    free(m);
    TP_CHECK_EQ_U64(registry.count, TP_DISCOVERY_MAX_ENTRIES);
    TP_CHECK_EQ_U64(registry.entries[registry.count - 1]->stream_id, 100019);
    TP_CHECK_EQ_U64(registry.entries[registry.count - 20]->stream_id, 100000);
    TP_CHECK_EQ_U64(s.ignored_limit, 10 + 20);
    TP_CHECK_EQ_I64(tpi_registry_sweep(&registry, 3001 * MS), TP_DISCOVERY_MAX_ENTRIES);
    tpi_registry_fini(&registry);
}

/* ---- options ---- */

static void refused(const tp_discovery_options_t *options, const char *text)
{
    tp_discovery_provider_t *p = NULL;
    TP_CHECK_EQ_I64(tp_discovery_provider_create(&p, scene.serving, options), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(p == NULL);
}

/* Proves: S-15, S-23, C-6 */
TP_TEST(options_that_cannot_work_are_refused_by_name)
{
    set_up();
    tp_discovery_endpoint_t e[2] = { two[0], two[1] };
    tp_discovery_options_t o = options_of();
    o.endpoints = e;
    e[0].announce_stream_id = DRIVER_SCENE_ANNOUNCE;
    refused(&o, "share announce stream 1001 on aeron:ipc");
    e[0] = two[0];
    e[0].driver_instance_id = "rig-a";
    refused(&o, "are both driver rig-a");
    e[0] = two[0];
    e[0].driver_control_stream_id = 0;
    refused(&o, "endpoints[0].driver_control_stream_id is 0");
    e[0] = two[0];
    e[0].driver_control_channel = "";
    refused(&o, "endpoints[0].driver_control_channel is \"\"");
    e[0] = two[0];
    o.stream_id = 0;
    refused(&o, "stream_id is 0");
    o = options_of();
    o.max_results = 65535;
    refused(&o, "max_results is 65535");
    o = options_of();
    o.expiry_ns = 1;
    refused(&o, "expiry_ns is 1");
    o = options_of();
    o.nendpoints = 0;
    refused(&o, "0 endpoints");
    tear_down();
}

static size_t counters_seen;

static void see_counter(void *clientd, const tpi_counter_view_t *counter)
{
    (void)clientd;
    if (counter->type_id == TPI_COUNTER_DISCOVERY && strstr(counter->label, "entries") != NULL) {
        TP_CHECK_EQ_I64(counter->value, 2);
        counters_seen++;
    }
}

/* Proves: C-12 */
TP_TEST(figures_are_aeron_counters)
{
    set_up();
    run(200);
    tpi_fake_bus_foreach_counter(scene.rig.bus, see_counter, NULL);
    TP_CHECK_EQ_U64(counters_seen, 1);
    tear_down();
}

/* ---- memory ---- */

static bool is_watched;
static size_t allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *from, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *from, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations += is_watched;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations += is_watched;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *from, size_t size)
{
    allocations += is_watched;
    return __real_realloc(from, size);
}

/* Proves: C-3 */
TP_TEST(announces_that_repeat_what_is_known_allocate_nothing)
{
    set_up();
    for (int i = 0; i < 500; i++) {
        driver_scene_step(&scene.rig);
        is_watched = true;
        tp_discovery_provider_do_work(scene.provider);
        is_watched = false;
        scene.rig.now_ns += 10 * MS;
    }
    TP_CHECK_EQ_U64(allocations, 0);
    TP_CHECK_EQ_U64(stats().entries, 2);
    tear_down();
}

TP_TEST_MAIN()
