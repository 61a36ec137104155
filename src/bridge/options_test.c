/*
 * What a bridge refuses to start with, and how it says so; sizes of chunks.
 */
#include "bridge/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client_internal.h"
#include "tp_test.h"

typedef struct world {
    tp_client_options_t client;
    char *client_texts;
    tp_bridge_mapping_t mappings[4];
    tp_bridge_options_t options;
    char events[1000];
} world_t;

static void on_event(void *clientd, int level, const char *text)
{
    world_t *w = clientd;
    const size_t used = strlen(w->events);
    snprintf(w->events + used, sizeof w->events - used, "%d: %s\n", level, text);
}

static void setup(world_t *w)
{
    const tp_client_options_t client = TP_CLIENT_OPTIONS_INIT;
    memset(w, 0, sizeof *w);
    TP_CHECK_EQ_I64(tpi_client_options_read(&w->client, &w->client_texts, &client), TP_OK);
    w->mappings[0] = (tp_bridge_mapping_t){ .source_stream_id = 10000, .dest_stream_id = 20000 };
    w->mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = 10001, .dest_stream_id = 20001 };
    w->options = (tp_bridge_options_t){ .size = sizeof w->options,
                                        .instance_id = "rig",
                                        .payload_channel = "aeron:udp?endpoint=h:1",
                                        .payload_stream_id = 3000,
                                        .control_channel = "aeron:udp?endpoint=h:2",
                                        .control_stream_id = 3001,
                                        .forward_metadata = TP_BRIDGE_OFF,
                                        .mappings = w->mappings,
                                        .mappings_count = 2,
                                        .event = on_event,
                                        .event_clientd = w };
}

static void teardown(world_t *w)
{
    free(w->client_texts);
}

static void accepts(world_t *w)
{
    tpi_bridge_config_t config;
    TP_CHECK_EQ_I64(tpi_bridge_config_read(&config, &w->options, &w->client), TP_OK);
    tpi_bridge_config_free(&config);
    teardown(w);
}

static void refuses(world_t *w, const char *text)
{
    tpi_bridge_config_t config = { .texts = (char *)w };
    TP_CHECK_EQ_I64(tpi_bridge_config_read(&config, &w->options, &w->client), TP_EINVAL);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(config.texts == (char *)w && config.mappings == NULL);
    teardown(w);
}

#define WORLD                                                                                      \
    world_t w;                                                                                     \
    setup(&w)
#define REFUSES(text, ...)                                                                         \
    do {                                                                                           \
        WORLD;                                                                                     \
        __VA_ARGS__;                                                                               \
        refuses(&w, text);                                                                         \
    } while (0)

TP_TEST(what_is_not_given_gets_its_default)
{
    WORLD;
    tpi_bridge_config_t config;
    char instance[] = "rig";
    w.options.instance_id = instance;
    TP_CHECK_EQ_I64(tpi_bridge_config_read(&config, &w.options, &w.client), TP_OK);
    instance[0] = 'x'; /* everything was copied */
    w.mappings[0].source_stream_id = 0;
    TP_CHECK_EQ_STR(config.o.instance_id, "rig");
    TP_CHECK_EQ_U64(config.mappings[0].source_stream_id, 10000);
    TP_CHECK_EQ_I64(config.mappings[0].role, TP_BRIDGE_BOTH);
    TP_CHECK_EQ_U64(config.o.max_payload_bytes, 1073741824);
    TP_CHECK_EQ_U64(config.o.assembly_timeout_ms, 250);
    TP_CHECK_EQ_U64(config.o.max_inflight_frames, 2);
    TP_CHECK_EQ_U64(config.o.dest_metadata_stream_id, 1300);
    TP_CHECK_EQ_STR(config.o.dest_metadata_channel, "aeron:ipc?term-length=4m");
    TP_CHECK_EQ_STR(w.events, "");
    tpi_bridge_config_free(&config);
    teardown(&w);
}

