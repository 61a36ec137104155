/*
 * Options: what is refused, what is filled in. And the small tables.
 */
#include "driver/driver_test_util.h"

static tp_driver_pool_t pools[2] = { { 1, 4096 }, { 2, 8192 } };
static tp_driver_profile_t profiles[2] = { { "p", 0, pools, 2 }, { "q", 16, pools, 1 } };
static tp_driver_stream_t streams[2] = { { "a", 7, "q" }, { "b", 3, "p" } };

static tp_driver_options_t good(void)
{
    pools[0] = (tp_driver_pool_t){ 1, 4096 };
    pools[1] = (tp_driver_pool_t){ 2, 8192 };
    profiles[0] = (tp_driver_profile_t){ "p", 0, pools, 2 };
    profiles[1] = (tp_driver_profile_t){ "q", 16, pools, 1 };
    streams[0] = (tp_driver_stream_t){ "a", 7, "q" };
    streams[1] = (tp_driver_stream_t){ "b", 3, "p" };
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    options.profiles = profiles;
    options.nprofiles = 2;
    options.streams = streams;
    options.nstreams = 2;
    return options;
}

static void refused_because(const tp_driver_options_t *options, const char *text)
{
    tpi_driver_config_t config;
    TP_CHECK_EQ_I64(tpi_driver_config_init(&config, options), TP_ECONFIG);
    TP_CHECK_CONTAINS(tp_errmsg(), text);
    TP_CHECK(config.profiles == NULL);
}

#define REFUSED(change, text)                                                                      \
    do {                                                                                           \
        tp_driver_options_t o = good();                                                            \
        change;                                                                                    \
        refused_because(&o, text);                                                                 \
    } while (0)

/* Proves: D-46 */
TP_TEST(defaults_are_those_of_the_document)
{
    tpi_driver_config_t c;
    const tp_driver_options_t o = good();
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, &o), TP_OK);
    TP_CHECK_EQ_STR(c.instance_id, "driver-01");
    TP_CHECK(c.aeron_dir == NULL);
    TP_CHECK_EQ_STR(c.control_channel, "aeron:ipc?term-length=4m");
    TP_CHECK_EQ_I64(c.control_stream_id, 1000);
    TP_CHECK_EQ_STR(c.announce_channel, c.control_channel);
    TP_CHECK_EQ_I64(c.announce_stream_id, 1000);
    TP_CHECK_EQ_I64(c.qos_stream_id, 1200);
    TP_CHECK_EQ_STR(c.base_dir, "/dev/shm/tensorpool");
    TP_CHECK_EQ_U64(c.allowed_base_dirs_count, 1);
    TP_CHECK_EQ_STR(c.allowed_base_dirs[0], c.base_dir);
    TP_CHECK_EQ_U64(c.file_mode, 0660);
    TP_CHECK_EQ_U64(c.dir_mode, 02770);
    TP_CHECK_EQ_I64(c.announce_period_ns, SEC);
    TP_CHECK_EQ_I64(c.keepalive_interval_ns, SEC);
    TP_CHECK_EQ_I64(c.lease_duration_ns, 3 * SEC);
    TP_CHECK(c.prefault && c.transparent_hugepages && c.gc_enabled && !c.gc_on_startup &&
             !c.mlock && !c.cleanup_on_exit && !c.reuse_existing);
    TP_CHECK_EQ_U64(c.gc_keep, 2);
    TP_CHECK_EQ_I64(c.gc_min_age_ns, 3 * SEC);
    TP_CHECK_EQ_I64(c.shutdown_timeout_ns, 2 * SEC);
    TP_CHECK_EQ_STR(c.shutdown_token, "");
    TP_CHECK_EQ_STR(c.default_profile->name, "p");
    TP_CHECK_EQ_U64(c.profiles[0].nslots, 1024);
    TP_CHECK_EQ_U64(c.profiles[1].total_bytes, 64 + 16 * 256 + 64 + 16 * 4096);
    TP_CHECK_EQ_U64(c.streams[0].stream_id, 3); /* in order of id */
    tpi_driver_config_fini(&c);
}

