/*
 * A role's section: defaults, file, environment, options, arrays of tables, and what is wrong in each.
 */
#include "config/role.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "tp_test.h"

typedef struct mapping {
    uint32_t source;
    uint32_t dest;
    const char *profile;
} mapping_t;

typedef struct options {
    const char *name;
    const char *channel;
    uint32_t mtu;
    uint16_t small;
    bool forward;
    int64_t interval_ns;
    tp_id_range_t range;
    const char *const *prefixes;
    size_t nprefixes;
    const mapping_t *mappings;
    size_t nmappings;
} options_t;

#define AT(member) .offset = offsetof(options_t, member)
static const tpi_role_key_t keys[] = {
    { "name", NULL, TPI_STORE_TEXT, AT(name), .is_required = true },
    { "channel", "old_channel", TPI_STORE_TEXT, AT(channel), .default_text = "aeron:ipc" },
    { "mtu_bytes", NULL, TPI_STORE_U32, AT(mtu), .least = 129, .default_text = "1408" },
    { "small", NULL, TPI_STORE_U16, AT(small), .default_text = "7" },
    { "forward", NULL, TPI_STORE_BOOL, AT(forward), .default_text = "true" },
    { "interval_ns", NULL, TPI_STORE_I64, AT(interval_ns), .default_text = "1000000000" },
    { "range", NULL, TPI_STORE_RANGE, AT(range), .default_text = "" },
    { "prefixes", NULL, TPI_STORE_LIST, AT(prefixes),
      .count_offset = offsetof(options_t, nprefixes), .default_text = "" },
};
static const tpi_role_key_t mapping_keys[] = {
    { "source_stream_id", NULL, TPI_STORE_U32, .offset = offsetof(mapping_t, source), .least = 1,
      .is_required = true },
    { "dest_stream_id", NULL, TPI_STORE_U32, .offset = offsetof(mapping_t, dest),
      .default_text = "0" },
    { "profile", NULL, TPI_STORE_TEXT, .offset = offsetof(mapping_t, profile) },
};
static const tpi_role_array_t arrays[] = {
    { "mappings", "relay_old.mappings", offsetof(options_t, mappings),
      offsetof(options_t, nmappings), sizeof(mapping_t), mapping_keys, 3 },
};
static const tpi_role_schema_t schema = { "relay", "relay_old", keys, 8, arrays, 1 };

typedef struct world {
    const char *env[8];
    char warnings[1024];
    tpi_role_option_t option;
    bool may_lack;
} world_t;

static const char *get(void *clientd, const char *name)
{
    const world_t *world = clientd;
    for (size_t i = 0; i + 1 < 8 && world->env[i] != NULL; i += 2) {
        if (strcmp(world->env[i], name) == 0) {
            return world->env[i + 1];
        }
    }
    return NULL;
}

static void note(void *clientd, const char *text)
{
    world_t *world = clientd;
    const size_t used = strlen(world->warnings);
    snprintf(world->warnings + used, sizeof world->warnings - used, "%s\n", text);
}

static int load(tpi_role_config_t **out, const char *toml, world_t *world, options_t *options)
{
    char path[512];
    tp_test_path(path, sizeof path, "relay.toml");
    if (toml != NULL) {
        FILE *file = fopen(path, "w");
        TP_CHECK(file != NULL);
        TP_CHECK(fputs(toml, file) >= 0 && fclose(file) == 0);
    }
    const tpi_role_source_t source = { .path = toml != NULL ? path : NULL,
                                       .getenv_fn = get,
                                       .warn = note,
                                       .clientd = world,
                                       .options = &world->option,
                                       .noptions = 1,
                                       .may_lack_section = world->may_lack };
    return tpi_role_config_load(out, &schema, &source, options);
}