/* Proves: C-6 */
TP_TEST(ids_out_of_range_are_refused_by_name)
{
    REFUSES("payload_stream_id is 0, expected 1..2147483647", w.options.payload_stream_id = 0);
    REFUSES("control_stream_id is 2147483648, expected 1..2147483647",
            w.options.control_stream_id = UINT32_C(2147483648));
    REFUSES("metadata_stream_id is 4294967295", w.options.metadata_stream_id = UINT32_MAX);
    REFUSES("source_metadata_stream_id is 4294967295",
            w.options.source_metadata_stream_id = UINT32_MAX);
    REFUSES("dest_metadata_stream_id is 4294967295",
            w.options.dest_metadata_stream_id = UINT32_MAX);
    REFUSES("mappings[1].source_stream_id is 0, expected 1..4294967294",
            w.mappings[1].source_stream_id = 0);
    REFUSES("mappings[0].dest_stream_id is 4294967295, expected 0 (default) or 1..4294967294",
            w.mappings[0].dest_stream_id = UINT32_MAX);
    REFUSES("mappings[0].metadata_stream_id is 4294967295",
            w.mappings[0].metadata_stream_id = UINT32_MAX);
    REFUSES("mappings[0].source_control_stream_id is 2147483648",
            w.mappings[0].source_control_stream_id = UINT32_C(2147483648));
    REFUSES("mappings[0].dest_control_stream_id is 2147483648",
            w.mappings[0].dest_control_stream_id = UINT32_C(2147483648));
    REFUSES("mappings[0].metadata_stream_id is 2147483648 and, with dest_metadata_stream_id 0",
            w.options.dest_metadata_per_mapping = true;
            w.mappings[0].metadata_stream_id = UINT32_C(2147483648));
    WORLD;
    w.options.payload_stream_id = INT32_MAX;
    w.mappings[0].source_stream_id = UINT32_MAX - 1;
    accepts(&w);
}

TP_TEST(texts_and_words_are_checked)
{
    REFUSES("instance_id is required", w.options.instance_id = "");
    REFUSES("payload_channel is required", w.options.payload_channel = NULL);
    REFUSES("control_channel is required", w.options.control_channel = "");
    REFUSES("payload_channel \"udp://x\"", w.options.payload_channel = "udp://x");
    REFUSES("role is 4", w.options.role = (tp_bridge_role_t)4);
    REFUSES("mappings[1].role is 9", w.mappings[1].role = (tp_bridge_role_t)9);
    REFUSES("forward_metadata is 3", w.options.forward_metadata = (tp_bridge_switch_t)3);
    REFUSES("there are 0 mappings, expected 1..1024", w.options.mappings_count = 0);
    REFUSES("there are 0 mappings", w.options.mappings = NULL);
    REFUSES("max_inflight_frames is 17, expected 1..16", w.options.max_inflight_frames = 17);
    REFUSES("client_id_base is 4294967294", w.options.client_id_base = UINT32_MAX - 1);
}

