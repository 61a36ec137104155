/*
 * config/streams.c - see streams.h.
 */
#include "config/streams.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum {
    POOLS_MAX = 64,
    POOLS_PORTABLE = 16,
    SLOTS_MAX = 1 << 24,
    SLOTS_DEFAULT = 1024,
    HEADER_SLOT_BYTES = 256
};

static int out_of_memory(void)
{
    return tpi_fail(TP_ENOMEM, "out of memory");
}

static void warn_unknown(const tpi_config_source_t *source, const char *file, uint32_t line,
                         const char *key)
{
    char text[400];
    if (source->warn != NULL) {
        snprintf(text, sizeof text, "%s:%u: unknown key %s is ignored", file, line, key);
        source->warn(source->clientd, text);
    }
}

static bool is_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-') {
            return false;
        }
    }
    return name[0] != '\0';
}

/* Checks the form of [kind.NAME] and makes its full name. */
static int open_table(const char *kind, const tpi_toml_node_t *node, tpi_place_t *place, char *full,
                      size_t cap)
{
    place->line = node->line;
    snprintf(full, cap, "%s.%s", kind, node->key);
    if (!is_name(node->key) || strlen(node->key) > 64) {
        /* Rule: D-116 */
        return tpi_config_wrong(place, full, "'%s' is no name: 1 to 64 letters, digits, _ and -",
                                node->key);
    }
    if (node->kind != TPI_TOML_TABLE) {
        return tpi_config_wrong(place, full, "is of type %s, expected table", node->type_name);
    }
    return TP_OK;
}

/* Item `full.key` at config->items[nitems], which has room. */
static int add_item(tpi_stream_config_t *config, const char *full, const char *key,
                    tpi_config_kind_t kind, const tpi_place_t *place, tpi_config_item_t **out)
{
    tpi_config_item_t *item = &config->items[config->nitems++];
    item->kind = kind;
    if (asprintf(&item->key, "%s.%s", full, key) < 0) {
        item->key = NULL;
        return out_of_memory();
    }
    *out = item;
    return tpi_item_place(item, place);
}

static int grow_items(tpi_stream_config_t *config, size_t more)
{
    tpi_config_item_t *items = realloc(config->items, (config->nitems + more + 1) * sizeof *items);
    if (items == NULL) {
        return out_of_memory();
    }
    memset(items + config->nitems, 0, (more + 1) * sizeof *items);
    config->items = items;
    return TP_OK;
}

/* ---- profiles ---- */

static int take_pool(const tpi_toml_node_t *node, const char *full, tpi_place_t place,
                     const tpi_config_source_t *source, tp_driver_pool_t *out)
{
    char name[160];
    uint64_t pool_id = 0;
    uint64_t stride = 0;
    snprintf(name, sizeof name, "%s.payload_pools[]", full);
    place.line = node->line > 0 ? node->line : place.line;
    if (node->kind != TPI_TOML_TABLE) {
        return tpi_config_wrong(&place, name, "is of type %s, expected table", node->type_name);
    }
    for (size_t i = 0; i < node->nchildren; i++) {
        const tpi_toml_node_t *member = &node->children[i];
        tpi_place_t at = place;
        at.line = member->line > 0 ? member->line : place.line;
        snprintf(name, sizeof name, "%s.payload_pools[].%s", full, member->key);
        int rc = TP_OK;
        if (strcmp(member->key, "pool_id") == 0) {
            rc = tpi_node_number(member, name, &at, 1, 65534, &pool_id); /* Rule: D-116 */
        } else if (strcmp(member->key, "stride_bytes") == 0) {
            rc = tpi_node_number(member, name, &at, 1, UINT32_MAX, &stride);
            if (rc == TP_OK && (stride & (stride - 1)) != 0) {
                rc = tpi_config_wrong(&at, name, "%llu is not a power of two",
                                      (unsigned long long)stride);
            }
        } else {
            warn_unknown(source, place.file, at.line, name);
        }
        if (rc != TP_OK) {
            return rc;
        }
    }
    if (pool_id == 0 || stride == 0) {
        snprintf(name, sizeof name, "%s.payload_pools[]", full);
        return tpi_config_wrong(&place, name, "%s is missing",
                                pool_id == 0 ? "pool_id" : "stride_bytes");
    }
    *out = (tp_driver_pool_t){ (uint16_t)pool_id, (uint32_t)stride };
    return TP_OK;
}

