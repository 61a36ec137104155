/*
 * config/config.c - the layers, and what values must agree on among each other.
 *
 * Single values are checked where they are read, also those that a later layer replaces: a wrong type in the file is wrong
 * even if a variable hides it (D-113). Rules between keys are checked once, on what is in force.
 */
#include "config/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "config/keys.h"
#include "config/streams.h"
#include "config/toml_shim.h"

enum { FILE_MAX_BYTES = 1 << 20 };

struct tpi_config {
    tpi_config_item_t scalars[TPI_KEY_ALL];
    tpi_stream_config_t streams; /* [profiles] and [streams] */
    tpi_config_item_t *items;    /* all of them, shallow copies, made at the end */
    size_t nitems;
    tp_driver_options_t options;
};

const char *tpi_origin_name(tpi_origin_t origin)
{
    switch (origin) {
    case TPI_ORIGIN_DEFAULT:
        return "default";
    case TPI_ORIGIN_BUILTIN:
        return "built-in";
    case TPI_ORIGIN_FILE:
        return "file";
    case TPI_ORIGIN_ENVIRONMENT:
        return "environment";
    case TPI_ORIGIN_OPTION:
        return "option";
    }
    return "?";
}

/* ---- layers ---- */

static int take_defaults(tpi_config_t *config)
{
    const tpi_place_t place = { .origin = TPI_ORIGIN_DEFAULT };
    for (int k = 0; k < TPI_KEY_ALL; k++) {
        tpi_config_item_t *item = &config->scalars[k];
        const tpi_key_info_t *info = &tpi_key_table[k];
        item->kind = info->kind;
        item->is_environment_only = k >= TPI_KEY_COUNT;
        item->key = strdup(info->name);
        if (item->key == NULL) {
            return tpi_fail(TP_ENOMEM, "out of memory");
        }
        int rc;
        if (info->default_text[0] == '\0') {
            /* Nothing to check: nothing, or made from other keys in resolve(). */
            item->number = info->kind == TPI_CONFIG_CORE ? UINT64_MAX : 0;
            rc = tpi_item_set_text(item, "");
            rc = rc == TP_OK ? tpi_item_place(item, &place) : rc;
        } else {
            rc = tpi_item_from_text(item, (tpi_key_t)k, info->default_text, &place);
        }
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

static void warn(const tpi_config_source_t *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void warn(const tpi_config_source_t *source, const char *format, ...)
{
    if (source->warn == NULL) {
        return;
    }
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    source->warn(source->clientd, text);
}

int tpi_config_read_file(const char *path, char **out, size_t *out_len)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return tpi_fail_errno("configuration file %s cannot be opened", path);
    }
    char *text = malloc(FILE_MAX_BYTES + 1);
    int rc = TP_OK;
    size_t len = 0;
    if (text == NULL) {
        rc = tpi_fail(TP_ENOMEM, "out of memory");
    } else {
        errno = 0;
        len = fread(text, 1, FILE_MAX_BYTES + 1, file);
        if (ferror(file)) {
            rc = tpi_fail_errno("configuration file %s cannot be read", path);
        } else if (len > FILE_MAX_BYTES) {
            rc = tpi_fail(TP_ECONFIG, "%s: larger than %d bytes, which no configuration is", path,
                          FILE_MAX_BYTES);
        }
    }
    fclose(file);
    if (rc != TP_OK) {
        free(text);
        return rc;
    }
    *out = text;
    *out_len = len;
    return TP_OK;
}

static int take_section(tpi_config_t *config, const tpi_toml_node_t *section,
                        const tpi_config_source_t *source, tpi_place_t place)
{
    for (size_t i = 0; i < section->nchildren; i++) {
        const tpi_toml_node_t *node = &section->children[i];
        char name[160];
        snprintf(name, sizeof name, "%s.%s", section->key, node->key);
        place.line = node->line;
        int k = 0;
        while (k < TPI_KEY_COUNT && strcmp(tpi_key_table[k].name, name) != 0) {
            k++;
        }
        if (k == TPI_KEY_COUNT) {
            /* Rule: D-113 further keys may exist: logged, not fatal */
            warn(source, "%s:%u: unknown key %s is ignored", place.file, node->line, name);
            continue;
        }
        const int rc = tpi_item_from_node(&config->scalars[k], (tpi_key_t)k, node, &place);
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

static int take_document(tpi_config_t *config, const tpi_toml_node_t *root,
                         const tpi_config_source_t *source, tpi_place_t place)
{
    int rc = TP_OK;
    for (size_t i = 0; i < root->nchildren && rc == TP_OK; i++) {
        const tpi_toml_node_t *node = &root->children[i];
        const bool is_scalars = strcmp(node->key, "driver") == 0 || strcmp(node->key, "shm") == 0 ||
                                strcmp(node->key, "policies") == 0;
        const bool is_profiles = strcmp(node->key, "profiles") == 0;
        const bool is_streams = strcmp(node->key, "streams") == 0;
        place.line = node->line;
        if (strcmp(node->key, "interop") == 0 || strcmp(node->key, "supervisor") == 0 ||
            strncmp(node->key, "discovery", 9) == 0) {
            continue; /* for --print-env and for the roles inside, who look into theirs */
        }
        if (!is_scalars && !is_profiles && !is_streams) {
            warn(source, "%s:%u: unknown %s %s is ignored", place.file, node->line,
                 node->kind == TPI_TOML_TABLE ? "table" : "key", node->key);
        } else if (node->kind != TPI_TOML_TABLE) {
            rc = tpi_config_wrong(&place, node->key, "is of type %s, expected table",
                                  node->type_name);
        } else if (is_scalars) {
            rc = take_section(config, node, source, place);
        } else if (is_profiles) {
            rc = tpi_stream_config_profiles(&config->streams, node, &place, source);
        } else {
            rc = tpi_stream_config_streams(&config->streams, node, &place, source);
        }
    }
    return rc;
}

static int take_file(tpi_config_t *config, const tpi_config_source_t *source)
{
    char *text = NULL;
    size_t len = 0;
    tpi_toml_node_t *root = NULL;
    tpi_toml_error_t error;
    tpi_place_t place = { .origin = TPI_ORIGIN_BUILTIN, .file = "built-in configuration" };
    if (source->path != NULL) {
        place = (tpi_place_t){ .origin = TPI_ORIGIN_FILE, .file = source->path };
        const int rc = tpi_config_read_file(source->path, &text, &len);
        if (rc != TP_OK) {
            return rc;
        }
    }
    int rc = tpi_toml_parse(text != NULL ? text : tpi_config_builtin(),
                            text != NULL ? len : strlen(tpi_config_builtin()), &root, &error);
    if (rc == TP_OK) {
        rc = take_document(config, root, source, place);
    } else if (error.line > 0) {
        rc = tpi_fail(rc, "%s:%u:%u: %s", place.file, error.line, error.column, error.text);
    } else {
        rc = tpi_fail(rc, "%s: %s", place.file, error.text);
    }
    tpi_toml_free(root);
    free(text);
    return rc;
}

static int take_variable(tpi_config_t *config, const tpi_config_source_t *source, tpi_key_t key,
                         const char *name, bool empty_counts)
{
    const char *value = source->getenv_fn(source->clientd, name);
    if (value == NULL || (value[0] == '\0' && !empty_counts)) {
        return TP_OK;
    }
    const tpi_place_t place = { .origin = TPI_ORIGIN_ENVIRONMENT, .name = name };
    return tpi_item_from_text(&config->scalars[key], key, value, &place);
}

/* Rule: D-114 variables win over the file */
static int take_environment(tpi_config_t *config, const tpi_config_source_t *source)
{
    static const struct {
        const char *name;
        tpi_key_t key;
    } others[] = { /* the launcher's, stronger than the DRIVER_* names */
                   { "AERON_DIR", TPI_KEY_AERON_DIR },
                   { "TP_CONTROL_CHANNEL", TPI_KEY_CONTROL_CHANNEL },
                   { "TP_CONTROL_STREAM_ID", TPI_KEY_CONTROL_STREAM_ID },
                   { "LAUNCH_MEDIA_DRIVER", TPI_KEY_LAUNCH_MEDIA_DRIVER },
                   { "AGENT_TASK_CORE", TPI_KEY_TASK_CORE }
    };
    int rc = TP_OK;
    if (source->getenv_fn == NULL) {
        return TP_OK;
    }
    for (int k = 0; k < TPI_KEY_COUNT && rc == TP_OK; k++) {
        char name[64];
        size_t n = 0;
        for (const char *at = tpi_key_table[k].name; *at != '\0' && n + 1 < sizeof name; at++) {
            name[n++] = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
        }
        name[n] = '\0';
        rc = take_variable(config, source, (tpi_key_t)k, name, true);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0] && rc == TP_OK; i++) {
        rc = take_variable(config, source, others[i].key, others[i].name, false);
    }
    return rc;
}

static int take_options(tpi_config_t *config, const tpi_config_source_t *source)
{
    int rc = TP_OK;
    if (source->aeron_dir != NULL) {
        const tpi_place_t place = { .origin = TPI_ORIGIN_OPTION, .name = "--aeron-dir" };
        rc = tpi_item_from_text(&config->scalars[TPI_KEY_AERON_DIR], TPI_KEY_AERON_DIR,
                                source->aeron_dir, &place);
    }
    if (source->shm_dir != NULL && rc == TP_OK) {
        /* Both keys: whoever names the directory by hand allows it by that. */
        const tpi_place_t place = { .origin = TPI_ORIGIN_OPTION, .name = "--shm-dir" };
        rc = tpi_item_from_text(&config->scalars[TPI_KEY_BASE_DIR], TPI_KEY_BASE_DIR,
                                source->shm_dir, &place);
        if (rc == TP_OK) {
            rc = tpi_item_from_text(&config->scalars[TPI_KEY_ALLOWED_DIRS], TPI_KEY_ALLOWED_DIRS,
                                    source->shm_dir, &place);
        }
    }
    return rc;
}

/* ---- what is in force ---- */

static int wrong_item(const tpi_config_item_t *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int wrong_item(const tpi_config_item_t *item, const char *format, ...)
{
    char reason[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (item->where[0] == '\0') {
        return tpi_fail(TP_ECONFIG, "%s (%s): %s", item->key, tpi_origin_name(item->origin),
                        reason);
    }
    if (item->origin == TPI_ORIGIN_FILE) {
        return tpi_fail(TP_ECONFIG, "%s: %s: %s", item->where, item->key, reason);
    }
    return tpi_fail(TP_ECONFIG, "%s %s (%s): %s", tpi_origin_name(item->origin), item->where,
                    item->key, reason);
}

/* $USER and ${USER}; other variables are left alone. */
static int expand_user(tpi_config_item_t *item, const tpi_config_source_t *source)
{
    char out[1024];
    size_t n = 0;
    for (const char *at = item->text; *at != '\0';) {
        size_t taken = 0;
        if (strncmp(at, "${USER}", 7) == 0) {
            taken = 7;
        } else if (strncmp(at, "$USER", 5) == 0 && !isalnum((unsigned char)at[5]) && at[5] != '_') {
            taken = 5;
        }
        const char *add = at;
        size_t len = 1;
        if (taken > 0) {
            add = source->getenv_fn != NULL ? source->getenv_fn(source->clientd, "USER") : NULL;
            if (add == NULL) {
                return wrong_item(
                    item, "'%s' needs the environment variable USER, which is not set", item->text);
            }
            len = strlen(add);
            at += taken;
        } else {
            at++;
        }
        if (n + len >= sizeof out) {
            return wrong_item(item, "longer than %zu bytes", sizeof out - 1);
        }
        memcpy(out + n, add, len);
        n += len;
    }
    out[n] = '\0';
    return tpi_item_set_text(item, out);
}

/* Defaults that follow other keys. */
static int resolve(tpi_config_t *config, const tpi_config_source_t *source)
{
    tpi_config_item_t *s = config->scalars;
    int rc = expand_user(&s[TPI_KEY_AERON_DIR], source);
    if (rc == TP_OK && s[TPI_KEY_ANNOUNCE_CHANNEL].origin == TPI_ORIGIN_DEFAULT) {
        rc = tpi_item_set_text(&s[TPI_KEY_ANNOUNCE_CHANNEL], s[TPI_KEY_CONTROL_CHANNEL].text);
    }
    if (s[TPI_KEY_ANNOUNCE_STREAM_ID].origin == TPI_ORIGIN_DEFAULT) {
        s[TPI_KEY_ANNOUNCE_STREAM_ID].number = s[TPI_KEY_CONTROL_STREAM_ID].number;
    }
    if (s[TPI_KEY_GC_MIN_AGE].origin == TPI_ORIGIN_DEFAULT) {
        s[TPI_KEY_GC_MIN_AGE].number = 3 * s[TPI_KEY_ANNOUNCE_PERIOD].number * 1000000;
    }
    if (rc == TP_OK && s[TPI_KEY_ALLOWED_DIRS].origin == TPI_ORIGIN_DEFAULT) {
        const tpi_place_t place = { .origin = TPI_ORIGIN_DEFAULT };
        rc = tpi_item_from_text(&s[TPI_KEY_ALLOWED_DIRS], TPI_KEY_ALLOWED_DIRS,
                                s[TPI_KEY_BASE_DIR].text, &place);
    }
    if (rc == TP_OK && s[TPI_KEY_DEFAULT_PROFILE].text[0] == '\0' &&
        config->streams.nprofiles > 0) {
        rc = tpi_item_set_text(&s[TPI_KEY_DEFAULT_PROFILE], config->streams.profiles[0].name);
    }
    return rc;
}

static bool holds(tp_id_range_t range, uint64_t id)
{
    return range.first != 0 && id >= range.first && id <= range.last;
}

/* Rule: D-105 ranges are disjoint from each other, from the endpoints' ids and from static streams */
static int check_ranges(const tpi_config_t *config)
{
    static const tpi_key_t ranges[] = { TPI_KEY_STREAM_ID_RANGE, TPI_KEY_DESCRIPTOR_RANGE,
                                        TPI_KEY_CONTROL_RANGE };
    static const tpi_key_t ids[] = { TPI_KEY_CONTROL_STREAM_ID, TPI_KEY_ANNOUNCE_STREAM_ID,
                                     TPI_KEY_QOS_STREAM_ID };
    const tpi_config_item_t *s = config->scalars;
    for (size_t i = 0; i < 3; i++) {
        const tpi_config_item_t *item = &s[ranges[i]];
        const tp_id_range_t range = item->range;
        if (range.first == 0) {
            continue;
        }
        for (size_t j = 0; j < i; j++) {
            const tp_id_range_t other = s[ranges[j]].range;
            if (other.first != 0 && range.first <= other.last && other.first <= range.last) {
                return wrong_item(item, "%u-%u overlaps %s = %u-%u", range.first, range.last,
                                  s[ranges[j]].key, other.first, other.last);
            }
        }
        for (size_t j = 0; j < 3; j++) {
            if (holds(range, s[ids[j]].number)) {
                return wrong_item(item, "%u-%u contains %s = %llu", range.first, range.last,
                                  s[ids[j]].key, (unsigned long long)s[ids[j]].number);
            }
        }
        for (size_t j = 0; j < config->streams.nstreams; j++) {
            const tp_driver_stream_t *stream = &config->streams.streams[j];
            if (holds(range, stream->stream_id)) {
                return wrong_item(item, "%u-%u contains streams.%s.stream_id = %u", range.first,
                                  range.last, stream->name, stream->stream_id);
            }
        }
    }
    return TP_OK;
}

static int check_policies(const tpi_config_t *config, const tpi_config_source_t *source)
{
    const tpi_config_item_t *s = config->scalars;
    const char *file = source->path != NULL ? source->path : "built-in configuration";
    /* Rule: D-115 */
    if (config->streams.nprofiles == 0) {
        return tpi_fail(TP_ECONFIG, "%s: profiles: at least one profile is needed", file);
    }
    if (s[TPI_KEY_DYNAMIC].number == 0 && config->streams.nstreams == 0) {
        return tpi_fail(TP_ECONFIG,
                        "%s: streams: none is defined, and policies.allow_dynamic_streams is false",
                        file);
    }
    if (tpi_stream_config_profile(&config->streams, s[TPI_KEY_DEFAULT_PROFILE].text) == NULL) {
        return wrong_item(&s[TPI_KEY_DEFAULT_PROFILE], "there is no profile '%s'",
                          s[TPI_KEY_DEFAULT_PROFILE].text);
    }
    /* The duration of a lease must be sayable in nanoseconds. */
    const uint64_t interval_ms = s[TPI_KEY_KEEPALIVE_INTERVAL].number;
    if (s[TPI_KEY_GRACE].number > (uint64_t)INT64_MAX / 1000000 / 4 / interval_ms) {
        return wrong_item(&s[TPI_KEY_GRACE], "%llu times %llu ms is beyond any lease",
                          (unsigned long long)s[TPI_KEY_GRACE].number,
                          (unsigned long long)interval_ms);
    }
    /* Rule: D-106 off in effect, which deserves a word */
    if (s[TPI_KEY_DYNAMIC].number != 0 && s[TPI_KEY_STREAM_ID_RANGE].range.first == 0) {
        warn(source,
             "policies.allow_dynamic_streams is true but driver.stream_id_range is not set: "
             "no dynamic stream can be made");
    }
    if ((s[TPI_KEY_PERMISSIONS].number & 07) != 0) {
        warn(source, "shm.permissions_mode %s gives rights to every user of this host",
             s[TPI_KEY_PERMISSIONS].text);
    }
    for (size_t j = 0; j < config->streams.nstreams; j++) {
        const tp_driver_stream_t *stream = &config->streams.streams[j];
        /* Rule: D-104, D-105 (P-6) other number spaces: no error */
        if (stream->stream_id == s[TPI_KEY_CONTROL_STREAM_ID].number ||
            stream->stream_id == s[TPI_KEY_ANNOUNCE_STREAM_ID].number ||
            stream->stream_id == s[TPI_KEY_QOS_STREAM_ID].number) {
            warn(source,
                 "streams.%s.stream_id %u is also the id of an Aeron stream of the driver, which "
                 "is legal and "
                 "easily mistaken",
                 stream->name, stream->stream_id);
        }
    }
    return TP_OK;
}

static void fill_options(tpi_config_t *config)
{
    const tpi_config_item_t *s = config->scalars;
    const uint64_t gc_min_age = s[TPI_KEY_GC_MIN_AGE].number;
    const uint64_t shutdown_ms = s[TPI_KEY_SHUTDOWN_TIMEOUT].number;
    config->options = (tp_driver_options_t){
        .size = sizeof(tp_driver_options_t),
        .instance_id = s[TPI_KEY_INSTANCE_ID].text,
        .aeron_dir = s[TPI_KEY_AERON_DIR].text[0] != '\0' ? s[TPI_KEY_AERON_DIR].text : NULL,
        .control_channel = s[TPI_KEY_CONTROL_CHANNEL].text,
        .control_stream_id = (int32_t)s[TPI_KEY_CONTROL_STREAM_ID].number,
        .announce_channel = s[TPI_KEY_ANNOUNCE_CHANNEL].text,
        .announce_stream_id = (int32_t)s[TPI_KEY_ANNOUNCE_STREAM_ID].number,
        .qos_channel = s[TPI_KEY_QOS_CHANNEL].text,
        .qos_stream_id = (int32_t)s[TPI_KEY_QOS_STREAM_ID].number,
        .stream_id_range = s[TPI_KEY_STREAM_ID_RANGE].range,
        .descriptor_stream_id_range = s[TPI_KEY_DESCRIPTOR_RANGE].range,
        .control_stream_id_range = s[TPI_KEY_CONTROL_RANGE].range,
        .base_dir = s[TPI_KEY_BASE_DIR].text,
        .shm_namespace = s[TPI_KEY_NAMESPACE].text,
        .require_hugepages = s[TPI_KEY_REQUIRE_HUGEPAGES].number != 0,
        .no_transparent_hugepages = s[TPI_KEY_TRANSPARENT_HUGEPAGES].number == 0,
        .page_size_bytes = (uint32_t)s[TPI_KEY_PAGE_SIZE].number,
        .permissions_mode = (uint32_t)s[TPI_KEY_PERMISSIONS].number,
        .allowed_base_dirs = (const char *const *)s[TPI_KEY_ALLOWED_DIRS].list,
        .allowed_base_dirs_count = s[TPI_KEY_ALLOWED_DIRS].nlist,
        .allow_dynamic_streams = s[TPI_KEY_DYNAMIC].number != 0,
        .default_profile = s[TPI_KEY_DEFAULT_PROFILE].text,
        .announce_period_ms = (uint32_t)s[TPI_KEY_ANNOUNCE_PERIOD].number,
        .lease_keepalive_interval_ms = (uint32_t)s[TPI_KEY_KEEPALIVE_INTERVAL].number,
        .lease_expiry_grace_intervals = (uint32_t)s[TPI_KEY_GRACE].number,
        .no_prefault_shm = s[TPI_KEY_PREFAULT].number == 0,
        .reuse_existing_shm = s[TPI_KEY_REUSE].number != 0,
        .mlock_shm = s[TPI_KEY_MLOCK].number != 0,
        .cleanup_shm_on_exit = s[TPI_KEY_CLEANUP].number != 0,
        .no_epoch_gc = s[TPI_KEY_GC_ENABLED].number == 0,
        .epoch_gc_keep = (uint32_t)s[TPI_KEY_GC_KEEP].number,
        .epoch_gc_min_age_ns = gc_min_age == 0 ? -1 : (int64_t)gc_min_age,
        .epoch_gc_on_startup = s[TPI_KEY_GC_ON_STARTUP].number != 0,
        .shutdown_timeout_ms = shutdown_ms == 0 ? -1 : (int64_t)shutdown_ms,
        .shutdown_token = s[TPI_KEY_SHUTDOWN_TOKEN].text,
        .profiles = config->streams.profiles,
        .nprofiles = config->streams.nprofiles,
        .streams = config->streams.streams,
        .nstreams = config->streams.nstreams,
    };
}

static int list_items(tpi_config_t *config)
{
    const size_t count = TPI_KEY_ALL + config->streams.nitems;
    config->items = calloc(count, sizeof *config->items);
    if (config->items == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    memcpy(config->items, config->scalars, sizeof config->scalars);
    if (config->streams.nitems > 0) {
        memcpy(config->items + TPI_KEY_ALL, config->streams.items,
               config->streams.nitems * sizeof *config->items);
    }
    config->nitems = count;
    return TP_OK;
}

int tpi_config_load(tpi_config_t **out, const tpi_config_source_t *source)
{
    tpi_config_t *config = calloc(1, sizeof *config);
    if (config == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    int rc = take_defaults(config);
    rc = rc == TP_OK ? take_file(config, source) : rc;
    rc = rc == TP_OK ? take_environment(config, source) : rc;
    rc = rc == TP_OK ? take_options(config, source) : rc;
    rc = rc == TP_OK ? resolve(config, source) : rc;
    rc = rc == TP_OK ? check_policies(config, source) : rc;
    rc = rc == TP_OK ? check_ranges(config) : rc;
    if (rc == TP_OK) {
        const uint64_t page = config->scalars[TPI_KEY_PAGE_SIZE].number;
        const long system_page = sysconf(_SC_PAGESIZE);
        rc = tpi_stream_config_check(
            &config->streams,
            system_page > 0 && (uint64_t)system_page > page ? (uint64_t)system_page : page);
    }
    rc = rc == TP_OK ? list_items(config) : rc;
    if (rc != TP_OK) {
        tpi_config_free(config);
        return rc;
    }
    fill_options(config);
    *out = config;
    return TP_OK;
}

void tpi_config_free(tpi_config_t *config)
{
    if (config == NULL) {
        return;
    }
    for (int k = 0; k < TPI_KEY_ALL; k++) {
        tpi_item_clear(&config->scalars[k]);
    }
    tpi_stream_config_clear(&config->streams);
    free(config->items);
    free(config);
}

const tp_driver_options_t *tpi_config_driver_options(const tpi_config_t *config)
{
    return &config->options;
}

size_t tpi_config_items(const tpi_config_t *config, const tpi_config_item_t **out_items)
{
    *out_items = config->items;
    return config->nitems;
}

bool tpi_config_launch_media_driver(const tpi_config_t *config)
{
    return config->scalars[TPI_KEY_LAUNCH_MEDIA_DRIVER].number != 0;
}

int tpi_config_task_core(const tpi_config_t *config)
{
    const uint64_t core = config->scalars[TPI_KEY_TASK_CORE].number;
    return core == UINT64_MAX ? -1 : (int)core;
}
