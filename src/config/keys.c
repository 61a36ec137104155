/*
 * config/keys.c - one value: its type, its range, its form. What several values must agree on is in config.c.
 */
#include "config/keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fail.h"
#include "config/toml_shim.h"

const tpi_key_info_t tpi_key_table[TPI_KEY_ALL] = {
#define ROW(id, key, kind, text, least, most) { key, TPI_CONFIG_##kind, text, least, most },
    TPI_CONFIG_KEYS(ROW)
#undef ROW
        { "LAUNCH_MEDIA_DRIVER", TPI_CONFIG_BOOL, "false", 0, 0 },
    { "AGENT_TASK_CORE", TPI_CONFIG_CORE, "", 0, 4095 },
};

/* Rule: D-113 file, key and reason */
int tpi_config_wrong(const tpi_place_t *place, const char *key, const char *format, ...)
{
    char reason[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    switch (place->origin) {
    case TPI_ORIGIN_FILE:
    case TPI_ORIGIN_BUILTIN:
        if (place->line > 0) {
            return tpi_fail(TP_ECONFIG, "%s:%u: %s: %s", place->file, place->line, key, reason);
        }
        return tpi_fail(TP_ECONFIG, "%s: %s: %s", place->file, key, reason);
    case TPI_ORIGIN_ENVIRONMENT:
        return tpi_fail(TP_ECONFIG, "environment variable %s (%s): %s", place->name, key, reason);
    case TPI_ORIGIN_OPTION:
        return tpi_fail(TP_ECONFIG, "option %s (%s): %s", place->name, key, reason);
    case TPI_ORIGIN_DEFAULT:
        break;
    }
    return tpi_fail(TP_ECONFIG, "%s: %s", key, reason);
}

/* ---- items ---- */

static void free_list(tpi_config_item_t *item)
{
    for (size_t i = 0; i < item->nlist; i++) {
        free(item->list[i]);
    }
    free(item->list);
    item->list = NULL;
    item->nlist = 0;
}

void tpi_item_clear(tpi_config_item_t *item)
{
    free_list(item);
    free(item->key);
    free(item->where);
    free(item->text);
    free(item->pools);
    memset(item, 0, sizeof *item);
}

int tpi_item_set_text(tpi_config_item_t *item, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    free(item->text);
    item->text = copy;
    return TP_OK;
}

int tpi_item_place(tpi_config_item_t *item, const tpi_place_t *place)
{
    char *where = NULL;
    int written = 0;
    switch (place->origin) {
    case TPI_ORIGIN_FILE:
        written = asprintf(&where, "%s:%u", place->file, place->line);
        break;
    case TPI_ORIGIN_ENVIRONMENT:
    case TPI_ORIGIN_OPTION:
        where = strdup(place->name);
        break;
    case TPI_ORIGIN_DEFAULT:
    case TPI_ORIGIN_BUILTIN:
        where = strdup("");
        break;
    }
    if (written < 0 || where == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    free(item->where);
    item->where = where;
    item->origin = place->origin;
    item->is_unset = false;
    return TP_OK;
}

/* ---- forms ---- */

static bool digits_to_u64(const char *text, size_t len, int base, uint64_t *out)
{
    uint64_t value = 0;
    if (len == 0) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        const int digit = text[i] - '0';
        if (digit < 0 || digit >= base || value > (UINT64_MAX - (uint64_t)digit) / (uint64_t)base) {
            return false;
        }
        value = value * (uint64_t)base + (uint64_t)digit;
    }
    *out = value;
    return true;
}

static int check_range(const char *key, const tpi_place_t *place, uint64_t first, uint64_t last)
{
    /* Rule: D-117 ends are Aeron stream ids; D-105 start <= end */
    if (first < 1 || last > INT32_MAX) {
        return tpi_config_wrong(place, key, "%llu-%llu: both ends must be in 1..2147483647",
                                (unsigned long long)first, (unsigned long long)last);
    }
    if (first > last) {
        return tpi_config_wrong(place, key, "%llu-%llu: starts behind its end",
                                (unsigned long long)first, (unsigned long long)last);
    }
    return TP_OK;
}

/* Rule: D-118 "a-b" or "a,b", empty = off */
static int range_from_text(const char *text, const char *key, const tpi_place_t *place,
                           tp_id_range_t *out)
{
    if (text[0] == '\0') {
        *out = (tp_id_range_t){ 0, 0 };
        return TP_OK;
    }
    const size_t first_len = strspn(text, "0123456789");
    const char *at = text + first_len;
    at += strspn(at, " ");
    const char separator = *at;
    uint64_t first, last;
    bool good = separator == '-' || separator == ',';
    if (good) {
        at++;
        at += strspn(at, " ");
        good =
            digits_to_u64(text, first_len, 10, &first) && digits_to_u64(at, strlen(at), 10, &last);
    }
    if (!good) {
        return tpi_config_wrong(
            place, key, "'%s' is no range: \"a-b\", \"a,b\", [a, b], or empty for none", text);
    }
    const int rc = check_range(key, place, first, last);
    if (rc == TP_OK) {
        *out = (tp_id_range_t){ (uint32_t)first, (uint32_t)last };
    }
    return rc;
}

static int mode_from_text(const char *text, const char *key, const tpi_place_t *place,
                          uint64_t *out)
{
    const char *digits = text[0] == '0' && (text[1] == 'o' || text[1] == 'O') ? text + 2 : text;
    uint64_t bits;
    if (!digits_to_u64(digits, strlen(digits), 8, &bits) || bits > 0777) {
        return tpi_config_wrong(place, key, "'%s' is no octal mode up to 777", text);
    }
    if ((bits & 0111) != 0) {
        return tpi_config_wrong(place, key,
                                "'%s' has execute bits, which a data file must not have", text);
    }
    if (bits == 0) {
        return tpi_config_wrong(place, key, "'%s' lets nobody open the files", text);
    }
    *out = bits;
    return TP_OK;
}

static bool is_name_of(const char *text, const char *also, size_t longest)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr(also, text[i]) == NULL) {
            return false;
        }
    }
    return len >= 1 && len <= longest;
}

