/*
 * tools/tp/roles/config_print.c - see config_print.h.
 */
#include "roles/config_print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tp_common.h"

enum { LINE_CAP = 8192, COMMENT_COLUMN = 56 };

typedef struct line {
    char text[LINE_CAP];
    size_t len;
} line_t;

static void put(line_t *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(line_t *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n =
        vsnprintf(line->text + line->len, sizeof line->text - line->len, format, arguments);
    va_end(arguments);
    if (n > 0) {
        line->len += (size_t)n;
        line->len = line->len < sizeof line->text ? line->len : sizeof line->text - 1;
    }
}

static void put_string(line_t *line, const char *text)
{
    put(line, "\"");
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            put(line, "\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            put(line, "\\u%04x", c);
        } else {
            put(line, "%c", c);
        }
    }
    put(line, "\"");
}

static void put_value(line_t *line, const tpi_config_item_t *item)
{
    switch (item->kind) {
    case TPI_CONFIG_STRING:
    case TPI_CONFIG_SECRET:
    case TPI_CONFIG_MODE:
        put_string(line, item->text);
        break;
    case TPI_CONFIG_NUMBER:
    case TPI_CONFIG_CORE:
        put(line, "%llu", (unsigned long long)item->number);
        break;
    case TPI_CONFIG_BOOL:
        put(line, "%s", item->number != 0 ? "true" : "false");
        break;
    case TPI_CONFIG_RANGE:
        if (item->range.first == 0) {
            put(line, "\"\"");
        } else {
            put(line, "\"%u-%u\"", item->range.first, item->range.last);
        }
        break;
    case TPI_CONFIG_LIST:
        put(line, "[");
        for (size_t i = 0; i < item->nlist; i++) {
            put(line, i > 0 ? ", " : " ");
            put_string(line, item->list[i]);
        }
        put(line, " ]");
        break;
    case TPI_CONFIG_POOLS:
        put(line, "[\n");
        for (size_t i = 0; i < item->npools; i++) {
            put(line, "  { pool_id = %u, stride_bytes = %u },\n", item->pools[i].pool_id,
                item->pools[i].stride_bytes);
        }
        put(line, "]");
        break;
    }
}

static void put_origin(line_t *line, const tpi_config_item_t *item)
{
    const char *newline = strrchr(line->text, '\n');
    const size_t column =
        newline != NULL ? line->len - (size_t)(newline + 1 - line->text) : line->len;
    put(line, "%*s# %s%s%s", column < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - column) : 1, "",
        item->origin == TPI_ORIGIN_FILE ? "" : tpi_origin_name(item->origin),
        item->where[0] != '\0' && item->origin != TPI_ORIGIN_FILE ? " " : "", item->where);
}

static void print_item(const tpi_config_item_t *item, char *section, size_t section_cap)
{
    line_t line = { .len = 0 };
    const char *dot = strrchr(item->key, '.');
    if (item->is_environment_only) {
        /* No key of the file: a comment. */
        put(&line, "# %s", item->key);
        if (item->kind == TPI_CONFIG_CORE && item->number == UINT64_MAX) {
            put(&line, " is not set");
        } else {
            put(&line, " = ");
            put_value(&line, item);
        }
        tp_out("%s\n", line.text);
        return;
    }
    if (strncmp(section, item->key, (size_t)(dot - item->key)) != 0 ||
        section[dot - item->key] != '\0') {
        snprintf(section, section_cap, "%.*s", (int)(dot - item->key), item->key);
        /* "mappings[0]": the first of an array of tables */
        const size_t name = strcspn(section, "[");
        tp_out(section[name] == '\0' ? "\n[%.*s]\n" : "\n[[%.*s]]\n", (int)name, section);
    }
    if (item->is_unset) {
        put(&line, "# %s is not set", dot + 1);
        tp_out("%s\n", line.text);
        return;
    }
    if (item->kind == TPI_CONFIG_SECRET && item->text[0] != '\0') {
        put(&line, "# %s is set and not shown", dot + 1);
    } else {
        put(&line, "%s = ", dot + 1);
        put_value(&line, item);
    }
    put_origin(&line, item);
    tp_out("%s\n", line.text);
}

static json_object *value_to_json(const tpi_config_item_t *item)
{
    if (item->is_unset) {
        return NULL;
    }
    switch (item->kind) {
    case TPI_CONFIG_STRING:
    case TPI_CONFIG_MODE:
        return json_object_new_string(item->text);
    case TPI_CONFIG_SECRET:
        return NULL;
    case TPI_CONFIG_NUMBER:
        return json_object_new_uint64(item->number);
    case TPI_CONFIG_CORE:
        return item->number == UINT64_MAX ? NULL : json_object_new_uint64(item->number);
    case TPI_CONFIG_BOOL:
        return json_object_new_boolean(item->number != 0);
    case TPI_CONFIG_RANGE: {
        json_object *range = json_object_new_array();
        if (item->range.first != 0) {
            json_object_array_add(range, json_object_new_uint64(item->range.first));
            json_object_array_add(range, json_object_new_uint64(item->range.last));
        }
        return range;
    }
    case TPI_CONFIG_LIST: {
        json_object *list = json_object_new_array();
        for (size_t i = 0; i < item->nlist; i++) {
            json_object_array_add(list, json_object_new_string(item->list[i]));
        }
        return list;
    }
    case TPI_CONFIG_POOLS: {
        json_object *pools = json_object_new_array();
        for (size_t i = 0; i < item->npools; i++) {
            json_object *pool = json_object_new_object();
            tp_json_add_u64(pool, "pool_id", item->pools[i].pool_id);
            tp_json_add_u64(pool, "stride_bytes", item->pools[i].stride_bytes);
            json_object_array_add(pools, pool);
        }
        return pools;
    }
    }
    return NULL;
}

void tp_config_print_json(const tpi_config_item_t *items, size_t count, const char *path)
{
    json_object *object = json_object_new_object();
    json_object *settings = json_object_new_object();
    tp_json_add_string(object, "config", path);
    for (size_t i = 0; i < count; i++) {
        json_object *setting = json_object_new_object();
        json_object_object_add(setting, "value", value_to_json(&items[i]));
        tp_json_add_string(setting, "origin", tpi_origin_name(items[i].origin));
        tp_json_add_string(setting, "where", items[i].where[0] != '\0' ? items[i].where : NULL);
        if (items[i].kind == TPI_CONFIG_SECRET) {
            tp_json_add_bool(setting, "is_set", items[i].text[0] != '\0');
        }
        json_object_object_add(settings, items[i].key, setting);
    }
    json_object_object_add(object, "settings", settings);
    tp_json_line(object);
}

void tp_config_print_toml(const tpi_config_item_t *items, size_t count)
{
    char section[160] = "";
    for (size_t i = 0; i < count; i++) {
        if (!items[i].is_environment_only) {
            print_item(&items[i], section, sizeof section);
        }
    }
    tp_out("\n");
    for (size_t i = 0; i < count; i++) {
        if (items[i].is_environment_only) {
            print_item(&items[i], section, sizeof section);
        }
    }
}
