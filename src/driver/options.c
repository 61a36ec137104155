#include "driver/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "wire/messages.h"

#define MS_NS INT64_C(1000000)
enum {
    DEFAULT_CONTROL_STREAM = 1000,
    DEFAULT_QOS_STREAM = 1200,
    DEFAULT_PERIOD_MS = 1000,
    DEFAULT_GRACE = 3,
    DEFAULT_GC_KEEP = 2,
    DEFAULT_SHUTDOWN_MS = 2000,
    DEFAULT_NSLOTS = 1024,
    MAX_NSLOTS = 1 << 24,
    MAX_TOKEN = 1024,
    MAX_INSTANCE = 64,
    MAX_NAME = 256,
};
#define MAX_LEASE_MS (UINT64_C(7) * 24 * 3600 * 1000)
static const char default_channel[] = "aeron:ipc?term-length=4m";

static int64_t system_monotonic(void *clientd)
{
    (void)clientd;
    return tpi_monotonic_ns();
}

static int64_t system_realtime(void *clientd)
{
    (void)clientd;
    return tpi_realtime_ns();
}

/* ---- copying ---- */

static int copy(char **out, const char *text)
{
    *out = strdup(text);
    return *out != NULL ? TP_OK : tpi_fail(TP_ENOMEM, "no memory for the driver's options");
}

static int copy_or(char **out, const char *text, const char *fallback)
{
    return copy(out, text != NULL ? text : fallback);
}

/** The caller's struct at its size: a smaller one is an older caller, a larger one may only hold zeros behind ours. */
static int take_options(tp_driver_options_t *out, const tp_driver_options_t *options)
{
    if (options == NULL || options->size < offsetof(tp_driver_options_t, aeron_dir)) {
        return tpi_fail(TP_EINVAL,
                        "driver options: missing, or size not set (TP_DRIVER_OPTIONS_INIT)");
    }
    memset(out, 0, sizeof(*out));
    memcpy(out, options, options->size < sizeof(*out) ? options->size : sizeof(*out));
    const unsigned char *bytes = (const unsigned char *)options;
    for (size_t i = sizeof(*out); i < options->size; i++) {
        if (bytes[i] != 0) {
            return tpi_fail(TP_EINVAL,
                            "driver options: made for a newer library (size %zu, known are %zu)",
                            options->size, sizeof(*out));
        }
    }
    return TP_OK;
}

/* ---- checks of single values ---- */

static int check_instance(const char *id)
{
    const size_t len = strlen(id);
    if (len < 1 || len > MAX_INSTANCE ||
        strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != len ||
        strcmp(id, ".") == 0 || strcmp(id, "..") == 0) {
        return tpi_fail(TP_ECONFIG,
                        "driver.instance_id \"%s\": 1 to 64 letters, digits, \".\", \"_\" or "
                        "\"-\", not \".\" or \"..\"",
                        id);
    }
    return TP_OK;
}

static int check_channel(const char *key, const char *channel)
{
    if (strncmp(channel, "aeron:", 6) != 0) {
        return tpi_fail(TP_ECONFIG, "%s \"%s\": must start with \"aeron:\"", key, channel);
    }
    return TP_OK;
}

/* Rule: D-117 */
static int check_stream_id(const char *key, int32_t id)
{
    return id > 0 ? TP_OK
                  : tpi_fail(TP_ECONFIG, "%s %d: an Aeron stream id from 1 to 2147483647", key, id);
}

/* Rule: D-116 */
static int check_name(const char *what, const char *name)
{
    const size_t len = name == NULL ? 0 : strlen(name);
    if (len < 1 || len > MAX_NAME ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != len) {
        return tpi_fail(TP_ECONFIG, "%s \"%s\": a name of letters, digits, \"_\" and \"-\"", what,
                        name == NULL ? "" : name);
    }
    return TP_OK;
}

