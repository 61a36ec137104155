#include "shm/region.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

static const char scheme[] = "shm:file?path=";
static const char parameter[] = "require_hugepages=";

#define SCHEME_LEN (sizeof(scheme) - 1)
#define PARAMETER_LEN (sizeof(parameter) - 1)

/* Rule: W-64 - visible ASCII except the two separators. */
static bool is_path_char(char c)
{
    return c >= 0x21 && c <= 0x7e && c != '?' && c != '|';
}

/* A stranger's text in a message of ours: what is not visible is shown as '.', the rest is cut. */
typedef struct shown {
    char text[72];
} shown_t;

static shown_t show(const char *bytes, size_t len)
{
    shown_t out;
    size_t n = len < sizeof(out.text) - 4 ? len : sizeof(out.text) - 4;
    for (size_t i = 0; i < n; i++) {
        out.text[i] = bytes[i] >= 0x20 && bytes[i] <= 0x7e ? bytes[i] : '.';
    }
    memcpy(out.text + n, len > n ? "..." : "", len > n ? 4 : 1);
    return out;
}

static bool equals(const char *bytes, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(bytes, text, len) == 0;
}

int tpi_region_uri_parse(const char *uri, size_t len, tpi_region_uri_t *out)
{
    if (uri == NULL || len < SCHEME_LEN || memcmp(uri, scheme, SCHEME_LEN) != 0) { /* Rule: W-63 */
        return tpi_fail(TP_EURI, "region URI \"%s\": expected it to begin with \"%s\"",
                        show(uri, uri == NULL ? 0 : len).text, scheme);
    }
    const char *path = uri + SCHEME_LEN;
    const size_t rest = len - SCHEME_LEN;
    size_t path_len = 0;
    while (path_len < rest && is_path_char(path[path_len])) {
        path_len++;
    }
    if (path_len < rest && path[path_len] != '|') { /* Rule: W-64 */
        return tpi_fail(TP_EURI, "region URI \"%s\": byte 0x%02x at %zu is not allowed in a path",
                        show(uri, len).text, (unsigned)(unsigned char)path[path_len],
                        SCHEME_LEN + path_len);
    }
    if (path_len == 0 || path[0] != '/') { /* Rule: W-65 */
        return tpi_fail(TP_EURI, "region URI \"%s\": path is not absolute", show(uri, len).text);
    }
    if (path_len >= TPI_URI_PATH_MAX) {
        return tpi_fail(TP_EURI, "region URI: path has %zu bytes, at most %d are accepted",
                        path_len, TPI_URI_PATH_MAX - 1);
    }

    bool require_hugepages = false;
    if (path_len <
        rest) { /* Rule: W-63, W-64 - one known parameter with one of two values, or nothing */
        const char *given = path + path_len + 1;
        const size_t given_len = rest - path_len - 1;
        if (given_len < PARAMETER_LEN || memcmp(given, parameter, PARAMETER_LEN) != 0) {
            return tpi_fail(
                TP_EURI,
                "region URI: parameter \"%s\" is unknown, expected \"%strue\" or \"%sfalse\"",
                show(given, given_len).text, parameter, parameter);
        }
        const char *value = given + PARAMETER_LEN;
        const size_t value_len = given_len - PARAMETER_LEN;
        require_hugepages = equals(value, value_len, "true");
        if (!require_hugepages && !equals(value, value_len, "false")) {
            return tpi_fail(TP_EURI,
                            "region URI: require_hugepages is \"%s\", expected true or false",
                            show(value, value_len).text);
        }
    }
    memcpy(out->path, path, path_len);
    out->path[path_len] = '\0';
    out->require_hugepages = require_hugepages;
    return TP_OK;
}

int tpi_region_uri_format(char *out, size_t cap, const char *path, bool require_hugepages)
{
    const size_t path_len = strlen(path);
    for (size_t i = 0; i < path_len; i++) {
        if (!is_path_char(path[i])) {
            return tpi_fail(TP_EURI,
                            "path \"%s\": byte 0x%02x at %zu cannot be said in a region URI",
                            show(path, path_len).text, (unsigned)(unsigned char)path[i], i);
        }
    }
    if (path[0] != '/') { /* Rule: W-65, W-66 */
        return tpi_fail(TP_EURI, "path \"%s\": not absolute", show(path, path_len).text);
    }
    if (path_len >= TPI_URI_PATH_MAX) {
        return tpi_fail(TP_EURI, "path has %zu bytes, at most %d fit a region URI", path_len,
                        TPI_URI_PATH_MAX - 1);
    }
    const char *tail = require_hugepages ? "|require_hugepages=true" : "";
    const size_t len = SCHEME_LEN + path_len + strlen(tail);
    if (len >= cap) {
        return tpi_fail(TP_ERANGE, "region URI needs %zu bytes, there is room for %zu", len + 1,
                        cap);
    }
    (void)snprintf(out, cap, "%s%s%s", scheme, path, tail);
    return TP_OK;
}