/* What the table of section 6 says of single strings. */
static int check_string(tpi_key_t key, const char *name, const char *text, const tpi_place_t *place)
{
    switch (key) {
    case TPI_KEY_INSTANCE_ID:
        /* It becomes a directory name. */
        if (!is_name_of(text, "._-", 64) || strcmp(text, ".") == 0 || strcmp(text, "..") == 0) {
            return tpi_config_wrong(place, name, "'%s' is not 1 to 64 of A-Z a-z 0-9 . _ -", text);
        }
        return TP_OK;
    case TPI_KEY_CONTROL_CHANNEL:
    case TPI_KEY_ANNOUNCE_CHANNEL:
    case TPI_KEY_QOS_CHANNEL:
        if (strncmp(text, "aeron:", 6) != 0) {
            return tpi_config_wrong(place, name,
                                    "'%s' is no Aeron channel: it must start with aeron:", text);
        }
        return TP_OK;
    case TPI_KEY_BASE_DIR:
        if (text[0] != '/') {
            return tpi_config_wrong(place, name, "'%s' is not an absolute path", text);
        }
        return TP_OK;
    case TPI_KEY_SHUTDOWN_TOKEN:
        if (strlen(text) > 1024) {
            return tpi_config_wrong(place, name, "has %zu bytes, at most 1024 are possible",
                                    strlen(text));
        }
        return TP_OK;
    default:
        return TP_OK;
    }
}

/* Which key of the driver this is; TPI_KEY_ALL: a role's. */
static tpi_key_t key_of(const tpi_key_info_t *info)
{
    return info >= tpi_key_table && info < tpi_key_table + TPI_KEY_ALL
               ? (tpi_key_t)(info - tpi_key_table)
               : TPI_KEY_ALL;
}

static int check_number(const tpi_key_info_t *info, uint64_t value, const tpi_place_t *place)
{
    const tpi_key_t key = key_of(info);
    const char *name = info->name;
    if (value < info->least || value > info->most) {
        return tpi_config_wrong(place, name, "%llu is not in %llu..%llu", (unsigned long long)value,
                                (unsigned long long)info->least, (unsigned long long)info->most);
    }
    if (key == TPI_KEY_PAGE_SIZE && (value & (value - 1)) != 0) {
        return tpi_config_wrong(place, name, "%llu is not a power of two",
                                (unsigned long long)value);
    }
    return TP_OK;
}

