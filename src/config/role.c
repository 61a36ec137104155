/*
 * config/role.c - tables of keys against a TOML tree.
 */
#include "config/role.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "config/keys.h"
#include "config/toml_shim.h"

enum { ARRAY_MAX = 4096 };

struct tpi_role_config {
    const tpi_role_schema_t *schema;
    bool has_section;
    tpi_config_item_t *items; /* the section's keys, then those of each array's entries */
    size_t nitems;
    void **blocks; /* arrays of entries */
    size_t nblocks;
};

/* The kind of item that holds what is stored so. */
static tpi_config_kind_t kind_of(tpi_role_store_t store)
{
    switch (store) {
    case TPI_STORE_TEXT:
        return TPI_CONFIG_STRING;
    case TPI_STORE_BOOL:
        return TPI_CONFIG_BOOL;
    case TPI_STORE_RANGE:
        return TPI_CONFIG_RANGE;
    case TPI_STORE_LIST:
        return TPI_CONFIG_LIST;
    case TPI_STORE_U16:
    case TPI_STORE_U32:
    case TPI_STORE_I32:
    case TPI_STORE_U64:
    case TPI_STORE_I64:
        break;
    }
    return TPI_CONFIG_NUMBER;
}

/* No key may promise what its place cannot hold. */
static uint64_t most_of(const tpi_role_key_t *key)
{
    static const uint64_t holds[] = {
        [TPI_STORE_U16] = UINT16_MAX, [TPI_STORE_U32] = UINT32_MAX, [TPI_STORE_I32] = INT32_MAX,
        [TPI_STORE_U64] = UINT64_MAX, [TPI_STORE_I64] = INT64_MAX,
    };
    const uint64_t most = kind_of(key->store) == TPI_CONFIG_NUMBER ? holds[key->store] : UINT64_MAX;
    return key->most == 0 || key->most > most ? most : key->most;
}

static tpi_key_info_t info_of(const tpi_role_key_t *key, const char *full_name)
{
    return (tpi_key_info_t){ .name = full_name,
                             .kind = kind_of(key->store),
                             .default_text = key->default_text,
                             .least = key->least,
                             .most = most_of(key) };
}

static void store(const tpi_role_key_t *key, const tpi_config_item_t *item, uint8_t *at)
{
    const uint64_t number = item->number;
    switch (key->store) {
    case TPI_STORE_TEXT: {
        const char *text = item->text != NULL && item->text[0] != '\0' ? item->text : NULL;
        memcpy(at + key->offset, &text, sizeof text);
        break;
    }
    case TPI_STORE_BOOL: {
        const bool value = number != 0;
        memcpy(at + key->offset, &value, sizeof value);
        break;
    }
    case TPI_STORE_U16: {
        const uint16_t value = (uint16_t)number;
        memcpy(at + key->offset, &value, sizeof value);
        break;
    }
    case TPI_STORE_U32:
    case TPI_STORE_I32: {
        const uint32_t value = (uint32_t)number;
        memcpy(at + key->offset, &value, sizeof value);
        break;
    }
    case TPI_STORE_U64:
    case TPI_STORE_I64:
        memcpy(at + key->offset, &number, sizeof number);
        break;
    case TPI_STORE_RANGE:
        memcpy(at + key->offset, &item->range, sizeof item->range);
        break;
    case TPI_STORE_LIST: {
        const char *const *list = (const char *const *)item->list;
        memcpy(at + key->offset, &list, sizeof list);
        memcpy(at + key->count_offset, &item->nlist, sizeof item->nlist);
        break;
    }
    }
}