/* Proves: D-27, D-88, D-95, D-115, D-116, D-117 */
TP_TEST(wrong_values_are_named_with_their_key)
{
    REFUSED(o.instance_id = "", "driver.instance_id");
    REFUSED(o.instance_id = "..", "driver.instance_id");
    REFUSED(o.instance_id = "a/b", "driver.instance_id");
    REFUSED(o.instance_id = "12345678901234567890123456789012345678901234567890123456789012345",
            "driver.instance_id");
    REFUSED(o.control_channel = "ipc", "driver.control_channel");
    REFUSED(o.announce_channel = "", "driver.announce_channel");
    REFUSED(o.qos_channel = "x", "driver.qos_channel");
    REFUSED(o.control_stream_id = -1, "driver.control_stream_id");
    REFUSED(o.announce_stream_id = -1, "driver.announce_stream_id");
    REFUSED(o.qos_stream_id = INT32_MIN, "driver.qos_stream_id");
    REFUSED(o.base_dir = "dev/shm", "shm.base_dir");
    REFUSED(o.page_size_bytes = 5000, "shm.page_size_bytes");
    REFUSED(o.permissions_mode = 01000, "shm.permissions_mode");
    REFUSED(o.permissions_mode = 0770, "shm.permissions_mode");
    REFUSED(o.permissions_mode = 0440, "shm.permissions_mode");
    REFUSED(o.default_profile = "r", "policies.default_profile");
    REFUSED(
        (o.lease_keepalive_interval_ms = UINT32_MAX, o.lease_expiry_grace_intervals = UINT32_MAX),
        "lease_keepalive_interval_ms");
    REFUSED(o.nprofiles = 0, "profiles");
    REFUSED(o.nstreams = 0, "streams");
    REFUSED(profiles[0].name = "a b", "profile \"a b\"");
    REFUSED(profiles[0].name = NULL, "profile");
    REFUSED(profiles[1].name = "p", "profiles.p: given twice");
    REFUSED(profiles[0].header_nslots = 3, "profiles.p.header_nslots 3");
    REFUSED(profiles[0].header_nslots = 1u << 25, "profiles.p.header_nslots");
    REFUSED(profiles[0].npools = 0, "profiles.p.payload_pools");
    REFUSED(profiles[0].npools = 65, "profiles.p.payload_pools");
    REFUSED(pools[0].pool_id = 0, "payload_pools[0].pool_id 0");
    REFUSED(pools[0].pool_id = 65535, "payload_pools[0].pool_id 65535");
    REFUSED(pools[1].pool_id = 1, "pool_id 1 occurs twice");
    REFUSED(pools[1].stride_bytes = 12288, "stride_bytes 12288");
    REFUSED(streams[0].name = "", "stream \"\"");
    REFUSED(streams[0].profile = "r", "streams.a.profile \"r\"");
    REFUSED(streams[0].stream_id = 0, "streams.a.stream_id 0");
    REFUSED(streams[0].stream_id = UINT32_MAX, "streams.a.stream_id 4294967295");
    REFUSED(streams[0].stream_id = 3, "stream_id 3");
    static char token[1026];
    memset(token, 'x', 1025);
    REFUSED(o.shutdown_token = token, "policies.shutdown_token");
    static const char *const dirs[] = { "relative" };
    REFUSED((o.allowed_base_dirs = dirs, o.allowed_base_dirs_count = 1),
            "shm.allowed_base_dirs[0]");
}

/* Proves: D-104, D-105, D-117 */
TP_TEST(ranges_are_disjoint_from_each_other_from_endpoints_and_from_static_streams)
{
    REFUSED((o.stream_id_range = (tp_id_range_t){ 5, 4 }), "driver.stream_id_range");
    REFUSED((o.stream_id_range = (tp_id_range_t){ 0, 4 }), "driver.stream_id_range");
    REFUSED((o.stream_id_range = (tp_id_range_t){ 10, UINT32_C(2147483648) }),
            "driver.stream_id_range");
    REFUSED((o.stream_id_range = (tp_id_range_t){ 10, 20 },
             o.descriptor_stream_id_range = (tp_id_range_t){ 20, 30 }),
            "overlaps");
    REFUSED((o.stream_id_range = (tp_id_range_t){ 10, 20 },
             o.control_stream_id_range = (tp_id_range_t){ 1, 100 }),
            "overlaps");
    REFUSED((o.descriptor_stream_id_range = (tp_id_range_t){ 12, 12 },
             o.control_stream_id_range = (tp_id_range_t){ 12, 12 }),
            "overlaps");
    REFUSED((o.stream_id_range = (tp_id_range_t){ 1000, 1000 }), "driver.control_stream_id 1000");
    REFUSED((o.control_stream_id_range = (tp_id_range_t){ 1001, 1300 }),
            "driver.qos_stream_id 1200");
    REFUSED(
        (o.announce_stream_id = 1001, o.descriptor_stream_id_range = (tp_id_range_t){ 1001, 1100 }),
        "driver.announce_stream_id 1001");
    REFUSED((o.stream_id_range = (tp_id_range_t){ 1, 7 }), "streams.b.stream_id 3");
    tpi_driver_config_t c;
    tp_driver_options_t o = good();
    o.stream_id_range = (tp_id_range_t){ 20000, 29999 };
    o.descriptor_stream_id_range = (tp_id_range_t){ 31000, 31999 };
    o.control_stream_id_range = (tp_id_range_t){ 32000, 2147483647 };
    streams[0].stream_id = 1000; /* a tensor stream may have an Aeron stream's number */
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, &o), TP_OK);
    tpi_driver_config_fini(&c);
}

