/*
 * Each key of driver.md 6: default, file, environment, wrong type, wrong value; then the rules between keys.
 */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "config/keys.h"
#include "config/toml_shim.h"
#include "tp_test.h"

/* ---- a fake environment and a file ---- */

typedef struct world {
    const char *env[16]; /* name, value, name, value ... */
    char warnings[4096];
} world_t;

static const char *world_getenv(void *clientd, const char *name)
{
    const world_t *world = clientd;
    for (size_t i = 0; i + 1 < 16 && world->env[i] != NULL; i += 2) {
        if (strcmp(world->env[i], name) == 0) {
            return world->env[i + 1];
        }
    }
    return NULL;
}

static void world_warn(void *clientd, const char *text)
{
    world_t *world = clientd;
    const size_t used = strlen(world->warnings);
    snprintf(world->warnings + used, sizeof world->warnings - used, "%s\n", text);
}

static char path[512];

static const char *write_file(const char *text)
{
    tp_test_path(path, sizeof path, "rig.toml");
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL);
    TP_CHECK(fputs(text, file) >= 0);
    TP_CHECK(fclose(file) == 0);
    return path;
}

static int load(tpi_config_t **out, const char *toml, world_t *world)
{
    const tpi_config_source_t source = { .path = toml != NULL ? write_file(toml) : NULL,
                                         .getenv_fn = world_getenv,
                                         .warn = world_warn,
                                         .clientd = world };
    return tpi_config_load(out, &source);
}

#define PROFILE "[profiles.p]\npayload_pools = [ { pool_id = 1, stride_bytes = 65536 } ]\n"
#define STREAM "[streams.s]\nstream_id = 7\nprofile = \"p\"\n"
#define REST "\n" PROFILE STREAM

static const tpi_config_item_t *item_of(const tpi_config_t *config, const char *key)
{
    const tpi_config_item_t *items;
    const size_t n = tpi_config_items(config, &items);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(items[i].key, key) == 0) {
            return &items[i];
        }
    }
    tp_test_fail(__FILE__, __LINE__, "no item %s", key);
}

/* A value as one text, whatever its kind. */
static const char *shown(const tpi_config_item_t *item)
{
    static char text[1024];
    switch (item->kind) {
    case TPI_CONFIG_STRING:
    case TPI_CONFIG_MODE:
    case TPI_CONFIG_SECRET:
        snprintf(text, sizeof text, "%s", item->text);
        break;
    case TPI_CONFIG_BOOL:
        snprintf(text, sizeof text, "%s", item->number != 0 ? "true" : "false");
        break;
    case TPI_CONFIG_NUMBER:
        snprintf(text, sizeof text, "%llu", (unsigned long long)item->number);
        break;
    case TPI_CONFIG_CORE:
        snprintf(text, sizeof text, "%lld",
                 item->number == UINT64_MAX ? -1LL : (long long)item->number);
        break;
    case TPI_CONFIG_RANGE:
        snprintf(text, sizeof text, "%u-%u", item->range.first, item->range.last);
        break;
    case TPI_CONFIG_LIST:
        text[0] = '\0';
        for (size_t i = 0; i < item->nlist; i++) {
            const size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? ":" : "", item->list[i]);
        }
        break;
    case TPI_CONFIG_POOLS:
        snprintf(text, sizeof text, "%zu pools", item->npools);
        break;
    }
    return text;
}

/* ---- every scalar key ---- */

typedef struct row {
    const char *key;
    const char *by_default;
    const char *toml, *from_toml; /* as written, as shown() */
    const char *env, *from_env;
    const char *wrong_type;  /* TOML */
    const char *wrong_value; /* TOML; NULL: every value of the type is good */
    const char *wrong_env;   /* NULL: every text is good */
} row_t;