static int set_list(tpi_config_item_t *item, const tpi_key_info_t *info, const char *const *entries,
                    const uint32_t *lines, size_t count, const tpi_place_t *place)
{
    const bool are_paths = key_of(info) == TPI_KEY_ALLOWED_DIRS;
    for (size_t i = 0; i < count; i++) {
        tpi_place_t at = *place;
        at.line = lines != NULL && lines[i] > 0 ? lines[i] : at.line;
        if (are_paths && entries[i][0] != '/') {
            return tpi_config_wrong(&at, info->name, "'%s' is not an absolute path", entries[i]);
        }
    }
    char **list = calloc(count + 1, sizeof *list);
    if (list == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = strdup(entries[i]);
        if (list[i] == NULL) {
            for (size_t j = 0; j < i; j++) {
                free(list[j]);
            }
            free(list);
            return tpi_fail(TP_ENOMEM, "out of memory");
        }
    }
    free_list(item);
    item->list = list;
    item->nlist = count;
    return TP_OK;
}

/* ---- setters ---- */

enum { LIST_MAX = 64 };

/* Directories are separated as in PATH; other lists by commas, because channels hold colons. */
static int list_from_text(tpi_config_item_t *item, const tpi_key_info_t *info, const char *text,
                          const tpi_place_t *place)
{
    const char *separator = key_of(info) == TPI_KEY_ALLOWED_DIRS ? ":" : ",";
    char *copy = strdup(text);
    if (copy == NULL) {
        return tpi_fail(TP_ENOMEM, "out of memory");
    }
    const char *entries[LIST_MAX];
    size_t count = 0;
    int rc = TP_OK;
    char *rest = NULL;
    for (char *part = strtok_r(copy, separator, &rest); part != NULL;
         part = strtok_r(NULL, separator, &rest)) {
        if (count == LIST_MAX) {
            rc = tpi_config_wrong(place, info->name, "more than %d entries", LIST_MAX);
            break;
        }
        entries[count++] = part;
    }
    if (rc == TP_OK) {
        rc = set_list(item, info, entries, NULL, count, place);
    }
    free(copy);
    return rc;
}

/* Rule: D-114 empty: the empty string, or no range; an error for numbers and booleans */
int tpi_item_parse_text(tpi_config_item_t *item, const tpi_key_info_t *info, const char *text,
                        const tpi_place_t *place)
{
    const char *name = info->name;
    uint64_t value = 0;
    int rc = TP_OK;
    switch (info->kind) {
    case TPI_CONFIG_STRING:
    case TPI_CONFIG_SECRET:
        rc = check_string(key_of(info), name, text, place);
        if (rc == TP_OK) {
            rc = tpi_item_set_text(item, text);
        }
        break;
    case TPI_CONFIG_NUMBER:
    case TPI_CONFIG_CORE:
        if (!digits_to_u64(text, strlen(text), 10, &value)) {
            return tpi_config_wrong(place, name, "'%s' is not a whole number", text);
        }
        rc = check_number(info, value, place);
        if (rc == TP_OK) {
            item->number = value;
        }
        break;
    case TPI_CONFIG_BOOL:
        if (strcasecmp(text, "true") != 0 && strcasecmp(text, "false") != 0) {
            return tpi_config_wrong(place, name, "'%s' is neither true nor false", text);
        }
        item->number = strcasecmp(text, "true") == 0;
        break;
    case TPI_CONFIG_RANGE:
        rc = range_from_text(text, name, place, &item->range);
        break;
    case TPI_CONFIG_MODE:
        rc = mode_from_text(text, name, place, &value);
        if (rc == TP_OK) {
            rc = tpi_item_set_text(item, text);
        }
        if (rc == TP_OK) {
            item->number = value;
        }
        break;
    case TPI_CONFIG_LIST:
        rc = list_from_text(item, info, text, place);
        break;
    case TPI_CONFIG_POOLS:
        return tpi_config_wrong(place, name, "not a scalar");
    }
    return rc == TP_OK ? tpi_item_place(item, place) : rc;
}

static int wrong_type(const tpi_toml_node_t *node, const char *key, const tpi_place_t *place,
                      const char *wanted)
{
    return tpi_config_wrong(place, key, "is of type %s, expected %s", node->type_name, wanted);
}

int tpi_node_number(const tpi_toml_node_t *node, const char *key, const tpi_place_t *place,
                    uint64_t least, uint64_t most, uint64_t *out)
{
    if (node->kind != TPI_TOML_INTEGER) {
        return wrong_type(node, key, place, "integer");
    }
    if (node->integer < 0 || (uint64_t)node->integer < least || (uint64_t)node->integer > most) {
        return tpi_config_wrong(place, key, "%lld is not in %llu..%llu", (long long)node->integer,
                                (unsigned long long)least, (unsigned long long)most);
    }
    *out = (uint64_t)node->integer;
    return TP_OK;
}