static int take_pools(const tpi_toml_node_t *node, const char *full, tpi_place_t place,
                      const tpi_config_source_t *source, tpi_config_item_t *item)
{
    char name[160];
    snprintf(name, sizeof name, "%s.payload_pools", full);
    if (node->kind != TPI_TOML_ARRAY) {
        return tpi_config_wrong(&place, name, "is of type %s, expected array of tables",
                                node->type_name);
    }
    /* Rule: D-115 at least one; D-15 what a message can carry */
    if (node->nchildren < 1 || node->nchildren > POOLS_MAX) {
        return tpi_config_wrong(&place, name, "has %zu pools, 1 to %d are possible",
                                node->nchildren, POOLS_MAX);
    }
    if (node->nchildren > POOLS_PORTABLE && source->warn != NULL) {
        /* Rule: D-89 */
        char text[300];
        snprintf(text, sizeof text, "%s:%u: %s has %zu pools; there are clients which use only %d",
                 place.file, place.line, name, node->nchildren, POOLS_PORTABLE);
        source->warn(source->clientd, text);
    }
    item->pools = calloc(node->nchildren, sizeof *item->pools);
    if (item->pools == NULL) {
        return out_of_memory();
    }
    for (size_t i = 0; i < node->nchildren; i++) {
        const int rc = take_pool(&node->children[i], full, place, source, &item->pools[i]);
        if (rc != TP_OK) {
            return rc;
        }
        item->npools = i + 1;
        for (size_t j = 0; j < i; j++) {
            if (item->pools[j].pool_id == item->pools[i].pool_id) {
                place.line = node->children[i].line > 0 ? node->children[i].line : place.line;
                return tpi_config_wrong(&place, name, "pool_id %u is there twice",
                                        item->pools[i].pool_id);
            }
        }
    }
    return TP_OK;
}

static int take_profile(tpi_stream_config_t *config, const tpi_toml_node_t *node, tpi_place_t place,
                        const tpi_config_source_t *source)
{
    char full[96];
    int rc = open_table("profiles", node, &place, full, sizeof full);
    if (rc != TP_OK) {
        return rc;
    }
    const tpi_place_t by_default = { .origin = TPI_ORIGIN_DEFAULT };
    tpi_config_item_t *slots = NULL;
    tpi_config_item_t *pools = NULL;
    rc = add_item(config, full, "header_nslots", TPI_CONFIG_NUMBER, &by_default, &slots);
    rc = rc == TP_OK ? add_item(config, full, "payload_pools", TPI_CONFIG_POOLS, &place, &pools)
                     : rc;
    if (rc != TP_OK) {
        return rc;
    }
    slots->number = SLOTS_DEFAULT;
    for (size_t i = 0; i < node->nchildren && rc == TP_OK; i++) {
        const tpi_toml_node_t *member = &node->children[i];
        char name[160];
        uint64_t slot_bytes;
        place.line = member->line;
        snprintf(name, sizeof name, "%s.%.60s", full, member->key);
        if (strcmp(member->key, "header_nslots") == 0) {
            rc = tpi_node_number(member, name, &place, 1, SLOTS_MAX, &slots->number);
            if (rc == TP_OK && (slots->number & (slots->number - 1)) != 0) {
                rc = tpi_config_wrong(&place, name, "%llu is not a power of two",
                                      (unsigned long long)slots->number);
            }
            rc = rc == TP_OK ? tpi_item_place(slots, &place) : rc;
        } else if (strcmp(member->key, "payload_pools") == 0) {
            rc = take_pools(member, full, place, source, pools);
            rc = rc == TP_OK ? tpi_item_place(pools, &place) : rc;
        } else if (strcmp(member->key, "header_slot_bytes") == 0) {
            rc = tpi_node_number(member, name, &place, HEADER_SLOT_BYTES, HEADER_SLOT_BYTES,
                                 &slot_bytes);
        } else {
            warn_unknown(source, place.file, member->line, name);
        }
    }
    if (rc == TP_OK && pools->npools == 0) {
        place.line = node->line;
        rc = tpi_config_wrong(&place, full, "payload_pools is missing"); /* Rule: D-115 */
    }
    if (rc == TP_OK) {
        tp_driver_profile_t *profile = &config->profiles[config->nprofiles++];
        *profile = (tp_driver_profile_t){ .name = strdup(node->key),
                                          .header_nslots = (uint32_t)slots->number,
                                          .pools = pools->pools,
                                          .npools = pools->npools };
        rc = profile->name == NULL ? out_of_memory() : TP_OK;
    }
    return rc;
}

int tpi_stream_config_profiles(tpi_stream_config_t *config, const tpi_toml_node_t *table,
                               const tpi_place_t *place, const tpi_config_source_t *source)
{
    config->profiles = calloc(table->nchildren + 1, sizeof *config->profiles);
    int rc = config->profiles == NULL ? out_of_memory() : grow_items(config, 2 * table->nchildren);
    for (size_t i = 0; i < table->nchildren && rc == TP_OK; i++) {
        rc = take_profile(config, &table->children[i], *place, source);
    }
    return rc;
}

/* ---- streams ---- */