static void refuses(const char *toml, world_t world, const char *text)
{
    options_t options = { .mtu = 99 };
    tpi_role_config_t *config = NULL;
    TP_CHECK_EQ_I64(load(&config, toml, &world, &options), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(config == NULL && options.mtu == 99);
}

/* Proves: C-11 */
TP_TEST(each_layer_wins_over_the_one_below)
{
    world_t world = { .env = { "RELAY_MTU_BYTES", "9000", "RELAY_RANGE", "" },
                      .option = { "--channel", "channel", "aeron:udp" } };
    options_t options = { 0 };
    tpi_role_config_t *config = NULL;
    TP_CHECK_EQ_I64(
        TP_OK, load(&config,
                    "[relay]\nname = \"a\"\nold_channel = \"aeron:ipc?x\"\nmtu_bytes = 1500\n"
                    "range = [5, 9]\nprefixes = [\"aeron:ipc\", \"aeron:udp?a\"]\nforward = false\n"
                    "odd = 1\n[[mappings]]\nsource_stream_id = 1\nprofile = \"p\"\n"
                    "[[mappings]]\nsource_stream_id = 2\ndest_stream_id = 3\nmore = 1\n",
                    &world, &options));
    TP_CHECK_EQ_STR(options.name, "a");
    TP_CHECK_EQ_STR(options.channel, "aeron:udp");
    TP_CHECK_EQ_U64(options.mtu, 9000);
    TP_CHECK_EQ_U64(options.small, 7);
    TP_CHECK(!options.forward);
    TP_CHECK_EQ_I64((int)options.interval_ns, 1000000000);
    TP_CHECK_EQ_U64(options.range.last, 0);
    TP_CHECK_EQ_U64(options.nprefixes, 2);
    TP_CHECK_EQ_STR(options.prefixes[1], "aeron:udp?a");
    TP_CHECK_EQ_U64(options.nmappings, 2);
    TP_CHECK_EQ_STR(options.mappings[0].profile, "p");
    TP_CHECK_EQ_U64(options.mappings[1].dest, 3);
    TP_CHECK(options.mappings[1].profile == NULL);
    TP_CHECK_CONTAINS(world.warnings, "unknown key relay.odd");
    TP_CHECK_CONTAINS(world.warnings, "unknown key mappings[1].more");
    TP_CHECK_EQ_I64(tpi_role_config_origin(config, "forward"), TPI_ORIGIN_FILE);
    TP_CHECK_EQ_I64(tpi_role_config_origin(config, "small"), TPI_ORIGIN_DEFAULT);
    TP_CHECK_EQ_I64(tpi_role_config_origin(config, "channel"), TPI_ORIGIN_OPTION);
    const tpi_config_item_t *items;
    TP_CHECK_EQ_U64(tpi_role_config_items(config, &items), 8 + 2 * 3);
    TP_CHECK_EQ_STR(items[8].key, "mappings[0].source_stream_id");
    tpi_role_config_free(config);
}

TP_TEST(what_is_wrong_is_named_with_its_place)
{
    const world_t none = { 0 };
    refuses("[relay]\n", none, "relay.name: is required and not given");
    refuses("[relay]\nname = \"\"\n", none, "is required and empty");
    refuses("[other]\n", none, "there is no section [relay]");
    refuses("relay = 1\n", none, "is of type integer, expected table");
    refuses("[relay]\nname = \"a\"\nmtu_bytes = 128\n", none,
            ":3: relay.mtu_bytes: 128 is not in 129..4294967295");
    refuses("[relay]\nname = \"a\"\nsmall = 70000\n", none, "70000 is not in 0..65535");
    refuses("[relay]\nname = 5\n", none, "is of type integer, expected string");
    refuses("[relay]\nname = \"a\"\nchannel = \"x\"\nold_channel = \"y\"\n", none, "given twice");
    refuses("[relay]\nname = \"a\"\n[mappings]\n", none, "expected an array of tables");
    refuses("[relay]\nname = \"a\"\n[[mappings]]\nsource_stream_id = 0\n", none,
            ":4: mappings[0].source_stream_id: 0 is not in 1..");
    refuses("[relay]\nname = \"a\"\n[[mappings]]\ndest_stream_id = 1\n", none,
            "mappings[0].source_stream_id: is required");
    refuses("[relay]\nname = \"a\n", none, "relay.toml:2:");
    const world_t env = { .env = { "RELAY_MTU_BYTES", "many" } };
    refuses("[relay]\nname = \"a\"\n", env,
            "environment variable RELAY_MTU_BYTES (relay.mtu_bytes): 'many'");
}

TP_TEST(a_file_of_others_may_lack_the_section)
{
    world_t world = { .may_lack = true };
    options_t options = { 0 };
    tpi_role_config_t *config = NULL;
    TP_CHECK_EQ_I64(TP_OK, load(&config, "[driver]\n", &world, &options));
    TP_CHECK(!tpi_role_config_has_section(config));
    TP_CHECK_EQ_U64(options.mtu, 1408);
    tpi_role_config_free(config);
    TP_CHECK_EQ_I64(
        TP_OK,
        load(&config, "[relay_old]\nname = \"b\"\n[[relay_old.mappings]]\nsource_stream_id = 4\n",
             &world, &options));
    TP_CHECK(tpi_role_config_has_section(config));
    TP_CHECK_EQ_STR(options.name, "b");
    TP_CHECK_EQ_U64(options.nmappings, 1);
    TP_CHECK_EQ_U64(options.mappings[0].source, 4);
    tpi_role_config_free(config);
}

TP_TEST_MAIN()
