/*
 * [bridge] and [[mappings]]: keys, words, and what is taken for written.
 */
#include "config/bridge_keys.h"

#include <stdio.h>
#include <string.h>

#include "tp_test.h"

#define HEAD                                                                                       \
    "[bridge]\ninstance_id = \"cam\"\npayload_channel = \"aeron:udp?endpoint=h:1\"\n"              \
    "payload_stream_id = 3000\ncontrol_channel = \"aeron:udp?endpoint=h:2\"\ncontrol_stream_id = " \
    "3001\n"
#define MAPPING "[[mappings]]\nsource_stream_id = 10000\ndest_stream_id = 20000\n"

static const char *env_name;
static const char *env_value;
static char warnings[500];

static const char *get(void *clientd, const char *name)
{
    (void)clientd;
    return env_name != NULL && strcmp(name, env_name) == 0 ? env_value : NULL;
}

static void warn(void *clientd, const char *text)
{
    (void)clientd;
    snprintf(warnings, sizeof warnings, "%s", text);
}

static int load(tpi_bridge_keys_t *out, const char *toml)
{
    char path[512];
    tp_test_path(path, sizeof path, "bridge.toml");
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL);
    TP_CHECK(fputs(toml, file) >= 0 && fclose(file) == 0);
    const tpi_role_source_t source = { .path = path, .getenv_fn = get, .warn = warn };
    return tpi_bridge_keys_load(out, &source);
}

static void refuses(const char *toml, const char *text)
{
    tpi_bridge_keys_t keys = { .aeron_dir = "untouched" };
    TP_CHECK_EQ_I64(load(&keys, toml), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK_EQ_STR(keys.aeron_dir, "untouched");
}

/* Proves: C-11 */
TP_TEST(a_file_becomes_options)
{
    tpi_bridge_keys_t keys;
    TP_CHECK_EQ_I64(
        TP_OK,
        load(&keys, HEAD
             "role = \"sender\"\nchunk_bytes = 1063\nassembly_timeout_ms "
             "= 100\n"
             "dest_stream_id_range = \"50000-50010\"\nforward_qos = true\nwire_dialect = \"v1.2\"\n"
             "integrity_crc32c = true\naeron_dir = \"/dev/shm/x\"\nclient_id_base = 7\nodd = "
             "1\n" MAPPING
             "profile = \"raw\"\nsource_control_stream_id = 1200\ndest_control_stream_id = 1201\n"
             "metadata_stream_id = 5\nrole = \"both\"\n"
             "[[mappings]]\nsource_stream_id = 10001\n"));
    TP_CHECK_CONTAINS(warnings, "unknown key bridge.odd");
    const tp_bridge_options_t *o = &keys.options;
    TP_CHECK_EQ_STR(o->instance_id, "cam");
    TP_CHECK_EQ_I64(o->role, TP_BRIDGE_SENDER);
    TP_CHECK_EQ_U64(o->payload_stream_id, 3000);
    TP_CHECK_EQ_STR(o->control_channel, "aeron:udp?endpoint=h:2");
    TP_CHECK_EQ_U64(o->mtu_bytes, 0);
    TP_CHECK_EQ_U64(o->chunk_bytes, 1063);
    TP_CHECK_EQ_U64(o->max_chunk_bytes, 65535);
    TP_CHECK_EQ_U64(o->assembly_timeout_ms, 100);
    TP_CHECK_EQ_U64(o->dest_stream_id_range.last, 50010);
    TP_CHECK(o->forward_qos && !o->forward_progress && o->integrity_crc32c);
    TP_CHECK_EQ_I64(o->forward_metadata, TP_BRIDGE_AUTO); /* Rule: B-51 nobody wrote it */
    TP_CHECK(!o->dest_metadata_per_mapping && o->dest_metadata_stream_id == 1300);
    TP_CHECK_EQ_I64(keys.wire_dialect, TP_WIRE_V12);
    TP_CHECK_EQ_STR(keys.aeron_dir, "/dev/shm/x");
    TP_CHECK_EQ_I64(keys.driver_control_stream_id, 1000);
    TP_CHECK_EQ_U64(o->client_id_base, 7);
    TP_CHECK_EQ_U64(o->mappings_count, 2);
    TP_CHECK_EQ_STR(o->mappings[0].profile, "raw");
    TP_CHECK_EQ_U64(o->mappings[0].metadata_stream_id, 5);
    TP_CHECK_EQ_U64(o->mappings[0].dest_control_stream_id, 1201);
    TP_CHECK_EQ_I64(o->mappings[0].role, TP_BRIDGE_BOTH);
    TP_CHECK_EQ_I64(o->mappings[1].role, TP_BRIDGE_ROLE_DEFAULT);
    TP_CHECK_EQ_U64(o->mappings[1].dest_stream_id, 0);
    tpi_bridge_keys_free(&keys);
}

TP_TEST(what_is_written_is_meant)
{
    tpi_bridge_keys_t keys;
    TP_CHECK_EQ_I64(
        TP_OK, load(&keys, HEAD "forward_metadata = true\ndest_metadata_stream_id = 0\n" MAPPING));
    TP_CHECK_EQ_I64(keys.options.forward_metadata, TP_BRIDGE_ON);
    TP_CHECK(keys.options.dest_metadata_per_mapping);
    tpi_bridge_keys_free(&keys);
    env_name = "BRIDGE_FORWARD_METADATA";
    env_value = "false";
    TP_CHECK_EQ_I64(TP_OK, load(&keys, HEAD "forward_metadata = true\n" MAPPING));
    TP_CHECK_EQ_I64(keys.options.forward_metadata, TP_BRIDGE_OFF);
    tpi_bridge_keys_free(&keys);
    env_name = NULL;
}

/* Proves: C-6, C-11 */
TP_TEST(what_is_wrong_is_named_with_its_place)
{
    refuses("[bridge]\n" MAPPING, "bridge.instance_id: is required");
    refuses(HEAD "mtu_bytes = 128\n" MAPPING, "bridge.mtu_bytes: 128 is not in 129..");
    refuses(HEAD "max_chunk_bytes = 65536\n" MAPPING, "65536 is not in 1..65535");
    refuses(HEAD "role = \"snd\"\n" MAPPING,
            "bridge.role: 'snd', expected sender, receiver or both");
    refuses(HEAD MAPPING "role = \"x\"\n",
            "mappings[0].role: 'x', expected sender, receiver or both");
    refuses(HEAD "wire_dialect = \"v2\"\n" MAPPING,
            "bridge.wire_dialect: 'v2', expected v1.1 or v1.2");
    refuses(HEAD "max_inflight_frames = 17\n" MAPPING, "17 is not in 1..16");
    refuses(HEAD "metadata_stream_id = 2147483648\n" MAPPING, "2147483648 is not in 1..2147483647");
    refuses(HEAD "[[mappings]]\nsource_stream_id = 4294967295\n",
            "4294967295 is not in 1..4294967294");
    refuses(HEAD "[[mappings]]\ndest_stream_id = 5\n", "mappings[0].source_stream_id: is required");
    env_name = "BRIDGE_PAYLOAD_STREAM_ID";
    env_value = "0";
    refuses(HEAD MAPPING, "environment variable BRIDGE_PAYLOAD_STREAM_ID");
    env_name = NULL;
}

TP_TEST_MAIN()