static int range_from_array(const tpi_toml_node_t *node, const char *key, const tpi_place_t *place,
                            tp_id_range_t *out)
{
    if (node->nchildren == 0) {
        *out = (tp_id_range_t){ 0, 0 };
        return TP_OK;
    }
    if (node->nchildren != 2) {
        return tpi_config_wrong(place, key, "has %zu elements, a range has two: [a, b]",
                                node->nchildren);
    }
    uint64_t ends[2];
    for (size_t i = 0; i < 2; i++) {
        const int rc = tpi_node_number(&node->children[i], key, place, 1, INT32_MAX, &ends[i]);
        if (rc != TP_OK) {
            return rc;
        }
    }
    const int rc = check_range(key, place, ends[0], ends[1]);
    if (rc == TP_OK) {
        *out = (tp_id_range_t){ (uint32_t)ends[0], (uint32_t)ends[1] };
    }
    return rc;
}

static int list_from_array(tpi_config_item_t *item, const tpi_key_info_t *info,
                           const tpi_toml_node_t *node, const tpi_place_t *place)
{
    const char *name = info->name;
    const char *entries[LIST_MAX];
    uint32_t lines[LIST_MAX];
    if (node->nchildren > LIST_MAX) {
        return tpi_config_wrong(place, name, "more than %d entries", LIST_MAX);
    }
    for (size_t i = 0; i < node->nchildren; i++) {
        if (node->children[i].kind != TPI_TOML_STRING) {
            return wrong_type(&node->children[i], name, place, "an array of strings only");
        }
        entries[i] = node->children[i].string;
        lines[i] = node->children[i].line;
    }
    return set_list(item, info, entries, lines, node->nchildren, place);
}

int tpi_item_parse_node(tpi_config_item_t *item, const tpi_key_info_t *info,
                        const tpi_toml_node_t *node, const tpi_place_t *place)
{
    const char *name = info->name;
    int rc = TP_OK;
    switch (info->kind) {
    case TPI_CONFIG_STRING:
    case TPI_CONFIG_SECRET:
    case TPI_CONFIG_MODE:
        if (node->kind != TPI_TOML_STRING) {
            return wrong_type(node, name, place, "string");
        }
        return tpi_item_parse_text(item, info, node->string, place);
    case TPI_CONFIG_NUMBER: {
        uint64_t value = 0;
        rc = tpi_node_number(node, name, place, info->least, info->most, &value);
        if (rc == TP_OK) {
            rc = check_number(info, value, place);
        }
        if (rc == TP_OK) {
            item->number = value;
        }
        break;
    }
    case TPI_CONFIG_BOOL:
        if (node->kind != TPI_TOML_BOOLEAN) {
            return wrong_type(node, name, place, "boolean");
        }
        item->number = node->boolean;
        break;
    case TPI_CONFIG_RANGE:
        if (node->kind == TPI_TOML_STRING) {
            return tpi_item_parse_text(item, info, node->string, place);
        }
        if (node->kind != TPI_TOML_ARRAY) {
            return wrong_type(node, name, place, "a range: \"a-b\", \"a,b\" or [a, b]");
        }
        rc = range_from_array(node, name, place, &item->range);
        break;
    case TPI_CONFIG_LIST:
        if (node->kind != TPI_TOML_ARRAY) {
            return wrong_type(node, name, place, "array of strings");
        }
        rc = list_from_array(item, info, node, place);
        break;
    case TPI_CONFIG_POOLS:
    case TPI_CONFIG_CORE:
        return wrong_type(node, name, place, "something else");
    }
    return rc == TP_OK ? tpi_item_place(item, place) : rc;
}

int tpi_item_from_text(tpi_config_item_t *item, tpi_key_t key, const char *text,
                       const tpi_place_t *place)
{
    return tpi_item_parse_text(item, &tpi_key_table[key], text, place);
}

int tpi_item_from_node(tpi_config_item_t *item, tpi_key_t key, const tpi_toml_node_t *node,
                       const tpi_place_t *place)
{
    return tpi_item_parse_node(item, &tpi_key_table[key], node, place);
}