static int take_stream(tpi_stream_config_t *config, const tpi_toml_node_t *node, tpi_place_t place,
                       const tpi_config_source_t *source)
{
    char full[96];
    int rc = open_table("streams", node, &place, full, sizeof full);
    if (rc != TP_OK) {
        return rc;
    }
    tpi_config_item_t *id = NULL;
    tpi_config_item_t *profile = NULL;
    rc = add_item(config, full, "stream_id", TPI_CONFIG_NUMBER, &place, &id);
    rc = rc == TP_OK ? add_item(config, full, "profile", TPI_CONFIG_STRING, &place, &profile) : rc;
    for (size_t i = 0; i < node->nchildren && rc == TP_OK; i++) {
        const tpi_toml_node_t *member = &node->children[i];
        char name[160];
        place.line = member->line;
        snprintf(name, sizeof name, "%s.%.60s", full, member->key);
        if (strcmp(member->key, "stream_id") == 0) {
            rc = tpi_node_number(member, name, &place, 1, UINT32_MAX - 1,
                                 &id->number); /* Rule: D-116 */
            for (size_t j = 0; j < config->nstreams && rc == TP_OK; j++) {
                if (config->streams[j].stream_id == id->number) {
                    rc = tpi_config_wrong(&place, name, "%llu is already the id of streams.%s",
                                          (unsigned long long)id->number, config->streams[j].name);
                }
            }
            rc = rc == TP_OK ? tpi_item_place(id, &place) : rc;
        } else if (strcmp(member->key, "profile") == 0) {
            if (member->kind != TPI_TOML_STRING) {
                rc = tpi_config_wrong(&place, name, "is of type %s, expected string",
                                      member->type_name);
            }
            rc = rc == TP_OK ? tpi_item_set_text(profile, member->string) : rc;
            rc = rc == TP_OK ? tpi_item_place(profile, &place) : rc;
        } else {
            warn_unknown(source, place.file, member->line, name);
        }
    }
    if (rc == TP_OK && (id->number == 0 || profile->text == NULL)) {
        place.line = node->line;
        rc = tpi_config_wrong(&place, full, "%s is missing",
                              id->number == 0 ? "stream_id" : "profile");
    }
    if (rc == TP_OK) {
        tp_driver_stream_t *stream = &config->streams[config->nstreams++];
        *stream = (tp_driver_stream_t){ .name = strdup(node->key),
                                        .stream_id = (uint32_t)id->number,
                                        .profile = profile->text };
        rc = stream->name == NULL ? out_of_memory() : TP_OK;
    }
    return rc;
}

int tpi_stream_config_streams(tpi_stream_config_t *config, const tpi_toml_node_t *table,
                              const tpi_place_t *place, const tpi_config_source_t *source)
{
    config->streams = calloc(table->nchildren + 1, sizeof *config->streams);
    int rc = config->streams == NULL ? out_of_memory() : grow_items(config, 2 * table->nchildren);
    for (size_t i = 0; i < table->nchildren && rc == TP_OK; i++) {
        rc = take_stream(config, &table->children[i], *place, source);
    }
    return rc;
}

/* ---- both ---- */

const tp_driver_profile_t *tpi_stream_config_profile(const tpi_stream_config_t *config,
                                                     const char *name)
{
    for (size_t i = 0; i < config->nprofiles; i++) {
        if (strcmp(config->profiles[i].name, name) == 0) {
            return &config->profiles[i];
        }
    }
    return NULL;
}

int tpi_stream_config_check(const tpi_stream_config_t *config, uint64_t page_bytes)
{
    for (size_t i = 0; i < config->nitems; i++) {
        const tpi_config_item_t *item = &config->items[i];
        if (item->kind == TPI_CONFIG_STRING &&
            tpi_stream_config_profile(config, item->text) == NULL) {
            return tpi_fail(TP_ECONFIG, "%s: %s: there is no profile '%s'", item->where, item->key,
                            item->text);
        }
        for (size_t j = 0; j < item->npools; j++) {
            /* Rule: D-95 both are powers of two, so divisible means not smaller */
            if (item->pools[j].stride_bytes < page_bytes) {
                return tpi_fail(
                    TP_ECONFIG,
                    "%s: %s: stride_bytes %u of pool %u is not divisible by the page size %llu",
                    item->where, item->key, item->pools[j].stride_bytes, item->pools[j].pool_id,
                    (unsigned long long)page_bytes);
            }
        }
    }
    return TP_OK;
}

void tpi_stream_config_clear(tpi_stream_config_t *config)
{
    for (size_t i = 0; i < config->nprofiles; i++) {
        free((char *)(uintptr_t)config->profiles[i].name);
    }
    for (size_t i = 0; i < config->nstreams; i++) {
        free((char *)(uintptr_t)config->streams[i].name);
    }
    for (size_t i = 0; i < config->nitems; i++) {
        tpi_item_clear(&config->items[i]);
    }
    free(config->profiles);
    free(config->streams);
    free(config->items);
    memset(config, 0, sizeof *config);
}