/* Rule: D-88 - modes of files and, with x where r is and setgid where the group has a part, of directories. */
static int take_modes(tpi_driver_config_t *out, uint32_t mode)
{
    const uint32_t bits = mode == 0 ? 0660 : mode;
    if (bits > 0777 || (bits & 0111) != 0 || (bits & 0600) != 0600) {
        return tpi_fail(TP_ECONFIG,
                        "shm.permissions_mode %o: octal, at most 777, without x bits, readable and "
                        "writable by the owner",
                        bits);
    }
    out->file_mode = bits;
    out->dir_mode = bits | ((bits & 0444) >> 2) | ((bits & 0070) != 0 ? 02000 : 0);
    return TP_OK;
}

/* ---- ranges (D-105) ---- */

typedef struct named_range {
    const char *key;
    tp_id_range_t range;
} named_range_t;

static bool is_on(tp_id_range_t range)
{
    return range.first != 0 || range.last != 0;
}

static bool contains(tp_id_range_t range, uint32_t id)
{
    return is_on(range) && id >= range.first && id <= range.last;
}

/* Rule: D-105, D-117 - exactly as written: tensor and Aeron stream ids in one space (D-104, P-6). */
static int check_ranges(const tpi_driver_config_t *config)
{
    const named_range_t ranges[] = {
        { "driver.stream_id_range", config->stream_id_range },
        { "driver.descriptor_stream_id_range", config->descriptor_stream_id_range },
        { "driver.control_stream_id_range", config->control_stream_id_range },
    };
    const named_range_t endpoints[] = {
        { "driver.control_stream_id", { (uint32_t)config->control_stream_id, 0 } },
        { "driver.announce_stream_id", { (uint32_t)config->announce_stream_id, 0 } },
        { "driver.qos_stream_id", { (uint32_t)config->qos_stream_id, 0 } },
    };
    for (size_t i = 0; i < 3; i++) {
        const named_range_t *r = &ranges[i];
        if (!is_on(r->range)) {
            continue;
        }
        if (r->range.first == 0 || r->range.first > r->range.last || r->range.last > INT32_MAX) {
            return tpi_fail(TP_ECONFIG, "%s \"%u-%u\": start <= end, both from 1 to 2147483647",
                            r->key, r->range.first, r->range.last);
        }
        for (size_t k = 0; k < i; k++) {
            const tp_id_range_t other = ranges[k].range;
            if (is_on(other) && r->range.first <= other.last && other.first <= r->range.last) {
                return tpi_fail(TP_ECONFIG, "%s \"%u-%u\": overlaps %s \"%u-%u\"", r->key,
                                r->range.first, r->range.last, ranges[k].key, other.first,
                                other.last);
            }
        }
        for (size_t k = 0; k < 3; k++) {
            if (contains(r->range, endpoints[k].range.first)) {
                return tpi_fail(TP_ECONFIG, "%s \"%u-%u\": holds %s %u", r->key, r->range.first,
                                r->range.last, endpoints[k].key, endpoints[k].range.first);
            }
        }
        for (size_t k = 0; k < config->nstreams; k++) {
            if (contains(r->range, config->streams[k].stream_id)) {
                return tpi_fail(TP_ECONFIG, "%s \"%u-%u\": holds streams.%s.stream_id %u", r->key,
                                r->range.first, r->range.last, config->streams[k].name,
                                config->streams[k].stream_id);
            }
        }
    }
    return TP_OK;
}

/* ---- profiles and streams ---- */