/* Proves: B-11 */
TP_TEST(a_chunk_has_at_least_a_byte_and_at_most_what_all_limits_allow)
{
    REFUSES("mtu_bytes is 128, expected more than 128", w.options.mtu_bytes = 128);
    REFUSES("max_chunk_bytes is 65536, expected 1..65535", w.options.max_chunk_bytes = 65536);
    REFUSES("max_payload_bytes is 1073741825", w.options.max_payload_bytes = 1073741825);
    REFUSES("max_payload_bytes is 100, expected at least chunk_bytes, 101",
            w.options.max_payload_bytes = 100;
            w.options.chunk_bytes = 101);
    static const struct {
        uint32_t mtu, chunk, max, stream_mtu, sent, taken;
    } rows[] = {
        { 0, 0, 0, 1408, 1280, 65535 },      { 0, 1063, 0, 1408, 1063, 1063 },
        { 0, 4000, 0, 1408, 1280, 4000 },    { 1408, 0, 0, 1408, 1280, 1280 },
        { 1408, 1300, 0, 1408, 1280, 1280 }, { 1408, 1000, 900, 1408, 900, 900 },
        { 8192, 0, 0, 1408, 8064, 8064 },    { 129, 0, 0, 1408, 1, 1 },
        { 0, 0, 1000, 1408, 1000, 1000 },    { 100000, 0, 0, 65504, 65535, 65535 },
        { 0, 0, 0, 65504, 65376, 65535 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        WORLD;
        tpi_bridge_config_t config;
        w.options.mtu_bytes = rows[i].mtu;
        w.options.chunk_bytes = rows[i].chunk;
        w.options.max_chunk_bytes = rows[i].max;
        TP_CHECK_EQ_I64(tpi_bridge_config_read(&config, &w.options, &w.client), TP_OK);
        TP_CHECK_EQ_U64(tpi_bridge_chunk_bytes(&config, rows[i].stream_mtu), rows[i].sent);
        TP_CHECK_EQ_U64(tpi_bridge_chunk_limit(&config), rows[i].taken); /* Rule: B-25 */
        tpi_bridge_config_free(&config);
        teardown(&w);
    }
}

/* Proves: B-7, B-9 */
TP_TEST(streams_are_kept_apart)
{
    REFUSES("payload_stream_id 3001 on \"aeron:udp?endpoint=h:2\" is that of the control stream",
            w.options.payload_channel = "aeron:udp?endpoint=h:2";
            w.options.payload_stream_id = 3001);
    REFUSES("is that of the control stream",
            w.options.payload_channel = "aeron:udp?mtu=8k|endpoint=h:2";
            w.options.payload_stream_id = 3001);
    REFUSES("control_stream_id 3001 on \"aeron:udp?endpoint=h:2\" is that of the metadata stream",
            w.options.forward_metadata = TP_BRIDGE_ON;
            w.options.metadata_channel = "aeron:udp?endpoint=h:2";
            w.options.metadata_stream_id = 3001; w.options.source_metadata_stream_id = 1300);
    REFUSES("payload_stream_id 1100 on \"aeron:ipc\" is that of the local descriptor stream",
            w.options.payload_channel = "aeron:ipc";
            w.options.payload_stream_id = 1100);
    REFUSES("control_stream_id 1000 on \"aeron:ipc\" is that of the driver's control stream",
            w.options.control_channel = "aeron:ipc";
            w.options.control_stream_id = 1000);
    REFUSES("is that of the mapping's source control stream",
            w.options.control_channel = "aeron:ipc";
            w.options.control_stream_id = 1250; w.mappings[0].source_control_stream_id = 1250);
    WORLD; /* the same id elsewhere, or the same place under another id, is fine */
    w.options.payload_stream_id = w.options.control_stream_id = 1000;
    accepts(&w);
    setup(&w);
    w.options.payload_channel = w.options.control_channel = "aeron:ipc";
    accepts(&w);
}

/* Proves: B-7 */
TP_TEST(mappings_that_contradict_each_other_are_refused)
{
    REFUSES("mappings[1] repeats mappings[0]: source_stream_id 10000, dest_stream_id 20000",
            w.mappings[1] = w.mappings[0]);
    REFUSES("mappings[1].dest_stream_id is 20000, which mappings[0] receives into already",
            w.mappings[1].dest_stream_id = 20000);
    REFUSES("mappings[0].dest_stream_id is 10000, which is its source as well",
            w.mappings[0].dest_stream_id = 10000);
    WORLD;
    w.options.role = TP_BRIDGE_SENDER; /* the other half is elsewhere */
    w.mappings[0].dest_stream_id = 10000;
    w.mappings[1].dest_stream_id = 10000;
    accepts(&w);
    TP_CHECK_CONTAINS(w.events, "is part of a cycle"); /* its own */
}

/* Proves: B-7 */
TP_TEST(a_cycle_is_warned_about_and_refused_where_messages_would_echo)
{
    WORLD;
    w.mappings[0] = (tp_bridge_mapping_t){ .source_stream_id = 1, .dest_stream_id = 2 };
    w.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = 2, .dest_stream_id = 3 };
    w.mappings[2] = (tp_bridge_mapping_t){ .source_stream_id = 3, .dest_stream_id = 4 };
    w.options.mappings_count = 3;
    accepts(&w);
    TP_CHECK_EQ_STR(w.events, "");
    setup(&w);
    w.mappings[0] = (tp_bridge_mapping_t){ .source_stream_id = 1, .dest_stream_id = 2 };
    w.mappings[1] = (tp_bridge_mapping_t){ .source_stream_id = 2, .dest_stream_id = 3 };
    w.mappings[2] = (tp_bridge_mapping_t){ .source_stream_id = 3, .dest_stream_id = 1 };
    w.options.mappings_count = 3;
    accepts(&w);
    TP_CHECK_CONTAINS(w.events, "30: mappings[0], 1 to 2, is part of a cycle");
    for (int i = 0; i < 2; i++) {
        setup(&w);
        for (int k = 0; k < 2; k++) {
            w.mappings[k] = (tp_bridge_mapping_t){ .source_stream_id = 1 + (uint32_t)k,
                                                   .dest_stream_id = 2 - (uint32_t)k,
                                                   .source_control_stream_id = 40,
                                                   .dest_control_stream_id = 41 };
        }
        w.options.forward_qos = i == 0;
        w.options.forward_progress = i == 1;
        refuses(&w, i == 0 ? "with forward_qos its messages would echo" : "with forward_progress");
    }
}