TP_TEST(older_and_newer_callers_are_told_apart_by_size)
{
    struct {
        tp_driver_options_t options;
        uint64_t newer;
    } large = { good(), 0 };
    tpi_driver_config_t c;
    large.options.size = sizeof(large);
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, &large.options), TP_OK);
    tpi_driver_config_fini(&c);
    large.newer = 1;
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, &large.options), TP_EINVAL);
    tp_driver_options_t o = good();
    o.size = offsetof(tp_driver_options_t, clock); /* before clocks were options */
    o.clock = rig_clock;
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, &o), TP_OK);
    TP_CHECK(c.clock != rig_clock);
    tpi_driver_config_fini(&c);
    o.size = 0;
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, &o), TP_EINVAL);
    TP_CHECK_EQ_I64(tpi_driver_config_init(&c, NULL), TP_EINVAL);
}

/* ---- tables ---- */

TP_TEST(the_map_agrees_with_a_plain_array)
{
    enum { KEYS = 512, STEPS = 200000 };
    static char present[KEYS];
    tpi_map_t map;
    uint32_t state = 1;
    size_t count = 0;
    tpi_map_init(&map, 42);
    for (int i = 0; i < STEPS; i++) {
        state = state * 1664525 + 1013904223;
        const uint32_t key = (state >> 8) % KEYS;
        if ((state >> 28) < 7) {
            TP_CHECK_EQ_I64(tpi_map_put(&map, key, &present[key]), TP_OK);
            count += present[key] == 0;
            present[key] = 1;
        } else {
            TP_CHECK(tpi_map_remove(&map, key) == (present[key] != 0 ? &present[key] : NULL));
            count -= present[key] != 0;
            present[key] = 0;
        }
        const uint32_t other = (state >> 3) % KEYS;
        TP_CHECK(tpi_map_get(&map, other) == (present[other] != 0 ? &present[other] : NULL));
        TP_CHECK_EQ_U64(map.count, count);
    }
    tpi_map_fini(&map);
    TP_CHECK(tpi_map_get(&map, 1) == NULL);
    TP_CHECK(tpi_map_remove(&map, 1) == NULL);
}

TP_TEST(a_growing_map_moves_a_few_slots_at_a_time_and_loses_none)
{
    enum { KEYS = 20000 };
    static char values[KEYS];
    static char seen[KEYS];
    tpi_map_t map;
    tpi_map_init(&map, 7);
    size_t growths = 0;
    for (size_t i = 0; i < KEYS; i++) {
        const size_t capacity = map.table.capacity;
        const size_t before = map.old_next;
        TP_CHECK_EQ_I64(tpi_map_put(&map, i * 3, &values[i]), TP_OK);
        growths += map.table.capacity != capacity;
        if (map.table.capacity != capacity) {
            TP_CHECK_LE_U64(map.old_next, 8); /* nothing was left of the one before */
        } else {
            TP_CHECK_LE_U64(map.old_next - before, 8);
        }
        TP_CHECK(tpi_map_get(&map, i / 2 * 3) == &values[i / 2]);
        TP_CHECK(tpi_map_get(&map, i * 3 + 1) == NULL);
        if (i % 5 == 4) { /* some go from either table, some are replaced there */
            TP_CHECK(tpi_map_remove(&map, (i - 2) * 3) == &values[i - 2]);
            TP_CHECK(tpi_map_remove(&map, (i - 2) * 3) == NULL);
            TP_CHECK_EQ_I64(tpi_map_put(&map, (i - 2) * 3, &values[i - 2]), TP_OK);
            TP_CHECK_EQ_I64(tpi_map_put(&map, i / 3 * 3, &values[i / 3]), TP_OK);
        }
        TP_CHECK_EQ_U64(map.count, i + 1);
    }
    TP_CHECK_GE_U64(growths, 11);
    size_t at = 0;
    for (char *value; (value = tpi_map_next(&map, &at)) != NULL;) {
        seen[value - values]++;
    }
    for (size_t i = 0; i < KEYS; i++) {
        TP_CHECK_EQ_I64(seen[i], 1);
        TP_CHECK(tpi_map_get(&map, i * 3) == &values[i]);
    }
    tpi_map_fini(&map);
}