static int take_profile(tpi_driver_profile_t *out, const tp_driver_profile_t *in)
{
    int rc = check_name("profile", in->name);
    if (rc != TP_OK) {
        return rc;
    }
    out->nslots = in->header_nslots == 0 ? DEFAULT_NSLOTS : in->header_nslots;
    if (!tpi_is_power_of_two(out->nslots) || out->nslots > MAX_NSLOTS) { /* Rule: D-116 */
        return tpi_fail(TP_ECONFIG, "profiles.%s.header_nslots %u: a power of two from 1 to %d",
                        in->name, out->nslots, MAX_NSLOTS);
    }
    if (in->npools < 1 || in->npools > TPI_MAX_POOLS ||
        in->pools == NULL) { /* Rule: D-27, D-115, D-15 */
        return tpi_fail(TP_ECONFIG, "profiles.%s.payload_pools: %zu entries, expected are 1 to %d",
                        in->name, in->npools, TPI_MAX_POOLS);
    }
    out->total_bytes =
        TPI_SUPERBLOCK_BYTES + (uint64_t)out->nslots * TPI_HEADER_SLOT_BYTES; /* Rule: D-3 */
    for (size_t i = 0; i < in->npools; i++) {
        const tp_driver_pool_t *pool = &in->pools[i];
        if (pool->pool_id < 1 || pool->pool_id > 65534) { /* Rule: D-116 */
            return tpi_fail(TP_ECONFIG, "profiles.%s.payload_pools[%zu].pool_id %u: 1 to 65534",
                            in->name, i, pool->pool_id);
        }
        for (size_t k = 0; k < i; k++) {
            if (in->pools[k].pool_id == pool->pool_id) {
                return tpi_fail(TP_ECONFIG, "profiles.%s.payload_pools: pool_id %u occurs twice",
                                in->name, pool->pool_id);
            }
        }
        if (!tpi_is_power_of_two(pool->stride_bytes)) { /* Rule: D-95 */
            return tpi_fail(TP_ECONFIG,
                            "profiles.%s.payload_pools[%zu].stride_bytes %u: a power of two",
                            in->name, i, pool->stride_bytes);
        }
        out->total_bytes += TPI_SUPERBLOCK_BYTES + (uint64_t)out->nslots * pool->stride_bytes;
    }
    out->pools = calloc(in->npools, sizeof(out->pools[0]));
    if (out->pools == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for the driver's options");
    }
    memcpy(out->pools, in->pools, in->npools * sizeof(out->pools[0]));
    out->npools = in->npools;
    return copy(&out->name, in->name);
}

static const tpi_driver_profile_t *find_profile(const tpi_driver_config_t *config, const char *name)
{
    for (size_t i = 0; i < config->nprofiles; i++) {
        if (name != NULL && strcmp(config->profiles[i].name, name) == 0) {
            return &config->profiles[i];
        }
    }
    return NULL;
}

static int take_profiles(tpi_driver_config_t *out, const tp_driver_options_t *in)
{
    if (in->nprofiles < 1 || in->profiles == NULL ||
        in->nprofiles > TPI_DRIVER_MAX_PROFILES) { /* Rule: D-115 */
        return tpi_fail(TP_ECONFIG, "profiles: %zu given, expected are 1 to %u", in->nprofiles,
                        TPI_DRIVER_MAX_PROFILES);
    }
    out->profiles = calloc(in->nprofiles, sizeof(out->profiles[0]));
    if (out->profiles == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for the driver's options");
    }
    for (size_t i = 0; i < in->nprofiles; i++) {
        if (find_profile(out, in->profiles[i].name) != NULL) {
            return tpi_fail(TP_ECONFIG, "profiles.%s: given twice", in->profiles[i].name);
        }
        out->nprofiles = i + 1;
        const int rc = take_profile(&out->profiles[i], &in->profiles[i]);
        if (rc != TP_OK) {
            out->nprofiles = i; /* half of the last one: free it by hand */
            free(out->profiles[i].name);
            free(out->profiles[i].pools);
            return rc;
        }
    }
    out->default_profile = &out->profiles[0];
    if (in->default_profile != NULL && in->default_profile[0] != '\0') {
        out->default_profile = find_profile(out, in->default_profile);
        if (out->default_profile == NULL) {
            return tpi_fail(TP_ECONFIG, "policies.default_profile \"%s\": no such profile",
                            in->default_profile);
        }
    }
    return TP_OK;
}

static int by_stream_id(const void *a, const void *b)
{
    const uint32_t x = ((const tpi_driver_stream_config_t *)a)->stream_id;
    const uint32_t y = ((const tpi_driver_stream_config_t *)b)->stream_id;
    return (x > y) - (x < y);
}