/* Proves: B-4 */
TP_TEST(a_range_of_destinations_is_there_and_touches_nothing)
{
    const tp_id_range_t range = { 50000, 50001 };
    REFUSES("mappings[1].dest_stream_id is 0 and dest_stream_id_range is not given",
            w.mappings[1].dest_stream_id = 0);
    REFUSES("dest_stream_id_range is 5-4",
            w.options.dest_stream_id_range = ((tp_id_range_t){ 5, 4 }));
    REFUSES("dest_stream_id_range is 0-4",
            w.options.dest_stream_id_range = ((tp_id_range_t){ 0, 4 }));
    REFUSES("dest_stream_id_range is 5-4294967295",
            w.options.dest_stream_id_range = ((tp_id_range_t){ 5, UINT32_MAX }));
    REFUSES("dest_stream_id_range 50000-50000 is too small for the 2 mappings",
            w.options.dest_stream_id_range = ((tp_id_range_t){ 50000, 50000 });
            w.mappings[0].dest_stream_id = w.mappings[1].dest_stream_id = 0);
    static const struct {
        uint32_t id;
        const char *whose;
    } taken[] = { { 1000, "the driver's control stream" },
                  { 1200, "the QoS stream" },
                  { 1100, "the descriptor stream" },
                  { 3000, "payload_stream_id" },
                  { 3001, "control_stream_id" },
                  { 10000, "a mapping's source_stream_id" },
                  { 20001, "a mapping's dest_stream_id" },
                  { 3002, "metadata_stream_id" },
                  { 61, "a mapping's source_control_stream_id" },
                  { 62, "a mapping's dest_control_stream_id" } };
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        REFUSES(taken[i].whose,
                w.options.dest_stream_id_range = ((tp_id_range_t){ taken[i].id, taken[i].id });
                w.options.metadata_stream_id = 3002; w.mappings[0].source_control_stream_id = 61;
                w.mappings[0].dest_control_stream_id = 62);
    }
    WORLD; /* one fixed, one allocated */
    w.options.dest_stream_id_range = range;
    w.mappings[1].dest_stream_id = 0;
    accepts(&w);
    setup(&w);
    w.options.role = TP_BRIDGE_SENDER; /* the receiver's business */
    w.mappings[1].dest_stream_id = 0;
    accepts(&w);
}

/* Proves: B-51 */
TP_TEST(metadata_without_a_stream_is_refused_only_when_asked_for)
{
    REFUSES("forward_metadata is true, but metadata_channel is not given",
            w.options.forward_metadata = TP_BRIDGE_ON);
    REFUSES("forward_metadata is true, but metadata_stream_id is not given",
            w.options.forward_metadata = TP_BRIDGE_ON;
            w.options.metadata_channel = "aeron:udp?endpoint=h:3");
    REFUSES("forward_metadata is true, but source_metadata_stream_id is not given",
            w.options.forward_metadata = TP_BRIDGE_ON;
            w.options.metadata_channel = "aeron:udp?endpoint=h:3";
            w.options.metadata_stream_id = 3002);
    REFUSES("forward_tracelink is true, but wire_dialect is v1.1",
            w.options.forward_tracelink = true);
    REFUSES("forward_tracelink is true, but metadata_channel is not given",
            w.options.forward_tracelink = true;
            w.client.wire_dialect = TP_WIRE_V12);
    WORLD;
    w.options.forward_metadata = TP_BRIDGE_AUTO;
    accepts(&w);
    TP_CHECK_CONTAINS(w.events, "30: metadata is not forwarded: metadata_channel is not given");
    setup(&w);
    w.options.role = TP_BRIDGE_RECEIVER; /* reads no local metadata */
    w.options.forward_metadata = TP_BRIDGE_ON;
    w.options.metadata_channel = "aeron:udp?endpoint=h:3";
    w.options.metadata_stream_id = 3002;
    accepts(&w);
    TP_CHECK_EQ_STR(w.events, "");
}

/* Proves: B-54 */
TP_TEST(forwarding_of_qos_and_progress_needs_both_control_ids)
{
    REFUSES("forward_qos is true, but mappings[0].source_control_stream_id is 0",
            w.options.forward_qos = true);
    REFUSES("forward_progress is true, but mappings[1].dest_control_stream_id is 0",
            w.options.forward_progress = true;
            w.mappings[0].source_control_stream_id = w.mappings[0].dest_control_stream_id = 1250;
            w.mappings[1].source_control_stream_id = 1250);
    WORLD;
    w.options.forward_qos = w.options.forward_progress = true;
    for (int i = 0; i < 2; i++) {
        w.mappings[i].source_control_stream_id = 1250;
        w.mappings[i].dest_control_stream_id = 1251;
    }
    accepts(&w);
}

TP_TEST_MAIN()
