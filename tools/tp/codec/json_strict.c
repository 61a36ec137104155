/*
 * Strict JSON on top of json-c. Its strict mode lets things through that would make two readers of
 * one text disagree: integers that overflow (it takes the nearest), leading zeros, control
 * characters in strings, names in single quotes, a name that occurs twice (the last wins) or ends
 * at a NUL. They are found by one look at the tokens; duplicates by comparing how many members were
 * written with how many are in the tree.
 */
#include <limits.h>
#include <string.h>

#include "base/fail.h"
#include "codec/wire_json.h"

typedef struct scan {
    const char *text;
    size_t len, pos;
    size_t nmembers;
} scan_t;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/** Move over a string; *out_has_nul says whether it holds an escaped NUL. */
static int scan_string(scan_t *scan, bool *out_has_nul)
{
    *out_has_nul = false;
    for (scan->pos++; scan->pos < scan->len; scan->pos++) {
        const char c = scan->text[scan->pos];
        if (c == '"') {
            scan->pos++;
            return TP_OK;
        }
        if ((unsigned char)c < 0x20) {
            return tpi_fail(TP_EDECODE, "JSON: control character in a string at byte %zu",
                            scan->pos);
        }
        if (c == '\\') {
            if (scan->len - scan->pos > 5 && memcmp(scan->text + scan->pos, "\\u0000", 6) == 0) {
                *out_has_nul = true;
            }
            scan->pos++;
        }
    }
    return tpi_fail(TP_EDECODE, "JSON: a string does not end");
}

/** Up to 2^64-1, or -2^63: what the fields of messages can hold. False on overflow. */
static bool fits(const char *digits, size_t count, bool negative)
{
    const uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : UINT64_MAX;
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t digit = (uint64_t)(digits[i] - '0');
        if (value > (limit - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    return true;
}

/** JSON's number grammar as far as json-c is laxer: a digit must come first, and 0 only alone. */
static int scan_number(scan_t *scan)
{
    const size_t start = scan->pos;
    const bool negative = scan->text[scan->pos] == '-';
    if (negative) {
        scan->pos++;
    }
    const char *digits = scan->text + scan->pos;
    size_t count = 0;
    while (scan->pos < scan->len && is_digit(scan->text[scan->pos])) {
        scan->pos++;
        count++;
    }
    if (count == 0 || (count > 1 && digits[0] == '0')) {
        return tpi_fail(TP_EDECODE, "JSON: not a number at byte %zu", start);
    }
    const size_t end = scan->pos;
    while (scan->pos < scan->len && scan->text[scan->pos] != '\0' &&
           strchr("0123456789.eE+-", scan->text[scan->pos]) != NULL) {
        scan->pos++;
    }
    /* With a fraction or exponent it is no integer, whatever its value; no field takes it. */
    if (scan->pos == end && !fits(digits, count, negative)) {
        return tpi_fail(TP_EDECODE, "JSON: %.*s%s is out of range",
                        (int)(count < 40 ? end - start : 40), scan->text + start,
                        count < 40 ? "" : "...");
    }
    return TP_OK;
}

static int scan_literal(scan_t *scan)
{
    static const char *const literals[] = { "true", "false", "null" };
    for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
        const size_t len = strlen(literals[i]);
        if (scan->len - scan->pos >= len && memcmp(scan->text + scan->pos, literals[i], len) == 0) {
            scan->pos += len;
            return TP_OK;
        }
    }
    return tpi_fail(TP_EDECODE, "JSON: unexpected character at byte %zu", scan->pos);
}

static int scan_text(scan_t *scan)
{
    bool has_nul = false; /* in the string that came last */
    while (scan->pos < scan->len) {
        const char c = scan->text[scan->pos];
        int result = TP_OK;
        if (c == '"') {
            result = scan_string(scan, &has_nul);
        } else if (c == '-' || is_digit(c)) {
            result = scan_number(scan);
        } else if (c == ':') {
            if (has_nul) {
                return tpi_fail(TP_EDECODE, "JSON: a name holds a NUL");
            }
            scan->nmembers++;
            scan->pos++;
        } else if (c != '\0' && strchr(" \t\r\n{}[],", c) != NULL) {
            scan->pos++;
        } else {
            result = scan_literal(scan);
        }
        if (result != TP_OK) {
            return result;
        }
    }
    return TP_OK;
}

static size_t count_members(json_object *value)
{
    size_t count = 0;
    if (json_object_is_type(value, json_type_object)) {
        struct json_object_iterator at = json_object_iter_begin(value);
        const struct json_object_iterator end = json_object_iter_end(value);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
            count += 1 + count_members(json_object_iter_peek_value(&at));
        }
    } else if (json_object_is_type(value, json_type_array)) {
        const size_t length = json_object_array_length(value);
        for (size_t i = 0; i < length; i++) {
            count += count_members(json_object_array_get_idx(value, i));
        }
    }
    return count;
}

int tp_json_parse_strict(const char *text, size_t len, json_object **out_object)
{
    static json_tokener *tokener; /* a program's one thread; kept for the lines of a batch */
    if (len >= INT_MAX) {
        return tpi_fail(TP_EDECODE, "JSON: %zu bytes are too many", len);
    }
    scan_t scan = { .text = text, .len = len };
    const int result = scan_text(&scan);
    if (result != TP_OK) {
        return result;
    }
    if (tokener == NULL) {
        tokener = json_tokener_new();
        if (tokener == NULL) {
            return tpi_fail(TP_ENOMEM, "no memory for a JSON parser");
        }
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    }
    json_tokener_reset(tokener);
    json_object *object = json_tokener_parse_ex(tokener, text, (int)len);
    const enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    if (error != json_tokener_success) {
        json_object_put(object);
        return tpi_fail(TP_EDECODE, "JSON: %s at byte %zu",
                        error == json_tokener_continue ? "ends too early"
                                                       : json_tokener_error_desc(error),
                        end);
    }
    while (end < len && strchr(" \t\r\n", text[end]) != NULL) {
        end++;
    }
    if (end != len || !json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return tpi_fail(TP_EDECODE,
                        end != len ? "JSON: more than one value" : "JSON: not an object");
    }
    if (count_members(object) != scan.nmembers) {
        json_object_put(object);
        return tpi_fail(TP_EDECODE, "JSON: a name occurs twice in one object");
    }
    *out_object = object;
    return TP_OK;
}