static const row_t rows[] = {
    { "driver.instance_id", "driver-01", "\"rig7\"", "rig7", "rig8", "rig8", "7", "\"a/b\"", "" },
    { "driver.aeron_dir", "", "\"/dev/shm/a\"", "/dev/shm/a", "/dev/shm/b", "/dev/shm/b", "true",
      NULL, NULL },
    { "driver.control_channel", "aeron:ipc?term-length=4m", "\"aeron:ipc\"", "aeron:ipc",
      "aeron:ipc?a=b", "aeron:ipc?a=b", "1", "\"ipc\"", "" },
    { "driver.control_stream_id", "1000", "1010", "1010", "1011", "1011", "\"1010\"", "0",
      "2147483648" },
    { "driver.announce_channel", "aeron:ipc?term-length=4m", "\"aeron:ipc\"", "aeron:ipc",
      "aeron:ipc?a=b", "aeron:ipc?a=b", "1", "\"udp\"", "x" },
    { "driver.announce_stream_id", "1000", "1001", "1001", "1002", "1002", "1.5", "2147483648",
      "0" },
    { "driver.qos_channel", "aeron:ipc?term-length=4m", "\"aeron:ipc\"", "aeron:ipc",
      "aeron:ipc?a=b", "aeron:ipc?a=b", "[]", "\"\"", "" },
    { "driver.qos_stream_id", "1200", "1201", "1201", "1202", "1202", "true", "-1", "" },
    { "driver.stream_id_range", "0-0", "\"20000-29999\"", "20000-29999", "5,6", "5-6", "5",
      "\"9-8\"", "1-" },
    { "driver.descriptor_stream_id_range", "0-0", "[31000, 31063]", "31000-31063", "31000 - 31001",
      "31000-31001", "true", "[0, 5]", "a-b" },
    { "driver.control_stream_id_range", "0-0", "\"32000,32063\"", "32000-32063", "32000-32000",
      "32000-32000", "1979-05-27", "[1, 2, 3]", "5-2147483648" },
    { "shm.base_dir", "/dev/shm/tensorpool", "\"/dev/shm/x\"", "/dev/shm/x", "/dev/shm/y",
      "/dev/shm/y", "1", "\"x\"", "" },
    { "shm.namespace", "default", "\"n\"", "n", "", "", "1", NULL, NULL },
    { "shm.require_hugepages", "false", "true", "true", "TRUE", "true", "\"true\"", NULL, "yes" },
    { "shm.page_size_bytes", "4096", "8192", "8192", "16384", "16384", "\"4096\"", "4097", "0" },
    { "shm.permissions_mode", "660", "\"600\"", "600", "0640", "0640", "660", "\"770\"", "1777" },
    { "shm.allowed_base_dirs", "/dev/shm/tensorpool", "[\"/dev/shm/tensorpool\", \"/x\"]",
      "/dev/shm/tensorpool:/x", "/dev/shm:/y", "/dev/shm:/y", "\"/dev/shm\"", "[\"x\"]",
      "relative" },
    { "policies.allow_dynamic_streams", "false", "true", "true", "False", "false", "0", NULL, "1" },
    { "policies.default_profile", "p", "\"p\"", "p", "p", "p", "1", "\"q\"", "q" },
    { "policies.announce_period_ms", "1000", "500", "500", "250", "250", "\"1\"", "0",
      "4294967296" },
    { "policies.lease_keepalive_interval_ms", "1000", "500", "500", "250", "250", "1.0", "0",
      "ten" },
    { "policies.lease_expiry_grace_intervals", "3", "5", "5", "1", "1", "true", "0", "" },
    { "shm.transparent_hugepages", "true", "false", "false", "false", "false", "1", NULL, "" },
    { "policies.prefault_shm", "true", "false", "false", "false", "false", "1", NULL, "" },
    { "policies.reuse_existing_shm", "false", "true", "true", "true", "true", "1", NULL, "on" },
    { "policies.mlock_shm", "false", "true", "true", "true", "true", "1", NULL, "2" },
    { "policies.cleanup_shm_on_exit", "false", "true", "true", "true", "true", "\"\"", NULL, "" },
    { "policies.epoch_gc_enabled", "true", "false", "false", "fAlse", "false", "0", NULL, "0" },
    { "policies.epoch_gc_keep", "2", "1", "1", "9", "9", "\"2\"", "0", "-1" },
    { "policies.epoch_gc_min_age_ns", "3000000000", "0", "0", "5000000000", "5000000000", "\"0\"",
      "-5", "9223372036854775808" },
    { "policies.epoch_gc_on_startup", "false", "true", "true", "true", "true", "1", NULL, "" },
    { "policies.shutdown_timeout_ms", "2000", "0", "0", "10", "10", "\"0\"", "-1", " 1" },
    { "policies.shutdown_token", "", "\"secret\"", "secret", "other", "other", "1", NULL, NULL },
};
#define NROWS (sizeof rows / sizeof rows[0])

static void env_name(const char *key, char *out)
{
    for (; *key != '\0'; key++) {
        *out++ = (char)(*key == '.' ? '_' : *key >= 'a' && *key <= 'z' ? *key - 32 : *key);
    }
    *out = '\0';
}

static void toml_with(char *out, size_t cap, const char *key, const char *value)
{
    const char *dot = strchr(key, '.');
    snprintf(out, cap, "[%.*s]\n%s = %s" REST, (int)(dot - key), key, dot + 1, value);
}