static int take_streams(tpi_driver_config_t *out, const tp_driver_options_t *in)
{
    if (in->nstreams == 0 && !in->allow_dynamic_streams) { /* Rule: D-115 */
        return tpi_fail(TP_ECONFIG,
                        "streams: none given, and policies.allow_dynamic_streams is off");
    }
    if (in->nstreams > TPI_DRIVER_MAX_STATIC_STREAMS || (in->nstreams > 0 && in->streams == NULL)) {
        return tpi_fail(TP_ECONFIG, "streams: %zu given, expected are at most %u", in->nstreams,
                        TPI_DRIVER_MAX_STATIC_STREAMS);
    }
    out->streams = calloc(in->nstreams + 1, sizeof(out->streams[0]));
    if (out->streams == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for the driver's options");
    }
    for (size_t i = 0; i < in->nstreams; i++) {
        const tp_driver_stream_t *stream = &in->streams[i];
        int rc = check_name("stream", stream->name);
        if (rc != TP_OK) {
            return rc;
        }
        if (stream->stream_id < 1 || stream->stream_id == TPI_NULL_U32) { /* Rule: D-116 */
            return tpi_fail(TP_ECONFIG, "streams.%s.stream_id %u: 1 to 4294967294", stream->name,
                            stream->stream_id);
        }
        const tpi_driver_profile_t *profile = find_profile(out, stream->profile);
        if (profile == NULL) {
            return tpi_fail(TP_ECONFIG, "streams.%s.profile \"%s\": no such profile", stream->name,
                            stream->profile == NULL ? "" : stream->profile);
        }
        rc = copy(&out->streams[i].name, stream->name);
        if (rc != TP_OK) {
            return rc;
        }
        out->streams[i].stream_id = stream->stream_id;
        out->streams[i].profile = profile;
        out->nstreams = i + 1;
    }
    qsort(out->streams, out->nstreams, sizeof(out->streams[0]), by_stream_id);
    for (size_t i = 1; i < out->nstreams; i++) {
        if (out->streams[i].stream_id == out->streams[i - 1].stream_id) { /* Rule: D-116 */
            return tpi_fail(TP_ECONFIG, "streams.%s.stream_id %u: streams.%s has it, too",
                            out->streams[i].name, out->streams[i].stream_id,
                            out->streams[i - 1].name);
        }
    }
    return TP_OK;
}

/* ---- the rest ---- */

static int take_strings(tpi_driver_config_t *out, const tp_driver_options_t *in)
{
    int rc = copy_or(&out->instance_id, in->instance_id, "driver-01");
    rc = rc != TP_OK ? rc : copy_or(&out->control_channel, in->control_channel, default_channel);
    rc = rc != TP_OK ? rc
                     : copy_or(&out->announce_channel, in->announce_channel, out->control_channel);
    rc = rc != TP_OK ? rc : copy_or(&out->qos_channel, in->qos_channel, default_channel);
    rc = rc != TP_OK ? rc : copy_or(&out->base_dir, in->base_dir, "/dev/shm/tensorpool");
    rc = rc != TP_OK ? rc : copy_or(&out->shutdown_token, in->shutdown_token, "");
    if (rc == TP_OK && in->aeron_dir != NULL && in->aeron_dir[0] != '\0') {
        rc = copy(&out->aeron_dir, in->aeron_dir);
    }
    if (rc != TP_OK) {
        return rc;
    }
    /* Without a list, the base directory is the list. */
    const size_t count = in->allowed_base_dirs_count;
    out->allowed_base_dirs = calloc(count == 0 ? 1 : count, sizeof(out->allowed_base_dirs[0]));
    if (out->allowed_base_dirs == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for the driver's options");
    }
    if (count == 0) {
        out->allowed_base_dirs_count = 1;
        return copy(&out->allowed_base_dirs[0], out->base_dir);
    }
    for (size_t i = 0; i < count && rc == TP_OK; i++) {
        if (in->allowed_base_dirs[i] == NULL || in->allowed_base_dirs[i][0] != '/') {
            return tpi_fail(TP_ECONFIG, "shm.allowed_base_dirs[%zu] \"%s\": must be absolute", i,
                            in->allowed_base_dirs[i] == NULL ? "" : in->allowed_base_dirs[i]);
        }
        rc = copy(&out->allowed_base_dirs[i], in->allowed_base_dirs[i]);
        out->allowed_base_dirs_count = i + 1;
    }
    return rc;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value == 0 ? fallback : value;
}