/* Proves: D-107 */
TP_TEST(ids_are_given_round_robin_and_come_back)
{
    tpi_id_range_t range;
    uint32_t id = 0;
    tpi_id_range_init(&range, 10, 12, 1);
    for (uint32_t want = 10; want <= 12; want++) {
        TP_CHECK_EQ_I64(tpi_id_range_take(&range, &id), TP_OK);
        TP_CHECK_EQ_U64(id, want);
    }
    TP_CHECK_EQ_I64(tpi_id_range_take(&range, &id), TP_ENOENT);
    tpi_id_range_give(&range, 10);
    tpi_id_range_give(&range, 10);
    tpi_id_range_give(&range, 12);
    TP_CHECK_EQ_I64(tpi_id_range_take_this(&range, 12), TP_OK);
    TP_CHECK_EQ_I64(tpi_id_range_take_this(&range, 12), TP_EBUSY);
    TP_CHECK_EQ_I64(tpi_id_range_take_this(&range, 13), TP_ERANGE);
    TP_CHECK_EQ_I64(tpi_id_range_take(&range, &id), TP_OK);
    TP_CHECK_EQ_U64(id, 10);
    tpi_id_range_fini(&range);
    tpi_id_range_init(&range, 0, 0, 1);
    TP_CHECK_EQ_I64(tpi_id_range_take(&range, &id), TP_ENOENT);
    TP_CHECK(!tpi_id_range_contains(&range, 0));
    tpi_id_range_fini(&range);
}

/* Proves: D-62 - the last 1024 */
TP_TEST(the_last_1024_ended_leases_are_remembered)
{
    tpi_leases_t *leases = calloc(1, sizeof(*leases));
    TP_CHECK(leases != NULL);
    tpi_leases_init(leases, UINT64_MAX - 500, 1); /* the counter runs over its end on the way */
    tpi_lease_key_t keys[1100];
    for (uint32_t i = 0; i < 1100; i++) {
        const tpi_lease_key_t key = { .stream_id = 1, .client_id = 5, .role = 1 };
        tpi_lease_t *lease = NULL;
        TP_CHECK_EQ_I64(tpi_leases_issue(leases, &key, 10, &lease), TP_OK);
        TP_CHECK(lease->key.lease_id != 0 &&
                 lease->key.lease_id != TPI_NULL_U64); /* Proves: D-40 */
        keys[i] = lease->key;
        tpi_leases_end(leases, lease, TPI_LEASE_IS_EXPIRED);
        tpi_lease_free(lease);
    }
    for (uint32_t i = 0; i < 1100; i++) {
        TP_CHECK_EQ_I64(tpi_leases_is_remembered(leases, &keys[i]), i >= 1100 - 1024);
    }
    keys[1099].client_id = 6;
    TP_CHECK(!tpi_leases_is_remembered(leases, &keys[1099]));
    tpi_leases_fini(leases);
    free(leases);
}

/* Proves: D-49 - by expiry, whatever the order of issue, keepalive and end */
TP_TEST(leases_come_due_in_order_of_expiry)
{
    enum { N = 2000 };
    tpi_leases_t *leases = calloc(1, sizeof(*leases));
    static tpi_lease_t *all[N];
    TP_CHECK(leases != NULL);
    tpi_leases_init(leases, 1, 1);
    uint32_t state = 7;
    for (uint32_t i = 0; i < N; i++) {
        state = state * 1664525 + 1013904223;
        const tpi_lease_key_t key = { .stream_id = 1, .client_id = i + 1, .role = 2 };
        TP_CHECK_EQ_I64(tpi_leases_issue(leases, &key, (int64_t)((state >> 8) % 1000), &all[i]),
                        TP_OK);
    }
    TP_CHECK_EQ_I64(tpi_leases_issue(leases, &all[3]->key, 5, &all[3]), TP_EBUSY);
    size_t left = N;
    for (uint32_t i = 0; i < N; i++) {
        state = state * 1664525 + 1013904223;
        if (i % 5 == 0) {
            tpi_lease_keep(all[i], (int64_t)((state >> 8) % 2000));
        } else if (i % 7 == 0) {
            tpi_leases_end(leases, all[i], TPI_LEASE_IS_DETACHED);
            tpi_lease_free(all[i]);
            left--;
        }
    }
    for (int64_t now = 0; now < 2001; now++) {
        int budget = INT32_MAX;
        tpi_lease_t *lease;
        while ((lease = tpi_leases_due(leases, now, &budget)) != NULL) {
            TP_CHECK_EQ_I64(lease->expiry_ns, now);
            tpi_leases_end(leases, lease, TPI_LEASE_IS_EXPIRED);
            tpi_lease_free(lease);
            left--;
        }
    }
    TP_CHECK_EQ_U64(left, 0);
    TP_CHECK_EQ_U64(leases->count, 0);
    tpi_leases_fini(leases);
    free(leases);
}

TP_TEST_MAIN()