/* Proves: D-113 */
TP_TEST(the_table_has_every_scalar_key_and_its_default)
{
    world_t world = { .env = { NULL } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(load(&config, PROFILE STREAM, &world), TP_OK);
    TP_CHECK_EQ_U64(NROWS, TPI_KEY_COUNT); /* with 4 of profiles and 2 of streams: the 38 */
    for (size_t i = 0; i < NROWS; i++) {
        const tpi_config_item_t *item = item_of(config, rows[i].key);
        TP_CHECK_EQ_STR(shown(item), rows[i].by_default);
        TP_CHECK_EQ_I64(item->origin, TPI_ORIGIN_DEFAULT);
        TP_CHECK_EQ_STR(item->where, "");
    }
    TP_CHECK_EQ_STR(world.warnings, "");
    tpi_config_free(config);
}

/* Proves: D-113, D-118 */
TP_TEST(each_key_is_taken_from_the_file_with_its_line)
{
    for (size_t i = 0; i < NROWS; i++) {
        world_t world = { .env = { NULL } };
        tpi_config_t *config = NULL;
        char toml[1024];
        char where[600];
        toml_with(toml, sizeof toml, rows[i].key, rows[i].toml);
        TP_CHECK_MSG(load(&config, toml, &world) == TP_OK, "%s: %s", rows[i].key, tp_errmsg());
        const tpi_config_item_t *item = item_of(config, rows[i].key);
        TP_CHECK_EQ_STR(shown(item), rows[i].from_toml);
        TP_CHECK_EQ_I64(item->origin, TPI_ORIGIN_FILE);
        snprintf(where, sizeof where, "%s:2", path);
        TP_CHECK_EQ_STR(item->where, where);
        tpi_config_free(config);
    }
}

/* Proves: D-114 */
TP_TEST(a_variable_wins_over_the_file)
{
    for (size_t i = 0; i < NROWS; i++) {
        char name[64];
        env_name(rows[i].key, name);
        world_t world = { .env = { name, rows[i].env } };
        tpi_config_t *config = NULL;
        char toml[1024];
        toml_with(toml, sizeof toml, rows[i].key, rows[i].toml);
        TP_CHECK_MSG(load(&config, toml, &world) == TP_OK, "%s: %s", rows[i].key, tp_errmsg());
        const tpi_config_item_t *item = item_of(config, rows[i].key);
        TP_CHECK_EQ_STR(shown(item), rows[i].from_env);
        TP_CHECK_EQ_I64(item->origin, TPI_ORIGIN_ENVIRONMENT);
        TP_CHECK_EQ_STR(item->where, name);
        tpi_config_free(config);
    }
}

static void refused(const char *toml, world_t *world, const char *part1, const char *part2,
                    const char *part3)
{
    tpi_config_t *config = NULL;
    TP_CHECK_MSG(load(&config, toml, world) == TP_ECONFIG, "accepted:\n%s", toml);
    TP_CHECK(config == NULL);
    TP_CHECK_CONTAINS(tp_errmsg(), part1);
    TP_CHECK_CONTAINS(tp_errmsg(), part2);
    TP_CHECK_CONTAINS(tp_errmsg(), part3);
}

/* Proves: D-113 */
TP_TEST(a_wrong_type_is_fatal_with_file_line_and_key)
{
    for (size_t i = 0; i < NROWS; i++) {
        world_t world = { .env = { NULL } };
        char toml[1024];
        toml_with(toml, sizeof toml, rows[i].key, rows[i].wrong_type);
        refused(toml, &world, "rig.toml:2: ", rows[i].key, "expected");
    }
}

/* Proves: D-113, D-114 */
TP_TEST(a_wrong_type_in_the_file_is_fatal_also_below_a_variable)
{
    world_t world = { .env = { "POLICIES_ANNOUNCE_PERIOD_MS", "5" } };
    refused("[policies]\nannounce_period_ms = \"5\"" REST, &world,
            "rig.toml:2: ", "announce_period_ms", "string");
}

/* Proves: D-113, D-117, D-118 */
TP_TEST(a_wrong_value_is_fatal_with_file_line_and_key)
{
    for (size_t i = 0; i < NROWS; i++) {
        world_t world = { .env = { NULL } };
        char toml[1024];
        if (rows[i].wrong_value != NULL) {
            toml_with(toml, sizeof toml, rows[i].key, rows[i].wrong_value);
            refused(toml, &world, "rig.toml:2: ", rows[i].key, "");
        }
    }
}

/* Proves: D-114 */
TP_TEST(a_wrong_variable_is_fatal_with_its_name_and_the_key)
{
    for (size_t i = 0; i < NROWS; i++) {
        if (rows[i].wrong_env == NULL) {
            continue;
        }
        char name[64];
        env_name(rows[i].key, name);
        world_t world = { .env = { name, rows[i].wrong_env } };
        refused(PROFILE STREAM, &world, name, rows[i].key, "");
    }
}

/* Proves: D-114, D-118 */
TP_TEST(an_empty_variable_disables_a_range_and_empties_a_string)
{
    world_t world = { .env = { "DRIVER_STREAM_ID_RANGE", "", "DRIVER_AERON_DIR", "" } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(
        load(&config, "[driver]\nstream_id_range = \"5-6\"\naeron_dir = \"/x\"" REST, &world),
        TP_OK);
    TP_CHECK_EQ_STR(shown(item_of(config, "driver.stream_id_range")), "0-0");
    TP_CHECK_EQ_STR(shown(item_of(config, "driver.aeron_dir")), "");
    TP_CHECK(tpi_config_driver_options(config)->aeron_dir == NULL);
    tpi_config_free(config);
}

/* ---- the launcher's variables, options, $USER ---- */

TP_TEST(the_launchers_variables_are_stronger_than_the_drivers)
{
    world_t world = { .env = { "DRIVER_AERON_DIR", "/a", "AERON_DIR", "/b", "TP_CONTROL_CHANNEL",
                               "aeron:ipc?x=1", "TP_CONTROL_STREAM_ID", "1500",
                               "DRIVER_CONTROL_STREAM_ID", "1400", "LAUNCH_MEDIA_DRIVER", "true",
                               "AGENT_TASK_CORE", "3" } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(load(&config, PROFILE STREAM, &world), TP_OK);
    const tp_driver_options_t *options = tpi_config_driver_options(config);
    TP_CHECK_EQ_STR(options->aeron_dir, "/b");
    TP_CHECK_EQ_STR(options->control_channel, "aeron:ipc?x=1");
    TP_CHECK_EQ_STR(options->announce_channel, "aeron:ipc?x=1");
    TP_CHECK_EQ_I64(options->control_stream_id, 1500);
    TP_CHECK_EQ_I64(options->announce_stream_id, 1500);
    TP_CHECK_EQ_STR(item_of(config, "driver.aeron_dir")->where, "AERON_DIR");
    TP_CHECK(tpi_config_launch_media_driver(config));
    TP_CHECK_EQ_I64(tpi_config_task_core(config), 3);
    tpi_config_free(config);

    world_t plain = { .env = { NULL } };
    TP_CHECK_EQ_I64(load(&config, PROFILE STREAM, &plain), TP_OK);
    TP_CHECK(!tpi_config_launch_media_driver(config));
    TP_CHECK_EQ_I64(tpi_config_task_core(config), -1);
    tpi_config_free(config);

    world_t bad = { .env = { "AGENT_TASK_CORE", "many" } };
    refused(PROFILE STREAM, &bad, "AGENT_TASK_CORE", "many", "");
}

TP_TEST(options_win_over_everything)
{
    world_t world = { .env = { "AERON_DIR", "/b", "SHM_BASE_DIR", "/dev/shm/e",
                               "SHM_ALLOWED_BASE_DIRS", "/dev/shm/e" } };
    tpi_config_t *config = NULL;
    const tpi_config_source_t source = { .path =
                                             write_file("[shm]\nbase_dir = \"/dev/shm/f\"" REST),
                                         .getenv_fn = world_getenv,
                                         .aeron_dir = "/o",
                                         .shm_dir = "/dev/shm/o",
                                         .clientd = &world };
    TP_CHECK_EQ_I64(tpi_config_load(&config, &source), TP_OK);
    const tp_driver_options_t *options = tpi_config_driver_options(config);
    TP_CHECK_EQ_STR(options->aeron_dir, "/o");
    TP_CHECK_EQ_STR(options->base_dir, "/dev/shm/o");
    TP_CHECK_EQ_U64(options->allowed_base_dirs_count, 1);
    TP_CHECK_EQ_STR(options->allowed_base_dirs[0], "/dev/shm/o");
    TP_CHECK_EQ_STR(item_of(config, "shm.base_dir")->where, "--shm-dir");
    TP_CHECK_EQ_I64(item_of(config, "driver.aeron_dir")->origin, TPI_ORIGIN_OPTION);
    tpi_config_free(config);
}

TP_TEST(user_is_expanded_in_the_aeron_directory_only_as_a_whole_word)
{
    world_t world = { .env = { "USER", "ada" } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(
        load(&config, "[driver]\naeron_dir = \"/dev/shm/aeron-$USER/${USER}-$USERS\"" REST, &world),
        TP_OK);
    TP_CHECK_EQ_STR(tpi_config_driver_options(config)->aeron_dir, "/dev/shm/aeron-ada/ada-$USERS");
    tpi_config_free(config);
    world_t none = { .env = { NULL } };
    refused("[driver]\naeron_dir = \"/dev/shm/aeron-$USER\"" REST, &none, "rig.toml:2",
            "driver.aeron_dir", "USER");
}

/* ---- profiles and streams ---- */

/* Proves: D-115, D-116 */
TP_TEST(profiles_and_streams_keep_the_order_of_the_file)
{
    world_t world = { .env = { NULL } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(load(&config,
                         "[profiles.zz]\nheader_nslots = 64\nheader_slot_bytes = 256\n"
                         "payload_pools = [ { pool_id = 2, stride_bytes = 1048576 }, { pool_id = "
                         "1, stride_bytes = 4096 } ]\n"
                         "[profiles.aa]\n"
                         "[[profiles.aa.payload_pools]]\npool_id = 9\nstride_bytes = 65536\n"
                         "[streams]\nsecond = { stream_id = 20, profile = \"aa\" }\nfirst = { "
                         "stream_id = 10, profile = \"zz\" }\n",
                         &world),
                    TP_OK);
    const tp_driver_options_t *o = tpi_config_driver_options(config);
    TP_CHECK_EQ_U64(o->nprofiles, 2);
    TP_CHECK_EQ_STR(o->profiles[0].name, "zz");
    TP_CHECK_EQ_U64(o->profiles[0].header_nslots, 64);
    TP_CHECK_EQ_U64(o->profiles[0].npools, 2);
    TP_CHECK_EQ_U64(o->profiles[0].pools[0].pool_id, 2);
    TP_CHECK_EQ_U64(o->profiles[0].pools[0].stride_bytes, 1048576);
    TP_CHECK_EQ_STR(o->profiles[1].name, "aa");
    TP_CHECK_EQ_U64(o->profiles[1].header_nslots, 1024);
    TP_CHECK_EQ_STR(o->default_profile, "zz");
    TP_CHECK_EQ_U64(o->nstreams, 2);
    TP_CHECK_EQ_STR(o->streams[0].name, "second");
    TP_CHECK_EQ_U64(o->streams[0].stream_id, 20);
    TP_CHECK_EQ_STR(o->streams[0].profile, "aa");
    TP_CHECK_EQ_STR(item_of(config, "profiles.aa.header_nslots")->where, "");
    TP_CHECK_CONTAINS(item_of(config, "profiles.zz.header_nslots")->where, "rig.toml:2");
    TP_CHECK_CONTAINS(item_of(config, "streams.first.profile")->where, "rig.toml:11");
    TP_CHECK_EQ_STR(world.warnings, "");
    tpi_config_free(config);
}

/* Proves: D-95, D-105, D-113, D-115, D-116, D-117 */
TP_TEST(what_is_wrong_with_profiles_and_streams_is_fatal)
{
    static const struct {
        const char *toml, *line, *key, *why;
    } cases[] = {
        { "", "rig.toml", "profiles", "at least one profile" },
        { "[profiles]\n" STREAM, "rig.toml", "profiles", "at least one profile" },
        { PROFILE, "rig.toml", "streams", "none is defined" },
        { "profiles = 5\n", "rig.toml:1", "profiles", "table" },
        { "driver = \"x\"\n" PROFILE STREAM, "rig.toml:1", "driver", "table" },
        { "[profiles]\np = 3\n", "rig.toml:2", "profiles.p", "integer" },
        { "[profiles.\"a b\"]\n", "rig.toml:1", "profiles.a b", "no name" },
        { "[profiles.p]\nheader_nslots = 64\n" STREAM, "rig.toml:1", "profiles.p",
          "payload_pools is missing" },
        { "[profiles.p]\npayload_pools = []\n", "rig.toml:2", "profiles.p.payload_pools",
          "0 pools" },
        { "[profiles.p]\npayload_pools = 7\n", "rig.toml:2", "profiles.p.payload_pools", "array" },
        { "[profiles.p]\npayload_pools = [ 7 ]\n", "rig.toml:2", "payload_pools[]", "table" },
        { "[profiles.p]\npayload_pools = [\n{ pool_id = 1 } ]\n", "rig.toml:3", "payload_pools[]",
          "stride_bytes is missing" },
        { "[profiles.p]\npayload_pools = [ { stride_bytes = 4096 } ]\n", "rig.toml:2",
          "payload_pools[]", "pool_id is missing" },
        { "[profiles.p]\npayload_pools = [ { pool_id = 0, stride_bytes = 4096 } ]\n", "rig.toml:2",
          "pool_id", "1..65534" },
        { "[profiles.p]\npayload_pools = [ { pool_id = 65535, stride_bytes = 4096 } ]\n",
          "rig.toml:2", "pool_id", "1..65534" },
        { "[profiles.p]\npayload_pools = [ { pool_id = \"1\", stride_bytes = 4096 } ]\n",
          "rig.toml:2", "pool_id", "integer" },
        { "[profiles.p]\npayload_pools = [ { pool_id = 1, stride_bytes = 5000 } ]\n", "rig.toml:2",
          "stride_bytes", "power of two" },
        { "[profiles.p]\npayload_pools = [ { pool_id = 1, stride_bytes = 4294967296 } ]\n",
          "rig.toml:2", "stride_bytes", "4294967296" },
        { "[profiles.p]\npayload_pools = [ { pool_id = 1, stride_bytes = 64 } ]\n" STREAM,
          "rig.toml:2", "payload_pools", "page size" },
        { "[shm]\npage_size_bytes = 131072\n" PROFILE STREAM, "rig.toml:4", "payload_pools",
          "131072" },
        { "[profiles.p]\npayload_pools = [ { pool_id = 1, stride_bytes = 4096 },\n{ pool_id = 1, "
          "stride_bytes = 8192 } ]\n",
          "rig.toml:3", "payload_pools", "twice" },
        { "[profiles.p]\nheader_nslots = 100\n", "rig.toml:2", "profiles.p.header_nslots",
          "power of two" },
        { "[profiles.p]\nheader_nslots = 0\n", "rig.toml:2", "profiles.p.header_nslots",
          "1..16777216" },
        { "[profiles.p]\nheader_nslots = 33554432\n", "rig.toml:2", "profiles.p.header_nslots",
          "1..16777216" },
        { "[profiles.p]\nheader_nslots = \"8\"\n", "rig.toml:2", "profiles.p.header_nslots",
          "string" },
        { "[profiles.p]\nheader_slot_bytes = 128\n", "rig.toml:2", "profiles.p.header_slot_bytes",
          "256" },
        { PROFILE "[streams.s]\nprofile = \"p\"\n", "rig.toml:3", "streams.s",
          "stream_id is missing" },
        { PROFILE "[streams.s]\nstream_id = 1\n", "rig.toml:3", "streams.s", "profile is missing" },
        { PROFILE "[streams.s]\nstream_id = 0\nprofile = \"p\"\n", "rig.toml:4",
          "streams.s.stream_id", "1..4294967294" },
        { PROFILE "[streams.s]\nstream_id = 4294967295\nprofile = \"p\"\n", "rig.toml:4",
          "streams.s.stream_id", "1..4294967294" },
        { PROFILE "[streams.s]\nstream_id = 1\nprofile = 2\n", "rig.toml:5", "streams.s.profile",
          "string" },
        { PROFILE "[streams.s]\nstream_id = 1\nprofile = \"q\"\n", "rig.toml:5",
          "streams.s.profile", "no profile 'q'" },
        { PROFILE STREAM "[streams.t]\nstream_id = 7\nprofile = \"p\"\n", "rig.toml:7",
          "streams.t.stream_id", "streams.s" },
        { "[driver]\nstream_id_range = \"5-9\"" REST, "rig.toml:2", "driver.stream_id_range",
          "streams.s.stream_id = 7" },
        { "[driver]\nstream_id_range = \"900-1000\"" REST, "rig.toml:2", "driver.stream_id_range",
          "driver.control_stream_id = 1000" },
        { "[driver]\nannounce_stream_id = 1001\ncontrol_stream_id_range = \"1001-1001\"" REST,
          "rig.toml:3", "driver.control_stream_id_range", "driver.announce_stream_id = 1001" },
        { "[driver]\ndescriptor_stream_id_range = \"1100-1300\"" REST, "rig.toml:2",
          "driver.descriptor_stream_id_range", "driver.qos_stream_id = 1200" },
        { "[driver]\nstream_id_range = \"20-30\"\ndescriptor_stream_id_range = \"30-40\"" REST,
          "rig.toml:3", "driver.descriptor_stream_id_range",
          "overlaps driver.stream_id_range = 20-30" },
        { "[driver]\nstream_id_range = \"20-90\"\ncontrol_stream_id_range = [30, 40]" REST,
          "rig.toml:3", "driver.control_stream_id_range", "overlaps" },
        { "[policies]\nlease_keepalive_interval_ms = 4294967295\nlease_expiry_grace_intervals = "
          "4294967295" REST,
          "rig.toml:3", "lease_expiry_grace_intervals", "beyond any lease" },
        { "[driver]\ninstance_id = \"..\"" REST, "rig.toml:2", "driver.instance_id", "'..'" },
        { "[policies]\nshutdown_token = \"a\\u0000b\"" REST, "rig.toml:2", "", "NUL" },
        { "[driver]\ninstance_id = \"a\"\ninstance_id = \"b\"" REST, "rig.toml:3", "", "" },
        { "[driver\n", "rig.toml:1", "", "" },
        { "[driver]\ncontrol_stream_id = 99999999999999999999" REST, "rig.toml:2", "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_t world = { .env = { NULL } };
        refused(cases[i].toml, &world, cases[i].line, cases[i].key, cases[i].why);
    }
}

/* Proves: D-113 */
TP_TEST(unknown_keys_are_reported_and_ignored)
{
    world_t world = { .env = { NULL } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(
        load(&config,
             "top = 1\n[driver]\ncolour = 5\n[bridge]\nx = 1\n[profiles.p]\nspeed = 1\n"
             "payload_pools = [ { pool_id = 1, stride_bytes = 65536, nslots = 4 } ]\n" STREAM
             "tag = 2\n",
             &world),
        TP_OK);
    TP_CHECK_CONTAINS(world.warnings, "rig.toml:1: unknown key top");
    TP_CHECK_CONTAINS(world.warnings, "rig.toml:3: unknown key driver.colour");
    TP_CHECK_CONTAINS(world.warnings, "rig.toml:4: unknown table bridge");
    TP_CHECK_CONTAINS(world.warnings, "rig.toml:7: unknown key profiles.p.speed");
    TP_CHECK_CONTAINS(world.warnings, "rig.toml:8: unknown key profiles.p.payload_pools[].nslots");
    TP_CHECK_CONTAINS(world.warnings, "rig.toml:12: unknown key streams.s.tag");
    tpi_config_free(config);
}

/* Proves: D-89, D-104, D-106 */
TP_TEST(doubtful_values_are_reported)
{
    world_t world = { .env = { NULL } };
    tpi_config_t *config = NULL;
    char toml[4096] =
        "[policies]\nallow_dynamic_streams = true\n[shm]\npermissions_mode = \"666\"\n"
        "[streams.s]\nstream_id = 1000\nprofile = \"p\"\n[profiles.p]\npayload_pools = [\n";
    for (int i = 1; i <= 17; i++) {
        const size_t used = strlen(toml);
        snprintf(toml + used, sizeof toml - used, "{ pool_id = %d, stride_bytes = 4096 },\n", i);
    }
    strcat(toml, "]\n");
    TP_CHECK_EQ_I64(load(&config, toml, &world), TP_OK);
    TP_CHECK_CONTAINS(world.warnings, "driver.stream_id_range is not set");
    TP_CHECK_CONTAINS(world.warnings, "permissions_mode 666");
    TP_CHECK_CONTAINS(world.warnings, "17 pools");
    TP_CHECK_CONTAINS(world.warnings, "streams.s.stream_id 1000");
    tpi_config_free(config);
}

/* ---- options of the driver ---- */

TP_TEST(values_reach_the_drivers_options)
{
    world_t world = { .env = { NULL } };
    tpi_config_t *config = NULL;
    TP_CHECK_EQ_I64(
        load(&config,
             "[driver]\ninstance_id = \"rig7\"\nqos_stream_id = 1300\nstream_id_range = \"20-30\"\n"
             "[shm]\npermissions_mode = \"640\"\npage_size_bytes = 8192\n"
             "[policies]\nprefault_shm = false\nepoch_gc_enabled = false\nepoch_gc_min_age_ns = 0\n"
             "shutdown_timeout_ms = 0\nshutdown_token = \"t\"\nepoch_gc_keep = 4" REST,
             &world),
        TP_OK);
    const tp_driver_options_t *o = tpi_config_driver_options(config);
    TP_CHECK_EQ_U64(o->size, sizeof *o);
    TP_CHECK_EQ_STR(o->instance_id, "rig7");
    TP_CHECK_EQ_I64(o->qos_stream_id, 1300);
    TP_CHECK_EQ_U64(o->stream_id_range.first, 20);
    TP_CHECK_EQ_U64(o->stream_id_range.last, 30);
    TP_CHECK_EQ_U64(o->permissions_mode, 0640);
    TP_CHECK_EQ_U64(o->page_size_bytes, 8192);
    TP_CHECK(o->no_prefault_shm);
    TP_CHECK(o->no_epoch_gc);
    TP_CHECK_EQ_I64(o->epoch_gc_min_age_ns, -1);
    TP_CHECK_EQ_I64(o->shutdown_timeout_ms, -1);
    TP_CHECK_EQ_STR(o->shutdown_token, "t");
    TP_CHECK_EQ_U64(o->epoch_gc_keep, 4);
    TP_CHECK_EQ_STR(o->shm_namespace, "default");
    TP_CHECK_EQ_U64(o->announce_period_ms, 1000);
    tpi_config_free(config);
}

TP_TEST(without_a_file_4k_frames_fit_on_the_usual_streams)
{
    world_t world = { .env = { "DRIVER_INSTANCE_ID", "here" } };
    tpi_config_t *config = NULL;
    TP_CHECK_MSG(load(&config, NULL, &world) == TP_OK, "%s", tp_errmsg());
    TP_CHECK_EQ_STR(world.warnings, "");
    const tp_driver_options_t *o = tpi_config_driver_options(config);
    TP_CHECK(o->allow_dynamic_streams);
    TP_CHECK(o->cleanup_shm_on_exit);
    TP_CHECK(!o->no_prefault_shm);
    TP_CHECK_EQ_U64(o->nprofiles, 1);
    TP_CHECK_GE_U64(o->profiles[0].pools[o->profiles[0].npools - 1].stride_bytes, 3840u * 2160 * 3);
    static const uint32_t ids[] = { 1, 1001, 1002, 1003, 2001, 2002, 2003, 10000, 20000 };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        bool found = ids[i] >= o->stream_id_range.first && ids[i] <= o->stream_id_range.last;
        for (size_t j = 0; j < o->nstreams; j++) {
            found = found || o->streams[j].stream_id == ids[i];
        }
        TP_CHECK_MSG(found, "stream %u", ids[i]);
    }
    TP_CHECK_EQ_I64(item_of(config, "policies.cleanup_shm_on_exit")->origin, TPI_ORIGIN_BUILTIN);
    TP_CHECK_EQ_I64(item_of(config, "driver.instance_id")->origin, TPI_ORIGIN_ENVIRONMENT);
    tpi_config_free(config);
    TP_CHECK_EQ_I64(load(&config, tpi_config_builtin(), &world), TP_OK);
    tpi_config_free(config);
}

TP_TEST(a_file_that_is_not_there_or_too_big_is_an_error_with_its_path)
{
    tpi_config_t *config = NULL;
    tpi_config_source_t source = { .path = "/nonexistent/rig.toml" };
    TP_CHECK_EQ_I64(tpi_config_load(&config, &source), TP_ENOENT);
    TP_CHECK_CONTAINS(tp_errmsg(), "/nonexistent/rig.toml");
    source.path = tp_test_shm_dir();
    TP_CHECK_LT_I64(tpi_config_load(&config, &source), 0);
    TP_CHECK_CONTAINS(tp_errmsg(), source.path);

    char *text = malloc((1 << 20) + 2);
    TP_CHECK(text != NULL);
    memset(text, '#', (1 << 20) + 1);
    text[(1 << 20) + 1] = '\0';
    world_t world = { .env = { NULL } };
    refused(text, &world, "rig.toml", "larger", "");
    free(text);
}

/* The worked example of driver.md 6. */
TP_TEST(the_worked_example_loads)
{
    static const char example[] =
        "[driver]\ninstance_id = \"rig7\"\ncontrol_channel = "
        "\"aeron:ipc?term-length=4m\"\ncontrol_stream_id = 1000\n"
        "announce_stream_id = 1001\nqos_stream_id = 1200\ndescriptor_stream_id_range = "
        "\"31000-31063\"\n"
        "control_stream_id_range = [32000, 32063]\n[shm]\nbase_dir = "
        "\"/dev/shm/tensorpool\"\npermissions_mode = \"660\"\n"
        "allowed_base_dirs = [\"/dev/shm/tensorpool\"]\n[policies]\nallow_dynamic_streams = false\n"
        "announce_period_ms = 1000\nlease_keepalive_interval_ms = "
        "1000\nlease_expiry_grace_intervals = 3\n"
        "prefault_shm = true\ncleanup_shm_on_exit = true\nepoch_gc_keep = 2\nshutdown_timeout_ms = "
        "2000\n"
        "[profiles.raw_mono16]\nheader_nslots = 64\npayload_pools = [\n  { pool_id = 1, "
        "stride_bytes = 1048576 },\n"
        "  { pool_id = 2, stride_bytes = 16777216 },\n]\n[profiles.preview_rgb]\nheader_nslots = "
        "128\n"
        "payload_pools = [ { pool_id = 1, stride_bytes = 1048576 } "
        "]\n[streams.left_raw]\nstream_id = 10000\n"
        "profile = \"raw_mono16\"\n[streams.left_preview]\nstream_id = 10100\nprofile = "
        "\"preview_rgb\"\n";
    world_t world = { .env = { "POLICIES_SHUTDOWN_TOKEN", "from-the-environment" } };
    tpi_config_t *config = NULL;
    TP_CHECK_MSG(load(&config, example, &world) == TP_OK, "%s", tp_errmsg());
    TP_CHECK_EQ_STR(world.warnings, "");
    const tp_driver_options_t *o = tpi_config_driver_options(config);
    TP_CHECK_EQ_U64(o->control_stream_id_range.last, 32063);
    TP_CHECK_EQ_STR(o->shutdown_token, "from-the-environment");
    TP_CHECK_EQ_STR(o->default_profile, "raw_mono16");
    tpi_config_free(config);
}

TP_TEST_MAIN()