static int take_policies(tpi_driver_config_t *out, const tp_driver_options_t *in)
{
    const uint64_t interval_ms = or_default(in->lease_keepalive_interval_ms, DEFAULT_PERIOD_MS);
    const uint64_t grace = or_default(in->lease_expiry_grace_intervals, DEFAULT_GRACE);
    if (interval_ms * grace > MAX_LEASE_MS) {
        return tpi_fail(TP_ECONFIG,
                        "policies.lease_keepalive_interval_ms %llu times "
                        "lease_expiry_grace_intervals %llu: more than a week",
                        (unsigned long long)interval_ms, (unsigned long long)grace);
    }
    out->keepalive_interval_ns = (int64_t)interval_ms * MS_NS;
    out->lease_duration_ns = (int64_t)(interval_ms * grace) * MS_NS;
    out->announce_period_ns =
        (int64_t)or_default(in->announce_period_ms, DEFAULT_PERIOD_MS) * MS_NS;
    if (in->shutdown_timeout_ms > (int64_t)MAX_LEASE_MS) {
        return tpi_fail(TP_ECONFIG, "policies.shutdown_timeout_ms %lld: more than a week",
                        (long long)in->shutdown_timeout_ms);
    }
    const int64_t timeout_ms =
        in->shutdown_timeout_ms == 0 ? DEFAULT_SHUTDOWN_MS : in->shutdown_timeout_ms;
    out->shutdown_timeout_ns = timeout_ms < 0 ? 0 : timeout_ms * MS_NS;
    out->gc_min_age_ns = in->epoch_gc_min_age_ns < 0    ? 0
                         : in->epoch_gc_min_age_ns == 0 ? 3 * out->announce_period_ns
                                                        : in->epoch_gc_min_age_ns;
    out->gc_keep = or_default(in->epoch_gc_keep, DEFAULT_GC_KEEP);
    out->gc_enabled = !in->no_epoch_gc;
    out->gc_on_startup = in->epoch_gc_on_startup;
    out->prefault = !in->no_prefault_shm;
    out->transparent_hugepages = !in->no_transparent_hugepages;
    out->supervisor_assigns_streams = in->supervisor_assigns_streams;
    out->reuse_existing = in->reuse_existing_shm;
    out->mlock = in->mlock_shm;
    out->cleanup_on_exit = in->cleanup_shm_on_exit;
    out->allow_dynamic_streams = in->allow_dynamic_streams;
    out->require_hugepages = in->require_hugepages;
    out->page_size_bytes = or_default(in->page_size_bytes, 4096);
    if (!tpi_is_power_of_two(out->page_size_bytes)) {
        return tpi_fail(TP_ECONFIG, "shm.page_size_bytes %u: a power of two", out->page_size_bytes);
    }
    return take_modes(out, in->permissions_mode);
}

