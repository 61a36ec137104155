/*
 * [supervisor] and [[supervisor.rules]]: keys, lists of ids, and where what is wrong was written.
 */
#include "config/supervisor_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "tp_test.h"

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

static int load(tpi_supervisor_keys_t *out, const char *toml)
{
    char path[512];
    tp_test_path(path, sizeof path, "rig.toml");
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL);
    TP_CHECK(fputs(toml, file) >= 0 && fclose(file) == 0);
    const tpi_role_source_t source = {
        .path = path, .getenv_fn = get, .warn = warn, .may_lack_section = true
    };
    return tpi_supervisor_keys_load(out, &source);
}

static void refuses(const char *toml, const char *text)
{
    tpi_supervisor_keys_t keys = { .config = NULL };
    TP_CHECK_EQ_I64(load(&keys, toml), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(keys.config == NULL);
}

TP_TEST(defaults_watch_everything_and_say_nothing)
{
    tpi_supervisor_keys_t keys;
    TP_CHECK_EQ_I64(load(&keys, "[driver]\n"), TP_OK);
    TP_CHECK(!tpi_role_config_has_section(keys.config));
    TP_CHECK_EQ_U64(keys.options.nstreams, 0);
    TP_CHECK_EQ_U64(keys.options.nrules, 0);
    TP_CHECK_EQ_I64(keys.options.liveness_timeout_ns, INT64_C(5000000000));
    TP_CHECK_EQ_I64(keys.options.liveness_check_interval_ns, INT64_C(1000000000));
    TP_CHECK_EQ_I64(keys.options.consumer_stale_ns, 0);
    TP_CHECK_EQ_I64(keys.options.force_mode, TP_SUPERVISOR_MODE_OFF);
    TP_CHECK(!keys.options.force_no_shm && !keys.options.per_consumer_enabled);
    TP_CHECK_EQ_U64(keys.options.per_consumer_descriptor_ids.first, 31000);
    TP_CHECK_EQ_U64(keys.options.per_consumer_descriptor_ids.last, 31999);
    TP_CHECK_EQ_U64(keys.options.per_consumer_control_ids.first, 32000);
    TP_CHECK_EQ_STR(keys.client.control_channel, "aeron:ipc?term-length=4m");
    TP_CHECK_EQ_STR(keys.client.qos_channel, "aeron:ipc?term-length=4m");
    TP_CHECK_EQ_I64(keys.client.qos_stream_id, 1200);
    TP_CHECK_EQ_I64(keys.client.metadata_stream_id, 1300);
    TP_CHECK(keys.client.announce_channel == NULL);
    TP_CHECK_EQ_STR(keys.client.allowed_base_dirs[0], "/dev/shm");
    tpi_supervisor_keys_free(&keys);
}

/* Proves: C-11 */
TP_TEST(a_file_becomes_options)
{
    tpi_supervisor_keys_t keys;
    env_name = "SUPERVISOR_DROP_ALERT_CHECKS";
    env_value = "9";
    TP_CHECK_EQ_I64(
        load(&keys, "[supervisor]\naeron_uri = \"aeron:ipc?a=b\"\nstream_id = 4\n"
                    "stream_ids = [\"1001\", \"2000-2999\"]\nconsumer_stale_ms = 1500\n"
                    "force_mode = 2\nforce_no_shm = true\npayload_fallback_uri = \"bridge://4\"\n"
                    "per_consumer_enabled = true\nper_consumer_descriptor_base = 40000\n"
                    "per_consumer_descriptor_range = 10\nreserved_stream_ids = [\"7-9\"]\nodd = 1\n"
                    "[[supervisor.rules]]\nstream_id = 5\nconsumer_ids = \"10-4000000000\"\n"
                    "force_mode = 1\n[[supervisor.rules]]\nper_consumer_enabled = true\n"),
        TP_OK);
    env_name = NULL;
    TP_CHECK(tpi_role_config_has_section(keys.config));
    TP_CHECK_EQ_STR(keys.client.control_channel, "aeron:ipc?a=b");
    TP_CHECK_EQ_STR(keys.client.metadata_channel, "aeron:ipc?a=b");
    TP_CHECK_EQ_U64(keys.options.nstreams, 3);
    TP_CHECK_EQ_U64(keys.options.streams[1].last, 2999);
    TP_CHECK_EQ_U64(keys.options.streams[2].first, 4);
    TP_CHECK_EQ_I64(keys.options.consumer_stale_ns, 1500000000);
    TP_CHECK_EQ_I64(keys.options.force_mode, TP_SUPERVISOR_MODE_RATE_LIMITED);
    TP_CHECK_EQ_U64(keys.options.per_consumer_descriptor_ids.last, 40009);
    TP_CHECK_EQ_U64(keys.options.nreserved_ids, 1);
    TP_CHECK_EQ_U64(keys.options.reserved_ids[0].last, 9);
    TP_CHECK_EQ_U64(keys.options.drop_alert_checks, 9);
    TP_CHECK_EQ_U64(keys.options.nrules, 2);
    TP_CHECK_EQ_U64(keys.options.rules[0].stream_ids.last, 5);
    TP_CHECK_EQ_U64(keys.options.rules[0].consumer_ids.last, 4000000000u);
    TP_CHECK_EQ_I64(keys.options.rules[0].force_mode, TP_SUPERVISOR_MODE_STREAM);
    TP_CHECK(keys.options.rules[1].per_consumer_enabled);
    TP_CHECK_EQ_U64(keys.options.rules[1].stream_ids.last, 0);
    TP_CHECK_CONTAINS(warnings, "unknown key supervisor.odd");
    tpi_supervisor_keys_free(&keys);
}

TP_TEST(what_is_wrong_is_named_with_its_place)
{
    refuses("[supervisor]\nforce_mode = 3\n", ":2: supervisor.force_mode: 3 is not in 0..2");
    refuses("[supervisor]\n\nstream_ids = [\"1001\", \"x\"]\n",
            ":3: supervisor.stream_ids: 'x', expected an id");
    refuses("[supervisor]\nstream_ids = [\"9-8\"]\n", "'9-8'");
    refuses("[supervisor]\nstream_ids = [\"0\"]\n", "'0'");
    refuses("[supervisor]\nstream_ids = [\"1-2-3\"]\n", "'1-2-3'");
    refuses("[supervisor]\nstream_ids = [\"1-\"]\n", "'1-'");
    refuses("[supervisor]\nreserved_stream_ids = [\"-1\"]\n", "reserved_stream_ids: '-1'");
    refuses("[supervisor]\nstream_ids = [\"4294967295\"]\n", "'4294967295'");
    refuses("[supervisor]\nper_consumer_enabled = \"maybe\"\n", "supervisor.per_consumer_enabled");
    refuses("[supervisor]\n[[supervisor.rules]]\nstream_id = 4\nstream_ids = \"1-2\"\n",
            ":4: supervisor.rules[0].stream_ids: '1-2', expected none beside the single id");
    refuses("[supervisor]\n[[supervisor.rules]]\nconsumer_ids = \"2-1\"\n",
            ":3: supervisor.rules[0].consumer_ids: '2-1', expected an id");
    refuses("supervisor = 1\n", "is of type integer, expected table");
}

static void notes(const char *toml, const char *text, const char *expected)
{
    tpi_supervisor_keys_t keys;
    TP_CHECK_EQ_I64(load(&keys, toml), TP_OK);
    (void)tpi_fail(TP_ECONFIG, "%s", text);
    tpi_supervisor_keys_note_place(&keys);
    TP_CHECK_CONTAINS(tp_errmsg(), expected);
    tpi_supervisor_keys_free(&keys);
}

TP_TEST(what_a_supervisor_refuses_is_traced_to_its_line)
{
    notes("[supervisor]\n\nper_consumer_descriptor_base = 5\n",
          "per_consumer_descriptor_ids: 5 to 6 overlaps",
          "rig.toml:3: supervisor: per_consumer_descriptor_ids: 5 to 6 overlaps");
    notes("[supervisor]\npayload_fallback_uri = \"x\"\n", "payload_fallback_uri: 'x', expected",
          "rig.toml:2: supervisor: payload_fallback_uri: 'x', expected");
    notes("[supervisor]\n[[supervisor.rules]]\npayload_fallback_uri = \"x\"\n",
          "rules[0]: payload_fallback_uri: 'x'", "rig.toml:3: supervisor: rules[0]: payload");
    notes("[supervisor]\n", "per_consumer_control_ids: 1 to 2", "supervisor: per_consumer_control");
}

TP_TEST_MAIN()