static void warn(const tpi_role_source_t *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void warn(const tpi_role_source_t *source, const char *format, ...)
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

/* ---- one table of keys ---- */

static int start_items(tpi_config_item_t *items, const tpi_role_key_t *keys, size_t nkeys,
                       const char *prefix, bool is_alone)
{
    const tpi_place_t place = { .origin = TPI_ORIGIN_DEFAULT };
    for (size_t i = 0; i < nkeys; i++) {
        tpi_config_item_t *item = &items[i];
        item->kind = kind_of(keys[i].store);
        if (asprintf(&item->key, "%s.%s", prefix, keys[i].name) < 0) {
            item->key = NULL;
            return tpi_fail(TP_ENOMEM, "out of memory");
        }
        const tpi_key_info_t info = info_of(&keys[i], item->key);
        const char *text =
            is_alone && keys[i].alone_text != NULL ? keys[i].alone_text : keys[i].default_text;
        int rc = tpi_item_set_text(item, "");
        if (rc == TP_OK && text != NULL && text[0] != '\0') {
            rc = tpi_item_parse_text(item, &info, text, &place);
        } else if (rc == TP_OK) {
            rc = tpi_item_place(item, &place);
            item->is_unset = item->kind != TPI_CONFIG_STRING;
        }
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

static bool is_named(const char *key, const char *name, const char *alias)
{
    return strcmp(key, name) == 0 || (alias != NULL && strcmp(key, alias) == 0);
}

/* `inner`: names of arrays that belong into this table, so are no unknown keys. */
static int take_table(tpi_config_item_t *items, const tpi_role_key_t *keys, size_t nkeys,
                      const tpi_toml_node_t *table, const char *prefix,
                      const tpi_role_schema_t *inner, const tpi_role_source_t *source)
{
    tpi_place_t place = { .origin = TPI_ORIGIN_FILE, .file = source->path };
    for (size_t c = 0; c < table->nchildren; c++) {
        const tpi_toml_node_t *node = &table->children[c];
        place.line = node->line;
        size_t k = 0;
        while (k < nkeys && !is_named(node->key, keys[k].name, keys[k].alias)) {
            k++;
        }
        if (k == nkeys) {
            char full[160];
            bool is_array = false;
            snprintf(full, sizeof full, "%s.%s", prefix, node->key);
            for (size_t a = 0; inner != NULL && a < inner->narrays; a++) {
                is_array =
                    is_array || is_named(full, inner->arrays[a].name, inner->arrays[a].alias);
            }
            if (!is_array) {
                /* Rule: C-11 */
                warn(source, "%s:%u: unknown key %s is ignored", source->path, node->line, full);
            }
            continue;
        }
        if (items[k].origin == TPI_ORIGIN_FILE) {
            return tpi_config_wrong(&place, items[k].key, "is given twice, as %s and as %s",
                                    keys[k].name, keys[k].alias);
        }
        const tpi_key_info_t info = info_of(&keys[k], items[k].key);
        const int rc = tpi_item_parse_node(&items[k], &info, node, &place);
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

static int check_required(const tpi_config_item_t *items, const tpi_role_key_t *keys, size_t nkeys,
                          const tpi_place_t *place)
{
    for (size_t i = 0; i < nkeys; i++) {
        const bool is_empty = items[i].kind == TPI_CONFIG_STRING && items[i].text[0] == '\0';
        if (keys[i].is_required && (items[i].origin == TPI_ORIGIN_DEFAULT || is_empty)) {
            return tpi_config_wrong(
                place, items[i].key, "is required and %s",
                is_empty && items[i].origin != TPI_ORIGIN_DEFAULT ? "empty" : "not given");
        }
    }
    return TP_OK;
}

/* ---- the section ---- */

/* Rule: C-11 the environment wins over the file */
static int take_environment(tpi_role_config_t *config, const tpi_role_source_t *source)
{
    const tpi_role_schema_t *schema = config->schema;
    for (size_t i = 0; source->getenv_fn != NULL && i < schema->nkeys; i++) {
        char name[96];
        size_t n = 0;
        for (const char *at = config->items[i].key; *at != '\0' && n + 1 < sizeof name; at++) {
            name[n++] = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
        }
        name[n] = '\0';
        const char *value = source->getenv_fn(source->clientd, name);
        if (value == NULL) {
            continue;
        }
        const tpi_place_t place = { .origin = TPI_ORIGIN_ENVIRONMENT, .name = name };
        const tpi_key_info_t info = info_of(&schema->keys[i], config->items[i].key);
        const int rc = tpi_item_parse_text(&config->items[i], &info, value, &place);
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

static int take_options(tpi_role_config_t *config, const tpi_role_source_t *source)
{
    const tpi_role_schema_t *schema = config->schema;
    for (size_t o = 0; o < source->noptions; o++) {
        const tpi_role_option_t *option = &source->options[o];
        for (size_t i = 0; option->value != NULL && i < schema->nkeys; i++) {
            if (strcmp(schema->keys[i].name, option->key) != 0) {
                continue;
            }
            const tpi_place_t place = { .origin = TPI_ORIGIN_OPTION, .name = option->option };
            const tpi_key_info_t info = info_of(&schema->keys[i], config->items[i].key);
            const int rc = tpi_item_parse_text(&config->items[i], &info, option->value, &place);
            if (rc != TP_OK) {
                return rc;
            }
        }
    }
    return TP_OK;
}

/* ---- arrays ---- */

/* "mappings" at the root, "discovery.endpoints" one table down. */
static const tpi_toml_node_t *find_path(const tpi_toml_node_t *root, const char *path)
{
    const char *dot = strchr(path, '.');
    if (dot == NULL) {
        return tpi_toml_get(root, path);
    }
    char first[64];
    const size_t len = (size_t)(dot - path);
    if (len >= sizeof first) {
        return NULL;
    }
    memcpy(first, path, len);
    first[len] = '\0';
    const tpi_toml_node_t *table = tpi_toml_get(root, first);
    return table != NULL && table->kind == TPI_TOML_TABLE ? tpi_toml_get(table, dot + 1) : NULL;
}

static int grow_items(tpi_role_config_t *config, size_t more, tpi_config_item_t **out_first)
{
    tpi_config_item_t *items =
        realloc(config->items, (config->nitems + more) * sizeof *config->items);
    if (items == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    config->items = items;
    *out_first = items + config->nitems;
    memset(*out_first, 0, more * sizeof **out_first);
    config->nitems += more;
    return TP_OK;
}

static int take_array(tpi_role_config_t *config, const tpi_role_array_t *array,
                      const tpi_toml_node_t *root, const tpi_role_source_t *source, uint8_t *out)
{
    const tpi_toml_node_t *node = find_path(root, array->name);
    const tpi_toml_node_t *other = array->alias != NULL ? find_path(root, array->alias) : NULL;
    if (node == NULL) {
        node = other;
    }
    if (node == NULL) {
        return TP_OK;
    }
    tpi_place_t place = { .origin = TPI_ORIGIN_FILE, .file = source->path, .line = node->line };
    if (node->kind != TPI_TOML_ARRAY) {
        return tpi_config_wrong(&place, array->name, "is of type %s, expected an array of tables",
                                node->type_name);
    }
    if (node->nchildren > ARRAY_MAX) {
        return tpi_config_wrong(&place, array->name, "has %zu entries, at most %d are possible",
                                node->nchildren, ARRAY_MAX);
    }
    uint8_t *entries = calloc(node->nchildren + 1, array->size);
    if (entries == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    config->blocks[config->nblocks++] = entries;
    for (size_t i = 0; i < node->nchildren; i++) {
        const tpi_toml_node_t *table = &node->children[i];
        char prefix[96];
        tpi_config_item_t *items;
        snprintf(prefix, sizeof prefix, "%s[%zu]", array->name, i);
        place.line = table->line > 0 ? table->line : node->line;
        if (table->kind != TPI_TOML_TABLE) {
            return tpi_config_wrong(&place, prefix, "is of type %s, expected table",
                                    table->type_name);
        }
        int rc = grow_items(config, array->nkeys, &items);
        rc = rc == TP_OK ? start_items(items, array->keys, array->nkeys, prefix, source->is_alone)
                         : rc;
        rc = rc == TP_OK ? take_table(items, array->keys, array->nkeys, table, prefix, NULL, source)
                         : rc;
        rc = rc == TP_OK ? check_required(items, array->keys, array->nkeys, &place) : rc;
        if (rc != TP_OK) {
            return rc;
        }
        for (size_t k = 0; k < array->nkeys; k++) {
            store(&array->keys[k], &items[k], entries + i * array->size);
        }
    }
    const void *first = entries;
    const size_t count = node->nchildren;
    memcpy(out + array->offset, &first, sizeof first);
    memcpy(out + array->count_offset, &count, sizeof count);
    return TP_OK;
}

/* ---- all of it ---- */

static int parse_file(const tpi_role_source_t *source, tpi_toml_node_t **out_root)
{
    char *text = NULL;
    size_t len = 0;
    tpi_toml_error_t error;
    int rc = tpi_config_read_file(source->path, &text, &len);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tpi_toml_parse(text, len, out_root, &error);
    free(text);
    if (rc != TP_OK && error.line > 0) {
        return tpi_fail(rc, "%s:%u:%u: %s", source->path, error.line, error.column, error.text);
    }
    return rc == TP_OK ? rc : tpi_fail(rc, "%s: %s", source->path, error.text);
}

static int take_section(tpi_role_config_t *config, const tpi_toml_node_t *root,
                        const tpi_role_source_t *source)
{
    const tpi_role_schema_t *schema = config->schema;
    const tpi_toml_node_t *section = tpi_toml_get(root, schema->section);
    if (section == NULL && schema->alias != NULL) {
        section = tpi_toml_get(root, schema->alias);
    }
    const tpi_place_t place = { .origin = TPI_ORIGIN_FILE,
                                .file = source->path,
                                .line = section != NULL ? section->line : 0 };
    if (section == NULL) {
        return source->may_lack_section
                   ? TP_OK
                   : tpi_config_wrong(&place, schema->section, "there is no section [%s]",
                                      schema->section);
    }
    if (section->kind != TPI_TOML_TABLE) {
        return tpi_config_wrong(&place, schema->section, "is of type %s, expected table",
                                section->type_name);
    }
    config->has_section = true;
    return take_table(config->items, schema->keys, schema->nkeys, section, schema->section, schema,
                      source);
}

static int load(tpi_role_config_t *config, const tpi_role_source_t *source,
                const tpi_toml_node_t *root, uint8_t *out)
{
    const tpi_role_schema_t *schema = config->schema;
    const tpi_place_t place = { .origin = root != NULL ? TPI_ORIGIN_FILE : TPI_ORIGIN_DEFAULT,
                                .file = source->path };
    tpi_config_item_t *items;
    int rc = grow_items(config, schema->nkeys, &items);
    rc = rc == TP_OK
             ? start_items(items, schema->keys, schema->nkeys, schema->section, source->is_alone)
             : rc;
    rc = rc == TP_OK && root != NULL ? take_section(config, root, source) : rc;
    rc = rc == TP_OK ? take_environment(config, source) : rc;
    rc = rc == TP_OK ? take_options(config, source) : rc;
    if (rc == TP_OK && (config->has_section || !source->may_lack_section)) {
        rc = check_required(config->items, schema->keys, schema->nkeys, &place);
    }
    for (size_t i = 0; rc == TP_OK && i < schema->nkeys; i++) {
        store(&schema->keys[i], &config->items[i], out);
    }
    for (size_t a = 0; rc == TP_OK && root != NULL && a < schema->narrays; a++) {
        rc = take_array(config, &schema->arrays[a], root, source, out);
    }
    return rc;
}

/* The part of the options struct that the tables speak of. */
static size_t extent(const tpi_role_schema_t *schema)
{
    size_t end = 0;
    for (size_t i = 0; i < schema->nkeys; i++) {
        const size_t at = schema->keys[i].offset + sizeof(tp_id_range_t);
        end = at > end ? at : end;
        if (schema->keys[i].store == TPI_STORE_LIST) {
            const size_t count = schema->keys[i].count_offset + sizeof(size_t);
            end = count > end ? count : end;
        }
    }
    for (size_t a = 0; a < schema->narrays; a++) {
        const size_t at = schema->arrays[a].offset + sizeof(void *);
        const size_t count = schema->arrays[a].count_offset + sizeof(size_t);
        end = at > end ? at : end;
        end = count > end ? count : end;
    }
    return end;
}

int tpi_role_config_load(tpi_role_config_t **out, const tpi_role_schema_t *schema,
                         const tpi_role_source_t *source, void *options)
{
    tpi_toml_node_t *root = NULL;
    tpi_role_config_t *config = calloc(1, sizeof *config);
    void **blocks = calloc(schema->narrays + 1, sizeof *blocks);
    /* Stored here first, so that a failure leaves the caller's as it was. */
    uint8_t *image = calloc(1, extent(schema) + sizeof(void *));
    int rc = TP_OK;
    if (config == NULL || blocks == NULL || image == NULL) {
        free(blocks);
        free(image);
        free(config);
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    config->schema = schema;
    config->blocks = blocks;
    if (source->path != NULL) {
        rc = parse_file(source, &root);
    }
    rc = rc == TP_OK ? load(config, source, root, image) : rc;
    tpi_toml_free(root);
    if (rc != TP_OK) {
        free(image);
        tpi_role_config_free(config);
        return rc;
    }
    for (size_t i = 0; i < schema->nkeys; i++) {
        store(&schema->keys[i], &config->items[i], options);
    }
    for (size_t a = 0; a < schema->narrays; a++) {
        const tpi_role_array_t *array = &schema->arrays[a];
        memcpy((uint8_t *)options + array->offset, image + array->offset, sizeof(void *));
        memcpy((uint8_t *)options + array->count_offset, image + array->count_offset,
               sizeof(size_t));
    }
    free(image);
    *out = config;
    return TP_OK;
}

void tpi_role_config_free(tpi_role_config_t *config)
{
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config->nitems; i++) {
        tpi_item_clear(&config->items[i]);
    }
    for (size_t i = 0; i < config->nblocks; i++) {
        free(config->blocks[i]);
    }
    free(config->items);
    free(config->blocks);
    free(config);
}

bool tpi_role_config_has_section(const tpi_role_config_t *config)
{
    return config->has_section;
}

tpi_origin_t tpi_role_config_origin(const tpi_role_config_t *config, const char *key)
{
    for (size_t i = 0; i < config->schema->nkeys; i++) {
        if (strcmp(config->schema->keys[i].name, key) == 0) {
            return config->items[i].origin;
        }
    }
    return TPI_ORIGIN_DEFAULT;
}

size_t tpi_role_config_items(const tpi_role_config_t *config, const tpi_config_item_t **out_items)
{
    *out_items = config->items;
    return config->nitems;
}

int tpi_role_dialect(const char *section, const char *word, tp_wire_dialect_t *out)
{
    if (word == NULL || strcmp(word, "v1.1") == 0) {
        *out = TP_WIRE_V11;
        return TP_OK;
    }
    if (strcmp(word, "v1.2") == 0) {
        *out = TP_WIRE_V12;
        return TP_OK;
    }
    return tpi_fail(TP_ECONFIG, "%s.wire_dialect: '%.80s', expected v1.1 or v1.2", section, word);
}