static int take_all(tpi_driver_config_t *out, const tp_driver_options_t *in)
{
    int rc = take_strings(out, in);
    rc = rc != TP_OK ? rc : check_instance(out->instance_id);
    rc = rc != TP_OK ? rc : check_channel("driver.control_channel", out->control_channel);
    rc = rc != TP_OK ? rc : check_channel("driver.announce_channel", out->announce_channel);
    rc = rc != TP_OK ? rc : check_channel("driver.qos_channel", out->qos_channel);
    if (rc != TP_OK) {
        return rc;
    }
    out->control_stream_id =
        in->control_stream_id == 0 ? DEFAULT_CONTROL_STREAM : in->control_stream_id;
    out->announce_stream_id =
        in->announce_stream_id == 0 ? out->control_stream_id : in->announce_stream_id;
    out->qos_stream_id = in->qos_stream_id == 0 ? DEFAULT_QOS_STREAM : in->qos_stream_id;
    rc = check_stream_id("driver.control_stream_id", out->control_stream_id);
    rc = rc != TP_OK ? rc : check_stream_id("driver.announce_stream_id", out->announce_stream_id);
    rc = rc != TP_OK ? rc : check_stream_id("driver.qos_stream_id", out->qos_stream_id);
    rc = rc != TP_OK ? rc : take_policies(out, in);
    rc = rc != TP_OK ? rc : take_profiles(out, in);
    rc = rc != TP_OK ? rc : take_streams(out, in);
    if (rc != TP_OK) {
        return rc;
    }
    out->stream_id_range = in->stream_id_range;
    out->descriptor_stream_id_range = in->descriptor_stream_id_range;
    out->control_stream_id_range = in->control_stream_id_range;
    rc = check_ranges(out);
    if (rc != TP_OK) {
        return rc;
    }
    if (out->base_dir[0] != '/') {
        return tpi_fail(TP_ECONFIG, "shm.base_dir \"%s\": must be absolute", out->base_dir);
    }
    if (strlen(out->shutdown_token) > MAX_TOKEN) {
        return tpi_fail(TP_ECONFIG, "policies.shutdown_token: %zu bytes, at most are %d",
                        strlen(out->shutdown_token), MAX_TOKEN);
    }
    out->clock = in->clock != NULL ? in->clock : system_monotonic;
    out->realtime_clock = in->realtime_clock != NULL ? in->realtime_clock : system_realtime;
    out->clock_clientd = in->clock_clientd;
    out->media_driver_timeout_ns = in->media_driver_timeout_ns;
    out->log = in->log;
    out->log_clientd = in->log_clientd;
    return TP_OK;
}

int tpi_driver_config_init(tpi_driver_config_t *out, const tp_driver_options_t *options)
{
    tp_driver_options_t in;
    memset(out, 0, sizeof(*out));
    int rc = take_options(&in, options);
    if (rc != TP_OK) {
        return rc;
    }
    rc = take_all(out, &in);
    if (rc != TP_OK) {
        tpi_driver_config_fini(out);
    }
    return rc;
}

void tpi_driver_config_fini(tpi_driver_config_t *config)
{
    free(config->instance_id);
    free(config->aeron_dir);
    free(config->control_channel);
    free(config->announce_channel);
    free(config->qos_channel);
    free(config->base_dir);
    if (config->shutdown_token != NULL) {
        explicit_bzero(config->shutdown_token, strlen(config->shutdown_token));
    }
    free(config->shutdown_token);
    for (size_t i = 0; i < config->allowed_base_dirs_count; i++) {
        free(config->allowed_base_dirs[i]);
    }
    free(config->allowed_base_dirs);
    for (size_t i = 0; i < config->nprofiles; i++) {
        free(config->profiles[i].name);
        free(config->profiles[i].pools);
    }
    free(config->profiles);
    for (size_t i = 0; i < config->nstreams; i++) {
        free(config->streams[i].name);
    }
    free(config->streams);
    memset(config, 0, sizeof(*config));
}

int tpi_driver_config_check_pages(const tpi_driver_config_t *config, size_t backing_page_bytes)
{
    /* Rule: D-95 - the larger of configured and real page; on hugetlbfs the huge page. */
    const size_t system_page = (size_t)sysconf(_SC_PAGESIZE);
    size_t page = config->page_size_bytes > system_page ? config->page_size_bytes : system_page;
    page = backing_page_bytes > page ? backing_page_bytes : page;
    for (size_t i = 0; i < config->nprofiles; i++) {
        const tpi_driver_profile_t *profile = &config->profiles[i];
        for (size_t k = 0; k < profile->npools; k++) {
            if (profile->pools[k].stride_bytes % page != 0) {
                return tpi_fail(TP_ECONFIG,
                                "profiles.%s.payload_pools[%zu].stride_bytes %u: a multiple of the "
                                "page size, %zu bytes",
                                profile->name, k, profile->pools[k].stride_bytes, page);
            }
        }
    }
    return TP_OK;
}
